//! Images of a run: each base and layer is looked up, pulled, bootstrapped or built once, however many cells need it.

mod bootstrap;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use tokio::sync::{OnceCell, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::clock::millis;
use super::event::{Event, Listener};
use super::lock;
use crate::engine::{BaseImage, BuildRequest, Engine, IMAGE_NAMES, ImageId, Labels};
use crate::image::archive::Cache;
use crate::image::{self, Base, Catalog, Settings};
use crate::model::cause::{Cause, Trouble};
use crate::model::plan::{ImagePlan, LayerPlan};
use crate::model::record::{Acquired, BaseRecord, ImageRecord};
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
    permits: Semaphore,
    /// Local images, listed once.
    local: OnceCell<BTreeMap<String, ImageId>>,
    bases: Once<BaseRecord>,
    layers: Once<ImageRecord>,
    archives: Once<PathBuf>,
}

impl<'a> Images<'a> {
    pub fn new(engine: &'a dyn Engine, settings: &'a Settings, catalog: &'a Catalog, listener: &'a dyn Listener) -> Self {
        let builds = available_parallelism().map_or(1, usize::from);
        let permits = Semaphore::new(builds);
        let (local, bases, layers, archives) = (OnceCell::new(), Once::new(), Once::new(), Once::new());
        Images { engine, settings, catalog, listener, permits, local, bases, layers, archives }
    }

    /// The image of a plan. The first caller starts the work; others wait for it and get the same result or trouble.
    pub async fn get(&self, plan: &ImagePlan) -> Result<ImageId, Trouble> {
        let base = self.bases.get(&plan.base, self.base(&plan.base)).await?;
        let mut image = BaseImage { id: ImageId(base.image), name: image::base_tag(&plan.base) };
        for layer in &plan.layers {
            let tag = image::tag(layer, &image.id);
            let id = ImageId(self.layers.get(&tag, self.layer(&tag, layer, &image)).await?.id);
            image = BaseImage { id, name: tag };
        }
        Ok(image.id)
    }

    /// The records of all bases and layers so far.
    pub fn into_records(self) -> (Vec<BaseRecord>, Vec<ImageRecord>) {
        (self.bases.into_values(), self.layers.into_values())
    }

    async fn base(&self, name: &str) -> Result<BaseRecord, Trouble> {
        let acquired = match Base::parse(name) {
            Ok(base) => self.acquire(&base).await,
            Err(error) => Err(trouble(error)),
        };
        match &acquired {
            Ok(record) => self.listener.on_event(&Event::BaseReady(record)),
            Err(trouble) => self.listener.on_event(&Event::ImageFailed { name, error: &trouble.detail }),
        }
        acquired
    }

    async fn acquire(&self, base: &Base) -> Result<BaseRecord, Trouble> {
        let (name, tag, reference) = (base.to_string(), base.tag(), base.reference(self.settings.registry.as_deref()));
        let record = |how, image: ImageId, detail| BaseRecord { name: name.clone(), how, image: image.0, detail };
        let there = || format!("`{tag}` was there");
        if let Some(id) = self.local(&tag).await? {
            return Ok(record(Acquired::Present, id, there()));
        }
        if let Some(id) = self.engine.image(&reference).await.map_err(trouble)? {
            self.engine.tag(&id, &tag).await.map_err(trouble)?;
            return Ok(record(Acquired::Present, id, format!("`{reference}` was there")));
        }
        let _lock = self.lock(&tag).await?;
        if let Some(id) = self.engine.image(&tag).await.map_err(trouble)? {
            return Ok(record(Acquired::Present, id, there()));
        }
        let _permit = self.permits.acquire().await.expect("the semaphore is never closed");
        let started = Instant::now();
        let refused = match self.pull(&name, &reference).await {
            Ok(id) => {
                self.engine.tag(&id, &tag).await.map_err(trouble)?;
                return Ok(record(Acquired::Pulled, id, format!("pulled `{reference}` in {} s", started.elapsed().as_secs())));
            }
            Err(refused) => refused,
        };
        let bootstrapped = self.bootstrap(base, &name, &tag).await;
        let (id, how) = bootstrapped.map_err(|error| trouble(format!("{refused}\n{error}")))?;
        Ok(record(Acquired::Bootstrapped, id, format!("{refused}; {how}")))
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

    async fn bootstrap(&self, base: &Base, name: &str, tag: &str) -> Result<(ImageId, String), String> {
        self.listener.on_event(&Event::ImageStarted { name, doing: "bootstrapping" });
        let line = |line: &str| self.listener.on_event(&Event::ImageLine { name, line });
        let bootstrap = Bootstrap::run(base, self.settings, &line).await?;
        let imported = self.engine.import(bootstrap.archive(), tag, &Labels::new()).await;
        Ok((imported.map_err(|error| error.to_string())?, bootstrap.detail().to_owned()))
    }

    async fn layer(&self, tag: &str, plan: &LayerPlan, parent: &BaseImage) -> Result<ImageRecord, Trouble> {
        let made = self.find_or_build(tag, plan, parent).await;
        match &made {
            Ok(record) => self.listener.on_event(&Event::ImageReady(record)),
            Err(trouble) => self.listener.on_event(&Event::ImageFailed { name: tag, error: &trouble.detail }),
        }
        made
    }

    async fn find_or_build(&self, tag: &str, plan: &LayerPlan, parent: &BaseImage) -> Result<ImageRecord, Trouble> {
        let record = |id: ImageId, built, millis| ImageRecord { tag: tag.to_owned(), id: id.0, built, millis };
        if let Some(id) = self.local(tag).await? {
            return Ok(record(id, false, 0));
        }
        let _lock = self.lock(tag).await?;
        if let Some(id) = self.engine.image(tag).await.map_err(trouble)? {
            return Ok(record(id, false, 0));
        }
        let _permit = self.permits.acquire().await.expect("the semaphore is never closed");
        let started = Instant::now();
        self.listener.on_event(&Event::ImageStarted { name: tag, doing: "building" });
        let line = |line: &str| self.listener.on_event(&Event::ImageLine { name: tag, line });
        let request = self.request(tag, plan, parent).await?;
        let id = self.engine.build(request, &line).await.map_err(trouble)?;
        Ok(record(id, true, millis(started)))
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

    async fn request(&self, tag: &str, plan: &LayerPlan, parent: &BaseImage) -> Result<BuildRequest, Trouble> {
        let mut archives = BTreeMap::new();
        for (file, digest) in &plan.sources {
            let path = self.archives.get(file, self.fetch(tag, file, digest)).await?;
            archives.insert(file.clone(), path);
        }
        let context = self.catalog.context(plan, &archives).map_err(trouble)?;
        let proxies = PROXIES.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)));
        let mut args: BTreeMap<String, String> = proxies.collect();
        args.extend(plan.args.clone());
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
