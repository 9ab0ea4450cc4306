//! The methods of the service, called as the router calls them, on both engines.

mod account_deletion;
mod answers;
mod batches;
mod calls;
mod change_feed;
mod changes;
mod filters;
mod imports;
mod lists;
mod moves;
mod names;
mod parts;
mod projects;
mod purges;
mod random;
mod repeats;
mod selections;
mod tree_changes;
mod trees;
mod undo;
mod updates;
mod watch;

use todo_proto::todo::v1::{
    self, todo_service_server::TodoService as Methods, undo_operation_request::Target,
};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use super::{ChangeFeed, TodoService};
use crate::{
    identity::{Authenticator, Identity},
    ids::AccountId,
    testing::TestDb,
};

/// What a change of many todos answered, with whole todos.
#[derive(Clone, Debug, PartialEq)]
struct Changed {
    todos: Vec<v1::Todo>,
    unchanged_ids: Vec<String>,
    results: Vec<v1::TodoResult>,
    operation_id: String,
}

impl Changed {
    fn of(results: Vec<v1::TodoResult>, operation_id: String) -> Self {
        let unchanged = results.iter().filter(|result| result.unchanged);
        Self {
            unchanged_ids: unchanged.map(|result| result.id.clone()).collect(),
            todos: results.iter().filter_map(|result| result.todo.clone()).collect(),
            results,
            operation_id,
        }
    }
}

/// What a change of one todo answered.
#[derive(Clone, Debug)]
struct Updated {
    todo: Option<v1::Todo>,
    operation_id: String,
}

/// What an undo answered, with whole todos.
#[derive(Clone, Debug, PartialEq)]
struct Undone {
    operation: Option<v1::Operation>,
    todos: Vec<v1::Todo>,
    projects: Vec<v1::Project>,
    conflicts: Vec<v1::UndoConflict>,
    remaining_operations: i32,
    operation_id: String,
}

/// One person's view of the service.
#[derive(Clone)]
struct Person {
    service: TodoService,
    account: AccountId,
    identity: Identity,
}

fn service(test_db: &TestDb, feed: &ChangeFeed, account: AccountId) -> TodoService {
    TodoService::new(
        test_db.db.clone(),
        feed.clone(),
        test_db.clock.clone(),
        Authenticator::local(account),
        CancellationToken::new(),
    )
}

impl Person {
    async fn new(test_db: &TestDb, feed: &ChangeFeed, name: &'static str) -> Self {
        let account = test_db.account(name).await;
        Self { service: service(test_db, feed, account), account, identity: Identity::local(account) }
    }

    /// The same person at a server with another feed.
    fn with_feed(&self, test_db: &TestDb, feed: &ChangeFeed) -> Self {
        Self { service: service(test_db, feed, self.account), ..self.clone() }
    }

    /// The same person on another device.
    fn with_session(&self, client: &str) -> Self {
        Self { identity: Identity::for_test(self.account, client), ..self.clone() }
    }

    /// The one person of a test about one.
    async fn ann(test_db: &TestDb) -> Self {
        Self::new(test_db, &ChangeFeed::default(), "ann").await
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.extensions_mut().insert(self.identity.clone());
        request
    }

    async fn create(&self, todo: v1::Todo) -> Result<v1::CreateTodoResponse, Status> {
        self.create_as(todo, "", new_id()).await
    }

    async fn create_as(
        &self,
        todo: v1::Todo,
        todo_id: &str,
        request_id: String,
    ) -> Result<v1::CreateTodoResponse, Status> {
        let message = v1::CreateTodoRequest {
            todo: Some(todo),
            todo_id: todo_id.into(),
            request_id,
            group_id: String::new(),
        };
        self.service.create_todo(self.request(message)).await.map(Response::into_inner)
    }

    /// Creates a todo that has a title only.
    async fn add(&self, title: &str) -> v1::Todo {
        self.create(titled(title)).await.unwrap().todo.unwrap()
    }

    async fn get(&self, id: &str) -> Result<v1::Todo, Status> {
        let message = v1::GetTodoRequest { id: id.into() };
        Ok(self.service.get_todo(self.request(message)).await?.into_inner().todo.unwrap())
    }

    async fn list(&self, message: v1::ListTodosRequest) -> Result<v1::ListTodosResponse, Status> {
        self.service.list_todos(self.request(message)).await.map(Response::into_inner)
    }

    async fn titles(&self, message: v1::ListTodosRequest) -> Vec<String> {
        self.list(message).await.unwrap().todos.into_iter().map(|todo| todo.title).collect()
    }

    async fn update(&self, todo: v1::Todo, paths: &[&str]) -> Result<Updated, Status> {
        self.update_expecting(todo, paths, 0).await
    }

    async fn update_expecting(
        &self,
        todo: v1::Todo,
        paths: &[&str],
        expected_revision: i64,
    ) -> Result<Updated, Status> {
        let paths = paths.iter().map(ToString::to_string).collect();
        let message = v1::UpdateTodosRequest {
            ids: vec![todo.id.clone()],
            todo: Some(todo),
            update_mask: Some(prost_types::FieldMask { paths }),
            expected_revision,
            ..Default::default()
        };
        let Changed { mut todos, operation_id, .. } = self.update_todos(message).await?;
        Ok(Updated { todo: Some(todos.remove(0)), operation_id })
    }

    async fn update_todos(&self, message: v1::UpdateTodosRequest) -> Result<Changed, Status> {
        let message =
            v1::UpdateTodosRequest { request_id: new_id(), view: v1::TodoView::Full.into(), ..message };
        let response = self.service.update_todos(self.request(message)).await?.into_inner();
        Ok(Changed::of(response.results, response.operation_id))
    }

