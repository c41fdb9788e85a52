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
        #[cfg(target_arch = "x86_64")]
        if let Some(wide) = self.wide {
            // SAFETY: there is a `Wide` only where the processor has all that is asked for.
            unsafe { self.look_through_wide(line, piece, scratch, hits, watch, wide) };
            return;
        }
        self.look_through_by(line, piece, scratch, hits, watch, None);
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
mod tests {
    use regex::Regex;

    use super::super::matcher::compile_shape;
    use super::super::rule::Place;
    use super::*;

    /// The spans that the rules of a file find in a line, as `id:text`.
    fn found(toml: &str, line: &str) -> Vec<String> {
        let mut rules = RuleSet::empty();
        // Which category does not matter here.
        let toml = toml.replace("\nphrases = ", "\ncategory = 'ad'\nphrases = ");
        let toml = toml.replace("\nshapes = ", "\ncategory = 'ad'\nshapes = ");
        rules.add_toml("test.toml".as_ref(), &toml).expect("a sound file");
        let set = PatternSet::compile(&rules).expect("a sound set");
        let (mut scratch, mut hits) = (Scratch::default(), Vec::new());
        set.matches(line, None, &mut scratch, &mut hits, &mut ());
        let name =
            |hit: &Hit| format!("{}:{}", rules.rules()[hit.rule].id, &line[hit.start..hit.end]);
        hits.iter().map(name).collect()
    }

    fn rule(at: &str, phrase: &str) -> String {
        format!("[[rule]]\nid = 'r'\nat = '{at}'\nphrases = [\"{phrase}\"]\n")
    }

    #[track_caller]
    fn case(at: &str, phrase: &str, line: &str, want: Option<&str>) {
        let want: Vec<String> = want.iter().map(|text| format!("r:{text}")).collect();
        assert_eq!(found(&rule(at, phrase), line), want, "{at} {phrase:?} in {line:?}");
    }

    #[test]
    fn a_whole_line_is_the_phrase_and_marks() {
        case("line", "leave a reply", "Leave a Reply", Some("Leave a Reply"));
        case("line", "leave a reply", "» LEAVE  A\u{a0}REPLY:", Some("LEAVE  A\u{a0}REPLY"));
        case("line", "¡compártelo!", "👉 Compartelo", Some("Compartelo"));
        case("line", "leave a reply", "Leave a reply to him", None);
        case("line", "leave a reply", "Never leave a reply", None);
        case("line", "leave a reply", "—Leave a reply", None);
        case("line", "leave a reply", "\"Leave a reply\"", None);
    }

    #[test]
    fn a_line_start_ends_at_a_word() {
        case("line-start", "lee también", "📌 Lee también: El río", Some("Lee también"));
        case("line-start", "lee también", "LEE TAMBIEN El río", Some("LEE TAMBIEN"));
        case("line-start", "follow us on", "Follow us once", None);
        case("line-start", "follow us on", "They follow us on foot", None);
    }

    #[test]
    fn a_line_end_begins_at_a_word() {
        case("line-end", "read more", "The river rose… Read more »", Some("Read more"));
        case("line-end", "read more", "Bread more", None);
        case("line-end", "read more", "Read more books", None);
    }

    #[test]
    fn anywhere_is_between_words_and_outside_quotes() {
        case(
            "anywhere",
            "no deposit bonus",
            "Best No-Deposit  no deposit bonus now",
            Some("no deposit bonus"),
        );
        case("anywhere", "no deposit bonus", "casino no deposit bonuses", None);
        case("anywhere", "no deposit bonus", "He wrote: \"no deposit bonus\".", None);
        case("anywhere", "no deposit bonus", "He wrote: “a no deposit bonus” and", None);
        case("anywhere", "sin depósito", "🎰¡Sin deposito!", Some("Sin deposito"));
        let long = format!("{} no deposit bonus", "river ".repeat(40));
        case("anywhere", "no deposit bonus", &long, None);
    }

