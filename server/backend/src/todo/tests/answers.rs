//! Answers hold what was asked for, and are never too large.

use prost::Message as _;
use tonic_types::StatusExt as _;
use v1::TodoView::{Basic, Full, Reference};

use super::{calls::*, *};
use crate::testing::on_both_engines;

const MAX_BYTES: usize = 2 * 1024 * 1024;

fn large(title: &str) -> v1::Todo {
    v1::Todo { description: "x".repeat(64 * 1024), ..titled(title) }
}

impl Person {
    async fn batch_get(
        &self,
        ids: &[String],
        view: v1::TodoView,
    ) -> Result<v1::BatchGetTodosResponse, Status> {
        let message = v1::BatchGetTodosRequest { ids: ids.to_vec(), view: view.into() };
        self.service.batch_get_todos(self.request(message)).await.map(Response::into_inner)
    }
}

/// Whole todos come first, then only references.
fn assert_bounded(results: &[v1::TodoResult], bytes: usize) {
    assert!(bytes <= MAX_BYTES, "{bytes}");
    let whole = results.iter().take_while(|result| result.todo.is_some()).count();
    assert!((25..35).contains(&whole), "{whole}");
    assert!(results[whole..].iter().all(|result| result.todo.is_none()));
    for (result, number) in results.iter().zip(1..) {
        assert_eq!((result.number, &*result.title, result.revision > 0), (number, "large", true));
    }
}

