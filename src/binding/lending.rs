//! The raw byte stream of a session, for what speaks the protocol in JavaScript.

use std::sync::Arc;

use napi::bindgen_prelude::{BufferSlice, Uint8Array};
use napi::{Env, Result};
use napi_derive::napi;

use crate::session::Session;

use super::environment::{NativeEnvironment, Shared};

/// A session's stream. It outlives the session, so that what came before the end can be read.
#[napi]
#[derive(Debug)]
pub struct LentStream {
    shared: Arc<Shared>,
    session: Arc<Session>,
}

#[napi]
impl NativeEnvironment {
    /// The raw stream of an open session.
    #[napi]
    pub fn lent_stream(&self, session: u32) -> Option<LentStream> {
        let session = self.shared.environment.session(session)?;
        Some(LentStream {
            shared: Arc::clone(&self.shared),
            session,
        })
    }

    /// A statement was parsed over the raw stream.
    #[napi]
    pub fn know_named(&self, session: u32, name: String, text: String) {
        if let Some(session) = self.shared.environment.session(session) {
            session.know_named(&name, &text);
        }
    }
}

#[napi]
impl LentStream {
    /// Writes protocol messages, at the end of this turn. -1: the session is closed. Else twice the
    /// number of ReadyForQuery that they ask for, plus 1 if an event tells when to write on.
    #[napi]
    pub fn write(&self, bytes: Uint8Array) -> i32 {
        let Some(written) = self.session.write_lent(&bytes) else {
            return -1;
        };
        self.shared.environment.enqueue_once(&self.session);
        let asked = i32::try_from(written.asked).unwrap_or_default();
        2 * asked + i32::from(!written.has_room)
    }

    /// The next piece of what came; one for each event.
    #[napi]
    pub fn take<'env>(&self, env: &'env Env) -> Result<Option<BufferSlice<'env>>> {
        match self.session.take_lent() {
            Some(bytes) => BufferSlice::copy_from(env, bytes).map(Some),
            None => Ok(None),
        }
    }

    /// How many Syncs COPY has swallowed since this was last asked.
    #[napi]
    pub fn take_swallowed(&self) -> u32 {
        self.session.take_swallowed()
    }
}
