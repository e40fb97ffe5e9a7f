//! The archives of a run, each fetched once.

use std::path::PathBuf;

use tokio::task::spawn_blocking;

use super::once::Once;
use super::parts::trouble;
use crate::image::archive::Cache;
use crate::image::{Catalog, Settings};
use crate::model::cause::Trouble;
use crate::run::event::{Event, Listener};

pub(super) struct Archives<'a> {
    settings: &'a Settings,
    catalog: &'a Catalog,
    listener: &'a dyn Listener,
    fetched: Once<PathBuf>,
}

impl<'a> Archives<'a> {
    pub(super) fn new(settings: &'a Settings, catalog: &'a Catalog, listener: &'a dyn Listener) -> Self {
        Archives { settings, catalog, listener, fetched: Once::new() }
    }

    /// The file of an archive with this digest, which the image of this tag needs.
    pub(super) async fn get(&self, tag: &str, file: &str, digest: &str) -> Result<PathBuf, Trouble> {
        self.fetched.get(file, self.fetch(tag, file, digest)).await
    }

    async fn fetch(&self, tag: &str, file: &str, digest: &str) -> Result<PathBuf, Trouble> {
        self.listener.on_event(&Event::ImageLine { name: tag, line: &format!("fetching {file}") });
        let cache = Cache::new(&self.settings.cache, self.settings.index.as_deref()).with_urls(self.catalog.urls());
        let (file, digest) = (file.to_owned(), digest.to_owned());
        let fetched = spawn_blocking(move || cache.fetch(&file, &digest)).await;
        fetched.map_err(trouble)?.map_err(trouble)
    }
}
