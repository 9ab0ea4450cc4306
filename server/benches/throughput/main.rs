//! How fast the server is, beside the fastest that could be: `cargo bench -p todo-server --bench throughput`.
//!
//! Real `todo-server` processes with SQLite on a real disk answer 64 concurrent calls over 4 connections on
//! loopback. Reads are compared with a bare tonic service in a process of its own that answers the same requests
//! with the same bytes and knows nothing else; grouped commits with the same server committing one by one. What is
//! compared takes turns within one run, and the medians of all turns are shown with the floors they must reach.
//!
//! | module | what |
//! |---|---|
//! | `echo` | the bare tonic service |
//! | `load` | the one load generator |
//! | `requests` | what it sends |
//! | `population` | the accounts and todos of the test |
//! | `zone_change` | what others wait while the zone of 450,000 todos changes |
//! | `first_pages` | the first page of each list of an account with 100,000 todos |
//! | `memory` | resident memory, idle and after many logins |
//! | `idle_watches` | memory and processor time of 10,000 watches that have nothing to tell |
#![expect(clippy::print_stdout, reason = "the table is what the program is for")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "shares the tests' `ServerProcess`, which fails as tests do"
)]

mod echo;
mod first_pages;
mod idle_watches;
mod load;
mod memory;
mod population;
#[path = "../../tests/it/process.rs"]
mod process;
mod requests;
#[path = "../../tests/it/wait.rs"]
mod wait;
mod zone_change;

use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Parser;

use crate::{
    load::{Call, Load},
    population::Population,
    process::ServerProcess,
    requests::BATCH,
};

