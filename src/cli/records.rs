//! The records of `--report` and `--removed`, and the totals of a run.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use limpio::rules::NO_SITE;
use limpio::{Line, Repairs, Report, Sink, Status, Verdict};
use serde::{Deserialize, Serialize};

use crate::io::jsonl::quoted;

/// What a document is called in records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The path; `-` is standard input.
    pub path: String,
    /// The id of a JSON record, as JSON.
    pub id: Option<String>,
    /// The site of the document, where rules may ask for it.
    pub site: Option<String>,
}

impl Label {
    /// A document that is a whole file.
    pub fn of_file(path: &std::path::Path) -> Label {
        Label { path: path.to_string_lossy().into_owned(), id: None, site: None }
    }

    /// A record of a file; one without an id is called after its line.
    pub fn of_record(path: &std::path::Path, id: Option<&str>, line: u64) -> Label {
        let path = path.to_string_lossy().into_owned();
        let id = id.map_or_else(|| quoted(&format!("{path}:{line}")), str::to_owned);
        Label { path, id: Some(id), site: None }
    }

    /// The same document, with its site.
    pub fn of_site(self, site: String) -> Label {
        Label { site: Some(site), ..self }
    }

    /// The name of the document's site.
    pub fn site(&self) -> &str {
        self.site.as_deref().unwrap_or(NO_SITE)
    }

    /// The only name of the document, as JSON: its id, or its path.
    pub fn id(&self) -> String {
        self.id.clone().unwrap_or_else(|| quoted(&self.path))
    }

    fn keys(&self) -> String {
        let path = quoted(&self.path);
        match &self.id {
            Some(id) => format!("\"path\":{path},\"id\":{id}"),
            None => format!("\"path\":{path}"),
        }
    }
}

/// The record of one document, without a line end.
pub fn report_record(label: &Label, report: &Report) -> String {
    let fields = serde_json::to_string(report).unwrap_or_else(|_| "{}".into());
    format!("{{\"v\":1,{},{}", label.keys(), &fields[1..])
}

/// A document that came to nothing.
pub fn unclean(status: Status, reason: impl Into<String>) -> Report {
    Report { status, reason: reason.into(), ..Report::default() }
}

/// Sums over documents.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Totals {
    /// All that were seen.
    pub documents: u64,
    /// Those that are clean now.
    pub ok: u64,
    /// Those that failed or were refused.
    pub failed: u64,
    /// Those that are no text, or were clean already.
    pub skipped: u64,
    /// Those of them that were clean already.
    pub resumed: u64,
    pub bytes_in: u64,
    pub bytes_out: u64,
    pub lines_in: u64,
    pub lines_out: u64,
    pub blank_lines: u64,
    pub repairs: Repairs,
    pub removed: BTreeMap<String, u64>,
    pub trimmed: BTreeMap<String, u64>,
    pub rules: BTreeMap<String, u64>,
}

impl Totals {
    /// Adds a document.
    pub fn count(&mut self, report: &Report) {
        self.documents += 1;
        match report.status {
            Status::Ok => self.ok += 1,
            Status::Failed => self.failed += 1,
            Status::Skipped => self.skipped += 1,
        }
        self.bytes_in += report.bytes_in;
        self.bytes_out += report.bytes_out;
        self.lines_in += report.lines_in;
        self.lines_out += report.lines_out;
        self.blank_lines += report.blank_lines;
        self.repairs.add(&report.repairs);
        for (sums, counts) in
            [(&mut self.removed, &report.removed), (&mut self.trimmed, &report.trimmed)]
        {
            for (category, count) in counts {
                add(sums, category.as_str(), *count);
            }
        }
        add_all(&mut self.rules, &report.rules);
    }

    /// Adds other totals.
    pub fn merge(&mut self, other: &Totals) {
        self.documents += other.documents;
        self.ok += other.ok;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.resumed += other.resumed;
        self.bytes_in += other.bytes_in;
        self.bytes_out += other.bytes_out;
        self.lines_in += other.lines_in;
        self.lines_out += other.lines_out;
        self.blank_lines += other.blank_lines;
        self.repairs.add(&other.repairs);
        add_all(&mut self.removed, &other.removed);
        add_all(&mut self.trimmed, &other.trimmed);
        add_all(&mut self.rules, &other.rules);
    }

    /// The totals as JSON without what is nothing, which is most of them for one document.
    pub fn as_short_json(&self) -> String {
        let counts = [
            ("documents", self.documents),
            ("ok", self.ok),
            ("failed", self.failed),
            ("skipped", self.skipped),
            ("resumed", self.resumed),
            ("bytes_in", self.bytes_in),
            ("bytes_out", self.bytes_out),
            ("lines_in", self.lines_in),
            ("lines_out", self.lines_out),
            ("blank_lines", self.blank_lines),
        ];
        let mut json = Vec::with_capacity(512);
        for (name, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            add_member(&mut json, name, &count);
        }
        if self.repairs != Repairs::default() {
            add_member(&mut json, "repairs", &self.repairs);
        }
        for (name, sums) in
            [("removed", &self.removed), ("trimmed", &self.trimmed), ("rules", &self.rules)]
        {
            if !sums.is_empty() {
                add_member(&mut json, name, sums);
            }
        }
        match json.first_mut() {
            Some(first) => *first = b'{',
            None => json.push(b'{'),
        }
        json.push(b'}');
        String::from_utf8(json).unwrap_or_default()
    }

    /// The totals of documents that an earlier run cleaned: they count as skipped now.
    pub fn into_resumed(mut self) -> Totals {
        self.skipped += std::mem::take(&mut self.ok);
        self.resumed = self.documents;
        self
    }

