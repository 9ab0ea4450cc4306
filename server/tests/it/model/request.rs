//! The requests that change something, and what their responses have in common.

use todo_proto::todo::v1::{self, OperationKind, todo_service_client::TodoServiceClient};
use tonic::{Status, transport::Channel};

use crate::support::with_token;

pub(super) type Todos = TodoServiceClient<Channel>;

/// What a response says, whichever it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Answer {
    /// Of CreateTodo.
    pub(super) todo: Option<v1::Todo>,
    pub(super) results: Vec<v1::TodoResult>,
    pub(super) purged: Vec<v1::PurgedTodo>,
    /// The project of the request, then those that changed along.
    pub(super) projects: Vec<v1::Project>,
    pub(super) todos_along: i32,
    pub(super) undone: Option<v1::Operation>,
    pub(super) conflicts: Vec<v1::UndoConflict>,
    pub(super) remaining: i32,
    pub(super) operation_id: String,
}

/// A request of any kind.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Request {
    Create(v1::CreateTodoRequest),
    CreateMany(v1::BatchCreateTodosRequest),
    Update(v1::UpdateTodosRequest),
    Complete(v1::CompleteTodosRequest),
    Reopen(v1::ReopenTodosRequest),
    Delete(v1::DeleteTodosRequest),
    Restore(v1::RestoreTodosRequest),
    Purge(v1::PurgeTodosRequest),
    Move(v1::MoveTodosRequest),
    CreateProject(v1::CreateProjectRequest),
    UpdateProject(v1::UpdateProjectRequest),
    DeleteProject(v1::DeleteProjectRequest),
    UndeleteProject(v1::UndeleteProjectRequest),
    Undo(v1::UndoOperationRequest),
}

/// The same expression of a request of any kind.
macro_rules! of_any {
    ($request:expr, $message:ident => $value:expr) => {
        match $request {
            Request::Create($message) => $value,
            Request::CreateMany($message) => $value,
            Request::Update($message) => $value,
            Request::Complete($message) => $value,
            Request::Reopen($message) => $value,
            Request::Delete($message) => $value,
            Request::Restore($message) => $value,
            Request::Purge($message) => $value,
            Request::Move($message) => $value,
            Request::CreateProject($message) => $value,
            Request::UpdateProject($message) => $value,
            Request::DeleteProject($message) => $value,
            Request::UndeleteProject($message) => $value,
            Request::Undo($message) => $value,
        }
    };
}

/// The same expression of a request about todos that exist already.
macro_rules! of_selection {
    ($request:expr, $message:ident => $value:expr) => {
        match $request {
            Request::Update($message) => Some($value),
            Request::Complete($message) => Some($value),
            Request::Reopen($message) => Some($value),
            Request::Delete($message) => Some($value),
            Request::Restore($message) => Some($value),
            Request::Purge($message) => Some($value),
            Request::Move($message) => Some($value),
            _ => None,
        }
    };
}

/// The same expression of a request that says how much of its todos is to be answered.
macro_rules! of_viewed {
    ($request:expr, $message:ident => $value:expr) => {
        match $request {
            Request::CreateMany($message) => Some($value),
            Request::Update($message) => Some($value),
            Request::Complete($message) => Some($value),
            Request::Reopen($message) => Some($value),
            Request::Delete($message) => Some($value),
            Request::Restore($message) => Some($value),
            Request::Move($message) => Some($value),
            _ => None,
        }
    };
}

impl Request {
    pub(super) fn kind(&self) -> OperationKind {
        match self {
            Self::Create(_) | Self::CreateMany(_) => OperationKind::CreateTodos,
            Self::Update(_) => OperationKind::UpdateTodos,
            Self::Complete(_) => OperationKind::CompleteTodos,
            Self::Reopen(_) => OperationKind::ReopenTodos,
            Self::Delete(_) => OperationKind::DeleteTodos,
            Self::Restore(_) => OperationKind::RestoreTodos,
            Self::Purge(_) => OperationKind::PurgeTodos,
            Self::Move(_) => OperationKind::MoveTodos,
            Self::CreateProject(_) => OperationKind::CreateProject,
            Self::UpdateProject(_) => OperationKind::UpdateProject,
            Self::DeleteProject(_) => OperationKind::DeleteProject,
            Self::UndeleteProject(_) => OperationKind::UndeleteProject,
            Self::Undo(_) => OperationKind::UndoOperation,
        }
    }

    pub(super) fn id(&self) -> &str {
        of_any!(self, message => &message.request_id)
    }

    pub(super) fn set_id(&mut self, id: String) {
        of_any!(self, message => message.request_id = id);
    }

    /// Those of the messages that name a group do so for themselves; an undo names the one to take back.
    pub(super) fn group_id(&self) -> &str {
        match self {
            Self::Undo(_) => "",
            Self::Create(message) => &message.group_id,
            Self::CreateMany(message) => &message.group_id,
            Self::CreateProject(message) => &message.group_id,
            Self::UpdateProject(message) => &message.group_id,
            Self::DeleteProject(message) => &message.group_id,
            Self::UndeleteProject(message) => &message.group_id,
            selection => of_selection!(selection, message => &*message.group_id).unwrap_or_default(),
        }
    }