/// Measures the server beside a bare tonic service.
#[derive(Parser)]
struct Arguments {
    /// Measure only these
    #[arg(value_enum)]
    only: Vec<Subject>,
    /// Turns that each measurement gets; the median counts
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Length of a turn
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Passed by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Subject {
    Get,
    List,
    Create,
    Change,
    Batch,
    Zone,
    Pages,
    Memory,
    Watch,
}

fn main() -> Result<()> {
    if std::env::args().nth(1).as_deref() == Some(echo::SUBCOMMAND) {
        return runtime()?.block_on(echo::serve());
    }
    let arguments = Arguments::parse();
    let wanted = |subject| arguments.only.is_empty() || arguments.only.contains(&subject);
    runtime()?.block_on(async {
        if wanted(Subject::Get) || wanted(Subject::List) {
            reads(&arguments, wanted(Subject::Get), wanted(Subject::List)).await?;
        }
        if wanted(Subject::Create) {
            creates(&arguments).await?;
        }
        if wanted(Subject::Change) {
            changes(&arguments).await?;
        }
        if wanted(Subject::Batch) {
            batches(&arguments).await?;
        }
        if wanted(Subject::Zone) {
            zone_change::measure().await?;
        }
        if wanted(Subject::Pages) {
            first_pages::measure().await?;
        }
        if wanted(Subject::Memory) {
            memory::measure().await?;
        }
        if wanted(Subject::Watch) {
            idle_watches::measure().await?;
        }
        Ok(())
    })
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// One line of the table and how it is measured.
struct Contest {
    name: &'static str,
    load: Load,
    /// Calls per second, one for each turn.
    rates: Vec<f64>,
}

impl Contest {
    fn new(name: &'static str, load: Load) -> Self {
        Self { name, load, rates: Vec::new() }
    }

    fn median(&self) -> f64 {
        let mut rates = self.rates.clone();
        rates.sort_by(f64::total_cmp);
        let middle = rates.len() / 2;
        if rates.len() % 2 == 1 { rates[middle] } else { f64::midpoint(rates[middle - 1], rates[middle]) }
    }
}

async fn reads(arguments: &Arguments, get: bool, list: bool) -> Result<()> {
    let server = ServerProcess::start(&[]);
    let population = Population::create(&server, 10, 1_000).await?;
    let bare = echo::Echo::start(&echo::Answers::of(&server, &population, 20).await?)?;
    println!("Reads, {} todos in {} accounts, SQLite:", population.todos(), population.accounts.len());
    if get {
        let mut contests = [
            Contest::new("bare tonic, GetTodo's bytes", Load::new(bare.url(), Call::Get, &population).await?),
            Contest::new("GetTodo", Load::new(&server.url(), Call::Get, &population).await?),
        ];
        take_turns(arguments, &mut contests).await?;
        compare(&contests, 0, &[(1, 0.30)]);
    }
    if list {
        let mut contests = [
            Contest::new(
                "bare tonic, ListTodos' bytes",
                Load::new(bare.url(), Call::List(20), &population).await?,
            ),
            Contest::new("ListTodos of 20", Load::new(&server.url(), Call::List(20), &population).await?),
            Contest::new("open, by due time", Load::new(&server.url(), Call::ListDue, &population).await?),
        ];
        take_turns(arguments, &mut contests).await?;
        compare(&contests, 0, &[(1, 0.20), (2, 0.18)]);
        long_lists(arguments, &server, &population).await?;
    }
    Ok(())
}

async fn long_lists(arguments: &Arguments, server: &ServerProcess, population: &Population) -> Result<()> {
    let call = Call::List(1_000);
    let bare = echo::Echo::start(&echo::Answers::of(server, population, 1_000).await?)?;
    let mut contests = [
        Contest::new("bare tonic, the same bytes", Load::new(bare.url(), call, population).await?),
        Contest::new("ListTodos of 1,000", Load::new(&server.url(), call, population).await?),
    ];
    take_turns(arguments, &mut contests).await?;
    compare(&contests, 0, &[(1, 0.20)]);
    Ok(())
}

async fn creates(arguments: &Arguments) -> Result<()> {
    let grouped = ServerProcess::start(&[]);
    let single = ServerProcess::start(&["--group-commit-max", "1"]);
    let mut contests = Vec::new();
    for (name, server) in [("groups of one", &single), ("grouped commits", &grouped)] {
        let population = Population::create(server, 10, 100).await?;
        contests.push(Contest::new(name, Load::new(&server.url(), Call::Create, &population).await?));
    }
    println!("CreateTodo, each on disk before it is answered, SQLite:");
    take_turns(arguments, &mut contests).await?;
    compare(&contests, 0, &[(1, 5.0)]);
    Ok(())
}

/// Changes of one todo beside creates, each of 64 accounts of its own.
async fn changes(arguments: &Arguments) -> Result<()> {
    let server = ServerProcess::start(&["--login-burst", "1000"]);
    let population = Population::create(&server, 64, 20).await?;
    let mut contests = Vec::new();
    for (name, call) in [
        ("CreateTodo", Call::Create),
        ("CompleteTodos, ReopenTodos", Call::Complete),
        ("UpdateTodos", Call::Update),
    ] {
        contests.push(Contest::new(name, Load::new(&server.url(), call, &population).await?));
    }
    println!("One todo, changed on 64 accounts, each change on disk before it is answered, SQLite:");
    take_turns(arguments, &mut contests).await?;
    compare(&contests, 0, &[(1, 0.5), (2, 0.5)]);
    Ok(())
}

/// Batches of new todos, four at a time.
async fn batches(arguments: &Arguments) -> Result<()> {
    const FLOOR: f64 = 30_000.0;
    let server = ServerProcess::start(&[]);
    let population = Population::create(&server, 4, 1).await?;
    let mut contests =
        [Contest::new("BatchCreateTodos", Load::new(&server.url(), Call::BatchCreate, &population).await?)];
    println!("BatchCreateTodos of {BATCH}, each on disk before it is answered, SQLite:");
    take_turns(arguments, &mut contests).await?;
    let todos = contests[0].median() * f64::from(BATCH);
    let verdict = if todos >= FLOOR { "reached" } else { "MISSED" };
    println!("  {:<30} {todos:>9.0} todos a second, floor {FLOOR:.0}: {verdict}", "BatchCreateTodos");
    Ok(())
}

async fn take_turns(arguments: &Arguments, contests: &mut [Contest]) -> Result<()> {
    let length = Duration::from_secs_f64(arguments.seconds);
    for contest in &mut *contests {
        // Connections open, caches warm, and nothing of it counts.
        contest.load.run(length / 4).await.context(contest.name)?;
    }
    for _ in 0..arguments.rounds.max(1) {
        for contest in &mut *contests {
            contest.rates.push(contest.load.run(length).await.context(contest.name)?);
        }
    }
    Ok(())
}

/// Prints the figures, and for some the share of the baseline that they reach and must reach.
fn compare(contests: &[Contest], yardstick: usize, floors: &[(usize, f64)]) {
    for (index, contest) in contests.iter().enumerate() {
        let lowest = contest.rates.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = contest.rates.iter().copied().fold(0.0, f64::max);
        print!("  {:<30} {:>9.0} a second ({:.0} to {:.0})", contest.name, contest.median(), lowest, highest);
        if let Some((_, floor)) = floors.iter().find(|(of, _)| *of == index) {
            let reached = contest.median() / contests[yardstick].median();
            let verdict = if reached >= *floor { "reached" } else { "MISSED" };
            print!("  {reached:.2} x, floor {floor:.2} x: {verdict}");
        }
        println!();
    }
}
