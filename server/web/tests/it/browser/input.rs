//! What is typed is never lost.

use fantoccini::key::Key;
use serde_json::json;
use todo_sdk::{Client, NewTodo, TodoFilter, TodoUpdate};

use super::register;
use crate::{
    support::{Engine, PASSWORD},
    webdriver::Browser,
};

/// Checks three todos off in one go, while a title is half typed.
async fn check_off_while_typing(browser: &Browser) {
    browser.type_into("#title", "Half typed").await;
    browser.type_into("#tags", "kept").await;
    browser
        .run("for (const row of [...document.querySelectorAll('#list .rows > li')].slice(0, 3)) row.querySelector('button').click()")
        .await;
    browser.until_titles(&["Four"]).await;
    let typed = "return [title.value, tags.value].join()";
    assert_eq!(browser.run(typed).await, "Half typed,kept");
}

/// Adds a todo while the last one is not answered yet, and goes on typing.
async fn add_before_the_answer(browser: &Browser, client: &Client) {
    browser.type_into("#title", "Five").await;
    browser.press(&Key::Enter.to_string()).await;
    browser.press("Six").await;
    browser.press(&Key::Enter.to_string()).await;
    browser.press("Seven").await;
    browser.until_titles(&["Four", "Five", "Six"]).await;
    assert_eq!(browser.run("return title.value").await, "Seven");
    let tags =
        client.list_todos(TodoFilter::default().query("Five")).try_collect().await.unwrap()[0].tags.clone();
    assert_eq!(tags, ["kept"]);
}

/// Presses keys faster than they are answered: they are taken in order, and the last undoes the one before.
async fn press_keys_before_the_answers(browser: &Browser, client: &Client) {
    browser.run("document.activeElement.blur()").await;
    for key in ["j", "x", "x", "u"] {
        browser.press(key).await;
    }
    browser.until_titles(&["Five", "Six"]).await;
    browser.until("document.querySelector('#status').textContent === ''").await;
    let open = client.list_todos(TodoFilter::default().status(todo_sdk::Status::NeedsAction));
    let open: Vec<_> = open.try_collect().await.unwrap().into_iter().map(|todo| todo.title).collect();
    assert_eq!(open, ["Five", "Six"]);
}

/// Completes a todo on its own page while its description is being written, and saves that.
async fn edit_on_its_own_page(browser: &Browser, client: &Client, url: &str) {
    browser.client.goto(&format!("{url}/todos/5")).await.unwrap();
    browser.run("window.stayed = true").await;
    browser.type_into("#description", "A long story").await;
    browser.click(".actions .button").await;
    browser.until("document.querySelector('.actions [formaction$=reopen]')").await;
    assert_eq!(browser.run("return description.value").await, "A long story");
    browser.click(".fields .button").await;
    browser.until("document.querySelector('.notice').textContent.includes('Saved')").await;
    browser.until("document.activeElement.textContent === 'Save'").await;
    let five = client.list_todos(TodoFilter::default().query("Five")).try_collect().await.unwrap().remove(0);
    assert_eq!((&*five.description, five.status), ("A long story", todo_sdk::Status::Completed));
    assert_eq!(browser.run("return window.stayed && !location.search").await, json!(true));
}

/// Adds and completes without a connection: everything stays, and the page says so.
async fn change_without_a_connection(browser: &Browser, url: &str) {
    browser.client.goto(url).await.unwrap();
    browser.until_titles(&["Six"]).await;
    browser.network(0, true).await;
    browser.type_into("#title", "Not sent").await;
    browser.press(&Key::Enter.to_string()).await;
    browser.until("document.querySelector('#status').textContent.includes('No connection')").await;
    browser.until("title.value === 'Not sent'").await;
    browser.click("#list .rows button").await;
    browser.until("document.querySelector('#list .rows > li:not([inert], .done)')").await;
    browser.network(0, false).await;
    browser.click(".line button").await;
    browser.until_titles(&["Six", "Not sent"]).await;
}

