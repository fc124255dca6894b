//! Bounds of the sum of squared plant sizes of an industry whose plants are only counted by size class.

use crate::bounds::{Bounds, BoundsError, SizeClass, sum_of_squares_of_class, sum_of_squares_of_classes};

/// Relative slack between the employment of the classes and that of the industry.
const SLACK: f64 = 1e-9;

/// A size class as it is published.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PublishedClass {
    /// Smallest size of a plant, ≥ 0.
    pub low: f64,
    /// Largest size of a plant; `None` for an open class.
    pub high: Option<f64>,
    /// Number of plants, a whole number of 0 or more.
    pub plants: f64,
    /// Employment of the class, when it is known.
    pub employment: Option<f64>,
}

impl PublishedClass {
    fn closed(&self, high: f64) -> SizeClass {
        SizeClass { plants: self.plants, low: self.low, high: self.high.unwrap_or(high.max(self.low)) }
    }

    fn least(&self) -> f64 {
        self.plants * self.low
    }
}

/// Why no plant sizes meet the classes.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ClassError {
    /// Employment of a class lies outside what its plants can have.
    #[error("employment {employment} of a size class is outside what its {plants} plants can have, {least} to {most}")]
    Employment {
        /// The class, by position.
        class: usize,
        /// Its employment.
        employment: f64,
        /// Its plants.
        plants: f64,
        /// The least they can have.
        least: f64,
        /// The most they can have.
        most: f64,
    },
    /// What is left of the industry lies outside what the classes without employment can have.
    #[error(
        "the total leaves {rest} jobs for the size classes without employment, whose plants can have {least} to {most}"
    )]
    Rest {
        /// Employment of the industry less that of the classes where it is known.
        rest: f64,
        /// The least.
        least: f64,
        /// The most.
        most: f64,
    },
    /// The limits of a class are no interval.
    #[error(transparent)]
    Limits(#[from] BoundsError),
}

/// Bounds of `Σe²` over the plants of an industry with `total` jobs.
///
/// Classes with known employment are bounded one by one, exactly; the others share what is left: their least sum of
/// squares is exact, their largest an outer bound. An open class ends where all other plants have their least.
///
/// # Errors
/// [`ClassError`] when no sizes meet the classes.
///
/// # Complexity
/// O(c log c) in the number of classes, whatever the number of plants.
pub fn square_bounds(classes: &[PublishedClass], total: f64) -> Result<Bounds, ClassError> {
    let mut sum = Bounds { low: 0.0, high: 0.0, exact: true };
    let mut rest = total;
    for (class, one) in classes.iter().enumerate() {
        if let Some(employment) = one.employment {
            let bounds = known_class(class, one, employment)?;
            sum.low += bounds.low;
            sum.high += bounds.high;
            rest -= employment;
        }
    }
    if classes.iter().all(|one| one.employment.is_some()) {
        return Ok(sum);
    }
    let bounds = shared(classes, rest, total)?;
    Ok(Bounds { low: sum.low + bounds.low, high: sum.high + bounds.high, exact: bounds.exact })
}

/// A class whose employment is known.
fn known_class(class: usize, one: &PublishedClass, employment: f64) -> Result<Bounds, ClassError> {
    let closed = one.closed(employment - (one.plants - 1.0) * one.low);
    sum_of_squares_of_class(closed, employment).map_err(|error| match error {
        BoundsError::Infeasible { least, most, .. } => {
            ClassError::Employment { class, employment, plants: one.plants, least, most }
        }
        other => other.into(),
    })
}

