//! Why a proposition says nothing about a game.

use super::probe::{Probe, same};
use crate::game::{Competition, Form, Timing, close};

/// What a family of propositions asks of the firms, beside what all ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Firms {
    /// All identical.
    Identical,
    /// One with the lowest cost, the others identical.
    OneLarge,
    /// Unit costs differ, and nothing else.
    OnlyCost,
    /// R&D costs differ, and nothing else.
    OnlyRdCost,
    /// Absorptive capacities differ, and nothing else.
    OnlyAbsorptive,
    /// R&D costs are identical.
    SameRdCost,
}

fn wanted(id: &str) -> Firms {
    match id {
        "C3" | "C4" => Firms::OneLarge,
        "H1" | "H2" | "H3" => Firms::OnlyCost,
        "H4" | "H5" => Firms::OnlyRdCost,
        "H6" => Firms::OnlyAbsorptive,
        "G5" => Firms::Identical,
        _ if id.starts_with('G') => Firms::SameRdCost,
        _ => Firms::Identical,
    }
}

/// The first premise of a proposition that fails, as the word that the table holds and the catalogues explain.
pub(super) fn failing(probe: &Probe, id: &str) -> &'static str {
    kind_of_game(probe).or_else(|| firms(probe, id)).unwrap_or("no-equilibrium")
}

/// What keeps all propositions from applying.
fn kind_of_game(probe: &Probe) -> Option<&'static str> {
    let game = &probe.base;
    let paid = |values: &[f64]| values.iter().any(|&value| value != 0.0);
    let policy = &game.policy;
    let subsidised = paid(&policy.output) || paid(&policy.rate) || paid(&policy.unit);
    let found = [
        (game.timing != Timing::TwoStage, "one-stage"),
        (game.competition != Competition::Cournot, "prices"),
        (game.substitution != 1.0, "differentiated"),
        (game.form != Form::Output, "in-money"),
        (game.narrowness.is_some(), "narrowness"),
        (game.cross_ownership.is_some(), "cross-ownership"),
        (game.markets.len() > 1, "several-markets"),
        (probe.n < 2, "one-firm"),
        (subsidised || policy.research.is_some() || policy.funds_cost != 0.0, "policy"),
    ];
    found.into_iter().find(|(fails, _)| *fails).map(|(_, word)| word)
}

fn firms(probe: &Probe, id: &str) -> Option<&'static str> {
    let game = &probe.base;
    let wanted = wanted(id);
    let (cost, rd_cost) = (!same(&game.cost), !same(&game.rd_cost));
    let absorptive = wanted == Firms::OnlyAbsorptive;
    let small = || {
        let lowest = game.cost.iter().copied().fold(f64::INFINITY, f64::min);
        let others: Vec<f64> = game.cost.iter().copied().filter(|&c| !close(c, lowest)).collect();
        others.len() + 1 == probe.n && same(&others)
    };
    let found = [
        (!absorptive && probe.beta.is_none(), "spillovers-differ"),
        (absorptive && probe.beta.is_some(), "spillovers-alike"),
        (!same(&game.intercept), "intercepts-differ"),
        (wanted == Firms::Identical && cost && rd_cost, "costs-differ"),
        (matches!(wanted, Firms::Identical | Firms::OnlyRdCost | Firms::OnlyAbsorptive) && cost, "unit-costs-differ"),
        (wanted != Firms::OnlyRdCost && rd_cost, "rd-costs-differ"),
        (wanted == Firms::OnlyCost && !cost, "unit-costs-alike"),
        (wanted == Firms::OnlyRdCost && !rd_cost, "rd-costs-alike"),
        (id.starts_with('C') && probe.n < 3, "two-firms"),
        (wanted == Firms::OneLarge && !small(), "no-large-firm"),
    ];
    found.into_iter().find(|(fails, _)| *fails).map(|(_, word)| word)
}

/// The words for what [`failing`] tells.
#[rustfmt::skip]
const WORDS: [(&str, &str); 20] = [
    ("one-stage", "value.condition.one-stage"),
    ("prices", "value.condition.prices"),
    ("differentiated", "value.condition.differentiated"),
    ("in-money", "value.condition.in-money"),
    ("narrowness", "value.condition.narrowness"),
    ("cross-ownership", "value.condition.cross-ownership"),
    ("several-markets", "value.condition.several-markets"),
    ("one-firm", "value.condition.one-firm"),
    ("policy", "value.condition.policy"),
    ("spillovers-differ", "value.condition.spillovers-differ"),
    ("spillovers-alike", "value.condition.spillovers-alike"),
    ("intercepts-differ", "value.condition.intercepts-differ"),
    ("costs-differ", "value.condition.costs-differ"),
    ("unit-costs-differ", "value.condition.unit-costs-differ"),
    ("rd-costs-differ", "value.condition.rd-costs-differ"),
    ("unit-costs-alike", "value.condition.unit-costs-alike"),
    ("rd-costs-alike", "value.condition.rd-costs-alike"),
    ("two-firms", "value.condition.two-firms"),
    ("no-large-firm", "value.condition.no-large-firm"),
    ("no-equilibrium", "value.condition.no-equilibrium"),
];

/// The key of the words.
pub(super) fn key(word: &str) -> &'static str {
    WORDS.iter().find(|(known, _)| *known == word).map_or("value.condition.no-equilibrium", |(_, key)| key)
}
