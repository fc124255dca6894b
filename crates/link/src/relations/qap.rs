//! QAP: the correlation of two relations between the same actors, against random permutations of the actors.

use super::RelationError;
use super::draws::{Drawn, against};
use super::matrices::{Pairs, Relation, read, relation_columns, warnings};
use super::permute::{Moving, Sums};
use distretto_core::{
    Arg, Context, Estimand, Fault, FigureSpec, Focus, Given, Input, Inputs, Message, OptionValues, Outcome, Place,
    TableSpec, option_specs, parse_options,
};
use distretto_numerics::Key;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "qap",
    about: "Correlation of two relations between the same actors, tested by permuting the actors",
    chapter: "link/relations",
    revision: 1,
    inputs: &[
        Input::table("a", Place::Positional, true, "Square matrix of relations, whose actors are permuted"),
        Input::table("b", Place::Positional, true, "Square matrix of relations between the same actors"),
    ],
    options: option_specs::<QapOptions>,
    plan,
    run,
    findings,
    figures,
};

/// Purpose of the random draws; renaming it changes the p-values that users get.
const PURPOSE: &str = "qap/permutation";

/// Options of [`qap`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct QapOptions {
    /// Ties have a direction: all pairs i ≠ j count, else the pairs i < j of symmetric matrices.
    pub directed: bool,
    /// Random permutations, at least 1.
    pub permutations: usize,
}

impl Default for QapOptions {
    fn default() -> Self {
        Self { directed: false, permutations: 1000 }
    }
}

impl QapOptions {
    /// Checks the number of permutations.
    ///
    /// # Errors
    /// When it is 0.
    pub fn validate(&self) -> Result<(), RelationError> {
        check_permutations(self.permutations)
    }
}

/// At least one permutation.
pub(super) fn check_permutations(permutations: usize) -> Result<(), RelationError> {
    if permutations > 0 {
        return Ok(());
    }
    Err(RelationError::Option { option: "permutations", message: "0 is too few, at least 1 is needed".to_owned() })
}

/// The correlation and what permutations tell of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QapResult {
    /// Pearson's correlation over the pairs; NaN where a matrix is constant.
    pub correlation: f64,
    /// The draws.
    pub drawn: Drawn,
    /// Permutations without a correlation: what they left of a matrix with missing cells was constant.
    pub without: usize,
}

/// Pearson's correlation of two relations over the pairs of actors, rows and columns of the first permuted together.
///
/// # Formula
/// r = Σ (a_ij − ā)(b_ij − b̄) / √(Σ (a_ij − ā)² Σ (b_ij − b̄)²) over i < j (i ≠ j when directed); draw k puts
/// a_π(i)π(j) in the place of a_ij. A pair that is missing on either side is out, in each draw anew.
///
/// # Errors
/// When the options are wrong or the user stops.
///
/// # Complexity
/// O(n²) for each draw.
///
/// # References
/// Hubert 1987, Assignment methods in combinatorial data analysis; Krackhardt 1988, Social Networks 10, 359–381,
/// doi:10.1016/0378-8733(88)90004-4.
pub fn qap(
    a: &[f64],
    b: &[f64],
    pairs: &Pairs,
    options: &QapOptions,
    context: &Context<'_>,
) -> Result<QapResult, RelationError> {
    options.validate()?;
    let nothing = QapResult { correlation: f64::NAN, drawn: against(f64::NAN, &[], 1.0), without: 0 };
    let (Some(a), Some(b)) = (centred(a), centred(b)) else { return Ok(nothing) };
    let unit = |values: &[f64]| -> Vec<f64> {
        let length = values.iter().map(|value| value * value).sum::<f64>().sqrt();
        values.iter().map(|value| value / length).collect()
    };
    let mut fixed = vec![unit(&b)];
    if !pairs.is_whole() {
        fixed.push(vec![1.0; pairs.count]);
    }
    let moving = Moving::new(pairs, &unit(&a), &fixed);
    let correlation = correlation(&moving.observed());
    context.progress.begin("permutations", options.permutations as u64);
    let key = Key::new(context.seed, PURPOSE);
    let draws = moving.draws(options.permutations, key, 0, context, self::correlation)?;
    let without = draws.iter().filter(|draw| draw.is_nan()).count();
    Ok(QapResult { correlation, drawn: against(correlation, &draws, 1.0), without })
}

