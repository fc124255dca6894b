//! Messages whose wording a catalogue holds.

/// A sentence by its key and the values that stand in it. The wording, in English and in Chinese, is in the
/// catalogue of the engine; the report puts the two together.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Key in the catalogue, `engine.estimand.name`.
    pub key: &'static str,
    /// Values by the name that the wording uses, `{name}`.
    pub args: Vec<(&'static str, Arg)>,
}

/// A value within a sentence; it says what it is, so that every language and every report can write it its own way.
#[derive(Debug, Clone, PartialEq)]
pub enum Arg {
    /// A count, with thousands separated.
    Count(usize),
    /// A number with four significant digits.
    Number(f64),
    /// A number with its sign, four significant digits: `+10,408`.
    Signed(f64),
    /// A share between 0 and 1, written in per cent with one decimal.
    Share(f64),
    /// A p-value: `< 0.001` below that, else three decimals.
    P(f64),
    /// The code of a region; written with its name where that is known.
    Region(String),
    /// The code of an industry; written with its title where that is known.
    Industry(String),
    /// The identifier of an indicator; written by its title where that is known.
    Indicator(String),
    /// Name of a column; written as its heading.
    Column(String),
    /// Words as they are (a method, a year).
    Text(String),
    /// Several values, separated by commas.
    List(Vec<Arg>),
    /// A sentence within the sentence.
    Message(Box<Message>),
}

impl Message {
    /// A message without values.
    #[must_use]
    pub fn new(key: &'static str) -> Self {
        Self { key, args: Vec::new() }
    }

    /// Adds a value under the name that the wording uses.
    #[must_use]
    pub fn with(mut self, name: &'static str, arg: Arg) -> Self {
        self.args.push((name, arg));
        self
    }

    /// Adds a count.
    #[must_use]
    pub fn count(self, name: &'static str, count: usize) -> Self {
        self.with(name, Arg::Count(count))
    }

    /// Adds a number.
    #[must_use]
    pub fn number(self, name: &'static str, number: f64) -> Self {
        self.with(name, Arg::Number(number))
    }

    /// Adds words.
    #[must_use]
    pub fn text(self, name: &'static str, text: impl Into<String>) -> Self {
        self.with(name, Arg::Text(text.into()))
    }
}
