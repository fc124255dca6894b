//! The factors and strategies of a TOML file.

use super::{Factor, Kind};
use crate::ahp::{Priority, complete, judgements, priorities};
use crate::indicators::WEIGHT_SUM;
use distretto_core::{Document, Fault, Inputs};
use serde_json::Value;

/// A strategy: its name and its score on each factor, 0 where the factor does not matter.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Strategy {
    pub name: String,
    pub scores: Vec<f64>,
}

struct Reader<'a> {
    document: &'a Document,
}

/// Reads factors and strategies.
pub(super) fn read(document: &Document, inputs: &Inputs) -> Result<(Vec<Factor>, Vec<Strategy>), Fault> {
    document.only("", &["factor", "strategy", "weights_from", "title", "goal", "note"])?;
    document.only("weights_from", &["SW", "OT"])?;
    let reader = Reader { document };
    let mut factors: Vec<Factor> = Vec::new();
    for i in 0..reader.count("factor")? {
        let factor = reader.factor(i)?;
        if factors.iter().any(|other| other.name == factor.name) {
            let fault = document.fault(&format!("factor.{i}.name"), "duplicate name of a factor");
            return Err(fault.with_value(factor.name));
        }
        factors.push(factor);
    }
    if factors.is_empty() {
        return Err(document.fault("factor", "no factor is given: write [[factor]] with kind, name, weight and rating"));
    }
    for (side, internal) in [("SW", true), ("OT", false)] {
        reader.weigh(&mut factors, inputs, side, internal)?;
    }
    let mut strategies: Vec<Strategy> = Vec::new();
    for i in 0..reader.count("strategy")? {
        let strategy = reader.strategy(i, &factors)?;
        if strategies.iter().any(|other| other.name == strategy.name) {
            let fault = document.fault(&format!("strategy.{i}.name"), "duplicate name of a strategy");
            return Err(fault.with_value(strategy.name));
        }
        strategies.push(strategy);
    }
    Ok((factors, strategies))
}

impl Reader<'_> {
    fn count(&self, list: &str) -> Result<usize, Fault> {
        match self.document.get(list) {
            None => Ok(0),
            Some(Value::Array(items)) => Ok(items.len()),
            Some(_) => Err(self.document.fault(list, format!("write [[{list}]]: there may be several"))),
        }
    }

    fn text(&self, key: &str) -> Result<&str, Fault> {
        let text = self.document.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        text.ok_or_else(|| self.document.fault(key, format!("`{key}` must be a text: a label is missing")))
    }

    fn number(&self, key: &str) -> Result<Option<f64>, Fault> {
        match self.document.get(key) {
            None => Ok(None),
            Some(value) => match value.as_f64().filter(|number| number.is_finite()) {
                Some(number) => Ok(Some(number)),
                None => Err(self.document.fault(key, "this must be a number").with_value(value.to_string())),
            },
        }
    }

    fn factor(&self, i: usize) -> Result<Factor, Fault> {
        let at = format!("factor.{i}");
        self.document.only(&at, &["kind", "name", "weight", "rating", "intensity", "source", "note"])?;
        let key = |name: &str| format!("{at}.{name}");
        let kind = match self.text(&key("kind"))? {
            "S" => Kind::Strength,
            "W" => Kind::Weakness,
            "O" => Kind::Opportunity,
            "T" => Kind::Threat,
            other => {
                let fault = self.document.fault(&key("kind"), "this label is no kind of factor").with_value(other);
                return Err(fault.with_hint("S, W, O or T"));
            }
        };
        let within = |name: &str, low: f64, high: f64, word: &str| match self.number(&key(name))? {
            Some(value) if !(low..=high).contains(&value) => {
                let fault = self.document.fault(&key(name), format!("{word}: it must be {low} to {high}"));
                Err(fault.with_value(value.to_string()))
            }
            other => Ok(other),
        };
        let rating = within("rating", 1.0, 4.0, "the rating is off its scale")?;
        let rating = rating.ok_or_else(|| self.document.fault(&at, "every factor needs a rating from 1 to 4"))?;
        let intensity = within("intensity", 0.0, 5.0, "the intensity is out of range")?.unwrap_or(f64::NAN);
        let weight = self.number(&key("weight"))?.unwrap_or(f64::NAN);
        Ok(Factor { kind, name: self.text(&key("name"))?.to_owned(), weight, rating, intensity })
    }

    /// Takes the weights of one side from a pairwise matrix where one is named, and checks their sum.
    fn weigh(&self, factors: &mut [Factor], inputs: &Inputs, side: &str, internal: bool) -> Result<(), Fault> {
        let places: Vec<usize> = (0..factors.len()).filter(|&i| factors[i].kind.is_internal() == internal).collect();
        if places.is_empty() {
            return Ok(());
        }
        let key = format!("weights_from.{side}");
        if self.document.get(&key).is_some() {
            let table = inputs.need(&key)?;
            let names: Vec<String> = places.iter().map(|&i| factors[i].name.clone()).collect();
            let judged = judgements(table)?.in_order(&names).map_err(|error| error.in_table(table, &names))?;
            for (&i, weight) in places.iter().zip(priorities(&complete(&judged), Priority::Eigen)) {
                factors[i].weight = weight;
            }
        }
        let what = if internal { "strengths and weaknesses" } else { "opportunities and threats" };
        let wrong = |i: usize, why: String| {
            let fault = self.document.fault(&format!("factor.{i}.weight"), format!("weight: {why}"));
            Err(fault.with_hint(format!("the weights of {what} are 0 or more and sum to 1")))
        };
        if let Some(&i) = places.iter().find(|&&i| factors[i].weight.is_nan() || factors[i].weight < 0.0) {
            return wrong(i, format!("the factor `{}` has none, or a negative one", factors[i].name));
        }
        let sum: f64 = places.iter().map(|&i| factors[i].weight).sum();
        if (sum - 1.0).abs() > WEIGHT_SUM {
            return wrong(places[0], format!("the weights of {what} sum to {sum}, not to 1"));
        }
        Ok(())
    }

    fn strategy(&self, i: usize, factors: &[Factor]) -> Result<Strategy, Fault> {
        let at = format!("strategy.{i}");
        self.document.only(&at, &["name", "scores", "note"])?;
        let name = self.text(&format!("{at}.name"))?.to_owned();
        let mut scores = vec![0.0; factors.len()];
        let key = format!("{at}.scores");
        let given = match self.document.get(&key) {
            None => return Ok(Strategy { name, scores }),
            Some(Value::Object(given)) => given,
            Some(_) => return Err(self.document.fault(&key, "write [strategy.scores] with a score for each factor")),
        };
        for (factor, value) in given {
            let key = format!("{key}.{factor}");
            let Some(place) = factors.iter().position(|one| one.name == *factor) else {
                let known: Vec<&str> = factors.iter().map(|one| one.name.as_str()).collect();
                let fault = self.document.fault(&key, "this label names no factor").with_value(factor.as_str());
                return Err(fault.with_hint(format!("the factors are {}", known.join(", "))));
            };
            match value.as_f64() {
                Some(score) if (0.0..=4.0).contains(&score) => scores[place] = score,
                _ => {
                    let fault = self.document.fault(&key, "rating: the score of a strategy must be 0 to 4");
                    return Err(fault.with_value(value.to_string()));
                }
            }
        }
        Ok(Strategy { name, scores })
    }
}
