//! Which legacy encoding? The words beyond ASCII tell.
//!
//! `chardetng`, the detector of Firefox, knows what neighbours a byte has in each encoding. It never
//! answers with the pages of the Macintosh and the IBM PC, and a few accents are little for it. So
//! the words that hold bytes beyond ASCII are read in every encoding, and the letter model of the
//! mojibake repair says what each reading costs: the cheapest one wins, where a page that is rare on
//! the web pays for it and the answer of `chardetng` pays less.

use std::collections::BTreeSet;
use std::iter;
use std::sync::OnceLock;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GBK, IBM866, ISO_8859_2, ISO_8859_4, ISO_8859_5, ISO_8859_6,
    ISO_8859_7, ISO_8859_13, ISO_8859_15, KOI8_R, KOI8_U, MACINTOSH, SHIFT_JIS, WINDOWS_874,
    WINDOWS_1250, WINDOWS_1251, WINDOWS_1252, WINDOWS_1253, WINDOWS_1254, WINDOWS_1255,
    WINDOWS_1256, WINDOWS_1257, WINDOWS_1258, X_MAC_CYRILLIC,
};

use super::charset::{Charset, dos_pages};
use crate::repair::mojibake::{Costs, TextCost, next_non_ascii};

/// How many bytes of lines beyond ASCII the detector is fed: it is slow, and its answer no longer
/// changes.
const DETECTOR_BYTES: usize = 16 * 1024;

/// How many bytes of different words are read in every encoding.
const WORD_BYTES: usize = 1024;

/// What a reading saves by being the answer of `chardetng`, in nats.
///
/// Measured with `benches/decode_accuracy.py` on Django's messages, 2026-11: of 0, 3 and 6 it had the
/// fewest wrong answers (185, 183, 213 of 10,800).
const DETECTED: f32 = 3.0;

/// What another script costs where letters of ASCII are more than four times as many as bytes beyond
/// it, in nats: these bytes are accents and quotation marks then.
///
/// Counter-example: an English page about one Russian word in windows-1251; long words win anyway.
const FOREIGN: f32 = 8.0;

/// How many of the cheapest encodings are compared once more, and how much dearer than the cheapest
/// these may be, in nats.
const CLOSEST: usize = 4;
const CLOSE: f32 = 30.0;

/// What a byte that an encoding does not define costs on top of U+FFFD, in nats.
const UNDEFINED: f32 = 8.0;

/// What a tone that stands on no vowel costs, in nats: Italian `Lunedì` read as windows-1258.
const STRAY_TONE: f32 = 12.0;

/// What an ordinal sign saves after a digit or a full stop, in nats: `7.º` is Spanish, `7.ş` nothing.
///
/// Source: `chardetng` looks back two bytes for the same reason.
const ORDINAL: f32 = 5.0;

/// Encodings, and what it costs to be one, in nats: about the logarithm of how much rarer than
/// windows-1252 it is among text without UTF-8, steeper for the pages of other machines.
///
/// Source: set by hand after what is common on the web, 2026-11. Counter-example: an archive of files from old Macintoshes.
const WEB: [(&Encoding, f32); 27] = [
    (WINDOWS_1252, 0.0),
    (WINDOWS_1251, 1.0),
    (SHIFT_JIS, 2.0),
    (GBK, 2.0),
    (EUC_KR, 2.0),
    (EUC_JP, 2.0),
    (BIG5, 3.0),
    (ISO_8859_2, 2.0),
    (WINDOWS_1250, 2.0),
    (WINDOWS_1254, 2.0),
    (WINDOWS_1253, 2.5),
    (ISO_8859_7, 3.0),
    (WINDOWS_1255, 2.5),
    (WINDOWS_1256, 2.5),
    (WINDOWS_874, 2.5),
    (WINDOWS_1257, 3.0),
    (ISO_8859_15, 3.0),
    (WINDOWS_1258, 8.0),
    (KOI8_R, 3.0),
    (KOI8_U, 3.5),
    (ISO_8859_5, 4.0),
    (ISO_8859_13, 4.5),
    (ISO_8859_4, 6.0),
    (ISO_8859_6, 5.0),
    (IBM866, 5.0),
    (MACINTOSH, 4.0),
    (X_MAC_CYRILLIC, 6.0),
];

