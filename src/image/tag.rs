//! The tag of an image, which follows from all that goes into it.

use sha2::{Digest, Sha256};

use crate::engine::ImageId;
use crate::model::plan::LayerPlan;
use crate::text::digest::hex;

/// Raised when all images must be rebuilt although nothing that a tag is made of has changed.
const FORMAT: u32 = 1;

/// The tag of a layer on a parent: it names the dockerfile and changes with everything that goes into the image.
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
