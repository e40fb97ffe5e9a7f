//! The signals that ask a run to end. It does not know what is done about them.

use std::future::pending;
use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Interrupts, requests to end, and the end of the terminal.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// `None` for who wants to outlive the terminal, as after `nohup`.
    hangup: Option<Signal>,
}

impl Signals {
    /// Catches them from now on.
    pub(super) fn catch() -> io::Result<Signals> {
        let outlives = ignores(&std::fs::read_to_string("/proc/self/status").unwrap_or_default(), SignalKind::hangup());
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: if outlives { None } else { Some(signal(SignalKind::hangup())?) },
        })
    }

    /// Waits for the next of them.
    pub(super) async fn next(&mut self) {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => drop(hangup.recv().await),
                None => pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            () = hangup => {}
        }
    }
}

/// Whether the process with this status ignores a signal.
fn ignores(status: &str, signal: SignalKind) -> bool {
    let ignored = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    ignored.is_some_and(|signals| signals >> (signal.as_raw_value() - 1) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_told_to_ignore_the_end_of_the_terminal_is_recognised() {
        let status = "Name:\tmatrix\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000000000\n";
        assert!(ignores(status, SignalKind::hangup()));
        assert!(!ignores(status, SignalKind::interrupt()) && !ignores("", SignalKind::hangup()));
    }
}
