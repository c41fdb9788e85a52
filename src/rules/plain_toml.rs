//! TOML as rule files are written, in one pass: `[[rule]]` tables of texts, numbers, lists and
//! inline tables.
//!
//! The parser of the `toml` crate takes everything that TOML allows and tells what is wrong with
//! the rest, for twenty times the work; half of the time of an empty run went there. This one takes
//! what nearly every rule file is made of, and gives up at the first thing that it does not know:
//! dotted and quoted keys, other tables, texts over several lines, dates, rare escapes, mistakes.
//! Then the file is read by the other parser. What it reads it reads alike, with the same spans: a
//! test compares the two on the built-in files and on files made up of their parts.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// Lists and tables inside each other that are looked into.
const DEEPEST: usize = 4;

/// Reads a file; `None` if it holds anything out of the ordinary.
pub(super) fn parse(text: &str) -> Option<DeTable<'_>> {
    let is_odd = |byte: u8| (byte < b' ') & (byte != b'\n') & (byte != b'\t') | (byte == 0x7F);
    // Without an early end, so that many bytes are looked at together.
    if text.bytes().fold(false, |odd, byte| odd | is_odd(byte)) {
        return None;
    }
    let mut reader = Reader { text, at: 0 };
    let mut root = DeTable::new();
    let mut rules = DeArray::new();
    let mut first_header = None;
    loop {
        reader.blanks();
        let start = reader.at;
        if reader.takes("[[rule]]") {
            let table = DeValue::Table(DeTable::new());
            rules.push(Spanned::new(start..reader.at, table));
            first_header.get_or_insert(start);
        } else if start < text.len() {
            let (key, value) = (reader.key()?, reader.assigned(0)?);
            let table = match rules.last_mut().map(Spanned::get_mut) {
                Some(DeValue::Table(table)) => table,
                _ => &mut root,
            };
            if table.insert(key, value).is_some() {
                return None;
            }
        } else {
            break;
        }
        reader.line_end()?;
    }
    if let Some(start) = first_header {
        let key = Spanned::new(start + 2..start + 6, Cow::Borrowed("rule"));
        let rules = Spanned::new(start..start + "[[rule]]".len(), DeValue::Array(rules));
        if root.insert(key, rules).is_some() {
            return None;
        }
    }
    Some(root)
}

/// A table of a file of lists.
pub(crate) struct Section<'t> {
    /// As it stands between the brackets.
    pub name: &'t str,
    /// What it holds: lists of texts, and texts, which are lists of one.
    pub lists: Vec<(&'t str, Vec<Cow<'t, str>>)>,
}

/// Reads a file of tables that hold texts and lists of texts, in order; `None` if there is anything
/// else in it.
pub(crate) fn sections(text: &str) -> Option<Vec<Section<'_>>> {
    let mut reader = Reader { text, at: 0 };
    let mut sections: Vec<Section<'_>> = Vec::new();
    loop {
        reader.blanks();
        if reader.next().is_none() {
            return Some(sections);
        }
        if reader.takes("[") {
            let len = memchr::memchr2(b']', b'\n', reader.rest())?;
            let name = &text[reader.at..reader.at + len];
            reader.at += len;
            if !reader.takes("]") {
                return None;
            }
            sections.push(Section { name, lists: Vec::new() });
        } else {
            let Cow::Borrowed(key) = reader.key()?.into_inner() else { return None };
            let texts = match reader.assigned(0)?.into_inner() {
                DeValue::String(text) => vec![text],
                DeValue::Array(list) => list.into_iter().map(text_of).collect::<Option<_>>()?,
                _ => return None,
            };
            sections.last_mut()?.lists.push((key, texts));
        }
        reader.line_end()?;
    }
}

