//! Repeated lines: a heading twice in a row, a menu that a page holds twice, an article that does.
//!
//! A heading that says again what the kept line right before it said goes; so does a paragraph
//! that stood earlier in the document, if a neighbour is repeated as well. Four lines in a row
//! that stood in that order before are a repeated block: one of a menu's short words goes before
//! and after the article, one with a paragraph in it is a second copy of the text. The first copy
//! always stays.
//!
//! Verses, refrains and lists repeat lines on purpose: only documents with paragraphs are looked
//! at, three equal lines in a row are a pattern, a single paragraph said twice is emphasis, and
//! the lines of a refrain have more words than those of a menu.

use std::cmp::Ordering;

use super::repeats::{Kind, Repeats};
use super::{Judgement, Seen};
use crate::facts::Facts;
use crate::verdict::{Category, Reason, Removal};
use crate::window::{View, Waiting};

/// Letters and words of the shortest heading that counts.
///
/// Counter-example: `Sí` / `Sí` in a dialogue, `12` / `12` in a table.
const HEADING_LETTERS: u32 = 8;
const HEADING_WORDS: u32 = 2;

/// Characters of the longest.
const HEADING_CHARS: u32 = 120;

/// A paragraph must stand within so many lines after a repeated heading, if none came before.
const PARAGRAPH_WITHIN: usize = 5;

/// How sure a repeated heading makes, on the scale of the levels.
pub(super) const HEADING_SCORE: f32 = 0.75;

/// How sure a repeated paragraph makes: enough for `aggressive` only.
///
/// Counter-example: a stream of several documents in which one article comes twice; whether a
/// corpus may hold it twice is not for a line filter to say.
pub(super) const PARAGRAPH_SCORE: f32 = 0.6;

/// Lines of the shortest block that counts as repeated.
///
/// Measured on 1,700 real pages, 2026-11: before the first and after the last paragraph, 6,100
/// boilerplate lines and 13 of content stand in repeated blocks of four and more short lines; in
/// blocks of two and three, 2,000 and 48; amid the text a sixth is content.
const BLOCK_LINES: usize = 4;

/// Words that these lines have at most, together.
///
/// Source: a menu has one to three a line, in English and in Spanish. Counter-example: refrains
/// (four to eight), which stay, and lists of teasers, which stay for their sake.
const BLOCK_WORDS: u32 = 12;

/// How sure a repeated block at the edge of a page makes.
pub(super) const BLOCK_SCORE: f32 = 0.7;

/// What reports call a repeated heading, a repeated paragraph, and a repeated block.
pub(crate) const HEADING: &str = "duplicate.heading";
pub(crate) const PARAGRAPH: &str = "duplicate.paragraph";
pub(crate) const BLOCK: &str = "duplicate.block";

/// The judge of repeated lines.
pub(crate) struct Duplicate {
    headings: bool,
    paragraphs: bool,
    blocks: bool,
}

/// What it remembers of a document, beside [`Repeats`].
#[derive(Default, Clone)]
pub(crate) struct Memory {
    /// Number and hash of the line kept last, and the hash of the one before.
    last_kept: Option<(u64, u64)>,
    kept_before: Option<u64>,
    /// The last lines in a row that could be of a repeated block, latest last, and how many there are.
    last: [u64; BLOCK_LINES],
    in_row: usize,
    /// How many of the last ones recur, as far as is known.
    recurring: usize,
}

impl Duplicate {
    /// `disabled` holds the ids of what is switched off.
    pub(crate) fn new(threshold: f32, disabled: &[&'static str]) -> Duplicate {
        Duplicate {
            headings: HEADING_SCORE >= threshold && !disabled.contains(&HEADING),
            paragraphs: PARAGRAPH_SCORE >= threshold && !disabled.contains(&PARAGRAPH),
            blocks: BLOCK_SCORE >= threshold && !disabled.contains(&BLOCK),
        }
    }
}

impl Duplicate {
    /// Whether it may have something against a line: whether the line stood earlier.
    #[inline(always)]
    pub(super) fn may_object(
        &self,
        view: View<'_>,
        memory: &super::Memory,
        repeats: &Repeats,
    ) -> bool {
        let facts = view.facts();
        let stood_earlier = |kind: Kind| repeats.first(kind, facts.hash).is_some();
        memory.duplicate.last_kept.is_some_and(|(_, hash)| hash == facts.hash)
            || self.may_be_of_block(facts) && stood_earlier(Kind::Line)
            || self.paragraphs && facts.is_paragraph() && stood_earlier(Kind::Paragraph)
    }

    /// Whether a line of this form is remembered.
    #[inline(always)]
    fn may_be_of_block(&self, facts: &Facts) -> bool {
        self.paragraphs || self.blocks && is_menu_item(facts)
    }

    /// Judges the line in view.
    pub(super) fn judge(
        &self,
        view: View<'_>,
        memory: &super::Memory,
        repeats: &Repeats,
    ) -> Judgement {
        let facts = view.facts();
        if self.headings
            && let Some((first, hash)) = memory.duplicate.last_kept
            && hash == facts.hash
            && is_heading(facts)
        {
            if !view.sees(PARAGRAPH_WITHIN) {
                return Judgement::NeedMore;
            }
            let ahead = || (1..=PARAGRAPH_WITHIN).filter_map(|k| view.ahead(k));
            let in_article = memory.paragraphs > 0 || ahead().any(|line| line.facts.is_paragraph());
            let thrice = view.ahead(1).is_some_and(|next| next.facts.hash == hash)
                || memory.duplicate.kept_before == Some(hash);
            if in_article && !thrice {
                return drop(HEADING, first, HEADING_SCORE);
            }
        }
        if self.paragraphs
            && facts.is_paragraph()
            && let Some(first) = repeats.first(Kind::Paragraph, facts.hash)
        {
            if !view.sees(1) {
                return Judgement::NeedMore;
            }
            let repeated = |facts: &Facts| repeats.first(Kind::Paragraph, facts.hash).is_some();
            let before =
                view.behind(1).is_some_and(|line| line.dropped == Some(Category::Duplicate));
            if before || view.ahead(1).is_some_and(|next| repeated(next.facts)) {
                return drop(PARAGRAPH, first, PARAGRAPH_SCORE);
            }
        }
        if self.may_be_of_block(facts) {
            return self.by_block(view, memory, repeats);
        }
        Judgement::Keep
    }

