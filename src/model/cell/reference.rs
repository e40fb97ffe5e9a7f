//! A reference to one cell, and optionally to one of its phases, on the command line: `scenario:cell/phase`, or the scenario and
//! the rest as two words. Prefixes of ids are enough if they match one cell.

use crate::model::cell::Cell;
use crate::model::cell::expand::{excluded, expand};
use crate::model::observation::Phase;
use crate::model::scenario::Scenario;
use crate::text::advice::Advice;
use crate::text::suggest::among;

/// Maximum number of matching cells that an error message lists.
const SHOWN: usize = 5;

/// A parsed reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The original text.
    text: String,
    /// A prefix of a scenario's id.
    scenario: Option<String>,
    /// A prefix of a cell's id; without a scenario it may be a prefix of a scenario's id.
    cell: String,
    /// The phase, unparsed.
    pub phase: Option<String>,
}

impl Named {
    /// Parses one word, or two words of which the first is the scenario.
    pub fn parse(words: &[String]) -> Named {
        let (scenario, rest) = match words {
            [scenario, rest] => (Some(scenario.as_str()), rest.as_str()),
            // A colon after a slash belongs to a phase: `bookworm/workaround:x`.
            [word] => match word.split_once(':') {
                Some((scenario, rest)) if !scenario.contains('/') => (Some(scenario), rest),
                _ => (None, word.as_str()),
            },
            _ => (None, ""),
        };
        let (cell, phase) = match rest.rsplit_once('/') {
            Some((cell, last)) if is_phase(last) => (cell, Some(last)),
            None if is_phase(rest) && scenario.is_some() => ("", Some(rest)),
            _ => (rest, None),
        };
        let owned = |text: &str| text.to_owned();
        Named { text: words.join(" "), scenario: scenario.map(owned), cell: cell.to_owned(), phase: phase.map(owned) }
    }

    /// The one cell that matches. A scenario alone matches if its default selection has only one cell.
    pub fn find<'a>(&self, scenarios: &'a [Scenario]) -> Result<(&'a Scenario, Cell), Advice> {
        let starts = self.starts(scenarios)?;
        let begins = |cell: &Cell, start: &str| cell.id.as_str().starts_with(start);
        let cells = starts.iter().flat_map(|(scenario, start)| {
            expand(scenario).into_iter().filter(|cell| begins(cell, start)).map(|cell| (*scenario, cell))
        });
        let mut found: Vec<_> = cells.collect();
        if found.is_empty() {
            return Err(self.nothing(&starts));
        }
        // The full id of one may be a prefix of another.
        found = or_all(found, |(_, cell)| cell.id == *self.cell);
        if let [(scenario, "")] = starts[..] {
            found = or_all(found, |(_, cell)| scenario.is_default(&cell.axes));
        }
        match found.len() {
            1 => Ok(found.remove(0)),
            _ => Err(self.several(&found)),
        }
    }

    /// The scenarios that may match, each with the prefix of a cell's id.
    fn starts<'a, 'b>(&'b self, scenarios: &'a [Scenario]) -> Result<Vec<(&'a Scenario, &'b str)>, Advice> {
        let of = |name: &str, start: &'b str| -> Vec<(&'a Scenario, &'b str)> {
            let begun =
                scenarios.iter().filter(|scenario| scenario.id.as_str().starts_with(name)).map(|scenario| (scenario, start));
            or_all(begun.collect(), |(scenario, _)| scenario.id == *name)
        };
        let Some(name) = &self.scenario else {
            let mut starts = of(&self.cell, "");
            if starts.iter().all(|(scenario, _)| scenario.id != *self.cell) {
                starts.extend(scenarios.iter().map(|scenario| (scenario, self.cell.as_str())));
            }
            return Ok(starts);
        };
        match of(name, &self.cell) {
            none if none.is_empty() => Err(Advice::new(
                format!("no scenario is named `{name}`"),
                among(name, scenarios.iter().map(|scenario| scenario.id.to_string())),
            )),
            starts => Ok(starts),
        }
    }

    fn nothing(&self, starts: &[(&Scenario, &str)]) -> Advice {
        for (scenario, start) in starts {
            if let Some((cell, reason)) = excluded(scenario).into_iter().find(|(cell, _)| cell.id.as_str().starts_with(start)) {
                let help = format!("`matrix list {}` lists its cells and the excluded ones", scenario.id);
                return Advice::new(format!("`{}` is excluded: {reason}", cell.cell_ref()), help);
            }
        }
        let scenarios = || starts.iter().map(|(scenario, _)| *scenario);
        let help = match &self.scenario {
            Some(_) => among(&self.cell, scenarios().flat_map(expand).map(|cell| cell.id.to_string())),
            None => among(&self.cell, scenarios().map(|scenario| scenario.id.to_string())),
        };
        Advice::new(format!("no cell is named `{}`", self.text), help)
    }

    fn several(&self, found: &[(&Scenario, Cell)]) -> Advice {
        let mut cells: Vec<String> = found.iter().take(SHOWN).map(|(_, cell)| format!("`{}`", cell.cell_ref())).collect();
        cells.extend((found.len() > SHOWN).then(|| "...".to_owned()));
        let message = format!("`{}` matches {} cells: {}", self.text, found.len(), cells.join(", "));
        Advice::new(message, "type more of the name")
    }
}

