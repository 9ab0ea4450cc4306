//! The Rust client of Todo.

mod auth;
mod client;
mod convert;
mod dates;
mod endpoint;
mod error;
mod model;
mod pages;
mod projects;
mod retry;
#[cfg(test)]
mod testing;
mod todos;
mod token;
mod transport;
mod watch;

#[cfg(feature = "login")]
pub mod credentials;

pub use client::{Client, ClientBuilder};
pub use dates::{Due, DueError};
pub use endpoint::ServerUrl;
pub use error::{Error, FieldViolation, Result};
pub use model::{
    Account, AccountId, BatchChange, Changed, DeletedProject, Login, NewProject, NewTodo, Operation,
    OperationId, OperationKind, OperationTarget, Order, Priority, Project, ProjectId, RequestId, Session,
    SessionId, Status, Todo, TodoFilter, TodoId, TodoUpdate, Trash, Undone,
};
pub use pages::Pages;
pub use retry::RetryPolicy;
pub use token::{Secret, Token};
pub use watch::{Event, ResumeToken, Watch};
