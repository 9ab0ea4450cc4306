//! `kill -9` under load: acknowledged changes are kept, and retried ones are applied once.
//!
//! Writers change todos of their own as fast as they can while the server is killed at random moments and started
//! again on the same port and data. A writer whose call brings no answer sends it again under the same request id
//! until one comes, so in the end every change is acknowledged and the database must equal, field by field, what
//! the writers were told. A watcher runs along and must arrive at the same.
//!
//! 10 s a run, a minute with `CI=true`, as long as `TODO_KILL_SECONDS` says otherwise. What is done when is drawn
//! from a seed, printed at the start and taken from `TODO_KILL_SEED` to repeat it, as far as two processes on a
//! busy machine can be repeated.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    io::{self, Write as _},
    time::{Duration, Instant},
};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use todo_sdk::{
    BatchChange, BatchOptions, Client, Event, NewTodo, OperationId, RequestId, Result, RetryPolicy, Status,
    Todo, TodoFilter, TodoId, TodoResult, TodoUpdate, Trash, Undo,
};
use tokio::{sync::watch, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{postgres, process::ServerProcess};

const ACCOUNTS: usize = 2;
const WRITERS_PER_ACCOUNT: usize = 12;

/// A long run starts over with an empty database this often, so that it does not slow down.
const ROUND: Duration = Duration::from_mins(1);

/// How long the watcher may take to see the last change.
const WATCH_LIMIT: Duration = Duration::from_mins(1);

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_keeps_acknowledged_changes_when_killed() {
    run("SQLite", || Some(Vec::new())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_keeps_acknowledged_changes_when_killed() {
    run("PostgreSQL", || Some(vec!["--database".to_owned(), postgres::database()?])).await;
}

async fn run(engine: &str, arguments: impl Fn() -> Option<Vec<String>>) {
    let number = |name| env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let seed = number("TODO_KILL_SEED").unwrap_or_else(rand::random);
    let in_ci = env::var("CI").is_ok_and(|value| value == "true");
    let length = number("TODO_KILL_SECONDS").unwrap_or(if in_ci { 60 } else { 10 });
    writeln!(io::stderr(), "kill test on {engine}: {length} s, TODO_KILL_SEED={seed}").unwrap();

    let end = Instant::now() + Duration::from_secs(length);
    for round in 0.. {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        let Some(arguments) = arguments() else { return };
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        Round { random: StdRng::seed_from_u64(seed.wrapping_add(round)) }
            .run(&arguments, left.min(ROUND))
            .await;
    }
}

/// One database, from empty to its last comparison.
struct Round {
    random: StdRng,
}

impl Round {
    async fn run(mut self, arguments: &[&str], length: Duration) {
        let mut server = ServerProcess::start(arguments);
        let mut accounts = Vec::new();
        for index in 0..ACCOUNTS {
            accounts.push(Account::open(&server, &format!("writer{index}")).await);
        }
        let stop = CancellationToken::new();
        let mut writers = JoinSet::new();
        for (index, account) in accounts.iter().enumerate() {
            for _ in 0..WRITERS_PER_ACCOUNT {
                let writer = Writer::new(account.client.clone(), StdRng::from_rng(&mut self.random));
                let stop = stop.clone();
                writers.spawn(async move { (index, Box::pin(writer.run(stop)).await) });
            }
        }

        let end = Instant::now() + length;
        let mut kills = 0;
        while Instant::now() < end {
            // One in five dies while it starts.
            let longest = if self.random.random_ratio(1, 5) { 100 } else { 1500 };
            // Not waiting for anything: the moment is to be a random one.
            tokio::time::sleep(Duration::from_millis(self.random.random_range(0..longest))).await;
            server.kill();
            server.launch();
            kills += 1;
            if let Some(ended) = writers.try_join_next() {
                // Before the end only a failed comparison ends a writer.
                ended.unwrap();
            }
        }

        stop.cancel();
        while let Some(written) = writers.join_next().await {
            let (index, writer) = written.unwrap();
            accounts[index].expect(writer);
        }
        // Restarted once more, so that the responses below come from the disk.
        server.kill();
        server.launch();
        server.wait_until_listening();
        let changes: usize = accounts.iter().map(|account| account.operations.len()).sum();
        for account in accounts {
            account.compare().await;
        }
        writeln!(io::stderr(), "{changes} changes survived {kills} kills").unwrap();
    }
}

/// What an account must hold.
struct Account {
    client: Client,
    /// What a watcher has seen, filled for as long as this end of the channel is kept.
    watched: watch::Receiver<BTreeMap<TodoId, Todo>>,
    todos: BTreeMap<TodoId, Todo>,
    operations: BTreeSet<OperationId>,
}

impl Account {
    async fn open(server: &ServerProcess, name: &str) -> Self {
        let client = Client::builder()
            .endpoint(server.url())
            .retry(RetryPolicy::default().max_delay(Duration::from_millis(100)))
            .connect()
            .await
            .unwrap();
        let password = "correct horse battery".into();
        client.register(name, &password, None).await.unwrap();
        let login = client.login(name, &password, "kill test").await.unwrap();
        let client = client.with_token(login.token);
        let watched = follow(client.clone());
        Self { client, watched, todos: BTreeMap::new(), operations: BTreeSet::new() }
    }

    /// Adds the todos of one writer, as the server returned them.
    fn expect(&mut self, writer: Writer) {
        self.todos.extend(writer.todos);
        self.operations.extend(writer.operations);
    }

    async fn compare(mut self) {
        let filter = TodoFilter::default().trash(Trash::Include);
        let listed = self.client.list_todos(filter).page_size(1000).try_collect().await.unwrap();
        let mut todos = Vec::with_capacity(listed.len());
        for ids in listed.chunks(1000) {
            todos.extend(self.client.get_todos(ids.iter().map(|todo| todo.id)).await.unwrap());
        }
        let numbers: BTreeSet<u64> = todos.iter().map(|todo| todo.number).collect();
        assert_eq!(numbers.len(), todos.len(), "a number was given twice");
        let stored = todos.into_iter().map(|todo| (todo.id, todo)).collect();
        assert_same(&self.todos, &stored);

        let operations = self.client.operations().page_size(1000).try_collect().await.unwrap();
        let newest = self.todos.values().map(|todo| todo.revision).max();
        assert!(
            newest <= operations.first().map(|operation| operation.revision),
            "a todo is ahead of the log"
        );
        let operations: Vec<OperationId> = operations.iter().map(|operation| operation.id).collect();
        assert_eq!(operations.len(), self.operations.len(), "changes acknowledged and changes stored");
        assert_eq!(operations.into_iter().collect::<BTreeSet<_>>(), self.operations);

        let arrived = self.watched.wait_for(|watched| *watched == self.todos);
        if tokio::time::timeout(WATCH_LIMIT, arrived).await.is_err() {
            assert_same(&self.todos, &self.watched.borrow());
        }
    }
}

/// Keeps a copy of an account's todos by watching them over all restarts of the server.
fn follow(client: Client) -> watch::Receiver<BTreeMap<TodoId, Todo>> {
    let (sender, receiver) = watch::channel(BTreeMap::<TodoId, Todo>::new());
    tokio::spawn(async move {
        let mut events = client.watch_changes();
        while let Some(event) = events.next().await {
            match event.unwrap() {
                Event::Todo { todo, .. } => sender.send_modify(|todos| drop(todos.insert(todo.id, todo))),
                Event::PurgedTodo { .. } | Event::Restarted => {
                    panic!("nothing is old enough to be forgotten")
                }
                _ => {}
            }
            if sender.is_closed() {
                break;
            }
        }
    });
    receiver
}

/// Compares, and shows the first difference rather than thousands of todos.
fn assert_same(told: &BTreeMap<TodoId, Todo>, found: &BTreeMap<TodoId, Todo>) {
    for (id, todo) in told {
        assert_eq!(Some(todo), found.get(id), "acknowledged, but not so");
    }
    for (id, todo) in found {
        assert!(told.contains_key(id), "nobody was told of {todo:?}");
    }
}

/// Changes todos of its own, and remembers the server's responses.
struct Writer {
    client: Client,
    random: StdRng,
    todos: BTreeMap<TodoId, Todo>,
    operations: BTreeSet<OperationId>,
    /// The newest change, unless that was an undo.
    newest: Option<OperationId>,
}

impl Writer {
    fn new(client: Client, random: StdRng) -> Self {
        Self { client, random, todos: BTreeMap::new(), operations: BTreeSet::new(), newest: None }
    }

    async fn run(mut self, stop: CancellationToken) -> Self {
        while !stop.is_cancelled() {
            self.change().await;
        }
        self
    }

    /// Makes one change and checks the answer against the request.
    async fn change(&mut self) {
        let title = format!("Todo {}", self.random.random::<u32>());
        let mine: Vec<TodoId> = self.todos.keys().copied().collect();
        match self.random.random_range(0..100) {
            0..40 => self.create(NewTodo::new(title)).await,
            40..50 => self.create(NewTodo::new(title).id(TodoId::generate())).await,
            _ if mine.is_empty() => {}
            50..70 => {
                let is_live = |id: &TodoId| self.todos[id].delete_time.is_none();
                let live: Vec<TodoId> = mine.into_iter().filter(is_live).collect();
                let Some(&id) = live.choose(&mut self.random) else { return };
                let (client, update) = (self.for_one_change(), TodoUpdate::new().title(title.clone()));
                let changed = insist(|| client.update_todo(id, update.clone())).await;
                assert_eq!(changed.value.title, title);
                self.learn(changed.operation, vec![changed.value]);
            }
            70..95 => {
                let count = self.random.random_range(1..=8.min(mine.len()));
                let ids: Vec<TodoId> = mine.sample(&mut self.random, count).copied().collect();
                self.change_many(ids).await;
            }
            _ => self.undo().await,
        }
    }

    fn for_one_change(&self) -> Client {
        self.client.with_request_id(RequestId::generate())
    }

    async fn create(&mut self, new: NewTodo) {
        let client = self.for_one_change();
        let changed = insist(|| client.create_todo(new.clone())).await;
        assert!(!self.todos.contains_key(&changed.value.id), "one todo for two requests");
        self.learn(changed.operation, vec![changed.value]);
    }

    async fn change_many(&mut self, ids: Vec<TodoId>) {
        let client = self.for_one_change();
        let trashed = |id: &TodoId| self.todos[id].delete_time.is_some();
        let (change, done): (_, fn(&Todo) -> bool) = if ids.iter().any(trashed) {
            (insist(|| client.restore_todos_with(ids.clone(), whole())).await, |todo| {
                todo.delete_time.is_none()
            })
        } else {
            match self.random.random_range(0..3) {
                0 => {
                    let change = insist(|| client.complete_todos_with(ids.clone(), whole())).await;
                    (change, |todo| todo.status == Status::Completed)
                }
                1 => {
                    let change = insist(|| client.reopen_todos_with(ids.clone(), whole())).await;
                    (change, |todo| todo.status == Status::NeedsAction)
                }
                _ => {
                    let change = insist(|| client.delete_todos_with(ids.clone(), whole())).await;
                    (change, |todo| todo.delete_time.is_some())
                }
            }
        };
        self.learn_many(&change, done);
    }

    async fn undo(&mut self) {
        let Some(newest) = self.newest.take() else { return };
        let id = RequestId::generate();
        let client = self.client.with_request_id(id);
        let undone = insist(|| client.undo(Undo::from(newest).with_todos())).await;
        assert_eq!(undone.operation.id, newest);
        self.learn(Some(id.into()), undone.results.into_iter().filter_map(|result| result.todo).collect());
        self.newest = None;
    }

    fn learn_many(&mut self, change: &BatchChange, done: fn(&Todo) -> bool) {
        let todo = |result: &TodoResult| result.todo.clone().expect("a whole todo");
        assert!(
            change.results.iter().map(todo).all(|todo| done(&todo)),
            "answered, but not done: {change:?}"
        );
        for unchanged in change.results.iter().filter(|result| result.unchanged) {
            assert_eq!(self.todos[&unchanged.id], todo(unchanged));
        }
        self.learn(change.operation, change.results.iter().map(todo).collect());
    }

    fn learn(&mut self, operation: Option<OperationId>, todos: Vec<Todo>) {
        if let Some(operation) = operation {
            assert!(self.operations.insert(operation), "one operation for two requests");
            self.newest = Some(operation);
        }
        for todo in todos {
            if let Some(before) = self.todos.get(&todo.id) {
                assert_eq!(before.number, todo.number);
                assert!(before == &todo || before.revision < todo.revision, "{before:?} became {todo:?}");
            }
            self.todos.insert(todo.id, todo);
        }
    }
}

fn whole() -> BatchOptions {
    BatchOptions::new().with_todos()
}

/// Sends a change, which carries its request id, as often as it takes to get an answer.
async fn insist<T, F: Future<Output = Result<T>>>(change: impl Fn() -> F) -> T {
    loop {
        match change().await {
            Ok(answer) => return answer,
            Err(error) if error.is_unavailable() || error.is_deadline_exceeded() => {}
            Err(error) => panic!("refused: {error:?}"),
        }
    }
}
