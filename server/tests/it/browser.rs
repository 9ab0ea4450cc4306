//! The pages in a real browser, with the script at work: Debian's `chromium` and `chromium-driver`.
//!
//! `TODO_TEST_CHROMEDRIVER` names the driver if it is not the one in `PATH`, `TODO_TEST_WEB` where npm has put its packages,
//! and `TODO_TEST_SCREENSHOTS` a directory for pictures of what was seen.

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use fantoccini::{
    Client, Locator,
    elements::Element,
    error::CmdError,
    key::Key,
    wd::{WebDriverCompatibleCommand, WindowHandle},
};
use http::Method;
use serde_json::{Value, json};
use todo_sdk::{NewTodo, TodoFilter, TodoUpdate};
use url::Url;

use crate::{
    chromium::Chromium,
    support::{Engine, PASSWORD, Server},
    third_party::find,
};

/// How long a test waits for what must happen before it fails.
const PATIENCE: Duration = Duration::from_mins(1);

/// A browser and what a test does with it.
struct Browser {
    client: Client,
    chromium: Chromium,
}

impl Browser {
    /// `None` where there is none.
    async fn start() -> Option<Self> {
        Self::start_with(&json!({})).await
    }

    /// A browser whose user does not let pages run scripts.
    async fn start_without_scripts() -> Option<Self> {
        Self::start_with(&json!({ "profile.managed_default_content_settings.javascript": 2 })).await
    }

    async fn start_with(preferences: &Value) -> Option<Self> {
        let install = "apt-get install chromium chromium-driver";
        let driver = find("TODO_TEST_CHROMEDRIVER", "chromedriver", &["--version"], install)?;
        let chromium = Chromium::start(&driver, preferences).await;
        Some(Self { client: chromium.client.clone(), chromium })
    }

    /// Runs a script in the page and returns what it returns.
    async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Waits until an expression in the page is true.
    async fn until(&self, expression: &str) {
        let wait = async {
            let script = format!("return Boolean({expression})");
            // A page that is just leaving answers with an error.
            while self.client.execute(&script, Vec::new()).await.ok() != Some(json!(true)) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let became_true = tokio::time::timeout(PATIENCE, wait).await.is_ok();
        let page = if became_true { Value::Null } else { self.run("return document.body.innerHTML").await };
        assert!(became_true, "never true: {expression}\n{page}");
    }

    /// An element of the page, or of the one that comes next.
    async fn find(&self, selector: &str) -> Element {
        self.client.wait().at_most(PATIENCE).for_element(Locator::Css(selector)).await.unwrap()
    }

    /// Does something with an element, again if another came in its place or it has just gone from sight: then nothing
    /// was done.
    async fn insist(&self, act: impl AsyncFn() -> Result<(), CmdError>) {
        let attempts = async {
            while let Err(error) = act().await {
                let passes =
                    error.is_stale_element_reference() || error.to_string().contains("not interactable");
                assert!(passes, "{error}");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, attempts).await.expect("an element that stays");
    }

    async fn type_into(&self, selector: &str, text: &str) {
        self.insist(async || {
            let element = self.find(selector).await;
            element.clear().await?;
            element.send_keys(text).await
        })
        .await;
    }

    async fn click(&self, selector: &str) {
        self.insist(async || self.find(selector).await.click().await).await;
    }

    /// Clicks what leads to another page, and waits until this one is gone.
    async fn follow(&self, selector: &str) {
        let page = self.find("html").await;
        self.click(selector).await;
        let gone = async {
            while page.tag_name().await.is_ok() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, gone).await.expect("another page");
    }

    /// Presses a key wherever the focus is.
    async fn press(&self, key: &str) {
        self.insist(async || self.client.active_element().await?.send_keys(key).await).await;
    }

    /// The titles of the list.
    async fn titles(&self) -> Vec<String> {
        let titles = self
            .run("return [...document.querySelectorAll('#list li > a:not(.tag)')].map(a => a.textContent)")
            .await;
        serde_json::from_value(titles).unwrap()
    }

    async fn until_titles(&self, titles: &[&str]) {
        let expected = json!(titles).to_string();
        let shown = "JSON.stringify([...document.querySelectorAll('#list li > a:not(.tag)')].map(a => a.textContent))";
        self.until(&format!("{shown} === {}", json!(expected))).await;
    }

    /// Fails if the browser has complained about anything but what is listed.
    async fn has_no_complaints(&self, expected: &[&str]) {
        let complaints = self.client.issue_cmd(Complaints).await.unwrap();
        let bad = complaints.as_array().unwrap().iter().filter(|entry| {
            let text = entry["message"].as_str().unwrap();
            entry["level"] == "SEVERE" && !expected.iter().any(|part| text.contains(part))
        });
        assert_eq!(bad.collect::<Vec<_>>(), Vec::<&Value>::new());
    }

    /// Fails if the page is hard to use for somebody.
    async fn is_accessible(&self) {
        let Ok(axe) = fs::read_to_string(packages().join("axe-core/axe.min.js")) else {
            find("TODO_TEST_WEB", "axe-core", &[], "npm install axe-core, and say where in TODO_TEST_WEB");
            return;
        };
        self.run(&axe).await;
        let check = "const done = arguments[0]; \
            axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }) \
            .then((found) => done(found.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html).join(' '))))";
        let violations = self.client.execute_async(check, Vec::new()).await.unwrap();
        assert_eq!(violations, json!([]), "{}", self.client.current_url().await.unwrap());
    }

    /// Keeps a picture for whoever wants to look.
    async fn picture(&self, name: &str) {
        if let Some(directory) = env::var_os("TODO_TEST_SCREENSHOTS") {
            let picture = self.client.screenshot().await.unwrap();
            fs::write(Path::new(&directory).join(format!("{name}.png")), picture).unwrap();
        }
    }

    async fn dev_tools(&self, command: &'static str, parameters: Value) {
        self.client.issue_cmd(DevTools(command, parameters)).await.unwrap();
    }

    /// A connection that takes its time, or none at all.
    async fn network(&self, milliseconds: u32, is_offline: bool) {
        self.dev_tools("Network.enable", json!({})).await;
        let conditions = json!({
            "offline": is_offline, "latency": milliseconds, "downloadThroughput": -1, "uploadThroughput": -1
        });
        self.dev_tools("Network.emulateNetworkConditions", conditions).await;
    }

    /// Makes the window as wide as this, whatever a window of the desktop would be, with the colours that its user prefers.
    async fn screen(&self, width: u32, scheme: &str) {
        let size = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
        self.dev_tools("Emulation.setDeviceMetricsOverride", size).await;
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.dev_tools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// Fails if the page is hard to use for somebody, or wider than the window.
    async fn is_fit(&self, what: &str) {
        self.is_accessible().await;
        let overflow = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert_eq!(self.run(overflow).await, json!(0), "{what}");
    }

    async fn new_window(&self) -> WindowHandle {
        let handle = self.client.new_window(false).await.unwrap().handle;
        self.client.switch_to_window(handle.clone()).await.unwrap();
        handle
    }

    async fn close(self) {
        self.chromium.close().await;
    }
}

/// What the browser has written to its console.
#[derive(Debug)]
struct Complaints;

impl WebDriverCompatibleCommand for Complaints {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "type": "browser" }).to_string()))
    }
}

