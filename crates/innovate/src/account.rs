//! From R&D and outputs to prices, profits and welfare.

use crate::game::{Form, Game};
use distretto_numerics::pairwise_by;

/// What each firm and all together end up with.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Account {
    pub rd: Vec<f64>,
    pub reduction: Vec<f64>,
    pub output: Vec<f64>,
    pub price: Vec<f64>,
    pub unit_cost: Vec<f64>,
    pub profit: Vec<f64>,
    pub spending: Vec<f64>,
    pub consumer_surplus: f64,
    pub producer_surplus: f64,
    pub subsidy_total: f64,
    pub welfare: f64,
    /// Q and Σ q² by market.
    pub by_market: Vec<MarketAccount>,
}

/// One market.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct MarketAccount {
    pub output: f64,
    pub squares: f64,
    /// Σ p q.
    pub revenue: f64,
    pub active: usize,
    pub consumer_surplus: f64,
}

impl Account {
    /// Settles a game: `reduction` holds public research.
    pub(crate) fn settle(game: &Game, rd: Vec<f64>, reduction: Vec<f64>, output: Vec<f64>) -> Self {
        let n = game.len();
        let (b, d) = (game.slope, game.cross_slope());
        // What rounding leaves of a cost at the floor is none.
        let left = |i: usize| game.cost[i] - reduction[i];
        let unit_cost: Vec<f64> = (0..n).map(|i| if left(i) <= 1e-13 * game.cost[i] { 0.0 } else { left(i) }).collect();
        let mut by_market = vec![MarketAccount::default(); game.markets.len()];
        for (m, market) in by_market.iter_mut().enumerate() {
            for &i in game.members(m) {
                let q = output[i as usize];
                market.output += q;
                market.squares += q * q;
                market.active += usize::from(q > 0.0);
            }
            let both = (b - d) * market.squares + d * market.output * market.output;
            market.consumer_surplus = both / 2.0;
        }
        let price = |i: usize| game.intercept[i] - (b - d) * output[i] - d * by_market[game.market[i] as usize].output;
        let price: Vec<f64> = (0..n).map(price).collect();
        for i in 0..n {
            by_market[game.market[i] as usize].revenue += price[i] * output[i];
        }
        let costs = |i: usize| rd_costs(game, i, rd[i]);
        let profit = |i: usize| {
            let (own, _, _) = costs(i);
            (price[i] - unit_cost[i] + game.output_subsidy(i)) * output[i] - own
        };
        let profit: Vec<f64> = (0..n).map(profit).collect();
        let consumer_surplus = pairwise_by(by_market.len(), |m| by_market[m].consumer_surplus);
        let producer_surplus = pairwise_by(n, |i| profit[i]);
        let subsidy_total = pairwise_by(n, |i| game.output_subsidy(i) * output[i] + costs(i).1);
        let research = game.policy.research.as_ref().map_or(0.0, |research| research.cost);
        Self {
            welfare: consumer_surplus + producer_surplus - (1.0 + game.policy.funds_cost) * subsidy_total - research,
            spending: (0..n).map(|i| costs(i).2).collect(),
            rd,
            reduction,
            output,
            price,
            unit_cost,
            profit,
            consumer_surplus,
            producer_surplus,
            subsidy_total,
            by_market,
        }
    }

    /// Sum of R&D.
    pub(crate) fn rd_total(&self) -> f64 {
        pairwise_by(self.rd.len(), |i| self.rd[i])
    }

    /// Sum of outputs.
    pub(crate) fn output_total(&self) -> f64 {
        pairwise_by(self.output.len(), |i| self.output[i])
    }

    /// Output-weighted mean of the prices; NaN when nothing is sold.
    pub(crate) fn price_mean(&self) -> f64 {
        pairwise_by(self.by_market.len(), |m| self.by_market[m].revenue) / self.output_total()
    }

    /// Sum of squared shares of all output; NaN when nothing is sold.
    pub(crate) fn hhi(&self) -> f64 {
        let total = self.output_total();
        pairwise_by(self.by_market.len(), |m| self.by_market[m].squares) / (total * total)
    }

    /// Firms that sell.
    pub(crate) fn active(&self) -> usize {
        self.output.iter().filter(|&&q| q > 0.0).count()
    }
}

/// What R&D costs the firm itself, what the public pays for it, and what is spent on it.
fn rd_costs(game: &Game, i: usize, x: f64) -> (f64, f64, f64) {
    let spent = match game.form {
        Form::Output => game.rd_cost[i] * x * x / 2.0,
        Form::Input => x,
    };
    let paid = game.rd_rate(i) * spent + game.rd_unit(i) * x;
    (spent - paid, paid, spent)
}
