//! `matrix` turns a troubleshooting page into an executable specification. The path of one cell:
//! `scenario::load` → `plan` → `run::images` → `run::cell` → `verdict` → `report`.

pub mod app;
pub mod bisect;
pub mod cell;
pub mod cli;
pub mod duration;
pub mod engine;
pub mod exit;
pub mod export;
pub mod files;
pub mod history;
pub mod image;
pub mod mutate;
pub mod normalize;
pub mod observation;
pub mod page;
pub mod plan;
pub mod range;
pub mod record;
pub mod replay;
pub mod report;
pub mod run;
pub mod scenario;
pub mod shard;
pub mod source;
pub mod stability;
pub mod standing;
pub mod variables;
pub mod verdict;
