//! The few lines of a dockerfile that decide what goes into its image: `ARG`, `FROM`, and the copies from
//! `sources/`. Everything else is the engine's business.

use std::collections::BTreeMap;
use std::path::Path;

use super::ImageError;

/// How every dockerfile begins, so that it can be stacked on any image.
const HEAD: [&str; 2] = ["ARG BASE", "FROM ${BASE}"];
const HELP: &str = "a dockerfile begins with `ARG BASE` and `FROM ${BASE}` and has no other `FROM`";

/// What a dockerfile declares.
#[derive(Debug, Clone)]
pub(super) struct Dockerfile {
    file: String,
    args: Vec<Arg>,
    copies: Vec<(usize, String)>,
}

#[derive(Debug, Clone)]
struct Arg {
    line: usize,
    name: String,
    default: Option<String>,
}

impl Dockerfile {
    /// Reads the text of `path`; all that is wrong is told at once.
    pub(super) fn read(path: &Path, text: &str) -> Result<Dockerfile, Vec<ImageError>> {
        let mut dockerfile = Dockerfile { file: path.display().to_string(), args: Vec::new(), copies: Vec::new() };
        let instructions = instructions(text);
        let mut head = instructions.iter().map(Some).chain(std::iter::repeat(None));
        for expected in HEAD {
            match head.next().flatten() {
                Some((_, instruction)) if instruction.split_whitespace().eq(expected.split(' ')) => {}
                found => {
                    let line = found.map_or(text.lines().count(), |(line, _)| *line);
                    return Err(vec![dockerfile.error(line, format!("`{expected}` is expected here"), HELP)]);
                }
            }
        }
        let doubtful = doubtful(text);
        let reaching = instructions.iter().skip(HEAD.len()).chain(&doubtful).filter_map(|(line, instruction)| {
            let (problem, help) = reach(instruction)?;
            Some(dockerfile.error(*line, format!("`{instruction}` {problem}"), help))
        });
        let errors: Vec<ImageError> = directive(text).map(|line| dockerfile.directed(line)).into_iter().chain(reaching).collect();
        for (line, instruction) in instructions.iter().skip(HEAD.len()) {
            let (keyword, rest) = instruction.split_once(char::is_whitespace).unwrap_or((instruction, ""));
            match keyword.to_ascii_uppercase().as_str() {
                "ARG" => dockerfile.args.extend(rest.split_whitespace().map(|word| Arg::read(*line, word))),
                "ADD" | "COPY" => dockerfile.copies.extend(copied(rest).map(|name| (*line, name))),
                _ => {}
            }
        }
        if errors.is_empty() { Ok(dockerfile) } else { Err(errors) }
    }

    /// The value of every `ARG` but `BASE`.
    pub(super) fn fill(&self, values: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, ImageError> {
        let mut filled = BTreeMap::new();
        for Arg { line, name, default } in &self.args {
            let key = name.to_ascii_lowercase();
            let Some(value) = values.get(&key).or(default.as_ref()) else {
                let help = format!("add an axis or a value named `{key}`, or give the ARG a default");
                return Err(self.error(*line, format!("`ARG {name}` has no value"), &help));
            };
            filled.insert(name.clone(), value.clone());
        }
        Ok(filled)
    }

    /// The values by which it differs from itself in another image.
    pub(super) fn taken<'a>(&'a self, values: &'a BTreeMap<String, String>) -> impl Iterator<Item = &'a str> {
        let value = |arg: &'a Arg| values.get(&arg.name.to_ascii_lowercase()).or(arg.default.as_ref());
        self.args.iter().map(move |arg| value(arg).map_or("", String::as_str))
    }

    /// The archives it copies from `sources/`, with the digest `pinned` knows for each.
    pub(super) fn sources(
        &self,
        args: &BTreeMap<String, String>,
        pinned: impl Fn(&str) -> Option<String>,
    ) -> Result<BTreeMap<String, String>, ImageError> {
        let copies = self.copies.iter().map(|(line, name)| {
            let file = args.iter().fold(name.clone(), |text, (arg, value)| text.replace(&format!("${{{arg}}}"), value));
            let unpinned = || self.error(*line, format!("`{file}` is not pinned"), "add its sha256 to dockerfiles/SHA256SUMS");
            let digest = pinned(&file).ok_or_else(unpinned)?;
            Ok((file, digest))
        });
        copies.collect()
    }

    fn directed(&self, line: usize) -> ImageError {
        self.error(line, "a directive changes how the engine reads this file".to_owned(), "take it out: no file here needs one")
    }

    fn error(&self, line: usize, problem: String, help: &str) -> ImageError {
        ImageError::Dockerfile { at: format!("{}:{line}", self.file), problem, help: help.to_owned() }
    }
}

impl Arg {
    fn read(line: usize, word: &str) -> Arg {
        let (name, default) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
        let default = default.map(|value| value.trim_matches(['"', '\'']).to_owned());
        Arg { line, name: name.to_owned(), default }
    }
}

/// The instructions with the number of the line each begins on: comments left out, continued lines joined.
fn instructions(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with('#')) {
        let (content, continues) = continued(line);
        let (_, instruction) = open.get_or_insert((number + 1, String::new()));
        instruction.push_str(content);
        instruction.push(' ');
        if !continues {
            found.extend(open.take());
        }
    }
    found.extend(open);
    found.into_iter().map(|(line, text)| (line, text.trim().to_owned())).filter(|(_, text)| !text.is_empty()).collect()
}

