//! `stage`: in which stage of its life cycle is a cluster?

mod logistic;
mod run;

#[cfg(test)]
mod tests;

pub use logistic::{Logistic, fit_logistic};
pub(crate) use run::ESTIMAND;

/// A stage of the life cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Few firms, before growth speeds up.
    Emergence,
    /// Growth that speeds up, or above the band.
    Growth,
    /// Growth that slows down, beyond half of the capacity.
    Maturing,
    /// Near the capacity.
    Maturity,
    /// Within the band around no growth.
    Sustainment,
    /// Falling.
    Decline,
}

impl Stage {
    /// The word of the tables.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Emergence => "emergence",
            Self::Growth => "growth",
            Self::Maturing => "maturing",
            Self::Maturity => "maturity",
            Self::Sustainment => "sustainment",
            Self::Decline => "decline",
        }
    }

    /// By the share of the capacity: cut at the zeros of the third derivative of the logistic curve and at its middle.
    #[must_use]
    pub fn of_share(share: f64) -> Self {
        let edge = (3.0 - 3f64.sqrt()) / 6.0;
        match share {
            x if x < edge => Self::Emergence,
            x if x < 0.5 => Self::Growth,
            x if x < 1.0 - edge => Self::Maturing,
            _ => Self::Maturity,
        }
    }

    /// By the rate of growth: within `band` of zero sustainment (names after Menzel and Fornahl 2010, rule our own).
    #[must_use]
    pub fn of_growth(growth: f64, band: f64) -> Self {
        match growth {
            g if g > band => Self::Growth,
            g if g < -band => Self::Decline,
            _ => Self::Sustainment,
        }
    }
}
