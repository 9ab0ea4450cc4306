//! Requests that no page of ours makes.

use hyper::{Method, StatusCode};

use crate::{
    http::Browser,
    security::CHANGES,
    site::{Site, add},
    support::PASSWORD,
};

/// The id of the project to which the first link of a person's list leads.
async fn project_of(browser: &mut Browser) -> String {
    let list = browser.get("/").await.text;
    list.split("href=\"/?project=").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn unknown_addresses_get_one_page() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    let mut bob = site.person("bob").await;
    add(&mut bob, "Bob's").await;
    let token = ann.cookies["__Host-todo"].clone();
    let nothing = ann.get("/todos/77").await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
    let foreign_project = project_of(&mut bob).await;
    for path in [
        "/todos/1",
        "/todos/0",
        "/todos/-1",
        "/todos/x",
        "/todos/99999999999999999999",
        "/todos/9999999999",
        "/todos/1/purge",
        "/todos/%00",
        "/todos/%ff",
        "/assets/%ff",
        "/nowhere",
        "/?view=nonsense",
        "/?project=x",
        &format!("/?project={foreign_project}"),
        "/?project=01890000-0000-7000-8000-000000000000",
    ] {
        let answer = ann.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.text, nothing.text, "{path}: the same page as for no such id");
    }
    for path in [
        "/todos/1/complete",
        "/todos/1/delete",
        "/todos/1/purge",
        "/todos/1/annotations",
        "/todos/1/annotations/remove",
        "/todos/%ff/complete",
        "/projects/x/delete",
        "/projects/%ff",
        "/account/sessions/%ff/revoke",
        &format!("/projects/{foreign_project}/delete"),
        &format!("/projects/{foreign_project}/undelete"),
    ] {
        assert_eq!(ann.post(path, &[]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(bob.get("/").await.titles(), ["Bob&#39;s"]);
    assert_eq!(ann.get("/?page=nonsense").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(ann.cookies["__Host-todo"], token);
    site.server.stop().await;
}

#[tokio::test]
async fn forms_that_no_browser_sends_are_refused() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    let fields = (0..1_100).map(|_| ("title", "x")).collect::<Vec<_>>();
    let refused = ann.post("/todos", &fields).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text);
    assert!(refused.text.contains("1,000 fields"), "{}", refused.text);
    assert_eq!(ann.get("/").await.titles(), [""; 0]);

    let mut stream = tokio::net::TcpStream::connect(site.server.address).await.unwrap();
    let request = "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nHost: elsewhere\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    let answer = exchange(&mut stream, request).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    let mut stream = tokio::net::TcpStream::connect(site.server.address).await.unwrap();
    let request = "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\n\
        Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 12\r\n\r\nusername=%ff";
    let answer = exchange(&mut stream, request).await;
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("UTF-8"), "{answer}");
    site.server.stop().await;
}

