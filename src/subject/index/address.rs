//! The address of the package index that this user's `pip` uses.

use std::process::Command;

/// The package with the program that reports the index, for hosts where no index is configured.
pub const PACKAGE: &str = "python3-pip";

/// The address of the index: from the environment, else the configured one, else the default of `pip`. The error contains the
/// message of `pip`.
pub fn address() -> Result<String, String> {
    if let Some(url) = std::env::var("PIP_INDEX_URL").ok().filter(|url| !url.is_empty()) {
        return Ok(url);
    }
    let configured = python(&["-m", "pip", "config", "get", "global.index-url"]);
    configured.or_else(|_| python(&["-c", "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"]))
}

fn python(arguments: &[&str]) -> Result<String, String> {
    let output =
        Command::new("python3").args(arguments).output().map_err(|error| format!("`python3` does not start: {error}"))?;
    let words = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() && !words.is_empty() {
        return Ok(words);
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    Err(format!("pip has none configured (`{}`)", stderr.trim().lines().last().unwrap_or("no output")))
}
