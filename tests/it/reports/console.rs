//! The result on a console.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use matrix::model::observation::Phase;
use matrix::model::record::{ImageRecord, Record};
use matrix::report::console::{self, Progress};
use matrix::report::html;
use matrix::report::view::View;
use matrix::run::event::{Event, Listener};

use crate::support::record;

/// The output without colours, as in a pipe.
fn printed(record: &Record) -> String {
    let mut out = anstream::StripStream::new(Vec::new());
    console::table(record, Path::new("reports/out"), &mut out).expect("memory takes everything");
    String::from_utf8(out.into_inner()).expect("the result is text")
}

#[test]
fn a_run_without_unexpected_verdicts_prints_a_table_and_a_line() {
    insta::assert_snapshot!(printed(&record::good()), @"
    mod_wsgi: Installation Issues
    missing-python-headers: The Python header files are missing
    natural defect in 9 cells: the developer package is simply not installed
    base      python  mod_wsgi  python-h   more-        version-     thread-      dev-       dev-name
                                           files        error        error        package
    ──────────────────────────────────────────────────────────────────────────────────────────────────
    bullseye  2.7     4.4.0     confirmed  known drift  known drift  known drift  confirmed  skipped
    bullseye  2.7     4.9.4     confirmed  known drift  known drift  known drift  confirmed  skipped
    bullseye  3.9     4.9.4     confirmed  known drift  known drift  known drift  confirmed  skipped
    bullseye  3.9     5.0.2     confirmed  known drift  known drift  known drift  confirmed  skipped
    bookworm  3.11    4.9.4     confirmed  known drift  known drift  known drift  confirmed  skipped
    bookworm  3.11    5.0.2     confirmed  known drift  known drift  known drift  confirmed  skipped
    bookworm  3.11    6.1.1     confirmed  known drift  known drift  known drift  confirmed  skipped
    trixie    3.13    5.0.2     confirmed  known drift  known drift  known drift  confirmed  skipped
    trixie    3.13    6.1.1     confirmed  known drift  known drift  known drift  confirmed  skipped

    Every verdict is as expected: 27 known drift, 18 confirmed, 9 skipped
    Reports: reports/out/report.html (and report.md, junit.xml, record.json beside it)
    ");
}

#[test]
fn an_interrupted_run_is_marked_as_incomplete_and_never_as_good() {
    let headline = |record: Record| {
        let cut = Record { ended: None, ..record };
        let page = html::render(&View::new(&cut)).expect("a page is made");
        let symbol = page.split("<h1>").nth(1).and_then(|rest| rest.split(['>', '<']).nth(2)).expect("the page has a headline");
        let table = printed(&cut);
        let line = table.lines().find(|line| line.starts_with("Incomplete: ")).expect("it is the total");
        format!("{symbol} {line}")
    };
    insta::assert_snapshot!([headline(record::good()), headline(record::bad())].join("\n"), @"
    ! Incomplete: every verdict reached is as expected: 27 known drift, 18 confirmed, 9 skipped
    ✗ Incomplete: 2 verdicts are not as expected: 1 drifted, 1 drift gone, 6 inconclusive, 23 known drift, 15 confirmed, 8 skipped
    ");
}

#[test]
fn everything_unexpected_is_printed_in_full() {
    insta::assert_snapshot!(printed(&record::bad()), @r#"
    mod_wsgi: Installation Issues
    missing-python-headers: The Python header files are missing
    natural defect in 9 cells: the developer package is simply not installed
    base      python  mod_wsgi  python-h   more-        version-     thread-      dev-       dev-name
                                           files        error        error        package
    ──────────────────────────────────────────────────────────────────────────────────────────────────
    bullseye  2.7     4.4.0     confirmed  DRIFT GONE   known drift  known drift  confirmed  skipped
    bullseye  2.7     4.9.4     confirmed  known drift  known drift  known drift  confirmed  skipped
    bullseye  3.9     4.9.4     confirmed  known drift  known drift  known drift  confirmed  skipped
    bullseye  3.9     5.0.2     confirmed  known drift  known drift  known drift  confirmed  skipped
    bookworm  3.11    4.9.4     INCON-     INCON-       INCON-       INCON-       INCON-     INCON-
                                CLUSIVE    CLUSIVE      CLUSIVE      CLUSIVE      CLUSIVE    CLUSIVE
    bookworm  3.11    5.0.2     confirmed  known drift  known drift  known drift  confirmed  skipped
    bookworm  3.11    6.1.1     confirmed  known drift  known drift  known drift  confirmed  skipped
    trixie    3.13    5.0.2     confirmed  known drift  known drift  known drift  confirmed  skipped
    trixie    3.13    6.1.1     DRIFTED    known drift  known drift  known drift  confirmed  skipped

    DRIFT GONE headers.more-files
      cell        missing-python-headers bullseye/python-2.7/mod_wsgi-4.4.0
      why         the scenario states the drift `reworded` here, and it was not seen
      documented  mod_wsgi.c:[..]: compile.h: No such file or directory
                  mod_wsgi.c:[..]: node.h: No such file or directory
      observed    mod_wsgi.c:34:10: [-node-]{+fatal error: Python+}.h: No such file or directory
      page        classic edition, "Missing Python Header Files"
      revisit     scenarios/missing-python-headers.yaml: reproduce[0].expect[1]
      repeat      matrix run missing-python-headers --only bullseye/python-2.7/mod_wsgi-4.4.0 --full

    INCONCLUSIVE headers.python-h, headers.more-files, headers.version-error, headers.thread-error, headers.dev-package, headers.dev-name (timeout)
      cell        missing-python-headers bookworm/python-3.11/mod_wsgi-4.9.4
      why         `make` did not end within 600 s
      finding     `reproduce[1].expect[0]` holds in the control too, so it proves nothing
      page        classic edition, "Missing Python Header Files"
      revisit     scenarios/missing-python-headers.yaml: reproduce[0].expect[1]
      repeat      matrix run missing-python-headers --only bookworm/python-3.11/mod_wsgi-4.9.4 --full

    DRIFTED headers.python-h (reworded)
      cell        missing-python-headers trixie/python-3.13/mod_wsgi-6.1.1
      why         the build stops, but with other words
      documented  mod_wsgi.c:[..]: Python.h: No such file or folder
      observed    mod_wsgi.c:34:10: fatal error: Python.h: No such file or [-folder-]{+directory+}
      page        classic edition, "Missing Python Header Files"
      revisit     scenarios/missing-python-headers.yaml: reproduce[0].expect[1]
      repeat      matrix run missing-python-headers --only trixie/python-3.13/mod_wsgi-6.1.1 --full

    2 verdicts are not as expected: 1 drifted, 1 drift gone, 6 inconclusive, 23 known drift, 15 confirmed, 8 skipped
    Reports: reports/out/report.html (and report.md, junit.xml, record.json beside it)
    "#);
}

#[test]
fn nine_cells_and_six_claims_fit_a_hundred_columns_whatever_the_verdicts() {
    let mut record = record::bad();
    record.verdicts.iter_mut().for_each(record::spoil);
    let printed = printed(&record);
    let table = printed.lines().take_while(|line| !line.is_empty()).skip(1);
    let widest = table.map(|line| line.chars().count()).max().unwrap();
    assert!(widest <= 100, "{printed}");
}

#[test]
fn more_claims_than_fit_make_several_tables() {
    let mut record = record::one();
    let verdicts = (0..20).map(|number| {
        let claim = format!("headers.another-long-claim-{number}").into();
        matrix::model::verdict::Verdict { claim, ..record.verdicts[0].clone() }
    });
    record.verdicts = verdicts.collect();
    let printed = printed(&record);
    assert_eq!(printed.lines().filter(|line| line.starts_with("base ")).count(), 4, "{printed}");
    assert!(printed.lines().take_while(|line| !line.starts_with("DRIFTED")).all(|line| line.chars().count() <= 100), "{printed}");
}

#[test]
fn hostile_output_does_nothing_to_the_terminal() {
    let mut out = Vec::new();
    console::table(&record::hostile(), Path::new("reports/out"), &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    let bare = anstream::adapter::strip_str(&text).to_string();
    assert!(bare.contains("red ␡"), "{bare}");
    assert!(bare.chars().all(|character| !character.is_control() || character == '\n'), "{bare:?}");
    assert!(!text.contains("\u{1b}[31mred"), "{text:?}");
}

/// The output for [`a_run_without_a_terminal_prints_one_line_per_event`].
#[test]
#[ignore = "run by another test, which reads its standard error"]
fn print_the_events_of_a_run() {
    let (record, progress) = (record::bad(), Progress::new());
    let cell = &record.cells[4];
    let place = cell.cell_ref();
    let verdicts: Vec<_> = record.verdicts.iter().filter(|verdict| verdict.cell == cell.cell).cloned().collect();
    let pulled = ImageRecord { pulled: true, millis: 2_000, ..record.images[1].clone() };
    let events = [
        Event::Swept { removed: 0 },
        Event::Swept { removed: 3 },
        Event::Started { cells: 9, sections: BTreeMap::new() },
        Event::ImageStarted { name: "bookworm", doing: "bootstrapping" },
        Event::ImageLine { name: "bookworm", line: "a line of a build" },
        Event::BaseReady(&record.bases[1]),
        Event::ImageReady(&record.images[0]),
        Event::ImageReady(&record.images[1]),
        Event::ImageReady(&pulled),
        Event::ImageStarted { name: "matrix/apache:5f1c22e0", doing: "pushing" },
        Event::Pushed { name: "matrix/apache:5f1c22e0", is_there: true, millis: 3_000 },
        Event::Pushed { name: "matrix/apache:0", is_there: false, millis: 3_000 },
        Event::Pushing { images: 2 },
        Event::ImageFailed { name: "matrix/apache:0", error: "no\u{1b}[2J space\nhelp: make some" },
        Event::CellStarted { cell: place },
        Event::PhaseStarted { cell: place, phase: &Phase::Reproduce },
        Event::StepStarted { cell: place, phase: &Phase::Reproduce, step: "make" },
        Event::CellFinished { record: cell, verdicts: &verdicts },
        Event::Warning { text: "a container could not be removed" },
        Event::Interrupted,
    ];
    events.iter().for_each(|event| progress.on_event(event));
}

#[test]
fn a_run_without_a_terminal_prints_one_line_per_event() {
    let this = std::env::current_exe().unwrap();
    let output = Command::new(this)
        .args(["--exact", "--ignored", "--nocapture", "reports::console::print_the_events_of_a_run"])
        .output()
        .unwrap();
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stderr), @r#"
removed 3 containers and snapshots left by dead runs
running 9 cells
image bookworm: bootstrapping
base bookworm: bootstrapped
image matrix/apache:5f1c22e0: built in 42 s
image matrix/python-dev:93b0aa17: present
image matrix/python-dev:93b0aa17: pulled in 2.0 s
image matrix/apache:5f1c22e0: pushing
image matrix/apache:5f1c22e0: pushed in 3.0 s
waiting for images that are being pushed: 2
image matrix/apache:0: no space
help: make some
cell missing-python-headers bookworm/python-3.11/mod_wsgi-4.9.4: started
1/9 cell missing-python-headers bookworm/python-3.11/mod_wsgi-4.9.4: 6 inconclusive in 12 s
  INCONCLUSIVE headers.python-h, headers.more-files, headers.version-error, headers.thread-error, headers.dev-package, headers.dev-name: `make` did not end within 600 s
warning: a container could not be removed
interrupted: stopping and removing the containers
"#);
}
