//! Upkeep: one task per pool evicts idle sessions when their time has come, also while the event
//! loop is busy.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Instant;

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::{Instant as Moment, sleep_until};

use super::inner::Inner;

/// The pool's side of the task: a bell, and when the task will look by itself.
#[derive(Debug, Default)]
pub(super) struct Reaper {
    bell: Arc<Notify>,
    next: Mutex<Option<Instant>>,
}

impl Reaper {
    pub(super) fn start(inner: &Arc<Inner>, runtime: &Handle) {
        let bell = Arc::clone(&inner.reaper.bell);
        runtime.spawn(run(Arc::downgrade(inner), bell));
    }

    /// An idle session is due then: the task must not sleep longer.
    pub(super) fn expect(&self, due: Option<Instant>) {
        let Some(due) = due else { return };
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        if next.is_none_or(|next| due < next) {
            *next = Some(due);
            drop(next);
            self.bell.notify_one();
        }
    }

    fn schedule(&self, due: Option<Instant>) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = due;
    }
}

impl Drop for Reaper {
    fn drop(&mut self) {
        // The task finds the pool gone.
        self.bell.notify_one();
    }
}

async fn run(pool: Weak<Inner>, bell: Arc<Notify>) {
    loop {
        let next = {
            let Some(inner) = pool.upgrade() else { return };
            // What becomes idle during the sweep rings the bell, and the bell is heard below.
            inner.reaper.schedule(None);
            let next = inner.sweep(Instant::now());
            inner.reaper.schedule(next);
            next
        };
        match next {
            None => bell.notified().await,
            Some(due) => {
                tokio::select! {
                    () = sleep_until(Moment::from_std(due)) => {}
                    () = bell.notified() => {}
                }
            }
        }
    }
}
