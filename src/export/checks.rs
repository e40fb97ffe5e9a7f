//! Expectations as words of the script: what must hold of a step for the phase to go on, when the problem has occurred
//! or ended, and what decides each claim.

use super::script::{parts, path, phase_folder, plain};
use crate::model::drift::{Drift, Now};
use crate::model::expect::{ExitRule, Operand};
use crate::model::observation::{Part, Phase};
use crate::model::plan::{CellPlan, CheckPlan, ClaimPlan, StepPlan, WorkaroundPlan};
use crate::text::shell::quoted;

/// Where the script is when it asks: the shell's word for the folder of the phase.
#[derive(Clone, Copy)]
pub(super) struct Here<'a> {
    pub(super) plan: &'a CellPlan,
    pub(super) phase: &'a str,
}

impl Here<'_> {
    /// Where what a step showed is kept, as one word of the shell.
    pub(super) fn place(&self, part: &Part, step: &str) -> String {
        format!("\"{}/{}\"", self.phase, path(part, step))
    }

    /// What an expectation asks for: words to tell it in, and the arguments of `holds`. An expectation of a number that only
    /// `matrix` can read is an error that says so.
    pub(super) fn tests(&self, part: &Part, step: &StepPlan, check: &CheckPlan) -> Result<Vec<(String, String)>, String> {
        let place = self.place(part, &step.name);
        let mut found = Vec::new();
        let mut add = |words: String, test: String| found.push((words, format!("{place} {test}")));
        if let Some(rule) = check.exit {
            let (words, rule) = match rule {
                ExitRule::Success => ("exit status 0".to_owned(), "success".to_owned()),
                ExitRule::Failure => ("an exit status other than 0".to_owned(), "failure".to_owned()),
                ExitRule::Code(code) => (format!("exit status {code}"), code.to_string()),
            };
            add(words, format!("exit {rule}"));
        }
        check.status.iter().for_each(|status| add(format!("HTTP status {status}"), format!("status {status}")));
        check.has.iter().for_each(|text| add(text.clone(), format!("has {}", quoted(text))));
        check.lacks.iter().for_each(|text| add(format!("no line with {text}"), format!("lacks {}", quoted(text))));
        if let Some(name) = &check.number {
            let bounds = (check.above.as_ref(), check.below.as_ref());
            add(measure(name, check), self.number(part, step, check, bounds)?);
        }
        Ok(found)
    }

    /// The arguments of `holds` after the place, for a number between bounds.
    fn number(
        &self,
        part: &Part,
        step: &StepPlan,
        check: &CheckPlan,
        bounds: (Option<&Operand>, Option<&Operand>),
    ) -> Result<String, String> {
        let name = check.number.as_deref().unwrap_or_default();
        let pattern = step.capture.get(name).ok_or_else(|| format!("the step takes no number {name}"))?;
        let own = reading(&self.place(part, &step.name), name, pattern)?;
        let [minus, above, below] = [check.minus.as_ref(), bounds.0, bounds.1].map(|operand| self.operand(operand));
        Ok(format!("number {own} {} {} {}", minus?, above?, below?))
    }

    fn operand(&self, operand: Option<&Operand>) -> Result<String, String> {
        let (phase, name) = match operand {
            None => return Ok("-".to_owned()),
            Some(Operand::Literal(value)) => return Ok(value.to_string()),
            Some(Operand::Captured { phase, name }) => (phase, name),
        };
        let phase = phase.as_ref().map(|phase| plain(phase));
        let there = Here { phase: phase.as_deref().unwrap_or(self.phase), ..*self };
        // Of several steps that take it, the last one counts.
        let steps = parts(self.plan).into_iter().flat_map(|(part, steps)| steps.iter().map(move |step| (part.clone(), step)));
        let mut taken = steps.filter_map(|(part, step)| Some((part, step, step.capture.get(name)?)));
        let (part, step, pattern) = taken.next_back().ok_or_else(|| format!("no step takes the number {name}"))?;
        reading(&there.place(&part, &step.name), name, pattern)
    }
}

