//! The methods of the service, called as the router calls them, on both engines.

mod changes;
mod lists;
mod repeats;
mod undo;
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

/// One person's view of the service.
#[derive(Clone)]
struct Person {
    service: TodoService,
    account: AccountId,
    identity: Identity,
}

impl Person {
    async fn new(test_db: &TestDb, feed: &ChangeFeed, name: &'static str) -> Self {
        let account = test_db.account(name).await;
        let service = TodoService::new(
            test_db.db.clone(),
            feed.clone(),
            test_db.clock.clone(),
            Authenticator::local(account),
            CancellationToken::new(),
        );
        Self { service, account, identity: Identity::local(account) }
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

    async fn update(&self, todo: v1::Todo, paths: &[&str]) -> Result<v1::UpdateTodoResponse, Status> {
        self.update_expecting(todo, paths, 0).await
    }

    async fn update_expecting(
        &self,
        todo: v1::Todo,
        paths: &[&str],
        expected_revision: i64,
    ) -> Result<v1::UpdateTodoResponse, Status> {
        let paths = paths.iter().map(ToString::to_string).collect();
        let message = v1::UpdateTodoRequest {
            todo: Some(todo),
            update_mask: Some(prost_types::FieldMask { paths }),
            expected_revision,
            request_id: new_id(),
            ..Default::default()
        };
        self.service.update_todo(self.request(message)).await.map(Response::into_inner)
    }

    /// Makes a todo a part of another one; of none, if `parent_id` is empty.
    async fn set_parent(&self, id: &str, parent_id: &str) -> Result<v1::UpdateTodoResponse, Status> {
        let todo = v1::Todo { id: id.into(), parent_id: parent_id.into(), ..Default::default() };
        self.update(todo, &["parent_id"]).await
    }

    async fn complete(&self, ids: &[&str]) -> Result<v1::CompleteTodosResponse, Status> {
        self.complete_as(ids, new_id()).await
    }

    async fn complete_as(
        &self,
        ids: &[&str],
        request_id: String,
    ) -> Result<v1::CompleteTodosResponse, Status> {
        let message = v1::CompleteTodosRequest { ids: strings(ids), request_id, ..Default::default() };
        self.service.complete_todos(self.request(message)).await.map(Response::into_inner)
    }

    async fn reopen(&self, ids: &[&str]) -> Result<v1::ReopenTodosResponse, Status> {
        let message =
            v1::ReopenTodosRequest { ids: strings(ids), request_id: new_id(), ..Default::default() };
        self.service.reopen_todos(self.request(message)).await.map(Response::into_inner)
    }

    async fn delete(&self, ids: &[&str]) -> Result<v1::DeleteTodosResponse, Status> {
        let message =
            v1::DeleteTodosRequest { ids: strings(ids), request_id: new_id(), ..Default::default() };
        self.service.delete_todos(self.request(message)).await.map(Response::into_inner)
    }

    async fn restore(&self, ids: &[&str]) -> Result<v1::RestoreTodosResponse, Status> {
        let message =
            v1::RestoreTodosRequest { ids: strings(ids), request_id: new_id(), ..Default::default() };
        self.service.restore_todos(self.request(message)).await.map(Response::into_inner)
    }

    /// Undoes the operation of this id, or the newest of this person's own if it is empty.
    async fn undo(&self, operation_id: &str) -> Result<v1::UndoOperationResponse, Status> {
        self.undo_as(operation_id, new_id()).await
    }

    async fn undo_as(
        &self,
        operation_id: &str,
        request_id: String,
    ) -> Result<v1::UndoOperationResponse, Status> {
        let target = match operation_id {
            "" => Target::Own(v1::OwnOperation::Newest.into()),
            id => Target::OperationId(id.into()),
        };
        self.undo_target(target, false, request_id).await
    }

    /// Undoes the newest undo of this person's own.
    async fn redo(&self) -> Result<v1::UndoOperationResponse, Status> {
        self.undo_target(Target::Own(v1::OwnOperation::NewestUndo.into()), false, new_id()).await
    }

    async fn undo_target(
        &self,
        target: Target,
        force: bool,
        request_id: String,
    ) -> Result<v1::UndoOperationResponse, Status> {
        let message = v1::UndoOperationRequest { target: Some(target), request_id, force };
        self.service.undo_operation(self.request(message)).await.map(Response::into_inner)
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

fn titled(title: &str) -> v1::Todo {
    v1::Todo { title: title.into(), ..Default::default() }
}

fn due(kind: v1::due::Kind) -> v1::Due {
    v1::Due { kind: Some(kind) }
}

fn new_id() -> String {
    Uuid::new_v4().to_string()
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

fn code<T: std::fmt::Debug>(result: Result<T, Status>) -> Code {
    result.unwrap_err().code()
}
