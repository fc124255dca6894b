//! Convex quadratic programmes of few unknowns, by a primal active set: min ½ x'Hx − g'x subject to rows a'x <= b.
//!
//! The working set begins empty and takes a row only when a step would leave it, so that its rows are independent. The
//! start must be feasible; a start that is not so by rounding only does no harm.

use distretto_numerics::Matrix;

/// One constraint, a'x <= b, or a'x = b.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub a: Vec<f64>,
    pub b: f64,
    pub equal: bool,
}

impl Row {
    pub(super) fn at_most(a: Vec<f64>, b: f64) -> Self {
        Self { a, b, equal: false }
    }

    pub(super) fn equal(a: Vec<f64>, b: f64) -> Self {
        Self { a, b, equal: true }
    }

    pub(super) fn times(&self, x: &[f64]) -> f64 {
        self.a.iter().zip(x).map(|(a, x)| a * x).sum()
    }

    /// The largest entry: what counts as 0 for a'p when p has entries of size 1.
    pub(super) fn size(&self) -> f64 {
        self.a.iter().fold(0.0, |size, a| f64::max(size, a.abs()))
    }
}

/// The solution from a feasible start; none when H is not positive definite on the rows that bind, or it cycles.
pub(super) fn minimise(h: &Matrix, g: &[f64], rows: &[Row], start: &[f64]) -> Option<Vec<f64>> {
    let n = start.len();
    let mut x = start.to_vec();
    let mut working: Vec<usize> = Vec::new();
    for k in (0..rows.len()).filter(|&k| rows[k].equal) {
        if independent(rows, &working, k) {
            working.push(k);
        }
    }
    let fixed = working.len();
    for round in 0..20 * (n + rows.len()) + 50 {
        let (target, prices) = step(h, g, rows, &working)?;
        let p: Vec<f64> = target.iter().zip(&x).map(|(to, from)| to - from).collect();
        let scale = x.iter().chain(&target).fold(1e-300, |top: f64, v| top.max(v.abs()));
        let far = p.iter().fold(0.0f64, |far, v| far.max(v.abs()));
        let block = if far > 1e-14 * scale { blocked(rows, &working, &x, &p) } else { None };
        if let Some((share, k)) = block {
            x.iter_mut().zip(&p).for_each(|(x, p)| *x += share * p);
            working.push(k);
            continue;
        }
        x = target;
        // A row that holds x back from better: the worst, or after many rounds the first, which cannot cycle.
        let loose = (fixed..working.len()).filter(|&w| prices[w] < -1e-11 * (1.0 + prices[w].abs()));
        let leaves = match round > 4 * (n + rows.len()) {
            true => loose.min_by_key(|&w| working[w]),
            false => loose.min_by(|&a, &b| prices[a].total_cmp(&prices[b])),
        };
        match leaves {
            Some(w) => {
                working.remove(w);
            }
            None => return Some(x),
        }
    }
    None
}

/// The first row that a step meets, and what share of the step leads there. A row that the working set implies cannot be
/// met: what rounding makes of it would leave the set without a solution.
fn blocked(rows: &[Row], working: &[usize], x: &[f64], p: &[f64]) -> Option<(f64, usize)> {
    let far = p.iter().fold(0.0f64, |far, v| far.max(v.abs()));
    let mut implied: Vec<usize> = Vec::new();
    loop {
        let mut block: Option<(f64, usize)> = None;
        for (k, row) in rows.iter().enumerate() {
            if row.equal || working.contains(&k) || implied.contains(&k) {
                continue;
            }
            let rise = row.times(p);
            if rise <= 1e-13 * row.size() * far {
                continue;
            }
            let share = ((row.b - row.times(x)) / rise).max(0.0);
            if share < block.map_or(1.0, |(least, _)| least) {
                block = Some((share, k));
            }
        }
        match block {
            Some((_, k)) if !independent(rows, working, k) => implied.push(k),
            found => return found,
        }
    }
}

/// The minimum on the working set, and the prices of its rows.
fn step(h: &Matrix, g: &[f64], rows: &[Row], working: &[usize]) -> Option<(Vec<f64>, Vec<f64>)> {
    let (n, w) = (g.len(), working.len());
    // By columns: H over the working rows, beside them those rows over 0.
    let mut kkt = vec![0.0; (n + w) * (n + w)];
    for (j, column) in kkt.chunks_exact_mut(n + w).enumerate() {
        if j < n {
            column[..n].copy_from_slice(h.column(j));
            working.iter().zip(&mut column[n..]).for_each(|(&k, cell)| *cell = rows[k].a[j]);
        } else {
            column[..n].copy_from_slice(&rows[working[j - n]].a);
        }
    }
    let mut solved = g.to_vec();
    solved.extend(working.iter().map(|&k| rows[k].b));
    eliminate(&mut kkt, &mut solved)?;
    let prices = solved.split_off(n);
    Some((solved, prices))
}

