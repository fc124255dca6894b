//! Spatial weights w_ij ≥ 0 between n units in compressed rows, without self weights.

mod contiguity;
mod neighbours;

use thiserror::Error;

use crate::point_index::PointError;
use crate::sum::pairwise_by;

pub use contiguity::{ContiguityError, queen, rook};

/// How weights are scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Transform {
    /// Each row divided by its sum; the row of an island stays empty.
    #[default]
    Row,
    /// 1 for every positive weight.
    Binary,
}

/// Why weights cannot be built.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// A link leaves the units.
    #[error("the link from {source_unit} to {target} names a unit that does not exist; there are {n}, from 0")]
    OutOfRange {
        /// From.
        source_unit: u32,
        /// To.
        target: u32,
        /// Number of units.
        n: usize,
    },
    /// A pair is listed twice.
    #[error("the link from {source_unit} to {target} is listed more than once; keep one")]
    Duplicate {
        /// From.
        source_unit: u32,
        /// To.
        target: u32,
    },
    /// A weight is negative, infinite or missing.
    #[error("the link from {source_unit} to {target} has weight {value}; weights are finite and at least 0")]
    InvalidWeight {
        /// From.
        source_unit: u32,
        /// To.
        target: u32,
        /// The weight.
        value: f64,
    },
    /// More units than 32 bits can number.
    #[error("{n} units are more than the 4294967295 that weights can hold")]
    TooMany {
        /// Number of units.
        n: usize,
    },
    /// k neighbours do not exist.
    #[error(
        "{k} nearest neighbours are not possible among {n} points; choose between 1 and the number of points less one"
    )]
    InvalidK {
        /// Neighbours asked for.
        k: usize,
        /// Number of points.
        n: usize,
    },
    /// The width of a band is negative, infinite or missing.
    #[error("a distance band of {distance} is not a finite distance of at least 0")]
    InvalidDistance {
        /// Width as given.
        distance: f64,
    },
    /// A point is unusable.
    #[error(transparent)]
    Point(#[from] PointError),
}

/// Spatial weights: row i holds the units that count as neighbours of i, by ascending number.
///
/// No self weights: a link from a unit to itself is left out and counted in
/// [`Self::self_links_left_out`], so that a front can warn. Links of weight 0 are left out too.
///
/// ```
/// use distretto_numerics::weights::{Transform, Weights};
/// // 0 – 1 – 2, a chain.
/// let chain = Weights::from_triplets(3, [(0, 1, 1.0), (1, 0, 1.0), (1, 2, 1.0), (2, 1, 1.0)])?;
/// let lag = chain.transform(Transform::Row).lag(&[1.0, 5.0, 3.0]);
/// assert_eq!(lag, [5.0, 2.0, 5.0]);
/// # Ok::<(), distretto_numerics::weights::WeightsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    offsets: Vec<usize>,
    targets: Vec<u32>,
    values: Vec<f64>,
    self_links_left_out: usize,
}

impl Weights {
    /// Weights of `n` units from links (source, target, weight) in any order; the row of the source
    /// holds the target.
    ///
    /// # Errors
    /// [`WeightsError::OutOfRange`], [`WeightsError::InvalidWeight`] (negative, infinite, NaN),
    /// [`WeightsError::Duplicate`], [`WeightsError::TooMany`].
    pub fn from_triplets(n: usize, links: impl IntoIterator<Item = (u32, u32, f64)>) -> Result<Self, WeightsError> {
        if u32::try_from(n).is_err() {
            return Err(WeightsError::TooMany { n });
        }
        let mut links: Vec<(u32, u32, f64)> = links.into_iter().collect();
        for &(source_unit, target, value) in &links {
            if source_unit as usize >= n || target as usize >= n {
                return Err(WeightsError::OutOfRange { source_unit, target, n });
            }
            if !(value >= 0.0 && value.is_finite()) {
                return Err(WeightsError::InvalidWeight { source_unit, target, value });
            }
        }
        links.sort_unstable_by_key(|&(source_unit, target, _)| (source_unit, target));
        if let Some(pair) = links.windows(2).find(|w| (w[0].0, w[0].1) == (w[1].0, w[1].1)) {
            return Err(WeightsError::Duplicate { source_unit: pair[0].0, target: pair[0].1 });
        }
        let before = links.len();
        links.retain(|&(source_unit, target, _)| source_unit != target);
        let self_links_left_out = before - links.len();
        links.retain(|&(_, _, value)| value > 0.0);
        Ok(Self { self_links_left_out, ..Self::from_sorted(n, &links) })
    }

