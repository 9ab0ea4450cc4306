//! What the server is free to choose is learned from what it stored, and looked at: positions, and ids of annotations.

use std::collections::{BTreeMap, HashSet};

use todo_proto::todo::v1::{MoveTodosRequest, Operation, Todo, TodoStatus, move_todos_request::Place};

use super::{
    request::Request,
    state::{Account, Effect, Step},
    values,
};

impl Account {
    /// Puts what the server chose into what was decided.
    pub(super) fn learn(&self, request: &Request, effect: &mut Effect, stored: &[Todo]) {
        let stored: BTreeMap<_, _> = stored.iter().map(|todo| (&todo.id, todo)).collect();
        let selected = self.selected(request, true).unwrap_or_default();
        let is_about = |id: &String| selected.iter().any(|todo| todo.id == *id);
        let last = self.todos.values().map(|todo| &*todo.position).max().unwrap_or_default();
        let mut ids: HashSet<&str> = self.todos.values().map(|todo| &*todo.id).collect();
        for step in effect.todos.iter_mut().chain(&mut effect.others) {
            let found = stored[&step.after.id];
            if step.before.is_none() {
                // One with the number that it had elsewhere may come between the others.
                let is_behind = *last < *found.position || found.number < self.next_number;
                assert!(is_behind, "not behind {last}: {found:?}");
                step.after.position.clone_from(&found.position);
                let is_used = self.purged.contains_key(&found.id) || !ids.insert(&found.id);
                assert!(!is_used, "an id that was in use: {found:?}");
            }
            let is_along =
                step.before.as_ref().is_some_and(|before| before.project_id != step.after.project_id);
            if matches!(request, Request::Move(_)) && (is_about(&step.after.id) || !is_along) {
                step.after.position.clone_from(&found.position);
            }
            for index in 0..step.after.annotations.len() {
                let note = &step.after.annotations[index];
                if !note.id.is_empty() {
                    continue;
                }
                let is_known = |id: &str| step.after.annotations.iter().any(|known| known.id == id);
                let new = found.annotations.iter().find(|other| {
                    (&other.text, other.create_time) == (&note.text, note.create_time) && !is_known(&other.id)
                });
                let id = new.unwrap_or_else(|| panic!("{note:?} is missing: {found:?}")).id.clone();
                step.after.annotations[index].id = id;
            }
            values::sort_annotations(&mut step.after.annotations);
        }
        if let Request::Move(message) = request {
            let moved: Vec<_> = selected.iter().map(|todo| &*todo.id).collect();
            self.check_order(message, &moved, effect);
        }
    }

    /// Adds the todos that make room for those that are moved: of all that changed, those that nobody asked about.
    pub(super) fn make_room(&self, request: &Request, effect: &mut Effect, operation: &Operation) {
        if !matches!(request, Request::Move(_)) {
            return;
        }
        for target in &operation.todos {
            if effect.todos.iter().all(|step| step.after.id != target.id)
                && let Some(todo) = self.todo(&target.id)
            {
                effect.others.push(Step { before: Some(todo.clone()), after: todo.clone() });
            }
        }
    }

    /// Looks whether todos were moved to where they were to go, and the others have kept their order. What is done, or in
    /// the trash, has no place in it.
    fn check_order(&self, message: &MoveTodosRequest, moved: &[&str], effect: &Effect) {
        // That match nothing.
        if moved.is_empty() {
            return;
        }
        let anchor = match message.place.as_ref().unwrap() {
            Place::Before(name) | Place::After(name) => self.find(name),
            Place::FirstIn(_) | Place::LastIn(_) => None,
        };
        let project = &effect.todos[0].after.project_id;
        let is_in = |todo: &&Todo| {
            let is_open = todo.status() == TodoStatus::NeedsAction && todo.delete_time.is_none();
            let is_anchor = anchor.is_some_and(|anchor| anchor.id == todo.id);
            todo.project_id == *project && !moved.contains(&&*todo.id) && (is_open || is_anchor)
        };
        let place = |todo: &&Todo| (todo.position.clone(), todo.number);
        let mut before: Vec<&Todo> = self.todos.values().filter(is_in).collect();
        before.sort_by_key(place);
        let mut expected: Vec<&str> = before.iter().map(|todo| &*todo.id).collect();
        let at = |id: &str| expected.iter().position(|other| *other == id).unwrap();
        let at = match (message.place.as_ref().unwrap(), anchor) {
            (Place::Before(_), Some(anchor)) => at(&anchor.id),
            (Place::After(_), Some(anchor)) => at(&anchor.id) + 1,
            (Place::LastIn(_), _) => expected.len(),
            _ => 0,
        };
        expected.splice(at..at, moved.iter().copied());

        let steps = effect.todos.iter().chain(&effect.others);
        let steps: BTreeMap<_, _> = steps.map(|step| (&*step.after.id, &step.after)).collect();
        let mut after: Vec<&Todo> =
            expected.iter().map(|id| steps.get(id).copied().or_else(|| self.todo(id)).unwrap()).collect();
        after.sort_by_key(place);
        let after: Vec<_> = after.iter().map(|todo| &*todo.id).collect();
        assert_eq!(after, expected, "the order of a project: found, expected");
    }
}
