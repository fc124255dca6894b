//! The command `measure autocorrelation`: registration, tables, findings, figures.

use super::{Autocorrelation, AutocorrelationOptions, autocorrelation};
use crate::spatial_weights::{self, SpatialData};
use distretto_core::{
    Arg, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Inputs, Message, OptionValues, Outcome,
    Scalar, Table, TableSpec, Text, option_specs, parse_options,
};
use distretto_numerics::{Tail, normal_p};

/// Row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "measure",
    name: "autocorrelation",
    about: "Do similar values lie near one another? Moran's I, Geary's C, Getis-Ord G",
    chapter: "measure/spatial-autocorrelation",
    revision: 1,
    inputs: spatial_weights::INPUTS,
    options: option_specs::<AutocorrelationOptions>,
    plan,
    run,
    findings,
    figures,
};

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: AutocorrelationOptions = parse_options(values)?;
    spatial_weights::columns(&options.variable, &options.weights, given)
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: AutocorrelationOptions = parse_options(values)?;
    options.permutations.validate()?;
    let data = spatial_weights::read(inputs, &options.variable, &options.weights)?;
    let result = autocorrelation(&data.values, &data.weights, &options, context)?;
    Ok(outcome(data, &result, &options))
}

fn outcome(data: SpatialData, result: &Autocorrelation, options: &AutocorrelationOptions) -> Outcome {
    let method = "Moran's I, Geary's C (Cliff and Ord 1981), Getis-Ord G (Getis and Ord 1992), random permutations";
    let mut outcome = Outcome::new("measure autocorrelation", method);
    summary(&mut outcome, result);
    outcome.word("variable", data.variable()).scalar("regions", data.values.len() as f64);
    outcome.scalar("links", data.weights.links() as f64).scalar("nsim", f64::from(options.permutations.nsim));
    outcome.scalar("confidence", options.permutations.level);
    data.describe(options.weights.transform, &mut outcome);
    outcome
        .convention("getis_g_weights", "binary")
        .convention("geary_z", "(C - 1)/sd: negative for similar neighbours");
    outcome.convention("p_sim", "(1 + b)/(1 + nsim), two-sided twice the smaller tail");
    outcome.convention("permutations", "Fisher-Yates over all regions, one stream for each replicate");
    outcome.add_table("statistics", statistics(result)).add_table("regions", regions(&data, result));
    outcome.warnings = data.notes;
    outcome.warnings.extend(result.notes.iter().cloned());
    outcome
}

fn summary(outcome: &mut Outcome, result: &Autocorrelation) {
    let Autocorrelation { moran, geary, getis_g, .. } = result;
    outcome
        .scalar("moran", moran.value)
        .scalar("moran_expected", moran.expected)
        .scalar("moran_var_norm", moran.variance_normal)
        .scalar("moran_var_rand", moran.variance_random)
        .scalar("moran_z_norm", moran.z_normal())
        .scalar("moran_z_rand", moran.z_random())
        .scalar("moran_p_norm", result.moran_p_normal())
        .scalar("moran_p_rand", result.moran_p_random())
        .scalar("moran_p_sim", moran.p_sim)
        .scalar("geary", geary.value)
        .scalar("geary_var_norm", geary.variance_normal)
        .scalar("geary_var_rand", geary.variance_random)
        .scalar("geary_z_norm", geary.z_normal())
        .scalar("geary_z_rand", geary.z_random())
        .scalar("geary_p_sim", geary.p_sim)
        .scalar("getis_g", getis_g.value)
        .scalar("getis_g_expected", getis_g.expected)
        .scalar("getis_g_var", getis_g.variance_random)
        .scalar("getis_g_z", getis_g.z_random())
        .scalar("getis_g_p_sim", getis_g.p_sim);
}

/// The three statistics for eyes; variance, z and p over all assignments of the values.
fn statistics(result: &Autocorrelation) -> Table {
    let all = [result.moran, result.geary, result.getis_g];
    let column = |value: fn(&super::GlobalStatistic) -> f64| all.iter().map(value).collect::<Vec<f64>>();
    let tail: Tail = result.tail;
    Table::empty()
        .with_text("statistic", ["moran", "geary", "getis_g"].into_iter().map(Some).collect())
        .with_numbers("value", column(|statistic| statistic.value))
        .with_numbers("expected", column(|statistic| statistic.expected))
        .with_numbers("variance", column(|statistic| statistic.variance_random))
        .with_numbers("z", column(super::GlobalStatistic::z_random))
        .with_numbers("p_value", all.iter().map(|statistic| normal_p(statistic.z_random(), tail)).collect())
        .with_numbers("p_sim", column(|statistic| statistic.p_sim))
}

fn regions(data: &SpatialData, result: &Autocorrelation) -> Table {
    Table::empty()
        .with_text("region", data.regions.iter().map(Some).collect::<Text>())
        .with_numbers("value", data.values.clone())
        .with_numbers("lag", result.lag.clone())
}

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let (Some(moran), Some(expected)) = (outcome.number("moran"), outcome.number("moran_expected")) else {
        return Vec::new();
    };
    let nsim = outcome.number("nsim").unwrap_or(0.0);
    let p = outcome.number("moran_p_sim").or_else(|| outcome.number("moran_p_rand")).unwrap_or(f64::NAN);
    let with_p = |key, p: f64| Message::new(key).with("p", Arg::P(p)).count("nsim", nsim as usize);
    let simulated = outcome.number("moran_p_sim").is_some();
    let key = if simulated {
        "measure.autocorrelation.finding-moran"
    } else {
        "measure.autocorrelation.finding-moran-normal"
    };
    let variable = outcome.summary.iter().find_map(|(name, scalar)| match scalar {
        Scalar::Text(text) if name == "variable" => Some(text.clone()),
        _ => None,
    });
    let first = with_p(key, p).number("moran", moran).number("expected", expected);
    let first = first.number("z", outcome.number("moran_z_rand").unwrap_or(f64::NAN));
    let count = |name| outcome.number(name).unwrap_or(0.0) as usize;
    let first = first.with("variable", Arg::Column(variable.unwrap_or_default())).count("regions", count("regions"));
    let mut messages = vec![first, reading(moran, expected, p, outcome.number("confidence").unwrap_or(0.95))];
    if let (Some(geary), Some(p)) = (outcome.number("geary"), outcome.number("geary_p_sim")) {
        messages.push(with_p("measure.autocorrelation.finding-geary", p).number("geary", geary));
    }
    if let (Some(g), Some(p)) = (outcome.number("getis_g"), outcome.number("getis_g_p_sim")) {
        let message = with_p("measure.autocorrelation.finding-getis", p).number("g", g);
        messages.push(message.number("expected", outcome.number("getis_g_expected").unwrap_or(f64::NAN)));
    }
    messages
}

/// What the sign of I − E says, when the test rejects chance.
fn reading(moran: f64, expected: f64, p: f64, level: f64) -> Message {
    let key = if p.is_nan() || p > 1.0 - level + 1e-9 {
        "measure.autocorrelation.finding-chance"
    } else if moran > expected {
        "measure.autocorrelation.finding-alike"
    } else {
        "measure.autocorrelation.finding-unlike"
    };
    Message::new(key).with("level", Arg::Share(level))
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    let mut scatter = FigureSpec::new(FigureKind::Scatter).of_table("regions").by("region");
    (scatter.x, scatter.y) = (Some("value".into()), Some("lag".into()));
    vec![scatter]
}
