//! Layer 1: which characters of UTF-8 the text may stand for under the page that damaged it last.
//!
//! Bytes that are gone are put back in all ways that the page allows, which takes many tries; and damage
//! is made of the same few sequences again and again. So what was found for a sequence is kept, by the
//! page and by the characters that it depends on: those of the sequence itself, as the rest of a word says
//! nothing but that it goes on.

use super::glyph::{Glyphs, is_letter};
use super::pages::{Page, length_led_by, residue};
use super::reader::{MAX_PARTIAL, Read, Room, follows, is_plausible, lead, push, settle};

/// Penalties in nats for a byte that is not in the text. Source: set on synthetic losses, 2026-11.
const BYTE_DROPPED: f32 = 1.5;
const BYTE_REPLACED: f32 = 0.3;
const BYTE_QUESTION_MARK: f32 = 1.5;
const SPACE_WAS_NO_BREAK: f32 = 2.0;
/// `Ã s` is more often `à s` than `às`, and `à s'en` always is.
const SPACE_EATEN_BEFORE_LETTER: f32 = 1.0;
const SPACE_EATEN_BEFORE_ELISION: f32 = 6.0;
/// What speaks for `àquele` against `à quele`, a word that no language has.
const SPACE_EATEN_IN_CONTRACTION: f32 = -4.0;
const NO_BREAK_COLLAPSED: f32 = 1.5;
const SOFT_HYPHEN_LOST: f32 = 1.5;
const LEAD_LOST: f32 = 2.5;
/// `â€"`: the image “ of byte 93 was straightened on top.
const QUOTE_STRAIGHTENED: f32 = 1.5;
/// At most so many bytes of one character are put back.
const MAX_INSERTED: u8 = 2;
/// A sequence of UTF-8 that is still short of bytes.
#[derive(Clone, Copy)]
pub(super) struct Partial {
    pub(super) code: u32,
    pub(super) next: usize,
    pub(super) cost: f32,
    pub(super) inserted: u8,
}

/// What the reads at a position depend on: the page and whether further layers follow, the character,
/// and those after it, with zeros behind.
type Key = [u32; 8];

/// Stand for characters of ASCII that are not read themselves, in a key.
const A_LETTER: u32 = 'a' as u32;
const NO_LETTER: u32 = '.' as u32;

/// Sequences kept, and how many reads they may have together before all are forgotten.
const KEPT: usize = 4096;
const KEPT_READS: usize = 64 * 1024;

/// Reads of sequences, kept. The last sequence of those that share a place stays.
#[derive(Default)]
pub(super) struct Kept {
    /// Keys, and which of `reads` are theirs.
    places: Vec<(Key, List)>,
    reads: Vec<Read>,
}

/// Where a list of reads begins and ends.
type List = (u32, u32);

impl Kept {
    pub(super) fn reads(&self) -> &[Read] {
        &self.reads
    }

    /// Forgets everything if it is much; all lists that were told are void then.
    pub(super) fn make_room(&mut self) {
        if self.places.is_empty() || self.reads.len() > KEPT_READS {
            self.places.clear();
            self.places.resize(KEPT, (Key::default(), (0, 0)));
            self.reads.clear();
        }
    }

    fn place(key: &Key) -> usize {
        let mixed = key.iter().fold(0u64, |hash, &part| {
            (hash.rotate_left(5) ^ u64::from(part)).wrapping_mul(0xD6E8_FEB8_6659_FD93)
        });
        (mixed >> 32) as usize % KEPT
    }

    fn get(&self, key: &Key) -> Option<List> {
        let (found, list) = self.places.get(Kept::place(key))?;
        // No character is zero, so that no key is the one of an empty place.
        (found == key).then_some(*list)
    }

    /// Adds reads, whose room is empty then.
    fn add(&mut self, reads: &mut Vec<Read>) -> List {
        let from = self.reads.len() as u32;
        self.reads.append(reads);
        (from, self.reads.len() as u32)
    }

