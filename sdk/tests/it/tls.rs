//! Encryption, and whom it trusts.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use todo_sdk::{Client, Error, RetryPolicy};
use tokio::net::TcpListener;
use tonic::{
    service::Routes,
    transport::{Identity, Server, ServerTlsConfig, server::TcpIncoming},
};

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut parameters = CertificateParams::new([]).unwrap();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap()
}

/// Starts a server that knows no method, with a certificate of this authority for this name. Returns its port.
async fn serve(authority: &CertifiedIssuer<'static, KeyPair>, name: &str) -> u16 {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, authority).unwrap();
    let identity = Identity::from_pem(certificate.pem(), key.serialize_pem());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = Server::builder().tls_config(ServerTlsConfig::new().identity(identity)).unwrap();
    let mut server = server;
    tokio::spawn(server.add_routes(Routes::default()).serve_with_incoming(TcpIncoming::from(listener)));
    port
}

async fn call(url: String, ca: Option<String>) -> Error {
    let mut builder = Client::builder().endpoint(url).retry(RetryPolicy::none());
    if let Some(ca) = ca {
        builder = builder.ca_certificate_pem(ca);
    }
    builder.connect_lazy().unwrap().account().await.unwrap_err()
}

#[tokio::test]
async fn a_given_authority_is_trusted_for_the_names_it_certifies() {
    let authority = authority();
    let port = serve(&authority, "localhost").await;
    let error = call(format!("https://localhost:{port}"), Some(authority.pem())).await;
    assert_eq!(error.code(), "UNIMPLEMENTED", "the call went through: {error:?}");

    let error = call(format!("https://127.0.0.1:{port}"), Some(authority.pem())).await;
    assert!(error.is_unavailable(), "another name is another server: {error:?}");
}

#[tokio::test]
async fn an_untrusted_certificate_is_refused_with_the_reason() {
    let port = serve(&authority(), "localhost").await;
    for ca in [None, Some(authority().pem())] {
        let error = call(format!("https://localhost:{port}"), ca).await;
        assert!(error.is_unavailable());
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains("certificate"), "{cause}");
    }
}

#[tokio::test]
async fn a_replica_that_hangs_in_the_handshake_is_ejected() {
    let authority = authority();
    let port = serve(&authority, "127.0.0.1").await;
    // Connections are accepted, and never answered.
    let hung = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", hung.local_addr().unwrap());
    let client = Client::builder().endpoints([url, format!("https://127.0.0.1:{port}")]);
    let client = client.ca_certificate_pem(authority.pem()).connect().await.unwrap();
    for _ in 0..4 {
        let error = client.account().await.unwrap_err();
        assert_eq!(error.code(), "UNIMPLEMENTED", "the call went through: {error:?}");
    }
}
