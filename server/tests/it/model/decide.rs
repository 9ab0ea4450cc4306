//! What each request does to an account, or the code with which it is refused.

use std::collections::{BTreeSet, HashSet};

use jiff::tz::TimeZone;
use todo_model::grammar::{Filter, TodoView};
use todo_proto::todo::v1::{self, Todo, TodoStatus, move_todos_request::Place};
use tonic::Code;

use super::{
    request::{Answer, Request},
    state::{Account, By, Counted, Effect, Step},
    values,
};

/// What is decided, or why it is refused.
pub(super) type Decided<T> = Result<T, Code>;

impl Account {
    /// Decides on a request. What the server is free to choose, such as ids, is taken from its answer.
    pub(super) fn decide(&self, request: &Request, by: By, answer: &Answer) -> Decided<Effect> {
        match request {
            Request::Create(message) => {
                let chosen = answer.todo.as_ref().map(|todo| todo.id.clone());
                let new = v1::NewTodo {
                    todo: message.todo.clone(),
                    todo_id: message.todo_id.clone(),
                    import: None,
                };
                self.create(&[new], by, &chosen.into_iter().collect::<Vec<_>>())
            }
            Request::CreateMany(message) => {
                let ids: Vec<_> = answer.results.iter().map(|result| result.id.clone()).collect();
                self.create(&message.todos, by, &ids)
            }
            Request::Update(message) => self.update(message, by),
            Request::Complete(message) => self.complete(request, by, message.with_parts),
            Request::Reopen(message) => self.reopen(request, message.with_parts),
            Request::Delete(message) => self.delete(request, by, message),
            Request::Restore(message) => self.restore(request, message.with_parts),
            Request::Purge(message) => self.purge(request, message.allow_missing),
            Request::Move(message) => self.move_todos(request, message, answer),
            Request::CreateProject(message) => self.create_project(message, by, answer),
            Request::UpdateProject(message) => self.update_project(message),
            Request::DeleteProject(message) => self.delete_project(message, by),
            Request::UndeleteProject(message) => self.undelete_project(message),
            Request::Undo(message) => self.undo(message, by),
        }
    }

    /// The todos of a request, each once and in its order.
    pub(super) fn selected(&self, request: &Request, allow_missing: bool) -> Decided<Vec<Todo>> {
        if !request.filter().is_empty() {
            let filter = Filter::parse(request.filter()).unwrap();
            return Ok(self.todos.values().filter(|todo| self.matches(&filter, todo)).cloned().collect());
        }
        let mut seen = BTreeSet::new();
        let mut todos = Vec::new();
        for name in request.ids() {
            match self.find(name) {
                Some(todo) if seen.insert(todo.number) => todos.push(todo.clone()),
                None if !allow_missing => return Err(Code::NotFound),
                _ => {}
            }
        }
        Ok(todos)
    }

    fn matches(&self, filter: &Filter, todo: &Todo) -> bool {
        let uuid = |id: &str| id.parse().unwrap_or_default();
        let view = TodoView {
            id: uuid(&todo.id),
            number: todo.number.into(),
            project: uuid(&todo.project_id),
            parent: self.todo(&todo.parent_id).map(|parent| (uuid(&parent.id), parent.number.into())),
            title: &todo.title,
            notes: &todo.description,
            tags: &todo.tags,
            priority: u8::try_from(todo.priority).ok().filter(|priority| *priority > 0),
            is_done: todo.status() == TodoStatus::Completed,
            is_in_trash: self.is_trashed(todo),
            ..TodoView::default()
        };
        filter.matches(&view, &TimeZone::UTC)
    }

    /// Those of them that are all outside the trash.
    fn selected_live(&self, request: &Request) -> Decided<Vec<Todo>> {
        let todos = self.selected(request, false)?;
        if todos.iter().any(|todo| self.is_trashed(todo)) { Err(Code::NotFound) } else { Ok(todos) }
    }

    fn add_parts(&self, todos: &mut Vec<Todo>) {
        let roots: Vec<_> = todos.iter().map(|todo| todo.id.clone()).collect();
        todos.extend(self.parts(&roots).into_iter().filter(|part| !roots.contains(&part.id)));
    }

    fn complete(&self, request: &Request, by: By, with_parts: bool) -> Decided<Effect> {
        self.set_status(request, with_parts, |todo| {
            if todo.status() == TodoStatus::NeedsAction {
                todo.set_status(TodoStatus::Completed);
                todo.complete_time = Some(by.now);
            }
        })
        .map(|effect| Effect { counts: Some(Counted::Open), ..effect })
    }

