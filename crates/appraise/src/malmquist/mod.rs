//! `malmquist`: did productivity change because a unit moved, or because the frontier did?

mod run;

pub(crate) use run::ESTIMAND;

use crate::dea::{Frontier, Orientation, Question, Returns};
use rayon::prelude::*;

/// Productivity change of one unit between two years; above 1 is progress, NaN where a programme has no solution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// Malmquist index `M = EC · TC`.
    pub malmquist: f64,
    /// `EC = D_b(b)/D_a(a)`.
    pub efficiency: f64,
    /// `TC = √(D_a(b)/D_b(b) · D_a(a)/D_b(a))`.
    pub technical: f64,
    /// Efficiency change under variable returns.
    pub pure: f64,
    /// `SEC = EC/PEC`.
    pub scale: f64,
}

/// Changes between adjacent years: `years[t][unit]` holds the inputs, then the outputs of a unit; one list for each pair of
/// years.
///
/// # Formula
/// `D_f(d)` is the score of the data of year d against the frontier of year f under constant returns.
///
/// # Complexity
/// Six programmes of `m + s` rows and n columns for each unit and pair of years.
///
/// # References
/// Färe, Grosskopf, Norris and Zhang 1994, American Economic Review 84(1), 66–83.
pub(crate) fn changes(years: &[Vec<Vec<f64>>], inputs: usize, orientation: Orientation) -> Vec<Vec<Change>> {
    let frontiers: Vec<Frontier> = years.iter().map(|units| Frontier { units: units.clone(), inputs }).collect();
    let n = years.first().map_or(0, Vec::len);
    let score = |frontier: usize, data: usize, unit: usize, returns: Returns| {
        let question = Question {
            orientation,
            returns,
            unit: &years[data][unit],
            own: (frontier == data).then_some(unit),
            others_only: false,
            weights: None,
        };
        frontiers[frontier].standing(&question).map_or(f64::NAN, |found| found.score(orientation))
    };
    let one = |a: usize, b: usize, unit: usize| {
        let d = |frontier, data| score(frontier, data, unit, Returns::Constant);
        let (aa, ab, ba, bb) = (d(a, a), d(a, b), d(b, a), d(b, b));
        let efficiency = bb / aa;
        let technical = (ab / bb * aa / ba).sqrt();
        let pure = score(b, b, unit, Returns::Variable) / score(a, a, unit, Returns::Variable);
        let finite = |x: f64| if x.is_finite() { x } else { f64::NAN };
        Change {
            malmquist: finite(efficiency * technical),
            efficiency: finite(efficiency),
            technical: finite(technical),
            pure: finite(pure),
            scale: finite(efficiency / pure),
        }
    };
    let pair = |a: usize| (0..n).into_par_iter().map(|unit| one(a, a + 1, unit)).collect();
    (0..years.len().saturating_sub(1)).map(pair).collect()
}

/// Geometric mean of the values that exist.
#[must_use]
pub fn geometric_mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, n) = values.into_iter().filter(|x| !x.is_nan()).fold((0.0, 0.0), |(sum, n), x| (sum + x.ln(), n + 1.0));
    if n > 0.0 { (sum / n).exp() } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frontier_that_doubles_is_technical_change() {
        // One input of 1; outputs 1 and 2, then 2 and 4: all change is technical, by 2.
        let years = [vec![vec![1.0, 1.0], vec![1.0, 2.0]], vec![vec![1.0, 2.0], vec![1.0, 4.0]]];
        for orientation in [Orientation::In, Orientation::Out] {
            for one in &changes(&years, 1, orientation)[0] {
                assert!((one.malmquist - 2.0).abs() < 1e-12 && (one.efficiency - 1.0).abs() < 1e-12);
                assert!((one.technical - 2.0).abs() < 1e-12 && (one.pure * one.scale - one.efficiency).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn means_leave_out_what_does_not_exist() {
        assert!((geometric_mean([2.0, f64::NAN, 8.0]) - 4.0).abs() < 1e-14);
        assert!(geometric_mean([]).is_nan());
    }
}
