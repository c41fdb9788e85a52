//! HTML entities in plain text.
//!
//! A reference counts if it ends in a semicolon, or if it is one that HTML reads without: then only
//! in words (`espa&ntildeol`), before something that is no letter, and never in addresses, so that
//! `AT&T`, `&copyright` and `?a=1&copy=2` stay. The names and the odd cases of numeric references
//! (`&#146;` is ’) are those of the WHATWG standard, by the crate `htmlize`.
//!
//! Documents that hold markup or code keep theirs: [`holds_markup`].

/// Longest reference: `&CounterClockwiseContourIntegral;`, 33 bytes.
const LONGEST_REFERENCE: usize = 33;

/// Whether some reference stands in the line. Costs one search for `&`.
pub(crate) fn holds_entity(line: &str) -> bool {
    memchr::memchr_iter(b'&', line.as_bytes()).any(|start| {
        let (before, tail) = line.split_at(start);
        let name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'#';
        let length = 1 + tail.bytes().skip(1).take_while(name).count();
        match tail[length..].chars().next() {
            Some(';') if last_entity(&tail[..=length]).is_some() => true,
            next => open_entity(before, &tail[..length], next).is_some(),
        }
    })
}

/// The reference that ends with the text, which ends in `;`: its start and what it stands for.
pub(crate) fn last_entity(text: &str) -> Option<(usize, String)> {
    let bytes = text.as_bytes();
    let tail = bytes.len().saturating_sub(LONGEST_REFERENCE);
    let start = tail + memchr::memrchr(b'&', &bytes[tail..])?;
    let name = text.get(start + 1..bytes.len() - 1)?;
    let numeric =
        name.strip_prefix('#').is_some_and(|number| match number.strip_prefix(['x', 'X']) {
            Some(hex) => !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit()),
            None => !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()),
        });
    let named = name.len() > 1 && name.bytes().all(|b| b.is_ascii_alphanumeric());
    if !numeric && !named {
        return None;
    }
    let reference = &text[start..];
    let decoded = htmlize::unescape(reference);
    // `&notit;` is `¬it;` to HTML: a shorter name without semicolon, which does not count here.
    let whole = decoded != reference && (!decoded.ends_with(';') || decoded.len() == 1);
    whole.then(|| (start, decoded.into_owned()))
}

/// Whether a reference at the end of a line is an operator of C and its kin: `p = &map;`, not `↦`.
///
/// Names that HTML reads without semicolon, those of letters among them, are never taken for one.
/// Counter-example: `precio = &euro;` at the end of a line stays as it is.
pub(crate) fn is_address_of(before: &str, reference: &str) -> bool {
    let before = before.trim_end();
    let name = reference.trim_end_matches(';');
    (before.ends_with('=') || before.ends_with("return"))
        && !name.starts_with("&#")
        && htmlize::unescape(name) == name
}

/// Shortest and longest reference that HTML reads without a semicolon: `&lt`, and `&Ccedil`, 7 bytes.
const SHORTEST_OPEN_REFERENCE: usize = 3;
const LONGEST_OPEN_REFERENCE: usize = 7;

/// How far back the beginning of an address is looked for.
const LOOK_BACK_BYTES: usize = 200;

/// The reference without semicolon at the start of `tail`, which is `&` and what follows it: its
/// length and what it stands for. `before` and `next` are what stands around `tail`.
///
/// Counter-example: `cut&copy` and `&not` for "not" are left alone, at the price of `Acme&copy`.
pub(crate) fn open_entity(before: &str, tail: &str, next: Option<char>) -> Option<(usize, String)> {
    if tail.len() < SHORTEST_OPEN_REFERENCE || next == Some('=') || is_in_address(before) {
        return None;
    }
    if let Some(number) = tail.strip_prefix("&#") {
        return open_number(number);
    }
    let longest = tail.len().min(LONGEST_OPEN_REFERENCE);
    let (length, c) = (SHORTEST_OPEN_REFERENCE..=longest).rev().find_map(|length| {
        let reference = tail.get(..length)?;
        let decoded = htmlize::unescape(reference);
        let mut chars = decoded.chars();
        chars.next().filter(|_| chars.next().is_none()).map(|c| (length, c))
    })?;
    let rest = &tail[length..];
    let is_letter = c.is_alphabetic() && !matches!(c, 'ª' | 'º' | 'µ' | 'ð' | 'Ð');
    let is_mark_of_text = matches!(c, '\u{a0}' | '¿' | '¡' | '«' | '»');
    let ends = rest.chars().next().is_none_or(|c| !c.is_ascii_alphanumeric());
    let is_after_letter = before.ends_with(|c: char| c.is_alphanumeric());
    let is_after_word = matches!(c, '®' | '°' | '²' | '³' | 'ª' | 'º' | '½' | '%' | '"');
    let counts = is_letter || is_mark_of_text || ends && (is_after_word || !is_after_letter);
    counts.then(|| (length, c.to_string()))
}

