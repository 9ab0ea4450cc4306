//! Pages in a process of their own, while the backends go and come back.

use hyper::StatusCode;

use crate::{
    site::{Site, add},
    support::{Engine, PASSWORD},
    wait::until,
};

#[tokio::test]
async fn separate_pages_survive_a_restart_of_the_backends() {
    let backend = Site::start(&["--role", "auth", "--role", "todo", "--trusted-proxy", "127.0.0.1"]).await;
    let url = format!("http://{}", backend.server.address);
    let engine = Engine::sqlite();
    let flags = ["--role", "main", "--auth-url", &url, "--todo-url", &url];
    let front = Site { server: engine.start(&flags).await, engine };
    let mut direct = backend.browser();
    assert_eq!(direct.get("/").await.status, StatusCode::NOT_FOUND, "no pages where nobody plays main");

    let mut ann = front.person("ann").await;
    assert_eq!(add(&mut ann, "Over the network").await.titles(), ["Over the network"]);

    let Site { server, engine } = backend;
    let address = server.address.to_string();
    server.stop().await;
    let down = ann.get("/").await;
    assert_eq!(down.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(down.header("retry-after"), "5");
    assert!(down.text.contains("http-equiv=\"refresh\""), "{}", down.text);
    assert_eq!(front.browser().get("/sign-in").await.status, StatusCode::OK, "it needs nobody");

    let restarted =
        engine.try_start(&["--role", "auth", "--role", "todo", "--listen", &address]).await.unwrap();
    until("the pages recover", async || ann.get("/").await.status == StatusCode::OK).await;
    assert_eq!(ann.get("/").await.titles(), ["Over the network"]);
    restarted.stop().await;
    front.server.stop().await;
}

#[tokio::test]
async fn forms_are_kept_while_the_backends_are_away() {
    let backend = Site::start(&["--role", "auth", "--role", "todo", "--trusted-proxy", "127.0.0.1"]).await;
    let url = format!("http://{}", backend.server.address);
    let engine = Engine::sqlite();
    let flags = ["--role", "main", "--auth-url", &url, "--todo-url", &url];
    let front = Site { server: engine.start(&flags).await, engine };
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
    let (mut ben, mut cat, mut dan) = (ann.clone(), ann.clone(), ann.clone());
    let added = ann.post("/todos", &new);
    let saved =
        ben.post("/todos/1", &[("title", "First"), ("description", "A long\r\nstory"), ("revision", "1")]);
    let passwords = [("current_password", PASSWORD), ("new_password", "a new secret")];
    let password = cat.post("/account/password", &passwords);
    let signed_out = dan.post("/sign-out", &[]);
    let mut stranger = front.browser();
    let draft =
        [("draft_to", "/projects"), ("draft", "name=Half"), ("username", "ann"), ("password", PASSWORD)];
    let signed_in = stranger.post("/sign-in", &draft);
    let mut other = front.browser();
    let registered =
        other.post("/register", &[("username", "eve"), ("password", PASSWORD), ("time_zone", "Asia/Tokyo")]);
    let (added, saved, password, signed_in, registered, signed_out) =
        tokio::join!(added, saved, password, signed_in, registered, signed_out);
    for answer in [&added, &saved, &password, &signed_in, &registered] {
        assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "5"));
        assert!(!answer.text.contains("http-equiv"), "its address is none to be read: {}", answer.text);
        assert!(!answer.text.contains("correct") && !answer.text.contains("secret"), "{}", answer.text);
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
    assert_eq!(
        (signed_in.field("username"), signed_in.field("draft_to"), signed_in.field("draft")),
        ("ann".into(), "/projects".into(), "name=Half".into())
    );
    assert_eq!(
        (registered.field("username"), registered.field("time_zone")),
        ("eve".into(), "Asia/Tokyo".into())
    );

    // Whoever signs out is signed out here, and told that it is not known elsewhere.
    assert_eq!(signed_out.status, StatusCode::SEE_OTHER);
    assert!(dan.cookies.is_empty());
    let welcome = dan.get(signed_out.header("location")).await;
    assert!(
        welcome.text.contains("The server could not be told") && welcome.text.contains("/sign-in"),
        "{}",
        welcome.text
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
async fn a_sign_in_succeeds_though_its_page_fails() {
    let auth = Site::start(&["--role", "auth", "--trusted-proxy", "127.0.0.1"]).await;
    let url = format!("http://{}", auth.server.address);
    let engine = Engine::sqlite();
    let flags = ["--role", "main", "--auth-url", &url, "--todo-url", "http://127.0.0.1:1"];
    let front = Site { server: engine.start(&flags).await, engine };
    let account = [("username", "ann"), ("password", PASSWORD), ("next", "/")];
    front.browser().post("/register", &account).await;
    let mut ann = front.browser();
    let draft = "title=Typed&request_id=01890000-0000-7000-8000-00000000000a";
    let fields = [account[0], account[1], ("draft_to", "/todos"), ("draft", draft)];
    let answer = ann.post("/sign-in", &fields).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(ann.cookies.contains_key("__Host-todo"));
    assert_eq!(answer.form("/todos")["title"], "Typed");
    assert!(!answer.text.contains("correct"), "{}", answer.text);
    auth.server.stop().await;
    front.server.stop().await;
}
