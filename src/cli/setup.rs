//! From options to a pipeline and a list of inputs; whatever is wrong with them is said here.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use encoding_rs::{Encoding, REPLACEMENT};
use limpio::{Normalization, Pipeline, PipelineBuilder, WITHOUT_RULES};
use serde_json::{Value, json};

use super::args::{CleaningArgs, FieldArgs, InputArgs, RuleArgs, SiteArgs};
use super::failure::{Failure, why};
use super::messages::Messages;
use crate::io::disk;
use crate::io::inputs::{Filter, Inputs, Root};
use crate::io::jsonl::Fields;
use crate::io::outputs::{self, Census};
use crate::io::source::STDIN;

impl CleaningArgs {
    /// The pipeline that these options describe; `learned` are rules of this run's own.
    ///
    /// # Errors
    ///
    /// A rule file that is wrong or empty, an unknown rule or encoding.
    pub fn pipeline(&self, learned: Option<&str>) -> Result<PipelineBuilder, Failure> {
        let mut builder = Pipeline::builder()
            .level(self.level)
            .langs(&self.langs)
            .normalization(self.normalization())
            .drop_spam_documents(self.drop_spam_docs)
            .encoding(&self.encoding)?;
        if !self.only.is_empty() {
            builder = builder.only(&self.only);
        }
        if !self.skip.is_empty() {
            builder = builder.skip(&self.skip);
        }
        for path in &self.chosen.rules {
            let text = read_rules(path).map_err(|failure| self.chosen.placed(path, failure))?;
            builder = builder.rules_toml(path, &text)?;
        }
        if let Some(learned) = learned {
            builder = builder.rules_toml(Path::new("--learn"), learned)?;
        }
        for id in &self.chosen.disable {
            builder = builder
                .disable(id)
                .map_err(|error| self.chosen.placed(Path::new(id), unknown_rule(&error, id)))?;
        }
        Ok(builder)
    }

    fn normalization(&self) -> Normalization {
        Normalization {
            form: self.form,
            entities: self.entities,
            quotes: self.quotes,
            dashes: self.dashes,
            emoji: self.emoji,
            zero_width: self.zero_width,
            bidi: self.bidi,
            spaces: self.spaces,
            blank_lines: self.blank_lines,
            hyphens: self.hyphens,
        }
    }

    /// The settings as the run record shows them, under the names of the options.
    pub fn as_json(&self) -> Value {
        let strings = |list: &mut dyn Iterator<Item = String>| list.collect::<Vec<String>>();
        json!({
            "only": strings(&mut self.only.iter().map(ToString::to_string)),
            "skip": strings(&mut self.skip.iter().map(ToString::to_string)),
            "level": self.level.as_str(),
            "rules": strings(&mut self.chosen.rules.iter().map(|path| path.display().to_string())),
            "disable": self.chosen.disable,
            "langs": strings(&mut self.langs.iter().map(ToString::to_string)),
            "drop-spam-docs": self.drop_spam_docs,
            "encoding": self.encoding,
            "form": self.form.as_str(),
            "entities": self.entities.as_str(),
            "quotes": self.quotes.as_str(),
            "dashes": self.dashes.as_str(),
            "emoji": self.emoji.as_str(),
            "zero-width": self.zero_width.as_str(),
            "bidi": self.bidi.as_str(),
            "spaces": self.spaces.as_str(),
            "blank-lines": self.blank_lines.as_str(),
            "hyphens": self.hyphens.as_str(),
        })
    }
}

/// The encoding of a label that a pipeline took; none for `auto`, the replacement encoding for pages
/// of the IBM PC, in which records are not read.
pub fn encoding_named(label: &str) -> Option<&'static Encoding> {
    match Encoding::for_label_no_replacement(label.as_bytes()) {
        None if label != "auto" => Some(REPLACEMENT),
        named => named,
    }
}

impl RuleArgs {
    /// A failure with the line of the settings file that led to it.
    pub fn placed(&self, value: &Path, failure: Failure) -> Failure {
        let place = self.places.iter().find(|(named, _)| Path::new(named) == value);
        match (place, failure) {
            (Some((_, place)), Failure::Usage(message)) => {
                Failure::Usage(format!("{place}{message}"))
            }
            (_, failure) => failure,
        }
    }
}

/// A wrong id: the nearest, or where to find them all, but not hundreds of names.
pub fn unknown_rule(error: &limpio::Error, id: &str) -> Failure {
    let message = error.to_string();
    if WITHOUT_RULES.iter().any(|judge| judge.id == id && !judge.can_be_disabled) {
        let option = if id.starts_with("spam") { "--drop-spam-docs" } else { "--langs" };
        return Failure::Usage(format!("`{id}` comes with {option}: leave that out instead"));
    }
    if message.contains(": ") {
        return Failure::Usage(message);
    }
    Failure::Usage(format!("{message}: see `limpio rules list`"))
}