/// A line without the sign that the next one continues it. Like the engine, which lets only these two follow the sign.
fn continued(line: &str) -> (&str, bool) {
    line.trim_end_matches([' ', '\t']).strip_suffix('\\').map_or((line, false), |content| (content, true))
}

/// Lines that follow a comment within an instruction: some engines take them for the next instruction.
fn doubtful(text: &str) -> Vec<(usize, String)> {
    let (mut open, mut after, mut found) = (false, false, Vec::new());
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with('#') {
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

/// The line of a directive to the engine's parser, which stands among the comments at the top.
fn directive(text: &str) -> Option<usize> {
    let comments = text.lines().map_while(|line| line.trim_start().strip_prefix('#'));
    let name = |comment: &str| comment.split_once('=').map(|(name, _)| name.trim().to_ascii_lowercase());
    comments
        .map(name)
        .position(|name| name.is_some_and(|name| ["syntax", "escape", "check"].contains(&name.as_str())))
        .map(|at| at + 1)
}

/// How an instruction reaches beyond the image below and its own folder, if it does, and the next move.
fn reach(instruction: &str) -> Option<(&'static str, &'static str)> {
    let (keyword, rest) = instruction.split_once(char::is_whitespace).unwrap_or((instruction, ""));
    let flags = || rest.split_whitespace().take_while(|word| word.starts_with("--"));
    match keyword.to_ascii_uppercase().as_str() {
        // Another image would be pulled behind the back of whoever chose the base.
        "FROM" => Some(("is a second `FROM`", HELP)),
        "ONBUILD" => Some(("is carried out in another image", "write the line where it is needed")),
        "RUN" if flags().next().is_some() => Some(("asks the engine for more than a command", "write the command alone")),
        "ADD" | "COPY" if flags().any(|flag| !flag.starts_with("--chown=") && !flag.starts_with("--chmod=")) => {
            Some(("copies from elsewhere", "stack the dockerfile whose files are needed, or copy from its own folder"))
        }
        // What it names may be an address, also one that a value makes.
        "ADD" if operands(rest).iter().any(|name| !name.starts_with("sources/")) => {
            Some(("may fetch what nobody has pinned", "`COPY` a file of its own; pin what is fetched and add it from `sources/`"))
        }
        _ => None,
    }
}

/// The names under `sources/` that an `ADD` or `COPY`, in either of its forms, reads.
fn copied(operands: &str) -> impl Iterator<Item = String> {
    self::operands(operands).into_iter().filter_map(|word| word.strip_prefix("sources/").map(str::to_owned))
}

/// What an `ADD` or `COPY` reads.
fn operands(operands: &str) -> Vec<String> {
    let plain = operands.replace(['[', ']', '"', ','], " ");
    let words = plain.split_whitespace().filter(|word| !word.starts_with("--"));
    let mut words: Vec<String> = words.map(|word| word.trim_start_matches("./").to_owned()).collect();
    words.pop();
    words
}
