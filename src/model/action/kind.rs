//! What every kind of action says of itself.

use std::time::Duration;

/// What a kind of action says of itself.
pub trait Kind<T> {
    /// The texts it may print because it was given them, so that finding one of them shows nothing.
    fn inputs(&self) -> Vec<&T> {
        Vec::new()
    }

    /// Whether a variable of the step's environment means anything to it. What is not the page's own command must be found and must work
    /// whatever a step sets.
    fn uses_variable(&self, _name: &str) -> bool {
        false
    }

    /// Whether it changes nothing, so that something must be expected of it.
    fn only_looks(&self) -> bool {
        true
    }

    /// Whether a `log` may stand beside it.
    fn takes_log(&self) -> bool {
        false
    }

    /// A number it takes from its own output: name and pattern.
    fn number(&self) -> Option<(&'static str, &'static str)> {
        None
    }

    /// How long it may take where the step says nothing.
    fn timeout(&self) -> Duration {
        Duration::from_secs(600)
    }

    /// Whether its output is an HTTP response, head and body.
    fn is_request(&self) -> bool {
        false
    }

    /// The file of which it shows only what was appended since the phase began.
    fn appended(&self) -> Option<&T> {
        None
    }
}

/// A shell command of the scenario; one of several lines ends at the first that fails.
pub(super) fn strict(command: &str) -> String {
    let command = command.trim_end();
    let several = command.contains('\n') && command.lines().next() != Some("set -e");
    if several { format!("set -e\n{command}") } else { command.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_of_several_lines_ends_at_the_first_that_fails() {
        assert_eq!(strict("make"), "make");
        assert_eq!(strict("make\nmake install"), "set -e\nmake\nmake install");
        assert_eq!(strict("set -e\nmake"), "set -e\nmake");
    }
}
