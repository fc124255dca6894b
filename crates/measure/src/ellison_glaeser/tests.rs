//! The estimand as a front calls it.

use super::ESTIMAND;
use distretto_core::{Context, Fault, Focus, Inputs, Intervals, OptionValues, Outcome, Scalar, Table, Text, Values};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A table from text: a header, then rows, cells by commas. A column is numbers when every cell is empty, a number or
/// an interval.
pub(crate) fn csv(text: &str) -> Table {
    let mut lines = text.split_whitespace();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    let labels = ["id", "region", "state", "industry", "group"];
    let mut table = Table::empty();
    for (column, name) in header.iter().enumerate() {
        let cells: Vec<&str> = rows.iter().map(|row| row[column]).collect();
        table = if labels.contains(name) {
            table.with_text(name, cells.iter().map(|&cell| Some(cell)).collect::<Text>())
        } else {
            table.with(name, numbers(&cells))
        };
    }
    table
}

fn numbers(cells: &[&str]) -> Values {
    let number = |cell: &str| cell.parse().unwrap_or(f64::NAN);
    let ends =
        |cell: &&str| cell.split_once("..").map_or((number(cell), number(cell)), |(l, h)| (number(l), number(h)));
    let (low, high): (Vec<f64>, Vec<f64>) = cells.iter().map(ends).unzip();
    if cells.iter().any(|cell| cell.contains("..")) {
        Values::Interval(Intervals { low, high })
    } else {
        Values::Number(low)
    }
}

fn run(inputs: &[(&str, &str)], options: Value) -> Result<Outcome, Fault> {
    let options: OptionValues = options.as_object().unwrap().clone();
    let inputs = inputs.iter().fold(Inputs::default(), |all, (name, text)| all.with_table(name, csv(text)));
    (ESTIMAND.run)(&inputs, &options, &Context::with_seed(1))
}

fn at(outcome: &Outcome, industry: &str, level: &str, column: &str) -> f64 {
    let table = outcome.table("industries").unwrap();
    let is = |name: &str, row: usize, label: &str| table.text(name).unwrap().get(row) == Some(label);
    let row = (0..table.rows()).find(|&row| is("industry", row, industry) && is("level", row, level)).unwrap();
    table.numbers(column).unwrap()[row]
}

fn close(found: f64, wanted: f64) {
    assert!((found - wanted).abs() < 1e-12 * wanted.abs().max(1.0), "{found} is not {wanted}");
}

fn warns(outcome: &Outcome, name: &str) -> bool {
    outcome.warnings.iter().any(|warning| warning.key.ends_with(name))
}

const PLANTS: &str = "id,region,industry,size a,A,x,50 b,A,x,30 c,B,x,20";
const AREAS: &str = "region,industry,employment A,all,50 B,all,30 C,all,20";

/// By hand: s = (0.8, 0.2, 0), x = (0.5, 0.3, 0.2): G = 0.14, H = 0.38, 1 − Σx² = 0.62. Region C counts.
#[test]
fn regions_without_plants_count() {
    let found = run(&[("plants", PLANTS), ("areas", AREAS)], json!({})).unwrap();
    close(found.number("g").unwrap(), 0.14);
    close(found.number("h").unwrap(), 0.38);
    close(found.number("gamma").unwrap(), (0.14 / 0.62 - 0.38) / 0.62);
    assert!(found.summary.contains(&("class".to_owned(), Scalar::Text("low".to_owned()))));
    assert!(found.warnings.is_empty(), "{:?}", found.warnings);
    let other = "id,region,industry,size c,B,x,20 a,A,x,50 b,A,x,30";
    let moved =
        run(&[("plants", other), ("areas", "region,industry,employment C,all,20 B,all,30 A,all,50")], json!({}));
    close(moved.unwrap().number("z").unwrap(), found.number("z").unwrap());
}

