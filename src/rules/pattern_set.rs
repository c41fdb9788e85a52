//! The pattern set: all phrases of all rules, compiled once, looked up where a phrase may start.
//!
//! Keys (the first literal piece of each phrase, folded) stand in an index by their first bytes.
//! A sieve turns most places away where none begins; a look-up at what is left meets
//! every key that is a prefix of the text: a longer phrase hides no shorter one. Whoever looks for
//! keys of their own at the same places ([`WatchStarts`]) has them in the same index. Rules for whole
//! lines and line starts are looked up once per line, behind its leading marks; the others at every
//! word of a short line, and at the words of both ends of a long one. So a line of 64 KiB costs
//! little more than one of 448 bytes. Shapes (regular expressions) run only where one of their signs
//! stands in the line.

use memchr::memmem;

use super::RuleSet;
use super::fold::{self, Digits, Fold, Folded, Places};
use super::key_index::{Key, KeyIndex};
use super::key_sieve::Sifted;
use super::line_form::FormScratch;
use super::pattern::Pattern;
use super::rule::Rule;
use super::shape::Shapes;
use super::site_index::{SiteIndex, SiteKey};
use crate::Error;
use crate::wide::Wide;

/// Lines up to this many bytes are looked through as a whole.
///
/// Source: the longest phrase may have 200 characters. Measured on real pages, 2026-11: three of
/// four lines of prose have at most 363 bytes in English and 421 in Spanish.
/// Counter-example: a call to comment in the midst of a longer paragraph.
const WHOLE_LINE_BYTES: usize = 448;

/// Of a longer line this much of the start,
const HEAD_BYTES: usize = 256;

/// and this much of the end is looked through.
const TAIL_BYTES: usize = 192;

/// All phrases and shapes of a rule set, ready to match. Immutable; share it between threads.
pub(crate) struct PatternSet {
    /// Patterns whose keys stand at the start of a line, and those inside it or at its end.
    heads: Vec<Pattern>,
    inner: Vec<Pattern>,
    head_keys: KeyIndex,
    /// The keys inside the line, and behind them those that others watch for.
    inner_keys: KeyIndex,
    shapes: Shapes,
    /// What holds on some sites only.
    sites: SiteIndex,
    wide: Option<Wide>,
}

/// A phrase or shape that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hit {
    /// Index into [`RuleSet::rules`].
    pub rule: usize,
    /// Number of the phrase in its rule; shapes count on from the phrases.
    pub phrase: u32,
    /// Byte offset of the phrase in the line.
    pub start: usize,
    /// Byte offset behind the phrase.
    pub end: usize,
}

/// Buffers of a matcher, reused from line to line.
#[derive(Default)]
pub(crate) struct Scratch {
    window: Folded,
    strict: Folded,
    places: Places,
    sifted: Sifted,
    candidates: Vec<Candidate>,
    met: Vec<Met>,
    form: FormScratch,
}

/// A key that is watched for, met where a word or sign begins.
pub(crate) struct Met {
    /// Byte of the folded text where it begins, and the one behind it.
    pub start: u32,
    pub end: u32,
    /// Its number among those that are watched for.
    pub key: u32,
}

/// Watches what is looked through for phrases, to look for something else.
pub(crate) trait WatchStarts {
    /// Words and signs begin with these bytes, four of each, folded, with zeros behind the last up to a
    /// multiple of eight. Nobody asks for them again.
    fn begin(&mut self, fours: &mut [u32]);

    /// A piece of the line ends whose folded text this is. `places` are where words and signs begin
    /// in it, `met` the keys that were met there, by their places, the shorter ones first.
    fn end_piece(&mut self, text: &[u8], places: &[u32], met: &[Met]);
}

/// Where there is nothing else to look for.
impl WatchStarts for () {
    fn begin(&mut self, _: &mut [u32]) {}

    fn end_piece(&mut self, _: &[u8], _: &[u32], _: &[Met]) {}
}

/// A part of a line that is looked through: its bytes, and whether it is the line's beginning.
#[derive(Clone, Copy)]
struct Piece {
    from: usize,
    to: usize,
    is_head: bool,
}

/// A key that was found, whose pattern is still to be verified.
struct Candidate {
    pattern: usize,
    is_inner: bool,
    start: usize,
    end: usize,
}

