//! CreateTodo at 64 calls at a time, beside pgbench with 64 clients that run the same statements.

use std::{
    fs,
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};

use crate::{
    Arguments,
    load::{Call, Load},
    median,
    population::Population,
    postgres::{self, Cluster},
    process::ServerProcess,
    verdict,
};

/// As many accounts as callers, so that no caller waits for the row of another.
const ACCOUNTS: usize = 64;
const FLOOR: f64 = 0.6;

/// What the server has PostgreSQL do for one CreateTodo. Values that it makes itself are made here as cheaply.
const SCRIPT: &str = "
\\set a :client_id + 1
BEGIN;
SELECT account_id, revision, horizon, next_number, time_zone, used_todos, used_bytes, forgotten_number FROM todo_accounts WHERE account_id = ACCOUNT FOR UPDATE \\gset a_
SELECT revision, id, group_id, kind, actor_id, actor, request_hash, changes, answer, undoes, undone_by, create_time \
FROM operations WHERE account_id = ACCOUNT AND id = gen_random_uuid();
INSERT INTO todos (account_id, id, number, project_id, title, description, priority, due, due_zoned, due_at, tags, \
parent_id, position, revision, create_time, update_time, complete_time, delete_time, search_key, tags_key, encoded) VALUES \
(ACCOUNT, gen_random_uuid(), :a_next_number, ACCOUNT, 'Water the plants on the balcony, number 1', '', 5, NULL, FALSE, \
9223372036854775807, '', NULL, '11', :a_revision, 1795530127627543, 1795530127627543, NULL, NULL, \
'water the plants on the balcony, number 1', '', decode(repeat('61', 170), 'hex'));
INSERT INTO operations (account_id, revision, id, kind, actor_id, actor, request_hash, changes, answer, create_time) \
VALUES (ACCOUNT, :a_revision + 1, gen_random_uuid(), 1, ACCOUNT, 'bench', sha256('x'), \
decode(repeat('61', 190), 'hex'), decode(repeat('61', 20), 'hex'), 1795530127627543);
UPDATE todo_accounts SET revision = :a_revision + 1, horizon = 0, next_number = :a_next_number + 1, \
used_todos = :a_used_todos + 1, used_bytes = :a_used_bytes + 600 \
WHERE account_id = ACCOUNT;
COMMIT;
";
const ACCOUNT: &str = "('00000000-0000-7000-8000-' || lpad(:a::text, 12, '0'))::uuid";

/// The accounts of the script, with their Inboxes.
const PEOPLE: &str = "
INSERT INTO accounts (id, username, username_key, create_time)
SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'a' || n, 'a' || n, 1
FROM generate_series(1, 64) n;
INSERT INTO todo_accounts (account_id, revision, horizon, next_number, time_zone, used_todos, used_bytes, forgotten_number)
SELECT id, 1, 0, 1, 'UTC', 0, 0, 0 FROM accounts;
INSERT INTO projects (account_id, id, name, name_key, inbox, revision, create_time, update_time)
SELECT id, id, 'Inbox', 'inbox', TRUE, 1, 1, 1 FROM accounts;
";

pub(crate) async fn measure(cluster: &Cluster, arguments: &Arguments) -> Result<()> {
    let (served, bare) = (cluster.database(), cluster.database());
    let process = ServerProcess::start(&["--database", &served, "--login-burst", "1000"]);
    let population = Population::create(&process, ACCOUNTS, 20).await?;
    let load = Load::new(&process.url(), Call::Create, &population).await?;

    let mut migrate = Command::new(env!("CARGO_BIN_EXE_todo-server"));
    ensure!(migrate.args(["migrate", "--database", &bare]).stdout(Stdio::null()).status()?.success());
    postgres::try_query(&bare, PEOPLE).context("the accounts of pgbench")?;
    let script = tempfile::NamedTempFile::new()?;
    fs::write(script.path(), SCRIPT.replace("ACCOUNT", ACCOUNT))?;
    // pgbench may run as another user.
    fs::set_permissions(script.path(), std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    let pgbench = || -> Result<f64> {
        let mut pgbench = cluster.program("pgbench");
        let length = arguments.seconds.ceil().to_string();
        pgbench.args(["-n", "-M", "prepared", "-c", "64", "-j", "2", "-T", &length, "-f"]);
        let output = pgbench.arg(script.path()).arg(&bare).output()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        ensure!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        let rate = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next());
        Ok(rate.context("pgbench names no rate")?.parse()?)
    };
    let length = Duration::from_secs_f64(arguments.seconds);
    load.run(length / 4).await?;
    let (mut calls, mut transactions) = (Vec::new(), Vec::new());
    for _ in 0..arguments.rounds.max(1) {
        transactions.push(tokio::task::block_in_place(pgbench)?);
        calls.push(load.run(length).await?);
    }
    let (rate, yardstick) = (median(calls), median(transactions));
    println!("CreateTodo, 64 at a time, each on disk before it is answered, PostgreSQL:");
    println!("  pgbench, the same statements {yardstick:>9.0} a second");
    let share = rate / yardstick;
    println!(
        "  CreateTodo                   {rate:>9.0} a second  {share:.2} x, floor {FLOOR:.2} x: {}",
        verdict(share >= FLOOR)
    );
    Ok(())
}