/// The same for the pages of the IBM PC.
const DOS: f32 = 5.0;

/// An encoding that is tried.
pub(super) struct Candidate {
    pub(super) charset: Charset,
    pub(super) prior: f32,
    /// Whether its letters beyond ASCII are Latin.
    is_latin: bool,
    /// Characters of bytes 80 to FF, if each byte is one.
    pub(super) high: Option<[char; 128]>,
}

/// All encodings that are tried, windows-1252 first.
pub(super) fn candidates() -> &'static [Candidate] {
    static CANDIDATES: OnceLock<Vec<Candidate>> = OnceLock::new();
    CANDIDATES.get_or_init(|| {
        let web = WEB.iter().map(|&(encoding, prior)| (Charset::Web(encoding), prior));
        let dos = dos_pages().iter().map(|page| (Charset::Dos(page), DOS));
        let candidate = |(charset, prior): (Charset, f32)| {
            let high = charset.high();
            let letters = high.iter().flatten().filter(|c| matches!(c, 'À'..='ɏ')).count();
            Candidate { charset, prior, is_latin: letters > 30, high }
        };
        web.chain(dos).map(candidate).collect()
    })
}

/// The encoding of these bytes, which are not UTF-8; `expected` is what was seen before.
pub(super) fn choose(bytes: &[u8], expected: Option<Charset>, costs: &Costs) -> Charset {
    let detected = Charset::Web(detected(bytes));
    let is_latin = is_mostly_latin(bytes);
    let words = words(bytes, |word| !word.is_ascii());
    let price = |candidate: &Candidate| {
        let is_expected = expected == Some(candidate.charset);
        let prior = if is_expected { 0.0 } else { candidate.prior };
        let foreign = if is_latin && !candidate.is_latin { FOREIGN } else { 0.0 };
        let known = is_expected || candidate.charset == detected;
        prior + foreign - if known { DETECTED } else { 0.0 }
    };
    let mut ranked: Vec<(f32, &Candidate)> =
        candidates().iter().map(|candidate| (price(candidate), candidate)).collect();
    let split = |words| <[u8]>::split_inclusive(words, |&byte| byte == b' ');
    let mut read: Vec<Word> = split(&words).map(|word| Word::new(word, costs)).collect();
    add_costs_of_pages(&mut read, &mut ranked, CLOSE, costs);
    let is_page = |(_, candidate): &&(f32, &Candidate)| candidate.high.is_some();
    let least = |(total, _): &(f32, &Candidate)| *total;
    let mut limit = ranked.iter().filter(is_page).map(least).fold(f32::INFINITY, f32::min) + CLOSE;
    for (total, candidate) in ranked.iter_mut().filter(|(_, candidate)| candidate.high.is_none()) {
        // What is this much dearer than another is never chosen.
        *total += cost_of_several_bytes(&words, candidate, limit - *total, costs);
        limit = limit.min(*total + CLOSE);
    }
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    if ranked.first().is_none_or(|(_, candidate)| candidate.high.is_none()) {
        return ranked.first().map_or(detected, |(_, candidate)| candidate.charset);
    }
    ranked.retain(|(_, candidate)| candidate.high.is_some());
    let limit = ranked.first().map_or(0.0, |(least, _)| least + CLOSE);
    ranked.retain(|(total, _)| *total < limit);
    ranked.truncate(CLOSEST);
    // Pages of one language differ in a few letters: the words that hold these decide.
    let differs = differing_bytes(&ranked);
    let telling = |word: &[u8]| word.iter().any(|&byte| differs[usize::from(byte)]);
    let words = self::words(bytes, telling);
    ranked.iter_mut().for_each(|(total, candidate)| *total = price(candidate));
    // In the order of the words before, which most of them are among.
    let mut before = read.into_iter();
    let mut again = |bytes| before.find(|word| word.bytes == bytes);
    let words = split(&words).map(|word| again(word).unwrap_or_else(|| Word::new(word, costs)));
    add_costs_of_pages(&mut words.collect::<Vec<Word>>(), &mut ranked, 0.0, costs);
    let best = ranked.iter().min_by(|a, b| a.0.total_cmp(&b.0));
    best.map_or(detected, |(_, candidate)| candidate.charset)
}

