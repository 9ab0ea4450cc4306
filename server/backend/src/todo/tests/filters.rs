use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use proptest::{prelude::*, sample::select, strategy::ValueTree as _, test_runner::TestRunner};
use todo_model::{
    Due,
    grammar::{Filter, TodoView},
};

use super::*;
use crate::{
    ids::TodoId,
    store::{
        conn::{Conn, Write},
        encoded_todo, owned, projects, todo_list,
        todos::{self, Todo},
    },
    testing::on_both_engines,
    time::Time,
    todo::{due::from_proto, filter, patch::Patch},
};

impl Person {
    async fn count(&self, filter: &str) -> Result<v1::CountTodosResponse, Status> {
        let message = v1::CountTodosRequest { filter: filter.into() };
        self.service.count_todos(self.request(message)).await.map(Response::into_inner)
    }
}

on_both_engines! {
    async fn every_filter_selects_its_todos(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let bob = Person::new(&test_db, &ChangeFeed::default(), "bob").await;
        bob.add("Bob's MILK").await;
        let project = ann.add_project("Work").await.unwrap().project.unwrap().id;
        let milk = v1::Todo { tags: strings(&["Éclair", "shop-now"]), ..titled("Buy MILK ÄÖ") };
        let milk = ann.create(milk).await.unwrap().todo.unwrap();
        let report = v1::Todo { project_id: project.clone(), description: "100%_sure".into(), ..titled("Report") };
        ann.create(report).await.unwrap();
        let (done, gone) = (ann.add("Done").await, ann.add("Gone").await);
        ann.complete(&[&done.id]).await.unwrap();
        ann.delete(&[&gone.id]).await.unwrap();

        let prefix = format!("id:{}", milk.id[..23].to_uppercase());
        let cases: [(&str, &[&str]); 20] = [
            ("", &["Buy MILK ÄÖ", "Report"]),
            ("is:open", &["Buy MILK ÄÖ", "Report"]),
            ("is:any", &["Buy MILK ÄÖ", "Report", "Done"]),
            ("is:any | is:trash", &["Buy MILK ÄÖ", "Report", "Done", "Gone"]),
            ("is:trash", &["Gone"]),
            ("is:done", &["Done"]),
            (&format!("project:{project}"), &["Report"]),
            ("@éCLAIR", &["Buy MILK ÄÖ"]),
            ("tag:Shop-now", &["Buy MILK ÄÖ"]),
            ("@shop", &[]),
            ("shop", &["Buy MILK ÄÖ"]),
            ("äö milk", &["Buy MILK ÄÖ"]),
            ("\"milk buy\"", &[]),
            ("0%_S", &["Report"]),
            ("0__s", &[]),
            ("3 1 99", &["Buy MILK ÄÖ", "Done"]),
            ("4", &["Gone"]),
            (&prefix, &["Buy MILK ÄÖ"]),
            ("id:ffff", &[]),
            ("parent:1", &[]),
        ];
        for (filter, expected) in cases {
            assert_eq!(ann.titles(filtered(filter)).await, expected, "{filter}");
            let count = ann.count(filter).await.unwrap();
            assert_eq!((count.count, count.at_least), (i32::try_from(expected.len()).unwrap(), false), "{filter}");
        }
        assert_eq!(code(ann.list(v1::ListTodosRequest { order_by: 9, ..filtered("") }).await), Code::InvalidArgument);
    }

    async fn a_bad_filter_is_refused_with_its_column(test_db: TestDb) {
        use tonic_types::StatusExt as _;
        let ann = Person::ann(&test_db).await;
        let counted = ann.count("milk is:opne").await.unwrap_err();
        let listed = ann.list(filtered("milk is:opne")).await.unwrap_err();
        for status in [counted, listed] {
            assert_eq!(status.code(), Code::InvalidArgument);
            let violations = status.get_details_bad_request().unwrap().field_violations;
            assert_eq!(violations.len(), 1);
            assert_eq!(violations[0].field, "filter");
            assert_eq!(
                violations[0].description,
                "Column 9: expected `open`, `done`, `any` or `trash`. Did you mean `open`?"
            );
        }
        assert_eq!(code(ann.list(filtered("a\0")).await), Code::InvalidArgument);
        assert_eq!(code(ann.list(filtered(&"x".repeat(1_001))).await), Code::InvalidArgument);
    }

    async fn due_times_are_compared_on_the_clock_of_the_account(test_db: TestDb) {
        use v1::due::Kind;
        let ann = Person::ann(&test_db).await;
        // 01:00 in Tokyo on the 16th is noon in New York on the 15th.
        let tokyo = v1::ZonedDateTime { date_time: "2026-07-16T01:00:00".into(), time_zone: "Asia/Tokyo".into() };
        for (title, kind) in [
            ("yesterday", Kind::Date("2026-07-14".into())),
            ("today", Kind::Date("2026-07-15".into())),
            ("tonight", Kind::Local("2026-07-15T23:59:59".into())),
            ("tokyo", Kind::Zoned(tokyo)),
            ("tomorrow", Kind::Local("2026-07-16T00:00:00".into())),
        ] {
            ann.create(v1::Todo { due: Some(due(kind)), ..titled(title) }).await.unwrap();
        }
        ann.add("never").await;
        let titles = async |filter: &str| {
            ann.titles(v1::ListTodosRequest { order_by: v1::TodoOrder::Due.into(), ..filtered(filter) }).await
        };
        assert_eq!(titles("due:2026-07-15").await, ["tokyo", "tonight", "today"]);
        assert_eq!(titles("due.before:2026-07-15T17:00").await, ["yesterday", "tokyo"], "overdue");
        assert_eq!(titles("due.after:2026-07-15").await, ["tomorrow"]);
        assert_eq!(titles("due.by:2026-07-15T12:00").await, ["yesterday", "tokyo"]);
        assert_eq!(titles("due:none").await, ["never"]);
        let in_tokyo = crate::auth::accounts::SetTimeZone { owner: ann.account, time_zone: "Asia/Tokyo".into() };
        test_db.db.write(in_tokyo).await.unwrap();
        assert_eq!(titles("due:2026-07-15").await, ["tonight", "today"]);
    }

    async fn counting_stops_at_its_bound(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        test_db.db.write(InsertRows { owner: ann.account, count: 10_001 }).await.unwrap();
        let count = ann.count("").await.unwrap();
        assert_eq!((count.count, count.at_least), (10_000, true));
        let count = ann.count("1-10000").await.unwrap();
        assert_eq!((count.count, count.at_least), (10_000, false));
        test_db.db.write(DeleteRows { owner: ann.account }).await.unwrap();
    }

    /// What SQL finds and what todo-model finds in memory are the same.
    async fn sql_and_memory_agree(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let mut runner = TestRunner::deterministic();
        let ids = ann.add_random(&mut runner).await;
        let todos = ann.list(v1::ListTodosRequest { page_size: 1_000, ..filtered("is:any | is:trash") }).await.unwrap().todos;
        assert_eq!(todos.len(), ids.todos.len());
        let views = Views::new(todos);
        let new_york = TimeZone::get("America/New_York").unwrap();
        let mut found = BTreeSet::new();
        for _ in 0..400 {
            let text = filters(&ids).new_tree(&mut runner).unwrap().current();
            let Ok(parsed) = Filter::parse(&text) else { continue };
            let mut reader = test_db.db.reader().await.unwrap();
            let conn = &mut reader.conn();
            let filter = filter::in_zone(conn, ann.account, &parsed).await.unwrap();
            let by_sql = todo_list::matching(conn, ann.account, &filter, 1_001).await.unwrap();
            let by_sql: Vec<_> = by_sql.iter().map(ToString::to_string).collect();
            assert_eq!(by_sql, views.matching(&parsed, &new_york), "{text}");
            let count = todo_list::count(conn, ann.account, &filter, 1_001).await.unwrap();
            assert_eq!(usize::try_from(count).unwrap(), by_sql.len(), "{text}");
            found.insert(by_sql.len());
        }
        assert!(found.len() > 20, "the filters tell the todos apart: {found:?}");
    }
}

