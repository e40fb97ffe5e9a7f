//! Warnings about images, which go to the listener and into the record of the image.

use std::sync::Mutex;

use crate::model::record::{BaseRecord, ImageRecord};
use crate::run::event::{Event, Listener};

pub(super) struct Warnings<'a> {
    listener: &'a dyn Listener,
    /// Tag or base, and text.
    kept: Mutex<Vec<(String, String)>>,
}

impl<'a> Warnings<'a> {
    pub(super) fn new(listener: &'a dyn Listener) -> Self {
        Warnings { listener, kept: Mutex::new(Vec::new()) }
    }

    pub(super) fn add(&self, name: &str, text: &str) {
        self.listener.on_event(&Event::Warning { text });
        self.kept.lock().expect("no thread panics while it holds the lock").push((name.to_owned(), text.to_owned()));
    }

    /// Takes the warnings about a tag or base.
    pub(super) fn take(&self, name: &str) -> Vec<String> {
        let mut kept = self.kept.lock().expect("no thread panics while it holds the lock");
        kept.extract_if(.., |(about, _)| about == name).map(|(_, text)| text).collect()
    }

    /// Adds those that were not taken to the records. What is about no recorded image goes to the first record.
    pub(super) fn distribute(&self, bases: &mut [BaseRecord], images: &mut [ImageRecord]) {
        for base in &mut *bases {
            base.warnings.extend(self.take(&base.name));
        }
        for image in &mut *images {
            image.warnings.extend(self.take(&image.tag));
        }
        let rest = std::mem::take(&mut *self.kept.lock().expect("no thread panics while it holds the lock"));
        let rest = rest.into_iter().map(|(_, text)| text);
        match (bases.first_mut(), images.first_mut()) {
            (Some(base), _) => base.warnings.extend(rest),
            (None, Some(image)) => image.warnings.extend(rest),
            (None, None) => {}
        }
    }
}
