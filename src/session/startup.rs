//! The startup packet, and the messages that may come before the first ReadyForQuery.

use bytes::{Buf, Bytes, BytesMut};
use postgres_protocol::message::frontend;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::error_response;
use super::stream::{Stream, stream_error};
use crate::config::SessionConfig;
use crate::error::{Error, Result, ServerError};

/// No message of this phase is anywhere near this long; more is garbage read as a length.
const LONGEST: usize = 1024 * 1024;

/// Nor is all that a server says before it is ready; more is a flood.
const MOST: usize = 4 * LONGEST;

/// Type byte and length field.
const HEADER: usize = 5;

/// The startup packet: protocol 3.0 and the configured parameters in their order (2.7).
pub(super) fn packet(config: &SessionConfig) -> Result<BytesMut> {
    let parameters = config.startup.iter();
    let mut packet = BytesMut::with_capacity(128);
    frontend::startup_message(
        parameters.map(|(name, value)| (name.as_str(), value.as_str())),
        &mut packet,
    )
    .map_err(|_| unsendable(config))?;
    Ok(packet)
}

/// The only value that the packet cannot carry is one with its own terminator inside.
fn unsendable(config: &SessionConfig) -> Error {
    let name = config
        .startup
        .iter()
        .find(|(name, value)| name.contains('\0') || value.contains('\0'))
        .map_or("startup", |(name, _)| name.as_str());
    Error::Message {
        message: format!("the connection option {name:?} must not contain a NUL character"),
        code: None,
    }
}

/// What a server may say before it is ready.
#[derive(Debug, PartialEq)]
pub(super) enum Message {
    Authentication(Authentication),
    ParameterStatus { name: String, value: String },
    BackendKeyData { process: i32, secret: Bytes },
    ReadyForQuery { status: u8 },
}

/// The requests of authentication that can be answered.
#[derive(Debug, PartialEq)]
pub(super) enum Authentication {
    Ok,
    CleartextPassword,
    Md5Password { salt: [u8; 4] },
    Sasl { mechanisms: Vec<String> },
    SaslContinue { data: String },
    SaslFinal { data: String },
}

/// The conversation up to the first ReadyForQuery.
#[derive(Debug)]
pub(super) struct Handshake {
    stream: Stream,
    buffer: BytesMut,
    received: usize,
    notices: Vec<ServerError>,
}

impl Handshake {
    pub(super) fn new(stream: Stream) -> Self {
        Self {
            stream,
            buffer: BytesMut::with_capacity(4096),
            received: 0,
            notices: Vec::new(),
        }
    }

    pub(super) const fn stream(&self) -> &Stream {
        &self.stream
    }

    pub(super) fn into_parts(self) -> (Stream, BytesMut, Vec<ServerError>) {
        (self.stream, self.buffer, self.notices)
    }

    pub(super) async fn send(&mut self, bytes: &[u8]) -> Result<()> {
        let sent = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        let Err(error) = sent.await else {
            return Ok(());
        };
        // A server that refuses closes behind its ErrorResponse, or behind an alert if it is about the
        // client's certificate. That complaint says more than the EPIPE which it makes of our next
        // write.
        match self.next().await {
            Err(refusal @ (Error::Server(_) | Error::Tls { .. })) => Err(refusal),
            _ => Err(stream_error(error, "write")),
        }
    }

    /// The next message. Notices are put aside; an ErrorResponse is an error.
    pub(super) async fn next(&mut self) -> Result<Message> {
        loop {
            while let Some(frame) = decode(&mut self.buffer)? {
                match frame {
                    Frame::Message(message) => return Ok(message),
                    Frame::Notice(notice) => self.notices.push(notice),
                    Frame::Error(error) => return Err(Error::Server(error)),
                    Frame::Ignored => {}
                }
            }
            let read = self.stream.read_buf(&mut self.buffer).await;
            match read.map_err(|error| stream_error(error, "read"))? {
                0 => return Err(Error::Closed),
                length => self.received += length,
            }
            if self.received > MOST {
                return Err(Error::Protocol {
                    message: format!("the server sent over {MOST} bytes without becoming ready"),
                });
            }
        }
    }
}

#[derive(Debug, PartialEq)]
enum Frame {
    Message(Message),
    Notice(ServerError),
    Error(ServerError),
    Ignored,
}

/// Takes one whole message from the buffer; `None` if more bytes are needed.
fn decode(buffer: &mut BytesMut) -> Result<Option<Frame>> {
    // A wrong type byte is refused at once: a server that speaks something else may never send
    // the number of bytes that its text happens to claim.
    if let Some(&code) = buffer.first() {
        expect(code)?;
    }
    let Some(header) = buffer.first_chunk::<HEADER>() else {
        return Ok(None);
    };
    let [code, length @ ..] = *header;
    let length = u32::from_be_bytes(length);
    let end = match usize::try_from(length) {
        Ok(length) if (4..=LONGEST).contains(&length) => length + 1,
        _ => return Err(bad_length(code, length, buffer)),
    };
    if buffer.len() < end {
        return Ok(None);
    }
    let mut body = buffer.split_to(end).freeze();
    body.advance(HEADER);
    frame(code, body).map(Some)
}

