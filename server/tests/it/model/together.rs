//! Several clients that change one account at the same time. What each of them is told depends on the others, so only what
//! must hold whatever they do is compared.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::{Duration, Instant},
};

use prost_types::FieldMask;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use todo_proto::todo::v1::{
    self, Todo, TodoOrder, TodoView, move_todos_request::Place, undo_operation_request::Target,
};
use tokio::task::JoinSet;
use tonic::Code;
use uuid::Builder;

use super::{
    client::Caller,
    compare::ALL,
    mirror::{Mirror, Seen},
    request::{Answer, Request},
};
use crate::process::ServerProcess;

const CLIENTS: usize = 6;
const LENGTH: Duration = Duration::from_secs(2);
/// How deep in its tree a todo may be.
const TREE_DEPTH: usize = 16;

/// Lets several clients change what is there, and looks at what comes of it.
pub(super) async fn run(
    callers: &[Caller],
    server: &mut ServerProcess,
    mirror: &mut Mirror,
    random: &mut StdRng,
) {
    let todos = callers[0].list_todos(TodoOrder::Newest, "is:any", TodoView::Basic, 100).await;
    let todos: Vec<_> = todos.into_iter().take(20).map(|todo| todo.id).collect();
    let projects = callers[0].list_projects(false, 100).await;
    let projects: Vec<_> = projects.into_iter().map(|project| project.id).collect();
    let mut clients = JoinSet::new();
    for index in 0..CLIENTS {
        let client = Client {
            caller: callers[index % callers.len()].clone(),
            random: StdRng::from_rng(random),
            name: format!("client {index}"),
            todos: todos.clone(),
            projects: projects.clone(),
            done: Done::default(),
        };
        clients.spawn(client.run());
    }
    tokio::time::sleep(LENGTH / 2).await;
    server.kill();
    server.launch();
    let mut done = Done::default();
    for client in clients.join_all().await {
        done.created.extend(client.created);
        done.notes.extend(client.notes);
        done.operations.extend(client.operations);
    }
    look(&callers[0], mirror, &done).await;
}

/// What the clients were told was done.
#[derive(Default)]
struct Done {
    created: BTreeSet<String>,
    /// Ids of todos, with the notes that were added to them.
    notes: Vec<(String, String)>,
    operations: Vec<String>,
}

struct Client {
    caller: Caller,
    random: StdRng,
    name: String,
    todos: Vec<String>,
    projects: Vec<String>,
    done: Done,
}

impl Client {
    async fn run(mut self) -> Done {
        let end = Instant::now() + LENGTH;
        let mut moves = Vec::new();
        while Instant::now() < end {
            let request = self.request(&moves);
            match self.caller.send(&request).await {
                Ok(answer) => self.note(&request, answer, &mut moves),
                Err(status) => {
                    let is_refusal =
                        matches!(status.code(), Code::InvalidArgument | Code::Aborted | Code::NotFound);
                    assert!(is_refusal, "{status:?}: {request:?}");
                }
            }
        }
        self.done
    }

    fn note(&mut self, request: &Request, answer: Answer, moves: &mut Vec<String>) {
        if let Some(todo) = answer.todo {
            self.todos.push(todo.id.clone());
            assert!(self.done.created.insert(todo.id), "one todo for two requests");
        }
        if let Request::Update(message) = request {
            let notes = message.add_annotations.iter();
            self.done.notes.extend(notes.map(|text| (message.ids[0].clone(), text.clone())));
            if message.add_annotations.is_empty() && !answer.operation_id.is_empty() {
                moves.push(answer.operation_id.clone());
            }
        }
        if !answer.operation_id.is_empty() {
            self.done.operations.push(answer.operation_id);
        }
    }

    fn id(&mut self) -> String {
        Builder::from_random_bytes(self.random.random()).into_uuid().to_string()
    }

