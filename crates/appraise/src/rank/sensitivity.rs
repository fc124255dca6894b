//! What a ranking hangs on: other units (reversal), single indicators, and what each unit lacks.

use super::evaluate::Procedure;
use super::{RankError, Ranking};
use crate::indicators::{Indicators, Sheet};
use crate::normalise::{Normalisation, refuse_constant};
use crate::ranks::{ranks, tied};
use distretto_core::{Context, Message};
use rayon::prelude::*;

/// Pairs of units that change their order when another unit leaves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reversals {
    /// Rows: the one that leaves, the pair, the one that was ahead first.
    pub swaps: Vec<[usize; 3]>,
    /// Rows whose leaving makes the method impossible.
    pub skipped: Vec<usize>,
}

/// Ranks without one indicator.
#[derive(Debug, Clone, PartialEq)]
pub struct Sensitivity {
    /// Rank of each row.
    pub rank: Vec<f64>,
    /// Rank without less rank with the indicator.
    pub change: Vec<f64>,
}

/// What each unit lacks to the best: columns by indicator.
#[derive(Debug, Clone, PartialEq)]
pub struct Obstacles {
    /// Share of each indicator in what a row lacks; NaN for a row that lacks nothing.
    pub degree: Vec<Vec<f64>>,
    /// Rank of the indicator within the row, 1 the largest obstacle.
    pub rank: Vec<Vec<f64>>,
}

/// Drops each row in turn and ranks the others of its group anew.
pub(super) fn reversals(
    indicators: &Indicators,
    procedure: &Procedure,
    full: &[f64],
    context: &Context<'_>,
) -> Result<Reversals, RankError> {
    let weights = indicators.weights();
    context.progress.begin("units dropped in turn", indicators.n() as u64);
    let drops: Vec<(usize, &Vec<usize>)> =
        indicators.groups.iter().flat_map(|rows| rows.iter().map(move |&row| (row, rows))).collect();
    let one = |&(dropped, rows): &(usize, &Vec<usize>)| -> Option<Result<Vec<[usize; 3]>, usize>> {
        let left: Vec<usize> = rows.iter().copied().filter(|&row| row != dropped).collect();
        let prepared = if left.len() < 2 { None } else { procedure.prepare(&indicators.sheet(&left)).ok() };
        context.progress.advance(1);
        if context.progress.cancelled() {
            return None;
        }
        let Some(prepared) = prepared else { return Some(Err(dropped)) };
        Some(Ok(swaps(dropped, &left, full, &prepared.kernel.scores(&weights))))
    };
    let parts: Option<Vec<Result<Vec<[usize; 3]>, usize>>> = drops.par_iter().map(one).collect();
    let mut found = Reversals::default();
    for part in parts.ok_or(RankError::Interrupted)? {
        match part {
            Ok(swaps) => found.swaps.extend(swaps),
            Err(row) => found.skipped.push(row),
        }
    }
    found.swaps.sort_unstable();
    found.skipped.sort_unstable();
    Ok(found)
}

/// Pairs of `left` that stand in strictly opposite order before and after.
fn swaps(dropped: usize, left: &[usize], full: &[f64], now: &[f64]) -> Vec<[usize; 3]> {
    let mut found = Vec::new();
    for i in 0..left.len() {
        for j in i + 1..left.len() {
            let (a, b) = (full[left[i]], full[left[j]]);
            let turned = (a > b && now[i] < now[j]) || (a < b && now[i] > now[j]);
            if turned && !tied(a, b) && !tied(now[i], now[j]) {
                found.push(if a > b { [dropped, left[i], left[j]] } else { [dropped, left[j], left[i]] });
            }
        }
    }
    found
}

/// Drops each indicator in turn, the others' weights scaled to sum to 1.
pub(super) fn leave_one_out(
    indicators: &Indicators,
    procedure: &Procedure,
    full: &[f64],
) -> Result<Vec<Sensitivity>, RankError> {
    let weights = indicators.weights();
    let without = |dropped: usize| {
        let rest: f64 = weights.iter().enumerate().filter(|(j, _)| *j != dropped).map(|(_, w)| w).sum();
        let mut rank = vec![f64::NAN; indicators.n()];
        if rest > 1e-12 {
            let kept: Vec<f64> =
                weights.iter().enumerate().filter(|(j, _)| *j != dropped).map(|(_, w)| w / rest).collect();
            let mut procedure = procedure.clone();
            if let Some(thresholds) = &mut procedure.thresholds {
                thresholds.remove(dropped);
            }
            for (group, rows) in indicators.groups.iter().enumerate() {
                let sheet = drop_column(indicators.sheet(rows), dropped);
                let prepared = procedure.prepare(&sheet);
                let prepared = prepared.map_err(|error| RankError::Indicators { error, group })?;
                let found = ranks(&prepared.kernel.scores(&kept));
                rows.iter().zip(found).for_each(|(&row, found)| rank[row] = found);
            }
        }
        let change = rank.iter().zip(full).map(|(now, full)| now - full).collect();
        Ok(Sensitivity { rank, change })
    };
    (0..indicators.p()).into_par_iter().map(without).collect()
}

fn drop_column(mut sheet: Sheet, j: usize) -> Sheet {
    sheet.names.remove(j);
    sheet.directions.remove(j);
    sheet.settled.remove(j);
    sheet.columns.remove(j);
    sheet
}

/// `o = w(1 − z)/Σ w(1 − z)` with z the directed minmax.
pub(super) fn obstacles(indicators: &Indicators) -> Result<Obstacles, RankError> {
    let (n, p) = (indicators.n(), indicators.p());
    let weights = indicators.weights();
    let mut degree = vec![vec![f64::NAN; n]; p];
    for (group, rows) in indicators.groups.iter().enumerate() {
        let sheet = indicators.sheet(rows);
        let placed = |error| RankError::Indicators { error, group };
        refuse_constant(&sheet, "the obstacle degree", |j| sheet.settled[j]).map_err(placed)?;
        let z = Normalisation::minmax().apply(&sheet).map_err(placed)?;
        for (i, &row) in rows.iter().enumerate() {
            let lacks: Vec<f64> = (0..p).map(|j| weights[j] * (1.0 - z[j][i])).collect();
            let total: f64 = lacks.iter().sum();
            for j in 0..p {
                degree[j][row] = if total > 1e-15 { lacks[j] / total } else { f64::NAN };
            }
        }
    }
    let mut rank = vec![vec![f64::NAN; n]; p];
    for row in 0..n {
        let of_row: Vec<f64> = degree.iter().map(|column| column[row]).collect();
        for (j, place) in ranks(&of_row).into_iter().enumerate() {
            rank[j][row] = place;
        }
    }
    Ok(Obstacles { degree, rank })
}

/// What the reader must know of all this.
pub(super) fn note(found: &mut Ranking) {
    if let Some(skipped) = found.reversals.as_ref().map(|reversals| reversals.skipped.len()).filter(|&n| n > 0) {
        found.notes.push(Message::new("appraise.rank.drop-skipped").count("count", skipped));
    }
    let without = |one: &Sensitivity| one.rank.iter().all(|rank| rank.is_nan());
    if found.sensitivity.iter().flatten().any(without) {
        found.notes.push(Message::new("appraise.rank.whole-weight"));
    }
    if let Some(obstacles) = &found.obstacles {
        let n = obstacles.degree.first().map_or(0, |first| first.iter().filter(|x| x.is_nan()).count());
        if n > 0 {
            found.notes.push(Message::new("appraise.rank.no-obstacle").count("count", n));
        }
    }
}
