//! The pages, as a browser without scripts meets them.

use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::{Method, StatusCode};
use todo_sdk::{Client, NewTodo, TodoFilter, Token};
use todo_server::{Config, Listeners};
use tokio_util::sync::CancellationToken;

use crate::{
    http::{Answer, Browser},
    support::{Engine, PASSWORD, Server},
};

/// How long a test waits for what must happen before it fails.
const PATIENCE: Duration = Duration::from_secs(20);

struct Site {
    server: Server,
    engine: Engine,
}

impl Site {
    async fn start(flags: &[&str]) -> Self {
        let engine = Engine::sqlite();
        Self { server: engine.start(flags).await, engine }
    }

    fn browser(&self) -> Browser {
        Browser::new(self.server.address)
    }

    /// Somebody who has just registered.
    async fn person(&self, username: &str) -> Browser {
        let mut browser = self.browser();
        let fields =
            [("username", username), ("password", PASSWORD), ("time_zone", "Europe/Berlin"), ("next", "/")];
        let page = browser.submit("/register", &fields).await;
        assert!(page.text.contains(username), "{}", page.text);
        browser
    }

    /// The same person, elsewhere.
    fn client(&self, browser: &Browser) -> Client {
        let token: Token = browser.cookies["__Host-todo"].parse().unwrap();
        let endpoint = format!("http://{}", self.server.address);
        Client::builder().endpoint(endpoint).token(token).connect_lazy().unwrap()
    }
}

async fn add(browser: &mut Browser, title: &str) -> Answer {
    browser.submit("/todos", &[("title", title), ("next", "/")]).await
}

#[tokio::test]
async fn a_day_without_scripts() {
    let site = Site::start(&[]).await;
    let mut stranger = site.browser();
    let welcome = stranger.get("/").await;
    assert!(welcome.text.contains("href=\"/register\"") && welcome.text.contains("href=\"/sign-in\""));

    let mut ann = site.browser();
    let fields = [
        ("username", "ann"),
        ("password", PASSWORD),
        ("time_zone", "Europe/Berlin"),
        ("next", "/?view=today"),
    ];
    let registered = ann.post("/register", &fields).await;
    assert_eq!((registered.status, registered.header("location")), (StatusCode::SEE_OTHER, "/?view=today"));
    let cookie = registered.header("set-cookie");
    assert!(cookie.starts_with("__Host-todo=tdos_"), "{cookie}");
    assert!(
        cookie.ends_with("Secure; HttpOnly; SameSite=Lax; Path=/") && !cookie.contains("Domain"),
        "{cookie}"
    );

    let list = ann.get("/").await;
    assert!(list.text.contains("All clear"), "{}", list.text);
    let id = list.field("request_id");
    let new = [
        ("request_id", &*id),
        ("title", "Buy milk"),
        ("due", "2026-12-24 18:00"),
        ("priority", "1"),
        ("tags", "home, #errand"),
        ("next", "/"),
    ];
    let list = ann.submit("/todos", &new).await;
    assert_eq!(list.titles(), ["Buy milk"]);
    assert!(list.text.contains("Thu 24 Dec 18:00<b>P1</b>"), "{}", list.text);
    assert!(list.text.contains("href=\"/?tag=errand\"") && list.text.contains("href=\"/?tag=home\""));
    assert!(list.text.contains("Added <bdi>Buy milk</bdi>"), "{}", list.text);
    assert_eq!(ann.submit("/todos", &new).await.titles(), ["Buy milk"], "sent twice, added once");

    // Completed, taken back, completed again, reopened.
    let list = ann.submit("/todos/1/complete", &[("next", "/")]).await;
    assert!(list.titles().is_empty() && list.text.contains("Completed <bdi>Buy milk</bdi>"), "{}", list.text);
    let undo = [("operation", &*list.field("operation")), ("next", "/")];
    assert_eq!(ann.submit("/undo", &undo).await.titles(), ["Buy milk"]);
    ann.submit("/todos/1/complete", &[("next", "/")]).await;
    assert_eq!(ann.get("/?view=done").await.titles(), ["Buy milk"]);
    ann.submit("/todos/1/reopen", &[("next", "/?view=done")]).await;
    assert_eq!(ann.get("/").await.titles(), ["Buy milk"]);

    // Every field is edited.
    let garden = ann.submit("/projects", &[("name", "Garden")]).await;
    assert!(garden.text.contains("Added <bdi>Garden</bdi>"), "{}", garden.text);
    let project =
        garden.text.split("href=\"/?project=").nth(2).unwrap().split('"').next().unwrap().to_owned();
    let todo = ann.get("/todos/1").await;
    assert_eq!(
        (todo.field("title"), todo.field("due"), todo.field("tags")),
        ("Buy milk".into(), "2026-12-24 18:00".into(), "home, errand".into())
    );
    let edit = [
        ("request_id", &*todo.field("request_id")),
        ("revision", &*todo.field("revision")),
        ("title", "Water the roses"),
        ("description", "The red ones.\r\nAnd the white."),
        ("due", ""),
        ("priority", "3"),
        ("tags", "outside"),
        ("project", &*project),
        ("next", "/todos/1"),
    ];
    let saved = ann.submit("/todos/1", &edit).await;
    assert!(saved.text.contains("The red ones.\nAnd the white.</textarea>"), "{}", saved.text);
    assert!(saved.text.contains("<option value=\"3\" selected>"), "{}", saved.text);
    assert_eq!(
        (saved.field("title"), saved.field("due"), saved.field("tags")),
        ("Water the roses".into(), String::new(), "outside".into())
    );
    for (path, found) in [
        (format!("/?project={project}"), true),
        ("/?tag=outside".into(), true),
        ("/?tag=home".into(), false),
        ("/?q=ROSES".into(), true),
        ("/?q=white".into(), true),
        ("/?q=milk".into(), false),
    ] {
        assert_eq!(ann.get(&path).await.titles().len(), usize::from(found), "{path}");
    }

    // Two edits of the same state: the second is told.
    let late = ann
        .post("/todos/1", &[("revision", &todo.field("revision")), ("title", "Late"), ("next", "/")])
        .await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        late.text.contains("changed this todo meanwhile") && late.field("title") == "Late",
        "{}",
        late.text
    );

    // To the trash and back; the project goes and takes it along.
    ann.submit("/todos/1/delete", &[("next", "/")]).await;
    assert_eq!(ann.get("/?view=trash").await.titles(), ["Water the roses"]);
    ann.submit("/todos/1/restore", &[("next", "/")]).await;
    let rename = format!("/projects/{project}");
    assert!(ann.submit(&rename, &[("name", "Terrace")]).await.text.contains("Renamed <bdi>Terrace</bdi>"));
    let deleted = ann.submit(&format!("{rename}/delete"), &[]).await;
    assert!(deleted.text.contains("Deleted <bdi>Terrace</bdi>") && ann.get("/").await.titles().is_empty());
    ann.submit("/undo", &[("operation", &deleted.field("operation")), ("next", "/")]).await;
    assert_eq!(ann.get("/").await.titles(), ["Water the roses"]);
    site.server.stop().await;
}

