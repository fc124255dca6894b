use super::*;
use crate::points::{DrawScratch, EnvelopeMethod};
use distretto_numerics::{Key, Metric, Point, Stream, TailCounts, distance};
use proptest::prelude::*;

fn cloud(n: usize, seed: u64) -> Vec<Point> {
    let mut stream = Stream::new(Key::new(seed, "test/m"), 0, 0);
    (0..n).map(|_| [stream.uniform() * 10.0, stream.uniform() * 6.0]).collect()
}

/// Every third plant is of A, the next of B, the others of C.
fn plants(points: Vec<Point>, metric: Metric, weights: Option<Vec<f64>>) -> Plants {
    let codes = (0..points.len() as u32).map(|i| i % 3).collect();
    Plants::new(metric, points, codes, ["A", "B", "C"].map(String::from).to_vec(), weights).unwrap()
}

fn options(r: &[f64]) -> MOptions {
    MOptions::default().with_industry("A").with_distances(r)
}

fn with(sides: Sides, options: MOptions) -> MOptions {
    let mut options = options;
    match sides {
        Sides::Own => {}
        Sides::To => options.plants.to = vec!["B".into()],
        Sides::Controls => options.controls = vec!["B".into()],
    }
    options
}

fn run(plants: &Plants, options: &MOptions) -> MResult {
    m(plants, options, &Context::with_seed(1)).unwrap()
}

/// What a mark counts for: among all, and of the type.
fn roles(sides: Sides, code: u32) -> (bool, bool) {
    match sides {
        Sides::Own => (true, code == 0),
        Sides::To => (true, code == 1),
        Sides::Controls => (code == 1, code == 0),
    }
}

/// Kernel of a neighbour at distance d: within r, or by the density of bandwidth h.
fn kernel(r: f64, d: f64, h: Option<f64>) -> f64 {
    let phi = |u: f64, h: f64| (-0.5 * (u / h) * (u / h)).exp() / (h * (2.0 * std::f64::consts::PI).sqrt());
    match h {
        None => f64::from(u8::from(d <= r * (1.0 + 1e-12))),
        Some(h) => phi(r - d, h) + phi(r + d, h),
    }
}

struct Pattern<'a> {
    plants: &'a Plants,
    sides: Sides,
    /// Mark at each site.
    mark: Vec<usize>,
    /// Weights stay at their sites.
    stay: bool,
    h: Option<f64>,
}

impl Pattern<'_> {
    fn code(&self, site: usize) -> u32 {
        self.plants.codes()[self.mark[site]]
    }

    fn weight(&self, site: usize) -> f64 {
        self.plants.weight(if self.stay { site } else { self.mark[site] } as u32)
    }

    /// Ratio of neighbours of a site, and that of the whole economy, by the formula.
    fn ratios(&self, i: usize, r: f64) -> (f64, f64) {
        let (mut near, mut whole) = ([0.0; 2], [0.0; 2]);
        for j in (0..self.mark.len()).filter(|&j| j != i) {
            let d = distance(self.plants.metric(), self.plants.points()[i], self.plants.points()[j]);
            let (all, typed) = roles(self.sides, self.code(j));
            let weight = self.weight(j);
            for (side, counts) in [all, typed].into_iter().enumerate() {
                near[side] += if counts { weight * kernel(r, d, self.h) } else { 0.0 };
                whole[side] += if counts { weight } else { 0.0 };
            }
        }
        let local = if near[0] > 0.0 { near[1] / near[0] } else { f64::NAN };
        (local, whole[1] / whole[0])
    }

    fn m(&self, r: f64) -> f64 {
        let centres = (0..self.mark.len()).filter(|&i| self.code(i) == 0);
        let ratios = centres.map(|i| self.ratios(i, r)).filter(|(local, _)| !local.is_nan());
        let (local, global) = ratios.fold((0.0, 0.0), |sum, (local, global)| (sum.0 + local, sum.1 + global));
        local / global
    }
}

