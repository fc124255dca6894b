//! Draws from random streams: subsets, permutations, categories, multinomial counts.
//!
//! Every draw consumes its stream in a fixed way, so a result depends on the stream's address alone.

use thiserror::Error;

use crate::binomial::binomial;
use crate::philox::Stream;
use crate::sum::pairwise;

/// Reusable memory of [`sample_without_replacement`]: the numbers 0..n in order between two draws.
#[derive(Debug, Clone, Default)]
pub struct IndexScratch {
    index: Vec<u32>,
    swaps: Vec<u32>,
    drawn: Vec<u32>,
}

impl IndexScratch {
    /// Empty memory; grows to the largest n that it sees.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn grow(&mut self, n: u32) {
        let known = self.index.len() as u32;
        self.index.extend(known..n);
    }
}

/// `k` different numbers of 0..n, every ordered selection equally likely, by the partial
/// Fisher–Yates shuffle (Durstenfeld 1964) from the front.
///
/// O(k) after the first call with this n: the swaps are undone, so the draw depends on the stream
/// alone and not on earlier use of `scratch`.
///
/// # Panics
/// If k > n, which is an error of the caller.
pub fn sample_without_replacement<'s>(stream: &mut Stream, n: u32, k: u32, scratch: &'s mut IndexScratch) -> &'s [u32] {
    assert!(k <= n, "a sample of {k} without replacement needs as many elements, there are {n}");
    scratch.grow(n);
    let IndexScratch { index, swaps, drawn } = scratch;
    swaps.clear();
    drawn.clear();
    for i in 0..k {
        let j = i + stream.below(n - i);
        index.swap(i as usize, j as usize);
        swaps.push(j);
        drawn.push(index[i as usize]);
    }
    for (i, &j) in swaps.iter().enumerate().rev() {
        index.swap(i, j as usize);
    }
    drawn
}

/// Random permutation in place, all n! equally likely (Durstenfeld 1964, from the front).
///
/// # Panics
/// If there are more than 2³² − 1 items.
pub fn shuffle<T>(stream: &mut Stream, items: &mut [T]) {
    let n = u32::try_from(items.len()).expect("tables have fewer than 2^32 rows");
    for i in 0..n.saturating_sub(1) {
        let j = i + stream.below(n - i);
        items.swap(i as usize, j as usize);
    }
}

/// Why weights do not define a distribution.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[non_exhaustive]
pub enum WeightError {
    /// No weight, or more than 2³² − 1.
    #[error("{count} categories cannot be drawn from; give between 1 and 4294967295")]
    Count {
        /// Number of weights.
        count: usize,
    },
    /// A weight is negative, infinite or not a number.
    #[error("weight {value} of category {index} is not a finite number of at least 0")]
    Invalid {
        /// Position, from 0.
        index: usize,
        /// The weight.
        value: f64,
    },
    /// All weights are 0 (or their sum overflows).
    #[error("the weights sum to {sum}; at least one must be positive and the sum finite")]
    Sum {
        /// Their sum.
        sum: f64,
    },
}

fn check_weights(weights: &[f64]) -> Result<f64, WeightError> {
    if weights.is_empty() || u32::try_from(weights.len()).is_err() {
        return Err(WeightError::Count { count: weights.len() });
    }
    for (index, &value) in weights.iter().enumerate() {
        if !(value >= 0.0 && value.is_finite()) {
            return Err(WeightError::Invalid { index, value });
        }
    }
    let sum = pairwise(weights);
    if sum > 0.0 && sum.is_finite() { Ok(sum) } else { Err(WeightError::Sum { sum }) }
}

/// Categories 0..n with given weights, one draw in O(1) by the alias method (Walker 1977, in the
/// stable form of Vose 1991).
#[derive(Debug, Clone)]
pub struct Categorical {
    keep: Vec<f64>,
    alias: Vec<u32>,
}