    /// Weights from valid links that are sorted by source, then target.
    fn from_sorted(n: usize, links: &[(u32, u32, f64)]) -> Self {
        let mut offsets = vec![0; n + 1];
        for &(source, ..) in links {
            offsets[source as usize + 1] += 1;
        }
        for i in 0..n {
            offsets[i + 1] += offsets[i];
        }
        Self {
            offsets,
            targets: links.iter().map(|link| link.1).collect(),
            values: links.iter().map(|link| link.2).collect(),
            self_links_left_out: 0,
        }
    }

    /// Weights 1 from rows of neighbours, each ascending and free of repeats and of its own unit.
    fn from_rows(rows: &[Vec<u32>]) -> Self {
        let mut offsets = Vec::with_capacity(rows.len() + 1);
        offsets.push(0);
        for row in rows {
            offsets.push(offsets[offsets.len() - 1] + row.len());
        }
        let targets: Vec<u32> = rows.iter().flatten().copied().collect();
        let values = vec![1.0; targets.len()];
        Self { offsets, targets, values, self_links_left_out: 0 }
    }

    /// Number of units.
    #[must_use]
    pub fn n(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Number of links (positive weights).
    #[must_use]
    pub fn links(&self) -> usize {
        self.targets.len()
    }

    /// Links from a unit to itself that the input had and that are left out.
    #[must_use]
    pub fn self_links_left_out(&self) -> usize {
        self.self_links_left_out
    }

    /// Neighbours of unit `i`, ascending.
    ///
    /// # Panics
    /// If there is no unit `i`; so do the other methods that take one.
    #[inline]
    #[must_use]
    pub fn neighbours(&self, i: usize) -> &[u32] {
        &self.targets[self.offsets[i]..self.offsets[i + 1]]
    }

    /// Weights of the neighbours of unit `i`, beside [`Self::neighbours`].
    #[inline]
    #[must_use]
    pub fn row_values(&self, i: usize) -> &[f64] {
        &self.values[self.offsets[i]..self.offsets[i + 1]]
    }

    /// Neighbours of unit `i` with their weights.
    #[inline]
    pub fn row(&self, i: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.neighbours(i).iter().map(|&j| j as usize).zip(self.row_values(i).iter().copied())
    }

    /// w_ij, 0 if j is no neighbour of i.
    #[must_use]
    pub fn weight(&self, i: usize, j: usize) -> f64 {
        let found = self.neighbours(i).binary_search_by(|&target| (target as usize).cmp(&j));
        found.map_or(0.0, |position| self.row_values(i)[position])
    }

    /// Rescaled copy.
    #[must_use]
    pub fn transform(&self, transform: Transform) -> Self {
        let mut scaled = self.clone();
        match transform {
            Transform::Binary => scaled.values.fill(1.0),
            Transform::Row => {
                for i in 0..self.n() {
                    let sum = self.row_sum(i);
                    for value in &mut scaled.values[self.offsets[i]..self.offsets[i + 1]] {
                        *value /= sum;
                    }
                }
            }
        }
        scaled
    }

    /// w_i. = Σ_j w_ij.
    #[must_use]
    pub fn row_sum(&self, i: usize) -> f64 {
        let values = self.row_values(i);
        pairwise_by(values.len(), |position| values[position])
    }

    /// w_.j = Σ_i w_ij for every j.
    #[must_use]
    pub fn column_sums(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.n()];
        for (&j, &value) in self.targets.iter().zip(&self.values) {
            sums[j as usize] += value;
        }
        sums
    }

    /// S0 = Σ_i Σ_j w_ij.
    #[must_use]
    pub fn s0(&self) -> f64 {
        pairwise_by(self.n(), |i| self.row_sum(i))
    }

    /// S1 = ½ Σ_i Σ_j (w_ij + w_ji)² (Cliff and Ord 1981).
    #[must_use]
    pub fn s1(&self) -> f64 {
        // Equal to Σ w_ij(w_ij + w_ji) over the links alone, all terms positive.
        pairwise_by(self.n(), |i| self.row(i).fold(0.0, |sum, (j, value)| sum + value * (value + self.weight(j, i))))
    }

    /// S2 = Σ_i (w_i. + w_.i)² (Cliff and Ord 1981).
    #[must_use]
    pub fn s2(&self) -> f64 {
        let columns = self.column_sums();
        pairwise_by(self.n(), |i| (self.row_sum(i) + columns[i]).powi(2))
    }

    /// Spatial lag Σ_j w_ij x_j for every unit; 0 for an island.
    ///
    /// # Panics
    /// If `x` has another length than there are units.
    #[must_use]
    pub fn lag(&self, x: &[f64]) -> Vec<f64> {
        let mut lag = vec![0.0; self.n()];
        self.lag_into(x, &mut lag);
        lag
    }

