//! Name resolution and the socket.

use std::future::{Future, poll_fn};
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use super::negotiate::Negotiator;
use super::progress::Progress;
use super::runtime::HELPERS;
use super::stream::Stream;
use crate::config::SessionConfig;
use crate::error::{Error, IoError, Phase, Result};

/// How long one address may keep the next one waiting: Node's `autoSelectFamilyAttemptTimeout`.
/// Node gives the slow address up then; here it stays in the race, so a slow network still works.
const HEAD_START: Duration = Duration::from_millis(250);

/// The one address that a session is connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// IP address and port.
    Tcp(SocketAddr),
    /// Path of a unix socket.
    Unix(PathBuf),
    /// Wherever JavaScript's socket leads.
    Bridge,
}

/// The other end of a session, as a cancel request must reach it.
#[derive(Debug, Clone)]
pub struct Peer {
    /// The address in use; never resolved again, so a cancel request meets the same server.
    pub address: Address,
    /// How TLS was begun, if it was.
    pub(super) tls: Option<Negotiator>,
}

/// A connected socket that has not spoken yet.
#[derive(Debug)]
pub(super) struct Dialled {
    pub(super) stream: Stream,
    pub(super) peer: Peer,
}

/// Connects a socket to the configured host.
pub(super) async fn dial(config: &SessionConfig, progress: &Progress) -> Result<Dialled> {
    if config.is_unix_socket() {
        progress.set(Phase::Tcp);
        // Concatenated as pg does it, not joined as paths (O-3).
        let path = PathBuf::from(format!("{}/.s.PGSQL.{}", config.host, config.port));
        return dial_address(Address::Unix(path)).await;
    }
    let addresses = resolve(&config.host, config.port, progress).await?;
    progress.set(Phase::Tcp);
    let (stream, address) = race(&addresses).await?;
    set_options(&stream, config);
    Ok(Dialled {
        stream: Stream::Tcp(stream),
        peer: Peer {
            address: Address::Tcp(address),
            tls: None,
        },
    })
}

/// Connects a socket to an address that is known already.
pub(super) async fn dial_address(address: Address) -> Result<Dialled> {
    let stream = match &address {
        Address::Tcp(address) => Stream::Tcp(attempt(*address).await.map_err(Error::Io)?),
        Address::Unix(path) => dial_unix(path).await?,
        // A Bridge asks JavaScript for another socket.
        Address::Bridge => return Err(Error::Closed),
    };
    Ok(Dialled {
        stream,
        peer: Peer { address, tls: None },
    })
}

#[cfg(unix)]
async fn dial_unix(path: &std::path::Path) -> Result<Stream> {
    match tokio::net::UnixStream::connect(path).await {
        Ok(stream) => Ok(Stream::Unix(stream)),
        Err(error) => {
            // std finds a path too long for the kernel by itself and says InvalidInput.
            let error = match error.kind() {
                io::ErrorKind::InvalidInput => io::Error::from(io::ErrorKind::InvalidFilename),
                _ => error,
            };
            Err(Error::Io(IoError {
                address: Some(path.display().to_string()),
                ..IoError::new(&error, "connect")
            }))
        }
    }
}

#[cfg(not(unix))]
async fn dial_unix(path: &std::path::Path) -> Result<Stream> {
    Err(Error::Io(IoError {
        address: Some(path.display().to_string()),
        ..IoError::new(&io::Error::from(io::ErrorKind::PermissionDenied), "connect")
    }))
}

/// All addresses of a host in the order in which to try them.
async fn resolve(host: &str, port: u16, progress: &Progress) -> Result<Vec<SocketAddr>> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    progress.set(Phase::Dns);
    let name = host.to_owned();
    let found = on_helper(move || (name.as_str(), port).to_socket_addrs());
    match found.await {
        Ok(found) => {
            let addresses = interleave(found.collect());
            if addresses.is_empty() {
                return Err(unresolved(host, ("ENOTFOUND", -3008)));
            }
            Ok(addresses)
        }
        Err(error) => Err(unresolved(host, resolver_code(&error))),
    }
}

/// Nobody can end a lookup that hangs in the C library. However many do, some helper threads are left
/// for SCRAM, and those that are waited for no more never begin.
static LOOKUPS: Semaphore = Semaphore::const_new(HELPERS - 4);

async fn on_helper<T: Send + 'static>(
    lookup: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    // Never closed. It goes with the thread, not with whoever waits.
    let turn = LOOKUPS.acquire().await.map_err(io::Error::other)?;
    let lookup = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        lookup()
    });
    lookup.await.map_err(io::Error::other)?
}

fn unresolved(host: &str, (code, errno): (&str, i32)) -> Error {
    Error::Io(IoError {
        code: code.to_owned(),
        errno,
        syscall: "getaddrinfo".to_owned(),
        hostname: Some(host.to_owned()),
        ..IoError::default()
    })
}

