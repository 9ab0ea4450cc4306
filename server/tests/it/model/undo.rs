//! UndoOperation: what it takes back, and where it cannot.

use todo_proto::todo::v1::{
    self, OperationKind, OwnOperation, Project, Todo, UndoConflict, undo_operation_request::Target,
};
use tonic::Code;

use super::{
    decide::{Decided, is_same_place},
    state::{Account, By, Effect, Operation, Step, Undo},
    values::{self, Field},
};

/// What has changed since.
struct Conflicts {
    /// Whether the rest is undone all the same.
    force: bool,
    found: Vec<UndoConflict>,
}

impl Conflicts {
    fn add(&mut self, id: &str, number: i32, field: &str) -> Decided<()> {
        if !self.force {
            return Err(Code::Aborted);
        }
        self.found.push(UndoConflict { id: id.into(), number, field: field.into() });
        Ok(())
    }

    fn todo(&mut self, todo: &Todo, field: Field) -> Decided<()> {
        self.add(&todo.id, todo.number, field.name())
    }
}

impl Account {
    pub(super) fn undo(&self, message: &v1::UndoOperationRequest, by: By) -> Decided<Effect> {
        let operation = self.target(message, by.actor).ok_or(Code::NotFound)?;
        if !operation.is_in_effect() {
            return Err(Code::Aborted);
        }
        let mut conflicts = Conflicts { force: message.force, found: Vec::new() };
        let projects = self.undo_projects(operation, by, &mut conflicts)?;
        let mut todos = self.undo_todos(operation, by, &mut conflicts)?;
        self.check_places(operation, &mut todos, &mut conflicts)?;
        let is_change = todos.iter().any(Step::is_change) || projects.iter().any(Step::is_change);
        // Of what was purged nothing will ever be undone.
        if !is_change && conflicts.found.iter().any(|conflict| !conflict.field.is_empty()) {
            return Err(Code::Aborted);
        }
        let undo = Undo {
            target: operation.id().to_owned(),
            is_redo: operation.kind == OperationKind::UndoOperation,
            undone: self.undone(operation, &message.request_id),
            conflicts: conflicts.found,
        };
        Ok(Effect { todos, projects, undo: Some(undo), ..Effect::default() })
    }

    fn target(&self, message: &v1::UndoOperationRequest, actor: usize) -> Option<&Operation> {
        let mut newest = self.operations.iter().rev();
        match message.target.as_ref()? {
            Target::OperationId(id) => self.operation(id).filter(|operation| operation.is_change()),
            Target::GroupId(id) => {
                newest.find(|operation| operation.request.group_id() == id && operation.is_in_effect())
            }
            Target::Own(own) => {
                let mut own_newest =
                    newest.filter(|operation| operation.actor == actor && operation.is_change());
                let is_change_in_effect =
                    |operation: &Operation| operation.undoes.is_none() && operation.undone_by.is_none();
                if *own == i32::from(OwnOperation::Newest) {
                    return own_newest
                        .find(|operation| is_change_in_effect(operation) && operation.is_in_effect());
                }
                let is_undo = |operation: &Operation| {
                    operation.kind == OperationKind::UndoOperation && operation.undone_by.is_none()
                };
                own_newest
                    .find(|operation| is_undo(operation) || is_change_in_effect(operation))
                    .filter(|operation| is_undo(operation))
            }
        }
    }

    /// Where an undo is taken back, what it took back is in effect again, and so on.
    fn undone(&self, operation: &Operation, by: &str) -> Vec<(String, Option<String>)> {
        let mut undone = vec![(operation.id().to_owned(), Some(by.to_owned()))];
        let mut next = operation.undoes.clone();
        while let Some(id) = next {
            next = self.operation(&id).and_then(|operation| operation.undoes.clone());
            let is_undone = undone.len() % 2 == 0;
            undone.push((id, is_undone.then(|| by.to_owned())));
        }
        undone
    }

    fn undo_todos(
        &self,
        operation: &Operation,
        by: By,
        conflicts: &mut Conflicts,
    ) -> Decided<Vec<Step<Todo>>> {
        let mut steps = Vec::new();
        for done in &operation.todos {
            let Some(before) = self.todo(&done.after.id) else {
                conflicts.add(&done.after.id, done.after.number, "")?;
                continue;
            };
            let mut after = before.clone();
            match &done.before {
                // To the trash, whatever has changed since.
                None => after.delete_time = after.delete_time.or(Some(by.now)),
                Some(earlier) => undo_fields(&mut after, earlier, &done.after, conflicts)?,
            }
            steps.push(Step { before: Some(before.clone()), after });
        }
        Ok(steps)
    }

