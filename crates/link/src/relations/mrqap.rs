//! MRQAP: least squares of one relation on others, tested by permuting the actors of residuals.

use super::RelationError;
use super::draws::{Drawn, against};
use super::matrices::{Pairs, Relation, read, relation_columns, warnings};
use super::permute::{Moving, Sums};
use super::qap::{centred, check_permutations};
use distretto_core::{
    Arg, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message, OptionValues, Outcome,
    Place, Table, TableSpec, option_specs, parse_options,
};
use distretto_numerics::{Key, Lu, Matrix};
use rustc_hash::FxHashSet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "mrqap",
    about: "Regression of one relation on others between the same actors, tested by permuting the actors",
    chapter: "link/relations",
    revision: 1,
    inputs: &[
        Input::table("y", Place::Positional, true, "Square matrix of the relation to be explained"),
        Input::table("x", Place::Rest, true, "Square matrices of the relations that explain it"),
    ],
    options: option_specs::<MrqapOptions>,
    plan,
    run,
    findings,
    figures,
};

/// Purpose of the random draws; renaming it changes the p-values that users get.
const PURPOSE: &str = "mrqap/permutation";

/// Name of the constant term.
const INTERCEPT: &str = "intercept";

/// Share of a column's length, left after the columns before it are taken out, up to which it is collinear with them.
const COLLINEAR: f64 = 1e-10;

/// What is permuted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Null {
    /// Double semi-partialling: the residual of each term on the other terms.
    #[default]
    Dsp,
    /// The relation that is explained.
    Y,
}

/// Options of [`mrqap`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct MrqapOptions {
    /// Ties have a direction: all pairs i ≠ j count, else the pairs i < j of symmetric matrices.
    pub directed: bool,
    /// Random permutations for each term, at least 1.
    pub permutations: usize,
    /// What is permuted: `dsp` (double semi-partialling: the residual of each term on the others) or `y` (the relation that is explained).
    pub null: Null,
}

impl Default for MrqapOptions {
    fn default() -> Self {
        Self { directed: false, permutations: 1000, null: Null::default() }
    }
}

impl MrqapOptions {
    /// Checks the number of permutations.
    ///
    /// # Errors
    /// When it is 0.
    pub fn validate(&self) -> Result<(), RelationError> {
        check_permutations(self.permutations)
    }
}

/// A term of the regression.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficient {
    /// Least-squares estimate.
    pub estimate: f64,
    /// Its standard error by classical least squares, √(s² (XᵀX)⁻¹_kk).
    pub std_error: f64,
    /// (1 + draws with |t| at or above the observed one) / (1 + draws); NaN for the intercept.
    pub p_value: f64,
    /// The same for t at or above the observed one.
    pub p_greater: f64,
    /// The same for t at or below the observed one.
    pub p_less: f64,
}

/// The regression.
#[derive(Debug, Clone, PartialEq)]
pub struct MrqapResult {
    /// The intercept, then the terms in the order in which they were given.
    pub coefficients: Vec<Coefficient>,
    /// Share of the variance of y explained; NaN where y is constant.
    pub r_squared: f64,
    /// The same with n − terms in the place of n − 1.
    pub adjusted_r_squared: f64,
}

/// Columns of unit length that span the given ones, and R with `columns = Q R`.
struct Basis {
    q: Vec<Vec<f64>>,
    r: Matrix,
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

impl Basis {
    /// Gram–Schmidt, every column taken out twice so that rounding leaves nothing.
    ///
    /// # Errors
    /// The first column that those before it determine.
    fn of(columns: &[&[f64]]) -> Result<Self, usize> {
        let p = columns.len();
        let (mut q, mut r): (Vec<Vec<f64>>, Matrix) = (Vec::with_capacity(p), Matrix::zeros(p, p));
        for (k, &column) in columns.iter().enumerate() {
            let mut left = column.to_vec();
            for _ in 0..2 {
                for (c, one) in q.iter().enumerate() {
                    let along = dot(one, &left);
                    r[(c, k)] += along;
                    left.iter_mut().zip(one).for_each(|(value, one)| *value -= along * one);
                }
            }
            let length = dot(&left, &left).sqrt();
            if length <= COLLINEAR * dot(column, column).sqrt() {
                return Err(k);
            }
            r[(k, k)] = length;
            left.iter_mut().for_each(|value| *value /= length);
            q.push(left);
        }
        Ok(Self { q, r })
    }

