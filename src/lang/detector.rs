//! The detector: from text to spans.

use std::cell::RefCell;
use std::sync::OnceLock;

use super::model::{Model, NAT};
use super::path::{Observed, Prior, best_path, group, prior, totals};
use super::reading::{Reading, Word};
use super::shares::Summary;
use super::tokens::{Case, Gap, Kind};
use super::{Language, Shares, SpanStream, stream};

static MODEL: &[u8] = include_bytes!("data/languages.bin");

/// Names are looked for in texts with so many letters.
///
/// Source: measured 2026-11. In tweets the rule swallows real switches (4 points of switch points lost); in
/// pages it halves the false ones.
const NAME_RUN_MIN_LETTERS: u64 = 1000;
/// A name or title has at most so many words.
const NAME_RUN_MAX_WORDS: usize = 8;
/// Small words inside names: "Castellón de la Plana", "The Taking of Pelham".
const CONNECTORS: [&str; 19] = [
    "of", "the", "and", "de", "la", "del", "y", "el", "los", "las", "in", "on", "to", "for", "a",
    "at", "by", "from", "en",
];

/// A stretch of text in one language. Offsets are UTF-8 bytes.
///
/// Serialises as `{"start": 0, "end": 12, "lang": "es"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// The language of the stretch.
    pub lang: Language,
}

/// Tells Spanish, English and other languages apart, in whole documents and inside lines.
///
/// Immutable and shared by all threads; its tables are part of the program and read in place.
#[derive(Debug)]
pub struct Detector {
    model: Model,
}

thread_local! {
    /// The memory of the text before this one serves again, as most texts are single lines.
    static SCRATCH: RefCell<Reading> = const { RefCell::new(Reading::new()) };
}

impl Detector {
    /// The detector of this process.
    ///
    /// ```
    /// use limpio::lang::{Detector, Language};
    ///
    /// let (lang, score) = Detector::shared().line("¿Dónde está la biblioteca?");
    /// assert_eq!(lang, Language::Es);
    /// assert!(score > 0.9);
    /// ```
    pub fn shared() -> &'static Detector {
        static SHARED: OnceLock<Detector> = OnceLock::new();
        SHARED.get_or_init(|| Detector {
            model: Model::read(MODEL).expect("the built-in model is whole"),
        })
    }

    /// The languages of a text, span by span: in order, without gaps, covering every byte.
    ///
    /// Numbers, addresses, code and emoji go with the text around them; only a text that holds nothing else is
    /// [`Language::None`]. An empty text has no spans. Time and memory are linear in the text.
    ///
    /// ```
    /// use limpio::lang::{Detector, Language};
    ///
    /// let text = "Nos vemos mañana en la oficina. Please bring your laptop with you.";
    /// let spans = Detector::shared().spans(text);
    /// assert_eq!(spans.len(), 2);
    /// assert_eq!(&text[spans[1].start..spans[1].end], "Please bring your laptop with you.");
    /// assert_eq!((spans[0].lang, spans[1].lang), (Language::Es, Language::En));
    /// ```
    pub fn spans(&self, text: &str) -> Vec<Span> {
        self.spans_by(text, stream::PART_BYTES)
    }

    /// The same in parts of at most so many bytes.
    pub(super) fn spans_by(&self, text: &str, part_bytes: usize) -> Vec<Span> {
        let mut spans = Vec::new();
        let mut start = 0;
        while let Some(length) = stream::part(&text[start..], part_bytes) {
            for span in self.part(&text[start..start + length]) {
                Span { start: start + span.start, end: start + span.end, ..span }.join(&mut spans);
            }
            start += length;
        }
        let last = self.part(&text[start..]);
        if start == 0 {
            return last;
        }
        for span in last {
            Span { start: start + span.start, end: start + span.end, ..span }.join(&mut spans);
        }
        spans
    }

    /// The same for a text that arrives in pieces.
    pub fn stream(&self) -> SpanStream<'_> {
        SpanStream::new(self)
    }

    /// The spans of a text that is looked at as a whole.
    pub(super) fn part(&self, text: &str) -> Vec<Span> {
        if text.is_empty() {
            return Vec::new();
        }
        self.read(text, |reading| {
            let words = reading.words();
            let whole = |lang| vec![Span { start: 0, end: text.len(), lang }];
            if words.is_empty() {
                return whole(Language::None);
            }
            if let Some(only) = reading.only_language() {
                return whole(language(only));
            }
            let mut groups = label(&observed(&self.model, reading));
            smooth_names(text, words, &mut groups);
            spans_of(text, words, &groups)
        })
    }

    /// The language of one line by itself, and how sure that is, from 0 to 1.
    ///
    /// The score is the probability of the answer against the other two languages, had the line only one. A
    /// line without a language scores 1.
    ///
    /// ```
    /// use limpio::lang::{Detector, Language};
    ///
    /// let detector = Detector::shared();
    /// assert_eq!(detector.line("Subscribe to our newsletter").0, Language::En);
    /// assert_eq!(detector.line("Clique aqui para não perder nenhuma notícia").0, Language::Other);
    /// assert_eq!(detector.line("+34 912 345 678").0, Language::None);
    /// ```
    pub fn line(&self, line: &str) -> (Language, f32) {
        self.read(line, |reading| {
            if reading.words().is_empty() {
                return (Language::None, 1.0);
            }
            let observed = observed(&self.model, reading);
            let only = reading.only_language();
            let lang = only.map_or_else(|| leading(&observed), language);
            let mut odds = [i64::MIN; 3];
            for (state, sum) in totals(&observed).into_iter().enumerate() {
                let place = &mut odds[group(state as u8)];
                *place = sum.max(*place);
            }
            let best = odds.into_iter().max().unwrap_or(0);
            let odds = odds.map(|sum| ((sum - best) as f64 / f64::from(NAT)).exp());
            let mine = match lang {
                Language::Es => odds[0],
                Language::En => odds[1],
                _ => odds[2],
            };
            (lang, (mine / odds.iter().sum::<f64>()) as f32)
        })
    }

    /// The language of most letters of a text, and the letters of each.
    ///
    /// ```
    /// use limpio::lang::{Detector, Language};
    ///
    /// let summary = Detector::shared().document("Todo el texto está en español.\nExcept for this line.");
    /// assert_eq!(summary.lang, Language::Es);
    /// assert_eq!((summary.shares.es, summary.shares.en), (24, 17));
    /// ```
    pub fn document(&self, text: &str) -> Summary {
        Summary::of(text, &self.spans(text))
    }

    /// Looks at a text that was read.
    fn read<T>(&self, text: &str, look: impl FnOnce(&Reading) -> T) -> T {
        SCRATCH.with_borrow_mut(|reading| {
            reading.read(&self.model, text);
            let seen = look(reading);
            reading.shrink();
            seen
        })
    }
}

