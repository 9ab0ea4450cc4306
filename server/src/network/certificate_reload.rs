//! The certificate files are read again at SIGHUP.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::tls::Tls;
use crate::{error::Chain, systemd};

/// Reads the certificate files whenever the process gets the signal SIGHUP, until it is cancelled.
pub(crate) async fn reload_on_sighup(tls: Option<Arc<Tls>>, stop: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let mut hangups = match signal(SignalKind::hangup()) {
        Ok(hangups) => hangups,
        Err(error) => return tracing::warn!(%error, "SIGHUP cannot be heard"),
    };
    while stop.run_until_cancelled(hangups.recv()).await.is_some() {
        systemd::reloading();
        match tls.as_ref().map(|tls| tls.reload()) {
            Some(Ok(())) => tracing::info!("new connections see the certificate as it is in the files now"),
            Some(Err(error)) => {
                tracing::error!(error = %Chain(&error), "the certificate of before stays in use");
            }
            None => tracing::info!("SIGHUP: there is nothing to read anew"),
        }
        systemd::ready();
    }
}
