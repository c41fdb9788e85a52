//! What the fuzz targets share: inputs cut into reads, and the promises that hold for every input.

use std::io;

use limpio::{Line, Pipeline, Report, Sink, Verdict};

/// Every label that decoding is tried with; the first leaves the choice to the decoder.
pub const ENCODINGS: [&str; 8] =
    ["auto", "utf-8", "windows-1252", "utf-16le", "shift_jis", "gb18030", "iso-2022-jp", "ibm866"];

/// The first bytes choose settings, the rest is the input.
pub fn choices<const N: usize>(data: &[u8]) -> Option<([usize; N], &[u8])> {
    let (head, rest) = data.split_at_checked(N)?;
    Some((std::array::from_fn(|at| usize::from(head[at])), rest))
}

/// One of the values, whatever the choice.
pub fn pick<T: Copy>(values: &[T], choice: usize) -> T {
    values[choice % values.len()]
}

/// Sizes of reads, from one choice: all at once, byte by byte, or uneven pieces.
pub fn read_sizes(choice: usize) -> Vec<usize> {
    match choice % 16 {
        0 => vec![usize::MAX],
        1 => vec![1],
        step => vec![step, 1, choice + 1, 2 * step],
    }
}

/// Clean text, the report, and every line that the sink saw.
#[derive(Debug, Default, PartialEq)]
pub struct Outcome {
    pub text: String,
    pub report: Report,
    pub lines: Vec<Seen>,
}

/// A line as the sink saw it.
#[derive(Debug, PartialEq)]
pub struct Seen {
    pub number: u64,
    pub original: String,
    pub text: String,
    pub verdict: Verdict,
}

impl Sink for Outcome {
    fn line(&mut self, line: &Line<'_>, verdict: &Verdict) -> io::Result<()> {
        if verdict.is_keep() {
            for _ in 0..line.line_feeds {
                self.text.push('\n');
            }
            self.text.push_str(line.text);
        }
        self.lines.push(Seen {
            number: line.number,
            original: line.original.to_owned(),
            text: line.text.to_owned(),
            verdict: verdict.clone(),
        });
        Ok(())
    }

    fn end(&mut self, newline: bool) -> io::Result<()> {
        if newline {
            self.text.push('\n');
        }
        Ok(())
    }
}

/// Cleans bytes that arrive in reads of these sizes, again and again.
pub fn clean_in_reads(pipeline: &Pipeline, mut bytes: &[u8], sizes: &[usize]) -> Outcome {
    let mut cleaner = pipeline.cleaner();
    let mut outcome = Outcome::default();
    let mut sizes = sizes.iter().cycle();
    while !bytes.is_empty() {
        let size = sizes.next().copied().unwrap_or(1).clamp(1, bytes.len());
        let (now, later) = bytes.split_at(size);
        cleaner.push(now, &mut outcome).expect("the sink takes every line");
        bytes = later;
    }
    outcome.report = cleaner.finish(&mut outcome).expect("the sink takes every line");
    outcome
}

/// What holds for every outcome: each line is seen once and in order, every removal says why, and
/// the figures of the report add up.
pub fn check_accounts(outcome: &Outcome, bytes_in: usize) {
    let Outcome { text, report, lines } = outcome;
    assert_eq!(report.bytes_in, bytes_in as u64);
    if report.status == limpio::Status::Skipped {
        return;
    }
    assert_eq!(report.bytes_out, text.len() as u64);
    let removed: u64 = report.removed.values().sum();
    assert_eq!(report.lines_in, report.lines_out + removed + report.blank_lines);
    let numbers: Vec<u64> = lines.iter().map(|line| line.number).collect();
    assert_eq!(numbers, (1..=report.lines_in).collect::<Vec<_>>());
    for line in lines {
        if let Verdict::Drop(removal) = &line.verdict {
            assert!(!removal.rule.is_empty(), "line {} goes without a reason", line.number);
            assert!((0.0..=1.0).contains(&removal.score));
        }
    }
}
