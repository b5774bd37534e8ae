//! A scripted server, a client that meets it, and the words they exchange.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};

use oxpg::config::SessionConfig;
use oxpg::error::{Error, Result};
use oxpg::session::{Established, PasswordSource, Progress, connect};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A source of passwords that counts how often it is asked.
#[derive(Default)]
pub(crate) struct Passwords {
    pub(crate) password: Option<String>,
    pub(crate) asked: AtomicUsize,
}

impl PasswordSource for Passwords {
    fn password(&self) -> Pin<Box<dyn Future<Output = Result<Option<String>>> + Send + '_>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let password = self.password.clone();
        Box::pin(async move { Ok(password) })
    }
}

/// Options for a server on this port, `extra` laid over the plain ones.
pub(crate) fn config(port: u16, extra: Value) -> SessionConfig {
    let mut options = json!({
        "host": "127.0.0.1",
        "port": port,
        "user": "alice",
        "startup": [["user", "alice"], ["database", "shop"], ["client_encoding", "UTF8"]],
    });
    for (name, value) in extra.as_object().unwrap() {
        options[name] = value.clone();
    }
    serde_json::from_value(options).unwrap()
}

pub(crate) fn message(code: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
    [&[code][..], &length, body].concat()
}

pub(crate) fn authentication(kind: u8, body: &[u8]) -> Vec<u8> {
    message(b'R', &[&[0, 0, 0, kind], body].concat())
}

pub(crate) fn ready() -> Vec<u8> {
    message(b'Z', b"I")
}

/// A packet without a type byte: startup, SSLRequest, CancelRequest.
pub(crate) async fn read_packet(socket: &mut TcpStream) -> Vec<u8> {
    let length = socket.read_u32().await.unwrap();
    let mut body = vec![0; usize::try_from(length).unwrap() - 4];
    socket.read_exact(&mut body).await.unwrap();
    body
}

/// A message with a type byte.
pub(crate) async fn read_message(socket: &mut TcpStream) -> (u8, Vec<u8>) {
    let code = socket.read_u8().await.unwrap();
    (code, read_packet(socket).await)
}

/// Runs a client against a server's script for one connection; both must come to their ends.
pub(crate) async fn meet<F, S>(
    options: Value,
    passwords: &Passwords,
    script: F,
) -> (Result<Established>, S::Output)
where
    F: FnOnce(TcpStream) -> S,
    S: Future,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = config(listener.local_addr().unwrap().port(), options);
    let progress = Progress::new();
    let server = async {
        let (socket, _) = listener.accept().await.unwrap();
        script(socket).await
    };
    tokio::join!(connect(&config, passwords, &progress), server)
}

/// What connecting says to a server that answers the first packet with these bytes and closes.
pub(crate) async fn error_after(options: Value, answer: &[u8]) -> Error {
    let (outcome, ()) = meet(options, &Passwords::default(), async |mut socket| {
        read_packet(&mut socket).await;
        socket.write_all(answer).await.unwrap();
        // Everything is read first: closing over unread bytes would be a reset.
        socket.shutdown().await.unwrap();
        let mut rest = Vec::new();
        let _ = socket.read_to_end(&mut rest).await;
    })
    .await;
    outcome.unwrap_err()
}

pub(crate) fn protocol(message: &str) -> Error {
    Error::Protocol {
        message: message.to_owned(),
    }
}

pub(crate) fn plain(message: &str) -> Error {
    Error::Message {
        message: message.to_owned(),
        code: None,
    }
}
