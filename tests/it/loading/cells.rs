//! Messages of the loader about axes and conditional rules.

use insta::assert_snapshot;

use matrix::model::scenario::Layer;

use super::{COMMON, SAMPLE, changed, common, loaded, mistakes, sample, with};

#[test]
fn whole_numbers_and_versions_are_axis_values_without_quotes() {
    let common = changed(COMMON, "      python:", "      apache: [2]\n      release: [4.4.0, 5.0.2]\n      python:");
    assert_eq!(mistakes(&[("common.yaml", &common)]), "nothing is wrong");
}

#[test]
fn an_axis_value_fits_a_cell_id() {
    assert_snapshot!(common("bookworm, trixie", "bookworm, trixie, a/b, \"\""), @r"
    common.yaml:5:32: cells.pair.axes.base[2]: expected a value of letters, digits, `.`, `_`, `+` and `-`, found `a/b`
      help: `base`: values of an axis, as in a cell's id
    common.yaml:5:37: cells.pair.axes.base[3]: expected a value of letters, digits, `.`, `_`, `+` and `-`, found nothing
      help: `base`: values of an axis, as in a cell's id
    ");
}

#[test]
fn a_duplicate_axis_value_is_refused() {
    assert_snapshot!(common("bookworm, trixie", "bookworm, trixie, trixie"), @r"
    common.yaml:5:32: cells.pair.axes.base[2]: value `trixie` is defined twice
      help: keep one of the two
    ");
}

#[test]
fn one_axis_is_the_base() {
    assert_snapshot!(mistakes(&[("sample.yaml", &changed(SAMPLE, "cells: pair", "axes: {python: [\"3.11\"]}"))]), @r"
    sample.yaml:6:1: axes: no axis is named `base`
      help: every cell starts from a base: add `base: [bookworm]`
    ");
}

#[test]
fn cells_and_axes_exclude_each_other() {
    assert_snapshot!(sample("cells: pair", "cells: pair\naxes: {base: [trixie]}"), @r"
    sample.yaml:7:1: axes: `cells` and `axes` exclude each other
      help: keep one of the two
    ");
    assert_snapshot!(sample("cells: pair\n", ""), @r"
    sample.yaml: `cells` or `axes` is missing
      help: name a set of `common.yaml` as `cells`, or give the `axes`
    ");
    assert_snapshot!(sample("cells: pair", "cells: pairs"), @r"
    sample.yaml:6:1: cells: no set of cells is named `pairs` in `common.yaml`
      help: did you mean `pair`?
    ");
}

#[test]
fn the_product_of_the_axes_is_bounded() {
    let axes = (0..9).map(|n| format!("      a{n}: [a, b, c, d]\n")).collect::<String>();
    assert_snapshot!(common("      python:", &format!("{axes}      python:")), @"
    common.yaml:4:5: cells.pair.axes: the axes make more than 10000 cells
      help: use fewer values, or several scenarios
    ");
}

#[test]
fn a_condition_names_axes_and_values_that_exist() {
    assert_snapshot!(with("exclude: [{when: {bas: trixie}, reason: none}, {when: {python: [\"3.12\"]}, reason: none}]"), @r"
    sample.yaml:45:19: exclude[0].when.bas: no axis is named `bas`
      help: did you mean `base`?
    sample.yaml:45:56: exclude[1].when.python: axis `python` has no value `3.12`
      help: did you mean `3.11` or `3.13`?
    ");
    assert_snapshot!(with("default: [{base: sid}]"), @r"
    sample.yaml:45:11: default[0].when.base: axis `base` has no value `sid`
      help: known here: `bookworm`, `trixie`
    ");
}

#[test]
fn a_condition_holds_somewhere() {
    let nowhere = "{base: bookworm, python: \"3.13\"}";
    assert_snapshot!(with(&format!("exclude: [{{when: {nowhere}, reason: again}}]")), @"
    sample.yaml:45:11: exclude[0]: excludes nothing
      help: the rules above already exclude all of these: remove this one, or correct its values
    ");
    assert_snapshot!(with(&format!("default: [{nowhere}]")), @r"
    sample.yaml:45:11: default[0]: holds in no cell
      help: remove it, or correct its `when`; `exclude` is applied first
    ");
    assert_snapshot!(with(&format!("skipped: [{{claim: sample.error, when: {nowhere}, reason: none}}]")), @r"
    sample.yaml:45:11: skipped[0]: holds in no cell
      help: remove it, or correct its `when`; `exclude` is applied first
    ");
    assert_snapshot!(with(&format!("known-drift: [{{claim: sample.error, when: {nowhere}, drift: absent, seen: text, reason: none}}]")), @r"
    sample.yaml:45:15: known-drift[0]: holds in no cell
      help: remove it, or correct its `when`; `exclude` is applied first
    ");
}

#[test]
fn excludes_leave_a_cell() {
    assert_snapshot!(with("exclude: [{when: {base: [bookworm, trixie]}, reason: none}]"), @r"
    sample.yaml:45:11: exclude[0]: no cell is left
      help: restrict its `when`, or that of a rule above
    ");
}

#[test]
fn every_cell_has_a_fidelity_and_no_fidelity_rule_is_unreachable() {
    let rule = "  - fidelity: natural\n    reason: stock packages\n";
    assert_snapshot!(sample(rule, "  - {fidelity: natural, reason: stock, when: {base: trixie}}\n"), @r"
    sample.yaml:7:1: fidelity: no rule holds in base `bookworm`, python `3.11`
      help: end with a rule without `when`
    ");
    assert_snapshot!(sample(rule, &format!("{rule}  - {{fidelity: arranged, reason: moved, when: {{base: trixie}}}}\n")), @r"
    sample.yaml:10:5: fidelity[1]: is never reached
      help: the rules above already match all its cells: move it up, or remove it
    ");
}

#[test]
fn a_dockerfile_may_be_in_some_cells_only() {
    let some = "image: [apache, {dockerfile: \"python-{{ base }}\", when: {base: trixie}}]";
    assert_eq!(sample("image: [apache]", some), "nothing is wrong");
    let (_folder, library) = loaded(&[("sample.yaml", &changed(SAMPLE, "image: [apache]", some))]);
    let library = library.expect("a valid scenario");
    let layers = &library.scenarios[0].image;
    let bases = |layer: &Layer| layer.when.0.get("base").cloned().unwrap_or_default();
    assert_eq!(layers.iter().map(bases).collect::<Vec<_>>(), [vec![], vec!["trixie".to_owned()]]);
}

#[test]
fn a_dockerfile_of_some_cells_is_a_name_and_a_condition() {
    assert_snapshot!(sample("image: [apache]", "image: [apache, {dockerfile: gcc, when: {bas: trixie}}]"), @"
    sample.yaml:13:42: image[1].when.bas: no axis is named `bas`
      help: did you mean `base`?
    ");
    assert_snapshot!(sample("image: [apache]", "image: [apache, {dockerfile: gcc}]"), @"
    sample.yaml:13:17: image[1]: `when` is missing
      help: add `when`: the cells whose image has it
    ");
    assert_snapshot!(sample("image: [apache]", "image: [apache, {dockerfile: \"gcc-{{ bas }}\", when: {base: trixie}}]"), @"
    sample.yaml:13:18: image[1].dockerfile: no axis or value is named `bas`
      help: did you mean `base`?
    ");
    assert_snapshot!(sample("image: [apache]", "image: [apache, {dockerfile: gcc, when: {base: bookworm, python: \"3.13\"}}]"), @"
    sample.yaml:13:17: image[1]: holds in no cell
      help: remove it, or correct its `when`; `exclude` is applied first
    ");
}

#[test]
fn every_cell_has_a_dockerfile_and_a_control_that_differs() {
    assert_snapshot!(sample("image: [apache]", "image: [{dockerfile: apache, when: {base: trixie}}]"), @"
    sample.yaml:13:1: image: no dockerfile is left in base `bookworm`, python `3.11`
      help: add one without `when`, or `exclude` these cells
    ");
    assert_snapshot!(sample("image: [apache, libpython]", "image: [apache, {dockerfile: libpython, when: {base: trixie}}]"), @"
    sample.yaml:44:3: control.image: the control is the environment with the defect in base `bookworm`, python `3.11`
      help: it differs from `image` in the defect alone: leave out the dockerfile that makes the defect, or add the one that ends it; or `replace` the step that is the mistake
    ");
    assert_snapshot!(sample("image: [apache, libpython]", "image: [apache]"), @"
    sample.yaml:44:3: control.image: the control is the environment with the defect
      help: it differs from `image` in the defect alone: leave out the dockerfile that makes the defect, or add the one that ends it; or `replace` the step that is the mistake
    ");
}
