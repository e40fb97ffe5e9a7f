//! Bases in the image cache. The tags of all images rest on the content of their base, so machines share images only if they have
//! the same base. The one in the cache therefore precedes a local one.

use std::time::Instant;

use super::cache::{Remote, Transfer, Wanted};
use crate::engine::{BaseImage, BuildRequest, EngineError, ImageDetails, ImageId};
use crate::image::{BASE_LABEL, label_context};
use crate::model::record::{Acquired, BaseRecord};
use crate::run::clock::millis;
use crate::run::event::Event;

/// A base, for the cache.
pub(super) struct BaseNames {
    pub(super) name: String,
    /// The tags that it may have on the engine: as it comes from a registry, and with a provision.
    pub(super) tags: [String; 2],
    /// Its name and the whole digest of its provision.
    pub(super) label: String,
}

impl Remote<'_> {
    /// The base, if the cache has it. A local one with another content loses its tag to it. A base that a registry once gave
    /// keeps its own tag, for runs without the cache.
    pub(super) async fn base(&self, names: &BaseNames) -> Option<BaseRecord> {
        let wanted = self.wanted_base(names).await?;
        let started = Instant::now();
        let (id, details) = self.fetch(&wanted).await?;
        let adopted = self.adopt(names, (&id, &details), started).await;
        self.release(&wanted.reference).await;
        adopted.inspect_err(|error| self.warn(&names.name, &error.to_string())).ok()
    }

    /// Pushes a base that the cache lacks, unless another machine was faster. Returns the base that the cache has afterwards.
    pub(super) async fn publish(&self, names: &BaseNames, made: BaseRecord) -> BaseRecord {
        let Some(wanted) = self.wanted_base(names).await.filter(|_| self.cache.push) else { return made };
        let is_useless = || self.is_closed() || self.is_faulty(&wanted.reference);
        if is_useless() {
            return made;
        }
        if let Some(theirs) = self.base(names).await {
            return if theirs.how == Acquired::Present { made } else { theirs };
        }
        if is_useless() {
            return made;
        }
        let started = Instant::now();
        self.listener.on_event(&Event::ImageStarted { name: &names.name, doing: "pushing" });
        self.hold(&wanted.reference);
        let is_there = match self.label(&wanted, &made).await {
            Ok(_) => match self.transfer(Transfer::Push, &wanted).await {
                Ok(_) => true,
                Err(failure) => {
                    self.failed(&wanted, &failure, "the base is not in the image cache");
                    false
                }
            },
            Err(error) => {
                self.warn(&names.name, &format!("{error}; the base is not in the image cache"));
                false
            }
        };
        self.release(&wanted.reference).await;
        self.listener.on_event(&Event::Pushed { name: &names.name, is_there, millis: millis(started) });
        // A registry cannot be told to accept only a new tag, so the last push decides.
        match self.base(names).await {
            Some(theirs) if is_there && theirs.how != Acquired::Present => theirs,
            _ => made,
        }
    }

    async fn wanted_base<'w>(&self, names: &'w BaseNames) -> Option<Wanted<'w>> {
        let ask = async || self.engine.info().await.map(|info| info.architecture);
        let architecture = match self.architecture.get_or_try_init(ask).await {
            Ok(architecture) => architecture,
            Err(error) => {
                self.warn(&names.name, &format!("{error}; the image cache is not asked for a base"));
                return None;
            }
        };
        let [_, provided] = &names.tags;
        let reference = self.cache.repository.base_reference(provided, architecture);
        let label = (BASE_LABEL, format!("{architecture} {}", names.label));
        Some(Wanted { name: &names.name, reference, label, below: &[], instead: "the base of this machine is used" })
    }

    /// The record of a pulled base. If a local one has the same content, that is used.
    async fn adopt(
        &self,
        names: &BaseNames,
        (id, details): (&ImageId, &ImageDetails),
        started: Instant,
    ) -> Result<BaseRecord, EngineError> {
        let content = details.content();
        let record = |how, tag: &str, image: &ImageId, detail| {
            let (name, tag, image) = (names.name.clone(), tag.to_owned(), image.0.clone());
            BaseRecord { name, how, image, tag, content: content.clone(), detail, warnings: Vec::new() }
        };
        for tag in &names.tags {
            if let Some(local) = self.engine.image(tag).await?
                && self.engine.describe(&local).await?.content() == content
            {
                let detail = format!("`{tag}` was there, with the content that the image cache has");
                return Ok(record(Acquired::Present, tag, &local, detail));
            }
        }
        let [_, provided] = &names.tags;
        self.replace(provided, id).await?;
        let detail = format!("pulled from the image cache in {} s", started.elapsed().as_secs());
        Ok(record(Acquired::Pulled, provided, id, detail))
    }

    /// Gives a tag to another image. The old one is removed if nothing uses it; until then it has a name of this project.
    async fn replace(&self, tag: &str, id: &ImageId) -> Result<(), EngineError> {
        let Some(old) = self.engine.image(tag).await? else { return self.engine.tag(id, tag).await };
        let replaced =
            format!("{}/replaced:{}", tag.rsplit_once('/').map_or("matrix", |(prefix, _)| prefix), tag.replace(['/', ':'], "-"));
        self.engine.tag(&old, &replaced).await?;
        self.engine.tag(id, tag).await?;
        // A container may use it.
        let _ = self.engine.untag(&replaced).await;
        Ok(())
    }

    /// Makes the image to push: the base with a label, and with the name of the registry.
    async fn label(&self, wanted: &Wanted<'_>, made: &BaseRecord) -> Result<ImageId, EngineError> {
        let base = BaseImage { id: ImageId(made.image.clone()), name: made.tag.clone() };
        let (label, value) = &wanted.label;
        let labels = [((*label).to_owned(), value.clone())].into();
        let (tag, context, args) = (wanted.reference.clone(), label_context(), Default::default());
        self.engine.build(BuildRequest { tag, context, base, args, labels, network: None }, &|_| ()).await
    }
}
