//! Lines of a UTF-8 document that are not UTF-8.
//!
//! Where hardly anything in the line is UTF-8, it came from elsewhere: it is read as a whole in the
//! legacy encoding that its words, and those of such lines before it, speak for. Otherwise the bytes
//! that are not UTF-8 are read alone, in the single-byte encoding in which the words around them cost
//! least; this evidence, too, adds up over the document. Windows-1252, what the web means by a byte
//! that fits nothing else, wins unless another page is clearly better.
//!
//! A sequence that was cut short becomes one U+FFFD, unless its bytes read well as characters of
//! their own (`caf\xe9\x94` is `café”`). Surrogate pairs written as two three-byte sequences (CESU-8)
//! are joined, lone halves are U+FFFD. All of these are counted.

use std::cell::OnceCell;
use std::mem;
use std::ops::RangeInclusive;

use encoding_rs::ISO_2022_JP;

use super::charset::Charset;
use super::legacy::{self, Candidate};
use crate::repair::is_alphabetic;
use crate::repair::mojibake::Costs;

/// How many bytes of words are evidence; then the pages of the document are settled.
const EVIDENCE_BYTES: usize = 1024;

/// How much more a page must explain in single bytes than in whole texts: they are fewer.
///
/// Counter-example: one Polish word in windows-1250 in an English page reads as windows-1252.
const PRIOR_FACTOR: f32 = 2.0;

/// What U+FFFD for a cut sequence saves against characters of its bytes, in nats.
///
/// Counter-example: `Ã©` cut to `Ã` and a byte that happens to be a quotation mark.
const CUT: f32 = 3.0;

/// What a page costs for every different letter that stands near stray bytes and is not in it, in
/// nats, and how many letters count: stray bytes are mostly of the language of the text around them.
/// Where there are fewer in their lines, the first ones of the document fill up.
///
/// Counter-example: a Spanish name in windows-1252 in a Czech page.
const MISSING: f32 = 1.5;
const MOST_LETTERS: usize = 8;

/// What is saved by a stray byte that reads as one of these letters, in nats.
///
/// Source: of 0, 2 and 4 the fewest wrong answers, 128 of 10,803 and 151 of 10,062 (132 and 154 with 0).
/// Counter-example: `ù` in Czech text that quoted Italian before.
const KNOWN: f32 = 4.0;

/// How many bytes beyond ASCII of a document are looked at for its letters.
///
/// Counter-example: a menu of languages in their own scripts above a page in one of them.
const BYTES_FOR_LETTERS: usize = 256;

/// How many bytes of text wait to be looked at until there is a stray byte.
const UNSEEN_BYTES: usize = 8 * 1024;

/// The pages that explain the stray bytes and stray lines of one document.
#[derive(Default)]
pub(super) struct Strays {
    /// Cost of the words with stray bytes by candidate, in nats, and how many bytes they had.
    costs: Vec<f32>,
    bytes: usize,
    /// The page of stray bytes, once there are enough of them.
    page: Option<&'static [char; 128]>,
    /// The beginnings of stray lines.
    lines: Vec<u8>,
    /// Letters beyond ASCII that stood in lines with stray bytes.
    letters: Vec<char>,
    /// The first ones that stood in lines without, and how many bytes beyond ASCII were looked at.
    letters_before: Vec<char>,
    bytes_before: usize,
    /// Text that comes next, and was not looked at: few documents have a stray byte.
    unseen: String,
    /// What explained strays last.
    expected: Option<Charset>,
    /// What stray lines are, once there are enough of them.
    charset: Option<Charset>,
    /// What letters cost, of this document and those before it; made when it is first needed.
    letter_costs: OnceCell<Costs>,
}

/// A part of a line.
#[derive(Clone, Copy, PartialEq)]
enum Unit {
    Char(char),
    /// A byte that is in no sequence.
    Byte(u8),
    /// A sequence that was cut: how many of the bytes that follow as [`Unit::CutByte`].
    Cut(usize),
    CutByte(u8),
    /// Half of a surrogate pair.
    Half,
    /// A surrogate pair.
    Pair(char),
}

