//! From options to a session that is ready for its first query.

use std::fmt;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use super::auth::PasswordSource;
use super::bridge::Bridge;
use super::dial::{self, Address, Peer};
use super::negotiate;
use super::progress::Progress;
use super::startup::{Handshake, Message};
use super::stream::Stream;
use super::{auth, startup};
use crate::config::SessionConfig;
use crate::error::{Error, Phase, Result, ServerError};
use crate::tls;

/// A connected, authenticated session: its first ReadyForQuery has been read.
pub struct Established {
    /// The stream to run queries over.
    pub stream: Stream,
    /// Bytes that arrived behind the first ReadyForQuery; normally none.
    pub read_buffer: BytesMut,
    /// The server process, which a cancel request names. 0 if the server sent no key.
    pub process_id: i32,
    /// The secret of a cancel request: 4 bytes in protocol 3.0, empty if the server sent no key.
    pub secret_key: Bytes,
    /// ParameterStatus messages in the order of arrival.
    pub parameters: Vec<(String, String)>,
    /// NoticeResponse messages seen during startup.
    pub notices: Vec<ServerError>,
    /// The status byte of the first ReadyForQuery: `I`, `T` or `E`.
    pub transaction_status: u8,
    /// The address in use and what a cancel request needs to reach it again.
    pub peer: Peer,
}

/// Secrets never print.
impl fmt::Debug for Established {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Established")
            .field("peer", &self.peer)
            .field("process_id", &self.process_id)
            .finish_non_exhaustive()
    }
}

/// Connects one session.
///
/// There is no timeout in here: the caller owns the one deadline, drops this future when it has
/// passed, which closes the socket, and asks `progress` where the time went.
pub async fn connect(
    config: &SessionConfig,
    passwords: &dyn PasswordSource,
    progress: &Progress,
) -> Result<Established> {
    let dialled = dial::dial(config, progress).await?;
    let mut peer = dialled.peer;
    let stream = match &config.ssl {
        None => dialled.stream,
        Some(ssl) => {
            progress.set(Phase::Tls);
            let tls = negotiate::client(config, ssl)?;
            let stream = negotiate::upgrade(dialled.stream, &tls).await?;
            check_binding(config, &stream)?;
            peer.tls = Some(tls);
            stream
        }
    };

    progress.set(Phase::Auth);
    let mut handshake = Handshake::new(stream);
    handshake.send(&startup::packet(config)?).await?;
    log_in(handshake, peer, config, passwords).await
}

/// Whether there is something to bind to, where binding is wished for.
fn check_binding(config: &SessionConfig, stream: &Stream) -> Result<()> {
    let certificate = stream.peer_certificate().unwrap_or_default();
    if !config.may_bind() || tls::is_provable(certificate) {
        return Ok(());
    }
    Err(Error::Tls {
        code: None,
        message: "the certificate of the server is not proven to be its own".to_owned(),
    })
}

/// Connects one session over a socket of JavaScript's, whose TLS is JavaScript's business as well.
pub(super) async fn connect_over(
    bridge: &Arc<Bridge>,
    config: &SessionConfig,
    passwords: &dyn PasswordSource,
    progress: &Progress,
) -> Result<Established> {
    bridge.prepare(&startup::packet(config)?);
    let stream = Stream::Bridge(bridge.stream().await?);
    progress.set(Phase::Auth);
    let peer = Peer {
        address: Address::Bridge,
        tls: None,
    };
    log_in(Handshake::new(stream), peer, config, passwords).await
}

/// Goes on behind the startup message.
async fn log_in(
    mut handshake: Handshake,
    peer: Peer,
    config: &SessionConfig,
    passwords: &dyn PasswordSource,
) -> Result<Established> {
    auth::authenticate(&mut handshake, config, passwords).await?;
    until_ready(handshake, peer).await
}

/// Collects what the server tells between AuthenticationOk and the first ReadyForQuery.
async fn until_ready(mut handshake: Handshake, peer: Peer) -> Result<Established> {
    let mut process_id = 0;
    let mut secret_key = Bytes::new();
    let mut parameters = Vec::new();
    let transaction_status = loop {
        match handshake.next().await? {
            Message::ParameterStatus { name, value } => parameters.push((name, value)),
            Message::BackendKeyData { process, secret } => {
                process_id = process;
                secret_key = secret;
            }
            Message::ReadyForQuery { status } => break status,
            Message::Authentication(_) => {
                return Err(Error::Protocol {
                    message: "the server asked for authentication again after accepting it".into(),
                });
            }
        }
    };
    let (stream, read_buffer, notices) = handshake.into_parts();
    Ok(Established {
        stream,
        read_buffer,
        process_id,
        secret_key,
        parameters,
        notices,
        transaction_status,
        peer,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pool polls connect attempts from whichever thread it likes.
    #[test]
    fn the_futures_are_send() {
        fn attempt<'a>(
            config: &'a SessionConfig,
            passwords: &'a dyn PasswordSource,
            progress: &'a Progress,
        ) -> impl Future<Output = Result<Established>> + Send + 'a {
            connect(config, passwords, progress)
        }
        let _ = attempt;
    }
}
