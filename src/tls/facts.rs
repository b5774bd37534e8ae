//! What a handshake has agreed on, for those who read it of pg's TLSSocket (T-6).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::CertificateDer;
use rustls::{CipherSuite, ClientConnection, HandshakeKind, ProtocolVersion};
use serde_json::{Value, json};

/// The facts of one TLS connection. Nothing of it is secret.
#[derive(Debug, Clone)]
pub struct TlsFacts {
    protocol: Option<ProtocolVersion>,
    cipher: Option<CipherSuite>,
    alpn: Option<Vec<u8>>,
    is_resumed: bool,
    /// What the server sent, its own certificate first.
    chain: Vec<CertificateDer<'static>>,
}

impl TlsFacts {
    /// Notes the facts, for the connection will be out of reach.
    pub fn of(connection: &ClientConnection) -> Self {
        let suite = connection.negotiated_cipher_suite();
        Self {
            protocol: connection.protocol_version(),
            cipher: suite.map(|suite| suite.suite()),
            alpn: connection.alpn_protocol().map(<[u8]>::to_vec),
            is_resumed: connection.handshake_kind() == Some(HandshakeKind::Resumed),
            chain: connection.peer_certificates().unwrap_or_default().to_vec(),
        }
    }

    /// As JavaScript reads it; certificates are DER in base64.
    pub fn to_json(&self) -> Value {
        let names = self.cipher.and_then(names);
        let chain = self.chain.iter().map(|der| STANDARD.encode(der));
        json!({
            "protocol": self.protocol.and_then(version),
            "cipher": names.map(|(openssl, _)| openssl),
            "standardCipher": names.map(|(_, standard)| standard),
            "alpn": self.alpn.as_deref().map(String::from_utf8_lossy),
            "isResumed": self.is_resumed,
            "chain": chain.collect::<Vec<_>>(),
        })
    }
}

fn version(version: ProtocolVersion) -> Option<&'static str> {
    match version {
        ProtocolVersion::TLSv1_2 => Some("TLSv1.2"),
        ProtocolVersion::TLSv1_3 => Some("TLSv1.3"),
        _ => None,
    }
}

/// The names that OpenSSL and IANA have for the suites of rustls.
fn names(suite: CipherSuite) -> Option<(&'static str, &'static str)> {
    use CipherSuite as Suite;

    let names = match suite {
        Suite::TLS13_AES_128_GCM_SHA256 => ("TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"),
        Suite::TLS13_AES_256_GCM_SHA384 => ("TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"),
        Suite::TLS13_CHACHA20_POLY1305_SHA256 => (
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_CHACHA20_POLY1305_SHA256",
        ),
        Suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 => (
            "ECDHE-ECDSA-AES128-GCM-SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        ),
        Suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 => (
            "ECDHE-ECDSA-AES256-GCM-SHA384",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        ),
        Suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 => (
            "ECDHE-ECDSA-CHACHA20-POLY1305",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        ),
        Suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => (
            "ECDHE-RSA-AES128-GCM-SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        ),
        Suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 => (
            "ECDHE-RSA-AES256-GCM-SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        ),
        Suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 => (
            "ECDHE-RSA-CHACHA20-POLY1305",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        ),
        _ => return None,
    };
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suite_of_rustls_has_its_names() {
        for suite in rustls::crypto::ring::ALL_CIPHER_SUITES {
            assert!(names(suite.suite()).is_some(), "{suite:?}");
        }
    }
}
