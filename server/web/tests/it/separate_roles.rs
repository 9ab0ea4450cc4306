//! Pages in a process of their own, while the backends go and come back.

use hyper::StatusCode;

use crate::{
    http::Answer,
    site::{Site, add},
    support::{Engine, PASSWORD},
    wait::until,
};

/// The backends on a port of their own, and the pages in front of them.
async fn backends_and_pages() -> (Site, Site) {
    let backend = Site::start(&["--role", "auth", "--role", "todo", "--trusted-proxy", "127.0.0.1"]).await;
    let url = format!("http://{}", backend.server.address);
    let engine = Engine::sqlite();
    let flags = ["--role", "main", "--auth-url", &url, "--todo-url", &url];
    (backend, Site { server: engine.start(&flags).await, engine })
}

/// Fails unless the answer says that the backends are away, and shows no password.
fn assert_unavailable(answer: &Answer) {
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "5"));
    assert!(!answer.text.contains("http-equiv"), "it does not refresh itself: {}", answer.text);
    assert!(!answer.text.contains("correct") && !answer.text.contains("secret"), "{}", answer.text);
}

#[tokio::test]
async fn separate_pages_survive_a_restart_of_the_backends() {
    let (backend, front) = backends_and_pages().await;
    let mut direct = backend.browser();
    assert_eq!(direct.get("/").await.status, StatusCode::NOT_FOUND, "no pages without the role main");

    let mut ann = front.person("ann").await;
    assert_eq!(add(&mut ann, "Over the network").await.titles(), ["Over the network"]);

    let Site { server, engine } = backend;
    let address = server.address.to_string();
    server.stop().await;
    let down = ann.get("/").await;
    assert_eq!(down.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(down.header("retry-after"), "5");
    assert!(down.text.contains("http-equiv=\"refresh\""), "{}", down.text);
    assert_eq!(front.browser().get("/sign-in").await.status, StatusCode::OK, "it needs no backend");

    let restarted =
        engine.try_start(&["--role", "auth", "--role", "todo", "--listen", &address]).await.unwrap();
    until("the pages recover", async || ann.get("/").await.status == StatusCode::OK).await;
    assert_eq!(ann.get("/").await.titles(), ["Over the network"]);
    restarted.stop().await;
    front.server.stop().await;
}

#[tokio::test]
async fn forms_are_kept_while_the_backends_are_away() {
    let (backend, front) = backends_and_pages().await;
    let mut ann = front.person("ann").await;
    add(&mut ann, "First").await;
    let Site { server, engine } = backend;
    let address = server.address.to_string();
    server.stop().await;

    let id = "01890000-0000-7000-8000-00000000000a";
    let new = [
        ("request_id", id),
        ("title", "Tom & \"Jerry\""),
        ("due", "2030-01-01"),
        ("next", "/?view=upcoming"),
    ];
    let edit = [("title", "First"), ("description", "A long\r\nstory"), ("revision", "1")];
    let passwords = [("current_password", PASSWORD), ("new_password", "a new secret")];
    let (mut ben, mut cat) = (ann.clone(), ann.clone());
    let (added, saved, password) = tokio::join!(
        ann.post("/todos", &new),
        ben.post("/todos/1", &edit),
        cat.post("/account/password", &passwords)
    );
    for answer in [&added, &saved, &password] {
        assert_unavailable(answer);
    }
    assert_eq!(
        added.form("/todos"),
        new.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect()
    );
    assert_eq!(saved.form("/todos/1")["description"], "A long\r\nstory");
    assert!(!saved.form("/todos/1")["request_id"].is_empty(), "sent twice it is one change, too");
    assert!(
        password.text.contains("<a href=\"/account\">") && !password.text.contains("Try again"),
        "{}",
        password.text
    );

    let restarted =
        engine.try_start(&["--role", "auth", "--role", "todo", "--listen", &address]).await.unwrap();
    until("the pages recover", async || ann.get("/").await.status == StatusCode::OK).await;
    let kept = added.form("/todos");
    let kept: Vec<_> = kept.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(ann.submit("/todos", &kept).await.titles(), ["Tom &#38; &#34;Jerry&#34;"]);
    assert_eq!(ann.submit("/todos", &kept).await.titles().len(), 1, "done once, however often it is tried");
    restarted.stop().await;
    front.server.stop().await;
}

#[tokio::test]
async fn signing_in_and_out_says_that_the_backends_are_away() {
    let (backend, front) = backends_and_pages().await;
    let mut ann = front.person("ann").await;
    backend.server.stop().await;

    let draft = [
        ("pending_action", "/projects"),
        ("pending_form", "name=Half"),
        ("username", "ann"),
        ("password", PASSWORD),
    ];
    let account = [("username", "eve"), ("password", PASSWORD), ("time_zone", "Asia/Tokyo")];
    let (mut stranger, mut eve) = (front.browser(), front.browser());
    let (signed_in, registered, signed_out) = tokio::join!(
        stranger.post("/sign-in", &draft),
        eve.post("/register", &account),
        ann.post("/sign-out", &[])
    );
    assert_unavailable(&signed_in);
    assert_unavailable(&registered);
    assert_eq!(
        (signed_in.field("username"), signed_in.field("pending_action"), signed_in.field("pending_form")),
        ("ann".into(), "/projects".into(), "name=Half".into())
    );
    assert_eq!(
        (registered.field("username"), registered.field("time_zone")),
        ("eve".into(), "Asia/Tokyo".into())
    );

    // The cookie is gone, and the page says that the session may still be open on the server.
    assert_eq!(signed_out.status, StatusCode::SEE_OTHER);
    assert!(!ann.cookies.contains_key("__Host-todo"));
    let welcome = ann.get(signed_out.header("location")).await;
    assert!(
        welcome.text.contains("The server could not be told") && welcome.text.contains("/sign-in"),
        "{}",
        welcome.text
    );
    front.server.stop().await;
}

#[tokio::test]
async fn a_sign_in_succeeds_though_its_page_fails() {
    let auth = Site::start(&["--role", "auth", "--trusted-proxy", "127.0.0.1"]).await;
    let url = format!("http://{}", auth.server.address);
    let engine = Engine::sqlite();
    let flags = ["--role", "main", "--auth-url", &url, "--todo-url", "http://127.0.0.1:1"];
    let front = Site { server: engine.start(&flags).await, engine };
    let account = [("username", "ann"), ("password", PASSWORD), ("next", "/")];
    front.browser().post("/register", &account).await;
    let mut ann = front.browser();
    let form = "title=Typed&request_id=01890000-0000-7000-8000-00000000000a";
    let fields = [account[0], account[1], ("pending_action", "/todos"), ("pending_form", form)];
    let answer = ann.post("/sign-in", &fields).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(ann.cookies.contains_key("__Host-todo"));
    assert_eq!(answer.form("/todos")["title"], "Typed");
    assert!(!answer.text.contains("correct"), "{}", answer.text);
    auth.server.stop().await;
    front.server.stop().await;
}
