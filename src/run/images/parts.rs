//! Plain values about images.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::{BaseImage, EngineError, ImageId};
use crate::image::{self, Base, Provision};
use crate::model::cause::{Cause, Trouble};
use crate::model::plan::{ImagePlan, LayerPlan};
use crate::model::record::{BaseRecord, ImageRecord};

/// `ARG`s that builders accept without a declaration and do not store in the image.
const PROXIES: [&str; 6] = ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];

/// The image of a plan in the making.
pub(super) struct Stack<'a> {
    pub(super) plan: &'a ImagePlan,
    pub(super) base: BaseImage,
    /// One tag for each layer.
    pub(super) tags: Vec<String>,
    /// The digests of which the tags show the beginning.
    pub(super) inputs: Vec<String>,
}

impl<'a> Stack<'a> {
    pub(super) fn new(prefix: &str, plan: &'a ImagePlan, base: BaseRecord) -> Self {
        let (tags, inputs) = (image::tags(prefix, &base.content, &plan.layers), image::inputs(&base.content, &plan.layers));
        Stack { plan, base: BaseImage { id: ImageId(base.image), name: base.tag }, tags, inputs }
    }
}

/// The values of those `ARG`s that are set.
pub(super) fn proxies() -> BTreeMap<String, String> {
    PROXIES.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?))).collect()
}

/// The record of an image that was on the engine.
pub(super) fn present(tag: &str, id: ImageId) -> ImageRecord {
    let (tag, dockerfiles, warnings) = (tag.to_owned(), Vec::new(), Vec::new());
    ImageRecord { tag, id: id.0, dockerfiles, built: false, pulled: false, millis: 0, warnings }
}

/// The tags that a base may have: as it comes from a registry, and with a provision.
pub(super) fn base_tags(base: &Base, provision: Option<&Provision>) -> [String; 2] {
    [base.tag(), provision.map_or_else(|| base.tag(), |provision| base.provided_tag(provision))]
}

/// The parts of stacks that more than one image is based on, and the whole stacks.
pub(super) fn shared<'p>(plans: impl IntoIterator<Item = &'p ImagePlan>) -> BTreeSet<(String, Vec<LayerPlan>)> {
    let (mut above, mut shared) = (BTreeMap::<_, BTreeSet<&LayerPlan>>::new(), BTreeSet::new());
    for ImagePlan { base, layers } in plans {
        for (count, layer) in layers.iter().enumerate() {
            above.entry((base, &layers[..count])).or_default().insert(layer);
        }
        shared.insert((base.clone(), layers.clone()));
    }
    let branches = above.into_iter().filter(|(_, above)| above.len() > 1);
    shared.extend(branches.map(|((base, layers), _)| (base.clone(), layers.to_vec())));
    shared
}

pub(super) fn trouble(error: impl ToString) -> Trouble {
    Trouble { cause: Cause::Image, detail: error.to_string() }
}

/// A failed build. Programs of old systems end with status 139 on hosts without `vsyscall`, even the shell.
pub(super) fn explained(error: &EngineError) -> String {
    let text = error.to_string();
    let dies = [" 139", "code: 139"].iter().any(|status| text.contains(status));
    if dies {
        format!(
            "{text}\nhelp: programs of old systems for amd64 end with status 139 if the kernel of the engine's host has no `vsyscall`; see `matrix doctor`"
        )
    } else {
        text
    }
}
