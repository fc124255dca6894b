//! Which rows of which table a figure draws, and what they are called.

use super::map::coordinates;
use super::{FigureContext, FigureError};
use crate::catalogue::Catalogue;
use crate::cell::is_industry;
use crate::number;
use crate::order::largest_first;
use distretto_core::{Arg, FigureSpec, Message, Outcome, Table, Values};
use std::borrow::Cow;

/// The rows of a figure.
#[derive(Debug, Clone)]
pub(crate) struct Selection<'a> {
    pub(crate) spec: &'a FigureSpec,
    pub(crate) context: &'a FigureContext<'a>,
    pub(crate) name: &'a str,
    pub(crate) table: &'a Table,
    /// Rows in the order of drawing.
    pub(crate) rows: Vec<usize>,
    /// Column that names the rows.
    pub(crate) label: Option<String>,
    /// What the reader must know about the rows that are left out.
    pub(crate) notes: Vec<Message>,
}

/// Which rows a figure shows first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// The largest values.
    Largest,
    /// The largest values, whatever their sign.
    LargestAbsolute,
    /// The smallest values: of ranks, 1 is the best.
    Smallest,
}

impl Order {
    /// Ranks rise, other values fall.
    pub(crate) fn of(column: &str) -> Self {
        if column == "rank" || column.ends_with("_rank") { Self::Smallest } else { Self::Largest }
    }
}

impl<'a> Selection<'a> {
    pub(crate) fn new(
        spec: &'a FigureSpec,
        outcome: &'a Outcome,
        context: &'a FigureContext<'a>,
    ) -> Result<Self, FigureError> {
        let (name, table) = find_table(spec, outcome)?;
        let first_text = || table.fields().iter().find(|f| matches!(f.values, Values::Text(_))).map(|f| f.name.clone());
        let label = spec.label.clone().or_else(first_text);
        let rows = (0..table.rows()).collect();
        let mut selection = Self { spec, context, name, table, rows, label, notes: Vec::new() };
        selection.keep_focus_industries();
        selection.keep_at_least()?;
        Ok(selection)
    }

    /// Rows that are named by something else than industries are those of the industries in focus.
    fn keep_focus_industries(&mut self) {
        let wanted = &self.context.focus.industries;
        let of_industry = self.label.as_deref().is_some_and(is_industry);
        let Some(industry) = self.table.text("industry").filter(|_| !wanted.is_empty() && !of_industry) else { return };
        let kept = |row: &usize| industry.get(*row).is_some_and(|code| wanted.iter().any(|w| w == code));
        let rows: Vec<usize> = self.rows.iter().copied().filter(kept).collect();
        if !rows.is_empty() {
            self.rows = rows;
        }
    }

    fn keep_at_least(&mut self) -> Result<(), FigureError> {
        let Some((column, limit)) = &self.spec.at_least else { return Ok(()) };
        let values = self.numbers(column)?;
        self.rows.retain(|&row| values[row] >= *limit);
        let column = Arg::Column(column.clone());
        let note = Message::new("figure.note.at-least").with("column", column).number("limit", *limit);
        self.notes.push(note);
        Ok(())
    }

    /// One row for each label: the first industry only, for a map.
    pub(crate) fn keep_one_industry(&mut self) {
        let Some(industry) = self.table.text("industry") else { return };
        let Some(&first) = self.rows.first() else { return };
        let wanted = industry.code(first);
        let before = self.rows.len();
        self.rows.retain(|&row| industry.code(row) == wanted);
        if self.rows.len() < before {
            let code = industry.get(first).unwrap_or_default().to_owned();
            self.notes.push(Message::new("figure.note.industry").with("industry", Arg::Industry(code)));
        }
    }

    /// Only rows with a value, that of the column, in the order; the first `top` of them.
    pub(crate) fn keep_top(&mut self, values: &[f64], default: usize, order: Order, column: Arg) {
        self.rows.retain(|&row| values[row].is_finite());
        let total = self.rows.len();
        largest_first(&mut self.rows, |row| match order {
            Order::Largest => values[row],
            Order::LargestAbsolute => values[row].abs(),
            Order::Smallest => -values[row],
        });
        let shown = self.spec.top.unwrap_or(default).min(total);
        // What the study is about stays in the figure.
        let (kept, cut) = self.rows.split_at(shown);
        let focus = cut.iter().copied().filter(|&row| self.in_focus(row));
        self.rows = kept.iter().copied().chain(focus).collect();
        if self.rows.len() < total {
            let note = Message::new(match order {
                Order::Largest => "figure.note.top",
                Order::LargestAbsolute => "figure.note.top-signed",
                Order::Smallest => "figure.note.least",
            });
            let note = note.count("shown", self.rows.len()).count("total", total).with("column", column);
            self.notes.push(note);
        }
        let falling = if order == Order::Smallest { -1.0 } else { 1.0 };
        // Equal rows as they stand in the table, also those that the sign has parted before.
        self.rows.sort_unstable();
        largest_first(&mut self.rows, |row| falling * values[row]);
    }

    /// The numbers of a column, one for each row of the table; the middle where only bounds are known.
    pub(crate) fn numbers(&self, column: &str) -> Result<Vec<f64>, FigureError> {
        match self.table.intervals(column) {
            Some((low, high)) => Ok(low.iter().zip(high).map(|(low, high)| 0.5 * (low + high)).collect()),
            None => Err(self.no_column(column, "numbers")),
        }
    }

    pub(crate) fn no_column(&self, column: &str, wanted: &'static str) -> FigureError {
        let known: Vec<&str> = self.table.fields().iter().map(|field| field.name.as_str()).collect();
        let (table, column) = (self.name.to_owned(), column.to_owned());
        FigureError::NoColumn { table, column, wanted, known: known.join(", ") }
    }

