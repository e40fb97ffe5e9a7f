//! The benchmarks' own tools: what records and replays requests is tried on an engine of a few lines.

use std::fs;
use std::process::Command;

#[test]
fn a_recording_is_replayed_request_by_request() {
    let mut tests = Command::new("python3");
    tests.args(["-B", "-m", "unittest", "-v", "tests"]).current_dir("benches/engine");
    let output = tests.output().expect("python3 is there");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let all = fs::read_to_string("benches/engine/tests.py").unwrap().matches("def test_").count();
    assert!(output.status.success() && told.contains(&format!("Ran {all} tests")), "{told}");
}