async fn exchange(stream: &mut tokio::net::TcpStream, request: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn bad_requests_are_refused_and_keep_the_session() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    let token = ann.cookies["__Host-todo"].clone();
    for (method, path) in [
        (Method::PUT, "/todos"),
        (Method::DELETE, "/todos/1"),
        (Method::GET, "/undo"),
        (Method::POST, "/account"),
    ] {
        assert_eq!(
            ann.send(method, path, String::new()).await.status,
            StatusCode::METHOD_NOT_ALLOWED,
            "{path}"
        );
    }
    let mut json = ann.with("content-type", "application/json");
    assert_eq!(json.post("/todos", &[]).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let big = "x".repeat(1024 * 1024);
    assert_eq!(ann.post("/todos", &[("title", &big)]).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    for path in CHANGES.iter().filter(|path| !matches!(**path, "/sign-out" | "/register" | "/sign-in")) {
        let answer = ann.send(Method::POST, path, "%ff&=&%00=%ff".into()).await;
        assert!(!answer.status.is_server_error(), "{path}: {}", answer.status);
        assert!(!answer.text.contains("panicked") && !answer.text.contains("/src/"), "{path}");
    }
    assert_eq!(ann.cookies["__Host-todo"], token);
    site.server.stop().await;
}

#[tokio::test]
async fn signing_in_leads_to_pages_of_this_site_only() {
    let site = Site::start(&[]).await;
    site.person("ann").await;
    for (next, goes_to) in
        [("//evil.example", "/"), ("https://evil.example", "/"), ("/\\evil.example", "/"), ("/?q=x", "/?q=x")]
    {
        let fields = [("username", "ann"), ("password", PASSWORD), ("next", next)];
        assert_eq!(site.browser().post("/sign-in", &fields).await.header("location"), goes_to, "{next}");
    }
    site.server.stop().await;
}

/// The fields of each form, but for the one that renames a project.
const FORMS: [(&str, &[&str]); 10] = [
    ("/todos", &["title", "due", "priority", "tags", "project", "next", "request_id"]),
    (
        "/todos/1",
        &["title", "description", "due", "priority", "tags", "project", "revision", "next", "request_id"],
    ),
    ("/todos/1/complete", &["next", "request_id"]),
    ("/undo", &["operation", "next", "request_id"]),
    ("/projects", &["name", "request_id"]),
    ("/account/time-zone", &["time_zone"]),
    ("/account/password", &["current_password", "new_password"]),
    ("/account/delete", &["password"]),
    ("/sign-in", &["username", "password", "next", "pending_form", "pending_action"]),
    ("/register", &["username", "password", "time_zone", "next"]),
];

/// Sends a form with this value in a field, and good ones in all others.
async fn send_with(browser: &Browser, path: &str, field: &str, value: &str, operation: &str) {
    let mut sent = vec![
        ("title", "Second"),
        ("name", "Second"),
        ("operation", operation),
        ("next", "/"),
        ("time_zone", "UTC"),
        ("username", "ann"),
        ("password", "wrong password"),
        ("current_password", "wrong password"),
        ("new_password", "a new password"),
    ];
    sent.retain(|(name, _)| *name != field);
    sent.push((field, value));
    let answer = browser.clone().post(path, &sent).await;
    let shown: String = value.chars().take(40).collect();
    assert!(!answer.status.is_server_error(), "{path} with {field} = {shown:?}: {}", answer.text);
    assert!(answer.status != StatusCode::SEE_OTHER || answer.header("location").starts_with('/'), "{path}");
}

#[tokio::test]
async fn no_field_value_is_a_server_error() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    let operation = add(&mut ann, "First").await.field("operation");
    let garden = site.client(&ann).create_project("Garden").await.unwrap().value.id;
    let long = "x".repeat(70_000);
    let values = [
        "",
        "\0",
        "\r\n",
        "\u{202e}",
        "-1",
        "0",
        "99999999999999999999",
        "01890000-0000-7000-8000-000000000000",
        &*long,
    ];
    let rename = format!("/projects/{garden}");
    for (path, fields) in FORMS.into_iter().chain([(&*rename, &["name", "request_id"][..])]) {
        for field in fields {
            for value in values {
                send_with(&ann, path, field, value, &operation).await;
            }
        }
        let answer = ann.clone().post(path, &[]).await;
        assert!(!answer.status.is_server_error(), "{path} with nothing: {}", answer.text);
    }
    site.server.stop().await;
}

#[tokio::test]
async fn refused_changes_are_no_server_errors() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    add(&mut ann, "First").await;
    let projects = site.client(&ann).list_projects().try_collect().await.unwrap();
    let inbox = projects.into_iter().find(|each| each.inbox).unwrap().id;
    for (path, fields) in [
        (format!("/projects/{inbox}"), &[("name", "Other")][..]),
        (format!("/projects/{inbox}/delete"), &[]),
        ("/todos/1/restore".into(), &[]),
    ] {
        let answer = ann.post(&path, fields).await;
        assert!(!answer.status.is_server_error(), "{path}: {}", answer.text);
    }
    site.server.stop().await;
}

#[tokio::test]
async fn head_has_the_headers_of_get() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    add(&mut ann, "Milk").await;
    let asset = ann
        .get("/")
        .await
        .text
        .split("href=\"/assets/")
        .nth(2)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    for path in [
        "/",
        "/todos/1",
        "/projects",
        "/account",
        "/sign-in",
        "/nowhere",
        "/todos/9",
        "/undo",
        &format!("/assets/{asset}"),
    ] {
        let (page, head) = (ann.get(path).await, ann.send(Method::HEAD, path, String::new()).await);
        assert_eq!((head.status, &*head.text), (page.status, ""), "{path}");
        for header in ["content-type", "content-length", "content-security-policy", "cache-control"] {
            assert_eq!(head.header(header), page.header(header), "{path}: {header}");
        }
    }
    let asked = site.browser().with("cookie", "x=y").send(Method::HEAD, "/account", String::new()).await;
    assert_eq!(asked.header("location"), "/sign-in?expired=1&next=%2Faccount");
    site.server.stop().await;
}
