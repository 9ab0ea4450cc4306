//! BatchCreateTodos: all or none, in the order of the request.

use tonic_types::StatusExt as _;

use super::{calls::*, *};
use crate::testing::on_both_engines;

fn chosen(todo: v1::Todo, todo_id: &str) -> v1::NewTodo {
    v1::NewTodo { todo_id: todo_id.into(), ..new_todo(todo) }
}

/// Todos each of which is a part of the one before it.
fn chain(levels: usize) -> Vec<v1::NewTodo> {
    let ids: Vec<_> = (0..levels).map(|_| new_id()).collect();
    let parent = |level: usize| if level == 0 { String::new() } else { ids[level - 1].clone() };
    let todo = |level: usize| v1::Todo { parent_id: parent(level), ..titled(&level.to_string()) };
    (0..levels).map(|level| chosen(todo(level), &ids[level])).collect()
}

fn fields_of(status: &Status) -> Vec<String> {
    let violations = status.get_details_bad_request().unwrap().field_violations;
    violations.into_iter().map(|violation| violation.field).collect()
}

on_both_engines! {
    async fn a_batch_is_one_operation_with_consecutive_numbers(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        ann.add("before").await;
        let titles: Vec<_> = (0..100).rev().map(|n| n.to_string()).collect();
        let revision = ann.state(&test_db).await.0.revision;
        let created = ann.add_all(titles.iter().map(|title| new_todo(titled(title))).collect()).await.unwrap();
        assert_eq!(titles_of(&created.todos), titles);
        for (todo, number) in created.todos.iter().zip(2..) {
            assert_eq!((todo.number, todo.revision), (number, revision + 1));
        }
        assert!(created.unchanged_ids.is_empty());
        let log = ann.operations().await;
        assert_eq!((log.len(), log[0].todo_count, &log[0].id), (2, 100, &created.operation_id));
        assert_eq!(ann.get_all(&ids_of(&created.todos)).await.unwrap(), created.todos, "what was stored was answered");
        assert_eq!(ann.undo(&created.operation_id).await.unwrap().todos.len(), 100);
        assert_eq!(ann.titles(v1::ListTodosRequest::default()).await, ["before"]);
        assert_sound(&test_db).await;
    }

    async fn a_batch_is_of_1_to_1000_todos(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let before = ann.state(&test_db).await;
        for count in [0, 1_001] {
            let refused = ann.add_all(vec![new_todo(titled("a")); count]).await.unwrap_err();
            assert_eq!((refused.code(), &*fields_of(&refused)[0]), (Code::InvalidArgument, "todos"));
        }
        assert_eq!(ann.state(&test_db).await, before);
        assert_eq!(ann.add_all(vec![new_todo(titled("a")); 1_000]).await.unwrap().results.len(), 1_000);
    }

    async fn parents_stand_before_their_parts(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let home = ann.project("Home").await;
        let (top, middle) = (new_id(), new_id());
        let batch = [
            chosen(v1::Todo { project_id: home.id.clone(), ..titled("top") }, &top),
            chosen(v1::Todo { parent_id: top.clone(), ..titled("middle") }, &middle),
            new_todo(v1::Todo { parent_id: middle.clone(), ..titled("low") }),
        ];
        let created = ann.add_all(batch.to_vec()).await.unwrap().todos;
        assert_eq!([&created[1].parent_id, &created[2].parent_id], [&top, &middle]);
        assert!(created.iter().all(|todo| todo.project_id == home.id), "all in the project of the first");

        let before = ann.state(&test_db).await;
        let behind = new_id();
        let batch = vec![
            new_todo(titled("first")),
            new_todo(v1::Todo { parent_id: behind.clone(), ..titled("part") }),
            chosen(titled("parent"), &behind),
        ];
        let refused = ann.add_all(batch).await.unwrap_err();
        assert_eq!(fields_of(&refused), ["todos[1].todo.parent_id"]);
        let elsewhere = v1::Todo { project_id: ann.projects().await[0].id.clone(), parent_id: top, ..titled("a") };
        let refused = ann.add_all(vec![new_todo(elsewhere)]).await.unwrap_err();
        assert_eq!(fields_of(&refused), ["todos[0].todo.project_id"]);
        assert_eq!(ann.state(&test_db).await, before);
        assert_sound(&test_db).await;
    }

    async fn trees_of_a_batch_are_16_levels_deep_at_most(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let before = ann.state(&test_db).await;
        let refused = ann.add_all(chain(17)).await.unwrap_err();
        assert_eq!(fields_of(&refused), ["todos[16].todo.parent_id"]);
        assert_eq!(ann.state(&test_db).await, before);
        let deep = ann.add_all(chain(16)).await.unwrap().todos;
        let below = |parent: &v1::Todo| v1::Todo { parent_id: parent.id.clone(), ..titled("below") };
        let batch = vec![new_todo(below(&deep[14])), new_todo(below(&deep[15]))];
        assert_eq!(fields_of(&ann.add_all(batch).await.unwrap_err()), ["todos[1].todo.parent_id"]);
        assert_sound(&test_db).await;
    }

    async fn chosen_ids_are_new_and_of_version_7(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let (there, purged, fresh) = (new_id(), new_id(), new_id());
        ann.add_all(vec![chosen(titled("there"), &there), chosen(titled("purged"), &purged)]).await.unwrap();
        ann.delete(&[&purged]).await.unwrap();
        ann.purge(&[&purged]).await.unwrap();
        let before = ann.state(&test_db).await;
        for used in [&there, &purged] {
            let batch = vec![chosen(titled("a"), &fresh), chosen(titled("b"), used)];
            let refused = ann.add_all(batch).await.unwrap_err();
            assert_eq!(refused.code(), Code::AlreadyExists);
            assert!(refused.message().contains(used.as_str()), "{refused}");
            assert_eq!(&refused.get_details_resource_info().unwrap().resource_name, used);
        }
        let twice = vec![chosen(titled("a"), &fresh), new_todo(titled("b")), chosen(titled("c"), &fresh)];
        assert_eq!(fields_of(&ann.add_all(twice).await.unwrap_err()), ["todos[2].todo_id"]);
        for bad in [Uuid::new_v4().to_string(), Uuid::nil().to_string(), "12".into()] {
            assert_eq!(fields_of(&ann.add_all(vec![chosen(titled("a"), &bad)]).await.unwrap_err()), ["todos[0].todo_id"]);
        }
        assert_eq!(ann.state(&test_db).await, before, "neither numbers nor revisions are lost");
        assert_eq!(ann.add("next").await.number, 3);
        assert_sound(&test_db).await;
    }

    async fn refused_creations_of_one_commit_leave_no_gaps(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let purged = new_id();
        ann.create_as(titled("purged"), &purged, new_id()).await.unwrap();
        ann.delete(&[&purged]).await.unwrap();
        ann.purge(&[&purged]).await.unwrap();
        let revision = ann.state(&test_db).await.0.revision;
        let calls = (0..30).map(|n| {
            let (ann, purged) = (ann.clone(), purged.clone());
            tokio::spawn(async move {
                let id = if n % 3 == 0 { purged } else { String::new() };
                (n % 3 == 0, ann.create_as(titled(&n.to_string()), &id, new_id()).await)
            })
        });
        let (mut numbers, mut revisions) = (Vec::new(), Vec::new());
        for call in calls.collect::<Vec<_>>() {
            match call.await.unwrap() {
                (true, result) => assert_eq!(code(result), Code::AlreadyExists),
                (false, result) => {
                    let todo = result.unwrap().todo.unwrap();
                    numbers.push(todo.number);
                    revisions.push(todo.revision);
                }
            }
        }
        numbers.sort_unstable();
        revisions.sort_unstable();
        assert_eq!(numbers, (2..22).collect::<Vec<_>>());
        assert_eq!(revisions, (revision + 1..=revision + 20).collect::<Vec<_>>());
        assert_sound(&test_db).await;
    }

    async fn a_repeat_of_a_batch_answers_the_todos_as_they_are_now(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let (request, batch) = (new_id(), vec![new_todo(titled("a")), new_todo(titled("b")), new_todo(titled("c"))]);
        let first = ann.add_all_as(batch.clone(), request.clone()).await.unwrap();
        let ids = ids_of(&first.todos);
        ann.complete(&[ids[1]]).await.unwrap();
        ann.delete(&[ids[2]]).await.unwrap();
        ann.purge(&[ids[2]]).await.unwrap();
        let before = ann.state(&test_db).await;
        let again = ann.add_all_as(batch.clone(), request.clone()).await.unwrap();
        assert_eq!(again.operation_id, first.operation_id);
        for (one, other) in first.results.iter().zip(&again.results) {
            assert_eq!((&one.id, one.number, one.revision), (&other.id, other.number, other.revision));
        }
        assert_eq!(again.todos, ann.get_all(&ids[..2]).await.unwrap());
        assert_eq!((&*again.results[2].title, &again.results[2].todo), ("", &None), "purged since");
        assert_eq!(code(ann.add_all_as(batch[..2].to_vec(), request).await), Code::InvalidArgument);
        assert_eq!(ann.state(&test_db).await, before);
        assert_sound(&test_db).await;
    }

    async fn a_trial_changes_nothing_and_the_call_itself_may_follow(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        ann.add("before").await;
        let request_id = new_id();
        let message = v1::BatchCreateTodosRequest { todos: chain(3), request_id, ..Default::default() };
        let before = ann.state(&test_db).await;
        let trial = v1::BatchCreateTodosRequest { validate_only: true, ..message.clone() };
        for _ in 0..2 {
            let tried = ann.add_batch(trial.clone()).await.unwrap();
            assert_eq!((titles_of(&tried.todos), &*tried.operation_id), (vec!["0", "1", "2"], ""));
            assert_eq!(tried.todos.iter().map(|todo| todo.number).collect::<Vec<_>>(), [2, 3, 4]);
        }
        assert_eq!(ann.state(&test_db).await, before);
        assert_eq!(ann.operations().await.len(), 1);
        let created = ann.add_batch(message).await.unwrap();
        assert_eq!(created.todos.iter().map(|todo| todo.number).collect::<Vec<_>>(), [2, 3, 4]);
        let bad = v1::BatchCreateTodosRequest { todos: chain(17), request_id: new_id(), ..trial };
        assert_eq!(code(ann.add_batch(bad).await), Code::InvalidArgument, "it is refused as the call would be");
        assert_sound(&test_db).await;
    }

    async fn violations_say_of_which_todo(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let before = ann.state(&test_db).await;
        let mut batch = vec![new_todo(titled("fine")); 5];
        batch[1] = v1::NewTodo::default();
        batch[3] = chosen(v1::Todo { priority: 9, tags: strings(&["a", "b c"]), ..titled("\u{7}") }, "x");
        batch[4].todo.as_mut().unwrap().parent_id = "zero".into();
        let mut fields = fields_of(&ann.add_all(batch).await.unwrap_err());
        fields.sort_unstable();
        let of_3 = ["todos[3].todo.priority", "todos[3].todo.tags[1]", "todos[3].todo.title", "todos[3].todo_id"];
        assert_eq!(fields, [&["todos[1].todo.title"], &of_3[..], &["todos[4].todo.parent_id"]].concat());
        let mut batch = vec![new_todo(titled("fine")); 2];
        batch[1].todo.as_mut().unwrap().project_id = new_id();
        assert_eq!(fields_of(&ann.add_all(batch).await.unwrap_err()), ["todos[1].todo.project_id"]);
        assert_eq!(ann.state(&test_db).await, before);
    }

    async fn batches_of_a_group_are_undone_together(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let group_id = new_id();
        let mut created = Vec::new();
        for _ in 0..3 {
            let message = v1::BatchCreateTodosRequest {
                todos: chain(4),
                group_id: group_id.clone(),
                request_id: new_id(),
                ..Default::default()
            };
            created.extend(ann.add_batch(message).await.unwrap().todos);
        }
        for remaining in [2, 1, 0] {
            let undone = ann.undo_group(&group_id, false).await.unwrap();
            assert_eq!((undone.todos.len(), undone.remaining_operations), (4, remaining));
        }
        let trashed = ann.get_all(&ids_of(&created)).await.unwrap();
        assert!(trashed.iter().all(|todo| todo.delete_time.is_some()));
        for (before, after) in created.iter().zip(&trashed) {
            assert_eq!(before.parent_id, after.parent_id, "a tree in the trash is still one");
        }
        assert_sound(&test_db).await;
    }
}
