use super::*;
use distretto_core::{Fault, Intervals, Values};

/// `region industry value` a line; the value may be empty (`-`) or `low..high`.
fn table(rows: &str) -> Table {
    let rows: Vec<Vec<&str>> = rows.lines().map(|row| row.split_whitespace().collect()).collect();
    let text = |k: usize| rows.iter().map(|row| Some(row[k])).collect();
    let parse = |word: &str| word.parse().unwrap_or(f64::NAN);
    let ends = |row: &Vec<&str>| match row[2].split_once("..") {
        Some((low, high)) => (parse(low), parse(high)),
        None => (parse(row[2]), parse(row[2])),
    };
    let (low, high) = rows.iter().map(ends).unzip();
    let value = Values::Interval(Intervals { low, high });
    Table::empty().with_text("region", text(0)).with_text("industry", text(1)).with("employment", value)
}

fn with_totals() -> AreaOptions {
    AreaOptions { total_label: Some("TOTAL".into()), ..AreaOptions::default() }
}

fn read(rows: &str) -> Result<Areas, AreasError> {
    Areas::read(&table(rows), &with_totals())
}

fn keys(areas: &Areas) -> Vec<&str> {
    areas.notes().iter().map(|note| note.key).collect()
}

#[test]
fn order_absent_and_missing() {
    let areas = read("B y 5\nA x 3\nB x -\nC y 0").unwrap();
    assert_eq!(areas.regions(), ["B", "A", "C"]);
    assert_eq!(areas.industries(), ["y", "x"]);
    assert_eq!(areas.cell(1, 0), 0.0);
    assert!(areas.cell(0, 1).is_nan());
    assert_eq!(areas.region_total(0), Span::known(5.0));
    assert_eq!(areas.industry_total(1), Span::known(3.0));
    assert_eq!(areas.total(), Span::known(8.0));
    assert_eq!((areas.counted_regions(), areas.counted_industries()), (2, 2));
    assert!(!areas.has_intervals());
    assert_eq!(keys(&areas), ["measure.areas.missing", "measure.areas.zero-regions"]);
}

#[test]
fn suppressed_cells_give_spans() {
    let areas = read("A x 1..4\nA y 2\nB x 3").unwrap();
    assert!(areas.has_intervals());
    assert_eq!(areas.region_total(0), Span { low: 3.0, high: 6.0 });
    assert_eq!(areas.industry_total(1), Span::known(2.0));
    assert_eq!(areas.total(), Span { low: 6.0, high: 9.0 });
    assert!(areas.cell(0, 0).is_nan() && areas.cell(0, 1) == 2.0);
}

#[test]
fn known_totals_win() {
    let areas = read("A x 1..4\nA y 2\nB x 3\nA TOTAL 5\nB TOTAL 3\nTOTAL TOTAL 8").unwrap();
    assert_eq!(areas.regions(), ["A", "B"]);
    assert_eq!(areas.region_total(0).value(), 5.0);
    assert_eq!(areas.industry_total(0), Span { low: 4.0, high: 7.0 });
    assert_eq!(areas.total().value(), 8.0);
    assert_eq!(areas.given_industry_total(0), None);
    // A missing cell may be anything that its total leaves.
    let areas = read("A x -\nA y 2\nB x 3\nA TOTAL 5").unwrap();
    assert_eq!(areas.region_total(0).value(), 5.0);
    assert_eq!(areas.industry_total(0).value(), 3.0);
}

#[test]
fn the_rest_may_be_an_interval() {
    let areas = read("A x 10\nA rest 0..90\nA TOTAL 60\nB x 5\nB rest 5\nB TOTAL 10").unwrap();
    assert_eq!(areas.total().value(), 70.0);
    assert_eq!(areas.industry_total(1), Span { low: 5.0, high: 95.0 });
}

#[test]
fn totals_that_cannot_be_met() {
    for rows in [
        "A x 10\nA y 20\nB x 30\nTOTAL x 50",
        "A x 300\nB x 20..99\nTOTAL x 480",
        "A x -\nA y 20\nA TOTAL 10",
        "A x 10\nA TOTAL 10\nTOTAL TOTAL 11",
        "A x 0..9\nB x 0..9\nTOTAL x 5\nA TOTAL 3\nB TOTAL 3",
    ] {
        let error = read(rows).unwrap_err();
        assert!(matches!(error, AreasError::Total { .. }), "{rows}: {error}");
        assert!(error.to_string().contains("total"));
    }
    assert!(read("A x 10\nB x 20\nTOTAL x 30.00000001").is_ok());
}

