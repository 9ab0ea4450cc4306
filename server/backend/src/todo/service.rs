//! The methods of `todo.v1.TodoService`: each reads its request, has the change made, and answers.

use todo_model::clock::Clock;
use todo_proto::todo::v1::{self, OperationKind, todo_service_server::TodoService as Methods};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use super::{
    apply::Mutation,
    bulk::{SetTodoState, State},
    convert, convert_operation,
    create::CreateTodo,
    list_operations, list_projects, list_todos,
    mutation::{self, Applied, Change, Conflict},
    projects::{CreateProject, DeleteProject, UpdateProject},
    undo::{Target, UndoOperation},
    update::UpdateTodo,
    validate::{self, Patch, Violations},
    watch::{ChangeFeed, Watcher},
};
use crate::{
    error::{Error, Result},
    identity::{Authenticator, Identity},
    ids::{ProjectId, TodoId},
    store::{db::Db, operations, projects, todos},
    time::Time,
};

/// The todo service. Cheap to clone.
#[derive(Clone)]
pub struct TodoService {
    db: Db,
    feed: ChangeFeed,
    clock: Clock,
    authenticator: Authenticator,
    shutdown: CancellationToken,
}

impl TodoService {
    /// Makes the service. Watches end when `shutdown` is cancelled.
    pub(crate) fn new(
        db: Db,
        feed: ChangeFeed,
        clock: Clock,
        authenticator: Authenticator,
        shutdown: CancellationToken,
    ) -> Self {
        Self { db, feed, clock, authenticator, shutdown }
    }

    /// Makes a change once, and tells the watchers. `message` is the request without the ids of request and group.
    async fn change<C: Change>(
        &self,
        caller: &Identity,
        ids: (&str, &str),
        kind: OperationKind,
        message: &impl prost::Message,
        change: C,
    ) -> Result<Applied> {
        let request = self.request(caller, ids, kind, message)?;
        self.apply(request, change).await
    }

    async fn apply(&self, request: mutation::Request, change: impl Change) -> Result<Applied> {
        let owner = request.owner;
        let applied = self.db.write_grouped(Mutation::new(request, change)).await?;
        self.feed.wake(owner);
        Ok(applied)
    }

    fn request(
        &self,
        caller: &Identity,
        (request_id, group_id): (&str, &str),
        kind: OperationKind,
        message: &impl prost::Message,
    ) -> Result<mutation::Request> {
        let now = Time::now(&self.clock);
        let ids = (validate::operation_id(request_id, now)?, validate::optional_uuid("group_id", group_id)?);
        Ok(mutation::Request::new(caller, ids, kind, now, message))
    }

    async fn set_state(
        &self,
        caller: &Identity,
        mut message: v1::CompleteTodosRequest,
        kind: OperationKind,
        state: State,
    ) -> Result<Applied> {
        let change = SetTodoState { ids: validate::todo_ids(&message.ids)?, state };
        let (request_id, group_id) = take_ids(&mut message.request_id, &mut message.group_id);
        self.change(caller, (&request_id, &group_id), kind, &message, change).await
    }
}

/// Takes the ids of request and group out of a message, which is then what a repeat of the request has in common with it.
fn take_ids(request_id: &mut String, group_id: &mut String) -> (String, String) {
    (std::mem::take(request_id), std::mem::take(group_id))
}

#[tonic::async_trait]
impl Methods for TodoService {
    async fn create_todo(
        &self,
        request: Request<v1::CreateTodoRequest>,
    ) -> Result<Response<v1::CreateTodoResponse>, Status> {
        let caller = Identity::of(&request)?.clone();
        let mut message = request.into_inner();
        let (request_id, group_id) = take_ids(&mut message.request_id, &mut message.group_id);
        let mut violations = Violations::default();
        let request = violations.keep(self.request(
            &caller,
            (&request_id, &group_id),
            OperationKind::CreateTodo,
            &message,
        ));
        let id = violations.keep(validate::optional_uuid("todo_id", &message.todo_id)).flatten();
        let todo = message.todo.unwrap_or_default();
        let inbox = projects::inbox_of(caller.account_id);
        let patch = violations.keep(Patch::read(&todo, Patch::PATHS, inbox));
        let (Some(request), Some(patch)) = (request, patch) else {
            return Err(violations.into_error().into());
        };
        violations.or(())?;
        let is_chosen = id.is_some();
        let id = id.map_or_else(|| TodoId::generate(request.now), TodoId::from_uuid);
        let change = CreateTodo { id, is_chosen, patch };
        let mut applied = self.apply(request, change).await?;
        Ok(Response::new(v1::CreateTodoResponse {
            operation_id: applied.operation_id(),
            todo: Some(convert::todo(applied.todo()?)),
        }))
    }

