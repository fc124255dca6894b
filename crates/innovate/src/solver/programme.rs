//! The programme of one owner of all laboratories who sells one good: a merger of all, or a first-best planner.
//!
//! Its objective is A y² − Σ (γ_k x_k²/2 − t_k x_k) with y = min(cap, α + Σ g_k x_k): R&D counts by its reach Σ g_k x_k
//! alone. What a reach costs least is found with a price μ on it, x_k = max(0, (g_k μ + t_k)/γ_k), so that the best
//! programme is one of a few: where μ is what reach is worth, 2 A y; where unit cost just comes to 0, with μ the
//! multiplier of that bound; or without a price. All are compared, whether the objective is concave or not.

/// An owner's programme with a given producer.
#[derive(Debug, Clone)]
pub(super) struct Programme {
    /// A: the objective is A y² less what R&D costs.
    pub worth: f64,
    /// y without R&D.
    pub alpha: f64,
    /// y at unit cost 0.
    pub cap: f64,
    /// g: reach per unit of each laboratory's R&D; below 0 where rivals gain more by it.
    pub gain: Vec<f64>,
    /// γ(1−σ).
    pub own: Vec<f64>,
    /// t.
    pub unit: Vec<f64>,
}

/// The best of a programme.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Best {
    pub value: f64,
    pub x: Vec<f64>,
    /// μ, at most 2 A y: the multiplier of the floor is the difference.
    pub price: f64,
}

impl Programme {
    fn rd(&self, k: usize, price: f64) -> f64 {
        ((self.gain[k] * price + self.unit[k]) / self.own[k]).max(0.0)
    }

    fn reach(&self, price: f64) -> f64 {
        (0..self.gain.len()).map(|k| self.gain[k] * self.rd(k, price)).sum()
    }

    /// y of a reach, at most that of unit cost 0.
    fn level(&self, reach: f64) -> f64 {
        (self.alpha + reach).min(self.cap)
    }

    /// The objective.
    pub(super) fn value(&self, x: &[f64]) -> f64 {
        let reach: f64 = self.gain.iter().zip(x).map(|(gain, x)| gain * x).sum();
        let spent: f64 = (0..x.len()).map(|k| self.own[k] * x[k] * x[k] / 2.0 - self.unit[k] * x[k]).sum();
        let level = self.level(reach).max(0.0);
        self.worth * level * level - spent
    }

    /// The price from which a laboratory works, or where its reach is negative, up to which it does.
    fn turn(&self, k: usize) -> f64 {
        (-self.unit[k] / self.gain[k]).max(0.0)
    }

    /// The best programme.
    pub(super) fn best(&self) -> Best {
        let mut best = self.offer(0.0);
        let counts: Vec<usize> = (0..self.gain.len()).filter(|&k| self.gain[k] != 0.0).collect();
        let mut turns: Vec<f64> = counts.iter().map(|&k| self.turn(k)).collect();
        turns.push(0.0);
        turns.sort_unstable_by(f64::total_cmp);
        turns.dedup();
        for (piece, &from) in turns.iter().enumerate() {
            let to = turns.get(piece + 1).copied().unwrap_or(f64::INFINITY);
            let working = counts.iter().filter(|&&k| (self.turn(k) <= from) == (self.gain[k] > 0.0));
            let steep: f64 = working.map(|&k| self.gain[k] * self.gain[k] / self.own[k]).sum();
            let start = self.alpha + self.reach(from);
            if start >= self.cap {
                break;
            }
            // y = start + steep (μ − from): μ = 2 A y, and y = cap.
            let inner = 2.0 * self.worth * (start - steep * from) / (1.0 - 2.0 * self.worth * steep);
            let floor = if steep > 0.0 { from + (self.cap - start) / steep } else { f64::INFINITY };
            for price in [inner, floor] {
                if price.is_finite() && price >= from && price <= to.min(floor) {
                    let found = self.offer(price);
                    if found.value > best.value + 1e-15 * best.value.abs() {
                        best = found;
                    }
                }
            }
        }
        best
    }

    fn offer(&self, price: f64) -> Best {
        let x: Vec<f64> = (0..self.gain.len()).map(|k| self.rd(k, price)).collect();
        Best { value: self.value(&x), x, price }
    }

    /// Largest violation of the first-order conditions γ x = g μ + t, or x = 0 and g μ + t <= 0, with 0 <= μ <= 2 A y,
    /// and μ = 2 A y below the cap.
    pub(super) fn residual(&self, best: &Best) -> f64 {
        let reach: f64 = self.gain.iter().zip(&best.x).map(|(gain, x)| gain * x).sum();
        let worth = 2.0 * self.worth * self.level(reach).max(0.0);
        let floored = self.alpha + reach >= self.cap * (1.0 - 1e-12);
        let price = if floored { best.price.min(worth) } else { worth };
        let of = |k: usize| {
            let slope = self.gain[k] * price + self.unit[k] - self.own[k] * best.x[k];
            if best.x[k] > 0.0 { slope.abs() } else { slope.max(0.0) }
        };
        (0..best.x.len()).map(of).fold(0.0, f64::max)
    }

