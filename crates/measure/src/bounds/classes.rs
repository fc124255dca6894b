//! Plants known by size class: how many there are between two sizes.

use super::fill::water_level;
use super::{Bounds, BoundsError, ROUNDING, SLACK};

/// So many plants, each between two sizes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SizeClass {
    /// Number of plants, a whole number above 0.
    pub plants: f64,
    /// Least size of a plant.
    pub low: f64,
    /// Largest size of a plant; finite.
    pub high: f64,
}

impl SizeClass {
    fn check(&self, cell: usize) -> Result<(), BoundsError> {
        let right = self.low >= 0.0 && self.low <= self.high && self.high.is_finite() && self.plants >= 0.0;
        if right { Ok(()) } else { Err(BoundsError::Interval { cell, low: self.low, high: self.high }) }
    }
}

/// Least and largest `Σe²` over the plants of one class whose employment is known; both are attained.
///
/// # Formula
/// n plants in [l, u], employment E. Least `E²/n`. Largest: `k = min(n−1, ⌊(E − n l)/(u − l)⌋)` plants at u,
/// n−k−1 at l, one takes the rest.
///
/// # Errors
/// No interval of sizes of 0 or more; E outside [n l, n u].
pub fn sum_of_squares_of_class(class: SizeClass, employment: f64) -> Result<Bounds, BoundsError> {
    class.check(0)?;
    let SizeClass { plants: n, low: l, high: u } = class;
    if n == 0.0 {
        return if employment == 0.0 { Ok(Bounds::at(0.0)) } else { Err(infeasible(&[class], employment)) };
    }
    let slack = SLACK * employment.abs();
    if !(employment >= n * l - slack && employment <= n * u + slack) {
        return Err(infeasible(&[class], employment));
    }
    let low = employment * employment / n;
    if u == l {
        return Ok(Bounds::at(low));
    }
    // Keeps (E − n l)/(u − l) = 3 from being floored to 2 by rounding.
    let full = ((employment - n * l) / (u - l) + ROUNDING).floor().clamp(0.0, n - 1.0);
    let rest = (employment - full * u - (n - full - 1.0) * l).clamp(l, u);
    let high = full * u * u + (n - full - 1.0) * l * l + rest * rest;
    Ok(Bounds { low, high: high.max(low), exact: true })
}

/// Least and largest `Σe²` over the plants of several classes of which only the total employment is known.
///
/// # Formula
/// Least: `e = clamp(t, l, u)` (water-filling), attained. Largest: the linear relaxation, plants filled from l to u
/// in descending l + u, a plant at e contributing `l² + (e − l)(u + l)`; an outer bound, `exact` is false unless no
/// plant has any freedom.
///
/// # Errors
/// No intervals of sizes of 0 or more; a total outside `[Σ n l, Σ n u]`.
pub fn sum_of_squares_of_classes(classes: &[SizeClass], total: f64) -> Result<Bounds, BoundsError> {
    for (cell, class) in classes.iter().enumerate() {
        class.check(cell)?;
    }
    let (least, most) = ends(classes);
    let slack = SLACK * total.abs().max(least);
    if !(total.is_finite() && least <= total + slack && most >= total - slack) {
        return Err(infeasible(classes, total));
    }
    let base: f64 = classes.iter().map(|c| c.plants * c.low * c.low).sum();
    let room = (total - least).max(0.0);
    if most == least {
        return Ok(Bounds::at(base));
    }
    let mut steep: Vec<&SizeClass> = classes.iter().collect();
    steep.sort_by(|a, b| (b.low + b.high).total_cmp(&(a.low + a.high)));
    let (mut left, mut high) = (room, base);
    for class in steep {
        let used = left.min(class.plants * (class.high - class.low));
        high += used * (class.high + class.low);
        left -= used;
    }
    let corners = classes.iter().flat_map(|c| [(c.low, c.plants), (c.high, -c.plants)]).collect();
    let level = water_level(corners, room);
    let low = classes.iter().map(|c| c.plants * level.clamp(c.low, c.high).powi(2)).sum();
    Ok(Bounds { low, high: high.max(low), exact: false })
}

fn ends(classes: &[SizeClass]) -> (f64, f64) {
    (classes.iter().map(|c| c.plants * c.low).sum(), classes.iter().map(|c| c.plants * c.high).sum())
}

fn infeasible(classes: &[SizeClass], total: f64) -> BoundsError {
    let (least, most) = ends(classes);
    BoundsError::Infeasible { total, least, most }
}