    /// x of R x = b.
    fn back(&self, b: &[f64]) -> Vec<f64> {
        let mut x = b.to_vec();
        for k in (0..x.len()).rev() {
            let after: f64 = (k + 1..x.len()).map(|c| self.r[(k, c)] * x[c]).sum();
            x[k] = (x[k] - after) / self.r[(k, k)];
        }
        x
    }

    /// What is left of a vector when the columns are taken out of it.
    fn residual(&self, vector: &[f64]) -> Vec<f64> {
        let mut left = vector.to_vec();
        for _ in 0..2 {
            for one in &self.q {
                let along = dot(one, &left);
                left.iter_mut().zip(one).for_each(|(value, one)| *value -= along * one);
            }
        }
        left
    }
}

/// Least squares of y on an intercept and terms over pairs of actors, with p-values by permutation.
///
/// # Formula
/// Double semi-partialling: with e the residual of term k on all other terms (the intercept among them), draw π puts
/// e_π(i)π(j) in the place of term k and refits; the statistic is t = b_k/se(b_k). Under `y` draw π puts y_π(i)π(j) in
/// the place of y. A pair that is missing on either side is out, in each draw anew.
///
/// # Errors
/// Not more pairs than terms; a term that the terms before it determine (named by `names`); wrong options; a stop.
///
/// # Complexity
/// O(n² k) for each draw and term, k terms.
///
/// # References
/// Dekker, Krackhardt and Snijders 2007, Psychometrika 72, 563–581, doi:10.1007/s11336-007-9016-1.
pub fn mrqap(
    y: &[f64],
    terms: &[Vec<f64>],
    names: &[&str],
    pairs: &Pairs,
    options: &MrqapOptions,
    context: &Context<'_>,
) -> Result<MrqapResult, RelationError> {
    options.validate()?;
    let p = terms.len() + 1;
    if pairs.count <= p {
        return Err(RelationError::TooFewPairs { pairs: pairs.count, terms: p });
    }
    let ones = vec![1.0; pairs.count];
    let columns: Vec<&[f64]> = std::iter::once(&ones[..]).chain(terms.iter().map(Vec::as_slice)).collect();
    let collinear = |k: usize| RelationError::Collinear { term: names[k.saturating_sub(1)].to_owned() };
    let basis = Basis::of(&columns).map_err(collinear)?;
    let mut result = fit(&basis, y);
    if result.r_squared.is_nan() {
        return Ok(result);
    }
    let draws = match options.null {
        Null::Dsp => semi_partialled(&columns, y, pairs, options, context)?,
        Null::Y => of_y(&basis, y, pairs, options, context)?,
    };
    for (coefficient, drawn) in result.coefficients[1..].iter_mut().zip(draws) {
        coefficient.p_value = drawn.of_size.p_greater;
        coefficient.p_greater = drawn.of_t.p_greater;
        coefficient.p_less = drawn.of_t.p_less;
    }
    Ok(result)
}

/// Estimates, standard errors and the share explained.
fn fit(basis: &Basis, y: &[f64]) -> MrqapResult {
    let (n, p) = (y.len() as f64, basis.q.len());
    let along: Vec<f64> = basis.q.iter().map(|one| dot(one, y)).collect();
    let estimates = basis.back(&along);
    let left = basis.residual(y);
    let squares = dot(&left, &left);
    let s2 = squares / (n - p as f64);
    let all = centred(y).map_or(f64::NAN, |centred| dot(&centred, &centred));
    let share = 1.0 - squares / all;
    let variance = unscaled_variances(basis);
    let none = f64::NAN;
    let coefficient = |(estimate, variance): (&f64, f64)| Coefficient {
        estimate: *estimate,
        std_error: (s2 * variance).sqrt(),
        p_value: none,
        p_greater: none,
        p_less: none,
    };
    MrqapResult {
        coefficients: estimates.iter().zip(variance).map(coefficient).collect(),
        r_squared: share,
        adjusted_r_squared: 1.0 - (1.0 - share) * (n - 1.0) / (n - p as f64),
    }
}

/// Diagonal of (XᵀX)⁻¹: row sums of squares of R⁻¹.
fn unscaled_variances(basis: &Basis) -> Vec<f64> {
    let p = basis.q.len();
    let mut variance = vec![0.0; p];
    for k in 0..p {
        let unit: Vec<f64> = (0..p).map(|c| f64::from(u8::from(c == k))).collect();
        variance.iter_mut().zip(basis.back(&unit)).for_each(|(sum, cell)| *sum += cell * cell);
    }
    variance
}

/// Draws of t and of |t| against the observed ones.
struct Test {
    of_t: Drawn,
    of_size: Drawn,
}

impl Test {
    fn new(observed: f64, draws: &[f64]) -> Self {
        let sizes: Vec<f64> = draws.iter().map(|t| t.abs()).collect();
        Self { of_t: against(observed, draws, 1.0), of_size: against(observed.abs(), &sizes, 1.0) }
    }
}

fn semi_partialled(
    columns: &[&[f64]],
    y: &[f64],
    pairs: &Pairs,
    options: &MrqapOptions,
    context: &Context<'_>,
) -> Result<Vec<Test>, RelationError> {
    let p = columns.len();
    context.progress.begin("permutations", (options.permutations * (p - 1)) as u64);
    let key = Key::new(context.seed, PURPOSE);
    let mut tests = Vec::with_capacity(p - 1);
    for term in 1..p {
        let others: Vec<&[f64]> = (0..p).filter(|&k| k != term).map(|k| columns[k]).collect();
        // Fewer columns of an independent set are independent too.
        let others = Basis::of(&others).unwrap_or_else(|_| Basis { q: Vec::new(), r: Matrix::zeros(0, 0) });
        let moved = others.residual(columns[term]);
        let length = dot(&moved, &moved).sqrt();
        let moved: Vec<f64> = moved.iter().map(|value| value / length).collect();
        let mut fixed = others.q.clone();
        fixed.push(others.residual(y));
        let of_y = dot(&fixed[p - 1], &fixed[p - 1]);
        let moving = Moving::new(pairs, &moved, &fixed);
        let statistic = |sums: &Sums| t_of_last(sums, of_y);
        let draws = moving.draws(options.permutations, key, term as u64, context, statistic)?;
        tests.push(Test::new(statistic(&moving.observed()), &draws));
    }
    Ok(tests)
}

/// t of the moved column in the regression of the last fixed column on the other fixed ones and it.
///
/// The fixed ones before the last are orthonormal over all pairs, and the last has no part along them.
fn t_of_last(sums: &Sums, of_y: f64) -> f64 {
    let c = sums.cross.len() - 1;
    let (along, with_y) = (&sums.cross[..c], sums.cross[c]);
    let degrees = sums.count - c as f64 - 1.0;
    let (left, common, of_y) = match &sums.gram {
        None => (sums.square - dot(along, along), with_y, of_y),
        Some(gram) => {
            let Ok(lu) = Lu::new(&Matrix::from_fn(c, c, |a, b| gram[(a, b)])) else { return f64::NAN };
            let y_along: Vec<f64> = (0..c).map(|k| gram[(k, c)]).collect();
            let by_y = lu.solve(&y_along);
            let left = sums.square - dot(along, &lu.solve(along));
            (left, with_y - dot(along, &by_y), gram[(c, c)] - dot(&y_along, &by_y))
        }
    };
    // The moved column has length 1: what is left below that is rounding, the draw has no t.
    if left <= 1e-14 || degrees <= 0.0 {
        return f64::NAN;
    }
    common * degrees.sqrt() / (left * of_y - common * common).max(0.0).sqrt()
}

fn of_y(
    basis: &Basis,
    y: &[f64],
    pairs: &Pairs,
    options: &MrqapOptions,
    context: &Context<'_>,
) -> Result<Vec<Test>, RelationError> {
    context.progress.begin("permutations", options.permutations as u64);
    let key = Key::new(context.seed, PURPOSE);
    let centred = centred(y).unwrap_or_else(|| y.to_vec());
    let moving = Moving::new(pairs, &centred, &basis.q);
    let variance = unscaled_variances(basis);
    let statistic = |sums: &Sums| t_of_all(sums, basis, &variance);
    let observed = statistic(&moving.observed());
    let draws = moving.draws(options.permutations, key, 0, context, statistic)?;
    let of_term = |k: usize| Test::new(observed[k], &draws.iter().map(|t| t[k]).collect::<Vec<f64>>());
    Ok((1..basis.q.len()).map(of_term).collect())
}

/// t of every column in the regression of the moved column on the fixed ones.
fn t_of_all(sums: &Sums, basis: &Basis, variance: &[f64]) -> Vec<f64> {
    let p = sums.cross.len();
    let degrees = sums.count - p as f64;
    let (along, squares, variance) = match &sums.gram {
        None => (sums.cross.clone(), sums.square - dot(&sums.cross, &sums.cross), variance.to_vec()),
        Some(gram) => {
            let Ok(lu) = Lu::new(gram) else { return vec![f64::NAN; p] };
            let along = lu.solve(&sums.cross);
            let squares = sums.square - dot(&sums.cross, &along);
            // (XᵀX)⁻¹ = R⁻¹ G⁻¹ R⁻ᵀ: its diagonal, row by row of R⁻¹.
            let inverse = lu.inverse();
            let units = (0..p).map(|k| basis.back(&(0..p).map(|c| f64::from(u8::from(c == k))).collect::<Vec<_>>()));
            let r = Matrix::from_columns(p, p, units.flatten().collect());
            let variance = (0..p).map(|k| dot(&r.row(k), &inverse.times_vector(&r.row(k)))).collect();
            (along, squares, variance)
        }
    };
    let s2 = squares.max(0.0) / degrees;
    basis
        .back(&along)
        .iter()
        .zip(variance)
        .map(|(b, v)| if degrees > 0.0 { b / (s2 * v).sqrt() } else { f64::NAN })
        .collect()
}

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: MrqapOptions = parse_options(values)?;
    options.validate()?;
    Ok(vec![relation_columns("y"), relation_columns("x")])
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: MrqapOptions = parse_options(values)?;
    let mut tables = vec![inputs.need("y")?];
    tables.extend(inputs.tables("x"));
    let relations = read(&tables, options.directed)?;
    let names: Vec<&str> = relations[1..].iter().map(|relation| relation.name.as_str()).collect();
    let mut seen = FxHashSet::from_iter([INTERCEPT]);
    if let Some(term) = names.iter().find(|name| !seen.insert(name)) {
        return Err(RelationError::SameTerm { term: (*term).to_owned() }.into());
    }
    let pairs = Pairs::of(&relations, options.directed);
    let terms: Vec<Vec<f64>> = relations[1..].iter().map(|relation| pairs.values(relation)).collect();
    let result = mrqap(&pairs.values(&relations[0]), &terms, &names, &pairs, &options, context)?;
    Ok(package(&relations, &pairs, &result, &options))
}

