//! Several windows follow what happens in the others.

use fantoccini::key::Key;

use super::{listening, register};
use crate::{
    support::{Engine, PASSWORD},
    webdriver::Browser,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn windows_stay_in_sync_across_a_restart() {
    let Some(browser) = Browser::start().await else { return };
    let engine = Engine::sqlite();
    let server = engine.start(&[]).await;
    let url = format!("http://localhost:{}", server.address.port());
    let client = register(&browser, &server).await;
    let first = browser.client.window().await.unwrap();
    let second = browser.new_window().await;
    browser.client.goto(&url).await.unwrap();
    listening(&browser).await;

    browser.client.switch_to_window(first.clone()).await.unwrap();
    browser.type_into("#title", "From the first").await;
    browser.press(&Key::Enter.to_string()).await;
    browser.until_titles(&["From the first"]).await;
    browser.client.switch_to_window(second.clone()).await.unwrap();
    browser.until_titles(&["From the first"]).await;
    browser.click("#list .rows button").await;
    browser.until_titles(&[]).await;
    browser.client.switch_to_window(first).await.unwrap();
    browser.until_titles(&[]).await;

    let address = server.address.to_string();
    server.stop().await;
    let server = engine.start(&["--listen", &address]).await;
    let client = todo_sdk::Client::builder()
        .endpoint(format!("http://{address}"))
        .connect()
        .await
        .unwrap()
        .with_token(client.login("ann", &PASSWORD.into(), "again").await.unwrap().token);
    client.create_todo("After the restart").await.unwrap();
    browser.until_titles(&["After the restart"]).await;
    browser.client.switch_to_window(second).await.unwrap();
    browser.until_titles(&["After the restart"]).await;
    browser.until("document.querySelector('#status').textContent === ''").await;
    browser.close().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_windows_share_one_event_stream() {
    let Some(browser) = Browser::start().await else { return };
    let engine = Engine::sqlite();
    let server = engine.start(&[]).await;
    let url = format!("http://localhost:{}", server.address.port());
    let client = register(&browser, &server).await;
    let mut windows = vec![browser.client.window().await.unwrap()];
    while windows.len() < 8 {
        windows.push(browser.new_window().await);
        browser.client.goto(&url).await.unwrap();
        browser.until("document.querySelector('#list')").await;
    }
    client.create_todo("For all").await.unwrap();
    for window in &windows {
        browser.client.switch_to_window(window.clone()).await.unwrap();
        browser.until_titles(&["For all"]).await;
    }
    // The window that holds the connection is closed, and another one takes over.
    browser.client.switch_to_window(windows.remove(0)).await.unwrap();
    browser.client.close_window().await.unwrap();
    client.create_todo("For the rest").await.unwrap();
    for window in &windows {
        browser.client.switch_to_window(window.clone()).await.unwrap();
        browser.until_titles(&["For all", "For the rest"]).await;
    }

    // A hidden window does not read the list; it catches up when it is shown again.
    let hide = |is_hidden: bool| {
        format!(
            "Object.defineProperty(document, 'hidden', {{ value: {is_hidden}, configurable: true }}); \
             document.dispatchEvent(new Event('visibilitychange'))"
        )
    };
    browser.run(&hide(true)).await;
    client.create_todo("For who looks").await.unwrap();
    browser.client.switch_to_window(windows[0].clone()).await.unwrap();
    browser.until_titles(&["For all", "For the rest", "For who looks"]).await;
    browser.client.switch_to_window(windows[6].clone()).await.unwrap();
    browser.until_titles(&["For all", "For the rest"]).await;
    browser.run(&hide(false)).await;
    browser.until_titles(&["For all", "For the rest", "For who looks"]).await;

    // A session that ends elsewhere is noticed without a click.
    browser.client.goto(&format!("{url}/?view=today")).await.unwrap();
    browser.until("document.querySelector('#list')").await;
    for session in client.sessions().try_collect().await.unwrap() {
        if !session.current {
            client.revoke_session(session.id).await.unwrap();
        }
    }
    for window in windows {
        browser.client.switch_to_window(window).await.unwrap();
        browser.until("location.pathname + location.search.slice(0, 11) === '/sign-in?expired=1&'").await;
    }
    browser.close().await;
    server.stop().await;
}