impl Strays {
    pub(super) fn clear(&mut self) {
        // What letters cost is the same in every document.
        let letter_costs = mem::take(&mut self.letter_costs);
        let mut unseen = mem::take(&mut self.unseen);
        unseen.clear();
        *self = Strays { letter_costs, unseen, ..Strays::default() };
    }

    /// What letters cost.
    pub(super) fn costs(&self) -> &Costs {
        self.letter_costs.get_or_init(Costs::with_room)
    }

    /// Takes note of text that is UTF-8, in the order of the document.
    pub(super) fn see(&mut self, text: &str) {
        if self.has_seen_enough() {
            return;
        }
        if self.unseen.len() + text.len() <= UNSEEN_BYTES {
            self.unseen.push_str(text);
        } else {
            self.look_at_unseen();
            self.look_at(text);
        }
    }

    fn has_seen_enough(&self) -> bool {
        self.bytes_before >= BYTES_FOR_LETTERS || self.letters_before.len() == MOST_LETTERS
    }

    fn look_at_unseen(&mut self) {
        let mut text = mem::take(&mut self.unseen);
        self.look_at(&text);
        text.clear();
        self.unseen = text;
    }

    fn look_at(&mut self, text: &str) {
        let mut beyond = legacy::beyond_ascii(text);
        while !self.has_seen_enough()
            && let Some(c) = beyond.next()
        {
            self.bytes_before += c.len_utf8();
            note(c, &mut self.letters_before);
        }
    }

    /// Reads a line, with or without its end, and appends it to `out`. Returns how many places were
    /// not UTF-8. `input_ended` says that a sequence at the end was cut by the end of the input.
    pub(super) fn read(&mut self, line: &[u8], input_ended: bool, out: &mut String) -> u64 {
        let units = units(line, input_ended);
        let count = |test: fn(&Unit) -> bool| units.iter().filter(|unit| test(unit)).count();
        let well_formed = count(|unit| {
            matches!(unit, Unit::Char(c) if !c.is_ascii()) || matches!(unit, Unit::Pair(_))
        });
        let stray = count(|unit| matches!(unit, Unit::Byte(_) | Unit::Cut(_)));
        let lossy = stray + count(|unit| matches!(unit, Unit::Half | Unit::Pair(_)));
        if stray > well_formed && count(|unit| matches!(unit, Unit::Byte(_))) > 1 {
            self.read_whole(line, out);
        } else {
            self.read_single(&units, out);
        }
        lossy as u64
    }

    fn read_whole(&mut self, line: &[u8], out: &mut String) {
        let charset = self.charset.unwrap_or_else(|| {
            let left = EVIDENCE_BYTES - self.lines.len();
            self.lines.extend_from_slice(&line[..line.len().min(left)]);
            let charset = legacy::choose(&self.lines, self.expected, self.costs());
            self.expected = Some(charset);
            if self.lines.len() == EVIDENCE_BYTES {
                self.charset = Some(charset);
            }
            charset
        });
        match charset {
            Charset::Web(encoding) => {
                let (text, _) = encoding.decode_without_bom_handling(line);
                let is_bad = |c: char| c.is_control() && !c.is_ascii();
                out.extend(text.chars().map(|c| match c {
                    _ if is_bad(c) => char::REPLACEMENT_CHARACTER,
                    _ => c,
                }));
            }
            Charset::Dos(page) => out.extend(line.iter().map(|&byte| page.decode(byte))),
        }
    }

    fn read_single(&mut self, units: &[Unit], out: &mut String) {
        let Some(high) = self.page.or_else(|| self.page_for(units)) else { return };
        let costs = self.costs();
        let mut rest = units;
        while let [unit, after @ ..] = rest {
            rest = after;
            match *unit {
                Unit::Char(c) | Unit::Pair(c) => out.push(c),
                Unit::Byte(byte) => out.push(read(byte, high)),
                Unit::Half => out.push(char::REPLACEMENT_CHARACTER),
                Unit::Cut(length) => {
                    let before = units.len() - after.len() - 1;
                    let word = word_around(units, before, length);
                    let is_text = length > 0
                        && cost_of(word, high, true, costs) + CUT
                            < cost_of(word, high, false, costs);
                    let (cut, after) = after.split_at(length);
                    rest = after;
                    if is_text {
                        push_as_text(cut, high, out);
                    } else {
                        out.push(char::REPLACEMENT_CHARACTER);
                    }
                }
                Unit::CutByte(_) => {}
            }
        }
    }

