//! The pool behind its handle: dispatching, giving back, evicting, ending.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use deadpool::managed::Object;

use crate::config::PoolConfig;
use crate::error::{Error, Result};
use crate::session::{
    Delivery, Environment, Event, EventKind, OwnedRequest, Refusal, Request, Session,
};

use super::checkout::Errand;
use super::counters::Counters;
use super::handle::Pool;
use super::lease::QueryLease;
use super::manager::SessionManager;
use super::policy::{self, Condition, Reason, Verdict};
use super::pooled::Pooled;
use super::reaper::Reaper;

pub(super) struct Inner {
    pub(super) id: u32,
    pub(super) environment: Arc<Environment>,
    pub(super) config: PoolConfig,
    pub(super) slots: deadpool::managed::Pool<SessionManager>,
    pub(super) counters: Arc<Counters>,
    /// Sessions that Clients hold.
    pub(super) held: Mutex<HashMap<u32, Object<SessionManager>>>,
    /// Checkouts for Clients that are not served yet, by ticket.
    pub(super) pending: Mutex<HashMap<u32, Arc<Errand>>>,
    pub(super) reaper: Reaper,
    pub(super) ended: AtomicBool,
}

/// How a session learns of something to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wake {
    /// With all others of this JavaScript turn.
    AtTheDoor,
    /// At once: we are on its thread.
    Now,
}

impl Inner {
    /// Sends the query, or tells why not.
    pub(super) fn dispatch(
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
        let (pool, inner) = (Pool::of(self), Arc::clone(self));
        self.environment.outlet.hold(1);
        self.environment.runtime.spawn(async move {
            pool.query(&request.as_request());
            inner.environment.flush();
            inner.environment.outlet.hold(-1);
            inner.environment.outlet.signal();
        });
    }

    pub(super) fn fail(&self, ticket: u32, error: &Error) {
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
        object.demand = None;
        object.uses += 1;
        object.idle_since = Instant::now();
        if self.config.allow_exit_on_idle {
            object.relax();
        }
        let due = policy::due(object.idle_since, self.idle_timeout(), object.expires);
        drop(object);
        self.reaper.expect(due);
        self.check_end();
    }

    /// Closes the session; its slot is free at once.
    pub(super) fn remove(&self, object: Object<SessionManager>, farewell: Option<Reason>) {
        let mut pooled = Object::take(object);
        pooled.leave(farewell);
        drop(pooled);
        self.check_end();
    }

    pub(super) fn roll_back(self: &Arc<Self>, object: Object<SessionManager>) {
        self.run("ROLLBACK", object, QueryLease::for_rollback);
    }

    /// Decides on a session when the query under way is over: an empty query queues behind it.
    pub(super) fn judge_later(self: &Arc<Self>, object: Object<SessionManager>) {
        self.run("", object, |lease| lease);
    }

    fn run(
        self: &Arc<Self>,
        text: &str,
        mut object: Object<SessionManager>,
        lease: fn(Box<QueryLease>) -> Box<QueryLease>,
    ) {
        // For the borrower it is over.
        object.demand = None;
        let session = Arc::clone(&object.session);
        let statement = Arc::new(crate::wire::Statement::new(text, ""));
        let lease = lease(QueryLease::new(self, object));
        // A refusal means that the session is closed: the lease removes it.
        if session
            .submit(&Request::internal(&statement), Some(lease))
            .is_ok()
        {
            session.wake();
        }
    }

    pub(super) fn hold(&self, object: Object<SessionManager>) -> u32 {
        let session = object.session.id;
        self.lock_held().insert(session, object);
        session
    }

    pub(super) fn expired(&self, now: Instant) -> usize {
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
    pub(super) fn check_end(&self) {
        if !self.counters.is_ending() {
            return;
        }
        if self.counters.waiting() == 0 {
            // Two sessions may be kept for one waiter, and a waiter may give up at the last moment.
            self.sweep(Instant::now());
        }
        if self.counters.is_empty() && !self.ended.swap(true, Ordering::AcqRel) {
            self.tell(EventKind::PoolEnded, 0, 0, String::new());
            self.environment.outlet.hold(-1);
            self.environment.outlet.signal();
        }
    }

    pub(super) fn tell(&self, kind: EventKind, session: u32, ticket: u32, detail: String) {
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

    pub(super) fn deadline(&self) -> Option<tokio::time::Instant> {
        let millis = self.config.connection_timeout_millis;
        (millis > 0).then(|| tokio::time::Instant::now() + Duration::from_millis(millis))
    }

    pub(super) fn lock_pending(&self) -> MutexGuard<'_, HashMap<u32, Arc<Errand>>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn lock_held(&self) -> MutexGuard<'_, HashMap<u32, Object<SessionManager>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a refused request is told; the texts are pg's where pg has one.
fn refusal_error(refusal: Refusal, request: &Request<'_>) -> Error {
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
