//! Reports: what each holds, and what none lets through.

mod console;
mod files;
mod junit;
mod page;
mod summary;
