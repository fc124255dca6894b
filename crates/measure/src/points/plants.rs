//! The plants every estimand of this chapter starts from: sites, types, weights.

use super::distances::Distances;
use super::error::PlantsError;
use super::options::{MetricWord, SiteOptions};
use super::pairs::PairIndex;
use super::words::Unit;
use distretto_core::{Fault, Input, Inputs, Message, Outcome, Place, Table, nearest};
use distretto_numerics::{Metric, Point};
use rustc_hash::FxHashMap;

/// The input that every estimand on plants declares.
pub const PLANTS: Input = Input::table(
    "plants",
    Place::Positional,
    true,
    "Table with id, industry, x and y (or lon and lat), and the column of weights",
);
/// Largest coordinates whose squared distances are numbers above 0.
const EXTENT: [f64; 2] = [1e-150, 1e150];
/// Largest weight over the smallest: sums of weights keep all digits of the smallest within it.
const MAGNITUDES: f64 = 1e15;
/// Industries that an error lists when none is named.
const LISTED: usize = 5;
/// Degrees from pole to pole and around, within which planar coordinates may be degrees in disguise.
const DEGREES: Point = [180.0, 90.0];
/// Degrees of places are given to more than one over this, some ten kilometres.
const COARSE: f64 = 10.0;

/// Plants as points: where each stands, which industry it is of, what it weighs.
///
/// Plants are numbered from 0 in the order of the table; rows without coordinates or weight are left out and
/// counted in a note.
#[derive(Debug, Clone, PartialEq)]
pub struct Plants {
    metric: Metric,
    points: Vec<Point>,
    codes: Vec<u32>,
    industries: Vec<String>,
    weights: Option<Vec<f64>>,
    /// Row of the table of each plant, unless plant i stands in row i.
    rows: Option<Vec<u32>>,
    /// Distances that stand in for coordinates; `points` is empty then.
    distances: Option<Distances>,
    notes: Vec<Message>,
}

impl Plants {
    /// Reads the input `plants`, and the input `distances` where it is given.
    ///
    /// # Errors
    /// As [`read`](Self::read) and [`read_with_distances`](Self::read_with_distances), with file, line and column.
    pub fn of_inputs(inputs: &Inputs, options: &SiteOptions) -> Result<Self, Fault> {
        let table = inputs.need("plants")?;
        let Some(distances) = inputs.table("distances") else {
            return Self::read(table, options).map_err(|error| error.in_table(table));
        };
        Self::read_with_distances(table, distances, options).map_err(|error| match error {
            PlantsError::UnknownPlant { .. }
            | PlantsError::SelfPair { .. }
            | PlantsError::PairTwice { .. }
            | PlantsError::NoDistance { .. } => error.in_table(distances),
            error => error.in_table(table),
        })
    }

    /// Reads plants out of a table with `id`, `industry`, `x`, `y` or `lon`, `lat`, and the column of weights.
    ///
    /// # Errors
    /// Columns that are missing or in two versions, coordinates out of range, plants that stand twice, negative
    /// weights, no plant at all, several years and none chosen.
    pub fn read(table: &Table, options: &SiteOptions) -> Result<Self, PlantsError> {
        Self::assemble(table, options, Some(coordinates(table, options.metric)?))
    }

    /// Reads plants whose distances stand in a table `from`, `to`, `distance`: coordinates are not looked at.
    ///
    /// A direction that is not listed is that of the other; where both are, their mean counts. Pairs that are not
    /// listed lie farther than every listed one.
    ///
    /// # Errors
    /// As [`read`](Self::read); identifiers that no plant has, pairs that stand twice or of one plant with itself,
    /// distances that are none, a metric besides.
    pub fn read_with_distances(table: &Table, distances: &Table, options: &SiteOptions) -> Result<Self, PlantsError> {
        if options.metric.is_some() {
            return Err(PlantsError::MetricAndTable);
        }
        let mut plants = Self::assemble(table, options, None)?;
        let ids = table.text("id").ok_or_else(|| PlantsError::Column { column: "id".to_owned() })?;
        let rows: Vec<u32> = (0..plants.len()).map(|plant| plants.row(plant) as u32).collect();
        let (distances, notes) = Distances::read(distances, ids, &rows)?;
        plants.distances = Some(distances);
        plants.notes.extend(notes);
        Ok(plants)
    }