/// Deletes all todos, of which the account does not know.
struct DeleteRows {
    owner: AccountId,
}

impl Write for DeleteRows {
    type Output = u64;

    async fn apply(&self, conn: &mut Conn<'_>) -> crate::Result<u64> {
        owned::delete_some(conn, self.owner, owned::TABLES[0], 100_000).await
    }
}

/// Inserts bare todos: creating that many takes long.
struct InsertRows {
    owner: AccountId,
    count: i64,
}

impl Write for InsertRows {
    type Output = ();

    async fn apply(&self, conn: &mut Conn<'_>) -> crate::error::Result<()> {
        let now = Time::from_micros(0);
        let row = |number| {
            let row = Patch::default().new_row(TodoId::generate(now), projects::inbox_of(self.owner), now)?;
            Ok((self.owner, Todo { number, ..row }))
        };
        let rows = (1..=self.count).map(row).collect::<crate::error::Result<Vec<_>>>()?;
        todos::insert_all(conn, &rows).await
    }
}

/// What there is to be filtered.
struct Ids {
    projects: Vec<String>,
    todos: Vec<String>,
}

const WORDS: [&str; 8] = ["milk", "Bread", "ÄÖ", "100%_sure", "a!b", "Straße", "ΟΔΟΣ", "tax"];
const DUES: [&str; 9] = [
    "2026-07-14",
    "2026-07-15",
    "2026-07-16",
    "2026-07-15T18:00:00",
    "2026-07-15T18:00:01",
    "2026-07-15T00:00:00",
    "2026-07-16T07:00:00[Asia/Tokyo]",
    "2026-07-16T04:00:00[UTC]",
    "2026-07-15T22:00:01[UTC]",
];

