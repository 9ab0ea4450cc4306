//! [`Client`] and its builder: how a server is reached, and as whom.

use std::{error::Error as StdError, fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use todo_proto::{
    auth::v1::auth_service_client::AuthServiceClient, todo::v1::todo_service_client::TodoServiceClient,
};
use tonic::{
    Status,
    body::Body,
    metadata::{Ascii, MetadataValue},
    transport::{Certificate, ClientTlsConfig, Endpoint},
};
use tower::Service;

use crate::{
    Error, RequestId, Result, RetryPolicy, ServerUrl, Token,
    retry::{Repeat, wait},
    transport::{Transport, boxed},
};

/// A list of a thousand todos with long descriptions is 64 MiB, and more with everything around them.
const MAX_ANSWER: usize = 128 * 1024 * 1024;
const BEGIN_CERTIFICATE: &[u8] = b"-----BEGIN CERTIFICATE-----";
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Finds out that the peer is gone while a watch is silent; sent only while a call is open.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection to a Todo server, or to the backends inside this process.
///
/// Cheap to clone: clones share the connection. All methods take `&self`, so one client serves a whole program. The
/// methods stand in the files of their areas: accounts in `auth.rs`, todos in `todos.rs`, projects in `projects.rs`,
/// changes as they happen in `watch.rs`.
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
    request_id: Option<RequestId>,
    pub(crate) timeout: Duration,
    pub(crate) retry: RetryPolicy,
}

struct Shared {
    transport: Transport,
    server: Option<ServerUrl>,
}

