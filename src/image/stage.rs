//! Dockerfiles as stages of one dockerfile, each based on the one below it. Lines are copied except for the head of each
//! dockerfile, the values of its `ARG`s, and the paths of files.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::archive::SIZE_LIMIT;
use super::catalog::{Catalog, tar_of};
use super::context::{File, unreadable};
use super::dockerfile::args;
use super::error::ImageError;
use crate::model::plan::LayerPlan;
use crate::text::files;
use crate::text::pattern::known;
use crate::text::sanitize::one_line;

/// Names that a stage must not have.
const RESERVED: [&str; 4] = ["base", "defect", "control", "scratch"];

static WORD: LazyLock<Regex> = LazyLock::new(|| known(r"\S+"));
/// The start of a here-document, and the word that ends it.
static HERE: LazyLock<Regex> = LazyLock::new(|| known(r#"(?:^|\s)\d*<<-?["']?(\w+)"#));
/// The start of a flag of `RUN` that lends a file to the command, with the file's path.
static BOUND: LazyLock<Regex> = LazyLock::new(|| known(r"(--mount=type=bind,source=)([^,\s]+)"));
/// One word of an instruction in the form of a JSON list.
static QUOTED: LazyLock<Regex> = LazyLock::new(|| known(r#""(?:[^"\\]|\\.)*""#));

/// A dockerfile made of stages. A layer that several stacks share is one stage.
#[derive(Default)]
pub struct Stages<'a> {
    text: String,
    names: BTreeMap<(String, &'a LayerPlan), String>,
}

impl<'a> Stages<'a> {
    /// Adds the stages of a stack on the stage or image `parent`, and returns the name of the top one.
    ///
    /// # Errors
    /// If the catalog does not have a dockerfile of the stack.
    pub fn add(&mut self, catalog: &Catalog, parent: &str, layers: &'a [LayerPlan]) -> Result<String, ImageError> {
        let mut parent = parent.to_owned();
        for layer in layers {
            let (stage, is_new) = self.stage(&parent, layer);
            if is_new {
                let file = &catalog.files(&layer.dockerfile)?["Dockerfile"];
                let lines = String::from_utf8_lossy(&file.content);
                let lines = lines.strip_prefix('\u{feff}').unwrap_or(&lines);
                let head = format!("\n# ---- dockerfiles/{}\nFROM {parent} AS {stage}\n", layer.dockerfile);
                self.text.push_str(&format!("{head}{}", body(lines, layer)));
            }
            parent = stage;
        }
        Ok(parent)
    }

    /// The text of all stages.
    pub fn into_text(self) -> String {
        self.text
    }

    /// The stage of a layer on a parent, and whether it is new.
    fn stage(&mut self, parent: &str, layer: &'a LayerPlan) -> (String, bool) {
        let key = (parent.to_owned(), layer);
        if let Some(stage) = self.names.get(&key) {
            return (stage.clone(), false);
        }
        let plain = &layer.dockerfile;
        let names = std::iter::once(plain.clone()).chain((2..).map(|count| format!("{plain}-{count}")));
        let free = |name: &String| !RESERVED.contains(&name.as_str()) && self.names.values().all(|stage| stage != name);
        let stage = names.into_iter().find(free).expect("there are more numbers than stages");
        self.names.insert(key, stage.clone());
        (stage, true)
    }
}

/// The files that the stages of these layers read: those of each dockerfile below `files/`, and the archives in `sources/`.
/// `archives` contains the path of each archive by name.
///
/// # Errors
/// If the catalog does not have a dockerfile, or an archive cannot be read.
pub fn stage_files<'a>(
    catalog: &Catalog,
    layers: impl IntoIterator<Item = &'a LayerPlan>,
    archives: &BTreeMap<String, PathBuf>,
) -> Result<BTreeMap<String, File>, ImageError> {
    let mut found = BTreeMap::new();
    for layer in layers {
        for (name, file) in catalog.files(&layer.dockerfile)? {
            found.insert(format!("files/{}/{name}", layer.dockerfile), file.clone());
        }
        for name in layer.sources.keys() {
            let path = &archives[name];
            let content = files::read(path, SIZE_LIMIT).map_err(|cause| unreadable(path, &cause))?;
            found.insert(format!("sources/{name}"), File { executable: false, content });
        }
    }
    Ok(found)
}

/// The build context of a stack: a tar archive that depends only on its contents. Its `Dockerfile` has one stage for each
/// layer; the lowest is based on `ARG BASE`. `archives` contains the path of each archive by name.
///
/// # Errors
/// As [`stage_files`].
pub fn context(catalog: &Catalog, layers: &[LayerPlan], archives: &BTreeMap<String, PathBuf>) -> Result<Vec<u8>, ImageError> {
    let mut stages = Stages::default();
    stages.add(catalog, "base", layers)?;
    let text = format!("ARG BASE\nFROM ${{BASE}} AS base\n{}", stages.into_text());
    let mut files = stage_files(catalog, layers, archives)?;
    files.insert("Dockerfile".to_owned(), File { executable: false, content: text.into_bytes() });
    tar_of(files.iter().map(|(name, file)| (name.clone(), file)))
}

/// A dockerfile without its head, for use in a stage.
fn body(text: &str, layer: &LayerPlan) -> String {
    let mut body = String::new();
    for lines in instructions(text) {
        let first = lines.iter().find(|line| is_code(line)).map_or("", |line| line.trim_start());
        let (keyword, rest) = first.split_once(char::is_whitespace).unwrap_or((first, ""));
        let rewritten = match keyword.to_ascii_uppercase().as_str() {
            "FROM" => head(&lines),
            "ARG" if rest.trim() == "BASE" => head(&lines),
            "ARG" => arguments(&lines, layer),
            // The text of a here-document is not a path.
            "ADD" | "COPY" if !HERE.is_match(rest) => copy(&lines, &layer.dockerfile),
            "RUN" => BOUND
                .replace_all(&joined(&lines), |found: &Captures<'_>| {
                    format!("{}{}", &found[1], place(&found[2], &layer.dockerfile))
                })
                .into_owned(),
            _ => joined(&lines),
        };
        body.push_str(&rewritten);
    }
    body
}

/// The comments of a dockerfile's head, without those on building it by hand.
fn head(lines: &[&str]) -> String {
    joined(
        &lines
            .iter()
            .copied()
            .filter(|line| !is_code(line))
            .take_while(|line| !line.starts_with("# By hand"))
            .collect::<Vec<_>>(),
    )
}

/// The lines of each instruction, with the comments and empty lines before it and the here-documents after it.
fn instructions(text: &str) -> Vec<Vec<&str>> {
    let (mut found, mut lines) = (Vec::new(), Vec::new());
    // The words that end the here-documents.
    let mut ends: VecDeque<String> = VecDeque::new();
    for line in text.lines() {
        lines.push(line);
        match ends.front() {
            Some(end) if line.trim_start_matches('\t') == end => drop(ends.pop_front()),
            Some(_) => {}
            None if is_code(line) => ends.extend(HERE.captures_iter(line).map(|word| word[1].to_owned())),
            None => {}
        }
        if ends.is_empty() && is_code(line) && !line.trim_end().ends_with('\\') {
            found.push(std::mem::take(&mut lines));
        }
    }
    found.extend((!lines.is_empty()).then_some(lines));
    found
}

/// Neither a comment nor empty; a comment may also stand between continued lines.
fn is_code(line: &str) -> bool {
    let line = line.trim_start();
    !line.is_empty() && !line.starts_with('#')
}

fn joined(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// The lines with each word after the keyword replaced by index; a backslash at the end of a line is not a word.
fn each_word(lines: &[&str], replace: impl Fn(usize, &str) -> String) -> String {
    let mut index = 0;
    let word = |found: &Captures<'_>| {
        let word = &found[0];
        if word == "\\" {
            return word.to_owned();
        }
        index += 1;
        if index == 1 { word.to_owned() } else { replace(index - 2, word) }
    };
    let mut word = word;
    let line =
        |line: &&str| if is_code(line) { WORD.replace_all(line, &mut word).into_owned() + "\n" } else { format!("{line}\n") };
    lines.iter().map(line).collect()
}

/// An `ARG` with the values it has in this cell, on one line below its comments.
fn arguments(lines: &[&str], layer: &LayerPlan) -> String {
    let (code, comments): (Vec<&str>, Vec<&str>) = lines.iter().partition(|line| is_code(line));
    let parts = code.iter().map(|line| line.trim_end().strip_suffix('\\').unwrap_or(line));
    let text: String = parts.collect();
    let rest = text.trim_start().split_once(char::is_whitespace).map_or("", |(_, rest)| rest);
    let args = args(rest).unwrap_or_default();
    let words: String = args.iter().map(|(name, _)| format!(" {}", argument(name, layer))).collect();
    format!("{}ARG{words}\n", joined(&comments))
}

fn argument(name: &str, layer: &LayerPlan) -> String {
    let shown = |value: &String| if value.contains(char::is_control) { one_line(value) } else { value.clone() };
    match layer.args.get(name).map(shown) {
        Some(value) if value.chars().all(|c| c.is_ascii_alphanumeric() || "._-+/:".contains(c)) => format!("{name}={value}"),
        Some(value) => format!("{name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$")),
        None => name.to_owned(),
    }
}

/// `ADD` or `COPY` with the paths of its sources in the export. The catalogue allows only files of the dockerfile's folder.
fn copy(lines: &[&str], dockerfile: &str) -> String {
    let text: String = lines.iter().filter(|line| is_code(line)).copied().collect::<Vec<_>>().join("\n");
    if text.contains('[') {
        let count = QUOTED.find_iter(&text).count();
        let mut index = 0;
        let replace = |found: &Captures<'_>| {
            index += 1;
            let word = found[0].trim_matches('"');
            if index == count { found[0].to_owned() } else { format!("\"{}\"", place(word, dockerfile)) }
        };
        let mut replace = replace;
        let line = |line: &&str| {
            if is_code(line) { QUOTED.replace_all(line, &mut replace).into_owned() + "\n" } else { format!("{line}\n") }
        };
        return lines.iter().map(line).collect();
    }
    let count = WORD.find_iter(&text).filter(|word| word.as_str() != "\\").count();
    each_word(lines, |index, word| match word.starts_with("--") || index + 2 == count {
        true => word.to_owned(),
        false => place(word, dockerfile),
    })
}

