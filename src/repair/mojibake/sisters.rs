//! Pages that read a span alike share one search.
//!
//! windows-1252, -1254 and iso-8859-15 differ in few characters, so most spans are the same to them.

use super::pages::{PAGES, Page, Pages};
use super::reader::{follows, lead};

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
