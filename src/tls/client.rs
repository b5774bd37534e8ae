//! The one connector type: a rustls configuration and the name to verify.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::verifier::{AcceptAny, Strict};
use super::{failure, pem};
use crate::config::SslConfig;
use crate::error::{Error, IoError, Result};

/// A TLS client for one server name. Cheap to clone.
#[derive(Debug, Clone)]
pub struct TlsClient {
    config: Arc<ClientConfig>,
    server_name: ServerName<'static>,
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
            let roots = Arc::new(roots(ssl)?);
            let webpki =
                WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider)).build();
            Arc::new(Strict::new(
                webpki.map_err(|error| failure::unusable(&error))?,
            ))
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
                .with_client_auth_cert(pem::certificates("cert", cert)?, pem::private_key(key)?)
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

/// `ca` replaces Mozilla's roots, as in Node; the extra ones only ever add to the latter.
fn roots(ssl: &SslConfig) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    let (option, own) = match &ssl.ca {
        Some(ca) => ("ca", ca),
        None => {
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
            ("NODE_EXTRA_CA_CERTS", &ssl.extra_ca)
        }
    };
    for text in own {
        for certificate in pem::certificates(option, text)? {
            roots
                .add(certificate)
                .map_err(|error| failure::from_rustls(&error))?;
        }
    }
    Ok(roots)
}
