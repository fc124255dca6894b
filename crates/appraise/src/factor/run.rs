//! The row of the registration table, and the result as tables.

use super::options::{Extract, FactorOptions, Rotate, ScoreMethod};
use super::{FactorError, Factors, Observed, draws_for, factor, moments, words};
use crate::idle::refuse_idle;
use crate::indicators::{INDICATOR_INPUTS, Indicators, indicator_tables, read};
use crate::outcomes::{warn, words_of};
use distretto_core::{
    ColumnKind, Context, Estimand, Fault, FaultKind, Given, Inputs, Message, OptionValues, Outcome, Table, TableSpec,
    option_specs, options_record, parse_options,
};
use distretto_numerics::Matrix;

/// `appraise factor`.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "appraise",
    name: "factor",
    about: "Factor analysis of indicators: adequacy, extraction, rotation, scores, composite",
    chapter: "appraise/factor",
    revision: 2,
    inputs: &INDICATOR_INPUTS,
    options: option_specs::<FactorOptions>,
    plan,
    run,
    findings: words::findings,
    figures: words::figures,
};

/// Factors are found from the data: weights are none of the options.
pub(crate) fn refuse_weights(weights: &[String], what: &str) -> Result<(), Fault> {
    match weights.is_empty() {
        true => Ok(()),
        false => Err(Fault::usage(format!("{what} finds the weights itself")).with_hint("leave --weights out")),
    }
}

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: FactorOptions = parse_options(values)?;
    options.validate()?;
    refuse_weights(&options.indicators.weights, "factor")?;
    let plan = options.plan()?;
    let units = "a table of units, not --correlation";
    refuse_idle(
        values,
        &[
            ("promax_power", plan.rotate == Rotate::Promax, "--rotate promax"),
            ("promax_variant", plan.rotate == Rotate::Promax, "--rotate promax"),
            ("oblimin_gamma", plan.rotate == Rotate::Oblimin, "--rotate oblimin"),
            ("kaiser", plan.rotate != Rotate::None, "a rotation"),
            ("bootstrap", !options.correlation && plan.scores != ScoreMethod::None, "scores of a table of units"),
            ("cor", !options.correlation, units),
            ("missing", !options.correlation, units),
            ("pool", !options.correlation, units),
        ],
    )?;
    if !options.correlation {
        if options.n_obs.is_some() {
            return Err(Fault::usage("--n-obs goes with --correlation").with_hint("a table of units is counted"));
        }
        return indicator_tables(&options.indicators, given);
    }
    if given.iter().any(|name| name == "spec" || name == "tree") {
        let fault = Fault::usage("--correlation cannot be used together with --spec or --tree");
        return Err(fault.with_hint("choose variables with --vars and turn them with --cost"));
    }
    match options.n_obs {
        None => Err(Fault::usage("--correlation needs --n-obs").with_hint("the number of units behind the matrix")),
        Some(n) if n < 2 => {
            Err(Fault::option("--n-obs is out of range; it must be 2 or more").with_value(n.to_string()))
        }
        Some(_) => Ok(vec![TableSpec::new("data").matrix("label", &[]).and_others(ColumnKind::Number)]),
    }
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: FactorOptions = parse_options(values)?;
    let table = inputs.need("data")?;
    if options.correlation {
        let observed = matrix(table, &options)?;
        let found = factor(&observed, &options, context).map_err(|error| error.fault(table, None))?;
        return Ok(outcome(&observed, None, &found, &options, table));
    }
    let indicators = read(inputs, &options.indicators)?;
    let fail = |error: FactorError| error.fault(table, Some(&indicators));
    if let Ok(k) = options.factors.trim().parse::<usize>()
        && k > indicators.p()
        && indicators.check_units().is_ok()
    {
        return Err(fail(FactorError::Range { factors: k, p: indicators.p() }));
    }
    let observed = Observed::of_indicators(&indicators, options.cor, options.smooth).map_err(fail)?;
    // Only components are extracted without an iteration: what takes time is done when it is asked for.
    let quick = options.plan().is_ok_and(|plan| plan.extract == Extract::Pca);
    let draws = if quick { draws_for(options.bootstrap, observed.n, observed.p()) } else { options.bootstrap };
    let options = FactorOptions { bootstrap: draws, ..options };
    let found = factor(&observed, &options, context).map_err(fail)?;
    Ok(outcome(&observed, Some(&indicators), &found, &options, table))
}

