//! The estimand as a front calls it.

use super::ESTIMAND;
use distretto_core::{Context, Fault, Focus, Inputs, OptionValues, Outcome, Table, Text, Values};
use serde_json::{Value, json};

/// Rows `region,industry,year,value` separated by blanks; a value may be `low..high` or `-` for an empty cell.
fn table(rows: &str) -> Table {
    let cells: Vec<Vec<&str>> = rows.split_whitespace().map(|row| row.split(',').collect()).collect();
    let text = |k: usize| cells.iter().map(|row| Some(row[k])).collect::<Text>();
    let ends = |row: &Vec<&str>| {
        let parse = |s: &str| s.parse::<f64>().unwrap_or(f64::NAN);
        row[3].split_once("..").map_or((parse(row[3]), parse(row[3])), |(l, h)| (parse(l), parse(h)))
    };
    let (low, high): (Vec<f64>, Vec<f64>) = cells.iter().map(ends).unzip();
    let value = if rows.contains("..") {
        Values::Interval(distretto_core::Intervals { low, high })
    } else {
        Values::Number(low)
    };
    Table::empty()
        .with_text("region", text(0))
        .with_text("industry", text(1))
        .with_numbers("year", cells.iter().map(|row| row[2].parse().unwrap()).collect())
        .with("employment", value)
}

fn run(rows: &str, options: Value) -> Result<Outcome, Fault> {
    let options: OptionValues = options.as_object().unwrap().clone();
    (ESTIMAND.run)(&Inputs::default().with_table("areas", table(rows)), &options, &Context::with_seed(1))
}

fn at(outcome: &Outcome, of: &str, labels: &[&str], column: &str) -> f64 {
    let table = outcome.table(of).unwrap();
    let names = ["region", "industry"];
    let hit =
        |&row: &usize| labels.iter().zip(names).all(|(label, name)| table.text(name).unwrap().get(row) == Some(label));
    let row = (0..table.rows()).find(hit).unwrap();
    table.numbers(column).unwrap()[row]
}

const TWO: &str = "A,x,2000,0 A,x,2010,10 B,x,2000,20 B,x,2010,30 A,y,2000,50 A,y,2010,50 B,y,2000,30 B,y,2010,30";

/// By hand: g = 1/5, g_x = 1, g_y = 0.
#[test]
fn a_base_of_zero_is_regional() {
    let found = run(TWO, json!({})).unwrap();
    for (column, wanted) in [("growth", 10.0), ("national", 10.0), ("industry_mix", -10.0), ("regional", 10.0)] {
        assert!((at(&found, "regions", &["A"], column) - wanted).abs() < 1e-12, "{column}");
    }
    assert_eq!(at(&found, "cells", &["A", "x"], "regional"), 10.0);
    assert!(found.warnings.is_empty());
}

#[test]
fn growth_of_the_nation_is_that_of_all_industries() {
    let found = run(TWO, json!({ "industry": ["x"] })).unwrap();
    assert!((found.number("growth_rate").unwrap() - 0.2).abs() < 1e-15);
    assert_eq!(found.number("industry_growth_rate"), Some(1.0));
    assert!((at(&found, "regions", &["B"], "national") - 4.0).abs() < 1e-12);
    assert!((at(&found, "regions", &["B"], "industry_mix") - 16.0).abs() < 1e-12);
    assert!((at(&found, "regions", &["B"], "regional") + 10.0).abs() < 1e-12);
    assert_eq!(found.table("cells").unwrap().rows(), 2);
}

/// By hand: the nation grows by 1/10 in x; A had 10 of x, now 20.
#[test]
fn a_named_nation_is_no_region() {
    let rows = "US,x,1,100 US,x,2,110 US,y,1,100 US,y,2,110 A,x,1,10 A,x,2,20";
    let found = run(rows, json!({ "nation": "US" })).unwrap();
    assert_eq!(found.table("regions").unwrap().rows(), 1);
    assert!((at(&found, "regions", &["A"], "regional") - 9.0).abs() < 1e-12);
    let fault = run(rows, json!({ "nation": "USA" })).unwrap_err();
    assert!(fault.hint().unwrap().contains("US"), "{fault}");
}

#[test]
fn new_and_ended_industries() {
    let rows = "A,x,1,10 A,x,2,12 A,new,2,5 B,x,1,10 B,x,2,8 B,old,1,4";
    let found = run(rows, json!({})).unwrap();
    assert_eq!(at(&found, "regions", &["A"], "new_industries"), 5.0);
    assert!(at(&found, "cells", &["A", "new"], "industry_mix").is_nan());
    assert!(at(&found, "cells", &["A", "new"], "regional").is_nan());
    assert_eq!(at(&found, "cells", &["A", "new"], "growth"), 5.0);
    assert!(found.warnings.iter().any(|w| w.key == "measure.shift-share.new-industries"));
    for region in ["A", "B"] {
        let part = |column: &str| at(&found, "regions", &[region], column);
        let sum = part("national") + part("industry_mix") + part("regional") + part("new_industries");
        assert!((sum - part("growth")).abs() < 1e-12);
    }
}