    pub(super) fn set_group(&mut self, id: String) {
        match self {
            Self::Undo(_) => {}
            Self::Create(message) => message.group_id = id,
            Self::CreateMany(message) => message.group_id = id,
            Self::CreateProject(message) => message.group_id = id,
            Self::UpdateProject(message) => message.group_id = id,
            Self::DeleteProject(message) => message.group_id = id,
            Self::UndeleteProject(message) => message.group_id = id,
            selection => {
                of_selection!(selection, message => message.group_id = id);
            }
        }
    }

    pub(super) fn validate_only(&self) -> bool {
        match self {
            Self::CreateMany(message) => message.validate_only,
            selection => of_selection!(selection, message => message.validate_only).unwrap_or_default(),
        }
    }

    /// Asks what would change; `false` if there is no such question.
    pub(super) fn only_validate(&mut self) -> bool {
        match self {
            Self::CreateMany(message) => message.validate_only = true,
            selection => return of_selection!(selection, message => message.validate_only = true).is_some(),
        }
        true
    }

    pub(super) fn view(&self) -> i32 {
        match self {
            Self::Undo(message) => message.view,
            viewed => of_viewed!(viewed, message => message.view).unwrap_or_default(),
        }
    }

    /// `false` if the response holds whole objects anyway.
    pub(super) fn set_view(&mut self, view: i32) -> bool {
        match self {
            Self::Undo(message) => message.view = view,
            viewed => return of_viewed!(viewed, message => message.view = view).is_some(),
        }
        true
    }

    /// Names of the todos that it is about.
    pub(super) fn ids(&self) -> &[String] {
        of_selection!(self, message => &message.ids[..]).unwrap_or_default()
    }

    /// The filter that its todos match, where it does not name them.
    pub(super) fn filter(&self) -> &str {
        of_selection!(self, message => &*message.filter).unwrap_or_default()
    }

    /// `false` if it is not about todos that exist already.
    pub(super) fn set_ids(&mut self, ids: Vec<String>) -> bool {
        of_selection!(self, message => message.ids = ids).is_some()
    }

    /// `false` if it is not about todos that exist already.
    pub(super) fn set_filter(&mut self, filter: &str) -> bool {
        of_selection!(self, message => filter.clone_into(&mut message.filter)).is_some()
    }

    /// Sends it once.
    pub(super) async fn send(&self, client: &mut Todos, token: &str) -> Result<Answer, Status> {
        /// Sends a message of a method whose response holds results.
        macro_rules! results {
            ($method:ident, $message:expr) => {{
                let response = client.$method(with_token(token, $message.clone())).await?.into_inner();
                Answer { results: response.results, operation_id: response.operation_id, ..Answer::default() }
            }};
        }
        Ok(match self {
            Self::CreateMany(message) => results!(batch_create_todos, message),
            Self::Update(message) => results!(update_todos, message),
            Self::Complete(message) => results!(complete_todos, message),
            Self::Reopen(message) => results!(reopen_todos, message),
            Self::Delete(message) => results!(delete_todos, message),
            Self::Restore(message) => results!(restore_todos, message),
            Self::Move(message) => results!(move_todos, message),
            Self::Create(message) => {
                let response = client.create_todo(with_token(token, message.clone())).await?.into_inner();
                Answer { todo: response.todo, operation_id: response.operation_id, ..Answer::default() }
            }
            Self::Purge(message) => {
                let response = client.purge_todos(with_token(token, message.clone())).await?.into_inner();
                Answer { purged: response.todos, ..Answer::default() }
            }
            Self::Undo(message) => {
                let response = client.undo_operation(with_token(token, message.clone())).await?.into_inner();
                Answer {
                    results: response.results,
                    projects: response.projects,
                    undone: response.operation,
                    conflicts: response.conflicts,
                    remaining: response.remaining_operations,
                    operation_id: response.operation_id,
                    ..Answer::default()
                }
            }
            _ => return self.send_about_project(client, token).await,
        })
    }

    async fn send_about_project(&self, client: &mut Todos, token: &str) -> Result<Answer, Status> {
        let (project, along, todos_along, operation_id) = match self {
            Self::CreateProject(message) => {
                let response = client.create_project(with_token(token, message.clone())).await?.into_inner();
                (response.project, Vec::new(), 0, response.operation_id)
            }
            Self::UpdateProject(message) => {
                let response = client.update_project(with_token(token, message.clone())).await?.into_inner();
                (response.project, response.renamed_projects, 0, response.operation_id)
            }
            Self::DeleteProject(message) => {
                let response = client.delete_project(with_token(token, message.clone())).await?.into_inner();
                (response.project, response.deleted_projects, response.deleted_todos, response.operation_id)
            }
            Self::UndeleteProject(message) => {
                let request = with_token(token, message.clone());
                let response = client.undelete_project(request).await?.into_inner();
                (
                    response.project,
                    response.undeleted_projects,
                    response.undeleted_todos,
                    response.operation_id,
                )
            }
            other => panic!("not about a project: {other:?}"),
        };
        let projects = project.into_iter().chain(along).collect();
        Ok(Answer { projects, todos_along, operation_id, ..Answer::default() })
    }
}
