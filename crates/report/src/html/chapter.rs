//! A chapter of a report: one analysis.

use crate::catalogue::{Catalogue, Names, is_chinese};
use crate::figure::Figure;
use crate::html::Preview;
use distretto_core::{Focus, Message, Outcome};
use serde::Serialize;
use std::collections::HashSet;

/// One analysis as a reader meets it.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Chapter {
    /// Name of the analysis in the study; the anchor of the chapter.
    pub id: String,
    /// Heading.
    pub title: String,
    /// What the estimand is called.
    pub estimand: String,
    /// The two words of the command.
    pub command: String,
    /// The whole command line, with inputs and the options that differ from their defaults; only the two words when
    /// empty.
    pub call: String,
    /// Words of the author, in a small part of Markdown.
    pub text: Option<String>,
    /// The findings in words: a place or industry has its code where it is named first.
    pub findings: Vec<String>,
    /// What the report says of it in brief: a sentence of the author, else the first finding, without codes; empty where
    /// the chapter has nothing to say there.
    pub brief: String,
    /// The figures.
    pub figures: Vec<ChapterFigure>,
    /// The tables, cut to a few rows.
    pub tables: Vec<Preview>,
    /// What the reader must know before she uses the numbers.
    pub warnings: Vec<String>,
    /// The method in a paragraph.
    pub method: String,
    /// Its limits in a sentence or two.
    pub limits: String,
    /// The method and its source in a phrase.
    pub source: String,
    /// Seed of the random draws.
    pub seed: u64,
    /// Conventions on which tools differ, by name.
    pub conventions: Vec<(String, String)>,
    /// Options by name.
    pub options: Vec<(String, String)>,
    /// Where the result lies as JSON, relative to the page.
    pub href: Option<String>,
}

/// A figure within a chapter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChapterFigure {
    /// The drawing.
    pub figure: Figure,
    /// Where it lies as a file, relative to the page.
    pub href: Option<String>,
}

impl Chapter {
    /// The chapter of an outcome: its title, words and summary from the catalogue, its findings as sentences. Figures,
    /// tables and the words of the author are added by the caller.
    #[must_use]
    pub fn new(id: &str, outcome: &Outcome, findings: &[Message], catalogue: &Catalogue, names: &Names) -> Self {
        let part = |part: &str| catalogue.of_command(&outcome.command, part).unwrap_or_default().to_owned();
        let pairs = |map: &serde_json::Map<String, serde_json::Value>, said: &dyn Fn(&str) -> String| {
            let given = map.iter().filter(|(_, value)| !is_unset(value));
            given.map(|(name, value)| (name.clone(), plain(value, said))).collect()
        };
        let phrase = |english: &str| catalogue.phrase(english).into_owned();
        let title = Some(part("title")).filter(|title| !title.is_empty()).unwrap_or_else(|| outcome.command.clone());
        Self {
            id: id.to_owned(),
            estimand: title.clone(),
            title,
            command: outcome.command.clone(),
            brief: findings.first().map(|first| catalogue.say(first, names)).unwrap_or_default(),
            findings: findings.iter().map(|message| catalogue.say(message, names)).collect(),
            warnings: outcome.warnings.iter().map(|message| catalogue.say(message, names)).collect(),
            method: part("method"),
            limits: part("limits"),
            source: phrase(&outcome.provenance.method),
            seed: outcome.provenance.seed,
            conventions: pairs(&outcome.provenance.conventions, &phrase),
            // Options are words of the command line, the same in every language.
            options: pairs(&outcome.provenance.options, &str::to_owned),
            ..Self::default()
        }
    }
}

impl Chapter {
    /// Names every place and industry with its code once only; the industry in focus then goes by its label.
    #[must_use]
    pub fn with_short_names(mut self, focus: &Focus, names: &Names) -> Self {
        let mut seen = HashSet::new();
        self.findings = self.findings.iter().map(|text| shortened(text, focus, names, &mut Some(&mut seen))).collect();
        self.brief = shortened(&self.brief, focus, names, &mut None);
        self
    }
}

