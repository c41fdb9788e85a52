//! Reads a damaged span backwards: every character that a chain of wrong decodings may have come from.
//!
//! Layer 1 turns the text into bytes of the outermost page and the bytes into characters of UTF-8;
//! layer k does the same to what layer k - 1 read. A read is a character, where the text goes on, and
//! a penalty in nats for bytes that had to be guessed. Only layer 1 may guess: the continuation bytes
//! that its page leaves undefined, a no-break space that became a space, a soft hyphen that vanished.
//! Strict and lossy reads stand side by side; the lattice chooses.

use super::glyph::Glyphs;
use super::outer::{Kept, Outer, Partial};
use super::pages::{Chain, Page, Pages};

/// One character that may have stood where the damaged ones stand now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Read {
    pub(super) target: char,
    /// Penalty for guessed bytes, in nats.
    pub(super) cost: f32,
    /// What the target costs at the least, wherever it stands.
    pub(super) least: f32,
    /// Characters that were read.
    pub(super) taken: u16,
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

    /// Ends the list of the position in progress.
    fn end(&mut self) {
        self.ends.push(self.reads.len());
    }

    /// Whether a read may be followed by another one.
    fn touches(&self) -> bool {
        let at = |position: usize| self.at(position);
        (0..self.ends.len()).any(|position| {
            let reads = at(position);
            // Of so many, which ones are kept depends on the chain.
            reads.len() >= MAX_LOSSY_READS
                || reads.iter().any(|read| !at(position + usize::from(read.taken)).is_empty())
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
    /// Where the list of each position begins and ends: among the kept ones, or in `found` where
    /// the chain has several pages.
    lists: Vec<(u32, u32)>,
    is_nested: bool,
    found: Vec<Read>,
    /// The deepest layer in which anything was read; 0 is nothing at all.
    pub(super) depth: u8,
    /// Whether another chain of the same outermost page may read deeper, after a chain of several.
    pub(super) may_be_deeper: bool,
    layers: [Layer; MAX_LAYERS],
    room: Room,
    kept: Kept,
}

/// Room for what is half read.
#[derive(Default)]
pub(super) struct Room {
    pub(super) here: Vec<Read>,
    pub(super) settling: Settling,
    pub(super) partials: Vec<Partial>,
    pub(super) longer: Vec<Partial>,
    pub(super) lows: Vec<Partial>,
    inner: Vec<(u32, Read)>,
    longer_inner: Vec<(u32, Read)>,
    bytes: Bytes,
}

impl Reads {
    pub(super) fn at(&self, position: usize) -> &[Read] {
        let list = position.checked_sub(self.start).and_then(|at| self.lists.get(at));
        let reads = if self.is_nested { &self.found } else { self.kept.reads() };
        list.map_or(&[], |&(from, to)| &reads[from as usize..to as usize])
    }
}

/// Wrong decodings that a chain holds at most.
const MAX_LAYERS: usize = 3;

/// A lossy read where a lossless one exists.
const LOSSY_BESIDE_LOSSLESS: f32 = 4.0;

/// Lossy reads kept for one position, the least rare characters first.
const MAX_LOSSY_READS: usize = 32;
/// Bound on the half-read characters of one position.
pub(super) const MAX_PARTIAL: usize = 1000;

/// Reads `text[start..stop]` through `chain`, into `reads`.
pub(super) fn read(
    pages: &Pages,
    chain: &Chain,
    glyphs: &Glyphs,
    text: &[char],
    (start, stop): (usize, usize),
    reads: &mut Reads,
) {
    let Reads { found, lists, layers, room, kept, depth, .. } = reads;
    reads.start = start;
    *depth = 0;
    found.clear();
    lists.clear();
    kept.make_room();
    let Some((&first, inner)) = chain.pages.split_first() else { return };
    let is_nested = !inner.is_empty();
    reads.is_nested = is_nested;
    let outer = Outer { page: &pages.pages[first], number: first, glyphs, text, stop, is_nested };
    lists.extend((start..stop).map(|at| match text[at].is_ascii() {
        true => (0, 0),
        false => outer.read(at, room, kept),
    }));
    if !is_nested {
        *depth = u8::from(lists.iter().any(|(from, to)| from < to));
        return;
    }
    layers.iter_mut().for_each(Layer::clear);
    for (from, to) in lists.drain(..) {
        layers[0].reads.extend_from_slice(&kept.reads()[from as usize..to as usize]);
        layers[0].end();
    }
    *depth = u8::from(layers[0].reads.iter().any(is_plausible));
    reads.may_be_deeper = layers[0].touches();
    let inner = if reads.may_be_deeper { inner } else { &[] };
    let mut used = 1;
    for (number, &page) in inner.iter().enumerate().take(MAX_LAYERS - 1) {
        let (above, below) = layers.split_at_mut(number + 1);
        let (above, below) = (&above[number], &mut below[0]);
        if above.reads.len() < 2 {
            break;
        }
        let is_nested = number + 1 < inner.len();
        let mut bytes = std::mem::take(&mut room.bytes);
        bytes.find(&pages.pages[page], above);
        for at in 0..stop - start {
            read_inner(&bytes, glyphs, is_nested, above, at, room);
            below.reads.append(&mut room.here);
            below.end();
        }
        room.bytes = bytes;
        if below.reads.is_empty() {
            break;
        }
        used += 1;
        *depth = number as u8 + 2;
    }
    for at in 0..stop - start {
        let from = found.len() as u32;
        for layer in &layers[..used] {
            found.extend(layer.at(at).iter().copied().filter(is_plausible));
        }
        lists.push((from, found.len() as u32));
    }
    found.iter_mut().for_each(|read| read.least = glyphs.glyph(read.target).least);
}

/// Clean text holds no control characters, and nothing is guessed into U+FFFD.
pub(super) fn is_plausible(read: &Read) -> bool {
    let is_guess = read.is_lossy && read.target == char::REPLACEMENT_CHARACTER;
    !is_guess && !read.target.is_control()
}

/// The characters that a layer has read, as bytes of the page of the next one, by position.
#[derive(Default)]
struct Bytes {
    /// Bytes that lead a sequence, and the number of the read that gave each.
    leads: Vec<(u8, u32)>,
    /// Bytes that continue one.
    continued: Vec<(u8, u32)>,
    /// Where the lists of each position end.
    ends: Vec<(u32, u32)>,
}

impl Bytes {
    /// All bytes that the reads of a layer can have been.
    fn find(&mut self, page: &Page, above: &Layer) {
        let Bytes { leads, continued, ends } = self;
        leads.clear();
        continued.clear();
        ends.clear();
        let mut number = 0;
        for &end in &above.ends {
            for read in &above.reads[number..end] {
                for byte in page.bytes_of(read.target) {
                    match byte {
                        0x80..=0xBF => continued.push((byte, number as u32)),
                        0xC2..=0xF4 => leads.push((byte, number as u32)),
                        _ => {}
                    }
                }
                number += 1;
            }
            ends.push((leads.len() as u32, continued.len() as u32));
        }
    }

    fn leads(&self, position: usize) -> &[(u8, u32)] {
        let [before, here] = self.ends(position);
        &self.leads[before.0 as usize..here.0 as usize]
    }

    fn continued(&self, position: usize) -> &[(u8, u32)] {
        let [before, here] = self.ends(position);
        &self.continued[before.1 as usize..here.1 as usize]
    }

    fn ends(&self, position: usize) -> [(u32, u32); 2] {
        let Some(&here) = self.ends.get(position) else { return [(0, 0); 2] };
        [position.checked_sub(1).map_or((0, 0), |before| self.ends[before]), here]
    }
}

/// Layers below: the characters read by the layer above, as `bytes` of a page, into `room.here`. Never
/// lossy by itself.
fn read_inner(
    bytes: &Bytes,
    glyphs: &Glyphs,
    is_nested: bool,
    above: &Layer,
    at: usize,
    room: &mut Room,
) {
    let Room { here, inner: partials, longer_inner: longer, .. } = room;
    for &(first_byte, first) in bytes.leads(at) {
        let Some((code, length)) = lead(first_byte) else { continue };
        let first = &above.reads[first as usize];
        partials.clear();
        partials.push((code, *first));
        for index in 1..length {
            longer.clear();
            for (code, read) in partials.iter() {
                for &(byte, more) in bytes.continued(at + usize::from(read.taken)) {
                    if index == 1 && !follows(first_byte, byte) {
                        continue;
                    }
                    let more = &above.reads[more as usize];
                    let read = Read {
                        taken: read.taken + more.taken,
                        cost: read.cost + more.cost,
                        is_lossy: read.is_lossy || more.is_lossy,
                        ..*read
                    };
                    longer.push((code << 6 | u32::from(byte & 0x3F), read));
                }
            }
            longer.truncate(MAX_PARTIAL);
            std::mem::swap(partials, longer);
        }
        here.extend(partials.iter().filter_map(|(code, read)| {
            Some(Read { target: char::from_u32(*code)?, depth: first.depth + 1, ..*read })
        }));
    }
    settle(here, glyphs, is_nested, &mut room.settling);
}

/// Bits of a lead byte, and the length of its sequence.
pub(super) fn lead(byte: u8) -> Option<(u32, usize)> {
    match byte {
        0xC2..=0xDF => Some((u32::from(byte & 0x1F), 2)),
        0xE0..=0xEF => Some((u32::from(byte & 0x0F), 3)),
        0xF0..=0xF4 => Some((u32::from(byte & 0x07), 4)),
        _ => None,
    }
}

/// May `byte` be the second of a sequence led by `lead`? No overlong forms, nothing above U+10FFFF.
pub(super) fn follows(lead: u8, byte: u8) -> bool {
    match lead {
        0xE0 => byte >= 0xA0,
        0xF0 => byte >= 0x90,
        0xF4 => byte < 0x90,
        _ => true,
    }
}

/// Adds a character that was read from `start` on.
pub(super) fn push(reads: &mut Vec<Read>, start: usize, partial: Partial) {
    if let Some(target) = char::from_u32(partial.code) {
        let (cost, least, is_lossy) = (partial.cost, 0.0, partial.inserted > 0);
        let taken = (partial.next - start) as u16;
        reads.push(Read { target, cost, least, taken, depth: 1, is_lossy });
    }
}

/// Room for the choice among the reads of a position.
#[derive(Default)]
pub(super) struct Settling {
    ranked: Vec<u128>,
    /// Open addressing: what is read and how far, and the number of the cheapest such read; 0 is free.
    cheapest: Vec<(u64, u32)>,
    /// Places in use.
    taken: Vec<u32>,
}

impl Settling {
    /// The numbers of the reads that are the cheapest of their target and end, the first of equals.
    fn rank(&mut self, reads: &[Read]) {
        let Settling { ranked, cheapest, taken } = self;
        taken.drain(..).for_each(|place| cheapest[place as usize].0 = 0);
        if cheapest.len() < reads.len() * 2 {
            cheapest.resize((reads.len() * 2).next_power_of_two(), (0, 0));
        }
        let mask = cheapest.len() - 1;
        for (read, number) in reads.iter().zip(0u32..) {
            // Nothing ends where it begins, so no key is 0.
            let key = place(read) as u64;
            let mut at = (key.wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 32) as usize & mask;
            while cheapest[at].0 != 0 && cheapest[at].0 != key {
                at = (at + 1) & mask;
            }
            if cheapest[at].0 == 0 {
                taken.push(at as u32);
                cheapest[at] = (key, number);
            } else if in_order(read.cost) < in_order(reads[cheapest[at].1 as usize].cost) {
                cheapest[at].1 = number;
            }
        }
        ranked.clear();
        ranked.extend(taken.iter().map(|place| u128::from(cheapest[*place as usize].1)));
    }
}

/// Keeps one read for each target and end, the cheapest, and prices lossy reads beside lossless ones. The
/// cheapest come first; where there are too many, the least rare of them.
pub(super) fn settle(
    reads: &mut Vec<Read>,
    glyphs: &Glyphs,
    is_nested: bool,
    settling: &mut Settling,
) {
    if reads.len() < 2 {
        return;
    }
    let has_lossless = reads.iter().any(|read| !read.is_lossy);
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
    settling.rank(reads);
    let ranked = &mut settling.ranked;
    let is_many = ranked.len() > MAX_LOSSY_READS;
    // What is compared is one number, with the number of the read at its end: there may be hundreds.
    for key in ranked.iter_mut() {
        let number = *key as u32;
        let read = &mut reads[number as usize];
        *key =
            u128::from(in_order(read.cost)) << 64 | place(read) << NUMBER_BITS | u128::from(number);
        if has_lossless && read.is_lossy {
            read.cost += LOSSY_BESIDE_LOSSLESS;
        }
        if is_many {
            *key |= u128::from(in_order(rarity(read))) << 96;
        }
    }
    if is_many {
        ranked.select_nth_unstable(MAX_LOSSY_READS);
        ranked.truncate(MAX_LOSSY_READS);
    }
    ranked.sort_unstable();
    let all = reads.len();
    for key in ranked.iter() {
        reads.push(reads[(*key & NUMBER) as usize]);
    }
    reads.drain(..all);
}

/// The bits of the number of a read: a position has at most 2 * [`MAX_PARTIAL`]² of them, surrogates
/// included.
const NUMBER_BITS: u32 = 27;
const NUMBER: u128 = (1 << NUMBER_BITS) - 1;

/// What is read, and how far.
fn place(read: &Read) -> u128 {
    u128::from(u32::from(read.target)) << 16 | u128::from(read.taken)
}

/// A number that is in the same order as others of its kind as the costs are.
fn in_order(cost: f32) -> u32 {
    let bits = cost.to_bits();
    if cost.is_sign_negative() { !bits } else { bits | 1 << 31 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(chain: &str, text: &str, depth: u8) -> Vec<char> {
        let pages = Pages::new();
        let glyphs = Glyphs::new();
        let chain =
            pages.chains.iter().find(|c| &*c.name == chain).expect("the chain is in the table");
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
