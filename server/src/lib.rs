//! The backends of Todo.

mod access;
pub mod auth;
pub mod clock;
pub mod embedded;
pub mod error;
mod identity;
pub mod ids;
mod middleware;
mod page;
mod request;
mod store;
#[cfg(test)]
mod testing;
mod todo;
mod upkeep;

pub use error::{Error, Result};
