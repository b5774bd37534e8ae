//! Cancelling the query under way, for certain and nothing else (design 6.6).

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::sleep;

use super::handle::Outbox;
use super::{Session, cancel};

/// A backend that has not begun the query yet ignores the request, so it is repeated after such times,
/// in milliseconds, until the query is over.
const PAUSES: [u64; 9] = [20, 50, 100, 200, 400, 800, 1_000, 2_000, 4_000];

impl Session {
    /// Asks the server to cancel the query under way. Until the request's connection is closed its
    /// ReadyForQuery is held back and nothing new is written: a late cancel never hits the next query.
    pub fn cancel(self: &Arc<Self>) {
        self.cancel_if(|_| true);
    }

    /// The same, if `is_wanted` says so of what is queued; nothing can be added to that in between.
    pub(super) fn cancel_if(self: &Arc<Self>, is_wanted: impl FnOnce(&Outbox) -> bool) -> bool {
        if self.key.get().is_none() {
            return false;
        }
        let under_way = {
            let mut outbox = self.lock_outbox();
            let is_idle = outbox.answered == outbox.submitted && !outbox.lending.is_on();
            if outbox.closed || is_idle || !is_wanted(&outbox) {
                return false;
            }
            let Outbox { bytes, lending, .. } = &mut *outbox;
            lending.fail_copy(bytes);
            if self.cancels.fetch_add(1, Ordering::AcqRel) == 0 {
                outbox.before_cancel = outbox.bytes.len();
            }
            outbox.answered
        };
        // The query goes out ahead of the request that cancels it.
        self.wake();
        let guard = Guard(Arc::clone(self));
        self.environment.runtime.spawn(async move {
            repeat(&guard.0, under_way).await;
            drop(guard);
        });
        true
    }

    /// The message that cancels what this session executes.
    pub fn cancel_request(&self) -> Option<Vec<u8>> {
        let key = self.key.get()?;
        let packet = super::cancel::packet(key.process_id, &key.secret).ok()?;
        Some(packet.to_vec())
    }

    fn is_answered(&self, query: u64) -> bool {
        let outbox = self.lock_outbox();
        outbox.closed || outbox.answered > query
    }
}

async fn repeat(session: &Session, query: u64) {
    let Some(key) = session.key.get() else { return };
    for pause in PAUSES {
        match session.bridge() {
            // An unreachable server shows on the session's own socket as well.
            None => drop(cancel(&key.peer, key.process_id, &key.secret).await),
            // As in pg: the session stays busy until the query ends.
            Some(bridge) if !bridge.cancel().await => return,
            Some(_) => {}
        }
        if session.is_answered(query) {
            return;
        }
        tokio::select! {
            () = session.answer_bell.notified() => {}
            () = sleep(Duration::from_millis(pause)) => {}
        }
        if session.is_answered(query) {
            return;
        }
    }
}

/// While it lives, the session sends nothing new.
struct Guard(Arc<Session>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.cancels.fetch_sub(1, Ordering::AcqRel);
        self.0.wake();
    }
}
