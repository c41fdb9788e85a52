//! What the judges decide, told by the numbers of the lines that go.

use crate::lang::Language;
use crate::pipeline::{Pipeline, PipelineBuilder};
use crate::settings::{Level, Stage};
use crate::sink::Sink;
use crate::verdict::{Reason, Removal, Verdict};
use crate::{Category, Line};

const PROSE: &str = "The committee met on Tuesday and agreed to postpone the vote until the figures \
                     had been checked by somebody who had taken no part in the work.";
const PROSA: &str = "La comisión se reunió el martes y acordó aplazar la votación hasta que alguien \
                     ajeno al trabajo revisara las cifras con calma y sin prisa.";
const MORE: &str = "Nobody in the room could say how long that would take, and the chairman, who had \
                    a train to catch at a quarter past six, did not ask them to guess.";

/// The removed lines, and the lines that lost a span.
#[derive(Default)]
struct Seen {
    dropped: Vec<(u64, Removal)>,
    trimmed: Vec<(u64, String)>,
}

impl Sink for Seen {
    fn line(&mut self, line: &Line<'_>, verdict: &Verdict) -> std::io::Result<()> {
        if let Verdict::Drop(removal) = verdict {
            self.dropped.push((line.number, removal.clone()));
        }
        if !line.trims.is_empty() {
            self.trimmed.push((line.number, line.text.to_owned()));
        }
        Ok(())
    }
}

fn seen_with(builder: PipelineBuilder, lines: &[&str]) -> Seen {
    let mut seen = Seen::default();
    let pipeline = match builder.build() {
        Ok(pipeline) => pipeline,
        Err(error) => panic!("{error}"),
    };
    let mut cleaner = pipeline.cleaner();
    assert!(cleaner.push_str(&lines.join("\n"), &mut seen).is_ok());
    assert!(cleaner.finish(&mut seen).is_ok());
    seen
}

/// By the rules alone.
fn rules() -> PipelineBuilder {
    match Pipeline::builder().disable("model.line") {
        Ok(builder) => builder,
        Err(error) => panic!("{error}"),
    }
}

fn seen(lines: &[&str]) -> Seen {
    seen_with(rules(), lines)
}

fn numbers(seen: &Seen) -> Vec<u64> {
    seen.dropped.iter().map(|(number, _)| *number).collect()
}

/// At the balanced level exactly these lines go.
#[track_caller]
fn goes(lines: &[&str], expected: &[u64]) {
    assert_eq!(numbers(&seen(lines)), expected, "{lines:#?}");
}

#[test]
fn a_sure_phrase_goes_and_its_sentence_stays() {
    goes(&[PROSE, "Your email address will not be published."], &[2]);
    goes(&[PROSE, "She asked whether your email address will not be published either."], &[]);
}

#[test]
fn four_names_in_a_row_are_a_share_bar_and_one_is_a_word() {
    goes(&[PROSE, "Facebook", "Twitter", "Pinterest", "WhatsApp"], &[2, 3, 4, 5]);
    goes(&[PROSE, "Facebook"], &[]);
    // A list that the text announces.
    goes(&["They use:", "Facebook", "Twitter", "Pinterest", "WhatsApp", PROSE, MORE], &[]);
}

#[test]
fn a_heading_of_its_own_topic_stays() {
    goes(&[PROSE, "Newsletter", "The newsletter block shows a form with one field.", MORE], &[]);
    goes(&["Publicidad", "La publicidad nació en los cafés de la calle Corrientes."], &[]);
}

#[test]
fn a_box_ends_before_the_heading_of_the_text() {
    let box_lines = ["Subscribe to our newsletter", "One letter a week", "Next Steps"];
    goes(&[PROSE, box_lines[0], box_lines[1], box_lines[2], MORE, PROSE], &[2]);
    goes(&[PROSE, box_lines[0], box_lines[1], "", box_lines[2], "", MORE], &[2, 3]);
}

#[test]
fn a_list_of_titles_goes_up_to_the_text() {
    let page = [PROSE, "Related Posts", "- How the River Won", "- A Walk in May", "", MORE];
    goes(&page, &[2, 3, 4]);
    // Before the article begins only lines that a rule knows go.
    goes(&["Related Posts", "", "How the River Won", "", PROSE, "", MORE], &[1]);
}

