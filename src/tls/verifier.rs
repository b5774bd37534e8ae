//! Who is believed to be the server.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};

use super::failure::{self, Rejected};

/// Verifies chain, dates and name, and says no in Node's words.
#[derive(Debug)]
pub(super) struct Strict {
    webpki: Arc<WebPkiServerVerifier>,
}

impl Strict {
    pub(super) const fn new(webpki: Arc<WebPkiServerVerifier>) -> Self {
        Self { webpki }
    }
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
        self.webpki
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            .map_err(|error| match error {
                // Only here is the chain at hand, which tells apart what rustls calls UnknownIssuer.
                Error::InvalidCertificate(reason) => {
                    let rejected: Rejected =
                        failure::rejected(&reason, end_entity, intermediates, server_name);
                    let rejected = OtherError(Arc::new(rejected));
                    Error::InvalidCertificate(CertificateError::Other(rejected))
                }
                other => other,
            })
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
