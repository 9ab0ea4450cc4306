//! The first five minutes: create, list, complete, undo.
//!
//! Runs as whoever is logged in with `todo login`; or as `TODO_SERVER` and `TODO_TOKEN` say, if they are set:
//!
//! ```sh
//! cargo run -p todo-sdk --example quickstart
//! ```

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use todo_sdk::{Client, NewTodo, Order, Priority, Result, Status, TodoFilter};

#[tokio::main]
async fn main() -> Result<()> {
    let client = connect().await?;
    println!("Hello {}.", client.account().await?.username);

    let milk =
        client.create_todo(NewTodo::new("Buy milk").priority(Priority::P2).tag("errand")).await?.into_inner();
    println!("Created #{} {}", milk.number, milk.title);

    let mut open = client.list_todos(TodoFilter::default().status(Status::NeedsAction).order(Order::Due));
    while let Some(todo) = open.next().await.transpose()? {
        println!("  #{} {}", todo.number, todo.title);
    }

    client.complete_todos([milk.id]).await?;
    println!("Completed #{}", milk.number);

    client.undo_last().await?;
    println!("Took that back: #{} is {}", milk.number, client.get_todo(milk.id).await?.status);

    client.delete_todos([milk.id]).await?;
    println!("Moved #{} to the trash", milk.number);
    Ok(())
}

async fn connect() -> Result<Client> {
    if std::env::var_os("TODO_SERVER").is_some() {
        Client::from_env().await
    } else {
        Client::from_login().await
    }
}
