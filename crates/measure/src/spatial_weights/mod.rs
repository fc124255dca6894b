//! A variable over regions and the spatial weights between them: what [`autocorrelation`](mod@crate::autocorrelation)
//! and [`lisa`](mod@crate::lisa) start from.
//!
//! Read in this order: [`VariableOptions`] and [`WeightOptions`] (what a user says), `variable` (the rows that are
//! used), `links` and `places` (weights from a file, from points, from outlines).

mod error;
mod links;
mod moments;
mod options;
mod places;
mod variable;

#[cfg(test)]
pub(crate) mod st_louis;
#[cfg(test)]
mod tests;

pub use error::SpatialError;
pub(crate) use moments::Deviations;
pub use options::{Contiguity, PermutationOptions, VariableOptions, WeightOptions, WeightTransform};

use distretto_core::{
    Arg, ColumnKind, Fault, Given, Input, InputKind, Inputs, Message, Outcome, Place, RegionMap, Table, TableSpec,
};
use distretto_numerics::{Metric, Transform, Weights};
use options::Source;
use variable::Variable;

/// Names of regions that a warning lists at most.
const NAMED: usize = 5;

/// The inputs of both estimands.
pub(crate) const INPUTS: &[Input] = &[
    Input {
        name: "table",
        kind: InputKind::Table,
        place: Place::Positional,
        required: true,
        help: "Table with region and a column of values; optional x, y or lon, lat, industry, year",
    },
    Input {
        name: "weights",
        kind: InputKind::Weights,
        place: Place::Flag,
        required: false,
        help: "Spatial weights: a table source, target, weight, or a .gal or .gwt file",
    },
    Input {
        name: "regions",
        kind: InputKind::Table,
        place: Place::Flag,
        required: false,
        help: "Table with region and x, y or lon, lat, for --knn and --distance-band",
    },
    Input {
        name: "map",
        kind: InputKind::Map,
        place: Place::Flag,
        required: false,
        help: "Outlines of the regions, for --contiguity",
    },
];

/// Regions with a value, the weights between them, and what the reader must know about both.
#[derive(Debug, Clone)]
pub(crate) struct SpatialData {
    /// Codes, in the order of the table.
    pub regions: Vec<String>,
    /// One finite value for each region.
    pub values: Vec<f64>,
    /// Weights as the source gives them, not yet scaled.
    pub weights: Weights,
    /// What was left out, and regions without neighbours.
    pub notes: Vec<Message>,
    variable: String,
    source: String,
    metric: Option<Metric>,
}

impl SpatialData {
    /// The column that is analysed.
    pub(crate) fn variable(&self) -> &str {
        &self.variable
    }

    /// Says in the outcome where the weights come from and how they are scaled.
    pub(crate) fn describe(&self, transform: WeightTransform, outcome: &mut Outcome) {
        outcome.convention("weights", self.source.clone()).convention("transform", transform.word());
        match self.metric {
            Some(Metric::Euclidean) => drop(outcome.convention("distance", "euclidean, unit of the coordinates")),
            Some(Metric::Haversine) => drop(outcome.convention("distance", "great circle, km")),
            None => {}
        }
    }
}

/// The columns that are wanted of the given inputs.
///
/// # Errors
/// No value column, no source of weights or several, an input that the source does not use.
pub(crate) fn columns(
    variable: &VariableOptions,
    weights: &WeightOptions,
    given: &Given,
) -> Result<Vec<TableSpec>, Fault> {
    let given = |name: &str| given.iter().any(|input| input == name);
    let source = weights.source(given("weights"), given("map"), given("regions"))?;
    let value = variable.value()?;
    let mut table = TableSpec::new("table").need("region", ColumnKind::Label).need(value, ColumnKind::Number);
    for (name, kind) in [("industry", ColumnKind::Word), ("year", ColumnKind::Integer)] {
        table = if name == value { table } else { table.take(name, kind) };
    }
    let mut specs = Vec::new();
    match source {
        Source::Near(_) if given("regions") => {
            let regions = TableSpec::new("regions").need("region", ColumnKind::Label).unique(&["region"]);
            specs.push(with_coordinates(regions, ""));
        }
        Source::Near(_) => table = with_coordinates(table, value),
        Source::File | Source::Borders(_) => {}
    }
    specs.insert(0, table);
    Ok(specs)
}

