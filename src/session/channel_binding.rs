//! `channel_binding=require`: what a server may ask for then, in libpq's words.

use postgres_protocol::authentication::sasl::SCRAM_SHA_256_PLUS;

use super::startup::Authentication;
use super::stream::Stream;
use crate::error::{Error, Result};

/// Refuses a request that does not lead to channel binding. `is_bound`: it has been proven.
pub(super) fn demand(request: &Authentication, stream: &Stream, is_bound: bool) -> Result<()> {
    judge(request, stream.peer_certificate().is_some(), is_bound)
}

fn judge(request: &Authentication, is_encrypted: bool, is_bound: bool) -> Result<()> {
    let message = match request {
        Authentication::Sasl { .. } if !is_encrypted => {
            "channel binding required, but SSL not in use: set the option ssl"
        }
        Authentication::Sasl { mechanisms }
            if !mechanisms.iter().any(|name| name == SCRAM_SHA_256_PLUS) =>
        {
            "channel binding is required, but server did not offer an authentication method that \
             supports channel binding: either it is a pooler or a man in the middle, or its \
             certificate cannot be bound to"
        }
        Authentication::Sasl { .. }
        | Authentication::SaslContinue { .. }
        | Authentication::SaslFinal { .. } => return Ok(()),
        Authentication::Ok if is_bound => return Ok(()),
        Authentication::Ok => {
            "channel binding required, but server authenticated client without channel binding: \
             its pg_hba.conf has to name scram-sha-256 for this user and address"
        }
        Authentication::CleartextPassword | Authentication::Md5Password { .. } => {
            "channel binding required but not supported by server's authentication request: its \
             pg_hba.conf has to name scram-sha-256 for this user and address, and the password has \
             to be stored in that form"
        }
    };
    Err(Error::Message {
        message: message.to_owned(),
        code: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sasl(mechanism: &str) -> Authentication {
        Authentication::Sasl {
            mechanisms: vec![mechanism.to_owned()],
        }
    }

    #[test]
    fn only_a_bound_login_over_tls_passes() {
        let data = String::new;
        for (request, encrypted, bound, passes) in [
            (sasl(SCRAM_SHA_256_PLUS), true, false, true),
            (sasl(SCRAM_SHA_256_PLUS), false, false, false),
            (sasl("SCRAM-SHA-256"), true, false, false),
            (
                Authentication::SaslContinue { data: data() },
                true,
                false,
                true,
            ),
            (
                Authentication::SaslFinal { data: data() },
                true,
                false,
                true,
            ),
            (Authentication::Ok, true, true, true),
            (Authentication::Ok, true, false, false),
            (Authentication::CleartextPassword, true, false, false),
            (
                Authentication::Md5Password { salt: [0; 4] },
                true,
                false,
                false,
            ),
        ] {
            let outcome = judge(&request, encrypted, bound);
            assert_eq!(outcome.is_ok(), passes, "{request:?}");
        }
    }
}