/// Whether a text that is well-formed UTF-8 is so by chance: a few letters of two bytes that never
/// stand together, and that an encoding of several bytes reads well (`小时之前` in GBK is `Сʱ֮ǰ`).
/// Counter-example: `ÃƒÂ±andÃƒÂº`, which GBK reads as words, too, and which is `ñandú`.
pub(super) fn explains_better(text: &str, costs: &Costs) -> bool {
    // Accented Latin letters are what mojibake is made of, and that is far commoner.
    let is_text = |c: &char| c.len_utf8() == 2 && *c >= '\u{180}';
    if !beyond_ascii(text).next().is_some_and(|c| is_text(&c)) {
        return false;
    }
    let beyond: Vec<char> = beyond_ascii(text).take(MOST_BY_CHANCE + 1).collect();
    let is_one_script = beyond.windows(2).all(|pair| pair[0] as u32 >> 7 == pair[1] as u32 >> 7);
    let is_short = (LEAST_BY_CHANCE..=MOST_BY_CHANCE).contains(&beyond.len());
    if !is_short || is_one_script || !beyond.iter().all(is_text) {
        return false;
    }
    let words = words(text.as_bytes(), |word| !word.is_ascii());
    let own = cost_of_chars(std::str::from_utf8(&words).unwrap_or_default().chars(), costs);
    if own < CHANCE_PER_CHAR * beyond.len() as f32 {
        return false;
    }
    let chosen = choose(text.as_bytes(), None, costs);
    let best = candidates().iter().find(|candidate| candidate.charset == chosen);
    best.is_some_and(|candidate| {
        let limit = own - BY_CHANCE - candidate.prior;
        let cost = || cost_of_several_bytes(&words, candidate, limit, costs);
        candidate.high.is_none()
            && is_everyday(&words, candidate)
            && candidate.prior + cost() + BY_CHANCE < own
    })
}

/// Whether bytes beyond ASCII that are UTF-8, too, stand for characters that an encoding of several
/// bytes had from the start. GB 2312, KS X 1001, JIS X 0208 in EUC and Big5 have none with a byte from 80
/// to A0; what was added there later is rare, and two rare readings prove nothing against UTF-8.
fn is_everyday(words: &[u8], candidate: &Candidate) -> bool {
    matches!(candidate.charset, Charset::Web(encoding) if encoding == SHIFT_JIS)
        || !words.iter().any(|byte| (0x80..0xA1).contains(byte))
}

/// Whether a line of well-formed UTF-8 says too little to decide: one or two characters of two bytes
/// that are rare where they stand (`7前` in GBK is `7ǰ`). More lines must come.
pub(super) fn is_doubtful(text: &str, costs: &Costs) -> bool {
    let mut beyond = beyond_ascii(text);
    if beyond.by_ref().take(LEAST_BY_CHANCE - 1).any(|c| c.len_utf8() > 2)
        || beyond.next().is_some()
    {
        return false;
    }
    let words = words(text.as_bytes(), |word| !word.is_ascii());
    let read = std::str::from_utf8(&words).unwrap_or_default();
    let cost = cost_of_chars(read.chars(), costs);
    cost > CHANCE_PER_CHAR * words.len() as f32
}

/// Fewest characters beyond ASCII that are looked at: one letter alone, or with its accent, may be
/// anything.
const LEAST_BY_CHANCE: usize = 3;

/// Most characters beyond ASCII that can be well-formed UTF-8 by chance.
const MOST_BY_CHANCE: usize = 8;

/// Below this cost per character beyond ASCII, in nats, a text is what it seems.
const CHANCE_PER_CHAR: f32 = 6.0;

/// How much better, in nats, another encoding must explain well-formed UTF-8.
///
/// Counter-example: a word in a script that the letter model does not know.
const BY_CHANCE: f32 = 8.0;

/// Bytes that the candidates, all of single bytes, do not read alike.
fn differing_bytes(candidates: &[(f32, &Candidate)]) -> [bool; 256] {
    let mut differs = [false; 256];
    for (byte, differs) in differs.iter_mut().enumerate().skip(0x80) {
        let mut read =
            candidates.iter().map(|(_, candidate)| candidate.high.map(|high| high[byte - 0x80]));
        let first = read.next();
        *differs = read.any(|other| Some(other) != first);
    }
    differs
}

