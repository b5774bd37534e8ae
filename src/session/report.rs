//! What a server says beside its answers: notices, notifications, settings, and what nobody asked for.

use std::sync::Arc;

use serde_json::json;

use crate::wire::Frame;

use super::conversation::Conversation;
use super::error_response;
use super::outlet::{Credit, Delivery, Event, EventKind};

/// What a delivery weighs beside its bytes.
const RECORD: usize = 64;
/// Small deliveries are accounted for when so much of them has come.
const ACCOUNT: usize = 64 * 1024;

impl Conversation {
    pub(super) fn notice(&self, frame: Frame<'_>) {
        let notice = error_response::parse(frame.body);
        self.event(
            EventKind::Notice,
            serde_json::to_string(&notice).unwrap_or_default(),
        );
    }

    pub(super) fn notification(&self, body: &[u8]) {
        let Some((pid, rest)) = body.split_first_chunk::<4>() else {
            return;
        };
        let mut parts = rest.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        let detail = json!({
            "length": body.len() + 4,
            "processId": i32::from_be_bytes(*pid),
            "channel": parts.next().unwrap_or_default(),
            "payload": parts.next().unwrap_or_default(),
        });
        self.event(EventKind::Notification, detail.to_string());
    }

    pub(super) fn parameter_status(&self, body: &[u8]) {
        let mut parts = body.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        let detail = json!([
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default()
        ]);
        self.event(EventKind::Parameter, detail.to_string());
    }

    /// A message that only a query could have asked for, and there is none (L-6).
    pub(super) fn stray(&self, message: &str) {
        if self.discarded.is_some() {
            return;
        }
        self.session.tell_owner_broken();
        self.event(EventKind::Stray, message.to_owned());
    }

    /// Something about the query under way that says nothing by itself.
    pub(super) fn tell(&mut self, kind: EventKind, detail: &str) {
        self.count(detail.len());
        let event = Event {
            kind,
            pool: self.session.pool,
            session: self.session.id,
            ticket: 0,
            detail: detail.to_owned(),
        };
        let outlet = &self.session.environment.outlet;
        outlet.deliver(Delivery::Event(event));
    }

    /// Counts a small delivery. None is worth an account of its own, but a server can make any number
    /// of them, and then it waits until they are taken.
    pub(super) fn count(&mut self, bytes: usize) {
        self.uncounted += RECORD + bytes;
        if self.uncounted < ACCOUNT {
            return;
        }
        let credit = Credit {
            bytes: std::mem::take(&mut self.uncounted),
            session: Arc::clone(&self.session),
        };
        self.session.delivered(credit.bytes);
        let outlet = &self.session.environment.outlet;
        outlet.deliver(Delivery::Credit(credit));
    }

    pub(super) fn event(&self, kind: EventKind, detail: String) {
        let credit = Credit {
            bytes: detail.len(),
            session: Arc::clone(&self.session),
        };
        self.session.delivered(credit.bytes);
        let event = Event {
            kind,
            pool: self.session.pool,
            session: self.session.id,
            ticket: 0,
            detail,
        };
        let environment = &self.session.environment;
        environment.outlet.deliver(Delivery::Message(event, credit));
        environment.courier.call();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::session::Request;
    use crate::session::handle::MAILBOX_LIMIT;
    use crate::session::unconnected::session;
    use crate::wire::{Statement, split_frame};
    use bytes::BytesMut;

    #[test]
    fn a_server_that_says_little_but_often_is_not_read_until_somebody_takes_it() {
        for bytes in [&b"C\0\0\0\x05\0"[..], b"I\0\0\0\x04"] {
            let (session, _runtime) = session();
            let mut conversation = Conversation::new(Arc::clone(&session));
            let statement = Arc::new(Statement::new("SELECT 1", ""));
            assert!(session.submit(&Request::internal(&statement), None).is_ok());
            conversation
                .flights
                .append(&mut session.lock_outbox().flights);
            let frame = split_frame(bytes).unwrap().unwrap();
            for _ in 0..=MAILBOX_LIMIT / RECORD + ACCOUNT / RECORD {
                conversation.receive(frame, &mut BytesMut::new()).unwrap();
            }
            assert!(session.must_pause());
        }
    }
}
