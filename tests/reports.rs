//! Reports: what each holds, and what none lets through.

#[path = "reports/console.rs"]
mod console;
#[path = "reports/files.rs"]
mod files;
#[path = "reports/junit.rs"]
mod junit;
#[path = "reports/page.rs"]
mod page;
#[path = "common/record.rs"]
mod record;
#[path = "reports/summary.rs"]
mod summary;
