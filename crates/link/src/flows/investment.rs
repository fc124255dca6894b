//! The Keynesian multiplier of a region, and the economic-base multiplier.

use super::super::table::FlowError;
use distretto_core::{
    Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Inputs, Message, OptionValues, Outcome, Table,
    TableSpec, option_specs, parse_options,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "investment",
    about: "Regional investment multiplier from propensities to consume and import, or from the economic base",
    chapter: "link/investment",
    revision: 1,
    inputs: &[],
    options: option_specs::<InvestmentOptions>,
    plan,
    run,
    findings,
    figures,
};

/// What imports are a share of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ImportBase {
    /// Gross income: k = 1/(1 − c(1−t) + m).
    #[default]
    Income,
    /// Disposable income: k = 1/(1 − (c − m)(1−t)).
    Disposable,
    /// Consumption: k = 1/(1 − c(1−t)(1−m)).
    Consumption,
}

/// Options of `link investment`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct InvestmentOptions {
    /// Marginal propensity to consume c, 0 to 1.
    pub mpc: Option<f64>,
    /// Tax rate t, 0 to below 1.
    pub tax: f64,
    /// Marginal propensity to import m, 0 to 1.
    pub import: f64,
    /// What imports are a share of: `income`, `disposable` or `consumption`.
    pub import_base: ImportBase,
    /// Induced investment per unit of income (accelerator), 0 or more.
    pub induced: f64,
    /// Investment J.
    pub shock: f64,
    /// Rounds of spending that are listed.
    pub rounds: Option<usize>,
    /// Employment or income of the economic base; with `--total` the economic-base multiplier is given instead.
    pub basic: Option<f64>,
    /// All employment or income.
    pub total: Option<f64>,
}

impl Default for InvestmentOptions {
    fn default() -> Self {
        Self {
            mpc: None,
            tax: 0.0,
            import: 0.0,
            import_base: ImportBase::default(),
            induced: 0.0,
            shock: 1.0,
            rounds: None,
            basic: None,
            total: None,
        }
    }
}

fn wrong(option: &'static str, message: impl Into<String>) -> FlowError {
    FlowError::Option { option, message: message.into() }
}

/// Share of a unit of income that is not spent again in the region: the denominator of the multiplier.
///
/// # Errors
/// A propensity out of its range, or a denominator that is not above 0.
///
/// # References
/// Keynes 1936; Brown 1967; Armstrong and Taylor 2000, ch. 1.
pub fn leakage(options: &InvestmentOptions) -> Result<f64, FlowError> {
    let c = options.mpc.ok_or_else(|| wrong("mpc", "the marginal propensity to consume is needed"))?;
    let (t, m, i) = (options.tax, options.import, options.induced);
    if !(0.0..=1.0).contains(&c) {
        return Err(wrong("mpc", format!("{c} is not between 0 and 1")));
    }
    if !(0.0..1.0).contains(&t) {
        return Err(wrong("tax", format!("{t} is not at least 0 and below 1")));
    }
    if !(0.0..=1.0).contains(&m) {
        return Err(wrong("import", format!("{m} is not between 0 and 1")));
    }
    if i < 0.0 || i.is_nan() {
        return Err(wrong("induced", format!("{i} is below 0")));
    }
    let leak = match options.import_base {
        ImportBase::Income => 1.0 - c * (1.0 - t) + m,
        ImportBase::Disposable => 1.0 - (c - m) * (1.0 - t),
        ImportBase::Consumption => 1.0 - c * (1.0 - t) * (1.0 - m),
    } - i;
    if leak > 0.0 {
        Ok(leak)
    } else {
        Err(wrong("mpc", format!("of a unit of income {leak} leaks away; above 0 is needed, else spending never ends")))
    }
}

/// Injection and sum of each round of spending from round 0: J(1 − leakage)^r.
#[must_use]
pub fn rounds(shock: f64, leakage: f64, count: usize) -> Vec<(f64, f64)> {
    let (mut injection, mut sum, mut rounds) = (shock, 0.0, Vec::with_capacity(count + 1));
    for _ in 0..=count {
        sum += injection;
        rounds.push((injection, sum));
        injection *= 1.0 - leakage;
    }
    rounds
}

/// Total over base.
///
/// # Errors
/// When the base is not above 0, or exceeds the total.
pub fn economic_base(basic: f64, total: f64) -> Result<f64, FlowError> {
    if basic <= 0.0 || basic.is_nan() {
        return Err(wrong("basic", format!("{basic} is not above 0")));
    }
    if total < basic || total.is_nan() {
        return Err(wrong("total", format!("{total} is below the base {basic}")));
    }
    Ok(total / basic)
}

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let _: InvestmentOptions = parse_options(values)?;
    Ok(Vec::new())
}

