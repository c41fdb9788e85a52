//! A pipeline: settings, rules and judges, checked once and shared.

use std::borrow::Cow;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

use crate::cleaner::Cleaner;
use crate::decode::{Charset, charset_for_label};
use crate::error::Error;
use crate::hash::Fnv;
use crate::judge::{Boilerplate, Duplicate, Judge, LanguageFilter, WITHOUT_RULES, WithoutRule};
use crate::lang::{Detector, Language, Span};
use crate::repair::RepairSettings;
use crate::report::{Report, Status};
use crate::rules::{Hit, PatternSet, RuleSet, Scratch};
use crate::settings::{BlankLines, Level, Normalization, Stage};
use crate::sink::{BorrowingWriter, TextSink};
use crate::verdict::Category;

/// How much is read at a time from a stream.
const READ_BYTES: usize = 64 * 1024;

/// Cleans documents. Immutable; build it once and share it between threads.
///
/// ```
/// # fn main() -> Result<(), limpio::Error> {
/// let pipeline = limpio::Pipeline::builder().build()?;
/// let cleaned = pipeline.clean("MaÃ±ana serÃ¡ otro dÃ\u{ad}a.\n\nspot_img\n");
/// assert_eq!(cleaned.text, "Mañana será otro día.\n");
/// assert_eq!(cleaned.report.removed[&limpio::Category::Placeholder], 1);
/// # Ok(())
/// # }
/// ```
pub struct Pipeline {
    stages: Vec<Stage>,
    level: Level,
    normalization: Normalization,
    encoding: Option<Charset>,
    langs: Vec<Language>,
    counts_languages: bool,
    disabled: Vec<&'static str>,
    rules: Arc<RuleSet>,
    patterns: PatternSet,
    judges: Vec<Box<dyn Judge>>,
}

/// A cleaned text and what happened to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Cleaned<'t> {
    /// The clean text; borrowed if it is the input or a beginning of it.
    pub text: Cow<'t, str>,
    /// What happened.
    pub report: Report,
}

impl Pipeline {
    /// The settings of `limpio clean`, to be changed and built.
    pub fn builder() -> PipelineBuilder {
        PipelineBuilder::default()
    }

