//! Who is believed to be the server.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};

use super::trust::Trust;
use super::verdict::{Shown, verdict};
use super::{certificate, purpose};

/// Verifies chain, dates and name; what it is not sure to refuse rightly is left to Node.
#[derive(Debug)]
pub(super) struct Strict {
    trust: Arc<Trust>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Strict {
    pub(super) const fn new(trust: Arc<Trust>, algorithms: WebPkiSupportedAlgorithms) -> Self {
        Self { trust, algorithms }
    }

    fn verify(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), Error> {
        // The server's own certificate is what users of a self-signed server put into `ca`. As in OpenSSL,
        // being listed is trust enough, whether or not it is an authority; webpki wants one to vouch, and
        // none to be a server.
        if self.trust.lists(end_entity) {
            return verify_listed(end_entity, server_name, now).map_err(Error::from);
        }
        let algorithms = &self.algorithms;
        self.trust
            .verify(end_entity, intermediates, server_name, now, algorithms)?;
        if has_purpose(end_entity, intermediates) {
            Ok(())
        } else {
            Err(CertificateError::InvalidPurpose.into())
        }
    }
}

/// Whether the certificates may be used for what they are used for.
fn has_purpose(end_entity: &CertificateDer<'_>, intermediates: &[CertificateDer<'_>]) -> bool {
    purpose::may_serve(end_entity)
        && intermediates
            .iter()
            .all(|certificate| purpose::may_certify(certificate))
}

