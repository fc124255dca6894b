//! Governance of relations in a value chain, from the complexity of the transaction, how far it can be codified, and
//! what suppliers can do.

use distretto_core::{
    Arg, ColumnKind, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message,
    OptionValues, Outcome, Place, Table, TableSpec, Text, Values, option_specs, parse_options,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "governance",
    about: "Governance of value-chain relations: market, modular, relational, captive or hierarchy",
    chapter: "link/relations",
    revision: 1,
    inputs: &[Input::table(
        "scores",
        Place::Positional,
        true,
        "Scores: relation, complexity, codifiability, capability, perhaps rater",
    )],
    options: option_specs::<GovernanceOptions>,
    plan,
    run,
    findings,
    figures,
};

/// The three scores.
const SCORES: [&str; 3] = ["complexity", "codifiability", "capability"];

/// The five types, from the least to the most explicit coordination.
pub const TYPES: [&str; 5] = ["market", "modular", "relational", "captive", "hierarchy"];

/// Options of [`classify`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GovernanceOptions {
    /// Lowest and highest score, `LOW..HIGH`.
    pub scale: String,
    /// Scores from here on are high; left out, the middle of the scale.
    pub threshold: Option<f64>,
}

impl Default for GovernanceOptions {
    fn default() -> Self {
        Self { scale: "1..5".to_owned(), threshold: None }
    }
}

/// The scale of the scores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// Lowest score.
    pub low: f64,
    /// Highest score.
    pub high: f64,
    /// From here on a score is high.
    pub threshold: f64,
}

impl GovernanceOptions {
    /// The scale and its threshold.
    ///
    /// # Errors
    /// A scale that is no `LOW..HIGH` of two rising numbers, a threshold outside it.
    pub fn validate(&self) -> Result<Scale, Fault> {
        let ends = self.scale.split_once("..").map(|(low, high)| (low.trim().parse(), high.trim().parse()));
        let (low, high): (f64, f64) = match ends {
            Some((Ok(low), Ok(high))) if f64::is_finite(low) && f64::is_finite(high) && low < high => (low, high),
            _ => {
                let fault = Fault::option("option `scale`: two rising numbers are needed, LOW..HIGH");
                return Err(fault.with_value(self.scale.as_str()).with_hint("write, for instance, 1..5"));
            }
        };
        let threshold = self.threshold.unwrap_or(low + (high - low) / 2.0);
        if !(low..=high).contains(&threshold) {
            let fault = Fault::option(format!("option `threshold`: it lies outside the scale {low}..{high}"));
            return Err(fault.with_value(threshold.to_string()));
        }
        Ok(Scale { low, high, threshold })
    }
}

/// What three levels (true is high) make of a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Governance {
    /// One of [`TYPES`], by its place.
    Type(usize),
    /// Simple and codified, but the supplier cannot do it: it drops out of the chain.
    Excluded,
    /// Simple and yet hard to codify.
    Unlikely,
}

/// Type of governance from complexity, codifiability and capability, each high or low.
///
/// # References
/// Gereffi, Humphrey and Sturgeon 2005, Review of International Political Economy 12, 78–104, Table 1,
/// doi:10.1080/09692290500049805.
#[must_use]
pub fn classify(levels: [bool; 3]) -> Governance {
    match levels {
        [false, true, true] => Governance::Type(0),
        [true, true, true] => Governance::Type(1),
        [true, false, true] => Governance::Type(2),
        [true, true, false] => Governance::Type(3),
        [true, false, false] => Governance::Type(4),
        [false, true, false] => Governance::Excluded,
        [false, false, _] => Governance::Unlikely,
    }
}

/// The scores of a relation by one rater: where on the scale, and whether all are numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rating {
    scores: [f64; 3],
    numbers: bool,
}

/// A relation, rated.
#[derive(Debug, Clone, PartialEq)]
struct Relation {
    name: String,
    ratings: Vec<Rating>,
}

/// A relation, classified.
#[derive(Debug, Clone, PartialEq)]
struct Classified {
    levels: [bool; 3],
    governance: Governance,
    margin: f64,
    agreement: f64,
}

