use super::*;
use crate::catalogue::Language;
use crate::html::EVIL;
use crate::wellformed::assert_wellformed;
use distretto_core::Region;

/// A grid of four by three squares, and an island far in the west.
fn map() -> RegionMap {
    let square = |x: f64, y: f64| vec![vec![(x, y), (x + 2.0, y), (x + 2.0, y + 2.0), (x, y + 2.0), (x, y)]];
    let region = |i: usize| {
        let (column, row) = ((i % 4) as f64, (i / 4) as f64);
        Region { id: format!("{i:02}"), name: None, polygons: vec![square(2.0 * column, 40.0 + 2.0 * row)] }
    };
    let mut regions: Vec<Region> = (0..12).map(region).collect();
    regions.push(Region { id: "12".into(), name: Some("Island".into()), polygons: vec![square(-60.0, 20.0)] });
    RegionMap { path: "map.geojson".into(), regions }
}

fn table() -> Table {
    let ids: Vec<String> = (0..12).map(|i| format!("{i:02}")).collect();
    let lq = |i: usize| if i == 5 { f64::NAN } else { 0.3 * 1.5_f64.powi(i as i32) };
    let column = |f: &dyn Fn(usize) -> f64| (0..12).map(f).collect::<Vec<f64>>();
    let quadrants = ["HH", "LL", "HL", "LH"];
    Table::empty()
        .with_text("region", ids.iter().map(Some).collect())
        .with_numbers("employment", column(&|i| 100.0 * (i * i) as f64))
        .with_numbers("lq", column(&lq))
        .with_numbers("lq_low", column(&|i| 0.8 * lq(i)))
        .with_numbers("lq_high", column(&|i| 1.3 * lq(i)))
        .with_numbers("change", column(&|i| 40.0 * i as f64 - 200.0))
        .with_numbers("national", column(&|i| 10.0 * i as f64))
        .with_numbers("regional", column(&|i| 30.0 * i as f64 - 200.0))
        .with_numbers("year", column(&|i| 2001.0 + (i / 4) as f64))
        .with_text("kind", (0..12).map(|i| Some(["a", "b", "c", "d"][i % 4])).collect())
        .with_numbers("q_value", column(&|i| if i % 3 == 0 { 0.2 } else { 0.001 }))
        .with_text("quadrant", (0..12).map(|i| Some(quadrants[i % 4])).collect())
        .with_text("field", (0..12).map(|i| Some(["S", "W", "O", "T"][i % 4])).collect())
        .with_numbers("lag", column(&|i| 5.0 - ((7 * i) % 11) as f64))
        .with_numbers("lon", column(&|i| 2.0 * (i % 4) as f64 + 1.0))
        .with_numbers("lat", column(&|i| 41.0 + 2.0 * (i / 4) as f64))
}