    /// Makes a todo a part of another one; of none, if `parent_id` is empty.
    async fn set_parent(&self, id: &str, parent_id: &str) -> Result<Updated, Status> {
        let todo = v1::Todo { id: id.into(), parent_id: parent_id.into(), ..Default::default() };
        self.update(todo, &["parent_id"]).await
    }

    async fn complete(&self, ids: &[&str]) -> Result<Changed, Status> {
        self.complete_as(ids, new_id()).await
    }

    async fn complete_as(&self, ids: &[&str], request_id: String) -> Result<Changed, Status> {
        let view = v1::TodoView::Full.into();
        let message = v1::CompleteTodosRequest { ids: strings(ids), request_id, view, ..Default::default() };
        let response = self.service.complete_todos(self.request(message)).await?.into_inner();
        Ok(Changed::of(response.results, response.operation_id))
    }

    async fn reopen(&self, ids: &[&str]) -> Result<Changed, Status> {
        let view = v1::TodoView::Full.into();
        let message = v1::ReopenTodosRequest { ids: strings(ids), view, ..Default::default() };
        let response = self.service.reopen_todos(self.request(message)).await?.into_inner();
        Ok(Changed::of(response.results, response.operation_id))
    }

    async fn delete(&self, ids: &[&str]) -> Result<Changed, Status> {
        let view = v1::TodoView::Full.into();
        let message = v1::DeleteTodosRequest { ids: strings(ids), view, ..Default::default() };
        let response = self.service.delete_todos(self.request(message)).await?.into_inner();
        Ok(Changed::of(response.results, response.operation_id))
    }

    async fn restore(&self, ids: &[&str]) -> Result<Changed, Status> {
        let view = v1::TodoView::Full.into();
        let message = v1::RestoreTodosRequest { ids: strings(ids), view, ..Default::default() };
        let response = self.service.restore_todos(self.request(message)).await?.into_inner();
        Ok(Changed::of(response.results, response.operation_id))
    }

    async fn purge(&self, ids: &[&str]) -> Result<v1::PurgeTodosResponse, Status> {
        let message = v1::PurgeTodosRequest { ids: strings(ids), request_id: new_id(), ..Default::default() };
        self.service.purge_todos(self.request(message)).await.map(Response::into_inner)
    }

    /// Undoes the operation of this id, or the newest of this person's own if it is empty.
    async fn undo(&self, operation_id: &str) -> Result<Undone, Status> {
        self.undo_as(operation_id, new_id()).await
    }

    async fn undo_as(&self, operation_id: &str, request_id: String) -> Result<Undone, Status> {
        let target = match operation_id {
            "" => Target::Own(v1::OwnOperation::Newest.into()),
            id => Target::OperationId(id.into()),
        };
        self.undo_target(target, false, request_id).await
    }

    /// Undoes the newest undo of this person's own.
    async fn redo(&self) -> Result<Undone, Status> {
        self.undo_target(Target::Own(v1::OwnOperation::NewestUndo.into()), false, new_id()).await
    }

    async fn undo_target(&self, target: Target, force: bool, request_id: String) -> Result<Undone, Status> {
        let view = v1::TodoView::Full.into();
        let message = v1::UndoOperationRequest { target: Some(target), request_id, force, view };
        let response = self.service.undo_operation(self.request(message)).await?.into_inner();
        let Changed { todos, operation_id, .. } = Changed::of(response.results, response.operation_id);
        Ok(Undone {
            operation: response.operation,
            todos,
            projects: response.projects,
            conflicts: response.conflicts,
            remaining_operations: response.remaining_operations,
            operation_id,
        })
    }

    async fn add_project(&self, name: &str) -> Result<v1::CreateProjectResponse, Status> {
        let message = v1::CreateProjectRequest {
            project: Some(v1::Project { name: name.into(), ..Default::default() }),
            project_id: String::new(),
            request_id: new_id(),
            ..Default::default()
        };
        self.service.create_project(self.request(message)).await.map(Response::into_inner)
    }

    async fn rename_project(&self, id: &str, name: &str) -> Result<v1::UpdateProjectResponse, Status> {
        let message = v1::UpdateProjectRequest {
            project: Some(v1::Project { id: id.into(), name: name.into(), ..Default::default() }),
            update_mask: Some(prost_types::FieldMask { paths: vec!["name".into()] }),
            expected_revision: 0,
            request_id: new_id(),
            ..Default::default()
        };
        self.service.update_project(self.request(message)).await.map(Response::into_inner)
    }

    async fn delete_project(&self, id: &str) -> Result<v1::DeleteProjectResponse, Status> {
        let message = v1::DeleteProjectRequest { id: id.into(), request_id: new_id(), ..Default::default() };
        self.service.delete_project(self.request(message)).await.map(Response::into_inner)
    }

    async fn projects(&self) -> Vec<v1::Project> {
        let message = v1::ListProjectsRequest::default();
        self.service.list_projects(self.request(message)).await.unwrap().into_inner().projects
    }

    async fn operations(&self) -> Vec<v1::Operation> {
        let message = v1::ListOperationsRequest::default();
        self.service.list_operations(self.request(message)).await.unwrap().into_inner().operations
    }
}

fn filtered(filter: &str) -> v1::ListTodosRequest {
    v1::ListTodosRequest { filter: filter.into(), ..Default::default() }
}

fn titled(title: &str) -> v1::Todo {
    v1::Todo { title: title.into(), ..Default::default() }
}

fn due(kind: v1::due::Kind) -> v1::Due {
    v1::Due { kind: Some(kind) }
}

fn new_id() -> String {
    Uuid::new_v7(uuid::Timestamp::now(uuid::NoContext)).to_string()
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

fn code<T: std::fmt::Debug>(result: Result<T, Status>) -> Code {
    result.unwrap_err().code()
}
