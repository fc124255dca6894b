//! Objectives along a ray: what a decision maker gains when R&D moves in one direction, exactly, over every piece
//! between exits, entries and cost floors.
//!
//! Along x + t v every y_k is linear until the cost floor cuts it, T is a maximum of linear functions, and each
//! objective is quadratic between breakpoints. The walk goes from breakpoint to breakpoint.

use crate::stage::Rules;

/// Ties closer than this, relative to the scale of prices, are ties.
const TIE: f64 = 1e-13;
/// Most boundaries at which one point stands at once, as far as they are looked for.
const BOUNDARIES: usize = 8;

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

    /// The piece from t = 0 on, as if it began here, behind pieces that end before `near`: boundaries so close are those at
    /// which t = 0 itself stands but for rounding.
    pub(crate) fn beside(&mut self, near: f64) -> Piece {
        let (mut t, mut piece) = (0.0, self.piece(0.0));
        for _ in 0..BOUNDARIES {
            if t + piece.length > near {
                break;
            }
            t += piece.length;
            piece = self.piece(t);
        }
        piece.slope -= 2.0 * piece.half * t;
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
        match self.concave(from, to) {
            Some(best) => Some(best),
            None => self.walk(from, to),
        }
    }

    /// The best t where the objective is the profit of one firm and concave: a root of its slope, bracketed. None
    /// where that is not sure.
    ///
    /// T is convex in the firm's own R&D as long as no rival reaches unit cost 0, and profit h q² is then concave where
    /// the curvature of cost exceeds that of h q² on the steepest piece; also where q becomes positive, since q² has no
    /// kink there (theory page, section 5).
    fn concave(&mut self, from: f64, to: f64) -> Option<Best> {
        let (least, steepest, worth) = self.least_curvature()?;
        if from > 0.0 || to < 0.0 {
            return None;
        }
        let start = 0.0;
        let first = self.piece(start);
        // The slope falls by `least` a step or faster: how far the top can be.
        let far = start + first.slope / least;
        let (mut a, mut b) = if first.slope > 0.0 { (start, far.min(to)) } else { (far.max(from), start) };
        // The value at 0 is h q²; q rises by `steepest` a step at most, so that no R&D pays beyond `reach` anywhere.
        let output = (first.value / worth).max(0.0).sqrt();
        let reach = (2.0 * worth * steepest * output + self.gain) / least;
        if self.kinks_upward(from, reach.max(b), a, &mut b) {
            return None;
        }
        let mut piece = if first.slope > 0.0 { first } else { self.piece(a) };
        for step in 0..400 {
            if piece.slope <= 0.0 || b <= a {
                return Some(Best { t: a, value: piece.value });
            }
            let top = -piece.slope / (2.0 * piece.half);
            let end = top.min(piece.length).min(b - a);
            if top <= piece.length || a + piece.length >= b {
                return Some(Best { t: a + end, value: piece.value + end * (piece.slope + end * piece.half) });
            }
            // Once the firm sells, later pieces bend more.
            if piece.half > -self.curvature / 2.0 {
                b = b.min(a + top);
            }
            let next = if step % 2 == 0 { a + piece.length } else { (a + b) / 2.0 };
            let there = self.piece(next.max(a + TIE * self.scale));
            match there.slope > 0.0 {
                true => (a, piece) = (next.max(a + TIE * self.scale), there),
                // The slope changes its sign where the piece ends: a kink.
                false if step % 2 == 0 => {
                    let end = piece.length;
                    return Some(Best { t: a + end, value: piece.value + end * (piece.slope + end * piece.half) });
                }
                false => b = next,
            }
        }
        None
    }

    /// What the negative second derivative is at least, how fast output rises at most, and h, if the objective is the
    /// profit of one firm that competes in quantities.
    fn least_curvature(&self) -> Option<(f64, f64, f64)> {
        let &[Part { rules, square, .. }] = self.parts.as_slice() else { return None };
        if !rules.exit || square != 0.0 {
            return None;
        }
        let mut own: Option<&Line> = None;
        for line in &self.lines {
            if line.slope < 0.0 || line.linear != 0.0 || (line.square != 0.0 && own.replace(line).is_some()) {
                return None;
            }
        }
        let own = own.filter(|own| own.slope > 0.0 && own.square > 0.0)?;
        let steepest = own.slope * (1.0 - rules.kappa(self.lines.len())) / rules.own;
        let least = self.curvature - 2.0 * own.square * steepest * steepest;
        (least > 1e-6 * self.curvature).then_some((least, steepest, own.square))
    }

    /// Whether a rival reaches unit cost 0 within `from..=reach`, or the firm itself and R&D still pays there; where it
    /// does not pay beyond, `b` is moved there.
    fn kinks_upward(&self, from: f64, reach: f64, a: f64, b: &mut f64) -> bool {
        let tie = 2.0 * TIE * self.scale;
        for line in self.lines.iter().filter(|line| line.slope > 0.0) {
            let floor = (line.cap - line.y) / line.slope;
            if line.square == 0.0 {
                if floor > from - tie && floor < reach + tie {
                    return true;
                }
            } else if floor <= *b + tie {
                if floor <= a + tie || self.gain - self.curvature * floor > 0.0 {
                    return true;
                }
                *b = floor.min(*b);
            }
        }
        false
    }

    /// Beyond this t the objective is below its value at 0, whatever exits and floors do; infinite where no bound is
    /// known. As no slope is negative T never falls, so that q_k rises by s_k/e a step at most; and T rises by the
    /// largest κ(|A|) Σ_A s at most.
    fn reach(&mut self) -> f64 {
        let (mut slope, mut half) = (self.gain, -self.curvature / 2.0);
        for p in 0..self.parts.len() {
            let Part { rules, begin, end, square } = self.parts[p];
            let lines = &self.lines[begin..end];
            if !rules.exit || lines.iter().any(|line| line.slope < 0.0 || line.linear != 0.0 || line.square < 0.0) {
                return f64::INFINITY;
            }
            let at = |line: &Line| (line.y.min(line.cap), line.slope);
            let (threshold, _) = threshold(rules, lines, at, TIE * self.scale, &mut self.order);
            let mut total = 0.0;
            for line in lines {
                let (q, rise) = ((at(line).0 - threshold).max(0.0) / rules.own, line.slope / rules.own);
                total += q;
                slope += 2.0 * line.square * q * rise;
                half += line.square * rise * rise;
            }
            if square != 0.0 {
                let mut falling: Vec<f64> = lines.iter().map(|line| line.slope).collect();
                falling.sort_unstable_by(|a, b| b.total_cmp(a));
                let (mut sum, mut steepest) = (0.0, 0.0f64);
                for (k, slope) in falling.iter().enumerate() {
                    sum += slope;
                    steepest = steepest.max(rules.kappa(k + 1) * sum);
                }
                let rise = steepest / rules.cross;
                slope += 2.0 * square * total * rise;
                half += square * rise * rise;
            }
        }
        if half < -1e-6 * self.curvature { (1.001 * slope / -half).max(1e-3 * self.scale) } else { f64::INFINITY }
    }

    /// What the objective is at most at t and beyond; infinite where no bound is known. As no slope is negative T never
    /// falls, and no y passes its cap.
    fn most_beyond(&mut self, t: f64) -> f64 {
        let top = if self.curvature > 0.0 { (self.gain / self.curvature).max(t) } else { f64::INFINITY };
        let mut most = self.gain * top - self.curvature * top * top / 2.0;
        for p in 0..self.parts.len() {
            let Part { rules, begin, end, square } = self.parts[p];
            let lines = &self.lines[begin..end];
            let falls = |line: &Line| line.slope < 0.0 || line.linear > 0.0 || line.square < 0.0;
            if !rules.exit || square < 0.0 || lines.iter().any(falls) {
                return f64::INFINITY;
            }
            let at = |line: &Line| ((line.y + line.slope * t).min(line.cap), line.slope);
            let (threshold, _) = threshold(rules, lines, at, TIE * self.scale, &mut self.order);
            let mut total = 0.0;
            for line in lines {
                let y = if line.slope > 0.0 { line.cap } else { line.y.min(line.cap) };
                let q = (y - threshold).max(0.0) / rules.own;
                total += q;
                most += line.square * q * q;
            }
            most += square * total * total;
        }
        // NaN where nothing bounds the costs.
        if most.is_nan() { f64::INFINITY } else { most }
    }

    /// The best t by the walk over all pieces.
    fn walk(&mut self, from: f64, to: f64) -> Option<Best> {
        let to = if to > 0.0 && from <= 0.0 { to.min(self.reach()) } else { to };
        let mut t = from;
        let mut best: Option<Best> = None;
        let offer = |best: &mut Option<Best>, t: f64, value: f64| {
            if best.is_none_or(|best| value > best.value + 1e-15 * best.value.abs()) {
                *best = Some(Best { t, value });
            }
        };
        for _ in 0..4 * self.lines.len() + 8 {
            let piece = self.piece(t);
            let length = piece.length.min(to - t);
            offer(&mut best, t, piece.value);
            if t > 0.0 && best.is_some_and(|best| self.most_beyond(t) < best.value) {
                break;
            }
            if piece.half < 0.0 {
                let top = -piece.slope / (2.0 * piece.half);
                if top > 0.0 && top < length {
                    offer(&mut best, t + top, piece.value + piece.slope * top / 2.0);
                }
            } else if length.is_infinite() && (piece.slope > 0.0 || piece.half > 0.0) {
                return None;
            }
            if length.is_infinite() {
                break;
            }
            let end = t + length;
            offer(&mut best, end, piece.value + length * (piece.slope + length * piece.half));
            if end >= to || piece.ends {
                break;
            }
            // A breakpoint within rounding of the last one: go on behind it.
            t = if end > t { end } else { t + TIE * self.scale };
        }
        best
    }

    /// Where the way up from t = 0 ends, at `to` at the latest; none when it never does.
    pub(crate) fn summit(&mut self, to: f64) -> Option<f64> {
        let mut t = 0.0;
        for _ in 0..4 * self.lines.len() + 8 {
            let piece = self.piece(t);
            if piece.slope <= 0.0 {
                return Some(t);
            }
            let top = if piece.half < 0.0 { -piece.slope / (2.0 * piece.half) } else { f64::INFINITY };
            let end = t + piece.length.min(to - t);
            if top <= end - t || end >= to || piece.ends {
                return Some(end.min(t + top)).filter(|end| end.is_finite());
            }
            // A breakpoint within rounding of the last one: go on behind it.
            t = if end > t { end } else { t + TIE * self.scale };
        }
        Some(t)
    }

    /// What the best t of `0..=to` gains on t = 0; none when there is no upper bound. Gains of pieces are added up: a
    /// difference of objectives would lose what is small beside them.
    pub(crate) fn rise(&mut self, to: f64) -> Option<f64> {
        let to = to.min(self.reach());
        let (mut t, mut gained, mut best) = (0.0, 0.0, 0.0f64);
        for _ in 0..4 * self.lines.len() + 8 {
            let piece = self.piece(t);
            let length = piece.length.min(to - t);
            if t > 0.0 && gained <= best && self.most_beyond(t) < piece.value - gained {
                break;
            }
            if piece.half < 0.0 {
                let top = -piece.slope / (2.0 * piece.half);
                if top > 0.0 && top < length {
                    best = best.max(gained + piece.slope * top / 2.0);
                }
            } else if length.is_infinite() && (piece.slope > 0.0 || piece.half > 0.0) {
                return None;
            }
            if length.is_infinite() || t + length >= to || piece.ends {
                return Some(best.max(gained + finite(length) * (piece.slope + finite(length) * piece.half)));
            }
            gained += length * (piece.slope + length * piece.half);
            best = best.max(gained);
            // A breakpoint within rounding of the last one: go on behind it.
            let step = if t + length > t { 0.0 } else { TIE * self.scale };
            gained += step * piece.slope;
            t += length + step;
        }
        Some(best)
    }
}

