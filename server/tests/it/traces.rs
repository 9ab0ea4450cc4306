//! One trace for what a request does, on all servers that it passes.

use std::{collections::BTreeSet, net::SocketAddr, time::Instant};

use opentelemetry_proto::tonic::trace::v1::Span;
use todo_sdk::{Client, Token};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    collector::{Collector, attribute, hex},
    postgres,
    process::ServerProcess,
    support::PASSWORD,
    wait::{PATIENCE, until},
};

/// Requests the list's page as part of this trace.
async fn get_page(address: SocketAddr, token: &Token, trace_parent: &str) {
    let page = format!(
        "GET / HTTP/1.1\r\nHost: localhost\r\nCookie: __Host-todo={}\r\ntraceparent: {trace_parent}\r\n\
         Connection: close\r\n\r\n",
        token.expose()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(page.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

/// Waits for the spans of a trace: a page, and the calls that were made for it.
async fn spans_of_page(collector: &Collector, trace: &str) -> Vec<Span> {
    let wanted = BTreeSet::from(["ListTodos", "ValidateToken"].map(str::to_owned));
    until("the page and its calls are traced", async || {
        let spans = collector.of(trace);
        let methods = spans.iter().filter_map(|span| attribute(span, "rpc.method")).collect::<BTreeSet<_>>();
        wanted.is_subset(&methods) && spans.iter().any(|span| span.name == "page")
    })
    .await;
    collector.of(trace)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trace_goes_through_all_roles_to_the_database() {
    let Some(database) = postgres::database() else { return };
    let collector = Collector::default();
    let otlp = collector.start().await;
    let start = |flags: &[&str]| ServerProcess::start(&[&["--otlp-endpoint", &otlp], flags].concat());
    let auth = start(&["--database", &database, "--role", "auth"]);
    let (auth_url, login) = (auth.url(), Client::connect(auth.url()).await.unwrap());
    let todo = start(&["--database", &database, "--role", "todo", "--auth-url", &auth_url]);
    let main = start(&["--role", "main", "--auth-url", &auth_url, "--todo-url", &todo.url()]);
    login.register("ann", &PASSWORD.into(), None).await.unwrap();
    let token = login.login("ann", &PASSWORD.into(), "tests").await.unwrap().token;

    let (trace, parent) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
    get_page(main.address(), &token, &format!("00-{trace}-{parent}-01")).await;
    let spans = spans_of_page(&collector, trace).await;
    let page = spans.iter().find(|span| span.name == "page").unwrap();
    assert_eq!(hex(&page.parent_span_id), parent);
    let list =
        spans.iter().find(|span| attribute(span, "rpc.method").as_deref() == Some("ListTodos")).unwrap();
    assert_eq!(list.parent_span_id, page.span_id, "called for the page");
    assert_eq!(attribute(list, "rpc.service").as_deref(), Some("todo.v1.TodoService"));
    assert_eq!(attribute(list, "rpc.grpc.status_code").as_deref(), Some("0"));
    // Todo has called auth, as part of the same trace.
    let validations =
        spans.iter().filter(|span| attribute(span, "rpc.method").as_deref() == Some("ValidateToken"));
    // The page made several calls at once, which share one lookup.
    let by_todo =
        spans.iter().filter(|span| attribute(span, "rpc.service").as_deref() == Some("todo.v1.TodoService"));
    let by_todo = by_todo.map(|span| &span.span_id).collect::<Vec<_>>();
    assert!(validations.clone().any(|span| by_todo.contains(&&span.parent_span_id)), "todo has asked auth");
    // The statements of the call are traced, without their values.
    let statements = list.events.iter().flat_map(|event| &event.attributes);
    let text = format!("{:?}", statements.collect::<Vec<_>>());
    assert!(text.contains("FROM todos"), "{list:?}");
    let all = format!("{spans:?}");
    assert!(!all.contains(token.expose()) && !all.contains(PASSWORD));

    // The SDK sends the trace parent that it is given.
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let client = Client::connect(todo.url()).await.unwrap().with_token(token);
    let client = client.with_trace_parent(&format!("00-{trace}-{parent}-01"));
    client.create_todo("Buy milk").await.unwrap();
    until("the SDK's call is traced", async || !collector.of(trace).is_empty()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unreachable_collector_does_not_affect_the_server() {
    let mut server = ServerProcess::start(&["--otlp-endpoint", "http://127.0.0.1:1"]);
    let client = Client::connect(server.url()).await.unwrap();
    client.register("ann", &PASSWORD.into(), None).await.unwrap();
    // It stops in time all the same.
    let started = Instant::now();
    server.terminate();
    assert!(started.elapsed() < PATIENCE);
}