fn with_coordinates(mut spec: TableSpec, value: &str) -> TableSpec {
    let kinds = [
        ("x", ColumnKind::Number),
        ("y", ColumnKind::Number),
        ("lon", ColumnKind::Longitude),
        ("lat", ColumnKind::Latitude),
    ];
    for (name, kind) in kinds {
        spec = if name == value { spec } else { spec.take(name, kind) };
    }
    spec
}

/// The regions of the table with their values and weights.
///
/// A region whose value is missing cannot enter any sum: it is left out together with its links, before neighbours are
/// searched among points, and a warning counts such regions.
///
/// # Errors
/// [`SpatialError`], with the file and the line where there is one.
pub(crate) fn read(inputs: &Inputs, variable: &VariableOptions, options: &WeightOptions) -> Result<SpatialData, Fault> {
    let table = inputs.need("table")?;
    let (links, regions, map) = (inputs.table("weights"), inputs.table("regions"), inputs.map("map"));
    let source = options.source(links.is_some(), map.is_some(), regions.is_some())?;
    let read = Variable::read(table, variable).map_err(|error| error.in_table(table))?;
    let mut metric = None;
    let weights = match source {
        Source::File => {
            let links = inputs.need("weights")?;
            links::from_links(links, &read).map_err(|error| error.in_table(links))?
        }
        Source::Near(near) => {
            let (points, measured) = points(table, regions, &read)?;
            metric = Some(measured);
            let place = regions.unwrap_or(table);
            places::from_points(&points, measured, near).map_err(|error| error.in_table(place))?
        }
        Source::Borders(contiguity) => {
            let map = map.ok_or(SpatialError::NoMap)?;
            borders(map, contiguity, &read)?
        }
    };
    let mut notes = read.notes.clone();
    notes.extend(link_notes(&read, &weights));
    let Variable { name, kept, values, .. } = read;
    Ok(SpatialData { regions: kept, values, weights, notes, variable: name, source: source.describe(), metric })
}

fn points(
    table: &Table,
    regions: Option<&Table>,
    read: &Variable,
) -> Result<(Vec<distretto_numerics::Point>, Metric), Fault> {
    match regions {
        Some(regions) => places::points_of_regions(regions, read).map_err(|error| error.in_table(regions)),
        None => places::points_of_rows(table, read).map_err(|error| error.in_table(table)),
    }
}

fn borders(map: &RegionMap, contiguity: Contiguity, read: &Variable) -> Result<Weights, Fault> {
    places::from_borders(map, contiguity, read).map_err(|error| Fault::from(error).in_file(map.path.clone()))
}

fn link_notes(read: &Variable, weights: &Weights) -> Vec<Message> {
    let mut notes = Vec::new();
    let islands = weights.islands();
    if !islands.is_empty() {
        let named = islands.iter().take(NAMED).map(|&i| Arg::Region(read.kept[i as usize].clone())).collect();
        let note = Message::new("measure.shared.spatial-islands").count("count", islands.len());
        notes.push(note.with("regions", Arg::List(named)));
    }
    if weights.self_links_left_out() > 0 {
        notes.push(Message::new("measure.shared.spatial-self-links").count("count", weights.self_links_left_out()));
    }
    notes
}

impl From<WeightTransform> for Transform {
    fn from(transform: WeightTransform) -> Self {
        match transform {
            WeightTransform::Row => Self::Row,
            WeightTransform::Binary => Self::Binary,
        }
    }
}
