//! A pipeline: settings, rules and judges, checked once and shared.

use std::borrow::Cow;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

use crate::cleaner::Cleaner;
use crate::decode::{Charset, charset_for_label};
use crate::error::Error;
use crate::hash::Fnv;
use crate::judge::{
    Boilerplate, Duplicate, Judges, LanguageFilter, LineModelJudge, MODEL_LINE, SPAM_SIGNS, Spam,
    THREAD, WITHOUT_RULES, WithoutRule,
};
use crate::lang::{Detector, Language, Span};
use crate::model::LineModel;
use crate::repair::RepairSettings;
use crate::report::{Report, Status};
use crate::rules::{Hit, PatternSet, Reach, RuleSet, Scratch, SiteKey};
use crate::settings::{BlankLines, Level, Normalization, Stage};
use crate::sink::{BorrowingWriter, TextSink};
use crate::spam::{Glance, LineSigns};
use crate::verdict::Category;

/// How much is read at a time from a stream.
const READ_BYTES: usize = 64 * 1024;

/// The score from which a document is best dropped as spam.
///
/// Measured on 2,175 documents that are no spam, 2026-11: two reach it, both written lists of what
/// spam says; no real page reaches 0.65. Of written offers nine in ten do, of fresh ones one in two.
/// Counter-example: a notice of two lines that warns of a loan offer by repeating it.
pub const DROP_SPAM_DOCUMENTS: f64 = 0.8;