impl PatternSet {
    /// Compiles the phrases of a set.
    ///
    /// Rule sets are checked when they are loaded, so this only fails for one that was not.
    pub(crate) fn compile(rules: &RuleSet) -> Result<PatternSet, Error> {
        PatternSet::watching(rules, std::iter::empty())
    }

    /// The same with other keys, folded and not empty, that somebody watches for. They have the numbers
    /// in which they come.
    pub(crate) fn watching(
        rules: &RuleSet,
        watched: impl Iterator<Item = Key<'static>>,
    ) -> Result<PatternSet, Error> {
        PatternSet::of(rules.rules(), watched)
    }

    /// Compiles the phrases of some rules.
    pub(super) fn of(
        rules: &[Rule],
        watched: impl Iterator<Item = Key<'static>>,
    ) -> Result<PatternSet, Error> {
        let everywhere = rules.iter().filter(|rule| rule.sites.is_empty());
        let count = everywhere.map(|rule| rule.phrases.len()).sum();
        let mut heads = Vec::with_capacity(count);
        let mut inner = Vec::with_capacity(count);
        let mut sites = SiteIndex::default();
        let mut scratch = Folded::default();
        for (index, rule) in rules.iter().enumerate() {
            sites.take_rule(rule, index);
            for (number, phrase) in rule.phrases.iter().enumerate() {
                if sites.take(rule, index, number) {
                    continue;
                }
                let (rule_number, number) = (index as u32, number as u32);
                let (first, second) =
                    Pattern::compile(rule, rule_number, number, phrase, &mut scratch).map_err(
                        |_| super::error_in(rule, format!("phrase \"{phrase}\" is no phrase")),
                    )?;
                for pattern in std::iter::once(first).chain(second) {
                    if pattern.is_at_head() { &mut heads } else { &mut inner }.push(pattern);
                }
            }
        }
        let head_keys = KeyIndex::new(heads.iter().map(Pattern::key));
        let watched = watched.map(|Key { bytes, is_whole }| Key { bytes, is_whole });
        let inner_keys = KeyIndex::new(inner.iter().map(Pattern::key).chain(watched));
        let (shapes, wide) = (Shapes::of(rules), Wide::detect());
        Ok(PatternSet { heads, inner, head_keys, inner_keys, shapes, sites, wide })
    }

    /// Whether some rule names a site.
    pub(crate) fn names_sites(&self) -> bool {
        self.sites.names_sites()
    }

    /// The key of a site, if some rule names it.
    pub(crate) fn site(&self, name: &str) -> Option<SiteKey> {
        Some(SiteKey::of(name)).filter(|site| self.sites.knows(*site))
    }

    /// Puts every phrase and shape that the line holds into `hits`, in place of what was there.
    ///
    /// `line` is repaired text without its line end; `site` is the document's, if a rule names it. Hits are ordered by place and rule; they
    /// may overlap. Takes time linear in the line and allocates nothing once `scratch` has grown.
    ///
    /// `watch` sees what is looked through as well. A long line is shown in two pieces, its two ends.
    pub(crate) fn matches(
        &self,
        line: &str,
        site: Option<SiteKey>,
        scratch: &mut Scratch,
        hits: &mut Vec<Hit>,
        watch: &mut impl WatchStarts,
    ) {
        hits.clear();
        let head = fold::leading_marks(line);
        if line.len() <= WHOLE_LINE_BYTES {
            let piece = Piece { from: head, to: line.len(), is_head: true };
            self.look_through(line, piece, scratch, hits, watch);
        } else {
            let to = char_floor(line, head + HEAD_BYTES);
            let piece = Piece { from: head, to, is_head: true };
            self.look_through(line, piece, scratch, hits, watch);
            let from = char_floor(line, line.len() - TAIL_BYTES).max(to);
            let piece = Piece { from, to: line.len(), is_head: false };
            self.look_through(line, piece, scratch, hits, watch);
        }
        let folded =
            (line.len() <= WHOLE_LINE_BYTES).then_some((&scratch.window, scratch.places.all()));
        self.shapes.find(line, head, folded, hits);
        self.sites.find(line, site, &mut scratch.form, hits);
        hits.sort_unstable_by_key(|hit| (hit.start, hit.rule, hit.phrase, hit.end));
        hits.dedup();
    }