#[tokio::test]
async fn what_the_pages_look_like() {
    // Tuesday 24 November 2026, 10:00 in Berlin.
    let engine = Engine::sqlite().stopped_at(1_795_510_800);
    let site = Site { server: engine.start(&[]).await, engine };
    let mut pages = vec![("welcome", site.browser().get("/").await)];
    let mut stranger = site.browser();
    for (name, path) in [("sign-in", "/sign-in?expired=1&next=%2Ftodos%2F1"), ("register", "/register")] {
        pages.push((name, stranger.get(path).await));
    }
    let mut ann = site.person("ann").await;
    pages.push(("empty", ann.get("/").await));
    ann.submit("/projects", &[("name", "Garden")]).await;
    for (title, due, priority, tags) in [
        ("Pay the rent", "2026-11-20", "1", "home"),
        ("Call <b>the</b> dentist", "today 16:00", "2", ""),
        ("Buy milk", "fri", "", "errand, shop & go"),
        ("Some day", "", "3", ""),
    ] {
        let fields = [("title", title), ("due", due), ("priority", priority), ("tags", tags), ("next", "/")];
        ann.submit("/todos", &fields).await;
    }
    pages.push(("list-after-a-change", ann.submit("/todos/1/complete", &[("next", "/")]).await));
    pages.push((
        "refused",
        ann.post("/todos", &[("title", ""), ("due", "someday"), ("next", "/?view=today")]).await,
    ));
    for (name, path) in [
        ("todo", "/todos/2"),
        ("done", "/?view=done"),
        ("projects", "/projects"),
        ("account", "/account"),
        ("nothing", "/nowhere"),
    ] {
        pages.push((name, ann.get(path).await));
    }
    let mut settings = insta::Settings::clone_current();
    settings.add_filter("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[id]");
    settings.add_filter(r"-[0-9a-f]{8}\.(css|js|svg)", "-[sum].$1");
    // A project's colour comes from its id.
    settings.add_filter(r"dot c[0-5]", "dot c[0-5]");
    settings.bind(|| {
        for (name, page) in &pages {
            insta::assert_snapshot!(*name, page.text);
        }
    });
    site.server.stop().await;
}