    fn put(&mut self, key: Key, list: List) {
        if let Some(place) = self.places.get_mut(Kept::place(&key)) {
            *place = (key, list);
        }
    }
}

/// Layer 1: the text itself under the outermost page.
pub(super) struct Outer<'a> {
    pub(super) page: &'a Page,
    /// Its number.
    pub(super) number: usize,
    pub(super) glyphs: &'a Glyphs,
    pub(super) text: &'a [char],
    pub(super) stop: usize,
    /// Further layers read what this one found.
    pub(super) is_nested: bool,
}

impl Outer<'_> {
    /// What may have stood at a position, as a list of the kept reads.
    pub(super) fn read(&self, at: usize, room: &mut Room, kept: &mut Kept) -> List {
        let c = self.text[at];
        let bytes = self.page.bytes_of(c);
        let mut longest = if self.is_leadless() { 4 } else { 0 };
        for byte in bytes {
            longest = longest.max(length_led_by(byte).unwrap_or(0));
        }
        if self.page.is_residue {
            longest = 1;
        }
        if longest == 0 {
            return (0, 0);
        }
        let key = self.key(at, bytes, longest);
        if let Some(list) = key.as_ref().and_then(|key| kept.get(key)) {
            return list;
        }
        self.search(at, room);
        let list = kept.add(&mut room.here);
        if let Some(key) = key {
            kept.put(key, list);
        }
        list
    }

    /// Whether sequences may be read whose lead is lost to sight.
    fn is_leadless(&self) -> bool {
        self.page.soft_hyphen == Some(0xF0)
    }

    /// All that [`Outer::search`] looks at for a character that may lead `longest` bytes; `None` where
    /// that is much.
    fn key(&self, at: usize, bytes: [u8; 2], longest: usize) -> Option<Key> {
        let mut key = Key::default();
        key[0] = (self.number << 1 | usize::from(self.is_nested)) as u32;
        key[1] = u32::from(self.text[at]);
        for ahead in 1..longest {
            let part = &mut key[ahead + 1];
            *part = match self.text.get(at + ahead) {
                None => return Some(key),
                // What may have been a no-break space, and then many a character counts.
                Some(' ') if self.page.has_no_break_space && bytes.contains(&0xC3) => return None,
                Some(c @ (' ' | '"' | '\'' | '?')) => u32::from(*c),
                Some(c) if self.continues(*c) => u32::from(*c),
                // Nothing is read beyond it.
                Some(c) => {
                    *part = if is_letter(*c) { A_LETTER } else { NO_LETTER };
                    return Some(key);
                }
            };
        }
        let after = self.text.get(at + longest);
        key[longest + 1] = if after.is_some_and(|c| is_letter(*c)) { A_LETTER } else { NO_LETTER };
        Some(key)
    }

    /// Whether a sequence may go on with a character beyond ASCII; the second surrogate begins with ED.
    fn continues(&self, c: char) -> bool {
        let continues = |byte: &u8| matches!(byte, 0x80..=0xBF | 0xED);
        c == char::REPLACEMENT_CHARACTER || self.page.bytes_of(c).iter().any(continues)
    }

    /// Finds what may have stood at a position, into `room.here`; what is no clean text only where
    /// further layers may read it.
    fn search(&self, at: usize, room: &mut Room) {
        if self.page.is_residue {
            let (cost, least, taken, depth) = (0.0, 0.0, 1, 1);
            let read = |target| Read { target, cost, least, taken, depth, is_lossy: false };
            room.here.extend(residue(self.text[at]).map(read));
        }
        for byte in self.page.bytes_of(self.text[at]) {
            let Some((code, length)) = lead(byte) else {
                continue;
            };
            self.sequences(byte, code, length, at + 1, &mut room.partials, &mut room.longer);
            for &partial in &room.partials {
                if (0xD800..0xDC00).contains(&partial.code) {
                    let (lows, longer) = (&mut room.lows, &mut room.longer);
                    self.join_surrogates(at, partial, &mut room.here, lows, longer);
                } else {
                    push(&mut room.here, at, partial);
                }
            }
        }
        if self.is_leadless() {
            self.read_without_lead(at, room);
        }
        settle(&mut room.here, self.glyphs, self.is_nested, &mut room.settling);
        if !self.is_nested {
            room.here.retain(is_plausible);
            let glyphs = self.glyphs;
            room.here.iter_mut().for_each(|read| read.least = glyphs.glyph(read.target).least);
        }
    }

    /// All ways to complete a sequence, into `found`.
    fn sequences(
        &self,
        lead: u8,
        code: u32,
        length: usize,
        next: usize,
        found: &mut Vec<Partial>,
        longer: &mut Vec<Partial>,
    ) {
        found.clear();
        found.push(Partial { code, next, cost: 0.0, inserted: 0 });
        for index in 1..length {
            longer.clear();
            for &partial in found.iter() {
                self.extend(lead, index, length, partial, longer);
            }
            std::mem::swap(found, longer);
            found.truncate(MAX_PARTIAL);
            if found.is_empty() {
                return;
            }
        }
    }

    /// All bytes that may come next in a sequence.
    fn extend(
        &self,
        lead: u8,
        index: usize,
        length: usize,
        from: Partial,
        found: &mut Vec<Partial>,
    ) {
        let fits = |byte: u8| (0x80..0xC0).contains(&byte) && (index > 1 || follows(lead, byte));
        let mut add = |byte: u8, taken: usize, cost: f32, inserted: u8| {
            if fits(byte) {
                let code = from.code << 6 | u32::from(byte & 0x3F);
                found.push(Partial {
                    code,
                    next: from.next + taken,
                    cost: from.cost + cost,
                    inserted: from.inserted + inserted,
                });
            }
        };
        let here = if from.next < self.stop { self.text.get(from.next).copied() } else { None };
        if let Some(c) = here {
            for byte in self.page.bytes_of(c) {
                add(byte, 1, 0.0, 0);
            }
        }
        if from.inserted >= MAX_INSERTED {
            return;
        }
        let is_last = index + 1 == length;
        for &byte in &self.page.undefined {
            add(byte, 0, BYTE_DROPPED, 1);
            if here == Some(char::REPLACEMENT_CHARACTER) {
                add(byte, 1, BYTE_REPLACED, 1);
            }
            if here == Some('?') && is_last && length > 2 {
                add(byte, 1, BYTE_QUESTION_MARK, 1);
            }
        }
        let after = self.text.get(from.next + 1).copied();
        let straightened: &[u8] = match here {
            Some('"') => &self.page.double_quotes,
            Some('\'') => &self.page.single_quotes,
            _ => &[],
        };
        if index > 1 || after.is_some_and(is_letter) {
            straightened.iter().for_each(|&byte| add(byte, 1, QUOTE_STRAIGHTENED, 1));
        }
        if self.page.has_no_break_space && here == Some(' ') {
            let eaten = match self.text.get(from.next + 1..).unwrap_or_default() {
                _ if lead != 0xC3 => 0.0,
                // French elision: `Ã s'éloigner`, `Ã l’hôtel`.
                [c, '\'' | '’' | 'â', ..] if is_letter(*c) => SPACE_EATEN_BEFORE_ELISION,
                // Portuguese: àquele, àquela, àquilo.
                ['q', 'u', 'e', 'l', 'e' | 'a', ..] | ['q', 'u', 'i', 'l', 'o', ..] => {
                    SPACE_EATEN_IN_CONTRACTION
                }
                [c, ..] if is_letter(*c) => SPACE_EATEN_BEFORE_LETTER,
                _ => 0.0,
            };
            add(0xA0, 1, SPACE_WAS_NO_BREAK + eaten, 1);
            if lead == 0xC3 && after != Some(' ') {
                add(0xA0, 0, NO_BREAK_COLLAPSED, 1);
            }
        }
        if self.page.soft_hyphen == Some(0xAD)
            && (matches!(lead, 0xC3..=0xC5 | 0xCE | 0xD0 | 0xD1) || lead >= 0xE0)
        {
            add(0xAD, 0, SOFT_HYPHEN_LOST, 1);
        }
    }

    /// Characters beyond U+FFFF that were written as two surrogates of three bytes each (CESU-8).
    fn join_surrogates(
        &self,
        start: usize,
        high: Partial,
        reads: &mut Vec<Read>,
        lows: &mut Vec<Partial>,
        longer: &mut Vec<Partial>,
    ) {
        let Some(&c) = self.text.get(high.next).filter(|_| high.next < self.stop) else {
            return;
        };
        if !self.page.bytes_of(c).contains(&0xED) {
            return;
        }
        self.sequences(0xED, 0x0D, 3, high.next + 1, lows, longer);
        for &low in lows.iter().filter(|low| (0xDC00..0xE000).contains(&low.code)) {
            let code = 0x10000 + ((high.code - 0xD800) << 10) + (low.code - 0xDC00);
            push(
                reads,
                start,
                Partial {
                    code,
                    cost: high.cost + low.cost,
                    inserted: high.inserted + low.inserted,
                    ..low
                },
            );
        }
    }

    /// An emoji whose lead F0 showed as a soft hyphen (cp850) and is gone.
    fn read_without_lead(&self, at: usize, room: &mut Room) {
        let Room { here, partials, longer, .. } = room;
        partials.clear();
        partials.push(Partial { code: 0, next: at, cost: LEAD_LOST, inserted: 1 });
        for index in 1..4 {
            longer.clear();
            for partial in partials.iter() {
                let Some(&c) = self.text.get(partial.next).filter(|_| partial.next < self.stop)
                else {
                    continue;
                };
                for byte in self.page.bytes_of(c) {
                    if (0x80..0xC0).contains(&byte) && (index > 1 || byte >= 0x90) {
                        let code = partial.code << 6 | u32::from(byte & 0x3F);
                        longer.push(Partial { code, next: partial.next + 1, ..*partial });
                    }
                }
            }
            std::mem::swap(partials, longer);
        }
        partials.iter().for_each(|&partial| push(here, at, partial));
    }
}

