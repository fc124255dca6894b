//! The two commands as a front calls them.

use super::*;
use distretto_core::{Context, Estimand, Fault, FigureKind, Focus, Inputs, Intervals, Outcome, Scalar, Values};
use proptest::prelude::*;
use serde_json::{Value, json};

/// An area table; a cell is `(region, industry, low, high)`.
fn table(rows: &[(&str, &str, f64, f64)]) -> Table {
    let (low, high): (Vec<f64>, Vec<f64>) = rows.iter().map(|row| (row.2, row.3)).unzip();
    let suppressed = low.iter().zip(&high).any(|(low, high)| low < high);
    let values = if suppressed { Values::Interval(Intervals { low, high }) } else { Values::Number(low) };
    Table::empty()
        .with_text("region", rows.iter().map(|row| Some(row.0)).collect())
        .with_text("industry", rows.iter().map(|row| Some(row.1)).collect())
        .with("employment", values)
}

fn known(rows: &[(&str, &str, f64)]) -> Table {
    table(&rows.iter().map(|row| (row.0, row.1, row.2, row.2)).collect::<Vec<_>>())
}

fn run(estimand: &Estimand, inputs: &Inputs, options: Value) -> Result<Outcome, Fault> {
    (estimand.run)(inputs, options.as_object().unwrap(), &Context::with_seed(1))
}

fn areas(table: Table) -> Inputs {
    Inputs::default().with_table("areas", table)
}

fn at(outcome: &Outcome, table: &str, column: &str, row: usize) -> f64 {
    outcome.table(table).unwrap().numbers(column).unwrap()[row]
}

fn keys(outcome: &Outcome) -> Vec<&'static str> {
    outcome.warnings.iter().map(|warning| warning.key).collect()
}

fn example() -> Table {
    known(&[
        ("R1", "I1", 500.0),
        ("R1", "I2", 19500.0),
        ("R2", "I1", 500.0),
        ("R2", "I2", 14500.0),
        ("R3", "I1", 1000.0),
        ("R3", "I2", 19000.0),
        ("R4", "I1", 7000.0),
        ("R4", "I2", 33000.0),
        ("R5", "I1", 1000.0),
        ("R5", "I2", 4000.0),
    ])
}

#[test]
fn all_industries_then_one() {
    let outcome = run(&CONCENTRATION, &areas(example()), json!({})).unwrap();
    let table = outcome.table("industries").unwrap();
    let names: Vec<&str> = table.fields().iter().map(|field| field.name.as_str()).collect();
    let expected = [
        "industry",
        "employment",
        "regions",
        "gini",
        "gini_lq",
        "hoover",
        "krugman",
        "theil",
        "hhi",
        "hhi_norm",
        "entropy",
        "n_effective",
        "cr",
        "hannah_kay",
    ];
    assert_eq!(names, expected);
    assert!((at(&outcome, "industries", "gini", 0) - 0.3725).abs() < 1e-12); // oracle measure-gini-textbook
    assert_eq!(at(&outcome, "industries", "regions", 0), 5.0);
    assert!(outcome.table("lorenz").is_none() && outcome.warnings.is_empty());
    let one = run(&CONCENTRATION, &areas(example()), json!({ "industry": ["I1"] })).unwrap();
    assert_eq!(at(&one, "industries", "gini", 0), at(&outcome, "industries", "gini", 0));
    // Lowest quotient first: R1 with 5 % of I1 and 20 % of all.
    let lorenz = one.table("lorenz").unwrap();
    assert_eq!(lorenz.text("region").unwrap().get(0), Some("R1"));
    assert!((lorenz.numbers("share_cumulated").unwrap()[4] - 1.0).abs() < 1e-15);
    let kinds: Vec<FigureKind> = (CONCENTRATION.figures)(&one).iter().map(|figure| figure.kind).collect();
    assert_eq!(kinds, [FigureKind::Lorenz]);
    let focus = Focus { industries: vec!["I1".into()], ..Focus::default() };
    let found: Vec<&str> = (CONCENTRATION.findings)(&one, &focus).iter().map(|finding| finding.key).collect();
    assert_eq!(found, ["measure.concentration.finding-value", "measure.concentration.finding-largest"]);
}

