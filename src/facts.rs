//! What can be seen of a line without knowing its language or any phrase.

use crate::hash::hash_of;
use crate::line_marks::is_closing;
use crate::line_scan::LineScan;

/// Letters from which a line with a sentence end is a paragraph.
///
/// Source: the line model measured on 1,966 real pages, 2026-11, calls prose what has 100 letters
/// and a sentence end. Counter-example: a reader's comment, which is good prose too.
const PARAGRAPH_LETTERS: u32 = 100;

/// Letters from which a line is a paragraph whatever its end.
///
/// Source: jusText calls a block "long" from 200 characters (doc/algorithm.rst).
const LONG_PARAGRAPH_LETTERS: u32 = 200;

/// Letters from which two whole sentences make a paragraph.
const SENTENCES_PARAGRAPH_LETTERS: u32 = 60;

/// Characters up to which a line without a sentence end is short.
///
/// Source: the measured reach of boxes on real pages, 2026-11.
/// Counter-example: verses, which is why no line goes for being short alone.
const SHORT_CHARS: u32 = 80;

/// Characters up to which a line without a sentence end can be a title.
///
/// Source: read-also lines on Spanish news pages, 2026-11, have 30 to 160 characters.
const TITLE_CHARS: u32 = 160;

/// Letters from which what ends as a sentence does is one.
///
/// Counter-example: `Muchas gracias por su visita.`, 24 letters, at the end of many pages.
const SENTENCE_LETTERS: u32 = 25;

/// The form of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Facts {
    /// Characters that are no white space.
    pub chars: u32,
    /// Letters; an ideograph counts as two and a half.
    pub letters: u32,
    pub words: u32,
    /// Sentence ends inside the line and at its end.
    pub sentences: u32,
    /// Whether the line ends as a sentence does: `.` `!` `?` `…` and their kin, quotes after them.
    pub ends_sentence: bool,
    /// Whether it ends as a question does.
    pub ends_question: bool,
    /// Whether it ends in a mark that calls for more: comma, colon, semicolon.
    pub ends_open: bool,
    /// Whether it ends in a colon, which announces what comes.
    pub ends_with_colon: bool,
    /// Whether its first letter is a capital.
    pub starts_upper: bool,
    /// Whether its first letter, at the very start, is in lower case.
    pub starts_lower: bool,
    /// Whether it begins with a bullet.
    pub is_item: bool,
    /// Equal for equal lines.
    pub hash: u64,
}

impl Facts {
    pub(crate) fn of(line: &str) -> Facts {
        LineScan::of(line, &mut (), None).facts
    }

    /// What can be seen of the line's ends, once it is known whether it ends a sentence, and of the
    /// line as a whole.
    pub(crate) fn see_ends(&mut self, text: &str) {
        // Most lines end in a letter or a full stop, which says it all.
        if !matches!(text.as_bytes().last(), Some(b'.' | b'a'..=b'z' | b'A'..=b'Z')) {
            self.ends_question =
                self.ends_sentence && text.trim_end_matches(is_closing).ends_with(['?', '？']);
            self.ends_with_colon = text.ends_with([':', '：']);
            self.ends_open = text.ends_with([',', ':', ';', '，', '：', '、']);
        }
        match text.as_bytes().first() {
            // Nor is there more to it at the beginning.
            Some(b'a'..=b'z' | b'A'..=b'Z') => {
                self.starts_lower = text.as_bytes()[0].is_ascii_lowercase();
                self.is_item = false;
            }
            _ => {
                self.starts_lower = text.chars().next().is_some_and(char::is_lowercase);
                self.is_item = is_item(text);
            }
        }
        self.hash = hash_of(text.as_bytes());
    }

    /// Whether the line is running text: an article's content, unless something else says no.
    pub(crate) fn is_paragraph(&self) -> bool {
        self.letters >= LONG_PARAGRAPH_LETTERS
            || self.ends_sentence && self.letters >= PARAGRAPH_LETTERS
            || self.sentences >= 2 && self.letters >= SENTENCES_PARAGRAPH_LETTERS
    }

    /// Whether the line could be a heading, a button, a name, an item: anything but a sentence.
    pub(crate) fn is_short(&self) -> bool {
        self.chars <= SHORT_CHARS && !self.ends_sentence
    }

    /// Whether the line is a sentence or more, not just a phrase with a full stop.
    pub(crate) fn is_text(&self) -> bool {
        self.is_paragraph() || self.ends_sentence && self.letters >= SENTENCE_LETTERS
    }

    /// Whether the line could be a title in a list of titles.
    pub(crate) fn is_title_like(&self) -> bool {
        self.chars <= TITLE_CHARS && !self.ends_sentence
    }

    /// Whether the line could be a heading: short, or a short question.
    pub(crate) fn is_heading_like(&self) -> bool {
        self.chars <= SHORT_CHARS && (!self.ends_sentence || self.ends_question)
    }
}

fn is_item(text: &str) -> bool {
    let mut chars = text.chars();
    matches!(chars.next(), Some('-' | '–' | '*' | '•' | '·' | '◦' | '▪' | '‣' | '○' | '●'))
        && chars.next().is_some_and(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_text_is_a_paragraph() {
        for text in [
            "It is a permanent shift. Companies are moving from a labor-heavy model to another.",
            "La empresa anunció el martes que despedirá a unas seiscientas personas de su división \
             de inteligencia artificial, según fuentes internas.",
            "東京は日本の首都であり、世界最大の都市圏の一つである。人口は約千四百万人である。",
        ] {
            assert!(Facts::of(text).is_paragraph(), "{text}");
        }
    }

    #[test]
    fn headings_and_buttons_are_short() {
        for text in ["Leave a Reply", "- Pilot projects", "¿Qué significa? Nada, en suma"] {
            let facts = Facts::of(text);
            assert!(facts.is_short() && !facts.is_paragraph(), "{text}");
        }
        assert!(!Facts::of("He left.").is_short());
    }

    #[test]
    fn words_letters_and_sentences_are_counted() {
        let facts = Facts::of("  - It's 3 o'clock. “Really?” he said, ");
        assert_eq!((facts.words, facts.letters, facts.sentences), (6, 21, 2));
        assert!(facts.is_item && facts.ends_open && facts.starts_upper && !facts.ends_sentence);
    }

    #[test]
    fn equal_lines_have_equal_hashes() {
        assert_eq!(Facts::of(" a b").hash, Facts::of("a b ").hash);
        assert_ne!(Facts::of("a b").hash, Facts::of("a c").hash);
    }
}
