//! The Rust client of Todo.
