//! How the server does on PostgreSQL: `cargo bench -p todo-server --bench postgres`.
//!
//! Real `todo-server` processes on a private PostgreSQL that syncs every commit, all on this machine. What is compared
//! takes turns within one run, and the medians of all turns are shown with what they must reach.
//!
//! | module | what |
//! |---|---|
//! | `calls` | how many calls of each kind a second |
//! | `creates` | CreateTodo beside pgbench, which runs the same statements in the same transactions |
//! | `lists` | ListTodos in an empty table and beside a million todos of others |
//! | `strangers` | GetTodo of one account while another is written to by 64 callers |
//! | `watches` | two thousand watches on two replicas: how soon they are told, and what they cost |
//! | `revocations` | how soon a logout at the role auth is known to the role todo |
//! | `load`, `population` | shared with the benchmark `throughput` |
#![expect(clippy::print_stdout, reason = "the table is what the program is for")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "shares the tests' `ServerProcess` and `Cluster`, which fail as tests do"
)]

mod calls;
mod creates;
mod lists;
#[path = "../throughput/load.rs"]
#[allow(dead_code, reason = "shared, and not all of it is needed here")]
mod load;
#[path = "../throughput/population.rs"]
#[allow(dead_code, reason = "shared, and not all of it is needed here")]
mod population;
#[path = "../../tests/it/postgres.rs"]
#[allow(unused_imports, reason = "its own tests are not run here")]
mod postgres;
#[path = "../../tests/it/process.rs"]
mod process;
#[path = "../../tests/it/programs.rs"]
mod programs;
#[path = "../throughput/requests.rs"]
mod requests;
mod revocations;
mod strangers;
#[path = "../../tests/it/wait.rs"]
mod wait;
mod watches;

use anyhow::{Context as _, Result};
use clap::Parser;

use crate::postgres::Cluster;

/// Measures the server on PostgreSQL.
#[derive(Parser)]
struct Arguments {
    /// Measure only these
    #[arg(value_enum)]
    only: Vec<Subject>,
    /// Turns that each measurement gets; the median counts
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Length of a turn
    #[arg(long, default_value_t = 4.0)]
    seconds: f64,
    /// Passed by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Subject {
    Calls,
    Create,
    List,
    Stranger,
    Watch,
    Revoke,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let wanted = |subject| arguments.only.is_empty() || arguments.only.contains(&subject);
    let cluster = Cluster::start_durable().context("PostgreSQL is not installed")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        if wanted(Subject::Calls) {
            calls::measure(&cluster, &arguments).await?;
        }
        if wanted(Subject::Create) {
            creates::measure(&cluster, &arguments).await?;
        }
        if wanted(Subject::List) {
            lists::measure(&cluster, &arguments).await?;
        }
        if wanted(Subject::Stranger) {
            strangers::measure(&cluster, &arguments).await?;
        }
        if wanted(Subject::Watch) {
            watches::measure(&cluster).await?;
        }
        if wanted(Subject::Revoke) {
            revocations::measure(&cluster).await?;
        }
        Ok(())
    })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn verdict(is_reached: bool) -> &'static str {
    if is_reached { "reached" } else { "MISSED" }
}
