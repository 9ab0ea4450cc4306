//! The load generator: 64 calls at a time over 4 connections, 4 where each makes many todos.
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
use todo_proto::todo::v1::{CompleteTodosRequest, GetTodoRequest, ReopenTodosRequest};
use tokio::{net::TcpStream, task::JoinSet};

use crate::{
    population::{Account, Population},
    requests::{BATCH, batch_of_new_todos, first, new_title, new_todo, open_20_by_due, request_id},
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
    /// A todo is completed and reopened, in turns.
    Complete,
    /// A todo gets another title.
    Update,
    /// [`BATCH`] new todos in one call.
    BatchCreate,
}

/// Calls waiting to be made, on open connections.
pub(crate) struct Load {
    callers: Vec<Caller>,
}

/// Makes one call after the other.
#[derive(Clone)]
struct Caller {
    connection: SendRequest<Bytes>,
    service: Arc<str>,
    headers: HeaderMap,
    messages: Messages,
}

/// What the calls of one caller carry.
#[derive(Clone)]
enum Messages {
    /// These in turn, to one method.
    Fixed(Uri, Arc<[Bytes]>),
    /// A change that was not asked for before, of this todo where it needs one.
    Change(Call, String),
}

impl Load {
    pub(crate) async fn new(url: &str, call: Call, population: &Population) -> Result<Self> {
        let mut accounts = population.accounts.iter().cycle();
        let mut callers = Vec::new();
        for _ in 0..CONNECTIONS {
            let connection = connect(url).await?;
            for _ in 0..call.callers() / CONNECTIONS {
                let account = accounts.next().context("no accounts")?;
                let service = format!("{url}/todo.v1.TodoService");
                callers.push(Caller {
                    connection: connection.clone(),
                    messages: call.messages(&service, account)?,
                    service: service.into(),
                    headers: headers(account)?,
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
            let (uri, message) = self.messages.get(&self.service, answered)?;
            self.call(uri, message).await?;
            answered += 1;
        }
        Ok(answered)
    }

    async fn call(&mut self, uri: Uri, message: Bytes) -> Result<()> {
        let mut request = Request::new(());
        *request.method_mut() = Method::POST;
        *request.version_mut() = Version::HTTP_2;
        *request.uri_mut() = uri;
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
    fn get(&self, service: &str, index: u32) -> Result<(Uri, Bytes)> {
        Ok(match self {
            Self::Fixed(uri, messages) => (uri.clone(), messages[index as usize % messages.len()].clone()),
            Self::Change(call, todo) => {
                let (method, message) = call.change(todo, index)?;
                (format!("{service}/{method}").parse()?, message)
            }
        })
    }
}

impl Call {
    /// How many call at a time.
    fn callers(self) -> usize {
        if matches!(self, Self::BatchCreate) { CONNECTIONS } else { CONNECTIONS * CALLS_PER_CONNECTION }
    }

    fn messages(self, service: &str, account: &Account) -> Result<Messages> {
        let fixed = |method: &str, messages: Vec<Bytes>| {
            Ok(Messages::Fixed(format!("{service}/{method}").parse()?, messages.into()))
        };
        match self {
            Self::Get => {
                let get = |id: &String| framed(&GetTodoRequest { id: id.clone() });
                fixed("GetTodo", account.todos.iter().map(get).collect())
            }
            Self::List(todos) => fixed("ListTodos", vec![framed(&first(todos))]),
            Self::ListDue => fixed("ListTodos", vec![framed(&open_20_by_due())]),
            Self::Create | Self::Complete | Self::Update | Self::BatchCreate => {
                Ok(Messages::Change(self, account.todos.first().cloned().unwrap_or_default()))
            }
        }
    }

    /// The method and the message of the next change.
    fn change(self, todo: &str, index: u32) -> Result<(&'static str, Bytes)> {
        let (ids, request_id) = (vec![todo.to_owned()], request_id());
        Ok(match self {
            Self::Create => ("CreateTodo", framed(&new_todo(index))),
            Self::Complete if index.is_multiple_of(2) => {
                let request = CompleteTodosRequest { ids, request_id, ..Default::default() };
                ("CompleteTodos", framed(&request))
            }
            Self::Complete => {
                ("ReopenTodos", framed(&ReopenTodosRequest { ids, request_id, ..Default::default() }))
            }
            Self::Update => ("UpdateTodos", framed(&new_title(ids, index))),
            Self::BatchCreate => ("BatchCreateTodos", framed(&batch_of_new_todos(BATCH, index))),
            Self::Get | Self::List(_) | Self::ListDue => bail!("a read is the same each time"),
        })
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
