//! What must hold for every byte that a server can send, and for every value that it can mean.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use oxpg::wire::{Batch, Kind, Text, pack_row, parse_row_description, repack, split_frame};
use proptest::prelude::*;

const KINDS: u8 = 13;

fn kinds() -> impl Strategy<Value = Vec<Kind>> {
    proptest::collection::vec((0..KINDS).prop_map(Kind::from_number), 0..6)
}

fn data_row(values: &[Option<Vec<u8>>]) -> Vec<u8> {
    let mut body = u16::try_from(values.len()).unwrap().to_be_bytes().to_vec();
    for value in values {
        match value {
            None => body.extend_from_slice(&(-1i32).to_be_bytes()),
            Some(value) => {
                body.extend_from_slice(&i32::try_from(value.len()).unwrap().to_be_bytes());
                body.extend_from_slice(value);
            }
        }
    }
    body
}

/// Values as they come: mostly what a type's text looks like, sometimes anything.
fn value() -> impl Strategy<Value = Option<Vec<u8>>> {
    prop_oneof![
        Just(None),
        proptest::collection::vec(any::<u8>(), 0..40).prop_map(Some),
        "[-+0-9.eE:{},\"\\\\ tfNULBC]{0,40}".prop_map(|text| Some(text.into_bytes())),
        "\\PC{0,12}".prop_map(|text| Some(text.into_bytes())),
    ]
}

fn text_of(batch: &Batch) -> (Text, u32, u32) {
    let mut text = batch.text_of_own_width();
    let (plain, json) = batch.append_text(&mut text).unwrap();
    (text, plain, json)
}

fn slice(text: &Text, start: usize, length: usize) -> String {
    match text {
        Text::Latin1(text) => text[start..start + length]
            .iter()
            .map(|byte| char::from(*byte))
            .collect(),
        Text::Utf16(text) => String::from_utf16(&text[start..start + length]).unwrap(),
    }
}

/// An array literal beside the JSON that it means.
fn array(depth: u32) -> impl Strategy<Value = (String, serde_json::Value)> {
    let element = prop_oneof![
        Just(("NULL".to_owned(), serde_json::Value::Null)),
        "[\\PC\t\n]{0,6}".prop_map(|text| {
            let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
            (format!("\"{quoted}\""), serde_json::Value::String(text))
        }),
        "[a-z][a-z ]{0,4}[a-z]".prop_map(|text| (text.clone(), serde_json::Value::String(text))),
    ];
    element.prop_recursive(depth, 24, 4, |inner| {
        proptest::collection::vec(inner, 0..4).prop_map(|parts| {
            let literals: Vec<_> = parts.iter().map(|(literal, _)| literal.as_str()).collect();
            let values = parts.iter().map(|(_, value)| value.clone()).collect();
            (
                format!("{{{}}}", literals.join(",")),
                serde_json::Value::Array(values),
            )
        })
    })
}

proptest! {
    #[test]
    fn no_bytes_make_the_frame_cutter_panic_or_promise_more_than_there_is(
        bytes in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        match split_frame(&bytes) {
            Ok(Ok(frame)) => prop_assert!(frame.total <= bytes.len() && frame.body.len() + 5 == frame.total),
            Ok(Err(needed)) => prop_assert!(needed > bytes.len()),
            Err(_) => {}
        }
    }

    #[test]
    fn a_frame_is_the_same_wherever_the_stream_was_cut(
        body in proptest::collection::vec(any::<u8>(), 0..60),
        cut in 0usize..70,
    ) {
        let mut bytes = vec![b'D'];
        bytes.extend_from_slice(&u32::try_from(body.len() + 4).unwrap().to_be_bytes());
        bytes.extend_from_slice(&body);
        let head = &bytes[..cut.min(bytes.len())];
        match split_frame(head).unwrap() {
            Ok(frame) => prop_assert_eq!(frame.body, &body[..]),
            Err(needed) => prop_assert_eq!(needed, if head.len() < 5 { 5 } else { bytes.len() }),
        }
    }

    #[test]
    fn no_bytes_make_a_row_description_panic(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        let _ = parse_row_description(&bytes);
    }

    #[test]
    fn no_bytes_make_the_packer_panic(
        kinds in kinds(),
        body in proptest::collection::vec(any::<u8>(), 0..120),
    ) {
        let _ = pack_row(&mut Batch::default(), &kinds, &body, true);
    }

    #[test]
    fn rows_packed_anew_are_the_rows_packed_at_once(
        first in kinds(),
        seed in proptest::collection::vec(value(), 6),
        other in proptest::collection::vec(0..KINDS, 6),
    ) {
        let body = data_row(&seed[..first.len()]);
        let second: Vec<_> = other[..first.len()].iter().map(|kind| Kind::from_number(*kind)).collect();
        let mut kept = Batch::default();
        pack_row(&mut kept, &first, &body, true).unwrap();
        pack_row(&mut kept, &first, &body, true).unwrap();
        let anew = repack(&kept.raw, &second).unwrap();
        let mut direct = Batch::default();
        pack_row(&mut direct, &second, &body, false).unwrap();
        pack_row(&mut direct, &second, &body, false).unwrap();
        prop_assert_eq!(anew.ints, direct.ints);
        prop_assert_eq!(&anew.text, &direct.text);
        prop_assert_eq!(&anew.json, &direct.json);
        let bits = |nums: &[f64]| nums.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(bits(&anew.nums), bits(&direct.nums));
    }

    #[test]
    fn texts_come_back_as_the_lengths_say(values in proptest::collection::vec(value(), 1..6)) {
        let mut batch = Batch::default();
        pack_row(&mut batch, &vec![Kind::Text; values.len()], &data_row(&values), false).unwrap();
        let (text, ..) = text_of(&batch);
        let mut start = 0;
        for (value, length) in values.iter().zip(&batch.ints) {
            match value {
                None => prop_assert_eq!(*length, -1),
                Some(value) => {
                    let length = usize::try_from(*length).unwrap();
                    prop_assert_eq!(slice(&text, start, length), String::from_utf8_lossy(value));
                    start += length;
                }
            }
        }
        prop_assert_eq!(start, text.len());
    }

    #[test]
    fn the_json_of_a_batch_is_json(values in proptest::collection::vec(value(), 1..5), kind in 4u8..9) {
        let mut batch = Batch::default();
        for value in &values {
            pack_row(&mut batch, &[Kind::from_number(kind)], &data_row(std::slice::from_ref(value)), false).unwrap();
        }
        let (text, plain, json) = text_of(&batch);
        // A value of type json is the server's word, which it has checked itself.
        if json > 0 && kind != Kind::Json as u8 {
            let json = slice(&text, plain as usize, json as usize);
            prop_assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{}", json);
        }
    }

    #[test]
    fn a_text_array_means_what_its_literal_says((literal, meaning) in array(4).prop_filter(
        "an array", |(literal, _)| literal.starts_with('{'),
    )) {
        let mut batch = Batch::default();
        pack_row(&mut batch, &[Kind::TextArray], &data_row(&[Some(literal.clone().into_bytes())]), false).unwrap();
        let (text, plain, json) = text_of(&batch);
        prop_assert!(json > 0, "{} travels as text", literal);
        let json: serde_json::Value = serde_json::from_str(&slice(&text, plain as usize, json as usize)).unwrap();
        prop_assert_eq!(json, serde_json::Value::Array(vec![meaning]));
    }
}
