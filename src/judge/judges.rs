//! The judges in the order in which they are asked, and what they say together.
//!
//! Of most lines none has anything to say, and lines are looked at in several passes: each judge tells
//! at a glance that it has nothing against a line, and where none may have, none is asked.

use std::ops::ControlFlow;

use super::{
    Boilerplate, Duplicate, Judgement, LanguageFilter, LineModelJudge, Memory, Repeats, Spam,
};
use crate::line::Trim;
use crate::verdict::{Nearly, Removal};
use crate::window::View;

/// The judges of a pipeline.
#[derive(Default)]
pub(crate) struct Judges {
    pub boilerplate: Option<Boilerplate>,
    pub line_model: Option<LineModelJudge>,
    pub spam: Option<Spam>,
    pub duplicate: Option<Duplicate>,
    pub language: Option<LanguageFilter>,
}

/// What the judges say of a line.
pub(crate) enum Decision {
    Keep(Option<Box<Nearly>>),
    Trim(Vec<Trim>),
    Drop(Removal),
}

impl Judges {
    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        let Judges { boilerplate, line_model, spam, duplicate, language } = self;
        let rules = boilerplate.is_none() && line_model.is_none() && spam.is_none();
        rules && duplicate.is_none() && language.is_none()
    }

    /// Asks the judges, and remembers what they said; `None` if lines that have not come can tell.
    #[inline(always)]
    pub(crate) fn decide(
        &self,
        view: View<'_>,
        memory: &mut Memory,
        repeats: &mut Repeats,
    ) -> Option<Decision> {
        memory.language.follow();
        if !view.entry().is_judged {
            return Some(Decision::Keep(None));
        }
        if !self.may_object(view, memory, repeats) {
            if self.boilerplate.is_some() {
                Boilerplate::see_blank_lines(view, memory);
            }
            self.remember(view, true, memory, repeats);
            return Some(Decision::Keep(None));
        }
        let decision = match self.ask(view, memory, repeats) {
            ControlFlow::Continue(decision) => decision,
            ControlFlow::Break(decision) => decision?,
        };
        let stays = !matches!(decision, Decision::Drop(_));
        self.remember(view, stays, memory, repeats);
        Some(decision)
    }

    /// Whether a judge may have something against a line; of most lines none has.
    #[inline(always)]
    fn may_object(&self, view: View<'_>, memory: &Memory, repeats: &Repeats) -> bool {
        let Judges { boilerplate, line_model, spam, duplicate, language } = self;
        language.is_some()
            || line_model.is_some() && LineModelJudge::may_object(view)
            || boilerplate.as_ref().is_some_and(|judge| judge.may_object(view, memory))
            || spam.is_some() && Spam::may_object(view)
            || duplicate.as_ref().is_some_and(|judge| judge.may_object(view, memory, repeats))
    }

    /// Whether a line goes whatever becomes of others, as far as that is known without asking.
    pub(crate) fn must_object(&self, view: View<'_>) -> bool {
        view.entry().is_judged && self.line_model.is_some() && LineModelJudge::must_object(view)
    }

    #[inline(always)]
    fn remember(&self, view: View<'_>, stays: bool, memory: &mut Memory, repeats: &mut Repeats) {
        let line = view.entry();
        if let Some(duplicate) = &self.duplicate {
            duplicate.decided(line, stays, &mut memory.duplicate, repeats);
        }
        if stays {
            memory.keep(&line.facts, &line.hits);
        }
    }

    /// Asks one judge after the other, until one has something against the line, or has to wait.
    // By itself, since of most lines nobody is asked.
    #[inline(never)]
    fn ask(
        &self,
        view: View<'_>,
        memory: &mut Memory,
        repeats: &Repeats,
    ) -> ControlFlow<Option<Decision>, Decision> {
        let mut said = Said(Decision::Keep(None));
        if let Some(judge) = &self.boilerplate {
            let judgement = match judge.may_object(view, memory) {
                true => judge.judge(view, memory),
                false => Judgement::Keep,
            };
            if !matches!(judgement, Judgement::NeedMore) {
                Boilerplate::see_blank_lines(view, memory);
            }
            said.take(judgement)?;
        }
        if self.line_model.is_some() && LineModelJudge::may_object(view) {
            said.take(LineModelJudge::judge(view))?;
        }
        if let Some(judge) = &self.spam
            && Spam::may_object(view)
        {
            said.take(judge.judge(view))?;
        }
        if let Some(judge) = &self.duplicate {
            said.take(judge.judge(view, memory, repeats))?;
        }
        if let Some(judge) = &self.language {
            said.take(judge.judge(view, memory))?;
        }
        ControlFlow::Continue(said.0)
    }
}

/// What was said of a line so far.
struct Said(Decision);

impl Said {
    /// Takes what one more judge says. No further one is asked where it drops the line, or has to wait.
    #[inline(always)]
    fn take(&mut self, judgement: Judgement) -> ControlFlow<Option<Decision>> {
        match judgement {
            Judgement::Keep => {}
            Judgement::Spare(nearly) => {
                if let Decision::Keep(closest) = &mut self.0
                    && closest
                        .as_ref()
                        .is_none_or(|other| other.removal.score < nearly.removal.score)
                {
                    *closest = Some(Box::new(nearly));
                }
            }
            Judgement::Trim(spans) => self.0 = Decision::Trim(spans),
            Judgement::Drop(removal) => return ControlFlow::Break(Some(Decision::Drop(removal))),
            Judgement::NeedMore => return ControlFlow::Break(None),
        }
        ControlFlow::Continue(())
    }
}
