//! A typed column that grows cell by cell and says what is wrong with a cell.

use crate::number::{Decimal, parse_number};
use crate::problem::Problem;
use distretto_core::{Column, ColumnKind, Intervals, TextBuilder, Values};

/// A cell as a reader finds it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell<'a> {
    /// Text, not yet trimmed.
    Text(&'a str),
    /// A number.
    Number(f64),
    /// A whole number, which as a code may have more digits than a double holds.
    Whole(i64),
    /// Something that is neither text nor number: `a date`.
    Other(&'a str),
    /// Nothing.
    Missing,
}

impl Cell<'_> {
    /// The cell as an error repeats it.
    pub(crate) fn shown(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some((*text).to_owned()),
            Self::Number(number) => Some(format!("{number}")),
            Self::Whole(number) => Some(format!("{number}")),
            Self::Other(_) => None,
            Self::Missing => Some(String::new()),
        }
    }
}

/// A column under construction.
#[derive(Debug)]
pub(crate) struct ColumnBuilder {
    column: Column,
    cells: Cells,
    decimal: Decimal,
    /// Whether a decimal comma and a decimal point were seen, where both could be.
    comma: bool,
    point: bool,
    /// Whether a number stood where a label was wanted.
    numeric_label: bool,
}

#[derive(Debug)]
enum Cells {
    Labels(TextBuilder),
    Numbers {
        low: Vec<f64>,
        high: Option<Vec<f64>>,
    },
    /// Both, until a cell is no number.
    Either {
        labels: TextBuilder,
        numbers: Option<Vec<f64>>,
    },
}

impl ColumnBuilder {
    pub(crate) fn new(column: &Column, decimal: Decimal) -> Self {
        let cells = match column.kind {
            ColumnKind::Label | ColumnKind::Word => Cells::Labels(TextBuilder::default()),
            ColumnKind::Any => Cells::Either { labels: TextBuilder::default(), numbers: Some(Vec::new()) },
            _ => Cells::Numbers { low: Vec::new(), high: None },
        };
        Self { column: column.clone(), cells, decimal, comma: false, point: false, numeric_label: false }
    }

    pub(crate) fn name(&self) -> &str {
        &self.column.name
    }

    /// Whether a number stood where a label was wanted, so that leading zeros may be lost.
    pub(crate) fn has_numeric_label(&self) -> bool {
        self.numeric_label
    }

    /// Adds a cell.
    #[inline]
    pub(crate) fn push(&mut self, cell: Cell<'_>) -> Result<(), Problem> {
        match &mut self.cells {
            Cells::Either { .. } => return self.push_either(cell),
            Cells::Labels(labels) => match cell {
                Cell::Text(text) if !text.trim_ascii().is_empty() => labels.push(text.trim()),
                Cell::Text(_) | Cell::Missing if self.column.kind == ColumnKind::Word => labels.push_missing(),
                Cell::Text(_) | Cell::Missing => return Err(Problem::empty(&self.column)),
                Cell::Number(number) => {
                    self.numeric_label = true;
                    labels.push(&format!("{number}"));
                }
                Cell::Whole(number) => {
                    self.numeric_label = true;
                    labels.push(&format!("{number}"));
                }
                Cell::Other(what) => return Err(Problem::not_a_label(&self.column, what)),
            },
            Cells::Numbers { .. } => {
                let (low, high) = match cell {
                    Cell::Text(text) => match text.trim() {
                        "" => return self.add(f64::NAN, f64::NAN),
                        text => self.ends(text)?,
                    },
                    Cell::Number(number) => (number, number),
                    // Beyond 2^53 the nearest double is as good as a number written in text.
                    Cell::Whole(number) => (number as f64, number as f64),
                    Cell::Missing => return self.add(f64::NAN, f64::NAN),
                    Cell::Other(what) => return Err(Problem::not_numeric(&self.column, what)),
                };
                Problem::check(&self.column, low, high)?;
                return self.add(low, high);
            }
        }
        Ok(())
    }

    /// Adds a cell that may be anything.
    fn push_either(&mut self, cell: Cell<'_>) -> Result<(), Problem> {
        let Cells::Either { labels, numbers } = &mut self.cells else { return Ok(()) };
        let number = match cell {
            Cell::Text(text) if text.trim().is_empty() => Some(f64::NAN),
            Cell::Text(text) => parse_number(text.trim(), self.decimal).filter(|number| number.is_finite()),
            Cell::Number(number) => Some(number).filter(|number| number.is_finite()),
            Cell::Whole(number) => Some(number as f64),
            Cell::Other(_) => None,
            Cell::Missing => Some(f64::NAN),
        };
        match cell {
            _ if number.is_some_and(f64::is_nan) => labels.push_missing(),
            Cell::Text(text) => labels.push(text.trim()),
            Cell::Number(number) => labels.push(&format!("{number}")),
            Cell::Whole(number) => labels.push(&format!("{number}")),
            Cell::Other(what) => labels.push(what),
            Cell::Missing => labels.push_missing(),
        }
        match (numbers.as_mut(), number) {
            (Some(list), Some(number)) => list.push(number),
            _ => *numbers = None,
        }
        if let (true, Cell::Text(text), true) = (numbers.is_some(), cell, self.decimal == Decimal::PointOrComma) {
            self.mark_decimals(text)?;
        }
        Ok(())
    }

