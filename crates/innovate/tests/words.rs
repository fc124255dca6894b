//! What reports say of games is what the numbers carry: for every sentence that depends on a sign, on who decides, or
//! on the order of a grid, a game in which another sentence would be false.

#![allow(clippy::unwrap_used)]

use distretto_core::{
    Arg, Context, Document, Estimand, Fault, Focus, InputData, Inputs, Message, Outcome, Scalar, Table, Values,
};
use distretto_innovate::ENGINE;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn verb(name: &str) -> &'static Estimand {
    ENGINE.estimands.iter().find(|estimand| estimand.name == name).unwrap()
}

fn given(game: &Value) -> Inputs {
    let document = Document::new("game.toml", game.as_object().unwrap().clone(), BTreeMap::new());
    Inputs::default().with("game", InputData::Document(document))
}

fn run(name: &str, inputs: &Inputs, options: &Value) -> Result<Outcome, Fault> {
    (verb(name).run)(inputs, options.as_object().unwrap(), &Context::with_seed(1))
}

/// The result and its findings.
fn told(name: &str, game: &Value, options: &Value) -> (Outcome, Vec<Message>) {
    let outcome = run(name, &given(game), options).unwrap();
    let findings = (verb(name).findings)(&outcome, &Focus::default());
    (outcome, findings)
}

fn has(messages: &[Message], key: &str) -> bool {
    messages.iter().any(|message| message.key == format!("innovate.{key}"))
}

fn number(message: &Message, name: &str) -> f64 {
    match message.args.iter().find(|(known, _)| *known == name) {
        Some((_, Arg::Number(value))) => *value,
        other => panic!("{name}: {other:?}"),
    }
}

fn scalar<'a>(outcome: &'a Outcome, name: &str) -> &'a Scalar {
    &outcome.summary.iter().find(|(known, _)| known == name).unwrap().1
}

/// The wording of a key: its section, then its line.
fn wording(language: &str, section: &str, name: &str) -> String {
    let of = |text: &str| {
        let mut here = "";
        text.lines().find_map(|line| {
            if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                here = section;
            }
            (here == section)
                .then_some(line)
                .and_then(|line| line.strip_prefix(name)?.strip_prefix(" = "))
                .map(str::to_owned)
        })
    };
    let mut texts = ENGINE.messages.iter().filter(|(of, _)| *of == language);
    texts.find_map(|(_, text)| of(text)).unwrap_or_else(|| panic!("{language}: [{section}] {name}"))
}

/// Five identical firms.
fn five(gamma: f64, beta: f64, mode: &str) -> Value {
    json!({
        "market": { "intercept": 100, "slope": 1 },
        "firms": { "count": 5, "marginal_cost": 45, "rd_cost": gamma },
        "spillover": { "rate": beta },
        "regime": { "mode": mode },
    })
}

/// Firms of these unit costs.
fn game_of_costs(costs: Value) -> Value {
    json!({
        "market": { "intercept": 100, "slope": 1 },
        "firms": { "marginal_cost": costs, "rd_cost": 8 },
        "spillover": { "rate": 0.3 },
    })
}

#[test]
fn a_certificate_speaks_of_whoever_decides() {
    // Under the second best a firm that did less R&D would earn 13.7 % more: "no firm can gain" would be false.
    for (mode, key) in [
        ("competition", "solve.finding-certified"),
        ("sharing", "solve.finding-certified"),
        ("coordination", "solve.finding-certified-coalitions"),
        ("consortium", "solve.finding-certified-coalitions"),
        ("merger", "solve.finding-certified-merger"),
        ("planner-second-best", "solve.finding-certified-planner"),
        ("planner-first-best", "solve.finding-certified-planner"),
    ] {
        let (outcome, findings) = told("solve", &five(10.0, 0.3, mode), &json!({}));
        assert_eq!(*scalar(&outcome, "certified"), Scalar::Flag(true), "{mode}");
        assert!(has(&findings, key), "{mode}: {findings:?}");
        let all = findings.iter().filter(|message| message.key.contains("certified")).count();
        assert_eq!(all, 1, "{mode}: {findings:?}");
    }
    for (language, firm) in [("en", "No firm"), ("zh", "没有企业能")] {
        for name in ["coalitions", "merger", "planner"] {
            let said = wording(language, "innovate.solve", &format!("finding-certified-{name}"));
            assert!(!said.contains(firm), "{said}");
        }
        let doubt = wording(language, "innovate.shared", "not-certified-programme");
        assert!(!doubt.contains("unilateral") && !doubt.contains("单方"), "{doubt}");
    }
}

