//! Signals that end a run.

use std::future::pending;
use std::io;
use std::pin::pin;

use futures_util::{Stream, StreamExt};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::event::{Event, Listener};

/// SIGINT, SIGTERM and SIGHUP.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// `None` if the process ignores SIGHUP, as after `nohup`.
    hangup: Option<Signal>,
}

impl Signals {
    pub(super) fn catch() -> io::Result<Signals> {
        let outlives = ignores(&std::fs::read_to_string("/proc/self/status").unwrap_or_default(), SignalKind::hangup());
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: if outlives { None } else { Some(signal(SignalKind::hangup())?) },
        })
    }

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

/// Cancels the run at the first signal, so that it stops and cleans up. Returns at the second, after which only containers are
/// removed.
pub(super) async fn interrupts(mut signals: Signals, cancel: &CancellationToken, listener: &dyn Listener) {
    for again in [false, true] {
        signals.next().await;
        if !again {
            listener.on_event(&Event::Interrupted);
            cancel.cancel();
        }
    }
}

/// Collects the items of `cells` that are ready before `cut` is.
pub(super) async fn finished<T>(cells: impl Stream<Item = T>, cut: impl Future<Output = ()>) -> Vec<T> {
    let (mut cells, mut cut) = (pin!(cells), pin!(cut));
    let mut finished = Vec::new();
    loop {
        tokio::select! {
            cell = cells.next() => match cell {
                Some(cell) => finished.push(cell),
                None => return finished,
            },
            () = &mut cut => return finished,
        }
    }
}

/// Whether a process ignores a signal, from its `/proc` status.
fn ignores(status: &str, signal: SignalKind) -> bool {
    let ignored = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    ignored.is_some_and(|signals| signals >> (signal.as_raw_value() - 1) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    #[tokio::test]
    async fn finished_cells_survive_a_kill() {
        let cells = stream::iter([1, 2]).chain(stream::pending());
        let interrupt = async {
            for _ in 0..8 {
                tokio::task::yield_now().await;
            }
        };
        assert_eq!(finished(cells, interrupt).await, [1, 2]);
    }

    #[test]
    fn an_ignored_sighup_is_detected() {
        let status = "Name:\tmatrix\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000000000\n";
        assert!(ignores(status, SignalKind::hangup()));
        assert!(!ignores(status, SignalKind::interrupt()) && !ignores("", SignalKind::hangup()));
    }
}
