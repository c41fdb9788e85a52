//! What most characters beyond ASCII of clean text are, told by their bytes.
//!
//! A character of two bytes and the one behind it are looked up in a table of the pages that make them
//! leads and continuations: where no page makes them both, no damage begins. Of longer ones most are in
//! no page at all. This says the same as the whole look, for the pairs that running text is made of; the
//! rest it leaves to that.

use super::pages::{PageSet, Pages, Roles};
use super::suspicion::is_no_lone_lead;
use crate::repair::normalize::plain_width;

/// Characters of two bytes that pages hold: U+0080 to U+06FF.
const FIRST: usize = 0x80;
const LAST: usize = 0x6FF;

/// Their first bytes.
const LEAD: u8 = 0xC2;
const LAST_LEAD: u8 = 0xDB;

/// No page: meets itself in every pair, so that the whole look is taken.
const LOOK: PageSet = 1 << 31;

/// The table.
pub(super) struct Everyday {
    each: Vec<Role>,
}

/// What a character can be in damage.
struct Role {
    /// Pages in which it leads.
    leads: PageSet,
    /// Pages in which it continues such that the pair alone shows it.
    continues: PageSet,
    alone: Alone,
    /// Whether normalisation leaves it as it is.
    is_plain: bool,
}

/// Where a character with ASCII on its right can be a lead that lost what followed.
enum Alone {
    Nowhere,
    AfterLatin,
    Anywhere,
}

impl Everyday {
    /// The table, by what each character is.
    pub(super) fn new(roles: impl Fn(char) -> Roles) -> Everyday {
        let codes = FIRST as u32..=LAST as u32;
        let role = |c: char| Role::new(c, &roles(c));
        Everyday { each: codes.filter_map(char::from_u32).map(role).collect() }
    }

    /// Where to go on behind characters of other scripts than Latin that a line holds from `at` on, as
    /// long as no damage begins at one, and normalisation changes none.
    #[inline]
    pub(super) fn pass_over(&self, line: &[u8], mut at: usize) -> usize {
        loop {
            match *line.get(at..).unwrap_or_default() {
                // From U+0280 on: none before another one is of Latin.
                [0xCA..=LAST_LEAD, ..] => {
                    let end = self.pass_over_pairs(line, at);
                    if end == at {
                        return at;
                    }
                    at = end;
                }
                // Ideographs, and most syllables of Hangul.
                [0xE4..=0xE9 | 0xEB | 0xEC, _, _, ..] => at += 3,
                _ => return at,
            }
        }
    }

    /// The same for characters of two bytes.
    #[inline(always)]
    fn pass_over_pairs(&self, line: &[u8], mut at: usize) -> usize {
        let role = |at: usize| match *line.get(at..).unwrap_or_default() {
            [lead @ 0xCA..=LAST_LEAD, trail, ..] => self.role(lead, trail),
            _ => None,
        };
        let Some(mut first) = role(at) else { return at };
        // Most are followed by one of their kind.
        while first.is_plain
            && let Some(second) = role(at + 2)
            && first.leads & second.continues == 0
            && line.get(at + 4) != Some(&0xEF)
        {
            (first, at) = (second, at + 2);
        }
        if first.is_plain && self.passes(line, at) { at + 2 } else { at }
    }

    /// Whether it is certain that no damage begins at a character beyond ASCII of a line.
    #[inline]
    pub(super) fn passes(&self, line: &[u8], at: usize) -> bool {
        match *line.get(at..).unwrap_or_default() {
            [lead @ LEAD..=LAST_LEAD, trail, ref rest @ ..] => {
                let Some(first) = self.role(lead, trail) else { return false };
                match *rest {
                    [lead @ LEAD..=LAST_LEAD, trail, ref rest @ ..] => {
                        // U+FFFD behind the two begins with EF.
                        rest.first() != Some(&0xEF)
                            && self
                                .role(lead, trail)
                                .is_some_and(|second| first.leads & second.continues == 0)
                    }
                    [0x80..=0xFF, ..] => false,
                    _ => match first.alone {
                        Alone::Nowhere => true,
                        Alone::AfterLatin => !may_end_in_latin(&line[..at]),
                        Alone::Anywhere => false,
                    },
                }
            }
            // In no page: all but Thai, punctuation and symbols up to U+25FF, `fi`, `fl` and U+F8FF.
            [0xE0, second, ..] => !matches!(second, 0xB8 | 0xB9),
            [0xE2, second, ..] => second >= 0x98,
            [0xEF, second, ..] => !matches!(second, 0xA3 | 0xAC),
            [0xE1..=0xFF, ..] => true,
            _ => false,
        }
    }

    #[inline]
    fn role(&self, lead: u8, trail: u8) -> Option<&Role> {
        let code = usize::from(lead & 0x1F) << 6 | usize::from(trail & 0x3F);
        self.each.get(code.checked_sub(FIRST)?)
    }
}

/// Whether a text ends in a letter of Latin, or in something else that is not looked at here.
#[inline]
fn may_end_in_latin(text: &[u8]) -> bool {
    match *text {
        [.., last @ 0..0x80] => last.is_ascii_alphabetic(),
        // Those up to U+024F.
        [.., 0xC2..=0xC9, _] => true,
        _ => false,
    }
}

impl Role {
    fn new(c: char, roles: &Roles) -> Role {
        let is_control = matches!(c, '\u{80}'..='\u{9F}');
        let is_special = roles.leads_two & (Pages::RESIDUE | Pages::LETTERS_CONTINUE) != 0;
        let leads = roles.leads_two | roles.leads_more;
        // There a small letter makes no pair, and what stands behind it only counts after U+FFFD.
        let unusual = if c.is_uppercase() { 0 } else { Pages::LETTERS_CONTINUE };
        let lost = roles.leads_letter | roles.leads_space;
        let alone = match lost {
            _ if is_control => Alone::Anywhere,
            _ if lost == 0 || is_no_lone_lead(c) => Alone::Nowhere,
            _ if lost & !Pages::LETTERS_LEAD == 0 => Alone::AfterLatin,
            _ => Alone::Anywhere,
        };
        Role {
            leads: leads | if is_control || is_special { LOOK } else { 0 },
            continues: roles.continues & !unusual | LOOK,
            alone,
            is_plain: plain_width(c.encode_utf8(&mut [0; 4]).as_bytes()) != 0,
        }
    }
}
