//! Creates a todo for each line of its input, many at once.
//!
//! All the calls share one connection, and the server writes those that wait together to disk in one go, so that 16 at
//! once take little longer than one.
//!
//! Runs as whoever is logged in with `todo login`; or as `TODO_SERVER` and `TODO_TOKEN` say, if they are set:
//!
//! ```sh
//! cargo run -p todo-sdk --example bulk_import < todos.txt
//! ```

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::{error::Error, io};

use futures_util::{StreamExt as _, stream};
use todo_sdk::{Client, Result};

const AT_ONCE: usize = 16;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = connect().await?;
    let titles = io::stdin().lines().collect::<Result<Vec<_>, _>>()?;
    let mut created = stream::iter(titles)
        .filter(|title| std::future::ready(!title.trim().is_empty()))
        .map(|title| {
            let client = client.clone();
            async move { (client.create_todo(title.as_str()).await, title) }
        })
        .buffer_unordered(AT_ONCE);

    let (mut good, mut bad) = (0, 0);
    while let Some((outcome, title)) = created.next().await {
        match outcome {
            Ok(_) => good += 1,
            // One line that the server refuses is no reason to leave the others out.
            Err(error) if error.is_invalid_argument() => {
                bad += 1;
                println!("{title:?} was refused: {error}");
            }
            Err(error) => return Err(error.into()),
        }
    }
    println!("{good} created, {bad} refused.");
    Ok(())
}

async fn connect() -> Result<Client> {
    if std::env::var_os("TODO_SERVER").is_some() {
        Client::from_env().await
    } else {
        Client::from_login().await
    }
}