fn sizes(n: usize) -> Vec<f64> {
    (0..n).map(|i| f64::from(i as u32 * 7 % 11) * if i % 5 == 0 { 0.3 } else { 1.0 }).collect()
}

const ALL: [Sides; 3] = [Sides::Own, Sides::To, Sides::Controls];

#[test]
fn m_is_the_formula() {
    for (metric, scale) in [(Metric::Euclidean, 1.0), (Metric::Haversine, 100.0)] {
        for weights in [None, Some(sizes(90)), Some((0..90).map(f64::from).collect())] {
            let plants = plants(cloud(90, 2), metric, weights);
            for (sides, h) in ALL.into_iter().flat_map(|sides| [(sides, None), (sides, Some(0.5 * scale))]) {
                let r = [0.0, 0.3, 1.0, 3.0, 20.0].map(|r| r * scale);
                let mut options = with(sides, options(&r));
                options.density = h.is_some();
                options.bandwidth = h.map_or("nrd0".into(), |h| h.to_string());
                let mark = (0..90).collect();
                let pattern = Pattern { plants: &plants, sides, mark, stay: false, h };
                let result = run(&plants, &options);
                for (&r, &value) in r.iter().zip(&result.m) {
                    let expected = pattern.m(r);
                    let same =
                        (value - expected).abs() <= 1e-12 * expected.max(1.0) || (value.is_nan() && expected.is_nan());
                    assert!(same, "{metric:?} {sides:?} {h:?} {r}: {value} {expected}");
                }
            }
        }
    }
}

/// Simulated curves and the tails of the plants, by the same draws and the formula.
#[test]
fn simulations_are_the_formula_on_the_draws() {
    use Null::{PopulationIndependence, RandomLabelling, RandomLocation};
    let cases = [
        (Sides::Own, RandomLocation, false),
        (Sides::To, PopulationIndependence, false),
        (Sides::To, RandomLocation, false),
        (Sides::To, RandomLabelling, false),
        (Sides::Controls, RandomLabelling, false),
        (Sides::Controls, RandomLocation, false),
        (Sides::Controls, PopulationIndependence, false),
        (Sides::Own, RandomLocation, true),
        (Sides::Controls, RandomLabelling, true),
    ];
    let r = [0.5, 1.5, 4.0];
    for ((sides, null, density), weights) in cases.into_iter().flat_map(|case| [(case, None), (case, Some(sizes(45)))])
    {
        let plants = plants(cloud(45, 3), Metric::Euclidean, weights);
        let mut options = with(sides, options(&r));
        (options.curve.nsim, options.curve.null, options.curve.level) = (9, Some(null), 0.8);
        (options.local, options.density, options.bandwidth) = (true, density, "0.7".into());
        options.curve.envelope = EnvelopeMethod::Erl;
        let result = run(&plants, &options);
        let a = plants.of_industries(&["A".into()]).unwrap();
        let b = plants.of_industries(&["B".into()]).unwrap();
        let model = NullModel::new(null, (1, "m/null"), 45, &a, (sides != Sides::Own).then_some(b.as_slice())).unwrap();
        let (mut scratch, mut marks) = (DrawScratch::default(), Vec::new());
        let h = density.then_some(0.7);
        let stay = null == RandomLabelling;
        let pattern = |mark: Vec<usize>| Pattern { plants: &plants, sides, mark, stay, h };
        let mut mean = [0.0; 3];
        let mut tails = vec![TailCounts::new(); a.len() * 3];
        for simulation in 0..9 {
            model.marks(simulation, &mut scratch, &mut marks);
            let drawn: Vec<usize> = marks.iter().map(|&mark| mark as usize).collect();
            let whole = pattern(drawn.clone());
            r.iter().zip(&mut mean).for_each(|(&r, mean)| *mean += whole.m(r) / 9.0);
            for (i, &plant) in a.iter().enumerate() {
                let mut mark = drawn.clone();
                let went = drawn.iter().position(|&mark| mark == plant as usize).unwrap();
                mark.swap(plant as usize, went);
                let stayed = pattern(mark);
                for (k, &r) in r.iter().enumerate() {
                    let (local, global) = stayed.ratios(plant as usize, r);
                    tails[i * 3 + k].record(result.points.as_ref().unwrap().m_local[i * 3 + k], local / global);
                }
            }
        }
        let points = result.points.as_ref().unwrap();
        let envelope = result.envelope().unwrap();
        for (found, expected) in envelope.mean.iter().zip(mean) {
            assert!(
                found.is_nan() && expected.is_nan() || (found - expected).abs() < 1e-12,
                "{sides:?} {null:?} {density}: {found} {expected}"
            );
        }
        for (i, tail) in tails.iter().enumerate() {
            let (p, expected) = (points.p[i], tail.p(Tail::Two));
            assert!(points.m_local[i].is_nan() || p == expected, "{sides:?} {null:?} {i}: {p} {expected}");
        }
        let observed = pattern((0..45).collect());
        for (i, &plant) in a.iter().enumerate() {
            let (local, global) = observed.ratios(plant as usize, r[1]);
            let found = points.m_local[i * 3 + 1];
            assert!(found.is_nan() && local.is_nan() || (found - local / global).abs() < 1e-12);
        }
    }
}