    fn reopen(&self, request: &Request, with_parts: bool) -> Decided<Effect> {
        self.set_status(request, with_parts, |todo| {
            todo.set_status(TodoStatus::NeedsAction);
            todo.complete_time = None;
        })
    }

    fn set_status(&self, request: &Request, with_parts: bool, set: impl Fn(&mut Todo)) -> Decided<Effect> {
        let mut todos = self.selected_live(request)?;
        if with_parts {
            self.add_parts(&mut todos);
        }
        // Parts in the trash are left there.
        todos.retain(|todo| !self.is_trashed(todo));
        Ok(Effect { todos: changed(todos, set), ..Effect::default() })
    }

    fn delete(&self, request: &Request, by: By, message: &v1::DeleteTodosRequest) -> Decided<Effect> {
        let mut todos = self.selected(request, message.allow_missing)?;
        if message.with_parts {
            self.add_parts(&mut todos);
        }
        let todos = changed(todos, |todo| {
            if !self.is_trashed(todo) {
                todo.delete_time = Some(by.now);
            }
        });
        Ok(Effect { todos, counts: Some(Counted::OutsideTheTrash), ..Effect::default() })
    }

    /// Those whose project is gone come back in the Inbox, with their parts and without what they were parts of.
    fn restore(&self, request: &Request, with_parts: bool) -> Decided<Effect> {
        let mut todos = self.selected(request, false)?;
        if with_parts {
            self.add_parts(&mut todos);
        }
        let is_gone = |todo: &Todo| self.live_project(&todo.project_id).is_none();
        let moved = self.with_parts(todos.iter().filter(|todo| is_gone(todo)));
        let mut steps = changed(todos, |todo| {
            todo.delete_time = None;
            if is_gone(todo) {
                todo.project_id.clone_from(&self.inbox);
                if !moved.contains(&todo.parent_id) {
                    todo.parent_id.clear();
                }
            }
        });
        self.move_parts_along(&mut steps);
        Ok(Effect { todos: steps, ..Effect::default() })
    }

    fn purge(&self, request: &Request, allow_missing: bool) -> Decided<Effect> {
        let purged = self.selected(request, allow_missing)?;
        if !purged.iter().all(|todo| self.is_trashed(todo)) {
            return Err(Code::InvalidArgument);
        }
        Ok(Effect { purged, ..Effect::default() })
    }

    fn update(&self, message: &v1::UpdateTodosRequest, by: By) -> Decided<Effect> {
        let request = Request::Update(message.clone());
        let todos = self.selected_live(&request)?;
        let values = message.todo.clone().unwrap_or_default();
        let paths = message.update_mask.as_ref().map_or(&[][..], |mask| &mask.paths);
        let names = |path: &str| paths.iter().any(|named| named == path);
        let (mut project, mut parent) = (None, None);
        if names("project_id") {
            let id = if values.project_id.is_empty() { &self.inbox } else { &values.project_id };
            project = Some(id.clone());
        }
        if names("parent_id") {
            parent = Some(self.parent(&values.parent_id)?);
        }
        match parent.as_ref().and_then(Option::as_ref) {
            Some(parent) if project.as_ref().is_some_and(|project| *project != parent.project_id) => {
                return Err(Code::InvalidArgument);
            }
            Some(parent) => project = Some(parent.project_id.clone()),
            None => {
                if let Some(project) = &project {
                    self.live_project(project).ok_or(Code::InvalidArgument)?;
                }
            }
        }
        let parent = parent.map(|parent| parent.map_or_else(String::new, |parent| parent.id.clone()));
        if message.expected_revision != 0
            && todos.iter().any(|todo| todo.revision != message.expected_revision)
        {
            return Err(Code::Aborted);
        }
        let goes = |todo: &&Todo| project.as_ref().is_some_and(|project| *project != todo.project_id);
        let moved = self.with_parts(todos.iter().filter(goes));
        let mut steps = changed(todos, |todo| {
            values::apply(paths, &values, todo);
            values::change_tags(todo, &message.add_tags, &message.remove_tags);
            values::change_annotations(
                todo,
                &message.add_annotations,
                &message.remove_annotation_ids,
                by.now,
            );
            put(todo, project.as_ref(), parent.as_ref(), &moved);
        });
        let placed = Self::moved(&steps);
        for Step { before, after } in &steps {
            let is_new = before.as_ref().is_none_or(|before| before.parent_id != after.parent_id);
            if is_new && !after.parent_id.is_empty() && self.project_after(&steps, &placed, after).is_none() {
                return Err(Code::InvalidArgument);
            }
        }
        self.move_parts_along(&mut steps);
        Ok(Effect { todos: steps, ..Effect::default() })
    }

