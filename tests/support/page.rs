//! A test page, its ledger, and a run that contradicts it.

use matrix::model::claim::{Ledger, Waiver};
use matrix::model::drift::Drift;
use matrix::model::record::Record;
use matrix::model::verdict::Ruling;

/// The text of the test page.
pub(crate) const PAGE: &str = include_str!("../data/pages/issues.txt");

/// The record's ledger with quotes of the test page.
pub(crate) fn ledger() -> Ledger {
    let mut ledger = super::record::good().ledger;
    for claim in &mut ledger.claims {
        let quotes: &[&str] = match claim.id.as_str() {
            "headers.python-h" => &["A compiler that finds no headers", "error: Python.h: No such file or directory"],
            "headers.more-files" => &["error: compile.h: No such file or directory", "error: node.h: No such file or directory"],
            "headers.version-error" => &["#error needs at least Python 2.3.0"],
            "headers.thread-error" => &["#error needs a Python that supports threads"],
            "headers.dev-package" => &["install the headers' own package of your distribution"],
            "headers.dev-name" => &["like the other one, with -dev"],
            "forkpty.undefined" => &["Where nobody links libutil", "undefined symbol: forkpty"],
            other => panic!("no quote is given for {other}"),
        };
        claim.quotes = quotes.iter().map(|quote| (*quote).to_owned()).collect();
    }
    let waiver = |name: &str, section: &str, quote: &str| Waiver {
        name: name.into(),
        section: section.into(),
        quotes: vec![quote.into()],
        reason: "it is of its time".into(),
    };
    ledger.waivers = vec![
        waiver("minutes", "missing-python-headers", "needs 12 minutes"),
        waiver("listing", "forkpty", "1 root root 5410"),
        waiver("elsewhere", "forkpty", "what no page says"),
    ];
    ledger
}

/// A run in which the workaround fails with mod_wsgi 5 and later.
pub(crate) fn run() -> Record {
    let mut record = super::record::good();
    for verdict in record.verdicts.iter_mut().filter(|verdict| verdict.claim == "headers.dev-package") {
        if verdict.axes["mod_wsgi"].as_str() > "5" {
            (verdict.verdict, verdict.drift) = (Ruling::Drifted, Some(Drift::WorkaroundFails));
            verdict.stated = Some("since mod_wsgi 5.0.2 `python3-dev` has *another* name (step install)".into());
        }
    }
    record
}
