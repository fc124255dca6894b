//! The row of the registration table, the result as tables, findings and figures.

use super::{Logistic, Stage, fit_logistic};
use crate::idle::refuse_idle;
use crate::outcomes::{word, word_or_none};
use distretto_core::{
    Arg, ColumnKind, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message,
    OptionValues, Outcome, Place, Table, TableSpec, Text, option_specs, options_record, parse_options,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Fewest years.
const YEARS: usize = 5;
/// A last value below this share of the peak is a decline.
const FALL: f64 = 0.9;

/// Options of `stage`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct StageOptions {
    /// How stages are told apart.
    pub method: StageMethod,
    /// Years over which growth is measured (rate).
    pub window: u32,
    /// Yearly growth within which a cluster sustains itself (rate).
    pub band: f64,
    /// Values below this are emergence (rate).
    pub minimum: Option<f64>,
}

impl Default for StageOptions {
    fn default() -> Self {
        Self { method: StageMethod::Logistic, window: 3, band: 0.02, minimum: None }
    }
}

/// How stages are told apart (`--method`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StageMethod {
    /// By the share of the capacity of a fitted logistic curve.
    #[default]
    Logistic,
    /// By the rate of growth over a window of years.
    Rate,
}

/// `appraise stage`.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "appraise",
    name: "stage",
    about: "Stage of the life cycle of one cluster from a series",
    chapter: "appraise/stage",
    revision: 2,
    inputs: &[Input::table(
        "series",
        Place::Positional,
        true,
        "year and value (employment, firms or output) of one cluster",
    )],
    options: option_specs::<StageOptions>,
    plan,
    run,
    findings,
    figures,
};

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: StageOptions = parse_options(values)?;
    let rate = options.method == StageMethod::Rate;
    refuse_idle(values, &["window", "band", "minimum"].map(|name| (name, rate, "--method rate")))?;
    if options.window == 0 {
        return Err(Fault::option("--window is out of range; it must be at least 1 year").with_value("0"));
    }
    if options.band < 0.0 {
        let fault = Fault::option("--band is out of range; it must be 0 or more");
        return Err(fault.with_value(options.band.to_string()));
    }
    Ok(vec![TableSpec::new("series").need("year", ColumnKind::Integer).need("value", ColumnKind::Number)])
}

/// Years and values, years rising.
struct Series {
    years: Vec<f64>,
    values: Vec<f64>,
}

/// What is told of each year, and of the last.
struct Told {
    fitted: Vec<f64>,
    growth: Vec<f64>,
    stages: Vec<Option<Stage>>,
    last: Option<Stage>,
    curve: Option<Logistic>,
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: StageOptions = parse_options(values)?;
    let table = inputs.need("series")?;
    let series = read(table)?;
    let needed = match options.method {
        StageMethod::Logistic => YEARS,
        StageMethod::Rate => YEARS.max(options.window as usize + 1),
    };
    if series.years.len() < needed {
        let fault =
            Fault::input(format!("{} years are too few; at least {needed} years are needed", series.years.len()));
        return Err(fault.in_table(table));
    }
    let told = match options.method {
        StageMethod::Logistic => logistic(&series),
        StageMethod::Rate => rate(&series, &options, table)?,
    };
    let mut outcome = outcome(&series, &told, &options);
    outcome.provenance.options = options_record(&options);
    Ok(outcome)
}

fn read(table: &Table) -> Result<Series, Fault> {
    let column = |name: &str| table.numbers(name).map(<[f64]>::to_vec).unwrap_or_default();
    let (years, values) = (column("year"), column("value"));
    for row in 0..years.len() {
        if years[row].is_nan() || values[row].is_nan() {
            let name = if years[row].is_nan() { "year" } else { "value" };
            return Err(Fault::input(format!("missing {name}")).at(table, row, name));
        }
    }
    let mut order: Vec<usize> = (0..years.len()).collect();
    order.sort_by(|&a, &b| years[a].total_cmp(&years[b]).then(a.cmp(&b)));
    if let Some(pair) = order.windows(2).find(|pair| years[pair[0]] == years[pair[1]]) {
        let fault = Fault::input("duplicate year; one cluster has one value a year").at(table, pair[1], "year");
        return Err(fault.with_value(years[pair[1]].to_string()));
    }
    if let Some(row) = values.iter().position(|&value| value <= 0.0) {
        let fault = Fault::input("the value must be positive").at(table, row, "value");
        return Err(fault.with_value(values[row].to_string()));
    }
    let take = |column: &[f64]| order.iter().map(|&row| column[row]).collect();
    Ok(Series { years: take(&years), values: take(&values) })
}

