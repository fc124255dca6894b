//! Keys to sentences, in the language of the reader.

use crate::number;
use crate::phrase::Phrases;
use distretto_core::{Arg, Engine, Message, Outcome, Table, Values};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// The words of this crate; the engines bring theirs.
const BASE: [(&str, &str); 2] =
    [("en", include_str!("../messages/en.toml")), ("zh", include_str!("../messages/zh.toml"))];

/// Language of headings, sentences and captions. Names of columns in JSON and CSV never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Chinese, simplified characters.
    Zh,
}

impl Language {
    /// The code that study files and catalogues use.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
        }
    }

    /// The language of a code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "en" => Some(Self::En),
            "zh" => Some(Self::Zh),
            _ => None,
        }
    }
}

/// What codes are called. A code without a name is shown as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    /// Code of a region to its name.
    pub regions: HashMap<String, String>,
    /// Code of an industry to its title.
    pub industries: HashMap<String, String>,
    /// Identifier of an indicator to its title.
    pub indicators: HashMap<String, String>,
}

/// The wording of every key in one language, with English for what that language lacks.
///
/// A wording holds placeholders: `{name}` stands for the value of that name, `{name|region|regions}` for the first
/// word when the value is the count 1 and for the second otherwise.
#[derive(Debug, Clone)]
pub struct Catalogue {
    language: Language,
    words: HashMap<String, String>,
    /// Identifiers of the indicators of the result in hand: names that the user gave, for which there are no words.
    identifiers: HashSet<String>,
    phrases: Phrases,
}

/// The table whose columns are labels of the user: `row` names its rows, every other column is what one is called.
const MATRIX: &str = "matrix";

/// Columns and scalars that hold distances, where a result says in which unit.
const DISTANCES: [&str; 7] = ["r", "r_from", "r_to", "r_peak", "r_max", "r_beyond", "map_r"];

/// Whether a result says that its distances are kilometres.
pub(crate) fn distances_in_km(outcome: &Outcome) -> bool {
    outcome.provenance.conventions.get("distance_unit").and_then(serde_json::Value::as_str) == Some("km")
}

impl Catalogue {
    /// The words of this crate and of the engines.
    ///
    /// # Panics
    /// When a catalogue that is compiled in is not valid TOML: a bug, which the tests of the workspace find.
    #[must_use]
    pub fn new(language: Language, engines: &[Engine]) -> Self {
        let mut words = HashMap::new();
        let texts = || BASE.iter().chain(engines.iter().flat_map(|engine| engine.messages));
        for wanted in [Language::En.code(), language.code()] {
            for (_, text) in texts().filter(|(code, _)| *code == wanted) {
                let table: toml::Table = text.parse().expect("catalogues that are compiled in are valid TOML");
                flatten("", &table, &mut words);
            }
        }
        let phrases = Phrases::taken_from(&mut words);
        Self { language, words, phrases, identifiers: HashSet::new() }
    }

    /// The language of the words.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// The wording of a key; the key itself when there is none.
    #[must_use]
    pub fn word<'a>(&'a self, key: &'a str) -> &'a str {
        self.find(key).unwrap_or(key)
    }

