//! Two thousand watches of 200 accounts on two replicas, and 100 changes a second on one of them.

use std::{
    collections::HashMap,
    fs,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use todo_sdk::{Client, Event, Token};

use crate::{postgres::Cluster, process::ServerProcess, verdict};

const ACCOUNTS: usize = 200;
const WATCHES_EACH: usize = 10;
/// Watches on one connection. A server takes 100.
const ON_A_CONNECTION: usize = 100;
const PACE: Duration = Duration::from_millis(10);
const CHANGES: usize = 2_000;
const DELIVERY_CEILING: f64 = 1.0;
const MEMORY_CEILING: f64 = 150.0;

/// When each change was asked for, and how long each watch waited for it.
#[derive(Default)]
struct Times {
    asked: Mutex<HashMap<String, Instant>>,
    waited: Mutex<Vec<f64>>,
    synced: AtomicUsize,
}

pub(crate) async fn measure(cluster: &Cluster) -> Result<()> {
    let database = cluster.database();
    let flags = ["--database", &database, "--login-burst", "1000", "--max-connections-per-source", "1000"];
    let replicas = [ServerProcess::start(&flags), ServerProcess::start(&flags)];
    let writer = Client::connect(replicas[0].url()).await?;
    let tokens = create_accounts(&writer).await?;
    let before = replicas.iter().map(resident_kib).sum::<Result<f64>>()?;
    let times = Arc::new(Times::default());
    let mut watches = Vec::new();
    let wanted = tokens.iter().flat_map(|token| std::iter::repeat_n(token, WATCHES_EACH)).collect::<Vec<_>>();
    for (index, tokens) in wanted.chunks(ON_A_CONNECTION).enumerate() {
        let client = Client::connect(replicas[index % 2].url()).await?;
        watches.extend(
            tokens
                .iter()
                .map(|token| tokio::spawn(watch(client.clone(), (*token).clone(), Arc::clone(&times)))),
        );
    }
    while times.synced.load(Ordering::Relaxed) < wanted.len() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let after = replicas.iter().map(resident_kib).sum::<Result<f64>>()?;

    change(&writer, &tokens, &times).await?;
    let expected = CHANGES * WATCHES_EACH;
    let told = || times.waited.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let deadline = Instant::now() + Duration::from_secs(30);
    while told().len() < expected && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut told = told();
    told.sort_by(f64::total_cmp);
    let percentile = |percent: usize| told[(told.len() - 1) * percent / 100];
    let (p50, p99) = (percentile(50), percentile(99));
    println!("{} watches of {ACCOUNTS} accounts on two replicas, 100 changes a second:", wanted.len());
    println!("  told {} of {expected} times", told.len());
    println!(
        "  from asking for a change to being told: median {:.0} ms, p99 {:.0} ms, ceiling 1,000 ms: {}",
        p50 * 1e3,
        p99 * 1e3,
        verdict(p99 <= DELIVERY_CEILING && told.len() == expected)
    );
    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    let each = (after - before) / wanted.len() as f64;
    println!(
        "  memory of a watch: {each:.0} KiB, ceiling {MEMORY_CEILING:.0} KiB: {}",
        verdict(each <= MEMORY_CEILING)
    );
    for watch in watches {
        watch.abort();
    }
    Ok(())
}

/// Registers the accounts and logs them in.
async fn create_accounts(client: &Client) -> Result<Vec<Token>> {
    let mut tokens = Vec::new();
    for n in 0..ACCOUNTS {
        let (name, password) = (format!("account{n}"), "correct horse battery".into());
        client.register(&name, &password, Some("UTC")).await?;
        tokens.push(client.login(&name, &password, "bench").await?.token);
    }
    Ok(tokens)
}

/// Makes the changes at a steady pace, one account after the other.
async fn change(writer: &Client, tokens: &[Token], times: &Times) -> Result<()> {
    let mut ticks = tokio::time::interval(PACE);
    let mut changes = tokio::task::JoinSet::new();
    for n in 0..CHANGES {
        ticks.tick().await;
        let client = writer.with_token(tokens[n % ACCOUNTS].clone());
        let title = format!("change {n}");
        times.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(title.clone(), Instant::now());
        changes.spawn(async move { client.create_todo(title.as_str()).await.map(drop) });
    }
    for change in changes.join_all().await {
        change?;
    }
    Ok(())
}

async fn watch(client: Client, token: Token, times: Arc<Times>) {
    let mut watch = client.with_token(token).watch_changes();
    while let Some(Ok(event)) = watch.next().await {
        match event {
            Event::Synced => drop(times.synced.fetch_add(1, Ordering::Relaxed)),
            Event::Todo { todo, .. } => {
                let asked =
                    times.asked.lock().unwrap_or_else(PoisonError::into_inner).get(&todo.title).copied();
                if let Some(asked) = asked {
                    let waited = asked.elapsed().as_secs_f64();
                    times.waited.lock().unwrap_or_else(PoisonError::into_inner).push(waited);
                }
            }
            _ => {}
        }
    }
}

/// Resident memory of a server.
fn resident_kib(server: &ServerProcess) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{}/status", server.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok(line.split_whitespace().next().context("no number")?.parse()?)
}
