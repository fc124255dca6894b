//! The row of the registration table, the result as tables, findings and figures.

use super::{Concordance, all_tied, concordance, consensus, kendall, mean_ranks, method_ranks, spearman, top_overlap};
use crate::firmness::{Ranges, rank_of};
use crate::indicators::{INDICATOR_INPUTS, IndicatorOptions, Missing, indicator_tables, read, refuse_pairwise};
use crate::outcomes::{by_unit, unit, warn, words_of};
use distretto_core::{
    Arg, Context, Estimand, Fault, FigureSpec, Focus, Given, Input, Inputs, Message, OptionValues, Outcome, Table,
    TableSpec, option_specs, options_record, parse_options,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Units below which χ² is a poor approximation.
const FEW: usize = 7;
/// Below this p methods agree more than chance lets them.
const LEVEL: f64 = 0.05;
/// Units that a finding names.
const NAMED: usize = 3;
/// Units that a figure shows.
const SHOWN: usize = 40;

/// Options of `compare`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct CompareOptions {
    /// Columns that are methods; default all numeric columns except unit, year and expert.
    pub vars: Vec<String>,
    /// The columns are ranks: less is better.
    pub ranks: bool,
    /// What is done about missing cells.
    pub missing: Missing,
}

impl CompareOptions {
    fn indicators(&self) -> IndicatorOptions {
        let mut options = IndicatorOptions::default().missing(self.missing);
        options.vars.clone_from(&self.vars);
        options
    }
}

/// `appraise compare`.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "appraise",
    name: "compare",
    about: "Agreement of several scores or rankings, and their consensus",
    chapter: "appraise/compare",
    revision: 2,
    inputs: &[Input { help: "Scores: unit, one column per method", ..INDICATOR_INPUTS[0] }],
    options: option_specs::<CompareOptions>,
    plan,
    run,
    findings,
    figures,
};

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: CompareOptions = parse_options(values)?;
    refuse_pairwise(&options.indicators())?;
    indicator_tables(&options.indicators(), given)
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: CompareOptions = parse_options(values)?;
    let table = inputs.need("data")?;
    let scores = read(inputs, &options.indicators())?;
    if scores.p() < 2 {
        let fault = Fault::input(format!("{} columns of scores; at least 2 are needed", scores.p())).in_table(table);
        return Err(fault.with_hint("each method is a numeric column"));
    }
    scores.check_units().map_err(|error| Fault::from(error).in_table(table))?;
    let sign = if options.ranks { -1.0 } else { 1.0 };
    let ranks: Vec<Vec<f64>> =
        scores.columns.iter().map(|x| method_ranks(&x.iter().map(|x| sign * x).collect::<Vec<f64>>())).collect();
    let names = scores.names();
    let mut outcome = Outcome::new("appraise compare", "Kendall's W; Spearman's ρ, Kendall's τ_b; Borda, Copeland");
    summary(&mut outcome, concordance(&ranks), ranks.len(), scores.n());
    outcome.add_table("pairs", pairs(&names, &ranks));
    let found = consensus(&ranks);
    let table = scores
        .labels()
        .with_numbers("mean_rank", found.mean_rank)
        .with_numbers("borda", found.borda)
        .with_numbers("copeland", found.copeland)
        .with_numbers("rank", found.rank);
    outcome.add_table("consensus", firm(&ranks).put_ranks(table));
    outcome.warn(Message::new("appraise.compare.firm").count("methods", ranks.len()));
    let constant = scores.columns.iter().filter(|column| all_tied(column)).count();
    if constant > 0 {
        outcome.warn(Message::new("appraise.compare.constant").count("count", constant));
    }
    if scores.n() <= FEW {
        outcome.warn(Message::new("appraise.compare.few").count("n", scores.n()));
    }
    if let Some(imputed) = scores.imputed_table() {
        outcome.add_table("imputed", imputed);
    }
    warn(&mut outcome, &scores.notes);
    outcome.convention("better", if options.ranks { "lower" } else { "higher" });
    outcome.provenance.options = options_record(&options);
    Ok(outcome)
}

