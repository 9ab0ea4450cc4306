//! Forms that are refused, sent again or interrupted: input is kept.

use hyper::StatusCode;

use crate::{
    site::{Site, add},
    support::PASSWORD,
};

#[tokio::test]
async fn errors_are_shown_beside_their_fields_and_input_is_kept() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    let long = "x".repeat(501);
    for (field, value) in [
        ("title", " "),
        ("title", &*long),
        ("due", "someday"),
        ("priority", "9"),
        ("project", "x"),
        ("tags", &*long),
    ] {
        let mut fields = vec![("title", "Kept"), ("due", "tomorrow"), ("next", "/?view=today")];
        fields.retain(|(name, _)| *name != field);
        fields.push((field, value));
        let refused = ann.post("/todos", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}: {}", refused.text);
        assert!(refused.text.contains(&format!("id=\"{field}-error\"")), "{field}: {}", refused.text);
        let kept = if field == "due" { "someday" } else { "tomorrow" };
        assert_eq!(refused.field("due"), kept, "{field}");
        assert!(refused.text.contains("<h1><bdi>Today</bdi></h1>"), "on the page it was sent from");
    }
    let mut bob = site.browser();
    for (fields, field) in [
        ([("username", "ann"), ("password", PASSWORD), ("time_zone", "")], "username"),
        ([("username", "b o b"), ("password", PASSWORD), ("time_zone", "")], "username"),
        ([("username", "bob"), ("password", "password"), ("time_zone", "")], "password"),
        ([("username", "bob"), ("password", PASSWORD), ("time_zone", "Mars")], "time_zone"),
    ] {
        let refused = bob.post("/register", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains(&format!("id=\"{field}-error\"")), "{field}: {}", refused.text);
        assert_eq!(refused.field("username"), fields[0].1);
        assert!(!refused.text.contains(PASSWORD));
    }
    let twice = ann.post("/projects", &[("name", "inbox")]).await;
    assert!(
        twice.status == StatusCode::UNPROCESSABLE_ENTITY && twice.field("name") == "inbox",
        "{}",
        twice.text
    );
    site.server.stop().await;
}

#[tokio::test]
async fn a_resubmitted_form_with_other_content_is_refused() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    let sent = ann.get("/").await.form("/todos")["request_id"].clone();
    let form = |title| [("request_id", &*sent), ("title", title), ("next", "/?view=open")];
    ann.submit("/todos", &form("First")).await;
    let again = ann.post("/todos", &form("Second")).await;
    assert_eq!((again.status, &*again.field("title")), (StatusCode::UNPROCESSABLE_ENTITY, "Second"));
    assert!(again.text.contains("Send it again to add this as a new todo."), "{}", again.text);
    assert_eq!(again.titles(), ["First"], "nothing is added before that");
    let fresh = again.form("/todos")["request_id"].clone();
    assert_ne!(fresh, sent);
    let list = ann.submit("/todos", &[("request_id", &fresh), ("title", "Second"), ("next", "/")]).await;
    assert_eq!(list.titles(), ["First", "Second"]);

    for (path, again) in [("/todos/1", "save this as well."), ("/projects", "add this as a new project.")] {
        let id = ann.get(path).await.form(path)["request_id"].clone();
        let form = |text| [("request_id", &*id), ("title", text), ("name", text), ("next", "/")];
        ann.submit(path, &form("Third")).await;
        let refused = ann.post(path, &form("Fourth")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        let field = if path == "/projects" { "name" } else { "title" };
        assert!(refused.text.contains(again) && refused.field(field) == "Fourth", "{}", refused.text);
        assert!(!refused.text.contains("request_id:") && !refused.text.contains("for each call"), "{path}");
    }
    site.server.stop().await;
}

#[tokio::test]
async fn input_survives_deleted_projects_and_todos() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    let client = site.client(&ann);
    let gone = client.create_project("Gone").await.unwrap().value.id;
    client.delete_project(gone).await.unwrap();
    let gone = gone.to_string();
    let fields = [("title", "Typed"), ("project", &*gone), ("next", "/")];
    let refused = ann.post("/todos", &fields).await;
    assert_eq!((refused.status, &*refused.field("title")), (StatusCode::UNPROCESSABLE_ENTITY, "Typed"));
    assert!(refused.text.contains("id=\"project-error\""), "{}", refused.text);

    add(&mut ann, "Here").await;
    let refused = ann.post("/todos/1", &fields).await;
    assert_eq!((refused.status, &*refused.field("title")), (StatusCode::UNPROCESSABLE_ENTITY, "Typed"));
    ann.submit("/todos/1/delete", &[("next", "/")]).await;
    let refused = ann.post("/todos/1", &[("title", "Typed"), ("next", "/")]).await;
    assert_eq!((refused.status, &*refused.field("title")), (StatusCode::UNPROCESSABLE_ENTITY, "Typed"));
    assert!(refused.text.contains("in the trash"), "{}", refused.text);
    site.server.stop().await;
}

