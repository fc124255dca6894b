use super::*;
use crate::indicators::{IndicatorOptions, read};
use distretto_core::Table;

fn phones() -> Table {
    let units = ["A", "B", "C", "D", "E"].into_iter().map(Some).collect();
    Table::empty()
        .with_text("unit", units)
        .with_numbers("price", vec![250.0, 200.0, 300.0, 275.0, 225.0])
        .with_numbers("storage", vec![16.0, 16.0, 32.0, 32.0, 16.0])
        .with_numbers("camera", vec![12.0, 8.0, 16.0, 8.0, 16.0])
        .with_numbers("looks", vec![5.0, 3.0, 4.0, 4.0, 2.0])
}

fn ranked(options: &RankOptions) -> Ranking {
    let indicators = read(
        &distretto_core::Inputs::default().with_table("data", phones()),
        &IndicatorOptions::default().cost(&["price"]),
    )
    .unwrap();
    rank(&indicators, options, &Context::with_seed(1)).unwrap()
}

const METHODS: [RankMethod; 7] = [
    RankMethod::Topsis,
    RankMethod::Vikor,
    RankMethod::Saw,
    RankMethod::Wpm,
    RankMethod::Promethee,
    RankMethod::Gra,
    RankMethod::Rsr,
];

#[test]
fn saw_by_hand() {
    // A: price 0.5, storage 0, camera 0.5, looks 1; mean 0.5.
    let found = ranked(&RankOptions { method: RankMethod::Saw, ..RankOptions::default() });
    assert!((found.score[0] - 0.5).abs() < 1e-15, "{}", found.score[0]);
    assert_eq!(found.convention, "saw/minmax");
}

#[test]
fn draws_do_not_depend_on_threads() {
    for method in METHODS {
        let options = RankOptions { method, monte_carlo: Some(500), ..RankOptions::default() };
        let several = ranked(&options).uncertainty.unwrap();
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(|| ranked(&options));
        assert_eq!(several, one.uncertainty.unwrap());
        let total: f64 = several.first.iter().sum();
        assert!((total - 1.0).abs() < 1e-12, "first places are shared out");
    }
}

#[test]
fn every_method_answers_every_question() {
    for method in METHODS {
        let options =
            RankOptions { method, reversal: true, leave_one_out: true, obstacles: true, ..RankOptions::default() };
        let found = ranked(&options);
        assert_eq!(found.sensitivity.as_ref().map(Vec::len), Some(4));
        let obstacles = found.obstacles.unwrap();
        for row in 0..5 {
            let sum: f64 = obstacles.degree.iter().map(|column| column[row]).sum();
            assert!((sum - 1.0).abs() < 1e-14);
        }
    }
}

#[test]
fn a_relative_change_of_nothing_moves_no_rank() {
    let options =
        RankOptions { monte_carlo: Some(50), uncertainty: "relative:0.000000001".into(), ..RankOptions::default() };
    let found = ranked(&options);
    let uncertainty = found.uncertainty.unwrap();
    for row in 0..5 {
        assert_eq!(uncertainty.mean(row), found.rank[row]);
    }
}

#[test]
fn options_out_of_range_are_refused() {
    let wrong = |uncertainty: &str| RankOptions { uncertainty: uncertainty.into(), ..RankOptions::default() };
    assert!(wrong("relative:2").validate().is_err() && wrong("dirichlet:0").validate().is_err());
    assert!(wrong("moon").validate().is_err() && wrong("dirichlet:30").validate().is_ok());
    let indicators =
        read(&distretto_core::Inputs::default().with_table("data", phones()), &IndicatorOptions::default()).unwrap();
    let linear = RankOptions {
        method: RankMethod::Promethee,
        preference: Preference::Linear,
        p: vec!["2".into()],
        q: vec!["3".into()],
        ..RankOptions::default()
    };
    let error = rank(&indicators, &linear, &Context::with_seed(1)).unwrap_err();
    assert!(error.to_string().contains("range"), "{error}");
}
