//! Packing DataRows into batches.

use std::borrow::Cow;

use crate::error::{Error, Result};

use super::{Batch, Kind, array, temporal};

/// "NULL" among the lengths, and in the first part of a date.
const NULL: i32 = -1;
/// In the first part of a date or behind a NaN: the value follows as text, for the parser.
const AS_TEXT: i32 = -2;
/// Behind a NaN: it is a real one.
const REAL_NAN: i32 = 0;

/// Packs the body of one DataRow. With `keep_raw`, the body is kept too.
///
/// # Errors
/// The row is malformed or has another number of columns than its description.
pub fn pack_row(batch: &mut Batch, kinds: &[Kind], body: &[u8], keep_raw: bool) -> Result<()> {
    let Some((count, mut rest)) = body.split_first_chunk::<2>() else {
        return Err(malformed());
    };
    if usize::from(u16::from_be_bytes(*count)) != kinds.len() {
        return Err(malformed());
    }
    for kind in kinds {
        let (length, tail) = rest.split_first_chunk::<4>().ok_or_else(malformed)?;
        let value = match usize::try_from(i32::from_be_bytes(*length)) {
            Ok(length) => {
                let value = tail.get(..length).ok_or_else(malformed)?;
                rest = &tail[length..];
                Some(value)
            }
            Err(_) => {
                rest = tail;
                None
            }
        };
        pack_value(batch, *kind, value);
    }
    batch.rows += 1;
    if keep_raw {
        let length = u32::try_from(body.len()).map_err(|_| malformed())?;
        batch.raw.extend_from_slice(&length.to_ne_bytes());
        batch.raw.extend_from_slice(body);
    }
    Ok(())
}

/// Packs rows anew, with other kinds, from what [`pack_row`] kept.
///
/// # Errors
/// `raw` is not what was kept.
pub fn repack(raw: &[u8], kinds: &[Kind]) -> Result<Batch> {
    let mut batch = Batch::default();
    let mut rest = raw;
    while let Some((length, tail)) = rest.split_first_chunk::<4>() {
        let length = u32::from_ne_bytes(*length) as usize;
        let body = tail.get(..length).ok_or_else(malformed)?;
        pack_row(&mut batch, kinds, body, false)?;
        rest = &tail[length..];
    }
    Ok(batch)
}

fn pack_value(batch: &mut Batch, kind: Kind, value: Option<&[u8]>) {
    match kind {
        Kind::Text => match value {
            Some(value) => push_text(batch, value),
            None => batch.ints.push(NULL),
        },
        Kind::Bytes => match value {
            Some(value) => push_bytes(batch, value),
            None => batch.ints.push(NULL),
        },
        Kind::Int => push_number(batch, value, parse_int),
        Kind::Float => push_number(batch, value, parse_float),
        Kind::Bool => batch
            .ints
            .push(value.map_or(NULL, |value| i32::from(is_true(value)))),
        Kind::TimestampTz => push_number(batch, value, temporal::timestamp_tz),
        Kind::Timestamp => match value.map(|value| (value, temporal::timestamp(value))) {
            None => batch.ints.push(NULL),
            Some((_, Some(parts))) => batch.ints.extend_from_slice(&parts),
            Some((value, None)) => push_as_text(batch, value),
        },
        Kind::Date => match value.map(|value| (value, temporal::date(value))) {
            None => batch.ints.push(NULL),
            Some((_, Some(parts))) => batch.ints.extend_from_slice(&parts),
            Some((value, None)) => push_as_text(batch, value),
        },
        Kind::Json | Kind::IntArray | Kind::FloatArray | Kind::TextArray | Kind::BoolArray => {
            push_json(batch, kind, value);
        }
    }
}

fn push_text(batch: &mut Batch, value: &[u8]) {
    let length = if value.is_ascii() {
        batch.text.extend_from_slice(value);
        value.len()
    } else {
        batch.wide = true;
        // Invalid UTF-8 (a SQL_ASCII database) becomes U+FFFD, as in pg (R-10).
        let value = String::from_utf8_lossy(value);
        batch.text.extend_from_slice(value.as_bytes());
        value.encode_utf16().count()
    };
    batch.ints.push(i32::try_from(length).unwrap_or(i32::MAX));
}