#[test]
fn shares_in_other_firms_are_counted() {
    let mut game = five(10.0, 0.3, "competition");
    game["firms"]["count"] = json!(2);
    game["regime"]["cross_ownership"] = json!([[1, 0.4], [0, 1]]);
    let (_, findings) = told("solve", &game, &json!({}));
    assert!(has(&findings, "solve.finding-certified-owners"), "{findings:?}");
}

#[test]
fn what_was_not_scanned_is_not_certified() {
    let (outcome, findings) = told("solve", &five(10.0, 0.3, "competition"), &json!({ "certify": "off" }));
    assert_eq!(*scalar(&outcome, "certified"), Scalar::Flag(false));
    assert!(matches!(scalar(&outcome, "epsilon"), Scalar::Number(epsilon) if epsilon.is_nan()));
    assert!(has(&findings, "solve.finding-unscanned") && has(&outcome.warnings, "shared.not-certified-unscanned"));
}

#[test]
fn welfare_rises_falls_or_stays() {
    // Most R&D for 400 of public money: welfare falls from 1,512 to 1,203, and every firm loses.
    let game = five(10.0, 0.05, "competition");
    let options = json!({ "instrument": "rd-rate", "objective": "rd", "budget": 400.0 });
    let (outcome, findings) = told("policy", &game, &options);
    let fall = findings.iter().find(|message| message.key == "innovate.policy.finding-loss").unwrap();
    assert!((number(fall, "gain") - 309.27).abs() < 0.01 && number(fall, "after") < number(fall, "before"));
    assert!(outcome.number("welfare_gain").unwrap() < 0.0);
    assert!(has(&findings, "policy.finding-objective-rd") && has(&findings, "policy.finding-all-lose"));
    assert!(!has(&findings, "policy.finding-gain"));
    // A tax is best, and none may be taken: nothing changes.
    let (_, findings) = told("policy", &game, &json!({ "instrument": "rd-rate", "no_tax": true }));
    assert!(has(&findings, "policy.finding-same") && has(&findings, "policy.finding-none"), "{findings:?}");
    let (_, findings) = told("policy", &game, &json!({ "instrument": "rd-rate" }));
    assert!(has(&findings, "policy.finding-gain") && !has(&findings, "policy.finding-objective-rd"));
    assert!(wording("en", "innovate.policy", "finding-loss").contains("falls"));
    assert!(wording("zh", "innovate.policy", "finding-loss").contains("降至"));
}

#[test]
fn the_key_firm_may_be_a_burden_and_firms_alike_have_none() {
    // A unit sold costs three times 60 of welfare: without either firm it is 2,638 higher.
    let mut game = five(10.0, 0.3, "competition");
    game["firms"]["count"] = json!(2);
    let dear = json!({ "output_subsidy": 60, "public_funds_cost": 2 });
    let key = |game: &Value| {
        let (_, findings) = told("policy", game, &json!({ "key_firm": true }));
        findings.into_iter().find(|message| message.key.starts_with("innovate.policy.finding-key")).unwrap()
    };
    assert_eq!(key(&game).key, "innovate.policy.finding-key-alike");
    game["policy"] = dear.clone();
    let weak = key(&game);
    assert_eq!((weak.key, &weak.args[1].1), ("innovate.policy.finding-key-weak-alike", &Arg::Count(2)));
    assert!((number(&weak, "loss") - 2638.12).abs() < 0.01, "{weak:?}");
    // Firms that differ: one of them is key.
    game["firms"] = json!({ "marginal_cost": [45, 46], "rd_cost": 10 });
    assert_eq!(key(&game).key, "innovate.policy.finding-key-weak");
    game["policy"] = json!({});
    assert_eq!(key(&game).key, "innovate.policy.finding-key");
}

