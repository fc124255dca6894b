//! Extreme rank length (Myllymäki et al. 2017, section 4).

use super::{COUNT_SLACK, Found, Kept};
use distretto_numerics::TIE_TOLERANCE;

/// p = share of curves that come before or with the observation in the order of their sorted ranks; the envelope is
/// the range of the curves that are not among the αN most extreme.
pub(super) fn erl(kept: &Kept) -> Found {
    let (curves, width) = (kept.curves(), kept.columns.len());
    if width == 0 {
        return Found::test(f64::NAN);
    }
    let mut ranks = vec![0_u32; curves * width];
    for (j, column) in kept.columns.iter().enumerate() {
        for (i, rank) in extremity(column).into_iter().enumerate() {
            ranks[i * width + j] = rank;
        }
    }
    ranks.chunks_exact_mut(width).for_each(<[u32]>::sort_unstable);
    let of = |i: u32| &ranks[i as usize * width..][..width];
    let mut order: Vec<u32> = (0..curves as u32).collect();
    order.sort_unstable_by(|&a, &b| of(a).cmp(of(b)));
    let p = order.partition_point(|&i| of(i) <= of(0)) as f64 / curves as f64;
    // The largest rank vector with at most αN curves strictly before it: that of the curve at place ⌊αN⌋.
    let allowed = (kept.alpha * curves as f64 + COUNT_SLACK).floor() as usize;
    let limit = of(order[allowed.min(curves - 1)]);
    let inside: Vec<usize> = (0..curves).filter(|&i| of(i as u32) >= limit).collect();
    let range = |column: &Vec<f64>| {
        inside
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &i| (low.min(column[i]), high.max(column[i])))
    };
    let (low, high) = kept.columns.iter().map(range).unzip();
    Found { low, high, ..Found::test(p) }
}

/// Twice the rank from the nearer end, mid-ranks for ties, so that ranks are whole numbers.
///
/// Sorted values that differ from their neighbour by at most 1e-12 relative share a rank.
fn extremity(column: &[f64]) -> Vec<u32> {
    let n = column.len();
    let mut order: Vec<u32> = (0..n as u32).collect();
    order.sort_unstable_by(|&a, &b| column[a as usize].total_cmp(&column[b as usize]));
    let value = |place: usize| column[order[place] as usize];
    let tied = |a: f64, b: f64| b - a <= TIE_TOLERANCE * a.abs().max(b.abs());
    let mut ranks = vec![0; n];
    let mut start = 0;
    while start < n {
        let mut end = start + 1;
        while end < n && tied(value(end - 1), value(end)) {
            end += 1;
        }
        // Ranks start+1 ..= end, their mean doubled.
        let below = (start + 1 + end) as u32;
        let rank = below.min(2 * (n as u32 + 1) - below);
        order[start..end].iter().for_each(|&i| ranks[i as usize] = rank);
        start = end;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_from_the_nearer_end_with_ties() {
        // Sorted 1, 2, 2, 5, 9: ranks 1, 2.5, 2.5, 4, 5 from below; 1, 2.5, 2.5, 2, 1 from the nearer end.
        assert_eq!(extremity(&[5.0, 2.0, 1.0, 9.0, 2.0 + 1e-13]), [4, 5, 2, 2, 5]);
        assert_eq!(extremity(&[3.0; 4]), [5; 4]);
    }
}