on_both_engines! {
    async fn answers_about_large_todos_end_within_2_mib(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        // What comes behind the first that does not fit is a reference, however small it is.
        let batch = (0..1_000).map(|n| new_todo(if n < 50 { large("large") } else { titled("large") })).collect();
        ann.add_all(batch).await.unwrap();
        let ids: Vec<_> = (1..=1_000).map(|number: i32| number.to_string()).collect();
        let all = ann.batch_get(&ids, Full).await.unwrap();
        assert_bounded(&all.results, all.encoded_len());
        let message = v1::CompleteTodosRequest {
            ids: ids.clone(),
            view: Full.into(),
            request_id: new_id(),
            ..Default::default()
        };
        let done = ann.service.complete_todos(ann.request(message.clone())).await.unwrap().into_inner();
        assert_eq!(done.results.len(), 1_000);
        assert_bounded(&done.results, done.encoded_len());
        assert_eq!(ann.service.complete_todos(ann.request(message)).await.unwrap().into_inner(), done);
        for view in [Reference, Full] {
            let undo = v1::UndoOperationRequest {
                target: Some(Target::Own(v1::OwnOperation::Newest.into())),
                view: view.into(),
                ..Default::default()
            };
            let undone = ann.service.undo_operation(ann.request(undo)).await.unwrap().into_inner();
            match view {
                Full => assert_bounded(&undone.results, undone.encoded_len()),
                _ => assert!(undone.results.iter().all(|result| result.todo.is_none())),
            }
            if view == Reference {
                ann.redo().await.unwrap();
            }
        }
    }

    async fn an_undo_of_many_long_titles_is_answered_within_2_mib(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let long = |n: usize| "\u{10348}".repeat(496) + &format!("{n:04}");
        ann.add_all((0..1_000).map(|n| new_todo(titled(&long(n)))).collect()).await.unwrap();
        let undo = async |force: bool| {
            let undo = v1::UndoOperationRequest {
                target: Some(Target::Own(v1::OwnOperation::Newest.into())),
                view: Full.into(),
                force,
                ..Default::default()
            };
            ann.service.undo_operation(ann.request(undo)).await.unwrap().into_inner()
        };
        let undone = undo(false).await;
        assert!(undone.encoded_len() <= MAX_BYTES, "{}", undone.encoded_len());
        assert_eq!(undone.results.len(), 1_000);
        assert_eq!((undone.results[0].number, undone.results[0].title.clone()), (1, long(0)));
        assert!(undone.results.iter().all(|result| result.revision > 0 && result.id.len() == 36));
        assert_eq!(undone.operation.unwrap().todo_count, 1_000);

        // Projects have names that are as long.
        let level = |n: usize| "\u{10348}".repeat(96) + &format!("{n:04}");
        let top = ann.project(&level(0)).await;
        let rest = [0, 1, 2].map(level).join("/");
        let below: Vec<_> = (1..998).map(|n| format!("{}/{rest}/{}", top.name, level(n))).collect();
        ann.add_projects(&below).await;
        let renamed = ann.rename_project(&top.id, &level(1)).await.unwrap();
        assert!(renamed.encoded_len() <= MAX_BYTES, "{}", renamed.encoded_len());
        assert!(renamed.renamed_projects.len() > 900, "{}", renamed.renamed_projects.len());
        let undone = undo(false).await;
        assert!(undone.encoded_len() <= MAX_BYTES, "{}", undone.encoded_len());
        assert_eq!(undone.operation.unwrap().project_count, 998);
        assert_sound(&test_db).await;
    }

    async fn a_change_of_too_much_is_refused_before_it_is_applied(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let fields = |status: Status| {
            let violations = status.get_details_bad_request().unwrap().field_violations;
            violations.into_iter().map(|violation| violation.field).collect::<Vec<_>>()
        };
        let before = ann.state(&test_db).await;
        let refused = ann.add_all(vec![new_todo(large("large")); 128]).await.unwrap_err();
        assert_eq!(fields(refused), ["todos"]);
        assert_eq!(ann.state(&test_db).await, before);
        let todos = ann.add_all(vec![new_todo(titled("a")); 127]).await.unwrap().results;
        let ids: Vec<_> = todos.into_iter().map(|result| result.id).collect();
        let description = |letter: &str| v1::Todo { description: letter.repeat(64 * 1024), ..Default::default() };
        let message = v1::UpdateTodosRequest { ids: ids.clone(), ..patch(description("x"), &["description"]) };
        let described = ann.update_todos(message).await.unwrap();
        let before = ann.state(&test_db).await;
        let again = v1::UpdateTodosRequest { ids: ids.clone(), ..patch(description("y"), &["description"]) };
        assert_eq!(fields(ann.update_todos(again.clone()).await.unwrap_err()), ["ids"], "before and after count");
        let trial = v1::UpdateTodosRequest { validate_only: true, ..again };
        assert_eq!(fields(ann.update_todos(trial).await.unwrap_err()), ["ids"]);
        assert_eq!(ann.state(&test_db).await, before);
        assert_eq!(ann.undo(&described.operation_id).await.unwrap().operation.unwrap().todo_count, 127);
        assert_eq!(ann.get(&ids[126]).await.unwrap().description, "");
        assert_sound(&test_db).await;
    }

    async fn a_view_says_how_much_of_a_todo_is_answered(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let todo = ann.add("a").await;
        let note = v1::UpdateTodosRequest { ids: strings(&["1"]), add_annotations: strings(&["n"]), ..Default::default() };
        ann.update_todos(note).await.unwrap();
        let whole = ann.get(&todo.id).await.unwrap();
        assert!(!whole.position.is_empty() && whole.annotations.len() == 1);
        let ids = [todo.id.clone()];
        let answer = async |view| ann.batch_get(&ids, view).await.unwrap().results.remove(0);
        assert_eq!(answer(Full).await.todo, Some(whole.clone()));
        assert_eq!(answer(v1::TodoView::Unspecified).await.todo, Some(whole.clone()), "what BatchGetTodos is for");
        let basic = v1::Todo { position: String::new(), annotations: Vec::new(), ..whole };
        assert_eq!(answer(Basic).await.todo, Some(basic.clone()));
        let reference = answer(Reference).await;
        assert_eq!((&reference.todo, &*reference.title, reference.revision), (&None, "a", basic.revision));
        for (view, expected) in [(0, None), (1, None), (2, Some(Basic)), (3, Some(Full))] {
            let message = v1::ReopenTodosRequest { ids: ids.to_vec(), view, ..Default::default() };
            let result = ann.service.reopen_todos(ann.request(message)).await.unwrap().into_inner().results.remove(0);
            let has_position = result.todo.as_ref().map(|todo| !todo.position.is_empty());
            assert_eq!(has_position, expected.map(|view| view == Full), "{view}");
        }
        let bad = v1::BatchGetTodosRequest { ids: ids.to_vec(), view: 9 };
        assert_eq!(code(ann.service.batch_get_todos(ann.request(bad)).await), Code::InvalidArgument);
        let bad = v1::ReopenTodosRequest { ids: ids.to_vec(), view: -1, ..Default::default() };
        assert_eq!(code(ann.service.reopen_todos(ann.request(bad)).await), Code::InvalidArgument);
    }

    async fn pages_of_the_log_end_within_2_mib(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let note = |n: usize| v1::Annotation { text: format!("{n}{}", "ä".repeat(3_900)), ..Default::default() };
        let import = v1::TodoImport { annotations: (0..100).map(note).collect(), ..Default::default() };
        let todo = v1::NewTodo { import: Some(import), ..new_todo(large("a")) };
        for _ in 0..2 {
            ann.add_batch(v1::BatchCreateTodosRequest { todos: vec![todo.clone(); 8], ..Default::default() }).await.unwrap();
        }
        for _ in 0..60 {
            let titles = vec![new_todo(v1::Todo { description: "y".repeat(2_000), ..titled(&"z".repeat(500)) }); 20];
            ann.add_all(titles).await.unwrap();
        }
        let mut message = v1::ListOperationsRequest { page_size: 1_000, ..Default::default() };
        let (mut ids, mut pages) = (Vec::new(), 0);
        loop {
            let page = ann.service.list_operations(ann.request(message.clone())).await.unwrap().into_inner();
            assert!(page.encoded_len() <= MAX_BYTES, "{}", page.encoded_len());
            for operation in &page.operations {
                assert!(operation.encoded_len() < 200 * 1024, "{}", operation.encoded_len());
            }
            ids.extend(page.operations.into_iter().map(|operation| operation.id));
            pages += 1;
            message.page_token = page.next_page_token;
            if message.page_token.is_empty() {
                break;
            }
        }
        assert_eq!(ids.len(), 62);
        assert!(pages > 1, "{pages}");
        let mut message = v1::GetOperationRequest { id: ids[61].clone(), ..Default::default() };
        let mut seen = Vec::new();
        loop {
            let page = ann.service.get_operation(ann.request(message.clone())).await.unwrap().into_inner();
            assert!(page.encoded_len() <= MAX_BYTES, "{}", page.encoded_len());
            let operation = page.operation.unwrap();
            assert_eq!(operation.todo_count, 8);
            seen.extend(operation.todos.into_iter().map(|todo| todo.number));
            message.page_token = page.next_page_token;
            if message.page_token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, [1, 2, 3, 4, 5, 6, 7, 8]);
    }
}
