//! TLS failures under the codes that Node gives them (T-5).

use std::{error, fmt, io};

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{AlertDescription, CertificateError, InconsistentKeys, InvalidMessage};

use super::certificate::is_self_issued;
use crate::error::Error;

/// Why a certificate was refused, on its way through rustls.
#[derive(Debug)]
pub(super) struct Rejected {
    code: Option<&'static str>,
    message: String,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl error::Error for Rejected {}

/// Names the reason as OpenSSL and Node would and says what to do about it.
pub(super) fn rejected(
    reason: &CertificateError,
    end_entity: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
    server_name: &ServerName<'_>,
) -> Rejected {
    use CertificateError as Reason;

    let (code, message) = match reason {
        Reason::UnknownIssuer => return unknown_issuer(end_entity, intermediates),
        Reason::Expired | Reason::ExpiredContext { .. } => (
            "CERT_HAS_EXPIRED",
            "certificate has expired; renew the certificate of the server".to_owned(),
        ),
        Reason::NotValidYet | Reason::NotValidYetContext { .. } => (
            "CERT_NOT_YET_VALID",
            "certificate is not yet valid; check the clocks of this machine and of the server"
                .to_owned(),
        ),
        Reason::Revoked => (
            "CERT_REVOKED",
            "certificate revoked; replace the certificate of the server".to_owned(),
        ),
        Reason::InvalidPurpose | Reason::InvalidPurposeContext { .. } => (
            "INVALID_PURPOSE",
            "unsupported certificate purpose; give the server a certificate for server \
             authentication"
                .to_owned(),
        ),
        Reason::NotValidForName | Reason::NotValidForNameContext { .. } => {
            let presented = match reason {
                Reason::NotValidForNameContext { presented, .. } => presented.as_slice(),
                _ => &[],
            };
            let message = name_mismatch(server_name, presented);
            ("ERR_TLS_CERT_ALTNAME_INVALID", message)
        }
        // OpenSSL looks no further at a self-signed certificate that it does not know, while webpki
        // first finds faults with it: an authority's, too old, signed by a namesake.
        _ if is_self_issued(end_entity) => return unknown_issuer(end_entity, intermediates),
        Reason::BadSignature => (
            "CERT_SIGNATURE_FAILURE",
            "certificate signature failure; put the certificate of the authority that really \
             signed the server's into ssl.ca"
                .to_owned(),
        ),
        other => {
            let fault = match other {
                Reason::Other(inner) => inner.to_string(),
                _ => other.to_string(),
            };
            return Rejected {
                code: None,
                message: format!(
                    "the certificate of the server cannot be used ({fault}); give the server a \
                     version 3 certificate that is not a certificate authority and has a \
                     subjectAltName"
                ),
            };
        }
    };
    Rejected {
        code: Some(code),
        message,
    }
}

/// Node's sentence, and the way out.
fn name_mismatch(server_name: &ServerName<'_>, presented: &[String]) -> String {
    let name = server_name.to_str();
    let subject = match server_name {
        ServerName::IpAddress(_) => format!("IP: {name} is not in the cert's list"),
        _ => format!("Host: {name}. is not in the cert's altnames"),
    };
    let presented: Vec<String> = presented.iter().map(|name| altname(name)).collect();
    format!(
        "Hostname/IP does not match certificate's altnames: {subject}: {}; connect by a name in \
         the certificate or set ssl.servername to one",
        presented.join(", ")
    )
}

/// rustls prints its own types here: `DnsName("db")`, `IpAddress(127.0.0.1)`.
fn altname(presented: &str) -> String {
    let inner = |prefix: &str| presented.strip_prefix(prefix)?.strip_suffix(')');
    if let Some(name) = inner("DnsName(") {
        format!("DNS:{}", name.trim_matches('"'))
    } else if let Some(address) = inner("IpAddress(") {
        format!("IP Address:{address}")
    } else {
        presented.to_owned()
    }
}

/// OpenSSL tells these apart by the chain that the server has sent.
fn unknown_issuer(
    end_entity: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
) -> Rejected {
    let (code, message) = if is_self_issued(end_entity) {
        (
            "DEPTH_ZERO_SELF_SIGNED_CERT",
            "self-signed certificate; to trust this server, put its certificate into ssl.ca",
        )
    } else if intermediates.iter().any(|cert| is_self_issued(cert)) {
        (
            "SELF_SIGNED_CERT_IN_CHAIN",
            "self-signed certificate in certificate chain; to trust this server, put the root \
             certificate of its authority into ssl.ca",
        )
    } else if intermediates.is_empty() {
        (
            "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
            "unable to verify the first certificate; to trust this server, put the root \
             certificate of its authority into ssl.ca",
        )
    } else {
        (
            "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
            "unable to get local issuer certificate; to trust this server, put the root \
             certificate of its authority into ssl.ca",
        )
    };
    Rejected {
        code: Some(code),
        message: message.to_owned(),
    }
}

/// OpenSSL knows the next certificate of the chain from `ca`, but not that one's issuer.
pub(super) fn issuer_of_trusted_unknown() -> Rejected {
    Rejected {
        code: Some("UNABLE_TO_GET_ISSUER_CERT"),
        message: "unable to get issuer certificate; ssl.ca has an intermediate certificate of the \
                  chain: put the root certificate of its authority beside it"
            .to_owned(),
    }
}

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
                Some(rejected) => (rejected.code.map(str::to_owned), rejected.message.clone()),
                None => (None, format!("the certificate cannot be used: {other}")),
            }
        }
        Tls::AlertReceived(alert) => alert_received(*alert),
        Tls::InvalidMessage(InvalidMessage::InvalidContentType) => (
            Some("ERR_SSL_WRONG_VERSION_NUMBER".to_owned()),
            "the server answered the TLS handshake with something else; check host and port"
                .to_owned(),
        ),
        Tls::PeerIncompatible(reason) => (
            Some("ERR_SSL_UNSUPPORTED_PROTOCOL".to_owned()),
            format!("the server offers no TLS that is safe ({reason:?}); enable TLS 1.2 or 1.3"),
        ),
        Tls::InconsistentKeys(InconsistentKeys::KeyMismatch) => (
            Some("ERR_OSSL_X509_KEY_VALUES_MISMATCH".to_owned()),
            "ssl.key is not the private key of ssl.cert; give the two that belong together"
                .to_owned(),
        ),
        other => (None, format!("TLS failed: {other}")),
    };
    Error::Tls { code, message }
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
        Alert::UnknownCA => (
            "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
            "the server does not know the authority of ssl.cert",
        ),
        Alert::AccessDenied => ("ERR_SSL_TLSV1_ALERT_ACCESS_DENIED", "access denied"),
        Alert::DecryptError => ("ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR", "decrypt error"),
        Alert::ProtocolVersion => ("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "protocol version"),
        Alert::InternalError => ("ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR", "internal error"),
        Alert::UnrecognisedName => ("ERR_SSL_TLSV1_UNRECOGNIZED_NAME", "unrecognized name"),
        Alert::CertificateRequired => (
            "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
            "the server requires a client certificate: set ssl.cert and ssl.key",
        ),
        Alert::NoApplicationProtocol => (
            "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL",
            "no application protocol: the server does not support sslnegotiation=direct",
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
    Error::Tls {
        code: Some("ECONNRESET".to_owned()),
        message: "Client network socket disconnected before secure TLS connection was established"
            .to_owned(),
    }
}
