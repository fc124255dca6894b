//! Objectives along a ray: what a decision maker gains when R&D moves in one direction, exactly, over every piece
//! between exits, entries and cost floors.
//!
//! Along x + t v every y_k is linear until the cost floor cuts it, T is a maximum of linear functions, and each
//! objective is quadratic between breakpoints. The walk goes from breakpoint to breakpoint.

use crate::stage::Rules;

/// Ties closer than this, relative to the scale of prices, are ties.
const TIE: f64 = 1e-13;

/// A firm whose output the objective or a threshold depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Line {
    /// y without the floor, at t = 0.
    pub y: f64,
    /// Its change per unit of t.
    pub slope: f64,
    /// y at the floor of unit cost.
    pub cap: f64,
    /// Weight of q² in the objective.
    pub square: f64,
    /// Weight of q.
    pub linear: f64,
}

/// A market on the ray: its lines, and the weight of Q².
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Part {
    pub rules: Rules,
    pub begin: usize,
    pub end: usize,
    pub square: f64,
}

/// An objective along a ray: outputs of some markets, and `gain · t − curvature · t²/2`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Ray {
    pub lines: Vec<Line>,
    pub parts: Vec<Part>,
    pub gain: f64,
    pub curvature: f64,
    /// Scale of prices.
    pub scale: f64,
    order: Vec<u32>,
}

/// The best point of a ray.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Best {
    pub t: f64,
    pub value: f64,
}

/// Value, slope and half the second derivative at a point, and how far the piece goes.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Piece {
    pub value: f64,
    pub slope: f64,
    pub half: f64,
    pub length: f64,
    /// A seller under Bertrand competition has no output left: the model ends here.
    pub ends: bool,
}

impl Ray {
    /// Empties the ray for another use.
    pub(crate) fn clear(&mut self, scale: f64) {
        self.lines.clear();
        self.parts.clear();
        (self.gain, self.curvature, self.scale) = (0.0, 0.0, scale);
    }

    /// The piece to the right of t.
    pub(crate) fn piece(&mut self, t: f64) -> Piece {
        let mut piece = Piece {
            value: self.gain * t - self.curvature * t * t / 2.0,
            slope: self.gain - self.curvature * t,
            half: -self.curvature / 2.0,
            length: f64::INFINITY,
            ends: false,
        };
        for p in 0..self.parts.len() {
            self.add(self.parts[p], t, &mut piece);
        }
        piece
    }

    fn add(&mut self, part: Part, t: f64, piece: &mut Piece) {
        let Part { rules, begin, end, square } = part;
        let tie = TIE * self.scale;
        let lines = &self.lines[begin..end];
        let at = |line: &Line| {
            let raw = line.y + line.slope * t;
            let floored = raw > line.cap + tie || (raw >= line.cap - tie && line.slope > 0.0);
            if floored { (raw.min(line.cap), 0.0) } else { (raw, line.slope) }
        };
        let (threshold, drift) = threshold(rules, lines, at, tie, &mut self.order);
        let (mut sum, mut sum_slope) = (0.0, 0.0);
        for line in lines {
            let (y, slope) = at(line);
            let gap = y - threshold;
            let sells = !rules.exit || gap > tie || (gap >= -tie && slope > drift);
            let to_floor = match line.slope {
                rising if rising > 0.0 && slope > 0.0 => (line.cap - y) / rising,
                falling if falling < 0.0 && slope == 0.0 => (line.y + falling * t - line.cap) / -falling,
                _ => f64::INFINITY,
            };
            let speed = slope - drift;
            let to_exit = match sells {
                true if speed < 0.0 => gap.max(0.0) / -speed,
                false if speed > 0.0 => -gap / speed,
                _ => f64::INFINITY,
            };
            if to_exit < piece.length {
                (piece.length, piece.ends) = (to_exit, !rules.exit);
            }
            if to_floor > 0.0 && to_floor < piece.length {
                (piece.length, piece.ends) = (to_floor, false);
            }
            if !sells {
                continue;
            }
            let (q, p) = (gap / rules.own, speed / rules.own);
            sum += q;
            sum_slope += p;
            if line.square != 0.0 || line.linear != 0.0 {
                piece.value += line.square * q * q + line.linear * q;
                piece.slope += 2.0 * line.square * q * p + line.linear * p;
                piece.half += line.square * p * p;
            }
        }
        piece.value += square * sum * sum;
        piece.slope += 2.0 * square * sum * sum_slope;
        piece.half += square * sum_slope * sum_slope;
    }

