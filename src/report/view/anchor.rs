//! Anchors and short forms of ids.

use crate::model::id::ClaimId;
use crate::report::text::visible;

/// A claim id without its section.
pub(crate) fn short(claim: &ClaimId) -> &str {
    claim.as_str().split_once('.').map_or(claim.as_str(), |(_, rest)| rest)
}

/// An HTML anchor that needs no escaping in a link.
pub(crate) fn anchor(parts: &[&str]) -> String {
    let fit = |character: char| {
        if character.is_ascii_alphanumeric() || "._-/:".contains(character) { character } else { '-' }
    };
    parts.join("/").chars().map(fit).collect()
}

/// The first digits of an image id.
pub(super) fn short_id(id: &str) -> String {
    visible(id.strip_prefix("sha256:").unwrap_or(id)).chars().take(12).collect()
}
