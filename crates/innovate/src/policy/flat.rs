//! An optimum that is a stretch: of all its points the one that costs the public least is told.

use super::search::{Found, Search};

/// What a step towards no payment may take of what the payment gains, on a stretch that is flat. From an optimum of its
/// own a tenth of the way takes a hundredth.
const FLAT: f64 = 1e-6;
/// Rounding of the objective, relative to it: below it no stretch is told from an optimum.
const ROUNDING: f64 = 1e-14;
/// The step that shows whether a stretch is flat.
const STEP: f64 = 0.9;
/// Halvings of the stretch.
const HALVINGS: usize = 40;

/// The found setting, or the smallest payment that does as well; the larger end of the stretch where there is one.
///
/// Only of one subsidy alike for all firms: of several the stretch has no single end.
pub(super) fn cheapest(search: &Search<'_>, found: Found) -> (Found, Option<f64>) {
    let [value] = found.setting[..] else { return (found, None) };
    if found.binding || value == 0.0 {
        return (found, None);
    }
    let Some(best) = search.reach(&[value]) else { return (found, None) };
    let Some(none) = search.reach(&[0.0]) else { return (found, None) };
    let slack = FLAT * (best.objective - none.objective);
    if slack <= ROUNDING * best.objective.abs() {
        return (found, None);
    }
    let as_good = |at: f64| search.reach(&[at]).is_some_and(|reach| best.objective - reach.objective <= slack);
    if !as_good(STEP * value) {
        return (found, None);
    }
    let (mut worse, mut good) = (0.0, STEP * value);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (worse + good);
        if as_good(middle) {
            good = middle;
        } else {
            worse = middle;
        }
    }
    let spends = search.reach(&[good]).is_some_and(|reach| reach.spending <= best.spending);
    // A tax that takes in more is no dearer than a smaller one.
    if spends { (search.found(vec![good], false), Some(value)) } else { (found, Some(good)) }
}
