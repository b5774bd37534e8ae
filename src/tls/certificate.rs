//! Questions to a certificate that rustls does not answer.

use std::ops::RangeInclusive;

use ring::digest;
use rustls::pki_types::CertificateDer;
use rustls::server::ParsedCertificate;

use super::der::{
    self, CONTEXT_0, CONTEXT_3, Element, GENERALIZED_TIME, OBJECT_IDENTIFIER, SEQUENCE, UTC_TIME,
};
use crate::error::{Error, Result};

/// Whether a certificate names itself as its issuer.
pub(super) fn is_self_issued(certificate: &[u8]) -> bool {
    fields(certificate).is_some_and(|fields| fields.issuer == fields.subject)
}

/// Whether a certificate names itself, and no older namesake, as its issuer.
pub(super) fn is_self_signed(certificate: &[u8]) -> bool {
    is_self_issued(certificate) && names_own_key(certificate).unwrap_or(true)
}

/// Whether what it says of its issuer's certificate holds for its own; `None` if it says nothing.
fn names_own_key(certificate: &[u8]) -> Option<bool> {
    /// 2.5.29.14 and 35
    const SUBJECT_KEY: &[u8] = &[0x55, 0x1d, 14];
    const ISSUER_KEY: &[u8] = &[0x55, 0x1d, 35];

    let fields = fields(certificate)?;
    let find = |id: &[u8]| extensions(fields.rest).find(|extension| extension.id == id);
    let own_key = find(SUBJECT_KEY)
        .and_then(|mut extension| der::next(&mut extension.value))
        .map(|key| key.contents);
    let mut parts = der::expect(&mut find(ISSUER_KEY)?.value, SEQUENCE)?.contents;
    let is_own = |part: Element<'_>| match part.tag {
        // keyIdentifier, authorityCertIssuer, authorityCertSerialNumber
        0x80 => own_key.is_none_or(|key| key == part.contents),
        0xa1 => is_name(part.contents, fields.issuer),
        0x82 => part.contents == fields.serial_number,
        _ => true,
    };
    Some(std::iter::from_fn(|| der::next(&mut parts)).all(is_own))
}

/// Whether the first directory name of these GeneralNames, if there is one, is this.
fn is_name(mut general: &[u8], name: &[u8]) -> bool {
    std::iter::from_fn(|| der::next(&mut general))
        .find(|general| general.tag == 0xa4)
        .is_none_or(|general| general.contents == name)
}

/// Whether OpenSSL might take `issuer` for the one that issued `certificate`: it compares names without
/// regard to case, white space and encoding, while webpki compares bytes.
pub(super) fn may_issue(issuer: &[u8], certificate: &[u8]) -> bool {
    match (fields(issuer), fields(certificate)) {
        (Some(issuer), Some(certificate)) => {
            issuer.subject == certificate.issuer
                || plain(issuer.subject) == plain(certificate.issuer)
        }
        _ => true,
    }
}

/// A name's attributes and values in lower case, without white space, and without what differs between
/// encodings: zeros and all that is not ASCII.
fn plain(mut name: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(name.len());
    let mut sets = der::expect(&mut name, SEQUENCE).map_or(&[][..], |name| name.contents);
    while let Some(mut set) = der::next(&mut sets).map(|set| set.contents) {
        while let Some(mut attribute) = der::next(&mut set).map(|attribute| attribute.contents) {
            while let Some(element) = der::next(&mut attribute) {
                let is_content =
                    |byte: &&u8| byte.is_ascii() && !byte.is_ascii_whitespace() && **byte != 0;
                let contents = element.contents.iter().filter(is_content);
                plain.extend(contents.map(u8::to_ascii_lowercase));
                plain.push(0);
            }
        }
    }
    plain
}

/// Whether a certificate is signed by way of MD5 or SHA-1, of which OpenSSL has more to say.
pub(super) fn has_weak_signature(certificate: &[u8]) -> bool {
    let Some((identifier, _)) = signature_algorithm(certificate) else {
        return true;
    };
    match identifier.strip_prefix(PKCS1) {
        Some(pkcs1) => matches!(pkcs1, [2..=6]),
        None => identifier.strip_prefix(ECDSA) == Some(&[1]),
    }
}

