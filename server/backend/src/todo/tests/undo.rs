use v1::OperationKind::{
    CompleteTodos, CreateProject, CreateTodos, DeleteTodos, UndoOperation, UpdateProject, UpdateTodos,
};

use super::*;
use crate::testing::on_both_engines;

on_both_engines! {
    async fn every_kind_of_change_can_be_undone(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let created = ann.create(v1::Todo { description: "Text".into(), ..titled("Old") }).await.unwrap();
        let todo = created.todo.unwrap();

        let updated = ann.update(v1::Todo { id: todo.id.clone(), ..titled("New") }, &["title"]).await.unwrap();
        let back = ann.undo(&updated.operation_id).await.unwrap();
        assert_eq!((back.todos[0].title.as_str(), back.todos[0].description.as_str()), ("Old", "Text"));

        let done = ann.complete(&[&todo.id]).await.unwrap();
        let back = ann.undo(&done.operation_id).await.unwrap();
        assert_eq!(back.operation.unwrap().kind(), v1::OperationKind::CompleteTodos);
        assert_eq!(back.todos[0].status(), v1::TodoStatus::NeedsAction);
        assert_eq!(back.todos[0].description, "Text");

        ann.complete(&[&todo.id]).await.unwrap();
        let completed = ann.get(&todo.id).await.unwrap();
        test_db.advance(std::time::Duration::from_secs(5));
        let reopened = ann.reopen(&[&todo.id]).await.unwrap();
        let back = ann.undo(&reopened.operation_id).await.unwrap();
        assert_eq!(back.todos[0].complete_time, completed.complete_time, "the time it was done, not of the undo");

        let deleted = ann.delete(&[&todo.id]).await.unwrap();
        let back = ann.undo(&deleted.operation_id).await.unwrap();
        assert_eq!(back.todos[0].delete_time, None);

        ann.delete(&[&todo.id]).await.unwrap();
        let trashed = ann.get(&todo.id).await.unwrap();
        let restored = ann.restore(&[&todo.id]).await.unwrap();
        let back = ann.undo(&restored.operation_id).await.unwrap();
        assert_eq!(back.todos[0].delete_time, trashed.delete_time);

        let second = ann.create(titled("Second")).await.unwrap();
        ann.undo(&second.operation_id).await.unwrap();
        let second = ann.get(&second.todo.unwrap().id).await.unwrap();
        assert!(second.delete_time.is_some(), "nothing is ever lost: it is in the trash");
    }

    async fn without_an_id_the_newest_change_is_undone(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        assert_eq!(code(ann.undo("").await), Code::NotFound);
        for title in ["a", "b", "c"] {
            test_db.advance(std::time::Duration::from_secs(1));
            ann.add(title).await;
        }
        ann.undo("").await.unwrap();
        assert_eq!(ann.titles(v1::ListTodosRequest::default()).await, ["a", "b"]);
        test_db.advance(std::time::Duration::from_secs(1));
        let id = new_id();
        let undone = ann.undo_as("", id.clone()).await.unwrap();
        assert_eq!(ann.undo_as("", id).await.unwrap(), undone, "a repeat takes back nothing more");
        assert_eq!(ann.titles(v1::ListTodosRequest::default()).await, ["a"]);
    }

    async fn repeated_undo_reverts_every_change(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let pass = || test_db.advance(std::time::Duration::from_secs(1));
        let project = ann.add_project("Work").await.unwrap().project.unwrap();
        pass();
        let todo = ann.create(v1::Todo { project_id: project.id.clone(), ..titled("a") }).await.unwrap().todo.unwrap();
        pass();
        let asked = v1::Todo { id: todo.id.clone(), title: "b".into(), description: "c".into(), ..Default::default() };
        ann.update(asked.clone(), &["title"]).await.unwrap();
        pass();
        ann.update(asked, &["description"]).await.unwrap();
        pass();
        ann.complete(&[&todo.id]).await.unwrap();
        pass();
        ann.delete(&[&todo.id]).await.unwrap();
        pass();
        ann.rename_project(&project.id, "Job").await.unwrap();
        let mut kinds = Vec::new();
        while let Ok(undone) = ann.undo("").await {
            pass();
            kinds.push(undone.operation.unwrap().kind());
        }
        assert_eq!(
            kinds,
            [UpdateProject, DeleteTodos, CompleteTodos, UpdateTodos, UpdateTodos, CreateTodos, CreateProject]
        );
        assert_eq!(ann.projects().await.len(), 1);
        assert!(ann.titles(v1::ListTodosRequest::default()).await.is_empty());
    }

    async fn a_newer_description_is_not_overwritten(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let todo = ann.add("a").await;
        let describe = |text: &str| v1::Todo { id: todo.id.clone(), description: text.into(), ..Default::default() };
        let first = ann.update(describe("first"), &["description"]).await.unwrap();
        ann.update(describe("second"), &["description"]).await.unwrap();
        assert_eq!(code(ann.undo(&first.operation_id).await), Code::Aborted);
    }

    async fn a_change_is_undone_field_by_field_unless_one_was_changed_since(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let (a, b) = (ann.add("a").await, ann.add("b").await);
        let done = ann.complete(&[&a.id, &b.id]).await.unwrap();
        ann.update(v1::Todo { id: a.id.clone(), ..titled("a2") }, &["title"]).await.unwrap();
        let newer = ann.reopen(&[&b.id]).await.unwrap();
        assert_eq!(code(ann.undo(&done.operation_id).await), Code::Aborted);
        let a = ann.get(&a.id).await.unwrap();
        assert_eq!(a.status(), v1::TodoStatus::Completed, "nothing is half undone");
        ann.undo(&newer.operation_id).await.unwrap();
        let undone = ann.undo(&done.operation_id).await.unwrap();
        assert_eq!(undone.todos[0].title, "a2", "what it did not change stays");
        assert!(undone.todos.iter().all(|todo| todo.status() == v1::TodoStatus::NeedsAction));
    }

    async fn tags_are_undone_one_by_one(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let tag = async |id: &str, tags: &[&str]| {
            let todo = v1::Todo { id: id.into(), tags: strings(tags), ..Default::default() };
            ann.update(todo, &["tags"]).await.unwrap()
        };
        let todo = ann.create(v1::Todo { tags: strings(&["a", "b"]), ..titled("x") }).await.unwrap().todo.unwrap();
        let changed = tag(&todo.id, &["b", "c"]).await;
        let added = tag(&todo.id, &["b", "c", "d"]).await;
        assert_eq!(ann.undo(&changed.operation_id).await.unwrap().todos[0].tags, ["b", "d", "a"]);
        assert_eq!(ann.undo(&added.operation_id).await.unwrap().todos[0].tags, ["b", "a"]);
        let removed = tag(&todo.id, &["a"]).await;
        tag(&todo.id, &["a", "B"]).await;
        assert_eq!(code(ann.undo(&removed.operation_id).await), Code::Aborted, "somebody has added it again");
    }

    async fn undoing_an_undo_redoes_the_change(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let todo = ann.add("a").await;
        let done = ann.complete(&[&todo.id]).await.unwrap().operation_id;
        let mut last = done.clone();
        for turn in 1..=6 {
            last = ann.undo(&last).await.unwrap().operation.unwrap().undone_by;
            let is_done = ann.get(&todo.id).await.unwrap().status() == v1::TodoStatus::Completed;
            assert_eq!(is_done, turn % 2 == 0, "{turn}");
            let log = ann.operations().await;
            let operation = log.iter().find(|operation| operation.id == done).unwrap();
            assert_eq!(operation.undone_by.is_empty(), is_done, "{turn}");
        }
        // In effect, so it is the newest change again.
        ann.undo("").await.unwrap();
        assert_eq!(ann.get(&todo.id).await.unwrap().status(), v1::TodoStatus::NeedsAction);
    }

    async fn redo_walks_back_what_undo_walked(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let todo = ann.add("0").await;
        for title in ["1", "2", "3"] {
            ann.update(v1::Todo { id: todo.id.clone(), ..titled(title) }, &["title"]).await.unwrap();
        }
        let title = async || ann.get(&todo.id).await.unwrap().title;
        assert_eq!(code(ann.redo().await), Code::NotFound, "nothing was undone");
        for expected in ["2", "1", "0"] {
            ann.undo("").await.unwrap();
            assert_eq!(title().await, expected);
        }
        for expected in ["1", "2", "3"] {
            ann.redo().await.unwrap();
            assert_eq!(title().await, expected);
        }
        assert_eq!(code(ann.redo().await), Code::NotFound);
        ann.undo("").await.unwrap();
        ann.update(v1::Todo { id: todo.id.clone(), ..titled("new") }, &["title"]).await.unwrap();
        assert_eq!(code(ann.redo().await), Code::NotFound, "a new change ends it");
        assert_eq!(title().await, "new");
    }

    async fn force_undoes_what_has_not_changed_since(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let (a, b) = (ann.add("a").await, ann.add("b").await);
        let both = v1::Todo { id: a.id.clone(), priority: 1, ..titled("a2") };
        let changed = ann.update(both, &["title", "priority"]).await.unwrap().operation_id;
        ann.update(v1::Todo { id: a.id.clone(), ..titled("a3") }, &["title"]).await.unwrap();
        let refused = ann.undo(&changed).await.unwrap_err();
        assert_eq!(refused.message(), "Todo 1 has another title by now, so the change cannot be undone.");
        let undone = ann.undo_target(Target::OperationId(changed), true, new_id()).await.unwrap();
        assert_eq!((&*undone.todos[0].title, undone.todos[0].priority), ("a3", 0));
        let conflict = &undone.conflicts[0];
        assert_eq!((&*conflict.id, conflict.number, &*conflict.field), (&*a.id, 1, "title"));

        let done = ann.complete(&[&a.id, &b.id]).await.unwrap().operation_id;
        ann.delete(&[&a.id]).await.unwrap();
        test_db.advance(std::time::Duration::from_hours(31 * 24));
        let now = crate::time::Time::now(&test_db.clock);
        crate::maintenance::run(&test_db.db, &ChangeFeed::default(), now).await.unwrap();
        assert_eq!(code(ann.undo(&done).await), Code::Aborted, "one was purged");
        let request = new_id();
        let undone = ann.undo_target(Target::OperationId(done.clone()), true, request.clone()).await.unwrap();
        assert_eq!((undone.todos.len(), &*undone.todos[0].id, undone.conflicts.len()), (1, &*b.id, 1));
        let again = ann.undo_target(Target::OperationId(done), true, request).await.unwrap();
        assert_eq!(again, undone, "a retry returns the conflicts, too");
    }

    async fn a_group_is_undone_one_operation_after_another(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let group = new_id();
        for title in ["1", "2", "3"] {
            let message = v1::CreateTodoRequest {
                todo: Some(titled(title)),
                request_id: new_id(),
                group_id: group.clone(),
                ..Default::default()
            };
            ann.service.create_todo(ann.request(message)).await.unwrap();
        }
        ann.add("other").await;
        for (remaining, left) in [(2, &["1", "2", "other"][..]), (1, &["1", "other"]), (0, &["other"])] {
            let undone = ann.undo_target(Target::GroupId(group.clone()), false, new_id()).await.unwrap();
            assert_eq!(undone.remaining_operations, remaining);
            assert_eq!(ann.titles(v1::ListTodosRequest::default()).await, left);
        }
        assert_eq!(code(ann.undo_target(Target::GroupId(group), false, new_id()).await), Code::NotFound);
    }

    async fn the_newest_is_the_callers_own(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        ann.add("mine").await;
        let phone = ann.with_session("phone");
        phone.add("on the phone").await;
        ann.undo("").await.unwrap();
        assert_eq!(ann.titles(v1::ListTodosRequest::default()).await, ["on the phone"]);
        assert_eq!(code(ann.undo("").await), Code::NotFound);
        let log = ann.operations().await;
        let clients: Vec<_> = log.iter().map(|operation| operation.actor.as_ref().unwrap().client.as_str()).collect();
        assert_eq!(clients, ["", "phone", ""]);
    }

    async fn the_log_shows_values_before_and_after(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let description = "x".repeat(3_000);
        let first = ann.create(v1::Todo { description, ..titled("Milk") }).await.unwrap();
        let todo = first.todo.unwrap();
        ann.add("Other").await;
        let asked = v1::Todo { id: todo.id.clone(), tags: strings(&["a", "b"]), priority: 2, ..titled("Oat milk") };
        ann.update(asked, &["title", "tags", "priority"]).await.unwrap();
        let of_todo = v1::ListOperationsRequest { todo_id: "1".into(), ..Default::default() };
        let log = ann.service.list_operations(ann.request(of_todo)).await.unwrap().into_inner().operations;
        assert_eq!(log.len(), 2, "the other todo is left out");
        let shown = |operation: &v1::Operation| {
            let json = |value: &Option<prost_types::Value>| match value.clone().unwrap().kind.unwrap() {
                prost_types::value::Kind::NullValue(_) => "null".into(),
                prost_types::value::Kind::StringValue(text) => text,
                prost_types::value::Kind::NumberValue(number) => number.to_string(),
                other => format!("{} tags", match other {
                    prost_types::value::Kind::ListValue(list) => list.values.len(),
                    _ => unreachable!(),
                }),
            };
            let field = |field: &v1::FieldChange| {
                let (before, after) = (json(&field.before), json(&field.after));
                format!("{} {before} {}", field.field, after.chars().take(8).collect::<String>())
            };
            operation.todos[0].fields.iter().map(field).collect::<Vec<_>>()
        };
        assert_eq!(shown(&log[0]), ["title Milk Oat milk", "priority null 2", "tags null 2 tags"]);
        let created = &log[1];
        assert!(created.todos[0].created);
        let description = created.todos[0].fields.iter().find(|field| field.field == "description").unwrap();
        let length = |field: &v1::FieldChange| match field.after.clone().unwrap().kind.unwrap() {
            prost_types::value::Kind::StringValue(text) => text.chars().count(),
            _ => 0,
        };
        assert_eq!(length(description), 1_025, "cut, with an ellipsis");
        let whole = v1::GetOperationRequest { id: created.id.clone(), ..Default::default() };
        let whole = ann.service.get_operation(ann.request(whole)).await.unwrap().into_inner().operation.unwrap();
        let description = whole.todos[0].fields.iter().find(|field| field.field == "description").unwrap();
        assert_eq!(length(description), 3_000);
    }

    async fn the_objects_of_an_operation_come_in_pages(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let mut ids = Vec::new();
        for n in 0..25 {
            ids.push(ann.add(&n.to_string()).await.id);
        }
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let done = ann.complete(&ids).await.unwrap().operation_id;
        let log = ann.operations().await;
        assert_eq!((log[0].todos.len(), log[0].todo_count), (20, 25));
        let mut message = v1::GetOperationRequest { id: done, page_size: 10, ..Default::default() };
        let mut names = Vec::new();
        loop {
            let page = ann.service.get_operation(ann.request(message.clone())).await.unwrap().into_inner();
            names.extend(page.operation.unwrap().todos.into_iter().map(|todo| todo.name));
            message.page_token = page.next_page_token;
            if message.page_token.is_empty() {
                break;
            }
        }
        assert_eq!(names, (0..25).map(|n| n.to_string()).collect::<Vec<_>>());
        let foreign = Person::new(&test_db, &ChangeFeed::default(), "bob").await;
        message.page_token.clear();
        assert_eq!(code(foreign.service.get_operation(foreign.request(message)).await), Code::NotFound);
    }

    async fn undo_restores_no_todo_into_a_deleted_project(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let project = ann.add_project("Work").await.unwrap().project.unwrap();
        let todo = v1::Todo { project_id: project.id.clone(), ..titled("a") };
        let todo = ann.create(todo).await.unwrap().todo.unwrap();
        let deleted = ann.delete(&[&todo.id]).await.unwrap();
        ann.delete_project(&project.id).await.unwrap();
        assert_eq!(code(ann.undo(&deleted.operation_id).await), Code::Aborted);
        assert!(ann.get(&todo.id).await.unwrap().delete_time.is_some());
    }

    async fn restoring_a_todo_of_a_deleted_project_can_be_undone(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let project = ann.add_project("Work").await.unwrap().project.unwrap();
        let todo = v1::Todo { project_id: project.id.clone(), ..titled("a") };
        let todo = ann.create(todo).await.unwrap().todo.unwrap();
        ann.delete_project(&project.id).await.unwrap();
        ann.restore(&[&todo.id]).await.unwrap();
        let undone = ann.undo("").await.unwrap();
        assert_eq!(undone.todos[0].project_id, project.id);
        assert!(undone.todos[0].delete_time.is_some(), "in the trash, as its project is");
        ann.undo("").await.unwrap();
        assert_eq!(ann.titles(v1::ListTodosRequest::default()).await, ["a"], "and back with its project");
        assert_eq!(ann.get(&todo.id).await.unwrap().project_id, project.id);
    }

    async fn a_forced_undo_that_can_do_nothing_stays_possible(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let job = ann.add_project("Job").await.unwrap().project.unwrap();
        let deleted = ann.delete_project(&job.id).await.unwrap().operation_id;
        let other = ann.add_project("Job").await.unwrap().project.unwrap();
        let target = || Target::OperationId(deleted.clone());
        assert_eq!(code(ann.undo_target(target(), true, new_id()).await), Code::Aborted, "its name is taken");
        ann.rename_project(&other.id, "Other").await.unwrap();
        assert_eq!(ann.undo(&deleted).await.unwrap().projects[0].delete_time, None);
    }

    async fn an_undone_change_cannot_be_undone_again(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let created = ann.create(titled("a")).await.unwrap();
        let undone = ann.undo(&created.operation_id).await.unwrap();
        assert_eq!(code(ann.undo(&created.operation_id).await), Code::Aborted);
        assert!(!undone.operation.unwrap().undone_by.is_empty());
        assert_eq!(code(ann.undo(&new_id()).await), Code::NotFound);
    }

    async fn undo_restores_a_deleted_project_with_its_todos(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let project = ann.add_project("Work").await.unwrap().project.unwrap();
        let inside = |title: &str| v1::Todo { project_id: project.id.clone(), ..titled(title) };
        let first = ann.create(inside("Trashed before")).await.unwrap().todo.unwrap();
        ann.delete(&[&first.id]).await.unwrap();
        ann.create(inside("Trashed with it")).await.unwrap();
        let deleted = ann.delete_project(&project.id).await.unwrap();
        let undone = ann.undo(&deleted.operation_id).await.unwrap();
        assert_eq!((undone.projects[0].name.as_str(), undone.projects[0].delete_time), ("Work", None));
        assert_eq!(ann.titles(v1::ListTodosRequest::default()).await, ["Trashed with it"]);
    }

    async fn a_project_change_is_not_undone_after_a_conflicting_one(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let created = ann.add_project("Work").await.unwrap();
        let id = created.project.unwrap().id;
        let renamed = ann.rename_project(&id, "Job").await.unwrap();
        ann.create(v1::Todo { project_id: id.clone(), ..titled("a") }).await.unwrap();
        assert_eq!(ann.undo(&renamed.operation_id).await.unwrap().projects[0].name, "Work");
        assert_eq!(code(ann.undo(&created.operation_id).await), Code::Aborted, "there is a todo in it now");

        let renamed = ann.rename_project(&id, "Job").await.unwrap();
        ann.add_project("Work").await.unwrap();
        assert_eq!(code(ann.undo(&renamed.operation_id).await), Code::Aborted, "its name is taken");

        let empty = ann.add_project("Empty").await.unwrap();
        assert!(ann.undo(&empty.operation_id).await.unwrap().projects[0].delete_time.is_some());
    }

    async fn the_list_of_operations_describes_every_change(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let todo = ann.add("Milk").await;
        test_db.advance(std::time::Duration::from_secs(1));
        ann.complete(&[&todo.id]).await.unwrap();
        ann.complete(&[&todo.id]).await.unwrap();
        test_db.advance(std::time::Duration::from_secs(1));
        ann.undo("").await.unwrap();
        let log = ann.operations().await;
        let kinds: Vec<_> = log.iter().map(v1::Operation::kind).collect();
        assert_eq!(kinds, [UndoOperation, CompleteTodos, CreateTodos], "what changed nothing is no news");
        assert_eq!((&log[0].undoes, &log[1].undone_by), (&log[1].id, &log[0].id));
        assert_eq!((log[1].todos[0].number, log[1].todos[0].name.as_str()), (1, "Milk"));
        let page = v1::ListOperationsRequest { page_size: 2, ..Default::default() };
        let first = ann.service.list_operations(ann.request(page.clone())).await.unwrap().into_inner();
        let next = v1::ListOperationsRequest { page_token: first.next_page_token, ..page };
        let second = ann.service.list_operations(ann.request(next)).await.unwrap().into_inner();
        assert_eq!(second.operations, log[2..]);
    }
}
