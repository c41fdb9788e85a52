//! Reads a damaged span backwards: every character that a chain of wrong decodings may have come from.
//!
//! Layer 1 turns the text into bytes of the outermost page and the bytes into characters of UTF-8;
//! layer k does the same to what layer k - 1 read. A read is a character, where the text goes on, and
//! a penalty in nats for bytes that had to be guessed. Only layer 1 may guess: the continuation bytes
//! that its page leaves undefined, a no-break space that became a space, a soft hyphen that vanished.
//! Strict and lossy reads stand side by side; the lattice chooses.

use super::glyph::{Glyphs, is_letter};
use super::pages::{Chain, PAGES, Page, Pages, residue};

/// One character that may have stood where the damaged ones stand now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Read {
    pub(super) target: char,
    /// Index of the first character after the ones that were read.
    pub(super) next: usize,
    /// Penalty for guessed bytes, in nats.
    pub(super) cost: f32,
    /// Number of wrong decodings undone.
    pub(super) depth: u8,
    /// At least one byte was guessed.
    pub(super) is_lossy: bool,
}

/// Lists of reads by position, one after the other.
#[derive(Default)]
struct Layer {
    reads: Vec<Read>,
    /// Where the list of each position ends.
    ends: Vec<usize>,
}

impl Layer {
    fn clear(&mut self) {
        self.reads.clear();
        self.ends.clear();
    }

    /// Adds the list of the next position.
    fn push(&mut self, reads: impl Iterator<Item = Read>) {
        self.reads.extend(reads);
        self.ends.push(self.reads.len());
    }

    /// Whether a read may be followed by another one.
    fn touches(&self, start: usize) -> bool {
        let at = |position: usize| self.at(position);
        (0..self.ends.len()).any(|position| {
            let reads = at(position);
            // Of so many, which ones are kept depends on the chain.
            reads.len() >= MAX_LOSSY_READS
                || reads.iter().any(|read| !at(read.next - start).is_empty())
        })
    }

    fn at(&self, position: usize) -> &[Read] {
        let Some(&end) = self.ends.get(position) else { return &[] };
        let start = position.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.reads[start..end]
    }
}

/// Reads by position, for the positions `start..stop` of a text; the room is used again by the next text.
#[derive(Default)]
pub(super) struct Reads {
    start: usize,
    found: Layer,
    /// The deepest layer in which anything was read; 0 is nothing at all.
    pub(super) depth: u8,
    /// Whether another chain of the same outermost page may read deeper.
    pub(super) may_be_deeper: bool,
    layers: [Layer; MAX_LAYERS],
    room: Room,
}

/// Room for what is half read.
#[derive(Default)]
struct Room {
    here: Vec<Read>,
    ranked: Vec<(f32, Read)>,
    partials: Vec<Partial>,
    longer: Vec<Partial>,
    lows: Vec<Partial>,
    inner: Vec<(u32, Read)>,
    longer_inner: Vec<(u32, Read)>,
}

impl Reads {
    pub(super) fn at(&self, position: usize) -> &[Read] {
        position.checked_sub(self.start).map_or(&[], |at| self.found.at(at))
    }
}

/// Wrong decodings that a chain holds at most.
const MAX_LAYERS: usize = 3;

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
/// A lossy read where a lossless one exists.
const LOSSY_BESIDE_LOSSLESS: f32 = 4.0;

/// At most so many bytes of one character are put back.
const MAX_INSERTED: u8 = 2;
/// Lossy reads kept for one position, the least rare characters first.
const MAX_LOSSY_READS: usize = 32;
/// Bound on the half-read characters of one position.
const MAX_PARTIAL: usize = 1000;

/// A sequence of UTF-8 that is still short of bytes.
#[derive(Clone, Copy)]
struct Partial {
    code: u32,
    next: usize,
    cost: f32,
    inserted: u8,
}