impl FactorError {
    /// The fault in its place of the file.
    pub(crate) fn fault(self, table: &Table, indicators: Option<&Indicators>) -> Fault {
        let told = Fault::input(self.to_string()).in_table(table);
        match self {
            Self::Indicators { error, group } => match indicators {
                Some(indicators) => indicators.place(&error, &indicators.groups[group], table),
                None => Fault::from(error).in_table(table),
            },
            Self::Option(fault) => fault,
            Self::Interrupted => Fault::new(FaultKind::Interrupted, "stopped"),
            Self::Range { .. } => {
                Fault::option(self.to_string()).with_hint("ask for at most as many as there are indicators")
            }
            Self::Symmetric { .. } => {
                told.with_hint("a correlation matrix has 1 on its diagonal and the same number on both sides of it")
            }
            Self::Indefinite { .. } => {
                told.with_hint("--smooth repairs the matrix, --missing listwise avoids pairs of different rows")
            }
            Self::Singular { .. } => {
                told.with_hint("leave out indicators that others determine, add units, or use --extract pca")
            }
            Self::Degrees { .. } => told.with_hint("ask for fewer factors, or use --extract minres"),
            Self::Pair { .. } => told.with_hint("leave one of the two out, or use another --missing"),
        }
    }
}

/// A correlation matrix from its table: rows may stand in another order than columns.
fn matrix(table: &Table, options: &FactorOptions) -> Result<Observed, Fault> {
    let rows: Vec<&str> = table.text("label").into_iter().flat_map(|text| text.iter().flatten()).collect();
    let columns: Vec<&str> =
        table.fields().iter().map(|field| field.name.as_str()).filter(|name| *name != "label").collect();
    let place = |message: String| Fault::input(message).in_table(table);
    if rows.len() != columns.len() || rows.is_empty() {
        return Err(place(format!("the matrix is not square: {} rows and {} columns", rows.len(), columns.len())));
    }
    if let Some(label) = columns.iter().find(|name| rows.iter().filter(|row| row == name).count() != 1) {
        return Err(place(format!("the label {label} names a column, but not one row"))
            .with_hint("rows and columns name the same variables, each once"));
    }
    let names: Vec<&str> = match options.indicators.vars.is_empty() {
        true => columns.clone(),
        false => options.indicators.vars.iter().map(String::as_str).collect(),
    };
    let asked = names.iter().copied().chain(options.indicators.cost.iter().map(String::as_str));
    for (k, name) in asked.enumerate() {
        if !columns.contains(&name) || (k >= names.len() && !names.contains(&name)) {
            return Err(place(format!("there is no column `{name}`"))
                .with_hint(format!("the columns are {}", columns.join(", "))));
        }
        if k < names.len() && names[..k].contains(&name) {
            return Err(Fault::option("duplicate: the column is named twice among the indicators").with_value(name));
        }
    }
    let p = names.len();
    let mut r = Matrix::zeros(p, p);
    let sign = |name: &str| if options.indicators.cost.iter().any(|cost| cost == name) { -1.0 } else { 1.0 };
    for (i, row) in names.iter().enumerate() {
        let at = rows.iter().position(|label| label == row).unwrap_or(0);
        for (j, column) in names.iter().enumerate() {
            let cell = table.numbers(column).map_or(f64::NAN, |cells| cells[at]);
            if cell.is_nan() {
                return Err(Fault::input("missing value; a correlation matrix is complete").at(table, at, column));
            }
            r[(i, j)] = if i == j { cell } else { sign(row) * sign(column) * cell };
        }
    }
    let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    if let Ok(k) = options.factors.trim().parse::<usize>()
        && k > p
    {
        return Err(FactorError::Range { factors: k, p }.fault(table, None));
    }
    let n = usize::try_from(options.n_obs.unwrap_or(0)).unwrap_or(usize::MAX);
    Observed::of_correlation(names, r, n, options.smooth).map_err(|error| error.fault(table, None))
}

