//! Which index this user's `pip` uses.

use std::process::Command;

/// The package that brings the program which knows the index, if no index is configured otherwise.
pub const PACKAGE: &str = "python3-pip";

/// The address of the index: that of the environment, else the configured one, else the one built into `pip`. The error says
/// what `pip` says.
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
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("pip names none (`{}`)", said.trim().lines().last().unwrap_or("it says nothing")))
}
