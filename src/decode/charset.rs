//! The encodings that text can be read with: those of the WHATWG standard, and three older pages.

use std::sync::OnceLock;

use encoding_rs::Encoding;

use crate::error::Error;

/// An encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charset {
    /// One of the WHATWG standard.
    Web(&'static Encoding),
    /// One of the IBM PC.
    Dos(&'static DosPage),
}

/// A code page of the IBM PC that the WHATWG standard leaves out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DosPage {
    /// The name at IANA, lower case.
    name: &'static str,
    /// The characters of bytes 80 to FF.
    high: [char; 128],
}

impl Charset {
    /// WHATWG or IANA name, lower case.
    pub(crate) fn name(self) -> String {
        match self {
            Charset::Web(encoding) => encoding.name().to_ascii_lowercase(),
            Charset::Dos(page) => page.name.to_owned(),
        }
    }

    /// The characters of bytes 80 to FF of a single-byte encoding; U+FFFD where there is none.
    pub(crate) fn high(self) -> Option<[char; 128]> {
        match self {
            Charset::Web(encoding) if encoding.is_single_byte() => {
                let mut high = [char::REPLACEMENT_CHARACTER; 128];
                for (byte, place) in (0x80..=0xffu8).zip(&mut high) {
                    let bytes = [byte];
                    let (text, _) = encoding.decode_without_bom_handling(&bytes);
                    // Undefined bytes of windows pages are control characters to the standard.
                    if let Some(c) = text.chars().next().filter(|c| !c.is_control()) {
                        *place = c;
                    }
                }
                Some(high)
            }
            Charset::Web(_) => None,
            Charset::Dos(page) => Some(page.high),
        }
    }
}

impl DosPage {
    /// Reads a byte; none is undefined in these pages.
    pub(crate) fn decode(&self, byte: u8) -> char {
        if byte < 0x80 { char::from(byte) } else { self.high[usize::from(byte - 0x80)] }
    }
}

/// The encoding for a label: those of the WHATWG standard (`utf-8`, `latin1`, `windows-1252`, `sjis`
/// ...) and `ibm437`, `ibm850`, `ibm852` (also `cp437` ...).
///
/// Labels that the standard maps to its replacement decoder are unknown here: reading with it
/// would turn the whole document into one U+FFFD.
pub(crate) fn charset_for_label(label: &str) -> Result<Charset, Error> {
    if let Some(encoding) = Encoding::for_label_no_replacement(label.as_bytes()) {
        return Ok(Charset::Web(encoding));
    }
    let lower = label.trim().to_ascii_lowercase();
    let number = lower.strip_prefix("ibm").or_else(|| lower.strip_prefix("cp"));
    dos_pages()
        .iter()
        .find(|page| number.is_some() && page.name.strip_prefix("ibm") == number)
        .map(Charset::Dos)
        .ok_or_else(|| Error::unknown("encoding", label, KNOWN_LABELS.iter().copied()))
}

/// The pages of the IBM PC, from the table that the mojibake repair reads backwards.
pub(crate) fn dos_pages() -> &'static [DosPage] {
    static PAGES: OnceLock<Vec<DosPage>> = OnceLock::new();
    const TABLE: &str = include_str!("../repair/mojibake/data/pages.tsv");
    const NAMES: [(&str, &str); 3] =
        [("cp437", "ibm437"), ("cp850", "ibm850"), ("cp852", "ibm852")];
    PAGES.get_or_init(|| {
        let page = |(key, name): (&str, &'static str)| {
            let row = TABLE.lines().find_map(|line| line.strip_prefix(key))?;
            let codes = row.split_whitespace();
            let chars =
                codes.filter_map(|code| char::from_u32(u32::from_str_radix(code, 16).ok()?));
            Some(DosPage { name, high: chars.collect::<Vec<_>>().try_into().ok()? })
        };
        NAMES.into_iter().filter_map(page).collect()
    })
}

/// Labels that an unknown one is compared with.
const KNOWN_LABELS: &[&str] = &[
    "auto",
    "utf-8",
    "utf-16le",
    "utf-16be",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "windows-1253",
    "windows-1254",
    "windows-1257",
    "iso-8859-1",
    "iso-8859-2",
    "iso-8859-15",
    "latin1",
    "macintosh",
    "ibm437",
    "ibm850",
    "koi8-r",
    "ibm866",
    "shift_jis",
    "euc-jp",
    "euc-kr",
    "gbk",
    "gb18030",
    "big5",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_name_encodings() {
        let name = |label| charset_for_label(label).map(Charset::name).unwrap_or_default();
        for (label, expected) in [
            ("latin1", "windows-1252"),
            ("UTF8", "utf-8"),
            ("sjis", "shift_jis"),
            ("cp850", "ibm850"),
            ("IBM437", "ibm437"),
            ("latin-one", ""),
            ("850", ""),
            ("iso-2022-kr", ""),
        ] {
            assert_eq!(name(label), expected, "{label}");
        }
    }

    #[test]
    fn pages_of_the_pc_are_read() {
        let text = |label, bytes: &[u8]| match charset_for_label(label) {
            Ok(Charset::Dos(page)) => bytes.iter().map(|&byte| page.decode(byte)).collect(),
            _ => String::new(),
        };
        assert_eq!(text("cp850", b"ma\xa4ana \xb5\x82"), "mañana Áé");
        assert_eq!(text("cp437", b"\xadma\xa4ana!"), "¡mañana!");
        assert_eq!(text("cp852", b"za\xbe\xa2\xe0\x86"), "zażóÓć");
    }
}
