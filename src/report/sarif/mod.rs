//! A page compared with the ledger and a record as SARIF 2.1.0, the format in which forges show results beside the lines of a
//! file. Results are on the page's own lines.

mod log;
mod rule;

use std::collections::BTreeMap;
use std::ops::Range;

use super::error::unrendered;
use super::text::visible;
use crate::model::cause::spelled;
use crate::model::verdict::Ruling;
use crate::page::Page;
use crate::page::audit::Survey;
use crate::page::coverage::What;
use crate::page::locate::{Bound, Place, Wording};
use crate::summary::claim::{Group, Outcome, Standing};
use crate::text::advice::Advice;
use crate::text::digest::digest;
use log::{Artifact, Automation, Driver, Finding, Location, Log, Physical, ROOT, Region, Run, SCHEMA, Text, Tool, VERSION};
use rule::Rule;

/// Identity of a result, which depends on the claim or the text, and not on its line. The version is that of its input.
const FINGERPRINT: &str = "matrixResult/v1";
/// Maximum number of different observed lines in a message.
const LINES: usize = 2;

/// The file of a page as results name it.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Its address, relative to the root of its repository; absolute if it is in none.
    pub uri: String,
    /// What distinguishes its results from those of other pages in the same repository.
    pub category: String,
}

/// The survey as a SARIF log.
pub fn render(survey: &Survey<'_>, subject: &Subject) -> Result<String, Advice> {
    let source = Source { survey, subject };
    let driver = Driver {
        name: "matrix",
        semantic_version: env!("CARGO_PKG_VERSION"),
        rules: Rule::ALL.into_iter().map(Rule::descriptor).collect(),
    };
    let run = Run {
        tool: Tool { driver },
        automation_details: Automation { id: format!("{}/", subject.category) },
        column_kind: "unicodeCodePoints",
        results: source.findings(),
    };
    let log = Log { schema: SCHEMA, version: VERSION, runs: vec![run] };
    let text = serde_json::to_string_pretty(&log);
    text.map(|text| text + "\n").map_err(|error| unrendered("SARIF", &error))
}

struct Source<'a> {
    survey: &'a Survey<'a>,
    subject: &'a Subject,
}