    async fn get_todo(
        &self,
        request: Request<v1::GetTodoRequest>,
    ) -> Result<Response<v1::GetTodoResponse>, Status> {
        let owner = Identity::of(&request)?.account_id;
        let id = validate::todo_id("id", &request.get_ref().id)?;
        let mut reader = self.db.reader().await?;
        let row = todos::find(&mut reader.conn(), owner, id).await?.ok_or(Error::NotFound)?;
        Ok(Response::new(v1::GetTodoResponse { todo: Some(convert::todo(row)) }))
    }

    async fn list_todos(
        &self,
        request: Request<v1::ListTodosRequest>,
    ) -> Result<Response<v1::ListTodosResponse>, Status> {
        let owner = Identity::of(&request)?.account_id;
        Ok(Response::new(list_todos::list(&self.db, owner, request.into_inner()).await?))
    }

    async fn update_todo(
        &self,
        request: Request<v1::UpdateTodoRequest>,
    ) -> Result<Response<v1::UpdateTodoResponse>, Status> {
        let caller = Identity::of(&request)?.clone();
        let mut message = request.into_inner();
        let (request_id, group_id) = take_ids(&mut message.request_id, &mut message.group_id);
        let todo = message.todo.clone().unwrap_or_default();
        let paths = validate::mask_paths(message.update_mask.as_ref())?;
        let mut violations = Violations::default();
        let id = violations.keep(validate::todo_id("todo.id", &todo.id));
        let inbox = projects::inbox_of(caller.account_id);
        let patch = violations.keep(Patch::read(&todo, paths, inbox));
        let expected_revision =
            violations.keep(validate::expected_revision(message.expected_revision)).flatten();
        let (Some(id), Some(patch)) = (id, patch) else {
            return Err(violations.into_error().into());
        };
        violations.or(())?;
        let change = UpdateTodo { id, patch, expected_revision };
        let mut applied = self
            .change(&caller, (&request_id, &group_id), OperationKind::UpdateTodo, &message, change)
            .await?;
        Ok(Response::new(v1::UpdateTodoResponse {
            operation_id: applied.operation_id(),
            todo: Some(convert::todo(applied.todo()?)),
        }))
    }

    async fn complete_todos(
        &self,
        request: Request<v1::CompleteTodosRequest>,
    ) -> Result<Response<v1::CompleteTodosResponse>, Status> {
        let caller = Identity::of(&request)?.clone();
        let v1::CompleteTodosRequest { ids, request_id, group_id } = request.into_inner();
        let message = v1::CompleteTodosRequest { ids, request_id, group_id };
        let kind = OperationKind::CompleteTodos;
        let applied = self.set_state(&caller, message, kind, State::Completed).await?;
        Ok(Response::new(v1::CompleteTodosResponse {
            operation_id: applied.operation_id(),
            unchanged_ids: applied.unchanged_ids(),
            todos: applied.todos.into_iter().map(convert::todo).collect(),
        }))
    }

    async fn reopen_todos(
        &self,
        request: Request<v1::ReopenTodosRequest>,
    ) -> Result<Response<v1::ReopenTodosResponse>, Status> {
        let caller = Identity::of(&request)?.clone();
        let v1::ReopenTodosRequest { ids, request_id, group_id } = request.into_inner();
        let message = v1::CompleteTodosRequest { ids, request_id, group_id };
        let kind = OperationKind::ReopenTodos;
        let applied = self.set_state(&caller, message, kind, State::NeedsAction).await?;
        Ok(Response::new(v1::ReopenTodosResponse {
            operation_id: applied.operation_id(),
            unchanged_ids: applied.unchanged_ids(),
            todos: applied.todos.into_iter().map(convert::todo).collect(),
        }))
    }