/// A number read from what a step showed, as a word of the shell.
fn reading(place: &str, name: &str, pattern: &str) -> Result<String, String> {
    let pattern = ere(pattern).ok_or_else(|| format!("only matrix can read the number {name}, by the pattern {pattern}"))?;
    Ok(format!("\"$(number {place} {})\"", quoted(&pattern)))
}

fn measure(name: &str, check: &CheckPlan) -> String {
    let side = |operand: &Option<Operand>, word: &str| match operand {
        None => String::new(),
        Some(Operand::Literal(value)) => format!(" {word} {value}"),
        Some(Operand::Captured { phase: Some(phase), name }) => format!(" {word} {phase}.{name}"),
        Some(Operand::Captured { phase: None, name }) => format!(" {word} {name}"),
    };
    format!("{name}{}{}{}", side(&check.minus, "minus"), side(&check.above, "above"), side(&check.below, "below"))
}

/// A pattern as an extended regular expression with the same meaning, if it has one.
fn ere(pattern: &str) -> Option<String> {
    let mut ere = String::new();
    let mut bracket = false;
    let mut characters = pattern.chars().peekable();
    while let Some(c) = characters.next() {
        let next = characters.peek().copied();
        match (c, next) {
            ('\\', Some(class)) if class.is_ascii_alphanumeric() => {
                let same = match class {
                    'd' => "[0-9]",
                    's' => "[[:space:]]",
                    'w' => "[[:alnum:]_]",
                    _ => return None,
                };
                // Within brackets a class would have to be written another way.
                if bracket {
                    return None;
                }
                ere.push_str(same);
                characters.next();
            }
            ('\\', Some(literal)) => {
                if bracket {
                    return None;
                }
                ere.extend([c, literal]);
                characters.next();
            }
            ('(' | '*' | '+' | '?' | '}', Some('?')) | ('\\', None) => return None,
            _ => {
                bracket = if bracket { c != ']' } else { c == '[' };
                ere.push(c);
            }
        }
    }
    (!bracket && !pattern.contains(char::is_control)).then_some(ere)
}

/// The functions that say what nothing goes on without, whether the failure occurred, and whether the problem ended.
pub(super) fn functions(plan: &CellPlan) -> String {
    let here = Here { plan, phase: "${1%%/*}" };
    let mut text =
        "\n# passes PATH: whether a step did what is expected of it, the claims left aside.\npasses() {\n  case $1 in\n"
            .to_owned();
    for (part, steps) in parts(plan) {
        for step in steps {
            let unclaimed = step.unclaimed();
            let tests = unclaimed
                .iter()
                .flat_map(|check| here.tests(&part, step, check).unwrap_or_default())
                .map(|(_, test)| format!("holds {test}"));
            let tests: Vec<String> = tests.collect();
            let tests = if tests.is_empty() { ":".to_owned() } else { tests.join(" && ") };
            text.push_str(&format!("  */{}) {tests} ;;\n", path(&part, &step.name)));
        }
    }
    text.push_str("  *) false ;;\n  esac\n}\n");
    let failed = passing("$1", &[(Part::Reproduce, plan.reproduce.as_slice())]);
    text.push_str(&format!("\n# failed PHASE: whether the documented failure occurred.\nfailed() {{\n  {failed}\n}}\n"));
    let mut ended = "\n# ended PHASE: whether the problem had ended.\nended() {\n  case $1 in\n".to_owned();
    for phase in
        [Phase::Placebo, Phase::Control].into_iter().chain(plan.workarounds.iter().map(|w| Phase::Workaround(w.id.clone())))
    {
        let places = evidence_of_health(plan, &phase);
        ended.push_str(&format!("  {}) {} ;;\n", phase_folder(&phase), passing("$1", &places)));
    }
    ended.push_str("  *) false ;;\n  esac\n}\n");
    text + &ended
}

