//! Values of a game file: one number for all firms, one for each, or a column of the table of firms.

use distretto_core::{Document, Fault, Inputs, Table, nearest};
use serde_json::Value;

/// Largest count that a game may ask for: firms, iterations, starts.
const MOST: u64 = 20_000_000;

/// What a number may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Range {
    Any,
    NonNegative,
    Positive,
    /// 0 to 1.
    Unit,
    /// Below 1.
    Share,
}

impl Range {
    /// Why a number is refused.
    fn refuses(self, number: f64) -> Option<&'static str> {
        match self {
            _ if !number.is_finite() => Some("must be a finite number"),
            Self::Any => None,
            Self::NonNegative => (number < 0.0).then_some("must be 0 or more"),
            Self::Positive => (number <= 0.0).then_some("must be above 0"),
            Self::Unit => (!(0.0..=1.0).contains(&number)).then_some("must lie in [0, 1]"),
            Self::Share => (number >= 1.0).then_some("must be below 1"),
        }
    }
}

/// What a number at a key means, said where one is refused.
fn hint(key: &str, range: Range) -> &'static str {
    match key.rsplit('.').next().unwrap_or(key) {
        "rate" if key.starts_with("spillover") => "0: nothing spills over, 1: all of it; write 30 % as 0.3",
        "sharing_rate" => "0: members share nothing, 1: all they know",
        "rate" | "outside_rate" => "the share of what the institute finds that firms receive: 0 none, 1 all",
        "rd_cost" => "x units of R&D cost rd_cost · x²/2; where they cost nothing there is no limit to R&D",
        "slope" => "the fall of the price per unit of output; intercept and slope are those of price = a - b q",
        "intercept" => "the price at which nothing is bought",
        "substitution" => "0: independent markets, 1: one homogeneous good",
        "rd_subsidy_rate" => {
            "the share of the cost of R&D that the public pays: 0.3 is 30 %, negative a tax; at 1 R&D is free"
        }
        "public_funds_cost" => "what a unit of public money costs beyond itself: 0.3 where each costs 1.3",
        "narrowness" => "0: what a firm learns does not depend on its own R&D, 1: nothing spills over",
        "marginal_cost" => "the cost of a unit before R&D",
        _ => match range {
            Range::Any => "write a number",
            Range::NonNegative => "write a number of 0 or more",
            Range::Positive => "write a number above 0",
            Range::Unit => "a share: write 30 % as 0.3",
            Range::Share => "a share below 1: write 30 % as 0.3",
        },
    }
}

/// A value by firm.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ByFirm {
    pub values: Vec<f64>,
    /// Whether one number stands for all.
    pub scalar: bool,
}

/// The document with the tables that it names.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub document: &'a Document,
    pub inputs: &'a Inputs,
    /// `firms.table`.
    pub table: Option<&'a Table>,
}

impl<'a> Reader<'a> {
    /// A number at a key.
    pub fn number(&self, key: &str, range: Range) -> Result<Option<f64>, Fault> {
        self.document.get(key).map(|value| self.one(key, value, range)).transpose()
    }

    /// A number that must be there.
    pub fn one(&self, key: &str, value: &Value, range: Range) -> Result<f64, Fault> {
        let Some(number) = value.as_f64() else {
            return Err(self.document.fault(key, format!("`{key}` must be a number")).with_value(plain(value)));
        };
        match range.refuses(number) {
            Some(why) => {
                let fault = self.document.fault(key, format!("`{key}` {why}")).with_value(number.to_string());
                Err(fault.with_hint(hint(key, range)))
            }
            None => Ok(number),
        }
    }

