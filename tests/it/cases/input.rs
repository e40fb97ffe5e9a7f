//! Input that is refused, or parsed as the engine parses it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use super::trial::{Ended, SCENARIO, Trial};
use crate::index::{Answer, HTML, Index, JSON, page};

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// A command that must be refused with these words and help.
fn refused(ended: &Ended, code: i32, words: &[&str]) {
    assert_eq!(ended.code, code, "{}{}", ended.stdout, ended.stderr);
    assert!(words.iter().all(|words| ended.stderr.contains(words)), "{words:?} in {}", ended.stderr);
    assert!(ended.stderr.contains("help: "), "{}", ended.stderr);
}

#[test]
fn a_record_of_more_shards_than_there_can_be_is_refused() {
    let trial = Trial::new();
    assert_eq!(trial.run(&[]).code, 0);
    let mut record = trial.record();
    record["shard"] = serde_json::json!({"index": 1, "count": 1_000_000_000_000_u64, "division": "d", "selection": []});
    trial.write("shard.json", &record.to_string());
    let path = trial.path().join("shard.json").display().to_string();
    let ended = trial.matrix(&["report", &path, "--report-dir", &format!("{path}.out")], false);
    refused(&ended, 2, &["shard.json`, line 1, column ", "shards are numbered from 1 to 65535, and this says 1000000000000"]);
}

#[test]
fn a_pipe_as_a_durations_file_does_not_block() {
    for make in [|path: &Path| fifo(path), |path: &Path| symlink("/dev/zero", path).unwrap()] {
        let trial = Trial::new();
        make(&trial.path().join("scenarios/durations.json"));
        refused(&trial.run(&[]), 2, &["scenarios/durations.json`: it is not a regular file"]);
    }
    let trial = Trial::new();
    let file = fs::File::create(trial.path().join("scenarios/durations.json")).unwrap();
    file.set_len(1 << 40).unwrap();
    refused(&trial.run(&[]), 2, &["it has more than 8388608 bytes"]);
}

#[test]
fn a_record_that_is_a_pipe_a_device_or_too_large_is_not_read() {
    let trial = Trial::new();
    let at = |name: &str| trial.path().join(name);
    fifo(&at("pipe.json"));
    fifo(&at("pipe.jsonl"));
    symlink("/dev/zero", at("zero.json")).unwrap();
    fs::File::create(at("long.jsonl")).unwrap().set_len(1 << 40).unwrap();
    for (name, words) in [
        ("pipe.json", "it is not a regular file"),
        ("pipe.jsonl", "it is not a regular file"),
        ("zero.json", "it is not a regular file"),
        ("long.jsonl", "it has more than 268435456 bytes"),
    ] {
        let ended = trial.matrix(&["report", &at(name).display().to_string()], false);
        refused(&ended, 2, &[name, words]);
    }
}

#[test]
fn no_run_writes_through_a_link() {
    for (linked, is_journal) in [("journal.jsonl", true), ("record.json", false), ("report.html", false)] {
        let trial = Trial::new();
        trial.write("victim", "mine");
        fs::create_dir(trial.path().join("out")).unwrap();
        symlink("../victim", trial.path().join("out").join(linked)).unwrap();
        let ended = trial.run(&[]);
        match is_journal {
            true => refused(&ended, 70, &["out/journal.jsonl`: it is a link, and links are not followed for writing"]),
            false => assert_eq!(ended.code, 0, "{}", ended.stderr),
        }
        assert_eq!(fs::read_to_string(trial.path().join("victim")).unwrap(), "mine", "{linked}");
    }
}

#[test]
fn the_cache_reads_and_writes_only_regular_files() {
    let trial = Trial::new();
    assert_eq!(trial.run(&[]).code, 0);
    let cells = trial.path().join("matrix/cells");
    let entry = fs::read_dir(&cells).unwrap().next().unwrap().unwrap().path();
    trial.write("victim", "mine");
    fs::remove_file(&entry).unwrap();
    symlink("../../victim", &entry).unwrap();
    assert_eq!(trial.run(&[]).code, 0);
    assert_eq!(fs::read_to_string(trial.path().join("victim")).unwrap(), "mine");
    assert!(fs::symlink_metadata(&entry).unwrap().is_file());
    fs::remove_file(&entry).unwrap();
    fifo(&entry);
    assert_eq!(trial.run(&[]).code, 0);
}

