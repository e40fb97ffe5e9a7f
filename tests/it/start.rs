//! `matrix init` and `matrix new scenario`, up to what needs no engine.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// The same page in each markup: a message, a command, a number, and two headings.
const PAGES: [(&str, &str); 4] = [
    (
        "install.rst",
        "Installing\n==========\n\nFrom source\n-----------\n\nYou may see ``Error: pg_config executable not found``:\n\n.. code-block:: console\n\n   $ sudo apt-get install libpq-dev\n\nIt takes 3 minutes.\n",
    ),
    (
        "install.md",
        "# Installing\n\n## From source\n\nYou may see `Error: pg_config executable not found`:\n\n```console\n$ sudo apt-get install libpq-dev\n```\n\nIt takes 3 minutes.\n",
    ),
    (
        "install.html",
        "<html><body><h1>Installing</h1>\n<h2>From source</h2>\n<p>You may see <code>Error: pg_config executable not found</code>:</p>\n<pre>$ sudo apt-get install libpq-dev</pre>\n<p>It takes 3 minutes.</p></body></html>\n",
    ),
    (
        "install.adoc",
        "= Installing\n\n== From source\n\nYou may see `Error: pg_config executable not found`:\n\n[source,console]\n----\n$ sudo apt-get install libpq-dev\n----\n\nIt takes 3 minutes.\n",
    ),
];

/// An empty folder, and commands in it.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Place(tempfile::tempdir().unwrap())
    }

    fn with(page: &(&str, &str)) -> Self {
        let place = Place::new();
        place.write(page.0, page.1);
        place
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Exit code, and everything that was printed.
    fn matrix(&self, args: &[&str]) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_matrix"));
        command.args(args).current_dir(self.path()).env("XDG_STATE_HOME", self.path().join("state"));
        let output = command.output().unwrap();
        let printed = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
        (output.status.code().unwrap(), printed)
    }

    /// What is printed by a command that ends with this code.
    #[track_caller]
    fn prints(&self, code: i32, args: &[&str]) -> String {
        let (ended, printed) = self.matrix(args);
        assert_eq!(ended, code, "{args:?}: {printed}");
        printed
    }
}

#[test]
fn a_project_of_a_page_in_any_markup_is_valid_and_covers_the_page() {
    for page in &PAGES {
        let place = Place::with(page);
        let printed = place.prints(0, &["init", "--page", page.0]);
        assert!(printed.contains("scenarios/claims.yaml: 3 drafts in 1 section"), "{printed}");
        let checked = place.prints(0, &["check"]);
        assert!(checked.contains("3 drafts, which no run judges"), "{checked}");
        assert!(place.prints(0, &["check"]).contains("1 scenario, 1 cells: valid"));
        let compared = place.prints(0, &["page", page.0]);
        assert!(compared.contains("0 of 0 claims found, 3 drafts\n"), "{compared}");
        assert!(!compared.contains("no claim covers"), "{compared}");
        place.prints(0, &["page", "example/page.md"]);
    }
}

#[test]
fn a_project_without_a_page_has_the_example() {
    let place = Place::new();
    let printed = place.prints(0, &["init", "project"]);
    assert!(printed.ends_with("next: cd project && matrix run\n"), "{printed}");
    for line in printed.lines().filter_map(|line| line.strip_prefix("wrote ")) {
        assert!(place.path().join(line).is_file(), "{line}");
    }
    assert!(!place.path().join("project/scenarios").exists());
    assert!(place.prints(0, &["check", "--project", "project"]).contains("valid"));
}

#[test]
fn nothing_is_overwritten_and_then_nothing_is_written() {
    let place = Place::with(&PAGES[1]);
    place.write(".gitignore", "mine\n");
    let printed = place.prints(2, &["init", "--page", "install.md"]);
    assert!(printed.contains("`.gitignore` exists in `.`, and nothing is overwritten"), "{printed}");
    assert_eq!(place.read(".gitignore"), "mine\n");
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 2);
}

#[test]
fn a_page_that_cannot_be_read_makes_no_project() {
    let place = Place::with(&("empty.md", ""));
    assert!(place.prints(2, &["init", "--page", "empty.md"]).contains("page `empty.md` has no text"));
    assert!(place.prints(2, &["init", "--page", "absent.md"]).contains("failed to read page `absent.md`"));
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
}

#[test]
fn a_page_without_anything_to_claim_makes_a_valid_project() {
    let place = Place::with(&("x.md", "# Welcome\n\nAll is well.\n"));
    assert!(place.prints(0, &["init", "--page", "x.md"]).contains("0 drafts in 0 sections"));
    assert_eq!(
        place.prints(0, &["check"]),
        "x: Welcome\nno scenario yet\nexample: Setting locale failed\n1 scenario, 1 cells: valid\n"
    );
    place.prints(0, &["page", "x.md"]);
}

