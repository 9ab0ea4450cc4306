//! UpdateTodos: one change for many todos, and single tags and annotations.

use tonic_types::StatusExt as _;

use super::{calls::*, *};
use crate::testing::on_both_engines;

/// A change of the first todo that names no field.
fn of_first() -> v1::UpdateTodosRequest {
    v1::UpdateTodosRequest { ids: strings(&["1"]), ..Default::default() }
}

impl Person {
    async fn tag(&self, add: &[&str], remove: &[&str]) -> Result<Changed, Status> {
        let (add_tags, remove_tags) = (strings(add), strings(remove));
        self.update_todos(v1::UpdateTodosRequest { add_tags, remove_tags, ..of_first() }).await
    }

    async fn note(&self, add: &[&str], remove: &[&str]) -> Result<Changed, Status> {
        let (add_annotations, remove_annotation_ids) = (strings(add), strings(remove));
        self.update_todos(v1::UpdateTodosRequest { add_annotations, remove_annotation_ids, ..of_first() })
            .await
    }

    async fn first_tags(&self) -> Vec<String> {
        self.get("1").await.unwrap().tags
    }

    async fn first_notes(&self) -> Vec<String> {
        self.get("1").await.unwrap().annotations.into_iter().map(|note| note.text).collect()
    }
}

fn field_of(status: &Status) -> String {
    assert_eq!(status.code(), Code::InvalidArgument, "{status}");
    status.get_details_bad_request().unwrap().field_violations[0].field.clone()
}

