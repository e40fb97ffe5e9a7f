//! What a verdict rests on.

use crate::trial::Trial;

#[test]
fn an_experiment_without_a_mistake_is_as_expected() {
    let trial = Trial::new();
    let ended = trial.run(&[]);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    assert_eq!(trial.verdict("part.missing")["verdict"], "confirmed");
    assert_eq!(trial.verdict("part.made")["verdict"], "confirmed");
    assert!(trial.check().code == 0 && trial.path().exists());
}
