//! What may and may not come before the first ReadyForQuery.

use oxpg::error::Error;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::*;

#[tokio::test]
async fn a_whole_startup_is_collected() {
    let (outcome, packet) = meet(json!({}), &Passwords::default(), async |mut socket| {
        let packet = read_packet(&mut socket).await;
        let notice = message(b'N', b"SWARNING\0Mhi\0\0");
        let behind = b"A\0\0";
        let answer = [
            authentication(0, b""),
            message(b'S', b"server_version\x0015.1\0"),
            notice,
            message(b'S', b"TimeZone\0UTC\0"),
            message(b'K', b"\0\0\x12\x34\xff\xff\xff\xfe"),
            ready(),
            behind.to_vec(),
        ]
        .concat();
        // Byte by byte, so that every message is met in pieces.
        socket.set_nodelay(true).unwrap();
        for byte in answer {
            socket.write_all(&[byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
        packet
    })
    .await;
    assert_eq!(
        packet,
        b"\0\x03\0\0user\0alice\0database\0shop\0client_encoding\0UTF8\0\0"
    );
    let session = outcome.unwrap();
    assert_eq!(session.process_id, 0x1234);
    assert_eq!(&session.secret_key[..], (-2_i32).to_be_bytes());
    assert_eq!(session.transaction_status, b'I');
    assert_eq!(
        session.parameters,
        [
            ("server_version".to_owned(), "15.1".to_owned()),
            ("TimeZone".to_owned(), "UTC".to_owned()),
        ]
    );
    assert_eq!(session.notices.len(), 1);
    assert_eq!(session.notices[0].field('M'), Some("hi"));
    let mut session = session;
    while session.read_buffer.len() < 3 {
        session
            .stream
            .read_buf(&mut session.read_buffer)
            .await
            .unwrap();
    }
    assert_eq!(&session.read_buffer[..], b"A\0\0");
}

#[tokio::test]
async fn a_server_of_another_protocol_is_refused_at_its_first_byte() {
    for (answer, hex) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], "48"),
        (b"J\0\0\0\n8", "4a"),
    ] {
        assert_eq!(
            error_after(json!({}), answer).await,
            protocol(&format!("received invalid response: {hex}"))
        );
    }
}

#[tokio::test]
async fn a_senseless_length_is_refused() {
    for answer in [&b"R\xff\xff\xff\xff"[..], b"S\0\0\0\0", b"EFATAL:  no\n\0"] {
        let Error::Protocol { message } = error_after(json!({}), answer).await else {
            panic!("expected a protocol error");
        };
        assert!(message.starts_with("received invalid length"), "{message}");
    }
}

#[tokio::test]
async fn a_server_that_closes_is_a_closed_connection() {
    for answer in [&b""[..], b"R", b"R\0\0\0\x08\0\0", &authentication(0, b"")] {
        assert_eq!(error_after(json!({}), answer).await, Error::Closed);
    }
}

#[tokio::test]
async fn a_server_that_never_becomes_ready_but_talks_is_given_up() {
    let (outcome, ()) = meet(json!({}), &Passwords::default(), async |mut socket| {
        read_packet(&mut socket).await;
        let notice = message(b'N', &[&b"M"[..], &[b'x'; 60_000], b"\0\0"].concat());
        while socket.write_all(&notice).await.is_ok() {}
    })
    .await;
    assert_eq!(
        outcome.unwrap_err(),
        protocol("the server sent over 4194304 bytes without becoming ready")
    );
}

#[tokio::test]
async fn an_error_response_is_the_servers_error() {
    let body = b"SFATAL\0C3D000\0Mdatabase \"shop\" does not exist\0\0";
    let Error::Server(error) = error_after(json!({}), &message(b'E', body)).await else {
        panic!("expected a server error");
    };
    assert_eq!(error.length as usize, body.len() + 4);
    assert_eq!(error.field('C'), Some("3D000"));
}

#[tokio::test]
async fn a_nul_in_an_option_is_refused() {
    let startup = json!({ "startup": [["user", "ali\0ce"]] });
    let (outcome, ()) = meet(startup, &Passwords::default(), async |mut socket| {
        let mut received = Vec::new();
        socket.read_to_end(&mut received).await.unwrap();
        assert_eq!(received, b"");
    })
    .await;
    assert_eq!(
        outcome.unwrap_err(),
        plain("the connection option \"user\" must not contain a NUL character")
    );
}
