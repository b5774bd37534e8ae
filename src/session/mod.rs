//! One connection: dialling, TLS, authentication, the task that owns the socket, query flows.

mod auth;
mod cancel;
mod cancellation;
pub mod connect;
mod conversation;
mod courier;
mod dial;
mod driver;
mod environment;
pub mod error_response;
mod handle;
mod named;
mod negotiate;
mod open;
mod outlet;
mod password;
mod progress;
mod request;
mod runtime;
mod scram;
mod startup;
mod stream;

pub use auth::PasswordSource;
pub use cancel::cancel;
pub use connect::{Established, connect};
pub use conversation::error_json;
pub use dial::{Address, Peer};
pub use environment::Environment;
pub use handle::{Owner, Session};
pub use open::{Introduction, open, open_pooled};
pub use outlet::{Credit, Delivery, Event, EventKind, Outlet};
pub use progress::Progress;
pub use request::{Lease, OwnedRequest, Refusal, Request};
pub use runtime::IoThread;
pub use stream::{Stream, stream_error};