    pub(crate) fn empty(&self, column: &str) -> FigureError {
        FigureError::Empty { table: self.name.to_owned(), column: column.to_owned() }
    }

    /// The column that is drawn: the one named, else the first that holds numbers.
    pub(crate) fn value_column(&self) -> Result<String, FigureError> {
        let numeric = |values: &Values| matches!(values, Values::Number(_) | Values::Interval(_));
        let first = || self.table.fields().iter().find(|f| numeric(&f.values)).map(|f| f.name.clone());
        let column = self.spec.value.clone().or_else(first);
        column.ok_or_else(|| self.no_column("value", "numbers"))
    }

    pub(crate) fn catalogue(&self) -> &'a Catalogue {
        self.context.catalogue
    }

    pub(crate) fn heading<'c>(&'c self, column: &'c str) -> Cow<'c, str> {
        self.context.catalogue.heading_in((self.name, self.table), column, self.context.names)
    }

    /// The code of a row.
    pub(crate) fn code(&self, row: usize) -> Option<&'a str> {
        self.table.text(self.label.as_deref()?)?.get(row)
    }

    /// What a row is called: the name alone where it is known, and the industry where rows of several are drawn.
    pub(crate) fn called(&self, row: usize) -> String {
        let Some(code) = self.code(row) else {
            let place = coordinates(self.table).map(|(x, y)| format!("{}, {}", self.word(x[row]), self.word(y[row])));
            return place.unwrap_or_else(|| (row + 1).to_string());
        };
        let column = self.label.as_deref().unwrap_or_default();
        let name = self.own_name(row).map_or_else(|| self.name_of(column, code), str::to_owned);
        let other = self.table.text("industry").filter(|_| !is_industry(column));
        let Some(industry) = other.filter(|i| self.rows.iter().any(|&r| i.code(r) != i.code(self.rows[0]))) else {
            return name;
        };
        format!("{name} · {}", self.name_of("industry", industry.get(row).unwrap_or_default()))
    }

    /// The name that the table itself gives a row that is neither a region nor an industry, say a plant.
    pub(crate) fn own_name(&self, row: usize) -> Option<&'a str> {
        let names = self.label.as_deref().is_some_and(|label| label == "id").then(|| self.table.text("name"))?;
        names?.get(row).filter(|name| !name.is_empty())
    }

    /// What a label of a column is called: the name alone where it is known.
    pub(crate) fn name_of(&self, column: &str, code: &str) -> String {
        let names = self.context.names;
        let known = match column {
            _ if crate::cell::INDICATOR_COLUMNS.contains(&column) => names.indicators.get(code),
            _ if is_industry(column) => names.industries.get(code),
            _ => names.regions.get(code),
        };
        let words = || self.context.catalogue.find(&format!("value.{column}.{code}")).map(str::to_owned);
        known.cloned().or_else(words).unwrap_or_else(|| code.to_owned())
    }

    /// The name of a column as its axis says it, with its unit where the specification has one.
    pub(crate) fn axis(&self, column: &str, unit: Option<&str>) -> String {
        let heading = self.heading(column);
        let Some(unit) = unit else { return heading.into_owned() };
        let catalogue = self.context.catalogue;
        let words = catalogue.find(&format!("unit.{unit}")).unwrap_or(unit);
        catalogue.word("figure.with-unit").replace("{column}", &heading).replace("{unit}", words)
    }

    /// Whether a row is about a region or an industry in focus; an industry counts where rows are industries.
    pub(crate) fn in_focus(&self, row: usize) -> bool {
        let focus = self.context.focus;
        let of_industry = self.label.as_deref().is_some_and(is_industry);
        let wanted = if of_industry { &focus.industries } else { &focus.regions };
        self.code(row).is_some_and(|code| wanted.iter().any(|w| w == code))
    }

    /// A number with four significant digits.
    pub(crate) fn word(&self, value: f64) -> String {
        self.context.catalogue.number(value)
    }

    /// Numbers of a column beneath one another: whole, or with four significant digits each.
    pub(crate) fn column_words(&self, values: &[f64]) -> Vec<String> {
        let whole = values.iter().all(|value| value.trunc() == *value);
        let word = |value: &f64| if whole { number::whole(*value) } else { number::significant(*value, 4) };
        values.iter().map(|value| number::typographic(&word(value))).collect()
    }

    /// The first few rows in words: `Kokomo, IN 56.18; Seymour, IN 51.02`.
    pub(crate) fn leaders(&self, values: &[f64], most: usize) -> String {
        let mut rows = self.rows.clone();
        rows.retain(|&row| values[row].is_finite());
        largest_first(&mut rows, |row| values[row]);
        let item = |&row: &usize| format!("{} {}", self.called(row), self.word(values[row]));
        rows.iter().take(most).map(item).collect::<Vec<_>>().join("; ")
    }
}

fn find_table<'a>(spec: &FigureSpec, outcome: &'a Outcome) -> Result<(&'a str, &'a Table), FigureError> {
    let wanted = |name: &str| spec.table.as_deref().is_none_or(|table| table == name);
    let found = outcome.tables.iter().find(|(name, _)| wanted(name));
    found.map(|(name, table)| (name.as_str(), table)).ok_or_else(|| FigureError::NoTable {
        command: outcome.command.clone(),
        table: spec.table.clone().unwrap_or_default(),
        known: outcome.tables.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", "),
    })
}

/// A share between 0 and 1 as a number of per cent, for axes.
pub(crate) fn per_cent(share: f64) -> String {
    number::typographic(&number::trimmed(&number::fixed(100.0 * share, 1)))
}
