//! SCRAM-SHA-256 as node-postgres speaks it, with and without channel binding.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use postgres_protocol::authentication::sasl::{SCRAM_SHA_256, SCRAM_SHA_256_PLUS};
use ring::rand::{SecureRandom, SystemRandom};

use self::checks::{first, last};
use self::proof::Proof;
use crate::config::{ChannelBinding, SessionConfig};
use crate::error::{Error, Result};
use crate::tls;

mod checks;
mod proof;
mod salted;

/// How to authenticate, of what the server offers.
#[derive(Debug)]
pub(super) struct Mechanism {
    name: &'static str,
    /// The header of RFC 5802 and, with channel binding, what identifies the TLS connection.
    binding: Vec<u8>,
    header: &'static str,
}

impl Mechanism {
    /// Chooses. `certificate` is the server's, if TLS is on.
    pub(super) fn choose(
        offered: &[String],
        certificate: Option<&[u8]>,
        config: &SessionConfig,
    ) -> Result<Self> {
        let candidates: &[&'static str] = match config.channel_binding {
            _ if !config.may_bind() => &[SCRAM_SHA_256],
            Some(ChannelBinding::Require) => &[SCRAM_SHA_256_PLUS],
            // Without TLS there is nothing to bind to.
            Some(ChannelBinding::Prefer) if certificate.is_none() => &[SCRAM_SHA_256],
            _ => &[SCRAM_SHA_256_PLUS, SCRAM_SHA_256],
        };
        let name = candidates
            .iter()
            .find(|candidate| offered.iter().any(|mechanism| mechanism == *candidate))
            .copied()
            .ok_or_else(|| unsupported(candidates, offered))?;

        let (header, hash) = if name == SCRAM_SHA_256_PLUS {
            let certificate = certificate.ok_or_else(|| {
                failure("SASL: Mechanism SCRAM-SHA-256-PLUS requires a certificate")
            })?;
            let hash = tls::channel_binding(certificate)?;
            ("p=tls-server-end-point,,", hash)
        } else if candidates.contains(&SCRAM_SHA_256_PLUS) {
            // "I could, but you seem not to": a server that did offer it notices the downgrade.
            ("y,,", Vec::new())
        } else {
            ("n,,", Vec::new())
        };
        Ok(Self {
            name,
            binding: [header.as_bytes(), &hash].concat(),
            header,
        })
    }
}

fn unsupported(candidates: &[&str], offered: &[String]) -> Error {
    let known = candidates.join(" and ");
    let way_out = if offered.iter().any(|name| name == SCRAM_SHA_256_PLUS) {
        "set the option channel_binding to \"prefer\"".to_owned()
    } else {
        "have its pg_hba.conf name scram-sha-256 for this user and address".to_owned()
    };
    // Names have 20 characters at most (RFC 4422); whatever else comes shall not fill a log.
    let names = offered.iter().take(5).map(|name| {
        let name: String = name.chars().take(20).collect();
        name.escape_debug().to_string()
    });
    let offered = match offered {
        [] => "no mechanism".to_owned(),
        _ => names.collect::<Vec<_>>().join(" and "),
    };
    failure(format!(
        "SASL: Only mechanism(s) {known} are supported, and the server offers {offered}: {way_out}"
    ))
}

/// One SCRAM exchange.
pub(super) struct Scram {
    mechanism: Mechanism,
    nonce: String,
    message: String,
    max_iterations: u32,
    step: Step,
}

enum Step {
    /// The client's first message is on its way.
    InitialResponse { password: String },
    /// The client's proof is on its way.
    Response(Box<Proof>),
}

impl Scram {
    /// Makes the client's first message.
    pub(super) fn begin(
        mechanism: Mechanism,
        password: Option<String>,
        config: &SessionConfig,
    ) -> Result<Self> {
        // pg notices these when the server has answered; the outcome is the same.
        let password = password.ok_or_else(|| first("client password must be a string"))?;
        if password.is_empty() {
            return Err(first("client password must be a non-empty string"));
        }
        let mut random = [0; 18];
        SystemRandom::new()
            .fill(&mut random)
            .map_err(|_| failure("SASL: the system gave no random numbers"))?;
        let nonce = STANDARD.encode(random);
        Ok(Self {
            message: format!("{}n=*,r={nonce}", mechanism.header),
            mechanism,
            nonce,
            max_iterations: config.scram_max_iterations,
            step: Step::InitialResponse { password },
        })
    }

    pub(super) const fn mechanism(&self) -> &'static str {
        self.mechanism.name
    }

    /// Whether the exchange proves to both sides that they share one TLS connection.
    pub(super) fn is_bound(&self) -> bool {
        self.mechanism.name == SCRAM_SHA_256_PLUS
    }

    /// What to send now.
    pub(super) fn message(&self) -> &[u8] {
        self.message.as_bytes()
    }

    /// Answers the server's first message with the client's proof.
    pub(super) async fn prove(self, server_first: &str) -> Result<Self> {
        let Step::InitialResponse { password } = self.step else {
            return Err(failure("SASL: Last message was not SASLInitialResponse"));
        };
        let given = checks::server_first(server_first, &self.nonce, self.max_iterations)?;
        let salt = STANDARD.decode(&given.salt);
        let salt = salt.map_err(|_| first("salt must be base64"))?;
        let binding = STANDARD.encode(&self.mechanism.binding);
        let message = format!("c={binding},r={}", given.nonce);
        let conversation = format!("n=*,r={},{server_first},{message}", self.nonce);
        let proof = proof::compute(&password, &salt, given.iterations, conversation)
            .await
            .ok_or_else(|| failure("SASL: computing the proof was interrupted"))?;
        Ok(Self {
            message: format!("{message},p={}", STANDARD.encode(&proof.client)),
            step: Step::Response(Box::new(proof)),
            ..self
        })
    }

    /// Checks that the server knows the password, too.
    pub(super) fn verify(&self, server_final: &str) -> Result<()> {
        let Step::Response(proof) = &self.step else {
            return Err(failure("SASL: Last message was not SASLResponse"));
        };
        let signature = STANDARD.decode(checks::server_final(server_final)?);
        match signature {
            Ok(signature) if proof.is_answered_by(&signature) => Ok(()),
            _ => Err(last("server signature does not match")),
        }
    }
}

/// Secrets never print.
impl fmt::Debug for Scram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scram")
            .field("mechanism", &self.mechanism.name)
            .finish_non_exhaustive()
    }
}

fn failure(message: impl Into<String>) -> Error {
    Error::Message {
        message: message.into(),
        code: None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
