//! The roles that one `todo-server` can play, and the services that each of them mounts.

use std::sync::Arc;

use todo_proto::{
    auth::v1::auth_service_server::AuthServiceServer, todo::v1::todo_service_server::TodoServiceServer,
};
use tokio_util::sync::CancellationToken;
use tonic::{server::NamedService, service::RoutesBuilder};

use crate::{
    auth::{
        AuthService, AuthSettings,
        session::{Authority, RemoteAuth, Rows, Sessions},
    },
    clock::Clock,
    error::Result,
    identity::Authenticator,
    metrics::Metrics,
    middleware::MAX_REQUEST,
    replicas::Exchange,
    store::{
        copy,
        db::{Db, Location, Sizes},
    },
    todo::{Feed, TodoService},
};

/// What a server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Role {
    /// Accounts, logins and sessions: `auth.v1.AuthService`.
    #[value(help = "Accounts, logins and sessions")]
    Auth,
    /// Todos and projects: `todo.v1.TodoService`.
    #[value(help = "Todos and projects")]
    Todo,
    /// The pages that people see in a browser.
    #[value(help = "Pages for browsers")]
    Main,
}

impl Role {
    /// Every role, in the order in which they are listed.
    pub const ALL: [Self; 3] = [Self::Auth, Self::Todo, Self::Main];

    /// As it is written after `--role`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Todo => "todo",
            Self::Main => "main",
        }
    }

    /// Whether the role keeps data. The pages do not.
    pub(crate) fn needs_database(self) -> bool {
        matches!(self, Self::Auth | Self::Todo)
    }

    /// The full name of the role's gRPC service, if it is one.
    pub(crate) fn service_name(self) -> Option<&'static str> {
        match self {
            Self::Auth => Some(AuthServiceServer::<AuthService>::NAME),
            Self::Todo => Some(TodoServiceServer::<TodoService>::NAME),
            Self::Main => None,
        }
    }
}

/// What the roles stand on: the database, and what is kept in memory about it.
pub(crate) struct Ground {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) feed: Feed,
    sessions: Arc<Sessions>,
    /// On a database that several servers may share, until [`Ground::exchange`].
    exchange: Option<Exchange>,
}

impl Ground {
    /// Opens the database. Without the auth service of another server, the database says which tokens are good.
    pub(crate) async fn open(
        location: &Location,
        sizes: Sizes,
        auth: &AuthSettings,
        remote_auth: Option<RemoteAuth>,
        clock: Clock,
        metrics: &Metrics,
    ) -> Result<Self> {
        let db = Db::open(location, sizes, &metrics.store).await?;
        copy::refuse_unfinished(&mut db.reader().await?.conn()).await?;
        let exchange = Exchange::on(&db);
        let herald = exchange.as_ref().map(Exchange::herald).unwrap_or_default();
        let authority = match remote_auth {
            Some(remote) => Authority::Remote(remote),
            None => Authority::Rows(Rows::new(db.clone(), auth)),
        };
        let sessions =
            Arc::new(Sessions::new(authority, clock.clone(), auth, herald.clone(), metrics.tokens.clone()));
        Ok(Self { db, clock, feed: Feed::new(herald, metrics.watches.clone()), sessions, exchange })
    }

    /// Exchanges notices with the other servers on the database, if there can be any, until it is cancelled.
    pub(crate) fn exchange(&mut self, cancel: CancellationToken) -> Option<impl Future<Output = ()> + use<>> {
        let exchange = self.exchange.take()?;
        Some(exchange.run(self.feed.clone(), Arc::clone(&self.sessions), cancel))
    }

    /// Returns who tells callers apart.
    pub(crate) fn authenticator(&self) -> Authenticator {
        Authenticator::Sessions(Arc::clone(&self.sessions))
    }

    /// Mounts the services of these roles. Their streams end when `stop` is cancelled.
    pub(crate) fn mount(
        &self,
        roles: &[Role],
        auth: &AuthSettings,
        stop: &CancellationToken,
        metrics: &Metrics,
        routes: &mut RoutesBuilder,
    ) {
        for role in roles {
            match role {
                Role::Auth => {
                    let sessions = Arc::clone(&self.sessions);
                    let service =
                        AuthService::new(self.db.clone(), self.clock.clone(), sessions, auth, &metrics.auth);
                    routes
                        .add_service(AuthServiceServer::new(service).max_decoding_message_size(MAX_REQUEST));
                }
                Role::Todo => {
                    let service = TodoService::new(
                        self.db.clone(),
                        self.feed.clone(),
                        self.clock.clone(),
                        self.authenticator(),
                        stop.clone(),
                    );
                    routes
                        .add_service(TodoServiceServer::new(service).max_decoding_message_size(MAX_REQUEST));
                }
                // Stands beside the methods, not among them.
                Role::Main => {}
            }
        }
    }

    /// Finishes what is on its way and closes the database.
    pub(crate) async fn close(&self) {
        self.sessions.close().await;
        self.db.close().await;
    }
}