#[test]
fn duplicates_and_negatives() {
    let fault = read("A x 1\nB x 2\nA x -\n").unwrap_err();
    assert_eq!(fault, AreasError::Duplicate { row: 2, region: "A".into(), industry: "x".into() });
    assert!(matches!(read("A TOTAL 1\nA TOTAL 1\nA x 1"), Err(AreasError::Duplicate { row: 1, .. })));
    assert!(matches!(read("TOTAL TOTAL -\nTOTAL TOTAL 1\nA x 1"), Err(AreasError::Duplicate { row: 1, .. })));
    let rows = table("A x 1\nB x -2");
    let fault: Fault = Areas::read(&rows, &AreaOptions::default()).unwrap_err().in_table(&rows);
    assert!(fault.message().contains("negative") && fault.column() == Some("employment"));
}

fn with_years(rows: &str, years: &[f64]) -> Table {
    table(rows).with_numbers("year", years.to_vec())
}

#[test]
fn years_are_chosen_or_named() {
    let rows = with_years("A x 1\nB x 2\nB x 5\nC y 3", &[2001.0, 2001.0, 2011.0, 2011.0]);
    let error = Areas::read(&rows, &AreaOptions::default()).unwrap_err();
    assert!(error.to_string().ends_with("2001, 2011"), "{error}");
    let areas = Areas::read(&rows, &AreaOptions { year: Some(2011), ..AreaOptions::default() }).unwrap();
    assert_eq!(areas.regions(), ["B", "C"]);
    assert_eq!(areas.total().value(), 8.0);
    let both = Areas::read_years(&rows, &AreaOptions::default(), &[2001, 2011]).unwrap();
    assert_eq!(both[0].regions(), ["A", "B", "C"]);
    assert_eq!((both[0].cell(1, 0), both[1].cell(1, 0)), (2.0, 5.0));
    let unknown = Areas::read(&rows, &AreaOptions { year: Some(2005), ..AreaOptions::default() });
    assert!(matches!(unknown, Err(AreasError::UnknownYear { year: 2005, .. })));
    assert!(matches!(
        Areas::read(&with_years("A x 1", &[2001.5]), &AreaOptions::default()),
        Err(AreasError::Year { row: 0 })
    ));
}

fn imputed(rows: &str, method: Impute) -> Result<Areas, AreasError> {
    Areas::read(&table(rows), &AreaOptions { impute: Some(method), ..with_totals() })
}

#[test]
fn imputation_is_told() {
    let rows = "A x 0..10\nA y 20..40\nB x 5\nB y 5\nA TOTAL 28";
    let areas = imputed(rows, Impute::Midpoint).unwrap();
    assert_eq!((areas.cell(0, 0), areas.cell(0, 1)), (5.0, 30.0));
    assert_eq!(areas.region_total(0).value(), 28.0);
    assert!(!areas.has_intervals());
    assert_eq!(keys(&areas), ["measure.areas.imputed-midpoint"]);
    // 5k + 30k = 28 has k = 0.8: both cells stay within their intervals.
    let areas = imputed(rows, Impute::Proportional).unwrap();
    assert!((areas.cell(0, 0) - 4.0).abs() < 1e-9 && (areas.cell(0, 1) - 24.0).abs() < 1e-9);
    let error = imputed("A x 0..10\nB x 5", Impute::Proportional).unwrap_err();
    assert_eq!(error, AreasError::NothingToScale);
}

#[test]
fn a_whole_beside_its_parts() {
    let error = read("A 336 10\nA 3361 4\nA 3363 6\nA 11 5").unwrap_err();
    let fault = Fault::from(error);
    assert!(fault.message().contains("counted twice") && fault.hint().is_some_and(|h| h.contains("--nested keep")));
    let never_equal = "A 33 9\nA 331 4\nA 332 2\nB 33 9\nB 331 1\nB 332 1\nC 33 7\nC 332 1";
    assert!(matches!(read(never_equal), Err(AreasError::Nested { .. })));
    let keep = AreaOptions { nested: Nested::Keep, ..AreaOptions::default() };
    assert_eq!(keys(&Areas::read(&table(never_equal), &keep).unwrap()), ["measure.areas.nested-codes"]);
    // Numbered industries 1 and 10 that only look nested: a warning.
    assert_eq!(keys(&read("A 1 3\nA 10 5\nB 1 9\nB 10 2").unwrap()), ["measure.areas.nested-codes"]);
}

