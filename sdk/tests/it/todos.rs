//! Todos, their lists and their history.

use jiff::civil::date;
use todo_sdk::{
    Client, Due, Error, NewTodo, OperationKind, Order, Priority, RequestId, Status, TodoFilter, TodoId,
    TodoUpdate, Trash, Undo,
};

use crate::support::Server;

async fn titles(client: &Client, filter: TodoFilter) -> Vec<String> {
    client.list_todos(filter).try_collect().await.unwrap().into_iter().map(|todo| todo.title).collect()
}

#[tokio::test]
async fn every_field_round_trips() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let project = ada.create_project("Garden").await.unwrap().value;
    let parent = ada.create_todo(NewTodo::new("Spring").project(project.id)).await.unwrap().value;
    let id = TodoId::generate();
    let evening = date(2026, 7, 15).at(18, 0, 0, 0);
    let new = NewTodo::new("  Plant beans  ")
        .id(id)
        .project(project.id)
        .description("Runner beans.\nIn rows.")
        .priority(Priority::P2)
        .due(Due::Zoned { date_time: evening, time_zone: "America/New_York".into() })
        .tag("outside")
        .tags(["spring"])
        .parent(parent.id);
    let created = ada.create_todo(new).await.unwrap();
    assert!(created.operation.is_some());

    let todo = ada.get_todo(id).await.unwrap();
    assert_eq!(todo, created.value);
    assert_eq!(todo.title, "Plant beans");
    assert_eq!((todo.id, todo.number, todo.project_id), (id, parent.number + 1, project.id));
    assert_eq!((todo.description.as_str(), todo.priority), ("Runner beans.\nIn rows.", Some(Priority::P2)));
    assert_eq!(todo.due, Some(Due::Zoned { date_time: evening, time_zone: "America/New_York".into() }));
    assert_eq!(
        (todo.tags, todo.parent_id),
        (vec!["outside".to_owned(), "spring".to_owned()], Some(parent.id))
    );
    assert_eq!((todo.status, todo.complete_time, todo.delete_time), (Status::NeedsAction, None, None));

    for due in [Due::Date(evening.date()), Due::Local(evening)] {
        let update = TodoUpdate::new().due(due.clone());
        assert_eq!(ada.update_todo(id, update).await.unwrap().value.due, Some(due));
    }
}

#[tokio::test]
async fn an_update_changes_only_the_fields_that_it_names() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let new = NewTodo::new("Buy milk").priority(Priority::P1).due(Due::Date(date(2026, 7, 15))).tag("errand");
    let milk = ada.create_todo(new).await.unwrap().value;

    let oat =
        ada.update_todo(milk.id, TodoUpdate::new().title("Buy oat milk").due(None)).await.unwrap().value;
    assert_eq!((oat.title.as_str(), oat.due.as_ref()), ("Buy oat milk", None));
    assert_eq!((oat.priority, &oat.tags), (milk.priority, &milk.tags));
    assert!(oat.revision > milk.revision);

    let late = TodoUpdate::new().title("Buy soy milk").expected_revision(milk.revision);
    assert!(ada.update_todo(milk.id, late.clone()).await.unwrap_err().is_aborted());
    ada.update_todo(milk.id, late.expected_revision(oat.revision)).await.unwrap();

    let same = ada.update_todo(milk.id, TodoUpdate::new().title("Buy soy milk")).await.unwrap();
    assert_eq!(same.operation, None);
    assert!(ada.update_todo(milk.id, TodoUpdate::new()).await.unwrap_err().is_invalid_argument());
}

