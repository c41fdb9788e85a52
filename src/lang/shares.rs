//! How much of a text is in which language, counted in letters.

use super::{Detector, Language, Span};

/// Letters per language; text without a language is left out.
///
/// ```
/// use limpio::lang::{Language, Shares};
///
/// let mut shares = Shares::default();
/// shares.add(Language::Es, 30);
/// shares.add(Language::En, 10);
/// shares.add(Language::None, 1000);
/// assert_eq!(shares.fractions(), [0.75, 0.25, 0.0]);
/// assert_eq!(shares.leading(), Language::Es);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shares {
    /// Letters in Spanish.
    pub es: u64,
    /// Letters in English.
    pub en: u64,
    /// Letters in any other language.
    pub other: u64,
}

impl Shares {
    /// Adds letters of one language; letters of [`Language::None`] are not counted.
    pub fn add(&mut self, lang: Language, letters: u64) {
        match lang {
            Language::Es => self.es += letters,
            Language::En => self.en += letters,
            Language::Other => self.other += letters,
            Language::None => {}
        }
    }

    /// Adds the letters of another count, as when a batch sums up its documents.
    pub fn merge(&mut self, more: &Shares) {
        self.es += more.es;
        self.en += more.en;
        self.other += more.other;
    }

    /// Adds the letters of the spans of one text.
    ///
    /// Spans that do not fit the text are skipped.
    pub fn add_spans(&mut self, text: &str, spans: &[Span]) {
        for span in spans {
            let inside = text.get(span.start..span.end).unwrap_or_default();
            self.add(span.lang, letters(inside));
        }
    }

    /// Detects one line by itself and adds its letters, span by span.
    ///
    /// ```
    /// use limpio::lang::{Detector, Shares};
    ///
    /// let mut shares = Shares::default();
    /// shares.add_line(Detector::shared(), "Gracias por todo.");
    /// assert_eq!((shares.es, shares.en), (14, 0));
    /// ```
    pub fn add_line(&mut self, detector: &Detector, line: &str) {
        self.add_spans(line, &detector.spans(line));
    }

    /// The shares of es, en and other; they sum to 1, or are all 0 when no letter was counted.
    pub fn fractions(&self) -> [f64; 3] {
        let counts = [self.es, self.en, self.other];
        let total: u64 = counts.iter().sum();
        counts.map(|letters| if total == 0 { 0.0 } else { letters as f64 / total as f64 })
    }

    /// The language with most letters; [`Language::None`] when no letter was counted. A tie goes to
    /// the first of es, en, other.
    pub fn leading(&self) -> Language {
        let most = self.es.max(self.en).max(self.other);
        if most == 0 {
            Language::None
        } else if self.es == most {
            Language::Es
        } else if self.en == most {
            Language::En
        } else {
            Language::Other
        }
    }
}

/// The languages of a whole text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// The language with most letters.
    pub lang: Language,
    /// Letters per language.
    pub shares: Shares,
}

impl Summary {
    /// Sums up spans that were found in this text.
    ///
    /// ```
    /// use limpio::lang::{Detector, Language, Summary};
    ///
    /// let text = "Buenos días a todos.\nSee you tomorrow!";
    /// let spans = Detector::shared().spans(text);
    /// assert_eq!(Summary::of(text, &spans).lang, Language::Es);
    /// ```
    pub fn of(text: &str, spans: &[Span]) -> Summary {
        let mut shares = Shares::default();
        shares.add_spans(text, spans);
        Summary { lang: shares.leading(), shares }
    }
}

/// The number of letters, whatever their script.
fn letters(text: &str) -> u64 {
    text.chars().filter(|c| c.is_alphabetic()).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_count_has_no_language_and_no_shares() {
        let shares = Shares::default();
        assert_eq!(shares.leading(), Language::None);
        assert_eq!(shares.fractions(), [0.0; 3]);
    }

    #[test]
    fn letters_are_counted_not_bytes_or_digits() {
        let mut shares = Shares::default();
        shares.add_spans("año 2026: ñ", &[Span { start: 0, end: 13, lang: Language::Es }]);
        assert_eq!(shares, Shares { es: 4, en: 0, other: 0 });
    }

    #[test]
    fn spans_of_another_text_are_skipped() {
        let mut shares = Shares::default();
        shares.add_spans(
            "ñ",
            &[
                Span { start: 1, end: 2, lang: Language::Es },
                Span { start: 0, end: 9, lang: Language::En },
            ],
        );
        assert_eq!(shares, Shares::default());
    }

    #[test]
    fn merging_adds_up() {
        let mut shares = Shares { es: 1, en: 2, other: 3 };
        shares.merge(&Shares { es: 10, en: 20, other: 30 });
        assert_eq!(shares, Shares { es: 11, en: 22, other: 33 });
    }
}
