//! Capabilities of the kernel that containers keep: those that can be asked for, and that each is asked for once and with a reason.

use crate::model::capability::Kept;

use super::diagnostic::Place;
use crate::model::keys;

/// What all scenarios keep, then what this one does besides. Containers of one cell keep the same, for a phase must not
/// differ from another in what its processes may do.
pub(super) fn valid<'a>(entries: impl Iterator<Item = (Place<'a>, &'a keys::Kept)>) -> Vec<Kept> {
    let mut kept: Vec<Kept> = Vec::new();
    for (at, raw) in entries {
        if kept.iter().any(|other| other.capability == raw.name) {
            at.key("name").note(format!("`{}` is kept already", raw.name.name()), "take it out here");
        }
        kept.push(Kept { capability: raw.name, reason: raw.reason.0.clone() });
    }
    kept
}