/// The classes without employment, which share `rest`.
fn shared(classes: &[PublishedClass], rest: f64, total: f64) -> Result<Bounds, ClassError> {
    let free: Vec<&PublishedClass> = classes.iter().filter(|c| c.employment.is_none() && c.plants > 0.0).collect();
    let least: f64 = free.iter().map(|c| c.least()).sum();
    let closed: Vec<SizeClass> = free.iter().map(|c| c.closed(rest - (least - c.low))).collect();
    let most: f64 = closed.iter().map(|c| c.plants * c.high).sum();
    // Sums of published figures miss one another by rounding only.
    let slack = SLACK * total;
    if rest < least - slack || rest > most + slack {
        return Err(ClassError::Rest { rest, least, most });
    }
    if closed.is_empty() {
        return Ok(Bounds { low: 0.0, high: 0.0, exact: true });
    }
    Ok(sum_of_squares_of_classes(&closed, rest.clamp(least, most.max(least)))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn class(low: f64, high: f64, plants: f64, employment: Option<f64>) -> PublishedClass {
        PublishedClass { low, high: high.is_finite().then_some(high), plants, employment }
    }

    /// By hand: 10 plants in 1..19 with 80 jobs: 10·8² least; ⌊70/18⌋ = 3 at 19, 6 at 1, one at 17.
    /// 5 plants in 20..99 with 250: least 5·50²; ⌊150/79⌋ = 1 at 99, 3 at 20, one at 91.
    #[test]
    fn known_classes_by_hand() {
        let both = [class(1.0, 19.0, 10.0, Some(80.0)), class(20.0, 99.0, 5.0, Some(250.0))];
        let found = square_bounds(&both, 330.0).unwrap();
        assert!((found.low - (640.0 + 12_500.0)).abs() < 1e-9);
        let high = (3.0 * 361.0 + 6.0 + 289.0) + (9_801.0 + 1_200.0 + 8_281.0);
        assert!((found.high - high).abs() < 1e-9 && found.exact);
    }

    /// By hand: open class from 100, 3 plants with 500 jobs: the largest has 300.
    #[test]
    fn an_open_class_ends_where_the_others_have_their_least() {
        let known = square_bounds(&[class(100.0, f64::INFINITY, 3.0, Some(500.0))], 500.0).unwrap();
        assert!((known.high - (90_000.0 + 20_000.0)).abs() < 1e-9 && known.exact);
        // Without employment, beside 2 plants of 10..20: the largest has 500 − 2·10 − 2·100 = 280.
        let free = [class(100.0, f64::INFINITY, 3.0, None), class(10.0, 20.0, 2.0, None)];
        let found = square_bounds(&free, 500.0).unwrap();
        // Chord: slope 380 first, all 180 free jobs.
        assert!((found.high - (3.0 * 10_000.0 + 2.0 * 100.0 + 180.0 * 380.0)).abs() < 1e-9);
        assert!(!found.exact);
        // Water-filling: small plants at 20, the large ones at 460/3.
        assert!((found.low - (2.0 * 400.0 + 460.0 * 460.0 / 3.0)).abs() < 1e-6);
    }

    /// By hand: 1 plant of 30 or more beside a class with 80 known jobs, 100 in all: the rest of 20 is too little.
    #[test]
    fn known_and_open_classes_share_the_total() {
        let classes = [class(1.0, 19.0, 10.0, Some(80.0)), class(30.0, f64::INFINITY, 1.0, None)];
        let error = square_bounds(&classes, 100.0).unwrap_err();
        assert!(matches!(error, ClassError::Rest { rest: 20.0, least: 30.0, .. }), "{error}");
        let found = square_bounds(&classes, 130.0).unwrap();
        assert!((found.low - (640.0 + 2_500.0)).abs() < 1e-9 && (found.high - (1_378.0 + 2_500.0)).abs() < 1e-9);
    }

    #[test]
    fn classes_without_freedom_are_exact() {
        let none = [class(5.0, 5.0, 4.0, None), class(7.0, 9.0, 0.0, Some(0.0))];
        let found = square_bounds(&none, 20.0).unwrap();
        assert_eq!((found.low, found.high, found.exact), (100.0, 100.0, true));
    }

    #[test]
    fn impossible_employment_is_told() {
        let outside = square_bounds(&[class(1.0, 19.0, 10.0, Some(191.0))], 191.0);
        assert!(matches!(outside, Err(ClassError::Employment { class: 0, most: 190.0, .. })));
        let none = square_bounds(&[class(1.0, 19.0, 0.0, Some(3.0))], 3.0);
        assert!(matches!(none, Err(ClassError::Employment { .. })));
        let open = square_bounds(&[class(10.0, f64::INFINITY, 3.0, Some(29.0))], 29.0);
        assert!(matches!(open, Err(ClassError::Employment { least: 30.0, .. })));
        let rest = square_bounds(&[class(1.0, 19.0, 0.0, None)], 5.0);
        assert!(matches!(rest, Err(ClassError::Rest { rest: 5.0, .. })));
    }

    /// Limits of the classes of the random plants.
    const LIMITS: [(f64, f64); 3] = [(1.0, 19.0), (20.0, 99.0), (100.0, f64::INFINITY)];

    fn plants() -> impl Strategy<Value = Vec<(usize, f64)>> {
        proptest::collection::vec((0..3usize, 0.0f64..=1.0), 1..12)
    }

    proptest! {
        #[test]
        fn bounds_hold_every_feasible_size_vector(plants in plants(), known in proptest::array::uniform3(any::<bool>())) {
            let size = |&(c, u): &(usize, f64)| LIMITS[c].0 + u * (LIMITS[c].1.min(400.0) - LIMITS[c].0);
            let sizes: Vec<f64> = plants.iter().map(size).collect();
            let classes: Vec<PublishedClass> = (0..3).map(|c| {
                let of_class: Vec<f64> = plants.iter().filter(|p| p.0 == c).map(size).collect();
                let employment = known[c].then(|| of_class.iter().sum());
                class(LIMITS[c].0, LIMITS[c].1, of_class.len() as f64, employment)
            }).collect();
            let squares: f64 = sizes.iter().map(|s| s * s).sum();
            let found = square_bounds(&classes, sizes.iter().sum()).unwrap();
            prop_assert!(found.low <= squares * (1.0 + 1e-9), "{found:?} {squares}");
            prop_assert!(found.high >= squares * (1.0 - 1e-9), "{found:?} {squares}");
        }
    }
}