/// As text, in which NaN equals itself and every digit of a number stands.
fn text(result: &MResult) -> String {
    format!("{result:?}")
}

#[test]
fn threads_and_memory_change_nothing() {
    for weights in [None, Some(sizes(2600)), Some((0..2600).map(|i| f64::from(i % 9)).collect::<Vec<_>>())] {
        let plants = plants(cloud(2600, 4), Metric::Euclidean, weights);
        let mut options = options(&[0.1, 0.2, 0.5, 1.0, 3.0]);
        (options.curve.nsim, options.local, options.surface) = (39, true, Some(12));
        let on = |threads: usize, memory: &str| {
            let options = MOptions { memory: memory.into(), ..options.clone() };
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            text(&pool.install(|| run(&plants, &options)))
        };
        let one = on(1, "2GB");
        assert_eq!(one, on(3, "2GB"));
        assert_eq!(one, on(2, "1MB"));
    }
}

#[test]
fn equal_weights_are_no_weights() {
    let mut options = options(&[0.5, 1.0, 3.0]);
    (options.curve.nsim, options.local) = (19, true);
    options.curve.level = 0.9;
    for sides in ALL {
        let options = with(sides, options.clone());
        let none = run(&plants(cloud(120, 5), Metric::Euclidean, None), &options);
        for weight in [1.0, 2.5, 0.1] {
            let same = run(&plants(cloud(120, 5), Metric::Euclidean, Some(vec![weight; 120])), &options);
            let pairs = none
                .m
                .iter()
                .zip(&same.m)
                .chain(none.envelope().unwrap().high.iter().zip(&same.envelope().unwrap().high));
            for (a, b) in pairs {
                assert!((a - b).abs() < 1e-12, "{sides:?} {weight}: {a} {b}");
            }
            let p = |result: &MResult| format!("{:?}", result.points.as_ref().unwrap().p);
            assert_eq!(p(&none), p(&same), "{sides:?} {weight}");
        }
    }
}

#[test]
fn a_plant_without_neighbours_is_left_out() {
    // Two plants of A a unit apart, one of B near the first, a lone plant of A far away.
    let points = vec![[0.0, 0.0], [1.0, 0.0], [0.0, 0.5], [50.0, 0.0]];
    let names = ["A", "B"].map(String::from).to_vec();
    let plants = Plants::new(Metric::Euclidean, points, vec![0, 0, 1, 0], names, None).unwrap();
    let result = run(&plants, &MOptions { local: true, ..options(&[0.1, 1.0]) });
    // At 1: plant 1 has one of A among two, plant 2 one among one; whole economy 2/3: (1/2 + 1)/(2/3 + 2/3).
    assert!(result.m[0].is_nan() && (result.m[1] - 1.125).abs() < 1e-15, "{:?}", result.m);
    let points = result.points.as_ref().unwrap();
    assert!((points.m_local[1] - 0.75).abs() < 1e-15 && points.m_local[5].is_nan());
    assert_eq!((points.map, result.notes()[0].key), (1, "measure.m.no-neighbours"));
}

