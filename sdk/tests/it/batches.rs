//! Changes of many todos at once.

use todo_sdk::{
    BatchChange, BatchOptions, Client, ExternalReference, Extra, GroupId, NewTodo, OperationKind, Place,
    Priority, ResourceKind, Status, TodoFilter, TodoId, TodoImport, TodoRef, TodoUpdate,
};

use crate::support::Server;

/// A client of an account with todos of these titles.
async fn with_todos(server: &Server, titles: &[&str]) -> Client {
    let ada = server.person("ada").await;
    ada.create_todos(titles.iter().copied()).await.unwrap();
    ada
}

/// The numbers of the todos that changed, and of those that were so already.
fn numbers(change: &BatchChange) -> (Vec<u64>, Vec<u64>) {
    let numbers = |unchanged| {
        change
            .results
            .iter()
            .filter(|result| result.unchanged == unchanged)
            .map(|result| result.number)
            .collect()
    };
    (numbers(false), numbers(true))
}

#[tokio::test]
async fn todos_are_named_by_id_and_by_number() {
    let server = Server::start();
    let ada = with_todos(&server, &["Milk", "Bread", "Rent"]).await;
    let milk = ada.get_todo(1).await.unwrap();
    let named: [TodoRef; 3] = [milk.id.into(), 1.into(), "#2".parse().unwrap()];
    let done = ada.complete_todos(named).await.unwrap();
    assert_eq!(numbers(&done), (vec![1, 2], vec![]), "the same todo twice counts once");
    assert_eq!(numbers(&ada.complete_todos([3, 2]).await.unwrap()), (vec![3], vec![2]));
    assert_eq!(ada.complete_todos([1]).await.unwrap().operation, None);
    assert_eq!(ada.operations_of(3).try_collect().await.unwrap().len(), 2);
}

#[tokio::test]
async fn todos_are_changed_by_a_filter() {
    let server = Server::start();
    let ada = with_todos(&server, &["Milk", "Bread", "Oat milk", "Rent"]).await;
    let filter = |text| TodoFilter::parse(text).unwrap();
    let tagged = ada.update_todos(filter("milk"), TodoUpdate::new().add_tags(["shop"])).await.unwrap();
    assert_eq!(numbers(&tagged), (vec![1, 3], vec![]));
    assert_eq!(numbers(&ada.complete_todos(TodoFilter::default().tag("shop")).await.unwrap()).0, [1, 3]);
    assert_eq!(numbers(&ada.reopen_todos(filter("is:done oat")).await.unwrap()).0, [3]);
    let inbox = ada.get_todo(1).await.unwrap().project_id;
    let moved = ada.move_todos(filter("rent | bread"), Place::FirstIn(inbox)).await.unwrap();
    assert_eq!(numbers(&moved).0, [2, 4]);
    assert_eq!(numbers(&ada.delete_todos(filter("not @shop")).await.unwrap()).0, [2, 4]);
    assert_eq!(numbers(&ada.restore_todos(filter("is:trash rent")).await.unwrap()).0, [4]);
    let purged = ada.purge_todos(filter("is:trash")).await.unwrap();
    assert_eq!(purged.iter().map(|todo| todo.number).collect::<Vec<_>>(), [2]);

    let options = BatchOptions::new().validate_only();
    let asked = ada.complete_todos_with(filter("is:any"), options).await.unwrap();
    assert_eq!((numbers(&asked), asked.operation), ((vec![3, 4], vec![1]), None));
    for empty in [TodoFilter::default(), filter("")] {
        assert!(ada.delete_todos(empty).await.unwrap_err().is_invalid_argument());
    }
    assert_eq!(ada.get_todo(3).await.unwrap().delete_time, None);
}

#[tokio::test]
async fn a_batch_is_all_or_nothing_and_an_error_names_the_missing_todo() {
    let server = Server::start();
    let ada = with_todos(&server, &["Milk", "Bread"]).await;
    let missing = TodoId::generate();
    for (named, name) in [(TodoRef::from(99), "99".to_owned()), (missing.into(), missing.to_string())] {
        let error = ada.delete_todos([1.into(), named]).await.unwrap_err();
        let resource = error.resource().unwrap();
        assert!(error.is_not_found());
        assert_eq!((resource.kind, &resource.name), (ResourceKind::Todo, &name));
    }
    assert_eq!(ada.get_todo(1).await.unwrap().delete_time, None);
    let skipping = BatchOptions::new().allow_missing();
    assert_eq!(numbers(&ada.delete_todos_with([1, 99], skipping).await.unwrap()), (vec![1], vec![]));
    assert!(ada.complete_todos_with([2], skipping).await.unwrap_err().is_invalid_argument());

    let error = ada.complete_todos((0..1001).map(|_| TodoId::generate())).await.unwrap_err();
    assert_eq!(error.violations()[0].field, "ids");
}

