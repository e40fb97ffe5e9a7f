//! `matrix pin`: pins the archive of a release.

use std::io::{self, Write};

use super::failure::{CommandResult, Failure, fault, unavailable, usage};
use super::inputs::settings;
use super::output::ignore_closed_pipe;
use super::places::Places;
use crate::cli::pin::Pin;
use crate::commands::exit::Exit;
use crate::image::PINS;
use crate::image::archive::Cache;
use crate::image::pin::{How, PinError, Pinned};
use crate::text::sanitize::one_line;

pub(super) fn pin(places: &Places, args: &Pin) -> CommandResult {
    let settings = settings(places);
    let cache = Cache::new(&settings.cache, settings.index.as_deref());
    let pins = places.dockerfiles.join(PINS);
    let Pinned { file, sha256, index, how, withdrawn } = cache.pin(&args.release, &pins).map_err(failed)?;
    let (pins, index) = (pins.display(), one_line(&index));
    let text = match how {
        How::There => {
            format!("`{file}` is pinned in `{pins}` already, with the sha256 that the package index at {index} publishes")
        }
        How::Downloaded | How::Cached => {
            let had =
                if how == How::Cached { "the archive in the cache has it" } else { "the archive downloaded from there has it" };
            format!(
                "`{file}` is pinned in `{pins}`\nsha256 {sha256}\nThe package index at {index} publishes this digest, and {had}. Nothing else confirms it."
            )
        }
    };
    let mut out = io::stdout().lock();
    ignore_closed_pipe(writeln!(out, "{text}"))?;
    if let Some(reason) = withdrawn {
        let reason = if reason.is_empty() { String::new() } else { format!(": {}", one_line(&reason)) };
        ignore_closed_pipe(writeln!(out, "note: its publisher has yanked it{reason}"))?;
    }
    Ok(Exit::Expected)
}

fn failed(error: PinError) -> Failure {
    match error {
        PinError::Changed(error) => Failure(Exit::Drift, error.into()),
        PinError::Input(error) => usage(error),
        PinError::Write(error) => fault(error),
        PinError::Unavailable(error) => unavailable(error),
    }
}