/// The path in the export of a file that a dockerfile reads.
fn place(path: &str, dockerfile: &str) -> String {
    let plain = path.trim_start_matches("./").trim_start_matches('/');
    if plain.starts_with("sources/") { plain.to_owned() } else { format!("files/{dockerfile}/{plain}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer() -> LayerPlan {
        let args = [("PYTHON", "3.11"), ("WORDS", r#"a "b" $C"#)].map(|(name, value)| (name.to_owned(), value.to_owned()));
        LayerPlan { dockerfile: "one".into(), args: args.into(), sources: BTreeMap::new(), files: String::new() }
    }

    #[test]
    fn a_dockerfile_keeps_its_lines_except_for_head_values_and_paths() {
        let text = "# What it is.\n# By hand: docker build\nARG BASE\nFROM ${BASE}\n# Which.\nARG PYTHON=2 WORDS=\"x y\" OTHER\nARG \\\n # which\n PYTHON='a b'\nCOPY root/ /\nCOPY --chown=1:1 a ./b \\\n     # both\n     sources/c.tar.gz /to/\nCOPY [\"d e\", \"/f\"]\nADD sources/y.tgz /\nRUN --mount=type=bind,source=sources/z.tgz,target=/z \\\n --mount=type=bind,source=own,target=/own true\nRUN echo COPY a b \\\n && true\n";
        insta::assert_snapshot!(body(text, &layer()), @r#"
        # What it is.
        # Which.
        ARG PYTHON=3.11 WORDS="a \"b\" \$C" OTHER
         # which
        ARG PYTHON=3.11
        COPY files/one/root/ /
        COPY --chown=1:1 files/one/a files/one/b \
             # both
             sources/c.tar.gz /to/
        COPY ["files/one/d e", "/f"]
        ADD sources/y.tgz /
        RUN --mount=type=bind,source=sources/z.tgz,target=/z \
         --mount=type=bind,source=files/one/own,target=/own true
        RUN echo COPY a b \
         && true
        "#);
    }

    #[test]
    fn a_here_document_is_copied_unchanged() {
        let text = "ARG BASE\nFROM ${BASE}\nRUN cat <<A > /a && cat <<-'B' > /b\nCOPY x /\nA\nARG PYTHON\n\tB\nCOPY <<C /c\nx y\nC\nCOPY x /\n";
        insta::assert_snapshot!(body(text, &layer()), @r"
        RUN cat <<A > /a && cat <<-'B' > /b
        COPY x /
        A
        ARG PYTHON
        	B
        COPY <<C /c
        x y
        C
        COPY files/one/x /
        ");
    }

    #[test]
    fn a_layer_of_two_stacks_is_one_stage_and_no_two_stages_have_one_name() {
        let (one, mut other) = (layer(), layer());
        other.args.clear();
        let mut stages = Stages::default();
        assert_eq!(stages.stage("base", &one), ("one".to_owned(), true));
        assert_eq!(stages.stage("base", &one), ("one".to_owned(), false));
        assert_eq!(stages.stage("base", &other), ("one-2".to_owned(), true));
        let named = LayerPlan { dockerfile: "defect".into(), ..layer() };
        assert_eq!(stages.stage("base", &named), ("defect-2".to_owned(), true));
    }
}
