//! UTF-16 and UTF-32 without a byte order mark.
//!
//! Text in these encodings holds bytes that are control characters to every other one: the upper
//! halves of letters (04 in Cyrillic, 0E in Thai), the NULs of spaces and line ends, the lower halves
//! of one ideograph in eight. Where there are such bytes, the units are read both ways round. Right
//! is the way in which they are assigned characters of one script and what stands between words;
//! read the wrong way round, or read from a picture, they scatter.
//!
//! ASCII holds control characters too: a table of digits between tabs (`1\t2\t3`) reads as Devanagari,
//! and between SOH as Latin. Text whose bytes are all ASCII and never NUL, which has no space, no line
//! end and no Latin letter then, is taken for UTF-16 only in scripts that are written like that.
//!
//! A stray control character in short UTF-8 of another script does the same: Cyrillic and a bell read as
//! Hangul. Bytes without a NUL that are UTF-8 and not ASCII alone are UTF-8.
//!
//! Known misses: a few ideographs whose bytes all happen to be printable ASCII (`十十` is `AS` `AS`); a
//! single word of an Indian script, without a line end.

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

/// Bytes that are looked at.
pub(super) const LOOK_BYTES: usize = 1024;

/// What the beginning of a document can be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Wide {
    Utf16(&'static Encoding),
    Utf32 { big_endian: bool },
}

/// Share of units that must be text: what remains is for a NUL or a stray mark.
///
/// Source: messages in 16 languages, 50 B to 50 kB, 2026-11; see docs/decode.md for what is misread.
/// Counter-example: a table of code points in many scripts.
const TEXT_SHARE: f64 = 0.9;

/// One byte in this many, and at least one, must be a control character.
///
/// Counter-example: ideographs alone have one in sixteen.
const BYTES_PER_CONTROL: usize = 64;

/// More printable bytes than this are kana, or ASCII with a NUL in it, whose pairs read as ideographs.
///
/// Half of the bytes of Latin text in UTF-16 are printable, and about as many of ideographs.
/// Counter-example: a few ideographs whose bytes happen to be letters.
const PRINTABLE_SHARE: f64 = 0.7;

/// Whether bytes hold control characters that plain text does not, or too many tabs: the upper
/// halves of Devanagari are tabs.
pub(super) fn is_odd(bytes: &[u8]) -> bool {
    bytes.iter().any(|&byte| is_odd_control(byte)) || is_tabbed(bytes)
}

fn is_odd_control(byte: u8) -> bool {
    matches!(byte, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f)
}

fn is_tabbed(bytes: &[u8]) -> bool {
    5 * bytes.iter().filter(|&&byte| byte == b'\t').count() > 2 * bytes.len()
}

/// The wide encoding of a document that begins with these bytes.
pub(super) fn detect(bytes: &[u8]) -> Option<Wide> {
    let is_tabbed = is_tabbed(bytes);
    let is_control = |byte: &u8| is_odd_control(*byte) || is_tabbed && *byte == b'\t';
    let controls = bytes.iter().filter(|byte| is_control(byte)).count();
    let printable = bytes.iter().filter(|byte| matches!(byte, 0x20..0x7f)).count();
    if bytes.len() < 4 || controls == 0 || controls * BYTES_PER_CONTROL < bytes.len() {
        return None;
    }
    if is_utf8(bytes) {
        return None;
    }
    let is_kana_only = printable as f64 > PRINTABLE_SHARE * bytes.len() as f64;
    for big_endian in [false, true] {
        let units = bytes.chunks_exact(4).map(|unit| {
            let unit = [unit[0], unit[1], unit[2], unit[3]];
            if big_endian { u32::from_be_bytes(unit) } else { u32::from_le_bytes(unit) }
        });
        if text_share(units.map(char::from_u32), false) >= TEXT_SHARE {
            return Some(Wide::Utf32 { big_endian });
        }
    }
    let is_ascii = bytes.iter().all(|byte| matches!(byte, 1..0x80));
    let share = |big_endian: bool| {
        let units = bytes.chunks_exact(2).map(|unit| {
            let unit = [unit[0], unit[1]];
            if big_endian { u16::from_be_bytes(unit) } else { u16::from_le_bytes(unit) }
        });
        let mut units: Vec<u16> = units.collect();
        // The other half of a pair may lie beyond what is looked at.
        units.pop_if(|unit| (0xd800..0xdc00).contains(unit));
        let kana = units.iter().filter(|unit| matches!(unit, 0x3001..=0x30ff)).count();
        if is_kana_only && 3 * kana < units.len() {
            return 0.0;
        }
        text_share(char::decode_utf16(units).map(Result::ok), is_ascii)
    };
    let (little, big) = (share(false), share(true));
    let (share, encoding) = if big > little { (big, UTF_16BE) } else { (little, UTF_16LE) };
    (share >= TEXT_SHARE).then_some(Wide::Utf16(encoding))
}

/// Whether bytes without a NUL are UTF-8 beyond ASCII; the last character may be cut.
///
/// One letter is enough: the bytes of UTF-16 without a NUL are ASCII or, from any script but the
/// ideographs, ill-formed at once; found by fuzzing, 2026-11. Counter-example: a few ideographs whose
/// bytes happen to be well-formed.
fn is_utf8(bytes: &[u8]) -> bool {
    let valid = match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !bytes.contains(&0) && !valid.is_ascii()
}