#[tokio::test]
async fn every_filter_and_order_of_a_list_works() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let garden = ada.create_project("Garden").await.unwrap().value;
    let day = |day| Due::Date(date(2026, 7, day));
    let beans = ada
        .create_todo(NewTodo::new("Beans").project(garden.id).due(day(15)).tag("Outside"))
        .await
        .unwrap()
        .value;
    let seeds = ada
        .create_todo(NewTodo::new("Seeds").parent(beans.id).due(day(10)).description("For the beans"))
        .await
        .unwrap()
        .value;
    let milk = ada
        .create_todo(NewTodo::new("Milk").due(Due::Local(date(2026, 7, 16).at(9, 0, 0, 0))))
        .await
        .unwrap()
        .value;
    let bread = ada.create_todo("Bread").await.unwrap().value;
    ada.complete_todos([bread.id]).await.unwrap();
    ada.delete_todos([milk.id]).await.unwrap();

    let all = TodoFilter::default;
    for (filter, found) in [
        (all(), vec!["Beans", "Seeds", "Bread"]),
        (all().order(Order::Newest), vec!["Bread", "Seeds", "Beans"]),
        (all().order(Order::Changed).trash(Trash::Include), vec!["Milk", "Bread", "Seeds", "Beans"]),
        (all().order(Order::Due).trash(Trash::Include), vec!["Seeds", "Beans", "Milk", "Bread"]),
        (all().trash(Trash::Only), vec!["Milk"]),
        (all().status(Status::Completed), vec!["Bread"]),
        (all().status(Status::NeedsAction), vec!["Beans", "Seeds"]),
        (all().project(garden.id), vec!["Beans", "Seeds"]),
        (all().tag("outside"), vec!["Beans"]),
        (all().query("BEANS"), vec!["Beans", "Seeds"]),
        (all().parent(beans.id), vec!["Seeds"]),
        (all().numbers([seeds.number, bread.number, 999]), vec!["Seeds", "Bread"]),
        (all().id_prefix(seeds.id.to_string()), vec!["Seeds"]),
        (all().due_from(date(2026, 7, 15).at(0, 0, 0, 0)), vec!["Beans"]),
        (all().due_before(date(2026, 7, 15).at(0, 0, 0, 0)), vec!["Seeds"]),
        (all().due_before(date(2026, 7, 16).at(9, 0, 0, 0)).trash(Trash::Include), vec!["Beans", "Seeds"]),
        (all().query("beans the"), vec!["Seeds"]),
        (all().status(Status::Completed).trash(Trash::Only), vec![]),
        (TodoFilter::parse("").unwrap(), vec!["Beans", "Seeds"]),
        (
            TodoFilter::parse("@outside or due.before:2026-07-11").unwrap().order(Order::Due),
            vec!["Seeds", "Beans"],
        ),
    ] {
        let count = ada.count_todos(filter.clone()).await.unwrap();
        assert_eq!((count.count, count.at_least), (found.len() as u64, false), "{filter}");
        assert_eq!(titles(&ada, filter.clone()).await, found, "{filter}");
    }
    let error = ada.list_todos(all().id_prefix("xyz")).next().await.unwrap().unwrap_err();
    assert!(error.is_invalid_argument());
}

#[tokio::test]
async fn a_long_list_comes_in_pages() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let creating = (0..250).map(|number| ada.create_todo(format!("Todo {number}")));
    futures_util::future::try_join_all(creating).await.unwrap();

    let all = ada.list_todos(TodoFilter::default()).try_collect().await.unwrap();
    assert_eq!(all.iter().map(|todo| todo.number).collect::<Vec<_>>(), (1..=250).collect::<Vec<_>>());

    let mut pages = ada.list_todos(TodoFilter::default().order(Order::Newest)).page_size(100);
    let mut sizes = Vec::new();
    while let Some(page) = pages.next_page().await.unwrap() {
        sizes.push((page.len(), page[0].number));
    }
    assert_eq!(sizes, [(100, 250), (100, 150), (50, 50)]);
}

