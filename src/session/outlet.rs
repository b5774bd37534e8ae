//! What sessions and pools have to tell, and whom they tell it.

use std::fmt;
use std::sync::Arc;

use crate::error::Error;
use crate::wire::{Batch, Plan};

/// The receiving end: the mailbox of a Node environment, or a recorder in tests.
pub trait Outlet: Send + Sync + fmt::Debug {
    /// Takes one delivery; order is kept. Nobody is woken yet.
    fn deliver(&self, delivery: Delivery<'_>);
    /// Wakes the receiver if anything was delivered since it last looked.
    fn signal(&self);
    /// Changes the count of things for which the process must stay alive.
    fn hold(&self, change: isize);
}

/// One thing to tell. A `ticket` is the receiver's number for a query or checkout.
#[derive(Debug)]
pub enum Delivery<'a> {
    /// Rows of a result, possibly none: the first batch of a result also announces its fields.
    Rows {
        /// Whose rows.
        ticket: u32,
        /// The session they came over, for [`super::Session::settle`].
        session: u32,
        /// How they are packed.
        plan: &'a Arc<Plan>,
        /// The rows.
        batch: &'a Batch,
        /// Who must be told when the receiver has taken them, if they are many.
        credit: Option<Credit>,
    },
    /// CommandComplete.
    Command {
        /// Whose command.
        ticket: u32,
        /// The command tag.
        tag: &'a [u8],
    },
    /// EmptyQueryResponse.
    Empty {
        /// Whose query.
        ticket: u32,
    },
    /// The query failed. `Ready` follows, unless the session is lost and the query was a Client's.
    Failed {
        /// Whose query.
        ticket: u32,
        /// Why.
        error: &'a Error,
    },
    /// ReadyForQuery: the query is over.
    Ready {
        /// Whose query.
        ticket: u32,
        /// Transaction status: `I`, `T` or `E`; 0 if the session was lost.
        status: u8,
    },
    /// Anything rarer.
    Event(Event),
    /// What a server may say as often as it likes, with who must be told when it was taken.
    Message(Event, Credit),
    /// Nothing but who must be told when what was delivered before it was taken.
    Credit(Credit),
}

/// A rare delivery. Fields that do not apply are 0.
#[derive(Debug)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// The pool concerned.
    pub pool: u32,
    /// The session concerned.
    pub session: u32,
    /// The checkout or request concerned.
    pub ticket: u32,
    /// JSON, or empty.
    pub detail: String,
}

/// What an [`Event`] is about. The numbers are known to `lib/mailbox.js`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum EventKind {
    /// A session is ready for its first query. Detail: key data and parameters.
    Connected = 1,
    /// A session could not be connected. Detail: the error.
    ConnectFailed = 2,
    /// NoticeResponse. Detail: its fields.
    Notice = 3,
    /// NotificationResponse. Detail: process id, channel, payload.
    Notification = 4,
    /// ParameterStatus. Detail: name and value.
    Parameter = 5,
    /// An ErrorResponse while no query was active. Detail: the error.
    SessionError = 6,
    /// A message that needs an active query came without one (L-6). Detail: the message's name.
    Stray = 7,
    /// The socket is closed. Detail: the system error, or empty.
    Closed = 8,
    /// The server asks for a password that only JavaScript can give.
    PasswordWanted = 9,
    /// A pool opened a session by itself.
    Opened = 10,
    /// Bytes came over a lent stream: take one piece of them.
    Lent = 11,
    /// What was written to a lent stream has mostly been sent.
    Room = 12,
    /// Bytes of a COPY TO STDOUT wait in the session.
    CopyData = 13,
    /// A page of a cursor is complete, and there may be more.
    Suspended = 14,
    /// A COPY begins. Detail: `in` or `out`, as the server sees it.
    CopyStarted = 15,
    /// The bytes given to a COPY FROM STDIN are written.
    CopyDrained = 16,
    /// A session over a bridge wants something of its socket. Ticket: what.
    Bridge = 17,
    /// A checkout got its session.
    CheckedOut = 20,
    /// A checkout failed. Detail: the error.
    CheckoutFailed = 21,
    /// A checkout may open a session: JavaScript creates the Client and connects it.
    CreateClient = 22,
    /// A session left the pool. Detail: the reason.
    Evicted = 23,
    /// The pool has ended and its sockets are closed.
    PoolEnded = 24,
}

/// Bytes on their way to JavaScript that count against a session until they are taken.
#[derive(Clone)]
pub struct Credit {
    /// How many.
    pub bytes: usize,
    /// Whose.
    pub session: Arc<super::Session>,
}

impl Credit {
    /// The receiver took the bytes.
    pub fn settle(self) {
        self.session.consumed(self.bytes);
    }
}

impl fmt::Debug for Credit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credit({} bytes)", self.bytes)
    }
}
