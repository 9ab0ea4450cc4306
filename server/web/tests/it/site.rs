//! A server with its pages, and people who use them without scripts.

use todo_sdk::{Client, Token};

use crate::{
    http::{Answer, Browser},
    support::{Engine, PASSWORD, Server},
};

/// A server, and the database under it.
pub(crate) struct Site {
    pub(crate) server: Server,
    pub(crate) engine: Engine,
}

impl Site {
    pub(crate) async fn start(flags: &[&str]) -> Self {
        let engine = Engine::sqlite();
        Self { server: engine.start(flags).await, engine }
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.server.address)
    }

    /// Somebody who has just registered.
    pub(crate) async fn person(&self, username: &str) -> Browser {
        let mut browser = self.browser();
        let fields =
            [("username", username), ("password", PASSWORD), ("time_zone", "Europe/Berlin"), ("next", "/")];
        let page = browser.submit("/register", &fields).await;
        assert!(page.text.contains(username), "{}", page.text);
        browser
    }

    /// The same person, elsewhere.
    pub(crate) fn client(&self, browser: &Browser) -> Client {
        let token: Token = browser.cookies["__Host-todo"].parse().unwrap();
        let endpoint = format!("http://{}", self.server.address);
        Client::builder().endpoint(endpoint).token(token).connect_lazy().unwrap()
    }
}

/// Adds a todo with this title, and returns the list.
pub(crate) async fn add(browser: &mut Browser, title: &str) -> Answer {
    browser.submit("/todos", &[("title", title), ("next", "/")]).await
}
