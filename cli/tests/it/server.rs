//! A `todo-server` on a free port, inside the test process.
#![allow(dead_code, reason = "compiled into several programs, each of which uses a part")]

use std::thread::JoinHandle;

use todo_sdk::Client;
use todo_server::{Config, Listeners, run};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// A server with a new database. Stops when it is dropped.
pub(crate) struct Server {
    url: String,
    shutdown: CancellationToken,
    thread: Option<JoinHandle<()>>,
    runtime: Runtime,
    _data: tempfile::TempDir,
}

impl Server {
    /// Starts a server, which listens already.
    pub(crate) fn start() -> Self {
        Self::start_with("http", &[])
    }

    /// Starts a server with these flags, which have it speak `https` or leave it at `http`.
    pub(crate) fn start_with(scheme: &str, flags: &[&str]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let directory = data.path().to_str().unwrap();
        let arguments = ["todo-server", "--data-dir", directory, "--listen", "127.0.0.1:0"];
        let config = Config::parse(arguments.iter().chain(flags), []).unwrap();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listeners = {
            let _guard = runtime.enter();
            Listeners::bind(&config).unwrap()
        };
        let url = format!("{scheme}://{}", listeners.addresses().unwrap()[0]);
        let shutdown = CancellationToken::new();
        let serving = runtime.spawn(run(config, listeners, shutdown.clone()));
        let handle = runtime.handle().clone();
        let thread = std::thread::spawn(move || handle.block_on(serving).unwrap().unwrap());
        Self { url, shutdown, thread: Some(thread), runtime, _data: data }
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    /// Stops it; its port is free then.
    pub(crate) fn stop(&mut self) {
        self.shutdown.cancel();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }

    /// Creates an account.
    pub(crate) fn register(&self, username: &str, password: &str) {
        self.runtime.block_on(async {
            let client = Client::connect(self.url()).await.unwrap();
            client.register(username, &password.into(), None).await.unwrap();
        });
    }

    /// Opens a session of a client that calls itself this.
    pub(crate) fn login_as(&self, username: &str, password: &str, client_name: &str) {
        self.runtime.block_on(async {
            let client = Client::connect(self.url()).await.unwrap();
            client.login(username, &password.into(), client_name).await.unwrap();
        });
    }

    /// How many sessions the account has.
    pub(crate) fn sessions(&self, username: &str, password: &str) -> usize {
        self.runtime.block_on(async {
            let client = Client::connect(self.url()).await.unwrap();
            let login = client.login(username, &password.into(), "the test").await.unwrap();
            let client = client.with_token(login.token);
            let sessions = client.sessions().try_collect().await.unwrap();
            client.logout().await.unwrap();
            // Without the session that asks.
            sessions.len() - 1
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
