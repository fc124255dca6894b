//! The equilibrium of a game.
//!
//! [`solve`] is the one entry: a checked [`Game`] in, an [`Equilibrium`] with its certificate out, whatever the mode.
//! Read on in `dense` (the two-stage game with spillovers in results), `search` (how it comes to rest), `certificate`
//! (what shows that it is an equilibrium), `bound` (how far it may be off), then the other kinds of game: `merger`, `smooth` (spillovers in money,
//! endogenous absorptive capacity), `network` (one stage).

mod aim;
mod bound;
mod certificate;
mod dense;
mod envelope;
mod floor;
mod in_money;
mod large;
mod least;
mod merger;
mod network;
mod pieces;
mod programme;
mod proof;
mod quadratic;
mod replies;
mod search;
mod sensitivity;
mod smooth;
mod spectrum;
mod steps;
mod two_stage;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use bound::Bound;
pub(crate) use certificate::Certificate;
pub use certificate::{Certify, Stability};
pub(crate) use sensitivity::{Lever, Sensitivity};

use crate::account::Account;
use crate::error::GameError;
use crate::game::{Form, Game, Method, Mode, Timing, defined};

/// Larger games are solved without a matrix where they can be.
const DENSE: usize = 2_000;
/// Stability margins closer to 0 are rounding.
const STEADY: f64 = 1e-9;
/// A certified equilibrium's epsilon is at most this.
pub(crate) const CERTAIN: f64 = 1e-8;
/// Largest game that is solved with a matrix.
const MOST: usize = 5_000;

/// What a solver is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SolveOptions {
    /// How much is certified.
    pub certify: Certify,
    /// Whether joint deviations of coalitions are searched.
    pub joint: bool,
    /// How well the stability margin is wanted.
    pub stability: Stability,
    /// Seed of random starts.
    pub seed: u64,
    /// Whether the distance to the exact solution is bounded.
    pub bound: bool,
    /// Whether it is enough to know if it is certified: searches for what gains end where something does, and where
    /// replies go round in circles the best programmes are searched for only briefly.
    pub verdict: bool,
}

impl Default for SolveOptions {
    fn default() -> Self {
        Self { certify: Certify::Full, joint: true, stability: Stability::Auto, seed: 1, bound: true, verdict: false }
    }
}

impl SolveOptions {
    /// For the rows of grids: everything that decides whether they are certified, and no more.
    pub(crate) fn quick() -> Self {
        Self { joint: false, stability: Stability::Off, bound: false, ..Self::default() }
    }
}

/// What is no error, but must be known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Note {
    /// Closed forms and propositions do not apply: the firm that is farthest from an interior equilibrium, and how far.
    NotInterior { firm: String, corner: Corner, by: f64 },
    /// Best replies move away from the equilibrium.
    Unstable { margin: f64 },
    /// There are others.
    NotUnique,
    /// A coalition does not have a concave objective.
    SecondOrder { margin: f64 },
    /// No certificate.
    NotCertified { why: Doubt, epsilon: f64 },
    /// So many firms do not sell.
    Exit { firms: usize },
    /// So many firms have reached unit cost 0.
    CostFloor { firms: usize },
    /// Public research has no cost.
    FreeResearch,
    /// Only the total of R&D is determined.
    OnlyTotal,
    /// The stability margin does not exist here.
    NoStability,
    /// The scan of deviations ended where a rival would leave.
    ScanEnds,
    /// The distance to the exact solution is not bounded, and why.
    NoBound { bound: Bound },
}

/// Why there is no certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// A deviation gains.
    Deviation,
    /// Another programme of a planner or of a merger gains.
    Programme,
    /// A second-order margin is not positive.
    Curvature,
    /// The search did not come to rest, and not every deviation was scanned.
    Unsettled,
    /// No deviation was scanned.
    Unscanned,
    /// Joint programmes were not searched where single steps may not show that one is better.
    Unsearched,
}

