//! Many sessions: checkout, policies, upkeep. deadpool has the slots, the waiters and the idle
//! objects; what is in this folder decides.

mod checkout;
mod counters;
mod creation;
mod lease;
mod manager;
mod policy;
mod pool;
mod pooled;
mod reaper;

pub use counters::Counts;
pub use pool::{Checkout, Pool, Release, refusal_error};
