//! Notes, findings and figures of a factor analysis.

use super::options::{Count, Plan, ScoreMethod};
use super::run::is_common;
use super::{Factors, Observed, extract};
use crate::outcomes::{by_unit, firm, indicator, unit, word};
use crate::ranks::ranks;
use distretto_core::{Arg, FigureKind, FigureSpec, Focus, Message, Outcome, Table};

/// Variables and units that a finding names.
const NAMED: usize = 3;
/// Units that a figure shows.
const SHOWN: usize = 40;
/// Most units whose ranks are drawn with their intervals.
const RANKED: usize = 60;
/// Numbers closer than this share are nearly equal.
const CLOSE: f64 = 1e-6;
/// A factor whose loadings sum to less than this share of their absolute values points nowhere.
const TURNABLE: f64 = 0.15;
/// Smallest loading by which a variable marks a factor.
const SALIENT: f64 = 0.4;
/// Most variables of a table of loadings that is drawn.
const DRAWN: usize = 40;

/// What the reader must know before she uses the numbers.
pub(super) fn notes(observed: &Observed, found: &Factors, plan: &Plan) -> Vec<Message> {
    let mut said = Vec::new();
    if observed.smoothed {
        said.push(Message::new("appraise.factor.smoothed"));
    }
    if observed.inverse.is_none() {
        said.push(Message::new("appraise.factor.singular").count("n", observed.n).count("p", observed.p()));
    }
    if plan.convention == "factor/factor_analyzer" && found.k() > 1 {
        said.push(Message::new("appraise.factor.own-promax"));
    }
    if observed.p() == 1 {
        said.push(Message::new("appraise.factor.one-indicator"));
    } else if observed.inverse.is_some() && found.adequacy.kmo.is_nan() {
        said.push(Message::new("appraise.factor.uncorrelated"));
    }
    let extraction = &found.extraction;
    if !extraction.heywood.is_empty() {
        let names = extraction.heywood.iter().map(|&i| Arg::Indicator(observed.names[i].clone())).collect();
        let note = Message::new("appraise.factor.heywood").count("count", extraction.heywood.len());
        said.push(note.with("variables", Arg::List(names)));
    }
    if !extraction.converged {
        said.push(Message::new("appraise.factor.not-converged"));
    }
    if !found.rotation.converged {
        said.push(Message::new("appraise.factor.rotation-not-converged"));
    }
    let dof = extract::degrees(observed.p(), found.k());
    if is_common(plan.extract) && dof < 0.0 {
        said.push(Message::new("appraise.factor.degrees").with("dof", Arg::Signed(dof)));
    }
    if plan.scores != ScoreMethod::None && found.coefficients.is_none() {
        said.push(Message::new("appraise.factor.no-scores"));
    }
    let lacking = found.composite.iter().filter(|score| score.is_nan()).count();
    if found.coefficients.is_some() && lacking > 0 {
        said.push(Message::new("appraise.factor.missing-scores").count("count", lacking));
    }
    said.extend(rule_kept_none(observed, found, plan));
    said.extend(close_eigenvalues(observed, found.k()));
    said.extend(signs(observed, found));
    match &found.draws {
        Some(draws) if draws.failed > 0 => {
            said.push(Message::new("appraise.factor.draws-failed").count("count", draws.failed));
        }
        _ => {}
    }
    said
}

/// A rule that keeps no factor: one is kept nevertheless, and the data do not call for it.
fn rule_kept_none(observed: &Observed, found: &Factors, plan: &Plan) -> Option<Message> {
    let none = match plan.count {
        Count::Kaiser => observed.eigenvalues.iter().all(|value| *value <= 1.0 + CLOSE),
        Count::Parallel => found.parallel.as_ref().is_some_and(|parallel| parallel.retain.iter().all(|keep| !keep)),
        _ => false,
    };
    none.then(|| Message::new("appraise.factor.none-kept"))
}

/// Neighbouring eigenvalues that are nearly equal: which of their vectors is kept is arbitrary.
fn close_eigenvalues(observed: &Observed, k: usize) -> Option<Message> {
    let (last, next) = (observed.eigenvalues.get(k - 1)?, observed.eigenvalues.get(k)?);
    (*last > CLOSE && last - next <= CLOSE * last)
        .then(|| Message::new("appraise.factor.degenerate").count("a", k).count("b", k + 1))
}