impl Categorical {
    /// Prepares the table; the weights need not sum to 1.
    ///
    /// # Errors
    /// [`WeightError`].
    pub fn new(weights: &[f64]) -> Result<Self, WeightError> {
        let sum = check_weights(weights)?;
        let n = weights.len();
        let mut keep: Vec<f64> = weights.iter().map(|w| w / sum * n as f64).collect();
        let mut alias: Vec<u32> = (0..n as u32).collect();
        let (mut small, mut large): (Vec<u32>, Vec<u32>) = (0..n as u32).partition(|&i| keep[i as usize] < 1.0);
        while let (Some(&s), Some(&l)) = (small.last(), large.last()) {
            small.pop();
            alias[s as usize] = l;
            let rest = (keep[l as usize] + keep[s as usize]) - 1.0;
            keep[l as usize] = rest;
            if rest < 1.0 {
                large.pop();
                small.push(l);
            }
        }
        // What is left differs from 1 by rounding only.
        for i in small.into_iter().chain(large) {
            keep[i as usize] = 1.0;
        }
        Ok(Self { keep, alias })
    }

    /// One category. Uses three words of the stream (one more when [`Stream::below`] rejects).
    #[inline]
    pub fn draw(&self, stream: &mut Stream) -> u32 {
        let i = stream.below(self.keep.len() as u32);
        if stream.uniform() < self.keep[i as usize] { i } else { self.alias[i as usize] }
    }
}

/// Counts over categories with given weights: a chain of binomial draws, each on what is left.
#[derive(Debug, Clone)]
pub struct Multinomial {
    conditional: Vec<f64>,
}

impl Multinomial {
    /// Prepares the conditional probabilities `w_i/Σ_{j≥i} w_j`; the weights need not sum to 1.
    ///
    /// # Errors
    /// [`WeightError`].
    pub fn new(weights: &[f64]) -> Result<Self, WeightError> {
        check_weights(weights)?;
        let mut rest = 0.0;
        let mut conditional: Vec<f64> = weights
            .iter()
            .rev()
            .map(|&w| {
                rest += w;
                if w == 0.0 { 0.0 } else { w / rest }
            })
            .collect();
        conditional.reverse();
        Ok(Self { conditional })
    }

