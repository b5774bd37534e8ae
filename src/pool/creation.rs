//! Sessions that JavaScript opens for the pool, through `new Client()` and `client.connect()`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::error::{Error, Result};
use crate::session::{Delivery, Environment, Event, EventKind, Session};

use super::checkout::Errand;

/// Creations under way, by ticket.
#[derive(Debug, Default)]
pub(super) struct Creations {
    open: Mutex<HashMap<u32, oneshot::Sender<Option<Arc<Session>>>>>,
}

impl Creations {
    /// Asks JavaScript for a connected Client and waits for its session.
    pub(super) async fn ask(
        &self,
        environment: &Environment,
        pool: u32,
        errand: &Errand,
    ) -> Result<Arc<Session>> {
        let (sender, receiver) = oneshot::channel();
        let _entry = Entry::open(self, errand.ticket, sender);
        if !errand.want_client() {
            environment.outlet.deliver(Delivery::Event(Event {
                kind: EventKind::CreateClient,
                pool,
                session: 0,
                ticket: errand.ticket,
                detail: String::new(),
            }));
            environment.outlet.signal();
        }
        match receiver.await {
            Ok(Some(session)) => Ok(session),
            // JavaScript has the error object already.
            Ok(None) | Err(_) => Err(Error::Closed),
        }
    }

    /// No answer will come.
    pub(super) fn refuse_all(&self) {
        self.open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// JavaScript's answer; false if nobody waits for it any more.
    pub(super) fn answer(&self, ticket: u32, session: Option<Arc<Session>>) -> bool {
        let sender = self
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&ticket);
        sender.is_some_and(|sender| sender.send(session).is_ok())
    }
}

/// Takes the question back if the checkout is given up.
struct Entry<'a> {
    creations: &'a Creations,
    ticket: u32,
}

impl<'a> Entry<'a> {
    fn open(
        creations: &'a Creations,
        ticket: u32,
        sender: oneshot::Sender<Option<Arc<Session>>>,
    ) -> Self {
        creations
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(ticket, sender);
        Self { creations, ticket }
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        self.creations
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.ticket);
    }
}
