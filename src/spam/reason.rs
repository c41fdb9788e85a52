//! What a person is told about a line that was dropped as spam.

use super::lexicon::Lexicon;
use super::signs::{Counts, LineSigns};

/// Long words of which most must have stood before for the repetition to be named.
const NAMED_REPETITION: f32 = 0.35;

/// Links from which they are named.
const NAMED_LINKS: usize = 2;

/// Most signs that are named.
const MOST_NAMED: usize = 3;

impl LineSigns {
    /// The subject and the kinds of signs that meet, as in `like an offer of loans: presses,
    /// asks to be contacted`.
    pub(crate) fn reason(&self) -> String {
        let lexicon = Lexicon::shared();
        let counts = Counts::of(&self.terms);
        let subject = counts.subject().and_then(|topic| lexicon.topics.get(topic));
        let mut named: Vec<String> = Vec::new();
        if self.look.disguised > 0 {
            named.push("letters of other alphabets or spaced out".to_owned());
        }
        if self.long >= 8 && self.repeated as f32 >= NAMED_REPETITION * self.long as f32 {
            named.push(format!("{} of {} words said again", self.repeated, self.long));
        }
        let is_shown = |(sign, _): &(usize, &super::lexicon::Named)| counts.signs[*sign] > 0;
        let mut kinds: Vec<_> = lexicon.signs.iter().enumerate().filter(is_shown).collect();
        kinds.sort_by_key(|(sign, _)| std::cmp::Reverse(counts.signs[*sign]));
        for (sign, kind) in kinds {
            let links = counts.signs[sign] as usize;
            named.push(if kind.id == "link" && links >= NAMED_LINKS {
                format!("{links} kinds of links")
            } else {
                kind.name.clone()
            });
        }
        named.truncate(MOST_NAMED);
        let what = match subject {
            Some(subject) => format!("like an offer ({})", subject.name),
            None => "like spam".to_owned(),
        };
        if named.is_empty() { what } else { format!("{what}: {}", named.join(", ")) }
    }
}
