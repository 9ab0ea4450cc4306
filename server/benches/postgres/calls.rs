//! How many calls a server answers, of each kind, for the table beside those of SQLite.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::{
    Arguments,
    load::{Call, Load},
    median,
    population::Population,
    postgres::{self, Cluster},
    process::ServerProcess,
    requests::BATCH,
};

pub(crate) async fn measure(cluster: &Cluster, arguments: &Arguments) -> Result<()> {
    let database = cluster.database();
    let server = ServerProcess::start(&["--database", &database, "--login-burst", "1000"]);
    let population = Population::create(&server, 64, 1_000).await?;
    // As it does by itself within minutes.
    tokio::task::block_in_place(|| postgres::try_query(&database, "ANALYZE")).context("ANALYZE")?;
    println!("Calls on PostgreSQL, of 64 accounts with 1,000 todos each:");
    let length = Duration::from_secs_f64(arguments.seconds);
    for (name, call, todos) in [
        ("GetTodo", Call::Get, 1),
        ("ListTodos of 20", Call::List(20), 1),
        ("open, by due time", Call::ListDue, 1),
        ("ListTodos of 1,000", Call::List(1_000), 1),
        ("CreateTodo", Call::Create, 1),
        ("CompleteTodos, ReopenTodos", Call::Complete, 1),
        ("UpdateTodos", Call::Update, 1),
        ("todos by BatchCreateTodos", Call::BatchCreate, BATCH),
    ] {
        let load = Load::new(&server.url(), call, &population).await?;
        load.run(length / 4).await.context(name)?;
        let mut rates = Vec::new();
        for _ in 0..arguments.rounds.max(1) {
            rates.push(load.run(length).await.context(name)? * f64::from(todos));
        }
        println!("  {name:<30} {:>9.0} a second", median(rates));
    }
    Ok(())
}
