//! Deliveries as JavaScript reads them: integers, numbers and one flat string.
//!
//! A chunk is a sequence of records. `ints[0]` is the count of integers; each record begins with its
//! type. Records refer to the string by length only, in order. `lib/mailbox.js` is the reader.

use encoding_rs::mem;

use crate::session::{Credit, Event};
use crate::wire::{Batch, Plan, Text};

/// Room of the JavaScript arrays, in elements; `lib/mailbox.js` allocates these.
pub(super) const INTS_ROOM: usize = 32 * 1024;
pub(super) const NUMS_ROOM: usize = 8 * 1024;
/// Small results share a string only up to here: a value kept by the app keeps its parent alive.
const SHARED_TEXT: usize = 4 * 1024;

/// Record types, known to `lib/mailbox.js`.
mod record {
    pub(super) const ROWS: i32 = 1;
    pub(super) const COMMAND: i32 = 2;
    pub(super) const EMPTY: i32 = 3;
    pub(super) const FAILED: i32 = 4;
    pub(super) const READY: i32 = 5;
    pub(super) const EVENT: i32 = 6;
    pub(super) const PLAN: i32 = 7;
    pub(super) const FORGET: i32 = 8;
}

#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) ints: Vec<i32>,
    pub(super) nums: Vec<f64>,
    pub(super) text: Text,
    /// Rows as they came, for `repack`.
    pub(super) raw: Vec<u8>,
    pub(super) credits: Vec<Credit>,
}

impl Chunk {
    fn new(text: Text) -> Self {
        Self {
            ints: vec![0],
            nums: Vec::new(),
            text,
            raw: Vec::new(),
            credits: Vec::new(),
        }
    }

    /// An empty chunk for a text like this one.
    pub(super) fn for_text(text: &str) -> Self {
        let narrow = mem::is_str_latin1(text);
        Self::new(if narrow {
            Text::Latin1(Vec::new())
        } else {
            Text::Utf16(Vec::new())
        })
    }

    /// An empty chunk for this batch.
    pub(super) fn for_batch(batch: &Batch) -> Self {
        Self::new(batch.text_of_own_width())
    }

    /// Appends rows; false if they belong in another chunk.
    pub(super) fn push_rows(
        &mut self,
        ticket: u32,
        session: u32,
        plan: &Plan,
        batch: &Batch,
    ) -> bool {
        const HEADER: usize = 11;
        let alone = self.ints.len() == 1;
        let fits = self.ints.len() + HEADER + batch.ints.len() <= INTS_ROOM
            && self.nums.len() + batch.nums.len() <= NUMS_ROOM
            && self.text.len() + batch.text.len() + batch.json.len() <= SHARED_TEXT;
        if !fits && !alone {
            return false;
        }
        let Some((text, json)) = batch.append_text(&mut self.text) else {
            return false;
        };
        let (raw_start, raw_length) = (self.raw.len(), batch.raw.len());
        self.raw.extend_from_slice(&batch.raw);
        self.ints.extend_from_slice(&[
            record::ROWS,
            number(ticket),
            number(session),
            number(plan.id),
            number(batch.rows),
            number(text),
            number(json),
            length(raw_start),
            length(raw_length),
            length(batch.ints.len()),
            length(batch.nums.len()),
        ]);
        self.ints.extend_from_slice(&batch.ints);
        self.nums.extend_from_slice(&batch.nums);
        true
    }

    pub(super) fn push_command(&mut self, ticket: u32, tag: &str) -> bool {
        self.push_text(tag, |length| [record::COMMAND, number(ticket), length])
    }

    pub(super) fn push_failed(&mut self, ticket: u32, error: &str) -> bool {
        self.push_text(error, |length| [record::FAILED, number(ticket), length])
    }

    pub(super) fn push_plan(&mut self, id: u32, plan: &str) -> bool {
        self.push_text(plan, |length| [record::PLAN, number(id), length])
    }

    pub(super) fn push_event(&mut self, event: &Event) -> bool {
        self.push_text(&event.detail, |length| {
            [
                record::EVENT,
                event.kind as i32,
                number(event.pool),
                number(event.session),
                number(event.ticket),
                length,
            ]
        })
    }

    pub(super) fn push_empty(&mut self, ticket: u32) -> bool {
        self.push_text("", |_| [record::EMPTY, number(ticket)])
    }

    pub(super) fn push_ready(&mut self, ticket: u32, status: u8) -> bool {
        self.push_text("", |_| [record::READY, number(ticket), i32::from(status)])
    }

    pub(super) fn push_forget(&mut self) -> bool {
        self.push_text("", |_| [record::FORGET])
    }

    fn push_text<const N: usize>(
        &mut self,
        text: &str,
        record: impl FnOnce(i32) -> [i32; N],
    ) -> bool {
        let alone = self.ints.len() == 1;
        let fits = self.ints.len() + N <= INTS_ROOM
            && (text.is_empty() || self.text.len() + text.len() <= 4 * SHARED_TEXT);
        if !fits && !alone {
            return false;
        }
        let Some(length) = append(&mut self.text, text) else {
            return false;
        };
        self.ints.extend_from_slice(&record(length));
        true
    }
}

/// Appends the text if it has, or can have, the width of `out`; its length in UTF-16 units.
fn append(out: &mut Text, text: &str) -> Option<i32> {
    let before = out.len();
    match out {
        Text::Latin1(out) if text.is_ascii() => out.extend_from_slice(text.as_bytes()),
        Text::Latin1(out) if mem::is_str_latin1(text) => out.extend(text.chars().map(latin1)),
        Text::Latin1(_) => return None,
        Text::Utf16(out) => out.extend(text.encode_utf16()),
    }
    Some(length(out.len() - before))
}

fn latin1(character: char) -> u8 {
    u8::try_from(u32::from(character)).unwrap_or(b'?')
}

/// Numbers stay below 2^31 in practice; JavaScript reads them as unsigned where they may not.
const fn number(value: u32) -> i32 {
    value.cast_signed()
}

fn length(value: usize) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}