    /// Places `n` units; `counts` gets one number per category and sums to n.
    ///
    /// # Panics
    /// If `counts` has another length than the weights.
    pub fn draw(&self, stream: &mut Stream, n: u64, counts: &mut [u64]) {
        assert_eq!(counts.len(), self.conditional.len(), "one count per category");
        let mut left = n;
        for (count, &p) in counts.iter_mut().zip(&self.conditional) {
            *count = binomial(stream, left, p);
            left -= *count;
        }
        debug_assert_eq!(left, 0, "the last positive category has probability 1");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::chi_square_upper_tail;
    use crate::philox::Key;
    use proptest::prelude::*;

    fn stream(purpose: &str, replicate: u64) -> Stream {
        Stream::new(Key::new(2024, purpose), 0, replicate)
    }

    /// Chi-square goodness of fit; a fixed seed, so a failure is a defect and not bad luck.
    fn fits(counts: &[u64], expected: &[f64]) {
        let terms = counts.iter().zip(expected);
        let x: f64 = terms.map(|(&o, &e)| (o as f64 - e).powi(2) / e).sum();
        let p = chi_square_upper_tail(x, (counts.len() - 1) as f64);
        assert!(p > 1e-4, "chi-square {x}, p {p}, {counts:?}, {expected:?}");
    }

    /// All 5·4 = 20 ordered pairs of 5 are equally likely.
    #[test]
    fn ordered_samples_are_equally_likely() {
        let mut scratch = IndexScratch::new();
        let mut counts = [0u64; 20];
        for replicate in 0..40_000 {
            let drawn = sample_without_replacement(&mut stream("pairs", replicate), 5, 2, &mut scratch);
            let (first, second) = (drawn[0], drawn[1]);
            counts[(first * 4 + second - u32::from(second > first)) as usize] += 1;
        }
        fits(&counts, &[2_000.0; 20]);
    }

    #[test]
    fn scratch_does_not_matter() {
        let mut used = IndexScratch::new();
        for (n, k) in [(50, 20), (7, 7), (100, 3), (10, 0)] {
            sample_without_replacement(&mut stream("noise", n.into()), n, k, &mut used);
            let again = sample_without_replacement(&mut stream("same", 1), n, k, &mut used).to_vec();
            let mut fresh = IndexScratch::new();
            assert_eq!(again, sample_without_replacement(&mut stream("same", 1), n, k, &mut fresh));
        }
    }

    #[test]
    fn permutations_are_equally_likely() {
        let mut counts = [0u64; 6];
        for replicate in 0..30_000 {
            let mut items = [0usize, 1, 2];
            shuffle(&mut stream("shuffle", replicate), &mut items);
            counts[items[0] * 2 + usize::from(items[1] > items[2])] += 1;
        }
        fits(&counts, &[5_000.0; 6]);
    }

    #[test]
    fn categories_follow_their_weights() {
        let weights = [0.5, 0.0, 3.0, 1.0, 5.5];
        let table = Categorical::new(&weights).unwrap();
        let mut source = stream("alias", 0);
        let mut counts = [0u64; 5];
        for _ in 0..100_000 {
            counts[table.draw(&mut source) as usize] += 1;
        }
        assert_eq!(counts[1], 0);
        fits(&[counts[0], counts[2], counts[3], counts[4]], &[5e3, 3e4, 1e4, 5.5e4]);
    }

    #[test]
    fn multinomial_adds_up_and_follows_its_weights() {
        let table = Multinomial::new(&[1.0, 0.0, 2.0, 7.0, 0.0]).unwrap();
        let mut totals = [0u64; 5];
        let mut counts = [0u64; 5];
        for replicate in 0..2_000 {
            table.draw(&mut stream("multinomial", replicate), 50, &mut counts);
            assert_eq!(counts.iter().sum::<u64>(), 50);
            totals.iter_mut().zip(counts).for_each(|(t, c)| *t += c);
        }
        assert_eq!((totals[1], totals[4]), (0, 0));
        fits(&[totals[0], totals[2], totals[3]], &[1e4, 2e4, 7e4]);
    }

    #[test]
    fn weights_that_define_nothing() {
        assert!(matches!(Categorical::new(&[]), Err(WeightError::Count { count: 0 })));
        assert!(matches!(Categorical::new(&[1.0, -2.0]), Err(WeightError::Invalid { index: 1, .. })));
        assert!(matches!(Multinomial::new(&[0.0, 0.0]), Err(WeightError::Sum { .. })));
        assert!(matches!(Multinomial::new(&[f64::NAN]), Err(WeightError::Invalid { index: 0, .. })));
    }

    proptest! {
        #[test]
        fn samples_have_no_repeats(seed: u64, n in 1u32..200, share in 0.0f64..=1.0) {
            let k = (f64::from(n) * share) as u32;
            let mut scratch = IndexScratch::new();
            let mut source = Stream::new(Key::new(seed, "repeat"), 0, 0);
            let mut drawn = sample_without_replacement(&mut source, n, k, &mut scratch).to_vec();
            drawn.sort_unstable();
            drawn.dedup();
            prop_assert_eq!(drawn.len(), k as usize);
            prop_assert!(drawn.iter().all(|&i| i < n));
        }

        #[test]
        fn alias_tables_keep_the_mass(weights in prop::collection::vec(0.0f64..10.0, 1..50)) {
            prop_assume!(weights.iter().any(|&w| w > 0.0));
            let table = Categorical::new(&weights).unwrap();
            let n = weights.len();
            let mut mass = vec![0.0; n];
            for i in 0..n {
                mass[i] += table.keep[i] / n as f64;
                mass[table.alias[i] as usize] += (1.0 - table.keep[i]) / n as f64;
            }
            let sum: f64 = weights.iter().sum();
            for (m, w) in mass.iter().zip(&weights) {
                prop_assert!((m - w / sum).abs() < 1e-12);
            }
        }
    }
}
