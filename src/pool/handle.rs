//! The pool as its owner sees it: query, checkout, release, counts, end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use deadpool::managed::{PoolConfig as SlotConfig, QueueMode};

use crate::cluster::Cluster;
use crate::config::{PoolConfig, SessionConfig};
use crate::session::{Environment, EventKind, Request, Session, error_json};

use super::checkout::{self, Errand, Purpose};
use super::counters::{Counters, Counts};
use super::creation::Creations;
use super::inner::{Inner, Wake};
use super::manager::SessionManager;
use super::policy::{Reason, Verdict};
use super::reaper::Reaper;

/// A pool of sessions to one cluster.
#[derive(Debug, Clone)]
pub struct Pool {
    inner: Arc<Inner>,
}

/// What a checkout for a Client led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checkout {
    /// This idle session was taken.
    Idle(u32),
    /// JavaScript shall create a Client and connect it.
    Create,
    /// An event tells when it is served.
    Waiting,
}

/// What a release led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// The session is idle, or being rolled back, or the next waiter's already.
    Kept,
    /// The session left the pool, for this reason; JavaScript ends its Client.
    Removed(&'static str),
    /// No Client holds this session.
    NotHeld,
}

impl Pool {
    /// An empty pool. Sessions are opened when they are wanted.
    pub fn new(
        environment: &Arc<Environment>,
        id: u32,
        config: PoolConfig,
        session: SessionConfig,
    ) -> Self {
        let counters = Arc::new(Counters::default());
        let lifetime = (config.max_lifetime_millis > 0)
            .then(|| Duration::from_millis(config.max_lifetime_millis));
        let manager = SessionManager {
            environment: Arc::clone(environment),
            pool: id,
            cluster: Cluster::fixed(&session.host, session.port),
            config: session,
            lifetime,
            counters: Arc::clone(&counters),
            creations: Creations::default(),
            inner: OnceLock::new(),
        };
        let slot_config = SlotConfig {
            max_size: config.max.max(1),
            queue_mode: QueueMode::Lifo,
            ..SlotConfig::default()
        };
        let slots = deadpool::managed::Pool::builder(manager)
            .config(slot_config)
            .build();
        // Building fails only for timeouts without a runtime, and no timeouts are set.
        let slots = slots.unwrap_or_else(|_| unreachable!("no timeouts are configured"));
        let inner = Arc::new(Inner {
            id,
            environment: Arc::clone(environment),
            config,
            slots,
            counters,
            held: Mutex::default(),
            pending: Mutex::default(),
            reaper: Reaper::default(),
            ended: AtomicBool::new(false),
        });
        // Set once, right here.
        let _ = inner.slots.manager().inner.set(Arc::downgrade(&inner));
        Reaper::start(&inner, &environment.runtime);
        Self { inner }
    }

    pub(super) fn of(inner: &Arc<Inner>) -> Self {
        Self {
            inner: Arc::clone(inner),
        }
    }

    /// Runs one query on whatever session is free first. The outcome comes as deliveries.
    pub fn query(&self, request: &Request<'_>) {
        let inner = &self.inner;
        let errand = Errand::new(request.ticket, Purpose::Query, &inner.counters);
        match checkout::begin(inner, errand) {
            Ok(outcome) => inner.dispatch(outcome, request, Wake::AtTheDoor),
            Err(pending) => {
                let deadline = inner.deadline();
                let inner = Arc::clone(inner);
                let request = request.to_owned();
                inner.environment.outlet.hold(1);
                Arc::clone(&inner.environment).defer(async move {
                    let outcome = pending.finish(deadline).await;
                    inner.dispatch(outcome, &request.as_request(), Wake::Now);
                    inner.environment.outlet.hold(-1);
                    inner.environment.outlet.signal();
                    inner.check_end();
                });
            }
        }
    }

    /// Checks a session out for a Client. Unless an idle one was taken, an event with this ticket
    /// tells the outcome, exactly once.
    pub fn checkout(&self, ticket: u32) -> Checkout {
        let inner = &self.inner;
        let errand = Errand::new(ticket, Purpose::Client, &inner.counters);
        let pending = match checkout::begin(inner, errand) {
            Ok(Ok(object)) => return Checkout::Idle(inner.hold(object)),
            Ok(Err(error)) => {
                inner.tell(EventKind::CheckoutFailed, 0, ticket, error_json(&error));
                return Checkout::Waiting;
            }
            Err(pending) => pending,
        };
        let wants_client = pending.errand().wants_client();
        inner
            .lock_pending()
            .insert(ticket, Arc::clone(pending.errand()));
        let deadline = inner.deadline();
        let inner = Arc::clone(inner);
        inner.environment.outlet.hold(1);
        Arc::clone(&inner.environment).defer(async move {
            let outcome = pending.finish(deadline).await;
            inner.lock_pending().remove(&ticket);
            match outcome {
                Ok(object) => {
                    let session = inner.hold(object);
                    inner.tell(EventKind::CheckedOut, session, ticket, String::new());
                }
                Err(error) => inner.tell(EventKind::CheckoutFailed, 0, ticket, error_json(&error)),
            }
            inner.environment.outlet.hold(-1);
            inner.environment.outlet.signal();
            inner.check_end();
        });
        if wants_client {
            Checkout::Create
        } else {
            Checkout::Waiting
        }
    }

    /// Nobody wants this checkout any more: it fails, if it is not served yet.
    pub fn give_up(&self, ticket: u32) {
        if let Some(errand) = self.inner.lock_pending().get(&ticket) {
            errand.give_up();
        }
    }

    /// JavaScript connected the Client that a checkout wished for, or failed to (`None`). False: the
    /// checkout was given up meanwhile.
    pub fn created(&self, ticket: u32, session: Option<Arc<Session>>) -> bool {
        self.inner.slots.manager().creations.answer(ticket, session)
    }

    /// Takes back what a Client held.
    pub fn release(&self, session: u32, destroy: bool) -> Release {
        let inner = &self.inner;
        let Some(object) = inner.lock_held().remove(&session) else {
            return Release::NotHeld;
        };
        let verdict = if destroy {
            Verdict::Remove(Reason::Requested)
        } else if object.session.is_half_written() {
            Verdict::Remove(Reason::Broken)
        } else if object.session.is_at_rest() {
            inner.judge(&object, object.session.transaction_status())
        } else {
            // The borrower has heard of an error, and what it left of the transaction is yet to come.
            inner.judge_later(object);
            return Release::Kept;
        };
        match verdict {
            Verdict::Keep => inner.keep(object),
            Verdict::RollBack => inner.roll_back(object),
            Verdict::Remove(reason) => {
                inner.remove(object, None);
                return Release::Removed(reason.as_str());
            }
        }
        Release::Kept
    }

    /// Nobody is left to hear of anything: who waits is refused, and what Clients hold is closed.
    pub fn abandon(&self) {
        self.inner.slots.close();
        let held = std::mem::take(&mut *self.inner.lock_held());
        drop(held);
        self.inner.slots.manager().creations.refuse_all();
    }

    /// The counts, right now.
    pub fn counts(&self) -> Counts {
        let inner = &self.inner;
        Counts {
            expired: inner.expired(Instant::now()),
            ..inner.counters.snapshot(inner.config.max)
        }
    }

    /// Ends the pool: idle sessions close now, the others when their work and that of the waiters is
    /// done. An event tells when every socket is closed.
    pub fn end(&self) {
        self.inner.environment.outlet.hold(1);
        self.inner.counters.ending.store(true, Ordering::Release);
        self.inner.sweep(Instant::now());
        self.inner.check_end();
    }
}