#[test]
fn without_areas_the_plants_give_the_shares() {
    let found = run(&[("plants", PLANTS)], json!({})).unwrap();
    close(found.number("g").unwrap(), 0.0);
    assert!(warns(&found, "shares-of-plants"));
    let equal = "id,region,industry a,A,x b,A,x c,B,x";
    let found = run(&[("plants", equal), ("areas", AREAS)], json!({})).unwrap();
    close(found.number("h").unwrap(), 1.0 / 3.0);
    assert!(warns(&found, "equal-plants"));
}

#[test]
fn one_plant_has_no_index() {
    let one = "id,region,industry,size a,A,x,50";
    let found = run(&[("plants", one), ("areas", AREAS)], json!({ "nsim": 99 })).unwrap();
    assert_eq!(found.number("h"), Some(1.0));
    for name in ["gamma", "gamma_ms", "se", "z", "p_value", "p_sim", "q_value"] {
        assert_eq!(found.number(name), None, "{name}");
    }
    assert!(warns(&found, "single-plant"));
    let flat = run(&[("plants", PLANTS), ("areas", "region,industry,employment A,all,5 B,all,0")], json!({})).unwrap();
    assert!(flat.number("gamma").is_none() && warns(&flat, "one-region") && warns(&flat, "outside"));
}

#[test]
fn bad_plants_are_told_with_their_row() {
    let faults = [
        "id,region,industry,size a,A,x,50 b,D,x,30",
        "id,region,industry,size a,A,x,50 b,B,x,0",
        "id,region,industry,size a,A,x,50 b,B,x,-3",
    ];
    for plants in faults {
        let fault = run(&[("plants", plants), ("areas", AREAS)], json!({})).unwrap_err();
        assert!(fault.column().is_some(), "{fault}");
    }
    let few = run(&[("plants", PLANTS), ("areas", AREAS)], json!({ "nsim": 9 })).unwrap_err();
    assert!(few.message().contains("number of simulations"), "{few}");
    let unknown = run(&[("plants", PLANTS), ("areas", AREAS)], json!({ "industry": ["y"] })).unwrap_err();
    assert!(unknown.message().contains('y'), "{unknown}");
}

/// Exact enumeration of all placements gives p = 0.177; five standard errors of 9,999 draws are 0.0191.
#[test]
fn dartboard_p_is_the_exact_one() {
    let plants = "id,region,industry,size 0,A,x,50 1,A,x,30 2,A,x,20 3,A,x,10";
    let found = run(&[("plants", plants), ("areas", AREAS)], json!({ "nsim": 9999 })).unwrap();
    let p = found.number("p_sim").unwrap();
    assert!((p - 0.177).abs() < 0.0192, "{p}");
    assert_eq!(found.number("q_value"), Some(p));
}

#[test]
fn levels_are_added_up_from_the_finest() {
    let plants = "id,region,state,industry,size a,A,s,x,50 b,A,s,x,30 c,B,s,x,20 d,C,t,x,40";
    let areas = "region,state,industry,employment A,s,all,50 B,s,all,30 C,t,all,20";
    let found = run(&[("plants", plants), ("areas", areas)], json!({ "levels": ["region", "state"] })).unwrap();
    close(at(&found, "x", "region", "gamma"), -0.297_592_003_634_711_44);
    // By hand: s = (100, 40)/140, x = (0.8, 0.2).
    let g = 2.0 * (100.0_f64 / 140.0 - 0.8).powi(2);
    let h = at(&found, "x", "state", "h");
    close(at(&found, "x", "state", "gamma"), (g / 0.32 - h) / (1.0 - h));
    let torn = plants.replace("b,A,s", "b,A,t");
    let fault = run(&[("plants", &torn), ("areas", areas)], json!({ "levels": ["state", "region"] })).unwrap_err();
    assert_eq!(fault.message(), "A lies in state t by this plant, but in state s by the areas");
    assert_eq!(fault.column(), Some("state"));
    let coarse = "state,industry,employment s,all,80 t,all,20";
    let plants_only = "id,state,industry,size a,s,x,50 b,s,x,30 c,s,x,20 d,t,x,40";
    let one = run(&[("plants", plants_only), ("areas", coarse)], json!({ "levels": ["state"] })).unwrap();
    close(one.number("gamma").unwrap(), at(&found, "x", "state", "gamma"));
    let split = "region,state,industry,employment A,s,all,50 B,s,all,30 C,t,all,20 A,t,more,1";
    let fault = run(&[("plants", plants), ("areas", split)], json!({ "levels": ["region", "state"] })).unwrap_err();
    assert!(fault.message().contains("lies in state s and in state t"), "{fault}");
}

