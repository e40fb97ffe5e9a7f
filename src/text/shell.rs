//! Quoting for a shell.

use std::path::Path;

/// Quotes the text as one shell word; plain words are unchanged.
pub fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:=@%,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The options for folders that differ from the defaults, each with a space before it.
pub(crate) fn unusual_folders(scenarios: Option<&Path>, dockerfiles: &Path) -> String {
    let places = [("scenarios", scenarios), ("dockerfiles", Some(dockerfiles))];
    let unusual =
        places.into_iter().filter_map(|(usual, place)| Some((usual, place?))).filter(|(usual, place)| *place != Path::new(usual));
    unusual.map(|(name, place)| format!(" --{name} {}", quoted(&place.display().to_string()))).collect()
}
