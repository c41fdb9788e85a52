//! What can be said on the command line; the help page is made from it.

mod values;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint, value_parser};
use limpio::lang::Language;
use limpio::{
    Bidi, BlankLines, Category, Dashes, Emoji, Entities, Form, Hyphens, Level, Quotes, Spaces,
    Stage, ZeroWidth,
};

use self::values::{DROP_SPAM_DOCS, encoding, jobs, language, score, shard, tolerance};
pub use self::values::{Tolerance, arguments};
use crate::io::inputs::{FileGlob, Shard};

/// Parses the names of an enum, with the list in the help and a hint for a typo.
macro_rules! names_of {
    ($type:ty) => {
        PossibleValuesParser::new(<$type>::ALL.iter().map(|value| value.as_str()))
            .try_map(|name| name.parse::<$type>())
    };
}

/// Turns scraped text into clean text.
///
/// Repairs mojibake, normalises Unicode and white space, strips newsletter, advertisement,
/// comment and other boilerplate and spam line by line with a reason, and tells Spanish from
/// English. Exit status: 0 done; 1 some documents failed, the others are complete; 2 wrong
/// usage, nothing was touched; 130 interrupted.
#[derive(Debug, Parser)]
#[command(
    name = "limpio",
    version,
    long_version = long_version(),
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub global: Global,
}

fn long_version() -> &'static str {
    concat!(
        env!("CARGO_PKG_VERSION"),
        "\nlicence: ",
        env!("CARGO_PKG_LICENSE"),
        "\nrecords: version 1"
    )
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Messages")]
pub struct Global {
    /// Say nothing but what failed
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say what happens to each document
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Colours; NO_COLOR and TERM=dumb are honoured
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// No progress bar; there is none without a terminal
    #[arg(long, global = true)]
    pub no_progress: bool,
    /// Settings file; otherwise LIMPIO_CONFIG, else the nearest limpio.toml upward from here
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Clean text: a pipe, a file or whole folders
    Clean(Box<Clean>),
    /// Show line by line what is kept or dropped, why, by which rule, and the language
    Explain(Box<Explain>),
    /// Show the languages of each document and of its spans
    Langs(Box<Langs>),
    /// Learn the lines that repeat over a site's documents, as a rule file
    ///
    /// A site is what --site names, else the host of a record's URL, else the first folder below
    /// the PATH. The rules hold on the site where they were learned; use them with `clean --rules`,
    /// or let `clean --learn` do both. The inputs are read twice, so that standard input is none.
    Learn(Box<Learn>),
    /// Look at and test the rules
    Rules(Rules),
    /// Add up the reports of several runs, such as those of the shards of a job array
    Report(ReportArgs),
    /// Write the completions of a shell to standard output
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the manual page to standard output
    Man,
}

/// Command lines to begin with.
pub const EXAMPLES: &[&str] = &[
    "curl -s URL | limpio clean",
    "limpio clean scraped/ -o clean/ --report run.jsonl",
    "limpio clean pages.jsonl.gz --text-field body --level aggressive | gzip > clean.jsonl.gz",
    "limpio clean page.txt --diff",
    "limpio explain page.txt",
    "limpio learn crawl/ -o learned.toml",
    "limpio clean crawl/ -o clean/ --rules learned.toml",
];

/// What each exit status means.
pub const EXIT_STATUS: &[(&str, &str)] = &[
    ("0", "done; also when nobody reads the output any more"),
    ("1", "some documents failed or were refused, and the others are complete"),
    ("2", "wrong usage, settings, rules or paths: nothing was touched"),
    ("130", "interrupted"),
];

fn after_clean() -> String {
    let mut text =
        String::from("Lists take commas, and may be given more than once.\n\nExamples:\n");
    for example in EXAMPLES.iter().filter(|example| example.contains("limpio clean")) {
        text += &format!("  {example}\n");
    }
    text += "\nExit status:\n";
    for (status, meaning) in EXIT_STATUS {
        text += &format!("  {status:<4} {meaning}\n");
    }
    text.trim_end().to_owned()
}

/// Clean text: a pipe, a file or whole folders.
///
/// One file, or `-` for standard input, goes to standard output; folders and several files go to
/// the folder of --output under their own names. Inputs are never modified, and a clean file
/// appears when it is whole.
#[derive(Debug, Args)]
#[command(after_help = after_clean())]
pub struct Clean {
    #[command(flatten)]
    pub inputs: InputArgs,
    #[command(flatten)]
    pub fields: FieldArgs,
    #[command(flatten)]
    pub sites: SiteArgs,
    #[command(flatten)]
    pub cleaning: CleaningArgs,
    /// First count the lines that repeat over each site, then clean with them as rules: the inputs
    /// are read three times
    #[arg(long, help_heading = "Learning")]
    pub learn: bool,
    #[command(flatten)]
    pub learning: LearnArgs,
    #[command(flatten)]
    pub outputs: OutputArgs,
    /// How files are cut into documents; auto goes by the name, standard input is text
    #[arg(long, value_enum, default_value = "auto", help_heading = "Inputs")]
    pub format: InputFormat,
}

