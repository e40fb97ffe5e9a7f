//! Findings and their output.

use std::io::{self, Write};

use owo_colors::{OwoColorize, Style};
use serde::Serialize;

use crate::cli::Format;
use crate::commands::exit::Exit;
use crate::commands::output::json_line;

#[derive(Default)]
pub(super) struct Findings(Vec<Finding>);

#[derive(Serialize)]
struct Finding {
    state: State,
    what: &'static str,
    found: String,
    fix: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Ok,
    /// Runs work, but not in the best way.
    Note,
    /// Some or all runs do not work.
    Missing,
}

impl Findings {
    pub(super) fn good(&mut self, what: &'static str, found: impl Into<String>) {
        self.0.push(Finding { state: State::Ok, what, found: found.into(), fix: None });
    }

    pub(super) fn note(&mut self, what: &'static str, found: impl Into<String>, fix: Option<String>) {
        self.0.push(Finding { state: State::Note, what, found: found.into(), fix });
    }

    pub(super) fn bad(&mut self, what: &'static str, found: impl Into<String>, fix: impl Into<String>) {
        self.0.push(Finding { state: State::Missing, what, found: found.into(), fix: Some(fix.into()) });
    }

    pub(super) fn print(self, format: Format) -> io::Result<Exit> {
        let mut out = anstream::stdout().lock();
        match format {
            Format::Json => json_line(&mut out, &self.0)?,
            Format::Text => self.0.iter().try_for_each(|finding| finding.print(&mut out))?,
        }
        Ok(if self.0.iter().any(|finding| finding.state == State::Missing) { Exit::Inconclusive } else { Exit::Expected })
    }
}

impl Finding {
    fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let (word, style) = match self.state {
            State::Ok => ("ok", Style::new().green()),
            State::Note => ("note", Style::new().yellow()),
            State::Missing => ("missing", Style::new().red()),
        };
        let mut lines = self.found.lines();
        writeln!(out, "{:8} {:12} {}", word.style(style), self.what, lines.next().unwrap_or_default())?;
        lines.try_for_each(|line| writeln!(out, "{:21} {line}", ""))?;
        self.fix.iter().try_for_each(|command| writeln!(out, "{:21} fix: {command}", ""))
    }
}
