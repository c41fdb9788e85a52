//! What is read off an expression before it is compiled: how matches begin and end, and their words.
//!
//! To parse an expression and read that off takes half a million instructions, which a process that cleans one
//! page has to pay for most of the built-in shapes. So for these it stands in a table, `data/readings.tsv`.
//! An expression that is not there, one of a user's own rule or one that was changed, is read as it comes.
//!
//! The table has a row for each shape, in the order of the rules: the rule and the number of the shape in it, for
//! people; the fingerprint of the expression and of whether it stands at the start of a line; its [`Edges`]; the
//! first four bytes of the [`beginnings`] as hexadecimal numbers; the sets of marks and of words that are [`Required`]. A test
//! compares it with what is read off the rules, and writes it where `LIMPIO_WRITE_TABLES` is set:
//! `LIMPIO_WRITE_TABLES=1 cargo test --lib readings`.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::edges::Edges;
use super::required::{Required, beginnings};
use super::rule::Place;
use crate::hash::Fnv;

/// What the matches of an expression have in common.
pub(super) struct Reading {
    pub edges: Edges,
    /// The first bytes of words of which every match holds one, if any are known.
    pub beginnings: Option<Vec<u32>>,
    pub required: Required,
}

/// The readings of the built-in shapes, by their fingerprints.
static TABLE: LazyLock<HashMap<u64, &str>> = LazyLock::new(|| {
    let rows = include_str!("data/readings.tsv").lines();
    let rows = rows.filter_map(|row| {
        let (_, rest) = row.split_once('\t')?;
        let (fingerprint, rest) = rest.split_once('\t')?;
        Some((u64::from_str_radix(fingerprint, 16).ok()?, rest))
    });
    rows.collect()
});

impl Reading {
    /// Of an expression that stands at a place; `None` if it is none.
    pub(super) fn of(expression: &str, place: Place) -> Option<Reading> {
        let known = TABLE.get(&fingerprint(expression, place));
        known.and_then(|row| Reading::from_row(row)).or_else(|| Reading::parsed(expression, place))
    }

    fn parsed(expression: &str, place: Place) -> Option<Reading> {
        let parsed = regex_syntax::parse(expression).ok()?;
        Some(Reading {
            edges: Edges::of(&parsed),
            beginnings: beginnings(&parsed, place.is_at_start()),
            required: Required::of(&parsed),
        })
    }

    fn from_row(row: &str) -> Option<Reading> {
        let (edges, rest) = row.split_once('\t')?;
        let (words, sets) = rest.split_once('\t')?;
        let of_hex = |word| u32::from_str_radix(word, 16).ok();
        Some(Reading {
            edges: Edges::from_row(edges)?,
            beginnings: match words {
                "-" => None,
                words => Some(words.split(' ').map(of_hex).collect::<Option<_>>()?),
            },
            required: Required::from_row(sets)?,
        })
    }
}

fn fingerprint(expression: &str, place: Place) -> u64 {
    Fnv::new().add(&[u8::from(place.is_at_start())]).add(expression.as_bytes()).value()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::rules::RuleSet;

    fn row_of(name: &str, expression: &str, place: Place) -> String {
        let reading = Reading::parsed(expression, place).expect("built-in shapes parse");
        let words = match &reading.beginnings {
            None => "-".to_owned(),
            Some(words) => {
                words.iter().map(|word| format!("{word:x}")).collect::<Vec<_>>().join(" ")
            }
        };
        let fingerprint = fingerprint(expression, place);
        let (edges, required) = (reading.edges.row(), reading.required.row());
        format!("{name}\t{fingerprint:x}\t{edges}\t{words}\t{required}")
    }

    #[test]
    fn the_table_of_readings_is_what_the_built_in_shapes_say() {
        let mut table = String::new();
        for rule in RuleSet::builtin().rules() {
            for (number, shape) in rule.shapes.iter().enumerate() {
                let row = row_of(&format!("{} {number}", rule.id), shape, rule.at);
                writeln!(table, "{row}").expect("it is written to memory");
            }
        }
        if std::env::var_os("LIMPIO_WRITE_TABLES").is_some() {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/rules/data/readings.tsv");
            std::fs::write(path, &table).expect("the table is written");
            return;
        }
        assert!(
            table == include_str!("data/readings.tsv"),
            "shapes have changed: LIMPIO_WRITE_TABLES=1 cargo test --lib readings"
        );
    }

    #[test]
    fn what_a_row_says_is_what_was_written_to_it() {
        for rule in RuleSet::builtin().rules() {
            for shape in &rule.shapes {
                let parsed = Reading::parsed(shape, rule.at).expect("built-in shapes parse");
                let row = row_of("", shape, rule.at);
                let row = row.splitn(3, '\t').last().expect("there are columns");
                let read = Reading::from_row(row).expect("it is a row");
                assert_eq!(read.edges, parsed.edges, "{shape}");
                assert_eq!(read.beginnings, parsed.beginnings, "{shape}");
                assert_eq!(read.required.row(), parsed.required.row(), "{shape}");
            }
        }
    }

    #[test]
    fn an_expression_that_is_not_in_the_table_is_read_as_it_comes() {
        assert!(Reading::of("(?i)a cart of [0-9]{7} kettles", Place::Line).is_some());
        assert!(Reading::of("(", Place::Line).is_none());
        for row in ["", "\t", "0\t0\t0"] {
            assert!(Reading::from_row(row).is_none(), "{row:?}");
        }
    }
}
