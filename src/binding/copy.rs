//! What JavaScript calls in the course of a COPY.

use napi::bindgen_prelude::BufferSlice;
use napi::{Env, Result};
use napi_derive::napi;

use super::environment::NativeEnvironment;

#[napi]
impl NativeEnvironment {
    /// The next buffer of the session's COPY TO STDOUT; null if there is none.
    #[napi]
    pub fn take_copy_data<'env>(
        &self,
        env: &'env Env,
        session: u32,
    ) -> Result<Option<BufferSlice<'env>>> {
        let session = self.shared.environment.session(session);
        let buffer = session.and_then(|session| session.take_copy_data());
        // A copy: V8 frees such a buffer when it likes, one that belongs to us much later.
        buffer
            .map(|buffer| BufferSlice::copy_from(env, buffer))
            .transpose()
    }

    /// Throws away whatever the session's COPY TO STDOUT still gives.
    #[napi]
    pub fn discard_copy_data(&self, session: u32) {
        if let Some(session) = self.shared.environment.session(session) {
            session.discard_copy_data();
        }
    }

    /// Gives bytes to the session's COPY FROM STDIN. False: an event tells when they are written.
    #[napi]
    pub fn copy_data(&self, session: u32, chunk: &[u8]) -> bool {
        match self.shared.environment.session(session) {
            Some(session) => session.copy_data(chunk),
            None => true,
        }
    }

    /// Ends the session's COPY FROM STDIN.
    #[napi]
    pub fn copy_done(&self, session: u32) {
        if let Some(session) = self.shared.environment.session(session) {
            session.copy_done();
        }
    }

    /// Has the session's COPY FROM STDIN fail for this reason.
    #[napi]
    pub fn fail_copy(&self, session: u32, reason: String) {
        if let Some(session) = self.shared.environment.session(session) {
            session.fail_copy(reason);
        }
    }
}
