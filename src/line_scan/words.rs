//! Whole words that are no plain ones: with digits, with letters of two bytes, or ideographs.
//!
//! What a word is made of is added up while it is read, and told at its end. Whatever is rare is left to
//! the walk from character to character, from where the word begins.

use super::letters::{Table, ideograph};
use super::{First, Walk};
use crate::line_words::{TakeWords, Word, WordHash};

impl<W: TakeWords> Walk<'_, W> {
    /// Takes the word that begins here, if it is one of letters of ASCII and of two bytes, digits, and
    /// apostrophes between letters, and ends before what is sure to end it.
    pub(super) fn word(&mut self) -> bool {
        let bytes = self.text.as_bytes();
        let table = Table::shared();
        let first_byte = bytes[self.at];
        let mut hash = WordHash::default();
        let (mut end, mut letters, mut digits, mut apostrophes) = (self.at, 0, 0, 0);
        // Whether the first letter is a capital.
        let mut is_upper = false;
        loop {
            match bytes.get(end..).unwrap_or_default() {
                [byte @ (b'a'..=b'z' | b'A'..=b'Z'), ..] => {
                    is_upper = if letters == 0 { byte.is_ascii_uppercase() } else { is_upper };
                    hash.add_byte(byte | 0x20);
                    letters += 1;
                }
                rest @ [0xC2..=0xDF, _, ..] => {
                    let (pairs, _) = rest.as_chunks();
                    let first = table.get(pairs[0]);
                    is_upper = if letters == 0 { first.is_upper() } else { is_upper };
                    let mut count = 0;
                    // The letters that follow mostly are of two bytes, too.
                    while let Some(letter) =
                        pairs.get(count).and_then(|two| table.get(*two).letter())
                    {
                        hash.add_bytes(letter.bytes, letter.bits);
                        count += 1;
                    }
                    if count == 0 {
                        if first.ends_word() {
                            break;
                        }
                        return false;
                    }
                    letters += count as u32;
                    end += 2 * count;
                    continue;
                }
                [b'0'..=b'9', ..] => {
                    // A run of digits is one.
                    if end == self.at || !bytes[end - 1].is_ascii_digit() {
                        hash.add_byte(b'0');
                    }
                    digits += 1;
                }
                [b'\'', next, ..] if end > self.at && next.is_ascii_alphabetic() => {
                    apostrophes += 1;
                }
                [0xE2, 0x80, 0x99, next, ..] if end > self.at && next.is_ascii_alphabetic() => {
                    apostrophes += 1;
                    end += 2;
                }
                // Dashes, quotation marks and the like, from `‐` to `…`, but for the apostrophe.
                [0xE2, 0x80, 0x90..=0x98 | 0x9A..=0xA6, ..] => break,
                [b'\'' | 0x80.., ..] => return false,
                _ => break,
            }
            end += 1;
        }
        if letters + digits == 0 {
            return false;
        }
        let is_number = first_byte.is_ascii_digit();
        let is_capital = is_upper && !is_number;
        self.first_of_word(match is_number {
            true => First::Digit,
            false if is_capital => First::Upper,
            false => First::Lower,
        });
        if letters > 0 && std::mem::take(&mut self.before_letter) {
            self.scan.facts.starts_upper = is_upper;
        }
        let facts = &mut self.scan.facts;
        facts.chars += letters + digits + apostrophes;
        facts.words += u32::from(!self.in_word);
        facts.sentences += u32::from(self.after_wide_end && !is_number);
        (self.in_word, self.after_end, self.after_wide_end) = (true, false, false);
        self.scan.digits += digits;
        self.scan.half_letters += 2 * letters;
        self.wide_half_letters += 2 * letters;
        self.scan.chars += letters + digits + apostrophes;
        let (hash, chars) = (hash.value(), letters + digits);
        self.words.take(Word { hash, chars, is_capital, is_ideograph: false });
        self.at = end;
        true
    }

    /// Takes the ideographs that stand here, each of which is a word. Returns whether there are any.
    pub(super) fn ideographs(&mut self) -> bool {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let (mut count, mut half_letters) = (0, 0);
        for three in rest.as_chunks().0 {
            let Some(own) = ideograph(*three) else { break };
            let mut hash = WordHash::default();
            let [first, second, third] = three.map(u64::from);
            hash.add_bytes(first | second << 8 | third << 16, 24);
            let hash = hash.value();
            self.words.take(Word { hash, chars: 1, is_capital: false, is_ideograph: true });
            half_letters += own;
            count += 1;
        }
        if count == 0 {
            return false;
        }
        // None of them is a capital.
        (self.before_word, self.before_letter) = (false, false);
        let facts = &mut self.scan.facts;
        facts.chars += count;
        facts.words += u32::from(!self.in_word);
        facts.sentences += u32::from(self.after_wide_end);
        (self.in_word, self.after_end, self.after_wide_end) = (true, false, false);
        self.wide_half_letters += half_letters;
        self.scan.half_letters += 3 * count;
        self.scan.chars += count;
        self.at += 3 * count as usize;
        true
    }
}