    /// What a part that may be anything is, once it is known that every part holds numbers, or that one does not.
    fn settle(mut self, numeric: bool) -> Self {
        self.cells = match self.cells {
            Cells::Either { numbers: Some(low), .. } if numeric => Cells::Numbers { low, high: None },
            Cells::Either { labels, .. } => Cells::Labels(labels),
            other => other,
        };
        self
    }

    /// The ends of the number or interval that a text writes.
    fn ends(&mut self, text: &str) -> Result<(f64, f64), Problem> {
        if self.decimal == Decimal::PointOrComma {
            self.mark_decimals(text)?;
        }
        if let Some(number) = parse_number(text, self.decimal) {
            return Ok((number, number));
        }
        if let Some(ratio) = self.fraction(text) {
            return Ok((ratio, ratio));
        }
        let wrong = || Problem::not_a_number(&self.column, text, self.decimal);
        let (low, high) = text.split_once("..").ok_or_else(wrong)?;
        let low = parse_number(low.trim(), self.decimal).ok_or_else(wrong)?;
        let high = parse_number(high.trim(), self.decimal).ok_or_else(wrong)?;
        if self.column.kind != ColumnKind::Amount {
            return Err(Problem::no_interval(&self.column));
        }
        Ok((low, high))
    }

    /// The value of `1/3` in a column of ratios.
    fn fraction(&self, text: &str) -> Option<f64> {
        let (over, under) = text.split_once('/').filter(|_| self.column.kind == ColumnKind::Ratio)?;
        let ratio = parse_number(over.trim(), self.decimal)? / parse_number(under.trim(), self.decimal)?;
        ratio.is_finite().then_some(ratio)
    }

    /// Where comma and point may both stand before the fraction, a column must keep to one of them: `1.234` beside
    /// `1,5` is a thousands separator.
    fn mark_decimals(&mut self, text: &str) -> Result<(), Problem> {
        let comma = text.contains(',');
        let point = text.replace("..", " ").contains('.');
        // The ends of an interval are numbers of their own: `1,5..2.5` is the mixture of the column, below.
        if text.split("..").any(|end| end.contains(',') && end.contains('.')) {
            return Err(Problem::both_decimals(&self.column));
        }
        self.comma |= comma;
        self.point |= point;
        if self.mixes_decimals() && (comma || point) {
            return Err(Problem::mixed_decimals(&self.column));
        }
        Ok(())
    }

    /// Whether some cells have a decimal comma and others a decimal point.
    pub(crate) fn mixes_decimals(&self) -> bool {
        self.comma && self.point
    }

    fn add(&mut self, first: f64, second: f64) -> Result<(), Problem> {
        let Cells::Numbers { low, high } = &mut self.cells else { return Ok(()) };
        // Bit patterns, so that a missing value equals itself.
        if high.is_none() && first.to_bits() != second.to_bits() {
            *high = Some(low.clone());
        }
        low.push(first);
        if let Some(high) = high {
            high.push(second);
        }
        Ok(())
    }

    /// One column out of its parts in their order; labels keep the order of their first appearance.
    pub(crate) fn join(parts: Vec<Self>) -> Result<Values, Problem> {
        let numeric = parts.iter().all(|part| !matches!(part.cells, Cells::Either { numbers: None, .. }));
        let parts: Vec<Self> = parts.into_iter().map(|part| part.settle(numeric)).collect();
        let numeric = parts.first().is_some_and(|part| matches!(part.cells, Cells::Numbers { .. }));
        let comma = numeric && parts.iter().any(|part| part.comma);
        if let Some(part) = parts.iter().find(|_| comma && parts.iter().any(|part| part.point)) {
            return Err(Problem::mixed_decimals(&part.column));
        }
        Ok(if numeric { join_numbers(parts) } else { join_labels(parts) })
    }
}

fn join_numbers(parts: Vec<ColumnBuilder>) -> Values {
    let mut parts: Vec<(Vec<f64>, Option<Vec<f64>>)> = parts
        .into_iter()
        .filter_map(|part| match part.cells {
            Cells::Numbers { low, high } => Some((low, high)),
            Cells::Labels(_) | Cells::Either { .. } => None,
        })
        .collect();
    let rows = parts.iter().map(|(low, _)| low.len()).sum();
    let interval = parts.iter().any(|(_, high)| high.is_some());
    if parts.len() == 1 && !interval {
        return Values::Number(parts.pop().map(|(low, _)| low).unwrap_or_default());
    }
    let mut all = Intervals { low: Vec::with_capacity(rows), high: Vec::new() };
    for (low, high) in parts {
        if interval {
            all.high.extend_from_slice(high.as_deref().unwrap_or(&low));
        }
        all.low.extend_from_slice(&low);
    }
    if interval { Values::Interval(all) } else { Values::Number(all.low) }
}

