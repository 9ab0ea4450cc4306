//! The list: adding, checking off, keys.

use fantoccini::key::Key;
use serde_json::{Value, json};
use todo_sdk::{Client, NewTodo, TodoFilter, TodoUpdate};

use super::{listening, register};
use crate::{support::Engine, webdriver::Browser};

/// Adds two todos without a page load; the line is empty and focused again.
async fn add_two(browser: &Browser) {
    browser
        .run("window.unloaded = false; addEventListener('pagehide', () => { window.unloaded = true; })")
        .await;
    browser.type_into("#title", "Buy milk").await;
    browser.press(&Key::Enter.to_string()).await;
    browser.until_titles(&["Buy milk"]).await;
    browser.until("document.activeElement.id === 'title' && document.activeElement.value === ''").await;
    browser.type_into("#title", "Pay the rent").await;
    browser.type_into("#due", "2020-01-01").await;
    browser.press(&Key::Enter.to_string()).await;
    browser.until_titles(&["Pay the rent", "Buy milk"]).await;
}

/// Sends a bad due time: the error stands beside the field, and the input stays, also over other changes.
async fn send_a_bad_due_time(browser: &Browser) {
    browser.type_into("#title", "Not yet").await;
    browser.type_into("#due", "someday").await;
    browser.press(&Key::Enter.to_string()).await;
    browser.until("document.querySelector('#due-error')").await;
    assert_eq!(browser.run("return document.querySelector('#title').value").await, "Not yet");
    browser.is_accessible().await;
    // The input stays over other changes.
    browser.click("#list .rows button").await;
    browser.until_titles(&["Buy milk"]).await;
    browser.click(".notice form button").await;
    browser.until_titles(&["Pay the rent", "Buy milk"]).await;
    assert_eq!(browser.run("return title.value + due.value").await, "Not yetsomeday");
}

/// Uses the keys: down, complete, undo; help; new; search.
async fn use_the_keys(browser: &Browser) {
    browser.run("window.stayed = true; document.activeElement.blur()").await;
    browser.press("j").await;
    browser.until("document.activeElement.textContent === 'Pay the rent'").await;
    browser.press("j").await;
    browser.press("k").await;
    browser.press("x").await;
    browser.until_titles(&["Buy milk"]).await;
    browser.until("document.querySelector('#notice').textContent.includes('Completed')").await;
    browser.picture("undo").await;
    browser.press("u").await;
    browser.until_titles(&["Pay the rent", "Buy milk"]).await;
    browser.run("document.activeElement.blur()").await;
    browser.press("?").await;
    browser.until("document.querySelector('#keys').open").await;
    browser.press(&Key::Escape.to_string()).await;
    browser.press("n").await;
    browser.until("document.activeElement.id === 'title'").await;
    browser.run("document.activeElement.blur()").await;
    browser.press("/").await;
    browser.until("document.activeElement.id === 'search' && document.activeElement.value === ''").await;
}

/// Edits a todo in its row.
async fn edit_in_place(browser: &Browser) {
    browser.run("document.activeElement.blur()").await;
    browser.press("j").await;
    browser.press("e").await;
    browser.until("document.activeElement.name === 'title'").await;
    browser.type_into(".edit [name=title]", "Pay it all").await;
    browser.press(&Key::Enter.to_string()).await;
    browser.until_titles(&["Pay it all", "Buy milk"]).await;
    browser.until("window.stayed").await;
}