    /// The wording of a key, when there is one.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<&str> {
        self.words.get(key).map(String::as_str)
    }

    /// What a result says in English of its method or of a convention, in the language of the reader: the wording of
    /// `phrase.ENGLISH`, where `{}` in a key stands for any text, `{0}`, `{1}` in its wording for that text. The English
    /// phrase itself when there is none.
    #[must_use]
    pub fn phrase<'a>(&'a self, english: &'a str) -> Cow<'a, str> {
        self.phrases.say(english)
    }

    /// The heading of a column: the wording of `column.NAME`, else the name with spaces for `_`.
    #[must_use]
    pub fn heading<'a>(&'a self, column: &'a str) -> Cow<'a, str> {
        match self.find(&format!("column.{column}")) {
            Some(heading) => Cow::Borrowed(heading),
            None => Cow::Owned(column.replace('_', " ")),
        }
    }

    /// The heading of a column of the table of this name. The labels of a matrix are those of its user and stand as
    /// they are. Where all columns of numbers are indicators of the result (a correlation
    /// matrix, normalised values), they go by their titles, else as the user called them: the `s` of a questionnaire is
    /// not the S of VIKOR.
    #[must_use]
    pub fn heading_in<'a>(&'a self, (name, table): (&str, &Table), column: &'a str, names: &'a Names) -> Cow<'a, str> {
        if name == MATRIX && column != "row" {
            return Cow::Borrowed(column);
        }
        if self.identifiers.contains(column) && self.is_of_indicators(table) {
            return Cow::Borrowed(names.indicators.get(column).map_or(column, String::as_str));
        }
        self.heading(column)
    }

    fn is_of_indicators(&self, table: &Table) -> bool {
        let numeric = |values: &Values| matches!(values, Values::Number(_) | Values::Interval(_));
        let columns = table.fields().iter().filter(|field| numeric(&field.values) && field.name != "year");
        columns.into_iter().all(|field| self.identifiers.contains(&field.name))
    }

    /// The same words, but a column goes by the heading of another one: the column `employment` of a result holds
    /// establishments when these were measured.
    #[must_use]
    pub fn renaming(&self, column: &str, by: &str) -> Self {
        let mut other = self.clone();
        other.words.insert(format!("column.{column}"), self.heading(by).into_owned());
        other
    }

    /// The same words, but columns and tables go by the headings that the command `engine estimand` has for them itself,
    /// the keys `engine.estimand.column.NAME` and `engine.estimand.table.NAME`: a letter such as `r` is another thing in
    /// another field.
    #[must_use]
    pub fn for_command(&self, command: &str) -> Self {
        let own = format!("{}.", command.replace(' ', "."));
        let mut other = self.clone();
        for (key, wording) in &self.words {
            if let Some(general) =
                key.strip_prefix(&own).filter(|key| ["column.", "table."].iter().any(|p| key.starts_with(p)))
            {
                other.words.insert(general.to_owned(), wording.clone());
            }
        }
        other
    }

    /// The words for a result: those of its command, and distances in kilometres say so.
    #[must_use]
    pub fn for_outcome(&self, outcome: &Outcome) -> Self {
        let mut other = self.for_command(&outcome.command);
        let lists = outcome
            .tables
            .iter()
            .flat_map(|(_, table)| ["indicator", "variable", "item"].map(|column| table.text(column)));
        other.identifiers = lists.flatten().flat_map(|text| text.labels().iter().map(ToString::to_string)).collect();
        if distances_in_km(outcome) {
            for column in DISTANCES {
                let heading = format!("{} ({})", other.heading(column), other.word("distance.km"));
                other.words.insert(format!("column.{column}"), heading);
            }
        }
        other
    }

    /// A wording of the command `engine estimand`: the key `engine.estimand.PART`.
    #[must_use]
    pub fn of_command(&self, command: &str, part: &str) -> Option<&str> {
        self.find(&format!("{}.{part}", command.replace(' ', ".")))
    }

    /// The sentence of a message. An unknown key gives the key, a placeholder without value stays as it is.
    #[must_use]
    pub fn say(&self, message: &Message, names: &Names) -> String {
        self.fill(self.word(message.key), &message.args, names)
    }

    /// A region with its name where that is known: `Kokomo, IN (29020)`.
    #[must_use]
    pub fn region(&self, code: &str, names: &Names) -> String {
        self.named(code, names.regions.get(code))
    }

    /// An industry with its title where that is known.
    #[must_use]
    pub fn industry(&self, code: &str, names: &Names) -> String {
        self.named(code, names.industries.get(code))
    }

    fn named(&self, code: &str, name: Option<&String>) -> String {
        match (name, self.language) {
            (Some(name), _) if name == code => name.clone(),
            (Some(name), Language::En) => format!("{name} ({code})"),
            (Some(name), Language::Zh) => format!("{name}（{code}）"),
            (None, _) => code.to_owned(),
        }
    }

    fn fill(&self, wording: &str, args: &[(&'static str, Arg)], names: &Names) -> String {
        let mut out = String::with_capacity(wording.len() + 32);
        let mut rest = wording;
        while let Some(start) = rest.find('{') {
            let Some(length) = rest[start..].find('}') else { break };
            out.push_str(&rest[..start]);
            let inner = &rest[start + 1..start + length];
            let after = &rest[start + length + 1..];
            rest = after;
            match args.iter().find(|(name, _)| *name == inner.split('|').next().unwrap_or(inner)) {
                Some((_, Arg::P(p))) if p.is_finite() && names_p(&mut out) => {
                    out.push(' ');
                    out.push_str(&number::p_relation(*p));
                }
                Some((_, arg)) => rest = joined(&mut out, &self.placeholder(inner, arg, args, names), after),
                None => out.push_str(&format!("{{{inner}}}")),
            }
        }
        out.push_str(rest);
        out
    }

    /// The words of a placeholder. Numbers of one sentence that are not equal are told apart: `1,320.16 against
    /// 1,320.15`, where four digits would print the same twice.
    fn placeholder(&self, inner: &str, arg: &Arg, args: &[(&'static str, Arg)], names: &Names) -> String {
        let forms = inner.split_once('|').and_then(|(_, forms)| forms.split_once('|'));
        match (forms, arg) {
            (Some((one, many)), _) => if is_one(arg) { one } else { many }.to_owned(),
            (None, Arg::Number(value)) => {
                let beside = args.iter().filter_map(|(_, arg)| match arg {
                    Arg::Number(other) => Some(*other),
                    _ => None,
                });
                self.digits(*value, number::digits_apart(*value, beside))
            }
            (None, _) => self.value(arg, names),
        }
    }

    fn value(&self, arg: &Arg, names: &Names) -> String {
        match arg {
            Arg::Count(count) => number::count(*count as u64),
            Arg::Number(value) => self.number(*value),
            Arg::Signed(value) if *value > 0.0 => format!("+{}", self.number(*value)),
            Arg::Signed(value) => self.number(*value),
            Arg::Share(share) if share.is_finite() => number::typographic(&number::percent(*share)),
            Arg::P(p) if p.is_finite() => format!("p {}", number::p_relation(*p)),
            Arg::Share(_) | Arg::P(_) => self.word("word.missing").to_owned(),
            Arg::Region(code) => self.region(code, names),
            Arg::Industry(code) => self.industry(code, names),
            Arg::Indicator(id) => names.indicators.get(id).unwrap_or(id).clone(),
            Arg::Column(column) => within_sentence(&self.heading(column)),
            Arg::Text(text) => text.clone(),
            Arg::List(items) => self.list(items, names),
            Arg::Message(message) => self.say(message, names),
        }
    }

    fn list(&self, items: &[Arg], names: &Names) -> String {
        let items: Vec<String> = items.iter().map(|item| self.value(item, names)).collect();
        // `Kokomo, IN` holds a comma itself.
        let nested = items.iter().any(|item| item.contains([',', '、']));
        items.join(match (self.language, nested) {
            (Language::En, false) => ", ",
            (Language::En, true) => "; ",
            (Language::Zh, false) => "、",
            (Language::Zh, true) => "；",
        })
    }

    /// A number with four significant digits and thousands separated, for a sentence.
    #[must_use]
    pub fn number(&self, value: f64) -> String {
        self.digits(value, 4)
    }

    fn digits(&self, value: f64, digits: usize) -> String {
        if value.is_finite() {
            number::typographic(&number::trimmed(&number::significant(value, digits)))
        } else {
            self.word("word.missing").to_owned()
        }
    }
}

/// Appends a value to a sentence, and gives what follows it: no space between two Chinese characters, one between them
/// and Latin letters.
fn joined<'a>(out: &mut String, value: &str, after: &'a str) -> &'a str {
    if is_chinese(value.chars().next()) && out.ends_with(' ') && is_chinese(out.trim_end().chars().last()) {
        out.truncate(out.trim_end().len());
    }
    let latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphabetic());
    if latin(value.chars().next()) && is_chinese(out.chars().last()) {
        out.push(' ');
    }
    out.push_str(value);
    if latin(value.chars().last()) && is_chinese(after.chars().next()) {
        out.push(' ');
    }
    let chinese = is_chinese(value.chars().last()) && is_chinese(after.trim_start().chars().next());
    if chinese { after.trim_start() } else { after }
}

