//! Addresses: URLs, e-mail addresses, names of sites and files, paths, tags and entities, which carry no evidence.

use super::script::is_word_char;

/// Names of sites and files end so: what looks like `word.com` is no sentence end.
///
/// Counter-example: "fin.com" for "fin. Com…"; rare, and one word only.
const NAME_ENDINGS: [&str; 36] = [
    "com", "org", "net", "edu", "gov", "info", "html", "htm", "php", "asp", "aspx", "js", "ts",
    "css", "json", "xml", "yml", "yaml", "toml", "py", "rs", "md", "txt", "pdf", "doc", "docx",
    "jpg", "jpeg", "png", "gif", "svg", "mp3", "mp4", "zip", "gz", "exe",
];

/// The length of the URL, e-mail address, site or file name that starts here, if it is one, and how far the text was
/// looked at in vain, if not.
pub(super) fn address(rest: &str) -> Result<usize, usize> {
    let dotted = rest
        .find(|c: char| !(is_word_char(c) || matches!(c, '.' | '+' | '-' | '%')))
        .unwrap_or(rest.len());
    let (name, after) = rest.split_at(dotted);
    if name.starts_with("www.") || after.starts_with("://") {
        return Ok(until_blank(rest));
    }
    if after.starts_with('@') && after[1..].starts_with(|c: char| c.is_ascii_alphanumeric()) {
        let host = after[1..]
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-')))
            .unwrap_or(after.len() - 1);
        return Ok(dotted + 1 + host);
    }
    let name = name.trim_end_matches(['.', '-', '+', '%']);
    match name.rsplit_once('.') {
        Some((stem, ending))
            if !stem.is_empty() && !stem.ends_with('.') && NAME_ENDINGS.contains(&ending) =>
        {
            Ok(if after.starts_with(['/', '?', ':']) { until_blank(rest) } else { name.len() })
        }
        _ => Err(dotted),
    }
}

/// The bytes up to the next white space or angle bracket or straight quote.
fn until_blank(text: &str) -> usize {
    text.find(|c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>' | '“' | '”' | '»'))
        .unwrap_or(text.len())
}

/// The length of the tag or entity that starts here. Looks ahead at most 300 bytes.
pub(super) fn markup(text: &str) -> Option<usize> {
    const LONGEST: usize = 300;
    let bytes = text.as_bytes();
    match bytes.first()? {
        b'<' if bytes
            .get(1)
            .is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'/' | b'!' | b'?')) =>
        {
            let end =
                bytes.iter().take(LONGEST).skip(1).position(|b| matches!(b, b'>' | b'<'))? + 1;
            (bytes[end] == b'>').then_some(end + 1)
        }
        b'&' => {
            let end = bytes
                .iter()
                .take(12)
                .skip(1)
                .position(|b| !b.is_ascii_alphanumeric() && *b != b'#')?
                + 1;
            (bytes[end] == b';' && end > 2).then_some(end + 1)
        }
        _ => None,
    }
}

/// The length of the path that starts here: `/usr/bin`, `./a`, `~/b`.
pub(super) fn path(text: &str, previous: char) -> Option<usize> {
    if !(previous.is_whitespace() || matches!(previous, '"' | '\'' | '(' | '`')) {
        return None;
    }
    let tail = ["../", "./", "~/", "/"].iter().find_map(|start| text.strip_prefix(start))?;
    tail.starts_with(|c: char| c.is_ascii_alphanumeric()).then(|| until_blank(text))
}
