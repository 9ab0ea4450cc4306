//! ListTodos of 20 of an account's 10,000 todos, alone in the table and beside a million of others.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::{
    Arguments,
    load::{Call, Load},
    median,
    population::Population,
    postgres::{self, Cluster},
    process::ServerProcess,
    verdict,
};

const TODOS: u32 = 10_000;
const CEILING: f64 = 1.3;

/// A thousand accounts with a thousand todos each.
const OTHERS: &str = "
INSERT INTO accounts (id, username, username_key, create_time)
SELECT gen_random_uuid(), 'other' || n, 'other' || n, 1 FROM generate_series(1, 1000) n;
INSERT INTO todo_accounts (account_id, revision, horizon, next_number, time_zone, used_todos, used_bytes, forgotten_number)
SELECT id, 1001, 0, 1001, 'UTC', 1000, 0, 0 FROM accounts WHERE username LIKE 'other%';
INSERT INTO projects (account_id, id, name, name_key, inbox, revision, create_time, update_time)
SELECT id, id, 'Inbox', 'inbox', TRUE, 1, 1, 1 FROM accounts WHERE username LIKE 'other%';
INSERT INTO todos (account_id, id, number, project_id, title, description, priority, due_zoned, due_at, tags, position,
search_key, tags_key, revision, create_time, update_time)
SELECT a.id, gen_random_uuid(), n, a.id, 'Water the plants, number ' || n, '', 5, FALSE, 9223372036854775807, '', n,
'water the plants, number ' || n, '', n + 1, 1795530127627543 + n, 1795530127627543 + n
FROM accounts a CROSS JOIN generate_series(1, 1000) n WHERE a.username LIKE 'other%';
ANALYZE;
";

pub(crate) async fn measure(cluster: &Cluster, arguments: &Arguments) -> Result<()> {
    let (alone, crowded) = (cluster.database(), cluster.database());
    let (mut servers, mut loads) = (Vec::new(), Vec::new());
    for (database, prepare) in [(&alone, "ANALYZE"), (&crowded, OTHERS)] {
        let server = ServerProcess::start(&["--database", database]);
        let population = Population::create(&server, 1, TODOS).await?;
        tokio::task::block_in_place(|| postgres::try_query(database, prepare))
            .context("the todos of others")?;
        for call in [Call::List(20), Call::ListDue] {
            loads.push(Load::new(&server.url(), call, &population).await?);
        }
        servers.push(server);
    }
    let length = Duration::from_secs_f64(arguments.seconds / 2.0);
    let mut rates = vec![Vec::new(); loads.len()];
    for load in &loads {
        load.run(length / 4).await?;
    }
    for _ in 0..arguments.rounds.max(1) {
        for (load, rates) in loads.iter().zip(&mut rates) {
            rates.push(load.run(length).await?);
        }
    }
    let rates = rates.into_iter().map(median).collect::<Vec<_>>();
    println!("ListTodos of 20 of {TODOS} todos, 64 at a time, PostgreSQL:");
    for (name, alone, crowded) in [("by id", rates[0], rates[2]), ("open, by due time", rates[1], rates[3])] {
        let cost = alone / crowded;
        println!(
            "  {name:<18} alone {alone:>7.0} a second, beside 1,000,000 others {crowded:>7.0}  {cost:.2} x the cost, \
             ceiling {CEILING:.2} x: {}",
            verdict(cost <= CEILING)
        );
    }
    Ok(())
}
