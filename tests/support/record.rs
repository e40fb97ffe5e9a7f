//! Handwritten records, in the form that a run produces.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use jiff::Timestamp;
use matrix::model::cause::{Cause, Trouble};
use matrix::model::claim::{Claim, ClaimKind, Ledger};
use matrix::model::drift::Drift;
use matrix::model::observation::{Observation, Part, Phase};
use matrix::model::observed::Observed;
use matrix::model::project::{Found, Subject};
use matrix::model::record::EngineInfo;
use matrix::model::record::{Acquired, BaseRecord, CellRecord, FORMAT, ImageRecord, PhaseRecord, Record, Selection};
use matrix::model::scenario::{Fidelity, Source};
use matrix::model::verdict::{Evidence, Ruling, Verdict};

const MISSING: &str = "mod_wsgi.c:34:10: fatal error: Python.h: No such file or directory";
const LDCONFIG: &str = "HTTP/1.1 200 OK";
const SCENARIO: &str = "missing-python-headers";

/// The claims of the scenario, in the ledger's order.
pub(crate) const CLAIMS: [(&str, ClaimKind, &str); 6] = [
    ("headers.python-h", ClaimKind::Symptom, "without the developer package the build stops: Python.h is not there"),
    ("headers.more-files", ClaimKind::Symptom, "the same build also reports compile.h, node.h and osdefs.h missing"),
    ("headers.version-error", ClaimKind::Symptom, "an #error says that Python 2.3.0 is required"),
    ("headers.thread-error", ClaimKind::Symptom, "an #error says that threads are required"),
    ("headers.dev-package", ClaimKind::Workaround, "install the developer package that matches the runtime package"),
    ("headers.dev-name", ClaimKind::Statement, "its name is the runtime package's with -dev appended"),
];

/// The cells of the scenario: base, Python, mod_wsgi.
pub(crate) const CELLS: [[&str; 3]; 9] = [
    ["bullseye", "2.7", "4.4.0"],
    ["bullseye", "2.7", "4.9.4"],
    ["bullseye", "3.9", "4.9.4"],
    ["bullseye", "3.9", "5.0.2"],
    ["bookworm", "3.11", "4.9.4"],
    ["bookworm", "3.11", "5.0.2"],
    ["bookworm", "3.11", "6.1.1"],
    ["trixie", "3.13", "5.0.2"],
    ["trixie", "3.13", "6.1.1"],
];

fn time(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_341_600 + second).expect("the second is in range")
}

/// Id of the run.
const RUN: &str = "20261122-100000-1a2b";

/// A run without cells.
pub(crate) fn empty() -> Record {
    let engine = EngineInfo {
        name: "Docker".into(),
        version: "27.5.1".into(),
        api: "1.47".into(),
        address: "unix:///var/run/docker.sock".into(),
        architecture: "x86_64".into(),
        ..EngineInfo::default()
    };
    Record {
        format: FORMAT,
        matrix: "0.1.0".into(),
        runs: vec![RUN.into()],
        started: time(0),
        ended: Some(time(754)),
        selection: Selection::default(),
        engine,
        shard: None,
        compiler_cache: None,
        subject: subject(),
        ledger: ledger(),
        verdicts: Vec::new(),
        cells: Vec::new(),
        bases: Vec::new(),
        images: Vec::new(),
    }
}

/// This repository's own project.
fn subject() -> Subject {
    static SUBJECT: LazyLock<Subject> = LazyLock::new(|| {
        let project = matrix::load::project(Path::new("matrix.yaml"), Found::Search).expect("the shipped project is valid");
        project.subject(&project.pages[0])
    });
    SUBJECT.clone()
}

/// The section of the scenario, and one without scenarios.
fn ledger() -> Ledger {
    let claim = |(id, kind, says): (&str, ClaimKind, &str)| Claim {
        id: id.into(),
        kind,
        section: if id.starts_with("headers.") { SCENARIO } else { "forkpty" }.into(),
        says: says.into(),
        quotes: Vec::new(),
        lines: Vec::new(),
        commands: Vec::new(),
        above: None,
        below: None,
        proposal: None,
    };
    let other = ("forkpty.undefined", ClaimKind::Symptom, "the module does not load: undefined symbol: forkpty");
    Ledger {
        sections: [(SCENARIO, "Missing Python Header Files"), ("forkpty", "Undefined 'forkpty' On Fedora 7")]
            .map(|(id, heading)| (id.into(), heading.into()))
            .into(),
        claims: CLAIMS.into_iter().chain([other]).map(claim).collect(),
        ..Ledger::default()
    }
}