fn specs() -> Vec<(&'static str, FigureSpec)> {
    let new = FigureSpec::new;
    let join = |name: &str| Some(name.to_owned());
    vec![
        ("map", FigureSpec { join: join("map"), ..new(FigureKind::Map).of_value("lq") }),
        ("map_signed", FigureSpec { join: join("map"), ..new(FigureKind::Map).of_value("change") }),
        (
            "points",
            FigureSpec {
                join: join("points"),
                base: join("map"),
                weight: join("employment"),
                ..new(FigureKind::Map).of_value("employment")
            },
        ),
        ("cluster_map", new(FigureKind::ClusterMap)),
        ("intervals", new(FigureKind::Intervals).of_value("lq").first(6).against(1.0)),
        ("bars", new(FigureKind::Bars).of_value("change")),
        ("components", new(FigureKind::Components).of_value("change").stacking(&["national", "regional"])),
        ("lorenz", FigureSpec { weight: join("national"), ..new(FigureKind::Lorenz).of_value("employment") }),
        ("scatter", FigureSpec { x: join("employment"), y: join("lq"), ..new(FigureKind::Scatter) }),
        (
            "scatter_quadrants",
            FigureSpec { x: join("employment"), y: join("lq"), ..new(FigureKind::Scatter) }.against(1.0),
        ),
        (
            "scatter_groups",
            FigureSpec { x: join("employment"), y: join("lq"), group: join("kind"), ..new(FigureKind::Scatter) },
        ),
        (
            "scatter_moran",
            FigureSpec { x: join("change"), y: join("lag"), group: join("quadrant"), ..new(FigureKind::Scatter) },
        ),
        ("lines", FigureSpec { x: join("year"), y: join("employment"), group: join("kind"), ..new(FigureKind::Lines) }),
        (
            "lines_by_number",
            FigureSpec { x: join("lon"), y: join("lag"), group: join("lat"), ..new(FigureKind::Lines) }
                .in_unit("jobs")
                .with_peaks(),
        ),
        ("histogram", new(FigureKind::Histogram).of_value("change")),
        (
            "matrix",
            FigureSpec {
                group: join("kind"),
                weight: join("q_value"),
                reference: Some(0.05),
                ..new(FigureKind::Matrix).of_value("lq").by("region")
            },
        ),
        ("profile", FigureSpec { group: join("kind"), ..new(FigureKind::Profile).of_value("lq") }),
        ("profile_series", new(FigureKind::Profile).stacking(&["national", "regional"])),
        ("swot", FigureSpec { group: join("field"), ..new(FigureKind::Swot).of_value("lq") }),
        (
            "curve",
            FigureSpec {
                x: join("employment"),
                y: join("national"),
                low: join("lq_low"),
                high: join("lq_high"),
                ..new(FigureKind::Curve).of_value("lq")
            },
        ),
    ]
}

fn outcome() -> Outcome {
    let mut outcome = Outcome::new("measure lq", "a method");
    outcome.add_table("cells", table());
    outcome
}

fn drawn(spec: &FigureSpec, names: &Names, language: Language) -> Result<Figure, FigureError> {
    let maps = BTreeMap::from([("map".to_owned(), map())]);
    let points = BTreeMap::from([("points".to_owned(), table())]);
    let focus = Focus { regions: vec!["07".into(), "11".into()], ..Focus::default() };
    let catalogue = Catalogue::new(language, &[]);
    draw(spec, &outcome(), &FigureContext { maps: &maps, points: &points, names, focus: &focus, catalogue: &catalogue })
}

fn all_called(name: &str) -> Names {
    Names { regions: (0..13).map(|i| (format!("{i:02}"), name.to_owned())).collect(), ..Names::default() }
}

#[test]
fn every_kind_is_drawn() {
    let names = Names { regions: [("11".to_owned(), "Kokomo, IN".to_owned())].into(), ..Names::default() };
    for (name, spec) in specs() {
        let figure = drawn(&spec, &names, Language::En).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_wellformed(&figure.svg);
        // The style sheet is the same in all figures and would only repeat itself.
        let words = format!("{}\n{}\n{}", figure.caption, figure.alt, figure.svg.replace(style::CSS, "…"));
        insta::assert_snapshot!(name, words);
    }
}

#[test]
fn a_second_drawing_has_the_same_bytes() {
    for (name, spec) in specs() {
        let draw = || drawn(&spec, &Names::default(), Language::En);
        assert_eq!(draw(), draw(), "{name}");
    }
}

#[test]
fn names_are_never_markup() {
    for (name, spec) in specs() {
        for language in [Language::En, Language::Zh] {
            let spec = FigureSpec { caption: Some(EVIL.to_owned()), ..spec.clone() };
            let figure = drawn(&spec, &all_called(EVIL), language).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(!figure.svg.contains("<script"), "{name}");
            assert_wellformed(&figure.svg);
        }
    }
}

