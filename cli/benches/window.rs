//! How soon a change made by `todo` is on the screen of a browser: `cargo bench -p todo-cli --bench window`.
//!
//! A real server, a real Chromium with the list open, and `todo add` as a process of its own for each change. The clock
//! runs from before that process starts until the browser has drawn the frame with the new todo in it. Needs Debian's
//! `chromium` and `chromium-driver`; `TODO_TEST_CHROMEDRIVER` names the driver if it is not the one in `PATH`.
#![expect(clippy::print_stdout, reason = "the table is what the program is for")]
#![expect(clippy::unwrap_used, reason = "shares the tests' server and browser, which fail as tests do")]

#[path = "../../server/tests/it/chromium.rs"]
mod chromium;
#[path = "../tests/it/server.rs"]
mod server;

use std::{
    env, io,
    process::{Command, Stdio},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use fantoccini::Locator;
use serde_json::json;
use todo_sdk::Client;

use crate::{chromium::Chromium, server::Server};

/// Changes, each on the screen before the next is made.
const CHANGES: usize = 300;
/// Todos in the list beforehand.
const TODOS: usize = 50;
const PASSWORD: &str = "correct horse battery staple";

/// Notes when the browser has drawn a list that has the todo in question in it. A frame's callback runs before the frame is
/// drawn, and that of the next one after it.
const WATCH: &str = "
    window.seen = null;
    const look = () => {
        if (window.expected && document.querySelector('#list').textContent.includes(window.expected)) {
            window.expected = null;
            requestAnimationFrame(() => requestAnimationFrame(() => {
                window.seen = performance.timeOrigin + performance.now();
            }));
        }
    };
    new MutationObserver(look).observe(document.querySelector('#list'), { childList: true, subtree: true });";

fn main() -> io::Result<()> {
    let server = Server::start();
    server.register("ann", PASSWORD);
    let (mut commands, mut screens) =
        tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(measure(&server));
    println!("{CHANGES} times `todo add`, and a browser's window with the list open:");
    for (what, times) in [("`todo add` has ended", &mut commands), ("it is on the screen", &mut screens)] {
        times.sort_by(f64::total_cmp);
        println!(
            "  {what:22} median {:6.1} ms, 99th percentile {:6.1} ms",
            times[CHANGES / 2],
            times[CHANGES * 99 / 100]
        );
    }
    println!("  ceiling of the 99th percentile on the screen: 250 ms");
    Ok(())
}

/// Returns how many milliseconds each command took, and how many passed from its start to the screen.
async fn measure(server: &Server) -> (Vec<f64>, Vec<f64>) {
    let client = Client::connect(server.url()).await.unwrap();
    let token = client.login("ann", &PASSWORD.into(), "a benchmark").await.unwrap().token;
    let client = client.with_token(token.clone());
    for index in 0..TODOS {
        client.create_todo(format!("Water plant number {index}")).await.unwrap();
    }

    let driver = env::var_os("TODO_TEST_CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
    let browser = Chromium::start(&driver, &json!({})).await;
    let page = &browser.client;
    page.goto(&format!("{}/sign-in", server.url())).await.unwrap();
    for (selector, text) in [("#username", "ann"), ("#password", PASSWORD)] {
        page.find(Locator::Css(selector)).await.unwrap().send_keys(text).await.unwrap();
    }
    page.find(Locator::Css("form.card button")).await.unwrap().click().await.unwrap();
    page.wait().for_element(Locator::Css("#list")).await.unwrap();
    page.execute(WATCH, Vec::new()).await.unwrap();
    // The first changes warm the page up; they are not counted.
    let (mut commands, mut screens) = (Vec::new(), Vec::new());
    for index in 0..CHANGES + 10 {
        let title = format!("Change {index} is seen");
        let expect = "window.seen = null; window.expected = arguments[0]";
        page.execute(expect, vec![json!(title)]).await.unwrap();
        let started = millis_since_epoch();
        let mut command = Command::new(env!("CARGO_BIN_EXE_todo"));
        command.args(["add", &title, "--due", "2020-01-01"]).env_clear();
        command.env("TODO_SERVER", server.url()).env("TODO_TOKEN", token.expose());
        let status =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        let ended = millis_since_epoch();
        assert!(status.success());
        let seen = loop {
            if let Some(seen) = page.execute("return window.seen", Vec::new()).await.unwrap().as_f64() {
                break seen;
            }
            assert!(millis_since_epoch() - ended < 60_000.0, "never seen: {title}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        if index >= 10 {
            commands.push(ended - started);
            screens.push(seen - started);
        }
        // The list stays as long as it was.
        let todo = client.list_todos(todo_sdk::TodoFilter::default().query(title.as_str()));
        let id = todo.try_collect().await.unwrap()[0].id;
        client.complete_todos([id]).await.unwrap();
    }
    browser.close().await;
    (commands, screens)
}

/// By the clock that the browser reads, too.
#[expect(clippy::disallowed_methods, reason = "the browser looks at the real clock")]
fn millis_since_epoch() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64() * 1e3
}
