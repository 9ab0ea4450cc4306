//! [`Client`]: how a server is reached, and as whom.
//!
//! | file | what |
//! |---|---|
//! | `client.rs` | [`Client`], its identities and settings |
//! | `client/call.rs` | one call: its metadata, its deadline, its retries |
//! | `client/connect.rs` | [`Client::connect`] and the other ways to a connected client |
//! | `client/builder.rs` | [`ClientBuilder`]: addresses, certificates, time limits |
//! | `client/connector.rs` | connections as the builder describes them, TLS included |

mod builder;
mod call;
mod connect;
mod connector;

use std::{error::Error as StdError, fmt, net::IpAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use tonic::{
    body::Body,
    metadata::{Ascii, MetadataValue},
};
use tower::Service;

use crate::{
    GroupId, RequestId, RetryPolicy, ServerUrl, Token,
    transport::{Transport, boxed},
};

pub use builder::ClientBuilder;
pub(crate) use call::{auth, todo};

/// The deadline of a call unless another is set.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection to a Todo server, or to the backends inside this process.
///
/// Cheap to clone: clones share the connection. All methods take `&self`, so one client serves a whole program. The
/// methods stand in the files of their areas: accounts in `auth.rs`, todos in `todos.rs`, projects in `projects.rs`,
/// changes as they happen in `watch.rs`.
///
/// Calls need a tokio runtime with its timer enabled, and with I/O enabled where the server is another process.
///
/// ```no_run
/// # async fn example() -> todo_sdk::Result<()> {
/// let client = todo_sdk::Client::connect("http://127.0.0.1:7878").await?;
/// let login = client.login("ada", &"correct horse".into(), "my program").await?;
/// let client = client.with_token(login.token);
///
/// let todo = client.create_todo("Buy milk").await?.into_inner();
/// println!("Created #{}", todo.number);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    authorization: Option<MetadataValue<Ascii>>,
    forwarded_for: Option<MetadataValue<Ascii>>,
    trace_parent: Option<MetadataValue<Ascii>>,
    correlation_id: Option<MetadataValue<Ascii>>,
    request_id: Option<RequestId>,
    group: Option<GroupId>,
    pub(crate) timeout: Duration,
    pub(crate) retry: RetryPolicy,
}

struct Shared {
    transport: Transport,
    server: Option<ServerUrl>,
    /// How the other side is called in the middle of a sentence.
    name: String,
}

impl Client {
    /// Uses any transport: the backends inside this process, a test's own service, a connector of your own.
    ///
    /// The service is called with gRPC requests whose URI is a path only, and is cloned for each of them.
    ///
    /// ```
    /// use std::convert::Infallible;
    /// use tonic::{Status, body::Body};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// // A server that has nothing.
    /// let service = tower::service_fn(async |_: http::Request<Body>| {
    ///     Ok::<_, Infallible>(Status::not_found("There is nothing here.").into_http::<Body>())
    /// });
    /// let client = todo_sdk::Client::from_service(service);
    /// let error = client.account().await.unwrap_err();
    /// assert!(error.is_not_found());
    /// # });
    /// ```
    pub fn from_service<S, B>(service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<Box<dyn StdError + Send + Sync>>,
        S::Future: Send,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        Self::new(boxed(service), None)
    }

    /// Calls over this transport, as nobody and with the default settings.
    fn new(transport: Transport, server: Option<ServerUrl>) -> Self {
        let name = server.as_ref().map_or_else(|| "the backend".to_owned(), server_name);
        Self {
            shared: Arc::new(Shared { transport, server, name }),
            authorization: None,
            forwarded_for: None,
            trace_parent: None,
            correlation_id: None,
            request_id: None,
            group: None,
            timeout: DEFAULT_TIMEOUT,
            retry: RetryPolicy::default(),
        }
    }

    /// Returns a client on the same connection that calls as the account of this token.
    ///
    /// ```no_run
    /// # async fn example(client: todo_sdk::Client) -> todo_sdk::Result<()> {
    /// let login = client.login("ada", &"correct horse".into(), "my program").await?;
    /// let client = client.with_token(login.token);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "a token is handed over, not lent to everybody")]
    pub fn with_token(&self, token: Token) -> Self {
        // A token is letters and digits, which every header can hold.
        let mut authorization: Option<MetadataValue<Ascii>> =
            format!("Bearer {}", token.expose()).parse().ok();
        if let Some(value) = &mut authorization {
            value.set_sensitive(true);
        }
        Self { authorization, ..self.clone() }
    }

