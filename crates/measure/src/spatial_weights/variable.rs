//! The rows of the table that are used: one for each region.

use super::{NAMED, SpatialError, VariableOptions};
use distretto_core::{Arg, Message, Table, Text, nearest};
use rustc_hash::FxHashMap;

/// One value for each region of a table.
#[derive(Debug, Clone)]
pub(crate) struct Variable {
    /// The column.
    pub name: String,
    /// Regions with a value.
    pub kept: Vec<String>,
    /// Their rows in the table.
    pub rows: Vec<usize>,
    /// Their values, all finite.
    pub values: Vec<f64>,
    /// What was left out.
    pub notes: Vec<Message>,
    /// Every region of the table to its place in `kept`; `None` without a value.
    places: FxHashMap<String, Option<u32>>,
    /// Every region of the table in order.
    all: Vec<String>,
}

impl Variable {
    /// Reads the column and the rows that the options name.
    pub(crate) fn read(table: &Table, options: &VariableOptions) -> Result<Self, SpatialError> {
        let name = options.value()?;
        let missing = |column: &str| SpatialError::Column { column: column.to_owned() };
        let regions = table.text("region").ok_or_else(|| missing("region"))?;
        let column = table.numbers(name).ok_or_else(|| missing(name))?;
        let mut notes = Vec::new();
        let rows = rows_of_year(table, rows_of_industry(table, options, &mut notes)?, options)?;
        let mut read = Self {
            name: name.to_owned(),
            kept: Vec::new(),
            rows: Vec::new(),
            values: Vec::new(),
            notes,
            places: FxHashMap::default(),
            all: Vec::new(),
        };
        for row in rows {
            let region = regions.get(row).ok_or_else(|| missing("region"))?;
            read.add(row, region, column[row])?;
        }
        if read.kept.is_empty() {
            return Err(SpatialError::Empty);
        }
        read.tell_missing();
        Ok(read)
    }

    fn add(&mut self, row: usize, region: &str, value: f64) -> Result<(), SpatialError> {
        let place = value.is_finite().then_some(self.kept.len() as u32);
        if self.places.insert(region.to_owned(), place).is_some() {
            return Err(SpatialError::Duplicate { row, region: region.to_owned() });
        }
        self.all.push(region.to_owned());
        if place.is_some() {
            self.kept.push(region.to_owned());
            self.rows.push(row);
            self.values.push(value);
        }
        Ok(())
    }

    fn tell_missing(&mut self) {
        let missing = self.all.iter().filter(|region| self.place(region) == Some(None));
        let named: Vec<Arg> = missing.clone().take(NAMED).map(|region| Arg::Region(region.clone())).collect();
        if !named.is_empty() {
            let note = Message::new("measure.shared.spatial-missing").count("count", missing.count());
            self.notes.push(note.text("column", self.name.clone()).with("regions", Arg::List(named)));
        }
    }

    /// Place of a region among those kept; `Some(None)` when it has no value, `None` when the table lacks it.
    pub(crate) fn place(&self, region: &str) -> Option<Option<u32>> {
        self.places.get(region).copied()
    }

    /// The first region of the table that `has` denies, with their number.
    pub(crate) fn lacking(&self, place: &'static str, has: impl Fn(&str) -> bool) -> Result<(), SpatialError> {
        let mut lacking = self.all.iter().filter(|region| !has(region));
        match lacking.next() {
            Some(first) => Err(SpatialError::NotPlaced { region: first.clone(), count: 1 + lacking.count(), place }),
            None => Ok(()),
        }
    }
}

fn rows_of_industry(
    table: &Table,
    options: &VariableOptions,
    notes: &mut Vec<Message>,
) -> Result<Vec<usize>, SpatialError> {
    let all = 0..table.rows();
    let Some(industries) = table.text("industry") else {
        if options.industry.is_some() {
            notes.push(Message::new("measure.shared.spatial-industry-unused"));
        }
        return Ok(all.collect());
    };
    let Some(code) = options.industry.as_deref() else {
        one_industry(industries)?;
        return Ok(all.collect());
    };
    let rows: Vec<usize> = all.filter(|&row| industries.get(row) == Some(code)).collect();
    if rows.is_empty() {
        let known: Vec<&str> = industries.labels().iter().map(String::as_str).collect();
        let nearest = nearest(code, &known).map(str::to_owned);
        return Err(SpatialError::UnknownIndustry { code: code.to_owned(), nearest });
    }
    Ok(rows)
}

/// That all rows are of one industry.
fn one_industry(industries: &Text) -> Result<(), SpatialError> {
    let mut held: Vec<u32> = (0..industries.len()).filter_map(|row| industries.code(row)).collect();
    held.sort_unstable();
    held.dedup();
    match held[..] {
        [first, second, ..] => Err(SpatialError::SeveralIndustries {
            count: held.len(),
            first: industries.labels()[first as usize].clone(),
            second: industries.labels()[second as usize].clone(),
        }),
        _ => Ok(()),
    }
}

fn rows_of_year(table: &Table, rows: Vec<usize>, options: &VariableOptions) -> Result<Vec<usize>, SpatialError> {
    let years = table.numbers("year").filter(|_| options.value.as_deref() != Some("year"));
    match (years, options.year) {
        (None, None) => Ok(rows),
        (None, Some(year)) => Err(SpatialError::UnknownYear { year }),
        (Some(years), Some(year)) => {
            let rows: Vec<usize> = rows.into_iter().filter(|&row| years[row] == year as f64).collect();
            if rows.is_empty() { Err(SpatialError::UnknownYear { year }) } else { Ok(rows) }
        }
        (Some(years), None) => {
            let held = || rows.iter().map(|&row| years[row]).filter(|year| year.is_finite());
            let (first, last) = (held().fold(f64::INFINITY, f64::min), held().fold(f64::NEG_INFINITY, f64::max));
            if first < last {
                return Err(SpatialError::SeveralYears { first: first as i64, last: last as i64 });
            }
            Ok(rows)
        }
    }
}
