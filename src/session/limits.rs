//! How large a result may be.

use crate::error::Error;
use crate::wire::Column;

/// Limits in bytes, as values travel; 0 means none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// For all rows of a query, or of a cursor's page, together.
    pub result: u64,
    /// For a single value.
    pub field: u64,
}

/// What keeps a result within its limits.
#[derive(Debug)]
pub(super) struct Meter {
    limits: Limits,
    seen: u64,
}

/// The limit that was passed, and how.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Excess {
    Result { limit: u64, met: u64 },
    Field { limit: u64, met: u64, column: usize },
}

impl Meter {
    /// `None` where nothing is limited.
    pub(super) fn new(limits: Limits) -> Option<Self> {
        (limits != Limits::default()).then_some(Self { limits, seen: 0 })
    }

    /// The next page counts for itself.
    pub(super) fn start_over(&mut self) {
        self.seen = 0;
    }

    /// Counts a DataRow.
    pub(super) fn count(&mut self, body: &[u8]) -> Result<(), Excess> {
        self.check(body, body.len())?;
        self.seen += body.len() as u64;
        Ok(())
    }

    /// Looks at the body of a DataRow of which only a part may have come.
    pub(super) fn check(&self, part: &[u8], length: usize) -> Result<(), Excess> {
        let length = length as u64;
        if self.limits.field > 0 && length > self.limits.field {
            self.check_fields(part)?;
        }
        let met = self.seen + length;
        if self.limits.result > 0 && met > self.limits.result {
            let limit = self.limits.result;
            return Err(Excess::Result { limit, met });
        }
        Ok(())
    }

    fn check_fields(&self, part: &[u8]) -> Result<(), Excess> {
        let limit = self.limits.field;
        let Some((count, mut rest)) = part.split_first_chunk::<2>() else {
            return Ok(());
        };
        // No more than there can be: a huge row is looked at again whenever more of it has come.
        for column in 0..usize::from(u16::from_be_bytes(*count)) {
            let Some((length, tail)) = rest.split_first_chunk::<4>() else {
                break;
            };
            let length = usize::try_from(i32::from_be_bytes(*length)).unwrap_or(0);
            let met = length as u64;
            if met > limit {
                return Err(Excess::Field { limit, met, column });
            }
            rest = tail.get(length..).unwrap_or_default();
        }
        Ok(())
    }
}

impl Excess {
    /// The error for people.
    pub(super) fn to_error(&self, columns: &[Column]) -> Error {
        let (message, code) = match *self {
            Self::Result { limit, met } => (
                format!(
                    "The result is larger than maxResultBytes allows: {met} bytes of rows have come, the \
                     limit is {limit}. Select fewer rows or columns, read them in pages with \
                     client.cursor() or pool.stream(), or raise maxResultBytes."
                ),
                "ERR_OXPG_RESULT_TOO_LARGE",
            ),
            Self::Field { limit, met, column } => (
                format!(
                    "A value of the column \"{}\" is larger than maxFieldBytes allows: it has {met} bytes, \
                     the limit is {limit}. Select a part of it (substring), move it with COPY, or raise \
                     maxFieldBytes.",
                    columns.get(column).map_or("?", |column| &column.name)
                ),
                "ERR_OXPG_FIELD_TOO_LARGE",
            ),
        };
        Error::Message {
            message,
            code: Some(code.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &[u8] = b"\0\x02\0\0\0\x01a\0\0\0\x09";

    #[test]
    fn a_value_is_refused_by_its_length_alone() {
        let meter = Meter::new(Limits {
            result: 0,
            field: 8,
        });
        let excess = Excess::Field {
            limit: 8,
            met: 9,
            column: 1,
        };
        assert_eq!(meter.map(|it| it.check(ROW, 20)), Some(Err(excess)));
    }

    #[test]
    fn rows_add_up_until_the_page_ends() {
        let limits = Limits {
            result: 5,
            field: 0,
        };
        let Some(mut meter) = Meter::new(limits) else {
            unreachable!("there is a limit")
        };
        assert_eq!(meter.count(b"\0\0\0"), Ok(()));
        let excess = Excess::Result { limit: 5, met: 6 };
        assert_eq!(meter.count(b"\0\0\0"), Err(excess));
        meter.start_over();
        assert_eq!(meter.count(b"\0\0\0"), Ok(()));
    }

    #[test]
    fn no_limit_means_no_meter() {
        assert!(Meter::new(Limits::default()).is_none());
    }
}
