use super::*;
use crate::areas::Nested;
use distretto_core::{Intervals, parse_options};
use proptest::prelude::*;
use serde_json::json;

fn codes(kind: &str, n: usize) -> Vec<String> {
    (0..n).map(|k| format!("{kind}{k}")).collect()
}

fn areas(regions: usize, industries: usize, values: Vec<f64>) -> Areas {
    Areas::from_values(codes("r", regions), codes("i", industries), values, Nested::Keep).unwrap()
}

fn options(values: serde_json::Value) -> LqOptions {
    parse_options(values.as_object().unwrap()).unwrap()
}

fn of(areas: &Areas, values: serde_json::Value) -> LqResult {
    location_quotient(LqData { areas, proximity: None, plants: None }, &options(values), 1).unwrap()
}

fn has(result: &LqResult, key: &str) -> bool {
    result.notes.iter().any(|note| note.key == key)
}

#[test]
fn one_region_is_one_and_has_no_test() {
    let result = of(&areas(1, 2, vec![3.0, 4.0]), json!({}));
    assert_eq!(result.lq, [1.0, 1.0]);
    assert!(result.z.iter().chain(&result.low).chain(&result.z_lq).all(|value| value.is_nan()));
    assert!(has(&result, "measure.lq.no-test") && has(&result, "measure.lq.no-spread"));
    assert_eq!(result.specialised, [Some(true), Some(true)]);
    assert_eq!(of(&areas(1, 1, vec![3.0]), json!({ "strict": true })).specialised, [Some(false)]);
}

#[test]
fn one_industry_restricts_rows_but_not_totals() {
    let table = areas(3, 3, vec![5.0, 9.0, 2.0, 1.0, 8.0, 3.0, 7.0, 7.0, 7.0]);
    let (all, one) = (of(&table, json!({})), of(&table, json!({ "industry": ["i1"] })));
    assert_eq!(one.lq, [all.lq[1], all.lq[4], all.lq[7]]);
    assert_eq!(one.p_value, [all.p_value[1], all.p_value[4], all.p_value[7]]);
    // By Bonferroni the family shows: 3 tests, not 9.
    let bonferroni = of(&table, json!({ "industry": ["i1"], "p_adjust": "bonferroni" }));
    assert_eq!(bonferroni.q_value[0], (3.0 * one.p_value[0]).min(1.0));
}

#[test]
fn advice_about_jobs() {
    let table = areas(2, 2, vec![3.0, 4.0, 5.0, 6.0]);
    assert!(has(&of(&table, json!({})), "measure.lq.jobs"));
    assert!(!has(&of(&table, json!({ "deff": 2.0 })), "measure.lq.jobs"));
    assert!(!has(&of(&table, json!({ "interval": "none" })), "measure.lq.jobs"));
    assert!(!has(&of(&table, json!({ "value": "establishments" })), "measure.lq.jobs"));
    assert!(has(&of(&table, json!({ "interval": "bootstrap", "deff": 2.0 })), "measure.lq.bootstrap-deff"));
    assert!(has(&of(&table, json!({ "deff": 0.5 })), "measure.lq.small-deff"));
    assert!(!has(&of(&table, json!({})), "measure.lq.small-deff"));
}

#[test]
fn wrong_options_are_told() {
    let table = areas(2, 2, vec![3.0, 4.0, 5.0, 6.0]);
    let fail = |values| {
        let data = LqData { areas: &table, proximity: None, plants: None };
        location_quotient(data, &options(values), 1).unwrap_err().to_string()
    };
    assert!(fail(json!({ "interval": "bootstrap", "nsim": 10 })).contains("number of simulations"));
    assert!(fail(json!({ "deff": 0.0 })).contains("design effect"));
    assert!(fail(json!({ "level": 1.0 })).contains("level"));
    assert!(fail(json!({ "industry": ["i9"] })).contains("i9"));
}

/// The count of 12 among 100 is large enough for all methods to agree roughly; the draws are fixed by the seed.
#[test]
fn bootstrap_is_near_the_delta_interval_and_fixed_by_the_seed() {
    let values = vec![240.0, 600.0, 160.0, 1000.0, 100.0, 1200.0, 440.0, 260.0, 800.0, 180.0, 620.0, 400.0];
    let table = areas(3, 4, values);
    let (boot, delta) = (of(&table, json!({ "interval": "bootstrap" })), of(&table, json!({ "interval": "delta" })));
    assert!((boot.low[0] - delta.low[0]).abs() < 0.03 && (boot.high[0] - delta.high[0]).abs() < 0.03);
    let again = of(&table, json!({ "interval": "bootstrap" }));
    assert_eq!((boot.low, boot.high), (again.low, again.high));
}

