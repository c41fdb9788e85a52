//! HTML entities in plain text.
//!
//! Only references that end in a semicolon count: `AT&T` and `?a=1&copy=2` are ordinary text,
//! though HTML would read a reference into the second. The names and the odd cases of numeric
//! references (`&#146;` is ’) are those of the WHATWG standard, by the crate `htmlize`.

/// Longest reference: `&CounterClockwiseContourIntegral;`, 33 bytes.
const LONGEST_REFERENCE: usize = 33;

/// Whether some reference may stand in the line. Costs one search for `&`.
pub(crate) fn holds_entity(line: &str) -> bool {
    memchr::memchr(b'&', line.as_bytes()).is_some_and(|first| {
        memchr::memchr_iter(b';', &line.as_bytes()[first..])
            .any(|end| last_entity(&line[..first + end + 1]).is_some())
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

/// Whether the line holds an HTML tag or comment.
///
/// `a < b` and `<3` are none: a tag needs a letter or `/` or `!--` right after the `<`, and `>`.
pub(crate) fn holds_markup(line: &str) -> bool {
    let bytes = line.as_bytes();
    let Some(last_close) = memchr::memrchr(b'>', bytes) else { return false };
    memchr::memchr_iter(b'<', &bytes[..last_close]).any(|open| match &bytes[open + 1..] {
        [b'!', b'-', b'-', ..] => true,
        [b'/', letter, ..] | [letter, ..] if letter.is_ascii_alphabetic() => {
            let name = &bytes[open + 2..];
            let end = name.iter().take(24).position(|b| !b.is_ascii_alphanumeric());
            end.is_some_and(|end| matches!(name[end], b'>' | b'/' | b' ' | b'\t'))
        }
        _ => false,
    })
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
        for markup in ["<p>", "a <b>bold</b>", "<br/>", "<!-- x -->", "</div>", "<a href='x'>"] {
            assert!(holds_markup(markup), "{markup}");
        }
        for text in ["a < b > c", "<3 you > me", "x <y", "5<6>4", "->", "<juan@example.org>"] {
            assert!(!holds_markup(text), "{text}");
        }
    }
}
