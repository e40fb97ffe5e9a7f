//! Arguments of `matrix page`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::refuse::Refuse;
use super::which::OnPage;
use crate::page::Markup;

/// `matrix page`.
#[derive(Debug, Args)]
pub struct Page {
    /// File of the page: reStructuredText, Markdown, HTML, AsciiDoc or plain text; `-` reads standard input.
    #[arg(value_name = "PAGE")]
    pub page: PathBuf,
    /// Its page.
    #[command(flatten)]
    pub on: OnPage,
    /// The edition of the page that it is [default: the one with most of its claims].
    #[arg(long, value_name = "EDITION")]
    pub edition: Option<String>,
    /// Markup of the page [default: by the file extension, or by the content if that does not decide].
    #[arg(long, value_enum, value_name = "MARKUP")]
    pub markup: Option<Markup>,
    /// Results to compare the page with: a `record.json` or `journal.jsonl` [default: the newest result of every cell].
    #[arg(long, value_name = "RECORD")]
    pub record: Option<PathBuf>,
    /// Folder for the annotated page and the patch [default: the folder of the record].
    #[arg(long, value_name = "DIR")]
    pub report_dir: Option<PathBuf>,
    #[command(flatten)]
    pub refuse: Refuse,
    /// Exit 0 even if the page and the ledger differ.
    #[arg(long)]
    pub exit_zero: bool,
    /// Output format.
    #[arg(long, value_enum, default_value_t = PageFormat::Text)]
    pub format: PageFormat,
    /// Compare the page with the messages of the sources instead, as the project file declares them.
    #[arg(long, conflicts_with_all = ["record", "report_dir", "edition"])]
    pub messages: bool,
    /// With --messages: read this pinned archive instead of the declared one.
    #[arg(long, value_name = "FILE", requires = "messages")]
    pub archive: Option<String>,
}

/// Output formats of `matrix page`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PageFormat {
    /// For people.
    Text,
    /// For scripts.
    Json,
    /// SARIF 2.1.0, for forges that show results beside the lines of the page.
    Sarif,
}
