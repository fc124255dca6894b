//! The parts of growth over one period, from values of region × industry in two years.
//!
//! | page | here |
//! |---|---|
//! | `e_ri`, `e'_ri` | `before`, `after` |
//! | `E_i`, `E'_i`, `E`, `E'` | `nation_before`, `nation_after`, `total_before`, `total_after` |
//! | `g`, `g_i` | `growth_rate`, [`Rate`] |
//! | `h_ri = e_r E_i/E` | `homothetic` |

use super::options::Method;

/// Values of one period. NaN is a value that is not known; a cell that is left out is 0 in both years.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Period<'a> {
    /// Values in the first year, region by region with every industry.
    pub(crate) before: &'a [f64],
    /// Values in the second year.
    pub(crate) after: &'a [f64],
    /// Totals of the regions in the first year.
    pub(crate) region_before: &'a [f64],
    /// Totals of the regions in the second year.
    pub(crate) region_after: &'a [f64],
    /// Values of the nation by industry in the first year.
    pub(crate) nation_before: &'a [f64],
    /// Values of the nation by industry in the second year.
    pub(crate) nation_after: &'a [f64],
    /// Total of the nation in the first year.
    pub(crate) total_before: f64,
    /// Total of the nation in the second year.
    pub(crate) total_after: f64,
}

/// How an industry grew in the nation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Rate {
    /// By `E'_i/E_i − 1`; NaN when a value is not known.
    By(f64),
    /// It did not exist in the first year: there is no rate.
    New,
}

impl Rate {
    pub(crate) fn of(before: f64, after: f64) -> Self {
        if before == 0.0 { Self::New } else { Self::By(after / before - 1.0) }
    }
}

/// Parts of growth of a cell or a region, in units of the values; additive.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Parts {
    pub(crate) growth: f64,
    pub(crate) national: f64,
    pub(crate) industry_mix: f64,
    pub(crate) regional: f64,
    pub(crate) allocation: f64,
    pub(crate) new_industries: f64,
}

impl Parts {
    pub(crate) fn add(&mut self, other: &Self) {
        self.growth += other.growth;
        self.national += other.national;
        self.industry_mix += other.industry_mix;
        self.regional += other.regional;
        self.allocation += other.allocation;
        self.new_industries += other.new_industries;
    }
}

/// Factors of Gerfin 1964, relative to the growth of the nation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Factors {
    pub(crate) industry: f64,
    pub(crate) regional: f64,
    pub(crate) total: f64,
}

impl Period<'_> {
    pub(crate) fn industries(&self) -> usize {
        self.nation_before.len()
    }

    /// `g = E'/E − 1`; NaN when the nation had nothing.
    pub(crate) fn growth_rate(&self) -> f64 {
        if self.total_before > 0.0 { self.total_after / self.total_before - 1.0 } else { f64::NAN }
    }

    pub(crate) fn rate(&self, industry: usize) -> Rate {
        Rate::of(self.nation_before[industry], self.nation_after[industry])
    }

    /// Parts of one cell.
    pub(crate) fn cell(&self, region: usize, industry: usize, method: Method) -> Parts {
        let at = region * self.industries() + industry;
        let (e, then) = (self.before[at], self.after[at]);
        let growth = then - e;
        let Rate::By(rate) = self.rate(industry) else {
            return Parts { growth, new_industries: growth, ..Parts::default() };
        };
        let g = self.growth_rate();
        let shift = then - e * (1.0 + rate);
        let (regional, allocation) = match method {
            Method::Esteban => self.esteban(region, industry, shift),
            _ => (shift, 0.0),
        };
        Parts { growth, national: e * g, industry_mix: e * (rate - g), regional, allocation, new_industries: 0.0 }
    }

    /// `h(g_ri − g_i)` and `(e − h)(g_ri − g_i)`, whose sum is the shift `e' − e(1 + g_i)`; with `e = 0` there is no
    /// `g_ri` and the whole goes to allocation.
    fn esteban(&self, region: usize, industry: usize, shift: f64) -> (f64, f64) {
        let e = self.before[region * self.industries() + industry];
        if e == 0.0 {
            return (0.0, shift);
        }
        let homothetic = self.region_before[region] * self.nation_before[industry] / self.total_before;
        let competitive = homothetic * (shift / e);
        (competitive, shift - competitive)
    }

    /// Factors of a region over some industries.
    pub(crate) fn factors(&self, region: usize, industries: &[usize]) -> Factors {
        let (mut before, mut expected, mut after) = (0.0, 0.0, 0.0);
        for &industry in industries {
            let at = region * self.industries() + industry;
            before += self.before[at];
            after += self.after[at];
            if let Rate::By(rate) = self.rate(industry) {
                expected += self.before[at] * (1.0 + rate);
            }
        }
        let nation = 1.0 + self.growth_rate();
        Factors {
            industry: ratio(ratio(expected, before), nation),
            regional: ratio(after, expected),
            total: ratio(ratio(after, before), nation),
        }
    }
}

