//! `factor`: which few factors lie behind many indicators, and how do units stand on them?
//!
//! Read in this order: [`Observed`] (correlations from a table or a matrix), adequacy, number of factors, extraction,
//! rotation, scores and composite, then how firm the rank by the composite is.

mod adequacy;
mod bootstrap;
mod extract;
mod number;
mod observed;
mod options;
mod rotate;
mod run;
mod scores;
mod uniqueness;
mod words;

pub use adequacy::Adequacy;
pub use bootstrap::RankDraws;
pub(crate) use bootstrap::{draws_for, draws_of_units};
pub use extract::Extraction;
pub(crate) use extract::one_factor;
pub use number::Parallel;
pub use observed::Observed;
pub(crate) use observed::{directed, moments, pearson};
pub use options::{Cor, Extract, FactorOptions, PromaxVariant, Rotate, ScoreMethod, Share, Switch};
pub use rotate::Rotation;
pub(crate) use rotate::column_sign;
pub(crate) use run::ESTIMAND;

use crate::indicators::IndicatorError;
use crate::ranks::ranks;
use distretto_core::{Context, Fault, Message};
use distretto_numerics::Matrix;
use options::Plan;
use rotate::{Manner, factor_variances, rotate};

/// A factor analysis; NaN where a number does not exist.
#[derive(Debug, Clone, PartialEq)]
pub struct Factors {
    /// `factor/` and the preset, or `custom`.
    pub convention: String,
    /// Whether the correlations are worth it.
    pub adequacy: Adequacy,
    /// Eigenvalues of the correlation matrix, falling.
    pub eigenvalues: Vec<f64>,
    /// Eigenvalues of random samples, where they were asked for.
    pub parallel: Option<Parallel>,
    /// Communality of each variable before extraction.
    pub initial: Vec<f64>,
    /// Unrotated loadings.
    pub extraction: Extraction,
    /// Rotated loadings.
    pub rotation: Rotation,
    /// Variance of each unrotated factor.
    pub unrotated_variance: Vec<f64>,
    /// Variance of each rotated factor.
    pub rotated_variance: Vec<f64>,
    /// Weight of each factor in the composite, summing to 1.
    pub composite_weights: Vec<f64>,
    /// Coefficients of the scores: variables by factors; none where scores were not asked for.
    pub coefficients: Option<Matrix>,
    /// Scores, one column for each factor.
    pub scores: Option<Vec<Vec<f64>>>,
    /// `Σ_k c_k f_k` of each row, larger is better.
    pub composite: Vec<f64>,
    /// Rank by the composite within each group of rows.
    pub rank: Vec<f64>,
    /// How the rank varies when other units are drawn.
    pub draws: Option<RankDraws>,
    /// Root mean square of the residual correlations.
    pub rmsr: f64,
    /// What the reader must know.
    pub notes: Vec<Message>,
}

impl Factors {
    /// Number of factors.
    #[must_use]
    pub fn k(&self) -> usize {
        self.composite_weights.len()
    }

    /// Correlations of the variables with the factors.
    #[must_use]
    pub fn structure(&self) -> Matrix {
        self.rotation.loadings.times(&self.rotation.phi)
    }

    /// Correlations that the factors imply, communalities on the diagonal.
    #[must_use]
    pub fn reproduced(&self) -> Matrix {
        self.extraction.loadings.times(&self.extraction.loadings.transpose())
    }

    /// Weight of each standardised variable in the composite; NaN without coefficients.
    #[must_use]
    pub fn variable_weights(&self) -> Vec<f64> {
        match &self.coefficients {
            Some(coefficients) => coefficients.times_vector(&self.composite_weights),
            None => vec![f64::NAN; self.initial.len()],
        }
    }
}

fn why_singular(n: usize, p: usize, collinear: &[String]) -> String {
    match n <= p {
        true => "it takes more units than indicators".to_owned(),
        false => format!("{} determine one another", collinear.join(", ")),
    }
}

