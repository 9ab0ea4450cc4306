//! The pages in a real browser, with the script at work: Debian's `chromium` and `chromium-driver`.
//!
//! `TODO_TEST_CHROMEDRIVER` names the driver if it is not the one in `PATH`, `TODO_TEST_WEB` where npm has put `axe-core`,
//! and `TODO_TEST_SCREENSHOTS` a directory for pictures of what was seen.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use fantoccini::{
    Client, ClientBuilder, Locator,
    key::Key,
    wd::{WebDriverCompatibleCommand, WindowHandle},
};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use todo_sdk::{NewTodo, TodoFilter, TodoUpdate};
use url::Url;

use crate::{
    support::{Engine, PASSWORD, Server},
    third_party::find,
};

/// How long a test waits for what must happen before it fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser, and the driver that holds it. Both end with the test.
struct Browser {
    driver: Child,
    client: Client,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// `None` where there is none.
    async fn start() -> Option<Self> {
        let install = "apt-get install chromium chromium-driver";
        let program = find("TODO_TEST_CHROMEDRIVER", "chromedriver", &["--version"], install)?;
        let mut driver = Command::new(program)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = loop {
            let line = lines.next().expect("the driver says where it listens").unwrap();
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port.trim_end_matches('.').to_owned();
            }
        };
        let profile = tempfile::tempdir().unwrap();
        let user_data = format!("--user-data-dir={}", profile.path().display());
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            // Windows behind others are as awake as the one in front.
            "--disable-background-timer-throttling",
            "--disable-renderer-backgrounding",
            "--disable-backgrounding-occluded-windows",
            &user_data,
        ];
        let capabilities = json!({
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let Value::Object(capabilities) = capabilities else { unreachable!() };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client =
            builder.capabilities(capabilities).connect(&format!("http://127.0.0.1:{port}")).await.unwrap();
        client.set_window_size(1280, 900).await.unwrap();
        Some(Self { driver, client, _profile: profile })
    }

    /// Runs a script in the page and returns what it returns.
    async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Waits until an expression in the page is true.
    async fn until(&self, expression: &str) {
        let wait = async {
            while self.run(&format!("return Boolean({expression})")).await != json!(true) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let became_true = tokio::time::timeout(PATIENCE, wait).await.is_ok();
        let page = if became_true { Value::Null } else { self.run("return document.body.innerHTML").await };
        assert!(became_true, "never true: {expression}\n{page}");
    }

    async fn type_into(&self, selector: &str, text: &str) {
        let element = self.client.find(Locator::Css(selector)).await.unwrap();
        element.clear().await.unwrap();
        element.send_keys(text).await.unwrap();
    }

    async fn click(&self, selector: &str) {
        self.client.find(Locator::Css(selector)).await.unwrap().click().await.unwrap();
    }

    /// Presses a key wherever the focus is.
    async fn press(&self, key: &str) {
        self.client.active_element().await.unwrap().send_keys(key).await.unwrap();
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
        let packages = env::var("TODO_TEST_WEB").unwrap_or_else(|_| "node_modules".into());
        let path = Path::new(&packages).join("node_modules/axe-core/axe.min.js");
        let Ok(axe) = fs::read_to_string(&path) else {
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

    async fn new_window(&self) -> WindowHandle {
        let handle = self.client.new_window(false).await.unwrap().handle;
        self.client.switch_to_window(handle.clone()).await.unwrap();
        handle
    }

    async fn close(mut self) {
        self.client.clone().close().await.unwrap();
        self.driver.kill().unwrap();
        self.driver.wait().unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A test that failed leaves no browser behind.
        drop(self.driver.kill());
        drop(self.driver.wait());
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
async fn every_page_is_for_everybody_on_every_screen() {
    let Some(browser) = Browser::start().await else { return };
    let engine = Engine::sqlite();
    let server = engine.start(&[]).await;
    let url = format!("http://localhost:{}", server.address.port());
    for path in ["/", "/sign-in"] {
        browser.client.goto(&format!("{url}{path}")).await.unwrap();
        browser.is_accessible().await;
    }
    let client = register(&browser, &server).await;
    let garden = client.create_project("Garden").await.unwrap().value;
    for (title, due) in [
        ("Pay the rent", "2020-01-01"),
        ("\u{645}\u{631}\u{62d}\u{628}\u{627} \u{202e}<b>abc</b>", ""),
        ("x".repeat(300).as_str(), "2030-01-01"),
    ] {
        let due = due.parse().ok().map(todo_sdk::Due::Date);
        client
            .create_todo(NewTodo::new(title).due(due).project(garden.id).tag("home").description("A note"))
            .await
            .unwrap();
    }
    let mut shown = Vec::new();
    for path in ["/", "/todos/1", "/projects", "/account", "/?view=done", "/?view=trash", "/nowhere"] {
        for width in [1280, 320] {
            browser.client.set_window_size(width, 800).await.unwrap();
            browser.client.goto(&format!("{url}{path}")).await.unwrap();
            browser.is_accessible().await;
            let overflow = browser
                .run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
                .await;
            assert_eq!(overflow, json!(0), "{path} at {width}");
            browser.picture(&format!("{}-{width}", path.replace(['/', '?', '='], "_"))).await;
        }
        shown.push(path);
    }
    browser.client.goto(&url).await.unwrap();
    assert_eq!(browser.titles().await.len(), 3);
    assert_eq!(browser.run("return document.querySelectorAll('b').length").await, json!(0), "text is text");
    // Nothing was asked of anybody else.
    let foreign = "return performance.getEntriesByType('resource').map((e) => e.name).filter((n) => !n.startsWith(location.origin))";
    assert_eq!(browser.run(foreign).await, json!([]));
    browser.has_no_complaints(&["404"]).await;
    browser.close().await;
    server.stop().await;
}
