//! How much a document looks like spam as a whole.
//!
//! Lines are put together to passages of some sentences, because an offer is often laid over
//! several lines, and a list of links over many. Each passage is scored as one text. The score of
//! the document is the share of its letters that stand in spam: the mean of the scores of its
//! passages, weighed by letters. So an article with one comment of spam below it scores low, and a
//! message that is nothing but an offer scores as the offer does.
//!
//! Counter-example: a long article that was written to carry three links scores as the article.

use super::model;
use super::signs::LineSigns;
use crate::facts::Facts;

/// Letters from which a passage is long enough to be scored by itself.
///
/// Source: written spam of all kinds, 2026-11, has 40 to 250 letters.
const PASSAGE_LETTERS: u32 = 240;

/// What the lines of a document have shown.
#[derive(Default)]
pub(crate) struct Evidence {
    passage: LineSigns,
    passage_letters: u32,
    shows_anything: bool,
    /// Letters of the passages that are over, and those of them that are spam.
    letters: f64,
    spam_letters: f64,
}

impl Evidence {
    /// Forgets all lines; buffers are used again.
    pub(crate) fn clear(&mut self) {
        self.passage.clear();
        *self = Evidence { passage: std::mem::take(&mut self.passage), ..Evidence::default() };
    }

    /// Takes the next line.
    pub(crate) fn see(&mut self, facts: &Facts, signs: Option<&LineSigns>) {
        // A paragraph is a passage of its own, and so is a sentence that shows nothing: it is no
        // part of the offer below it.
        let is_plain_text = signs.is_none() && facts.is_text();
        if facts.letters >= PASSAGE_LETTERS || is_plain_text {
            self.end_passage();
        }
        match signs {
            Some(signs) if facts.letters >= PASSAGE_LETTERS => {
                return self.add_passage(facts.letters, Some(signs.log_odds));
            }
            Some(signs) => {
                self.passage.add(signs);
                self.shows_anything = true;
            }
            None => self.passage.add_plain(facts),
        }
        // A line of nothing but marks and digits still counts for something.
        self.passage_letters += facts.letters.max(1);
        if self.passage_letters >= PASSAGE_LETTERS || is_plain_text {
            self.end_passage();
        }
    }

    fn end_passage(&mut self) {
        let letters = std::mem::take(&mut self.passage_letters);
        let shows_anything = std::mem::take(&mut self.shows_anything);
        let log_odds = shows_anything.then(|| model::log_odds(&self.passage));
        self.passage.clear();
        self.add_passage(letters, log_odds);
    }

    /// Counts a passage that is over, by what it shows, if it shows anything.
    fn add_passage(&mut self, letters: u32, log_odds: Option<f32>) {
        let letters = f64::from(letters);
        self.letters += letters;
        if let Some(log_odds) = log_odds {
            self.spam_letters += letters * f64::from(model::probability(log_odds));
        }
    }

    /// The score of the document, 0 to 1, rounded to thousandths.
    pub(crate) fn score(&mut self) -> f64 {
        self.end_passage();
        let share = self.spam_letters / self.letters.max(1.0);
        (share * 1e3).round() / 1e3
    }
}

#[cfg(test)]
mod tests {
    use crate::Pipeline;

    fn score(text: &str) -> f64 {
        Pipeline::builder().build().expect("the defaults build").clean(text).report.spam_score
    }

    const OFFER: &str =
        "Cheap loans without credit check! Apply now on WhatsApp and get your cash today.";

    #[test]
    fn a_message_scores_as_the_offer_and_an_article_with_one_as_its_share() {
        let article =
            "The mill stood empty for eleven years before the cooperative bought its wheel, its \
                       roof and the debts that came with them.\n"
                .repeat(9);
        let (alone, below) = (score(OFFER), score(&format!("{article}{OFFER}\n")));
        assert!(alone > 0.8 && below > 0.02 && below < 0.2, "{alone} {below}");
        assert_eq!((score(&article), score("")), (0.0, 0.0));
    }

    #[test]
    fn short_lines_are_scored_together() {
        let lines =
            ["Online casino", "Payday loans", "Cheap pills", "Hot singles", "Replica watches"];
        let together = score(&lines.map(|line| format!("{line}\n")).concat());
        assert!(together > 0.5, "{together}");
    }

    #[test]
    fn the_score_does_not_fall_where_an_offer_is_laid_over_lines() {
        let laid = OFFER.replace("! ", "!\n").replace(" and ", "\nand ");
        assert!((score(&laid) - score(OFFER)).abs() < 0.3);
    }
}
