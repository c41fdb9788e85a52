//! Quotation marks that lost their last byte: the partner in the line tells which one it was.
//!
//! All curly quotation marks share their first two bytes, and most pages leave several of the third
//! ones undefined. The letter model sees a few characters around a mark and takes the most usual one;
//! `‘Next’` needs the other end of the quotation. A mark whose byte was lost and whose page allows the
//! better one is exchanged: an opening one for what the next closing mark asks for, a closing one for
//! what the last opening mark asks for. „ is closed by “ or by ” (German, Polish): left as it is.
//!
//! Measured on the cp1253 and cp1257 rows of a synthetic set, 2026-11; see docs/repair.md.
//! Counter-example: a plural's apostrophe after an opening quote, `“the boys’ room”`.

use super::lattice::Decoded;

/// The mark that closes what `c` opens, where there is one answer.
fn closing(c: char) -> Option<char> {
    match c {
        '“' => Some('”'),
        '‘' => Some('’'),
        _ => None,
    }
}

/// The mark that opens what `c` closes.
fn opening(c: char) -> Option<char> {
    match c {
        '”' => Some('“'),
        '’' => Some('‘'),
        '“' => Some('„'),
        _ => None,
    }
}

fn is_quote(c: char) -> bool {
    matches!(c, '‘' | '’' | '“' | '”' | '„')
}

/// The last byte of a mark in UTF-8.
fn last_byte(c: char) -> u8 {
    0x80 | (u32::from(c) & 0x3F) as u8
}

/// A quotation mark of the repaired line.
struct Mark {
    c: char,
    opens: bool,
    /// Its place among the decoded characters, if a byte of it was lost.
    lost: Option<usize>,
}

/// Exchanges marks in `decoded`, which stand in `text`; `undefined` are the bytes that may have been lost.
/// Tells whether there were any.
pub(super) fn pair(text: &[char], decoded: &mut [Decoded], undefined: &[u8]) -> bool {
    let may_be = |d: &Decoded| d.is_lossy && d.depth == 1 && is_quote(d.target);
    if !decoded.iter().any(may_be) {
        return false;
    }
    let mut has_exchanged = false;
    let mut marks = marks(text, decoded, may_be);
    let mut open = None;
    for at in 0..marks.len() {
        let (opens, lost) = (marks[at].opens, marks[at].lost);
        let wanted = match opens {
            true => marks[at + 1..]
                .iter()
                .find(|mark| !mark.opens)
                .and_then(|partner| if partner.lost.is_some() { None } else { opening(partner.c) }),
            false => open.and_then(closing),
        };
        if let (Some(place), Some(wanted)) = (lost, wanted)
            && undefined.contains(&last_byte(wanted))
        {
            has_exchanged |= decoded[place].target != wanted;
            decoded[place].target = wanted;
            marks[at].c = wanted;
        }
        open = if opens { Some(marks[at].c) } else { None };
    }
    has_exchanged
}

/// The quotation marks of the line as it will be; apostrophes inside words are none.
fn marks(text: &[char], decoded: &[Decoded], may_be: impl Fn(&Decoded) -> bool) -> Vec<Mark> {
    let mut line: Vec<(char, Option<usize>)> = Vec::with_capacity(text.len());
    let mut from = 0;
    for (place, d) in decoded.iter().enumerate() {
        line.extend(text[from..d.start].iter().map(|&c| (c, None)));
        line.push((d.target, may_be(d).then_some(place)));
        from = d.end;
    }
    line.extend(text[from..].iter().map(|&c| (c, None)));
    let is_apart = |c: Option<&(char, Option<usize>)>| {
        c.is_none_or(|(c, _)| c.is_whitespace() || matches!(c, '(' | '[' | '—' | '–' | '¡' | '¿'))
    };
    let quotes = line.iter().enumerate().filter(|(_, (c, _))| is_quote(*c));
    quotes
        .filter_map(|(at, &(c, lost))| {
            let before = at.checked_sub(1).and_then(|at| line.get(at));
            let after = line.get(at + 1);
            let opens = is_apart(before) && !is_apart(after);
            let closes = !is_apart(before) && !after.is_some_and(|(c, _)| c.is_alphanumeric());
            (opens || closes).then_some(Mark { c, opens, lost })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `line` with every `*` in the place of a quotation mark that lost its last byte and was taken for “.
    fn paired(line: &str) -> String {
        let text: Vec<char> = line.chars().collect();
        let lost = text.iter().enumerate().filter(|(_, c)| **c == '*');
        let mut decoded: Vec<Decoded> = lost
            .map(|(start, _)| Decoded {
                start,
                end: start + 1,
                target: '“',
                depth: 1,
                cost: 0.0,
                gain: 0.0,
                is_lossy: true,
            })
            .collect();
        pair(&text, &mut decoded, &[0x98, 0x9C, 0x9D, 0x9E]);
        super::super::edits::applied(&text, &decoded).into_iter().collect()
    }

    #[test]
    fn marks_follow_their_partners() {
        for (damaged, clean) in [
            ("click *Next’ and go", "click ‘Next’ and go"),
            ("he said *yes” (*no”)", "he said “yes” (“no”)"),
            ("sie sagte *ja“ dazu", "sie sagte „ja“ dazu"),
            ("she said “yes*", "she said “yes”"),
            ("“it’s the boys*, she said", "“it’s the boys”, she said"),
            ("nothing *known* here", "nothing “known” here"),
            ("lone * mark, word*", "lone “ mark, word“"),
        ] {
            assert_eq!(paired(damaged), clean);
        }
    }

    #[test]
    fn only_bytes_that_may_be_lost_are_put_back() {
        // 99 is defined, so a lost byte was not that of ’.
        assert_eq!(paired("‘Next* and"), "‘Next“ and");
    }
}
