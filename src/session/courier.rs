//! Signalling the outlet once for everything that one round of the I/O thread delivered.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

use tokio::runtime::Handle;

use super::Outlet;

/// A task that rings the outlet's bell. Woken by whoever delivers, it runs behind all sessions that
/// became ready at the same time, so ten results cost one wake-up of JavaScript instead of ten.
#[derive(Debug, Default)]
pub(super) struct Courier {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    waker: Option<Waker>,
    closed: bool,
}

impl Courier {
    /// Starts the task.
    pub(super) fn start(self: &Arc<Self>, outlet: Arc<dyn Outlet>, runtime: &Handle) {
        let courier = Arc::clone(self);
        runtime.spawn(async move {
            std::future::poll_fn(|context| {
                {
                    let mut state = courier.state.lock().unwrap_or_else(PoisonError::into_inner);
                    if state.closed {
                        return Poll::Ready(());
                    }
                    state.waker = Some(context.waker().clone());
                }
                outlet.signal();
                Poll::Pending
            })
            .await;
        });
    }

    /// Has the outlet signalled soon.
    pub(super) fn call(&self) {
        self.wake(false);
    }

    /// Ends the task.
    pub(super) fn close(&self) {
        self.wake(true);
    }

    fn wake(&self, closed: bool) {
        let waker = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.closed |= closed;
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
