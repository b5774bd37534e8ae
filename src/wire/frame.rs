//! Cutting the byte stream of a backend into frames.

use crate::error::{Error, Result};

/// One backend message: its tag and its body, borrowed from the read buffer.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// The message type byte.
    pub tag: u8,
    /// What follows the length field.
    pub body: &'a [u8],
    /// Bytes of the whole frame: tag, length field and body.
    pub total: usize,
}

/// Bytes of a tag and a length field.
pub(super) const HEADER: usize = 5;

/// The first frame of `bytes`, or how many bytes a read buffer must be able to hold to complete it.
///
/// # Errors
/// A tag that PostgreSQL never sends, or a length that cannot be true for its tag: waiting for the
/// rest of such a frame would hang on garbage.
pub fn split_frame(bytes: &[u8]) -> Result<std::result::Result<Frame<'_>, usize>> {
    let Some(&tag) = bytes.first() else {
        return Ok(Err(HEADER));
    };
    check_tag(tag)?;
    let Some(length) = bytes.get(1..HEADER) else {
        return Ok(Err(HEADER));
    };
    let body_length = body_length(tag, [length[0], length[1], length[2], length[3]])?;
    let total = HEADER + body_length;
    match bytes.get(HEADER..total) {
        Some(body) => Ok(Ok(Frame { tag, body, total })),
        None => Ok(Err(total)),
    }
}

/// Refuses a tag that PostgreSQL never sends.
pub(super) fn check_tag(tag: u8) -> Result<()> {
    if is_backend_tag(tag) {
        return Ok(());
    }
    Err(Error::Protocol {
        message: format!("received invalid response: {tag:x}"),
    })
}

/// How long a body is whose message has this tag and length field, if that can be true.
pub(super) fn body_length(tag: u8, length: [u8; 4]) -> Result<usize> {
    let length = i32::from_be_bytes(length);
    let body_length = usize::try_from(length).ok().and_then(|n| n.checked_sub(4));
    body_length
        .filter(|n| *n <= longest_body(tag))
        .ok_or_else(|| Error::Protocol {
            message: format!(
                "received a message of type '{}' with the impossible length {length}; \
                 the peer does not speak the PostgreSQL protocol",
                tag as char
            ),
        })
}

const fn is_backend_tag(tag: u8) -> bool {
    matches!(
        tag,
        b'1' | b'2'
            | b'3'
            | b'A'
            | b'C'
            | b'D'
            | b'E'
            | b'G'
            | b'H'
            | b'I'
            | b'K'
            | b'N'
            | b'R'
            | b'S'
            | b'T'
            | b'V'
            | b'W'
            | b'Z'
            | b'c'
            | b'd'
            | b'n'
            | b's'
            | b't'
    )
}

/// The longest body that a message of this type can have.
const fn longest_body(tag: u8) -> usize {
    match tag {
        b'1' | b'2' | b'3' | b'I' | b'c' | b'n' | b's' => 0,
        b'Z' => 1,
        // Key data: process id and a secret of at most 256 bytes (protocol 3.2).
        b'K' => 260,
        b'C' | b'S' => 1 << 20,
        // Two counts and a format or type per column or parameter.
        b'G' | b'H' | b'W' | b't' => 2 + 4 * 65_536 + 3,
        // PostgreSQL itself refuses to build a message of 1 GiB.
        _ => 1 << 30,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn a_whole_frame_is_cut_off() {
        let frame = split_frame(b"Z\0\0\0\x05IZ").unwrap().unwrap();
        assert_eq!((frame.tag, frame.body, frame.total), (b'Z', &b"I"[..], 6));
    }

    #[test]
    fn a_partial_frame_says_how_many_bytes_it_needs() {
        assert_eq!(split_frame(b"").unwrap().unwrap_err(), 5);
        assert_eq!(split_frame(b"D\0\0\0\x10abc").unwrap().unwrap_err(), 17);
    }

    #[test]
    fn an_unknown_tag_is_refused_with_pgs_message() {
        let error = split_frame(b"v\0\0\0\x05x").unwrap_err();
        assert_eq!(error.to_string(), "received invalid response: 76");
    }

    #[test]
    fn an_impossible_length_is_refused_instead_of_awaited() {
        assert!(split_frame(b"Z\0\0\0\x09").is_err());
        assert!(split_frame(b"D\xff\xff\xff\xff").is_err());
        assert!(split_frame(b"D\0\0\0\x03").is_err());
    }
}
