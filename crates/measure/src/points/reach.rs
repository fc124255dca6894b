//! Distances when none are given: from 0 to the median distance of all pairs of plants.

use super::error::PlantsError;
use super::pairs::{PairIndex, Scale};
use super::plants::Plants;
use super::select::PairTree;
use distretto_core::Context;

/// Steps of the default distances (Duranton and Overman 2005, section 3, up to the median).
const STEPS: usize = 100;
/// Plants up to which every pair is looked at.
const FEW: usize = 10_000;
/// Bits of one refinement.
const DIGIT: u32 = 16;
/// Distances that are sorted at the end, once so few are left.
const SORTED: u64 = 1 << 20;

/// 0 to the median distance of all pairs of plants, in 100 steps.
///
/// # Errors
/// Fewer than two plants, or half of all pairs at distance 0.
pub fn default_distances(plants: &Plants, context: &Context) -> Result<Vec<f64>, PlantsError> {
    // Of a million plants this takes minutes: the bar says what it is that takes them.
    context.progress.begin("median distance of all pairs (none with --r)", 1);
    let median = median_distance(plants)?;
    if median > 0.0 {
        return Ok((0..=STEPS).map(|k| median * k as f64 / STEPS as f64).collect());
    }
    Err(PlantsError::NoScale)
}

/// Median of the distances of all pairs of plants (type 7: the mean of the two middle ones), exact.
///
/// Selects by the bits of the squared distances, 16 at a time from the highest: counts of all pairs by their first
/// 16 bits, then of those in the middle bin by their next 16, until what is left is sorted. Of many plants, pairs are
/// counted by pairs of boxes. Pairs that a table of distances does not list lie above those that it lists.
///
/// # Errors
/// Fewer than two plants; a median among the pairs that a table does not list.
///
/// # Complexity
/// O(n²) time in three passes, seldom more, O(1) memory; beyond 10,000 plants about O(n^1.5) time, O(n) memory.
pub fn median_distance(plants: &Plants) -> Result<f64, PlantsError> {
    let n = plants.len() as u64;
    if n < 2 {
        let industry = "the table".to_owned();
        return Err(PlantsError::TooFewPlants { industry, plants: plants.len(), needed: 2 });
    }
    let pairs = n * (n - 1) / 2;
    let (first, second) = ((pairs - 1) / 2, pairs / 2);
    if let Some(distances) = plants.distances() {
        let mut squares: Vec<f64> = distances.links().squares().collect();
        squares.sort_unstable_by(f64::total_cmp);
        let at = |rank: u64| squares.get(rank as usize).map(|square| square.sqrt());
        let (low, high) =
            at(first).zip(at(second)).ok_or(PlantsError::UnknownMedian { listed: squares.len() as u64, pairs })?;
        return Ok(0.5 * (low + high));
    }
    let scale = Scale::of(plants.metric());
    let (low, high) = if plants.len() <= FEW {
        let index = plants.index(f64::INFINITY);
        both([first, second], |rank| select(&index, rank))
    } else {
        let tree = PairTree::new(plants.points().iter().map(|&point| scale.place(point)).collect());
        both([first, second], |rank| tree.select(rank))
    };
    Ok(0.5 * (scale.distance(low) + scale.distance(high)))
}

/// The values of a rank and of the same or the next.
fn both([first, second]: [u64; 2], select: impl Fn(u64) -> (f64, Option<f64>)) -> (f64, f64) {
    let (low, next) = select(first);
    let high = if second == first { low } else { next.unwrap_or_else(|| select(second).0) };
    (low, high)
}

/// The squared distance of a rank, counted from 0, and the one after it when it comes out as well.
fn select(index: &PairIndex, rank: u64) -> (f64, Option<f64>) {
    let (mut prefix, mut shift, mut before) = (0_u64, 64, 0);
    loop {
        let counts = histogram(index, prefix, shift);
        shift -= DIGIT;
        let (bin, below) = holding(&counts, rank - before);
        (prefix, before) = (prefix << DIGIT | bin as u64, before + below);
        if shift == 0 {
            let value = f64::from_bits(prefix);
            return (value, (rank - before + 1 < counts[bin]).then_some(value));
        }
        if counts[bin] <= SORTED {
            let values = with_prefix(index, prefix, shift);
            let at = (rank - before) as usize;
            return (values[at], values.get(at + 1).copied());
        }
    }
}

/// Squared distances whose bits above `shift` are `prefix`, counted by their next 16 bits. Bits of numbers of 0 or
/// more are in the order of the numbers.
fn histogram(index: &PairIndex, prefix: u64, shift: u32) -> Vec<u64> {
    let parts = index.fold(
        || vec![0_u64; 1 << DIGIT],
        |counts, _, _, squared| {
            for bits in squared.iter().map(|square| square.to_bits()) {
                // Before the first digit there is no bit above.
                if shift == 64 || bits >> shift == prefix {
                    counts[(bits >> (shift - DIGIT)) as usize & ((1 << DIGIT) - 1)] += 1;
                }
            }
        },
    );
    let mut counts = vec![0; 1 << DIGIT];
    parts.iter().for_each(|part| counts.iter_mut().zip(part).for_each(|(sum, count)| *sum += count));
    counts
}

