//! What the pattern set finds in lines, beside what every pattern finds alone.

use regex::Regex;

use super::super::matcher::compile_shape;
use super::super::rule::Place;
use super::*;

/// The spans that the rules of a file find in a line, as `id:text`.
fn found(toml: &str, line: &str) -> Vec<String> {
    let mut rules = RuleSet::empty();
    // Which category does not matter here.
    let toml = toml.replace("\nphrases = ", "\ncategory = 'ad'\nphrases = ");
    let toml = toml.replace("\nshapes = ", "\ncategory = 'ad'\nshapes = ");
    rules.add_toml("test.toml".as_ref(), &toml).expect("a sound file");
    let set = PatternSet::compile(&rules).expect("a sound set");
    let (mut scratch, mut hits) = (Scratch::default(), Vec::new());
    set.matches(line, None, &mut scratch, &mut hits, &mut ());
    let name = |hit: &Hit| format!("{}:{}", rules.rules()[hit.rule].id, &line[hit.start..hit.end]);
    hits.iter().map(name).collect()
}

fn rule(at: &str, phrase: &str) -> String {
    format!("[[rule]]\nid = 'r'\nat = '{at}'\nphrases = [\"{phrase}\"]\n")
}

#[track_caller]
fn case(at: &str, phrase: &str, line: &str, want: Option<&str>) {
    let want: Vec<String> = want.iter().map(|text| format!("r:{text}")).collect();
    assert_eq!(found(&rule(at, phrase), line), want, "{at} {phrase:?} in {line:?}");
}

#[test]
fn a_whole_line_is_the_phrase_and_marks() {
    case("line", "leave a reply", "Leave a Reply", Some("Leave a Reply"));
    case("line", "leave a reply", "» LEAVE  A\u{a0}REPLY:", Some("LEAVE  A\u{a0}REPLY"));
    case("line", "¡compártelo!", "👉 Compartelo", Some("Compartelo"));
    case("line", "leave a reply", "Leave a reply to him", None);
    case("line", "leave a reply", "Never leave a reply", None);
    case("line", "leave a reply", "—Leave a reply", None);
    case("line", "leave a reply", "\"Leave a reply\"", None);
}

#[test]
fn a_line_start_ends_at_a_word() {
    case("line-start", "lee también", "📌 Lee también: El río", Some("Lee también"));
    case("line-start", "lee también", "LEE TAMBIEN El río", Some("LEE TAMBIEN"));
    case("line-start", "follow us on", "Follow us once", None);
    case("line-start", "follow us on", "They follow us on foot", None);
}

#[test]
fn a_line_end_begins_at_a_word() {
    case("line-end", "read more", "The river rose… Read more »", Some("Read more"));
    case("line-end", "read more", "Bread more", None);
    case("line-end", "read more", "Read more books", None);
}

#[test]
fn anywhere_is_between_words_and_outside_quotes() {
    case(
        "anywhere",
        "no deposit bonus",
        "Best No-Deposit  no deposit bonus now",
        Some("no deposit bonus"),
    );
    case("anywhere", "no deposit bonus", "casino no deposit bonuses", None);
    case("anywhere", "no deposit bonus", "He wrote: \"no deposit bonus\".", None);
    case("anywhere", "no deposit bonus", "He wrote: “a no deposit bonus” and", None);
    case("anywhere", "sin depósito", "🎰¡Sin deposito!", Some("Sin deposito"));
    let long = format!("{} no deposit bonus", "river ".repeat(40));
    case("anywhere", "no deposit bonus", &long, None);
}

#[test]
fn slots_stand_for_numbers_names_and_titles() {
    case("line", "{n} comentarios", "2.400 comentarios", Some("2.400 comentarios"));
    case("line", "top 5 this week", "Top 5 This Week", Some("Top 5 This Week"));
    case("line", "top 5 this week", "Top 6 This Week", None);
    case(
        "line",
        "discover more from {site}",
        "Discover more from The Daily",
        Some("Discover more from The Daily"),
    );
    case("line", "discover more from {site}", "Discover more from", None);
    case("line", "by {Name}", "By Ana Ruiz", Some("By Ana Ruiz"));
    case("line", "by {Name}", "By the river", None);
    case("line", "{Name} says:", "Ana Ruiz says:", Some("Ana Ruiz says"));
    case("line", "{Name} says:", "says:", None);
    case(
        "line",
        "más sobre {x} cada semana",
        "Más sobre Norvik Tech cada semana",
        Some("Más sobre Norvik Tech cada semana"),
    );
    case(
        "line",
        "the post {title} appeared first on {site}.",
        "The post A b c appeared first on D.",
        Some("The post A b c appeared first on D."),
    );
    case("anywhere", "© {year}", "Copyright © 2024 Site", Some("© 2024"));
}