    /// What others are to be parts of; `None` for nothing.
    pub(super) fn parent(&self, name: &str) -> Decided<Option<&Todo>> {
        if name.is_empty() {
            return Ok(None);
        }
        let parent = self.find(name).filter(|parent| !self.is_trashed(parent));
        parent.map(Some).ok_or(Code::InvalidArgument)
    }

    /// Where exactly they end up is for the server to choose; [`Account::check_order`] looks whether that is right.
    fn move_todos(
        &self,
        request: &Request,
        message: &v1::MoveTodosRequest,
        answer: &Answer,
    ) -> Decided<Effect> {
        let todos = self.selected_live(request)?;
        let project = match &message.place {
            Some(Place::FirstIn(id) | Place::LastIn(id)) => {
                self.live_project(id).ok_or(Code::InvalidArgument)?.id.clone()
            }
            Some(Place::Before(name) | Place::After(name)) => {
                let anchor = self.parent(name)?.ok_or(Code::InvalidArgument)?;
                if todos.contains(anchor) {
                    return Err(Code::InvalidArgument);
                }
                anchor.project_id.clone()
            }
            None => return Err(Code::InvalidArgument),
        };
        let moved = self.with_parts(todos.iter().filter(|todo| todo.project_id != project));
        let answered = |id: &str| answer.results.iter().find(|result| result.id == id);
        let mut steps = changed(todos, |todo| {
            put(todo, Some(&project), None, &moved);
            // A question is answered whether they would move, and not where to.
            if message.validate_only && answered(&todo.id).is_some_and(|result| !result.unchanged) {
                todo.position.clear();
            }
        });
        self.move_parts_along(&mut steps);
        Ok(Effect { todos: steps, ..Effect::default() })
    }

    /// Parts go where what they are parts of goes.
    pub(super) fn move_parts_along(&self, steps: &mut Vec<Step<Todo>>) {
        let moves = |step: &&Step<Todo>| {
            step.before.as_ref().is_some_and(|before| before.project_id != step.after.project_id)
        };
        let roots: Vec<_> = steps.iter().filter(moves).map(|step| step.after.id.clone()).collect();
        for part in self.parts(&roots) {
            let at = |id: &str| steps.iter().position(|step| step.after.id == id);
            let index = at(&part.id).unwrap_or(steps.len());
            if index == steps.len() {
                steps.push(Step { before: Some(part.clone()), after: part });
            }
            let parent = steps.iter().find(|step| step.after.id == steps[index].after.parent_id);
            let project = parent.map(|parent| parent.after.project_id.clone());
            let Step { before, after } = &mut steps[index];
            // Unless it goes somewhere by itself.
            if let Some(project) = project
                && before.as_ref().is_some_and(|before| before.project_id == after.project_id)
            {
                after.project_id = project;
            }
        }
    }
}

/// Whether a todo is a part of the same, in the same project.
pub(super) fn is_same_place(before: &Todo, after: &Todo) -> bool {
    (&before.parent_id, &before.project_id) == (&after.parent_id, &after.project_id)
}

/// The steps of changing todos in this way.
pub(super) fn changed(todos: Vec<Todo>, change: impl Fn(&mut Todo)) -> Vec<Step<Todo>> {
    let step = |before: Todo| {
        let mut after = before.clone();
        change(&mut after);
        Step { before: Some(before), after }
    };
    todos.into_iter().map(step).collect()
}

/// Puts a todo into a project and under a parent, where they are given. In another project it is no longer a part of what
/// does not come along.
fn put(todo: &mut Todo, project: Option<&String>, parent: Option<&String>, moved: &HashSet<String>) {
    if let Some(parent) = parent {
        todo.parent_id.clone_from(parent);
    }
    if let Some(project) = project.filter(|project| **project != todo.project_id) {
        todo.project_id.clone_from(project);
        if parent.is_none() && !moved.contains(&todo.parent_id) {
            todo.parent_id.clear();
        }
    }
}
