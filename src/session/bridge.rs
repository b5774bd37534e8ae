//! A session's byte stream over a socket that JavaScript made: bytes pass through shared memory, with
//! back-pressure both ways (design 5).

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::error::{Error, Result};

use super::{Delivery, Environment, Event, EventKind};

/// Bytes that may wait on either way.
const ROOM: usize = 256 * 1024;

/// How long a destroyed socket may take to say that it is closed; some streams never do.
const FAREWELL: Duration = Duration::from_secs(3);

/// What JavaScript is asked to do; the numbers are known to `lib/bridge.js`.
#[derive(Debug, Clone, Copy)]
#[repr(u32)]
enum Wish {
    /// Take what is to be written.
    Write = 1,
    /// Let the socket read again.
    Resume = 2,
    /// Write the rest and close our side.
    End = 3,
    /// Close the socket now.
    Destroy = 4,
    /// Send a CancelRequest over another socket.
    Cancel = 5,
    /// Make a socket: rustls cannot talk to this server, so Node's TLS shall try. Detail: whither.
    Dial = 6,
}

/// The native half of a bridge; `lib/bridge.js` is the other.
pub struct Bridge {
    environment: Arc<Environment>,
    pool: u32,
    session: u32,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The socket is connected, encrypted if it shall be, and carries the protocol from now on.
    opened: bool,
    certificate: Option<Bytes>,
    received: BytesMut,
    /// JavaScript was told that there is no room.
    paused: bool,
    /// Nothing will be received any more.
    ended: bool,
    failure: Option<Error>,
    outgoing: Vec<u8>,
    /// JavaScript was told of `outgoing` and has not taken it.
    told: bool,
    /// The socket is closed.
    closed: bool,
    /// The session is over.
    over: bool,
    /// One task reads, writes, opens and closes.
    waker: Option<Waker>,
    cancel: Option<oneshot::Sender<bool>>,
}

impl Bridge {
    pub(super) fn new(environment: &Arc<Environment>, pool: u32, session: u32) -> Arc<Self> {
        Arc::new(Self {
            environment: Arc::clone(environment),
            pool,
            session,
            state: Mutex::default(),
        })
    }

    /// JavaScript's socket is ready for the startup message. `certificate` is the server's (DER).
    pub fn opened(&self, certificate: Option<&[u8]>) {
        self.change(|state| {
            state.opened = true;
            state.certificate = certificate.map(Bytes::copy_from_slice);
        });
    }

    /// Takes what the socket received. False: no more, until JavaScript is asked to resume.
    pub fn received(&self, bytes: &[u8]) -> bool {
        self.change(|state| {
            state.received.extend_from_slice(bytes);
            state.paused = state.received.len() > ROOM;
            !state.paused
        })
    }

    /// The server will send nothing more.
    pub fn ended(&self) {
        self.change(|state| state.ended = true);
    }

    /// The socket broke, or could not be made. Only the first failure counts.
    pub fn failed(&self, error: Error) {
        self.change(|state| {
            state.failure.get_or_insert(error);
        });
    }

    /// The socket is closed.
    pub fn closed(&self) {
        self.change(|state| {
            state.ended = true;
            state.closed = true;
        });
    }

    /// What JavaScript shall write next; empty if there is nothing.
    pub fn take(&self) -> Vec<u8> {
        self.change(|state| {
            state.told = false;
            std::mem::take(&mut state.outgoing)
        })
    }

    /// JavaScript has sent the CancelRequest and its socket is closed (true), or it has no way to
    /// make another socket (false).
    pub fn cancelled(&self, sent: bool) {
        if let Some(answer) = self.lock().cancel.take() {
            // The session may be gone.
            let _ = answer.send(sent);
        }
    }

    /// Has JavaScript send a CancelRequest. Resolves when its socket is closed, so that it cannot
    /// hit a later query; false: there is no way to cancel.
    ///
    /// There is no timeout in here: JavaScript keeps it, and the request must not overtake us.
    pub(super) async fn cancel(&self) -> bool {
        let (sender, answer) = oneshot::channel();
        {
            let mut state = self.lock();
            if state.over {
                return false;
            }
            state.cancel = Some(sender);
        }
        self.tell(Wish::Cancel);
        answer.await.unwrap_or(false)
    }

    /// Has JavaScript make the socket, with TLS by the options it knows.
    pub(super) fn dial(&self, host: &str, port: u16) {
        let target = serde_json::json!({ "host": host, "port": port });
        self.tell_of(Wish::Dial, target.to_string());
    }

