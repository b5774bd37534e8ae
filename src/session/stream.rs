//! The byte stream under a session, whatever carries it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use socket2::{SockRef, Socket};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio_rustls::client::TlsStream;

use super::bridge::BridgeStream;
use crate::error::{Error, IoError};
use crate::tls::{self, TlsFacts};

/// A connected byte stream. Dropping it closes the socket.
#[derive(Debug)]
pub enum Stream {
    /// Plain TCP.
    Tcp(TcpStream),
    /// A unix socket.
    #[cfg(unix)]
    Unix(UnixStream),
    /// TLS over one of the others.
    Tls(Box<TlsStream<Stream>>),
    /// A socket that JavaScript made.
    Bridge(BridgeStream),
}

impl Stream {
    /// Another handle to the socket, for a thread that has little to write; none where bytes must be
    /// encrypted. The socket closes when both handles are dropped.
    pub fn second_handle(&self) -> Option<Socket> {
        match self {
            Self::Tcp(stream) => SockRef::from(stream).try_clone().ok(),
            #[cfg(unix)]
            Self::Unix(stream) => SockRef::from(stream).try_clone().ok(),
            Self::Tls(_) | Self::Bridge(_) => None,
        }
    }

    /// The server's certificate (DER), which channel binding signs.
    pub fn peer_certificate(&self) -> Option<&[u8]> {
        match self {
            Self::Tls(tls) => {
                let (_, connection) = tls.get_ref();
                let leaf = connection.peer_certificates()?.first()?;
                Some(leaf.as_ref())
            }
            Self::Bridge(stream) => stream.certificate(),
            _ => None,
        }
    }

    /// What the handshake agreed on; none where JavaScript encrypts.
    pub(super) fn tls_facts(&self) -> Option<TlsFacts> {
        match self {
            Self::Tls(tls) => Some(TlsFacts::of(tls.get_ref().1)),
            _ => None,
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, buf),
            #[cfg(unix)]
            Self::Unix(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_read(cx, buf),
            Self::Bridge(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, buf),
            #[cfg(unix)]
            Self::Unix(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_write(cx, buf),
            Self::Bridge(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            #[cfg(unix)]
            Self::Unix(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_write_vectored(cx, bufs),
            Self::Bridge(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Tcp(stream) => stream.is_write_vectored(),
            #[cfg(unix)]
            Self::Unix(stream) => stream.is_write_vectored(),
            Self::Tls(stream) => stream.is_write_vectored(),
            Self::Bridge(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            #[cfg(unix)]
            Self::Unix(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(cx),
            Self::Bridge(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            #[cfg(unix)]
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(cx),
            Self::Bridge(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

/// What a failed read or write of a [`Stream`] means.
///
/// A TLS peer that vanishes without its close_notify (a killed server process does) has closed the
/// connection, no more.
pub fn stream_error(error: io::Error, syscall: &str) -> Error {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return Error::Closed;
    }
    // A bridge's failure is JavaScript's own.
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    if let Some(error) = inner {
        return Error::clone(error);
    }
    tls::error_of(&error).unwrap_or_else(|| Error::Io(IoError::new(&error, syscall)))
}