    fn request(&mut self, moves: &[String]) -> Request {
        let id = self.todos.choose(&mut self.random).cloned();
        let Some(id) = id else { return self.create() };
        let other = self.todos.choose(&mut self.random).unwrap().clone();
        let project = self.projects.choose(&mut self.random).unwrap().clone();
        let (ids, request_id) = (vec![id], self.id());
        match self.random.random_range(0..20) {
            0..2 => self.create(),
            2..8 => {
                let text = format!("{} {}", self.name, self.done.notes.len());
                let add_annotations = vec![text];
                Request::Update(v1::UpdateTodosRequest {
                    ids,
                    add_annotations,
                    request_id,
                    ..v1::UpdateTodosRequest::default()
                })
            }
            8..13 => {
                let (path, todo) = if self.random.random_ratio(2, 3) {
                    ("parent_id", Todo { parent_id: other, ..Todo::default() })
                } else {
                    ("project_id", Todo { project_id: project, ..Todo::default() })
                };
                Request::Update(v1::UpdateTodosRequest {
                    ids,
                    todo: Some(todo),
                    update_mask: Some(FieldMask { paths: vec![path.into()] }),
                    request_id,
                    ..v1::UpdateTodosRequest::default()
                })
            }
            13..15 => Request::Move(v1::MoveTodosRequest {
                ids,
                place: Some(Place::Before(other)),
                request_id,
                ..v1::MoveTodosRequest::default()
            }),
            15 => Request::Complete(v1::CompleteTodosRequest {
                ids,
                with_parts: true,
                request_id,
                ..v1::CompleteTodosRequest::default()
            }),
            16 => Request::Reopen(v1::ReopenTodosRequest {
                ids,
                request_id,
                ..v1::ReopenTodosRequest::default()
            }),
            _ => match moves.choose(&mut self.random) {
                Some(operation) => Request::Undo(v1::UndoOperationRequest {
                    target: Some(Target::OperationId(operation.clone())),
                    force: self.random.random(),
                    request_id,
                    ..v1::UndoOperationRequest::default()
                }),
                None => self.create(),
            },
        }
    }

    fn create(&mut self) -> Request {
        let todo = Some(Todo { title: self.name.clone(), ..Todo::default() });
        let request_id = self.id();
        Request::Create(v1::CreateTodoRequest { todo, request_id, ..v1::CreateTodoRequest::default() })
    }
}

/// Nothing is lost, done twice, or against the rules, and the watcher has seen it all.
async fn look(caller: &Caller, mirror: &mut Mirror, done: &Done) {
    let all = caller.list_todos(TodoOrder::Unspecified, ALL, TodoView::Basic, 100).await;
    let all = caller.get_todos(all.into_iter().map(|todo| todo.id).collect()).await;
    let todos: BTreeMap<_, _> = all.iter().map(|todo| (todo.id.clone(), todo)).collect();
    assert!(done.created.iter().all(|id| todos.contains_key(id)), "a todo is lost");
    for (id, text) in &done.notes {
        let times = todos[id].annotations.iter().filter(|note| note.text == *text).count();
        assert_eq!(times, 1, "how often {text:?} was added to {id}");
    }
    for todo in todos.values() {
        let (mut line, mut at) = (1, *todo);
        while !at.parent_id.is_empty() {
            let parent = todos[&at.parent_id];
            assert_eq!(at.project_id, parent.project_id, "apart from what it is a part of: {at:?}");
            (at, line) = (parent, line + 1);
            assert!(line <= TREE_DEPTH, "in a circle, or too deep: {todo:?}");
        }
    }
    let log = caller
        .list_operations(v1::ListOperationsRequest { page_size: 1000, ..Default::default() }, usize::MAX);
    let log: HashMap<_, _> =
        log.await.into_iter().map(|operation| (operation.id.clone(), operation.revision)).collect();
    assert!(done.operations.iter().all(|id| log.contains_key(id)), "an operation is lost");
    let revisions: BTreeSet<_> = log.values().collect();
    assert_eq!(revisions.len(), log.len(), "two operations have one revision");
    mirror.wait_until_same(|seen| difference(seen, &todos)).await;
}

/// In what the watcher's copy is not as it must be, but for the times of what was in the trash with its project.
fn difference(seen: &Seen, todos: &BTreeMap<String, &Todo>) -> Option<String> {
    let without_trash = |todo: &Todo| Todo { delete_time: None, purge_time: None, ..todo.clone() };
    for (id, todo) in todos {
        let found = seen.todos.get(id).map(|(found, _)| without_trash(found));
        if found != Some(without_trash(todo)) {
            return Some(format!("has\n{found:?}\ninstead of\n{todo:?}"));
        }
    }
    (seen.todos.len() > todos.len()).then(|| "has more than there is".to_owned())
}
