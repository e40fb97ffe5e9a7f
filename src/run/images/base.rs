//! Bases: each is looked up, pulled, bootstrapped, built or imported once. A base that is pulled by reference has no substitute.

use std::path::Path;
use std::time::Instant;

use tokio::time::{sleep, timeout};

use super::Images;
use super::bootstrap::{Bootstrap, PAUSES};
use super::cache::{PULL, one_line};
use super::cached_base::BaseNames;
use super::parts::{base_tags, proxies, trouble};
use crate::engine::{BaseImage, BuildRequest, EngineError, ImageId, Labels, Refusal};
use crate::image::{Base, Provision};
use crate::model::cause::Trouble;
use crate::model::project::BaseSource;
use crate::model::record::{Acquired, BaseRecord};
use crate::run::event::Event;
use crate::text::advice::Advice;

impl Images<'_> {
    /// The base of this name, whose tag depends on the files that it is made of.
    pub(super) async fn base_of(&self, name: &str) -> Result<Base, Trouble> {
        self.known.get(name, async { self.catalog.base(name).map_err(trouble) }).await
    }

    pub(super) async fn base(&self, name: &str, provision: Option<&Provision>) -> Result<BaseRecord, Trouble> {
        let mut acquired = self.acquire(name, provision).await;
        if let Ok(record) = &mut acquired {
            record.warnings = self.warnings.take(name);
        }
        match &acquired {
            Ok(record) => self.listener.on_event(&Event::BaseReady(record)),
            Err(trouble) => self.listener.on_event(&Event::ImageFailed { name, error: &trouble.detail }),
        }
        acquired
    }

    async fn acquire(&self, name: &str, provision: Option<&Provision>) -> Result<BaseRecord, Trouble> {
        let record = self.find_shared(&self.base_of(name).await?, provision).await?;
        let content = self.engine.describe(&ImageId(record.image.clone())).await.map_err(trouble)?.content();
        Ok(BaseRecord { content, ..record })
    }

    /// The base of the image cache, else that of this machine, which is then pushed if the cache is to have it.
    async fn find_shared(&self, base: &Base, provision: Option<&Provision>) -> Result<BaseRecord, Trouble> {
        let Some(remote) = &self.remote else { return self.find_or_make(base, provision).await };
        let (tags, label) = (base_tags(base, provision), provision.map_or("-", |provision| &provision.digest));
        let names = BaseNames { name: base.to_string(), tags, label: format!("{base} {label}") };
        let lock = self.lock(&names.tags[0]).await?;
        if let Some(record) = remote.base(&names).await {
            return Ok(record);
        }
        drop(lock);
        let made = self.find_or_make(base, provision).await?;
        let _lock = self.lock(&names.tags[0]).await?;
        Ok(remote.publish(&names, made).await)
    }

    pub(super) async fn find_or_make(&self, base: &Base, provision: Option<&Provision>) -> Result<BaseRecord, Trouble> {
        let (plain, reference) = (base.tag(), base.reference(self.settings.registry.as_deref()));
        let [_, provided] = base_tags(base, provision);
        let present = |tag: &str, id| record(base, Acquired::Present, (tag, id), format!("`{tag}` was there"));
        // A stack without a provision may have made the plain one meanwhile; the images that there are rest on the other.
        for tag in [&provided, &plain] {
            if let Some(id) = self.local(tag).await? {
                return Ok(present(tag, id));
            }
        }
        // One of another platform may have the same reference.
        if let Some(reference) = reference.as_ref().filter(|_| base.platform().is_none())
            && let Some(id) = self.engine.image(reference).await.map_err(trouble)?
        {
            self.engine.tag(&id, &plain).await.map_err(trouble)?;
            return Ok(record(base, Acquired::Present, (&plain, id), format!("`{reference}` was there")));
        }
        let _lock = self.lock(&plain).await?;
        for tag in [&provided, &plain] {
            if let Some(id) = self.engine.image(tag).await.map_err(trouble)? {
                return Ok(present(tag, id));
            }
        }
        let _permit = self.permits.acquire().await.expect("the semaphore is never closed");
        let started = Instant::now();
        let (how, id) = match (&base.source, &reference) {
            (BaseSource::Debian { .. }, Some(reference)) => {
                let refused = match self.pull(base, reference).await {
                    Ok(id) => return self.pulled(base, id, reference, started).await,
                    Err(error) => error,
                };
                let bootstrapped = self.bootstrap(base, provision, &provided).await;
                let (id, how) = bootstrapped.map_err(|error| trouble(format!("{refused}\n{error}")))?;
                return Ok(record(base, Acquired::Bootstrapped, (&provided, id), format!("{refused}; {how}")));
            }
            (_, Some(reference)) => {
                let id = self.pull_in_time(base, reference).await?;
                return self.pulled(base, id, reference, started).await;
            }
            (BaseSource::Archive(file), None) => (Acquired::Imported, self.import(base, file).await?),
            (_, None) => (Acquired::Built, self.build_base(base).await?),
        };
        let detail = format!("made from {} in {} s", base.words(), started.elapsed().as_secs());
        Ok(record(base, how, (&plain, id), detail))
    }

    /// The record of a base that was pulled, which gets its tag.
    async fn pulled(&self, base: &Base, id: ImageId, reference: &str, started: Instant) -> Result<BaseRecord, Trouble> {
        let plain = base.tag();
        self.engine.tag(&id, &plain).await.map_err(trouble)?;
        let detail = format!("pulled `{reference}` in {} s", started.elapsed().as_secs());
        Ok(record(base, Acquired::Pulled, (&plain, id), detail))
    }

    /// Pulls an image. The error is one line, because a bootstrap follows.
    async fn pull(&self, base: &Base, reference: &str) -> Result<ImageId, String> {
        self.pull_once(base, reference).await.map_err(|refused| refused.message)
    }

    /// Pulls an image that cannot be obtained in another way, with further attempts if the registry does not answer.
    async fn pull_in_time(&self, base: &Base, reference: &str) -> Result<ImageId, Trouble> {
        let name = &base.to_string();
        for pause in PAUSES {
            match self.pull_once(base, reference).await {
                Err(refused) if refused.may_pass => {
                    let line = format!("{}; this may pass, so it is tried again in {} s", refused.message, pause.as_secs());
                    self.listener.on_event(&Event::ImageLine { name, line: &line });
                    sleep(pause).await;
                }
                made => return made.map_err(|refused| trouble(refused.advice(base, reference))),
            }
        }
        self.pull_once(base, reference).await.map_err(|refused| {
            let message = format!("{}, in {} attempts", refused.message, PAUSES.len() + 1);
            trouble(Refused { message, ..refused }.advice(base, reference))
        })
    }

    async fn pull_once(&self, base: &Base, reference: &str) -> Result<ImageId, Refused> {
        let name = &base.to_string();
        self.listener.on_event(&Event::ImageStarted { name, doing: "pulling" });
        let credentials = self.keys.of(name, reference).await;
        let pull = self.engine.pull(reference, base.platform(), credentials.as_ref());
        let id = match timeout(PULL, pull).await {
            Ok(Ok(id)) => id,
            Ok(Err(error)) => return Err(Refused::of(&error)),
            Err(_) => {
                let message = format!("pulling image `{reference}` took longer than {} s", PULL.as_secs());
                return Err(Refused { message, may_pass: false, help: REGISTRY.to_owned() });
            }
        };
        let Some(platform) = base.platform() else { return Ok(id) };
        let details = self.engine.describe(&id).await.map_err(|error| Refused::of(&error))?;
        if details.is_for(platform) {
            return Ok(id);
        }
        let message = format!("image `{reference}` is for {}, not for {platform}", details.platform);
        Err(Refused { message, may_pass: false, help: "name a platform in the project file that the registry has".to_owned() })
    }

    async fn bootstrap(&self, base: &Base, provision: Option<&Provision>, tag: &str) -> Result<(ImageId, String), String> {
        let name = &base.to_string();
        self.listener.on_event(&Event::ImageStarted { name, doing: "bootstrapping" });
        let line = |line: &str| self.listener.on_event(&Event::ImageLine { name, line });
        let bootstrap = Bootstrap::run(base, provision, self.settings, &line).await?;
        if let Some(warning) = bootstrap.reduced() {
            self.warnings.add(name, warning);
        }
        // Runs of other users have other locks; a base is not replaced, as the tags of all images rest on its content.
        if let Some(id) = self.engine.image(tag).await.map_err(|error| error.to_string())? {
            return Ok((id, format!("`{tag}` was made meanwhile by another run")));
        }
        let imported = self.import_in_time(name, bootstrap.archive(), tag).await;
        Ok((imported.map_err(|error| error.to_string())?, bootstrap.detail().to_owned()))
    }

    async fn import(&self, base: &Base, file: &Path) -> Result<ImageId, Trouble> {
        let name = &base.to_string();
        self.listener.on_event(&Event::ImageStarted { name, doing: "importing" });
        let help = "it must be a tar archive of a root file system, perhaps compressed";
        let imported = self.import_in_time(name, file, &base.tag()).await;
        imported.map_err(|error| trouble(Advice::new(format!("base `{name}`, {}: {error}", base.words()), help)))
    }

    /// Imports an archive, and once more if that fails.
    async fn import_in_time(&self, name: &str, file: &Path, tag: &str) -> Result<ImageId, EngineError> {
        let [pause, _] = PAUSES;
        match self.engine.import(file, tag, &Labels::new()).await {
            Ok(id) => Ok(id),
            Err(error) => {
                let line = format!("{}; trying again in {} s", one_line(&error), pause.as_secs());
                self.listener.on_event(&Event::ImageLine { name, line: &line });
                sleep(pause).await;
                self.engine.import(file, tag, &Labels::new()).await
            }
        }
    }

    /// Builds a base from its own dockerfile.
    async fn build_base(&self, base: &Base) -> Result<ImageId, Trouble> {
        let name = &base.to_string();
        self.listener.on_event(&Event::ImageStarted { name, doing: "building" });
        let line = |line: &str| self.listener.on_event(&Event::ImageLine { name, line });
        let context = base.context().map_err(trouble)?.expect("only a base with a dockerfile is built");
        let none = BaseImage { id: ImageId(String::new()), name: String::new() };
        let (tag, args, labels, network) = (base.tag(), proxies(), Labels::new(), self.settings.network.clone());
        self.engine.build(BuildRequest { tag, context, base: none, args, labels, network }, &line).await.map_err(trouble)
    }
}