/// Whether every step of some parts passes.
fn passing(phase: &str, parts: &[(Part, &[StepPlan])]) -> String {
    let steps = parts.iter().flat_map(|(part, steps)| steps.iter().map(move |step| path(part, &step.name)));
    let tests: Vec<String> = steps.map(|path| format!("passes \"{phase}/{path}\"")).collect();
    if tests.is_empty() { ":".to_owned() } else { tests.join(" && ") }
}

/// The steps that must pass for a phase to count as healthy: as `verdict` has it.
fn evidence_of_health<'a>(plan: &'a CellPlan, phase: &Phase) -> Vec<(Part, &'a [StepPlan])> {
    let counts = |part: &Part| match part {
        Part::Workaround(_) | Part::Resolved => true,
        Part::Verify(_) | Part::ControlVerify => *phase != Phase::Placebo,
        Part::Prepare | Part::Reproduce => false,
    };
    plan.parts(phase).into_iter().filter(|(part, _)| counts(part)).collect()
}

/// Whether anything can be told at all: `verdict` asks the same in the same order.
const FIT: &str = r#"
say "== what this shows of the page"
fit=1
unfit() {
  fit=0
  say "nothing can be told: $1"
}
if [ "$prepared" -eq 0 ]; then
  unfit "a documented step that must succeed did not"
elif ! ended control; then
  unfit "the healthy environment does not work either"
elif failed reproduce && ! failed placebo && ! ended placebo; then
  unfit "the failure did not come again, nor had it ended"
"#;

/// Whether the failure occurred, as far as everything else rests on it.
fn ground(plan: &CellPlan) -> String {
    let unstable = match plan.workarounds.is_empty() {
        true => "elif failed reproduce && ! failed placebo; then\n  unfit \"the failure did not come again\"\n",
        false => "",
    };
    let Some(stated) = &plan.not_reproduced else {
        return format!("{unstable}elif ! failed reproduce; then\n  unfit \"the documented failure did not occur\"\nfi\n");
    };
    let (seen, reason) = (quoted(&stated.seen), quoted(&stated.reason));
    format!(
        "{unstable}elif failed reproduce || ! find_line {seen} 'reproduce/reproduce/*' >/dev/null; then\n  say \"the failure is said not to occur, in another way than it did or did not:\" {reason}\n  unexpected=1\nfi\n"
    )
}

/// What is said of each claim, and how it ends.
pub(super) fn claims(plan: &CellPlan) -> String {
    let claims: String = plan.claims.iter().map(|claim| one_claim(plan, claim)).collect();
    let ground = ground(plan);
    format!("{FIT}{ground}{claims}\n[ \"$unexpected\" -eq 0 ] || exit 1\n[ \"$untold\" -eq 0 ] || exit 3\n")
}

fn one_claim(plan: &CellPlan, claim: &ClaimPlan) -> String {
    let kind = format!("{:?}", claim.kind).to_lowercase();
    let text = format!("\nclaim {} {kind} {}\n", quoted(&claim.id), quoted(&claim.says));
    if let Some(reason) = &claim.skipped {
        return format!("{text}say {}\ntold\n", quoted(&format!("   {reason}")));
    }
    let mut told: String = plan.workarounds.iter().filter(|w| w.claim == claim.id).map(remedy).collect();
    let mut before = String::new();
    for (phase, part, steps) in places(plan) {
        for (step, check) in steps.iter().flat_map(|step| step.checks.iter().map(move |check| (step, check))) {
            if check.claim.as_ref() == Some(&claim.id) {
                let decided = decided(plan, claim, (&phase, &part, step, check));
                // What `prepare` itself contradicts is reported, provided that the procedure works elsewhere.
                if phase == Phase::Prepare {
                    let reached = format!("[ -e \"$out/prepare/{}.exit\" ]", path(&part, &step.name));
                    before.push_str(&format!(
                        "  if [ \"$prepared\" -eq 0 ] && ended control && {reached}; then\n{}  fi\n",
                        deeper(&decided)
                    ));
                }
                told.push_str(&decided);
            }
        }
    }
    format!("{text}if [ \"$fit\" -eq 0 ]; then\n{before}  only_contradicted\nelse\n{told}fi\ntold\n")
}