/// Whether a character is Chinese: between two of them stands no space.
pub(crate) fn is_chinese(character: Option<char>) -> bool {
    character.is_some_and(|c| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'))
}

/// Whether the sentence so far ends in `p`, `q`, `p =` or `q =`: then it has named the value that follows, and what
/// stands after the letter is dropped, since the relation may be `<`.
fn names_p(sentence: &mut String) -> bool {
    let stem = sentence.trim_end().trim_end_matches('=').trim_end();
    let mut letters = stem.chars().rev();
    let named = matches!(letters.next(), Some('p' | 'q')) && letters.next().is_none_or(|c| !c.is_ascii_alphanumeric());
    let named = named && stem.len() < sentence.len();
    if named {
        sentence.truncate(stem.len());
    }
    named
}

fn is_one(arg: &Arg) -> bool {
    match arg {
        Arg::Count(count) => *count == 1,
        Arg::Number(value) => *value == 1.0,
        Arg::List(items) => items.len() == 1,
        _ => false,
    }
}

fn flatten(prefix: &str, table: &toml::Table, words: &mut HashMap<String, String>) {
    for (key, value) in table {
        let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            toml::Value::Table(inner) => flatten(&key, inner, words),
            toml::Value::String(text) => {
                words.insert(key, text.clone());
            }
            _ => {}
        }
    }
}