/// The record of a base with this tag and id.
fn record(base: &Base, how: Acquired, (tag, id): (&str, ImageId), detail: String) -> BaseRecord {
    let (name, tag, image, content) = (base.to_string(), tag.to_owned(), id.0, String::new());
    BaseRecord { name, how, image, tag, content, detail, warnings: Vec::new() }
}

const REGISTRY: &str = "check that the registry answers, and that the engine may reach it";

/// Why an image was not pulled.
struct Refused {
    /// One line.
    message: String,
    may_pass: bool,
    help: String,
}

impl Refused {
    fn of(error: &EngineError) -> Self {
        let help = match error.refusal() {
            _ if error.is_denied() => "log in with `docker login`, whose configuration is used here",
            Refusal::Absent => "correct the reference in the project file; the registry has no such tag, digest or platform",
            Refusal::Registry => REGISTRY,
            Refusal::Image => "",
        };
        Refused { message: one_line(error), may_pass: error.may_pass(), help: help.to_owned() }
    }

    fn advice(self, base: &Base, reference: &str) -> Advice {
        let message = match self.message.contains(reference) {
            true => self.message,
            false => format!("`{reference}`: {}", self.message),
        };
        Advice::new(format!("base `{base}` cannot be obtained: {message}"), self.help)
    }
}