    fn look_through(
        &self,
        line: &str,
        piece: Piece,
        scratch: &mut Scratch,
        hits: &mut Vec<Hit>,
        watch: &mut impl WatchStarts,
    ) {
        let wide = self.wide;
        #[cfg(target_arch = "x86_64")]
        if let Some(wide) = wide {
            // SAFETY: there is a `Wide` only where the processor has all that is asked for.
            unsafe { self.look_through_wide(line, piece, scratch, hits, watch, wide) };
            return;
        }
        self.look_through_by(line, piece, scratch, hits, watch, wide);
    }

    /// The same for processors that have what [`Wide`] says.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn look_through_wide(
        &self,
        line: &str,
        piece: Piece,
        scratch: &mut Scratch,
        hits: &mut Vec<Hit>,
        watch: &mut impl WatchStarts,
        wide: Wide,
    ) {
        self.look_through_by(line, piece, scratch, hits, watch, Some(wide));
    }

    #[inline(always)]
    fn look_through_by(
        &self,
        line: &str,
        piece: Piece,
        scratch: &mut Scratch,
        hits: &mut Vec<Hit>,
        watch: &mut impl WatchStarts,
        wide: Option<Wide>,
    ) {
        let Scratch { window, strict, places, sifted, candidates, met, .. } = scratch;
        let Piece { from, to, is_head } = piece;
        let text = &line[from..to];
        // A window that is cut inside a word begins with its next one.
        let in_word = !is_head && line[..from].ends_with(char::is_alphanumeric);
        window.fill_with_places(text, in_word, places, wide);
        candidates.clear();
        met.clear();
        if is_head {
            self.head_keys.keys_at(&window.bytes, &[0], |_, pattern, len| {
                candidates.push(Candidate { pattern, is_inner: false, start: 0, end: len });
            });
        }
        let places = places.all();
        let (passed, fours) = self.inner_keys.sieve().sift(&window.bytes, places, sifted);
        watch.begin(fours);
        self.inner_keys.keys_at(&window.bytes, passed, |start, key, len| {
            let end = start + len;
            match key.checked_sub(self.inner.len()) {
                Some(key) => {
                    met.push(Met { start: start as u32, end: end as u32, key: key as u32 });
                }
                None => candidates.push(Candidate { pattern: key, is_inner: true, start, end }),
            }
        });
        watch.end_piece(&window.bytes, places, met);
        let head = is_head.then_some(0);
        candidates.retain(|candidate| {
            let key = (candidate.start, candidate.end);
            self.pattern_of(candidate).may_match(window, key, head)
        });
        if candidates.is_empty() {
            return;
        }
        window.locate(text, from, Fold::default(), Digits::Any);
        for candidate in candidates.iter() {
            let pattern = self.pattern_of(candidate);
            let key = (candidate.start, candidate.end);
            if let Some((start, end)) = pattern.verify(line, window, key, head, strict) {
                hits.push(Hit {
                    rule: pattern.rule as usize,
                    phrase: pattern.phrase,
                    start: window.original(start),
                    end: window.original(end),
                });
            }
        }
    }

    fn pattern_of(&self, candidate: &Candidate) -> &Pattern {
        let patterns = if candidate.is_inner { &self.inner } else { &self.heads };
        &patterns[candidate.pattern]
    }

    /// Whether a word or phrase of a rule's needs stands in the line, at word boundaries.
    pub(crate) fn holds_word(line: &str, word: &str, scratch: &mut Scratch) -> bool {
        let Scratch { window, strict, .. } = scratch;
        strict.fill(word.trim(), Fold::default(), Digits::Any);
        let end = char_floor(line, WHOLE_LINE_BYTES);
        window.fill(&line[..end], Fold::default(), Digits::Any);
        memmem::find_iter(&window.bytes, &strict.bytes).any(|start| {
            let end = start + strict.bytes.len();
            let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            !word(window.char_before(start)) && !word(window.char_at(end))
        })
    }
}

/// The last character boundary at or before byte `at`.
fn char_floor(line: &str, at: usize) -> usize {
    let mut at = at.min(line.len());
    while !line.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests;
