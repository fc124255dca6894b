use super::*;
use crate::points::EnvelopeMethod;
use crate::points::window::{CAP, EdgeScratch, EdgeWeights, PlacementError};
use distretto_numerics::{Key, Metric, Point, Stream};
use proptest::prelude::*;
use std::f64::consts::TAU;

fn rectangle() -> Window {
    Window::rectangle([0.0, 10.0, 0.0, 6.0]).unwrap()
}

/// A polygon with a hole, not convex, of area 37.
fn polygon() -> Window {
    let outer = vec![[0.0, 0.0], [10.0, 0.0], [10.0, 3.0], [4.0, 4.0], [4.0, 6.0], [0.0, 6.0]];
    let hole = vec![[1.0, 1.0], [1.0, 2.0], [3.0, 2.0], [3.0, 1.0]];
    Window::rings(&[outer, hole]).unwrap()
}

fn cloud(window: &Window, n: usize, seed: u64) -> Vec<Point> {
    (0..n).map(|i| intensity::uniform(window, &mut Stream::new(Key::new(seed, "test/ripley"), i as u64, 0))).collect()
}

/// Every third plant is of A, the next of B, the others of C.
fn plants(points: Vec<Point>) -> Plants {
    let codes = (0..points.len() as u32).map(|i| i % 3).collect();
    Plants::new(Metric::Euclidean, points, codes, ["A", "B", "C"].map(String::from).to_vec(), None).unwrap()
}

fn options(r: &[f64], correction: Correction) -> RipleyOptions {
    RipleyOptions { correction, ..RipleyOptions::default().with_distances(r) }
}

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|&word| word.to_owned()).collect()
}

fn run(points: &[Point], window: &Window, options: &RipleyOptions) -> RipleyResult {
    ripley(&plants(points.to_vec()), window, None, options, &Context::with_seed(1)).unwrap()
}

const ALL: [Correction; 4] = [Correction::None, Correction::Border, Correction::Translate, Correction::Isotropic];

/// K and g by their formulas over all pairs; the weights are checked beside their own code.
fn brute(window: &Window, a: &[Point], b: Option<&[Point]>, correction: Correction, r: f64, h: f64) -> [f64; 2] {
    let (area, others) = (window.area(), b.unwrap_or(a));
    let weights = EdgeWeights::new(window, correction, a, window.diameter());
    let edge: Vec<f64> = a.iter().map(|&p| window.boundary_distance(p)).collect();
    let at_least = |d: f64| edge.iter().filter(|&&edge| edge >= d).count() as f64;
    let (mut k, mut g) = (0.0, 0.0);
    for i in 0..a.len() {
        for j in (0..others.len()).filter(|&j| b.is_some() || i != j) {
            let (dx, dy) = (others[j][0] - a[i][0], others[j][1] - a[i][1]);
            let d = dx.hypot(dy);
            let kernel = 0.75 / h * (1.0 - ((r - d) / h).powi(2)).max(0.0);
            if correction == Correction::Border && at_least(r) == 0.0 {
                (k, g) = (f64::NAN, f64::NAN);
            } else if correction == Correction::Border {
                k += f64::from(u8::from(d <= r && edge[i] >= r)) / at_least(r);
                g += if edge[i] >= d { kernel / at_least(d) } else { 0.0 };
            } else {
                let weight = weights.weight(i, d, dx, dy, &mut EdgeScratch::default());
                k += if d <= r { weight } else { 0.0 };
                g += weight * kernel;
            }
        }
    }
    let n = a.len() as f64;
    let scale = match (correction, b) {
        (Correction::Border, _) => area / others.len() as f64,
        (_, Some(b)) => area / (n * b.len() as f64),
        (_, None) => area / (n * (n - 1.0)),
    };
    [scale * k, scale * g / (TAU * r)]
}

#[test]
fn functions_are_their_formulas() {
    let r = [0.3, 0.9, 1.4];
    for window in [rectangle(), polygon()] {
        let points = cloud(&window, 90, 2);
        let of = |kind: usize| points.iter().copied().skip(kind).step_by(3).collect::<Vec<Point>>();
        for correction in ALL {
            let mut asked = options(&r, correction);
            asked.bandwidth = Some(0.4);
            asked.industry = words(&["A"]);
            let own = run(&points, &window, &asked);
            let cross = run(&points, &window, &RipleyOptions { to: words(&["B"]), ..asked.clone() });
            let versus = run(&points, &window, &RipleyOptions { controls: words(&["C"]), ..asked.clone() });
            for (j, &r) in r.iter().enumerate() {
                let close = |found: f64, expected: f64| {
                    let same = (found - expected).abs() < 1e-11 * expected.abs().max(1.0)
                        || expected.is_nan() && found.is_nan();
                    assert!(same, "{correction:?} {r}: {found} {expected}");
                };
                let [k, g] = brute(&window, &of(0), None, correction, r, 0.4);
                close(own.k[j], k);
                close(own.g[j], g);
                let [k, g] = brute(&window, &of(0), Some(&of(1)), correction, r, 0.4);
                close(cross.k[j], k);
                close(cross.g[j], g);
                let [c, _] = brute(&window, &of(2), None, correction, r, 0.4);
                close(versus.d.as_ref().unwrap()[j], own.k[j] - c);
            }
        }
    }
}

