//! Trees under writers that know nothing of each other, and under undo.

use v1::move_todos_request::Place;

use super::{calls::*, random::Random, *};
use crate::testing::on_both_engines;

const WRITERS: u64 = 8;

/// Adds and removes parents, moves between projects, and takes changes back. Answers how many times it changed a title.
async fn wander(ann: Person, seed: u64, todos: Vec<String>, projects: Vec<String>) -> usize {
    let mut random = Random::new(seed);
    let (mut operations, mut renamed) = (Vec::new(), 0);
    for turn in 0..25 {
        let id = random.one_of(&todos).clone();
        let other = random.one_of(&todos).clone();
        let project = random.one_of(&projects).clone();
        let result = match random.below(7) {
            0 | 1 => ann.set_parent(&id, &other).await.map(|changed| changed.operation_id),
            2 => ann.set_parent(&id, "").await.map(|changed| changed.operation_id),
            3 => ann.set_project(&[&id, &other], &project).await.map(|changed| changed.operation_id),
            4 => ann.move_to(&[&id], Place::After(other)).await.map(|changed| changed.operation_id),
            5 if !operations.is_empty() => {
                let operation: &String = random.one_of(&operations);
                let force = turn % 2 == 0;
                let target = Target::OperationId(operation.clone());
                ann.undo_target(target, force, new_id()).await.map(|undone| undone.operation_id)
            }
            _ => {
                let note = v1::UpdateTodosRequest {
                    ids: vec![id],
                    add_tags: vec![format!("{seed}-{turn}")],
                    ..Default::default()
                };
                renamed += 1;
                Ok(ann.update_todos(note).await.map(|_| String::new()).unwrap())
            }
        };
        match result {
            Ok(operation) if operation.is_empty() => {}
            Ok(operation) => operations.push(operation),
            Err(status) => {
                let refused = [Code::InvalidArgument, Code::Aborted, Code::NotFound];
                assert!(refused.contains(&status.code()), "{status}");
            }
        }
    }
    renamed
}

on_both_engines! {
    async fn concurrent_writers_keep_trees_trees(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let mut projects = vec![ann.projects().await.remove(0).id];
        for name in ["a", "b"] {
            projects.push(ann.project(name).await.id);
        }
        let todos: Vec<_> = ann.add_titled(&["x"; 12]).await.into_iter().map(|todo| todo.id).collect();
        let writers = (1..=WRITERS).map(|seed| {
            tokio::spawn(wander(ann.clone(), seed, todos.clone(), projects.clone()))
        });
        let mut tags = 0;
        for writer in writers.collect::<Vec<_>>() {
            tags += writer.await.unwrap();
        }
        let names: Vec<&str> = todos.iter().map(String::as_str).collect();
        let now = ann.get_all(&names).await.unwrap();
        assert_eq!(now.iter().map(|todo| todo.tags.len()).sum::<usize>(), tags, "no change is lost");
        assert_sound(&test_db).await;
    }

    async fn an_undo_of_several_changes_makes_no_circle(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let [a, b, x, y] = ["a", "b", "x", "y"];
        ann.add_titled(&[a, b, x, y]).await;
        ann.set_parent("1", "3").await.unwrap();
        ann.set_parent("2", "4").await.unwrap();
        let none = v1::UpdateTodosRequest { ids: strings(&["1", "2"]), ..patch(titled("z"), &["parent_id", "title"]) };
        let cleared = ann.update_todos(none).await.unwrap().operation_id;
        ann.set_parent("3", "2").await.unwrap();
        ann.set_parent("4", "1").await.unwrap();
        // Each by itself would do, both together go round.
        assert_eq!(code(ann.undo(&cleared).await), Code::Aborted);
        let undone = ann.force_undo(&cleared).await.unwrap();
        assert_eq!(titles_of(&undone.todos), ["a", "b"], "the rest is undone");
        assert!(!undone.conflicts.is_empty());
        assert_sound(&test_db).await;
    }

    async fn undo_restores_a_tree_that_was_turned_around(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let reference = |n: usize| v1::ExternalReference { source: "test".into(), external_id: n.to_string() };
        let import = |n: usize, parent_id: &str| v1::NewTodo {
            import: Some(v1::TodoImport { references: vec![reference(n)], ..Default::default() }),
            ..new_todo(v1::Todo { parent_id: parent_id.into(), ..titled(&n.to_string()) })
        };
        let first = ann.add_all(vec![import(1, ""), import(2, "")]).await.unwrap();
        ann.set_parent("2", "1").await.unwrap();
        let turned = ann.add_all(vec![import(2, ""), import(1, "2")]).await.unwrap();
        assert_eq!(ann.get("1").await.unwrap().parent_id, first.todos[1].id);
        assert_sound(&test_db).await;
        ann.undo(&turned.operation_id).await.unwrap();
        assert_eq!(ann.get("2").await.unwrap().parent_id, first.todos[0].id);
        assert_eq!(ann.get("1").await.unwrap().parent_id, "");
        assert_sound(&test_db).await;
    }

    async fn a_forced_undo_leaves_no_part_in_another_project(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let (home, work) = (ann.project("Home").await, ann.project("Work").await);
        let top = ann.add("top").await;
        let middle = ann.add_part("middle", &top).await;
        let low = ann.add_part("low", &middle).await;
        let lowest = ann.add_part("lowest", &low).await;
        let moved = ann.set_project(&[&middle.id], &home.id).await.unwrap().operation_id;
        ann.set_project(&[&top.id], &work.id).await.unwrap();
        let late = ann.add_part("late", &lowest).await;
        assert_eq!(code(ann.undo(&moved).await), Code::Aborted, "what it was a part of is elsewhere");
        ann.force_undo(&moved).await.unwrap_err();
        for todo in ann.get_all(&[&middle.id, &low.id, &lowest.id, &late.id]).await.unwrap() {
            assert_eq!(todo.project_id, home.id, "{}", todo.title);
        }
        assert_sound(&test_db).await;
    }

    async fn what_was_added_since_goes_along_with_an_undo(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let home = ann.project("Home").await;
        let top = ann.add("top").await;
        let middle = ann.add_part("middle", &top).await;
        let moved = ann.set_project(&[&top.id], &home.id).await.unwrap().operation_id;
        let between = ann.add_part("between", &top).await;
        ann.set_parent(&middle.id, &between.id).await.unwrap();
        let late = ann.add_part("late", &middle).await;
        ann.undo(&moved).await.unwrap();
        for todo in ann.get_all(&[&top.id, &middle.id, &between.id, &late.id]).await.unwrap() {
            assert_eq!(todo.project_id, top.project_id, "{}", todo.title);
        }
        assert_eq!(ann.get(&middle.id).await.unwrap().parent_id, between.id);
        assert_sound(&test_db).await;
    }

    async fn undo_makes_no_tree_too_deep(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let mut line = vec![ann.add("1").await];
        for level in 2..=10 {
            line.push(ann.add_part(&level.to_string(), &line[level - 2]).await);
        }
        let cut = ann.set_parent(&line[5].id, "").await.unwrap().operation_id;
        for level in 11..=16 {
            line.push(ann.add_part(&level.to_string(), &line[level - 2]).await);
        }
        let above = ann.add("above").await;
        ann.set_parent(&line[0].id, &above.id).await.unwrap();
        assert_eq!(code(ann.undo(&cut).await), Code::Aborted, "17 levels");
        ann.set_parent(&line[0].id, "").await.unwrap();
        ann.undo(&cut).await.unwrap();
        assert_sound(&test_db).await;
    }
}
