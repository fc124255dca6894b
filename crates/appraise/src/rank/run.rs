//! The row of the registration table, and the result as tables.

use super::options::{Preference, RankMethod, RankOptions};
use super::{RankError, RankUncertainty, Ranking, rank, words};
use crate::idle::refuse_idle;
use crate::indicators::{INDICATOR_INPUTS, Indicators, Path, indicator_tables, read, refuse_pairwise};
use crate::outcomes::{word_or_none, words_of};
use crate::ranks::ranks;
use crate::weights::{given_weights, weight_table};
use distretto_core::{
    Arg, Context, Estimand, Fault, FaultKind, Given, Input, Inputs, Message, OptionValues, Outcome, Place, Table,
    TableSpec, option_specs, options_record, parse_options,
};

/// Ranks that a row of `rank_distribution` is written for although they never came up, when there are no more units.
const ALL_RANKS: usize = 100;

/// Draws below which one in twenty is not to be told.
const ENOUGH: u64 = 100;

/// `appraise rank`.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "appraise",
    name: "rank",
    about: "Order of units on several indicators, and how firm it is",
    chapter: "appraise/rank",
    revision: 2,
    inputs: &[
        INDICATOR_INPUTS[0],
        INDICATOR_INPUTS[1],
        INDICATOR_INPUTS[2],
        Input::table(
            "weights-from",
            Place::Flag,
            false,
            "Weights of the indicators in place of others, say those of appraise weights: indicator, weight",
        ),
    ],
    options: option_specs::<RankOptions>,
    plan,
    run,
    findings: words::findings,
    figures: words::figures,
};

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: RankOptions = parse_options(values)?;
    refuse_pairwise(&options.indicators)?;
    options.normalisation()?;
    options.validate()?;
    let linear = options.method == RankMethod::Promethee && options.preference == Preference::Linear;
    refuse_idle(
        values,
        &[
            ("v", options.method == RankMethod::Vikor, "--method vikor"),
            ("rho", options.method == RankMethod::Gra, "--method gra"),
            ("preference", options.method == RankMethod::Promethee, "--method promethee"),
            ("q", linear, "--method promethee --preference linear"),
            ("p", linear, "--method promethee --preference linear"),
            ("uncertainty", options.monte_carlo != Some(0), "--monte-carlo"),
        ],
    )?;
    let is_given = |name: &str| given.iter().any(|one| one == name);
    if is_given("weights-from") && !options.indicators.weights.is_empty() {
        let fault = Fault::usage("--weights-from cannot be used together with --weights");
        return Err(fault.with_hint("weights come from one place: the file of --weights-from, or --weights"));
    }
    let mut tables = indicator_tables(&options.indicators, given)?;
    tables.push(weight_table("weights-from"));
    Ok(tables)
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: RankOptions = parse_options(values)?;
    let table = inputs.need("data")?;
    let mut indicators = read(inputs, &options.indicators)?;
    if let Some(weights) = inputs.table("weights-from") {
        let given = given_weights(weights, &indicators.names())?;
        if let Some(tree) = &mut indicators.tree {
            tree.reweigh(&given);
        }
        indicators.indicators.iter_mut().zip(given).for_each(|(indicator, weight)| indicator.weight = weight);
    }
    let draws = RankOptions::usual_draws(indicators.n(), indicators.p());
    let options = RankOptions { monte_carlo: options.monte_carlo.or(Some(draws)), ..options };
    let found = rank(&indicators, &options, context).map_err(|error| match error {
        RankError::Indicators { error, group } => indicators.place(&error, &indicators.groups[group], table),
        RankError::Option(fault) => fault,
        RankError::Interrupted => Fault::new(FaultKind::Interrupted, "stopped"),
    })?;
    Ok(outcome(&indicators, &found, &options))
}

