//! Labels that do not cover one another.

use super::style::TEXT;
use super::svg::{Anchor, Drawing, text_width};

/// A rectangle `(x0, y0, x1, y1)`.
pub(crate) type Box4 = (f64, f64, f64, f64);

/// Places that are taken.
#[derive(Debug, Clone)]
pub(crate) struct Labels {
    bounds: Box4,
    taken: Vec<Box4>,
}

fn overlap(a: &Box4, b: &Box4) -> bool {
    a.0 < b.2 && b.0 < a.2 && a.1 < b.3 && b.1 < a.3
}

impl Labels {
    pub(crate) fn within(bounds: Box4) -> Self {
        Self { bounds, taken: Vec::new() }
    }

    /// Marks a place as taken.
    pub(crate) fn block(&mut self, place: Box4) {
        self.taken.push(place);
    }

    /// Writes a label beside a mark of that radius, where there is room: right, left, above or below; else not at all.
    pub(crate) fn write(&mut self, drawing: &mut Drawing, at: (f64, f64), radius: f64, text: &str) -> bool {
        let wide = text_width(text, TEXT);
        let gap = radius + 3.0;
        let places = [
            (at.0 + gap, at.1 + 4.5, Anchor::Start),
            (at.0 - gap, at.1 + 4.5, Anchor::End),
            (at.0, at.1 - gap - 2.0, Anchor::Middle),
            (at.0, at.1 + gap + 10.0, Anchor::Middle),
            (at.0 + gap * 0.8, at.1 - gap * 0.8, Anchor::Start),
            (at.0 - gap * 0.8, at.1 - gap * 0.8, Anchor::End),
            (at.0 + gap * 0.8, at.1 + gap * 0.8 + 9.0, Anchor::Start),
            (at.0 - gap * 0.8, at.1 + gap * 0.8 + 9.0, Anchor::End),
        ];
        for (x, y, anchor) in places {
            let left = match anchor {
                Anchor::Start => x,
                Anchor::Middle => x - wide / 2.0,
                Anchor::End => x - wide,
            };
            let place = (left - 1.0, y - 11.0, left + wide + 1.0, y + 4.0);
            let inside = place.0 >= self.bounds.0 && place.1 >= self.bounds.1;
            let inside = inside && place.2 <= self.bounds.2 && place.3 <= self.bounds.3;
            if inside && !self.taken.iter().any(|other| overlap(other, &place)) {
                self.taken.push(place);
                drawing.text("halo", (x, y), anchor, text);
                return true;
            }
        }
        false
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
