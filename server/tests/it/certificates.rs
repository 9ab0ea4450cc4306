//! Certificates for tests: an authority, and what it signs, in files.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;

/// An authority of its own, with a directory for what it signs.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    directory: TempDir,
}

/// A certificate and its key, in files.
pub(crate) struct Signed {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut parameters = CertificateParams::new([]).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap();
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { issuer, directory }
    }

    /// Its own certificate, in PEM.
    pub(crate) fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// The file with its own certificate.
    pub(crate) fn file(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }

    /// Signs a certificate for 127.0.0.1 and localhost, and writes it to files of this name. Those of the same name are
    /// replaced.
    pub(crate) fn sign(&self, name: &str) -> Signed {
        let key = KeyPair::generate().unwrap();
        let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &self.issuer).unwrap();
        let path = |ending: &str| self.directory.path().join(format!("{name}.{ending}"));
        let signed = Signed { certificate: path("pem"), key: path("key") };
        fs::write(&signed.certificate, certificate.pem()).unwrap();
        fs::write(&signed.key, key.serialize_pem()).unwrap();
        signed
    }
}

impl Signed {
    /// The flags of a server with this certificate.
    pub(crate) fn flags(&self) -> [String; 4] {
        let flag = |name: &str, path: &Path| [name.to_owned(), path.to_str().unwrap().to_owned()];
        let ([a, b], [c, d]) = (flag("--tls-cert", &self.certificate), flag("--tls-key", &self.key));
        [a, b, c, d]
    }
}