    /// Takes note of a line that was decided, by whichever judge, and of whether it stays. Text is
    /// remembered where second copies of it may go, and of what does not recur no copy comes.
    #[inline(always)]
    pub(super) fn decided(
        &self,
        line: &Waiting,
        stays: bool,
        memory: &mut Memory,
        repeats: &mut Repeats,
    ) {
        let Waiting { number, ref facts, recurs, .. } = *line;
        if self.may_be_of_block(facts) {
            memory.see(number, facts.hash, recurs, repeats);
        } else {
            // Prose costs nothing.
            memory.in_row = 0;
        }
        if stays {
            memory.kept_before = memory.last_kept.map(|(_, hash)| hash);
            memory.last_kept = Some((number, facts.hash));
            if self.paragraphs && recurs && facts.is_paragraph() {
                repeats.add(Kind::Paragraph, facts.hash, number);
            }
        }
    }

    /// What a repeated block that the line stands in says of it.
    fn by_block(&self, view: View<'_>, memory: &super::Memory, repeats: &Repeats) -> Judgement {
        let Some(first) = repeats.first(Kind::Line, view.facts().hash) else {
            return Judgement::Keep;
        };
        if !view.sees(BLOCK_LINES - 1) {
            return Judgement::NeedMore;
        }
        for before in 0..BLOCK_LINES {
            let Some(block) = block_at(view, before) else { continue };
            let hash = hash_of(block.map(|facts| facts.hash));
            if repeats.first(Kind::Block, hash).is_none() {
                continue;
            }
            let holds_text = block.iter().any(|facts| facts.is_paragraph());
            if holds_text && self.paragraphs {
                return drop(PARAGRAPH, first, PARAGRAPH_SCORE);
            }
            let words: u32 = block.iter().map(|facts| facts.words).sum();
            let is_menu = block.iter().all(|facts| is_menu_item(facts));
            if self.blocks && is_menu && words <= BLOCK_WORDS {
                match at_edge(view, memory) {
                    Seen::Yes => return drop(BLOCK, first, BLOCK_SCORE),
                    Seen::NotYet => return Judgement::NeedMore,
                    Seen::No => {}
                }
            }
        }
        Judgement::Keep
    }
}

/// The block in which so many lines stand before this one, if it is whole and no mere pattern.
fn block_at<'v>(view: View<'v>, before: usize) -> Option<[&'v Facts; BLOCK_LINES]> {
    let mut block = [view.facts(); BLOCK_LINES];
    for (at, facts) in block.iter_mut().enumerate() {
        let line = match at.cmp(&before) {
            Ordering::Less => view.behind(before - at),
            Ordering::Equal => Some(view.line()),
            Ordering::Greater => view.ahead(at - before),
        };
        *facts = line?.facts;
    }
    let differs = |at: usize| block[..at].iter().all(|other| other.hash != block[at].hash);
    let differing = (0..BLOCK_LINES).filter(|at| differs(*at)).count();
    (differing + 1 >= BLOCK_LINES).then_some(block)
}

/// Whether the line stands before the first paragraph of the document or after the last.
fn at_edge(view: View<'_>, memory: &super::Memory) -> Seen {
    let text_comes = Seen::ahead(view, Waiting::is_plain_paragraph);
    if memory.texts == 0 {
        return text_comes;
    }
    text_comes.not().and(|| Seen::is(memory.paragraphs > 0))
}

/// The hash of a block by those of its lines.
fn hash_of(lines: [u64; BLOCK_LINES]) -> u64 {
    lines.iter().fold(0, |hash: u64, line| {
        (hash.rotate_left(21) ^ line).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    })
}

impl Memory {
    /// A line that could be of a repeated block was decided, either way.
    fn see(&mut self, number: u64, hash: u64, recurs: bool, repeats: &mut Repeats) {
        let [_, second, third, fourth] = self.last;
        self.last = [second, third, fourth, hash];
        self.in_row += 1;
        if !recurs {
            self.recurring = 0;
            return;
        }
        self.recurring += 1;
        repeats.add(Kind::Line, hash, number);
        if self.in_row.min(self.recurring) >= BLOCK_LINES {
            repeats.add(Kind::Block, hash_of(self.last), number);
        }
    }
}

/// A line of a menu; what begins in lower case may be code.
fn is_menu_item(facts: &Facts) -> bool {
    let is_terse = (1..=BLOCK_WORDS).contains(&facts.words);
    facts.is_short() && !facts.ends_open && !facts.starts_lower && is_terse
}

fn drop(rule: &'static str, first: u64, score: f32) -> Judgement {
    Judgement::Drop(Removal {
        category: Category::Duplicate,
        rule: rule.into(),
        reason: Reason::Repeated { first },
        score,
    })
}

fn is_heading(facts: &Facts) -> bool {
    facts.letters >= HEADING_LETTERS
        && facts.words >= HEADING_WORDS
        && facts.chars <= HEADING_CHARS
        && facts.starts_upper
        && !facts.is_item
        && !facts.ends_open
        && !facts.ends_sentence
}
