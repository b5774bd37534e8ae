//! Servers that rustls cannot talk to and Node's TLS can (T-4, T-5): whoever connects to one again goes
//! over a bridge at once.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::config::SessionConfig;

/// After this long rustls may try again: certificates are replaced.
const MEMORY: Duration = Duration::from_secs(60 * 60);

/// More servers than this are not remembered at once.
const MOST: usize = 1000;

/// The servers that Node's TLS could talk to and rustls could not, by [`key`].
#[derive(Default)]
pub(super) struct Fallbacks {
    since: Mutex<HashMap<String, Instant>>,
}

/// The server and the TLS options, without secrets. Two sets of options with one key merely take the
/// same way; Node judges by the options themselves.
pub(super) fn key(config: &SessionConfig) -> String {
    let SessionConfig {
        host,
        port,
        ssl,
        ssl_negotiation,
        ..
    } = config;
    format!("{host}:{port} {ssl_negotiation:?} {ssl:?}")
}

impl Fallbacks {
    /// Whether there is no use in trying rustls.
    pub(super) fn contains(&self, key: &str, now: Instant) -> bool {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(then) = since.get(key) else {
            return false;
        };
        let is_fresh = now.saturating_duration_since(*then) < MEMORY;
        if !is_fresh {
            since.remove(key);
        }
        is_fresh
    }

    /// Remembers a server since it was found out.
    pub(super) fn remember(&self, key: String, now: Instant) {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        if since.len() >= MOST {
            since.clear();
        }
        since.entry(key).or_insert(now);
    }
}

impl fmt::Debug for Fallbacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fallbacks").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_remembered_for_an_hour_from_when_it_was_found_out() {
        let fallbacks = Fallbacks::default();
        let start = Instant::now();
        assert!(!fallbacks.contains("a", start));
        fallbacks.remember("a".to_owned(), start);
        fallbacks.remember("a".to_owned(), start + MEMORY / 2);
        assert!(!fallbacks.contains("b", start));
        assert!(fallbacks.contains("a", start + MEMORY - Duration::from_secs(1)));
        assert!(!fallbacks.contains("a", start + MEMORY));
        assert!(!fallbacks.contains("a", start));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let fallbacks = Fallbacks::default();
        let now = Instant::now();
        for server in 0..=MOST {
            fallbacks.remember(server.to_string(), now);
        }
        assert!(!fallbacks.contains("0", now));
        assert!(fallbacks.contains(&MOST.to_string(), now));
    }

    #[test]
    fn a_key_tells_servers_apart_and_holds_no_secret() {
        let config = |host: &str, ca: &str| {
            let text = format!(
                r#"{{"host": "{host}", "port": 1, "user": "u", "password": "canary", "startup": [],
                    "ssl": {{"ca": {ca}, "cert": "canary", "key": "canary"}}}}"#
            );
            serde_json::from_str::<SessionConfig>(&text).map(|config| key(&config))
        };
        let keys = [("a", "null"), ("b", "null"), ("a", "[\"canary\"]")]
            .map(|(host, ca)| config(host, ca).unwrap_or_default());
        assert!(
            keys.iter()
                .all(|key| !key.contains("canary") && !key.is_empty())
        );
        assert!(keys[0] != keys[1] && keys[0] != keys[2]);
    }
}
