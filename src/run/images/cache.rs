//! The image cache of a run: a registry from which images are pulled, and to which they are pushed. Trouble with it is a warning,
//! and what it does not have is built. Nothing that it has is used unless its label and its layers are the expected ones.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::sync::{OnceCell, Semaphore};
use tokio::time::{sleep, timeout};

use super::credentials::Keys;
use super::queue::Queue;
use super::warnings::Warnings;
use crate::engine::{Engine, EngineError, ImageDetails, ImageId, Refusal};
use crate::image::{INPUTS_LABEL, ImageCache};
use crate::model::record::ImageRecord;
use crate::run::clock::millis;
use crate::run::event::{Event, Listener};

/// Timeout of a pull or a push.
pub(super) const PULL: Duration = Duration::from_secs(900);
/// Number of concurrent pulls. They take little processor time, so they need no permit of a build.
const PULLS: usize = 4;
const BUILT: &str = "the image is built instead";
/// Pause before a request is made again.
const PAUSE: Duration = Duration::from_millis(500);

/// The cache, the user and the engine.
pub(super) struct Remote<'a> {
    pub(super) engine: &'a dyn Engine,
    pub(super) listener: &'a dyn Listener,
    pub(super) cache: &'a ImageCache,
    pub(super) warnings: Arc<Warnings<'a>>,
    pub(super) architecture: OnceCell<String>,
    /// Images to push.
    pub(super) queue: Queue,
    keys: Arc<Keys<'a>>,
    pulls: Semaphore,
    /// The registry cannot be used, so it is not asked again.
    closed: AtomicBool,
    /// References of images there that are not what they should be.
    faulty: Mutex<BTreeSet<String>>,
    /// References that are names of local images for the time of a pull or push.
    held: Mutex<BTreeSet<String>>,
}

/// An image in the cache, and what it must be.
pub(super) struct Wanted<'a> {
    /// Tag or base.
    pub(super) name: &'a str,
    pub(super) reference: String,
    /// Name and value.
    pub(super) label: (&'static str, String),
    /// The layers of an image that it is based on.
    pub(super) below: &'a [String],
    /// What happens without it.
    pub(super) instead: &'static str,
}

impl Wanted<'_> {
    /// Why another image has this name; `None` if it is the wanted one.
    pub(super) fn fault(&self, details: &ImageDetails) -> Option<String> {
        let (label, expected) = &self.label;
        match details.labels.get(*label) {
            Some(value) if value == expected => {}
            Some(value) => return Some(format!("its label `{label}` is `{value}`, not `{expected}`")),
            None => return Some(format!("it has no label `{label}`")),
        }
        let is_based = details.layers.starts_with(self.below);
        (!is_based).then(|| "it is not based on the image that this run uses".to_owned())
    }
}

/// A request to the registry.
#[derive(Debug, Clone, Copy)]
pub(super) enum Transfer {
    Pull,
    Push,
    /// Fails if the image is absent.
    Look,
}

pub(super) struct Failure {
    pub(super) refusal: Refusal,
    message: String,
}

impl<'a> Remote<'a> {
    pub(super) fn new(
        engine: &'a dyn Engine,
        listener: &'a dyn Listener,
        cache: &'a ImageCache,
        (warnings, keys): (Arc<Warnings<'a>>, Arc<Keys<'a>>),
    ) -> Self {
        let (closed, faulty, held) = (AtomicBool::new(false), Mutex::default(), Mutex::default());
        let (architecture, pulls, queue) = (OnceCell::new(), Semaphore::new(PULLS), Queue::new());
        Remote { engine, listener, cache, warnings, architecture, queue, keys, pulls, closed, faulty, held }
    }

    /// The image of this tag and these inputs, if the cache has it.
    pub(super) async fn image(&self, tag: &str, inputs: &str, below: &[String]) -> Option<ImageRecord> {
        let wanted = self.wanted(tag, inputs, below);
        let started = Instant::now();
        let (id, _) = self.fetch(&wanted).await?;
        let tagged = self.engine.tag(&id, tag).await;
        self.release(&wanted.reference).await;
        if let Err(error) = tagged {
            self.warn(tag, &format!("{error}; {BUILT}"));
            return None;
        }
        let (id, millis) = (id.0, millis(started));
        let (tag, dockerfiles, warnings) = (tag.to_owned(), Vec::new(), Vec::new());
        Some(ImageRecord { tag, id, dockerfiles, built: false, pulled: true, millis, warnings })
    }

    pub(super) fn wanted<'w>(&self, tag: &'w str, inputs: &str, below: &'w [String]) -> Wanted<'w> {
        let reference = self.cache.repository.reference(tag);
        Wanted { name: tag, reference, label: (INPUTS_LABEL, inputs.to_owned()), below, instead: BUILT }
    }

    /// Pulls an image and checks it. It has the name of the registry until that is released. `None` if the cache does not have
    /// it; trouble is a warning.
    pub(super) async fn fetch(&self, wanted: &Wanted<'_>) -> Option<(ImageId, ImageDetails)> {
        let Wanted { name, reference, .. } = wanted;
        let _permit = self.pulls.acquire().await.expect("the semaphore is never closed");
        if self.is_closed() {
            return None;
        }
        self.listener.on_event(&Event::ImageLine { name, line: "asking the image cache" });
        self.hold(reference);
        match self.pull(wanted).await {
            Ok(pulled) => Some(pulled),
            Err(failure) => {
                self.release(reference).await;
                self.listener.on_event(&Event::NotCached { name });
                self.failed(wanted, &failure, wanted.instead);
                None
            }
        }
    }

