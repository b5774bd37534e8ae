//! The bytes of COPY, both ways. Their frames begin and end here; JavaScript moves whole buffers.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use bytes::{BufMut, BytesMut};
use postgres_protocol::message::frontend;

use crate::wire::write_copy_fail;

use super::Session;
use super::conversation::Conversation;
use super::flow::Flow;
use super::outlet::EventKind;

/// Many small CopyData messages become one buffer of about this size.
const BUFFER: usize = 64 * 1024;
/// Rows in the mailbox become objects at once; bytes wait for their reader, so fewer may wait.
const fn weight(buffer: &[u8]) -> usize {
    4 * buffer.len()
}

/// With so much unsent, whoever gives bytes is asked to wait.
const FULL: usize = 512 * 1024;
/// The longest CopyData message we make.
const LONGEST: usize = 1 << 24;

/// Buffers that JavaScript has been told of and has not taken.
#[derive(Debug, Default)]
pub(super) struct Intake {
    buffers: VecDeque<Vec<u8>>,
    /// Nobody will take any more.
    unwanted: bool,
}

impl Session {
    /// The next buffer of the COPY TO STDOUT under way.
    pub fn take_copy_data(&self) -> Option<Vec<u8>> {
        let buffer = self.lock_intake().buffers.pop_front()?;
        self.consumed(weight(&buffer));
        Some(buffer)
    }

    /// Whatever the COPY TO STDOUT under way still gives is thrown away.
    pub fn discard_copy_data(&self) {
        self.reset_intake(true);
    }

    /// A COPY TO STDOUT begins.
    pub(super) fn expect_copy_data(&self) {
        self.reset_intake(false);
    }

    fn reset_intake(&self, unwanted: bool) {
        let bytes = {
            let mut intake = self.lock_intake();
            intake.unwanted = unwanted;
            intake.buffers.drain(..).map(|it| weight(&it)).sum()
        };
        self.consumed(bytes);
    }

    /// Gives bytes to the COPY FROM STDIN under way. False: wait for [`EventKind::CopyDrained`].
    pub fn copy_data(self: &Arc<Self>, chunk: &[u8]) -> bool {
        let mut outbox = self.lock_outbox();
        if outbox.closed {
            // Whoever gives bytes hears of the end by itself.
            return true;
        }
        let was_empty = outbox.bytes.is_empty();
        for part in chunk.chunks(LONGEST) {
            outbox.bytes.put_u8(b'd');
            outbox
                .bytes
                .put_i32(i32::try_from(part.len() + 4).unwrap_or(i32::MAX));
            outbox.bytes.extend_from_slice(part);
        }
        let is_full = outbox.bytes.len() >= FULL;
        if is_full {
            self.wants_room.store(true, Ordering::Release);
        }
        drop(outbox);
        if is_full {
            self.wake();
        } else if was_empty {
            self.environment.enqueue(Arc::clone(self));
        }
        !is_full
    }

    /// Ends the COPY FROM STDIN under way.
    pub fn copy_done(self: &Arc<Self>) {
        frontend::copy_done(&mut self.lock_outbox().bytes);
        self.environment.enqueue(Arc::clone(self));
    }

    fn lock_intake(&self) -> std::sync::MutexGuard<'_, Intake> {
        self.intake.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Conversation {
    pub(super) fn copy_in(&mut self, out: &mut BytesMut) {
        let Some(flow) = self.active().map(|flight| flight.flow) else {
            if self.discarded.is_some() {
                write_copy_fail("the result was too large", out);
            }
            return self.stray("copyInResponse");
        };
        if matches!(flow, Flow::CopyIn | Flow::CopyOut) {
            if let Some(reason) = self.copy_failure.take() {
                return write_copy_fail(&reason, out);
            }
            self.copying_in = true;
            return self.tell(EventKind::CopyStarted, "in");
        }
        // pg's reason for a COPY FROM STDIN in a plain query (MS-4).
        write_copy_fail("No source stream defined", out);
        if let Some(flight) = self.flights.front_mut().filter(|flight| flight.extended) {
            // The Sync sent with the query was swallowed while the backend was in copy mode.
            flight.synced = false;
            self.sync(out);
        }
    }

    pub(super) fn copy_out(&mut self) {
        let flow = self.active().map(|flight| flight.flow);
        if matches!(flow, Some(Flow::CopyIn | Flow::CopyOut)) {
            self.tell(EventKind::CopyStarted, "out");
        }
    }

    /// CopyData, or a part of one.
    pub(super) fn copy_out_data(&mut self, body: &[u8]) {
        match self.active().map(|flight| flight.flow) {
            None => self.stray("copyData"),
            Some(Flow::CopyOut) => {
                if self.copied.capacity() == 0 {
                    self.copied.reserve(BUFFER + BUFFER / 4);
                }
                self.copied.extend_from_slice(body);
                if self.copied.len() >= BUFFER {
                    self.deliver_copy_data();
                }
            }
            // As in pg, nobody wants the bytes of a COPY in a plain query (MS-4).
            Some(_) => {}
        }
    }

    /// Lets JavaScript have what came so far.
    pub(super) fn deliver_copy_data(&mut self) {
        if self.copied.is_empty() {
            return;
        }
        let buffer = std::mem::take(&mut self.copied);
        {
            let mut intake = self.session.lock_intake();
            if intake.unwanted {
                return;
            }
            self.session.delivered(weight(&buffer));
            intake.buffers.push_back(buffer);
        }
        self.has_news = true;
        self.tell(EventKind::CopyData, "");
    }

    /// Everything that was given is written.
    pub(super) fn tell_room(&mut self) {
        if self.session.wants_room.swap(false, Ordering::AcqRel) {
            self.has_news = true;
            self.tell(EventKind::CopyDrained, "");
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::session::Request;
    use crate::session::unconnected::session;
    use crate::wire::Statement;

    /// It used to wait for a lock that it held itself.
    #[test]
    fn a_copy_begins_though_much_of_the_last_one_was_not_taken() {
        let (session, _runtime) = session();
        let buffer = vec![0; 1 << 20];
        session.delivered(weight(&buffer));
        session.lock_intake().buffers.push_back(buffer);
        let statement = Arc::new(Statement::new("COPY t TO STDOUT", ""));
        let request = Request {
            flow: Flow::CopyOut,
            ..Request::internal(&statement)
        };
        assert!(session.submit(&request, None).is_ok());
        assert_eq!(session.unread(), 0);
    }
}
