//! How many calls a page makes: the pages as a tower service of their own, before a real server whose calls are counted.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use axum::body::{Body, to_bytes};
use http::{Request, Response};
use hyper::Method;
use todo_model::{
    caller::{Caller, RequestId, Scheme},
    clock::Clock,
};
use todo_sdk::Client;
use todo_web::{Backends, Metrics, PageService, Settings};
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use tower::{Service, ServiceExt as _};

use crate::{
    http::Answer,
    support::{Engine, PASSWORD, Server},
};

/// Names of methods, in the order of their calls.
type Calls = Arc<Mutex<Vec<String>>>;

/// A connection to the server that records the calls.
#[derive(Clone)]
struct Counting {
    channel: Channel,
    calls: Calls,
}

impl Service<Request<tonic::body::Body>> for Counting {
    type Response = Response<tonic::body::Body>;
    type Error = tonic::transport::Error;
    type Future = <Channel as Service<Request<tonic::body::Body>>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.channel.poll_ready(context)
    }

    fn call(&mut self, request: Request<tonic::body::Body>) -> Self::Future {
        let method = request.uri().path().rsplit('/').next().unwrap().to_owned();
        let headers = request.headers();
        assert_eq!(headers["x-forwarded-for"], "2001:db8::7", "{method}");
        assert_eq!(headers["x-request-id"], "the-request", "{method}");
        assert_eq!(headers["traceparent"], TRACEPARENT, "{method}");
        self.calls.lock().unwrap().push(method);
        let origin = "http://127.0.0.1".parse::<http::Uri>().unwrap().into_parts();
        let mut parts = request.uri().clone().into_parts();
        (parts.scheme, parts.authority) = (origin.scheme, origin.authority);
        let (mut head, body) = request.into_parts();
        head.uri = http::Uri::from_parts(parts).unwrap();
        self.channel.call(Request::from_parts(head, body))
    }
}

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// A person who uses the pages.
struct Visitor {
    pages: PageService,
    calls: Calls,
    cookie: String,
}

impl Visitor {
    fn new(server: &Server) -> Self {
        let calls = Calls::default();
        let client =
            Client::from_service(Counting { channel: server.channel.clone(), calls: Arc::clone(&calls) });
        let backends = Backends { auth: client.clone(), todo: client };
        let mut settings = Settings::default();
        settings.tracing.traceparent = || Some(TRACEPARENT.to_owned());
        let stop = CancellationToken::new();
        let pages = todo_web::service(backends, settings, Clock::system(), stop, Metrics::default());
        Self { pages, calls, cookie: String::new() }
    }

    /// Sends a request. Returns the answer and the calls that were made for it.
    async fn send(&mut self, method: Method, path: &str, body: String) -> (Answer, Vec<String>) {
        let caller = Caller {
            address: "2001:db8::7".parse().unwrap(),
            scheme: Scheme::Https,
            request_id: RequestId::parse(b"the-request").unwrap(),
            is_shared: false,
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "todo.example")
            .header("sec-fetch-site", "same-origin")
            .header("cookie", &self.cookie)
            .extension(caller)
            .body(Body::from(body))
            .unwrap();
        self.calls.lock().unwrap().clear();
        let (parts, body) = self.pages.clone().oneshot(request).await.unwrap().into_parts();
        let text = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
        assert_eq!(parts.headers["x-request-id"], "the-request");
        if let Some(cookie) = parts.headers.get("set-cookie") {
            cookie.to_str().unwrap().split(';').next().unwrap().clone_into(&mut self.cookie);
        }
        let answer = Answer { status: parts.status, headers: parts.headers, text };
        (answer, std::mem::take(&mut *self.calls.lock().unwrap()))
    }

    /// Looks at a page, which may make four calls.
    async fn get(&mut self, path: &str) -> Answer {
        let (answer, calls) = self.send(Method::GET, path, String::new()).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text);
        assert!(calls.len() <= 4, "{path}: {calls:?}");
        answer
    }

    /// Sends a form, which must succeed with these calls, and returns the page that it leads to.
    async fn post(&mut self, path: &str, fields: BTreeMap<String, String>, expected: &[&str]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let (answer, calls) = self.send(Method::POST, path, body).await;
        assert!(answer.status.is_redirection(), "{path}: {}", answer.text);
        assert_eq!(calls, expected, "{path}");
        self.get(answer.header("location")).await
    }
}

