//! From the document and the tables that it names to a checked game.

use super::values::{Range, Reader};
use super::{Competition, Form, Game, Method, Mode, Solver, Timing, firms, policy, regime, spillover};
use distretto_core::{ColumnKind, Document, Fault, Inputs, TableSpec};
use std::sync::Arc;

/// Key paths of GAME.toml at which the name of a table may stand.
pub const DOCUMENT_FILES: &[&str] =
    &["firms.table", "spillover.matrix", "spillover.links", "policy.public_research.receivers"];

const NUMBERS: [&str; 9] = [
    "marginal_cost",
    "rd_cost",
    "intercept",
    "absorptive",
    "leakage",
    "narrowness",
    "output_subsidy",
    "rd_subsidy_rate",
    "rd_subsidy_per_unit",
];

/// The columns that are wanted of the tables that a game names.
#[must_use]
pub fn columns(given: &[String]) -> Vec<TableSpec> {
    let of = |input: &String| {
        if input == "firms.table" {
            let spec = TableSpec::new(input).take("firm", ColumnKind::Label).take("market", ColumnKind::Label);
            let spec = spec.take("type", ColumnKind::Label).unique(&["firm"]).need_some();
            let spec = NUMBERS.iter().fold(spec, |spec, name| spec.take(name, ColumnKind::Number));
            let spec = spec.take("x", ColumnKind::Number).take("y", ColumnKind::Number);
            return Some(spec.take("lon", ColumnKind::Longitude).take("lat", ColumnKind::Latitude));
        }
        spillover::columns(input).or_else(|| policy::columns(input))
    };
    given.iter().filter_map(of).collect()
}

/// Reads and checks a game.
///
/// # Errors
/// The first key or datum that is wrong, with its file and line.
pub fn read_game(document: &Document, inputs: &Inputs) -> Result<Game, Fault> {
    match read_combination(document, inputs)? {
        (game, None) => Ok(game),
        (_, Some(undefined)) => {
            let fault = document.fault(&undefined.key, undefined.why);
            Err(match undefined.hint {
                Some(hint) => fault.with_hint(hint),
                None => fault,
            })
        }
    }
}

/// Reads and checks a game of a grid: that its combination of mode, timing and form is not defined is no error there.
///
/// # Errors
/// The first key or datum that is wrong, with its file and line.
pub(crate) fn read_combination(document: &Document, inputs: &Inputs) -> Result<(Game, Option<Undefined>), Fault> {
    known_keys(document)?;
    let reader = Reader { document, inputs, table: inputs.table("firms.table") };
    let names = firms::names(&reader)?;
    let game = assemble(&reader, names)?;
    somebody_sells(document, &game)?;
    let undefined = defined(&game).err();
    Ok((game, undefined))
}

fn known_keys(document: &Document) -> Result<(), Fault> {
    document.only("", &["market", "firms", "spillover", "regime", "policy", "solver"])?;
    document.only("market", &["intercept", "slope", "substitution", "competition"])?;
    document.only("firms", &["count", "table", "marginal_cost", "rd_cost"])?;
    let spillover = ["in", "rate", "absorptive", "leakage", "matrix", "links", "decay", "narrowness"];
    document.only("spillover", &spillover)?;
    let regime = ["mode", "timing", "coalitions", "sharing_rate", "cross_ownership", "membership", "plants"];
    document.only("regime", &regime)?;
    let policy = ["output_subsidy", "rd_subsidy_rate", "rd_subsidy_per_unit", "public_funds_cost", "public_research"];
    document.only("policy", &policy)?;
    document.only("solver", &["method", "tolerance", "max_iterations", "starts"])
}

