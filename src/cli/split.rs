//! `--split-langs`: the clean text of a document in one place per language.
//!
//! Every kept line goes to the language it goes by, as with `--langs`: its own, or for a line without one
//! that of the line before it (of the next one that has a language, while none came before). A text
//! with no language in sight stands in every place, for each of `--langs es` and `--langs en`
//! would keep it. Blank lines are folded in each place by itself, so that what stands there looks
//! like the clean text of `--langs` with that one language.

use std::io::{self, Write};

use limpio::lang::Language;
use limpio::{BlankLines, Line, Sink, TextSink, Verdict};

use super::args::Clean;

/// The languages of `--split-langs` where `--langs` names none.
const USUAL: [Language; 2] = [Language::Es, Language::En];

/// How clean text is parted.
#[derive(Debug, Clone)]
pub struct Split {
    /// A place for each; lines in others are dropped.
    pub langs: Vec<Language>,
    pub blank_lines: BlankLines,
}

impl Split {
    /// What the options ask for.
    pub fn of(args: &Clean) -> Option<Split> {
        args.outputs.split_langs.then(|| {
            let named = &args.cleaning.langs;
            let all = if named.is_empty() { &USUAL[..] } else { named };
            let mut langs: Vec<Language> = Vec::new();
            for lang in all {
                if !langs.contains(lang) {
                    langs.push(*lang);
                }
            }
            Split { langs, blank_lines: args.cleaning.blank_lines }
        })
    }
}

/// Where clean text goes: one writer, or one for each language of a [`Split`].
pub enum Outlet<'o> {
    One(&'o mut dyn Write),
    PerLanguage(&'o Split, Vec<&'o mut dyn Write>),
}

impl Outlet<'_> {
    /// Writes what was made for each writer.
    pub fn write_all(&mut self, parts: &[Vec<u8>]) -> io::Result<()> {
        match self {
            Outlet::One(to) => parts.iter().try_for_each(|part| to.write_all(part)),
            Outlet::PerLanguage(_, writers) => {
                writers.iter_mut().zip(parts).try_for_each(|(to, part)| to.write_all(part))
            }
        }
    }

    pub fn flush(&mut self) -> io::Result<()> {
        match self {
            Outlet::One(to) => to.flush(),
            Outlet::PerLanguage(_, writers) => writers.iter_mut().try_for_each(|to| to.flush()),
        }
    }
}

/// Writes clean text to an [`Outlet`].
pub enum OutletSink<W> {
    One(TextSink<W>),
    PerLanguage(SplitSink<W>),
}

impl<'o> OutletSink<&'o mut dyn Write> {
    pub fn to<'w: 'o>(outlet: &'o mut Outlet<'w>) -> OutletSink<&'o mut dyn Write> {
        match outlet {
            Outlet::One(to) => OutletSink::One(TextSink::new(&mut **to)),
            Outlet::PerLanguage(split, writers) => {
                let writers = writers.iter_mut().map(|to| &mut **to as &mut dyn Write);
                OutletSink::PerLanguage(SplitSink::new(split, writers))
            }
        }
    }
}

impl<W: Write> OutletSink<W> {
    pub fn flush(&mut self) -> io::Result<()> {
        match self {
            OutletSink::One(sink) => sink.get_mut().flush(),
            OutletSink::PerLanguage(sink) => {
                sink.ways.iter_mut().try_for_each(|way| way.to.flush())
            }
        }
    }

    /// Bytes that were written, where they are not those of the cleaner's own count.
    pub fn bytes(&self) -> Option<u64> {
        match self {
            OutletSink::One(_) => None,
            OutletSink::PerLanguage(sink) => Some(sink.ways.iter().map(|way| way.bytes).sum()),
        }
    }
}

impl<W: Write> Sink for OutletSink<W> {
    fn line(&mut self, line: &Line<'_>, verdict: &Verdict) -> io::Result<()> {
        match self {
            OutletSink::One(sink) => sink.line(line, verdict),
            OutletSink::PerLanguage(sink) => sink.line(line, verdict),
        }
    }

    fn end(&mut self, newline: bool) -> io::Result<()> {
        match self {
            OutletSink::One(sink) => sink.end(newline),
            OutletSink::PerLanguage(sink) => sink.end(newline),
        }
    }
}

/// Writes kept lines to the writer of their language.
pub struct SplitSink<W> {
    ways: Vec<Way<W>>,
    blank_lines: BlankLines,
    /// Blank lines in a row that were seen last.
    run: u64,
}

