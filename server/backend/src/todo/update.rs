//! UpdateTodos: the same change to one todo or many.

use std::collections::HashSet;

use todo_model::{limits, text};
use todo_proto::todo::v1;
use uuid::Uuid;

use super::{
    find,
    mutation::{Change, Effect, Request, Step},
    names::Selection,
    patch::{self, Patch},
    tree,
    validate::{self, Violations},
};
use crate::{
    error::{Error, Result},
    ids::{self, AccountId, ProjectId, TodoId},
    store::{
        annotations::{self, Annotation},
        conn::Conn,
        projects,
        todo_accounts::TodoAccount,
        todos::Todo,
    },
    time::Time,
    validation::{in_field, uuid},
};

/// Todos to be changed.
pub(crate) struct UpdateTodos {
    selection: Selection,
    patch: Patch,
    add_tags: Vec<String>,
    remove_tags: Vec<String>,
    add_annotations: Vec<(Uuid, String)>,
    remove_annotations: Vec<Uuid>,
    /// The revision that the one todo must have, if that matters.
    expected_revision: Option<i64>,
}

impl UpdateTodos {
    /// Reads a request.
    pub(crate) fn read(request: &v1::UpdateTodosRequest, owner: AccountId, now: Time) -> Result<Self> {
        let mut violations = Violations::default();
        let selection = violations.keep(validate::selection(request));
        let paths = request.update_mask.as_ref().map_or(&[][..], |mask| &mask.paths);
        let none = v1::Todo::default();
        let todo = request.todo.as_ref().unwrap_or(&none);
        let inbox = projects::inbox_of(owner);
        let patch = violations.keep(Patch::read(todo, paths.iter().map(String::as_str), inbox));
        let single = [
            request.add_tags.len(),
            request.remove_tags.len(),
            request.add_annotations.len(),
            request.remove_annotation_ids.len(),
        ];
        if paths.is_empty() && single == [0; 4] {
            violations.keep::<()>(Err(Error::invalid("update_mask", "Must name at least one field.")));
        }
        if paths.iter().any(|path| path == "tags") && (single[0] > 0 || single[1] > 0) {
            violations.keep::<()>(Err(Error::invalid(
                "update_mask",
                "Replaces all tags, where others are to be added or removed. Do one of them.",
            )));
        }
        let add_tags = violations.keep(patch::tags("add_tags", &request.add_tags));
        let remove_tags = violations.keep(patch::tags("remove_tags", &request.remove_tags));
        let add_annotations = violations.keep(new_annotations(&request.add_annotations, now));
        let remove_annotations = violations.keep(annotation_ids(&request.remove_annotation_ids));
        let expected_revision =
            violations.keep(validate::expected_revision(request.expected_revision)).flatten();
        if expected_revision.is_some() && selection.as_ref().is_some_and(|selection| !selection.is_one()) {
            violations.keep::<()>(Err(Error::invalid("expected_revision", "Needs exactly one id.")));
        }
        let (
            Some(selection),
            Some(patch),
            Some(add_tags),
            Some(remove_tags),
            Some(add_annotations),
            Some(remove_annotations),
        ) = (selection, patch, add_tags, remove_tags, add_annotations, remove_annotations)
        else {
            return Err(violations.into_error());
        };
        violations.or(Self {
            selection,
            patch,
            add_tags,
            remove_tags,
            add_annotations,
            remove_annotations,
            expected_revision,
        })
    }
}

impl Change for UpdateTodos {
    async fn decide(
        &self,
        request: &Request,
        account: &mut TodoAccount,
        conn: &mut Conn<'_>,
    ) -> Result<Effect> {
        let todos = self.selection.find(account, conn).await?;
        if let Some(trashed) = todos.iter().find(|todo| todo.trash_time().is_some()) {
            return Err(find::not_found(&self.selection, trashed));
        }
        let place = self.place(request.owner, conn).await?;
        let moved = place.moved(&todos, request.owner, conn).await?;
        let mut steps = Vec::with_capacity(todos.len());
        for before in todos {
            if self.expected_revision.is_some_and(|expected| expected != before.revision) {
                return Err(Error::Aborted("The todo has changed since you read it. Read it again.".into()));
            }
            let mut after = before.clone();
            self.patch.apply(&mut after)?;
            patch::change_tags(&mut after, &self.add_tags, &self.remove_tags)?;
            self.change_annotations(&mut after, request.now)?;
            place.apply(&mut after, &moved);
            steps.push(Step::change(before, after));
        }
        tree::check_parents(conn, request.owner, &steps).await?;
        tree::move_parts_along(conn, request, &mut steps).await?;
        Ok(Effect { todos: steps, ..Effect::default() })
    }
}

