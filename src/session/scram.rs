//! SCRAM-SHA-256 as node-postgres speaks it: its checks, its messages (A-4 to A-7, section 8),
//! around the computation of postgres-protocol.

use postgres_protocol::authentication::sasl::{
    ChannelBinding, SCRAM_SHA_256, SCRAM_SHA_256_PLUS, ScramSha256,
};

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
    /// Chooses the mechanism and makes the client's first message. `certificate` is the server's,
    /// if TLS is on.
    pub(super) fn begin(
        offered: &[String],
        password: Option<&str>,
        certificate: Option<&[u8]>,
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
            let certificate = certificate.ok_or_else(|| {
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FIRST: &str = "SASL: SCRAM-SERVER-FIRST-MESSAGE: ";
    const FINAL: &str = "SASL: SCRAM-SERVER-FINAL-MESSAGE: ";

    fn config(enable_channel_binding: bool) -> SessionConfig {
        serde_json::from_value(serde_json::json!({
            "host": "db", "port": 5432, "user": "u", "startup": [],
            "enableChannelBinding": enable_channel_binding, "scramMaxIterations": 100_000,
        }))
        .unwrap()
    }

    fn begin(offered: &[&str], password: Option<&str>, binding: bool) -> Result<Scram> {
        let offered: Vec<String> = offered.iter().map(|&name| name.to_owned()).collect();
        Scram::begin(&offered, password, None, &config(binding))
    }

    fn message_of<T>(result: Result<T>) -> String {
        result.err().unwrap().to_string()
    }

    #[test]
    fn a_mechanism_must_be_known() {
        assert_eq!(
            message_of(begin(&["PLAIN"], Some("p"), false)),
            "SASL: Only mechanism(s) SCRAM-SHA-256 are supported"
        );
        assert_eq!(
            message_of(begin(&[], Some("p"), true)),
            "SASL: Only mechanism(s) SCRAM-SHA-256-PLUS and SCRAM-SHA-256 are supported"
        );
    }

    #[test]
    fn plus_is_chosen_only_if_enabled_and_needs_a_certificate() {
        let both = [SCRAM_SHA_256_PLUS, SCRAM_SHA_256];
        assert_eq!(
            begin(&both, Some("p"), false).ok().unwrap().mechanism(),
            SCRAM_SHA_256
        );
        assert_eq!(
            message_of(begin(&both, Some("p"), true)),
            "SASL: Mechanism SCRAM-SHA-256-PLUS requires a certificate"
        );
    }

    #[test]
    fn the_header_says_what_the_client_can_do() {
        for (binding, header) in [(false, "n,,n="), (true, "y,,n=")] {
            let scram = begin(&[SCRAM_SHA_256], Some("p"), binding).ok().unwrap();
            assert!(text(scram.message()).starts_with(header));
        }
    }

    #[test]
    fn a_password_must_be_there() {
        assert_eq!(
            message_of(begin(&[SCRAM_SHA_256], None, false)),
            format!("{FIRST}client password must be a string")
        );
        assert_eq!(
            message_of(begin(&[SCRAM_SHA_256], Some(""), false)),
            format!("{FIRST}client password must be a non-empty string")
        );
    }

    #[test]
    fn the_servers_first_message_is_checked_in_pgs_words() {
        for (message, reason) in [
            ("s=AAAA,i=1", "nonce missing"),
            ("r=,s=AAAA,i=1", "nonce missing"),
            (
                "r=a\u{1},s=AAAA,i=1",
                "nonce must only contain printable characters",
            ),
            ("r=abc,i=1", "salt missing"),
            ("r=abc,s=*,i=1", "salt must be base64"),
            ("r=abc,s=AAA,i=1", "salt must be base64"),
            ("r=abc,s=AAAA", "iteration missing"),
            ("r=abc,s=AAAA,i=0", "invalid iteration count"),
            ("r=abc,s=AAAA,i=1x", "invalid iteration count"),
            ("r=abc,s=AAAA,i=-1", "invalid iteration count"),
            (
                "r=xbc,s=AAAA,i=1",
                "server nonce does not start with client nonce",
            ),
            ("r=ab,s=AAAA,i=1", "server nonce is too short"),
            (
                "r=abc,s=AAAA,i=4097",
                "iteration count 4097 exceeds scramMaxIterations of 4096",
            ),
            (
                "r=abc,s=AAAA,i=99999999999",
                "iteration count 99999999999 exceeds scramMaxIterations of 4096",
            ),
        ] {
            assert_eq!(
                message_of(check_server_first(message, "ab", 4096)),
                format!("{FIRST}{reason}"),
                "{message}"
            );
        }
        assert_eq!(
            message_of(check_server_first("r=abc,,s=AAAA", "ab", 0)),
            "SASL: Invalid attribute pair entry"
        );
        assert!(check_server_first("r=abc,s=AAA=,i=4096", "ab", 4096).is_ok());
        assert!(check_server_first("r=abc,s=AA==,i=100000", "ab", 0).is_ok());
    }

    #[test]
    fn the_servers_final_message_is_checked_in_pgs_words() {
        for (message, reason) in [
            (
                "e=invalid-proof",
                "server returned error: \"invalid-proof\"",
            ),
            ("x=1", "server signature is missing"),
            ("v=", "server signature is missing"),
            ("v=*", "server signature must be base64"),
        ] {
            assert_eq!(
                message_of(check_server_final(message)),
                format!("{FINAL}{reason}"),
                "{message}"
            );
        }
        assert!(check_server_final("v=AAAA").is_ok());
    }

    #[tokio::test]
    async fn a_server_that_does_not_know_the_password_is_found_out() {
        let scram = begin(&[SCRAM_SHA_256], Some("secret"), false).ok().unwrap();
        let first = format!("r={}x,s=AAAA,i=2", scram.nonce);
        let proven = scram.prove(first).await.ok().unwrap();
        assert!(text(proven.message()).starts_with("c=biws,r="));
        assert_eq!(
            message_of(proven.verify("v=AAAA")),
            format!("{FINAL}server signature does not match")
        );
    }

    #[tokio::test]
    async fn the_steps_come_in_order() {
        let scram = || begin(&[SCRAM_SHA_256], Some("secret"), false).ok().unwrap();
        assert_eq!(
            message_of(scram().verify("v=AAAA")),
            "SASL: Last message was not SASLResponse"
        );
        let scram = scram();
        let first = format!("r={}x,s=AAAA,i=2", scram.nonce);
        let proven = scram.prove(first.clone()).await.ok().unwrap();
        assert_eq!(
            message_of(proven.prove(first).await),
            "SASL: Last message was not SASLInitialResponse"
        );
    }

    proptest! {
        #[test]
        fn never_panics(message in ".{0,80}", nonce in "[a-z]{0,3}") {
            let _ = check_server_first(&message, &nonce, 0);
            let _ = check_server_final(&message);
        }
    }
}