/// A length, or 0 for one without end: there the objective falls.
fn finite(length: f64) -> f64 {
    if length.is_finite() { length } else { 0.0 }
}

/// T and its change per unit of t, to the right.
fn threshold(
    rules: Rules,
    lines: &[Line],
    at: impl Fn(&Line) -> (f64, f64),
    tie: f64,
    order: &mut Vec<u32>,
) -> (f64, f64) {
    let (mut sum, mut slopes, mut least) = (0.0, 0.0, f64::INFINITY);
    for line in lines {
        let (y, slope) = at(line);
        sum += y;
        slopes += slope;
        least = y.min(least);
    }
    let kappa = rules.kappa(lines.len());
    if !rules.exit || least > kappa * sum + tie {
        return (kappa * sum, kappa * slopes);
    }
    // Whoever is below the T of a set that holds all sellers is none itself: sets shrink until they hold sellers only.
    order.clear();
    order.extend((0..lines.len() as u32).filter(|&k| at(&lines[k as usize]).0 > tie));
    let threshold = loop {
        let sum: f64 = order.iter().map(|&k| at(&lines[k as usize]).0).sum();
        let threshold = rules.kappa(order.len()) * sum;
        let before = order.len();
        order.retain(|&k| at(&lines[k as usize]).0 > threshold + tie);
        if order.len() == before {
            break threshold;
        }
    };
    let mut sellers = order.len();
    let mut slopes: f64 = order.iter().map(|&k| at(&lines[k as usize]).1).sum();
    let mut drift = rules.kappa(sellers) * slopes;
    // Firms at the threshold enter in the order of their slopes, as long as they rise faster than it.
    order.clear();
    order.extend((0..lines.len() as u32).filter(|&k| (at(&lines[k as usize]).0 - threshold).abs() <= tie));
    order.sort_by(|&a, &b| at(&lines[b as usize]).1.total_cmp(&at(&lines[a as usize]).1));
    for &k in order.iter() {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        /// The bracketed root and the walk over all pieces find the same top, kinks, entries and floors included.
        #[test]
        fn the_root_is_the_top_of_the_walk(
            levels in prop::collection::vec(20.0..60.0f64, 1..9),
            slopes in prop::collection::vec(0.0..1.0f64, 8),
            x in 0.0..12.0f64,
            gamma in 2.0..20.0f64,
            paid in -3.0..3.0f64,
            floor in 0.0..30.0f64,
        ) {
            let mut ray = Ray::default();
            ray.clear(100.0);
            for (k, &y) in levels.iter().enumerate() {
                let (slope, square) = if k == 0 { (1.0, 1.0) } else { (slopes[k - 1], 0.0) };
                ray.lines.push(Line { y, slope, cap: 50.0 + floor, square, linear: 0.0 });
            }
            let rules = Rules { own: 1.0, cross: 1.0, margin: 1.0, exit: true };
            ray.parts.push(Part { rules, begin: 0, end: ray.lines.len(), square: 0.0 });
            (ray.gain, ray.curvature) = (paid - gamma * x, gamma);
            // The walk against a fine grid.
            let walked = ray.walk(-x, f64::INFINITY).unwrap();
            let (steps, mut fine) = (4_000, f64::NEG_INFINITY);
            for k in 0..=steps {
                fine = fine.max(ray.piece(-x + 60.0 * f64::from(k) / f64::from(steps)).value);
            }
            prop_assert!(fine <= walked.value + 1e-9 * (1.0 + walked.value.abs()), "{fine} {walked:?}");
            let found = ray.best(-x, f64::INFINITY).unwrap();
            prop_assert!((found.value - walked.value).abs() <= 1e-9 * (1.0 + walked.value.abs()), "{found:?} {walked:?}");
            prop_assert!((found.t - walked.t).abs() <= 1e-6, "{found:?} {walked:?}");
            if let Some(root) = ray.concave(-x, f64::INFINITY) {
                prop_assert!((root.value - walked.value).abs() <= 1e-9 * (1.0 + walked.value.abs()), "{root:?} {walked:?}");
            }
        }
    }
}
