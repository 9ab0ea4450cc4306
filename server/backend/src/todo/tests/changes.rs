use super::*;
use crate::{testing::on_both_engines, time::Time};

on_both_engines! {
    async fn a_new_todo_has_the_fields_of_the_request_and_of_the_server(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let parent = ann.add("Holidays").await;
        let asked = v1::Todo {
            title: "  Book flights ".into(),
            description: "Aisle\r\nseat".into(),
            priority: v1::Priority::P2.into(),
            due: Some(due(v1::due::Kind::Date("2026-07-20".into()))),
            tags: strings(&["Travel", "travel", "home"]),
            parent_id: parent.id.clone(),
            ..Default::default()
        };
        let created = ann.create(asked.clone()).await.unwrap();
        let todo = created.todo.unwrap();
        assert_eq!((todo.number, parent.number), (2, 1));
        assert_eq!(todo.title, "Book flights");
        assert_eq!(todo.description, "Aisle\nseat");
        assert_eq!(todo.priority(), v1::Priority::P2);
        assert_eq!(todo.due, asked.due);
        assert_eq!(todo.tags, ["Travel", "home"]);
        assert_eq!(todo.parent_id, parent.id);
        assert_eq!(todo.status(), v1::TodoStatus::NeedsAction);
        assert_eq!(todo.project_id, ann.projects().await[0].id);
        assert_eq!(todo.create_time, Some(Time::now(&test_db.clock).to_proto()));
        assert_eq!((todo.complete_time, todo.delete_time, todo.purge_time), (None, None, None));
        assert!(todo.revision > parent.revision);
        assert_eq!(ann.get(&todo.id).await.unwrap(), todo, "what is stored is what was answered");
    }

    async fn a_retry_changes_nothing_and_returns_the_todo_as_it_is_now(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let id = new_id();
        let first = ann.create_as(titled("Once"), "", id.clone()).await.unwrap();
        ann.complete(&[&first.todo.as_ref().unwrap().id]).await.unwrap();
        let again = ann.create_as(titled("Once"), "", id.clone()).await.unwrap();
        assert_eq!(again.operation_id, first.operation_id);
        let (todo, now) = (first.todo.unwrap(), again.todo.unwrap());
        assert_eq!((&todo.id, todo.number), (&now.id, now.number));
        assert_eq!(now, ann.get(&todo.id).await.unwrap());
        assert_eq!(now.status(), v1::TodoStatus::Completed);
        assert_eq!(ann.titles(filtered("is:any")).await, ["Once"]);
        assert_eq!(code(ann.create_as(titled("Other"), "", id.clone()).await), Code::InvalidArgument);
        let other_method = ann.complete_as(&[&todo.id], id).await;
        assert_eq!(code(other_method), Code::InvalidArgument);
    }

    async fn concurrent_calls_with_one_request_id_create_one_todo(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let id = new_id();
        let twins = (0..32).map(|_| {
            let (ann, id) = (ann.clone(), id.clone());
            tokio::spawn(async move { ann.create_as(titled("Once"), "", id).await.unwrap() })
        });
        let others = (0..32).map(|n| {
            let ann = ann.clone();
            tokio::spawn(async move { ann.create(titled(&format!("Other {n}"))).await.unwrap() })
        });
        let (mut twins, others): (Vec<_>, Vec<_>) = (twins.collect(), others.collect());
        let first = twins.pop().unwrap().await.unwrap();
        for twin in twins {
            assert_eq!(twin.await.unwrap(), first);
        }
        let mut numbers = vec![first.todo.unwrap().number];
        for other in others {
            numbers.push(other.await.unwrap().todo.unwrap().number);
        }
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 33, "each todo has a number of its own");
        assert_eq!(ann.titles(v1::ListTodosRequest::default()).await.len(), 33);
    }

    async fn a_failed_call_does_not_affect_concurrent_ones(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let taken = ann.add("Taken").await;
        let calls = (0..40).map(|n| {
            let (ann, taken) = (ann.clone(), taken.id.clone());
            tokio::spawn(async move {
                let mut todo = titled(&format!("Todo {n}"));
                let (todo_id, project_id, parent_id) = match n % 4 {
                    0 => (taken, String::new(), String::new()),
                    1 => (String::new(), new_id(), String::new()),
                    2 => (String::new(), String::new(), new_id()),
                    _ => <_>::default(),
                };
                (todo.project_id, todo.parent_id) = (project_id, parent_id);
                (n % 4, ann.create_as(todo, &todo_id, new_id()).await)
            })
        });
        for call in calls.collect::<Vec<_>>() {
            let (case, result) = call.await.unwrap();
            match case {
                0 => assert_eq!(code(result), Code::AlreadyExists),
                1 | 2 => assert_eq!(code(result), Code::InvalidArgument),
                _ => assert!(result.is_ok()),
            }
        }
        assert_eq!(ann.titles(v1::ListTodosRequest::default()).await.len(), 11);
        assert_eq!(ann.get(&taken.id).await.unwrap(), taken);
    }

    async fn an_id_chosen_by_the_client_is_unique_in_its_account(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let id = new_id();
        let created = ann.create_as(titled("Mine"), &id, new_id()).await.unwrap();
        assert_eq!(created.todo.unwrap().id, id);
        assert_eq!(code(ann.create_as(titled("Mine"), &id, new_id()).await), Code::AlreadyExists);
        let bob = Person::new(&test_db, &ChangeFeed::default(), "bob").await;
        assert!(bob.create_as(titled("Also mine"), &id, new_id()).await.is_ok(), "ids are per account");
    }

    async fn updates_change_only_fields_in_the_mask(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let before = ann.create(v1::Todo {
            title: "Old".into(),
            description: "Text".into(),
            priority: v1::Priority::P1.into(),
            due: Some(due(v1::due::Kind::Local("2026-07-20T08:30:00".into()))),
            tags: strings(&["a"]),
            ..Default::default()
        }).await.unwrap().todo.unwrap();
        test_db.advance(std::time::Duration::from_mins(1));
        let asked = v1::Todo { id: before.id.clone(), title: "New".into(), ..Default::default() };
        let after = ann.update(asked.clone(), &["title", "due"]).await.unwrap();
        let expected = v1::Todo {
            title: "New".into(),
            due: None,
            revision: before.revision + 1,
            update_time: Some(Time::now(&test_db.clock).to_proto()),
            ..before.clone()
        };
        assert_eq!(after.todo, Some(expected.clone()));
        assert_eq!(ann.get(&before.id).await.unwrap(), expected);
        let same = ann.update(asked.clone(), &["title"]).await.unwrap();
        assert_eq!((same.todo, same.operation_id), (Some(expected), String::new()), "nothing had to change");
        assert_eq!(code(ann.update(asked.clone(), &[]).await), Code::InvalidArgument);
        assert_eq!(code(ann.update(asked.clone(), &["number"]).await), Code::InvalidArgument);
        assert_eq!(code(ann.update_expecting(asked, &["title"], before.revision).await), Code::Aborted);
    }

    async fn moving_a_todo_increases_its_revision(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        for n in 0..5 {
            ann.add(&format!("Filler {n}")).await;
        }
        let todo = ann.add("Moves").await;
        let project = ann.add_project("Work").await.unwrap().project.unwrap();
        let asked = v1::Todo { id: todo.id.clone(), project_id: project.id.clone(), ..Default::default() };
        let moved = ann.update(asked, &["project_id"]).await.unwrap().todo.unwrap();
        assert_eq!(moved.project_id, project.id);
        assert!(moved.revision > todo.revision);
        let nowhere = v1::Todo { id: todo.id, project_id: new_id(), ..Default::default() };
        assert_eq!(code(ann.update(nowhere, &["project_id"]).await), Code::InvalidArgument);
    }

    async fn cycles_of_parents_are_refused(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let (a, b, c) = (ann.add("a").await, ann.add("b").await, ann.add("c").await);
        let set = async |id: &v1::Todo, parent: &v1::Todo| {
            let asked = v1::Todo { id: id.id.clone(), parent_id: parent.id.clone(), ..Default::default() };
            ann.update(asked, &["parent_id"]).await
        };
        set(&b, &a).await.unwrap();
        set(&c, &b).await.unwrap();
        assert_eq!(code(set(&a, &c).await), Code::InvalidArgument);
        assert_eq!(code(set(&a, &a).await), Code::InvalidArgument);
        let parts = filtered(&format!("parent:{}", a.id));
        assert_eq!(ann.titles(parts).await, ["b"]);
    }

    async fn a_tree_is_16_levels_deep_at_most(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let add = async |title: &str, parent: &v1::Todo| {
            ann.create(v1::Todo { parent_id: parent.id.clone(), ..titled(title) }).await
        };
        let mut line = vec![ann.add("1").await];
        for level in 2..=16 {
            line.push(add(&level.to_string(), line.last().unwrap()).await.unwrap().todo.unwrap());
        }
        assert_eq!(code(add("17", &line[15]).await), Code::InvalidArgument);
        let top = ann.add("Top").await;
        assert_eq!(code(ann.set_parent(&line[0].id, &top.id).await), Code::InvalidArgument, "with its parts, 17 deep");
        let pair = ann.add("Pair").await;
        add("Part", &pair).await.unwrap();
        assert_eq!(code(ann.set_parent(&pair.id, &line[14].id).await), Code::InvalidArgument);
        ann.set_parent(&pair.id, &line[13].id).await.unwrap();
    }

    async fn undo_makes_no_cycle_of_parents(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let (a, b) = (ann.add("a").await.id, ann.add("b").await.id);
        ann.set_parent(&a, &b).await.unwrap();
        let cleared = ann.set_parent(&a, "").await.unwrap();
        ann.set_parent(&b, &a).await.unwrap();
        assert_eq!(code(ann.undo(&cleared.operation_id).await), Code::Aborted);
        assert_eq!(ann.get(&a).await.unwrap().parent_id, "");
    }

    async fn concurrent_writers_make_no_cycle_of_parents(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let mut todos = Vec::new();
        for n in 0..6 {
            let project_id = ann.add_project(&n.to_string()).await.unwrap().project.unwrap().id;
            let todo = v1::Todo { project_id, ..titled(&n.to_string()) };
            todos.push(ann.create(todo).await.unwrap().todo.unwrap().id);
        }
        let writers = (0..8).map(|writer: usize| {
            let (ann, todos) = (ann.clone(), todos.clone());
            tokio::spawn(async move {
                for turn in 0..20 {
                    let (id, parent) = ((writer + turn) % 6, (writer * 5 + turn * 7 + 1) % 6);
                    if let Err(status) = ann.set_parent(&todos[id], &todos[parent]).await {
                        assert_eq!(status.code(), Code::InvalidArgument, "{status}");
                    }
                }
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
        let mut reader = test_db.db.reader().await.unwrap();
        assert_eq!(crate::store::invariants::violated(&mut reader.conn()).await.unwrap(), []);
    }

    async fn the_id_of_a_purged_todo_stays_used(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let bob = Person::new(&test_db, &ChangeFeed::default(), "bob").await;
        let id = new_id();
        for person in [&ann, &bob] {
            person.create_as(titled("a"), &id, new_id()).await.unwrap();
            person.delete(&[&id]).await.unwrap();
        }
        // The second time its tombstone is forgotten, too.
        for days in [31, 200] {
            test_db.advance(days * std::time::Duration::from_hours(24));
            let now = Time::now(&test_db.clock);
            crate::maintenance::run(&test_db.db, &ChangeFeed::default(), now).await.unwrap();
            assert_eq!(code(ann.get(&id).await), Code::NotFound);
            assert_eq!(code(ann.create_as(titled("Again"), &id, new_id()).await), Code::AlreadyExists, "{days}");
        }
    }

    async fn completing_is_atomic_and_idempotent(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let (a, b) = (ann.add("a").await, ann.add("b").await);
        assert_eq!(code(ann.complete(&[&a.id, &new_id()]).await), Code::NotFound);
        assert_eq!(ann.get(&a.id).await.unwrap(), a, "none is changed if one is missing");

        let done = ann.complete(&[&b.id, &a.id, &b.id]).await.unwrap();
        let order: Vec<_> = done.todos.iter().map(|todo| todo.title.as_str()).collect();
        assert_eq!(order, ["b", "a"]);
        assert!(done.todos.iter().all(|todo| todo.status() == v1::TodoStatus::Completed));
        assert!(done.todos.iter().all(|todo| todo.complete_time == Some(Time::now(&test_db.clock).to_proto())));
        assert!(done.unchanged_ids.is_empty());

        let c = ann.add("c").await;
        let again = ann.complete(&[&a.id, &c.id]).await.unwrap();
        assert_eq!(again.unchanged_ids, std::slice::from_ref(&a.id));
        assert!(!again.operation_id.is_empty());
        let nothing = ann.complete(&[&a.id]).await.unwrap();
        assert_eq!(nothing.operation_id, "");
        let open = ann.reopen(&[&a.id]).await.unwrap();
        assert_eq!((open.todos[0].status(), open.todos[0].complete_time), (v1::TodoStatus::NeedsAction, None));
    }

    async fn a_thousand_todos_are_changed_in_one_call(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let mut ids = Vec::new();
        for n in 0..1_000 {
            let todo = v1::Todo { description: "Long".into(), ..titled(&format!("Todo {n}")) };
            ids.push(ann.create(todo).await.unwrap().todo.unwrap().id);
        }
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let request = new_id();
        let done = ann.complete_as(&ids, request.clone()).await.unwrap();
        assert_eq!(done.todos.len(), 1_000);
        assert_eq!(ann.complete_as(&ids, request).await.unwrap(), done, "descriptions included");
        assert_eq!(ann.undo(&done.operation_id).await.unwrap().todos.len(), 1_000);
        let open = v1::ListTodosRequest { page_size: 1_000, ..Default::default() };
        assert_eq!(ann.list(open).await.unwrap().todos.len(), 1_000);
    }

    async fn deleted_todos_are_kept_in_the_trash_and_restored(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let todo = ann.add("Old").await;
        ann.complete(&[&todo.id]).await.unwrap();
        let gone = ann.delete(&[&todo.id]).await.unwrap();
        assert_eq!(gone.todos[0].delete_time, Some(Time::now(&test_db.clock).to_proto()));
        assert_eq!(gone.todos[0].purge_time.unwrap().seconds - gone.todos[0].delete_time.unwrap().seconds, 2_592_000);
        assert_eq!(ann.delete(&[&todo.id]).await.unwrap().unchanged_ids, std::slice::from_ref(&todo.id));
        assert_eq!(ann.get(&todo.id).await.unwrap(), gone.todos[0], "it can still be read");
        assert_eq!(code(ann.complete(&[&todo.id]).await), Code::NotFound);
        assert_eq!(code(ann.update(v1::Todo { id: todo.id.clone(), ..titled("x") }, &["title"]).await), Code::NotFound);
        let back = ann.restore(&[&todo.id]).await.unwrap();
        assert_eq!(back.todos[0].delete_time, None);
        assert_eq!(back.todos[0].status(), v1::TodoStatus::Completed, "done before, done after");
    }

    async fn project_names_are_unique_without_regard_to_case(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let work = ann.add_project(" Work ").await.unwrap().project.unwrap();
        assert_eq!(work.name, "Work");
        assert_eq!(code(ann.add_project("WORK").await), Code::AlreadyExists);
        assert_eq!(code(ann.add_project("inbox").await), Code::AlreadyExists);
        let home = ann.add_project("Home").await.unwrap().project.unwrap();
        assert_eq!(code(ann.rename_project(&home.id, "work").await), Code::AlreadyExists);
        assert_eq!(ann.rename_project(&home.id, "HOME").await.unwrap().project.unwrap().name, "HOME");
        let names: Vec<_> = ann.projects().await.into_iter().map(|project| project.name).collect();
        assert_eq!(names, ["Inbox", "HOME", "Work"]);
        let inbox = ann.projects().await.remove(0);
        assert!(inbox.inbox);
        assert_eq!(code(ann.rename_project(&inbox.id, "Mine").await), Code::InvalidArgument);
        assert_eq!(code(ann.delete_project(&inbox.id).await), Code::InvalidArgument);
    }

    async fn deleting_a_project_deletes_its_todos(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let project = ann.add_project("Work").await.unwrap().project.unwrap();
        let inside = v1::Todo { project_id: project.id.clone(), ..titled("Inside") };
        let inside = ann.create(inside).await.unwrap().todo.unwrap();
        ann.add("Outside").await;
        let deleted = ann.delete_project(&project.id).await.unwrap();
        assert_eq!(deleted.deleted_todos, 1);
        assert_eq!(ann.titles(v1::ListTodosRequest::default()).await, ["Outside"]);
        assert_eq!(ann.delete_project(&project.id).await.unwrap().operation_id, "", "twice is no error");
        let into = v1::Todo { project_id: project.id.clone(), ..titled("Late") };
        assert_eq!(code(ann.create(into).await), Code::InvalidArgument);
        let back = ann.restore(&[&inside.id]).await.unwrap();
        assert_eq!(back.todos[0].project_id, ann.projects().await[0].id, "its project is gone: into the Inbox");
        assert!(ann.add_project("Work").await.is_ok(), "the name is free again");
    }

    async fn objects_of_other_accounts_are_not_found(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let bob = Person::new(&test_db, &ChangeFeed::default(), "bob").await;
        let todo = ann.add("Secret").await;
        let project = ann.add_project("Private").await.unwrap();
        let foreign = bob.get(&todo.id).await.unwrap_err();
        let missing_id = new_id();
        let missing = bob.get(&missing_id).await.unwrap_err();
        assert_eq!(foreign.code(), Code::NotFound);
        let told = |status: &Status| format!("{} {}", status.message(), String::from_utf8_lossy(status.details()));
        assert_eq!(told(&foreign).replace(&todo.id, &missing_id), told(&missing), "the same in every byte");
        let id = [todo.id.as_str()];
        assert_eq!(code(bob.complete(&id).await), Code::NotFound);
        assert_eq!(code(bob.reopen(&id).await), Code::NotFound);
        assert_eq!(code(bob.delete(&id).await), Code::NotFound);
        assert_eq!(code(bob.restore(&id).await), Code::NotFound);
        assert_eq!(code(bob.update(v1::Todo { id: todo.id.clone(), ..titled("x") }, &["title"]).await), Code::NotFound);
        let project_id = project.project.unwrap().id;
        assert_eq!(code(bob.rename_project(&project_id, "Mine").await), Code::NotFound);
        assert_eq!(code(bob.delete_project(&project_id).await), Code::NotFound);
        assert_eq!(code(bob.undo(&project.operation_id).await), Code::NotFound);
        let into = v1::Todo { project_id, ..titled("x") };
        assert_eq!(code(bob.create(into).await), Code::InvalidArgument);
        let under = v1::Todo { parent_id: todo.id.clone(), ..titled("x") };
        assert_eq!(code(bob.create(under).await), Code::InvalidArgument);
        assert!(bob.titles(v1::ListTodosRequest::default()).await.is_empty());
        assert!(bob.operations().await.is_empty());
        assert_eq!(ann.get(&todo.id).await.unwrap(), todo);
    }

    async fn every_bad_field_is_named(test_db: TestDb) {
        use tonic_types::StatusExt as _;
        let ann = Person::ann(&test_db).await;
        let bad = v1::Todo {
            title: " ".into(),
            description: "x".repeat(64 * 1024 + 1),
            priority: 7,
            due: Some(due(v1::due::Kind::Date("tomorrow".into()))),
            ..Default::default()
        };
        let status = ann.create_as(bad, "nope", "neither".into()).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        let violations = status.get_details_bad_request().unwrap().field_violations;
        let mut fields: Vec<_> = violations.into_iter().map(|violation| violation.field).collect();
        fields.sort_unstable();
        assert_eq!(
            fields,
            ["request_id", "todo.description", "todo.due.date", "todo.priority", "todo.title", "todo_id"]
        );
    }
}