#[test]
fn a_title_and_a_name_of_any_text_make_a_valid_project() {
    for (name, title) in
        [("NAME PAGE.md", "FILE: NAME 'TITLE' \"PAGE\""), ("2.md", "yes"), ("example.md", "# {a} [b]"), ("é.md", "- é: 3")]
    {
        let place = Place::with(&(name, &format!("# {title}\n\nIt takes 3 minutes.\n")));
        place.prints(0, &["init", "--page", name]);
        assert!(place.prints(0, &["check"]).contains("1 draft, which no run judges"), "{name}");
        assert!(place.prints(0, &["page", name]).contains("0 of 0 claims found, 1 draft\n"), "{name}");
    }
}

#[test]
fn a_page_elsewhere_is_named_by_its_whole_path() {
    let (place, elsewhere) = (Place::new(), Place::with(&PAGES[1]));
    let page = elsewhere.path().join("install.md").canonicalize().unwrap();
    let page = page.to_str().unwrap();
    place.prints(0, &["init", "--page", page]);
    assert!(place.read("matrix.yaml").contains(&format!("file: '{page}'\n")), "{}", place.read("matrix.yaml"));
    assert!(place.prints(0, &["page", page]).contains("3 drafts"));
}

/// The tutorial, whose commands and outputs must be true.
const TUTORIAL: &str = include_str!("../../docs/your-own-page.md");

#[test]
fn the_commands_of_the_tutorial_do_what_it_shows() {
    let place = Place::with(&PAGES[1]);
    let (tutorial, _) = TUTORIAL.split_once("## A real page").expect("a shipped project follows, which has its own tests");
    let blocks: Vec<&str> = tutorial.split("```").skip(1).step_by(2).collect();
    let commands = blocks.iter().filter_map(|block| block.strip_prefix("sh\n")).flat_map(str::lines);
    let mut printed = Vec::new();
    // A run needs an engine; `tests/engine/start.rs` runs a new project.
    for command in commands.filter(|command| !command.starts_with("matrix run")) {
        let args: Vec<&str> = command.strip_prefix("matrix ").expect("each is one of `matrix`").split(' ').collect();
        let is_unfinished = args == ["check"] && place.path().join("scenarios/pg-config-not-found.yaml").exists();
        printed.push(place.prints(if is_unfinished { 2 } else { 0 }, &args));
        let draft = blocks.iter().find_map(|block| block.strip_prefix("yaml\n")).expect("it shows a draft");
        assert!(args[0] != "init" || place.read("scenarios/claims.yaml").contains(draft), "{draft}");
    }
    let to_do = blocks.iter().find_map(|block| block.strip_prefix("text\nscenarios/")).expect("it shows what is to be written");
    assert!(printed.last().unwrap().contains(to_do), "{printed:?}");
}

#[test]
fn a_file_for_each_ci_system_is_valid_yaml() {
    for (system, file) in [("github", ".github/workflows/matrix.yml"), ("gitlab", ".gitlab-ci.yml")] {
        let place = Place::new();
        place.prints(0, &["init", "--ci", system]);
        let parsed: serde_json::Value = serde_yaml::from_str(&place.read(file)).unwrap();
        assert!(parsed.to_string().contains("matrix run"), "{parsed}");
    }
}

