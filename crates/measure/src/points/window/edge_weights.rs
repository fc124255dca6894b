//! What a pair near the edge of the window counts for.

use super::Window;
use super::circle::Circle;
use super::overlap::Overlap;
use distretto_numerics::{DISTANCE_TIE, Point};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Largest weight of a pair, as in spatstat.
pub const CAP: f64 = 100.0;

/// How the missing surroundings of plants near the edge are made up for (`--correction`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Correction {
    /// Not at all.
    None,
    /// Only plants at least r from the boundary are reference points.
    Border,
    /// Window area over the area that the window shares with itself shifted by the pair (Ohser 1983).
    Translate,
    /// One over the share of the circle about the plant, through its neighbour, inside the window (Ripley 1977).
    #[default]
    Isotropic,
}

impl Correction {
    /// The word of the option.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Border => "border",
            Self::Translate => "translate",
            Self::Isotropic => "isotropic",
        }
    }

    /// Whether a pair has the same weight seen from either side.
    #[must_use]
    pub fn is_symmetric(self) -> bool {
        matches!(self, Self::None | Self::Translate)
    }
}

/// The weights of pairs of points in a window, under one correction.
///
/// Border is no weight of a pair: its pairs weigh 1, and the caller looks at [`border`](Self::border).
#[derive(Debug, Clone)]
pub struct EdgeWeights<'w> {
    window: &'w Window,
    correction: Correction,
    points: &'w [Point],
    reach: f64,
    /// Distance of each point from the boundary, where the correction needs it.
    border: Vec<f64>,
    overlap: Option<Overlap>,
}

/// Memory of [`EdgeWeights::weight`]; one for each thread, for one set of weights.
#[derive(Debug, Clone, Default)]
pub struct EdgeScratch {
    point: Option<usize>,
    circle: Circle,
}

impl<'w> EdgeWeights<'w> {
    /// Prepares weights of pairs up to the distance `reach`, among points of the window.
    #[must_use]
    pub fn new(window: &'w Window, correction: Correction, points: &'w [Point], reach: f64) -> Self {
        let needs = matches!(correction, Correction::Border | Correction::Isotropic);
        let distance = |point: &Point| if window.contains(*point) { window.boundary_distance(*point) } else { 0.0 };
        let border = if needs { points.par_iter().map(distance).collect() } else { Vec::new() };
        let overlap = (correction == Correction::Translate && !window.is_rectangle()).then(|| Overlap::new(window));
        // An edge at the reach itself is seen, and rounding of a distance does not hide one.
        Self { window, correction, points, reach: reach * (1.0 + 1e-9), border, overlap }
    }

    /// The window.
    #[must_use]
    pub fn window(&self) -> &'w Window {
        self.window
    }

    /// The correction.
    #[must_use]
    pub fn correction(&self) -> Correction {
        self.correction
    }

    /// Distance of point `i` from the boundary; infinite unless the correction is border or isotropic.
    #[inline]
    #[must_use]
    pub fn border(&self, i: usize) -> f64 {
        self.border.get(i).copied().unwrap_or(f64::INFINITY)
    }

    /// Whether every pair of point `i` within `reach` weighs 1.
    #[inline]
    #[must_use]
    pub fn is_inner(&self, i: usize, reach: f64) -> bool {
        match self.correction {
            Correction::None | Correction::Border => true,
            Correction::Isotropic => self.border(i) >= reach,
            Correction::Translate => false,
        }
    }

    /// Weight of the pair of point `i` and a point at distance `d` = |(dx, dy)|, from 1 to [`CAP`]; a weight equal to
    /// the cap was larger, or is exactly that.
    ///
    /// # Complexity
    /// O(1) in a rectangle and for circles inside the window; isotropic O(edges within d); translate in a polygon
    /// O(pairs of edges above one another).
    #[inline]
    #[must_use]
    pub fn weight(&self, i: usize, d: f64, dx: f64, dy: f64, scratch: &mut EdgeScratch) -> f64 {
        match self.correction {
            Correction::None | Correction::Border => 1.0,
            Correction::Isotropic if d <= self.border[i] * (1.0 + DISTANCE_TIE) => 1.0,
            Correction::Isotropic => {
                if scratch.point != Some(i) {
                    scratch.circle.move_to(self.window, self.points[i], self.reach);
                    scratch.point = Some(i);
                }
                capped(1.0 / scratch.circle.share(self.window, d))
            }
            Correction::Translate => capped(self.window.area() / self.shared(dx, dy)),
        }
    }

    /// Area of the window and itself shifted by (dx, dy).
    pub(super) fn shared(&self, dx: f64, dy: f64) -> f64 {
        let [x0, x1, y0, y1] = self.window.bounds();
        match &self.overlap {
            Some(overlap) => overlap.area(dx, dy),
            None => (x1 - x0 - dx.abs()).max(0.0) * (y1 - y0 - dy.abs()).max(0.0),
        }
    }
}

/// A share can come out a rounding above the whole.
#[inline]
fn capped(weight: f64) -> f64 {
    weight.clamp(1.0, CAP)
}
