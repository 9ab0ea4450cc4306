//! A copy of an account that somebody keeps by watching it.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    time::Duration,
};

use todo_proto::todo::v1::{self, OperationReference, Project, Todo, watch_changes_response::Event};
use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
};

use super::{
    client::{Caller, is_unanswered},
    state::{Account, Operation},
};

/// How long the last change may take to arrive.
const LIMIT: Duration = Duration::from_secs(30);

/// What the events say.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) todos: BTreeMap<String, (Todo, Option<OperationReference>)>,
    pub(super) projects: BTreeMap<String, (Project, Option<OperationReference>)>,
}

/// Watches an account until it is dropped, over all that cuts it off.
pub(super) struct Mirror {
    copy: watch::Receiver<Seen>,
    cut: Arc<Notify>,
    watching: JoinHandle<()>,
}

impl Mirror {
    pub(super) fn start(caller: Caller) -> Self {
        let (sender, copy) = watch::channel(Seen::default());
        let cut = Arc::new(Notify::new());
        let watching = tokio::spawn(follow(caller, sender, Arc::clone(&cut)));
        Self { copy, cut, watching }
    }

    /// Cuts the watch off, which then goes on where it was.
    pub(super) fn cut(&self) {
        self.cut.notify_one();
    }

    /// Waits until the copy is as it must be; `difference` says in what it is not.
    pub(super) async fn wait_until_same(&mut self, difference: impl Fn(&Seen) -> Option<String>) {
        let is_same = self.copy.wait_for(|copy| difference(copy).is_none());
        let Ok(found) = tokio::time::timeout(LIMIT, is_same).await.map(|found| found.is_ok()) else {
            panic!("the watcher: {}", difference(&self.copy.borrow()).unwrap_or_default());
        };
        if !found {
            // The watcher has ended, and its own panic says more.
            (&mut self.watching).await.unwrap();
        }
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        self.watching.abort();
    }
}

async fn follow(caller: Caller, copy: watch::Sender<Seen>, cut: Arc<Notify>) {
    let mut request = v1::WatchChangesRequest::default();
    loop {
        let mut events = caller.watch(&request).await;
        loop {
            let message = tokio::select! {
                message = events.message() => message,
                () = cut.notified() => break,
            };
            match message {
                Ok(Some(response)) => {
                    if !response.resume_token.is_empty() {
                        request.resume_token.clone_from(&response.resume_token);
                    }
                    copy.send_modify(|copy| copy.apply(response));
                }
                Ok(None) => break,
                Err(status) if is_unanswered(&status) => break,
                Err(status) => panic!("the watch ends: {status:?}"),
            }
        }
    }
}

impl Seen {
    fn apply(&mut self, response: v1::WatchChangesResponse) {
        let operation = response.operation;
        match response.event.unwrap() {
            Event::Todo(todo) => {
                let before = self.todos.get(&todo.id).map(|(before, _)| before.revision);
                assert!(before <= Some(todo.revision), "an event from before {before:?}: {todo:?}");
                self.todos.insert(todo.id.clone(), (todo, operation));
            }
            Event::Project(project) => {
                let before = self.projects.get(&project.id).map(|(before, _)| before.revision);
                assert!(before <= Some(project.revision), "an event from before {before:?}: {project:?}");
                self.projects.insert(project.id.clone(), (project, operation));
            }
            Event::PurgedTodo(purged) => drop(self.todos.remove(&purged.id)),
            Event::PurgedProject(purged) => panic!("nobody purges projects: {purged:?}"),
            Event::Synced(_) => {}
        }
    }

    /// In what the copy is not as the account. One that was filled at once is so in all; one that was kept over changes
    /// may have another time for what is, or was, in the trash with its project: that is no change of the todo.
    pub(super) fn difference(&self, account: &Account, is_fresh: bool) -> Option<String> {
        let by_revision = |revision: i64| {
            let found = account.operations.binary_search_by_key(&revision, |operation| operation.revision);
            found.ok().map(|at| reference(account, &account.operations[at]))
        };
        let deletions = deletions(account);
        for todo in account.todos.values() {
            let mut expected = account.shown(todo);
            let Some((found, operation)) = self.todos.get(&todo.id) else {
                return Some(format!("does not have {expected:?}"));
            };
            let is_of_project =
                found.delete_time.is_none_or(|time| deletions.contains(&(time.seconds, time.nanos)));
            if !is_fresh && todo.delete_time.is_none() && is_of_project {
                (expected.delete_time, expected.purge_time) = (found.delete_time, found.purge_time);
            }
            if (found, operation) != (&expected, &by_revision(todo.revision)) {
                let operation_expected = by_revision(todo.revision);
                return Some(format!(
                    "has\n{found:?} by {operation:?}\ninstead of\n{expected:?} by {operation_expected:?}"
                ));
            }
        }
        for project in &account.projects {
            let expected = (Account::shown_project(project), by_revision(project.revision));
            let found = self.projects.get(&project.id);
            if found != Some(&expected) {
                return Some(format!("has\n{found:?}\ninstead of\n{expected:?}"));
            }
        }
        let more = self.todos.len() > account.todos.len() || self.projects.len() > account.projects.len();
        more.then(|| "has more than there is".to_owned())
    }
}

/// When projects were deleted.
fn deletions(account: &Account) -> HashSet<(i64, i32)> {
    let steps = account.operations.iter().flat_map(|operation| &operation.projects);
    steps.filter_map(|step| step.after.delete_time).map(|time| (time.seconds, time.nanos)).collect()
}

fn reference(account: &Account, operation: &Operation) -> OperationReference {
    OperationReference {
        id: operation.id().into(),
        kind: operation.kind.into(),
        actor: Some(account.actors[operation.actor].clone()),
    }
}
