//! `NativeEnvironment`, continued: what `lib/bridge.js` calls for sessions over sockets of its own.

use std::sync::Arc;

use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

use crate::error::{Error, Phase};
use crate::session::Bridge;

use super::environment::NativeEnvironment;

#[napi]
impl NativeEnvironment {
    /// How far making the socket has come: `dns`, `tcp` or `tls`.
    #[napi]
    pub fn bridge_phase(&self, session: u32, phase: String) {
        let phase = match phase.as_str() {
            "dns" => Phase::Dns,
            "tls" => Phase::Tls,
            _ => Phase::Tcp,
        };
        if let Some(session) = self.shared.environment.session(session) {
            session.progress.set(phase);
        }
    }

    /// The socket carries the protocol from now on. `certificate` is the server's, for channel binding.
    #[napi]
    pub fn bridge_opened(&self, session: u32, certificate: Option<&[u8]>) {
        if let Some(bridge) = self.bridge(session) {
            bridge.opened(certificate);
        }
    }

    /// Passes on what the socket received. False: pause it, until an event says otherwise.
    #[napi]
    pub fn bridge_received(&self, session: u32, bytes: &[u8]) -> bool {
        self.bridge(session)
            .is_none_or(|bridge| bridge.received(bytes))
    }

    /// What the socket shall write next, or null.
    #[napi]
    pub fn bridge_take(&self, session: u32) -> Option<Buffer> {
        let bytes = self.bridge(session)?.take();
        (!bytes.is_empty()).then(|| Buffer::from(bytes))
    }

    /// The socket received its end.
    #[napi]
    pub fn bridge_ended(&self, session: u32) {
        if let Some(bridge) = self.bridge(session) {
            bridge.ended();
        }
    }

    /// The socket failed; JavaScript keeps the error under `exception`.
    #[napi]
    pub fn bridge_failed(&self, session: u32, exception: u32) {
        if let Some(bridge) = self.bridge(session) {
            bridge.failed(Error::Thrown { token: exception });
        }
    }

    /// The socket is closed.
    #[napi]
    pub fn bridge_closed(&self, session: u32) {
        if let Some(bridge) = self.bridge(session) {
            bridge.closed();
        }
    }

    /// The CancelRequest that stops what the session executes, or null before it is ready.
    #[napi]
    pub fn bridge_cancel_request(&self, session: u32) -> Option<Buffer> {
        let request = self.shared.environment.session(session)?.cancel_request()?;
        Some(Buffer::from(request))
    }

    /// The CancelRequest was sent and its socket is closed; `sent` is false if none can be sent at all.
    #[napi]
    pub fn bridge_cancelled(&self, session: u32, sent: bool) {
        if let Some(bridge) = self.bridge(session) {
            bridge.cancelled(sent);
        }
    }

    fn bridge(&self, session: u32) -> Option<Arc<Bridge>> {
        self.shared
            .environment
            .session(session)?
            .bridge()
            .map(Arc::clone)
    }
}
