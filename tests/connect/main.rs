//! Connecting to servers that say what a real PostgreSQL never says, or what it says too rarely to
//! wait for. Each test scripts one server.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod authentication;
mod cancel;
mod dial;
mod startup;
mod support;
mod tls;
