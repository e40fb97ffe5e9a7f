//! Replaced steps, the environment of a workaround, and logs read from their end: in a run, a shell and an export.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::{Place, forget_images, left, reproduce, text};
use crate::bench::with_engine;

/// Only `with-header` provides the header, which is found only by its path or through an environment variable.
const PROGRAMS: [(&str, &str); 3] = [
    (
        "bin/make",
        "[ -e /tmp/x.h ] && { echo built >> /tmp/make.log; mkdir -p /tmp/srv; echo hello >/tmp/srv/index.html; busybox httpd -h /tmp/srv; exit 0; }\necho 'fatal error: x.h: No such file' >> /tmp/make.log\nexit 2",
    ),
    (
        "bin/curl",
        "[ -e /tmp/x.h ] || { echo 'curl: (7) Failed to connect' >&2; exit 7; }\nprintf 'HTTP/1.1 200 OK\\r\\n\\r\\nhello\\n'",
    ),
    ("opt/tools/with-header", "echo '/* it is here */' > /tmp/x.h\nexec make"),
];

const PROCEDURE: &str = r#"
image: [broken]
reproduce:
  - name: build
    run: make
    log: /tmp/make.log
    expect:
      - exit: failure
      - claim: header.missing
        has: "[..]x.h: No such file"
  - name: log
    read: make.log
    directory: /tmp
    expect:
      - has: "[..]x.h: No such file"
workarounds:
  - id: on-path
    claim: header.install
    env: {PATH: "/opt/tools:$PATH"}
    replace:
      build: {run: with-header}
    verify:
      - name: where
        run: command -v with-header
        expect:
          - has: /opt/tools/with-header
      - name: answer-again
        http: {path: /}
        expect:
          - has: hello
resolved:
  - name: answer
    http: {path: /}
    expect:
      - status: 200
        has: hello
control:
  replace:
    build: {run: /opt/tools/with-header}
skipped:
  - {claim: header.warning, reason: there is none}
  - {claim: header.elsewhere, reason: there is no other system here}
"#;

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_run_a_shell_and_an_export_replace_steps_and_read_logs_from_their_end() {
    with_engine(async |bench| {
        let place = Place::new(bench);
        let path = place.path("scenarios/absent-header.yaml");
        let scenario = fs::read_to_string(&path).unwrap();
        let head = scenario.split_once("\nimage:").unwrap().0;
        fs::write(&path, format!("{head}{PROCEDURE}")).unwrap();
        for (name, text) in PROGRAMS {
            let path = place.path(&format!("dockerfiles/broken/root/{name}"));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let (out, folder) = (place.path("out"), place.path("export"));
        let cell = format!("{}/release-1", bench.name);
        let run = place.matrix(&["run", "absent-header", "--only", &cell]).arg("--report-dir").arg(&out).output().unwrap();
        let record = fs::read_to_string(out.join("record.json")).unwrap();
        assert_eq!(run.status.code(), Some(0), "{}{record}", text(&run.stdout));
        let stored: serde_json::Value = serde_json::from_str(&record).unwrap();
        let verdict = stored["verdicts"].as_array().unwrap().iter().find(|verdict| verdict["claim"] == "header.install").unwrap();
        assert_eq!(verdict["verdict"], "confirmed");
        assert!(!record.contains("case $now"), "what is recorded is the plan's command");

        let shell = place.shell("workaround:on-path", "command -v with-header; cat /tmp/make.log; ls -A /tmp");
        let seen = text(&shell.stdout);
        assert_eq!(
            seen,
            "/opt/tools/with-header\nfatal error: x.h: No such file\nbuilt\nmake.log\nsrv\nx.h\n",
            "{}",
            text(&shell.stderr)
        );
        assert_eq!(left(bench, &place).await, []);

        let export = place.matrix(&["export", "absent-header", &cell]).arg("--output").arg(&folder).output().unwrap();
        assert!(export.status.success(), "{}", text(&export.stderr));
        let (code, output) = reproduce(&folder, &format!("matrix/base:{}", bench.name), None);
        assert_eq!(code, Some(0), "{output}");
        assert!(output.contains("== as in the run: all "), "{output}");
        let log = fs::read_to_string(folder.join("observed/workaround-on-path/reproduce/log.stdout")).unwrap();
        assert_eq!(log, "built\n");
        forget_images(bench);
    })
    .await;
}