    async fn delete_todos(
        &self,
        request: Request<v1::DeleteTodosRequest>,
    ) -> Result<Response<v1::DeleteTodosResponse>, Status> {
        let caller = Identity::of(&request)?.clone();
        let v1::DeleteTodosRequest { ids, request_id, group_id } = request.into_inner();
        let message = v1::CompleteTodosRequest { ids, request_id, group_id };
        let kind = OperationKind::DeleteTodos;
        let applied = self.set_state(&caller, message, kind, State::Deleted).await?;
        Ok(Response::new(v1::DeleteTodosResponse {
            operation_id: applied.operation_id(),
            unchanged_ids: applied.unchanged_ids(),
            todos: applied.todos.into_iter().map(convert::todo).collect(),
        }))
    }

    async fn restore_todos(
        &self,
        request: Request<v1::RestoreTodosRequest>,
    ) -> Result<Response<v1::RestoreTodosResponse>, Status> {
        let caller = Identity::of(&request)?.clone();
        let v1::RestoreTodosRequest { ids, request_id, group_id } = request.into_inner();
        let message = v1::CompleteTodosRequest { ids, request_id, group_id };
        let kind = OperationKind::RestoreTodos;
        let applied = self.set_state(&caller, message, kind, State::Restored).await?;
        Ok(Response::new(v1::RestoreTodosResponse {
            operation_id: applied.operation_id(),
            unchanged_ids: applied.unchanged_ids(),
            todos: applied.todos.into_iter().map(convert::todo).collect(),
        }))
    }

    type WatchTodosStream = ReceiverStream<Result<v1::WatchTodosResponse, Status>>;

    async fn watch_todos(
        &self,
        request: Request<v1::WatchTodosRequest>,
    ) -> Result<Response<Self::WatchTodosStream>, Status> {
        let identity = Identity::of(&request)?.clone();
        let watcher = Watcher::open(
            self.db.clone(),
            &self.feed,
            identity,
            self.authenticator.clone(),
            self.shutdown.clone(),
            request.get_ref(),
        )
        .await?;
        Ok(Response::new(ReceiverStream::new(watcher.start())))
    }

    async fn undo_operation(
        &self,
        request: Request<v1::UndoOperationRequest>,
    ) -> Result<Response<v1::UndoOperationResponse>, Status> {
        let caller = Identity::of(&request)?.clone();
        let mut message = request.into_inner();
        let request_id = std::mem::take(&mut message.request_id);
        let target = validate::undo_target(message.target.clone())?;
        let change = UndoOperation { target, force: message.force };
        let kind = OperationKind::UndoOperation;
        let mut applied = self.change(&caller, (&request_id, ""), kind, &message, change).await?;
        // Forgotten, if this is a repeat from long after.
        let undone = applied.undone.take().ok_or(Error::NotFound)?;
        let remaining = match target {
            Target::Group(group) => {
                let mut reader = self.db.reader().await?;
                operations::count_of_group(&mut reader.conn(), caller.account_id, group).await?
            }
            Target::Operation(_) | Target::OwnNewest | Target::OwnNewestUndo => 0,
        };
        let conflict = |conflict: Conflict| v1::UndoConflict {
            id: conflict.id,
            number: conflict.number,
            field: conflict.field,
        };
        Ok(Response::new(v1::UndoOperationResponse {
            operation: Some(convert_operation::summary(&undone)?),
            operation_id: applied.operation_id(),
            todos: applied.todos.into_iter().map(convert::todo).collect(),
            projects: applied.projects.into_iter().map(convert::project).collect(),
            conflicts: applied.conflicts.into_iter().map(conflict).collect(),
            remaining_operations: i32::try_from(remaining).unwrap_or(i32::MAX),
        }))
    }

    async fn get_operation(
        &self,
        request: Request<v1::GetOperationRequest>,
    ) -> Result<Response<v1::GetOperationResponse>, Status> {
        let owner = Identity::of(&request)?.account_id;
        Ok(Response::new(list_operations::get(&self.db, owner, request.into_inner()).await?))
    }

