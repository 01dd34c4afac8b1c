//! Certificate and key of an encrypted listener.

use std::path::Path;
use std::sync::Arc;

use kit::problem::Fault;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// What an encrypted listener needs.
#[derive(Clone)]
pub struct Tls(pub(crate) Arc<ServerConfig>);

impl Tls {
    /// Reads the certificates, the server's own first, and the private key, both PEM files.
    ///
    /// # Errors
    /// A fault when a file cannot be read or the two do not belong together.
    pub fn from_files(certificates: &Path, key: &Path) -> Result<Tls, Fault> {
        let cannot = |path: &Path| format!("cannot read {}", path.display());
        let chain: Result<Vec<_>, _> =
            CertificateDer::pem_file_iter(certificates).and_then(|certificates| certificates.collect());
        let chain = chain.map_err(|e| Fault::new(cannot(certificates), e))?;
        let key_der = PrivateKeyDer::from_pem_file(key).map_err(|e| Fault::new(cannot(key), e))?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key_der));
        let mut config = config.map_err(|e| Fault::new("certificate and key do not make a TLS listener", e))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Tls(Arc::new(config)))
    }
}
