//! The tag of an image, derived from all its inputs.

use sha2::{Digest, Sha256};

use crate::engine::ImageId;
use crate::model::plan::LayerPlan;
use crate::text::digest::hex;

/// Incremented if all images must be rebuilt although the inputs of their tags are unchanged.
const FORMAT: u32 = 1;

/// The tag of a layer on a parent. It contains the name of the dockerfile and a digest of all inputs.
pub fn tag(plan: &LayerPlan, parent: &ImageId) -> String {
    let mut state = Sha256::new();
    let mut part = |text: &str| {
        state.update((text.len() as u64).to_be_bytes());
        state.update(text);
    };
    part(&FORMAT.to_string());
    part(&parent.0);
    part(&plan.files);
    for (kind, pairs) in [("args", &plan.args), ("sources", &plan.sources)] {
        part(kind);
        pairs.iter().for_each(|(name, value)| {
            part(name);
            part(value);
        });
    }
    format!("matrix/{}:{}", plan.dockerfile, &hex(&state.finalize())[..16])
}
