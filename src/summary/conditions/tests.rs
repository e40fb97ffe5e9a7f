//! Example ranges, and properties of all ranges.

use proptest::prelude::*;

use super::*;

fn case(pairs: &[(&str, &str)]) -> Traits {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn condition(cases: &[(&[(&str, &str)], bool)], hint: &str) -> String {
    let traits: Vec<Traits> = cases.iter().map(|(pairs, _)| case(pairs)).collect();
    let wanted: Vec<bool> = cases.iter().map(|(_, wanted)| *wanted).collect();
    // A release of Python costs more than a base, another axis less.
    let words = Words::from([("python".to_owned(), AxisWords { cost: Some(110), ..AxisWords::default() })]);
    phrase(&fold(&traits, &wanted, hint, &words))
}

#[test]
fn a_condition_that_always_holds_is_one_word() {
    assert_eq!(condition(&[(&[("base", "a")], true), (&[("base", "b")], true)], ""), "any");
}

#[test]
fn an_ordered_trait_gives_one_bound() {
    let cell = |release| [("base", "bookworm"), ("mod_wsgi", release)];
    let cells = [(&cell("4.9.4")[..], true), (&cell("5.0.2"), true), (&cell("6.0.0"), false), (&cell("10.0"), false)];
    assert_eq!(condition(&cells, ""), "mod_wsgi up to 5.0.2");
    let others = cells.map(|(cell, wanted)| (cell, !wanted));
    assert_eq!(condition(&others, ""), "mod_wsgi from 6.0.0 on");
}

#[test]
fn the_axis_that_the_reason_names_is_preferred() {
    let old = [("base", "bullseye"), ("glibc", "2.31"), ("python", "3.9")];
    let new = [("base", "bookworm"), ("glibc", "2.36"), ("python", "3.11")];
    let cells = [(&old[..], true), (&new[..], false)];
    assert_eq!(condition(&cells, ""), "base bullseye");
    assert_eq!(condition(&cells, "since glibc 2.34 it is elsewhere"), "glibc 2.31");
}

#[test]
fn two_conditions_are_used_if_one_is_not_enough() {
    let cell = |layout, release| [("layout", layout), ("mod_wsgi", release)];
    let cells = [
        (&cell("elsewhere", "5.0.2")[..], true),
        (&cell("elsewhere", "6.0.0"), false),
        (&cell("static", "5.0.2"), false),
        (&cell("static", "6.0.0"), false),
    ];
    assert_eq!(condition(&cells, ""), "layout elsewhere, mod_wsgi 5.0.2");
}

#[test]
fn wanted_cells_equal_to_unwanted_ones_are_not_covered() {
    assert_eq!(condition(&[(&[("base", "a")], true), (&[("base", "a")], false)], ""), "");
}

/// The ranges of the wanted cases with what lies between them and the others, for reports and for pages.
fn bounded(cells: &[(&[(&str, &str)], bool)]) -> [String; 2] {
    let traits: Vec<Traits> = cells.iter().map(|(pairs, _)| case(pairs)).collect();
    let (wanted, others): (Vec<bool>, Vec<bool>) = cells.iter().map(|(_, wanted)| (*wanted, !wanted)).unzip();
    let values = [("a", "a static library"), ("b", "a shared library"), ("5.0.2", "the fifth release")];
    let values = values.map(|(value, words)| (value.to_owned(), words.to_owned())).into();
    let axis = AxisWords { values, ..AxisWords::default() };
    let words = Words::from(["layout", "mod_wsgi"].map(|name| (name.to_owned(), axis.clone())));
    let ranges = fold(&traits, &wanted, "", &words);
    let ranges: Vec<Range> = ranges.into_iter().map(|range| with_neighbours(range, &traits, &wanted, &others)).collect();
    [phrase(&ranges), ranges.iter().map(|range| format!("{range:#}")).collect::<Vec<_>>().join("; ")]
}

#[test]
fn a_bound_names_both_tested_versions_beside_it() {
    let cell = |release| [("base", "bookworm"), ("mod_wsgi", release)];
    let cells = [(&cell("4.4.0")[..], true), (&cell("4.5.3"), true), (&cell("4.5.6"), false), (&cell("5.0.2"), false)];
    assert_eq!(bounded(&cells), ["mod_wsgi up to 4.5.3 (change > 4.5.3, <= 4.5.6)", "mod_wsgi up to 4.5.3 (not 4.5.6)"]);
    let others = cells.map(|(cell, wanted)| (cell, !wanted));
    assert_eq!(bounded(&others), ["mod_wsgi from 4.5.6 on (change > 4.5.3, <= 4.5.6)", "mod_wsgi from 4.5.6 on (not 4.5.3)"]);
    let middle = [(&cell("4.4.0")[..], false), (&cell("4.5.3"), true), (&cell("4.5.6"), true), (&cell("5.0.2"), false)];
    assert_eq!(
        bounded(&middle),
        [
            "mod_wsgi 4.5.3 to 4.5.6 (changes > 4.4.0, <= 4.5.3 and > 4.5.6, <= 5.0.2)",
            "mod_wsgi 4.5.3 to 4.5.6 (not 4.4.0 or 5.0.2)"
        ]
    );
}

#[test]
fn a_page_has_the_words_of_values_if_there_are_words_for_each_and_none_is_a_version() {
    let cell = |layout| [("layout", layout), ("mod_wsgi", "5.0.2")];
    let cells = [(&cell("a")[..], true), (&cell("b"), true), (&cell("c"), false)];
    assert_eq!(bounded(&cells), ["layout a or b", "a static library or a shared library"]);
    let others = cells.map(|(cell, wanted)| (cell, !wanted));
    assert_eq!(bounded(&others), ["layout c", "layout c"]);
    let released = [(&[("mod_wsgi", "4.9.4")][..], true), (&[("mod_wsgi", "5.0.2")], false)];
    assert_eq!(bounded(&released)[1], "mod_wsgi 4.9.4 (not 5.0.2)");
    let others = released.map(|(cell, wanted)| (cell, !wanted));
    assert_eq!(bounded(&others)[1], "mod_wsgi 5.0.2 (not 4.9.4)");
}

#[test]
fn a_version_that_was_not_tested_with_the_rest_of_the_range_is_no_neighbour() {
    let cell = |layout, release| [("layout", layout), ("mod_wsgi", release)];
    let cells = [
        (&cell("elsewhere", "4.4.0")[..], true),
        (&cell("elsewhere", "5.0.2"), true),
        (&cell("elsewhere", "6.1.1"), false),
        (&cell("static", "4.4.0"), false),
        (&cell("static", "6.0.0"), false),
    ];
    assert_eq!(bounded(&cells)[0], "layout elsewhere, mod_wsgi up to 5.0.2 (change > 5.0.2, <= 6.1.1)");
}

fn cells() -> impl Strategy<Value = Vec<(Traits, bool)>> {
    let traits = ("[abc]", 0..4_u8, 0..4_u8, proptest::option::of("[xy]")).prop_map(|(base, release, python, layout)| {
        let mut traits = case(&[("base", &base), ("mod_wsgi", &format!("{release}.0")), ("python", &format!("3.{python}"))]);
        traits.extend(layout.map(|layout| ("layout".to_owned(), layout)));
        traits
    });
    prop::collection::vec((traits, any::<bool>()), 1..14)
}

proptest! {
    #[test]
    fn a_range_expanded_again_contradicts_no_case(cells in cells()) {
        let (traits, wanted): (Vec<_>, Vec<_>) = cells.into_iter().unzip();
        let ranges = fold(&traits, &wanted, "", &Words::new());
        for (case, wanted) in traits.iter().zip(&wanted) {
            let holds = ranges.iter().any(|range| range.holds(case));
            prop_assert!(*wanted || !holds, "{} holds in {case:?}", phrase(&ranges));
        }
        for range in &ranges {
            prop_assert_eq!(range.cases, traits.iter().filter(|case| range.holds(case)).count());
        }
    }

    #[test]
    fn every_distinguishable_case_is_covered(cells in cells()) {
        let (traits, wanted): (Vec<_>, Vec<_>) = cells.into_iter().unzip();
        let ranges = fold(&traits, &wanted, "", &Words::new());
        for (at, case) in traits.iter().enumerate().filter(|(at, _)| wanted[*at]) {
            let full = |other: &Traits| case.iter().all(|(name, value)| other.get(name) == Some(value));
            let alone = traits.iter().enumerate().all(|(other, traits)| wanted[other] || !full(traits));
            let few = case.len() <= DEPTH;
            let held = ranges.iter().any(|range| range.holds(&traits[at]));
            prop_assert!(held || !alone || !few, "{case:?} is not in {}", phrase(&ranges));
        }
    }
}
