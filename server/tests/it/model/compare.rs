//! Compares all that can be read of an account with what the model has of it.

use std::{cmp::Reverse, fmt::Debug};

use rand::{RngExt as _, rngs::StdRng, seq::IndexedRandom as _};
use todo_proto::todo::v1::{self, Project, Todo, TodoOrder, TodoStatus, TodoView};

use super::{client::Caller, draw_values::dues, request::Answer, state::Account};

/// The filter that leaves nothing out.
pub(super) const ALL: &str = "is:any | is:trash";

type IsListed = fn(&Account, &Todo) -> bool;

/// Filters, and what they let through.
const LISTS: [(&str, IsListed); 6] = [
    (ALL, |_, _| true),
    ("is:trash", |account, todo| account.is_trashed(todo)),
    ("is:any", |account, todo| !account.is_trashed(todo)),
    ("is:open", |account, todo| !account.is_trashed(todo) && todo.status() == TodoStatus::NeedsAction),
    ("is:done", |account, todo| !account.is_trashed(todo) && todo.status() == TodoStatus::Completed),
    ("is:any tag:été", |account, todo| {
        !account.is_trashed(todo) && todo.tags.iter().any(|tag| tag.to_lowercase() == "été")
    }),
];

/// Operations of the log that are looked at each time; at the end it is all of them.
const LATE: usize = 40;

/// Everything that an account holds, to see that it stays so.
#[derive(Debug, PartialEq)]
pub(super) struct Contents {
    todos: Vec<Todo>,
    projects: Vec<Project>,
    operations: Vec<v1::Operation>,
}

impl Contents {
    /// The ids of all objects.
    pub(super) fn ids(&self) -> Vec<String> {
        let todos = self.todos.iter().map(|todo| todo.id.clone());
        todos.chain(self.projects.iter().map(|project| project.id.clone())).collect()
    }

    pub(super) async fn of(caller: &Caller) -> Self {
        let log = v1::ListOperationsRequest::default();
        Self {
            todos: caller.list_todos(TodoOrder::Changed, ALL, TodoView::Full, 100).await,
            projects: caller.list_projects(true, 100).await,
            operations: caller.list_operations(log, usize::MAX).await,
        }
    }
}

/// Compares lists, and shows the first difference rather than hundreds of todos.
#[track_caller]
pub(super) fn assert_same<T: Debug + PartialEq>(what: &str, found: &[T], expected: &[T]) {
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_eq!(found, expected, "{what}[{index}]: found, expected");
    }
    assert_eq!(found.len(), expected.len(), "{what}: how many are found, expected");
}

/// Compares answers, part by part.
#[track_caller]
pub(super) fn assert_answer(what: &str, found: &Answer, expected: &Answer) {
    assert_same(&format!("{what}: results"), &found.results, &expected.results);
    assert_same(&format!("{what}: projects"), &found.projects, &expected.projects);
    assert_same(&format!("{what}: conflicts"), &found.conflicts, &expected.conflicts);
    assert_eq!(found.undone, expected.undone, "{what}: operation, expected");
    assert_eq!(found, expected, "{what}: found, expected");
}

/// Compares what lists and log say, with random page sizes.
pub(super) async fn compare(account: &Account, caller: &Caller, random: &mut StdRng, is_last: bool) {
    for order in [TodoOrder::Unspecified, TodoOrder::Due, TodoOrder::Newest, TodoOrder::Changed] {
        let (filter, is_listed) = *LISTS.choose(random).unwrap();
        compare_list(account, caller, random, (order, filter), |todo| is_listed(account, todo)).await;
    }
    let project = &account.projects[random.random_range(0..account.projects.len())].id;
    let (filter, is_listed) = *LISTS.choose(random).unwrap();
    let filter = format!("({filter}) project:{project}");
    compare_list(account, caller, random, (TodoOrder::Position, &filter), |todo| {
        todo.project_id == *project && is_listed(account, todo)
    })
    .await;
    if !account.todos.is_empty() {
        let by_number = random.random();
        let name = |todo: &Todo| if by_number { todo.number.to_string() } else { todo.id.clone() };
        let found = caller.get_todos(account.todos.values().map(name).collect()).await;
        let expected: Vec<_> = account.todos.values().map(|todo| account.shown(todo)).collect();
        assert_same("BatchGetTodos", &found, &expected);
        let one = &expected[random.random_range(0..expected.len())];
        assert_eq!(caller.get_todo(&name(one)).await, *one, "GetTodo: found, expected");
    }
    let one = Account::shown_project(&account.projects[random.random_range(0..account.projects.len())]);
    assert_eq!(caller.get_project(&one.id).await, one, "GetProject: found, expected");
    for show_deleted in [false, true] {
        let found = caller.list_projects(show_deleted, random.random_range(1..30)).await;
        assert_same("ListProjects", &found, &projects(account, show_deleted));
    }
    compare_log(account, caller, random, is_last).await;
}

