//! Memory and processor time of 10,000 watches that have nothing to tell.

use std::{fs, time::Duration};

use anyhow::{Context as _, Result};
use todo_proto::todo::v1::{
    WatchChangesRequest, todo_service_client::TodoServiceClient, watch_changes_response::Event,
};
use tokio::task::JoinSet;

use crate::{
    population::{connect, log_in, register, signed},
    process::ServerProcess,
};

const WATCHES: u32 = 10_000;
/// Streams that a server takes on one connection.
const ON_A_CONNECTION: u32 = 100;
const IDLE: Duration = Duration::from_secs(20);
const MEMORY_CEILING: f64 = 45.0;
const PROCESSOR_CEILING: f64 = 5.0;
/// Linux counts processor time in hundredths of a second wherever it runs.
const TICKS_A_SECOND: f64 = 100.0;

pub(crate) async fn measure() -> Result<()> {
    let server = ServerProcess::start(&["--login-burst", "1000", "--max-connections-per-source", "1000"]);
    let channel = connect(&server).await?;
    let mut tokens = Vec::new();
    for index in 0..WATCHES / ON_A_CONNECTION {
        let name = format!("account{index}");
        register(channel.clone(), &name).await?;
        tokens.push(log_in(channel.clone(), &name).await?);
    }
    let before = resident_kib(&server)?;
    let mut opening = JoinSet::new();
    for metadata in tokens {
        let channel = connect(&server).await?;
        opening.spawn(async move {
            let mut watches = Vec::new();
            for _ in 0..ON_A_CONNECTION {
                let mut client = TodoServiceClient::new(channel.clone());
                let request = signed(metadata.clone(), WatchChangesRequest::default());
                let mut watch = client.watch_changes(request).await?.into_inner();
                while let Some(event) = watch.message().await? {
                    if let Some(Event::Synced(_)) = event.event {
                        break;
                    }
                }
                watches.push(watch);
            }
            anyhow::Ok(watches)
        });
    }
    let watches = opening.join_all().await.into_iter().collect::<Result<Vec<_>>>()?;
    let each = (resident_kib(&server)? - before) / f64::from(WATCHES);
    let started = processor_seconds(&server)?;
    tokio::time::sleep(IDLE).await;
    let percent = (processor_seconds(&server)? - started) / IDLE.as_secs_f64() * 100.0;
    drop(watches);

    let verdict = |is_kept| if is_kept { "kept" } else { "EXCEEDED" };
    println!("{WATCHES} idle watches of {} accounts, SQLite:", WATCHES / ON_A_CONNECTION);
    println!(
        "  memory of each    {each:>6.1} KiB  ceiling {MEMORY_CEILING:.0}: {}",
        verdict(each <= MEMORY_CEILING)
    );
    println!(
        "  processor time    {percent:>6.1} % of a core  ceiling {PROCESSOR_CEILING:.0}: {}",
        verdict(percent <= PROCESSOR_CEILING)
    );
    Ok(())
}

fn resident_kib(server: &ServerProcess) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{}/status", server.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok(line.split_whitespace().next().context("no number")?.parse()?)
}

/// Processor time that a server has used.
fn processor_seconds(server: &ServerProcess) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", server.id()))?;
    // Behind the name, which may have anything in it: utime and stime are the 14th and 15th field of the line.
    let fields = stat.rsplit_once(')').context("no name")?.1.split_whitespace().collect::<Vec<_>>();
    let ticks = |index: usize| {
        fields.get(index).context("no such field")?.parse::<f64>().map_err(anyhow::Error::from)
    };
    Ok((ticks(11)? + ticks(12)?) / TICKS_A_SECOND)
}
