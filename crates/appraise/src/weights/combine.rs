//! Two sets of weights put together.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How two sets of weights are put together (`--combine`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Combination {
    /// Their product, scaled to sum to 1.
    Product,
    /// A share of the one and the rest of the other.
    Linear,
    /// The combination nearest to both in least squares.
    Game,
}

impl Combination {
    /// The word of the option.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Linear => "linear",
            Self::Game => "game",
        }
    }
}

/// `given` and `computed` put together; nothing where their product is 0 everywhere.
///
/// # Formula
/// `product` `w_a w_b/Σ`; `linear` `α w_a + (1 − α) w_b`; `game`: `G α = diag G` with `G = W Wᵀ`, `α ← |α|/Σ|α|`, `w = αᵀW`; a
/// singular G gives `α = ½`. The last is the game-theoretic combination as the literature tells it.
#[must_use]
pub fn combine(how: Combination, given: &[f64], computed: &[f64], alpha: f64) -> Option<Vec<f64>> {
    let mixed = |a: f64| given.iter().zip(computed).map(|(g, c)| a * g + (1.0 - a) * c).collect::<Vec<f64>>();
    match how {
        Combination::Linear => Some(mixed(alpha)),
        Combination::Product => {
            let product: Vec<f64> = given.iter().zip(computed).map(|(g, c)| g * c).collect();
            let total: f64 = product.iter().sum();
            (total > 0.0).then(|| product.into_iter().map(|w| w / total).collect())
        }
        Combination::Game => Some(mixed(share(given, computed))),
    }
}

/// The share of the first in the game-theoretic combination.
fn share(a: &[f64], b: &[f64]) -> f64 {
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    let (aa, ab, bb) = (dot(a, a), dot(a, b), dot(b, b));
    let determinant = aa * bb - ab * ab;
    if determinant <= 1e-12 * aa * bb {
        return 0.5;
    }
    let first = ((aa * bb - ab * bb) / determinant).abs();
    let second = ((aa * bb - ab * aa) / determinant).abs();
    if first + second > 0.0 { first / (first + second) } else { 0.5 }
}