#[test]
fn firms_alike_are_not_ranked_by_rounding() {
    let mut game = five(10.0, 0.3, "competition");
    game["firms"] = json!({ "marginal_cost": [35, 45, 45, 45, 45], "rd_cost": 10 });
    let (_, findings) = told("compare", &game, &json!({ "modes": ["competition", "sharing", "consortium"] }));
    let alike = findings.iter().find(|message| message.key == "innovate.compare.finding-firms").unwrap();
    assert!(alike.args.contains(&("firm", Arg::Text("2".to_owned()))), "{alike:?}");
    // At a spillover of 0.96 whoever leaves the coalition of all gains: five firms alike, none of them named.
    let (_, findings) = told("coalitions", &five(10.0, 0.96, "consortium"), &json!({}));
    let leaver = findings.iter().find(|message| message.key.contains("finding-leaver")).unwrap();
    assert_eq!((leaver.key, &leaver.args[0].1), ("innovate.coalitions.finding-leaver-alike", &Arg::Count(5)));
    // Competition is not set against itself.
    let (_, findings) =
        told("compare", &five(10.0, 0.3, "competition"), &json!({ "modes": ["competition", "sharing"] }));
    assert!(has(&findings, "compare.finding-rd-here") && has(&findings, "compare.finding-profit"), "{findings:?}");
}

#[test]
fn two_instruments_are_one_policy() {
    let (_, findings) = told("policy", &five(10.0, 0.3, "competition"), &json!({ "instrument": "both" }));
    assert_eq!(findings[0].key, "innovate.policy.finding-both");
    let mut game = five(10.0, 0.3, "competition");
    game["firms"] = json!({ "marginal_cost": [39, 42, 45, 48, 51], "rd_cost": 10 });
    let options = json!({ "instrument": "rd-rate", "scope": "targeted", "budget": 40, "no_tax": true });
    let (_, findings) = told("policy", &game, &options);
    assert_eq!(findings[0].key, "innovate.policy.finding-largest");
    assert_eq!(findings.iter().filter(|message| message.key == findings[0].key).count(), 1);
}

#[test]
fn shapes_follow_the_values_not_the_list() {
    let shape = |vary: &str| {
        let (outcome, findings) = told("sweep", &five(10.0, 0.3, "competition"), &json!({ "vary": [vary] }));
        (scalar(&outcome, "shape").clone(), findings)
    };
    // Welfare falls as R&D becomes dear, 1,901 at γ = 3 and 1,580 at 10, in whatever order the values stand.
    for vary in ["firms.rd_cost=3,5,10", "firms.rd_cost=10,5,3", "firms.rd_cost=5,10,3"] {
        let (word, findings) = shape(vary);
        assert_eq!(word, Scalar::Text("decreasing".to_owned()), "{vary}");
        let fall = findings.iter().find(|message| message.key == "innovate.sweep.finding-decreasing").unwrap();
        assert!((number(fall, "first") - 1901.0).abs() < 1.0 && (number(fall, "last") - 1580.0).abs() < 1.0);
    }
    let (up, down) = (shape("spillover.rate=0.1:0.5:0.1"), shape("spillover.rate=0.5:0.1:-0.1"));
    assert_eq!(up.0, down.0);
    assert_eq!(up.1[0].key, down.1[0].key);
    // Words have no order, and so no shape.
    let game = five(10.0, 0.3, "competition");
    let (outcome, findings) = told("sweep", &game, &json!({ "vary": ["regime.mode=competition,coordination,merger"] }));
    for name in ["shape", "peak_at", "trough_at"] {
        assert!(matches!(scalar(&outcome, name), Scalar::Number(value) if value.is_nan()), "{name}");
    }
    assert!(has(&outcome.warnings, "sweep.no-number"));
    assert_eq!(findings.len(), 1, "{findings:?}");
}

