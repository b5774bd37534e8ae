//! Lending: a session's byte stream is JavaScript's while what JavaScript wrote is unanswered.
//!
//! pg-cursor, pg-query-stream, pg-copy-streams and whoever else speaks the protocol through pg's
//! `client.connection` write raw bytes and read raw bytes. The first byte written lends the stream;
//! the ReadyForQuery that answers everything gives it back, on the frame boundary.

use std::collections::VecDeque;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use bytes::{Buf, Bytes, BytesMut};
use postgres_protocol::message::frontend;

use crate::error::Result;
use crate::wire::FrameTracker;

use super::handle::{Outbox, Session};
use super::outlet::{Delivery, Event, EventKind};

/// With more unsent bytes than this JavaScript waits before it writes on.
const MUCH_UNSENT: usize = 256 * 1024;
/// With no more than this it goes on.
const LITTLE_UNSENT: usize = 64 * 1024;

/// With more unread bytes than this the socket is not read: whoever is lent a stream expects the
/// little buffering of a socket.
const MUCH_UNREAD: usize = 512 * 1024;
/// No more than this starts it again.
pub(super) const LITTLE_UNREAD: usize = MUCH_UNREAD / 2;

/// The books of what JavaScript wrote.
#[derive(Debug, Default)]
pub(super) struct Lending {
    frames: FrameTracker,
    /// Messages that a ReadyForQuery answers: their tags, and how many of those come before it.
    unanswered: VecDeque<(u8, u64)>,
    /// Something was written whose Sync has not been; how many ReadyForQuery come before its answer.
    open: Option<u64>,
    /// The backend wants COPY data, and ignores every Sync until it ends.
    copying: bool,
    /// Syncs that JavaScript counts on and that will not be answered.
    swallowed: u32,
    /// What the task has collected and not written.
    unwritten: usize,
    /// JavaScript waits until there is less to write.
    wants_room: bool,
}

impl Lending {
    /// Whether JavaScript's messages are under way.
    pub(super) fn is_on(&self) -> bool {
        self.open.is_some() || !self.unanswered.is_empty()
    }

    /// Whether the next frame is JavaScript's, after so many ReadyForQuery.
    pub(super) fn is_due(&self, answered: u64) -> bool {
        match self.unanswered.front() {
            Some((_, place)) => *place <= answered,
            None => self.open.is_some_and(|place| place <= answered),
        }
    }

    pub(super) const fn wants_room(&self) -> bool {
        self.wants_room
    }

    /// Whether something was begun that nothing will end: a message, or what wants a Sync.
    fn is_half_written(&self) -> bool {
        self.open.is_some() || !self.frames.is_at_boundary()
    }

    /// A native query follows: behind what is unanswered, the stream is native again.
    pub(super) fn end(&mut self) {
        self.open = None;
    }

    /// How many queries will never be answered, because the connection is lost.
    pub(super) fn lose(&mut self) -> usize {
        std::mem::take(&mut self.unanswered).len()
    }

    /// Follows what JavaScript writes behind `submitted` queries. Returns how many ReadyForQuery it
    /// has asked for.
    fn wrote(&mut self, bytes: &[u8], submitted: u64) -> u32 {
        let mut asked: u32 = 0;
        let mut rest = bytes;
        while let Some(end) = self.frames.follow_frontend(rest) {
            rest = rest.get(end.at..).unwrap_or_default();
            match end.tag {
                b'S' if self.copying => {}
                b'Q' | b'S' | b'F' => {
                    self.unanswered
                        .push_back((end.tag, submitted + u64::from(asked)));
                    self.open = None;
                    asked += 1;
                }
                b'P' | b'B' | b'D' | b'E' => self.open = Some(submitted + u64::from(asked)),
                b'c' | b'f' => self.copying = false,
                // Nobody waits for the answer to Close, and it comes with the next Sync's. COPY data
                // behind the end of its COPY has none.
                _ => {}
            }
        }
        asked
    }

    /// A backend that waits for COPY data does not hear a CancelRequest: this ends its COPY.
    pub(super) fn fail_copy(&mut self, out: &mut BytesMut) {
        if self.copying && self.frames.is_at_boundary() {
            self.copying = false;
            // Without a NUL in the text it cannot fail.
            let _ = frontend::copy_fail("the query was cancelled", out);
        }
    }