#[test]
fn plants_are_resampled_within_regions() {
    let rows: Vec<(&str, &str, f64)> =
        [("r0", "i0", 40), ("r0", "i0", 5), ("r0", "i1", 30), ("r1", "i0", 10), ("r1", "i1", 70)]
            .map(|(r, i, size)| (r, i, f64::from(size)))
            .to_vec();
    let table = areas(2, 2, vec![45.0, 30.0, 10.0, 70.0]);
    let plants = Table::empty()
        .with_text("region", rows.iter().map(|row| Some(row.0)).collect())
        .with_text("industry", rows.iter().map(|row| Some(row.1)).collect())
        .with_numbers("size", rows.iter().map(|row| row.2).collect());
    let plants = Plants::read(&plants, &table).unwrap();
    let data = LqData { areas: &table, proximity: None, plants: Some(&plants) };
    let result = location_quotient(data, &options(json!({ "interval": "bootstrap" })), 1).unwrap();
    assert!(!has(&result, "measure.lq.plants-differ") && !has(&result, "measure.lq.jobs"));
    // With three plants in r0 some resamples hold none of i0, and some nothing else.
    assert_eq!(result.low[0], 0.0);
    assert!(result.high[0] > result.lq[0]);
}

fn plant_table(rows: &[(&str, &str)]) -> Table {
    Table::empty()
        .with_text("region", rows.iter().map(|row| Some(row.0)).collect())
        .with_text("industry", rows.iter().map(|row| Some(row.1)).collect())
}

/// All of i0 lies in r0: every method but the profile likelihood would give an interval of width 0 or one that does not
/// know how often the industry is missed elsewhere.
#[test]
fn an_industry_in_one_region_has_a_profile_interval_only() {
    let table = areas(2, 2, vec![5.0, 25.0, 0.0, 70.0]);
    for interval in ["delta", "fieller", "bootstrap"] {
        let result = of(&table, json!({ "interval": interval }));
        for cell in [0, 2] {
            assert!(result.low[cell].is_nan() && result.high[cell].is_nan(), "{interval} {cell}");
        }
        assert!(!result.low[1].is_nan() && !result.low[3].is_nan());
        let count = |key| {
            let note = result.notes.iter().find(|note| note.key == key).unwrap();
            note.args.iter().any(|arg| arg.0 == "count" && arg.1 == distretto_core::Arg::Count(1))
        };
        assert!(count("measure.lq.no-interval") && count("measure.lq.zero-cells-interval"), "{interval}");
    }
    let profile = of(&table, json!({ "interval": "profile" }));
    assert!(!has(&profile, "measure.lq.no-interval") && !has(&profile, "measure.lq.zero-cells-interval"));
    assert!(
        profile.low[0] < profile.lq[0]
            && (profile.high[0] / profile.lq[0] - 1.0).abs() < 1e-14
            && profile.high[2] > 0.0
    );
    let rows = [("r0", "i0"), ("r0", "i0"), ("r0", "i1"), ("r0", "i1"), ("r1", "i1"), ("r1", "i1")];
    let plants = plant_table(&rows).with_numbers("employment", vec![2.0, 3.0, 5.0, 20.0, 30.0, 40.0]);
    let plants = Plants::read(&plants, &table).unwrap();
    let data = LqData { areas: &table, proximity: None, plants: Some(&plants) };
    let result = location_quotient(data, &options(json!({ "interval": "bootstrap" })), 1).unwrap();
    assert!(result.low[0].is_nan() && result.high[2].is_nan() && result.low[1] < result.lq[1]);
    assert!(has(&result, "measure.lq.no-interval") && !has(&result, "measure.lq.plants-differ"));
}

