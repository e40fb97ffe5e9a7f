//! Images to push.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::future::pending;
use std::sync::Mutex as Lock;

use futures_util::{StreamExt, stream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Mutex, watch};

use crate::engine::ImageId;

/// Number of concurrent pushes.
const PUSHES: usize = 2;

/// An image of the run that may have to be pushed.
pub(super) struct Job {
    pub(super) tag: String,
    pub(super) id: ImageId,
    pub(super) inputs: String,
    /// The layers of its base.
    pub(super) below: Vec<String>,
}

/// The images of a run, each once.
pub(super) struct Queue {
    sender: UnboundedSender<Job>,
    receiver: Mutex<UnboundedReceiver<Job>>,
    known: Lock<BTreeSet<String>>,
    /// Number of images that were added and are not done.
    left: watch::Sender<usize>,
}

impl Queue {
    pub(super) fn new() -> Self {
        let (sender, receiver) = unbounded_channel();
        Queue { sender, receiver: Mutex::new(receiver), known: Lock::default(), left: watch::Sender::new(0) }
    }

    /// Whether an image of this tag was added.
    pub(super) fn knows(&self, tag: &str) -> bool {
        self.known.lock().expect("no thread panics while it holds the lock").contains(tag)
    }

    pub(super) fn add(&self, job: Job) {
        if self.known.lock().expect("no thread panics while it holds the lock").insert(job.tag.clone()) {
            self.left.send_modify(|left| *left += 1);
            self.sender.send(job).expect("the receiver lives as long");
        }
    }

    /// Pushes what is added, for as long as this future is polled.
    pub(super) async fn work(&self, push: impl AsyncFn(&Job)) -> Infallible {
        let mut receiver = self.receiver.lock().await;
        let jobs = stream::poll_fn(|context| receiver.poll_recv(context));
        let push = async |job: Job| {
            push(&job).await;
            self.left.send_modify(|left| *left -= 1);
        };
        jobs.for_each_concurrent(PUSHES, push).await;
        pending().await
    }

    /// Number of images that are not done.
    pub(super) fn left(&self) -> usize {
        *self.left.borrow()
    }

    /// Waits until everything is done that was added.
    pub(super) async fn done(&self) {
        self.left.subscribe().wait_for(|left| *left == 0).await.expect("the sender lives as long");
    }
}
