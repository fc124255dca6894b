//! Weights as whole numbers, so that sums of them do not depend on their order.
//!
//! Sums over neighbours are then the same for any number of threads, any block of simulations and any memory, and a
//! sum over a whole cell may stand for the sum over its plants. Whole weights, and multiples of a power of 2, are held
//! as they are; others as multiples of the smallest power of 2 that 62 (or 120) bits allow for their total.

/// A sum of weights of neighbours: all of them, and those of the type that is looked for.
pub(super) trait Amount: Copy + Default + Send + Sync {
    /// From a whole weight, of the type or not, among those that count as all or not.
    fn of(quantum: u128, all: bool, typed: bool) -> Self;
    /// Sum; never overflows, since no sum exceeds the total.
    fn plus(self, other: Self) -> Self;
    /// Difference of a sum and a part of it.
    fn minus(self, other: Self) -> Self;
    /// All, and those of the type.
    fn split(self) -> (f64, f64);
}

/// Two sums below 2³² in one word: one addition adds both.
impl Amount for u64 {
    fn of(quantum: u128, all: bool, typed: bool) -> Self {
        (if all { quantum as u64 } else { 0 }) | (if typed { (quantum as u64) << 32 } else { 0 })
    }
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
    fn minus(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }
    #[inline(always)]
    fn split(self) -> (f64, f64) {
        ((self as u32) as f64, ((self >> 32) as u32) as f64)
    }
}

impl Amount for [u64; 2] {
    fn of(quantum: u128, all: bool, typed: bool) -> Self {
        [if all { quantum as u64 } else { 0 }, if typed { quantum as u64 } else { 0 }]
    }
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        [self[0].wrapping_add(other[0]), self[1].wrapping_add(other[1])]
    }
    fn minus(self, other: Self) -> Self {
        [self[0].wrapping_sub(other[0]), self[1].wrapping_sub(other[1])]
    }
    #[inline(always)]
    fn split(self) -> (f64, f64) {
        (self[0] as f64, self[1] as f64)
    }
}

impl Amount for [u128; 2] {
    fn of(quantum: u128, all: bool, typed: bool) -> Self {
        [if all { quantum } else { 0 }, if typed { quantum } else { 0 }]
    }
    fn plus(self, other: Self) -> Self {
        [self[0].wrapping_add(other[0]), self[1].wrapping_add(other[1])]
    }
    fn minus(self, other: Self) -> Self {
        [self[0].wrapping_sub(other[0]), self[1].wrapping_sub(other[1])]
    }
    fn split(self) -> (f64, f64) {
        (self[0] as f64, self[1] as f64)
    }
}

/// How wide a sum must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    /// The total is below 2³².
    Packed,
    /// Below 2⁶².
    Wide,
    /// Weights of so many magnitudes that 62 bits would round the small ones.
    Widest,
}

/// Whole weights, in units of a power of 2.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Quanta {
    /// Weight of each plant; empty when every plant counts as 1.
    values: Vec<u128>,
    pub(super) total: u128,
    pub(super) width: Width,
}

/// Bits of the totals that are not packed.
const BITS: [i32; 2] = [62, 120];
/// Bits that every weight keeps at least, else a wider sum is taken.
const KEPT: i32 = 45;

impl Quanta {
    pub(super) fn new(weights: Option<&[f64]>, plants: usize) -> Self {
        let Some(weights) = weights else {
            return Self { values: Vec::new(), total: plants as u128, width: Width::Packed };
        };
        let positive = || weights.iter().copied().filter(|&weight| weight > 0.0);
        // Scaled by the largest, so that totals of 1e300 do not overflow.
        let top = exponent(positive().fold(f64::MIN_POSITIVE, f64::max)) + 1;
        let sum: f64 = positive().map(|weight| scaled(weight, -top)).sum();
        let total = exponent(sum.max(f64::MIN_POSITIVE)) + 2 + top;
        let lowest = positive().map(lowest_bit).min().unwrap_or(0);
        let smallest = positive().map(exponent).min().unwrap_or(0);
        let (bits, unit) = if total - lowest <= BITS[0] {
            (BITS[0], lowest)
        } else if smallest - (total - BITS[0]) >= KEPT {
            (BITS[0], total - BITS[0])
        } else {
            (BITS[1], lowest.max(total - BITS[1]))
        };
        let quantum = |&weight: &f64| match weight > 0.0 {
            true => (whole(weight, -unit)).max(1),
            false => 0,
        };
        let values: Vec<u128> = weights.iter().map(quantum).collect();
        let total = values.iter().sum();
        let width = match total {
            0..0x1_0000_0000 => Width::Packed,
            _ if bits == BITS[0] => Width::Wide,
            _ => Width::Widest,
        };
        Self { values, total, width }
    }

