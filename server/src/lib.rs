//! The backends of Todo.

pub mod clock;
pub mod error;
mod identity;
pub mod ids;
mod page;
mod store;
mod todo;
#[cfg(test)]
mod testing;
mod upkeep;

pub use error::{Error, Result};
