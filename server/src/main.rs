//! Runs the backends of Todo.

fn main() {}
