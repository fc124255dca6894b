//! Labels that do not cover one another.

use super::style::TEXT;
use super::svg::{Anchor, Drawing, text_width};

/// A rectangle `(x0, y0, x1, y1)`.
pub(crate) type Box4 = (f64, f64, f64, f64);

/// Where a label may stand: its point, its anchor, and the rectangle that it fills.
type Place = (f64, f64, Anchor, Box4);

/// Places that are taken.
#[derive(Debug, Clone)]
pub(crate) struct Labels {
    bounds: Box4,
    taken: Vec<Box4>,
    /// Marks that a label covers only when it must be written.
    marks: Vec<Box4>,
}

/// Most marks along one way.
const MOST_MARKS: f64 = 200.0;

fn overlap(a: &Box4, b: &Box4) -> bool {
    a.0 < b.2 && b.0 < a.2 && a.1 < b.3 && b.1 < a.3
}

impl Labels {
    pub(crate) fn within(bounds: Box4) -> Self {
        Self { bounds, taken: Vec::new(), marks: Vec::new() }
    }

    /// Marks a place as taken.
    pub(crate) fn block(&mut self, place: Box4) {
        self.taken.push(place);
    }

    /// Marks the place of a mark: labels keep off it as long as they can.
    pub(crate) fn mark(&mut self, at: (f64, f64), radius: f64) {
        self.marks.push((at.0 - radius, at.1 - radius, at.0 + radius, at.1 + radius));
    }

    /// Marks the way between two places: a label stands on no line as long as it can.
    pub(crate) fn mark_between(&mut self, from: (f64, f64), to: (f64, f64), radius: f64) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let steps = (dx.hypot(dy) / (2.0 * radius)).ceil().min(MOST_MARKS);
        for k in 1..steps as usize {
            let part = k as f64 / steps;
            self.mark((from.0 + part * dx, from.1 + part * dy), radius);
        }
    }

    /// Writes a label beside a mark of that radius, where there is room: right, left, above or below; else not at all.
    pub(crate) fn write(&mut self, drawing: &mut Drawing, at: (f64, f64), radius: f64, text: &str) -> bool {
        let free = self.places(at, radius, text).into_iter().find(|place| self.covered(&place.3) == 0.0);
        free.map(|place| self.put(drawing, place, text, "halo")).is_some()
    }

    /// Writes a label that the reader looks for: where it covers least of the marks when there is no free room;
    /// a thin line leads to it where it stands apart.
    pub(crate) fn insist(&mut self, drawing: &mut Drawing, at: (f64, f64), radius: f64, text: &str) {
        self.insist_in(drawing, at, radius, text, "halo");
    }

    /// The same in letters of a class, say the colour of a line.
    pub(crate) fn insist_in(&mut self, drawing: &mut Drawing, at: (f64, f64), radius: f64, text: &str, class: &str) {
        let mut best: Option<(f64, f64, Place)> = None;
        for away in [0.0, 12.0, 26.0, 44.0, 66.0, 92.0] {
            for place in self.places(at, radius + away, text) {
                let covered = self.covered(&place.3);
                if best.as_ref().is_none_or(|(least, ..)| covered < *least) {
                    best = Some((covered, away, place));
                }
            }
            if best.as_ref().is_some_and(|(least, ..)| *least == 0.0) {
                break;
            }
        }
        let Some((_, away, place)) = best else { return };
        if away > 0.0 {
            leader(drawing, at, radius, &place.3);
        }
        self.put(drawing, place, text, class);
    }

    /// How much of all marks a rectangle covers, in square pixels.
    fn covered(&self, place: &Box4) -> f64 {
        let area = |other: &Box4| {
            let wide = (place.2.min(other.2) - place.0.max(other.0)).max(0.0);
            wide * (place.3.min(other.3) - place.1.max(other.1)).max(0.0)
        };
        self.marks.iter().map(area).sum()
    }

    fn put(&mut self, drawing: &mut Drawing, (x, y, anchor, place): Place, text: &str, class: &str) {
        self.taken.push(place);
        drawing.text(class, (x, y), anchor, text);
    }

    /// The places for a label that no other label has taken, the best first.
    fn places(&self, at: (f64, f64), radius: f64, text: &str) -> Vec<Place> {
        let wide = text_width(text, TEXT);
        let gap = radius + 3.0;
        let near = gap * 0.8;
        let around = [
            (at.0 + gap, at.1 + 4.5, Anchor::Start),
            (at.0 - gap, at.1 + 4.5, Anchor::End),
            (at.0, at.1 - gap - 2.0, Anchor::Middle),
            (at.0, at.1 + gap + 10.0, Anchor::Middle),
            (at.0 + near, at.1 - near, Anchor::Start),
            (at.0 - near, at.1 - near, Anchor::End),
            (at.0 + near, at.1 + near + 9.0, Anchor::Start),
            (at.0 - near, at.1 + near + 9.0, Anchor::End),
        ];
        // A region is named in its middle, a point beside it.
        let middle = (radius == 0.0).then_some((at.0, at.1 + 4.5, Anchor::Middle));
        let boxed = |(x, y, anchor): (f64, f64, Anchor)| {
            let left = match anchor {
                Anchor::Start => x,
                Anchor::Middle => x - wide / 2.0,
                Anchor::End => x - wide,
            };
            (x, y, anchor, (left - 1.0, y - 11.0, left + wide + 1.0, y + 4.0))
        };
        let bounds = self.bounds;
        let inside = |p: &Box4| p.0 >= bounds.0 && p.1 >= bounds.1 && p.2 <= bounds.2 && p.3 <= bounds.3;
        let free = |place: &Place| inside(&place.3) && !self.taken.iter().any(|other| overlap(other, &place.3));
        middle.into_iter().chain(around).map(boxed).filter(free).collect()
    }
}

