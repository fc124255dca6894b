use super::fixtures::{read, sheet};
use super::*;
use distretto_core::{Lines, Origin};

const NAN: f64 = f64::NAN;

#[test]
fn rows_and_columns_find_their_place() {
    let io = read(
        &["b", "a", "households", "imports", "output"],
        &[
            ("a", &[2.0, 1.0, 5.0, 1.0, 7.0]),
            ("b", &[4.0, 3.0, NAN, 0.0, 7.0]),
            ("employment", &[9.0, 8.0, NAN, NAN, NAN]),
        ],
    );
    assert_eq!(io.sectors(), ["a", "b"]);
    assert_eq!(io.output(), Some(&[7.0, 7.0][..]));
    assert_eq!(io.dense_flows(), Matrix::from_columns(2, 2, vec![1.0, 3.0, 2.0, 4.0]));
    assert_eq!(io.demand("imports").unwrap().values, [-1.0, 0.0]);
    assert_eq!(io.primary("employment").unwrap().values, [8.0, 9.0]);
    assert_eq!(io.notes().len(), 1, "one empty cell of final demand, none for persons");
    assert_eq!(io.final_demand().unwrap(), [4.0, 0.0]);
    assert!(io.column_totals().is_none(), "persons pay for nothing");
}

#[test]
fn output_is_formed_by_sales_then_purchases() {
    let sales = read(&["a", "f"], &[("a", &[2.0, 3.0]), ("value_added", &[4.0, 0.0])]);
    assert_eq!(sales.output(), Some(&[5.0][..]));
    let purchases = read(&["a"], &[("a", &[2.0]), ("value_added", &[4.0]), ("compensation", &[3.0])]);
    assert_eq!(purchases.output(), Some(&[6.0][..]), "value added replaces its parts");
    let fault = IoTable::read(&sheet(&["a"], &[("a", &[2.0])]), &TableOptions::default()).unwrap_err();
    assert!(fault.message().contains("output cannot be formed"));
}

#[test]
fn standard_names_may_be_given_to_rows() {
    let origin =
        Origin { path: "io.csv".into(), lines: Lines::From(2), renamed: vec![("output".into(), "total".into())] };
    let table = sheet(&["a", "f"], &[("a", &[2.0, 3.0]), ("total", &[5.5, 0.0])]).from_file(origin);
    assert_eq!(IoTable::read(&table, &TableOptions::default()).unwrap().output(), Some(&[5.5][..]));
}

#[test]
fn wrong_tables_are_refused() {
    let says = |columns: &[&str], rows: &[(&str, &[f64])], options: &TableOptions| {
        IoTable::read(&sheet(columns, rows), options).unwrap_err().message().to_owned()
    };
    let plain = TableOptions::default();
    assert!(says(&["a"], &[("b", &[1.0])], &plain).contains("no sector"));
    assert!(says(&["a"], &[("a", &[1.0]), ("a", &[1.0])], &plain).contains("duplicate"));
    assert!(says(&["a", "f"], &[("a", &[1.0, -3.0])], &plain).contains("`a`"));
    let drop = TableOptions { drop: vec!["zzz".into()], ..TableOptions::default() };
    assert!(says(&["a", "f"], &[("a", &[1.0, 3.0])], &drop).contains("zzz"));
}

#[test]
fn sparse_and_dense_tables_hold_the_same() {
    let cells = sheet(&["a", "b", "f"], &[("a", &[0.0, 2.0, 3.0]), ("b", &[1.0, 0.0, 4.0])]);
    let sparse = TableOptions { solver: Solver::Iterative, ..TableOptions::default() };
    let (dense, sparse) =
        (IoTable::read(&cells, &TableOptions::default()).unwrap(), IoTable::read(&cells, &sparse).unwrap());
    assert_eq!(dense.input_coefficients().dense(), sparse.input_coefficients().dense());
    assert_eq!(dense.final_demand(), sparse.final_demand());
    assert_eq!(dense.value_added(), sparse.value_added());
    assert_eq!(dense.row_totals(), sparse.row_totals());
}