/// Why there is no factor analysis.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FactorError {
    /// The indicators do not allow correlations.
    #[error("{error}")]
    Indicators {
        /// What is wrong.
        error: IndicatorError,
        /// Group of rows in which.
        group: usize,
    },
    /// Two columns have too few cells in common.
    #[error(
        "missing values leave no correlation of {a} and {b}: {pairs} rows have both, or one of them is constant there"
    )]
    Pair {
        /// One column.
        a: String,
        /// The other.
        b: String,
        /// Rows with both.
        pairs: usize,
    },
    /// A correlation matrix that is not symmetric, or has another diagonal than 1.
    #[error(
        "the matrix is not symmetric with a unit diagonal: {value} at {row}, {column}, where {expected} is expected"
    )]
    Symmetric {
        /// Row.
        row: String,
        /// Column.
        column: String,
        /// What stands there.
        value: f64,
        /// What should.
        expected: f64,
    },
    /// An eigenvalue is negative.
    #[error("the correlation matrix is singular or worse: its smallest eigenvalue is {eigenvalue}")]
    Indefinite {
        /// The smallest eigenvalue.
        eigenvalue: f64,
    },
    /// The extraction needs an inverse.
    #[error(
        "the correlation matrix of {p} indicators on {n} units is singular: {}; --extract {} needs its inverse",
        why_singular(*n, *p, collinear), extract.word()
    )]
    Singular {
        /// Units.
        n: usize,
        /// Variables.
        p: usize,
        /// How factors are extracted.
        extract: Extract,
        /// Variables that determine one another.
        collinear: Vec<String>,
    },
    /// More factors than indicators.
    #[error("{factors} is out of range: there are {p} indicators")]
    Range {
        /// Factors asked for.
        factors: usize,
        /// Variables.
        p: usize,
    },
    /// More parameters than correlations.
    #[error("{k} factors of {p} indicators have {dof} degrees of freedom; maximum likelihood needs 0 or more")]
    Degrees {
        /// Variables.
        p: usize,
        /// Factors.
        k: usize,
        /// Degrees of freedom.
        dof: f64,
    },
    /// An option is wrong.
    #[error("{0}")]
    Option(Fault),
    /// The user stopped the run.
    #[error("stopped")]
    Interrupted,
}

/// Factor analysis of correlations.
///
/// # Formula
/// `R ≈ Λ Φ Λ' + Ψ`, see `docs/theory/appraise/factor.md`; composite `F = Σ_k c_k f_k` with `c` the shares of the factors
/// in the variance that they explain.
///
/// # Assumptions and limitations
/// Linear relations; the composite follows from what varies together, not from what matters.
///
/// # Errors
/// [`FactorError`].
///
/// # Complexity
/// O(n p²) for correlations, O(p³) for each eigenvalue problem, of which the iterated extractions need tens.
pub fn factor(observed: &Observed, options: &FactorOptions, context: &Context<'_>) -> Result<Factors, FactorError> {
    let plan = options.plan().map_err(FactorError::Option)?;
    let adequacy = adequacy::adequacy(observed);
    let parallel = match plan.parallel {
        0 => None,
        draws => Some(number::parallel(observed, draws, context)?),
    };
    let k = number::number(observed, &plan, parallel.as_ref())?;
    let manner = manner(&plan, options);
    let extraction = extract::extract(observed, (plan.extract, plan.bound), k, &adequacy.smc)?;
    let extraction = in_order(extraction);
    let rotation = rotate(&extraction.loadings, manner);
    let (unrotated_variance, rotated_variance) = variances(&extraction, &rotation);
    let composite_weights = shares(if plan.share == Share::Rotated { &rotated_variance } else { &unrotated_variance });
    let wanted = plan.scores != ScoreMethod::None;
    let coefficients =
        wanted.then(|| scores::coefficients(observed, plan.extract, &extraction, &rotation, plan.scores)).flatten();
    let initial = if plan.extract == Extract::Pca { vec![1.0; observed.p()] } else { adequacy.smc.clone() };
    let mut found = Factors {
        convention: plan.convention.clone(),
        eigenvalues: observed.eigenvalues.clone(),
        rmsr: residual(observed, &extraction.loadings),
        adequacy,
        parallel,
        initial,
        extraction,
        rotation,
        unrotated_variance,
        rotated_variance,
        composite_weights,
        coefficients,
        scores: None,
        composite: Vec::new(),
        rank: Vec::new(),
        draws: None,
        notes: Vec::new(),
    };
    if wanted {
        score(observed, &mut found);
        let draws = options.bootstrap.unwrap_or(0);
        if draws > 0 && found.scores.is_some() {
            found.draws = bootstrap::bootstrap(observed, &plan, manner, &found.rotation.loadings, draws, context)?;
        }
    }
    found.notes = words::notes(observed, &found, &plan);
    Ok(found)
}

