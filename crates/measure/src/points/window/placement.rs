//! Plants in a window: in the plane, inside it, and distances that it has.

use super::{Window, WindowError, WindowRequest};
use crate::points::projection::{ProjectWord, Projection};
use crate::points::{Plants, PlantsError};
use distretto_core::{Fault, Inputs, Table};
use distretto_numerics::{Metric, Point};

/// Distances may exceed the diameter of the window by this share: the rounding of a range.
const SLACK: f64 = 1e-9;

/// Why plants do not stand in a window.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PlacementError {
    /// The plants.
    #[error(transparent)]
    Plants(#[from] PlantsError),
    /// The window.
    #[error(transparent)]
    Window(#[from] WindowError),
    /// Degrees, and no projection.
    #[error("the plants are in degrees, and functions in a window need a plane")]
    Degrees,
    /// A projection of what is in the plane.
    #[error("there is nothing to project: the plants have planar coordinates")]
    Planar,
    /// No centre of the projection.
    #[error("the plants are spread all around the globe: a projection has no centre")]
    Globe,
    /// A plant outside the window.
    #[error("plant {} at ({}, {}) is outside the window; {count} of the plants are", name.clone().unwrap_or_else(|| (plant + 1).to_string()), at[0], at[1])]
    Outside {
        /// Number of the plant, from 0.
        plant: usize,
        /// Row of the table.
        row: usize,
        /// Its identifier, where known.
        name: Option<String>,
        /// Where it is.
        at: Point,
        /// How many plants are outside.
        count: usize,
    },
    /// A distance that no two points of the window have.
    #[error("the distance {r} is beyond the window, whose diameter is {diameter}")]
    BeyondWindow {
        /// The largest distance asked for.
        r: f64,
        /// Largest distance in the window.
        diameter: f64,
    },
}

impl PlacementError {
    /// The fault with file, line and column of the table of plants.
    #[must_use]
    pub fn in_table(self, table: &Table) -> Fault {
        match self {
            Self::Plants(error) => error.in_table(table),
            Self::Outside { plant, row, at, count, .. } => {
                let name = table.text("id").and_then(|ids| ids.get(row)).map(str::to_owned);
                let column = if table.numbers("x").is_some() { "x" } else { "lon" };
                Fault::from(Self::Outside { plant, row, name, at, count }).at(table, row, column)
            }
            error => error.into(),
        }
    }
}

impl From<PlacementError> for Fault {
    fn from(error: PlacementError) -> Self {
        let message = error.to_string();
        match error {
            PlacementError::Plants(error) => error.into(),
            PlacementError::Window(error) => error.into(),
            PlacementError::Degrees => {
                Self::option(message).with_hint("add `--project equal-area`, or give projected coordinates `x` and `y`")
            }
            PlacementError::Planar => Self::option(message)
                .with_hint("leave out `--project`; if the coordinates are degrees, say `--col lon=x --col lat=y`"),
            PlacementError::Globe => Self::input(message).with_hint("look at a part of the plants"),
            PlacementError::Outside { .. } => Self::input(message)
                .with_hint("leave these plants out, or widen the window; are both in the same coordinates?"),
            PlacementError::BeyondWindow { .. } => Self::option(message)
                .with_hint("give smaller distances with `--r`; a quarter of the shorter side is usual"),
        }
    }
}

/// The plants in the plane, projected when that is asked for.
///
/// # Errors
/// Degrees without a projection, a projection of what is in the plane, plants all around the globe.
pub fn planar(plants: Plants, project: Option<ProjectWord>) -> Result<(Plants, Option<Projection>), PlacementError> {
    match (project, plants.metric()) {
        (None, Metric::Euclidean) => Ok((plants, None)),
        (None, Metric::Haversine) => Err(PlacementError::Degrees),
        (Some(_), Metric::Euclidean) => Err(PlacementError::Planar),
        (Some(_), Metric::Haversine) => {
            let projection = Projection::about(plants.points()).ok_or(PlacementError::Globe)?;
            Ok((projection.plants(&plants)?, Some(projection)))
        }
    }
}

impl Window {
    /// The window that is asked for: the table `window` where there is one, else the text of `--window`.
    ///
    /// # Errors
    /// A text or a table that is no window.
    pub(crate) fn asked(
        inputs: &Inputs,
        text: &str,
        plants: &Plants,
        projection: Option<&Projection>,
    ) -> Result<Self, Fault> {
        match inputs.table("window") {
            Some(vertices) => Self::read(vertices, projection),
            None => Ok(WindowRequest::parse(text)?.window(plants.points(), projection)?),
        }
    }

    /// Checks that the plants stand in it.
    ///
    /// # Errors
    /// Degrees, or plants outside.
    pub fn holds(&self, plants: &Plants) -> Result<(), PlacementError> {
        if plants.metric() != Metric::Euclidean {
            return Err(PlacementError::Degrees);
        }
        let outside: Vec<usize> = (0..plants.len()).filter(|&i| !self.contains(plants.points()[i])).collect();
        match outside[..] {
            [] => Ok(()),
            [plant, ..] => Err(PlacementError::Outside {
                plant,
                row: plants.row(plant),
                name: None,
                at: plants.points()[plant],
                count: outside.len(),
            }),
        }
    }

    /// Checks that it has a distance.
    ///
    /// # Errors
    /// A distance beyond its diameter.
    pub fn reaches(&self, r: f64) -> Result<(), PlacementError> {
        match r > self.diameter() * (1.0 + SLACK) {
            true => Err(PlacementError::BeyondWindow { r, diameter: self.diameter() }),
            false => Ok(()),
        }
    }
}