/// What the sign of a factor does to the composite: a factor whose loadings sum to nearly nothing could as well point
/// the other way, and an indicator of negative weight counts against a unit.
fn signs(observed: &Observed, found: &Factors) -> Vec<Message> {
    let Some(scores) = &found.scores else { return Vec::new() };
    let mut said = Vec::new();
    for (k, weight) in found.composite_weights.iter().enumerate() {
        let column = found.rotation.loadings.column(k);
        let (sum, whole) = (column.iter().sum::<f64>(), column.iter().map(|l| l.abs()).sum::<f64>());
        if sum.abs() >= TURNABLE * whole {
            continue;
        }
        let turned: Vec<f64> =
            found.composite.iter().zip(&scores[k]).map(|(composite, score)| composite - 2.0 * weight * score).collect();
        let mut most = 0.0_f64;
        for group in &observed.groups {
            let part: Vec<f64> = group.iter().map(|&row| turned[row]).collect();
            let moved = group.iter().zip(ranks(&part)).map(|(&row, rank)| (rank - found.rank[row]).abs());
            most = moved.filter(|moved| moved.is_finite()).fold(most, f64::max);
        }
        let one = Message::new("appraise.factor.turnable").count("factor", k + 1).number("sum", sum);
        said.push(one.number("whole", whole).count("places", most as usize));
    }
    let weights = found.variable_weights();
    let against =
        (0..weights.len()).filter(|&i| weights[i] < -CLOSE).map(|i| Arg::Indicator(observed.names[i].clone()));
    let against: Vec<Arg> = against.collect();
    if !against.is_empty() {
        let one = Message::new("appraise.factor.negative-weight").count("count", against.len());
        said.push(one.with("variables", Arg::List(against)));
    }
    said
}

pub(super) fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let number = |name: &str| outcome.number(name);
    let count = |name: &str| number(name).unwrap_or(0.0) as usize;
    let mut said = Vec::new();
    let explained = Message::new("appraise.factor.finding-explained").count("factors", count("factors"));
    let explained =
        explained.count("p", count("p")).count("n", count("n")).text("convention", word(outcome, "convention"));
    said.push(explained.with("share", Arg::Share(number("variance_explained").unwrap_or(f64::NAN))));
    if let (Some(kmo), Some(p)) = (number("kmo"), number("bartlett_p")) {
        let rating = Arg::Message(Box::new(Message::new(rating(kmo))));
        let one = Message::new("appraise.factor.finding-kmo").number("kmo", kmo).with("rating", rating);
        said.push(one.with("p", Arg::P(p)));
    }
    said.extend(marks(outcome));
    if let (Some(chi2), Some(p)) = (number("chi2"), number("p_value")) {
        let fit = Message::new("appraise.factor.finding-fit").number("chi2", chi2).with("p", Arg::P(p));
        said.push(fit.number("dof", number("dof").unwrap_or(f64::NAN)));
    }
    if let Some(scores) = outcome.table("scores") {
        said.extend(ranking(outcome, scores, focus));
    }
    said
}

/// Kaiser 1974.
fn rating(kmo: f64) -> &'static str {
    match kmo {
        kmo if kmo >= 0.9 => "appraise.factor.kmo-marvellous",
        kmo if kmo >= 0.8 => "appraise.factor.kmo-meritorious",
        kmo if kmo >= 0.7 => "appraise.factor.kmo-middling",
        kmo if kmo >= 0.6 => "appraise.factor.kmo-mediocre",
        kmo if kmo >= 0.5 => "appraise.factor.kmo-miserable",
        _ => "appraise.factor.kmo-unacceptable",
    }
}

/// The variables with the largest loadings of the first factors.
fn marks(outcome: &Outcome) -> Vec<Message> {
    let Some(table) = outcome.table("loadings") else { return Vec::new() };
    let Some(names) = table.text("variable") else { return Vec::new() };
    let one = |field: &distretto_core::Field| {
        let loadings = table.numbers(&field.name)?;
        let mut order: Vec<usize> = (0..table.rows()).collect();
        order.sort_by(|&a, &b| loadings[b].abs().total_cmp(&loadings[a].abs()).then(a.cmp(&b)));
        let entry = |&row: &usize| {
            let said = Message::new("appraise.factor.variable").with("variable", indicator(names, row));
            Arg::Message(Box::new(said.with("loading", Arg::Signed(loadings[row]))))
        };
        // A small loading marks nothing.
        order.retain(|&row| loadings[row].abs() >= SALIENT);
        if order.is_empty() {
            let number = field.name.trim_start_matches("factor_").to_owned();
            return Some(
                Message::new("appraise.factor.finding-unmarked").text("factor", number).number("least", SALIENT),
            );
        }
        let list = Arg::List(order.iter().take(NAMED).map(entry).collect());
        let number = field.name.trim_start_matches("factor_").to_owned();
        Some(Message::new("appraise.factor.finding-marks").text("factor", number).with("variables", list))
    };
    table.fields().iter().skip(1).take(NAMED).filter_map(one).collect()
}

