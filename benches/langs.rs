//! Bytes per second of language detection: spans of whole texts, spans of each line, labels of each line.
//!
//! The texts are the pages of the fixtures, repeated to about a megabyte. Other identifiers on the same
//! lines, and accuracy, are in `benches/peers`, a crate of its own.

use std::fs;
use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use limpio::lang::Detector;

const BYTES: usize = 1 << 20;

/// The pages of the fixtures that are UTF-8, one after the other, again and again.
fn pages() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/documents");
    let mut folders: Vec<_> =
        fs::read_dir(root).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    folders.sort();
    let once: String = folders
        .iter()
        .filter_map(|folder| fs::read_to_string(folder.join("in.txt")).ok())
        .collect();
    once.repeat(BYTES / once.len().max(1) + 1)
}

fn langs(criterion: &mut Criterion) {
    let detector = Detector::shared();
    let pages = pages();
    let lines: Vec<&str> = pages.lines().collect();
    let mut group = criterion.benchmark_group("langs");
    group.throughput(Throughput::Bytes(pages.len() as u64));
    group.bench_function("spans-of-text", |bencher| {
        bencher.iter(|| detector.spans(black_box(&pages)));
    });
    group.bench_function("spans-of-lines", |bencher| {
        bencher
            .iter(|| lines.iter().map(|line| detector.spans(black_box(line)).len()).sum::<usize>());
    });
    group.bench_function("labels-of-lines", |bencher| {
        bencher
            .iter(|| lines.iter().filter(|line| detector.line(black_box(line)).1 > 0.75).count());
    });
    group.finish();
}

criterion_group!(benches, langs);
criterion_main!(benches);
