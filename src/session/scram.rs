//! SCRAM-SHA-256 as node-postgres speaks it: its checks, its messages (A-4 to A-7, section 8),
//! around the computation of postgres-protocol.

use postgres_protocol::authentication::sasl::{
    ChannelBinding, SCRAM_SHA_256, SCRAM_SHA_256_PLUS, ScramSha256,
};

use super::stream::Stream;
use crate::config::SessionConfig;
use crate::error::{Error, Result};
use crate::tls;

/// postgres-protocol refuses to compute more iterations than this.
const COMPUTABLE: u32 = 100_000;

/// One SCRAM exchange.
pub(super) struct Scram {
    mechanism: &'static str,
    exchange: ScramSha256,
    step: Step,
    nonce: String,
    max_iterations: u32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    /// The client's first message is on its way.
    InitialResponse,
    /// The client's proof is on its way.
    Response,
}

impl Scram {
    /// Chooses the mechanism and makes the client's first message.
    pub(super) fn begin(
        offered: &[String],
        password: Option<&str>,
        stream: &Stream,
        config: &SessionConfig,
    ) -> Result<Self> {
        let wants_binding = config.enable_channel_binding;
        let candidates: &[&'static str] = if wants_binding {
            &[SCRAM_SHA_256_PLUS, SCRAM_SHA_256]
        } else {
            &[SCRAM_SHA_256]
        };
        let mechanism = candidates
            .iter()
            .find(|candidate| offered.iter().any(|mechanism| mechanism == *candidate))
            .copied()
            .ok_or_else(|| {
                let candidates = candidates.join(" and ");
                failure(format!(
                    "SASL: Only mechanism(s) {candidates} are supported"
                ))
            })?;

        let binding = if mechanism == SCRAM_SHA_256_PLUS {
            let certificate = stream.peer_certificate().ok_or_else(|| {
                failure("SASL: Mechanism SCRAM-SHA-256-PLUS requires a certificate".to_owned())
            })?;
            ChannelBinding::tls_server_end_point(tls::channel_binding(certificate)?)
        } else if wants_binding {
            // "I could, but you seem not to": a server that did offer it notices the downgrade.
            ChannelBinding::unrequested()
        } else {
            ChannelBinding::unsupported()
        };

        // pg notices these when the server has answered; the outcome is the same.
        let password = match password {
            None => return Err(first("client password must be a string")),
            Some("") => return Err(first("client password must be a non-empty string")),
            Some(password) => password,
        };
        let exchange = ScramSha256::new(password.as_bytes(), binding);
        let nonce = attribute(&text(exchange.message()), 'r').unwrap_or_default();
        Ok(Self {
            mechanism,
            exchange,
            step: Step::InitialResponse,
            nonce,
            max_iterations: config.scram_max_iterations,
        })
    }

    pub(super) const fn mechanism(&self) -> &'static str {
        self.mechanism
    }

    /// What to send now.
    pub(super) fn message(&self) -> &[u8] {
        self.exchange.message()
    }

    /// Answers the server's first message with the client's proof.
    pub(super) async fn prove(mut self, server_first: String) -> Result<Self> {
        if self.step != Step::InitialResponse {
            return Err(failure(
                "SASL: Last message was not SASLInitialResponse".to_owned(),
            ));
        }
        check_server_first(&server_first, &self.nonce, self.max_iterations)?;
        // Thousands of hashes: they must not hold up the other sessions of the I/O thread.
        let exchange = tokio::task::spawn_blocking(move || {
            self.exchange
                .update(server_first.as_bytes())
                .map(|()| self.exchange)
        })
        .await
        .map_err(|_| failure("SASL: computing the proof was interrupted".to_owned()))?
        .map_err(|error| first(&format!("server's message was not understood: {error}")))?;
        Ok(Self {
            exchange,
            step: Step::Response,
            mechanism: self.mechanism,
            nonce: self.nonce,
            max_iterations: self.max_iterations,
        })
    }

    /// Checks that the server knows the password, too.
    pub(super) fn verify(mut self, server_final: &str) -> Result<()> {
        if self.step != Step::Response {
            return Err(failure(
                "SASL: Last message was not SASLResponse".to_owned(),
            ));
        }
        check_server_final(server_final)?;
        self.exchange
            .finish(server_final.as_bytes())
            .map_err(|_| last("server signature does not match"))
    }
}

fn check_server_first(message: &str, client_nonce: &str, max_iterations: u32) -> Result<()> {
    check_pairs(message)?;
    let nonce = present(message, 'r').ok_or_else(|| first("nonce missing"))?;
    if !nonce
        .bytes()
        .all(|byte| matches!(byte, 0x21..=0x2b | 0x2d..=0x7e))
    {
        return Err(first("nonce must only contain printable characters"));
    }
    let salt = present(message, 's').ok_or_else(|| first("salt missing"))?;
    if !is_base64(&salt) {
        return Err(first("salt must be base64"));
    }
    let iteration = present(message, 'i').ok_or_else(|| first("iteration missing"))?;
    if iteration.starts_with('0') || !iteration.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(first("invalid iteration count"));
    }
    if !nonce.starts_with(client_nonce) {
        return Err(first("server nonce does not start with client nonce"));
    }
    if nonce.len() == client_nonce.len() {
        return Err(first("server nonce is too short"));
    }
    // Too many digits for a number is too many iterations.
    let count = iteration.parse::<u32>().unwrap_or(u32::MAX);
    if max_iterations != 0 && count > max_iterations {
        return Err(first(&format!(
            "iteration count {iteration} exceeds scramMaxIterations of {max_iterations}"
        )));
    }
    if count > COMPUTABLE {
        return Err(first(&format!(
            "iteration count {iteration} exceeds the {COMPUTABLE} that this driver can compute"
        )));
    }
    Ok(())
}

fn check_server_final(message: &str) -> Result<()> {
    check_pairs(message)?;
    if let Some(error) = present(message, 'e') {
        return Err(last(&format!("server returned error: \"{error}\"")));
    }
    let signature = present(message, 'v').ok_or_else(|| last("server signature is missing"))?;
    if !is_base64(&signature) {
        return Err(last("server signature must be base64"));
    }
    Ok(())
}

/// Every entry is one character, `=`, and a value.
fn check_pairs(message: &str) -> Result<()> {
    let well_formed = |pair: &str| {
        let mut characters = pair.chars();
        characters.next().is_some_and(|name| name != '\n') && characters.next() == Some('=')
    };
    if message.split(',').all(well_formed) {
        Ok(())
    } else {
        Err(failure("SASL: Invalid attribute pair entry".to_owned()))
    }
}

/// The value of an attribute; the last one counts, as in a JavaScript Map.
fn attribute(message: &str, name: char) -> Option<String> {
    message
        .split(',')
        .rev()
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
        .map(str::to_owned)
}

/// An attribute that is there and not empty.
fn present(message: &str, name: char) -> Option<String> {
    attribute(message, name).filter(|value| !value.is_empty())
}

/// Whole groups of four, the last of which may be padded.
fn is_base64(text: &str) -> bool {
    let digits = text
        .strip_suffix("==")
        .or_else(|| text.strip_suffix('='))
        .unwrap_or(text);
    text.len().is_multiple_of(4)
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn first(reason: &str) -> Error {
    failure(format!("SASL: SCRAM-SERVER-FIRST-MESSAGE: {reason}"))
}

fn last(reason: &str) -> Error {
    failure(format!("SASL: SCRAM-SERVER-FINAL-MESSAGE: {reason}"))
}

const fn failure(message: String) -> Error {
    Error::Message {
        message,
        code: None,
    }
}
