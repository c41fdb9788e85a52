//! The two readings of a corpus.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use crate::decode::Charset;

use super::candidates::{Candidates, lock};
use super::contexts::{Contexts, Signature};
use super::counters::Counters;
use super::learned::Learned;
use super::reader::Reader;
use super::select;
use crate::pipeline::Pipeline;
use crate::repair::RepairSettings;
use crate::rules::SiteKey;

/// What makes a line a rule.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Settings {
    /// The fewest differing documents that a line stands in, and the fewest of a site.
    ///
    /// With three, an article in three parts gives rules; with ten, small sites give none.
    pub min_documents: u64,
    /// The least share of the site's documents that hold the line, 0 to 1.
    ///
    /// Lower, and the menus of sections are learned, and the cells of tables as well.
    pub min_share: f64,
    /// The memory for counting, in bytes. What does not fit is asked for more documents; see
    /// [`Learned::floor`].
    pub memory_bytes: u64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { min_documents: 4, min_share: 0.2, memory_bytes: 512 << 20 }
    }
}

/// The first reading: how many documents a site has, and about how many a line.
///
/// Immutable from outside: every thread adds to it by a [`Reader`] of its own.
#[derive(Clone)]
pub struct Learner {
    pub(super) first: Arc<First>,
}

/// The second reading: exact counts of the lines that can repeat enough.
#[derive(Clone)]
pub struct SecondReading {
    pub(super) second: Arc<Second>,
}

/// How documents are read: as the pipeline that will clean them does.
#[derive(Clone, Copy)]
pub(super) struct Reading {
    pub repair: RepairSettings,
    pub encoding: Option<Charset>,
}

pub(super) struct First {
    pub settings: Settings,
    pub reading: Reading,
    pub counters: Counters,
    sites: Box<[Mutex<HashMap<SiteKey, Site>>]>,
}

pub(super) struct Second {
    pub first: Arc<First>,
    pub candidates: Candidates,
    plain: Box<[Mutex<HashMap<SiteKey, Plain>>]>,
    /// Lines that do not repeat, at most so many for a site.
    plain_lines: usize,
}

/// What is known of a site.
#[derive(Debug, Clone)]
pub(super) struct Site {
    pub name: Box<str>,
    pub documents: u64,
    pub contexts: Contexts,
}

/// Some lines of a site that do not repeat, by their keys: those with the smallest.
pub(super) type Plain = BTreeMap<u64, Box<str>>;

/// Tables of sites.
const PARTS: usize = 16;

/// The longest line that is kept as one that does not repeat.
pub(super) const PLAIN_BYTES: usize = 160;

impl Learner {
    /// Begins the first reading of a corpus of about so many bytes.
    ///
    /// Documents are decoded and repaired as `pipeline` does it; its rules do not matter.
    pub fn new(pipeline: &Pipeline, settings: Settings, corpus_bytes: u64) -> Learner {
        let first = First {
            settings,
            reading: Reading { repair: pipeline.repair_settings(), encoding: pipeline.encoding() },
            counters: Counters::new(corpus_bytes, settings.memory_bytes / 2),
            sites: (0..PARTS).map(|_| Mutex::default()).collect(),
        };
        Learner { first: Arc::new(first) }
    }

    /// A reader of documents, for one thread.
    pub fn reader(&self) -> Reader {
        Reader::of_first(Arc::clone(&self.first))
    }

    /// Ends the first reading and begins the second: the same documents, in any order.
    pub fn read_again(&self) -> SecondReading {
        let first = Arc::clone(&self.first);
        let memory_bytes = first.settings.memory_bytes / 2;
        let least = first.settings.min_documents;
        let sites: usize = first
            .sites
            .iter()
            .map(|sites| lock(sites).values().filter(|site| site.documents >= least).count())
            .sum();
        // An eighth of the memory, and enough for a choice.
        let plain_lines = memory_bytes / 4 / (PLAIN_BYTES as u64 + 64) / sites.max(1) as u64;
        let second = Second {
            candidates: Candidates::new(memory_bytes - memory_bytes / 4),
            plain: (0..PARTS).map(|_| Mutex::default()).collect(),
            plain_lines: plain_lines.clamp(1, 64) as usize,
            first,
        };
        SecondReading { second: Arc::new(second) }
    }
}

impl SecondReading {
    /// A reader of documents, for one thread.
    pub fn reader(&self) -> Reader {
        Reader::of_second(Arc::clone(&self.second))
    }

    /// Ends the second reading: what was learned.
    pub fn learned(self) -> Learned {
        select::select(&self.second)
    }
}

impl First {
    /// Counts a document of a site.
    pub(super) fn add_document(&self, key: SiteKey, name: &str, signature: Signature) {
        let mut sites = lock(&self.sites[key.0 as usize % PARTS]);
        let site = sites.entry(key).or_insert_with(|| Site {
            name: name.into(),
            documents: 0,
            contexts: Contexts::default(),
        });
        site.documents += 1;
        site.contexts.add(signature);
    }

    /// Adds what another reading has counted of a site.
    pub(super) fn add_site(&self, more: Site) {
        let key = SiteKey::of(&more.name);
        let mut sites = lock(&self.sites[key.0 as usize % PARTS]);
        match sites.get_mut(&key) {
            Some(site) => {
                site.documents = site.documents.saturating_add(more.documents);
                site.contexts.merge(&more.contexts);
            }
            None => drop(sites.insert(key, more)),
        }
    }

    /// The fewest documents that a line of the site must stand in; `None` for a site with too few.
    pub(super) fn least_documents(&self, key: SiteKey) -> Option<u64> {
        let sites = lock(&self.sites[key.0 as usize % PARTS]);
        let documents = sites.get(&key)?.documents;
        let Settings { min_documents, min_share, .. } = self.settings;
        let share = (min_share * documents as f64).ceil() as u64;
        (documents >= min_documents).then_some(share.max(min_documents))
    }

    /// The sites that have documents enough for something to be learned.
    pub(super) fn large_sites(&self) -> HashMap<SiteKey, Site> {
        let mut large = HashMap::new();
        self.each_site(|key, site| {
            if site.documents >= self.settings.min_documents {
                large.insert(key, site.clone());
            }
        });
        large
    }

    /// Looks at every site, in no order.
    pub(super) fn each_site(&self, mut look: impl FnMut(SiteKey, &Site)) {
        for sites in &self.sites {
            lock(sites).iter().for_each(|(key, site)| look(*key, site));
        }
    }
}

impl Second {
    /// Keeps a line that does not repeat, if it is among the site's first.
    pub(super) fn add_plain(&self, site: SiteKey, key: u64, text: &str) {
        let mut plain = lock(&self.plain[site.0 as usize % PARTS]);
        let lines = plain.entry(site).or_default();
        let is_full = lines.len() >= self.plain_lines;
        if is_full && lines.last_key_value().is_some_and(|(last, _)| *last < key) {
            return;
        }
        lines.insert(key, text.into());
        if lines.len() > self.plain_lines {
            lines.pop_last();
        }
    }

    /// The lines of a site that do not repeat.
    pub(super) fn plain(&self, site: SiteKey) -> Plain {
        lock(&self.plain[site.0 as usize % PARTS]).get(&site).cloned().unwrap_or_default()
    }
}