    /// Cleans a text. Never fails, for any text of any size; takes time linear in it.
    ///
    /// The text is borrowed from the input when nothing changes.
    ///
    /// ```
    /// # use std::borrow::Cow;
    /// # fn main() -> Result<(), limpio::Error> {
    /// let pipeline = limpio::Pipeline::builder().build()?;
    /// assert!(matches!(pipeline.clean("Nothing to do here.").text, Cow::Borrowed(_)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn clean<'t>(&self, text: &'t str) -> Cleaned<'t> {
        let mut cleaner = self.cleaner();
        let mut writer = BorrowingWriter::new(text);
        // The sink has no error to give, so neither has the cleaner.
        let report = cleaner
            .push_str(text, &mut writer)
            .and_then(|()| cleaner.finish(&mut writer))
            .unwrap_or_default();
        Cleaned { text: writer.into_text(), report }
    }

    /// Decodes and cleans a document. Any bytes decode; binary ones (NUL bytes that are no UTF-16
    /// or UTF-32) come out empty, with the status `skipped`.
    ///
    /// ```
    /// # fn main() -> Result<(), limpio::Error> {
    /// let pipeline = limpio::Pipeline::builder().build()?;
    /// let cleaned = pipeline.clean_bytes(b"Ma\xf1ana ser\xe1 otro d\xeda.");
    /// assert_eq!(cleaned.text, "Mañana será otro día.");
    /// assert_eq!(cleaned.report.encoding, "windows-1252");
    /// # Ok(())
    /// # }
    /// ```
    pub fn clean_bytes<'t>(&self, bytes: &'t [u8]) -> Cleaned<'t> {
        let mut cleaner = self.cleaner();
        // Borrowing is possible where the bytes are UTF-8 from the start.
        let mut writer = BorrowingWriter::new(std::str::from_utf8(bytes).unwrap_or_default());
        let report = cleaner
            .push(bytes, &mut writer)
            .and_then(|()| cleaner.finish(&mut writer))
            .unwrap_or_default();
        let text = match report.status {
            Status::Skipped => Cow::Borrowed(""),
            _ => writer.into_text(),
        };
        Cleaned { text, report }
    }

    /// Cleans a stream in constant memory. Lines are written as soon as they are decided; the
    /// writer is flushed after each read that led to some.
    ///
    /// # Errors
    ///
    /// Those of the reader and the writer. What was written until then stays written.
    ///
    /// ```
    /// # fn main() -> Result<(), limpio::Error> {
    /// let pipeline = limpio::Pipeline::builder().build()?;
    /// let mut clean = Vec::new();
    /// let report = pipeline.clean_stream("One line. \r\n\r\n\r\nAnother.".as_bytes(), &mut clean)?;
    /// assert_eq!(clean, b"One line.\n\nAnother.");
    /// assert_eq!(report.lines_in, 4);
    /// # Ok(())
    /// # }
    /// ```
    pub fn clean_stream(&self, mut from: impl Read, to: impl Write) -> Result<Report, Error> {
        let mut cleaner = self.cleaner();
        let mut sink = TextSink::new(to);
        let mut buffer = vec![0; READ_BYTES];
        loop {
            match from.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => {
                    cleaner.push(&buffer[..read], &mut sink)?;
                    sink.get_mut().flush()?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        let report = cleaner.finish(&mut sink)?;
        sink.get_mut().flush()?;
        Ok(report)
    }

    /// The languages of a text: spans in order, without gaps, in UTF-8 byte offsets.
    ///
    /// The text is taken as it is, not cleaned first. An empty text has no spans.
    ///
    /// ```
    /// # use limpio::lang::Language;
    /// # fn main() -> Result<(), limpio::Error> {
    /// let pipeline = limpio::Pipeline::builder().build()?;
    /// let spans = pipeline.languages("The meeting is at five. La reunión es a las cinco.");
    /// let languages: Vec<Language> = spans.iter().map(|span| span.lang).collect();
    /// assert_eq!(languages, [Language::En, Language::Es]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn languages(&self, text: &str) -> Vec<Span> {
        Detector::shared().spans(text)
    }

    /// A cleaner for documents that arrive in pieces, with a sink that sees every line.
    pub fn cleaner(&self) -> Cleaner<'_> {
        Cleaner::new(self)
    }

    /// The rules in force, those of switched-off stages left out.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// A hash of the rules in force, the same on every machine.
    pub fn rules_hash(&self) -> u64 {
        self.rules.hash()
    }

    /// A hash of all that decides what comes out: settings, rules and the version of the program.
    /// What is only told of a document (its languages) does not count.
    pub fn fingerprint(&self) -> u64 {
        let settings = format!(
            "{}|{:?}|{:?}|{:?}|{}|{:?}|{:?}|{}",
            env!("CARGO_PKG_VERSION"),
            self.stages,
            self.level,
            self.normalization,
            self.encoding.map_or_else(|| "auto".to_owned(), Charset::name),
            self.langs,
            self.disabled,
            self.rules_hash(),
        );
        Fnv::new().add(settings.as_bytes()).value()
    }

    pub(crate) fn encoding(&self) -> Option<Charset> {
        self.encoding
    }

    pub(crate) fn normalizes(&self) -> bool {
        self.stages.contains(&Stage::Normalize)
    }

    pub(crate) fn blank_lines(&self) -> BlankLines {
        self.normalization.blank_lines
    }

    pub(crate) fn counts_languages(&self) -> bool {
        self.counts_languages
    }

    pub(crate) fn repair_settings(&self) -> RepairSettings {
        RepairSettings {
            mojibake: self.stages.contains(&Stage::Mojibake),
            normalization: self.normalizes().then_some(self.normalization),
        }
    }

    pub(crate) fn find(&self, line: &str, scratch: &mut Scratch, hits: &mut Vec<Hit>) {
        self.patterns.matches(line, scratch, hits);
    }

    /// Whether any judge or rule looks at lines.
    pub(crate) fn judges_lines(&self) -> bool {
        !self.judges.is_empty() || !self.rules.rules().is_empty()
    }

    pub(crate) fn judges(&self) -> &[Box<dyn Judge>] {
        &self.judges
    }
}

/// What a [`Pipeline`] shall do.
#[derive(Debug, Clone)]
pub struct PipelineBuilder {
    stages: Vec<Stage>,
    level: Level,
    normalization: Normalization,
    encoding: Option<Charset>,
    langs: Vec<Language>,
    counts_languages: bool,
    rules: RuleSet,
    /// Ids of judges without rules that are switched off.
    disabled: Vec<&'static str>,
}

impl Default for PipelineBuilder {
    fn default() -> PipelineBuilder {
        PipelineBuilder {
            stages: Stage::ALL.to_vec(),
            level: Level::Balanced,
            normalization: Normalization::default(),
            encoding: None,
            langs: Vec::new(),
            counts_languages: false,
            rules: RuleSet::builtin(),
            disabled: Vec::new(),
        }
    }
}

impl PipelineBuilder {
    /// Runs these stages and no others. Decoding is always on.
    pub fn only(mut self, stages: &[Stage]) -> Self {
        self.stages.retain(|stage| stages.contains(stage));
        self
    }

    /// Leaves these stages out.
    pub fn skip(mut self, stages: &[Stage]) -> Self {
        self.stages.retain(|stage| !stages.contains(stage));
        self
    }

