//! The judges in the order in which they are asked, and what they say together.
//!
//! Of most lines none has anything to say, and lines are looked at in several passes: each judge tells
//! at a glance that it has nothing against a line, and where none may have, none is asked.

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
        let decision = self.ask(view, memory, repeats)?;
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
    fn ask(&self, view: View<'_>, memory: &mut Memory, repeats: &Repeats) -> Option<Decision> {
        let mut asked = Asked { decision: Decision::Keep(None), is_over: false };
        if let Some(judge) = &self.boilerplate {
            let judgement = match judge.may_object(view, memory) {
                true => judge.judge(view, memory),
                false => Judgement::Keep,
            };
            if judgement == Judgement::NeedMore {
                return None;
            }
            Boilerplate::see_blank_lines(view, memory);
            asked.take(judgement)?;
        }
        if self.line_model.is_some() && !asked.is_over {
            asked.take(LineModelJudge::judge(view))?;
        }
        if let Some(judge) = self.spam.as_ref().filter(|_| !asked.is_over)
            && Spam::may_object(view)
        {
            asked.take(judge.judge(view))?;
        }
        if let Some(judge) = self.duplicate.as_ref().filter(|_| !asked.is_over) {
            asked.take(judge.judge(view, memory, repeats))?;
        }
        if let Some(judge) = self.language.as_ref().filter(|_| !asked.is_over) {
            asked.take(judge.judge(view, memory))?;
        }
        Some(asked.decision)
    }
}

/// What was said of a line so far.
struct Asked {
    decision: Decision,
    /// Whether no further judge is asked.
    is_over: bool,
}

impl Asked {
    /// Takes what one more judge says; `None` if it has to wait.
    fn take(&mut self, judgement: Judgement) -> Option<()> {
        match judgement {
            Judgement::Keep => {}
            Judgement::Spare(nearly) => {
                if let Decision::Keep(closest) = &mut self.decision
                    && closest
                        .as_ref()
                        .is_none_or(|other| other.removal.score < nearly.removal.score)
                {
                    *closest = Some(Box::new(nearly));
                }
            }
            Judgement::Trim(spans) => self.decision = Decision::Trim(spans),
            Judgement::Drop(removal) => {
                self.decision = Decision::Drop(removal);
                self.is_over = true;
            }
            Judgement::NeedMore => return None,
        }
        Some(())
    }
}