#[test]
fn a_combination_that_is_not_defined_is_an_empty_row() {
    let game = five(10.0, 0.3, "competition");
    let flags = |outcome: &Outcome| outcome.table("sweep").unwrap().flags("exists").unwrap().to_vec();
    // Price competition with a homogeneous good; a planner where R&D and output are chosen together.
    let options = json!({ "vary": ["market.substitution=0.5,1", "market.competition=cournot,bertrand"] });
    let (outcome, _) = told("sweep", &game, &options);
    assert_eq!(flags(&outcome), [Some(true), Some(true), Some(true), Some(false)]);
    let notes = outcome.table("sweep").unwrap().text("note").unwrap();
    assert!(notes.get(3).unwrap().contains("differentiated goods") && notes.get(2).is_none());
    assert!(has(&outcome.warnings, "shared.rows-undefined"), "{:?}", outcome.warnings);
    let options =
        json!({ "vary": ["regime.timing=two-stage,simultaneous", "regime.mode=competition,planner-second-best"] });
    assert_eq!(flags(&told("sweep", &game, &options).0), [Some(true), Some(true), Some(true), Some(false)]);
    // What is wrong in itself still ends the sweep, and is told of by the option that the user wrote.
    let fault = |vary: &str| run("sweep", &given(&game), &json!({ "vary": [vary] })).unwrap_err().to_string();
    assert_eq!(fault("spillover.rate=0:1.5:0.5"), "--vary, value \"1.5\": `spillover.rate` must lie in [0, 1]");
    assert_eq!(fault("spillover.ratee=0,1"), "--vary: unknown key `spillover.ratee`");
    assert!(fault("firms.marginal_cost=45,120").starts_with("--vary: `firms.marginal_cost` is at or above"));
    let mut network = game.clone();
    network["regime"]["timing"] = json!("simultaneous");
    let fault = run("solve", &given(&network), &json!({ "mode": "sharing" })).unwrap_err().to_string();
    assert!(fault.starts_with("--mode: `regime.mode`"), "{fault}");
}

#[test]
fn a_grid_is_no_curve_in_either_language() {
    for name in ["inverse-u", "u", "increasing", "decreasing", "constant", "mixed"] {
        let key = format!("finding-{name}");
        assert!(wording("en", "innovate.sweep", &key).starts_with("\"On this grid"), "{name}");
        assert!(wording("zh", "innovate.sweep", &key).starts_with("\"在该网格上"), "{name}");
    }
    for (section, name) in [("innovate.shared", "not-unique"), ("innovate.shared", "rows-not-unique")] {
        let said = wording("en", section, name);
        assert!(said.contains("(equilibrium not unique)") && !said.contains("the equilibrium not"), "{said}");
    }
}

#[test]
fn rounding_is_not_told_as_fact() {
    // One firm holds the other exactly at zero output: its unit cost is the price, not 1e-14 above it.
    let game = json!({
        "market": { "intercept": 100, "slope": 1 },
        "firms": { "marginal_cost": [40, 65], "rd_cost": 4 },
        "spillover": { "rate": 0 },
    });
    let (outcome, _) = told("solve", &game, &json!({}));
    assert!(has(&outcome.warnings, "shared.not-interior-output-edge"), "{:?}", outcome.warnings);
    // Shut out for good: above the price.
    let mut far = game;
    far["firms"]["marginal_cost"] = json!([20, 95]);
    let (outcome, _) = told("solve", &far, &json!({}));
    let out = outcome.warnings.iter().find(|message| message.key == "innovate.shared.not-interior-output").unwrap();
    assert!(number(out, "by") > 1.0);
    // Just past a unit cost of 0 no further step pays, whatever the slope promises.
    let mut past = game_of_costs(json!([2, 42, 45]));
    let (outcome, _) = told("solve", &past, &json!({}));
    assert!(has(&outcome.warnings, "solve.local-gain"), "{:?}", outcome.warnings);
    past["firms"]["marginal_cost"] = json!([40, 42, 45]);
    assert!(!has(&told("solve", &past, &json!({})).0.warnings, "solve.local-gain"));
    // Cheap R&D ends at a unit cost of 0, exactly there.
    let mut floor = five(2.5, 1.0, "consortium");
    floor["firms"] = json!({ "count": 2, "marginal_cost": 10, "rd_cost": 1.9 });
    let (outcome, _) = told("solve", &floor, &json!({}));
    assert!(has(&outcome.warnings, "shared.not-interior-cost-edge"), "{:?}", outcome.warnings);
    // Spillovers in money, all shared: a direction that changes no total neither grows nor shrinks.
    for mode in ["competition", "coordination", "sharing", "consortium"] {
        let mut game = five(10.0, 1.0, mode);
        game["spillover"]["in"] = json!("input");
        let (outcome, _) = told("solve", &game, &json!({}));
        assert!(!has(&outcome.warnings, "shared.unstable"), "{mode}: {:?}", outcome.warnings);
    }
}