fn outcome(
    observed: &Observed,
    indicators: Option<&Indicators>,
    found: &Factors,
    options: &FactorOptions,
    table: &Table,
) -> Outcome {
    let mut outcome = Outcome::new("appraise factor", "factor analysis (Kaiser 1958, Harman 1976)");
    let (adequacy, extraction) = (&found.adequacy, &found.extraction);
    let p = observed.p() as f64;
    outcome.scalar("n", observed.n as f64).scalar("p", p).scalar("factors", found.k() as f64);
    outcome.scalar("kmo", adequacy.kmo).scalar("bartlett_chi2", adequacy.chi2);
    outcome.scalar("bartlett_df", adequacy.df).scalar("bartlett_p", adequacy.p_value);
    outcome.scalar("determinant", adequacy.determinant);
    outcome.scalar("variance_explained", extraction.communality.iter().sum::<f64>() / p);
    outcome.scalar("heywood", extraction.heywood.len() as f64);
    outcome.flag("converged", extraction.converged && found.rotation.converged);
    outcome.scalar("chi2", extraction.chi2).scalar("dof", extraction.dof).scalar("p_value", extraction.p_value);
    outcome.scalar("rmsr", found.rmsr).word("convention", &found.convention);
    // The first table is the one that is printed when none is named.
    outcome.add_table("loadings", of_factors(&observed.names, &found.rotation.loadings));
    if let Some(indicators) = indicators {
        outcome.add_table("descriptives", descriptives(indicators, table));
    }
    matrices(&mut outcome, observed, found);
    outcome.add_table("variance", variance(found, observed.p()));
    if let Some(parallel) = &found.parallel {
        let table = Table::empty()
            .with_numbers("component", numbered(observed.p()))
            .with_numbers("eigenvalue", found.eigenvalues.clone())
            .with_numbers("reference_mean", parallel.mean.clone())
            .with_numbers("reference_p95", parallel.p95.clone());
        outcome.add_table(
            "parallel",
            table.with_flags("retain", parallel.retain.iter().map(|&keep| Some(keep)).collect()),
        );
    }
    factors(&mut outcome, observed, found, options);
    if let Some(indicators) = indicators {
        units(&mut outcome, indicators, found);
    }
    outcome.convention("convention", found.convention.as_str());
    outcome.provenance.options = options_record(options);
    warn(&mut outcome, indicators.map_or(&[], |indicators| &indicators.notes));
    warn(&mut outcome, &found.notes);
    if found.draws.is_none() && found.scores.is_some() {
        outcome.warn(Message::new("appraise.factor.finding-unasked"));
    }
    outcome
}

fn numbered(p: usize) -> Vec<f64> {
    (1..=p).map(|k| k as f64).collect()
}

fn factor_name(k: usize) -> String {
    format!("factor_{}", k + 1)
}

/// `variable` and one column for each factor.
fn of_factors(names: &[String], cells: &Matrix) -> Table {
    let table = Table::empty().with_text("variable", words_of(names));
    (0..cells.columns()).fold(table, |table, k| table.with_numbers(&factor_name(k), cells.column(k).to_vec()))
}

/// `variable` and one column for each variable; a variable of that very name is set apart.
fn of_variables(names: &[String], cells: &Matrix) -> Table {
    let table = Table::empty().with_text("variable", words_of(names));
    let name = |k: usize| if names[k] == "variable" { "variable_".to_owned() } else { names[k].clone() };
    (0..cells.columns()).fold(table, |table, k| table.with_numbers(&name(k), cells.column(k).to_vec()))
}

/// Values as they stand in the file, after transforms and policies.
fn descriptives(indicators: &Indicators, table: &Table) -> Table {
    let lacking = |column: &str| table.numbers(column).map_or(0, |cells| cells.iter().filter(|x| x.is_nan()).count());
    let each = |f: &dyn Fn(usize) -> f64| (0..indicators.p()).map(f).collect::<Vec<f64>>();
    Table::empty()
        .with_text("variable", words_of(indicators.names()))
        .with_numbers("n", each(&|j| indicators.columns[j].iter().filter(|x| !x.is_nan()).count() as f64))
        .with_numbers("mean", each(&|j| moments(&indicators.columns[j]).0))
        .with_numbers("sd", each(&|j| moments(&indicators.columns[j]).1))
        .with_numbers("missing", each(&|j| lacking(&indicators.indicators[j].column) as f64))
}