/// Values less their mean; nothing where they are constant to 1e-12 of their size, or there are none.
pub(super) fn centred(values: &[f64]) -> Option<Vec<f64>> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let centred: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let largest = |values: &[f64]| values.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
    (largest(&centred) > 1e-12 * largest(values)).then_some(centred)
}

/// The correlation over the pairs of a draw; the moved matrix and the first fixed one are centred over all pairs.
fn correlation(sums: &Sums) -> f64 {
    let Some(gram) = &sums.gram else { return sums.cross[0].clamp(-1.0, 1.0) };
    let (n, of_a, of_b) = (sums.count, sums.cross[1], gram[(0, 1)]);
    let (a, b) = (sums.square - of_a * of_a / n, gram[(0, 0)] - of_b * of_b / n);
    // Both matrices have length 1 over all pairs: what is left below that is rounding.
    if a.min(b) <= 1e-14 || n < 2.0 {
        return f64::NAN;
    }
    ((sums.cross[0] - of_a * of_b / n) / (a * b).sqrt()).clamp(-1.0, 1.0)
}

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: QapOptions = parse_options(values)?;
    options.validate()?;
    Ok(vec![relation_columns("a"), relation_columns("b")])
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: QapOptions = parse_options(values)?;
    let relations: Vec<Relation> = read(&[inputs.need("a")?, inputs.need("b")?], options.directed)?;
    let pairs = Pairs::of(&relations, options.directed);
    let result = qap(&pairs.values(&relations[0]), &pairs.values(&relations[1]), &pairs, &options, context)?;
    Ok(package(&relations, &pairs, &result, &options))
}

