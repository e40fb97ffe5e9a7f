//! This process's terminal, given to a shell for a while: every key goes through as it is, and so do changes of
//! size. Dropping it gives the terminal back as it was.

use std::io::{IsTerminal, Stdout, stdin, stdout};

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::engine::Size;

/// What a terminal is taken to be that does not say.
const USUAL: Size = Size { columns: 80, rows: 24 };

/// A terminal that was taken.
pub(super) struct Terminal {
    before: Termios,
    size: watch::Receiver<Size>,
    watching: JoinHandle<()>,
}

impl Terminal {
    /// Takes the terminal; `None` when input or output is none, or when it cannot be had.
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

    /// Its size, as it changes.
    pub(super) fn size(&self) -> watch::Receiver<Size> {
        self.size.clone()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.watching.abort();
        // A terminal that is gone needs nothing given back.
        let _ = tcsetattr(stdin(), OptionalActions::Drain, &self.before);
    }
}

/// Whether input and output are both a terminal.
pub fn is_at_terminal() -> bool {
    stdin().is_terminal() && stdout().is_terminal()
}

async fn watch(mut changes: Signal, sender: watch::Sender<Size>) {
    while changes.recv().await.is_some() {
        sender.send_replace(size(&stdout()));
    }
}

fn size(terminal: &Stdout) -> Size {
    match tcgetwinsize(terminal) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => Size { columns: size.ws_col, rows: size.ws_row },
        _ => USUAL,
    }
}
