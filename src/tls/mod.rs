//! rustls connectors from options, with failures under Node's codes.

mod certificate;
mod client;
mod der;
mod failure;
mod pem;
mod verdict;
mod verifier;

pub use certificate::{channel_binding, is_provable};
pub use client::TlsClient;
pub use failure::error_of;