    /// How readily a line is called boilerplate or spam.
    pub fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// Adds the rules of a file, which may override built-in ones.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or a rule in it is wrong: the error names file, line and rule.
    pub fn rules_file(self, path: &Path) -> Result<Self, Error> {
        let text =
            std::fs::read_to_string(path).map_err(|error| Error::from(error).at_path(path))?;
        self.rules_toml(path, &text)
    }

    /// Adds rules from a text; `path` is the name that errors carry.
    ///
    /// # Errors
    ///
    /// A rule is wrong: the error names path, line and rule.
    ///
    /// ```
    /// # use std::path::Path;
    /// # fn main() -> Result<(), limpio::Error> {
    /// let rules = r#"
    /// [[rule]]
    /// id = "mine.promo"
    /// category = "ad"
    /// phrases = ["rebajas de otoño"]
    /// at = "line-start"
    /// examples = ["Rebajas de otoño: hasta el 50 %"]
    /// counter-examples = ["Las rebajas de otoño empiezan el lunes."]
    /// "#;
    /// let builder = limpio::Pipeline::builder().rules_toml(Path::new("mine.toml"), rules)?;
    /// let cleaned = builder.build()?.clean("Llueve.\nRebajas de otoño: hasta el 50 %\n");
    /// assert_eq!(cleaned.text, "Llueve.\n");
    /// # Ok(())
    /// # }
    /// ```
    pub fn rules_toml(mut self, path: &Path, text: &str) -> Result<Self, Error> {
        self.rules.add_toml(path, text)?;
        Ok(self)
    }

    /// Switches off a rule by id, or every rule of a category. What removes lines without a rule
    /// (`edge.head`, `edge.tail`, `duplicate.heading`, `duplicate.paragraph`) is switched off alike.
    ///
    /// # Errors
    ///
    /// There is no such rule or category.
    pub fn disable(mut self, id_or_category: &str) -> Result<Self, Error> {
        let is_meant = |judge: &&WithoutRule| {
            let is_named = judge.id == id_or_category || judge.category.as_str() == id_or_category;
            judge.can_be_disabled && is_named
        };
        let before = self.disabled.len();
        self.disabled.extend(WITHOUT_RULES.iter().filter(is_meant).map(|judge| judge.id));
        let is_category = id_or_category.parse::<Category>().is_ok();
        if is_category || self.disabled.len() == before {
            self.rules.disable(id_or_category)?;
        }
        Ok(self)
    }

    /// Keeps only lines in these languages; lines without one follow their neighbours. An empty
    /// list keeps all.
    pub fn langs(mut self, langs: &[Language]) -> Self {
        self.langs = langs.to_vec();
        self
    }

    /// Reads bytes with this encoding, by its WHATWG label (or `ibm437`, `ibm850`, `ibm852`), or `auto`.
    /// A byte order mark wins.
    ///
    /// # Errors
    ///
    /// The label is unknown.
    pub fn encoding(mut self, label: &str) -> Result<Self, Error> {
        self.encoding = match label {
            "auto" => None,
            label => Some(charset_for_label(label)?),
        };
        Ok(self)
    }

    /// How text is normalised.
    pub fn normalization(mut self, normalization: Normalization) -> Self {
        self.normalization = normalization;
        self
    }

    /// Fills [`Report::languages`], which costs a look at every kept word.
    pub fn count_languages(mut self, count: bool) -> Self {
        self.counts_languages = count;
        self
    }

    /// Compiles the rules.
    ///
    /// # Errors
    ///
    /// A rule set that was not checked does not compile.
    pub fn build(self) -> Result<Pipeline, Error> {
        let mut rules = self.rules;
        if !self.stages.contains(&Stage::Spam) {
            rules.retain(|rule| rule.category != Category::Spam);
        }
        if !self.stages.contains(&Stage::Boilerplate) {
            rules.retain(|rule| rule.category == Category::Spam);
        }
        let rules = Arc::new(rules);
        let threshold = self.level.threshold();
        let mut judges: Vec<Box<dyn Judge>> = Vec::new();
        if !rules.rules().is_empty() {
            judges.push(Box::new(Boilerplate::new(Arc::clone(&rules), threshold, &self.disabled)));
        }
        if self.stages.contains(&Stage::Boilerplate) {
            judges.push(Box::new(Duplicate::new(threshold, &self.disabled)));
        }
        if !self.langs.is_empty() {
            judges.push(Box::new(LanguageFilter::new(self.langs.clone())));
        }
        Ok(Pipeline {
            stages: self.stages,
            level: self.level,
            normalization: self.normalization,
            encoding: self.encoding,
            langs: self.langs,
            counts_languages: self.counts_languages,
            disabled: self.disabled,
            patterns: PatternSet::compile(&rules)?,
            rules,
            judges,
        })
    }
}
