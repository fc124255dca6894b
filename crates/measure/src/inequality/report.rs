//! The command `measure inequality`: columns in, outcome, findings and figures out.

use super::{InequalityError, InequalityOptions, InequalityResult, Sample, inequality, lorenz};
use distretto_core::{
    Arg, ColumnKind, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message,
    OptionValues, Outcome, Place, Table, TableSpec, Text, option_specs, parse_options,
};

/// Rows up to which the points of the Lorenz curve are listed; a longer table would be no one's reading.
const LISTED_ROWS: usize = 5_000;

pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "measure",
    name: "inequality",
    about: "Inequality of a value between regions: Theil, Gini, Atkinson, Hoover, and its split into groups",
    chapter: "measure/inequality",
    revision: 1,
    inputs: &[Input::table(
        "table",
        Place::Positional,
        true,
        "Table with one row a region (or any unit) and a column of values",
    )],
    options: option_specs::<InequalityOptions>,
    plan,
    run,
    findings,
    figures,
};

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: InequalityOptions = parse_options(values)?;
    let value = value_column(&options)?;
    let mut spec = TableSpec::new("table").need(value, ColumnKind::Number);
    for (flag, column, kind) in
        [("weight", &options.weight, ColumnKind::Number), ("group", &options.group, ColumnKind::Label)]
    {
        let Some(column) = column else { continue };
        if spec.columns.iter().any(|other| &other.name == column) {
            return Err(Fault::option(format!("column `{column}` is asked for twice")).in_column(flag));
        }
        spec = spec.need(column, kind);
    }
    if !spec.columns.iter().any(|column| column.name == "region") {
        spec = spec.take("region", ColumnKind::Word);
    }
    Ok(vec![spec])
}

fn value_column(options: &InequalityOptions) -> Result<&str, Fault> {
    options.value.as_deref().ok_or_else(|| {
        Fault::option("the option `value` is needed").with_hint("name the column of the values with `--value`")
    })
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: InequalityOptions = parse_options(values)?;
    let table = inputs.need("table")?;
    let value = value_column(&options)?;
    let sample = Sample {
        values: numbers(table, value)?,
        weights: options.weight.as_deref().map(|column| numbers(table, column)).transpose()?,
        groups: options.group.as_deref().map(|column| labels(table, column)).transpose()?,
    };
    let result = inequality(sample, &options, context).map_err(|error| place(error, table, &options))?;
    Ok(outcome(&result, table.text("region"), &options))
}

fn numbers<'a>(table: &'a Table, column: &str) -> Result<&'a [f64], Fault> {
    let hint = "it must be a column of numbers";
    table
        .numbers(column)
        .ok_or_else(|| Fault::input(format!("no numbers in column `{column}`; {hint}")).in_table(table))
}

fn labels<'a>(table: &'a Table, column: &str) -> Result<&'a Text, Fault> {
    table.text(column).ok_or_else(|| Fault::input(format!("no labels in column `{column}`")).in_table(table))
}

/// The fault with the line and column of the datum.
fn place(error: InequalityError, table: &Table, options: &InequalityOptions) -> Fault {
    let at = match &error {
        InequalityError::Value { row, value } => Some((*row, &options.value, value.to_string())),
        InequalityError::Weight { row, weight } => Some((*row, &options.weight, weight.to_string())),
        InequalityError::Group { row } => Some((*row, &options.group, String::new())),
        _ => None,
    };
    let fault = Fault::from(error);
    match at {
        Some((row, column, value)) => fault.with_value(value).at(table, row, column.as_deref().unwrap_or_default()),
        None => fault,
    }
}

fn outcome(result: &InequalityResult, regions: Option<&Text>, options: &InequalityOptions) -> Outcome {
    let method =
        "indices of relative inequality with Theil's decomposition (Theil 1967, Shorrocks 1980, Atkinson 1970)";
    let mut outcome = Outcome::new("measure inequality", method);
    outcome.scalar("rows", result.rows.len() as f64).scalar("mean", result.mean);
    for (name, number) in [
        ("theil", result.theil),
        ("mld", result.mld),
        ("gini", result.gini),
        ("gini_norm", result.gini_norm),
        ("hoover", result.hoover),
        ("cv", result.cv),
        ("atkinson", result.atkinson),
    ] {
        outcome.scalar(name, number);
    }
    if let Some(parts) = &result.decomposition {
        outcome.scalar("theil_between", parts.between).scalar("theil_within", parts.within);
        if options.nsim > 0 {
            outcome.scalar("theil_between_p", parts.p_value);
        }
        let column = |pick: fn(&super::Group) -> f64| parts.groups.iter().map(pick).collect();
        let table = Table::empty()
            .with_text("group", parts.groups.iter().map(|group| Some(&group.label)).collect())
            .with_numbers("weight", column(|group| group.weight))
            .with_numbers("mean", column(|group| group.mean))
            .with_numbers("theil", column(|group| group.theil))
            .with_numbers("share", column(|group| group.share));
        outcome.add_table("groups", table);
    }
    if result.rows.len() <= LISTED_ROWS {
        outcome.add_table("lorenz", lorenz_table(result, regions));
    }
    outcome
        .convention("mean", if options.weight.is_some() { "weighted" } else { "unweighted" })
        .convention("theil_log_base", "e")
        .convention("cv_divisor", "n")
        .convention("atkinson_epsilon", options.epsilon);
    warn(&mut outcome, result, options);
    outcome
}