impl Relation {
    /// The type of the mean scores, and how many raters see the same.
    fn classified(&self, scale: &Scale) -> Classified {
        let n = self.ratings.len() as f64;
        let mean = |k: usize| self.ratings.iter().map(|rating| rating.scores[k]).sum::<f64>() / n;
        let scores = [0, 1, 2].map(mean);
        let high = |scores: [f64; 3]| scores.map(|score| score >= scale.threshold);
        let governance = classify(high(scores));
        let nearest = scores.iter().map(|score| (score - scale.threshold).abs()).fold(f64::INFINITY, f64::min);
        let numbers = self.ratings.iter().all(|rating| rating.numbers);
        let alike = self.ratings.iter().filter(|rating| classify(high(rating.scores)) == governance).count() as f64;
        Classified {
            levels: high(scores),
            governance,
            margin: if numbers { nearest / (scale.high - scale.low) } else { f64::NAN },
            agreement: if matches!(governance, Governance::Type(_)) { alike / n } else { f64::NAN },
        }
    }
}

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: GovernanceOptions = parse_options(values)?;
    options.validate()?;
    let mut spec = TableSpec::new("scores").need("relation", ColumnKind::Label);
    for name in SCORES {
        spec = spec.need(name, ColumnKind::Any);
    }
    Ok(vec![spec.take("rater", ColumnKind::Label).unique(&["relation", "rater"])])
}

/// The score in a cell: a number within the scale, or an end of the scale for `low` and `high`.
fn score(table: &Table, row: usize, name: &str, scale: &Scale) -> Result<(f64, bool), Fault> {
    let (text, number) = match table.field(name).map(|field| &field.values) {
        Some(Values::Number(numbers)) if !numbers[row].is_nan() => (numbers[row].to_string(), Some(numbers[row])),
        Some(Values::Text(text)) => {
            let word = text.get(row).unwrap_or_default().trim();
            (word.to_owned(), word.parse::<f64>().ok().filter(|number| number.is_finite()))
        }
        _ => (String::new(), None),
    };
    let fault = |message: String| Fault::input(message).at(table, row, name).with_value(text.as_str());
    match (number, text.to_lowercase().as_str()) {
        (Some(score), _) if (scale.low..=scale.high).contains(&score) => Ok((score, true)),
        (Some(_), _) => {
            let fault = fault(format!("{name} lies outside the scale {}..{}", scale.low, scale.high));
            Err(fault.with_hint("give the scale with `--scale LOW..HIGH`"))
        }
        (None, "high") => Ok((scale.high, false)),
        (None, "low") => Ok((scale.low, false)),
        (None, "") => Err(Fault::input(format!("{name} is missing; all three scores are needed")).at(table, row, name)),
        _ => Err(fault(format!("{name} is neither a number nor `high` or `low`"))),
    }
}

fn relations(table: &Table, scale: &Scale) -> Result<Vec<Relation>, Fault> {
    let names =
        table.text("relation").ok_or_else(|| Fault::input("the column `relation` is needed").in_table(table))?;
    let mut relations: Vec<Relation> =
        names.labels().iter().map(|name| Relation { name: name.clone(), ratings: Vec::new() }).collect();
    for row in 0..table.rows() {
        let mut rating = Rating { scores: [0.0; 3], numbers: true };
        for (k, name) in SCORES.into_iter().enumerate() {
            let (score, number) = score(table, row, name, scale)?;
            rating.scores[k] = score;
            rating.numbers &= number;
        }
        if let Some(relation) = names.code(row) {
            relations[relation as usize].ratings.push(rating);
        }
    }
    Ok(relations)
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: GovernanceOptions = parse_options(values)?;
    let scale = options.validate()?;
    let table = inputs.need("scores")?;
    let relations = relations(table, &scale)?;
    let classified: Vec<Classified> = relations.iter().map(|relation| relation.classified(&scale)).collect();
    let rated = table.text("rater").is_some();
    Ok(package(&relations, &classified, &scale, rated))
}