#[tokio::test]
async fn signing_in_again_returns_to_the_page() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    site.client(&ann).logout().await.unwrap();
    assert_eq!(ann.get("/?q=a%20b").await.header("location"), "/sign-in?expired=1&next=%2F%3Fq%3Da%2520b");
    let sign_in = ann.get("/sign-in?expired=1&next=%2F%3Fq%3Dx").await;
    assert_eq!(sign_in.field("next"), "/?q=x");
    let sign_in = [("username", "ann"), ("password", PASSWORD), ("next", "/account")];
    assert_eq!(ann.post("/sign-in", &sign_in).await.header("location"), "/account");
    site.server.stop().await;
}

#[tokio::test]
async fn input_survives_an_expired_session() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    add(&mut ann, "First").await;
    let garden = site.client(&ann).create_project("Garden").await.unwrap().value.id;
    let rename = format!("/projects/{garden}");
    for (path, typed, shown) in [
        (
            "/todos",
            &[("title", "Half written"), ("due", "fri"), ("next", "/?view=today")][..],
            "Half written",
        ),
        (
            "/todos/1",
            &[("title", "First"), ("description", "A long\r\nstory"), ("next", "/todos/1")],
            "A long\nstory",
        ),
        ("/todos/1/annotations", &[("annotation", "Half a\r\nnote"), ("next", "/todos/1")], "Half a\nnote"),
        ("/projects", &[("name", "Half a project")], "Half a project"),
        (&rename, &[("name", "Half a name")], "Half a name"),
        ("/account/time-zone", &[("time_zone", "Asia/Half")], "Asia/Half"),
    ] {
        site.client(&ann).logout().await.unwrap();
        let asked = ann.post(path, typed).await;
        assert_eq!(asked.status, StatusCode::UNAUTHORIZED, "{path}");
        let (to, draft) = (
            asked.field("pending_action"),
            asked.field("pending_form").replace("&amp;", "&").replace("&#38;", "&"),
        );
        let sign_in = |password| {
            [("username", "ann"), ("password", password), ("pending_action", &*to), ("pending_form", &*draft)]
        };
        let wrong = ann.post("/sign-in", &sign_in("wrong password")).await;
        assert_eq!(
            (wrong.status, wrong.field("pending_action")),
            (StatusCode::UNAUTHORIZED, to.clone()),
            "kept over a mistake"
        );
        let again = ann.post("/sign-in", &sign_in(PASSWORD)).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {}", again.text);
        assert!(
            again.text.contains(shown) && again.text.contains("Nothing was changed yet"),
            "{path}: {}",
            again.text
        );
        assert!(
            !again.text.contains("href=\"/\" aria-current"),
            "{path}: not shown on the page of all todos"
        );
        assert_eq!(ann.get("/").await.titles(), ["First"], "nothing was changed");
    }
    site.server.stop().await;
}

#[tokio::test]
async fn an_expired_session_keeps_no_password() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    add(&mut ann, "First").await;
    let id = site.client(&ann).create_project("Garden").await.unwrap().value.id;
    site.client(&ann).logout().await.unwrap();
    // A form that cannot be shown again leads back to its page, which says so.
    for (path, fields, page) in [
        (
            "/account/password",
            &[("current_password", PASSWORD), ("new_password", "a new secret")][..],
            "/account",
        ),
        ("/account/delete", &[("password", PASSWORD)], "/account"),
        (&*format!("/account/sessions/{id}/revoke"), &[("password", PASSWORD)], "/account"),
        (&*format!("/projects/{id}/delete"), &[("password", PASSWORD)], "/projects"),
        ("/todos/1/complete", &[("next", "/?view=today")], "/?view=today"),
        ("/todos/1/delete", &[], "/todos/1"),
        ("/todos/1/purge", &[], "/todos/1"),
        ("/trash/empty", &[], "/?view=trash"),
        ("/undo", &[("next", "/?q=x")], "/?q=x"),
    ] {
        let asked = ann.post(path, fields).await;
        assert_eq!((asked.status, &*asked.field("next")), (StatusCode::UNAUTHORIZED, page), "{path}");
        assert!(!asked.text.contains("typed is shown again"), "{path}: {}", asked.text);
        assert!(asked.text.contains("nothing was changed") && !asked.text.contains("pending_form"), "{path}");
        let shows_a_password = asked.text.contains("correct") || asked.text.contains("secret");
        assert!(!shows_a_password, "{path}: {}", asked.text);
    }
    let typed = [("title", "Kept"), ("password", PASSWORD), ("next", "/")];
    let asked = ann.post("/todos", &typed).await;
    assert!(asked.text.contains("Kept") && !asked.text.contains("correct"), "{}", asked.text);
    site.server.stop().await;
}