fn lorenz_table(result: &InequalityResult, regions: Option<&Text>) -> Table {
    let (order, weights, values) = lorenz(result);
    let rows: Vec<usize> = order.iter().map(|&k| result.rows[k]).collect();
    let names = match regions {
        Some(text) => text.take(&rows),
        None => rows.iter().map(|row| Some((row + 1).to_string())).collect(),
    };
    Table::empty()
        .with_text("region", names)
        .with_numbers("benchmark", order.iter().map(|&k| result.p[k]).collect())
        .with_numbers("share", order.iter().map(|&k| result.p[k] * result.rho[k]).collect())
        .with_numbers("benchmark_cumulated", weights)
        .with_numbers("share_cumulated", values)
}

fn warn(outcome: &mut Outcome, result: &InequalityResult, options: &InequalityOptions) {
    if result.left_out > 0 {
        outcome.warn(Message::new("measure.inequality.left-out").count("count", result.left_out));
    }
    if result.mld.is_nan() {
        let zeros = result.rho.iter().filter(|&&rho| rho == 0.0).count();
        outcome.warn(Message::new("measure.inequality.no-mld").count("count", zeros));
    }
    if options.weight.is_some() {
        outcome.warn(Message::new("measure.inequality.no-gini-norm-weighted"));
    } else if result.gini_norm.is_nan() {
        outcome.warn(Message::new("measure.inequality.no-gini-norm-single"));
    }
    let groups = result.decomposition.iter().flat_map(|parts| &parts.groups);
    let empty: Vec<Arg> = groups.filter(|g| g.theil.is_nan()).map(|g| Arg::Text(g.label.clone())).collect();
    if !empty.is_empty() {
        outcome.warn(Message::new("measure.inequality.zero-groups").with("groups", Arg::List(empty)));
    }
}

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let mut findings = Vec::new();
    let number = |name: &str| outcome.number(name);
    if let (Some(rows), Some(gini), Some(hoover)) = (number("rows"), number("gini"), number("hoover")) {
        let first = Message::new("measure.inequality.finding-gini").count("rows", rows as usize);
        findings.push(first.number("gini", gini).with("hoover", Arg::Share(hoover)));
    }
    if let (Some(theil), Some(cv)) = (number("theil"), number("cv")) {
        findings.push(Message::new("measure.inequality.finding-theil").number("theil", theil).number("cv", cv));
    }
    if let (Some(between), Some(theil)) = (number("theil_between"), number("theil").filter(|&theil| theil > 0.0)) {
        let share = Arg::Share(between / theil);
        findings.push(match number("theil_between_p") {
            Some(p) => {
                Message::new("measure.inequality.finding-between-tested").with("share", share).with("p", Arg::P(p))
            }
            None => Message::new("measure.inequality.finding-between").with("share", share),
        });
    }
    findings.extend(extremes(outcome));
    findings
}

/// The groups with the highest and the lowest mean.
fn extremes(outcome: &Outcome) -> Option<Message> {
    let table = outcome.table("groups")?;
    let (groups, means) = (table.text("group")?, table.numbers("mean")?);
    let rows = || (0..means.len()).filter(|&row| means[row].is_finite());
    let high = rows().max_by(|&a, &b| means[a].total_cmp(&means[b]).then(b.cmp(&a)))?;
    let low = rows().min_by(|&a, &b| means[a].total_cmp(&means[b]).then(a.cmp(&b)))?;
    if means[low] == means[high] {
        return None;
    }
    let label = |row: usize| groups.get(row).unwrap_or_default().to_owned();
    let finding = Message::new("measure.inequality.finding-groups").text("high", label(high)).text("low", label(low));
    Some(finding.number("high_mean", means[high]).number("low_mean", means[low]))
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let mut figures = Vec::new();
    if outcome.table("lorenz").is_some() {
        let curve = FigureSpec::new(FigureKind::Lorenz).of_table("lorenz").of_value("share").by("region");
        figures.push(FigureSpec { weight: Some("benchmark".to_owned()), ..curve });
    }
    if outcome.table("groups").is_some_and(|table| table.rows() > 1) {
        figures.push(FigureSpec::new(FigureKind::Bars).of_table("groups").of_value("mean").by("group"));
    }
    figures
}
