//! Where do the United States make motor-vehicle parts (NAICS 3363, 2011), and which states gained since 2001?
//!
//! Renders a report from an outcome that is put together by hand from `states.csv`:
//!
//! ```text
//! cargo run -p distretto-report --example report_on_states -- states.geojson FOLDER [en|zh]
//! ```
//!
//! Source of the figures: Census Bureau, County Business Patterns 2001 and 2011, by state.

use distretto_core::{FigureKind, FigureSpec, Focus, Message, Outcome, Region, RegionMap, Ring, Table, Text};
use distretto_report::{
    Catalogue, Chapter, ChapterFigure, DataSource, FigureContext, Language, Names, Preview, PreviewOptions, Report,
    draw, html,
};
use serde_json::Value;
use std::collections::BTreeMap;
use std::error::Error;
use std::{env, fs, path::Path};

const STATES: &str = include_str!("states.csv");

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [map, folder, rest @ ..] = &arguments[..] else { return Err("usage: MAP.geojson FOLDER [en|zh]".into()) };
    let language = rest.first().and_then(|code| Language::from_code(code)).unwrap_or_default();
    let catalogue = Catalogue::new(language, &[]);
    let maps = BTreeMap::from([("states".to_owned(), read_map(&fs::read_to_string(map)?)?)]);
    let (outcome, names) = (outcome(), names());
    let focus = Focus {
        industries: vec![],
        label: Some("Motor-vehicle parts".into()),
        regions: vec!["26".into(), "47".into()],
    };
    let context =
        FigureContext { maps: &maps, points: &BTreeMap::new(), names: &names, focus: &focus, catalogue: &catalogue };

    fs::create_dir_all(Path::new(folder).join("figures"))?;
    let mut chapters = Vec::new();
    for (id, title, finding, sort, figures) in plan() {
        let mut chapter = Chapter::new(id, &outcome, &[Message::new(finding)], &catalogue, &names);
        chapter.title = title.to_owned();
        for (i, spec) in figures.iter().enumerate() {
            let figure = draw(spec, &outcome, &context)?;
            let href = format!("figures/{id}.{}.svg", i + 1);
            fs::write(Path::new(folder).join(&href), &figure.svg)?;
            chapter.figures.push(ChapterFigure { figure, href: Some(href) });
        }
        let options = PreviewOptions { sort: Some(sort.to_owned()), ..PreviewOptions::default() };
        chapter.tables.push(Preview::new("states", &outcome.tables[0].1, &options, &focus, &catalogue, &names));
        chapters.push(chapter);
    }
    let report = Report {
        title: "Motor-vehicle parts in the United States".into(),
        question: Some(
            "Where is the industry concentrated, who are the neighbours, and what changed from 2001 to 2011?".into(),
        ),
        focus: focus.label.clone(),
        data: vec![DataSource {
            name: "states".into(),
            path: "states.csv".into(),
            kind: "areas".into(),
            rows: 51,
            ..DataSource::default()
        }],
        chapters,
        version: env!("CARGO_PKG_VERSION").into(),
        seed: 1,
        warnings: vec![],
    };
    fs::write(Path::new(folder).join("report.html"), html(&report, &catalogue))?;
    Ok(())
}

type Plan = (&'static str, &'static str, &'static str, &'static str, Vec<FigureSpec>);

fn plan() -> Vec<Plan> {
    let map =
        |value: &str| FigureSpec { join: Some("states".into()), ..FigureSpec::new(FigureKind::Map).of_value(value) };
    let scatter = FigureSpec { x: Some("z".into()), y: Some("lag".into()), ..FigureSpec::new(FigureKind::Scatter) };
    let lorenz =
        FigureSpec { weight: Some("total".into()), ..FigureSpec::new(FigureKind::Lorenz).of_value("employment") };
    let quadrants = FigureSpec { join: Some("states".into()), ..FigureSpec::new(FigureKind::ClusterMap) };
    let parts =
        FigureSpec::new(FigureKind::Components).of_value("growth").stacking(&["national", "industry_mix", "regional"]);
    let intervals = FigureSpec::new(FigureKind::Intervals).of_value("lq").first(15).against(1.0);
    let bars = FigureSpec::new(FigureKind::Bars).of_value("employment").first(12);
    vec![
        (
            "concentration",
            "Where it concentrates",
            "Michigan has the largest location quotient, 6.4 times the national share; the ten largest states hold most of the jobs.",
            "lq",
            vec![map("lq"), intervals, bars, lorenz],
        ),
        (
            "neighbours",
            "Its neighbours",
            "States with a high location quotient lie beside one another, from the Great Lakes to the Gulf.",
            "z",
            vec![quadrants, scatter],
        ),
        (
            "growth",
            "What grew, and why",
            "The industry lost 42.3% of its jobs; Tennessee, Alabama and Kentucky kept more than their structure lets expect.",
            "regional",
            vec![parts, map("regional"), FigureSpec::new(FigureKind::Histogram).of_value("growth").against(0.0)],
        ),
    ]
}

fn columns() -> impl Iterator<Item = (usize, &'static str)> {
    STATES.lines().next().unwrap_or_default().split(',').enumerate()
}

fn cells(column: usize) -> impl Iterator<Item = &'static str> {
    STATES.lines().skip(1).filter_map(move |line| line.split(',').nth(column))
}

fn outcome() -> Outcome {
    let mut table = Table::empty();
    for (i, name) in columns().filter(|(_, name)| *name != "name") {
        table = match name {
            "region" | "quadrant" => table.with_text(name, cells(i).map(Some).collect::<Text>()),
            _ => table.with_numbers(name, cells(i).map(|cell| cell.parse().unwrap_or(f64::NAN)).collect()),
        };
    }
    let mut outcome =
        Outcome::new("measure lq", "location quotient; intervals by the delta method with a design effect of 36");
    outcome.add_table("states", table);
    outcome
}

fn names() -> Names {
    let pairs = cells(0).zip(cells(1)).map(|(code, name)| (code.to_owned(), name.to_owned()));
    Names { regions: pairs.collect(), ..Names::default() }
}

fn read_map(text: &str) -> Result<RegionMap, Box<dyn Error>> {
    let document: Value = serde_json::from_str(text)?;
    let ring = |ring: &Value| -> Ring {
        let points = ring.as_array().into_iter().flatten();
        points.map(|p| (p[0].as_f64().unwrap_or(f64::NAN), p[1].as_f64().unwrap_or(f64::NAN))).collect()
    };
    let polygon = |polygon: &Value| polygon.as_array().into_iter().flatten().map(ring).collect::<Vec<Ring>>();
    let region = |feature: &Value| {
        let geometry = &feature["geometry"];
        let polygons = match geometry["type"].as_str() {
            Some("Polygon") => vec![polygon(&geometry["coordinates"])],
            _ => geometry["coordinates"].as_array().into_iter().flatten().map(polygon).collect(),
        };
        let text = |name: &str| feature["properties"][name].as_str().map(str::to_owned);
        Region { id: text("region").unwrap_or_default(), name: text("name"), polygons }
    };
    let regions = document["features"].as_array().into_iter().flatten().map(region).collect();
    Ok(RegionMap { path: "states.geojson".into(), regions })
}