#[test]
fn comments_go_to_the_end_unless_content_resumes() {
    let form = "Your email address will not be published.";
    goes(&[PROSE, "Leave a Reply", form, "Anna", "Nice.", "Ben"], &[2, 3, 4, 5, 6]);
    goes(&[PROSE, "Leave a Reply", form, "Anna", PROSE, MORE, PROSE], &[2, 3]);
    // A classroom scene: nothing confirms the opener.
    goes(&[PROSE, "Leave a Reply", MORE, PROSE, MORE], &[]);
}

#[test]
fn a_placeholder_leaves_its_line() {
    let line = format!("{PROSE} [INTERNAL:a-slug|Read the guide]");
    let seen = seen(&[&line, MORE]);
    assert_eq!(seen.trimmed, [(1, PROSE.to_owned())]);
    assert!(seen.dropped.is_empty());
    goes(&[PROSE, "[INTERNAL:a-slug|Read the guide]"], &[2]);
}

#[test]
fn a_call_to_comment_loses_its_sentence_only() {
    let line = format!("{PROSE} Share your insights in the comments below!");
    assert_eq!(seen(&[&line]).trimmed, [(1, PROSE.to_owned())]);
}

#[test]
fn code_and_verses_are_no_buttons() {
    goes(&["sub walk {", "    next;", "    search(1),", "}"], &[]);
    goes(&["He said:", "Next.", "No comments.", "Search,", "and search again."], &[]);
}

#[test]
fn a_paragraph_that_begins_like_a_pitch_stays() {
    let line = "Download the app was the only instruction that the ministry printed on the \
                envelope, and nobody in the village could say which app it had in mind.";
    goes(&[PROSE, line, MORE], &[]);
    goes(&[PROSE, "Download the app for Android", MORE], &[2]);
}

#[test]
fn a_wrapped_sentence_is_no_button() {
    goes(&["The pilot asked the tower whether he should turn and", "search", "for them."], &[]);
}

#[test]
fn a_date_under_the_title_goes_and_the_date_of_a_letter_stays() {
    goes(&["How the River Won", "March 3, 2024", PROSE, MORE], &[2]);
    goes(&["March 3, 2024", PROSE, MORE], &[]);
    goes(&[PROSE, "March 3, 2024", MORE], &[]);
}

#[test]
fn text_without_sentences_keeps_its_words() {
    goes(&["Further reading"], &[]);
    goes(&["Leer más"], &[]);
}

#[test]
fn a_line_that_fills_the_window_alone_lets_nothing_be_forgotten() {
    let space = " ".repeat(60_000);
    let heading = "A heading of the second part";
    let lines = [PROSE, MORE, &space, &space, &space, PROSE, heading, heading, "Short"];
    let kept_as_they_are = rules().skip(&[Stage::Normalize]);
    assert_eq!(numbers(&seen_with(kept_as_they_are, &lines)), [8]);
}

#[test]
fn a_line_that_becomes_as_long_as_the_window_lets_nothing_be_forgotten() {
    // These become three times as long when they are normalised.
    let notes = "\u{1d160}".repeat(16_384);
    let heading = "A heading of the second part";
    let lines = [PROSE, MORE, &notes, heading, heading, "Short"];
    assert_eq!(numbers(&seen(&lines)), [5]);
}

#[test]
fn a_heading_said_twice_goes_once() {
    goes(&[PROSE, "Preguntas frecuentes", "Preguntas frecuentes", PROSA], &[3]);
    goes(&[PROSE, "Preguntas frecuentes", "", "Preguntas frecuentes", PROSA], &[4]);
    // Three times is a pattern, and a refrain ends as sentences do.
    goes(&[PROSE, "Row the boat", "Row the boat", "Row the boat", MORE], &[]);
    goes(&[PROSE, "Row the boat", "spot_img", "Row the boat", "Row the boat", MORE], &[3]);
    goes(&[PROSE, "Row, row, row!", "Row, row, row!", MORE], &[]);
    goes(&["Row the boat", "Row the boat"], &[]);
}