/// A line from the rim of a mark to the nearest side of a label.
fn leader(drawing: &mut Drawing, at: (f64, f64), radius: f64, place: &Box4) {
    let to = (at.0.clamp(place.0, place.2), at.1.clamp(place.1, place.3));
    let (dx, dy) = (to.0 - at.0, to.1 - at.1);
    let length = dx.hypot(dy);
    if length > radius {
        drawing.line("axis", (at.0 + dx * radius / length, at.1 + dy * radius / length), to);
    }
}

/// Moves wanted positions apart, in their order, to keep a distance, within two ends.
pub(crate) fn spread(wanted: &[f64], distance: f64, low: f64, high: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]));
    let mut placed = wanted.to_vec();
    let mut floor = low;
    for &i in &order {
        placed[i] = placed[i].max(floor);
        floor = placed[i] + distance;
    }
    let mut ceiling = high;
    for &i in order.iter().rev() {
        placed[i] = placed[i].min(ceiling);
        ceiling = placed[i] - distance;
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_label_moves_aside_and_a_hidden_one_is_left_out() {
        let mut labels = Labels::within((0.0, 0.0, 200.0, 100.0));
        let mut drawing = Drawing::default();
        assert!(labels.write(&mut drawing, (100.0, 50.0), 2.0, "Kokomo"));
        assert!(labels.write(&mut drawing, (100.0, 50.0), 2.0, "Detroit"));
        labels.block((0.0, 0.0, 200.0, 100.0));
        assert!(!labels.write(&mut drawing, (100.0, 50.0), 2.0, "Toledo"));
    }

    #[test]
    fn spread_keeps_order_and_distance() {
        assert_eq!(spread(&[10.0, 11.0, 50.0], 12.0, 0.0, 100.0), [10.0, 22.0, 50.0]);
        assert_eq!(spread(&[99.0, 98.0], 12.0, 0.0, 100.0), [100.0, 88.0]);
    }
}
