//! The backends of Todo.

pub mod clock;
pub mod error;
mod identity;
pub mod ids;
mod page;
mod store;
mod todo;
mod upkeep;

pub use error::{Error, Result};