/// Show line by line what is kept or dropped, why, by which rule, and the language.
#[derive(Debug, Args)]
pub struct Explain {
    #[command(flatten)]
    pub inputs: InputArgs,
    #[command(flatten)]
    pub fields: FieldArgs,
    #[command(flatten)]
    pub sites: SiteArgs,
    #[command(flatten)]
    pub cleaning: CleaningArgs,
    /// For people, or one JSON record per document; with jsonl, inputs that begin with `{` are
    /// read as records too
    #[arg(long, value_enum, default_value = "text")]
    pub format: OutputFormat,
    /// Show only the lines that are dropped or changed
    #[arg(long)]
    pub only_dropped: bool,
    /// With --only-dropped, show N lines around each
    #[arg(short = 'C', long, value_name = "N", default_value_t = 0)]
    pub context: u64,
}

/// Show the languages of each document and of its spans.
#[derive(Debug, Args)]
pub struct Langs {
    #[command(flatten)]
    pub inputs: InputArgs,
    #[command(flatten)]
    pub fields: FieldArgs,
    /// For people, or one JSON record per document; with jsonl, inputs that begin with `{` are
    /// read as records too
    #[arg(long, value_enum, default_value = "text")]
    pub format: OutputFormat,
    /// What people see: the text with its languages, or a table with a row for each document and
    /// totals; auto shows the text of a single one
    #[arg(long, value_enum, default_value = "auto", value_name = "WHAT")]
    pub show: Show,
    /// What start and end of spans count
    #[arg(long, value_enum, default_value = "bytes", value_name = "UNIT")]
    pub offsets: Offsets,
    /// Encoding of the input: auto or a WHATWG label
    #[arg(long, value_name = "LABEL", default_value = "auto", value_parser = encoding)]
    pub encoding: String,
}

/// Learn the lines that repeat over a site's documents.
#[derive(Debug, Args)]
pub struct Learn {
    #[command(flatten)]
    pub inputs: InputArgs,
    #[command(flatten)]
    pub fields: FieldArgs,
    #[command(flatten)]
    pub sites: SiteArgs,
    /// How files are cut into documents; auto goes by the name
    #[arg(long, value_enum, default_value = "auto", help_heading = "Inputs")]
    pub format: InputFormat,
    /// Encoding of the input: auto or a WHATWG label
    #[arg(long, value_name = "LABEL", default_value = "auto", value_parser = encoding, help_heading = "Inputs")]
    pub encoding: String,
    #[command(flatten)]
    pub learning: LearnArgs,
    /// File for the rules; `-` is standard output
    #[arg(short, long, value_name = "RULES.toml", value_hint = ValueHint::FilePath, help_heading = "Outputs")]
    pub output: Option<PathBuf>,
    /// Write no rules but what was counted, for --merge: on several machines, each with its --shard
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Outputs")]
    pub counts: Option<PathBuf>,
    /// Take what --counts wrote, of all parts: with --counts, for the second reading of a part; with
    /// those of both readings and -o, for the rules
    #[arg(long, value_name = "COUNTS", num_args = 1.., value_hint = ValueHint::FilePath, help_heading = "Inputs")]
    pub merge: Vec<PathBuf>,
    /// Replace an existing file
    #[arg(long, help_heading = "Outputs")]
    pub overwrite: bool,
    /// Threads; all cores unless set
    #[arg(short, long, value_name = "N", value_parser = jobs, help_heading = "Outputs")]
    pub jobs: Option<NonZeroUsize>,
}

/// What is learned.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Learning")]
pub struct LearnArgs {
    /// The fewest differing documents that a line stands in, and the fewest of a site
    #[arg(long, value_name = "N", default_value = "4", value_parser = value_parser!(u64).range(2..))]
    pub min_documents: u64,
    /// The least share of the site's documents that hold a line, such as 0.2 or 20%
    #[arg(long, value_name = "SHARE", default_value = "0.2", value_parser = super::learn::share)]
    pub min_share: f64,
    /// Memory for counting, such as 512M or 2G
    #[arg(long, value_name = "SIZE", default_value = "512M", value_parser = super::learn::memory)]
    pub memory: u64,
}

