//! A query's hold on a pooled session: given back by the I/O side, without the event loop.

use std::sync::Arc;

use deadpool::managed::Object;

use crate::session::Lease;

use super::inner::Inner;
use super::manager::SessionManager;
use super::policy::{Reason, Verdict};

pub(super) struct QueryLease {
    inner: Arc<Inner>,
    object: Option<Object<SessionManager>>,
    /// The ROLLBACK was tried; a session that is still dirty is not worth a second.
    rolled_back: bool,
}

impl QueryLease {
    pub(super) fn new(inner: &Arc<Inner>, object: Object<SessionManager>) -> Box<Self> {
        Box::new(Self {
            inner: Arc::clone(inner),
            object: Some(object),
            rolled_back: false,
        })
    }

    /// The lease of the ROLLBACK itself.
    pub(super) fn for_rollback(mut self: Box<Self>) -> Box<Self> {
        self.rolled_back = true;
        self
    }
}

impl Lease for QueryLease {
    fn release(mut self: Box<Self>, status: u8) -> Option<Box<dyn Lease>> {
        let mut object = self.object.take()?;
        match self.inner.judge(&object, status) {
            Verdict::Keep => self.inner.keep(object),
            Verdict::RollBack if !self.rolled_back => {
                object.demand = None;
                self.object = Some(object);
                self.rolled_back = true;
                return Some(self);
            }
            Verdict::RollBack => self.inner.remove(object, Some(Reason::Broken)),
            Verdict::Remove(reason) => self.inner.remove(object, Some(reason)),
        }
        None
    }
}

impl Drop for QueryLease {
    fn drop(&mut self) {
        // Nobody released it: the request was lost with its session.
        if let Some(object) = self.object.take() {
            self.inner.remove(object, Some(Reason::Broken));
        }
    }
}