/// Whether letters of ASCII far outnumber the bytes beyond it.
fn is_mostly_latin(bytes: &[u8]) -> bool {
    let bytes = &bytes[..bytes.len().min(DETECTOR_BYTES)];
    let letters = bytes.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let beyond = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    letters > 4 * beyond
}

/// The answer of `chardetng`.
///
/// Of a line it is fed the words that hold bytes beyond ASCII, each with the blank after it, and not the
/// words between: each of its candidates scores pairs with such a byte alone, and a blank, which none
/// takes for the second half of a character, leaves all of them as they began. The answer is that to
/// the whole lines, at a fifth of the work in Spanish text. Only where an escape stands does it begin
/// to read before the first such byte, and is fed the lines whole.
fn detected(bytes: &[u8]) -> &'static Encoding {
    let is_whole = memchr::memchr(0x1b, bytes).is_some();
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let mut telling = Vec::new();
    let mut left = DETECTOR_BYTES;
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        if !line.is_ascii() {
            let fed = &line[..line.len().min(left)];
            match is_whole {
                true => telling.extend_from_slice(fed),
                false => words_beyond_ascii(fed).for_each(|(word, blank)| {
                    telling.extend_from_slice(word);
                    telling.extend(blank);
                }),
            }
            left -= fed.len();
        }
    }
    // If nothing was cut, an unended character at the end is none.
    detector.feed(&telling, left > 0);
    detector.guess(None, Utf8Detection::Deny)
}

/// The words between blanks of ASCII that hold bytes beyond it, and the blank after each.
fn words_beyond_ascii(bytes: &[u8]) -> impl Iterator<Item = (&[u8], Option<u8>)> {
    let mut from = 0;
    iter::from_fn(move || {
        let at = next_non_ascii(bytes, from)?;
        let before = bytes[from..at].iter().rposition(u8::is_ascii_whitespace);
        let start = before.map_or(from, |blank| from + blank + 1);
        let length = bytes[at..].iter().position(u8::is_ascii_whitespace);
        let end = length.map_or(bytes.len(), |length| at + length);
        from = (end + 1).min(bytes.len());
        Some((&bytes[start..end], bytes.get(end).copied()))
    })
}

/// The characters of a text that are not ASCII.
pub(super) fn beyond_ascii(text: &str) -> impl Iterator<Item = char> {
    let mut from = 0;
    iter::from_fn(move || {
        let at = next_non_ascii(text.as_bytes(), from)?;
        let c = text[at..].chars().next()?;
        from = at + c.len_utf8();
        Some(c)
    })
}

/// The first words of a kind that hold bytes beyond ASCII, each once, with a space after each.
fn words(bytes: &[u8], is_wanted: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut seen = BTreeSet::new();
    let mut words = Vec::new();
    for (word, _) in words_beyond_ascii(bytes) {
        let left = WORD_BYTES.saturating_sub(words.len());
        let word = &word[..word.len().min(left)];
        if left == 0 {
            break;
        }
        if is_wanted(word) && seen.insert(word) {
            words.extend_from_slice(word);
            words.push(b' ');
        }
    }
    words
}

