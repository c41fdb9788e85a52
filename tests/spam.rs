//! Spam against the texts that were written for it: `fixtures/spam/written.tsv`.
//!
//! Offers of fifteen families in English and Spanish, and texts about their subjects, comments and notices
//! in which nothing may go. The floors are what stands today, less a line or two; they only rise without a reason.

use limpio::{Category, DROP_SPAM_DOCUMENTS, Pipeline, Stage};

struct Written {
    part: String,
    is_spam: bool,
    text: String,
}

fn written() -> Vec<Written> {
    let table = include_str!("../fixtures/spam/written.tsv");
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        assert_eq!(cells.len(), 5, "{line}");
        Written {
            part: cells[0].to_owned(),
            is_spam: cells[1] == "spam",
            text: cells[4].to_owned(),
        }
    };
    table.lines().skip(1).map(row).collect()
}

fn pipeline() -> Pipeline {
    Pipeline::builder().only(&[Stage::Spam]).build().expect("the stage builds")
}

/// Share of the offers, or of the other texts, of a part that score at least `least`.
fn share(part: &str, is_spam: bool, least: f64) -> f64 {
    let pipeline = pipeline();
    let texts: Vec<Written> =
        written().into_iter().filter(|row| row.part == part && row.is_spam == is_spam).collect();
    let found = texts.iter().filter(|row| pipeline.clean(&row.text).report.spam_score >= least);
    found.count() as f64 / texts.len() as f64
}

#[test]
fn offers_that_were_not_trained_on_are_recognised() {
    let (test, fresh) = (share("test", true, 0.5), share("fresh", true, 0.5));
    assert!(test >= 0.90 && fresh >= 0.75, "{test:.3} {fresh:.3}");
}

#[test]
fn texts_about_spam_and_its_subjects_stay_below() {
    let pipeline = pipeline();
    let rows = written();
    let texts: Vec<&Written> = rows.iter().filter(|row| !row.is_spam).collect();
    let wrong: Vec<&str> = texts
        .iter()
        .filter(|row| pipeline.clean(&row.text).report.spam_score >= 0.5)
        .map(|row| &*row.text)
        .collect();
    assert!(wrong.len() * 50 <= texts.len(), "more than 2 %: {wrong:#?}");
}

#[test]
fn no_line_of_a_text_about_spam_is_dropped() {
    let pipeline = pipeline();
    for row in written().iter().filter(|row| !row.is_spam) {
        let cleaned = pipeline.clean(&row.text);
        assert_eq!(cleaned.text, row.text, "{:?}", cleaned.report.rules);
    }
}

#[test]
fn texts_about_spam_are_no_spam_documents() {
    let builder = Pipeline::builder().drop_spam_documents(Some(DROP_SPAM_DOCUMENTS));
    let pipeline = builder.build().expect("it builds");
    for row in written().iter().filter(|row| !row.is_spam) {
        let report = pipeline.clean(&row.text).report;
        assert_eq!(report.reason, "", "{}", row.text);
    }
}

const ARTICLE: &str = "\
The lighthouse keeper's garden lies behind the wall, where the wind cannot reach the beans. He planted it in 1974.

Visitors ask him every summer how he keeps the rabbits out, and every summer he gives a different answer.
";

#[test]
fn an_offer_below_an_article_goes_and_the_article_stays() {
    let offer = "Get cheap viagra and cialis now!! No prescription needed, order online at \
                 http://pills.example or contact us on WhatsApp +00 000 000 000";
    let pipeline = Pipeline::builder().build().expect("the defaults build");
    let text = format!("{ARTICLE}\n{offer}\n");
    let cleaned = pipeline.clean(&text);
    assert_eq!(cleaned.text, ARTICLE);
    assert_eq!(cleaned.report.removed[&Category::Spam], 1);
    assert!(cleaned.report.spam_score < DROP_SPAM_DOCUMENTS, "{}", cleaned.report.spam_score);
}

#[test]
fn where_the_document_is_about_the_subject_a_pitch_of_it_has_the_doubt() {
    let pitch = "Need a loan? Apply now and get your cash today.";
    let about = "The lender charges a fee for each loan, and the debt grows with the interest.";
    let rules = |text: &str| pipeline().clean(text).report.rules;
    let alone = format!("{ARTICLE}{pitch}\n{ARTICLE}");
    let among =
        format!("{ARTICLE}{about}\n{pitch}\n{about} Credit unions charge less for a loan.\n");
    assert!(rules(&alone).contains_key("spam.signs"), "{:?}", rules(&alone));
    assert!(!rules(&among).contains_key("spam.signs"), "{:?}", rules(&among));
}

/// A page of nothing but offers.
fn farm(lines: usize) -> String {
    "Buy cheap replica watches online, best price, order now at http://watches.example\n\n"
        .repeat(lines)
}

#[test]
fn a_spam_document_comes_out_empty_with_every_line_accounted_for() {
    let builder = Pipeline::builder().drop_spam_documents(Some(0.8));
    let pipeline = builder.build().expect("it builds");
    let text = format!("Watches\n{}A line that says nothing.\n", farm(9));
    let cleaned = pipeline.clean(&text);
    let report = &cleaned.report;
    assert_eq!(cleaned.text, "");
    assert!(report.reason.starts_with("spam as a whole: score 0."), "{}", report.reason);
    assert_eq!((report.lines_out, report.bytes_out), (0, 0));
    assert_eq!(report.lines_in, report.removed.values().sum::<u64>() + report.blank_lines);
    assert!(report.rules["spam.document"] >= 1);
}

#[test]
fn a_line_of_many_pieces_counts_once_when_its_document_is_dropped() {
    let pipeline = Pipeline::builder().drop_spam_documents(Some(0.8)).build().expect("it builds");
    let long = "word ".repeat(40_000);
    let text = format!("{}{long}\n{}", farm(3), farm(3));
    let report = pipeline.clean(&text).report;
    assert_eq!(
        report.lines_in,
        report.lines_out + report.removed.values().sum::<u64>() + report.blank_lines
    );
}

#[test]
fn a_document_longer_than_what_waits_is_kept_with_a_warning() {
    let pipeline = Pipeline::builder()
        .only(&[Stage::Spam])
        .disable("spam")
        .expect("a category")
        .drop_spam_documents(Some(0.8))
        .build()
        .expect("it builds");
    let text = farm(20_000);
    let cleaned = pipeline.clean(&text);
    assert_eq!(cleaned.text, text);
    assert_eq!(cleaned.report.reason, "");
    assert!(cleaned.report.warnings[0].contains("kept"), "{:?}", cleaned.report.warnings);
}

#[test]
fn waiting_for_the_end_does_not_depend_on_how_the_input_is_cut() {
    let pipeline = Pipeline::builder().drop_spam_documents(Some(0.8)).build().expect("it builds");
    for text in [farm(5), format!("{ARTICLE}{}", farm(1)), format!("{}{ARTICLE}", farm(20_000))] {
        let whole = pipeline.clean(&text);
        let mut out = limpio::TextSink::new(Vec::new());
        let mut cleaner = pipeline.cleaner();
        for piece in text.as_bytes().chunks(777) {
            cleaner.push(piece, &mut out).expect("a vector takes all");
        }
        let report = cleaner.finish(&mut out).expect("a vector takes all");
        assert_eq!(out.into_inner(), whole.text.as_bytes());
        assert_eq!(report.spam_score, whole.report.spam_score);
    }
}
