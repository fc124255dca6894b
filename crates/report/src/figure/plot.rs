//! The parts that charts share: axes, rows of labels, legends.

use super::scale::Scale;
use super::style::{TEXT, WIDTH};
use super::svg::{Anchor, Drawing, fitted, text_width, wrapped};

/// The rectangle of a chart in which marks stand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Panel {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

/// A chart of rows: one label at the left of each.
#[derive(Debug, Clone)]
pub(crate) struct RowPanel {
    pub(crate) panel: Panel,
    row: f64,
    half: f64,
    /// The lines of each label.
    labels: Vec<Vec<String>>,
}

/// Height of a row with a label of two lines.
const TWO_LINES: f64 = 30.0;

impl RowPanel {
    /// Leaves at the left what the longest label needs, up to two fifths of the figure or a little more; longer ones take
    /// two lines, and half of the figure where they would not fit. `right` is left free for numbers.
    pub(crate) fn new(labels: &[String], top: f64, right: f64) -> Self {
        Self::spaced(labels, top, right, if labels.len() > 40 { 17.0 } else { 21.0 })
    }

    /// The same with rows of a height.
    pub(crate) fn spaced(labels: &[String], top: f64, right: f64, row: f64) -> Self {
        // Labels in focus are bold, which is wider.
        let bold = super::style::BOLD * TEXT;
        let widest = labels.iter().map(|label| text_width(label, bold)).fold(30.0, f64::max);
        let lines = |most: f64| labels.iter().map(|label| wrapped(label, bold, most, 2)).collect::<Vec<_>>();
        let cut = |labels: &[Vec<String>]| labels.iter().flatten().any(|line| line.ends_with('…'));
        let most = match WIDTH * 0.4 {
            usual if widest <= usual => usual,
            _ if widest <= WIDTH * 0.46 => WIDTH * 0.46,
            usual if !cut(&lines(usual)) => usual,
            _ => WIDTH * 0.5,
        };
        let labels = lines(most);
        let half = row * 0.33;
        let row = if labels.iter().any(|lines| lines.len() > 1) { row.max(TWO_LINES) } else { row };
        let bottom = top + row * labels.len() as f64 + 6.0;
        let left = widest.min(most) + 12.0;
        Self { panel: Panel { left, top, right: WIDTH - right, bottom }, row, half, labels }
    }

    /// The middle of a row.
    pub(crate) fn middle(&self, i: usize) -> f64 {
        self.panel.top + 3.0 + self.row * (i as f64 + 0.5)
    }

    /// Half the height of a bar.
    pub(crate) fn half(&self) -> f64 {
        self.half
    }

    /// Writes the labels; those in focus strongly.
    pub(crate) fn write_labels(&self, drawing: &mut Drawing, strong: &dyn Fn(usize) -> bool) {
        for (i, lines) in self.labels.iter().enumerate() {
            let class = if strong(i) { "strong" } else { "" };
            let first = self.middle(i) + 4.5 - 7.0 * (lines.len() as f64 - 1.0);
            for (k, line) in lines.iter().enumerate() {
                drawing.text(class, (self.panel.left - 8.0, first + 14.0 * k as f64), Anchor::End, line);
            }
        }
    }
}

impl Panel {
    /// Moves the left edge so far that the words of the ticks do not touch the heading of the axis.
    pub(crate) fn leave_room(&mut self, scale: &Scale) {
        let widest = scale.ticks().iter().map(|(_, word)| text_width(word, TEXT)).fold(0.0, f64::max);
        self.left = self.left.max(widest + 32.0);
    }

    /// Vertical grid lines with their words beneath, and the heading beneath these. Returns where the next thing may stand.
    pub(crate) fn x_axis(&self, drawing: &mut Drawing, scale: &Scale, heading: &str) -> f64 {
        let mut free = f64::NEG_INFINITY;
        for (value, word) in scale.ticks() {
            let x = scale.at(value);
            drawing.line("grid", (x, self.top), (x, self.bottom));
            let half = text_width(&word, TEXT) / 2.0;
            if x - half > free {
                // Words at the edge stay within the figure.
                let at = x.clamp(half, WIDTH - half - 1.0);
                drawing.text("soft", (at, self.bottom + 16.0), Anchor::Middle, &word);
                free = x + half + 6.0;
            }
        }
        let middle = (self.left + self.right) / 2.0;
        let heading = fitted(heading, TEXT, 2.0 * (WIDTH - middle).min(middle) - 8.0);
        drawing.text("", (middle, self.bottom + 35.0), Anchor::Middle, &heading);
        self.bottom + 42.0
    }