fn outcome(indicators: &Indicators, found: &Ranking, options: &RankOptions) -> Outcome {
    let mut outcome = Outcome::new("appraise rank", options.method.source());
    let best = (0..indicators.n()).find(|&row| found.rank[row] == 1.0);
    outcome.word("method", options.method.word()).word("convention", &found.convention);
    outcome.scalar("n", indicators.n() as f64).scalar("p", indicators.p() as f64);
    word_or_none(&mut outcome, "best", best.map(|row| indicators.units[row].as_str()));
    let constant = |indicator: &usize| {
        let column = &indicators.columns[*indicator];
        let alike = |rows: &Vec<usize>| rows.iter().all(|&row| column[row] == column[rows[0]]);
        indicators.indicators[*indicator].weight > 0.0 && indicators.groups.iter().any(alike)
    };
    let idle = (0..indicators.p()).filter(constant).map(|i| Arg::Indicator(indicators.indicators[i].name.clone()));
    let idle: Vec<Arg> = idle.collect();
    if !idle.is_empty() {
        let note = Message::new("appraise.rank.constant").count("count", idle.len());
        outcome.warn(note.with("indicators", Arg::List(idle)));
    }
    let without = found.score.iter().filter(|score| score.is_nan()).count();
    if without > 0 {
        outcome.warn(Message::new("appraise.rank.no-score").count("count", without).count("n", indicators.n()));
    }
    if let Some(compromise) = &found.compromise {
        let units: Vec<&str> = compromise.rows.iter().map(|&row| indicators.units[row].as_str()).collect();
        outcome.flag("acceptable_advantage", compromise.advantage);
        outcome.flag("acceptable_stability", compromise.stability);
        outcome.word("compromise", &units.join(";"));
    }
    if let Some(reversals) = &found.reversals {
        outcome.scalar("reversals", reversals.swaps.len() as f64);
    }
    outcome.add_table("ranking", ranking(indicators, found));
    if let Some(normalised) = &found.normalised {
        outcome.add_table("normalised", by_indicator(indicators, normalised));
    }
    outcome.add_table("weights", weights(indicators));
    if !found.ideals.is_empty() {
        outcome.add_table("ideals", ideals(indicators, found));
    }
    if let Some(coefficients) = &found.coefficients {
        outcome.add_table("coefficients", by_indicator(indicators, coefficients));
    }
    if let Some(table) = dimensions(indicators, found) {
        outcome.add_table("dimensions", table);
        outcome.warn(Message::new("appraise.rank.dimensions-undrawn"));
    }
    further(&mut outcome, indicators, found);
    outcome.convention("convention", found.convention.as_str());
    outcome.provenance.options = options_record(options);
    found.notes.iter().for_each(|note| {
        outcome.warn(note.clone());
    });
    for (drawn, option) in [(&found.uncertainty, "monte-carlo"), (&found.resampled, "bootstrap")] {
        if let Some(few) = drawn.as_ref().filter(|drawn| drawn.draws > 0 && drawn.draws < ENOUGH) {
            outcome.warn(
                Message::new("appraise.rank.few-draws").count("count", few.draws as usize).text("option", option),
            );
        }
    }
    if found.uncertainty.is_none() && found.resampled.is_none() {
        outcome.warn(Message::new("appraise.rank.finding-unasked"));
    }
    let draws =
        [(&found.uncertainty, "appraise.rank.weights-failed"), (&found.resampled, "appraise.rank.draws-failed")];
    for (drawn, key) in draws {
        if let Some(failed) = drawn.as_ref().map(|drawn| drawn.failed).filter(|&failed| failed > 0) {
            outcome.warn(Message::new(key).count("count", failed as usize));
        }
    }
    outcome
}

fn ranking(indicators: &Indicators, found: &Ranking) -> Table {
    let table = indicators.labels().with_numbers("score", found.score.clone());
    let table = table.with_numbers("rank", found.rank.clone());
    // No rank without how firm it is.
    let table = found.uncertainty.as_ref().or(found.resampled.as_ref()).into_iter().fold(table, |table, drawn| {
        let quantile = |p: f64| (0..indicators.n()).map(|row| drawn.quantile(row, p)).collect();
        let table = table.with_numbers("p05", quantile(0.05)).with_numbers("p95", quantile(0.95));
        table.with_numbers("p_first", drawn.first.clone())
    });
    let columns = found.columns.iter();
    let table = columns.fold(table, |table, (name, values)| table.with_numbers(name, values.clone()));
    match &found.grade {
        Some(grade) => table.with_text("grade", grade.iter().copied().map(Some).collect()),
        None => table,
    }
}

/// `unit` and one column for each indicator.
fn by_indicator(indicators: &Indicators, columns: &[Vec<f64>]) -> Table {
    let pairs = indicators.indicators.iter().zip(columns);
    pairs.fold(indicators.labels(), |table, (indicator, column)| table.with_numbers(&indicator.name, column.clone()))
}