/// Rounded to three decimals, so that both programs read the same.
const SPATSTAT_POINTS: [Point; 24] = [
    [0.555, 1.042],
    [1.72, 0.448],
    [0.504, 1.071],
    [2.83, 0.397],
    [0.387, 0.031],
    [2.5, 0.494],
    [0.717, 1.882],
    [0.542, 0.855],
    [2.561, 0.451],
    [0.677, 0.891],
    [1.334, 0.345],
    [0.225, 0.49],
    [0.452, 1.047],
    [1.506, 0.127],
    [2.431, 0.554],
    [0.021, 0.55],
    [0.044, 2.266],
    [2.05, 0.864],
    [0.826, 1.208],
    [1.842, 0.075],
    [2.31, 0.6],
    [0.781, 0.971],
    [0.656, 1.14],
    [0.198, 1.681],
];
const SPATSTAT_NONE: [f64; 4] = [0.0688405797101449, 0.240942028985507, 0.705615942028985, 1.3768115942029];
const SPATSTAT_ISOTROPIC: [f64; 4] = [0.0688405797101449, 0.250260397545973, 0.824089265605243, 2.24057120398586];
const SPATSTAT_BORDER: [f64; 3] = [0.0833333333333333, 0.362847222222222, 0.7125];
const SPATSTAT_TRANSLATE: [f64; 4] = [0.0740591007376624, 0.275000953094803, 0.903506837648677, 2.27748507344973];

/// spatstat.explore 3.0-6, Kest with an L-shaped window and a hole; for translate edge.Trans(exact = TRUE), since Kest
/// reads the overlap off a raster there.
#[test]
fn spatstat_agrees_on_a_polygon_with_a_hole() {
    let outer = vec![[0.0, 0.0], [3.0, 0.0], [3.0, 1.0], [1.0, 1.0], [1.0, 3.0], [0.0, 3.0]];
    let hole = vec![[0.25, 0.25], [0.25, 0.75], [0.75, 0.75], [0.75, 0.25]];
    let window = Window::rings(&[outer, hole]).unwrap();
    let points = SPATSTAT_POINTS.to_vec();
    let k = |correction, r: &[f64]| run(&points, &window, &options(r, correction)).k;
    let close = |found: &[f64], expected: &[f64]| {
        found.iter().zip(expected).for_each(|(a, b)| assert!((a / b - 1.0).abs() < 1e-9, "{found:?} {expected:?}"));
    };
    let r = [0.1, 0.2, 0.4, 0.8];
    close(&k(Correction::None, &r), &SPATSTAT_NONE);
    close(&k(Correction::Isotropic, &r), &SPATSTAT_ISOTROPIC);
    close(&k(Correction::Translate, &r), &SPATSTAT_TRANSLATE);
    close(&k(Correction::Border, &r[..3]), &SPATSTAT_BORDER);
}

#[test]
fn inhomogeneous_k_is_its_formula_and_k_when_the_intensity_is_even() {
    let window = polygon();
    let points = cloud(&window, 60, 3);
    let all = plants(points.clone());
    let uneven: Vec<f64> = (0..60).map(|i| 0.5 + f64::from(i % 7)).collect();
    for correction in ALL {
        let mut asked = options(&[0.4, 1.2], correction);
        asked.inhomogeneous = true;
        asked.intensity = Some("lambda".to_owned());
        let of = |values: &[f64]| ripley(&all, &window, Some(values), &asked, &Context::with_seed(1)).unwrap();
        let even = of(&[123.0; 60]);
        let same = even.k_inhom.as_ref().unwrap();
        same.iter().zip(&even.k).for_each(|(a, b)| assert!((a / b - 1.0).abs() < 1e-12, "{correction:?} {a} {b}"));
        // In any unit.
        let found = of(&uneven).k_inhom.unwrap();
        let scaled: Vec<f64> = uneven.iter().map(|value| 1e6 * value).collect();
        of(&scaled).k_inhom.unwrap().iter().zip(&found).for_each(|(a, b)| assert!((a / b - 1.0).abs() < 1e-12));
        if correction == Correction::Border {
            continue;
        }
        let weights = EdgeWeights::new(&window, correction, &points, 20.0);
        let (mut sum, mut norm) = (0.0, 0.0);
        for i in 0..60 {
            for j in (0..60).filter(|&j| j != i) {
                let (dx, dy) = (points[j][0] - points[i][0], points[j][1] - points[i][1]);
                let (d, product) = (dx.hypot(dy), 1.0 / (uneven[i] * uneven[j]));
                norm += product;
                sum += if d <= 1.2 { product * weights.weight(i, d, dx, dy, &mut EdgeScratch::default()) } else { 0.0 };
            }
        }
        assert!((found[1] / (window.area() * sum / norm) - 1.0).abs() < 1e-12);
    }
}

