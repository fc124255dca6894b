use super::*;
use distretto_core::{Fault, Values};

fn table(columns: &[(&str, &[f64])]) -> Table {
    let units: Text = ["A", "B", "C"].into_iter().map(Some).collect();
    let table = Table::empty().with_text("unit", units);
    columns.iter().fold(table, |table, (name, values)| table.with(name, Values::Number(values.to_vec())))
}

fn read_with(table: &Table, options: &IndicatorOptions) -> Result<Indicators, Fault> {
    read(&distretto_core::Inputs::default().with_table("data", table.clone()), options)
}

const N: f64 = f64::NAN;

#[test]
fn words_are_left_out_and_named() {
    let words: Text = ["x", "y", "z"].into_iter().map(Some).collect();
    let table = table(&[("a", &[1.0, 2.0, 3.0])]).with_text("note", words);
    let found = read_with(&table, &IndicatorOptions::default()).unwrap();
    assert_eq!(found.names(), ["a"]);
    assert_eq!(found.notes.len(), 1);
    let fault = read_with(&table, &IndicatorOptions::default().vars(&["note"])).unwrap_err();
    assert!(fault.message().contains("column"), "{fault}");
}

#[test]
fn weights_name_every_indicator() {
    let table = table(&[("a", &[1.0, 2.0, 3.0]), ("b", &[3.0, 1.0, 2.0])]);
    let weights = |pairs: &[(&str, f64)]| read_with(&table, &IndicatorOptions::default().weights(pairs));
    assert_eq!(weights(&[("b", 0.3), ("a", 0.7)]).unwrap().weights(), [0.7, 0.3]);
    assert!(weights(&[("a", 1.0)]).unwrap_err().message().contains("weight"));
    assert!(weights(&[("a", 0.5), ("c", 0.5)]).unwrap_err().message().contains("weight"));
    let sum = weights(&[("a", 0.5), ("b", 0.6)]).unwrap();
    assert!(matches!(sum.check_weights(), Err(IndicatorError::Weight { .. })));
}

#[test]
fn missing_cells_follow_the_policy() {
    let table = table(&[("a", &[1.0, N, 4.0]), ("b", &[3.0, 1.0, 2.0])]);
    let with = |missing| read_with(&table, &IndicatorOptions::default().missing(missing));
    assert!(with(Missing::Error).unwrap_err().message().contains("missing"));
    assert_eq!(with(Missing::Listwise).unwrap().units, ["A", "C"]);
    let mean = with(Missing::Mean).unwrap();
    assert_eq!((mean.columns[0][1], mean.imputed[0].method), (2.5, "mean"));
    assert_eq!(with(Missing::Median).unwrap().columns[0][1], 2.5);
    assert!(with(Missing::Interpolate).unwrap_err().message().contains("year"));
    assert!(with(Missing::Pairwise).unwrap().columns[0][1].is_nan());
}

#[test]
fn a_line_joins_the_years_of_a_unit() {
    let units: Text = ["k", "k", "k", "l"].into_iter().map(Some).collect();
    let table = Table::empty()
        .with_text("unit", units)
        .with_numbers("year", vec![2018.0, 2019.0, 2021.0, 2018.0])
        .with_numbers("a", vec![2.0, N, 8.0, 5.0]);
    let found = read_with(&table, &IndicatorOptions::default().missing(Missing::Interpolate)).unwrap();
    assert_eq!(found.columns[0], [2.0, 4.0, 8.0, 5.0]);
    let ends = table.take(&[1, 2, 3]);
    let fault = read_with(&ends, &IndicatorOptions::default().missing(Missing::Interpolate)).unwrap_err();
    assert!(fault.message().contains("missing"));
}

#[test]
fn a_unit_stands_once() {
    let twice = table(&[("a", &[1.0, 2.0, 3.0])]).take(&[0, 1, 0]);
    assert!(read_with(&twice, &IndicatorOptions::default()).unwrap_err().message().contains("duplicate"));
}

#[test]
fn nearness_by_hand() {
    assert_eq!(Direction::Target(4.0).nearness(&[4.0, 2.0, 8.0]).unwrap(), [1.0, 0.5, 0.0]);
    assert_eq!(Direction::Interval(1.0, 3.0).nearness(&[2.0, 0.0, 5.0]).unwrap(), [1.0, 0.5, 0.0]);
    assert_eq!(Direction::Interval(0.0, 9.0).nearness(&[2.0, 1.0]).unwrap(), [1.0, 1.0]);
    assert!(Direction::Cost.nearness(&[1.0]).is_none());
}

#[test]
fn years_alone_make_groups() {
    let units: Text = ["k", "l", "k", "l"].into_iter().map(Some).collect();
    let table = Table::empty()
        .with_text("unit", units)
        .with_numbers("year", vec![2020.0, 2019.0, 2019.0, 2020.0])
        .with_numbers("a", vec![1.0, 2.0, 3.0, 4.0]);
    let found = read_with(&table, &IndicatorOptions::default().pool(Pool::Year)).unwrap();
    assert_eq!(found.groups, [vec![1, 2], vec![0, 3]]);
}

#[test]
fn a_tree_takes_weights_from_elsewhere() {
    let dimension = |id: &str, share| Dimension { id: id.to_owned(), parent: None, share };
    let leaf = |id: &str, d: usize, share| Leaf { id: id.to_owned(), parent: Some(d), share };
    let mut tree = Tree {
        goal: "goal".to_owned(),
        dimensions: vec![dimension("x", 0.5), dimension("y", 0.5)],
        leaves: vec![leaf("a", 0, 0.5), leaf("b", 0, 0.5), leaf("c", 1, 1.0)],
        paths: Vec::new(),
    };
    tree.reweigh(&[0.3, 0.1, 0.6]);
    assert_eq!(tree.dimensions.iter().map(|one| one.share).collect::<Vec<_>>(), [0.4, 0.6]);
    assert_eq!(tree.local_weights(0), [0.3 / 0.4, 0.1 / 0.4, 0.0]);
    assert!(tree.global_weights().iter().zip([0.3, 0.1, 0.6]).all(|(a, b): (&f64, f64)| (a - b).abs() < 1e-15));
}
