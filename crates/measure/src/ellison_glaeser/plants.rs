//! Tables of plants: one row a plant with its industry, its region at every level, and its size.

use distretto_core::{Fault, Table, Text, nearest};
use rustc_hash::FxHashMap;

/// What the sizes of plants are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sizing {
    /// Column `size`.
    Size,
    /// Column `employment`.
    Employment,
    /// No such column: all plants are equal.
    Equal,
}

impl Sizing {
    /// The word in the conventions of a result.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::Employment => "employment",
            Self::Equal => "equal",
        }
    }
}

/// Plants of all industries, in the order of their table.
#[derive(Debug, Clone)]
pub struct Plants {
    industries: Vec<String>,
    industry: Vec<u32>,
    size: Vec<f64>,
    levels: Vec<PlantLevel>,
    rows: Vec<usize>,
    sizing: Sizing,
    without_size: usize,
}

/// Where the plants are, at one level of regions.
#[derive(Debug, Clone)]
struct PlantLevel {
    name: String,
    labels: Vec<String>,
    code: Vec<u32>,
}

/// What can be wrong with a table of plants.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PlantsError {
    /// A column is absent or of another kind.
    #[error("the column `{column}` of the plants is missing or not of the right kind")]
    Column {
        /// Its standard name.
        column: String,
    },
    /// No plant, or none of the year.
    #[error("the table has no plants")]
    Empty,
    /// A plant without industry or region.
    #[error("the {column} of a plant is missing")]
    Label {
        /// Row of the table.
        row: usize,
        /// Column.
        column: String,
    },
    /// A plant whose size is not above 0.
    #[error("the size {value} of a plant is not above 0")]
    Size {
        /// Row of the table.
        row: usize,
        /// Column that holds it.
        column: String,
        /// The size.
        value: f64,
    },
    /// Two plants of one id.
    #[error("duplicate plant {id}")]
    Duplicate {
        /// The later row.
        row: usize,
        /// The id.
        id: String,
    },
    /// Several years, and none chosen.
    #[error("the plants are of several years: {first}, {second} and so on")]
    SeveralYears {
        /// One of them.
        first: i64,
        /// Another.
        second: i64,
    },
    /// A year without plants.
    #[error("no plants of the year {year}")]
    UnknownYear {
        /// The year asked for.
        year: i64,
    },
    /// A plant in a region that the areas lack.
    #[error("the plant lies in {level} {code}, which the areas do not hold")]
    UnknownRegion {
        /// Row of the table.
        row: usize,
        /// Level of regions, a column.
        level: String,
        /// The code.
        code: String,
        /// The nearest code of the areas.
        nearest: Option<String>,
    },
    /// A plant whose region lies in another unit than in the areas.
    #[error("{unit} lies in {level} {plants} by this plant, but in {level} {areas} by the areas")]
    OtherParent {
        /// Row of the table.
        row: usize,
        /// The region, a unit of the finest level.
        unit: String,
        /// The other level, a column.
        level: String,
        /// Its unit in the plants.
        plants: String,
        /// Its unit in the areas.
        areas: String,
    },
    /// An industry asked for that has no plant.
    #[error("no plant is of industry {code}")]
    UnknownIndustry {
        /// The code.
        code: String,
        /// The nearest code of the plants.
        nearest: Option<String>,
    },
}

impl PlantsError {
    /// The fault with file, line and column.
    #[must_use]
    pub fn in_table(self, table: &Table) -> Fault {
        let message = self.to_string();
        match self {
            Self::Label { row, column } => Fault::input(message).at(table, row, &column),
            Self::Size { row, column, value } => Fault::input(message)
                .with_value(value.to_string())
                .with_hint("leave the cell empty when the size is not known; the plant is left out then")
                .at(table, row, &column),
            Self::Duplicate { row, .. } => Fault::input(message).at(table, row, "id"),
            Self::UnknownRegion { row, level, code, nearest } => {
                let hint = match nearest {
                    Some(near) => format!("did you mean {near}? Else give the areas a row for it"),
                    None => "give the areas a row for every region with a plant".to_owned(),
                };
                Fault::input(message).with_value(code).with_hint(hint).at(table, row, &level)
            }
            Self::OtherParent { row, level, plants, .. } => Fault::input(message)
                .with_value(plants)
                .with_hint("a unit of the finest level lies in one unit of every level, the same in both tables")
                .at(table, row, &level),
            Self::Column { column } => Fault::input(message)
                .with_hint(format!("name the column that holds it with `--col {column}=NAME`"))
                .in_table(table)
                .in_column(column),
            Self::SeveralYears { .. } => Fault::input(message).with_hint("choose one with `--year`").in_table(table),
            Self::UnknownYear { .. } => Fault::option(message).in_table(table),
            Self::UnknownIndustry { nearest, .. } => match nearest {
                Some(near) => Fault::option(message).with_hint(format!("did you mean {near}?")),
                None => Fault::option(message),
            },
            Self::Empty => Fault::input(message).in_table(table),
        }
    }
}

