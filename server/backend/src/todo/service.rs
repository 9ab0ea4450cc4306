//! The methods of `todo.v1.TodoService`: each has its request read, the change made, and answers.

use prost::Message;
use todo_model::clock::Clock;
use todo_proto::todo::v1::{self, todo_service_server::TodoService as Methods};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use super::{
    apply::Mutation,
    bulk::{SetTodoState, State},
    change_feed::ChangeFeed,
    convert::{self, View, results, small},
    convert_operation,
    create::CreateTodos,
    find, list_operations, list_projects, list_todos,
    move_todos::MoveTodos,
    mutation::{self, Applied, Change, Conflict},
    names::Target,
    projects::{CreateProject, DeleteProject, UndeleteProject, UpdateProject},
    purge::{EraseValues, PurgeTodos},
    requests::{ChangeRequest, SelectionRequest},
    undo::UndoOperation,
    update::UpdateTodos,
    validate::{self, Violations},
    watch::Watcher,
};
use crate::{
    error::{Error, ResourceKind, Result},
    identity::{Authenticator, Identity},
    ids::AccountId,
    rpc::Encoded,
    store::{
        db::Db,
        location::Retention,
        operations,
        projects::{self, Project},
    },
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

    /// GetTodo, in the bytes of its answer.
    pub(super) async fn get(
        &self,
        request: Request<v1::GetTodoRequest>,
    ) -> Result<Encoded<v1::GetTodoResponse>> {
        let owner = Identity::of(&request)?.account_id;
        let name = validate::todo_name("id", &request.get_ref().id)?;
        let mut reader = self.db.reader().await?;
        let conn = &mut reader.conn();
        let missing = || Error::missing(ResourceKind::Todo, name);
        let row = find::encoded(conn, owner, name).await?.ok_or_else(missing)?;
        if let Some(encoded) = convert::encoded(&row, self.db.retention())? {
            return Ok(encoded);
        }
        let row = find::todo(conn, owner, name).await?.ok_or_else(missing)?;
        let todo = Some(convert::full(&row, self.db.retention())?);
        Ok(Encoded::of(&v1::GetTodoResponse { todo }))
    }

    /// ListTodos, in the bytes of its answer.
    pub(super) async fn list(
        &self,
        request: Request<v1::ListTodosRequest>,
    ) -> Result<Encoded<v1::ListTodosResponse>> {
        let owner = Identity::of(&request)?.account_id;
        list_todos::list(&self.db, owner, request.into_inner()).await
    }

    /// Has a request read, makes the change once, and tells the watchers. `read` is given the caller's account and the time.
    async fn change<M: ChangeRequest, C: Change>(
        &self,
        request: Request<M>,
        read: impl FnOnce(&M, AccountId, Time) -> Result<C>,
    ) -> Result<(Applied, View)> {
        let caller = Identity::of(&request)?.clone();
        let owner = caller.account_id;
        let now = Time::now(&self.clock);
        let mut message = request.into_inner();
        let (request_id, group_id) = message.take_ids();
        // One answer names all that is wrong.
        let mut violations = Violations::default();
        let id = violations.keep(validate::operation_id(&request_id, now));
        let group_id = violations.keep(validate::optional_uuid("group_id", &group_id));
        let view = violations.keep(validate::view(message.view(), View::Reference));
        let change = violations.keep(read(&message, owner, now));
        let (Some(id), Some(group_id), Some(view), Some(change)) = (id, group_id, view, change) else {
            return Err(violations.into_error());
        };
        let request = mutation::Request::new(&caller, (id, group_id), now, &message);
        let applied = self.db.write_grouped(Mutation::new(request, change)).await?;
        if !message.validate_only() {
            self.feed.wake(owner);
        }
        Ok((applied, view))
    }

    /// Moves todos to a state, and answers with the results and the id of the operation.
    async fn set_state<M: ChangeRequest + SelectionRequest>(
        &self,
        request: Request<M>,
        state: State,
    ) -> Result<(Vec<v1::TodoResult>, String)> {
        let (applied, view) =
            self.change(request, |message, _, _| SetTodoState::read(message, state)).await?;
        self.answer(applied, view)
    }

    /// The results of a request about many todos, and the id of its operation.
    fn answer(&self, applied: Applied, view: View) -> Result<(Vec<v1::TodoResult>, String)> {
        let operation_id = applied.operation_id();
        Ok((results(applied.todos, view, self.db.retention(), 0)?, operation_id))
    }

    fn project(&self, row: Project) -> v1::Project {
        convert::project(row, self.db.retention())
    }

    /// Those that changed along with one.
    fn projects(&self, rows: Vec<Project>) -> Vec<v1::Project> {
        convert::projects(rows, self.db.retention(), HEAD_BYTES)
    }
}

