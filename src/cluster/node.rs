//! One server of a cluster.

use std::sync::atomic::{AtomicUsize, Ordering};

/// A server, keyed by host and port.
#[derive(Debug)]
pub struct Node {
    /// Host name, address or directory of a unix socket.
    pub host: String,
    /// Port.
    pub port: u16,
    open: AtomicUsize,
}

impl Node {
    /// A node without sessions.
    pub fn new(host: &str, port: u16) -> Self {
        Self {
            host: host.to_owned(),
            port,
            open: AtomicUsize::new(0),
        }
    }

    /// Sessions open or being opened here.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::Acquire)
    }

    pub(super) fn count(&self) {
        self.open.fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn discount(&self) {
        self.open.fetch_sub(1, Ordering::AcqRel);
    }
}