#[test]
fn offsets_are_those_of_the_line_as_it_stands() {
    case(
        "anywhere",
        "síguenos en",
        "Ñandú… “ok” 2,400 ¡SÍGUENOS  EN Facebook!",
        Some("SÍGUENOS  EN"),
    );
}

#[test]
fn n_with_tilde_is_another_letter_unless_the_scrape_lost_it() {
    case("line", "año nuevo", "Ano nuevo", Some("Ano nuevo"));
    case("line", "ano nuevo", "Año nuevo", None);
}

#[test]
fn a_rule_may_fold_less() {
    let strict = "[[rule]]\nid = 'r'\nphrases = ['TOP Stories']\nfold = ['spaces']\n";
    assert_eq!(found(strict, "TOP  Stories"), ["r:TOP  Stories"]);
    assert!(found(strict, "Top Stories").is_empty());
}

#[test]
fn a_longer_phrase_hides_no_shorter_one() {
    let two = "[[rule]]\nid = 'a'\nphrases = ['related']\nat = 'line-start'\n\
               [[rule]]\nid = 'b'\nphrases = ['related posts']\n";
    assert_eq!(found(two, "Related Posts"), ["a:Related", "b:Related Posts"]);
}

#[test]
fn a_title_may_follow_and_a_sentence_may_not() {
    let title =
        "[[rule]]\nid = 'r'\nphrases = ['lee también']\nat = 'line-start'\nrest = 'title'\n";
    assert_eq!(found(title, "Lee también: El río que no calla").len(), 1);
    assert_eq!(found(title, "(Lee también: ¿Quién mató al río?)").len(), 1);
    assert!(found(title, "Lee también:").is_empty());
    assert!(found(title, "Lee también la letra pequeña").is_empty());
    assert!(found(title, "Lee también: El río no calla.").is_empty());
}

#[test]
fn rules_with_shapes_are_all_looked_at_however_many_there_are() {
    let signs = ["[", "=", "{n}", "x", "%="];
    let rule = |number: usize| {
        let sign = signs[number % signs.len()];
        let most = 20 + number % 3;
        format!(
            "[[rule]]\nid = 'r{number}'\nsigns = ['{sign}']\nmax-chars = {most}\nshapes = ['é?\\[x[%=]+ {number}']\n"
        )
    };
    let rules: String = (0..150).map(rule).collect();
    for number in 0..150 {
        let line = format!("[x%= {number}");
        assert_eq!(found(&rules, &line), [format!("r{number}:{line}")]);
        let line = format!("é{line}");
        assert_eq!(found(&rules, &line), [format!("r{number}:{line}")]);
        assert_eq!(found(&rules, &format!("[x{} {number}", "%=".repeat(10))), [""; 0]);
    }
}

#[test]
fn shapes_run_where_their_sign_stands() {
    let shape = "[[rule]]\nid = 'r'\nat = 'anywhere'\nreach = 'span'\nsigns = ['[INTERNAL:']\n\
                 shapes = ['\\[INTERNAL:[^\\]]*\\]']\n";
    assert_eq!(
        found(shape, "See é [INTERNAL:a|b] and [INTERNAL:c]."),
        ["r:[INTERNAL:a|b]", "r:[INTERNAL:c]"]
    );
    assert!(found(shape, "See [internal:a]").is_empty());
    let date = "[[rule]]\nid = 'r'\nsigns = ['{n}']\nshapes = ['\\d+ min read']\n";
    assert_eq!(found(date, "• 5 min read •"), ["r:5 min read"]);
    assert!(found(date, "a 5 min read").is_empty());
}

#[test]
fn both_ends_of_a_long_line_are_looked_through() {
    let rule = "[[rule]]\nid = 'r'\nat = 'anywhere'\nreach = 'sentence'\nphrases = ['share your view below']\n";
    let long = format!(
        "Share your view below. {} Share your view below!",
        "El ñandú corre. ".repeat(4000)
    );
    assert_eq!(found(rule, &long).len(), 2);
}