/// `size`, else `employment`, else equal; a plant without size is left out.
#[test]
fn sizes_of_plants_are_those_of_every_estimand() {
    let rows = [("r0", "i0"), ("r0", "i1"), ("r1", "i0"), ("r1", "i1"), ("r1", "i1")];
    let sizes = vec![45.0, 30.0, 10.0, 70.0, f64::NAN];
    let table = areas(2, 2, vec![45.0, 30.0, 10.0, 70.0]);
    let run = |plants: &Table| {
        let plants = Plants::read(plants, &table).unwrap();
        let data = LqData { areas: &table, proximity: None, plants: Some(&plants) };
        location_quotient(data, &options(json!({ "interval": "bootstrap" })), 1).unwrap()
    };
    let (size, employment) = (
        run(&plant_table(&rows).with_numbers("size", sizes.clone())),
        run(&plant_table(&rows).with_numbers("employment", sizes.clone())),
    );
    assert_eq!((size.low[0].to_bits(), size.high[3]), (employment.low[0].to_bits(), employment.high[3]));
    assert!(has(&employment, "measure.lq.without-size") && !has(&employment, "measure.lq.plants-differ"));
    let equal = run(&plant_table(&rows));
    assert!(has(&equal, "measure.lq.equal-plants") && has(&equal, "measure.lq.plants-differ"));
    let zero = plant_table(&rows).with_numbers("employment", vec![45.0, 30.0, 0.0, 70.0, 1.0]);
    assert!(matches!(Plants::read(&zero, &table), Err(LqError::Plants(_))));
    assert!(matches!(Plants::read(&plant_table(&[("r0", "i9")]), &table), Err(LqError::Unknown { .. })));
    assert!(matches!(Plants::read(&plant_table(&[("r9", "i0")]), &table), Err(LqError::Plants(_))));
}

/// A table with intervals and those totals of `truth` that `given` names: regions, industries, all.
fn suppressed(low: &[f64], high: &[f64], regions: usize, totals: Option<(&[f64], &[bool])>) -> Areas {
    let width = low.len() / regions;
    let mut rows: Vec<(String, String, f64, f64)> = Vec::new();
    for (cell, (&low, &high)) in low.iter().zip(high).enumerate() {
        rows.push((format!("r{}", cell / width), format!("i{}", cell % width), low, high));
    }
    if let Some((truth, given)) = totals {
        for region in 0..regions {
            let total = truth[region * width..(region + 1) * width].iter().sum();
            if given[region] {
                rows.push((format!("r{region}"), "all".into(), total, total));
            }
        }
        for industry in 0..width {
            let total = (0..regions).map(|region| truth[region * width + industry]).sum();
            if given[regions + industry] {
                rows.push(("all".into(), format!("i{industry}"), total, total));
            }
        }
        if given[regions + width] {
            let total = truth.iter().sum();
            rows.push(("all".into(), "all".into(), total, total));
        }
    }
    let ends = Intervals { low: rows.iter().map(|r| r.2).collect(), high: rows.iter().map(|r| r.3).collect() };
    let table = Table::empty()
        .with_text("region", rows.iter().map(|r| Some(&r.0)).collect())
        .with_text("industry", rows.iter().map(|r| Some(&r.1)).collect())
        .with("employment", Values::Interval(ends));
    let options = crate::areas::AreaOptions { total_label: Some("all".into()), ..Default::default() };
    Areas::read(&table, &options).unwrap()
}

