//! Reaching the server, or not.

use oxpg::error::{Error, Phase};
#[cfg(unix)]
use oxpg::session::Address;
use oxpg::session::{Progress, connect};
use serde_json::json;
use tokio::io::AsyncReadExt;
#[cfg(unix)]
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::support::*;

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