#[test]
fn words_of_needs_are_found_at_word_boundaries() {
    let mut scratch = Scratch::default();
    assert!(PatternSet::holds_word("Tu CORREO electrónico", "correo electronico", &mut scratch));
    assert!(!PatternSet::holds_word("correos", "correo", &mut scratch));
}

/// All built-in rules at once, on a line.
fn built_in(line: &str) -> Vec<Hit> {
    use std::sync::LazyLock;
    static SET: LazyLock<PatternSet> =
        LazyLock::new(|| PatternSet::compile(&RuleSet::builtin()).expect("sound rules"));
    let (mut scratch, mut hits) = (Scratch::default(), Vec::new());
    SET.matches(line, None, &mut scratch, &mut hits, &mut ());
    hits
}

#[test]
fn the_longest_lines_are_matched_whatever_they_repeat() {
    for unit in [
        "casino ",
        "lee también ",
        "\"",
        "(",
        "{{",
        "[[",
        "é",
        "1,",
        "%%a ",
        "… ",
        "a\u{301}",
        "No ",
    ] {
        let line = unit.repeat((64 << 10) / unit.len());
        for hit in built_in(&line) {
            assert!(line.is_char_boundary(hit.start) && line.is_char_boundary(hit.end));
        }
    }
}

#[test]
fn a_phrase_is_found_in_every_writing_and_at_every_distance_from_the_start() {
    // The seam between the two ends of a long line falls everywhere in turn.
    for padding in 0..600 {
        let line = format!("{}ñ. ¡Síguenos en Facebook, “don’t” 2,400!", "é ".repeat(padding));
        let hits = built_in(&line);
        assert!(hits.iter().all(|hit| line.get(hit.start..hit.end).is_some()), "{padding}");
    }
}

/// What every phrase and shape finds that is looked for by itself, at every place of the line.
struct Plain {
    patterns: Vec<Pattern>,
    shapes: Vec<(Hit, Place, Regex)>,
}

impl Plain {
    fn of(rules: &[Rule]) -> Plain {
        let mut plain = Plain { patterns: Vec::new(), shapes: Vec::new() };
        for (index, rule) in rules.iter().enumerate() {
            for (number, phrase) in rule.phrases.iter().enumerate() {
                let (rule_number, number) = (index as u32, number as u32);
                let scratch = &mut Folded::default();
                let patterns = Pattern::compile(rule, rule_number, number, phrase, scratch);
                let (first, second) = patterns.unwrap_or_else(|_| panic!("{phrase}"));
                plain.patterns.extend(std::iter::once(first).chain(second));
            }
            for (number, shape) in (rule.phrases.len()..).zip(&rule.shapes) {
                let hit = Hit { rule: index, phrase: number as u32, start: 0, end: 0 };
                let regex = compile_shape(shape, rule.at).expect("a sound shape");
                plain.shapes.push((hit, rule.at, regex));
            }
        }
        plain
    }

    fn find(&self, rules: &[Rule], line: &str) -> Vec<Hit> {
        let mut hits = Vec::new();
        let head = fold::leading_marks(line);
        if line.len() <= WHOLE_LINE_BYTES {
            self.phrases(line, (head, line.len()), true, &mut hits);
        } else {
            let to = char_floor(line, head + HEAD_BYTES);
            self.phrases(line, (head, to), true, &mut hits);
            let from = char_floor(line, line.len() - TAIL_BYTES).max(to);
            self.phrases(line, (from, line.len()), false, &mut hits);
        }
        for (hit, place, regex) in &self.shapes {
            let rule = &rules[hit.rule];
            let has_sign = |sign: &str| match sign {
                "{n}" => line.contains(|c: char| c.is_ascii_digit()),
                sign => line.contains(sign),
            };
            let is_looked_at =
                rule.signs.is_empty() || rule.signs.iter().any(|sign| has_sign(sign));
            if !is_looked_at || line.chars().count() > rule.max_chars as usize {
                continue;
            }
            let whole = (line.len() - line.trim_start().len(), line.trim());
            let inner = (head, fold::without_trailing_marks(&line[head..]));
            let (from, text) = match place {
                Place::Anywhere => (0, line),
                Place::LineEnd => (0, line.trim_end()),
                _ if regex.is_match(whole.1) => whole,
                _ => inner,
            };
            let found =
                regex.find_iter(text).map(|found| (from + found.start(), from + found.end()));
            hits.extend(found.map(|(start, end)| Hit { start, end, ..*hit }));
        }
        hits.sort_by_key(|hit| (hit.start, hit.rule, hit.phrase, hit.end));
        hits.dedup();
        hits
    }