#[test]
fn a_total_that_is_not_said_to_be_one() {
    let plain = |rows| Areas::read(&table(rows), &AreaOptions::default());
    for rows in ["A x 1\nA y 2\nB x 3\nB y 4\nTotal x 4\nTotal y 6", "A x 1\nA y 2\nA 合计 3\nB x 3\nB y 4\nB 合计 7"]
    {
        let error = plain(rows).unwrap_err();
        assert!(matches!(error, AreasError::UnmarkedTotal { .. }), "{error}");
        assert!(Fault::from(error).hint().is_some_and(|hint| hint.contains("--total-label")));
    }
    // The word alone, or the sum alone, proves nothing.
    assert!(plain("A x 1\nB x 3\nall x 5").is_ok());
    assert!(plain("A x 1\nB x 3\nC x 4").is_ok());
    assert!(plain("A all 500\nB all 300").is_ok());
}

#[test]
fn spellings_and_lengths() {
    let lost = "01001 x 1\n01003 x 1\n01005 x 1\n1001 x 2";
    assert!(matches!(read(lost), Err(AreasError::Spelling { .. })));
    // Codes are text: without a level that is plain, 1 and 01 are two regions.
    assert_eq!(keys(&read("1 x 1\n01 x 2").unwrap()), ["measure.areas.region-code-lengths"]);
    let areas = read("01001 x 1\n2 x 2\nrest x 1").unwrap();
    assert_eq!(keys(&areas), ["measure.areas.region-code-lengths"]);
    assert_eq!(keys(&read("A 11 1\nA 222 2").unwrap()), ["measure.areas.industry-code-lengths"]);
}

#[test]
fn industries_are_found_or_suggested() {
    let areas = read("A steel 1\nA glass 2").unwrap();
    assert_eq!(areas.chosen_industries(&["glass".into(), "steel".into()]).unwrap(), [0, 1]);
    let error = areas.chosen_industries(&["stel".into()]).unwrap_err();
    assert_eq!(Fault::from(error).hint(), Some("did you mean steel?"));
}

#[test]
fn too_many_cells_are_refused() {
    let n = 12_000;
    let codes: Vec<String> = (0..n).map(|k| format!("c{k}")).collect();
    let text = || codes.iter().map(Some).collect();
    let rows = Table::empty().with_text("region", text()).with_text("industry", text());
    let rows = rows.with_numbers("employment", vec![1.0; n]);
    let error = Areas::read(&rows, &AreaOptions::default()).unwrap_err();
    assert!(matches!(error, AreasError::TooLarge { regions: 12_000, .. }), "{error}");
}

#[test]
fn sums_do_not_depend_on_threads() {
    let (r, i) = (700, 33);
    let values: Vec<f64> = (0..r * i).map(|k| ((k * 7919) % 1009) as f64 / 7.0).collect();
    let pool = |n| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
    let of = |n| pool(n).install(|| (grid::row_sums(&values, i), grid::column_sums(&values, i)));
    assert_eq!(of(1), of(3));
    let total: f64 = of(1).0.iter().sum();
    assert!((total - of(1).1.iter().sum::<f64>()).abs() < 1e-6);
}

fn tight(rows: &str) -> Result<Tightened, AreasError> {
    read(rows).unwrap().tightened()
}

/// By hand: A: x + y = 10 with y = 4..6 makes x 4..6; column x = 11 then makes B, x 5..7.
#[test]
fn totals_narrow_cells() {
    let t = tight("A x 0..9\nA y 4..6\nB x 0..20\nB y 3\nA TOTAL 10\nTOTAL x 11").unwrap();
    assert_eq!((t.low[0], t.high[0]), (4.0, 6.0));
    assert_eq!((t.low[2], t.high[2]), (5.0, 7.0));
    assert_eq!(t.regions[1], Span { low: 8.0, high: 10.0 });
    assert_eq!(t.industries[0], Span::known(11.0));
}

#[test]
fn the_total_of_all_narrows_what_has_no_total() {
    let t = tight("A x 0..9\nA y 0..9\nB x 0..50\nB y 30\nA TOTAL 10\nTOTAL TOTAL 60").unwrap();
    assert_eq!((t.low[2], t.high[2]), (20.0, 20.0));
    // A missing cell may be what its total leaves, and nothing where no total bounds it.
    let t = tight("A x -\nA y 6\nB x -\nB y 1\nA TOTAL 10").unwrap();
    assert_eq!((t.low[0], t.high[0], t.high[2]), (4.0, 4.0, 0.0));
}

#[test]
fn totals_that_only_together_cannot_be_met() {
    // Both x are at most 5 by the regions, so that industry x cannot reach 11.
    let rows = "A x 0..50\nA y 5..6\nB x 0..50\nB y 5..6\nC z 0..100\nA TOTAL 10\nB TOTAL 10\nTOTAL x 11";
    assert!(matches!(tight(rows), Err(AreasError::Total { of, .. }) if of == "industry x"));
}
