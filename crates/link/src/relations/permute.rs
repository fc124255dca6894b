//! The kernel of both tests: a matrix whose rows and columns are given to other actors, against matrices that stay.

use super::RelationError;
use super::matrices::Pairs;
use distretto_core::Context;
use distretto_numerics::{Key, Matrix, Stream, shuffle};
use rayon::prelude::*;

/// A matrix that is permuted and matrices that stay.
///
/// Nothing is rebuilt for a draw: cell (i, j) of the permuted matrix is read at (π(i), π(j)).
#[derive(Debug, Clone)]
pub(crate) struct Moving<'a> {
    pairs: &'a Pairs,
    /// Cells of the matrix that moves, 0 where missing; both triangles.
    moved: Vec<f64>,
    /// Where the matrix that moves has a value; `None` when no pair is missing.
    present: Option<Vec<bool>>,
    /// Matrices that stay, 0 outside the pairs.
    fixed: Vec<Vec<f64>>,
    /// Sum of squares of the matrix that moves, when it is the same for every permutation.
    square: f64,
}

/// What one permutation gives, over the pairs at which both sides have a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sums {
    /// Number of pairs.
    pub(crate) count: f64,
    /// Σ fixed_c · moved, for each matrix that stays.
    pub(crate) cross: Vec<f64>,
    /// Σ moved².
    pub(crate) square: f64,
    /// Σ fixed_c · fixed_d; `None` when no pair is missing, for then it is the same for every permutation.
    pub(crate) gram: Option<Matrix>,
}

impl<'a> Moving<'a> {
    /// From values of the pairs: of the matrix that moves, and of those that stay.
    pub(crate) fn new(pairs: &'a Pairs, moved: &[f64], fixed: &[Vec<f64>]) -> Self {
        let n = pairs.n;
        let mut matrix = pairs.spread(moved);
        let mut present = pairs.inside.clone();
        if !pairs.directed {
            for i in 0..n {
                for j in i + 1..n {
                    matrix[j * n + i] = matrix[i * n + j];
                    present[j * n + i] = present[i * n + j];
                }
            }
        }
        Self {
            pairs,
            moved: matrix,
            present: (!pairs.is_whole()).then_some(present),
            fixed: fixed.iter().map(|values| pairs.spread(values)).collect(),
            square: moved.iter().map(|value| value * value).sum(),
        }
    }

    /// The sums for actors in their own places.
    pub(crate) fn observed(&self) -> Sums {
        let places: Vec<u32> = (0..self.pairs.n as u32).collect();
        self.sums(&places, &mut vec![0.0; self.pairs.n])
    }

    /// A number for each random permutation; draw k depends on the seed, the purpose, `item` and k alone.
    pub(crate) fn draws<T: Send>(
        &self,
        draws: usize,
        key: Key,
        item: u64,
        context: &Context<'_>,
        of: impl Fn(&Sums) -> T + Sync,
    ) -> Result<Vec<T>, RelationError> {
        let n = self.pairs.n as u32;
        let own: Vec<u32> = (0..n).collect();
        let draw = |(places, row): &mut (Vec<u32>, Vec<f64>), draw: u64| {
            if context.progress.cancelled() {
                return Err(RelationError::Stopped);
            }
            places.clone_from(&own);
            row.resize(n as usize, 0.0);
            shuffle(&mut Stream::new(key, item, draw), places);
            context.progress.advance(1);
            Ok(of(&self.sums(places, row)))
        };
        (0..draws as u64).into_par_iter().map_init(Default::default, draw).collect()
    }

    fn sums(&self, places: &[u32], row: &mut [f64]) -> Sums {
        match &self.present {
            None => self.whole(places, row),
            Some(present) => self.partial(places, row, present),
        }
    }

    fn whole(&self, places: &[u32], row: &mut [f64]) -> Sums {
        let n = self.pairs.n;
        let mut cross = vec![0.0; self.fixed.len()];
        for i in 0..n {
            // The fixed matrices are 0 on the diagonal.
            let from = if self.pairs.directed { 0 } else { i + 1 };
            let base = places[i] as usize * n;
            let line = &self.moved[base..base + n];
            row[from..].iter_mut().zip(&places[from..]).for_each(|(cell, &place)| *cell = line[place as usize]);
            for (sum, fixed) in cross.iter_mut().zip(&self.fixed) {
                *sum += dot(&fixed[i * n + from..(i + 1) * n], &row[from..]);
            }
        }
        Sums { count: self.pairs.count as f64, cross, square: self.square, gram: None }
    }