impl Doubt {
    fn of(game: &Game, certificate: &Certificate, epsilon: f64) -> Self {
        let one = game.mode == Mode::Merger || game.mode.is_planner();
        match certificate.second_order_margin > 0.0 {
            _ if certificate.scan == "off" => Self::Unscanned,
            _ if epsilon > CERTAIN || epsilon.is_nan() => {
                if one {
                    Self::Programme
                } else {
                    Self::Deviation
                }
            }
            false => Self::Curvature,
            true => Self::Unsettled,
        }
    }
}

/// What an interior equilibrium would not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Corner {
    /// A firm sells nothing; how far its unit cost lies above the price.
    Output,
    /// A firm has reached unit cost 0; how far its reduction lies beyond.
    Cost,
    /// A firm does no R&D.
    Rd,
}

/// The corner that matters most, output before cost before R&D, and the firm that is deepest in it; what counts as 0
/// is `slack`.
fn corner(game: &Game, account: &Account, sellers: &[usize], slack: f64) -> Option<Note> {
    let deepest = |corner: Corner, firms: &mut dyn Iterator<Item = usize>, by: &dyn Fn(usize) -> f64| {
        let found = firms.map(|i| (i, by(i))).max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        let told = |by: f64| if by > slack { by } else { 0.0 };
        found.map(|(i, by)| Note::NotInterior { firm: game.names[i].clone(), corner, by: told(by) })
    };
    let n = game.len();
    let wanted: Vec<usize> = if sellers.is_empty() { (0..n).collect() } else { sellers.to_vec() };
    let gap = |i: usize| account.unit_cost[i] - game.output_subsidy(i) - account.price[i];
    deepest(Corner::Output, &mut wanted.iter().copied().filter(|&i| account.output[i] <= slack), &gap)
        .or_else(|| {
            let beyond = |i: usize| account.reduction[i] - game.cost[i];
            deepest(Corner::Cost, &mut (0..n).filter(|&i| beyond(i) >= -slack), &beyond)
        })
        .or_else(|| deepest(Corner::Rd, &mut (0..n).filter(|&i| account.rd[i] <= slack), &|_| 0.0))
}

/// A resting point found from another start.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Other {
    pub start: String,
    pub rd_total: f64,
    pub output_total: f64,
    pub welfare: f64,
    pub deviation_gain: f64,
    pub certified: bool,
}

/// An equilibrium with its certificate.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Equilibrium {
    pub account: Account,
    pub certificate: Certificate,
    /// Deviation gain over the mean profit of active firms.
    pub epsilon: f64,
    pub certified: bool,
    pub interior: bool,
    /// How far R&D may be from the exact solution.
    pub bound: Bound,
    /// Firms held at zero output.
    pub kinked: usize,
    pub iterations: usize,
    /// Distinct equilibria when several starts were asked for; the first is this one.
    pub equilibria: Vec<Other>,
    pub notes: Vec<Note>,
}

/// Solves a game.
///
/// # Errors
/// When the mode is not defined for the game, a second-order condition fails, or there is no interior equilibrium
/// where one is needed.
pub(crate) fn solve(game: &Game, options: &SolveOptions) -> Result<Equilibrium, GameError> {
    let mut equilibrium = by_kind(game, options).map_err(|error| error.told_of(game))?;
    if options.bound {
        equilibrium.bound = bound::bound(game, &equilibrium.account, equilibrium.kinked);
        if !matches!(equilibrium.bound, Bound::Known { .. }) {
            equilibrium.notes.push(Note::NoBound { bound: equilibrium.bound });
        }
    }
    Ok(equilibrium)
}

fn by_kind(game: &Game, options: &SolveOptions) -> Result<Equilibrium, GameError> {
    defined(game).map_err(|undefined| GameError::Undefined { key: undefined.key, why: undefined.why })?;
    let large = match game.solver.method {
        Method::Auto => game.len() > DENSE,
        Method::MatrixFree => true,
        Method::Dense | Method::ExactReply => false,
    };
    let outputs = !game.mode.is_planner() && game.mode != Mode::Merger;
    let plain = outputs && game.form == Form::Output && game.narrowness.is_none() && game.timing == Timing::TwoStage;
    if large
        && plain
        && let Some(spillovers) = large::spillovers(game)
    {
        return large::solve(game, &spillovers, options);
    }
    if game.len() > MOST {
        return Err(GameError::TooLarge { what: dense_only(game), firms: game.len(), most: MOST });
    }
    if game.timing == Timing::Simultaneous {
        return network::solve(game, options);
    }
    let whole = matches!(game.mode, Mode::Merger | Mode::PlannerFirstBest);
    if whole && (game.form == Form::Input || game.substitution >= 1.0) {
        return merger::solve(game, options);
    }
    if game.form == Form::Input || game.narrowness.is_some() {
        return smooth::solve(game, options);
    }
    two_stage::solve(game, options)
}

