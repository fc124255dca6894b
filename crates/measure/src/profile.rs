//! `profile`: the development of industries over time and place.

use crate::areas::{AreaOptions, Areas, AreasError, Span, area_columns};
use distretto_core::{
    Arg, ColumnKind, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message,
    OptionValues, Outcome, Place, Table, TableSpec, Text, option_specs, parse_options,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options of [`profile`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct ProfileOptions {
    #[serde(flatten)]
    areas: AreaOptions,
    /// Industries that are shown; all when none is named. Totals always use all rows.
    industry: Vec<String>,
}

impl ProfileOptions {
    /// Shows these industries only.
    #[must_use]
    pub fn with_industries(mut self, codes: &[&str]) -> Self {
        self.industry = codes.iter().map(|&code| code.to_owned()).collect();
        self
    }

    /// Reads the table in another way.
    #[must_use]
    pub fn with_areas(mut self, areas: AreaOptions) -> Self {
        self.areas = areas;
        self
    }
}

/// An industry in a year.
#[derive(Debug, Clone, PartialEq)]
pub struct IndustryYear {
    /// Code of the industry.
    pub industry: String,
    /// The year; `None` when the table has none.
    pub year: Option<i64>,
    /// Total `E_i`; NaN when a suppressed cell leaves it open.
    pub employment: f64,
    /// `E_i/E`; NaN when either is open or E = 0.
    pub share: f64,
    /// Regions with more than 0.
    pub regions: usize,
    /// Sum of establishments; NaN when the table has none.
    pub establishments: f64,
    /// Change since the year before in the table; NaN in the first.
    pub change: f64,
}

/// An industry in a region, first and last year.
#[derive(Debug, Clone, PartialEq)]
pub struct IndustryRegion {
    /// Code of the region.
    pub region: String,
    /// Code of the industry.
    pub industry: String,
    /// Value in the first year.
    pub first: f64,
    /// Value in the last year.
    pub last: f64,
    /// Share of the region in the industry's total of the last year.
    pub share: f64,
}

/// The development of industries over time and place.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    years: Vec<IndustryYear>,
    regions: Vec<IndustryRegion>,
    notes: Vec<Message>,
}

impl Profile {
    /// Industry by industry, its years in ascending order.
    #[must_use]
    pub fn years(&self) -> &[IndustryYear] {
        &self.years
    }

    /// Region by region, its industries in the order of the table.
    #[must_use]
    pub fn regions(&self) -> &[IndustryRegion] {
        &self.regions
    }
}

/// Totals, shares and spread of industries by year, and their values by region in the first and last year.
///
/// # Formula
/// `E_i = Σ_r e_ri`, share `E_i/E`, growth since the year before `E_i/E_i' − 1`, regions `#{r: e_ri > 0}`.
///
/// # Errors
/// As [`Areas::read`], and an industry that the table does not hold.
///
/// # Example
/// ```
/// use distretto_core::Table;
/// use distretto_measure::profile::{ProfileOptions, profile};
/// let table = Table::empty()
///     .with_text("region", ["A", "A", "A", "A"].into_iter().map(Some).collect())
///     .with_text("industry", ["x", "y", "x", "y"].into_iter().map(Some).collect())
///     .with_numbers("year", vec![2001.0, 2001.0, 2011.0, 2011.0])
///     .with_numbers("employment", vec![10.0, 30.0, 15.0, 45.0]);
/// let result = profile(&table, &ProfileOptions::default())?;
/// assert_eq!(result.years()[1].change, 5.0);
/// assert_eq!(result.years()[1].share, 0.25);
/// # Ok::<(), distretto_measure::areas::AreasError>(())
/// ```
pub fn profile(table: &Table, options: &ProfileOptions) -> Result<Profile, AreasError> {
    let held = Areas::years(table, &options.areas)?;
    let wanted: Vec<i64> = match options.areas.year {
        Some(year) => vec![year],
        None => held,
    };
    let tables = if wanted.is_empty() {
        vec![Areas::read(table, &options.areas)?]
    } else {
        Areas::read_years(table, &options.areas, &wanted)?
    };
    let (Some(first), Some(last)) = (tables.first(), tables.last()) else { return Err(AreasError::Empty) };
    let industries = first.chosen_industries(&options.industry)?;
    let years = industries.iter().flat_map(|&industry| by_year(&tables, industry)).collect();
    let regions = (0..first.regions().len())
        .flat_map(|region| industries.iter().map(move |&industry| by_region(first, last, region, industry)))
        .collect();
    let mut notes: Vec<Message> = Vec::new();
    for note in tables.iter().flat_map(Areas::notes) {
        if !notes.contains(note) {
            notes.push(note.clone());
        }
    }
    Ok(Profile { years, regions, notes })
}

fn by_year(tables: &[Areas], industry: usize) -> Vec<IndustryYear> {
    let totals: Vec<f64> = tables.iter().map(|areas| areas.industry_total(industry).value()).collect();
    let row = |(at, areas): (usize, &Areas)| {
        let width = areas.industries().len();
        let plants = areas.establishments().map(|all| all.iter().skip(industry).step_by(width));
        IndustryYear {
            industry: areas.industries()[industry].clone(),
            year: areas.year(),
            employment: totals[at],
            share: ratio(totals[at], areas.total().value()),
            regions: (0..areas.regions().len()).filter(|&region| areas.span(region, industry).high > 0.0).count(),
            establishments: plants.map_or(f64::NAN, |plants| plants.filter(|count| !count.is_nan()).sum()),
            change: if at == 0 { f64::NAN } else { totals[at] - totals[at - 1] },
        }
    };
    tables.iter().enumerate().map(row).collect()
}

fn by_region(first: &Areas, last: &Areas, region: usize, industry: usize) -> IndustryRegion {
    let value = |areas: &Areas| Span::value(areas.span(region, industry));
    IndustryRegion {
        region: first.regions()[region].clone(),
        industry: first.industries()[industry].clone(),
        first: value(first),
        last: value(last),
        share: ratio(value(last), last.industry_total(industry).value()),
    }
}

/// a/b; NaN when b is 0 or either does not exist.
fn ratio(a: f64, b: f64) -> f64 {
    if b > 0.0 { a / b } else { f64::NAN }
}

/// Row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "measure",
    name: "profile",
    about: "Development of industries over time and place: totals, shares, growth, spread",
    chapter: "measure/profile",
    revision: 1,
    inputs: &[Input::table(
        "areas",
        Place::Positional,
        true,
        "Table with region, industry, employment and, where there are several, year",
    )],
    options: option_specs::<ProfileOptions>,
    plan,
    run,
    findings,
    figures,
};

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: ProfileOptions = parse_options(values)?;
    let spec = area_columns("areas", &options.areas);
    let counted = options.areas.value == "establishments";
    Ok(vec![if counted { spec } else { spec.take("establishments", ColumnKind::NonNegative) }])
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: ProfileOptions = parse_options(values)?;
    let table = inputs.need("areas")?;
    let result = profile(table, &options).map_err(|error| error.in_table(table))?;
    let mut outcome = outcome(&result);
    outcome.convention("value", options.areas.value.as_str());
    Ok(outcome)
}

