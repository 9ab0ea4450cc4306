//! The load generator: 64 calls at a time over 4 connections, with the generated client and ready-made requests.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Result;
use todo_proto::todo::v1::{
    CreateTodoRequest, GetTodoRequest, ListTodosRequest, Todo, TodoOrder, TodoStatus,
    todo_service_client::TodoServiceClient,
};
use tokio::task::JoinSet;
use tonic::{
    Extensions, Request, Status,
    metadata::MetadataMap,
    transport::{Channel, Endpoint},
};
use uuid::Uuid;

use crate::population::{Account, Population};

const CONNECTIONS: usize = 4;
const CALLS_PER_CONNECTION: usize = 16;

/// What is called.
#[derive(Clone, Copy)]
pub(crate) enum Call {
    /// One todo, another one each time.
    Get,
    /// The first 20 todos.
    List,
    /// The first 20 open todos by due time: what `todo` shows.
    ListDue,
    /// A new todo under a new request id.
    Create,
}

/// Calls waiting to be made, on open connections.
pub(crate) struct Load {
    callers: Vec<Caller>,
}

#[derive(Clone)]
struct Caller {
    client: TodoServiceClient<Channel>,
    call: Call,
    account: Arc<Account>,
}

impl Load {
    pub(crate) async fn new(url: &str, call: Call, population: &Population) -> Result<Self> {
        let mut callers = Vec::new();
        for connection in 0..CONNECTIONS {
            let channel = Endpoint::from_shared(url.to_owned())?.tcp_nodelay(true).connect().await?;
            for index in 0..CALLS_PER_CONNECTION {
                let accounts = &population.accounts;
                let account = &accounts[(connection * CALLS_PER_CONNECTION + index) % accounts.len()];
                let client = TodoServiceClient::new(channel.clone());
                callers.push(Caller { client, call, account: Arc::clone(account) });
            }
        }
        Ok(Self { callers })
    }

    /// Calls for as long and returns how many calls were answered a second. An error ends it.
    pub(crate) async fn run(&self, length: Duration) -> Result<f64> {
        let started = Instant::now();
        let end = started + length;
        let mut tasks = JoinSet::new();
        for caller in &self.callers {
            tasks.spawn(caller.clone().run_until(end));
        }
        let mut answered = 0_u32;
        while let Some(count) = tasks.join_next().await {
            answered += count??;
        }
        Ok(f64::from(answered) / started.elapsed().as_secs_f64())
    }
}

impl Caller {
    async fn run_until(mut self, end: Instant) -> Result<u32, Status> {
        let mut answered = 0;
        while Instant::now() < end {
            self.call_once(answered).await?;
            answered += 1;
        }
        Ok(answered)
    }

    async fn call_once(&mut self, index: u32) -> Result<(), Status> {
        let metadata = self.account.metadata.clone();
        match self.call {
            Call::Get => {
                let ids = &self.account.todos;
                let id = ids[index as usize % ids.len()].clone();
                drop(self.client.get_todo(signed(metadata, GetTodoRequest { id })).await?);
            }
            Call::List => drop(self.client.list_todos(signed(metadata, first_20())).await?),
            Call::ListDue => drop(self.client.list_todos(signed(metadata, open_20_by_due())).await?),
            Call::Create => drop(self.client.create_todo(signed(metadata, new_todo(index))).await?),
        }
        Ok(())
    }
}

/// A request as the account of this metadata.
pub(crate) fn signed<T>(metadata: MetadataMap, message: T) -> Request<T> {
    Request::from_parts(metadata, Extensions::default(), message)
}

pub(crate) fn first_20() -> ListTodosRequest {
    ListTodosRequest { page_size: 20, ..Default::default() }
}

fn open_20_by_due() -> ListTodosRequest {
    ListTodosRequest {
        page_size: 20,
        status: TodoStatus::NeedsAction.into(),
        order_by: TodoOrder::Due.into(),
        ..Default::default()
    }
}

pub(crate) fn new_todo(index: u32) -> CreateTodoRequest {
    let title = format!("Water the plants on the balcony, number {index}");
    CreateTodoRequest {
        todo: Some(Todo { title, ..Default::default() }),
        todo_id: String::new(),
        request_id: Uuid::new_v4().to_string(),
    }
}
