//! Code pages the other way round: which bytes can a character have been?
//!
//! A page maps a character to at most two bytes of 80..FF, because the damage seen on the web mixes
//! pages: the windows page for 80..9F under an ISO page for A0..FF, and control characters left as
//! they were. Bytes that a page leaves undefined vanish or become U+FFFD on the way, so these bytes,
//! and only these, may be put back by the reader.

use std::sync::Arc;

use encoding_rs::Encoding;

use super::everyday::Everyday;
use super::reader::lead;

/// Characters of any page that is tried have a slot; see [`slot`].
const SLOTS: usize = 0x680 + 0x60 + 0x600 + 3;

/// Pages that are tried.
pub(super) const PAGES: usize = 20;

/// Bit `1 << n` stands for the page number n of [`Pages`].
pub(super) type PageSet = u32;

/// One way of having misread bytes 80..FF.
pub(super) struct Page {
    pub(super) name: &'static str,
    /// What choosing this page costs, in nats; rare pages need more evidence.
    pub(super) prior: f32,
    bytes: Vec<[u8; 2]>,
    /// Continuation bytes that the page leaves undefined.
    pub(super) undefined: Vec<u8>,
    /// Byte A0 shows as a no-break space, so it may have become a space.
    pub(super) has_no_break_space: bool,
    /// Bytes that show as curly double and single quotation marks, which tools straighten.
    pub(super) double_quotes: Vec<u8>,
    pub(super) single_quotes: Vec<u8>,
    /// Read by [`residue`] and not byte by byte.
    pub(super) is_residue: bool,
    /// The byte that shows as a soft hyphen, which is often stripped or lost to sight.
    pub(super) soft_hyphen: Option<u8>,
}

impl Page {
    /// The bytes that `c` can have been; 0 is none.
    #[inline]
    pub(super) fn bytes_of(&self, c: char) -> [u8; 2] {
        match slot(c) {
            Some(slot) => self.bytes[slot],
            None => [0, 0],
        }
    }
}

/// Wrong decodings one after the other, outermost (the last damage) first.
pub(super) struct Chain {
    pub(super) pages: Vec<usize>,
    /// What choosing this chain costs, in nats.
    pub(super) prior: f32,
    pub(super) name: Arc<str>,
    /// Number of the chain that lacks the innermost page.
    pub(super) shallower: Option<usize>,
}

/// All pages, the chains made of them, and which characters lead or continue a sequence where.
pub(super) struct Pages {
    pub(super) pages: Vec<Page>,
    pub(super) chains: Vec<Chain>,
    /// Pages under which a character may be read although its lead is lost to sight.
    pub(super) leadless: PageSet,
    /// What the repair of single controls is called.
    pub(super) controls: Arc<str>,
    /// What is told of most characters at a glance.
    pub(super) everyday: Everyday,
    roles: Vec<Roles>,
}

/// The pages in which a character is the image of a byte with this part in UTF-8.
#[derive(Clone, Copy, Default)]
pub(super) struct Roles {
    /// C2..DF: two-byte sequences.
    pub(super) leads_two: PageSet,
    /// E0..F4: longer sequences.
    pub(super) leads_more: PageSet,
    /// Leads of longer sequences that are worth a look after loss: E2, EF, F0.
    pub(super) leads_lossy: PageSet,
    /// C3, C4, C5, CC, D0, D1: a letter or its accent is left when the byte after it is lost.
    pub(super) leads_letter: PageSet,
    /// C2: a no-break space is left, which may have become a space.
    pub(super) leads_space: PageSet,
    /// 80..BF.
    pub(super) continues: PageSet,
    /// Bytes of the longest sequence that it may lead under any page.
    pub(super) longest: u8,
}

struct Recipe {
    name: &'static str,
    prior: f32,
    high: &'static str,
    /// Page for 80..9F; the ISO pages were seen with windows-1252 there.
    low: &'static str,
    /// A sister page whose characters are read as well where the two differ.
    sister: &'static str,
    /// Control characters U+0080..9F stand for themselves.
    controls: bool,
}