fn package(relations: &[Relation], classified: &[Classified], scale: &Scale, rated: bool) -> Outcome {
    let mut outcome = Outcome::new(
        "link governance",
        "type from complexity, codifiability and capability (Gereffi, Humphrey and Sturgeon 2005, Table 1)",
    );
    outcome.convention("scale", format!("{}..{}", scale.low, scale.high));
    outcome.convention("high", format!("{} and above", scale.threshold));
    if rated {
        outcome.convention("raters", "scores averaged over raters");
    }
    let of_type = |k: usize| classified.iter().filter(|one| one.governance == Governance::Type(k)).count() as f64;
    let counts = [0, 1, 2, 3, 4].map(of_type);
    let (all, typed) = (classified.len() as f64, counts.iter().sum::<f64>());
    let without = |which: Governance| classified.iter().filter(|one| one.governance == which).count();
    for (which, key) in
        [(Governance::Excluded, "link.governance.excluded"), (Governance::Unlikely, "link.governance.unlikely")]
    {
        if without(which) > 0 {
            outcome.warn(Message::new(key).count("count", without(which)));
        }
    }
    outcome.scalar("relations", all).scalar("classified", typed);
    outcome.add_table("relations", relations_table(relations, classified, rated));
    let types = Table::empty()
        .with_text("governance", TYPES.into_iter().map(Some).collect())
        .with_numbers("relations", counts.to_vec())
        .with_numbers("share", counts.iter().map(|count| count / all).collect());
    outcome.add_table("types", types);
    outcome
}

fn relations_table(relations: &[Relation], classified: &[Classified], rated: bool) -> Table {
    let level =
        |k: usize| -> Text { classified.iter().map(|one| Some(if one.levels[k] { "high" } else { "low" })).collect() };
    let governance = |one: &Classified| match one.governance {
        Governance::Type(k) => Some(TYPES[k]),
        _ => None,
    };
    let coordination = |one: &Classified| match one.governance {
        Governance::Type(k) => (k + 1) as f64,
        _ => f64::NAN,
    };
    let note = |one: &Classified| match one.governance {
        Governance::Type(_) => None,
        Governance::Excluded => Some("excluded"),
        Governance::Unlikely => Some("unlikely"),
    };
    let table = Table::empty()
        .with_text("relation", relations.iter().map(|relation| Some(relation.name.as_str())).collect())
        .with_text("complexity_level", level(0))
        .with_text("codifiability_level", level(1))
        .with_text("capability_level", level(2))
        .with_text("governance", classified.iter().map(governance).collect())
        .with_numbers("coordination", classified.iter().map(coordination).collect())
        .with_numbers("margin", classified.iter().map(|one| one.margin).collect())
        .with_text("note", classified.iter().map(note).collect());
    if rated { table.with_numbers("agreement", classified.iter().map(|one| one.agreement).collect()) } else { table }
}

/// Share of the scale within which a score is said to lie close to the threshold.
const CLOSE: f64 = 0.1;

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let count = |name: &str| outcome.number(name).unwrap_or_default() as usize;
    let message = Message::new("link.governance.classified").count("classified", count("classified"));
    let mut said = vec![message.count("relations", count("relations"))];
    if let Some((types, counts)) =
        outcome.table("types").and_then(|t| Some((t.text("governance")?, t.numbers("relations")?)))
    {
        let mut rows: Vec<usize> = (0..counts.len()).filter(|&row| counts[row] > 0.0).collect();
        rows.sort_by(|&a, &b| counts[b].total_cmp(&counts[a]).then(a.cmp(&b)));
        let item = |&row: &usize| {
            let word = type_word(types.get(row).unwrap_or_default());
            let message = Message::new("link.governance.of-type").with("type", Arg::Message(Box::new(word)));
            Arg::Message(Box::new(message.count("count", counts[row] as usize)))
        };
        let list: Vec<Arg> = rows.iter().map(item).collect();
        if !list.is_empty() {
            said.push(Message::new("link.governance.types").with("list", Arg::List(list)));
        }
    }
    let Some(table) = outcome.table("relations") else { return said };
    let (Some(names), Some(margins)) = (table.text("relation"), table.numbers("margin")) else { return said };
    let close: Vec<&str> =
        (0..table.rows()).filter(|&row| margins[row] < CLOSE).filter_map(|row| names.get(row)).collect();
    if !close.is_empty() {
        said.push(crate::words::named("link.governance.close", &close).with("share", Arg::Share(CLOSE)));
    }
    let agreement: Vec<f64> =
        table.numbers("agreement").unwrap_or_default().iter().copied().filter(|a| !a.is_nan()).collect();
    if !agreement.is_empty() {
        let mean = agreement.iter().sum::<f64>() / agreement.len() as f64;
        said.push(Message::new("link.governance.agreement").with("share", Arg::Share(mean)));
    }
    said
}

