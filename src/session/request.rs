//! One execution of a statement, from the call to its ReadyForQuery.

use std::fmt;
use std::sync::Arc;

use crate::wire::{Parameters, Statement};

use super::flow::Flow;
use super::limits::Limits;

/// The session's way of giving itself back when a query that holds a checkout is over.
pub trait Lease: Send {
    /// The query ended with this transaction status. `Some`: the session must be rolled back under
    /// the same lease first (design 6.5).
    fn release(self: Box<Self>, status: u8) -> Option<Box<dyn Lease>>;
}

/// What to execute. Borrowed where the caller's buffers allow it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The receiver's number; 0 means that nobody wants to know.
    pub ticket: u32,
    /// Text and name.
    pub statement: &'a Arc<Statement>,
    /// Extended protocol, or simple.
    pub extended: bool,
    /// The values, in the extended protocol.
    pub parameters: Parameters<'a>,
    /// Ask for binary results.
    pub binary: bool,
    /// Somebody chose own type parsers for this result.
    pub custom_types: bool,
    /// Rows per Execute; 0 means all at once.
    pub rows: i32,
    /// The portal's name, usually empty.
    pub portal: &'a str,
    /// Whether JavaScript has a say in its course.
    pub flow: Flow,
    /// What its result may be; `None` means what the session allows.
    pub limits: Option<Limits>,
}

/// A request that outlives the caller's buffers, because it waits for a session.
#[derive(Debug)]
pub struct OwnedRequest {
    /// See [`Request::ticket`].
    pub ticket: u32,
    /// See [`Request::statement`].
    pub statement: Arc<Statement>,
    extended: bool,
    count: u16,
    formats: Box<[u8]>,
    values: Box<[u8]>,
    binary: bool,
    custom_types: bool,
    rows: i32,
    portal: Box<str>,
    flow: Flow,
    limits: Option<Limits>,
}

impl<'a> Request<'a> {
    /// A simple query of our own, whose outcome only its lease learns.
    pub fn internal(statement: &'a Arc<Statement>) -> Self {
        Self {
            ticket: 0,
            statement,
            extended: false,
            parameters: Parameters::default(),
            binary: false,
            custom_types: false,
            rows: 0,
            portal: "",
            flow: Flow::Whole,
            limits: None,
        }
    }

    /// A copy that owns everything.
    pub fn to_owned(&self) -> OwnedRequest {
        OwnedRequest {
            ticket: self.ticket,
            statement: Arc::clone(self.statement),
            extended: self.extended,
            count: self.parameters.count,
            formats: self.parameters.formats.into(),
            values: self.parameters.values.into(),
            binary: self.binary,
            custom_types: self.custom_types,
            rows: self.rows,
            portal: self.portal.into(),
            flow: self.flow,
            limits: self.limits,
        }
    }
}

impl OwnedRequest {
    /// The borrowed form.
    pub fn as_request(&self) -> Request<'_> {
        Request {
            ticket: self.ticket,
            statement: &self.statement,
            extended: self.extended,
            parameters: Parameters {
                count: self.count,
                formats: &self.formats,
                values: &self.values,
            },
            binary: self.binary,
            custom_types: self.custom_types,
            rows: self.rows,
            portal: &self.portal,
            flow: self.flow,
            limits: self.limits,
        }
    }
}

/// A request on the wire, waiting for its answers.
pub(super) struct Flight {
    pub(super) ticket: u32,
    pub(super) statement: Arc<Statement>,
    pub(super) extended: bool,
    pub(super) custom_types: bool,
    /// A Parse for a name went out and is not answered yet.
    pub(super) parsing: bool,
    pub(super) flow: Flow,
    pub(super) limits: Option<Limits>,
    pub(super) rows: i32,
    /// A Sync that will be answered is on its way: each one ends a query, so a second would end the
    /// next query before its time.
    pub(super) synced: bool,
    pub(super) portal: Box<str>,
    pub(super) lease: Option<Box<dyn Lease>>,
}

impl fmt::Debug for Flight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flight")
            .field("ticket", &self.ticket)
            .finish_non_exhaustive()
    }
}

/// Why a request was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The session is closed or closing; nothing was sent.
    Closed,
    /// The name stands for another statement on this session (PS-2).
    NameTaken,
    /// Text, name or portal hold a NUL, or the message is too long.
    Unsendable,
}
