//! The estimand as a front calls it, and identities of its formulas.

use super::{CoagglomerationOptions, ESTIMAND, Locations, coagglomeration};
use crate::ellison_glaeser::{Benchmark, Plants, csv};
use distretto_core::{Arg, Context, Fault, Focus, Inputs, OptionValues, Outcome};
use proptest::prelude::*;
use serde_json::{Value, json};

fn run(inputs: &[(&str, &str)], options: Value) -> Result<Outcome, Fault> {
    let options: OptionValues = options.as_object().unwrap().clone();
    let inputs = inputs.iter().fold(Inputs::default(), |all, (name, text)| all.with_table(name, csv(text)));
    (ESTIMAND.run)(&inputs, &options, &Context::with_seed(1))
}

fn pair(outcome: &Outcome, a: &str, b: &str, column: &str) -> f64 {
    let table = outcome.table("pairs").unwrap();
    let is = |name: &str, row: usize, label: &str| table.text(name).unwrap().get(row) == Some(label);
    let row = (0..table.rows()).find(|&row| is("industry_a", row, a) && is("industry_b", row, b)).unwrap();
    table.numbers(column).unwrap()[row]
}

fn warns(outcome: &Outcome, name: &str) -> bool {
    outcome.warnings.iter().any(|warning| warning.key.ends_with(name))
}

const PLANTS: &str = "id,region,industry,size a,A,x,50 b,A,x,25 c,B,x,25 d,A,y,40 e,B,y,60";
const AREAS: &str = "region,industry,employment A,all,500 B,all,500";

/// By hand: s_x = (0.75, 0.25), s_y = (0.4, 0.6), x = (0.5, 0.5): (0.25·(−0.1) + (−0.25)·0.1)/0.5 = −0.1.
#[test]
fn pair_and_group_by_hand() {
    let found = run(&[("plants", PLANTS), ("areas", AREAS)], json!({})).unwrap();
    assert!((pair(&found, "x", "y", "gamma_c") + 0.1).abs() < 1e-15);
    assert!((found.number("gamma_c").unwrap() + 0.1).abs() < 1e-15);
}

/// A residual row leaves the pairs and the group, not the totals: γ of the others stays what it is.
#[test]
fn excluded_industries_have_no_pairs() {
    let areas = "region,industry,employment A,x,75 B,x,25 A,y,40 B,y,60 A,rest,385 B,rest,415";
    let all = run(&[("plants", areas)], json!({})).unwrap();
    let found = run(&[("plants", areas)], json!({ "exclude": ["rest"] })).unwrap();
    assert_eq!((all.table("pairs").unwrap().rows(), found.table("pairs").unwrap().rows()), (3, 1));
    assert_eq!(pair(&found, "x", "y", "gamma_c"), pair(&all, "x", "y", "gamma_c"));
    assert_eq!(found.number("industries"), Some(2.0));
    assert!((found.number("gamma_c").unwrap() + 0.1).abs() < 1e-15); // of two, the group is the pair
    let fault = run(&[("plants", areas)], json!({ "exclude": ["rset"] })).unwrap_err();
    assert_eq!(fault.hint(), Some("did you mean rest?"));
}

#[test]
fn areas_alone_suffice() {
    let areas = "region,industry,employment A,x,75 A,y,40 A,z,385 B,x,25 B,y,60 B,z,415";
    let found = run(&[("plants", areas)], json!({})).unwrap();
    assert!((pair(&found, "x", "y", "gamma_c") + 0.1).abs() < 1e-15);
    assert_eq!(found.table("pairs").unwrap().rows(), 3);
    let fault = run(&[("plants", areas)], json!({ "nsim": 99 })).unwrap_err();
    assert!(fault.message().contains("nsim"), "{fault}");
    let one = run(&[("plants", areas)], json!({ "industry": ["x"] })).unwrap();
    assert_eq!(one.table("pairs").unwrap().rows(), 2);
    assert_eq!(one.number("gamma_c"), found.number("gamma_c"));
}