/// Weight from which a spam phrase is not met in reports: see the notes on rules.
const SURE_PHRASE: f32 = 0.75;

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
    spam_document_score: Option<f64>,
    rules: Arc<RuleSet>,
    patterns: PatternSet,
    judges: Judges,
    model: Option<&'static LineModel>,
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

    /// What a line shows of spam: the features that its score is made of, by name, those that are 0
    /// left out. Empty where nothing is seen, or with the stage `spam` off.
    ///
    /// For who trains the weights, or wonders about a score.
    ///
    /// ```
    /// # fn main() -> Result<(), limpio::Error> {
    /// let pipeline = limpio::Pipeline::builder().build()?;
    /// let signs = pipeline.spam_signs("Cheap replica watches, call now!!");
    /// assert!(signs.iter().any(|(name, _)| *name == "exclamations"));
    /// assert!(pipeline.spam_signs("The watch had stopped.").is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn spam_signs(&self, line: &str) -> Vec<(&'static str, f32)> {
        let (mut scratch, mut glance) = (Scratch::default(), Glance::default());
        let signs = self.find(line, None, &mut scratch, &mut glance, &mut Vec::new());
        signs.map(|signs| signs.features()).unwrap_or_default()
    }

    /// A cleaner for documents that arrive in pieces, with a sink that sees every line.
    pub fn cleaner(&self) -> Cleaner<'_> {
        Cleaner::new(self)
    }

    /// The rules in force, those of switched-off stages left out.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// Whether some rule in force holds for documents of the site and not of all.
    pub fn has_rules_of(&self, site: &str) -> bool {
        self.patterns.site(site).is_some()
    }

    /// Whether some rule in force holds for documents of some sites only.
    pub fn has_rules_of_sites(&self) -> bool {
        self.patterns.names_sites()
    }

    /// A hash of the rules in force, the same on every machine.
    pub fn rules_hash(&self) -> u64 {
        self.rules.hash()
    }

    /// A hash of all that decides what comes out: settings, rules and the version of the program.
    /// What is only told of a document (its languages) does not count.
    pub fn fingerprint(&self) -> u64 {
        let settings = format!(
            "{}|{:?}|{:?}|{:?}|{}|{:?}|{:?}|{:?}|{}",
            env!("CARGO_PKG_VERSION"),
            self.stages,
            self.level,
            self.normalization,
            self.encoding.map_or_else(|| "auto".to_owned(), Charset::name),
            self.langs,
            self.disabled,
            self.spam_document_score,
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

    /// The score from which documents are dropped as spam, if they are.
    pub(crate) fn spam_document_score(&self) -> Option<f64> {
        self.spam_document_score
    }

    pub(crate) fn repair_settings(&self) -> RepairSettings {
        RepairSettings {
            mojibake: self.stages.contains(&Stage::Mojibake),
            normalization: self.normalizes().then_some(self.normalization),
        }
    }

    /// Finds the phrases of a line and, where spam is looked for, its signs.
    pub(crate) fn find(
        &self,
        line: &str,
        site: Option<SiteKey>,
        scratch: &mut Scratch,
        glance: &mut Glance,
        hits: &mut Vec<Hit>,
    ) -> Option<LineSigns> {
        if !self.stages.contains(&Stage::Spam) {
            self.patterns.matches(line, site, scratch, hits, &mut ());
            return None;
        }
        glance.clear();
        self.patterns.matches(line, site, scratch, hits, glance);
        glance.signs(line, self.spam_phrases(hits))
    }

    /// Takes out of the hits what only tells that a line may belong to a thread of comments: the number of
    /// the first such rule.
    pub(crate) fn take_thread(&self, hits: &mut Vec<Hit>) -> Option<usize> {
        let is_thread = |hit: &Hit| self.rules.rules()[hit.rule].reach == Reach::Thread;
        let first = hits.iter().find(|hit| is_thread(hit))?.rule;
        // A rule of no weight says that the line only looks like one.
        let looks_so = |hit: &Hit| is_thread(hit) && self.rules.rules()[hit.rule].weight == 0.0;
        let only_looks_so = hits.iter().any(looks_so);
        hits.retain(|hit| !is_thread(hit));
        (!only_looks_so).then_some(first)
    }

    /// Whether threads of comments are looked for.
    pub(crate) fn finds_threads(&self) -> bool {
        self.model.is_some() && !self.disabled.contains(&THREAD)
    }

    /// How sure the surer spam phrases of a line are, those that overlap counted once. Those that
    /// reports hold as well are left to the signs.
    fn spam_phrases(&self, hits: &[Hit]) -> f32 {
        let mut end = 0;
        let mut sum = 0.0;
        for hit in hits {
            let rule = &self.rules.rules()[hit.rule];
            let is_sure = rule.category == Category::Spam && rule.weight >= SURE_PHRASE;
            if is_sure && hit.start >= end {
                sum += rule.weight;
                end = hit.end;
            }
        }
        sum
    }

    /// The key of a document's site, if some rule names it.
    pub(crate) fn site(&self, name: &str) -> Option<SiteKey> {
        self.patterns.site(name)
    }

    pub(crate) fn level(&self) -> Level {
        self.level
    }

    /// The line model, if it is asked.
    pub(crate) fn model(&self) -> Option<&'static LineModel> {
        self.model
    }

    /// Whether any judge or rule looks at lines, or the spam score does.
    pub(crate) fn judges_lines(&self) -> bool {
        !self.judges.is_empty() || self.stages.contains(&Stage::Spam)
    }

    pub(crate) fn judges(&self) -> &Judges {
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
    spam_document_score: Option<f64>,
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
            spam_document_score: None,
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
    /// (`model.line`, `duplicate.block`, `duplicate.heading`, `duplicate.paragraph`) is switched off
    /// alike.
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

    /// Empties documents that are spam as a whole: whose [`Report::spam_score`], 0 to 1, is at least
    /// this. `None`, the default, empties none. Nothing happens with the stage `spam` off.
    ///
    /// The lines of a document wait for its end, up to 1 MiB of them; of a longer document the
    /// lines go out as usual, and the report holds a warning. [`DROP_SPAM_DOCUMENTS`] is the score
    /// that the command takes.
    ///
    /// ```
    /// # fn main() -> Result<(), limpio::Error> {
    /// let builder = limpio::Pipeline::builder();
    /// let pipeline = builder.drop_spam_documents(Some(limpio::DROP_SPAM_DOCUMENTS)).build()?;
    /// let cleaned = pipeline.clean("Cheap replica watches!!! Order now: http://watches.example\n");
    /// assert_eq!(cleaned.text, "");
    /// assert!(cleaned.report.reason.starts_with("spam as a whole"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn drop_spam_documents(mut self, score: Option<f64>) -> Self {
        self.spam_document_score = score;
        self
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
        let mut judges = Judges::default();
        if !rules.rules().is_empty() {
            judges.boilerplate = Some(Boilerplate::new(Arc::clone(&rules), threshold));
        }
        let mut model = None;
        if self.stages.contains(&Stage::Boilerplate) && !self.disabled.contains(&MODEL_LINE) {
            model = Some(LineModel::shared());
            judges.line_model = Some(LineModelJudge);
        }
        let runs_spam = self.stages.contains(&Stage::Spam);
        if runs_spam && !self.disabled.contains(&SPAM_SIGNS) {
            judges.spam = Some(Spam::new(threshold));
        }
        if self.stages.contains(&Stage::Boilerplate) {
            judges.duplicate = Some(Duplicate::new(threshold, &self.disabled));
        }
        if !self.langs.is_empty() {
            judges.language = Some(LanguageFilter::new(self.langs.clone()));
        }
        let watched = runs_spam.then(Glance::keys).into_iter().flatten();
        let patterns = PatternSet::watching(&rules, watched)?;
        Ok(Pipeline {
            spam_document_score: self.spam_document_score.filter(|_| runs_spam),
            stages: self.stages,
            level: self.level,
            normalization: self.normalization,
            encoding: self.encoding,
            langs: self.langs,
            counts_languages: self.counts_languages,
            disabled: self.disabled,
            patterns,
            rules,
            judges,
            model,
        })
    }
}
