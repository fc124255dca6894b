//! The row of the registration table, the result as tables, findings and figures.

use super::jackknife::{Jackknife, jackknife, ranking_score};
use super::{DeaQuestion, Efficiency, GoodsOptions, Model, Orientation, efficiency, efficiency_ranks, goods};
use crate::firmness::rank_of;
use crate::indicators::Indicators;
use crate::outcomes::{unit, warn, word, word_or_none, words_of};
use distretto_core::{
    Arg, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message, OptionValues, Outcome,
    Place, Table, TableSpec, option_specs, options_record, parse_options,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Units that a finding names.
const NAMED: usize = 3;
/// Units that a figure shows.
const SHOWN: usize = 40;
/// Units for each input and output below which scores say little.
const FEW: usize = 3;

/// Options of `dea`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct DeaOptions {
    /// Inputs and outputs.
    #[serde(flatten)]
    pub goods: GoodsOptions,
    /// Which side a unit moves to the frontier.
    pub orientation: Orientation,
    /// Returns to scale of super-efficiency, slacks, peers and rank.
    pub model: Model,
    /// Measure each unit against the others alone.
    #[serde(rename = "super")]
    pub superefficiency: bool,
    /// Maximise the sum of slacks at the score.
    pub slacks: bool,
}

/// `appraise dea`.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "appraise",
    name: "dea",
    about: "Data envelopment analysis: efficiency, returns to scale, slacks, peers",
    chapter: "appraise/dea",
    revision: 2,
    inputs: &[Input::table("data", Place::Positional, true, "Units: unit, one column per input and output")],
    options: option_specs::<DeaOptions>,
    plan,
    run,
    findings,
    figures,
};

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: DeaOptions = parse_options(values)?;
    Ok(vec![options.goods.table()?])
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: DeaOptions = parse_options(values)?;
    let found = goods(inputs, &options.goods)?;
    context.progress.begin("linear programmes", found.n() as u64);
    let (used, made) = found.columns.split_at(options.goods.inputs.len());
    let asked = DeaQuestion {
        orientation: options.orientation,
        model: options.model,
        superefficiency: options.superefficiency,
        slacks: options.slacks,
    };
    let scores = efficiency(used, made, asked);
    let firm = jackknife(used, made, asked, &scores);
    let mut outcome = outcome(&found, &scores, &firm, asked, &options);
    outcome.provenance.options = options_record(&options);
    Ok(outcome)
}

fn outcome(
    units: &Indicators,
    scores: &[Efficiency],
    firm: &Jackknife,
    asked: DeaQuestion,
    options: &DeaOptions,
) -> Outcome {
    let mut outcome = Outcome::new("appraise dea", "data envelopment analysis (Charnes, Cooper and Rhodes 1978)");
    let each = |f: &dyn Fn(&Efficiency) -> f64| scores.iter().map(f).collect::<Vec<f64>>();
    let n = scores.len() as f64;
    let name = |row: usize| match &units.years {
        Some(years) => format!("{} {}", units.units[row], years[row]),
        None => units.units[row].clone(),
    };
    outcome.scalar("units", n).scalar("mean_te", each(&|score| score.te).iter().sum::<f64>() / n);
    outcome.scalar("mean_pte", each(&|score| score.pte).iter().sum::<f64>() / n);
    outcome.scalar("efficient", scores.iter().filter(|score| score.te > 1.0 - super::SAME).count() as f64);
    word_or_none(&mut outcome, "influential", firm.most.map(|most| name(most.0)).as_deref());
    outcome.scalar("mean_without", firm.most.map_or(f64::NAN, |most| most.1));
    outcome.word("orientation", options.orientation.word()).word("model", options.model.word());
    let table = units
        .labels()
        .with_numbers("te", each(&|score| score.te))
        .with_numbers("pte", each(&|score| score.pte))
        .with_numbers("se", each(&|score| score.se))
        .with_text("rts", words_of(scores.iter().map(|score| score.rts)))
        .with_numbers("phi", each(&|score| score.phi))
        .with_numbers("super", each(&|score| score.superefficiency))
        .with_numbers("rank", efficiency_ranks(&each(&|score| ranking_score(score, asked))));
    outcome.add_table("efficiency", firm.ranges.put_ranks(table));
    if options.slacks {
        outcome.add_table("slacks", slacks(units, scores, options));
    }
    let pairs = || scores.iter().enumerate().flat_map(|(row, score)| score.peers.iter().map(move |peer| (row, peer)));
    let peers = units
        .labels_of(&pairs().map(|(row, _)| row).collect::<Vec<_>>())
        .with_text("peer", words_of(pairs().map(|(_, peer)| name(peer.0))))
        .with_numbers("lambda", pairs().map(|(_, peer)| peer.1).collect());
    outcome.add_table("peers", peers);
    warn(&mut outcome, &units.notes);
    warn(&mut outcome, &notes(units, scores, options));
    outcome.warn(Message::new("appraise.dea.finding-firm"));
    outcome.convention("orientation", options.orientation.word());
    outcome.convention("returns", options.model.word());
    outcome
}