fn join_labels(parts: Vec<ColumnBuilder>) -> Values {
    let labels = parts.into_iter().filter_map(|part| match part.cells {
        Cells::Labels(labels) => Some(labels),
        Cells::Numbers { .. } | Cells::Either { .. } => None,
    });
    Values::Text(TextBuilder::join(labels.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builder(kind: ColumnKind, decimal: Decimal) -> ColumnBuilder {
        ColumnBuilder::new(&Column { name: "employment".into(), kind, required: true }, decimal)
    }

    fn values(kind: ColumnKind, cells: &[&str]) -> Result<Values, Problem> {
        let mut column = builder(kind, Decimal::Point);
        for cell in cells {
            column.push(Cell::Text(cell))?;
        }
        ColumnBuilder::join(vec![column])
    }

    #[test]
    fn an_interval_makes_the_column_one_of_intervals() {
        let found = values(ColumnKind::Amount, &["3", "10..20", ""]).expect("valid");
        let Values::Interval(both) = found else { panic!("{found:?}") };
        assert_eq!((&both.low[..2], &both.high[..2]), (&[3.0, 10.0][..], &[3.0, 20.0][..]));
        assert!(both.low[2].is_nan() && both.high[2].is_nan());
    }

    #[test]
    fn a_ratio_may_be_a_fraction() {
        let found = values(ColumnKind::Ratio, &["1/3", "1 / 2.5", "4", ""]).expect("valid");
        let Values::Number(cells) = found else { panic!("{found:?}") };
        assert_eq!(cells[..3], [1.0 / 3.0, 0.4, 4.0]);
        assert!(cells[3].is_nan());
        for cell in ["1/0", "1/", "/3", "1/3/2", "1/x"] {
            assert!(values(ColumnKind::Ratio, &[cell]).is_err(), "{cell}");
        }
        assert!(values(ColumnKind::Number, &["1/3"]).is_err());
    }

    #[test]
    fn parts_are_joined_in_order_of_first_appearance() {
        let mut parts = Vec::new();
        for cells in [["b", "a"], ["c", "b"]] {
            let mut part = builder(ColumnKind::Label, Decimal::Point);
            cells.iter().for_each(|cell| part.push(Cell::Text(cell)).expect("a label"));
            parts.push(part);
        }
        let Values::Text(text) = ColumnBuilder::join(parts).expect("valid") else { panic!("labels") };
        assert_eq!(text.labels(), ["b", "a", "c"]);
        assert_eq!(text.iter().flatten().collect::<String>(), "bacb");
    }

    #[test]
    fn a_column_of_anything_is_numeric_when_every_cell_is() {
        let cells = values(ColumnKind::Any, &["1", "", "-2.5"]).expect("valid");
        assert!(matches!(&cells, Values::Number(n) if n[0] == 1.0 && n[1].is_nan() && n[2] == -2.5));
        let Values::Text(text) = values(ColumnKind::Any, &["1", "", "n/a"]).expect("valid") else { panic!("words") };
        assert_eq!(text.iter().collect::<Vec<_>>(), [Some("1"), None, Some("n/a")]);
    }

    #[test]
    fn decimal_comma_and_point_do_not_mix() {
        let mut column = builder(ColumnKind::Amount, Decimal::PointOrComma);
        assert!(column.push(Cell::Text("1,5")).is_ok());
        assert!(column.push(Cell::Text("1..2")).is_ok());
        let problem = column.push(Cell::Text("1.234")).expect_err("mixed");
        assert!(problem.message.contains("decimal"), "{}", problem.message);
    }

    #[test]
    fn wrong_cells_say_what_is_allowed() {
        let says = |kind, cell: &str| values(kind, &[cell]).expect_err(cell).message;
        assert!(says(ColumnKind::Amount, "-3").starts_with("negative employment; it must be 0 or more"));
        assert!(says(ColumnKind::Amount, "-3..4").contains("negative"));
        assert!(says(ColumnKind::Amount, "9..4").contains("above"));
        assert!(says(ColumnKind::Number, "1..4").contains("interval"));
        assert!(says(ColumnKind::Amount, "NaN").contains("not a number"));
        assert!(says(ColumnKind::Amount, "1e999").contains("too large"));
        assert!(says(ColumnKind::Latitude, "91").contains("-90 to 90"));
        assert!(says(ColumnKind::Integer, "2.5").contains("whole number"));
        assert!(says(ColumnKind::Positive, "0").contains("above 0"));
        assert!(says(ColumnKind::Label, " ").contains("empty"));
    }
}
