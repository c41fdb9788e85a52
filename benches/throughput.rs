//! Bytes per second of the whole pipeline on named inputs.
//!
//! The texts are the fixtures, repeated to about a megabyte. Compare ratios taken in one run:
//! absolute figures depend on the machine and on what else it does.

use std::fs;
use std::hint::black_box;
use std::path::Path;

use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use limpio::{Pipeline, Stage};

const BYTES: usize = 1 << 20;

fn repeated(text: &str) -> String {
    let mut long = String::with_capacity(BYTES + text.len());
    while long.len() < BYTES {
        long.push_str(text);
        long.push('\n');
    }
    long
}

/// The pages of the fixtures that are UTF-8, one after the other.
fn pages() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/documents");
    let mut folders: Vec<_> =
        fs::read_dir(root).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    folders.sort();
    folders.iter().filter_map(|folder| fs::read_to_string(folder.join("in.txt")).ok()).collect()
}

fn measure<M: criterion::measurement::Measurement>(
    group: &mut BenchmarkGroup<'_, M>,
    name: &str,
    pipeline: &Pipeline,
    text: &str,
) {
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function(name, |bencher| bencher.iter(|| pipeline.clean(black_box(text))));
}

fn throughput(criterion: &mut Criterion) {
    let english = "The committee met on Tuesday and agreed to postpone the vote until the figures \
                   had been checked by somebody who had taken no part in the work.\n";
    let spanish = "La comisión se reunió el martes y acordó aplazar la votación hasta que alguien \
                   ajeno al trabajo revisara las cifras, según explicó la señora Núñez.\n";
    let mojibake = "La comisiÃ³n se reuniÃ³ el martes y acordÃ³ aplazar la votaciÃ³n hasta que \
                    alguien ajeno revisara las cifras, segÃºn explicÃ³ la seÃ±ora NÃºÃ±ez.\n";
    let pipeline = Pipeline::builder().build().expect("the defaults build");
    let repairs = Pipeline::builder().only(&[Stage::Mojibake, Stage::Normalize]).build();
    let repairs = repairs.expect("two stages build");

    let mut group = criterion.benchmark_group("clean");
    measure(&mut group, "english", &pipeline, &repeated(english));
    measure(&mut group, "spanish", &pipeline, &repeated(spanish));
    measure(&mut group, "mixed", &pipeline, &repeated(&format!("{english}\n{spanish}")));
    measure(&mut group, "mojibake", &pipeline, &repeated(mojibake));
    measure(&mut group, "pages", &pipeline, &repeated(&pages()));
    measure(&mut group, "one-long-line", &pipeline, &repeated(spanish).replace('\n', " "));
    measure(&mut group, "spanish-repairs-only", &repairs, &repeated(spanish));

    let tiny: Vec<&str> = vec![spanish; 1000];
    group.throughput(Throughput::Bytes(tiny.iter().map(|text| text.len() as u64).sum()));
    group.bench_function("tiny-documents", |bencher| {
        bencher.iter(|| {
            tiny.iter().map(|text| pipeline.clean(black_box(text)).text.len()).sum::<usize>()
        })
    });
    group.finish();
}

/// A rule file of so many phrases: nine in ten for whole lines and line starts, as in the built-in
/// rules, the others for anywhere in a line. Their words are those of the texts they meet.
fn rule_file(phrases: usize) -> String {
    let words = [
        "subscribe",
        "share",
        "comments",
        "newsletter",
        "committee",
        "report",
        "figures",
        "vote",
        "work",
        "comisión",
        "trabajo",
        "cifras",
        "votación",
        "señora",
        "martes",
        "tuesday",
    ];
    let mut file = String::new();
    for number in 0..phrases {
        let word = |step: usize| words[number / step % words.len()];
        let at = [
            "line",
            "line",
            "line-start",
            "line",
            "line",
            "line-start",
            "line",
            "line-start",
            "line",
            "anywhere",
        ];
        file.push_str(&format!(
            "[[rule]]\nid = \"bench.r{number}\"\ncategory = \"custom\"\nat = \"{}\"\nphrases = [\"{} our {} and {} {}\"]\n\
             examples = []\ncounter-examples = []\n",
            at[number % at.len()], word(1), word(16), word(256), letters(number),
        ));
    }
    file
}

/// A number as a word.
fn letters(mut number: usize) -> String {
    let mut word = String::from("x");
    while number > 0 {
        word.push(char::from(b'a' + (number % 26) as u8));
        number /= 26;
    }
    word
}

/// The cost of further rules: the stages that look at them, with ever more phrases.
fn rules(criterion: &mut Criterion) {
    let text = repeated(&pages());
    let stages = [Stage::Boilerplate, Stage::Spam];
    let mut group = criterion.benchmark_group("rules");
    for phrases in [0, 300, 1500, 5000] {
        let builder = Pipeline::builder().only(&stages);
        let builder = builder.rules_toml(Path::new("bench.toml"), &rule_file(phrases));
        let pipeline = builder.and_then(|builder| builder.build()).expect("the rules are sound");
        measure(&mut group, &format!("pages-{phrases}-more-phrases"), &pipeline, &text);
    }
    group.finish();
}

criterion_group!(benches, throughput, rules);
criterion_main!(benches);
