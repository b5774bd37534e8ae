//! The N-API surface: it converts and delegates. The only code that names `napi`.

#![allow(
    unsafe_code,
    missing_docs,
    reason = "N-API is a C interface, and #[napi] expands to undocumented items"
)]

mod bell;
mod bridge;
mod chunk;
mod copy;
mod cursor;
mod environment;
mod hot;
mod lending;
mod mailbox;
mod pinned;
mod roots;
