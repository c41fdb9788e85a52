//! Noise: long runs of odd characters that no page explains are not worth a search.
//!
//! Under the page that damaged a text nearly every character is part of a sequence: a lead image with
//! continuation images right after it. In noise chance makes so much of less than half the characters.
//! Short runs say too little, so all runs of a line that may hold damage are counted together as well; and
//! a run may hold clean words, so only characters count that stand beside another one beyond ASCII and are
//! the image of a lead or a continuation. Letters of Greek, Cyrillic and
//! other scripts that need no ASCII never count: what is left of a search there, patience has to bound.
//!
//! Measured on 498 runs of synthetic damage and on random letters of ten pages, 2026-11: damage reaches
//! 0.68 at the least and nearly always 0.88; half of the noise stays under 0.52, and one run in twenty
//! exceeds 0.6 to 0.72. Counter-example: thirty decorated Latin letters with one damaged mark among them.

use super::pages::{PAGES, PageSet, Pages};
use super::readings::is_foreign;

/// Characters that must speak of a page before they can speak against it.
pub(super) const LEAST_CHARS: u64 = 24;

/// The share of them that has to be part of a sequence, in per cent.
const LEAST_SHARE: u64 = 60;

/// What runs of characters say of the pages.
#[derive(Default)]
pub(super) struct Speech {
    /// Characters that speak of a page, and those among them that are part of a sequence.
    spoken: Counts,
    covered: Counts,
}

impl Speech {
    /// Hears one more run.
    pub(super) fn hear(&mut self, pages: &Pages, text: &[char]) {
        // What the three characters before are: lead, lead of a longer sequence, continuation.
        let mut before = [Roles::default(); 3];
        let mut here = Roles::of(pages, text.first());
        for next in text.iter().skip(1).map(Some).chain([None]) {
            let next = Roles::of(pages, next);
            if here.is_odd && (next.is_odd || before[0].is_odd) && !here.is_foreign {
                let [first, second, third] = before;
                let longer = second.longer | second.continues & third.longer;
                let follows = first.leads | first.continues & longer;
                self.covered.add(here.leads & next.continues | here.continues & follows);
                self.spoken.add(here.leads | here.continues);
            }
            before = [here, before[0], before[1]];
            here = next;
        }
    }

    /// Pages under which all of this is noise.
    pub(super) fn noisy_pages(&self) -> PageSet {
        let is_noise = |&page: &usize| {
            let (spoken, covered) = (self.spoken.of(page), self.covered.of(page));
            spoken >= LEAST_CHARS && covered * 100 < spoken * LEAST_SHARE
        };
        (0..PAGES).filter(is_noise).fold(0, |set, page| set | 1 << page) & !Pages::RESIDUE
    }
}

/// A count for every page: bit n of all of them is one set of pages, so that adding one to many is adding
/// one number.
#[derive(Default)]
struct Counts([PageSet; COUNT_BITS]);

/// Enough for the characters of a line.
const COUNT_BITS: usize = 24;

impl Counts {
    /// Adds one to the count of every page of a set.
    #[inline]
    fn add(&mut self, mut set: PageSet) {
        for bit in &mut self.0 {
            if set == 0 {
                break;
            }
            (*bit, set) = (*bit ^ set, *bit & set);
        }
    }

    fn of(&self, page: usize) -> u64 {
        self.0.iter().rev().fold(0, |count, bit| count << 1 | u64::from(bit >> page & 1))
    }
}

/// What a character may be, by page.
#[derive(Clone, Copy, Default)]
struct Roles {
    /// Beyond ASCII.
    is_odd: bool,
    /// A letter of a script that is written in nothing else.
    is_foreign: bool,
    leads: PageSet,
    longer: PageSet,
    continues: PageSet,
}

impl Roles {
    fn of(pages: &Pages, c: Option<&char>) -> Roles {
        match c {
            None => Roles::default(),
            Some(c) if c.is_ascii() => Roles::default(),
            Some('\u{FFFD}') => Roles { is_odd: true, continues: PageSet::MAX, ..Roles::default() },
            Some(&c) => {
                let roles = pages.roles(c);
                let leads = roles.leads_two | roles.leads_more;
                let (longer, continues) = (roles.leads_more, roles.continues);
                Roles { is_odd: true, is_foreign: is_foreign(c), leads, longer, continues }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_noise(page: &str, text: &str) -> bool {
        let pages = Pages::new();
        let number = pages.pages.iter().position(|p| p.name == page);
        let text: Vec<char> = text.chars().collect();
        let mut speech = Speech::default();
        speech.hear(&pages, &text);
        let noisy = speech.noisy_pages();
        number.is_some_and(|number| noisy & 1 << number != 0)
    }

    #[test]
    fn damage_is_no_noise() {
        let damaged = |text: &str, encoding: &'static encoding_rs::Encoding| {
            let (text, _) = encoding.decode_without_bom_handling(text.as_bytes());
            text.replace(|c: char| ('\u{80}'..='\u{9f}').contains(&c) || c == '\u{fffd}', "")
        };
        for text in [
            "Съешь же ещё этих мягких французских булок, да выпей чаю",
            "日本語の文章です。これは長い文です",
            "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία",
        ] {
            let once = damaged(text, encoding_rs::WINDOWS_1252);
            assert!(!is_noise("windows-1252", &once), "{once}");
            assert!(!is_noise("windows-1252", &damaged(&once, encoding_rs::WINDOWS_1252)));
            let once = damaged(text, encoding_rs::WINDOWS_1251);
            assert!(!is_noise("windows-1251", &once), "{once}");
        }
        // Damage among clean words of another script.
        assert!(!is_noise("windows-1253", "Β£49 (β‰\u{88} β‚¬ αλημέρα, είπε η Ελένη, πώς είσαι"));
        // Too short to tell; single letters of clean text.
        assert!(!is_noise("windows-1252", "ÄÖÜ×ØÙÚÛ"));
        assert!(!is_noise("windows-1252", &"é à ".repeat(30)));
    }

    #[test]
    fn counts_are_kept_by_page() {
        let mut counts = Counts::default();
        for number in 1..=1000u32 {
            counts.add(1 << 3 | PageSet::from(number % 7 == 0) << 19);
        }
        assert_eq!([0, 3, 19].map(|page| counts.of(page)), [0, 1000, 142]);
    }

    #[test]
    fn letters_in_any_order_are_noise() {
        let mut dice = 1u32;
        let mut letter = || {
            dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from_u32(0xa1 + (dice >> 16) % 94)
        };
        let text: String = (0..120).filter_map(|_| letter()).collect();
        assert!(is_noise("windows-1252", &text));
        assert!(is_noise("windows-1254", &text));
        assert!(!is_noise("koi8-r", &text));
    }
}
