//! Which rows of a table are used, and which row belongs to which cell.

use super::error::AreasError;
use super::options::AreaOptions;
use distretto_core::{Table, Text, Values};

/// Most cells of a dense table: 134 million, 1 GiB of values. The result lists every cell, so a larger one would not
/// be of use either.
pub(crate) const CELL_LIMIT: usize = 1 << 27;

const UNUSED: u32 = u32::MAX;
/// Place of the label of known totals.
pub(super) const TOTAL: u32 = u32::MAX - 1;

/// Codes in the order of their first appearance, and for each label of the text column its place among them.
#[derive(Debug)]
pub(super) struct Places {
    of_label: Vec<u32>,
    total: Option<u32>,
    pub(super) codes: Vec<String>,
}

impl Places {
    fn new(text: &Text, total_label: Option<&str>) -> Self {
        let total = text.labels().iter().position(|label| Some(label.as_str()) == total_label);
        let of_label = vec![UNUSED; text.labels().len()];
        Self { of_label, total: total.map(|code| code as u32), codes: Vec::new() }
    }

    fn visit(&mut self, text: &Text, code: u32) {
        let place = &mut self.of_label[code as usize];
        if *place == UNUSED {
            if self.total == Some(code) {
                *place = TOTAL;
            } else {
                *place = self.codes.len() as u32;
                self.codes.push(text.labels()[code as usize].clone());
            }
        }
    }

    /// The place of a label that was visited, or [`TOTAL`].
    pub(super) fn place(&self, code: u32) -> u32 {
        self.of_label[code as usize]
    }
}

/// The columns of an area table and the places of their labels.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    pub(super) regions: &'a Text,
    pub(super) industries: &'a Text,
    pub(super) low: &'a [f64],
    pub(super) high: &'a [f64],
    pub(super) suppressed: bool,
    pub(super) establishments: Option<&'a [f64]>,
    pub(super) years: Option<Vec<i64>>,
    pub(super) region: Places,
    pub(super) industry: Places,
}

impl<'a> Layout<'a> {
    /// Finds the columns; no row is visited yet.
    pub(super) fn new(table: &'a Table, options: &AreaOptions) -> Result<Self, AreasError> {
        let missing = |column: &str| AreasError::Column { column: column.to_owned() };
        let regions = table.text("region").ok_or_else(|| missing("region"))?;
        let industries = table.text("industry").ok_or_else(|| missing("industry"))?;
        let (low, high) = table.intervals(&options.value).ok_or_else(|| missing(&options.value))?;
        let suppressed = matches!(table.field(&options.value).map(|f| &f.values), Some(Values::Interval(_)));
        let total = options.total_label.as_deref();
        Ok(Self {
            regions,
            industries,
            low,
            high,
            suppressed,
            establishments: table.numbers("establishments"),
            years: year_column(table)?,
            region: Places::new(regions, total),
            industry: Places::new(industries, total),
        })
    }

    /// The years of the table in ascending order.
    pub(super) fn distinct_years(&self) -> Vec<i64> {
        let mut found: Vec<i64> = Vec::new();
        let mut last = None;
        for &year in self.years.iter().flatten() {
            if last != Some(year) {
                last = Some(year);
                if let Err(at) = found.binary_search(&year) {
                    found.insert(at, year);
                }
            }
        }
        found
    }

    /// Gives every label of the rows of these years (all rows when `None`) its place.
    pub(super) fn visit(&mut self, years: Option<&[i64]>) -> Result<(), AreasError> {
        let mut last = (UNUSED, UNUSED);
        for row in 0..self.regions.len() {
            if let (Some(all), Some(wanted)) = (&self.years, years)
                && !wanted.contains(&all[row])
            {
                continue;
            }
            let region = self.regions.code(row).ok_or(AreasError::Label { row, column: "region" })?;
            let industry = self.industries.code(row).ok_or(AreasError::Label { row, column: "industry" })?;
            // Tables are mostly sorted by one of the two, so that one of the visits is saved.
            if region != last.0 {
                self.region.visit(self.regions, region);
            }
            if industry != last.1 {
                self.industry.visit(self.industries, industry);
            }
            last = (region, industry);
        }
        let (regions, industries) = (self.region.codes.len(), self.industry.codes.len());
        if regions == 0 || industries == 0 {
            return Err(AreasError::Empty);
        }
        match regions.checked_mul(industries) {
            Some(cells) if cells <= CELL_LIMIT => Ok(()),
            _ => Err(AreasError::TooLarge { regions, industries, limit: CELL_LIMIT }),
        }
    }

    /// The codes of a row, for a message.
    pub(super) fn names(&self, row: usize) -> (String, String) {
        let name = |text: &Text| text.get(row).unwrap_or_default().to_owned();
        (name(self.regions), name(self.industries))
    }
}

fn year_column(table: &Table) -> Result<Option<Vec<i64>>, AreasError> {
    let whole = |row: usize, year: Option<f64>| match year {
        Some(year) if year.fract() == 0.0 && year.abs() < 1e15 => Ok(year as i64),
        _ => Err(AreasError::Year { row }),
    };
    match table.field("year").map(|field| &field.values) {
        None => Ok(None),
        Some(Values::Number(years)) => {
            years.iter().enumerate().map(|(row, &year)| whole(row, Some(year))).collect::<Result<_, _>>().map(Some)
        }
        Some(Values::Text(years)) => {
            let parse = |(row, year): (usize, Option<&str>)| whole(row, year.and_then(|y| y.trim().parse().ok()));
            years.iter().enumerate().map(parse).collect::<Result<_, _>>().map(Some)
        }
        Some(_) => Err(AreasError::Column { column: "year".to_owned() }),
    }
}
