//! ErrorResponse and NoticeResponse, the two messages with one body.

use crate::error::ServerError;

/// Reads the body of an ErrorResponse or NoticeResponse: the bytes behind the length field.
///
/// A malformed body gives the fields up to the flaw: an error report is never worth less than
/// the complaint that it is malformed. Bytes that are not UTF-8 become U+FFFD, as in Node.
pub fn parse(body: &[u8]) -> ServerError {
    let mut fields = Vec::new();
    let mut rest = body;
    while let Some((&code, tail)) = rest.split_first() {
        if code == 0 {
            break;
        }
        let end = tail.iter().position(|byte| *byte == 0);
        let (value, tail) = match end {
            Some(end) => (&tail[..end], &tail[end + 1..]),
            None => (tail, &[][..]),
        };
        fields.push((
            char::from(code),
            String::from_utf8_lossy(value).into_owned(),
        ));
        rest = tail;
    }
    if !fields.iter().any(|(code, _)| *code == 'M') || rest.is_empty() {
        explain(&mut fields);
    }
    ServerError {
        // pg exposes the length field as sent, which counts itself.
        length: u32::try_from(body.len() + 4).unwrap_or(u32::MAX),
        fields,
    }
}

/// A report without a message, or one that breaks off, says so in the words that people read.
fn explain(fields: &mut Vec<(char, String)>) {
    let message = match fields.iter().position(|(code, _)| *code == 'M') {
        Some(index) => format!(
            "the server sent a malformed error report: {}",
            fields.swap_remove(index).1
        ),
        None => "the server sent an error report without a message".to_owned(),
    };
    fields.push(('M', message));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keeps_the_fields_in_order_and_the_length_as_sent() {
        let body = b"SFATAL\0C28P01\0Mpassword authentication failed\0\0";
        let error = parse(body);
        assert_eq!(error.length as usize, body.len() + 4);
        assert_eq!(
            error.fields,
            [
                ('S', "FATAL".to_owned()),
                ('C', "28P01".to_owned()),
                ('M', "password authentication failed".to_owned()),
            ]
        );
    }

    #[test]
    fn a_body_cut_short_keeps_what_has_arrived() {
        assert_eq!(
            parse(b"SFATAL\0Mno ro").field('M'),
            Some("the server sent a malformed error report: no ro")
        );
        assert_eq!(
            parse(b"").field('M'),
            Some("the server sent an error report without a message")
        );
    }

    #[test]
    fn bytes_that_are_not_utf8_are_replaced() {
        assert_eq!(parse(b"Mcaf\xe9\0\0").field('M'), Some("caf\u{fffd}"));
    }

    proptest! {
        #[test]
        fn never_panics(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let error = parse(&body);
            prop_assert_eq!(error.length as usize, body.len() + 4);
        }
    }
}