/// Latin-1 text has one character per byte, and JavaScript makes a Buffer of it.
fn push_bytes(batch: &mut Batch, value: &[u8]) {
    batch.wide |= !value.is_ascii();
    for byte in value {
        batch
            .text
            .extend_from_slice(char::from(*byte).encode_utf8(&mut [0; 2]).as_bytes());
    }
    batch
        .ints
        .push(i32::try_from(value.len()).unwrap_or(i32::MAX));
}

fn push_as_text(batch: &mut Batch, value: &[u8]) {
    batch.ints.push(AS_TEXT);
    push_text(batch, value);
}

/// Numbers the server never sends in another form; anything else is the parser's business.
fn parse_int(value: &[u8]) -> Option<f64> {
    let (negative, digits) = match value.split_first() {
        Some((b'-', digits)) => (true, digits),
        _ => (false, value),
    };
    if digits.is_empty() || digits.len() > 15 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = digits
        .iter()
        .fold(0i64, |number, digit| number * 10 + i64::from(digit - b'0'));
    #[allow(clippy::cast_precision_loss, reason = "15 digits fit a double")]
    let number = number as f64;
    Some(if negative { -number } else { number })
}

fn parse_float(value: &[u8]) -> Option<f64> {
    let plain = |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e');
    match value {
        b"NaN" => Some(f64::NAN),
        b"Infinity" => Some(f64::INFINITY),
        b"-Infinity" => Some(f64::NEG_INFINITY),
        _ if value.iter().all(plain) => std::str::from_utf8(value).ok()?.parse().ok(),
        _ => None,
    }
}

/// A number; what a NaN means stands among the lengths.
fn push_number(batch: &mut Batch, value: Option<&[u8]>, parse: fn(&[u8]) -> Option<f64>) {
    match value.map(|value| (value, parse(value))) {
        Some((_, Some(number))) => {
            batch.nums.push(number);
            if number.is_nan() {
                batch.ints.push(REAL_NAN);
            }
        }
        Some((value, None)) => {
            batch.nums.push(f64::NAN);
            push_as_text(batch, value);
        }
        None => {
            batch.nums.push(f64::NAN);
            batch.ints.push(NULL);
        }
    }
}

/// pg-types' list of what is true.
fn is_true(value: &[u8]) -> bool {
    matches!(
        value,
        b"t" | b"true" | b"TRUE" | b"y" | b"yes" | b"on" | b"1"
    )
}

fn push_json(batch: &mut Batch, kind: Kind, value: Option<&[u8]>) {
    match value {
        None => batch.json.extend_from_slice(b"null"),
        Some(value) => {
            let value = if value.is_ascii() {
                Cow::Borrowed(value)
            } else {
                batch.wide = true;
                match String::from_utf8_lossy(value) {
                    Cow::Borrowed(_) => Cow::Borrowed(value),
                    Cow::Owned(repaired) => Cow::Owned(repaired.into_bytes()),
                }
            };
            let start = batch.json.len();
            if kind == Kind::Json {
                batch.json.extend_from_slice(&value);
            } else if array::to_json(&value, kind, &mut batch.json).is_none() {
                // Not an array that JSON can say (NaN, a dimension prefix): a JSON string holds the
                // literal and JavaScript calls the parser with it.
                batch.json.truncate(start);
                array::push_json_string(&value, &mut batch.json);
            }
        }
    }
    batch.json.push(b',');
}

