use super::*;
use distretto_core::{ColumnKind, Table, Values};

fn spec() -> TableSpec {
    TableSpec::new("areas")
        .need("region", ColumnKind::Label)
        .need("industry", ColumnKind::Label)
        .need("employment", ColumnKind::Amount)
        .take("year", ColumnKind::Integer)
        .or_wide("industry", "employment")
}

fn table(text: &str, piece: usize) -> Result<Table, Fault> {
    read_text(text, "a.csv", &spec(), &ReadOptions::default(), piece).map(|parsed| parsed.table)
}

fn says(text: &str) -> String {
    let fault = table(text, PIECE).expect_err("wrong input");
    format!("{fault} | {}", fault.hint().unwrap_or_default())
}

#[test]
fn codes_are_text_and_empty_cells_missing() {
    let found = table("region,extra,industry,employment\n01,\"a,\nb\",0011,3\n\n02,x,0020,\n", PIECE).expect("valid");
    assert_eq!(found.text("region").map(|text| text.labels()), Some(&["01".to_owned(), "02".to_owned()][..]));
    let jobs = found.numbers("employment").expect("numbers");
    assert!(jobs[0] == 3.0 && jobs[1].is_nan());
    assert_eq!(found.origin().map(|origin| origin.lines.clone()), Some(Lines::Each(vec![2, 5])));
}

#[test]
fn semicolons_bring_decimal_commas() {
    let found = table("region;industry;employment\na;x;1,5\na;y;2,5..10\n", PIECE).expect("valid");
    assert_eq!(found.intervals("employment").map(|(low, high)| (low[1], high[1])), Some((2.5, 10.0)));
    let found = table("region\tindustry\temployment\na\tx\t1.5\n", PIECE).expect("valid");
    assert_eq!(found.numbers("employment"), Some(&[1.5][..]));
}

#[test]
fn the_size_of_the_pieces_does_not_matter() {
    let mut text = String::from("region,industry,employment\n");
    for i in 0..200 {
        text.push_str(&format!(
            "r{},\"i\n{}\",{}\n",
            i / 7,
            i % 7,
            if i % 11 == 0 { "3..9".to_owned() } else { i.to_string() }
        ));
    }
    let whole = table(&text, PIECE).expect("valid");
    for piece in [1, 10, 100] {
        let parts = table(&text, piece).expect("valid");
        assert_eq!(parts.origin(), whole.origin());
        assert_eq!(parts.fields(), whole.fields());
    }
    let broken = text.replacen("r20,", ",", 1);
    let faults: Vec<String> =
        [1, 10, 100, PIECE].map(|piece| table(&broken, piece).expect_err("empty").to_string()).into();
    assert!(faults.iter().all(|fault| *fault == faults[0]), "{faults:?}");
}

#[test]
fn wide_tables_become_long() {
    let options = ReadOptions { wide: true, ..ReadOptions::default() };
    let read = |text: &str| read_text(text, "a.csv", &spec(), &options, PIECE).map(|parsed| parsed.table);
    let found = read("region,year,11,0021\na,2001,1,2\nb,2001,,4\n").expect("valid");
    assert_eq!(
        found.text("industry").map(|text| text.iter().flatten().collect::<Vec<_>>()),
        Some(vec!["11", "0021", "11", "0021"])
    );
    assert_eq!(found.origin().map(|origin| origin.lines.clone()), Some(Lines::Each(vec![2, 2, 3, 3])));
    assert!(matches!(found.fields()[2].values, Values::Number(_)));
    let fault = read("region,year,11,0021\na,2001,1,-2\n").expect_err("negative");
    assert!(fault.to_string().starts_with("a.csv, line 2, column 0021, value \"-2\": negative employment"), "{fault}");
}

#[test]
fn a_matrix_keeps_its_lines_and_its_gaps() {
    let spec = TableSpec::new("table").matrix("row", &[]).and_others(ColumnKind::Number);
    let read = |text: &str| read_text(text, "m.csv", &spec, &ReadOptions::default(), PIECE).map(|parsed| parsed.table);
    let found = read(",a,b\n\na,1,\nb,-2,3\n").expect("a matrix");
    assert_eq!(found.text("row").and_then(|text| text.get(1)), Some("b"));
    assert!(found.numbers("b").is_some_and(|cells| cells[0].is_nan() && cells[1] == 3.0));
    assert_eq!(found.origin().and_then(|origin| origin.lines.of(1)), Some(4));
    let fault = read(",a,b\na,1,x\n").expect_err("no number");
    assert!(fault.to_string().starts_with("m.csv, line 2, column b, value \"x\": b is not a number"), "{fault}");
    let fault = read(",a,3\na,1,x\n").expect_err("no number");
    assert!(fault.to_string().starts_with("m.csv, line 2, column 3, value \"x\": the cell is not a number"), "{fault}");
    assert!(read(",a,b\n").expect_err("no row").message().contains("empty"));
    let spec = TableSpec::new("links").need("source", ColumnKind::Label).may_be_bare();
    let bare = read_text("source\n", "l.csv", &spec, &ReadOptions::default(), PIECE).map(|parsed| parsed.table);
    assert_eq!(bare.map(|table| (table.rows(), table.fields().len())), Ok((0, 1)));
}

#[test]
fn faults_name_line_column_value_and_remedy() {
    let head = "region,industry,employment\n";
    assert!(
        says(&format!("{head}a,x,1\nb,x,-3\n")).starts_with("a.csv, line 3, column employment, value \"-3\": negative")
    );
    assert!(
        says(&format!("{head}a,x,1,234\n"))
            .contains("line 2, value \"a,x,1,234\": 4 fields where the header has 3 | write numbers")
    );
    assert!(says(&format!("{head}a,x\n")).contains("2 fields where the header has 3"));
    assert!(says(&format!("{head}a,x,\"1,234\"\n")).contains("write 1234 without thousands separators"));
    assert!(says(&format!("{head}a,x,\"42,5\"\n")).contains("write 42.5; a decimal comma is read only"));
    assert!(says(&format!("{head}a,x,\"1,234,567\"\n")).contains("write 1234567 without thousands separators"));
    assert!(says(&format!("{head}a,\"x,1\nb,y,2\n")).contains("line 2, column industry: a quote is opened"));
    assert!(says(&format!("{head}a,x,n/a\n")).contains("leave the cell empty"));
    assert!(says(&format!("{head},x,1\n")).contains("line 2, column region, value \"\": empty region"));
    assert!(says(head).contains("no row beneath the header"));
    assert!(says(" \n").contains("empty"));
    assert!(says("<!DOCTYPE html>\n").contains("web page"));
}