impl Person {
    /// Adds a few dozen todos, in projects of which one is deleted, parts of each other, some done, some in the trash.
    async fn add_random(&self, runner: &mut TestRunner) -> Ids {
        let mut ids = Ids { projects: Vec::new(), todos: Vec::new() };
        for name in ["Home", "Work", "Old"] {
            ids.projects.push(self.add_project(name).await.unwrap().project.unwrap().id);
        }
        let todos = (
            prop::collection::vec(select(&WORDS[..]), 1..3),
            prop::collection::vec(select(&WORDS[..]), 0..2),
            prop::collection::btree_set(select(&WORDS[..]), 0..3),
            0..5_i32,
            prop::option::weighted(0.8, select(&DUES[..])),
            0..4_usize,
        );
        for number in 0..40_usize {
            let (title, description, tags, priority, due, place) = todos.new_tree(runner).unwrap().current();
            let parent_id = if number % 3 == 2 { ids.todos[number / 3].clone() } else { String::new() };
            // A part is where its parent is.
            let place = if parent_id.is_empty() { ids.projects.get(place) } else { None };
            let todo = v1::Todo {
                title: title.join(" "),
                description: description.join("\n"),
                tags: tags.into_iter().map(str::to_owned).collect(),
                priority,
                due: due.map(encoded_todo::due),
                project_id: place.cloned().unwrap_or_default(),
                parent_id,
                ..Default::default()
            };
            ids.todos.push(self.create(todo).await.unwrap().todo.unwrap().id);
        }
        let every = |step: usize| ids.todos.iter().step_by(step).map(String::as_str).collect::<Vec<_>>();
        self.complete(&every(3)).await.unwrap();
        self.delete(&every(7)).await.unwrap();
        self.delete_project(&ids.projects[2]).await.unwrap();
        ids
    }
}

/// Filters of all conditions, about what there is.
fn filters(ids: &Ids) -> impl Strategy<Value = String> + use<> {
    let moments =
        select(vec!["2026-07-14", "2026-07-15", "2026-07-16", "2026-07-15T18:00", "2026-07-15T00:00:00"]);
    let words = select(&WORDS[..]).prop_map(|word| format!("\"{word}\""));
    let parts = select(vec![
        "milk",
        "ilk",
        "%",
        "_",
        "!",
        "straß",
        "οδος",
        "οδοσ",
        "äö",
        "\"milk bread\"",
        "\"milk\ntax\"",
    ]);
    let fixed = select(vec![
        "is:open",
        "is:done",
        "is:any",
        "is:trash",
        "p0",
        "p1",
        "p2..p3",
        "due:none",
        "due:any",
        "#1-9",
        "#2,4-6,33",
        "parent:1",
        "parent:2",
        "parent:999",
    ]);
    let leaves = prop_oneof![
        3 => fixed.prop_map(str::to_owned),
        1 => words,
        1 => parts.prop_map(str::to_owned),
        1 => select(&WORDS[..]).prop_map(|word| format!("@{word}")),
        1 => select(ids.projects.clone()).prop_map(|id| format!("project:{id}")),
        1 => select(ids.todos.clone()).prop_map(|id| format!("parent:{id}")),
        1 => select(ids.todos.clone()).prop_map(|id| format!("id:{id}")),
        2 => (select(vec!["due:", "due.before:", "due.after:", "due.by:"]), moments.clone()).prop_map(|(key, at)| format!("{key}{at}")),
        1 => (moments.clone(), moments).prop_map(|(from, to)| format!("due:{from}..{to}")),
    ];
    leaves.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            2 => prop::collection::vec(inner.clone(), 1..4).prop_map(|filters| format!("({})", filters.join(" "))),
            2 => prop::collection::vec(inner.clone(), 1..4).prop_map(|filters| format!("({})", filters.join(" | "))),
            1 => inner.prop_map(|filter| format!("!({filter})")),
        ]
    })
}

/// All todos, as a filter looks at them.
struct Views {
    todos: Vec<(v1::Todo, Option<Due>)>,
    numbers: BTreeMap<String, i64>,
}

impl Views {
    fn new(todos: Vec<v1::Todo>) -> Self {
        let numbers = todos.iter().map(|todo| (todo.id.clone(), todo.number.into())).collect();
        let with_due = |todo: v1::Todo| (from_proto(todo.due.as_ref()).unwrap(), todo);
        let todos = todos.into_iter().map(with_due).map(|(due, todo)| (todo, due)).collect();
        Self { todos, numbers }
    }

    fn matching(&self, filter: &Filter, zone: &TimeZone) -> Vec<String> {
        let matches = |(todo, due): &&(v1::Todo, Option<Due>)| {
            let view = TodoView {
                id: todo.id.parse().unwrap(),
                number: todo.number.into(),
                project: todo.project_id.parse().unwrap(),
                parent: todo.parent_id.parse().ok().map(|id| (id, self.numbers[&todo.parent_id])),
                title: &todo.title,
                notes: &todo.description,
                tags: &todo.tags,
                priority: u8::try_from(todo.priority).ok().filter(|priority| *priority > 0),
                due: due.as_ref(),
                is_done: todo.complete_time.is_some(),
                is_in_trash: todo.delete_time.is_some(),
            };
            filter.matches(&view, zone)
        };
        self.todos.iter().filter(matches).map(|(todo, _)| todo.id.clone()).collect()
    }
}