fn package(relations: &[Relation], pairs: &Pairs, result: &MrqapResult, options: &MrqapOptions) -> Outcome {
    let over = if options.directed { "i ≠ j" } else { "i < j" };
    let null = match options.null {
        Null::Dsp => "double semi-partialling (Dekker, Krackhardt and Snijders 2007)",
        Null::Y => "permutation of the explained relation",
    };
    let method = format!("least squares over pairs {over}, p-values by {null}, statistic |t|");
    let mut outcome = Outcome::new("link mrqap", &method);
    outcome.convention("p_values", "(1 + draws as extreme)/(1 + draws)");
    outcome.convention("std_error", "classical least squares");
    outcome.warnings = warnings(relations, pairs);
    if result.r_squared.is_nan() {
        outcome.warn(Message::new("link.mrqap.constant"));
    }
    outcome
        .scalar("r_squared", result.r_squared)
        .scalar("adjusted_r_squared", result.adjusted_r_squared)
        .scalar("n", pairs.count as f64)
        .scalar("actors", pairs.n as f64)
        .scalar("permutations", options.permutations as f64);
    let column = |of: fn(&Coefficient) -> f64| result.coefficients.iter().map(of).collect::<Vec<f64>>();
    let terms = std::iter::once(INTERCEPT).chain(relations[1..].iter().map(|relation| relation.name.as_str()));
    let table = Table::empty()
        .with_text("term", terms.map(Some).collect())
        .with_numbers("estimate", column(|one| one.estimate))
        .with_numbers("std_error", column(|one| one.std_error))
        .with_numbers("t", column(|one| one.estimate / one.std_error))
        .with_numbers("p_value", column(|one| one.p_value))
        .with_numbers("p_greater", column(|one| one.p_greater))
        .with_numbers("p_less", column(|one| one.p_less));
    outcome.add_table("coefficients", table);
    outcome
}

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let number = |name: &str| outcome.number(name).unwrap_or(f64::NAN);
    let count = |name: &str| outcome.number(name).unwrap_or_default() as usize;
    let Some(table) = outcome.table("coefficients") else { return Vec::new() };
    let parts = (table.text("term"), table.numbers("estimate"), table.numbers("std_error"), table.numbers("p_value"));
    let (Some(terms), Some(estimates), Some(errors), Some(p)) = parts else { return Vec::new() };
    let whole = Message::new("link.mrqap.share").with("share", Arg::Share(number("r_squared")));
    let whole = whole.count("pairs", count("n")).count("actors", count("actors"));
    let whole = whole.with("adjusted", Arg::Share(number("adjusted_r_squared")));
    let mut said = vec![whole.count("permutations", count("permutations"))];
    for row in (0..table.rows()).filter(|&row| !p[row].is_nan()) {
        let message = Message::new("link.mrqap.term").text("term", terms.get(row).unwrap_or_default());
        let message = message.with("estimate", Arg::Signed(estimates[row])).number("error", errors[row]);
        said.push(message.with("p", Arg::P(p[row])));
    }
    said
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    vec![FigureSpec::new(FigureKind::Bars).of_table("coefficients").of_value("estimate").by("term").against(0.0)]
}

