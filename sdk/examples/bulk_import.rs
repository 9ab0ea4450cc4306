//! Creates a todo for each line of its input, in their order: 1,000 at a time, as one group that can be undone together.
//!
//! Runs as whoever is logged in with `todo login`; or as `TODO_SERVER` and `TODO_TOKEN` say, if they are set:
//!
//! ```sh
//! cargo run -p todo-sdk --example bulk_import < todos.txt
//! ```

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::{error::Error, io};

use todo_sdk::{Client, GroupId, Result};

/// As many as one call takes.
const BATCH: usize = 1_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let group = GroupId::generate();
    let client = connect().await?.with_group(group);
    let mut titles = io::stdin().lines().collect::<Result<Vec<_>, _>>()?;
    titles.retain(|title| !title.trim().is_empty());

    let mut created = 0;
    for batch in titles.chunks(BATCH) {
        // All of a batch or nothing: an error names the bad one.
        match client.create_todos(batch.iter().map(String::as_str)).await {
            Ok(change) => created += change.results.len(),
            Err(error) => {
                while created > 0 && client.undo(group).await?.remaining > 0 {}
                return Err(error.into());
            }
        }
    }
    println!("{created} created.");
    Ok(())
}

async fn connect() -> Result<Client> {
    if std::env::var_os("TODO_SERVER").is_some() {
        Client::from_env().await
    } else {
        Client::from_login().await
    }
}
