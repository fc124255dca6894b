//! The game of one decision maker, with a matrix: the firms of the markets in which it sells, what they learn from all
//! others given.

use super::together::Together;
use super::{Large, State};
use crate::game::{Game, Mode, Policy};
use crate::knowledge::Knowledge;
use crate::solver::dense::{Dense, Point};
use std::sync::Arc;

/// Most firms of it.
const FIRMS: usize = 120;

pub(super) struct Small {
    pub firms: Vec<usize>,
    /// The members by their places among the firms.
    block: Vec<usize>,
    game: Game,
    x: Vec<f64>,
}

impl Small {
    /// None where it has too many firms.
    pub(super) fn of(large: &Large<'_>, together: &Together, maker: usize, state: &State) -> Option<Self> {
        Self::at(large, together, maker, |i| (state.x[i], state.learned[i]))
    }

    /// The same, given the R&D of its firms and what they learn, their own R&D among it.
    pub(super) fn at(
        large: &Large<'_>,
        together: &Together,
        maker: usize,
        state: impl Fn(usize) -> (f64, f64),
    ) -> Option<Self> {
        let cells = together.cells(maker);
        let markets: Vec<usize> = cells.map(|cell| together.market[cell] as usize).collect();
        if markets.iter().map(|&m| large.game.members(m).len()).sum::<usize>() > FIRMS {
            return None;
        }
        let of = |m: &usize| large.game.members(*m).iter().map(|&i| i as usize);
        let firms: Vec<usize> = markets.iter().flat_map(of).collect();
        let block: Vec<usize> = (0..firms.len()).filter(|&k| together.of[firms[k]] as usize == maker).collect();
        let knowledge = large.knowledge.among(&firms);
        let x: Vec<f64> = firms.iter().map(|&i| state(i).0).collect();
        let inner = |k: usize| (0..firms.len()).map(|j| knowledge.entry(k, j) * x[j]).sum::<f64>();
        // What others teach lowers unit costs, as public research does.
        let given = |(k, &i): (usize, &usize)| state(i).1 - inner(k) + large.game.received(i);
        let cost = firms.iter().enumerate().map(|each| large.game.cost[*each.1] - given(each)).collect();
        let game = game_of(large.game, &markets, &firms, &block, knowledge, cost);
        Some(Self { firms, block, game, x })
    }

    /// What a function of the dense game, of the present point, and of the members finds.
    pub(super) fn with<T>(&self, of: impl FnOnce(&Dense<'_>, &Point, &[usize]) -> T) -> T {
        let dense = Dense::new(&self.game);
        let point = dense.point(self.x.clone());
        of(&dense, &point, &self.block)
    }
}

fn game_of(
    game: &Game,
    markets: &[usize],
    firms: &[usize],
    block: &[usize],
    knowledge: Knowledge,
    cost: Vec<f64>,
) -> Game {
    let pick = |values: &[f64]| firms.iter().map(|&i| values[i]).collect::<Vec<f64>>();
    let place = |&i: &usize| markets.iter().position(|&m| m == game.market[i] as usize).unwrap_or(0) as u32;
    let members = block.iter().map(|&k| k as u32).collect::<Vec<u32>>();
    let mut small = Game {
        names: Arc::new(firms.iter().map(|&i| game.names[i].clone()).collect()),
        intercept: pick(&game.intercept),
        slope: game.slope,
        substitution: game.substitution,
        competition: game.competition,
        cost,
        rd_cost: pick(&game.rd_cost),
        market: firms.iter().map(place).collect(),
        markets: Arc::new(markets.iter().map(|&m| game.markets[m].clone()).collect()),
        order: Vec::new(),
        starts: Vec::new(),
        knowledge: Arc::new(knowledge),
        form: game.form,
        narrowness: None,
        mode: Mode::Coordination,
        timing: game.timing,
        coalitions: if members.len() > 1 { vec![members] } else { Vec::new() },
        sharing_rate: game.sharing_rate,
        cross_ownership: None,
        membership: None,
        plants: None,
        policy: Policy {
            output: pick(&game.policy.output),
            rate: pick(&game.policy.rate),
            unit: pick(&game.policy.unit),
            funds_cost: game.policy.funds_cost,
            research: None,
        },
        solver: game.solver,
        types: None,
        listed: None,
        own_links: 0,
        no_links: false,
    };
    small.index_markets();
    small
}
