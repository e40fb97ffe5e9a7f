//! The options of `matrix page` that refuse a correction.

use clap::Args;

#[derive(Debug, Args)]
pub struct Refuse {
    /// Refuse the corrections of a topic, as its patch is named: `static.memory` or `03-static.memory.patch`. They are noted in
    /// `rejected.yaml` and not proposed again.
    #[arg(long = "reject", value_name = "TOPIC", requires = "reason")]
    pub topic: Option<String>,
    /// Why they are refused, for the next maintainer.
    #[arg(long, value_name = "TEXT", requires = "topic")]
    pub reason: Option<String>,
}
