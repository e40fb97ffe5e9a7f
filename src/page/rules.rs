//! Rules that replace parts of printed lines that differ between runs or systems.

use std::sync::LazyLock;

use regex::Regex;

use super::words;
use super::words::one_line;
use crate::model::project::Rule;
use crate::text::pattern::known;

/// Maximum number of characters of a printed line in a correction.
const LINE: usize = 400;
/// Longest text in parentheses that a correction shows.
const ASIDE: usize = 60;

/// Rules for all output, and those of a project between them.
#[derive(Debug)]
pub struct Rules {
    before: Vec<(Regex, String)>,
    own: Vec<(Regex, String)>,
    after: Vec<(Regex, String)>,
}

impl Rules {
    /// The rules of a project, among those for all output: dates, process ids, addresses, roundabout paths, lines of source. A
    /// pattern that is not valid, as an edited record may have it, replaces nothing.
    pub fn new(of_project: &[Rule]) -> Self {
        let rule = |pattern, with: &str| (known(pattern), with.to_owned());
        let before = vec![
            rule(r"\[(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d [\d:.]+ \d{4}\] ?", ""),
            rule(r"pid[ =]\d+(?::tid \d+)?", "pid N"),
            rule(r"0x[0-9a-f]{6,}", "0xN"),
            rule(r"/tmp/[\w.+-]*\w", "/tmp/[..]"),
            rule(r"(?:/[^\s/]+)+/\.\./[^\s:'`()]*/", "[..]/"),
        ];
        let after = vec![rule(r"(\.[ch]|line)([: ])\d+(?::\d+)?", "$1${2}N"), rule(r"[`‘’]", "'")];
        let own = of_project.iter().filter_map(|rule| Some((Regex::new(&rule.pattern).ok()?, rule.with.clone())));
        Rules { before, own: own.collect(), after }
    }

    /// A printed line by these rules.
    pub fn generalised(&self, line: &str) -> Option<String> {
        self.replaced(line, |_| false)
    }

    /// A printed line in the shape of a documented text: details that the documented text has too, such as a number of a line, are
    /// not replaced.
    pub fn shaped(&self, line: &str, documented: &str) -> Option<String> {
        self.replaced(line, |rule| rule.is_match(documented))
    }

    /// Whether two lines are the same to a reader, but for what the rules replace.
    pub fn alike(&self, one: &str, other: &str) -> bool {
        let read =
            |line: &str| words(&self.generalised(line).unwrap_or_default()).into_iter().map(|word| word.text).collect::<Vec<_>>();
        read(one) == read(other)
    }

    fn replaced(&self, line: &str, keeps: impl Fn(&Regex) -> bool) -> Option<String> {
        let first = line.lines().map(one_line).find(|line| !line.is_empty())?;
        let kept = |(rule, _): &&(Regex, String)| !keeps(rule);
        let rules = self.before.iter().filter(kept).chain(&self.own).chain(self.after.iter().filter(kept));
        let text = rules.fold(first, |text, (rule, by)| rule.replace_all(&text, by).into_owned());
        let text = without_asides(text.trim());
        let cut = text.char_indices().nth(LINE).map(|(at, _)| at);
        Some(cut.map_or(text.clone(), |at| format!("{} [...]", &text[..at])))
    }
}

/// The line with `[..]` in place of long text in parentheses, such as an expanded macro.
fn without_asides(line: &str) -> String {
    let mut shown = String::new();
    let mut rest = line;
    while let Some(open) = rest.find('(') {
        let mut depth = 0_usize;
        let close = rest[open..].char_indices().find_map(|(at, sign)| {
            match sign {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            (depth == 0).then_some(open + at)
        });
        let Some(close) = close else { break };
        let is_long = rest[open..close].chars().count() > ASIDE;
        shown += &rest[..=open];
        shown += if is_long { "[..])" } else { &rest[open + 1..=close] };
        rest = &rest[close + 1..];
    }
    shown + rest
}

/// Documented output on one line: a line that ends in a backslash is continued.
pub(super) fn joined(unit: &str) -> String {
    static CONTINUED: LazyLock<Regex> = LazyLock::new(|| known(r"[ \t]*\\[ \t]*\r?\n\s*"));
    one_line(&CONTINUED.replace_all(unit, " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_stay_where_the_documented_line_has_them() {
        let rules = Rules::new(&[Rule { pattern: "(python)\\d\\.\\d+".into(), with: "${1}X.Y".into() }]);
        let line = "[Mon Nov 30 19:17:07.1 2026] [pid 12:tid 34] x.c:24:10: error in python3.9, line 7";
        assert_eq!(rules.generalised(line).unwrap(), "[pid N] x.c:N: error in pythonX.Y, line N");
        assert_eq!(rules.shaped(line, "y.c:1: no").unwrap(), "[pid N] x.c:24:10: error in pythonX.Y, line 7");
        assert_eq!(rules.shaped(line, "it is so").unwrap(), rules.generalised(line).unwrap());
        assert!(rules.alike(line, "[pid 1] x.c:3: error in python2.7, line 2"));
        assert!(!rules.alike(line, "[pid 1] y.c:3: error in python2.7, line 2"));
    }

    #[test]
    fn roundabout_paths_and_long_asides_are_elided() {
        let rules = Rules::new(&[]);
        let shown = |line: &str| rules.generalised(line).unwrap();
        assert_eq!(shown("ld: /usr/lib/gcc/x86/10/../../../x86/libp.a(a.o): no"), "ld: [..]/libp.a(a.o): no");
        assert_eq!(shown("ld: /tmp/ccQ1.o: no"), "ld: /tmp/[..]: no");
        assert_eq!(
            shown(&format!("assertion \"!({}(x))\" failed (a) (", "(y) ".repeat(20))),
            "assertion \"!([..])\" failed (a) ("
        );
    }

    #[test]
    fn continued_lines_are_joined() {
        assert_eq!(joined("a: \\\n  b \\\n c"), "a: b c");
    }
}