const TABLE: &str =
    "region,industry,employment A,x,500 A,other,500 B,x,200 B,other,600 C,x,80 C,other,420 D,x,50 D,other,250";

#[test]
fn size_classes_bound_the_index() {
    let sizes = "industry,low,high,plants,employment x,1,19,10,80 x,20,99,5,250 x,100,499,2,500";
    let found = run(&[("plants", TABLE), ("sizes", sizes)], json!({})).unwrap();
    // Values of the case measure-eg-size-classes.
    close(at(&found, "x", "region", "g"), 0.064_128_904_582_470_49);
    close(at(&found, "x", "region", "h_low"), 0.200_522_572_216_577_16);
    close(at(&found, "x", "region", "h_high"), 0.276_760_052_257_221_67);
    close(at(&found, "x", "region", "gamma_low"), -0.257_269_101_882_979_5);
    close(at(&found, "x", "region", "gamma_high"), -0.137_377_001_456_488_68);
    assert!(at(&found, "x", "region", "gamma").is_nan());
    assert!(at(&found, "other", "region", "gamma_low").is_nan());
    assert!(warns(&found, "without-classes") && warns(&found, "bounded"));
    assert!(found.summary.contains(&("bounds_exact".to_owned(), Scalar::Flag(true))));
    let open = "industry,low,high,plants x,1,19,10 x,20,,7";
    let found = run(&[("plants", TABLE), ("sizes", open)], json!({ "industry": ["x"] })).unwrap();
    assert!(found.summary.contains(&("bounds_exact".to_owned(), Scalar::Flag(false))));
    assert_eq!(found.number("employment"), Some(830.0));
}

#[test]
fn suppressed_cells_of_a_known_total_bound_g() {
    let areas = "region,industry,employment A,x,500 A,o,500 B,x,100..250 B,o,550..700 C,x,50..150 C,o,350..450 \
                 D,x,50 D,o,250 T,x,830 T,o,1770 A,T,1000 B,T,800 C,T,500 D,T,300 T,T,2600";
    let sizes = "industry,low,high,plants,employment x,1,19,10,80 x,20,99,5,250 x,100,499,2,500";
    let options = json!({ "total_label": "T", "industry": ["x"] });
    let found = run(&[("plants", areas), ("sizes", sizes)], options.clone()).unwrap();
    let (low, high) = (at(&found, "x", "region", "g_low"), at(&found, "x", "region", "g_high"));
    // The table without suppression (B 200, C 80) and one more feasible point.
    for (b, c) in [(200.0, 80.0), (150.0, 130.0), (230.0, 50.0)] {
        let g: f64 = [(500.0, 1000.0), (b, 800.0), (c, 500.0), (50.0, 300.0)]
            .iter()
            .map(|(e, t)| (e / 830.0 - t / 2600.0_f64).powi(2))
            .sum();
        assert!(low <= g + 1e-12 && g <= high + 1e-12, "{low} {g} {high}");
    }
    assert!(at(&found, "x", "region", "g").is_nan() && at(&found, "x", "region", "gamma_low").is_finite());
    // Attained: B 250 with C 30 is outside, so B runs from 130 to 230.
    let end = |b: f64| -> f64 {
        [(500.0, 1000.0), (b, 800.0), (280.0 - b, 500.0), (50.0, 300.0)]
            .iter()
            .map(|(e, t)| (e / 830.0 - t / 2600.0_f64).powi(2))
            .sum()
    };
    close(high, end(130.0).max(end(230.0)));
    let interior = (130..=230).map(|b| end(f64::from(b))).fold(f64::INFINITY, f64::min);
    assert!(low <= interior && interior - low < 1e-5, "{low} {interior}");
}

