//! The change feed, over restarts of the server.

use todo_sdk::{Event, OperationKind, ResumeToken, TodoUpdate, Watch};

use crate::support::{Proxy, Server};

/// The titles of the todos up to and with this one, or up to the end of the snapshot.
async fn titles(watch: &mut Watch, last: &str) -> Vec<String> {
    let mut titles = Vec::new();
    loop {
        match watch.next().await.unwrap().unwrap() {
            Event::Todo { todo, .. } => titles.push(todo.title),
            Event::Synced => titles.push("(synced)".to_owned()),
            Event::Restarted => titles.push("(restarted)".to_owned()),
            _ => {}
        }
        if titles.last().is_some_and(|title| title == last) {
            return titles;
        }
    }
}

#[tokio::test]
async fn a_watch_sends_a_snapshot_and_then_changes() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let milk = ada.create_todo("Buy milk").await.unwrap().value;
    let mut watch = ada.watch_changes();
    assert_eq!(titles(&mut watch, "(synced)").await, ["Buy milk", "(synced)"]);

    ada.update_todo(milk.id, TodoUpdate::new().title("Buy oat milk")).await.unwrap();
    assert_eq!(titles(&mut watch, "Buy oat milk").await, ["Buy oat milk"]);
    let deleted = ada.delete_todos([milk.id]).await.unwrap();
    let Some(Ok(Event::Todo { todo, operation: Some(operation), .. })) = watch.next().await else {
        panic!("a deletion is a change of the todo")
    };
    assert!(todo.delete_time.is_some());
    assert_eq!((Some(operation.id), operation.kind), (deleted.operation, OperationKind::DeleteTodos));
    assert_eq!(operation.client, "a test");

    ada.purge_todos([milk.id]).await.unwrap();
    let Some(Ok(Event::PurgedTodo { id, number, .. })) = watch.next().await else {
        panic!("a todo that is gone for good is an event")
    };
    assert_eq!((id, number), (milk.id, milk.number));
}

#[tokio::test]
async fn watches_beyond_the_limit_of_one_connection_are_served() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let mut watches = (0..150).map(|_| ada.watch_changes()).collect::<Vec<_>>();
    for watch in &mut watches {
        assert_eq!(titles(watch, "(synced)").await, ["(synced)"]);
    }
    ada.create_todo("Buy milk").await.unwrap();
    for watch in &mut watches {
        titles(watch, "Buy milk").await;
    }
}

#[tokio::test]
async fn a_watch_resumes_after_a_restart_of_the_server() {
    let server = Server::start();
    let ada = server.person("ada").await;
    ada.create_todo("Before").await.unwrap();
    let mut watch = ada.watch_changes();
    titles(&mut watch, "(synced)").await;

    let stopped = server.stop().await;
    let server = stopped.start();
    ada.create_todo("After").await.unwrap();
    let news = titles(&mut watch, "After").await;
    assert!(!news.contains(&"Before".to_owned()), "it goes on instead of starting over: {news:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_watch_resumes_after_a_broken_connection() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let proxy = Proxy::start(server.address()).await;
    let token = ada.login("ada", &crate::support::password(), "a test").await.unwrap().token;
    let mut watch = todo_sdk::Client::connect(proxy.url()).await.unwrap().with_token(token).watch_changes();
    titles(&mut watch, "(synced)").await;
    for round in 0..3 {
        proxy.hold();
        let title = format!("Round {round}");
        ada.create_todo(title.as_str()).await.unwrap();
        proxy.cut();
        assert_eq!(titles(&mut watch, &title).await.last().unwrap(), &title);
    }
}

#[tokio::test]
async fn a_stored_resume_token_continues_the_watch() {
    let server = Server::start();
    let ada = server.person("ada").await;
    ada.create_todo("Known").await.unwrap();
    let mut watch = ada.watch_changes();
    titles(&mut watch, "(synced)").await;
    let place = watch.resume_token().unwrap().as_str().to_owned();
    drop(watch);

    ada.create_todo("News").await.unwrap();
    let mut watch = ada.watch_changes_from(ResumeToken::from(place));
    assert_eq!(titles(&mut watch, "(synced)").await, ["News", "(synced)"]);
}

#[tokio::test]
async fn the_resume_token_of_another_account_is_refused() {
    let server = Server::start();
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let mut watch = ada.watch_changes();
    titles(&mut watch, "(synced)").await;
    let place = watch.resume_token().unwrap().clone();
    let error = bob.watch_changes_from(place).next().await.unwrap().unwrap_err();
    assert!(error.is_invalid_argument(), "{error:?}");
}

#[tokio::test]
async fn a_watch_ends_with_its_session() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let mut watch = ada.watch_changes();
    titles(&mut watch, "(synced)").await;
    ada.logout().await.unwrap();
    let error = watch.next().await.unwrap().unwrap_err();
    assert!(error.is_unauthenticated(), "{error:?}");
    assert!(watch.next().await.is_none());
}
