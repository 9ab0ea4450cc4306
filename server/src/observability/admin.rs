//! What operators and their programs ask a server, on an address of its own: `/livez`, `/readyz`, `/metrics`.

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use todo_backend::app_state::DatabaseProbe;
use tokio::{net::TcpListener, sync::watch};
use tokio_util::sync::CancellationToken;

use super::metrics::Metrics;
use crate::error::Chain;

/// Whether a server is to be sent calls, and why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ready {
    Yes,
    Starting,
    NoDatabase,
    Stopping,
}

/// What the answers are made of.
#[derive(Clone)]
pub(crate) struct Admin {
    pub(crate) metrics: Metrics,
    pub(crate) ready: watch::Receiver<Ready>,
    /// Once it is open, if the server has one.
    pub(crate) database: watch::Receiver<Option<DatabaseProbe>>,
}

impl Admin {
    /// Answers on this socket until it is cancelled.
    pub(crate) async fn serve(self, socket: TcpListener, cancel: CancellationToken) {
        let router = Router::new()
            .route("/livez", get(async || "live\n"))
            .route("/readyz", get(readyz))
            .route("/metrics", get(metrics))
            .with_state(self);
        let serve = axum::serve(socket, router);
        if let Some(Err(error)) = cancel.run_until_cancelled(serve.into_future()).await {
            tracing::error!(%error, "the admin listener has ended");
        }
    }
}

async fn readyz(State(admin): State<Admin>) -> Response {
    let why = match *admin.ready.borrow() {
        Ready::Yes => return "ready\n".into_response(),
        Ready::Starting => "starting\n",
        Ready::NoDatabase => "the database does not answer\n",
        Ready::Stopping => "stopping\n",
    };
    (StatusCode::SERVICE_UNAVAILABLE, why).into_response()
}

async fn metrics(State(admin): State<Admin>) -> Response {
    if let Some(database) = &*admin.database.borrow() {
        database.measure();
    }
    match admin.metrics.text() {
        Ok(text) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(CONTENT_TYPE, kind)], text).into_response()
        }
        Err(error) => {
            tracing::error!(error = %Chain(&error), "the metrics could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