/// A cell: its value, of which the totals are, how far the ends reach below and above, and whether it is suppressed.
type Cell = (u8, u8, u8, bool);

/// All rows of whole numbers within the ends that add up to the row's total.
fn rows_of(cells: &[Cell]) -> Vec<Vec<u32>> {
    let total: u32 = cells.iter().map(|cell| u32::from(cell.0)).sum();
    let mut rows: Vec<Vec<u32>> = vec![Vec::new()];
    for &(value, below, above, suppressed) in cells {
        let (value, below, above) = (u32::from(value), u32::from(below), u32::from(above));
        let ends = if suppressed { value.saturating_sub(below)..=value + above } else { value..=value };
        let longer = |row: &Vec<u32>| ends.clone().map(|v| [row.as_slice(), &[v]].concat()).collect::<Vec<_>>();
        rows = rows.iter().flat_map(longer).collect();
    }
    rows.retain(|row| row.iter().sum::<u32>() == total);
    rows
}

proptest! {
    /// Bounds of G hold every table that the ends and all totals allow; where they are called exact some table has the
    /// upper one (whole ends and totals have whole vertices).
    #[test]
    fn bounds_of_g_hold_all_tables(
        cells in proptest::collection::vec((0u8..7, 0u8..3, 0u8..3, any::<bool>()), 9),
        given in proptest::array::uniform2(any::<bool>()),
        industries in 2usize..4,
    ) {
        let cells: Vec<Vec<Cell>> = cells.chunks(3).map(|row| row[..industries].to_vec()).collect();
        let sum = |i: usize| cells.iter().map(|row| u32::from(row[i].0)).sum::<u32>();
        let totals: Vec<u32> = cells.iter().map(|row| row.iter().map(|cell| u32::from(cell.0)).sum()).collect();
        prop_assume!(sum(0) > 2 && totals.iter().sum::<u32>() > sum(0));
        let known = |i: usize| i == 0 || given[i - 1];
        let mut areas = "region,industry,employment".to_owned();
        for (r, row) in cells.iter().enumerate() {
            for (i, &(value, below, above, suppressed)) in row.iter().enumerate() {
                let (low, high) = if suppressed { (value.saturating_sub(below), value + above) } else { (value, value) };
                areas += &format!(" r{r},i{i},{low}..{high}");
            }
            areas += &format!(" r{r},T,{}", totals[r]);
        }
        for i in (0..industries).filter(|&i| known(i)) {
            areas += &format!(" T,i{i},{}", sum(i));
        }
        let sizes = format!("industry,low,high,plants,employment i0,1,{0},2,{0}", sum(0));
        let found = run(&[("plants", &areas), ("sizes", &sizes)], json!({ "total_label": "T", "industry": ["i0"] })).unwrap();
        let (low, high) = (at(&found, "i0", "region", "g_low"), at(&found, "i0", "region", "g_high"));
        prop_assert!(low <= high);
        let all: f64 = totals.iter().map(|&t| f64::from(t)).sum();
        let lists: Vec<_> = cells.iter().map(|row| rows_of(row)).collect();
        let mut largest = f64::NEG_INFINITY;
        for (a, b, c) in lists[0].iter().flat_map(|a| lists[1].iter().flat_map(move |b| [(a, b)])).flat_map(|(a, b)| lists[2].iter().map(move |c| (a, b, c))) {
            if (0..industries).any(|i| known(i) && a[i] + b[i] + c[i] != sum(i)) {
                continue;
            }
            let g: f64 = [a, b, c].iter().zip(&totals)
                .map(|(row, &t)| (f64::from(row[0]) / f64::from(sum(0)) - f64::from(t) / all).powi(2)).sum();
            prop_assert!(g >= low - 1e-12 && g <= high + 1e-12, "{low} {g} {high}: {areas}");
            largest = largest.max(g);
        }
        if found.summary.contains(&("bounds_exact".to_owned(), Scalar::Flag(true))) {
            prop_assert!(largest >= high - 1e-9, "{largest} {high}: {areas}");
        }
    }
}