    /// The page in which the words with stray bytes, these and those before, cost least.
    fn page_for(&mut self, units: &[Unit]) -> Option<&'static [char; 128]> {
        self.look_at_unseen();
        let candidates: Vec<(&Candidate, &[char; 128])> = legacy::candidates()
            .iter()
            .filter_map(|candidate| Some((candidate, candidate.high.as_ref()?)))
            .collect();
        for unit in units {
            if let Unit::Char(c) = *unit {
                note(c, &mut self.letters);
            }
        }
        let before = self.letters_before.iter().filter(|c| !self.letters.contains(c));
        let letters: Vec<char> =
            self.letters.iter().chain(before).copied().take(MOST_LETTERS).collect();
        self.costs.resize(candidates.len(), 0.0);
        let costs = self.letter_costs.get_or_init(Costs::with_room);
        for word in units.split(|unit| matches!(unit, Unit::Char(c) if c.is_whitespace())) {
            let word = &word[..word.len().min(EVIDENCE_BYTES - self.bytes)];
            if word.iter().any(|unit| matches!(unit, Unit::Byte(_))) {
                self.bytes += word.len();
                for (cost, (_, high)) in self.costs.iter_mut().zip(&candidates) {
                    *cost +=
                        cost_of(word, high, false, costs) - KNOWN * known(word, high, &letters);
                }
            }
        }
        let total = |at: &usize| {
            let (candidate, high) = candidates[*at];
            let is_expected = self.expected == Some(candidate.charset);
            let prior = if is_expected { 0.0 } else { PRIOR_FACTOR * candidate.prior };
            let missing = letters.iter().filter(|letter| !high.contains(letter)).count();
            self.costs[*at] + prior + MISSING * missing as f32
        };
        let best = (0..candidates.len()).min_by(|a, b| total(a).total_cmp(&total(b)))?;
        self.expected = Some(candidates[best].0.charset);
        if self.bytes == EVIDENCE_BYTES {
            self.page = Some(candidates[best].1);
        }
        Some(candidates[best].1)
    }
}

/// Adds a letter beyond ASCII to a list of different ones.
fn note(c: char, letters: &mut Vec<char>) {
    let is_new = letters.len() < MOST_LETTERS && !letters.contains(&c);
    if is_new && !c.is_ascii() && is_alphabetic(c) {
        letters.push(c);
    }
}

fn push_as_text(cut: &[Unit], high: &[char; 128], out: &mut String) {
    for unit in cut {
        if let Unit::CutByte(byte) = unit {
            out.push(read(*byte, high));
        }
    }
}

/// A byte in a page, or else in windows-1252.
fn read(byte: u8, high: &[char; 128]) -> char {
    let at = usize::from(byte & 0x7f);
    match high[at] {
        char::REPLACEMENT_CHARACTER => {
            let web = legacy::candidates().first().and_then(|candidate| candidate.high);
            web.map_or(char::REPLACEMENT_CHARACTER, |high| high[at])
        }
        c => c,
    }
}

/// The units around a cut sequence, at most eight on each side, without other words.
fn word_around(units: &[Unit], cut: usize, length: usize) -> &[Unit] {
    let is_space = |unit: &&Unit| matches!(unit, Unit::Char(c) if c.is_whitespace());
    let before = units[..cut].iter().rev().take(8).take_while(|unit| !is_space(unit)).count();
    let end = cut + 1 + length;
    let after = units[end..].iter().take(8).take_while(|unit| !is_space(unit)).count();
    &units[cut - before..end + after]
}

/// How many stray bytes of a word read as one of these letters.
fn known(word: &[Unit], high: &[char; 128], letters: &[char]) -> f32 {
    let is_known = |unit: &&Unit| match unit {
        Unit::Byte(byte) => letters.contains(&high[usize::from(byte & 0x7f)]),
        _ => false,
    };
    word.iter().filter(is_known).count() as f32
}

