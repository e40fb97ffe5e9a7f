//! `matrix` turns a troubleshooting page into an executable specification. The path of one cell:
//! `load` → `plan` → `run::images` → `run::cell` → `judge` → `report`.

pub mod bisect;
pub mod ci;
pub mod cli;
pub mod commands;
pub mod engine;
pub mod export;
pub mod image;
pub mod judge;
pub mod load;
pub mod model;
pub mod mutate;
pub mod page;
pub mod plan;
pub mod report;
pub mod run;
pub mod subject;
pub mod summary;
pub mod text;
