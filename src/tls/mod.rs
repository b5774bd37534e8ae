//! rustls connectors from options, with failures under Node's codes.

mod cache;
mod certificate;
mod client;
mod der;
mod facts;
mod failure;
mod pem;
mod purpose;
mod roots;
mod trust;
mod verdict;
mod verifier;

pub use certificate::{channel_binding, is_provable};
pub use client::{Terms, TlsClient};
pub use facts::TlsFacts;
pub use failure::error_of;
pub use roots::KeptRoots;
pub use trust::{can_present, can_trust};