#[test]
fn dynamic_sums_the_periods_and_new_industries_grow_later() {
    let rows = "A,x,1,10 A,x,2,12 A,x,3,15 A,n,2,5 A,n,3,10 B,x,1,10 B,x,2,8 B,x,3,8";
    let found = run(rows, json!({ "method": "dynamic" })).unwrap();
    assert_eq!(at(&found, "cells", &["A", "n"], "new_industries"), 5.0);
    assert!((at(&found, "cells", &["A", "n"], "regional")).abs() < 1e-12);
    let part = |column: &str| at(&found, "regions", &["A"], column);
    let sum = part("national") + part("industry_mix") + part("regional") + part("new_industries");
    assert!((sum - 15.0).abs() < 1e-12 && part("growth") == 15.0);
    // The middle year does not count for Dunn.
    let dunn = run(rows, json!({})).unwrap();
    assert_eq!(at(&dunn, "cells", &["A", "n"], "new_industries"), 10.0);
}

#[test]
fn a_missing_cell_is_left_out_of_both_years() {
    let rows = "A,x,1,10 A,x,2,12 A,y,1,- A,y,2,5 B,x,1,10 B,x,2,8 B,y,1,3 B,y,2,6";
    let found = run(rows, json!({})).unwrap();
    assert!(at(&found, "cells", &["A", "y"], "growth").is_nan());
    assert_eq!(at(&found, "regions", &["A"], "growth"), 2.0);
    // E: 23 to 26 without the cell.
    assert!((found.number("growth_rate").unwrap() - 3.0 / 23.0).abs() < 1e-15);
    assert!(found.warnings.iter().any(|w| w.key == "measure.shift-share.missing"));
}

#[test]
fn suppressed_cells_make_parts_unknown() {
    let rows = "A,x,1,10 A,x,2,5..9 B,x,1,10 B,x,2,8 A,y,1,5 A,y,2,6 B,y,1,5 B,y,2,6";
    let found = run(rows, json!({})).unwrap();
    assert!(at(&found, "regions", &["A"], "growth").is_nan());
    assert_eq!(at(&found, "regions", &["B"], "growth"), -1.0);
    assert!(at(&found, "regions", &["B"], "national").is_nan());
    // The nation's y is known: regional parts of y are.
    assert_eq!(at(&found, "cells", &["A", "y"], "regional"), 0.0);
    assert!(found.warnings.iter().any(|w| w.key == "measure.shift-share.suppressed"));
    let imputed = run(rows, json!({ "impute": "midpoint" })).unwrap();
    assert_eq!(at(&imputed, "regions", &["A"], "growth"), -2.0);
    assert!(imputed.warnings.iter().any(|w| w.key.contains("imputed")));
}

#[test]
fn known_totals_rescue_what_they_determine() {
    let rows = "A,x,1,10 A,x,2,5..9 B,x,1,10 B,x,2,8 A,y,1,5 A,y,2,6..9 B,y,1,5 B,y,2,6 \
                A,T,1,15 A,T,2,14 B,T,1,15 B,T,2,14 T,x,1,20 T,x,2,15 T,y,1,10 T,y,2,13 T,T,1,30 T,T,2,28";
    let found = run(rows, json!({ "total_label": "T" })).unwrap();
    assert_eq!(at(&found, "regions", &["A"], "growth"), -1.0);
    assert!((at(&found, "regions", &["A"], "national") + 1.0).abs() < 1e-12);
    assert!(at(&found, "regions", &["A"], "regional").is_nan());
    assert!(at(&found, "regions", &["B"], "regional").is_finite());
}

#[test]
fn years_are_checked() {
    for (rows, options) in [
        ("A,x,2000,1", json!({})),
        (TWO, json!({ "from": 2001 })),
        (TWO, json!({ "from": 2010, "to": 2000 })),
        (TWO, json!({ "from": 2010 })),
    ] {
        let fault = run(rows, options).unwrap_err();
        assert!(fault.message().contains("year"), "{fault}");
    }
    let without = Table::empty()
        .with_text("region", [Some("A")].into_iter().collect())
        .with_text("industry", [Some("x")].into_iter().collect())
        .with_numbers("employment", vec![1.0]);
    let inputs = Inputs::default().with_table("areas", without);
    let fault = (ESTIMAND.run)(&inputs, &OptionValues::new(), &Context::with_seed(1)).unwrap_err();
    assert!(fault.message().contains("year"), "{fault}");
}

#[test]
fn methods_show_their_own_columns() {
    let gerfin = run(TWO, json!({ "method": "gerfin" })).unwrap();
    let part = |column: &str| at(&gerfin, "regions", &["B"], column);
    assert!((part("industry_factor") * part("regional_factor") - part("total_factor")).abs() < 1e-12);
    assert!(gerfin.table("regions").unwrap().field("national").is_none());
    let esteban = run(TWO, json!({ "method": "esteban" })).unwrap();
    assert_eq!(at(&esteban, "cells", &["A", "x"], "allocation"), 10.0);
    assert!(esteban.warnings.iter().any(|w| w.key == "measure.shift-share.cells-without-rate"));
}

#[test]
fn findings_and_figures_come_from_the_outcome() {
    for method in ["dunn", "esteban", "gerfin", "dynamic"] {
        let found = run(TWO, json!({ "method": method, "industry": ["x"] })).unwrap();
        let focus = Focus { regions: vec!["A".into()], ..Focus::default() };
        let said = (ESTIMAND.findings)(&found, &focus);
        assert!((2..=6).contains(&said.len()), "{method} {said:?}");
        assert_eq!((ESTIMAND.figures)(&found).len(), 1);
    }
}
