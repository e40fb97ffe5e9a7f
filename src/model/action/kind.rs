//! The trait of all kinds of action.

use std::time::Duration;

/// A kind of action: its properties and defaults.
pub trait Kind<T> {
    /// Texts that its output may repeat because they are its input. A match of one of them proves nothing.
    fn inputs(&self) -> Vec<&T> {
        Vec::new()
    }

    /// Whether a variable of the step's environment affects it. Tools that are not commands of the page must be found and must
    /// work whatever environment a step sets.
    fn uses_variable(&self, _name: &str) -> bool {
        false
    }

    /// Whether it changes nothing. Such a step needs an expectation.
    fn only_looks(&self) -> bool {
        true
    }

    /// Whether the step may also have a `log`.
    fn takes_log(&self) -> bool {
        false
    }

    /// The number it takes from its own output: name and pattern.
    fn number(&self) -> Option<(&'static str, &'static str)> {
        None
    }

    /// Default timeout.
    fn timeout(&self) -> Duration {
        Duration::from_secs(600)
    }

    /// Whether its output is an HTTP response, head and body.
    fn is_request(&self) -> bool {
        false
    }

    /// The file of which it prints only what was appended since the start of the phase.
    fn appended(&self) -> Option<&T> {
        None
    }
}

/// A shell command of the scenario. A command of several lines stops at the first line that fails.
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
