//! Options renamed in version 0.2. Using an old name is an error that gives the new name.

use std::ffi::{OsStr, OsString};

/// Old and new option.
const OPTIONS: [(&str, &str); 5] = [
    ("--fresh", "--no-cache"),
    ("--max-age", "--cache-max-age"),
    ("--warn", "--exit-zero"),
    ("--archived", "--allow-expired-release"),
    ("--partial", "--allow-missing-shards"),
];
/// Old and new environment variable.
const VARIABLE: (&str, &str) = ("MATRIX_ARCHIVED", "MATRIX_ALLOW_EXPIRED_RELEASE");

/// The error message for the first old name among the arguments before `--`, or for the old variable.
pub(super) fn message(mut args: impl Iterator<Item = OsString>, variable: impl Fn(&str) -> bool) -> Option<String> {
    let (old, new) = VARIABLE;
    if variable(old) {
        return Some(format!("the environment variable `{old}` is now `{new}`"));
    }
    let is = |arg: &OsStr, old: &str| arg == old || arg.to_str().is_some_and(|arg| arg.split('=').next() == Some(old));
    let renamed = |arg: OsString| OPTIONS.iter().find(|(old, _)| is(&arg, old));
    let (old, new) = args.by_ref().take_while(|arg| arg != "--").find_map(renamed)?;
    Some(format!("the option `{old}` is now `{new}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(args: &str) -> Option<String> {
        message(args.split(' ').map(OsString::from), |_| false)
    }

    #[test]
    fn the_error_for_an_old_name_gives_the_new_name() {
        assert_eq!(error("run --fresh").unwrap(), "the option `--fresh` is now `--no-cache`");
        assert_eq!(error("run --max-age=3d").unwrap(), "the option `--max-age` is now `--cache-max-age`");
        assert_eq!(message(std::iter::empty(), |name| name == "MATRIX_ARCHIVED").unwrap().matches('`').count(), 4);
        for args in ["run --no-cache", "run --freshly", "shell x -- tool --fresh", "run"] {
            assert_eq!(error(args), None, "{args}");
        }
    }
}
