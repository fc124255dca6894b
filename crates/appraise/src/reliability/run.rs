//! The row of the registration table, the result as tables, findings and figures.

use super::{Reliability, reliability};
use crate::indicators::{IndicatorOptions, Indicators, Missing, check_column, read};
use crate::outcomes::{indicator, warn, words_of};
use crate::survey::LikertScale;
use distretto_core::{
    Arg, ColumnKind, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message,
    OptionValues, Outcome, Place, Table, TableSpec, option_specs, options_record, parse_options,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options of `reliability`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct ReliabilityOptions {
    /// Items of the scale; default all numeric columns except unit, year and expert.
    pub vars: Vec<String>,
    /// Items that ask the reverse: low + high − answer stands for the answer; needs --scale.
    pub reverse: Vec<String>,
    /// Ends of the scale, 1..5.
    pub scale: Option<String>,
    /// What is done about missing cells.
    pub missing: ItemMissing,
}

/// What is done about missing cells (`--missing`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ItemMissing {
    /// A missing cell is an error.
    #[default]
    Error,
    /// Respondents with a missing cell are left out.
    Listwise,
}

/// `appraise reliability`.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "appraise",
    name: "reliability",
    about: "Reliability of a scale: alpha with its interval, lambda 2, omega, item by item",
    chapter: "appraise/survey",
    revision: 1,
    inputs: &[Input::table("data", Place::Positional, true, "Answers: optional unit, one column per item")],
    options: option_specs::<ReliabilityOptions>,
    plan,
    run,
    findings,
    figures,
};

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: ReliabilityOptions = parse_options(values)?;
    let scale = options.scale.as_deref().map(str::parse::<LikertScale>).transpose()?;
    if scale.is_none() && !options.reverse.is_empty() {
        let fault = Fault::option("--reverse needs the ends of the scale");
        return Err(fault.with_hint("say them: --scale 1..5"));
    }
    let data = TableSpec::new("data").take("unit", ColumnKind::Label).take("year", ColumnKind::Integer);
    Ok(vec![data.and_others(ColumnKind::Any)])
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: ReliabilityOptions = parse_options(values)?;
    let table = inputs.need("data")?;
    let columns: Vec<&str> = options.vars.iter().map(String::as_str).collect();
    let policy = if options.missing == ItemMissing::Listwise { Missing::Listwise } else { Missing::Error };
    let items = read(inputs, &IndicatorOptions::default().vars(&columns).missing(policy));
    let items = items.map_err(|fault| match fault.message() {
        "missing value" => fault.with_hint("--missing listwise leaves out respondents who did not answer all items"),
        _ => fault,
    })?;
    if items.p() < 2 {
        let fault = Fault::input(format!("a scale has 2 items or more; here there is {}", items.p())).in_table(table);
        return Err(fault.with_hint("name the items with --vars"));
    }
    items.check_units().map_err(|error| Fault::from(error).in_table(table))?;
    let columns = turned(&items, &options, table)?;
    let found = reliability(&columns);
    let mut outcome = outcome(&items, &found);
    outcome.provenance.options = options_record(&options);
    Ok(outcome)
}

/// Answers on the scale, the reverse ones turned.
fn turned(items: &Indicators, options: &ReliabilityOptions, table: &Table) -> Result<Vec<Vec<f64>>, Fault> {
    let scale = options.scale.as_deref().map(str::parse::<LikertScale>).transpose()?;
    for name in &options.reverse {
        check_column(table, name)?;
        if !items.names().contains(name) {
            return Err(Fault::option(format!("--reverse: the column `{name}` is not among the items")));
        }
    }
    let mut columns = items.columns.clone();
    let Some(scale) = scale else { return Ok(columns) };
    for (column, item) in columns.iter_mut().zip(&items.indicators) {
        let turn = options.reverse.contains(&item.name);
        for (row, x) in column.iter_mut().enumerate() {
            if *x < scale.low || *x > scale.high {
                return Err(scale.off(*x).at(table, items.row_in_file(row), &item.column));
            }
            if turn {
                *x = scale.low + scale.high - *x;
            }
        }
    }
    Ok(columns)
}

