//! Validates the kernel capabilities that containers keep: each is listed once and with a reason.

use crate::model::capability::Grant;

use super::diagnostic::Place;
use crate::model::cause::spelled;
use crate::model::keys;

/// The capabilities of all scenarios, then those of this one. All containers of a cell keep the same capabilities, so
/// that phases do not differ in the rights of their processes.
pub(super) fn valid<'a>(entries: impl Iterator<Item = (Place<'a>, &'a keys::Grant)>) -> Vec<Grant> {
    let mut grants: Vec<Grant> = Vec::new();
    for (at, raw) in entries {
        if grants.iter().any(|other| other.capability == raw.name) {
            at.key("name").note(format!("`{}` is already granted", spelled(raw.name)), "remove it here");
        }
        grants.push(Grant { capability: raw.name, reason: raw.reason.0.clone() });
    }
    grants
}
