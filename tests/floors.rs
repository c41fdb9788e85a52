//! Quality may rise, and must not slide: boilerplate lines found and content lines lost on the pages of
//! `fixtures/documents`, for each level, against `fixtures/floors.toml`.
//!
//! The pages also teach the line model, so that these figures guard against accidents and say nothing about
//! pages that nobody has seen; `docs/stripping.md` has those.

mod common;

use std::collections::BTreeSet;
use std::fs;

use common::fixtures;
use common::pages::pages;
use limpio::{Level, Line, Pipeline, Sink, Verdict};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Floors {
    floor: Vec<Floor>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Floor {
    level: String,
    /// Whether the line model is asked.
    model: bool,
    /// Per cent of the boilerplate lines that must go, at least.
    recall: f64,
    /// Content lines that may go, at most.
    lost: usize,
}

/// Numbers of the lines that went.
#[derive(Default)]
struct Gone(BTreeSet<u64>);

impl Sink for Gone {
    fn line(&mut self, line: &Line<'_>, verdict: &Verdict) -> std::io::Result<()> {
        if let Verdict::Drop(_) = verdict {
            self.0.insert(line.number);
        }
        Ok(())
    }
}

#[test]
fn quality_does_not_slide() {
    let text = fs::read_to_string(fixtures().join("floors.toml")).expect("the floors are there");
    let floors: Floors = toml::from_str(&text).expect("the floors are TOML");
    assert!(floors.floor.len() >= 6);
    let pages = pages();
    for floor in &floors.floor {
        let level: Level = floor.level.parse().expect("a level");
        let mut builder = Pipeline::builder().level(level);
        if !floor.model {
            builder = builder.disable("model.line").expect("it is known");
        }
        let pipeline = builder.build().expect("it builds");
        let (mut boilerplate, mut found, mut lost) = (0, 0, 0);
        for (page, _) in &pages {
            let mut gone = Gone::default();
            let mut cleaner = pipeline.cleaner();
            cleaner.push(&page.input, &mut gone).expect("the sink takes all");
            cleaner.finish(&mut gone).expect("the sink takes all");
            let lines = page.removed.iter().filter(|line| !line.span);
            let expected: BTreeSet<u64> = lines.map(|line| line.line).collect();
            boilerplate += expected.len();
            found += expected.intersection(&gone.0).count();
            lost += gone.0.difference(&expected).count();
        }
        let recall = 100.0 * found as f64 / boilerplate as f64;
        let told =
            format!("{} with model {}: recall {recall:.1}, lost {lost}", floor.level, floor.model);
        println!("{told}");
        assert!(recall >= floor.recall, "{told}, must be at least {}", floor.recall);
        assert!(lost <= floor.lost, "{told}, must be at most {}", floor.lost);
    }
}