/// The hidden fields of a form of the page, and what is typed into it.
fn filled(page: &Answer, action: &str, typed: &[(&str, &str)]) -> BTreeMap<String, String> {
    let mut fields = page.form(action);
    fields.extend(typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    fields
}

/// What a click on the button of the first row sends.
fn button(page: &Answer) -> BTreeMap<String, String> {
    let (_, rest) = page.text.split_once("<button name=\"id\" value=\"").unwrap();
    let mut fields = page.form("/undo");
    fields.insert("id".to_owned(), rest.split('"').next().unwrap().to_owned());
    fields
}

#[tokio::test]
async fn a_form_makes_one_call_and_a_page_at_most_four() {
    let engine = Engine::sqlite();
    let server = engine.start(&["--trusted-proxy", "127.0.0.1"]).await;
    let mut ann = Visitor::new(&server);

    let page = ann.get("/register").await;
    let typed = [("username", "ann"), ("password", PASSWORD), ("time_zone", "Europe/Berlin")];
    let list = ann.post("/register", filled(&page, "/register", &typed), &["Register", "Login"]).await;
    let typed = [("title", "Buy milk"), ("due", "tomorrow 18:00"), ("priority", "1"), ("tags", "home")];
    let list = ann.post("/todos", filled(&list, "/todos", &typed), &["CreateTodo"]).await;
    let list = ann.post("/todos/1/complete", button(&list), &["CompleteTodos"]).await;
    let list = ann.post("/undo", filled(&list, "/undo", &[]), &["UndoOperation"]).await;
    assert_eq!(list.titles(), ["Buy milk"]);

    let page = ann.get("/todos/1").await;
    let typed = [("title", "Buy oat milk"), ("due", "fri 9am"), ("description", "Two.")];
    let page = ann.post("/todos/1", filled(&page, "/todos/1", &typed), &["UpdateTodos"]).await;
    let typed = [("annotation", "The shop was closed.")];
    let add = "/todos/1/annotations";
    let page = ann.post(add, filled(&page, add, &typed), &["UpdateTodos"]).await;
    let (_, note) = page.text.split_once("name=\"annotation_id\" value=\"").unwrap();
    let remove = "/todos/1/annotations/remove";
    let typed = [("annotation_id", note.split('"').next().unwrap())];
    let page = ann.post(remove, filled(&page, remove, &typed), &["UpdateTodos"]).await;
    let page =
        ann.post("/todos/1/complete", filled(&page, "/todos/1/complete", &[]), &["CompleteTodos"]).await;
    let page = ann.post("/todos/1/reopen", filled(&page, "/todos/1/complete", &[]), &["ReopenTodos"]).await;
    let page = ann.post("/todos/1/delete", filled(&page, "/todos/1/complete", &[]), &["DeleteTodos"]).await;
    ann.post("/todos/1/restore", filled(&page, "/todos/1/complete", &[]), &["RestoreTodos"]).await;

    let page = ann.get("/projects").await;
    let page =
        ann.post("/projects", filled(&page, "/projects", &[("name", "Garden")]), &["CreateProject"]).await;
    let (_, rest) = page.text.split_once("action=\"/projects/").unwrap();
    let project = format!("/projects/{}", rest.split('"').next().unwrap());
    ann.post(&project, filled(&page, &project, &[("name", "Terrace")]), &["UpdateProject"]).await;
    ann.post(&format!("{project}/delete"), BTreeMap::new(), &["DeleteProject"]).await;
    ann.post(&format!("{project}/undelete"), BTreeMap::new(), &["UndeleteProject"]).await;

    let typed = |fields: &[(&str, &str)]| {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    ann.post("/account/time-zone", typed(&[("time_zone", "Asia/Tokyo")]), &["UpdateAccount"]).await;
    let passwords = [("current_password", PASSWORD), ("new_password", "a new password")];
    ann.post("/account/password", typed(&passwords), &["ChangePassword"]).await;
    server.try_login("ann", "a new password").await.unwrap();
    let page = ann.get("/account").await;
    let revoke = page.text.split("action=\"").find(|rest| rest.contains("/revoke\"")).unwrap();
    let revoke = revoke.split('"').next().unwrap().to_owned();
    ann.post(&revoke, BTreeMap::new(), &["RevokeSession"]).await;
    for path in ["/", "/?view=done", "/?q=milk", "/projects", "/account", "/todos/1"] {
        ann.get(path).await;
    }
    ann.post("/sign-out", BTreeMap::new(), &["Logout"]).await;
    let page = ann.get("/sign-in").await;
    let typed = [("username", "ann"), ("password", "a new password")];
    ann.post("/sign-in", filled(&page, "/sign-in", &typed), &["Login"]).await;
    let fields = BTreeMap::from([("password".to_owned(), "a new password".to_owned())]);
    ann.post("/account/delete", fields, &["DeleteAccount"]).await;
    server.stop().await;
}

#[tokio::test]
async fn a_request_without_its_caller_is_refused() {
    let engine = Engine::sqlite();
    let server = engine.start(&[]).await;
    let visitor = Visitor::new(&server);
    let request = Request::get("/sign-in").header("host", "localhost").body(Body::empty()).unwrap();
    let response = visitor.pages.oneshot(request).await.unwrap();
    assert!(response.status().is_server_error());
    server.stop().await;
}
