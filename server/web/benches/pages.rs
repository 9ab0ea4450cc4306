//! What the pages cost and how long they take: `cargo bench -p todo-web --bench pages`.
//!
//! A real `todo-server` with 10,000 todos in one account. The page of the first 100 of them takes turns with the
//! `ListTodos` call behind it, and the processor time that the server's process took for each is compared. An open page is
//! told of a change and reads itself anew; what is measured is all of that but the drawing.
#![expect(clippy::print_stdout, reason = "the table is what the program is for")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "shares the tests' `ServerProcess`, which fails as tests do"
)]

#[path = "../../tests/it/process.rs"]
mod process;
#[path = "../../tests/it/wait.rs"]
mod wait;

use std::{
    env, fs,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::{Request, Response, body::Incoming, client::conn::http1::SendRequest};
use hyper_util::rt::TokioIo;
use todo_sdk::{Client, NewTodo, Order, Priority, Status, TodoFilter};
use todo_server::{Config, Listeners};
use tokio::{net::TcpStream, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::process::{SERVE, ServerProcess};

/// Todos in the account.
const TODOS: usize = 10_000;
/// Turns of each measurement; the median counts.
const TURNS: usize = 7;
/// Requests in a turn.
const REQUESTS: usize = 150;
/// Changes of which an open page is told.
const CHANGES: usize = 200;
/// With what each row of the list links its todo.
const ROW: &[u8] = b"<a href=\"/todos/";
/// The kernel counts processor time in these.
const TICK: Duration = Duration::from_millis(10);

fn main() -> Result<()> {
    if env::args().nth(1).as_deref() == Some(SERVE) {
        return serve();
    }
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(measure())
}

/// Runs the server until it is killed.
fn serve() -> Result<()> {
    let config = Config::parse(env::args().skip(1), [])?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listeners = Listeners::bind(&config)?;
        Ok(todo_server::run(config, listeners, CancellationToken::new()).await?)
    })
}

async fn measure() -> Result<()> {
    let server = ServerProcess::start(&[]);
    let anybody = Client::connect(server.url()).await?;
    let password = "correct horse battery staple".into();
    anybody.register("ann", &password, Some("Europe/Berlin")).await?;
    let token = anybody.login("ann", &password, "bench").await?.token;
    let cookie = format!("__Host-todo={}", token.expose());
    let client = anybody.with_token(token);
    populate(&client).await?;

    let mut browser = Browser::connect(&server, cookie).await?;
    let filter = TodoFilter::default().status(Status::NeedsAction).order(Order::Due);
    let (mut calls, mut pages, mut first_bytes) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TURNS {
        let before = processor_time(&server)?;
        for _ in 0..REQUESTS {
            let page = client.list_todos(filter.clone()).page_size(100).next_page().await?;
            ensure!(page.is_some_and(|todos| todos.len() == 100), "a list of something else");
        }
        let between = processor_time(&server)?;
        for _ in 0..REQUESTS {
            let started = Instant::now();
            let response = browser.get("/").await?;
            first_bytes.push(started.elapsed());
            let page = response.into_body().collect().await?.to_bytes();
            let rows = page.windows(ROW.len()).filter(|bytes| *bytes == ROW).count();
            ensure!(rows == 100, "another page");
        }
        calls.push(between.saturating_sub(before));
        pages.push(processor_time(&server)?.saturating_sub(between));
    }
    let (call, page) = (median(&mut calls), median(&mut pages));
    let each = |total: Duration| total.as_secs_f64() * 1e6 / f64::from(u32::try_from(REQUESTS).unwrap_or(1));
    println!("A list of 100 of {TODOS} todos, processor time of the server:");
    println!("  ListTodos        {:8.0} microseconds", each(call));
    println!(
        "  the page         {:8.0} microseconds  {:.2} x, ceiling 2.00 x",
        each(page),
        each(page) / each(call)
    );
    println!("First byte of the page, signed in:");
    println!("  99th percentile  {:8.1} ms, ceiling 20 ms", millis(percentile_99(&mut first_bytes)));

    let mut delays = changes(&server, &client, &mut browser).await?;
    println!("From a change to the page that shows it, read anew by another window:");
    println!("  99th percentile  {:8.1} ms, ceiling 250 ms", millis(percentile_99(&mut delays)));
    Ok(())
}

