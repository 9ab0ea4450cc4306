//! The backends of Todo.

pub mod error;

pub use error::{Error, Result};

pub mod clock;
pub mod ids;
mod page;
mod store;
mod todo;