fn logistic(series: &Series) -> Told {
    let Series { years, values } = series;
    let n = years.len();
    let curve = fit_logistic(years, values);
    let growth = |i: usize| match i {
        0 => f64::NAN,
        _ => (values[i] / values[i - 1]).ln() / (years[i] - years[i - 1]),
    };
    let stage = |value: &f64| curve.as_ref().map(|curve| Stage::of_share(value / curve.capacity));
    let stages: Vec<Option<Stage>> = values.iter().map(stage).collect();
    let peak = values.iter().copied().fold(0.0, f64::max);
    let last = if values[n - 1] < FALL * peak { Some(Stage::Decline) } else { stages[n - 1] };
    let fitted = years.iter().map(|&year| curve.as_ref().map_or(f64::NAN, |curve| curve.at(year))).collect();
    Told { fitted, growth: (0..n).map(growth).collect(), stages, last, curve }
}

fn rate(series: &Series, options: &StageOptions, table: &Table) -> Result<Told, Fault> {
    let Series { years, values } = series;
    let n = years.len();
    let window = f64::from(options.window);
    let growth = |i: usize| {
        let before = years.iter().position(|&year| year == years[i] - window);
        before.map_or(f64::NAN, |j| (values[i] / values[j]).ln() / window)
    };
    let growth: Vec<f64> = (0..n).map(growth).collect();
    if growth[n - 1].is_nan() {
        let message = format!("the years lack {}, {window} before the last", years[n - 1] - window);
        return Err(Fault::input(message).in_table(table).with_hint("choose a --window that is in the table"));
    }
    let stage = |i: usize| match growth[i] {
        _ if options.minimum.is_some_and(|minimum| values[i] < minimum) => Some(Stage::Emergence),
        g if g.is_nan() => None,
        g => Some(Stage::of_growth(g, options.band)),
    };
    let stages: Vec<Option<Stage>> = (0..n).map(stage).collect();
    Ok(Told { fitted: vec![f64::NAN; n], last: stages[n - 1], growth, stages, curve: None })
}

fn outcome(series: &Series, told: &Told, options: &StageOptions) -> Outcome {
    let n = series.years.len();
    let (name, source) = match options.method {
        StageMethod::Logistic => ("logistic", "logistic growth curve, least squares on levels"),
        StageMethod::Rate => ("rate", "rate of growth over a window (names after Menzel and Fornahl 2010)"),
    };
    let mut outcome = Outcome::new("appraise stage", source);
    let of_curve = |value: fn(&Logistic) -> f64| told.curve.as_ref().map_or(f64::NAN, value);
    word_or_none(&mut outcome, "stage", told.last.map(Stage::word));
    outcome.word("method", name);
    outcome.scalar("capacity", of_curve(|curve| curve.capacity));
    outcome.scalar("rate", of_curve(|curve| curve.rate));
    outcome.scalar("midpoint", of_curve(|curve| curve.midpoint));
    outcome.scalar("share_of_capacity", series.values[n - 1] / of_curve(|curve| curve.capacity));
    let (low, high) = told.curve.as_ref().map_or((f64::NAN, f64::NAN), Logistic::capacity_interval);
    outcome.scalar("capacity_low", low).scalar("capacity_high", high);
    // The larger the capacity, the smaller the share.
    let (share_low, share_high) = (series.values[n - 1] / high, series.values[n - 1] / low);
    outcome.scalar("share_low", share_low).scalar("share_high", share_high);
    let of_share = |share: f64| (!share.is_nan()).then(|| Stage::of_share(share).word());
    word_or_none(&mut outcome, "stage_low", of_share(share_low));
    word_or_none(&mut outcome, "stage_high", of_share(share_high));
    outcome.scalar("growth", told.growth[n - 1]).scalar("rss", of_curve(|curve| curve.rss));
    outcome.word("convention", &format!("stage/{name}"));
    let stages: Text = told.stages.iter().map(|stage| stage.map(Stage::word)).collect();
    let table = Table::empty()
        .with_numbers("year", series.years.clone())
        .with_numbers("value", series.values.clone())
        .with_numbers("fitted", told.fitted.clone())
        .with_numbers("growth", told.growth.clone())
        .with_text("stage", stages);
    outcome.add_table("series", table);
    if options.method == StageMethod::Logistic && told.curve.is_none() {
        outcome.warn(Message::new("appraise.stage.no-inflection"));
    }
    if told.last == Some(Stage::Decline) && options.method == StageMethod::Logistic {
        outcome.warn(Message::new("appraise.stage.fallen").with("share", Arg::Share(1.0 - FALL)));
    }
    outcome.warn(firmness(&outcome));
    outcome.convention(
        "cut_offs",
        if options.method == StageMethod::Logistic { "0.2113, 0.5, 0.7887 of capacity" } else { "band" },
    );
    outcome
}

