//! `matrix build` on a real engine.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::bench::{Bench, processes, with_engine};

/// The tiny scenario on a test's own base, with dockerfiles that need nothing but BusyBox.
struct Place(TempDir);

impl Place {
    fn new(bench: &Bench, healthy: &str) -> Self {
        let place = Place(tempfile::tempdir().unwrap());
        let tiny = Path::new("tests/data/scenarios");
        let scenario = fs::read_to_string(tiny.join("absent-header.yaml")).unwrap();
        let own = scenario.replace("base: [tiny]", &format!("base: [{}]", bench.name));
        assert_ne!(own, scenario);
        place.write("scenarios/absent-header.yaml", &own);
        place.write("scenarios/claims.yaml", &fs::read_to_string(tiny.join("claims.yaml")).unwrap());
        // The name of the test makes the tags its own.
        for (name, lines) in [("broken", format!("RUN echo {} > /name", bench.name)), ("healthy", healthy.to_owned())] {
            place.write(&format!("dockerfiles/{name}/Dockerfile"), &format!("ARG BASE\nFROM ${{BASE}}\n{lines}\n"));
        }
        place.write("dockerfiles/SHA256SUMS", "");
        place
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let folder = self.0.path();
        let mut command = Command::new(env!("CARGO_BIN_EXE_matrix"));
        command.args(args).args(["--build-network", "none", "--registry", "127.0.0.1:1"]);
        command.arg("--scenarios").arg(folder.join("scenarios")).arg("--dockerfiles").arg(folder.join("dockerfiles"));
        command.env("XDG_STATE_HOME", folder).env("NO_COLOR", "1").stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Exit code, standard output, standard error.
    fn matrix(&self, args: &[&str]) -> (i32, String, String) {
        ended(self.command(args).output().unwrap())
    }
}

fn ended(output: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn images_are_built_once_and_a_run_afterwards_builds_none() {
    with_engine(async |bench| {
        let place = Place::new(bench, "RUN echo there > /header");
        for expected in ["2 images built, 0 present, 1 base present, in ", "0 images built, 2 present, 1 base present, in "] {
            let (code, line, errors) = place.matrix(&["build"]);
            assert_eq!(code, 0, "{errors}");
            assert!(line.starts_with(expected), "{line}{errors}");
        }
        // BusyBox has no `make`, so no verdict is as documented; the images are what matters.
        let out = place.0.path().join("out");
        place.matrix(&["run", "--report-dir", out.to_str().unwrap()]);
        let record: Value = serde_json::from_slice(&fs::read(out.join("record.json")).unwrap()).unwrap();
        let images = record["images"].as_array().unwrap();
        assert!(images.len() == 2 && images.iter().all(|image| image["built"] == false), "{images:?}");
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_failed_image_is_an_error_with_its_output_that_exits_3_and_the_others_are_built() {
    with_engine(async |bench| {
        let place = Place::new(bench, "RUN echo the-reason >&2; exit 5");
        let (code, line, errors) = place.matrix(&["build"]);
        assert_eq!(code, 3);
        let missing = "; 1 of the images that cells need is missing\n";
        assert!(line.starts_with("1 image built, 0 present, 1 base present, in ") && line.ends_with(missing), "{line}");
        let (_, error) = errors.split_once("\nerror: ").unwrap();
        assert!(error.starts_with("failed to build image `matrix/healthy:") && error.contains("the-reason"), "{error}");
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn an_interrupt_stops_the_builds_and_exits_3() {
    with_engine(async |bench| {
        let mark = format!("mark-{}", bench.run);
        // Podman finishes the current instruction.
        let seconds = if bench.is_podman().await { 5 } else { 1000 };
        let place = Place::new(bench, &format!("RUN sleep {seconds}; : {mark}"));
        let child = place.command(&["build"]).spawn().unwrap();
        let running = || processes().any(|words| words.contains(&mark));
        let clock = Instant::now();
        while !running() {
            assert!(clock.elapsed() < Duration::from_secs(120), "the build does not start");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        let (code, line, errors) = ended(child.wait_with_output().unwrap());
        assert_eq!(code, 3, "{errors}");
        assert!(line.ends_with("; interrupted; 1 of the images that cells need is missing\n"), "{line}");
        let clock = Instant::now();
        while running() {
            assert!(clock.elapsed() < Duration::from_secs(60), "the engine stops the build");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
}
