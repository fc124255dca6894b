//! The index when plants are only counted by size class: G from the areas, H within bounds.

use super::index::{Benchmark, class, gamma};
use super::levels::{Level, LevelledAreas};
use super::options::{EllisonGlaeserError, EllisonGlaeserOptions};
use super::size_classes::{ClassError, PublishedClass, square_bounds};
use super::sizes::SizeTable;
use super::{EllisonGlaeser, IndustryRow};
use crate::areas::Span;
use crate::bounds::{Bounds, Boxes, fill, largest_separable};

/// Relative difference above which the employment of the classes is not that of the areas.
const SAME: f64 = 1e-9;

/// What the size classes say of the industries, beside the index.
#[derive(Debug, Clone, PartialEq)]
pub struct IndustryClasses {
    /// The index.
    pub found: EllisonGlaeser,
    /// Whether every bound is attained.
    pub exact: bool,
    /// Listed industries without size classes.
    pub without_classes: Vec<String>,
    /// Industries whose classes have another employment than the areas.
    pub mismatched: Vec<String>,
    /// Industries of the size classes that the areas lack.
    pub unmatched: Vec<String>,
}

/// Bounds of γ for every industry of the areas at every level: γ is monotone in H and rises with G, so its ends lie at
/// ends of the two.
///
/// # Errors
/// [`EllisonGlaeserError`]: size classes that no plants meet.
///
/// # Complexity
/// O(levels · industries · regions).
pub fn ellison_glaeser_of_classes(
    areas: &LevelledAreas,
    sizes: &SizeTable,
    options: &EllisonGlaeserOptions,
) -> Result<IndustryClasses, EllisonGlaeserError> {
    options.validate()?;
    if options.nsim > 0 {
        return Err(EllisonGlaeserError::SimulatedClasses);
    }
    let (levels, table) = (areas.levels(), &areas.areas);
    let unmatched = sizes.industries().iter().filter(|code| table.industry_at(code).is_none()).cloned().collect();
    let mut all = IndustryClasses {
        found: EllisonGlaeser { rows: Vec::new(), outside: 0 },
        exact: true,
        without_classes: Vec::new(),
        mismatched: Vec::new(),
        unmatched,
    };
    for industry in table.chosen_industries(&options.industry)? {
        let plants = all.plants(&table.industries()[industry], table.industry_total(industry), sizes)?;
        let cells: Vec<Span> = (0..table.regions().len()).map(|region| table.span(region, industry)).collect();
        for (at, level) in levels.iter().enumerate() {
            let cells = areas.add_up(at, &cells).unwrap_or_default();
            let g = concentration(&cells, table.industry_total(industry), level);
            all.exact &= g.is_none_or(|bounds| bounds.exact);
            all.found.rows.push(row(&plants, g, level));
        }
    }
    Ok(all)
}

/// What the classes say of one industry.
struct Counted {
    industry: String,
    plants: f64,
    employment: f64,
    h: Option<(f64, f64)>,
}

impl IndustryClasses {
    fn plants(&mut self, industry: &str, total: Span, sizes: &SizeTable) -> Result<Counted, EllisonGlaeserError> {
        let mut counted =
            Counted { industry: industry.to_owned(), plants: f64::NAN, employment: total.value(), h: None };
        let Some(rows) = sizes.of(industry) else {
            self.without_classes.push(counted.industry.clone());
            return Ok(counted);
        };
        let classes: Vec<PublishedClass> = rows.iter().map(|&(_, class)| class).collect();
        counted.plants = classes.iter().map(|class| class.plants).sum();
        let known: Option<Vec<f64>> = classes.iter().map(|class| class.employment).collect();
        if let Some(known) = known {
            counted.employment = known.iter().sum();
            let (low, high) = (total.low * (1.0 - SAME), total.high * (1.0 + SAME));
            if counted.employment < low || counted.employment > high {
                self.mismatched.push(counted.industry.clone());
            }
        }
        if counted.employment > 0.0 {
            let bounds = square_bounds(&classes, counted.employment).map_err(|error| {
                let row = match error {
                    ClassError::Employment { class, .. } => Some(rows[class].0),
                    _ => rows.first().map(|row| row.0),
                };
                EllisonGlaeserError::Classes { industry: industry.to_owned(), row, error }
            })?;
            self.exact &= bounds.exact;
            let share = |squares: f64| (squares / counted.employment.powi(2)).min(1.0);
            counted.h = Some((share(bounds.low), share(bounds.high)));
        }
        Ok(counted)
    }
}

/// Bounds of `Σ(e/E − x)²` over cells that add up to E; `None` when x or E is not known or E = 0.
fn concentration(cells: &[Span], total: Span, level: &Level) -> Option<Bounds> {
    let benchmark = level.benchmark.as_ref()?;
    if !(total.is_known() && total.low > 0.0) {
        return None;
    }
    if cells.iter().all(|cell| cell.is_known()) {
        let s: Vec<f64> = cells.iter().map(|cell| cell.low / total.low).collect();
        return Some(Bounds::at(super::raw_concentration(&s, benchmark)));
    }
    bounded(cells, total.low, benchmark)
}

fn bounded(cells: &[Span], total: f64, benchmark: &Benchmark) -> Option<Bounds> {
    let x = benchmark.shares();
    let low: Vec<f64> = cells.iter().map(|cell| cell.low / total).collect();
    let high: Vec<f64> = cells.iter().map(|cell| cell.high / total).collect();
    let (largest, exact) = largest_separable(&Boxes::new(&low, &high, 1.0).ok()?, None, |r, s| (s - x[r]).powi(2));
    // Least: with all deviations moved by one constant above 0, the sum of squares changes by a constant.
    let shift = x.iter().copied().fold(0.0, f64::max);
    let moved = |ends: &[f64]| ends.iter().zip(x).map(|(end, x)| end - x + shift).collect::<Vec<f64>>();
    let boxes = Boxes::new(&moved(&low), &moved(&high), shift * x.len() as f64).ok()?;
    let least = fill(&boxes, None).iter().map(|w| (w - shift).powi(2)).sum();
    Some(Bounds { low: least, high: largest, exact })
}

fn row(counted: &Counted, g: Option<Bounds>, level: &Level) -> IndustryRow {
    let mut row = IndustryRow {
        industry: counted.industry.clone(),
        level: level.name.clone(),
        plants: counted.plants,
        employment: counted.employment,
        ..IndustryRow::unknown()
    };
    if let Some(g) = g {
        row.g = if g.low == g.high { g.low } else { f64::NAN };
        (row.g_low, row.g_high) = (g.low, g.high);
    }
    if let Some(h) = counted.h {
        (row.h_low, row.h_high) = h;
    }
    if let (Some(g), Some((h_low, h_high)), Some(benchmark)) = (g, counted.h, &level.benchmark) {
        let ends = |g: f64| [gamma(g, h_low, benchmark.spread()), gamma(g, h_high, benchmark.spread())];
        let (low, high) = (ends(g.low), ends(g.high));
        if low.iter().chain(&high).all(|end| end.is_finite()) {
            (row.gamma_low, row.gamma_high) = (low[0].min(low[1]), high[0].max(high[1]));
            row.class = class(row.gamma_low).filter(|&word| class(row.gamma_high) == Some(word));
        }
    }
    row
}
