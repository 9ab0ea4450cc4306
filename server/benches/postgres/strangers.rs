//! How long GetTodo of one account takes while 64 callers write to another account of the same server.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use todo_proto::todo::v1::{GetTodoRequest, todo_service_client::TodoServiceClient};

use crate::{
    Arguments,
    load::{Call, Load},
    population::{Population, connect, signed},
    postgres::Cluster,
    process::ServerProcess,
    verdict,
};

const CEILING: f64 = 3.0;

pub(crate) async fn measure(cluster: &Cluster, arguments: &Arguments) -> Result<()> {
    let database = cluster.database();
    let server = ServerProcess::start(&["--database", &database]);
    let mut population = Population::create(&server, 2, 20).await?;
    let stranger = population.accounts.pop().context("no second account")?;
    let load = Load::new(&server.url(), Call::Create, &population).await?;
    let mut client = TodoServiceClient::new(connect(&server).await?);
    let length = Duration::from_secs_f64(arguments.seconds) * u32::try_from(arguments.rounds.max(1))?;
    let writing = tokio::spawn(async move { load.run(length).await });
    let mut times = Vec::new();
    for id in stranger.todos.iter().cycle() {
        if writing.is_finished() {
            break;
        }
        let request = signed(stranger.metadata.clone(), GetTodoRequest { id: id.clone() });
        let started = Instant::now();
        client.get_todo(request).await?;
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    let written = writing.await??;
    times.sort_by(f64::total_cmp);
    let percentile = |percent: usize| times[(times.len() - 1) * percent / 100];
    println!("GetTodo of one account beside 64 callers that write to another, PostgreSQL:");
    println!(
        "  median {:.1} ms, p99 {:.1} ms of {} calls, beside {written:.0} writes a second, ceiling {CEILING:.0} ms: {}",
        percentile(50),
        percentile(99),
        times.len(),
        verdict(percentile(50) <= CEILING)
    );
    Ok(())
}