/// Totals of regions leave a cell what the others do not take; with totals both ways, sums of cells may be bound too.
#[test]
fn bounds_are_narrowed_by_the_totals_of_regions() {
    let areas = "region,industry,employment A,x,0..9 A,y,8 B,x,0..9 B,y,1 A,T,10 B,T,9 T,x,10";
    let sizes = "industry,low,high,plants,employment x,1,10,3,10";
    let found = run(&[("plants", areas), ("sizes", sizes)], json!({ "total_label": "T", "industry": ["x"] })).unwrap();
    // A has 10 − 8 = 2 of x, B 8.
    close(at(&found, "x", "region", "g"), 2.0 * (0.2_f64 - 10.0 / 19.0).powi(2));
    assert!(found.summary.contains(&("bounds_exact".to_owned(), Scalar::Flag(true))));
    let both = "region,industry,employment A,x,0..9 A,y,0..9 A,z,0..9 B,x,0..9 B,y,0..9 B,z,0..9 C,x,0..9 C,y,0..9 \
                C,z,0..9 A,T,10 B,T,9 C,T,8 T,x,9 T,y,9 T,z,9";
    let sizes = "industry,low,high,plants,employment x,1,9,3,9";
    let found = run(&[("plants", both), ("sizes", sizes)], json!({ "total_label": "T", "industry": ["x"] })).unwrap();
    assert!(found.summary.contains(&("bounds_exact".to_owned(), Scalar::Flag(false))) && warns(&found, "outer-bounds"));
}

#[test]
fn impossible_classes_and_options_are_told() {
    let sizes = "industry,low,high,plants,employment x,1,19,10,300";
    let fault = run(&[("plants", TABLE), ("sizes", sizes)], json!({})).unwrap_err();
    assert!(fault.message().contains("outside"), "{fault}");
    let sizes = "industry,low,high,plants x,1,19,10";
    let fault = run(&[("plants", TABLE), ("sizes", sizes)], json!({})).unwrap_err();
    assert!(fault.message().contains("total"), "{fault}");
    let fault = run(&[("plants", TABLE), ("sizes", sizes)], json!({ "nsim": 99 })).unwrap_err();
    assert!(fault.message().contains("simulations"), "{fault}");
    for wrong in ["x,9,1,10", "x,1,9,1.5", "x,1,9,3 x,1,9,4", "x,,9,3"] {
        let sizes = format!("industry,low,high,plants {wrong}");
        let fault = run(&[("plants", TABLE), ("sizes", &sizes)], json!({})).unwrap_err();
        assert!(fault.column().is_some(), "{fault}");
    }
}

#[test]
fn findings_and_figures_come_from_the_outcome() {
    let plants = "id,region,industry,size a,A,x,50 b,A,x,30 c,B,x,20 d,A,y,5 e,B,y,6 f,C,y,7";
    let found = run(&[("plants", plants), ("areas", AREAS)], json!({ "nsim": 99 })).unwrap();
    let focus = Focus { industries: vec!["y".into()], ..Focus::default() };
    for focus in [Focus::default(), focus] {
        assert!((2..=6).contains(&(ESTIMAND.findings)(&found, &focus).len()));
    }
    assert_eq!((ESTIMAND.figures)(&found).len(), 1);
    assert!(found.number("mean_gamma").is_some() && found.number("industries") == Some(2.0));
}