struct Way<W> {
    lang: Language,
    to: W,
    started: bool,
    /// Blank lines since the line that was written last: the longest run.
    blanks: u64,
    bytes: u64,
}

impl<W: Write> SplitSink<W> {
    /// A sink with a writer for each language of the split, in its order.
    pub fn new(split: &Split, writers: impl IntoIterator<Item = W>) -> SplitSink<W> {
        let way = |(lang, to)| Way { lang, to, started: false, blanks: 0, bytes: 0 };
        SplitSink {
            ways: split.langs.iter().copied().zip(writers).map(way).collect(),
            blank_lines: split.blank_lines,
            run: 0,
        }
    }
}

impl<W: Write> Sink for SplitSink<W> {
    fn line(&mut self, line: &Line<'_>, verdict: &Verdict) -> io::Result<()> {
        if *verdict == Verdict::Blank {
            self.run += 1;
            return Ok(());
        }
        let run = std::mem::take(&mut self.run);
        // What is kept in spite of its language (pieces of over-long lines) must not get lost.
        let lang = line.lang.filter(|lang| self.ways.iter().any(|way| way.lang == *lang));
        for way in &mut self.ways {
            way.blanks = way.blanks.max(run);
            if verdict.is_keep() && lang.is_none_or(|lang| lang == way.lang) {
                way.write(line, self.blank_lines)?;
            }
        }
        Ok(())
    }

    fn end(&mut self, newline: bool) -> io::Result<()> {
        for way in self.ways.iter_mut().filter(|way| newline && way.started) {
            way.to.write_all(b"\n")?;
            way.bytes += 1;
        }
        Ok(())
    }
}

impl<W: Write> Way<W> {
    fn write(&mut self, line: &Line<'_>, blank_lines: BlankLines) -> io::Result<()> {
        if line.starts {
            let blanks = std::mem::take(&mut self.blanks);
            if std::mem::replace(&mut self.started, true) {
                let blanks = if blank_lines == BlankLines::One { blanks.min(1) } else { blanks };
                for _ in 0..=blanks {
                    self.to.write_all(b"\n")?;
                }
                self.bytes += 1 + blanks;
            }
        }
        self.bytes += line.text.len() as u64;
        self.to.write_all(line.text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use limpio::Pipeline;

    fn parted(text: &str, langs: &[Language], blank_lines: BlankLines) -> Vec<String> {
        let split = Split { langs: langs.to_vec(), blank_lines };
        let pipeline = Pipeline::builder().only(&[limpio::Stage::Normalize]).langs(langs);
        let pipeline = pipeline.build().unwrap();
        let mut texts = vec![Vec::new(); langs.len()];
        let mut cleaner = pipeline.cleaner();
        let mut sink = SplitSink::new(&split, texts.iter_mut());
        cleaner.push_str(text, &mut sink).unwrap();
        cleaner.finish(&mut sink).unwrap();
        let bytes: u64 = sink.ways.iter().map(|way| way.bytes).sum();
        assert_eq!(bytes, texts.iter().map(|text| text.len() as u64).sum::<u64>());
        texts.into_iter().map(|text| String::from_utf8(text).unwrap()).collect()
    }

    #[test]
    fn each_place_is_the_clean_text_of_its_language() {
        use Language::{En, Es, Other};
        let text = "2026\n\nLa reunión es a las cinco de la tarde.\n\nThe meeting is at five o'clock.\n\n\n\n\
                    555 1234\nNos vemos mañana en la oficina.\nA reunião começa às cinco horas da tarde.";
        for langs in [&[Es, En][..], &[En, Es], &[Es], &[Es, En, Other]] {
            let texts = parted(text, langs, BlankLines::One);
            for (lang, found) in langs.iter().zip(texts) {
                let only = Pipeline::builder().only(&[limpio::Stage::Normalize]).langs(&[*lang]);
                assert_eq!(found, only.build().unwrap().clean(text).text, "{lang} of {langs:?}");
            }
        }
        assert_eq!(
            parted(text, &[En], BlankLines::Keep),
            ["The meeting is at five o'clock.\n\n\n\n555 1234"]
        );
    }

    #[test]
    fn a_text_without_a_language_stands_in_every_place() {
        let texts = parted("555 1234\n\n666\n", &USUAL, BlankLines::One);
        assert_eq!(texts, ["555 1234\n\n666\n", "555 1234\n\n666\n"]);
        assert_eq!(parted("", &USUAL, BlankLines::One), ["", ""]);
    }
}
