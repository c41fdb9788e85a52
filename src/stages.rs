//! Where the time of a cleaner goes, for those who ask.
//!
//! The stages call each other for every line, so the clock is read where one hands over to the
//! next: twice for each line and stage. That costs about 50 ns a line, and nothing where nobody asks.

use std::time::{Duration, Instant};

/// Time that a [`Cleaner`](crate::Cleaner) spent on each kind of work.
///
/// Wall-clock time of the thread that cleans; [`judge`](StageTimes::judge) holds what the sink took,
/// too, which the caller can measure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StageTimes {
    /// Decoding, and cutting into lines.
    pub decode: Duration,
    /// Mojibake and normalisation.
    pub repair: Duration,
    /// Rules, the line model, spam, languages, the window; and the sink.
    pub judge: Duration,
}

impl StageTimes {
    /// Adds the times of another cleaner.
    pub fn add(&mut self, other: &StageTimes) {
        self.decode += other.decode;
        self.repair += other.repair;
        self.judge += other.judge;
    }
}

/// Which work is being done.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Work {
    Decode,
    Repair,
    Judge,
}

/// Adds the time since the last change of work to the work that was done.
#[derive(Debug)]
pub(crate) struct Watch {
    times: StageTimes,
    work: Work,
    since: Instant,
}

impl Watch {
    pub(crate) fn new() -> Watch {
        Watch { times: StageTimes::default(), work: Work::Decode, since: Instant::now() }
    }

    /// Time between two documents is nobody's.
    pub(crate) fn start(&mut self) {
        self.work = Work::Decode;
        self.since = Instant::now();
    }

    pub(crate) fn turn_to(&mut self, work: Work) {
        let now = Instant::now();
        let spent = now - self.since;
        match self.work {
            Work::Decode => self.times.decode += spent,
            Work::Repair => self.times.repair += spent,
            Work::Judge => self.times.judge += spent,
        }
        self.work = work;
        self.since = now;
    }

    pub(crate) fn times(&self) -> StageTimes {
        self.times
    }
}

/// Turns to other work where there is a watch. It is asked four times for every line.
#[inline(always)]
pub(crate) fn turn_to(watch: &mut Option<Box<Watch>>, work: Work) {
    if let Some(watch) = watch {
        watch.turn_to(work);
    }
}
