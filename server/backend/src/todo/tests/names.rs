//! Todos are named by id or by number, wherever a request names one.

use tonic_types::StatusExt as _;
use v1::move_todos_request::Place;

use super::{calls::*, *};
use crate::testing::on_both_engines;

/// Calls every method that takes `ids`, each with these.
async fn refusals(ann: &Person, ids: &[&str]) -> Vec<Status> {
    let update = v1::UpdateTodosRequest { ids: strings(ids), ..patch(titled("x"), &["title"]) };
    let inbox = ann.projects().await.remove(0).id;
    vec![
        ann.get_all(ids).await.unwrap_err(),
        ann.update_todos(update).await.unwrap_err(),
        ann.complete(ids).await.unwrap_err(),
        ann.reopen(ids).await.unwrap_err(),
        ann.delete(ids).await.unwrap_err(),
        ann.restore(ids).await.unwrap_err(),
        ann.purge(ids).await.unwrap_err(),
        ann.move_to(ids, Place::FirstIn(inbox)).await.unwrap_err(),
        ann.complete_tree(ids).await.unwrap_err(),
        ann.delete_tree(ids).await.unwrap_err(),
    ]
}

on_both_engines! {
    async fn a_number_names_a_todo_in_every_field(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let todos = ann.add_titled(&["1", "2", "3"]).await;
        assert_eq!(ann.get("2").await.unwrap(), todos[1]);
        assert_eq!(titles_of(&ann.get_all(&["3", &todos[0].id]).await.unwrap()), ["3", "1"]);
        assert_eq!(ann.set_parent("2", "1").await.unwrap().todo.unwrap().parent_id, todos[0].id);
        let part = v1::Todo { parent_id: "1".into(), ..titled("4") };
        assert_eq!(ann.create(part).await.unwrap().todo.unwrap().parent_id, todos[0].id);
        ann.move_to(&["1"], Place::After("3".into())).await.unwrap();
        ann.move_to(&["4"], Place::Before("3".into())).await.unwrap();
        ann.complete(&["1"]).await.unwrap();
        ann.reopen(&["1"]).await.unwrap();
        ann.delete(&["3"]).await.unwrap();
        ann.restore(&["3"]).await.unwrap();
        ann.delete(&["3"]).await.unwrap();
        let of_3 = v1::ListOperationsRequest { todo_id: "3".into(), ..Default::default() };
        let log = ann.service.list_operations(ann.request(of_3)).await.unwrap().into_inner().operations;
        assert_eq!(log.len(), 4, "created, deleted, restored, deleted");
        assert_eq!(ann.purge(&["3"]).await.unwrap().todos[0].id, todos[2].id);
        assert_eq!(code(ann.get("3").await), Code::NotFound);
        assert_sound(&test_db).await;
    }

    async fn a_todo_that_is_named_twice_counts_once(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let todos = ann.add_titled(&["1", "2"]).await;
        let id = &*todos[0].id;
        let upper = id.to_uppercase();
        let twice = ["2", "1", id, "1", &upper, "2"];
        let done = ann.complete(&twice).await.unwrap();
        let numbers: Vec<_> = done.results.iter().map(|result| result.number).collect();
        assert_eq!(numbers, [2, 1], "each once, in the order of the request");
        assert_eq!(ann.operations().await[0].todo_count, 2);
        assert_eq!(ann.get_all(&twice).await.unwrap().len(), 2);
        ann.delete(&twice).await.unwrap();
        assert_eq!(ann.purge(&twice).await.unwrap().todos.len(), 2);
        assert_sound(&test_db).await;
    }

    async fn a_missing_todo_is_named_as_in_the_request_and_nothing_is_applied(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let bob = Person::new(&test_db, &ChangeFeed::default(), "bob").await;
        ann.add_titled(&["1", "2"]).await;
        let foreign = bob.add("Bob's").await.id;
        bob.add_titled(&["2", "3", "4"]).await;
        let before = ann.state(&test_db).await;
        let todos = ann.get_all(&["1", "2"]).await.unwrap();
        // One that was never there, one of somebody else, numbers of somebody else, numbers that no todo can have.
        for missing in [&*new_id(), &foreign, "3", "2147483647", "2147483648", "9999999999"] {
            for status in refusals(&ann, &["1", missing, "2"]).await {
                assert_eq!(status.code(), Code::NotFound, "{status}");
                assert_eq!(status.message(), format!("There is no todo {missing}."));
                assert_eq!(status.get_details_resource_info().unwrap().resource_name, missing);
                assert_eq!(status.get_details_error_info().unwrap().metadata["todo"], missing);
            }
            assert_eq!(ann.get(missing).await.unwrap_err().message(), format!("There is no todo {missing}."));
        }
        assert_eq!(ann.state(&test_db).await, before);
        assert_eq!(ann.get_all(&["1", "2"]).await.unwrap(), todos);
        assert_eq!(bob.get(&foreign).await.unwrap().title, "Bob's");
        assert_sound(&test_db).await;
    }

    async fn what_is_no_name_is_refused_where_it_stands(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        ann.add("1").await;
        let before = ann.state(&test_db).await;
        for bad in ["", "0", "01", "-1", "+1", " 1", "1 ", "1.0", "12345678901", "\u{0661}", "x", "0197f0a46ff77c4e9d1b3c1f6f6b2f6e"] {
            for status in refusals(&ann, &["1", bad]).await {
                assert_eq!(status.code(), Code::InvalidArgument, "{bad:?}");
                assert_eq!(status.get_details_bad_request().unwrap().field_violations[0].field, "ids[1]");
            }
            assert_eq!(code(ann.get(bad).await), Code::InvalidArgument, "{bad:?}");
            if !bad.is_empty() {
                assert_eq!(code(ann.set_parent("1", bad).await), Code::InvalidArgument, "{bad:?}");
            }
            assert_eq!(code(ann.move_to(&["1"], Place::Before(bad.into())).await), Code::InvalidArgument, "{bad:?}");
        }
        assert_eq!(ann.state(&test_db).await, before);
    }

    async fn missing_todos_are_left_out_where_that_is_asked_for(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        ann.add_titled(&["1", "2"]).await;
        let missing = new_id();
        let delete = v1::DeleteTodosRequest {
            ids: strings(&[&missing, "2", "77"]),
            allow_missing: true,
            ..Default::default()
        };
        let deleted = ann.service.delete_todos(ann.request(delete.clone())).await.unwrap().into_inner();
        assert_eq!(deleted.results.iter().map(|result| result.number).collect::<Vec<_>>(), [2]);
        let none = v1::DeleteTodosRequest { ids: vec![missing.clone()], ..delete };
        let none = ann.service.delete_todos(ann.request(none)).await.unwrap().into_inner();
        assert_eq!((none.results, none.operation_id), (vec![], String::new()));
        let purge = v1::PurgeTodosRequest { ids: strings(&[&missing, "2"]), allow_missing: true, ..Default::default() };
        let purged = ann.service.purge_todos(ann.request(purge.clone())).await.unwrap().into_inner();
        assert_eq!(purged.todos.len(), 1);
        let again = ann.service.purge_todos(ann.request(purge)).await.unwrap().into_inner();
        assert_eq!(again.todos, [], "gone by now, which is no error either");
        assert_sound(&test_db).await;
    }

    async fn a_thousand_names_are_taken_and_one_more_is_refused(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        ann.add_all((0..1_000).map(|n| new_todo(titled(&n.to_string()))).collect()).await.unwrap();
        let numbers: Vec<_> = (1..=1_001).map(|number: i32| number.to_string()).collect();
        let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
        let before = ann.state(&test_db).await;
        for status in refusals(&ann, &numbers).await.into_iter().chain(refusals(&ann, &[]).await) {
            assert_eq!(status.code(), Code::InvalidArgument, "{status}");
        }
        assert_eq!(ann.state(&test_db).await, before);
        assert_eq!(ann.get_all(&numbers[..1_000]).await.unwrap().len(), 1_000);
        assert_eq!(ann.complete(&numbers[..1_000]).await.unwrap().results.len(), 1_000);
        assert_sound(&test_db).await;
    }
}