const fn recipe(name: &'static str, prior: f32, low: &'static str, controls: bool) -> Recipe {
    Recipe { name, prior, high: name, low, sister: name, controls }
}

/// A windows page, with control characters for the bytes that it leaves undefined.
const fn windows(name: &'static str, prior: f32) -> Recipe {
    recipe(name, prior, name, true)
}

/// An ISO page as it was seen on the web: windows-1252 or control characters for 80..9F.
const fn iso(name: &'static str, prior: f32) -> Recipe {
    recipe(name, prior, "windows-1252", true)
}

/// A page of DOS, Mac OS or Unix: every byte is defined.
const fn full(name: &'static str, prior: f32) -> Recipe {
    recipe(name, prior, name, false)
}

/// The pages, most usual first; the order is the page number.
///
/// windows-1252 covers latin-1, and windows-1254 covers iso-8859-9: they differ in 80..9F only. Priors
/// in nats: measured on synthetic mojibake, 2026-11; they only settle ties between pages that explain
/// a text equally well.
const RECIPES: [Recipe; PAGES] = [
    windows("windows-1252", 0.0),
    windows("windows-1250", 1.5),
    windows("windows-1251", 1.0),
    windows("windows-1253", 2.0),
    Recipe { sister: "windows-1252", ..windows("windows-1254", 1.0) },
    windows("windows-1257", 1.5),
    windows("windows-1258", 4.5),
    iso("iso-8859-2", 2.0),
    iso("iso-8859-13", 1.2),
    iso("iso-8859-15", 2.5),
    full("macintosh", 1.0),
    full("cp437", 1.0),
    full("cp850", 1.0),
    full("cp852", 2.0),
    full("ibm866", 2.5),
    Recipe { sister: "koi8-u", ..full("koi8-r", 2.5) },
    windows("windows-1255", 3.0),
    windows("windows-1256", 2.5),
    windows("windows-874", 2.5),
    Recipe { name: RESIDUE, prior: 2.0, high: "", low: "", sister: "", controls: false },
];

/// What another tool left behind that took damage by windows-1257 for damage by windows-1250.
const RESIDUE: &str = "windows-1257, undone as windows-1250";

/// What `c` was before such a wrong repair: ñ showed as `Ć±`, bytes C3 B1, and was put back from the bytes
/// C6 B1 of windows-1250, which are Ʊ.
///
/// Seen on public pages (`Lƶpetatud`) and in repairs by ftfy 6.3 (`aƱo`, `matƩriel`). Counter-examples: ơ and
/// ư are Vietnamese, ƙ and ƴ Hausa, and these and all below U+01A0 are left out.
pub(super) fn residue(c: char) -> Option<char> {
    let is_living = matches!(c, 'Ơ' | 'ơ' | 'Ư' | 'ư' | 'Ʋ' | 'ƴ' | 'Ʒ' | 'ƿ');
    let code = u32::from(c);
    ((0x1A0..0x1C0).contains(&code) && !is_living).then(|| char::from_u32(code - 0xC0)).flatten()
}

/// Number of the page cp866, whose clean Cyrillic looks like leads and continuations.
const IBM866: usize = 14;

/// Number of the page koi8-r.
const KOI8_R: usize = 15;

/// Number of the page windows-1256.
const WINDOWS_1256: usize = 17;

/// Number of the page windows-874.
const WINDOWS_874: usize = 18;

/// Pages that are not tried twice over: their own script would have to stand for itself.
const ONCE: [&str; 5] = ["windows-1258", "windows-1255", "windows-1256", "windows-874", RESIDUE];

/// Each further layer costs this much, in nats.
const LAYER_PRIOR: f32 = 3.0;

/// Mixed pairs seen on real pages, outermost first.
const MIXED: [[&str; 2]; 8] = [
    ["iso-8859-13", "windows-1252"],
    ["windows-1252", "windows-1254"],
    ["windows-1254", "windows-1252"],
    ["windows-1251", "windows-1252"],
    ["windows-1252", "windows-1251"],
    ["windows-1250", "windows-1252"],
    ["windows-1252", "iso-8859-13"],
    ["windows-1257", "windows-1252"],
];

