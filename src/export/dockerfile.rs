//! The two image stacks of a cell as one dockerfile with several stages; layers that both share are one stage. Lines are
//! copied except for the head of each dockerfile, the values of its `ARG`s, and the paths of files.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::cell::Export;
use crate::image::{Base, ImageError, args};
use crate::model::plan::LayerPlan;
use crate::text::pattern::known;
use crate::text::sanitize::one_line;

/// Reserved names of stages.
const TAKEN: [&str; 4] = ["base", "defect", "control", "scratch"];

static WORD: LazyLock<Regex> = LazyLock::new(|| known(r"\S+"));
/// One word of an instruction in the form of a JSON list.
static QUOTED: LazyLock<Regex> = LazyLock::new(|| known(r#""(?:[^"\\]|\\.)*""#));

/// The dockerfile: stages `defect` and `control`, and the stages below them.
pub(super) fn dockerfile(export: &Export<'_>, base: &Base) -> Result<String, ImageError> {
    let cell = &export.plan.cell;
    let mut text = format!(
        "# The environments of {} {}: `defect`, in which\n# the failure occurs, and `control`, its healthy counterpart.\n#   docker build --target defect .\nARG BASE_IMAGE={}\nFROM ${{BASE_IMAGE}} AS base\n",
        one_line(&cell.scenario),
        one_line(&cell.id),
        base.reference(None)
    );
    let mut stages = Stages::default();
    for (name, plan) in [("defect", &export.plan.image), ("control", &export.plan.control_image)] {
        let mut parent = "base".to_owned();
        for layer in &plan.layers {
            let (stage, is_new) = stages.stage(&parent, layer);
            if is_new {
                let file = &export.catalog.files(&layer.dockerfile)?["Dockerfile"];
                let lines = String::from_utf8_lossy(&file.content);
                let lines = lines.strip_prefix('\u{feff}').unwrap_or(&lines);
                text.push_str(&format!(
                    "\n# ---- dockerfiles/{}\nFROM {parent} AS {stage}\n{}",
                    layer.dockerfile,
                    body(lines, layer)
                ));
            }
            parent = stage;
        }
        text.push_str(&format!("\nFROM {parent} AS {name}\n"));
    }
    Ok(text)
}

/// The stages so far, by parent and layer.
#[derive(Default)]
struct Stages<'a>(BTreeMap<(String, &'a LayerPlan), String>);

impl<'a> Stages<'a> {
    /// The stage of a layer on a parent, and whether it is new.
    fn stage(&mut self, parent: &str, layer: &'a LayerPlan) -> (String, bool) {
        let key = (parent.to_owned(), layer);
        if let Some(stage) = self.0.get(&key) {
            return (stage.clone(), false);
        }
        let plain = &layer.dockerfile;
        let names = std::iter::once(plain.clone()).chain((2..).map(|count| format!("{plain}-{count}")));
        let free = |name: &String| !TAKEN.contains(&name.as_str()) && self.0.values().all(|stage| stage != name);
        let stage = names.into_iter().find(free).expect("there are more numbers than stages");
        self.0.insert(key, stage.clone());
        (stage, true)
    }
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
            "ADD" | "COPY" => copy(&lines, &layer.dockerfile),
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

/// The lines of each instruction, with the comments and empty lines before it.
fn instructions(text: &str) -> Vec<Vec<&str>> {
    let mut found = Vec::new();
    let mut lines = Vec::new();
    for line in text.lines() {
        lines.push(line);
        if is_code(line) && !line.trim_end().ends_with('\\') {
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
        let text = "# What it is.\n# By hand: docker build\nARG BASE\nFROM ${BASE}\n# Which.\nARG PYTHON=2 WORDS=\"x y\" OTHER\nARG \\\n # which\n PYTHON='a b'\nCOPY root/ /\nCOPY --chown=1:1 a ./b \\\n     # both\n     sources/c.tar.gz /to/\nCOPY [\"d e\", \"/f\"]\nADD sources/y.tgz /\nRUN echo COPY a b \\\n && true\n";
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
        RUN echo COPY a b \
         && true
        "#);
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
