//! Windows: the part of the plane in which plants are observed, and what lies beyond its edge.
//!
//! Read in this order: [`Window`] (a rectangle or rings of vertices), `outline` (from rings to edges with the inside on
//! their left), `grid` (edges near a place), `circle` (share of a circle inside the window), `overlap` (area of the
//! window and a shifted copy of itself), [`EdgeWeights`] (the corrections), `read` (what `--window` says), [`PlacementError`] (plants that do not stand in it).

mod circle;
mod edge_weights;
mod error;
mod grid;
mod outline;
mod overlap;
mod placement;
mod read;

pub use edge_weights::{CAP, Correction, EdgeScratch, EdgeWeights};
pub use error::WindowError;
pub(crate) use outline::Edge;
pub use placement::{PlacementError, planar};
pub use read::{WindowRequest, window_columns};

use distretto_numerics::{Point, pairwise_by};
use grid::{EdgeGrid, Rows};

/// The boundary belongs to the window, to this share of its diameter.
const BOUNDARY: f64 = 1e-9;

/// A part of the plane: a rectangle, or rings of vertices under the even–odd rule. Its boundary belongs to it.
#[derive(Debug, Clone)]
pub struct Window {
    /// x0, x1, y0, y1 of the smallest rectangle about it.
    bounds: [f64; 4],
    is_rectangle: bool,
    /// Each with the inside on its left.
    edges: Vec<Edge>,
    rows: Rows,
    grid: EdgeGrid,
    area: f64,
    diameter: f64,
}

impl Window {
    /// The rectangle from x0 to x1 and from y0 to y1.
    ///
    /// # Errors
    /// A side that is not above 0, or not finite.
    pub fn rectangle([x0, x1, y0, y1]: [f64; 4]) -> Result<Self, WindowError> {
        let (width, height) = (x1 - x0, y1 - y0);
        if !(width > 0.0 && height > 0.0 && width.is_finite() && height.is_finite()) {
            return Err(WindowError::EmptyRectangle { bounds: [x0, x1, y0, y1] });
        }
        let corners = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
        let edges = (0..4).map(|k| Edge::new(corners[k], corners[(k + 1) % 4])).collect();
        Ok(Self::of_edges(edges, width * height, width.hypot(height), true))
    }

    /// The part of the plane that an odd number of rings go around; each ring is a list of vertices in order, the last
    /// joined to the first.
    ///
    /// Stretches that two rings share vertex by vertex are no boundary. Vertices are numbered through all rings.
    ///
    /// # Errors
    /// A ring of fewer than three vertices, edges that cross or run along one another, a window without area.
    ///
    /// # Complexity
    /// O(E) memory and about O(E) time for E edges of similar length.
    pub fn rings(rings: &[Vec<Point>]) -> Result<Self, WindowError> {
        let (edges, diameter) = outline::edges(rings)?;
        // About a vertex of the window, so that far coordinates cost no digits.
        let [x, y] = edges.first().map_or([0.0, 0.0], |edge| edge.a);
        let cross = |edge: &Edge| (edge.a[0] - x) * (edge.b[1] - y) - (edge.b[0] - x) * (edge.a[1] - y);
        let area = 0.5 * pairwise_by(edges.len(), |k| cross(&edges[k]));
        // Every vertex is finite, so the area is a number.
        if area <= BOUNDARY * BOUNDARY * diameter * diameter {
            return Err(WindowError::NoArea);
        }
        Ok(Self::of_edges(edges, area, diameter, false))
    }

    fn of_edges(edges: Vec<Edge>, area: f64, diameter: f64, is_rectangle: bool) -> Self {
        let bounds = outline::bounds(edges.iter().map(|edge| edge.a));
        let (rows, grid) = (Rows::new(&edges, 0.0), EdgeGrid::new(&edges, bounds));
        Self { bounds, is_rectangle, edges, rows, grid, area, diameter }
    }

    /// Area, in squared units of the coordinates.
    #[must_use]
    pub fn area(&self) -> f64 {
        self.area
    }

    /// Largest distance between two points of the window.
    #[must_use]
    pub fn diameter(&self) -> f64 {
        self.diameter
    }

    /// x0, x1, y0, y1 of the smallest rectangle about it.
    #[must_use]
    pub fn bounds(&self) -> [f64; 4] {
        self.bounds
    }

    /// Shorter side of the smallest rectangle about it.
    #[must_use]
    pub fn shorter_side(&self) -> f64 {
        let [x0, x1, y0, y1] = self.bounds;
        (x1 - x0).min(y1 - y0)
    }

    /// Whether it was made as a rectangle.
    #[must_use]
    pub fn is_rectangle(&self) -> bool {
        self.is_rectangle
    }

    /// Number of edges.
    #[must_use]
    pub fn edge_count(&self) -> usize {
        self.edges.len()
    }

    /// Whether a point is in the window or on its boundary (to 1e-9 of its diameter).
    #[must_use]
    pub fn contains(&self, point: Point) -> bool {
        self.surrounds(point) || self.boundary_distance(point) <= BOUNDARY * self.diameter
    }

    /// The even–odd rule without the allowance for the boundary.
    #[must_use]
    pub(crate) fn surrounds(&self, [x, y]: Point) -> bool {
        let [x0, x1, y0, y1] = self.bounds;
        if !(x >= x0 && x <= x1 && y >= y0 && y <= y1) {
            return false;
        }
        self.is_rectangle || self.rows.odd(&self.edges, [x, y])
    }

    /// Distance to the nearest edge.
    #[must_use]
    pub fn boundary_distance(&self, point: Point) -> f64 {
        if self.is_rectangle {
            let [x0, x1, y0, y1] = self.bounds;
            let [x, y] = point;
            let (dx, dy) = ((x - x0).min(x1 - x), (y - y0).min(y1 - y));
            return if dx >= 0.0 && dy >= 0.0 { dx.min(dy) } else { dx.min(0.0).hypot(dy.min(0.0)) };
        }
        self.grid.nearest(&self.edges, point).sqrt()
    }

    pub(crate) fn edges(&self) -> &[Edge] {
        &self.edges
    }

    pub(crate) fn grid(&self) -> &EdgeGrid {
        &self.grid
    }
}

#[cfg(test)]
mod tests;
