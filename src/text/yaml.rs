//! Writing YAML.

/// A text on one line as a scalar that YAML reads as the same text: in single quotes, which have no other escape than a doubled quote.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A name, in quotes if YAML could take it for something else, such as a number.
pub fn name(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let is_word = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(is_plain);
    let is_value = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"].contains(&name.to_lowercase().as_str());
    if is_word && !is_value { name.to_owned() } else { quoted(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_special_in_yaml_is_read_as_written() {
        for text in [
            "- a",
            "a: b",
            "a #b",
            "'",
            "it's \"so\"",
            "*a",
            "&a",
            "!a",
            "%a",
            "@a",
            "`a`",
            "{a",
            "[..]",
            "\\n",
            "yes",
            "1",
            "~",
            "|",
        ] {
            assert_eq!(serde_yaml::from_str::<String>(&quoted(text)).unwrap(), text);
            assert_eq!(serde_yaml::from_str::<String>(&name(text)).unwrap(), text);
        }
    }
}
