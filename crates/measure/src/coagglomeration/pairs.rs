//! Scalar products of all pairs of industries, over regions.
//!
//! Deviations `s − x` are held in panels of [`WIDTH`] industries, region by region, so that one pass over two panels
//! gives the products of `WIDTH²` pairs with every load used `WIDTH` times. Each product adds its regions in order,
//! whatever the number of threads.

/// Industries of a panel: 16 sums fit into the vector registers of any 64-bit machine.
const WIDTH: usize = 4;

/// Deviations `s_ir − x_r` of every industry, in panels.
#[derive(Debug, Clone)]
pub(crate) struct Deviations {
    industries: usize,
    regions: usize,
    values: Vec<f64>,
}

impl Deviations {
    /// No industry has anything anywhere: `−x` throughout.
    pub(crate) fn new(industries: usize, x: &[f64]) -> Self {
        let mut new = Self { industries, regions: x.len(), values: Vec::new() };
        new.values.resize(industries.div_ceil(WIDTH) * WIDTH * x.len(), 0.0);
        new.reset(x);
        new
    }

    /// Back to `−x` throughout.
    pub(crate) fn reset(&mut self, x: &[f64]) {
        for panel in self.values.chunks_exact_mut(WIDTH * self.regions.max(1)) {
            for (row, share) in panel.chunks_exact_mut(WIDTH).zip(x) {
                row.fill(-share);
            }
        }
    }

    /// Adds a share of an industry to a region.
    #[inline]
    pub(crate) fn add(&mut self, industry: usize, region: usize, share: f64) {
        self.values[(industry / WIDTH * self.regions + region) * WIDTH + industry % WIDTH] += share;
    }

    fn panel(&self, panel: usize) -> &[f64] {
        &self.values[panel * self.regions * WIDTH..(panel + 1) * self.regions * WIDTH]
    }

    /// The deviation of an industry in a region.
    #[inline]
    pub(crate) fn at(&self, industry: usize, region: usize) -> f64 {
        self.values[(industry / WIDTH * self.regions + region) * WIDTH + industry % WIDTH]
    }

    /// `Σ_r (s_ar − x_r)(s_br − x_r)` of every pair `a < b` of which one is wanted, handed to `take(place, sum)`: places
    /// count all pairs row by row.
    pub(crate) fn products(&self, wanted: &[bool], mut take: impl FnMut(usize, f64)) {
        let panels: Vec<bool> = wanted.chunks(WIDTH).map(|panel| panel.contains(&true)).collect();
        for a in 0..panels.len() {
            for b in (a..panels.len()).filter(|&b| panels[a] || panels[b]) {
                let sums = product(self.panel(a), self.panel(b));
                self.hand_over(a, b, &sums, wanted, &mut take);
            }
        }
    }

    /// Number of all pairs.
    pub(crate) fn pairs(&self) -> usize {
        self.industries * self.industries.saturating_sub(1) / 2
    }

    fn hand_over(
        &self,
        a: usize,
        b: usize,
        sums: &[[f64; WIDTH]; WIDTH],
        wanted: &[bool],
        take: &mut impl FnMut(usize, f64),
    ) {
        for (i, row) in sums.iter().enumerate() {
            for (j, &sum) in row.iter().enumerate() {
                let (first, second) = (a * WIDTH + i, b * WIDTH + j);
                if first < second && second < self.industries && (wanted[first] || wanted[second]) {
                    take(place(first, second, self.industries), sum);
                }
            }
        }
    }
}

/// Place of the pair `a < b` of `n` industries in a list row by row.
pub(crate) fn place(a: usize, b: usize, n: usize) -> usize {
    a * n - a * (a + 1) / 2 + (b - a - 1)
}

/// Products of the columns of two panels.
#[inline]
fn product(a: &[f64], b: &[f64]) -> [[f64; WIDTH]; WIDTH] {
    let mut sums = [[0.0; WIDTH]; WIDTH];
    for (x, y) in a.chunks_exact(WIDTH).zip(b.chunks_exact(WIDTH)) {
        for i in 0..WIDTH {
            for j in 0..WIDTH {
                sums[i][j] += x[i] * y[j];
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_those_of_the_definition() {
        let x = [0.5, 0.25, 0.25];
        let shares = |i: usize| [i as f64 / 10.0, 0.1, 0.9 - i as f64 / 10.0];
        let mut deviations = Deviations::new(7, &x);
        for i in 0..7 {
            for (r, share) in shares(i).into_iter().enumerate() {
                deviations.add(i, r, share);
            }
        }
        let mut seen = vec![f64::NAN; deviations.pairs()];
        deviations.products(&[true; 7], |place, sum| seen[place] = sum);
        for a in 0..7 {
            for b in a + 1..7 {
                let (sa, sb) = (shares(a), shares(b));
                let wanted: f64 = (0..3).map(|r| (sa[r] - x[r]) * (sb[r] - x[r])).sum();
                assert!((seen[place(a, b, 7)] - wanted).abs() < 1e-15, "{a} {b}");
            }
        }
        let mut with_five = 0;
        deviations.products(&[false, false, false, false, false, true, false], |_, _| with_five += 1);
        assert_eq!((seen.len(), with_five), (21, 6));
    }
}