#[cfg(test)]
mod tests {
    use super::super::pages::Pages;
    use super::super::reader::{self, Reads};
    use super::*;

    #[test]
    fn what_is_kept_is_what_would_be_found_again() {
        let (pages, glyphs) = (Pages::new(), Glyphs::new());
        let mut kept = Reads::default();
        let sequences = [
            "Ã±",
            "â€™",
            "Ã",
            "Ã ",
            "â€\"",
            "â€?",
            "í\u{A0}½í¸\u{8D}",
            "ƒôê",
            "šŸ”",
            "Ʊ",
            "Ã\u{FFFD}",
            "Ã\u{AD}",
        ];
        let rests = ["", "a", " a", "s'a", " la", " l'a", "é", "\"a", "\".", "quela", "€"];
        for (sequence, rest) in sequences.iter().flat_map(|s| rests.map(|rest| (*s, rest))) {
            let text: Vec<char> = format!("x{sequence}{rest}").chars().collect();
            for chain in &pages.chains {
                let stop = text.len();
                let mut fresh = Reads::default();
                reader::read(&pages, chain, &glyphs, &text, (0, stop), &mut kept);
                reader::read(&pages, chain, &glyphs, &text, (0, stop), &mut fresh);
                for at in 0..stop {
                    assert_eq!(kept.at(at), fresh.at(at), "{sequence}{rest} {}", chain.name);
                }
                assert_eq!(kept.depth, fresh.depth);
            }
        }
    }
}