/// Tells "no such name" from "ask again later". std drops the resolver's number, so its text has
/// to do: glibc, macOS and musl say `Temporary failure in name resolution`, the same, `Try again`.
fn resolver_code(error: &io::Error) -> (&'static str, i32) {
    const WSATRY_AGAIN: i32 = 11002;
    let text = error.to_string().to_ascii_lowercase();
    if error.raw_os_error() == Some(WSATRY_AGAIN)
        || text.contains("temporary failure")
        || text.contains("try again")
    {
        ("EAI_AGAIN", -3001)
    } else {
        ("ENOTFOUND", -3008)
    }
}

/// Alternates the families, the first address's family first, as Node does; within a family the
/// resolver's order stays.
fn interleave(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| address.is_ipv6() == first_is_v6);
    let mut ordered = Vec::with_capacity(first.len() + second.len());
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    loop {
        match (first.next(), second.next()) {
            (None, None) => return ordered,
            (a, b) => {
                for address in a.into_iter().chain(b) {
                    // getaddrinfo repeats an address that /etc/hosts lists twice.
                    if !ordered.contains(&address) {
                        ordered.push(address);
                    }
                }
            }
        }
    }
}

async fn attempt(address: SocketAddr) -> std::result::Result<TcpStream, IoError> {
    match TcpStream::connect(address).await {
        Ok(stream) => {
            // pg always disables Nagle's algorithm (O-20). A failure means that the peer is gone
            // already, which the first read or write reports better.
            let _ = stream.set_nodelay(true);
            Ok(stream)
        }
        Err(error) => Err(IoError {
            address: Some(address.ip().to_string()),
            port: Some(address.port()),
            ..IoError::new(&error, "connect")
        }),
    }
}

type Attempt = Pin<Box<dyn Future<Output = std::result::Result<TcpStream, IoError>> + Send>>;

/// Tries the addresses in order. The next one starts when the one before has failed, or has had its
/// head start; the first to connect wins and the others are dropped.
async fn race(addresses: &[SocketAddr]) -> Result<(TcpStream, SocketAddr)> {
    let mut waiting = addresses.iter().copied().enumerate();
    let mut running: Vec<(usize, SocketAddr, Attempt)> = Vec::new();
    let mut failures: Vec<(usize, IoError)> = Vec::new();
    loop {
        if let Some((order, address)) = waiting.next() {
            running.push((order, address, Box::pin(attempt(address))));
        } else if running.is_empty() {
            return Err(all_failed(failures));
        }
        let settled = settle(&mut running);
        let settled = if waiting.len() == 0 {
            settled.await
        } else {
            match tokio::time::timeout(HEAD_START, settled).await {
                Ok(settled) => settled,
                Err(_) => continue,
            }
        };
        match settled {
            Settled::Connected(stream, address) => return Ok((stream, address)),
            Settled::Failed(order, error) => failures.push((order, error)),
        }
    }
}

enum Settled {
    Connected(TcpStream, SocketAddr),
    Failed(usize, IoError),
}

/// Waits until one of the attempts has come to an end and removes it.
async fn settle(running: &mut Vec<(usize, SocketAddr, Attempt)>) -> Settled {
    poll_fn(|cx| {
        for at in 0..running.len() {
            let (order, address, attempt) = &mut running[at];
            let (order, address) = (*order, *address);
            if let Poll::Ready(outcome) = attempt.as_mut().poll(cx) {
                drop(running.swap_remove(at));
                return Poll::Ready(match outcome {
                    Ok(stream) => Settled::Connected(stream, address),
                    Err(error) => Settled::Failed(order, error),
                });
            }
        }
        Poll::Pending
    })
    .await
}

/// One failure is reported as itself, several as Node's AggregateError (N-7).
fn all_failed(mut failures: Vec<(usize, IoError)>) -> Error {
    failures.sort_by_key(|(order, _)| *order);
    let mut errors: Vec<IoError> = failures.into_iter().map(|(_, error)| error).collect();
    // Node resolves with AI_ADDRCONFIG, which hides the families that this machine does not speak;
    // std cannot. Where `localhost` is also `::1` on a machine without IPv6, the plain
    // ECONNREFUSED that applications look for must not drown in an aggregate.
    let foreign = |error: &IoError| matches!(error.code.as_str(), "EADDRNOTAVAIL" | "ENETUNREACH");
    if !errors.iter().all(foreign) {
        errors.retain(|error| !foreign(error));
    }
    match <[IoError; 1]>::try_from(errors) {
        Ok([error]) => Error::Io(error),
        Err(errors) => Error::Aggregate { errors },
    }
}