    /// The smallest eigenvalue of Γ − 2 A g g' over the laboratories that do R&D: the root of 1 = 2 A Σ g²/(γ − λ) below
    /// the smallest γ.
    pub(super) fn margin(&self, x: &[f64]) -> f64 {
        let least = |of: &dyn Fn(usize) -> bool| {
            let working = (0..x.len()).filter(|&k| x[k] > 0.0 && of(k));
            working.map(|k| self.own[k]).fold(f64::INFINITY, f64::min)
        };
        let apart = least(&|k| self.gain[k] == 0.0);
        let mut high = least(&|k| self.gain[k] != 0.0);
        if high.is_infinite() {
            return apart;
        }
        let pulls = |margin: f64| {
            let working = (0..x.len()).filter(|&k| x[k] > 0.0);
            2.0 * self.worth * working.map(|k| self.gain[k] * self.gain[k] / (self.own[k] - margin)).sum::<f64>()
        };
        let mut low = high - 2.0 * self.worth * self.gain.iter().map(|gain| gain * gain).sum::<f64>();
        // Until the bracket is two neighbours.
        loop {
            let middle = (low + high) / 2.0;
            if middle <= low || middle >= high {
                break low.min(apart);
            }
            if pulls(middle) < 1.0 { low = middle } else { high = middle }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use distretto_numerics::{Matrix, symmetric_eigen};
    use proptest::prelude::*;

    #[test]
    fn programmes_by_hand() {
        // b = 1, a = 100, c = 40, γ = 4, one laboratory: x = A/(2bγ − 1) = 60/7, profit 4 · 60²/(2 · 7).
        let alone = |cost: f64, own: f64, unit: f64| Programme {
            worth: 0.25,
            alpha: 100.0 - cost,
            cap: 100.0,
            gain: vec![1.0],
            own: vec![own],
            unit: vec![unit],
        };
        let best = alone(40.0, 4.0, 0.0).best();
        assert!((best.x[0] - 60.0 / 7.0).abs() < 1e-13 && (best.value - 14_400.0 / 14.0).abs() < 1e-10, "{best:?}");
        // At the floor: c = 4, 1.5 x = 50 beyond it; μ = 1.5 · 4.
        let best = alone(4.0, 1.5, 0.0).best();
        assert_eq!((best.x[0], best.price), (4.0, 6.0));
        // A subsidy that alone leads past the floor: x = t/γ.
        assert_eq!(alone(4.0, 1.5, 9.0).best().x, [6.0]);
        // Too dear to begin: a tax above what the monopoly without R&D saves.
        assert_eq!(alone(40.0, 4.0, -31.0).best().x, [0.0]);
    }

    #[test]
    fn one_laboratory_is_taxed_and_the_other_works_for_it() {
        // c = 20, 40, 40, γ = 2, β = .5, the second taxed by 40: with two working laboratories of reach 1 and .5 the
        // floor is reached at μ = 20/(1/2 + 1/8) = 32, x = (16, 0, 8), profit 2,500 − 256 − 64 = 2,180.
        let taxed = Programme {
            worth: 0.25,
            alpha: 80.0,
            cap: 100.0,
            gain: vec![1.0, 0.5, 0.5],
            own: vec![2.0; 3],
            unit: vec![0.0, -40.0, 0.0],
        };
        let best = taxed.best();
        assert!((best.value - 2_180.0).abs() < 1e-10, "{best:?}");
        assert_eq!(best.x, [16.0, 0.0, 8.0]);
    }

    proptest! {
        /// No programme beats it, and the margin is the smallest eigenvalue.
        #[test]
        fn nothing_beats_it(
            gain in prop::collection::vec(-0.3..1.0f64, 1..5),
            own in prop::collection::vec(0.5..20.0f64, 5),
            unit in prop::collection::vec(-30.0..30.0f64, 5),
            free in any::<bool>(),
            alpha in -20.0..99.0f64,
            trials in prop::collection::vec(prop::collection::vec(0.0..60.0f64, 5), 40),
        ) {
            let n = gain.len();
            let unit: Vec<f64> = unit[..n].iter().map(|t| if free { 0.0 } else { *t }).collect();
            let programme =
                Programme { worth: 0.25, alpha, cap: 100.0, gain, own: own[..n].to_vec(), unit };
            let best = programme.best();
            prop_assert!(programme.residual(&best) <= 1e-9 || programme.level(0.0) <= 0.0 , "{}", programme.residual(&best));
            for trial in &trials {
                for share in [1.0, 0.3, 0.03] {
                    let far: Vec<f64> = (0..n).map(|k| share * trial[k]).collect();
                    let near: Vec<f64> = (0..n).map(|k| best.x[k] + share * share * (trial[k] - best.x[k])).collect();
                    for x in [far, near] {
                        prop_assert!(programme.value(&x) <= best.value + 1e-9 * (1.0 + best.value.abs()), "{x:?} {best:?}");
                    }
                }
            }
            let all = vec![1.0; n];
            let hessian = Matrix::from_fn(n, n, |i, j| {
                let own = if i == j { programme.own[i] } else { 0.0 };
                own - 0.5 * programme.gain[i] * programme.gain[j]
            });
            let least = symmetric_eigen(&hessian).unwrap().values.last().copied().unwrap();
            prop_assert!((programme.margin(&all) - least).abs() < 1e-9, "{} {least}", programme.margin(&all));
        }
    }
}