fn matrices(outcome: &mut Outcome, observed: &Observed, found: &Factors) {
    let names = &observed.names;
    let reproduced = found.reproduced();
    let residuals = Matrix::from_fn(observed.p(), observed.p(), |i, j| observed.r[(i, j)] - reproduced[(i, j)]);
    outcome.add_table("correlation", of_variables(names, &observed.r));
    let adequacy = Table::empty()
        .with_text("variable", words_of(names))
        .with_numbers("msa", found.adequacy.msa.clone())
        .with_numbers("smc", found.adequacy.smc.clone());
    outcome.add_table("sampling_adequacy", adequacy);
    outcome.add_table("anti_image", of_variables(names, &found.adequacy.anti_image));
    let communalities = Table::empty()
        .with_text("variable", words_of(names))
        .with_numbers("initial", found.initial.clone())
        .with_numbers("extraction", found.extraction.communality.clone());
    outcome.add_table("communalities", communalities);
    outcome.add_table("reproduced", of_variables(names, &reproduced));
    outcome.add_table("residuals", of_variables(names, &residuals));
}

/// Variance by component, before extraction, after it, and after rotation.
fn variance(found: &Factors, p: usize) -> Table {
    let mut table = Table::empty().with_numbers("component", numbered(p));
    let stages = [
        ("initial", &found.eigenvalues),
        ("extraction", &found.unrotated_variance),
        ("rotation", &found.rotated_variance),
    ];
    for (stage, totals) in stages {
        let mut sum = 0.0;
        let mut columns = [Vec::new(), Vec::new(), Vec::new()];
        for k in 0..p {
            let total = totals.get(k).copied().unwrap_or(f64::NAN);
            sum += total / p as f64;
            columns.iter_mut().zip([total, total / p as f64, sum]).for_each(|(column, value)| column.push(value));
        }
        for (name, column) in ["total", "share", "cumulative"].into_iter().zip(columns) {
            table = table.with_numbers(&format!("{stage}_{name}"), column);
        }
    }
    table
}

fn factors(outcome: &mut Outcome, observed: &Observed, found: &Factors, options: &FactorOptions) {
    let names: Vec<String> = (0..found.k()).map(factor_name).collect();
    let square = |cells: &Matrix| {
        let table = Table::empty().with_text("factor", words_of(&names));
        (0..cells.columns()).fold(table, |table, k| table.with_numbers(&names[k], cells.column(k).to_vec()))
    };
    outcome.add_table("unrotated", of_factors(&observed.names, &found.extraction.loadings));
    outcome.add_table("structure", of_factors(&observed.names, &found.structure()));
    outcome.add_table("factor_correlation", square(&found.rotation.phi));
    outcome.add_table("rotation_matrix", square(&found.rotation.matrix));
    if options.scores != Some(ScoreMethod::None) {
        let none = Matrix::from_fn(observed.p(), found.k(), |_, _| f64::NAN);
        let cells = found.coefficients.as_ref().unwrap_or(&none);
        outcome.add_table("score_coefficients", of_factors(&observed.names, cells));
    }
    let weights = Table::empty().with_text("factor", words_of(&names));
    outcome.add_table("composite_weights", weights.with_numbers("weight", found.composite_weights.clone()));
}

fn units(outcome: &mut Outcome, indicators: &Indicators, found: &Factors) {
    if let Some(scores) = &found.scores {
        let columns = scores.iter().enumerate();
        let table =
            columns.fold(indicators.labels(), |table, (k, score)| table.with_numbers(&factor_name(k), score.clone()));
        let table = table.with_numbers("composite", found.composite.clone());
        let table = table.with_numbers("rank", found.rank.clone());
        outcome.add_table("scores", found.draws.iter().fold(table, |table, draws| draws.beside(table)));
    }
    if let Some(draws) = &found.draws {
        outcome.add_table("rank_summary", draws.table(indicators.labels()));
        outcome.scalar("resamples", draws.draws as f64);
    }
    if let Some(imputed) = indicators.imputed_table() {
        outcome.add_table("imputed", imputed);
    }
}

/// Whether the extraction has a common factor model.
pub(super) fn is_common(extract: Extract) -> bool {
    extract != Extract::Pca
}
