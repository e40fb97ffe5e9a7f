//! The page of an export, for a reader who does not know `matrix`: what it reproduces, how to run it, and the results of the
//! last run.

use super::cell::{Export, origin, sources};
use super::folder::{MARK, OBSERVED};
use super::script::isolation;
use crate::image::Base;
use crate::model::drift::words;
use crate::model::plan::ClaimPlan;
use crate::model::project::BaseSource;
use crate::model::record::{CellRecord, Record};
use crate::model::verdict::{Ruling, Verdict};
use crate::text::sanitize::one_line;
use crate::text::shell::quoted;

pub(super) fn readme(export: &Export<'_>, base: &Base) -> String {
    let plan = export.plan;
    let axes: Vec<String> = plan.cell.axes.iter().map(|(axis, value)| format!("{axis} {value}")).collect();
    let fidelity = format!("{:?}", plan.fidelity).to_lowercase();
    let parts = [
        format!("# {}\n", one_line(&plan.title)),
        format!(
            "This folder reproduces what the {} edition of {} says under \u{201c}{}\u{201d}, in one environment ({}), with Docker alone.\n",
            one_line(&plan.source.edition),
            one_line(&export.subject.page_words()),
            one_line(&plan.source.heading),
            one_line(&axes.join(", "))
        ),
        format!("How the defect is produced: {fidelity}; {}.\n", one_line(&plan.reason)),
        "## Claims\n".to_owned(),
        claims(export),
        "## Run it\n".to_owned(),
        run(export, base),
        base_words(export, base),
        "## Contents\n".to_owned(),
        contents(export),
        export.record.map_or(String::new(), |record| last_seen(export, record)),
        "## Origin\n".to_owned(),
        format!(
            "Written by `matrix export` {} from `{}`, cell `{}`. With matrix, `{}` runs the same steps and judges the claims.\n",
            env!("CARGO_PKG_VERSION"),
            one_line(&plan.file),
            one_line(&plan.cell.id),
            one_line(&plan.repeat)
        ),
    ];
    parts.iter().filter(|part| !part.is_empty()).map(|part| format!("{part}\n")).collect::<String>().trim_end().to_owned() + "\n"
}

fn claims(export: &Export<'_>) -> String {
    let drift = |claim: &ClaimPlan| {
        let mut workarounds = export.plan.workarounds.iter().filter(|workaround| workaround.claim == claim.id);
        let of_claim = export.plan.known_of_claim(&claim.id);
        of_claim.or_else(|| workarounds.find_map(|workaround| export.plan.known_of_workaround(workaround)))
    };
    let known = |claim: &ClaimPlan| match (&claim.skipped, drift(claim)) {
        (Some(reason), _) => format!(". Not decided here: {}", one_line(reason)),
        (None, Some(known)) => {
            let seen = one_line(&known.seen.to_string());
            format!(". Known to differ here ({}): {}; observed: `{seen}`", words(known.drift), one_line(&known.reason))
        }
        (None, None) => String::new(),
    };
    export
        .plan
        .claims
        .iter()
        .map(|claim| format!("- `{}`: {}{}\n", one_line(&claim.id), one_line(&claim.says), known(claim)))
        .collect()
}

/// What the script compares if there are results of a run.
const COMPARED: &str =
    "For each command it prints the output, and for each expectation what is documented, where that is written, what the run
showed, and what is seen now. It does not judge what follows for the page.

Exit status:

- 0: each documented text that the run showed is a line of the same step again, and each documented exit status that it
  showed is a success or a failure again
- 1: something is not; the last lines name each text with its phase and step";

/// The same if there are none.
const UNKNOWN: &str = "For each command it prints the output, and for each expectation what is documented and where that is written. This folder was
written without results of a run, so nothing is compared.

Exit status:

- 0: every step was executed";