#[test]
fn regions_by_the_same_kernel() {
    let outcome = run(&SPECIALISATION, &areas(example()), json!({ "benchmark": "uniform", "log_base": 2 })).unwrap();
    // R5: 1,000 and 4,000 against halves: Hoover 0.3, entropy in bits of (0.2, 0.8).
    assert!((at(&outcome, "regions", "hoover", 4) - 0.3).abs() < 1e-15);
    let bits = -(0.2 * 0.2_f64.log2() + 0.8 * 0.8_f64.log2());
    assert!((at(&outcome, "regions", "entropy", 4) - bits).abs() < 1e-15);
    assert!((at(&outcome, "regions", "rdi", 4) - 1.0 / 0.6).abs() < 1e-14);
    assert!((at(&outcome, "regions", "hachman", 4) - 1.0 / (2.0 * (0.04 + 0.64))).abs() < 1e-15);
    let one = run(&SPECIALISATION, &areas(example()), json!({ "region": ["R5"] })).unwrap();
    assert_eq!(one.table("lorenz").unwrap().text("industry").unwrap().len(), 2);
    let unknown = run(&SPECIALISATION, &areas(example()), json!({ "region": ["R6"] })).unwrap_err();
    assert!(unknown.message().contains("R6") && unknown.hint().is_some());
}

#[test]
fn area_as_benchmark() {
    let regions = |names: &[&str], area: Vec<f64>| {
        Table::empty().with_text("region", names.iter().map(|&name| Some(name)).collect()).with_numbers("area", area)
    };
    let rows = known(&[("A", "x", 30.0), ("B", "x", 10.0), ("C", "x", 0.0)]);
    let with = |table: Table| areas(rows.clone()).with_table("regions", table);
    let options = json!({ "benchmark": "area" });
    // s = ¾, ¼, 0 against x = ½, ¼, ¼
    let outcome = run(&CONCENTRATION, &with(regions(&["B", "A", "C"], vec![1.0, 2.0, 1.0])), options.clone()).unwrap();
    assert!((at(&outcome, "industries", "hoover", 0) - 0.25).abs() < 1e-15);
    assert_eq!(at(&outcome, "industries", "regions", 0), 3.0);
    // B has jobs but no area: no index.
    let outcome = run(&CONCENTRATION, &with(regions(&["A", "B", "C"], vec![2.0, 0.0, 1.0])), options.clone()).unwrap();
    assert!(at(&outcome, "industries", "gini", 0).is_nan());
    assert!(keys(&outcome).contains(&"measure.spread.outside-benchmark"));
    let lacking = run(&CONCENTRATION, &with(regions(&["A"], vec![2.0])), options.clone()).unwrap_err();
    assert!(lacking.message().contains("region B"));
    assert!(run(&CONCENTRATION, &areas(rows.clone()), options).unwrap_err().hint().unwrap().contains("--regions"));
    let unused = run(&CONCENTRATION, &with(regions(&["A"], vec![2.0])), json!({})).unwrap();
    assert!(keys(&unused).contains(&"measure.concentration.regions-unused"));
}

#[test]
fn degenerate_rows_are_null_and_told() {
    let outcome =
        run(&CONCENTRATION, &areas(known(&[("A", "x", 5.0), ("A", "y", 0.0), ("A", "z", 7.0)])), json!({})).unwrap();
    assert!(at(&outcome, "industries", "hhi_norm", 0).is_nan());
    assert_eq!(at(&outcome, "industries", "hhi", 0), 1.0);
    assert!(at(&outcome, "industries", "hhi", 1).is_nan());
    assert_eq!(keys(&outcome), ["measure.areas.zero-industries", "measure.spread.single-unit"]);
    let same = known(&[("A", "x", 1.0), ("A", "y", 3.0), ("B", "x", 2.0), ("B", "y", 6.0)]);
    let outcome = run(&SPECIALISATION, &areas(same), json!({})).unwrap();
    assert!(at(&outcome, "regions", "rdi", 0).is_nan());
    assert_eq!(keys(&outcome), ["measure.spread.same-structure"]);
    assert!((at(&outcome, "regions", "hachman", 0) - 1.0).abs() < 1e-15);
}

#[test]
fn a_missing_cell_leaves_its_region_out() {
    let rows = known(&[
        ("A", "x", 30.0),
        ("B", "x", 10.0),
        ("C", "x", f64::NAN),
        ("A", "y", 10.0),
        ("B", "y", 10.0),
        ("C", "y", 9.0),
    ]);
    let outcome = run(&CONCENTRATION, &areas(rows), json!({})).unwrap();
    // s = ¾, ¼ against 40, 20 of 60
    assert!((at(&outcome, "industries", "hoover", 0) - (0.75 - 2.0 / 3.0)).abs() < 1e-15);
    assert_eq!(at(&outcome, "industries", "regions", 0), 2.0);
    assert_eq!(at(&outcome, "industries", "regions", 1), 3.0);
}