/// A command of the browser's own protocol.
#[derive(Debug)]
struct DevTools(&'static str, Value);

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "cmd": self.0, "params": self.1 }).to_string()))
    }
}

/// Where npm has put its packages.
fn packages() -> PathBuf {
    Path::new(&env::var_os("TODO_TEST_WEB").unwrap_or_else(|| ".".into())).join("node_modules")
}

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
    // The page tells when it is in step only by following; a change of nothing shows that.
    browser
        .until("performance.getEntriesByType('resource').some((entry) => entry.initiatorType === 'fetch')")
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_with_scripts() {
    let Some(browser) = Browser::start().await else { return };
    let engine = Engine::sqlite();
    let server = engine.start(&[]).await;
    let client = register(&browser, &server).await;

    // Added without a page load; the line is empty and focused again.
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

    // What is wrong stands beside the field, and what was typed stays.
    browser.type_into("#title", "Not yet").await;
    browser.type_into("#due", "someday").await;
    browser.press(&Key::Enter.to_string()).await;
    browser.until("document.querySelector('#due-error')").await;
    assert_eq!(browser.run("return document.querySelector('#title').value").await, "Not yet");
    browser.is_accessible().await;
    // It stays, whatever else is done meanwhile.
    browser.click("#list .rows button").await;
    browser.until_titles(&["Buy milk"]).await;
    browser.click(".notice form button").await;
    browser.until_titles(&["Pay the rent", "Buy milk"]).await;
    assert_eq!(browser.run("return title.value + due.value").await, "Not yetsomeday");
    browser.client.refresh().await.unwrap();
    listening(&browser).await;

    // Keys: down, complete, undo; help; new; search.
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

    // Edited in place.
    browser.run("document.activeElement.blur()").await;
    browser.press("j").await;
    browser.press("e").await;
    browser.until("document.activeElement.name === 'title'").await;
    browser.type_into(".edit [name=title]", "Pay it all").await;
    browser.press(&Key::Enter.to_string()).await;
    browser.until_titles(&["Pay it all", "Buy milk"]).await;
    browser.until("window.stayed").await;

    // Changes made elsewhere arrive by themselves, and not over what is being typed.
    browser.type_into("#title", "Half typed").await;
    let milk = client.list_todos(TodoFilter::default().query("milk")).try_collect().await.unwrap()[0].id;
    client.update_todo(milk, TodoUpdate::new().title("Buy oat milk")).await.unwrap();
    browser.until_titles(&["Pay it all", "Buy oat milk"]).await;
    assert_eq!(browser.run("return document.querySelector('#title').value").await, "Half typed");

    // No page was loaded for any of this.
    assert_eq!(browser.run("return window.stayed").await, json!(true));
    browser.has_no_complaints(&["422"]).await;
    browser.close().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn windows_see_each_other_and_outlive_a_restart() {
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
async fn nothing_typed_or_clicked_is_lost_however_slow_the_answers_are() {
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

    // Three check-offs in one go, while a title is half typed.
    browser.type_into("#title", "Half typed").await;
    browser.type_into("#tags", "kept").await;
    browser
        .run("for (const row of [...document.querySelectorAll('#list .rows > li')].slice(0, 3)) row.querySelector('button').click()")
        .await;
    browser.until_titles(&["Four"]).await;
    let typed = "return [title.value, tags.value].join()";
    assert_eq!(browser.run(typed).await, "Half typed,kept");

    // The next one is typed before the last one is answered.
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

    // Keys that come faster than answers are taken in order: the last of them takes back what the ones before did.
    browser.run("document.activeElement.blur()").await;
    for key in ["j", "x", "x", "u"] {
        browser.press(key).await;
    }
    browser.until_titles(&["Five", "Six"]).await;
    browser.until("document.querySelector('#status').textContent === ''").await;
    let open = client.list_todos(TodoFilter::default().status(todo_sdk::Status::NeedsAction));
    let open: Vec<_> = open.try_collect().await.unwrap().into_iter().map(|todo| todo.title).collect();
    assert_eq!(open, ["Five", "Six"]);

    // A todo's own page: what is being written stays, and can be saved.
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

    // Without a connection, everything stays and is said.
    browser.client.goto(&url).await.unwrap();
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

    // An answer that is lost on the way makes no second todo of what is sent again.
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
    browser.has_no_complaints(&["ERR_INTERNET_DISCONNECTED"]).await;
    browser.close().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_typed_when_the_session_ended_is_there_after_the_sign_in() {
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
    // It is noticed, and what is typed is not taken away.
    browser.until("document.querySelector('#status').textContent.includes('signed out')").await;
    browser.press(&Key::Enter.to_string()).await;
    browser.type_into("#username", "ann").await;
    browser.type_into("#password", PASSWORD).await;
    browser.click("form.card button").await;
    browser.until("document.querySelector('#title')?.value === 'Half typed'").await;
    // The list on this page is alive, though its address is that of the sign-in.
    client.create_todo("From elsewhere").await.unwrap();
    browser.until_titles(&["From elsewhere"]).await;
    assert_eq!(browser.run("return title.value").await, "Half typed");
    browser.click(".line button").await;
    browser.until_titles(&["From elsewhere", "Half typed"]).await;
    browser.has_no_complaints(&["401", "422"]).await;
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
    // What was done on a todo's own page is taken back there.
    browser.client.goto(&format!("{url}/todos/1")).await.unwrap();
    browser.click(".actions .button").await;
    browser.until("document.querySelector('.notice form')").await;
    browser.press("u").await;
    browser.until("document.querySelector('.actions .button').textContent === 'Complete'").await;
    browser.has_no_complaints(&[]).await;
    browser.close().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_list_gets_the_links_that_it_had_no_room_for() {
    let Some(browser) = Browser::start().await else { return };
    let engine = Engine::sqlite();
    let server = engine.start(&[]).await;
    let client = register(&browser, &server).await;
    for number in 0..51 {
        client.create_todo(NewTodo::new(format!("No. {number}")).tags(["a & b", "home"])).await.unwrap();
    }
    browser.until("document.querySelectorAll('#list .rows p > a').length === 102").await;
    browser.follow("#list .rows p > a").await;
    browser.until("document.querySelector('h1').textContent === '#a & b'").await;
    browser.close().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_is_done_gives_way_late_and_takes_no_focus_with_it() {
    let Some(browser) = Browser::start().await else { return };
    let engine = Engine::sqlite();
    let server = engine.start(&[]).await;
    let client = register(&browser, &server).await;
    for title in ["One", "Two"] {
        client.create_todo(title).await.unwrap();
    }
    browser.until_titles(&["One", "Two"]).await;
    // The second click of a double one is meant for what was there at the first.
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

    // The last row goes, and the keys still work. A key that is held down is pressed once.
    browser.press("j").await;
    browser.press("x").await;
    browser.until_titles(&[]).await;
    assert_eq!(browser.run("return document.activeElement.closest('input')").await, Value::Null);
    browser.press("u").await;
    browser.until_titles(&["Two"]).await;
    let held = "document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'n', repeat: true, bubbles: true })); \
        return document.activeElement.id";
    assert_ne!(browser.run(held).await, "title");
    browser.has_no_complaints(&[]).await;
    browser.close().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_in_place_changes_what_was_changed_and_overwrites_nobody() {
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

    // What is wrong stands in the row, with what was typed, and is put right there.
    browser.run("document.querySelector('#list .rows > li > a').focus()").await;
    browser.press("e").await;
    browser.until("document.querySelector('.edit').dataset.revision").await;
    browser.type_into(".edit [name=due]", "someday").await;
    browser.press(&Key::Enter.to_string()).await;
    browser.until("document.querySelector('.edit .error').textContent.includes('someday')").await;
    browser.is_accessible().await;

    // Somebody else was faster: that is said, and their change is still there afterwards.
    client.update_todo(id, TodoUpdate::new().description("Theirs").title("Theirs")).await.unwrap();
    browser.type_into(".edit [name=due]", "2031-01-01").await;
    browser.press(&Key::Enter.to_string()).await;
    browser.until("document.querySelector('.edit .error').textContent.includes('meanwhile')").await;
    browser.press(&Key::Enter.to_string()).await;
    browser.until_titles(&["Theirs"]).await;
    let todo = stored().await;
    assert_eq!(todo.due, Some(todo_sdk::Due::Date(jiff::civil::date(2031, 1, 1))));
    assert_eq!(&*todo.description, "Theirs");
    browser.has_no_complaints(&["422"]).await;
    browser.close().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_windows_share_one_connection_and_all_are_told() {
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
    // Whoever held the connection goes; another takes it over.
    browser.client.switch_to_window(windows.remove(0)).await.unwrap();
    browser.client.close_window().await.unwrap();
    client.create_todo("For the rest").await.unwrap();
    for window in &windows {
        browser.client.switch_to_window(window.clone()).await.unwrap();
        browser.until_titles(&["For all", "For the rest"]).await;
    }

    // Nobody looks at a window that is hidden; when somebody does again, it is up to date.
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_for_everybody_on_every_screen() {
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
    let client = register(&browser, &server).await;
    let long = "Everything about the winter holidays in the mountains";
    let garden = client.create_project(long).await.unwrap().value;
    for (title, due) in [
        ("Pay the rent", "2020-01-01"),
        ("\u{645}\u{631}\u{62d}\u{628}\u{627} \u{202e}<b>abc</b>", ""),
        ("x".repeat(300).as_str(), "2030-01-01"),
    ] {
        let due = due.parse().ok().map(todo_sdk::Due::Date);
        let tags = [
            "home",
            "an errand",
            "a tag that is as long as a tag can be, sixty-four characters",
            "one",
            "two",
        ];
        let new = NewTodo::new(title).due(due).project(garden.id).tags(tags.map(|tag| tag.replace(',', "")));
        client.create_todo(new.description("A note").priority(todo_sdk::Priority::P1)).await.unwrap();
    }
    let paths = [
        "/".to_owned(),
        "/todos/1".into(),
        "/projects".into(),
        "/account".into(),
        "/?view=done".into(),
        "/?view=trash".into(),
        "/?q=rent".into(),
        format!("/?project={}", garden.id),
        "/nowhere".into(),
    ];
    for (width, scheme) in [(1280, "light"), (1280, "dark"), (768, "light"), (320, "light"), (320, "dark")] {
        browser.screen(width, scheme).await;
        for path in &paths {
            browser.client.goto(&format!("{url}{path}")).await.unwrap();
            browser.is_fit(&format!("{path} at {width}")).await;
            let name = path.replace(['/', '?', '='], "_").replace(&garden.id.to_string(), "id");
            browser.picture(&format!("{name}-{width}-{scheme}")).await;
        }
        // What only shows when somebody does something.
        browser.client.goto(&url).await.unwrap();
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
        browser.run("document.querySelector('#list .rows > li > a').focus()").await;
        browser.press("e").await;
        browser.until("document.activeElement.name === 'title'").await;
        browser.is_fit(&format!("edit at {width}")).await;
        let save = "const save = document.querySelector('.edit .button').getBoundingClientRect(); \
            return save.width > save.height";
        assert_eq!(browser.run(save).await, json!(true), "Save is a button at {width}");
        browser.picture(&format!("edit-{width}-{scheme}")).await;
        browser.press(&Key::Escape.to_string()).await;
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
    browser.client.goto(&url).await.unwrap();
    assert_eq!(browser.titles().await.len(), 3);
    assert_eq!(
        browser.run("return document.querySelectorAll('bdi b').length").await,
        json!(0),
        "text is text"
    );
    // Nothing was asked of anybody else.
    let foreign = "return performance.getEntriesByType('resource').map((e) => e.name).filter((n) => !n.startsWith(location.origin))";
    assert_eq!(browser.run(foreign).await, json!([]));
    browser.has_no_complaints(&["404"]).await;
    browser.close().await;
    server.stop().await;
}

/// Waits until an element of the page, or of the one that comes next, has this in its text.
async fn until_text(browser: &Browser, selector: &str, part: &str) {
    let wait = async {
        loop {
            // The page may go while it is looked at.
            if let Ok(element) = browser.client.find(Locator::Css(selector)).await
                && element.text().await.is_ok_and(|text| text.contains(part))
            {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, wait).await.is_ok(), "{selector} never says {part}");
}

/// Whatever is done on other pages than the list, which has one todo, "Buy milk" for tomorrow; then the end of the
/// account. With scripts and without, pages say the same.
async fn the_rest_of_a_day(browser: &Browser) {
    // One todo: described, deleted, looked at in the trash, restored.
    browser.click("#list li > a").await;
    until_text(browser, ".crumbs", "Back").await;
    browser.type_into("#description", "Oat, if there is any").await;
    browser.click("form.fields .button").await;
    until_text(browser, ".notice", "Saved Buy milk").await;
    until_text(browser, "#description", "Oat").await;
    browser.click("form.actions .danger").await;
    until_text(browser, ".banner", "In the trash").await;
    browser.click("nav a[href='/?view=trash']").await;
    until_text(browser, "h1", "Trash").await;
    browser.click("#list .rows button").await;
    until_text(browser, ".notice", "Restored Buy milk").await;
    browser.click("nav a[href='/?view=upcoming']").await;
    until_text(browser, "#list li > a", "Buy milk").await;

    browser.click("nav a[href='/projects']").await;
    until_text(browser, "h1", "Projects").await;
    browser.type_into("#name", "Garden").await;
    browser.click(".line button").await;
    until_text(browser, ".things", "Garden").await;
    browser.click(".things summary").await;
    browser.type_into(".things [name=name]", "Terrace").await;
    browser.click(".things .button:not(.danger)").await;
    until_text(browser, ".notice", "Renamed Terrace").await;

    browser.click("header a[href='/account']").await;
    until_text(browser, "h1", "Account").await;
    browser.type_into("#time_zone", "Asia/Tokyo").await;
    browser.click("form[action='/account/time-zone'] .button").await;
    until_text(browser, ".notice", "Time zone changed").await;
    browser.click(".things .button").await;
    until_text(browser, ".notice", "Session ended").await;
    browser.type_into("#current_password", PASSWORD).await;
    browser.type_into("#new_password", "a new one, and longer").await;
    browser.click("form[action='/account/password'] .button").await;
    until_text(browser, ".notice", "Password changed").await;

    browser.click("header form button").await;
    until_text(browser, "h1", "Everything you have to do").await;
    browser.click("header a[href='/sign-in']").await;
    browser.type_into("#username", "ann").await;
    browser.type_into("#password", "a new one, and longer").await;
    browser.click("form.card button").await;
    until_text(browser, "#list li > a", "Buy milk").await;
    browser.click("header a[href='/account']").await;
    browser.type_into("#delete-password", "a new one, and longer").await;
    browser.click(".end .button").await;
    until_text(browser, "h1", "Everything you have to do").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_with_scripts_on_other_pages() {
    let Some(browser) = Browser::start().await else { return };
    let engine = Engine::sqlite();
    let server = engine.start(&[]).await;
    register(&browser, &server).await;
    browser.type_into("#title", "Buy milk").await;
    browser.type_into("#due", "tomorrow").await;
    browser.click(".line button").await;
    until_text(&browser, "#list li > a", "Buy milk").await;
    the_rest_of_a_day(&browser).await;
    browser.has_no_complaints(&[]).await;
    browser.close().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_without_scripts_in_a_browser() {
    let Some(browser) = Browser::start_without_scripts().await else { return };
    let engine = Engine::sqlite();
    let server = engine.start(&[]).await;
    let url = format!("http://localhost:{}", server.address.port());
    browser.client.goto(&url).await.unwrap();
    browser.follow("a[href='/register']").await;
    browser.type_into("#username", "ann").await;
    browser.type_into("#password", PASSWORD).await;
    assert_eq!(
        browser.client.find(Locator::Css("#time_zone")).await.unwrap().prop("value").await.unwrap().unwrap(),
        "",
        "no script ran"
    );
    browser.follow("form.card button").await;
    browser.type_into("#title", "Buy milk").await;
    browser.type_into("#due", "someday").await;
    browser.follow(".line button").await;
    until_text(&browser, "#due-error", "someday").await;
    browser.type_into("#due", "tomorrow").await;
    browser.follow(".line button").await;
    until_text(&browser, "#list li > a", "Buy milk").await;
    until_text(&browser, "#list h2", "Tomorrow").await;
    browser.follow("#list .rows button").await;
    until_text(&browser, ".notice", "Completed Buy milk").await;
    browser.follow(".notice button").await;
    // Somebody else to be sent away.
    let elsewhere = todo_sdk::Client::connect(url).await.unwrap();
    elsewhere.login("ann", &PASSWORD.into(), "elsewhere").await.unwrap();
    the_rest_of_a_day(&browser).await;
    browser.close().await;
    server.stop().await;
}

/// What might run where text is taken for something else.
const HOSTILE: [&str; 30] = [
    "<script>pwned = 1</script>",
    "</script><script>pwned = 1</script>",
    "<img src=x onerror=pwned=1>",
    "\"><img src=x onerror=pwned=1>",
    "'><img src=x onerror=pwned=1>",
    "\" autofocus onfocus=\"pwned=1",
    "' autofocus onfocus='pwned=1",
    "` onfocus=`pwned=1",
    "<svg onload=pwned=1>",
    "<svg/onload=pwned=1>",
    "<body onload=pwned=1>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'>",
    "<iframe src=javascript:parent.pwned=1>",
    "<a href=javascript:pwned=1>x</a>",
    "javascript:pwned=1",
    "</textarea><script>pwned = 1</script>",
    "</title><script>pwned = 1</script>",
    "</bdi></a><script>pwned = 1</script>",
    "</template><script>pwned = 1</script>",
    "</option></select><script>pwned = 1</script>",
    "<!--<script>pwned = 1</script>-->",
    "--><script>pwned = 1</script>",
    "]]><script>pwned = 1</script>",
    "&lt;script&gt;pwned = 1&lt;/script&gt;",
    "&#60;script&#62;pwned = 1&#60;/script&#62;",
    "{{ pwned = 1 }}",
    "${pwned = 1}",
    "<math><mtext></table><mglyph><style><img src onerror=pwned=1>",
    "<details open ontoggle=pwned=1>",
    "\u{202e}<style>@import url(//evil.example)</style>\u{2028}<base href=//evil.example>",
];

/// Fails if something on the page ran that was meant to be text, or became an element.
async fn is_unharmed(browser: &Browser, what: &str) {
    browser.until("document.readyState === 'complete'").await;
    let elements = "main img, main iframe, main script, main style, main math, base";
    let handlers = "[...document.querySelectorAll('*')].flatMap((e) => e.getAttributeNames()).filter((n) => n.startsWith('on'))";
    let harm =
        format!("return [typeof pwned, document.querySelectorAll('{elements}').length, {handlers}.length]");
    assert_eq!(browser.run(&harm).await, json!(["undefined", 0, 0]), "{what}");
}

/// Puts each hostile text into every text field of every form of a page, sends the form as a page without scripts
/// would, and looks at what comes back. Returns how many forms there were.
async fn attack_forms(browser: &Browser, url: &str) -> usize {
    // A form of each row is one form.
    let forms = "[...new Map([...document.forms].filter((form) => \
        form.querySelector('input:not([type]), input[type=text], input[type=search], input[type=password], textarea'))\
        .map((form) => [(form.getAttribute('action') ?? '').replace(/[0-9a-f-]{36}|[0-9]+/, 'ID'), form])).values()]";
    browser.client.goto(url).await.unwrap();
    let count = browser.run(&format!("return {forms}.length")).await.as_u64().unwrap();
    for index in 0..count {
        for text in HOSTILE {
            browser.client.goto(url).await.unwrap();
            let send = format!(
                "const form = {forms}[{index}]; window.here = true; \
                 for (const field of form.querySelectorAll('input:not([type=hidden]), textarea')) field.value = {}; \
                 HTMLFormElement.prototype.submit.call(form)",
                json!(text)
            );
            browser.run(&send).await;
            browser.until("!window.here").await;
            is_unharmed(browser, &format!("form {index} of {url} with {text}")).await;
        }
    }
    usize::try_from(count).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_text_is_refused_as_text_in_every_field() {
    let Some(browser) = Browser::start().await else { return };
    let engine = Engine::sqlite();
    let server = engine.start(&["--login-burst", "1000", "--failed-login-burst", "1000"]).await;
    let url = format!("http://localhost:{}", server.address.port());
    assert_eq!(attack_forms(&browser, &format!("{url}/register")).await, 1);
    assert_eq!(attack_forms(&browser, &format!("{url}/sign-in")).await, 1);
    let client = register(&browser, &server).await;
    client.create_todo("Mine").await.unwrap();
    client.create_project("Garden").await.unwrap();
    for (path, forms) in [("/", 2), ("/todos/1", 1), ("/projects", 2), ("/account", 3)] {
        assert_eq!(attack_forms(&browser, &format!("{url}{path}")).await, forms, "{path}");
    }
    browser.close().await;
    server.stop().await;
}

/// The modules of npm packages under the names by which they import each other.
fn import_map() -> Value {
    let package = |name: &str, modules: &[&str]| {
        let entry = |module: &&str| {
            let (name, file) = match *module {
                "" => (name.to_owned(), "index.js".to_owned()),
                module => (format!("{name}/{module}"), format!("{module}/index.js")),
            };
            let directory = name.split('/').take(2).collect::<Vec<_>>().join("/");
            (name, json!(format!("/packages/{directory}/dist/esm/{file}")))
        };
        modules.iter().map(entry).collect::<Vec<_>>()
    };
    let imports = package("@bufbuild/protobuf", &["", "codegenv2", "wire", "wkt"])
        .into_iter()
        .chain(package("@connectrpc/connect", &["", "protocol", "protocol-connect", "protocol-grpc-web"]))
        .chain(package("@connectrpc/connect-web", &[""]));
    json!({ "imports": imports.collect::<serde_json::Map<_, _>>() })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_another_origin_calls_by_grpc_web() {
    let packages = packages();
    if !packages.join("@connectrpc/connect-web/package.json").exists() {
        let install = "npm install @bufbuild/protobuf @connectrpc/connect @connectrpc/connect-web, and say where in TODO_TEST_WEB";
        find("TODO_TEST_WEB", "@connectrpc/connect-web", &[], install);
        return;
    }
    let Some(browser) = Browser::start().await else { return };
    let page = format!(
        "<!doctype html><title>Another app</title><script type=importmap>{}</script>\
         <script type=module src=/web_client.mjs></script>",
        import_map()
    );
    let script = include_bytes!("web_client.mjs");
    let elsewhere = serve_elsewhere(move |path| match path.split('?').next()? {
        "/" => Some(("text/html", page.clone().into_bytes())),
        "/web_client.mjs" => Some(("text/javascript", script.to_vec())),
        "/contract.binpb" => Some(("application/octet-stream", todo_proto::FILE_DESCRIPTOR_SET.to_vec())),
        path => Some(("text/javascript", fs::read(packages.join(path.strip_prefix("/packages/")?)).ok()?)),
    })
    .await;
    let elsewhere = format!("http://{elsewhere}");
    let engine = Engine::sqlite();
    let server = engine.start(&["--cors-origin", &elsewhere]).await;
    let closed = Engine::sqlite();
    let stranger = closed.start(&[]).await;

    let visit = async |server: &Server| {
        let url = format!("http://localhost:{}", server.address.port());
        browser.client.goto(&format!("{elsewhere}/?{url}")).await.unwrap();
        browser.until("document.title !== 'Another app'").await;
        browser.client.title().await.unwrap()
    };
    assert_eq!(visit(&server).await, "done");
    browser.has_no_complaints(&["favicon.ico"]).await;
    // Whom the server does not know, the browser does not let read an answer.
    let refused = visit(&stranger).await;
    assert!(refused.contains("Failed to fetch"), "{refused}");
    browser.close().await;
    server.stop().await;
    stranger.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_text_never_runs() {
    let Some(browser) = Browser::start().await else { return };
    let engine = Engine::sqlite();
    let server = engine.start(&[]).await;
    let url = format!("http://localhost:{}", server.address.port());
    let client = register(&browser, &server).await;
    for text in HOSTILE {
        let text: String = text.chars().filter(|c| *c != '\u{2028}').collect();
        let project = client.create_project(text.as_str()).await.unwrap().value.id;
        let tag: String = text.chars().filter(|c| *c != ',').take(64).collect();
        let new = NewTodo::new(text.as_str()).description(text.as_str()).tag(tag).project(project);
        client.create_todo(new).await.unwrap();
        client.login("ann", &PASSWORD.into(), &text).await.unwrap();
    }
    let mut paths = vec!["/".to_owned(), "/projects".into(), "/account".into()];
    paths.extend((1..=HOSTILE.len()).map(|number| format!("/todos/{number}")));
    for path in paths {
        browser.client.goto(&format!("{url}{path}")).await.unwrap();
        is_unharmed(&browser, &path).await;
    }
    // Typed into the page itself, and put into it by the script.
    browser.client.goto(&url).await.unwrap();
    for text in HOSTILE {
        browser.run("window.rows = document.querySelectorAll('#list li').length").await;
        browser.type_into("#title", &text.replace('\u{2028}', "")).await;
        browser.press(&Key::Enter.to_string()).await;
        browser.until("document.querySelectorAll('#list li').length > window.rows").await;
    }
    assert_eq!(browser.run("return typeof pwned").await, "undefined");
    browser.has_no_complaints(&[]).await;
    browser.close().await;
    server.stop().await;
}

/// Serves what `content` finds under a path, its type first, on another origin for as long as the test runs. Returns its
/// host and port.
async fn serve_elsewhere(
    content: impl Fn(&str) -> Option<(&'static str, Vec<u8>)> + Send + Sync + 'static,
) -> String {
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let content = Arc::new(content);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let content = Arc::clone(&content);
            tokio::spawn(async move {
                let mut stream = BufReader::new(stream);
                let (mut request, mut line) = (String::new(), String::new());
                stream.read_line(&mut request).await?;
                while stream.read_line(&mut line).await? > 2 {
                    line.clear();
                }
                let path = request.split(' ').nth(1).unwrap_or_default();
                let (status, (kind, body)) = match content(path) {
                    Some(found) => ("200 OK", found),
                    None => ("404 Not Found", ("text/plain", Vec::new())),
                };
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
                );
                stream.write_all(head.as_bytes()).await?;
                stream.write_all(&body).await
            });
        }
    });
    // Another host than the victim's, so another site; another port of it is another origin of the same site.
    format!("127.0.0.1:{}", address.port())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attackers_page_changes_nothing() {
    let Some(browser) = Browser::start().await else { return };
    let engine = Engine::sqlite();
    let server = engine.start(&[]).await;
    let url = format!("http://localhost:{}", server.address.port());
    let client = register(&browser, &server).await;
    client.create_todo("Mine").await.unwrap();
    let before = client.operations().try_collect().await.unwrap();

    let fields = [
        ("title", "Theirs"),
        ("name", "Theirs"),
        ("time_zone", "Asia/Tokyo"),
        ("username", "eve"),
        ("password", PASSWORD),
        ("current_password", PASSWORD),
        ("new_password", "owned by eve"),
    ];
    let inputs = fields.map(|(name, value)| format!("<input name='{name}' value='{value}'>")).concat();
    let form = |(index, path): (usize, &&str)| {
        let target = format!("f{index}");
        format!(
            "<iframe name={target}></iframe><form method=post action='{url}{path}' target={target}>{inputs}</form>"
        )
    };
    let forms = crate::pages::CHANGES.iter().enumerate().map(form).collect::<Vec<_>>().concat();
    let script = "
        for (const form of document.forms) form.submit();
        const body = new URLSearchParams(new FormData(document.forms[0]));
        const init = { method: 'POST', mode: 'no-cors', credentials: 'include', body };
        const tries = [...document.forms].map((form) => fetch(form.action, init));
        Promise.allSettled(tries).then(() => { document.title = 'done'; });";
    let page = format!("<!doctype html><title>A prize!</title>{forms}<script>{script}</script>");
    let elsewhere =
        serve_elsewhere(move |path| (path == "/").then(|| ("text/html", page.clone().into_bytes()))).await;
    for host in [elsewhere.clone(), elsewhere.replace("127.0.0.1", "localhost")] {
        browser.client.goto(&format!("http://{host}/")).await.unwrap();
        browser.until("document.title === 'done'").await;
    }
    // Whatever the frames had sent, too, has been answered by now: the browser sends a host's requests in order.
    browser.client.goto(&url).await.unwrap();
    browser.until_titles(&["Mine"]).await;
    assert_eq!(client.operations().try_collect().await.unwrap(), before);
    let account = client.account().await.unwrap();
    assert_ne!(account.time_zone, "Asia/Tokyo");
    assert!(client.login("ann", &PASSWORD.into(), "still").await.is_ok(), "the password is the old one");
    assert!(client.login("eve", &PASSWORD.into(), "nobody").await.is_err());
    browser.close().await;
    server.stop().await;
}
