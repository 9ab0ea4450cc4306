//! The roles that one `todo-server` can play, and the services that each of them mounts.

use std::sync::Arc;

use todo_proto::{
    auth::v1::auth_service_server::AuthServiceServer, todo::v1::todo_service_server::TodoServiceServer,
};
use tokio_util::sync::CancellationToken;
use tonic::{server::NamedService, service::RoutesBuilder};

use crate::{
    auth::{AuthService, AuthSettings, session::Sessions},
    clock::Clock,
    error::Result,
    identity::Authenticator,
    middleware::MAX_REQUEST,
    store::db::{Db, Location, Sizes},
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
}

impl Ground {
    /// Opens the database.
    pub(crate) async fn open(
        location: &Location,
        sizes: Sizes,
        auth: &AuthSettings,
        clock: Clock,
    ) -> Result<Self> {
        let db = Db::open(location, sizes).await?;
        let sessions = Arc::new(Sessions::new(db.clone(), clock.clone(), auth));
        Ok(Self { db, clock, feed: Feed::default(), sessions })
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
        routes: &mut RoutesBuilder,
    ) {
        for role in roles {
            match role {
                Role::Auth => {
                    let sessions = Arc::clone(&self.sessions);
                    let service = AuthService::new(self.db.clone(), self.clock.clone(), sessions, auth);
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
