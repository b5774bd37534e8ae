//! What the I/O thread does for each row: `cargo bench --bench wire`.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use oxpg::wire::{Batch, Kind, pack_row, split_frame};

/// int4, text, numeric, int8, bool, timestamptz, float8, text[], jsonb, text.
const KINDS: [Kind; 10] = [
    Kind::Int,
    Kind::Text,
    Kind::Text,
    Kind::Text,
    Kind::Bool,
    Kind::TimestampTz,
    Kind::Float,
    Kind::TextArray,
    Kind::Json,
    Kind::Text,
];

const VALUES: [&str; 10] = [
    "4711",
    "label 4711",
    "4711.25",
    "4711000032977",
    "t",
    "2024-01-01 01:18:31+00",
    "588.875",
    "{red,\"tag 1\"}",
    "{\"id\": 4711, \"name\": \"name 4711\", \"on\": true}",
    "a note of ordinary length, number 4711",
];

fn data_row() -> Vec<u8> {
    let mut body = 10u16.to_be_bytes().to_vec();
    for value in VALUES {
        body.extend_from_slice(&u32::try_from(value.len()).unwrap_or_default().to_be_bytes());
        body.extend_from_slice(value.as_bytes());
    }
    let mut frame = vec![b'D'];
    frame.extend_from_slice(
        &u32::try_from(body.len() + 4)
            .unwrap_or_default()
            .to_be_bytes(),
    );
    frame.extend_from_slice(&body);
    frame
}

fn hundred_rows(criterion: &mut Criterion) {
    let stream = data_row().repeat(100);
    let mut group = criterion.benchmark_group("100 rows x 10 columns");
    group.throughput(Throughput::Bytes(stream.len() as u64));
    for (name, keep_raw) in [("packed", false), ("packed and kept", true)] {
        group.bench_function(name, |bencher| {
            bencher.iter_batched_ref(
                Batch::default,
                |batch| {
                    let mut rest = stream.as_slice();
                    while let Ok(Ok(frame)) = split_frame(rest) {
                        let _ = pack_row(batch, &KINDS, frame.body, keep_raw);
                        rest = &rest[frame.total..];
                    }
                    batch.rows
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, hundred_rows);
criterion_main!(benches);