fn malformed() -> Error {
    Error::Protocol {
        message: "received a data row that does not match its row description".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::wire::Text;

    fn row(values: &[Option<&str>]) -> Vec<u8> {
        let mut body = u16::try_from(values.len()).unwrap().to_be_bytes().to_vec();
        for value in values {
            match value {
                None => body.extend_from_slice(&(-1i32).to_be_bytes()),
                Some(value) => {
                    body.extend_from_slice(&i32::try_from(value.len()).unwrap().to_be_bytes());
                    body.extend_from_slice(value.as_bytes());
                }
            }
        }
        body
    }

    fn text_of(batch: &Batch) -> String {
        let mut text = batch.text_of_own_width();
        batch.append_text(&mut text).unwrap();
        match text {
            Text::Latin1(text) => text.into_iter().map(char::from).collect(),
            Text::Utf16(text) => String::from_utf16(&text).unwrap(),
        }
    }

    #[test]
    fn lengths_count_utf16_units() {
        let mut batch = Batch::default();
        let kinds = [Kind::Text, Kind::Text, Kind::Text];
        pack_row(
            &mut batch,
            &kinds,
            &row(&[Some("añ"), None, Some("😀")]),
            false,
        )
        .unwrap();
        assert_eq!(batch.ints, [2, -1, 2]);
        assert_eq!(text_of(&batch), "añ😀");
    }

    #[test]
    fn latin_text_stays_one_byte_wide() {
        let mut batch = Batch::default();
        pack_row(&mut batch, &[Kind::Text], &row(&[Some("straße")]), false).unwrap();
        assert!(matches!(batch.text_of_own_width(), Text::Latin1(_)));
        assert_eq!(text_of(&batch), "straße");
    }

    #[test]
    fn numbers_booleans_and_nulls_find_their_places() {
        let mut batch = Batch::default();
        let kinds = [
            Kind::Int,
            Kind::Int,
            Kind::Float,
            Kind::Float,
            Kind::Float,
            Kind::Bool,
        ];
        let values = [
            Some("-7"),
            None,
            Some("1e-07"),
            Some("NaN"),
            None,
            Some("t"),
        ];
        pack_row(&mut batch, &kinds, &row(&values), false).unwrap();
        assert_eq!(batch.nums[0], -7.0);
        assert!(batch.nums[1].is_nan());
        assert_eq!(batch.nums[2], 1e-7);
        assert_eq!(batch.ints, [-1, 0, -1, 1]);
    }

    #[test]
    fn binary_values_are_one_character_per_byte() {
        let mut batch = Batch::default();
        let mut body = row(&[Some("abcd")]);
        body.splice(6.., [0u8, 1, 128, 255]);
        pack_row(&mut batch, &[Kind::Bytes], &body, false).unwrap();
        assert_eq!(batch.ints, [4]);
        assert_eq!(text_of(&batch), "\0\u{1}\u{80}\u{ff}");
    }

    #[test]
    fn json_and_arrays_become_one_json_text() {
        let mut batch = Batch::default();
        let kinds = [Kind::Json, Kind::TextArray, Kind::FloatArray, Kind::Json];
        let values = [
            Some(r#"{"a":1}"#),
            Some(r#"{a,"b\"c",NULL}"#),
            Some("{NaN}"),
            None,
        ];
        pack_row(&mut batch, &kinds, &row(&values), false).unwrap();
        assert_eq!(
            text_of(&batch),
            r#"[{"a":1},["a","b\"c",null],"{NaN}",null]"#
        );
    }

    #[test]
    fn kept_rows_can_be_packed_anew_as_text() {
        let mut batch = Batch::default();
        pack_row(&mut batch, &[Kind::Int], &row(&[Some("42")]), true).unwrap();
        pack_row(&mut batch, &[Kind::Int], &row(&[None]), true).unwrap();
        let again = repack(&batch.raw, &[Kind::Text]).unwrap();
        assert_eq!(
            (again.rows, again.ints.as_slice(), text_of(&again).as_str()),
            (2, &[2, -1][..], "42")
        );
    }

    #[test]
    fn a_malformed_row_is_an_error() {
        let mut batch = Batch::default();
        for body in [
            &b""[..],
            b"\0\x01",
            b"\0\x01\0\0\0\x05ab",
            b"\0\x02\xff\xff\xff\xff",
        ] {
            assert!(pack_row(&mut batch, &[Kind::Text], body, false).is_err());
        }
    }
}