/// What a type is called in a sentence.
fn type_word(name: &str) -> Message {
    Message::new(match name {
        "market" => "link.governance.market",
        "modular" => "link.governance.modular",
        "relational" => "link.governance.relational",
        "captive" => "link.governance.captive",
        _ => "link.governance.hierarchy",
    })
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    vec![FigureSpec::new(FigureKind::Bars).of_table("types").of_value("share").by("governance")]
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCALE: Scale = Scale { low: 1.0, high: 5.0, threshold: 3.0 };

    fn sheet(rows: &[(&str, &str, [&str; 3])]) -> Table {
        let column = |k: usize| rows.iter().map(|row| Some(row.2[k])).collect();
        let table = Table::empty()
            .with_text("relation", rows.iter().map(|row| Some(row.0)).collect())
            .with_text("rater", rows.iter().map(|row| Some(row.1)).collect());
        (0..3).fold(table, |table, k| table.with_text(SCORES[k], column(k)))
    }

    /// Gereffi, Humphrey and Sturgeon 2005, Table 1: all eight combinations.
    #[test]
    fn the_eight_combinations() {
        let of = |letters: &str| classify([0, 1, 2].map(|k| letters.as_bytes()[k] == b'H'));
        for (letters, name) in [("LHH", 0), ("HHH", 1), ("HLH", 2), ("HHL", 3), ("HLL", 4)] {
            assert_eq!(of(letters), Governance::Type(name), "{letters}");
        }
        assert_eq!(of("LHL"), Governance::Excluded);
        assert_eq!([of("LLH"), of("LLL")], [Governance::Unlikely; 2]);
    }

    /// Raters: 5 3 4, 4 1 4, 3 2 4 have the mean 4 2 4, relational; the first one alone sees modular. Margin 1/4.
    #[test]
    fn raters_by_hand() {
        let table = sheet(&[("r", "a", ["5", "3", "4"]), ("r", "b", ["4", "1", "4"]), ("r", "c", ["3", "2", "4"])]);
        let relations = relations(&table, &SCALE).unwrap();
        let one = relations[0].classified(&SCALE);
        assert_eq!((relations.len(), one.governance, one.margin), (1, Governance::Type(2), 0.25));
        assert!((one.agreement - 2.0 / 3.0).abs() < 1e-15);
    }

    #[test]
    fn words_have_no_margin() {
        let table = sheet(&[("r", "a", ["low", "High", "4"]), ("s", "a", ["1", "4", "2.9"])]);
        let relations = relations(&table, &SCALE).unwrap();
        let [one, other] = [0, 1].map(|k: usize| relations[k].classified(&SCALE));
        assert_eq!(one.governance, Governance::Type(0));
        assert!(one.margin.is_nan());
        assert_eq!(other.governance, Governance::Excluded);
        assert!((other.margin - 0.025).abs() < 1e-15 && other.agreement.is_nan());
    }

    #[test]
    fn wrong_scores_and_scales_are_told() {
        let told = |scores: [&str; 3]| relations(&sheet(&[("r", "a", scores)]), &SCALE).unwrap_err().to_string();
        assert!(told(["6", "1", "1"]).contains("complexity lies outside the scale 1..5"));
        assert!(told(["1", "", "1"]).contains("codifiability is missing"));
        assert!(told(["1", "1", "some"]).contains("capability is neither a number"));
        let options = |scale: &str, threshold: Option<f64>| GovernanceOptions { scale: scale.into(), threshold };
        for scale in ["5..1", "1-5", "1..", "..", "1..inf"] {
            assert!(options(scale, None).validate().is_err(), "{scale}");
        }
        assert!(options("0..10", Some(11.0)).validate().is_err());
        assert_eq!(options("0..10", None).validate().unwrap().threshold, 5.0);
        assert_eq!(options("-2..2", Some(1.0)).validate().unwrap().threshold, 1.0);
    }
}