fn outcome(result: &Profile) -> Outcome {
    let mut outcome = Outcome::new("measure profile", "Totals, shares, growth and spread by year and region");
    let years = &result.years;
    let alone = years.iter().all(|row| row.industry == years[0].industry);
    if let (true, Some(first), Some(last)) = (alone, years.first(), years.last()) {
        outcome.scalar("employment_first", first.employment).scalar("employment_last", last.employment);
        outcome.scalar("growth", ratio(last.employment, first.employment) - 1.0);
        outcome.scalar("share_first", first.share).scalar("share_last", last.share);
    }
    outcome.add_table("years", years_table(years)).add_table("regions", regions_table(&result.regions));
    outcome.warnings.extend(result.notes.iter().cloned());
    outcome
}

fn years_table(rows: &[IndustryYear]) -> Table {
    let column = |value: fn(&IndustryYear) -> f64| rows.iter().map(value).collect::<Vec<f64>>();
    Table::empty()
        .with_text("industry", rows.iter().map(|row| Some(&row.industry)).collect::<Text>())
        .with_numbers("year", column(|row| row.year.map_or(f64::NAN, |year| year as f64)))
        .with_numbers("employment", column(|row| row.employment))
        .with_numbers("share_of_total", column(|row| row.share))
        .with_numbers("change", column(|row| row.change))
        .with_numbers("rate", column(|row| ratio(row.change, row.employment - row.change)))
        .with_numbers("regions", column(|row| row.regions as f64))
        .with_numbers("establishments", column(|row| row.establishments))
        .with_numbers("mean_size", column(|row| ratio(row.employment, row.establishments)))
}

fn regions_table(rows: &[IndustryRegion]) -> Table {
    let column = |value: fn(&IndustryRegion) -> f64| rows.iter().map(value).collect::<Vec<f64>>();
    Table::empty()
        .with_text("region", rows.iter().map(|row| Some(&row.region)).collect::<Text>())
        .with_text("industry", rows.iter().map(|row| Some(&row.industry)).collect::<Text>())
        .with_numbers("first", column(|row| row.first))
        .with_numbers("last", column(|row| row.last))
        .with_numbers("share_of_industry", column(|row| row.share))
        .with_numbers("change", column(|row| row.last - row.first))
        .with_numbers("rate", column(|row| ratio(row.last - row.first, row.first)))
}

fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(years) = outcome.table("years") else { return Vec::new() };
    let mut messages = Vec::new();
    let Some(codes) = years.text("industry") else { return messages };
    let value = outcome.provenance.conventions.get("value").and_then(|value| value.as_str());
    let value = value.unwrap_or("employment").to_owned();
    for code in codes.labels() {
        let shown = focus.industries.is_empty() || focus.industries.contains(code);
        if shown && messages.len() < 3 {
            let rows: Vec<usize> = (0..years.rows()).filter(|&row| codes.get(row) == Some(code)).collect();
            let said = development(&years.take(&rows), code);
            messages.extend(said.map(|message| message.with("value", Arg::Column(value.clone()))));
        }
    }
    messages.extend(leaders(outcome, focus));
    messages
}

