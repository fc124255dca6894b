//! Cells of a table as eyes read them.

use crate::catalogue::{Catalogue, Names};
use crate::number;
use crate::order::equal;
use distretto_core::{Field, Table, Values};

/// How the cells of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// Four significant digits.
    Real,
    /// All values are whole: thousands separated.
    Whole,
    /// So many decimals, the same in every cell.
    Fixed(usize),
    /// Years: whole, not separated.
    Year,
    /// A point of time between years: one decimal, not separated.
    Time,
    /// p- and q-values: three decimals, `<0.001`.
    P,
    /// Shares, in per cent.
    Share,
}

/// One column, ready to be written cell by cell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CellWriter<'a> {
    field: &'a Field,
    style: Style,
    /// The numbers of the column with which a reader compares this one, row by row.
    beside: Option<&'a [f64]>,
    catalogue: &'a Catalogue,
    names: &'a Names,
}

impl<'a> CellWriter<'a> {
    pub(crate) fn new(field: &'a Field, catalogue: &'a Catalogue, names: &'a Names) -> Self {
        Self { field, style: style(field), beside: None, catalogue, names }
    }

    /// In a table that holds both sides of a comparison, each is told from the other: with more digits than four where
    /// these are the same.
    pub(crate) fn in_table(mut self, table: &'a Table) -> Self {
        let other = match self.field.name.as_str() {
            LEFT => RIGHT,
            RIGHT => LEFT,
            _ => return self,
        };
        self.beside = table.numbers(other);
        self
    }

    /// Shares of flows, of networks and of their kin in per cent, by the name of the column.
    pub(crate) fn shares_of(mut self, command: &str) -> Self {
        let share = self.field.name == "share" || self.field.name.ends_with("_share");
        if share && command.starts_with("link ") && matches!(self.field.values, Values::Number(_)) {
            self.style = Style::Share;
        }
        self
    }

    /// The same column as a few of its rows are shown: numbers that are not whole have the same number of decimals,
    /// so many that the typical one shows four digits.
    pub(crate) fn of_rows(mut self, rows: &[usize]) -> Self {
        let Values::Number(numbers) = &self.field.values else { return self };
        let shown: Vec<f64> = rows.iter().map(|&row| numbers[row]).filter(|value| value.is_finite()).collect();
        // Each row of a comparison is about a quantity of its own.
        if self.style == Style::Real && self.beside.is_none() {
            let whole = shown.iter().all(|value| value.trunc() == *value);
            self.style = if whole { Style::Whole } else { decimals(&shown).map_or(Style::Real, Style::Fixed) };
        }
        self
    }

    /// With the decimals of another column, that of the value to which this one is an end of the interval.
    pub(crate) fn like(mut self, other: &Self) -> Self {
        if matches!(other.style, Style::Fixed(_)) && self.style != Style::P {
            self.style = other.style;
        }
        self
    }

    /// Whether the column holds numbers, which stand right-aligned; years are names.
    pub(crate) fn is_numeric(&self) -> bool {
        matches!(self.field.values, Values::Number(_) | Values::Interval(_)) && self.style != Style::Year
    }

    /// The cell of a row, an en dash where the value does not exist.
    pub(crate) fn cell(&self, row: usize) -> String {
        match &self.field.values {
            Values::Text(text) => text.get(row).map_or_else(missing, |code| self.label(code)),
            Values::Number(numbers) => match self.beside.filter(|_| self.style == Style::Real) {
                Some(other) => {
                    let digits = number::digits_apart(numbers[row], std::iter::once(other[row]));
                    number::significant(numbers[row], digits)
                }
                None => self.number(numbers[row]),
            },
            Values::Interval(both) => match (both.low[row], both.high[row]) {
                (low, high) if low == high => self.number(low),
                (low, high) if low.is_nan() && high.is_nan() => missing(),
                (low, high) => format!("{}..{}", self.number(low), self.number(high)),
            },
            Values::Flag(flags) => match flags[row] {
                Some(true) => self.catalogue.word("word.yes").to_owned(),
                Some(false) => self.catalogue.word("word.no").to_owned(),
                None => missing(),
            },
        }
    }

