//! Detects commands that only change the shell that executes them, such as `export` and `cd`. Each step has its own
//! shell, so such a change has no effect on later steps.

use super::diagnostic::Place;
use super::raw;
use super::scope::{LONGEST_TEXT, Names};
use crate::model::expect::ExitRule;

const MESSAGE: &str = "this changes only the shell of the step itself, so it has no effect on later steps";

/// The part of its shell that a command changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Variables,
    Directory,
    File,
    Other,
}

impl Change {
    /// The alternative to suggest.
    fn help(self) -> &'static str {
        match self {
            Change::Variables => {
                "give an `env` to the step that needs it, or to the workaround, whose `env` applies to the rest of its phase"
            }
            Change::Directory => {
                "give a `directory` to the step that needs it, or to the workaround, whose `directory` applies to the rest of its phase"
            }
            Change::File => {
                "write it before the command that needs it, as in `. FILE && make`; a workaround may `replace` a step with that"
            }
            Change::Other => "write it before the command that needs it; a workaround may `replace` a step with that",
        }
    }
}

impl Names<'_> {
    /// Reports a command whose effect ends with its own shell.
    pub(super) fn outlived(&self, command: &str, place: &Place<'_>) {
        let filled = self.filled(command, LONGEST_TEXT);
        if let Some(change) = filled.as_deref().and_then(change) {
            place.note(MESSAGE, change.help());
        }
    }
}

/// Whether a step observes something, such as its output or an expected failure.
pub(super) fn looks(step: &raw::Step) -> bool {
    let asks = |check: &raw::Expectation| {
        let text = check.tests.have("has") || check.tests.have("lacks") || check.reworded.is_some();
        let exit = check.tests.exit().is_some_and(|exit| exit != ExitRule::Success);
        text || exit || check.claim.is_some() || check.tests.have("number")
    };
    !step.capture.is_empty() || step.log.is_some() || step.expect.iter().any(asks)
}

/// The change that a command makes, if it only changes its shell.
fn change(command: &str) -> Option<Change> {
    let commands = simple(command)?;
    let changes: Option<Vec<Change>> = commands.iter().map(|words| of_one(words)).collect();
    changes?.first().copied()
}

fn of_one(words: &[String]) -> Option<Change> {
    let assigns = |word: &&String| word.split_once('=').is_some_and(|(name, _)| is_name(name.trim_end_matches('+')));
    let set = words.iter().take_while(assigns).count();
    let Some((command, rest)) = words[set..].split_first() else {
        // The output of a command may be assigned, and that command has an effect of its own.
        return (!words.iter().any(|word| word.contains("$(") || word.contains('`'))).then_some(Change::Variables);
    };
    let has_argument = rest.iter().any(|word| !word.starts_with('-'));
    match command.as_str() {
        "export" | "readonly" | "unset" if has_argument => Some(Change::Variables),
        "cd" => Some(Change::Directory),
        "." | "source" if has_argument => Some(Change::File),
        "umask" | "ulimit" | "alias" | "unalias" if has_argument => Some(Change::Other),
        "set" if !rest.is_empty() => Some(Change::Other),
        _ => None,
    }
}

fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_') && letters.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The words of each command of a list such as `a; b && c`. `None` for any other shell syntax.
fn simple(text: &str) -> Option<Vec<Vec<String>>> {
    let mut commands = vec![vec![String::new()]];
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        let words = commands.last_mut()?;
        match c {
            ' ' | '\t' => words.push(String::new()),
            '\n' | ';' => commands.push(vec![String::new()]),
            '&' if letters.next_if_eq(&'&').is_some() => commands.push(vec![String::new()]),
            '#' if words.last()?.is_empty() => while letters.next_if(|c| *c != '\n').is_some() {},
            '|' | '&' | '<' | '>' | '(' | ')' | '`' => return None,
            '\\' => words.last_mut()?.extend(letters.next().filter(|c| *c != '\n')),
            '\'' | '"' => words.last_mut()?.push_str(&until(&mut letters, c)?),
            c => words.last_mut()?.push(c),
        }
    }
    commands.iter_mut().for_each(|words| words.retain(|word| !word.is_empty()));
    commands.retain(|words| !words.is_empty());
    Some(commands)
}

/// The text before the closing quote.
fn until(letters: &mut impl Iterator<Item = char>, quote: char) -> Option<String> {
    let mut inner = String::new();
    loop {
        match letters.next()? {
            c if c == quote => return Some(inner),
            '\\' if quote != '\'' => inner.extend(letters.next()),
            c => inner.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_only_change_their_own_shell_are_detected() {
        for (command, expected) in [
            ("export PATH=/opt/pg/bin:$PATH", Change::Variables),
            ("export PATH=\"$(pg_config --bindir):$PATH\"", Change::Variables),
            ("LD_LIBRARY_PATH='/opt x'\nexport LD_LIBRARY_PATH # for all", Change::Variables),
            ("unset LANG", Change::Variables),
            ("cd /usr/src && export CC=gcc; umask 022", Change::Directory),
            (". ./env", Change::File),
            ("source /opt/env", Change::File),
            ("umask 022", Change::Other),
            ("ulimit -n 4096", Change::Other),
            ("alias python=python2", Change::Other),
            ("set -u", Change::Other),
        ] {
            assert_eq!(change(command), Some(expected), "{command}");
        }
    }

    #[test]
    fn commands_with_output_or_another_effect_are_accepted() {
        for command in [
            "export CC=gcc && make",
            "cd /usr/src\nmake",
            "output=$(make install)",
            "export | grep PATH",
            "export -p",
            "umask",
            "ulimit -a",
            "alias",
            "set",
            "echo 'export PATH=/opt' >> /etc/profile",
            "cd /x || mkdir /x",
            "(cd /x)",
            "make # cd /x",
            "CC=gcc make",
            "true",
            "",
            "export 'unclosed",
        ] {
            assert_eq!(change(command), None, "{command}");
        }
    }
}
