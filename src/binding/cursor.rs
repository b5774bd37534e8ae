//! What JavaScript calls in the course of a cursor.

use napi_derive::napi;

use super::environment::NativeEnvironment;

#[napi]
impl NativeEnvironment {
    /// Asks for so many rows more of the session's cursor.
    #[napi]
    pub fn fetch(&self, session: u32, rows: i32) {
        if let Some(session) = self.shared.environment.session(session) {
            session.fetch(rows);
        }
    }

    /// Ends the session's cursor, behind the page that may be coming.
    #[napi]
    pub fn close_portal(&self, session: u32) {
        if let Some(session) = self.shared.environment.session(session) {
            session.close_portal();
        }
    }
}