fn weights(indicators: &Indicators) -> Table {
    Table::empty()
        .with_text("indicator", words_of(indicators.names()))
        .with_numbers("weight", indicators.weights())
        .with_text("direction", words_of(indicators.indicators.iter().map(|one| one.direction.word())))
}

/// One row for each indicator, in each year where years are ranked alone.
fn ideals(indicators: &Indicators, found: &Ranking) -> Table {
    let repeated = found.ideals.iter().flat_map(|_| indicators.names());
    let table = Table::empty().with_text("indicator", words_of(repeated));
    let table = match &indicators.years {
        Some(years) if indicators.groups.len() > 1 => {
            let year = |rows: &Vec<usize>| vec![rows.first().map_or(f64::NAN, |&row| years[row]); indicators.p()];
            table.with_numbers("year", indicators.groups.iter().flat_map(year).collect())
        }
        _ => table,
    };
    let ends = || found.ideals.iter().flatten();
    table
        .with_numbers("best", ends().map(|ends| ends.0).collect())
        .with_numbers("worst", ends().map(|ends| ends.1).collect())
}

/// Scores of the dimensions of the tree, ranked within each group of rows.
fn dimensions(indicators: &Indicators, found: &Ranking) -> Option<Table> {
    let (tree, normalised) = (indicators.tree.as_ref()?, found.normalised.as_ref()?);
    let (mut scores, mut places) = (Vec::new(), Vec::new());
    for d in 0..tree.dimensions.len() {
        let shares = tree.local_weights(d);
        let score = |row: usize| shares.iter().zip(normalised).map(|(share, column)| share * column[row]).sum();
        let of_dimension: Vec<f64> = (0..indicators.n()).map(score).collect();
        let mut ranked = vec![f64::NAN; indicators.n()];
        for rows in &indicators.groups {
            let part: Vec<f64> = rows.iter().map(|&row| of_dimension[row]).collect();
            rows.iter().zip(ranks(&part)).for_each(|(&row, rank)| ranked[row] = rank);
        }
        scores.push(of_dimension);
        places.push(ranked);
    }
    let pairs = || (0..indicators.n()).flat_map(|row| (0..tree.dimensions.len()).map(move |d| (row, d)));
    let table = indicators.labels_of(&pairs().map(|(row, _)| row).collect::<Vec<_>>());
    let table = table.with_text("dimension", words_of(pairs().map(|(_, d)| tree.dimensions[d].id.as_str())));
    let table = table.with_numbers("score", pairs().map(|(row, d)| scores[d][row]).collect());
    Some(table.with_numbers("rank", pairs().map(|(row, d)| places[d][row]).collect()))
}

/// Obstacle degrees of the paths of the tree.
fn paths(indicators: &Indicators, found: &Ranking) -> Option<Table> {
    let (tree, obstacles) = (indicators.tree.as_ref()?, found.obstacles.as_ref()?);
    if tree.paths.is_empty() {
        return None;
    }
    let degree = |row: usize, path: &Path| path.indicators.iter().map(|&j| obstacles.degree[j][row]).sum::<f64>();
    let of_row = |row: usize| tree.paths.iter().map(|path| degree(row, path)).collect::<Vec<f64>>();
    let all: Vec<Vec<f64>> = (0..indicators.n()).map(of_row).collect();
    let pairs = || (0..indicators.n()).flat_map(|row| (0..tree.paths.len()).map(move |k| (row, k)));
    let table = indicators.labels_of(&pairs().map(|(row, _)| row).collect::<Vec<_>>());
    let table = table.with_text("path", words_of(pairs().map(|(_, k)| tree.paths[k].id.as_str())));
    let table = table.with_numbers("degree", all.concat());
    Some(table.with_numbers("rank", all.iter().flat_map(|degrees| ranks(degrees)).collect()))
}

