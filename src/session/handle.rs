//! The handle to a session: what everybody but the task that owns the socket may do with it.

use std::collections::VecDeque;
use std::fmt;
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Waker;

use bytes::{Buf, Bytes, BytesMut};
use serde_json::json;
use socket2::Socket;
use tokio::sync::Notify;

use crate::tls::TlsFacts;
use crate::wire::{Plan, write_bind_execute, write_parse, write_query};

use super::copy::Intake;
use super::flow::{Flow, Wishes};
use super::lent::{LITTLE_UNREAD, Lending};
use super::limits::Limits;
use super::named::{NamedStatements, Need};
use super::request::{Flight, Lease, Refusal, Request};
use super::{Address, Bridge, Environment, Introduction, Peer, Progress};

/// One connection to a server.
pub struct Session {
    /// The number under which JavaScript knows it; never used twice.
    pub id: u32,
    /// The pool it belongs to, or 0.
    pub pool: u32,
    /// What it shares with its siblings.
    pub environment: Arc<Environment>,
    /// Where a connect attempt is.
    pub progress: Arc<Progress>,
    pub(super) outbox: Mutex<Outbox>,
    pub(super) key: OnceLock<Key>,
    /// Transaction status of the last ReadyForQuery; 0 before the first.
    pub(super) status: AtomicU8,
    /// CancelRequests under way: no ReadyForQuery is believed until they are over (design 6.6).
    pub(super) cancels: AtomicU32,
    /// Rings when a ReadyForQuery comes while a cancel is under way.
    pub(super) answer_bell: Notify,
    /// Queries submitted and not over.
    pub(super) in_flight: AtomicU32,
    /// Bytes in the mailbox that JavaScript has not taken.
    unread: AtomicUsize,
    /// The task does not read a lent stream until less is unread.
    pub(super) lending_paused: AtomicBool,
    pub(super) settled: AtomicBool,
    pub(super) settlement: Mutex<Option<Settlement>>,
    /// Bytes that came for JavaScript while the stream was lent.
    pub(super) lent_bytes: Mutex<VecDeque<Bytes>>,
    /// What results may be, where their query does not say.
    pub(super) limits: OnceLock<Limits>,
    /// The bytes of a COPY TO STDOUT that JavaScript is to take.
    pub(super) intake: Mutex<Intake>,
    /// Whoever gives the bytes of a COPY FROM STDIN waits until they are written.
    pub(super) wants_room: AtomicBool,
    owner: OnceLock<Box<dyn Owner>>,
    /// Some if JavaScript makes the socket.
    pub(super) bridge: OnceLock<Arc<Bridge>>,
}

/// Whoever must know at once that a session died.
pub trait Owner: Send + Sync {
    /// The session is of no use any more, though its socket may be open still.
    fn broken(&self, session: &Session);
    /// The session's socket is closed or about to be.
    fn lost(&self, session: &Session);
}

/// How a session shall close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Closing {
    /// Send Terminate behind what is queued, then close.
    Gracefully,
    /// Close the socket now.
    Now,
}

#[derive(Default)]
pub(super) struct Outbox {
    pub(super) bytes: BytesMut,
    /// Requests queued, and ReadyForQuery received: what is between them is under way.
    pub(super) submitted: u64,
    pub(super) answered: u64,
    /// How many of them were queued before the CancelRequests under way: they are what is to be
    /// cancelled, and must reach the server first.
    pub(super) before_cancel: usize,
    pub(super) flights: VecDeque<Flight>,
    pub(super) wishes: Option<Wishes>,
    pub(super) named: NamedStatements,
    pub(super) lending: Lending,
    pub(super) waker: Option<Waker>,
    pub(super) closing: Option<Closing>,
    /// The task is gone; nothing will be sent any more.
    pub(super) closed: bool,
    /// A second handle to the socket, for writing without the task; none under TLS.
    pub(super) socket: Option<Socket>,
    /// The task has bytes that it could not write yet.
    pub(super) writing: bool,
}

/// What a CancelRequest needs.
pub(super) struct Key {
    pub(super) peer: Peer,
    pub(super) process_id: i32,
    pub(super) secret: Bytes,
    pub(super) introduction: Introduction,
    pub(super) tls: Option<TlsFacts>,
}

/// JavaScript's verdict on the plan of a result under way.
pub(super) struct Settlement {
    pub(super) ticket: u32,
    /// The plan judged: a verdict on one result says nothing about the next one of the same ticket.
    pub(super) judged: u32,
    pub(super) plan: Option<Arc<Plan>>,
}

/// Above this many unread bytes a session stops reading its socket; half of it starts it again.
pub(super) const MAILBOX_LIMIT: usize = 4 << 20;