    async fn list_operations(
        &self,
        request: Request<v1::ListOperationsRequest>,
    ) -> Result<Response<v1::ListOperationsResponse>, Status> {
        let owner = Identity::of(&request)?.account_id;
        Ok(Response::new(list_operations::list(&self.db, owner, request.into_inner()).await?))
    }

    async fn create_project(
        &self,
        request: Request<v1::CreateProjectRequest>,
    ) -> Result<Response<v1::CreateProjectResponse>, Status> {
        let caller = Identity::of(&request)?.clone();
        let mut message = request.into_inner();
        let (request_id, group_id) = take_ids(&mut message.request_id, &mut message.group_id);
        let name = validate::project_name(message.project.as_ref().map_or("", |project| &project.name))?;
        let id = validate::optional_uuid("project_id", &message.project_id)?
            .map_or_else(|| ProjectId::generate(Time::now(&self.clock)), ProjectId::from_uuid);
        let change = CreateProject { id, name };
        let mut applied = self
            .change(&caller, (&request_id, &group_id), OperationKind::CreateProject, &message, change)
            .await?;
        Ok(Response::new(v1::CreateProjectResponse {
            operation_id: applied.operation_id(),
            project: Some(convert::project(applied.project()?)),
        }))
    }

    async fn get_project(
        &self,
        request: Request<v1::GetProjectRequest>,
    ) -> Result<Response<v1::GetProjectResponse>, Status> {
        let owner = Identity::of(&request)?.account_id;
        let id = ProjectId::from_uuid(validate::uuid("id", &request.get_ref().id)?);
        let mut reader = self.db.reader().await?;
        let row = projects::find(&mut reader.conn(), owner, id).await?.ok_or(Error::NotFound)?;
        Ok(Response::new(v1::GetProjectResponse { project: Some(convert::project(row)) }))
    }

    async fn list_projects(
        &self,
        request: Request<v1::ListProjectsRequest>,
    ) -> Result<Response<v1::ListProjectsResponse>, Status> {
        let owner = Identity::of(&request)?.account_id;
        Ok(Response::new(list_projects::list(&self.db, owner, request.into_inner()).await?))
    }

    async fn update_project(
        &self,
        request: Request<v1::UpdateProjectRequest>,
    ) -> Result<Response<v1::UpdateProjectResponse>, Status> {
        let caller = Identity::of(&request)?.clone();
        let mut message = request.into_inner();
        let (request_id, group_id) = take_ids(&mut message.request_id, &mut message.group_id);
        if let Some(path) = validate::mask_paths(message.update_mask.as_ref())?.find(|path| *path != "name") {
            return Err(validate::unknown_path(path, &["name"]).into());
        }
        let project = message.project.clone().unwrap_or_default();
        let change = UpdateProject {
            id: ProjectId::from_uuid(validate::uuid("project.id", &project.id)?),
            name: validate::project_name(&project.name)?,
            expected_revision: validate::expected_revision(message.expected_revision)?,
        };
        let mut applied = self
            .change(&caller, (&request_id, &group_id), OperationKind::UpdateProject, &message, change)
            .await?;
        Ok(Response::new(v1::UpdateProjectResponse {
            operation_id: applied.operation_id(),
            project: Some(convert::project(applied.project()?)),
        }))
    }

    async fn delete_project(
        &self,
        request: Request<v1::DeleteProjectRequest>,
    ) -> Result<Response<v1::DeleteProjectResponse>, Status> {
        let caller = Identity::of(&request)?.clone();
        let mut message = request.into_inner();
        let (request_id, group_id) = take_ids(&mut message.request_id, &mut message.group_id);
        let change = DeleteProject { id: ProjectId::from_uuid(validate::uuid("id", &message.id)?) };
        let mut applied = self
            .change(&caller, (&request_id, &group_id), OperationKind::DeleteProject, &message, change)
            .await?;
        Ok(Response::new(v1::DeleteProjectResponse {
            operation_id: applied.operation_id(),
            deleted_todos: applied.deleted_todos,
            project: Some(convert::project(applied.project()?)),
        }))
    }
}