#[tokio::test]
async fn undo_reverts_the_newest_changes_first() {
    use OperationKind::{CompleteTodos, CreateTodos, Undo, UpdateTodos};

    let server = Server::start();
    let ada = server.person("ada").await;
    let milk = ada.create_todo("Buy milk").await.unwrap().value;
    let bread = ada.create_todo("Buy bread").await.unwrap().value;
    let renamed = ada.update_todo(milk.id, TodoUpdate::new().title("Buy oat milk")).await.unwrap();
    ada.complete_todos([bread.id]).await.unwrap();

    let undone = ada.undo(todo_sdk::Undo::last().with_todos()).await.unwrap();
    assert_eq!(undone.operation.kind, CompleteTodos);
    assert_eq!(undone.results[0].todo.as_ref().unwrap().status, Status::NeedsAction);
    let undone = ada.undo_last().await.unwrap();
    assert_eq!((undone.results[0].title.as_str(), &undone.results[0].todo), ("Buy milk", &None));

    let log = ada.operations().try_collect().await.unwrap();
    let kinds: Vec<_> = log.iter().map(|operation| operation.kind).collect();
    assert_eq!(kinds, [Undo, Undo, CompleteTodos, UpdateTodos, CreateTodos, CreateTodos]);
    assert_eq!(log[0].undoes, renamed.operation);
    assert_eq!(log[3].undone_by, Some(log[0].id));
    assert_eq!((log[5].todos[0].number, log[5].todos[0].name.as_str()), (Some(1), "Buy milk"));
}

#[tokio::test]
async fn undo_is_aborted_when_a_later_change_overtook_it() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let milk = ada.create_todo("Buy milk").await.unwrap().value;
    let changed = TodoUpdate::new().title("Buy oat milk").priority(Some(Priority::P1));
    let renamed = ada.update_todo(milk.id, changed).await.unwrap().operation.unwrap();
    ada.update_todo(milk.id, TodoUpdate::new().title("Buy soy milk")).await.unwrap();
    let error = ada.undo(renamed).await.unwrap_err();
    assert!(error.is_aborted(), "{error:?}");
    assert_eq!(ada.get_todo(milk.id).await.unwrap().title, "Buy soy milk");
    let undone = ada.undo(Undo::from(renamed).force().with_todos()).await.unwrap();
    assert_eq!(undone.conflicts[0].field, "title");
    let milk = undone.results[0].todo.as_ref().unwrap();
    assert_eq!((milk.title.as_str(), milk.priority), ("Buy soy milk", None));
}

#[tokio::test]
async fn a_request_id_applies_one_change_once() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let id = RequestId::generate();
    let once = ada.with_request_id(id);
    let first = once.create_todo("Buy milk").await.unwrap();
    assert_eq!(first.operation, Some(id.into()));
    assert_eq!(once.create_todo("Buy milk").await.unwrap(), first);
    assert!(once.create_todo("Buy bread").await.unwrap_err().is_invalid_argument());
    assert_eq!(titles(&ada, TodoFilter::default()).await, ["Buy milk"]);
}

#[tokio::test]
async fn todos_of_others_are_not_found() {
    let server = Server::start();
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let milk = ada.create_todo("Buy milk").await.unwrap().value;
    let foreign = bob.get_todo(milk.id).await.unwrap_err();
    let missing = bob.get_todo(TodoId::generate()).await.unwrap_err();
    assert!(foreign.is_not_found());
    // But for the id that was asked for, and that of the call, which says nothing about what it asked for.
    let shown = |error: &Error| {
        let asked = &error.resource().unwrap().name;
        format!("{error:?}").replace(error.correlation_id().unwrap(), "").replace(asked, "")
    };
    assert_eq!(shown(&foreign), shown(&missing));
    let taken = ada.create_todo(NewTodo::new("Mine").id(milk.id)).await.unwrap_err();
    assert!(taken.is_already_exists());
    bob.create_todo(NewTodo::new("Mine").id(milk.id)).await.unwrap();
    assert_eq!(ada.get_todo(milk.id).await.unwrap(), milk);
}

#[tokio::test]
async fn a_bad_title_is_a_field_violation() {
    let server = Server::start();
    let ada = server.person("ada").await;
    for title in ["", " ", "two\nlines", &"x".repeat(501)] {
        let error = ada.create_todo(title).await.unwrap_err();
        assert!(error.is_invalid_argument());
        assert_eq!(error.violations()[0].field, "todo.title", "{error:?}");
    }
    ada.create_todo("x".repeat(500)).await.unwrap();
}
