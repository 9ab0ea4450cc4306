//! The server against a model of what the contract promises.
//!
//! A client makes changes that are drawn from a seed, one after the other, and each response is compared with that of a
//! [model](state) in memory; every few steps all lists and the log are, too. The server is a process that is killed and
//! started again at random moments, in the midst of calls as well: a call that brings no answer is sent again under its
//! request id, and must have been applied exactly once. A [watcher](mirror) that is cut off now and then must arrive at the
//! same, and another account must never notice. In the end [several clients](together) change the account at once, and the
//! operator's check must find nothing wrong with the database.
//!
//! 10 s a run, a minute with `CI=true`, as long as `TODO_MODEL_SECONDS` says otherwise. `TODO_MODEL_SEED` repeats the
//! sequence of a run: it is printed at the start and with each failure, together with the last steps. Only when the server
//! is killed depends on the machine.
//!
//! | file | what |
//! |---|---|
//! | `state`, `decide`, `create`, `projects`, `undo`, `values` | the model: what there is, and what each request does to it |
//! | `learn` | what the server is free to choose, such as positions |
//! | `log` | what responses show of the model |
//! | `request`, `draw`, `draw_values` | requests of any kind, and which one is next |
//! | `client`, `steps` | calls to a server that is killed, and what is compared after each of them |
//! | `compare`, `mirror`, `together` | all the rest that is compared |

mod client;
mod compare;
mod create;
mod decide;
mod draw;
mod draw_values;
mod learn;
mod log;
mod mirror;
mod projects;
mod request;
mod state;
mod steps;
mod together;
mod undo;
mod values;

use std::{
    collections::VecDeque,
    env,
    io::{self, Write as _},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use self::steps::Round;
use crate::{postgres, process::ServerProcess};

/// A long run starts over with an empty database this often, so that it does not slow down.
const ROUND: Duration = Duration::from_mins(1);
/// Steps that a failure shows.
const SHOWN: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_does_as_the_model_says() {
    run("SQLite", || Some(None)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_does_as_the_model_says() {
    run("PostgreSQL", || Some(Some(postgres::database()?))).await;
}

async fn run(engine: &'static str, database: impl Fn() -> Option<Option<String>>) {
    let number = |name| env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let seed = number("TODO_MODEL_SEED").unwrap_or_else(rand::random);
    let in_ci = env::var("CI").is_ok_and(|value| value == "true");
    let length = number("TODO_MODEL_SECONDS").unwrap_or(if in_ci { 60 } else { 10 });
    writeln!(io::stderr(), "model test on {engine}: {length} s, TODO_MODEL_SEED={seed}").unwrap();

    let end = Instant::now() + Duration::from_secs(length);
    for round in 0.. {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        let Some(database) = database() else { return };
        let arguments: Vec<&str> = database.iter().flat_map(|url| ["--database", url]).collect();
        let server = ServerProcess::start(&arguments);
        let data = server.data_directory();
        let place =
            database.as_deref().map_or(["--data-dir", data.to_str().unwrap()], |url| ["--database", url]);
        // The first round of a run is the one that its seed repeats.
        let history = History::new(engine, seed.wrapping_add(round));
        let server = Round::start(server, history).await.run(left.min(ROUND)).await;
        check(&place);
        drop(server);
    }
}

/// Has the operator's command look at the database.
fn check(place: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_todo-server"));
    let output = command.env_clear().arg("check").args(place).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

/// What was done last, shown when it fails.
struct History {
    engine: &'static str,
    seed: u64,
    step: u64,
    last: VecDeque<String>,
}

impl History {
    fn new(engine: &'static str, seed: u64) -> Self {
        Self { engine, seed, step: 0, last: VecDeque::new() }
    }

    fn begin(&mut self, what: &str) {
        self.step += 1;
        if self.last.len() == SHOWN {
            self.last.pop_front();
        }
        self.last.push_back(format!("{}. {}", self.step, brief(what)));
    }

    /// Reports something that is no failure.
    fn say(&self, what: &str) {
        writeln!(io::stderr(), "{}, TODO_MODEL_SEED={}: {what}", self.engine, self.seed).unwrap();
    }

    /// What came of it.
    fn end(&mut self, what: &str) {
        if let Some(last) = self.last.back_mut() {
            last.push_str("\n    ");
            last.push_str(&brief(what));
        }
    }
}

/// A message without the fields that have no value, and not all of what is long.
fn brief(message: &str) -> String {
    const NOTHING: [&str; 6] = [": None", ": \"\"", ": []", ": 0", ": false", ": Unspecified"];
    const CHARS: usize = 1_000;
    let parts = message.split(", ").filter(|part| !NOTHING.iter().any(|nothing| part.ends_with(nothing)));
    let parts: Vec<_> = parts.map(|part| start(part, CHARS / 10)).collect();
    start(&parts.join(", "), CHARS)
}

/// The text, or its first characters.
fn start(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

impl Drop for History {
    fn drop(&mut self) {
        if thread::panicking() {
            let Self { engine, seed, step, last } = self;
            let last: Vec<_> = last.iter().map(String::as_str).collect();
            let last = last.join("\n");
            // There is nothing left to do about an error here.
            drop(writeln!(io::stderr(), "{last}\n{engine}: failed at step {step} of TODO_MODEL_SEED={seed}"));
        }
    }
}
