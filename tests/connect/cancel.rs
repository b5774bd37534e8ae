//! The cancel request and its own connection.

use std::sync::atomic::{AtomicUsize, Ordering};

use oxpg::error::Error;
use oxpg::session::{Established, Progress, cancel, connect};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::support::*;

/// A session with a scripted server whose listener stays open for the cancel request.
async fn session(listener: &TcpListener) -> (Established, TcpStream) {
    let config = config(listener.local_addr().unwrap().port(), json!({}));
    let (passwords, progress) = (Passwords::default(), Progress::new());
    let server = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        let key = message(b'K', b"\0\0\x12\x34\xff\xff\xff\xfe");
        let end = [authentication(0, b""), key, ready()].concat();
        socket.write_all(&end).await.unwrap();
        socket
    };
    let (session, socket) = tokio::join!(connect(&config, &passwords, &progress), server);
    (session.unwrap(), socket)
}

#[tokio::test]
async fn a_cancel_request_returns_when_the_server_has_closed_its_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (session, _socket) = session(&listener).await;
    let closed = AtomicUsize::new(0);
    let server = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        let packet = read_packet(&mut socket).await;
        assert_eq!(packet, b"\x04\xd2\x16\x2e\0\0\x12\x34\xff\xff\xff\xfe");
        closed.store(1, Ordering::SeqCst);
        drop(socket);
    };
    let request = async {
        cancel(&session.peer, session.process_id, &session.secret_key)
            .await
            .unwrap();
        assert_eq!(closed.load(Ordering::SeqCst), 1);
    };
    tokio::join!(request, server);
}

#[tokio::test]
async fn a_cancel_request_to_a_server_that_never_closes_returns_all_the_same() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (session, _socket) = session(&listener).await;
    let server = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        read_packet(&mut socket).await;
        // From here the clock jumps to whatever is waited for next.
        tokio::time::pause();
        socket
    };
    let request = cancel(&session.peer, session.process_id, &session.secret_key);
    let (outcome, _socket) = tokio::join!(request, server);
    outcome.unwrap();
}

#[tokio::test]
async fn a_cancel_request_that_finds_no_server_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (session, _socket) = session(&listener).await;
    drop(listener);
    let outcome = cancel(&session.peer, session.process_id, &session.secret_key).await;
    let Err(Error::Io(error)) = outcome else {
        panic!("expected a system error");
    };
    assert_eq!(error.code, "ECONNREFUSED");
}
