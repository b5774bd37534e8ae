//! CancelRequest: a short connection of its own that asks the server to stop a running query.

use std::time::Duration;

use bytes::{BufMut, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use super::dial::{self, Peer};
use super::negotiate;
use super::progress::Progress;
use super::stream::{Stream, stream_error};
use crate::error::{Error, Phase, Result};

const CANCEL_REQUEST: i32 = 80_877_102;

/// The longest that a cancel request may take in all.
const BOUND: Duration = Duration::from_secs(5);

/// Asks the server to cancel what `process_id` is running.
///
/// It goes to the very address of the session and with its TLS settings. The server closes the
/// connection once it has passed the signal on, so a query sent after this has returned cannot be
/// hit by it. A server that neither closes nor answers is given up after 5 seconds.
pub async fn cancel(peer: &Peer, process_id: i32, secret_key: &[u8]) -> Result<()> {
    let deadline = Instant::now() + BOUND;
    let progress = Progress::new();
    let mut stream = match timeout_at(deadline, send(peer, process_id, secret_key, &progress)).await
    {
        Ok(stream) => stream?,
        Err(_) => {
            return Err(Error::Timeout {
                phase: progress.get(),
            });
        }
    };
    // The request is out. How the server closes does not matter, nor does what it says.
    let mut ignored = [0; 64];
    let closed = async { while matches!(stream.read(&mut ignored).await, Ok(1..)) {} };
    let _ = timeout_at(deadline, closed).await;
    Ok(())
}

async fn send(
    peer: &Peer,
    process_id: i32,
    secret_key: &[u8],
    progress: &Progress,
) -> Result<Stream> {
    progress.set(Phase::Tcp);
    let mut stream = dial::dial_address(peer.address.clone()).await?.stream;
    if let Some(tls) = &peer.tls {
        progress.set(Phase::Tls);
        stream = negotiate::upgrade(stream, tls).await?;
    }
    progress.set(Phase::Auth);
    stream
        .write_all(&packet(process_id, secret_key)?)
        .await
        .map_err(|error| stream_error(error, "write"))?;
    stream
        .flush()
        .await
        .map_err(|error| stream_error(error, "write"))?;
    Ok(stream)
}

/// Not postgres-protocol's, which knows keys of 4 bytes only; protocol 3.2 has up to 256.
pub(super) fn packet(process_id: i32, secret_key: &[u8]) -> Result<BytesMut> {
    let length = i32::try_from(12 + secret_key.len()).map_err(|_| Error::Protocol {
        message: "the server's cancel key is too long to send".to_owned(),
    })?;
    let mut packet = BytesMut::with_capacity(12 + secret_key.len());
    packet.put_i32(length);
    packet.put_i32(CANCEL_REQUEST);
    packet.put_i32(process_id);
    packet.put_slice(secret_key);
    Ok(packet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packet_is_the_one_of_postgres_protocol_for_a_key_of_4_bytes() {
        let mut expected = BytesMut::new();
        postgres_protocol::message::frontend::cancel_request(4711, -2, &mut expected);
        assert_eq!(packet(4711, &(-2_i32).to_be_bytes()).ok(), Some(expected));
    }
}