/// The tables that were asked for.
fn further(outcome: &mut Outcome, indicators: &Indicators, found: &Ranking) {
    if let Some(uncertainty) = &found.uncertainty {
        outcome.scalar("draws", uncertainty.draws as f64);
        outcome.add_table("rank_summary", summary(indicators, uncertainty));
        outcome.add_table("rank_distribution", distribution(indicators, uncertainty));
    }
    if let Some(resampled) = &found.resampled {
        outcome.scalar("resamples", resampled.draws as f64);
        outcome.add_table("bootstrap_summary", summary(indicators, resampled));
    }
    if let Some(reversals) = &found.reversals {
        let name = |row: usize| match &indicators.years {
            Some(years) => format!("{} {}", indicators.units[row], years[row]),
            None => indicators.units[row].clone(),
        };
        let column = |k: usize| words_of(reversals.swaps.iter().map(|swap| name(swap[k])));
        let table = Table::empty().with_text("dropped", column(0)).with_text("a", column(1));
        outcome.add_table("reversals", table.with_text("b", column(2)));
    }
    if let Some(sensitivity) = &found.sensitivity {
        let values = |f: &dyn Fn(&super::Sensitivity) -> Vec<f64>| sensitivity.iter().flat_map(f).collect::<Vec<f64>>();
        let table = crossed(indicators, true).with_numbers("rank", values(&|one| one.rank.clone()));
        outcome.add_table("sensitivity", table.with_numbers("change", values(&|one| one.change.clone())));
    }
    if let Some(obstacles) = &found.obstacles {
        let rows = || (0..indicators.n()).flat_map(|row| (0..indicators.p()).map(move |j| (row, j)));
        let table = crossed(indicators, false)
            .with_numbers("degree", rows().map(|(row, j)| obstacles.degree[j][row]).collect())
            .with_numbers("rank", rows().map(|(row, j)| obstacles.rank[j][row]).collect());
        outcome.add_table("obstacles", table);
    }
    if let Some(table) = paths(indicators, found) {
        outcome.add_table("paths", table);
    }
    if let Some(imputed) = indicators.imputed_table() {
        outcome.add_table("imputed", imputed);
    }
}

/// `unit` and `indicator` of every pair: indicator by indicator, or row by row.
fn crossed(indicators: &Indicators, by_indicator: bool) -> Table {
    let (n, p) = (indicators.n(), indicators.p());
    let pair = |k: usize| if by_indicator { (k % n, k / n) } else { (k / p, k % p) };
    let rows: Vec<usize> = (0..n * p).map(|k| pair(k).0).collect();
    let names = (0..n * p).map(|k| indicators.indicators[pair(k).1].name.as_str());
    indicators.labels_of(&rows).with_text("indicator", words_of(names))
}

/// Mean, quantiles and first places of the ranks of each row.
fn summary(indicators: &Indicators, drawn: &RankUncertainty) -> Table {
    let each = |f: &dyn Fn(usize) -> f64| (0..indicators.n()).map(f).collect::<Vec<f64>>();
    indicators
        .labels()
        .with_numbers("mean_rank", each(&|row| drawn.mean(row)))
        .with_numbers("p05", each(&|row| drawn.quantile(row, 0.05)))
        .with_numbers("p50", each(&|row| drawn.quantile(row, 0.5)))
        .with_numbers("p95", each(&|row| drawn.quantile(row, 0.95)))
        .with_numbers("p_first", drawn.first.clone())
}

fn distribution(indicators: &Indicators, uncertainty: &RankUncertainty) -> Table {
    let all = indicators.n() <= ALL_RANKS;
    let (mut rows, mut ranks, mut shares) = (Vec::new(), Vec::new(), Vec::new());
    let size: Vec<usize> = {
        let mut size = vec![0; indicators.n()];
        indicators.groups.iter().for_each(|rows| rows.iter().for_each(|&row| size[row] = rows.len()));
        size
    };
    for (row, counts) in uncertainty.counts.iter().enumerate() {
        let mut counts = counts.clone();
        if all {
            let came = |rank: &u32| counts.iter().any(|(other, _)| other == rank);
            let never: Vec<u32> = (1..=size[row] as u32).filter(|rank| !came(rank)).collect();
            counts.extend(never.into_iter().map(|rank| (rank, 0)));
            counts.sort_unstable();
        }
        for (rank, count) in counts {
            rows.push(row);
            ranks.push(f64::from(rank));
            shares.push(f64::from(count) / uncertainty.draws as f64);
        }
    }
    indicators.labels_of(&rows).with_numbers("rank", ranks).with_numbers("probability", shares)
}