proptest! {
    #[test]
    fn order_of_rows_does_not_matter(values in prop::collection::vec(0.0f64..100.0, 12), turn in 1usize..4) {
        let table = areas(4, 3, values.clone());
        let mut turned = values;
        turned.rotate_left(3 * turn);
        let (a, b) = (of(&table, json!({})), of(&areas(4, 3, turned), json!({})));
        for cell in 0..12 {
            let (x, y) = (a.lq[(cell + 3 * turn) % 12], b.lq[cell]);
            prop_assert!(x.is_nan() && y.is_nan() || (x - y).abs() <= 1e-12 * x.abs(), "{x} {y}");
        }
    }

    #[test]
    fn shares_weighted_quotients_average_to_one(values in prop::collection::vec(0.1f64..100.0, 12)) {
        let table = areas(4, 3, values);
        let result = of(&table, json!({ "interval": "none" }));
        for industry in 0..3 {
            let mean: f64 = (0..4).map(|r| table.region_total(r).value() / table.total().value() * result.lq[3 * r + industry]).sum();
            prop_assert!((mean - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn a_region_alone_is_its_own_neighbourhood(values in prop::collection::vec(0.0f64..100.0, 12)) {
        let table = areas(4, 3, values);
        let places = Table::empty().with_text("region", table.regions().iter().map(Some).collect())
            .with_numbers("x", vec![0.0, 1.0, 2.0, 3.0]).with_numbers("y", vec![0.0; 4]);
        let inputs = Inputs::default().with_table("regions", places);
        let alone = Proximity::from_inputs(&table, Some("knn:0"), &inputs).unwrap();
        let data = LqData { areas: &table, proximity: alone.as_ref(), plants: None };
        let result = location_quotient(data, &options(json!({ "interval": "none" })), 1).unwrap();
        for (near, lq) in result.proximity.unwrap().iter().zip(&result.lq) {
            prop_assert!(near.is_nan() && lq.is_nan() || (near - lq).abs() <= 1e-12 * lq.abs());
        }
    }

    /// Every table within the intervals (and with the totals of one of them) has its quotients within the bounds.
    #[test]
    fn bounds_hold_the_quotients_of_feasible_tables(
        truth in prop::collection::vec(0.0f64..100.0, 9),
        widths in prop::collection::vec((prop::bool::ANY, 0.0f64..40.0, 0.0f64..40.0), 9),
        given in prop::collection::vec(prop::bool::ANY, 7),
        every in prop::bool::ANY,
    ) {
        let low: Vec<f64> = truth.iter().zip(&widths).map(|(v, w)| if w.0 { (v - w.1).max(0.0) } else { *v }).collect();
        let high: Vec<f64> = truth.iter().zip(&widths).map(|(v, w)| if w.0 { v + w.2 } else { *v }).collect();
        let given = if every { vec![true; 7] } else { given };
        let table = suppressed(&low, &high, 3, Some((truth.as_slice(), given.as_slice())));
        prop_assume!(table.has_intervals());
        let (lows, highs) = of(&table, json!({})).bounds.unwrap();
        let known = of(&areas(3, 3, truth), json!({}));
        for cell in 0..9 {
            let lq = known.lq[cell];
            if lq.is_nan() || lows[cell].is_nan() {
                continue;
            }
            prop_assert!(lows[cell] <= lq + 1e-9 && lq <= highs[cell] + 1e-9, "{} {lq} {}", lows[cell], highs[cell]);
        }
    }
}

/// Without totals the bounds are attained: the best of a fine grid over all intervals comes near.
#[test]
fn bounds_without_totals_are_sharp() {
    let (low, high) = (vec![5.0, 10.0, 3.0, 40.0], vec![60.0, 10.0, 8.0, 40.0]);
    let (lows, highs) = of(&suppressed(&low, &high, 2, None), json!({})).bounds.unwrap();
    let (mut least, mut most) = (f64::INFINITY, 0.0f64);
    for i in 0..=1000 {
        for j in 0..=50 {
            let c = 5.0 + 55.0 * f64::from(i) / 1000.0;
            let b = 3.0 + 5.0 * f64::from(j) / 50.0;
            let lq = c * (c + b + 50.0) / ((c + 10.0) * (c + b));
            (least, most) = (least.min(lq), most.max(lq));
        }
    }
    assert!((lows[0] - least).abs() < 1e-9, "{} {least}", lows[0]);
    assert!(highs[0] >= most && highs[0] - most < 1e-4, "{} {most}", highs[0]);
}

/// Without totals the bounds are attained; with them that is certain only where nothing is left open.
#[test]
fn bounds_say_whether_they_are_attained() {
    let truth = [30.0, 10.0, 3.0, 40.0];
    let (low, high) = ([5.0, 10.0, 3.0, 40.0], [60.0, 10.0, 8.0, 40.0]);
    let exact = |given: Option<&[bool]>| {
        let table = suppressed(&low, &high, 2, given.map(|given| (&truth[..], given)));
        of(&table, json!({})).bounds_exact
    };
    assert!(exact(None));
    assert!(!exact(Some(&[false, false, true, false, false])));
    // Both totals of the regions pin both cells.
    assert!(exact(Some(&[true, true, false, false, false])));
}

#[test]
fn threads_do_not_change_a_bit() {
    let values: Vec<f64> = (0..40 * 30).map(|k| ((k * 7919) % 211) as f64).collect();
    let table = areas(40, 30, values);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let result = of(&table, json!({ "interval": "bootstrap", "nsim": 39, "cutoff": "bootstrap" }));
            let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            let cutoffs: Vec<f64> = result.standards.iter().map(|s| s.cutoff).collect();
            [bits(&result.low), bits(&result.high), bits(&result.q_value), bits(&result.z_lq), bits(&cutoffs)]
        })
    };
    assert_eq!(run(1), run(3));
}