#[test]
fn clusters_are_found_as_a_whole_and_plant_by_plant() {
    let mut points = cloud(150, 6);
    points.iter_mut().step_by(6).for_each(|point| *point = [point[0] * 0.1, point[1] * 0.1]);
    let mut options = options(&[0.5, 1.0, 2.0]);
    (options.curve.nsim, options.local) = (199, true);
    let result = run(&plants(points, Metric::Euclidean, None), &options);
    assert_eq!(result.envelope().unwrap().p_value, 1.0 / 200.0);
    let index = result.points.as_ref().unwrap();
    let Envelope { mean, high, .. } = result.envelope().unwrap();
    let score = |k: usize| (result.m[k] - mean[k]) / (high[k] - mean[k]);
    assert!((0..3).all(|k| score(k) <= score(index.map)));
    let significant = |i: usize| index.q[i * 3 + 1] <= 0.05 && index.m_local[i * 3 + 1] > 1.0;
    let clustered = (0..50).filter(|i| i % 2 == 0).filter(|&i| significant(i)).count();
    let others = (0..50).filter(|i| i % 2 == 1).filter(|&i| significant(i)).count();
    assert!(clustered >= 24 && others <= 4, "{clustered} {others}");
}

/// Where the kernel is below any number, its ratios still are: the same as with exact logarithms.
#[test]
fn a_narrow_kernel_leaves_no_plant_out() {
    let plants = plants(cloud(60, 21), Metric::Euclidean, None);
    let (r, h) = ([0.5, 1.0, 3.0], 0.002);
    let narrow = MOptions { density: true, bandwidth: h.to_string(), ..options(&r) };
    let found = run(&plants, &narrow).m;
    for (&r, &value) in r.iter().zip(&found) {
        let mut local = 0.0;
        for i in (0..60).step_by(3) {
            let terms: Vec<(f64, usize)> = (0..60)
                .filter(|&j| j != i)
                .flat_map(|j| {
                    let d = distance(Metric::Euclidean, plants.points()[i], plants.points()[j]);
                    [r - d, r + d].map(|u| (-0.5 * (u / h) * (u / h), j))
                })
                .collect();
            let most = terms.iter().map(|term| term.0).fold(f64::NEG_INFINITY, f64::max);
            let sum = |own: bool| {
                let counts = terms.iter().filter(|term| !own || term.1 % 3 == 0);
                counts.map(|term| (term.0 - most).exp()).sum::<f64>()
            };
            local += sum(true) / sum(false);
        }
        let expected = local / (20.0 * 19.0 / 59.0);
        assert!((value / expected - 1.0).abs() < 1e-9, "{r}: {value} {expected}");
    }
    // A kernel that sees nothing within 37 standard deviations of r: the nearest neighbours alone count.
    let far = MOptions { bandwidth: "1e-6".into(), ..narrow };
    assert!(run(&plants, &far).m.iter().all(|m| m.is_finite()));
}

