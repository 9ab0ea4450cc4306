//! The first page of each list of an account with 100,000 todos, asked of a server that has just started, with nothing
//! else in the database and beside 1,000,000 todos of others.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use todo_proto::todo::v1::{
    CompleteTodosRequest, CreateProjectRequest, DeleteTodosRequest, Due, ListTodosRequest, NewTodo, Project,
    TodoOrder, due::Kind, todo_service_client::TodoServiceClient,
};
use tonic::{metadata::MetadataMap, transport::Channel};

use crate::{
    population::{add_todos, connect, log_in, register, signed},
    process::ServerProcess,
    requests::request_id,
};

const TODOS: u32 = 100_000;
/// Accounts with as many todos each, beside.
const OTHERS: u32 = 10;
const ROUNDS: usize = 7;
const CEILING: Duration = Duration::from_millis(60);
const OTHERS_CEILING: f64 = 1.2;

/// A server, and how to ask it as the account with the todos.
struct Side {
    server: ServerProcess,
    metadata: MetadataMap,
    project: String,
}

impl Side {
    async fn create(others: u32) -> Result<Self> {
        let server = ServerProcess::start(&[]);
        let channel = connect(&server).await?;
        for index in 0..others {
            let name = format!("other{index}");
            register(channel.clone(), &name).await?;
            let metadata = log_in(channel.clone(), &name).await?;
            fill(channel.clone(), &metadata).await?;
        }
        register(channel.clone(), "large").await?;
        let metadata = log_in(channel.clone(), "large").await?;
        let project = fill(channel, &metadata).await?;
        Ok(Self { server, metadata, project })
    }

    /// Restarts the server and returns how long the first page takes.
    async fn first_page(&mut self, list: &List) -> Result<Duration> {
        self.server.kill();
        self.server.launch();
        self.server.wait_until_listening();
        let mut client = TodoServiceClient::new(connect(&self.server).await?);
        let filter = list.filter.replace("PROJECT", &self.project);
        let request =
            ListTodosRequest { page_size: 100, filter, order_by: list.order.into(), ..Default::default() };
        let started = Instant::now();
        let page = client.list_todos(signed(self.metadata.clone(), request)).await?.into_inner();
        let took = started.elapsed();
        anyhow::ensure!(page.todos.len() == 100, "{} has {} todos", list.filter, page.todos.len());
        Ok(took)
    }
}

struct List {
    filter: &'static str,
    order: TodoOrder,
}

const LISTS: [List; 14] = [
    List { filter: "is:any", order: TodoOrder::Unspecified },
    List { filter: "is:any", order: TodoOrder::Newest },
    List { filter: "is:any", order: TodoOrder::Changed },
    List { filter: "is:open", order: TodoOrder::Unspecified },
    List { filter: "is:open", order: TodoOrder::Due },
    List { filter: "is:open due:2030-06-03..2030-08-04", order: TodoOrder::Due },
    List { filter: "is:open due:none", order: TodoOrder::Due },
    List { filter: "is:open p1", order: TodoOrder::Due },
    List { filter: "is:open @rare", order: TodoOrder::Due },
    List { filter: "project:PROJECT", order: TodoOrder::Due },
    List { filter: "project:PROJECT", order: TodoOrder::Position },
    List { filter: "is:done", order: TodoOrder::Changed },
    List { filter: "is:done", order: TodoOrder::Unspecified },
    List { filter: "is:trash", order: TodoOrder::Changed },
];

pub(crate) async fn measure() -> Result<()> {
    let (mut alone, mut beside) = (Side::create(0).await?, Side::create(OTHERS).await?);
    println!(
        "The first 100 of a list of {TODOS} todos, asked of a server that has just started, and beside {} of others:",
        OTHERS * TODOS
    );
    for list in &LISTS {
        let (mut times_alone, mut times_beside) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            times_alone.push(alone.first_page(list).await?);
            times_beside.push(beside.first_page(list).await?);
        }
        let (alone, beside) = (median(times_alone), median(times_beside));
        let ratio = beside.as_secs_f64() / alone.as_secs_f64();
        let name =
            format!("{} by {}", list.filter, list.order.as_str_name().trim_start_matches("TODO_ORDER_"));
        let verdict = if alone <= CEILING && ratio <= OTHERS_CEILING { "kept" } else { "EXCEEDED" };
        println!(
            "  {name:<52} {:>6.1} ms, beside {:>6.1} ms, {ratio:.2} x  ceilings {CEILING:?} and {OTHERS_CEILING} x: \
             {verdict}",
            alone.as_secs_f64() * 1e3,
            beside.as_secs_f64() * 1e3,
        );
    }
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Gives an account its todos: a tenth each in a project, done, in the trash and due at no time; one in 500 has a tag.
async fn fill(channel: Channel, metadata: &MetadataMap) -> Result<String> {
    let mut client = TodoServiceClient::new(channel.clone());
    let request = CreateProjectRequest {
        project: Some(Project { name: "Garden".into(), ..Default::default() }),
        request_id: request_id(),
        ..Default::default()
    };
    let created = client.create_project(signed(metadata.clone(), request)).await?.into_inner();
    let project = created.project.context("no project in the answer")?.id;
    let change = |n: u32, todo: &mut NewTodo| {
        let Some(todo) = &mut todo.todo else { return };
        if n % 10 == 1 {
            todo.project_id.clone_from(&project);
        }
        if n % 10 != 2 {
            let day = format!("{}-{:02}-{:02}", 2027 + n % 5, n % 12 + 1, n % 28 + 1);
            todo.due = Some(Due { kind: Some(Kind::Date(day)) });
        }
        if n % 500 == 7 {
            todo.tags = vec!["rare".into()];
        }
        todo.priority = i32::from(n % 100 == 5);
    };
    add_todos(channel, metadata, TODOS, change).await?;
    let numbers = |remainder: u32| (1..=TODOS).filter(move |n| n % 10 == remainder).map(|n| n.to_string());
    for ids in numbers(9).collect::<Vec<_>>().chunks(1_000) {
        let request =
            CompleteTodosRequest { ids: ids.to_vec(), request_id: request_id(), ..Default::default() };
        client.complete_todos(signed(metadata.clone(), request)).await?;
    }
    for ids in numbers(0).collect::<Vec<_>>().chunks(1_000) {
        let request =
            DeleteTodosRequest { ids: ids.to_vec(), request_id: request_id(), ..Default::default() };
        client.delete_todos(signed(metadata.clone(), request)).await?;
    }
    Ok(project)
}