fn run(_inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: InvestmentOptions = parse_options(values)?;
    if options.basic.is_some() && options.mpc.is_some() {
        return Err(Fault::usage("`--basic` and `--mpc` exclude one another: the economic base has no propensity")
            .with_hint("leave one of them out"));
    }
    let base = match (options.basic, options.total) {
        (Some(basic), Some(total)) => Some(economic_base(basic, total)?),
        (None, None) => None,
        (None, _) => return Err(wrong("basic", "it is needed beside `--total`").into()),
        (_, None) => return Err(wrong("total", "it is needed beside `--basic`").into()),
    };
    let (leak, method) = match base {
        Some(multiplier) => (1.0 / multiplier, "economic-base multiplier, total over base".to_owned()),
        None => {
            let word = match options.import_base {
                ImportBase::Income => "imports a share of gross income",
                ImportBase::Disposable => "imports a share of disposable income (Armstrong and Taylor 2000)",
                ImportBase::Consumption => "imports a share of consumption (Brown 1967)",
            };
            (leakage(&options)?, format!("Keynesian regional multiplier, {word}"))
        }
    };
    let mut outcome = Outcome::new("link investment", &method);
    let kind = match base {
        Some(_) => "economic base",
        None if options.induced > 0.0 => "accelerator",
        None => "consumption",
    };
    outcome.convention("kind", kind);
    let multiplier = base.unwrap_or(1.0 / leak);
    outcome.scalar("multiplier", multiplier).scalar("leakage", leak);
    outcome.scalar("output", multiplier * options.shock).scalar("induced", multiplier * options.shock - options.shock);
    let listed = rounds(options.shock, leak, options.rounds.unwrap_or(10));
    let table = Table::empty()
        .with_numbers("round", (0..listed.len()).map(|round| round as f64).collect())
        .with_numbers("injection", listed.iter().map(|(injection, _)| *injection).collect())
        .with_numbers("cumulative", listed.iter().map(|(_, sum)| *sum).collect());
    outcome.add_table("rounds", table);
    Ok(outcome)
}

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let number = |name: &str| outcome.number(name).unwrap_or(f64::NAN);
    let is = |wanted: &str| crate::words::convention(outcome, "kind") == wanted;
    if is("economic base") {
        return vec![Message::new("link.investment.base").number("multiplier", number("multiplier"))];
    }
    let key = if is("accelerator") { "link.investment.accelerated" } else { "link.investment.multiplier" };
    let message = Message::new(key).number("multiplier", number("multiplier"));
    let message = message.number("leakage", number("leakage")).number("output", number("output"));
    vec![message.number("induced", number("induced"))]
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    let mut lines = FigureSpec::new(FigureKind::Lines).of_table("rounds").of_value("cumulative");
    lines.x = Some("round".into());
    vec![lines]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(import_base: ImportBase) -> InvestmentOptions {
        InvestmentOptions { mpc: Some(0.8), tax: 0.25, import: 0.1, import_base, ..InvestmentOptions::default() }
    }

    #[test]
    fn the_three_bases_by_hand() {
        for (base, want) in
            [(ImportBase::Income, 0.5), (ImportBase::Disposable, 0.475), (ImportBase::Consumption, 0.46)]
        {
            assert!((leakage(&options(base)).unwrap() - want).abs() < 1e-15, "{base:?}");
        }
        assert_eq!(rounds(100.0, 0.5, 2), [(100.0, 100.0), (50.0, 150.0), (25.0, 175.0)]);
        assert_eq!(economic_base(20.0, 50.0), Ok(2.5));
    }

    #[test]
    fn propensities_have_ranges() {
        let wrong = |options: InvestmentOptions| leakage(&options).unwrap_err().to_string();
        let plain = || options(ImportBase::Income);
        assert!(wrong(InvestmentOptions { mpc: Some(1.2), ..plain() }).contains("mpc"));
        assert!(wrong(InvestmentOptions { mpc: None, ..plain() }).contains("mpc"));
        assert!(wrong(InvestmentOptions { tax: 1.0, ..plain() }).contains("tax"));
        assert!(wrong(InvestmentOptions { mpc: Some(1.0), tax: 0.0, import: 0.0, ..plain() }).contains("mpc"));
        assert!(wrong(InvestmentOptions { induced: 0.5, ..plain() }).contains("mpc"));
        assert!(economic_base(0.0, 1.0).is_err());
    }
}
