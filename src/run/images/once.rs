//! Work that is done once for each key.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::sync::OnceCell;

use crate::model::cause::Trouble;

/// Runs work once for each key and stores its result or trouble.
pub(super) struct Once<T>(Mutex<BTreeMap<String, Attempt<T>>>);

type Attempt<T> = Arc<OnceCell<Result<T, Trouble>>>;

impl<T: Clone> Once<T> {
    pub(super) fn new() -> Self {
        Once(Mutex::new(BTreeMap::new()))
    }

    /// If the task that does the work is dropped, a waiting one starts it again.
    pub(super) async fn get(&self, key: &str, work: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
        let cell =
            Arc::clone(self.0.lock().expect("no thread panics while it holds the lock").entry(key.to_owned()).or_default());
        cell.get_or_init(|| work).await.clone()
    }

    /// Successful results in order of keys.
    pub(super) fn into_values(self) -> Vec<T> {
        let cells = self.0.into_inner().expect("no thread panics while it holds the lock");
        cells.into_values().filter_map(|cell| cell.get()?.clone().ok()).collect()
    }
}
