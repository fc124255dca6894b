//! What can be wrong with a table of indicators.

use distretto_core::Fault;

/// Why indicators cannot be normalised, weighted or ranked. Rows are counted within the rows that were handed over.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum IndicatorError {
    /// Fewer units than a comparison needs.
    #[error("{} too few{}; at least 2 units are needed", counted(*n), of_year(*year))]
    Units {
        /// Units there are.
        n: usize,
        /// The year, where each year is ranked alone.
        year: Option<f64>,
    },
    /// All values of an indicator are equal where a spread is needed.
    #[error("the indicator {indicator} is constant: all values are {value}, and {what} divides by their spread")]
    Constant {
        /// The indicator.
        indicator: String,
        /// Its value.
        value: f64,
        /// What needs the spread.
        what: String,
    },
    /// A negative value where none may be.
    #[error("the value {value} of {indicator} is negative; {what} needs values of 0 or more")]
    Negative {
        /// The indicator.
        indicator: String,
        /// Row among those handed over.
        row: usize,
        /// The value.
        value: f64,
        /// What needs values of 0 or more.
        what: String,
    },
    /// Zero or less where values must be positive.
    #[error("the value {value} of {indicator} is {}; {what} needs positive values", if *.value < 0.0 { "negative" } else { "zero" })]
    Positive {
        /// The indicator.
        indicator: String,
        /// Row among those handed over.
        row: usize,
        /// The value.
        value: f64,
        /// What needs positive values.
        what: String,
    },
    /// A column by whose maximum, sum, norm or mean values are divided has none that is positive.
    #[error("the {of} of the indicator {indicator} is {value}; {what} needs it to be positive")]
    Scale {
        /// The indicator.
        indicator: String,
        /// Maximum, sum, norm or mean.
        of: &'static str,
        /// What it is.
        value: f64,
        /// What divides by it.
        what: String,
    },
    /// Normalised values outside of 0 to 1.
    #[error("the value {value} of {indicator} is out of range; {what} needs values from 0 to 1")]
    Range {
        /// The indicator.
        indicator: String,
        /// Row among those handed over.
        row: usize,
        /// The value.
        value: f64,
        /// What needs the range.
        what: String,
    },
    /// Weights that are none.
    #[error("weight: {what} ({})", (*sum * 1e9).round() / 1e9)]
    Weight {
        /// What is wrong.
        what: &'static str,
        /// The sum, or the weight that is wrong.
        sum: f64,
    },
    /// An eigenvalue problem was not solved.
    #[error("the correlation matrix is singular: its eigenvalues could not be computed")]
    Eigen,
}

fn counted(n: usize) -> String {
    if n == 1 { "1 unit is".to_owned() } else { format!("{n} units are") }
}

fn of_year(year: Option<f64>) -> String {
    year.map_or_else(String::new, |year| format!(" in {year}"))
}

impl IndicatorError {
    /// The same error, found among the rows of one year.
    pub(crate) fn in_year(mut self, year: f64) -> Self {
        match &mut self {
            Self::Constant { what, .. } | Self::Scale { what, .. } => *what = format!("{what} of {year}"),
            _ => {}
        }
        self
    }

    /// The indicator, and the row, that the error is about.
    pub(crate) fn datum(&self) -> Option<(&str, Option<usize>)> {
        match self {
            Self::Negative { indicator, row, .. }
            | Self::Positive { indicator, row, .. }
            | Self::Range { indicator, row, .. } => Some((indicator, Some(*row))),
            Self::Constant { indicator, .. } | Self::Scale { indicator, .. } => Some((indicator, None)),
            _ => None,
        }
    }

    fn hint(&self) -> &'static str {
        match self {
            Self::Units { .. } => "add units, or keep rows with missing cells by another --missing",
            Self::Constant { .. } => "leave the indicator out with --vars: it cannot tell the units apart",
            Self::Negative { .. } | Self::Positive { .. } | Self::Scale { .. } => {
                "choose another --normalise, or shift the column before"
            }
            Self::Range { .. } => "use --normalise minmax",
            Self::Weight { .. } => "weights are 0 or more and sum to 1 within 0.000001",
            Self::Eigen => "leave out indicators that others determine",
        }
    }
}

impl From<IndicatorError> for Fault {
    fn from(error: IndicatorError) -> Self {
        Self::input(error.to_string()).with_hint(error.hint())
    }
}
