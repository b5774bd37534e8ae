//! How TLS begins: SSLRequest, or directly (C-9, T-1, T-2).

use bytes::BytesMut;
use postgres_protocol::message::frontend;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::stream::{Stream, stream_error};
use crate::config::{SessionConfig, SslConfig, SslNegotiation};
use crate::error::{Error, Result};
use crate::tls::{Terms, TlsClient};

/// A TLS client and the way it announces itself. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Negotiator {
    client: TlsClient,
    negotiation: SslNegotiation,
}

/// Prepares TLS for one host.
pub(super) fn client(config: &SessionConfig, ssl: &SslConfig) -> Result<Negotiator> {
    // On a unix socket there is no host; Node then checks the certificate against `localhost` (T-3).
    let host = if config.is_unix_socket() {
        "localhost"
    } else {
        config.host.as_str()
    };
    let is_direct = config.ssl_negotiation == SslNegotiation::Direct;
    let terms = Terms {
        alpn: is_direct.then_some(b"postgresql"),
        // A session taken up again shows the certificate of its first connection; channel binding
        // needs the one that the server has now.
        resumes: !config.may_bind(),
    };
    Ok(Negotiator {
        client: TlsClient::new(ssl, host, terms)?,
        negotiation: config.ssl_negotiation,
    })
}

/// Encrypts a fresh socket.
pub(super) async fn upgrade(mut stream: Stream, tls: &Negotiator) -> Result<Stream> {
    if tls.negotiation == SslNegotiation::Postgres {
        request(&mut stream).await?;
    }
    let stream = tls.client.handshake(stream).await?;
    Ok(Stream::Tls(Box::new(stream)))
}

/// Sends SSLRequest and reads the server's one byte.
async fn request(stream: &mut Stream) -> Result<()> {
    let mut packet = BytesMut::with_capacity(8);
    frontend::ssl_request(&mut packet);
    stream
        .write_all(&packet)
        .await
        .map_err(|error| stream_error(error, "write"))?;

    let mut answer = [0; 16];
    let length = stream
        .read(&mut answer)
        .await
        .map_err(|error| stream_error(error, "read"))?;
    // Bytes behind the `S` were sent in the clear: a man in the middle hopes that they are taken
    // for the encrypted server's words (CVE-2021-23222). Hence the exact comparison.
    match &answer[..length] {
        [] => Err(Error::Closed),
        b"S" => Ok(()),
        b"N" => Err(refused("The server does not support SSL connections")),
        _ => Err(refused("There was an error establishing an SSL connection")),
    }
}

fn refused(message: &str) -> Error {
    Error::Message {
        message: message.to_owned(),
        code: None,
    }
}
