//! oxpg: a PostgreSQL connection pool for Node.js.
//!
//! Layers are folders and imports go one way:
//!
//! ```text
//! binding -> pool -> cluster -> session -> wire
//!            leaves anyone may use: config, error, tls
//! ```

mod binding;
pub mod cluster;
pub mod config;
pub mod error;
pub mod pool;
pub mod session;
pub mod tls;
pub mod types;
pub mod wire;