fn text_of(value: Spanned<DeValue<'_>>) -> Option<Cow<'_, str>> {
    match value.into_inner() {
        DeValue::String(text) => Some(text),
        _ => None,
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t [u8] {
        &self.text.as_bytes()[self.at..]
    }

    fn next(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn takes(&mut self, what: &str) -> bool {
        let is_there = self.rest().starts_with(what.as_bytes());
        self.at += if is_there { what.len() } else { 0 };
        is_there
    }

    fn spaces(&mut self) {
        while let Some(b' ' | b'\t') = self.next() {
            self.at += 1;
        }
    }

    /// White space, empty lines and comments.
    fn blanks(&mut self) {
        loop {
            match self.next() {
                Some(b' ' | b'\t' | b'\n') => self.at += 1,
                Some(b'#') => self.comment(),
                _ => return,
            }
        }
    }

    fn comment(&mut self) {
        self.at += memchr::memchr(b'\n', self.rest()).unwrap_or(self.rest().len());
    }

    /// Nothing more on the line but a comment.
    fn line_end(&mut self) -> Option<()> {
        self.spaces();
        if self.next() == Some(b'#') {
            self.comment();
        }
        matches!(self.next(), None | Some(b'\n')).then_some(())
    }

    fn key(&mut self) -> Option<Spanned<Cow<'t, str>>> {
        let start = self.at;
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        self.at += self.rest().iter().take_while(|byte| is_plain(byte)).count();
        (self.at > start)
            .then(|| Spanned::new(start..self.at, Cow::Borrowed(&self.text[start..self.at])))
    }

    /// What stands behind a key.
    fn assigned(&mut self, depth: usize) -> Option<Spanned<DeValue<'t>>> {
        self.spaces();
        if !self.takes("=") {
            return None;
        }
        self.spaces();
        self.value(depth)
    }

    fn value(&mut self, depth: usize) -> Option<Spanned<DeValue<'t>>> {
        let start = self.at;
        let value = match self.next()? {
            b'"' => DeValue::String(self.basic_string()?),
            b'\'' => DeValue::String(self.literal_string()?),
            b'[' if depth < DEEPEST => DeValue::Array(self.list(depth)?),
            b'{' if depth < DEEPEST => DeValue::Table(self.inline_table(depth)?),
            b'0'..=b'9' => self.number()?,
            b't' if self.takes("true") => DeValue::Boolean(true),
            b'f' if self.takes("false") => DeValue::Boolean(false),
            _ => return None,
        };
        Some(Spanned::new(start..self.at, value))
    }

    /// Digits, perhaps with a point between them.
    fn number(&mut self) -> Option<DeValue<'t>> {
        let rest = self.rest();
        let len = rest.iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b'.')).count();
        let number = &self.text[self.at..self.at + len];
        self.at += len;
        DeValue::parse(number).ok().map(Spanned::into_inner)
    }

    fn literal_string(&mut self) -> Option<Cow<'t, str>> {
        let text = &self.text[self.at + 1..];
        let len = memchr::memchr2(b'\'', b'\n', text.as_bytes())?;
        self.at += len + 2;
        let is_whole = text.as_bytes()[len] == b'\'' && !text[len..].starts_with("''");
        is_whole.then_some(Cow::Borrowed(&text[..len]))
    }

    fn basic_string(&mut self) -> Option<Cow<'t, str>> {
        let text = &self.text[self.at + 1..];
        if text.starts_with("\"\"") {
            return None;
        }
        let len = memchr::memchr3(b'"', b'\\', b'\n', text.as_bytes())?;
        if text.as_bytes()[len] == b'"' {
            self.at += len + 2;
            return Some(Cow::Borrowed(&text[..len]));
        }
        self.at += 1;
        let mut unescaped = String::new();
        loop {
            let rest = &self.text[self.at..];
            let len = memchr::memchr3(b'"', b'\\', b'\n', rest.as_bytes())?;
            unescaped.push_str(&rest[..len]);
            self.at += len + 1;
            match rest.as_bytes()[len] {
                b'"' => return Some(Cow::Owned(unescaped)),
                b'\\' => unescaped.push(match self.next()? {
                    escaped @ (b'"' | b'\\') => char::from(escaped),
                    b'n' => '\n',
                    b't' => '\t',
                    _ => return None,
                }),
                _ => return None,
            }
            self.at += 1;
        }
    }

    fn list(&mut self, depth: usize) -> Option<DeArray<'t>> {
        let mut list = DeArray::new();
        self.at += 1;
        loop {
            self.blanks();
            if self.takes("]") {
                return Some(list);
            }
            list.push(self.value(depth + 1)?);
            self.blanks();
            if !self.takes(",") && self.next() != Some(b']') {
                return None;
            }
        }
    }

    fn inline_table(&mut self, depth: usize) -> Option<DeTable<'t>> {
        let mut table = DeTable::new();
        self.at += 1;
        loop {
            self.spaces();
            let key = self.key()?;
            if table.insert(key, self.assigned(depth + 1)?).is_some() {
                return None;
            }
            self.spaces();
            if self.takes("}") {
                return Some(table);
            }
            if !self.takes(",") {
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::rule_set::BUILT_IN;
    use super::*;

    /// What a parser reads, with its spans.
    fn read_by_toml(text: &str) -> Option<String> {
        let table = DeTable::parse(text).ok()?;
        Some(format!("{:?}", table.get_ref()))
    }

    #[test]
    fn the_built_in_files_are_read_here_and_alike() {
        for (path, text) in BUILT_IN {
            let table = parse(text).unwrap_or_else(|| panic!("{path} is out of the ordinary"));
            assert!(Some(format!("{table:?}")) == read_by_toml(text), "{path}");
        }
    }

    #[test]
    fn lists_of_texts_are_read_by_their_tables() {
        let sections = sections("# a\n[a.b]\nc = \"d\"\n\n[e] # f\ng = [\n  'h', \"i\\\"\",\n]\n");
        let told: Vec<_> =
            sections.iter().flatten().map(|one| (one.name, &one.lists[..])).collect();
        let of = |texts: &[&'static str]| texts.iter().map(|text| Cow::Borrowed(*text)).collect();
        assert_eq!(told, [("a.b", &[("c", of(&["d"]))][..]), ("e", &[("g", of(&["h", "i\""]))])]);
        for text in
            ["a = 'b'", "[a]\nb = 1", "[a]\nb = [1]", "[a]\nb", "[a", "[a] b", "[a]\nb = ['c'"]
        {
            assert!(super::sections(text).is_none(), "{text}");
        }
    }

    #[test]
    fn what_is_out_of_the_ordinary_is_left_to_the_other_parser() {
        for text in [
            "a.b = 1",
            "'a' = 1",
            "[rule]",
            "[[rules]]\na = 1",
            "a = '''x'''",
            "a = \"\"\"x\"\"\"",
            "a = \"\\u00e1\"",
            "a = 1979-05-27",
            "a = -1",
            "a = 1_000",
            "a = 1\na = 2",
            "a = { b = 1, b = 2 }",
            "a = {}",
            "a = [1, 2",
            "a = [,]",
            "a = 'x",
            "a = 'x' 'y'",
            "a = 01",
            "rule = 1\n[[rule]]",
            "a = 1\r\n",
            "a = \"\u{7f}\"",
            "= 1",
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_here_is_read_alike(
            parts in prop::collection::vec(prop::sample::select(vec![
                "[[rule]]\n", "[[rule]]", "\n", " ", "# a 'comment\" = 1\n", "id = ", "at=", "needs = {", "}", "{ ",
                "a = 'b'", "[", "]", ", ", ",\n", "\"x\"", "'y'", "\"a \\\" b\\\\\"", "12", "0.5", "1.", "true", "false",
                "version = 1\n", "\"\\n\"", "''", "\"\"", "ñ", "\\", "'", "= ",
            ]), 0..14),
        ) {
            let text = parts.concat();
            if let Some(table) = parse(&text) {
                prop_assert_eq!(Some(format!("{table:?}")), read_by_toml(&text), "{}", text);
            }
        }
    }
}
