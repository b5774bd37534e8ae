//! A session as deadpool's object: with its slot, its place on a node, its age.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use crate::cluster::NodeLease;
use crate::session::{Delivery, Event, EventKind, Session};

use super::counters::{Demand, Slot};
use super::policy::Reason;

/// A session that belongs to a pool. Dropping it closes the session.
pub(super) struct Pooled {
    pub(super) session: Arc<Session>,
    /// Checkouts so far.
    pub(super) uses: u64,
    pub(super) idle_since: Instant,
    pub(super) expires: Option<Instant>,
    /// Whoever has it.
    pub(super) demand: Option<Demand>,
    /// While idle it does not keep the process alive (PO-7).
    relaxed: bool,
    /// Why it leaves the pool, if JavaScript shall hear of it.
    farewell: Option<Reason>,
    _slot: Slot,
    _node: NodeLease,
}

impl Pooled {
    pub(super) fn new(
        session: Arc<Session>,
        slot: Slot,
        node: NodeLease,
        expires: Option<Instant>,
    ) -> Self {
        Self {
            session,
            uses: 0,
            idle_since: Instant::now(),
            expires,
            demand: None,
            relaxed: false,
            farewell: Some(Reason::Broken),
            _slot: slot,
            _node: node,
        }
    }

    pub(super) fn is_expired(&self, now: Instant) -> bool {
        self.expires.is_some_and(|expires| now >= expires)
    }

    /// Lets the process exit while this session is idle.
    pub(super) fn relax(&mut self) {
        if !self.relaxed {
            self.relaxed = true;
            self.session.environment.outlet.hold(-1);
        }
    }

    /// Keeps the process alive again.
    pub(super) fn engage(&mut self) {
        if self.relaxed {
            self.relaxed = false;
            self.session.environment.outlet.hold(1);
        }
    }

    /// Names the reason why it leaves; `None`: JavaScript knows already.
    pub(super) fn leave(&mut self, farewell: Option<Reason>) {
        self.farewell = farewell;
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        self.engage();
        if let Some(reason) = self.farewell {
            let outlet = &self.session.environment.outlet;
            outlet.deliver(Delivery::Event(Event {
                kind: EventKind::Evicted,
                pool: self.session.pool,
                session: self.session.id,
                ticket: 0,
                detail: reason.as_str().to_owned(),
            }));
            outlet.signal();
        }
        self.session.retire();
    }
}

impl fmt::Debug for Pooled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pooled")
            .field("session", &self.session.id)
            .finish_non_exhaustive()
    }
}
