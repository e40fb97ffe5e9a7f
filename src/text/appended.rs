//! Prints what was appended to a file since the start of a phase, without storing anything in the container. One command reports
//! length and digest of the files at the start of the phase; a command that reads a file later skips that length.

use std::collections::BTreeMap;

use crate::text::shell::quoted;

/// A file: the directory to which its path is relative, and the path.
pub type Place = (Option<String>, String);

/// Length and digest of a file at the start of a phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    size: u64,
    digest: String,
}

/// The command of a step that prints what was appended to a file. On its own it prints the whole file.
pub fn command(path: &str) -> String {
    format!("tail -c \"+${{from:-1}}\" -- {}", quoted(path))
}

/// The command that prints number, length and digest of each file. It prints nothing for a path that is not a file, and fails if
/// it cannot read a file.
pub fn look<'a>(files: impl IntoIterator<Item = (usize, &'a Place)>) -> String {
    let look = |(number, (directory, path)): (usize, &Place)| {
        let (directory, path) = (quoted(directory.as_deref().unwrap_or(".")), quoted(path));
        format!(
            "(\n  cd -- {directory} 2>/dev/null && [ -f {path} ] || exit 0\n  size=$(stat -L -c %s -- {path}) && sum=$(head -c \"$size\" -- {path} | sha256sum) && echo \"{number} $size ${{sum%% *}}\"\n) || exit 1\n"
        )
    };
    files.into_iter().map(look).collect()
}

/// Parses the output of [`look`], by number.
pub fn read(printed: &str) -> BTreeMap<usize, Before> {
    let line = |line: &str| {
        let mut words = line.split(' ');
        let (number, size, digest) = (words.next()?, words.next()?, words.next()?);
        let before = Before { size: size.parse().ok()?, digest: digest.to_owned() };
        Some((number.parse().ok()?, before))
    };
    printed.lines().filter_map(line).collect()
}

/// The command with the end of the file at the start of the phase. If the beginning of the file has changed, it was replaced or
/// truncated, and the command prints all of it.
pub fn after(command: &str, path: &str, before: &Before) -> String {
    let Before { size, digest } = before;
    let path = quoted(path);
    let digests = format!("now=$(head -c {size} -- {path} 2>/dev/null | sha256sum)\n[ \"$now\" ] || exit 127\n");
    let from = format!("from=1\ncase $now in {digest}*) from={} ;; esac\n", size + 1);
    digests + &from + command
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::*;

    fn shell(script: &str) -> String {
        let output = Command::new("/bin/sh").args(["-c", script]).output().unwrap();
        assert!(output.status.success(), "{script}\n{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The output of a step after a change of the file.
    fn seen(old: Option<&str>, change: impl Fn(&std::path::Path)) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("it's a log");
        old.into_iter().for_each(|text| fs::write(&file, text).unwrap());
        let place = (Some(folder.path().display().to_string()), "it's a log".to_owned());
        let before = read(&shell(&look([(7, &place)])));
        change(&file);
        let plain = command(&place.1);
        let command = before.get(&7).map_or(plain.clone(), |before| after(&plain, &place.1, before));
        assert!(command.ends_with(&plain));
        shell(&format!("cd {}; {command}", place.0.as_deref().unwrap()))
    }

    #[test]
    fn only_what_was_appended_is_shown() {
        assert_eq!(seen(Some("old\n"), |_| ()), "");
        assert_eq!(seen(Some("old\n"), |file| fs::write(file, "old\nnew\n").unwrap()), "new\n");
        assert_eq!(seen(None, |file| fs::write(file, "new\n").unwrap()), "new\n");
        assert_eq!(seen(Some(""), |file| fs::write(file, "new\n").unwrap()), "new\n");
    }

    #[test]
    fn a_truncated_or_recreated_file_is_shown_completely() {
        assert_eq!(seen(Some("a long old line\n"), |file| fs::write(file, "new\n").unwrap()), "new\n");
        assert_eq!(seen(Some("old\n"), |file| fs::write(file, "another that is longer\n").unwrap()), "another that is longer\n");
        let moved = |file: &std::path::Path| {
            fs::copy(file, file.with_extension("1")).unwrap();
            fs::remove_file(file).unwrap();
            fs::write(file, "old\nnew\n").unwrap();
        };
        assert_eq!(seen(Some("old\n"), moved), "new\n", "another file with the same beginning has the same new lines");
    }

    #[test]
    fn a_missing_folder_is_empty_and_unrelated_output_is_ignored() {
        assert_eq!(
            shell(&look([(0, &(Some("/nowhere".to_owned()), "x".to_owned())), (1, &(None, "/nowhere/y".to_owned()))])),
            ""
        );
        assert!(read("a b c\n1 x y\nnoise").is_empty());
    }
}
