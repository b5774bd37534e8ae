//! What JavaScript tells about the certificates that it trusts.

use std::collections::HashMap;

use napi_derive::napi;

use crate::tls::{KeptRoots, can_present, can_trust};

use super::environment::NativeEnvironment;

/// The roots that an environment has handed over.
pub(super) type Roots = HashMap<u32, KeptRoots>;

#[napi]
impl NativeEnvironment {
    /// Keeps PEM texts under a number, which stands for them in the options of sessions: a new one
    /// for 0, else in place of those that it stood for.
    #[napi]
    pub fn keep_roots(&self, number: u32, texts: Vec<String>) -> u32 {
        let mut roots = self.shared.lock_roots();
        if let Some(kept) = roots.get(&number) {
            kept.replace(texts);
            return number;
        }
        let kept = KeptRoots::new(texts);
        let number = kept.number();
        roots.insert(number, kept);
        number
    }

    /// Whether rustls trusts in these PEM texts what OpenSSL would.
    #[napi]
    pub fn can_trust(texts: Vec<String>) -> bool {
        can_trust(texts.iter().map(String::as_str))
    }

    /// Whether rustls can show this PEM text as a client's certificate chain.
    #[napi]
    pub fn can_present(text: String) -> bool {
        can_present(&text)
    }
}