/// The text without the codes that stand in brackets behind names that were `seen` before; without any when there is
/// nothing to remember them.
fn shortened(text: &str, focus: &Focus, names: &Names, seen: &mut Option<&mut HashSet<String>>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['(', '（']) {
        let open = rest[at..].chars().next().unwrap_or('(');
        let inner = &rest[at + open.len_utf8()..];
        let close = if open == '(' { ')' } else { '）' };
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some(end) = inner.find(close) else { break };
        let code = &inner[..end];
        let name = [names.regions.get(code), names.industries.get(code)];
        let name = name.into_iter().flatten().find(|name| out.trim_end().ends_with(name.as_str()));
        let length = open.len_utf8() + end + close.len_utf8();
        match name {
            Some(name) if seen.as_mut().is_none_or(|seen| !seen.insert(code.to_owned())) => {
                out.truncate(out.trim_end().len());
                let label = focus.label.as_ref().filter(|_| matches!(&focus.industries[..], [one] if one == code));
                if let Some(label) = label.filter(|_| names.industries.get(code) == Some(name)) {
                    out.truncate(out.len() - name.len());
                    let label = in_place(label, &out);
                    if is_chinese(label.chars().next()) && is_chinese(out.trim_end().chars().last()) {
                        out.truncate(out.trim_end().len());
                    }
                    out.push_str(&label);
                    let after = &rest[length..];
                    if is_chinese(label.chars().last()) && is_chinese(after.trim_start().chars().next()) {
                        rest = after.trim_start();
                        continue;
                    }
                }
            }
            _ => out.push_str(&rest[..length]),
        }
        rest = &rest[length..];
    }
    out.push_str(rest);
    out
}

/// A label with a capital where a sentence begins.
fn in_place(label: &str, before: &str) -> String {
    let begins = before.trim_end().is_empty() || before.trim_end().ends_with(['.', '。', '!', '?']);
    let mut letters = label.chars();
    match letters.next().filter(|_| begins) {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => label.to_owned(),
    }
}

/// Whether an option was left open.
fn is_unset(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Null => true,
        serde_json::Value::Array(items) => items.is_empty(),
        serde_json::Value::String(text) => text.is_empty(),
        _ => false,
    }
}

/// A value as text; `said` puts words into the language of the reader.
fn plain(value: &serde_json::Value, said: &dyn Fn(&str) -> String) -> String {
    match value {
        serde_json::Value::String(text) => said(text),
        serde_json::Value::Null => "–".to_owned(),
        serde_json::Value::Array(items) => items.iter().map(|item| plain(item, said)).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Language;
    use distretto_core::Engine;

    #[test]
    fn conventions_are_said_in_the_language_of_the_reader_and_options_are_not() {
        const ZH: &str = "[phrase]\n\"location quotient\" = \"区位商\"\n\"all {}\" = \"全部 {0}\"";
        let engine = Engine { name: "test", about: "", estimands: &[], messages: &[("zh", ZH)] };
        let mut outcome = Outcome::new("test x", "location quotient");
        outcome.convention("reference", "all regions").convention("level", 0.95).convention("empty", "");
        outcome.provenance.options.insert("value".into(), "all regions".into());
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        for (language, source, reference) in
            [(Language::En, "location quotient", "all regions"), (Language::Zh, "区位商", "全部 regions")]
        {
            let words = Catalogue::new(language, &[engine]);
            let chapter = Chapter::new("x", &outcome, &[], &words, &Names::default());
            assert_eq!(chapter.source, source);
            assert_eq!(chapter.conventions, [pair("reference", reference), pair("level", "0.95")]);
            assert_eq!(chapter.options, [pair("value", "all regions")]);
        }
    }

    #[test]
    fn a_code_is_named_once() {
        let mut names = Names::default();
        names.regions.insert("29020".into(), "Kokomo, IN".into());
        names.industries.insert("3363".into(), "Motor vehicle parts manufacturing".into());
        let focus = Focus { industries: vec!["3363".into()], label: Some("car parts".into()), ..Focus::default() };
        let findings = [
            "Motor vehicle parts manufacturing (3363) leads in Kokomo, IN (29020) (56.17 (3)).",
            "Kokomo, IN (29020) (+1) has Motor vehicle parts manufacturing (3363), (29020",
        ];
        let findings: Vec<String> = findings.map(str::to_owned).into();
        let chapter = Chapter { brief: findings[0].clone(), findings, ..Chapter::default() };
        let chapter = chapter.with_short_names(&focus, &names);
        assert_eq!(chapter.brief, "Car parts leads in Kokomo, IN (56.17 (3)).");
        assert_eq!(
            chapter.findings,
            [
                "Motor vehicle parts manufacturing (3363) leads in Kokomo, IN (29020) (56.17 (3)).",
                "Kokomo, IN (+1) has car parts, (29020"
            ]
        );
    }
}