    /// The best t of `from..=to`; none when the objective has no upper bound there.
    pub(crate) fn best(&mut self, from: f64, to: f64) -> Option<Best> {
        let mut t = from;
        let mut best: Option<Best> = None;
        let mut offer = |t: f64, value: f64| {
            if best.is_none_or(|best| value > best.value + 1e-15 * best.value.abs()) {
                best = Some(Best { t, value });
            }
        };
        for _ in 0..4 * self.lines.len() + 8 {
            let piece = self.piece(t);
            let length = piece.length.min(to - t);
            offer(t, piece.value);
            if piece.half < 0.0 {
                let top = -piece.slope / (2.0 * piece.half);
                if top > 0.0 && top < length {
                    offer(t + top, piece.value + piece.slope * top / 2.0);
                }
            } else if length.is_infinite() && (piece.slope > 0.0 || piece.half > 0.0) {
                return None;
            }
            if length.is_infinite() {
                break;
            }
            let end = t + length;
            offer(end, piece.value + length * (piece.slope + length * piece.half));
            if end >= to || piece.ends {
                break;
            }
            // A breakpoint within rounding of the last one: go on behind it.
            t = if end > t { end } else { t + TIE * self.scale };
        }
        best
    }
}

/// T and its change per unit of t, to the right.
fn threshold(
    rules: Rules,
    lines: &[Line],
    at: impl Fn(&Line) -> (f64, f64),
    tie: f64,
    order: &mut Vec<u32>,
) -> (f64, f64) {
    if !rules.exit {
        let (mut sum, mut slopes) = (0.0, 0.0);
        for line in lines {
            let (y, slope) = at(line);
            sum += y;
            slopes += slope;
        }
        let kappa = rules.kappa(lines.len());
        return (kappa * sum, kappa * slopes);
    }
    let (mut sum, mut slopes) = (0.0, 0.0);
    for line in lines {
        let (y, slope) = at(line);
        sum += y;
        slopes += slope;
    }
    let kappa = rules.kappa(lines.len());
    if lines.iter().all(|line| at(line).0 > kappa * sum + tie) {
        return (kappa * sum, kappa * slopes);
    }
    order.clear();
    order.extend(0..lines.len() as u32);
    order.sort_unstable_by(|&a, &b| at(&lines[b as usize]).0.total_cmp(&at(&lines[a as usize]).0).then(a.cmp(&b)));
    let (mut sum, mut slopes, mut sellers) = (0.0, 0.0, 0);
    let (mut threshold, mut drift) = (0.0, 0.0);
    for &k in order.iter() {
        let (y, slope) = at(&lines[k as usize]);
        if y <= threshold + tie {
            break;
        }
        sum += y;
        slopes += slope;
        sellers += 1;
        threshold = rules.kappa(sellers) * sum;
        drift = rules.kappa(sellers) * slopes;
    }
    // Firms at the threshold enter in the order of their slopes, as long as they rise faster than it.
    let strict = sellers;
    let tied = order.iter().skip(strict).take_while(|&&k| at(&lines[k as usize]).0 >= threshold - tie).count();
    order[strict..strict + tied].sort_by(|&a, &b| at(&lines[b as usize]).1.total_cmp(&at(&lines[a as usize]).1));
    for &k in &order[strict..strict + tied] {
        let (_, slope) = at(&lines[k as usize]);
        if slope <= drift {
            break;
        }
        slopes += slope;
        sellers += 1;
        drift = rules.kappa(sellers) * slopes;
    }
    (threshold, drift)
}
