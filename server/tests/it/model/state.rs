//! What an account holds, as the contract has it: todos, projects and the log of what was done to them.

use std::collections::{BTreeMap, HashMap, HashSet};

use prost_types::Timestamp;
use todo_proto::todo::v1::{self, OperationKind, Project, Todo, TodoStatus, UndoConflict};

use super::request::Request;

/// How deep in its tree a todo may be.
const TREE_DEPTH: usize = 16;
/// Seconds that the trash keeps what is in it.
const TRASH_SECONDS: i64 = 30 * 24 * 60 * 60;

/// One account.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) inbox: String,
    pub(super) revision: i64,
    pub(super) next_number: i32,
    /// By number. Times in the trash are their own, which [`Account::shown`] puts together with those of their projects.
    pub(super) todos: BTreeMap<i32, Todo>,
    /// In the order of their creation, the deleted ones too.
    pub(super) projects: Vec<Project>,
    /// The numbers of the todos that were purged, by their ids.
    pub(super) purged: BTreeMap<String, i32>,
    /// The todo that each reference names.
    pub(super) references: HashMap<(String, String), String>,
    /// All that was applied, the oldest first, whether it changed anything or not.
    pub(super) operations: Vec<Operation>,
    /// The sessions that make changes.
    pub(super) actors: Vec<v1::Actor>,
}

/// A request that was applied.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    pub(super) request: Request,
    pub(super) kind: OperationKind,
    pub(super) revision: i64,
    pub(super) time: Timestamp,
    /// Which of the account's sessions asked.
    pub(super) actor: usize,
    /// What it changed.
    pub(super) todos: Vec<Step<Todo>>,
    pub(super) projects: Vec<Step<Project>>,
    /// Ids and numbers of what it purged.
    pub(super) purged: Vec<(String, i32)>,
    pub(super) undoes: Option<String>,
    pub(super) undone_by: Option<String>,
    pub(super) outcome: Outcome,
}

impl Operation {
    pub(super) fn id(&self) -> &str {
        self.request.id()
    }

    pub(super) fn is_change(&self) -> bool {
        !(self.todos.is_empty() && self.projects.is_empty() && self.purged.is_empty())
    }

    /// Whether an undo can be asked for.
    pub(super) fn is_in_effect(&self) -> bool {
        self.is_change() && self.purged.is_empty() && self.undone_by.is_none()
    }
}

/// What a repeat of a request is told beside the objects as they are then.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    pub(super) results: Vec<v1::TodoResult>,
    /// Ids of the projects that the request was about, the unchanged ones too.
    pub(super) projects: Vec<String>,
    pub(super) todos_along: i32,
    pub(super) conflicts: Vec<UndoConflict>,
}

/// One object before and after.
#[derive(Clone, Debug)]
pub(super) struct Step<T> {
    /// `None` if it was created.
    pub(super) before: Option<T>,
    pub(super) after: T,
}

impl<T: PartialEq> Step<T> {
    pub(super) fn is_change(&self) -> bool {
        self.before.as_ref() != Some(&self.after)
    }
}

/// What a request does.
#[derive(Debug, Default)]
pub(super) struct Effect {
    /// What the request is about, the unchanged ones too.
    pub(super) todos: Vec<Step<Todo>>,
    pub(super) projects: Vec<Step<Project>>,
    /// Todos that make room for those, which no response tells of.
    pub(super) others: Vec<Step<Todo>>,
    pub(super) purged: Vec<Todo>,
    pub(super) todos_along: i32,
    /// What the parts of a todo have to be, to be counted as open.
    pub(super) counts: Option<Counted>,
    pub(super) undo: Option<Undo>,
}

/// Which parts a response counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    Open,
    OutsideTheTrash,
}

/// What an undo does to other operations.
#[derive(Debug)]
pub(super) struct Undo {
    pub(super) target: String,
    pub(super) is_redo: bool,
    /// By which operation it and those behind it are undone from now on.
    pub(super) undone: Vec<(String, Option<String>)>,
    pub(super) conflicts: Vec<UndoConflict>,
}

impl Account {
    pub(super) fn todo(&self, id: &str) -> Option<&Todo> {
        self.todos.values().find(|todo| todo.id == id)
    }

    /// By id or number.
    pub(super) fn find(&self, name: &str) -> Option<&Todo> {
        match name.parse() {
            Ok(number) => self.todos.get(&number),
            Err(_) => self.todo(name),
        }
    }

    pub(super) fn project(&self, id: &str) -> Option<&Project> {
        self.projects.iter().find(|project| project.id == id)
    }