/// A heading within a sentence: its capital goes, unless it begins an abbreviation.
fn within_sentence(heading: &str) -> String {
    let mut letters = heading.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            first.to_lowercase().chain(heading.chars().skip(1)).collect()
        }
        _ => heading.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const WORDS: &str = r#"
        [test.x]
        regions = "{n} {n|region|regions} ({p})"
        bare = "significant, p {p}"
        equal = "so p = {p}."
        where = "in {region}: {share}, {list}"
        against = "{a}, against {b} ({c})"
        [test.x.column]
        r = "Regret"
    "#;
    const ZH: &str = r#"
        [test.x]
        where = "{region}：{share}，{list}"
        [phrase]
        "lq, e.g. of jobs (Balassa 1965)" = "区位商（Balassa 1965）"
        "{} nearest neighbours" = "最近的 {0} 个邻居"
    "#;

    fn catalogue(language: Language) -> Catalogue {
        let messages: &[(&str, &str)] = &[("en", WORDS), ("zh", ZH)];
        Catalogue::new(language, &[Engine { name: "test", about: "", estimands: &[], messages }])
    }

    fn names() -> Names {
        let mut names = Names::default();
        names.regions.insert("29020".into(), "Kokomo, IN".into());
        names
    }

    fn place() -> Message {
        let list = Arg::List(vec![Arg::Region("29020".into()), Arg::Number(0.5)]);
        let message = Message::new("test.x.where").with("region", Arg::Region("29020".into()));
        message.with("share", Arg::Share(0.3164)).with("list", list)
    }

    #[test]
    fn a_command_may_have_headings_of_its_own() {
        let words = catalogue(Language::En);
        assert_eq!(words.for_command("test x").heading("r"), "Regret");
        assert_eq!(words.for_command("test y").heading("r"), "r");
    }

    #[test]
    fn labels_of_a_matrix_stand_as_they_are() {
        let words = catalogue(Language::En).for_command("test x");
        let (names, table) = (Names::default(), Table::empty());
        let in_table = |name| words.heading_in((name, &table), "r", &names);
        assert_eq!((in_table("cells"), in_table("matrix")), ("Regret".into(), "r".into()));
        assert_eq!(words.heading_in(("matrix", &table), "row", &names), words.heading("row"));
    }

    #[test]
    fn two_numbers_of_a_sentence_are_told_apart() {
        let words = catalogue(Language::En);
        let said = |a: f64, b: f64| {
            let message = Message::new("test.x.against").number("a", a).number("b", b).number("c", -0.5);
            words.say(&message, &Names::default())
        };
        assert_eq!(said(1_320.161, 1_320.152), "1,320.16, against 1,320.15 (−0.5)");
        assert_eq!(said(1_320.161, 1_324.0), "1,320, against 1,324 (−0.5)");
        // Equal, or as good as equal.
        assert_eq!(said(1_320.161, 1_320.161), "1,320, against 1,320 (−0.5)");
        assert_eq!(said(1_320.161, 1_320.161_01), "1,320, against 1,320 (−0.5)");
    }

    #[test]
    fn distances_in_kilometres_say_so() {
        let words = catalogue(Language::En);
        let mut outcome = Outcome::new("test y", "");
        assert_eq!(words.for_outcome(&outcome).heading("r"), "r");
        outcome.convention("distance_unit", "km");
        assert_eq!(words.for_outcome(&outcome).heading("r"), "r (km)");
    }

    #[test]
    fn counts_choose_their_word_and_p_is_never_zero() {
        let say = |n, p| {
            let message = Message::new("test.x.regions").count("n", n).with("p", Arg::P(p));
            catalogue(Language::En).say(&message, &names())
        };
        assert_eq!(say(1, 0.0), "1 region (p < 0.001)");
        assert_eq!(say(1234, 0.0031), "1,234 regions (p = 0.003)");
        let bare = Message::new("test.x.bare").with("p", Arg::P(0.0));
        assert_eq!(catalogue(Language::En).say(&bare, &names()), "significant, p < 0.001");
        let equal = Message::new("test.x.equal").with("p", Arg::P(0.0));
        assert_eq!(catalogue(Language::En).say(&equal, &names()), "so p < 0.001.");
    }

    #[test]
    fn codes_are_named() {
        let english = "in Kokomo, IN (29020): 31.6%, Kokomo, IN (29020); 0.5";
        assert_eq!(catalogue(Language::En).say(&place(), &names()), english);
        let chinese = "Kokomo, IN（29020）：31.6%，Kokomo, IN（29020）；0.5";
        assert_eq!(catalogue(Language::Zh).say(&place(), &names()), chinese);
    }

    #[test]
    fn what_is_missing_falls_back_to_english_then_to_the_key() {
        let message = Message::new("test.x.regions").count("n", 2);
        assert_eq!(catalogue(Language::Zh).say(&message, &names()), "2 regions ({p})");
        assert_eq!(catalogue(Language::Zh).say(&Message::new("test.none"), &names()), "test.none");
        assert_eq!(catalogue(Language::En).heading("no_such_column"), "no such column");
    }

    #[test]
    fn phrases_of_results_are_said_in_the_language_of_the_reader() {
        let chinese = catalogue(Language::Zh);
        assert_eq!(chinese.phrase("lq, e.g. of jobs (Balassa 1965)"), "区位商（Balassa 1965）");
        assert_eq!(chinese.for_command("test x").phrase("6 nearest neighbours"), "最近的 6 个邻居");
        assert_eq!(chinese.phrase("bh"), "bh");
        assert_eq!(catalogue(Language::En).phrase("6 nearest neighbours"), "6 nearest neighbours");
    }

    #[test]
    fn both_languages_have_the_same_keys() {
        let keys = |text: &str| {
            let mut words = HashMap::new();
            flatten("", &text.parse().expect("valid TOML"), &mut words);
            words.into_keys().collect::<BTreeSet<_>>()
        };
        assert_eq!(keys(BASE[0].1), keys(BASE[1].1));
    }
}
