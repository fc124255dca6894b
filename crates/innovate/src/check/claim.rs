//! A proposition held against numbers.

/// Differences below this, relative to the larger side, are none.
pub(super) const TIE: f64 = 1e-9;
/// What a side that must be above may be above by no less: rounding. The effect of a small spread is of its square.
const ROUNDING: f64 = 1e-12;

/// How a statement holds in general.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Always,
    Conditional,
    NotGeneral,
}

impl Status {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Conditional => "conditional",
            Self::NotGeneral => "not-general",
        }
    }
}

/// How the left side must stand to the right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Above,
    Below,
    AtLeast,
    AtMost,
    Equal,
}

impl Relation {
    /// Above, equal or below, as one number is to another.
    pub(super) fn like(a: f64, b: f64) -> Self {
        if (a - b).abs() <= TIE * a.abs().max(b.abs()) {
            Self::Equal
        } else if a > b {
            Self::Above
        } else {
            Self::Below
        }
    }

    /// Above where the condition holds, not above where it does not.
    pub(super) fn above_iff(condition: bool) -> Self {
        if condition { Self::Above } else { Self::AtMost }
    }

    /// Below where the condition holds, not below where it does not.
    pub(super) fn below_iff(condition: bool) -> Self {
        if condition { Self::Below } else { Self::AtLeast }
    }

    /// How far from failing, relative to the larger side; negative or 0 when it fails.
    fn slack(self, left: f64, right: f64) -> f64 {
        let scale = left.abs().max(right.abs()).max(f64::MIN_POSITIVE);
        let difference = (left - right) / scale;
        match self {
            Self::Above => difference - ROUNDING,
            Self::Below => -difference - ROUNDING,
            Self::AtLeast => difference + TIE,
            Self::AtMost => -difference + TIE,
            Self::Equal => TIE - difference.abs(),
        }
    }
}

/// To four significant digits, as numbers are told elsewhere.
pub(super) fn short(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

/// The spillover to six: near a threshold it must not be told as the threshold.
pub(super) fn told(beta: f64) -> f64 {
    format!("{beta:.5e}").parse().unwrap_or(beta)
}

/// What became of a proposition.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Verdict {
    pub id: &'static str,
    pub statement: &'static str,
    pub status: Status,
    /// Nothing where a premise fails; the condition then says which.
    pub held: Option<Held>,
    pub condition: String,
}

/// Whether it holds, and the comparison that decides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Held {
    pub holds: bool,
    pub left: f64,
    pub right: f64,
}

impl Verdict {
    /// Of a statement that is proven, sides that rounding cannot tell apart are no counterexample.
    pub(super) fn within_tolerance(mut self) -> Self {
        if let Some(held) = &mut self.held
            && self.status == Status::Always
        {
            held.holds |= Relation::like(held.left, held.right) == Relation::Equal;
        }
        self
    }
}

/// All comparisons of a statement: the one that fails, or comes nearest to it, is told.
pub(super) fn all(comparisons: &[(f64, f64, Relation)]) -> Option<Held> {
    let mut worst: Option<(f64, Held)> = None;
    for &(left, right, relation) in comparisons {
        if left.is_nan() || right.is_nan() {
            return None;
        }
        let slack = relation.slack(left, right);
        // A tie of an equality is as far from failing as can be.
        if worst.is_none_or(|(known, _)| slack < known) {
            worst = Some((slack, Held { holds: slack > 0.0, left, right }));
        }
    }
    worst.map(|(_, held)| held)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_comparison_nearest_to_failing_is_told() {
        let held = all(&[(2.0, 1.0, Relation::Above), (1.0, 1.0, Relation::AtLeast)]).unwrap();
        assert_eq!(held, Held { holds: true, left: 1.0, right: 1.0 });
        assert!(!all(&[(1.0, 1.0, Relation::Above)]).unwrap().holds);
        assert_eq!(Relation::like(0.5, 0.5), Relation::Equal);
    }

    #[test]
    fn rounding_is_no_counterexample_of_a_theorem() {
        let of = |status, right| {
            let held = all(&[(1.0, right, Relation::Above)]);
            let one = Verdict { id: "S17", statement: "", status, held, condition: String::new() };
            one.within_tolerance().held.unwrap().holds
        };
        assert!(of(Status::Always, 1.0 - 1e-13) && !of(Status::Always, 1.0 + 1e-6));
        assert!(!of(Status::Conditional, 1.0 - 1e-13) && of(Status::Conditional, 1.0 - 1e-11));
    }
}
