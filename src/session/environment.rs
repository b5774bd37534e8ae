//! What the sessions of one Node environment (main thread or worker) share.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

use tokio::runtime::Handle;

use crate::wire::PlanCache;

use super::courier::Courier;
use super::fallback::Fallbacks;
use super::password::PasswordRequests;
use super::{Outlet, Session};

/// The common ground of a Node environment's sessions.
pub struct Environment {
    /// Where deliveries go.
    pub outlet: Arc<dyn Outlet>,
    /// The shapes of results that JavaScript knows.
    pub plans: PlanCache,
    /// The I/O thread's runtime.
    pub runtime: Handle,
    /// Passwords that JavaScript was asked for.
    pub passwords: PasswordRequests,
    sessions: Mutex<HashMap<u32, Arc<Session>>>,
    next_session: AtomicU32,
    door: Mutex<Door>,
    pub(super) courier: Arc<Courier>,
    pub(super) fallbacks: Fallbacks,
    /// Queries under way on all sessions.
    pub(super) in_flight: AtomicUsize,
}

type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Sessions that have something to write. One wake-up serves all queries of a JavaScript turn.
#[derive(Default)]
struct Door {
    waiting: Vec<Arc<Session>>,
    /// Work that JavaScript handed over; spawned on the I/O thread, where that costs no wake-up.
    jobs: Vec<Job>,
    waker: Option<Waker>,
    closed: bool,
}

impl Environment {
    /// A new environment, whose doorman runs on `runtime` until [`Environment::close`].
    pub fn new(outlet: Arc<dyn Outlet>, runtime: Handle) -> Arc<Self> {
        let environment = Arc::new(Self {
            outlet,
            plans: PlanCache::default(),
            runtime,
            passwords: PasswordRequests::default(),
            sessions: Mutex::default(),
            next_session: AtomicU32::new(1),
            door: Mutex::default(),
            courier: Arc::default(),
            fallbacks: Fallbacks::default(),
            in_flight: AtomicUsize::new(0),
        });
        let outlet = Arc::clone(&environment.outlet);
        environment.courier.start(outlet, &environment.runtime);
        let doorman = Arc::clone(&environment);
        environment.runtime.spawn(async move {
            let mut woken = Vec::new();
            let mut jobs = Vec::new();
            std::future::poll_fn(|context| {
                {
                    let mut door = doorman.door.lock().unwrap_or_else(PoisonError::into_inner);
                    if door.closed {
                        return Poll::Ready(());
                    }
                    door.waker = Some(context.waker().clone());
                    std::mem::swap(&mut woken, &mut door.waiting);
                    std::mem::swap(&mut jobs, &mut door.jobs);
                }
                for job in jobs.drain(..) {
                    tokio::spawn(job);
                }
                for session in woken.drain(..) {
                    session.wake();
                }
                Poll::Pending
            })
            .await;
        });
        environment
    }

    /// A number for a new session, never used again.
    pub fn next_session_id(&self) -> u32 {
        self.next_session.fetch_add(1, Ordering::Relaxed)
    }

    /// The open session with this number.
    pub fn session(&self, id: u32) -> Option<Arc<Session>> {
        self.lock_sessions().get(&id).map(Arc::clone)
    }

    /// Makes the session known by its number until it closes.
    pub fn register(&self, session: &Arc<Session>) {
        self.lock_sessions().insert(session.id, Arc::clone(session));
        if self.lock_door().closed {
            session.abort();
        }
    }

    /// Forgets a closed session.
    pub fn forget(&self, id: u32) {
        self.lock_sessions().remove(&id);
    }

    /// Notes that the session has something to write; [`Environment::flush`] wakes it.
    pub fn enqueue(&self, session: Arc<Session>) {
        self.door
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .waiting
            .push(session);
    }

    /// The same, for a session that may have been noted already.
    pub fn enqueue_once(&self, session: &Arc<Session>) {
        let mut door = self.lock_door();
        if !door
            .waiting
            .last()
            .is_some_and(|last| Arc::ptr_eq(last, session))
        {
            door.waiting.push(Arc::clone(session));
        }
    }

    /// Has the I/O thread run `job`; [`Environment::flush`] hands it over.
    pub fn defer(&self, job: impl Future<Output = ()> + Send + 'static) {
        let mut door = self.door.lock().unwrap_or_else(PoisonError::into_inner);
        if !door.closed {
            door.jobs.push(Box::pin(job));
        }
    }

    /// Wakes the I/O thread for all sessions enqueued.
    pub fn flush(&self) {
        let waker = {
            let mut door = self.door.lock().unwrap_or_else(PoisonError::into_inner);
            match door.waiting.as_slice() {
                [] if door.jobs.is_empty() => return,
                // One query and nothing else under way: writing it here saves a change of threads.
                [session] if door.jobs.is_empty() && self.is_alone() && session.write_here() => {
                    door.waiting.clear();
                    return;
                }
                _ => {}
            }
            door.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn is_alone(&self) -> bool {
        self.in_flight.load(Ordering::Acquire) <= 1
    }

    /// Whether JavaScript is gone.
    pub(super) fn is_closed(&self) -> bool {
        self.lock_door().closed
    }

    /// Drops every session's socket: JavaScript is gone.
    pub fn close(&self) {
        let waker = {
            let mut door = self.lock_door();
            door.closed = true;
            door.waiting.clear();
            door.jobs.clear();
            door.waker.take()
        };
        let sessions: Vec<_> = self
            .lock_sessions()
            .drain()
            .map(|(_, session)| session)
            .collect();
        for session in sessions {
            session.abort();
        }
        self.courier.close();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn lock_door(&self) -> std::sync::MutexGuard<'_, Door> {
        self.door.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_sessions(&self) -> std::sync::MutexGuard<'_, HashMap<u32, Arc<Session>>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("sessions", &self.lock_sessions().len())
            .finish_non_exhaustive()
    }
}
