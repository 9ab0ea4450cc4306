//! A server that can be stopped and started again, people on it, and a proxy that breaks connections.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tempfile::TempDir;
use todo_sdk::{Client, Secret};
use todo_server::{Config, Listeners, run};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, tcp},
    sync::watch,
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

pub(crate) fn password() -> Secret {
    "correct horse battery staple".into()
}

/// A running server with a data directory of its own, on a port of its own.
pub(crate) struct Server {
    directory: Arc<TempDir>,
    address: SocketAddr,
    flags: Vec<String>,
    shutdown: CancellationToken,
    task: JoinHandle<todo_server::Result<()>>,
}

/// A server that is not running at the moment.
pub(crate) struct StoppedServer {
    directory: Arc<TempDir>,
    address: SocketAddr,
    flags: Vec<String>,
}

impl Server {
    /// Starts a server that lets everybody log in as often as they like.
    pub(crate) fn start() -> Self {
        Self::start_with(["--login-burst=1000000", "--logins-per-minute=1000000"])
    }

    pub(crate) fn start_with(flags: impl IntoIterator<Item = &'static str>) -> Self {
        let directory = Arc::new(tempfile::tempdir().unwrap());
        let flags = flags.into_iter().map(str::to_owned).collect();
        StoppedServer { directory, address: "127.0.0.1:0".parse().unwrap(), flags }.start()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client without a token.
    pub(crate) async fn client(&self) -> Client {
        Client::connect(self.url()).await.unwrap()
    }

    /// A client of a new account.
    pub(crate) async fn person(&self, name: &str) -> Client {
        let client = self.client().await;
        client.register(name, &password(), Some("Europe/Berlin")).await.unwrap();
        let login = client.login(name, &password(), "a test").await.unwrap();
        client.with_token(login.token)
    }

    pub(crate) async fn stop(self) -> StoppedServer {
        self.shutdown.cancel();
        self.task.await.unwrap().unwrap();
        StoppedServer { directory: self.directory, address: self.address, flags: self.flags }
    }
}

impl StoppedServer {
    /// Starts it, on the port it had.
    pub(crate) fn start(self) -> Server {
        let directory = self.directory.path().to_str().unwrap().to_owned();
        let arguments = [
            "todo-server".to_owned(),
            format!("--data-dir={directory}"),
            format!("--listen={}", self.address),
        ];
        let config = Config::parse(arguments.into_iter().chain(self.flags.clone()), []).unwrap();
        let listeners = Listeners::bind(&config).unwrap();
        let address = listeners.addresses().unwrap()[0];
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(run(config, listeners, shutdown.clone()));
        Server { directory: self.directory, address, flags: self.flags, shutdown, task }
    }
}

/// A TCP proxy that can hold back the answers of the server and break its connections.
pub(crate) struct Proxy {
    address: SocketAddr,
    state: watch::Sender<ProxyState>,
}

#[derive(Clone, Copy, PartialEq)]
struct ProxyState {
    holding: bool,
    /// How often all connections were broken.
    cuts: u32,
}

impl Proxy {
    pub(crate) async fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, state) = watch::channel(ProxyState { holding: false, cuts: 0 });
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let mut state = state.clone();
                let cuts = state.borrow().cuts;
                tokio::spawn(async move {
                    let Ok(server) = TcpStream::connect(server).await else { return };
                    let (from_client, to_client) = client.into_split();
                    let (from_server, to_server) = server.into_split();
                    let answers = state.clone();
                    tokio::select! {
                        () = pass(from_client, to_server, None) => {}
                        () = pass(from_server, to_client, Some((answers, cuts))) => {}
                        _ = state.wait_for(|state| state.cuts > cuts) => {}
                    }
                });
            }
        });
        Self { address, state: sender }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets no answer through from now on.
    pub(crate) fn hold(&self) {
        self.state.send_modify(|state| state.holding = true);
    }

    /// Breaks every connection, with what was held back. New ones work.
    pub(crate) fn cut(&self) {
        self.state.send_modify(|state| *state = ProxyState { holding: false, cuts: state.cuts + 1 });
    }
}

/// Passes bytes on; answers, which come with a state, only while they are not held and until the next cut.
async fn pass(
    mut from: tcp::OwnedReadHalf,
    mut to: tcp::OwnedWriteHalf,
    mut state: Option<(watch::Receiver<ProxyState>, u32)>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if let Some((state, cuts)) = &mut state {
            let state = state.wait_for(|state| !state.holding).await.map(|state| *state);
            // What was held back at a cut is lost.
            if state.is_ok_and(|state| state.cuts > *cuts) {
                return;
            }
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

/// Waits for the condition; a test that waits for longer than half a minute has failed.
pub(crate) async fn wait_until<F: Future<Output = bool>>(mut condition: impl FnMut() -> F) {
    let waiting = async {
        while !condition().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waiting).await.unwrap();
}
