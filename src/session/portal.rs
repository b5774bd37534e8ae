//! A portal whose rows JavaScript asks for, page by page.

use bytes::BytesMut;

use crate::wire::{write_close_portal, write_copy_fail, write_execute};

use super::Session;
use super::conversation::Conversation;
use super::flow::{Flow, Wishes};
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
            change(outbox.wishes.get_or_insert_default());
            outbox.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
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