    /// A whole number at a key.
    pub fn whole(&self, key: &str) -> Result<Option<usize>, Fault> {
        let Some(value) = self.document.get(key) else { return Ok(None) };
        match value.as_u64().or_else(|| value.as_f64().filter(|x| x.fract() == 0.0 && *x >= 0.0).map(|x| x as u64)) {
            Some(0) | None => Err(self
                .document
                .fault(key, format!("`{key}` must be a whole number of 1 or more"))
                .with_value(plain(value))),
            Some(number) if number > MOST => {
                let fault = self.document.fault(key, format!("`{key}` must be at most {MOST}"));
                Err(fault.with_value(plain(value)))
            }
            Some(number) => Ok(Some(number as usize)),
        }
    }

    /// A word at a key, one of those known.
    pub fn choice<T: Copy>(&self, key: &str, known: &[(&str, T)]) -> Result<Option<T>, Fault> {
        let Some(value) = self.document.get(key) else { return Ok(None) };
        let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
        let found = value.as_str().and_then(|given| known.iter().find(|(word, _)| *word == given));
        match found {
            Some((_, meaning)) => Ok(Some(*meaning)),
            None => {
                let fault = self.document.fault(key, format!("`{key}` must be one of {}", words.join(", ")));
                let near = value.as_str().and_then(|given| nearest(given, &words));
                let hint =
                    near.map_or("choose one of these words".to_owned(), |near| format!("did you mean \"{near}\"?"));
                Err(fault.with_value(plain(value)).with_hint(hint))
            }
        }
    }

    /// A value by firm: a number or a list at `key`, or the column of the table.
    pub fn by_firm(&self, key: &str, column: &str, n: usize, range: Range) -> Result<Option<ByFirm>, Fault> {
        let in_table = self.table.and_then(|table| Some((table, table.numbers(column)?)));
        match (self.document.get(key), in_table) {
            (Some(_), Some((table, _))) => {
                let fault =
                    self.document.fault(key, format!("`{key}` stands here and as a column of the table of firms"));
                let file = table.origin().map_or("the table", |origin| origin.path.as_str()).to_owned();
                Err(fault.with_hint(format!("remove one of the two; the table is {file}")))
            }
            (Some(Value::Array(items)), None) => {
                if items.len() != n {
                    let message = format!("`{key}` has {} values for {n} firms", items.len());
                    return Err(self.document.fault(key, message).with_hint("give one number, or one for each firm"));
                }
                let value = |(i, item): (usize, &Value)| {
                    self.one(key, item, range).map_err(|fault| {
                        let hint = fault.hint().map_or_else(String::new, |hint| format!("; {hint}"));
                        fault.with_hint(format!("item {} of the list{hint}", i + 1))
                    })
                };
                let values = items.iter().enumerate().map(value).collect::<Result<_, _>>()?;
                Ok(Some(ByFirm { values, scalar: false }))
            }
            (Some(value), None) => Ok(Some(ByFirm { values: vec![self.one(key, value, range)?; n], scalar: true })),
            (None, Some((table, numbers))) => {
                for (row, &number) in numbers.iter().enumerate() {
                    if let Some(why) = range.refuses(number) {
                        let why = if number.is_nan() { "is missing: every firm needs one" } else { why };
                        let fault = Fault::input(format!("`{column}` {why}")).at(table, row, column);
                        return Err(if number.is_nan() {
                            fault.with_hint("fill the cell, or leave the column out and give one number for all")
                        } else {
                            fault.with_value(number.to_string()).with_hint(hint(key, range))
                        });
                    }
                }
                Ok(Some(ByFirm { values: numbers.to_vec(), scalar: false }))
            }
            (None, None) => Ok(None),
        }
    }

    /// The length of the first list that there is, with its key.
    pub fn listed(&self, keys: &[&'static str]) -> Option<(usize, &'static str)> {
        keys.iter().find_map(|&key| self.document.get(key)?.as_array().map(|items| (items.len(), key)))
    }
}

/// The text of a value without the quotes.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(_) => "{ … }".to_owned(),
        Value::Array(items) => format!("[… {} items]", items.len()),
        value => value.to_string(),
    }
}
