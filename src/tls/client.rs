//! The one connector type: a rustls configuration and the name to verify.

use std::fmt;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, HandshakeKind, SupportedProtocolVersion};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::cache::{self, Built};
use super::roots::{self, RootSet};
use super::trust::{Trust, readable};
use super::verifier::{AcceptAny, Strict};
use super::{failure, pem};
use crate::config::{SslConfig, TlsVersion};
use crate::error::{Error, IoError, Result};

/// Sessions to remember for each set of options: rustls keeps 8 for each of 32 servers.
const SESSIONS: usize = 256;

/// What the protocol above asks of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Terms {
    /// The protocol to announce in the handshake.
    pub alpn: Option<&'static [u8]>,
    /// Whether sessions of earlier connections may be taken up again.
    pub resumes: bool,
}

/// A TLS client for one server name. Cheap to clone.
#[derive(Clone)]
pub struct TlsClient {
    built: Built,
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
    /// Finds or builds the configuration; bad certificates or keys are found here.
    ///
    /// `host` is verified and, unless it is an IP address, sent as SNI; `servername` goes before it.
    pub fn new(ssl: &SslConfig, host: &str, terms: Terms) -> Result<Self> {
        let name = ssl.servername.as_deref().filter(|name| !name.is_empty());
        let name = name.unwrap_or(host);
        let server_name = ServerName::try_from(name.to_owned()).map_err(|_| Error::Tls {
            code: None,
            message: format!(
                "{name:?} is neither a DNS name nor an IP address, so no certificate can be \
                 verified for it; set ssl.servername to the name in the server's certificate"
            ),
        })?;

        let roots = match &ssl.ca {
            None if ssl.reject_unauthorized => roots::kept(ssl.roots),
            _ => None,
        };
        let key = cache::key(ssl, roots.as_deref(), terms);
        let built = cache::config_for(key, || build(ssl, roots.as_deref(), terms))?;
        Ok(Self { built, server_name })
    }

    /// Encrypts a stream.
    pub async fn handshake<S>(&self, stream: S) -> Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let connector = TlsConnector::from(Arc::clone(&self.built.config));
        let name = self.server_name.clone();
        let stream = connector.connect(name, stream).await.map_err(|error| {
            if error.kind() == std::io::ErrorKind::UnexpectedEof {
                return failure::disconnected();
            }
            failure::error_of(&error).unwrap_or_else(|| Error::Io(IoError::new(&error, "read")))
        })?;
        let (_, connection) = stream.get_ref();
        if connection.handshake_kind() == Some(HandshakeKind::Resumed) {
            self.verify_again(connection.peer_certificates().unwrap_or_default())?;
        }
        Ok(stream)
    }

    /// rustls asks nobody about a session that is taken up again, and each connection gets tickets for
    /// the next: a busy pool would never notice that a certificate has expired.
    fn verify_again(&self, chain: &[CertificateDer<'_>]) -> Result<()> {
        let verified = match chain {
            [] => Err(rustls::Error::NoCertificatesPresented),
            [end_entity, intermediates @ ..] => self.built.verifier.verify_server_cert(
                end_entity,
                intermediates,
                &self.server_name,
                &[],
                UnixTime::now(),
            ),
        };
        verified
            .map(|_| ())
            .map_err(|error| failure::from_rustls(&error))
    }
}

/// `ssl` as rustls takes it.
pub(super) fn build(ssl: &SslConfig, roots: Option<&RootSet>, terms: Terms) -> Result<Built> {
    let provider = Arc::new(ring::default_provider());
    let algorithms = provider.signature_verification_algorithms;
    let verifier: Arc<dyn ServerCertVerifier> = if ssl.reject_unauthorized {
        Arc::new(Strict::new(trust(ssl, roots)?, algorithms))
    } else {
        Arc::new(AcceptAny::new(algorithms))
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions(ssl)?)
        .map_err(|error| failure::from_rustls(&error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&verifier));
    let mut config = match (&ssl.cert, &ssl.key) {
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
    if let Some(protocol) = terms.alpn {
        config.alpn_protocols = vec![protocol.to_vec()];
    }
    config.resumption = if terms.resumes {
        Resumption::in_memory_sessions(SESSIONS)
    } else {
        Resumption::disabled()
    };
    Ok(Built {
        config: Arc::new(config),
        verifier,
    })
}

/// `ca` replaces the roots that Node trusts by itself.
fn trust(ssl: &SslConfig, roots: Option<&RootSet>) -> Result<Arc<Trust>> {
    let Some(texts) = &ssl.ca else {
        return Ok(roots.map_or_else(|| Arc::new(Trust::new(Vec::new())), RootSet::trust));
    };
    let certificates: Vec<_> = texts.iter().flat_map(|text| readable(text)).collect();
    if certificates.is_empty() && !texts.is_empty() {
        // The reader's complaint, if there is one.
        for text in texts {
            pem::certificates("ssl.ca", text)?;
        }
    }
    Ok(Arc::new(Trust::new(certificates)))
}

fn versions(ssl: &SslConfig) -> Result<Vec<&'static SupportedProtocolVersion>> {
    let all = [
        (TlsVersion::Tls12, &rustls::version::TLS12),
        (TlsVersion::Tls13, &rustls::version::TLS13),
    ];
    let is_wanted = |version: TlsVersion| {
        ssl.min_version.is_none_or(|min| min <= version)
            && ssl.max_version.is_none_or(|max| version <= max)
    };
    let wanted = all.into_iter().filter(|(version, _)| is_wanted(*version));
    let versions: Vec<_> = wanted.map(|(_, version)| version).collect();
    if versions.is_empty() {
        return Err(Error::Tls {
            code: None,
            message: "ssl.minVersion is above ssl.maxVersion".to_owned(),
        });
    }
    Ok(versions)
}