    #[test]
    fn slots_stand_for_numbers_names_and_titles() {
        case("line", "{n} comentarios", "2.400 comentarios", Some("2.400 comentarios"));
        case("line", "top 5 this week", "Top 5 This Week", Some("Top 5 This Week"));
        case("line", "top 5 this week", "Top 6 This Week", None);
        case(
            "line",
            "discover more from {site}",
            "Discover more from The Daily",
            Some("Discover more from The Daily"),
        );
        case("line", "discover more from {site}", "Discover more from", None);
        case("line", "by {Name}", "By Ana Ruiz", Some("By Ana Ruiz"));
        case("line", "by {Name}", "By the river", None);
        case("line", "{Name} says:", "Ana Ruiz says:", Some("Ana Ruiz says"));
        case("line", "{Name} says:", "says:", None);
        case(
            "line",
            "más sobre {x} cada semana",
            "Más sobre Norvik Tech cada semana",
            Some("Más sobre Norvik Tech cada semana"),
        );
        case(
            "line",
            "the post {title} appeared first on {site}.",
            "The post A b c appeared first on D.",
            Some("The post A b c appeared first on D."),
        );
        case("anywhere", "© {year}", "Copyright © 2024 Site", Some("© 2024"));
    }

    #[test]
    fn offsets_are_those_of_the_line_as_it_stands() {
        case(
            "anywhere",
            "síguenos en",
            "Ñandú… “ok” 2,400 ¡SÍGUENOS  EN Facebook!",
            Some("SÍGUENOS  EN"),
        );
    }

    #[test]
    fn n_with_tilde_is_another_letter_unless_the_scrape_lost_it() {
        case("line", "año nuevo", "Ano nuevo", Some("Ano nuevo"));
        case("line", "ano nuevo", "Año nuevo", None);
    }

    #[test]
    fn a_rule_may_fold_less() {
        let strict = "[[rule]]\nid = 'r'\nphrases = ['TOP Stories']\nfold = ['spaces']\n";
        assert_eq!(found(strict, "TOP  Stories"), ["r:TOP  Stories"]);
        assert!(found(strict, "Top Stories").is_empty());
    }

    #[test]
    fn a_longer_phrase_hides_no_shorter_one() {
        let two = "[[rule]]\nid = 'a'\nphrases = ['related']\nat = 'line-start'\n\
                   [[rule]]\nid = 'b'\nphrases = ['related posts']\n";
        assert_eq!(found(two, "Related Posts"), ["a:Related", "b:Related Posts"]);
    }

    #[test]
    fn a_title_may_follow_and_a_sentence_may_not() {
        let title =
            "[[rule]]\nid = 'r'\nphrases = ['lee también']\nat = 'line-start'\nrest = 'title'\n";
        assert_eq!(found(title, "Lee también: El río que no calla").len(), 1);
        assert_eq!(found(title, "(Lee también: ¿Quién mató al río?)").len(), 1);
        assert!(found(title, "Lee también:").is_empty());
        assert!(found(title, "Lee también la letra pequeña").is_empty());
        assert!(found(title, "Lee también: El río no calla.").is_empty());
    }

    #[test]
    fn rules_with_shapes_are_all_looked_at_however_many_there_are() {
        let signs = ["[", "=", "{n}", "x", "%="];
        let rule = |number: usize| {
            let sign = signs[number % signs.len()];
            let most = 20 + number % 3;
            format!(
                "[[rule]]\nid = 'r{number}'\nsigns = ['{sign}']\nmax-chars = {most}\nshapes = ['é?\\[x[%=]+ {number}']\n"
            )
        };
        let rules: String = (0..150).map(rule).collect();
        for number in 0..150 {
            let line = format!("[x%= {number}");
            assert_eq!(found(&rules, &line), [format!("r{number}:{line}")]);
            let line = format!("é{line}");
            assert_eq!(found(&rules, &line), [format!("r{number}:{line}")]);
            assert_eq!(found(&rules, &format!("[x{} {number}", "%=".repeat(10))), [""; 0]);
        }
    }

    #[test]
    fn shapes_run_where_their_sign_stands() {
        let shape = "[[rule]]\nid = 'r'\nat = 'anywhere'\nreach = 'span'\nsigns = ['[INTERNAL:']\n\
                     shapes = ['\\[INTERNAL:[^\\]]*\\]']\n";
        assert_eq!(
            found(shape, "See é [INTERNAL:a|b] and [INTERNAL:c]."),
            ["r:[INTERNAL:a|b]", "r:[INTERNAL:c]"]
        );
        assert!(found(shape, "See [internal:a]").is_empty());
        let date = "[[rule]]\nid = 'r'\nsigns = ['{n}']\nshapes = ['\\d+ min read']\n";
        assert_eq!(found(date, "• 5 min read •"), ["r:5 min read"]);
        assert!(found(date, "a 5 min read").is_empty());
    }

    #[test]
    fn both_ends_of_a_long_line_are_looked_through() {
        let rule = "[[rule]]\nid = 'r'\nat = 'anywhere'\nreach = 'sentence'\nphrases = ['share your view below']\n";
        let long = format!(
            "Share your view below. {} Share your view below!",
            "El ñandú corre. ".repeat(4000)
        );
        assert_eq!(found(rule, &long).len(), 2);
    }

