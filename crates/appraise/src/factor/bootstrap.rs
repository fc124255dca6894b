//! How firm a rank by the composite is: units are drawn anew, the weights of the indicators with them.

use super::observed::Observed;
use super::options::Plan;
use super::rotate::Manner;
use super::{FactorError, composite_weights};
use crate::ranks::ranks;
use distretto_core::{Context, Table};
use distretto_numerics::{Key, Matrix, Stream, quantile};
use rayon::prelude::*;

/// The distribution of each unit's rank over draws of the units.
#[derive(Debug, Clone, PartialEq)]
pub struct RankDraws {
    /// Draws that gave a composite.
    pub draws: usize,
    /// Draws that gave none: their correlations had no solution.
    pub failed: usize,
    /// Mean rank of each row.
    pub mean: Vec<f64>,
    /// 5th percentile (type 7), median, 95th percentile of each row.
    pub quantiles: [Vec<f64>; 3],
    /// Share of draws in which a row is first; rows that tie for it share the draw.
    pub first: Vec<f64>,
}

impl RankDraws {
    /// Columns of the ranks beside those of the units: `mean_rank p05 p50 p95 p_first`.
    pub(crate) fn table(&self, labels: Table) -> Table {
        let [p05, p50, p95] = &self.quantiles;
        labels
            .with_numbers("mean_rank", self.mean.clone())
            .with_numbers("p05", p05.clone())
            .with_numbers("p50", p50.clone())
            .with_numbers("p95", p95.clone())
            .with_numbers("p_first", self.first.clone())
    }

    /// The columns that stand beside a rank: no rank without how firm it is.
    pub(crate) fn beside(&self, ranking: Table) -> Table {
        let [p05, _, p95] = &self.quantiles;
        let table = ranking.with_numbers("p05", p05.clone()).with_numbers("p95", p95.clone());
        table.with_numbers("p_first", self.first.clone())
    }
}

/// Draws of the units when nobody says how many, where units times squared indicators are `SMALL` or fewer.
const DRAWS: u64 = 200;
/// Size of a table whose draws take a second or so.
const SMALL: usize = 200_000;

/// Draws of the units of a command that was not told how many: the usual number where the table is small.
pub(crate) fn draws_for(asked: Option<u64>, n: usize, p: usize) -> Option<u64> {
    asked.or(Some(if n.saturating_mul(p).saturating_mul(p) <= SMALL { DRAWS } else { 0 }))
}

/// Units are drawn with replacement, within each year where years stand alone; the number of factors stays. The units
/// of the table are ranked under the weights of each draw, so that an interval tells what hangs on who was measured.
pub(super) fn bootstrap(
    observed: &Observed,
    plan: &Plan,
    manner: Manner,
    reference: &Matrix,
    draws: u64,
    context: &Context<'_>,
) -> Result<Option<RankDraws>, FactorError> {
    let Some(z) = &observed.z else { return Ok(None) };
    let key = Key::new(context.seed, "factor/bootstrap");
    let weights = |sample: Vec<Vec<f64>>| drawn_weights(observed, sample, plan, manner, reference);
    draws_of_units(z, &observed.groups, draws, key, context, weights).map(Some)
}

/// Ranks of the rows of `z` under the weights of each draw of its rows.
pub(crate) fn draws_of_units(
    z: &[Vec<f64>],
    groups: &[Vec<usize>],
    draws: u64,
    key: Key,
    context: &Context<'_>,
    weights: impl Fn(Vec<Vec<f64>>) -> Option<Vec<f64>> + Sync,
) -> Result<RankDraws, FactorError> {
    context.progress.begin("draws of the units", draws);
    let one = |draw: u64| -> Option<Option<Vec<f64>>> {
        let mut stream = Stream::new(key, 0, draw);
        let mut rows = vec![0; z.first().map_or(0, Vec::len)];
        for group in groups {
            group.iter().for_each(|&row| rows[row] = group[stream.below(group.len() as u32) as usize]);
        }
        context.progress.advance(1);
        if context.progress.cancelled() {
            return None;
        }
        let sample = z.iter().map(|column| rows.iter().map(|&row| column[row]).collect()).collect();
        Some(weights(sample).map(|weights| ranked(groups, z, &weights)))
    };
    let found: Option<Vec<Option<Vec<f64>>>> = (0..draws).into_par_iter().map(one).collect();
    let found = found.ok_or(FactorError::Interrupted)?;
    let good: Vec<&Vec<f64>> = found.iter().flatten().collect();
    Ok(summary(&good, found.len() - good.len(), groups))
}

/// Weights of the indicators in the composite of a sample, on the scale of the whole table.
fn drawn_weights(
    observed: &Observed,
    sample: Vec<Vec<f64>>,
    plan: &Plan,
    manner: Manner,
    reference: &Matrix,
) -> Option<Vec<f64>> {
    let drawn = Observed::of_columns(observed.names.clone(), sample, observed.smoothed).ok()?;
    let weights = composite_weights(&drawn.0, plan, manner, reference)?;
    Some(weights.iter().zip(&drawn.1).map(|(weight, sd)| weight / sd).collect())
}

fn ranked(groups: &[Vec<usize>], z: &[Vec<f64>], weights: &[f64]) -> Vec<f64> {
    let n = z.first().map_or(0, Vec::len);
    let mut score = vec![0.0; n];
    for (column, weight) in z.iter().zip(weights) {
        score.iter_mut().zip(column).for_each(|(sum, value)| *sum += weight * value);
    }
    let mut all = vec![f64::NAN; n];
    for group in groups {
        let part: Vec<f64> = group.iter().map(|&row| score[row]).collect();
        group.iter().zip(ranks(&part)).for_each(|(&row, rank)| all[row] = rank);
    }
    all
}

fn summary(good: &[&Vec<f64>], failed: usize, groups: &[Vec<usize>]) -> RankDraws {
    let n = groups.iter().map(Vec::len).sum();
    let (mut mean, mut first) = (Vec::new(), vec![0.0; n]);
    let mut quantiles = [Vec::new(), Vec::new(), Vec::new()];
    for row in 0..n {
        let ranks: Vec<f64> = good.iter().map(|ranks| ranks[row]).collect();
        mean.push(ranks.iter().sum::<f64>() / ranks.len() as f64);
        for (column, p) in quantiles.iter_mut().zip([0.05, 0.5, 0.95]) {
            column.push(quantile(&ranks, p));
        }
    }
    for ranks in good {
        for group in groups {
            let leaders: Vec<usize> = group.iter().copied().filter(|&row| ranks[row] == 1.0).collect();
            leaders.iter().for_each(|&row| first[row] += 1.0 / leaders.len() as f64 / good.len() as f64);
        }
    }
    if good.is_empty() {
        first.fill(f64::NAN);
    }
    RankDraws { draws: good.len(), failed, mean, quantiles, first }
}
