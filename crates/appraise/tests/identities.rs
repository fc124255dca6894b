//! Identities that hold whatever the data, at random.

use distretto_appraise::indicators::{Direction, Indicators};
use distretto_appraise::rank::{RankMethod, RankOptions, Ranking, rank};
use distretto_appraise::weights::{WeightMethod, weights};
use distretto_core::Context;
use proptest::prelude::*;

const P: usize = 4;

/// Columns of positive values without ties, with directions.
fn columns() -> impl Strategy<Value = Vec<Vec<f64>>> {
    proptest::collection::vec(proptest::collection::vec(0.5..50.0f64, 7), P)
}

fn indicators(columns: &[Vec<f64>]) -> Indicators {
    let weights = [0.1, 0.2, 0.3, 0.4];
    let direction = |j: usize| if j.is_multiple_of(2) { Direction::Benefit } else { Direction::Cost };
    let one = |(j, column): (usize, &Vec<f64>)| (format!("x{j}"), direction(j), weights[j], column.clone());
    Indicators::plain(columns.iter().enumerate().map(one).collect())
}

fn ranked(columns: &[Vec<f64>], method: RankMethod, obstacles: bool) -> Ranking {
    let mut options = RankOptions::default();
    options.method = method;
    options.obstacles = obstacles;
    rank(&indicators(columns), &options, &Context::with_seed(1)).expect("the data allow every method")
}

fn near(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-9 * a.abs().max(1.0))
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn units_of_measurement_do_not_matter(x in columns(), scale in 0.01..100.0f64) {
        let scaled: Vec<Vec<f64>> = x.iter().map(|column| column.iter().map(|x| scale * x).collect()).collect();
        for method in METHODS {
            let (a, b) = (ranked(&x, method, false), ranked(&scaled, method, false));
            prop_assert!(near(&a.score, &b.score), "{method:?}");
        }
        let closeness = ranked(&x, RankMethod::Topsis, false).score;
        prop_assert!(closeness.iter().all(|c| (0.0..=1.0).contains(c)));
    }

    #[test]
    fn the_order_of_rows_does_not_matter(x in columns(), turn in 1..7usize) {
        let turned: Vec<Vec<f64>> = x
            .iter()
            .map(|column| {
                let mut column = column.clone();
                column.rotate_left(turn);
                column
            })
            .collect();
        for method in METHODS {
            let mut scores = ranked(&x, method, false).score;
            scores.rotate_left(turn);
            prop_assert!(near(&scores, &ranked(&turned, method, false).score), "{method:?}");
        }
    }

    #[test]
    fn flows_sum_to_nothing_and_obstacles_to_one(x in columns()) {
        let flows = ranked(&x, RankMethod::Promethee, true);
        prop_assert!(flows.score.iter().sum::<f64>().abs() < 1e-12);
        let obstacles = flows.obstacles.expect("they were asked for");
        for row in 0..7 {
            let sum: f64 = obstacles.degree.iter().map(|column| column[row]).sum();
            prop_assert!(sum.is_nan() || (sum - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn a_better_value_never_lowers_a_score(x in columns(), unit in 0..7usize) {
        let mut better = x.clone();
        better[0][unit] += 1.0;
        for method in [RankMethod::Promethee, RankMethod::Rsr] {
            prop_assert!(ranked(&better, method, false).score[unit] >= ranked(&x, method, false).score[unit] - 1e-12);
        }
    }

    #[test]
    fn weights_sum_to_one_and_forget_affine_maps(x in columns(), scale in 0.1..10.0f64, shift in -20.0..20.0f64) {
        let mapped: Vec<Vec<f64>> =
            x.iter().map(|column| column.iter().map(|x| scale * x + shift).collect()).collect();
        for method in [WeightMethod::Entropy, WeightMethod::Critic, WeightMethod::Sd] {
            let minmax = "minmax".parse().expect("an id");
            let of = |x: &[Vec<f64>]| weights(&indicators(x), method, &minmax).expect("the data allow it").weight;
            let found = of(&x);
            prop_assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-12 && found.iter().all(|w| *w >= 0.0));
            prop_assert!(near(&found, &of(&mapped)), "{method:?}");
        }
    }
}
