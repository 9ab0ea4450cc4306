//! [`ClientBuilder`]: addresses, certificates, time limits.

use std::{fmt, net::SocketAddr, sync::Arc, time::Duration};

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use tonic::transport::{ClientTlsConfig, Endpoint, Identity};

use super::{Client, server_name};
use crate::{
    Error, Result, RetryPolicy, Secret, ServerUrl, Token,
    balance::{Balanced, Company, Site},
    lanes::Lanes,
    retry::{Attempts, Repeat},
    transport::boxed,
};

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A server that says nothing while a call is open is asked whether it is there, and given up, after these times: a
/// watch may be silent for long.
const KEEPALIVE: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(10));
/// The same where there are others to turn to.
const KEEPALIVE_OF_REPLICA: (Duration, Duration) = (Duration::from_millis(700), Duration::from_millis(1_100));
const CONNECT_TIMEOUT_OF_REPLICA: Duration = Duration::from_secs(1);

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
#[derive(Clone)]
#[must_use]
pub struct ClientBuilder {
    endpoints: Vec<String>,
    ca_certificate_pem: Option<Vec<u8>>,
    client_certificate_pem: Option<(Vec<u8>, Secret)>,
    pub(super) timeout: Duration,
    connect_timeout: Duration,
    pub(super) retry: RetryPolicy,
    pub(super) token: Option<Token>,
    insecure_http: bool,
    user_agent: String,
}

