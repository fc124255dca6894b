//! Areal units at several levels, added up from the finest.

use super::index::Benchmark;
use super::plants::{Plants, PlantsError};
use crate::areas::{AreaOptions, Areas, AreasError, Span};
use distretto_core::{Fault, Field, Table};
use rustc_hash::FxHashMap;

/// The units of one level, with the shares that random placement follows.
#[derive(Debug, Clone)]
pub struct Level {
    /// Column that holds it.
    pub name: String,
    /// Codes of the units.
    pub units: Vec<String>,
    /// Shares of the units in the total; `None` when a suppressed cell leaves them open or the total is 0.
    pub benchmark: Option<Benchmark>,
}

/// What can be wrong with levels of regions.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LevelsError {
    /// A column is absent or of another kind.
    #[error("the level `{column}` is no column of codes of the areas")]
    Column {
        /// The level.
        column: String,
    },
    /// A row without a unit at some level.
    #[error("the {level} is missing")]
    Label {
        /// Row of the table.
        row: usize,
        /// The level.
        level: String,
    },
    /// A finest unit that lies in two units of a level.
    #[error("{unit} lies in {level} {first} and in {level} {second}")]
    Split {
        /// Row of the table.
        row: usize,
        /// Unit of the finest level.
        unit: String,
        /// The other level.
        level: String,
        /// Unit of the other level where it stood before.
        first: String,
        /// Unit of the other level in this row.
        second: String,
    },
    /// The table itself is wrong.
    #[error(transparent)]
    Areas(#[from] AreasError),
}

impl LevelsError {
    /// The fault with file, line and column.
    #[must_use]
    pub fn in_table(self, table: &Table) -> Fault {
        let message = self.to_string();
        match self {
            Self::Column { column } => Fault::input(message)
                .with_hint("every level of `--levels` is a column of the areas and of the plants")
                .in_table(table)
                .in_column(column),
            Self::Split { row, level, .. } => Fault::input(message)
                .with_hint("levels are added up from the finest: each of its units lies in one unit of every level")
                .at(table, row, &level),
            Self::Label { row, level } => Fault::input(message).at(table, row, &level),
            Self::Areas(error) => error.in_table(table),
        }
    }
}

/// An area table at its finest level, and where its regions lie at every level.
#[derive(Debug)]
pub struct LevelledAreas {
    /// The table of the finest level.
    pub areas: Areas,
    levels: Vec<Parents>,
    /// Place of the finest level.
    finest: usize,
}

#[derive(Debug)]
struct Parents {
    name: String,
    units: Vec<String>,
    /// Unit of each region of the finest level.
    of_region: Vec<u32>,
}

impl LevelledAreas {
    /// Reads the table. The finest level is the one with the most units; the first of them when several have as many.
    ///
    /// # Errors
    /// [`LevelsError`].
    pub fn read(table: &Table, levels: &[String], options: &AreaOptions) -> Result<Self, LevelsError> {
        let (mut place, mut most) = (0, 0);
        for (at, level) in levels.iter().enumerate() {
            let text = table.text(level).ok_or_else(|| LevelsError::Column { column: level.clone() })?;
            if text.labels().len() > most {
                (place, most) = (at, text.labels().len());
            }
        }
        let finest = levels.get(place).map_or("region", String::as_str);
        let areas = if finest == "region" {
            Areas::read(table, options)?
        } else {
            Areas::read(&with_regions(table, finest), options)?
        };
        let parents = |level: &String| Parents::read(table, finest, level, areas.regions());
        let levels = levels.iter().map(parents).collect::<Result<_, _>>()?;
        Ok(Self { areas, levels, finest: place })
    }