    /// Removed lines of all categories.
    pub fn removed_lines(&self) -> u64 {
        self.removed.values().sum()
    }
}

/// Adds a comma and a member of an object.
fn add_member<T: Serialize>(json: &mut Vec<u8>, name: &str, value: &T) {
    json.extend_from_slice(b",\"");
    json.extend_from_slice(name.as_bytes());
    json.extend_from_slice(b"\":");
    // Numbers and maps of them cannot fail.
    let _ = serde_json::to_writer(json, value);
}

/// Adds to the count of a name.
pub fn add(sums: &mut BTreeMap<String, u64>, name: &str, count: u64) {
    match sums.get_mut(name) {
        Some(sum) => *sum += count,
        None => drop(sums.insert(name.to_owned(), count)),
    }
}

/// Adds other counts.
pub fn add_all(sums: &mut BTreeMap<String, u64>, counts: &BTreeMap<String, u64>) {
    for (name, count) in counts {
        add(sums, name, *count);
    }
}

/// Bytes of text that one record of `--removed` holds; a longer run goes into several records.
const LONGEST_RUN_BYTES: usize = 64 * 1024;

/// Writes a record per run of dropped lines: consecutive, of one category, by one rule.
pub struct RemovedSink<W> {
    label: Label,
    to: W,
    run: Option<Run>,
}

struct Run {
    line: u64,
    end_line: u64,
    category: limpio::Category,
    rule: Cow<'static, str>,
    reason: String,
    score: f32,
    text: String,
}

#[derive(Serialize)]
struct RemovedFields<'r> {
    line: u64,
    end_line: u64,
    category: limpio::Category,
    rule: &'r str,
    reason: &'r str,
    score: f32,
    text: &'r str,
}

impl<W: Write> RemovedSink<W> {
    /// Collects the runs of one document.
    pub fn new(label: Label, to: W) -> RemovedSink<W> {
        RemovedSink { label, to, run: None }
    }

    /// Shows the runs that are over to whoever reads along.
    pub fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }

    fn write_run(&mut self) -> io::Result<()> {
        let Some(run) = self.run.take() else {
            return Ok(());
        };
        let fields = serde_json::to_string(&RemovedFields {
            line: run.line,
            end_line: run.end_line,
            category: run.category,
            rule: &run.rule,
            reason: &run.reason,
            score: run.score,
            text: &run.text,
        })?;
        writeln!(self.to, "{{{},{}", self.label.keys(), &fields[1..])
    }
}

impl<W: Write> Sink for RemovedSink<W> {
    fn line(&mut self, line: &Line<'_>, verdict: &Verdict) -> io::Result<()> {
        let Verdict::Drop(removal) = verdict else {
            return self.write_run();
        };
        if let Some(run) = &mut self.run
            && (run.end_line + 1 == line.number || !line.starts)
            && run.category == removal.category
            && run.rule == removal.rule
            && run.text.len() + line.original.len() < LONGEST_RUN_BYTES
        {
            if line.starts {
                run.text.push('\n');
            }
            run.end_line = line.number;
            run.text.push_str(line.original);
            return Ok(());
        }
        self.write_run()?;
        self.run = Some(Run {
            line: line.number,
            end_line: line.number,
            category: removal.category,
            rule: removal.rule.clone(),
            reason: removal.reason.to_string(),
            score: removal.score,
            text: line.original.to_owned(),
        });
        Ok(())
    }

    fn end(&mut self, _newline: bool) -> io::Result<()> {
        self.write_run()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn a_record_has_its_keys_in_order() {
        let label = Label::of_record("a.jsonl".as_ref(), Some("1e400"), 3);
        let record = report_record(&label, &Report::default());
        assert!(record.starts_with(
            r#"{"v":1,"path":"a.jsonl","id":1e400,"status":"ok","reason":"","encoding":"""#
        ));
        assert!(record.ends_with(r#""spam_score":0.0,"warnings":[]}"#));
        let label = Label::of_file("a\n.txt".as_ref());
        let record: Value =
            serde_json::from_str(&report_record(&label, &Report::default())).unwrap();
        assert_eq!(record["path"], "a\n.txt");
    }

    #[test]
    fn a_record_without_an_id_is_called_after_its_line() {
        assert_eq!(Label::of_record("a.jsonl".as_ref(), None, 3).id(), "\"a.jsonl:3\"");
    }

    #[test]
    fn totals_of_parts_are_the_totals_of_the_whole() {
        let removed = BTreeMap::from([(limpio::Category::Nav, 2)]);
        let rules = BTreeMap::from([("mine.\"a\"".to_owned(), 2)]);
        let repairs = Repairs { controls: 1, ..Repairs::default() };
        let report =
            Report { bytes_in: 3, lines_in: 2, removed, rules, repairs, ..Report::default() };
        let failed = unclean(Status::Failed, "cut");
        let mut whole = Totals::default();
        let mut part = Totals::default();
        for report in [&report, &failed, &report] {
            whole.count(report);
        }
        part.count(&failed);
        part.count(&report);
        let mut sum = Totals::default();
        sum.count(&report);
        sum.merge(&part);
        assert_eq!(sum, whole);
        assert_eq!((sum.documents, sum.ok, sum.failed, sum.bytes_in), (3, 2, 1, 6));
        let short = sum.as_short_json();
        assert_eq!(serde_json::from_str::<Totals>(&short).unwrap(), sum, "{short}");
        assert_eq!(Totals::default().as_short_json(), "{}");
        assert_eq!(sum.into_resumed().skipped, 2);
    }
}
