//! The dictionary of phrases: what results say of their method and conventions, in the language of the reader.
//!
//! Results are written in English, and their JSON stays so whatever the language. Catalogues of another language hold a
//! table `[phrase]`, whose keys are the English phrases.

use crate::catalogue::is_chinese;
use std::borrow::Cow;
use std::collections::HashMap;

/// Stands in an English phrase of the dictionary for what changes: a number, a name, another phrase.
const WILDCARD: &str = "{}";

/// English phrases to those of one language.
#[derive(Debug, Clone, Default)]
pub(crate) struct Phrases {
    exact: HashMap<String, String>,
    /// Those with wildcards, the one with most letters of its own first.
    templates: Vec<(String, String)>,
}

impl Phrases {
    /// Moves the keys `phrase.ENGLISH` from the words of a catalogue into a dictionary.
    pub(crate) fn taken_from(words: &mut HashMap<String, String>) -> Self {
        let mut phrases = Self::default();
        words.retain(|key, wording| {
            let Some(english) = key.strip_prefix("phrase.") else { return true };
            let pair = (english.to_owned(), std::mem::take(wording));
            if english.contains(WILDCARD) {
                phrases.templates.push(pair);
            } else {
                phrases.exact.insert(pair.0, pair.1);
            }
            false
        });
        let own = |(key, _): &(String, String)| key.len() - key.matches(WILDCARD).count() * WILDCARD.len();
        phrases.templates.sort_by(|a, b| own(b).cmp(&own(a)).then_with(|| a.0.cmp(&b.0)));
        phrases
    }

    /// The phrase as the dictionary has it, the English one where it has none. What a wildcard stands for is looked up
    /// in turn.
    pub(crate) fn say<'a>(&'a self, english: &'a str) -> Cow<'a, str> {
        if let Some(known) = self.exact.get(english) {
            return Cow::Borrowed(known);
        }
        let fits = |(key, wording): &'a (String, String)| Some((captured(key, english)?, wording));
        match self.templates.iter().find_map(fits) {
            Some((parts, wording)) => {
                let parts: Vec<Cow<'_, str>> = parts.into_iter().map(|part| self.say(part)).collect();
                Cow::Owned(filled(wording, &parts))
            }
            None => Cow::Borrowed(english),
        }
    }
}

/// What the wildcards of a key stand for in a text, each the shortest text that fits and never nothing; `None` where the
/// text has another form.
fn captured<'a>(key: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut fixed = key.split(WILDCARD);
    let mut rest = text.strip_prefix(fixed.next()?)?;
    let fixed: Vec<&str> = fixed.collect();
    let (last, between) = fixed.split_last()?;
    let mut parts = Vec::with_capacity(fixed.len());
    for piece in between {
        let first = rest.chars().next()?.len_utf8();
        let end = first + rest[first..].find(piece)?;
        parts.push(&rest[..end]);
        rest = &rest[end + piece.len()..];
    }
    parts.push(rest.strip_suffix(last).filter(|part| !part.is_empty())?);
    // A wildcard that stands for the whole text would be looked up for ever.
    (parts[0].len() < text.len()).then_some(parts)
}

/// The wording with its parts for `{0}`, `{1}` and so on; a part in Latin letters is set off from Chinese ones.
fn filled(wording: &str, parts: &[Cow<'_, str>]) -> String {
    let mut out = String::with_capacity(wording.len() + 32);
    let mut rest = wording;
    while let Some(start) = rest.find('{') {
        let Some(length) = rest[start..].find('}') else { break };
        let (name, after) = (&rest[start + 1..start + length], &rest[start + length + 1..]);
        out.push_str(&rest[..start]);
        match name.parse().ok().and_then(|place: usize| parts.get(place)) {
            Some(part) => {
                let latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
                if latin(part.chars().next()) && is_chinese(out.chars().last()) {
                    out.push(' ');
                }
                out.push_str(part);
                if latin(part.chars().last()) && is_chinese(after.chars().next()) {
                    out.push(' ');
                }
            }
            None => out.push_str(&rest[start..=start + length]),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: [(&str, &str); 7] = [
        ("phrase.location quotient (Balassa 1965), e.g. of jobs", "区位商（Balassa 1965）"),
        ("phrase.{} nearest neighbours", "最近的 {0} 个邻居"),
        ("phrase.by {}, δ = {}", "以{0}估计，δ = {1}"),
        ("phrase.by rows of {}, δ = {}", "按 {0} 的行估计，δ = {1}"),
        ("phrase.SLQ by rows", "按行的 SLQ"),
        ("phrase.{}", "任何"),
        ("column.lq", "区位商"),
    ];

    fn words() -> HashMap<String, String> {
        WORDS.iter().map(|(key, wording)| ((*key).to_owned(), (*wording).to_owned())).collect()
    }

    #[test]
    fn a_phrase_is_found_as_a_whole() {
        let mut words = words();
        let phrases = Phrases::taken_from(&mut words);
        assert_eq!(phrases.say("location quotient (Balassa 1965), e.g. of jobs"), "区位商（Balassa 1965）");
        assert_eq!(words.into_keys().collect::<Vec<_>>(), ["column.lq"]);
    }

    #[test]
    fn wildcards_stand_for_the_shortest_text_that_fits() {
        let phrases = Phrases::taken_from(&mut words());
        assert_eq!(phrases.say("6 nearest neighbours"), "最近的 6 个邻居");
        // What a wildcard stands for is a phrase itself, and Latin letters are set off.
        assert_eq!(phrases.say("by SLQ by rows, δ = 0.25"), "以按行的 SLQ 估计，δ = 0.25");
        assert_eq!(phrases.say("by FLQ, δ = 1, δ = 2"), "以 FLQ 估计，δ = 1, δ = 2");
        // The template with more letters of its own goes first.
        assert_eq!(phrases.say("by rows of A, δ = 0"), "按 A 的行估计，δ = 0");
        assert_eq!(captured("{}, {}", "é, b, c"), Some(vec!["é", "b, c"]));
        assert_eq!(captured("{} to {}", "1 to "), None);
        assert_eq!(captured("{}x", "x"), None);
    }

    #[test]
    fn an_unknown_phrase_stays_english() {
        let phrases = Phrases::taken_from(&mut words());
        assert_eq!(phrases.say("nearest neighbours"), "nearest neighbours");
        assert_eq!(phrases.say(""), "");
        assert_eq!(Phrases::default().say("6 nearest neighbours"), "6 nearest neighbours");
    }

    #[test]
    fn a_placeholder_without_a_part_stays() {
        assert_eq!(filled("{0} 与 {1}，{x", &[Cow::Borrowed("a")]), "a 与 {1}，{x");
    }
}
