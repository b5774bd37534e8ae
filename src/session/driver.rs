//! The task that owns a session's socket: it moves bytes, and nothing else.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::AsyncWrite;
use tokio::time::{Sleep, sleep};
use tokio_util::io::poll_read_buf;

use crate::error::{Error, Result};
use crate::wire::split_frame;

use super::conversation::{Conversation, error_json};
use super::handle::{Closing, Session};
use super::last_words::LastWords;
use super::lent::{LentReader, Next};
use super::outlet::{Delivery, Event, EventKind};
use super::stream::{Stream, stream_error};

/// An idle session keeps no more than this for the next read or write.
const LARGEST_KEPT: usize = 4 * LARGEST_READ;
/// How long the server may take to close its side after Terminate.
const GOODBYE: Duration = Duration::from_secs(3);
/// Reads start small and grow while the server has more than fits.
const SMALLEST_READ: usize = 16 * 1024;
const LARGEST_READ: usize = 256 * 1024;
/// As a socket of Node's reads: what reads a lent stream is made for that.
const LARGEST_LENT_READ: usize = 64 * 1024;

pub(super) struct Driver {
    conversation: Conversation,
    lent: LentReader,
    /// JavaScript waits until what it wrote to a lent stream has been sent.
    room_wanted: bool,
    stream: Stream,
    incoming: BytesMut,
    outgoing: BytesMut,
    read_size: usize,
    /// Terminate was sent; when this fires the server has had its time.
    goodbye: Option<Pin<Box<Sleep>>>,
    /// Writing failed: nothing is sent any more.
    last_words: Option<LastWords>,
    /// TLS may still hold bytes that were written.
    unflushed: bool,
    /// Our side of the socket is closed behind Terminate, as pg closes it.
    half_closed: bool,
    /// Bytes behind a ReadyForQuery that is held back stay unread.
    unprocessed: bool,
    /// So much of the frame that is coming goes to the conversation piece by piece.
    swallowing: usize,
}

impl Driver {
    pub(super) fn new(session: Arc<Session>, stream: Stream, received: BytesMut) -> Self {
        Self {
            conversation: Conversation::new(session),
            lent: LentReader::default(),
            room_wanted: false,
            stream,
            unprocessed: !received.is_empty(),
            incoming: received,
            outgoing: BytesMut::new(),
            read_size: SMALLEST_READ,
            goodbye: None,
            last_words: None,
            unflushed: false,
            half_closed: false,
            swallowing: 0,
        }
    }

    /// Runs until the socket is closed, then tells everybody concerned.
    pub(super) async fn run(mut self) {
        let outcome = std::future::poll_fn(|context| self.poll(context)).await;
        // The socket closes before anybody hears of it.
        let Self {
            mut conversation,
            stream,
            ..
        } = self;
        drop(stream);
        let session = Arc::clone(&conversation.session);
        let (queued, wanted) = {
            let mut outbox = session.lock_outbox();
            outbox.closed = true;
            outbox.socket = None;
            let lost = outbox.lending.lose();
            session
                .environment
                .in_flight
                .fetch_sub(lost, Ordering::AcqRel);
            (
                std::mem::take(&mut outbox.flights),
                outbox.closing.is_some(),
            )
        };
        if let Some(bridge) = session.bridge() {
            bridge.close().await;
        }
        let error = match outcome {
            Err(error) => error,
            Ok(()) if wanted => Error::Message {
                message: "Connection terminated".to_owned(),
                code: None,
            },
            Ok(()) => Error::Closed,
        };
        conversation.lose(queued, &error);
        let detail = if matches!(error, Error::Closed) || wanted {
            String::new()
        } else {
            error_json(&error)
        };
        let outlet = &session.environment.outlet;
        outlet.deliver(Delivery::Event(Event {
            kind: EventKind::Closed,
            pool: session.pool,
            session: session.id,
            ticket: 0,
            detail,
        }));
        session.environment.forget(session.id);
        // Behind the event: that the pool has ended is the last thing to be told.
        session.tell_owner();
        outlet.hold(-1);
        outlet.signal();
    }

