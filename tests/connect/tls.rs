//! How TLS begins, and how it fails to.

use oxpg::error::Error;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::*;

#[tokio::test]
async fn the_answer_to_an_ssl_request_must_be_exactly_one_s() {
    const UNSUPPORTED: &str = "The server does not support SSL connections";
    const BROKEN: &str = "There was an error establishing an SSL connection";
    for (answer, expected) in [
        (&b"N"[..], UNSUPPORTED),
        (b"E", BROKEN),
        (b"E\0\0\0\x20SFATAL\0", BROKEN),
        (b"Sjunk", BROKEN),
        (b"NN", BROKEN),
        (b"H", BROKEN),
    ] {
        assert_eq!(
            error_after(json!({ "ssl": {} }), answer).await,
            plain(expected),
            "{}",
            answer.escape_ascii()
        );
    }
    assert_eq!(error_after(json!({ "ssl": {} }), b"").await, Error::Closed);
}

#[tokio::test]
async fn a_tls_handshake_that_fails_is_left_to_node_unless_the_peer_is_gone() {
    for (behind, is_final) in [
        (&b"this is not TLS at all"[..], false),
        (b"", true),
        // A fatal alert: handshake failure.
        (b"\x15\x03\x03\0\x02\x02\x28", false),
    ] {
        let options = json!({ "ssl": { "rejectUnauthorized": false } });
        let (outcome, ()) = meet(options, &Passwords::default(), async |mut socket| {
            assert_eq!(read_packet(&mut socket).await, 80_877_103_u32.to_be_bytes());
            socket.write_all(b"S").await.unwrap();
            // The ClientHello begins: the client has read the `S` by itself.
            assert_eq!(socket.read_u8().await.unwrap(), 0x16);
            socket.write_all(behind).await.unwrap();
            socket.shutdown().await.unwrap();
            let mut rest = Vec::new();
            let _ = socket.read_to_end(&mut rest).await;
        })
        .await;
        match outcome.unwrap_err() {
            Error::Tls { .. } => assert!(!is_final),
            Error::Message { code, .. } => {
                assert!(is_final);
                assert_eq!(code.as_deref(), Some("ECONNRESET"));
            }
            other => panic!("expected a TLS error, got {other:?}"),
        }
    }
}

#[tokio::test]
async fn direct_tls_begins_with_the_client_hello_and_names_the_protocol() {
    let options = json!({ "ssl": { "rejectUnauthorized": false }, "sslNegotiation": "direct" });
    let (outcome, hello) = meet(options, &Passwords::default(), async |mut socket| {
        let mut header = [0; 5];
        socket.read_exact(&mut header).await.unwrap();
        assert_eq!(header[0], 0x16);
        let length = u16::from_be_bytes([header[3], header[4]]);
        let mut hello = vec![0; usize::from(length)];
        socket.read_exact(&mut hello).await.unwrap();
        hello
    })
    .await;
    assert!(outcome.is_err());
    assert!(hello.windows(11).any(|window| window == b"\x0apostgresql"));
}

#[tokio::test]
async fn unusable_certificate_options_fail_before_any_byte_is_sent() {
    for (ssl, code) in [
        (
            json!({ "ca": ["not a PEM text"] }),
            Some("ERR_OSSL_PEM_NO_START_LINE"),
        ),
        (
            json!({ "cert": "x", "key": "x" }),
            Some("ERR_OSSL_PEM_NO_START_LINE"),
        ),
        (json!({ "key": "x" }), None),
        (json!({ "servername": "not a name" }), None),
    ] {
        let options = json!({ "ssl": ssl });
        let (outcome, received) = meet(options, &Passwords::default(), async |mut socket| {
            let mut received = Vec::new();
            socket.read_to_end(&mut received).await.unwrap();
            received
        })
        .await;
        let Error::Tls { code: found, .. } = outcome.unwrap_err() else {
            panic!("expected a TLS error");
        };
        assert_eq!(found.as_deref(), code);
        assert_eq!(received, b"");
    }
}