    fn label(&self, code: &str) -> String {
        label(&self.field.name, code, self.catalogue, self.names)
    }

    fn number(&self, value: f64) -> String {
        if !value.is_finite() {
            return missing();
        }
        match self.style {
            Style::Real => number::significant(value, 4),
            Style::Year => format!("{value:.0}"),
            Style::Time => format!("{value:.1}"),
            Style::P if value < 0.001 => "<0.001".to_owned(),
            Style::P => format!("{value:.3}"),
            Style::Whole => number::whole(value),
            Style::Fixed(decimals) => number::fixed(value, decimals),
            Style::Share => number::percent(value),
        }
    }
}

/// The two sides of a comparison.
const LEFT: &str = "left";
const RIGHT: &str = "right";

/// Columns whose labels are identifiers of indicators, or of what indicators make up.
pub(crate) const INDICATOR_COLUMNS: [&str; 10] =
    ["indicator", "variable", "item", "dimension", "path", "question", "choice", "group", "stratum", "lagging"];

/// Whether the labels of a column are industries: in tables of flows they are called sectors and name rows and columns.
pub(crate) fn is_industry(column: &str) -> bool {
    column.starts_with("industry") || ["sector", "row", "column"].contains(&column)
}

/// A label of a column: regions, industries and indicators with their names where these are known, an identifier in the
/// words that the catalogue has for it under `value.COLUMN.IDENTIFIER`.
pub(crate) fn label(column: &str, code: &str, catalogue: &Catalogue, names: &Names) -> String {
    // Words of a summary are those of a column: `value-of.most_rd = "regime"`.
    let words_of = catalogue.find(&format!("value-of.{column}")).unwrap_or(column);
    if let Some(words) = catalogue.find(&format!("value.{words_of}.{code}")) {
        words.to_owned()
    } else if column == "factor" && code.starts_with("factor_") {
        catalogue.heading(code).into_owned()
    } else if INDICATOR_COLUMNS.contains(&column) {
        names.indicators.get(code).map_or(code, String::as_str).to_owned()
    } else if is_industry(column) {
        catalogue.industry(code, names)
    } else if ["region", "unit", "area", "neighbour"].iter().any(|name| column.starts_with(name)) {
        catalogue.region(code, names)
    } else {
        code.to_owned()
    }
}

/// Decimals that show four digits of the middle value, but no more than six of the largest, and no more than all values
/// have; `None` where all are too small or too large for plain decimals.
fn decimals(values: &[f64]) -> Option<usize> {
    let mut sizes: Vec<f64> = values.iter().map(|value| value.abs()).filter(|size| *size > 0.0).collect();
    sizes.sort_by(f64::total_cmp);
    let (&middle, &largest) = (sizes.get(sizes.len() / 2)?, sizes.last()?);
    let exponent = |size: f64| size.log10().floor() as i32;
    let plain = (1e-4..1e15).contains(&largest);
    let most = (3 - exponent(middle)).min(5 - exponent(largest)).max(0) as usize;
    // Round steps of a grid need no zeros behind them.
    let written = |size: f64, decimals: usize| format!("{size:.decimals$}").parse().is_ok_and(|read| equal(read, size));
    let enough = |decimals: &usize| sizes.iter().all(|&size| written(size, *decimals));
    plain.then(|| (0..most).find(enough).unwrap_or(most))
}

fn missing() -> String {
    "–".to_owned()
}

fn style(field: &Field) -> Style {
    let numbers = match &field.values {
        Values::Number(numbers) => numbers,
        Values::Interval(both) if both.low.iter().chain(&both.high).all(|v| !v.is_finite() || v.trunc() == *v) => {
            return Style::Whole;
        }
        _ => return Style::Real,
    };
    let name = field.name.as_str();
    let finite = || numbers.iter().filter(|value| value.is_finite());
    let whole = finite().all(|value| value.trunc() == *value);
    let in_history = || finite().all(|value| (1500.0..2500.0).contains(value)) && finite().next().is_some();
    let year = name == "year" || name.ends_with("_year") || name.starts_with("year_");
    if name == "midpoint" && in_history() {
        Style::Time
    } else if whole && (year || ["from", "to"].contains(&name) && in_history()) {
        Style::Year
    } else if is_p(name) && finite().all(|value| (0.0..=1.0).contains(value)) {
        Style::P
    } else if whole {
        Style::Whole
    } else {
        Style::Real
    }
}