/// A complete run of one scenario in which everything is as expected.
pub(crate) fn good() -> Record {
    let mut record = empty();
    for cell in CELLS {
        add(&mut record, SCENARIO, cell);
    }
    for name in ["bullseye", "bookworm", "trixie"] {
        let detail = "no registry answered; mmdebstrap made it from the mirror".into();
        record.bases.push(BaseRecord {
            name: name.into(),
            how: Acquired::Bootstrapped,
            image: format!("sha256:{name:0<64}"),
            tag: format!("matrix/base:{name}"),
            content: String::new(),
            detail,
            warnings: Vec::new(),
        });
    }
    record.images.push(ImageRecord {
        tag: "matrix/apache:5f1c22e0".into(),
        id: "sha256:0123456789abcdef0123".into(),
        dockerfiles: vec!["apache".into()],
        built: true,
        pulled: false,
        millis: 42_000,
        warnings: Vec::new(),
    });
    record.images.push(ImageRecord {
        tag: "matrix/python-dev:93b0aa17".into(),
        id: "sha256:fedcba9876543210".into(),
        dockerfiles: Vec::new(),
        built: false,
        pulled: false,
        millis: 0,
        warnings: Vec::new(),
    });
    record
}

/// Adds one cell and its six verdicts: the first symptom and the workaround are confirmed, the others are a known drift and a
/// skip.
pub(crate) fn add(record: &mut Record, scenario: &str, values: [&str; 3]) {
    let cell = cell(scenario, values);
    let verdict = |(claim, kind, _): (&str, ClaimKind, &str)| {
        let known = matches!(claim, "headers.more-files" | "headers.version-error" | "headers.thread-error");
        let ruling = match claim {
            "headers.dev-name" => Ruling::Skipped,
            _ if known => Ruling::Drifted,
            _ => Ruling::Confirmed,
        };
        let (observed, phase, observation) = match claim {
            "headers.dev-name" => ("", None, 0),
            "headers.dev-package" => (LDCONFIG, Some(Phase::Workaround("dev-package".into())), 2),
            _ => (MISSING, Some(Phase::Reproduce), 1),
        };
        Verdict {
            scenario: scenario.into(),
            cell: cell.cell.clone(),
            axes: cell.axes.clone(),
            claim: claim.into(),
            kind,
            verdict: ruling,
            drift: known.then_some(Drift::Reworded),
            cause: None,
            known,
            gone: false,
            expected: true,
            observed: Observed::parse(observed),
            why: why(claim).into(),
            stated: known.then(|| why(claim).into()),
            documented: documented(claim).into(),
            written: "scenarios/missing-python-headers.yaml: reproduce[0].expect[1]".into(),
            evidence: phase.map(|phase| Evidence { phase, observation }),
        }
    };
    record.verdicts.extend(CLAIMS.into_iter().map(verdict));
    record.cells.push(cell);
}

fn why(claim: &str) -> &'static str {
    match claim {
        "headers.python-h" => "the documented line was seen where the build stopped",
        "headers.dev-package" => "after the workaround Apache answered the request",
        "headers.dev-name" => "package names are not a matter of this experiment",
        _ => "today's compilers stop at the first missing file",
    }
}

fn documented(claim: &str) -> &'static str {
    match claim {
        "headers.python-h" => "mod_wsgi.c:[..]: Python.h: No such file or directory",
        "headers.more-files" => {
            "mod_wsgi.c:[..]: compile.h: No such file or directory\nmod_wsgi.c:[..]: node.h: No such file or directory"
        }
        "headers.version-error" => "#error mod_wsgi requires at least Python 2.3.0",
        "headers.thread-error" => "#error mod_wsgi requires that Python supports threads",
        "headers.dev-package" => "HTTP/1.1 200",
        _ => "",
    }
}

