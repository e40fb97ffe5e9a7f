//! `matrix page --reject`: notes the corrections of a topic as refused.

use std::fs;
use std::io;
use std::path::PathBuf;

use super::failure::{Failure, fault, usage};
use super::places::Places;
use crate::load::{LONGEST_FILE, REJECTED, with_rejections};
use crate::model::rejection::Rejection;
use crate::page::audit::Survey;
use crate::page::mail::Patches;
use crate::text::advice::Advice;
use crate::text::files;
use crate::text::suggest::among;

/// The refusals of the corrections of a topic.
pub(super) fn refusals(survey: &Survey<'_>, topic: &str, reason: &str) -> Result<Vec<Rejection>, Failure> {
    if survey.record.is_none() {
        let help = "use `matrix run` first, or give the `--record` for which the patch was made";
        return Err(usage(Advice::new("without the results of a run nothing is proposed, so nothing can be refused", help)));
    }
    let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    if reason.is_empty() || reason.contains(char::is_control) {
        return Err(usage(Advice::new("`--reason` does not say anything", "say why, for the next maintainer")));
    }
    let topics = Patches::of(survey).map_or(Vec::new(), |patches| patches.topics);
    // The number of a file changes with every topic before it.
    let name = topic.trim_end_matches(".patch").trim_start_matches(|sign: char| sign.is_ascii_digit());
    let name = name.strip_prefix('-').unwrap_or(topic);
    let Some(found) = topics.iter().find(|known| known.name == name) else {
        let help = among(name, topics.iter().map(|known| known.name.clone()));
        return Err(usage(Advice::new(format!("no topic is named `{topic}`"), help)));
    };
    let open = survey.corrections.iter().filter(|correction| correction.is_open() && found.claims.contains(&correction.claim.id));
    let refusal = |correction: &crate::page::correct::Correction<'_>| Rejection {
        claim: correction.claim.id.clone(),
        proposal: correction.identity.clone(),
        reason: reason.clone(),
    };
    Ok(open.map(refusal).collect())
}

/// Adds refusals to the file of the page. Returns its path.
pub(super) fn note(places: &Places, refusals: &[Rejection]) -> Result<PathBuf, Failure> {
    let path = places.page.scenarios.join(REJECTED);
    let text = match files::read_text(&path, LONGEST_FILE) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => String::new(),
        text => text.map_err(fault)?,
    };
    let Some(longer) = with_rejections(&text, refusals) else {
        let help = "write its list as `rejected:` and entries on lines of their own, the last thing in the file";
        return Err(usage(Advice::new(format!("no entry can be added at the end of `{}`", path.display()), help)));
    };
    if fs::symlink_metadata(&path).is_ok_and(|about| about.is_symlink()) {
        return Err(usage(Advice::new(format!("`{}` is a link", path.display()), "put the file itself there")));
    }
    files::write(&path, longer.as_bytes(), files::Readers::All).map_err(fault)?;
    Ok(path)
}
