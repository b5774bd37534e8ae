//! What a server says beside its answers: notices, notifications, settings, and what nobody asked for.

use std::sync::Arc;

use serde_json::json;

use crate::wire::Frame;

use super::conversation::Conversation;
use super::error_response;
use super::outlet::{Credit, Delivery, Event, EventKind};

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
    pub(super) fn tell(&self, kind: EventKind, detail: &str) {
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