/// The first and the last second of a certificate's life, as Unix time.
pub(super) fn validity(certificate: &[u8]) -> Option<RangeInclusive<i64>> {
    let mut validity = fields(certificate)?.validity;
    let not_before = der::next(&mut validity)?;
    let not_after = der::next(&mut validity)?;
    Some(unix_time(not_before)?..=unix_time(not_after)?)
}

/// What is wanted of a certificate's contents; names in their encoded form.
pub(super) struct Fields<'a> {
    /// Version 1 has no extensions.
    pub(super) is_version_1: bool,
    serial_number: &'a [u8],
    issuer: &'a [u8],
    validity: &'a [u8],
    subject: &'a [u8],
    /// The key and what version 3 adds.
    pub(super) rest: &'a [u8],
}

pub(super) fn fields(mut certificate: &[u8]) -> Option<Fields<'_>> {
    let mut whole = der::expect(&mut certificate, SEQUENCE)?.contents;
    let mut fields = der::expect(&mut whole, SEQUENCE)?.contents;
    let mut element = der::next(&mut fields)?;
    let is_version_1 = element.tag != CONTEXT_0;
    if !is_version_1 {
        element = der::next(&mut fields)?;
    }
    let serial_number = element.contents;
    let _signature_algorithm = der::next(&mut fields)?;
    Some(Fields {
        is_version_1,
        serial_number,
        issuer: der::next(&mut fields)?.whole,
        validity: der::expect(&mut fields, SEQUENCE)?.contents,
        subject: der::next(&mut fields)?.whole,
        rest: fields,
    })
}

/// One extension of a certificate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extension<'a> {
    pub(super) id: &'a [u8],
    pub(super) value: &'a [u8],
}

/// The extensions of version 3, from [`Fields::rest`].
pub(super) fn extensions(mut rest: &[u8]) -> impl Iterator<Item = Extension<'_>> {
    let tagged = std::iter::from_fn(move || der::next(&mut rest)).find(|it| it.tag == CONTEXT_3);
    let list = tagged.and_then(|mut tagged| der::next(&mut tagged.contents));
    let mut list = list.map_or(&[][..], |list| list.contents);
    std::iter::from_fn(move || {
        let mut parts = der::next(&mut list)?.contents;
        let id = der::next(&mut parts).map_or(&[][..], |id| id.contents);
        // Between them may be whether it is critical.
        let value = std::iter::from_fn(|| der::next(&mut parts)).last();
        let value = value.map_or(&[][..], |value| value.contents);
        Some(Extension { id, value })
    })
}

/// `YYMMDDHHMMSSZ` or, with four digits for the year, GeneralizedTime (RFC 5280, 4.1.2.5).
fn unix_time(time: Element<'_>) -> Option<i64> {
    let digits = time.contents.strip_suffix(b"Z")?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |digits: &[u8]| {
        digits
            .iter()
            .fold(0_i64, |number, digit| number * 10 + i64::from(digit - b'0'))
    };
    let (year, rest) = match (time.tag, digits.len()) {
        (UTC_TIME, 12) => {
            let year = number(&digits[..2]);
            (if year < 50 { 2000 } else { 1900 } + year, &digits[2..])
        }
        (GENERALIZED_TIME, 14) => (number(&digits[..4]), &digits[4..]),
        _ => return None,
    };
    let mut parts = rest.chunks_exact(2).map(number);
    let mut part = || parts.next();
    let (month, day, hour, minute, second) = (part()?, part()?, part()?, part()?, part()?);
    if !(1..=12).contains(&month) {
        return None;
    }
    // Days since 1970 in the Gregorian calendar, with the year beginning in March so that the leap
    // day comes last.
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let days =
        365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

/// The `tls-server-end-point` data of a certificate: its digest by the hash of its signature, where
/// SHA-256 stands in for MD5 and SHA-1 (RFC 5929, A-5).
pub fn channel_binding(certificate: &[u8]) -> Result<Vec<u8>> {
    let algorithm = signature_hash(certificate)
        .ok_or_else(|| unbindable("its signature algorithm is not known"))?;
    Ok(digest::digest(algorithm, certificate).as_ref().to_vec())
}

/// Whether rustls made the server prove that the certificate is its own. Where rustls cannot parse a
/// certificate, `rejectUnauthorized: false` has let the handshake pass without, so it may be a mere
/// copy, and binding to it is worth nothing.
pub fn is_provable(certificate: &[u8]) -> bool {
    ParsedCertificate::try_from(&CertificateDer::from(certificate)).is_ok()
}

fn unbindable(reason: &str) -> Error {
    Error::Message {
        message: format!(
            "SASL channel binding: the certificate of the server cannot be used, because {reason}; \
             replace it, or switch channel binding off (channel_binding: \"disable\")"
        ),
        code: None,
    }
}

/// 1.2.840.113549.1.1
const PKCS1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01];
/// 1.2.840.10045.4
const ECDSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04];
/// 1.3.101.112
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// The identifier of the algorithm that a certificate is signed with, and its parameters.
fn signature_algorithm(mut certificate: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut whole = der::expect(&mut certificate, SEQUENCE)?.contents;
    let _fields = der::next(&mut whole)?;
    let mut algorithm = der::expect(&mut whole, SEQUENCE)?.contents;
    let identifier = der::expect(&mut algorithm, OBJECT_IDENTIFIER)?.contents;
    Some((identifier, algorithm))
}

