//! Images, had before the cells that need them: each base and each layer is looked up, pulled, bootstrapped or built
//! once in a run, however many cells ask. It must not know what is executed in them.

mod bootstrap;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use tokio::sync::{OnceCell, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::event::{Event, Listener};
use super::{lock, millis};
use crate::engine::{BaseImage, BuildRequest, Engine, IMAGE_NAMES, ImageId, Labels};
use crate::image::archive::Cache;
use crate::image::{self, Base, Catalog, Settings};
use crate::model::cause::{Cause, Trouble};
use crate::model::plan::{ImagePlan, LayerPlan};
use crate::model::record::{Acquired, BaseRecord, ImageRecord};
use bootstrap::Bootstrap;

/// How long a pull may take before the base is bootstrapped instead.
const PULL: Duration = Duration::from_secs(900);
/// `ARG`s that every builder knows without a declaration and keeps out of the image.
const PROXIES: [&str; 6] = ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];

/// The images of one run.
pub struct Images<'a, E> {
    pub(super) engine: &'a E,
    settings: &'a Settings,
    catalog: &'a Catalog,
    pub(super) listener: &'a dyn Listener,
    permits: Semaphore,
    /// What was there when it was first asked for.
    there: OnceCell<BTreeMap<String, ImageId>>,
    bases: Once<BaseRecord>,
    layers: Once<ImageRecord>,
    archives: Once<PathBuf>,
}

impl<'a, E: Engine> Images<'a, E> {
    /// None is had yet.
    pub fn new(engine: &'a E, settings: &'a Settings, catalog: &'a Catalog, listener: &'a dyn Listener) -> Self {
        let builds = available_parallelism().map_or(1, usize::from);
        let permits = Semaphore::new(builds);
        let (there, bases, layers, archives) = (OnceCell::new(), Once::new(), Once::new(), Once::new());
        Images { engine, settings, catalog, listener, permits, there, bases, layers, archives }
    }

    /// The image of a plan. Whoever asks first has it made; all others wait for that, or get the same trouble.
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

    /// What was had, for the record.
    pub fn into_records(self) -> (Vec<BaseRecord>, Vec<ImageRecord>) {
        (self.bases.into_values(), self.layers.into_values())
    }

    async fn base(&self, name: &str) -> Result<BaseRecord, Trouble> {
        let acquired = match Base::parse(name) {
            Ok(base) => self.acquire(&base).await,
            Err(error) => Err(trouble(error)),
        };
        match &acquired {
            Ok(record) => self.listener.hear(&Event::BaseReady(record)),
            Err(trouble) => self.listener.hear(&Event::ImageFailed { name, error: &trouble.detail }),
        }
        acquired
    }