#[cfg(test)]
mod tests {
    use super::super::matrices::fixtures::relation;
    use super::*;
    use distretto_numerics::{Stream, least_squares, shuffle};
    use proptest::prelude::*;

    fn cells(n: usize, salt: u64) -> Vec<f64> {
        let mut stream = Stream::new(Key::new(9, "test/cells"), salt, 0);
        (0..n * n).map(|_| stream.uniform()).collect()
    }

    struct Case {
        relations: Vec<Relation>,
        pairs: Pairs,
    }

    impl Case {
        fn new(n: usize, missing: &[usize]) -> Self {
            let (x, z) = (cells(n, 1), cells(n, 2));
            let noise = cells(n, 3);
            let mut y: Vec<f64> = (0..n * n).map(|at| 2.0 + 0.2 * x[at] - 0.1 * z[at] + noise[at]).collect();
            missing.iter().for_each(|&cell| y[cell] = f64::NAN);
            let relations = vec![relation("y", &y), relation("x", &x), relation("z", &z)];
            let pairs = Pairs::of(&relations, true);
            Self { relations, pairs }
        }

        fn values(&self) -> (Vec<f64>, Vec<Vec<f64>>) {
            let of = |relation: &Relation| self.pairs.values(relation);
            (of(&self.relations[0]), self.relations[1..].iter().map(of).collect())
        }

