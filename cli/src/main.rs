//! Your todos from the terminal.

fn main() {}
