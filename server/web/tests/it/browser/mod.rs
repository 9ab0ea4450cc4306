//! The pages in a real browser, with the script at work.

mod hostile;
mod input;
mod layout;
mod list;
mod other_pages;
mod windows;

use crate::{
    support::{PASSWORD, Server},
    webdriver::Browser,
};

/// Registers in the browser, and returns a client of the same account.
async fn register(browser: &Browser, server: &Server) -> todo_sdk::Client {
    let url = format!("http://localhost:{}", server.address.port());
    browser.client.goto(&format!("{url}/register")).await.unwrap();
    browser.until("document.querySelector('[name=time_zone]').value !== ''").await;
    browser.type_into("#username", "ann").await;
    browser.type_into("#password", PASSWORD).await;
    browser.click("form.card button").await;
    browser.until("document.querySelector('#list')").await;
    let client = todo_sdk::Client::connect(url).await.unwrap();
    let login = client.login("ann", &PASSWORD.into(), "a test").await.unwrap();
    client.with_token(login.token)
}

async fn listening(browser: &Browser) {
    // The page has reloaded the list once, so it follows the events.
    browser
        .until("performance.getEntriesByType('resource').some((entry) => entry.initiatorType === 'fetch')")
        .await;
}
