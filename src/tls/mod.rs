//! rustls connectors from options, with failures under Node's codes.

mod certificate;
mod client;
mod der;
mod facts;
mod failure;
mod pem;
mod verifier;

pub use certificate::channel_binding;
pub use client::TlsClient;
pub use facts::TlsFacts;
pub use failure::error_of;