#[tokio::test]
async fn an_account_is_looked_after() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    let mut phone = site.browser().with("user-agent", "Mozilla/5.0 (Android 14) Firefox/131.0");
    let sign_in = [("username", "ANN"), ("password", PASSWORD), ("next", "/account")];
    let account = phone.submit("/sign-in", &sign_in).await;
    assert!(account.text.contains("<bdi>Firefox on Android</bdi> <em>this one</em>"), "{}", account.text);

    let zone = ann.submit("/account/time-zone", &[("time_zone", "asia/tokyo")]).await;
    assert_eq!(zone.field("time_zone"), "Asia/Tokyo");
    assert!(zone.text.contains("Time zone changed."), "{}", zone.text);
    let dismissed = ann.get("/account").await.text;
    assert!(
        !dismissed.contains("Time zone changed.") && zone.text.contains("class=\"close\" href=\"/account\"")
    );
    let refused = ann.post("/account/time-zone", &[("time_zone", "Mars/Olympus")]).await;
    assert_eq!(
        (refused.status, refused.field("time_zone")),
        (StatusCode::UNPROCESSABLE_ENTITY, "Mars/Olympus".into())
    );
    assert!(refused.text.contains("id=\"time_zone-error\""), "{}", refused.text);

    // A session is ended elsewhere.
    let list = ann.get("/account").await;
    let revoke = list.text.split("action=\"").find(|rest| rest.contains("/revoke\"")).unwrap();
    let revoke = revoke.split('"').next().unwrap().to_owned();
    assert!(ann.submit(&revoke, &[]).await.text.contains("Session ended."));
    let gone = phone.get("/").await;
    assert_eq!(
        (gone.status, gone.header("location")),
        (StatusCode::SEE_OTHER, "/sign-in?expired=1&next=%2F")
    );

    for (current, new, wrong) in
        [("nonsense", "a new password", "current_password-error"), (PASSWORD, "short", "new_password-error")]
    {
        let fields = [("current_password", current), ("new_password", new)];
        let refused = ann.post("/account/password", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains(&format!("id=\"{wrong}\"")), "{}", refused.text);
        assert!(!refused.text.contains(current) && !refused.text.contains(new), "a password is never shown");
    }
    let passwords = [("current_password", PASSWORD), ("new_password", "a new password")];
    let changed = ann.submit("/account/password", &passwords).await;
    assert!(changed.text.contains("Password changed. All other sessions have ended."), "{}", changed.text);
    assert_eq!(phone.post("/sign-in", &sign_in).await.status, StatusCode::UNAUTHORIZED);

    let refused = ann.post("/account/delete", &[("password", PASSWORD)]).await;
    assert!(refused.text.contains("id=\"delete-password-error\""), "{}", refused.text);
    let token: Token = ann.cookies["__Host-todo"].parse().unwrap();
    let out = ann.submit("/sign-out", &[]).await;
    assert!(out.text.contains("/sign-in") && ann.cookies.is_empty());
    let old = Client::builder()
        .endpoint(format!("http://{}", site.server.address))
        .token(token)
        .connect_lazy()
        .unwrap();
    assert!(old.account().await.unwrap_err().is_unauthenticated(), "ended on the server, too");
    ann.submit("/sign-in", &[("username", "ann"), ("password", "a new password"), ("next", "/")]).await;
    let deleted = ann.submit("/account/delete", &[("password", "a new password")]).await;
    assert!(deleted.text.contains("/register") && deleted.text.contains("are deleted."), "{}", deleted.text);
    let gone = ann.post("/sign-in", &[("username", "ann"), ("password", "a new password")]).await;
    assert_eq!(gone.status, StatusCode::UNAUTHORIZED);
    site.server.stop().await;
}

#[tokio::test]
async fn an_undo_says_what_became_of_it_where_one_was() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    let added = add(&mut ann, "Milk").await;
    ann.submit("/todos/1", &[("title", "Oat milk"), ("next", "/")]).await;
    let undo = [("operation", &*added.field("operation")), ("next", "/?q=milk")];
    let overtaken = ann.submit("/undo", &undo).await;
    assert_eq!(overtaken.titles(), ["Oat milk"]);
    assert!(
        overtaken.text.contains("Not undone:") && overtaken.text.contains("Sign out"),
        "{}",
        overtaken.text
    );
    assert!(!overtaken.text.contains("note=overtaken"), "what is sent from here comes back without it");

    // One that was not is told of as every change is, but is no change to be taken back.
    let done = ann.submit("/todos/1/complete", &[("next", "/")]).await;
    let undone = ann.submit("/undo", &[("operation", &*done.field("operation")), ("next", "/")]).await;
    assert!(undone.text.contains("Undone <bdi>Oat milk</bdi>"), "{}", undone.text);
    assert!(!undone.text.contains("<button>Undo"), "{}", undone.text);

    // Nothing but our own sentences is said, and nothing at the word of another site.
    assert!(ann.get("/?note=password-changed").await.text.contains("Password changed."));
    let mut lured = ann.with("sec-fetch-site", "cross-site");
    assert!(!lured.get("/?note=password-changed").await.text.contains("Password changed."));
    assert!(!ann.get("/?note=You+won").await.text.contains("You won"));

    // A page about a problem does not ask somebody to sign in who is.
    let problem = ann.get("/todos/999").await;
    assert!(!problem.text.contains("/sign-in"), "{}", problem.text);
    site.server.stop().await;
}

#[tokio::test]
async fn who_tries_too_often_is_told_when_to_come_back() {
    let site = Site::start(&["--login-burst", "2", "--logins-per-minute", "1"]).await;
    // Registered, and signed in.
    site.person("ann").await;
    let fields = [("username", "ann"), ("password", "wrong password"), ("next", "/")];
    for path in ["/sign-in", "/register"] {
        let answer = site.browser().post(path, &fields).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{path}: {}", answer.text);
        let seconds: u32 = answer.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&seconds), "{path}: {seconds}");
        assert!(
            answer.text.contains("class=\"error general\"") && answer.field("username") == "ann",
            "{path}"
        );
    }
    site.server.stop().await;
}

