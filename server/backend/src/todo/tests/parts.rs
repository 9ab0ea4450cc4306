//! Todos that are parts of others: what happens to them when something happens to those.

use v1::{TodoStatus::Completed, move_todos_request::Place};

use super::{calls::*, *};
use crate::testing::on_both_engines;

/// `top` with the parts `left` and `right`, and `low` as a part of `left`.
async fn tree(ann: &Person) -> [v1::Todo; 4] {
    let top = ann.add("top").await;
    let left = ann.add_part("left", &top).await;
    let right = ann.add_part("right", &top).await;
    let low = ann.add_part("low", &left).await;
    [top, left, right, low]
}

async fn projects_of(ann: &Person, todos: &[v1::Todo]) -> Vec<String> {
    ann.get_all(&ids_of(todos)).await.unwrap().into_iter().map(|todo| todo.project_id).collect()
}

/// Creates a line of parts of each other, the top first.
async fn line(ann: &Person, levels: usize) -> Vec<String> {
    let mut parent_id = String::new();
    let mut ids = Vec::new();
    for level in 0..levels {
        let todo = v1::Todo { parent_id, ..titled(&level.to_string()) };
        parent_id = ann.create(todo).await.unwrap().todo.unwrap().id;
        ids.push(parent_id.clone());
    }
    ids
}

