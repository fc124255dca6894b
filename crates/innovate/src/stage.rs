//! The second stage: outputs, given what R&D has left of unit costs.
//!
//! | paper | here |
//! |---|---|
//! | y_i = a_i − m_i + s_i | `y` |
//! | h_i | `margin` |
//! | P + H = e I + d 11' within a market | `own`, `cross` |
//! | T = d Q | `threshold` |

use crate::game::{Competition, Game, Mode};

/// What outputs of a market follow from: q_i = (y_i − T)/own for the firms that sell, T = cross · Q.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rules {
    /// e: what a unit of own output takes from the own marginal revenue, beyond what every unit does.
    pub own: f64,
    /// d: what a unit of any firm takes.
    pub cross: f64,
    /// h: price less unit cost for each unit sold.
    pub margin: f64,
    /// Whether firms may leave: under Bertrand competition they may not.
    pub exit: bool,
}

impl Rules {
    /// Of the market `m`. A merger of all and a first-best planner, with differentiated goods, choose every output:
    /// q = (2P)⁻¹ y and P⁻¹ y, q >= 0.
    pub(crate) fn of(game: &Game, m: usize) -> Self {
        let (b, d) = (game.slope, game.cross_slope());
        let whole = |times: f64| {
            let own = times * (b - d);
            Self { own, cross: times * d, margin: own / 2.0, exit: true }
        };
        match game.mode {
            Mode::Merger => return whole(2.0),
            Mode::PlannerFirstBest => return whole(1.0),
            _ => {}
        }
        match game.competition {
            Competition::Cournot => Self { own: 2.0 * b - d, cross: d, margin: b, exit: true },
            Competition::Bertrand => {
                let n = game.members(m).len() as f64;
                let margin = if n == 1.0 { b } else { (b - d) * (b + (n - 1.0) * d) / (b + (n - 2.0) * d) };
                Self { own: b - d + margin, cross: d, margin, exit: false }
            }
        }
    }

    /// What `firms` sellers lower each output by, per unit of the sum of y: d/(e + k d).
    pub(crate) fn kappa(self, firms: usize) -> f64 {
        self.cross / (self.own + firms as f64 * self.cross)
    }
}

/// Outputs of all firms.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Outputs {
    /// By firm; 0 for those that leave. Under Bertrand competition it may come out negative.
    pub q: Vec<f64>,
    /// T by market.
    pub threshold: Vec<f64>,
    /// Firms that sell, by market.
    pub sellers: Vec<usize>,
}

/// Outputs that follow from y; T is the largest that a set of sellers makes, so that exactly those with y > T sell.
pub(crate) fn outputs(game: &Game, by_market: &[Rules], y: &[f64]) -> Outputs {
    let markets = game.markets.len();
    let mut out = Outputs { q: vec![0.0; game.len()], threshold: vec![0.0; markets], sellers: vec![0; markets] };
    let mut order: Vec<u32> = Vec::new();
    for (m, &rules) in by_market.iter().enumerate() {
        let members = game.members(m);
        let (threshold, sellers) = if rules.exit {
            let sum: f64 = members.iter().map(|&i| y[i as usize]).sum();
            let all = rules.kappa(members.len()) * sum;
            if members.iter().all(|&i| y[i as usize] > all && y[i as usize] > 0.0) {
                (all, members.len())
            } else {
                order.clear();
                order.extend_from_slice(members);
                order.sort_unstable_by(|&a, &b| y[b as usize].total_cmp(&y[a as usize]).then(a.cmp(&b)));
                prefix(rules, order.iter().map(|&i| y[i as usize]))
            }
        } else {
            let sum: f64 = members.iter().map(|&i| y[i as usize]).sum();
            (rules.kappa(members.len()) * sum, members.len())
        };
        for &i in members {
            let q = (y[i as usize] - threshold) / rules.own;
            out.q[i as usize] = if rules.exit { q.max(0.0) } else { q };
        }
        out.threshold[m] = threshold;
        out.sellers[m] = sellers;
    }
    out
}

/// The best prefix of falling values: T and how many sell.
fn prefix(rules: Rules, falling: impl Iterator<Item = f64>) -> (f64, usize) {
    let (mut sum, mut threshold, mut sellers) = (0.0, 0.0, 0);
    for y in falling {
        if y <= threshold || y <= 0.0 {
            break;
        }
        sum += y;
        sellers += 1;
        threshold = rules.kappa(sellers) * sum;
    }
    (threshold, sellers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_prefix_by_hand() {
        // Homogeneous duopoly, b = 1: y = 60 and 20, q = (60 + 60 − 20)/3 …; 20 < 40 is below half of 60: it leaves.
        let rules = Rules { own: 1.0, cross: 1.0, margin: 1.0, exit: true };
        assert_eq!(prefix(rules, [60.0, 20.0].into_iter()), (30.0, 1));
        let (threshold, sellers) = prefix(rules, [60.0, 45.0].into_iter());
        assert_eq!((threshold, sellers), (35.0, 2));
    }
}
