//! Suppressed cells narrowed by the known totals.

use super::error::AreasError;
use super::grid::{column_sums, row_sums};
use super::span::{Span, TOTAL_TOLERANCE};
use super::{Areas, given};
use distretto_numerics::sum;

/// Change of an end, relative to the total that forces it, that still counts as a change: far above rounding, so that
/// ends that approach a limit step by step come to rest.
const CHANGE: f64 = 1e-13;
/// Passes over the totals after which the ends are taken as they are; they are valid after every pass.
const PASSES: usize = 10_000;

/// Ends of every cell and total of which it is known that no table within the intervals and totals exceeds them.
#[derive(Debug, Clone, PartialEq)]
pub struct Tightened {
    /// Lower ends, region by region with every industry; 0 for a missing cell.
    pub low: Vec<f64>,
    /// Upper ends; where totals are known a missing cell may be as large as they leave it, else it is 0.
    pub high: Vec<f64>,
    /// What the cells of each region add up to, whatever totals are known.
    pub row_sums: Vec<Span>,
    /// What the cells of each industry add up to, whatever totals are known.
    pub column_sums: Vec<Span>,
    /// What all cells add up to, whatever totals are known.
    pub sum: Span,
    /// Totals of the regions.
    pub regions: Vec<Span>,
    /// Totals of the industries.
    pub industries: Vec<Span>,
    /// Total of all.
    pub total: Span,
}

/// Cells that are free beneath a total, and what they must add up to.
struct Group {
    of: String,
    rest: Span,
    total: f64,
    cells: Vec<usize>,
    touched: bool,
}

impl Areas {
    /// Narrows the suppressed cells by the known totals until nothing changes.
    ///
    /// For each known total, a cell is at least the total less the most that the others can have, and at most the
    /// total less the least that they can have.
    ///
    /// # Errors
    /// [`AreasError::Total`] when no table meets the intervals and the totals.
    ///
    /// # Complexity
    /// O(cells) and, for each pass, O(suppressed cells).
    pub fn tightened(&self) -> Result<Tightened, AreasError> {
        let (mut low, mut high) = (self.lows().to_vec(), self.highs().to_vec());
        let open = if self.has_given_totals() { f64::INFINITY } else { 0.0 };
        for (low, high) in low.iter_mut().zip(&mut high) {
            if low.is_nan() {
                (*low, *high) = (0.0, open);
            }
        }
        let mut groups = self.groups(&low, &high);
        settle(&mut groups, &mut low, &mut high)?;
        // Nothing bounds a missing cell beneath no total: it is left out, as from every other sum.
        for (low, high) in low.iter_mut().zip(&mut high) {
            if high.is_infinite() && *low == 0.0 {
                *high = 0.0;
            }
        }
        Ok(self.with_totals(low, high))
    }

    /// One group for each known total, and two for the rest of all that lies beneath no known total of its kind.
    fn groups(&self, low: &[f64], high: &[f64]) -> Vec<Group> {
        let width = self.industries.len();
        let is_free = |cell: usize| low[cell] != high[cell];
        let fixed: Vec<f64> = (0..low.len()).map(|cell| if is_free(cell) { 0.0 } else { low[cell] }).collect();
        let (row_fixed, column_fixed) = (row_sums(&fixed, width), column_sums(&fixed, width));
        let mut rows = vec![Vec::new(); self.regions.len()];
        let mut columns = vec![Vec::new(); width];
        for cell in (0..low.len()).filter(|&cell| is_free(cell)) {
            rows[cell / width].push(cell);
            columns[cell % width].push(cell);
        }
        let name = |kind: &str, code: &String| format!("{kind} {code}");
        let region_names = self.regions.iter().map(|code| name("region", code)).collect();
        let industry_names = self.industries.iter().map(|code| name("industry", code)).collect();
        let mut groups = Vec::new();
        // With missing cells the total of all is only known when it is given or all totals of one kind are.
        let every = |totals: &[(f64, f64)]| totals.iter().all(|total| !total.0.is_nan());
        let certain = self.missing == 0
            || self.grid.total.is_some()
            || every(&self.grid.region_totals)
            || every(&self.grid.industry_totals);
        let all = (certain && self.has_given_totals()).then_some(self.total()).filter(|total| total.is_known());
        let kinds = [
            (region_names, rows, row_fixed, &self.grid.region_totals),
            (industry_names, columns, column_fixed, &self.grid.industry_totals),
        ];
        for (names, cells, fixed, totals) in kinds {
            add_groups(&mut groups, names, cells, &fixed, totals, all);
        }
        groups
    }

