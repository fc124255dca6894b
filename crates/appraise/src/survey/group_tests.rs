//! Do groups differ? Tests on answers that are split by group.

use crate::ranks::average_ranks;
use distretto_numerics::{Tail, chi_square_upper_tail, fisher_upper_tail, normal_p};

/// A test; NaN where a number does not exist.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tested {
    /// The statistic.
    pub statistic: f64,
    /// Its degrees of freedom, of the numerator where there are two.
    pub df: f64,
    /// Probability of a statistic at least as extreme when groups do not differ.
    pub p_value: f64,
    /// Size of the effect, 0 to 1.
    pub effect: f64,
}

/// No statistic exists.
const NONE: Tested = Tested { statistic: f64::NAN, df: f64::NAN, p_value: f64::NAN, effect: f64::NAN };

/// Ranks of all answers, and `Σ (t³ − t)` over ties; nothing where all are equal.
fn ranked(groups: &[Vec<f64>]) -> Option<(Vec<f64>, f64)> {
    let all = groups.concat();
    if all.iter().all(|x| *x == all[0]) {
        return None;
    }
    let ranks = average_ranks(&all);
    let mut sorted = ranks.clone();
    sorted.sort_by(f64::total_cmp);
    let ties = sorted.chunk_by(|a, b| a == b).map(|tie| (tie.len() as f64).powi(3) - tie.len() as f64).sum();
    Some((ranks, ties))
}

/// Kruskal and Wallis 1952: H with correction for ties, p from χ² with g − 1 degrees of freedom, effect `H/(n − 1)`.
#[must_use]
pub fn kruskal(groups: &[Vec<f64>]) -> Tested {
    let Some((ranks, ties)) = ranked(groups) else { return NONE };
    let n = ranks.len() as f64;
    let (mut sum, mut start) = (0.0, 0);
    for group in groups {
        let total: f64 = ranks[start..start + group.len()].iter().sum();
        sum += total * total / group.len() as f64;
        start += group.len();
    }
    let h = (12.0 / (n * (n + 1.0)) * sum - 3.0 * (n + 1.0)) / (1.0 - ties / (n.powi(3) - n));
    let df = groups.len() as f64 - 1.0;
    Tested { statistic: h, df, p_value: chi_square_upper_tail(h, df), effect: h / (n - 1.0) }
}

/// Mann and Whitney 1947: the smaller U, normal p with corrections for ties and continuity, effect `|2U/(n₁n₂) − 1|`.
#[must_use]
pub fn mann_whitney(a: &[f64], b: &[f64]) -> Tested {
    let groups = [a.to_vec(), b.to_vec()];
    if a.is_empty() || b.is_empty() {
        return NONE;
    }
    let Some((ranks, ties)) = ranked(&groups) else { return NONE };
    let (n1, n2) = (a.len() as f64, b.len() as f64);
    let n = n1 + n2;
    let first = ranks[..a.len()].iter().sum::<f64>() - n1 * (n1 + 1.0) / 2.0;
    let u = first.min(n1 * n2 - first);
    let sd = (n1 * n2 / 12.0 * ((n + 1.0) - ties / (n * (n - 1.0)))).sqrt();
    let z = (n1 * n2 / 2.0 - u - 0.5) / sd;
    let p_value = if z <= 0.0 { 1.0 } else { normal_p(z, Tail::Two) };
    Tested { statistic: u, df: f64::NAN, p_value, effect: (2.0 * u / (n1 * n2) - 1.0).abs() }
}

/// Size, mean and sum of squares about it.
fn moments(group: &[f64]) -> (f64, f64, f64) {
    let n = group.len() as f64;
    let mean = group.iter().sum::<f64>() / n;
    (n, mean, group.iter().map(|x| (x - mean).powi(2)).sum())
}

/// Sums of squares between and within groups.
fn squares(parts: &[(f64, f64, f64)]) -> (f64, f64) {
    let n: f64 = parts.iter().map(|part| part.0).sum();
    let mean = parts.iter().map(|part| part.0 * part.1).sum::<f64>() / n;
    (parts.iter().map(|part| part.0 * (part.1 - mean).powi(2)).sum(), parts.iter().map(|part| part.2).sum())
}

/// Analysis of variance: F, effect η² = between/total sum of squares.
#[must_use]
pub fn anova(groups: &[Vec<f64>]) -> Tested {
    let parts: Vec<_> = groups.iter().map(|group| moments(group)).collect();
    let (between, within) = squares(&parts);
    let n: f64 = parts.iter().map(|part| part.0).sum();
    let (df, rest) = (parts.len() as f64 - 1.0, n - parts.len() as f64);
    if within <= 0.0 || rest <= 0.0 {
        return NONE;
    }
    let f = (between / df) / (within / rest);
    Tested { statistic: f, df, p_value: fisher_upper_tail(f, df, rest), effect: between / (between + within) }
}

/// Welch 1951: means of groups whose variances differ; effect η². A group without variance has no weight.
#[must_use]
pub fn welch(groups: &[Vec<f64>]) -> Tested {
    let parts: Vec<_> = groups.iter().map(|group| moments(group)).collect();
    if parts.iter().any(|(n, _, squares)| *n < 2.0 || *squares <= 0.0) {
        return NONE;
    }
    let g = parts.len() as f64;
    let weight = |part: &(f64, f64, f64)| part.0 * (part.0 - 1.0) / part.2;
    let total: f64 = parts.iter().map(weight).sum();
    let mean = parts.iter().map(|part| weight(part) * part.1).sum::<f64>() / total;
    let above = parts.iter().map(|part| weight(part) * (part.1 - mean).powi(2)).sum::<f64>() / (g - 1.0);
    let term: f64 = parts.iter().map(|part| (1.0 - weight(part) / total).powi(2) / (part.0 - 1.0)).sum();
    let f = above / (1.0 + 2.0 * (g - 2.0) / (g * g - 1.0) * term);
    let rest = (g * g - 1.0) / (3.0 * term);
    let (between, within) = squares(&parts);
    Tested {
        statistic: f,
        df: g - 1.0,
        p_value: fisher_upper_tail(f, g - 1.0, rest),
        effect: between / (between + within),
    }
}

/// χ² of a table of counts (groups by answers) without continuity correction, effect Cramér's V; and whether an expected
/// count is below 5. Rows and columns without a count are left out.
#[must_use]
pub fn chi_square(counts: &[Vec<usize>]) -> (Tested, bool) {
    let rows: Vec<&Vec<usize>> = counts.iter().filter(|row| row.iter().sum::<usize>() > 0).collect();
    let width = counts.first().map_or(0, Vec::len);
    let column = |j: usize| rows.iter().map(|row| row[j]).sum::<usize>() as f64;
    let columns: Vec<usize> = (0..width).filter(|&j| column(j) > 0.0).collect();
    if rows.len() < 2 || columns.len() < 2 {
        return (NONE, false);
    }
    let n: f64 = columns.iter().map(|&j| column(j)).sum();
    let (mut chi2, mut few) = (0.0, false);
    for row in &rows {
        let total = row.iter().sum::<usize>() as f64;
        for &j in &columns {
            let expected = total * column(j) / n;
            few |= expected < 5.0;
            chi2 += (row[j] as f64 - expected).powi(2) / expected;
        }
    }
    let (r, c) = (rows.len() as f64 - 1.0, columns.len() as f64 - 1.0);
    let effect = (chi2 / (n * r.min(c))).sqrt();
    (Tested { statistic: chi2, df: r * c, p_value: chi_square_upper_tail(chi2, r * c), effect }, few)
}
