//! Images of a run: each base and layer is looked up, pulled, bootstrapped or built once, however many cells need it.

mod bootstrap;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::sync::{OnceCell, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::clock::millis;
use super::event::{Event, Listener};
use super::lock;
use crate::engine::{BaseImage, BuildRequest, Engine, IMAGE_NAMES, ImageId, Labels};
use crate::image::archive::Cache;
use crate::image::{self, Base, Catalog, Provision, Settings};
use crate::model::cause::{Cause, Trouble};
use crate::model::plan::{ImagePlan, LayerPlan};
use crate::model::record::{Acquired, BaseRecord, ImageRecord};
use crate::text::advice::Advice;
use crate::text::digest::digest;
use bootstrap::Bootstrap;

/// Timeout of a pull, after which the base is bootstrapped.
const PULL: Duration = Duration::from_secs(900);
/// `ARG`s that builders accept without a declaration and do not store in the image.
const PROXIES: [&str; 6] = ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];

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
    bases: Once<BaseRecord>,
    layers: Once<ImageRecord>,
    archives: Once<PathBuf>,
    /// The parts of stacks that are built as images of their own.
    shared: BTreeSet<(String, Vec<LayerPlan>)>,
}

/// The image of a plan in the making.
struct Stack<'a> {
    plan: &'a ImagePlan,
    base: BaseImage,
    /// One tag for each layer.
    tags: Vec<String>,
}