/// Reads `text[start..stop]` through `chain`, into `reads`.
pub(super) fn read(
    pages: &Pages,
    chain: &Chain,
    glyphs: &Glyphs,
    text: &[char],
    (start, stop): (usize, usize),
    reads: &mut Reads,
) {
    let Reads { found, layers, room, depth, .. } = reads;
    reads.start = start;
    *depth = 0;
    found.clear();
    layers.iter_mut().for_each(Layer::clear);
    let Some((&first, inner)) = chain.pages.split_first() else { return };
    let outer = Outer { page: &pages.pages[first], glyphs, text, stop };
    for at in start..stop {
        outer.read(at, !inner.is_empty(), room);
        layers[0].push(room.here.drain(..));
    }
    *depth = u8::from(layers[0].reads.iter().any(is_plausible));
    reads.may_be_deeper = layers[0].touches(start);
    let mut used = 1;
    for (number, &page) in inner.iter().enumerate().take(MAX_LAYERS - 1) {
        let (above, below) = layers.split_at_mut(number + 1);
        let (above, below) = (&above[number], &mut below[0]);
        if above.reads.len() < 2 {
            break;
        }
        let is_nested = number + 1 < inner.len();
        for at in 0..stop - start {
            read_inner(&pages.pages[page], glyphs, is_nested, above, (start, at), room);
            below.push(room.here.drain(..));
        }
        if below.reads.is_empty() {
            break;
        }
        used += 1;
        *depth = number as u8 + 2;
    }
    for at in 0..stop - start {
        for layer in &layers[..used] {
            found.reads.extend(layer.at(at).iter().copied().filter(is_plausible));
        }
        found.ends.push(found.reads.len());
    }
}

/// By page number, the lowest number of a page that reads a text alike.
pub(super) type Sisters = [u8; PAGES];

/// Finds the pages that read the same complete sequences in a text, if these take all characters beyond
/// ASCII; other pages have no sister but themselves.
pub(super) fn sisters(pages: &Pages, text: &[char]) -> Sisters {
    let mut sisters: Sisters = std::array::from_fn(|page| page as u8);
    let readings: [Option<u64>; PAGES] =
        std::array::from_fn(|page| pages.pages.get(page).and_then(|page| complete(page, text)));
    for page in 0..PAGES {
        let is_alike =
            |&other: &usize| readings[page].is_some() && readings[other] == readings[page];
        if let Some(sister) = (0..page).find(is_alike) {
            sisters[page] = sister as u8;
        }
    }
    sisters
}

/// A digest of what a page reads in a text without guessing, if that leaves nothing beyond ASCII, and
/// nothing can be read in two ways.
fn complete(page: &Page, text: &[char]) -> Option<u64> {
    let continued = |c: char| match page.bytes_of(c) {
        [byte @ 0x80..0xC0, 0] => Some(byte),
        _ => None,
    };
    let mut digest = 0u64;
    let mut at = 0;
    while let Some(&c) = text.get(at) {
        at += 1;
        if c.is_ascii() {
            continue;
        }
        let [first, 0] = page.bytes_of(c) else { return None };
        let (mut code, length) = lead(first)?;
        for index in 1..length {
            let byte = continued(*text.get(at)?)?;
            if index == 1 && !follows(first, byte) {
                return None;
            }
            code = code << 6 | u32::from(byte & 0x3F);
            at += 1;
        }
        digest = (digest ^ u64::from(code) ^ (at as u64) << 32).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        digest ^= digest >> 29;
    }
    (digest != 0).then_some(digest)
}

/// Clean text holds no control characters, and nothing is guessed into U+FFFD.
fn is_plausible(read: &Read) -> bool {
    let is_guess = read.is_lossy && read.target == char::REPLACEMENT_CHARACTER;
    !is_guess && !read.target.is_control()
}

/// Layer 1: the text itself under the outermost page.
struct Outer<'a> {
    page: &'a Page,
    glyphs: &'a Glyphs,
    text: &'a [char],
    stop: usize,
}

impl Outer<'_> {
    /// What may have stood at a position, into `room.here`.
    fn read(&self, at: usize, is_nested: bool, room: &mut Room) {
        let c = self.text[at];
        if c.is_ascii() {
            return;
        }
        if self.page.is_residue {
            let read = |target| Read { target, next: at + 1, cost: 0.0, depth: 1, is_lossy: false };
            room.here.extend(residue(c).map(read));
            return;
        }
        for byte in self.page.bytes_of(c) {
            let Some((code, length)) = lead(byte) else {
                continue;
            };
            self.sequences(byte, code, length, at + 1, &mut room.partials, &mut room.longer);
            for &partial in &room.partials {
                if (0xD800..0xDC00).contains(&partial.code) {
                    let (lows, longer) = (&mut room.lows, &mut room.longer);
                    self.join_surrogates(partial, &mut room.here, lows, longer);
                } else {
                    push(&mut room.here, partial);
                }
            }
        }
        if self.page.soft_hyphen == Some(0xF0) {
            self.read_without_lead(at, room);
        }
        settle(&mut room.here, self.glyphs, is_nested, &mut room.ranked);
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
        partials.iter().for_each(|&partial| push(here, partial));
    }
}

