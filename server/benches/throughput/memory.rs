//! Resident memory of the server process, as Linux counts it.

use std::fs;

use anyhow::{Context as _, Result};
use tokio::task::JoinSet;

use crate::{
    population::{connect, log_in, register},
    process::ServerProcess,
};

const LOGINS: usize = 500;
const LOGINS_AT_A_TIME: usize = 10;
const IDLE_CEILING: f64 = 30.0;
const LOGINS_CEILING: f64 = 120.0;

/// Measures an idle server, and the same one after many logins, and prints both beside their ceilings.
pub(crate) async fn measure() -> Result<()> {
    // One address logs in more often here than the defaults allow.
    let server = ServerProcess::start(&["--login-burst", "1000"]);
    println!("Memory of a server, SQLite:");
    show("idle", &server, IDLE_CEILING)?;

    let channel = connect(&server).await?;
    register(channel.clone(), "frequent").await?;
    for _ in 0..LOGINS / LOGINS_AT_A_TIME {
        let mut logins = JoinSet::new();
        for _ in 0..LOGINS_AT_A_TIME {
            let channel = channel.clone();
            logins.spawn(async move { log_in(channel, "frequent").await });
        }
        for login in logins.join_all().await {
            login?;
        }
    }
    show(&format!("after {LOGINS} logins"), &server, LOGINS_CEILING)
}

fn show(when: &str, server: &ServerProcess, ceiling: f64) -> Result<()> {
    let status = fs::read_to_string(format!("/proc/{}/status", server.id()))?;
    let megabytes = |name| -> Result<f64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).context("no such line")?;
        Ok(line.trim_start_matches(':').trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
    };
    let (now, peak) = (megabytes("VmRSS")?, megabytes("VmHWM")?);
    let verdict = if now <= ceiling { "kept" } else { "EXCEEDED" };
    println!("  {when:<30} {now:>9.1} MiB (peak {peak:.1})  ceiling {ceiling:.0}: {verdict}");
    Ok(())
}