/// What of a game needs a matrix.
fn dense_only(game: &Game) -> &'static str {
    match game.mode {
        _ if game.timing == Timing::Simultaneous => "the game of one stage",
        _ if game.form == Form::Input => "the game with spillovers in money",
        _ if game.narrowness.is_some() => "the game with endogenous absorptive capacity",
        _ if game.cross_ownership.is_some() => "the game with cross ownership",
        Mode::Merger => "the merger",
        Mode::PlannerSecondBest | Mode::PlannerFirstBest => "the planner's programme",
        // A matrix of spillovers, decay with distance, or coalitions that share beside absorptive capacities or leakage.
        Mode::Competition | Mode::Coordination | Mode::Sharing | Mode::Consortium => "a game with these spillovers",
    }
}

/// Puts an equilibrium together.
pub(crate) struct Parts {
    pub account: Account,
    pub certificate: Certificate,
    pub kinked: usize,
    pub iterations: usize,
    pub settled: bool,
    pub notes: Vec<Note>,
    /// Firms whose output must be positive for an interior equilibrium; empty for all.
    pub sellers: Vec<usize>,
}

impl Parts {
    pub(crate) fn package(self, game: &Game) -> Equilibrium {
        let Self { account, mut certificate, kinked, iterations, settled, mut notes, sellers } = self;
        let slack = 1e-9 * game.scale();
        let n = game.len();
        let corner = corner(game, &account, &sellers, slack);
        let interior = corner.is_none();
        if certificate.scan == "off" {
            certificate.deviation_gain = f64::NAN;
        }
        let epsilon = relative(game, &account, certificate.deviation_gain);
        // A search that did not come to rest may still end at an equilibrium; only a full scan can show it.
        let shown = settled || certificate.scan == "full";
        let certified = shown && !certificate.unsearched && certificate.second_order_margin > 0.0 && epsilon <= CERTAIN;
        let floored = (0..n)
            .filter(|&i| account.output[i] > 0.0 && account.reduction[i] >= game.cost[i] - slack && game.cost[i] > 0.0)
            .count();
        notes.extend(corner);
        if sellers.is_empty() && account.active() < n {
            notes.push(Note::Exit { firms: n - account.active() });
        }
        if floored > 0 {
            notes.push(Note::CostFloor { firms: floored });
        }
        if certificate.stability_margin < -STEADY {
            notes.push(Note::Unstable { margin: certificate.stability_margin });
        }
        if !certified {
            let why = match Doubt::of(game, &certificate, epsilon) {
                Doubt::Unsettled if certificate.unsearched => Doubt::Unsearched,
                why => why,
            };
            notes.push(Note::NotCertified { why, epsilon });
        }
        if game.policy.research.as_ref().is_some_and(|research| research.cost == 0.0 && research.amount > 0.0) {
            notes.push(Note::FreeResearch);
        }
        Equilibrium {
            account,
            certificate,
            epsilon,
            certified,
            interior,
            bound: Bound::Undefined,
            kinked,
            iterations,
            equilibria: Vec::new(),
            notes,
        }
    }
}

/// A gain relative to the mean profit of active firms; where that is not positive, to the welfare a firm.
pub(crate) fn relative(game: &Game, account: &Account, gain: f64) -> f64 {
    if gain <= 0.0 || gain.is_nan() {
        return if gain.is_nan() { gain } else { 0.0 };
    }
    let active = account.active();
    let profits: f64 = (0..game.len()).filter(|&i| account.output[i] > 0.0).map(|i| account.profit[i]).sum();
    let mean = profits / active as f64;
    if mean > 0.0 { gain / mean } else { gain / (account.welfare.abs() / game.len() as f64).max(f64::MIN_POSITIVE) }
}