impl<'a> Images<'a> {
    pub fn new(engine: &'a dyn Engine, settings: &'a Settings, catalog: &'a Catalog, listener: &'a dyn Listener) -> Self {
        let builds = available_parallelism().map_or(1, usize::from);
        let permits = Semaphore::new(builds);
        let (provisions, bases, layers, archives) = (Once::new(), Once::new(), Once::new(), Once::new());
        let (local, shared) = (OnceCell::new(), BTreeSet::new());
        Images { engine, settings, catalog, listener, builds, permits, local, provisions, bases, layers, archives, shared }
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

    /// The images of a cell: with the defect, and the healthy one. Both are in trouble if they differ in a layer that their
    /// plans share, because then the defect is not the only difference.
    pub async fn pair(&self, plans: [&ImagePlan; 2]) -> [Result<ImageId, Trouble>; 2] {
        let images = tokio::join!(self.get(plans[0]), self.get(plans[1]));
        let (Ok(image), Ok(control)) = &images else { return images.into() };
        match self.comparable(plans, [image, control]).await {
            Ok(()) => images.into(),
            Err(trouble) => [Err(trouble.clone()), Err(trouble)],
        }
    }

    /// Tags rest on the inputs of images. So an image that is built again, with newer packages, has the tag of the image on
    /// which older images of this engine are based.
    async fn comparable(&self, plans: [&ImagePlan; 2], images: [&ImageId; 2]) -> Result<(), Trouble> {
        if images[0] == images[1] || plans[0].base != plans[1].base {
            return Ok(());
        }
        let count = plans[0].layers.iter().zip(&plans[1].layers).take_while(|(one, other)| one == other).count();
        let stack = self.stack(plans[0]).await?;
        let shared = self.lowest(&stack, count).await?;
        let below = self.engine.layers(&shared.id).await.map_err(trouble)?;
        for (plan, image) in plans.iter().zip(images) {
            if !self.engine.layers(image).await.map_err(trouble)?.starts_with(&below) {
                let tag = self.stack(plan).await?.tags.pop().unwrap_or_default();
                let problem = format!(
                    "image `{tag}` was built on an earlier build of `{}`, so the defect may not be all that differs from the control",
                    shared.name
                );
                return Err(trouble(Advice::new(
                    problem,
                    format!("remove image `{tag}` from the engine, then run the cell again"),
                )));
            }
        }
        Ok(())
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
        let tags = image::tags(&base.content, &plan.layers);
        let base = BaseImage { id: ImageId(base.image), name: base.tag };
        Ok(Stack { plan, base, tags })
    }

    /// The number of layers of an image that a local image has; `None` if the base is not there.
    pub(super) async fn present(&self, plan: &ImagePlan) -> Result<Option<usize>, Trouble> {
        let provision = self.provision(plan).await?;
        let tags = base_tags(&Base::parse(&plan.base).map_err(trouble)?, provision.as_deref());
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
                let layers = &stack.plan.layers[below..count];
                self.layers.get(tag, self.layer(tag, self.find_or_build(tag, layers, &parent))).await?
            };
            Ok(BaseImage { id: ImageId(made.id), name: tag.clone() })
        })
    }

    /// The records of all bases and layers so far.
    pub fn into_records(self) -> (Vec<BaseRecord>, Vec<ImageRecord>) {
        (self.bases.into_values(), self.layers.into_values())
    }

    async fn base(&self, name: &str, provision: Option<&Provision>) -> Result<BaseRecord, Trouble> {
        let acquired = self.acquire(name, provision).await;
        match &acquired {
            Ok(record) => self.listener.on_event(&Event::BaseReady(record)),
            Err(trouble) => self.listener.on_event(&Event::ImageFailed { name, error: &trouble.detail }),
        }
        acquired
    }

    async fn acquire(&self, name: &str, provision: Option<&Provision>) -> Result<BaseRecord, Trouble> {
        let record = self.find_or_make(&Base::parse(name).map_err(trouble)?, provision).await?;
        let layers = self.engine.layers(&ImageId(record.image.clone())).await.map_err(trouble)?;
        let content = digest(layers.join("\n").as_bytes());
        Ok(BaseRecord { content, ..record })
    }

    async fn find_or_make(&self, base: &Base, provision: Option<&Provision>) -> Result<BaseRecord, Trouble> {
        let (name, plain, reference) = (base.to_string(), base.tag(), base.reference(self.settings.registry.as_deref()));
        let [_, provided] = base_tags(base, provision);
        let record = |how, tag: &str, image: ImageId, detail| {
            let (name, tag, image, content) = (name.clone(), tag.to_owned(), image.0, String::new());
            BaseRecord { name, how, image, tag, content, detail }
        };
        let present = |tag: &str, id| record(Acquired::Present, tag, id, format!("`{tag}` was there"));
        for tag in [&plain, &provided] {
            if let Some(id) = self.local(tag).await? {
                return Ok(present(tag, id));
            }
        }
        if let Some(id) = self.engine.image(&reference).await.map_err(trouble)? {
            self.engine.tag(&id, &plain).await.map_err(trouble)?;
            return Ok(record(Acquired::Present, &plain, id, format!("`{reference}` was there")));
        }
        let _lock = self.lock(&plain).await?;
        for tag in [&plain, &provided] {
            if let Some(id) = self.engine.image(tag).await.map_err(trouble)? {
                return Ok(present(tag, id));
            }
        }
        let _permit = self.permits.acquire().await.expect("the semaphore is never closed");
        let started = Instant::now();
        let refused = match self.pull(&name, &reference).await {
            Ok(id) => {
                self.engine.tag(&id, &plain).await.map_err(trouble)?;
                let detail = format!("pulled `{reference}` in {} s", started.elapsed().as_secs());
                return Ok(record(Acquired::Pulled, &plain, id, detail));
            }
            Err(refused) => refused,
        };
        let bootstrapped = self.bootstrap(base, provision, &provided).await;
        let (id, how) = bootstrapped.map_err(|error| trouble(format!("{refused}\n{error}")))?;
        Ok(record(Acquired::Bootstrapped, &provided, id, format!("{refused}; {how}")))
    }

    /// Pulls an image. The error is one line, because a bootstrap follows.
    async fn pull(&self, name: &str, reference: &str) -> Result<ImageId, String> {
        self.listener.on_event(&Event::ImageStarted { name, doing: "pulling" });
        match timeout(PULL, self.engine.pull(reference)).await {
            Ok(Ok(id)) => Ok(id),
            Ok(Err(error)) => Err(error.to_string().lines().collect::<Vec<_>>().join(" ")),
            Err(_) => Err(format!("pulling image `{reference}` took longer than {} s", PULL.as_secs())),
        }
    }

    async fn bootstrap(&self, base: &Base, provision: Option<&Provision>, tag: &str) -> Result<(ImageId, String), String> {
        let name = &base.to_string();
        self.listener.on_event(&Event::ImageStarted { name, doing: "bootstrapping" });
        let line = |line: &str| self.listener.on_event(&Event::ImageLine { name, line });
        let bootstrap = Bootstrap::run(base, provision, self.settings, &line).await?;
        // Runs of other users have other locks; a base is not replaced, as the tags of all images rest on its content.
        if let Some(id) = self.engine.image(tag).await.map_err(|error| error.to_string())? {
            return Ok((id, format!("`{tag}` was made meanwhile by another run")));
        }
        let imported = self.engine.import(bootstrap.archive(), tag, &Labels::new()).await;
        Ok((imported.map_err(|error| error.to_string())?, bootstrap.detail().to_owned()))
    }

    /// Reports how an image was obtained.
    async fn layer(&self, tag: &str, made: impl Future<Output = Result<ImageRecord, Trouble>>) -> Result<ImageRecord, Trouble> {
        let made = made.await;
        match &made {
            Ok(record) => self.listener.on_event(&Event::ImageReady(record)),
            Err(trouble) => self.listener.on_event(&Event::ImageFailed { name: tag, error: &trouble.detail }),
        }
        made
    }

    async fn find_or_build(&self, tag: &str, layers: &[LayerPlan], parent: &BaseImage) -> Result<ImageRecord, Trouble> {
        let _lock = self.lock(tag).await?;
        if let Some(id) = self.engine.image(tag).await.map_err(trouble)? {
            return Ok(present(tag, id));
        }
        let _permit = self.permits.acquire().await.expect("the semaphore is never closed");
        let started = Instant::now();
        self.listener.on_event(&Event::ImageStarted { name: tag, doing: "building" });
        let line = |line: &str| self.listener.on_event(&Event::ImageLine { name: tag, line });
        let request = self.request(tag, layers, parent).await?;
        let id = self.engine.build(request, &line).await.map_err(trouble)?;
        let dockerfiles = layers.iter().map(|layer| layer.dockerfile.clone()).collect();
        Ok(ImageRecord { tag: tag.to_owned(), id: id.0, dockerfiles, built: true, millis: millis(started) })
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
        let local = self.local.get_or_try_init(|| self.engine.named(IMAGE_NAMES)).await.map_err(trouble)?;
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
            let path = self.archives.get(file, self.fetch(tag, file, digest)).await?;
            archives.insert(file.clone(), path);
        }
        let context = image::context(self.catalog, layers, &archives).map_err(trouble)?;
        let args = PROXIES.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?))).collect();
        let network = self.settings.network.clone();
        Ok(BuildRequest { tag: tag.to_owned(), context, base: parent.clone(), args, labels: Labels::new(), network })
    }

    async fn fetch(&self, tag: &str, file: &str, digest: &str) -> Result<PathBuf, Trouble> {
        self.listener.on_event(&Event::ImageLine { name: tag, line: &format!("fetching {file}") });
        let cache = Cache::new(&self.settings.cache, self.settings.index.as_deref());
        let (file, digest) = (file.to_owned(), digest.to_owned());
        let fetched = spawn_blocking(move || cache.fetch(&file, &digest)).await;
        fetched.map_err(trouble)?.map_err(trouble)
    }
}

