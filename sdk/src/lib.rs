//! The Rust client of Todo: typed, retrying, already logged in.
//!
//! # A tutorial
//!
//! Whoever has run `todo login` is three lines away from their todos:
//!
//! ```no_run
//! # #[tokio::main] async fn main() -> todo_sdk::Result<()> {
//! let client = todo_sdk::Client::from_login().await?;
//! let todo = client.create_todo("Buy milk").await?.into_inner();
//! println!("Created #{} {}", todo.number, todo.title);
//! # Ok(())
//! # }
//! ```
//!
//! A program of its own names the server, and logs in. The password goes into a [`Secret`], the session's [`Token`] comes
//! out, and neither can be printed by accident:
//!
//! ```no_run
//! use todo_sdk::{Client, Secret};
//!
//! # #[tokio::main] async fn main() -> todo_sdk::Result<()> {
//! let client = Client::connect("https://todo.example.com").await?;
//! let password = Secret::from("correct horse battery staple");
//! let login = client.login("ada", &password, "my program 1.0").await?;
//! let client = client.with_token(login.token);
//! # Ok(())
//! # }
//! ```
//!
//! From then on all is methods of [`Client`]. What is created and changed is described by builders, what comes back has
//! public fields, and every change says how to take it back:
//!
//! ```
//! # use todo_sdk::{Due, NewTodo, Order, Priority, Status, TodoFilter, TodoUpdate};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
//! # let client = todo_sdk::Client::from_service(backend.service());
//! let home = client.create_project("Home").await?.into_inner();
//! let rent = NewTodo::new("Pay rent")
//!     .project(home.id)
//!     .priority(Priority::P1)
//!     .due(Due::Date(jiff::civil::date(2026, 8, 1)));
//! let rent = client.create_todo(rent).await?.into_inner();
//!
//! client.update_todo(rent.id, TodoUpdate::new().title("Pay the rent")).await?;
//! client.complete_todos([rent.id]).await?;
//! client.undo_last().await?;
//!
//! let filter = TodoFilter::default().status(Status::NeedsAction).order(Order::Due);
//! let mut todos = client.list_todos(filter); // a Stream, fetched page by page
//! while let Some(todo) = todos.next().await.transpose()? {
//!     println!("#{} {}", todo.number, todo.title);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Todos are named by id or by number, whichever is at hand, and many are changed at once: all of them or none, as one
//! operation. Each result says what became of its todo.
//!
//! ```
//! # use todo_sdk::{BatchOptions, TodoUpdate};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
//! # let client = todo_sdk::Client::from_service(backend.service());
//! client.create_todos(["Buy milk", "Buy bread", "Pay rent"]).await?;
//! client.update_todos([1, 2], TodoUpdate::new().add_tags(["errand"])).await?;
//! let change = client.complete_todos_with([1, 3], BatchOptions::new().with_parts()).await?;
//! for result in &change.results {
//!     println!("#{} {}", result.number, result.title);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Changes that others make arrive as they happen, over broken connections and restarts of the server:
//!
//! ```
//! # use todo_sdk::Event;
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
//! # let client = todo_sdk::Client::from_service(backend.service());
//! let mut watch = client.watch_changes();
//! while let Some(event) = watch.next().await.transpose()? {
//!     match event {
//!         Event::Todo { todo, .. } => println!("#{} {}", todo.number, todo.title),
//!         Event::Synced => break, // or stay, and wait for news
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Errors are asked what they are. What may pass by itself has been tried again before, with the same request id, so that
//! a change is never applied twice:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
//! # let client = todo_sdk::Client::from_service(backend.service());
//! match client.create_project("Home").await {
//!     Ok(project) => println!("{} is new", project.value.name),
//!     Err(error) if error.is_already_exists() => println!("There is one already."),
//!     Err(error) => {
//!         let hint = error.hint().unwrap_or_default();
//!         println!("{error} {hint}"); // what failed and why, and what to do next
//!         return Err(error.into());
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What holds for every call
//!
//! - **Deadline.** 10 seconds over all tries, [`ClientBuilder::timeout`] and [`Client::with_timeout`] change it.
//! - **Retries.** By [`RetryPolicy`], where a repeat is safe: reads, and changes, which carry a [`RequestId`]. A login or
//!   logout is sent again only if the server cannot have seen it.
//! - **Encryption.** `https` with the certificates of the operating system or
//!   [your own](ClientBuilder::ca_certificate_pem); plain `http` only to this machine unless
//!   [allowed](ClientBuilder::insecure_http).
//! - **No surprises.** The library prints nothing, and reads the environment only in `Client::from_login` and
//!   [`Client::from_env`]. No secret is in any `Debug` or error.
//! - **Any transport.** [`Client::from_service`] takes whatever answers gRPC requests: the backends of `todo-server` in
//!   the same process, or a test's own.
//!
//! # The map
//!
//! What a client and a server must agree on is in the crate todo-model, which this one re-exports: [`Due`], [`Secret`], and
//! the rules behind them.
//!
//! | module | what |
//! |---|---|
//! | `client` | [`Client`] and [`ClientBuilder`]: how a server is reached, and as whom; what every call carries |
//! | `auth` | methods: accounts, passwords, sessions |
//! | `todos` | methods: todos |
//! | `operations` | methods: undo, redo, the log of changes |
//! | `projects` | methods: projects |
//! | `watch` | [`Watch`], [`Event`]: changes as they happen |
//! | `paginator` | [`Pages`]: lists longer than one answer |
//! | `model` | what is sent and returned: [`Todo`], [`NewTodo`], [`TodoUpdate`], [`TodoFilter`] ... |
//! | `convert` | between the model and the contract's generated types, and nowhere else |
//! | `error` | [`Error`] and what it was made of |
//! | `retry` | [`RetryPolicy`], deadlines, what is sent again |
//! | `transport` | one type for every way to reach a server |
//! | `load_balancer` | several replicas: which of them is called |
//! | `connection_pool` | one replica: by which connection it is called |
//! | `server_url` | [`ServerUrl`]: which addresses are accepted |
//! | `token` | [`Token`] |
#![cfg_attr(
    feature = "login",
    doc = "| [`credentials`] | the logins that `todo login` stores; feature `login`, on by default |"
)]
//!
//! # The way of a call
//!
//! [`Client::create_todo`] passes, in order:
//!
//! 1. `todos.rs`: the method itself, which says by `Idempotency` whether the call may be sent twice;
//! 2. `convert/to_proto.rs`: the request;
//! 3. `client/call.rs`: metadata and deadline;
//! 4. `retry.rs`: the attempts, each of which goes on to
//! 5. `transport.rs`, and behind it `load_balancer.rs` if there may be several replicas, then `connection_pool.rs`;
//! 6. `error/status.rs` if it failed, `convert/from_proto.rs` if it did not.
//!
//! A list comes in at `paginator.rs`, which makes one such call for each page. A watch comes in at `watch.rs`;
//! `watch/resuming_stream.rs` opens the stream, by the same way, and opens it again when it breaks.
//!
//! # To add a field to a todo
//!
//! 1. Write it into `proto/todo/v1/todo.proto`, with its comment.
//! 2. Give [`Todo`] the public field; [`NewTodo`] and [`TodoUpdate`] a field and a setter, if people may set it.
//! 3. Follow the compiler into `convert/`: `read_todo` fills it in, `new_todo` sends it, `update_todos` sends it and adds
//!    its path to the mask. The patterns there name every field, so that none is forgotten.
//! 4. Add it to the test of the mask in `convert.rs`, and to the round trip in `tests/it/todos.rs`.
//!
//! A limit or a rule about what it may hold goes to todo-model, where the server finds it too.
//!
//! # To add a method
//!
//! Its messages go to `convert/`, the method to the file of its area. One line says by `Idempotency` whether it may be sent
//! twice: it may if it only reads, or if its request carries a [`RequestId`].

