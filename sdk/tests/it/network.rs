//! Servers that are away, answers that are lost, and large answers.

use std::time::Duration;

use todo_sdk::{Client, NewTodo, RetryPolicy, TodoFilter};

use crate::support::{Proxy, Server, password, wait_until};

#[tokio::test]
async fn a_change_succeeds_when_the_server_comes_back_in_time() {
    let server = Server::start();
    let ada = server.person("ada").await.with_retry(RetryPolicy::default().attempts(100));
    let stopped = server.stop().await;
    let (created, server) = tokio::join!(ada.create_todo("Buy milk"), async { stopped.start() });
    assert_eq!(created.unwrap().value.number, 1);
    server.stop().await;
}

#[tokio::test]
async fn an_unreachable_server_is_named_in_the_error() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let url = server.url();
    server.stop().await;
    let error = ada.create_todo("Buy milk").await.unwrap_err();
    assert!(error.is_unavailable());
    assert_eq!(error.to_string(), format!("The server at {url} could not be reached."));
}

#[tokio::test]
async fn a_change_whose_answer_is_lost_is_applied_once() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let proxy = Proxy::start(server.address()).await;
    let token = ada.login("ada", &password(), "a test").await.unwrap().token;
    let far = Client::connect(proxy.url()).await.unwrap().with_token(token);
    far.account().await.unwrap();

    proxy.hold();
    let creating = tokio::spawn(async move { far.create_todo("Buy milk").await });
    let count = async || ada.list_todos(TodoFilter::default()).try_collect().await.unwrap().len();
    wait_until(async || count().await == 1).await;
    proxy.cut();
    assert_eq!(creating.await.unwrap().unwrap().value.number, 1);
    assert_eq!(count().await, 1);
    assert_eq!(ada.operations().try_collect().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_login_whose_answer_is_lost_is_not_retried() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let proxy = Proxy::start(server.address()).await;
    let far = Client::connect(proxy.url()).await.unwrap();

    proxy.hold();
    let logging_in = tokio::spawn(async move { far.login("ada", &password(), "far away").await });
    let sessions = async || ada.sessions().try_collect().await.unwrap().len();
    wait_until(async || sessions().await == 2).await;
    proxy.cut();
    assert!(logging_in.await.unwrap().unwrap_err().is_unavailable());
    assert_eq!(sessions().await, 2);
}

#[tokio::test]
async fn a_call_without_an_answer_fails_at_its_deadline() {
    let server = Server::start();
    let proxy = Proxy::start(server.address()).await;
    let client = Client::connect(proxy.url()).await.unwrap().with_timeout(Duration::from_millis(200));
    proxy.hold();
    let error = client.account().await.unwrap_err();
    assert!(error.is_deadline_exceeded(), "{error:?}");
    assert!(error.to_string().contains("did not answer within 200ms"), "{error}");
}

#[tokio::test]
async fn pages_of_large_todos_are_read_whole() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let description = "x".repeat(64 * 1024);
    let creating =
        (0..150).map(|n| ada.create_todo(NewTodo::new(format!("{n}")).description(description.as_str())));
    futures_util::future::try_join_all(creating).await.unwrap();
    let todos = ada.list_todos(TodoFilter::default()).page_size(1000).try_collect().await.unwrap();
    assert_eq!(todos.len(), 150);
    assert!(todos.iter().all(|todo| todo.description.len() == description.len()));
}

#[tokio::test]
async fn a_server_that_speaks_no_grpc_is_an_error_with_a_hint() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            // Every HTTP/2 connection begins with these bytes.
            stream.read_exact(&mut [0; 24]).await.ok();
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await.ok();
        }
    });
    let client = Client::builder().endpoint(url).retry(RetryPolicy::none()).connect_lazy().unwrap();
    let error = client.account().await.unwrap_err();
    assert!(error.is_unavailable(), "{error:?}");
    assert!(error.hint().is_some());
}
