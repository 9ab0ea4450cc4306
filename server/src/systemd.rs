//! Notifications to the service manager (`sd_notify` of systemd): ready, reloading, stopping, alive.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio_util::sync::CancellationToken;

/// The server answers.
pub(crate) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// The server reads its certificate anew; [`ready`] follows.
pub(crate) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => tracing::debug!(%error, "this system has no clock to tell a reload by"),
    }
}

/// The server was asked to stop.
pub(crate) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Says that the server is alive as often as it was asked to, until it is cancelled.
pub(crate) async fn keep_alive(cancel: CancellationToken) {
    let Some(limit) = sd_notify::watchdog_enabled() else { return };
    let mut ticks = tokio::time::interval((limit / 2).max(Duration::from_millis(1)));
    while cancel.run_until_cancelled(ticks.tick()).await.is_some() {
        tell(&[NotifyState::Watchdog]);
    }
}

fn tell(state: &[NotifyState<'_>]) {
    // Without anybody who listens this does nothing.
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "the system that runs this server could not be told");
    }
}