    fn assemble(
        table: &Table,
        options: &SiteOptions,
        coordinates: Option<(Metric, &[f64], &[f64])>,
    ) -> Result<Self, PlantsError> {
        let missing = |column: &str| PlantsError::Column { column: column.to_owned() };
        let text = table.text("industry").ok_or_else(|| missing("industry"))?;
        let weight = options.weight_column();
        let weights =
            weight.map(|column| table.numbers(column).ok_or_else(|| missing(column))).transpose()?.zip(weight);
        let mut notes = Vec::new();
        let both = coordinates.map(|(_, first, second)| (first, second));
        let rows = kept_rows(table, options, both, weights.map(|(values, _)| values), &mut notes)?;
        check_ids(table, &rows)?;
        if u32::try_from(rows.len()).is_err() {
            return Err(PlantsError::TooMany { count: rows.len() });
        }
        let metric = coordinates.map_or(Metric::Euclidean, |(metric, ..)| metric);
        let points = coordinates.map(|(metric, first, second)| points(&rows, metric, first, second));
        let points = points.transpose()?.unwrap_or_default();
        let weights = weights.map(|(values, column)| weights_of(table, &rows, values, column)).transpose()?;
        let codes = rows.iter().map(|&row| text.code(row as usize).ok_or_else(|| missing("industry")));
        let codes = codes.collect::<Result<Vec<u32>, _>>()?;
        notes.extend(coincident(&points));
        if metric == Metric::Euclidean && may_be_degrees(&points) {
            notes.push(Message::new("measure.plants.planar-degrees"));
        }
        let all = rows.len() == table.rows();
        let rows = (!all).then_some(rows);
        let industries = text.labels().to_vec();
        Ok(Self { metric, points, codes, industries, weights, rows, distances: None, notes })
    }

    /// Plants from their parts, without a table: `codes` index `industries`, weights are 0 or more.
    ///
    /// # Errors
    /// As [`read`](Self::read); parts of unequal length are a missing column.
    pub fn new(
        metric: Metric,
        points: Vec<Point>,
        codes: Vec<u32>,
        industries: Vec<String>,
        weights: Option<Vec<f64>>,
    ) -> Result<Self, PlantsError> {
        let n = points.len();
        let wrong = |column: &str| PlantsError::Column { column: column.to_owned() };
        if codes.len() != n || codes.iter().any(|&code| code as usize >= industries.len()) {
            return Err(wrong("industry"));
        }
        if weights
            .as_ref()
            .is_some_and(|weights| weights.len() != n || weights.iter().any(|&weight| weight < 0.0 || weight.is_nan()))
        {
            return Err(wrong("weight"));
        }
        weight_range(weights.as_deref().unwrap_or_default(), "weight")?;
        let rows = (0..u32::try_from(n).map_err(|_| PlantsError::TooMany { count: n })?).collect::<Vec<_>>();
        if n == 0 {
            return Err(PlantsError::Empty);
        }
        let column = |axis: usize| points.iter().map(|point| point[axis]).collect::<Vec<f64>>();
        let points = self::points(&rows, metric, &column(0), &column(1))?;
        let notes = coincident(&points).into_iter().collect();
        Ok(Self { metric, points, codes, industries, weights, rows: None, distances: None, notes })
    }

    /// The same plants elsewhere, say projected.
    ///
    /// # Errors
    /// A place that is not finite.
    pub(crate) fn moved_to(mut self, points: Vec<Point>, metric: Metric) -> Result<Self, PlantsError> {
        let far = |point: &Point| !(point[0].is_finite() && point[1].is_finite());
        if let Some(plant) = points.iter().position(far) {
            return Err(PlantsError::NotFinite { row: self.row(plant), column: "place" });
        }
        (self.points, self.metric) = (points, metric);
        Ok(self)
    }

    /// The same plants, with these distances in place of those between their coordinates, which are forgotten.
    ///
    /// # Errors
    /// Distances of another number of plants: a missing column.
    pub fn with_distances(mut self, distances: Distances) -> Result<Self, PlantsError> {
        if PairIndex::listed(distances.links().clone()).len() != self.len() {
            return Err(PlantsError::Column { column: "distance".to_owned() });
        }
        (self.metric, self.points, self.distances) = (Metric::Euclidean, Vec::new(), Some(distances));
        Ok(self)
    }

