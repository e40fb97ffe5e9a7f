//! The directives of docutils, Sphinx and common extensions, by what a reader of the page sees of them.

/// What the page shows of a directive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Directive {
    /// Its content, as it is; the argument is the language.
    Literal,
    /// Text that is elsewhere, or in another notation.
    Unread,
    /// Nothing.
    Invisible,
    /// Its content, but not the argument.
    Container,
    /// Argument and content.
    Text,
}

const LITERAL: [&str; 15] = [
    "code-cell",
    "code-tab",
    "console",
    "doctest",
    "ipython",
    "parsed-literal",
    "productionlist",
    "prompt",
    "shell",
    "shell-session",
    "sourcecode",
    "terminal",
    "testcode",
    "testoutput",
    "testsetup",
];
const UNREAD: [&str; 26] = [
    "argparse",
    "bibliography",
    "click",
    "command-output",
    "csv-table",
    "digraph",
    "exec",
    "flat-table",
    "graph",
    "graphviz",
    "inheritance-diagram",
    "jinja",
    "literalinclude",
    "math",
    "mermaid",
    "openapi",
    "plantuml",
    "plot",
    "program-output",
    "raw",
    "runblock",
    "tikz",
    "uml",
    "video",
    "vimeo",
    "youtube",
];
const INVISIBLE: [&str; 25] = [
    "codeauthor",
    "contents",
    "currentmodule",
    "date",
    "default-domain",
    "default-role",
    "highlight",
    "image",
    "index",
    "meta",
    "module",
    "moduleauthor",
    "program",
    "py:currentmodule",
    "py:module",
    "role",
    "section-numbering",
    "sectionauthor",
    "sectnum",
    "tabularcolumns",
    "tags",
    "target-notes",
    "title",
    "toctree",
    "unicode",
];
const CONTAINER: [&str; 13] = [
    "class",
    "compound",
    "container",
    "cssclass",
    "figure",
    "grid",
    "grid-item",
    "hlist",
    "ifconfig",
    "only",
    "rst-class",
    "tab-set",
    "tabs",
];

impl Directive {
    pub(super) fn of(name: &str) -> Self {
        let name = name.to_lowercase();
        let is = |names: &[&str]| names.contains(&name.as_str());
        let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
        if is(&INVISIBLE) {
            Directive::Invisible
        } else if is(&CONTAINER) {
            Directive::Container
        } else if is(&UNREAD) || ends(&["include", "-output"]) || name.starts_with("auto") || name.starts_with("doxygen") {
            Directive::Unread
        } else if is(&LITERAL) || ends(&["code-block", "codeblock", "code"]) {
            Directive::Literal
        } else {
            Directive::Text
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directive_is_known_by_its_name_or_by_the_end_of_it() {
        for (name, directive) in [
            ("code", Directive::Literal),
            ("subs-code-block", Directive::Literal),
            ("Code-Block", Directive::Literal),
            ("rst-include", Directive::Unread),
            ("literalinclude", Directive::Unread),
            ("automodule", Directive::Unread),
            ("toctree", Directive::Invisible),
            ("tabs", Directive::Container),
            ("tab", Directive::Text),
            ("py:function", Directive::Text),
        ] {
            assert_eq!(Directive::of(name), directive, "{name}");
        }
    }
}
