//! The row of the registration table, the result as tables, findings and figures.

use super::{Components, PcaOptions, pca_with_draws};
use crate::indicators::{INDICATOR_INPUTS, Indicators, indicator_tables, read};
use crate::outcomes::{by_unit, firm, indicator, unit, warn, words_of};
use distretto_core::{
    Arg, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Inputs, Message, OptionValues, Outcome, Table,
    TableSpec, option_specs, options_record, parse_options,
};
use distretto_numerics::Matrix;

/// Variables and units that a finding names.
const NAMED: usize = 3;
/// Units that a figure shows.
const SHOWN: usize = 40;
/// Most variables whose loadings are drawn.
const DRAWN: usize = 40;
/// Neighbouring eigenvalues closer than this share of the larger are nearly equal.
const CLOSE: f64 = 1e-6;

/// `appraise pca`.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "appraise",
    name: "pca",
    about: "Principal components of indicators, and the composite of those kept",
    chapter: "appraise/factor",
    revision: 2,
    inputs: &INDICATOR_INPUTS,
    options: option_specs::<PcaOptions>,
    plan,
    run,
    findings,
    figures,
};

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: PcaOptions = parse_options(values)?;
    if !options.indicators.weights.is_empty() {
        return Err(Fault::usage("pca finds the weights itself").with_hint("leave --weights out"));
    }
    indicator_tables(&options.indicators, given)
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: PcaOptions = parse_options(values)?;
    let table = inputs.need("data")?;
    let indicators = read(inputs, &options.indicators)?;
    let found =
        pca_with_draws(&indicators, &options, context).map_err(|error| error.fault(table, Some(&indicators)))?;
    let mut outcome = outcome(&indicators, &found, &options);
    outcome.provenance.options = options_record(&options);
    Ok(outcome)
}

fn outcome(indicators: &Indicators, found: &Components, options: &PcaOptions) -> Outcome {
    let mut outcome = Outcome::new("appraise pca", "principal components (Hotelling 1933)");
    let convention = format!("pca/{}", options.scale.word());
    let total: f64 = found.eigenvalues.iter().sum();
    outcome.scalar("n", found.n as f64).scalar("p", indicators.p() as f64);
    outcome.scalar("components", found.scores.len() as f64).scalar("total_variance", total);
    outcome.word("convention", &convention);
    let mut sum = 0.0;
    let cumulative = found.eigenvalues.iter().map(|value| {
        sum += value / total;
        sum
    });
    let eigenvalues = Table::empty()
        .with_numbers("component", (1..=indicators.p()).map(|k| k as f64).collect())
        .with_numbers("eigenvalue", found.eigenvalues.clone())
        .with_numbers("share", found.eigenvalues.iter().map(|value| value / total).collect())
        .with_numbers("cumulative", cumulative.collect());
    outcome.add_table("eigenvalues", eigenvalues);
    outcome.add_table("vectors", by_component(indicators, &found.vectors));
    outcome.add_table("loadings", by_component(indicators, &found.loadings));
    let columns = found.scores.iter().enumerate();
    let scores = columns.fold(indicators.labels(), |table, (k, score)| table.with_numbers(&name(k), score.clone()));
    let scores = scores.with_numbers("composite", found.composite.clone());
    let scores = scores.with_numbers("rank", found.rank.clone());
    outcome.add_table("scores", found.draws.iter().fold(scores, |table, draws| draws.beside(table)));
    if let Some(draws) = &found.draws {
        outcome.scalar("resamples", draws.draws as f64);
        outcome.add_table("rank_summary", draws.table(indicators.labels()));
    }
    if let Some(imputed) = indicators.imputed_table() {
        outcome.add_table("imputed", imputed);
    }
    outcome.convention("convention", convention.as_str());
    warn(&mut outcome, &indicators.notes);
    warn(&mut outcome, &notes(found));
    match &found.draws {
        None => {
            outcome.warn(Message::new("appraise.pca.finding-unasked"));
        }
        Some(draws) if draws.failed > 0 => {
            outcome.warn(Message::new("appraise.factor.draws-failed").count("count", draws.failed));
        }
        Some(_) => {}
    }
    outcome
}

fn name(k: usize) -> String {
    format!("pc_{}", k + 1)
}

fn by_component(indicators: &Indicators, cells: &Matrix) -> Table {
    let table = Table::empty().with_text("variable", words_of(indicators.names()));
    (0..cells.columns()).fold(table, |table, k| table.with_numbers(&name(k), cells.column(k).to_vec()))
}

fn notes(found: &Components) -> Vec<Message> {
    let mut said = Vec::new();
    let kept = found.scores.len();
    let close = |k: &usize| {
        let (a, b) = (found.eigenvalues[*k], found.eigenvalues[k + 1]);
        a > 1e-9 * found.eigenvalues[0] && a - b <= CLOSE * a
    };
    if let Some(k) = (0..found.eigenvalues.len() - 1).take(kept).find(close) {
        said.push(Message::new("appraise.pca.degenerate").count("a", k + 1).count("b", k + 2));
    }
    let lacking = found.composite.iter().filter(|score| score.is_nan()).count();
    if lacking > 0 {
        said.push(Message::new("appraise.pca.missing-scores").count("count", lacking));
    }
    said
}

fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let count = |name: &str| outcome.number(name).unwrap_or(0.0) as usize;
    let mut said = Vec::new();
    let share = outcome.table("eigenvalues").and_then(|table| table.numbers("share")).and_then(|share| share.first());
    if let Some(&share) = share {
        let first = Message::new("appraise.pca.finding-first").count("components", count("components"));
        let first = first.count("p", count("p")).count("n", count("n"));
        said.push(first.with("share", Arg::Share(share)));
    }
    said.extend(outcome.table("loadings").and_then(marks));
    if let Some(scores) = outcome.table("scores") {
        said.extend(ranking(outcome, scores, focus));
    }
    said
}

fn marks(table: &Table) -> Option<Message> {
    let (names, loadings) = (table.text("variable")?, table.numbers("pc_1")?);
    let mut order: Vec<usize> = (0..table.rows()).collect();
    order.sort_by(|&a, &b| loadings[b].abs().total_cmp(&loadings[a].abs()).then(a.cmp(&b)));
    let entry = |&row: &usize| {
        let said = Message::new("appraise.pca.variable").with("variable", indicator(names, row));
        Arg::Message(Box::new(said.with("loading", Arg::Signed(loadings[row]))))
    };
    let list = Arg::List(order.iter().take(NAMED).map(entry).collect());
    Some(Message::new("appraise.pca.finding-marks").with("variables", list))
}

fn ranking(outcome: &Outcome, scores: &Table, focus: &Focus) -> Vec<Message> {
    let (Some(composite), Some(ranks)) = (scores.numbers("composite"), scores.numbers("rank")) else {
        return Vec::new();
    };
    let mut order: Vec<usize> = (0..scores.rows()).filter(|&row| ranks[row].is_finite()).collect();
    order.sort_by(|&a, &b| ranks[a].total_cmp(&ranks[b]).then(a.cmp(&b)));
    let entry = |&row: &usize| {
        let said = Message::new("appraise.pca.unit").with("unit", unit(scores, row));
        Arg::Message(Box::new(said.with("score", Arg::Signed(composite[row]))))
    };
    let list = Arg::List(order.iter().take(NAMED).map(entry).collect());
    let mut said = vec![Message::new("appraise.pca.finding-top").count("n", order.len()).with("units", list)];
    let steps = order.windows(2).take(10).filter(|pair| ranks[pair[1]] > ranks[pair[0]]);
    // Years ranked alone have several first places and no common order.
    let clear = order.len() > 2 && ranks[order[1]] > ranks[order[0]];
    let step = |pair: &[usize]| composite[pair[0]] - composite[pair[1]];
    if let (Some(least), true) = (steps.min_by(|a, b| step(a).total_cmp(&step(b))), clear) {
        let margin = Message::new("appraise.pca.finding-margin").number("first", step(&order[..2]));
        let margin = margin.number("least", step(least)).with("a", unit(scores, least[0]));
        said.push(margin.with("b", unit(scores, least[1])));
    }
    let summary = outcome.table("rank_summary");
    let firm = |row: usize| summary.map(|summary| firm(outcome, summary, unit(scores, row), ranks[row], row));
    match order.first() {
        Some(&leader) if summary.is_some() => said.extend(firm(leader)),
        _ => said.push(Message::new("appraise.pca.finding-unasked")),
    }
    let place = |code: &String| {
        (0..scores.rows()).rev().find(|&row| scores.text("unit").and_then(|text| text.get(row)) == Some(code))
    };
    for row in focus.regions.iter().filter_map(place).filter(|&row| ranks[row].is_finite()).take(NAMED) {
        let one = Message::new("appraise.pca.finding-focus").with("unit", unit(scores, row));
        let one = one.number("rank", ranks[row]).count("n", order.len());
        said.extend(firm(row).filter(|_| order.first() != Some(&row)).or(summary.is_none().then_some(one)));
    }
    said
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let mut scree = FigureSpec::new(FigureKind::Lines).of_table("eigenvalues");
    (scree.x, scree.y) = (Some("component".into()), Some("eigenvalue".into()));
    let mut drawn = vec![scree];
    let several = outcome.number("components").is_some_and(|k| k >= 2.0);
    if several && outcome.number("p").is_some_and(|p| p <= DRAWN as f64) {
        let mut plane =
            FigureSpec::new(FigureKind::Scatter).of_table("loadings").by("variable").against(0.0).first(DRAWN);
        (plane.x, plane.y) = (Some("pc_1".into()), Some("pc_2".into()));
        drawn.push(plane);
    }
    drawn.push(by_unit(outcome, "scores", "composite", SHOWN));
    let all = |summary: &&Table| summary.numbers("year").is_none() && summary.rows() <= 2 * SHOWN;
    if outcome.table("rank_summary").filter(all).is_some() {
        let mut ranks = FigureSpec::new(FigureKind::Intervals).of_table("rank_summary").by("unit");
        (ranks.low, ranks.high) = (Some("p05".into()), Some("p95".into()));
        drawn.push(ranks.of_value("mean_rank").first(2 * SHOWN));
    }
    drawn
}