/// Twelve groups of 20 plants of A and one of B; 8 more of B and 52 of C far away. One of B among 20 neighbours is less
/// than in the whole economy, and more than where the marks of B and C are drawn: one in four simulations has it.
#[test]
fn the_side_of_a_plant_is_that_of_its_simulations() {
    let group = |k: i32| (0..21).map(move |j| ([f64::from(k) * 10.0 + f64::from(j) * 0.02, 0.0], u32::from(j == 20)));
    let far = (0..60).map(|k| ([f64::from(k) * 10.0, 500.0], if k < 8 { 1 } else { 2 }));
    let (points, codes): (Vec<Point>, Vec<u32>) = (0..12).flat_map(group).chain(far).unzip();
    let names = ["A", "B", "C"].map(String::from).to_vec();
    let plants = Plants::new(Metric::Euclidean, points, codes, names, None).unwrap();
    let mut options = with(Sides::To, options(&[1.0]));
    (options.curve.nsim, options.local) = (199, true);
    let index = run(&plants, &options).points.unwrap();
    assert!(index.m_local.iter().all(|m| *m < 1.0) && index.sides.iter().all(|side| *side == LocalSide::More));
}

#[test]
fn a_simulation_without_neighbours_takes_no_test_away() {
    // Ten plants of A within a unit, 90 others far apart: hardly a simulation has a neighbour within the distances.
    let mut points: Vec<Point> = (0..100).map(|i| [f64::from(i % 10) * 50.0, f64::from(i / 10) * 50.0]).collect();
    points.iter_mut().take(10).enumerate().for_each(|(i, point)| *point = [0.1 * i as f64, 1000.0]);
    let names = ["A", "B"].map(String::from).to_vec();
    let codes = (0..100).map(|i| u32::from(i >= 10)).collect();
    let plants = Plants::new(Metric::Euclidean, points, codes, names, None).unwrap();
    let mut options = options(&[0.5, 1.0, 60.0]);
    options.curve.nsim = 199;
    let result = run(&plants, &options);
    let found = result.envelope().unwrap();
    assert!(found.p_value <= 0.02 && found.left_out == 0, "{found:?}");
}

/// Under the null itself p ≤ 0.1 comes up in a tenth of all patterns: 200 patterns, ± 4 standard errors of 2.1 %.
#[test]
fn the_level_holds_on_simulated_patterns() {
    let mut options = options(&[0.4, 0.8, 1.5, 3.0]);
    (options.curve.nsim, options.curve.level) = (19, 0.9);
    let mut rejected = 0;
    for seed in 0..200 {
        let plants = plants(cloud(75, 1000 + seed), Metric::Euclidean, Some(sizes(75)));
        let result = m(&plants, &options, &Context::with_seed(seed)).unwrap();
        rejected += u32::from(result.envelope().unwrap().p_value <= 0.1 + 1e-9);
    }
    assert!((3..=37).contains(&rejected), "{rejected} of 200");
}

#[test]
fn bad_input_is_told() {
    let plants = plants(cloud(9, 10), Metric::Euclidean, None);
    let fails = |options: &MOptions| m(&plants, options, &Context::with_seed(1)).unwrap_err();
    let good = options(&[0.0, 1.0]);
    let mut both = with(Sides::To, good.clone());
    both.controls = vec!["C".into()];
    assert_eq!(fails(&both), MError::ToAndControls);
    let own = MOptions { controls: vec!["A".into()], ..good.clone() };
    assert!(matches!(fails(&own), MError::Plants(PlantsError::BothSides { second: "controls", .. })));
    for memory in ["", "2 apples", "-1GB", "10", "0.5MB"] {
        assert!(
            matches!(fails(&MOptions { memory: memory.into(), ..good.clone() }), MError::Memory { .. }),
            "{memory}"
        );
    }
    assert_eq!(MOptions { memory: "1.5 GB".into(), ..good.clone() }.bytes(), Ok(1_500_000_000));
    let map = MOptions { local: true, map_r: Some(0.9), ..good.clone() };
    assert_eq!(fails(&map), MError::MapDistance { map_r: 0.9, nearest: 1.0 });
    assert!(matches!(fails(&MOptions { surface: Some(1), ..good.clone() }), MError::Surface { cells: 1 }));
    assert!(matches!(fails(&MOptions { bandwidth: "x".into(), ..good.clone() }), MError::Bandwidth(_)));
    assert!(matches!(fails(&MOptions::default()), MError::Plants(PlantsError::NoIndustry { .. })));
    let mut few = good;
    few.curve.nsim = 5;
    assert!(matches!(fails(&few), MError::Envelope(_)));
    few.curve.nsim = 39;
    few.curve.null = Some(Null::RandomLabelling);
    assert!(matches!(fails(&few), MError::Plants(PlantsError::Null { .. })));
}

