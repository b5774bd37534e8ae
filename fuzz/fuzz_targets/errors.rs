//! An ErrorResponse or NoticeResponse with any fields, and a certificate of any shape.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let error = oxpg::session::error_response::parse(bytes);
    let _ = format!("{error:?}");
    let _ = oxpg::tls::channel_binding(bytes);
});
