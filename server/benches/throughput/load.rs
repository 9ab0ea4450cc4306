//! The load generator: 64 calls at a time over 4 connections.
//!
//! It shares the cores with the server under test, and whatever it costs makes every server look alike. So it speaks
//! HTTP/2 itself, sends requests that are encoded already, and looks at nothing in an answer but its status.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use bytes::{BufMut as _, Bytes, BytesMut};
use h2::client::SendRequest;
use http::{HeaderMap, Method, Request, Uri, Version, header};
use prost::Message;
use todo_proto::todo::v1::GetTodoRequest;
use tokio::{net::TcpStream, task::JoinSet};

use crate::{
    population::{Account, Population},
    requests::{first, new_todo, open_20_by_due},
};

const CONNECTIONS: usize = 4;
const CALLS_PER_CONNECTION: usize = 16;
/// Bytes that a server may send before it has to wait for us: enough never to wait.
const WINDOW: u32 = 16 * 1024 * 1024;

/// What is called.
#[derive(Clone, Copy)]
pub(crate) enum Call {
    /// One todo, another one each time.
    Get,
    /// The first todos, as many.
    List(i32),
    /// The first 20 open todos by due time: what `todo` shows.
    ListDue,
    /// A new todo under a new request id.
    Create,
}

/// Calls waiting to be made, on open connections.
pub(crate) struct Load {
    callers: Vec<Caller>,
}

/// Makes one call after the other.
#[derive(Clone)]
struct Caller {
    connection: SendRequest<Bytes>,
    uri: Uri,
    headers: HeaderMap,
    messages: Messages,
}

/// What the calls of one caller carry.
#[derive(Clone)]
enum Messages {
    /// These in turn.
    Fixed(Arc<[Bytes]>),
    /// A new todo each time.
    Create,
}

impl Load {
    pub(crate) async fn new(url: &str, call: Call, population: &Population) -> Result<Self> {
        let mut accounts = population.accounts.iter().cycle();
        let mut callers = Vec::new();
        for _ in 0..CONNECTIONS {
            let connection = connect(url).await?;
            for _ in 0..CALLS_PER_CONNECTION {
                let account = accounts.next().context("no accounts")?;
                callers.push(Caller {
                    connection: connection.clone(),
                    uri: format!("{url}/todo.v1.TodoService/{}", call.method()).parse()?,
                    headers: headers(account)?,
                    messages: call.messages(account),
                });
            }
        }
        Ok(Self { callers })
    }

    /// Calls for as long and returns how many calls were answered a second. An error ends it.
    pub(crate) async fn run(&self, length: Duration) -> Result<f64> {
        let started = Instant::now();
        let end = started + length;
        let mut tasks = JoinSet::new();
        for caller in &self.callers {
            tasks.spawn(caller.clone().run_until(end));
        }
        let mut answered = 0_u32;
        while let Some(count) = tasks.join_next().await {
            answered += count??;
        }
        Ok(f64::from(answered) / started.elapsed().as_secs_f64())
    }
}

impl Caller {
    async fn run_until(mut self, end: Instant) -> Result<u32> {
        let mut answered = 0;
        while Instant::now() < end {
            self.call(self.messages.get(answered)).await?;
            answered += 1;
        }
        Ok(answered)
    }

    async fn call(&mut self, message: Bytes) -> Result<()> {
        let mut request = Request::new(());
        *request.method_mut() = Method::POST;
        *request.version_mut() = Version::HTTP_2;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        let (response, mut body) = self.connection.send_request(request, false)?;
        body.send_data(message, true)?;
        let mut response = response.await?;
        while let Some(data) = response.body_mut().data().await {
            let read = data?.len();
            response.body_mut().flow_control().release_capacity(read)?;
        }
        let trailers = response.body_mut().trailers().await?;
        let trailers = trailers.as_ref().unwrap_or(response.headers());
        if trailers.get("grpc-status").is_none_or(|status| status != "0") {
            bail!("refused: {trailers:?}");
        }
        Ok(())
    }
}

impl Messages {
    fn get(&self, index: u32) -> Bytes {
        match self {
            Self::Fixed(messages) => messages[index as usize % messages.len()].clone(),
            Self::Create => framed(&new_todo(index)),
        }
    }
}

impl Call {
    fn method(self) -> &'static str {
        match self {
            Self::Get => "GetTodo",
            Self::List(_) | Self::ListDue => "ListTodos",
            Self::Create => "CreateTodo",
        }
    }

    fn messages(self, account: &Account) -> Messages {
        match self {
            Self::Get => Messages::Fixed(
                account.todos.iter().map(|id| framed(&GetTodoRequest { id: id.clone() })).collect(),
            ),
            Self::List(todos) => Messages::Fixed([framed(&first(todos))].into()),
            Self::ListDue => Messages::Fixed([framed(&open_20_by_due())].into()),
            Self::Create => Messages::Create,
        }
    }
}

async fn connect(url: &str) -> Result<SendRequest<Bytes>> {
    let stream = TcpStream::connect(url.trim_start_matches("http://")).await?;
    stream.set_nodelay(true)?;
    let mut settings = h2::client::Builder::new();
    settings.initial_window_size(WINDOW).initial_connection_window_size(WINDOW);
    let (client, connection) = settings.handshake(stream).await?;
    tokio::spawn(connection);
    Ok(client.ready().await?)
}

fn headers(account: &Account) -> Result<HeaderMap> {
    let mut headers = account.metadata.clone().into_headers();
    headers.insert(header::CONTENT_TYPE, "application/grpc".parse()?);
    headers.insert(header::TE, "trailers".parse()?);
    Ok(headers)
}

/// A message as gRPC puts it into a body: not compressed, its length, and itself.
fn framed(message: &impl Message) -> Bytes {
    let mut bytes = BytesMut::with_capacity(5 + message.encoded_len());
    bytes.put_u8(0);
    bytes.put_u32(u32::try_from(message.encoded_len()).unwrap_or(u32::MAX));
    bytes.put(&*message.encode_to_vec());
    bytes.freeze()
}