#[test]
fn nothing_to_compare_is_null() {
    // One plant of A has no other of A; all weights 0.
    let names = ["A", "B"].map(String::from).to_vec();
    let lone = Plants::new(Metric::Euclidean, cloud(3, 1), vec![0, 1, 1], names, None).unwrap();
    let few = m(&lone, &options(&[20.0]), &Context::with_seed(1)).unwrap_err();
    assert!(matches!(few, MError::Plants(PlantsError::TooFewPlants { plants: 1, needed: 2, .. })));
    assert!(run(&lone, &with(Sides::To, options(&[20.0]))).m[0] > 0.0);
    let zeros = plants(cloud(9, 1), Metric::Euclidean, Some(vec![0.0; 9]));
    let result = run(&zeros, &options(&[20.0]));
    assert!(result.m[0].is_nan() && result.notes().iter().any(|note| note.key == "measure.m.no-neighbours"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn m_is_one_once_all_pairs_are_covered(seed in 0u64..1000, weighted in any::<bool>()) {
        let plants = plants(cloud(60, seed), Metric::Euclidean, weighted.then(|| sizes(60)));
        for sides in [Sides::Own, Sides::To] {
            let value = run(&plants, &with(sides, options(&[12.0]))).m[0];
            prop_assert!((value - 1.0).abs() < 1e-12, "{value}");
        }
    }

    #[test]
    fn neither_order_nor_scale_matters(seed in 0u64..1000, factor in 0.01f64..1000.0) {
        let (points, weights) = (cloud(45, seed), sizes(45));
        let r = [0.5, 1.0, 4.0];
        let forward = run(&plants(points.clone(), Metric::Euclidean, Some(weights.clone())), &options(&r));
        let codes: Vec<u32> = (0..45).rev().map(|i| i % 3).collect();
        let names = ["A", "B", "C"].map(String::from).to_vec();
        let turned: Vec<Point> = points.into_iter().rev().map(|[x, y]| [y * factor, x * factor]).collect();
        let turned_weights = weights.into_iter().rev().map(|weight| weight * factor).collect();
        let turned = Plants::new(Metric::Euclidean, turned, codes, names, Some(turned_weights)).unwrap();
        let backward = run(&turned, &options(&r.map(|r| r * factor)));
        for (a, b) in forward.m.iter().zip(&backward.m) {
            prop_assert!((a - b).abs() < 1e-9 || (a.is_nan() && b.is_nan()), "{a} {b}");
        }
    }

    /// Σ over all types B of [W_B − δ w_i]/[W − w_i] · M_B is Σ of local ratios, which add up to 1 for each plant.
    #[test]
    fn the_types_of_all_neighbours_add_up(seed in 0u64..1000) {
        let plants = plants(cloud(90, seed), Metric::Euclidean, None);
        let r = [1.0, 2.0];
        let own = run(&plants, &options(&r)).m;
        let (b, c) = (MOptions::default(), MOptions::default());
        let to = |options: MOptions, code: &str| {
            let mut options = options.with_industry("A").with_distances(&r);
            options.plants.to = vec![code.into()];
            run(&plants, &options).m
        };
        let (b, c) = (to(b, "B"), to(c, "C"));
        for k in 0..2 {
            let sum = (29.0 * own[k] + 30.0 * b[k] + 30.0 * c[k]) / 89.0;
            prop_assert!((sum - 1.0).abs() < 1e-12, "{sum}");
        }
    }
}