    /// CopyInResponse: the backend ignores the Syncs that were sent along with Execute.
    fn copy_began(&mut self) -> u64 {
        self.copying = true;
        let mut swallowed = 0;
        while self.unanswered.front().is_some_and(|(tag, _)| *tag == b'S') {
            self.unanswered.pop_front();
            swallowed += 1;
        }
        let later = self.unanswered.iter_mut().map(|(_, place)| place);
        for place in later.chain(&mut self.open) {
            *place = place.saturating_sub(swallowed);
        }
        self.swallowed += u32::try_from(swallowed).unwrap_or(u32::MAX);
        swallowed
    }

    /// ReadyForQuery: whether it answered something.
    fn answered(&mut self) -> bool {
        // A COPY whose end was written before the backend said that it began is over as well.
        self.copying = false;
        self.unanswered.pop_front().is_some()
    }
}

impl Outbox {
    /// Whether the next frame is JavaScript's.
    pub(super) fn lending_is_due(&self) -> bool {
        self.lending.is_due(self.answered)
    }
}

/// What became of bytes that JavaScript wrote.
#[derive(Debug, Clone, Copy)]
pub struct Written {
    /// How many ReadyForQuery messages will answer it.
    pub asked: u32,
    /// Whether JavaScript may write on; else an event tells when.
    pub has_room: bool,
}

impl Session {
    /// Writes raw protocol bytes: the stream is JavaScript's until they are answered. The caller
    /// wakes the session. `None`: it is closed.
    pub fn write_lent(&self, bytes: &[u8]) -> Option<Written> {
        let mut outbox = self.lock_outbox();
        if outbox.closed || outbox.closing.is_some() {
            return None;
        }
        outbox.bytes.extend_from_slice(bytes);
        let Outbox {
            bytes: unsent,
            submitted,
            lending,
            ..
        } = &mut *outbox;
        let asked = lending.wrote(bytes, *submitted);
        *submitted += u64::from(asked);
        self.in_flight.fetch_add(asked, Ordering::AcqRel);
        self.environment
            .in_flight
            .fetch_add(asked as usize, Ordering::AcqRel);
        lending.wants_room |= unsent.len() + lending.unwritten > MUCH_UNSENT;
        Some(Written {
            asked,
            has_room: !lending.wants_room,
        })
    }

    /// The next bytes that came for JavaScript, one piece for each event.
    pub fn take_lent(&self) -> Option<Bytes> {
        let mut queue = self
            .lent_bytes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let bytes = queue.pop_front()?;
        drop(queue);
        self.consumed(bytes.len());
        Some(bytes)
    }

    /// Whether what JavaScript wrote leaves the backend in the middle of something: what follows would
    /// be taken for a part of it, or be ignored.
    pub fn is_half_written(&self) -> bool {
        self.lock_outbox().lending.is_half_written()
    }

    pub(super) fn must_pause_lending(&self) -> bool {
        // Announced before looking: whoever takes bytes meanwhile looks behind that, and wakes us.
        self.lending_paused.store(true, Ordering::SeqCst);
        let is_much = self.unread() > MUCH_UNREAD;
        if !is_much {
            self.lending_paused.store(false, Ordering::SeqCst);
        }
        is_much
    }

    /// How many Syncs were ignored by the backend since this was last asked.
    pub fn take_swallowed(&self) -> u32 {
        std::mem::take(&mut self.lock_outbox().lending.swallowed)
    }

    fn deliver_lent(&self, bytes: Bytes) {
        if bytes.is_empty() {
            return;
        }
        self.delivered(bytes.len());
        self.lent_bytes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push_back(bytes);
        self.tell_lent(EventKind::Lent);
    }

    fn tell_lent(&self, kind: EventKind) {
        self.environment.outlet.deliver(Delivery::Event(Event {
            kind,
            pool: self.pool,
            session: self.id,
            ticket: 0,
            detail: String::new(),
        }));
        self.environment.courier.call();
    }

