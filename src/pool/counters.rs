//! The pool's counts. They are guards, so that they are right whatever happens to a future.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Counts of one pool.
#[derive(Debug, Default)]
pub(super) struct Counters {
    total: AtomicUsize,
    waiting: AtomicUsize,
    sockets: AtomicUsize,
    demand: AtomicUsize,
    pub(super) ending: AtomicBool,
}

/// A snapshot of a pool's counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Sessions open or being opened.
    pub total: usize,
    /// Sessions nobody holds.
    pub idle: usize,
    /// Checkouts that wait for a slot.
    pub waiting: usize,
    /// Sessions held by Clients whose lifetime is over.
    pub expired: usize,
}

impl Counters {
    pub(super) fn total(&self) -> usize {
        self.total.load(Ordering::Acquire)
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Acquire)
    }

    /// The counts as they are once everybody has moved who can: a session given back counts as the
    /// first waiter's although the waiter has not run yet, and a free place as being filled.
    pub(super) fn snapshot(&self, max: usize) -> Counts {
        let demand = self.demand.load(Ordering::Acquire);
        let served = demand.min(max);
        let total = self.total().max(served);
        Counts {
            total,
            idle: total - served,
            waiting: demand - served,
            expired: 0,
        }
    }

    /// Nothing is left of the pool but its handle.
    pub(super) fn is_empty(&self) -> bool {
        self.total() == 0 && self.waiting() == 0 && self.sockets.load(Ordering::Acquire) == 0
    }

    pub(super) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Acquire)
    }

    pub(super) fn socket_opened(&self) {
        self.sockets.fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn socket_closed(&self) {
        self.sockets.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A slot in use, from the first step of connecting to the session's removal.
#[derive(Debug)]
pub(super) struct Slot(Arc<Counters>);

impl Slot {
    pub(super) fn take(counters: &Arc<Counters>) -> Self {
        counters.total.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(counters))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.total.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Somebody who wants or has a session: from the checkout until it is given back.
#[derive(Debug)]
pub(super) struct Demand(Arc<Counters>);

impl Demand {
    pub(super) fn rise(counters: &Arc<Counters>) -> Self {
        counters.demand.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(counters))
    }
}

impl Drop for Demand {
    fn drop(&mut self) {
        self.0.demand.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A checkout in the queue, until it gets a slot or is given up.
#[derive(Debug)]
pub(super) struct Waiter {
    counters: Arc<Counters>,
    queued: AtomicBool,
}

impl Waiter {
    pub(super) fn join(counters: &Arc<Counters>) -> Self {
        counters.waiting.fetch_add(1, Ordering::AcqRel);
        Self {
            counters: Arc::clone(counters),
            queued: AtomicBool::new(true),
        }
    }

    pub(super) fn is_queued(&self) -> bool {
        self.queued.load(Ordering::Acquire)
    }

    /// The checkout's turn has come.
    pub(super) fn leave(&self) {
        if self.queued.swap(false, Ordering::AcqRel) {
            self.counters.waiting.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(counters: &Counters) -> (usize, usize, usize) {
        let Counts {
            total,
            idle,
            waiting,
            ..
        } = counters.snapshot(2);
        (total, idle, waiting)
    }

    #[test]
    fn a_place_counts_as_taken_as_soon_as_somebody_wants_it() {
        let counters = Arc::new(Counters::default());
        let first = Demand::rise(&counters);
        assert_eq!(counts(&counters), (1, 0, 0));
        let slot = Slot::take(&counters);
        assert_eq!(counts(&counters), (1, 0, 0));
        drop(first);
        assert_eq!(counts(&counters), (1, 1, 0));
        drop(slot);
        assert_eq!(counts(&counters), (0, 0, 0));
    }

    #[test]
    fn who_finds_the_pool_full_waits_until_one_is_given_back() {
        let counters = Arc::new(Counters::default());
        let slots = [Slot::take(&counters), Slot::take(&counters)];
        let [one, two, three] = [(); 3].map(|()| Demand::rise(&counters));
        assert_eq!(counts(&counters), (2, 0, 1));
        drop(one);
        assert_eq!(counts(&counters), (2, 0, 0));
        drop((two, three));
        assert_eq!(counts(&counters), (2, 2, 0));
        drop(slots);
    }
}
