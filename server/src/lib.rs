//! The backends of Todo.
