//! Every page on every screen.

use fantoccini::key::Key;
use serde_json::json;
use todo_sdk::{Client, Due, NewTodo, Priority, ProjectId};

use super::register;
use crate::{support::Engine, webdriver::Browser};

/// Adds a project with todos that are hard to lay out, and returns the project's id.
async fn add_long_texts(client: &Client) -> ProjectId {
    let long = "Everything about the winter holidays in the mountains";
    let garden = client.create_project(long).await.unwrap().value;
    for (title, due) in [
        ("Pay the rent", "2020-01-01"),
        ("\u{645}\u{631}\u{62d}\u{628}\u{627} \u{202e}<b>abc</b>", ""),
        ("x".repeat(300).as_str(), "2030-01-01"),
    ] {
        let due = due.parse().ok().map(Due::Date);
        let tags = [
            "home",
            "errand",
            "a-tag-that-is-as-long-as-a-tag-can-be-it-has-sixty-four-letters-",
            "one",
            "two",
        ];
        let new = NewTodo::new(title).due(due).project(garden.id).tags(tags);
        client.create_todo(new.description("A note").priority(Priority::P1)).await.unwrap();
    }
    garden.id
}

/// Completes the first todo and takes that back, by the notice that offers it.
async fn check_undo(browser: &Browser, width: u32, scheme: &str) {
    browser.click("#list .rows > li:first-child > button:first-child").await;
    browser.find(".notice form button").await;
    browser.until("getComputedStyle(document.querySelector('.notice')).opacity === '1'").await;
    browser.until("!document.querySelector('[inert]')").await;
    browser.is_fit(&format!("undo at {width}")).await;
    let lines = "const bar = document.querySelector('.notice button'); \
        return bar.getBoundingClientRect().height < 2 * parseFloat(getComputedStyle(bar).lineHeight)";
    assert_eq!(browser.run(lines).await, json!(true), "Undo is one line at {width}");
    browser.picture(&format!("undo-{width}-{scheme}")).await;
    browser.click(".notice form button").await;
    browser.until("document.querySelectorAll('#list .rows > li:not([inert])').length === 3").await;
}

/// Edits the first todo in its row.
async fn check_edit(browser: &Browser, width: u32, scheme: &str) {
    browser.run("document.querySelector('#list .rows > li > a').focus()").await;
    browser.press("e").await;
    browser.until("document.activeElement.name === 'title'").await;
    browser.is_fit(&format!("edit at {width}")).await;
    let save = "const save = document.querySelector('.edit .button').getBoundingClientRect(); \
        return save.width > save.height";
    assert_eq!(browser.run(save).await, json!(true), "Save is a button at {width}");
    browser.picture(&format!("edit-{width}-{scheme}")).await;
    browser.press(&Key::Escape.to_string()).await;
}

/// Opens the list of keys and, where the window is narrow, the menu.
async fn check_popups(browser: &Browser, width: u32, scheme: &str) {
    browser.press("?").await;
    browser.until("document.querySelector('#keys').open").await;
    browser.is_fit(&format!("help at {width}")).await;
    browser.press(&Key::Escape.to_string()).await;
    if width < 768 {
        browser.click(".opener button").await;
        browser.until("document.querySelector('#more:popover-open')").await;
        browser.is_fit(&format!("more at {width}")).await;
        browser.picture(&format!("more-{width}-{scheme}")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_without_an_account_are_accessible_at_every_width() {
    let Some(browser) = Browser::start().await else { return };
    let engine = Engine::sqlite();
    let server = engine.start(&[]).await;
    let url = format!("http://localhost:{}", server.address.port());
    for path in ["/", "/sign-in"] {
        browser.client.goto(&format!("{url}{path}")).await.unwrap();
        browser.is_accessible().await;
    }
    for width in [320, 768] {
        browser.screen(width, "light").await;
        browser.client.goto(&format!("{url}/register")).await.unwrap();
        browser.is_fit(&format!("/register at {width}")).await;
    }
    browser.has_no_console_errors(&["404"]).await;
    browser.close().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_accessible_at_every_width() {
    let Some(browser) = Browser::start().await else { return };
    let engine = Engine::sqlite();
    let server = engine.start(&[]).await;
    let url = format!("http://localhost:{}", server.address.port());
    let client = register(&browser, &server).await;
    let garden = add_long_texts(&client).await;
    let paths = [
        "/".to_owned(),
        "/todos/1".into(),
        "/projects".into(),
        "/account".into(),
        "/?view=done".into(),
        "/?view=trash".into(),
        "/?q=rent".into(),
        format!("/?project={garden}"),
        "/nowhere".into(),
    ];
    for (width, scheme) in [(1280, "light"), (1280, "dark"), (768, "light"), (320, "light"), (320, "dark")] {
        browser.screen(width, scheme).await;
        for path in &paths {
            browser.client.goto(&format!("{url}{path}")).await.unwrap();
            browser.is_fit(&format!("{path} at {width}")).await;
            let name = path.replace(['/', '?', '='], "_").replace(&garden.to_string(), "id");
            browser.picture(&format!("{name}-{width}-{scheme}")).await;
        }
        browser.client.goto(&url).await.unwrap();
        check_undo(&browser, width, scheme).await;
        check_edit(&browser, width, scheme).await;
        check_popups(&browser, width, scheme).await;
    }
    browser.client.goto(&url).await.unwrap();
    assert_eq!(browser.titles().await.len(), 3);
    assert_eq!(
        browser.run("return document.querySelectorAll('bdi b').length").await,
        json!(0),
        "text is text"
    );
    // Nothing was requested from another origin.
    let foreign = "return performance.getEntriesByType('resource').map((e) => e.name).filter((n) => !n.startsWith(location.origin))";
    assert_eq!(browser.run(foreign).await, json!([]));
    browser.has_no_console_errors(&["404"]).await;
    browser.close().await;
    server.stop().await;
}
