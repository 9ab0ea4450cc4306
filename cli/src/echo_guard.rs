//! The terminal without echo, while a password is typed.
//!
//! Not `rpassword` (7.5), which loses what `tests/it/terminal.rs` asks for: it prints the question while the terminal still
//! echoes, shows the password after the program was stopped and continued, leaves the terminal without echo and line
//! editing when SIGINT comes from elsewhere than the keyboard, and does not stop at Ctrl-Z.

use std::io;

#[cfg(unix)]
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The terminal of standard input does not echo until this is dropped.
#[cfg(unix)]
pub(crate) struct EchoGuard {
    /// The terminal as it was found.
    before: Termios,
    silent: Termios,
    /// SIGCONT: the program goes on after it was stopped.
    continued: Signal,
}

#[cfg(unix)]
impl EchoGuard {
    /// Switches the echo off. Input that was typed before the prompt is discarded.
    pub(crate) fn new() -> io::Result<Self> {
        let continued = signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?;
        let before = tcgetattr(io::stdin())?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        // The end of the line still moves to the next one.
        silent.local_modes.insert(LocalModes::ECHONL);
        tcsetattr(io::stdin(), OptionalActions::Flush, &silent)?;
        Ok(Self { before, silent, continued })
    }

    /// Waits until the program is continued after it was stopped, and switches the echo off again: the shell has switched
    /// it on for itself meanwhile.
    pub(crate) async fn continued(&mut self) -> io::Result<()> {
        self.continued.recv().await;
        Ok(tcsetattr(io::stdin(), OptionalActions::Flush, &self.silent)?)
    }
}

#[cfg(unix)]
impl Drop for EchoGuard {
    fn drop(&mut self) {
        // If the terminal is gone there is no echo to bring back.
        tcsetattr(io::stdin(), OptionalActions::Now, &self.before).unwrap_or_default();
    }
}

/// Where the echo cannot be switched off, no password is asked for.
#[cfg(not(unix))]
pub(crate) struct EchoGuard;

#[cfg(not(unix))]
impl EchoGuard {
    /// Fails.
    pub(crate) fn new() -> io::Result<Self> {
        Err(io::Error::other("the echo cannot be switched off here: give --password-stdin"))
    }

    /// Never returns.
    pub(crate) async fn continued(&mut self) -> io::Result<()> {
        std::future::pending().await
    }
}
