//! What can be wrong with an area table.

use distretto_core::{Fault, Table};

/// Why an area table cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AreasError {
    /// A column is absent or of another kind.
    #[error("the column `{column}` is missing or not of the right kind")]
    Column {
        /// Its standard name.
        column: String,
    },
    /// The table has no row, or none of the year.
    #[error("the table has no rows")]
    Empty,
    /// A region or industry has no code.
    #[error("the {column} is missing")]
    Label {
        /// Row of the table.
        row: usize,
        /// `region` or `industry`.
        column: &'static str,
    },
    /// A value below 0, or an interval whose ends are in the wrong order.
    #[error("negative or reversed {column} {value} of region {region}, industry {industry}; it must be 0 or more")]
    Negative {
        /// Row of the table.
        row: usize,
        /// Value column.
        column: String,
        /// Lower end as given.
        value: f64,
        /// Code of the region.
        region: String,
        /// Code of the industry.
        industry: String,
    },
    /// A region and industry that stand twice.
    #[error("duplicate row for region {region}, industry {industry}")]
    Duplicate {
        /// The later of the two rows.
        row: usize,
        /// Code of the region.
        region: String,
        /// Code of the industry.
        industry: String,
    },
    /// Several years, and none chosen.
    #[error("the table holds several years: {}", list(years))]
    SeveralYears {
        /// The years in ascending order.
        years: Vec<i64>,
    },
    /// A year that the table does not hold.
    #[error("no rows of the year {year}; the table holds {}", if years.is_empty() { "no column `year`".to_owned() } else { list(years) })]
    UnknownYear {
        /// The year asked for.
        year: i64,
        /// The years in ascending order; none without a column `year`.
        years: Vec<i64>,
    },
    /// A year that is missing or no whole number.
    #[error("the year is missing or no whole number")]
    Year {
        /// Row of the table.
        row: usize,
    },
    /// More cells than a dense table may have.
    #[error("{regions} regions times {industries} industries are more than {} million cells", limit / 1_000_000)]
    TooLarge {
        /// Number of regions.
        regions: usize,
        /// Number of industries.
        industries: usize,
        /// Most cells.
        limit: usize,
    },
    /// A known total that the listed cells cannot add up to.
    #[error("the total {} of {of} cannot be met: its listed cells add up to {}", range(*total), range(*cells))]
    Total {
        /// `region A`, `industry x` or `all`.
        of: String,
        /// The total, lower and upper end.
        total: (f64, f64),
        /// What the cells add up to, lower and upper end.
        cells: (f64, f64),
    },
    /// A row or column that is called a total and is one.
    #[error("`{label}` is the total of all others and would be counted twice")]
    UnmarkedTotal {
        /// Its label.
        label: String,
    },
    /// Codes of industries that hold one another.
    #[error("industry {parent} would be counted twice: in region {region} its value {value} holds that of {children}")]
    Nested {
        /// The code of the whole.
        parent: String,
        /// The codes of its parts, as a list in words.
        children: String,
        /// A region where both stand.
        region: String,
        /// Value of the whole there.
        value: f64,
    },
    /// Two regions whose codes differ only by leading zeros.
    #[error("the regions {first} and {second} differ only by leading zeros")]
    Spelling {
        /// The code that stands first.
        first: String,
        /// The other.
        second: String,
    },
    /// A code that the table does not hold.
    #[error("the table holds no industry {code}")]
    UnknownIndustry {
        /// The code asked for.
        code: String,
        /// The nearest code of the table.
        nearest: Option<String>,
    },
    /// Proportional imputation without a total to be proportional to.
    #[error("proportional imputation needs known totals")]
    NothingToScale,
    /// An interval without upper end cannot be imputed.
    #[error("the cell of region {region}, industry {industry} has no upper end")]
    Open {
        /// Code of the region.
        region: String,
        /// Code of the industry.
        industry: String,
    },
    /// A grid whose number of values is not regions times industries.
    #[error("{values} values for {regions} regions and {industries} industries")]
    Shape {
        /// Number of values.
        values: usize,
        /// Number of regions.
        regions: usize,
        /// Number of industries.
        industries: usize,
    },
}

fn list(years: &[i64]) -> String {
    years.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn range((low, high): (f64, f64)) -> String {
    if low == high {
        low.to_string()
    } else if high == f64::INFINITY {
        format!("{low} or more")
    } else {
        format!("{low}..{high}")
    }
}

impl AreasError {
    /// The fault with file, line and column of the table that was read.
    #[must_use]
    pub fn in_table(self, table: &Table) -> Fault {
        let place = match &self {
            Self::Label { row, column } => Some((*row, (*column).to_owned())),
            Self::Negative { row, column, .. } => Some((*row, column.clone())),
            Self::Duplicate { row, .. } => Some((*row, "region".to_owned())),
            Self::Year { row } => Some((*row, "year".to_owned())),
            _ => None,
        };
        let fault = Fault::from(self);
        match place {
            Some((row, column)) => fault.at(table, row, &column),
            None => fault.in_table(table),
        }
    }
}

impl From<AreasError> for Fault {
    fn from(error: AreasError) -> Self {
        let message = error.to_string();
        let hint = match error {
            AreasError::Column { column } => {
                return Self::input(message)
                    .with_hint(format!("name the column that holds it with `--col {column}=NAME`"))
                    .in_column(column);
            }
            AreasError::SeveralYears { .. } => "choose one with `--year`".to_owned(),
            AreasError::UnknownYear { years, .. } if years.is_empty() => {
                return Self::option(message)
                    .with_hint("leave out `--year`, or name the column that holds the years with `--col year=NAME`");
            }
            AreasError::UnknownYear { .. } => return Self::option(message),
            AreasError::TooLarge { .. } => {
                "the table lists every industry of every region; leave out industries or regions, or join small ones"
                    .to_owned()
            }
            AreasError::Total { .. } => {
                "a table with known totals is complete: absent cells are zero, and what is not listed goes into a row \
                 of its own, say industry `rest`, as a value or an interval"
                    .to_owned()
            }
            AreasError::UnmarkedTotal { label } => {
                format!("say that it is a total with `--total-label {label}`, or leave it out")
            }
            AreasError::Nested { parent, .. } => {
                format!("leave out {parent} or its parts, or keep both with `--nested keep`")
            }
            AreasError::Spelling { .. } => "write the codes of regions in one way".to_owned(),
            AreasError::UnknownIndustry { nearest, .. } => {
                let fault = Self::option(message);
                return match nearest {
                    Some(near) => fault.with_hint(format!("did you mean {near}?")),
                    None => fault,
                };
            }
            AreasError::NothingToScale => {
                return Self::option(message)
                    .with_hint("give totals and their label with `--total-label`, or use `--impute midpoint`");
            }
            _ => return Self::input(message),
        };
        Self::input(message).with_hint(hint)
    }
}
