//! Requests that give todos values: new ones, those that an import brings, and changed ones.

use prost_types::{FieldMask, Timestamp};
use rand::{RngExt as _, seq::IndexedRandom as _};
use todo_proto::todo::v1::{self, Due, NewTodo, Todo, TodoImport, TodoStatus, due};

use super::{draw::Draw, request::Request, state::Account};

impl Draw {
    /// The values of a todo; its project and parent not always together as they must be.
    fn values(&mut self, account: &Account) -> Todo {
        let number = self.random.random_range(0..1000);
        let description = match self.random.random_range(0..20) {
            0..12 => String::new(),
            12..18 => format!("Description {number}\r\n\twith two lines"),
            _ => format!("{number} {}", "é and a long text. ".repeat(100)),
        };
        let mut todo = Todo {
            title: format!(" Todo {number} "),
            description,
            priority: self.random.random_range(0..5),
            due: if self.one_in(2) { Some(self.due()) } else { None },
            tags: self.tags(),
            ..Todo::default()
        };
        match self.random.random_range(0..20) {
            0..8 => todo.project_id = self.project_id(account),
            8..13 => todo.parent_id = self.name(account),
            13 => {
                (todo.project_id, todo.parent_id) = (self.project_id(account), self.name(account));
            }
            _ => {}
        }
        todo
    }

    fn due(&mut self) -> Due {
        dues().choose(&mut self.random).unwrap().clone()
    }

    pub(super) fn create(&mut self, account: &Account) -> Request {
        Request::Create(v1::CreateTodoRequest {
            todo: Some(self.values(account)),
            todo_id: self.chosen_id(account),
            ..v1::CreateTodoRequest::default()
        })
    }

    /// A few todos, or a line of parts of parts that may be too long.
    pub(super) fn create_many(&mut self, account: &Account) -> Request {
        let is_line = self.one_in(6);
        let count = self.random.random_range(1..=if is_line { 17 } else { 6 });
        let mut todos: Vec<NewTodo> = Vec::new();
        for _ in 0..count {
            let mut todo = self.values(account);
            let is_part = if is_line { !todos.is_empty() } else { self.one_in(3) };
            let earlier = if is_line { todos.last() } else { todos.choose(&mut self.random) };
            if let Some(earlier) = earlier.filter(|_| is_part)
                && !earlier.todo_id.is_empty()
            {
                todo.parent_id.clone_from(&earlier.todo_id);
                todo.project_id.clear();
            }
            let import = if self.one_in(3) { Some(self.import(account)) } else { None };
            let todo_id = if self.one_in(10) { String::new() } else { self.id() };
            todos.push(NewTodo { todo: Some(todo), todo_id, import });
        }
        Request::CreateMany(v1::BatchCreateTodosRequest { todos, ..v1::BatchCreateTodosRequest::default() })
    }

    fn import(&mut self, account: &Account) -> TodoImport {
        let count = self.random.random_range(0..3);
        let references = (0..24).collect::<Vec<_>>();
        let references = references.sample(&mut self.random, count).map(|number| v1::ExternalReference {
            source: "elsewhere".into(),
            external_id: number.to_string(),
        });
        let references = references.collect();
        let is_completed = self.one_in(3);
        let extra = v1::Extra { source: "elsewhere".into(), key: "mood".into(), value: "good".into() };
        let note = v1::Annotation {
            text: format!("Note {}", self.random.random_range(0..3)),
            create_time: self.past(),
            ..v1::Annotation::default()
        };
        TodoImport {
            references,
            status: if is_completed { TodoStatus::Completed } else { TodoStatus::NeedsAction }.into(),
            create_time: self.past(),
            update_time: self.past(),
            complete_time: if is_completed { self.past() } else { None },
            number: if self.one_in(4) {
                account.next_number - 6 + self.random.random_range(0..12)
            } else {
                0
            }
            .max(0),
            annotations: if self.one_in(3) { vec![note] } else { Vec::new() },
            extras: if self.one_in(3) { vec![extra] } else { Vec::new() },
        }
    }

    /// One of a few times, or none.
    fn past(&mut self) -> Option<Timestamp> {
        let seconds = 1_600_000_000 + self.random.random_range(0..4);
        self.random.random_ratio(2, 3).then_some(Timestamp { seconds, nanos: 123_456_000 })
    }

    pub(super) fn update(&mut self, account: &Account) -> Request {
        let values = self.values(account);
        let mut paths = Vec::new();
        for path in ["title", "description", "priority", "due", "tags"] {
            if self.one_in(4) {
                paths.push(path.to_owned());
            }
        }
        if !values.project_id.is_empty() || self.one_in(30) {
            paths.push("project_id".to_owned());
        }
        if !values.parent_id.is_empty() || self.one_in(15) {
            paths.push("parent_id".to_owned());
        }
        let mut message = v1::UpdateTodosRequest {
            ids: self.names(account),
            todo: Some(values),
            ..v1::UpdateTodosRequest::default()
        };
        if !paths.iter().any(|path| path == "tags") && self.one_in(2) {
            (message.add_tags, message.remove_tags) = (self.tags(), self.tags());
        }
        if self.one_in(6) {
            message.add_annotations = vec![format!("Note {} ", self.random.random_range(0..5))];
        }
        let named = account.find(&message.ids[0]);
        let note = named.and_then(|todo| todo.annotations.iter().min_by_key(|note| &note.text));
        if let Some(note) = note.filter(|_| self.one_in(3)) {
            message.remove_annotation_ids = vec![note.id.clone()];
        }
        if message.ids.len() == 1 && self.one_in(8) {
            let revision = named.map_or(1, |todo| todo.revision);
            message.expected_revision = revision + i64::from(self.one_in(4));
        }
        let is_empty = message.add_tags.is_empty()
            && message.remove_tags.is_empty()
            && message.add_annotations.is_empty()
            && message.remove_annotation_ids.is_empty();
        if paths.is_empty() && is_empty {
            paths.push("title".to_owned());
        }
        message.update_mask = Some(FieldMask { paths });
        Request::Update(message)
    }
}

/// Due times in the order in which they come in Berlin, each two of one line at the same moment.
pub(super) fn dues() -> Vec<Due> {
    let zoned = |date_time: &str, time_zone: &str| {
        due::Kind::Zoned(v1::ZonedDateTime { date_time: date_time.into(), time_zone: time_zone.into() })
    };
    let kinds = [
        (due::Kind::Local("2026-03-01T09:00:00".into()), zoned("2026-03-01T08:00:00", "UTC")),
        (due::Kind::Date("2026-03-01".into()), due::Kind::Date("2026-03-01".into())),
        (zoned("2026-03-02T00:30:00", "Europe/Berlin"), due::Kind::Local("2026-03-02T00:30:00".into())),
        (due::Kind::Local("2026-07-15T18:00:00".into()), zoned("2026-07-15T12:00:00", "America/New_York")),
        (due::Kind::Date("2026-07-15".into()), due::Kind::Date("2026-07-15".into())),
        (zoned("2026-07-16T00:00:00", "+00:00"), due::Kind::Local("2026-07-16T02:00:00".into())),
    ];
    kinds.into_iter().flat_map(|(one, other)| [one, other]).map(|kind| Due { kind: Some(kind) }).collect()
}
