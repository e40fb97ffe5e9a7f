//! Splits a dockerfile into instructions in the same way as the engine, and rejects some of them.

use crate::text::suggest::suggest;

/// Help if a folder must exist in the image.
const MAKE: &str = "make the folder with `RUN mkdir`";
/// Help if something other than the required head starts an image.
pub(super) const HELP: &str = "a dockerfile begins with `ARG BASE` and `FROM ${BASE}` and has no other `FROM`";

/// The instructions that the engine supports.
const KNOWN: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// The instructions, each with the number of its first line. Comments and empty lines are removed, and continued lines are
/// joined without a separator.
pub(super) fn instructions(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with('#')) {
        if line.trim().is_empty() {
            continue;
        }
        let (content, continues) = continued(line);
        let (_, instruction) = open.get_or_insert((number + 1, String::new()));
        instruction.push_str(content);
        if !continues {
            found.extend(open.take());
        }
    }
    found.extend(open);
    found.into_iter().map(|(line, text)| (line, text.trim().to_owned())).filter(|(_, text)| !text.is_empty()).collect()
}

/// A line without its continuation character, and whether it had one. Like the engine, this accepts only blanks and tabs after
/// the character, and treats two of them as a literal one.
fn continued(line: &str) -> (&str, bool) {
    let content = line.trim_end_matches([' ', '\t']).strip_suffix('\\').filter(|content| !content.ends_with('\\'));
    content.map_or((line, false), |content| (content, true))
}

/// Lines after a comment or an empty line within an instruction; some engines treat them as a new instruction.
pub(super) fn doubtful(text: &str) -> Vec<(usize, String)> {
    let (mut open, mut after, mut found) = (false, false, Vec::new());
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            after = open;
            continue;
        }
        if after {
            found.push((number + 1, line.trim().to_owned()));
        }
        (open, after) = (continued(line).1, false);
    }
    found
}

/// The number of the line with a parser directive, which may only be among the comments at the top.
pub(super) fn directive(text: &str) -> Option<usize> {
    let comments = text.lines().map_while(|line| line.trim_start().strip_prefix('#'));
    let name = |comment: &str| comment.split_once('=').map(|(name, _)| name.trim().to_ascii_lowercase());
    comments
        .map(name)
        .position(|name| name.is_some_and(|name| ["syntax", "escape", "check"].contains(&name.as_str())))
        .map(|at| at + 1)
}

/// How an instruction depends on more than its parent image and its own folder, or affects more than the files of its image, with
/// help. `None` if it does neither.
pub(super) fn reach(instruction: &str) -> Option<(&'static str, &'static str)> {
    let (keyword, rest) = instruction.split_once(char::is_whitespace).unwrap_or((instruction, ""));
    let flags = || rest.split_whitespace().take_while(|word| word.starts_with("--"));
    match keyword.to_ascii_uppercase().as_str() {
        // It would pull an image other than the base.
        "FROM" => Some(("is a second `FROM`", HELP)),
        "VOLUME" => Some(("keeps files out of the snapshot, so a workaround would start from another state", MAKE)),
        "HEALTHCHECK" => Some(("makes the engine run another command next to the steps", "put it into a step")),
        "USER" => Some(("makes every step run as another user", "use `su` in the `RUN`, or in the step that needs it")),
        "WORKDIR" => {
            Some(("changes the directory of every step", "give the scenario or the step a `directory`, and use `cd` in a `RUN`"))
        }
        "SHELL" => {
            Some(("changes how the dockerfiles above it are executed", "write the shell into the `RUN`: `RUN bash -c '...'`"))
        }
        "ENTRYPOINT" | "CMD" => Some(("is never executed: a container only executes the steps", "put it into a step")),
        "STOPSIGNAL" => Some(("has no effect: a container is removed, not stopped", "send the signal in a step")),
        "LABEL" => {
            Some(("is inherited by containers, which a run identifies by their labels", "write a comment, or a file with `RUN`"))
        }
        "ONBUILD" => Some(("is executed in another image", "write the line where it is needed")),
        "RUN" if flags().any(|flag| bound(flag).is_none()) => Some((
            "has flags for the engine",
            "write only the command, or lend it a file of this folder: `--mount=type=bind,source=FILE,target=/PATH`",
        )),
        "ADD" | "COPY" if flags().any(|flag| !flag.starts_with("--chown=") && !flag.starts_with("--chmod=")) => Some((
            "copies from another image or place",
            "stack the dockerfile whose files are needed, or copy from its own folder",
        )),
        // The operand may be a URL, which may also come from a variable.
        "ADD" if operands(rest).iter().any(|name| !name.starts_with("sources/")) => Some((
            "may fetch something that is not pinned",
            "`COPY` a file of its own folder; pin a download and add it from `sources/`",
        )),
        _ => None,
    }
}

/// The file or folder that a flag of `RUN` lends to the command, if it does only that and is within the dockerfile's folder.
pub(super) fn bound(flag: &str) -> Option<&str> {
    let (source, target) = flag.strip_prefix("--mount=type=bind,source=")?.split_once(",target=/")?;
    let inside = !source.starts_with('/') && !source.split('/').any(|part| part == "..");
    (inside && !source.is_empty() && !source.contains(',') && !target.contains(',')).then_some(source)
}

/// The problem and the help for an unknown instruction or one without operands.
pub(super) fn unknown(instruction: &str) -> Option<(String, String)> {
    let (keyword, rest) = instruction.split_once(char::is_whitespace).unwrap_or((instruction, ""));
    let upper = keyword.to_ascii_uppercase();
    match KNOWN.contains(&upper.as_str()) {
        true if rest.trim().is_empty() => {
            Some((format!("`{keyword}` has no operands"), "complete the line, or remove it".to_owned()))
        }
        true => None,
        false => {
            let help = suggest(&upper, KNOWN).into();
            Some((format!("`{keyword}` is not an instruction"), help))
        }
    }
}

/// The sources of an `ADD` or `COPY`.
pub(super) fn operands(operands: &str) -> Vec<String> {
    let plain = operands.replace(['[', ']', '"', ','], " ");
    let words = plain.split_whitespace().filter(|word| !word.starts_with("--"));
    let mut words: Vec<String> = words.map(|word| word.trim_start_matches("./").to_owned()).collect();
    words.pop();
    words
}
