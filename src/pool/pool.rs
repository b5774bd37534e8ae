//! The pool: checkout, release, query, end.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use deadpool::managed::{Object, PoolConfig as SlotConfig, QueueMode};

use crate::cluster::Cluster;
use crate::config::{PoolConfig, SessionConfig};
use crate::error::{Error, Result};
use crate::session::{
    Delivery, Environment, Event, EventKind, OwnedRequest, Refusal, Request, Session, error_json,
};

use super::checkout::{self, Errand, Purpose};
use super::counters::{Counters, Counts};
use super::creation::Creations;
use super::lease::QueryLease;
use super::manager::SessionManager;
use super::policy::{self, Condition, Reason, Verdict};
use super::pooled::Pooled;
use super::reaper::Reaper;

/// A pool of sessions to one cluster.
#[derive(Debug, Clone)]
pub struct Pool {
    inner: Arc<Inner>,
}

pub(super) struct Inner {
    id: u32,
    environment: Arc<Environment>,
    pub(super) config: PoolConfig,
    pub(super) slots: deadpool::managed::Pool<SessionManager>,
    pub(super) counters: Arc<Counters>,
    /// Sessions that Clients hold.
    held: Mutex<HashMap<u32, Object<SessionManager>>>,
    /// Checkouts for Clients that are not served yet, by ticket.
    pending: Mutex<HashMap<u32, Arc<Errand>>>,
    pub(super) reaper: Reaper,
    ended: AtomicBool,
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
        } else {
            inner.judge(&object, object.session.transaction_status())
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

    /// The counts, right now.
    pub fn counts(&self) -> Counts {
        Counts {
            total: self.inner.counters.total(),
            // deadpool's status counts checkouts that are still connecting as users of idle objects.
            idle: self.inner.slots.retain(|_, _| true).retained,
            waiting: self.inner.counters.waiting(),
            expired: self.inner.expired(Instant::now()),
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

/// How a session learns of something to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wake {
    /// With all others of this JavaScript turn.
    AtTheDoor,
    /// At once: we are on its thread.
    Now,
}

impl Inner {
    /// Sends the query, or tells why not.
    fn dispatch(
        self: &Arc<Self>,
        outcome: Result<Object<SessionManager>>,
        request: &Request<'_>,
        wake: Wake,
    ) {
        let object = match outcome {
            Ok(object) => object,
            Err(error) => return self.fail(request.ticket, &error),
        };
        let session = Arc::clone(&object.session);
        let (refusal, lease) = match session.submit(request, Some(QueryLease::new(self, object))) {
            Ok(()) => {
                match wake {
                    Wake::AtTheDoor => self.environment.enqueue(session),
                    Wake::Now => session.wake(),
                }
                return;
            }
            Err(refused) => refused,
        };
        match refusal {
            // It died between checkout and submit, and nothing was sent: another one shall do it.
            Refusal::Closed => {
                drop(lease);
                self.again(request.to_owned());
            }
            Refusal::NameTaken | Refusal::Unsendable => {
                if let Some(lease) = lease {
                    lease.release(session.transaction_status());
                }
                self.fail(request.ticket, &refusal_error(refusal, request));
            }
        }
    }

    fn again(self: &Arc<Self>, request: OwnedRequest) {
        let pool = Pool {
            inner: Arc::clone(self),
        };
        self.environment.runtime.spawn(async move {
            pool.query(&request.as_request());
            pool.inner.environment.flush();
        });
    }

    fn fail(&self, ticket: u32, error: &Error) {
        let outlet = &self.environment.outlet;
        outlet.deliver(Delivery::Failed { ticket, error });
        outlet.deliver(Delivery::Ready { ticket, status: 0 });
        outlet.signal();
    }

    /// Decides on a session that comes back with this transaction status.
    pub(super) fn judge(&self, pooled: &Pooled, status: u8) -> Verdict {
        policy::after_use(Condition {
            open: pooled.session.is_open(),
            status,
            uses: pooled.uses + 1,
            max_uses: self.config.max_uses,
            expired: pooled.is_expired(Instant::now()),
            ending: self.counters.is_ending() && self.counters.waiting() == 0,
        })
    }

    /// Makes the session idle; deadpool hands it to the first waiter, if any.
    pub(super) fn keep(&self, mut object: Object<SessionManager>) {
        object.uses += 1;
        object.idle_since = Instant::now();
        if self.config.allow_exit_on_idle {
            object.relax();
        }
        let due = policy::due(object.idle_since, self.idle_timeout(), object.expires);
        drop(object);
        self.reaper.expect(due);
    }

    /// Closes the session; its slot is free at once.
    pub(super) fn remove(&self, object: Object<SessionManager>, farewell: Option<Reason>) {
        let mut pooled = Object::take(object);
        pooled.leave(farewell);
        drop(pooled);
        self.check_end();
    }

    fn roll_back(self: &Arc<Self>, object: Object<SessionManager>) {
        let session = Arc::clone(&object.session);
        let statement = Arc::new(crate::wire::Statement::new("ROLLBACK", ""));
        let lease = QueryLease::new(self, object).for_rollback();
        // A refusal means that the session is closed: the lease removes it.
        if session
            .submit(&Request::internal(&statement), Some(lease))
            .is_ok()
        {
            session.wake();
        }
    }

    fn hold(&self, object: Object<SessionManager>) -> u32 {
        let session = object.session.id;
        self.lock_held().insert(session, object);
        session
    }

    fn expired(&self, now: Instant) -> usize {
        self.lock_held()
            .values()
            .filter(|pooled| pooled.is_expired(now))
            .count()
    }

    /// A session's socket is closed: if it was idle, it leaves the pool.
    pub(super) fn lost(&self, session: &Session) {
        let mut removed = self
            .slots
            .retain(|pooled, _| pooled.session.id != session.id)
            .removed;
        for pooled in &mut removed {
            // JavaScript hears of the closed socket itself.
            pooled.leave(None);
        }
        drop(removed);
        self.check_end();
    }

    /// Evicts idle sessions whose time has come, and tells when to look again.
    pub(super) fn sweep(&self, now: Instant) -> Option<Instant> {
        let ending = self.counters.is_ending();
        let idle_timeout = self.idle_timeout();
        let mut total = self.counters.total();
        let mut reasons = Vec::new();
        let mut next: Option<Instant> = None;
        let mut removed = self
            .slots
            .retain(|pooled, _| {
                let above_min = total > self.config.min;
                let reason = if ending {
                    Some(Reason::Ending)
                } else {
                    policy::while_idle(
                        now,
                        pooled.idle_since,
                        idle_timeout,
                        pooled.expires,
                        above_min,
                    )
                };
                if let Some(reason) = reason {
                    total = total.saturating_sub(1);
                    reasons.push(reason);
                    return false;
                }
                let idle_timeout = idle_timeout.filter(|_| above_min);
                let due = policy::due(pooled.idle_since, idle_timeout, pooled.expires);
                next = match (next, due) {
                    (Some(next), Some(due)) => Some(next.min(due)),
                    (next, due) => next.or(due),
                };
                true
            })
            .removed;
        for (pooled, reason) in removed.iter_mut().zip(reasons) {
            pooled.leave(Some(reason));
        }
        drop(removed);
        next
    }

    /// Announces the end, once, when nothing is left.
    fn check_end(&self) {
        let over = self.counters.is_ending() && self.counters.is_empty();
        if over && !self.ended.swap(true, Ordering::AcqRel) {
            self.tell(EventKind::PoolEnded, 0, 0, String::new());
            self.environment.outlet.hold(-1);
            self.environment.outlet.signal();
        }
    }

    fn tell(&self, kind: EventKind, session: u32, ticket: u32, detail: String) {
        let event = Event {
            kind,
            pool: self.id,
            session,
            ticket,
            detail,
        };
        self.environment.outlet.deliver(Delivery::Event(event));
        self.environment.outlet.signal();
    }

    fn idle_timeout(&self) -> Option<Duration> {
        let millis = self.config.idle_timeout_millis;
        (millis > 0).then(|| Duration::from_millis(millis))
    }

    fn deadline(&self) -> Option<tokio::time::Instant> {
        let millis = self.config.connection_timeout_millis;
        (millis > 0).then(|| tokio::time::Instant::now() + Duration::from_millis(millis))
    }

    fn lock_pending(&self) -> MutexGuard<'_, HashMap<u32, Arc<Errand>>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_held(&self) -> MutexGuard<'_, HashMap<u32, Object<SessionManager>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a refused request is told; the texts are pg's where pg has one.
pub fn refusal_error(refusal: Refusal, request: &Request<'_>) -> Error {
    let message = match refusal {
        Refusal::Closed => "Connection terminated".to_owned(),
        Refusal::NameTaken => format!(
            "Prepared statements must be unique - '{}' was used for a different statement",
            request.statement.name
        ),
        Refusal::Unsendable => {
            "the query cannot be sent: its text or name holds a NUL character (\\u0000), \
             which PostgreSQL cannot receive, or its parameters exceed 2 GiB"
                .to_owned()
        }
    };
    Error::Message {
        message,
        code: None,
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("id", &self.id)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