/// The mean of K over uniform patterns is πr²: 400 patterns of 60 points, within 4 standard errors.
#[test]
fn k_of_uniform_patterns_is_that_of_independence() {
    for window in [rectangle(), polygon()] {
        let r = [0.5, 1.0, 1.5];
        for correction in [Correction::Border, Correction::Translate, Correction::Isotropic] {
            let asked = options(&r, correction);
            let curves: Vec<RipleyResult> =
                (0..400).map(|seed| run(&cloud(&window, 60, seed), &window, &asked)).collect();
            for (j, r) in r.iter().enumerate() {
                // Patterns without a plant so far inside have no K.
                let of = |value: &dyn Fn(&RipleyResult) -> f64| {
                    let all: Vec<f64> = curves.iter().map(value).filter(|value| value.is_finite()).collect();
                    let mean = all.iter().sum::<f64>() / all.len() as f64;
                    let variance = all.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (all.len() - 1) as f64;
                    (mean, (variance / all.len() as f64).sqrt())
                };
                let expected = PI * r * r;
                // The border estimate divides by n, not n − 1.
                let expected = if correction == Correction::Border { expected * 59.0 / 60.0 } else { expected };
                let (mean, error) = of(&|result| result.k[j]);
                assert!((mean - expected).abs() < 4.0 * error, "{correction:?} {r}: {mean} ± {error}, {expected}");
                if correction != Correction::Border {
                    let (mean, error) = of(&|result| result.g[j]);
                    assert!((mean - 1.0).abs() < 4.0 * error + 0.01, "g {correction:?} {r}: {mean} ± {error}");
                }
            }
        }
    }
}

#[test]
fn plants_far_from_the_edge_need_no_correction() {
    let points: Vec<Point> = cloud(&rectangle(), 40, 4).iter().map(|[x, y]| [4.0 + 0.2 * x, 2.5 + 0.1 * y]).collect();
    let [none, border, _, isotropic] =
        ALL.map(|correction| run(&points, &rectangle(), &options(&[0.5, 1.0, 2.0], correction)));
    assert_eq!(none.k, isotropic.k);
    let ratio = 39.0 / 40.0;
    none.k.iter().zip(&border.k).for_each(|(a, b)| assert!((a * ratio / b - 1.0).abs() < 1e-12));
}

#[test]
fn cross_sums_decompose() {
    // n(n−1) K = Σ over ordered pairs of types of n_a n_b K_ab (n_a(n_a−1) K_aa).
    let window = polygon();
    let points = cloud(&window, 60, 5);
    for correction in [Correction::None, Correction::Translate, Correction::Isotropic] {
        let asked = options(&[0.7, 1.9], correction);
        let whole = run(&points, &window, &asked).k;
        for (j, whole) in whole.into_iter().enumerate() {
            let mut sum = 0.0;
            for a in ["A", "B", "C"] {
                for b in ["A", "B", "C"] {
                    let to = if a == b { vec![] } else { words(&[b]) };
                    let found = run(&points, &window, &RipleyOptions { industry: words(&[a]), to, ..asked.clone() });
                    sum += found.k[j] * if a == b { 20.0 * 19.0 } else { 400.0 };
                }
            }
            assert!((sum / (whole * 60.0 * 59.0) - 1.0).abs() < 1e-12, "{correction:?}");
        }
    }
}

