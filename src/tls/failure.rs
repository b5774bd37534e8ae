//! TLS failures as data: final ones under the codes that Node gives them (T-5), and those that Node's own
//! TLS shall see.

use std::fmt::Write;
use std::io;

use rustls::{AlertDescription, CertificateError};

use super::verdict::Rejected;
use crate::error::Error;

/// The TLS failure inside an I/O error, if that is what it is.
pub fn error_of(error: &io::Error) -> Option<Error> {
    error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
        .map(from_rustls)
}

/// A rustls error under Node's code.
pub(super) fn from_rustls(error: &rustls::Error) -> Error {
    use rustls::Error as Tls;

    let (code, message) = match error {
        Tls::InvalidCertificate(CertificateError::Other(other)) => {
            match other.0.downcast_ref::<Rejected>() {
                Some(rejected) => return certificate_rejected(rejected),
                None => (None, format!("the certificate cannot be used: {other}")),
            }
        }
        Tls::AlertReceived(alert) => alert_received(*alert),
        other => (None, format!("TLS failed: {other}")),
    };
    Error::Tls { code, message }
}

fn certificate_rejected(rejected: &Rejected) -> Error {
    let mut certificate = String::with_capacity(2 * rejected.certificate.len());
    for byte in &rejected.certificate {
        // Writing to a String cannot fail.
        let _ = write!(certificate, "{byte:02x}");
    }
    Error::Certificate {
        code: rejected.code,
        host: rejected.host.clone(),
        certificate,
    }
}

/// A fatal alert under the name that OpenSSL 3 in Node 20 gives it.
fn alert_received(alert: AlertDescription) -> (Option<String>, String) {
    use AlertDescription as Alert;

    let (code, message) = match alert {
        Alert::HandshakeFailure => ("ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", "handshake failure"),
        Alert::BadCertificate => ("ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE", "bad certificate"),
        Alert::UnsupportedCertificate => (
            "ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
            "unsupported certificate",
        ),
        Alert::CertificateRevoked => (
            "ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED",
            "certificate revoked",
        ),
        Alert::CertificateExpired => (
            "ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED",
            "certificate expired",
        ),
        Alert::CertificateUnknown => (
            "ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN",
            "certificate unknown",
        ),
        Alert::UnknownCA => ("ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", "unknown CA"),
        Alert::AccessDenied => ("ERR_SSL_TLSV1_ALERT_ACCESS_DENIED", "access denied"),
        Alert::DecryptError => ("ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR", "decrypt error"),
        Alert::ProtocolVersion => ("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "protocol version"),
        Alert::InternalError => ("ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR", "internal error"),
        Alert::UnrecognisedName => ("ERR_SSL_TLSV1_UNRECOGNIZED_NAME", "unrecognized name"),
        Alert::CertificateRequired => (
            "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
            "certificate required",
        ),
        Alert::NoApplicationProtocol => (
            "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL",
            "no application protocol",
        ),
        other => return (None, format!("the server refused TLS: {other:?}")),
    };
    (
        Some(code.to_owned()),
        format!("the server refused TLS: {message}"),
    )
}

/// A peer that is gone before the handshake is done, in Node's words.
pub(super) fn disconnected() -> Error {
    Error::Message {
        code: Some("ECONNRESET".to_owned()),
        message: "Client network socket disconnected before secure TLS connection was established"
            .to_owned(),
    }
}