    /// The pairs of all plants up to a distance, whether it is measured between coordinates or listed in a table.
    #[must_use]
    pub fn index(&self, reach: f64) -> PairIndex {
        match &self.distances {
            Some(distances) => PairIndex::listed(distances.links().clone()),
            None => PairIndex::new(&self.points, self.metric, reach),
        }
    }

    /// Says in an outcome in which unit distances are, and that they come from a table when they do.
    pub(super) fn say_distances(&self, outcome: &mut Outcome) {
        let unit = match (&self.distances, self.metric) {
            (Some(_), _) => Unit::Table,
            (None, Metric::Euclidean) => Unit::Coordinates,
            (None, Metric::Haversine) => Unit::Kilometres,
        };
        unit.say(outcome);
        if self.distances.is_some() {
            let words = "from the table: the mean where both directions are given; pairs not listed count as farther";
            outcome.convention("distances", words);
        }
    }

    /// The distances that stand in for coordinates.
    #[must_use]
    pub fn distances(&self) -> Option<&Distances> {
        self.distances.as_ref()
    }

    /// How distance is measured; planar with listed distances.
    #[must_use]
    pub fn metric(&self) -> Metric {
        self.metric
    }

    /// Number of plants.
    #[must_use]
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there is no plant; never for plants that were read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// Sites: `[x, y]`, or `[lon, lat]` in degrees; none with listed distances. Pairs come from [`index`](Self::index).
    #[must_use]
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// Number of each plant's industry in [`industries`](Self::industries).
    #[must_use]
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// Codes of the industries, in the order of their first appearance in the table.
    #[must_use]
    pub fn industries(&self) -> &[String] {
        &self.industries
    }

    /// Weights; `None` when every plant counts as 1.
    #[must_use]
    pub fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    /// Weight of a plant; 1 without weights.
    #[must_use]
    pub fn weight(&self, plant: u32) -> f64 {
        self.weights.as_ref().map_or(1.0, |weights| weights[plant as usize])
    }

    /// Row of the table in which a plant stands.
    #[must_use]
    pub fn row(&self, plant: usize) -> usize {
        self.rows.as_ref().map_or(plant, |rows| rows[plant] as usize)
    }

    /// What was left out, what coincides, what may be a mistake.
    #[must_use]
    pub fn notes(&self) -> &[Message] {
        &self.notes
    }

    /// Plants of these industries together, ascending.
    ///
    /// # Errors
    /// A code that no plant has, with the nearest that one has.
    pub fn of_industries(&self, wanted: &[String]) -> Result<Vec<u32>, PlantsError> {
        let mut chosen = vec![false; self.industries.len()];
        let mut held = vec![false; self.industries.len()];
        self.codes.iter().for_each(|&code| held[code as usize] = true);
        for code in wanted {
            let known = self.industries.iter().position(|other| other == code).filter(|&at| held[at]);
            match known {
                Some(at) => chosen[at] = true,
                None => {
                    let names: Vec<&str> = self.industries.iter().map(String::as_str).collect();
                    let nearest = nearest(code, &names).map(ToOwned::to_owned);
                    return Err(PlantsError::UnknownIndustry { code: code.clone(), nearest });
                }
            }
        }
        Ok((0..self.len() as u32).filter(|&plant| chosen[self.codes[plant as usize] as usize]).collect())
    }

    /// The plants of both sides of an estimand that needs an industry: those of `industry`, and those of `to` unless
    /// it is left out or the same.
    ///
    /// # Errors
    /// No industry, an unknown one, or one on both sides.
    pub fn sides(
        &self,
        industry: &[String],
        to: &[String],
        other: &'static str,
    ) -> Result<(Vec<u32>, Option<Vec<u32>>), PlantsError> {
        if industry.is_empty() {
            return Err(PlantsError::NoIndustry { examples: self.largest() });
        }
        let own = self.of_industries(industry)?;
        let same = to.iter().all(|code| industry.contains(code)) && industry.iter().all(|code| to.contains(code));
        if to.is_empty() || same {
            return Ok((own, None));
        }
        match to.iter().find(|code| industry.contains(code)) {
            Some(code) => Err(PlantsError::BothSides { code: code.clone(), first: "industry", second: other }),
            None => Ok((own, Some(self.of_industries(to)?))),
        }
    }

