//! Frontend messages. `postgres-protocol` writes them; only Bind is our own, because its parameters
//! arrive from JavaScript already encoded.

use bytes::{BufMut, BytesMut};
use postgres_protocol::message::frontend;

use crate::error::{Error, Result};

use super::Statement;

/// The parameters of one execution.
#[derive(Debug, Clone, Copy, Default)]
pub struct Parameters<'a> {
    /// How many there are.
    pub count: u16,
    /// One format byte each (0 text, 1 binary); empty means all text.
    pub formats: &'a [u8],
    /// Each value behind its length as Bind wants it: big-endian i32, -1 for NULL.
    pub values: &'a [u8],
}

/// A simple query.
///
/// # Errors
/// The text holds a NUL byte.
pub fn write_query(statement: &Statement, out: &mut BytesMut) -> Result<()> {
    frontend::query(&statement.text, out).map_err(|_| unsendable())
}

/// Parse, with no parameter types given (2.12).
///
/// # Errors
/// The text or name holds a NUL byte.
pub fn write_parse(statement: &Statement, out: &mut BytesMut) -> Result<()> {
    frontend::parse(&statement.name, &statement.text, [], out).map_err(|_| unsendable())
}

/// Bind, Describe portal, Execute and, if all rows are wanted at once, Sync; else Flush (2.12).
///
/// # Errors
/// The portal's name holds a NUL byte, or the message is too long for the protocol.
pub fn write_bind_execute(
    statement: &Statement,
    portal: &str,
    parameters: Parameters<'_>,
    binary_results: bool,
    rows: i32,
    out: &mut BytesMut,
) -> Result<()> {
    let start = out.len();
    out.put_u8(b'B');
    out.put_i32(0);
    put_name(portal, out)?;
    put_name(&statement.name, out)?;
    put_formats(parameters.formats, out);
    out.put_u16(parameters.count);
    out.extend_from_slice(parameters.values);
    out.put_u16(1);
    out.put_i16(i16::from(binary_results));
    let length = i32::try_from(out.len() - start - 1).map_err(|_| Error::Message {
        message: "the parameters of the query exceed 2 GiB, the most that PostgreSQL can receive"
            .to_owned(),
        code: None,
    })?;
    out[start + 1..start + 5].copy_from_slice(&length.to_be_bytes());
    frontend::describe(b'P', portal, out).map_err(|_| unsendable())?;
    write_execute(portal, rows, out)
}

/// Execute and Sync, or Execute and Flush where `rows` limits the page.
///
/// # Errors
/// The portal's name holds a NUL byte.
pub fn write_execute(portal: &str, rows: i32, out: &mut BytesMut) -> Result<()> {
    frontend::execute(portal, rows, out).map_err(|_| unsendable())?;
    if rows == 0 {
        frontend::sync(out);
    } else {
        frontend::flush(out);
    }
    Ok(())
}

/// Close portal and Sync.
///
/// # Errors
/// The portal's name holds a NUL byte.
pub fn write_close_portal(portal: &str, out: &mut BytesMut) -> Result<()> {
    frontend::close(b'P', portal, out).map_err(|_| unsendable())?;
    frontend::sync(out);
    Ok(())
}

/// CopyFail, for this reason up to its first NUL.
pub fn write_copy_fail(reason: &str, out: &mut BytesMut) {
    let reason = reason.split('\0').next().unwrap_or_default();
    // Without a NUL in the text it cannot fail.
    let _ = frontend::copy_fail(reason, out);
}

fn put_name(name: &str, out: &mut BytesMut) -> Result<()> {
    if name.as_bytes().contains(&0) {
        return Err(unsendable());
    }
    out.extend_from_slice(name.as_bytes());
    out.put_u8(0);
    Ok(())
}

fn put_formats(formats: &[u8], out: &mut BytesMut) {
    // No format code at all means text for every parameter.
    out.put_u16(u16::try_from(formats.len()).unwrap_or(u16::MAX));
    for format in formats {
        out.put_i16(i16::from(*format));
    }
}

fn unsendable() -> Error {
    Error::Message {
        message: "the SQL text or a statement name holds a NUL character (\\u0000), which PostgreSQL cannot receive"
            .to_owned(),
        code: None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn bind_carries_formats_values_and_one_result_format() {
        let mut out = BytesMut::new();
        let parameters = Parameters {
            count: 1,
            formats: &[1],
            values: &[0, 0, 0, 1, 9],
        };
        write_bind_execute(
            &Statement::new("select $1", "s"),
            "",
            parameters,
            false,
            0,
            &mut out,
        )
        .unwrap();
        let bind = b"B\0\0\0\x16\0s\0\0\x01\0\x01\0\x01\0\0\0\x01\x09\0\x01\0\0";
        assert_eq!(&out[..bind.len()], bind);
        assert_eq!(
            &out[bind.len()..],
            b"D\0\0\0\x06P\0E\0\0\0\x09\0\0\0\0\0S\0\0\0\x04"
        );
    }

    #[test]
    fn a_nul_in_the_text_is_refused() {
        let mut out = BytesMut::new();
        assert!(write_query(&Statement::new("select 1\0", ""), &mut out).is_err());
        assert!(write_parse(&Statement::new("select 1\0", ""), &mut out).is_err());
    }
}
