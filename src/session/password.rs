//! Passwords that only JavaScript can give: a password function or the password file (A-3, 2.3).

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::error::{Error, Result};

use super::{Delivery, Environment, Event, EventKind, PasswordSource};

type Answer = Result<Option<String>>;

/// Questions that JavaScript has not answered yet, by number.
#[derive(Debug, Default)]
pub struct PasswordRequests {
    open: Mutex<HashMap<u32, oneshot::Sender<Answer>>>,
    next: AtomicU32,
}

impl PasswordRequests {
    /// Passes JavaScript's answer to the connect attempt that asked; it may be gone.
    pub fn answer(&self, ticket: u32, answer: Answer) {
        let sender = self
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&ticket);
        if let Some(sender) = sender {
            // The attempt may have been given up meanwhile.
            let _ = sender.send(answer);
        }
    }

    fn ask(&self) -> (u32, oneshot::Receiver<Answer>) {
        let ticket = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = oneshot::channel();
        self.open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(ticket, sender);
        (ticket, receiver)
    }
}

/// Asks the JavaScript owner of a session or pool.
#[derive(Debug)]
pub(super) struct AskJavaScript {
    /// Whose mailbox.
    pub environment: Arc<Environment>,
    /// The pool that knows the password, or 0.
    pub pool: u32,
    /// The session whose Client knows the password, or 0.
    pub session: u32,
}

impl PasswordSource for AskJavaScript {
    fn password(&self) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        let (ticket, answer) = self.environment.passwords.ask();
        let outlet = &self.environment.outlet;
        outlet.deliver(Delivery::Event(Event {
            kind: EventKind::PasswordWanted,
            pool: self.pool,
            session: self.session,
            ticket,
            detail: String::new(),
        }));
        outlet.signal();
        Box::pin(async move { answer.await.unwrap_or(Err(Error::Closed)) })
    }
}
