//! Todos and projects: adding, editing, completing, deleting, undoing.

use hyper::StatusCode;
use todo_sdk::TodoFilter;

use crate::{
    http::Browser,
    site::{Site, add},
    support::PASSWORD,
};

/// The form for new todos with every field.
const MILK: [(&str, &str); 5] = [
    ("title", "Buy milk"),
    ("due", "2026-12-24 18:00"),
    ("priority", "1"),
    ("tags", "home, #errand"),
    ("next", "/"),
];

/// Adds a project with this name, and returns its id.
async fn add_project(browser: &mut Browser, name: &str) -> String {
    let page = browser.submit("/projects", &[("name", name)]).await;
    assert!(page.text.contains(&format!("Added <bdi>{name}</bdi>")), "{}", page.text);
    page.text.split("href=\"/?project=").nth(2).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn registering_signs_in_and_returns_to_the_page() {
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
    for attribute in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.split("; ").any(|each| each == attribute), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    let list = ann.get("/").await;
    assert!(list.text.contains("All clear"), "{}", list.text);
    site.server.stop().await;
}

#[tokio::test]
async fn a_form_sent_twice_adds_one_todo() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    let id = ann.get("/").await.field("request_id");
    let new = [&[("request_id", &*id)][..], &MILK].concat();
    let list = ann.submit("/todos", &new).await;
    assert_eq!(list.titles(), ["Buy milk"]);
    assert!(list.text.contains("Thu 24 Dec 18:00<b>P1</b>"), "{}", list.text);
    assert!(list.text.contains("href=\"/?tag=errand\"") && list.text.contains("href=\"/?tag=home\""));
    assert!(list.text.contains("Added <bdi>Buy milk</bdi>"), "{}", list.text);
    assert_eq!(ann.submit("/todos", &new).await.titles(), ["Buy milk"], "sent twice, added once");
    site.server.stop().await;
}

#[tokio::test]
async fn todos_are_completed_undone_and_reopened() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    add(&mut ann, "Buy milk").await;
    let list = ann.submit("/todos/1/complete", &[("next", "/")]).await;
    assert!(list.titles().is_empty() && list.text.contains("Completed <bdi>Buy milk</bdi>"), "{}", list.text);
    let undo = [("operation", &*list.field("operation")), ("next", "/")];
    assert_eq!(ann.submit("/undo", &undo).await.titles(), ["Buy milk"]);
    ann.submit("/todos/1/complete", &[("next", "/")]).await;
    assert_eq!(ann.get("/?view=done").await.titles(), ["Buy milk"]);
    ann.submit("/todos/1/reopen", &[("next", "/?view=done")]).await;
    assert_eq!(ann.get("/").await.titles(), ["Buy milk"]);
    site.server.stop().await;
}

#[tokio::test]
async fn every_field_is_edited() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    ann.submit("/todos", &MILK).await;
    let project = add_project(&mut ann, "Garden").await;
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
    site.server.stop().await;
}

#[tokio::test]
async fn the_second_of_two_edits_of_one_revision_is_refused() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    add(&mut ann, "Buy milk").await;
    let revision = ann.get("/todos/1").await.field("revision");
    let edit = |title| [("revision", &*revision), ("title", title), ("next", "/")];
    ann.submit("/todos/1", &edit("Water the roses")).await;
    let late = ann.post("/todos/1", &edit("Late")).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        late.text.contains("changed this todo meanwhile") && late.field("title") == "Late",
        "{}",
        late.text
    );
    site.server.stop().await;
}

#[tokio::test]
async fn deleted_todos_and_projects_are_restored() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    let project = add_project(&mut ann, "Garden").await;
    ann.submit("/todos", &[("title", "Water the roses"), ("project", &*project), ("next", "/")]).await;
    ann.submit("/todos/1/delete", &[("next", "/")]).await;
    assert_eq!(ann.get("/?view=trash").await.titles(), ["Water the roses"]);
    ann.submit("/todos/1/restore", &[("next", "/")]).await;

    // A deleted project deletes its todos.
    let rename = format!("/projects/{project}");
    assert!(ann.submit(&rename, &[("name", "Terrace")]).await.text.contains("Renamed <bdi>Terrace</bdi>"));
    let deleted = ann.submit(&format!("{rename}/delete"), &[]).await;
    assert!(deleted.text.contains("Deleted <bdi>Terrace</bdi>") && ann.get("/").await.titles().is_empty());
    ann.submit("/undo", &[("operation", &deleted.field("operation")), ("next", "/")]).await;
    assert_eq!(ann.get("/").await.titles(), ["Water the roses"]);
    site.server.stop().await;
}

#[tokio::test]
async fn undo_reports_its_outcome() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    add(&mut ann, "Milk").await;
    let renamed = ann.submit("/todos/1", &[("title", "Soy milk"), ("next", "/")]).await;
    ann.submit("/todos/1", &[("title", "Oat milk"), ("next", "/")]).await;
    let undo = [("operation", &*renamed.field("operation")), ("next", "/?q=milk")];
    let overtaken = ann.submit("/undo", &undo).await;
    assert_eq!(overtaken.titles(), ["Oat milk"]);
    assert!(
        overtaken.text.contains("Not undone:") && overtaken.text.contains("Sign out"),
        "{}",
        overtaken.text
    );
    assert!(
        !overtaken.text.contains("flash=overtaken"),
        "forms on this page return to an address without it"
    );

    // An undo is reported like every change, but without an offer to undo it.
    let done = ann.submit("/todos/1/complete", &[("next", "/")]).await;
    let undone = ann.submit("/undo", &[("operation", &*done.field("operation")), ("next", "/")]).await;
    assert!(undone.text.contains("Undone <bdi>Oat milk</bdi>"), "{}", undone.text);
    assert!(!undone.text.contains("<button>Undo"), "{}", undone.text);

    // Only known messages are shown, and none on a link from another site.
    assert!(ann.get("/?flash=password-changed").await.text.contains("Password changed."));
    let mut lured = ann.with("sec-fetch-site", "cross-site");
    assert!(!lured.get("/?flash=password-changed").await.text.contains("Password changed."));
    assert!(!ann.get("/?flash=You+won").await.text.contains("You won"));

    // An error page offers no sign-in to a person who is signed in.
    let problem = ann.get("/todos/999").await;
    assert!(!problem.text.contains("/sign-in"), "{}", problem.text);
    site.server.stop().await;
}

#[tokio::test]
async fn changes_by_other_clients_are_shown() {
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
