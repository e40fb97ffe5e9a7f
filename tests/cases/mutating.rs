//! Wrong experiments, and whether anything notices them.

use serde_json::Value;

use crate::trial::Trial;

#[test]
fn x() {
    let trial = Trial::new();
    let out = trial.path().join("m").display().to_string();
    let ended = trial.matrix(&["mutate", "--jobs", "1", "--report-dir", &out], true);
    println!("{}\n{}{}", ended.code, ended.stdout, ended.stderr);
    let _: Value = Value::Null;
}