#[test]
fn simulations_depend_on_the_seed_alone() {
    let window = polygon();
    let all = plants(cloud(&window, 60, 6));
    for (null, nsim) in [(Null::Csr, 19), (Null::RandomLocation, 19), (Null::InhomogeneousPoisson, 19)] {
        let mut asked = options(&[0.0, 0.5, 1.0], Correction::Isotropic).with_industry("A");
        (asked.curve.nsim, asked.curve.null, asked.inhomogeneous, asked.sigma) = (nsim, Some(null), true, Some(1.5));
        let go = |threads: usize, seed: u64| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| ripley(&all, &window, None, &asked, &Context::with_seed(seed)).unwrap())
        };
        let (one, three) = (go(1, 1), go(3, 1));
        // As text, in which NaN equals itself and every digit of a number stands.
        assert_eq!(format!("{one:?}"), format!("{three:?}"));
        assert_ne!(one.envelope().unwrap().mean, go(1, 2).envelope().unwrap().mean, "{null:?}");
    }
}

#[test]
fn pairs_that_are_held_and_pairs_that_are_found_anew_give_the_same_bits() {
    let window = polygon();
    let all = plants(cloud(&window, 90, 16));
    for correction in ALL {
        for (to, controls, function) in [
            (vec![], vec![], FunctionWord::K),
            (vec![], vec![], FunctionWord::G),
            (words(&["B"]), vec![], FunctionWord::L),
            (words(&["B"]), vec![], FunctionWord::G),
            (vec![], words(&["C"]), FunctionWord::D),
        ] {
            let mut asked = options(&[0.0, 0.5, 1.5], correction).with_industry("A");
            (asked.to, asked.controls, asked.function, asked.curve.nsim) = (to, controls, Some(function), 19);
            let go = |budget| compute((&all, &window, None), &asked, &Context::with_seed(5), budget).unwrap();
            assert_eq!(format!("{:?}", go(0)), format!("{:?}", go(HELD)), "{correction:?} {function:?}");
        }
    }
}

#[test]
fn a_cluster_is_found_and_labels_that_do_not_matter_are_not() {
    let mut points = cloud(&rectangle(), 120, 7);
    points.iter_mut().step_by(3).for_each(|point| *point = [point[0] * 0.2, point[1] * 0.2]);
    let mut asked = options(&[0.0, 0.4, 0.8, 1.2], Correction::Isotropic).with_industry("A");
    asked.curve.nsim = 39;
    let found = run(&points, &rectangle(), &asked);
    assert_eq!((found.null, found.envelope().unwrap().p_value), (Some(Null::RandomLocation), 1.0 / 40.0));
    let versus = RipleyOptions { controls: words(&["C"]), ..asked.clone() };
    let versus = run(&points, &rectangle(), &versus);
    assert_eq!((versus.null, versus.function), (Some(Null::RandomLabelling), FunctionWord::D));
    assert_eq!(versus.envelope().unwrap().p_value, 1.0 / 40.0);
    let cross = RipleyOptions { to: words(&["B"]), ..asked };
    assert_eq!(run(&points, &rectangle(), &cross).null, Some(Null::PopulationIndependence));
}

/// Under the null itself p ≤ 0.1 comes up in a tenth of all patterns: 200 patterns, ± 4 standard errors of 2.1 %.
#[test]
fn the_level_holds_on_uniform_patterns() {
    let window = polygon();
    for (function, method) in [(FunctionWord::LMinusR, EnvelopeMethod::Erl), (FunctionWord::G, EnvelopeMethod::Mad)] {
        let mut asked = options(&[0.3, 0.6, 1.0, 1.5], Correction::Isotropic);
        (asked.curve.nsim, asked.curve.level, asked.curve.envelope) = (19, 0.9, method);
        asked.function = Some(function);
        let mut rejected = 0;
        for seed in 0..200 {
            let all = plants(cloud(&window, 40, 3000 + seed));
            let found = ripley(&all, &window, None, &asked, &Context::with_seed(seed)).unwrap();
            rejected += u32::from(found.envelope().unwrap().p_value <= 0.1 + 1e-9);
        }
        assert!((3..=37).contains(&rejected), "{function:?}: {rejected} of 200");
    }
}

