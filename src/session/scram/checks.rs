//! What a server's SCRAM messages must look like, in pg's words (A-7, section 8).

use super::failure;
use crate::error::{Error, Result};

/// `scram_iterations`, the setting that a stored password's count comes from, goes no further.
const MOST_ITERATIONS: u32 = i32::MAX as u32;

/// What the client needs of the server's first message.
#[derive(Debug)]
pub(super) struct ServerFirst {
    pub(super) nonce: String,
    pub(super) salt: String,
    pub(super) iterations: u32,
}

/// Reads the server's first message. `max_iterations` of 0 means no limit.
pub(super) fn server_first(
    message: &str,
    client_nonce: &str,
    max_iterations: u32,
) -> Result<ServerFirst> {
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
    let iterations = iteration.parse::<u32>().unwrap_or(u32::MAX);
    if max_iterations != 0 && iterations > max_iterations {
        return Err(first(&format!(
            "iteration count {iteration} exceeds scramMaxIterations of {max_iterations}"
        )));
    }
    if iterations > MOST_ITERATIONS {
        return Err(first(&format!(
            "iteration count {iteration} exceeds the {MOST_ITERATIONS} that PostgreSQL can ask for"
        )));
    }
    Ok(ServerFirst {
        nonce,
        salt,
        iterations,
    })
}

/// The server's signature, in base64, from its final message.
pub(super) fn server_final(message: &str) -> Result<String> {
    check_pairs(message)?;
    if let Some(error) = present(message, 'e') {
        return Err(last(&format!("server returned error: \"{error}\"")));
    }
    let signature = present(message, 'v').ok_or_else(|| last("server signature is missing"))?;
    if !is_base64(&signature) {
        return Err(last("server signature must be base64"));
    }
    Ok(signature)
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
        Err(failure("SASL: Invalid attribute pair entry"))
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

/// A complaint about the server's first message.
pub(super) fn first(reason: &str) -> Error {
    failure(format!("SASL: SCRAM-SERVER-FIRST-MESSAGE: {reason}"))
}

/// A complaint about the server's final message.
pub(super) fn last(reason: &str) -> Error {
    failure(format!("SASL: SCRAM-SERVER-FINAL-MESSAGE: {reason}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message_of<T>(result: Result<T>) -> String {
        result.err().unwrap().to_string()
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
                message_of(server_first(message, "ab", 4096)),
                format!("SASL: SCRAM-SERVER-FIRST-MESSAGE: {reason}"),
                "{message}"
            );
        }
        assert_eq!(
            message_of(server_first("r=abc,,s=AAAA", "ab", 0)),
            "SASL: Invalid attribute pair entry"
        );
        let given = server_first("r=abc,s=AAA=,i=4096", "ab", 4096).unwrap();
        assert_eq!((&*given.nonce, &*given.salt), ("abc", "AAA="));
        assert_eq!(given.iterations, 4096);
    }

    #[test]
    fn without_a_limit_the_servers_own_is_the_limit() {
        for (iterations, accepted) in [("2147483647", true), ("2147483648", false)] {
            let message = format!("r=abc,s=AA==,i={iterations}");
            assert_eq!(server_first(&message, "ab", 0).is_ok(), accepted);
        }
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
                message_of(server_final(message)),
                format!("SASL: SCRAM-SERVER-FINAL-MESSAGE: {reason}"),
                "{message}"
            );
        }
        assert_eq!(server_final("v=AAAA").unwrap(), "AAAA");
    }

    proptest! {
        #[test]
        fn never_panics(message in ".{0,80}", nonce in "[a-z]{0,3}") {
            let _ = server_first(&message, &nonce, 0);
            let _ = server_final(&message);
        }
    }
}