/// What share of the units is ASCII, common punctuation, emoji, or in the most frequent script; of
/// bytes that may be `ascii`, in one that can consist of such.
fn text_share(units: impl Iterator<Item = Option<char>>, ascii: bool) -> f64 {
    let (mut all, mut common, mut kana) = (0u32, 0u32, 0u32);
    let mut families = [0u32; 256];
    for unit in units {
        all += 1;
        match unit.map(u32::from) {
            Some(0x20..=0x7e | 9 | 0xa | 0xd | 0x2010..=0x203a | 0x20ac | 0x3001..=0x301f) => {
                common += 1;
            }
            Some(0xff01..=0xff65 | 0x1f000..=0x1faff | 0xfe0f | 0xa0..=0xbf | 0xfeff) => {
                common += 1;
            }
            Some(code) => {
                families[family(code)] += 1;
                kana += u32::from(matches!(code, 0x3040..=0x30ff));
            }
            None => {}
        }
    }
    families[0] = 0;
    if ascii {
        families[LATIN] = 0;
        families[GREEK] = 0;
        families[family(INDIAN.0)..=family(INDIAN.1)].fill(0);
        // The lower halves of ideographs are as often no ASCII; the first half of the kana are.
        if 3 * kana < all {
            families[HAN] = 0;
        }
    }
    let most = families.iter().max().copied().unwrap_or(0);
    f64::from(common + most) / f64::from(all.max(1))
}

const LATIN: usize = 1;
const GREEK: usize = 2;
const HAN: usize = 5;

/// Devanagari to Sinhala. Their upper halves are the controls that plain text has: tab to carriage
/// return.
const INDIAN: (u32, u32) = (0x900, 0xdff);

/// Characters of one number are written together; 0 is for those that are no text.
fn family(code: u32) -> usize {
    match code {
        0..=0xbf | 0xd800..=0xf8ff | 0xfdd0..=0xfdef | 0xfff0..=0xffff => 0,
        // Latin with its marks and additions, as in Vietnamese.
        0xc0..=0x24f | 0x300..=0x36f | 0x1e00..=0x1eff | 0x2c60..=0x2c7f => LATIN,
        0x370..=0x3ff | 0x1f00..=0x1fff => GREEK,
        0x400..=0x52f => 3,
        0x600..=0x77f | 0x8a0..=0x8ff | 0xfb50..=0xfdff | 0xfe70..=0xfefe => 4,
        0x3020..=0x30ff | 0x31f0..=0x9fff | 0xf900..=0xfaff | 0x2_0000..=0x3_ffff => HAN,
        0x1100..=0x11ff | 0x3130..=0x318f | 0xac00..=0xd7a3 => 6,
        0x530..=0x5ff | 0x780..=0x1cff => 8 + (code as usize >> 7),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes_of(text: &str, width: usize, big_endian: bool) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut add = |value: u32| {
            let unit = value.to_be_bytes();
            let unit = &unit[4 - width..];
            bytes.extend(unit.iter().copied().rev().take(width * usize::from(!big_endian)));
            bytes.extend(unit.iter().copied().take(width * usize::from(big_endian)));
        };
        match width {
            2 => text.encode_utf16().for_each(|unit| add(unit.into())),
            _ => text.chars().for_each(|c| add(c.into())),
        }
        bytes
    }

    #[test]
    fn text_in_many_scripts_is_recognised_both_ways_round() {
        for text in [
            "Año nuevo",
            "Привет",
            "Καλημέρα, κόσμε",
            "สวัสดีชาวโลก",
            "नमस्ते दुनिया",
            "שלום עולם",
            "مرحبا بالعالم",
            "今日は、世界。\n",
            "안녕하세요 세계",
            "Tiếng Việt",
            "🎉 fiesta",
        ] {
            for big_endian in [false, true] {
                let encoding = if big_endian { UTF_16BE } else { UTF_16LE };
                let found = detect(&bytes_of(text, 2, big_endian));
                assert_eq!(found, Some(Wide::Utf16(encoding)), "{text}");
                let found = detect(&bytes_of(text, 4, big_endian));
                assert_eq!(found, Some(Wide::Utf32 { big_endian }), "{text}");
            }
        }
    }

    #[test]
    fn other_bytes_are_not_wide() {
        for bytes in [
            &b"plain text"[..],
            b"text with a \0 in it and more text after it",
            b"text \0 text",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0\0\0\x01\0\x08\x06\0\0\0",
            b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0\x01\0\0\0",
            b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
            b"\x01\0\0\0\x02\0\0\0\x03\0\0\0\x04\0\0\0\x05\0\0\0",
            b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0!\xf9\x04\x01\0\0\0\0,",
            // GBK, which reads as syllables of Hangul.
            b"\xd6\xd0\xb9\xfa\xc8\xcb\xc3\xf1\xb4\xf3\xbb\xe1\xcc\xc3\xc0\xef",
            "ñandú \u{1}".as_bytes(),
            "Привет как дела\u{7}".as_bytes(),
            &"Привет как дела\u{7}".as_bytes()[..9],
            "  –t\u{18}= ".as_bytes(),
            "\u{f}Rя".as_bytes(),
            "ÂĄBienvenido! Ingrşşşşşşşşşşşes\u{5}exaam".as_bytes(),
            b"1\t2\t3\t4\t5\t6\t7\t8\t9\t0\t1\t2\n",
            b"0\x011\x010\x010\x011\x010\x010\x011\x010\x010\x011\x010\n",
            b"a\x01b\x02c\x07d\n",
            b"a\n\x01\n\x02\nb\n",
            b"1\x1f2\x1f3\x1f4",
            b"a\0",
        ] {
            assert_eq!(detect(bytes), None, "{bytes:x?}");
        }
    }
}