impl ClientBuilder {
    pub(super) fn new() -> Self {
        Self {
            endpoints: Vec::new(),
            ca_certificate_pem: None,
            client_certificate_pem: None,
            timeout: DEFAULT_TIMEOUT,
            connect_timeout: DEFAULT_CONNECT_TIMEOUT,
            retry: RetryPolicy::default(),
            token: None,
            insecure_http: false,
            user_agent: concat!("todo-sdk/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }

    /// Sets the address of the server: `https://HOST[:PORT]`, or `http://` for one on this machine. Required, unless
    /// [`endpoints`](Self::endpoints) is called.
    ///
    /// A name that means several addresses is taken for as many replicas, see there.
    ///
    /// ```
    /// let builder = todo_sdk::Client::builder().endpoint("https://todo.example.com");
    /// # let _ = builder;
    /// ```
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoints = vec![endpoint.into()];
        self
    }

    /// Sets the addresses of several servers that are replicas of each other, on the same database.
    ///
    /// Calls are spread over all addresses behind all names, which are looked up anew now and then. A replica that
    /// breaks off, cannot be reached, does not answer for 2 seconds, or says that it is not available is left until it
    /// is back; calls that may be repeated are repeated on another, and watches go on there. [`Client::server`] and
    /// errors speak of the first address. All of them must be `https`, or none.
    ///
    /// ```
    /// let builder = todo_sdk::Client::builder()
    ///     .endpoints(["https://todo-1.example.com", "https://todo-2.example.com"]);
    /// # let _ = builder;
    /// ```
    pub fn endpoints<S: Into<String>>(mut self, endpoints: impl IntoIterator<Item = S>) -> Self {
        self.endpoints = endpoints.into_iter().map(Into::into).collect();
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

    /// Shows the server this certificate, in PEM and followed by those of the authorities between it and a root, if it
    /// asks for one. `key` is its private key, in PEM and not encrypted.
    ///
    /// ```no_run
    /// let (certificate, key) = (std::fs::read("client.pem")?, std::fs::read_to_string("client.key")?);
    /// let builder = todo_sdk::Client::builder().client_certificate_pem(certificate, key);
    /// # let _ = builder;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn client_certificate_pem(mut self, certificate: impl AsRef<[u8]>, key: impl Into<String>) -> Self {
        self.client_certificate_pem = Some((certificate.as_ref().to_vec(), Secret::from(key.into())));
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

    /// Sets how long one attempt to connect may take. 5 seconds unless set; at most 1 second where there are several
    /// [`endpoints`](Self::endpoints).
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
        let (server, way) = self.prepare()?;
        let name = server_name(&server);
        let attempts =
            Attempts { policy: self.retry, repeat: Repeat::Safe, timeout: self.timeout, server: &name };
        let transport = match way {
            Way::Direct(lanes) => {
                let connect =
                    async |_| lanes.connect().await.map_err(|error| Error::not_connected(&name, &error));
                attempts.run(connect).await?;
                boxed(lanes)
            }
            Way::Balanced(balanced) => {
                let connect =
                    async |_| balanced.connect().await.map_err(|error| Error::not_connected(&name, &*error));
                attempts.run(connect).await?;
                boxed(balanced)
            }
        };
        Ok(Client::new(transport, Some(server), &self))
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
        let (server, way) = self.prepare()?;
        let transport = match way {
            Way::Direct(lanes) => boxed(lanes),
            Way::Balanced(balanced) => boxed(balanced),
        };
        Ok(Client::new(transport, Some(server), &self))
    }

    /// The first server, and the way to all of them.
    fn prepare(&self) -> Result<(ServerUrl, Way)> {
        let servers = self.endpoints.iter().map(|text| self.server(text)).collect::<Result<Vec<_>>>()?;
        let Some(first) = servers.first().cloned() else {
            return Err(Error::invalid("No server to connect to was named.")
                .with_hint("Call `endpoint` on the builder."));
        };
        if servers.iter().any(|server| server.is_encrypted() != first.is_encrypted()) {
            return Err(Error::invalid("Some of the servers are https:// and some are http://.")
                .with_hint("Replicas are reached in one way: write all addresses alike."));
        }
        let tls = if first.is_encrypted() { Some(self.tls()?) } else { None };
        let settings = Settings { tls, user_agent: self.user_agent.clone(), timeout: self.connect_timeout };
        // What cannot be used is found out now, not at the first call.
        let endpoint = settings.endpoint(&first, first.to_string(), Company::Alone)?;
        if servers.len() == 1 && first.is_literal() {
            return Ok((first, Way::Direct(Lanes::lazy(endpoint))));
        }
        let settings = Arc::new(settings);
        let site = |server: ServerUrl| {
            let settings = Arc::clone(&settings);
            let (host, port) = (server.bare_host().to_owned(), server.port());
            let scheme = if server.is_encrypted() { "https" } else { "http" };
            let endpoint = move |address: SocketAddr, company| {
                Ok(settings.endpoint(&server, format!("{scheme}://{address}"), company)?)
            };
            Site { host, port, endpoint: Box::new(endpoint) }
        };
        Ok((first, Way::Balanced(Balanced::new(servers.into_iter().map(site).collect()))))
    }

    fn server(&self, text: &str) -> Result<ServerUrl> {
        let server: ServerUrl = text.parse()?;
        if !server.is_encrypted() && !server.is_loopback() && !self.insecure_http {
            return Err(Error::invalid(format!(
                "{server} is on another machine and not encrypted: passwords could be read on the way."
            ))
            .with_hint(
                "Use https://. On a network that encrypts by itself, allow it with `insecure_http`.",
            ));
        }
        Ok(server)
    }

    fn tls(&self) -> Result<ClientTlsConfig> {
        let config = ClientTlsConfig::new().trust_anchors(self.roots()?.roots);
        Ok(match &self.client_certificate_pem {
            Some((certificate, key)) => config.identity(Identity::from_pem(certificate, key.expose())),
            None => config,
        })
    }

    /// The authorities that a server's certificate is checked against.
    fn roots(&self) -> Result<RootCertStore> {
        let mut roots = RootCertStore::empty();
        let Some(pem) = &self.ca_certificate_pem else {
            let system = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(system.certs);
            if roots.is_empty() {
                let error =
                    Error::precondition("This system trusts no authority, so no server can be believed.")
                        .with_hint("Install the package ca-certificates, or name a CA certificate.");
                return Err(match system.errors.into_iter().next() {
                    Some(source) => error.with_source(source),
                    None => error,
                });
            }
            return Ok(roots);
        };
        // tonic would drop what it cannot use, and every connection would fail later with a riddle.
        let unusable = |source: Box<dyn std::error::Error + Send + Sync>| {
            Error::invalid("The CA certificate cannot be used.")
                .with_hint("It must be PEM: text with a line `-----BEGIN CERTIFICATE-----`.")
                .with_source(source)
        };
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|error| unusable(error.to_string().into()))?;
            roots.add(certificate).map_err(|error| unusable(error.into()))?;
        }
        if roots.is_empty() {
            return Err(unusable("it holds no certificate".into()));
        }
        Ok(roots)
    }
}

/// How the servers are reached.
enum Way {
    /// There is one address.
    Direct(Lanes),
    /// There may be several.
    Balanced(Balanced),
}

/// What all connections have in common.
struct Settings {
    tls: Option<ClientTlsConfig>,
    user_agent: String,
    timeout: Duration,
}

