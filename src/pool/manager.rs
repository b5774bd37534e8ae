//! deadpool's Manager: how sessions come into the pool and what makes an idle one fit for reuse.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, Instant};

use deadpool::managed::{Manager, Metrics, RecycleError, RecycleResult};

use crate::cluster::{Cluster, NodeLease};
use crate::config::SessionConfig;
use crate::error::{Error, Result};
use crate::session::{Environment, Owner, Session, open_pooled};

use super::checkout::{ERRAND, Errand, Purpose};
use super::counters::{Counters, Slot};
use super::creation::Creations;
use super::inner::Inner;
use super::policy;
use super::pooled::Pooled;

pub(super) struct SessionManager {
    pub(super) environment: Arc<Environment>,
    pub(super) pool: u32,
    pub(super) config: SessionConfig,
    pub(super) cluster: Cluster,
    pub(super) lifetime: Option<Duration>,
    pub(super) counters: Arc<Counters>,
    pub(super) creations: Creations,
    pub(super) inner: OnceLock<Weak<Inner>>,
}

impl Manager for SessionManager {
    type Type = Pooled;
    type Error = Error;

    async fn create(&self) -> Result<Pooled> {
        let errand = ERRAND.try_with(Arc::clone).map_err(|_| Error::Closed)?;
        errand.waiter.leave();
        let slot = Slot::take(&self.counters);
        let node = self.cluster.pick();
        let session = match errand.purpose {
            Purpose::Query => self.connect(&errand, &node).await?,
            Purpose::Client => {
                let session = self
                    .creations
                    .ask(&self.environment, self.pool, &errand)
                    .await?;
                session.set_owner(self.owner());
                session
            }
        };
        let expires = self
            .lifetime
            .map(|asked| Instant::now() + policy::lifetime(asked, random()));
        Ok(Pooled::new(session, slot, node, expires))
    }

    async fn recycle(&self, pooled: &mut Pooled, _: &Metrics) -> RecycleResult<Error> {
        if let Ok(errand) = ERRAND.try_with(Arc::clone) {
            errand.waiter.leave();
        }
        if !pooled.session.is_open() {
            pooled.leave(None);
            return Err(RecycleError::Backend(Error::Closed));
        }
        if pooled.is_expired(Instant::now()) {
            pooled.leave(Some(policy::Reason::Expired));
            return Err(RecycleError::Backend(Error::Closed));
        }
        pooled.engage();
        Ok(())
    }
}

impl SessionManager {
    async fn connect(&self, errand: &Errand, node: &NodeLease) -> Result<Arc<Session>> {
        // The first poll may be on the JavaScript thread, where no socket shall be touched.
        tokio::task::yield_now().await;
        let session = Session::new(&self.environment, self.pool);
        errand.watch(&session.progress);
        session.set_owner(self.owner());
        let mut config = self.config.clone();
        config.host.clone_from(&node.node().host);
        config.port = node.node().port;
        open_pooled(session, &config).await
    }

    fn owner(&self) -> Box<dyn Owner> {
        self.counters.socket_opened();
        let inner = self.inner.get().map(Weak::clone).unwrap_or_default();
        Box::new(PoolOwner {
            inner,
            counters: Arc::clone(&self.counters),
            told: AtomicBool::new(false),
        })
    }
}

/// Tells the pool that a session's socket is closed, once.
struct PoolOwner {
    inner: Weak<Inner>,
    counters: Arc<Counters>,
    told: AtomicBool,
}

impl Owner for PoolOwner {
    fn broken(&self, session: &Session) {
        if let Some(inner) = self.inner.upgrade() {
            inner.lost(session);
        }
    }

    fn lost(&self, session: &Session) {
        if self.told.swap(true, Ordering::AcqRel) {
            return;
        }
        self.counters.socket_closed();
        if let Some(inner) = self.inner.upgrade() {
            inner.lost(session);
        }
    }
}

/// The hash of nothing under random keys: good enough to spread lifetimes.
fn random() -> u32 {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "the low half is as random as the whole"
    )]
    let random = RandomState::new().hash_one(0) as u32;
    random
}

impl fmt::Debug for SessionManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionManager")
            .field("pool", &self.pool)
            .finish_non_exhaustive()
    }
}