impl Session {
    /// A session that is not connected yet.
    pub fn new(environment: &Arc<Environment>, pool: u32) -> Arc<Self> {
        let session = Arc::new(Self {
            id: environment.next_session_id(),
            pool,
            environment: Arc::clone(environment),
            progress: Arc::new(Progress::default()),
            outbox: Mutex::default(),
            key: OnceLock::new(),
            status: AtomicU8::new(0),
            cancels: AtomicU32::new(0),
            answer_bell: Notify::new(),
            in_flight: AtomicU32::new(0),
            unread: AtomicUsize::new(0),
            lending_paused: AtomicBool::new(false),
            settled: AtomicBool::new(false),
            settlement: Mutex::default(),
            lent_bytes: Mutex::default(),
            limits: OnceLock::new(),
            intake: Mutex::default(),
            wants_room: AtomicBool::new(false),
            owner: OnceLock::new(),
            bridge: OnceLock::new(),
        });
        environment.register(&session);
        session
    }

    /// Names who must know when the session dies; at once, if it is dead already. Only the first
    /// call counts.
    pub fn set_owner(&self, owner: Box<dyn Owner>) {
        // A second owner would be a bug of the pool; the first one keeps the session.
        let _ = self.owner.set(owner);
        if self.lock_outbox().closed {
            self.tell_owner();
        }
    }

    pub(super) fn tell_owner(&self) {
        if let Some(owner) = self.owner.get() {
            owner.lost(self);
        }
    }

    pub(super) fn tell_owner_broken(&self) {
        if let Some(owner) = self.owner.get() {
            owner.broken(self);
        }
    }

    /// Queues the request's messages. The caller then wakes the session, directly or by the door.
    ///
    /// # Errors
    /// Nothing was queued; the lease is given back.
    pub fn submit(
        &self,
        request: &Request<'_>,
        lease: Option<Box<dyn Lease>>,
    ) -> Result<(), (Refusal, Option<Box<dyn Lease>>)> {
        if request.flow == Flow::CopyOut {
            // Before the lock: it may wake the task.
            self.expect_copy_data();
        }
        let mut outbox = self.lock_outbox();
        if outbox.closed || outbox.closing.is_some() {
            return Err((Refusal::Closed, lease));
        }
        let Outbox { bytes, named, .. } = &mut *outbox;
        let start = bytes.len();
        let parsing = match write_request(request, bytes, named) {
            Ok(parsing) => parsing,
            Err(refusal) => {
                bytes.truncate(start);
                return Err((refusal, lease));
            }
        };
        self.in_flight.fetch_add(1, Ordering::AcqRel);
        self.environment.in_flight.fetch_add(1, Ordering::AcqRel);
        outbox.submitted += 1;
        outbox.lending.end();
        outbox.flights.push_back(Flight {
            ticket: request.ticket,
            statement: Arc::clone(request.statement),
            extended: request.extended,
            custom_types: request.custom_types,
            parsing,
            flow: request.flow,
            limits: request.limits,
            rows: request.rows,
            synced: !request.extended || request.rows == 0,
            portal: request.portal.into(),
            lease,
        });
        Ok(())
    }

    /// Writes what is queued from the caller's thread, without blocking. False: the task must do it.
    ///
    /// The task learns of the request before its answer: it looks into the outbox between reading
    /// and processing.
    pub(super) fn write_here(&self) -> bool {
        let mut outbox = self.lock_outbox();
        if outbox.writing || outbox.closing.is_some() || self.cancels.load(Ordering::Acquire) > 0 {
            return false;
        }
        let Outbox { bytes, socket, .. } = &mut *outbox;
        // The task meets the same error again, or waits for room.
        let Some(Ok(written)) = socket.as_mut().map(|socket| socket.write(bytes)) else {
            return false;
        };
        bytes.advance(written);
        bytes.is_empty() && !outbox.lending.wants_room()
    }

