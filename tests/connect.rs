//! Connecting to servers that say what a real PostgreSQL never says, or what it says too rarely to
//! wait for. Each test scripts one server.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};

use oxpg::config::SessionConfig;
use oxpg::error::{Error, Phase, Result};
use oxpg::session::{Address, Established, PasswordSource, Progress, cancel, connect};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A source of passwords that counts how often it is asked.
#[derive(Default)]
struct Passwords {
    password: Option<String>,
    asked: AtomicUsize,
}

impl PasswordSource for Passwords {
    fn password(&self) -> Pin<Box<dyn Future<Output = Result<Option<String>>> + Send + '_>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let password = self.password.clone();
        Box::pin(async move { Ok(password) })
    }
}

/// Options for a server on this port, `extra` laid over the plain ones.
fn config(port: u16, extra: Value) -> SessionConfig {
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

fn message(code: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
    [&[code][..], &length, body].concat()
}

fn authentication(kind: u8, body: &[u8]) -> Vec<u8> {
    message(b'R', &[&[0, 0, 0, kind], body].concat())
}

fn ready() -> Vec<u8> {
    message(b'Z', b"I")
}

/// A packet without a type byte: startup, SSLRequest, CancelRequest.
async fn read_packet(socket: &mut TcpStream) -> Vec<u8> {
    let length = socket.read_u32().await.unwrap();
    let mut body = vec![0; usize::try_from(length).unwrap() - 4];
    socket.read_exact(&mut body).await.unwrap();
    body
}

/// A message with a type byte.
async fn read_message(socket: &mut TcpStream) -> (u8, Vec<u8>) {
    let code = socket.read_u8().await.unwrap();
    (code, read_packet(socket).await)
}

/// Runs a client against a server's script for one connection; both must come to their ends.
async fn meet<F, S>(
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
async fn error_after(options: Value, answer: &[u8]) -> Error {
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

fn protocol(message: &str) -> Error {
    Error::Protocol {
        message: message.to_owned(),
    }
}

fn plain(message: &str) -> Error {
    Error::Message {
        message: message.to_owned(),
        code: None,
    }
}

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
async fn authentication_that_is_not_supported_is_refused() {
    assert_eq!(
        error_after(json!({}), &authentication(7, b"")).await,
        plain("Unknown authenticationOk message type 7")
    );
    assert_eq!(
        error_after(json!({}), &authentication(10, b"GS2-KRB5\0\0")).await,
        plain("SASL: Only mechanism(s) SCRAM-SHA-256 are supported")
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
        let nonce = first.strip_prefix("n,,n=,r=").unwrap();
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
async fn a_tls_handshake_that_fails_has_nodes_code() {
    for (behind, expected) in [
        (
            &b"this is not TLS at all"[..],
            "ERR_SSL_WRONG_VERSION_NUMBER",
        ),
        (b"", "ECONNRESET"),
        // A fatal alert: handshake failure.
        (
            b"\x15\x03\x03\0\x02\x02\x28",
            "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE",
        ),
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
        let Error::Tls { code, .. } = outcome.unwrap_err() else {
            panic!("expected a TLS error");
        };
        assert_eq!(code.as_deref(), Some(expected));
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

#[tokio::test]
async fn a_mute_server_is_left_by_dropping_the_attempt() {
    for (options, phase) in [(json!({}), Phase::Auth), (json!({ "ssl": {} }), Phase::Tls)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let config = config(listener.local_addr().unwrap().port(), options);
        let (passwords, progress) = (Passwords::default(), Progress::new());
        let mut socket = tokio::select! {
            outcome = connect(&config, &passwords, &progress) => panic!("{outcome:?}"),
            socket = async {
                let (mut socket, _) = listener.accept().await.unwrap();
                read_packet(&mut socket).await;
                socket
            } => socket,
        };
        assert_eq!(progress.get(), phase);
        // The attempt's future is gone and with it its socket.
        assert_eq!(socket.read(&mut [0; 8]).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn a_refused_connection_is_nodes_system_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let config = config(port, json!({}));
    let outcome = connect(&config, &Passwords::default(), &Progress::new()).await;
    let Err(Error::Io(error)) = outcome else {
        panic!("expected a system error");
    };
    assert_eq!(error.code, "ECONNREFUSED");
    assert_eq!(error.syscall, "connect");
    assert_eq!(error.address.as_deref(), Some("127.0.0.1"));
    assert_eq!(error.port, Some(port));
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_nodes_system_error() {
    // A NUL keeps the question away from any resolver.
    let config = config(5432, json!({ "host": "no\0where" }));
    let outcome = connect(&config, &Passwords::default(), &Progress::new()).await;
    let Err(Error::Io(error)) = outcome else {
        panic!("expected a system error");
    };
    assert_eq!((error.code.as_str(), error.errno), ("ENOTFOUND", -3008));
    assert_eq!(error.syscall, "getaddrinfo");
    assert_eq!(error.hostname.as_deref(), Some("no\0where"));
    assert_eq!((error.address, error.port), (None, None));
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

#[cfg(unix)]
#[tokio::test]
async fn a_unix_socket_is_found_in_its_directory() {
    let directory = std::env::temp_dir().join(format!("oxpg-connect-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let path = directory.join(".s.PGSQL.6543");
    let options = json!({ "host": directory });

    let missing = connect(
        &config(6543, options.clone()),
        &Passwords::default(),
        &Progress::new(),
    )
    .await;
    let Err(Error::Io(error)) = missing else {
        panic!("expected a system error");
    };
    assert_eq!((error.code.as_str(), error.errno), ("ENOENT", -2));
    assert_eq!(error.address.as_deref(), path.to_str());
    assert_eq!(error.port, None);

    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let config = config(6543, options);
    let (passwords, progress) = (Passwords::default(), Progress::new());
    let server = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        let end = [authentication(0, b""), ready()].concat();
        socket.write_all(&end).await.unwrap();
        socket
    };
    let (session, _socket) = tokio::join!(connect(&config, &passwords, &progress), server);
    assert_eq!(session.unwrap().peer.address, Address::Unix(path));
    std::fs::remove_dir_all(&directory).unwrap();
}

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
