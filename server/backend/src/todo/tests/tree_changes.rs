//! Todos stay trees, each in one project, whatever is done at once or taken back.

use v1::move_todos_request::Place;

use super::*;
use crate::testing::on_both_engines;

impl Person {
    async fn import(&self, todos: Vec<v1::NewTodo>) -> Result<v1::BatchCreateTodosResponse, Status> {
        let message = v1::BatchCreateTodosRequest { todos, request_id: new_id(), ..Default::default() };
        self.service.batch_create_todos(self.request(message)).await.map(Response::into_inner)
    }
}

/// A todo that is known elsewhere by this id, and is a part of another one or of none.
fn imported(external_id: &str, parent_id: &str) -> v1::NewTodo {
    let reference = v1::ExternalReference { source: "elsewhere".into(), external_id: external_id.into() };
    let create_time = Some(prost_types::Timestamp { seconds: 1_600_000_000, nanos: 0 });
    let import = v1::TodoImport { references: vec![reference], create_time, ..Default::default() };
    let todo = v1::Todo { parent_id: parent_id.into(), ..titled("imported") };
    v1::NewTodo { todo: Some(todo), import: Some(import), ..Default::default() }
}

on_both_engines! {
    async fn an_undo_makes_no_todo_a_part_of_one_that_was_purged(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let (whole, part) = (ann.add("whole").await, ann.add("part").await);
        ann.set_parent(&part.id, &whole.id).await.unwrap();
        let left = ann.set_parent(&part.id, "").await.unwrap();
        ann.delete(&[&whole.id]).await.unwrap();
        ann.purge(&[&whole.id]).await.unwrap();
        assert_eq!(code(ann.undo(&left.operation_id).await), Code::Aborted);
    }

    async fn an_undo_makes_no_circle_of_two_that_go_back_at_once(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let mut ids = Vec::new();
        for title in ["a", "b", "whole of a", "whole of b", "new whole"] {
            ids.push(ann.add(title).await.id);
        }
        let [a, b, whole_of_a, whole_of_b, new_whole] = &ids[..] else { panic!() };
        ann.set_parent(a, whole_of_a).await.unwrap();
        ann.set_parent(b, whole_of_b).await.unwrap();
        let both = ann
            .update_todos(v1::UpdateTodosRequest {
                ids: vec![a.clone(), b.clone()],
                todo: Some(v1::Todo { parent_id: new_whole.clone(), ..Default::default() }),
                update_mask: Some(prost_types::FieldMask { paths: vec!["parent_id".into()] }),
                ..Default::default()
            })
            .await
            .unwrap();
        ann.set_parent(whole_of_a, b).await.unwrap();
        ann.set_parent(whole_of_b, a).await.unwrap();
        assert_eq!(code(ann.undo(&both.operation_id).await), Code::Aborted);
    }

    async fn a_new_part_goes_back_with_what_it_is_a_part_of(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let work = ann.add_project("Work").await.unwrap().project.unwrap().id;
        let whole = ann.add("whole").await;
        let part = ann.create(v1::Todo { project_id: work.clone(), ..titled("part") }).await.unwrap().todo.unwrap();
        let moved = ann.move_to(&[&part.id, &whole.id], Place::LastIn(work)).await.unwrap();
        ann.set_parent(&part.id, &whole.id).await.unwrap();
        ann.undo(&moved.operation_id).await.unwrap();
        let [whole, part] = [ann.get(&whole.id).await.unwrap(), ann.get(&part.id).await.unwrap()];
        assert_eq!((whole.project_id, &*part.parent_id), (part.project_id, &*whole.id));
    }

    async fn an_import_makes_no_circle(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let known = ann.import(vec![imported("a", ""), imported("b", "")]).await.unwrap().results;
        let circle = vec![imported("a", &known[1].id), imported("b", &known[0].id)];
        assert_eq!(code(ann.import(circle).await), Code::InvalidArgument);
        let twice = vec![imported("a", ""), imported("a", "")];
        assert_eq!(code(ann.import(twice).await), Code::InvalidArgument);
    }

    async fn todos_of_one_position_are_in_the_order_of_their_numbers(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let mut ids = Vec::new();
        for title in ["first", "moved", "other", "last", "between"] {
            ids.push(ann.add(title).await.id);
        }
        let [first, moved, other, last, between] = &ids[..] else { panic!() };
        // Both are put into the middle of the same gap.
        ann.move_to(&[moved], Place::After(first.clone())).await.unwrap();
        ann.move_to(&[other], Place::After(last.clone())).await.unwrap();
        let away = ann.move_to(&[moved], Place::After(last.clone())).await.unwrap();
        ann.move_to(&[other], Place::After(first.clone())).await.unwrap();
        ann.undo(&away.operation_id).await.unwrap();
        assert_eq!(ann.get(moved).await.unwrap().position, ann.get(other).await.unwrap().position);

        ann.move_to(&[between], Place::After(moved.clone())).await.unwrap();
        let inbox = ann.projects().await.remove(0).id;
        let order = v1::TodoOrder::Position.into();
        let by_position = v1::ListTodosRequest { order_by: order, ..filtered(&format!("project:{inbox}")) };
        assert_eq!(ann.titles(by_position).await, ["first", "moved", "between", "other", "last"]);
    }
}