#[test]
fn suppressed_cells_become_bounds() {
    // oracle measure-hhi-suppressed
    let rows =
        table(&[("A", "x", 100.0, 100.0), ("B", "x", 10.0, 49.0), ("C", "x", 10.0, 49.0), ("T", "x", 160.0, 160.0)]);
    let outcome = run(&CONCENTRATION, &areas(rows.clone()), json!({ "total_label": "T" })).unwrap();
    assert!((at(&outcome, "industries", "hhi_low", 0) - 0.4609375).abs() < 1e-12);
    assert!((at(&outcome, "industries", "hhi_high", 0) - 0.489140625).abs() < 1e-12);
    assert!(at(&outcome, "industries", "hhi", 0).is_nan());
    assert!(at(&outcome, "industries", "gini_high", 0).is_nan());
    assert!(matches!(outcome.summary[1], (_, Scalar::Flag(true))));
    assert!(keys(&outcome).contains(&"measure.spread.open-benchmark"));
    // A uniform benchmark does not depend on the cells: 100, 30, 30 is the least uneven.
    let options = json!({ "total_label": "T", "benchmark": "uniform" });
    let outcome = run(&CONCENTRATION, &areas(rows), options).unwrap();
    assert!((at(&outcome, "industries", "hoover_low", 0) - (100.0 / 160.0 - 1.0 / 3.0)).abs() < 1e-12);
    assert!(at(&outcome, "industries", "gini_high", 0) > at(&outcome, "industries", "gini_low", 0));
    // Without the total there are no bounds.
    let rows = table(&[("A", "x", 100.0, 100.0), ("B", "x", 10.0, 49.0)]);
    let outcome = run(&CONCENTRATION, &areas(rows), json!({})).unwrap();
    assert!(at(&outcome, "industries", "hhi_low", 0).is_nan());
    assert!(keys(&outcome).contains(&"measure.spread.open-total"));
    let rows = table(&[("A", "x", 300.0, 300.0), ("B", "x", 20.0, 99.0), ("T", "x", 480.0, 480.0)]);
    let error = run(&CONCENTRATION, &areas(rows), json!({ "total_label": "T" })).unwrap_err();
    assert!(error.message().contains("total"));
}

/// Totals of regions narrow the cells, and rows without a suppressed cell keep their values as both ends.
#[test]
fn totals_of_both_ways_narrow_the_bounds() {
    let rows = [
        ("A", "x", 20.0, 99.0),
        ("A", "y", 0.0, 1000.0),
        ("B", "x", 0.0, 500.0),
        ("B", "y", 0.0, 1000.0),
        ("A", "z", 5.0, 5.0),
        ("B", "z", 10.0, 10.0),
        ("A", "T", 205.0, 205.0),
        ("B", "T", 610.0, 610.0),
        ("T", "x", 300.0, 300.0),
        ("T", "y", 500.0, 500.0),
        ("T", "z", 15.0, 15.0),
    ];
    let outcome = run(&CONCENTRATION, &areas(table(&rows)), json!({ "total_label": "T" })).unwrap();
    // A,x in 20..99, so B,x in 201..280; x = 205/815, 610/815: the nearest point has 300·205/815 jobs in A.
    assert!(at(&outcome, "industries", "hoover_low", 0).abs() < 1e-12);
    let far = 205.0 / 815.0 - 20.0 / 300.0;
    assert!((at(&outcome, "industries", "hoover_high", 0) - far).abs() < 1e-12);
    assert_eq!(at(&outcome, "industries", "gini_low", 2), at(&outcome, "industries", "gini", 2));
    assert!(at(&outcome, "industries", "gini", 2).is_finite());
    assert_eq!(at(&outcome, "industries", "employment", 0), 300.0);
    let found = (CONCENTRATION.findings)(&outcome, &Focus { industries: vec!["x".into()], ..Focus::default() });
    assert_eq!(found[0].key, "measure.concentration.finding-bounds");
}

#[test]
fn more_cells_than_can_be_enumerated() {
    let codes: Vec<String> = (0..25).map(|r| format!("R{r}")).collect();
    let mut rows: Vec<(&str, &str, f64, f64)> =
        codes.iter().enumerate().map(|(r, code)| (code.as_str(), "x", 1.0, 20.0 + r as f64)).collect();
    rows.push(("T", "x", 400.0, 400.0));
    let options = json!({ "total_label": "T", "benchmark": "uniform" });
    let outcome = run(&CONCENTRATION, &areas(table(&rows)), options).unwrap();
    assert!(matches!(outcome.summary[1], (_, Scalar::Flag(false))));
    assert!(at(&outcome, "industries", "gini_high", 0).is_nan() && at(&outcome, "industries", "gini_low", 0) < 0.5);
    assert!(at(&outcome, "industries", "hhi_high", 0) > at(&outcome, "industries", "hhi_low", 0));
    assert!(keys(&outcome).contains(&"measure.spread.many-cells"));
}

