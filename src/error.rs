//! What can go wrong, as data: the JavaScript side turns it into `Error` objects.

use std::{fmt, io};

use serde::Serialize;

/// A result whose error is [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Any failure of a session, a connect attempt or a checkout.
///
/// It crosses the boundary as JSON (see the `Serialize` form) and becomes the error object that
/// node-postgres would have produced. No variant may ever hold a secret.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Error {
    /// An ErrorResponse of the server; becomes pg-protocol's `DatabaseError`.
    Server(ServerError),
    /// A system error as Node reports it: `code` such as `ECONNREFUSED`, `syscall` such as `connect`.
    Io(IoError),
    /// Several addresses were tried and all failed; becomes an `AggregateError` as in Node.
    Aggregate {
        /// One entry per address, in the order tried.
        errors: Vec<IoError>,
    },
    /// A certificate that is refused for a reason that OpenSSL would give as well.
    Certificate {
        /// Node's error code (`DEPTH_ZERO_SELF_SIGNED_CERT`, ...).
        code: &'static str,
        /// The name that the server should have.
        host: String,
        /// The certificate that is to blame: its DER in hexadecimal digits.
        certificate: String,
    },
    /// rustls cannot go on, for a reason that need not hold for OpenSSL: while connecting, Node's TLS
    /// is tried once more.
    Tls {
        /// Node's error code, where one fits.
        code: Option<String>,
        /// What happened, for people.
        message: String,
    },
    /// The server broke the protocol: `received invalid response: 76`.
    Protocol {
        /// What happened, for people.
        message: String,
    },
    /// Anything whose message node-postgres spells out, such as the SASL family.
    Message {
        /// What happened, for people.
        message: String,
        /// A code for programs, where one fits.
        code: Option<String>,
    },
    /// An exception thrown by JavaScript (a password function); JS kept the object under `token`.
    Thrown {
        /// The number under which JavaScript keeps the exception.
        token: u32,
    },
    /// The peer closed the socket: `Connection terminated unexpectedly`.
    Closed,
    /// The one deadline of a checkout or connect passed.
    Timeout {
        /// Where the time went: `queue`, `dns`, `tcp`, `tls`, `auth`.
        phase: Phase,
    },
}

/// The step of a checkout or a connect that was under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Phase {
    /// Waiting for a slot of the pool.
    Queue,
    /// Resolving the host name.
    Dns,
    /// Connecting the socket.
    Tcp,
    /// Negotiating TLS.
    Tls,
    /// Startup and authentication, up to the first ReadyForQuery.
    Auth,
}

/// The fields of an ErrorResponse or NoticeResponse, in the server's order.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub struct ServerError {
    /// The length field of the message, which pg exposes as `error.length`.
    pub length: u32,
    /// Field code (`S`, `C`, `M`, ...) and value.
    pub fields: Vec<(char, String)>,
}

impl ServerError {
    /// The value of one field.
    pub fn field(&self, code: char) -> Option<&str> {
        self.fields
            .iter()
            .find(|(c, _)| *c == code)
            .map(|(_, value)| value.as_str())
    }
}

/// A system error with the properties that Node puts on its own.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub struct IoError {
    /// `ECONNREFUSED`, `ENOTFOUND`, `ECONNRESET`, ...
    pub code: String,
    /// Negative, as in Node: -111.
    pub errno: i32,
    /// `connect`, `read`, `write`, `getaddrinfo`.
    pub syscall: String,
    /// The IP address or the path of the unix socket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The TCP port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The host name that could not be resolved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
}

impl IoError {
    /// A system error under Node's name and number.
    pub fn new(error: &io::Error, syscall: &str) -> Self {
        let (code, errno) = node_code(error);
        Self {
            code: code.to_owned(),
            errno,
            syscall: syscall.to_owned(),
            ..Self::default()
        }
    }
}