    /// `Ok`: the socket was closed, by either side. `Err`: it broke, or the server did.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<()>> {
        let outcome = self.poll_io(context);
        self.conversation.deliver_copy_data();
        if std::mem::take(&mut self.conversation.has_news) {
            self.conversation.session.environment.courier.call();
        }
        outcome
    }

    fn poll_io(&mut self, context: &mut Context<'_>) -> Poll<Result<()>> {
        loop {
            match self.collect(context) {
                Some(Closing::Now) => return Poll::Ready(Ok(())),
                Some(Closing::Gracefully)
                    if self.goodbye.is_none() && self.conversation.flights.is_empty() =>
                {
                    postgres_protocol::message::frontend::terminate(&mut self.outgoing);
                    self.goodbye = Some(Box::pin(sleep(GOODBYE)));
                }
                _ => {}
            }
            let session = &self.conversation.session;
            if self.conversation.held.is_some() && session.cancels.load(Ordering::Acquire) == 0 {
                self.conversation.release_held();
            }
            if self.unprocessed && self.conversation.held.is_none() {
                self.hand_over()?;
            }
            let written = self.poll_write(context);
            if self.room_wanted {
                self.conversation.session.offer_room(self.outgoing.len());
            }
            if self.outgoing.is_empty() {
                self.conversation.tell_room();
            }
            let read = match (self.poll_read(context), &mut self.last_words) {
                (Ok(Poll::Ready(0)) | Err(_), Some(last)) => return Poll::Ready(last.outcome()),
                (read, None) => read?,
                (read, Some(last)) => {
                    last.heard |= matches!(read, Ok(Poll::Ready(_)));
                    read?
                }
            };
            match read {
                Poll::Ready(0) => return Poll::Ready(Ok(())),
                Poll::Ready(_) => {
                    // A request may have been written by another thread meanwhile.
                    self.collect(context);
                    self.hand_over()?;
                }
                Poll::Pending if written.is_pending() || self.outgoing.is_empty() => break,
                Poll::Pending => {}
            }
        }
        if let Some(last) = &mut self.last_words {
            return last.poll(context);
        }
        match &mut self.goodbye {
            Some(patience) => patience.as_mut().poll(context).map(Ok),
            None => Poll::Pending,
        }
    }

    /// Takes what others queued.
    fn collect(&mut self, context: &Context<'_>) -> Option<Closing> {
        let mut outbox = self.conversation.session.lock_outbox();
        match &mut outbox.waker {
            Some(waker) => waker.clone_from(context.waker()),
            none => *none = Some(context.waker().clone()),
        }
        let is_lent = outbox.lending_is_due() || self.lent.is_under_way();
        self.conversation.lent = is_lent && self.conversation.held.is_none();
        self.room_wanted = outbox.lending.wants_room();
        let before_cancel = std::mem::take(&mut outbox.before_cancel);
        let sendable = match self.conversation.session.cancels.load(Ordering::Acquire) {
            0 => outbox.bytes.len(),
            // What JavaScript writes before it has seen the ReadyForQuery belongs to this query.
            _ if self.conversation.lent => outbox.bytes.len(),
            _ => before_cancel.min(outbox.bytes.len()),
        };
        if self.outgoing.is_empty() && sendable == outbox.bytes.len() {
            std::mem::swap(&mut self.outgoing, &mut outbox.bytes);
        } else {
            self.outgoing.extend_from_slice(&outbox.bytes[..sendable]);
            outbox.bytes.advance(sendable);
        }
        outbox.writing = !self.outgoing.is_empty();
        self.conversation.flights.append(&mut outbox.flights);
        let closing = outbox.closing;
        if let Some(wishes) = outbox.take_wishes() {
            outbox.writing = true;
            drop(outbox);
            self.conversation.obey(wishes, &mut self.outgoing);
        }
        closing
    }

    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.last_words.is_none() {
            match self.try_write(context) {
                Ok(written) => return written,
                Err(error) => self.stop_writing(error),
            }
        }
        self.outgoing.clear();
        Poll::Ready(())
    }

    /// From here on the session is of no use; what the server said before is still to be read.
    fn stop_writing(&mut self, error: Error) {
        let session = &self.conversation.session;
        {
            let mut outbox = session.lock_outbox();
            outbox.closed = true;
            outbox.socket = None;
        }
        session.tell_owner_broken();
        self.last_words = Some(LastWords::new(error));
    }

    fn try_write(&mut self, context: &mut Context<'_>) -> Result<Poll<()>> {
        self.unflushed |= !self.outgoing.is_empty();
        while !self.outgoing.is_empty() {
            match Pin::new(&mut self.stream).poll_write(context, &self.outgoing) {
                Poll::Pending => return Ok(Poll::Pending),
                Poll::Ready(Ok(0)) => {
                    return Err(stream_error(io::ErrorKind::WriteZero.into(), "write"));
                }
                Poll::Ready(Ok(count)) => self.outgoing.advance(count),
                Poll::Ready(Err(error)) => return Err(stream_error(error, "write")),
            }
        }
        release_huge(&mut self.outgoing);
        if !self.unflushed && self.goodbye.is_none() {
            return Ok(Poll::Ready(()));
        }
        // TLS keeps what it encrypted until it is flushed.
        let stream = Pin::new(&mut self.stream);
        let last = self.goodbye.is_some() && !self.half_closed;
        let done = if last {
            stream.poll_shutdown(context)
        } else {
            stream.poll_flush(context)
        };
        if done.is_ready() {
            self.unflushed = false;
            self.half_closed |= last;
        }
        match done {
            // Whether the server still hears the goodbye does not matter.
            Poll::Ready(Err(_)) if last => Ok(Poll::Ready(())),
            Poll::Ready(Err(error)) => Err(stream_error(error, "write")),
            Poll::Ready(Ok(())) => Ok(Poll::Ready(())),
            Poll::Pending => Ok(Poll::Pending),
        }
    }

    /// `Ready(0)` is the end of the stream.
    fn poll_read(&mut self, context: &mut Context<'_>) -> Result<Poll<usize>> {
        let is_held = self.conversation.held.is_some() || self.lent.is_held();
        if is_held || self.conversation.session.must_pause() {
            return Ok(Poll::Pending);
        }
        if self.conversation.lent {
            if self.conversation.session.must_pause_lending() {
                return Ok(Poll::Pending);
            }
            self.read_size = self.read_size.min(LARGEST_LENT_READ);
        }
        self.incoming.reserve(self.read_size);
        let offered = self.incoming.capacity() - self.incoming.len();
        let stream = Pin::new(&mut self.stream);
        let count = match poll_read_buf(stream, context, &mut self.incoming) {
            Poll::Pending => return Ok(Poll::Pending),
            Poll::Ready(Err(error)) => return Err(stream_error(error, "read")),
            Poll::Ready(Ok(count)) => count,
        };
        if count == offered {
            self.read_size = (self.read_size * 2).min(LARGEST_READ);
        }
        Ok(Poll::Ready(count))
    }

    /// Hands what came to whom it belongs.
    fn hand_over(&mut self) -> Result<()> {
        loop {
            if !self.conversation.lent {
                self.process()?;
                if !self.conversation.lent {
                    return Ok(());
                }
            }
            let session = &self.conversation.session;
            match self.lent.read(session, &mut self.incoming)? {
                Next::Native => self.conversation.lent = false,
                next => {
                    self.unprocessed = next == Next::Held;
                    release_huge(&mut self.incoming);
                    return Ok(());
                }
            }
        }
    }

    /// Hands complete frames to the conversation.
    fn process(&mut self) -> Result<()> {
        let mut incoming = std::mem::take(&mut self.incoming);
        let mut consumed = self.swallowing.min(incoming.len());
        if consumed > 0 {
            self.conversation.swallow(&incoming[..consumed]);
            self.swallowing -= consumed;
        }
        self.unprocessed = false;
        while let Some(rest) = incoming.get(consumed..) {
            match split_frame(rest)? {
                Ok(frame) => {
                    self.conversation.receive(frame, &mut self.outgoing)?;
                    consumed += frame.total;
                    if self.conversation.held.is_some() || self.conversation.lent {
                        self.unprocessed = consumed < incoming.len();
                        break;
                    }
                }
                Err(_) if rest.is_empty() => break,
                Err(total) => {
                    let missing = total.saturating_sub(rest.len());
                    if self.conversation.swallows(rest, total, &mut self.outgoing) {
                        self.swallowing = missing;
                        consumed = incoming.len();
                        break;
                    }
                    incoming.advance(consumed);
                    // With room for the read behind it: growing a huge frame's buffer copies it.
                    incoming.reserve(missing + self.read_size);
                    self.incoming = incoming;
                    return Ok(());
                }
            }
        }
        incoming.advance(consumed);
        self.incoming = incoming;
        release_huge(&mut self.incoming);
        Ok(())
    }
}

/// A value of many megabytes must not keep that much memory for the rest of the session's life.
fn release_huge(buffer: &mut BytesMut) {
    // What was consumed counts as capacity only once it is reclaimed, which costs nothing here.
    if buffer.is_empty() && buffer.try_reclaim(LARGEST_KEPT + 1) {
        *buffer = BytesMut::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_huge_buffer_is_let_go_once_it_is_consumed_and_an_ordinary_one_is_kept() {
        let mut huge = BytesMut::zeroed(LARGEST_KEPT + 1);
        huge.advance(LARGEST_KEPT);
        release_huge(&mut huge);
        assert_eq!(huge.len(), 1);
        huge.advance(1);
        release_huge(&mut huge);
        assert_eq!(huge.capacity(), 0);

        let mut ordinary = BytesMut::with_capacity(LARGEST_READ);
        release_huge(&mut ordinary);
        assert!(ordinary.capacity() >= LARGEST_READ);
    }
}