#[test]
fn options_are_checked() {
    for options in [
        json!({ "gini_scale": 2.0 }),
        json!({ "krugman_scale": 3.0 }),
        json!({ "cr": 0 }),
        json!({ "alpha": -1.0 }),
        json!({ "log_base": "3" }),
        json!({ "benchmark": "jobs" }),
        json!({ "industry": ["I3"] }),
    ] {
        assert!(run(&CONCENTRATION, &areas(example()), options.clone()).is_err(), "{options}");
    }
    for base in [json!("2"), json!(2), json!("e"), json!(10)] {
        assert!(run(&CONCENTRATION, &areas(example()), json!({ "log_base": base })).is_ok());
    }
    let names: Vec<String> = (CONCENTRATION.options)().into_iter().map(|spec| spec.name).collect();
    for name in
        ["industry", "benchmark", "gini_scale", "krugman_scale", "log_base", "cr", "alpha", "value", "total_label"]
    {
        assert!(names.iter().any(|other| other == name), "{name}");
    }
}

proptest! {
    /// Rows, columns and scale of the table do not matter; both commands agree on a transposed table.
    #[test]
    fn tables_may_be_turned(values in proptest::collection::vec(0_u16..500, 12), scale in 1_u8..9) {
        let cell = |k: usize| (["A", "B", "C"][k / 4], ["p", "q", "r", "s"][k % 4]);
        let straight: Vec<_> = (0..12).map(|k| (cell(k).0, cell(k).1, f64::from(values[k]))).collect();
        let turned: Vec<_> =
            (0..12).rev().map(|k| (cell(k).1, cell(k).0, f64::from(values[k]) * f64::from(scale))).collect();
        let industries = run(&CONCENTRATION, &areas(known(&straight)), json!({})).unwrap();
        let regions = run(&SPECIALISATION, &areas(known(&turned)), json!({})).unwrap();
        for index in &Index::ALL[..11] {
            let a = industries.table("industries").unwrap().numbers(index.name()).unwrap();
            let b = regions.table("regions").unwrap().numbers(index.name()).unwrap();
            for k in 0..4 {
                prop_assert!(a[k].is_nan() && b[3 - k].is_nan() || (a[k] - b[3 - k]).abs() < 1e-11, "{:?}", index);
            }
        }
    }

    /// A full table whose cells are partly hidden behind intervals, with all its totals: what it really is lies within
    /// the bounds, by both commands.
    #[test]
    fn the_hidden_table_is_within_its_bounds(
        cells in proptest::collection::vec((0_u16..300, proptest::option::of((0_u16..80, 1_u16..200))), 20),
    ) {
        let names = |k: usize| (["A", "B", "C", "D", "E"][k / 4], ["p", "q", "r", "s"][k % 4]);
        let truth: Vec<_> = cells.iter().enumerate().map(|(k, cell)| (names(k).0, names(k).1, f64::from(cell.0))).collect();
        let mut rows: Vec<(&str, &str, f64, f64)> = cells.iter().enumerate().map(|(k, (value, hidden))| {
            let value = f64::from(*value);
            let (below, above) = hidden.map_or((0.0, 0.0), |(below, above)| (f64::from(below), f64::from(above)));
            (names(k).0, names(k).1, (value - below).max(0.0), value + above)
        }).collect();
        let sum = |keep: &dyn Fn(usize) -> bool| (0..20).filter(|&k| keep(k)).map(|k| truth[k].2).sum::<f64>();
        for r in 0..5 {
            let total = sum(&|k| k / 4 == r);
            rows.push((names(4 * r).0, "T", total, total));
        }
        for i in 0..4 {
            let total = sum(&|k| k % 4 == i);
            rows.push(("T", names(i).1, total, total));
        }
        for (command, name) in [(&CONCENTRATION, "industries"), (&SPECIALISATION, "regions")] {
            let real = run(command, &areas(known(&truth)), json!({})).unwrap();
            let hidden = run(command, &areas(table(&rows)), json!({ "total_label": "T" })).unwrap();
            let (real, hidden) = (real.table(name).unwrap(), hidden.table(name).unwrap());
            let ends = |index: Index, end: &str| hidden.numbers(&format!("{}_{end}", index.name()));
            for index in Index::ALL.into_iter().filter(|index| index.has_bounds()) {
                let (Some(value), Some(low), Some(high)) = (real.numbers(index.name()), ends(index, "low"), ends(index, "high")) else { continue };
                for k in 0..value.len() {
                    let slack = 1e-9 * 1.0_f64.max(value[k].abs());
                    let open = index == Index::Rdi && high[k].is_nan();
                    prop_assert!(value[k].is_nan() || low[k] <= value[k] + slack, "{:?} {} {}", index, low[k], value[k]);
                    prop_assert!(value[k].is_nan() || open || value[k] <= high[k] + slack, "{:?} {} {}", index, value[k], high[k]);
                }
            }
        }
    }
}
