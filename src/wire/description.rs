//! RowDescription: what the columns of a result are.

use serde::Serialize;

use crate::error::{Error, Result};

/// One column, with the names that pg gives its properties.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Column {
    /// The column's name.
    pub name: String,
    /// The table's oid, or 0.
    #[serde(rename = "tableID")]
    pub table_id: u32,
    /// The attribute number within the table, or 0.
    #[serde(rename = "columnID")]
    pub column_id: i16,
    /// The type's oid.
    #[serde(rename = "dataTypeID")]
    pub data_type_id: u32,
    /// The type's size in bytes; negative means variable.
    pub data_type_size: i16,
    /// The type modifier.
    pub data_type_modifier: i32,
    /// 0: text, 1: binary.
    pub format: i16,
}

/// PostgreSQL's own limit is 1,664. One row of as many must fit into a batch's arrays behind what a
/// batch may hold already: see `src/binding/chunk.rs` for their sizes.
const MOST_COLUMNS: u16 = 2_048;

/// The columns in the body of a RowDescription.
///
/// # Errors
/// The body ends early, or there are more columns than PostgreSQL can have.
pub fn parse_row_description(body: &[u8]) -> Result<Vec<Column>> {
    let mut reader = Reader { rest: body };
    let count = u16::from_be_bytes(reader.take()?);
    if count > MOST_COLUMNS {
        return Err(Error::Protocol {
            message: format!(
                "received a row description with {count} columns; PostgreSQL has at most 1,664"
            ),
        });
    }
    let mut columns = Vec::with_capacity(usize::from(count));
    for _ in 0..count {
        columns.push(Column {
            name: reader.name()?,
            table_id: u32::from_be_bytes(reader.take()?),
            column_id: i16::from_be_bytes(reader.take()?),
            data_type_id: u32::from_be_bytes(reader.take()?),
            data_type_size: i16::from_be_bytes(reader.take()?),
            data_type_modifier: i32::from_be_bytes(reader.take()?),
            format: i16::from_be_bytes(reader.take()?),
        });
    }
    Ok(columns)
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or_else(ends_early)?;
        self.rest = rest;
        Ok(*head)
    }

    fn name(&mut self) -> Result<String> {
        let end = self
            .rest
            .iter()
            .position(|byte| *byte == 0)
            .ok_or_else(ends_early)?;
        let name = String::from_utf8_lossy(&self.rest[..end]).into_owned();
        self.rest = &self.rest[end + 1..];
        Ok(name)
    }
}

fn ends_early() -> Error {
    Error::Protocol {
        message: "received a row description that ends early".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_columns_than_fit_into_a_batch_are_refused() {
        let error =
            parse_row_description(&u16::MAX.to_be_bytes()).map_err(|error| error.to_string());
        assert!(error.is_err_and(|message| message.contains("65535 columns")));
    }
}
