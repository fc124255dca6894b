//! `gem`: how strong are the determinants of a cluster, and which pair holds it back?

mod run;

#[cfg(test)]
mod tests;

pub(crate) use run::ESTIMAND;

/// The six determinants of GEM, in pairs (Padmore and Gibson 1998).
pub const DETERMINANTS: [&str; 6] =
    ["resources", "facilities", "suppliers", "firms", "local_markets", "external_markets"];

/// The three pairs.
pub const PAIRS: [&str; 3] = ["groundings", "enterprises", "markets"];

/// The four corners of the diamond in the order of its axes (Porter 1990).
pub const CORNERS: [&str; 4] = ["factor_conditions", "demand_conditions", "related_industries", "strategy_rivalry"];

/// GEM of one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gem {
    /// Mean of each pair, 1 to 10.
    pub pairs: [f64; 3],
    /// Product of the three means.
    pub product: f64,
    /// The score, 250 when all determinants are 5, 1000 when all are 10.
    pub gem: f64,
    /// Change of the score with each determinant.
    pub gains: [f64; 6],
    /// Place of the weakest pair, the first on ties.
    pub weakest: usize,
}

/// The score of Padmore and Gibson.
///
/// # Formula
/// `GEM = 2.5 [(D₁+D₂)(D₃+D₄)(D₅+D₆)]^{2/3}`, `∂GEM/∂D_i = ⅔ GEM/(sum of its pair)`; as commonly cited, not checked in
/// the original.
///
/// ```
/// use distretto_appraise::gem::gem;
/// assert!((gem([5.0; 6]).gem - 250.0).abs() < 1e-12);
/// assert!((gem([10.0; 6]).gem - 1000.0).abs() < 1e-12);
/// ```
///
/// # References
/// Padmore and Gibson 1998, Research Policy 26, <https://doi.org/10.1016/S0048-7333(97)00038-3>.
#[must_use]
pub fn gem(determinants: [f64; 6]) -> Gem {
    let sums = [0, 2, 4].map(|i| determinants[i] + determinants[i + 1]);
    let pairs = sums.map(|sum| sum / 2.0);
    let gem = 2.5 * sums.iter().product::<f64>().cbrt().powi(2);
    let gains = std::array::from_fn(|i| 2.0 / 3.0 * gem / sums[i / 2]);
    let weakest = (0..3).fold(0, |least, i| if pairs[i] < pairs[least] { i } else { least });
    Gem { pairs, product: pairs.iter().product(), gem, gains, weakest }
}

/// Area of the diamond, 1 when all corners are 10, and its balance, the smallest corner over the largest.
///
/// The area depends on the order of the axes, which is fixed; the scoring is our own.
///
/// ```
/// use distretto_appraise::gem::diamond;
/// assert_eq!(diamond([10.0; 4]), (1.0, 1.0));
/// ```
#[must_use]
pub fn diamond(v: [f64; 4]) -> (f64, f64) {
    let area = (0..4).map(|i| v[i] * v[(i + 1) % 4]).sum::<f64>() / 400.0;
    let (low, high) = crate::normalise::ends(&v);
    (area, low / high)
}