    /// Leaves the first bytes to be written as soon as the socket is open.
    pub(super) fn prepare(&self, bytes: &[u8]) {
        let is_late = {
            let mut state = self.lock();
            state.outgoing.extend_from_slice(bytes);
            state.opened && !std::mem::replace(&mut state.told, true)
        };
        if is_late {
            self.tell(Wish::Write);
        }
    }

    /// Nobody waits for the socket any more.
    pub(super) fn abandon(&self) {
        self.lock().over = true;
        self.tell(Wish::Destroy);
    }

    /// The stream, once JavaScript's socket is open.
    pub(super) async fn stream(self: &Arc<Self>) -> Result<BridgeStream> {
        let certificate = std::future::poll_fn(|context| {
            let mut state = self.lock();
            match &state.failure {
                Some(error) => Poll::Ready(Err(error.clone())),
                None if state.opened => Poll::Ready(Ok(state.certificate.take())),
                None if state.ended => Poll::Ready(Err(Error::Closed)),
                None => state.wait(context),
            }
        });
        Ok(BridgeStream {
            certificate: certificate.await?,
            bridge: Arc::clone(self),
        })
    }

    /// Closes the socket, and waits until it is closed. Nobody who waits for a cancel waits on.
    pub(super) async fn close(&self) {
        {
            let mut state = self.lock();
            state.over = true;
            state.cancel = None;
        }
        self.tell(Wish::Destroy);
        let closed = std::future::poll_fn(|context| {
            let mut state = self.lock();
            if state.closed || self.environment.is_closed() {
                return Poll::Ready(());
            }
            state.wait(context)
        });
        // A stream that never tells keeps nobody waiting.
        let _ = timeout(FAREWELL, closed).await;
    }

    fn tell(&self, wish: Wish) {
        self.tell_of(wish, String::new());
    }

    fn tell_of(&self, wish: Wish, detail: String) {
        let outlet = &self.environment.outlet;
        outlet.deliver(Delivery::Event(Event {
            kind: EventKind::Bridge,
            pool: self.pool,
            session: self.session,
            ticket: wish as u32,
            detail,
        }));
        outlet.signal();
    }

    /// Changes the state and wakes the session's task.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let (outcome, waker) = {
            let mut state = self.lock();
            let outcome = change(&mut state);
            (outcome, state.waker.take())
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        outcome
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn wait<T>(&mut self, context: &Context<'_>) -> Poll<T> {
        self.waker = Some(context.waker().clone());
        Poll::Pending
    }

    /// Whether what is written still reaches anybody.
    fn is_writable(&self) -> bool {
        self.failure.is_none() && !self.closed
    }
}

/// The secrets of a login pass through here.
impl fmt::Debug for Bridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bridge")
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

/// The session's end of a bridge.
#[derive(Debug)]
pub struct BridgeStream {
    bridge: Arc<Bridge>,
    certificate: Option<Bytes>,
}

impl BridgeStream {
    /// The server's certificate (DER), if JavaScript's socket is encrypted.
    pub(super) fn certificate(&self) -> Option<&[u8]> {
        self.certificate.as_deref()
    }
}

impl AsyncRead for BridgeStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut state = self.bridge.lock();
        let count = state.received.len().min(buffer.remaining());
        if count > 0 {
            buffer.put_slice(&state.received[..count]);
            state.received.advance(count);
            let resume = state.paused && state.received.len() <= ROOM / 2;
            state.paused &= !resume;
            drop(state);
            if resume {
                self.bridge.tell(Wish::Resume);
            }
            return Poll::Ready(Ok(()));
        }
        match &state.failure {
            Some(error) => Poll::Ready(Err(io::Error::other(error.clone()))),
            None if state.ended => Poll::Ready(Ok(())),
            None => state.wait(context),
        }
    }
}

impl AsyncWrite for BridgeStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut state = self.bridge.lock();
        if !state.is_writable() {
            // Reading tells what happened, behind what the server said before.
            return Poll::Ready(Ok(bytes.len()));
        }
        let count = bytes.len().min(ROOM - state.outgoing.len().min(ROOM));
        if count == 0 && !bytes.is_empty() {
            return state.wait(context);
        }
        state.outgoing.extend_from_slice(&bytes[..count]);
        let told = std::mem::replace(&mut state.told, true);
        drop(state);
        if !told {
            self.bridge.tell(Wish::Write);
        }
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.bridge.tell(Wish::End);
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
