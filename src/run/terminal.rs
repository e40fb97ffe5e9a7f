//! Lends this process's terminal to a shell: all keys and changes of size go to the shell. Dropping it restores the terminal.

use std::io::{IsTerminal, Stdout, stdin, stdout};

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::engine::TerminalSize;

const DEFAULT_SIZE: TerminalSize = TerminalSize { columns: 80, rows: 24 };

/// A terminal in raw mode.
pub(super) struct Terminal {
    before: Termios,
    size: watch::Receiver<TerminalSize>,
    watching: JoinHandle<()>,
}

impl Terminal {
    /// Switches the terminal to raw mode; `None` if input or output is no terminal, or if that fails.
    pub(super) fn take() -> Option<Terminal> {
        if !is_at_terminal() {
            return None;
        }
        let before = tcgetattr(stdin()).ok()?;
        let mut raw = before.clone();
        raw.make_raw();
        let changes = signal(SignalKind::window_change()).ok()?;
        let (sender, size) = watch::channel(size(&stdout()));
        tcsetattr(stdin(), OptionalActions::Drain, &raw).ok()?;
        Some(Terminal { before, size, watching: tokio::spawn(watch(changes, sender)) })
    }

    pub(super) fn size(&self) -> watch::Receiver<TerminalSize> {
        self.size.clone()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.watching.abort();
        // A closed terminal needs no reset.
        let _ = tcsetattr(stdin(), OptionalActions::Drain, &self.before);
    }
}

pub fn is_at_terminal() -> bool {
    stdin().is_terminal() && stdout().is_terminal()
}

async fn watch(mut changes: Signal, sender: watch::Sender<TerminalSize>) {
    while changes.recv().await.is_some() {
        sender.send_replace(size(&stdout()));
    }
}

fn size(terminal: &Stdout) -> TerminalSize {
    match tcgetwinsize(terminal) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => TerminalSize { columns: size.ws_col, rows: size.ws_row },
        _ => DEFAULT_SIZE,
    }
}
