//! A row for each document, and totals for each folder.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anstyle::{Effects, Style};
use limpio::lang::{Language, Shares};

use super::super::explain::page::Page;
use super::super::messages::{counted, printable};
use super::super::records::Label;
use super::view::style;

const LANGS: [Language; 3] = [Language::Es, Language::En, Language::Other];

/// Documents below one folder, or in one file of records.
#[derive(Default)]
struct Total {
    documents: u64,
    shares: Shares,
}

/// The table of a run.
pub struct Table {
    page: Page,
    /// Folders among the PATHs.
    folders: Vec<PathBuf>,
    begun: bool,
    totals: BTreeMap<PathBuf, Total>,
    all: Total,
}

impl Table {
    pub fn new(page: Page, folders: Vec<PathBuf>) -> Table {
        Table { page, folders, begun: false, totals: BTreeMap::new(), all: Total::default() }
    }

    /// Writes the row of a document.
    pub fn add(&mut self, to: &mut impl Write, label: &Label, shares: &Shares) -> io::Result<()> {
        let path = Path::new(&label.path);
        let root = self.folders.iter().find(|folder| path.starts_with(folder));
        let folders = path
            .ancestors()
            .skip(1)
            .take_while(|parent| root.is_some_and(|root| parent.starts_with(root)));
        let file = label.id.is_some().then_some(path);
        for place in file.into_iter().chain(folders) {
            let total = self.totals.entry(place.to_owned()).or_default();
            total.documents += 1;
            total.shares.merge(shares);
        }
        self.all.documents += 1;
        self.all.shares.merge(shares);
        let name = match &label.id {
            Some(id) => format!("{} {id}", label.path),
            None => label.path.clone(),
        };
        if !std::mem::replace(&mut self.begun, true) {
            self.head(to, "document")?;
        }
        self.row(to, shares, &name)
    }

    /// Writes the totals, if there is anything to sum up.
    pub fn end(self, to: &mut impl Write) -> io::Result<()> {
        if self.all.documents < 2 {
            return Ok(());
        }
        writeln!(to)?;
        self.head(to, "total")?;
        for (place, total) in &self.totals {
            let name = format!("{}: {}", place.display(), counted(total.documents, "document"));
            self.row(to, &total.shares, &name)?;
        }
        // One folder that holds all needs no second total.
        if !self.totals.values().any(|total| total.documents == self.all.documents) {
            let name = counted(self.all.documents, "document");
            self.row(to, &self.all.shares, &name)?;
        }
        Ok(())
    }

    fn head(&self, to: &mut impl Write, what: &str) -> io::Result<()> {
        let head = format!("{:>7}{:>8}{:>8}{:>11}  {what}", "es %", "en %", "other %", "letters");
        writeln!(to, "{}", self.page.paint(Style::new().effects(Effects::BOLD), &head))
    }

    fn row(&self, to: &mut impl Write, shares: &Shares, name: &str) -> io::Result<()> {
        let letters = shares.es + shares.en + shares.other;
        let mut row = String::new();
        for ((lang, share), width) in LANGS.into_iter().zip(shares.fractions()).zip([7, 8, 8]) {
            let number = match letters {
                0 => "-".to_owned(),
                _ => format!("{:.1}", share * 100.0),
            };
            let leads = letters > 0 && shares.leading() == lang;
            let style = if leads { style(lang) } else { Style::new() };
            row += &self.page.paint(style, &format!("{number:>width$}"));
        }
        writeln!(to, "{row}{letters:>11}  {}", printable(name))
    }
}

/// The summary of one document, in one line.
pub fn summary(shares: &Shares) -> String {
    let shown = LANGS.into_iter().zip(shares.fractions()).filter(|(_, share)| *share > 0.0);
    let shown: Vec<String> =
        shown.map(|(lang, share)| format!("{lang} {:.1} %", share * 100.0)).collect();
    if shown.is_empty() { "no language".to_owned() } else { shown.join(", ") }
}