async fn compare_log(account: &Account, caller: &Caller, random: &mut StdRng, is_last: bool) {
    let changes: Vec<_> = account.operations.iter().rev().filter(|operation| operation.is_change()).collect();
    let count = if is_last { changes.len() } else { LATE.min(changes.len()) };
    let log = v1::ListOperationsRequest { page_size: random.random_range(5..60), ..Default::default() };
    let found = caller.list_operations(log, count).await;
    let expected: Vec<_> = changes[..count].iter().map(|operation| account.summary(operation)).collect();
    assert_same("ListOperations", &found[..count.min(found.len())], &expected);
    if is_last {
        assert_eq!(found.len(), changes.len(), "operations in the log, expected");
    }
    if changes.is_empty() {
        return;
    }
    let operation = changes[random.random_range(0..changes.len())];
    let found = caller.get_operation(operation.id(), random.random_range(1..10)).await;
    assert_eq!(found, Some(account.in_full(operation, usize::MAX)), "GetOperation: found, expected");
    compare_filtered_log(account, caller, &changes, operation.request.group_id(), random).await;
}

/// The log of one todo, and that of one group.
async fn compare_filtered_log(
    account: &Account,
    caller: &Caller,
    changes: &[&super::state::Operation],
    group: &str,
    random: &mut StdRng,
) {
    if !group.is_empty() {
        let log = v1::ListOperationsRequest { group_id: group.into(), page_size: 3, ..Default::default() };
        let found = caller.list_operations(log, usize::MAX).await;
        let expected = changes.iter().filter(|operation| operation.request.group_id() == group);
        let expected: Vec<_> = expected.map(|operation| account.summary(operation)).collect();
        assert_same("ListOperations of a group", &found, &expected);
    }
    let Some(todo) = account.todos.values().nth(random.random_range(0..account.todos.len().max(1))) else {
        return;
    };
    let todo_id = if random.random() { todo.id.clone() } else { todo.number.to_string() };
    let log = v1::ListOperationsRequest { todo_id, page_size: 20, ..Default::default() };
    let found = caller.list_operations(log, LATE).await;
    let expected =
        changes.iter().filter(|operation| operation.todos.iter().any(|step| step.after.id == todo.id));
    let expected: Vec<_> = expected.map(|operation| account.summary(operation)).collect();
    let count = expected.len().min(LATE);
    assert_same("ListOperations of a todo", &found[..count.min(found.len())], &expected[..count]);
}

async fn compare_list(
    account: &Account,
    caller: &Caller,
    random: &mut StdRng,
    (order, filter): (TodoOrder, &str),
    is_listed: impl Fn(&Todo) -> bool,
) {
    let is_full = random.random();
    let mut expected: Vec<_> = account.todos.values().filter(|todo| is_listed(todo)).cloned().collect();
    sort(&mut expected, order);
    let shown = |todo: &Todo| if is_full { account.shown(todo) } else { account.basic(todo) };
    let expected: Vec<_> = expected.iter().map(shown).collect();
    let view = if is_full { TodoView::Full } else { TodoView::Unspecified };
    let found = caller.list_todos(order, filter, view, random.random_range(1..200)).await;
    assert_same(&format!("ListTodos {order:?} {filter:?}"), &found, &expected);
    assert_eq!(caller.count_todos(filter).await, expected.len(), "CountTodos {filter:?}");
}

fn sort(todos: &mut [Todo], order: TodoOrder) {
    match order {
        TodoOrder::Unspecified => {}
        TodoOrder::Newest => todos.reverse(),
        TodoOrder::Changed => todos.sort_by_key(|todo| Reverse((todo.revision, todo.number))),
        TodoOrder::Position => todos.sort_by_key(|todo| (todo.position.clone(), todo.number)),
        TodoOrder::Due => {
            let dues = dues();
            // Two each are due at the same time.
            let time = |todo: &Todo| {
                let due = todo.due.as_ref();
                due.map_or(usize::MAX, |due| dues.iter().position(|known| known == due).unwrap() / 2)
            };
            let priority = |todo: &Todo| if todo.priority == 0 { i32::MAX } else { todo.priority };
            todos.sort_by_key(|todo| (time(todo), priority(todo), todo.number));
        }
    }
}

fn projects(account: &Account, show_deleted: bool) -> Vec<Project> {
    let projects = account.projects.iter().filter(|project| show_deleted || project.delete_time.is_none());
    let mut projects: Vec<_> = projects.map(Account::shown_project).collect();
    projects.sort_by_key(|project| {
        (project.delete_time.is_some(), !project.inbox, project.name.to_lowercase(), project.id.clone())
    });
    projects
}