#[test]
fn repeated_paragraphs_go_at_the_aggressive_level_only() {
    let page = [PROSE, MORE, PROSE, MORE];
    goes(&page, &[]);
    let aggressive = seen_with(rules().level(Level::Aggressive), &page);
    assert_eq!(numbers(&aggressive), [3, 4]);
    assert_eq!(aggressive.dropped[0].1.reason, Reason::Repeated { first: 1 });
}

#[test]
fn duplicates_can_be_switched_off() -> Result<(), crate::Error> {
    let page = [PROSE, "Preguntas frecuentes", "Preguntas frecuentes", PROSA];
    for name in ["duplicate.heading", "duplicate"] {
        assert_eq!(numbers(&seen_with(rules().disable(name)?, &page)), [0; 0]);
    }
    Ok(())
}

#[test]
fn lines_in_other_languages_go_and_numbers_follow_their_neighbours() {
    let spanish = || rules().langs(&[Language::Es]);
    let unsure = seen_with(spanish(), &[PROSA, "OK", "No.", PROSA]);
    assert!(unsure.dropped.is_empty());
    let seen = seen_with(spanish(), &["1984", PROSA, "2001", PROSE, "2010"]);
    assert_eq!(numbers(&seen), [4, 5]);
    assert_eq!(seen.dropped[0].1.reason, Reason::Language(Language::En));
    assert_eq!(seen.dropped[0].1.category, Category::Custom);
}

#[test]
fn a_language_out_of_sight_decides_nothing() {
    // The window shows 64 lines ahead: line 37 sees the English one.
    let lines = [vec!["1999"; 100], vec![PROSE]].concat();
    let seen = seen_with(rules().langs(&[Language::Es]), &lines);
    assert_eq!(numbers(&seen), (37..=101).collect::<Vec<u64>>());
}

#[test]
fn cautious_takes_less_than_balanced_and_aggressive_more() {
    let page = [PROSE, "spot_img", "Subscribe to our newsletter", PROSE, "Subscribe", MORE];
    let count = |level| seen_with(rules().level(level), &page).dropped.len();
    assert_eq!(count(Level::Cautious), 1);
    assert_eq!(count(Level::Balanced), 2);
    assert!(count(Level::Aggressive) >= 2);
}

#[test]
fn stages_switch_their_rules_off() {
    let page = [PROSE, "Leave a Reply", "Your email address will not be published."];
    let spam_only = seen_with(rules().only(&[Stage::Spam]), &page);
    assert!(spam_only.dropped.is_empty());
    let without = seen_with(rules().skip(&[Stage::Boilerplate]), &page);
    assert!(without.dropped.is_empty());
}

#[test]
fn two_spam_phrases_make_an_offer_and_one_may_be_news() {
    let offer = "We offer dofollow link packages and high DA backlinks, first page of Google.";
    let seen = seen(&[PROSE, offer, MORE]);
    assert_eq!(seen.dropped.len(), 1);
    assert_eq!(seen.dropped[0].1.category, Category::Spam);
    goes(&[PROSE, "The report says that a dofollow link costs less than a coffee.", MORE], &[]);
}

/// What an archive page leaves below an article.
const TEASERS: [&str; 14] = [
    "More Stories",
    "10 Gardens to See Before You Turn 40",
    "Why Everybody Is Talking About Rye Bread",
    "spot_img",
    "World",
    "Celebrity News",
    "Today's Paper",
    "Photo Galleries",
    "Top Stories",
    "Press Releases",
    "Horoscopes",
    "Advertise With Us",
    "Terms of Use",
    "All rights reserved",
];

#[test]
fn the_model_takes_what_follows_the_article_and_says_why() {
    let page = [&[PROSE, MORE, PROSE][..], &TEASERS].concat();
    let whole = seen_with(Pipeline::builder(), &page);
    let by_model: Vec<&Removal> = whole
        .dropped
        .iter()
        .map(|(_, removal)| removal)
        .filter(|removal| &*removal.rule == "model.line")
        .collect();
    assert!(whole.dropped.iter().all(|(number, _)| *number > 3));
    assert!(!by_model.is_empty() && numbers(&seen(&page)).len() < numbers(&whole).len());
    for removal in by_model {
        assert!(removal.score >= Level::Balanced.threshold());
        assert!(matches!(removal.reason, Reason::Model { grounds: [Some(_), _] }), "{removal:?}");
    }
}

