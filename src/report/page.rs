//! The data of the annotated page: the text with its claims marked, and for each claim the results of a run, where it holds,
//! what was observed instead, and links to the evidence.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Serialize;

use super::text::{visible, visible_lines};
use super::view::agreement::AgreementView;
use super::view::anchor::anchor;
use super::view::run::RunView;
use crate::model::cause::spelled;
use crate::model::id::{ClaimId, SectionId};
use crate::model::verdict::{Ruling, Verdict};
use crate::page::audit::Survey;
use crate::page::locate::{Bound, Place};
use crate::page::{Block, Kind};
use crate::summary::agreement::Agreement;
use crate::summary::claim::{Group, Outcome, Standing};

/// Maximum number of different printed lines shown per group.
const LINES: usize = 3;

#[derive(Debug, Serialize)]
pub struct PageView {
    title: String,
    path: String,
    run: Option<RunView>,
    /// How far the page agrees with the run; `None` without results.
    agreement: Option<AgreementView>,
    /// Number of claims that the page states as the run observed them.
    corrected: usize,
    counts: Vec<CountView>,
    sections: Vec<SectionView>,
    blocks: Vec<BlockView>,
    /// Claims without a place on the page.
    gone: Vec<NoteView>,
}

#[derive(Debug, Serialize)]
struct CountView {
    state: StateView,
    count: usize,
}

/// A claim's standing.
#[derive(Debug, Serialize)]
struct StateView {
    class: &'static str,
    label: &'static str,
    symbol: &'static str,
}

/// A section of the ledger, for the navigation.
#[derive(Debug, Serialize)]
struct SectionView {
    heading: String,
    anchor: String,
    agreement: Option<AgreementView>,
    claims: Vec<LinkView>,
}

/// A link to a claim.
#[derive(Debug, Serialize)]
struct LinkView {
    id: String,
    anchor: String,
    state: StateView,
}

#[derive(Debug, Serialize)]
struct BlockView {
    /// `heading`, `prose` or `literal`.
    kind: &'static str,
    /// Level of a heading, from 1.
    level: u8,
    anchor: String,
    line: usize,
    pieces: Vec<PieceView>,
    notes: Vec<NoteView>,
}

/// A piece of text with the same marks throughout.
#[derive(Debug, Serialize)]
struct PieceView {
    text: String,
    code: bool,
    /// The claims whose quotes contain it.
    claims: Vec<LinkView>,
    /// Whether their quote begins here.
    begins: bool,
    /// Whether no claim covers it.
    uncovered: bool,
}

/// The results of a run for one claim.
#[derive(Debug, Serialize)]
struct NoteView {
    link: LinkView,
    kind: String,
    says: String,
    /// How the wording differs from the ledger; empty if it does not.
    wording: String,
    corrected: bool,
    groups: Vec<GroupView>,
    /// The proposed correction: a note, or replacement lines.
    proposal: String,
    printed: String,
}

#[derive(Debug, Serialize)]
struct GroupView {
    ruling: String,
    drift: String,
    /// Empty if the group has all cells.
    place: String,
    cells: usize,
    of: usize,
    why: String,
    documented: Vec<String>,
    observed: Vec<String>,
    evidence: Vec<EvidenceView>,
    repeat: String,
}

#[derive(Debug, Serialize)]
struct EvidenceView {
    cell: String,
    href: String,
}

impl From<Option<Standing>> for StateView {
    fn from(standing: Option<Standing>) -> Self {
        let class = match standing {
            Some(Standing::Holds) => "holds",
            Some(Standing::InPart) => "in-part",
            Some(Standing::Fails) => "fails",
            Some(Standing::Unknown) => "unknown",
            Some(Standing::Undecided) | None => "undecided",
        };
        let (label, symbol) = standing.map_or(("not run", "–"), |standing| (standing.label(), standing.symbol()));
        StateView { class, label, symbol }
    }
}

/// The input of all notes.
struct Source<'a> {
    survey: &'a Survey<'a>,
    /// Link to the `report.html` of the record.
    report: &'a str,
}

impl PageView {
    /// From a survey; `report` is a link to the record's `report.html`.
    pub fn new(survey: &Survey<'_>, report: &str) -> Self {
        let source = Source { survey, report };
        let page = survey.page;
        let title =
            page.blocks.iter().find(|block| matches!(block.kind, Kind::Heading(_))).map(|block| visible(block.text.trim()));
        let mut notes: BTreeMap<usize, Vec<NoteView>> = BTreeMap::new();
        let mut gone = Vec::new();
        for bound in &survey.binding.claims {
            match source.place(bound) {
                Some(block) => notes.entry(block).or_default().push(source.note(bound)),
                None => gone.push(source.note(bound)),
            }
        }
        PageView {
            title: title.unwrap_or_else(|| page.path.display().to_string()),
            path: page.path.display().to_string(),
            run: survey.record.map(RunView::new),
            agreement: source.agreement(None),
            corrected: survey.binding.claims.iter().filter(|bound| survey.is_corrected(&bound.claim.id)).count(),
            counts: source.counts(),
            sections: source.sections(),
            blocks: (0..page.blocks.len()).map(|block| source.block(block, notes.remove(&block).unwrap_or_default())).collect(),
            gone,
        }
    }
}