        fn run(&self, null: Null, permutations: usize) -> MrqapResult {
            let (y, terms) = self.values();
            let options = MrqapOptions { directed: true, permutations, null };
            mrqap(&y, &terms, &["x", "z"], &self.pairs, &options, &Context::with_seed(1)).unwrap()
        }
    }

    /// t of the columns of a regression, by the least squares of another crate.
    fn t(columns: &[Vec<f64>], y: &[f64]) -> Vec<f64> {
        let (n, p) = (y.len(), columns.len());
        let fit = least_squares(&Matrix::from_columns(n, p, columns.concat()), y).unwrap();
        let s2 = dot(&fit.residuals, &fit.residuals) / (n - p) as f64;
        (0..p).map(|k| fit.coefficients[k] / (s2 * fit.unscaled_covariance[(k, k)]).sqrt()).collect()
    }

    /// The p-values of every draw done the long way: matrices rebuilt, regressions refitted.
    fn the_long_way(case: &Case, null: Null, permutations: usize) -> Vec<f64> {
        let (y, terms) = case.values();
        let n = case.pairs.n;
        let ones = vec![1.0; y.len()];
        let full = vec![ones.clone(), terms[0].clone(), terms[1].clone()];
        let observed = t(&full, &y);
        let mut p = Vec::new();
        for term in 1..3 {
            let other = &terms[2 - term];
            let residual =
                least_squares(&Matrix::from_columns(y.len(), 2, [&ones[..], other].concat()), &terms[term - 1]);
            let (moved, item) = match null {
                Null::Dsp => (residual.unwrap().residuals, term as u64),
                Null::Y => (y.clone(), 0),
            };
            let mut matrix = vec![f64::NAN; n * n];
            case.pairs.cells().zip(&moved).for_each(|(cell, value)| matrix[cell] = *value);
            let mut extreme = 0;
            for draw in 0..permutations as u64 {
                let mut places: Vec<usize> = (0..n).collect();
                shuffle(&mut Stream::new(Key::new(1, PURPOSE), item, draw), &mut places);
                let (mut columns, mut of_y) = (vec![Vec::new(); 3], Vec::new());
                for (at, cell) in case.pairs.cells().enumerate() {
                    let drawn = matrix[places[cell / n] * n + places[cell % n]];
                    if drawn.is_nan() {
                        continue;
                    }
                    columns[0].push(1.0);
                    let dsp = null == Null::Dsp;
                    columns[1].push(if dsp { other[at] } else { terms[0][at] });
                    columns[2].push(if dsp { drawn } else { terms[1][at] });
                    of_y.push(if dsp { y[at] } else { drawn });
                }
                let drawn = t(&columns, &of_y)[if null == Null::Dsp { 2 } else { term }];
                extreme += usize::from(drawn.abs() >= observed[term].abs() - 1e-12);
            }
            p.push((1 + extreme) as f64 / (1 + permutations) as f64);
        }
        p
    }

