//! The baseline: a tonic service in a process of its own that answers every method with fixed bytes.

use std::{
    convert::Infallible,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    process::{Child, Command, Stdio},
    task::{Context, Poll},
};

use anyhow::{Context as _, Result};
use bytes::{Buf as _, BufMut as _, Bytes};
use prost::Message as _;
use todo_proto::todo::v1::{GetTodoRequest, todo_service_client::TodoServiceClient};
use tokio::net::TcpListener;
use tonic::{
    Request, Response, Status,
    body::Body,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    server::{Grpc, NamedService, UnaryService},
    transport::{Server, server::TcpIncoming},
};
use tower::Service;

use crate::{
    population::{Population, connect, signed},
    process::ServerProcess,
    requests::first,
};

/// The argument by which this program runs as the baseline.
pub(crate) const SUBCOMMAND: &str = "echo";

/// The baseline's responses, encoded.
pub(crate) struct Answers {
    pub(crate) get: Vec<u8>,
    pub(crate) list: Vec<u8>,
}

impl Answers {
    /// What the server answers to one of each kind of read, with as many todos in a list.
    pub(crate) async fn of(server: &ServerProcess, population: &Population, listed: i32) -> Result<Self> {
        let mut client = TodoServiceClient::new(connect(server).await?);
        let account = population.accounts.first().context("no accounts")?;
        let id = account.todos.first().context("no todos")?.clone();
        let get = client.get_todo(signed(account.metadata.clone(), GetTodoRequest { id })).await?;
        let mut client = client.max_decoding_message_size(usize::MAX);
        let list = client.list_todos(signed(account.metadata.clone(), first(listed))).await?;
        Ok(Self { get: get.into_inner().encode_to_vec(), list: list.into_inner().encode_to_vec() })
    }
}

/// The running process.
pub(crate) struct Echo {
    child: Child,
    url: String,
}

impl Echo {
    /// Starts the process and hands it what to answer.
    pub(crate) fn start(answers: &Answers) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(SUBCOMMAND)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut input = child.stdin.take().context("no pipe to the baseline")?;
        input.write_all(&u32::try_from(answers.get.len())?.to_be_bytes())?;
        input.write_all(&answers.get)?;
        input.write_all(&answers.list)?;
        drop(input);
        let mut url = String::new();
        BufReader::new(child.stdout.take().context("no pipe from the baseline")?).read_line(&mut url)?;
        Ok(Self { child, url: url.trim().to_owned() })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Runs the baseline: reads the responses from standard input and prints its address on standard output.
pub(crate) async fn serve() -> Result<()> {
    let mut input = Vec::new();
    std::io::stdin().read_to_end(&mut input)?;
    let mut input = Bytes::from(input);
    let length = usize::try_from(input.get_u32())?;
    let get = input.split_to(length);
    let service = Fixed { get, list: input };

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    Server::builder().add_service(service).serve_with_incoming(incoming).await?;
    Ok(())
}

/// Answers in the place of `todo.v1.TodoService`.
#[derive(Clone)]
struct Fixed {
    get: Bytes,
    list: Bytes,
}

impl NamedService for Fixed {
    const NAME: &'static str = "todo.v1.TodoService";
}

impl Service<http::Request<Body>> for Fixed {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = futures_util::future::BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let answer = if request.uri().path().ends_with("/GetTodo") { &self.get } else { &self.list };
        let answer = Answer(answer.clone());
        Box::pin(async move { Ok(Grpc::new(RawCodec).unary(answer, request).await) })
    }
}

struct Answer(Bytes);

impl UnaryService<Bytes> for Answer {
    type Response = Bytes;
    type Future = std::future::Ready<Result<Response<Bytes>, Status>>;

    fn call(&mut self, _: Request<Bytes>) -> Self::Future {
        std::future::ready(Ok(Response::new(self.0.clone())))
    }
}

/// Takes messages as they are.
struct RawCodec;

impl Codec for RawCodec {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for RawCodec {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(message);
        Ok(())
    }
}

impl Decoder for RawCodec {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}
