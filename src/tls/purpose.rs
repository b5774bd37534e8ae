//! What a certificate may be used for, as OpenSSL sees it; webpki overlooks the usage of keys, and asks a
//! trusted root for nothing at all.

use super::certificate::{extensions, fields};
use super::der::{self, SEQUENCE};

/// 2.5.29.15
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 15];
/// 2.5.29.19
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 19];
/// 2.5.29.37
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 37];
/// 2.16.840.1.113730.1.1
const NETSCAPE_CERTIFICATE_TYPE: &[u8] = &[0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 1, 1];

/// Whether it may be a TLS server's, by the purposes that it names, if any.
pub(super) fn may_serve(certificate: &[u8]) -> bool {
    const DIGITAL_SIGNATURE: u8 = 0x80;
    const KEY_ENCIPHERMENT: u8 = 0x20;
    const KEY_AGREEMENT: u8 = 0x08;

    all_extensions(certificate, |id, value| match id {
        KEY_USAGE => allows_usage(value, DIGITAL_SIGNATURE | KEY_ENCIPHERMENT | KEY_AGREEMENT),
        EXTENDED_KEY_USAGE => is_for_servers(value),
        NETSCAPE_CERTIFICATE_TYPE => false,
        _ => true,
    })
}

/// Whether it may vouch for others by the usage of its key, if it names any.
pub(super) fn may_certify(certificate: &[u8]) -> bool {
    all_extensions(certificate, |id, value| {
        id != KEY_USAGE || allows_certifying(value)
    })
}

/// How many authorities may stand between this root and a server. `None`: it is no authority, or only
/// OpenSSL can tell.
pub(super) fn room_below(root: &[u8]) -> Option<usize> {
    let fields = fields(root)?;
    if fields.is_version_1 {
        return Some(usize::MAX);
    }
    let may_be_root = all_extensions(root, |id, value| match id {
        KEY_USAGE => allows_certifying(value),
        EXTENDED_KEY_USAGE => is_for_servers(value),
        _ => true,
    });
    let constraints = extensions(fields.rest).find(|it| it.id == BASIC_CONSTRAINTS);
    constraints
        .filter(|_| may_be_root)
        .and_then(|constraints| path_length(constraints.value))
}

/// The limit that basicConstraints set to an authority; `None` if it is none.
fn path_length(mut value: &[u8]) -> Option<usize> {
    const BOOLEAN: u8 = 0x01;
    const INTEGER: u8 = 0x02;

    let mut constraints = der::expect(&mut value, SEQUENCE)?.contents;
    if der::expect(&mut constraints, BOOLEAN)?.contents != [0xff] {
        return None;
    }
    match der::next(&mut constraints) {
        None => Some(usize::MAX),
        Some(limit) if limit.tag == INTEGER => match limit.contents {
            [limit @ 0..0x80] => Some(usize::from(*limit)),
            _ => None,
        },
        Some(_) => None,
    }
}

fn allows_certifying(value: &[u8]) -> bool {
    const CERTIFICATE_SIGNATURE: u8 = 0x04;

    allows_usage(value, CERTIFICATE_SIGNATURE)
}

/// Whether the first byte of a BIT STRING has one of these bits.
fn allows_usage(mut value: &[u8], bits: u8) -> bool {
    der::next(&mut value)
        .and_then(|usage| usage.contents.get(1).copied())
        .is_some_and(|usage| usage & bits != 0)
}

fn is_for_servers(mut value: &[u8]) -> bool {
    /// 1.3.6.1.5.5.7.3.1
    const SERVER_AUTHENTICATION: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];

    let mut purposes =
        der::expect(&mut value, SEQUENCE).map_or(&[][..], |purposes| purposes.contents);
    std::iter::from_fn(|| der::next(&mut purposes))
        .any(|purpose| purpose.contents == SERVER_AUTHENTICATION)
}

/// Whether all extensions pass, by identifier and value; there need not be any.
fn all_extensions(certificate: &[u8], passes: impl Fn(&[u8], &[u8]) -> bool) -> bool {
    fields(certificate).is_some_and(|fields| {
        extensions(fields.rest).all(|extension| passes(extension.id, extension.value))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn basic_constraints_make_an_authority_and_may_limit_it() {
        for (value, expected) in [
            (&[0x30, 3, 1, 1, 0xff][..], Some(usize::MAX)),
            (&[0x30, 6, 1, 1, 0xff, 2, 1, 0], Some(0)),
            (&[0x30, 6, 1, 1, 0xff, 2, 1, 7], Some(7)),
            // Negative, long, something else, no authority, nothing.
            (&[0x30, 6, 1, 1, 0xff, 2, 1, 0x80], None),
            (&[0x30, 7, 1, 1, 0xff, 2, 2, 1, 0], None),
            (&[0x30, 6, 1, 1, 0xff, 1, 1, 0], None),
            (&[0x30, 3, 1, 1, 0], None),
            (&[0x30, 0], None),
            (&[], None),
        ] {
            assert_eq!(path_length(value), expected, "{value:x?}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = (may_serve(&bytes), may_certify(&bytes), room_below(&bytes));
            let _ = (path_length(&bytes), allows_certifying(&bytes), is_for_servers(&bytes));
        }

        /// Random bytes seldom get beyond the first element.
        #[test]
        fn never_panics_at_what_is_nearly_a_certificate(
            at in 0..1000_usize,
            bytes in proptest::collection::vec(any::<u8>(), 1..8),
        ) {
            let pem = include_str!("fixtures/other.pem");
            for mut certificate in crate::tls::trust::readable(pem).map(|it| it.to_vec()) {
                let at = at % certificate.len();
                for (to, from) in certificate[at..].iter_mut().zip(&bytes) {
                    *to = *from;
                }
                let _ = (may_serve(&certificate), may_certify(&certificate));
                let _ = room_below(&certificate);
                let _ = crate::tls::certificate::is_self_signed(&certificate);
                let _ = crate::tls::certificate::validity(&certificate);
                let _ = crate::tls::certificate::channel_binding(&certificate);
            }
        }
    }
}
