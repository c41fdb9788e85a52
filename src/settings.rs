//! What a pipeline is told to do: stages, level and the choices of normalisation.

use crate::names::names;

names! {
    /// A stage that `--only` and `--skip` can name. Decoding is always on.
    #[non_exhaustive]
    "stage" => pub enum Stage {
        /// Undo text that was decoded with the wrong encoding.
        Mojibake = "mojibake",
        /// Unicode form, white space, control characters, entities.
        Normalize = "normalize",
        /// Remove what the page or the platform added.
        Boilerplate = "boilerplate",
        /// Remove spam.
        Spam = "spam",
    }
}

names! {
    /// How readily a line is called boilerplate.
    ///
    /// ```
    /// assert!(limpio::Level::Cautious.threshold() > limpio::Level::Aggressive.threshold());
    /// ```
    #[non_exhaustive]
    "level" => pub enum Level {
        /// Only what a rule is sure of.
        Cautious = "cautious",
        /// For extracted articles with residue.
        Balanced = "balanced",
        /// For whole-page dumps, such as the WET files of Common Crawl.
        Aggressive = "aggressive",
    }
}

impl Level {
    /// The least score, 0 to 1, with which a line is dropped.
    ///
    /// Rules carry weights on the same scale: 1 for a phrase that was never seen in genuine
    /// text, 0.75 for one that is fine as a whole line, 0.55 for one that is a genuine heading
    /// too. Context adds to the weight (see the boilerplate judge).
    pub fn threshold(self) -> f32 {
        match self {
            Level::Cautious => 0.9,
            Level::Balanced => 0.65,
            Level::Aggressive => 0.5,
        }
    }
}

names! {
    /// Unicode normal form of the clean text.
    "form" => pub enum Form {
        /// Canonical composition: looks the same, compares equal.
        Nfc = "nfc",
        /// Compatibility composition: also folds ligatures, widths, superscripts. Loses meaning.
        Nfkc = "nfkc",
        /// As it stands.
        Keep = "keep",
    }
}

names! {
    /// What happens to HTML entities.
    "entities setting" => pub enum Entities {
        /// Decoded, unless the document holds markup.
        Auto = "auto",
        /// Left alone.
        Keep = "keep",
        /// Always decoded.
        Decode = "decode",
    }
}

names! {
    /// What happens to curly quotes.
    "quotes setting" => pub enum Quotes {
        /// Left alone.
        Keep = "keep",
        /// Made straight.
        Straight = "straight",
    }
}

names! {
    /// What happens to dashes.
    "dashes setting" => pub enum Dashes {
        /// Left alone.
        Keep = "keep",
        /// Made hyphen-minus.
        Ascii = "ascii",
    }
}

names! {
    /// What happens to emoji.
    "emoji setting" => pub enum Emoji {
        /// Left alone.
        Keep = "keep",
        /// Taken out.
        Strip = "strip",
    }
}

names! {
    /// What happens to characters without width.
    "zero-width setting" => pub enum ZeroWidth {
        /// Left alone.
        Keep = "keep",
        /// Taken out, but for the joiners that scripts and emoji need.
        StripUseless = "strip-useless",
        /// Taken out.
        Strip = "strip",
    }
}

names! {
    /// What happens to bidirectional controls.
    "bidi setting" => pub enum Bidi {
        /// Left alone.
        Keep = "keep",
        /// Taken out.
        Strip = "strip",
    }
}

names! {
    /// What happens to spaces other than U+0020.
    "spaces setting" => pub enum Spaces {
        /// Made a plain space; the ideographic space stays.
        Plain = "plain",
        /// Left alone.
        Keep = "keep",
    }
}

names! {
    /// What happens to runs of blank lines.
    "blank-lines setting" => pub enum BlankLines {
        /// One of each run stays.
        One = "one",
        /// Runs stay as they are; those at the start and end of the document go.
        Keep = "keep",
    }
}

names! {
    /// What happens to words that a hyphen divides at the end of a line.
    "hyphens setting" => pub enum Hyphens {
        /// Left alone.
        Keep = "keep",
        /// Joined: the rest of the word moves up, the hyphen goes.
        Join = "join",
    }
}

/// How text is normalised; the default is what `limpio clean` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Normalization {
    /// Unicode normal form.
    pub form: Form,
    /// HTML entities.
    pub entities: Entities,
    /// Curly quotes.
    pub quotes: Quotes,
    /// Dashes.
    pub dashes: Dashes,
    /// Emoji.
    pub emoji: Emoji,
    /// Characters without width.
    pub zero_width: ZeroWidth,
    /// Bidirectional controls.
    pub bidi: Bidi,
    /// Spaces other than U+0020.
    pub spaces: Spaces,
    /// Runs of blank lines.
    pub blank_lines: BlankLines,
    /// Words divided at the end of a line.
    pub hyphens: Hyphens,
}

impl Default for Normalization {
    fn default() -> Normalization {
        Normalization {
            form: Form::Nfc,
            entities: Entities::Auto,
            quotes: Quotes::Keep,
            dashes: Dashes::Keep,
            emoji: Emoji::Keep,
            zero_width: ZeroWidth::StripUseless,
            bidi: Bidi::Keep,
            spaces: Spaces::Plain,
            blank_lines: BlankLines::One,
            hyphens: Hyphens::Keep,
        }
    }
}
