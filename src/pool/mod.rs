//! Many sessions: checkout, policies, upkeep. deadpool has the slots, the waiters and the idle
//! objects; what is in this folder decides.

mod checkout;
mod counters;
mod creation;
mod handle;
mod inner;
mod lease;
mod manager;
mod policy;
mod pooled;
mod reaper;

pub use counters::Counts;
pub use handle::{Checkout, Pool, Release};
