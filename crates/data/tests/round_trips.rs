//! A table that is written and read again is the same table, whatever the file.

use distretto_core::{ColumnKind, InputData, Intervals, Table, TableSpec, Values};
use distretto_data::{ReadOptions, table_from_bytes, write_parquet, write_xlsx};
use encoding_rs::GB18030;
use proptest::prelude::*;

/// One row: code, name, amount with its upper end, year.
type Row = (String, Option<String>, Option<(f64, f64)>, Option<i32>);

fn spec() -> TableSpec {
    TableSpec::new("areas")
        .need("region", ColumnKind::Label)
        .need("name", ColumnKind::Word)
        .need("employment", ColumnKind::Amount)
        .need("year", ColumnKind::Integer)
}

/// Labels without blanks at their ends, which a reader takes away.
fn label() -> impl Strategy<Value = String> {
    prop_oneof!["[0-9]{1,6}", "[a-zé南,;\"][a-zé南昌市,;\" \t.-]{0,8}[a-z南]", "\"[a-z]", "[a-z]\n[a-z]"]
}

fn amount() -> impl Strategy<Value = (f64, f64)> {
    let number = || prop_oneof![(0_u32..100_000).prop_map(f64::from), 0.0..1e9, Just(1e-7), Just(3e17)];
    prop_oneof![number().prop_map(|low| (low, low)), (number(), number()).prop_map(|(low, size)| (low, low + size)),]
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (label(), prop::option::of(label()), prop::option::of(amount()), prop::option::of(1900..2100));
    prop::collection::vec(row, 1..30)
}

fn table(rows: &[Row]) -> Table {
    let end = |pick: fn(&(f64, f64)) -> f64| rows.iter().map(|row| row.2.as_ref().map_or(f64::NAN, pick)).collect();
    let (low, high): (Vec<f64>, Vec<f64>) = (end(|both| both.0), end(|both| both.1));
    let exact = low.iter().zip(&high).all(|(low, high)| low.to_bits() == high.to_bits());
    let amounts = if exact { Values::Number(low) } else { Values::Interval(Intervals { low, high }) };
    Table::empty()
        .with_text("region", rows.iter().map(|row| Some(row.0.as_str())).collect())
        .with_text("name", rows.iter().map(|row| row.1.as_deref()).collect())
        .with("employment", amounts)
        .with_numbers("year", rows.iter().map(|row| row.3.map_or(f64::NAN, f64::from)).collect())
}

/// The rows as separated values, each field quoted where it has to be.
fn separated(rows: &[Row], comma: char, line_end: &str) -> String {
    let quote = |text: &str| {
        let plain = !text.contains([comma, '"', '\n', '\r']);
        if plain { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
    };
    let number = |number: f64| match comma {
        ';' => format!("{number:?}").replace('.', ","),
        _ => format!("{number:?}"),
    };
    let amount = |&(low, high): &(f64, f64)| match low == high {
        true => number(low),
        false => format!("{}..{}", number(low), number(high)),
    };
    let mut text = ["region", "name", "employment", "year"].join(&comma.to_string()) + line_end;
    for (region, name, jobs, year) in rows {
        let year = year.map(|year| year.to_string()).unwrap_or_default();
        let name = quote(name.as_deref().unwrap_or_default());
        let fields = [quote(region), name, jobs.as_ref().map(amount).unwrap_or_default(), year];
        text += &(fields.join(&comma.to_string()) + line_end);
    }
    text
}

/// The table in some bytes, without its place in the file.
fn read(bytes: Vec<u8>, name: &str) -> Table {
    let loaded = table_from_bytes(bytes, name, &spec(), &ReadOptions::default());
    match loaded.unwrap_or_else(|fault| panic!("{fault}")).data {
        InputData::Table(table) => table,
        InputData::Map(_) | InputData::Document(_) => panic!("a table was asked for"),
    }
}

/// Equal cell by cell; missing equals missing.
fn same(a: &Table, b: &Table) -> bool {
    a.fields().len() == b.fields().len()
        && a.fields().iter().zip(b.fields()).all(|(a, b)| a.name == b.name && format!("{a:?}") == format!("{b:?}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn separated_values(rows in rows(), comma in prop::sample::select(vec![',', ';', '\t']), windows in any::<bool>()) {
        let text = separated(&rows, comma, if windows { "\r\n" } else { "\n" });
        prop_assert!(same(&read(text.clone().into_bytes(), "a.csv"), &table(&rows)), "{text}");
    }

    #[test]
    fn encodings(rows in rows()) {
        let text = separated(&rows, ',', "\n");
        let expected = table(&rows);
        let marked = format!("\u{feff}{text}").into_bytes();
        prop_assert!(same(&read(marked, "a.csv"), &expected));
        let utf16: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        prop_assert!(same(&read(utf16, "a.csv"), &expected));
        // Chinese text beside which the few Western letters are no reason for doubt.
        let mut chinese = rows.clone();
        chinese.push(("江西省南昌市经济技术开发区赣江新区临空组团".to_owned(), None, None, None));
        let text = separated(&chinese, ',', "\n");
        prop_assert!(same(&read(GB18030.encode(&text).0.into_owned(), "a.csv"), &table(&chinese)), "{text}");
    }

    #[test]
    fn workbooks(rows in rows()) {
        let expected = table(&rows);
        let mut bytes = Vec::new();
        write_xlsx(&[("Areas".to_owned(), &expected)], &mut bytes).expect("written");
        prop_assert!(same(&read(bytes, "a.xlsx"), &expected));
    }

    #[test]
    fn parquet(rows in rows()) {
        let expected = table(&rows);
        let mut bytes = Vec::new();
        write_parquet(&expected, &mut bytes).expect("written");
        prop_assert!(same(&read(bytes, "a.parquet"), &expected));
    }
}

#[test]
fn the_same_table_gives_the_same_bytes() {
    let rows: Vec<Row> = vec![("01".to_owned(), None, Some((1.0, 2.0)), Some(2019))];
    let twice = [0, 1].map(|_| {
        let (mut workbook, mut parquet) = (Vec::new(), Vec::new());
        write_xlsx(&[("Areas".to_owned(), &table(&rows))], &mut workbook).expect("written");
        write_parquet(&table(&rows), &mut parquet).expect("written");
        (workbook, parquet)
    });
    assert_eq!(twice[0], twice[1]);
}