/// Loses an answer on the way: what is sent again makes no second todo.
async fn lose_an_answer(browser: &Browser) {
    browser
        .run("const real = fetch; \
              window.fetch = async (...asked) => { window.fetch = real; await real(...asked); throw new TypeError('lost'); }")
        .await;
    browser.type_into("#title", "Once").await;
    browser.press(&Key::Enter.to_string()).await;
    browser.until("title.value === 'Once' && document.querySelector('#status').textContent").await;
    browser.click(".line button").await;
    browser.until("title.value === '' && !document.querySelector('#status').textContent").await;
    browser.until_titles(&["Six", "Not sent", "Once"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_input_is_lost_on_a_slow_network() {
    let Some(browser) = Browser::start().await else { return };
    let engine = Engine::sqlite();
    let server = engine.start(&[]).await;
    let url = format!("http://localhost:{}", server.address.port());
    let client = register(&browser, &server).await;
    for title in ["One", "Two", "Three", "Four"] {
        client.create_todo(title).await.unwrap();
    }
    browser.until_titles(&["One", "Two", "Three", "Four"]).await;
    browser.run("window.stayed = true").await;
    browser.network(300, false).await;
    check_off_while_typing(&browser).await;
    add_before_the_answer(&browser, &client).await;
    press_keys_before_the_answers(&browser, &client).await;
    edit_on_its_own_page(&browser, &client, &url).await;
    change_without_a_connection(&browser, &url).await;
    lose_an_answer(&browser).await;
    browser.has_no_console_errors(&["ERR_INTERNET_DISCONNECTED"]).await;
    browser.close().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_survives_an_expired_session() {
    let Some(browser) = Browser::start().await else { return };
    let engine = Engine::sqlite();
    let server = engine.start(&[]).await;
    let client = register(&browser, &server).await;
    browser.type_into("#title", "Half typed").await;
    for session in client.sessions().try_collect().await.unwrap() {
        if !session.current {
            client.revoke_session(session.id).await.unwrap();
        }
    }
    // The page notices it, and the input stays.
    browser.until("document.querySelector('#status').textContent.includes('signed out')").await;
    browser.press(&Key::Enter.to_string()).await;
    browser.type_into("#username", "ann").await;
    browser.type_into("#password", PASSWORD).await;
    browser.click("form.card button").await;
    browser.until("document.querySelector('#title')?.value === 'Half typed'").await;
    // The list on this page follows changes, though its address is that of the sign-in.
    client.create_todo("From elsewhere").await.unwrap();
    browser.until_titles(&["From elsewhere"]).await;
    assert_eq!(browser.run("return title.value").await, "Half typed");
    browser.click(".line button").await;
    browser.until_titles(&["From elsewhere", "Half typed"]).await;
    browser.has_no_console_errors(&["401", "422"]).await;
    browser.close().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_in_place_changes_edited_fields_only() {
    let Some(browser) = Browser::start().await else { return };
    let engine = Engine::sqlite();
    let server = engine.start(&[]).await;
    let client = register(&browser, &server).await;
    let long = "A long title ".repeat(30);
    let due = todo_sdk::Due::Zoned {
        date_time: jiff::civil::date(2030, 1, 1).at(9, 0, 0, 0),
        time_zone: "America/New_York".into(),
    };
    let id = client.create_todo(NewTodo::new(long.trim()).due(due.clone())).await.unwrap().value.id;
    let stored = async || client.list_todos(TodoFilter::default()).try_collect().await.unwrap().remove(0);
    browser.until("document.querySelector('#list .pen')").await;

    // By mouse. The whole title is there, though the list shows a part.
    browser.run("document.querySelector('#list .pen').click()").await;
    let whole = format!("document.querySelector('.edit [name=title]').value === {}", json!(long.trim()));
    browser.until(&whole).await;
    browser.until("document.querySelector('.edit').dataset.revision").await;
    browser.type_into(".edit [name=title]", "Short").await;
    browser.press(&Key::Enter.to_string()).await;
    browser.until_titles(&["Short"]).await;
    let todo = stored().await;
    assert_eq!((&*todo.title, todo.due), ("Short", Some(due.clone())));

    // An error is shown in the row beside the input, and is corrected there.
    browser.run("document.querySelector('#list .rows > li > a').focus()").await;
    browser.press("e").await;
    browser.until("document.querySelector('.edit').dataset.revision").await;
    browser.type_into(".edit [name=due]", "someday").await;
    browser.press(&Key::Enter.to_string()).await;
    browser.until("document.querySelector('.edit .error').textContent.includes('someday')").await;
    browser.is_accessible().await;

    // After a concurrent change the edit is refused once, and that change is kept.
    client.update_todo(id, TodoUpdate::new().description("Theirs").title("Theirs")).await.unwrap();
    browser.type_into(".edit [name=due]", "2031-01-01").await;
    browser.press(&Key::Enter.to_string()).await;
    browser.until("document.querySelector('.edit .error').textContent.includes('meanwhile')").await;
    browser.press(&Key::Enter.to_string()).await;
    browser.until_titles(&["Theirs"]).await;
    let todo = stored().await;
    assert_eq!(todo.due, Some(todo_sdk::Due::Date(jiff::civil::date(2031, 1, 1))));
    assert_eq!(&*todo.description, "Theirs");
    browser.has_no_console_errors(&["422"]).await;
    browser.close().await;
    server.stop().await;
}
