//! Accounts with todos, made through the service itself.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use todo_proto::{
    auth::v1::{LoginRequest, RegisterRequest, auth_service_client::AuthServiceClient},
    todo::v1::{Due, NewTodo, due::Kind, todo_service_client::TodoServiceClient},
};
use tokio::task::JoinSet;
use tonic::{
    Extensions, Request,
    metadata::MetadataMap,
    transport::{Channel, Endpoint},
};

use crate::{
    process::ServerProcess,
    requests::{BATCH, batch_of_new_todos, new_todo},
};

const PASSWORD: &str = "correct horse battery staple";

/// Who calls, and what they have.
pub(crate) struct Population {
    pub(crate) accounts: Vec<Arc<Account>>,
}

/// An account that is logged in.
pub(crate) struct Account {
    /// Holds the token.
    pub(crate) metadata: MetadataMap,
    /// Ids of its todos.
    pub(crate) todos: Vec<String>,
}

impl Population {
    /// Makes the accounts and gives each as many todos; half of them are due some day.
    pub(crate) async fn create(server: &ServerProcess, accounts: usize, todos_each: u32) -> Result<Self> {
        let channel = connect(server).await?;
        let mut made = JoinSet::new();
        for index in 0..accounts {
            made.spawn(create_account(channel.clone(), format!("account{index}"), todos_each));
        }
        let accounts = made.join_all().await.into_iter().map(|account| account.map(Arc::new));
        Ok(Self { accounts: accounts.collect::<Result<_>>()? })
    }

    pub(crate) fn todos(&self) -> usize {
        self.accounts.iter().map(|account| account.todos.len()).sum()
    }
}

async fn create_account(channel: Channel, username: String, todos: u32) -> Result<Account> {
    register(channel.clone(), &username).await?;
    let metadata = log_in(channel.clone(), &username).await?;
    let client = TodoServiceClient::new(channel);
    let mut ids = Vec::new();
    // Several at a time, so that they share commits.
    for first in (0..todos).step_by(16) {
        let mut creating = JoinSet::new();
        for index in first..todos.min(first + 16) {
            let mut request = new_todo(index);
            if let Some(todo) = request.todo.as_mut().filter(|_| index % 2 == 0) {
                let date = format!("2030-{:02}-{:02}", index % 12 + 1, index % 28 + 1);
                todo.due = Some(Due { kind: Some(Kind::Date(date)) });
            }
            let (mut client, metadata) = (client.clone(), metadata.clone());
            creating.spawn(async move { client.create_todo(signed(metadata, request)).await });
        }
        for created in creating.join_all().await {
            ids.push(created?.into_inner().todo.context("no todo in the answer")?.id);
        }
    }
    Ok(Account { metadata, todos: ids })
}

/// Gives the account of this metadata as many todos more, many in one call; `change` makes each its own.
pub(crate) async fn add_todos(
    channel: Channel,
    metadata: &MetadataMap,
    count: u32,
    change: impl Fn(u32, &mut NewTodo),
) -> Result<()> {
    let mut client = TodoServiceClient::new(channel);
    for index in 0..count / BATCH {
        let mut request = batch_of_new_todos(BATCH, index);
        for (todo, n) in request.todos.iter_mut().zip(index * BATCH..) {
            change(n, todo);
        }
        client.batch_create_todos(signed(metadata.clone(), request)).await?;
    }
    Ok(())
}

/// A request as the account of this metadata.
pub(crate) fn signed<T>(metadata: MetadataMap, message: T) -> Request<T> {
    Request::from_parts(metadata, Extensions::default(), message)
}

pub(crate) async fn connect(server: &ServerProcess) -> Result<Channel> {
    Ok(Endpoint::from_shared(server.url())?.tcp_nodelay(true).connect().await?)
}

pub(crate) async fn register(channel: Channel, username: &str) -> Result<()> {
    let request =
        RegisterRequest { username: username.to_owned(), password: PASSWORD.into(), ..Default::default() };
    AuthServiceClient::new(channel).register(request).await?;
    Ok(())
}

/// Logs in and returns the metadata that says so.
pub(crate) async fn log_in(channel: Channel, username: &str) -> Result<MetadataMap> {
    let request = LoginRequest {
        username: username.to_owned(),
        password: PASSWORD.into(),
        client: "bench".into(),
        ..LoginRequest::default()
    };
    let login = AuthServiceClient::new(channel).login(request).await?.into_inner();
    let mut metadata = MetadataMap::new();
    metadata.insert("authorization", format!("Bearer {}", login.token).parse()?);
    Ok(metadata)
}
