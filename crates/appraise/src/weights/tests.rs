use super::*;
use crate::indicators::read;
use distretto_core::{Inputs, Table};

fn indicators(columns: &[(&str, &[f64])], cost: &[&str]) -> Indicators {
    let table = columns.iter().fold(Table::empty(), |table, (name, x)| table.with_numbers(name, x.to_vec()));
    read(&Inputs::default().with_table("data", table), &IndicatorOptions::default().cost(cost)).unwrap()
}

fn by(indicators: &Indicators, method: WeightMethod, id: &str) -> Weighting {
    weights(indicators, method, &id.parse().unwrap()).unwrap()
}

#[test]
fn entropy_by_hand() {
    // Shares ½ ½ and ¼ ¾: entropies 1 and (¼ ln 4 + ¾ ln 4⁄3)/ln 2; all weight on the second.
    let two = indicators(&[("a", &[5.0, 5.0]), ("b", &[1.0, 3.0])], &[]);
    let found = by(&two, WeightMethod::Entropy, "sum");
    assert!((found.entropy[1] - (0.25 * 4f64.ln() + 0.75 * (4.0 / 3.0f64).ln()) / 2f64.ln()).abs() < 1e-15);
    assert!(found.weight[0].abs() < 1e-15 && (found.weight[1] - 1.0).abs() < 1e-15);
}

#[test]
fn nothing_to_tell_is_equal() {
    let flat = indicators(&[("a", &[5.0, 5.0]), ("b", &[1.0, 1.0])], &[]);
    let found = by(&flat, WeightMethod::Entropy, "sum");
    assert_eq!(found.weight, [0.5, 0.5]);
    assert_eq!(found.notes.len(), 1);
    let same = indicators(&[("a", &[1.0, 2.0, 4.0]), ("b", &[2.0, 4.0, 8.0])], &[]);
    assert_eq!(by(&same, WeightMethod::Critic, "minmax").weight, [0.5, 0.5]);
}

#[test]
fn critic_by_hand() {
    // Opposite columns: r = −1, conflict 2, equal spread of the minmax.
    let opposite = indicators(&[("a", &[0.0, 1.0, 2.0]), ("b", &[2.0, 1.0, 0.0])], &[]);
    let found = by(&opposite, WeightMethod::Critic, "minmax");
    assert!((found.conflict[0] - 2.0).abs() < 1e-15 && (found.sd[0] - 0.5).abs() < 1e-15);
    assert!((found.weight[0] - 0.5).abs() < 1e-15);
}

#[test]
fn combinations_by_hand() {
    let (a, b) = ([0.2, 0.8], [0.5, 0.5]);
    assert_eq!(combine(Combination::Linear, &a, &b, 0.25).unwrap(), [0.425, 0.575]);
    assert_eq!(combine(Combination::Product, &a, &b, 0.5).unwrap(), [0.2, 0.8]);
    // G = [[0.68, 0.5], [0.5, 0.5]], diag: α = ((0.34 − 0.25), 0)/0.09 = (1, 0).
    let game = combine(Combination::Game, &a, &b, 0.5).unwrap();
    assert!((game[0] - 0.2).abs() < 1e-12, "{game:?}");
    assert_eq!(combine(Combination::Game, &a, &a, 0.5).unwrap(), a);
}

#[test]
fn a_mean_of_zero_has_no_coefficient_of_variation() {
    let centred = indicators(&[("a", &[-1.0, 1.0]), ("b", &[1.0, 3.0])], &[]);
    let (error, _) = weights(&centred, WeightMethod::Cv, &Normalisation::none()).unwrap_err();
    assert!(error.to_string().contains("positive"), "{error}");
}
