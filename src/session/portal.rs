//! A portal whose rows JavaScript asks for, page by page.

use bytes::BytesMut;

use crate::wire::{write_close_portal, write_copy_fail, write_execute};

use super::Session;
use super::conversation::Conversation;
use super::flow::{Flow, Wishes};
use super::handle::Outbox;
use super::outlet::EventKind;

impl Session {
    /// Asks for the next page of the cursor under way.
    pub fn fetch(&self, rows: i32) {
        self.wish(|wishes| wishes.fetch = rows);
    }

    /// Ends the cursor under way, behind the page that may be coming.
    pub fn close_portal(&self) {
        self.wish(|wishes| wishes.close = true);
    }

    /// Has the COPY FROM STDIN under way fail.
    pub fn fail_copy(&self, reason: String) {
        self.wish(|wishes| wishes.fail_copy = Some(reason));
    }

    fn wish(&self, change: impl FnOnce(&mut Wishes)) {
        let waker = {
            let mut outbox = self.lock_outbox();
            outbox.wish(change);
            outbox.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Outbox {
    fn wish(&mut self, change: impl FnOnce(&mut Wishes)) {
        let pending = self.take_wishes();
        let mut wishes = pending.unwrap_or_default();
        wishes.until = self.submitted;
        change(&mut wishes);
        self.wishes = Some(wishes);
    }

    /// What JavaScript wished, unless it was for a query that is over.
    pub(super) fn take_wishes(&mut self) -> Option<Wishes> {
        let answered = self.answered;
        self.wishes.take().filter(|wishes| wishes.until > answered)
    }
}

impl Conversation {
    /// Does what JavaScript wished, as far as the query is not over.
    pub(super) fn obey(&mut self, wishes: Wishes, out: &mut BytesMut) {
        let Some(flight) = self.flights.front_mut() else {
            return;
        };
        if flight.flow == Flow::Cursor && !flight.synced {
            // None of these can fail: the portal's name was sent before.
            if wishes.fetch > 0 {
                let _ = write_execute(&flight.portal, wishes.fetch, out);
                if let Some(meter) = &mut self.meter {
                    meter.start_over();
                }
            }
            if wishes.close {
                flight.synced = true;
                let _ = write_close_portal(&flight.portal, out);
            }
        }
        if let Some(reason) = wishes.fail_copy {
            if std::mem::take(&mut self.copying_in) {
                write_copy_fail(&reason, out);
            } else {
                self.copy_failure = Some(reason);
            }
        }
    }

    pub(super) fn portal_suspended(&mut self, out: &mut BytesMut) {
        let Some(flight) = self.active() else {
            return self.stray("portalSuspended");
        };
        if flight.flow == Flow::Cursor {
            self.deliver_page(flight.ticket);
            return self.tell(EventKind::Suspended, "");
        }
        // Cannot fail: the portal's name was sent before.
        let _ = write_execute(&flight.portal, flight.rows, out);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use std::sync::Arc;

    use crate::session::Request;
    use crate::session::unconnected::session;
    use crate::wire::Statement;

    #[test]
    fn a_wish_for_a_query_that_is_over_is_not_taken_for_the_next_one() {
        let (session, _runtime) = session();
        let statement = Arc::new(Statement::new("SELECT 1", ""));
        let submit = || {
            let request = Request::internal(&statement);
            assert!(session.submit(&request, None).is_ok());
        };
        submit();
        session.close_portal();
        submit();
        session.lock_outbox().answered += 1;
        assert!(session.lock_outbox().take_wishes().is_none());

        session.close_portal();
        session.lock_outbox().answered += 1;
        submit();
        session.fetch(7);
        let wishes = session.lock_outbox().take_wishes().unwrap();
        assert_eq!((wishes.fetch, wishes.close), (7, false));
    }
}