    fn phrases(&self, line: &str, (from, to): (usize, usize), is_head: bool, hits: &mut Vec<Hit>) {
        let (mut window, mut strict) = (Folded::default(), Folded::default());
        window.fill(&line[from..to], Fold::default(), Digits::Any);
        window.locate(&line[from..to], from, Fold::default(), Digits::Any);
        let follows_word = !is_head && line[..from].ends_with(char::is_alphanumeric);
        for pattern in &self.patterns {
            let key = pattern.key().bytes;
            let last = if pattern.is_at_head() { usize::from(is_head) } else { window.bytes.len() };
            for start in (0..last).filter(|start| window.bytes[*start..].starts_with(key)) {
                // Inside a word of ASCII no phrase begins.
                let is_word = |at: usize| window.bytes[at].is_ascii_alphanumeric();
                let after_word = if start == 0 { follows_word } else { is_word(start - 1) };
                if after_word && is_word(start) && !pattern.is_at_head() {
                    continue;
                }
                let place = (start, start + key.len());
                let found = pattern.verify(line, &window, place, is_head.then_some(0), &mut strict);
                hits.extend(found.map(|(start, end)| Hit {
                    rule: pattern.rule as usize,
                    phrase: pattern.phrase,
                    start: window.original(start),
                    end: window.original(end),
                }));
            }
        }
    }
}

proptest::proptest! {
    #[test]
    fn a_line_holds_what_every_rule_finds_that_is_looked_at_by_itself(
        pieces in proptest::collection::vec(
            (proptest::arbitrary::any::<proptest::sample::Index>(), 0..12_u8, 0..5_u8), 0..5),
        padding in 0..60_usize,
    ) {
        use std::sync::LazyLock;
        static ALL: LazyLock<(RuleSet, Plain, Vec<String>)> = LazyLock::new(|| {
            let rules = RuleSet::builtin();
            let texts = rules.rules().iter().flat_map(|rule| {
                let phrases = rule.phrases.iter().map(|phrase| phrase.replace(['{', '}'], "A"));
                let examples = rule.examples.iter().chain(&rule.counter_examples);
                phrases.chain(examples.map(|example| example.to_string())).collect::<Vec<_>>()
            });
            let texts = texts.collect();
            let plain = Plain::of(rules.rules());
            (rules, plain, texts)
        });
        let (rules, plain, texts) = &*ALL;
        let mut line = "El río ".repeat(if padding > 50 { padding } else { padding % 4 });
        for (text, between, writing) in pieces {
            let text = text.get(texts);
            line.push_str(["", " ", ": ", ". ", " » ", "  ", " “", ", ", " 2,400 ", "\u{a0}", "(", "s "][usize::from(between)]);
            line.push_str(&match writing {
                0 => text.to_uppercase(),
                1 => text.to_lowercase(),
                2 => text.chars().take(20).collect(),
                _ => text.clone(),
            });
        }
        assert_eq!(built_in(&line), plain.find(rules.rules(), &line), "{line:?}");
    }

    #[test]
    fn no_line_makes_it_panic_and_every_hit_lies_between_characters(line in "\\PC{0,300}") {
        for hit in built_in(&line) {
            assert!(line.get(hit.start..hit.end).is_some_and(|text| !text.is_empty()));
        }
    }

    #[test]
    fn words_of_rules_in_any_order_make_no_panic(
        words in proptest::collection::vec(
            proptest::sample::select(vec![
                "by ", "Por ", "Ana ", "Ñandú", "leave a reply", "Read also", ":", " ", "\u{a0}", "12", ",",
                "3 de mayo de 2024", "[", "]", "INTERNAL:a-b|c", "{{ x }}", "spot_img", "©", "2024", "…",
                "Leer más", "\u{301}", "\u{200b}", "👉🏽", "says:", "the post", "appeared first on", "@a.b", "\"",
            ]),
            0..60,
        ),
    ) {
        let line = words.concat();
        for hit in built_in(&line) {
            assert!(line.get(hit.start..hit.end).is_some_and(|text| !text.is_empty()));
        }
    }
}