/// Add up the reports of several runs.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Files that `clean --report` wrote; `-` is standard input
    #[arg(value_name = "RUN.jsonl", required = true, value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
    /// For people, or as the record of one run
    #[arg(long, value_enum, default_value = "text")]
    pub format: OutputFormat,
    /// Write a page to look at the runs instead: one HTML file
    #[arg(
        short,
        long,
        value_name = "REPORT.html",
        conflicts_with = "format",
        value_hint = ValueHint::FilePath
    )]
    pub output: Option<PathBuf>,
    /// Show examples of removed lines from a file that `clean --removed` wrote, in the page; repeatable
    #[arg(long, value_name = "FILE", requires = "output", value_hint = ValueHint::FilePath)]
    pub removed: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum InputFormat {
    /// By file name: .jsonl and .ndjson, each also .gz and .zst, are records
    Auto,
    /// Every file is one document
    Text,
    /// Every line is a JSON record
    Jsonl,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    Text,
    Jsonl,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Show {
    /// The text of a single document, a table of several
    Auto,
    /// Every text, coloured by language
    Text,
    /// A row for each document, totals for each folder
    Table,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Offsets {
    /// UTF-8 bytes
    Bytes,
    /// Characters (code points)
    Chars,
}

/// Which files.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Inputs")]
pub struct InputArgs {
    /// Files and folders; `-` is standard input, and so is no PATH in a pipe
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath, help_heading = "Arguments")]
    pub paths: Vec<PathBuf>,
    /// Read more PATHs from a file, one per line; `-` is standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files_from: Option<PathBuf>,
    /// The PATHs of --files-from end in NUL instead of a line end
    #[arg(short = '0', long, requires = "files_from")]
    pub null: bool,
    /// Only files of folders that match, or not those that match `!GLOB`; repeatable, the last one
    /// that matches decides
    #[arg(short, long, value_name = "GLOB", value_parser = FileGlob::new)]
    pub glob: Vec<FileGlob>,
    /// Files and folders whose names start with a dot, too
    #[arg(long)]
    pub hidden: bool,
    /// Only the I-th of N parts of the inputs, by a hash of their names: for job arrays
    #[arg(long, value_name = "I/N", value_parser = shard)]
    pub shard: Option<Shard>,
    /// The options that the command line names, by their long names.
    #[arg(skip)]
    pub given: Vec<String>,
}

/// The fields of JSON records.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Inputs")]
pub struct FieldArgs {
    /// Field of a record that holds the text
    #[arg(long, value_name = "NAME", default_value = "text", value_parser = NonEmptyStringValueParser::new())]
    pub text_field: String,
    /// Field of a record that names it
    #[arg(long, value_name = "NAME", default_value = "id", value_parser = NonEmptyStringValueParser::new())]
    pub id_field: String,
}

/// Which site a document is of, for rules that hold on some sites.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Inputs")]
pub struct SiteArgs {
    /// Field of a record that tells its site, by a URL or a name; records without it are of the
    /// first folder below the PATH, as files are
    #[arg(long, value_name = "NAME", default_value = "url", value_parser = NonEmptyStringValueParser::new())]
    pub site_field: String,
    /// The site of every document
    #[arg(long, value_name = "SITE", conflicts_with = "site_field", value_parser = NonEmptyStringValueParser::new())]
    pub site: Option<String>,
}

/// Which rules.
#[derive(Debug, Clone, Args)]
pub struct RuleArgs {
    /// Add or override rules; repeatable
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub rules: Vec<PathBuf>,
    /// Switch off a rule or a category; repeatable
    #[arg(long, value_name = "ID|CATEGORY", value_delimiter = ',',
          value_parser = NonEmptyStringValueParser::new())]
    pub disable: Vec<String>,
    /// Those of them that a settings file names, each with its place there.
    #[arg(skip)]
    pub places: Vec<(String, String)>,
}