    pub(super) fn live_project(&self, id: &str) -> Option<&Project> {
        self.project(id).filter(|project| project.delete_time.is_none())
    }

    pub(super) fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().rev().find(|operation| operation.id() == id)
    }

    /// When it went to the trash, by itself or with its project.
    pub(super) fn trash_time(&self, todo: &Todo) -> Option<Timestamp> {
        todo.delete_time.or_else(|| self.project(&todo.project_id)?.delete_time)
    }

    pub(super) fn is_trashed(&self, todo: &Todo) -> bool {
        self.trash_time(todo).is_some()
    }

    /// The todo as responses show it, in full.
    pub(super) fn shown(&self, todo: &Todo) -> Todo {
        let delete_time = self.trash_time(todo);
        let purge_time = delete_time.map(|time| Timestamp { seconds: time.seconds + TRASH_SECONDS, ..time });
        Todo { delete_time, purge_time, ..todo.clone() }
    }

    pub(super) fn shown_project(project: &Project) -> Project {
        let purge_time =
            project.delete_time.map(|time| Timestamp { seconds: time.seconds + TRASH_SECONDS, ..time });
        Project { purge_time, ..project.clone() }
    }

    /// The parts of these todos at any depth, each once, the nearest first and then by number.
    pub(super) fn parts(&self, roots: &[String]) -> Vec<Todo> {
        let mut depths = BTreeMap::new();
        let mut level: HashSet<&str> = roots.iter().map(String::as_str).collect();
        for depth in 1..=TREE_DEPTH {
            let parts: Vec<_> =
                self.todos.values().filter(|todo| level.contains(todo.parent_id.as_str())).collect();
            depths.extend(parts.iter().map(|part| (part.number, depth)));
            level = parts.iter().map(|part| part.id.as_str()).collect();
        }
        let mut parts: Vec<_> = depths.into_iter().collect();
        parts.sort_by_key(|(number, depth)| (*depth, *number));
        parts.iter().map(|(number, _)| self.todos[number].clone()).collect()
    }

    /// How many of the todo's parts are open, or not in the trash.
    pub(super) fn count_parts(&self, id: &str, counted: Counted) -> i32 {
        let parts = self.parts(&[id.to_owned()]);
        let is_counted = |part: &&Todo| {
            !self.is_trashed(part)
                && (counted == Counted::OutsideTheTrash || part.status() == TodoStatus::NeedsAction)
        };
        i32::try_from(parts.iter().filter(is_counted).count()).unwrap()
    }

    /// The ids of the todos that steps give another parent, or none.
    pub(super) fn moved(steps: &[Step<Todo>]) -> HashSet<String> {
        let is_moved = |step: &&Step<Todo>| {
            step.before.as_ref().is_some_and(|before| before.parent_id != step.after.parent_id)
        };
        steps.iter().filter(is_moved).map(|step| step.after.id.clone()).collect()
    }

    /// The project of the tree that a todo is in once all the steps are done, which move these. `None` if it would be in a circle, a
    /// part of what is not there, or too deep with those of its parts that are not moved themselves.
    pub(super) fn project_after(
        &self,
        steps: &[Step<Todo>],
        moved: &HashSet<String>,
        todo: &Todo,
    ) -> Option<String> {
        let find = |id: &str| {
            let step = steps.iter().rfind(|step| step.after.id == id);
            step.map(|step| &step.after).or_else(|| self.todo(id))
        };
        let mut root = todo;
        let mut ancestors = 0;
        while !root.parent_id.is_empty() {
            root = find(&root.parent_id)?;
            ancestors += 1;
            if root.id == todo.id || ancestors >= TREE_DEPTH {
                return None;
            }
        }
        (ancestors + self.levels(&todo.id, moved) <= TREE_DEPTH).then(|| root.project_id.clone())
    }

    /// How many levels there are from a todo down, without those that are moved.
    fn levels(&self, id: &str, moved: &HashSet<String>) -> usize {
        let is_part = |todo: &&Todo| todo.parent_id == id && !moved.contains(&todo.id);
        let parts = self.todos.values().filter(is_part);
        1 + parts.map(|part| self.levels(&part.id, moved)).max().unwrap_or_default()
    }

    /// The ids of todos and of all their parts.
    pub(super) fn with_parts<'t>(&self, todos: impl Iterator<Item = &'t Todo>) -> HashSet<String> {
        let mut ids: Vec<_> = todos.map(|todo| todo.id.clone()).collect();
        let parts = self.parts(&ids);
        ids.extend(parts.into_iter().map(|part| part.id));
        ids.into_iter().collect()
    }

    /// Panics where the model itself says what must never be: then a rule of the contract contradicts another one.
    pub(super) fn check(&self) {
        for todo in self.todos.values() {
            let project = self.project_after(&[], &HashSet::new(), todo);
            assert_eq!(project.as_ref(), Some(&todo.project_id), "in no tree, or apart from it: {todo:?}");
            assert!(self.project(&todo.project_id).is_some(), "in no project: {todo:?}");
        }
        let mut names = HashSet::new();
        for project in self.projects.iter().filter(|project| project.delete_time.is_none()) {
            assert!(names.insert(project.name.to_lowercase()), "two projects {}", project.name);
        }
    }
}

