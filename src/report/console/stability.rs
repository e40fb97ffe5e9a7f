//! Verdicts that differ between repeated runs.

use std::io::{self, Write};

use owo_colors::{OwoColorize, Style};

use crate::model::cause::spelled;
use crate::report::text::visible;
use crate::summary::flaky::{Outcome, Unstable};

/// Prints each unstable verdict with the result of every run, then the number of unstable verdicts.
pub fn stability(unstable: &[Unstable], runs: usize, out: &mut dyn Write) -> io::Result<()> {
    let warning = Style::new().yellow().bold();
    for claim in unstable {
        writeln!(out, "{} {}", "UNSTABLE".style(warning), visible(&claim.claim).bold())?;
        writeln!(out, "  cell        {} {}", visible(&claim.scenario), visible(&claim.cell))?;
        for (run, outcome) in (1..).zip(&claim.outcomes) {
            writeln!(out, "  run {run:<8}{}", outcome.map_or("no verdict".to_owned(), words))?;
        }
        writeln!(out)?;
    }
    match unstable.len() {
        0 => writeln!(out, "{runs} runs: every verdict is the same in all runs"),
        1 => writeln!(out, "{runs} runs: {}", "1 verdict differs between runs".style(warning)),
        count => writeln!(out, "{runs} runs: {}", format!("{count} verdicts differ between runs").style(warning)),
    }
}

fn words(outcome: Outcome) -> String {
    let kind =
        outcome.drift.map(spelled).or_else(|| outcome.cause.map(spelled)).map_or(String::new(), |kind| format!(" ({kind})"));
    format!("{}{kind}{}", spelled(outcome.verdict), if outcome.expected { "" } else { ", not as expected" })
}
