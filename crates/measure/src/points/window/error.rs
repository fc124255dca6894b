//! What can be wrong with a window.

use distretto_core::{Fault, Table};
use distretto_numerics::Point;

/// Why there is no window.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WindowError {
    /// `--window` cannot be read.
    #[error("`{text}` is no window")]
    Text {
        /// What was given.
        text: String,
    },
    /// A rectangle without area.
    #[error("the window from x {} to {}, y {} to {} has no area", bounds[0], bounds[1], bounds[2], bounds[3])]
    EmptyRectangle {
        /// x0, x1, y0, y1.
        bounds: [f64; 4],
    },
    /// The rings enclose nothing.
    #[error("the window has no area")]
    NoArea,
    /// A ring that is none.
    #[error("ring {} of the window has {vertices} different vertices in a row; a ring needs 3", ring + 1)]
    ShortRing {
        /// Number of the ring, from 0.
        ring: usize,
        /// Its vertices.
        vertices: usize,
        /// Its first vertex.
        vertex: usize,
    },
    /// A vertex without coordinates.
    #[error("vertex {} of the window has no finite coordinates", vertex + 1)]
    NotFinite {
        /// Number of the vertex, from 0.
        vertex: usize,
    },
    /// Edges that cross.
    #[error(
        "the window crosses itself: the edge from vertex {} ({}, {}) and the edge from vertex {} ({}, {})",
        vertex + 1, at[0], at[1], other + 1, other_at[0], other_at[1]
    )]
    Crossing {
        /// Number of the vertex at which the first of the edges begins, from 0.
        vertex: usize,
        /// Where it is.
        at: Point,
        /// The same of the other edge.
        other: usize,
        /// Where it is.
        other_at: Point,
    },
    /// The table of a window lacks its coordinates.
    #[error("the window has no columns `{first}` and `{second}`")]
    Columns {
        /// The first of them.
        first: &'static str,
        /// The second of them.
        second: &'static str,
    },
}

impl WindowError {
    /// The fault with the line of the vertex in the file of the window; vertex k stands in row `rows[k]`.
    pub(super) fn in_table(self, table: &Table, column: &str, rows: &[usize]) -> Fault {
        let vertex = match self {
            Self::ShortRing { vertex, .. } | Self::NotFinite { vertex } | Self::Crossing { vertex, .. } => Some(vertex),
            _ => None,
        };
        let fault = Fault::from(self);
        match vertex.and_then(|vertex| rows.get(vertex)) {
            Some(&row) => fault.at(table, row, column),
            None => fault.in_table(table),
        }
    }
}

impl From<WindowError> for Fault {
    fn from(error: WindowError) -> Self {
        let message = error.to_string();
        match error {
            WindowError::Text { .. } => Self::option(message)
                .with_hint("write rect:x0,x1,y0,y1 or bbox, or name a file with the columns x, y of its vertices"),
            WindowError::EmptyRectangle { .. } => Self::option(message)
                .with_hint("rect:x0,x1,y0,y1 needs x0 < x1 and y0 < y1; bbox needs plants that stand on no one line"),
            WindowError::Crossing { .. } => {
                Self::input(message).with_hint("vertices stand in the order of the outline; is one out of its place?")
            }
            WindowError::ShortRing { .. } | WindowError::NoArea => {
                Self::input(message).with_hint("give the vertices in order; `ring` tells several rings apart")
            }
            WindowError::Columns { .. } => Self::input(message).with_hint(
                "give the vertices in the coordinates of the plants: `x`, `y`, or `lon`, `lat` with `--project`",
            ),
            WindowError::NotFinite { .. } => Self::input(message),
        }
    }
}
