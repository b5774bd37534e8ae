//! A whole stream of backend messages, cut into frames; every row is packed under its description.

#![no_main]

use libfuzzer_sys::fuzz_target;
use oxpg::wire::{Batch, Kind, pack_row, parse_row_description, split_frame};

fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    let mut kinds = Vec::new();
    let mut batch = Batch::default();
    while let Ok(Ok(frame)) = split_frame(rest) {
        assert!(frame.total <= rest.len());
        match frame.tag {
            b'T' => {
                if let Ok(columns) = parse_row_description(frame.body) {
                    kinds = columns
                        .iter()
                        .map(|column| Kind::of_type(column.data_type_id))
                        .collect();
                }
            }
            b'D' => {
                let _ = pack_row(&mut batch, &kinds, frame.body, true);
            }
            _ => {}
        }
        if batch.is_full() {
            batch.clear();
        }
        rest = &rest[frame.total..];
    }
});