    /// Wakes the task that owns the socket.
    pub fn wake(&self) {
        let waker = self.lock_outbox().waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The names of parsed statements and their texts (PS-1).
    pub fn named_statements(&self) -> Vec<(String, String)> {
        self.lock_outbox().named.parsed_statements()
    }

    /// A statement was parsed without the session's help (PS-1).
    pub fn know_named(&self, name: &str, text: &str) {
        self.lock_outbox().named.know(name, text);
    }

    /// Somebody deallocated a statement, or says so (PS-5): its name will be parsed anew.
    pub fn forget_named(&self, name: &str) {
        self.lock_outbox().named.forget(name);
    }

    /// Ends the session politely: what is queued is sent, then Terminate.
    pub fn close(&self) {
        self.request_closing(Closing::Gracefully);
    }

    /// Ends a session that nobody wants any more: politely if it is at rest, else at once.
    pub fn retire(&self) {
        if self.is_at_rest() {
            self.close()
        } else {
            self.abort()
        }
    }

    /// Drops the socket now.
    pub fn abort(&self) {
        self.request_closing(Closing::Now);
    }

    fn request_closing(&self, closing: Closing) {
        let waker = {
            let mut outbox = self.lock_outbox();
            outbox.closing = outbox.closing.max(Some(closing));
            outbox.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Whether the session can take queries.
    pub fn is_open(&self) -> bool {
        let outbox = self.lock_outbox();
        !outbox.closed && outbox.closing.is_none()
    }

    /// What the server told at startup; `None` before the session is ready.
    pub fn introduction(&self) -> Option<&Introduction> {
        self.key.get().map(|key| &key.introduction)
    }

    /// The other end of the socket and what TLS agreed on with it, as JavaScript reads it; `None`
    /// before the session is ready.
    pub fn socket_facts(&self) -> Option<String> {
        let key = self.key.get()?;
        let address = match key.peer.address {
            Address::Tcp(address) => Some(address),
            _ => None,
        };
        let facts = json!({
            "address": address.map(|address| address.ip().to_string()),
            "port": address.map(|address| address.port()),
            "family": address.map(|address| if address.is_ipv4() { "IPv4" } else { "IPv6" }),
            "tls": key.tls.as_ref().map(TlsFacts::to_json),
        });
        Some(facts.to_string())
    }

    /// The bridge to the socket that JavaScript made, if it did.
    pub fn bridge(&self) -> Option<&Arc<Bridge>> {
        self.bridge.get()
    }

    /// Whether no query is under way: only then the transaction status is what the last one left.
    pub fn is_at_rest(&self) -> bool {
        self.in_flight.load(Ordering::Acquire) == 0
    }

    /// Transaction status of the last ReadyForQuery.
    pub fn transaction_status(&self) -> u8 {
        self.status.load(Ordering::Acquire)
    }

    /// JavaScript's verdict on the first batch of a result that came under the plan `judged`: its
    /// kinds are right (`None`), or the rest shall come under another plan.
    pub fn settle(&self, ticket: u32, judged: u32, plan: Option<Arc<Plan>>) {
        *self
            .settlement
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(Settlement {
            ticket,
            judged,
            plan,
        });
        self.settled.store(true, Ordering::Release);
    }

    /// Counts bytes delivered to the mailbox.
    pub(super) fn delivered(&self, bytes: usize) {
        self.unread.fetch_add(bytes, Ordering::AcqRel);
    }

    /// Counts bytes that JavaScript took, and lets the session read again.
    pub(super) fn consumed(&self, bytes: usize) {
        let before = self.unread.fetch_sub(bytes, Ordering::SeqCst);
        let after = before.saturating_sub(bytes);
        let goes_on = before > MAILBOX_LIMIT / 2 && after <= MAILBOX_LIMIT / 2;
        if goes_on || (after <= LITTLE_UNREAD && self.lending_paused.load(Ordering::SeqCst)) {
            self.wake();
        }
    }

    pub(super) fn must_pause(&self) -> bool {
        self.unread() > MAILBOX_LIMIT
    }

    pub(super) fn unread(&self) -> usize {
        self.unread.load(Ordering::SeqCst)
    }

    pub(super) fn lock_outbox(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Appends the request's messages; true if a Parse for a name is among them.
fn write_request(
    request: &Request<'_>,
    bytes: &mut BytesMut,
    named: &mut NamedStatements,
) -> Result<bool, Refusal> {
    let statement = request.statement;
    if !request.extended {
        return write_query(statement, bytes)
            .map(|()| false)
            .map_err(|_| Refusal::Unsendable);
    }
    let need = named.prepare(statement);
    let parsing = need == Need::Parse && !statement.name.is_empty();
    let written = match need {
        Need::Conflict => return Err(Refusal::NameTaken),
        Need::Parse => write_parse(statement, bytes),
        Need::Nothing => Ok(()),
    };
    written
        .and_then(|()| {
            write_bind_execute(
                statement,
                request.portal,
                request.parameters,
                request.binary,
                request.rows,
                bytes,
            )
        })
        .map(|()| parsing)
        .map_err(|_| {
            if parsing {
                named.failed(&statement.name);
            }
            Refusal::Unsendable
        })
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id)
            .field("pool", &self.pool)
            .finish_non_exhaustive()
    }
}