    async fn acquire(&self, base: &Base) -> Result<BaseRecord, Trouble> {
        let (name, tag, reference) = (base.to_string(), base.tag(), base.reference(self.settings.registry.as_deref()));
        let record = |how, image: ImageId, detail| BaseRecord { name: name.clone(), how, image: image.0, detail };
        let there = || format!("`{tag}` was there");
        if let Some(id) = self.there(&tag).await? {
            return Ok(record(Acquired::Present, id, there()));
        }
        if let Some(id) = self.engine.image(&reference).await.map_err(trouble)? {
            self.engine.tag(&id, &tag).await.map_err(trouble)?;
            return Ok(record(Acquired::Present, id, format!("`{reference}` was there")));
        }
        let _making = self.making(&tag).await?;
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

    /// Pulls; the error is one line, as a bootstrap follows.
    async fn pull(&self, name: &str, reference: &str) -> Result<ImageId, String> {
        self.listener.hear(&Event::ImageStarted { name, doing: "pulling" });
        match timeout(PULL, self.engine.pull(reference)).await {
            Ok(Ok(id)) => Ok(id),
            Ok(Err(error)) => Err(error.to_string().lines().collect::<Vec<_>>().join(" ")),
            Err(_) => Err(format!("pulling image `{reference}` took longer than {} s", PULL.as_secs())),
        }
    }

    async fn bootstrap(&self, base: &Base, name: &str, tag: &str) -> Result<(ImageId, String), String> {
        self.listener.hear(&Event::ImageStarted { name, doing: "bootstrapping" });
        let line = |line: &str| self.listener.hear(&Event::ImageLine { name, line });
        let bootstrap = Bootstrap::run(base, self.settings, &line).await?;
        let imported = self.engine.import(bootstrap.archive(), tag, &Labels::new()).await;
        Ok((imported.map_err(|error| error.to_string())?, bootstrap.detail().to_owned()))
    }

    async fn layer(&self, tag: &str, plan: &LayerPlan, parent: &BaseImage) -> Result<ImageRecord, Trouble> {
        let made = self.find_or_build(tag, plan, parent).await;
        match &made {
            Ok(record) => self.listener.hear(&Event::ImageReady(record)),
            Err(trouble) => self.listener.hear(&Event::ImageFailed { name: tag, error: &trouble.detail }),
        }
        made
    }

    async fn find_or_build(&self, tag: &str, plan: &LayerPlan, parent: &BaseImage) -> Result<ImageRecord, Trouble> {
        let record = |id: ImageId, built, millis| ImageRecord { tag: tag.to_owned(), id: id.0, built, millis };
        if let Some(id) = self.there(tag).await? {
            return Ok(record(id, false, 0));
        }
        let _making = self.making(tag).await?;
        if let Some(id) = self.engine.image(tag).await.map_err(trouble)? {
            return Ok(record(id, false, 0));
        }
        let _permit = self.permits.acquire().await.expect("the semaphore is never closed");
        let started = Instant::now();
        self.listener.hear(&Event::ImageStarted { name: tag, doing: "building" });
        let line = |line: &str| self.listener.hear(&Event::ImageLine { name: tag, line });
        let request = self.request(tag, plan, parent).await?;
        let id = self.engine.build(request, &line).await.map_err(trouble)?;
        Ok(record(id, true, millis(started)))
    }

    /// The image of that tag among those that were there, all of which one call of the engine tells.
    async fn there(&self, tag: &str) -> Result<Option<ImageId>, Trouble> {
        let there = self.there.get_or_try_init(|| self.engine.named(IMAGE_NAMES)).await.map_err(trouble)?;
        Ok(there.get(tag).cloned())
    }

    /// Waits until no other run makes the same image: a second build would have another id, and so would all that is built
    /// on it.
    async fn making(&self, tag: &str) -> Result<lock::Making, Trouble> {
        let (folder, tag) = (self.settings.locks.clone(), tag.to_owned());
        let lock = spawn_blocking(move || lock::making(&folder, &tag)).await;
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
        self.listener.hear(&Event::ImageLine { name: tag, line: &format!("fetching {file}") });
        let cache = Cache::new(&self.settings.cache, self.settings.index.as_deref());
        let (file, digest) = (file.to_owned(), digest.to_owned());
        let fetched = spawn_blocking(move || cache.fetch(&file, &digest)).await;
        fetched.map_err(trouble)?.map_err(trouble)
    }
}

/// Work that is done once for each key; what came of it, trouble included, is kept.
struct Once<T>(Mutex<BTreeMap<String, Attempt<T>>>);

type Attempt<T> = Arc<OnceCell<Result<T, Trouble>>>;

impl<T: Clone> Once<T> {
    fn new() -> Self {
        Once(Mutex::new(BTreeMap::new()))
    }

    /// When the task that does the work is dropped, the next one that waits starts it again.
    async fn get(&self, key: &str, work: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
        let cell =
            Arc::clone(self.0.lock().expect("no thread panics while it holds the lock").entry(key.to_owned()).or_default());
        cell.get_or_init(|| work).await.clone()
    }

    /// What came of it without trouble, in the order of the keys.
    fn into_values(self) -> Vec<T> {
        let cells = self.0.into_inner().expect("no thread panics while it holds the lock");
        cells.into_values().filter_map(|cell| cell.get()?.clone().ok()).collect()
    }
}

fn trouble(error: impl ToString) -> Trouble {
    Trouble { cause: Cause::Image, detail: error.to_string() }
}
