//! Deleting for good, notes, and projects that come back: without a script.

use hyper::StatusCode;

use crate::{
    http::{Answer, Browser},
    site::{Site, add},
};

/// Presses the button of the form that a page has for this address.
async fn press(browser: &mut Browser, page: &Answer, action: &str) -> Answer {
    let fields = page.form(action);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    browser.submit(action, &fields).await
}

#[tokio::test]
async fn a_todo_is_deleted_for_good_only_from_the_trash_and_after_a_question() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    for title in ["Milk", "Bread"] {
        add(&mut ann, title).await;
    }
    // A todo that is not in the trash has no such page, and is not deleted by the form either.
    assert_eq!(ann.get("/todos/1/purge").await.header("location"), "/todos/1");
    assert_eq!(ann.post("/todos/1/purge", &[]).await.status, StatusCode::BAD_REQUEST);
    assert!(!ann.get("/todos/1").await.text.contains("Delete for good"));

    ann.submit("/todos/1/delete", &[("next", "/")]).await;
    let todo = ann.get("/todos/1").await;
    assert!(todo.text.contains("href=\"/todos/1/purge\""), "{}", todo.text);
    let question = ann.get("/todos/1/purge").await;
    assert!(question.text.contains("<bdi>Milk</bdi>") && question.text.contains("cannot be undone"));
    assert_eq!(ann.get("/?view=trash").await.titles(), ["Milk"], "a question deletes nothing");
    let trash = press(&mut ann, &question, "/todos/1/purge").await;
    assert!(trash.titles().is_empty() && trash.text.contains("Deleted for good."), "{}", trash.text);
    assert!(!trash.text.contains("<button>Undo"), "nothing takes that back");
    assert_eq!(ann.get("/todos/1").await.status, StatusCode::NOT_FOUND);
    assert_eq!(ann.get("/").await.titles(), ["Bread"]);
    site.server.stop().await;
}

#[tokio::test]
async fn the_trash_is_emptied_after_a_question() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    assert!(!ann.get("/?view=trash").await.text.contains("/trash/empty"), "there is nothing to delete");
    assert_eq!(ann.get("/trash/empty").await.header("location"), "/?view=trash");
    let client = site.client(&ann);
    let numbers: Vec<u64> = (1..=1_101).collect();
    for batch in numbers.chunks(1_000) {
        client.create_todos(batch.iter().map(|number| format!("Todo {number}"))).await.unwrap();
        client.delete_todos(batch.iter().copied()).await.unwrap();
    }
    add(&mut ann, "Kept").await;
    assert!(ann.get("/?view=trash").await.text.contains("href=\"/trash/empty\""));
    let question = ann.get("/trash/empty").await;
    assert!(question.text.contains("More than 1000 todos are gone"), "{}", question.text);
    let trash = press(&mut ann, &question, "/trash/empty").await;
    assert!(trash.titles().is_empty() && trash.text.contains("The trash is empty."), "{}", trash.text);
    assert_eq!(ann.get("/").await.titles(), ["Kept"]);
    site.server.stop().await;
}

#[tokio::test]
async fn notes_are_added_removed_and_taken_back() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    add(&mut ann, "Milk").await;
    let page = ann.get("/todos/1").await;
    let form = page.form("/todos/1/annotations");
    let fields = [
        ("id", &*form["id"]),
        ("request_id", &*form["request_id"]),
        ("next", &*form["next"]),
        ("annotation", "Two <b>bottles</b>.\r\nAnd a half."),
    ];
    let shown = "Two &#60;b&#62;bottles&#60;/b&#62;.\nAnd a half.";
    for _ in 0..2 {
        let added = ann.submit("/todos/1/annotations", &fields).await;
        assert_eq!(added.text.matches(shown).count(), 1, "sent twice, added once: {}", added.text);
    }
    let page = ann.get("/todos/1").await;
    let (_, id) = page.text.split_once("name=\"annotation_id\" value=\"").unwrap();
    let remove = [("annotation_id", id.split('"').next().unwrap()), ("next", "/todos/1")];
    let removed = ann.submit("/todos/1/annotations/remove", &remove).await;
    assert!(!removed.text.contains(shown), "{}", removed.text);
    let undone = press(&mut ann, &removed, "/undo").await;
    assert!(undone.text.contains(shown), "{}", undone.text);

    for text in ["", &*"x".repeat(4_001)] {
        let refused = ann.post("/todos/1/annotations", &[("annotation", text), ("next", "/todos/1")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains("id=\"annotation-error\"") && refused.text.contains(text));
    }
    // What is in the trash is shown, and stays as it is.
    ann.submit("/todos/1/delete", &[("next", "/")]).await;
    let page = ann.get("/todos/1").await;
    assert!(page.text.contains(shown) && !page.text.contains("/todos/1/annotations\""), "{}", page.text);
    site.server.stop().await;
}

#[tokio::test]
async fn a_deleted_project_is_brought_back() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    let client = site.client(&ann);
    let home = client.create_project("Home").await.unwrap().value.id;
    let kitchen = client.create_project("Home/Kitchen").await.unwrap().value.id;
    client.create_todo(todo_sdk::NewTodo::new("Soup").project(kitchen)).await.unwrap();
    let page = ann.submit(&format!("/projects/{home}/delete"), &[]).await;
    let undelete = format!("/projects/{home}/undelete");
    assert!(page.text.contains(&format!("action=\"{undelete}\"")), "{}", page.text);
    assert!(ann.get("/").await.titles().is_empty());

    let back = ann.submit(&undelete, &[]).await;
    assert!(back.text.contains("Brought back <bdi>Home</bdi>"), "{}", back.text);
    assert!(!back.text.contains("/undelete"), "{}", back.text);
    assert_eq!(ann.get("/").await.titles(), ["Soup"]);

    // Its name is in use by now.
    ann.submit(&format!("/projects/{kitchen}/delete"), &[]).await;
    ann.submit("/projects", &[("name", "home/kitchen")]).await;
    let refused = ann.post(&format!("/projects/{kitchen}/undelete"), &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("role=\"alert\""), "{}", refused.text);
    site.server.stop().await;
}