/// The bin that holds a rank, and how many values are in the bins before.
fn holding(counts: &[u64], rank: u64) -> (usize, u64) {
    let mut below = 0;
    for (bin, &count) in counts.iter().enumerate() {
        if below + count > rank {
            return (bin, below);
        }
        below += count;
    }
    (counts.len() - 1, below)
}

/// Squared distances whose bits above `shift` are `prefix`, ascending.
fn with_prefix(index: &PairIndex, prefix: u64, shift: u32) -> Vec<f64> {
    let parts = index.fold(Vec::new, |values: &mut Vec<f64>, _, _, squared| {
        values.extend(squared.iter().filter(|square| square.to_bits() >> shift == prefix));
    });
    let mut values: Vec<f64> = parts.into_iter().flatten().collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use distretto_numerics::{Key, Metric, Point, Stream, distance, median};

    fn plants(points: Vec<Point>, metric: Metric) -> Plants {
        let n = points.len();
        Plants::new(metric, points, vec![0; n], vec!["A".into()], None).unwrap()
    }

    #[test]
    fn the_median_is_that_of_all_distances() {
        let mut stream = Stream::new(Key::new(3, "test/reach"), 0, 0);
        for (n, metric) in
            [(2, Metric::Euclidean), (3, Metric::Euclidean), (150, Metric::Euclidean), (151, Metric::Haversine)]
        {
            let points: Vec<Point> = (0..n).map(|_| [stream.uniform() * 90.0, stream.uniform() * 50.0]).collect();
            let all = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
            let all: Vec<f64> = all.map(|(i, j)| distance(metric, points[i], points[j])).collect();
            let found = median_distance(&plants(points, metric)).unwrap();
            assert!((found - median(&all)).abs() < 1e-9, "{n} {metric:?}: {found}");
        }
    }

    #[test]
    fn many_plants_have_the_same_median_by_boxes() {
        let mut stream = Stream::new(Key::new(4, "test/reach"), 0, 0);
        let points: Vec<Point> =
            (0..3000).map(|_| [stream.uniform() * 90.0, stream.uniform().powi(2) * 50.0]).collect();
        for metric in [Metric::Euclidean, Metric::Haversine] {
            let scale = Scale::of(metric);
            let tree = PairTree::new(points.iter().map(|&point| scale.place(point)).collect());
            let index = PairIndex::new(&points, metric, f64::INFINITY);
            let ranks = [2_249_249, 2_249_250];
            // The sphere sums squares in the same order in both.
            assert_eq!(both(ranks, |rank| tree.select(rank)), both(ranks, |rank| select(&index, rank)));
        }
    }

    #[test]
    fn a_table_has_the_median_of_all_pairs_or_none() {
        let four = plants(vec![[0.0, 0.0]; 4], Metric::Euclidean);
        let listed = |pairs: &[(u32, u32, f64)]| {
            four.clone().with_distances(super::super::Distances::new(4, pairs).unwrap()).unwrap()
        };
        let some = [(0, 1, 3.0), (0, 2, 1.0), (2, 3, 8.0), (1, 3, 2.0)];
        assert_eq!(median_distance(&listed(&some)), Ok(5.5)); // 1, 2, 3, 8 and two beyond
        assert_eq!(median_distance(&listed(&some[..3])), Err(PlantsError::UnknownMedian { listed: 3, pairs: 6 }));
    }

    #[test]
    fn many_equal_distances() {
        // 1,500 plants at the corners of a square: a third of the pairs at 0, a third at 1, fewer at √2.
        let points: Vec<Point> = (0..1500).map(|i| [f64::from(i % 2), f64::from(i / 2 % 2)]).collect();
        assert_eq!(median_distance(&plants(points, Metric::Euclidean)), Ok(1.0));
    }

    #[test]
    fn no_pair_and_no_scale() {
        let one = plants(vec![[0.0, 0.0]], Metric::Euclidean);
        assert!(matches!(
            default_distances(&one, &Context::with_seed(1)),
            Err(PlantsError::TooFewPlants { plants: 1, .. })
        ));
        let same = plants(vec![[1.0, 1.0]; 4], Metric::Euclidean);
        assert_eq!(default_distances(&same, &Context::with_seed(1)), Err(PlantsError::NoScale));
        let two = plants(vec![[0.0, 0.0], [0.0, 10.0]], Metric::Euclidean);
        let r = default_distances(&two, &Context::with_seed(1)).unwrap();
        assert_eq!((r.len(), r[1], r[100]), (101, 0.1, 10.0));
    }
}