impl UpdateTodos {
    /// Where the todos go.
    async fn place(&self, owner: AccountId, conn: &mut Conn<'_>) -> Result<Place> {
        let project = self.patch.project_id;
        Ok(match self.patch.parent {
            Some(Some(name)) => {
                let parent = tree::find_parent(conn, owner, "todo.parent_id", name).await?;
                if project.is_some_and(|project| project != parent.project_id) {
                    return Err(Error::invalid("todo.project_id", "Must be the project of the parent."));
                }
                Place { project: Some(parent.project_id), parent: Some(Some(parent.id)) }
            }
            parent => {
                if let Some(project) = project {
                    find::live_project(conn, owner, "todo.project_id", project).await?;
                }
                Place { project, parent: parent.map(|_| None) }
            }
        })
    }

    fn change_annotations(&self, todo: &mut Todo, now: Time) -> Result<()> {
        if self.add_annotations.is_empty() && self.remove_annotations.is_empty() {
            return Ok(());
        }
        let mut notes = Vec::new();
        for note in annotations::decode(todo.annotations.as_deref())? {
            if !self.remove_annotations.contains(&note.id()?) {
                notes.push(note);
            }
        }
        notes.extend(self.add_annotations.iter().map(|(id, text)| Annotation::new(*id, text, now)));
        if notes.len() > limits::ANNOTATIONS {
            let number = todo.number;
            return Err(Error::invalid(
                "add_annotations",
                format!("Todo {number} would have more than 100 annotations."),
            ));
        }
        todo.annotations = annotations::encode(notes);
        Ok(())
    }
}

/// Where todos go; `None` leaves them where they are.
#[expect(clippy::option_option, reason = "leaving a parent alone and leaving it are different wishes")]
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) project: Option<ProjectId>,
    pub(super) parent: Option<Option<TodoId>>,
}

impl Place {
    /// Returns which todos go along, if these are put there.
    pub(super) async fn moved(
        self,
        todos: &[Todo],
        owner: AccountId,
        conn: &mut Conn<'_>,
    ) -> Result<HashSet<TodoId>> {
        let project = self.project.filter(|_| self.parent.is_none());
        let moved = todos.iter().filter(|todo| project.is_some_and(|project| project != todo.project_id));
        tree::with_parts(conn, owner, moved).await
    }

    /// Puts a todo there. In another project it is no longer a part of what does not come along.
    pub(super) fn apply(self, todo: &mut Todo, moved: &HashSet<TodoId>) {
        if let Some(parent) = self.parent {
            todo.parent_id = parent;
        }
        if let Some(project) = self.project.filter(|project| *project != todo.project_id) {
            todo.project_id = project;
            if self.parent.is_none() {
                todo.parent_id = todo.parent_id.filter(|parent| moved.contains(parent));
            }
        }
    }
}

fn new_annotations(texts: &[String], now: Time) -> Result<Vec<(Uuid, String)>> {
    let mut violations = Violations::default();
    if texts.len() > limits::ANNOTATIONS {
        violations.keep::<()>(Err(Error::invalid("add_annotations", "Must be at most 100.")));
    }
    let read = texts.iter().zip(ids::ascending(texts.len(), now)).enumerate();
    let read = read.filter_map(|(index, (text, id))| {
        let text = violations.keep(in_field(&format!("add_annotations[{index}]"), text::annotation(text)))?;
        Some((id, text))
    });
    let read = read.collect();
    violations.or(read)
}

fn annotation_ids(ids: &[String]) -> Result<Vec<Uuid>> {
    let mut violations = Violations::default();
    if ids.len() > limits::ANNOTATIONS {
        violations.keep::<()>(Err(Error::invalid("remove_annotation_ids", "Must be at most 100.")));
    }
    let read = ids.iter().enumerate();
    let read =
        read.filter_map(|(index, id)| violations.keep(uuid(&format!("remove_annotation_ids[{index}]"), id)));
    let read = read.collect();
    violations.or(read)
}