/// The ranks of the consensus without each method in turn.
fn firm(ranks: &[Vec<f64>]) -> Ranges {
    // The smallest mean rank leads.
    let lead = |ranks: &[Vec<f64>]| mean_ranks(ranks).iter().map(|mean| -mean).collect::<Vec<f64>>();
    let mut found = Ranges::of(&lead(ranks));
    for left_out in 0..ranks.len() {
        let others: Vec<Vec<f64>> = ranks
            .iter()
            .enumerate()
            .filter(|(method, _)| *method != left_out)
            .map(|(_, ranks)| ranks.clone())
            .collect();
        found.widen(&lead(&others));
    }
    found
}

fn summary(outcome: &mut Outcome, found: Concordance, methods: usize, units: usize) {
    outcome.scalar("kendall_w", found.w).scalar("chi2", found.chi2).scalar("df", found.df);
    outcome.scalar("p_value", found.p_value).scalar("methods", methods as f64).scalar("units", units as f64);
}

fn pairs(names: &[String], ranks: &[Vec<f64>]) -> Table {
    let pairs: Vec<(usize, usize)> = (0..names.len()).flat_map(|a| (a + 1..names.len()).map(move |b| (a, b))).collect();
    let each =
        |f: &dyn Fn(&[f64], &[f64]) -> f64| pairs.iter().map(|&(a, b)| f(&ranks[a], &ranks[b])).collect::<Vec<f64>>();
    Table::empty()
        .with_text("a", words_of(pairs.iter().map(|&(a, _)| &names[a])))
        .with_text("b", words_of(pairs.iter().map(|&(_, b)| &names[b])))
        .with_numbers("spearman", each(&spearman))
        .with_numbers("kendall", each(&kendall))
        .with_numbers("top3_overlap", each(&|a, b| top_overlap(a, b) as f64))
}

fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("consensus") else { return Vec::new() };
    let (Some(mean), Some(rank)) = (table.numbers("mean_rank"), table.numbers("rank")) else { return Vec::new() };
    let methods = outcome.number("methods").unwrap_or(0.0) as usize;
    let mut said = Vec::new();
    if let (Some(w), Some(p)) = (outcome.number("kendall_w"), outcome.number("p_value")) {
        let one = Message::new("appraise.compare.finding-w").count("methods", methods).number("w", w);
        said.push(one.with("p", Arg::P(p)).count("n", table.rows()));
    }
    said.extend(least_alike(outcome));
    let mut order: Vec<usize> = (0..table.rows()).collect();
    order.sort_by(|&a, &b| rank[a].total_cmp(&rank[b]).then(a.cmp(&b)));
    let entry = |&row: &usize| {
        let said = Message::new("appraise.compare.unit").with("unit", unit(table, row)).number("mean", mean[row]);
        Arg::Message(Box::new(said))
    };
    // Where methods agree no more than chance lets them there is no consensus that could lead.
    if outcome.number("p_value").is_some_and(|p| p < LEVEL) {
        let leader = |row: &usize| {
            let rank =
                rank_of(table, *row).map_or_else(|| Arg::Text(String::new()), |rank| Arg::Message(Box::new(rank)));
            Arg::Message(Box::new(Message::new("appraise.compare.leader").with("unit", entry(row)).with("rank", rank)))
        };
        let top = Arg::List(order.iter().take(NAMED).map(leader).collect());
        said.push(Message::new("appraise.compare.finding-top").with("units", top));
        said.push(Message::new("appraise.compare.firm").count("methods", methods));
    } else {
        said.push(Message::new("appraise.compare.finding-apart"));
    }
    let place =
        |code: &String| (0..table.rows()).find(|&row| table.text("unit").and_then(|t| t.get(row)) == Some(code));
    for row in focus.regions.iter().filter_map(place).take(NAMED) {
        let one = Message::new("appraise.compare.finding-focus").with("unit", entry(&row)).count("n", table.rows());
        said.extend(rank_of(table, row).map(|rank| one.with("rank", Arg::Message(Box::new(rank)))));
    }
    said
}

/// The two methods that agree least.
fn least_alike(outcome: &Outcome) -> Option<Message> {
    let table = outcome.table("pairs")?;
    let (a, b, rho) = (table.text("a")?, table.text("b")?, table.numbers("spearman")?);
    let row = (0..table.rows()).filter(|&row| rho[row].is_finite()).min_by(|&x, &y| rho[x].total_cmp(&rho[y]))?;
    let said = Message::new("appraise.compare.finding-least").text("a", a.get(row)?).text("b", b.get(row)?);
    Some(said.number("rho", rho[row]))
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    vec![by_unit(outcome, "consensus", "borda", SHOWN)]
}