#[test]
fn the_next_run_removes_the_locks_and_the_unfinished_files_of_killed_ones() {
    let trial = Trial::new();
    let left = ["matrix/runs/20200101-000000-abcdef.lock", "matrix/runs/matrix_a_1.making", "matrix/runs/x.new"];
    let left = [&left[..], &["matrix/cells/.matrix-a", "out/.matrix-b"]].concat();
    left.iter().for_each(|name| trial.write(name, ""));
    let held = fs::File::create(trial.path().join("matrix/runs/alive.making")).unwrap();
    held.lock().unwrap();
    assert_eq!(trial.run(&[]).code, 0);
    assert!(left.iter().all(|name| !trial.path().join(name).exists()));
    let names = |folder: &str| -> Vec<String> {
        let entries = fs::read_dir(trial.path().join(folder)).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(names("matrix/runs"), ["alive.making", "host"]);
    assert_eq!(names("out"), ["badge.json", "badges", "journal.jsonl", "junit.xml", "record.json", "report.html", "report.md"]);
}

#[test]
fn a_byte_order_mark_is_not_part_of_the_text() {
    let trial = Trial::of(&format!("\u{feff}{SCENARIO}"));
    let ledger = fs::read_to_string(trial.path().join("scenarios/claims.yaml")).unwrap();
    trial.write("scenarios/claims.yaml", &format!("\u{feff}{ledger}"));
    let ended = trial.check();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}

#[test]
fn an_exit_status_that_no_process_can_have_is_refused() {
    for status in ["256", "300", "-1", "9223372036854775808"] {
        let ended = Trial::with("exit: 3", &format!("exit: {status}")).check();
        refused(&ended, 2, &["scenarios/parts.yaml:13:9: reproduce[0].expect[0].exit: expected ", &format!("found {status}")]);
    }
    for status in ["0", "255"] {
        let ended = Trial::with("exit: 3", &format!("exit: {status}")).check();
        assert!(!ended.stderr.contains("exit: expected"), "{}", ended.stderr);
    }
    let schema: serde_json::Value = serde_json::from_str(&Trial::new().matrix(&["check", "--schema"], false).stdout).unwrap();
    let status = &schema["$defs"]["Exit"]["oneOf"][1];
    assert_eq!((status["minimum"].as_u64(), status["maximum"].as_u64()), (Some(0), Some(255)));
}

/// Texts with line breaks or control characters.
const BREAKS: [&str; 4] = ["x\\ntouch /tmp/x\\n#", "x\\ttab", "x\\r", "x\\n"];

#[test]
fn a_text_on_one_line_has_no_line_break_and_no_control_character() {
    let because = "reason: nothing was done";
    for (place, key) in [
        ("title: A part that is not there", "title: "),
        ("heading: Parts", "heading: "),
        (because, "reason: "),
        ("image: [broken]", "skipped: [{claim: part.made, reason: \u{1}}]\nimage: [broken]"),
        ("image: [broken]", "values: {v: \u{1}}\nimage: [broken]"),
    ] {
        for text in BREAKS {
            let text = format!("\"{text}\"");
            let with = if key.contains('\u{1}') { key.replace('\u{1}', &text) } else { format!("{key}{text}") };
            let expected = if text.contains("\\r") { "holds U+000D, which is invisible" } else { "expected text on one line" };
            refused(&Trial::with(place, &with).check(), 2, &["scenarios/parts.yaml:", expected]);
        }
    }
    for (place, key) in [("heading: Parts", "heading"), ("says: the tool cannot find its part alpha", "says")] {
        let trial = Trial::new();
        let ledger = fs::read_to_string(trial.path().join("scenarios/claims.yaml")).unwrap();
        trial.write("scenarios/claims.yaml", &ledger.replacen(place, &format!("{key}: \"a\\nb\""), 1));
        refused(&trial.check(), 2, &["scenarios/claims.yaml:", "expected text on one line, found several: `a␊b`", "`>-` folds"]);
    }
}

/// An experiment whose image takes a release that has no pin, with dockerfiles of its own.
fn unpinned(releases: &str) -> Trial {
    let scenario = SCENARIO.replace("base: [tiny]", &format!("base: [tiny], mod_wsgi: [{releases}]"));
    let trial = Trial::of(&scenario);
    for name in ["broken", "healthy"] {
        let text = fs::read_to_string(format!("tests/data/dockerfiles/{name}/Dockerfile")).unwrap();
        trial.write(&format!("dockerfiles/{name}/Dockerfile"), &text);
    }
    let lines = "ARG BASE\nFROM ${BASE}\nARG MOD_WSGI\nADD sources/mod_wsgi-${MOD_WSGI}.tar.gz /usr/src/\n";
    trial.write("dockerfiles/broken/Dockerfile", lines);
    trial.write("dockerfiles/SHA256SUMS", "");
    trial
}

/// The output of a command, with `DIR` for the folder of the experiment.
fn output(trial: &Trial, ended: &Ended) -> String {
    assert_eq!(ended.code, 2, "{}{}", ended.stdout, ended.stderr);
    ended.stderr.replace(&trial.path().display().to_string(), "DIR")
}

#[test]
fn all_mistakes_of_all_files_are_reported_at_once() {
    let trial = unpinned("'1.1', '1.2', '1.3', '1.4'");
    let scenario = fs::read_to_string(trial.path().join("scenarios/parts.yaml")).unwrap();
    trial.write("scenarios/parts.yaml", &scenario.replace("[broken, healthy]", "[broken, helthy, damaged]"));
    let ledger = fs::read_to_string(trial.path().join("scenarios/claims.yaml")).unwrap();
    let more = "  - id: other\n    heading: Other\n    claims:\n      - {id: other.one, kind: statement, says: it is so}\n";
    trial.write("scenarios/claims.yaml", &format!("{}{more}", ledger.trim_start()));
    trial.write("dockerfiles/damaged/Dockerfile", "ARG BASE\nFROM ${BASE}\nRNU true\n");
    let printed = output(&trial, &trial.check());
    insta::assert_snapshot!(printed, @r"
    error: 7 mistakes in the scenarios and the dockerfiles
    DIR/scenarios/claims.yaml:10:14: sections[1].claims[0].id: no scenario binds claim `other.one`
      help: bind it in a scenario of its section, or list it under `skipped` if no run can decide it
    DIR/scenarios/parts.yaml:24:19: control.image[1]: there is no dockerfile `helthy`
      help: did you mean `healthy`?
    DIR/dockerfiles/damaged/Dockerfile:3: `RNU` is not an instruction
      help: did you mean `RUN`?
    DIR/dockerfiles/broken/Dockerfile:4: `mod_wsgi-1.1.tar.gz` is not pinned, which `parts:tiny/mod_wsgi-1.1` needs
      help: `matrix pin mod_wsgi==1.1 --dockerfiles DIR/dockerfiles` adds the sha256 that the package index publishes
    DIR/dockerfiles/broken/Dockerfile:4: `mod_wsgi-1.2.tar.gz` is not pinned, which `parts:tiny/mod_wsgi-1.2` needs
      help: `matrix pin mod_wsgi==1.2 --dockerfiles DIR/dockerfiles` adds the sha256 that the package index publishes
    DIR/dockerfiles/broken/Dockerfile:4: `mod_wsgi-1.3.tar.gz` is not pinned, which `parts:tiny/mod_wsgi-1.3` needs
      help: `matrix pin mod_wsgi==1.3 --dockerfiles DIR/dockerfiles` adds the sha256 that the package index publishes
    DIR/dockerfiles/broken/Dockerfile:4: `mod_wsgi-1.4.tar.gz` is not pinned, which `parts:tiny/mod_wsgi-1.4` needs
      help: `matrix pin mod_wsgi==1.4 --dockerfiles DIR/dockerfiles` adds the sha256 that the package index publishes
    ");
    assert_eq!(output(&trial, &trial.run(&[])), printed, "a run says the same");
    assert_eq!(output(&trial, &trial.matrix(&["plan"], false)), printed, "so does a plan");
}

#[test]
fn a_scenario_with_a_mistake_hides_none_of_its_own_images_and_none_of_other_files() {
    let trial = unpinned("'1.1'");
    let scenario = fs::read_to_string(trial.path().join("scenarios/parts.yaml")).unwrap();
    trial.write("scenarios/other.yaml", &scenario.replace("scenario: parts", "scenario: other"));
    let wrong = scenario.replace("image: [broken]\n", "image: [borken]\n").replace("exit: 3", "exit: 300");
    trial.write("scenarios/parts.yaml", &wrong);
    trial.write("scenarios/common.yaml", "cells: 3\n");
    let ledger = fs::read_to_string(trial.path().join("scenarios/claims.yaml")).unwrap();
    trial.write("scenarios/claims.yaml", &ledger.replace("says: making the part ends it", "says: \"a\\nb\""));
    trial.write("dockerfiles/SHA256SUMS", "abc  x\n");
    insta::assert_snapshot!(output(&trial, &trial.check()), @r"
    error: 5 mistakes in the scenarios and the dockerfiles
    DIR/scenarios/claims.yaml:7:43: sections[0].claims[1].says: expected text on one line, found several: `a␊b`
      help: write it on one line; `>-` folds several lines into one
    DIR/scenarios/common.yaml:1:1: cells: expected a mapping, found 3
      help: `cells`: named sets of cells, for a scenario's `cells`
    DIR/scenarios/parts.yaml:13:9: reproduce[0].expect[0].exit: expected a number from 0 to 255, found 300
      help: `exit`: how the command must end: `success`, `failure` or an exit status
    DIR/scenarios/parts.yaml:8:9: image[0]: there is no dockerfile `borken`
      help: did you mean `broken`?
    the pins cannot be used:
    DIR/dockerfiles/SHA256SUMS:1: `abc  x` is not a digest, a file name and perhaps a URL
      help: each line must be as `sha256sum` prints it: digest, two spaces, file name; a URL may follow after two more spaces
    ");
}

#[test]
fn a_mistake_outside_of_the_selection_does_not_stop_a_run() {
    let trial = unpinned("'1.1'");
    trial.write("dockerfiles/plain/Dockerfile", "ARG BASE\nFROM ${BASE}\n");
    let scenario = SCENARIO.replace("scenario: parts", "scenario: other");
    trial.write("scenarios/other.yaml", &scenario.replace("[broken", "[plain"));
    assert_eq!(trial.matrix(&["plan", "other"], false).code, 0);
    refused(&trial.matrix(&["plan"], false), 2, &["1 mistake in the dockerfiles", "`mod_wsgi-1.1.tar.gz` is not pinned"]);
}

const ARCHIVE: &[u8] = b"an archive, as far as anyone here can tell";
/// Its sha256.
const DIGEST: &str = "2f4e4bb27efbe52c1e25254227f062c98387f1bcd9f826bf6d566decf0827d39";

/// An index that lists these files of mod_wsgi, each with a digest or none, and has the archive for each.
fn index(files: &[(&str, Option<&str>)]) -> Index {
    let listed = files.iter().map(|(file, digest)| {
        let hashes = digest.map_or("{}".to_owned(), |digest| format!("{{\"sha256\": \"{digest}\"}}"));
        format!("{{\"url\": \"../../f/{file}\", \"hashes\": {hashes}}}")
    });
    let listed = format!("{{\"files\": [{}]}}", listed.collect::<Vec<_>>().join(", "));
    let archives = files.iter().map(|(file, _)| (format!("/f/{file}"), Answer(200, "x/y", ARCHIVE.to_vec(), 0)));
    let archives: Vec<(String, Answer)> = archives.chain([("/simple/mod-wsgi/".to_owned(), page(JSON, &listed))]).collect();
    let gone = [("/simple/gone/", Answer(500, HTML, Vec::new(), 0))];
    Index::new(&archives.iter().map(|(path, answer)| (path.as_str(), answer.clone())).chain(gone).collect::<Vec<_>>())
}

/// `matrix pin` with an index of its own and a cache that is empty at first.
fn pin(trial: &Trial, index: &Index, release: &str) -> Ended {
    let cache = trial.path().join("cache").display().to_string();
    trial.matrix(&["pin", release, "--index", &format!("{}/simple", index.address), "--cache", &cache], false)
}

fn sums(trial: &Trial) -> String {
    fs::read_to_string(trial.path().join("dockerfiles/SHA256SUMS")).unwrap()
}

#[test]
fn a_pin_is_the_digest_that_the_index_publishes_and_the_archive_has() {
    let trial = unpinned("'1.1', '1.3'");
    let other = "a".repeat(64);
    trial.write("dockerfiles/SHA256SUMS", &format!("# releases\n{other}  mod_wsgi-1.0.tar.gz\n# later\n{other}  x-2.tar.gz\n"));
    let index = index(&[("mod_wsgi-1.1.tar.gz", Some(DIGEST)), ("mod_wsgi-1.3.tar.gz", Some(DIGEST))]);
    refused(&trial.check(), 2, &["2 mistakes in the dockerfiles", "`matrix pin mod_wsgi==1.1 --dockerfiles "]);
    let ended = pin(&trial, &index, "Mod-WSGI==1.1");
    let printed = ended.stdout.replace(&trial.path().display().to_string(), "DIR").replace(&index.address, "INDEX");
    insta::assert_snapshot!(format!("{printed}exit {}{}", ended.code, ended.stderr), @r"
    `mod_wsgi-1.1.tar.gz` is pinned in `DIR/dockerfiles/SHA256SUMS`
    sha256 2f4e4bb27efbe52c1e25254227f062c98387f1bcd9f826bf6d566decf0827d39
    The package index at INDEX/simple publishes this digest, and the archive downloaded from there has it. Nothing else confirms it.
    exit 0
    ");
    let asked = index.heads.lock().unwrap().clone();
    assert!(asked.iter().any(|head| head.starts_with("get /f/mod_wsgi-1.1.tar.gz ")), "it was downloaded: {asked:?}");
    assert_eq!(pin(&trial, &index, "mod_wsgi==1.3").code, 0);
    let pinned = format!("{DIGEST}  mod_wsgi-1.1.tar.gz\n{DIGEST}  mod_wsgi-1.3.tar.gz\n");
    let expected = format!("# releases\n{other}  mod_wsgi-1.0.tar.gz\n{pinned}# later\n{other}  x-2.tar.gz\n");
    assert_eq!(sums(&trial), expected);
    assert_eq!(trial.check().code, 0);
    let again = pin(&trial, &index, "mod_wsgi==1.1");
    assert!(again.code == 0 && again.stdout.contains("is pinned in ") && again.stdout.contains(" already"), "{}", again.stdout);
    assert_eq!(sums(&trial), expected);
}

#[test]
fn a_pin_that_the_index_contradicts_fails_and_is_left_unchanged() {
    let trial = unpinned("'1.1'");
    let line = format!("{}  mod_wsgi-1.1.tar.gz\n", "a".repeat(64));
    trial.write("dockerfiles/SHA256SUMS", &line);
    let ended = pin(&trial, &index(&[("mod_wsgi-1.1.tar.gz", Some(DIGEST))]), "mod_wsgi==1.1");
    refused(&ended, 1, &["with sha256 aaaa", "now publishes 2f4e"]);
    assert_eq!(sums(&trial), line);
}

#[test]
fn an_archive_without_a_published_digest_is_not_pinned() {
    let trial = unpinned("'1.1'");
    let wrong = "b".repeat(64);
    let index = index(&[
        ("mod_wsgi-1.1.tar.gz", Some(&wrong)),
        ("mod_wsgi-1.2.tar.gz", None),
        ("mod_wsgi-1.10.tar.gz", Some(DIGEST)),
        ("mod_wsgi-2.0.tar.gz", Some(DIGEST)),
    ]);
    refused(&pin(&trial, &index, "mod_wsgi==1.1"), 3, &["has sha256 2f4e", "publishes bbbb"]);
    refused(&pin(&trial, &index, "mod_wsgi==1.2"), 3, &["publishes no sha256 of `mod_wsgi-1.2.tar.gz`"]);
    let near = "the nearest are `mod_wsgi==1.2`, `mod_wsgi==1.10`, `mod_wsgi==2.0`";
    refused(&pin(&trial, &index, "mod_wsgi==1.11"), 2, &["lists no source archive of `mod_wsgi==1.11`", near]);
    refused(&pin(&trial, &index, "mod_wgsi==1.1"), 2, &["lists no source archive of `mod_wgsi==1.1`", "check the name"]);
    refused(&pin(&trial, &index, "gone==1.1"), 3, &["answered with status 500"]);
    let ended = pin(&trial, &index, "mod_wsgi");
    assert!(ended.code == 2 && ended.stderr.contains("expected NAME==VERSION, such as mod_wsgi==4.9.4"), "{}", ended.stderr);
    assert_eq!(sums(&trial), "");
    trial.write("dockerfiles/SHA256SUMS", "abc  x\n");
    refused(&pin(&trial, &index, "mod_wsgi==2.0"), 2, &["SHA256SUMS:1: `abc  x` is not a digest, a file name and perhaps a URL"]);
    assert_eq!(sums(&trial), "abc  x\n");
}

#[test]
fn concurrent_pins_are_all_written() {
    let trial = unpinned("'1.1'");
    let files: Vec<String> = (0..8).map(|n| format!("mod_wsgi-1.{n}.tar.gz")).collect();
    let index = index(&files.iter().map(|file| (file.as_str(), Some(DIGEST))).collect::<Vec<_>>());
    std::thread::scope(|scope| {
        let pinned: Vec<_> = (0..8)
            .map(|n| {
                scope.spawn({
                    let (trial, index) = (&trial, &index);
                    move || pin(trial, index, &format!("mod_wsgi==1.{n}")).code
                })
            })
            .collect();
        assert!(pinned.into_iter().all(|pinned| pinned.join().unwrap() == 0));
    });
    let expected: String = files.iter().map(|file| format!("{DIGEST}  {file}\n")).collect();
    assert_eq!(sums(&trial), expected);
}