#[test]
fn the_reason_for_no_certificate_is_the_one_that_holds() {
    for (language, both) in [("en", ", or a second-order margin"), ("zh", "，或二阶裕度")] {
        for name in ["not-certified", "not-certified-programme", "not-certified-curvature", "not-certified-unsettled"] {
            let said = wording(language, "innovate.shared", name);
            assert!(!said.contains(both), "{said}");
        }
    }
}

#[test]
fn cheap_research_is_told_with_what_policy_leaves_of_it() {
    // Two firms: γ must be above 2 (n/(n + 1))² = 8/9; half of 1.2 is not.
    let mut game = five(1.2, 0.0, "competition");
    game["firms"]["count"] = json!(2);
    game["policy"] = json!({ "rd_subsidy_rate": 0.5 });
    let fault = run("solve", &given(&game), &json!({})).unwrap_err().to_string();
    assert!(fault.contains("second-order") && fault.contains("its R&D cost is 1.2, 0.6 after the share"), "{fault}");
    assert!(fault.contains("above 0.888889"), "{fault}");
    game["policy"] = json!({});
    game["firms"]["rd_cost"] = json!(0.6);
    let fault = run("solve", &given(&game), &json!({})).unwrap_err();
    assert!(fault.to_string().contains("its R&D cost is 0.6, and it must be above"), "{fault}");
    assert!(!fault.hint().unwrap().contains("unbounded"));
}

#[test]
fn links_of_a_firm_to_itself_are_told() {
    let game = json!({
        "market": { "intercept": 100, "slope": 1 },
        "firms": { "count": 3, "marginal_cost": 45, "rd_cost": 8 },
        "spillover": { "links": "links.csv" },
    });
    let links = |pairs: &[(&str, &str)]| {
        Table::empty()
            .with("source", Values::Text(pairs.iter().map(|pair| Some(pair.0)).collect()))
            .with("target", Values::Text(pairs.iter().map(|pair| Some(pair.1)).collect()))
    };
    let with = |pairs: &[(&str, &str)]| given(&game).with_table("spillover.links", links(pairs));
    let outcome = run("solve", &with(&[("1", "2"), ("3", "3"), ("2", "2")]), &json!({})).unwrap();
    let own = outcome.warnings.iter().find(|message| message.key == "innovate.shared.own-links").unwrap();
    assert_eq!(own.args[0].1, Arg::Count(2));
    for (verb, options) in [("compare", json!({})), ("sweep", json!({ "vary": ["firms.rd_cost=8,9"] }))] {
        let outcome = run(verb, &with(&[("1", "2"), ("3", "3")]), &options).unwrap();
        assert!(has(&outcome.warnings, "shared.own-links"), "{verb}");
    }
    let outcome = run("solve", &with(&[("1", "2"), ("2", "3")]), &json!({})).unwrap();
    assert!(!has(&outcome.warnings, "shared.own-links"));
}