/// Bytes that a response about a project and those below it takes without the latter, at most.
const HEAD_BYTES: usize = 4 * 1024;

#[tonic::async_trait]
impl Methods for TodoService {
    async fn create_todo(
        &self,
        request: Request<v1::CreateTodoRequest>,
    ) -> Result<Response<v1::CreateTodoResponse>, Status> {
        let (applied, _) = self.change(request, CreateTodos::read_one).await?;
        let operation_id = applied.operation_id();
        let todo = Some(convert::full(&applied.into_todo()?, self.db.retention())?);
        Ok(Response::new(v1::CreateTodoResponse { todo, operation_id }))
    }

    async fn batch_create_todos(
        &self,
        request: Request<v1::BatchCreateTodosRequest>,
    ) -> Result<Response<v1::BatchCreateTodosResponse>, Status> {
        let (applied, view) = self.change(request, CreateTodos::read).await?;
        let (results, operation_id) = self.answer(applied, view)?;
        Ok(Response::new(v1::BatchCreateTodosResponse { results, operation_id }))
    }

    async fn get_todo(
        &self,
        request: Request<v1::GetTodoRequest>,
    ) -> Result<Response<v1::GetTodoResponse>, Status> {
        Ok(Response::new(self.get(request).await?.decode()?))
    }

    async fn batch_get_todos(
        &self,
        request: Request<v1::BatchGetTodosRequest>,
    ) -> Result<Response<v1::BatchGetTodosResponse>, Status> {
        let owner = Identity::of(&request)?.account_id;
        let names = validate::todo_names(&request.get_ref().ids)?;
        let view = validate::view(request.get_ref().view, View::Full)?;
        let mut reader = self.db.reader().await?;
        let rows = find::named(&mut reader.conn(), owner, &names).await?;
        let outcomes = rows.into_iter().map(mutation::TodoOutcome::of_unchanged).collect();
        Ok(Response::new(v1::BatchGetTodosResponse {
            results: results(outcomes, view, self.db.retention(), 0)?,
        }))
    }

    async fn list_todos(
        &self,
        request: Request<v1::ListTodosRequest>,
    ) -> Result<Response<v1::ListTodosResponse>, Status> {
        Ok(Response::new(self.list(request).await?.decode()?))
    }

    async fn count_todos(
        &self,
        request: Request<v1::CountTodosRequest>,
    ) -> Result<Response<v1::CountTodosResponse>, Status> {
        let owner = Identity::of(&request)?.account_id;
        Ok(Response::new(list_todos::count(&self.db, owner, request.get_ref()).await?))
    }

    async fn update_todos(
        &self,
        request: Request<v1::UpdateTodosRequest>,
    ) -> Result<Response<v1::UpdateTodosResponse>, Status> {
        let (applied, view) = self.change(request, UpdateTodos::read).await?;
        let (results, operation_id) = self.answer(applied, view)?;
        Ok(Response::new(v1::UpdateTodosResponse { results, operation_id }))
    }