impl Source<'_> {
    fn standing(&self, claim: &ClaimId) -> Option<Standing> {
        self.survey.outcome(claim).map(|outcome| outcome.standing)
    }

    fn link(&self, claim: &ClaimId) -> LinkView {
        LinkView { id: visible(claim), anchor: anchor(&["claim", claim.as_str()]), state: self.standing(claim).into() }
    }

    fn counts(&self) -> Vec<CountView> {
        let standings: Vec<Option<Standing>> =
            self.survey.binding.claims.iter().map(|bound| self.standing(&bound.claim.id)).collect();
        let count = |standing: Option<Standing>| {
            let count = standings.iter().filter(|other| **other == standing).count();
            CountView { state: standing.into(), count }
        };
        Standing::ALL.into_iter().map(Some).chain([None]).map(count).filter(|count| count.count > 0).collect()
    }

    /// The agreement of the claims of a section, or of all.
    fn agreement(&self, section: Option<&SectionId>) -> Option<AgreementView> {
        let claims = self.survey.binding.claims.iter().map(|bound| bound.claim);
        let wanted = claims.filter(|claim| section.is_none_or(|section| claim.section == *section)).map(|claim| &claim.id);
        self.survey.record.map(|record| Agreement::of_claims(record, wanted).into())
    }

    fn sections(&self) -> Vec<SectionView> {
        let mut sections: Vec<SectionView> = Vec::new();
        let mut last = None;
        for bound in &self.survey.binding.claims {
            if last != Some(&bound.claim.section) {
                last = Some(&bound.claim.section);
                let first = self.place(bound);
                let mut headings = self.survey.page.blocks.iter().enumerate().take(first.map_or(0, |first| first + 1));
                let heading = headings.rfind(|(_, block)| matches!(block.kind, Kind::Heading(_)));
                sections.push(SectionView {
                    heading: heading.map_or_else(|| visible(&bound.claim.section), |(_, block)| visible(block.text.trim())),
                    anchor: heading.map_or_else(|| "gone".to_owned(), |(index, _)| block_anchor(index)),
                    agreement: self.agreement(Some(&bound.claim.section)),
                    claims: Vec::new(),
                });
            }
            sections.last_mut().expect("one was just made").claims.push(self.link(&bound.claim.id));
        }
        sections
    }

    /// The block after which a claim's note is placed: the last of its first run of quotes.
    fn place(&self, bound: &Bound<'_>) -> Option<usize> {
        let stated_at = self.survey.correction(&bound.claim.id).and_then(|correction| correction.stated_at.first());
        let first = bound.all_places().first().copied().or(stated_at)?.block;
        let introduced = self.survey.page.blocks.get(first + 1).is_some_and(|next| next.kind == Kind::Literal);
        Some(if introduced && self.survey.page.blocks[first].kind == Kind::Prose { first + 1 } else { first })
    }

    fn block(&self, index: usize, notes: Vec<NoteView>) -> BlockView {
        let page = self.survey.page;
        let block = &page.blocks[index];
        let (kind, level) = match block.kind {
            Kind::Heading(level) => ("heading", level.clamp(1, 5)),
            Kind::Prose => ("prose", 0),
            Kind::Literal => ("literal", 0),
        };
        let line = page.line(block.element.start);
        BlockView { kind, level, anchor: block_anchor(index), line, pieces: self.pieces(index, block), notes }
    }

    /// The block's text, split where a mark begins or ends.
    fn pieces(&self, index: usize, block: &Block) -> Vec<PieceView> {
        let page = self.survey.page;
        let here = |place: &&Place| place.block == index;
        let marks: Vec<(Range<usize>, &ClaimId)> = self
            .survey
            .binding
            .claims
            .iter()
            .flat_map(|bound| {
                let stated_at = self.survey.correction(&bound.claim.id).map_or(&[][..], |correction| &correction.stated_at);
                let places = bound.all_places().into_iter().chain(stated_at).filter(here).map(|place| place.text(page));
                places.map(|at| (at, &bound.claim.id)).collect::<Vec<_>>()
            })
            .collect();
        let bare: Vec<&Range<usize>> =
            self.survey.uncovered.iter().filter(|uncovered| uncovered.block == index).map(|uncovered| &uncovered.at).collect();
        let mut cuts: Vec<usize> = marks
            .iter()
            .map(|(at, _)| at)
            .chain(&block.code)
            .chain(bare.iter().copied())
            .flat_map(|at| [at.start, at.end])
            .chain([0, block.text.len()])
            .collect();
        cuts.sort_unstable();
        cuts.dedup();
        let piece = |cut: &[usize]| {
            let within = |at: &Range<usize>| at.start <= cut[0] && cut[1] <= at.end;
            let of: Vec<&(Range<usize>, &ClaimId)> = marks.iter().filter(|(at, _)| within(at)).collect();
            PieceView {
                text: visible_lines(&block.text[cut[0]..cut[1]]) + if block.text[..cut[1]].ends_with('\n') { "\n" } else { "" },
                code: block.code.iter().any(within),
                begins: of.iter().any(|(at, _)| at.start == cut[0]),
                claims: of.iter().map(|(_, claim)| self.link(claim)).collect(),
                uncovered: bare.iter().any(|at| within(at)),
            }
        };
        cuts.windows(2).map(piece).collect()
    }

    fn note(&self, bound: &Bound<'_>) -> NoteView {
        let claim = bound.claim;
        let outcome = self.survey.outcome(&claim.id);
        let correction = self.survey.correction(&claim.id);
        let corrected = correction.is_some_and(|correction| correction.is_stated());
        let wording = if corrected { String::new() } else { wording(bound) };
        let proposal = correction.filter(|correction| correction.is_open()).map(|correction| &correction.proposal);
        let printed = proposal.and_then(|proposal| proposal.output.as_ref()).map_or(&[][..], |output| &output.lines);
        let bounded = proposal.and_then(|proposal| proposal.bounded.as_ref()).map(|bounded| format!("{}, ...", bounded.versions));
        let note = proposal.and_then(|proposal| proposal.note.as_ref()).map(|note| note.text());
        NoteView {
            link: self.link(&claim.id),
            kind: spelled(claim.kind),
            says: visible(&claim.says),
            wording,
            corrected,
            groups: outcome
                .into_iter()
                .flat_map(|outcome| outcome.groups.iter().map(|group| self.group(group, outcome)))
                .collect(),
            proposal: visible(&bounded.into_iter().chain(note).collect::<Vec<_>>().join(" ")),
            printed: visible_lines(&printed.join("\n")),
        }
    }

    fn group(&self, group: &Group<'_>, outcome: &Outcome<'_>) -> GroupView {
        let first = group.verdicts[0];
        let mut observed: Vec<String> = Vec::new();
        for verdict in &group.verdicts {
            let line = self.survey.rules.generalised(&verdict.observed.to_string()).map_or(String::new(), |line| visible(&line));
            if !line.is_empty() && !observed.contains(&line) && observed.len() < LINES {
                observed.push(line);
            }
        }
        let drifted = group.ruling() == Ruling::Drifted;
        let repeat = self.survey.record.and_then(|record| record.cell_of(first));
        GroupView {
            ruling: spelled(group.ruling()),
            drift: group.drift().map(spelled).unwrap_or_default(),
            place: if group.verdicts.len() == outcome.cells { String::new() } else { visible(&group.place()) },
            cells: group.verdicts.len(),
            of: outcome.cells,
            why: if group.ruling() == Ruling::Confirmed { String::new() } else { visible(group.reason()) },
            documented: if drifted { first.documented.lines().map(visible).collect() } else { Vec::new() },
            observed,
            evidence: group.verdicts.iter().map(|verdict| self.evidence(verdict)).collect(),
            repeat: repeat.map_or(String::new(), |cell| visible(&cell.repeat)),
        }
    }

    fn evidence(&self, verdict: &Verdict) -> EvidenceView {
        let place = anchor(&[verdict.scenario.as_str(), verdict.cell.as_str(), verdict.claim.as_str()]);
        EvidenceView { cell: visible(&verdict.cell), href: format!("{}#{place}", self.report) }
    }
}

fn block_anchor(index: usize) -> String {
    format!("block-{index}")
}

/// How the page's wording differs from the ledger's quotes.
fn wording(bound: &Bound<'_>) -> String {
    let quotes: Vec<String> = bound.changes.iter().map(|change| format!("“{}”", visible(change.quote))).collect();
    match (quotes.is_empty(), bound.places.is_empty() && bound.changes.iter().all(|change| change.nearest.is_none())) {
        (true, _) => String::new(),
        (false, true) => format!("The page no longer has {}.", quotes.join(" or ")),
        (false, false) => format!("The page has other words for {}.", quotes.join(" and ")),
    }
}