/// Solves a system of few equations, given by columns, in place: a library's factors cost more than their arithmetic.
/// None when a pivot is below 1e-15 of the largest, as in `Lu`.
fn eliminate(columns: &mut [f64], right: &mut [f64]) -> Option<()> {
    let n = right.len();
    let mut largest = 0.0f64;
    let mut least = f64::INFINITY;
    for k in 0..n {
        let (before, after) = columns.split_at_mut((k + 1) * n);
        let column = &mut before[k * n..];
        let pivot = (k..n).max_by(|&a, &b| column[a].abs().total_cmp(&column[b].abs()))?;
        column.swap(k, pivot);
        right.swap(k, pivot);
        let top = column[k];
        (largest, least) = (largest.max(top.abs()), least.min(top.abs()));
        if !top.is_finite() || top == 0.0 {
            return None;
        }
        column[k + 1..].iter_mut().for_each(|cell| *cell /= top);
        let factors = &column[k + 1..];
        let reduce = |column: &mut [f64]| {
            let head = column[k];
            if head != 0.0 {
                column[k + 1..].iter_mut().zip(factors).for_each(|(cell, factor)| *cell -= factor * head);
            }
        };
        for other in after.chunks_exact_mut(n) {
            other.swap(k, pivot);
            reduce(other);
        }
        reduce(right);
    }
    if least <= 1e-15 * largest {
        return None;
    }
    for k in (0..n).rev() {
        let column = &columns[k * n..(k + 1) * n];
        right[k] /= column[k];
        let value = right[k];
        right[..k].iter_mut().zip(column).for_each(|(cell, above)| *cell -= above * value);
    }
    right.iter().all(|value| value.is_finite()).then_some(())
}

/// Whether a row adds to those of the working set.
fn independent(rows: &[Row], working: &[usize], k: usize) -> bool {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let mut rest = Vec::new();
    for &row in working.iter().chain(std::iter::once(&k)) {
        rest = rows[row].a.clone();
        for _ in 0..2 {
            for unit in &basis {
                let along: f64 = unit.iter().zip(&rest).map(|(u, r)| u * r).sum();
                rest.iter_mut().zip(unit).for_each(|(r, u)| *r -= along * u);
            }
        }
        let length = rest.iter().map(|r| r * r).sum::<f64>().sqrt();
        basis.push(rest.iter().map(|r| if length > 0.0 { r / length } else { 0.0 }).collect());
    }
    rest.iter().map(|r| r * r).sum::<f64>().sqrt() > 1e-10 * rows[k].size()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn programmes_by_hand() {
        // min ½(x² + y²) − 4x − 2y: (4, 2); with x + y <= 3: (2.5, 0.5); with y >= 1 besides: (2, 1).
        let h = Matrix::identity(2);
        let g = [4.0, 2.0];
        let sum = Row::at_most(vec![1.0, 1.0], 3.0);
        let least = Row::at_most(vec![0.0, -1.0], -1.0);
        let near = |found: Vec<f64>, x: f64, y: f64| (found[0] - x).abs() < 1e-14 && (found[1] - y).abs() < 1e-14;
        assert!(near(minimise(&h, &g, &[], &[0.0, 0.0]).unwrap(), 4.0, 2.0));
        assert!(near(minimise(&h, &g, std::slice::from_ref(&sum), &[0.0, 0.0]).unwrap(), 2.5, 0.5));
        assert!(near(minimise(&h, &g, &[sum.clone(), least.clone()], &[0.0, 2.0]).unwrap(), 2.0, 1.0));
        // The same equality twice is one.
        let line = Row::equal(vec![1.0, 1.0], 1.0);
        assert!(near(minimise(&h, &g, &[line.clone(), line, least], &[0.0, 1.0]).unwrap(), 0.0, 1.0));
    }

    proptest! {
        /// Elimination solves what `Lu` solves.
        #[test]
        fn elimination(cells in prop::collection::vec(-1.0..1.0f64, 36), right in prop::collection::vec(-9.0..9.0f64, 6)) {
            let matrix = Matrix::from_columns(6, 6, cells.clone());
            let known = distretto_numerics::Lu::new(&matrix).unwrap().solve(&right);
            let mut found = right.clone();
            eliminate(&mut cells.clone(), &mut found).unwrap();
            let size = known.iter().fold(0.0f64, |size, value| size.max(value.abs()));
            for (found, known) in found.iter().zip(&known) {
                prop_assert!((found - known).abs() <= 1e-12 * (1.0 + size * size), "{found} {known}");
            }
        }

        /// Rows that say the same, met but for rounding, leave a solution: reach is at most and at least 40.3 four times
        /// each, and the cheapest way there is the same for all.
        #[test]
        fn rows_that_say_the_same(parts in prop::collection::vec(0.5..1.5f64, 9), near in 0.0..20.0f64) {
            let whole: f64 = parts.iter().sum();
            let start: Vec<f64> = parts.iter().map(|part| 40.3 * part / whole).collect();
            let h = Matrix::from_fn(9, 9, |i, j| if i == j { 2.51 + near } else { 0.0 });
            let g: Vec<f64> = start.iter().map(|x| near * x).collect();
            let mut rows = Vec::new();
            for sign in [1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0] {
                rows.push(Row::at_most(vec![sign; 9], sign * 40.3));
            }
            let found = minimise(&h, &g, &rows, &start);
            prop_assert!(found.is_some());
            for (x, from) in found.unwrap_or_default().iter().zip(&start) {
                prop_assert!((x - (near * from + 2.51 * 40.3 / 9.0) / (2.51 + near)).abs() < 1e-9);
            }
        }

        /// In a box the solution of a separable programme is the clipped one.
        #[test]
        fn boxes(g in prop::collection::vec(-3.0..3.0f64, 1..7), weights in prop::collection::vec(0.5..4.0f64, 7)) {
            let n = g.len();
            let h = Matrix::from_fn(n, n, |i, j| if i == j { weights[i] } else { 0.0 });
            let unit = |i: usize, sign: f64| (0..n).map(|j| if i == j { sign } else { 0.0 }).collect::<Vec<f64>>();
            let rows: Vec<Row> = (0..n)
                .flat_map(|i| [Row::at_most(unit(i, 1.0), 0.5), Row::at_most(unit(i, -1.0), 0.0)])
                .collect();
            let found = minimise(&h, &g, &rows, &vec![0.25; n]).unwrap();
            for i in 0..n {
                prop_assert!((found[i] - (g[i] / weights[i]).clamp(0.0, 0.5)).abs() < 1e-12);
            }
        }
    }
}
