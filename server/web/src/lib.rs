//! The main service of Todo: the pages that people use in a browser.
//!
//! It holds no data and no secret of its own. Every page is made of calls through `todo-sdk` with the token of whoever looks
//! at it: the main service is a client like any other, which the compiler keeps, as this crate does not depend on the
//! backends. A server hands in a client of each and who is calling, and mounts [`service`].
//!
//! # The map
//!
//! | module | what |
//! |---|---|
//! | `settings` | [`Backends`], [`Settings`], [`TraceHooks`]: what the server hands in |
//! | `service` | [`PageService`]: a span, a count and an id for every request |
//! | `metrics` | [`Metrics`]: what is counted |
//! | `router` | which page answers which address, and the layers around them |
//! | `compression` | which responses are compressed, and which must not be |
//! | `security` | encryption, origin, headers |
//! | `connection` | how the browser is connected |
//! | `recovery` | reading forms, and keeping those that no page could handle |
//! | `pending_form` | what may be kept of such a form |
//! | `request_context` | who is looking at which page, and the clients that call for them |
//! | `signed_in` | somebody signed in, and what every page shows them |
//! | `pages` | one file for each page: showing it, and doing what its forms ask for |
//! | `sse` | `/events`: changes, told to open pages |
//! | `navigation` | the column of lists and projects |
//! | `view_models` | what the templates are given |
//! | `field_errors` | what a backend refused, beside its fields |
//! | `flash` | what the page after a change says about it |
//! | `error` | what went wrong, and the page about it |
//! | `response` | redirects, and headers of single responses |
//! | `assets` | stylesheet, script, icons |
//! | `session_cookie`, `device_cookie`, `password` | the secrets that pass through |
//! | `state` | what every request finds |
//! | `dates`, `user_agent` | times and browsers, in words |
//! | `form_data`, `list_query`, `urls` | forms, queries and paths |
//!
//! # The way of a page
//!
//! `GET /`, at most four calls: `service` → `router` → `compression` (the way back) → `security` (encrypted?) → `recovery`
//! (a sign-in in the place of a page that needs one) → `request_context` (cookie, query) → `pages/list` →
//! `signed_in` (call 1: who is this?) → `pages/list_scope` (call 2: which todos?) and `signed_in` again for the projects
//! (call 3) and for what has just been done (call 4) → `pages/list_rows`, `navigation` → `view_models` →
//! `templates/list.html`.
//!
//! # The way of a form
//!
//! `POST /todos`, one call: `service` → `router` → `security` (from this site?) → `recovery` (the form is read) →
//! `request_context` → `pages/list` → `pages/todo_fields` (what was typed) → the call → `response` (a redirect to the page
//! it came from, which offers to undo it). If the call is refused, `field_errors` puts the reason beside its field and the
//! page is shown again; if nobody is signed in or a backend is away, `recovery` makes a page that keeps what was typed.
//!
//! # To add a page
//!
//! 1. Its view in `view_models.rs`, its template in `templates/`.
//! 2. Its handlers in a file of `pages/`, each form as a struct of texts. A form of a todo or project carries its id, so
//!    that a POST makes one call.
//! 3. Its routes in `router.rs`.
//! 4. What may be kept of its forms, in `pending_form.rs`; its free text in queries is known to `compression.rs` unless it
//!    is listed there.
//! 5. Its paths in the lists of `tests/it/`, and how many calls it makes in `tests/it/calls.rs`.

mod assets;
mod compression;
mod connection;
mod dates;
mod device_cookie;
mod error;
mod field_errors;
mod flash;
mod form_data;
mod list_query;
mod metrics;
mod navigation;
mod pages;
mod password;
mod pending_form;
mod recovery;
mod request_context;
mod response;
mod router;
mod security;
mod service;
mod session_cookie;
mod settings;
mod signed_in;
mod sse;
mod state;
mod urls;
mod user_agent;
mod view_models;

pub use self::{
    metrics::Metrics,
    service::{PageService, service},
    settings::{Backends, Settings, TraceHooks},
};
