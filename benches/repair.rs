//! Repair and normalisation beside the crate `plsfix`, a port of ftfy, in one run.
//!
//! Both do what ftfy does: mojibake, entities, controls, NFC. `default` is each with its own
//! defaults; `mojibake` leaves only the undoing of wrong decodings. Clean text is the fixtures;
//! damaged text is the same with words read in a wrong encoding, at random but with a fixed seed.
//! Compare ratios taken in one run: absolute figures depend on the machine.
//!
//! ```sh
//! cargo bench --manifest-path benches/plsfix/Cargo.toml --target-dir target
//! ```

use std::fs;
use std::hint::black_box;
use std::path::Path;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use encoding_rs::{Encoding, WINDOWS_1250, WINDOWS_1252, WINDOWS_1254};
use limpio::{Pipeline, Stage};
use plsfix::TextFixerConfig;

const BYTES: usize = 1 << 20;

/// The same numbers in every run (xorshift64).
struct Dice(u64);

impl Dice {
    /// A number below `sides`.
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// Lines of some clean fixtures in random order, about a megabyte.
fn clean(names: &[&str]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/clean");
    let read =
        |name: &&str| fs::read_to_string(root.join(name)).expect("the fixture is in the tree");
    let texts: String = names.iter().map(read).collect();
    let lines: Vec<&str> = texts.lines().filter(|line| !line.is_empty()).collect();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut text = String::with_capacity(BYTES + 4096);
    while text.len() < BYTES {
        text.push_str(lines[dice.roll(lines.len() as u64) as usize]);
        text.push('\n');
    }
    text
}

/// Words beyond ASCII read in a wrong encoding: all, or one line in ten.
fn damaged(text: &str, every_line: bool) -> String {
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let mut damaged = String::with_capacity(2 * text.len());
    for line in text.lines() {
        let encoding = match dice.roll(10) {
            0 => WINDOWS_1250,
            1 => WINDOWS_1254,
            _ => WINDOWS_1252,
        };
        if every_line || dice.roll(10) == 0 {
            damaged.push_str(&misread(line, encoding));
        } else {
            damaged.push_str(line);
        }
        damaged.push('\n');
    }
    damaged
}

fn misread(line: &str, encoding: &'static Encoding) -> String {
    encoding.decode_without_bom_handling(line.as_bytes()).0.into_owned()
}

fn compare(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, text: &str) {
    let repairs = Pipeline::builder().only(&[Stage::Mojibake, Stage::Normalize]).build();
    let repairs = repairs.expect("two stages build");
    let mojibake = Pipeline::builder().only(&[Stage::Mojibake]).build().expect("one stage builds");
    let only_mojibake = TextFixerConfig {
        unescape_html: Some(false),
        fix_latin_ligatures: false,
        fix_character_width: false,
        uncurl_quotes: false,
        fix_line_breaks: false,
        remove_terminal_escapes: false,
        remove_control_chars: false,
        normalization: None,
        ..TextFixerConfig::default()
    };
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function(format!("{name}/limpio-default"), |bencher| {
        bencher.iter(|| repairs.clean(black_box(text)).text.len());
    });
    group.bench_function(format!("{name}/plsfix-default"), |bencher| {
        bencher.iter(|| plsfix::fix_text(black_box(text), None).len());
    });
    group.bench_function(format!("{name}/limpio-mojibake"), |bencher| {
        bencher.iter(|| mojibake.clean(black_box(text)).text.len());
    });
    group.bench_function(format!("{name}/plsfix-mojibake"), |bencher| {
        bencher.iter(|| plsfix::fix_text(black_box(text), Some(&only_mojibake)).len());
    });
}

fn repair(criterion: &mut Criterion) {
    let spanish = clean(&["dialogue-spanish.txt"]);
    // One line in eighteen is a trap: it looks like mojibake and is none.
    let poem = clean(&["spanish-poem.txt"]);
    let english = clean(&["english-recipe.txt", "legal-prose.txt"]);
    let mixed = clean(&[
        "arabic-persian.txt",
        "catalan.txt",
        "chat-log.txt",
        "emoji.txt",
        "french.txt",
        "greek.txt",
        "hindi.txt",
        "japanese.txt",
        "russian.txt",
        "vietnamese.txt",
    ]);
    let mut group = criterion.benchmark_group("repair");
    group.sample_size(10);
    compare(&mut group, "clean-spanish", &spanish);
    compare(&mut group, "clean-poem", &poem);
    compare(&mut group, "clean-english", &english);
    compare(&mut group, "clean-scripts", &mixed);
    compare(&mut group, "damaged-spanish", &damaged(&spanish, true));
    compare(&mut group, "damaged-tenth", &damaged(&spanish, false));
    compare(&mut group, "damaged-scripts", &damaged(&mixed, true));
    group.finish();
}

criterion_group!(benches, repair);
criterion_main!(benches);
