//! Properties of expansion and selection, and their error messages.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use insta::assert_snapshot;
use matrix::model::cell::Cell;
use matrix::model::cell::expand::{excluded, expand};
use matrix::model::cell::select::{Choice, Filter, select};
use matrix::model::limits::Limits;
use matrix::model::scenario::{Axis, Control, Scenario, Source};
use matrix::model::when::{Exclude, When};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;

/// A scenario of which only the cells matter.
fn scenario(id: &str, axes: &[(&str, &[&str])]) -> Scenario {
    let axis = |(name, values): &(&str, &[&str])| Axis {
        name: (*name).to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    Scenario {
        id: id.into(),
        file: PathBuf::new(),
        title: String::new(),
        section: "".into(),
        claims: Vec::new(),
        source: Source { edition: String::new(), heading: String::new() },
        axes: axes.iter().map(axis).collect(),
        exclude: Vec::new(),
        default: Vec::new(),
        fidelity: Vec::new(),
        values: Vec::new(),
        image: Vec::new(),
        capabilities: Vec::new(),
        limits: Limits::default(),
        directory: None,
        prepare: Vec::new(),
        reproduce: Vec::new(),
        workarounds: Vec::new(),
        resolved: Vec::new(),
        control: Control { image: Vec::new(), replace: BTreeMap::new(), verify: Vec::new() },
        skipped: Vec::new(),
        known_drift: Vec::new(),
        not_reproduced: Vec::new(),
        excused_mutants: Vec::new(),
    }
}

fn when(rules: &[(&str, &[&str])]) -> When {
    When(rules.iter().map(|(axis, values)| ((*axis).to_owned(), values.iter().map(|v| (*v).to_owned()).collect())).collect())
}

/// `headers` on two bases, trixie with Python 2.7 excluded, bookworm with Python 3.11 by default; and `shared`.
fn scenarios() -> Vec<Scenario> {
    let mut headers = scenario("headers", &[("base", &["bookworm", "trixie"]), ("python", &["2.7", "3.1", "3.11"])]);
    headers.exclude = vec![Exclude {
        when: when(&[("base", &["trixie"]), ("python", &["2.7"])]),
        reason: "trixie has no Python 2.7".to_owned(),
    }];
    headers.default = vec![when(&[("base", &["bookworm"]), ("python", &["3.11"])])];
    vec![headers, scenario("shared", &[("base", &["bookworm"]), ("apache", &["event"])])]
}

fn choice(scenarios: &[&str], only: &[&str]) -> Choice {
    Choice {
        scenarios: scenarios.iter().map(|id| (*id).into()).collect(),
        only: only.iter().map(|text| Filter::parse(text).unwrap()).collect(),
        full: false,
    }
}

/// Ids of the selected cells, or the error.
fn selected(choice: &Choice) -> Result<Vec<String>, String> {
    let scenarios = scenarios();
    let cells = select(&scenarios, choice).map_err(|error| error.to_string())?;
    Ok(cells.into_iter().map(|(scenario, cell)| format!("{}:{}", scenario.id, cell.id)).collect())
}

fn refused(text: &str) -> String {
    Filter::parse(text).unwrap_err().to_string()
}

fn unknown(text: &str) -> String {
    let scenarios = scenarios();
    Filter::parse(text).unwrap().check(&scenarios.iter().collect::<Vec<_>>()).unwrap_err().to_string()
}

#[test]
fn the_first_axis_is_slowest() {
    let ids: Vec<_> = expand(&scenarios()[0]).into_iter().map(|cell| cell.id).collect();
    assert_eq!(
        ids,
        ["bookworm/python-2.7", "bookworm/python-3.1", "bookworm/python-3.11", "trixie/python-3.1", "trixie/python-3.11"]
    );
}

#[test]
fn excluded_cells_have_their_reason() {
    let scenarios = scenarios();
    let excluded: Vec<_> = excluded(&scenarios[0]).into_iter().map(|(cell, reason)| (cell.id, reason)).collect();
    assert_eq!(excluded, [("trixie/python-2.7".into(), "trixie has no Python 2.7")]);
}

#[test]
fn a_repeated_value_makes_no_second_cell() {
    assert_eq!(expand(&scenario("x", &[("base", &["a", "a", "b"])])).len(), 2);
}

#[test]
fn without_a_filter_the_default_selection_is_run_and_an_empty_one_means_all() {
    assert_eq!(selected(&choice(&[], &[])).unwrap(), ["headers:bookworm/python-3.11", "shared:bookworm/apache-event"]);
}

#[test]
fn full_selects_every_cell() {
    assert_eq!(selected(&Choice { full: true, ..choice(&["headers"], &[]) }).unwrap().len(), 5);
}

#[test]
fn a_whole_id_selects_a_cell_outside_the_default_selection() {
    assert_eq!(selected(&choice(&[], &["trixie/python-3.1"])).unwrap(), ["headers:trixie/python-3.1"]);
    assert_eq!(selected(&choice(&[], &["headers:bookworm/python-2.7"])).unwrap(), ["headers:bookworm/python-2.7"]);
}

#[test]
fn leading_segments_select_from_the_default_selection() {
    assert_eq!(selected(&choice(&[], &["bookworm"])).unwrap().len(), 2);
    assert_eq!(selected(&choice(&[], &["headers:bookworm"])).unwrap(), ["headers:bookworm/python-3.11"]);
}

#[test]
fn a_cell_may_match_any_filter_but_must_meet_every_term() {
    let full = |only: &[&str]| selected(&Choice { full: true, ..choice(&[], only) }).unwrap();
    assert_eq!(full(&["base=trixie", "apache=event"]).len(), 3);
    assert_eq!(full(&["base=trixie, python=3.1|3.11"]).len(), 2);
    assert_eq!(full(&["bookworm,python!=2.7|3.1"]), ["headers:bookworm/python-3.11", "shared:bookworm/apache-event"]);
}

#[test]
fn an_empty_selection_says_what_excluded_everything() {
    let error = |scenarios: &[&str], only: &[&str]| selected(&choice(scenarios, only)).unwrap_err();
    assert_snapshot!(error(&["shared"], &["base=trixie"]), @r"
    no cell of `shared` matches `base=trixie`
    help: `matrix list` lists every cell
    ");
    assert_snapshot!(error(&[], &["base=trixie", "python=2.7|3.1"]), @r"
    the default selection of any scenario has no cell that matches `base=trixie` or `python=2.7|3.1`
    help: add `--full` to choose from all cells
    ");
    assert_snapshot!(error(&["headers"], &["trixie/python-2.7"]), @r"
    nothing to run: `headers:trixie/python-2.7` is excluded: trixie has no Python 2.7
    help: `matrix list` lists every cell and the excluded ones
    ");
    let nothing = select(&[], &Choice::default()).unwrap_err().to_string();
    assert_snapshot!(nothing, @r"
    there is no cell in any scenario
    help: `matrix check` shows whether the scenarios are found and valid
    ");
    let mut headers = scenarios().remove(0);
    headers.default = vec![when(&[("base", &["trixie"]), ("python", &["2.7"])])];
    assert_snapshot!(select(&[headers], &choice(&["headers"], &[])).unwrap_err().to_string(), @r"
    the default selection of `headers` has no cell
    help: add `--full` to choose from all cells
    ");
}

#[test]
fn an_unknown_name_is_reported_with_the_nearest_ones() {
    assert_snapshot!(selected(&choice(&["header"], &[])).unwrap_err(), @r"
    no scenario is named `header`
    help: did you mean `headers`?
    ");
    assert_snapshot!(unknown("base=trixie,pyton=2.7"), @r"
    invalid filter `base=trixie,pyton=2.7` at column 13: no axis is named `pyton`
    help: did you mean `python`?
    ");
    assert_snapshot!(unknown("base=bookworm|trixi"), @r"
    invalid filter `base=bookworm|trixi` at column 15: no value of axis `base` is `trixi`
    help: did you mean `trixie`?
    ");
    assert_snapshot!(unknown("zzz"), @r"
    invalid filter `zzz` at column 1: no cell id begins with `zzz`
    help: known here: `bookworm`, `trixie`
    ");
    assert_snapshot!(unknown("bookworm/python-3.12"), @r"
    invalid filter `bookworm/python-3.12` at column 10: no cell id goes on with `python-3.12`
    help: did you mean `python-3.1` or `python-3.11`?
    ");
    assert_snapshot!(unknown("shared:bookworm/apache-event/x"), @r"
    invalid filter `shared:bookworm/apache-event/x` at column 30: no cell id goes on with `x`
    help: there are none
    ");
    assert_snapshot!(unknown("share:bookworm"), @r"
    invalid filter `share:bookworm` at column 1: no scenario is named `share`
    help: did you mean `shared`?
    ");
}

#[test]
fn an_unknown_name_in_one_of_two_filters_is_an_error() {
    assert!(selected(&choice(&[], &["bookworm", "trixy"])).unwrap_err().contains("`trixy`"));
}

#[test]
fn a_mistake_in_a_filter_is_reported_with_its_column() {
    assert_snapshot!(refused(""), @r"
    invalid filter `` at column 1: expected a term
    help: terms are `axis=value`, `axis=value|value`, `axis!=value` or a cell id such as `bookworm/python-3.11`, separated by commas
    ");
    let at = |text: &str| refused(text).lines().next().unwrap().to_owned();
    assert_snapshot!(at("bäse=a,"), @"invalid filter `bäse=a,` at column 8: expected a term");
    assert_snapshot!(at("base=a, =b"), @"invalid filter `base=a, =b` at column 9: expected the name of an axis");
    assert_snapshot!(at("base="), @"invalid filter `base=` at column 6: expected a value");
    assert_snapshot!(at("base=a||b"), @"invalid filter `base=a||b` at column 8: expected a value");
    assert_snapshot!(at("base==a"), @"invalid filter `base==a` at column 6: unexpected `=`");
    assert_snapshot!(at("base=a python=b"), @"invalid filter `base=a python=b` at column 7: unexpected ` `");
    assert_snapshot!(at("a|b"), @"invalid filter `a|b` at column 2: unexpected `|`");
    assert_snapshot!(at("base!a"), @"invalid filter `base!a` at column 5: unexpected `!`");
    assert_snapshot!(at("a//b"), @"invalid filter `a//b` at column 3: expected a segment of a cell id");
    assert_snapshot!(at("x:"), @"invalid filter `x:` at column 3: expected a segment of a cell id");
    assert_snapshot!(at("x:y:z"), @"invalid filter `x:y:z` at column 4: unexpected `:`");
}

#[test]
fn a_segment_matches_whole() {
    let cell = Cell::new(&"x".into(), &scenarios()[0].axes, &["bookworm", "3.11"]);
    assert!(!Filter::parse("bookworm/python-3.1").unwrap().matches(&cell));
    assert!(Filter::parse("bookworm/python-3.11").unwrap().matches(&cell));
}

/// Up to four axes of up to four values, and up to three exclusions on them.
fn any_scenario() -> impl Strategy<Value = Scenario> {
    let axes = btree_map("base|[a-z_]{1,3}", btree_set("[a-z0-9.-]{1,3}", 1..5), 1..5);
    (axes, vec(vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..3), 0..4)).prop_map(|(axes, rules)| {
        let mut made = scenario("x", &[]);
        made.axes = axes.into_iter().map(|(name, values)| Axis { name, values: values.into_iter().collect() }).collect();
        let rule = |places: Vec<(prop::sample::Index, prop::sample::Index)>| {
            let place = |(axis, value): (prop::sample::Index, prop::sample::Index)| {
                let axis = axis.get(&made.axes);
                (axis.name.clone(), vec![value.get(&axis.values).clone()])
            };
            Exclude { when: When(places.into_iter().map(place).collect::<BTreeMap<_, _>>()), reason: "why".to_owned() }
        };
        made.exclude = rules.into_iter().map(rule).collect();
        made
    })
}

fn ids<'a>(cells: impl IntoIterator<Item = &'a Cell>) -> BTreeSet<&'a str> {
    cells.into_iter().map(|cell| cell.id.as_str()).collect()
}

proptest! {
    #[test]
    fn cells_and_exclusions_make_up_the_product_and_no_id_comes_twice(scenario in any_scenario()) {
        let product: usize = scenario.axes.iter().map(|axis| axis.values.len()).product();
        let (cells, excluded) = (expand(&scenario), excluded(&scenario));
        let all: Vec<Cell> = cells.iter().chain(excluded.iter().map(|(cell, _)| cell)).cloned().collect();
        prop_assert_eq!(all.len(), product);
        prop_assert_eq!(ids(&all).len(), product);
        prop_assert!(cells.iter().all(|cell| scenario.exclude.iter().all(|rule| !rule.when.holds(&cell.axes))));
        prop_assert!(excluded.iter().all(|(cell, _)| scenario.exclude.iter().any(|rule| rule.when.holds(&cell.axes))));
    }

    #[test]
    fn the_order_is_that_of_the_values_and_an_exclusion_does_not_change_it(scenario in any_scenario()) {
        let place = |cell: &Cell| -> Vec<usize> {
            scenario.axes.iter().map(|axis| axis.values.iter().position(|v| *v == cell.axes[&axis.name]).unwrap()).collect()
        };
        prop_assert!(expand(&scenario).iter().map(place).is_sorted());
        prop_assert!(excluded(&scenario).iter().map(|(cell, _)| place(cell)).is_sorted());
    }

    #[test]
    fn every_cell_is_selected_alone_by_its_own_id(scenario in any_scenario()) {
        let scenarios = [scenario];
        for cell in expand(&scenarios[0]) {
            let only = vec![Filter::parse(cell.id.as_str()).unwrap()];
            let chosen = select(&scenarios, &Choice { only, ..Choice::default() }).unwrap();
            prop_assert_eq!(chosen.into_iter().map(|(_, cell)| cell).collect::<Vec<_>>(), vec![cell]);
        }
    }

    #[test]
    fn the_values_of_an_axis_partition_the_cells(scenario in any_scenario()) {
        let cells = expand(&scenario);
        for axis in &scenario.axes {
            let filter = |text: String| Filter::parse(&text).unwrap();
            let mut found = 0;
            for value in &axis.values {
                let with = filter(format!("{}={value}", axis.name));
                let without = filter(format!("{}!={value}", axis.name));
                prop_assert!(cells.iter().all(|cell| with.matches(cell) != without.matches(cell)));
                found += cells.iter().filter(|cell| with.matches(cell)).count();
            }
            prop_assert_eq!(found, cells.len());
        }
    }
}
