//! The pairs whose distances Kd looks at: within A, or between A and B.

use crate::points::pairs::{PairIndex, Scale};
use rayon::prelude::*;
use std::ops::Range;

/// Plants of A (and B) laid out for their pairs, with weights by place; no weights when every plant counts as 1.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    pub(super) a: PairIndex,
    pub(super) b: Option<PairIndex>,
    pub(super) weights: Option<[Vec<f64>; 2]>,
    /// Pairs of the pattern of which this is a subsample; `None` for a whole one.
    pub(super) whole: Option<u64>,
}

/// Whether one pattern is worked on by all threads, or each thread has a pattern of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Threads {
    All,
    One,
}

impl Pattern {
    pub(super) fn empty_like(layout: &PairIndex, two: bool, weighted: bool) -> Self {
        let weights = weighted.then(|| [Vec::new(), Vec::new()]);
        Self { a: layout.empty_like(), b: two.then(|| layout.empty_like()), weights, whole: None }
    }

    pub(super) fn scale(&self) -> Scale {
        self.a.scale()
    }

    /// Number of pairs.
    pub(super) fn pairs(&self) -> u64 {
        let n = self.a.len() as u64;
        self.b.as_ref().map_or(n * n.saturating_sub(1) / 2, |b| n * b.len() as u64)
    }

    /// Number of pairs that a visit can meet, or a little more: a table may list fewer than there are.
    pub(super) fn visited(&self) -> u64 {
        self.a.links().map_or(self.pairs(), |links| self.pairs().min(links.len() as u64))
    }

    /// Pairs of the whole pattern to one of this subsample: bandwidths are chosen for the number of the whole.
    pub(super) fn rise(&self) -> f64 {
        self.whole.map_or(1.0, |whole| whole as f64 / self.pairs() as f64)
    }

    /// Σ w_i w_j over all pairs.
    pub(super) fn total(&self) -> f64 {
        let Some([own, other]) = &self.weights else { return self.pairs() as f64 };
        let sum = distretto_numerics::pairwise(own);
        if self.b.is_some() {
            return sum * distretto_numerics::pairwise(other);
        }
        // Σ_i w_i Σ_{j<i} w_j: (Σw)² − Σw² would cancel when one plant dominates.
        let mut before = 0.0;
        let terms: Vec<f64> = own
            .iter()
            .map(|&weight| {
                let term = weight * before;
                before += weight;
                term
            })
            .collect();
        distretto_numerics::pairwise(&terms)
    }

    /// Visits the pairs whose first point is at one of these places of A: place i of A, then the weights of the
    /// partners (none without weights) and the squared distances.
    pub(super) fn visit(&self, places: Range<usize>, mut visit: impl FnMut(f64, &[f64], &[f64])) {
        let none: &[f64] = &[];
        let own = self.weights.as_ref().map(|weights| &weights[0]);
        let partners = self.weights.as_ref().map(|weights| &weights[usize::from(self.b.is_some())]);
        let each = |i: usize, j: usize, squared: &[f64]| {
            let weights = partners.map_or(none, |partners| &partners[j..j + squared.len()]);
            visit(own.map_or(1.0, |own| own[i]), weights, squared);
        };
        match &self.b {
            None => self.a.visit(places, each),
            Some(b) => b.visit_from(&self.a, places, each),
        }
    }

    /// One state for each part of the pairs, merged in the order of the parts.
    pub(super) fn fold<S: Send>(
        &self,
        threads: Threads,
        new: impl Fn() -> S + Sync,
        visit: impl Fn(&mut S, f64, &[f64], &[f64]) + Sync,
        merge: impl Fn(&mut S, S),
    ) -> S {
        let part = |places: Range<usize>, mut state: S| {
            self.visit(places, |weight, weights, squared| visit(&mut state, weight, weights, squared));
            state
        };
        if threads == Threads::One {
            return part(0..self.a.len(), new());
        }
        let states: Vec<S> = self.a.parts().into_par_iter().map(|places| part(places, new())).collect();
        let mut states = states.into_iter();
        let mut all = states.next().unwrap_or_else(&new);
        states.for_each(|state| merge(&mut all, state));
        all
    }

    /// As [`fold`](Self::fold), for states that merge in any order: integers. Holds few states at a time.
    pub(super) fn reduce<S: Send>(
        &self,
        threads: Threads,
        new: impl Fn() -> S + Sync + Send,
        visit: impl Fn(&mut S, f64, &[f64], &[f64]) + Sync + Send,
        merge: impl Fn(S, S) -> S + Sync + Send,
    ) -> S {
        if threads == Threads::One {
            let mut state = new();
            self.visit(0..self.a.len(), |weight, weights, squared| visit(&mut state, weight, weights, squared));
            return state;
        }
        let add = |mut state: S, places: Range<usize>| {
            self.visit(places, |weight, weights, squared| visit(&mut state, weight, weights, squared));
            state
        };
        let parts = self.a.parts().into_par_iter().with_min_len(8);
        parts.fold(&new, add).reduce(&new, merge)
    }
}