    /// Horizontal grid lines with their words at the left, and the heading upwards.
    pub(crate) fn y_axis(&self, drawing: &mut Drawing, scale: &Scale, heading: &str) {
        for (value, word) in scale.ticks() {
            let y = scale.at(value);
            drawing.line("grid", (self.left, y), (self.right, y));
            drawing.text("soft", (self.left - 6.0, y + 4.5), Anchor::End, &word);
        }
        let heading = fitted(heading, TEXT, self.bottom - self.top + 20.0);
        drawing.upwards("", (14.0, (self.top + self.bottom) / 2.0), &heading);
    }
}

/// One entry of a legend: how its mark is drawn is told by `Swatch`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) swatch: Swatch,
    pub(crate) text: String,
}

/// The mark of a legend entry.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Swatch {
    /// A filled square, and a pattern above it.
    Fill(String, Option<&'static str>),
    /// A shape: an SVG element drawn around (0, 0).
    Shape(String),
}

/// Writes entries in rows from `top`, as many in a row as there is room for; returns the bottom.
pub(crate) fn legend(drawing: &mut Drawing, entries: &[Entry], top: f64) -> f64 {
    let (mut x, mut y) = (8.0, top + 14.0);
    for entry in entries {
        let text = fitted(&entry.text, TEXT, WIDTH - 60.0);
        let wide = 24.0 + text_width(&text, TEXT) + 14.0;
        if x > 8.0 && x + wide > WIDTH {
            (x, y) = (8.0, y + 21.0);
        }
        mark(drawing, &entry.swatch, (x, y));
        drawing.text("", (x + 24.0, y), Anchor::Start, &text);
        x += wide;
    }
    if entries.is_empty() { top } else { y + 8.0 }
}

fn mark(drawing: &mut Drawing, swatch: &Swatch, at: (f64, f64)) {
    let (a, b) = ((at.0, at.1 - 11.0), (at.0 + 18.0, at.1 + 2.0));
    match swatch {
        Swatch::Fill(fill, pattern) => {
            drawing.rect(fill, a, b, None);
            if let Some(pattern) = pattern {
                drawing.rect(pattern, a, b, None);
            }
            drawing.frame("box", a, (b.0 - a.0, b.1 - a.1));
        }
        Swatch::Shape(element) => {
            let moved = format!(
                "{element} transform=\"translate({} {})\"",
                super::svg::n(at.0 + 9.0),
                super::svg::n(at.1 - 4.5)
            );
            drawing.shape(&moved, None);
        }
    }
}

/// The shape of group `i` around (0, 0): circle, square, triangle, diamond, triangle down, then circles again.
pub(crate) fn group_shape(i: usize, fill: &str, r: f64) -> String {
    let n = super::svg::n;
    let data = match i % 5 {
        1 => format!("M{0} {0}H{1}V{1}H{0}Z", n(-r * 0.9), n(r * 0.9)),
        2 => format!("M0 {}L{} {}H{}Z", n(-r * 1.15), n(r * 1.1), n(r * 0.85), n(-r * 1.1)),
        3 => format!("M0 {}L{} 0L0 {}L{} 0Z", n(-r * 1.3), n(r * 1.1), n(r * 1.3), n(-r * 1.1)),
        4 => format!("M0 {}L{} {}H{}Z", n(r * 1.15), n(r * 1.1), n(-r * 0.85), n(-r * 1.1)),
        _ => return format!("circle class=\"dot\" fill=\"{fill}\" r=\"{}\"", n(r)),
    };
    format!("path class=\"dot\" fill=\"{fill}\" d=\"{data}\"")
}
