//! Trace context, from the environment of the command to the server.

use todo_server::{Config, observability::logging};

use crate::collector::{Collector, attribute};
use crate::sandbox::Sandbox;
use crate::server::Server;
use crate::wait::until_blocking;

#[test]
fn the_server_continues_the_trace_of_traceparent() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let collector = Collector::default();
    let otlp = runtime.block_on(collector.start());
    // The server is in this process, and so are its traces.
    let config = Config::parse(["todo-server", "--data-dir", "/", "--otlp-endpoint", &otlp], []).unwrap();
    let _traces = runtime.block_on(async { logging::init(&config.log) }).unwrap();
    let server = Server::start();
    server.register("ada", "correct horse battery");
    let mut sandbox = Sandbox::new();
    let url = server.url();
    let login = ["login", "ada", "--server", &url, "--password-stdin", "--token-store", "file"];
    assert!(sandbox.run_with(&login, "correct horse battery").status.success());
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    sandbox.set("TRACEPARENT", format!("00-{trace}-00f067aa0ba902b7-01"));
    sandbox.ok(&["add", "Buy milk"]);
    until_blocking(|| "the server knows nothing of the trace".into(), || !collector.of(trace).is_empty());

    // A number needs no look-up. Spans are sent in the order in which they end.
    let trace = "5bf92f3577b34da6a3ce929d0e0e4736";
    sandbox.set("TRACEPARENT", format!("00-{trace}-00f067aa0ba902b7-01"));
    sandbox.ok(&["done", "1"]);
    let calls = || {
        let spans = collector.of(trace);
        spans.iter().filter_map(|span| attribute(span, "rpc.method")).collect::<Vec<_>>()
    };
    until_blocking(
        || format!("these calls were made: {:?}", calls()),
        || calls().contains(&"CompleteTodos".to_owned()),
    );
    assert_eq!(calls(), ["CompleteTodos"]);
}