/// Of what is created or changed at this moment by this session.
#[derive(Clone, Copy, Debug)]
pub(super) struct By {
    pub(super) actor: usize,
    pub(super) now: Timestamp,
}

impl Account {
    /// Does what was decided.
    pub(super) fn commit(&mut self, request: &Request, by: By, mut effect: Effect) {
        self.revision += 1;
        let outcome = Self::outcome(&effect);
        effect.todos.append(&mut effect.others);
        for step in effect.todos.iter_mut().filter(|step| step.is_change()) {
            step.after.revision = self.revision;
            if step.before.is_some() {
                step.after.update_time = Some(by.now);
            }
        }
        for step in effect.projects.iter_mut().filter(|step| step.is_change()) {
            (step.after.revision, step.after.update_time) = (self.revision, Some(by.now));
        }
        effect.todos.retain(Step::is_change);
        effect.projects.retain(Step::is_change);
        self.write(&effect, by);
        let undo = effect.undo.as_ref();
        let kind = match undo {
            Some(Undo { is_redo: true, .. }) => OperationKind::RedoOperation,
            _ => request.kind(),
        };
        let mut operation = Operation {
            request: request.clone(),
            kind,
            revision: self.revision,
            time: by.now,
            actor: by.actor,
            purged: effect.purged.iter().map(|todo| (todo.id.clone(), todo.number)).collect(),
            undoes: undo.map(|undo| undo.target.clone()),
            undone_by: None,
            outcome,
            todos: effect.todos,
            projects: effect.projects,
        };
        for result in &mut operation.outcome.results {
            if !result.unchanged {
                result.revision = self.revision;
            }
            result.open_parts = effect.counts.map_or(0, |counted| self.count_parts(&result.id, counted));
        }
        self.operations.push(operation);
        for (id, undone_by) in effect.undo.into_iter().flat_map(|undo| undo.undone) {
            if let Some(undone) = self.operations.iter_mut().find(|operation| operation.id() == id) {
                undone.undone_by = undone_by;
            }
        }
    }

    /// What is kept of the answer.
    pub(super) fn outcome(effect: &Effect) -> Outcome {
        let results = effect.todos.iter().map(|step| v1::TodoResult {
            id: step.after.id.clone(),
            number: step.after.number,
            title: step.after.title.clone(),
            revision: step.after.revision,
            unchanged: !step.is_change(),
            ..v1::TodoResult::default()
        });
        Outcome {
            results: results.collect(),
            projects: effect.projects.iter().map(|step| step.after.id.clone()).collect(),
            todos_along: effect.todos_along,
            conflicts: effect.undo.as_ref().map(|undo| undo.conflicts.clone()).unwrap_or_default(),
        }
    }

    fn write(&mut self, effect: &Effect, by: By) {
        for Step { after, .. } in &effect.projects {
            match self.projects.iter_mut().find(|project| project.id == after.id) {
                Some(project) => *project = after.clone(),
                None => self.projects.push(after.clone()),
            }
        }
        let created = |step: &&Step<Todo>| step.before.is_none();
        let (new, old): (Vec<_>, Vec<_>) = effect.todos.iter().partition(created);
        for Step { before, after } in new.into_iter().chain(old) {
            self.next_number = self.next_number.max(after.number + 1);
            self.todos.insert(after.number, after.clone());
            if before.as_ref().is_none_or(|before| before.references != after.references) {
                self.references.retain(|_, named| *named != after.id);
                let names = after.references.iter().cloned();
                let names = names.map(|name| ((name.source, name.external_id), after.id.clone()));
                self.references.extend(names);
            }
        }
        for todo in &effect.purged {
            self.todos.remove(&todo.number);
            self.purged.insert(todo.id.clone(), todo.number);
            self.references.retain(|_, named| *named != todo.id);
        }
        // What was a part of it is a part of nothing from then on.
        for part in self.todos.values_mut().filter(|todo| self.purged.contains_key(&todo.parent_id)) {
            part.parent_id.clear();
            (part.revision, part.update_time) = (self.revision, Some(by.now));
        }
    }
}
