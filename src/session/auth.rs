//! Authentication: cleartext, MD5 and SCRAM-SHA-256 (2.9).

use std::future::Future;
use std::pin::Pin;

use bytes::BytesMut;
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::message::frontend;

use super::channel_binding;
use super::scram::{Mechanism, Scram};
use super::startup::{Authentication, Handshake, Message};
use crate::config::{ChannelBinding, SessionConfig};
use crate::error::{Error, Result};

/// More requests than any method has, PAM's several questions included: each may call a password function.
const MOST_REQUESTS: u32 = 20;

/// Where a password comes from if the options hold none: JavaScript, which knows a function or the
/// password file. It is asked only when the server wants a password.
pub trait PasswordSource: Send + Sync {
    /// The password; `None` if there is none.
    fn password(&self) -> Pin<Box<dyn Future<Output = Result<Option<String>>> + Send + '_>>;
}

/// Answers the server's requests until it says AuthenticationOk.
pub(super) async fn authenticate(
    handshake: &mut Handshake,
    config: &SessionConfig,
    passwords: &dyn PasswordSource,
) -> Result<()> {
    // Some while the server owes us the proof that it knows the password as well.
    let mut scram: Option<Scram> = None;
    let mut is_bound = false;
    let mut has_begun = false;
    for _ in 0..MOST_REQUESTS {
        let request = match handshake.next().await? {
            Message::Authentication(request) => request,
            _ => {
                return Err(Error::Protocol {
                    message: "the server went on without finishing authentication".to_owned(),
                });
            }
        };
        if config.channel_binding == Some(ChannelBinding::Require) {
            // Before anything that could serve a stranger leaves this side.
            channel_binding::demand(&request, handshake.stream(), is_bound)?;
        }
        let mut answer = BytesMut::new();
        match request {
            Authentication::Ok => match scram {
                None => return Ok(()),
                // Without its signature anybody could pose as the server. pg lets this pass; libpq
                // does not.
                Some(_) => return Err(message("SASL: server did not complete authentication")),
            },
            Authentication::CleartextPassword => {
                let password = password(config, passwords).await?.unwrap_or_default();
                password_message(&password, &mut answer)?;
            }
            Authentication::Md5Password { salt } => {
                let password = password(config, passwords).await?.unwrap_or_default();
                let hash = md5_hash(config.user.as_bytes(), password.as_bytes(), salt);
                password_message(&hash, &mut answer)?;
            }
            // Each time would cost a call of a password function, and as many hashes as the server likes;
            // libpq refuses it, too.
            Authentication::Sasl { .. } if has_begun => {
                return Err(message("SASL: the server began authentication anew"));
            }
            Authentication::Sasl { mechanisms } => {
                has_begun = true;
                let certificate = handshake.stream().peer_certificate();
                let mechanism = Mechanism::choose(&mechanisms, certificate, config)?;
                let password = password(config, passwords).await?;
                let begun = Scram::begin(mechanism, password, config)?;
                frontend::sasl_initial_response(begun.mechanism(), begun.message(), &mut answer)
                    .map_err(|_| message("SASL: the first message is too long"))?;
                scram = Some(begun);
            }
            Authentication::SaslContinue { data } => {
                let Some(begun) = scram.take() else {
                    return Err(message("SASL: Last message was not SASLInitialResponse"));
                };
                let proven = begun.prove(&data).await?;
                frontend::sasl_response(proven.message(), &mut answer)
                    .map_err(|_| message("SASL: the final message is too long"))?;
                scram = Some(proven);
            }
            Authentication::SaslFinal { data } => {
                let Some(proven) = scram.take() else {
                    return Err(message("SASL: Last message was not SASLResponse"));
                };
                proven.verify(&data)?;
                is_bound = proven.is_bound();
                // AuthenticationOk follows by itself.
                continue;
            }
        }
        handshake.send(&answer).await?;
    }
    Err(Error::Protocol {
        message: format!("the server asked for more than {MOST_REQUESTS} proofs of who we are"),
    })
}

async fn password(
    config: &SessionConfig,
    passwords: &dyn PasswordSource,
) -> Result<Option<String>> {
    match &config.password {
        Some(password) => Ok(Some(password.clone())),
        None => passwords.password().await,
    }
}

fn password_message(password: &str, answer: &mut BytesMut) -> Result<()> {
    frontend::password_message(password.as_bytes(), answer)
        .map_err(|_| message("the password must not contain a NUL character"))
}

fn message(message: &str) -> Error {
    Error::Message {
        message: message.to_owned(),
        code: None,
    }
}
