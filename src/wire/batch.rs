//! A batch: packed rows on their way to JavaScript.

use encoding_rs::mem;

/// Rows in the form that `lib/rows.js` reads: lengths and small integers, numbers, one flat text.
#[derive(Debug, Default)]
pub struct Batch {
    /// How many rows are packed.
    pub rows: u32,
    /// Lengths in UTF-16 units and small integers, in row order.
    pub ints: Vec<i32>,
    /// Numbers, in row order.
    pub nums: Vec<f64>,
    /// Values as UTF-8, one behind the other.
    pub text: Vec<u8>,
    /// The elements of one JSON array, each followed by a comma.
    pub json: Vec<u8>,
    /// Bodies of the DataRows, each behind its length, kept while JavaScript may ask for other kinds.
    pub raw: Vec<u8>,
    /// Whether `text` or `json` hold anything but ASCII.
    pub wide: bool,
}

/// The characters of a batch in a form that V8 copies without decoding.
#[derive(Debug)]
pub enum Text {
    /// One byte per character.
    Latin1(Vec<u8>),
    /// Two bytes per unit.
    Utf16(Vec<u16>),
}

/// A substring keeps its whole parent alive in V8, so the parents stay small.
const TEXT_LIMIT: usize = 16 * 1024;
/// One row of the widest table (1,600 columns) must still fit behind these limits: see
/// `lib/mailbox.js` for the sizes of the arrays that receive them.
const INTS_LIMIT: usize = 8 * 1024;
const NUMS_LIMIT: usize = 4_000;
/// Rows without columns fill none of the arrays.
const ROWS_LIMIT: u32 = 8 * 1024;

impl Batch {
    /// Whether the batch should leave now.
    pub fn is_full(&self) -> bool {
        self.text.len() + self.json.len() >= TEXT_LIMIT
            || self.ints.len() >= INTS_LIMIT
            || self.nums.len() >= NUMS_LIMIT
            || self.rows >= ROWS_LIMIT
    }

    /// About how many bytes the batch holds, for back-pressure.
    pub fn weight(&self) -> usize {
        self.text.len()
            + self.json.len()
            + self.raw.len()
            + 4 * self.ints.len()
            + 8 * self.nums.len()
    }

    /// Makes the batch empty again and keeps its buffers, unless a huge value grew them.
    pub fn clear(&mut self) {
        self.rows = 0;
        self.ints.clear();
        self.nums.clear();
        self.wide = false;
        for buffer in [&mut self.text, &mut self.json, &mut self.raw] {
            buffer.clear();
            buffer.shrink_to(4 * TEXT_LIMIT);
        }
    }

    /// Appends `text` then `json` (made a JSON array) to `out`, if the widths agree.
    ///
    /// Returns the lengths of both in UTF-16 units, or `None` if `out` is of the other width.
    pub fn append_text(&self, out: &mut Text) -> Option<(u32, u32)> {
        let narrow =
            !self.wide || (mem::is_utf8_latin1(&self.text) && mem::is_utf8_latin1(&self.json));
        match (out, narrow) {
            (Text::Latin1(out), true) => {
                let text = append_latin1(out, &self.text, self.wide);
                let json = self.append_json(|part| append_latin1(out, part, self.wide));
                Some((text, json))
            }
            (Text::Utf16(out), false) => {
                let text = append_utf16(out, &self.text);
                let json = self.append_json(|part| append_utf16(out, part));
                Some((text, json))
            }
            _ => None,
        }
    }

    /// An empty text of the width that this batch needs.
    pub fn text_of_own_width(&self) -> Text {
        if !self.wide || (mem::is_utf8_latin1(&self.text) && mem::is_utf8_latin1(&self.json)) {
            Text::Latin1(Vec::new())
        } else {
            Text::Utf16(Vec::new())
        }
    }

    fn append_json(&self, mut append: impl FnMut(&[u8]) -> u32) -> u32 {
        match self.json.split_last() {
            None => 0,
            Some((_comma, elements)) => append(b"[") + append(elements) + append(b"]"),
        }
    }
}

impl Text {
    /// How many UTF-16 units there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Latin1(text) => text.len(),
            Self::Utf16(text) => text.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn append_latin1(out: &mut Vec<u8>, utf8: &[u8], wide: bool) -> u32 {
    if !wide {
        out.extend_from_slice(utf8);
        return units(utf8.len());
    }
    let start = out.len();
    out.resize(start + utf8.len(), 0);
    let written = mem::convert_utf8_to_latin1_lossy(utf8, &mut out[start..]);
    out.truncate(start + written);
    units(written)
}

fn append_utf16(out: &mut Vec<u16>, utf8: &[u8]) -> u32 {
    let start = out.len();
    // encoding_rs wants one unit of room more than there are bytes.
    out.resize(start + utf8.len() + 1, 0);
    let written = mem::convert_utf8_to_utf16(utf8, &mut out[start..]);
    out.truncate(start + written);
    units(written)
}

fn units(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_without_columns_fill_a_batch() {
        let mut batch = Batch::default();
        assert!(!batch.is_full());
        batch.rows = ROWS_LIMIT;
        assert!(batch.is_full());
    }
}