    #[test]
    fn p_values_are_those_of_refitted_regressions() {
        for missing in [&[][..], &[1, 9, 20, 33]] {
            let case = Case::new(7, missing);
            for null in [Null::Dsp, Null::Y] {
                let result = case.run(null, 99);
                let p: Vec<f64> = result.coefficients[1..].iter().map(|one| one.p_value).collect();
                assert_eq!(p, the_long_way(&case, null, 99), "{null:?} without {missing:?}");
                assert!(p.iter().any(|p| (0.02..0.98).contains(p)), "the test should compare more than ends: {p:?}");
            }
        }
    }

    #[test]
    fn estimates_are_those_of_least_squares() {
        let case = Case::new(8, &[]);
        let result = case.run(Null::Dsp, 9);
        let (y, terms) = case.values();
        let full = vec![vec![1.0; y.len()], terms[0].clone(), terms[1].clone()];
        let t = t(&full, &y);
        for (one, t) in result.coefficients.iter().zip(t) {
            assert!((one.estimate / one.std_error - t).abs() < 1e-10 * t.abs(), "{one:?} {t}");
        }
        assert!(result.coefficients[0].p_value.is_nan());
    }

    #[test]
    fn collinear_and_too_many_terms_are_refused() {
        let case = Case::new(4, &[]);
        let (y, terms) = case.values();
        let run = |terms: &[Vec<f64>]| {
            let options = MrqapOptions { directed: true, ..MrqapOptions::default() };
            mrqap(&y, terms, &["a", "b", "c"], &case.pairs, &options, &Context::with_seed(1)).unwrap_err()
        };
        let sum: Vec<f64> = terms[0].iter().zip(&terms[1]).map(|(x, z)| x - 2.0 * z + 1.0).collect();
        let [x, z] = [terms[0].clone(), terms[1].clone()];
        assert_eq!(run(&[x.clone(), z, sum]), RelationError::Collinear { term: "c".into() });
        assert_eq!(run(&[vec![3.0; 12]]), RelationError::Collinear { term: "a".into() });
        assert_eq!(run(&vec![x; 11]), RelationError::TooFewPairs { pairs: 12, terms: 12 });
    }

    #[test]
    fn a_constant_relation_cannot_be_explained() {
        let case = Case::new(5, &[]);
        let (_, terms) = case.values();
        let options = MrqapOptions { directed: true, ..MrqapOptions::default() };
        let result = mrqap(&[2.0; 20], &terms, &["x", "z"], &case.pairs, &options, &Context::with_seed(1)).unwrap();
        assert!(result.r_squared.is_nan() && result.coefficients[1].p_value.is_nan());
        assert!((result.coefficients[0].estimate - 2.0).abs() < 1e-12);
    }

    proptest! {
        /// One term: |t| rises with |r|, so the p-value of |t| is that of |r|, whatever is permuted.
        #[test]
        fn the_share_explained_lies_between_zero_and_one(salt in 10u64..200) {
            let relations = vec![relation("y", &cells(5, salt)), relation("x", &cells(5, salt + 1000))];
            let pairs = Pairs::of(&relations, true);
            let (y, x) = (pairs.values(&relations[0]), pairs.values(&relations[1]));
            let options = MrqapOptions { directed: true, permutations: 9, null: Null::Dsp };
            let context = Context::with_seed(salt);
            let result = mrqap(&y, std::slice::from_ref(&x), &["x"], &pairs, &options, &context).unwrap();
            let (a, b) = (centred(&x).unwrap(), centred(&y).unwrap());
            let r2 = dot(&a, &b).powi(2) / (dot(&a, &a) * dot(&b, &b));
            prop_assert!((result.r_squared - r2).abs() < 1e-12);
            prop_assert!(result.adjusted_r_squared <= result.r_squared);
            let one = &result.coefficients[1];
            prop_assert!(one.p_value >= 0.1 && one.p_greater + one.p_less >= 1.1 - 1e-12);
        }
    }
}
