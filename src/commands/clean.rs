//! `matrix clean`: removes what dead runs left on the engine and, if asked, our images.

use std::io::{self, Write};

use super::connect::connect;
use super::failure::{CommandResult, fault, run_failure, unavailable};
use super::places::Places;
use crate::cli::Clean;
use crate::commands::exit::Exit;
use crate::engine::{Engine, EngineError};
use crate::report::console::Progress;
use crate::run::{block_on, lock, sweep};

pub(super) fn clean(places: &Places, args: &Clean) -> CommandResult {
    let (engine, _) = connect(places)?;
    let swept = block_on(sweep(&*engine, &lock::default_folder(), &Progress::new())).map_err(run_failure)?;
    let mut out = io::stdout().lock();
    writeln!(out, "removed {swept} containers and snapshots of dead runs").map_err(fault)?;
    if args.images {
        let removed = block_on(remove_images(&*engine, &places.project.image_prefix)).map_err(unavailable)?;
        writeln!(out, "removed {removed} images").map_err(fault)?;
    }
    Ok(Exit::Expected)
}

/// Removes our tags from all images; images without another tag are deleted. Returns the number of tags.
async fn remove_images(engine: &dyn Engine, prefix: &str) -> Result<usize, EngineError> {
    let names = engine.named(&format!("{prefix}/")).await?;
    for name in names.keys() {
        engine.untag(name).await?;
    }
    Ok(names.len())
}
