//! CreateTodo and BatchCreateTodos: new todos, and those that an import brings once more.

use std::collections::BTreeSet;

use todo_proto::todo::v1::{Annotation, ExternalReference, NewTodo, Todo, TodoImport, TodoStatus};
use tonic::Code;

use super::{
    decide::Decided,
    state::{Account, By, Effect, Step},
    values,
};

impl Account {
    /// `ids` are those that the server answers.
    pub(super) fn create(&self, new: &[NewTodo], by: By, ids: &[String]) -> Decided<Effect> {
        let chosen = new.iter().map(|new| &new.todo_id).filter(|id| !id.is_empty());
        let mut seen = BTreeSet::new();
        for id in chosen {
            if !seen.insert(id) {
                return Err(Code::InvalidArgument);
            }
        }
        let known = self.known(new)?;
        for (new, known) in new.iter().zip(&known) {
            let is_used = self.todo(&new.todo_id).is_some() || self.purged.contains_key(&new.todo_id);
            if is_used && known.is_none_or(|known| known.id != new.todo_id) {
                return Err(Code::AlreadyExists);
            }
        }
        let (mut steps, mut new_ids): (Vec<Step<Todo>>, Vec<String>) = (Vec::new(), Vec::new());
        // The one that it had elsewhere, if that was never used.
        let number = |new: &NewTodo, steps: &[Step<Todo>]| {
            let numbers = || steps.iter().map(|step| step.after.number);
            let wanted = new.import.as_ref().map_or(0, |import| import.number);
            let is_used = |number| {
                self.todos.contains_key(&number) || self.purged.values().any(|purged| *purged == number)
            };
            if wanted > 0 && !is_used(wanted) && numbers().all(|number| number != wanted) {
                return wanted;
            }
            numbers().map(|number| number + 1).max().unwrap_or_default().max(self.next_number)
        };
        for (index, (new, known)) in new.iter().zip(known).enumerate() {
            let values = new.todo.clone().unwrap_or_default();
            let (project, parent) = self.place(&values, &new_ids, &steps)?;
            new_ids.push(new.todo_id.clone());
            let mut after = known.cloned().unwrap_or_else(|| Todo {
                id: if new.todo_id.is_empty() {
                    ids.get(index).cloned().unwrap_or_default()
                } else {
                    new.todo_id.clone()
                },
                number: number(new, &steps),
                status: TodoStatus::NeedsAction.into(),
                create_time: Some(by.now),
                update_time: Some(by.now),
                ..Todo::default()
            });
            let fields = ["title", "description", "priority", "due", "tags"].map(str::to_owned);
            values::apply(&fields, &values, &mut after);
            (after.project_id, after.parent_id, after.delete_time) = (project, parent, None);
            if let Some(import) = &new.import {
                apply_import(import, by, known.is_none(), &mut after);
            }
            steps.push(Step { before: known.cloned(), after });
        }
        // A part is where what it is a part of goes by the same request.
        let moved = Self::moved(&steps);
        for index in 0..steps.len() {
            let after = &steps[index].after;
            if !after.parent_id.is_empty() {
                let project = self.project_after(&steps, &moved, after).ok_or(Code::InvalidArgument)?;
                steps[index].after.project_id = project;
            }
        }
        self.move_parts_along(&mut steps);
        Ok(Effect { todos: steps, ..Effect::default() })
    }

    /// The todos that the references name, each once.
    fn known(&self, new: &[NewTodo]) -> Decided<Vec<Option<&Todo>>> {
        let mut references = BTreeSet::new();
        let mut named = BTreeSet::new();
        let mut known = Vec::new();
        for new in new {
            let mut todos = BTreeSet::new();
            for ExternalReference { source, external_id } in
                new.import.iter().flat_map(|import| &import.references)
            {
                let reference = (source.clone(), external_id.clone());
                todos.extend(self.references.get(&reference).cloned());
                if !references.insert(reference) {
                    return Err(Code::InvalidArgument);
                }
            }
            if todos.len() > 1 || todos.iter().any(|id| !named.insert(id.clone())) {
                return Err(Code::InvalidArgument);
            }
            known.push(todos.first().and_then(|id| self.todo(id)));
        }
        Ok(known)
    }

    /// Project and parent of a todo, which may be a part of one that stands before it, also by the id that it would have if it were
    /// new.
    fn place(&self, values: &Todo, new_ids: &[String], steps: &[Step<Todo>]) -> Decided<(String, String)> {
        let name = &values.parent_id;
        let is_it = |(new_id, step): &(&String, &Step<Todo>)| {
            [*new_id, &step.after.id, &step.after.number.to_string()].contains(&name)
        };
        let earlier = new_ids.iter().zip(steps).rfind(is_it);
        let parent = match earlier.filter(|_| !name.is_empty()) {
            Some((_, step)) => Some(&step.after),
            None => self.parent(name)?,
        };
        match parent {
            Some(parent) if !["", &*parent.project_id].contains(&&*values.project_id) => {
                Err(Code::InvalidArgument)
            }
            Some(parent) => Ok((parent.project_id.clone(), parent.id.clone())),
            None if values.project_id.is_empty() => Ok((self.inbox.clone(), String::new())),
            None => match self.live_project(&values.project_id) {
                Some(project) => Ok((project.id.clone(), String::new())),
                None => Err(Code::InvalidArgument),
            },
        }
    }
}

fn apply_import(import: &TodoImport, by: By, is_new: bool, todo: &mut Todo) {
    if is_new {
        todo.create_time = import.create_time.or(todo.create_time);
        todo.update_time = import.update_time.or(todo.update_time);
    }
    if import.status() == TodoStatus::Completed {
        todo.complete_time = import.complete_time.or(todo.complete_time).or(Some(by.now));
        todo.set_status(TodoStatus::Completed);
    } else {
        todo.complete_time = None;
        todo.set_status(TodoStatus::NeedsAction);
    }
    for Annotation { text, create_time, .. } in &import.annotations {
        let new = Annotation {
            id: String::new(),
            text: text.trim().to_owned(),
            create_time: Some(create_time.unwrap_or(by.now)),
        };
        let is_it = |note: &Annotation| (&note.text, note.create_time) == (&new.text, new.create_time);
        if !todo.annotations.iter().any(is_it) {
            todo.annotations.push(new);
        }
    }
    todo.extras.clone_from(&import.extras);
    let mut references = import.references.clone();
    references.sort_by_key(|name| (name.source.clone(), name.external_id.clone()));
    let new = references.into_iter().filter(|name| !todo.references.contains(name)).collect::<Vec<_>>();
    todo.references.extend(new);
}