fn assemble(reader: &Reader<'_>, names: Vec<String>) -> Result<Game, Fault> {
    let n = names.len();
    let document = reader.document;
    let missing = |key: &str, hint: &str| document.fault(key, format!("`{key}` is missing")).with_hint(hint);
    let need = |key: &str, column: &str, range| match reader.by_firm(key, column, n, range)? {
        Some(given) => Ok(given),
        None => Err(missing(key, "give one number, a list with one for each firm, or a column of the table of firms")),
    };
    let intercept = need("market.intercept", "intercept", Range::Positive)?;
    let cost = need("firms.marginal_cost", "marginal_cost", Range::NonNegative)?;
    let rd_cost = need("firms.rd_cost", "rd_cost", Range::Positive)?;
    let narrowness = reader.by_firm("spillover.narrowness", "narrowness", n, Range::Unit)?;
    let Some(slope) = reader.number("market.slope", Range::Positive)? else {
        return Err(missing("market.slope", "the fall of the price per unit of output, above 0"));
    };
    let (knowledge, own_links) = spillover::knowledge(reader, &names)?;
    let regime = regime::regime(reader, &names)?;
    let (market, markets) = firms::markets(reader, n);
    let competitions = [("cournot", Competition::Cournot), ("bertrand", Competition::Bertrand)];
    let mut game = Game {
        intercept: intercept.values,
        slope,
        substitution: reader.number("market.substitution", Range::Unit)?.unwrap_or(1.0),
        competition: reader.choice("market.competition", &competitions)?.unwrap_or(Competition::Cournot),
        cost: cost.values,
        rd_cost: rd_cost.values,
        market,
        markets: Arc::new(markets),
        order: Vec::new(),
        starts: Vec::new(),
        knowledge: Arc::new(knowledge),
        form: reader
            .choice("spillover.in", &[("output", Form::Output), ("input", Form::Input)])?
            .unwrap_or(Form::Output),
        narrowness: narrowness.map(|given| given.values),
        mode: regime.mode,
        timing: regime.timing,
        coalitions: regime.coalitions,
        sharing_rate: regime.sharing_rate,
        cross_ownership: regime.cross_ownership,
        membership: regime.membership,
        plants: regime.plants,
        policy: policy::policy(reader, &names)?,
        solver: solver(reader)?,
        types: firms::types(reader),
        listed: listed(reader),
        own_links,
        no_links: reader.inputs.table("spillover.links").is_some_and(|links| links.rows() == 0),
        names: Arc::new(names),
    };
    game.index_markets();
    Ok(game)
}

/// The first key whose values stand firm by firm.
fn listed(reader: &Reader<'_>) -> Option<String> {
    if reader.document.get("firms.table").is_some() {
        return Some("firms.table".to_owned());
    }
    if let Some((_, key)) = reader.listed(&firms::LISTS) {
        return Some(key.to_owned());
    }
    let pairs =
        ["spillover.matrix", "spillover.links", "spillover.decay", "regime.coalitions", "regime.cross_ownership"];
    let research = ["policy.public_research.allied", "policy.public_research.receivers"];
    pairs.iter().chain(&research).find(|key| reader.document.get(key).is_some()).map(|&key| key.to_owned())
}

fn solver(reader: &Reader<'_>) -> Result<Solver, Fault> {
    let methods = [
        ("auto", Method::Auto),
        ("dense", Method::Dense),
        ("matrix-free", Method::MatrixFree),
        ("exact-reply", Method::ExactReply),
    ];
    Ok(Solver {
        method: reader.choice("solver.method", &methods)?.unwrap_or(Method::Auto),
        tolerance: reader.number("solver.tolerance", Range::Positive)?.unwrap_or(1e-10),
        max_iterations: reader.whole("solver.max_iterations")?.unwrap_or(10_000),
        starts: reader.whole("solver.starts")?.unwrap_or(1),
    })
}

/// What no single value shows: a market that nobody enters.
fn somebody_sells(document: &Document, game: &Game) -> Result<(), Fault> {
    let sells = |i: usize| game.cost[i] - game.policy.output[i] < game.intercept[i];
    if !(0..game.len()).any(sells) {
        let message = "`firms.marginal_cost` is at or above the intercept for every firm: nobody sells";
        return Err(document.fault("firms.marginal_cost", message).with_hint("at least one firm needs c - s < a"));
    }
    Ok(())
}

