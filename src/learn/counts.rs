//! Counts of one reading as lines of JSON: what one machine has counted of its part of a corpus, to be
//! added to what others have.
//!
//! Both readings are sums, minima and unions, so those of the parts are those of the whole. A line is
//! one entry: `{"site": ...}` and `{"counters": ...}` of the first reading, `{"part": ...}`,
//! `{"line": ...}` and `{"plain": ...}` of the second, and `{"end": N}` after N entries, without which
//! the counts are cut. Entries are in the order of their keys: the same counts are the same bytes.

use std::io::{self, BufRead, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::candidates::Candidate;
use super::contexts::Contexts;
use super::readings::{Learner, PLAIN_BYTES, SecondReading, Site};
use crate::error::Error;
use crate::rules::SiteKey;
use crate::split::MAX_LINE_BYTES;

/// Cells of the table of counters in one entry.
const CELLS: usize = 4096;

/// The longest entry: a line of 64 KiB, all of it escaped.
const LONGEST_ENTRY: u64 = 8 * MAX_LINE_BYTES as u64;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Entry {
    /// Documents of a site.
    Site { name: String, documents: u64, contexts: Contexts },
    /// Counters of lines from a cell on, two hexadecimal digits each.
    Counters { from: usize, of: usize, counts: String },
    /// What a table of lines asks of them, where its memory was too small.
    Part { number: usize, floor: u8, cut: u64 },
    /// A line that can repeat enough.
    Line {
        key: u64,
        site: u64,
        documents: u64,
        in_run: u64,
        contexts: Contexts,
        document: u64,
        form_bytes: u32,
        place: u32,
        around: [u64; 2],
        text: String,
    },
    /// A line that does not repeat.
    Plain { key: u64, site: u64, text: String },
    /// So many entries stand before.
    End(u64),
}

/// Writes entries and, at the end, how many there were.
struct Entries<'w> {
    to: &'w mut dyn Write,
    written: u64,
}

impl Entries<'_> {
    fn add(&mut self, entry: &Entry) -> io::Result<()> {
        serde_json::to_writer(&mut *self.to, entry)?;
        self.written += 1;
        self.to.write_all(b"\n")
    }

    fn end(mut self) -> io::Result<()> {
        self.add(&Entry::End(self.written))
    }
}

impl Learner {
    /// Writes what the first reading has counted so far, as lines of JSON.
    ///
    /// The table of counters is most of it: two bytes for each that is not empty, at most the memory of
    /// the [`Settings`](super::Settings).
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_counts(&self, to: &mut dyn Write) -> io::Result<()> {
        let mut entries = Entries { to, written: 0 };
        let mut sites: Vec<Site> = Vec::new();
        self.first.each_site(|_, site| sites.push(site.clone()));
        sites.sort_by(|a, b| a.name.cmp(&b.name));
        for Site { name, documents, contexts } in sites {
            entries.add(&Entry::Site { name: name.into(), documents, contexts })?;
        }
        let counters = &self.first.counters;
        for from in (0..counters.len()).step_by(CELLS) {
            let counts = counters.counts(from, CELLS);
            if counts.iter().any(|count| *count > 0) {
                let counts = counts.iter().map(|count| format!("{count:02x}")).collect();
                entries.add(&Entry::Counters { from, of: counters.len(), counts })?;
            }
        }
        entries.end()
    }

    /// Adds what another first reading has written; `path` is the name that errors carry, `line` the
    /// number of the first line in it.
    ///
    /// Both must have been made for a corpus of the same size, with the same settings.
    ///
    /// # Errors
    ///
    /// The reader's; or these are no such counts, or not all of them: the error names path and line.
    pub fn add_counts(&self, path: &Path, line: u64, from: &mut dyn BufRead) -> Result<(), Error> {
        each_entry(path, line, from, |entry| match entry {
            Entry::Site { name, documents, contexts } => {
                self.first.add_site(Site { name: name.into(), documents, contexts });
                Ok(())
            }
            Entry::Counters { from, of, counts } => {
                let counters = &self.first.counters;
                if of != counters.len() {
                    return Err("they are of a corpus of another size, or another memory");
                }
                let counts = bytes_of(&counts).ok_or("counters are hexadecimal digits")?;
                counters.add_counts(from, &counts).ok_or("there are no such counters")
            }
            _ => Err("this is of the second reading"),
        })
    }
}