    fn answered_lent(&self, count: usize) {
        let count_here = u32::try_from(count).unwrap_or(u32::MAX);
        self.in_flight.fetch_sub(count_here, Ordering::AcqRel);
        self.environment
            .in_flight
            .fetch_sub(count, Ordering::AcqRel);
    }

    /// The task has written what it could: lets JavaScript go on if that was enough.
    pub(super) fn offer_room(&self, unwritten: usize) {
        let mut outbox = self.lock_outbox();
        outbox.lending.unwritten = unwritten;
        if outbox.lending.wants_room && unwritten + outbox.bytes.len() <= LITTLE_UNSENT {
            outbox.lending.wants_room = false;
            outbox.lending.unwritten = 0;
            drop(outbox);
            self.tell_lent(EventKind::Room);
        }
    }
}

/// What follows the bytes that were delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// More of JavaScript's, when it comes.
    More,
    /// A ReadyForQuery that must wait until CancelRequests are over.
    Held,
    /// What the conversation understands.
    Native,
}

/// Follows the frames of lent bytes, none of which it keeps.
#[derive(Debug, Default)]
pub(super) struct LentReader {
    frames: FrameTracker,
    /// The next byte is the last one of a ReadyForQuery that CancelRequests hold back.
    held: bool,
}

impl LentReader {
    /// Whether JavaScript must get what comes next, because it has the beginning of it.
    pub(super) const fn is_under_way(&self) -> bool {
        self.held || !self.frames.is_at_boundary()
    }

    pub(super) const fn is_held(&self) -> bool {
        self.held
    }

    /// Delivers what is JavaScript's at the head of `incoming`.
    ///
    /// # Errors
    /// The peer does not speak the protocol.
    pub(super) fn read(&mut self, session: &Session, incoming: &mut BytesMut) -> Result<Next> {
        let mut end = 0;
        let mut is_due = session.lock_outbox().lending_is_due();
        let next = loop {
            if self.held {
                let Some(status) = incoming.get(end) else {
                    break Ok(Next::More);
                };
                if session.cancels.load(Ordering::Acquire) > 0 {
                    break Ok(Next::Held);
                }
                session.status.store(*status, Ordering::Release);
                self.held = false;
                end += 1;
            }
            if !is_due && self.frames.is_at_boundary() {
                break Ok(Next::Native);
            }
            let rest = incoming.get(end..).unwrap_or_default();
            let frame = match self.frames.follow_backend(rest) {
                Ok(Some(frame)) => frame,
                Ok(None) => {
                    end = incoming.len();
                    break Ok(Next::More);
                }
                // What came before it is good.
                Err(error) => break Err(error),
            };
            end += frame.at;
            match frame.tag {
                b'Z' => {
                    is_due = ready_for_query(session);
                    // The status byte comes last: whether it may be believed is decided above.
                    self.held = true;
                    end -= 1;
                }
                b'G' => {
                    let swallowed = {
                        let mut outbox = session.lock_outbox();
                        let swallowed = outbox.lending.copy_began();
                        outbox.submitted = outbox.submitted.saturating_sub(swallowed);
                        swallowed
                    };
                    session.answered_lent(usize::try_from(swallowed).unwrap_or_default());
                }
                b'E' => session.lock_outbox().lending.copying = false,
                _ => {}
            }
        };
        // A read buffer that is mostly empty would be kept alive by the little that is in it.
        let bytes = if end == incoming.len() && end * 2 >= incoming.capacity() {
            incoming.split().freeze()
        } else {
            let bytes = Bytes::copy_from_slice(&incoming[..end]);
            incoming.advance(end);
            bytes
        };
        session.deliver_lent(bytes);
        next
    }
}

/// Notes a ReadyForQuery. Returns whether the stream stays JavaScript's.
fn ready_for_query(session: &Session) -> bool {
    let mut outbox = session.lock_outbox();
    let expected = outbox.lending.answered();
    if expected {
        outbox.answered += 1;
    }
    let is_due = outbox.lending_is_due();
    drop(outbox);
    if expected {
        session.answered_lent(1);
    }
    if session.cancels.load(Ordering::Acquire) > 0 {
        session.answer_bell.notify_one();
    }
    is_due
}

#[cfg(test)]
mod tests;