#[tokio::test]
async fn parts_are_changed_only_where_asked_for() {
    let server = Server::start();
    let ada = with_todos(&server, &["Party"]).await;
    ada.create_todos([NewTodo::new("Cake").parent(1), NewTodo::new("Eggs").parent(1)]).await.unwrap();

    let alone = ada.complete_todos([1]).await.unwrap();
    assert_eq!((numbers(&alone).0, alone.results[0].open_parts), (vec![1], 2));
    ada.reopen_todos([1]).await.unwrap();
    let trial = BatchOptions::new().with_parts().validate_only().with_todos();
    ada.complete_todos_with([1], trial).await.unwrap();
    assert_eq!(ada.get_todo(1).await.unwrap().status, Status::NeedsAction, "that was a trial");

    let all = ada.complete_todos_with([1], BatchOptions::new().with_parts()).await.unwrap();
    assert_eq!(all.results[0].open_parts, 0);
    assert_eq!(ada.get_todo(3).await.unwrap().status, Status::Completed);
    ada.undo_last().await.unwrap();
    assert_eq!(ada.get_todo(3).await.unwrap().status, Status::NeedsAction);
}

#[tokio::test]
async fn many_todos_are_created_as_one_operation() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let party = TodoId::generate();
    let group = GroupId::generate();
    let ada = ada.with_group(group);
    let new = [NewTodo::new("Party").id(party), NewTodo::new("Cake").parent(party).priority(Priority::P1)];
    let change = ada.create_todos_with(new, BatchOptions::new().with_todos()).await.unwrap();
    let cake = change.results[1].todo.as_ref().unwrap();
    assert_eq!((cake.number, cake.parent_id, cake.priority), (2, Some(party), Some(Priority::P1)));

    let error = ada.create_todos(["Eggs", ""]).await.unwrap_err();
    assert!(error.violations()[0].field.contains("[1]"), "{error:?}");
    assert_eq!(ada.list_todos(TodoFilter::default()).try_collect().await.unwrap().len(), 2);

    let log = ada.operations_of_group(group).try_collect().await.unwrap();
    assert_eq!((log.len(), log[0].kind, log[0].todo_count), (1, OperationKind::CreateTodos, 2));
    assert_eq!(ada.undo(group).await.unwrap().remaining, 0);
    assert!(ada.list_todos(TodoFilter::default()).try_collect().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_import_keeps_the_life_of_a_todo_and_can_be_repeated() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let then = "2026-01-02T03:04:05Z".parse().unwrap();
    let reference = ExternalReference::new("taskwarrior", "8f3a");
    let before = TodoImport::new()
        .reference(reference.clone())
        .status(Status::Completed)
        .create_time(then)
        .update_time(then)
        .complete_time(then)
        .number(12)
        .annotation("The shop was closed.", Some(then))
        .extra(Extra::new("taskwarrior", "urgency", "8.2"));
    let milk = ada.create_todo(NewTodo::new("Milk").import(before.clone())).await.unwrap().value;
    assert_eq!((milk.number, milk.status, milk.complete_time), (12, Status::Completed, Some(then)));
    assert_eq!((milk.create_time, &milk.references), (then, &vec![reference]));
    assert_eq!(
        (milk.annotations[0].text.as_str(), milk.annotations[0].create_time),
        ("The shop was closed.", then)
    );
    assert_eq!(milk.extras, [Extra::new("taskwarrior", "urgency", "8.2")]);

    let again = ada.create_todo(NewTodo::new("Oat milk").import(before)).await.unwrap().value;
    assert_eq!((again.id, again.number, again.title.as_str()), (milk.id, 12, "Oat milk"));
}