impl SecondReading {
    /// Writes what the second reading has counted so far, as lines of JSON.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_counts(&self, to: &mut dyn Write) -> io::Result<()> {
        let mut entries = Entries { to, written: 0 };
        let candidates = &self.second.candidates;
        for (number, floor, cut) in candidates.demands() {
            entries.add(&Entry::Part { number, floor, cut })?;
        }
        for key in candidates.keys() {
            let Some((line, form_bytes)) = candidates.line(key) else { continue };
            entries.add(&Entry::Line {
                key,
                site: line.site.0,
                documents: line.documents,
                in_run: line.in_run,
                contexts: line.contexts,
                document: line.document,
                form_bytes,
                place: line.place,
                around: line.around,
                text: line.text.into(),
            })?;
        }
        let mut sites: Vec<SiteKey> = self.second.first.large_sites().into_keys().collect();
        sites.sort_unstable();
        for site in sites {
            for (key, text) in self.second.plain(site) {
                entries.add(&Entry::Plain { key, site: site.0, text: text.into() })?;
            }
        }
        entries.end()
    }

    /// Adds what another second reading has written; see [`Learner::add_counts`].
    ///
    /// # Errors
    ///
    /// The reader's; or these are no such counts, or not all of them: the error names path and line.
    pub fn add_counts(&self, path: &Path, line: u64, from: &mut dyn BufRead) -> Result<(), Error> {
        let second = &self.second;
        each_entry(path, line, from, |entry| match entry {
            Entry::Part { number, floor, cut } => {
                let counters = &second.first.counters;
                second
                    .candidates
                    .demand(number, floor, cut, counters)
                    .ok_or("there is no such part")
            }
            Entry::Line {
                key,
                site,
                documents,
                in_run,
                contexts,
                document,
                form_bytes,
                place,
                around,
                text,
            } => {
                let line = Candidate {
                    site: SiteKey(site),
                    documents,
                    in_run,
                    contexts,
                    document,
                    text: text.into(),
                    place,
                    around,
                };
                second.candidates.merge(key, line, form_bytes, &second.first.counters);
                Ok(())
            }
            Entry::Plain { key, site, text } if text.len() <= PLAIN_BYTES => {
                second.add_plain(SiteKey(site), key, &text);
                Ok(())
            }
            Entry::Plain { .. } => Err("the line is too long to be kept"),
            _ => Err("this is of the first reading"),
        })
    }
}

/// Hands on every entry; what is wrong with one is said with its place.
fn each_entry(
    path: &Path,
    first: u64,
    from: &mut dyn BufRead,
    mut take: impl FnMut(Entry) -> Result<(), &'static str>,
) -> Result<(), Error> {
    let mut line = Vec::new();
    for (entries, number) in (0..).zip(first..) {
        let wrong = |why: &str| Error::invalid(why).at_path(path).at_line(number);
        line.clear();
        let read = from.take(LONGEST_ENTRY).read_until(b'\n', &mut line);
        read.map_err(|error| Error::from(error).at_path(path))?;
        if !line.ends_with(b"\n") {
            return Err(wrong("the counts end here, and are not complete: count again"));
        }
        let entry = serde_json::from_slice(&line)
            .map_err(|error| wrong(&format!("no counts: {}", without_place(&error))))?;
        if let Entry::End(written) = entry {
            return match written == entries && from.fill_buf().is_ok_and(<[u8]>::is_empty) {
                true => Ok(()),
                false => Err(wrong("entries are missing, or too many: count again")),
            };
        }
        take(entry).map_err(wrong)?;
    }
    Ok(())
}

/// What is wrong with a line, without the place inside of it as if that were the whole file.
fn without_place(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    message.strip_suffix(&place).unwrap_or(&message).to_owned()
}

fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    if digits.len().is_multiple_of(2) {
        digits.as_bytes().chunks(2).map(byte).collect()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Learned, Settings};
    use super::*;
    use crate::Pipeline;

    /// A word of letters, since numbers do not tell lines apart.
    fn word(number: u64) -> String {
        let hash = crate::stable_hash(&number.to_le_bytes());
        (0..9).map(|at| char::from(b'a' + (hash >> (at * 6)) as u8 % 26)).collect()
    }

    /// Pages of three sites: lines of templates, and others.
    fn pages() -> Vec<(String, String)> {
        (0..60)
            .map(|n| {
                let site = ["faro.example", "harbour.example", "small.example"][(n % 3) as usize];
                let own = |k: u64| {
                    let words: Vec<String> =
                        (0..8u64).map(|at| word(n * 99 + k * 9 + at)).collect();
                    format!("The {} came.\n", words.join(" "))
                };
                let own: String = (0..5).map(own).collect();
                let foot = if n % 2 == 0 { "Tablón\nFrom 1 to 3\n" } else { "Ropes\nKnots\n" };
                (site.to_owned(), format!("Portada {n}\nMareas\n{own}{foot}"))
            })
            .collect()
    }

    fn settings(memory_bytes: u64) -> Settings {
        Settings { memory_bytes, ..Settings::default() }
    }

    fn read(reader: &mut super::super::Reader, pages: &[(String, String)]) {
        for (site, page) in pages {
            reader.begin(site);
            reader.push_str(page);
            reader.finish();
        }
    }

    fn learned(pages: &[&[(String, String)]], memory: u64) -> Result<Learned, Error> {
        let pipeline = Pipeline::builder().build()?;
        let new = || Learner::new(&pipeline, settings(memory), 1 << 20);
        let path = Path::new("counts");
        let merge = |counts: &[Vec<u8>]| {
            let all = new();
            counts.iter().try_for_each(|counts| all.add_counts(path, 2, &mut &counts[..]))?;
            Ok::<Learner, Error>(all)
        };
        let mut firsts = Vec::new();
        for part in pages {
            let first = new();
            read(&mut first.reader(), part);
            let mut counts = Vec::new();
            first.write_counts(&mut counts)?;
            firsts.push(counts);
        }
        let all = merge(&firsts)?.read_again();
        for part in pages {
            let second = merge(&firsts)?.read_again();
            read(&mut second.reader(), part);
            let mut counts = Vec::new();
            second.write_counts(&mut counts)?;
            all.add_counts(path, 2, &mut &counts[..])?;
        }
        Ok(all.learned())
    }

    #[test]
    fn the_counts_of_parts_give_the_rules_of_the_whole() {
        let pages = pages();
        // The smaller memories hold some of the lines, and no line.
        for memory in [16 << 20, 40_000, 0] {
            let pipeline = Pipeline::builder().build().unwrap();
            let first = Learner::new(&pipeline, settings(memory), 1 << 20);
            read(&mut first.reader(), &pages);
            let second = first.read_again();
            read(&mut second.reader(), &pages);
            let whole = second.learned();
            assert_eq!(whole.lines() == 18, memory > 1 << 20, "{}", whole.lines());
            let (a, b) = pages.split_at(23);
            for parts in [&[&pages[..]][..], &[a, b], &[b, &[], a], &[&a[..2], b, &a[2..]]] {
                let merged = learned(parts, memory).unwrap();
                assert_eq!(merged.to_toml(), whole.to_toml());
                assert_eq!(merged, whole);
            }
        }
    }

    #[test]
    fn what_is_no_counts_is_refused_with_its_line() {
        let pipeline = Pipeline::builder().build().unwrap();
        let learner = Learner::new(&pipeline, settings(1 << 20), 0);
        let mut counts = Vec::new();
        learner.write_counts(&mut counts).unwrap();
        assert_eq!(counts, b"{\"end\":0}\n");
        for (counts, message) in [
            ("", "counts:2: the counts end here"),
            ("{\"end\":0}", "counts:2: the counts end here"),
            ("{\"end\":1}\n", "counts:2: entries are missing"),
            ("{\"end\":0}\n\n", "counts:2: entries are missing"),
            ("x\n", "counts:2: no counts: expected value"),
            ("{\"sight\":1}\n", "counts:2: no counts: unknown variant"),
            (
                "{\"part\":{\"number\":1,\"floor\":2,\"cut\":0}}\n",
                "counts:2: this is of the second",
            ),
            (
                "{\"counters\":{\"from\":0,\"of\":65536,\"counts\":\"0x\"}}\n",
                "counts:2: counters are hexadecimal",
            ),
            (
                "{\"counters\":{\"from\":65535,\"of\":65536,\"counts\":\"0101\"}}\n",
                "counts:2: there are no such counters",
            ),
            (
                "{\"counters\":{\"from\":0,\"of\":32,\"counts\":\"01\"}}\n",
                "counts:2: they are of a corpus of another size",
            ),
        ] {
            let error = learner.add_counts(Path::new("counts"), 2, &mut counts.as_bytes());
            let error = error.unwrap_err().to_string();
            assert!(error.starts_with(message), "{counts}: {error}");
        }
        let second = learner.read_again();
        let wrong = "{\"part\":{\"number\":64,\"floor\":2,\"cut\":0}}\n";
        let error = second.add_counts(Path::new("counts"), 2, &mut wrong.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "counts:2: there is no such part");
    }
}