    /// Checks that the plants put every finest unit into the units where the areas put it. `plants` have these levels.
    ///
    /// # Errors
    /// [`PlantsError::OtherParent`], or a plant in a unit that the areas lack.
    pub fn check(&self, plants: &Plants) -> Result<(), PlantsError> {
        let Some(finest) = self.levels.get(self.finest) else { return Ok(()) };
        let units = plants.places(self.finest, &finest.units)?;
        for (place, level) in self.levels.iter().enumerate() {
            for (plant, (&unit, of_plant)) in units.iter().zip(plants.places(place, &level.units)?).enumerate() {
                let of_areas = level.of_region[unit as usize];
                if of_areas != of_plant {
                    return Err(PlantsError::OtherParent {
                        row: plants.row(plant),
                        unit: finest.units[unit as usize].clone(),
                        level: level.name.clone(),
                        plants: level.units[of_plant as usize].clone(),
                        areas: level.units[of_areas as usize].clone(),
                    });
                }
            }
        }
        Ok(())
    }

    /// The levels with the shares of their units in the total of all industries.
    #[must_use]
    pub fn levels(&self) -> Vec<Level> {
        let totals: Vec<Span> = (0..self.areas.regions().len()).map(|r| self.areas.region_total(r)).collect();
        let level = |(place, parents): (usize, &Parents)| Level {
            name: parents.name.clone(),
            units: parents.units.clone(),
            benchmark: self.add_up(place, &totals).and_then(|sums| {
                let known = sums.iter().all(|sum| sum.is_known());
                known.then(|| Benchmark::new(&sums.iter().map(|sum| sum.low).collect::<Vec<_>>())).flatten()
            }),
        };
        self.levels.iter().enumerate().map(level).collect()
    }

    /// Sums of values of the finest regions by unit of a level, missing ones left out.
    #[must_use]
    pub fn add_up(&self, level: usize, values: &[Span]) -> Option<Vec<Span>> {
        let parents = self.levels.get(level)?;
        let mut sums = vec![Span::known(0.0); parents.units.len()];
        for (&unit, value) in parents.of_region.iter().zip(values) {
            if !value.low.is_nan() {
                sums[unit as usize].low += value.low;
                sums[unit as usize].high += value.high;
            }
        }
        Some(sums)
    }
}

/// The same table with another column as `region`.
fn with_regions(table: &Table, column: &str) -> Table {
    let mut renamed = Table::empty();
    for Field { name, values } in table.fields() {
        if name != "region" {
            renamed = renamed.with(if name == column { "region" } else { name }, values.clone());
        }
    }
    match table.origin() {
        Some(origin) => renamed.from_file(origin.clone()),
        None => renamed,
    }
}

impl Parents {
    fn read(table: &Table, finest: &str, level: &str, regions: &[String]) -> Result<Self, LevelsError> {
        let column = |name: &str| table.text(name).ok_or_else(|| LevelsError::Column { column: name.to_owned() });
        if level == finest || regions.is_empty() {
            let of_region = (0..regions.len() as u32).collect();
            return Ok(Self { name: level.to_owned(), units: regions.to_vec(), of_region });
        }
        let (below, above) = (column(finest)?, column(level)?);
        let index: FxHashMap<&str, usize> = regions.iter().map(String::as_str).zip(0..).collect();
        let mut parent: Vec<Option<u32>> = vec![None; regions.len()];
        for row in 0..table.rows() {
            let Some(&region) = below.get(row).and_then(|label| index.get(label)) else { continue };
            let label = above.code(row).ok_or_else(|| LevelsError::Label { row, level: level.to_owned() })?;
            match parent[region] {
                Some(before) if before != label => {
                    let name = |code: u32| above.labels()[code as usize].clone();
                    return Err(LevelsError::Split {
                        row,
                        unit: regions[region].clone(),
                        level: level.to_owned(),
                        first: name(before),
                        second: name(label),
                    });
                }
                _ => parent[region] = Some(label),
            }
        }
        let mut units: Vec<String> = Vec::new();
        let mut of_label: FxHashMap<u32, u32> = FxHashMap::default();
        let number = |label: u32| {
            *of_label.entry(label).or_insert_with(|| {
                units.push(above.labels()[label as usize].clone());
                units.len() as u32 - 1
            })
        };
        let of_region = parent.into_iter().flatten().map(number).collect();
        Ok(Self { name: level.to_owned(), units, of_region })
    }
}
