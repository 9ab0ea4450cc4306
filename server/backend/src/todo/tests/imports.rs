//! What an import may say of todos, and what happens when it says it again.

use prost_types::Timestamp;
use tonic_types::StatusExt as _;

use super::{calls::*, *};
use crate::{testing::on_both_engines, time::Time};

fn reference(external_id: &str) -> v1::ExternalReference {
    v1::ExternalReference { source: "taskwarrior".into(), external_id: external_id.into() }
}

fn import(todo: v1::Todo, import: v1::TodoImport) -> v1::NewTodo {
    v1::NewTodo { import: Some(import), ..new_todo(todo) }
}

/// A todo that is known elsewhere by these ids.
fn known(title: &str, ids: &[&str]) -> v1::NewTodo {
    let references = ids.iter().map(|id| reference(id)).collect();
    import(titled(title), v1::TodoImport { references, ..Default::default() })
}

fn numbered(number: i32) -> v1::NewTodo {
    import(titled(&number.to_string()), v1::TodoImport { number, ..Default::default() })
}

fn field_of(status: &Status) -> String {
    assert_eq!(status.code(), Code::InvalidArgument, "{status}");
    status.get_details_bad_request().unwrap().field_violations[0].field.clone()
}

#[expect(clippy::unnecessary_wraps, reason = "as messages have it")]
fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds, nanos: 0 })
}

