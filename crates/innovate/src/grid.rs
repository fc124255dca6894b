//! Rows of grids: games solved one after another, what they have in common, and the shape of what comes out.

use crate::error::GameError;
use crate::game::Game;
use crate::solver::{Equilibrium, Note};
use distretto_core::Message;

/// Changes below this, relative to the larger value, are none.
const TIE: f64 = 1e-9;

/// What a row tells of a game; NaN where the game has no solution.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub exists: bool,
    pub rd_mean: f64,
    pub rd_total: f64,
    pub reduction_mean: f64,
    pub output_total: f64,
    pub price: f64,
    pub profit_mean: f64,
    /// That of the firm that earns least.
    pub profit_least: f64,
    pub profit_total: f64,
    pub consumer_surplus: f64,
    pub welfare: f64,
    pub hhi: f64,
    pub active_firms: f64,
    pub interior: Option<bool>,
    pub certified: Option<bool>,
    /// Why there is none.
    pub note: Option<String>,
}

impl Row {
    /// The row of a game.
    pub(crate) fn of(game: &Game, solved: &Result<Equilibrium, GameError>) -> Self {
        match solved {
            Ok(solved) => {
                let account = &solved.account;
                let n = game.len() as f64;
                let profit: f64 = account.producer_surplus;
                Self {
                    exists: true,
                    rd_mean: account.rd_total() / n,
                    rd_total: account.rd_total(),
                    reduction_mean: account.reduction.iter().sum::<f64>() / n,
                    output_total: account.output_total(),
                    price: account.price_mean(),
                    profit_mean: profit / n,
                    profit_least: account.profit.iter().copied().fold(f64::INFINITY, f64::min),
                    profit_total: profit,
                    consumer_surplus: account.consumer_surplus,
                    welfare: account.welfare,
                    hhi: account.hhi(),
                    active_firms: account.active() as f64,
                    interior: Some(solved.interior),
                    certified: Some(solved.certified),
                    note: None,
                }
            }
            Err(error) => Self {
                exists: false,
                rd_mean: f64::NAN,
                rd_total: f64::NAN,
                reduction_mean: f64::NAN,
                output_total: f64::NAN,
                price: f64::NAN,
                profit_mean: f64::NAN,
                profit_least: f64::NAN,
                profit_total: f64::NAN,
                consumer_surplus: f64::NAN,
                welfare: f64::NAN,
                hhi: f64::NAN,
                active_firms: f64::NAN,
                interior: None,
                certified: None,
                note: Some(error.to_string()),
            },
        }
    }
}

/// How a quantity moves along a grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Constant,
    Increasing,
    Decreasing,
    InverseU,
    U,
    Mixed,
}

impl Shape {
    /// The word of the summary.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Increasing => "increasing",
            Self::Decreasing => "decreasing",
            Self::InverseU => "inverse-u",
            Self::U => "u",
            Self::Mixed => "mixed",
        }
    }

    /// The shape of values in the order of the grid; those that do not exist are left out.
    pub(crate) fn of(values: &[f64]) -> Self {
        let known: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        let mut signs: Vec<i8> = Vec::new();
        for pair in known.windows(2) {
            let change = pair[1] - pair[0];
            if change.abs() <= TIE * pair[0].abs().max(pair[1].abs()) {
                continue;
            }
            let sign = if change > 0.0 { 1 } else { -1 };
            if signs.last() != Some(&sign) {
                signs.push(sign);
            }
        }
        match signs.as_slice() {
            [] => Self::Constant,
            [1] => Self::Increasing,
            [-1] => Self::Decreasing,
            [1, -1] => Self::InverseU,
            [-1, 1] => Self::U,
            _ => Self::Mixed,
        }
    }
}

/// The place of the largest value, the first among ties; none when no value exists.
pub(crate) fn peak(values: &[f64]) -> Option<usize> {
    best(values, |value, best| value - best > TIE * value.abs().max(best.abs()))
}

/// The place of the smallest value, the first among ties.
pub(crate) fn trough(values: &[f64]) -> Option<usize> {
    best(values, |value, best| best - value > TIE * value.abs().max(best.abs()))
}

