//! TLS: the certificate that the server shows, and the clients that it lets in.
//!
//! The files are read at the start and again when the server is asked to. Connections that are open go on with what
//! they began with.

use std::{
    fs,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::WebPkiClientVerifier,
};
use tokio_rustls::TlsAcceptor;

use crate::{
    config::TlsSettings,
    error::{Error, Result},
};

/// What a new connection is met with.
pub(crate) struct Tls {
    settings: TlsSettings,
    current: RwLock<Arc<ServerConfig>>,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// [`Error::Startup`], naming the setting whose file cannot be used.
    pub(crate) fn read(settings: TlsSettings) -> Result<Self> {
        let current = RwLock::new(Arc::new(read(&settings)?));
        Ok(Self { settings, current })
    }

    /// Reads the files again. What cannot be used leaves everything as it is.
    pub(crate) fn reload(&self) -> Result<()> {
        let config = Arc::new(read(&self.settings)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)).into()
    }
}

fn read(settings: &TlsSettings) -> Result<ServerConfig> {
    let chain = certificates("tls-cert", &settings.certificate)?;
    let key = private_key("tls-key", &settings.key)?;
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(Error::internal)?;
    let builder = match &settings.client_ca {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let unusable =
                |error| unusable("tls-client-ca", path, error, "It holds the certificates of authorities.");
            let mut roots = RootCertStore::empty();
            for certificate in certificates("tls-client-ca", path)? {
                roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider).build();
            builder.with_client_cert_verifier(verifier.map_err(|error| unusable(error.to_string()))?)
        }
    };
    let mut config = builder.with_single_cert(chain, key).map_err(|error| {
        let hint = match &error {
            rustls::Error::InconsistentKeys(_) => {
                "The key of --tls-key must be the one that the certificate of --tls-cert was made for."
            }
            _ => "The first certificate in --tls-cert must be the server's own.",
        };
        Error::startup_because("TLS cannot be set up with --tls-cert and --tls-key.", error, hint)
    })?;
    config.alpn_protocols = vec![b"h2".into(), b"http/1.1".into()];
    Ok(config)
}

/// The certificates in a file, of which there is at least one.
fn certificates(setting: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let hint = "It must be PEM: text with a line `-----BEGIN CERTIFICATE-----`.";
    let text = text(setting, path)?;
    let found = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>();
    let found = found.map_err(|error| unusable(setting, path, error.to_string(), hint))?;
    if found.is_empty() {
        return Err(unusable(setting, path, "it holds no certificate".into(), hint));
    }
    Ok(found)
}

fn private_key(setting: &str, path: &Path) -> Result<PrivateKeyDer<'static>> {
    let hint = "It must be PEM: text with a line such as `-----BEGIN PRIVATE KEY-----`, and not encrypted.";
    PrivateKeyDer::from_pem_slice(&text(setting, path)?)
        .map_err(|error| unusable(setting, path, error.to_string(), hint))
}

fn text(setting: &str, path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| {
        unusable(setting, path, error.to_string(), "Check that the file is there and this user may read it.")
    })
}

fn unusable(setting: &str, path: &Path, why: String, hint: &str) -> Error {
    Error::startup_because(format!("The file {} of --{setting} cannot be used.", path.display()), why, hint)
}