/// Whether a column of that name holds p- or q-values.
pub(crate) fn is_p(name: &str) -> bool {
    ["p_", "q_"].iter().any(|start| name.starts_with(start)) || name.ends_with("_p") || name.contains("_p_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Language;
    use distretto_core::Intervals;

    #[test]
    fn cells_say_what_they_are() {
        let intervals = Intervals { low: vec![3.0, 10.0], high: vec![3.0, 19.0] };
        let table = Table::empty()
            .with_numbers("year", vec![2001.0, 2011.0])
            .with_numbers("jobs", vec![64_831.0, f64::NAN])
            .with_numbers("p_value", vec![0.0, 0.25])
            .with("band", Values::Interval(intervals))
            .with_flags("present", vec![Some(true), None])
            .with_numbers("lq", vec![56.2, 1.0])
            .with_numbers("from", vec![2000.0, 2010.0])
            .with_numbers("to", vec![2000.0, 5000.0]);
        let (catalogue, names) = (Catalogue::new(Language::En, &[]), Names::default());
        let row = |row| {
            let cells = table.fields().iter().map(|f| CellWriter::new(f, &catalogue, &names).cell(row));
            cells.collect::<Vec<_>>().join(" | ")
        };
        assert_eq!(row(0), "2001 | 64,831 | <0.001 | 3 | yes | 56.20 | 2000 | 2,000");
        assert_eq!(row(1), "2011 | – | 0.250 | 10..19 | – | 1.000 | 2010 | 5,000");
    }

    #[test]
    fn two_sides_are_told_apart() {
        let table = Table::empty()
            .with_numbers("left", vec![1.217_545, 6.088_324_4, 0.69, 0.3])
            .with_numbers("right", vec![1.217_665, 6.088_324_4, 1_217.665, 0.3 + 1e-8]);
        let (catalogue, names) = (Catalogue::new(Language::En, &[]), Names::default());
        let writer = |name: &str| {
            let writer = CellWriter::new(table.field(name).expect("a column"), &catalogue, &names);
            writer.in_table(&table).of_rows(&[0, 1, 2, 3])
        };
        let row = |row| format!("{} {}", writer("left").cell(row), writer("right").cell(row));
        assert_eq!([0, 1, 2, 3].map(row), ["1.2175 1.2177", "6.088 6.088", "0.6900 1,218", "0.3000 0.3000"]);
    }

    #[test]
    fn a_column_has_one_format() {
        let table = Table::empty()
            .with_numbers("a", vec![5.5, 100.04, 1234.0, f64::NAN])
            .with_numbers("b", vec![0.051, 0.000_01, 0.0, 0.2])
            .with_numbers("c", vec![1.0, 2.0, 3.0, 0.5])
            .with_numbers("grid", vec![0.0, 0.05, 0.1, 0.15])
            .with_numbers("tiny", vec![1e-9, 2e-9, 3e-9, 4e-9]);
        let (catalogue, names) = (Catalogue::new(Language::En, &[]), Names::default());
        let column = |name: &str, rows: &[usize]| {
            let writer = CellWriter::new(table.field(name).expect("a column"), &catalogue, &names).of_rows(rows);
            rows.iter().map(|&row| writer.cell(row)).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(column("a", &[0, 1, 2, 3]), "5.5 100.0 1,234.0 –");
        assert_eq!(column("b", &[0, 1, 2, 3]), "0.05100 0.00001 0.00000 0.20000");
        assert_eq!(column("grid", &[0, 1, 2, 3]), "0.00 0.05 0.10 0.15");
        // Rows that are not shown have no say.
        assert_eq!(column("c", &[0, 1, 2]), "1 2 3");
        assert_eq!(column("tiny", &[0]), "1.000e-9");
    }
}
