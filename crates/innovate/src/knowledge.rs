//! Who learns from whom: beta_ij = rate · absorptive_i · leakage_j · matrix_ij · decay(dist_ij), stored as it is
//! given and never expanded unless a dense system is solved.

use crate::game::close;
use distretto_numerics::Matrix;

/// Spillovers off the diagonal; the diagonal is 1 and not stored.
#[derive(Debug, Clone, PartialEq)]
pub enum Knowledge {
    /// Nobody learns.
    None,
    /// beta_ij = row_i · column_j.
    RankOne {
        /// What i can use, the common rate included.
        row: Vec<f64>,
        /// What j lets out.
        column: Vec<f64>,
    },
    /// Links of receivers: those of i stand at `starts[i]..starts[i + 1]`.
    Sparse {
        /// Where the links of each receiver begin, and the end.
        starts: Vec<usize>,
        /// Sources.
        sources: Vec<u32>,
        /// beta.
        weights: Vec<f64>,
    },
    /// All pairs.
    Dense(Matrix),
}

impl Knowledge {
    /// What i gains from a unit of j; 1 on the diagonal.
    #[must_use]
    pub fn entry(&self, i: usize, j: usize) -> f64 {
        if i == j {
            return 1.0;
        }
        match self {
            Self::None => 0.0,
            Self::RankOne { row, column } => row[i] * column[j],
            Self::Dense(matrix) => matrix[(i, j)],
            Self::Sparse { starts, sources, weights } => {
                let range = starts[i]..starts[i + 1];
                let found = sources[range.clone()].iter().position(|&source| source as usize == j);
                found.map_or(0.0, |k| weights[range.start + k])
            }
        }
    }

    /// S as a dense matrix.
    #[must_use]
    pub fn dense(&self, n: usize) -> Matrix {
        match self {
            Self::None => Matrix::identity(n),
            Self::RankOne { .. } => Matrix::from_fn(n, n, |i, j| self.entry(i, j)),
            Self::Dense(matrix) => Matrix::from_fn(n, n, |i, j| if i == j { 1.0 } else { matrix[(i, j)] }),
            Self::Sparse { starts, sources, weights } => {
                let mut s = Matrix::identity(n);
                for i in 0..n {
                    for k in starts[i]..starts[i + 1] {
                        if sources[k] as usize != i {
                            s[(i, sources[k] as usize)] = weights[k];
                        }
                    }
                }
                s
            }
        }
    }

    /// Whether firms i and j could change places without changing any spillover.
    #[must_use]
    pub fn exchangeable(&self, i: usize, j: usize, n: usize) -> bool {
        match self {
            Self::None => true,
            Self::RankOne { row, column } if close(row[i], row[j]) && close(column[i], column[j]) => true,
            // Factors may differ where their products do not.
            _ => {
                close(self.entry(i, j), self.entry(j, i))
                    && (0..n)
                        .filter(|&k| k != i && k != j)
                        .all(|k| close(self.entry(i, k), self.entry(j, k)) && close(self.entry(k, i), self.entry(k, j)))
            }
        }
    }

    /// The one spillover rate between all pairs, when there is one; 0 for a single firm.
    #[must_use]
    pub fn uniform(&self, n: usize) -> Option<f64> {
        if n < 2 {
            return Some(0.0);
        }
        let first = self.entry(0, 1);
        let same = match self {
            Self::None => true,
            Self::RankOne { row, column } => {
                let flat = |values: &[f64]| values.iter().all(|&value| close(value, values[0]));
                (flat(row) && flat(column)) || (0..n).all(|i| (0..n).all(|j| i == j || close(self.entry(i, j), first)))
            }
            _ => (0..n).all(|i| (0..n).all(|j| i == j || close(self.entry(i, j), first))),
        };
        same.then_some(first)
    }

    /// Spillovers among the firms named, in that order.
    #[must_use]
    pub fn among(&self, firms: &[usize]) -> Self {
        let pick = |values: &[f64]| firms.iter().map(|&i| values[i]).collect::<Vec<_>>();
        match self {
            Self::None => Self::None,
            Self::RankOne { row, column } => Self::RankOne { row: pick(row), column: pick(column) },
            _ => Self::Dense(Matrix::from_fn(firms.len(), firms.len(), |i, j| self.entry(firms[i], firms[j]))),
        }
    }
}