/// The digest that a certificate's signature was made with.
fn signature_hash(certificate: &[u8]) -> Option<&'static digest::Algorithm> {
    let (identifier, algorithm) = signature_algorithm(certificate)?;
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time(tag: u8, text: &str) -> Option<i64> {
        unix_time(Element {
            tag,
            contents: text.as_bytes(),
            whole: &[],
        })
    }

    #[test]
    fn both_forms_of_time_count_from_1970() {
        assert_eq!(time(UTC_TIME, "700101000000Z"), Some(0));
        assert_eq!(time(UTC_TIME, "000229120000Z"), Some(951_825_600));
        assert_eq!(time(UTC_TIME, "491231235959Z"), Some(2_524_607_999));
        assert_eq!(time(UTC_TIME, "500101000000Z"), Some(-631_152_000));
        assert_eq!(
            time(GENERALIZED_TIME, "20500101000000Z"),
            Some(2_524_608_000)
        );
        assert_eq!(
            time(GENERALIZED_TIME, "99991231235959Z"),
            Some(253_402_300_799)
        );
    }

    #[test]
    fn names_are_alike_without_regard_to_case_space_and_encoding() {
        /// CN as this type of string.
        fn name(tag: u8, value: &[u8]) -> Vec<u8> {
            fn wrap(tag: u8, contents: Vec<u8>) -> Vec<u8> {
                [
                    vec![tag, u8::try_from(contents.len()).unwrap_or(0)],
                    contents,
                ]
                .concat()
            }
            let attribute = [wrap(6, vec![0x55, 4, 3]), wrap(tag, value.to_vec())].concat();
            wrap(SEQUENCE, wrap(0x31, wrap(SEQUENCE, attribute)))
        }
        let utf8 = plain(&name(0x0c, b"Our  Root"));
        assert_eq!(utf8, plain(&name(0x13, b"our root")));
        assert_eq!(utf8, plain(&name(0x1e, b"\0O\0u\0r\0 \0R\0o\0o\0t")));
        assert_ne!(utf8, plain(&name(0x0c, b"Our Boot")));
        let utf8 = plain(&name(0x0c, "Z\u{fc}rich".as_bytes()));
        assert_eq!(utf8, plain(&name(0x14, b"Z\xfcrich")));
        assert_eq!(utf8, plain(&name(0x1e, b"\0Z\0\xfc\0r\0i\0c\0h")));
        assert_ne!(utf8, plain(b"nonsense"));
    }

    #[test]
    fn other_texts_are_no_time() {
        for text in [
            "",
            "Z",
            "7001010000Z",
            "701301000000Z",
            "700101000000",
            "7001010000-0Z",
        ] {
            assert_eq!(time(UTC_TIME, text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = is_self_issued(&bytes);
            let _ = validity(&bytes);
            let _ = signature_hash(&bytes);
            let _ = has_weak_signature(&bytes);
            let _ = may_issue(&bytes, &bytes);
            let _ = (is_self_signed(&bytes), plain(&bytes));
            let _ = time(UTC_TIME, &String::from_utf8_lossy(&bytes));
        }
    }
}