    async fn complete_todos(
        &self,
        request: Request<v1::CompleteTodosRequest>,
    ) -> Result<Response<v1::CompleteTodosResponse>, Status> {
        let (results, operation_id) = self.set_state(request, State::Completed).await?;
        Ok(Response::new(v1::CompleteTodosResponse { results, operation_id }))
    }

    async fn reopen_todos(
        &self,
        request: Request<v1::ReopenTodosRequest>,
    ) -> Result<Response<v1::ReopenTodosResponse>, Status> {
        let (results, operation_id) = self.set_state(request, State::NeedsAction).await?;
        Ok(Response::new(v1::ReopenTodosResponse { results, operation_id }))
    }

    async fn delete_todos(
        &self,
        request: Request<v1::DeleteTodosRequest>,
    ) -> Result<Response<v1::DeleteTodosResponse>, Status> {
        let (results, operation_id) = self.set_state(request, State::Deleted).await?;
        Ok(Response::new(v1::DeleteTodosResponse { results, operation_id }))
    }

    async fn restore_todos(
        &self,
        request: Request<v1::RestoreTodosRequest>,
    ) -> Result<Response<v1::RestoreTodosResponse>, Status> {
        let (results, operation_id) = self.set_state(request, State::Restored).await?;
        Ok(Response::new(v1::RestoreTodosResponse { results, operation_id }))
    }

    async fn purge_todos(
        &self,
        request: Request<v1::PurgeTodosRequest>,
    ) -> Result<Response<v1::PurgeTodosResponse>, Status> {
        let owner = Identity::of(&request)?.account_id;
        let (applied, _) = self.change(request, |message, _, _| PurgeTodos::read(message)).await?;
        // Nothing of the values is left when the caller is told so. Maintenance goes on where this is cut short.
        while self.db.write(EraseValues { owner }).await? {}
        let todos = applied
            .todos
            .iter()
            .map(|outcome| v1::PurgedTodo { id: outcome.id.to_string(), number: small(outcome.number) });
        Ok(Response::new(v1::PurgeTodosResponse { todos: todos.collect() }))
    }

    async fn move_todos(
        &self,
        request: Request<v1::MoveTodosRequest>,
    ) -> Result<Response<v1::MoveTodosResponse>, Status> {
        let (applied, view) = self.change(request, |message, _, _| MoveTodos::read(message)).await?;
        let (results, operation_id) = self.answer(applied, view)?;
        Ok(Response::new(v1::MoveTodosResponse { results, operation_id }))
    }

    type WatchChangesStream = ReceiverStream<Result<v1::WatchChangesResponse, Status>>;

    async fn watch_changes(
        &self,
        request: Request<v1::WatchChangesRequest>,
    ) -> Result<Response<Self::WatchChangesStream>, Status> {
        let identity = Identity::of(&request)?.clone();
        let watcher = Watcher::open(
            self.db.clone(),
            &self.feed,
            identity,
            self.authenticator.clone(),
            self.shutdown.clone(),
            &request,
        )
        .await?;
        Ok(Response::new(ReceiverStream::new(watcher.start())))
    }

    async fn undo_operation(
        &self,
        request: Request<v1::UndoOperationRequest>,
    ) -> Result<Response<v1::UndoOperationResponse>, Status> {
        let owner = Identity::of(&request)?.account_id;
        let target = validate::undo_target(request.get_ref().target.clone())?;
        let force = request.get_ref().force;
        let (mut applied, view) = self.change(request, |_, _, _| Ok(UndoOperation { target, force })).await?;
        // Forgotten, if this is a repeat from long after.
        let undone = applied.undone.take().ok_or(Error::NotFound)?;
        let remaining = match target {
            Target::Group(group) => {
                let mut reader = self.db.reader().await?;
                operations::count_of_group(&mut reader.conn(), owner, group).await?
            }
            Target::Operation(_) | Target::OwnNewest | Target::OwnNewestUndo => 0,
        };
        Ok(Response::new(undo_response(&undone, applied, view, self.db.retention(), remaining)?))
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
        let read = |message: &_, _, now| CreateProject::read(message, now);
        let (mut applied, _) = self.change(request, read).await?;
        let project = applied.take_project().ok_or(Error::NotFound)?;
        Ok(Response::new(v1::CreateProjectResponse {
            operation_id: applied.operation_id(),
            project: Some(self.project(project)),
        }))
    }

