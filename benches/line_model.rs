//! What the line model costs, per line.
//!
//! Three inputs, each as a pipeline of nothing but boilerplate, with and without the model: clean
//! prose, an article with what extraction left round it, and whole pages. The model's cost of a
//! line is the difference of the two times over the lines; criterion shows elements per second.

use std::fs;
use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use limpio::{Pipeline, Stage};

const BYTES: usize = 1 << 20;

/// The files of the fixtures, one after the other, again and again.
fn repeated(files: &[&str]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let once: String =
        files.iter().map(|file| fs::read_to_string(root.join(file)).expect(file) + "\n").collect();
    once.repeat(BYTES / once.len() + 1)
}

fn line_model(criterion: &mut Criterion) {
    let builder = || Pipeline::builder().only(&[Stage::Boilerplate]);
    let with = builder().build().expect("one stage builds");
    let without = builder().disable("model.line").and_then(|builder| builder.build());
    let without = without.expect("the model can be switched off");
    let texts = [
        ("prose", repeated(&["documents/control-novel/in.txt", "clean/legal-prose.txt"])),
        (
            "article",
            repeated(&[
                "documents/es-noticia-espana/in.txt",
                "documents/en-blog-jetpack/in.txt",
                "documents/es-blog-wordpress/in.txt",
            ]),
        ),
        (
            "page",
            repeated(&[
                "documents/special-menu-dump/in.txt",
                "documents/en-docs-helpful/in.txt",
                "documents/mixed-english-theme/in.txt",
            ]),
        ),
    ];
    let mut group = criterion.benchmark_group("line_model");
    for (name, text) in &texts {
        let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
        group.throughput(Throughput::Elements(lines as u64));
        for (kind, pipeline) in [("with", &with), ("without", &without)] {
            group.bench_function(format!("{name}-{kind}"), |bencher| {
                bencher.iter(|| pipeline.clean(black_box(text)).text.len())
            });
        }
    }
    group.finish();
}

criterion_group!(benches, line_model);
criterion_main!(benches);
