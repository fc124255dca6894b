use super::*;
use distretto_core::{Region, Text};

fn text(words: &[&str]) -> Text {
    words.iter().map(|word| (!word.is_empty()).then_some(*word)).collect()
}

/// A, B, C on a line with values 1, 2, 4.
fn table() -> Table {
    Table::empty()
        .with_text("region", text(&["A", "B", "C"]))
        .with_numbers("v", vec![1.0, 2.0, 4.0])
        .with_numbers("x", vec![0.0, 1.0, 3.0])
        .with_numbers("y", vec![0.0; 3])
}

fn links(sources: &[&str], targets: &[&str], weights: Vec<f64>) -> Table {
    let table = Table::empty().with_text("source", text(sources)).with_text("target", text(targets));
    table.with_numbers("weight", weights)
}

fn variable() -> VariableOptions {
    VariableOptions { value: Some("v".to_owned()), ..VariableOptions::default() }
}

fn nearest(k: usize) -> WeightOptions {
    WeightOptions { knn: Some(k), ..WeightOptions::default() }
}

fn read_links(table: Table, links: Table) -> Result<SpatialData, Fault> {
    let inputs = Inputs::default().with_table("table", table).with_table("weights", links);
    read(&inputs, &variable(), &WeightOptions::default())
}

fn message(result: Result<SpatialData, Fault>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn exactly_one_source_of_weights() {
    let given = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let none = columns(&variable(), &WeightOptions::default(), &given(&["table"])).unwrap_err();
    assert!(none.message().contains("no source") && none.hint().unwrap().contains("--knn"), "{none}");
    let two = columns(&variable(), &nearest(2), &given(&["table", "weights"])).unwrap_err();
    assert!(two.message().contains("--weights and --knn"), "{two}");
    let queen = WeightOptions { contiguity: Some(Contiguity::Queen), ..WeightOptions::default() };
    assert!(columns(&variable(), &queen, &given(&["table"])).unwrap_err().hint().unwrap().contains("--map"));
    let map = columns(&variable(), &WeightOptions::default(), &given(&["table", "map"])).unwrap_err();
    assert!(map.hint().unwrap().contains("--contiguity"));
    let unused = columns(&variable(), &nearest(2), &given(&["table", "map"])).unwrap_err();
    assert!(unused.message().contains("`map`"), "{unused}");
    let unused = columns(&variable(), &queen, &given(&["table", "map", "regions"])).unwrap_err();
    assert!(unused.message().contains("`regions`"), "{unused}");
    let unnamed = columns(&VariableOptions::default(), &nearest(2), &given(&["table"])).unwrap_err();
    assert!(unnamed.hint().unwrap().contains("--value"));
}

#[test]
fn coordinates_are_asked_of_the_table_that_has_them() {
    let names = |spec: &TableSpec| spec.columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
    let own = columns(&variable(), &nearest(1), &["table".to_owned()]).unwrap();
    assert_eq!(names(&own[0]), ["region", "v", "industry", "year", "x", "y", "lon", "lat"]);
    let other = columns(&variable(), &nearest(1), &["table".to_owned(), "regions".to_owned()]).unwrap();
    assert_eq!(names(&other[0]), ["region", "v", "industry", "year"]);
    assert_eq!(names(&other[1]), ["region", "x", "y", "lon", "lat"]);
    // A value column that is itself called y is no coordinate.
    let y = VariableOptions { value: Some("y".to_owned()), ..VariableOptions::default() };
    assert_eq!(names(&columns(&y, &nearest(1), &["table".to_owned()]).unwrap()[0])[4..], ["x", "lon", "lat"]);
    let inputs = Inputs::default().with_table("table", table());
    assert!(read(&inputs, &y, &nearest(1)).unwrap_err().message().contains("no coordinates"));
}

#[test]
fn nearest_points_by_hand() {
    let inputs = Inputs::default().with_table("table", table());
    let data = read(&inputs, &variable(), &nearest(1)).unwrap();
    assert_eq!((0..3).map(|i| data.weights.neighbours(i)[0]).collect::<Vec<_>>(), [1, 0, 1]);
    let band = WeightOptions { distance_band: Some(1.0), ..WeightOptions::default() };
    let data = read(&inputs, &variable(), &band).unwrap();
    assert_eq!(data.weights.islands(), [2]);
    assert_eq!(data.notes[0].key, "measure.shared.spatial-islands");
    assert_eq!(data.notes[0].args[1].1, Arg::List(vec![Arg::Region("C".into())]));
}

#[test]
fn a_table_of_regions_places_them_on_the_globe() {
    let regions = Table::empty()
        .with_text("region", text(&["C", "B", "A", "elsewhere"]))
        .with_numbers("lon", vec![-179.0, 170.0, 179.0, 0.0])
        .with_numbers("lat", vec![0.0; 4]);
    let inputs = Inputs::default().with_table("table", table()).with_table("regions", regions.clone());
    let data = read(&inputs, &variable(), &nearest(1)).unwrap();
    assert_eq!(data.weights.neighbours(0), [2]); // across the date line
    let inputs = Inputs::default().with_table("table", table()).with_table("regions", regions.take(&[0, 2]));
    assert!(
        message(read(&inputs, &variable(), &nearest(1)))
            .contains("region B stands in the table but not in the regions")
    );
    let inputs = Inputs::default().with_table("table", table()).with_table("regions", regions.take(&[0, 1, 2, 2]));
    assert!(message(read(&inputs, &variable(), &nearest(1))).contains("duplicate row for region A"));
}

#[test]
fn missing_values_leave_with_their_links() {
    let table = table().take(&[0, 1, 2]);
    let table = Table::empty()
        .with_text("region", table.text("region").unwrap().clone())
        .with_numbers("v", vec![1.0, f64::NAN, 4.0])
        .with_numbers("x", vec![0.0, 1.0, 3.0])
        .with_numbers("y", vec![0.0; 3]);
    let data = read_links(table.clone(), links(&["A", "B", "B", "C"], &["B", "A", "C", "A"], vec![1.0; 4])).unwrap();
    assert_eq!(data.regions, ["A", "C"]);
    assert_eq!((data.weights.links(), data.weights.neighbours(1)), (1, &[0][..]));
    let keys: Vec<&str> = data.notes.iter().map(|note| note.key).collect();
    assert_eq!(keys, ["measure.shared.spatial-missing", "measure.shared.spatial-islands"]);
    // Among points neighbours are searched among those that are left.
    let inputs = Inputs::default().with_table("table", table);
    assert_eq!(read(&inputs, &variable(), &nearest(1)).unwrap().weights.neighbours(0), [1]);
}

#[test]
fn weights_and_table_must_hold_the_same_regions() {
    let stranger = links(&["A", "B", "D", "E"], &["B", "C", "A", "A"], vec![1.0; 4]);
    let error = message(read_links(table(), stranger));
    assert!(error.contains("region D") && error.contains("2 such regions"), "{error}");
    let error = read_links(table(), links(&["A"], &["B"], vec![1.0])).unwrap_err();
    assert!(error.message().contains("region C") && error.hint().unwrap().contains("empty target"), "{error}");
    let listed = read_links(table(), links(&["A", "C"], &["B", ""], vec![1.0, f64::NAN])).unwrap();
    assert_eq!(listed.weights.islands(), [1, 2]);
}

#[test]
fn bad_links_are_named() {
    let all = |weights: Vec<f64>| links(&["A", "B", "C"], &["B", "C", "A"], weights);
    let error = message(read_links(table(), all(vec![1.0, -2.0, 1.0])));
    assert!(error.contains("-2 from B to C") && error.contains("negative"), "{error}");
    assert!(message(read_links(table(), all(vec![1.0, f64::NAN, 1.0]))).contains("from B to C"));
    let twice = links(&["A", "B", "C", "A"], &["B", "C", "A", "B"], vec![1.0; 4]);
    assert!(message(read_links(table(), twice)).contains("duplicate link from A to B"));
    let own = read_links(table(), links(&["A", "B", "C"], &["A", "C", "A"], vec![1.0; 3])).unwrap();
    assert_eq!(own.notes.last().unwrap().key, "measure.shared.spatial-self-links");
}

#[test]
fn one_row_for_each_region() {
    let rows = |industries: &[&str], years: Vec<f64>| {
        let table = Table::empty().with_text("region", text(&["A", "B", "A", "B"]));
        let table = table.with_text("industry", text(industries)).with_numbers("year", years);
        table.with_numbers("v", vec![1.0, 2.0, 3.0, 4.0])
    };
    let both = links(&["A", "B"], &["B", "A"], vec![1.0; 2]);
    let read = |table: Table, options: &VariableOptions| {
        let inputs = Inputs::default().with_table("table", table).with_table("weights", both.clone());
        read(&inputs, options, &WeightOptions::default())
    };
    let several = rows(&["x", "x", "z", "z"], vec![2001.0; 4]);
    let error = read(several.clone(), &variable()).unwrap_err();
    assert!(error.hint().unwrap().contains("--industry") && error.message().contains("x and z"), "{error}");
    let z = VariableOptions { industry: Some("z".into()), ..variable() };
    assert_eq!(read(several.clone(), &z).unwrap().values, [3.0, 4.0]);
    let unknown = VariableOptions { industry: Some("y".into()), ..variable() };
    assert!(message(read(several, &unknown)).contains("no industry y"));
    let years = rows(&["x"; 4], vec![2001.0, 2001.0, 2002.0, 2002.0]);
    assert!(message(read(years.clone(), &variable())).contains("2001 to 2002"));
    let later = VariableOptions { year: Some(2002), ..variable() };
    assert_eq!(read(years, &later).unwrap().values, [3.0, 4.0]);
    let twice = rows(&["x"; 4], vec![2001.0; 4]);
    assert!(message(read(twice.clone(), &variable())).contains("duplicate row for region A"));
    assert!(message(read(twice, &later)).contains("2002"));
    let unused = VariableOptions { industry: Some("x".into()), ..variable() };
    let chain = links(&["A", "B"], &["B", "C"], vec![1.0; 2]);
    let inputs = Inputs::default().with_table("table", table()).with_table("weights", chain);
    let data = super::read(&inputs, &unused, &WeightOptions::default()).unwrap();
    assert_eq!(data.notes[0].key, "measure.shared.spatial-industry-unused");
}

#[test]
fn borders_of_a_row_of_squares() {
    let square = |id: &str, x: f64| {
        let ring = vec![(x, 0.0), (x + 1.0, 0.0), (x + 1.0, 1.0), (x, 1.0)];
        Region { id: id.to_owned(), name: None, polygons: vec![vec![ring]] }
    };
    let map = |regions: Vec<Region>| RegionMap { path: "map.geojson".to_owned(), regions };
    let rook = WeightOptions { contiguity: Some(Contiguity::Rook), ..WeightOptions::default() };
    let read = |map: RegionMap| {
        let inputs = Inputs::default().with_table("table", table()).with("map", distretto_core::InputData::Map(map));
        read(&inputs, &variable(), &rook)
    };
    let data = read(map(vec![square("D", 3.0), square("C", 2.0), square("B", 1.0), square("A", 0.0)])).unwrap();
    assert_eq!((data.weights.neighbours(0), data.weights.neighbours(1)), (&[1][..], &[0, 2][..]));
    // A region in two pieces touches by either.
    let pieces = map(vec![square("A", 0.0), square("A", 4.0), square("B", 1.0), square("C", 3.0)]);
    assert_eq!(read(pieces).unwrap().weights.neighbours(0), [1, 2]);
    let error = read(map(vec![square("A", 0.0)])).unwrap_err();
    assert!(error.message().contains("region B") && error.message().contains("map"), "{error}");
    assert_eq!(error.file(), Some("map.geojson"));
}

#[test]
fn levels_and_numbers_of_permutations() {
    let options = |nsim, level| PermutationOptions { nsim, level, ..PermutationOptions::default() };
    assert!(options(19, 0.95).validate().is_ok() && options(0, 0.95).validate().is_ok());
    assert!(options(18, 0.95).validate().unwrap_err().to_string().contains("number of simulations"));
    assert!(options(0, 1.5).validate().is_err());
}
