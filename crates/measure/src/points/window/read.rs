//! What `--window` says: a rectangle, the bounding box of the plants, or a file of vertices.

use super::error::WindowError;
use super::{Window, outline};
use crate::points::projection::Projection;
use distretto_core::{ColumnKind, Fault, Table, TableSpec};
use distretto_numerics::Point;

/// Longest side of a piece into which the side of a rectangle in degrees is cut, so that it follows its parallel.
const PIECE: f64 = 0.25;

/// A window that is no file.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum WindowRequest {
    /// The smallest rectangle about all plants.
    #[default]
    Bbox,
    /// x0, x1, y0, y1; degrees when the plants are projected.
    Rectangle([f64; 4]),
}

impl WindowRequest {
    /// Words with which `--window` is no file.
    pub const WORDS: &'static [&'static str] = &["rect:", "bbox"];

    /// Reads `rect:x0,x1,y0,y1` or `bbox`.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, WindowError> {
        let wrong = || WindowError::Text { text: text.to_owned() };
        if text == "bbox" {
            return Ok(Self::Bbox);
        }
        let list = text.strip_prefix("rect:").ok_or_else(wrong)?;
        let number = |word: &str| word.trim().parse::<f64>().ok().filter(|value| value.is_finite());
        let numbers: Option<Vec<f64>> = list.split(',').map(number).collect();
        let bounds = numbers.and_then(|numbers| <[f64; 4]>::try_from(numbers).ok()).ok_or_else(wrong)?;
        if !(bounds[0] < bounds[1] && bounds[2] < bounds[3]) {
            return Err(WindowError::EmptyRectangle { bounds });
        }
        Ok(Self::Rectangle(bounds))
    }

    /// The window, about plants that are already in the plane.
    ///
    /// # Errors
    /// No area.
    pub fn window(self, plants: &[Point], projection: Option<&Projection>) -> Result<Window, WindowError> {
        match (self, projection) {
            (Self::Bbox, _) => Window::rectangle(outline::bounds(plants.iter().copied())),
            (Self::Rectangle(bounds), None) => Window::rectangle(bounds),
            (Self::Rectangle([x0, x1, y0, y1]), Some(projection)) => {
                let mut ring = Vec::new();
                for ([ax, ay], [bx, by]) in
                    [([x0, y0], [x1, y0]), ([x1, y0], [x1, y1]), ([x1, y1], [x0, y1]), ([x0, y1], [x0, y0])]
                {
                    let pieces = ((bx - ax).abs().max((by - ay).abs()) / PIECE).ceil().clamp(1.0, 1440.0);
                    let at = |k: f64| [ax + (bx - ax) * k / pieces, ay + (by - ay) * k / pieces];
                    ring.extend((0..pieces as u32).map(|k| projection.project(at(f64::from(k)))));
                }
                Window::rings(&[ring])
            }
        }
    }
}

/// The columns of a file of vertices.
#[must_use]
pub fn window_columns(input: &str) -> TableSpec {
    TableSpec::new(input)
        .take("x", ColumnKind::Number)
        .take("y", ColumnKind::Number)
        .take("lon", ColumnKind::Longitude)
        .take("lat", ColumnKind::Latitude)
        .take("ring", ColumnKind::Word)
}

impl Window {
    /// The window whose vertices stand in a table, one in a row, in order; `ring` tells several rings apart. With a
    /// projection the columns are `lon`, `lat`, and edges are straight in the plane of the projection.
    ///
    /// # Errors
    /// Missing columns, and what [`Window::rings`] refuses, with the line of the vertex.
    pub fn read(table: &Table, projection: Option<&Projection>) -> Result<Self, Fault> {
        let (first, second) = if projection.is_some() { ("lon", "lat") } else { ("x", "y") };
        let missing = || Fault::from(WindowError::Columns { first, second }).in_table(table);
        let (x, y) = table.numbers(first).zip(table.numbers(second)).ok_or_else(missing)?;
        let rings = table.text("ring");
        let count = rings.map_or(1, |rings| rings.labels().len() + 1);
        let mut rows: Vec<Vec<usize>> = vec![Vec::new(); count];
        for row in 0..table.rows() {
            // Rows without a label make a ring of their own.
            let ring = rings.map_or(0, |rings| rings.code(row).map_or(count - 1, |code| code as usize));
            rows[ring].push(row);
        }
        rows.retain(|ring| !ring.is_empty());
        let place = |&row: &usize| {
            let point = [x[row], y[row]];
            projection.map_or(point, |projection| projection.project(point))
        };
        let vertices: Vec<Vec<Point>> = rows.iter().map(|ring| ring.iter().map(place).collect()).collect();
        if vertices.is_empty() {
            return Err(Fault::from(WindowError::NoArea).in_table(table));
        }
        Self::rings(&vertices).map_err(|error| error.in_table(table, first, &rows.concat()))
    }

    /// The first of these points that is outside.
    #[must_use]
    pub fn first_outside(&self, points: &[Point]) -> Option<usize> {
        points.iter().position(|&point| !self.contains(point))
    }
}
