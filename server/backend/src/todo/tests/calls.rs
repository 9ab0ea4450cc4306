//! More calls of a [`Person`], and what tests ask of the database itself.

use v1::move_todos_request::Place;

use super::*;
use crate::store::{
    conn::on_engine,
    invariants,
    todo_accounts::{self, TodoAccount},
};

impl Person {
    async fn batch_create(
        &self,
        message: v1::BatchCreateTodosRequest,
    ) -> Result<v1::BatchCreateTodosResponse, Status> {
        self.service.batch_create_todos(self.request(message)).await.map(Response::into_inner)
    }

    /// Creates todos in one batch.
    pub(super) async fn add_all(&self, todos: Vec<v1::NewTodo>) -> Result<Changed, Status> {
        self.add_all_as(todos, new_id()).await
    }

    pub(super) async fn add_all_as(
        &self,
        todos: Vec<v1::NewTodo>,
        request_id: String,
    ) -> Result<Changed, Status> {
        self.add_batch(v1::BatchCreateTodosRequest { todos, request_id, ..Default::default() }).await
    }

    pub(super) async fn add_batch(&self, message: v1::BatchCreateTodosRequest) -> Result<Changed, Status> {
        let message = v1::BatchCreateTodosRequest { view: v1::TodoView::Full.into(), ..message };
        let response = self.batch_create(message).await?;
        Ok(Changed::of(response.results, response.operation_id))
    }

    /// Creates todos that have titles only.
    pub(super) async fn add_titled(&self, titles: &[&str]) -> Vec<v1::Todo> {
        self.add_all(titles.iter().map(|title| new_todo(titled(title))).collect()).await.unwrap().todos
    }

    /// Creates a todo that is a part of another one.
    pub(super) async fn add_part(&self, title: &str, parent: &v1::Todo) -> v1::Todo {
        let part = v1::Todo { parent_id: parent.id.clone(), ..titled(title) };
        self.create(part).await.unwrap().todo.unwrap()
    }

    /// Creates a todo in a project.
    pub(super) async fn add_in(&self, project: &v1::Project, title: &str) -> v1::Todo {
        let todo = v1::Todo { project_id: project.id.clone(), ..titled(title) };
        self.create(todo).await.unwrap().todo.unwrap()
    }

    /// Creates a project.
    pub(super) async fn project(&self, name: &str) -> v1::Project {
        self.add_project(name).await.unwrap().project.unwrap()
    }

    /// Creates many projects, some at a time.
    pub(super) async fn add_projects(&self, names: &[String]) {
        for names in names.chunks(100) {
            let added = names.iter().map(|name| self.project(name));
            futures_util::future::join_all(added).await;
        }
    }

    pub(super) async fn get_all(&self, ids: &[&str]) -> Result<Vec<v1::Todo>, Status> {
        let message = v1::BatchGetTodosRequest { ids: strings(ids), view: v1::TodoView::Full.into() };
        let response = self.service.batch_get_todos(self.request(message)).await?.into_inner();
        Ok(response.results.into_iter().filter_map(|result| result.todo).collect())
    }

    pub(super) async fn move_to(&self, ids: &[&str], place: Place) -> Result<Changed, Status> {
        let message = v1::MoveTodosRequest {
            ids: strings(ids),
            place: Some(place),
            view: v1::TodoView::Full.into(),
            ..Default::default()
        };
        let response = self.service.move_todos(self.request(message)).await?.into_inner();
        Ok(Changed::of(response.results, response.operation_id))
    }

    /// Moves todos to another project by changing the field.
    pub(super) async fn set_project(&self, ids: &[&str], project_id: &str) -> Result<Changed, Status> {
        let todo = v1::Todo { project_id: project_id.into(), ..Default::default() };
        let message = v1::UpdateTodosRequest { ids: strings(ids), ..patch(todo, &["project_id"]) };
        self.update_todos(message).await
    }