#[test]
fn where_nothing_is_sure_the_model_takes_nothing() {
    let list = ["What I packed:", "A map", "Two pairs of socks", "The blue tin", "Bread"];
    assert!(
        seen_with(Pipeline::builder(), &[&[PROSE, MORE][..], &list].concat()).dropped.is_empty()
    );
}

#[test]
fn a_line_that_came_close_says_why_it_stays() {
    struct Close(Vec<String>);
    impl Sink for Close {
        fn line(&mut self, line: &Line<'_>, verdict: &Verdict) -> std::io::Result<()> {
            if let Some(nearly) = line.nearly {
                assert!(verdict.is_keep());
                self.0.push(format!("{} {}", nearly.removal.rule, nearly.because));
            }
            Ok(())
        }
    }
    let Ok(pipeline) = rules().level(Level::Cautious).build() else { panic!("builds") };
    let mut close = Close(Vec::new());
    let mut cleaner = pipeline.cleaner();
    let text = [PROSE, "Subscribe to our newsletter", MORE].join("\n");
    assert!(cleaner.push_str(&text, &mut close).is_ok() && cleaner.finish(&mut close).is_ok());
    assert_eq!(close.0, ["newsletter.pitch.en the level asks for 0.90"]);
}

#[test]
fn a_second_look_finds_what_the_first_uncovered() {
    // Once the bar is gone, the heading stands right after itself.
    let page = [PROSE, "The Long Way Home", "spot_img", "The Long Way Home", MORE];
    goes(&page, &[3, 4]);
}

#[test]
fn long_documents_are_decided_in_parts_and_lose_the_same_lines() {
    let mut page = Vec::new();
    for number in 0..3000 {
        page.push(format!("{number}: {PROSE} {MORE}"));
        if number % 100 == 50 {
            page.push("spot_img".to_owned());
        }
    }
    let lines: Vec<&str> = page.iter().map(String::as_str).collect();
    let expected: Vec<u64> =
        (1..).zip(&lines).filter(|(_, line)| **line == "spot_img").map(|(at, _)| at).collect();
    assert_eq!(numbers(&seen_with(Pipeline::builder(), &lines)), expected);
}

/// Lines that were learned on the site of documents without one, with their counts.
const LEARNED: &str = "
    [[rule]]\nid = 'learned.a'\ncategory = 'nav'\nsites = ['-']
    seen = { documents = 41, of = 45 }\nweight = 0.93
    phrases = ['Harbour news', 'Our ferry timetable for {month} {n}', 'Ingredients', 'Tides and winds today']\n";

#[track_caller]
fn learned_goes(lines: &[&str], expected: &[u64]) {
    let builder = rules().rules_toml("learned.toml".as_ref(), LEARNED);
    let seen = seen_with(builder.expect("sound rules"), lines);
    assert_eq!(numbers(&seen), expected, "{lines:#?}");
}

#[test]
fn learned_lines_go_in_runs_and_at_the_edges() {
    learned_goes(
        &["Harbour news", "Our ferry timetable for May 3", "The storm of the century", PROSE, MORE],
        &[1, 2],
    );
    learned_goes(
        &[
            "The storm of the century",
            PROSE,
            MORE,
            "Harbour news",
            "Our ferry timetable for June 14",
        ],
        &[4, 5],
    );
    learned_goes(&["The storm of the century", PROSE, MORE, "Harbour news"], &[4]);
}

#[test]
fn a_learned_heading_that_stands_alone_in_the_text_stays() {
    learned_goes(&["Fish soup", PROSE, "Ingredients", "Two onions", "A pike", PROSE], &[]);
}

#[test]
fn a_title_that_other_pages_list_stays_above_its_own_text() {
    learned_goes(&["Harbour news", "Tides and winds today", PROSE, MORE], &[1]);
}