/// Pages seen three times over.
const THRICE: [&str; 3] = ["windows-1252", "windows-1251", "macintosh"];

const PAGES_FILE: &str = include_str!("data/pages.tsv");

impl Pages {
    pub(super) fn new() -> Pages {
        let pages: Vec<Page> = RECIPES.iter().map(Page::new).collect();
        let chains = chains(&pages);
        let mut roles = vec![Roles::default(); SLOTS];
        for (number, page) in pages.iter().enumerate() {
            let bit = 1 << number;
            for (role, bytes) in roles.iter_mut().zip(&page.bytes) {
                // Most are 0: a page has few of the characters.
                for &byte in bytes.iter().filter(|byte| **byte > 0) {
                    if let Some(length) = length_led_by(byte) {
                        role.longest = role.longest.max(length as u8);
                    }
                    match byte {
                        0x80..=0xBF => role.continues |= bit,
                        0xC2..=0xDF => role.leads_two |= bit,
                        0xE0..=0xF4 => role.leads_more |= bit,
                        _ => {}
                    }
                    if matches!(byte, 0xE2 | 0xEF | 0xF0) {
                        role.leads_lossy |= bit;
                    }
                    if byte == 0xC2 {
                        role.leads_space |= bit;
                    }
                    if matches!(byte, 0xC3..=0xC5 | 0xCC | 0xD0 | 0xD1) {
                        role.leads_letter |= bit;
                    }
                }
            }
        }
        if let Some(number) = pages.iter().position(|page| page.is_residue) {
            for c in ('\u{1A0}'..'\u{1C0}').filter(|c| residue(*c).is_some()) {
                if let Some(slot) = slot(c) {
                    roles[slot].leads_letter |= 1 << number;
                    roles[slot].leads_two |= 1 << number;
                }
            }
        }
        let is_leadless = |(_, page): &(usize, &Page)| page.soft_hyphen == Some(0xF0);
        let leadless = pages.iter().enumerate().filter(is_leadless);
        let leadless = leadless.fold(0, |set, (number, _)| set | 1 << number);
        let everyday = Everyday::new(|c| role_of(&roles, c));
        let controls = "windows-1252 controls".into();
        Pages { pages, chains, leadless, controls, everyday, roles }
    }

    #[inline]
    pub(super) fn roles(&self, c: char) -> Roles {
        role_of(&self.roles, c)
    }

    /// Pages in which Cyrillic running text is full of lead and continuation images.
    pub(super) const LETTERS_CONTINUE: PageSet = 1 << IBM866;

    /// The pages koi8-r and koi8-u.
    pub(super) const KOI8: PageSet = 1 << KOI8_R;

    /// The page windows-1256.
    pub(super) const ARABIC: PageSet = 1 << WINDOWS_1256;

    /// The page windows-874.
    pub(super) const THAI: PageSet = 1 << WINDOWS_874;

    /// The page of [`residue`].
    pub(super) const RESIDUE: PageSet = 1 << 19;

    /// Pages in which many words of their own script end in the image of a lead.
    pub(super) const LETTERS_LEAD: PageSet = Pages::KOI8 | Pages::ARABIC | Pages::THAI;
}