mod auth;
mod client;
mod connection_pool;
mod convert;
mod error;
mod load_balancer;
mod model;
mod operations;
mod paginator;
mod projects;
mod retry;
mod server_url;
#[cfg(test)]
mod testing;
mod todos;
mod token;
mod transport;
mod watch;

#[cfg(feature = "login")]
pub mod credentials;

pub use todo_model::{Due, Secret, grammar::DateError};

pub use client::{Client, ClientBuilder};
pub use error::{Error, FieldViolation, Resource, ResourceKind, Result};
pub use model::{
    Account, AccountId, AccountUpdate, Annotation, AnnotationId, BatchChange, BatchOptions, Changed,
    DeletedProject, ExternalReference, Extra, FieldChange, FieldValue, GroupId, Login, NewProject, NewTodo,
    Operation, OperationId, OperationKind, OperationReference, OperationTarget, Order, Place, Priority,
    Project, ProjectId, PurgedTodo, RenamedProject, RequestId, Session, SessionId, Status, Todo, TodoCount,
    TodoFilter, TodoId, TodoImport, TodoRef, TodoResult, TodoSelection, TodoUpdate, Trash, UndeletedProject,
    Undo, UndoConflict, Undone,
};
pub use paginator::Pages;
pub use retry::RetryPolicy;
pub use server_url::ServerUrl;
pub use token::Token;
pub use watch::{Event, ResumeToken, Watch};