fn manner(plan: &Plan, options: &FactorOptions) -> Manner {
    Manner {
        rotate: plan.rotate,
        kaiser: plan.kaiser,
        power: options.promax_power,
        variant: options.promax_variant,
        gamma: options.oblimin_gamma,
    }
}

/// Unrotated factors in the order and with the signs of all others.
fn in_order(extraction: Extraction) -> Extraction {
    let k = extraction.loadings.columns();
    let (loadings, matrix) = (extraction.loadings.clone(), Matrix::identity(k));
    let still = Rotation { loadings, phi: matrix.clone(), matrix, converged: true };
    Extraction { loadings: rotate::ordered(still).loadings, ..extraction }
}

fn variances(extraction: &Extraction, rotation: &Rotation) -> (Vec<f64>, Vec<f64>) {
    let k = extraction.loadings.columns();
    (factor_variances(&extraction.loadings, &Matrix::identity(k)), factor_variances(&rotation.loadings, &rotation.phi))
}

fn shares(variance: &[f64]) -> Vec<f64> {
    let total: f64 = variance.iter().sum();
    variance.iter().map(|value| value / total).collect()
}

/// Weights of the variables in the composite of other correlations, by the same plan. The sign of a factor is a
/// convention, and one that a sample can turn: each factor points where the one of `reference` does that it is most like.
fn composite_weights(observed: &Observed, plan: &Plan, manner: Manner, reference: &Matrix) -> Option<Vec<f64>> {
    let k = reference.columns();
    let smc: Vec<f64> = match &observed.inverse {
        Some(inverse) => (0..observed.p()).map(|i| 1.0 - 1.0 / inverse[(i, i)]).collect(),
        None => vec![f64::NAN; observed.p()],
    };
    let extraction = in_order(extract::extract(observed, (plan.extract, plan.bound), k, &smc).ok()?);
    let rotation = rotate(&extraction.loadings, manner);
    let (unrotated, rotated) = variances(&extraction, &rotation);
    let mut shares = shares(if plan.share == Share::Rotated { &rotated } else { &unrotated });
    shares.iter_mut().enumerate().for_each(|(j, share)| *share *= likeness(rotation.loadings.column(j), reference));
    let weights =
        scores::coefficients(observed, plan.extract, &extraction, &rotation, plan.scores)?.times_vector(&shares);
    weights.iter().all(|weight| weight.is_finite()).then_some(weights)
}

/// 1 or −1: whether a column points the way of the column of `reference` that it is most like, or the other way.
pub(crate) fn likeness(column: &[f64], reference: &Matrix) -> f64 {
    let product = |m: usize| -> f64 {
        let other = reference.column(m);
        let norm = other.iter().map(|x| x * x).sum::<f64>().sqrt();
        column.iter().zip(other).map(|(a, b)| a * b).sum::<f64>() / norm.max(f64::MIN_POSITIVE)
    };
    let most =
        (0..reference.columns()).map(product).fold(0.0_f64, |most, x| if x.abs() > most.abs() { x } else { most });
    if most < 0.0 { -1.0 } else { 1.0 }
}

fn score(observed: &Observed, found: &mut Factors) {
    let Some(z) = &observed.z else { return };
    let n = z.first().map_or(0, Vec::len);
    let scores = match &found.coefficients {
        Some(coefficients) => scores::scores(z, coefficients),
        None => vec![vec![f64::NAN; n]; found.k()],
    };
    found.composite = scores::composite(&scores, &found.composite_weights);
    found.rank = vec![f64::NAN; n];
    for group in &observed.groups {
        let part: Vec<f64> = group.iter().map(|&row| found.composite[row]).collect();
        group.iter().zip(ranks(&part)).for_each(|(&row, rank)| found.rank[row] = rank);
    }
    found.scores = Some(scores);
}

/// Root mean square of the residual correlations off the diagonal.
fn residual(observed: &Observed, loadings: &Matrix) -> f64 {
    let p = observed.p();
    let fit = loadings.times(&loadings.transpose());
    let squares: f64 = (0..p).map(|j| (0..j).map(|i| (observed.r[(i, j)] - fit[(i, j)]).powi(2)).sum::<f64>()).sum();
    (squares / (p * p.saturating_sub(1)) as f64 * 2.0).sqrt()
}