/// Whether a word can only be a phase.
fn is_phase(word: &str) -> bool {
    word == "workaround" || Phase::try_from(word.to_owned()).is_ok()
}

/// The items that satisfy the predicate; all items if none or several do.
fn or_all<T>(items: Vec<T>, is_so: impl Fn(&T) -> bool) -> Vec<T> {
    let mut so = items.iter().enumerate().filter(|(_, item)| is_so(item)).map(|(index, _)| index);
    match (so.next(), so.next()) {
        (Some(only), None) => items.into_iter().skip(only).take(1).collect(),
        _ => items,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::load;

    /// The cell of the shipped scenarios that these words refer to.
    fn found(words: &[&str]) -> String {
        let library = load::folder(Path::new("scenarios")).unwrap();
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let named = Named::parse(&words);
        match named.find(&library.scenarios) {
            Ok((_, cell)) => format!("{} {} {}", cell.scenario, cell.id, named.phase.unwrap_or_default()).trim_end().to_owned(),
            Err(error) => error.to_string(),
        }
    }

    const WHOLE: &str = "missing-python-headers bookworm/python-3.11/mod_wsgi-4.9.4/compiler-12";

    #[test]
    fn a_cell_is_given_as_one_or_two_words_complete_or_shortened() {
        for words in [
            ["missing-python-headers:bookworm/python-3.11/mod_wsgi-4.9.4"].as_slice(),
            &["missing-python-headers", "bookworm/python-3.11/mod_wsgi-4.9.4"],
            &["missing-py:bookworm/python-3.11/mod_wsgi-4"],
            &["missing", "bookworm/python-3.11/mod_wsgi-4"],
        ] {
            assert_eq!(found(words), WHOLE);
        }
    }

    #[test]
    fn a_phase_may_follow_in_every_form() {
        for words in [
            ["missing:bookworm/python-3.11/mod_wsgi-4/workaround:developer-package"].as_slice(),
            &["missing", "bookworm/python-3.11/mod_wsgi-4/workaround:developer-package"],
        ] {
            assert_eq!(found(words), format!("{WHOLE} workaround:developer-package"));
        }
        let only = "missing-python-headers bullseye/python-2.7/mod_wsgi-4.4.0/compiler-10 control";
        assert_eq!(found(&["missing-python-headers/control"]), only);
        assert_eq!(found(&["missing-python-headers:control"]), only);
        assert_eq!(found(&["missing-python-headers", "control"]), only);
    }

    #[test]
    fn a_scenario_alone_is_the_only_cell_of_its_default_selection() {
        assert_eq!(found(&["missing-python-headers"]), "missing-python-headers bullseye/python-2.7/mod_wsgi-4.4.0/compiler-10");
        // The id of one scenario is a prefix of others.
        assert!(!found(&["multiple-python-versions"]).contains("multiple-python-versions-choice"));
    }

    #[test]
    fn an_ambiguous_cell_is_an_error_that_names_the_candidates() {
        insta::assert_snapshot!(found(&["missing-python-headers:bookworm"]), @r"
        `missing-python-headers:bookworm` matches 3 cells: `missing-python-headers:bookworm/python-3.11/mod_wsgi-4.9.4/compiler-12`, `missing-python-headers:bookworm/python-3.11/mod_wsgi-5.0.2/compiler-12`, `missing-python-headers:bookworm/python-3.11/mod_wsgi-6.1.1/compiler-12`
        help: type more of the name
        ");
        assert!(found(&["bookworm"]).contains(", ...\nhelp: "));
    }

    #[test]
    fn a_mistake_names_the_nearest_and_an_excluded_cell_its_reason() {
        assert!(found(&["mising-python-headers:bookworm"]).contains("did you mean `missing-python-headers`"));
        let near = found(&["missing-python-headers:bookworm/python-3.11/mod_wsgi-4.9.5"]);
        assert!(near.contains("did you mean `bookworm/python-3.11/mod_wsgi-4.9.4/compiler-12`"), "{near}");
        insta::assert_snapshot!(found(&["missing-python-headers:bookworm/python-2.7"]), @r"
        `missing-python-headers:bookworm/python-2.7/mod_wsgi-4.4.0/compiler-3.4` is excluded: bookworm ships Python 3.11
        help: `matrix list missing-python-headers` lists its cells and the excluded ones
        ");
        assert!(found(&["mising-python-headers"]).contains("did you mean `missing-python-headers`"));
    }
}
