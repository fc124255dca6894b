//! The command `measure lisa`: registration, tables, findings, figures.

use super::{Lisa, LisaOptions, Quadrant, lisa};
use crate::spatial_weights::{self, SpatialData};
use distretto_core::{
    Arg, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Inputs, Message, OptionValues, Outcome, Table,
    TableSpec, Text, option_specs, parse_options,
};

/// Slack of `q ≤ 1 − level`, so that 0.05 against 1 − 0.95 is not decided by rounding.
const LEVEL_SLACK: f64 = 1e-9;
/// Regions that findings name of each kind.
const NAMED: usize = 5;
/// Regions in focus that findings speak of.
const FOCUSED: usize = 3;

/// Row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "measure",
    name: "lisa",
    about: "Where do similar values lie near one another? Local Moran, local Geary, Gi, Gi*",
    chapter: "measure/spatial-autocorrelation",
    revision: 1,
    inputs: spatial_weights::INPUTS,
    options: option_specs::<LisaOptions>,
    plan,
    run,
    findings,
    figures,
};

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: LisaOptions = parse_options(values)?;
    spatial_weights::columns(&options.variable, &options.weights, given)
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: LisaOptions = parse_options(values)?;
    options.permutations.validate()?;
    let data = spatial_weights::read(inputs, &options.variable, &options.weights)?;
    let result = lisa(&data.values, &data.weights, &options, context)?;
    Ok(outcome(data, &result, &options))
}

fn outcome(data: SpatialData, result: &Lisa, options: &LisaOptions) -> Outcome {
    let method = "local Moran, local Geary (Anselin 1995), Gi, Gi* (Ord and Getis 1995), conditional permutations";
    let mut outcome = Outcome::new("measure lisa", method);
    let size = 1.0 - options.permutations.level + LEVEL_SLACK;
    let reached = |p: &f64| (!p.is_nan()).then_some(*p <= size);
    let significant: Vec<Option<bool>> = result.q_value.iter().map(reached).collect();
    let known = options.permutations.nsim > 0 && !result.moran.is_nan();
    let count = |wanted: &dyn Fn(usize) -> bool| {
        if known { (0..significant.len()).filter(|&i| wanted(i)).count() as f64 } else { f64::NAN }
    };
    let of = |quadrant| count(&|i| significant[i] == Some(true) && result.quadrant[i] == Some(quadrant));
    outcome.scalar("moran", result.moran);
    outcome.scalar("regions", data.values.len() as f64).scalar("links", data.weights.links() as f64);
    outcome.scalar("high_high", of(Quadrant::HighHigh)).scalar("low_low", of(Quadrant::LowLow));
    outcome.scalar("high_low", of(Quadrant::HighLow)).scalar("low_high", of(Quadrant::LowHigh));
    outcome.scalar("significant", count(&|i| significant[i] == Some(true)));
    outcome.scalar("significant_unadjusted", count(&|i| reached(&result.p_sim[i]) == Some(true)));
    outcome.scalar("nsim", f64::from(options.permutations.nsim)).scalar("confidence", options.permutations.level);
    outcome.word("variable", data.variable()).word("p_adjust", options.p_adjust.word());
    outcome.word("tail", options.permutations.tail.word());
    data.describe(options.weights.transform, &mut outcome);
    outcome.convention("divisor", options.divisor.word()).convention("gi_weights", "binary");
    outcome.convention("gi_moments", "Gi: mean and sd of the other values; Gi*: of all, self weight 1");
    outcome.convention("p_sim", "local_moran; (1 + b)/(1 + nsim), two-sided twice the smaller tail");
    outcome
        .convention("permutations", "conditional; one sample a replicate, reused for all regions, own index skipped");
    outcome.add_table("regions", regions(&data, result, significant));
    outcome.warnings = data.notes;
    outcome.warnings.extend(result.notes.iter().cloned());
    outcome
}

fn regions(data: &SpatialData, result: &Lisa, significant: Vec<Option<bool>>) -> Table {
    let quadrant: Text = result.quadrant.iter().map(|quadrant| quadrant.map(Quadrant::word)).collect();
    Table::empty()
        .with_text("region", data.regions.iter().map(Some).collect::<Text>())
        .with_numbers("value", data.values.clone())
        .with_numbers("lag", result.lag.clone())
        .with_numbers("local_moran", result.local_moran.clone())
        .with_numbers("p_sim", result.p_sim.clone())
        .with_numbers("q_value", result.q_value.clone())
        .with_text("quadrant", quadrant)
        .with_numbers("local_geary", result.local_geary.clone())
        .with_numbers("gi", result.gi.clone())
        .with_numbers("gi_p", result.gi_p.clone())
        .with_numbers("gi_star", result.gi_star.clone())
        .with_numbers("gi_star_p", result.gi_star_p.clone())
        .with_flags("significant", significant)
}

fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let (Some(significant), Some(table)) = (outcome.number("significant"), outcome.table("regions")) else {
        return Vec::new();
    };
    let count = |name| outcome.number(name).unwrap_or(0.0) as usize;
    let size = 1.0 - outcome.number("confidence").unwrap_or(0.95);
    let adjusted = Message::new("measure.lisa.finding-clusters").count("significant", significant as usize);
    let adjusted = adjusted.count("regions", count("regions")).count("high_high", count("high_high"));
    let adjusted = adjusted.count("low_low", count("low_low")).count("high_low", count("high_low"));
    let adjusted = adjusted.count("low_high", count("low_high")).number("size", size);
    let mut messages = vec![adjusted, unadjusted(outcome, size)];
    for (quadrant, key) in [("HH", "measure.lisa.finding-top-high"), ("LL", "measure.lisa.finding-top-low")] {
        let top = top(table, quadrant);
        if !top.is_empty() {
            messages.push(Message::new(key).with("regions", Arg::List(top)));
        }
    }
    messages.extend(focus.regions.iter().filter_map(|code| of_region(table, code)).take(FOCUSED));
    if significant == 0.0 {
        messages.extend(out_of_reach(outcome, size));
    }
    messages
}

/// How many regions reach the level by their own p, and how many would by chance alone.
fn unadjusted(outcome: &Outcome, size: f64) -> Message {
    let regions = outcome.number("regions").unwrap_or(0.0);
    let reached = outcome.number("significant_unadjusted").unwrap_or(0.0);
    let message = Message::new("measure.lisa.finding-unadjusted").count("reached", reached as usize);
    message.number("size", size).count("chance", (size * regions).round() as usize)
}

/// Regions of a quadrant that are significant, those of the largest local Moran first.
fn top(table: &Table, quadrant: &str) -> Vec<Arg> {
    let (Some(regions), Some(quadrants)) = (table.text("region"), table.text("quadrant")) else { return Vec::new() };
    let (Some(flags), Some(local)) = (table.flags("significant"), table.numbers("local_moran")) else {
        return Vec::new();
    };
    let wanted = |&row: &usize| flags[row] == Some(true) && quadrants.get(row) == Some(quadrant);
    let mut rows: Vec<usize> = (0..table.rows()).filter(wanted).collect();
    rows.sort_by(|&a, &b| local[b].total_cmp(&local[a]));
    rows.iter().take(NAMED).filter_map(|&row| regions.get(row)).map(|code| Arg::Region(code.to_owned())).collect()
}

/// One region in focus.
fn of_region(table: &Table, code: &str) -> Option<Message> {
    let regions = table.text("region")?;
    let row = (0..table.rows()).find(|&row| regions.get(row) == Some(code))?;
    let number = |name: &str| table.numbers(name).map_or(f64::NAN, |numbers| numbers[row]);
    let key = match table.text("quadrant")?.get(row)? {
        "HH" => "measure.lisa.finding-region-hh",
        "LH" => "measure.lisa.finding-region-lh",
        "LL" => "measure.lisa.finding-region-ll",
        _ => "measure.lisa.finding-region-hl",
    };
    let message = Message::new(key).with("region", Arg::Region(code.to_owned())).number("value", number("value"));
    let message = message.number("local_moran", number("local_moran")).with("p", Arg::P(number("p_sim")));
    Some(message.with("q", Arg::P(number("q_value"))))
}

/// How many regions at the smallest possible p the false discovery rate needs before any is significant.
fn out_of_reach(outcome: &Outcome, size: f64) -> Option<Message> {
    let word = |name: &str| {
        outcome.summary.iter().find_map(|(scalar, value)| match value {
            distretto_core::Scalar::Text(text) if scalar == name => Some(text.as_str()),
            _ => None,
        })
    };
    if word("p_adjust") != Some("bh") {
        return None;
    }
    let (nsim, regions) = (outcome.number("nsim")?, outcome.number("regions")?);
    let sides = if word("tail") == Some("two") { 2.0 } else { 1.0 };
    let smallest = sides / (1.0 + nsim);
    let needed = (smallest * regions / size - LEVEL_SLACK).ceil();
    let message = Message::new("measure.lisa.finding-out-of-reach").count("nsim", nsim as usize);
    (needed > 1.0).then(|| message.number("smallest", smallest).count("needed", needed as usize))
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    let map = FigureSpec::new(FigureKind::ClusterMap).of_table("regions").of_value("quadrant").by("region");
    let mut scatter = FigureSpec::new(FigureKind::Scatter).of_table("regions").by("region");
    (scatter.x, scatter.y, scatter.group) = (Some("value".into()), Some("lag".into()), Some("quadrant".into()));
    vec![map, scatter]
}