/// Layers below: the characters read by the layer above, as bytes of `page`, into `room.here`. Never
/// lossy by itself.
fn read_inner(
    page: &Page,
    glyphs: &Glyphs,
    is_nested: bool,
    above: &Layer,
    (start, at): (usize, usize),
    room: &mut Room,
) {
    let Room { here, inner: partials, longer_inner: longer, .. } = room;
    for first in above.at(at) {
        for byte in page.bytes_of(first.target) {
            let Some((code, length)) = lead(byte) else {
                continue;
            };
            partials.clear();
            partials.push((code, *first));
            for index in 1..length {
                longer.clear();
                for (code, read) in partials.iter() {
                    for more in above.at(read.next - start) {
                        for byte in page.bytes_of(more.target) {
                            if (0x80..0xC0).contains(&byte)
                                && (index > 1 || follows(first_byte(code, length, index), byte))
                            {
                                let is_lossy = read.is_lossy || more.is_lossy;
                                let read = Read {
                                    next: more.next,
                                    cost: read.cost + more.cost,
                                    is_lossy,
                                    ..*read
                                };
                                longer.push((code << 6 | u32::from(byte & 0x3F), read));
                            }
                        }
                    }
                }
                longer.truncate(MAX_PARTIAL);
                std::mem::swap(partials, longer);
            }
            here.extend(partials.iter().filter_map(|(code, read)| {
                Some(Read { target: char::from_u32(*code)?, depth: first.depth + 1, ..*read })
            }));
        }
    }
    settle(here, glyphs, is_nested, &mut room.ranked);
}

/// The lead byte again, from the bits that it gave (only asked before the second byte).
fn first_byte(code: &u32, length: usize, index: usize) -> u8 {
    debug_assert_eq!(index, 1);
    let mark = match length {
        2 => 0xC0,
        3 => 0xE0,
        _ => 0xF0,
    };
    mark | (*code & 0x1F) as u8
}

/// Bits of a lead byte, and the length of its sequence.
fn lead(byte: u8) -> Option<(u32, usize)> {
    match byte {
        0xC2..=0xDF => Some((u32::from(byte & 0x1F), 2)),
        0xE0..=0xEF => Some((u32::from(byte & 0x0F), 3)),
        0xF0..=0xF4 => Some((u32::from(byte & 0x07), 4)),
        _ => None,
    }
}

/// May `byte` be the second of a sequence led by `lead`? No overlong forms, nothing above U+10FFFF.
fn follows(lead: u8, byte: u8) -> bool {
    match lead {
        0xE0 => byte >= 0xA0,
        0xF0 => byte >= 0x90,
        0xF4 => byte < 0x90,
        _ => true,
    }
}

fn push(reads: &mut Vec<Read>, partial: Partial) {
    if let Some(target) = char::from_u32(partial.code) {
        reads.push(Read {
            target,
            next: partial.next,
            cost: partial.cost,
            depth: 1,
            is_lossy: partial.inserted > 0,
        });
    }
}

/// Prices lossy reads beside lossless ones, and cuts their list by rarity.
fn settle(reads: &mut Vec<Read>, glyphs: &Glyphs, is_nested: bool, ranked: &mut Vec<(f32, Read)>) {
    if reads.len() < 2 && reads.iter().all(|read| !read.is_lossy) {
        return;
    }
    keep_cheapest(reads);
    let has_lossless = reads.iter().any(|read| !read.is_lossy);
    for read in reads.iter_mut().filter(|read| has_lossless && read.is_lossy) {
        read.cost += LOSSY_BESIDE_LOSSLESS;
    }
    // A nested chain needs reads that are no clean text: images of inner bytes, controls among them.
    let rarity = |read: &Read| {
        let kept_for_layers = is_nested
            && (u32::from(read.target) < 0x500
                || (0x2000..0x2600).contains(&u32::from(read.target)));
        if !read.is_lossy || kept_for_layers {
            read.cost
        } else {
            read.cost + glyphs.rarity(read.target)
        }
    };
    if reads.len() > MAX_LOSSY_READS {
        ranked.clear();
        ranked.extend(reads.iter().map(|read| (rarity(read), *read)));
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
        ranked.truncate(MAX_LOSSY_READS);
        reads.clear();
        reads.extend(ranked.iter().map(|(_, read)| *read));
    }
}