/// Changes a todo elsewhere: that arrives by itself, and not over what is being typed.
async fn change_elsewhere(browser: &Browser, client: &Client) {
    browser.type_into("#title", "Half typed").await;
    let milk = client.list_todos(TodoFilter::default().query("milk")).try_collect().await.unwrap()[0].id;
    client.update_todo(milk, TodoUpdate::new().title("Buy oat milk")).await.unwrap();
    browser.until_titles(&["Pay it all", "Buy oat milk"]).await;
    assert_eq!(browser.run("return document.querySelector('#title').value").await, "Half typed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_works_with_scripts() {
    let Some(browser) = Browser::start().await else { return };
    let engine = Engine::sqlite();
    let server = engine.start(&[]).await;
    let client = register(&browser, &server).await;
    add_two(&browser).await;
    send_a_bad_due_time(&browser).await;
    browser.client.refresh().await.unwrap();
    listening(&browser).await;
    use_the_keys(&browser).await;
    edit_in_place(&browser).await;
    change_elsewhere(&browser, &client).await;
    // No page was loaded for any of this.
    assert_eq!(browser.run("return window.stayed").await, json!(true));
    browser.has_no_console_errors(&["422"]).await;
    browser.close().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_work_on_every_page() {
    let Some(browser) = Browser::start().await else { return };
    let engine = Engine::sqlite();
    let server = engine.start(&[]).await;
    let url = format!("http://localhost:{}", server.address.port());
    let client = register(&browser, &server).await;
    client.create_todo("One").await.unwrap();
    for (path, key, field) in [
        ("/todos/1", "n", "title"),
        ("/todos/1", "/", "search"),
        ("/account", "/", "search"),
        ("/projects", "n", "name"),
    ] {
        browser.client.goto(&format!("{url}{path}")).await.unwrap();
        browser.press("?").await;
        browser.until("document.querySelector('#keys').open").await;
        browser.press(&Key::Escape.to_string()).await;
        browser.press(key).await;
        let is_there =
            if field == "name" { "location.pathname === '/projects'" } else { "location.pathname === '/'" };
        browser.until(&format!("{is_there} && document.activeElement?.id === '{field}'")).await;
    }
    // A change on a todo's own page is undone there.
    browser.client.goto(&format!("{url}/todos/1")).await.unwrap();
    browser.click(".actions .button").await;
    browser.until("document.querySelector('.notice form')").await;
    browser.press("u").await;
    browser.until("document.querySelector('.actions .button').textContent === 'Complete'").await;
    browser.has_no_console_errors(&[]).await;
    browser.close().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_of_a_long_list_links_its_tags() {
    let Some(browser) = Browser::start().await else { return };
    let engine = Engine::sqlite();
    let server = engine.start(&[]).await;
    let client = register(&browser, &server).await;
    for number in 0..51 {
        client.create_todo(NewTodo::new(format!("No. {number}")).tags(["a&b", "home"])).await.unwrap();
    }
    browser.until("document.querySelectorAll('#list .rows p > a').length === 102").await;
    browser.follow("#list .rows p > a").await;
    browser.until("document.querySelector('h1').textContent === '#a&b'").await;
    browser.close().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn completed_rows_are_removed_late_and_the_focus_is_kept() {
    let Some(browser) = Browser::start().await else { return };
    let engine = Engine::sqlite();
    let server = engine.start(&[]).await;
    let client = register(&browser, &server).await;
    for title in ["One", "Two"] {
        client.create_todo(title).await.unwrap();
    }
    browser.until_titles(&["One", "Two"]).await;
    // The second click of a double click must not hit the next row.
    browser
        .run("const point = document.querySelector('#list .rows button').getBoundingClientRect(); \
              window.hit = () => document.elementFromPoint(point.x + 5, point.y + 5).closest('#list .rows li button')?.click(); \
              hit()")
        .await;
    browser.until("document.querySelector('#notice').textContent.includes('Completed')").await;
    browser.run("hit()").await;
    browser.until_titles(&["Two"]).await;
    let open = TodoFilter::default().status(todo_sdk::Status::NeedsAction);
    assert_eq!(client.list_todos(open.clone()).try_collect().await.unwrap().len(), 1);

    // The keys work without rows, too. A key that is held down counts once.
    browser.press("j").await;
    browser.press("x").await;
    browser.until_titles(&[]).await;
    assert_eq!(browser.run("return document.activeElement.closest('input')").await, Value::Null);
    browser.press("u").await;
    browser.until_titles(&["Two"]).await;
    let held = "document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'n', repeat: true, bubbles: true })); \
        return document.activeElement.id";
    assert_ne!(browser.run(held).await, "title");
    browser.has_no_console_errors(&[]).await;
    browser.close().await;
    server.stop().await;
}