#[test]
fn suppressed_industries_have_no_pairs() {
    let areas = "region,industry,employment A,x,75 A,y,40 A,z,300..400 B,x,25 B,y,60 B,z,400..500 \
                 A,T,500 B,T,500 T,x,100 T,y,100 T,z,800 T,T,1000";
    let found = run(&[("plants", areas)], json!({ "total_label": "T" })).unwrap();
    assert!((pair(&found, "x", "y", "gamma_c") + 0.1).abs() < 1e-15);
    assert!(pair(&found, "x", "z", "gamma_c").is_nan());
    assert!(found.number("gamma_c").is_none() && warns(&found, "unknown-industries"));
    let open = "region,industry,employment A,x,75 A,y,40..60 B,x,25 B,y,60";
    let found = run(&[("plants", open)], json!({})).unwrap();
    assert!(found.number("gamma_c").is_none() && warns(&found, "open-shares"));
    assert!(pair(&found, "x", "y", "gamma_c").is_nan());
    let zero = "region,industry,employment A,x,75 A,y,40 A,z,0 B,x,25 B,y,60";
    let found = run(&[("plants", zero)], json!({})).unwrap();
    assert!(pair(&found, "x", "z", "gamma_c").is_nan() && found.number("gamma_c").is_some());
}

#[test]
fn groups_are_listed() {
    let group = "industry,group x,one y,one y,two q,two";
    let found = run(&[("plants", PLANTS), ("areas", AREAS), ("group", group)], json!({})).unwrap();
    let groups = found.table("groups").unwrap();
    assert_eq!(groups.numbers("industries").unwrap(), [2.0, 1.0]);
    let gamma = groups.numbers("gamma_c").unwrap();
    assert!((gamma[0] + 0.1).abs() < 1e-15 && gamma[1].is_nan());
    assert!(warns(&found, "small-groups") && warns(&found, "unmatched"));
}

/// Two industries of one plant each over two equal regions: together or apart with probability ½, so every p is 1.
#[test]
fn a_coin_is_not_significant() {
    let plants = "id,region,industry a,A,y b,A,x";
    let found = run(&[("plants", plants), ("areas", AREAS)], json!({ "nsim": 999 })).unwrap();
    assert_eq!(found.table("pairs").unwrap().text("industry_a").unwrap().get(0), Some("x"));
    assert_eq!(pair(&found, "x", "y", "gamma_c"), 1.0);
    assert!(pair(&found, "x", "y", "p_sim") > 0.9);
}

#[test]
fn threads_change_nothing() {
    let plants: String = (0..200).map(|k| format!(" {k},r{},i{},{}", k * k % 7, k % 9, k % 13 + 1)).collect();
    let plants = format!("id,region,industry,size{plants}");
    let p = || run(&[("plants", &plants)], json!({ "nsim": 99 })).unwrap();
    let pool = |n| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
    let (one, three) = (pool(1).install(p), pool(3).install(p));
    assert_eq!(one, three);
    assert_eq!(one.table("pairs").unwrap().rows(), 36);
}

#[test]
fn findings_and_figures_come_from_the_outcome() {
    let plants = "id,region,industry,size a,A,x,50 b,A,x,25 c,B,x,25 d,A,y,40 e,B,y,60 f,B,z,4 g,B,z,5";
    let found = run(&[("plants", plants), ("areas", AREAS)], json!({ "nsim": 99 })).unwrap();
    let focus = Focus { industries: vec!["y".into()], ..Focus::default() };
    for focus in [Focus::default(), focus] {
        assert!((2..=6).contains(&(ESTIMAND.findings)(&found, &focus).len()));
    }
    assert_eq!((ESTIMAND.figures)(&found).len(), 1);
}

