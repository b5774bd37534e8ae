//! The arithmetic of SCRAM-SHA-256 (RFC 5802, RFC 7677). postgres-protocol has it too, but refuses
//! more than 100,000 iterations, which a server may well ask for (`scram_iterations`).

use ring::{digest, hmac};

use super::salted::salted;

/// That a client knows the password, and how to see that the server does.
pub(super) struct Proof {
    /// What the client sends.
    pub(super) client: Vec<u8>,
    server: hmac::Key,
    conversation: String,
}

impl Proof {
    fn new(salted_password: &[u8], conversation: String) -> Self {
        let salted = hmac::Key::new(hmac::HMAC_SHA256, salted_password);
        let client_key = hmac::sign(&salted, b"Client Key");
        let stored_key = digest::digest(&digest::SHA256, client_key.as_ref());
        let stored_key = hmac::Key::new(hmac::HMAC_SHA256, stored_key.as_ref());
        let signature = hmac::sign(&stored_key, conversation.as_bytes());
        let client = client_key.as_ref().iter().zip(signature.as_ref());
        let server_key = hmac::sign(&salted, b"Server Key");
        Self {
            client: client.map(|(key, signature)| key ^ signature).collect(),
            server: hmac::Key::new(hmac::HMAC_SHA256, server_key.as_ref()),
            conversation,
        }
    }

    /// Whether the server knows the password, too. Takes the same time for any signature.
    pub(super) fn is_answered_by(&self, signature: &[u8]) -> bool {
        hmac::verify(&self.server, self.conversation.as_bytes(), signature).is_ok()
    }
}

/// The password as the server prepared it when it was set: by SASLprep or, where that refuses it,
/// not at all.
fn prepared(password: &str) -> String {
    match stringprep::saslprep(password) {
        Ok(prepared) if !prepared.is_empty() => prepared.into_owned(),
        _ => password.to_owned(),
    }
}

/// Computes the proof. `None` if the threads that do it are gone.
pub(super) async fn compute(
    password: &str,
    salt: &[u8],
    iterations: u32,
    conversation: String,
) -> Option<Proof> {
    let salted = salted(&prepared(password), salt, iterations).await?;
    Some(Proof::new(&salted, conversation))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    /// The example of RFC 7677, section 3.
    #[tokio::test]
    async fn the_example_of_the_rfc_comes_out() {
        let nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        let conversation = format!(
            "n=user,r=rOprNGfwEbeRWgbNEkqO,r={nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,\
             c=biws,r={nonce}"
        );
        let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        let proof = compute("pencil", &salt, 4096, conversation).await.unwrap();
        assert_eq!(
            STANDARD.encode(&proof.client),
            "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        let signature = STANDARD.decode("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
        assert!(proof.is_answered_by(&signature.unwrap()));
        assert!(!proof.is_answered_by(b"something else"));
        assert!(!proof.is_answered_by(b""));
    }

    /// The runtime waits for its blocking threads when it is dropped: the test ends only if the
    /// work does.
    #[test]
    fn giving_up_ends_the_work() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let work = compute("secret", b"salt", i32::MAX as u32, String::new());
            let limit = std::time::Duration::from_millis(20);
            assert!(tokio::time::timeout(limit, work).await.is_err());
        });
        drop(runtime);
    }

    #[test]
    fn passwords_are_prepared_as_the_server_does_it() {
        for (typed, expected) in [
            ("pencil", "pencil"),
            ("a\u{a0}b\u{200b}c", "a b c"),
            ("a\u{ad}b\u{200d}c\u{feff}", "abc"),
            ("\u{fb01} \u{2168}", "fi IX"),
            ("cafe\u{301}", "caf\u{e9}"),
            // Refused, hence as it is: a control character, an emoji of after 2002, two directions,
            // nothing left.
            ("a\u{a0}\u{7}", "a\u{a0}\u{7}"),
            ("\u{fb01}\u{1f511}", "\u{fb01}\u{1f511}"),
            ("\u{fb01}\u{627}", "\u{fb01}\u{627}"),
            ("\u{ad}", "\u{ad}"),
        ] {
            assert_eq!(prepared(typed), expected, "{typed:?}");
        }
    }
}
