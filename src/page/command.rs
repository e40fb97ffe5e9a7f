//! Which lines of a literal block are commands: prompts and the block's language decide, or else the first word.

use std::sync::LazyLock;

use regex::Regex;

use super::Block;
use super::symptom::{is_message, is_symptom};
use super::words::one_line;
use crate::text::pattern::known;

/// Languages of what is typed into a shell, with or without its output.
const SHELL: [&str; 23] = [
    "ansi",
    "bash",
    "bat",
    "batch",
    "cmd",
    "command",
    "console",
    "csh",
    "dos",
    "doscon",
    "fish",
    "ksh",
    "powershell",
    "ps1",
    "pwsh",
    "sh",
    "sh-session",
    "shell",
    "shell-session",
    "shellscript",
    "shellsession",
    "terminal",
    "zsh",
];
/// Languages that say nothing about the lines.
const ANY: [&str; 7] = ["", "text", "txt", "none", "plain", "plaintext", "output"];

static PROMPT: LazyLock<Regex> = LazyLock::new(|| {
    known(
        r"^(?:\([\w. -]+\) ?)?(?:[$%❯➜] |\[?[\w.-]+@[\w.-]+[^$#%\n]{0,60}[$#%] |(?:PS )?[A-Za-z]:\\[^>\n]{0,60}> ?\S|PS> |>>> |In \[\d+\]: )",
    )
});
/// A prompt of the superuser, or a comment.
static ROOT: LazyLock<Regex> = LazyLock::new(|| known(r"^# "));
/// What only a shell reads.
static TYPED: LazyLock<Regex> = LazyLock::new(|| known(r"^(?:\./|[A-Z_]+=\S|export )"));
static FIRST: LazyLock<Regex> = LazyLock::new(|| {
    let words = [
        "sudo|doas|su|apt|apt-get|apt-cache|aptitude|dpkg|dnf|yum|rpm|zypper|pacman|apk|emerge|brew|port|pkg|snap|flatpak|nix|nix-env|choco|scoop|winget",
        r"pip[\d.]*|pipx|pipenv|poetry|uv|conda|mamba|python[\d.]*|py|virtualenv|easy_install|npm|npx|yarn|pnpm|node|gem|bundle|ruby|cargo|rustup|go|composer|php|perl|java|mvn|gradle|dotnet",
        r"make|gmake|cmake|ninja|meson|configure|gcc|g\+\+|cc|clang|ld|ldd|ldconfig|nm|objdump|pkg-config|git|svn|hg",
        "cd|ls|cp|mv|rm|ln|mkdir|cat|echo|printf|grep|sed|awk|find|which|type|chmod|chown|touch|tar|unzip|curl|wget|ssh|scp|source|set|setx|unset|env|eval|exec|time|ulimit",
        "systemctl|service|journalctl|docker|podman|kubectl|helm|apachectl|apache2ctl|a2enmod|apxs|httpd|nginx|setsebool|semanage|sysctl|mount|kill|ps|psql|mysql|redis-cli|createdb",
    ];
    known(&format!(r#"^(?:{})(?:\s+(?:[a-z0-9.~/$"'<{{@*-]|[A-Z_]+=|[A-Z][\w.-]*$)|$)"#, words.join("|")))
});

/// How the lines of a block are read.
pub(super) struct Commands {
    shell: bool,
    any: bool,
    prompts: bool,
}

impl Commands {
    pub(super) fn of(block: &Block) -> Self {
        let language = block.language.as_str();
        let shell = SHELL.contains(&language);
        let root = |line: &str| ROOT.is_match(line) && (FIRST.is_match(&line[2..]) || TYPED.is_match(&line[2..]));
        let prompts = block.text.lines().map(str::trim_start).any(|line| PROMPT.is_match(line) || root(line));
        Commands { shell, any: ANY.contains(&language), prompts }
    }

    /// Whether the block may have output: that of a shell, or text in no language.
    pub(super) fn is_output(&self) -> bool {
        self.shell || self.any
    }

    /// Whether a line, with its continuation lines, is a command.
    pub(super) fn is_command(&self, line: &str) -> bool {
        let typed = TYPED.is_match(line) || ROOT.is_match(line);
        match (self.shell, self.prompts) {
            _ if PROMPT.is_match(line) => true,
            (true, false) => !is_message(line),
            (true, true) => typed,
            (false, _) if !self.any => false,
            (false, true) => typed,
            (false, false) => typed || (FIRST.is_match(line) && !is_message(line) && (installs(line) || !is_symptom(line))),
        }
    }
}

/// What is typed after the prompt, on one line; `None` for a comment.
pub(super) fn typed(line: &str) -> Option<String> {
    let joined = line.replace("\\\n", " ");
    let line = joined.trim();
    let rest = match (PROMPT.find(line), line.strip_prefix("# ")) {
        // Some prompts are recognised by the letter that follows.
        (Some(prompt), _) if !prompt.as_str().ends_with(' ') => {
            let last = prompt.as_str().chars().next_back().map_or(0, char::len_utf8);
            &line[prompt.end() - last..]
        }
        (Some(prompt), _) => &line[prompt.end()..],
        (None, Some(rest)) if is_program(rest) => rest,
        (None, Some(_)) => return None,
        (None, None) => line,
    };
    Some(one_line(rest))
}

/// Whether a text begins with the name of a program, or is for a shell.
pub(super) fn is_program(text: &str) -> bool {
    FIRST.is_match(text) || TYPED.is_match(text)
}

/// Whether a line has an option, or installs something: then words of a message are names.
fn installs(line: &str) -> bool {
    line.contains(" install ") || line.contains(" -")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::{Markup, Page};

    /// The lines of a fence that are commands.
    fn commands(language: &str, text: &str) -> Vec<String> {
        let page = Page::parse("x.md".as_ref(), format!("```{language}\n{text}\n```\n"), Markup::Markdown).unwrap();
        let commands = Commands::of(&page.blocks[0]);
        text.lines().filter(|line| commands.is_command(line)).map(str::to_owned).collect()
    }

    #[test]
    fn a_prompt_marks_a_command_and_the_rest_is_output() {
        for prompt in ["$ ", "# ", "% ", "root@host:~# ", "(venv) $ ", "[me@host ~]$ ", "C:\\src> ", "PS> "] {
            let typed = format!("{prompt}pip install x");
            for language in ["", "console", "text"] {
                assert_eq!(commands(language, &format!("{typed}\nCollecting x\npip is new")), [typed.as_str()], "{language}");
            }
        }
    }

    #[test]
    fn the_prompt_is_not_typed_and_continued_lines_are_one() {
        for prompt in ["$ ", "# ", "% ", "root@host:~# ", "(venv) $ ", "[me@host ~]$ ", "C:\\src> ", "PS> ", ""] {
            assert_eq!(typed(&format!("{prompt}pip install x \\\n   -v")).as_deref(), Some("pip install x -v"), "{prompt}");
        }
        assert_eq!(typed("# then install it"), None);
    }

    #[test]
    fn without_a_prompt_the_language_decides_or_else_the_first_word() {
        assert_eq!(commands("console", "frobnicate now"), ["frobnicate now"]);
        assert_eq!(commands("bash", "frobnicate now\nerror: no such thing"), ["frobnicate now"]);
        for typed in [
            "apt-get install x",
            "sudo dnf install y",
            "pip install y",
            "python3 -m pip install z",
            "make",
            "export A=b",
            "CC=gcc make",
        ] {
            assert_eq!(commands("", typed), [typed]);
            assert_eq!(commands("python", typed), [] as [&str; 0]);
        }
        for printed in [
            "make: *** [all] Error 1",
            "python not found",
            "gcc: error: no input files",
            "Collecting y",
            "pip: command not found",
        ] {
            assert_eq!(commands("", printed), [] as [&str; 0], "{printed}");
        }
    }
}