/// `number` is what follows `&#`.
fn open_number(number: &str) -> Option<(usize, String)> {
    let hex = number.strip_prefix(['x', 'X']);
    let digits = hex.unwrap_or(number);
    let is_digit =
        |c: &char| if hex.is_some() { c.is_ascii_hexdigit() } else { c.is_ascii_digit() };
    let count = digits.chars().take_while(is_digit).count();
    // More letters after hexadecimal digits leave open where these end.
    let ends = hex.is_none() || count == digits.len();
    if !(2..=7).contains(&count) || !ends {
        return None;
    }
    let radix = if hex.is_some() { 16 } else { 10 };
    let code = u32::from_str_radix(&digits[..count], radix).ok().filter(|code| *code >= 0x20)?;
    char::from_u32(code)?;
    let length = 2 + number.len() - digits.len() + count;
    Some((length, htmlize::unescape(format!("&#{code};")).into_owned()))
}

/// Whether the last word of a text is the beginning of an address, whose `&` parts its fields.
fn is_in_address(text: &str) -> bool {
    let bytes = text.as_bytes();
    let tail = &bytes[bytes.len().saturating_sub(LOOK_BACK_BYTES)..];
    let word = tail.rsplit(u8::is_ascii_whitespace).next().unwrap_or_default();
    let holds = |part: &[u8]| memchr::memmem::find(word, part).is_some();
    holds(b"://") || holds(b"www.") || holds(b"?") && holds(b"=")
}

/// Whether the line holds an HTML tag or comment, or is the fence of a code block.
///
/// `a < b` and `<3` are none: a tag needs a letter or `/` or `!--` right after the `<`, and `>`.
pub(crate) fn holds_markup(line: &str) -> bool {
    if line.trim_start().starts_with("```") || shows_entity_as_code(line) {
        return true;
    }
    let bytes = line.as_bytes();
    let Some(last_close) = memchr::memrchr(b'>', bytes) else { return false };
    memchr::memchr_iter(b'<', &bytes[..last_close]).any(|open| match &bytes[open + 1..] {
        [b'!', b'-', b'-', ..] => true,
        [b'!' | b'?', letter, ..] if letter.is_ascii_alphabetic() => true,
        [b'/', letter, ..] | [letter, ..] if letter.is_ascii_alphabetic() => {
            let name = &bytes[open + 2..];
            let end = name.iter().take(24).position(|b| !b.is_ascii_alphanumeric());
            end.is_some_and(|end| matches!(name[end], b'>' | b'/' | b' ' | b'\t'))
        }
        _ => false,
    })
}

/// Whether a reference stands between backticks: the text is about references.
fn shows_entity_as_code(line: &str) -> bool {
    let is_reference = |code: &str| code.ends_with(';') && last_entity(code).is_some();
    memchr::memchr(b'`', line.as_bytes()).is_some()
        && memchr::memchr(b'&', line.as_bytes()).is_some()
        && line
            .rsplit_once('`')
            .is_some_and(|(closed, _)| closed.split('`').skip(1).any(is_reference))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_need_their_semicolon() {
        assert_eq!(last_entity("a &amp;"), Some((2, "&".into())));
        assert_eq!(last_entity("&#146;"), Some((0, "’".into())));
        assert_eq!(last_entity("&#59;"), Some((0, ";".into())));
        assert_eq!(last_entity("&CounterClockwiseContourIntegral;"), Some((0, "∳".into())));
        for none in ["&notit;", "&nosuch;", "&;", "&#;", "&#x;", "& amp;", "plain;"] {
            assert_eq!(last_entity(none), None, "{none}");
        }
        assert!(holds_entity("x; y &lt; z"));
        assert!(!holds_entity("AT&T; R&D"));
    }

    #[test]
    fn tags_are_markup_and_comparisons_are_not() {
        for code in
            ["```html", "  ```", "write `&amp;` for it", "<!DOCTYPE html>", "<?php echo 1 ?>"]
        {
            assert!(holds_markup(code), "{code}");
        }
        for markup in ["<p>", "a <b>bold</b>", "<br/>", "<!-- x -->", "</div>", "<a href='x'>"] {
            assert!(holds_markup(markup), "{markup}");
        }
        for text in ["`a` &amp; `b`", "``", "a `b` c &lt; d", "<!> ?>"] {
            assert!(!holds_markup(text), "{text}");
        }
        for text in ["a < b > c", "<3 you > me", "x <y", "5<6>4", "->", "<juan@example.org>"] {
            assert!(!holds_markup(text), "{text}");
        }
    }
}
