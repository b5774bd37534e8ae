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

/// The first private key of a text. Its contents never appear in a message.
pub(super) fn private_key(text: &str) -> Result<PrivateKeyDer<'static>> {
    if text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(Error::Tls {
            code: None,
            message: "ssl.key is encrypted, which is not supported yet; decrypt it with \
                      `openssl pkey -in encrypted.key -out plain.key`"
                .to_owned(),
        });
    }
    PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| {
        unreadable(
            "ssl.key holds no private key; it must be the text of a PEM file in PKCS#8, PKCS#1 or \
             SEC1 form"
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