    fn undo_projects(
        &self,
        operation: &Operation,
        by: By,
        conflicts: &mut Conflicts,
    ) -> Decided<Vec<Step<Project>>> {
        let mut steps = Vec::new();
        for done in &operation.projects {
            let before = self.project(&done.after.id).unwrap();
            let mut after = before.clone();
            match &done.before {
                None if self.count_in(&before.id) > 0 => conflicts.add(&before.id, 0, "delete_time")?,
                None => after.delete_time = after.delete_time.or(Some(by.now)),
                Some(earlier) => {
                    if earlier.name != done.after.name {
                        if before.name == done.after.name {
                            after.name.clone_from(&earlier.name);
                        } else {
                            conflicts.add(&before.id, 0, "name")?;
                        }
                    }
                    if earlier.delete_time != done.after.delete_time {
                        if before.delete_time == done.after.delete_time {
                            after.delete_time = earlier.delete_time;
                        } else {
                            conflicts.add(&before.id, 0, "delete_time")?;
                        }
                    }
                }
            }
            steps.push(Step { before: Some(before.clone()), after });
        }
        // One that stays as it is may be in the way of others.
        loop {
            let found = conflicts.found.len();
            for index in 0..steps.len() {
                let Step { before: Some(before), after }: &Step<Project> = &steps[index] else { continue };
                if before != after && self.is_name_taken(&steps, after) {
                    conflicts.add(&before.id, 0, "name")?;
                    steps[index].after = before.clone();
                }
            }
            if conflicts.found.len() == found {
                return Ok(steps);
            }
        }
    }

    /// Todos come back only into projects that are there, or were not there before the operation either, and under parents
    /// that can have them and are in the same project.
    fn check_places(
        &self,
        operation: &Operation,
        steps: &mut Vec<Step<Todo>>,
        conflicts: &mut Conflicts,
    ) -> Decided<()> {
        for step in &mut *steps {
            let before = step.before.clone().unwrap();
            let is_back =
                before.project_id != step.after.project_id || before.delete_time != step.after.delete_time;
            let project = self.project(&step.after.project_id);
            let is_gone = project
                .is_none_or(|project| project.delete_time.is_some() && project.revision > operation.revision);
            if is_back && step.after.delete_time.is_none() && is_gone {
                conflicts.todo(&before, Field::ProjectId)?;
                for field in [Field::DeleteTime, Field::ParentId, Field::ProjectId] {
                    field.copy(&before, &mut step.after);
                }
            }
        }
        self.check_trees(steps, conflicts)?;
        self.move_parts_along(steps);
        self.check_references(steps, conflicts)
    }

    /// Todos stay where they are in trees and projects if they cannot go back. One that stays may be in the way of others.
    fn check_trees(&self, steps: &mut [Step<Todo>], conflicts: &mut Conflicts) -> Decided<()> {
        loop {
            let found = conflicts.found.len();
            let moved = Self::moved(steps);
            for index in 0..steps.len() {
                let Step { before: Some(before), after } = &steps[index] else { continue };
                let project = self.project_after(steps, &moved, after);
                if after.parent_id.is_empty()
                    || is_same_place(before, after)
                    || project.is_some_and(|project| project == after.project_id)
                {
                    continue;
                }
                conflicts.todo(before, Field::ParentId)?;
                let before = before.clone();
                Field::ParentId.copy(&before, &mut steps[index].after);
                Field::ProjectId.copy(&before, &mut steps[index].after);
            }
            if conflicts.found.len() == found {
                return Ok(());
            }
        }
    }

    /// What another todo is called by now stays with that.
    fn check_references(&self, steps: &mut [Step<Todo>], conflicts: &mut Conflicts) -> Decided<()> {
        for Step { before, after } in steps {
            let Some(before) = before.as_ref().filter(|before| !Field::Extras.is_same(before, after)) else {
                continue;
            };
            let is_others = |name: &v1::ExternalReference| {
                let named = self.references.get(&(name.source.clone(), name.external_id.clone()));
                named.is_some_and(|named| *named != after.id)
            };
            if after.references.iter().any(is_others) {
                conflicts.todo(before, Field::Extras)?;
                Field::Extras.copy(before, after);
            }
        }
        Ok(())
    }
}

/// Restores what a change gave up, where the todo still has what the change gave it.
fn undo_fields(todo: &mut Todo, before: &Todo, after: &Todo, conflicts: &mut Conflicts) -> Decided<()> {
    for field in Field::ALL.into_iter().filter(|field| !field.is_same(before, after)) {
        match field {
            Field::Tags => match values::undo_tags(&todo.tags, &before.tags, &after.tags) {
                Some(tags) => todo.tags = tags,
                None => conflicts.todo(todo, field)?,
            },
            Field::Annotations => {
                match values::undo_annotations(&todo.annotations, &before.annotations, &after.annotations) {
                    Some(notes) => todo.annotations = notes,
                    None => conflicts.todo(todo, field)?,
                }
            }
            _ if field.is_same(todo, after) => field.copy(before, todo),
            _ => conflicts.todo(todo, field)?,
        }
    }
    Ok(())
}
