//! The index when plants are only counted by size class: G from the areas, H within bounds.

use super::cells::Cells;
use super::index::{class, gamma};
use super::levels::{Level, LevelledAreas};
use super::options::{EllisonGlaeserError, EllisonGlaeserOptions};
use super::size_classes::{ClassError, PublishedClass, square_bounds};
use super::sizes::SizeTable;
use super::{EllisonGlaeser, IndustryRow};
use crate::areas::Span;
use crate::bounds::Bounds;

/// Relative difference above which the employment of the classes is not that of the areas.
const SAME: f64 = 1e-9;

/// What the size classes say of the industries, beside the index.
#[derive(Debug, Clone, PartialEq)]
pub struct IndustryClasses {
    /// The index.
    pub found: EllisonGlaeser,
    /// Whether every bound of G is attained by cells that meet all known totals, and every bound of H by plant sizes.
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
/// [`EllisonGlaeserError`]: size classes that no plants meet; cells that do not meet the totals.
///
/// # Complexity
/// O(levels · industries · regions), beside narrowing suppressed cells.
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
    let cells = Cells::new(areas)?;
    for industry in table.chosen_industries(&options.industry)? {
        let code = &table.industries()[industry];
        let plants = all.plants(code, cells.total(industry), sizes)?;
        for (at, level) in levels.iter().enumerate() {
            let g = cells
                .concentration(industry, at, level)
                .map_err(|error| EllisonGlaeserError::Cells { industry: code.clone(), error })?;
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
