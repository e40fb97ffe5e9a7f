//! Images of a run: each base and layer is looked up, pulled, bootstrapped or built once, however many cells need it.

mod archives;
mod base;
mod bootstrap;
mod cache;
mod cached_base;
mod credentials;
mod once;
mod pair;
mod parts;
mod push;
mod queue;
#[cfg(test)]
mod tests;
mod warnings;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Instant;

use futures_util::future::BoxFuture;
use tokio::sync::{OnceCell, Semaphore};
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use super::clock::millis;
use super::event::{Event, Listener};
use super::lock;
use crate::engine::{BaseImage, BuildRequest, Engine, ImageId, Labels};
use crate::image::{self, Base, Catalog, INPUTS_LABEL, Provision, Settings};
use crate::model::cause::Trouble;
use crate::model::plan::{ImagePlan, LayerPlan};
use crate::model::record::{BaseRecord, ImageRecord};
use archives::Archives;
use cache::Remote;
use credentials::Keys;
use once::Once;
use parts::{Stack, base_tags, present, proxies, shared, trouble};
use queue::Job;
use warnings::Warnings;

pub struct Images<'a> {
    pub(super) engine: &'a dyn Engine,
    settings: &'a Settings,
    catalog: &'a Catalog,
    pub(super) listener: &'a dyn Listener,
    /// Number of concurrent builds.
    pub(super) builds: usize,
    permits: Semaphore,
    /// Local images, listed once.
    local: OnceCell<BTreeMap<String, ImageId>>,
    /// By dockerfile.
    provisions: Once<Option<Arc<Provision>>>,
    /// The bases themselves, by name.
    known: Once<Base>,
    bases: Once<BaseRecord>,
    layers: Once<ImageRecord>,
    /// Images that were built again to be comparable with others.
    again: Once<ImageRecord>,
    archives: Archives<'a>,
    /// The parts of stacks that are built as images of their own.
    shared: BTreeSet<(String, Vec<LayerPlan>)>,
    warnings: Arc<Warnings<'a>>,
    keys: Arc<Keys<'a>>,
    /// The image cache, if there is one.
    remote: Option<Remote<'a>>,
}

impl<'a> Images<'a> {
    pub fn new(engine: &'a dyn Engine, settings: &'a Settings, catalog: &'a Catalog, listener: &'a dyn Listener) -> Self {
        let builds = available_parallelism().map_or(1, usize::from);
        let permits = Semaphore::new(builds);
        let (local, shared) = (OnceCell::new(), BTreeSet::new());
        let warnings = Arc::new(Warnings::new(listener));
        let keys = Arc::new(Keys::new(settings.docker_config.clone(), Arc::clone(&warnings)));
        let (warn, user) = (Arc::clone(&warnings), Arc::clone(&keys));
        let remote = settings.image_cache.as_ref().map(|cache| Remote::new(engine, listener, cache, (warn, user)));
        let (provisions, known, bases) = (Once::new(), Once::new(), Once::new());
        let (layers, again) = (Once::new(), Once::new());
        let archives = Archives::new(settings, catalog, listener);
        Images {
            engine,
            settings,
            catalog,
            listener,
            builds,
            permits,
            local,
            provisions,
            known,
            bases,
            layers,
            again,
            archives,
            shared,
            warnings,
            keys,
            remote,
        }
    }