    /// Returns a client that says for whom it calls: the address of the person behind a program that serves many. The
    /// server counts logins by it if it trusts this machine as a proxy.
    ///
    /// ```
    /// # async fn example(client: todo_sdk::Client, browser: std::net::IpAddr) -> todo_sdk::Result<()> {
    /// let password = "correct horse battery staple".into();
    /// let login = client.on_behalf_of(browser).login("ada", &password, "a browser").await?;
    /// # drop(login);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn on_behalf_of(&self, address: IpAddr) -> Self {
        // An address is letters, digits and colons, which every header can hold.
        Self { forwarded_for: address.to_string().parse().ok(), ..self.clone() }
    }

    /// Returns a client whose calls are part of a trace: they carry this `traceparent` of
    /// [W3C Trace Context](https://www.w3.org/TR/trace-context/). What is no header value is left out.
    ///
    /// Made by whatever traces your program, such as OpenTelemetry; the SDK itself depends on none.
    ///
    /// ```
    /// # async fn example(client: todo_sdk::Client) -> todo_sdk::Result<()> {
    /// let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    /// client.with_trace_parent(parent).create_todo("Buy milk").await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_trace_parent(&self, trace_parent: &str) -> Self {
        Self { trace_parent: trace_parent.parse().ok(), ..self.clone() }
    }

    /// Returns a client whose calls carry this id in `x-request-id`: the server logs them under it, and names it when
    /// something unexpected happens. 1 to 64 ASCII letters, digits and `-_.:/+=`; the server replaces any other, and what
    /// is no header value is left out.
    ///
    /// For a program that serves others and has an id for each of their requests. It has nothing to do with
    /// [`with_request_id`](Self::with_request_id), which makes retries safe.
    ///
    /// ```
    /// # async fn example(client: todo_sdk::Client) -> todo_sdk::Result<()> {
    /// client.with_correlation_id("order-4711").create_todo("Buy milk").await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_correlation_id(&self, id: &str) -> Self {
        Self { correlation_id: id.parse().ok(), ..self.clone() }
    }

    /// Returns a client whose change carries this request id, instead of one made for the call.
    ///
    /// Use it for one change, to be able to send that change again later, even after a restart of the program: the
    /// same change under the same id is applied once, and answers the same. Another change under the same id is
    /// refused with [`is_invalid_argument`](crate::Error::is_invalid_argument).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// let id = todo_sdk::RequestId::generate(); // write it down somewhere
    /// let first = client.with_request_id(id).create_todo("Buy milk").await?;
    /// let again = client.with_request_id(id).create_todo("Buy milk").await?;
    /// assert_eq!(first.value.id, again.value.id);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_request_id(&self, id: RequestId) -> Self {
        Self { request_id: Some(id), ..self.clone() }
    }

    /// Returns a client whose changes belong together: [`undo`](Self::undo) takes the group back, one change after another.
    ///
    /// For one thing that a person asked for and that takes several calls.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// let group = todo_sdk::GroupId::generate();
    /// for title in ["Milk", "Bread"] {
    ///     client.with_group(group).create_todo(title).await?;
    /// }
    /// while client.undo(group).await?.remaining > 0 {}
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_group(&self, group: GroupId) -> Self {
        Self { group: Some(group), ..self.clone() }
    }

    /// Returns a client on the same connection with another deadline for each call, all its tries together.
    ///
    /// ```
    /// # use std::time::Duration;
    /// fn patient(client: &todo_sdk::Client) -> todo_sdk::Client {
    ///     client.with_timeout(Duration::from_secs(60))
    /// }
    /// ```
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Self { timeout, ..self.clone() }
    }

    /// Returns a client on the same connection that tries again by other rules.
    ///
    /// ```
    /// fn impatient(client: &todo_sdk::Client) -> todo_sdk::Client {
    ///     client.with_retry(todo_sdk::RetryPolicy::none())
    /// }
    /// ```
    #[must_use]
    pub fn with_retry(&self, retry: RetryPolicy) -> Self {
        Self { retry, ..self.clone() }
    }

    /// Returns the address of the server; `None` for a client made by [`from_service`](Self::from_service).
    ///
    /// ```
    /// fn place(client: &todo_sdk::Client) -> String {
    ///     client.server().map_or("this process".to_owned(), ToString::to_string)
    /// }
    /// ```
    #[must_use]
    pub fn server(&self) -> Option<&ServerUrl> {
        self.shared.server.as_ref()
    }
}

/// How a server is called in the middle of a sentence.
fn server_name(server: &ServerUrl) -> String {
    format!("the server at {server}")
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("server", &self.shared.server)
            .field("authenticated", &self.authorization.is_some())
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
