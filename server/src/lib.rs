//! The backends of Todo.

pub mod error;

pub use error::{Error, Result};
