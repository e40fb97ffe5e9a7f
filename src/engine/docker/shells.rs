//! The shells of one container: its own, which is that of root, and one for each other user of a step. The engine starts the latter,
//! since no step may change its user: the capabilities for that are dropped.

use std::collections::BTreeMap;
use std::time::Duration;

use bollard::Docker;

use super::exec::{Gone, Shell};
use crate::engine::{Cause, ExecEnd, ExecOutput, ExecRequest, Labels};
use crate::text::sanitize::decoded;

/// Prints the users and groups of the container, with builtins only.
const ACCOUNTS: &str = r#"for file in /etc/passwd /etc/group; do
  [ ! -r $file ] || while IFS= read -r line || [ -n "$line" ]; do printf '%s\n' "$line"; done <$file
  echo
done"#;
const ACCOUNTS_TIMEOUT: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct Shells {
    own: Shell,
    /// Size limit of a file in bytes.
    largest: u64,
    users: BTreeMap<String, UserShell>,
}

#[derive(Debug)]
struct UserShell {
    shell: Shell,
    /// Users and groups when it was started: a member of a new group is one only in a new shell.
    accounts: String,
}

impl Shells {
    pub(super) fn new(own: Shell, largest: u64) -> Self {
        Shells { own, largest, users: BTreeMap::new() }
    }

    /// Whether no process was running in the container at the end of the last step.
    pub(super) fn is_alone(&self) -> bool {
        self.own.is_alone() && self.users.is_empty()
    }

    /// Runs a command as its user. After a stop or an error none of the shells must be used again.
    pub(super) async fn run(&mut self, api: &Docker, container: &str, request: &ExecRequest) -> Result<ExecOutput, Cause> {
        let Some(user) = request.user.as_deref().filter(|user| !["root", "0"].contains(user)) else {
            return self.own.run(request).await;
        };
        let accounts = self.accounts().await?;
        if !has(&accounts, user) {
            return Ok(ExecOutput { end: ExecEnd::NoUser, stdout: Vec::new(), stderr: Vec::new(), cpu: Duration::ZERO });
        }
        let mut shell = match self.users.remove(user) {
            Some(UserShell { shell, accounts: of_then }) if of_then != accounts => {
                shell.drain();
                Shell::enter(api, container, user, self.largest).await?
            }
            Some(UserShell { mut shell, .. }) => match shell.run(request).await {
                // A step has ended all processes of the user.
                Err(error) if error.is::<Gone>() => Shell::enter(api, container, user, self.largest).await?,
                ended => {
                    self.users.insert(user.to_owned(), UserShell { shell, accounts });
                    return ended;
                }
            },
            None => Shell::enter(api, container, user, self.largest).await?,
        };
        let ended = shell.run(request).await;
        self.users.insert(user.to_owned(), UserShell { shell, accounts });
        ended
    }

    async fn accounts(&mut self) -> Result<String, Cause> {
        let (command, timeout) = (ACCOUNTS.to_owned(), ACCOUNTS_TIMEOUT);
        let request = ExecRequest { command, directory: None, env: Labels::new(), user: None, timeout, silence: timeout };
        let output = self.own.run(&request).await?;
        match output.end {
            ExecEnd::Exit(_) => Ok(decoded(&output.stdout)),
            end => Err(format!("failed to read the users of the container: {end:?}").into()),
        }
    }
}

/// Whether a user exists. A number needs no account.
fn has(accounts: &str, user: &str) -> bool {
    let users = accounts.lines().take_while(|line| !line.is_empty());
    user.bytes().all(|byte| byte.is_ascii_digit()) || users.into_iter().any(|line| line.split(':').next() == Some(user))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_an_account_and_a_number_needs_none() {
        let accounts = "root:x:0:0::/root:/bin/sh\nweb-data:x:33:33::/:\n\nroot:x:0:\nadm:x:4:\n\n";
        assert!(has(accounts, "web-data") && has(accounts, "1000"));
        assert!(!has(accounts, "web") && !has(accounts, "adm"), "`adm` is a group");
    }
}