    /// Codes of the industries with most plants.
    fn largest(&self) -> Vec<String> {
        let mut counts = vec![0_u32; self.industries.len()];
        self.codes.iter().for_each(|&code| counts[code as usize] += 1);
        let mut order: Vec<usize> = (0..counts.len()).collect();
        order.sort_by_key(|&at| std::cmp::Reverse(counts[at]));
        order.into_iter().take(LISTED).map(|at| self.industries[at].clone()).collect()
    }
}

/// The two columns that place the plants, and how distance between them is measured.
fn coordinates(table: &Table, wanted: Option<MetricWord>) -> Result<(Metric, &[f64], &[f64]), PlantsError> {
    let pair = |first: &str, second: &str| table.numbers(first).zip(table.numbers(second));
    let (planar, sphere) = (pair("x", "y"), pair("lon", "lat"));
    let euclidean = |(x, y)| (Metric::Euclidean, x, y);
    let haversine = |(lon, lat)| (Metric::Haversine, lon, lat);
    match (wanted, planar, sphere) {
        (None, Some(_), Some(_)) => Err(PlantsError::TwoCoordinates),
        (_, None, None) => Err(PlantsError::NoCoordinates),
        (Some(MetricWord::Planar), None, Some(_)) => {
            Err(PlantsError::OtherCoordinates { metric: "planar", have: "only `lon` and `lat`" })
        }
        (Some(MetricWord::GreatCircle), Some(_), None) => {
            Err(PlantsError::OtherCoordinates { metric: "great-circle", have: "only `x` and `y`" })
        }
        (Some(MetricWord::Planar) | None, Some(both), _) => Ok(euclidean(both)),
        (Some(MetricWord::GreatCircle) | None, _, Some(both)) => Ok(haversine(both)),
    }
}

/// Rows of the year with coordinates and weight.
fn kept_rows(
    table: &Table,
    options: &SiteOptions,
    places: Option<(&[f64], &[f64])>,
    weights: Option<&[f64]>,
    notes: &mut Vec<Message>,
) -> Result<Vec<u32>, PlantsError> {
    if u32::try_from(table.rows()).is_err() {
        return Err(PlantsError::TooMany { count: table.rows() });
    }
    let of_year = rows_of_year(table, options.year)?;
    let before = of_year.len();
    let placed = |&row: &u32| {
        places.is_none_or(|(first, second)| !first[row as usize].is_nan() && !second[row as usize].is_nan())
    };
    let placed: Vec<u32> = of_year.into_iter().filter(placed).collect();
    if placed.len() < before {
        notes.push(Message::new("measure.plants.no-place").count("count", before - placed.len()));
    }
    let Some(weights) = weights else { return some(placed) };
    let before = placed.len();
    let weighed: Vec<u32> = placed.into_iter().filter(|&row| !weights[row as usize].is_nan()).collect();
    if weighed.len() < before {
        let column = options.weight_column().unwrap_or_default().to_owned();
        let note = Message::new("measure.plants.no-weight").count("count", before - weighed.len());
        notes.push(note.text("column", column));
    }
    some(weighed)
}

fn some(rows: Vec<u32>) -> Result<Vec<u32>, PlantsError> {
    if rows.is_empty() { Err(PlantsError::Empty) } else { Ok(rows) }
}

fn rows_of_year(table: &Table, year: Option<i64>) -> Result<Vec<u32>, PlantsError> {
    let all = 0..table.rows() as u32;
    let Some(years) = table.numbers("year") else {
        return match year {
            Some(year) => Err(PlantsError::UnknownYear { year }),
            None => Ok(all.collect()),
        };
    };
    match year {
        Some(year) => {
            let rows: Vec<u32> = all.filter(|&row| years[row as usize] == year as f64).collect();
            if rows.is_empty() { Err(PlantsError::UnknownYear { year }) } else { Ok(rows) }
        }
        None => match years.iter().find(|other| other.to_bits() != years[0].to_bits()) {
            Some(&other) => Err(PlantsError::SeveralYears { first: years[0] as i64, second: other as i64 }),
            None => Ok(all.collect()),
        },
    }
}

