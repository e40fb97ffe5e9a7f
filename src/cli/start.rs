//! Arguments of `matrix init` and `matrix new`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::which::OnPage;
use crate::model::id::{ClaimId, ScenarioId, SectionId};
use crate::page::Markup;

/// `matrix init`.
#[derive(Debug, Args)]
pub struct Init {
    /// Folder of the project, which is created if necessary.
    #[arg(value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,
    /// The page to draft a ledger from: reStructuredText, Markdown, HTML, AsciiDoc or plain text.
    #[arg(long, value_name = "FILE")]
    pub page: Option<PathBuf>,
    /// Markup of the page [default: by the file extension, or by the content if that does not decide].
    #[arg(long, value_enum, value_name = "MARKUP", requires = "page")]
    pub markup: Option<Markup>,
    /// Also write a file for this CI system.
    #[arg(long, value_enum, value_name = "SYSTEM")]
    pub ci: Option<Ci>,
}

/// CI systems that `matrix init` writes a file for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Ci {
    /// A workflow of GitHub.
    Github,
    /// A pipeline of GitLab.
    Gitlab,
}

/// `matrix new`.
#[derive(Debug, Args)]
pub struct New {
    #[command(subcommand)]
    pub what: What,
}

/// What `matrix new` adds.
#[derive(Debug, Subcommand)]
pub enum What {
    /// Add a scenario that decides claims of a section. Its drafts become claims.
    #[command(
        after_help = "Examples:\n  matrix new scenario pg-config-not-found --section building\n  matrix new scenario old-libpq --section building --claim building.libpq --claim building.upgrade\n\nExit status: 0 written, 2 usage, 70 a file could not be written."
    )]
    Scenario(Scenario),
}

/// `matrix new scenario`.
#[derive(Debug, Args)]
pub struct Scenario {
    /// Its id in kebab-case, which is also the name of its file.
    #[arg(value_name = "NAME")]
    pub name: ScenarioId,
    /// The section of the ledger whose claims it decides.
    #[arg(long, value_name = "SECTION")]
    pub section: SectionId,
    /// A claim or draft that it decides [default: all of the section that no scenario decides].
    #[arg(long = "claim", value_name = "CLAIM")]
    pub claims: Vec<ClaimId>,
    /// Its page [default: the one whose ledger has the section].
    #[command(flatten)]
    pub on: OnPage,
}
