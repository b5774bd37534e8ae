//! Questions to a certificate that rustls does not answer.

use ring::digest;
use rustls::pki_types::CertificateDer;
use rustls::server::ParsedCertificate;

use super::der::{self, CONTEXT_0, OBJECT_IDENTIFIER, SEQUENCE};
use crate::error::{Error, Result};

/// Whether a certificate names itself as its issuer.
pub(super) fn is_self_issued(certificate: &[u8]) -> bool {
    names(certificate).is_some_and(|(issuer, subject)| issuer == subject)
}

/// Issuer and subject in their encoded forms.
fn names(mut certificate: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut whole = der::expect(&mut certificate, SEQUENCE)?.contents;
    let mut fields = der::expect(&mut whole, SEQUENCE)?.contents;
    let mut element = der::next(&mut fields)?;
    if element.tag == CONTEXT_0 {
        // The version; absent in version 1.
        element = der::next(&mut fields)?;
    }
    let _serial_number = element;
    let _signature_algorithm = der::next(&mut fields)?;
    let issuer = der::next(&mut fields)?;
    let _validity = der::next(&mut fields)?;
    let subject = der::next(&mut fields)?;
    Some((issuer.whole, subject.whole))
}

/// The `tls-server-end-point` data of a certificate: its digest by the hash of its signature, where
/// SHA-256 stands in for MD5 and SHA-1 (RFC 5929, A-5).
pub fn channel_binding(certificate: &[u8]) -> Result<Vec<u8>> {
    // Where rustls cannot parse a certificate, `rejectUnauthorized: false` has let the handshake
    // pass unproven, so the certificate may be a mere copy and would bind to nothing.
    ParsedCertificate::try_from(&CertificateDer::from(certificate))
        .map_err(|_| unbindable("it is not a valid version 3 certificate"))?;
    let algorithm = signature_hash(certificate)
        .ok_or_else(|| unbindable("its signature algorithm is not known"))?;
    Ok(digest::digest(algorithm, certificate).as_ref().to_vec())
}

fn unbindable(reason: &str) -> Error {
    Error::Message {
        message: format!(
            "SASL channel binding: the certificate of the server cannot be used, because {reason}; \
             replace it or set enableChannelBinding to false"
        ),
        code: None,
    }
}

/// The digest that a certificate's signature was made with.
fn signature_hash(mut certificate: &[u8]) -> Option<&'static digest::Algorithm> {
    /// 1.2.840.113549.1.1
    const PKCS1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01];
    /// 1.2.840.10045.4
    const ECDSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04];
    /// 1.3.101.112
    const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

    let mut whole = der::expect(&mut certificate, SEQUENCE)?.contents;
    let _fields = der::next(&mut whole)?;
    let mut algorithm = der::expect(&mut whole, SEQUENCE)?.contents;
    let identifier = der::expect(&mut algorithm, OBJECT_IDENTIFIER)?.contents;
    if identifier == ED25519 {
        return Some(&digest::SHA512);
    }
    if let Some(ecdsa) = identifier.strip_prefix(ECDSA) {
        return match ecdsa {
            [1] | [3, 2] => Some(&digest::SHA256),
            [3, 3] => Some(&digest::SHA384),
            [3, 4] => Some(&digest::SHA512),
            _ => None,
        };
    }
    match identifier.strip_prefix(PKCS1)? {
        // MD5, SHA-1, SHA-256.
        [4 | 5 | 11] => Some(&digest::SHA256),
        [12] => Some(&digest::SHA384),
        [13] => Some(&digest::SHA512),
        [16] => Some(&digest::SHA512_256),
        [10] => pss_hash(algorithm),
        _ => None,
    }
}

/// RSASSA-PSS names its hash in its parameters; SHA-1 is the default.
fn pss_hash(mut parameters: &[u8]) -> Option<&'static digest::Algorithm> {
    /// 2.16.840.1.101.3.4.2
    const SHA2: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02];

    let mut parameters = der::expect(&mut parameters, SEQUENCE)?.contents;
    let Some(mut tagged) = der::expect(&mut parameters, CONTEXT_0).map(|tag| tag.contents) else {
        return Some(&digest::SHA256);
    };
    let mut hash = der::expect(&mut tagged, SEQUENCE)?.contents;
    let identifier = der::expect(&mut hash, OBJECT_IDENTIFIER)?.contents;
    match identifier.strip_prefix(SHA2) {
        Some([1]) => Some(&digest::SHA256),
        Some([2]) => Some(&digest::SHA384),
        Some([3]) => Some(&digest::SHA512),
        Some(_) => None,
        // MD5 and SHA-1.
        None => Some(&digest::SHA256),
    }
}