#[test]
fn the_reason_of_a_learned_line_is_how_often_it_was_seen() -> Result<(), crate::Error> {
    let lines = ["Harbour news", PROSE, MORE];
    let builder = Pipeline::builder().rules_toml("learned.toml".as_ref(), LEARNED)?;
    let seen = seen_with(builder, &lines);
    let (_, removal) = &seen.dropped[0];
    assert_eq!(removal.reason.to_string(), "in 41 of 45 documents");
    assert_eq!(&*removal.rule, "learned.a");
    Ok(())
}

#[test]
fn a_title_without_spaces_between_its_words_is_no_menu_item() {
    goes(
        &[
            "Skip to content",
            "Subscribe to our newsletter",
            "Share this:",
            "春节黄金周海南游火热出境游香港日本受追捧",
            PROSE,
            MORE,
        ],
        &[1, 2, 3],
    );
}

/// Lines that go at a level, with an article before or after them.
#[track_caller]
fn goes_at(level: Level, lines: &[&str], expected: &[u64]) {
    let seen = seen_with(rules().level(level), lines);
    assert_eq!(numbers(&seen), expected, "{level} {lines:#?}");
}

const MENU: [&str; 5] = ["Harbour", "Ferries", "Ropes and knots", "Fish market", "Old maps"];

#[test]
fn a_menu_below_the_article_that_stood_above_it_goes() {
    let page = [&MENU[..], &["The storm of the century", PROSE, MORE], &MENU].concat();
    goes_at(Level::Cautious, &page, &[]);
    goes_at(Level::Balanced, &page, &[9, 10, 11, 12, 13]);
    goes_at(Level::Aggressive, &page, &[9, 10, 11, 12, 13]);
    let twice = [&MENU[..], &MENU, &["The storm of the century", PROSE, MORE]].concat();
    goes_at(Level::Balanced, &twice, &[6, 7, 8, 9, 10]);
    // Another order is another list, and three lines are no block.
    let mut turned = MENU;
    turned.reverse();
    goes(&[&MENU[..], &["The storm", PROSE, MORE], &turned].concat(), &[]);
    goes(&[&MENU[..3], &["The storm", PROSE, MORE], &MENU[..3]].concat(), &[]);
}

#[test]
fn lists_amid_the_text_and_texts_without_paragraphs_repeat_on_purpose() {
    goes(&[&MENU[..], &[PROSE], &MENU, &[MORE], &[PROSA]].concat(), &[]);
    goes(&[MENU, MENU].concat(), &[]);
    let refrain = [
        "And the wind goes over the water",
        "And the rope goes over the pier",
        "And the ferryman's only daughter",
        "Is a long long way from here",
    ];
    let song = [&["The Ferryman"][..], &refrain, &["Ho"], &refrain, &[PROSE]].concat();
    goes(&song, &[]);
    let song = [&[PROSE][..], &refrain, &["Ho"], &refrain].concat();
    goes(&song, &[]);
    // A pattern of two is a dialogue or a table.
    let rows = ["Yes", "No", "Yes", "No", "Yes", "No", "Yes", "No"];
    goes(&[&[PROSE, MORE][..], &rows].concat(), &[]);
}

#[test]
fn an_article_that_comes_twice_loses_its_second_copy_at_aggressive_alone() {
    let article = ["The storm of the century", PROSE, "What the harbour master saw", MORE, PROSA];
    let stream = [article, article].concat();
    goes_at(Level::Cautious, &stream, &[]);
    goes_at(Level::Balanced, &stream, &[]);
    goes_at(Level::Aggressive, &stream, &[6, 7, 8, 9, 10]);
    let with_other = [&article[..], &["Another title", "It was over by noon."], &article].concat();
    goes_at(Level::Aggressive, &with_other, &[8, 9, 10, 11, 12]);
    // One paragraph said again is emphasis.
    goes_at(Level::Aggressive, &["A", PROSE, "B", MORE, "C", PROSE, "D"], &[]);
}

