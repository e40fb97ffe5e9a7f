//! The tags of images, derived from all their inputs, so that equal inputs have equal tags on every machine.

use sha2::{Digest, Sha256};

use crate::model::plan::LayerPlan;
use crate::text::digest::hex;

/// Incremented if all images must be rebuilt although the inputs of their tags are unchanged.
const FORMAT: u32 = 3;

/// The tags, with this prefix, of a stack on a base with this digest of its content, bottom first: one for each layer. A tag contains the name
/// of the dockerfile and a digest of the inputs of this layer and of all below it.
pub fn tags(prefix: &str, base: &str, layers: &[LayerPlan]) -> Vec<String> {
    let tag = |(layer, inputs): (&LayerPlan, String)| format!("{prefix}/{}:{}", layer.dockerfile, &inputs[..16]);
    layers.iter().zip(inputs(base, layers)).map(tag).collect()
}

/// The digests of which the tags show the beginning.
pub fn inputs(base: &str, layers: &[LayerPlan]) -> Vec<String> {
    let mut below = base.to_owned();
    let digest = |layer: &LayerPlan| {
        below = digest(&below, layer);
        below.clone()
    };
    layers.iter().map(digest).collect()
}

fn digest(below: &str, layer: &LayerPlan) -> String {
    let mut state = Sha256::new();
    let mut part = |text: &str| {
        state.update((text.len() as u64).to_be_bytes());
        state.update(text);
    };
    part(&FORMAT.to_string());
    part(below);
    part(&layer.files);
    for (kind, pairs) in [("args", &layer.args), ("sources", &layer.sources)] {
        part(kind);
        pairs.iter().for_each(|(name, value)| {
            part(name);
            part(value);
        });
    }
    hex(&state.finalize())
}