/// From the first to the last year: total, growth, share.
fn development(years: &Table, code: &str) -> Option<Message> {
    let number = |name: &str, row: usize| years.numbers(name).map_or(f64::NAN, |numbers| numbers[row]);
    let last = years.rows().checked_sub(1)?;
    let base = |key| {
        let message = Message::new(key).with("industry", Arg::Industry(code.to_owned()));
        let message = message
            .number("last", number("employment", last))
            .with("share", Arg::Share(number("share_of_total", last)));
        message.count("regions", number("regions", last) as usize)
    };
    if number("employment", last).is_nan() {
        return None;
    }
    if last == 0 || number("employment", 0).is_nan() {
        return Some(base("measure.profile.finding-one-year"));
    }
    let growth = ratio(number("employment", last), number("employment", 0)) - 1.0;
    let message = base("measure.profile.finding-years").number("first", number("employment", 0));
    let message =
        message.with("growth", Arg::Share(growth)).with("share_first", Arg::Share(number("share_of_total", 0)));
    let year = |row| Arg::Text(format!("{:.0}", number("year", row)));
    Some(message.with("from", year(0)).with("to", year(last)))
}

/// The three regions with most of the industry in question.
fn leaders(outcome: &Outcome, focus: &Focus) -> Option<Message> {
    let table = outcome.table("regions")?;
    let (regions, industries) = (table.text("region")?, table.text("industry")?);
    let (last, share) = (table.numbers("last")?, table.numbers("share_of_industry")?);
    let code = focus.industries.first().cloned().or_else(|| industries.labels().first().cloned())?;
    let mut rows: Vec<usize> = (0..table.rows()).filter(|&row| industries.get(row) == Some(&code)).collect();
    rows.retain(|&row| last[row] > 0.0);
    rows.sort_by(|&a, &b| last[b].total_cmp(&last[a]));
    rows.truncate(3);
    let together = rows.iter().map(|&row| share[row]).sum();
    let names = rows.iter().filter_map(|&row| regions.get(row)).map(|code| Arg::Region(code.to_owned())).collect();
    let message = Message::new("measure.profile.finding-leaders");
    (rows.len() == 3).then(|| message.with("regions", Arg::List(names)).with("share", Arg::Share(together)))
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let mut years = outcome.table("years").and_then(|years| years.numbers("year")).unwrap_or_default().to_vec();
    years.sort_by(f64::total_cmp);
    years.dedup();
    let bars = FigureSpec::new(FigureKind::Bars).of_table("regions").of_value("last").by("region").first(15);
    // Two points make a line that says no more than the sentence above it.
    if years.len() < 3 {
        return vec![bars];
    }
    let mut lines = FigureSpec::new(FigureKind::Lines).of_table("years");
    (lines.x, lines.y, lines.group) = (Some("year".into()), Some("share_of_total".into()), Some("industry".into()));
    vec![lines, bars]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let text = |words: &[&str]| words.iter().copied().map(Some).collect::<Text>();
        Table::empty()
            .with_text("region", text(&["A", "A", "B", "B", "A", "B", "B"]))
            .with_text("industry", text(&["x", "y", "x", "y", "x", "x", "y"]))
            .with_numbers("year", vec![2001.0, 2001.0, 2001.0, 2001.0, 2011.0, 2011.0, 2011.0])
            .with_numbers("employment", vec![10.0, 40.0, 30.0, 20.0, 20.0, 0.0, 60.0])
            .with_numbers("establishments", vec![1.0, 4.0, 3.0, 2.0, 2.0, 0.0, 6.0])
    }

    #[test]
    fn totals_shares_and_spread_by_hand() {
        let result = profile(&table(), &ProfileOptions::default().with_industries(&["x"])).unwrap();
        let [first, last] = result.years() else { panic!("two years") };
        assert_eq!((first.employment, first.share, first.regions), (40.0, 0.4, 2)); // 10 + 30 of 100
        assert_eq!((last.employment, last.share, last.regions), (20.0, 0.25, 1)); // 20 + 0 of 80
        assert_eq!((last.change, last.establishments), (-20.0, 2.0));
        assert_eq!(result.regions()[1].share, 0.0);
        assert_eq!((result.regions()[1].first, result.regions()[1].last), (30.0, 0.0));
    }

    #[test]
    fn one_industry_is_summed_up_and_told() {
        let options = ProfileOptions::default().with_industries(&["x"]);
        let outcome = outcome(&profile(&table(), &options).unwrap());
        assert_eq!(outcome.number("growth"), Some(-0.5));
        let focus = Focus { industries: vec!["x".into()], ..Focus::default() };
        let keys: Vec<&str> = findings(&outcome, &focus).iter().map(|message| message.key).collect();
        assert_eq!(keys, ["measure.profile.finding-years"]); // one region is left: no three leaders
    }

    #[test]
    fn an_unknown_industry_is_an_error() {
        let error = profile(&table(), &ProfileOptions::default().with_industries(&["z"])).unwrap_err();
        assert!(error.to_string().contains('z'), "{error}");
    }
}