    /// Whole weight of a plant.
    pub(super) fn of(&self, plant: u32) -> u128 {
        if self.values.is_empty() { 1 } else { self.values[plant as usize] }
    }

    /// Whether every plant counts as 1.
    pub(super) fn is_count(&self) -> bool {
        self.values.is_empty()
    }
}

/// The power of 2 at or below a number above 0.
fn exponent(value: f64) -> i32 {
    let (mantissa, power) = parts(value);
    power + 63 - mantissa.leading_zeros() as i32
}

/// The power of 2 of the lowest bit that is set.
fn lowest_bit(value: f64) -> i32 {
    let (mantissa, power) = parts(value);
    power + mantissa.trailing_zeros() as i32
}

/// value = mantissa · 2^power, for numbers above 0.
fn parts(value: f64) -> (u64, i32) {
    let (bits, field) = (value.to_bits() & ((1 << 52) - 1), (value.to_bits() >> 52) as i32);
    if field == 0 { (bits, -1074) } else { (bits | 1 << 52, field - 1075) }
}

/// value · 2^power.
fn scaled(value: f64, power: i32) -> f64 {
    // In two steps: a power beyond 1023 is no number.
    value * 2_f64.powi(power / 2) * 2_f64.powi(power - power / 2)
}

/// value · 2^power, rounded to a whole number.
fn whole(value: f64, power: i32) -> u128 {
    let (mantissa, own) = parts(value);
    let shift = own + power;
    match shift {
        0.. => u128::from(mantissa) << shift.min(74),
        -63..0 => (u128::from(mantissa) + (1 << (-shift - 1))) >> -shift,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_weights_are_held_as_they_are() {
        let quanta = Quanta::new(Some(&[3.0, 0.0, 10.0]), 3);
        assert_eq!((quanta.of(0), quanta.of(1), quanta.of(2), quanta.width), (3, 0, 10, Width::Packed));
        // Halves are whole in units of 1/2.
        let quanta = Quanta::new(Some(&[0.5, 2.0]), 2);
        assert_eq!((quanta.of(0), quanta.of(1)), (1, 4));
        assert_eq!((Quanta::new(None, 7).total, Quanta::new(None, 7).of(3)), (7, 1));
        let large = Quanta::new(Some(&[4e9, 1.0]), 2);
        assert_eq!((large.of(0), large.of(1), large.width), (4_000_000_000, 1, Width::Packed));
        assert_eq!(Quanta::new(Some(&[5e9, 1.0]), 2).width, Width::Wide);
    }

    #[test]
    fn other_weights_keep_their_ratios() {
        for weights in
            [vec![0.1, 0.3, 7e5], vec![1e-300, 3e-300, 5e-290], vec![1e300, 2.5e299], vec![1e-9, 3e-9, 1.1e12]]
        {
            let quanta = Quanta::new(Some(&weights), weights.len());
            for (i, weight) in weights.iter().enumerate() {
                let (ratio, whole) = (weight / weights[0], quanta.of(i as u32) as f64 / quanta.of(0) as f64);
                assert!((whole / ratio - 1.0).abs() < 1e-12, "{weights:?} {ratio} {whole} {:?}", quanta.width);
            }
        }
        assert_eq!(Quanta::new(Some(&[1e-9, 3e-9, 1.1e12]), 3).width, Width::Widest);
        // Beyond 120 bits a weight above 0 stays above 0.
        assert_eq!(Quanta::new(Some(&[1e-300, 1e300]), 2).of(0), 1);
        assert_eq!(Quanta::new(Some(&[0.0, 0.0]), 2).total, 0);
    }

    #[test]
    fn one_addition_adds_both_sums() {
        let sum = <u64 as Amount>::of(5, true, false).plus(Amount::of(7, true, true)).minus(Amount::of(5, true, false));
        assert_eq!(sum.split(), (7.0, 7.0));
        let sum = <[u64; 2]>::of(1 << 40, true, true).plus(Amount::of(3, false, true));
        assert_eq!(sum.split(), (1_099_511_627_776.0, 1_099_511_627_779.0));
    }
}
