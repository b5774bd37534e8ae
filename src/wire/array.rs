//! PostgreSQL array literals as JSON texts, with the elements that pg-types would give (3.4).

use super::Kind;

/// Appends the JSON form of the literal. `None`: JSON cannot say it, and `out` holds rubbish.
pub(super) fn to_json(literal: &[u8], kind: Kind, out: &mut Vec<u8>) -> Option<()> {
    let mut cursor = Cursor { rest: literal };
    array(&mut cursor, kind, out, 0)?;
    cursor.rest.is_empty().then_some(())
}

/// Appends `text`, which is valid UTF-8, as a JSON string.
pub(super) fn push_json_string(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text {
        push_json_byte(*byte, out);
    }
    out.push(b'"');
}

struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn next(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    /// The bytes up to the next delimiter of an unquoted element.
    fn unquoted(&mut self) -> Option<&'a [u8]> {
        let end = self
            .rest
            .iter()
            .position(|byte| matches!(byte, b',' | b'}'))?;
        let (element, rest) = self.rest.split_at(end);
        self.rest = rest;
        let plain =
            !element.is_empty() && !element.iter().any(|b| matches!(b, b'{' | b'"' | b'\\'));
        plain.then_some(element)
    }
}

/// PostgreSQL's own limit is 6 dimensions.
const DEEPEST: usize = 8;

fn array(cursor: &mut Cursor<'_>, kind: Kind, out: &mut Vec<u8>, depth: usize) -> Option<()> {
    if depth > DEEPEST || cursor.next()? != b'{' {
        return None;
    }
    out.push(b'[');
    if cursor.peek()? == b'}' {
        cursor.next();
        out.push(b']');
        return Some(());
    }
    loop {
        match cursor.peek()? {
            b'{' => array(cursor, kind, out, depth + 1)?,
            b'"' => quoted(cursor, kind, out)?,
            _ => element(cursor.unquoted()?, kind, out)?,
        }
        match cursor.next()? {
            b',' => out.push(b','),
            b'}' => {
                out.push(b']');
                return Some(());
            }
            _ => return None,
        }
    }
}

fn quoted(cursor: &mut Cursor<'_>, kind: Kind, out: &mut Vec<u8>) -> Option<()> {
    if kind != Kind::TextArray {
        return None;
    }
    cursor.next();
    out.push(b'"');
    loop {
        match cursor.next()? {
            b'"' => break,
            b'\\' => push_json_byte(cursor.next()?, out),
            byte => push_json_byte(byte, out),
        }
    }
    out.push(b'"');
    Some(())
}

fn element(text: &[u8], kind: Kind, out: &mut Vec<u8>) -> Option<()> {
    // postgres-array takes only the upper-case, unquoted word for NULL, and the server sends it so.
    if text == b"NULL" {
        out.extend_from_slice(b"null");
        return Some(());
    }
    match kind {
        Kind::TextArray => push_json_string(text, out),
        Kind::BoolArray => out.extend_from_slice(match text {
            b"t" => b"true",
            b"f" => b"false",
            _ => return None,
        }),
        _ if is_json_number(text) => out.extend_from_slice(text),
        _ => return None,
    }
    Some(())
}

/// JSON's own grammar: PostgreSQL's `NaN` and `Infinity` are not in it.
fn is_json_number(text: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest[0] == b'0') {
        return false;
    }
    let mut rest = &rest[whole..];
    if let Some(tail) = rest.strip_prefix(b".") {
        let fraction = digits(tail);
        if fraction == 0 {
            return false;
        }
        rest = &tail[fraction..];
    }
    match rest.split_first() {
        None => true,
        Some((b'e' | b'E', tail)) => {
            let tail = tail
                .strip_prefix(b"+")
                .or_else(|| tail.strip_prefix(b"-"))
                .unwrap_or(tail);
            !tail.is_empty() && digits(tail) == tail.len()
        }
        Some(_) => false,
    }
}

fn push_json_byte(byte: u8, out: &mut Vec<u8>) {
    match byte {
        b'"' => out.extend_from_slice(b"\\\""),
        b'\\' => out.extend_from_slice(b"\\\\"),
        0..=0x1f => {
            const HEX: &[u8; 16] = b"0123456789abcdef";
            out.extend_from_slice(b"\\u00");
            out.push(HEX[usize::from(byte >> 4)]);
            out.push(HEX[usize::from(byte & 15)]);
        }
        _ => out.push(byte),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn json(literal: &str, kind: Kind) -> Option<String> {
        let mut out = Vec::new();
        to_json(literal.as_bytes(), kind, &mut out)?;
        Some(String::from_utf8(out).unwrap())
    }

    #[test]
    fn text_arrays_keep_quotes_nulls_and_nesting() {
        let literal = "{a,\"b,\\\"c\\\\\",NULL,\"NULL\",{x,y},\"tab\there\"}";
        let expected = r#"["a","b,\"c\\",null,"NULL",["x","y"],"tab\u0009here"]"#;
        assert_eq!(json(literal, Kind::TextArray).as_deref(), Some(expected));
        assert_eq!(json("{}", Kind::TextArray).as_deref(), Some("[]"));
    }

    #[test]
    fn numbers_must_be_json_numbers() {
        assert_eq!(
            json("{1,-2,NULL}", Kind::IntArray).as_deref(),
            Some("[1,-2,null]")
        );
        assert_eq!(
            json("{1.50,1e-07}", Kind::FloatArray).as_deref(),
            Some("[1.50,1e-07]")
        );
        for literal in ["{NaN}", "{Infinity}", "{01}", "{1.}", "{1e}", "{\"1\"}"] {
            assert_eq!(json(literal, Kind::FloatArray), None, "{literal}");
        }
    }

    #[test]
    fn what_is_no_plain_literal_is_left_to_the_parser() {
        for literal in ["", "[0:1]={1,2}", "{1", "{1}x", "{,}", "{a{b}"] {
            assert_eq!(json(literal, Kind::TextArray), None, "{literal}");
        }
    }

    #[test]
    fn booleans_become_json_booleans() {
        assert_eq!(
            json("{t,f,NULL}", Kind::BoolArray).as_deref(),
            Some("[true,false,null]")
        );
    }
}