/// The words as the path takes them.
fn observed(model: &Model, reading: &Reading) -> Vec<Observed> {
    let observe = |word: &Word| Observed {
        scores: reading.scores(model, word),
        gap: word.gap,
        foreign: word.kind == Kind::Foreign,
        letters: word.letters,
    };
    reading.words().iter().map(observe).collect()
}

/// The language of most letters of a line.
fn leading(words: &[Observed]) -> Language {
    let mut shares = Shares::default();
    for (group, word) in label(words).into_iter().zip(words) {
        // `¿` has no letters, and a line of nothing else is still Spanish.
        shares.add(language(group), u64::from(word.letters.max(1)));
    }
    shares.leading()
}

/// The group (es, en, other) of every word, in two passes: the second knows what the document is written in.
fn label(words: &[Observed]) -> Vec<u8> {
    let pass = |priors: &[Prior]| -> Vec<u8> {
        best_path(words, priors).into_iter().map(|state| group(state) as u8).collect()
    };
    let groups = pass(&[]);
    if groups.iter().all(|group| *group == groups[0]) {
        return groups;
    }
    let mut document = [0; 3];
    let mut lines: Vec<[u64; 3]> = Vec::new();
    for (group, token) in groups.iter().zip(words) {
        if token.gap == Gap::Line {
            lines.push([0; 3]);
        }
        let letters = u64::from(token.letters);
        document[usize::from(*group)] += letters;
        if let Some(line) = lines.last_mut() {
            line[usize::from(*group)] += letters;
        }
    }
    let priors: Vec<Prior> = lines.into_iter().map(|line| prior(document, line)).collect();
    pass(&priors)
}

/// Gives runs of capitalised words inside a line the language around them: names and titles.
///
/// Counter-example: an English quotation in title case inside a Spanish page is taken for a name.
fn smooth_names(text: &str, words: &[Word], groups: &mut [u8]) {
    let letters: u64 = words.iter().map(|token| u64::from(token.letters)).sum();
    if letters < NAME_RUN_MIN_LETTERS {
        return;
    }
    let mut start = 0;
    while start < groups.len() {
        let run = groups[start..].iter().take_while(|group| **group == groups[start]).count();
        let end = start + run;
        let inline = start > 0
            && end < groups.len()
            && words[start].gap != Gap::Line
            && words[end].gap != Gap::Line;
        if inline && run <= NAME_RUN_MAX_WORDS && groups[start - 1] == groups[end] {
            let within = &words[start..end];
            let capitalised = within.iter().filter(|word| word.case != Case::Lower).count();
            let in_name =
                |word: &Word| word.case != Case::Lower || CONNECTORS.contains(&word.of(text));
            if capitalised * 2 >= run && within.iter().all(in_name) {
                let around = groups[end];
                groups[start..end].fill(around);
            }
        }
        start = end;
    }
}