fn ranking(outcome: &Outcome, scores: &Table, focus: &Focus) -> Vec<Message> {
    let (Some(composite), Some(ranks)) = (scores.numbers("composite"), scores.numbers("rank")) else {
        return Vec::new();
    };
    let mut order: Vec<usize> = (0..scores.rows()).filter(|&row| ranks[row].is_finite()).collect();
    order.sort_by(|&a, &b| ranks[a].total_cmp(&ranks[b]).then(a.cmp(&b)));
    let Some(&leader) = order.first() else { return Vec::new() };
    let summary = outcome.table("rank_summary");
    let entry = |row: usize| {
        let said = Message::new("appraise.factor.unit").with("unit", unit(scores, row));
        Arg::Message(Box::new(said.with("score", Arg::Signed(composite[row]))))
    };
    let top = Message::new("appraise.factor.finding-top").count("n", order.len());
    let mut said = vec![top.with("units", Arg::List(order.iter().take(NAMED).map(|&row| entry(row)).collect()))];
    let place = |code: &String| {
        (0..scores.rows()).rev().find(|&row| scores.text("unit").and_then(|text| text.get(row)) == Some(code))
    };
    let mut rows = vec![leader];
    rows.extend(
        focus.regions.iter().filter_map(place).filter(|&row| row != leader && ranks[row].is_finite()).take(NAMED),
    );
    match summary {
        Some(summary) => {
            said.extend(rows.into_iter().map(|row| firm(outcome, summary, unit(scores, row), ranks[row], row)))
        }
        None => {
            said.push(Message::new("appraise.factor.finding-unasked"));
            let of_focus = |row: usize| {
                let one = Message::new("appraise.factor.finding-focus").with("unit", unit(scores, row));
                one.number("rank", ranks[row]).count("n", order.len())
            };
            said.extend(rows.into_iter().skip(1).map(of_focus));
        }
    }
    said
}

pub(super) fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let mut drawn = Vec::new();
    if outcome.table("parallel").is_some() {
        let mut scree = FigureSpec::new(FigureKind::Curve).of_table("parallel").of_value("eigenvalue");
        (scree.x, scree.y) = (Some("component".into()), Some("reference_mean".into()));
        (scree.low, scree.high) = (Some("reference_mean".into()), Some("reference_p95".into()));
        drawn.push(scree);
    } else {
        let mut scree = FigureSpec::new(FigureKind::Lines).of_table("variance").against(1.0);
        (scree.x, scree.y) = (Some("component".into()), Some("initial_total".into()));
        drawn.push(scree);
    }
    if outcome.number("factors").is_some_and(|k| k >= 2.0) && outcome.number("p").is_some_and(|p| p <= DRAWN as f64) {
        let mut plane =
            FigureSpec::new(FigureKind::Scatter).of_table("loadings").by("variable").against(0.0).first(DRAWN);
        (plane.x, plane.y) = (Some("factor_1".into()), Some("factor_2".into()));
        drawn.push(plane);
        if outcome.table("scores").is_some_and(|scores| scores.numbers("year").is_none()) {
            let mut units = FigureSpec::new(FigureKind::Scatter).of_table("scores").by("unit").against(0.0);
            (units.x, units.y) = (Some("factor_1".into()), Some("factor_2".into()));
            drawn.push(units);
        }
    }
    if outcome.table("scores").is_some() {
        drawn.push(by_unit(outcome, "scores", "composite", SHOWN));
    }
    // The leading rows of a figure are those of the largest values: of ranks all are drawn, or none.
    let all = |summary: &&Table| summary.numbers("year").is_none() && summary.rows() <= RANKED;
    if outcome.table("rank_summary").filter(all).is_some() {
        let mut ranks = FigureSpec::new(FigureKind::Intervals).of_table("rank_summary").by("unit");
        (ranks.low, ranks.high) = (Some("p05".into()), Some("p95".into()));
        drawn.push(ranks.of_value("mean_rank").first(RANKED));
    }
    drawn
}