    fn partial(&self, places: &[u32], row: &mut [f64], present: &[bool]) -> Sums {
        let (n, c) = (self.pairs.n, self.fixed.len());
        let (mut count, mut square, mut cross, mut gram) = (0.0, 0.0, vec![0.0; c], Matrix::zeros(c, c));
        let mut kept: Vec<f64> = vec![0.0; n];
        for i in 0..n {
            let base = places[i] as usize * n;
            for (j, &place) in places.iter().enumerate() {
                let inside = self.pairs.inside[i * n + j] && present[base + place as usize];
                kept[j] = f64::from(u8::from(inside));
                row[j] = if inside { self.moved[base + place as usize] } else { 0.0 };
                count += kept[j];
            }
            square += dot(row, row);
            for (a, fixed) in self.fixed.iter().enumerate() {
                let line = &fixed[i * n..(i + 1) * n];
                cross[a] += dot(line, row);
                let inside: Vec<f64> = line.iter().zip(&kept).map(|(value, kept)| value * kept).collect();
                for (b, other) in self.fixed.iter().enumerate().take(a + 1) {
                    gram[(a, b)] += dot(&inside, &other[i * n..(i + 1) * n]);
                }
            }
        }
        let gram = Matrix::from_fn(c, c, |a, b| gram[(a.max(b), a.min(b))]);
        Sums { count, cross, square, gram: Some(gram) }
    }
}

/// Σ a·b in four sums side by side: a fixed order that the processor can take four at a time.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (left, right) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = left.remainder().iter().zip(right.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in left.zip(right) {
        for lane in 0..4 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

#[cfg(test)]
mod tests {
    use super::super::matrices::fixtures::relation;
    use super::*;

    #[test]
    fn a_permutation_moves_rows_and_columns_together() {
        let cells: Vec<f64> = (0..25).map(|cell| f64::from(cell * cell % 17)).collect();
        let relations = [relation("a", &cells), relation("b", &cells)];
        let pairs = Pairs::of(&relations, true);
        let values = pairs.values(&relations[0]);
        let moving = Moving::new(&pairs, &values, &[values.clone(), vec![1.0; 20]]);
        let places = [3_u32, 0, 4, 1, 2];
        let sums = moving.sums(&places, &mut [0.0; 5]);
        let mut want = 0.0;
        for i in 0..5 {
            for j in (0..5).filter(|j| *j != i) {
                want += cells[i * 5 + j] * cells[places[i] as usize * 5 + places[j] as usize];
            }
        }
        assert_eq!(sums.cross, [want, values.iter().sum::<f64>()]);
        assert_eq!(sums.square, values.iter().map(|value| value * value).sum::<f64>());
    }

    #[test]
    fn a_missing_pair_is_out_on_either_side() {
        let mut cells: Vec<f64> = (0..16).map(f64::from).collect();
        cells[1] = f64::NAN;
        let relations = [relation("a", &cells)];
        let pairs = Pairs::of(&relations, true);
        let values = pairs.values(&relations[0]);
        let moving = Moving::new(&pairs, &values, &[vec![1.0; 11], values.clone()]);
        let own = moving.observed();
        assert_eq!((own.count, own.cross[0]), (11.0, values.iter().sum::<f64>()));
        // Actors 0 and 1 change places: (0, 1) is missing where it stands, (1, 0) where it comes from.
        let sums = moving.sums(&[1, 0, 2, 3], &mut [0.0; 4]);
        assert_eq!(sums.count, 10.0);
        let gram = sums.gram.unwrap();
        assert_eq!(gram[(0, 0)], 10.0);
        assert_eq!(gram[(0, 1)], values.iter().sum::<f64>() - cells[4]);
        assert_eq!(sums.cross[0], values.iter().sum::<f64>() - cells[4]);
    }
}
