//! Requests of authentication, honest and otherwise.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::*;

#[tokio::test]
async fn authentication_that_is_not_supported_is_refused() {
    assert_eq!(
        error_after(json!({}), &authentication(7, b"")).await,
        plain(
            "Unknown authenticationOk message type 7: the server asks for GSSAPI authentication, \
             which oxpg does not have; in the pg_hba.conf of the server, replace gss by \
             scram-sha-256 for this user and address"
        )
    );
    assert_eq!(
        error_after(json!({}), &authentication(10, b"GS2-KRB5\0\0")).await,
        plain(
            "SASL: Only mechanism(s) SCRAM-SHA-256 are supported, and the server offers GS2-KRB5: \
             have its pg_hba.conf name scram-sha-256 for this user and address"
        )
    );
}

#[tokio::test]
async fn sasl_out_of_order_is_refused() {
    for (kind, reason) in [
        (11, "SASL: Last message was not SASLInitialResponse"),
        (12, "SASL: Last message was not SASLResponse"),
    ] {
        assert_eq!(
            error_after(json!({}), &authentication(kind, b"v=1")).await,
            plain(reason)
        );
    }
}

#[tokio::test]
async fn a_server_that_skips_its_own_proof_is_refused() {
    let options = json!({ "password": "secret" });
    let (outcome, ()) = meet(options, &Passwords::default(), async |mut socket| {
        read_packet(&mut socket).await;
        let offer = authentication(10, b"SCRAM-SHA-256\0\0");
        socket.write_all(&offer).await.unwrap();
        read_message(&mut socket).await;
        let end = [authentication(0, b""), ready()].concat();
        socket.write_all(&end).await.unwrap();
    })
    .await;
    assert_eq!(
        outcome.unwrap_err(),
        plain("SASL: server did not complete authentication")
    );
}

/// Not for ever: a client that does not close shall fail its test.
async fn until_closed(socket: &mut TcpStream) {
    let mut rest = Vec::new();
    let _ = timeout(Duration::from_secs(5), socket.read_to_end(&mut rest)).await;
}

#[tokio::test]
async fn a_server_that_begins_sasl_anew_is_refused() {
    let passwords = Passwords {
        password: Some("secret".to_owned()),
        ..Passwords::default()
    };
    let (outcome, ()) = meet(json!({}), &passwords, async |mut socket| {
        read_packet(&mut socket).await;
        let offer = authentication(10, b"SCRAM-SHA-256\0\0");
        socket.write_all(&offer.repeat(3)).await.unwrap();
        until_closed(&mut socket).await;
    })
    .await;
    assert_eq!(
        outcome.unwrap_err(),
        plain("SASL: the server began authentication anew")
    );
    assert_eq!(passwords.asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_server_that_asks_for_passwords_without_end_is_refused() {
    let passwords = Passwords {
        password: Some("secret".to_owned()),
        ..Passwords::default()
    };
    let (outcome, ()) = meet(json!({}), &passwords, async |mut socket| {
        read_packet(&mut socket).await;
        let asked = authentication(3, b"").repeat(1000);
        let end = [asked, authentication(0, b""), ready()].concat();
        let _ = socket.write_all(&end).await;
        until_closed(&mut socket).await;
    })
    .await;
    assert!(outcome.is_err());
    assert!(passwords.asked.load(Ordering::Relaxed) < 50);
}

#[tokio::test]
async fn too_many_scram_iterations_are_refused_before_they_are_computed() {
    let options = json!({ "password": "secret", "scramMaxIterations": 5000 });
    let (outcome, ()) = meet(options, &Passwords::default(), async |mut socket| {
        read_packet(&mut socket).await;
        let offer = authentication(10, b"SCRAM-SHA-256\0\0");
        socket.write_all(&offer).await.unwrap();
        let (code, first) = read_message(&mut socket).await;
        assert_eq!(code, b'p');
        let first = String::from_utf8(first[18..].to_vec()).unwrap();
        let nonce = first.strip_prefix("n,,n=*,r=").unwrap();
        let answer = format!("r={nonce}server,s=AAAA,i=2000000000");
        let answer = authentication(11, answer.as_bytes());
        socket.write_all(&answer).await.unwrap();
    })
    .await;
    assert_eq!(
        outcome.unwrap_err(),
        plain(
            "SASL: SCRAM-SERVER-FIRST-MESSAGE: iteration count 2000000000 exceeds \
             scramMaxIterations of 5000"
        )
    );
}

#[tokio::test]
async fn a_password_is_asked_for_only_if_the_server_wants_one() {
    for wanted in [false, true] {
        let passwords = Passwords {
            password: Some("secret".to_owned()),
            ..Passwords::default()
        };
        let (outcome, ()) = meet(json!({}), &passwords, async |mut socket| {
            read_packet(&mut socket).await;
            if wanted {
                socket.write_all(&authentication(3, b"")).await.unwrap();
                let answer = read_message(&mut socket).await;
                assert_eq!(answer, (b'p', b"secret\0".to_vec()));
            }
            let end = [authentication(0, b""), ready()].concat();
            socket.write_all(&end).await.unwrap();
        })
        .await;
        outcome.unwrap();
        assert_eq!(passwords.asked.load(Ordering::Relaxed), usize::from(wanted));
    }
}
