//! One connection: dialling, TLS, authentication, the task that owns the socket, query flows.

mod auth;
mod cancel;
pub mod connect;
mod dial;
pub mod error_response;
mod negotiate;
mod progress;
mod scram;
mod startup;
mod stream;

pub use auth::PasswordSource;
pub use cancel::cancel;
pub use connect::{Established, connect};
pub use dial::{Address, Peer};
pub use progress::Progress;
pub use stream::{Stream, stream_error};