/// The record of an image that was on the engine.
fn present(tag: &str, id: ImageId) -> ImageRecord {
    ImageRecord { tag: tag.to_owned(), id: id.0, dockerfiles: Vec::new(), built: false, millis: 0 }
}

/// The tags that a base may have: as it comes from a registry, and with a provision.
fn base_tags(base: &Base, provision: Option<&Provision>) -> [String; 2] {
    [base.tag(), provision.map_or_else(|| base.tag(), |provision| base.provided_tag(provision))]
}

/// The parts of stacks that more than one image is based on, and the whole stacks.
fn shared<'p>(plans: impl IntoIterator<Item = &'p ImagePlan>) -> BTreeSet<(String, Vec<LayerPlan>)> {
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

/// Runs work once for each key and stores its result or trouble.
struct Once<T>(Mutex<BTreeMap<String, Attempt<T>>>);

type Attempt<T> = Arc<OnceCell<Result<T, Trouble>>>;

impl<T: Clone> Once<T> {
    fn new() -> Self {
        Once(Mutex::new(BTreeMap::new()))
    }

    /// If the task that does the work is dropped, a waiting one starts it again.
    async fn get(&self, key: &str, work: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
        let cell =
            Arc::clone(self.0.lock().expect("no thread panics while it holds the lock").entry(key.to_owned()).or_default());
        cell.get_or_init(|| work).await.clone()
    }

    /// Successful results in order of keys.
    fn into_values(self) -> Vec<T> {
        let cells = self.0.into_inner().expect("no thread panics while it holds the lock");
        cells.into_values().filter_map(|cell| cell.get()?.clone().ok()).collect()
    }
}

fn trouble(error: impl ToString) -> Trouble {
    Trouble { cause: Cause::Image, detail: error.to_string() }
}