/// Identifiers, where the table has them, are distinct.
fn check_ids(table: &Table, rows: &[u32]) -> Result<(), PlantsError> {
    let Some(ids) = table.text("id") else { return Ok(()) };
    let mut seen = vec![false; ids.labels().len()];
    for &row in rows {
        let Some(code) = ids.code(row as usize) else { continue };
        if std::mem::replace(&mut seen[code as usize], true) {
            return Err(PlantsError::Duplicate { row: row as usize, id: ids.labels()[code as usize].clone() });
        }
    }
    Ok(())
}

fn points(rows: &[u32], metric: Metric, first: &[f64], second: &[f64]) -> Result<Vec<Point>, PlantsError> {
    let names = if metric == Metric::Euclidean { ["x", "y"] } else { ["lon", "lat"] };
    let point = |&row: &u32| {
        let row = row as usize;
        let (a, b) = (first[row], second[row]);
        if !(a.is_finite() && b.is_finite()) {
            return Err(PlantsError::NotFinite { row, column: names[usize::from(a.is_finite())] });
        }
        if metric == Metric::Haversine && !(-90.0..=90.0).contains(&b) {
            return Err(PlantsError::Latitude { row, value: b });
        }
        if metric == Metric::Haversine && !(-360.0..=360.0).contains(&a) {
            return Err(PlantsError::Longitude { row, value: a });
        }
        if let Some(k) = [a, b].iter().position(|value| value.abs() > EXTENT[1]) {
            return Err(PlantsError::TooFar { row, column: names[k], value: [a, b][k] });
        }
        // −0 and 0 are one place: adding 0 makes them one.
        Ok([a + 0.0, b + 0.0])
    };
    let points = rows.iter().map(point).collect::<Result<Vec<Point>, _>>()?;
    let largest = points.iter().flatten().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    match largest > 0.0 && largest < EXTENT[0] {
        true => Err(PlantsError::TooNear { largest }),
        false => Ok(points),
    }
}

fn weights_of(table: &Table, rows: &[u32], values: &[f64], column: &str) -> Result<Vec<f64>, PlantsError> {
    let weight = |&row: &u32| {
        let value = values[row as usize];
        if value >= 0.0 {
            return Ok(value);
        }
        let id = table.text("id").and_then(|ids| ids.get(row as usize)).unwrap_or_default().to_owned();
        Err(PlantsError::NegativeWeight { row: row as usize, column: column.to_owned(), value, id })
    };
    let weights = rows.iter().map(weight).collect::<Result<Vec<f64>, _>>()?;
    weight_range(&weights, column)?;
    Ok(weights)
}

/// Refuses weights so unlike that the small ones would be lost in a sum.
fn weight_range(weights: &[f64], column: &str) -> Result<(), PlantsError> {
    let positive = weights.iter().copied().filter(|&weight| weight > 0.0);
    let (smallest, largest) = positive.fold((f64::INFINITY, 0.0_f64), |(s, l), weight| (s.min(weight), l.max(weight)));
    match largest / smallest > MAGNITUDES {
        true => Err(PlantsError::WeightRange { column: column.to_owned(), smallest, largest }),
        false => Ok(()),
    }
}

/// How many plants share their site with another.
fn coincident(points: &[Point]) -> Option<Message> {
    let mut sites: FxHashMap<[u64; 2], u32> = FxHashMap::default();
    for point in points {
        *sites.entry(point.map(f64::to_bits)).or_insert(0) += 1;
    }
    let shared = sites.values().filter(|&&count| count > 1);
    let (places, plants) = shared.fold((0, 0), |(places, plants), &count| (places + 1, plants + count as usize));
    let note = Message::new("measure.plants.coincident").count("plants", plants).count("sites", places);
    (places > 0).then_some(note)
}

