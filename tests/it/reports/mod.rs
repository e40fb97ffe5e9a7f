//! The reports, and how they escape hostile text.

mod console;
mod files;
mod junit;
mod page;
mod sarif;
mod summary;