impl Settings {
    /// Describes a connection to this server at this address.
    fn endpoint(&self, server: &ServerUrl, address: String, company: Company) -> Result<Endpoint> {
        let (connecting, (interval, silence)) = match company {
            Company::Alone => (self.timeout, KEEPALIVE),
            Company::Others => (self.timeout.min(CONNECT_TIMEOUT_OF_REPLICA), KEEPALIVE_OF_REPLICA),
        };
        let wrong = |source| Error::invalid("The settings of the connection are wrong.").with_source(source);
        // Whatever the address: the certificate and the request are about the name.
        let origin = server.to_string().parse().map_err(|source: http::uri::InvalidUri| {
            Error::invalid("The address of the server cannot be used.").with_source(source)
        })?;
        let endpoint = Endpoint::from_shared(address)
            .and_then(|endpoint| endpoint.user_agent(self.user_agent.clone()))
            .map_err(wrong)?
            .origin(origin)
            .connect_timeout(connecting)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(interval)
            .keep_alive_timeout(silence);
        let Some(tls) = &self.tls else { return Ok(endpoint) };
        // Whoever hangs can be connected to, and then says nothing.
        let tls = tls.clone().domain_name(server.bare_host()).timeout(connecting);
        endpoint.tls_config(tls).map_err(|source| {
            Error::invalid("TLS cannot be set up.")
                .with_hint("A certificate and its key must be PEM, and belong to each other.")
                .with_source(source)
        })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("endpoints", &self.endpoints)
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("retry", &self.retry)
            .field("token", &self.token)
            .field("insecure_http", &self.insecure_http)
            .field("user_agent", &self.user_agent)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn builder(endpoint: &str) -> ClientBuilder {
        Client::builder().endpoint(endpoint)
    }

    /// An address that nobody listens on.
    fn nobody() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    }

    #[tokio::test]
    async fn plain_http_leaves_this_machine_only_if_allowed() {
        let error = builder("http://todo.example.com").connect_lazy().unwrap_err();
        assert!(error.is_invalid_argument());
        assert!(error.to_string().contains("not encrypted"));
        assert!(builder("http://todo.example.com").insecure_http(true).connect_lazy().is_ok());
        assert!(builder("http://localhost:7878").connect_lazy().is_ok());
        assert!(builder("https://todo.example.com").connect_lazy().is_ok());
    }

    #[tokio::test]
    async fn wrong_settings_are_explained() {
        let error = Client::builder().connect_lazy().unwrap_err();
        assert!(error.to_string().contains("No server"));
        let error =
            builder("https://todo.example.com").ca_certificate_pem("no PEM").connect_lazy().unwrap_err();
        assert!(error.hint().unwrap().contains("BEGIN CERTIFICATE"));
        let damaged = "-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n";
        let error =
            builder("https://todo.example.com").ca_certificate_pem(damaged).connect_lazy().unwrap_err();
        assert!(error.is_invalid_argument(), "{error:?}");
        let error = builder("https://todo.example.com").user_agent("two\nlines").connect_lazy().unwrap_err();
        assert!(error.is_invalid_argument());
    }

    #[tokio::test]
    async fn replicas_are_reached_in_one_way() {
        let builder = || Client::builder();
        let error =
            builder().endpoints(["https://a.example.com", "http://localhost"]).connect_lazy().unwrap_err();
        assert!(error.is_invalid_argument() && error.to_string().contains("https://"), "{error}");
        let error = builder().endpoints(["https://a.example.com", "nonsense"]).connect_lazy().unwrap_err();
        assert!(error.to_string().contains("nonsense"), "{error}");
        assert!(builder().endpoints(Vec::<String>::new()).connect_lazy().is_err());
        let client = builder().endpoints(["https://b.example.com", "https://a.example.com"]).connect_lazy();
        assert_eq!(client.unwrap().server().unwrap().to_string(), "https://b.example.com");
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_named() {
        let url = nobody();
        let quick = builder(&url).retry(RetryPolicy::none());
        for error in [
            quick.clone().connect().await.unwrap_err(),
            quick.connect_lazy().unwrap().account().await.unwrap_err(),
        ] {
            assert!(error.is_unavailable());
            assert_eq!(error.to_string(), format!("The server at {url} could not be reached."));
            let cause = std::error::Error::source(&error).unwrap().to_string();
            assert_eq!(cause.matches("refused").count(), 1, "{cause}");
            assert!(error.hint().is_some());
        }
    }

    #[test]
    fn debug_shows_no_token() {
        let text = "tdos_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf2I9IVe";
        let builder = builder("http://localhost").token(text.parse().unwrap());
        assert!(!format!("{builder:?}").contains(&text[5..]));
    }
}