/// Whether planar coordinates look like longitude and latitude: within their range, far from the corner or centre at
/// which a local system has its origin, and with the decimals without which degrees place nothing.
fn may_be_degrees(points: &[Point]) -> bool {
    let fold = |axis: usize| {
        points.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), point| {
            (low.min(point[axis]), high.max(point[axis]))
        })
    };
    let away = |(low, high): (f64, f64)| low.max(-high).max(0.0) > 0.5 * (high - low);
    let (x, y) = (fold(0), fold(1));
    let inside = |(low, high): (f64, f64), limit: f64| low >= -limit && high <= limit;
    let whole_world = x.1 - x.0 > DEGREES[0] && y.1 - y.0 > 0.5 * DEGREES[1];
    let fine = |point: &&Point| point.iter().any(|value| (value * COARSE).fract() != 0.0);
    let fine = 2 * points.iter().filter(fine).count() > points.len();
    let spread = fine && x.0 < x.1 && y.0 < y.1;
    spread && inside(x, DEGREES[0]) && inside(y, DEGREES[1]) && (away(x) || away(y) || whole_world)
}

#[cfg(test)]
mod tests {
    use super::*;
    use distretto_core::Text;

    fn labels(words: &[&str]) -> Text {
        words.iter().copied().map(Some).collect()
    }

    fn table(x: &str, y: &str, first: Vec<f64>, second: Vec<f64>) -> Table {
        let ids: Vec<String> = (0..first.len()).map(|i| format!("p{i}")).collect();
        let industries = ["A", "A", "B", "C"];
        Table::empty()
            .with_text("id", ids.iter().map(Some).collect())
            .with_text("industry", labels(&industries[..first.len()]))
            .with_numbers(x, first)
            .with_numbers(y, second)
    }

    fn planar(first: Vec<f64>, second: Vec<f64>) -> Table {
        table("x", "y", first, second)
    }

    fn keys(plants: &Plants) -> Vec<&str> {
        plants.notes().iter().map(|note| note.key).collect()
    }

    #[test]
    fn plants_are_read_with_their_types() {
        let table =
            planar(vec![0.0, 1.0, 2.0, 0.5], vec![0.0, 1.0, -1.0, 0.5]).with_numbers("size", vec![1.0, 0.0, 3.0, 4.0]);
        let options = SiteOptions { weight: Some("size".into()), ..SiteOptions::default() };
        let plants = Plants::read(&table, &options).unwrap();
        assert_eq!((plants.len(), plants.metric(), plants.weight(2)), (4, Metric::Euclidean, 3.0));
        assert_eq!(plants.of_industries(&["A".into()]), Ok(vec![0, 1]));
        assert_eq!(plants.sides(&["A".into()], &["C".into()], "to"), Ok((vec![0, 1], Some(vec![3]))));
        assert_eq!(plants.sides(&["A".into()], &["A".into()], "to"), Ok((vec![0, 1], None)));
        assert_eq!(keys(&plants), [""; 0]);
    }

    #[test]
    fn wrong_industries_are_told() {
        let plants = Plants::read(&planar(vec![0.0; 4], vec![0.0; 4]), &SiteOptions::default()).unwrap();
        let unknown = plants.of_industries(&["a".into()]);
        assert_eq!(unknown, Err(PlantsError::UnknownIndustry { code: "a".into(), nearest: Some("A".into()) }));
        assert!(matches!(plants.sides(&[], &[], "to"), Err(PlantsError::NoIndustry { .. })));
        let both = plants.sides(&["A".into()], &["B".into(), "A".into()], "to");
        assert!(matches!(both, Err(PlantsError::BothSides { .. })));
    }

    #[test]
    fn empty_cells_are_left_out_and_told() {
        let table = planar(vec![0.0, f64::NAN, 1.0, 2.0], vec![0.0, 0.0, 1.0, 2.0])
            .with_numbers("size", vec![1.0, 1.0, f64::NAN, 4.0]);
        let options = SiteOptions { weight: Some("size".into()), ..SiteOptions::default() };
        let plants = Plants::read(&table, &options).unwrap();
        assert_eq!((plants.len(), plants.row(1), plants.codes()), (2, 3, &[0, 2][..]));
        assert_eq!(keys(&plants), ["measure.plants.no-place", "measure.plants.no-weight"]);
        // The industry stands in the table, but in no row that is left.
        assert!(plants.of_industries(&["B".into()]).is_err());
    }