fn run(export: &Export<'_>, base: &Base) -> String {
    format!(
        r"```sh
./reproduce.sh                      # from {}
BASE_IMAGE=my-base ./reproduce.sh   # from another base
```

It needs a POSIX shell and the `docker` command (`DOCKER=podman` names another), and a network only for building the images.{}
It builds both environments, executes the documented steps and the ones that fail, takes a snapshot, and tries each
workaround from that snapshot; a placebo does the same with nothing done, and a control does it all in the healthy environment.
{}
- 2: trouble: an image cannot be built, a container cannot be started, a step takes too long

Containers and the snapshot are removed on every exit; the images stay (`docker images 'matrix-export/*'`). `BUILD_NETWORK`
names the network of the builds.

Each container is started with

```
{}
```

To look around, `docker run -it` the image of an environment with these, and enter the commands that the script prints.
",
        origin(base),
        if export.plan.makes_requests() {
            "\nRequests are made with the `curl` of the images, as by hand; matrix brings a program of its own."
        } else {
            ""
        },
        if export.ran().is_some() { COMPARED } else { UNKNOWN },
        isolation(export.plan)
    )
}

fn base_words(export: &Export<'_>, base: &Base) -> String {
    let Some((suite, architecture, family)) = base.bootstrap() else { return other_base(export, base) };
    let make = (family.bootstrap.by_hand)(suite, architecture);
    let reference = origin(base);
    let had = export.record.and_then(|record| record.bases.iter().find(|had| had.name == export.plan.image.base));
    let had = had.map_or(String::new(), |had| format!(" In the run described below: {}.", one_line(&had.detail)));
    format!(
        r"The base is `{reference}`. Where no registry has it, make one:

```sh
{make} && docker import base.tar my-base
```

`matrix` itself uses a base that is present, else pulls it, else makes one in this way, without manuals.{had}
"
    )
}

/// The same for a base that is not bootstrapped.
fn other_base(export: &Export<'_>, base: &Base) -> String {
    let origin = origin(base);
    let had = export.record.and_then(|record| record.bases.iter().find(|had| had.name == export.plan.image.base));
    let had = had.map_or(String::new(), |had| format!(" In the run described below: {}.", one_line(&had.detail)));
    let make = match &base.source {
        BaseSource::Dockerfile(folder) => Some(format!("docker build --tag {origin} {}", quoted(&folder.display().to_string()))),
        BaseSource::Archive(file) => Some(format!("docker import {} {origin}", quoted(&file.display().to_string()))),
        BaseSource::Image { .. } | BaseSource::Debian { .. } => None,
    };
    match make {
        Some(make) => format!(
            "The base is not part of this folder. In the project that it comes from, make it:\n\n```sh\n{make}\n```\n\n{had}\n"
        ),
        None => format!("The base is the image `{origin}`.{had}\n"),
    }
}

fn contents(export: &Export<'_>) -> String {
    let sources = match sources(export.plan).is_empty() {
        true => String::new(),
        false => "- `sources/`: upstream archives, with their sha256 in `sources/SHA256SUMS`\n".to_owned(),
    };
    format!(
        "- `Dockerfile`: the environment with the defect (target `defect`) and the healthy one (target `control`)\n- `files/`: what these copy\n{sources}- `reproduce.sh`: the procedure\n- `{OBSERVED}/`: the output of each step, once the script has run\n- `{MARK}`: marks the folder as an export, which `matrix export` may replace\n"
    )
}

fn last_seen(export: &Export<'_>, record: &Record) -> String {
    let cell = &export.plan.cell;
    let ran = export.ran();
    let verdicts = record.verdicts.iter().filter(|v| v.scenario == cell.scenario && v.cell == cell.id);
    let lines: String = verdicts.map(verdict).collect();
    let day = ran.map_or(record.started, |ran| ran.started).strftime("%Y-%m-%d");
    let engine = &record.engine;
    format!(
        "## Last results\n\n{day}, on {} {} ({}):\n\n{lines}{}\n",
        one_line(&engine.name),
        one_line(&engine.version),
        one_line(&engine.architecture),
        ran.map_or(String::new(), packages)
    )
}

fn verdict(verdict: &Verdict) -> String {
    let ruling = match verdict.verdict {
        Ruling::Confirmed => "confirmed".to_owned(),
        Ruling::Drifted => {
            format!("drifted ({}{})", verdict.drift.map_or(String::new(), words), if verdict.known { ", known" } else { "" })
        }
        Ruling::Inconclusive => "inconclusive".to_owned(),
        Ruling::Skipped => "skipped".to_owned(),
    };
    let observed = match verdict.observed.is_empty() {
        true => one_line(&verdict.why),
        false => format!("`{}`", one_line(&verdict.observed.to_string()).replace('`', "'")),
    };
    format!("- `{}`: {ruling}: {observed}\n", one_line(&verdict.claim))
}

fn packages(ran: &CellRecord) -> String {
    if ran.packages.is_empty() {
        return String::new();
    }
    let listed: Vec<String> = ran.packages.iter().map(|(package, version)| one_line(&format!("{package} {version}"))).collect();
    format!("\nPackages in the environment with the defect: {}.\n", listed.join(", "))
}
