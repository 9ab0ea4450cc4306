//! Drives the real server through the SDK, over a real connection on a port of its own.
//!
//! | file | what |
//! |---|---|
//! | `support.rs` | a server that can be stopped and started again, people on it, a proxy that breaks connections |
//! | `auth.rs` `todos.rs` `batches.rs` `projects.rs` `watch.rs` | the areas of the client |
//! | `network.rs` | servers that are away, answers that are lost, large answers |
//! | `tls.rs` | encryption and whom it trusts |
//! | `examples.rs` | the programs in `examples/`, and with them the logins they open |

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where; clippy allows this in test functions only"
)]

mod auth;
mod batches;
mod examples;
mod network;
mod projects;
mod support;
mod tls;
mod todos;
mod watch;