    pub(super) async fn complete_tree(&self, ids: &[&str]) -> Result<Changed, Status> {
        let (view, with_parts) = (v1::TodoView::Full.into(), true);
        let message = v1::CompleteTodosRequest { ids: strings(ids), view, with_parts, ..Default::default() };
        let response = self.service.complete_todos(self.request(message)).await?.into_inner();
        Ok(Changed::of(response.results, response.operation_id))
    }

    pub(super) async fn reopen_tree(&self, ids: &[&str]) -> Result<Changed, Status> {
        let (view, with_parts) = (v1::TodoView::Full.into(), true);
        let message = v1::ReopenTodosRequest { ids: strings(ids), view, with_parts, ..Default::default() };
        let response = self.service.reopen_todos(self.request(message)).await?.into_inner();
        Ok(Changed::of(response.results, response.operation_id))
    }

    pub(super) async fn delete_tree(&self, ids: &[&str]) -> Result<Changed, Status> {
        let (view, with_parts) = (v1::TodoView::Full.into(), true);
        let message = v1::DeleteTodosRequest { ids: strings(ids), view, with_parts, ..Default::default() };
        let response = self.service.delete_todos(self.request(message)).await?.into_inner();
        Ok(Changed::of(response.results, response.operation_id))
    }

    pub(super) async fn restore_tree(&self, ids: &[&str]) -> Result<Changed, Status> {
        let (view, with_parts) = (v1::TodoView::Full.into(), true);
        let message = v1::RestoreTodosRequest { ids: strings(ids), view, with_parts, ..Default::default() };
        let response = self.service.restore_todos(self.request(message)).await?.into_inner();
        Ok(Changed::of(response.results, response.operation_id))
    }

    pub(super) async fn undelete_project(&self, id: &str) -> Result<v1::UndeleteProjectResponse, Status> {
        let message = v1::UndeleteProjectRequest { id: id.into(), ..Default::default() };
        self.service.undelete_project(self.request(message)).await.map(Response::into_inner)
    }

    pub(super) async fn force_undo(&self, operation_id: &str) -> Result<Undone, Status> {
        self.undo_target(Target::OperationId(operation_id.into()), true, new_id()).await
    }

    pub(super) async fn undo_group(&self, group_id: &str, force: bool) -> Result<Undone, Status> {
        self.undo_target(Target::GroupId(group_id.into()), force, new_id()).await
    }

    /// The account's row and how many operations there are: what no refused request moves.
    pub(super) async fn state(&self, test_db: &TestDb) -> (TodoAccount, i64) {
        const SQL: &str = "SELECT count(*) FROM operations WHERE account_id = $1";
        let mut reader = test_db.db.reader().await.unwrap();
        let account = todo_accounts::find(&mut reader.conn(), self.account).await.unwrap().unwrap();
        let count = on_engine!(&mut reader.conn(), c => sqlx::query_scalar(SQL).bind(self.account).fetch_one(c).await);
        (account, count.unwrap())
    }
}

/// What every test leaves behind holds together.
pub(super) async fn assert_sound(test_db: &TestDb) {
    let mut reader = test_db.db.reader().await.unwrap();
    assert_eq!(invariants::violated(&mut reader.conn()).await.unwrap(), []);
}

pub(super) fn new_todo(todo: v1::Todo) -> v1::NewTodo {
    v1::NewTodo { todo: Some(todo), ..Default::default() }
}

/// A request to change fields of todos that are still to be named.
pub(super) fn patch(todo: v1::Todo, paths: &[&str]) -> v1::UpdateTodosRequest {
    v1::UpdateTodosRequest {
        todo: Some(todo),
        update_mask: Some(prost_types::FieldMask { paths: strings(paths) }),
        ..Default::default()
    }
}

pub(super) fn ids_of(todos: &[v1::Todo]) -> Vec<&str> {
    todos.iter().map(|todo| &*todo.id).collect()
}

pub(super) fn titles_of(todos: &[v1::Todo]) -> Vec<&str> {
    todos.iter().map(|todo| &*todo.title).collect()
}
