//! Order with ties.

/// Scores closer than this share of the larger of 1 and the score are equal.
pub const TIE: f64 = 1e-12;

/// Whether two scores are equal but for rounding.
#[must_use]
pub fn tied(a: f64, b: f64) -> bool {
    (a - b).abs() <= TIE * a.abs().max(1.0)
}

/// Rank of each score, 1 for the largest; equal scores share the smallest rank (1, 2, 2, 4). A score that does not
/// exist has no rank.
///
/// ```
/// use distretto_appraise::ranks::ranks;
/// assert_eq!(ranks(&[0.2, 0.9, 0.2, 0.1]), [2.0, 1.0, 2.0, 4.0]);
/// ```
#[must_use]
pub fn ranks(scores: &[f64]) -> Vec<f64> {
    let mut ranks = vec![f64::NAN; scores.len()];
    let order = falling(scores);
    let mut rank = 0.0;
    for (place, &i) in order.iter().enumerate() {
        if place == 0 || !tied(scores[order[place - 1]], scores[i]) {
            rank = place as f64 + 1.0;
        }
        ranks[i] = rank;
    }
    ranks
}

/// Rank of each score, 1 for the smallest; see [`ranks`].
#[must_use]
pub fn rising_ranks(scores: &[f64]) -> Vec<f64> {
    ranks(&scores.iter().map(|score| -score).collect::<Vec<f64>>())
}

/// Places of the scores that exist, the largest first; equal ones in their order.
#[must_use]
pub fn falling(scores: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).filter(|&i| !scores[i].is_nan()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
    order
}

/// Rank of each value, 1 for the smallest; equal values share the mean of their places.
#[must_use]
pub fn average_ranks(values: &[f64]) -> Vec<f64> {
    averaged(values, |a, b| a == b)
}

/// The same for scores, which are equal when they are [`tied`].
#[must_use]
pub fn average_ranks_of_scores(scores: &[f64]) -> Vec<f64> {
    averaged(scores, tied)
}

fn averaged(values: &[f64], equal: fn(f64, f64) -> bool) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let mut end = start + 1;
        while end < order.len() && equal(values[order[end - 1]], values[order[end]]) {
            end += 1;
        }
        let rank = (start + end + 1) as f64 / 2.0;
        order[start..end].iter().for_each(|&i| ranks[i] = rank);
        start = end;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_the_smallest_or_the_mean_rank() {
        assert_eq!(ranks(&[3.0, 3.0 + 1e-13, 5.0, 1.0]), [2.0, 2.0, 1.0, 4.0]);
        assert_eq!(rising_ranks(&[3.0, 3.0, 5.0, 1.0]), [2.0, 2.0, 4.0, 1.0]);
        assert_eq!(average_ranks(&[7.0, 5.0, 7.0, 9.0]), [2.5, 1.0, 2.5, 4.0]);
        let ranks = ranks(&[1.0, f64::NAN, 2.0]);
        assert!(ranks[1].is_nan() && ranks[0] == 2.0);
    }
}