/// Adds what the words cost in each page, in nats, to its total; infinitely much where it ends up dearer
/// than the cheapest page by more than a `margin`.
///
/// Word by word, since most pages read a word as some other page does, and all of them what stands
/// before its first byte beyond ASCII. The page that is cheapest after some words reads on alone: what
/// it costs in the end shows of most others after a few words more that they are too dear.
fn add_costs_of_pages(
    words: &mut [Word],
    totals: &mut [(f32, &'static Candidate)],
    margin: f32,
    costs: &Costs,
) {
    let mut open: Vec<(&mut f32, &'static [char; 128])> = totals
        .iter_mut()
        .filter_map(|(total, candidate)| Some((total, candidate.high.as_ref()?)))
        .collect();
    // No step saves anything, but for the signs after figures.
    let ordinals: usize = words.iter().map(Word::ordinals).sum();
    let (first, rest) = words.split_at_mut(words.len().min(WORDS_FOR_ALL));
    for word in first {
        open.iter_mut().for_each(|(total, high)| **total += word.cost_in(high, costs));
    }
    let Some(cheapest) = (0..open.len()).min_by(|&a, &b| open[a].0.total_cmp(open[b].0)) else {
        return;
    };
    let (total, leader) = open.swap_remove(cheapest);
    rest.iter_mut().for_each(|word| *total += word.cost_in(leader, costs));
    let limit = *total + margin + ORDINAL * ordinals as f32 + ROUNDED;
    for word in rest {
        open.retain_mut(|(total, high)| {
            **total += word.cost_in(high, costs);
            let is_open = **total < limit;
            if !is_open {
                **total = f32::INFINITY;
            }
            is_open
        });
    }
}

/// Words that every page reads before one of them is taken for the cheapest.
const WORDS_FOR_ALL: usize = 3;

/// More than sums of the costs of a text are off by rounding, in nats.
const ROUNDED: f32 = 1.0;

/// A word that pages read, with the blank after it.
struct Word<'w> {
    bytes: &'w [u8],
    /// What stands before its first byte beyond ASCII, which all of them read alike.
    before: Reading,
    rest: &'w [u8],
    /// Pages that have read it, one of those that read alike, and what it cost.
    known: Vec<(&'static [char; 128], f32)>,
}

impl<'w> Word<'w> {
    fn new(bytes: &'w [u8], costs: &Costs) -> Word<'w> {
        let plain = bytes.iter().take_while(|byte| byte.is_ascii()).count();
        let (plain, rest) = bytes.split_at(plain);
        let mut before = Reading::START;
        plain.iter().for_each(|&byte| before.push(char::from(byte), costs));
        Word { bytes, before, rest, known: Vec::new() }
    }

    /// Places where a page may read an ordinal sign after a figure.
    fn ordinals(&self) -> usize {
        let pairs = self.bytes.windows(2);
        pairs.filter(|pair| is_figure(pair[0]) && !pair[1].is_ascii()).count()
    }

    /// What it costs in a page, in nats.
    fn cost_in(&mut self, high: &'static [char; 128], costs: &Costs) -> f32 {
        let alike = |other: &[char; 128]| {
            let mut beyond = self.rest.iter().filter_map(|byte| byte.checked_sub(0x80));
            beyond.all(|at| high[usize::from(at)] == other[usize::from(at)])
        };
        if let Some((_, cost)) = self.known.iter().find(|(other, _)| alike(other)) {
            return *cost;
        }
        let mut reading = self.before;
        for &byte in self.rest {
            let at = byte.checked_sub(0x80).map(usize::from);
            reading.push(at.map_or(char::from(byte), |at| high[at]), costs);
        }
        self.known.push((high, reading.cost()));
        reading.cost()
    }
}

/// What the words cost in an encoding of several bytes, in nats; infinitely much from a limit on.
fn cost_of_several_bytes(words: &[u8], candidate: &Candidate, limit: f32, costs: &Costs) -> f32 {
    let Charset::Web(encoding) = candidate.charset else { return f32::INFINITY };
    let (text, _) = encoding.decode_without_bom_handling(words);
    // No step saves anything, but for these signs.
    let signs = text.chars().filter(|c| is_ordinal(*c)).count();
    let limit = limit + ORDINAL * signs as f32;
    let mut reading = Reading::START;
    for c in text.chars() {
        reading.push(c, costs);
        if reading.cost() >= limit {
            return f32::INFINITY;
        }
    }
    reading.cost()
}

/// A text that is read on, and what it costs so far.
#[derive(Clone, Copy)]
struct Reading {
    text: TextCost,
    before: char,
    extra: f32,
}

impl Reading {
    const START: Reading = Reading { text: TextCost::START, before: ' ', extra: 0.0 };

    fn push(&mut self, c: char, costs: &Costs) {
        self.extra += match c {
            char::REPLACEMENT_CHARACTER => UNDEFINED,
            // Windows-1258 writes tones as marks of their own.
            '\u{300}'..='\u{323}' if !is_vowel(self.before) => STRAY_TONE,
            c if is_ordinal(c) && u8::try_from(self.before).is_ok_and(is_figure) => -ORDINAL,
            _ => 0.0,
        };
        self.before = c;
        self.text.push(c, costs);
    }

    fn cost(&self) -> f32 {
        self.extra + self.text.cost()
    }
}

/// What an ordinal sign stands after.
fn is_figure(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'.'
}

/// A sign that makes an ordinal of a number, or what looks like one.
fn is_ordinal(c: char) -> bool {
    matches!(c, 'º' | 'ª' | '°')
}

/// What a text costs by the letter model, and for what no text holds.
pub(super) fn cost_of_chars(chars: impl Iterator<Item = char>, costs: &Costs) -> f32 {
    let mut reading = Reading::START;
    chars.for_each(|c| reading.push(c, costs));
    reading.cost()
}

/// A vowel of Vietnamese.
fn is_vowel(c: char) -> bool {
    "aeiouyăâêôơư".chars().any(|vowel| c.to_lowercase().eq([vowel]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUNDS: usize = 1_000;

    fn case(encoding: &'static Encoding, text: &str) {
        let (bytes, _, unmappable) = encoding.encode(text);
        assert!(!unmappable, "{text}");
        let chosen = choose(&bytes, None, &Costs::default());
        let read = match chosen {
            Charset::Web(chosen) => chosen.decode_without_bom_handling(&bytes).0.into_owned(),
            Charset::Dos(page) => bytes.iter().map(|&byte| page.decode(byte)).collect(),
        };
        assert_eq!(read, text, "{}", chosen.name());
    }

    #[test]
    fn few_words_are_enough() {
        case(WINDOWS_1252, "Mañana será otro día");
        case(WINDOWS_1252, "El 7.º piso");
        case(WINDOWS_1252, "It’s fine — “really”");
        case(WINDOWS_1252, "Martedì può");
        case(WINDOWS_1252, "Änderung der Größe");
        case(WINDOWS_1250, "Zażółć gęślą jaźń");
        case(ISO_8859_2, "Šťastný a veselý");
        case(WINDOWS_1251, "Привет, как дела");
        case(KOI8_R, "Привет, как дела");
        case(IBM866, "Привет, как дела");
        case(WINDOWS_1253, "Καλημέρα σας");
        case(WINDOWS_1254, "Türkiye’nin başkenti");
        case(WINDOWS_1255, "שלום עולם");
        case(WINDOWS_1257, "Šiandien yra gražu");
        case(WINDOWS_874, "สวัสดีชาวโลก ยินดีต้อนรับทุกคน");
        case(MACINTOSH, "La niña comió piñas en la montaña");
        case(SHIFT_JIS, "これは日本語です");
        case(EUC_JP, "これは日本語です");
        case(EUC_KR, "안녕하세요 세계");
        case(GBK, "小时之前的世界");
        case(BIG5, "這是中文的世界");
    }

    #[test]
    fn the_detector_answers_to_words_as_to_lines() {
        let by_lines = |bytes: &[u8]| {
            let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
            let mut left = DETECTOR_BYTES;
            for line in bytes.split_inclusive(|&byte| byte == b'\n').filter(|it| !it.is_ascii()) {
                detector.feed(&line[..line.len().min(left)], false);
                left -= line.len().min(left);
            }
            if left > 0 {
                detector.feed(&[], true);
            }
            detector.guess(None, Utf8Detection::Deny)
        };
        // Whatever its candidates look back at: signs after figures, cases, marks, halves of characters.
        let plain =
            "I II n. N. M D. 3 12 a Ab ABC vii . , ; ? ! - ~@ {} zz \u{1b}[0m \u{1b}$B \0 \u{7f}";
        let plain: Vec<&[u8]> = plain.split(' ').map(str::as_bytes).collect();
        let texts = [
            (WINDOWS_1252, "n.º Nº 3ª II. Mª © “sí” año Él ÁÉ"),
            (WINDOWS_1250, "Zażółć Gęślą ŠŤASTNÝ ľ"),
            (WINDOWS_1251, "Привет КАК дЕла ёж"),
            (IBM866, "Привет КАК дЕла ёж\u{a0}"),
            (WINDOWS_1255, "שלום! עולם, ."),
            (WINDOWS_1256, "مرحبا، café"),
            (WINDOWS_874, "สวัสดี ชาว"),
            (SHIFT_JIS, "これは ﾊﾞﾊﾟ 日本語"),
            (EUC_JP, "これは 日本語 ｶﾞ"),
            (EUC_KR, "안녕하세요 世界 똠"),
            (GBK, "小时之前 的世界 €"),
            (BIG5, "這是中文 的世界"),
        ];
        let mut state = 1_u64;
        let mut below = |bound: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 16) as usize % bound
        };
        for round in 0..ROUNDS {
            let (encoding, text) = texts[round % texts.len()];
            let beyond = encoding.encode(text).0;
            let beyond: Vec<&[u8]> = beyond.split(|&byte| byte == b' ').collect();
            let mut bytes = Vec::new();
            let noise = below(8) == 0;
            let length = if below(64) == 0 { 3 * DETECTOR_BYTES } else { below(200) };
            while bytes.len() < length {
                match below(12) {
                    0..=3 => bytes.extend_from_slice(beyond[below(beyond.len())]),
                    4..=6 => bytes.extend_from_slice(plain[below(plain.len() - 4)]),
                    7 if noise => bytes.push(below(256) as u8),
                    8 if noise => bytes.extend_from_slice(plain[below(plain.len())]),
                    9 => bytes.extend([b"\n", b"\t", b"\r", b"\x0c"][below(4)]),
                    _ => bytes.push(b' '),
                }
            }
            assert_eq!(
                detected(&bytes),
                by_lines(&bytes),
                "{:?}",
                bytes.escape_ascii().to_string()
            );
        }
    }

    #[test]
    fn one_rare_letter_leaves_the_decision_open() {
        for text in ["ȭ", "7ǰ"] {
            assert!(is_doubtful(text, &Costs::default()), "{text}");
        }
        for text in ["é", "El niño", "año 5 º", "Привет", "ß", "“sí”", "ñ ñ ñ"] {
            assert!(!is_doubtful(text, &Costs::default()), "{text}");
        }
    }

    #[test]
    fn pages_of_the_pc_are_found() {
        for (bytes, name) in [
            (&b"La ni\xa4a comi\xa2 pi\xa4as en la monta\xa4a, dijo \x82l"[..], "ibm850"),
            (b"Za\xbe\xa2\x88\x86 g\xa9\x98l\xa5 ja\xab\xe4", "ibm852"),
        ] {
            let chosen = choose(bytes, None, &Costs::default()).name();
            // The pages 437 and 850 share the letters of Spanish.
            assert!(chosen == name || name == "ibm850" && chosen == "ibm437", "{chosen}");
        }
    }

    #[test]
    fn letters_that_never_stand_together_are_utf8_by_chance() {
        for (gbk, is_chance) in [("小时之前", true), ("一", false)] {
            let (bytes, ..) = GBK.encode(gbk);
            let text = std::str::from_utf8(&bytes).expect("these are UTF-8, too");
            assert_eq!(explains_better(text, &Costs::default()), is_chance, "{text}");
        }
        for text in [
            "é",
            "ñandú",
            "Привет",
            "µ",
            "“sí”",
            "ß",
            "Ωμέγα",
            "año 5 º",
            "שלום",
            "×2",
            "A\u{301}",
            "\u{85}",
            "q\u{323}\u{307} é",
            // GBK reads these as rare ideographs: `虊)虊携`.
            "\u{8}\u{309})\u{8}\u{309}Я&#233;\u{301}",
        ] {
            assert!(!explains_better(text, &Costs::default()), "{text}");
        }
    }

    #[test]
    fn mojibake_in_utf_8_is_utf_8() {
        for text in ["ÃƒÂ±andÃƒÂº", "CafÃƒÂ©", "ÃÂ¿Ã‘â‚¬ÃÂ¸"] {
            assert!(!explains_better(text, &Costs::default()), "{text}");
        }
        let (bytes, _, _) = encoding_rs::GBK.encode("小时之前");
        let Ok(text) = std::str::from_utf8(&bytes) else { panic!("it is UTF-8 by chance") };
        assert!(explains_better(text, &Costs::default()));
    }
}