    #[test]
    fn words_of_needs_are_found_at_word_boundaries() {
        let mut scratch = Scratch::default();
        assert!(PatternSet::holds_word(
            "Tu CORREO electrónico",
            "correo electronico",
            &mut scratch
        ));
        assert!(!PatternSet::holds_word("correos", "correo", &mut scratch));
    }

    /// All built-in rules at once, on a line.
    fn built_in(line: &str) -> Vec<Hit> {
        use std::sync::LazyLock;
        static SET: LazyLock<PatternSet> =
            LazyLock::new(|| PatternSet::compile(&RuleSet::builtin()).expect("sound rules"));
        let (mut scratch, mut hits) = (Scratch::default(), Vec::new());
        SET.matches(line, None, &mut scratch, &mut hits, &mut ());
        hits
    }

    #[test]
    fn the_longest_lines_are_matched_whatever_they_repeat() {
        for unit in [
            "casino ",
            "lee también ",
            "\"",
            "(",
            "{{",
            "[[",
            "é",
            "1,",
            "%%a ",
            "… ",
            "a\u{301}",
            "No ",
        ] {
            let line = unit.repeat((64 << 10) / unit.len());
            for hit in built_in(&line) {
                assert!(line.is_char_boundary(hit.start) && line.is_char_boundary(hit.end));
            }
        }
    }

    #[test]
    fn a_phrase_is_found_in_every_writing_and_at_every_distance_from_the_start() {
        // The seam between the two ends of a long line falls everywhere in turn.
        for padding in 0..600 {
            let line = format!("{}ñ. ¡Síguenos en Facebook, “don’t” 2,400!", "é ".repeat(padding));
            let hits = built_in(&line);
            assert!(hits.iter().all(|hit| line.get(hit.start..hit.end).is_some()), "{padding}");
        }
    }

    /// What every phrase and shape finds that is looked for by itself, at every place of the line.
    struct Plain {
        patterns: Vec<Pattern>,
        shapes: Vec<(Hit, Place, Regex)>,
    }

    impl Plain {
        fn of(rules: &[Rule]) -> Plain {
            let mut plain = Plain { patterns: Vec::new(), shapes: Vec::new() };
            for (index, rule) in rules.iter().enumerate() {
                for (number, phrase) in rule.phrases.iter().enumerate() {
                    let (rule_number, number) = (index as u32, number as u32);
                    let scratch = &mut Folded::default();
                    let patterns = Pattern::compile(rule, rule_number, number, phrase, scratch);
                    let (first, second) = patterns.unwrap_or_else(|_| panic!("{phrase}"));
                    plain.patterns.extend(std::iter::once(first).chain(second));
                }
                for (number, shape) in (rule.phrases.len()..).zip(&rule.shapes) {
                    let hit = Hit { rule: index, phrase: number as u32, start: 0, end: 0 };
                    let regex = compile_shape(shape, rule.at).expect("a sound shape");
                    plain.shapes.push((hit, rule.at, regex));
                }
            }
            plain
        }

        fn find(&self, rules: &[Rule], line: &str) -> Vec<Hit> {
            let mut hits = Vec::new();
            let head = fold::leading_marks(line);
            if line.len() <= WHOLE_LINE_BYTES {
                self.phrases(line, (head, line.len()), true, &mut hits);
            } else {
                let to = char_floor(line, head + HEAD_BYTES);
                self.phrases(line, (head, to), true, &mut hits);
                let from = char_floor(line, line.len() - TAIL_BYTES).max(to);
                self.phrases(line, (from, line.len()), false, &mut hits);
            }
            for (hit, place, regex) in &self.shapes {
                let rule = &rules[hit.rule];
                let has_sign = |sign: &str| match sign {
                    "{n}" => line.contains(|c: char| c.is_ascii_digit()),
                    sign => line.contains(sign),
                };
                let is_looked_at =
                    rule.signs.is_empty() || rule.signs.iter().any(|sign| has_sign(sign));
                if !is_looked_at || line.chars().count() > rule.max_chars as usize {
                    continue;
                }
                let whole = (line.len() - line.trim_start().len(), line.trim());
                let inner = (head, fold::without_trailing_marks(&line[head..]));
                let (from, text) = match place {
                    Place::Anywhere => (0, line),
                    Place::LineEnd => (0, line.trim_end()),
                    _ if regex.is_match(whole.1) => whole,
                    _ => inner,
                };
                let found =
                    regex.find_iter(text).map(|found| (from + found.start(), from + found.end()));
                hits.extend(found.map(|(start, end)| Hit { start, end, ..*hit }));
            }
            hits.sort_by_key(|hit| (hit.start, hit.rule, hit.phrase, hit.end));
            hits.dedup();
            hits
        }

