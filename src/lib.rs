//! `matrix` turns a troubleshooting page into an executable specification. The path of one cell:
//! `scenario::load` → `plan` → `run::images` → `run::cell` → `verdict` → `report`.

pub mod engine;
pub mod normalize;
