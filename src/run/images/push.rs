//! Pushes to the image cache, which happen while cells run.

use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::cache::{Remote, Transfer};
use super::queue::Job;
use crate::engine::Refusal;
use crate::run::clock::millis;
use crate::run::event::Event;

const NOT_PUSHED: &str = "it is not in the image cache";

impl Remote<'_> {
    /// Does `work`, which needs images, and pushes them at the same time.
    pub(super) async fn beside<T>(&self, work: impl Future<Output = T>) -> T {
        let done = tokio::select! {
            done = work => done,
            never = self.queue.work(async |job| self.push(job).await) => match never {},
        };
        self.release_all().await;
        done
    }

    /// Waits for the pushes of all images so far, unless the run is interrupted, which `interrupt` notices.
    pub(super) async fn pushed(&self, interrupt: impl Future<Output = ()>, cancel: &CancellationToken) {
        if cancel.is_cancelled() {
            return;
        }
        let images = self.queue.left();
        if images > 0 {
            self.listener.on_event(&Event::Pushing { images });
        }
        tokio::select! {
            () = self.queue.done() => {}
            () = cancel.cancelled() => {}
            () = interrupt => {}
        }
    }

    /// Pushes an image that the cache lacks or has damaged.
    async fn push(&self, job: &Job) {
        let wanted = self.wanted(&job.tag, &job.inputs, &job.below);
        if self.is_closed() {
            return;
        }
        if !self.is_faulty(&wanted.reference) {
            match self.transfer(Transfer::Look, &wanted).await {
                Ok(_) => return,
                Err(failure) if failure.refusal == Refusal::Absent => {}
                Err(failure) => return self.failed(&wanted, &failure, NOT_PUSHED),
            }
        }
        let fault = match self.engine.describe(&job.id).await {
            Ok(details) => wanted.fault(&details).map(|fault| format!("`{}` is another image: {fault}", job.tag)),
            Err(error) => Some(error.to_string()),
        };
        if let Some(fault) = fault {
            return self.warn(&job.tag, &format!("{fault}; {NOT_PUSHED}"));
        }
        let started = Instant::now();
        self.listener.on_event(&Event::ImageStarted { name: &job.tag, doing: "pushing" });
        self.hold(&wanted.reference);
        let is_there = match self.engine.tag(&job.id, &wanted.reference).await {
            Ok(()) => match self.transfer(Transfer::Push, &wanted).await {
                Ok(_) => true,
                Err(failure) => {
                    self.failed(&wanted, &failure, NOT_PUSHED);
                    false
                }
            },
            Err(error) => {
                self.warn(&job.tag, &format!("{error}; {NOT_PUSHED}"));
                false
            }
        };
        self.release(&wanted.reference).await;
        self.listener.on_event(&Event::Pushed { name: &job.tag, is_there, millis: millis(started) });
    }
}
