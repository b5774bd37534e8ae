//! What the startup reader makes of good and bad servers.

use proptest::prelude::*;

use super::*;

fn message(code: u8, body: &[u8]) -> BytesMut {
    let mut bytes = BytesMut::from(&[code][..]);
    bytes.extend(u32::try_from(body.len() + 4).unwrap().to_be_bytes());
    bytes.extend(body);
    bytes
}

fn decoded(code: u8, body: &[u8]) -> Result<Option<Frame>> {
    decode(&mut message(code, body))
}

fn error_of(code: u8, body: &[u8]) -> String {
    decoded(code, body).unwrap_err().to_string()
}

#[test]
fn a_message_is_taken_when_it_is_whole_and_not_before() {
    let mut all = message(b'S', b"TimeZone\0UTC\0");
    all.extend(b"Z\0\0");
    for end in 0..18 {
        let mut part = BytesMut::from(&all[..end]);
        assert_eq!(decode(&mut part).unwrap(), None, "{end} bytes");
        assert_eq!(part.len(), end);
    }
    assert_eq!(
        decode(&mut all).unwrap(),
        Some(Frame::Message(Message::ParameterStatus {
            name: "TimeZone".to_owned(),
            value: "UTC".to_owned(),
        }))
    );
    assert_eq!(&all[..], b"Z\0\0");
}

#[test]
fn an_unknown_type_is_refused_at_its_first_byte() {
    for (bytes, hex) in [(&b"v"[..], "76"), (b"HTTP/1.1 400", "48"), (b"\x15", "15")] {
        let error = decode(&mut BytesMut::from(bytes)).unwrap_err();
        assert_eq!(
            error,
            Error::Protocol {
                message: format!("received invalid response: {hex}")
            }
        );
    }
}

#[test]
fn a_message_out_of_place_is_named() {
    assert_eq!(
        error_of(b'D', b"\0\0"),
        "Received unexpected dataRow message from backend."
    );
}

#[test]
fn a_senseless_length_is_refused_without_waiting_for_the_body() {
    for length in [0_u32, 3, 1024 * 1024 + 1, u32::MAX] {
        let mut bytes = BytesMut::from(&b"R"[..]);
        bytes.extend(length.to_be_bytes());
        let error = decode(&mut bytes).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("received invalid length {length} of message 52")),
            "{error}"
        );
    }
}

#[test]
fn the_text_of_a_server_too_old_or_too_busy_for_the_protocol_is_shown() {
    let mut bytes = BytesMut::from(&b"EFATAL:  sorry, too many clients already\n\0"[..]);
    let error = decode(&mut bytes).unwrap_err().to_string();
    assert!(
        error.contains("FATAL:  sorry, too many clients already"),
        "{error}"
    );
}

#[test]
fn requests_of_authentication_are_told_apart() {
    use Authentication as Auth;
    for (body, expected) in [
        (&b"\0\0\0\0"[..], Auth::Ok),
        (b"\0\0\0\x03", Auth::CleartextPassword),
        (b"\0\0\0\x05salt", Auth::Md5Password { salt: *b"salt" }),
        (
            b"\0\0\0\x0aONE\0TWO\0\0",
            Auth::Sasl {
                mechanisms: vec!["ONE".to_owned(), "TWO".to_owned()],
            },
        ),
        (
            b"\0\0\0\x0br=1",
            Auth::SaslContinue {
                data: "r=1".to_owned(),
            },
        ),
        (
            b"\0\0\0\x0cv=1",
            Auth::SaslFinal {
                data: "v=1".to_owned(),
            },
        ),
    ] {
        assert_eq!(
            decoded(b'R', body).unwrap(),
            Some(Frame::Message(Message::Authentication(expected)))
        );
    }
}

#[test]
fn authentication_that_nobody_can_answer_is_refused() {
    for (code, method, rule) in [
        (2_u8, "Kerberos V5", "krb5"),
        (6, "SCM credential", "ident"),
        (7, "GSSAPI", "gss"),
        (9, "SSPI", "sspi"),
        (99, "an unknown kind of", "that method"),
    ] {
        assert_eq!(
            error_of(b'R', &[0, 0, 0, code]),
            format!(
                "Unknown authenticationOk message type {code}: the server asks for {method} \
                 authentication, which oxpg does not have; in the pg_hba.conf of the server, \
                 replace {rule} by scram-sha-256 for this user and address"
            )
        );
    }
    for body in [&b""[..], b"\0\0\0", b"\0\0\0\x03x", b"\0\0\0\x05sal"] {
        assert_eq!(
            error_of(b'R', body),
            "received malformed message 52 while connecting"
        );
    }
}

#[test]
fn malformed_bodies_are_refused() {
    for (code, body) in [
        (b'Z', &b""[..]),
        (b'Z', b"x"),
        (b'Z', b"II"),
        (b'K', b"\0\0\0\x01"),
        (b'S', b"TimeZone\0UTC"),
    ] {
        assert_eq!(
            error_of(code, body),
            format!("received malformed message {code:x} while connecting")
        );
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic_and_always_end(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let mut buffer = BytesMut::from(&bytes[..]);
        let mut before = buffer.len();
        while let Ok(Some(_)) = decode(&mut buffer) {
            prop_assert!(buffer.len() < before);
            before = buffer.len();
        }
    }

    #[test]
    fn random_bodies_never_panic(
        code in proptest::sample::select(b"RSKZENA".to_vec()),
        kind in 0_u8..16,
        body in proptest::collection::vec(any::<u8>(), 0..100),
    ) {
        let _ = decoded(code, &body);
        let _ = decoded(code, &[&[0, 0, 0, kind], &body[..]].concat());
    }
}