fn best(values: &[f64], better: impl Fn(f64, f64) -> bool) -> Option<usize> {
    let mut found: Option<usize> = None;
    for (i, &value) in values.iter().enumerate().filter(|(_, value)| !value.is_nan()) {
        if found.is_none_or(|k| better(value, values[k])) {
            found = Some(i);
        }
    }
    found
}

/// The places whose values tie with the largest.
pub(crate) fn ties(values: &[f64]) -> usize {
    let Some(top) = peak(values) else { return 0 };
    let near = |value: &&f64| (*value - values[top]).abs() <= TIE * value.abs().max(values[top].abs());
    values.iter().filter(near).count()
}

/// What rows have to be warned of, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cautions {
    rows: usize,
    missing: usize,
    undefined: usize,
    not_interior: usize,
    unstable: usize,
    not_unique: usize,
    second_order: usize,
    not_certified: usize,
    exit: usize,
    floor: usize,
    free_research: bool,
}

impl Cautions {
    /// Counts a row.
    pub(crate) fn add(&mut self, solved: &Result<Equilibrium, GameError>) {
        self.rows += 1;
        let solved = match solved {
            Ok(solved) => solved,
            Err(GameError::Undefined { .. }) => return self.undefined += 1,
            Err(_) => return self.missing += 1,
        };
        for note in &solved.notes {
            match note {
                Note::NotInterior { .. } => self.not_interior += 1,
                Note::Unstable { .. } => self.unstable += 1,
                Note::NotUnique => self.not_unique += 1,
                Note::SecondOrder { .. } => self.second_order += 1,
                Note::NotCertified { .. } => self.not_certified += 1,
                Note::Exit { .. } => self.exit += 1,
                Note::CostFloor { .. } => self.floor += 1,
                Note::FreeResearch => self.free_research = true,
                Note::OnlyTotal | Note::NoStability | Note::ScanEnds | Note::NoBound { .. } => {}
            }
        }
    }

    /// Adds the counts of other rows.
    pub(crate) fn join(&mut self, other: &Self) {
        self.rows += other.rows;
        self.missing += other.missing;
        self.undefined += other.undefined;
        self.not_interior += other.not_interior;
        self.unstable += other.unstable;
        self.not_unique += other.not_unique;
        self.second_order += other.second_order;
        self.not_certified += other.not_certified;
        self.exit += other.exit;
        self.floor += other.floor;
        self.free_research |= other.free_research;
    }

    /// The sentences.
    pub(crate) fn messages(&self) -> Vec<Message> {
        let counted = [
            ("innovate.shared.rows-undefined", self.undefined),
            ("innovate.shared.rows-missing", self.missing),
            ("innovate.shared.rows-not-interior", self.not_interior),
            ("innovate.shared.rows-unstable", self.unstable),
            ("innovate.shared.rows-not-unique", self.not_unique),
            ("innovate.shared.rows-second-order", self.second_order),
            ("innovate.shared.rows-not-certified", self.not_certified),
            ("innovate.shared.rows-exit", self.exit),
            ("innovate.shared.rows-cost-floor", self.floor),
        ];
        let said = |(key, count): (&'static str, usize)| {
            (count > 0).then(|| Message::new(key).count("count", count).count("rows", self.rows))
        };
        let mut messages: Vec<Message> = counted.into_iter().filter_map(said).collect();
        if self.free_research {
            messages.push(Message::new("innovate.shared.free-research"));
        }
        messages
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_by_hand() {
        let of = |values: &[f64]| Shape::of(values).word();
        assert_eq!(of(&[1.0, 1.0]), "constant");
        assert_eq!(of(&[1.0, 2.0, f64::NAN, 3.0]), "increasing");
        assert_eq!(of(&[1.0, 2.0, 1.0]), "inverse-u");
        assert_eq!(of(&[2.0, 1.0, 2.0]), "u");
        assert_eq!(of(&[2.0, 1.0, 2.0, 1.0]), "mixed");
        assert_eq!(of(&[]), "constant");
        assert_eq!(peak(&[f64::NAN, 1.0, 2.0, 2.0]), Some(2));
        assert_eq!(trough(&[3.0, 1.0, 1.0]), Some(1));
        assert_eq!(ties(&[1.0, 2.0, 2.0 + 1e-12]), 2);
    }
}
