//! Options as validated data. JavaScript resolves pg's rules (URL, object, `PG*` environment) into
//! one flat JSON object; this module parses it once into types without surprises.

mod pool;
mod session;

pub use pool::PoolConfig;
pub use session::{ChannelBinding, SessionConfig, SslConfig, SslNegotiation, TlsVersion};