/// One row for each unit and good.
fn slacks(units: &Indicators, scores: &[Efficiency], options: &DeaOptions) -> Table {
    let goods = units.p();
    let rows: Vec<usize> = (0..units.n()).flat_map(|row| std::iter::repeat_n(row, goods)).collect();
    let kind = |j: usize| if j < options.goods.inputs.len() { "input" } else { "output" };
    let all = || rows.iter().enumerate().map(|(k, _)| k % goods);
    units
        .labels_of(&rows)
        .with_text("variable", words_of(all().map(|j| units.indicators[j].name.as_str())))
        .with_text("kind", words_of(all().map(kind)))
        .with_numbers("slack", scores.iter().flat_map(|score| score.slacks.clone()).collect())
        .with_numbers("target", scores.iter().flat_map(|score| score.targets.clone()).collect())
}

fn notes(units: &Indicators, scores: &[Efficiency], options: &DeaOptions) -> Vec<Message> {
    let mut said = Vec::new();
    if units.n() < FEW * units.p() {
        said.push(Message::new("appraise.dea.few").count("n", units.n()).count("goods", units.p()));
    }
    let without = scores.iter().filter(|score| score.superefficiency.is_nan()).count();
    if options.superefficiency && without > 0 {
        said.push(Message::new("appraise.dea.no-super").count("count", without));
    }
    let unsolved = scores.iter().filter(|score| score.te.is_nan() || score.pte.is_nan()).count();
    if unsolved > 0 {
        said.push(Message::new("appraise.dea.unsolved").count("count", unsolved));
    }
    said
}

fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("efficiency") else { return Vec::new() };
    let (Some(te), Some(ranks)) = (table.numbers("te"), table.numbers("rank")) else { return Vec::new() };
    let number = |name: &str| outcome.number(name).unwrap_or(f64::NAN);
    let mean = Message::new("appraise.dea.finding-mean").count("n", table.rows());
    let mean = mean.number("te", number("mean_te")).number("pte", number("mean_pte"));
    let mut said = vec![mean.count("efficient", number("efficient") as usize)];
    let pte = table.numbers("pte").unwrap_or_default();
    let entry = |row: usize| {
        let said = Message::new("appraise.dea.unit").with("unit", unit(table, row));
        Arg::Message(Box::new(said.number("te", te[row]).number("pte", pte[row])))
    };
    let mut order: Vec<usize> = (0..table.rows()).filter(|&row| ranks[row].is_finite()).collect();
    order.sort_by(|&a, &b| ranks[b].total_cmp(&ranks[a]).then(a.cmp(&b)));
    // A unit on the frontier is not far from it.
    let behind = order.iter().filter(|&&row| te[row] < 1.0 - super::SAME);
    let last: Vec<Arg> = behind.take(NAMED).map(|&row| entry(row)).collect();
    let input = word(outcome, "orientation") == "in";
    let key = if input { "appraise.dea.finding-last-in" } else { "appraise.dea.finding-last-out" };
    if !last.is_empty() {
        said.push(Message::new(key).with("units", Arg::List(last)));
    }
    let place =
        |code: &String| (0..table.rows()).rev().find(|&row| table.text("unit").and_then(|t| t.get(row)) == Some(code));
    for row in focus.regions.iter().filter_map(place).take(NAMED) {
        let one = Message::new("appraise.dea.finding-focus").with("unit", entry(row)).count("n", table.rows());
        said.extend(rank_of(table, row).map(|rank| one.with("rank", Arg::Message(Box::new(rank)))));
    }
    if let Some(without) = outcome.number("mean_without") {
        let score = if word(outcome, "model") == "ccr" { "mean_te" } else { "mean_pte" };
        let one = Message::new("appraise.dea.finding-influential").text("unit", word(outcome, "influential"));
        said.push(one.number("mean", number(score)).number("without", without));
    }
    said.push(Message::new("appraise.dea.finding-firm"));
    said
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let bars = FigureSpec::new(FigureKind::Bars).of_table("efficiency").by("unit").of_value("te").first(SHOWN);
    let mut drawn = vec![bars];
    if outcome.number("units").is_some_and(|n| n >= 3.0) {
        let mut plane = FigureSpec::new(FigureKind::Scatter).of_table("efficiency").by("unit").against(1.0);
        (plane.x, plane.y) = (Some("pte".into()), Some("se".into()));
        drawn.push(plane);
    }
    drawn
}
