//! The server, and those who call it, however often it is killed meanwhile.

use std::time::{Duration, Instant};

use todo_proto::{
    auth::v1::{LoginRequest, RegisterRequest, auth_service_client::AuthServiceClient},
    todo::v1,
};
use tonic::{
    Code, Response, Status, Streaming,
    transport::{Channel, Endpoint},
};

use super::request::{Answer, Request, Todos};
use crate::{
    support::{PASSWORD, with_token},
    wait::PATIENCE,
};

/// Somebody with a session.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) client: Todos,
    pub(super) token: String,
    pub(super) actor: v1::Actor,
}

/// A channel that connects whenever there is something to connect to.
pub(super) fn channel(url: &str) -> Channel {
    Endpoint::from_shared(url.to_owned()).unwrap().connect_lazy()
}

/// Repeats a call until the server answers it.
async fn insist<T, F: Future<Output = Result<T, Status>>>(call: impl Fn() -> F) -> Result<T, Status> {
    let end = Instant::now() + PATIENCE;
    loop {
        match call().await {
            Err(status) if is_unanswered(&status) && Instant::now() < end => {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            answer => return answer,
        }
    }
}

/// Sends a message by a method of the client until it is answered.
macro_rules! ask {
    ($caller:expr, $method:ident, $message:expr) => {
        insist(|| {
            let (mut client, request) =
                ($caller.client.clone(), with_token(&$caller.token, $message.clone()));
            async move { client.$method(request).await.map(Response::into_inner) }
        })
        .await
    };
}

/// Whether a status is not the word of the services, which say why in its details, or says that it is not the time.
pub(super) fn is_unanswered(status: &Status) -> bool {
    status.code() == Code::Unavailable || status.details().is_empty()
}

pub(super) async fn register(channel: &Channel, username: &str) {
    let request = RegisterRequest {
        username: username.into(),
        password: PASSWORD.into(),
        time_zone: "Europe/Berlin".into(),
        request_id: String::new(),
    };
    AuthServiceClient::new(channel.clone()).register(request).await.unwrap();
}

pub(super) async fn login(channel: &Channel, username: &str, client: &str) -> Caller {
    let request = LoginRequest {
        username: username.into(),
        password: PASSWORD.into(),
        client: client.into(),
        ..LoginRequest::default()
    };
    let login = AuthServiceClient::new(channel.clone()).login(request).await.unwrap().into_inner();
    let actor = v1::Actor { session_id: login.session.unwrap().id, client: client.into() };
    Caller { client: Todos::new(channel.clone()), token: login.token, actor }
}

impl Caller {
    /// Sends a request until it is answered.
    pub(super) async fn send(&self, request: &Request) -> Result<Answer, Status> {
        insist(|| {
            let (mut client, token, request) = (self.client.clone(), self.token.clone(), request.clone());
            async move { request.send(&mut client, &token).await }
        })
        .await
    }

    /// Opens a watch.
    pub(super) async fn watch(
        &self,
        request: &v1::WatchChangesRequest,
    ) -> Streaming<v1::WatchChangesResponse> {
        ask!(self, watch_changes, request).unwrap()
    }

    /// All todos that match a filter, asked for in pages of this size.
    pub(super) async fn list_todos(
        &self,
        order: v1::TodoOrder,
        filter: &str,
        view: v1::TodoView,
        page_size: i32,
    ) -> Vec<v1::Todo> {
        let mut todos = Vec::new();
        let mut request = v1::ListTodosRequest {
            page_size,
            order_by: order.into(),
            filter: filter.into(),
            view: view.into(),
            ..v1::ListTodosRequest::default()
        };
        loop {
            let page = ask!(self, list_todos, request).unwrap();
            assert!(i32::try_from(page.todos.len()).unwrap() <= page_size);
            todos.extend(page.todos);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                return todos;
            }
        }
    }

    /// How many todos match a filter.
    pub(super) async fn count_todos(&self, filter: &str) -> usize {
        let request = v1::CountTodosRequest { filter: filter.into() };
        let counted = ask!(self, count_todos, request).unwrap();
        assert!(!counted.at_least, "{counted:?}");
        usize::try_from(counted.count).unwrap()
    }

    /// Todos in full, in the order of their names.
    pub(super) async fn get_todos(&self, names: Vec<String>) -> Vec<v1::Todo> {
        let mut todos = Vec::new();
        for ids in names.chunks(1000) {
            let request = v1::BatchGetTodosRequest { ids: ids.to_vec(), view: 0 };
            let results = ask!(self, batch_get_todos, request).unwrap().results;
            for result in results {
                let todo = result.todo.unwrap();
                let same = (&todo.id, todo.number, &todo.title, todo.revision);
                assert_eq!(same, (&result.id, result.number, &result.title, result.revision));
                todos.push(todo);
            }
        }
        todos
    }

    pub(super) async fn get_todo(&self, name: &str) -> v1::Todo {
        let request = v1::GetTodoRequest { id: name.into() };
        ask!(self, get_todo, request).unwrap().todo.unwrap()
    }

    pub(super) async fn get_project(&self, id: &str) -> v1::Project {
        let request = v1::GetProjectRequest { id: id.into() };
        ask!(self, get_project, request).unwrap().project.unwrap()
    }

    pub(super) async fn list_projects(&self, show_deleted: bool, page_size: i32) -> Vec<v1::Project> {
        let mut projects = Vec::new();
        let mut request = v1::ListProjectsRequest { show_deleted, page_size, page_token: String::new() };
        loop {
            let page = ask!(self, list_projects, request).unwrap();
            projects.extend(page.projects);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                return projects;
            }
        }
    }

    /// The newest operations of a list, at least so many if there are.
    pub(super) async fn list_operations(
        &self,
        mut request: v1::ListOperationsRequest,
        count: usize,
    ) -> Vec<v1::Operation> {
        let mut operations = Vec::new();
        loop {
            let page = ask!(self, list_operations, request).unwrap();
            operations.extend(page.operations);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() || operations.len() >= count {
                return operations;
            }
        }
    }

    /// One operation with all its objects, if there is one that changed anything.
    pub(super) async fn get_operation(&self, id: &str, page_size: i32) -> Option<v1::Operation> {
        let mut request = v1::GetOperationRequest { id: id.into(), page_size, page_token: String::new() };
        let mut found: Option<v1::Operation> = None;
        loop {
            let page = match ask!(self, get_operation, request) {
                Ok(page) => page,
                Err(status) if status.code() == Code::NotFound => return None,
                Err(status) => panic!("{status:?}"),
            };
            let mut operation = page.operation.unwrap();
            if let Some(found) = &mut found {
                found.todos.append(&mut operation.todos);
                found.projects.append(&mut operation.projects);
            }
            found.get_or_insert(operation);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                return found;
            }
        }
    }
}
