//! Who is believed to be the server.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};

use super::{certificate, failure};

/// Verifies chain, dates and name, and says no in Node's words.
#[derive(Debug)]
pub(super) struct Strict {
    webpki: Arc<WebPkiServerVerifier>,
    /// The certificates of `ca`.
    trusted: Vec<CertificateDer<'static>>,
}

impl Strict {
    pub(super) const fn new(
        webpki: Arc<WebPkiServerVerifier>,
        trusted: Vec<CertificateDer<'static>>,
    ) -> Self {
        Self { webpki, trusted }
    }

    /// Whether the server shows one of the very certificates that `ca` lists.
    ///
    /// `openssl req -x509` marks what it makes as an authority, and webpki lets no authority be a
    /// server, though its own certificate is what a self-signed server's users put into `ca`. As
    /// in OpenSSL, being listed is trust enough; dates and name must still be right.
    fn is_listed(&self, end_entity: &CertificateDer<'_>) -> bool {
        self.trusted.iter().any(|trusted| trusted == end_entity)
    }
}

/// Dates and name of a certificate whose issuer need not be asked for.
fn verify_listed(
    end_entity: &CertificateDer<'_>,
    server_name: &ServerName<'_>,
    now: UnixTime,
) -> Result<(), CertificateError> {
    let validity = certificate::validity(end_entity).ok_or(CertificateError::BadEncoding)?;
    let now = i64::try_from(now.as_secs()).map_err(|_| CertificateError::Expired)?;
    if now < *validity.start() {
        return Err(CertificateError::NotValidYet);
    }
    if now > *validity.end() {
        return Err(CertificateError::Expired);
    }
    ParsedCertificate::try_from(end_entity)
        .and_then(|parsed| verify_server_name(&parsed, server_name))
        .map_err(|error| match error {
            Error::InvalidCertificate(reason) => reason,
            _ => CertificateError::BadEncoding,
        })
}

impl ServerCertVerifier for Strict {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = self.webpki.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        let reason = match verified {
            Err(Error::InvalidCertificate(CertificateError::Other(_)))
                if self.is_listed(end_entity) =>
            {
                match verify_listed(end_entity, server_name, now) {
                    Ok(()) => return Ok(ServerCertVerified::assertion()),
                    Err(reason) => reason,
                }
            }
            Err(Error::InvalidCertificate(reason)) => reason,
            other => return other,
        };
        // Only here is the chain at hand, which tells apart what rustls calls UnknownIssuer.
        let rejected = failure::rejected(&reason, end_entity, intermediates, server_name);
        let rejected = CertificateError::Other(OtherError(Arc::new(rejected)));
        Err(Error::InvalidCertificate(rejected))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.webpki.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.webpki.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
}

/// `rejectUnauthorized: false`: encrypted, but with whom nobody knows.
#[derive(Debug)]
pub(super) struct AcceptAny {
    algorithms: WebPkiSupportedAlgorithms,
}

impl AcceptAny {
    pub(super) const fn new(algorithms: WebPkiSupportedAlgorithms) -> Self {
        Self { algorithms }
    }
}

/// A certificate that webpki cannot parse (version 1, which `openssl x509 -req` used to make) cannot
/// be asked for its key. OpenSSL takes it, and whoever accepts any certificate gains nothing from
/// the signature.
fn or_unparsable(
    verified: Result<HandshakeSignatureValid, Error>,
    cert: &CertificateDer<'_>,
) -> Result<HandshakeSignatureValid, Error> {
    verified.or_else(|error| match ParsedCertificate::try_from(cert) {
        Ok(_) => Err(error),
        Err(_) => Ok(HandshakeSignatureValid::assertion()),
    })
}

impl ServerCertVerifier for AcceptAny {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        or_unparsable(
            verify_tls12_signature(message, cert, dss, &self.algorithms),
            cert,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        or_unparsable(
            verify_tls13_signature(message, cert, dss, &self.algorithms),
            cert,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