/// Keepalive as Node sets it: whole seconds, 0 leaves the system's default (O-20).
fn set_options(stream: &TcpStream, config: &SessionConfig) {
    if !config.keep_alive {
        return;
    }
    let socket = SockRef::from(stream);
    // Best effort, as in Node: keepalive is no reason to refuse a working connection.
    let _ = socket.set_keepalive(true);
    let seconds = config.keep_alive_initial_delay_millis / 1000;
    if seconds > 0 {
        let idle = TcpKeepalive::new().with_time(Duration::from_secs(seconds));
        let _ = socket.set_tcp_keepalive(&idle);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn failure(order: usize, code: &str, address: &str) -> (usize, IoError) {
        let error = IoError {
            code: code.to_owned(),
            address: Some(address.to_owned()),
            ..IoError::default()
        };
        (order, error)
    }

    #[test]
    fn families_alternate_and_each_keeps_its_order() {
        assert_eq!(
            interleave(addresses(&[
                "[::1]:1",
                "[::2]:1",
                "127.0.0.1:1",
                "127.0.0.2:1",
                "[::1]:1"
            ])),
            addresses(&["[::1]:1", "127.0.0.1:1", "[::2]:1", "127.0.0.2:1"])
        );
        assert_eq!(interleave(Vec::new()), []);
    }

    #[test]
    fn lookups_that_hang_leave_helper_threads_to_others() {
        let io = crate::session::IoThread::shared().unwrap();
        let lookups: Vec<_> = (0..2 * HELPERS)
            .map(|_| {
                let (end, hanging) = std::sync::mpsc::channel::<()>();
                let lookup = on_helper(move || Ok(hanging.recv()));
                (end, io.handle().spawn(lookup))
            })
            .collect();
        let done = io.handle().block_on(async {
            while LOOKUPS.available_permits() > 0 {
                tokio::task::yield_now().await;
            }
            let other = tokio::task::spawn_blocking(|| ());
            tokio::time::timeout(Duration::from_secs(10), other).await
        });
        drop(lookups);
        assert!(done.is_ok());
    }

    #[test]
    fn one_failure_is_itself_and_several_are_an_aggregate_in_order() {
        let (_, refused) = failure(0, "ECONNREFUSED", "127.0.0.1");
        assert_eq!(
            all_failed(vec![failure(0, "ECONNREFUSED", "127.0.0.1")]),
            Error::Io(refused.clone())
        );
        let (_, timed_out) = failure(1, "ETIMEDOUT", "127.0.0.2");
        assert_eq!(
            all_failed(vec![
                failure(1, "ETIMEDOUT", "127.0.0.2"),
                failure(0, "ECONNREFUSED", "127.0.0.1"),
            ]),
            Error::Aggregate {
                errors: vec![refused, timed_out]
            }
        );
    }

    #[test]
    fn a_family_that_this_machine_does_not_speak_is_not_reported() {
        let (_, refused) = failure(1, "ECONNREFUSED", "127.0.0.1");
        assert_eq!(
            all_failed(vec![
                failure(0, "EADDRNOTAVAIL", "::1"),
                failure(1, "ECONNREFUSED", "127.0.0.1"),
            ]),
            Error::Io(refused)
        );
        let (_, unreachable) = failure(0, "ENETUNREACH", "192.0.2.1");
        assert_eq!(
            all_failed(vec![failure(0, "ENETUNREACH", "192.0.2.1")]),
            Error::Io(unreachable)
        );
    }

    #[test]
    fn a_resolver_that_is_out_of_order_is_not_a_wrong_name() {
        for (text, code) in [
            (
                "failed to lookup address information: Name or service not known",
                "ENOTFOUND",
            ),
            (
                "failed to lookup address information: Temporary failure in name resolution",
                "EAI_AGAIN",
            ),
            (
                "failed to lookup address information: Try again",
                "EAI_AGAIN",
            ),
        ] {
            assert_eq!(resolver_code(&io::Error::other(text)).0, code);
        }
    }

    #[tokio::test]
    async fn a_refusing_address_gives_way_to_the_next() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let good = listener.local_addr().unwrap();
        let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let bad = closed.local_addr().unwrap();
        drop(closed);
        let (_, address) = race(&[bad, good]).await.unwrap();
        assert_eq!(address, good);
        let Err(Error::Aggregate { errors }) = race(&[bad, bad]).await else {
            panic!("expected an aggregate");
        };
        assert_eq!(errors.len(), 2);
        assert_eq!(errors[0].port, Some(bad.port()));
    }

    #[tokio::test]
    async fn an_attempt_that_hangs_does_not_keep_the_next_waiting() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let good = listener.local_addr().unwrap();
        let hanging: Attempt = Box::pin(std::future::pending());
        let mut running = vec![(0, "192.0.2.1:1".parse().unwrap(), hanging)];
        running.push((1, good, Box::pin(attempt(good))));
        let Settled::Connected(_, address) = settle(&mut running).await else {
            panic!("expected a connection");
        };
        assert_eq!(address, good);
        assert_eq!(running.len(), 1);
    }
}