    /// Prepares for these plans: what several of them share becomes an image of its own, and all that lies between two such
    /// images is one build.
    #[must_use]
    pub fn for_plans<'p>(self, plans: impl IntoIterator<Item = &'p ImagePlan>) -> Self {
        Images { shared: shared(plans), ..self }
    }

    /// The image of a plan. The first caller starts the work; others wait for it and get the same result or trouble.
    pub async fn get(&self, plan: &ImagePlan) -> Result<ImageId, Trouble> {
        let stack = self.stack(plan).await?;
        Ok(self.lowest(&stack, plan.layers.len()).await?.id)
    }

    /// What the base of a plan gets if it is bootstrapped.
    async fn provision(&self, plan: &ImagePlan) -> Result<Option<Arc<Provision>>, Trouble> {
        let Some(LayerPlan { dockerfile, .. }) = plan.layers.first() else { return Ok(None) };
        let read = async { Ok(self.catalog.provision(dockerfile).map_err(trouble)?.map(Arc::new)) };
        self.provisions.get(dockerfile, read).await
    }

    /// Obtains the base of a plan, on which the tags of its images depend.
    async fn stack<'p>(&self, plan: &'p ImagePlan) -> Result<Stack<'p>, Trouble> {
        let provision = self.provision(plan).await?;
        let key = provision.as_ref().map_or_else(|| plan.base.clone(), |provision| format!("{} {}", plan.base, provision.digest));
        let base = self.bases.get(&key, self.base(&plan.base, provision.as_deref())).await?;
        Ok(Stack::new(&self.catalog.project().image_prefix, plan, base))
    }

    /// The number of layers of an image that a local image has; `None` if the base is not there.
    pub(super) async fn present(&self, plan: &ImagePlan) -> Result<Option<usize>, Trouble> {
        let provision = self.provision(plan).await?;
        let tags = base_tags(&self.base_of(&plan.base).await?, provision.as_deref());
        let mut is_there = false;
        for tag in &tags {
            is_there |= self.local(tag).await?.is_some();
        }
        if !is_there {
            return Ok(None);
        }
        let stack = self.stack(plan).await?;
        for count in (1..=plan.layers.len()).rev() {
            if self.local(&stack.tags[count - 1]).await?.is_some() {
                return Ok(Some(count));
            }
        }
        Ok(Some(0))
    }

    /// The image of the lowest layers of a stack, `count` of them.
    fn lowest<'f>(&'f self, stack: &'f Stack<'_>, count: usize) -> BoxFuture<'f, Result<BaseImage, Trouble>> {
        Box::pin(async move {
            let Some(top) = count.checked_sub(1) else { return Ok(stack.base.clone()) };
            let tag = &stack.tags[top];
            let made = if let Some(id) = self.local(tag).await? {
                self.layers.get(tag, self.layer(tag, async { Ok(present(tag, id)) })).await?
            } else {
                let below = self.below(stack, count).await?;
                let parent = self.lowest(stack, below).await?;
                let make = self.pull_or_build(stack, below..count, &parent);
                self.layers.get(tag, self.layer(tag, make)).await?
            };
            self.offer(stack, count, &made).await?;
            Ok(BaseImage { id: ImageId(made.id), name: tag.clone() })
        })
    }

    /// The image of the lowest layers of a stack from the image cache, if that has it, else built. The one of the cache must be based
    /// on the same parent, because the images of a cell must not differ in what they share.
    async fn pull_or_build(&self, stack: &Stack<'_>, which: Range<usize>, parent: &BaseImage) -> Result<ImageRecord, Trouble> {
        let (tag, inputs) = (&stack.tags[which.end - 1], &stack.inputs[which.end - 1]);
        let _lock = self.lock(tag).await?;
        if let Some(id) = self.engine.image(tag).await.map_err(trouble)? {
            return Ok(present(tag, id));
        }
        if let Some(remote) = &self.remote {
            let below = self.engine.describe(&parent.id).await.map_err(trouble)?.layers;
            if let Some(pulled) = remote.image(tag, inputs, &below).await {
                return Ok(pulled);
            }
        }
        self.build(stack, which, parent).await
    }

    /// Has an image of this run pushed, and those of this engine on which it may be based, if the image cache is to have them.
    async fn offer(&self, stack: &Stack<'_>, count: usize, made: &ImageRecord) -> Result<(), Trouble> {
        let Some(remote) = self.remote.as_ref().filter(|remote| remote.cache.push) else { return Ok(()) };
        if made.pulled || remote.queue.knows(&made.tag) {
            return Ok(());
        }
        let below = self.engine.describe(&stack.base.id).await.map_err(trouble)?.layers;
        for lower in 0..count {
            let (tag, inputs) = (stack.tags[lower].clone(), stack.inputs[lower].clone());
            let id = if tag == made.tag { Some(ImageId(made.id.clone())) } else { self.local(&tag).await? };
            if let Some(id) = id.filter(|_| !remote.queue.knows(&tag)) {
                remote.queue.add(Job { tag, id, inputs, below: below.clone() });
            }
        }
        Ok(())
    }

    /// Does `work`, which needs images, and pushes them at the same time if the image cache is to have them.
    pub async fn beside<T>(&self, work: impl Future<Output = T>) -> T {
        match &self.remote {
            Some(remote) => remote.beside(work).await,
            None => work.await,
        }
    }

    /// Waits for the pushes of all images so far, unless the run is interrupted, which `interrupt` notices.
    pub async fn pushed(&self, interrupt: impl Future<Output = ()>, cancel: &CancellationToken) {
        if let Some(remote) = &self.remote {
            remote.pushed(interrupt, cancel).await;
        }
    }

    /// The records of all bases and layers so far.
    pub fn into_records(self) -> (Vec<BaseRecord>, Vec<ImageRecord>) {
        let (mut bases, mut images) = (self.bases.into_values(), self.layers.into_values());
        images.extend(self.again.into_values());
        self.warnings.distribute(&mut bases, &mut images);
        (bases, images)
    }

    /// Reports how an image was obtained.
    async fn layer(&self, tag: &str, made: impl Future<Output = Result<ImageRecord, Trouble>>) -> Result<ImageRecord, Trouble> {
        let mut made = made.await;
        if let Ok(record) = &mut made {
            record.warnings.extend(self.warnings.take(tag));
        }
        match &made {
            Ok(record) => self.listener.on_event(&Event::ImageReady(record)),
            Err(trouble) => self.listener.on_event(&Event::ImageFailed { name: tag, error: &trouble.detail }),
        }
        made
    }

    async fn build(&self, stack: &Stack<'_>, which: Range<usize>, parent: &BaseImage) -> Result<ImageRecord, Trouble> {
        let (tag, inputs) = (&stack.tags[which.end - 1], stack.inputs[which.end - 1].clone());
        let layers = &stack.plan.layers[which];
        let _permit = self.permits.acquire().await.expect("the semaphore is never closed");
        let started = Instant::now();
        self.listener.on_event(&Event::ImageStarted { name: tag, doing: "building" });
        let line = |line: &str| self.listener.on_event(&Event::ImageLine { name: tag, line });
        let request =
            BuildRequest { labels: [(INPUTS_LABEL.to_owned(), inputs)].into(), ..self.request(tag, layers, parent).await? };
        let id = self.engine.build(request, &line).await.map_err(|error| trouble(parts::explained(&error)))?;
        let dockerfiles = layers.iter().map(|layer| layer.dockerfile.clone()).collect();
        Ok(ImageRecord { dockerfiles, built: true, millis: millis(started), ..present(tag, id) })
    }

    /// The number of layers in the image to build on: the highest below `count` that exists or is shared.
    async fn below(&self, stack: &Stack<'_>, count: usize) -> Result<usize, Trouble> {
        for below in (1..count).rev() {
            let key = (stack.plan.base.clone(), stack.plan.layers[..below].to_vec());
            if self.shared.contains(&key) || self.local(&stack.tags[below - 1]).await?.is_some() {
                return Ok(below);
            }
        }
        Ok(0)
    }

    /// Looks up a tag among the local images, which one call of the engine lists.
    async fn local(&self, tag: &str) -> Result<Option<ImageId>, Trouble> {
        let names = format!("{}/", self.catalog.project().image_prefix);
        let local = self.local.get_or_try_init(|| self.engine.named(&names)).await.map_err(trouble)?;
        Ok(local.get(tag).cloned())
    }

    /// Waits until no other run makes the same image. A second build would have another id, and so would all images that are
    /// based on it.
    async fn lock(&self, tag: &str) -> Result<lock::ImageLock, Trouble> {
        let (folder, tag) = (self.settings.locks.clone(), tag.to_owned());
        let lock = spawn_blocking(move || lock::lock_image(&folder, &tag)).await;
        lock.map_err(trouble)?.map_err(trouble)
    }

    async fn request(&self, tag: &str, layers: &[LayerPlan], parent: &BaseImage) -> Result<BuildRequest, Trouble> {
        let mut archives = BTreeMap::new();
        for (file, digest) in layers.iter().flat_map(|layer| &layer.sources) {
            let path = self.archives.get(tag, file, digest).await?;
            archives.insert(file.clone(), path);
        }
        let context = image::context(self.catalog, layers, &archives).map_err(trouble)?;
        let (args, network) = (proxies(), self.settings.network.clone());
        Ok(BuildRequest { tag: tag.to_owned(), context, base: parent.clone(), args, labels: Labels::new(), network })
    }
}
