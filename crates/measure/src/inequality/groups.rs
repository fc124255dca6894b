//! Theil's index between and within groups, and its permutation test.

use distretto_core::Progress;
use distretto_numerics::{Key, Stream, Tail, TailCounts, shuffle};
use rayon::prelude::*;

/// Permutations between two reports of progress; the result does not depend on it.
const BLOCK: u64 = 64;

/// One group of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Its label.
    pub label: String,
    /// Sum of the weights of its rows, `W_g` (their number without weights).
    pub weight: f64,
    /// Weighted mean of its values, `μ_g`.
    pub mean: f64,
    /// Theil's index within it, `T_g`; NaN when all its values are 0.
    pub theil: f64,
    /// Its share of the weighted sum of values, `p_g ρ_g`.
    pub share: f64,
}

/// Theil's index split by groups.
#[derive(Debug, Clone, PartialEq)]
pub struct Decomposition {
    /// `Σ_g p_g ρ_g ln ρ_g`.
    pub between: f64,
    /// `Σ_g p_g ρ_g T_g`.
    pub within: f64,
    /// One-sided p-value of `between` when labels are drawn without replacement; NaN when not asked for.
    pub p_value: f64,
    /// The groups in the order of their first appearance.
    pub groups: Vec<Group>,
}

/// Weights and values of rows, with the number of each row's group.
pub(super) struct Rows<'a> {
    pub(super) p: &'a [f64],
    pub(super) rho: &'a [f64],
    pub(super) group: &'a [u32],
    pub(super) count: usize,
}

impl Rows<'_> {
    /// Sums of p and of pρ by group.
    fn sums(&self, group: &[u32]) -> Vec<(f64, f64)> {
        let mut sums = vec![(0.0, 0.0); self.count];
        for (k, &g) in group.iter().enumerate() {
            let sum = &mut sums[g as usize];
            sum.0 += self.p[k];
            sum.1 += self.p[k] * self.rho[k];
        }
        sums
    }

    /// `Σ_g p_g ρ_g ln ρ_g`, here with `share = p_g ρ_g`.
    fn between(&self, group: &[u32]) -> f64 {
        let term = |&(p, share): &(f64, f64)| if share > 0.0 { share * (share / p).ln() } else { 0.0 };
        self.sums(group).iter().map(term).sum()
    }

    /// Splits Theil's index; `weight` and `mean` are those of all rows.
    pub(super) fn decompose(&self, labels: &[String], weight: f64, mean: f64) -> Decomposition {
        let sums = self.sums(self.group);
        let mut inner = vec![0.0; self.count];
        for (k, &g) in self.group.iter().enumerate() {
            let (p, share) = sums[g as usize];
            let part = self.p[k] * self.rho[k];
            if part > 0.0 {
                inner[g as usize] += part / share * (self.rho[k] * p / share).ln();
            }
        }
        let groups: Vec<Group> = (0..self.count)
            .map(|g| {
                let (p, share) = sums[g];
                let theil = if share > 0.0 { inner[g] } else { f64::NAN };
                Group { label: labels[g].clone(), weight: weight * p, mean: mean * share / p, theil, share }
            })
            .collect();
        let within = groups.iter().filter(|group| group.share > 0.0).map(|group| group.share * group.theil).sum();
        Decomposition { between: self.between(self.group), within, p_value: f64::NAN, groups }
    }

    /// Permutes the labels over the rows, `nsim` times, and counts how often `between` is at least as large.
    ///
    /// Permutation k is the Fisher–Yates shuffle from stream (seed, `inequality/groups`, 0, k). `None` when the user
    /// stopped. O(nsim · n).
    pub(super) fn permute(&self, nsim: u64, seed: u64, progress: &dyn Progress) -> Option<f64> {
        let key = Key::new(seed, "inequality/groups");
        let observed = self.between(self.group);
        progress.begin("permutations", nsim);
        let blocks = (0..nsim.div_ceil(BLOCK)).into_par_iter().map(|block| {
            let mut counts = TailCounts::new();
            let replicates = block * BLOCK..((block + 1) * BLOCK).min(nsim);
            if progress.cancelled() {
                return None;
            }
            progress.advance(replicates.end - replicates.start);
            for replicate in replicates {
                let mut group = self.group.to_vec();
                shuffle(&mut Stream::new(key, 0, replicate), &mut group);
                counts.record(observed, self.between(&group));
            }
            Some(counts)
        });
        let merge = |mut a: TailCounts, b: TailCounts| {
            a.merge(b);
            a
        };
        let counts = blocks.try_reduce(TailCounts::new, |a, b| Some(merge(a, b)))?;
        Some(counts.p(Tail::Greater))
    }
}