#[test]
fn bad_input_is_told() {
    let window = rectangle();
    let all = plants(cloud(&window, 12, 8));
    let fails = |options: &RipleyOptions| ripley(&all, &window, None, options, &Context::with_seed(1)).unwrap_err();
    let good = options(&[0.0, 1.0], Correction::Isotropic);
    let mut outside = cloud(&window, 12, 8);
    outside[4] = [10.1, 3.0];
    let error = ripley(&plants(outside), &window, None, &good, &Context::with_seed(1)).unwrap_err();
    assert!(matches!(error, RipleyError::Placement(PlacementError::Outside { plant: 4, count: 1, .. })), "{error}");
    assert!(matches!(
        fails(&options(&[12.0], Correction::None)),
        RipleyError::Placement(PlacementError::BeyondWindow { .. })
    ));
    assert!(matches!(fails(&RipleyOptions { sigma: Some(1.0), ..good.clone() }), RipleyError::Contradiction { .. }));
    assert!(matches!(fails(&RipleyOptions { bandwidth: Some(0.0), ..good.clone() }), RipleyError::Width { .. }));
    let d = RipleyOptions { function: Some(FunctionWord::D), ..good.clone() };
    assert!(matches!(fails(&d), RipleyError::Contradiction { .. }));
    let none = RipleyOptions { to: words(&["B"]), ..good.clone() };
    assert!(matches!(fails(&none), RipleyError::Plants(PlantsError::NoIndustry { .. })));
    let same = RipleyOptions { controls: words(&["A"]), ..good.clone().with_industry("A") };
    assert!(matches!(fails(&same), RipleyError::Plants(PlantsError::BothSides { .. })));
    let mut few = good.clone();
    few.curve.nsim = 3;
    assert!(matches!(fails(&few), RipleyError::Envelope(_)));
    let zero = RipleyOptions { inhomogeneous: true, intensity: Some("l".into()), ..good };
    let error = ripley(&all, &window, Some(&[0.0; 12]), &zero, &Context::with_seed(1)).unwrap_err();
    assert!(matches!(error, RipleyError::Intensity { plant: 1, .. }), "{error}");
}

#[test]
fn capped_weights_are_counted() {
    // Two plants at opposite corners: the circle about each through the other has nothing inside.
    let all = vec![[0.0, 0.0], [10.0, 6.0], [5.0, 3.0]];
    let found = run(&all, &rectangle(), &options(&[136f64.sqrt()], Correction::Isotropic));
    // And the middle sees both corners on a circle that touches the window there only.
    assert_eq!(found.capped, 4);
    // From a corner to the middle a quarter or less of the circle is inside.
    assert!(found.k[0] > 60.0 / 6.0 * 4.0 * CAP);
    assert!(found.notes().iter().any(|note| note.key == "measure.ripley.capped"));
}

proptest! {
    #[test]
    fn moving_turning_and_scaling_change_nothing(
        seed in 0u64..200, turn in 0.0f64..6.3, x in -1e3f64..1e3, y in -1e3f64..1e3, size in 0.01f64..100.0,
    ) {
        let place = |[px, py]: Point| {
            [x + size * (px * turn.cos() - py * turn.sin()), y + size * (px * turn.sin() + py * turn.cos())]
        };
        let outer = [[0.0, 0.0], [10.0, 0.0], [10.0, 3.0], [4.0, 4.0], [4.0, 6.0], [0.0, 6.0]];
        let hole = [[1.0, 1.0], [1.0, 2.0], [3.0, 2.0], [3.0, 1.0]];
        let moved = Window::rings(&[outer.map(place).to_vec(), hole.map(place).to_vec()]).unwrap();
        let points = cloud(&polygon(), 30, seed);
        let turned: Vec<Point> = points.iter().map(|&point| place(point)).collect();
        for correction in ALL {
            let (r, scaled) = ([0.4, 1.1, 2.0], [0.4 * size, 1.1 * size, 2.0 * size]);
            let (a, b) = (run(&points, &polygon(), &options(&r, correction)), run(&turned, &moved, &options(&scaled, correction)));
            for j in 0..3 {
                let k = b.k[j] / (size * size);
                prop_assert!((a.k[j] - k).abs() < 1e-6 * a.k[j].abs().max(1.0) || a.k[j].is_nan() && k.is_nan(), "{:?}", correction);
                prop_assert!((a.g[j] - b.g[j]).abs() < 1e-6 * a.g[j].abs().max(1.0) || a.g[j].is_nan() && b.g[j].is_nan());
            }
        }
    }

    #[test]
    fn the_order_of_the_plants_does_not_matter(seed in 0u64..200) {
        let points = cloud(&polygon(), 40, seed);
        let turned: Vec<Point> = points.iter().rev().copied().collect();
        for correction in ALL {
            let asked = options(&[0.4, 1.1, 2.0], correction);
            let (a, b) = (run(&points, &polygon(), &asked), run(&turned, &polygon(), &asked));
            // To the last bit: weights are added as whole numbers.
            prop_assert_eq!(format!("{:?}", a.k), format!("{:?}", b.k));
            prop_assert_eq!(format!("{:?}", a.g), format!("{:?}", b.g));
        }
    }
}
