//! What everybody waits for while an account with 450,000 todos due by its wall clock changes its time zone.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Result;
use prost_types::FieldMask;
use todo_proto::{
    auth::v1::{Account, UpdateAccountRequest, auth_service_client::AuthServiceClient},
    todo::v1::{Due, due::Kind, todo_service_client::TodoServiceClient},
};
use tonic::{metadata::MetadataMap, transport::Channel};

use crate::{
    population::{add_todos, connect, log_in, register, signed},
    process::ServerProcess,
    requests::new_todo,
};

const TODOS: u32 = 450_000;
const ROUNDS: usize = 10;
/// How long others write before and after a change.
const BESIDE: Duration = Duration::from_millis(500);
const CALLER_CEILING: Duration = Duration::from_secs(1);
const OTHERS_CEILING: Duration = Duration::from_millis(50);

pub(crate) async fn measure() -> Result<()> {
    let server = ServerProcess::start(&[]);
    let channel = connect(&server).await?;
    for name in ["large", "other"] {
        register(channel.clone(), name).await?;
    }
    let (large, other) = (log_in(channel.clone(), "large").await?, log_in(channel.clone(), "other").await?);
    add_todos(channel.clone(), &large, TODOS, |n, todo| {
        let local = format!("2030-{:02}-{:02}T{:02}:00:00", n % 12 + 1, n % 28 + 1, n % 24);
        if let Some(todo) = &mut todo.todo {
            todo.due = Some(Due { kind: Some(Kind::Local(local)) });
        }
    })
    .await?;

    let (mut caller, mut beside, mut alone) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        alone.push(longest_wait(&channel, &other, async || Ok(())).await?.1);
        let zone = ["Pacific/Auckland", "America/New_York"][round % 2];
        let change = async || change_zone(channel.clone(), &large, zone).await;
        let (took, longest) = longest_wait(&channel, &other, change).await?;
        caller.push(took);
        beside.push(longest);
    }
    println!(
        "The time zone of an account with {TODOS} todos due by the wall clock, changed {ROUNDS} times, SQLite:"
    );
    show("the caller waits", &caller, Some(CALLER_CEILING));
    show("another account's longest write", &beside, Some(OTHERS_CEILING));
    show("the same without a change", &alone, None);
    Ok(())
}

/// Has the other account write one todo after the other during `change`, and returns how long that took and the longest
/// that a write took.
async fn longest_wait(
    channel: &Channel,
    other: &MetadataMap,
    change: impl AsyncFnOnce() -> Result<()>,
) -> Result<(Duration, Duration)> {
    let is_over = Arc::new(AtomicBool::new(false));
    let (mut client, metadata, stop) =
        (TodoServiceClient::new(channel.clone()), other.clone(), Arc::clone(&is_over));
    let writing = tokio::spawn(async move {
        let mut longest = Duration::ZERO;
        while !stop.load(Ordering::Relaxed) {
            let started = Instant::now();
            client.create_todo(signed(metadata.clone(), new_todo(0))).await?;
            longest = longest.max(started.elapsed());
        }
        anyhow::Ok(longest)
    });
    tokio::time::sleep(BESIDE).await;
    let started = Instant::now();
    change().await?;
    let took = started.elapsed();
    tokio::time::sleep(BESIDE).await;
    is_over.store(true, Ordering::Relaxed);
    Ok((took, writing.await??))
}

async fn change_zone(channel: Channel, metadata: &MetadataMap, zone: &str) -> Result<()> {
    let request = UpdateAccountRequest {
        account: Some(Account { time_zone: zone.into(), ..Default::default() }),
        update_mask: Some(FieldMask { paths: vec!["time_zone".into()] }),
    };
    AuthServiceClient::new(channel).update_account(signed(metadata.clone(), request)).await?;
    Ok(())
}

/// Prints the median and the longest, and whether the longest is within its ceiling.
fn show(name: &str, times: &[Duration], ceiling: Option<Duration>) {
    let mut times = times.to_vec();
    times.sort();
    let (median, longest) = (times[times.len() / 2], times[times.len() - 1]);
    print!("  {name:<34} median {median:>8.1?}, longest {longest:>8.1?}");
    if let Some(ceiling) = ceiling {
        let verdict = if longest <= ceiling { "kept" } else { "EXCEEDED" };
        print!("  ceiling {ceiling:?}: {verdict}");
    }
    println!();
}