impl Source<'_> {
    fn findings(&self) -> Vec<Finding> {
        let binding = &self.survey.binding;
        let judged = binding.claims.iter().filter_map(|bound| self.judged(bound));
        let worded = binding.claims.iter().chain(&binding.drafts).filter_map(|bound| self.worded(bound));
        let mut findings: Vec<Finding> = judged.chain(worded).chain(self.uncovered()).chain(self.unread()).collect();
        findings.sort_by_key(|finding| {
            let region = &finding.locations[0].physical_location.region;
            (region.start_line, region.start_column, finding.rule_index)
        });
        findings
    }

    /// What a run says against a claim.
    fn judged(&self, bound: &Bound<'_>) -> Option<Finding> {
        let outcome = self.survey.outcome(&bound.claim.id)?;
        let rule = match outcome.standing {
            Standing::Fails => Rule::Contradicted,
            Standing::InPart => Rule::ContradictedInPart,
            Standing::Unknown => Rule::Inconclusive,
            Standing::Holds | Standing::Undecided => return None,
        };
        // The page states the result already, or lacks the claim.
        if self.survey.is_corrected(&bound.claim.id) || bound.wording() == Wording::Gone {
            return None;
        }
        let message = [format!("{}: {}.", bound.claim.id, ended(&bound.claim.says))];
        let groups = outcome.groups.iter().map(|group| self.group(group, outcome));
        let message: Vec<String> = message.into_iter().chain(groups).chain(self.repeat(outcome)).collect();
        Some(self.of_claim(rule, bound, &message.join("\n")))
    }

    /// The cells with the same verdict, in one line.
    fn group(&self, group: &Group<'_>, outcome: &Outcome<'_>) -> String {
        let (cells, all) = (group.verdicts.len(), outcome.cells);
        let place = match cells == all {
            true => format!("in every tested cell ({all})"),
            false => format!("with {} ({cells} of {all} cells)", group.place()),
        };
        let drift = group.drift().map(|drift| format!(" ({})", spelled(drift))).unwrap_or_default();
        let mut text = format!("{}{drift} {place}", spelled(group.ruling()));
        if group.ruling() == Ruling::Confirmed {
            return text + ".";
        }
        text += &format!(": {}.", ended(group.reason()));
        let observed = self.observed(group);
        if group.ruling() == Ruling::Drifted && !observed.is_empty() {
            text += &format!(" Observed: “{}”.", observed.join("”, “"));
        }
        text
    }

    fn observed(&self, group: &Group<'_>) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for verdict in &group.verdicts {
            let line = self.survey.rules.generalised(&verdict.observed.to_string()).unwrap_or_default();
            if !line.is_empty() && !lines.contains(&line) && lines.len() < LINES {
                lines.push(line);
            }
        }
        lines
    }

    /// The command that repeats what contradicts a claim, or what was inconclusive.
    fn repeat(&self, outcome: &Outcome<'_>) -> Option<String> {
        let against = [Ruling::Drifted, Ruling::Inconclusive].into_iter().find_map(|ruling| outcome.of_ruling(ruling).next())?;
        let cell = self.survey.record?.cell_of(against.verdicts[0])?;
        Some(format!("Repeat: {}", cell.repeat))
    }

    /// How the page's words differ from the ledger's.
    fn worded(&self, bound: &Bound<'_>) -> Option<Finding> {
        if self.survey.is_corrected(&bound.claim.id) {
            return None;
        }
        let quotes: Vec<String> = bound.changes.iter().map(|change| format!("“{}”", change.quote)).collect();
        let found = bound.changes.iter().filter_map(|change| change.nearest.as_ref());
        let found: Vec<String> = found.map(|place| format!("“{}”", place.quoted(self.survey.page))).collect();
        let (rule, text) = match bound.wording() {
            Wording::Found => return None,
            Wording::Changed if found.is_empty() => (Rule::WordingChanged, format!("the page lacks {}.", quotes.join(" and "))),
            Wording::Changed => {
                (Rule::WordingChanged, format!("the ledger has {}, the page has {}.", quotes.join(" and "), found.join(" and ")))
            }
            Wording::Gone => (Rule::ClaimGone, format!("the page has neither {} nor similar text.", quotes.join(" nor "))),
        };
        Some(self.of_claim(rule, bound, &format!("{}: {text}", bound.claim.id)))
    }

    fn of_claim(&self, rule: Rule, bound: &Bound<'_>, message: &str) -> Finding {
        let page = self.survey.page;
        let mut places: Vec<Range<usize>> = bound.all_places().into_iter().map(|place| in_file(page, place)).collect();
        if places.is_empty() {
            places.push(self.section(bound));
        }
        let mut finding = self.finding(rule, message, &places[0], &[bound.claim.id.as_str()]);
        let related =
            places.iter().skip(1).map(|at| Location { message: Some(Text::new("the same claim")), ..self.location(at) });
        finding.related_locations = related.collect();
        finding.properties =
            BTreeMap::from([("claim", bound.claim.id.to_string()), ("section", bound.claim.section.to_string())]);
        finding
    }

    /// Where a claim that the page lacks belongs: its section's heading, else the beginning.
    fn section(&self, bound: &Bound<'_>) -> Range<usize> {
        let page = self.survey.page;
        let block = bound.region.first().and_then(|first| page.blocks.get(*first)).or(page.blocks.first());
        block.map_or(0..0, |block| block.source(0..block.text.trim_end().len()))
    }

    fn uncovered(&self) -> impl Iterator<Item = Finding> {
        let mut earlier = BTreeMap::new();
        self.survey.uncovered.iter().map(move |uncovered| {
            let reads_like = match uncovered.what {
                What::Error => "an error message",
                What::Command => "a command",
                What::Output => "output",
                What::Number => "a statement with a number",
                What::Option => "a statement on an option",
            };
            let at = self.survey.page.blocks[uncovered.block].source(uncovered.at.clone());
            let message = format!("No claim covers this text, which reads like {reads_like}: {}", uncovered.text);
            let nth = nth(&mut earlier, &uncovered.text);
            self.finding(Rule::NotCovered, &message, &at, &[&uncovered.text, &nth])
        })
    }

    fn unread(&self) -> impl Iterator<Item = Finding> {
        let mut earlier = BTreeMap::new();
        let page = self.survey.page;
        page.unread.iter().map(move |unread| {
            let start = page.text.split_inclusive('\n').take(unread.line - 1).map(str::len).sum();
            let line = page.text[start..].lines().next().unwrap_or("").trim_end().len();
            let message = format!("Not read: {} {}", unread.what, unread.text);
            let nth = nth(&mut earlier, &unread.text);
            self.finding(Rule::NotRead, &message, &(start..start + line), &[&unread.what, &unread.text, &nth])
        })
    }

    fn finding(&self, rule: Rule, message: &str, at: &Range<usize>, identity: &[&str]) -> Finding {
        let identity = digest([&[rule.id()], identity].concat().join("\n").as_bytes());
        let message = message.lines().map(visible).collect::<Vec<_>>().join("\n");
        Finding {
            rule_id: rule.id(),
            rule_index: rule.index(),
            level: rule.level(),
            message: Text::new(&message),
            locations: vec![self.location(at)],
            related_locations: Vec::new(),
            partial_fingerprints: BTreeMap::from([(FINGERPRINT, identity)]),
            properties: BTreeMap::new(),
        }
    }

    fn location(&self, at: &Range<usize>) -> Location {
        let uri = self.subject.uri.clone();
        let is_relative = url::Url::parse(&uri).is_err();
        let artifact_location = Artifact { uri, uri_base_id: is_relative.then_some(ROOT) };
        let region = region(self.survey.page, at);
        Location { physical_location: Physical { artifact_location, region }, message: None }
    }
}

/// Which occurrence of a text this is, from 1.
fn nth<'a>(earlier: &mut BTreeMap<&'a str, usize>, text: &'a str) -> String {
    let count = earlier.entry(text).or_default();
    *count += 1;
    count.to_string()
}

fn in_file(page: &Page, place: &Place) -> Range<usize> {
    page.blocks[place.block].source(place.text(page))
}

/// A sentence without its full stop.
fn ended(text: &str) -> &str {
    text.trim_end().trim_end_matches('.')
}

fn region(page: &Page, at: &Range<usize>) -> Region {
    let position = |place: usize| {
        let start = page.text[..place].rfind('\n').map_or(0, |end| end + 1);
        (page.line(place), page.text[start..place].chars().count() + 1)
    };
    let ((start_line, start_column), (end_line, end_column)) = (position(at.start), position(at.end));
    Region { start_line, start_column, end_line, end_column }
}