    async fn get_project(
        &self,
        request: Request<v1::GetProjectRequest>,
    ) -> Result<Response<v1::GetProjectResponse>, Status> {
        let owner = Identity::of(&request)?.account_id;
        let id = validate::project_id("id", &request.get_ref().id)?;
        let mut reader = self.db.reader().await?;
        let row = projects::find(&mut reader.conn(), owner, id).await?;
        let row = row.ok_or_else(|| Error::missing(ResourceKind::Project, id))?;
        Ok(Response::new(v1::GetProjectResponse { project: Some(self.project(row)) }))
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
        let (mut applied, _) = self.change(request, |message, _, _| UpdateProject::read(message)).await?;
        let project = applied.take_project().ok_or(Error::NotFound)?;
        Ok(Response::new(v1::UpdateProjectResponse {
            operation_id: applied.operation_id(),
            project: Some(self.project(project)),
            renamed_projects: self.projects(applied.projects),
        }))
    }

    async fn delete_project(
        &self,
        request: Request<v1::DeleteProjectRequest>,
    ) -> Result<Response<v1::DeleteProjectResponse>, Status> {
        let (mut applied, _) = self.change(request, |message, _, _| DeleteProject::read(message)).await?;
        let project = applied.take_project();
        Ok(Response::new(v1::DeleteProjectResponse {
            operation_id: applied.operation_id(),
            deleted_todos: small(applied.todos_along),
            project: project.map(|project| self.project(project)),
            deleted_projects: self.projects(applied.projects),
        }))
    }

    async fn undelete_project(
        &self,
        request: Request<v1::UndeleteProjectRequest>,
    ) -> Result<Response<v1::UndeleteProjectResponse>, Status> {
        let (mut applied, _) = self.change(request, |message, _, _| UndeleteProject::read(message)).await?;
        let project = applied.take_project().ok_or(Error::NotFound)?;
        Ok(Response::new(v1::UndeleteProjectResponse {
            operation_id: applied.operation_id(),
            undeleted_todos: small(applied.todos_along),
            project: Some(self.project(project)),
            undeleted_projects: self.projects(applied.projects),
        }))
    }
}

fn undo_response(
    undone: &operations::Operation,
    applied: Applied,
    view: View,
    retention: Retention,
    remaining: i64,
) -> Result<v1::UndoOperationResponse> {
    let conflict = |conflict: Conflict| v1::UndoConflict {
        id: conflict.id,
        number: small(conflict.number),
        field: conflict.field,
    };
    let changes = undone.changes()?;
    let counts = (changes.todos.len(), changes.projects.len());
    let mut response = v1::UndoOperationResponse {
        operation: Some(convert_operation::without_objects(undone, counts)),
        operation_id: applied.operation_id(),
        conflicts: applied.conflicts.into_iter().map(conflict).collect(),
        remaining_operations: small(remaining),
        ..v1::UndoOperationResponse::default()
    };
    let references = convert::result_bytes(&applied.todos);
    response.projects = convert::projects(applied.projects, retention, response.encoded_len() + references);
    // The log has it, too.
    let operation = convert_operation::summary(undone)?;
    if response.encoded_len() + references + operation.encoded_len() <= convert::RESPONSE_BYTES {
        response.operation = Some(operation);
    }
    let results = results(applied.todos, view, retention, response.encoded_len())?;
    Ok(v1::UndoOperationResponse { results, ..response })
}
