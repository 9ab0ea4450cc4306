//! The pages of the real server on port 0, in a browser without a screen and in a real one.
#![cfg(test)]

mod account;
mod bad_input;
mod browser;
mod calls;
mod forms;
mod lists;
mod security;
mod separate_roles;
mod site;
mod snapshots;
mod sse;
mod todos;
mod trash;
mod weight;

// Shared with the tests of the server.
#[path = "../../../tests/it/chromium.rs"]
mod chromium;
#[path = "../../../tests/it/http.rs"]
mod http;
#[path = "../../../tests/it/other_origin.rs"]
mod other_origin;
#[path = "../../../tests/it/programs.rs"]
mod programs;
#[path = "../../../tests/it/support.rs"]
mod support;
#[path = "../../../tests/it/wait.rs"]
mod wait;
#[path = "../../../tests/it/webdriver.rs"]
mod webdriver;

/// What `support` takes databases of PostgreSQL from. The pages see a store through the SDK only: SQLite will do.
mod postgres {
    pub(crate) fn database() -> Option<String> {
        None
    }
}