impl Plants {
    /// Reads the plants of one year: columns `industry`, one for each level, `size` or `employment`, where there are
    /// such `id` and `year`. A plant whose size is missing is left out and counted.
    ///
    /// # Errors
    /// [`PlantsError`].
    pub fn read(table: &Table, levels: &[String], year: Option<i64>) -> Result<Self, PlantsError> {
        let missing = |column: &str| PlantsError::Column { column: column.to_owned() };
        let industries = table.text("industry").ok_or_else(|| missing("industry"))?;
        let places: Vec<&Text> =
            levels.iter().map(|level| table.text(level).ok_or_else(|| missing(level))).collect::<Result<_, _>>()?;
        let mut rows = rows_of_year(table, year)?;
        check_ids(table, &rows)?;
        let (sizing, sizes) = sizes(table, &rows)?;
        let without_size = sizes.iter().filter(|size| size.is_nan()).count();
        let mut kept = sizes.iter().map(|size| !size.is_nan());
        rows.retain(|_| kept.next().unwrap_or(false));
        if rows.is_empty() {
            return Err(PlantsError::Empty);
        }
        let (industry, codes) = number(industries, &rows, "industry")?;
        let located = |(name, text): (&String, &Text)| {
            let (code, labels) = number(text, &rows, name)?;
            Ok(PlantLevel { name: name.clone(), labels, code })
        };
        let levels = levels.iter().zip(places).map(located).collect::<Result<_, PlantsError>>()?;
        let size = sizes.into_iter().filter(|size| !size.is_nan()).collect();
        Ok(Self { industries: codes, industry, size, levels, rows, sizing, without_size })
    }

    /// Codes of the industries in the order of their first plant.
    #[must_use]
    pub fn industries(&self) -> &[String] {
        &self.industries
    }

    /// What the sizes are.
    #[must_use]
    pub fn sizing(&self) -> Sizing {
        self.sizing
    }

    /// Plants that were left out because their size is missing.
    #[must_use]
    pub fn without_size(&self) -> usize {
        self.without_size
    }

    /// Number of plants.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none; never for plants that were read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Codes of the regions of a level in the order of their first plant.
    #[must_use]
    pub fn regions(&self, level: usize) -> &[String] {
        &self.levels[level].labels
    }

    /// Row of the table that a plant stands in.
    pub(super) fn row(&self, plant: usize) -> usize {
        self.rows[plant]
    }

    /// Place of every plant's region among `regions`.
    ///
    /// # Errors
    /// A plant in a region that is not among them.
    pub fn places(&self, level: usize, regions: &[String]) -> Result<Vec<u32>, PlantsError> {
        let index: FxHashMap<&str, u32> = regions.iter().map(String::as_str).zip(0..).collect();
        let here = &self.levels[level];
        let of_label: Vec<Option<u32>> = here.labels.iter().map(|label| index.get(label.as_str()).copied()).collect();
        let place = |(&code, &row): (&u32, &usize)| {
            of_label[code as usize].ok_or_else(|| {
                let code = here.labels[code as usize].clone();
                let known: Vec<&str> = regions.iter().map(String::as_str).collect();
                let near = nearest(&code, &known).map(str::to_owned);
                PlantsError::UnknownRegion { row, level: here.name.clone(), code, nearest: near }
            })
        };
        here.code.iter().zip(&self.rows).map(place).collect()
    }

    /// The plants of each industry, by position.
    #[must_use]
    pub fn by_industry(&self) -> Vec<Vec<usize>> {
        let mut plants = vec![Vec::new(); self.industries.len()];
        for (plant, &industry) in self.industry.iter().enumerate() {
            plants[industry as usize].push(plant);
        }
        plants
    }

    /// Sizes of the plants named.
    #[must_use]
    pub fn sizes_of(&self, plants: &[usize]) -> Vec<f64> {
        plants.iter().map(|&plant| self.size[plant]).collect()
    }

    /// Sizes of all plants.
    #[must_use]
    pub fn sizes(&self) -> &[f64] {
        &self.size
    }

    /// The places of the industries named, ascending; all when none is named.
    ///
    /// # Errors
    /// An industry without plants.
    pub fn chosen(&self, codes: &[String]) -> Result<Vec<usize>, PlantsError> {
        if codes.is_empty() {
            return Ok((0..self.industries.len()).collect());
        }
        let find = |code: &String| {
            self.industries.iter().position(|industry| industry == code).ok_or_else(|| {
                let known: Vec<&str> = self.industries.iter().map(String::as_str).collect();
                PlantsError::UnknownIndustry { code: code.clone(), nearest: nearest(code, &known).map(str::to_owned) }
            })
        };
        let mut places = codes.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        places.sort_unstable();
        places.dedup();
        Ok(places)
    }
}

/// Numbers the labels of the rows in the order of their first appearance.
fn number(text: &Text, rows: &[usize], column: &str) -> Result<(Vec<u32>, Vec<String>), PlantsError> {
    let mut of_label = vec![None; text.labels().len()];
    let mut labels = Vec::new();
    let mut codes = Vec::with_capacity(rows.len());
    for &row in rows {
        let code = text.code(row).ok_or_else(|| PlantsError::Label { row, column: column.to_owned() })?;
        let next = labels.len() as u32;
        let place = *of_label[code as usize].get_or_insert(next);
        if place == next {
            labels.push(text.labels()[code as usize].clone());
        }
        codes.push(place);
    }
    Ok((codes, labels))
}

