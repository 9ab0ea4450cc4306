//! The backends of Todo.

mod access;
pub mod auth;
pub mod clock;
pub mod error;
mod identity;
pub mod ids;
mod middleware;
mod page;
mod store;
mod todo;
#[cfg(test)]
mod testing;
mod upkeep;

pub use error::{Error, Result};