/// One read per target and end, the cheapest first.
fn keep_cheapest(reads: &mut Vec<Read>) {
    let place = |read: &Read| (u64::from(u32::from(read.target)) << 32) + read.next as u64;
    reads.sort_unstable_by(|a, b| place(a).cmp(&place(b)).then(a.cost.total_cmp(&b.cost)));
    reads.dedup_by_key(|read| place(read));
    reads.sort_unstable_by(|a, b| a.cost.total_cmp(&b.cost).then(place(a).cmp(&place(b))));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(chain: &str, text: &str, depth: u8) -> Vec<char> {
        let pages = Pages::new();
        let glyphs = Glyphs::new();
        let chain =
            pages.chains.iter().find(|c| c.name == chain).expect("the chain is in the table");
        let text: Vec<char> = text.chars().collect();
        let mut reads = Reads::default();
        read(&pages, chain, &glyphs, &text, (0, text.len()), &mut reads);
        reads.at(0).iter().filter(|read| read.depth == depth).map(|read| read.target).collect()
    }

    #[test]
    fn complete_sequences_are_read() {
        assert_eq!(targets("windows-1252", "Ã±", 1)[0], 'ñ');
        assert_eq!(targets("iso-8859-13", "ā€œ", 1)[0], '“');
        assert_eq!(targets("cp437", "≡ƒÜÇ", 1)[0], '🚀');
        assert_eq!(targets("windows-1252", "í\u{A0}½í¸\u{8D}", 1)[0], '😍');
    }

    #[test]
    fn lost_bytes_are_put_back() {
        assert!(targets("windows-1252", "Ãa", 1).contains(&'í'));
        assert!(targets("windows-1252", "Ã\u{FFFD}", 1).contains(&'Á'));
        assert!(targets("iso-8859-13", "šŸ” ", 1).contains(&'🔍'));
        assert!(targets("iso-8859-13", "ā“ ", 1).contains(&'❓'));
        assert!(targets("cp850", "ƒôê", 1).contains(&'📈'));
        assert!(targets("windows-1252", "Ã s", 1).contains(&'à'));
    }

    #[test]
    fn sisters_read_the_same_sequences() {
        let pages = Pages::new();
        let number = |name| pages.pages.iter().position(|page| page.name == name);
        let sister = |name, text: &str| {
            let text: Vec<char> = text.chars().collect();
            number(name).map(|page| usize::from(sisters(&pages, &text)[page]))
        };
        for (page, text, same) in [
            ("windows-1254", "maÃ±ana", "windows-1252"),
            ("iso-8859-15", "itâ€™s", "iso-8859-15"),
            ("iso-8859-15", "maÃ±ana", "windows-1252"),
            // Two bytes under one of the pages, a rest, and another character.
            ("iso-8859-15", "trÃšs", "iso-8859-15"),
            ("windows-1254", "maÃ±ana é", "windows-1254"),
            ("macintosh", "maÃ±ana", "macintosh"),
        ] {
            assert_eq!(sister(page, text), number(same), "{page} {text}");
        }
    }

    #[test]
    fn two_layers_are_read_at_once() {
        assert_eq!(targets("windows-1252>windows-1252", "ÃƒÂ±", 2)[0], 'ñ');
        assert!(!targets("windows-1252>windows-1252", "Ã±", 2).contains(&'ñ'));
    }

    #[test]
    fn overlong_forms_are_not_read() {
        assert!(!targets("windows-1252", "à€€", 1).contains(&'\0'));
        assert!(!targets("windows-1252", "ð€€€", 1).contains(&'\0'));
    }
}