/// Makes the todos, many at a time, so that they share commits.
async fn populate(client: &Client) -> Result<()> {
    let project = client.create_project("Home renovation").await?.into_inner().id;
    let mut creating = JoinSet::new();
    for index in 0..TODOS {
        let day =
            jiff::civil::date(2030, 1, 1).checked_add(jiff::Span::new().days(i64::try_from(index % 500)?))?;
        // As people have them at their longest.
        let title = format!(
            "Call somebody about the thing that was agreed on, and write down what they say, no. {index:06}"
        );
        let new =
            NewTodo::new(title).tags(["errand", "family", "waiting"]).project(project).priority(Priority::P2);
        let new = if index % 2 == 0 { new.due(todo_sdk::Due::Local(day.at(9, 30, 0, 0))) } else { new };
        let client = client.clone();
        creating.spawn(async move { client.create_todo(new).await });
        if creating.len() >= 64 {
            creating.join_next().await.context("nothing to join")???;
        }
    }
    for created in creating.join_all().await {
        created?;
    }
    Ok(())
}

/// How long it takes from each change until a page that was told of it has read the list anew.
async fn changes(server: &ServerProcess, client: &Client, browser: &mut Browser) -> Result<Vec<Duration>> {
    let mut watching = Browser::connect(server, browser.cookie.clone()).await?;
    let mut events = watching.get("/events").await?.into_body();
    wait_for(&mut events, "synced").await?;
    let mut delays = Vec::with_capacity(CHANGES);
    for index in 0..CHANGES {
        let title = format!("Change {index}");
        let due = todo_sdk::Due::Date(jiff::civil::date(2020, 1, 1));
        let todo = client.create_todo(NewTodo::new(title.as_str()).due(due)).await?.into_inner();
        let started = Instant::now();
        wait_for(&mut events, "changed").await?;
        let page = browser.get("/").await?.into_body().collect().await?.to_bytes();
        ensure!(
            page.windows(title.len()).any(|text| text == title.as_bytes()),
            "the change is not on the page"
        );
        delays.push(started.elapsed());
        client.complete_todos([todo.id]).await?;
        wait_for(&mut events, "changed").await?;
    }
    Ok(delays)
}

async fn wait_for(events: &mut Incoming, name: &str) -> Result<()> {
    loop {
        let frame = events.frame().await.context("the events ended")??;
        if frame.data_ref().is_some_and(|text| text.starts_with(format!("event: {name}").as_bytes())) {
            return Ok(());
        }
    }
}

/// One connection that is kept, signed in.
struct Browser {
    host: String,
    cookie: String,
    sender: SendRequest<Empty<Bytes>>,
}

impl Browser {
    async fn connect(server: &ServerProcess, cookie: String) -> Result<Self> {
        let stream = TcpStream::connect(server.address()).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { host: server.address().to_string(), cookie, sender })
    }

    async fn get(&mut self, path: &str) -> Result<Response<Incoming>> {
        let request = Request::get(path).header("host", &self.host).header("cookie", &self.cookie);
        self.sender.ready().await?;
        Ok(self.sender.send_request(request.body(Empty::new())?).await?)
    }
}

/// User and system time of the server's process so far.
fn processor_time(server: &ServerProcess) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", server.id()))?;
    // The name of the program may hold anything, so counting begins behind it.
    let (_, rest) = stat.rsplit_once(')').context("no program in /proc")?;
    let mut fields = rest.split_whitespace().skip(11);
    let mut ticks = || -> Result<u32> { Ok(fields.next().context("no times in /proc")?.parse()?) };
    Ok(TICK * (ticks()? + ticks()?))
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn percentile_99(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() * 99 / 100]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