        fn phrases(
            &self,
            line: &str,
            (from, to): (usize, usize),
            is_head: bool,
            hits: &mut Vec<Hit>,
        ) {
            let (mut window, mut strict) = (Folded::default(), Folded::default());
            window.fill(&line[from..to], Fold::default(), Digits::Any);
            window.locate(&line[from..to], from, Fold::default(), Digits::Any);
            let follows_word = !is_head && line[..from].ends_with(char::is_alphanumeric);
            for pattern in &self.patterns {
                let key = pattern.key().bytes;
                let last =
                    if pattern.is_at_head() { usize::from(is_head) } else { window.bytes.len() };
                for start in (0..last).filter(|start| window.bytes[*start..].starts_with(key)) {
                    // Inside a word of ASCII no phrase begins.
                    let is_word = |at: usize| window.bytes[at].is_ascii_alphanumeric();
                    let after_word = if start == 0 { follows_word } else { is_word(start - 1) };
                    if after_word && is_word(start) && !pattern.is_at_head() {
                        continue;
                    }
                    let place = (start, start + key.len());
                    let found =
                        pattern.verify(line, &window, place, is_head.then_some(0), &mut strict);
                    hits.extend(found.map(|(start, end)| Hit {
                        rule: pattern.rule as usize,
                        phrase: pattern.phrase,
                        start: window.original(start),
                        end: window.original(end),
                    }));
                }
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn a_line_holds_what_every_rule_finds_that_is_looked_at_by_itself(
            pieces in proptest::collection::vec(
                (proptest::arbitrary::any::<proptest::sample::Index>(), 0..12_u8, 0..5_u8), 0..5),
            padding in 0..60_usize,
        ) {
            use std::sync::LazyLock;
            static ALL: LazyLock<(RuleSet, Plain, Vec<String>)> = LazyLock::new(|| {
                let rules = RuleSet::builtin();
                let texts = rules.rules().iter().flat_map(|rule| {
                    let phrases = rule.phrases.iter().map(|phrase| phrase.replace(['{', '}'], "A"));
                    let examples = rule.examples.iter().chain(&rule.counter_examples);
                    phrases.chain(examples.map(|example| example.to_string())).collect::<Vec<_>>()
                });
                let texts = texts.collect();
                let plain = Plain::of(rules.rules());
                (rules, plain, texts)
            });
            let (rules, plain, texts) = &*ALL;
            let mut line = "El río ".repeat(if padding > 50 { padding } else { padding % 4 });
            for (text, between, writing) in pieces {
                let text = text.get(texts);
                line.push_str(["", " ", ": ", ". ", " » ", "  ", " “", ", ", " 2,400 ", "\u{a0}", "(", "s "][usize::from(between)]);
                line.push_str(&match writing {
                    0 => text.to_uppercase(),
                    1 => text.to_lowercase(),
                    2 => text.chars().take(20).collect(),
                    _ => text.clone(),
                });
            }
            assert_eq!(built_in(&line), plain.find(rules.rules(), &line), "{line:?}");
        }

        #[test]
        fn no_line_makes_it_panic_and_every_hit_lies_between_characters(line in "\\PC{0,300}") {
            for hit in built_in(&line) {
                assert!(line.get(hit.start..hit.end).is_some_and(|text| !text.is_empty()));
            }
        }

        #[test]
        fn words_of_rules_in_any_order_make_no_panic(
            words in proptest::collection::vec(
                proptest::sample::select(vec![
                    "by ", "Por ", "Ana ", "Ñandú", "leave a reply", "Read also", ":", " ", "\u{a0}", "12", ",",
                    "3 de mayo de 2024", "[", "]", "INTERNAL:a-b|c", "{{ x }}", "spot_img", "©", "2024", "…",
                    "Leer más", "\u{301}", "\u{200b}", "👉🏽", "says:", "the post", "appeared first on", "@a.b", "\"",
                ]),
                0..60,
            ),
        ) {
            let line = words.concat();
            for hit in built_in(&line) {
                assert!(line.get(hit.start..hit.end).is_some_and(|text| !text.is_empty()));
            }
        }
    }
}
