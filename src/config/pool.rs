//! What a pool needs to know besides its sessions' options.

use serde::Deserialize;

/// The pool's limits. Every time is in milliseconds.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PoolConfig {
    /// The most sessions open at once (PO-1).
    pub max: usize,
    /// Idle sessions are not evicted for their age below this count (PO-2).
    #[serde(default)]
    pub min: usize,
    /// How long a session may stay idle; 0 means for ever (PO-3).
    #[serde(default)]
    pub idle_timeout_millis: u64,
    /// One deadline over queueing, DNS, TCP, TLS and authentication; 0 means none (PO-4).
    #[serde(default)]
    pub connection_timeout_millis: u64,
    /// Checkouts after which a session is closed; 0 means no limit (PO-5).
    #[serde(default)]
    pub max_uses: u64,
    /// Age after which a session is closed; 0 means no limit (PO-6).
    #[serde(default)]
    pub max_lifetime_millis: u64,
    /// Whether an idle session lets the process exit (PO-7).
    #[serde(default)]
    pub allow_exit_on_idle: bool,
}