#[test]
fn a_new_scenario_turns_drafts_into_claims_and_check_lists_what_is_to_be_written() {
    let place = Place::with(&PAGES[1]);
    place.prints(0, &["init", "--page", "install.md"]);
    let drafted = place.read("scenarios/claims.yaml");
    let printed = place.prints(0, &["new", "scenario", "pg-config", "--section", "source"]);
    insta::assert_snapshot!(printed, @"
    wrote scenarios/pg-config.yaml
    scenarios/claims.yaml: 3 drafts are claims now; check their kinds, words and quotes
    next: matrix check, which lists what is still to be written
    ");
    assert_eq!(place.read("scenarios/claims.yaml"), drafted.replace("        status: draft\n", ""));
    insta::assert_snapshot!(place.prints(2, &["check"]), @"
    error: 7 mistakes in the scenarios
    scenarios/pg-config.yaml:12:5: fidelity[0].reason: is still to be written
      help: how the defect comes about, in one sentence
    scenarios/pg-config.yaml:20:5: reproduce[0].run: is still to be written
      help: the command that fails
    scenarios/pg-config.yaml:39:5: resolved[0].run: is still to be written
      help: a command that shows that the software works
    scenarios/pg-config.yaml:42:9: resolved[0].expect[0].has: is still to be written
      help: a line that it prints only then
    scenarios/pg-config.yaml:51:5: skipped[0].reason: is still to be written
      help: decide it by an expectation instead, or say why no run can
    scenarios/pg-config.yaml:15:9: image[0]: there is no dockerfile `pg-config`
      help: known here: `english-locale`, `utf-8-locale`
    scenarios/pg-config.yaml:46:11: control.image[0]: there is no dockerfile `pg-config-healthy`
      help: known here: `english-locale`, `utf-8-locale`
    ");
}

#[test]
fn a_new_scenario_has_the_lines_and_commands_of_the_page() {
    let place = Place::with(&PAGES[1]);
    place.prints(0, &["init", "--page", "install.md"]);
    place.prints(0, &["new", "scenario", "pg-config", "--section", "source"]);
    insta::assert_snapshot!(place.read("scenarios/pg-config.yaml"), @"
    # yaml-language-server: $schema=../schema/scenario.json
    # `matrix check` lists what is still to be written.
    scenario: pg-config
    title: 'From source'
    section: source
    source: {edition: 'current', heading: 'From source'}

    axes:
      base: [bookworm]
    fidelity:
      - fidelity: natural
        reason: 'TODO: how the defect comes about, in one sentence'

    # The environment with the defect: dockerfiles stacked on the base.
    image: [pg-config]

    # What ends in the documented failure.
    reproduce:
      - name: fail
        run: 'TODO: the command that fails'
        expect:
          - exit: failure
          # the page shows the message: Error: pg_config executable not found
          - claim: source.pg-config-executable-not-found
            has: 'Error: pg_config executable not found'

    # What the page says ends the problem.
    workarounds:
      # the page has the reader type: sudo apt-get install libpq-dev
      - id: apt-get-install-libpq
        claim: source.apt-get-install-libpq
        steps:
          - name: step-1
            run: 'sudo apt-get install libpq-dev'

    # What shows that the problem is gone.
    resolved:
      - name: works
        run: 'TODO: a command that shows that the software works'
        expect:
          - exit: success
            has: 'TODO: a line that it prints only then'

    # The healthy environment.
    control:
      image: [pg-config-healthy]

    skipped:
      # the page states: It takes 3 minutes.
      - claim: source.takes-3-minutes
        reason: 'TODO: decide it by an expectation instead, or say why no run can'
    ");
}

#[test]
fn a_new_scenario_takes_only_the_claims_that_are_named() {
    let place = Place::with(&PAGES[1]);
    place.prints(0, &["init", "--page", "install.md"]);
    let named = "source.apt-get-install-libpq";
    place.prints(0, &["new", "scenario", "a", "--section", "source", "--claim", named]);
    assert_eq!(place.read("scenarios/claims.yaml").matches("status: draft\n").count(), 2);
    assert!(place.read("scenarios/a.yaml").contains(&format!("claims:\n  - {named}\n")));
}

#[test]
fn a_new_scenario_needs_a_free_name_and_claims_to_decide() {
    let place = Place::with(&PAGES[1]);
    place.prints(0, &["init", "--page", "install.md"]);
    let refused = |args: &[&str]| place.prints(2, &[&["new", "scenario"], args].concat());
    insta::assert_snapshot!(refused(&["a", "--section", "sourc"]), @"
    error: no ledger has a section `sourc`
    help: did you mean `source`?
    ");
    insta::assert_snapshot!(refused(&["A_b", "--section", "source"]), @"
    error: `A_b` cannot be the name of a scenario
    help: use a name in kebab-case such as `headers-not-found`
    ");
    insta::assert_snapshot!(refused(&["claims", "--section", "source"]), @"
    error: `claims.yaml` is not the file of a scenario
    help: choose another name
    ");
    insta::assert_snapshot!(refused(&["a", "--section", "source", "--claim", "source.apt"]), @"
    error: section `source` has no claim or draft `source.apt`
    help: did you mean `source.apt-get-install-libpq`?
    ");
    insta::assert_snapshot!(refused(&["a", "--section", "setting-locale-failed"]), @"
    error: scenarios decide all claims of section `setting-locale-failed` already
    help: name claims with --claim, or add claims to the ledger
    ");
    let failed = refused(&["setting-locale-failed", "--section", "setting-locale-failed", "--claim", "locale.c-utf-8"]);
    assert!(failed.contains("`example/setting-locale-failed.yaml` exists, and nothing is overwritten"), "{failed}");
    let flow = place
        .read("scenarios/claims.yaml")
        .replace("        status: draft\n        kind: symptom", "        status:\n          draft\n        kind: symptom");
    place.write("scenarios/claims.yaml", &flow);
    let failed = refused(&["a", "--section", "source"]);
    assert!(
        failed.contains("`status: draft` of `source.pg-config-executable-not-found` is not on a line of its own"),
        "{failed}"
    );
    assert!(!place.path().join("scenarios/a.yaml").exists());
    assert_eq!(place.read("scenarios/claims.yaml"), flow);
}