#[tokio::test]
async fn get_todos_returns_all_that_lists_leave_out() {
    let server = Server::start();
    let ada = with_todos(&server, &["Milk", "Bread"]).await;
    ada.update_todos([1], TodoUpdate::new().add_annotation("Two bottles.")).await.unwrap();
    let todos = ada.get_todos([2, 1]).await.unwrap();
    assert_eq!(todos.iter().map(|todo| todo.number).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(todos[1].annotations[0].text, "Two bottles.");
    assert!(!todos[0].position.is_empty());
    let listed = ada.list_todos(TodoFilter::default()).try_collect().await.unwrap();
    assert!(listed.iter().all(|todo| todo.annotations.is_empty() && todo.position.is_empty()));
}

#[tokio::test]
async fn single_tags_and_annotations_are_added_and_removed() {
    let server = Server::start();
    let ada = with_todos(&server, &["Milk", "Bread"]).await;
    let change =
        ada.update_todos([1, 2], TodoUpdate::new().add_tags(["Errand"]).priority(Priority::P2)).await;
    assert_eq!(numbers(&change.unwrap()), (vec![1, 2], vec![]));
    let milk = ada.update_todo(1, TodoUpdate::new().add_tags(["errand", "dairy"])).await.unwrap().value;
    assert_eq!(
        (milk.tags, milk.priority),
        (vec!["Errand".to_owned(), "dairy".to_owned()], Some(Priority::P2))
    );
    let milk = ada.update_todo(1, TodoUpdate::new().remove_tags(["ERRAND"])).await.unwrap().value;
    assert_eq!(milk.tags, ["dairy"]);

    let noted = ada.update_todo(1, TodoUpdate::new().add_annotation("Closed.")).await.unwrap().value;
    let note = &noted.annotations[0];
    assert_eq!(note.text, "Closed.");
    let bare = ada.update_todo(1, TodoUpdate::new().remove_annotation(note.id)).await.unwrap().value;
    assert!(bare.annotations.is_empty());
    ada.undo_last().await.unwrap();
    assert_eq!(ada.get_todo(1).await.unwrap().annotations[0].text, "Closed.");
}

#[tokio::test]
async fn purged_todos_are_gone_and_only_those_in_the_trash_can_be() {
    let server = Server::start();
    let ada = with_todos(&server, &["Milk", "Bread"]).await;
    assert!(ada.purge_todos([1]).await.unwrap_err().is_invalid_argument());
    ada.delete_todos([1, 2]).await.unwrap();
    let gone = ada.purge_todos_with([1], BatchOptions::new().validate_only()).await.unwrap();
    assert_eq!(gone[0].number, 1);
    ada.get_todo(1).await.unwrap();
    assert_eq!(ada.purge_todos([1, 2]).await.unwrap().len(), 2);
    assert!(ada.get_todo(1).await.unwrap_err().is_not_found());
    assert!(ada.purge_todos([1]).await.unwrap_err().is_not_found());
    assert!(ada.purge_todos_with([1], BatchOptions::new().allow_missing()).await.unwrap().is_empty());
}

#[tokio::test]
async fn todos_are_moved_in_the_manual_order() {
    let server = Server::start();
    let ada = with_todos(&server, &["One", "Two", "Three"]).await;
    let garden = ada.create_project("Garden").await.unwrap().value.id;
    let inbox = ada.get_todo(1).await.unwrap().project_id;
    let order = async || {
        let mut todos = ada.get_todos([1, 2, 3]).await.unwrap();
        todos.sort_by(|a, b| {
            (a.project_id, a.position.as_bytes()).cmp(&(b.project_id, b.position.as_bytes()))
        });
        let inbox = todos.into_iter().filter(|todo| todo.project_id == inbox);
        inbox.map(|todo| todo.number).collect::<Vec<_>>()
    };
    for (todos, place, expected) in [
        (vec![3, 2], Place::Before(1.into()), vec![3, 2, 1]),
        (vec![3], Place::After(2.into()), vec![2, 3, 1]),
        (vec![1], Place::FirstIn(inbox), vec![1, 2, 3]),
        (vec![1], Place::LastIn(inbox), vec![2, 3, 1]),
        (vec![2], Place::LastIn(garden), vec![3, 1]),
    ] {
        ada.move_todos(todos, place).await.unwrap();
        assert_eq!(order().await, expected, "{place:?}");
    }
    assert_eq!(ada.get_todo(2).await.unwrap().project_id, garden);
}
