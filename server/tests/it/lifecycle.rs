//! A server from its start to its end: responses, limits, shutdown.

use std::{
    convert::Infallible,
    net::SocketAddr,
    time::{Duration, Instant},
};

use bytes::{BufMut as _, Bytes, BytesMut};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::{body::Frame, client::conn::http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use todo_proto::{
    auth::v1::{GetAccountRequest, LoginRequest},
    todo::v1::{ListProjectsRequest, WatchChangesRequest, watch_changes_response::Event},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tonic::{Code, Status, client::Grpc, codegen::http::uri::PathAndQuery};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tonic_prost::ProstCodec;
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

use crate::{
    postgres::Cluster,
    support::{Engine, PASSWORD, Server, with_token},
    wait::PATIENCE,
};

const LOGIN: &str = "/todo.auth.v1.AuthService/Login";

/// Calls a method of any name with any message.
async fn call(
    server: &Server,
    path: &'static str,
    message: impl prost::Message + 'static,
) -> Result<(), Status> {
    let mut client = Grpc::new(server.channel.clone());
    client.ready().await.unwrap();
    let (path, codec) = (PathAndQuery::from_static(path), ProstCodec::default());
    client.unary(tonic::Request::new(message), path, codec).await.map(|_: tonic::Response<()>| ())
}

/// A gRPC message with its prefix.
fn framed(message: &impl prost::Message) -> Bytes {
    let mut bytes = BytesMut::new();
    bytes.put_u8(0);
    bytes.put_u32(u32::try_from(message.encoded_len()).unwrap());
    message.encode(&mut bytes).unwrap();
    bytes.freeze()
}

type Body = UnsyncBoxBody<Bytes, Infallible>;

fn body(bytes: Bytes) -> Body {
    Full::new(bytes).boxed_unsync()
}

/// A body whose parts are sent when the test says so.
fn body_in_parts() -> (tokio::sync::mpsc::Sender<Result<Frame<Bytes>, Infallible>>, Body) {
    let (sender, parts) = tokio::sync::mpsc::channel(1);
    (sender, StreamBody::new(tokio_stream::wrappers::ReceiverStream::new(parts)).boxed_unsync())
}

/// Opens an HTTP/2 connection without a call on it.
async fn http2(address: SocketAddr) -> http2::SendRequest<Body> {
    let stream = TcpStream::connect(address).await.unwrap();
    let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

fn login(username: &str) -> Bytes {
    framed(&LoginRequest {
        username: username.into(),
        password: PASSWORD.into(),
        client: String::new(),
        ..LoginRequest::default()
    })
}

fn grpc_request(path: &str, body: Body) -> Request<Body> {
    Request::post(format!("http://localhost{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(body)
        .unwrap()
}

fn code(headers: &HeaderMap) -> Code {
    Code::from_bytes(headers["grpc-status"].as_bytes())
}

/// Reads until the other side hangs up, and returns what came before that.
async fn until_hung_up(mut stream: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("a hang-up");
    // A reset is a hang-up too.
    drop(read);
    bytes
}

mod answers {
    use super::*;

    #[tokio::test]
    async fn health_is_reported_until_the_server_stops() {
        let engine = Engine::sqlite();
        let server = engine.start(&[]).await;
        let mut client = HealthClient::new(server.channel.clone());
        let service = |name: &str| HealthCheckRequest { service: name.into() };
        for name in ["", "todo.auth.v1.AuthService", "todo.v1.TodoService"] {
            let health = client.check(service(name)).await.unwrap().into_inner();
            assert_eq!(health.status(), ServingStatus::Serving, "{name:?}");
        }
        assert_eq!(client.check(service("main.v1.MainService")).await.unwrap_err().code(), Code::NotFound);

        let mut news = client.watch(service("todo.v1.TodoService")).await.unwrap().into_inner();
        assert_eq!(news.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
        drop(client);
        let stopped = tokio::spawn(server.stop());
        assert_eq!(news.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
        assert_eq!(news.message().await.unwrap_err().code(), Code::Unavailable);
        stopped.await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn without_a_database_calls_are_unavailable_and_not_unauthenticated() {
        let Some(mut cluster) = Cluster::start() else { return };
        let engine = Engine::at(cluster.database());
        let server = engine.start(&[]).await;
        let token = server.person("ann").await;
        let watch = with_token(&token, WatchChangesRequest::default());
        let mut events = server.todos().watch_changes(watch).await.unwrap().into_inner();
        let mut client = HealthClient::new(server.channel.clone());
        let mut news = client.watch(HealthCheckRequest::default()).await.unwrap().into_inner();
        assert_eq!(news.message().await.unwrap().unwrap().status(), ServingStatus::Serving);

        cluster.stop();
        // The cached answer about the token expires.
        server.clock.advance(Duration::from_secs(5));
        let ask = async || server.auth().get_account(with_token(&token, GetAccountRequest {})).await;
        assert_eq!(ask().await.unwrap_err().code(), Code::Unavailable);
        assert_eq!(server.try_login("ann", PASSWORD).await.unwrap_err().code(), Code::Unavailable);
        assert_eq!(news.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
        let end = async {
            while events.message().await?.is_some() {}
            Ok::<_, Status>(())
        };
        assert_eq!(end.await.unwrap_err().code(), Code::Unavailable, "the client may come back");

        cluster.resume();
        assert_eq!(news.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
        ask().await.unwrap();
    }

    #[tokio::test]
    async fn reflection_lists_the_services() {
        let engine = Engine::sqlite();
        let server = engine.start(&[]).await;
        let ask = ServerReflectionRequest {
            host: String::new(),
            message_request: Some(MessageRequest::ListServices(String::new())),
        };
        let mut client = ServerReflectionClient::new(server.channel.clone());
        let answers = client.server_reflection_info(tokio_stream::once(ask)).await.unwrap();
        let answer = answers.into_inner().message().await.unwrap().unwrap();
        let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else { panic!() };
        let names = list.service.into_iter().map(|service| service.name).collect::<Vec<_>>();
        for name in ["todo.auth.v1.AuthService", "todo.v1.TodoService", "grpc.health.v1.Health"] {
            assert!(names.contains(&name.to_owned()), "{names:?}");
        }
    }

    #[tokio::test]
    async fn methods_of_other_roles_are_unimplemented() {
        let engine = Engine::sqlite();
        let server = engine.start(&["--role", "auth"]).await;
        let token = server.person("ann").await;
        let list = with_token(&token, ListProjectsRequest::default());
        assert_eq!(server.todos().list_projects(list).await.unwrap_err().code(), Code::Unimplemented);
        server.auth().get_account(with_token(&token, GetAccountRequest {})).await.unwrap();
    }

    #[tokio::test]
    async fn unknown_methods_and_paths_are_not_found() {
        let engine = Engine::sqlite();
        let server = engine.start(&["--role", "auth", "--role", "todo"]).await;
        for path in ["/todo.auth.v1.AuthService/Nonsense", "/nonsense.v1.Service/Get", "/"] {
            assert_eq!(call(&server, path, ()).await.unwrap_err().code(), Code::Unimplemented, "{path}");
        }

        let mut connection = http2(server.address).await;
        let request = Request::get(format!("http://localhost{LOGIN}")).body(Body::default()).unwrap();
        assert_eq!(connection.send_request(request).await.unwrap().status(), StatusCode::NOT_FOUND);

        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
        let answer = String::from_utf8(until_hung_up(stream).await).unwrap();
        assert!(answer.starts_with("HTTP/1.1 404 ") && answer.ends_with("Not found.\n"), "{answer}");
    }

    #[tokio::test]
    async fn large_and_malformed_requests_are_refused() {
        let engine = Engine::sqlite();
        let server = engine.start(&[]).await;
        let large = LoginRequest { username: "x".repeat(8 * 1024), ..Default::default() };
        assert_eq!(call(&server, LOGIN, large).await.unwrap_err().code(), Code::ResourceExhausted);
        let fits = LoginRequest { username: "x".repeat(8 * 1024 - 8), ..Default::default() };
        assert_eq!(call(&server, LOGIN, fits).await.unwrap_err().code(), Code::Unauthenticated);
        let twice = body([login("ann"), login("ann")].concat().into());
        let mut connection = http2(server.address).await;
        let response = connection.send_request(grpc_request(LOGIN, twice)).await.unwrap();
        assert_eq!(code(response.headers()), Code::InvalidArgument, "one message a call");
        // The bytes of this message, read as a LoginRequest, are a username that is no UTF-8.
        assert_eq!(
            call(&server, LOGIN, vec![0xff_u8, 0xfe]).await.unwrap_err().code(),
            Code::InvalidArgument
        );
    }

    #[tokio::test]
    async fn a_call_beyond_its_deadline_is_deadline_exceeded() {
        let engine = Engine::sqlite();
        let server = engine.start(&[]).await;
        let mut connection = http2(server.address).await;
        // Shorter than a password takes.
        let mut request = grpc_request(LOGIN, body(login("ann")));
        request.headers_mut().insert("grpc-timeout", "1m".parse().unwrap());
        let response = connection.send_request(request).await.unwrap();
        assert_eq!(code(response.headers()), Code::DeadlineExceeded);
        let mut request = grpc_request(LOGIN, body(login("ann")));
        request.headers_mut().insert("grpc-timeout", "1M".parse().unwrap());
        let response = connection.send_request(request).await.unwrap();
        assert_eq!(code(response.headers()), Code::Unauthenticated);
    }
}

mod limits {
    use super::*;

    #[tokio::test]
    async fn silent_connections_time_out() {
        let engine = Engine::sqlite();
        let server = engine.start(&["--handshake-seconds", "1"]).await;
        let mut connections = Vec::new();
        for said in ["", "PRI * HTTP/2.0\r\n", "POST / HTTP/1.1\r\nHost: localhost\r\n"] {
            let mut stream = TcpStream::connect(server.address).await.unwrap();
            stream.write_all(said.as_bytes()).await.unwrap();
            connections.push(until_hung_up(stream));
        }
        futures_util::future::join_all(connections).await;
        // The test's own connection is as old, and stays open since its handshake is complete.
        server.register("ann").await;
    }

    #[tokio::test]
    async fn connections_per_source_are_limited() {
        let engine = Engine::sqlite();
        // One is the test's own.
        let server = engine.start(&["--max-connections-per-source", "3"]).await;
        server.register("ann").await;
        let mut two = [http2(server.address).await, http2(server.address).await];
        for connection in &mut two {
            // The response shows that the connection is counted.
            connection.send_request(grpc_request("/", body(Bytes::new()))).await.unwrap();
        }
        let turned_away = TcpStream::connect(server.address).await.unwrap();
        assert!(until_hung_up(turned_away).await.is_empty());
        server.login("ann").await;

        drop(two);
        let freed = async {
            loop {
                let mut stream = TcpStream::connect(server.address).await.unwrap();
                if stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.is_ok()
                    && !until_hung_up(stream).await.is_empty()
                {
                    return;
                }
            }
        };
        tokio::time::timeout(PATIENCE, freed).await.expect("a place is given back");
    }

    #[tokio::test]
    async fn connections_in_total_are_limited() {
        let engine = Engine::sqlite();
        let server = engine.start(&["--max-connections", "1"]).await;
        let turned_away = TcpStream::connect(server.address).await.unwrap();
        assert!(until_hung_up(turned_away).await.is_empty());
        server.register("ann").await;
    }
}

mod stopping {
    use super::*;

    #[tokio::test]
    async fn a_shutdown_ends_watches_with_unavailable() {
        let engine = Engine::sqlite();
        let server = engine.start(&[]).await;
        let token = server.person("ann").await;
        let watch = with_token(&token, WatchChangesRequest::default());
        let mut events = server.todos().watch_changes(watch).await.unwrap().into_inner();
        while !matches!(events.message().await.unwrap().unwrap().event, Some(Event::Synced(_))) {}
        // Idle connections.
        let idle = (server.channel.clone(), http2(server.address).await);
        let started = Instant::now();
        let stopped = tokio::spawn(server.stop());
        assert_eq!(events.message().await.unwrap_err().code(), Code::Unavailable);
        drop(events);
        stopped.await.unwrap();
        drop(idle);
        assert!(started.elapsed() < Duration::from_secs(5), "it did not wait for the drain limit");
    }

    #[tokio::test]
    async fn a_shutdown_waits_for_calls_in_flight() {
        let engine = Engine::sqlite();
        let server = engine.start(&[]).await;
        server.register("ann").await;
        let mut connection = http2(server.address).await;
        let (sender, parts) = body_in_parts();
        let message = login("ann");
        sender.send(Ok(Frame::data(message.slice(..7)))).await.unwrap();
        let response = connection.send_request(grpc_request(LOGIN, parts));
        // A later call on the same connection is answered, so the first one has arrived.
        let other = connection.send_request(grpc_request("/", body(Bytes::new())));
        let (response, ()) = tokio::join!(response, async {
            assert_eq!(code(other.await.unwrap().headers()), Code::Unimplemented);
            server.shutdown.cancel();
            sender.send(Ok(Frame::data(message.slice(7..)))).await.unwrap();
            drop(sender);
        });
        let answer = response.unwrap().into_body().collect().await.unwrap();
        assert_eq!(code(answer.trailers().unwrap()), Code::Ok);
        drop((connection, server.channel));
        server.task.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_shutdown_ends_stalled_connections_in_time() {
        let engine = Engine::sqlite();
        let server = engine.start(&["--drain-seconds", "2"]).await;
        let silent = TcpStream::connect(server.address).await.unwrap();
        let mut half = TcpStream::connect(server.address).await.unwrap();
        half.write_all(b"PRI * HTTP/2.0\r\n\r\n").await.unwrap();
        let mut connection = http2(server.address).await;
        let (_never, parts) = body_in_parts();
        let call = tokio::spawn(connection.send_request(grpc_request(LOGIN, parts)));
        server.register("ann").await;
        let Server { channel, shutdown, task, .. } = server;

        let started = Instant::now();
        shutdown.cancel();
        task.await.unwrap().unwrap();
        assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
        assert!(call.await.unwrap().is_err(), "cut off");
        drop((silent, half, channel));
        engine.start(&[]).await;
    }
}
