//! gRPC-web: calls by the code of pages, of this origin and of others.

use std::fs;

use hyper::Method;
use serde_json::{Value, json};

use crate::{
    http::Browser,
    other_origin::serve_elsewhere,
    programs::{CONNECT, npm_packages},
    support::{Engine, PASSWORD, Server},
    webdriver,
};

#[tokio::test]
async fn cors_allows_listed_origins_only() {
    const METHOD: &str = "/todo.auth.v1.AuthService/GetAccount";
    let (engine, closed_engine) = (Engine::sqlite(), Engine::sqlite());
    let server = engine.start(&["--cors-origin", "https://app.example.com"]).await;
    let closed = closed_engine.start(&[]).await;
    let ask = |browser: Browser, origin: &str| {
        let browser = browser.with("origin", origin).with("access-control-request-method", "POST");
        browser.with("access-control-request-headers", "authorization,content-type,x-grpc-web")
    };
    let mut listed = ask(Browser::new(server.address), "https://app.example.com");
    let answer = listed.send(Method::OPTIONS, METHOD, String::new()).await;
    assert_eq!(answer.header("access-control-allow-origin"), "https://app.example.com");
    assert_eq!(answer.header("access-control-allow-methods"), "POST");
    assert!(answer.header("access-control-allow-headers").contains("authorization"));
    assert_eq!(answer.header("access-control-allow-credentials"), "", "a cookie is never of use");
    for (mut browser, path) in [
        (ask(Browser::new(server.address), "https://evil.example"), METHOD),
        (ask(Browser::new(closed.address), "https://app.example.com"), METHOD),
        (listed.clone(), "/todos"),
        (listed.clone(), "/"),
    ] {
        let answer = browser.send(Method::OPTIONS, path, String::new()).await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
    }

    // A session cookie does not authenticate a call.
    let mut ann = Browser::new(server.address);
    ann.submit("/register", &[("username", "ann"), ("password", PASSWORD), ("next", "/")]).await;
    let mut call = ann.with("content-type", "application/grpc-web+proto");
    let answer = call.send(Method::POST, METHOD, "\0\0\0\0\0".into()).await;
    let status = if answer.header("grpc-status").is_empty() {
        answer.text.clone()
    } else {
        answer.header("grpc-status").into()
    };
    assert!(status.contains("16"), "{answer:?}");
    server.stop().await;
    closed.stop().await;
}

/// The modules of npm packages under the names by which they import each other.
fn import_map() -> Value {
    let package = |name: &str, modules: &[&str]| {
        let entry = |module: &&str| {
            let (name, file) = match *module {
                "" => (name.to_owned(), "index.js".to_owned()),
                module => (format!("{name}/{module}"), format!("{module}/index.js")),
            };
            let directory = name.split('/').take(2).collect::<Vec<_>>().join("/");
            (name, json!(format!("/packages/{directory}/dist/esm/{file}")))
        };
        modules.iter().map(entry).collect::<Vec<_>>()
    };
    let imports = package("@bufbuild/protobuf", &["", "codegenv2", "wire", "wkt"])
        .into_iter()
        .chain(package("@connectrpc/connect", &["", "protocol", "protocol-connect", "protocol-grpc-web"]))
        .chain(package("@connectrpc/connect-web", &[""]));
    json!({ "imports": imports.collect::<serde_json::Map<_, _>>() })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_an_allowed_origin_calls_by_grpc_web() {
    if CONNECT.find().is_none() {
        return;
    }
    let packages = npm_packages();
    let Some(browser) = webdriver::Browser::start().await else { return };
    let page = format!(
        "<!doctype html><title>Another app</title><script type=importmap>{}</script>\
         <script type=module src=/web_client.mjs></script>",
        import_map()
    );
    let script = include_bytes!("web_client.mjs");
    let elsewhere = serve_elsewhere(move |path| match path.split('?').next()? {
        "/" => Some(("text/html", page.clone().into_bytes())),
        "/web_client.mjs" => Some(("text/javascript", script.to_vec())),
        "/contract.binpb" => Some(("application/octet-stream", todo_proto::FILE_DESCRIPTOR_SET.to_vec())),
        path => Some(("text/javascript", fs::read(packages.join(path.strip_prefix("/packages/")?)).ok()?)),
    })
    .await;
    let elsewhere = format!("http://{elsewhere}");
    let engine = Engine::sqlite();
    let server = engine.start(&["--cors-origin", &elsewhere]).await;
    let closed = Engine::sqlite();
    let stranger = closed.start(&[]).await;

    let visit = async |server: &Server| {
        let url = format!("http://localhost:{}", server.address.port());
        browser.client.goto(&format!("{elsewhere}/?{url}")).await.unwrap();
        browser.until("document.title !== 'Another app'").await;
        browser.client.title().await.unwrap()
    };
    assert_eq!(visit(&server).await, "done");
    browser.has_no_console_errors(&["favicon.ico"]).await;
    // The browser lets pages of other origins read no response.
    let refused = visit(&stranger).await;
    assert!(refused.contains("Failed to fetch"), "{refused}");
    browser.close().await;
    server.stop().await;
    stranger.stop().await;
}