/// The text of a rule file; one without rules cannot match anything and is refused, unless it says
/// `rule = []`, as `learn` does where no line repeats.
///
/// # Errors
///
/// The file cannot be read, is no UTF-8, or holds no rule.
pub fn read_rules(path: &Path) -> Result<String, Failure> {
    let text = disk::read_to_string(path).map_err(|error| Failure::unusable(path, &error))?;
    // What is wrong with a table that does not parse, or with other keys, is said by the loader.
    let is_empty = toml::from_str::<toml::Table>(&text)
        .is_ok_and(|table| !table.contains_key("rule") && !has_other_keys(&table));
    if is_empty {
        return Err(Failure::Usage(format!("{}: the file holds no rule", path.display())));
    }
    Ok(text)
}

/// Unknown keys are for the loader to name.
fn has_other_keys(table: &toml::Table) -> bool {
    table.keys().any(|key| key != "version")
}

impl FieldArgs {
    /// The fields of records.
    pub fn fields(&self) -> Fields {
        Fields { text: self.text_field.clone(), id: self.id_field.clone(), site: None }
    }

    /// The fields of records whose site is asked as well.
    pub fn with_site(&self, sites: &SiteArgs) -> Fields {
        Fields { site: Some(sites.site_field.clone()), ..self.fields() }
    }
}

impl InputArgs {
    /// Whether the command line names an option.
    pub fn gives(&self, option: &str) -> bool {
        self.given.iter().any(|given| given == option)
    }

    /// The inputs that these options name; `None` if there is no PATH and a terminal would be read.
    ///
    /// # Errors
    ///
    /// A PATH that does not exist, or standard input named twice.
    pub fn inputs(&self) -> Result<Option<Inputs>, Failure> {
        let mut paths = self.paths.clone();
        if let Some(list) = &self.files_from {
            if list.as_os_str() == STDIN && paths.iter().any(|path| path.as_os_str() == STDIN) {
                return Err(Failure::Usage(
                    "standard input cannot be both the list of --files-from and an input".into(),
                ));
            }
            paths.extend(self.listed(list)?);
        } else if paths.is_empty() {
            if io::stdin().is_terminal() {
                return Ok(None);
            }
            paths.push(STDIN.into());
        }
        let mut roots = Vec::with_capacity(paths.len());
        for path in paths {
            let root = Root::of(path.clone()).map_err(|error| Failure::unusable(&path, &error))?;
            if root == Root::Stdin && roots.contains(&root) {
                return Err(Failure::Usage("standard input is named twice".into()));
            }
            roots.push(root);
        }
        if self.shard.is_some() && roots.contains(&Root::Stdin) {
            return Err(Failure::Usage(
                "--shard parts files by their names, and standard input has none".into(),
            ));
        }
        let filter = Filter { globs: self.glob.clone(), hidden: self.hidden, shard: self.shard };
        Ok(Some(Inputs::new(roots, filter)))
    }

    /// The PATHs of a list: names are bytes; empty ones are passed over.
    fn listed(&self, list: &Path) -> Result<Vec<PathBuf>, Failure> {
        let mut bytes = Vec::new();
        let read = if list.as_os_str() == STDIN {
            io::stdin().lock().read_to_end(&mut bytes)
        } else {
            disk::File::open(list).and_then(|mut file| file.read_to_end(&mut bytes))
        };
        read.map_err(|error| Failure::unusable(list, &error))?;
        let names = bytes.split(|byte| *byte == if self.null { 0 } else { b'\n' });
        let names = names.map(|name| match name.strip_suffix(b"\r") {
            // A list that was written on Windows.
            Some(name) if !self.null => name,
            _ => name,
        });
        Ok(names.filter(|name| !name.is_empty()).map(path_of_bytes).collect())
    }

    /// Counts the inputs, for commands that only look.
    ///
    /// # Errors
    ///
    /// As for [`InputArgs::check_found`].
    pub fn census(&self, inputs: &Inputs, messages: &Messages) -> Result<(), Failure> {
        let census = outputs::count(inputs, |_| Ok(()))?;
        self.check_found(&census, inputs, messages)
    }

    /// Says that there are no files, or what is wrong if there should be.
    ///
    /// # Errors
    ///
    /// Globs that no file of the inputs matches.
    pub fn check_found(
        &self,
        census: &Census,
        inputs: &Inputs,
        messages: &Messages,
    ) -> Result<(), Failure> {
        if census.all_files > 0 {
            return Ok(());
        }
        let all = Filter { hidden: true, ..Filter::default() };
        let mut anything = Inputs::new(inputs.roots().to_vec(), all).walk_all();
        if !self.glob.is_empty() && anything.next().is_some() {
            return Err(Failure::Usage("--glob: no file matches".into()));
        }
        if census.others == 0 {
            let roots = inputs.roots().iter().map(|root| root.path().display().to_string());
            let roots: Vec<String> = roots.collect();
            let roots = if roots.is_empty() { "--files-from".into() } else { roots.join(", ") };
            messages.warn(&format!("{roots}: no files here"));
        }
        Ok(())
    }
}

#[cfg(unix)]
fn path_of_bytes(name: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    OsString::from_vec(name.to_vec()).into()
}

#[cfg(not(unix))]
fn path_of_bytes(name: &[u8]) -> PathBuf {
    OsString::from(String::from_utf8_lossy(name).into_owned()).into()
}

/// A refusal of inputs that cannot be looked at, in the words of a document's report.
pub fn unreadable(error: &io::Error) -> String {
    format!("cannot be read: {}", why(error))
}
