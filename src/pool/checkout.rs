//! One checkout on its way through deadpool.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use deadpool::managed::{Object, PoolError};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::error::{Error, Phase, Result};
use crate::session::Progress;

use super::counters::{Counters, Demand, Waiter};
use super::inner::Inner;
use super::manager::SessionManager;

tokio::task_local! {
    /// The errand that the current `deadpool` call runs for: `Manager::create` has no arguments.
    pub(super) static ERRAND: Arc<Errand>;
}

/// What a session is checked out for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// One query; a missing session is opened here.
    Query,
    /// A Client; a missing session is opened by JavaScript, through methods that people patch.
    Client,
}

/// Who wants a session, and how far they are.
#[derive(Debug)]
pub(super) struct Errand {
    pub(super) ticket: u32,
    pub(super) purpose: Purpose,
    pub(super) waiter: Waiter,
    /// The first poll is under way on the JavaScript thread, which learns of a wish by return value.
    inline: AtomicBool,
    wants_client: AtomicBool,
    progress: Mutex<Option<Arc<Progress>>>,
    given_up: Notify,
}

impl Errand {
    pub(super) fn new(ticket: u32, purpose: Purpose, counters: &Arc<Counters>) -> Arc<Self> {
        Arc::new(Self {
            ticket,
            purpose,
            waiter: Waiter::join(counters),
            inline: AtomicBool::new(true),
            wants_client: AtomicBool::new(false),
            progress: Mutex::default(),
            given_up: Notify::new(),
        })
    }

    /// Notes that JavaScript shall create a Client; true if it learns so by return value.
    pub(super) fn want_client(&self) -> bool {
        self.wants_client.store(true, Ordering::Release);
        self.inline.load(Ordering::Acquire)
    }

    /// Whether a Client was wished for during the first poll.
    pub(super) fn wants_client(&self) -> bool {
        self.wants_client.load(Ordering::Acquire)
    }

    /// Whoever wanted the session does not any more.
    pub(super) fn give_up(&self) {
        self.given_up.notify_one();
    }

    pub(super) fn watch(&self, progress: &Arc<Progress>) {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(progress));
    }

    /// Where the time goes.
    pub(super) fn phase(&self) -> Phase {
        if self.waiter.is_queued() {
            return Phase::Queue;
        }
        let progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress
            .as_ref()
            .map_or(Phase::Tcp, |progress| progress.get())
    }
}

type Getting = Pin<Box<dyn Future<Output = Result<Object<SessionManager>>> + Send>>;

/// A checkout that could not be served at once.
pub(super) struct Pending {
    future: Getting,
    errand: Arc<Errand>,
}

/// Starts a checkout. It is usually over with the first poll, on the caller's thread.
pub(super) fn begin(
    inner: &Arc<Inner>,
    errand: Arc<Errand>,
) -> std::result::Result<Result<Object<SessionManager>>, Pending> {
    let slots = inner.slots.clone();
    let demand = Demand::rise(&inner.counters);
    let getting = async move {
        let got = slots.get().await;
        let mut object = got.map_err(|error| match error {
            PoolError::Backend(error) => error,
            // Neither timeouts nor hooks are left to deadpool, and the pool is never closed there.
            _ => Error::Closed,
        })?;
        object.demand = Some(demand);
        Ok(object)
    };
    let mut future: Getting = Box::pin(ERRAND.scope(Arc::clone(&errand), getting));
    let mut context = Context::from_waker(Waker::noop());
    let first = future.as_mut().poll(&mut context);
    errand.inline.store(false, Ordering::Release);
    match first {
        Poll::Ready(outcome) => Ok(outcome),
        Poll::Pending => Err(Pending { future, errand }),
    }
}

impl Pending {
    pub(super) fn errand(&self) -> &Arc<Errand> {
        &self.errand
    }

    /// Waits for the session, until the deadline. Giving up frees whatever was taken.
    pub(super) async fn finish(self, deadline: Option<Instant>) -> Result<Object<SessionManager>> {
        let Self { future, errand } = self;
        let future = async {
            tokio::select! {
                outcome = future => outcome,
                () = errand.given_up.notified() => Err(Error::Closed),
            }
        };
        match deadline {
            None => future.await,
            Some(deadline) => match timeout_at(deadline, future).await {
                Ok(outcome) => outcome,
                Err(_) => Err(Error::Timeout {
                    phase: errand.phase(),
                }),
            },
        }
    }
}
