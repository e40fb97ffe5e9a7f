//! Patches as mails, as `git format-patch` writes them: a subject, a body with the evidence, and the diff. `git apply` and
//! `git am` read them.

use std::fmt::Write;

use super::audit::Survey;
use super::edit::{Way, edits};
use super::patch::{Change, changes, diff};
use super::topic::{Topic, topics};
use super::words::one_line;
use crate::model::cause::spelled;
use crate::model::id::ClaimId;
use crate::model::record::Record;
use crate::model::verdict::Ruling;
use crate::summary::claim::{Group, Outcome};
use crate::summary::query::heading_of;

/// Maximum number of characters of a subject or of a line of evidence.
const LINE: usize = 300;
/// Maximum number of characters of a subject.
const SUBJECT: usize = 120;

/// The corrections of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patches {
    /// All topics.
    pub whole: String,
    pub topics: Vec<TopicPatch>,
}

/// The patch of one topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicPatch {
    /// The name of the topic.
    pub name: String,
    /// File name, which has the number of the topic.
    pub file: String,
    pub claims: Vec<ClaimId>,
    pub text: String,
}

impl Patches {
    /// `None` without a change, or without a run.
    pub fn of(survey: &Survey<'_>) -> Option<Self> {
        let record = survey.record?;
        let mut edits = edits(survey.page, &survey.binding, &survey.corrections);
        edits.extend(survey.proposed.iter().filter_map(|section| section.edit(survey.page)));
        let changes = changes(survey.page, &edits);
        let mut topics = topics(survey.page, &changes, |edit| edits[edit].way);
        // The claims that are contradicted come before those of the same output that hold.
        topics.iter_mut().for_each(|topic| topic.claims.sort_by_key(|claim| survey.correction(claim).is_none()));
        if topics.is_empty() {
            return None;
        }
        let writer = Writer { survey, record, changes: &changes };
        let count = topics.len();
        let digits = count.to_string().len().max(2);
        let patch = |(at, topic): (usize, &Topic)| {
            let number = at + 1;
            TopicPatch {
                name: topic.name().to_owned(),
                file: format!("{number:0digits$}-{}.patch", topic.name()),
                claims: topic.claims.clone(),
                text: writer.topic(topic, &format!("PATCH {number:0digits$}/{count}")),
            }
        };
        Some(Patches { whole: writer.whole(&topics), topics: topics.iter().enumerate().map(patch).collect() })
    }
}

struct Writer<'a> {
    survey: &'a Survey<'a>,
    record: &'a Record,
    changes: &'a [Change],
}

impl Writer<'_> {
    fn topic(&self, topic: &Topic, tag: &str) -> String {
        let body = format!(
            "What runs showed about the claims of the page, which are in the words of their ledger,\nand the commands that show it again:\n\n{}",
            self.evidence(topic)
        );
        let diff = diff(self.survey.page, self.changes, |change| topic.changes.contains(&change));
        self.mail(&format!("[{tag}] {}", self.subject(topic)), &body, &diff)
    }

    fn whole(&self, topics: &[Topic]) -> String {
        let count = topics.len();
        let plural = if count == 1 { "" } else { "s" };
        let mut body =
            format!("{count} topic{plural}; each is a patch of its own in the folder `page.patches` beside this file.\n");
        for (at, topic) in topics.iter().enumerate() {
            let _ = write!(body, "\n{}. {}\n\n{}", at + 1, self.subject(topic), self.evidence(topic));
        }
        let page = &self.record.subject;
        let title = if page.title.is_empty() { "the page".to_owned() } else { format!("“{}”", page.title) };
        let diff = diff(self.survey.page, self.changes, |_| true);
        self.mail(&format!("[PATCH] Correct {title} by the results of runs"), &body, &diff)
    }

    /// The section, and what is done.
    fn subject(&self, topic: &Topic) -> String {
        let claim = topic.claims.first().and_then(|id| self.survey.ledger.claim(id));
        let heading = claim.map_or("", |claim| heading_of(self.record, &claim.section));
        let does = |way: &Way| match way {
            Way::Output => "show what is printed now",
            Way::Sentence => "limit a sentence to versions",
            Way::Note => "note where it does not hold",
            Way::Section => "add a section on failures that users report",
        };
        let ways: Vec<&str> = topic.ways.iter().map(does).collect();
        cut(&format!("{}: {}", one_line(heading), ways.join(", ")), SUBJECT)
    }

    /// Each claim with its results. Every line is indented, so that none is taken for a part of the diff.
    fn evidence(&self, topic: &Topic) -> String {
        let mut text = String::new();
        for id in &topic.claims {
            let (Some(claim), Some(outcome)) = (self.survey.ledger.claim(id), self.survey.outcome(id)) else { continue };
            let _ = writeln!(text, "  {id} ({}): {}", spelled(claim.kind), outcome.standing.label());
            let _ = writeln!(text, "    {}", shown(&claim.says));
            let told = outcome.groups.iter().filter(|group| matches!(group.ruling(), Ruling::Confirmed | Ruling::Drifted));
            told.for_each(|group| self.group(&mut text, group, outcome));
        }
        text
    }

    fn group(&self, text: &mut String, group: &Group<'_>, outcome: &Outcome<'_>) {
        let newest = group.verdicts[group.verdicts.len() - 1];
        let drift = group.drift().map_or(String::new(), |drift| format!(" ({})", spelled(drift)));
        let place = match group.verdicts.len() == outcome.cells {
            true => "in every tested cell".to_owned(),
            false => group.place(),
        };
        let count = format!("{} of {} cells", group.verdicts.len(), outcome.cells);
        let _ = writeln!(text, "    {}{drift}: {}, {count}", spelled(group.ruling()), shown(&place));
        let mut line = |name: &str, value: &str| {
            for value in value.lines().map(shown).filter(|value| !value.is_empty()) {
                let _ = writeln!(text, "      {name:11} {value}");
            }
        };
        if group.ruling() == Ruling::Drifted {
            line("why:", group.reason());
            line("documented:", &newest.documented);
        }
        line("observed:", &newest.observed.to_string());
        line("cell:", &format!("{} {}", newest.scenario, newest.cell));
        line("repeat:", self.record.cell_of(newest).map_or("", |cell| &cell.repeat));
    }

    fn mail(&self, subject: &str, body: &str, diff: &str) -> String {
        let date = self.record.started.strftime("%a, %d %b %Y %H:%M:%S +0000");
        let version = shown(&self.record.matrix);
        format!(
            "From {:040} Mon Sep 17 00:00:00 2001\nFrom: matrix <matrix@noreply.invalid>\nDate: {date}\nSubject: {subject}\n\
             MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n\n{}\n---\n{diff}-- \nmatrix {version}\n",
            0,
            body.trim_end()
        )
    }
}

fn shown(text: &str) -> String {
    cut(&one_line(text), LINE)
}

fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}[...]", &text[..end]),
        None => text.to_owned(),
    }
}
