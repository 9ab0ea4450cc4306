//! Other sites, plain HTTP, hostile text, and the headers against all of them.

use hyper::StatusCode;
use todo_sdk::NewTodo;

use crate::{
    site::{Site, add},
    support::PASSWORD,
};

/// Every route that changes something.
pub(crate) const CHANGES: &[&str] = &[
    "/register",
    "/sign-in",
    "/sign-out",
    "/todos",
    "/todos/1",
    "/todos/1/complete",
    "/todos/1/reopen",
    "/todos/1/delete",
    "/todos/1/restore",
    "/todos/1/purge",
    "/todos/1/annotations",
    "/todos/1/annotations/remove",
    "/trash/empty",
    "/undo",
    "/projects",
    "/projects/x",
    "/projects/x/delete",
    "/projects/x/undelete",
    "/account/time-zone",
    "/account/password",
    "/account/sessions/x/revoke",
    "/account/delete",
];

#[tokio::test]
async fn forms_of_other_sites_change_nothing() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    add(&mut ann, "Mine").await;
    let fields = [
        ("title", "Theirs"),
        ("name", "Theirs"),
        ("username", "eve"),
        ("password", PASSWORD),
        ("time_zone", "Asia/Tokyo"),
        ("current_password", PASSWORD),
        ("new_password", "owned by eve"),
    ];
    let attacks = [
        ann.with("sec-fetch-site", "cross-site"),
        ann.with("sec-fetch-site", "same-site"),
        ann.without("sec-fetch-site").with("origin", "https://evil.example"),
        ann.without("sec-fetch-site").with("origin", "null"),
        ann.without("sec-fetch-site"),
    ];
    for mut attack in attacks {
        for path in CHANGES {
            let answer = attack.post(path, &fields).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}: {:?}", attack.headers);
        }
    }
    assert_eq!(ann.get("/").await.titles(), ["Mine"]);
    assert_eq!(ann.get("/account").await.field("time_zone"), "Europe/Berlin");
    let origin = format!("http://{}", site.server.address);
    let mut old_browser = ann.without("sec-fetch-site").with("origin", &origin);
    old_browser.submit("/todos", &[("title", "Mine, too"), ("next", "/")]).await;
    assert_eq!(ann.get("/").await.titles().len(), 2);
    site.server.stop().await;
}

#[tokio::test]
async fn every_response_has_the_security_headers() {
    let site = Site::start(&["--trusted-proxy", "127.0.0.1"]).await;
    let mut ann = site.person("ann").await;
    let home = ann.get("/").await;
    let asset = home.text.split("href=\"/assets/").nth(2).unwrap().split('"').next().unwrap().to_owned();
    for path in ["/", "/todos/999", "/nowhere", "/account", &format!("/assets/{asset}"), "/assets/nothing"] {
        let answer = ann.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}");
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{path}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("referrer-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{path}");
        }
        assert!(answer.header("permissions-policy").contains("camera=()"), "{path}");
        let kept = if answer.status == StatusCode::OK && path.starts_with("/assets") {
            "immutable"
        } else {
            "no-store"
        };
        assert!(answer.header("cache-control").contains(kept), "{path}");
        assert_eq!(answer.header("strict-transport-security"), "", "not over plain HTTP");
    }
    let mut proxied = ann.with("x-forwarded-proto", "https").with("host", "todo.example.com");
    assert!(proxied.get("/").await.header("strict-transport-security").contains("max-age"));
    for text in [&home.text, &ann.get("/todos/999").await.text] {
        assert!(
            !text.contains("style=") && !text.contains("<style") && !text.contains(" on"),
            "nothing inline"
        );
    }
    site.server.stop().await;
}

#[tokio::test]
async fn plain_http_is_for_loopback_unless_allowed() {
    let site = Site::start(&[]).await;
    let mut far = site.browser().with("host", "todo.example.com");
    let refused = far.get("/sign-in").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.text.contains("--insecure-http"), "{}", refused.text);
    let mut liar = far.with("x-forwarded-proto", "https");
    assert_eq!(liar.get("/sign-in").await.status, StatusCode::FORBIDDEN, "nobody trusts this proxy");
    let mut local = site.browser().with("host", "localhost:7878");
    assert_eq!(local.get("/sign-in").await.status, StatusCode::OK);
    site.server.stop().await;

    let site = Site::start(&["--insecure-http"]).await;
    let mut far = site.browser().with("host", "todo.example.com");
    let fields = [("username", "ann"), ("password", PASSWORD), ("next", "/")];
    let registered = far.post("/register", &fields).await;
    let cookie = registered.header("set-cookie");
    assert!(
        cookie.starts_with("todo-plain=") && !cookie.contains("Secure") && cookie.contains("HttpOnly"),
        "{cookie}"
    );
    assert!(far.get("/").await.text.contains("All clear"));
    site.server.stop().await;
}

#[tokio::test]
async fn hostile_text_is_escaped() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    let client = site.client(&ann);
    for text in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onfocus='alert(1)",
        "</textarea><script>x</script>",
        "{{ 7 * 7 }}",
        "</bdi></title><svg onload=alert(1)>",
        "javascript:alert(1)",
        "&lt;b&gt;",
    ] {
        let project = client.create_project(text).await.unwrap().value;
        // As much of it as a tag can hold.
        let tag: String =
            text.chars().filter(|c| !c.is_whitespace() && !matches!(c, ',' | '"' | '\'')).collect();
        let new = NewTodo::new(text).description(text).tag(tag).project(project.id);
        let todo = client.create_todo(new).await.unwrap().value;
        for path in [
            "/".to_owned(),
            format!("/todos/{}", todo.number),
            "/projects".into(),
            format!("/?project={}", project.id),
        ] {
            let page = ann.get(&path).await.text;
            for mark in ["<script>", "<img", "<svg onload", " onfocus='", "49"] {
                let is_ours = page.matches("<script>").count() == 0 || mark != "<script>";
                assert!(is_ours && (mark == "49" || !page.contains(mark)), "{path} has {mark}");
            }
        }
    }
    site.server.stop().await;
}
