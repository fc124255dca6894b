use super::*;
use proptest::prelude::*;
use std::slice::from_ref;

fn asked(orientation: Orientation) -> DeaQuestion {
    DeaQuestion { orientation, model: Model::Ccr, superefficiency: true, slacks: true }
}

#[test]
fn one_input_and_one_output_is_a_ratio() {
    // Eight stores, staff and sales: CCR efficiency is the ratio over the best ratio, 1 of the second (3/3).
    let staff = vec![2.0, 3.0, 3.0, 4.0, 5.0, 5.0, 6.0, 8.0];
    let sales = vec![1.0, 3.0, 2.0, 3.0, 4.0, 2.0, 3.0, 5.0];
    let found = efficiency(from_ref(&staff), from_ref(&sales), asked(Orientation::In));
    for (one, (x, y)) in found.iter().zip(staff.iter().zip(&sales)) {
        assert!((one.te - y / x).abs() < 1e-12, "{one:?}");
        assert!((one.te - one.pte * one.se).abs() < 1e-15);
    }
    // Against the others the second store is measured by the fifth, 4/5: 1.25.
    assert!((found[1].superefficiency - 1.25).abs() < 1e-12);
    assert_eq!(efficiency_ranks(&[0.5, 1.0, 1.0 - 1e-9, 0.2]), [3.0, 1.0, 1.0, 4.0]);
}

#[test]
fn a_slack_is_found_beside_the_score() {
    // The second unit uses as much of a and twice of b: θ = 1, slack 1 of b in the units of the data.
    let found = efficiency(&[vec![1.0, 1.0], vec![10.0, 20.0]], &[vec![1.0, 1.0]], asked(Orientation::In));
    assert!((found[1].te - 1.0).abs() < 1e-12);
    assert!((found[1].slacks[1] - 10.0).abs() < 1e-9 && (found[1].targets[1] - 10.0).abs() < 1e-9);
    assert_eq!(found[1].peers, [(0, 1.0)]);
}

#[test]
fn outputs_that_nobody_else_makes_have_no_super_score() {
    let found = efficiency(&[vec![1.0, 1.0]], &[vec![1.0, 1.0], vec![1.0, 0.0]], asked(Orientation::In));
    assert!(found[0].superefficiency.is_nan() && found[1].superefficiency.is_finite());
}

fn goods() -> impl Strategy<Value = Vec<Vec<f64>>> {
    proptest::collection::vec(proptest::collection::vec(0.1..9.0f64, 12), 4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn scores_are_shares_and_do_not_depend_on_units(x in goods(), scale in 0.001..1000.0f64) {
        let scaled: Vec<f64> = x[0].iter().map(|x| scale * x).collect();
        for orientation in [Orientation::In, Orientation::Out] {
            let found = efficiency(&x[..2], &x[2..], asked(orientation));
            let other = efficiency(&[scaled.clone(), x[1].clone()], &x[2..], asked(orientation));
            for (a, b) in found.iter().zip(&other) {
                prop_assert!(a.te > 0.0 && a.te <= a.pte + 1e-9 && a.pte <= 1.0);
                prop_assert!((a.te - b.te).abs() < 1e-8 && (a.pte - b.pte).abs() < 1e-8, "{a:?} {b:?}");
            }
            prop_assert!(found.iter().any(|one| one.te > 1.0 - 1e-9), "someone is best");
        }
    }

    #[test]
    fn both_orientations_agree_under_constant_returns(x in goods()) {
        let inward = efficiency(&x[..2], &x[2..], asked(Orientation::In));
        let outward = efficiency(&x[..2], &x[2..], asked(Orientation::Out));
        for (a, b) in inward.iter().zip(&outward) {
            prop_assert!((a.te - b.te).abs() < 1e-9);
            prop_assert!((1.0 / b.phi - b.te).abs() < 1e-9);
        }
    }

    #[test]
    fn targets_are_made_of_the_peers(x in goods()) {
        for one in efficiency(&x[..2], &x[2..], asked(Orientation::In)) {
            for (i, column) in x.iter().enumerate() {
                let made: f64 = one.peers.iter().map(|(j, share)| share * column[*j]).sum();
                prop_assert!((made - one.targets[i]).abs() < 1e-6, "{made} {}", one.targets[i]);
            }
        }
    }
}

#[test]
fn without_its_peer_a_unit_reaches_the_frontier() {
    // Output per input 1, 3/2, 2/3: B is the only peer. Without it A is on the frontier and C at 2/3.
    let (inputs, outputs) = ([vec![1.0, 2.0, 3.0]], [vec![1.0, 3.0, 2.0]]);
    let asked = DeaQuestion::default();
    let found = efficiency(&inputs, &outputs, asked);
    let firm = super::jackknife::jackknife(&inputs, &outputs, asked, &found);
    let ranks = firm.ranges.put_ranks(distretto_core::Table::empty());
    assert_eq!(ranks.numbers("rank_low"), Some(&[1.0, 1.0, 3.0][..]));
    assert_eq!(ranks.numbers("rank_high"), Some(&[2.0, 1.0, 3.0][..]));
    let (unit, mean) = firm.most.unwrap();
    assert_eq!(unit, 1);
    assert!((mean - (1.0 + 1.0 + 2.0 / 3.0) / 3.0).abs() < 1e-9);
}