on_both_engines! {
    async fn completing_leaves_parts_alone_and_counts_them(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let [top, left, right, low] = tree(&ann).await;
        ann.complete(&[&right.id]).await.unwrap();
        let done = ann.complete(&[&top.id]).await.unwrap();
        assert_eq!((done.results.len(), done.results[0].open_parts), (1, 2));
        assert_eq!(ann.complete(&[&top.id]).await.unwrap().results[0].open_parts, 2, "also where nothing changes");
        let all = ann.complete(&[&top.id, &left.id]).await.unwrap();
        assert_eq!(all.results.iter().map(|result| result.open_parts).collect::<Vec<_>>(), [1, 1]);
        ann.reopen(&[&top.id, &left.id]).await.unwrap();

        let tree = ann.complete_tree(&[&top.id]).await.unwrap();
        assert_eq!(titles_of(&tree.todos), ["top", "left", "right", "low"], "the nearest first");
        assert_eq!(tree.unchanged_ids, std::slice::from_ref(&right.id));
        assert!(tree.results.iter().all(|result| result.open_parts == 0));
        assert!(tree.todos.iter().all(|todo| todo.status() == Completed));
        ann.undo(&tree.operation_id).await.unwrap();
        let after = ann.get_all(&[&top.id, &left.id, &right.id, &low.id]).await.unwrap();
        let done: Vec<_> = after.iter().filter(|todo| todo.status() == Completed).collect();
        assert_eq!(done[0].title, "right", "what was done before is still done");
        assert_eq!(done.len(), 1);
        assert_sound(&test_db).await;
    }

    async fn reopening_leaves_parts_alone_unless_they_are_meant(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let [top, ..] = tree(&ann).await;
        ann.complete_tree(&[&top.id]).await.unwrap();
        ann.reopen(&[&top.id]).await.unwrap();
        let open = v1::ListTodosRequest { filter: "is:open".into(), ..Default::default() };
        assert_eq!(ann.titles(open.clone()).await, ["top"]);
        let reopened = ann.reopen_tree(&[&top.id]).await.unwrap();
        assert_eq!((reopened.todos.len(), reopened.unchanged_ids), (4, vec![top.id.clone()]));
        assert_eq!(ann.titles(open).await.len(), 4);
    }

    async fn deleting_leaves_parts_where_they_are_unless_they_are_meant(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let [top, left, right, low] = tree(&ann).await;
        ann.complete(&[&right.id]).await.unwrap();
        let deleted = ann.delete(&[&top.id]).await.unwrap();
        assert_eq!(deleted.results[0].open_parts, 3, "all that are not in the trash, the completed one too");
        assert_eq!(ann.titles(v1::ListTodosRequest { filter: "is:any".into(), ..Default::default() }).await, ["left", "right", "low"]);
        ann.delete(&[&low.id]).await.unwrap();
        assert_eq!(ann.delete(&[&top.id]).await.unwrap().results[0].open_parts, 2);
        let deleted = ann.delete_tree(&[&top.id]).await.unwrap();
        assert_eq!(deleted.unchanged_ids, [top.id.clone(), low.id.clone()]);
        assert_eq!(deleted.results[0].open_parts, 0);

        assert_eq!(ann.restore(&[&top.id]).await.unwrap().todos.len(), 1);
        assert_eq!(ann.titles(v1::ListTodosRequest { filter: "is:any".into(), ..Default::default() }).await, ["top"]);
        let restored = ann.restore_tree(&[&top.id]).await.unwrap();
        assert_eq!(titles_of(&restored.todos), ["top", "left", "right", "low"]);
        assert_eq!(ann.titles(v1::ListTodosRequest { filter: "is:any".into(), ..Default::default() }).await.len(), 4);
        ann.undo(&restored.operation_id).await.unwrap();
        ann.undo(&deleted.operation_id).await.unwrap();
        assert_eq!(ann.titles(v1::ListTodosRequest { filter: "is:any".into(), ..Default::default() }).await, ["top", "left", "right"], "low was there before");
        assert_eq!(ann.get(&left.id).await.unwrap().parent_id, top.id);
        assert_sound(&test_db).await;
    }

    async fn parts_in_the_trash_are_neither_completed_nor_counted(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let home = ann.project("Home").await;
        let [top, left, ..] = tree(&ann).await;
        ann.delete(&[&left.id]).await.unwrap();
        let done = ann.complete_tree(&[&top.id]).await.unwrap();
        assert_eq!(titles_of(&done.todos), ["top", "right", "low"]);
        assert_eq!(ann.get(&left.id).await.unwrap().complete_time, None);
        ann.set_project(&[&top.id], &home.id).await.unwrap();
        ann.delete_project(&home.id).await.unwrap();
        let deleted = ann.delete(&[&top.id]).await.unwrap();
        assert_eq!(deleted.results[0].open_parts, 0, "in the trash with their project");
        assert_sound(&test_db).await;
    }

    async fn parts_follow_their_parent_into_another_project(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let (inbox, home) = (ann.projects().await.remove(0), ann.project("Home").await);
        let todos = tree(&ann).await;
        ann.delete(&[&todos[3].id]).await.unwrap();
        let moved = ann.set_project(&[&todos[0].id], &home.id).await.unwrap();
        assert_eq!(projects_of(&ann, &todos).await, vec![home.id.clone(); 4], "what is in the trash, too");
        assert!(ann.get(&todos[3].id).await.unwrap().revision > todos[3].revision);
        ann.undo(&moved.operation_id).await.unwrap();
        assert_eq!(projects_of(&ann, &todos).await, vec![inbox.id.clone(); 4]);
        ann.move_to(&[&todos[0].id], Place::FirstIn(home.id.clone())).await.unwrap();
        assert_eq!(projects_of(&ann, &todos).await, vec![home.id.clone(); 4]);
        let elsewhere = ann.add("elsewhere").await;
        ann.set_parent(&todos[0].id, &elsewhere.id).await.unwrap();
        assert_eq!(projects_of(&ann, &todos).await, vec![inbox.id.clone(); 4], "and behind a parent there");
        assert_sound(&test_db).await;
    }

    async fn a_part_that_goes_elsewhere_stands_alone(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let home = ann.project("Home").await;
        for by_moving in [false, true] {
            let [top, left, _, low] = tree(&ann).await;
            let moved = if by_moving {
                ann.move_to(&[&left.id], Place::LastIn(home.id.clone())).await.unwrap()
            } else {
                ann.set_project(&[&left.id], &home.id).await.unwrap()
            };
            assert_eq!((&*moved.todos[0].parent_id, &moved.todos[0].project_id), ("", &home.id));
            let low_now = ann.get(&low.id).await.unwrap();
            assert_eq!((&low_now.parent_id, &low_now.project_id), (&left.id, &home.id));
            ann.undo(&moved.operation_id).await.unwrap();
            let left_now = ann.get(&left.id).await.unwrap();
            assert_eq!((&left_now.parent_id, &left_now.project_id), (&top.id, &top.project_id));
            let again = ann.redo().await.unwrap();
            assert_eq!(again.todos[0].parent_id, "");
        }
        assert_sound(&test_db).await;
    }

    async fn a_tree_of_which_some_are_named_moves_as_a_tree(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let home = ann.project("Home").await;
        for by_moving in [false, true] {
            let todos = tree(&ann).await;
            let named = [&*todos[3].id, &todos[0].id];
            if by_moving {
                ann.move_to(&named, Place::LastIn(home.id.clone())).await.unwrap();
            } else {
                ann.set_project(&named, &home.id).await.unwrap();
            }
            let now = ann.get_all(&ids_of(&todos)).await.unwrap();
            for (before, after) in todos.iter().zip(&now) {
                assert_eq!((&after.project_id, &after.parent_id), (&home.id, &before.parent_id), "{}", after.title);
            }
        }
        assert_sound(&test_db).await;
    }

    async fn a_part_is_created_in_the_project_of_its_parent(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let (inbox, home) = (ann.projects().await.remove(0), ann.project("Home").await);
        let top = ann.add_in(&home, "top").await;
        assert_eq!(ann.add_part("part", &top).await.project_id, home.id);
        let same = v1::Todo { project_id: home.id.clone(), parent_id: top.id.clone(), ..titled("a") };
        assert_eq!(ann.create(same).await.unwrap().todo.unwrap().project_id, home.id);
        let other = v1::Todo { project_id: inbox.id.clone(), parent_id: top.id.clone(), ..titled("a") };
        assert_eq!(code(ann.create(other).await), Code::InvalidArgument);
        let todo = ann.add("a").await;
        let both = v1::Todo { id: todo.id.clone(), project_id: inbox.id, parent_id: top.id.clone(), ..Default::default() };
        assert_eq!(code(ann.update(both.clone(), &["project_id", "parent_id"]).await), Code::InvalidArgument);
        let both = v1::Todo { project_id: home.id, ..both };
        ann.update(both, &["project_id", "parent_id"]).await.unwrap();
        ann.delete(&[&top.id]).await.unwrap();
        assert_eq!(code(ann.set_parent(&todo.id, &top.id).await), Code::InvalidArgument, "in the trash");
        assert_sound(&test_db).await;
    }

    async fn todos_come_out_of_a_deleted_project_with_their_parts(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let (inbox, home) = (ann.projects().await.remove(0), ann.project("Home").await);
        let todos = tree(&ann).await;
        ann.set_project(&[&todos[0].id], &home.id).await.unwrap();
        ann.delete_project(&home.id).await.unwrap();
        // A part without what it is a part of.
        let restored = ann.restore(&[&todos[1].id]).await.unwrap();
        assert_eq!((&*restored.todos[0].parent_id, &restored.todos[0].project_id), ("", &inbox.id));
        assert_eq!(ann.titles(v1::ListTodosRequest { filter: "is:any".into(), ..Default::default() }).await, ["left", "low"]);
        ann.undo(&restored.operation_id).await.unwrap();
        assert_eq!(projects_of(&ann, &todos).await, vec![home.id.clone(); 4]);
        assert_eq!(ann.get(&todos[1].id).await.unwrap().parent_id, todos[0].id);
        // The top and the very last: what is between them comes along.
        let restored = ann.restore(&[&todos[0].id, &todos[3].id]).await.unwrap();
        assert_eq!(projects_of(&ann, &todos).await, vec![inbox.id.clone(); 4]);
        assert_eq!(ann.get(&todos[3].id).await.unwrap().parent_id, todos[1].id);
        ann.undo(&restored.operation_id).await.unwrap();
        let restored = ann.restore_tree(&[&todos[0].id]).await.unwrap();
        assert_eq!(restored.todos.len(), 4);
        ann.undo(&restored.operation_id).await.unwrap();
        ann.undelete_project(&home.id).await.unwrap();
        for (before, after) in todos.iter().zip(ann.get_all(&ids_of(&todos)).await.unwrap()) {
            assert_eq!((after.delete_time, &after.parent_id), (None, &before.parent_id));
        }
        assert_sound(&test_db).await;
    }

    async fn a_tree_may_be_16_levels_deep_when_the_change_is_done(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        // Two lines of parts, one of 16 todos and one of 8.
        let long = line(&ann, 16).await;
        let short = line(&ann, 8).await;
        let below_short = async |ids: &[&str]| {
            let todo = v1::Todo { parent_id: short[7].clone(), ..Default::default() };
            let message = v1::UpdateTodosRequest { ids: strings(ids), ..patch(todo, &["parent_id"]) };
            ann.update_todos(message).await
        };
        assert_eq!(code(below_short(&[&long[0]]).await), Code::InvalidArgument, "24 levels");
        // Cut in half, both halves fit.
        let moved = below_short(&[&long[0], &long[8]]).await.unwrap();
        assert_sound(&test_db).await;
        assert_eq!(code(ann.set_parent(&long[8], &long[0]).await), Code::InvalidArgument, "17 levels");
        ann.undo(&moved.operation_id).await.unwrap();
        assert_eq!(ann.get(&long[8]).await.unwrap().parent_id, long[7]);
        // What is moved below a part that is moved itself counts there.
        assert_eq!(code(below_short(&[&long[0], &long[9]]).await), Code::InvalidArgument, "17 levels");
        assert_sound(&test_db).await;
    }

    async fn more_than_a_thousand_with_parts_are_refused(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let home = ann.project("Home").await;
        let top = ann.add("top").await;
        let part = |n: i32| new_todo(v1::Todo { parent_id: "1".into(), ..titled(&n.to_string()) });
        ann.add_all((0..999).map(part).collect()).await.unwrap();
        assert_eq!(ann.complete_tree(&["1"]).await.unwrap().results.len(), 1_000);
        let moved = ann.set_project(&["1"], &home.id).await.unwrap();
        assert_eq!(moved.results.len(), 1_000);
        ann.add_all(vec![part(999)]).await.unwrap();
        let before = ann.state(&test_db).await;
        // What the move took along are more by now.
        assert_eq!(code(ann.undo(&moved.operation_id).await), Code::Aborted);
        assert_eq!(code(ann.force_undo(&moved.operation_id).await), Code::Aborted, "nothing is left to be undone");
        assert_eq!(ann.state(&test_db).await, before);
        assert_eq!(code(ann.complete_tree(&["1"]).await), Code::InvalidArgument);
        assert_eq!(code(ann.reopen_tree(&["1"]).await), Code::InvalidArgument);
        assert_eq!(code(ann.delete_tree(&["1"]).await), Code::InvalidArgument);
        assert_eq!(code(ann.set_project(&["1"], &top.project_id).await), Code::InvalidArgument);
        let inbox = Place::FirstIn(top.project_id.clone());
        assert_eq!(code(ann.move_to(&["1"], inbox).await), Code::InvalidArgument);
        assert_eq!(ann.state(&test_db).await, before);
        let deleted = ann.delete(&["1"]).await.unwrap();
        assert_eq!(deleted.results[0].open_parts, 1_000);
        assert_eq!(ann.get(&top.id).await.unwrap().project_id, home.id);
        assert_sound(&test_db).await;
    }
}
