//! How long a whole process takes: `todo --version`, `todo list` of 20, 1,000 and 10,000, and `todo add`, embedded.
//!
//! `cargo bench -p todo-cli --bench startup` prints medians and the ratios that are promised: a list at most 4, 5 and 25
//! times, an addition at most 6 times the time of `--version`, plus the one sync that makes it durable. They alternate,
//! so that a noisy machine is noisy for all of them.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 200;
const WARM_UP: usize = 20;
const TODOS: usize = 20;

fn main() -> std::io::Result<()> {
    // `cargo test --benches` asks for nothing but that it runs.
    let runs = if std::env::args().any(|argument| argument == "--bench") { RUNS } else { 1 };
    let home = tempfile::tempdir()?;
    let todo = |arguments: &[&str]| todo(home.path(), arguments);
    add_todos(home.path(), TODOS)?;

    // Each addition is undone at once, so that the list does not grow.
    let (mut version, mut list, mut add, mut sync) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut file = File::create(home.path().join("sync"))?;
    for round in 0..runs + WARM_UP {
        let times = [
            run(todo(&["--version"]))?,
            run(todo(&["list"]))?,
            run(todo(&["add", "Buy milk", "--due", "friday"]))?,
            synced(&mut file)?,
        ];
        run(todo(&["undo"]))?;
        if round >= WARM_UP.min(runs) {
            for (all, time) in [&mut version, &mut list, &mut add, &mut sync].into_iter().zip(times) {
                all.push(time);
            }
        }
    }

    let (version, list, add, sync) = (median(version), median(list), median(add), median(sync));
    let ratio = |time: Duration| time.as_secs_f64() / version.as_secs_f64();
    let mut out = std::io::stdout().lock();
    writeln!(out, "medians of {runs} runs, whole processes:")?;
    writeln!(out, "  todo --version      {:>8.2} ms", millis(version))?;
    writeln!(
        out,
        "  todo list of {TODOS}     {:>8.2} ms  {:.2} times (at most 4)",
        millis(list),
        ratio(list)
    )?;
    writeln!(
        out,
        "  todo add            {:>8.2} ms  {:.2} times less one sync (at most 6)",
        millis(add),
        ratio(add.saturating_sub(sync)),
    )?;
    writeln!(out, "  one sync of a file  {:>8.2} ms", millis(sync))?;
    long_list(&mut out, runs, 1_000, 5)?;
    long_list(&mut out, runs / 4, 10_000, 25)
}

/// Measures `todo list` to a pipe beside `todo --version`.
fn long_list(out: &mut impl Write, runs: usize, todos: usize, at_most: u32) -> std::io::Result<()> {
    let home = tempfile::tempdir()?;
    add_todos(home.path(), todos)?;
    let (mut version, mut list) = (Vec::new(), Vec::new());
    for _ in 0..runs.max(1) {
        version.push(run(todo(home.path(), &["--version"]))?);
        let mut command = todo(home.path(), &["list"]);
        let start = Instant::now();
        let listed = command.stdout(Stdio::piped()).output()?;
        list.push(start.elapsed());
        let lines = String::from_utf8_lossy(&listed.stdout).lines().count();
        assert_eq!(lines, todos, "{command:?}");
    }
    let (version, list) = (median(version), median(list));
    let times = list.as_secs_f64() / version.as_secs_f64();
    writeln!(out, "  todo list of {todos:<6} {:>8.2} ms  {times:.2} times (at most {at_most})", millis(list))
}

/// The command, in a home of its own.
fn todo(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_todo"));
    command.args(arguments).env_clear().env("HOME", home).env("TZ", "Europe/Berlin");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Adds as many todos with one command.
fn add_todos(home: &Path, todos: usize) -> std::io::Result<()> {
    let mut command = todo(home, &["add", "-", "--due", "tomorrow", "--tag", "home"]);
    let mut adding = command.stdin(Stdio::piped()).spawn()?;
    let mut titles = adding.stdin.take().ok_or(std::io::ErrorKind::BrokenPipe)?;
    for number in 0..todos {
        writeln!(titles, "Todo {number}")?;
    }
    drop(titles);
    if adding.wait()?.success() { Ok(()) } else { Err(std::io::Error::other("the todos were not added")) }
}

/// Runs a process to its end.
fn run(mut command: Command) -> std::io::Result<Duration> {
    let start = Instant::now();
    let status = command.status()?;
    let time = start.elapsed();
    if status.success() { Ok(time) } else { Err(std::io::Error::other(format!("{command:?}: {status}"))) }
}

/// Appends to a file as a commit appends to the log, and waits for the disk.
fn synced(file: &mut File) -> std::io::Result<Duration> {
    file.write_all(&[0; 8 * 1024])?;
    let start = Instant::now();
    file.sync_data()?;
    Ok(start.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
