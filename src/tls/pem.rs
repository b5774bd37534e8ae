//! Certificates and keys from PEM texts.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::error::{Error, Result};

/// All certificates of a text; at least one.
pub(super) fn certificates(option: &str, text: &str) -> Result<Vec<CertificateDer<'static>>> {
    let certificates = CertificateDer::pem_slice_iter(text.as_bytes())
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(|error| unreadable(format!("{option} is not readable as PEM: {error}")))?;
    if certificates.is_empty() {
        return Err(unreadable(format!(
            "{option} holds no certificate; it must be the text of a PEM file, with \
             -----BEGIN CERTIFICATE----- in it"
        )));
    }
    Ok(certificates)
}

/// The first private key of a text; JavaScript has decrypted it. Its contents never appear in a message.
pub(super) fn private_key(text: &str) -> Result<PrivateKeyDer<'static>> {
    PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| {
        unreadable(
            "ssl.key holds no private key in the clear; it must be the text of a PEM file in PKCS#8, \
             PKCS#1 or SEC1 form"
                .to_owned(),
        )
    })
}

fn unreadable(message: String) -> Error {
    Error::Tls {
        code: Some("ERR_OSSL_PEM_NO_START_LINE".to_owned()),
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encrypted_key_is_none_in_the_clear() {
        for text in [
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n\
             AAAA\n-----END RSA PRIVATE KEY-----\n",
            "",
        ] {
            assert!(private_key(text).is_err(), "{text}");
        }
    }
}
