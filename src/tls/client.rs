//! The one connector type: a rustls configuration and the name to verify.

use std::fmt;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::verifier::{AcceptAny, Strict};
use super::{failure, pem};
use crate::config::SslConfig;
use crate::error::{Error, IoError, Result};

/// A TLS client for one server name. Cheap to clone.
#[derive(Clone)]
pub struct TlsClient {
    config: Arc<ClientConfig>,
    server_name: ServerName<'static>,
}

/// The configuration would fill a page and ends in keys.
impl fmt::Debug for TlsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsClient")
            .field("server_name", &self.server_name)
            .finish_non_exhaustive()
    }
}

impl TlsClient {
    /// Builds the configuration; bad certificates or keys are found here.
    ///
    /// `host` is verified and, unless it is an IP address, sent as SNI; `servername` goes before it.
    pub fn new(ssl: &SslConfig, host: &str) -> Result<Self> {
        let name = ssl.servername.as_deref().filter(|name| !name.is_empty());
        let name = name.unwrap_or(host);
        let server_name = ServerName::try_from(name.to_owned()).map_err(|_| Error::Tls {
            code: None,
            message: format!(
                "{name:?} is neither a DNS name nor an IP address, so no certificate can be \
                 verified for it; set ssl.servername to the name in the server's certificate"
            ),
        })?;

        let provider = Arc::new(ring::default_provider());
        let verifier: Arc<dyn ServerCertVerifier> = if ssl.reject_unauthorized {
            let (roots, trusted) = roots(ssl)?;
            let webpki =
                WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                    .build();
            let webpki = webpki.map_err(|error| failure::unusable(&error))?;
            Arc::new(Strict::new(webpki, trusted))
        } else {
            Arc::new(AcceptAny::new(provider.signature_verification_algorithms))
        };
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| failure::from_rustls(&error))?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let config = match (&ssl.cert, &ssl.key) {
            (Some(cert), Some(key)) => builder
                .with_client_auth_cert(pem::certificates("ssl.cert", cert)?, pem::private_key(key)?)
                .map_err(|error| failure::from_rustls(&error))?,
            (None, None) => builder.with_no_client_auth(),
            (cert, _) => {
                let (given, missing) = match cert {
                    Some(_) => ("cert", "key"),
                    None => ("key", "cert"),
                };
                return Err(Error::Tls {
                    code: None,
                    message: format!("ssl.{given} is set without ssl.{missing}; give both or none"),
                });
            }
        };
        Ok(Self {
            config: Arc::new(config),
            server_name,
        })
    }

    /// Announces a protocol in the handshake.
    #[must_use]
    pub fn with_alpn(mut self, protocol: &[u8]) -> Self {
        Arc::make_mut(&mut self.config).alpn_protocols = vec![protocol.to_vec()];
        self
    }

    /// The rustls configuration, for other connectors.
    pub fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.config)
    }

    /// Encrypts a stream.
    pub async fn handshake<S>(&self, stream: S) -> Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let connector = TlsConnector::from(Arc::clone(&self.config));
        let name = self.server_name.clone();
        connector.connect(name, stream).await.map_err(|error| {
            if error.kind() == std::io::ErrorKind::UnexpectedEof {
                return failure::disconnected();
            }
            failure::error_of(&error).unwrap_or_else(|| Error::Io(IoError::new(&error, "read")))
        })
    }
}

/// The trusted roots, and those of them that the user named. `ca` replaces Mozilla's set, as in
/// Node; the extra ones only ever add to the latter.
fn roots(ssl: &SslConfig) -> Result<(RootCertStore, Vec<CertificateDer<'static>>)> {
    let mut roots = RootCertStore::empty();
    let (option, texts) = match &ssl.ca {
        Some(ca) => ("ssl.ca", ca),
        None => {
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
            ("NODE_EXTRA_CA_CERTS", &ssl.extra_ca)
        }
    };
    let mut named = Vec::new();
    for text in texts {
        named.extend(pem::certificates(option, text)?);
    }
    for certificate in &named {
        roots
            .add(certificate.clone())
            .map_err(|error| failure::from_rustls(&error))?;
    }
    Ok((roots, named))
}
