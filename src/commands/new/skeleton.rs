//! A scenario of which the claims are known and the experiment is still to be written.

use crate::load::{Library, TO_DO};
use crate::model::claim::{Claim, ClaimKind};
use crate::model::id::{ScenarioId, SectionId};
use crate::text::yaml::{name as plain, quoted};

/// What a new scenario is made from.
pub(super) struct Skeleton<'a> {
    pub(super) library: &'a Library,
    pub(super) name: &'a ScenarioId,
    pub(super) section: &'a SectionId,
    pub(super) claims: &'a [&'a Claim],
    /// The base of its cells.
    pub(super) base: &'a str,
    /// The edition that it cites.
    pub(super) edition: &'a str,
    /// The folder of scenarios as seen from `schema.json`.
    pub(super) schema: &'a str,
}

impl Skeleton<'_> {
    /// The text of its file.
    pub(super) fn yaml(&self) -> String {
        let Skeleton { base, edition, .. } = self;
        let (name, section) = (plain(self.name.as_str()), plain(self.section.as_str()));
        let heading = self.library.ledger.sections.iter().find(|(id, _)| id == self.section).map_or("", |(_, heading)| heading);
        let heading = quoted(heading);
        let mut text = format!("# yaml-language-server: $schema={}\n", self.schema);
        text += &format!(
            "# `matrix check` lists what is still to be written.\nscenario: {name}\ntitle: {heading}\nsection: {section}\n"
        );
        if !self.is_whole_section() {
            text += "claims:\n";
            text.extend(self.claims.iter().map(|claim| format!("  - {}\n", plain(claim.id.as_str()))));
        }
        text += &format!("source: {{edition: {}, heading: {heading}}}\n\naxes:\n  base: [{base}]\n", quoted(edition));
        text += &format!(
            "fidelity:\n  - fidelity: natural\n    reason: {}\n\n",
            to_do("how the defect comes about, in one sentence")
        );
        text += &format!("# The environment with the defect: dockerfiles stacked on the base.\nimage: [{name}]\n\n");
        text + &self.reproduce() + &self.workarounds() + &resolved() + &self.control() + &self.skipped()
    }

    /// Whether it decides all claims of its section, so that it need not list them.
    fn is_whole_section(&self) -> bool {
        let ledger = &self.library.ledger;
        ledger.of_section(self.section).chain(ledger.drafts_of(self.section)).count() == self.claims.len()
            && self.library.scenarios.iter().all(|scenario| scenario.section != *self.section)
    }

    fn of(&self, kind: ClaimKind) -> impl Iterator<Item = &Claim> {
        self.claims.iter().copied().filter(move |claim| claim.kind == kind)
    }

    fn reproduce(&self) -> String {
        let mut text = "# What ends in the documented failure.\nreproduce:\n  - name: fail\n".to_owned();
        text += &format!("    run: {}\n    expect:\n      - exit: failure\n", to_do("the command that fails"));
        for claim in self.of(ClaimKind::Symptom) {
            let lines: Vec<String> = claim.lines.iter().map(|line| quoted(line)).collect();
            text += &format!("      # {}\n      - claim: {}\n", claim.says, plain(claim.id.as_str()));
            text += &match lines.as_slice() {
                [] => format!("        has: {}\n", to_do("the whole line that is printed; `[..]` stands for any text")),
                [line] => format!("        has: {line}\n"),
                lines => {
                    format!("        has:\n{}", lines.iter().map(|line| format!("          - {line}\n")).collect::<String>())
                }
            };
        }
        text + "\n"
    }

    fn workarounds(&self) -> String {
        let entry = |claim: &Claim| {
            let id = claim.id.as_str().split_once('.').map_or("remedy", |(_, name)| name);
            let mut text =
                format!("  # {}\n  - id: {}\n    claim: {}\n    steps:\n", claim.says, plain(id), plain(claim.id.as_str()));
            let documented = claim.commands.iter().map(|command| quoted(command));
            let commands: Vec<String> =
                documented.chain(claim.commands.is_empty().then(|| to_do("the documented remedy"))).collect();
            for (number, command) in commands.iter().enumerate() {
                text += &format!("      - name: step-{}\n        run: {command}\n", number + 1);
            }
            text
        };
        let entries: String = self.of(ClaimKind::Workaround).map(entry).collect();
        if entries.is_empty() {
            String::new()
        } else {
            format!("# What the page says ends the problem.\nworkarounds:\n{entries}\n")
        }
    }

    fn control(&self) -> String {
        format!("# The healthy environment.\ncontrol:\n  image: [{}-healthy]\n", self.name)
    }

    /// The claims of other kinds, which need an expectation where they hold.
    fn skipped(&self) -> String {
        let entry = |claim: &&Claim| {
            let reason = to_do("decide it by an expectation instead, or say why no run can");
            format!("  # {}\n  - claim: {}\n    reason: {reason}\n", claim.says, plain(claim.id.as_str()))
        };
        let others =
            self.claims.iter().copied().filter(|claim| !matches!(claim.kind, ClaimKind::Symptom | ClaimKind::Workaround));
        let entries: String = others.collect::<Vec<_>>().iter().map(entry).collect();
        if entries.is_empty() { String::new() } else { format!("\nskipped:\n{entries}") }
    }
}

fn resolved() -> String {
    let (run, has) = (to_do("a command that shows that the software works"), to_do("a line that it prints only then"));
    format!(
        "# What shows that the problem is gone.\nresolved:\n  - name: works\n    run: {run}\n    expect:\n      - exit: success\n        has: {has}\n\n"
    )
}

fn to_do(what: &str) -> String {
    quoted(&format!("{TO_DO} {what}"))
}