#[test]
fn chinese_and_long_names_stay_within_the_figure() {
    let names = all_called("江西省上饶市广信区茶亭经济开发区汽车零部件产业园东区二期标准厂房");
    for (name, spec) in specs() {
        let figure = drawn(&spec, &names, Language::Zh).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_wellformed(&figure.svg);
        for line in figure.svg.lines().filter(|line| line.starts_with("<text") && !line.contains("rotate")) {
            let attribute = |name: &str| {
                let (_, rest) = line.split_once(&format!(" {name}=\""))?;
                rest.split('"').next()?.parse::<f64>().ok()
            };
            let x = attribute("x").expect("text has a place");
            let text = line.split('>').nth(1).and_then(|rest| rest.split('<').next()).unwrap_or_default();
            let wide = svg::text_width(text, style::TEXT);
            let (left, right) = match line {
                line if line.contains("\"end\"") => (x - wide, x),
                line if line.contains("\"middle\"") => (x - wide / 2.0, x + wide / 2.0),
                _ => (x, x + wide),
            };
            assert!(left > -2.0 && right < style::WIDTH + 6.0, "{name}: `{text}` from {left:.0} to {right:.0}");
        }
    }
}

#[test]
fn a_figure_that_cannot_be_drawn_says_why() {
    let error = |spec: FigureSpec| drawn(&spec, &Names::default(), Language::En).expect_err("no figure").to_string();
    let new = FigureSpec::new;
    assert_eq!(error(new(FigureKind::Bars).of_table("cell")), "`measure lq` has no table `cell`; it has cells");
    assert!(
        error(new(FigureKind::Bars).of_value("lqq"))
            .starts_with("table `cells` has no column `lqq` of numbers; it has region,")
    );
    assert_eq!(error(new(FigureKind::Components)), "a figure of kind `components` needs `series`");
    let lost = FigureSpec { join: Some("nowhere".into()), ..new(FigureKind::Map).of_value("lq") };
    assert_eq!(error(lost), "`nowhere` is neither a map nor a table with `lon` and `lat`; there is map, points");
    let none = FigureSpec { at_least: Some(("employment".into(), 1e9)), ..new(FigureKind::Bars).of_value("lq") };
    assert_eq!(error(none), "nothing to draw: no row of table `cells` has a value in `lq`");
}

/// Rows that say themselves where they are: plants with names of their own, one far away, and the cells of a grid.
#[test]
fn plants_have_names_and_cells_have_none() {
    let text = |words: &[&str]| words.iter().copied().map(Some).collect();
    let map = Table::empty()
        .with_text("id", text(&["p1", "p2", "p3"]))
        .with_numbers("lon", vec![0.0, 1.0, 60.0])
        .with_numbers("lat", vec![40.0, 41.0, 10.0])
        .with_numbers("m_local", vec![0.4, 3.0, 7.0])
        .with_text("name", text(&["North works", "East works", ""]));
    let surface = Table::empty()
        .with_numbers("x", vec![0.5, 1.5, 2.5, 0.5, 1.5, 2.5])
        .with_numbers("y", vec![0.5, 0.5, 0.5, 1.5, 1.5, 1.5])
        .with_numbers("m_smoothed", vec![0.4, 1.5, f64::NAN, 3.0, 7.0, 20.0]);
    let mut outcome = Outcome::new("measure m", "a method");
    outcome.add_table("map", map).add_table("surface", surface);
    let (none, names, focus) = (BTreeMap::new(), Names::default(), Focus::default());
    let (points, catalogue) = (BTreeMap::new(), Catalogue::new(Language::En, &[]));
    let context = FigureContext { maps: &none, points: &points, names: &names, focus: &focus, catalogue: &catalogue };
    let drawn = |table: &str, value: &str| {
        let spec = FigureSpec::new(FigureKind::Map).of_table(table).of_value(value).against(1.0);
        draw(&spec, &outcome, &context).expect("a figure").svg
    };
    let plants = drawn("map", "m_local");
    assert!(["North works: 0.4", "East works: 3", "p3: 7"].iter().all(|name| plants.contains(name)), "{plants}");
    // A plant that stands apart is no island in a box: all share one frame, from its left edge to its right one.
    assert!(["cx=\"8\"", "cx=\"632\""].iter().all(|place| plants.contains(place)), "{plants}");
    assert_eq!(plants.matches("<circle class=\"spot\"").count(), 3);
    let cells = drawn("surface", "m_smoothed");
    assert_wellformed(&cells);
    assert_eq!((cells.matches("<path ").count(), cells.contains("url(#hatch")), (5, false), "{cells}");
    assert!(cells.contains("<title>2.5, 1.5: 20</title>"), "{cells}");
}
