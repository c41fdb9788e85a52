//! Which characters are spaces, joiners, quotes, dashes, emoji: tables with their source.
//!
//! Source: Unicode 16.0 (PropList, emoji-data, DerivedCoreProperties), read by hand into ranges.

/// Whether a character is a letter, as [`char::is_alphabetic`] says. What most text beyond ASCII is made
/// of is told without its table: letters of Latin, Greek, Cyrillic, Hebrew, Arabic and of East Asia,
/// punctuation, signs and pictures.
#[inline]
pub(crate) fn is_alphabetic(c: char) -> bool {
    match c {
        '\u{c0}'..='\u{24f}' => !matches!(c, '×' | '÷'),
        '\u{3b1}'..='\u{3ce}' | '\u{400}'..='\u{481}' | '\u{48a}'..='\u{52f}' => true,
        '\u{5d0}'..='\u{5ea}' | '\u{620}'..='\u{64a}' => true,
        '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' => true,
        '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => true,
        '\u{80}'..='\u{a9}' | '\u{ab}'..='\u{b4}' | '\u{b6}'..='\u{b9}' | '\u{bb}'..='\u{bf}' => {
            false
        }
        '\u{2000}'..='\u{206f}' | '\u{20a0}'..='\u{20cf}' | '™' | '\u{fffd}' => false,
        '\u{2190}'..='\u{24b5}' | '\u{24ea}'..='\u{2bff}' | '\u{3000}'..='\u{3004}' => false,
        '\u{3008}'..='\u{3020}' | '\u{ff01}'..='\u{ff20}' | '\u{1f300}'..='\u{1faff}' => false,
        _ => c.is_alphabetic(),
    }
}

/// A text without the white space at its end. Most lines end in a letter or a mark of ASCII, which a look
/// at one byte tells.
#[inline]
pub(crate) fn trim_end(text: &str) -> &str {
    match text.as_bytes().last() {
        Some(0x21..=0x7e) => text,
        _ => text.trim_end(),
    }
}

/// ESC and CSI, which begin an ANSI escape sequence.
pub(crate) fn escape_introducer(c: char) -> bool {
    matches!(c, '\u{1b}' | '\u{9b}')
}

/// Characters that end a line to some programs: line feed, vertical tab, form feed, carriage return
/// and next line. Inside a line they only keep words apart.
pub(crate) fn line_separator(c: char) -> bool {
    matches!(c, '\u{a}'..='\u{d}' | '\u{85}')
}

/// Spaces other than U+0020 (category Zs) and the two separators of lines and paragraphs; the
/// ideographic space is the ordinary space of its scripts and not odd.
pub(crate) fn odd_space(c: char) -> bool {
    matches!(
        c,
        '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}'
    )
}

/// Characters that show nothing: zero-width space, joiners, word joiner, byte order mark, soft
/// hyphen, Mongolian vowel separator, tags. Variation selectors are not among them: emoji and
/// ideographs need them.
pub(crate) fn zero_width(c: char) -> bool {
    matches!(
        c,
        '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\u{180e}'
            | '\u{e0001}' | '\u{e0020}'..='\u{e007f}'
    )
}

/// Whether a character without width does something between its neighbours: joiners in the
/// scripts that shape with them, word breaks of scripts without spaces, emoji sequences, flags.
pub(crate) fn needed_joiner(before: Option<char>, c: char, after: Option<char>) -> bool {
    let either = |test: fn(char) -> bool| before.is_some_and(test) || after.is_some_and(test);
    match c {
        '\u{200b}' => either(writes_without_spaces),
        '\u{200c}' => before.is_some_and(shapes_with_joiners),
        '\u{200d}' => {
            before.is_some_and(shapes_with_joiners)
                || before.is_some_and(emoji) && after.is_some_and(emoji)
        }
        '\u{180e}' => before.is_some_and(|c| matches!(c, '\u{1800}'..='\u{18af}')),
        '\u{e0020}'..='\u{e007f}' => {
            before.is_some_and(|c| matches!(c, '\u{1f3f4}' | '\u{e0020}'..='\u{e007f}'))
        }
        _ => false,
    }
}

/// Thai, Lao, Tibetan, Myanmar, Khmer and their neighbours.
fn writes_without_spaces(c: char) -> bool {
    matches!(
        c,
        '\u{e00}'..='\u{fff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
            | '\u{1950}'..='\u{19df}' | '\u{1a20}'..='\u{1aaf}' | '\u{a9e0}'..='\u{a9ff}'
            | '\u{aa60}'..='\u{aa7f}'
    )
}

/// Arabic, Syriac, the scripts of India and Sri Lanka, Mongolian and their extensions.
fn shapes_with_joiners(c: char) -> bool {
    matches!(
        c,
        '\u{600}'..='\u{8ff}' | '\u{900}'..='\u{dff}' | '\u{1000}'..='\u{109f}'
            | '\u{1780}'..='\u{18af}' | '\u{1b00}'..='\u{1c4f}' | '\u{a800}'..='\u{abff}'
            | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10a00}'..='\u{11fff}'
            | '\u{1e900}'..='\u{1e95f}'
    )
}

/// Embeddings, overrides, isolates and marks of direction (Bidi_Control).
pub(crate) fn bidi_control(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

/// ‘ ’ ‚ ‛
pub(crate) fn curly_single_quote(c: char) -> bool {
    matches!(c, '\u{2018}'..='\u{201b}')
}

/// “ ” „ ‟
pub(crate) fn curly_double_quote(c: char) -> bool {
    matches!(c, '\u{201c}'..='\u{201f}')
}

/// Hyphens, dashes, the horizontal bar and the minus sign.
pub(crate) fn dash(c: char) -> bool {
    matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// Pictographs and what emoji sequences are made of. Digits, `#` and `*` are not among them,
/// though a keycap is made of one; nor are ©, ® and ™.
pub(crate) fn emoji(c: char) -> bool {
    matches!(
        c,
        '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{fe0f}' | '\u{20e3}'
            | '\u{231a}' | '\u{231b}' | '\u{2328}' | '\u{23cf}' | '\u{23e9}'..='\u{23fa}'
            | '\u{24c2}' | '\u{25aa}' | '\u{25ab}' | '\u{25b6}' | '\u{25c0}'
            | '\u{25fb}'..='\u{25fe}' | '\u{2934}' | '\u{2935}' | '\u{2b05}'..='\u{2b07}'
            | '\u{2b1b}' | '\u{2b1c}' | '\u{2b50}' | '\u{2b55}' | '\u{3030}' | '\u{303d}'
            | '\u{3297}' | '\u{3299}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_goes_from_the_end() {
        for text in ["", " ", "a", "a ", "a\t\u{a0}", "a\u{7f}", "a~", "a!", "ñ", "ñ\u{2003}", " a"]
        {
            assert_eq!(trim_end(text), text.trim_end(), "{text:?}");
        }
    }

    #[test]
    fn letters_are_those_of_the_standard_library() {
        for c in '\0'..=char::MAX {
            assert_eq!(is_alphabetic(c), c.is_alphabetic(), "{c:?}");
        }
    }
}
