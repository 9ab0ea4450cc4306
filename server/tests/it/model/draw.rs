//! What is asked next: requests that are mostly sensible and now and then not, drawn from a seed.

use prost_types::FieldMask;
use rand::{Rng as _, RngExt as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use todo_proto::todo::v1::{self, OwnOperation, move_todos_request::Place, undo_operation_request::Target};
use uuid::{Builder, Version};

use super::{request::Request, state::Account};

/// Todos beyond which more is thrown away than added.
const MANY: usize = 90;
/// Projects of a round, the deleted ones included.
const PROJECTS: usize = 50;

const TAGS: [&str; 9] = ["home", "Home", "errand", "été", "Été", "work", "phone", "a", "b"];

/// What is drawn.
pub(super) struct Drawn {
    pub(super) request: Request,
    /// Which of the account's sessions sends it.
    pub(super) actor: usize,
    /// Whether it says what no request may say.
    pub(super) is_bad: bool,
}

/// Where requests come from.
pub(super) struct Draw {
    pub(super) random: StdRng,
    /// Ids that are another account's.
    strange: Vec<String>,
    group: String,
}

impl Draw {
    pub(super) fn new(seed: u64, strange: Vec<String>) -> Self {
        Self { random: StdRng::seed_from_u64(seed), strange, group: String::new() }
    }

    pub(super) fn next(&mut self, account: &Account) -> Drawn {
        let actor = usize::from(self.one_in(4));
        if self.one_in(20)
            && let Some(known) = account.operations.choose(&mut self.random)
        {
            return Drawn { request: known.request.clone(), actor, is_bad: false };
        }
        let mut request = self.request(account);
        request.set_id(self.id());
        if self.one_in(8) {
            self.group = self.id();
        }
        if self.one_in(3) {
            request.set_group(self.group.clone());
        }
        if self.one_in(6) && !request.ids().is_empty() {
            let filter = self.filter(account);
            request.set_ids(Vec::new());
            request.set_filter(&filter);
            if let Request::Update(message) = &mut request {
                message.expected_revision = 0;
            }
        }
        let view = self.random.random_range(0..4);
        request.set_view(view);
        if self.one_in(25) && request.only_validate() {
            request.set_view(0);
        }
        let is_bad = self.one_in(25) && self.spoil(&mut request, account);
        Drawn { request, actor, is_bad }
    }

    fn request(&mut self, account: &Account) -> Request {
        let is_full = account.todos.len() > MANY;
        match self.random.random_range(0..100) {
            0..12 if !is_full => self.create(account),
            12..18 if !is_full => self.create_many(account),
            0..10 => Request::Delete(v1::DeleteTodosRequest {
                with_parts: true,
                ids: self.names(account),
                ..v1::DeleteTodosRequest::default()
            }),
            10..18 | 64..67 => self.purge(account),
            18..42 => self.update(account),
            42..50 => Request::Complete(v1::CompleteTodosRequest {
                ids: self.names(account),
                with_parts: self.one_in(3),
                ..v1::CompleteTodosRequest::default()
            }),
            50..54 => Request::Reopen(v1::ReopenTodosRequest {
                ids: self.names(account),
                with_parts: self.one_in(3),
                ..v1::ReopenTodosRequest::default()
            }),
            54..59 => Request::Delete(v1::DeleteTodosRequest {
                ids: self.names(account),
                with_parts: self.one_in(3),
                allow_missing: self.one_in(3),
                ..v1::DeleteTodosRequest::default()
            }),
            59..64 => self.restore(account),
            67..76 => self.move_todos(account),
            76..85 => self.project(account),
            _ => self.undo(account),
        }
    }

    pub(super) fn one_in(&mut self, times: u32) -> bool {
        self.random.random_ratio(1, times)
    }

    /// A UUID of version 7.
    pub(super) fn id(&mut self) -> String {
        let mut bytes = [0; 16];
        self.random.fill_bytes(&mut bytes);
        Builder::from_random_bytes(bytes).with_version(Version::SortRand).into_uuid().to_string()
    }

    /// A chosen id, mostly a new one.
    pub(super) fn chosen_id(&mut self, account: &Account) -> String {
        match self.random.random_range(0..20) {
            0..10 => String::new(),
            10 => account.purged.keys().next().cloned().unwrap_or_default(),
            11 => account.todos.values().next().map(|todo| todo.id.clone()).unwrap_or_default(),
            _ => self.id(),
        }
    }

    /// A name of one todo: mostly of one outside the trash, rarely of none.
    pub(super) fn name(&mut self, account: &Account) -> String {
        if self.one_in(60) {
            let none =
                [self.id(), "2000000".to_owned(), self.strange.choose(&mut self.random).unwrap().clone()];
            return none.choose(&mut self.random).unwrap().clone();
        }
        if self.one_in(100)
            && let Some(purged) = account.purged.keys().next_back()
        {
            return purged.clone();
        }
        let any = self.one_in(12);
        let todos = account.todos.values().filter(|todo| any || !account.is_trashed(todo));
        let todos: Vec<_> = todos.collect();
        // Those of late more often, so that there is something to be found out about them.
        let late = &todos[todos.len() - todos.len().min(10)..];
        let from = if self.one_in(2) { late } else { &todos };
        match from.choose(&mut self.random) {
            Some(todo) if self.one_in(2) => todo.id.clone(),
            Some(todo) => todo.number.to_string(),
            None => self.id(),
        }
    }

    pub(super) fn names(&mut self, account: &Account) -> Vec<String> {
        let count = *[1, 1, 1, 2, 3, 5].choose(&mut self.random).unwrap();
        (0..count).map(|_| self.name(account)).collect()
    }

    /// A filter that matches some of the todos, or none.
    fn filter(&mut self, account: &Account) -> String {
        let number = self.random.random_range(1..account.next_number.max(2));
        let of_todos = match self.random.random_range(0..9) {
            0 => format!("#{number}-{}", number + 5),
            1 => format!("parent:{number}"),
            2 => format!("project:{}", self.project_id(account)),
            3 => format!(
                "@{} p{}",
                TAGS[self.random.random_range(0..TAGS.len())],
                self.random.random_range(0..5)
            ),
            4 => format!("(#{number} | @home) not @errand"),
            5 => format!("#{number} | @work"),
            6 => format!("{number}{}", self.random.random_range(0..10)),
            7 => "p1 | p2 @phone".into(),
            _ => "not p0 not p4".into(),
        };
        let state = ["", "is:open ", "is:done ", "is:any ", "is:trash ", "is:trash is:done "];
        let state = state.choose(&mut self.random).unwrap();
        if state.is_empty() { of_todos } else { format!("{state}({of_todos})") }
    }

    fn trashed(&mut self, account: &Account) -> Vec<String> {
        let trashed = account.todos.values().filter(|todo| account.is_trashed(todo));
        let trashed: Vec<_> = trashed.map(|todo| todo.id.clone()).collect();
        let count = self.random.random_range(1..=4);
        let mut names: Vec<_> = trashed.sample(&mut self.random, count).cloned().collect();
        if names.is_empty() || self.one_in(12) {
            names.push(self.name(account));
        }
        names
    }

    pub(super) fn project_id(&mut self, account: &Account) -> String {
        let any = self.one_in(20);
        let projects = account.projects.iter().filter(|project| any || project.delete_time.is_none());
        let projects: Vec<_> = projects.collect();
        projects.choose(&mut self.random).map_or_else(|| self.id(), |project| project.id.clone())
    }

    pub(super) fn tags(&mut self) -> Vec<String> {
        let count = self.random.random_range(0..4);
        TAGS.sample(&mut self.random, count).map(ToString::to_string).collect()
    }

    fn restore(&mut self, account: &Account) -> Request {
        Request::Restore(v1::RestoreTodosRequest {
            ids: self.trashed(account),
            with_parts: self.one_in(3),
            ..v1::RestoreTodosRequest::default()
        })
    }

    fn purge(&mut self, account: &Account) -> Request {
        Request::Purge(v1::PurgeTodosRequest {
            ids: self.trashed(account),
            allow_missing: self.one_in(3),
            ..v1::PurgeTodosRequest::default()
        })
    }

    fn move_todos(&mut self, account: &Account) -> Request {
        let place = match self.random.random_range(0..6) {
            0 => Place::FirstIn(self.project_id(account)),
            1 => Place::LastIn(self.project_id(account)),
            2 | 3 => Place::Before(self.name(account)),
            _ => Place::After(self.name(account)),
        };
        Request::Move(v1::MoveTodosRequest {
            ids: self.names(account),
            place: Some(place),
            ..v1::MoveTodosRequest::default()
        })
    }

    fn project_name(&mut self) -> String {
        let mut levels = Vec::new();
        for names in
            [&["Home", "home", "Work", "Été"][..], &["Kitchen", "garden"], &["Shelf"], &["x"], &["y"], &["z"]]
        {
            levels.push(*names.choose(&mut self.random).unwrap());
            if self.one_in(2) {
                break;
            }
        }
        levels.join(" / ")
    }

    fn project(&mut self, account: &Account) -> Request {
        let name = self.project_name();
        let project = v1::Project { name, ..v1::Project::default() };
        match self.random.random_range(0..9) {
            0..4 if account.projects.len() < PROJECTS => Request::CreateProject(v1::CreateProjectRequest {
                project: Some(project),
                project_id: if self.one_in(4) { String::new() } else { self.id() },
                ..v1::CreateProjectRequest::default()
            }),
            0..6 => {
                let id = self.project_id(account);
                let revision = account.project(&id).map_or(0, |project| project.revision);
                Request::UpdateProject(v1::UpdateProjectRequest {
                    project: Some(v1::Project { id, ..project }),
                    update_mask: Some(FieldMask { paths: vec!["name".into()] }),
                    expected_revision: if self.one_in(4) { revision + i64::from(self.one_in(3)) } else { 0 },
                    ..v1::UpdateProjectRequest::default()
                })
            }
            6 => Request::DeleteProject(v1::DeleteProjectRequest {
                id: if self.one_in(10) { self.id() } else { self.project_id(account) },
                allow_missing: self.one_in(2),
                ..v1::DeleteProjectRequest::default()
            }),
            _ => {
                let deleted = account.projects.iter().filter(|project| project.delete_time.is_some());
                let deleted: Vec<_> = deleted.map(|project| project.id.clone()).collect();
                let id = deleted.choose(&mut self.random).cloned();
                Request::UndeleteProject(v1::UndeleteProjectRequest {
                    id: id.unwrap_or_else(|| self.project_id(account)),
                    ..v1::UndeleteProjectRequest::default()
                })
            }
        }
    }

    fn undo(&mut self, account: &Account) -> Request {
        let len = account.operations.len();
        let late = &account.operations[len - len.min(12)..];
        let target = match self.random.random_range(0..20) {
            0..8 => late.choose(&mut self.random).map(|operation| operation.id().to_owned()),
            8..11 => account.operations.choose(&mut self.random).map(|operation| operation.id().to_owned()),
            _ => None,
        };
        let target = match target {
            Some(id) => Target::OperationId(id),
            None if self.one_in(3) && !self.group.is_empty() => Target::GroupId(self.group.clone()),
            None if self.one_in(2) => Target::Own(OwnOperation::Newest.into()),
            None => Target::Own(OwnOperation::NewestUndo.into()),
        };
        Request::Undo(v1::UndoOperationRequest {
            target: Some(target),
            force: self.one_in(2),
            ..v1::UndoOperationRequest::default()
        })
    }

    /// Makes a request one that is INVALID_ARGUMENT whatever is there. `false` if it could not.
    fn spoil(&mut self, request: &mut Request, account: &Account) -> bool {
        match self.random.random_range(0..7) {
            0 => {
                request.set_id("nonsense".into());
                true
            }
            1 => request.set_view(77),
            2 => {
                request.set_filter("");
                request.set_ids(Vec::new())
            }
            3 => {
                request.set_filter("is:open");
                request.set_ids(vec!["1".into()])
            }
            4 => {
                request.set_filter("");
                request.set_ids(vec!["0".into()])
            }
            5 => match account.operations.choose(&mut self.random) {
                Some(other) if !request.validate_only() => {
                    request.set_id(other.id().to_owned());
                    true
                }
                _ => false,
            },
            _ => spoil_values(request),
        }
    }
}

fn spoil_values(request: &mut Request) -> bool {
    match request {
        Request::Create(message) => message.todo.as_mut().unwrap().title = "two\nlines".into(),
        Request::CreateMany(message) => message.todos[0].todo.as_mut().unwrap().priority = 9,
        Request::Update(message) => message.update_mask = Some(FieldMask { paths: vec!["number".into()] }),
        Request::Move(message) => message.place = None,
        Request::CreateProject(message) => message.project.as_mut().unwrap().name = "Home//Kitchen".into(),
        Request::UpdateProject(message) => message.update_mask = None,
        Request::Undo(message) => message.target = None,
        _ => return false,
    }
    true
}
