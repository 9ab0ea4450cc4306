//! The real server inside the test's own process: on either engine, on port 0, with a clock that can be moved.
#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "compiled into several programs, each of which uses a part"
)]

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use tempfile::TempDir;
use todo_model::clock::Clock;
use todo_proto::{
    auth::v1::{
        Account, LoginRequest, LoginResponse, RegisterRequest, auth_service_client::AuthServiceClient,
    },
    todo::v1::todo_service_client::TodoServiceClient,
};
use todo_server::{Config, Error, Listeners};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Status, metadata::MetadataValue, transport::Channel};

use crate::postgres;

/// Turns `async fn case(engine: Engine)` into one test on SQLite and one on PostgreSQL.
macro_rules! on_both_engines {
    ($($(#[$attribute:meta])* async fn $name:ident($engine:ident: Engine) $body:block)*) => {$(
        mod $name {
            use super::*;

            $(#[$attribute])*
            async fn case($engine: Engine) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                case($crate::support::Engine::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                if let Some(engine) = $crate::support::Engine::postgres() {
                    case(engine).await;
                }
            }
        }
    )*};
}
pub(crate) use on_both_engines;

/// A password that is none of the common ones.
pub(crate) const PASSWORD: &str = "correct horse";

/// An empty database of one engine.
pub(crate) struct Engine {
    /// The file, or the URL.
    pub(crate) database: String,
    clock: TestClock,
    /// Deleted with the engine.
    _directory: Option<TempDir>,
}

impl Engine {
    pub(crate) fn sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("todo.db").to_str().unwrap().to_owned();
        Self { database, clock: TestClock::default(), _directory: Some(directory) }
    }

    /// `None` where there is no PostgreSQL.
    pub(crate) fn postgres() -> Option<Self> {
        postgres::database().map(Self::at)
    }

    /// With a clock that stands still, this many seconds after the Unix epoch.
    pub(crate) fn stopped_at(mut self, seconds: i64) -> Self {
        self.clock.stopped = Some(seconds * 1_000_000);
        self
    }

    /// A PostgreSQL database that the test may take away.
    pub(crate) fn at(database: String) -> Self {
        Self { database, clock: TestClock::default(), _directory: None }
    }

    /// Starts a server with these flags.
    pub(crate) async fn start(&self, flags: &[&str]) -> Server {
        self.try_start(flags).await.unwrap()
    }

    /// Why a server with these flags does not start.
    pub(crate) async fn refusal(&self, flags: &[&str]) -> Error {
        let ours = ["todo-server", "--database", &self.database, "--listen", "127.0.0.1:0"];
        let config = Config::parse(ours.iter().chain(flags), []).unwrap();
        let listeners = Listeners::bind(&config).unwrap();
        todo_server::run(config, listeners, CancellationToken::new()).await.unwrap_err()
    }

    /// Starts a server with these flags, if it can.
    pub(crate) async fn try_start(&self, flags: &[&str]) -> Result<Server, Error> {
        let ours = ["todo-server", "--database", &self.database, "--listen", "127.0.0.1:0"];
        let config = Config::parse(ours.iter().chain(flags), []).unwrap();
        let listeners = Listeners::bind(&config)?;
        let address = listeners.addresses()?[0];
        let shutdown = CancellationToken::new();
        let run = todo_server::run_with_clock(config, listeners, shutdown.clone(), self.clock.clock());
        let mut task = tokio::spawn(run);
        let endpoint = Channel::from_shared(format!("http://{address}")).unwrap();
        tokio::select! {
            ended = &mut task => Err(ended.unwrap().unwrap_err()),
            channel = endpoint.connect() => {
                Ok(Server { address, channel: channel.unwrap(), clock: self.clock.clone(), shutdown, task })
            }
        }
    }
}

/// The machine's clock, or one that stands still, and how far ahead of it we are.
#[derive(Clone, Default)]
pub(crate) struct TestClock {
    ahead: Arc<AtomicI64>,
    /// In microseconds since the Unix epoch.
    stopped: Option<i64>,
}

impl TestClock {
    fn clock(&self) -> Clock {
        let (ahead, machine, stopped) = (Arc::clone(&self.ahead), Clock::system(), self.stopped);
        Clock::from_fn(move || {
            let base = stopped.unwrap_or_else(|| machine.now().as_microsecond());
            Timestamp::from_microsecond(base + ahead.load(Ordering::SeqCst)).unwrap()
        })
    }

    /// What time it is, in seconds since the Unix epoch.
    pub(crate) fn now_seconds(&self) -> i64 {
        self.clock().now().as_microsecond() / 1_000_000
    }

    /// Lets time pass.
    pub(crate) fn advance(&self, by: Duration) {
        self.ahead.fetch_add(i64::try_from(by.as_micros()).unwrap(), Ordering::SeqCst);
    }
}

/// A running server. It is left behind when it is dropped, and ends with the test.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// One connection to it.
    pub(crate) channel: Channel,
    pub(crate) clock: TestClock,
    pub(crate) shutdown: CancellationToken,
    pub(crate) task: JoinHandle<Result<(), Error>>,
}

impl Server {
    /// Stops it and waits until it has stopped.
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        drop(self.channel);
        self.task.await.unwrap().unwrap();
    }

    pub(crate) fn auth(&self) -> AuthServiceClient<Channel> {
        AuthServiceClient::new(self.channel.clone())
    }

    pub(crate) fn todos(&self) -> TodoServiceClient<Channel> {
        TodoServiceClient::new(self.channel.clone())
    }

    pub(crate) async fn register(&self, username: &str) -> Account {
        let request = RegisterRequest {
            username: username.into(),
            password: PASSWORD.into(),
            time_zone: "Europe/Berlin".into(),
            request_id: String::new(),
        };
        self.auth().register(request).await.unwrap().into_inner().account.unwrap()
    }

    pub(crate) async fn try_login(&self, username: &str, password: &str) -> Result<LoginResponse, Status> {
        let request = LoginRequest {
            username: username.into(),
            password: password.into(),
            client: "tests 1.0 on laptop".into(),
            ..LoginRequest::default()
        };
        Ok(self.auth().login(request).await?.into_inner())
    }

    /// Logs in with [`PASSWORD`].
    pub(crate) async fn login(&self, username: &str) -> LoginResponse {
        self.try_login(username, PASSWORD).await.unwrap()
    }

    /// Registers and logs in. Returns the token.
    pub(crate) async fn person(&self, username: &str) -> String {
        self.register(username).await;
        self.login(username).await.token
    }
}

/// A request with a token.
pub(crate) fn with_token<T>(token: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let value = MetadataValue::try_from(format!("Bearer {token}")).unwrap();
    request.metadata_mut().insert("authorization", value);
    request
}
