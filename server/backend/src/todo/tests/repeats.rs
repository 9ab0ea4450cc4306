//! A repeat that is sent while the first call is still on its way gets the same answer.

use super::*;
use crate::testing::on_both_engines;

const TURNS: usize = 30;

on_both_engines! {
    async fn a_concurrent_retry_of_a_creation_gets_the_same_response(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        for _ in 0..TURNS {
            let (id, request) = (new_id(), new_id());
            let (first, repeat) = tokio::join!(
                ann.create_as(titled("a"), &id, request.clone()),
                ann.create_as(titled("a"), &id, request.clone())
            );
            assert_eq!(first.unwrap(), repeat.unwrap());
        }
    }

    async fn a_concurrent_retry_of_an_update_gets_the_same_response(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let mut todo = ann.add("a").await;
        for turn in 0..TURNS {
            let message = v1::UpdateTodosRequest {
                ids: vec![todo.id.clone()],
                view: v1::TodoView::Full.into(),
                todo: Some(titled(&turn.to_string())),
                update_mask: Some(prost_types::FieldMask { paths: vec!["title".into()] }),
                expected_revision: todo.revision,
                request_id: new_id(),
                ..Default::default()
            };
            let call = || ann.service.update_todos(ann.request(message.clone()));
            let (first, repeat) = tokio::join!(call(), call());
            let first = first.unwrap().into_inner();
            assert_eq!(first, repeat.unwrap().into_inner());
            todo = first.results[0].todo.clone().unwrap();
        }
    }

    async fn a_concurrent_retry_of_a_new_project_gets_the_same_response(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        for turn in 0..TURNS {
            let message = v1::CreateProjectRequest {
                project: Some(v1::Project { name: turn.to_string(), ..Default::default() }),
                project_id: String::new(),
                request_id: new_id(),
                ..Default::default()
            };
            let call = || ann.service.create_project(ann.request(message.clone()));
            let (first, repeat) = tokio::join!(call(), call());
            assert_eq!(first.unwrap().into_inner(), repeat.unwrap().into_inner());
        }
    }

    async fn a_concurrent_retry_of_an_undo_gets_the_same_response(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let todo = ann.add("a").await;
        for _ in 0..TURNS {
            let deleted = ann.delete(&[&todo.id]).await.unwrap();
            let request = new_id();
            let (first, repeat) = tokio::join!(
                ann.undo_as(&deleted.operation_id, request.clone()),
                ann.undo_as(&deleted.operation_id, request.clone())
            );
            assert_eq!(first.unwrap(), repeat.unwrap());
        }
    }
}
