//! Linear programmes with a handful of rows and many columns: the revised simplex method, the basis factored anew in
//! every step, so that errors do not pile up.
//!
//! A general solver was weighed: microlp 0.7 grants 1e-7, scores are wanted to 1e-8, and every programme here has a
//! basis to start from.

use distretto_numerics::{Lu, Matrix};

/// Steps before a programme is given up.
const STEPS: usize = 20_000;
/// Steps without progress after which columns are taken in order (Bland 1977).
const STALLED: usize = 30;
/// A reduced cost below this share of its terms is 0.
const OPTIMAL: f64 = 1e-11;
/// A cell that can be divided by.
const PIVOT: f64 = 1e-10;

/// `min c'x` subject to `A x = b`, `x ≥ 0`.
#[derive(Debug, Clone)]
pub(super) struct Program {
    /// `A`, rows by columns.
    pub a: Matrix,
    /// Right-hand side, 0 or more.
    pub b: Vec<f64>,
    /// A column that may be in the basis but must stay 0 and never enters.
    pub artificial: Option<usize>,
}

/// A basis and its solution.
#[derive(Debug, Clone)]
pub(super) struct Vertex {
    /// Columns in the basis.
    pub basis: Vec<usize>,
    /// Their values.
    pub values: Vec<f64>,
    /// Reduced cost of every column.
    pub reduced: Vec<f64>,
}

impl Vertex {
    /// Value of a column.
    pub(super) fn of(&self, column: usize) -> f64 {
        self.basis.iter().position(|&j| j == column).map_or(0.0, |i| self.values[i])
    }
}

impl Program {
    /// The optimum from a feasible basis; columns enter where `may` allows. Nothing where it is unbounded or the steps
    /// run out.
    pub(super) fn minimise(&self, cost: &[f64], mut basis: Vec<usize>, may: &dyn Fn(usize) -> bool) -> Option<Vertex> {
        let rows = self.a.rows();
        let (mut best, mut stalled) = (f64::INFINITY, 0);
        for _ in 0..STEPS {
            let lu = Lu::new(&Matrix::from_fn(rows, rows, |i, k| self.a[(i, basis[k])])).ok()?;
            let values: Vec<f64> = lu.solve(&self.b).into_iter().map(|x| x.max(0.0)).collect();
            let prices = lu.solve_transposed(&basis.iter().map(|&j| cost[j]).collect::<Vec<f64>>());
            let value: f64 = basis.iter().zip(&values).map(|(&j, x)| cost[j] * x).sum();
            stalled = if value < best - 1e-13 * best.abs().clamp(1.0, 1e300) { 0 } else { stalled + 1 };
            best = best.min(value);
            let (entering, reduced) = self.entering(cost, &basis, &prices, may, stalled > STALLED);
            let Some(entering) = entering else { return Some(Vertex { basis, values, reduced }) };
            let along = lu.solve(self.a.column(entering));
            let leaving = self.leaving(&basis, &values, &along, stalled > STALLED)?;
            basis[leaving] = entering;
        }
        None
    }

    /// The column of the least reduced cost, or the first that is negative; none at the optimum.
    fn entering(
        &self,
        cost: &[f64],
        basis: &[usize],
        prices: &[f64],
        may: &dyn Fn(usize) -> bool,
        first: bool,
    ) -> (Option<usize>, Vec<f64>) {
        let mut reduced = vec![0.0; self.a.columns()];
        let (mut entering, mut least) = (None, 0.0);
        for j in 0..self.a.columns() {
            let terms = || prices.iter().zip(self.a.column(j)).map(|(price, cell)| price * cell);
            reduced[j] = cost[j] - terms().sum::<f64>();
            if reduced[j] >= least || (first && entering.is_some()) {
                continue;
            }
            let size = cost[j].abs() + terms().map(f64::abs).sum::<f64>();
            if reduced[j] < -OPTIMAL * size && may(j) && self.artificial != Some(j) && !basis.contains(&j) {
                (entering, least) = (Some(j), reduced[j]);
            }
        }
        (entering, reduced)
    }

    /// The row that reaches 0 first; of several that with the largest pivot, or, in order, the smallest column.
    fn leaving(&self, basis: &[usize], values: &[f64], along: &[f64], ordered: bool) -> Option<usize> {
        let artificial = (0..basis.len())
            .find(|&i| self.artificial == Some(basis[i]) && values[i] <= PIVOT && along[i].abs() > PIVOT);
        if artificial.is_some() {
            return artificial;
        }
        let rows = || (0..basis.len()).filter(|&i| along[i] > PIVOT);
        let least = rows().map(|i| values[i] / along[i]).reduce(f64::min)?;
        let tied = rows().filter(|&i| values[i] / along[i] <= least + 1e-12 * least.max(1.0));
        match ordered {
            true => tied.min_by_key(|&i| basis[i]),
            false => tied.max_by(|&a, &b| along[a].total_cmp(&along[b]).then(basis[b].cmp(&basis[a]))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_programme_by_hand() {
        // max x + 2y with x + y ≤ 4, x + 3y ≤ 6: x = 3, y = 1.
        let a = Matrix::from_columns(2, 4, vec![1.0, 1.0, 1.0, 3.0, 1.0, 0.0, 0.0, 1.0]);
        let program = Program { a, b: vec![4.0, 6.0], artificial: None };
        let found = program.minimise(&[-1.0, -2.0, 0.0, 0.0], vec![2, 3], &|_| true).unwrap();
        assert!((found.of(0) - 3.0).abs() < 1e-14 && (found.of(1) - 1.0).abs() < 1e-14 && found.of(2) == 0.0);
        let unbounded = Program { a: Matrix::from_columns(1, 2, vec![1.0, -1.0]), b: vec![1.0], artificial: None };
        assert!(unbounded.minimise(&[0.0, -1.0], vec![0], &|_| true).is_none());
    }
}
