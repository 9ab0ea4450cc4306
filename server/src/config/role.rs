//! The roles that one `todo-server` can play.

use todo_backend::{auth::AuthService, todo::TodoService};
use todo_proto::{
    auth::v1::auth_service_server::AuthServiceServer, todo::v1::todo_service_server::TodoServiceServer,
};
use tonic::server::NamedService as _;

/// What a server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Role {
    /// Accounts, logins and sessions: `todo.auth.v1.AuthService`.
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