/// Names an error as libuv does. libuv negates the system's number where the system is a unix and
/// has numbers of its own (uv/errno.h) elsewhere.
fn node_code(error: &io::Error) -> (&'static str, i32) {
    use io::ErrorKind as Kind;

    let raw = error.raw_os_error();
    let (code, libuv) = match (error.kind(), raw) {
        (Kind::ConnectionRefused, _) => ("ECONNREFUSED", -4078),
        (Kind::ConnectionReset, _) => ("ECONNRESET", -4077),
        (Kind::ConnectionAborted, _) => ("ECONNABORTED", -4079),
        (Kind::BrokenPipe, _) => ("EPIPE", -4047),
        (Kind::NotConnected, _) => ("ENOTCONN", -4053),
        (Kind::TimedOut, _) => ("ETIMEDOUT", -4039),
        (Kind::HostUnreachable, _) => ("EHOSTUNREACH", -4073),
        (Kind::NetworkUnreachable, _) => ("ENETUNREACH", -4062),
        (Kind::NetworkDown, _) => ("ENETDOWN", -4063),
        (Kind::AddrNotAvailable, _) => ("EADDRNOTAVAIL", -4090),
        (Kind::AddrInUse, _) => ("EADDRINUSE", -4091),
        (Kind::NotFound, _) => ("ENOENT", -4058),
        // std puts EPERM (1 on every unix) and EACCES under one kind.
        (Kind::PermissionDenied, Some(1)) if cfg!(unix) => ("EPERM", -4048),
        (Kind::PermissionDenied, _) => ("EACCES", -4092),
        (Kind::NotADirectory, _) => ("ENOTDIR", -4052),
        (Kind::InvalidFilename, _) => ("ENAMETOOLONG", -4064),
        (Kind::InvalidInput, _) => ("EINVAL", -4071),
        (Kind::OutOfMemory, _) => ("ENOMEM", -4057),
        (Kind::WouldBlock, _) => ("EAGAIN", -4088),
        // No kind of their own in std; these numbers are the same on every unix.
        (_, Some(23)) if cfg!(unix) => ("ENFILE", -4061),
        (_, Some(24)) if cfg!(unix) => ("EMFILE", -4066),
        (_, Some(10024)) if cfg!(windows) => ("EMFILE", -4066),
        _ => ("EIO", -4070),
    };
    let errno = match raw {
        Some(raw) if cfg!(unix) => -raw,
        _ => libuv,
    };
    (code, errno)
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server(error) => f.write_str(error.field('M').unwrap_or("server error")),
            Self::Io(error) => write!(f, "{} {}", error.syscall, error.code),
            Self::Aggregate { errors } => {
                for (i, error) in errors.iter().enumerate() {
                    let comma = if i > 0 { ", " } else { "" };
                    write!(f, "{comma}{} {}", error.syscall, error.code)?;
                }
                Ok(())
            }
            Self::Certificate { code, .. } => f.write_str(code),
            Self::Tls { message, .. }
            | Self::Protocol { message }
            | Self::Message { message, .. } => f.write_str(message),
            Self::Thrown { .. } => f.write_str("exception thrown by JavaScript"),
            Self::Closed => f.write_str("Connection terminated unexpectedly"),
            Self::Timeout { phase } => write!(f, "timed out in phase {phase:?}"),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn system_errors_carry_nodes_name_and_number() {
        for (raw, code) in [
            (111, "ECONNREFUSED"),
            (104, "ECONNRESET"),
            (113, "EHOSTUNREACH"),
            (101, "ENETUNREACH"),
            (110, "ETIMEDOUT"),
            (32, "EPIPE"),
            (2, "ENOENT"),
            (13, "EACCES"),
            (1, "EPERM"),
            (24, "EMFILE"),
        ] {
            let error = IoError::new(&io::Error::from_raw_os_error(raw), "connect");
            assert_eq!((error.code.as_str(), error.errno), (code, -raw));
            assert_eq!(error.syscall, "connect");
        }
    }
}
