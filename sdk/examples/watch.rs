//! Shows every todo, and then every change as it happens, until it is interrupted. Restart the server meanwhile: it goes
//! on.
//!
//! Runs as whoever is logged in with `todo login`; or as `TODO_SERVER` and `TODO_TOKEN` say, if they are set:
//!
//! ```sh
//! cargo run -p todo-sdk --example watch
//! ```

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use todo_sdk::{Client, Event, Result, Status};

#[tokio::main]
async fn main() -> Result<()> {
    let client = connect().await?;
    let mut watch = client.watch_changes();
    while let Some(event) = watch.next().await.transpose()? {
        match event {
            Event::Todo { todo, .. } if todo.delete_time.is_some() => println!("- #{}", todo.number),
            Event::Todo { todo, .. } => {
                let mark = if todo.status == Status::Completed { "x" } else { " " };
                println!("[{mark}] #{} {}", todo.number, todo.title.escape_debug());
            }
            Event::PurgedTodo { number, .. } => println!("- #{number} for good"),
            Event::Synced => println!("That is all there is. Waiting for news."),
            Event::Restarted => println!("Starting over."),
            _ => {}
        }
    }
    Ok(())
}

async fn connect() -> Result<Client> {
    if std::env::var_os("TODO_SERVER").is_some() {
        Client::from_env().await
    } else {
        Client::from_login().await
    }
}
