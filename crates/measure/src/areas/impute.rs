//! Numbers in place of suppressed cells, on request.

use super::error::AreasError;
use super::grid::Grid;
use super::options::Impute;
use distretto_core::Message;

/// Rounds of fitting rows, columns and the whole in turn.
const ROUNDS: usize = 500;
/// Relative misfit at which the fitting ends.
const FITTED: f64 = 1e-10;
/// Relative misfit above which a warning is given.
const MISFIT: f64 = 1e-6;

/// A known total and the suppressed cells beneath it.
struct Group {
    /// What the suppressed cells must add up to.
    rest: f64,
    total: f64,
    cells: Vec<usize>,
}

/// Replaces the suppressed cells of a grid.
pub(super) fn impute(
    grid: &mut Grid,
    method: Impute,
    codes: (&[String], &[String]),
    notes: &mut Vec<Message>,
) -> Result<(), AreasError> {
    let Some(high) = grid.high.take() else { return Ok(()) };
    let low = grid.low.clone();
    let suppressed: Vec<usize> = (0..low.len()).filter(|&cell| low[cell] < high[cell]).collect();
    let width = codes.1.len();
    if let Some(&cell) = suppressed.iter().find(|&&cell| high[cell].is_infinite()) {
        let (region, industry) = (codes.0[cell / width].clone(), codes.1[cell % width].clone());
        return Err(AreasError::Open { region, industry });
    }
    for &cell in &suppressed {
        grid.low[cell] = f64::midpoint(low[cell], high[cell]);
    }
    if method == Impute::Proportional {
        let groups = groups(grid, &suppressed, width);
        if groups.is_empty() {
            return Err(AreasError::NothingToScale);
        }
        let misfit = fit(&mut grid.low, &low, &high, &groups);
        if misfit > MISFIT {
            notes.push(Message::new("measure.areas.imputed-misfit").number("misfit", misfit));
        }
    }
    let key = match method {
        Impute::Midpoint => "measure.areas.imputed-midpoint",
        Impute::Proportional => "measure.areas.imputed-proportional",
    };
    notes.push(Message::new(key).count("count", suppressed.len()));
    Ok(())
}

/// The known totals that hold suppressed cells; those that hold missing cells too say nothing about them.
fn groups(grid: &Grid, suppressed: &[usize], width: usize) -> Vec<Group> {
    let free: rustc_hash::FxHashSet<usize> = suppressed.iter().copied().collect();
    let group = |total: f64, cells: &mut dyn Iterator<Item = usize>| {
        let (mut rest, mut mine) = (total, Vec::new());
        for cell in cells {
            if free.contains(&cell) {
                mine.push(cell);
            } else {
                rest -= grid.low[cell];
            }
        }
        (!rest.is_nan() && !mine.is_empty()).then_some(Group { rest: rest.max(0.0), total, cells: mine })
    };
    let known = |total: &(f64, f64)| (total.0 == total.1).then_some(total.0);
    let mut groups = Vec::new();
    for (r, total) in grid.region_totals.iter().enumerate() {
        groups.extend(known(total).and_then(|t| group(t, &mut (r * width..(r + 1) * width))));
    }
    for (i, total) in grid.industry_totals.iter().enumerate() {
        groups.extend(known(total).and_then(|t| group(t, &mut (i..grid.low.len()).step_by(width))));
    }
    if let Some(total) = grid.total.filter(|total| total.is_known()) {
        groups.extend(group(total.low, &mut (0..grid.low.len())));
    }
    groups
}

/// Iterative proportional fitting within bounds: each group in turn is scaled by one factor, cells cut at their ends.
/// Returns the largest relative misfit that is left.
fn fit(values: &mut [f64], low: &[f64], high: &[f64], groups: &[Group]) -> f64 {
    let mut misfit = f64::INFINITY;
    for _ in 0..ROUNDS {
        misfit = 0.0;
        for group in groups {
            let sum: f64 = group.cells.iter().map(|&cell| values[cell]).sum();
            misfit = f64::max(misfit, (sum - group.rest).abs() / group.total.max(f64::MIN_POSITIVE));
            let factor = factor(values, low, high, group);
            for &cell in &group.cells {
                values[cell] = (values[cell] * factor).clamp(low[cell], high[cell]);
            }
        }
        if misfit <= FITTED {
            break;
        }
    }
    misfit
}

/// The factor at which the cut cells of a group add up to what they must; the sum rises with it, so halving finds it.
fn factor(values: &[f64], low: &[f64], high: &[f64], group: &Group) -> f64 {
    let sum = |factor: f64| -> f64 {
        group.cells.iter().map(|&cell| (values[cell] * factor).clamp(low[cell], high[cell])).sum()
    };
    let (mut below, mut above) = (0.0, 1.0);
    while sum(above) < group.rest && above < 1e18 {
        above *= 2.0;
    }
    for _ in 0..200 {
        let middle = f64::midpoint(below, above);
        if middle == below || middle == above {
            break;
        }
        if sum(middle) < group.rest { below = middle } else { above = middle }
    }
    above
}