    /// [`Self::lag`] into memory of the caller.
    ///
    /// # Panics
    /// If `x` or `lag` has another length than there are units.
    pub fn lag_into(&self, x: &[f64], lag: &mut [f64]) {
        assert_eq!(x.len(), self.n(), "one value per unit");
        assert_eq!(lag.len(), self.n(), "one lag per unit");
        for (i, out) in lag.iter_mut().enumerate() {
            *out = self.row(i).fold(0.0, |sum, (j, value)| sum + value * x[j]);
        }
    }

    /// Units without neighbours, ascending.
    #[must_use]
    pub fn islands(&self) -> Vec<u32> {
        (0..self.n() as u32).filter(|&i| self.neighbours(i as usize).is_empty()).collect()
    }

    /// j is a neighbour of i whenever i is one of j, and w_ij = w_ji exactly.
    #[must_use]
    pub fn is_symmetric(&self) -> bool {
        (0..self.n()).all(|i| self.row(i).all(|(j, value)| self.weight(j, i) == value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Rows: 0 → 1 (2), 0 → 2 (6); 1 → 0 (4); 2 none.
    fn small() -> Weights {
        Weights::from_triplets(3, [(0, 2, 6.0), (1, 0, 4.0), (0, 1, 2.0)]).unwrap()
    }

    /// By hand: S0 = 12; S1 = ½[(2+4)²·2 + 6²·2] = 72; rows (8, 4, 0), columns (4, 2, 6),
    /// S2 = 12² + 6² + 6² = 216.
    #[test]
    fn sums_by_hand() {
        let w = small();
        assert_eq!((w.s0(), w.s1(), w.s2()), (12.0, 72.0, 216.0));
        assert_eq!(w.column_sums(), [4.0, 2.0, 6.0]);
        assert_eq!(w.islands(), [2]);
        assert_eq!((w.n(), w.links()), (3, 3));
        assert!(!w.is_symmetric());
    }

    #[test]
    fn rows_and_transforms() {
        let w = small();
        assert_eq!(w.neighbours(0), [1, 2]);
        assert_eq!((w.weight(0, 2), w.weight(2, 0)), (6.0, 0.0));
        let row = w.transform(Transform::Row);
        assert_eq!(row.row(0).collect::<Vec<_>>(), [(1, 0.25), (2, 0.75)]);
        assert_eq!(row.lag(&[8.0, 4.0, 12.0]), [10.0, 8.0, 0.0]);
        assert_eq!(w.transform(Transform::Binary).s0(), 3.0);
    }

    #[test]
    fn self_and_zero_links_are_left_out() {
        let w = Weights::from_triplets(2, [(0, 0, 5.0), (0, 1, 1.0), (1, 0, 0.0)]).unwrap();
        assert_eq!((w.links(), w.self_links_left_out()), (1, 1));
        assert_eq!(w.islands(), [1]);
    }

    #[test]
    fn bad_links_are_named() {
        let error = |links: &[(u32, u32, f64)]| Weights::from_triplets(2, links.iter().copied()).unwrap_err();
        assert_eq!(error(&[(0, 2, 1.0)]), WeightsError::OutOfRange { source_unit: 0, target: 2, n: 2 });
        assert!(matches!(error(&[(0, 1, -1.0)]), WeightsError::InvalidWeight { value: -1.0, .. }));
        assert!(matches!(error(&[(0, 1, f64::NAN)]), WeightsError::InvalidWeight { .. }));
        let twice = error(&[(0, 1, 1.0), (1, 0, 1.0), (0, 1, 0.0)]);
        assert_eq!(twice, WeightsError::Duplicate { source_unit: 0, target: 1 });
    }

    proptest! {
        #[test]
        fn identities(cells in prop::collection::vec(0.0f64..3.0, 36), x in prop::collection::vec(-5.0f64..5.0, 6)) {
            let dense = |i: usize, j: usize| if i == j || cells[6 * i + j] < 1.0 { 0.0 } else { cells[6 * i + j] };
            let links = (0..36u32).map(|c| (c / 6, c % 6, dense((c / 6) as usize, (c % 6) as usize)));
            let w = Weights::from_triplets(6, links).unwrap();
            let (mut s0, mut s1) = (0.0, 0.0);
            for i in 0..6 {
                for j in 0..6 {
                    s0 += dense(i, j);
                    s1 += 0.5 * (dense(i, j) + dense(j, i)).powi(2);
                    prop_assert_eq!(w.weight(i, j), dense(i, j));
                }
            }
            prop_assert!((w.s0() - s0).abs() < 1e-11 && (w.s1() - s1).abs() < 1e-10);
            let row = w.transform(Transform::Row);
            for i in 0..6 {
                let expected = if w.neighbours(i).is_empty() { 0.0 } else { 1.0 };
                prop_assert!((row.row_sum(i) - expected).abs() < 1e-14);
                let lag: f64 = (0..6).map(|j| dense(i, j) * x[j]).sum();
                prop_assert!((w.lag(&x)[i] - lag).abs() < 1e-12);
            }
        }
    }
}
