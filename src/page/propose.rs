//! Sections that the page lacks: their text in its markup.

use super::edit::{Edit, WIDTH, Way, filled, is_wrapped};
use super::locate::region;
use super::markup::Markup;
use super::{Block, Kind, Page};
use crate::model::claim::{Claim, Ledger, Proposal};
use crate::model::id::ClaimId;
use crate::summary::claim::Standing;

/// A section that the ledger proposes.
#[derive(Debug)]
pub struct Proposed<'a> {
    pub heading: &'a str,
    /// Its claims that hold in every cell.
    pub holding: Vec<&'a Claim>,
    /// Its other claims.
    pub others: Vec<&'a Claim>,
    /// The blocks of the page that are this section, if it has it already.
    pub stated_at: Vec<usize>,
}

impl<'a> Proposed<'a> {
    /// The proposed sections of a ledger.
    pub fn of(page: &Page, ledger: &'a Ledger, standing: impl Fn(&ClaimId) -> Option<Standing>) -> Vec<Self> {
        let proposed = |(id, heading): &'a (_, String)| {
            let holds = |claim: &&Claim| standing(&claim.id) == Some(Standing::Holds);
            let (holding, others) = ledger.of_section(id).partition(holds);
            Proposed { heading, holding, others, stated_at: stated_at(page, heading) }
        };
        ledger.sections.iter().filter(|(id, _)| ledger.is_proposed(id)).map(proposed).collect()
    }

    /// Adds the section at the end of the page; `None` if the page has it, or if none of its claims holds.
    pub(super) fn edit(&self, page: &Page) -> Option<Edit> {
        let end = page.blocks.iter().map(|block| block.element.end).max()?;
        let is_due = self.stated_at.is_empty() && !self.holding.is_empty();
        is_due.then(|| Edit {
            at: end..end,
            by: section(page, self.heading, &self.holding),
            claims: self.holding.iter().map(|claim| claim.id.clone()).collect(),
            way: Way::Section,
        })
    }
}

fn section(page: &Page, heading: &str, claims: &[&Claim]) -> String {
    let form = Form::of(page);
    let proposals = claims.iter().filter_map(|claim| claim.proposal.as_ref());
    proposals.fold(form.heading(heading), |text, proposal| text + &form.claim(proposal))
}

/// The blocks of sections with this heading.
fn stated_at(page: &Page, heading: &str) -> Vec<usize> {
    let words = |text: &str| super::words(text).into_iter().map(|word| word.text).collect::<Vec<_>>();
    let wanted = words(heading);
    let is_it = |block: &Block| matches!(block.kind, Kind::Heading(_)) && words(&block.text) == wanted;
    (0..page.blocks.len()).filter(|block| is_it(&page.blocks[*block])).flat_map(|block| region(page, block)).collect()
}

/// How sections of a page are written.
struct Form {
    markup: Markup,
    /// The level of the headings of sections.
    level: u8,
    /// The line under such a heading is made of this; `None` without one.
    underline: Option<char>,
    width: usize,
}

impl Form {
    fn of(page: &Page) -> Self {
        let level_of = |block: &Block| if let Kind::Heading(level) = block.kind { Some(level) } else { None };
        let level = page.blocks.iter().filter_map(level_of).find(|level| *level > 1).unwrap_or(2);
        let example = page.blocks.iter().find(|block| level_of(block) == Some(level));
        let last_line = example.and_then(|block| page.text[block.element.clone()].lines().last());
        let underline = last_line.and_then(|line| {
            let sign = line.trim().chars().next().filter(char::is_ascii_punctuation)?;
            line.trim().chars().all(|other| other == sign).then_some(sign)
        });
        let width = if is_wrapped(page) { WIDTH } else { usize::MAX };
        Form { markup: page.markup, level, underline, width }
    }

    fn heading(&self, heading: &str) -> String {
        let text = self.markup.escaped(heading);
        let level = usize::from(self.level);
        let under = |sign: char| format!("\n\n{text}\n{}", String::from(sign).repeat(text.chars().count()));
        match self.markup {
            Markup::Rst => under(self.underline.unwrap_or('-')),
            Markup::Markdown => match self.underline {
                Some(sign) => under(sign),
                None => format!("\n\n{} {text}", "#".repeat(level)),
            },
            Markup::Html => format!("\n<h{level}>{text}</h{level}>"),
            Markup::AsciiDoc => format!("\n\n{} {text}", "=".repeat(level)),
            Markup::Plain => self.underline.map_or_else(|| format!("\n\n{text}"), under),
        }
    }

    fn claim(&self, Proposal { text, output, commands }: &Proposal) -> String {
        let mut shown = self.prose(text);
        for lines in [output, commands].into_iter().filter(|lines| !lines.is_empty()) {
            shown += &self.literal(lines);
        }
        shown
    }

    fn prose(&self, text: &str) -> String {
        let lines = filled(&self.markup.prose(text), self.width);
        match self.markup {
            Markup::Html => format!("\n<p>{}</p>", lines.join("\n")),
            // A paragraph of AsciiDoc is one line, which cannot be taken for markup.
            Markup::AsciiDoc => format!("\n\n{}", lines.join(" ")),
            Markup::Rst | Markup::Markdown | Markup::Plain => format!("\n\n{}", lines.join("\n")),
        }
    }

    fn literal(&self, lines: &[String]) -> String {
        let lines: Vec<String> = lines.iter().map(|line| self.markup.literal(line)).collect();
        let (text, indented) = (lines.join("\n"), format!("    {}", lines.join("\n    ")));
        match self.markup {
            Markup::Rst => format!("\n\n::\n\n{indented}"),
            Markup::Markdown => format!("\n\n```\n{text}\n```"),
            Markup::Html => format!("\n<pre>{text}</pre>"),
            Markup::AsciiDoc => format!("\n\n....\n{text}\n...."),
            Markup::Plain => format!("\n\n{indented}"),
        }
    }
}