/// Sizes of the rows; NaN where missing.
fn sizes(table: &Table, rows: &[usize]) -> Result<(Sizing, Vec<f64>), PlantsError> {
    let (sizing, column) = match (table.field("size"), table.field("employment")) {
        (Some(_), _) => (Sizing::Size, "size"),
        (None, Some(_)) => (Sizing::Employment, "employment"),
        (None, None) => return Ok((Sizing::Equal, vec![1.0; rows.len()])),
    };
    let numbers = table.numbers(column).ok_or_else(|| PlantsError::Column { column: column.to_owned() })?;
    let size = |&row: &usize| match numbers[row] {
        value if value.is_nan() || (value > 0.0 && value.is_finite()) => Ok(value),
        value => Err(PlantsError::Size { row, column: column.to_owned(), value }),
    };
    Ok((sizing, rows.iter().map(size).collect::<Result<_, _>>()?))
}

fn check_ids(table: &Table, rows: &[usize]) -> Result<(), PlantsError> {
    let Some(ids) = table.text("id") else { return Ok(()) };
    let mut seen = vec![false; ids.labels().len()];
    for &row in rows {
        let code = ids.code(row).ok_or_else(|| PlantsError::Label { row, column: "id".to_owned() })?;
        if std::mem::replace(&mut seen[code as usize], true) {
            return Err(PlantsError::Duplicate { row, id: ids.labels()[code as usize].clone() });
        }
    }
    Ok(())
}

/// Rows of the chosen year; all without a column `year`.
pub(super) fn rows_of_year(table: &Table, year: Option<i64>) -> Result<Vec<usize>, PlantsError> {
    let all = || (0..table.rows()).collect::<Vec<usize>>();
    let Some(years) = table.numbers("year") else { return Ok(all()) };
    let wanted = match year {
        Some(year) => year,
        None => {
            let Some(&first) = years.first() else { return Ok(all()) };
            if let Some(&other) = years.iter().find(|&&other| other != first) {
                return Err(PlantsError::SeveralYears { first: first as i64, second: other as i64 });
            }
            first as i64
        }
    };
    let rows: Vec<usize> = (0..table.rows()).filter(|&row| years[row] == wanted as f64).collect();
    if rows.is_empty() { Err(PlantsError::UnknownYear { year: wanted }) } else { Ok(rows) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(labels: &[&str]) -> Text {
        labels.iter().map(|&label| Some(label)).collect()
    }

    fn table(sizes: &[f64]) -> Table {
        let n = sizes.len();
        Table::empty()
            .with_text("id", text(&["a", "b", "c"][..n]))
            .with_text("region", text(&["A", "B", "A"][..n]))
            .with_text("industry", text(&["x", "x", "y"][..n]))
            .with_numbers("size", sizes.to_vec())
    }

    fn region() -> Vec<String> {
        vec!["region".to_owned()]
    }

    #[test]
    fn a_plant_without_size_is_left_out() {
        let plants = Plants::read(&table(&[1.0, f64::NAN, 3.0]), &region(), None).unwrap();
        assert_eq!((plants.len(), plants.without_size(), plants.sizing()), (2, 1, Sizing::Size));
        assert_eq!(plants.regions(0), ["A"]);
        assert_eq!(plants.by_industry(), [vec![0], vec![1]]);
    }

    #[test]
    fn sizes_regions_and_ids_are_checked() {
        let zero = Plants::read(&table(&[1.0, 0.0]), &region(), None).unwrap_err();
        assert!(matches!(zero, PlantsError::Size { row: 1, .. }), "{zero}");
        let plants = Plants::read(&table(&[1.0, 2.0]), &region(), None).unwrap();
        let lost = plants.places(0, &["A".to_owned()]).unwrap_err();
        assert!(matches!(lost, PlantsError::UnknownRegion { row: 1, .. }), "{lost}");
        let twice = Table::empty()
            .with_text("id", text(&["a", "a"]))
            .with_text("region", text(&["A", "A"]))
            .with_text("industry", text(&["x", "x"]));
        let twice = Plants::read(&twice, &region(), None).unwrap_err();
        assert!(matches!(twice, PlantsError::Duplicate { row: 1, .. }), "{twice}");
    }

    #[test]
    fn one_year_is_taken() {
        let years = table(&[1.0, 2.0, 3.0]).with_numbers("year", vec![1.0, 2.0, 2.0]);
        assert_eq!(Plants::read(&years, &region(), Some(2)).unwrap().len(), 2);
        assert!(matches!(Plants::read(&years, &region(), None), Err(PlantsError::SeveralYears { .. })));
        assert!(matches!(Plants::read(&years, &region(), Some(3)), Err(PlantsError::UnknownYear { year: 3 })));
    }
}
