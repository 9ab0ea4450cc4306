//! How soon a logout at the role auth is known to a role todo of another process.

use std::time::{Duration, Instant};

use anyhow::Result;
use todo_sdk::{Client, RetryPolicy, TodoFilter};

use crate::{postgres::Cluster, process::ServerProcess, verdict};

const LOGOUTS: usize = 300;
const CEILING: Duration = Duration::from_secs(1);

pub(crate) async fn measure(cluster: &Cluster) -> Result<()> {
    let database = cluster.database();
    let auth = ServerProcess::start(&["--database", &database, "--role", "auth", "--login-burst", "1000"]);
    let flags = ["--database", &database, "--role", "todo", "--auth-url"];
    let todo = ServerProcess::start(&[&flags[..], &[&auth.url()]].concat());
    let (auth, todo) = (Client::connect(auth.url()).await?, Client::connect(todo.url()).await?);
    let password = "correct horse battery".into();
    auth.register("ann", &password, Some("UTC")).await?;
    let mut waits = Vec::new();
    for _ in 0..LOGOUTS {
        let token = auth.login("ann", &password, "bench").await?.token;
        let todos = todo.with_token(token.clone()).with_retry(RetryPolicy::none());
        let list = async || todos.list_todos(TodoFilter::default()).try_collect().await;
        // The answer is cached here for five seconds.
        list().await?;
        auth.with_token(token).logout().await?;
        let ended = Instant::now();
        while list().await.is_ok() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        waits.push(ended.elapsed());
    }
    waits.sort();
    let percentile = |percent: usize| waits[(waits.len() - 1) * percent / 100];
    println!("{LOGOUTS} logouts at auth, until todo refuses the token:");
    println!(
        "  median {:.1} ms, p99 {:.1} ms, ceiling 1,000 ms: {}",
        percentile(50).as_secs_f64() * 1e3,
        percentile(99).as_secs_f64() * 1e3,
        verdict(percentile(99) <= CEILING)
    );
    Ok(())
}
