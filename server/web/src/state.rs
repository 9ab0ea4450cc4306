//! What every request finds: the backends, the clock and the settings.

use std::{sync::Arc, time::Duration};

use todo_model::{caller::Caller, clock::Clock};
use todo_sdk::{Client, Token};
use tokio_util::sync::CancellationToken;

use crate::settings::{Backends, Settings};

/// How long a page waits for a call. Shorter than people do.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct AppState(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    backends: Backends,
    settings: Settings,
    clock: Clock,
    stop: CancellationToken,
}

impl AppState {
    pub(crate) fn new(backends: Backends, settings: Settings, clock: Clock, stop: CancellationToken) -> Self {
        Self(Arc::new(Shared { backends, settings, clock, stop }))
    }

    /// Returns a client of the auth service that calls for this browser, so that throttling counts people and not
    /// this service.
    pub(crate) fn auth(&self, caller: &Caller, token: Option<Token>) -> Client {
        self.client(&self.0.backends.auth, caller, token)
    }

    /// Returns a client of the todo service that calls for this browser.
    pub(crate) fn todo(&self, caller: &Caller, token: Option<Token>) -> Client {
        self.client(&self.0.backends.todo, caller, token)
    }

    fn client(&self, backend: &Client, caller: &Caller, token: Option<Token>) -> Client {
        let mut client = backend
            .on_behalf_of(caller.address)
            // A page and the calls behind it are one request.
            .with_correlation_id(caller.request_id.as_str())
            .with_timeout(CALL_TIMEOUT);
        if let Some(parent) = (self.0.settings.tracing.traceparent)() {
            client = client.with_trace_parent(&parent);
        }
        match token {
            Some(token) => client.with_token(token),
            None => client,
        }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Returns what ends open streams when the server stops.
    pub(crate) fn stop(&self) -> CancellationToken {
        self.0.stop.clone()
    }
}