impl Page {
    fn new(recipe: &Recipe) -> Page {
        if recipe.name == RESIDUE {
            return Page { is_residue: true, ..Page::empty(recipe) };
        }
        let high = decoded(recipe.high);
        let low = decoded(recipe.low);
        let sister = decoded(recipe.sister);
        let mut bytes = vec![[0u8; 2]; SLOTS];
        let mut undefined = Vec::new();
        let mut soft_hyphen = None;
        for byte in 0x80..=0xFFu8 {
            let at = usize::from(byte) - 0x80;
            let own = if byte < 0xA0 { low[at] } else { high[at] };
            // A windows page shows an undefined byte as a control character or not at all.
            let is_undefined =
                own == char::REPLACEMENT_CHARACTER || (own == char::from(byte) && byte < 0xA0);
            if is_undefined && byte < 0xC0 && recipe.low.starts_with("windows") {
                undefined.push(byte);
            }
            if own == '\u{AD}' {
                soft_hyphen = Some(byte);
            }
            for c in [own, sister[at]] {
                if c != char::REPLACEMENT_CHARACTER && !c.is_control() {
                    add(&mut bytes, c, byte);
                }
            }
            if recipe.controls && (byte < 0xA0 || own == char::REPLACEMENT_CHARACTER) {
                add(&mut bytes, char::from(byte), byte);
            }
        }
        let has_no_break_space = high[0x20] == '\u{A0}';
        let continued = |marks: &[char]| {
            let bytes = (0x80..0xC0u8).zip(low[..0x20].iter().chain(&high[0x20..0x40]));
            bytes.filter(|(_, c)| marks.contains(c)).map(|(byte, _)| byte).collect()
        };
        Page {
            name: recipe.name,
            prior: recipe.prior,
            bytes,
            undefined,
            has_no_break_space,
            double_quotes: continued(&['“', '”', '„']),
            single_quotes: continued(&['‘', '’', '‚']),
            is_residue: false,
            soft_hyphen,
        }
    }

    fn empty(recipe: &Recipe) -> Page {
        Page {
            name: recipe.name,
            prior: recipe.prior,
            bytes: vec![[0u8; 2]; SLOTS],
            undefined: Vec::new(),
            has_no_break_space: false,
            double_quotes: Vec::new(),
            single_quotes: Vec::new(),
            is_residue: false,
            soft_hyphen: None,
        }
    }
}

#[inline]
fn role_of(roles: &[Roles], c: char) -> Roles {
    slot(c).map_or_else(Roles::default, |slot| roles[slot])
}

fn add(bytes: &mut [[u8; 2]], c: char, byte: u8) {
    if let Some(slot) = slot(c) {
        let entry = &mut bytes[slot];
        if entry[0] == 0 {
            entry[0] = byte;
        } else if entry[0] != byte {
            entry[1] = byte;
        }
    }
}

/// The characters of bytes 80..FF; U+FFFD where undefined.
fn decoded(name: &str) -> Vec<char> {
    if let Some(encoding) = Encoding::for_label(name.as_bytes()) {
        let all: Vec<u8> = (0x80..=0xFF).collect();
        let (text, _) = encoding.decode_without_bom_handling(&all);
        return text.chars().collect();
    }
    let line = PAGES_FILE.lines().find_map(|line| line.strip_prefix(name));
    let codes = line.unwrap_or_default().split_whitespace();
    codes
        .map(|code| {
            u32::from_str_radix(code, 16)
                .ok()
                .and_then(char::from_u32)
                .unwrap_or(char::REPLACEMENT_CHARACTER)
        })
        .collect()
}

/// Bytes of the longest sequence of all: a pair of surrogates takes twice three.
pub(super) const MAX_SEQUENCE: usize = 6;

/// Bytes of the longest sequence that begins with `byte`.
pub(super) fn length_led_by(byte: u8) -> Option<usize> {
    match byte {
        0xED => Some(MAX_SEQUENCE),
        _ => lead(byte).map(|(_, length)| length),
    }
}

/// Where a character stands in the tables; none for characters that no page has.
#[inline]
fn slot(c: char) -> Option<usize> {
    match u32::from(c) {
        code @ 0x80..0x700 => Some(code as usize - 0x80),
        code @ 0xE00..0xE60 => Some(code as usize - 0xE00 + 0x680),
        code @ 0x2000..0x2600 => Some(code as usize - 0x2000 + 0x6E0),
        0xFB01 => Some(0xCE0),
        0xFB02 => Some(0xCE1),
        0xF8FF => Some(0xCE2),
        _ => None,
    }
}