fn deeper(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

/// Where claims are decided: as `verdict` has it.
fn places(plan: &CellPlan) -> Vec<(Phase, Part, &[StepPlan])> {
    let shows =
        plan.workarounds.iter().map(|w| (Phase::Workaround(w.id.clone()), Part::Verify(w.id.clone()), w.verify.as_slice()));
    let places = [
        (Phase::Prepare, Part::Prepare, plan.prepare.as_slice()),
        (Phase::Reproduce, Part::Reproduce, plan.reproduce.as_slice()),
        (Phase::Control, Part::Resolved, plan.resolved.as_slice()),
        (Phase::Control, Part::ControlVerify, plan.control_verify.as_slice()),
    ];
    places.into_iter().chain(shows).collect()
}

/// A workaround must end what the placebo does not.
fn remedy(workaround: &WorkaroundPlan) -> String {
    let phase = phase_folder(&Phase::Workaround(workaround.id.clone()));
    let mut text = format!("  if failed reproduce; then\n    at\n    remedy {}\n", quoted(&workaround.id));
    if let Some(known) = &workaround.known
        && let Now::Line(seen) = &known.seen
    {
        let places =
            if known.drift == Drift::WorkaroundUnneeded { "'placebo/resolved/*'".to_owned() } else { format!("'{phase}/*/*'") };
        text.push_str(&format!("    or_known {} {places}\n", quoted(seen)));
    }
    text + "  fi\n"
}

/// One place that decides a claim.
fn decided(plan: &CellPlan, claim: &ClaimPlan, (phase, part, step, check): (&Phase, &Part, &StepPlan, &CheckPlan)) -> String {
    let folder = phase_folder(phase);
    let here = Here { plan, phase: &folder };
    let mut text = "  at\n".to_owned();
    match here.tests(part, step, check) {
        Ok(tests) => tests.iter().for_each(|(words, test)| text.push_str(&format!("  expects {} {test}\n", quoted(words)))),
        Err(why) => return format!("  cannot_tell {}\n", quoted(&why)),
    }
    match claim.known.as_ref().map(|known| &known.seen) {
        Some(Now::Line(seen)) => {
            let place = here.place(part, &step.name);
            let own = path(part, &step.name);
            let own = own.split_once('/').map_or(own.as_str(), |(part, _)| part);
            let places = if check.reworded.is_some() { format!("'{folder}/{own}/*'") } else { place };
            text.push_str(&format!("  or_known {} {places}\n", quoted(seen)));
        }
        Some(Now::Number { above, below }) => {
            let bounds = (Some(&Operand::Literal(*above)), Some(&Operand::Literal(*below)));
            if let Ok(number) = here.number(part, step, check, (bounds.0, bounds.1)) {
                text.push_str(&format!("  or_known_number {} {number}\n", here.place(part, &step.name)));
            }
        }
        None => {}
    }
    // Where the failure did not occur, no workaround was tried.
    match phase {
        Phase::Workaround(_) => format!("  if failed reproduce; then\n{}  fi\n", deeper(&text)),
        Phase::Prepare | Phase::Reproduce | Phase::Placebo | Phase::Control => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_taken_over_only_where_it_means_the_same() {
        assert_eq!(ere("^([0-9]+)$").as_deref(), Some("^([0-9]+)$"));
        assert_eq!(ere(r"size: (\d+\.\d*) kB").as_deref(), Some(r"size: ([0-9]+\.[0-9]*) kB"));
        for other in [r"(?:a)(b)", r"(a*?)", r"\b(a)", r"([\d.]+)", r"\p{L}(a)", "(\t)"] {
            assert_eq!(ere(other), None, "{other}");
        }
    }
}
