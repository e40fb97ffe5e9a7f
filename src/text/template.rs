//! Text with `{{ name }}` placeholders. Values are inserted verbatim, never quoted for a shell.

use std::collections::BTreeMap;

/// Replaces the placeholders of a template. All names exist, because `load` checks them.
pub fn fill(template: &Template, names: &BTreeMap<String, String>) -> String {
    pieces(&template.0)
        .map(|piece| match piece.expect("a loaded template is closed") {
            Piece::Text(text) => text,
            Piece::Name(name) => names.get(name).expect("a loaded template has known names only"),
        })
        .collect()
}

/// The names of the placeholders, in order. The error says what is not a template.
pub fn names(template: &str) -> Result<Vec<&str>, String> {
    pieces(template)
        .filter_map(|piece| match piece {
            Ok(Piece::Text(_)) => None,
            Ok(Piece::Name(name)) => Some(Ok(name)),
            Err(error) => Some(Err(error)),
        })
        .collect()
}

/// The text with normalised placeholders: `{{name}}` becomes `{{ name }}`.
pub(crate) fn uniform(template: &str) -> Result<Template, String> {
    pieces(template)
        .map(|piece| {
            Ok(match piece? {
                Piece::Text(text) => text.to_owned(),
                Piece::Name(name) => format!("{{{{ {name} }}}}"),
            })
        })
        .collect::<Result<String, _>>()
        .map(Template)
}

enum Piece<'a> {
    Text(&'a str),
    Name(&'a str),
}

fn pieces(template: &str) -> impl Iterator<Item = Result<Piece<'_>, String>> {
    let mut rest = template;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some(place) = rest.strip_prefix("{{") else {
            let (text, after) = rest.split_at(rest.find("{{").unwrap_or(rest.len()));
            rest = after;
            return Some(Ok(Piece::Text(text)));
        };
        let Some((name, after)) = place.split_once("}}") else {
            let unclosed = std::mem::take(&mut rest);
            return Some(Err(format!("`{{{{` without `}}}}` in `{}`", unclosed.lines().next().unwrap_or_default())));
        };
        rest = after;
        Some(Ok(Piece::Name(name.trim())))
    })
}

/// Text with `{{ name }}` placeholders whose names exist.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Template(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> BTreeMap<String, String> {
        BTreeMap::from([("a".to_owned(), "1 $HOME".to_owned()), ("b".to_owned(), "{{ a }}".to_owned())])
    }

    #[test]
    fn values_are_inserted_literally_and_not_expanded_again() {
        let template = Template("x{{a}}y {{  b }} {a} }}".to_owned());
        assert_eq!(fill(&template, &values()), "x1 $HOMEy {{ a }} {a} }}");
    }

    #[test]
    fn names_are_in_order_and_an_unclosed_placeholder_is_an_error() {
        assert_eq!(names("{{ b }}-{{a}}"), Ok(vec!["b", "a"]));
        assert_eq!(names("{{ a }} {{ b }"), Err("`{{` without `}}` in `{{ b }`".to_owned()));
        assert_eq!(names("{{ b }\nrest").unwrap_err().to_string(), "`{{` without `}}` in `{{ b }`");
    }

    #[test]
    fn places_have_one_format() {
        assert_eq!(uniform("{{a}}{{ b}}"), Ok(Template("{{ a }}{{ b }}".to_owned())));
    }
}