/// The finding counts at the level and by the adjustment that were asked for, and says both.
#[test]
fn the_finding_says_its_level_and_adjustment() {
    let plants: String =
        (0..60).map(|k| format!(" {k},{},{},1", ["A", "B"][k / 3 % 2 * k % 2], ["x", "y", "z"][k % 3])).collect();
    let plants = format!("id,region,industry,size{plants}");
    for (word, key) in [
        ("bh", "finding-discoveries"),
        ("by", "finding-discoveries"),
        ("holm", "finding-family"),
        ("bonferroni", "finding-family"),
        ("none", "finding-unadjusted"),
    ] {
        let options = json!({ "nsim": 199, "level": 0.9, "p_adjust": word });
        let found = run(&[("plants", &plants), ("areas", AREAS)], options).unwrap();
        let said = (ESTIMAND.findings)(&found, &Focus::default());
        let last = said.last().unwrap();
        assert!(last.key.ends_with(key), "{last:?}");
        assert!(last.args.contains(&("rate", Arg::Number(0.1))), "{last:?}");
        let q = found.table("pairs").unwrap().numbers("q_value").unwrap().iter().filter(|q| **q <= 0.1).count();
        let named = |name: &str| last.args.iter().find(|arg| arg.0 == name).map(|arg| arg.1.clone());
        let count = |name: &str| match named(name) {
            Some(Arg::Count(count)) => count,
            other => panic!("{other:?}"),
        };
        assert_eq!(count("together") + count("apart"), q);
    }
}

/// Plants of random industries in random regions, and shares of the regions.
fn places() -> impl Strategy<Value = (Vec<(usize, usize, f64)>, Vec<f64>)> {
    let plant = (0..4usize, 0..5usize, 1.0f64..1e3);
    (proptest::collection::vec(plant, 4..40), proptest::collection::vec(1.0f64..100.0, 5))
}

fn located(plants: &[(usize, usize, f64)], totals: &[f64]) -> (Plants, Locations) {
    let rows: String = plants.iter().enumerate().map(|(k, (i, r, size))| format!(" {k},r{r},i{i},{size}")).collect();
    let read = Plants::read(&csv(&format!("id,region,industry,size{rows}")), &["region".to_owned()], None).unwrap();
    let regions: Vec<String> = (0..5).map(|r| format!("r{r}")).collect();
    let locations = Locations::of_plants(&read, &regions, Benchmark::new(totals).unwrap()).unwrap();
    (read, locations)
}

proptest! {
    /// The group formula with its Herfindahl terms, the weighted mean of pairs, and the pair formula agree.
    #[test]
    fn group_formula_is_the_weighted_mean_of_pairs((plants, totals) in places()) {
        let (read, locations) = located(&plants, &totals);
        let n = read.industries().len();
        prop_assume!(n > 1);
        let all: Vec<usize> = (0..n).collect();
        let pairs = coagglomeration(&locations, &all, &CoagglomerationOptions::default(), &Context::with_seed(1)).unwrap();
        let weight = |i: usize| locations.weights[i] / locations.weights.iter().sum::<f64>();
        let mean: f64 = pairs.iter().map(|p| 2.0 * weight(p.industry_a) * weight(p.industry_b) * p.gamma_c).sum();
        let apart = 1.0 - all.iter().map(|&i| weight(i).powi(2)).sum::<f64>();
        let group = locations.group(&all);
        prop_assert!((group - mean / apart).abs() < 1e-10, "{group} {mean} {apart}");
        let first = &pairs[0];
        let two = locations.group(&[first.industry_a, first.industry_b]);
        prop_assert!((two - first.gamma_c).abs() < 1e-12 * first.gamma_c.abs().max(1.0), "{two} {}", first.gamma_c);
    }

    #[test]
    fn order_of_plants_does_not_matter((plants, totals) in places()) {
        let (read, locations) = located(&plants, &totals);
        let mut turned = plants.clone();
        turned.reverse();
        let (other, moved) = located(&turned, &totals);
        for (i, code) in read.industries().iter().enumerate() {
            let j = other.industries().iter().position(|c| c == code).unwrap();
            for r in 0..5 {
                prop_assert!((locations.deviations.at(i, r) - moved.deviations.at(j, r)).abs() < 1e-12);
            }
        }
    }
}
