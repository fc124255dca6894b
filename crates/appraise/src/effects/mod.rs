//! `effects`: what do firms inside a cluster have over firms outside, and where does the saving of cost come from?
//!
//! The eight effects and the five parts of cost are those of Wang and Lü 2016, chapter 1.

mod run;

#[cfg(test)]
mod tests;

pub(crate) use run::ESTIMAND;

/// Ids of the eight cluster effects in the order of the book.
pub const EFFECTS: [&str; 8] = [
    "resource_concentration",
    "division_of_labour",
    "cost_saving",
    "competition_cooperation",
    "learning_innovation",
    "brand",
    "synergy_spillover",
    "institutional",
];

/// Ids of the five parts of cost in the order of the book.
pub const COMPONENTS: [&str; 5] = ["transaction", "opportunity", "production", "learning", "social_welfare"];

/// An item of cost inside and outside: quantity times rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CostItem {
    /// Quantity inside.
    pub quantity_inside: f64,
    /// Rate inside.
    pub rate_inside: f64,
    /// Quantity outside.
    pub quantity_outside: f64,
    /// Rate outside.
    pub rate_outside: f64,
}

/// Cost of a component and what its saving is made of; sums over items.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CostSplit {
    /// Cost inside.
    pub inside: f64,
    /// Cost outside.
    pub outside: f64,
    /// `outside − inside`; negative where the cluster costs more.
    pub saving: f64,
    /// Part of the saving that comes from quantities.
    pub quantity_effect: f64,
    /// Part of the saving that comes from rates.
    pub rate_effect: f64,
}

/// Splits the saving of some items into quantities and rates.
///
/// # Formula
/// Quantity effect `Σ (q_o − q_i)(r_i + r_o)/2`, rate effect `Σ (r_o − r_i)(q_i + q_o)/2`; they sum to the saving exactly
/// (Bennet 1920).
///
/// ```
/// use distretto_appraise::effects::{CostItem, split};
/// let item = CostItem { quantity_inside: 1.0, rate_inside: 2.0, quantity_outside: 3.0, rate_outside: 4.0 };
/// let found = split(&[item]);
/// assert_eq!((found.saving, found.quantity_effect, found.rate_effect), (10.0, 6.0, 4.0));
/// ```
#[must_use]
pub fn split(items: &[CostItem]) -> CostSplit {
    let mut sum = CostSplit::default();
    for item in items {
        let CostItem { quantity_inside: qi, rate_inside: ri, quantity_outside: qo, rate_outside: ro } = *item;
        sum.inside += qi * ri;
        sum.outside += qo * ro;
        sum.quantity_effect += (qo - qi) * (ri + ro) / 2.0;
        sum.rate_effect += (ro - ri) * (qi + qo) / 2.0;
    }
    sum.saving = sum.outside - sum.inside;
    sum
}