fn cell(scenario: &str, [base, python, mod_wsgi]: [&str; 3]) -> CellRecord {
    let id = format!("{base}/python-{python}/mod_wsgi-{mod_wsgi}");
    let axes = [("base", base), ("python", python), ("mod_wsgi", mod_wsgi)];
    CellRecord {
        scenario: scenario.into(),
        title: "The Python header files are missing".into(),
        section: "missing-python-headers".into(),
        source: Source { edition: "classic".into(), heading: "Missing Python Header Files".into() },
        axes: axes.map(|(axis, value)| (axis.into(), value.into())).into(),
        fidelity: Fidelity::Natural,
        reason: "the developer package is simply not installed".into(),
        repeat: format!("matrix run {scenario} --only {id} --full"),
        cell: id.into(),
        run: RUN.into(),
        recipe: String::new(),
        inputs: String::new(),
        started: time(12),
        millis: 12_345,
        not_reproduced: None,
        phases: phases(),
        packages: [("apache2-dev", "2.4.62-1~deb12u2"), ("gcc", "4:12.2.0-3"), ("python3", "3.11.2-1+b1")]
            .map(|(name, version)| (name.into(), version.into()))
            .into(),
        capabilities: [("setuid".into(), "Apache changes to the user that serves requests".into())].into(),
        findings: Vec::new(),
        claims: CLAIMS.into_iter().map(|(id, _, says)| (id.into(), says.into())).collect(),
    }
}

fn phases() -> Vec<PhaseRecord> {
    let failed = |step: &str| {
        observation(Part::Reproduce, (step, "make"), 2, ("apxs -c -I/usr/include/python3.11 mod_wsgi.c\n", &broken()))
    };
    let answer = observation(
        Part::Resolved,
        ("request", "curl -si http://localhost/hello"),
        0,
        ("HTTP/1.1 200 OK\r\nServer: Apache\r\n\r\nHello\n", ""),
    );
    let refused = observation(
        Part::Resolved,
        ("request", "curl -si http://localhost/hello"),
        7,
        ("", "curl: (7) Failed to connect to localhost port 80\n"),
    );
    let configure =
        observation(Part::Reproduce, ("configure", "./configure"), 0, (&"checking for something... yes\n".repeat(30), ""));
    let workaround = Part::Workaround("dev-package".into());
    let install =
        observation(workaround.clone(), ("install", "dpkg -i /opt/dev/*.deb"), 0, ("Setting up libpython3.11-dev ...\n", ""));
    let built =
        observation(workaround, ("make", "make && make install"), 0, ("chmod 755 /usr/lib/apache2/modules/mod_wsgi.so\n", ""));
    let healthy = observation(Part::Reproduce, ("make", "make"), 0, ("apxs -c mod_wsgi.c\n", ""));
    let phase = |phase, observations| PhaseRecord {
        phase,
        image: "sha256:0123456789abcdef".into(),
        observations,
        trouble: None,
        millis: 4100,
        cpu_millis: 3000,
    };
    vec![
        phase(Phase::Reproduce, vec![configure.clone(), failed("make")]),
        phase(Phase::Placebo, vec![configure.clone(), failed("make"), refused]),
        phase(Phase::Workaround("dev-package".into()), vec![install, built, answer.clone()]),
        phase(Phase::Control, vec![configure, healthy, answer]),
    ]
}

fn broken() -> String {
    format!("In file included from mod_wsgi.c:1:\n\u{1b}[01m\u{1b}[K{MISSING}\u{1b}[m\n   34 | #include <Python.h>\n      |          ^~~~~~~~~~\ncompilation terminated.\nmake: *** [Makefile:32: mod_wsgi.la] Error 1\n")
        .replace("mod_wsgi.c:34:10: fatal error:", "mod_wsgi.c:34:10: \u{1b}[31mfatal error:\u{1b}[m")
}

/// An executed step.
pub(crate) fn observation(part: Part, (step, command): (&str, &str), exit: i64, (stdout, stderr): (&str, &str)) -> Observation {
    Observation {
        part,
        step: step.into(),
        command: command.into(),
        directory: Some("/usr/src/mod_wsgi".into()),
        env: BTreeMap::new(),
        user: None,
        timeout: Some(60),
        exit: Some(exit),
        stdout: stdout.into(),
        stderr: stderr.into(),
        status: stdout.starts_with("HTTP/").then_some(200),
        numbers: BTreeMap::new(),
        unreadable: BTreeMap::new(),
        millis: 900,
    }
}