/// How text is cleaned.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Cleaning")]
pub struct CleaningArgs {
    /// Only these stages: mojibake, normalize, boilerplate, spam; decoding is always on
    #[arg(long, value_name = "STAGES", value_delimiter = ',', conflicts_with = "skip",
          value_parser = names_of!(Stage))]
    pub only: Vec<Stage>,
    /// All but these stages
    #[arg(long, value_name = "STAGES", value_delimiter = ',', value_parser = names_of!(Stage))]
    pub skip: Vec<Stage>,
    /// How readily a line is called boilerplate: cautious for what a rule is sure of, balanced for
    /// extracted articles, aggressive for dumps of whole pages
    #[arg(long, default_value = "balanced", value_parser = names_of!(Level))]
    pub level: Level,
    #[command(flatten)]
    pub chosen: RuleArgs,
    /// Keep only lines in these languages (es, en, other); lines without a language follow their
    /// neighbours
    #[arg(long, value_delimiter = ',', value_parser = language)]
    pub langs: Vec<Language>,
    /// Empty the documents that are spam as a whole: whose score, 0 to 1, reaches SCORE [0.8 if
    /// none is given]. Lines wait for the end of their document, up to 1 MiB of them; longer
    /// documents stay
    #[arg(long, value_name = "SCORE", num_args = 0..=1, require_equals = true,
          default_missing_value = DROP_SPAM_DOCS, value_parser = score)]
    pub drop_spam_docs: Option<f64>,
    /// Encoding of the input: auto or a WHATWG label
    #[arg(long, value_name = "LABEL", default_value = "auto", value_parser = encoding)]
    pub encoding: String,
    /// Unicode normal form
    #[arg(long, default_value = "nfc", value_parser = names_of!(Form))]
    pub form: Form,
    /// HTML entities; auto leaves them alone in a document that holds markup
    #[arg(long, default_value = "auto", value_parser = names_of!(Entities))]
    pub entities: Entities,
    /// Curly quotes
    #[arg(long, default_value = "keep", value_parser = names_of!(Quotes))]
    pub quotes: Quotes,
    /// Dashes
    #[arg(long, default_value = "keep", value_parser = names_of!(Dashes))]
    pub dashes: Dashes,
    /// Emoji
    #[arg(long, default_value = "keep", value_parser = names_of!(Emoji))]
    pub emoji: Emoji,
    /// Characters without width; strip-useless keeps joiners that scripts and emoji need
    #[arg(long, default_value = "strip-useless", value_parser = names_of!(ZeroWidth))]
    pub zero_width: ZeroWidth,
    /// Bidirectional controls
    #[arg(long, default_value = "keep", value_parser = names_of!(Bidi))]
    pub bidi: Bidi,
    /// Spaces such as NBSP; plain turns them into U+0020
    #[arg(long, default_value = "plain", value_parser = names_of!(Spaces))]
    pub spaces: Spaces,
    /// Runs of blank lines
    #[arg(long, default_value = "one", value_parser = names_of!(BlankLines))]
    pub blank_lines: BlankLines,
    /// Words divided at the end of a line; join moves the rest of the word up, where it goes on in
    /// lower case
    #[arg(long, default_value = "keep", value_parser = names_of!(Hyphens))]
    pub hyphens: Hyphens,
}

/// Where results go.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Outputs")]
pub struct OutputArgs {
    /// Folder for the clean files, which keep names and tree; needed for a folder or several files
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub output: Option<PathBuf>,
    /// Write NAME.es.EXT and NAME.en.EXT, one for each of --langs (es,en unless given), instead of
    /// one file; lines in other languages go, and records keep their row in each
    #[arg(long)]
    pub split_langs: bool,
    /// Replace existing clean files
    #[arg(long, conflicts_with = "resume")]
    pub overwrite: bool,
    /// Skip documents that are already clean for the same input, settings, rules and version
    #[arg(long)]
    pub resume: bool,
    /// A JSON record per document, and one about the run; `-` is standard output
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub report: Option<PathBuf>,
    /// A JSON record per run of dropped lines, with their text
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub removed: Option<PathBuf>,
    /// Add the report record to each JSON record, as "limpio"
    #[arg(long)]
    pub annotate: bool,
    /// Write no clean text; say what would be done (--report and --removed are written)
    #[arg(long)]
    pub dry_run: bool,
    /// Write no clean text; show what would change as a unified diff
    #[arg(long)]
    pub diff: bool,
    /// Exit 0 in spite of at most N failed documents
    #[arg(long, value_name = "N|all", default_value = "0", value_parser = tolerance)]
    pub tolerate: Tolerance,
    /// Threads; all cores unless set
    #[arg(short, long, value_name = "N", value_parser = jobs)]
    pub jobs: Option<NonZeroUsize>,
}

/// Look at and test the rules.
#[derive(Debug, Args)]
pub struct Rules {
    #[command(subcommand)]
    pub command: RulesCommand,
}

#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// One line per rule: id, category, languages, weight, the first phrase
    List {
        /// Only this category
        #[arg(long, value_parser = names_of!(Category))]
        category: Option<Category>,
        /// Only rules of this language
        #[arg(long, value_parser = language)]
        lang: Option<Language>,
        #[command(flatten)]
        chosen: RuleArgs,
    },
    /// All of one rule, as TOML
    Show {
        /// Its id
        id: String,
        #[command(flatten)]
        chosen: RuleArgs,
    },
    /// Test rule files against their own examples and counter-examples
    ///
    /// Exit status: 0 all good; 2 problems were found, or a file cannot be read.
    Check {
        /// Rule files
        #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
        files: Vec<PathBuf>,
    },
}

impl RulesCommand {
    /// The rules that are looked at.
    pub fn chosen(&mut self) -> Option<&mut RuleArgs> {
        match self {
            RulesCommand::List { chosen, .. } | RulesCommand::Show { chosen, .. } => Some(chosen),
            RulesCommand::Check { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