fn package(relations: &[Relation], pairs: &Pairs, result: &QapResult, options: &QapOptions) -> Outcome {
    let over = if options.directed { "i ≠ j" } else { "i < j" };
    let method =
        format!("Pearson correlation over pairs {over}, rows and columns of the first matrix permuted together");
    let mut outcome = Outcome::new("link qap", &method);
    outcome.convention("p_values", "(1 + draws as extreme)/(1 + draws)");
    outcome.warnings = warnings(relations, pairs);
    if result.correlation.is_nan() {
        let constant = |relation: &&Relation| centred(&pairs.values(relation)).is_none();
        let names = relations.iter().filter(constant).map(|relation| Arg::Text(relation.name.clone()));
        outcome.warn(Message::new("link.qap.constant").with("matrices", Arg::List(names.collect())));
    }
    if result.without > 0 {
        outcome.warn(Message::new("link.qap.draws-without").count("count", result.without));
    }
    let drawn = result.drawn;
    outcome
        .scalar("correlation", result.correlation)
        .scalar("p_greater", drawn.p_greater)
        .scalar("p_less", drawn.p_less)
        .scalar("p_two_sided", drawn.p_two_sided)
        .scalar("mean", drawn.mean)
        .scalar("sd", drawn.sd)
        .scalar("actors", pairs.n as f64)
        .scalar("pairs", pairs.count as f64)
        .scalar("permutations", options.permutations as f64);
    outcome
}

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let number = |name: &str| outcome.number(name).unwrap_or(f64::NAN);
    let count = |name: &str| outcome.number(name).unwrap_or_default() as usize;
    let Some(correlation) = outcome.number("correlation") else { return Vec::new() };
    let message = Message::new("link.qap.correlation").number("correlation", correlation);
    let message = message.count("actors", count("actors")).count("pairs", count("pairs"));
    let (key, p) = if correlation >= number("mean") {
        ("link.qap.high", number("p_greater"))
    } else {
        ("link.qap.low", number("p_less"))
    };
    let test = Message::new(key).count("permutations", count("permutations")).with("p", Arg::P(p));
    let test = test.number("mean", number("mean")).number("sd", number("sd"));
    vec![message, test.with("two", Arg::P(number("p_two_sided")))]
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::super::matrices::fixtures::relation;
    use super::*;
    use proptest::prelude::*;

    fn run_on(a: &[f64], b: &[f64], directed: bool, permutations: usize, seed: u64) -> QapResult {
        let relations = [relation("a", a), relation("b", b)];
        let pairs = Pairs::of(&relations, directed);
        let options = QapOptions { directed, permutations };
        let (a, b) = (pairs.values(&relations[0]), pairs.values(&relations[1]));
        qap(&a, &b, &pairs, &options, &Context::with_seed(seed)).unwrap()
    }

    /// Three actors, cells row by row: a = 1 2 3 / b = 2 4 9 on the pairs, so r = 7/√(2·26) from deviations
    /// (−1, 0, 1) and (−3, −1, 4).
    #[test]
    fn a_correlation_by_hand() {
        let a = [0.0, 1.0, 2.0, 1.0, 0.0, 3.0, 2.0, 3.0, 0.0];
        let b = [0.0, 2.0, 4.0, 2.0, 0.0, 9.0, 4.0, 9.0, 0.0];
        let result = run_on(&a, &b, false, 200, 1);
        assert!((result.correlation - 7.0 / 52.0_f64.sqrt()).abs() < 1e-15);
        // Six permutations of three values: the best one is the observed one, so about one draw in six ties with it.
        assert!((result.drawn.p_greater - 1.0 / 6.0).abs() < 0.08, "{result:?}");
        assert_eq!(result.drawn.p_less, 1.0);
    }

    #[test]
    fn a_constant_matrix_has_no_correlation() {
        let result = run_on(&[0.0; 16], &(0..16).map(f64::from).collect::<Vec<_>>(), true, 10, 1);
        assert!(result.correlation.is_nan() && result.drawn.sd.is_nan() && result.drawn.p_greater.is_nan());
    }

    /// Missing pairs: each draw is compared with the correlation of the pairs that it has.
    #[test]
    fn missing_pairs_are_left_out_of_every_draw() {
        let mut a: Vec<f64> = (0..36).map(|cell| f64::from(cell * cell % 23)).collect();
        let b: Vec<f64> = (0..36).map(|cell| f64::from(cell * 7 % 19)).collect();
        a[8] = f64::NAN;
        a[15] = f64::NAN;
        let relations = [relation("a", &a), relation("b", &b)];
        let pairs = Pairs::of(&relations, true);
        let (x, y) = (pairs.values(&relations[0]), pairs.values(&relations[1]));
        assert_eq!(x.len(), 28);
        let result = run_on(&a, &b, true, 50, 3);
        let (x, y) = (centred(&x).unwrap(), centred(&y).unwrap());
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        assert!((result.correlation - dot(&x, &y) / (dot(&x, &x) * dot(&y, &y)).sqrt()).abs() < 1e-14);
        assert_eq!(result.without, 0);
    }

    proptest! {
        #[test]
        fn the_order_of_the_actors_and_the_unit_do_not_matter(
            cells in proptest::collection::vec(-5.0..5.0f64, 49),
            others in proptest::collection::vec(0.0..3.0f64, 49),
            turn in 1usize..7,
        ) {
            let result = run_on(&cells, &others, true, 20, 1);
            let turned = |cells: &[f64]| -> Vec<f64> {
                (0..49).map(|at| cells[(at / 7 + turn) % 7 * 7 + (at % 7 + turn) % 7]).collect()
            };
            let other = run_on(&turned(&cells), &turned(&others), true, 20, 1);
            prop_assert!((result.correlation - other.correlation).abs() < 1e-13);
            let scaled: Vec<f64> = cells.iter().map(|cell| 3.0 - 2.0 * cell).collect();
            let mirrored = run_on(&scaled, &others, true, 20, 1);
            prop_assert!((result.correlation + mirrored.correlation).abs() < 1e-13);
            prop_assert_eq!(result.drawn.p_greater, mirrored.drawn.p_less);
            prop_assert!((result.drawn.p_greater + result.drawn.p_less) * 21.0 >= 22.0 - 1e-9);
        }
    }
}
