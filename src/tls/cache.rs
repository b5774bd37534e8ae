//! One rustls configuration per set of options: certificates are read once, and TLS sessions resume
//! from one connection to the next, whichever client or pool opens it.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ring::digest::{self, Digest};
use rustls::ClientConfig;

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

/// The last used comes last.
struct Cache {
    entries: Vec<(Digest, Arc<ClientConfig>)>,
}

impl Cache {
    fn find(&mut self, key: &Digest) -> Option<Arc<ClientConfig>> {
        let is_it = |(other, _): &(Digest, _)| other.as_ref() == key.as_ref();
        let index = self.entries.iter().rposition(is_it)?;
        let entry = self.entries.remove(index);
        let config = Arc::clone(&entry.1);
        self.entries.push(entry);
        Some(config)
    }

    /// Of two threads that built the same, the first wins.
    fn insert(&mut self, key: Digest, config: ClientConfig) -> Arc<ClientConfig> {
        if let Some(config) = self.find(&key) {
            return config;
        }
        if self.entries.len() == MOST {
            self.entries.remove(0);
        }
        let config = Arc::new(config);
        self.entries.push((key, Arc::clone(&config)));
        config
    }
}

/// The configuration for these options, built if there is none yet.
pub(super) fn config_for(
    key: Digest,
    build: impl FnOnce() -> Result<ClientConfig>,
) -> Result<Arc<ClientConfig>> {
    if let Some(config) = lock().find(&key) {
        return Ok(config);
    }
    let config = build()?;
    Ok(lock().insert(key, config))
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