/// Where "Back" leads on a todo's page.
fn back(page: &Answer) -> String {
    let crumbs = page.text.split_once("class=\"crumbs\"><a ").unwrap_or_else(|| panic!("{}", page.text)).1;
    let (_, rest) = crumbs.split_once("href=\"").unwrap();
    rest.split('"').next().unwrap().replace("&#38;", "&")
}

#[tokio::test]
async fn back_leads_to_the_list_one_came_from() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    add(&mut ann, "Milk").await;
    let host = format!("http://{}", site.server.address);
    for (referrer, list) in [
        (format!("{host}/?view=upcoming&tag=x"), "/?view=upcoming&tag=x"),
        (format!("{host}/?did=x&q=a%20b&note=overtaken"), "/?q=a+b"),
        (format!("{host}/"), "/"),
        (format!("{host}/projects"), "/"),
        (format!("{host}/todos/2"), "/"),
        (format!("{host}//evil.example"), "/"),
        ("https://evil.example/?q=x".into(), "/"),
    ] {
        assert_eq!(back(&ann.with("referer", &referrer).get("/todos/1").await), list, "{referrer}");
    }
    for (query, list) in [
        ("%2F%3Fview%3Ddone", "/?view=done"),
        ("%2F%2Fevil.example", "/"),
        ("https%3A%2F%2Fevil.example", "/"),
        ("%2Fsign-out", "/"),
    ] {
        assert_eq!(back(&ann.get(&format!("/todos/1?back={query}")).await), list, "{query}");
    }

    // It stays so over everything that is done on the page.
    let page = ann.with("referer", &format!("{host}/?view=today&q=m")).get("/todos/1").await;
    let here = page.form("/todos/1")["next"].clone();
    assert!(here.starts_with("/todos/1?back="), "{here}");
    let refused = ann.post("/todos/1", &[("title", ""), ("next", &here)]).await;
    assert_eq!(
        (refused.status, back(&refused)),
        (StatusCode::UNPROCESSABLE_ENTITY, "/?view=today&q=m".into())
    );
    let here = refused.form("/todos/1")["next"].clone();
    let saved = ann.submit("/todos/1", &[("title", "Oat milk"), ("next", &here)]).await;
    assert_eq!(back(&saved), "/?view=today&q=m");
    let done = ann.submit("/todos/1/complete", &[("next", &here)]).await;
    assert_eq!(back(&done), "/?view=today&q=m");
    let undone =
        ann.submit("/undo", &done.form("/undo").iter().map(|(a, b)| (&**a, &**b)).collect::<Vec<_>>()).await;
    assert_eq!(back(&undone), "/?view=today&q=m");
    // An edit in the list that is refused knows the list.
    let refused = ann.post("/todos/1", &[("title", ""), ("next", "/?view=today")]).await;
    assert_eq!(back(&refused), "/?view=today");
    site.server.stop().await;
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_what_was_typed_stays() {
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
async fn a_form_one_goes_back_to_is_no_repeat_of_what_it_sent() {
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
async fn what_is_gone_meanwhile_takes_nothing_that_was_typed_along() {
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
async fn a_search_of_any_length_is_a_search() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    add(&mut ann, &"ü".repeat(500)).await;
    for (typed, found) in [("%C3%BC".repeat(501), 1), ("x".repeat(4_000), 0), ("%C3%BC%00".to_owned(), 1)] {
        let page = ann.get(&format!("/?q={typed}")).await;
        assert_eq!((page.status, page.titles().len()), (StatusCode::OK, found), "{typed}");
        assert!(page.field("q").chars().count() <= 500, "as it was searched for");
    }
    site.server.stop().await;
}

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
    "/undo",
    "/projects",
    "/projects/x",
    "/projects/x/delete",
    "/account/time-zone",
    "/account/password",
    "/account/sessions/x/revoke",
    "/account/delete",
];

#[tokio::test]
async fn a_form_of_another_site_changes_nothing() {
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
async fn every_answer_carries_the_headers() {
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
async fn plain_http_is_for_this_machine_unless_told_otherwise() {
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
async fn nonsense_is_answered_kindly() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    let mut bob = site.person("bob").await;
    add(&mut bob, "Bob's").await;
    let token = ann.cookies["__Host-todo"].clone();
    let nothing = ann.get("/todos/77").await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
    let foreign_project = bob
        .get("/")
        .await
        .text
        .split("href=\"/?project=")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    for path in [
        "/todos/1",
        "/todos/0",
        "/todos/-1",
        "/todos/x",
        "/todos/99999999999999999999",
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
        "/todos/%ff/complete",
        "/projects/x/delete",
        "/projects/%ff",
        "/account/sessions/%ff/revoke",
        &format!("/projects/{foreign_project}/delete"),
    ] {
        assert_eq!(ann.post(path, &[]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(bob.get("/").await.titles(), ["Bob&#39;s"]);
    assert_eq!(ann.get("/?page=nonsense").await.status, StatusCode::BAD_REQUEST);

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
    for (next, goes_to) in
        [("//evil.example", "/"), ("https://evil.example", "/"), ("/\\evil.example", "/"), ("/?q=x", "/?q=x")]
    {
        let fields = [("username", "ann"), ("password", PASSWORD), ("next", next)];
        assert_eq!(site.browser().post("/sign-in", &fields).await.header("location"), goes_to, "{next}");
    }
    assert_eq!(ann.cookies["__Host-todo"], token);
    site.server.stop().await;
}

#[tokio::test]
async fn no_value_of_any_field_is_a_mistake_of_the_server() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    let added = add(&mut ann, "First").await;
    let client = site.client(&ann);
    let garden = client.create_project("Garden").await.unwrap().value.id;
    let inbox =
        client.list_projects().try_collect().await.unwrap().into_iter().find(|each| each.inbox).unwrap().id;
    let operation = added.field("operation");
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
    for (path, fields) in [
        ("/todos", &["title", "due", "priority", "tags", "project", "next", "request_id"][..]),
        (
            "/todos/1",
            &["title", "description", "due", "priority", "tags", "project", "revision", "next", "request_id"],
        ),
        ("/todos/1/complete", &["next", "request_id"]),
        ("/undo", &["operation", "next", "request_id"]),
        ("/projects", &["name", "request_id"]),
        (&rename, &["name", "request_id"]),
        ("/account/time-zone", &["time_zone"]),
        ("/account/password", &["current_password", "new_password"]),
        ("/account/delete", &["password"]),
        ("/sign-in", &["username", "password", "next", "draft", "draft_to"]),
        ("/register", &["username", "password", "time_zone", "next"]),
    ] {
        for field in fields {
            for value in values {
                let mut sent = vec![
                    ("title", "Second"),
                    ("name", "Second"),
                    ("operation", &*operation),
                    ("next", "/"),
                    ("time_zone", "UTC"),
                    ("username", "ann"),
                    ("password", "wrong password"),
                    ("current_password", "wrong password"),
                    ("new_password", "a new password"),
                ];
                sent.retain(|(name, _)| name != field);
                sent.push((field, value));
                let answer = ann.clone().post(path, &sent).await;
                let shown: String = value.chars().take(40).collect();
                assert!(!answer.status.is_server_error(), "{path} with {field} = {shown:?}: {}", answer.text);
                assert!(
                    answer.status != StatusCode::SEE_OTHER || answer.header("location").starts_with('/'),
                    "{path}"
                );
            }
        }
        let answer = ann.clone().post(path, &[]).await;
        assert!(!answer.status.is_server_error(), "{path} with nothing: {}", answer.text);
    }
    // What cannot be changed at all.
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
async fn the_head_of_a_page_is_that_of_the_page() {
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

#[tokio::test]
async fn hostile_text_is_only_text() {
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
        let new = NewTodo::new(text).description(text).tag(text).project(project.id);
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

#[tokio::test]
async fn a_session_that_ends_loses_nothing_that_was_typed() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    add(&mut ann, "First").await;
    let garden = site.client(&ann).create_project("Garden").await.unwrap().value.id;
    let rename = format!("/projects/{garden}");
    site.client(&ann).logout().await.unwrap();
    assert_eq!(ann.get("/?q=a%20b").await.header("location"), "/sign-in?expired=1&next=%2F%3Fq%3Da%2520b");
    let sign_in = ann.get("/sign-in?expired=1&next=%2F%3Fq%3Dx").await;
    assert_eq!(sign_in.field("next"), "/?q=x");

    for (path, typed, shown) in [
        ("/todos", vec![("title", "Half written"), ("due", "fri"), ("next", "/?view=today")], "Half written"),
        (
            "/todos/1",
            vec![("title", "First"), ("description", "A long\r\nstory"), ("next", "/todos/1")],
            "A long\nstory",
        ),
        ("/projects", vec![("name", "Half a project")], "Half a project"),
        (&rename, vec![("name", "Half a name")], "Half a name"),
        ("/account/time-zone", vec![("time_zone", "Asia/Half")], "Asia/Half"),
    ] {
        let asked = ann.post(path, &typed).await;
        assert_eq!(asked.status, StatusCode::UNAUTHORIZED, "{path}");
        let (to, draft) =
            (asked.field("draft_to"), asked.field("draft").replace("&amp;", "&").replace("&#38;", "&"));
        let fields =
            [("username", "ann"), ("password", "wrong password"), ("draft_to", &*to), ("draft", &*draft)];
        let wrong = ann.post("/sign-in", &fields).await;
        assert_eq!(
            (wrong.status, wrong.field("draft_to")),
            (StatusCode::UNAUTHORIZED, to.clone()),
            "kept over a mistake"
        );
        let fields = [("username", "ann"), ("password", PASSWORD), ("draft_to", &*to), ("draft", &*draft)];
        let again = ann.post("/sign-in", &fields).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {}", again.text);
        assert!(
            again.text.contains(shown) && again.text.contains("Nothing was changed yet"),
            "{path}: {}",
            again.text
        );
        assert!(!again.text.contains("href=\"/\" aria-current"), "{path}: none of them is the page of all");
        assert_eq!(ann.get("/").await.titles(), ["First"], "nothing was done behind anybody's back");
        site.client(&ann).logout().await.unwrap();
    }

    // What cannot be shown again leads back to its page, and says so. No password is kept, wherever it is sent.
    for (path, fields, page) in [
        (
            "/account/password",
            vec![("current_password", PASSWORD), ("new_password", "a new secret")],
            "/account",
        ),
        ("/account/delete", vec![("password", PASSWORD)], "/account"),
        (&*format!("/account/sessions/{garden}/revoke"), vec![("password", PASSWORD)], "/account"),
        (&*format!("{rename}/delete"), vec![("password", PASSWORD)], "/projects"),
        ("/todos/1/complete", vec![("next", "/?view=today")], "/?view=today"),
        ("/todos/1/delete", vec![], "/todos/1"),
        ("/undo", vec![("next", "/?q=x")], "/?q=x"),
    ] {
        let asked = ann.post(path, &fields).await;
        assert_eq!((asked.status, &*asked.field("next")), (StatusCode::UNAUTHORIZED, page), "{path}");
        assert!(!asked.text.contains("typed is shown again"), "{path}: {}", asked.text);
        assert!(asked.text.contains("nothing was changed") && !asked.text.contains("draft"), "{path}");
        let shows_a_password = asked.text.contains("correct") || asked.text.contains("secret");
        assert!(!shows_a_password, "{path}: {}", asked.text);
    }
    let typed = [("title", "Kept"), ("password", PASSWORD), ("next", "/")];
    let asked = ann.post("/todos", &typed).await;
    assert!(asked.text.contains("Kept") && !asked.text.contains("correct"), "{}", asked.text);
    let sign_in = [("username", "ann"), ("password", PASSWORD), ("next", "/account")];
    assert_eq!(ann.post("/sign-in", &sign_in).await.header("location"), "/account");
    site.server.stop().await;
}

/// The bytes of a page and everything that it loads.
async fn weight(browser: &mut Browser, page: &Answer) -> usize {
    let assets = page.text.split("/assets/").skip(1).map(|rest| rest.split(['"', '#']).next().unwrap());
    let assets: std::collections::BTreeSet<_> = assets.collect();
    assert_eq!(assets.len(), 3);
    let mut weight = page.text.len();
    for name in assets {
        weight += browser.get(&format!("/assets/{name}")).await.text.len();
    }
    weight
}

#[tokio::test]
async fn a_page_is_never_heavier_than_it_may_be() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    let client = site.client(&ann);
    let mut projects = Vec::new();
    for number in 0..20 {
        let name = format!("Project & co., no. {number}");
        projects.push(client.create_project(name).await.unwrap().value.id);
    }
    for number in 0..120 {
        let title = format!("{number} {}", "\u{65e5}\u{672c}".repeat(240));
        let tags = ["\u{65e5}", "\u{672c}", "<", ">", "&"].map(|text| text.repeat(64));
        let new = NewTodo::new(title).tags(tags).project(projects[number % projects.len()]);
        client.create_todo(new).await.unwrap();
    }
    let (mut next, mut count) = (Some("/".to_owned()), 0);
    while let Some(path) = next {
        let page = ann.get(&path).await;
        count += page.titles().len();
        let weight = weight(&mut ann, &page).await;
        assert!(weight <= 60_000, "{path} weighs {weight} bytes");
        next = page
            .text
            .split_once("rel=\"next\" href=\"")
            .map(|(_, rest)| rest.split('"').next().unwrap().replace("&#38;", "&"));
    }
    assert_eq!(count, 120, "and none is left out");
    site.server.stop().await;
}

#[tokio::test]
async fn lists_come_in_pages() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    let client = site.client(&ann);
    // As people have them at their longest: a line of text, a project, tags, a priority and a time.
    let garden = client.create_project("Home renovation").await.unwrap().value.id;
    let about = "Call somebody about the thing that was agreed on, and write down what they say, no.";
    let titles: Vec<String> = (1..=205).map(|n| format!("{about} {n:06}")).collect();
    assert_eq!(titles[0].len(), 90);
    for (index, title) in titles.iter().enumerate() {
        let day = jiff::civil::date(2030, 1, 1)
            .saturating_add(jiff::Span::new().days(i64::try_from(index).unwrap()));
        let due = (index < 150).then_some(todo_sdk::Due::Local(day.at(9, 30, 0, 0)));
        let new = NewTodo::new(title.as_str()).project(garden).tags(["errand", "family", "waiting"]).due(due);
        client.create_todo(new.priority(todo_sdk::Priority::P2)).await.unwrap();
    }
    let (mut path, mut seen) = ("/".to_owned(), Vec::new());
    for page in 0..3 {
        let answer = ann.get(&path).await;
        assert_eq!(answer.text.contains(">First page</a>"), page > 0);
        seen.extend(answer.titles());
        let Some((_, next)) = answer.text.split_once("rel=\"next\" href=\"") else { break };
        path = next.split('"').next().unwrap().replace("&#38;", "&");
    }
    assert_eq!(seen, titles);
    let first = ann.get("/").await;
    assert_eq!(first.titles().len(), 100);
    let weight = weight(&mut ann, &first).await;
    assert!(weight <= 60_000, "a page of 100 weighs {weight} bytes with everything it loads");
    site.server.stop().await;
}

#[tokio::test]
async fn what_was_done_or_deleted_last_comes_first() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    for title in ["One", "Two", "Three", "Four"] {
        add(&mut ann, title).await;
    }
    for number in [3, 1] {
        ann.submit(&format!("/todos/{number}/complete"), &[("next", "/")]).await;
    }
    for number in [4, 2] {
        ann.submit(&format!("/todos/{number}/delete"), &[("next", "/")]).await;
    }
    assert_eq!(ann.get("/?view=done").await.titles(), ["One", "Three"]);
    assert_eq!(ann.get("/?view=trash").await.titles(), ["Two", "Four"]);
    site.server.stop().await;
}

#[tokio::test]
async fn every_view_opens_and_goes_on_while_the_clock_does() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    let client = site.client(&ann);
    // Around noon, so that no day ends on the way, and with the fractions of a second that real clocks have.
    let now = site.server.clock.now_seconds();
    site.server
        .clock
        .advance(Duration::from_secs(u64::try_from((36 * 3_600 - now % 86_400) % 86_400).unwrap()));
    let today = jiff::Timestamp::from_second(site.server.clock.now_seconds()).unwrap();
    let today = today.to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
    let day = |days: i64| today.saturating_add(jiff::Span::new().days(days));
    for number in 0..110 {
        let late = todo_sdk::Due::Local(day(-1 - number).at(9, 0, 0, 0));
        client.create_todo(NewTodo::new(format!("Late {number}")).due(late)).await.unwrap();
        let soon = todo_sdk::Due::Date(day(2 + number));
        client.create_todo(NewTodo::new(format!("Soon {number}")).due(soon)).await.unwrap();
    }
    client.create_todo(NewTodo::new("Now").due(todo_sdk::Due::Date(today))).await.unwrap();
    for (path, count) in [
        ("/", 221),
        ("/?view=today", 1),
        ("/?view=overdue", 110),
        ("/?view=done", 0),
        ("/?view=trash", 0),
        ("/?view=overdue&q=late", 110),
        ("/?view=upcoming", 110),
    ] {
        let (mut next, mut titles) = (Some(path.to_owned()), Vec::new());
        while let Some(path) = next {
            let page = ann.get(&path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
            titles.extend(page.titles());
            next = page
                .text
                .split_once("rel=\"next\" href=\"")
                .map(|(_, rest)| rest.split('"').next().unwrap().replace("&#38;", "&"));
            // Read on after a while, over midnight at last, the next page still goes on where the first one ended.
            if next.is_some() {
                site.server.clock.advance(Duration::from_hours(if path.contains("upcoming") {
                    24
                } else {
                    1
                }));
            }
        }
        titles.sort_unstable();
        titles.dedup();
        assert_eq!(titles.len(), count, "{path}");
    }
    for before in ["nonsense", "2026-13-01T00:00:00", "99999-01-01T00:00:00"] {
        let page = ann.get(&format!("/?view=overdue&page=x&before={before}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{before}");
    }
    site.server.stop().await;
}

/// Reads events until one of this name has come, and returns its id.
async fn event(body: &mut hyper::body::Incoming, name: &str) -> String {
    let mut text = String::new();
    let read = async {
        loop {
            let frame = body.frame().await.expect("the stream goes on").unwrap();
            text.push_str(str::from_utf8(&frame.into_data().unwrap()).unwrap());
            let found = text
                .split("\n\n")
                .find(|event| event.contains(&format!("event: {name}")) && event.contains("id: "));
            if let Some(event) = found {
                return event.lines().find_map(|line| line.strip_prefix("id: ")).unwrap().to_owned();
            }
        }
    };
    tokio::time::timeout(PATIENCE, read).await.expect("an event")
}

#[tokio::test]
async fn open_pages_are_told_of_changes_and_go_on_where_they_were() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    let client = site.client(&ann);
    client.create_todo("Old").await.unwrap();
    let mut events = ann.open(Method::GET, "/events", String::new()).await.into_body();
    let place = event(&mut events, "synced").await;
    client.create_todo("New").await.unwrap();
    let newer = event(&mut events, "changed").await;
    assert_ne!(place, newer);

    let mut bob = site.person("bob").await;
    site.client(&bob).create_todo("Bob's").await.unwrap();
    drop(events);
    client.create_todo("Meanwhile").await.unwrap();
    let mut resumed =
        ann.with("last-event-id", &newer).open(Method::GET, "/events", String::new()).await.into_body();
    event(&mut resumed, "changed").await;
    let path =
        format!("/events?after={}", form_urlencoded::byte_serialize(newer.as_bytes()).collect::<String>());
    let mut resumed_by_script = ann.open(Method::GET, &path, String::new()).await.into_body();
    event(&mut resumed_by_script, "changed").await;

    // A place of somebody else, or of nobody, is no place: news begins with now.
    let mut foreign =
        bob.with("last-event-id", &newer).open(Method::GET, "/events", String::new()).await.into_body();
    event(&mut foreign, "synced").await;

    // The stream ends with the session, and with the server.
    client.logout().await.unwrap();
    let end = async { while resumed.frame().await.is_some_and(|frame| frame.is_ok()) {} };
    tokio::time::timeout(PATIENCE, end).await.expect("it ends with the session");
    assert_eq!(ann.get("/events").await.status, StatusCode::UNAUTHORIZED);
    let mut events = bob.open(Method::GET, "/events", String::new()).await.into_body();
    event(&mut events, "synced").await;
    site.server.stop().await;
    let end = async { while events.frame().await.is_some_and(|frame| frame.is_ok()) {} };
    tokio::time::timeout(PATIENCE, end).await.expect("it ends with the server");
}

#[tokio::test]
async fn the_pages_may_be_a_process_of_their_own_and_outlive_the_others() {
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
    let up = async {
        loop {
            let page = ann.get("/").await;
            if page.status == StatusCode::OK {
                break page;
            }
        }
    };
    assert_eq!(tokio::time::timeout(PATIENCE, up).await.expect("it recovers").titles(), ["Over the network"]);
    restarted.stop().await;
    front.server.stop().await;
}

#[tokio::test]
async fn a_form_that_comes_while_the_others_are_away_is_kept() {
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
    let back = async { while ann.get("/").await.status != StatusCode::OK {} };
    tokio::time::timeout(PATIENCE, back).await.expect("it recovers");
    let kept = added.form("/todos");
    let kept: Vec<_> = kept.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(ann.submit("/todos", &kept).await.titles(), ["Tom &#38; &#34;Jerry&#34;"]);
    assert_eq!(ann.submit("/todos", &kept).await.titles().len(), 1, "done once, however often it is tried");
    restarted.stop().await;
    front.server.stop().await;
}

#[tokio::test]
async fn a_sign_in_whose_page_cannot_be_shown_is_one_and_keeps_what_it_interrupted() {
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

#[tokio::test]
async fn pages_without_a_way_to_the_others_do_not_start() {
    for (flags, setting) in [
        (&["--role", "main"][..], "--auth-url"),
        (&["--role", "main", "--auth-url", "http://127.0.0.1:1"], "--todo-url"),
        // Plain HTTP beyond this machine.
        (&["--role", "main", "--auth-url", "http://192.0.2.1:1"], "--auth-url"),
        (&["--role", "main", "--auth-url", "nonsense"], "--auth-url"),
    ] {
        let arguments = ["todo-server", "--listen", "127.0.0.1:0"].iter().chain(flags);
        let config = Config::parse(arguments, []).unwrap();
        let listeners = Listeners::bind(&config).unwrap();
        let error = todo_server::run(config, listeners, CancellationToken::new()).await.unwrap_err();
        assert!(error.to_string().contains(setting) && error.hint().is_some(), "{flags:?}: {error}");
    }
}

#[tokio::test]
async fn other_sites_may_call_only_if_they_are_listed() {
    const METHOD: &str = "/auth.v1.AuthService/GetAccount";
    let site = Site::start(&["--cors-origin", "https://app.example.com"]).await;
    let closed = Site::start(&[]).await;
    let ask = |browser: Browser, origin: &str| {
        let browser = browser.with("origin", origin).with("access-control-request-method", "POST");
        browser.with("access-control-request-headers", "authorization,content-type,x-grpc-web")
    };
    let mut listed = ask(site.browser(), "https://app.example.com");
    let answer = listed.send(Method::OPTIONS, METHOD, String::new()).await;
    assert_eq!(answer.header("access-control-allow-origin"), "https://app.example.com");
    assert_eq!(answer.header("access-control-allow-methods"), "POST");
    assert!(answer.header("access-control-allow-headers").contains("authorization"));
    assert_eq!(answer.header("access-control-allow-credentials"), "", "a cookie is never of use");
    for (mut browser, path) in [
        (ask(site.browser(), "https://evil.example"), METHOD),
        (ask(closed.browser(), "https://app.example.com"), METHOD),
        (listed.clone(), "/todos"),
        (listed.clone(), "/"),
    ] {
        let answer = browser.send(Method::OPTIONS, path, String::new()).await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
    }

    // A call with nothing but the cookie is nobody's call.
    let ann = site.person("ann").await;
    let mut call = ann.with("content-type", "application/grpc-web+proto");
    let answer = call.send(Method::POST, METHOD, "\0\0\0\0\0".into()).await;
    let status = if answer.header("grpc-status").is_empty() {
        answer.text.clone()
    } else {
        answer.header("grpc-status").into()
    };
    assert!(status.contains("16"), "{answer:?}");
    site.server.stop().await;
    closed.server.stop().await;
}

#[tokio::test]
async fn a_change_by_another_program_is_on_the_next_page() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    let client = site.client(&ann);
    client.create_todo("From a program").await.unwrap();
    assert_eq!(ann.get("/").await.titles(), ["From a program"]);
    add(&mut ann, "From a page").await;
    let todos = client.list_todos(TodoFilter::default()).try_collect().await.unwrap();
    assert_eq!(todos.iter().map(|todo| &*todo.title).collect::<Vec<_>>(), ["From a program", "From a page"]);
    site.server.stop().await;
}