/// The name of a stage in the language of the reader.
fn stage_name(stage: &str) -> Arg {
    let key = match stage {
        "emergence" => "appraise.stage.name-emergence",
        "growth" => "appraise.stage.name-growth",
        "maturing" => "appraise.stage.name-maturing",
        "maturity" => "appraise.stage.name-maturity",
        "sustainment" => "appraise.stage.name-sustainment",
        "decline" => "appraise.stage.name-decline",
        _ => "appraise.stage.name-none",
    };
    Arg::Message(Box::new(Message::new(key)))
}

/// How firm a stage is, told in one breath with it.
fn firmness(outcome: &Outcome) -> Message {
    let (low, high) = (word(outcome, "stage_low"), word(outcome, "stage_high"));
    match (low, word(outcome, "stage")) {
        (_, "decline") | ("", _) => Message::new("appraise.stage.firm-rule"),
        _ if low == high => Message::new("appraise.stage.firm-one"),
        _ => Message::new("appraise.stage.firm-several").with("low", stage_name(low)).with("high", stage_name(high)),
    }
}

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let Some(series) = outcome.table("series") else { return Vec::new() };
    let (Some(years), Some(values)) = (series.numbers("year"), series.numbers("value")) else { return Vec::new() };
    let Some(last) = years.len().checked_sub(1) else { return Vec::new() };
    let year = |at: f64| format!("{at:.0}");
    let stage = stage_name(word(outcome, "stage"));
    let said = Message::new("appraise.stage.finding-stage").text("year", year(years[last]));
    let said = said.with("stage", stage).with("firm", Arg::Message(Box::new(firmness(outcome))));
    let mut said = vec![said];
    let growth = outcome.number("growth").unwrap_or(f64::NAN);
    said.push(
        Message::new("appraise.stage.finding-growth").number("value", values[last]).with("growth", Arg::Share(growth)),
    );
    if let (Some(capacity), Some(share), Some(midpoint)) =
        (outcome.number("capacity"), outcome.number("share_of_capacity"), outcome.number("midpoint"))
    {
        let one = Message::new("appraise.stage.finding-capacity").number("capacity", capacity);
        said.push(one.with("share", Arg::Share(share)).text("midpoint", year(midpoint)));
        if let (Some(low), Some(high)) = (outcome.number("capacity_low"), outcome.number("capacity_high")) {
            let one = Message::new("appraise.stage.finding-interval").number("low", low).number("high", high);
            let share = |name: &str| Arg::Share(outcome.number(name).unwrap_or(f64::NAN));
            said.push(one.with("share_low", share("share_low")).with("share_high", share("share_high")));
        }
        if midpoint > years[last] {
            said.push(Message::new("appraise.stage.finding-ahead"));
        }
    }
    said.push(Message::new("appraise.stage.finding-firm").count("n", years.len()));
    said
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let mut lines = FigureSpec::new(FigureKind::Lines).of_table("series");
    let fitted = outcome.number("capacity").is_some();
    (lines.x, lines.y) = (Some("year".into()), Some("value".into()));
    if fitted {
        lines.value = Some("fitted".into());
    }
    vec![lines]
}
