//! Reports after all tests which of them were left out because something is not installed, and how to get it.
//!
//! No test itself: cargo runs the test programs of a workspace by the names of packages and programs, and this is the last
//! one. Only the examples of the documentation, which leave nothing out, come later.
#![cfg(test)]

#[path = "../../tests/it/programs.rs"]
mod programs;

use std::{
    env,
    io::{self, Write as _},
};

fn main() -> io::Result<()> {
    // There are no tests to list.
    if env::args().any(|argument| argument == "--list") {
        return Ok(());
    }
    let mut stdout = io::stdout();
    let missing = programs::missing();
    if missing.is_empty() {
        return writeln!(stdout, "\nNothing was left out of the tests.\n");
    }
    writeln!(stdout, "\nLEFT OUT of the tests, for want of what is not installed:")?;
    for requirement in missing {
        writeln!(stdout, "- {requirement}")?;
    }
    writeln!(stdout)
}
