//! What one connection needs to know.

use std::fmt;

use serde::Deserialize;

/// Everything needed to connect one session.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionConfig {
    /// A host name, an IP address, or a directory (leading `/`) that holds a unix socket.
    pub host: String,
    /// The TCP port, or the number in the unix socket's file name.
    pub port: u16,
    /// The user to authenticate as.
    pub user: String,
    /// A fixed password. `None`: JavaScript is asked when the server wants one (password function
    /// or password file).
    #[serde(default)]
    pub password: Option<String>,
    /// The startup message's parameters in pg's order (2.7), `user` and `database` included.
    pub startup: Vec<(String, String)>,
    /// TLS, or `None` for plain text.
    #[serde(default)]
    pub ssl: Option<SslConfig>,
    /// How TLS begins.
    #[serde(default)]
    pub ssl_negotiation: SslNegotiation,
    /// Whether TCP keepalive is on (O-20).
    #[serde(default)]
    pub keep_alive: bool,
    /// Idle time before the first keepalive probe, in milliseconds; 0 means the system's default.
    #[serde(default)]
    pub keep_alive_initial_delay_millis: u64,
    /// The most SCRAM iterations a server may ask for; 0 means no limit (O-10).
    #[serde(default)]
    pub scram_max_iterations: u32,
    /// SCRAM-SHA-256-PLUS may be used, where the server offers it (O-9).
    #[serde(default)]
    pub enable_channel_binding: bool,
    /// libpq's `channel_binding`, which goes before `enable_channel_binding`.
    #[serde(default)]
    pub channel_binding: Option<ChannelBinding>,
    /// JavaScript makes the socket, TLS included (O-21, T-4); `ssl` is `None` then.
    #[serde(default)]
    pub bridged: bool,
    /// The most bytes that the rows of a query may have; 0 means no limit.
    #[serde(default)]
    pub max_result_bytes: u64,
    /// The most bytes that a value may have; 0 means no limit.
    #[serde(default)]
    pub max_field_bytes: u64,
}

/// TLS options in the form that rustls can honour.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SslConfig {
    /// Trusted certificates as PEM texts.
    #[serde(default)]
    pub ca: Option<Vec<String>>,
    /// The number of the roots that are trusted where there is no `ca`; 0 means none.
    #[serde(default)]
    pub roots: u32,
    /// The client certificate chain, PEM.
    #[serde(default)]
    pub cert: Option<String>,
    /// The client's private key, PEM.
    #[serde(default)]
    pub key: Option<String>,
    /// Whether the server's certificate must be valid for its name. Default true.
    #[serde(default = "yes")]
    pub reject_unauthorized: bool,
    /// The name to verify and to send as SNI; `None` means the host.
    #[serde(default)]
    pub servername: Option<String>,
    /// The oldest version to speak.
    #[serde(default)]
    pub min_version: Option<TlsVersion>,
    /// The newest version to speak.
    #[serde(default)]
    pub max_version: Option<TlsVersion>,
}

/// The versions that rustls speaks, the older one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub enum TlsVersion {
    /// TLS 1.2.
    #[serde(rename = "TLSv1.2")]
    Tls12,
    /// TLS 1.3.
    #[serde(rename = "TLSv1.3")]
    Tls13,
}

/// How TLS begins (C-9).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SslNegotiation {
    /// SSLRequest first; the server answers `S` or `N`.
    #[default]
    Postgres,
    /// TLS from the first byte, with ALPN `postgresql`.
    Direct,
}

/// Whether authentication is tied to the TLS connection, as libpq has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelBinding {
    /// Never.
    Disable,
    /// Where TLS is on and the server offers it.
    Prefer,
    /// Or there is no session.
    Require,
}

const fn yes() -> bool {
    true
}

impl SessionConfig {
    /// Whether the host is a directory holding a unix socket (C-10).
    pub fn is_unix_socket(&self) -> bool {
        self.host.starts_with('/')
    }

    /// Whether the login may be tied to the TLS connection.
    pub fn may_bind(&self) -> bool {
        match self.channel_binding {
            None => self.enable_channel_binding,
            Some(wish) => wish != ChannelBinding::Disable,
        }
    }
}

/// Secrets never print.
impl fmt::Debug for SessionConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionConfig")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("user", &self.user)
            .field("password", &self.password.as_ref().map(|_| "[hidden]"))
            .field("ssl", &self.ssl)
            .finish_non_exhaustive()
    }
}

/// Secrets never print.
impl fmt::Debug for SslConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SslConfig")
            .field("ca", &self.ca.as_ref().map(Vec::len))
            .field("roots", &self.roots)
            .field("cert", &self.cert.is_some())
            .field("key", &self.key.as_ref().map(|_| "[hidden]"))
            .field("reject_unauthorized", &self.reject_unauthorized)
            .field("servername", &self.servername)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn channel_binding_goes_before_enable_channel_binding() {
        for (wish, may_bind) in [
            (json!(null), [false, true]),
            (json!("disable"), [false, false]),
            (json!("prefer"), [true, true]),
            (json!("require"), [true, true]),
        ] {
            let of = |enabled: bool| {
                let config: SessionConfig = serde_json::from_value(json!({
                    "host": "db", "port": 5432, "user": "u", "startup": [],
                    "channelBinding": wish, "enableChannelBinding": enabled,
                }))
                .unwrap();
                config.may_bind()
            };
            assert_eq!([of(false), of(true)], may_bind, "{wish}");
        }
    }
}
