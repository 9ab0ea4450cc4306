//! Clients that want the server's memory or its connections for themselves. A process of its own is attacked, so that its
//! memory can be measured, while somebody else goes on calling it.
//!
//! The bounds are wide, as tests share a machine; `docs/operations.md` has what was measured.

use std::{
    fs,
    net::SocketAddr,
    time::{Duration, Instant},
};

use bytes::Bytes;
use h2::client::SendRequest;
use http::Request;
use todo_proto::{
    auth::v1::{GetAccountRequest, LoginRequest, RegisterRequest, auth_service_client::AuthServiceClient},
    todo::v1::{CreateTodoRequest, ListTodosRequest, Todo, todo_service_client::TodoServiceClient},
};
use tokio::{
    net::{TcpSocket, TcpStream},
    task::{JoinHandle, JoinSet},
};
use tonic::transport::Channel;
use uuid::Uuid;

use crate::{
    process::ServerProcess,
    support::{PASSWORD, with_token},
    wait::until,
};

const LOGIN: &str = "/todo.auth.v1.AuthService/Login";
const LIST: &str = "/todo.v1.TodoService/ListTodos";

/// More than the server may ever take, in MiB.
const MEMORY: usize = 256;
/// What a neighbour's call may take at most, on a machine that builds and tests meanwhile.
const NEIGHBOUR: Duration = Duration::from_secs(2);

/// Resident memory of a process in MiB: now, and at most so far.
fn memory(server: &ServerProcess) -> (usize, usize) {
    let status = fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let value = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().next().unwrap().parse::<usize>().unwrap() / 1024
    };
    (value("VmRSS:"), value("VmHWM:"))
}

/// Somebody with an account, who calls all the time.
struct Neighbour {
    token: String,
    channel: Channel,
}

impl Neighbour {
    async fn register(server: &ServerProcess, username: &str) -> Self {
        let channel = Channel::from_shared(server.url()).unwrap().connect().await.unwrap();
        let mut client = AuthServiceClient::new(channel.clone());
        let registration = RegisterRequest {
            username: username.into(),
            password: PASSWORD.into(),
            ..RegisterRequest::default()
        };
        client.register(registration).await.unwrap();
        let login =
            LoginRequest { username: username.into(), password: PASSWORD.into(), ..LoginRequest::default() };
        let token = client.login(login).await.unwrap().into_inner().token;
        Self { token, channel }
    }