impl Client {
    /// Starts to describe a connection.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # async fn example() -> todo_sdk::Result<()> {
    /// let client = todo_sdk::Client::builder()
    ///     .endpoint("https://todo.example.com")
    ///     .timeout(Duration::from_secs(30))
    ///     .connect()
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// Connects to a server with the default settings: `https://HOST[:PORT]`, or `http://` for one on this machine.
    ///
    /// ```no_run
    /// # async fn example() -> todo_sdk::Result<()> {
    /// let client = todo_sdk::Client::connect("http://127.0.0.1:7878").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn connect(endpoint: impl Into<String>) -> Result<Self> {
        Self::builder().endpoint(endpoint).connect().await
    }

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
        Self::new(boxed(service), None, &ClientBuilder::new())
    }

    fn new(transport: Transport, server: Option<ServerUrl>, settings: &ClientBuilder) -> Self {
        let client = Self {
            shared: Arc::new(Shared { transport, server }),
            authorization: None,
            request_id: None,
            timeout: settings.timeout,
            retry: settings.retry,
        };
        match settings.token.clone() {
            Some(token) => client.with_token(token),
            None => client,
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

    /// Returns a client whose change carries this request id, instead of one made for the call.
    ///
    /// Use it for one change, to be able to send that change again later, even after a restart of the program: the
    /// same change under the same id is applied once, and answers the same. Another change under the same id is
    /// refused with [`is_invalid_argument`](Error::is_invalid_argument).
    ///
    /// ```no_run
    /// # async fn example(client: todo_sdk::Client) -> todo_sdk::Result<()> {
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

    pub(crate) fn transport(&self) -> Transport {
        self.shared.transport.clone()
    }

    /// A request of this message as this client's caller.
    pub(crate) fn request<T>(&self, message: T) -> tonic::Request<T> {
        let mut request = tonic::Request::new(message);
        if let Some(authorization) = &self.authorization {
            request.metadata_mut().insert("authorization", authorization.clone());
        }
        request
    }

    /// The id of the change about to be sent, the same over all its tries.
    pub(crate) fn request_id(&self) -> String {
        self.request_id.unwrap_or_else(RequestId::generate).to_string()
    }

    pub(crate) fn error(&self, status: Status) -> Error {
        Error::from_status(status, &self.server_name(), self.timeout)
    }

    pub(crate) fn deadline_error(&self) -> Error {
        Error::deadline(&self.server_name(), self.timeout)
    }

    fn server_name(&self) -> String {
        match &self.shared.server {
            Some(server) => format!("the server at {server}"),
            None => "the backend".to_owned(),
        }
    }
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

/// The generated client of `auth.v1` over a transport.
pub(crate) fn auth(transport: Transport) -> AuthServiceClient<Transport> {
    AuthServiceClient::new(transport).max_decoding_message_size(MAX_ANSWER)
}

/// The generated client of `todo.v1` over a transport.
pub(crate) fn todo(transport: Transport) -> TodoServiceClient<Transport> {
    TodoServiceClient::new(transport).max_decoding_message_size(MAX_ANSWER)
}

/// Describes a connection; made by [`Client::builder`].
///
/// ```no_run
/// use std::time::Duration;
///
/// # async fn example(token: todo_sdk::Token) -> Result<(), Box<dyn std::error::Error>> {
/// let client = todo_sdk::Client::builder()
///     .endpoint("https://todo.example.com")
///     .ca_certificate_pem(std::fs::read("company-ca.pem")?)
///     .timeout(Duration::from_secs(30))
///     .token(token)
///     .connect()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct ClientBuilder {
    endpoint: Option<String>,
    ca_certificate_pem: Option<Vec<u8>>,
    timeout: Duration,
    connect_timeout: Duration,
    retry: RetryPolicy,
    token: Option<Token>,
    insecure_http: bool,
    user_agent: String,
}

impl ClientBuilder {
    fn new() -> Self {
        Self {
            endpoint: None,
            ca_certificate_pem: None,
            timeout: DEFAULT_TIMEOUT,
            connect_timeout: DEFAULT_CONNECT_TIMEOUT,
            retry: RetryPolicy::default(),
            token: None,
            insecure_http: false,
            user_agent: concat!("todo-sdk/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }

    /// Sets the address of the server: `https://HOST[:PORT]`, or `http://` for one on this machine. Required.
    ///
    /// ```
    /// let builder = todo_sdk::Client::builder().endpoint("https://todo.example.com");
    /// # let _ = builder;
    /// ```
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// Trusts these certificates in PEM, and no longer those that the operating system trusts.
    ///
    /// ```no_run
    /// let builder = todo_sdk::Client::builder().ca_certificate_pem(std::fs::read("company-ca.pem")?);
    /// # let _ = builder;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn ca_certificate_pem(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.ca_certificate_pem = Some(pem.as_ref().to_vec());
        self
    }

    /// Sets the deadline of each call, all its tries together. 10 seconds unless set. A watch has none once it runs.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let builder = todo_sdk::Client::builder().timeout(Duration::from_secs(30));
    /// # let _ = builder;
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how long one attempt to connect may take. 5 seconds unless set.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let builder = todo_sdk::Client::builder().connect_timeout(Duration::from_secs(1));
    /// # let _ = builder;
    /// ```
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how calls are tried again.
    ///
    /// ```
    /// let builder = todo_sdk::Client::builder().retry(todo_sdk::RetryPolicy::none());
    /// # let _ = builder;
    /// ```
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Calls as the account of this token.
    ///
    /// ```
    /// fn builder(token: todo_sdk::Token) -> todo_sdk::ClientBuilder {
    ///     todo_sdk::Client::builder().token(token)
    /// }
    /// ```
    pub fn token(mut self, token: Token) -> Self {
        self.token = Some(token);
        self
    }

    /// Allows `http://` to another machine. Passwords, tokens and todos can then be read on the way: only for a network
    /// that encrypts by itself, such as a VPN or a service mesh.
    ///
    /// ```
    /// let builder = todo_sdk::Client::builder().endpoint("http://10.0.0.7:7878").insecure_http(true);
    /// # let _ = builder;
    /// ```
    pub fn insecure_http(mut self, allowed: bool) -> Self {
        self.insecure_http = allowed;
        self
    }

    /// Sets how the program calls itself in the server's log.
    ///
    /// ```
    /// let builder = todo_sdk::Client::builder().user_agent("my-program/1.0");
    /// # let _ = builder;
    /// ```
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = name.into();
        self
    }

    /// Connects. Fails with [`is_unavailable`](Error::is_unavailable) if the server cannot be reached and with
    /// [`is_invalid_argument`](Error::is_invalid_argument) if the settings make no sense.
    ///
    /// ```no_run
    /// # async fn example() -> todo_sdk::Result<()> {
    /// let client = todo_sdk::Client::builder().endpoint("http://127.0.0.1:7878").connect().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn connect(self) -> Result<Client> {
        let (server, endpoint) = self.prepare()?;
        let mut failed = 0;
        let deadline = tokio::time::Instant::now() + self.timeout;
        loop {
            let error = match tokio::time::timeout_at(deadline, endpoint.connect()).await {
                Ok(Ok(channel)) => return Ok(Client::new(boxed(channel), Some(server), &self)),
                Ok(Err(source)) => Error::not_connected(&format!("the server at {server}"), source),
                Err(_) => return Err(Error::deadline(&format!("the server at {server}"), self.timeout)),
            };
            failed += 1;
            let Some(wait) = wait(&self.retry, Repeat::Safe, &error, failed, rand::random()) else {
                return Err(error);
            };
            if tokio::time::Instant::now() + wait >= deadline {
                return Err(error);
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// Returns a client that connects at its first call. Must be called inside a tokio runtime.
    ///
    /// ```no_run
    /// # async fn example() -> todo_sdk::Result<()> {
    /// let client = todo_sdk::Client::builder().endpoint("http://127.0.0.1:7878").connect_lazy()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn connect_lazy(self) -> Result<Client> {
        let (server, endpoint) = self.prepare()?;
        Ok(Client::new(boxed(endpoint.connect_lazy()), Some(server), &self))
    }

    fn prepare(&self) -> Result<(ServerUrl, Endpoint)> {
        let text = self.endpoint.as_deref().ok_or_else(|| {
            Error::invalid("No server to connect to was named.").with_hint("Call `endpoint` on the builder.")
        })?;
        let server: ServerUrl = text.parse()?;
        if !server.is_encrypted() && !server.is_loopback() && !self.insecure_http {
            return Err(Error::invalid(format!(
                "{server} is on another machine and not encrypted: passwords could be read on the way."
            ))
            .with_hint(
                "Use https://. On a network that encrypts by itself, allow it with `insecure_http`.",
            ));
        }
        let endpoint = Endpoint::from_shared(server.to_string())
            .and_then(|endpoint| endpoint.user_agent(self.user_agent.clone()))
            .map_err(|source| {
                Error::invalid("The settings of the connection are wrong.").with_source(source)
            })?
            .connect_timeout(self.connect_timeout)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
            .keep_alive_timeout(KEEPALIVE_TIMEOUT);
        if server.is_encrypted() {
            let endpoint = endpoint.tls_config(self.tls()?).map_err(|source| {
                Error::invalid("The certificates to trust cannot be used.")
                    .with_hint("Check that the file is a CA certificate in PEM.")
                    .with_source(source)
            })?;
            return Ok((server, endpoint));
        }
        Ok((server, endpoint))
    }

    fn tls(&self) -> Result<ClientTlsConfig> {
        let Some(pem) = &self.ca_certificate_pem else {
            return Ok(ClientTlsConfig::new().with_native_roots());
        };
        if !pem.windows(BEGIN_CERTIFICATE.len()).any(|window| window == BEGIN_CERTIFICATE) {
            return Err(Error::invalid("The CA certificate holds no certificate.")
                .with_hint("It must be PEM: text with a line `-----BEGIN CERTIFICATE-----`."));
        }
        Ok(ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)))
    }
}
