//! Removing what runs left on an engine.

use std::path::Path;

use super::error::RunError;
use super::event::{Event, Listener};
use super::lock::{self, Lease};
use crate::engine::{Engine, Owned, RUN_LABEL};

/// Removes what dead runs of this host left. Returns the number of removed containers and snapshots. Each failed removal is a
/// warning; the next sweep tries again.
pub async fn sweep(engine: &dyn Engine, leases: &Path, listener: &dyn Listener) -> Result<usize, RunError> {
    let mut dead = Vec::new();
    for owned in engine.owned(RUN_LABEL).await? {
        if lock::is_dead(leases, owned.labels())? {
            dead.push(owned);
        }
    }
    Ok(remove(engine, dead, listener).await)
}

/// Removes what this run and dead runs left: an engine may finish a snapshot of a killed run only after this run has begun.
pub(super) async fn clear(engine: &dyn Engine, lease: &Lease, listener: &dyn Listener) {
    let left = |owned: &Owned| is_of(owned, lease.run()) || lock::is_dead(lease.folder(), owned.labels()).unwrap_or(false);
    match engine.owned(RUN_LABEL).await {
        Ok(owned) => drop(remove(engine, owned.into_iter().filter(left), listener).await),
        Err(error) => listener.on_event(&Event::Warning { text: &error.to_string() }),
    }
}

fn is_of(owned: &Owned, run: &str) -> bool {
    owned.labels().get(RUN_LABEL).is_some_and(|of| of == run)
}

/// Removes containers first, as a snapshot in use cannot be removed. Returns the number of removed objects.
async fn remove(engine: &dyn Engine, owned: impl IntoIterator<Item = Owned>, listener: &dyn Listener) -> usize {
    let (containers, images): (Vec<_>, Vec<_>) = owned.into_iter().partition(|owned| matches!(owned, Owned::Container(..)));
    let mut count = 0;
    for owned in containers.iter().chain(&images) {
        let removed = match owned {
            Owned::Container(id, _) => engine.remove(id).await,
            Owned::Image(id, _) => engine.remove_image(id).await,
        };
        match removed {
            Ok(()) => count += 1,
            Err(error) => listener.on_event(&Event::Warning { text: &error.to_string() }),
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fake::{FakeEngine, Transcript};

    struct Deaf;

    impl Listener for Deaf {
        fn on_event(&self, _: &Event<'_>) {}
    }

    #[tokio::test]
    async fn leftovers_of_this_and_dead_runs_are_removed_at_its_end_and_those_of_living_runs_stay() {
        let leases = tempfile::tempdir().unwrap();
        let take = || Lease::take(leases.path()).unwrap();
        let (own, living, dead) = (take(), take(), take().labels());
        let containers = [("own", own.labels()), ("living", living.labels()), ("dead", dead)];
        let containers = containers.map(|(id, labels)| (id.to_owned(), labels)).into();
        let engine = FakeEngine::new(Transcript { containers, ..Transcript::default() });
        clear(&engine, &own, &Deaf).await;
        assert_eq!(engine.left(), ["container living"]);
    }
}
