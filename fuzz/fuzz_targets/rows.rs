//! One column of any kind with any value: its text has the lengths that were promised, its JSON is JSON.

#![no_main]

use libfuzzer_sys::fuzz_target;
use oxpg::wire::{Batch, Kind, Text, pack_row, repack};

fuzz_target!(|input: (u8, Vec<u8>)| {
    let (kind, value) = input;
    let kind = Kind::from_number(kind % 13);
    let mut body = 1u16.to_be_bytes().to_vec();
    body.extend_from_slice(&u32::try_from(value.len()).unwrap_or_default().to_be_bytes());
    body.extend_from_slice(&value);
    let mut batch = Batch::default();
    if pack_row(&mut batch, &[kind], &body, true).is_err() {
        return;
    }
    let again = repack(&batch.raw, &[kind]).expect("what was packed once can be packed again");
    assert_eq!(again.ints, batch.ints);
    assert_eq!(again.text, batch.text);
    let mut text = batch.text_of_own_width();
    let (plain, json) = batch.append_text(&mut text).expect("its own width fits");
    assert_eq!((plain + json) as usize, text.len());
    if json > 0 && kind != Kind::Json {
        let units = match text {
            Text::Latin1(text) => text.iter().map(|byte| u16::from(*byte)).collect(),
            Text::Utf16(text) => text,
        };
        let json = String::from_utf16(&units[plain as usize..]).expect("whole characters");
        assert!(
            serde_json::from_str::<serde::de::IgnoredAny>(&json).is_ok(),
            "{json}"
        );
    }
});