#[test]
fn of_a_stretch_of_optima_the_cheapest_is_told() {
    let game = json!({
        "market": { "intercept": 100, "slope": 1, "substitution": 0.2 },
        "firms": { "count": 3, "marginal_cost": 30, "rd_cost": 3 },
        "spillover": { "rate": 0.3 },
        "regime": { "timing": "simultaneous" },
    });
    let (outcome, _) = told("policy", &game, &json!({ "instrument": "rd-unit" }));
    assert!(has(&outcome.warnings, "policy.not-unique"), "{:?}", outcome.warnings);
    // By hand: the unit cost is just 0 where R&D is 30 / 1.6 = 18.75; output is then 100 / 2.4, and R&D that of a
    // marginal cost 3 · 18.75 = output + subsidy. From there on the subsidy only moves money.
    let Scalar::Number(subsidy) = *scalar(&outcome, "rd_subsidy_per_unit") else { panic!("no number") };
    assert!((subsidy - (56.25 - 100.0 / 2.4)).abs() < 1e-4, "{subsidy}");
    let (outcome, _) = told("policy", &five(10.0, 0.3, "competition"), &json!({ "instrument": "rd-unit" }));
    assert!(!has(&outcome.warnings, "policy.not-unique"), "{:?}", outcome.warnings);
}

#[test]
fn links_without_a_row_are_told() {
    let game = json!({
        "market": { "intercept": 100, "slope": 1 },
        "firms": { "count": 3, "marginal_cost": 45, "rd_cost": 8 },
        "spillover": { "links": "links.csv" },
    });
    let none = || Values::Text(std::iter::empty::<Option<&str>>().collect());
    let links = Table::empty().with("source", none()).with("target", none());
    let inputs = given(&game).with_table("spillover.links", links);
    for (verb, options) in
        [("solve", json!({})), ("compare", json!({})), ("sweep", json!({ "vary": ["firms.rd_cost=8,9"] }))]
    {
        let outcome = run(verb, &inputs, &options).unwrap();
        assert!(has(&outcome.warnings, "shared.no-links"), "{verb}");
    }
}

#[test]
fn grids_tell_how_many_games_are_solved() {
    let count = |messages: &[Message], key: &str, name: &str| {
        let message = messages.iter().find(|message| message.key == format!("innovate.{key}")).unwrap();
        message.args.iter().find(|(known, _)| *known == name).unwrap().1.clone()
    };
    let game = five(3.0, 0.0, "competition");
    let (_, all) = told("sweep", &game, &json!({ "vary": ["firms.rd_cost=3,4"] }));
    assert_eq!(count(&all, "sweep.finding-points", "points"), Arg::Count(2));
    let (_, some) = told("sweep", &game, &json!({ "vary": ["firms.rd_cost=0.8,3,4"] }));
    assert!(!has(&some, "sweep.finding-points"));
    assert_eq!(count(&some, "sweep.finding-points-some", "solved"), Arg::Count(2));
    assert_eq!(count(&some, "sweep.finding-points-some", "certified"), Arg::Count(2));
    let (_, none) = told("sweep", &game, &json!({ "vary": ["firms.rd_cost=0.3,0.4"] }));
    assert_eq!(count(&none, "sweep.finding-points-none", "points"), Arg::Count(2));
}

#[test]
fn a_single_number_of_firms_has_no_shape() {
    // One firm has a solution at this cost of R&D, two or more have not.
    let (outcome, found) = told("size", &five(0.8, 0.0, "competition"), &json!({ "to": 6 }));
    let [message] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(message.key, "innovate.size.finding-no-shape");
    assert!(!has(&outcome.warnings, "size.no-entry") && !has(&outcome.warnings, "size.entry-at-end"));
    for name in ["rd_total_shape", "welfare_shape", "free_entry_n", "welfare_best_n"] {
        assert!(matches!(scalar(&outcome, name), Scalar::Number(value) if value.is_nan()), "{name}");
    }
    let (_, one) = told("size", &five(8.0, 0.0, "competition"), &json!({ "to": 1 }));
    assert!(one.len() == 1 && has(&one, "size.finding-one"));
    let (_, none) = told("size", &five(0.8, 0.0, "competition"), &json!({ "from": 2, "to": 4 }));
    assert!(none.len() == 1 && has(&none, "size.finding-none"));
}