    fn with_totals(&self, low: Vec<f64>, high: Vec<f64>) -> Tightened {
        let width = self.industries.len();
        let pair = |(low, high): (Vec<f64>, Vec<f64>)| -> Vec<Span> {
            low.into_iter().zip(high).map(|(low, high)| Span { low, high }).collect()
        };
        let known = |spans: &[Span], totals: &[(f64, f64)]| -> Vec<Span> {
            let one = |(&span, &total): (&Span, &(f64, f64))| given(total).and_then(|g| span.meet(g)).unwrap_or(span);
            spans.iter().zip(totals).map(one).collect()
        };
        let rows = pair((row_sums(&low, width), row_sums(&high, width)));
        let columns = pair((column_sums(&low, width), column_sums(&high, width)));
        let regions = known(&rows, &self.grid.region_totals);
        let industries = known(&columns, &self.grid.industry_totals);
        let add = |spans: &[Span]| Span {
            low: sum::pairwise_by(spans.len(), |i| spans[i].low),
            high: sum::pairwise_by(spans.len(), |i| spans[i].high),
        };
        let total = match self.total() {
            known if known.is_known() => known,
            wide => wide.meet(add(&regions)).and_then(|t| t.meet(add(&industries))).unwrap_or(wide),
        };
        let sum = add(&rows);
        Tightened { low, high, row_sums: rows, column_sums: columns, sum, regions, industries, total }
    }
}

fn add_groups(
    groups: &mut Vec<Group>,
    names: Vec<String>,
    cells: Vec<Vec<usize>>,
    fixed: &[f64],
    totals: &[(f64, f64)],
    all: Option<Span>,
) {
    let mut others = Group { of: "all".into(), rest: Span::known(0.0), total: 0.0, cells: Vec::new(), touched: true };
    let mut taken = 0.0;
    for (i, (of, cells)) in names.into_iter().zip(cells).enumerate() {
        match given(totals[i]) {
            Some(total) => {
                taken += if total.is_known() { total.low } else { f64::NAN };
                let rest = Span { low: total.low - fixed[i], high: total.high - fixed[i] };
                groups.push(Group { of, rest, total: total.high.min(f64::MAX), cells, touched: true });
            }
            None => {
                taken += fixed[i];
                others.cells.extend(cells);
            }
        }
    }
    if let Some(all) = all.filter(|_| !taken.is_nan() && !others.cells.is_empty()) {
        let rest = all.low - taken;
        groups.push(Group { rest: Span::known(rest), total: all.low, ..others });
    }
}

fn settle(groups: &mut [Group], low: &mut [f64], high: &mut [f64]) -> Result<(), AreasError> {
    let mut beneath: rustc_hash::FxHashMap<usize, Vec<usize>> = rustc_hash::FxHashMap::default();
    for (g, group) in groups.iter().enumerate() {
        for &cell in &group.cells {
            beneath.entry(cell).or_default().push(g);
        }
    }
    for _ in 0..PASSES {
        let mut calm = true;
        for g in 0..groups.len() {
            if !std::mem::take(&mut groups[g].touched) {
                continue;
            }
            for cell in narrow(&groups[g], low, high)? {
                calm = false;
                for &other in beneath.get(&cell).into_iter().flatten() {
                    groups[other].touched |= other != g;
                }
            }
        }
        if calm {
            break;
        }
    }
    Ok(())
}

/// Narrows the cells of one group; the cells that changed.
fn narrow(group: &Group, low: &mut [f64], high: &mut [f64]) -> Result<Vec<usize>, AreasError> {
    let lows: f64 = group.cells.iter().map(|&cell| low[cell]).sum();
    let (mut highs, mut open) = (0.0, 0);
    for &cell in &group.cells {
        if high[cell].is_infinite() {
            open += 1;
        } else {
            highs += high[cell];
        }
    }
    let scale = group.total.max(lows);
    let room = TOTAL_TOLERANCE * scale;
    let most = if open > 0 { f64::INFINITY } else { highs };
    if lows > group.rest.high + room || most < group.rest.low - room {
        let shift = group.total - group.rest.high;
        let cells = (lows + shift, most + shift);
        return Err(AreasError::Total { of: group.of.clone(), total: (group.rest.low + shift, group.total), cells });
    }
    let mut changed = Vec::new();
    for &cell in &group.cells {
        let others_low = lows - low[cell];
        let others_high = match (open, high[cell].is_infinite()) {
            (0, _) => highs - high[cell],
            (1, true) => highs,
            _ => f64::INFINITY,
        };
        let (least, top) =
            ((group.rest.low - others_high).max(low[cell]), (group.rest.high - others_low).min(high[cell]));
        let moved = least > low[cell] + CHANGE * scale || top < high[cell] - CHANGE * scale;
        if moved {
            // Rounding may make the ends cross by a hair: feasibility was checked above.
            (low[cell], high[cell]) = (least.min(high[cell]), top.max(low[cell]).max(least.min(high[cell])));
            changed.push(cell);
        }
    }
    Ok(changed)
}