    async fn pull(&self, wanted: &Wanted<'_>) -> Result<(ImageId, ImageDetails), Failure> {
        let is_there = self.transfer(Transfer::Pull, wanted).await?;
        let id = is_there.expect("a pull gives an id");
        let details = self.engine.describe(&id).await?;
        let Some(fault) = wanted.fault(&details) else { return Ok((id, details)) };
        let message = format!("`{}` in the image cache is another image: {fault}", wanted.reference);
        Err(Failure { refusal: Refusal::Image, message })
    }

    /// Makes a request, and once more if it fails.
    pub(super) async fn transfer(&self, transfer: Transfer, wanted: &Wanted<'_>) -> Result<Option<ImageId>, Failure> {
        let mut is_again = false;
        loop {
            match timeout(PULL, self.request(transfer, wanted)).await {
                Ok(Ok(made)) => return Ok(made),
                Ok(Err(failure)) if is_again || failure.refusal == Refusal::Absent => return Err(failure),
                Ok(Err(_)) => is_again = true,
                Err(_) => {
                    let message = format!("`{}` took longer than {} s to transfer", wanted.reference, PULL.as_secs());
                    return Err(Failure { refusal: Refusal::Registry, message });
                }
            }
            sleep(PAUSE).await;
        }
    }

    async fn request(&self, transfer: Transfer, wanted: &Wanted<'_>) -> Result<Option<ImageId>, Failure> {
        let reference = wanted.reference.as_str();
        let credentials = self.keys.of(wanted.name, reference).await;
        let credentials = credentials.as_ref();
        match transfer {
            Transfer::Pull => Ok(Some(self.engine.pull(reference, None, credentials).await?)),
            Transfer::Push => self.engine.push(reference, credentials).await.map(|()| None).map_err(Failure::from),
            Transfer::Look => match self.engine.published(reference, credentials).await? {
                true => Ok(None),
                false => Err(Failure { refusal: Refusal::Absent, message: String::new() }),
            },
        }
    }

    /// Warns of a failed request, and asks for the same image or for any image no more.
    pub(super) fn failed(&self, wanted: &Wanted<'_>, failure: &Failure, then: &str) {
        match failure.refusal {
            Refusal::Absent => {}
            Refusal::Image => {
                self.faulty().insert(wanted.reference.clone());
                self.warn(wanted.name, &format!("{}; {then}", failure.message));
            }
            Refusal::Registry => {
                if !self.closed.swap(true, Ordering::Relaxed) {
                    let text = format!("the image cache is not used from now on: {}", failure.message);
                    self.warn(wanted.name, &text);
                }
            }
        }
    }

    pub(super) fn warn(&self, name: &str, text: &str) {
        self.warnings.add(name, text);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    pub(super) fn is_faulty(&self, reference: &str) -> bool {
        self.faulty().contains(reference)
    }

    fn faulty(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.faulty.lock().expect("no thread panics while it holds the lock")
    }

    fn held(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.held.lock().expect("no thread panics while it holds the lock")
    }

    /// Notes that a local image is going to have the name of the registry.
    pub(super) fn hold(&self, reference: &str) {
        self.held().insert(reference.to_owned());
    }

    /// Removes the name of the registry from a local image, so that only names of this project remain.
    pub(super) async fn release(&self, reference: &str) {
        if let Err(error) = self.engine.untag(reference).await {
            self.listener.on_event(&Event::Warning { text: &error.to_string() });
        }
        self.held().remove(reference);
    }

    /// Removes the names that interrupted requests have left.
    pub(super) async fn release_all(&self) {
        let held = std::mem::take(&mut *self.held());
        for reference in held {
            self.release(&reference).await;
        }
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        Failure { refusal: error.refusal(), message: one_line(&error) }
    }
}

/// An error as a part of a sentence.
pub(super) fn one_line(error: &EngineError) -> String {
    error.to_string().lines().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_the_wanted_one_only_with_its_label_and_on_the_same_layers() {
        let layers = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let below = layers(&["a", "b"]);
        let (label, reference) = ((INPUTS_LABEL, "12".to_owned()), "host/x:1".to_owned());
        let wanted = Wanted { name: "matrix/x:1", reference, label, below: &below, instead: BUILT };
        let details = |label: Option<&str>, words: &[&str]| ImageDetails {
            layers: layers(words),
            platform: String::new(),
            labels: label.map(|value| (INPUTS_LABEL.to_owned(), value.to_owned())).into_iter().collect(),
        };
        assert_eq!(wanted.fault(&details(Some("12"), &["a", "b"])), None);
        assert_eq!(wanted.fault(&details(Some("12"), &["a", "b", "c"])), None);
        let fault = |label, words| wanted.fault(&details(label, words)).unwrap();
        assert_eq!(fault(None, &["a", "b"]), "it has no label `matrix.inputs`");
        assert_eq!(fault(Some("13"), &["a", "b"]), "its label `matrix.inputs` is `13`, not `12`");
        assert_eq!(fault(Some("12"), &["a", "c"]), "it is not based on the image that this run uses");
        assert_eq!(fault(Some("12"), &["a"]), "it is not based on the image that this run uses");
    }
}