    #[test]
    fn coincident_plants_are_counted() {
        let plants =
            Plants::read(&planar(vec![0.0, -0.0, 0.0, 1.0], vec![1.0, 1.0, 1.0, 1.0]), &SiteOptions::default());
        let note = Message::new("measure.plants.coincident").count("plants", 3).count("sites", 1);
        assert_eq!(plants.unwrap().notes(), [note]);
    }

    #[test]
    fn degrees_are_told_from_planar_units() {
        // Three Illinois plants; a window that begins at the origin; one in metres.
        let read =
            |x: [f64; 3], y: [f64; 3]| Plants::read(&planar(x.to_vec(), y.to_vec()), &SiteOptions::default()).unwrap();
        assert_eq!(keys(&read([-87.65, -88.11, -90.61], [41.85, 42.02, 38.61])), ["measure.plants.planar-degrees"]);
        assert_eq!(keys(&read([-120.04, 10.15, 116.25], [40.03, 50.42, -20.11])), ["measure.plants.planar-degrees"]);
        assert!(keys(&read([50.0, 51.0, 53.5], [50.0, 52.0, 50.0])).is_empty());
        assert!(keys(&read([0.1, 5.0, 9.9], [0.3, 2.0, 5.9])).is_empty());
        assert!(keys(&read([500_000.0, 501_000.0, 502_000.0], [0.0, 1.0, 2.0])).is_empty());
    }

    #[test]
    fn coordinates_are_checked() {
        let read = |table: &Table, metric| Plants::read(table, &SiteOptions { metric, ..SiteOptions::default() });
        let sphere = table("lon", "lat", vec![9.2, 11.3], vec![45.5, 91.0]);
        assert_eq!(read(&sphere, None), Err(PlantsError::Latitude { row: 1, value: 91.0 }));
        let far = table("lon", "lat", vec![9.2, -361.0], vec![45.5, 9.0]);
        assert!(matches!(read(&far, None), Err(PlantsError::Longitude { row: 1, .. })));
        assert!(matches!(read(&far, Some(MetricWord::Planar)), Err(PlantsError::OtherCoordinates { .. })));
        let flat = planar(vec![0.0, 1.0], vec![0.0, 1.0]);
        assert!(matches!(read(&flat, Some(MetricWord::GreatCircle)), Err(PlantsError::OtherCoordinates { .. })));
        let both = flat.clone().with_numbers("lon", vec![9.2, 11.3]).with_numbers("lat", vec![45.0, 46.0]);
        assert_eq!(read(&both, None), Err(PlantsError::TwoCoordinates));
        assert_eq!(read(&both, Some(MetricWord::GreatCircle)).unwrap().metric(), Metric::Haversine);
        assert!(matches!(read(&planar(vec![0.0], vec![f64::INFINITY]), None), Err(PlantsError::NotFinite { .. })));
        assert_eq!(read(&table("x", "lat", vec![0.0], vec![0.0]), None), Err(PlantsError::NoCoordinates));
        assert_eq!(read(&planar(vec![f64::NAN], vec![0.0]), None), Err(PlantsError::Empty));
    }

    #[test]
    fn duplicates_negatives_and_years_are_refused() {
        let table = Table::empty()
            .with_text("id", labels(&["p", "q", "p"]))
            .with_text("industry", labels(&["A", "A", "A"]))
            .with_numbers("x", vec![0.0, 1.0, 2.0])
            .with_numbers("y", vec![0.0, 1.0, 2.0]);
        let none = SiteOptions::default();
        assert_eq!(Plants::read(&table, &none), Err(PlantsError::Duplicate { row: 2, id: "p".into() }));
        let years = table.clone().with_numbers("year", vec![2001.0, 2001.0, 2011.0]);
        assert!(matches!(Plants::read(&years, &none), Err(PlantsError::SeveralYears { .. })));
        let of = |year| Plants::read(&years, &SiteOptions { year: Some(year), ..SiteOptions::default() });
        assert_eq!(of(2001).unwrap().len(), 2);
        assert_eq!(of(2002), Err(PlantsError::UnknownYear { year: 2002 }));
        let sized = table.take(&[0, 1]).with_numbers("size", vec![1.0, -2.0]);
        let weighted = Plants::read(&sized, &SiteOptions { weight: Some("size".into()), ..none });
        assert!(matches!(weighted, Err(PlantsError::NegativeWeight { row: 1, value: -2.0, .. })));
    }
}
