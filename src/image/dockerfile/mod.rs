//! Parses the instructions of a dockerfile that determine the contents of its image: `ARG`, `FROM`, and copies from `sources/`.
//! Instructions that would affect the experiments in the image are rejected; the engine checks all others.

mod instruction;
mod word;

use std::collections::BTreeMap;
use std::path::Path;

use super::error::ImageError;
use crate::text::advice::Advice;
use instruction::{HELP, bound, directive, doubtful, instructions, operands, reach, unknown};
pub(crate) use word::args;

/// The required start of every dockerfile, so that it can be stacked on any image.
const HEAD: [&str; 2] = ["ARG BASE", "FROM ${BASE}"];

/// The declarations of a dockerfile.
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
    /// Parses the text of `path`. The error contains all mistakes.
    pub(super) fn read(path: &Path, text: &str) -> Result<Dockerfile, Vec<ImageError>> {
        // The byte order mark of some editors is not part of the text.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut dockerfile = Dockerfile { file: path.display().to_string(), args: Vec::new(), copies: Vec::new() };
        let instructions = instructions(text);
        let mut head = instructions.iter().map(Some).chain(std::iter::repeat(None));
        for expected in HEAD {
            match head.next().flatten() {
                Some((_, instruction)) if instruction.split_whitespace().eq(expected.split(' ')) => {}
                found => {
                    let line = found.map_or(text.lines().count(), |(line, _)| *line);
                    return Err(vec![dockerfile.error(line, format!("`{expected}` is required here"), HELP)]);
                }
            }
        }
        let doubtful = doubtful(text);
        let reaching = instructions.iter().skip(HEAD.len()).chain(&doubtful).filter_map(|(line, instruction)| {
            let (problem, help) = reach(instruction)?;
            Some(dockerfile.error(*line, format!("`{instruction}` {problem}"), help))
        });
        let mut errors: Vec<ImageError> =
            directive(text).map(|line| dockerfile.directed(line)).into_iter().chain(reaching).collect();
        // Lines of a here-document are not instructions.
        if !text.contains("<<") {
            let unknown = instructions.iter().skip(HEAD.len()).filter_map(|(line, text)| Some((*line, unknown(text)?)));
            errors.extend(unknown.map(|(line, (problem, help))| dockerfile.error(line, problem, &help)));
        }
        for (line, instruction) in instructions.iter().skip(HEAD.len()) {
            let (keyword, rest) = instruction.split_once(char::is_whitespace).unwrap_or((instruction, ""));
            match keyword.to_ascii_uppercase().as_str() {
                "ARG" => match args(rest) {
                    Ok(args) => {
                        dockerfile.args.extend(args.into_iter().map(|(name, default)| Arg { line: *line, name, default }))
                    }
                    Err((problem, help)) => errors.push(dockerfile.error(*line, problem, help)),
                },
                "ADD" | "COPY" => dockerfile.copies.extend(copied(rest).map(|name| (*line, name))),
                "RUN" => dockerfile.copies.extend(lent(rest).map(|name| (*line, name))),
                _ => {}
            }
        }
        if errors.is_empty() { Ok(dockerfile) } else { Err(errors) }
    }

    /// The value of every `ARG` except `BASE`. The error contains all `ARG`s without a value.
    pub(super) fn fill(&self, values: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Vec<ImageError>> {
        let (mut filled, mut errors) = (BTreeMap::new(), Vec::new());
        for Arg { line, name, default } in &self.args {
            let key = name.to_ascii_lowercase();
            let Some(value) = values.get(&key).or(default.as_ref()) else {
                let help = format!("add an axis or a value named `{key}`, or give the ARG a default");
                errors.push(self.error(*line, format!("`ARG {name}` has no value"), &help));
                continue;
            };
            filled.insert(name.clone(), value.clone());
        }
        if errors.is_empty() { Ok(filled) } else { Err(errors) }
    }

    /// The values on which its image depends.
    pub(super) fn taken<'a>(&'a self, values: &'a BTreeMap<String, String>) -> impl Iterator<Item = &'a str> {
        let value = |arg: &'a Arg| values.get(&arg.name.to_ascii_lowercase()).or(arg.default.as_ref());
        self.args.iter().map(move |arg| value(arg).map_or("", String::as_str))
    }

    /// The archives that it copies from `sources/`, each with the digest from `pinned`. The error contains all archives without
    /// a digest; `help` returns the help for one.
    pub(super) fn sources(
        &self,
        args: &BTreeMap<String, String>,
        pinned: impl Fn(&str) -> Option<String>,
        help: impl Fn(&str) -> String,
    ) -> Result<BTreeMap<String, String>, Vec<ImageError>> {
        let (mut sources, mut errors) = (BTreeMap::new(), Vec::new());
        for (line, name) in &self.copies {
            let file = args.iter().fold(name.clone(), |text, (arg, value)| text.replace(&format!("${{{arg}}}"), value));
            match pinned(&file) {
                Some(digest) => drop(sources.insert(file, digest)),
                None => {
                    let at = format!("{}:{line}", self.file);
                    errors.push(ImageError::Unpinned(Advice::new(format!("{at}: `{file}` is not pinned"), help(&file))));
                }
            }
        }
        if errors.is_empty() { Ok(sources) } else { Err(errors) }
    }

    fn directed(&self, line: usize) -> ImageError {
        self.error(line, "a directive changes how the engine reads this file".to_owned(), "remove it: no file here needs one")
    }

    fn error(&self, line: usize, problem: String, help: &str) -> ImageError {
        Advice::new(format!("{}:{line}: {problem}", self.file), help).into()
    }
}

/// The names under `sources/` that the flags of a `RUN` lend to it.
fn lent(operands: &str) -> impl Iterator<Item = String> {
    let flags = operands.split_whitespace().take_while(|word| word.starts_with("--"));
    flags.filter_map(|flag| bound(flag)?.strip_prefix("sources/").map(str::to_owned))
}

/// The names under `sources/` that an `ADD` or `COPY`, in shell or JSON form, reads.
fn copied(operands: &str) -> impl Iterator<Item = String> {
    self::operands(operands).into_iter().filter_map(|word| word.strip_prefix("sources/").map(str::to_owned))
}