/// An article of so many paragraphs, a call that is sure, and a thread of comments.
fn with_thread(paragraphs: usize, comments: &[&str]) -> Vec<String> {
    let article = [PROSE, MORE, PROSE, MORE];
    let mut lines: Vec<String> = vec!["The vote".into()];
    lines.extend(article[..paragraphs].iter().map(|text| (*text).to_owned()));
    lines.push("Your email address will not be published. Required fields are marked *".into());
    for (day, comment) in (3..).zip(comments) {
        lines.push(format!("Robin Hale | November {day}, 2019"));
        lines.push((*comment).to_owned());
    }
    lines
}

const COMMENTS: [&str; 8] = [
    "Lovely piece. We had two of those at our club and both went the same way behind the seat.",
    "I tried the sealant after reading this and my rear hatch is dry for the first time.",
    "What about the foot pegs? The ones on mine are seized and the shop wants a fortune.",
    "Vinegar overnight, then a rubber mallet, and be patient with them.",
    "That did it, thank you. One of them came out with a noise that frightened the dog.",
    "Good to know. I will try it on the rudder, which has not moved since last summer.",
    "Mine says it is for gutters and it came off in one piece the first time I opened it.",
    "Then you had the wrong one, I think. Ask for the kind that roofers use.",
];

/// The lines that go for the thread they stand in.
fn in_thread(builder: PipelineBuilder, lines: &[String]) -> Vec<u64> {
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let seen = seen_with(builder, &lines);
    let of_thread = |(_, removal): &&(u64, Removal)| &*removal.rule == "model.thread";
    seen.dropped.iter().filter(of_thread).map(|(number, _)| *number).collect()
}

#[test]
fn comments_go_with_the_thread_below_an_article() {
    let lines = with_thread(4, &COMMENTS);
    // All lines of names, and of the comments those that read least like this very short article.
    let gone = in_thread(Pipeline::builder(), &lines);
    assert!((7..23).step_by(2).all(|line| gone.contains(&line)), "{gone:?}");
    assert!(gone.iter().any(|line| line % 2 == 0) && gone.iter().all(|line| *line > 6), "{gone:?}");
    let more = in_thread(Pipeline::builder().level(Level::Aggressive), &lines);
    assert!(more.len() > gone.len() && gone.iter().all(|line| more.contains(line)), "{more:?}");
    let off = Pipeline::builder().disable("model.thread").expect("a known id");
    assert_eq!(in_thread(off, &lines), [0; 0]);
}

#[test]
fn posts_without_an_article_and_two_dates_are_no_thread() {
    assert_eq!(in_thread(Pipeline::builder(), &with_thread(0, &COMMENTS)), [0; 0]);
    assert_eq!(in_thread(Pipeline::builder(), &with_thread(4, &COMMENTS[..2])), [0; 0]);
}

#[test]
fn a_live_blog_is_no_thread_though_comments_are_asked_for_below_it() {
    let mut lines = with_thread(4, &COMMENTS);
    let call = lines.remove(5);
    assert!(call.starts_with("Your email"), "{call}");
    assert_eq!(in_thread(Pipeline::builder(), &lines), [0; 0]);
    lines.push(call.clone());
    lines.insert(1, call);
    assert_eq!(in_thread(Pipeline::builder(), &lines), [0; 0]);
}

#[test]
fn dated_answers_are_no_thread() {
    let answers: Vec<String> = with_thread(4, &COMMENTS)
        .iter()
        .map(|line| line.replace("Robin Hale | November", "answered November"))
        .map(|line| if line.ends_with("2019") { line + " at 12:01" } else { line })
        .collect();
    assert!(answers[6].starts_with("answered November 3, 2019 at"));
    assert_eq!(in_thread(Pipeline::builder(), &answers), [0; 0]);
}

#[test]
fn dates_that_stand_far_apart_are_no_thread() {
    let mut lines = with_thread(4, &COMMENTS);
    for at in (8..=lines.len()).rev().step_by(2) {
        (0..9).for_each(|_| lines.insert(at, MORE.to_owned()));
    }
    assert_eq!(in_thread(Pipeline::builder(), &lines), [0; 0]);
}
