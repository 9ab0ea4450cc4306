//! A real browser with the script at work: Debian's `chromium` and `chromium-driver`.
//!
//! `TODO_TEST_CHROMEDRIVER` names the driver if it is not the one in `PATH`, `TODO_TEST_WEB` where npm has put its packages,
//! and `TODO_TEST_SCREENSHOTS` a directory for pictures of what was seen.
#![allow(dead_code, reason = "compiled into several programs, each of which uses a part")]

use std::{env, fs, path::Path};

use fantoccini::{
    Client, Locator,
    elements::Element,
    error::CmdError,
    wd::{WebDriverCompatibleCommand, WindowHandle},
};
use http::Method;
use serde_json::{Value, json};
use url::Url;

use crate::{
    chromium::Chromium,
    programs::{AXE, CHROMEDRIVER},
    wait::{PATIENCE, becomes_true, until},
};

/// A browser and what a test does with it.
pub(crate) struct Browser {
    pub(crate) client: Client,
    chromium: Chromium,
}

impl Browser {
    /// `None` where there is none.
    pub(crate) async fn start() -> Option<Self> {
        Self::start_with(&json!({})).await
    }

    /// A browser whose user does not let pages run scripts.
    pub(crate) async fn start_without_scripts() -> Option<Self> {
        Self::start_with(&json!({ "profile.managed_default_content_settings.javascript": 2 })).await
    }

    pub(crate) async fn start_with(preferences: &Value) -> Option<Self> {
        let driver = CHROMEDRIVER.find()?;
        let chromium = Chromium::start(driver.as_os_str(), preferences).await;
        Some(Self { client: chromium.client.clone(), chromium })
    }

    /// Runs a script in the page and returns what it returns.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Waits until an expression in the page is true.
    pub(crate) async fn until(&self, expression: &str) {
        let script = format!("return Boolean({expression})");
        let became_true = becomes_true(async || {
            // A page that is just leaving answers with an error.
            self.client.execute(&script, Vec::new()).await.ok() == Some(json!(true))
        })
        .await;
        let page = if became_true { Value::Null } else { self.run("return document.body.innerHTML").await };
        assert!(became_true, "never true: {expression}\n{page}");
    }

    /// An element of the page, or of the one that comes next.
    pub(crate) async fn find(&self, selector: &str) -> Element {
        self.client.wait().at_most(PATIENCE).for_element(Locator::Css(selector)).await.unwrap()
    }

    /// Does something with an element, and retries if the element was replaced or hidden meanwhile, so that nothing was done.
    pub(crate) async fn insist(&self, act: impl AsyncFn() -> Result<(), CmdError>) {
        until("the element stays", async || {
            let Err(error) = act().await else { return true };
            let passes = error.is_stale_element_reference() || error.to_string().contains("not interactable");
            assert!(passes, "{error}");
            false
        })
        .await;
    }

    pub(crate) async fn type_into(&self, selector: &str, text: &str) {
        self.insist(async || {
            let element = self.find(selector).await;
            element.clear().await?;
            element.send_keys(text).await
        })
        .await;
    }

    pub(crate) async fn click(&self, selector: &str) {
        self.insist(async || self.find(selector).await.click().await).await;
    }

    /// Clicks what leads to another page, and waits until this one is gone.
    pub(crate) async fn follow(&self, selector: &str) {
        let page = self.find("html").await;
        self.click(selector).await;
        until("there is another page", async || page.tag_name().await.is_err()).await;
    }

    /// Presses a key wherever the focus is.
    pub(crate) async fn press(&self, key: &str) {
        self.insist(async || self.client.active_element().await?.send_keys(key).await).await;
    }

    /// The titles of the list.
    pub(crate) async fn titles(&self) -> Vec<String> {
        let titles = self
            .run("return [...document.querySelectorAll('#list li > a:not(.tag)')].map(a => a.textContent)")
            .await;
        serde_json::from_value(titles).unwrap()
    }

    pub(crate) async fn until_titles(&self, titles: &[&str]) {
        let expected = json!(titles).to_string();
        let shown = "JSON.stringify([...document.querySelectorAll('#list li > a:not(.tag)')].map(a => a.textContent))";
        self.until(&format!("{shown} === {}", json!(expected))).await;
    }

    /// Fails if the console has errors other than the expected ones.
    pub(crate) async fn has_no_console_errors(&self, expected: &[&str]) {
        let entries = self.client.issue_cmd(ConsoleLog).await.unwrap();
        let bad = entries.as_array().unwrap().iter().filter(|entry| {
            let text = entry["message"].as_str().unwrap();
            entry["level"] == "SEVERE" && !expected.iter().any(|part| text.contains(part))
        });
        assert_eq!(bad.collect::<Vec<_>>(), Vec::<&Value>::new());
    }

    /// Fails if the page violates an accessibility rule.
    pub(crate) async fn is_accessible(&self) {
        let Some(axe) = AXE.find() else { return };
        self.run(&fs::read_to_string(axe).unwrap()).await;
        let check = "const done = arguments[0]; \
            axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }) \
            .then((found) => done(found.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html).join(' '))))";
        let violations = self.client.execute_async(check, Vec::new()).await.unwrap();
        assert_eq!(violations, json!([]), "{}", self.client.current_url().await.unwrap());
    }

    /// Saves a picture if `TODO_TEST_SCREENSHOTS` is set.
    pub(crate) async fn picture(&self, name: &str) {
        if let Some(directory) = env::var_os("TODO_TEST_SCREENSHOTS") {
            let picture = self.client.screenshot().await.unwrap();
            fs::write(Path::new(&directory).join(format!("{name}.png")), picture).unwrap();
        }
    }

    pub(crate) async fn dev_tools(&self, command: &'static str, parameters: Value) {
        self.client.issue_cmd(DevTools(command, parameters)).await.unwrap();
    }

    /// Emulates a slow connection, or none.
    pub(crate) async fn network(&self, milliseconds: u32, is_offline: bool) {
        self.dev_tools("Network.enable", json!({})).await;
        let conditions = json!({
            "offline": is_offline, "latency": milliseconds, "downloadThroughput": -1, "uploadThroughput": -1
        });
        self.dev_tools("Network.emulateNetworkConditions", conditions).await;
    }

    /// Emulates a window of this width and a preferred colour scheme.
    pub(crate) async fn screen(&self, width: u32, scheme: &str) {
        let size = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
        self.dev_tools("Emulation.setDeviceMetricsOverride", size).await;
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.dev_tools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// Fails if the page violates an accessibility rule, or is wider than the window.
    pub(crate) async fn is_fit(&self, what: &str) {
        self.is_accessible().await;
        let overflow = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert_eq!(self.run(overflow).await, json!(0), "{what}");
    }

    pub(crate) async fn new_window(&self) -> WindowHandle {
        let handle = self.client.new_window(false).await.unwrap().handle;
        self.client.switch_to_window(handle.clone()).await.unwrap();
        handle
    }

    pub(crate) async fn close(self) {
        self.chromium.close().await;
    }
}

/// What the browser has written to its console.
#[derive(Debug)]
struct ConsoleLog;

impl WebDriverCompatibleCommand for ConsoleLog {
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

/// Waits until an element of the page, or of the one that comes next, has this in its text.
pub(crate) async fn until_text(browser: &Browser, selector: &str, part: &str) {
    until(&format!("{selector} says {part}"), async || {
        // The page may go while it is looked at.
        let Ok(element) = browser.client.find(Locator::Css(selector)).await else { return false };
        element.text().await.is_ok_and(|text| text.contains(part))
    })
    .await;
}