/// Refuses a message type that has no place in this phase.
fn expect(code: u8) -> Result<()> {
    let name = match code {
        b'R' | b'S' | b'K' | b'Z' | b'E' | b'N' | b'A' => return Ok(()),
        b'T' => "rowDescription",
        b'D' => "dataRow",
        b's' => "portalSuspended",
        b'I' => "emptyQuery",
        b'C' => "commandComplete",
        b'1' => "parseComplete",
        b'G' => "copyInResponse",
        b'd' => "copyData",
        _ => {
            return Err(Error::Protocol {
                message: format!("received invalid response: {code:x}"),
            });
        }
    };
    Err(Error::Message {
        message: format!("Received unexpected {name} message from backend."),
        code: None,
    })
}

/// Shows the beginning of what came, for that often says it all (`HTTP/1.1 400 Bad Request`, or
/// the text which an overloaded PostgreSQL sends without a length).
fn bad_length(code: u8, length: u32, buffer: &[u8]) -> Error {
    let preview = &buffer[..buffer.len().min(120)];
    Error::Protocol {
        message: format!(
            "received invalid length {length} of message {code:x}: the server sent \"{}\"",
            preview.escape_ascii()
        ),
    }
}

fn frame(code: u8, mut body: Bytes) -> Result<Frame> {
    let message = match code {
        b'E' => return Ok(Frame::Error(error_response::parse(&body))),
        b'N' => return Ok(Frame::Notice(error_response::parse(&body))),
        // Nobody can be listening yet.
        b'A' => return Ok(Frame::Ignored),
        b'R' => Some(Message::Authentication(authentication(body)?)),
        b'S' => take_cstr(&mut body)
            .zip(take_cstr(&mut body))
            .map(|(name, value)| Message::ParameterStatus { name, value }),
        // A key of another length than 4 belongs to a newer protocol; a cancel request returns it
        // unchanged.
        b'K' if body.len() >= 8 => {
            let process = body.get_i32();
            Some(Message::BackendKeyData {
                process,
                // Copied, so that the key does not keep the read buffer alive.
                secret: Bytes::copy_from_slice(&body),
            })
        }
        b'Z' => match body[..] {
            [status @ (b'I' | b'T' | b'E')] => Some(Message::ReadyForQuery { status }),
            _ => None,
        },
        _ => None,
    };
    message.map(Frame::Message).ok_or_else(|| malformed(code))
}

fn malformed(code: u8) -> Error {
    Error::Protocol {
        message: format!("received malformed message {code:x} while connecting"),
    }
}

fn authentication(mut body: Bytes) -> Result<Authentication> {
    if body.len() < 4 {
        return Err(malformed(b'R'));
    }
    match (body.get_i32(), &body[..]) {
        (0, _) => Ok(Authentication::Ok),
        (3, []) => Ok(Authentication::CleartextPassword),
        (5, &[a, b, c, d]) => Ok(Authentication::Md5Password { salt: [a, b, c, d] }),
        (10, _) => {
            let mut mechanisms = Vec::new();
            while let Some(mechanism) = take_cstr(&mut body) {
                if mechanism.is_empty() {
                    break;
                }
                mechanisms.push(mechanism);
            }
            Ok(Authentication::Sasl { mechanisms })
        }
        (11, data) => Ok(Authentication::SaslContinue { data: text(data) }),
        (12, data) => Ok(Authentication::SaslFinal { data: text(data) }),
        (3 | 5, _) => Err(malformed(b'R')),
        // Kerberos, GSS, SSPI and whatever comes (N-11).
        (code, _) => Err(unsupported(code)),
    }
}

/// pg's words, then ours: in pg they end the process (N-11).
fn unsupported(code: i32) -> Error {
    let (method, rule) = match code {
        2 => ("Kerberos V5", "krb5"),
        4 => ("crypt", "crypt"),
        6 => ("SCM credential", "ident"),
        7 | 8 => ("GSSAPI", "gss"),
        9 => ("SSPI", "sspi"),
        _ => ("an unknown kind of", "that method"),
    };
    Error::Message {
        message: format!(
            "Unknown authenticationOk message type {code}: the server asks for {method} \
             authentication, which oxpg does not have; in the pg_hba.conf of the server, replace \
             {rule} by scram-sha-256 for this user and address"
        ),
        code: None,
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A string up to its NUL, which must be there.
fn take_cstr(body: &mut Bytes) -> Option<String> {
    let end = body.iter().position(|byte| *byte == 0)?;
    let value = text(&body[..end]);
    body.advance(end + 1);
    Some(value)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