on_both_engines! {
    async fn one_change_is_made_to_many_todos(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        ann.add_titled(&["1", "2", "3"]).await;
        let todo = v1::Todo {
            priority: v1::Priority::P1.into(),
            due: Some(due(v1::due::Kind::Date("2026-07-20".into()))),
            ..titled("2")
        };
        let message = v1::UpdateTodosRequest {
            ids: strings(&["3", "2", "1"]),
            add_tags: strings(&["new"]),
            ..patch(todo.clone(), &["title", "priority", "due"])
        };
        let changed = ann.update_todos(message.clone()).await.unwrap();
        assert_eq!(changed.results.iter().map(|result| result.number).collect::<Vec<_>>(), [3, 2, 1]);
        for after in &changed.todos {
            assert_eq!((&*after.title, after.priority(), &after.due), ("2", v1::Priority::P1, &todo.due));
            assert_eq!((&after.tags, after.revision), (&strings(&["new"]), changed.todos[0].revision));
        }
        let again = ann.update_todos(message).await.unwrap();
        assert_eq!((again.unchanged_ids.len(), again.operation_id), (3, String::new()));
        let undone = ann.undo(&changed.operation_id).await.unwrap();
        assert_eq!(titles_of(&undone.todos), ["3", "2", "1"]);
        assert!(undone.todos.iter().all(|todo| todo.tags.is_empty() && todo.due.is_none() && todo.priority == 0));
        ann.redo().await.unwrap();
        assert_eq!(ann.titles(v1::ListTodosRequest::default()).await, ["2", "2", "2"]);
        assert_sound(&test_db).await;
    }

    async fn what_asks_for_nothing_or_for_both_is_refused(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        ann.add_titled(&["1", "2"]).await;
        let before = ann.state(&test_db).await;
        assert_eq!(field_of(&ann.update_todos(of_first()).await.unwrap_err()), "update_mask");
        for both in [
            v1::UpdateTodosRequest { add_tags: strings(&["a"]), ..patch(titled(""), &["tags"]) },
            v1::UpdateTodosRequest { remove_tags: strings(&["a"]), ..patch(titled(""), &["tags"]) },
        ] {
            let both = v1::UpdateTodosRequest { ids: strings(&["1"]), ..both };
            assert_eq!(field_of(&ann.update_todos(both).await.unwrap_err()), "update_mask");
        }
        for path in ["number", "status", "position", "annotations", "id", "revision", "Title", "todo.title", "*", ""] {
            let refused = v1::UpdateTodosRequest { ids: strings(&["1"]), ..patch(titled("x"), &["title", path]) };
            assert_eq!(field_of(&ann.update_todos(refused).await.unwrap_err()), "update_mask", "{path}");
        }
        for ids in [&["1", "2"][..], &["1", "3"]] {
            let many = v1::UpdateTodosRequest { ids: strings(ids), expected_revision: 2, ..patch(titled("x"), &["title"]) };
            assert_eq!(field_of(&ann.update_todos(many).await.unwrap_err()), "expected_revision");
        }
        let negative = v1::UpdateTodosRequest { expected_revision: -1, add_tags: strings(&["a"]), ..of_first() };
        assert_eq!(field_of(&ann.update_todos(negative).await.unwrap_err()), "expected_revision");
        let stale = v1::UpdateTodosRequest { expected_revision: 99, add_tags: strings(&["a"]), ..of_first() };
        assert_eq!(code(ann.update_todos(stale).await), Code::Aborted);
        for bad in ["", "two words", "a,b", "\"a\"", &"x".repeat(65)] {
            assert_eq!(field_of(&ann.tag(&["a", bad], &[]).await.unwrap_err()), "add_tags[1]", "{bad:?}");
        }
        assert_eq!(ann.state(&test_db).await, before);
    }

    async fn tags_are_added_and_removed_without_regard_to_case(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        ann.create(v1::Todo { tags: strings(&["Home", "shop"]), ..titled("1") }).await.unwrap();
        ann.tag(&["HOME", "été", "ÉTÉ"], &["Shop", "never-there"]).await.unwrap();
        assert_eq!(ann.first_tags().await, ["Home", "été"], "as it was written first");
        let same = ann.tag(&["home"], &["shop"]).await.unwrap();
        assert_eq!((same.unchanged_ids.len(), same.operation_id), (1, String::new()));
        ann.tag(&["x"], &["X"]).await.unwrap();
        let both = ann.tag(&["HOME"], &["home"]).await.unwrap();
        assert_eq!(both.todos[0].tags.iter().filter(|tag| tag.to_lowercase() == "home").count(), 1, "removed, then added");
        let listed = v1::ListTodosRequest { filter: "@ÉTÉ".into(), ..Default::default() };
        assert_eq!(ann.titles(listed).await, ["1"]);
        assert_sound(&test_db).await;
    }

    async fn a_todo_with_too_many_tags_is_named(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let tags: Vec<_> = (0..50).map(|n| format!("t{n}")).collect();
        ann.add("1").await;
        ann.create(v1::Todo { tags: tags.clone(), ..titled("2") }).await.unwrap();
        let before = ann.state(&test_db).await;
        let more = v1::UpdateTodosRequest { ids: strings(&["1", "2"]), add_tags: strings(&["t50"]), ..Default::default() };
        let refused = ann.update_todos(more.clone()).await.unwrap_err();
        assert_eq!(field_of(&refused), "add_tags");
        assert!(refused.message().contains("Todo 2 would have more than 50 tags."), "{refused}");
        assert_eq!(ann.state(&test_db).await, before);
        let instead = v1::UpdateTodosRequest { remove_tags: strings(&["T0"]), ..more };
        assert_eq!(ann.update_todos(instead).await.unwrap().todos[1].tags.len(), 50);
        let all = v1::UpdateTodosRequest { add_tags: tags, remove_tags: strings(&["t50"]), ..of_first() };
        assert_eq!(ann.update_todos(all).await.unwrap().todos[0].tags.len(), 50);
    }

    async fn tags_are_undone_one_by_one(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let phone = ann.with_session("phone");
        ann.create(v1::Todo { tags: strings(&["old", "Kept"]), ..titled("1") }).await.unwrap();
        let changed = ann.tag(&["new", "other"], &["old"]).await.unwrap().operation_id;
        phone.tag(&["phone"], &["kept"]).await.unwrap();
        ann.undo(&changed).await.unwrap();
        assert_eq!(ann.first_tags().await, ["phone", "old"]);
        ann.redo().await.unwrap();
        let mut tags = ann.first_tags().await;
        tags.sort_unstable();
        assert_eq!(tags, ["new", "other", "phone"]);
        phone.tag(&[], &["NEW"]).await.unwrap();
        assert_eq!(code(ann.undo(&changed).await), Code::Aborted, "one of its tags is gone");
        let undone = ann.force_undo(&changed).await.unwrap_err();
        assert_eq!(undone.code(), Code::Aborted, "a field is undone as a whole");
        phone.tag(&["new"], &[]).await.unwrap();
        phone.tag(&["OLD"], &[]).await.unwrap();
        assert_eq!(code(ann.undo(&changed).await), Code::Aborted, "what it removed is there again");
        phone.tag(&[], &["old"]).await.unwrap();
        ann.undo(&changed).await.unwrap();
        assert_eq!(ann.first_tags().await, ["phone", "old"]);
        assert_sound(&test_db).await;
    }

    async fn annotations_are_added_in_order_and_removed_by_id(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        ann.add("1").await;
        let long = "ä".repeat(4_000);
        ann.note(&["first", "two\r\nlines", &long], &[]).await.unwrap();
        test_db.advance(std::time::Duration::from_secs(1));
        let changed = ann.note(&["last"], &[]).await.unwrap();
        assert_eq!(ann.first_notes().await, ["first", "two\nlines", &long, "last"]);
        let notes = changed.todos[0].annotations.clone();
        assert_eq!(notes[3].create_time, Some(crate::time::Time::now(&test_db.clock).to_proto()));
        assert_eq!(ann.get("1").await.unwrap().annotations, notes);
        for bad in ["", " \n ", "\u{7}", &"x".repeat(4_001)] {
            assert_eq!(field_of(&ann.note(&["a", bad], &[]).await.unwrap_err()), "add_annotations[1]");
        }
        assert_eq!(field_of(&ann.note(&[], &["1"]).await.unwrap_err()), "remove_annotation_ids[0]");
        let nothing = ann.note(&[], &[&new_id()]).await.unwrap();
        assert_eq!(nothing.operation_id, "", "there is no such annotation, as was wished");
        test_db.advance(std::time::Duration::from_secs(1));
        ann.note(&["new"], &[&notes[0].id, &notes[2].id]).await.unwrap();
        assert_eq!(ann.first_notes().await, ["two\nlines", "last", "new"]);
        let many: Vec<_> = (0..97).map(|n| n.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        ann.note(&many, &[]).await.unwrap();
        let before = ann.state(&test_db).await;
        let refused = ann.note(&["one more"], &[]).await.unwrap_err();
        assert!(refused.message().contains("Todo 1 would have more than 100 annotations."), "{refused}");
        assert_eq!(field_of(&ann.note(&["x"; 101], &[]).await.unwrap_err()), "add_annotations");
        assert_eq!(ann.state(&test_db).await, before);
        assert_eq!(ann.note(&["instead"], &[&notes[1].id]).await.unwrap().todos[0].annotations.len(), 100);
        assert_sound(&test_db).await;
    }

    async fn the_same_annotation_is_added_to_many_todos(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        ann.add_titled(&["1", "2"]).await;
        let both = v1::UpdateTodosRequest { ids: strings(&["1", "2"]), add_annotations: strings(&["seen"]), ..Default::default() };
        let changed = ann.update_todos(both).await.unwrap();
        assert!(changed.todos.iter().all(|todo| todo.annotations[0].text == "seen"));
        ann.note(&[], &[&changed.todos[0].annotations[0].id]).await.unwrap();
        assert_eq!(ann.get("2").await.unwrap().annotations.len(), 1, "that of the other stays");
    }

    async fn annotations_are_undone_one_by_one(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let pass = || test_db.advance(std::time::Duration::from_secs(1));
        ann.add("1").await;
        let first = ann.note(&["first"], &[]).await.unwrap();
        let first_id = first.todos[0].annotations[0].id.clone();
        pass();
        let changed = ann.note(&["mine"], &[&first_id]).await.unwrap().operation_id;
        pass();
        ann.with_session("phone").note(&["phone"], &[]).await.unwrap();
        ann.undo(&changed).await.unwrap();
        assert_eq!(ann.first_notes().await, ["first", "phone"], "in the order of their times");
        assert_eq!(ann.get("1").await.unwrap().annotations[0].id, first_id);
        ann.redo().await.unwrap();
        assert_eq!(ann.first_notes().await, ["mine", "phone"]);
        let mine = ann.get("1").await.unwrap().annotations[0].id.clone();
        let removed = ann.note(&[], &[&mine]).await.unwrap().operation_id;
        assert_eq!(code(ann.undo(&changed).await), Code::Aborted, "it was removed since");
        ann.undo(&removed).await.unwrap();
        ann.undo(&changed).await.unwrap();
        assert_eq!(ann.first_notes().await, ["first", "phone"]);
        assert_sound(&test_db).await;
    }

    async fn a_trial_of_a_change_changes_nothing(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let todo = ann.add("1").await;
        let before = ann.state(&test_db).await;
        let message = v1::UpdateTodosRequest {
            add_tags: strings(&["a"]),
            add_annotations: strings(&["b"]),
            validate_only: true,
            ..v1::UpdateTodosRequest { ids: strings(&["1"]), ..patch(titled("new"), &["title"]) }
        };
        let tried = ann.update_todos(message).await.unwrap();
        assert_eq!((&*tried.todos[0].title, tried.todos[0].tags.len(), &*tried.operation_id), ("new", 1, ""));
        let missing = v1::CompleteTodosRequest { ids: strings(&["2"]), validate_only: true, ..Default::default() };
        assert_eq!(code(ann.service.complete_todos(ann.request(missing)).await), Code::NotFound);
        assert_eq!(ann.state(&test_db).await, before);
        assert_eq!(ann.get("1").await.unwrap(), todo);
    }
}