/// A combination that the model does not have: the key at fault, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undefined {
    /// The key at fault.
    pub key: String,
    /// Why, with the key.
    pub why: String,
    /// What to do, where that is not plain.
    pub hint: Option<&'static str>,
}

fn no(key: &str, why: &str) -> Result<(), Undefined> {
    Err(Undefined { key: key.to_owned(), why: format!("`{key}`: {why}"), hint: None })
}

/// Whether prices, the mode, the timing and the form go together.
///
/// # Errors
/// The key at fault.
pub(crate) fn defined(game: &Game) -> Result<(), Undefined> {
    let cournot = game.competition == Competition::Cournot;
    if !cournot && game.substitution >= 1.0 {
        return Err(Undefined {
            key: "market.competition".to_owned(),
            why: "bertrand competition needs differentiated goods: `market.substitution` below 1".to_owned(),
            hint: Some("with a homogeneous good price competition leaves no profit and no R&D"),
        });
    }
    let whole = matches!(game.mode, Mode::Merger | Mode::PlannerFirstBest);
    if game.timing == Timing::Simultaneous {
        if game.mode != Mode::Competition {
            return no("regime.mode", "with simultaneous timing only competition is defined");
        }
        if !cournot || game.form != Form::Output || game.narrowness.is_some() {
            return no("regime.timing", "simultaneous timing needs Cournot competition and spillovers in output");
        }
    }
    if game.narrowness.is_some() && (!cournot || game.form != Form::Output || whole) {
        return no(
            "spillover.narrowness",
            "narrowness needs Cournot competition, spillovers in output, and neither merger nor first best",
        );
    }
    if game.cross_ownership.is_some() && !matches!(game.mode, Mode::Competition | Mode::Sharing) {
        return no("regime.cross_ownership", "cross ownership needs mode competition or sharing");
    }
    if whole { one_owner(game) } else { Ok(()) }
}

/// Whether all laboratories can have one owner, a merged firm or a planner of R&D and output.
fn one_owner(game: &Game) -> Result<(), Undefined> {
    let cournot = game.competition == Competition::Cournot;
    if game.markets.len() > 1 {
        return no("regime.mode", "merger and first best need one market");
    }
    if game.form == Form::Input && !game.is_symmetric() {
        return no("regime.mode", "with spillovers in input, merger and first best need identical firms");
    }
    let outsiders =
        game.mode == Mode::Merger && game.len() > 1 && game.coalitions.first().is_none_or(|c| c.len() < game.len());
    if outsiders && (!cournot || game.substitution < 1.0 || game.form == Form::Input) {
        return no(
            "regime.coalitions",
            "a merger with outsiders needs a homogeneous good, Cournot competition and spillovers in output",
        );
    }
    if game.plants == Some(super::Plants::Symmetric) && game.substitution == 1.0 && !symmetric_plants(game) {
        return Err(Undefined {
            key: "regime.plants".to_owned(),
            why: "`regime.plants`: symmetric plants need identical firms; choose \"efficient\"".to_owned(),
            hint: None,
        });
    }
    Ok(())
}

/// Whether the laboratories of every merged firm are identical.
pub(crate) fn symmetric_plants(game: &Game) -> bool {
    if game.mode == Mode::PlannerFirstBest {
        // A first-best planner does not feel what firms are paid.
        let mut unpaid = game.clone();
        for paid in [&mut unpaid.policy.output, &mut unpaid.policy.rate, &mut unpaid.policy.unit] {
            paid.iter_mut().for_each(|paid| *paid = 0.0);
        }
        return unpaid.is_symmetric();
    }
    let alike =
        |members: &Vec<u32>| members.windows(2).all(|pair| game.exchangeable(pair[0] as usize, pair[1] as usize));
    game.coalitions.iter().all(alike)
}
