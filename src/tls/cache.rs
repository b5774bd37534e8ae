//! One rustls configuration per set of options: certificates are read once, and TLS sessions resume
//! from one connection to the next, whichever client or pool opens it.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ring::digest::{self, Digest};
use rustls::ClientConfig;
use rustls::client::danger::ServerCertVerifier;

use crate::config::SslConfig;
use crate::error::Result;

use super::client::Terms;
use super::roots::RootSet;

/// An application has a handful; one that makes up new options for each client shall not fill the
/// memory with them.
const MOST: usize = 64;

static CACHE: Mutex<Cache> = Mutex::new(Cache {
    entries: Vec::new(),
});

/// What was built of one set of options.
#[derive(Debug, Clone)]
pub(super) struct Built {
    pub(super) config: Arc<ClientConfig>,
    /// The one of `config`, which does not give it away.
    pub(super) verifier: Arc<dyn ServerCertVerifier>,
}

/// The last used comes last.
struct Cache {
    entries: Vec<(Digest, Built)>,
}

impl Cache {
    fn find(&mut self, key: &Digest) -> Option<Built> {
        let is_it = |(other, _): &(Digest, _)| other.as_ref() == key.as_ref();
        let index = self.entries.iter().rposition(is_it)?;
        let entry = self.entries.remove(index);
        let built = entry.1.clone();
        self.entries.push(entry);
        Some(built)
    }

    /// Of two threads that built the same, the first wins.
    fn insert(&mut self, key: Digest, built: Built) -> Built {
        if let Some(first) = self.find(&key) {
            return first;
        }
        if self.entries.len() == MOST {
            self.entries.remove(0);
        }
        self.entries.push((key, built.clone()));
        built
    }
}

/// The configuration for these options, built if there is none yet.
pub(super) fn config_for(key: Digest, build: impl FnOnce() -> Result<Built>) -> Result<Built> {
    if let Some(built) = lock().find(&key) {
        return Ok(built);
    }
    let built = build()?;
    Ok(lock().insert(key, built))
}

fn lock() -> MutexGuard<'static, Cache> {
    CACHE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What tells configurations apart. No session may resume under other roots, another client
/// certificate or other terms than it was made under; the name of the server rustls tells apart by
/// itself. A digest, so that no key is kept a second time.
pub(super) fn key(ssl: &SslConfig, roots: Option<&RootSet>, terms: Terms) -> Digest {
    let SslConfig {
        ca,
        roots: _, // A number means other roots from time to time.
        cert,
        key,
        reject_unauthorized,
        servername: _,
        min_version,
        max_version,
    } = ssl;
    let mut sha = Sha256(digest::Context::new(&digest::SHA256));
    (ca, cert, key, reject_unauthorized, min_version, max_version).hash(&mut sha);
    roots.map(|roots| roots.digest.as_ref()).hash(&mut sha);
    terms.hash(&mut sha);
    sha.0.finish()
}

/// `Hash` makes sure that no two values are written alike.
struct Sha256(digest::Context);

impl Hasher for Sha256 {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::collections::HashSet;

    use crate::config::TlsVersion;
    use crate::error::Error;
    use crate::tls::{KeptRoots, client, roots};

    use super::*;

    const TERMS: Terms = Terms {
        alpn: None,
        resumes: true,
    };

    fn options(change: impl FnOnce(&mut SslConfig)) -> SslConfig {
        let mut ssl = SslConfig {
            reject_unauthorized: true,
            ..SslConfig::default()
        };
        change(&mut ssl);
        ssl
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn whatever_a_session_depends_on_is_in_the_key() {
        let one = KeptRoots::new(vec!["one".to_owned()]);
        let roots = roots::kept(one.number()).unwrap();
        let direct = Terms {
            alpn: Some(b"postgresql"),
            ..TERMS
        };
        let bound = Terms {
            resumes: false,
            ..TERMS
        };
        let plain = options(|_| {});
        let keys = [
            key(&plain, None, TERMS),
            key(&plain, None, direct),
            key(&plain, None, bound),
            key(&plain, Some(&roots), TERMS),
            key(&options(|ssl| ssl.reject_unauthorized = false), None, TERMS),
            key(&options(|ssl| ssl.ca = Some(vec![])), None, TERMS),
            key(
                &options(|ssl| ssl.ca = Some(vec!["ab".into()])),
                None,
                TERMS,
            ),
            key(
                &options(|ssl| ssl.ca = Some(vec!["a".into(), "b".into()])),
                None,
                TERMS,
            ),
            key(&options(|ssl| ssl.cert = some("ab")), None, TERMS),
            key(&options(|ssl| ssl.key = some("ab")), None, TERMS),
            key(
                &options(|ssl| (ssl.cert, ssl.key) = (some("a"), some("b"))),
                None,
                TERMS,
            ),
            key(
                &options(|ssl| ssl.min_version = Some(TlsVersion::Tls13)),
                None,
                TERMS,
            ),
            key(
                &options(|ssl| ssl.max_version = Some(TlsVersion::Tls13)),
                None,
                TERMS,
            ),
        ];
        let different: HashSet<_> = keys.iter().map(|key| key.as_ref().to_vec()).collect();
        assert_eq!(different.len(), keys.len());
    }

    #[test]
    fn equal_options_have_equal_keys_whatever_the_number_of_their_roots() {
        let kept = || KeptRoots::new(vec!["the same".to_owned()]);
        let of = |roots: &KeptRoots| {
            let set = roots::kept(roots.number()).unwrap();
            let ssl = options(|ssl| ssl.roots = roots.number());
            key(&ssl, Some(&set), TERMS).as_ref().to_vec()
        };
        let (one, two) = (kept(), kept());
        assert_eq!(of(&one), of(&two));
        one.replace(vec!["others".to_owned()]);
        assert_ne!(of(&one), of(&two));
    }

    #[test]
    fn a_configuration_is_built_once_and_a_failure_is_not_kept() {
        let name = key(&options(|ssl| ssl.cert = some("a test's own")), None, TERMS);
        let fails = || Err(Error::Closed);
        assert!(config_for(name, fails).is_err());
        let built = config_for(name, || client::build(&options(|_| {}), None, TERMS)).unwrap();
        let again = config_for(name, fails).unwrap();
        assert!(Arc::ptr_eq(&built.config, &again.config));
    }
}