/// Merges words of one group into spans; punctuation that touches a word goes with it.
fn spans_of(text: &str, words: &[Word], groups: &[u8]) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut end_of_last = 0;
    for (word, group) in words.iter().zip(groups) {
        let lang = language(*group);
        match spans.last_mut() {
            Some(last) if last.lang == lang => {}
            Some(last) => {
                let word_start = word.start as usize;
                let between = &text[end_of_last..word_start];
                let blank = between.char_indices().rev().find(|(_, c)| c.is_whitespace());
                let start = blank.map_or(word_start, |(at, c)| end_of_last + at + c.len_utf8());
                last.end = start;
                spans.push(Span { start, end: text.len(), lang });
            }
            None => spans.push(Span { start: 0, end: text.len(), lang }),
        }
        end_of_last = word.end as usize;
    }
    spans
}

fn language(group: u8) -> Language {
    match group {
        0 => Language::Es,
        1 => Language::En,
        _ => Language::Other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spans(text: &str) -> Vec<(&str, Language)> {
        let spans = Detector::shared().spans(text);
        spans.iter().map(|span| (&text[span.start..span.end], span.lang)).collect()
    }

    fn all_are(lang: Language, lines: &[&str]) {
        for line in lines {
            assert_eq!(Detector::shared().line(line).0, lang, "{line:?}");
        }
    }

    #[test]
    fn spanish_is_spanish_in_every_dress() {
        all_are(
            Language::Es,
            &[
                "agua",
                "El perro come",
                "SUSCRÍBETE A NUESTRO BOLETÍN",
                "SUSCRIBETE A NUESTRO BOLETIN Y NO TE PIERDAS NADA",
                "manana no habra clase por la huelga de autobuses",
                "jajaja no manches wey",
                "¿Y tú?",
                "· Leer más »",
                "Dejar un comentario",
                "Compartir en Facebook (Se abre en una ventana nueva)",
                "El 23 de mayo de 2024, la Comisión aprobó el plan.",
                "“Nunca lo sabremos”, dijo la ministra.",
                "Descárgalo en https://example.com/the/big/download/page",
            ],
        );
    }

    #[test]
    fn english_is_english_in_every_dress() {
        all_are(
            Language::En,
            &[
                "water",
                "I",
                "Don't worry, it's fine",
                "SIGN UP FOR OUR NEWSLETTER",
                "lol idk what u mean",
                "Leave a Reply",
                "Share on Facebook (Opens in new window)",
                "Posted on May 3, 2021 by admin",
                "Read more »",
                "We’ll see what they’ve got",
            ],
        );
    }

    #[test]
    fn neighbours_and_strangers_are_other() {
        all_are(
            Language::Other,
            &[
                "Não foi possível carregar a página",
                "Aquest lloc web utilitza galetes pròpies",
                "Questo sito utilizza i cookie per migliorare la tua esperienza",
                "Nous utilisons des cookies pour améliorer votre visite",
                "Wir verwenden Cookies auf dieser Webseite",
                "Acest site folosește cookie-uri",
                "Webgune honek cookieak erabiltzen ditu",
                "Unha das mellores praias da nosa costa",
                "Привет, как дела?",
                "今日は天気がいいですね",
                "مرحبا بالعالم",
                "Dell'amore e dell'arte nel medioevo",
            ],
        );
    }

    #[test]
    fn what_holds_no_words_has_no_language() {
        all_are(
            Language::None,
            &[
                "",
                "   ",
                "12/05/2021 14:30",
                "+34 912 345 678",
                "https://example.com/una/pagina-muy-larga",
                "contacto@ejemplo.es",
                "@usuario #etiqueta",
                "----------",
                "😀😀 → ✓",
                "d41d8cd98f00b204e9800998ecf8427e",
                "let x = foo(bar);",
                "<div class=\"nota\">",
                "git push --force",
            ],
        );
    }

    #[test]
    fn a_line_changes_language_at_the_right_word() {
        use Language::{En, Es};
        for (text, expected) in [
            (
                "Hola a todos. Welcome to the show.",
                vec![("Hola a todos. ", Es), ("Welcome to the show.", En)],
            ),
            (
                "Inicio\nAbout us\nContacto",
                vec![("Inicio\n", Es), ("About us\n", En), ("Contacto", Es)],
            ),
            (
                "Me dijo “you should have known better” y se fue sin más",
                vec![
                    ("Me dijo ", Es),
                    ("“you should have known better” ", En),
                    ("y se fue sin más", Es),
                ],
            ),
            (
                "We were talking about it y luego me fui para la casa",
                vec![("We were talking about it ", En), ("y luego me fui para la casa", Es)],
            ),
        ] {
            assert_eq!(spans(text), expected);
        }
    }

    #[test]
    fn opening_marks_go_with_their_sentence() {
        let english =
            "The implications for the region could be felt deeply in every company. ".repeat(20);
        let text = format!("{english}\n¿Qué significa para tu negocio?");
        assert_eq!(spans(&text)[1], ("¿Qué significa para tu negocio?", Language::Es));
    }

    #[test]
    fn names_do_not_split_a_sentence() {
        for text in [
            "El concierto de The Beatles en Shea Stadium fue un éxito.",
            "Trabaja en Goldman Sachs desde que volvió de New York.",
        ] {
            assert_eq!(spans(text), [(text, Language::Es)]);
        }
        let text = "She grew up in Castellón and plays for them.";
        assert_eq!(spans(text), [(text, Language::En)]);
    }

    #[test]
    fn text_without_evidence_goes_with_its_neighbours() {
        let text = "Ejecuta este comando:\n$ git clone https://example.com/x.git\n2026-11-22\nY ya está listo.";
        assert_eq!(spans(text), [(text, Language::Es)]);
    }

    #[test]
    fn a_page_keeps_its_language_through_one_odd_word() {
        let page =
            "La empresa presentó ayer sus resultados del tercer trimestre ante los accionistas. "
                .repeat(20);
        let text = format!("{page}El nuevo smartphone y su marketing gustaron mucho.");
        assert_eq!(spans(&text), [(text.as_str(), Language::Es)]);
    }

    #[test]
    fn an_empty_text_has_no_spans() {
        assert_eq!(spans(""), []);
        assert_eq!(spans("\n"), [("\n", Language::None)]);
        assert_eq!(Detector::shared().document("").lang, Language::None);
    }

    #[test]
    fn the_score_grows_with_the_evidence() {
        let score = |line| Detector::shared().line(line).1;
        assert!(score("no") < score("no hay nada que hacer con este asunto"));
        assert!(score("no hay nada que hacer con este asunto") > 0.99);
        assert_eq!(score("123"), 1.0);
    }

    #[test]
    fn the_detector_is_shared_between_threads() {
        fn is_shared<T: Send + Sync + 'static>(_: &'static T) {}
        is_shared(Detector::shared());
    }

    /// Text of everything that is read in a way of its own.
    const ANYTHING: &str = "(\\PC|[a-zñ ,.¿'’\n<>&@#/:\"-]|el |la casa |the |of course |não |I |I'm |don't |l'amour |qu’il |Día |THE |ÉL |\
        administración|straightforwardly |Xqz |holaaaa|jajaja|“|”… |www.|a.b@c.de|x-1|\r\n|\t|   |\\{\\{|if \\(|import |= |\
        [\u{300}-\u{310}]|\u{ad}|日本|привет |. ){0,80}";

    proptest! {
        #[test]
        fn spans_cover_any_text_without_gaps(text in ANYTHING) {
            let spans = Detector::shared().spans(&text);
            let mut end = 0;
            for span in &spans {
                prop_assert_eq!(span.start, end);
                prop_assert!(span.end > span.start);
                prop_assert!(text.is_char_boundary(span.end));
                end = span.end;
            }
            prop_assert_eq!(end, text.len());
            prop_assert!(spans.windows(2).all(|pair| pair[0].lang != pair[1].lang));
            let (_, score) = Detector::shared().line(&text);
            prop_assert!((0.0..=1.0).contains(&score));
        }

        #[test]
        fn a_text_of_one_language_is_seen_as_the_whole_search_sees_it(text in ANYTHING) {
            let detector = Detector::shared();
            let whole = detector.read(&text, |reading| {
                let words = reading.words();
                let mut groups = label(&observed(&detector.model, reading));
                let known = reading.only_language();
                let same = known.is_none_or(|only| groups.iter().all(|group| *group == only));
                smooth_names(&text, words, &mut groups);
                (same, (!words.is_empty()).then(|| spans_of(&text, words, &groups)))
            });
            prop_assert!(whole.0);
            if let Some(spans) = whole.1 {
                prop_assert_eq!(spans, detector.spans(&text));
            }
        }
    }
}
