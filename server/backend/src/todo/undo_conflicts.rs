//! What an undo finds changed since the operation that it takes back.

use super::mutation::Conflict;
use crate::{
    error::{Error, Result},
    store::{
        project_fields::ProjectField, projects::Project, recorded_changes::Changed, todo_fields::TodoField,
        todos::Todo,
    },
};

/// What has changed since the operation.
pub(super) struct Conflicts {
    /// Whether the rest is undone all the same.
    pub(super) force: bool,
    pub(super) found: Vec<Conflict>,
}

impl Conflicts {
    pub(super) fn todo(&mut self, todo: &Todo, field: TodoField) -> Result<()> {
        self.add_todo(
            todo,
            field,
            match field {
                TodoField::ProjectId => "is in another project by now",
                TodoField::ParentId => "is a part of something else by now",
                TodoField::Title => "has another title by now",
                TodoField::Description => "has another description by now",
                TodoField::Priority => "has another priority by now",
                TodoField::Due => "has another due date by now",
                TodoField::Tags => "has other tags by now",
                TodoField::Position => "is in another place by now",
                TodoField::CompleteTime => "was completed or reopened since",
                TodoField::DeleteTime => "was deleted or restored since",
                TodoField::Annotations => "has other annotations by now",
                TodoField::Extras => "was imported again since",
            },
        )
    }

    pub(super) fn add_todo(&mut self, todo: &Todo, field: TodoField, why: &str) -> Result<()> {
        let conflict = Conflict { id: todo.id.to_string(), number: todo.number, field: field.name().into() };
        self.add(conflict, || format!("Todo {} {why}, so the change cannot be undone.", todo.number))
    }

    pub(super) fn project(&mut self, project: &Project, field: ProjectField, why: &str) -> Result<()> {
        let conflict = Conflict { id: project.id.to_string(), number: 0, field: field.name().into() };
        self.add(conflict, || why.to_owned())
    }

    pub(super) fn purged(&mut self, changed: &Changed) -> Result<()> {
        let id = changed.todo_id()?.to_string();
        let conflict = Conflict { id, number: changed.number, field: String::new() };
        self.add(conflict, || {
            let what = match &*changed.name {
                // Erased, with all else that the log said of it.
                "" => format!("Todo {}", changed.number),
                name => format!("\u{201c}{name}\u{201d}"),
            };
            format!("{what} was deleted for good, so the change cannot be undone.")
        })
    }

    /// Whether all that has changed is gone for good: then waiting changes nothing.
    pub(super) fn are_final(&self) -> bool {
        self.found.iter().all(|conflict| conflict.field.is_empty())
    }

    fn add(&mut self, conflict: Conflict, sentence: impl FnOnce() -> String) -> Result<()> {
        if !self.force {
            return Err(Error::Aborted(sentence().into()));
        }
        self.found.push(conflict);
        Ok(())
    }
}