/// Dates and name of a certificate whose issuer need not be asked for.
fn verify_listed(
    end_entity: &CertificateDer<'_>,
    server_name: &ServerName<'_>,
    now: UnixTime,
) -> Result<(), CertificateError> {
    if !purpose::may_serve(end_entity) {
        return Err(CertificateError::InvalidPurpose);
    }
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
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let reason = match self.verify(end_entity, intermediates, server_name, now) {
            Ok(()) => return Ok(ServerCertVerified::assertion()),
            Err(Error::InvalidCertificate(reason)) => reason,
            Err(other) => return Err(other),
        };
        // Only here is the chain at hand, which tells apart what rustls calls UnknownIssuer.
        let shown = Shown {
            end_entity,
            intermediates,
            trusted: self.trust.certificates(),
            server_name,
            now: i64::try_from(now.as_secs()).unwrap_or(i64::MAX),
        };
        let reason = match verdict(&reason, shown) {
            Some(rejected) => CertificateError::Other(OtherError(Arc::new(rejected))),
            None => reason,
        };
        Err(Error::InvalidCertificate(reason))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use rustls::crypto::ring;
    use rustls::pki_types::pem::PemObject;

    use super::*;
    use crate::error;
    use crate::tls::failure;

    /// db.example and 192.0.2.1, an authority, 2026 to 2126.
    const SELF_SIGNED: &[u8] = include_bytes!("fixtures/self-signed.pem");
    /// The same names, no authority, signed by the former.
    const LEAF: &[u8] = include_bytes!("fixtures/leaf.pem");
    /// db.example, self-signed, no authority.
    const OTHER: &[u8] = include_bytes!("fixtures/other.pem");

    const IN_2030: u64 = 1_900_000_000;

    fn certificate(pem: &[u8]) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(pem).unwrap()
    }

    /// The code of the refusal, if there is one.
    fn verify(ca: &[u8], chain: &[&[u8]], name: &str, now: u64) -> Result<(), String> {
        let algorithms = ring::default_provider().signature_verification_algorithms;
        let trust = Arc::new(Trust::new(vec![certificate(ca)]));
        let chain: Vec<_> = chain.iter().map(|pem| certificate(pem)).collect();
        Strict::new(trust, algorithms)
            .verify_server_cert(
                &chain[0],
                &chain[1..],
                &ServerName::try_from(name).unwrap(),
                &[],
                UnixTime::since_unix_epoch(Duration::from_secs(now)),
            )
            .map(|_| ())
            .map_err(|error| match failure::from_rustls(&error) {
                error::Error::Certificate { code, .. } => code.to_owned(),
                error::Error::Tls { .. } => "ask OpenSSL".to_owned(),
                other => other.to_string(),
            })
    }

    fn refused(code: &str) -> Result<(), String> {
        Err(code.to_owned())
    }

    #[test]
    fn a_chain_to_a_trusted_root_is_accepted_for_its_names() {
        for name in ["db.example", "192.0.2.1"] {
            assert_eq!(verify(SELF_SIGNED, &[LEAF], name, IN_2030), Ok(()));
        }
        for name in ["other.example", "192.0.2.2"] {
            assert_eq!(
                verify(SELF_SIGNED, &[LEAF], name, IN_2030),
                refused("ERR_TLS_CERT_ALTNAME_INVALID")
            );
        }
    }

    #[test]
    fn an_unknown_issuer_has_the_code_that_openssl_derives_from_the_chain() {
        for (chain, code) in [
            (&[OTHER][..], "DEPTH_ZERO_SELF_SIGNED_CERT"),
            (&[LEAF], "UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
            (&[LEAF, SELF_SIGNED], "SELF_SIGNED_CERT_IN_CHAIN"),
            (&[LEAF, OTHER], "UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
            (&[SELF_SIGNED], "DEPTH_ZERO_SELF_SIGNED_CERT"),
        ] {
            let ca = if chain == [OTHER] { SELF_SIGNED } else { OTHER };
            assert_eq!(verify(ca, chain, "db.example", IN_2030), refused(code));
        }
    }

    #[test]
    fn dates_are_verified() {
        for ca in [SELF_SIGNED, OTHER] {
            let leaf = if ca == OTHER { OTHER } else { LEAF };
            assert_eq!(
                verify(ca, &[leaf], "db.example", 1_700_000_000),
                refused("CERT_NOT_YET_VALID")
            );
            assert_eq!(
                verify(ca, &[leaf], "db.example", 5_000_000_000),
                refused("CERT_HAS_EXPIRED")
            );
        }
    }

    #[test]
    fn a_listed_self_signed_authority_may_be_the_server_for_its_names_and_dates() {
        let verify = |name, now| verify(SELF_SIGNED, &[SELF_SIGNED], name, now);
        assert_eq!(verify("db.example", IN_2030), Ok(()));
        assert_eq!(verify("192.0.2.1", IN_2030), Ok(()));
        assert_eq!(
            verify("other.example", IN_2030),
            refused("ERR_TLS_CERT_ALTNAME_INVALID")
        );
        assert_eq!(
            verify("db.example", 1_700_000_000),
            refused("CERT_NOT_YET_VALID")
        );
        assert_eq!(
            verify("db.example", 5_000_000_000),
            refused("CERT_HAS_EXPIRED")
        );
    }

    #[test]
    fn listed_certificates_are_verified_by_their_own_dates_too() {
        // Not left to the order in which webpki looks for faults.
        let name = ServerName::try_from("db.example").unwrap();
        let at = |now| {
            let now = UnixTime::since_unix_epoch(Duration::from_secs(now));
            verify_listed(&certificate(SELF_SIGNED), &name, now)
        };
        assert_eq!(at(IN_2030), Ok(()));
        assert_eq!(at(1_700_000_000), Err(CertificateError::NotValidYet));
        assert_eq!(at(5_000_000_000), Err(CertificateError::Expired));
    }

    #[test]
    fn channel_binding_takes_the_hash_of_the_signature() {
        for (pem, length) in [(SELF_SIGNED, 32), (LEAF, 48)] {
            let data = certificate::channel_binding(&certificate(pem)).unwrap();
            assert_eq!(data.len(), length);
        }
        assert!(certificate::channel_binding(b"nonsense").is_err());
    }

    proptest! {
        #[test]
        fn a_certificate_with_another_byte_is_accepted_by_nobody(
            at in 0..10_000_usize,
            byte in 1..=u8::MAX,
            ending in 0..10_000_usize,
        ) {
            let algorithms = ring::default_provider().signature_verification_algorithms;
            let now = UnixTime::since_unix_epoch(Duration::from_secs(IN_2030));
            let name = ServerName::try_from("db.example").unwrap();
            for (root, leaf) in [(SELF_SIGNED, LEAF), (SELF_SIGNED, SELF_SIGNED), (OTHER, OTHER)] {
                let strict = Strict::new(Arc::new(Trust::new(vec![certificate(root)])), algorithms);
                let accepts = |leaf: &[u8], more: &[CertificateDer<'_>]| {
                    let leaf = CertificateDer::from(leaf);
                    strict.verify_server_cert(&leaf, more, &name, &[], now).is_ok()
                };
                let whole = certificate(leaf).to_vec();
                prop_assert!(accepts(&whole, &[]));
                let mut changed = whole.clone();
                let at = at % changed.len();
                changed[at] ^= byte;
                prop_assert!(!accepts(&changed, &[]));
                prop_assert!(!accepts(&whole[..ending % whole.len()], &[]));
                // It may be of no use above a server, but it must do no harm.
                accepts(&whole, &[changed.into()]);
            }
        }
    }
}