on_both_engines! {
    async fn an_import_keeps_what_was_there(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let remark = |text: &str, create_time| v1::Annotation { text: text.into(), create_time, ..Default::default() };
        let extra = v1::Extra { source: "taskwarrior".into(), key: "urgency".into(), value: "9.5\n".into() };
        let said = v1::TodoImport {
            references: vec![reference("b"), reference("a"), reference("b")],
            status: v1::TodoStatus::Completed.into(),
            create_time: at(1_000),
            update_time: at(3_000),
            complete_time: at(2_000),
            number: 7,
            annotations: vec![remark("later", at(1_600)), remark("earlier", at(1_500)), remark("now", None)],
            extras: vec![extra.clone()],
        };
        let todo = ann.add_all(vec![import(titled("Old"), said)]).await.unwrap().todos.remove(0);
        assert_eq!((todo.number, todo.status()), (7, v1::TodoStatus::Completed));
        assert_eq!((todo.create_time, todo.update_time, todo.complete_time), (at(1_000), at(3_000), at(2_000)));
        let notes: Vec<_> = todo.annotations.iter().map(|note| &*note.text).collect();
        assert_eq!(notes, ["earlier", "later", "now"]);
        assert_eq!(todo.annotations[2].create_time, Some(Time::now(&test_db.clock).to_proto()));
        assert_eq!((&todo.extras, &todo.references), (&vec![extra], &vec![reference("a"), reference("b")]));
        assert_eq!(ann.get("7").await.unwrap(), todo);
        let open = import(titled("Done"), v1::TodoImport { status: v1::TodoStatus::Completed.into(), ..Default::default() });
        let open = ann.add_all(vec![open]).await.unwrap().todos.remove(0);
        assert_eq!(open.complete_time, open.create_time, "now, for want of better knowledge");
        assert_sound(&test_db).await;
    }

    async fn numbers_are_kept_where_they_are_free(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        ann.add("1").await;
        let created = ann.add_all([5, 1, 0, 3, 5, 3].into_iter().map(numbered).collect()).await.unwrap();
        let numbers: Vec<_> = created.todos.iter().map(|todo| todo.number).collect();
        assert_eq!(numbers, [5, 6, 7, 3, 8, 9], "1 was used, 5 and 3 are so by now");
        assert_eq!(ann.add("next").await.number, 10);
        assert_eq!(ann.add_all(vec![numbered(4)]).await.unwrap().todos[0].number, 4, "never used, if passed over");
        ann.delete(&["4"]).await.unwrap();
        ann.purge(&["4"]).await.unwrap();
        assert_eq!(ann.add_all(vec![numbered(4)]).await.unwrap().todos[0].number, 11, "used for ever");
        let before = ann.state(&test_db).await;
        assert_eq!(field_of(&ann.add_all(vec![numbered(-1)]).await.unwrap_err()), "todos[0].import.number");
        assert_eq!(ann.state(&test_db).await, before);
        let created = ann.add_all([i32::MAX, 1_000_000_001, 0].into_iter().map(numbered).collect()).await.unwrap();
        let numbers: Vec<_> = created.todos.iter().map(|todo| todo.number).collect();
        assert_eq!(numbers, [12, 13, 14], "what would leave too few for others is no number to choose");
        let mut todos = ann.list(v1::ListTodosRequest::default()).await.unwrap().todos;
        todos.sort_by_key(|todo| todo.number);
        let todos = ann.get_all(&ids_of(&todos)).await.unwrap();
        assert!(todos.is_sorted_by_key(|todo| &todo.position), "in the order of their numbers");
        assert_sound(&test_db).await;
    }

    async fn a_number_is_used_for_ever_also_when_its_todo_is_forgotten(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        ann.add_all([2, 5].into_iter().map(numbered).collect()).await.unwrap();
        ann.delete(&["2"]).await.unwrap();
        ann.purge(&["2"]).await.unwrap();
        test_db.advance(std::time::Duration::from_hours(181 * 24));
        let now = Time::now(&test_db.clock);
        crate::maintenance::run(&test_db.db, &ChangeFeed::default(), now).await.unwrap();
        assert_eq!(ann.state(&test_db).await.0.forgotten_number, 2);
        let created = ann.add_all([1, 2, 3, 4].into_iter().map(numbered).collect()).await.unwrap();
        let numbers: Vec<_> = created.todos.iter().map(|todo| todo.number).collect();
        assert_eq!(numbers, [6, 7, 3, 4], "nobody knows any more whether 1 was used");
        assert_sound(&test_db).await;
    }

    async fn what_was_imported_before_may_be_named_by_its_id_too(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let id = new_id();
        let named = |title: &str| v1::NewTodo { todo_id: id.clone(), ..known(title, &["1"]) };
        ann.add_all(vec![named("first")]).await.unwrap();
        let again = ann.add_all(vec![named("second")]).await.unwrap().todos.remove(0);
        assert_eq!((&again.id, again.number, &*again.title), (&id, 1, "second"));
        let before = ann.state(&test_db).await;
        let of_another = v1::NewTodo { todo_id: id.clone(), ..known("third", &["2"]) };
        assert_eq!(code(ann.add_all(vec![of_another]).await), Code::AlreadyExists);
        ann.add_all(vec![known("other", &["2"])]).await.unwrap();
        let of_another = v1::NewTodo { todo_id: id.clone(), ..known("third", &["2"]) };
        assert_eq!(code(ann.add_all(vec![of_another]).await), Code::AlreadyExists, "of one that it does not name");
        assert_eq!(ann.state(&test_db).await.0.revision, before.0.revision + 1);
        assert_sound(&test_db).await;
    }

    async fn what_was_imported_before_is_given_its_new_values(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let home = ann.project("Home").await;
        let first = ann.add_all(vec![known("a", &["1"]), known("b", &["2", "3"])]).await.unwrap().todos;
        ann.delete(&[&first[1].id]).await.unwrap();
        test_db.advance(std::time::Duration::from_mins(1));
        let mut again = vec![known("b2", &["3", "4"]), known("c", &["5"]), known("a", &["1"])];
        again[0].todo.as_mut().unwrap().project_id = home.id.clone();
        let upserted = ann.add_all(again).await.unwrap();
        let [b, c, a] = &upserted.todos[..] else { panic!() };
        assert_eq!((&b.id, b.number, &*b.title), (&first[1].id, 2, "b2"));
        assert_eq!((b.delete_time, &b.project_id), (None, &home.id), "out of the trash");
        assert_eq!(b.references, [reference("2"), reference("3"), reference("4")]);
        assert_eq!((b.create_time, b.update_time), (first[1].create_time, Some(Time::now(&test_db.clock).to_proto())));
        assert_eq!(c.number, 3);
        assert_eq!(upserted.unchanged_ids, std::slice::from_ref(&first[0].id));
        assert_eq!(a, &first[0]);
        for todo in &upserted.todos {
            assert_eq!(&ann.get(&todo.id).await.unwrap(), todo, "what is stored is what was answered");
        }
        ann.undo(&upserted.operation_id).await.unwrap();
        let b = ann.get(&first[1].id).await.unwrap();
        assert_eq!((&*b.title, b.delete_time.is_some(), b.references.len()), ("b", true, 2));
        assert!(ann.get(&c.id).await.unwrap().delete_time.is_some(), "what was new goes to the trash");
        let fourth = ann.add_all(vec![known("d", &["4"])]).await.unwrap().todos.remove(0);
        assert_eq!(fourth.number, 4, "free again since the undo");
        assert_eq!(code(ann.redo().await), Code::NotFound);
        let undo = ann.operations().await[1].id.clone();
        assert_eq!(code(ann.undo(&undo).await), Code::Aborted, "that reference is another todo's by now");
        let redone = ann.force_undo(&undo).await.unwrap();
        assert!(redone.conflicts.iter().any(|conflict| conflict.field == "extras"));
        assert_eq!(ann.get(&first[1].id).await.unwrap().title, "b2");
        assert_eq!(ann.add_all(vec![known("d2", &["4"])]).await.unwrap().todos[0].id, fourth.id);
        assert_sound(&test_db).await;
    }

    async fn the_times_of_a_repeated_import_are_those_of_the_first(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let said = |create, update| v1::TodoImport {
            references: vec![reference("1")],
            create_time: at(create),
            update_time: at(update),
            ..Default::default()
        };
        let first = ann.add_all(vec![import(titled("a"), said(1_000, 2_000))]).await.unwrap().todos.remove(0);
        let again = ann.add_all(vec![import(titled("a"), said(1_500, 2_500))]).await.unwrap();
        assert_eq!((&again.todos[0], &*again.operation_id), (&first, ""), "nothing had to change");
        let changed = ann.add_all(vec![import(titled("b"), said(1_500, 2_500))]).await.unwrap().todos.remove(0);
        assert_eq!((changed.create_time, &changed), (at(1_000), &ann.get("1").await.unwrap()));
    }

    async fn references_name_one_todo_each(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let bob = Person::new(&test_db, &ChangeFeed::default(), "bob").await;
        ann.add_all(vec![known("a", &["1"]), known("b", &["2"])]).await.unwrap();
        let before = ann.state(&test_db).await;
        let both = ann.add_all(vec![known("c", &["3"]), known("x", &["1", "2"])]).await.unwrap_err();
        assert_eq!(field_of(&both), "todos[1].import.references");
        let twice = ann.add_all(vec![known("c", &["9", "8"]), known("d", &["8"])]).await.unwrap_err();
        assert!(twice.message().contains("taskwarrior: 8"), "{twice}");
        let one_by_two = ann.add_all(vec![known("x", &["1"]), known("y", &["1"])]).await;
        assert_eq!(code(one_by_two), Code::InvalidArgument);
        assert_eq!(ann.state(&test_db).await, before);
        let mut other_source = known("c", &["1"]);
        other_source.import.as_mut().unwrap().references[0].source = "todo.txt".into();
        assert_eq!(ann.add_all(vec![other_source]).await.unwrap().todos[0].number, 3, "another name");
        assert_eq!(bob.add_all(vec![known("Bob's", &["1"])]).await.unwrap().todos[0].number, 1, "names are per account");
        ann.delete(&["1"]).await.unwrap();
        ann.purge(&["1"]).await.unwrap();
        assert_eq!(ann.add_all(vec![known("a", &["1"])]).await.unwrap().todos[0].number, 4, "purged, so a new one");
        assert_sound(&test_db).await;
    }

    async fn one_todo_twice_by_two_references_is_refused(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        ann.add_all(vec![known("a", &["1", "2"])]).await.unwrap();
        let before = ann.state(&test_db).await;
        let twice = ann.add_all(vec![known("x", &["1"]), known("y", &["2"])]).await.unwrap_err();
        assert_eq!(field_of(&twice), "todos[1].import.references");
        assert_eq!(ann.state(&test_db).await, before);
    }

    async fn an_imported_tree_is_imported_again(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let home = ann.project("Home").await;
        let tree = |project_id: &str| {
            let (parent, mut part) = (new_id(), known("part", &["2"]));
            part.todo.as_mut().unwrap().parent_id = parent.clone();
            let mut top = v1::NewTodo { todo_id: parent, ..known("top", &["1"]) };
            top.todo.as_mut().unwrap().project_id = project_id.into();
            vec![top, part]
        };
        let first = ann.add_all(tree("")).await.unwrap().todos;
        // With other ids, and into another project.
        let again = ann.add_all(tree(&home.id)).await.unwrap().todos;
        assert_eq!(ids_of(&again), ids_of(&first));
        assert!(again.iter().all(|todo| todo.project_id == home.id));
        assert_eq!(again[1].parent_id, first[0].id);
        // Its part by number, before and behind it.
        let by_number = |title: &str| new_todo(v1::Todo { parent_id: "1".into(), ..titled(title) });
        let moved = vec![by_number("before"), known("top", &["1"]), by_number("behind")];
        ann.add_all(moved).await.unwrap();
        assert_sound(&test_db).await;
        let (mut one, mut other) = (known("top", &["1"]), known("part", &["2"]));
        one.todo.as_mut().unwrap().parent_id = "2".into();
        other.todo.as_mut().unwrap().parent_id = "1".into();
        let before = ann.state(&test_db).await;
        assert_eq!(code(ann.add_all(vec![one.clone(), other.clone()]).await), Code::InvalidArgument, "a circle");
        assert_eq!(code(ann.add_all(vec![other, one]).await), Code::InvalidArgument);
        assert_eq!(ann.state(&test_db).await, before);
        assert_sound(&test_db).await;
    }

    async fn what_an_import_may_not_say_is_refused(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let now = Time::now(&test_db.clock).to_proto().seconds;
        let future = Some(Timestamp { seconds: now + 25 * 3_600, nanos: 0 });
        let none = v1::TodoImport::default;
        let remark = |text: &str, create_time| v1::Annotation { text: text.into(), create_time, ..Default::default() };
        let extra = |key: &str, value: String| v1::Extra { source: "s".into(), key: key.into(), value };
        let before = ann.state(&test_db).await;
        for (said, field) in [
            (v1::TodoImport { create_time: future, ..none() }, "create_time"),
            (v1::TodoImport { update_time: future, ..none() }, "update_time"),
            (v1::TodoImport { complete_time: future, ..none() }, "complete_time"),
            (v1::TodoImport { create_time: at(i64::MIN), ..none() }, "create_time"),
            (v1::TodoImport { status: 9, ..none() }, "status"),
            (v1::TodoImport { annotations: vec![remark("a", future)], ..none() }, "annotations[0].create_time"),
            (v1::TodoImport { annotations: vec![remark("", None)], ..none() }, "annotations[0].text"),
            (v1::TodoImport { annotations: vec![remark("a", None); 101], ..none() }, "annotations"),
            (v1::TodoImport { references: vec![reference("")], ..none() }, "references[0].external_id"),
            (v1::TodoImport { references: vec![reference(&"x".repeat(501))], ..none() }, "references[0].external_id"),
            (v1::TodoImport { references: (0..21).map(|n| reference(&n.to_string())).collect(), ..none() }, "references"),
            (v1::TodoImport { extras: vec![extra("", String::new())], ..none() }, "extras[0].key"),
            (v1::TodoImport { extras: vec![extra("k", "\0".into())], ..none() }, "extras[0].value"),
            (v1::TodoImport { extras: vec![extra("k", "x".repeat(64 * 1024))], ..none() }, "extras"),
        ] {
            let refused = ann.add_all(vec![import(titled("a"), said)]).await.unwrap_err();
            assert_eq!(field_of(&refused), format!("todos[0].import.{field}"));
        }
        assert_eq!(ann.state(&test_db).await, before);
        let full = v1::TodoImport {
            references: (0..20).map(|n| reference(&n.to_string())).collect(),
            annotations: (0..100).map(|n| remark(&format!("{n:03}{}", "x".repeat(3_997)), at(1))).collect(),
            extras: vec![extra("k", "x".repeat(64 * 1024 - 2))],
            ..none()
        };
        let todo = ann.add_all(vec![import(titled("full"), full.clone())]).await.unwrap().todos.remove(0);
        assert_eq!((todo.references.len(), todo.annotations.len()), (20, 100));
        let again = ann.add_all(vec![import(titled("full"), full)]).await.unwrap();
        assert_eq!(again.operation_id, "", "the same notes are not added again");
        let more = v1::TodoImport { references: vec![reference("0"), reference("20")], ..none() };
        assert_eq!(field_of(&ann.add_all(vec![import(titled("a"), more)]).await.unwrap_err()), "todos[0].import.references");
    }
}