fn chains(pages: &[Page]) -> Vec<Chain> {
    let number = |name: &str| pages.iter().position(|page| page.name == name);
    let mut found: Vec<Vec<usize>> = (0..pages.len()).map(|page| vec![page]).collect();
    found.extend(
        (0..pages.len())
            .filter(|&page| !ONCE.contains(&pages[page].name))
            .map(|page| vec![page, page]),
    );
    found.extend(MIXED.iter().filter_map(|pair| pair.iter().map(|name| number(name)).collect()));
    found.extend(THRICE.iter().filter_map(|name| number(name)).map(|page| vec![page; 3]));
    let chains = found.iter().map(|numbers| {
        let shorter = numbers.split_last().map(|(_, outer)| outer);
        let shallower = found.iter().position(|other| Some(other.as_slice()) == shorter);
        chain(pages, numbers.clone(), shallower)
    });
    chains.collect()
}

fn chain(pages: &[Page], numbers: Vec<usize>, shallower: Option<usize>) -> Chain {
    let mut distinct = numbers.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let prior = distinct.iter().map(|&page| pages[page].prior).sum::<f32>()
        + LAYER_PRIOR * (numbers.len() - 1) as f32;
    let names: Vec<&str> = numbers.iter().map(|&page| pages[page].name).collect();
    Chain { name: names.join(">").into(), pages: numbers, prior, shallower }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(page: &str, c: char) -> Vec<u8> {
        let pages = Pages::new();
        let page = pages.pages.iter().find(|p| p.name == page).expect("the page is in the table");
        page.bytes_of(c).into_iter().filter(|&byte| byte != 0).collect()
    }

    #[test]
    fn characters_map_to_all_the_bytes_they_can_have_been() {
        assert_eq!(bytes("windows-1252", 'Ã'), [0xC3]);
        assert_eq!(bytes("windows-1252", '\u{9D}'), [0x9D]);
        assert_eq!(bytes("iso-8859-13", 'š'), [0x9A, 0xF0]);
        assert_eq!(bytes("iso-8859-13", '„'), [0x84, 0xA5]);
        assert_eq!(bytes("cp437", '├'), [0xC3]);
        assert_eq!(bytes("cp850", '\u{AD}'), [0xF0]);
        assert_eq!(bytes("macintosh", '√'), [0xC3]);
        assert_eq!(bytes("koi8-r", 'ц'), [0xC3]);
        assert_eq!(bytes("koi8-r", 'ґ'), [0xAD]);
        assert_eq!(bytes("iso-8859-15", 'š'), [0x9A, 0xA8]);
        assert_eq!(bytes("windows-1254", 'ž'), [0x9E]);
        assert_eq!(bytes("windows-1255", 'ג'), [0xE2]);
        assert_eq!(bytes("windows-1256", 'أ'), [0xC3]);
        assert_eq!(bytes("windows-874", 'ร'), [0xC3]);
        assert_eq!(bytes("windows-1253", 'a'), Vec::<u8>::new());
    }

    #[test]
    fn undefined_bytes_are_those_of_the_page() {
        let pages = Pages::new();
        let undefined =
            |name: &str| pages.pages.iter().find(|p| p.name == name).map(|p| p.undefined.clone());
        assert_eq!(undefined("windows-1252"), Some(vec![0x81, 0x8D, 0x8F, 0x90, 0x9D]));
        assert_eq!(undefined("iso-8859-13"), Some(vec![0x81, 0x8D, 0x8F, 0x90, 0x9D]));
        assert_eq!(undefined("windows-1251"), Some(vec![0x98]));
        assert_eq!(undefined("windows-1257").map(|u| u.len()), Some(12));
        assert_eq!(undefined("cp850"), Some(vec![]));
    }

    #[test]
    fn chains_are_named_outermost_first() {
        let pages = Pages::new();
        assert_eq!(pages.chains.len(), 46);
        assert!(pages.chains.iter().any(|chain| &*chain.name == "iso-8859-13>windows-1252"));
    }
}