    /// Calls for so long and returns how long the slowest of a hundred calls took.
    async fn call_for(&self, length: Duration) -> Duration {
        let mut client = AuthServiceClient::new(self.channel.clone());
        let mut times = Vec::new();
        let end = Instant::now() + length;
        while Instant::now() < end {
            let started = Instant::now();
            client.get_account(with_token(&self.token, GetAccountRequest {})).await.unwrap();
            times.push(started.elapsed());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        times.sort_unstable();
        times[times.len() * 99 / 100]
    }

    /// Fills a page: as many bytes as one answer can have.
    async fn fill_a_page(&self) {
        let mut client = TodoServiceClient::new(self.channel.clone());
        for index in 0..32 {
            let todo = Todo {
                title: format!("Read chapter {index}"),
                description: "x".repeat(64 * 1024),
                ..Todo::default()
            };
            let request = CreateTodoRequest {
                todo: Some(todo),
                request_id: Uuid::new_v4().to_string(),
                ..CreateTodoRequest::default()
            };
            client.create_todo(with_token(&self.token, request)).await.unwrap();
        }
    }
}

/// A connection whose streams have this window for answers, with the task that keeps it going: it answers every PING.
async fn connect(
    server: &ServerProcess,
    window: u32,
) -> (SendRequest<Bytes>, JoinHandle<Result<(), h2::Error>>) {
    let stream = TcpStream::connect(server.address()).await.unwrap();
    let (client, connection) =
        h2::client::Builder::new().initial_window_size(window).handshake(stream).await.unwrap();
    (client.ready().await.unwrap(), tokio::spawn(connection))
}

fn call(path: &str, token: Option<&str>) -> Request<()> {
    let request = Request::post(format!("http://server{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    let request = match token {
        Some(token) => request.header("authorization", format!("Bearer {token}")),
        None => request,
    };
    request.body(()).unwrap()
}

/// A message with its prefix, of which the last byte is missing.
fn unfinished(length: u32) -> Bytes {
    let mut data = vec![0; 5 + usize::try_from(length).unwrap() - 1];
    data[1..5].copy_from_slice(&length.to_be_bytes());
    data.into()
}

fn framed(message: &impl prost::Message) -> Bytes {
    let message = message.encode_to_vec();
    let mut data = vec![0];
    data.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    data.extend(message);
    data.into()
}

/// Opens as many streams, each of which calls the method with this data.
async fn open_streams(
    client: &mut SendRequest<Bytes>,
    count: usize,
    (path, token): (&str, Option<&str>),
    data: &Bytes,
    is_end: bool,
) -> Vec<(h2::client::ResponseFuture, h2::SendStream<Bytes>)> {
    let mut streams = Vec::new();
    for _ in 0..count {
        *client = client.clone().ready().await.unwrap();
        let (response, mut stream) = client.send_request(call(path, token), false).unwrap();
        stream.send_data(data.clone(), is_end).unwrap();
        streams.push((response, stream));
    }
    streams
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_never_end_do_not_fill_the_memory() {
    let server = ServerProcess::start(&["--logins-per-minute", "1000"]);
    let neighbour = Neighbour::register(&server, "ann").await;
    let (before, _) = memory(&server);
    let mut connections = JoinSet::new();
    // As large as a request may be; as large as one without a login may be; and with a login.
    for (length, token) in [(1 << 20, None), (8 << 10, None), (1 << 20, Some(neighbour.token.clone()))] {
        let data = unfinished(length);
        for _ in 0..10 {
            let (data, token) = (data.clone(), token.clone());
            let (mut client, connection) = connect(&server, 65_535).await;
            connections.spawn(async move {
                let path = if token.is_some() { LIST } else { LOGIN };
                let streams = open_streams(&mut client, 100, (path, token.as_deref()), &data, false).await;
                tokio::time::sleep(Duration::from_secs(6)).await;
                drop(streams);
                connection.abort();
            });
        }
    }
    let slowest = Neighbour::register(&server, "bob").await.call_for(Duration::from_secs(6)).await;
    let (_, peak) = memory(&server);
    connections.join_all().await;
    assert!(peak < MEMORY, "{before} MiB before, at most {peak} MiB");
    assert!(slowest < NEIGHBOUR, "{slowest:?}");
    until_small(&server, before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_nobody_reads_do_not_fill_the_memory() {
    let server = ServerProcess::start(&[]);
    let (ann, bob) = (Neighbour::register(&server, "ann").await, Neighbour::register(&server, "bob").await);
    ann.fill_a_page().await;
    let (before, _) = memory(&server);
    let list = ListTodosRequest { page_size: 1_000, ..ListTodosRequest::default() };
    let mut connections = Vec::new();
    for _ in 0..10 {
        // One more stream fits, so that the connection can still be asked something.
        let (mut client, connection) = connect(&server, 0).await;
        let streams = open_streams(&mut client, 99, (LIST, Some(&ann.token)), &framed(&list), true).await;
        connections.push((client, streams, connection));
    }
    let slowest = bob.call_for(Duration::from_secs(10)).await;
    let (_, peak) = memory(&server);
    assert!(peak < MEMORY, "{before} MiB before, at most {peak} MiB");
    assert!(slowest < NEIGHBOUR, "{slowest:?}");

    // Her connections answer PINGs, and their windows stay shut. She has no room left, until her streams are reset.
    let started = Instant::now();
    let mut client = TodoServiceClient::new(ann.channel.clone());
    let refused = client.list_todos(with_token(&ann.token, list.clone())).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::ResourceExhausted, "{refused:?}");
    while client.list_todos(with_token(&ann.token, list.clone())).await.is_err() {
        assert!(started.elapsed() < Duration::from_mins(1), "still no room");
    }
    drop(connections);
    until_small(&server, before).await;
}

/// Waits until the server has given its memory back, but for what allocators keep.
async fn until_small(server: &ServerProcess, before: usize) {
    let what = format!("{before} MiB before, more than 64 MiB above it ever after");
    until(&what, async || memory(server).0 < before + 64).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_connections_make_room_for_newcomers() {
    let limits = ["--max-connections", "40", "--max-connections-per-source", "10"];
    let server = ServerProcess::start(&limits);
    let ann = Neighbour::register(&server, "ann").await;
    let mut squatters = Vec::new();
    for index in 0..60 {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, 2 + index % 6], 0))).unwrap();
        let stream = socket.connect(server.address()).await.unwrap();
        let (client, connection) = h2::client::handshake(stream).await.unwrap();
        squatters.push((client, tokio::spawn(connection)));
    }
    for newcomer in ["bob", "cleo", "dora"] {
        let started = Instant::now();
        let channel = Channel::from_shared(server.url()).unwrap().connect().await.unwrap();
        let request = with_token(&ann.token, GetAccountRequest {});
        AuthServiceClient::new(channel).get_account(request).await.unwrap();
        assert!(started.elapsed() < NEIGHBOUR, "{newcomer}: {:?}", started.elapsed());
    }
    let replaced = squatters.iter().filter(|(_, connection)| connection.is_finished()).count();
    assert!(replaced >= 21, "{replaced} of 60, where 39 fit beside ann's");
    // Idle for longer than anybody, but from somebody who has logged in.
    ann.call_for(Duration::from_millis(1)).await;
}