/// `a/b`, NaN for a denominator that is not positive.
fn ratio(a: f64, b: f64) -> f64 {
    if b > 0.0 { a / b } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A period whose nation is the sum of its regions.
    pub(super) struct Made {
        before: Vec<f64>,
        after: Vec<f64>,
        regions: [Vec<f64>; 2],
        nation: [Vec<f64>; 2],
    }

    impl Made {
        fn of(before: &[f64], after: &[f64], industries: usize) -> Self {
            let rows = |v: &[f64]| v.chunks(industries).map(|row| row.iter().sum()).collect::<Vec<f64>>();
            let columns =
                |v: &[f64]| (0..industries).map(|i| v.iter().skip(i).step_by(industries).sum()).collect::<Vec<f64>>();
            Self {
                before: before.to_vec(),
                after: after.to_vec(),
                regions: [rows(before), rows(after)],
                nation: [columns(before), columns(after)],
            }
        }

        fn period(&self) -> Period<'_> {
            Period {
                before: &self.before,
                after: &self.after,
                region_before: &self.regions[0],
                region_after: &self.regions[1],
                nation_before: &self.nation[0],
                nation_after: &self.nation[1],
                total_before: self.nation[0].iter().sum(),
                total_after: self.nation[1].iter().sum(),
            }
        }
    }

    fn region(period: &Period, region: usize, method: Method) -> Parts {
        let mut sum = Parts::default();
        (0..period.industries()).for_each(|i| sum.add(&period.cell(region, i, method)));
        sum
    }

    /// Farhauer and Kröll 2013, three regions and four industries; Esteban's and Gerfin's parts from their formulas.
    fn textbook() -> Made {
        let before = [90., 20., 10., 60., 60., 30., 30., 40., 250., 100., 110., 300.];
        let after = [100., 40., 10., 55., 85., 55., 40., 35., 255., 115., 85., 390.];
        Made::of(&before, &after, 4)
    }

    #[test]
    fn textbook_example() {
        let made = textbook();
        let a = region(&made.period(), 0, Method::Dunn);
        for (found, wanted) in [(a.growth, 25.0), (a.national, 27.0), (a.industry_mix, 1.0), (a.regional, -3.0)] {
            assert!((found - wanted).abs() < 1e-12, "{a:?}");
        }
        let b = region(&made.period(), 1, Method::Dunn);
        assert!((b.regional - 32.0).abs() < 1e-12, "{b:?}");
        let esteban = region(&made.period(), 0, Method::Esteban);
        assert!((esteban.regional + 0.636_363_636_363_636).abs() < 1e-12, "{esteban:?}");
        assert!((esteban.allocation + 2.363_636_363_636_363).abs() < 1e-12, "{esteban:?}");
        let factors = made.period().factors(0, &[0, 1, 2, 3]);
        assert!((factors.industry - 1.004_830_917_874_396).abs() < 1e-14, "{factors:?}");
        assert!((factors.regional - 0.985_576_923_076_923).abs() < 1e-14, "{factors:?}");
        assert!((factors.total - 0.990_338_164_251_208).abs() < 1e-14, "{factors:?}");
    }

    /// By hand: industry 1 is new everywhere, industry 0 is new in region A only.
    #[test]
    fn new_industries_and_new_cells() {
        let made = Made::of(&[0.0, 0.0, 20.0, 0.0], &[10.0, 5.0, 30.0, 0.0], 2);
        let new = made.period().cell(0, 1, Method::Dunn);
        assert_eq!(new, Parts { growth: 5.0, new_industries: 5.0, ..Parts::default() });
        let cell = made.period().cell(0, 0, Method::Esteban);
        assert_eq!((cell.regional, cell.allocation), (0.0, 10.0));
        assert!(made.period().factors(0, &[0, 1]).total.is_nan());
    }

    fn values() -> impl Strategy<Value = Vec<f64>> {
        let cell = prop_oneof![1 => Just(0.0), 4 => 0.0f64..1e5];
        proptest::collection::vec(cell, 12)
    }

    proptest! {
        #[test]
        fn parts_add_up_to_growth(before in values(), after in values()) {
            let made = Made::of(&before, &after, 4);
            prop_assume!(made.period().total_before > 0.0);
            for method in [Method::Dunn, Method::Esteban] {
                for r in 0..3 {
                    let p = region(&made.period(), r, method);
                    let sum = p.national + p.industry_mix + p.regional + p.allocation + p.new_industries;
                    prop_assert!((sum - p.growth).abs() <= 1e-9 * (1.0 + p.growth.abs()).max(1e2), "{p:?}");
                }
            }
        }

        #[test]
        fn regional_parts_of_an_industry_add_up_to_nothing(before in values(), after in values()) {
            let made = Made::of(&before, &after, 4);
            prop_assume!(made.period().total_before > 0.0);
            for i in 0..4 {
                let sum: f64 = (0..3).map(|r| made.period().cell(r, i, Method::Dunn).regional).sum();
                prop_assert!(sum.abs() < 1e-7, "{sum}");
            }
        }

        #[test]
        fn the_total_factor_is_the_product(before in values(), after in values()) {
            let made = Made::of(&before, &after, 4);
            for r in 0..3 {
                let f = made.period().factors(r, &[0, 1, 2, 3]);
                if f.regional.is_finite() && f.industry.is_finite() {
                    prop_assert!((f.industry * f.regional - f.total).abs() <= 1e-12 * f.total.max(1.0));
                }
            }
        }
    }
}
