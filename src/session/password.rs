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
    /// Passes JavaScript's answer to the connect attempt that asked; false if it is gone.
    pub fn answer(&self, ticket: u32, answer: Answer) -> bool {
        let sender = self
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&ticket);
        sender.is_some_and(|sender| sender.send(answer).is_ok())
    }

    fn ask(&self) -> Question<'_> {
        let ticket = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, answer) = oneshot::channel();
        self.open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(ticket, sender);
        Question {
            requests: self,
            ticket,
            answer,
        }
    }
}

/// Takes itself back if the connect attempt is given up: a password function may never settle.
struct Question<'a> {
    requests: &'a PasswordRequests,
    ticket: u32,
    answer: oneshot::Receiver<Answer>,
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        self.requests
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.ticket);
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
        let mut question = self.environment.passwords.ask();
        let outlet = &self.environment.outlet;
        outlet.deliver(Delivery::Event(Event {
            kind: EventKind::PasswordWanted,
            pool: self.pool,
            session: self.session,
            ticket: question.ticket,
            detail: String::new(),
        }));
        outlet.signal();
        Box::pin(async move {
            let answer = &mut question.answer;
            answer.await.unwrap_or(Err(Error::Closed))
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_question_that_nobody_waits_for_is_forgotten() {
        let requests = PasswordRequests::default();
        let question = requests.ask();
        let ticket = question.ticket;
        assert_eq!(requests.open.lock().unwrap().len(), 1);
        drop(question);
        assert!(requests.open.lock().unwrap().is_empty());
        assert!(!requests.answer(ticket, Ok(None)));
    }

    #[tokio::test]
    async fn each_question_gets_its_own_answer() {
        let requests = PasswordRequests::default();
        let (mut first, mut second) = (requests.ask(), requests.ask());
        assert!(requests.answer(second.ticket, Ok(Some("second".to_owned()))));
        assert!(requests.answer(first.ticket, Err(Error::Closed)));
        let answer = &mut second.answer;
        assert_eq!(answer.await.unwrap(), Ok(Some("second".to_owned())));
        let answer = &mut first.answer;
        assert_eq!(answer.await.unwrap(), Err(Error::Closed));
    }
}