fn outcome(items: &Indicators, found: &Reliability) -> Outcome {
    let mut outcome = Outcome::new("appraise reliability", "reliability of a scale (Cronbach 1951, McDonald 1999)");
    outcome.scalar("n", found.n as f64).scalar("items", items.p() as f64).scalar("alpha", found.alpha);
    outcome.scalar("alpha_standardised", found.alpha_standardised);
    outcome.scalar("alpha_low", found.alpha_low).scalar("alpha_high", found.alpha_high);
    outcome.scalar("guttman_lambda2", found.guttman_lambda2).scalar("omega_total", found.omega_total);
    outcome.scalar("mean_inter_item", found.mean_inter_item);
    let each = |f: &dyn Fn(&super::ItemReliability) -> f64| found.items.iter().map(f).collect::<Vec<f64>>();
    let table = Table::empty()
        .with_text("item", words_of(items.names()))
        .with_numbers("mean", each(&|item| item.mean))
        .with_numbers("sd", each(&|item| item.sd))
        .with_numbers("item_total", each(&|item| item.item_total))
        .with_numbers("item_rest", each(&|item| item.item_rest))
        .with_numbers("alpha_if_deleted", each(&|item| item.alpha_if_deleted))
        .with_numbers("smc", each(&|item| item.smc));
    outcome.add_table("items", table);
    warn(&mut outcome, &items.notes);
    let note = |key| Message::new(key);
    let mut notes = Vec::new();
    match found.alpha {
        alpha if alpha.is_nan() => notes.push(note("appraise.reliability.no-variance")),
        alpha if alpha < 0.0 => notes.push(note("appraise.reliability.negative").with("alpha", Arg::Signed(alpha))),
        _ => {}
    }
    let constant: Vec<Arg> = (0..items.p())
        .filter(|&j| found.items[j].sd == 0.0 || crate::normalise::is_constant(&items.columns[j]))
        .map(|j| Arg::Indicator(items.indicators[j].name.clone()))
        .collect();
    if !constant.is_empty() {
        notes.push(note("appraise.reliability.constant").with("items", Arg::List(constant)));
    } else if found.items.iter().any(|item| item.smc.is_nan()) {
        notes.push(note("appraise.reliability.singular"));
    }
    if items.p() == 2 {
        notes.push(note("appraise.reliability.two"));
    }
    if !found.heywood.is_empty() {
        let names = found.heywood.iter().map(|&j| Arg::Indicator(items.indicators[j].name.clone())).collect();
        let count = found.heywood.len();
        notes.push(note("appraise.reliability.heywood").count("count", count).with("items", Arg::List(names)));
    }
    if !found.converged {
        notes.push(note("appraise.reliability.not-converged"));
    }
    warn(&mut outcome, &notes);
    outcome.convention("interval", "Feldt 1965, 95 %");
    outcome
}

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let number = |name: &str| outcome.number(name);
    let count = |name: &str| number(name).unwrap_or(0.0) as usize;
    let (Some(alpha), Some(table)) = (number("alpha"), outcome.table("items")) else { return Vec::new() };
    let one = Message::new("appraise.reliability.finding-alpha").number("alpha", alpha);
    let one = one
        .number("low", number("alpha_low").unwrap_or(f64::NAN))
        .number("high", number("alpha_high").unwrap_or(f64::NAN));
    let mut said = vec![one.count("items", count("items")).count("n", count("n"))];
    if let Some(omega) = number("omega_total") {
        let two = Message::new("appraise.reliability.finding-omega").number("omega", omega);
        said.push(two.number("lambda", number("guttman_lambda2").unwrap_or(f64::NAN)));
    }
    let (Some(names), Some(rest), Some(deleted)) =
        (table.text("item"), table.numbers("item_rest"), table.numbers("alpha_if_deleted"))
    else {
        return said;
    };
    let exist = (0..table.rows()).filter(|&row| rest[row].is_finite());
    if let Some(row) = exist.min_by(|&a, &b| rest[a].total_cmp(&rest[b])) {
        let name = indicator(names, row);
        let weak = Message::new("appraise.reliability.finding-weakest").with("item", name).number("rest", rest[row]);
        said.push(weak);
    }
    let better: Vec<Arg> = (0..table.rows())
        .filter(|&row| deleted[row] > alpha)
        .map(|row| {
            let entry = Message::new("appraise.reliability.item").text("item", names.get(row).unwrap_or_default());
            Arg::Message(Box::new(entry.number("alpha", deleted[row])))
        })
        .collect();
    said.push(match better.is_empty() {
        true => Message::new("appraise.reliability.finding-all"),
        false => Message::new("appraise.reliability.finding-better").with("items", Arg::List(better)),
    });
    said
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    vec![FigureSpec::new(FigureKind::Bars).of_table("items").by("item").of_value("item_rest")]
}
