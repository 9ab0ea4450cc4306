//! TLS, ended by the server itself: for everybody, between servers, and with certificates that are replaced.

use std::{fs, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use todo_sdk::{Client, ClientBuilder, Event, RetryPolicy};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::{
    certificates::{Authority, Signed},
    postgres,
    process::ServerProcess,
    support::PASSWORD,
    wait::{PATIENCE, until},
};

/// A server with this certificate, and with more flags.
fn start(signed: &Signed, flags: &[&str]) -> ServerProcess {
    let tls = signed.flags();
    ServerProcess::start(&tls.iter().map(String::as_str).chain(flags.iter().copied()).collect::<Vec<_>>())
}

/// A client that trusts this authority, without retries.
fn builder(server: &ServerProcess, authority: &Authority) -> ClientBuilder {
    let url = format!("https://{}", server.address());
    Client::builder().endpoint(url).ca_certificate_pem(authority.pem()).retry(RetryPolicy::none())
}

async fn person(client: &Client) -> Client {
    client.register("ann", &PASSWORD.into(), None).await.unwrap();
    let token = client.login("ann", &PASSWORD.into(), "tests").await.unwrap().token;
    client.with_token(token)
}

async fn handshake(server: &ServerProcess, authority: &Authority) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.pem().as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(server.address()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

/// The certificate that the server shows now.
async fn shown(server: &ServerProcess, authority: &Authority) -> CertificateDer<'static> {
    let stream = handshake(server, authority).await;
    stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()
}

/// What a browser gets over this connection.
async fn sign_in_page(mut stream: TlsStream<TcpStream>) -> String {
    let request = b"GET /sign-in HTTP/1.1\r\nHost: todo.example.com\r\nConnection: close\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).await.unwrap();
    page
}

#[tokio::test]
async fn calls_and_pages_are_served_over_tls() {
    let authority = Authority::new();
    let server = start(&authority.sign("server"), &[]);
    let ann = person(&builder(&server, &authority).connect().await.unwrap()).await;
    ann.create_todo("Buy milk").await.unwrap();
    let stranger = Authority::new();
    assert!(builder(&server, &stranger).connect().await.unwrap_err().is_unavailable());

    let page = sign_in_page(handshake(&server, &authority).await).await;
    assert!(page.starts_with("HTTP/1.1 200 "), "{page}");
    assert!(page.contains("strict-transport-security: "), "{page}");
}

#[tokio::test]
async fn a_reloaded_certificate_does_not_interrupt_open_streams() {
    let authority = Authority::new();
    let signed = authority.sign("server");
    let server = start(&signed, &[]);
    let ann = person(&builder(&server, &authority).connect().await.unwrap()).await;
    let mut events = ann.watch_changes();
    while events.next().await.unwrap().unwrap() != Event::Synced {}
    let before = shown(&server, &authority).await;
    let mut open = handshake(&server, &authority).await;
    // More than the server waits for, and less than a request.
    open.write_all(b"GET /sign-in HTTP/1.1\r\n").await.unwrap();

    authority.sign("server");
    assert_eq!(shown(&server, &authority).await, before, "it is not reloaded yet");
    server.signal("HUP");
    until("the new certificate is shown", async || shown(&server, &authority).await != before).await;
    let after = shown(&server, &authority).await;

    fs::write(&signed.key, "no key").unwrap();
    server.signal("HUP");
    until("the failed reload is logged", async || server.log().contains("--tls-key")).await;
    assert_eq!(shown(&server, &authority).await, after, "an unusable certificate is not loaded");

    // Open connections continue.
    open.write_all(b"Host: todo.example.com\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut page = String::new();
    open.read_to_string(&mut page).await.unwrap();
    assert!(page.starts_with("HTTP/1.1 200 "), "{page}");
    ann.create_todo("Buy milk").await.unwrap();
    let event = tokio::time::timeout(PATIENCE, events.next()).await.unwrap().unwrap().unwrap();
    assert!(matches!(event, Event::Todo { .. } | Event::Project { .. }), "{event:?}");
}

#[tokio::test]
async fn stalled_tls_handshakes_time_out() {
    let authority = Authority::new();
    let server = start(&authority.sign("server"), &["--handshake-seconds", "1"]);
    // Nothing, the beginning of a ClientHello, and no TLS.
    for said in [&b""[..], &[22, 3, 1, 2, 0, 1, 0], b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(said).await.unwrap();
        let mut answer = Vec::new();
        let hung_up = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
        assert!(hung_up.is_ok(), "{said:?}");
    }
    // Silence after the handshake.
    let mut stream = handshake(&server, &authority).await;
    let hung_up = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut Vec::new())).await;
    assert!(hung_up.is_ok());
}

#[tokio::test]
async fn clients_without_a_required_certificate_are_refused() {
    let Some(database) = postgres::database() else { return };
    let authority = Authority::new();
    let (ca, signed) = (authority.file(), authority.sign("server"));
    let ca = ca.to_str().unwrap();
    let auth = start(&signed, &["--database", &database, "--role", "auth", "--tls-client-ca", ca]);
    let error = builder(&auth, &authority).connect_lazy().unwrap().account().await.unwrap_err();
    assert!(error.is_unavailable(), "{error:?}");
    let elsewhere = Authority::new();
    let stranger = elsewhere.sign("stranger");
    let with = |signed: &Signed| {
        let (certificate, key) = (fs::read(&signed.certificate), fs::read_to_string(&signed.key));
        builder(&auth, &authority).client_certificate_pem(certificate.unwrap(), key.unwrap()).connect_lazy()
    };
    assert!(with(&stranger).unwrap().account().await.unwrap_err().is_unavailable());
    let ann = person(&with(&signed).unwrap()).await;

    let url = format!("https://{}", auth.address());
    let Signed { certificate, key } = &signed;
    let (certificate, key) = (certificate.to_str().unwrap(), key.to_str().unwrap());
    let mut flags = vec!["--database", &database, "--role", "todo", "--auth-url", &url];
    flags.extend(["--backend-ca", ca, "--backend-cert", certificate, "--backend-key", key]);
    let todo = start(&signed, &flags);
    let token = ann.login("ann", &PASSWORD.into(), "tests").await.unwrap().token;
    let todos = builder(&todo, &authority).token(token.clone()).connect().await.unwrap();
    todos.create_todo("Buy milk").await.unwrap();

    // Without its own certificate, the role todo cannot validate tokens, and calls are unavailable.
    let todo = start(&signed, &flags[..flags.len() - 4]);
    let todos = builder(&todo, &authority).token(token).connect().await.unwrap();
    assert!(todos.create_todo("Buy milk").await.unwrap_err().is_unavailable());
}
