//! The backends of one server on one database: what its services share.

use std::sync::Arc;

use todo_model::clock::Clock;
use todo_proto::auth::v1::auth_service_server::AuthServiceServer;
use tokio_util::sync::CancellationToken;

#[cfg(feature = "postgres")]
use crate::cluster::{
    Notification,
    exchange::{Exchange, Receiver},
};
use crate::{
    auth::{AuthService, AuthSettings},
    cluster::Notifier,
    error::{Error, Result},
    identity::{Authenticator, SessionTable, Sessions, TokenVerifier},
    maintenance,
    metrics::Metrics,
    rpc::{Budget, CallObserver, MAX_REQUEST, RpcStack},
    store::{
        copy_marker,
        db::Db,
        location::{Location, StoreSettings},
    },
    todo::{ChangeFeed, TodoServer, TodoService},
};

/// The database, and what is kept in memory about it. The services of a server are made from it.
pub struct AppState {
    db: Db,
    clock: Clock,
    change_feed: ChangeFeed,
    sessions: Arc<Sessions>,
    metrics: Metrics,
    /// On a database that several servers may share, until [`AppState::exchange_notifications`].
    #[cfg(feature = "postgres")]
    exchange: Option<Exchange>,
}

impl AppState {
    /// Opens the database. `remote_auth` says which tokens are valid where the auth service of another server knows;
    /// without it, the database does.
    ///
    /// # Errors
    /// [`Error::Startup`] if the database cannot be opened, or a copy into it was not finished.
    pub async fn open(
        location: &Location,
        store: StoreSettings,
        auth: &AuthSettings,
        remote_auth: Option<Arc<dyn TokenVerifier>>,
        clock: Clock,
        metrics: Metrics,
    ) -> Result<Self> {
        let db = Db::open(location, store, &metrics.store).await?;
        copy_marker::refuse_unfinished(&mut db.reader().await?.conn()).await?;
        #[cfg(feature = "postgres")]
        let exchange = match &db {
            Db::Sqlite(_) => None,
            Db::Postgres(postgres) => Some(Exchange::new(postgres.pool.clone())),
        };
        #[cfg(feature = "postgres")]
        let notifier = exchange.as_ref().map_or_else(Notifier::default, Exchange::notifier);
        #[cfg(not(feature = "postgres"))]
        let notifier = Notifier::default();
        let verifier =
            remote_auth.unwrap_or_else(|| Arc::new(SessionTable::new(db.clone(), auth.session_idle)));
        let tokens = metrics.tokens.clone();
        let sessions = Sessions::new(verifier, clock.clone(), auth.session_idle, notifier.clone(), tokens);
        Ok(Self {
            change_feed: ChangeFeed::new(notifier, metrics.watches.clone()),
            sessions: Arc::new(sessions),
            db,
            clock,
            metrics,
            #[cfg(feature = "postgres")]
            exchange,
        })
    }

    /// Returns the auth service.
    #[must_use]
    pub fn auth_service(&self, settings: &AuthSettings) -> AuthServiceServer<AuthService> {
        let sessions = Arc::clone(&self.sessions);
        let service =
            AuthService::new(self.db.clone(), self.clock.clone(), sessions, settings, &self.metrics.auth);
        AuthServiceServer::new(service).max_decoding_message_size(MAX_REQUEST)
    }

    /// Returns the todo service. Its watches end when `stop` is cancelled.
    #[must_use]
    pub fn todo_service(&self, stop: &CancellationToken) -> TodoServer {
        let service = TodoService::new(
            self.db.clone(),
            self.change_feed.clone(),
            self.clock.clone(),
            Authenticator::Sessions(Arc::clone(&self.sessions)),
            stop.clone(),
        );
        TodoServer::new(service)
    }

    /// Puts the layers that every call passes around the services. Open streams end when `stop` is cancelled.
    pub fn rpc_stack<S: Clone>(
        &self,
        services: S,
        budget: Budget,
        stop: CancellationToken,
        observer: Arc<dyn CallObserver>,
    ) -> RpcStack<S> {
        let authenticator = Authenticator::Sessions(Arc::clone(&self.sessions));
        RpcStack::new(services, authenticator, budget, stop, self.metrics.calls.clone(), Some(observer))
    }

    /// Sends and receives notifications until it is cancelled, if several servers can share the database.
    #[cfg(feature = "postgres")]
    pub fn exchange_notifications(
        &mut self,
        cancel: CancellationToken,
    ) -> Option<impl Future<Output = ()> + Send + use<>> {
        let local =
            LocalCaches { change_feed: self.change_feed.clone(), sessions: Arc::clone(&self.sessions) };
        Some(self.exchange.take()?.run(local, cancel))
    }

    /// Purges the trash and deletes old history every hour, until it is cancelled.
    pub fn maintain_hourly(&self, cancel: CancellationToken) -> impl Future<Output = ()> + Send + use<> {
        maintenance::run_hourly(self.db.clone(), self.change_feed.clone(), self.clock.clone(), cancel)
    }

    /// Waits until the database is found to be lost: its file was moved, replaced or removed. Then nothing more is written, and
    /// the server is to end with this error.
    pub fn database_lost(&self) -> impl Future<Output = Error> + Send + use<> {
        let db = self.db.clone();
        async move { db.lost().await }
    }

    /// Returns what tells whether the database answers.
    #[must_use]
    pub fn database(&self) -> DatabaseProbe {
        DatabaseProbe { db: self.db.clone(), metrics: self.metrics.clone() }
    }

    /// Finishes what is in flight and closes the database.
    pub async fn close(&self) {
        self.sessions.close().await;
        self.db.close().await;
    }
}

/// Wraps services that need no database: no method that needs a token is served.
pub fn rpc_stack_without_database<S: Clone>(
    services: S,
    budget: Budget,
    stop: CancellationToken,
    metrics: &Metrics,
    observer: Arc<dyn CallObserver>,
) -> RpcStack<S> {
    RpcStack::new(services, Authenticator::Nobody, budget, stop, metrics.calls.clone(), Some(observer))
}

/// Looks at the health of an open database. Cheap to clone.
#[derive(Clone)]
pub struct DatabaseProbe {
    db: Db,
    metrics: Metrics,
}

impl DatabaseProbe {
    /// Fails unless the database answers now.
    ///
    /// # Errors
    /// UNAVAILABLE, with the reason as its source.
    pub async fn check(&self) -> Result<()> {
        self.db.check().await
    }

    /// Sets the metrics of the connection pool.
    pub fn measure(&self) {
        self.db.measure(&self.metrics.store);
    }
}

/// What notifications of other servers concern in this process.
#[cfg(feature = "postgres")]
struct LocalCaches {
    change_feed: ChangeFeed,
    sessions: Arc<Sessions>,
}

#[cfg(feature = "postgres")]
impl Receiver for LocalCaches {
    fn receive(&self, notification: Notification) {
        match notification {
            Notification::Changed(account) => self.change_feed.wake_locally(account),
            Notification::Revoked(account) => self.sessions.revocations().revoke_locally(account),
        }
    }

    fn catch_up(&self) {
        self.change_feed.wake_all_locally();
        self.sessions.revocations().revoke_all_locally();
    }
}