/// What a word costs if its stray bytes are read in a page, and its cut sequences too or as U+FFFD.
fn cost_of(word: &[Unit], high: &[char; 128], cut_is_text: bool, costs: &Costs) -> f32 {
    let chars = word.iter().filter_map(|unit| match *unit {
        Unit::Char(c) | Unit::Pair(c) => Some(c),
        Unit::Byte(byte) => Some(high[usize::from(byte & 0x7f)]),
        Unit::CutByte(byte) if cut_is_text => Some(high[usize::from(byte & 0x7f)]),
        Unit::Cut(_) if !cut_is_text => Some(char::REPLACEMENT_CHARACTER),
        Unit::CutByte(_) | Unit::Cut(_) => None,
        Unit::Half => Some(char::REPLACEMENT_CHARACTER),
    });
    legacy::cost_of_chars(chars.chain([' ']), costs)
}

fn units(line: &[u8], input_ended: bool) -> Vec<Unit> {
    let mut units = Vec::with_capacity(line.len());
    let mut rest = line;
    while !rest.is_empty() {
        let error = match std::str::from_utf8(rest) {
            Ok(text) => {
                units.extend(text.chars().map(Unit::Char));
                break;
            }
            Err(error) => error,
        };
        let (valid, bad) = rest.split_at(error.valid_up_to());
        units.extend(std::str::from_utf8(valid).unwrap_or_default().chars().map(Unit::Char));
        let used = if let Some(c) = surrogate_pair(bad) {
            units.push(Unit::Pair(c));
            6
        } else if matches!(bad, [0xed, 0xa0..=0xbf, 0x80..=0xbf, ..]) {
            units.push(Unit::Half);
            3
        } else {
            let length = error.error_len().unwrap_or(bad.len());
            let cut = &bad[..length];
            // A lone Â, Ã, â or ð at the end is rather a character that was cut.
            let ends = error.error_len().is_none() && input_ended;
            if length > 1 || ends && matches!(cut, [0xc2 | 0xc3 | 0xe2 | 0xf0]) {
                let length = if length > 1 { length } else { 0 };
                units.push(Unit::Cut(length));
                units.extend(cut[..length].iter().map(|&byte| Unit::CutByte(byte)));
            } else {
                units.push(Unit::Byte(cut[0]));
            }
            cut.len()
        };
        rest = &bad[used..];
    }
    units
}

/// The text of a line that switches to Japanese by escape sequences and is well-formed.
pub(super) fn iso_2022_jp(line: &[u8]) -> Option<String> {
    if !line.is_ascii() || !memchr::memchr_iter(0x1b, line).any(|at| designates(&line[at..])) {
        return None;
    }
    let text = ISO_2022_JP.decode_without_bom_handling_and_without_replacement(line)?;
    // Escape sequences of terminals alone leave ASCII behind.
    (!text.is_ascii()).then(|| text.into_owned())
}

/// Whether a sequence switches to a character set of Japan.
pub(super) fn designates(escape: &[u8]) -> bool {
    matches!(escape, [0x1b, b'$', b'@' | b'B', ..] | [0x1b, b'(', b'J' | b'I', ..])
}

/// The character of a surrogate pair at the beginning, written as two sequences of three bytes.
pub(super) fn surrogate_pair(bytes: &[u8]) -> Option<char> {
    const SHAPE: [RangeInclusive<u8>; 6] =
        [0xed..=0xed, 0xa0..=0xaf, 0x80..=0xbf, 0xed..=0xed, 0xb0..=0xbf, 0x80..=0xbf];
    let bytes = bytes.first_chunk::<6>()?;
    if !bytes.iter().zip(&SHAPE).all(|(byte, range)| range.contains(byte)) {
        return None;
    }
    let [_, a, b, _, c, d] = bytes.map(u32::from);
    let high = (a & 0x0f) << 6 | b & 0x3f;
    let low = (c & 0x0f) << 6 | d & 0x3f;
    char::from_u32(0x10000 + (high << 10 | low))
}