/// The verdict on one claim in one cell.
pub(crate) fn verdict<'a>(record: &'a mut Record, cell: usize, claim: &str) -> &'a mut Verdict {
    let id = record.cells[cell].cell.clone();
    let scenario = record.cells[cell].scenario.clone();
    let wanted = |verdict: &&mut Verdict| verdict.scenario == scenario && verdict.cell == id && verdict.claim == claim;
    record.verdicts.iter_mut().find(wanted).expect("the record has that verdict")
}

/// Makes a verdict unexpected, whatever it is.
pub(crate) fn spoil(verdict: &mut Verdict) {
    (verdict.known, verdict.gone, verdict.expected) = (false, verdict.drift.is_none() && verdict.cause.is_none(), false);
}

/// A run of one cell with one drift that no scenario states.
pub(crate) fn one() -> Record {
    let mut record = empty();
    add(&mut record, SCENARIO, CELLS[8]);
    reword(&mut record, 0);
    let Record { bases, images, .. } = good();
    Record { bases, images, ..record }
}

fn reword(record: &mut Record, cell: usize) {
    let reworded = verdict(record, cell, "headers.python-h");
    reworded.verdict = Ruling::Drifted;
    reworded.drift = Some(Drift::Reworded);
    reworded.expected = false;
    reworded.documented = "mod_wsgi.c:[..]: Python.h: No such file or folder".into();
    reworded.why = "the build stops, but with other words".into();
}

/// A run with every kind of bad news: an unstated drift, a stated drift that was not observed, a cell with a timeout.
pub(crate) fn bad() -> Record {
    let mut record = good();
    reword(&mut record, 8);
    let gone = verdict(&mut record, 0, "headers.more-files");
    (gone.verdict, gone.drift, gone.known, gone.gone, gone.expected) = (Ruling::Confirmed, None, false, true, false);
    gone.why = "the scenario states the drift `reworded` here, and it was not seen".into();
    let id = record.cells[4].cell.clone();
    for verdict in record.verdicts.iter_mut().filter(|verdict| verdict.cell == id) {
        (verdict.verdict, verdict.drift, verdict.known, verdict.expected) = (Ruling::Inconclusive, None, false, false);
        verdict.cause = Some(Cause::Timeout);
        (verdict.observed, verdict.evidence) = (Observed::default(), None);
        verdict.why = "`make` did not end within 600 s".into();
    }
    record.cells[4].phases.truncate(1);
    record.cells[4].phases[0].trouble = Some(Trouble { cause: Cause::Timeout, detail: "`make` did not end within 600 s".into() });
    record.cells[4].phases[0].observations[1].exit = None;
    record.cells[4].findings = vec!["`reproduce[1].expect[0]` holds in the control too, so it proves nothing".into()];
    record
}

/// Text that breaks output without escaping.
pub(crate) const HOSTILE: &str = "]]></system-out></script><img src=x onerror=alert(1)> \u{1b}[31mred\u{1b}[0m \0\u{8}\u{7f}\u{9b} \u{fffe}\u{ffff}\u{202e} | `` ` `` | @all <b>&amp; {{ 7 * 7 }} {% raw %}";

/// A run in which every text from outside is hostile.
pub(crate) fn hostile() -> Record {
    let mut record = empty();
    add(&mut record, SCENARIO, CELLS[0]);
    for verdict in &mut record.verdicts {
        (verdict.verdict, verdict.drift, verdict.expected) = (Ruling::Drifted, Some(Drift::Absent), false);
        (verdict.observed, verdict.why, verdict.documented) = (Observed::line(HOSTILE.into()), HOSTILE.into(), HOSTILE.into());
    }
    let cell = &mut record.cells[0];
    (cell.title, cell.reason, cell.repeat) = (HOSTILE.into(), HOSTILE.into(), HOSTILE.into());
    cell.findings = vec![HOSTILE.into()];
    cell.claims.values_mut().for_each(|says| *says = HOSTILE.into());
    cell.packages = [(HOSTILE.to_owned(), HOSTILE.to_owned())].into();
    for observation in cell.phases.iter_mut().flat_map(|phase| &mut phase.observations) {
        observation.command = HOSTILE.into();
        observation.stdout = format!("{HOSTILE}\n").repeat(3);
        observation.stderr = HOSTILE.into();
    }
    record
}
