//! Sentences of the study's own for `In brief`, with numbers of the results in them.

use crate::document::{Document, at};
use crate::reference::names_nothing;
use crate::study::Study;
use distretto_core::{Fault, Outcome};
use distretto_report::Catalogue;

impl Study {
    /// The sentence that an analysis gives for `In brief`: `{name}` in it is a number of the summary of its result.
    ///
    /// # Errors
    /// A name in braces that the summary does not have.
    pub(crate) fn brief(&self, i: usize, outcome: &Outcome, catalogue: &Catalogue) -> Result<Option<String>, Fault> {
        let Some(words) = &self.analyses[i].brief else { return Ok(None) };
        let (mut out, mut rest) = (String::with_capacity(words.len()), words.as_str());
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else { break };
            let Some(value) = outcome.number(name) else {
                let known: Vec<&str> = outcome.summary.iter().map(|(name, _)| name.as_str()).collect();
                let fault = names_nothing("the summary of the result has no such number", words, name, &known);
                return Err(match Document::read(&self.shown, &self.text) {
                    Ok(document) => document.place(at!["analysis", i, "brief"], fault),
                    Err(_) => fault,
                });
            };
            out.push_str(before);
            out.push_str(&catalogue.number(value));
            rest = after;
        }
        out.push_str(rest);
        Ok(Some(out))
    }

    /// Whether the study says itself what its report holds in brief.
    pub(crate) fn has_briefs(&self) -> bool {
        self.analyses.iter().any(|analysis| analysis.brief.is_some())
    }
}
