//! Counter-based random streams: Philox 4×32 with 10 rounds.
//!
//! A stream is addressed, not advanced: the words of stream (seed, purpose, item, replicate) are a
//! fixed function of these four, so results do not change with threads, blocks or order of work.
//!
//! # References
//! Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", SC'11,
//! <https://doi.org/10.1145/2063384.2063405>. Bounded integers: Lemire 2019, "Fast random integer
//! generation in an interval", ACM TOMACS 29(1), <https://doi.org/10.1145/3230636>.

/// Multipliers of the two lanes (Salmon et al. 2011, Philox4x32).
const MULTIPLIER: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
/// Weyl increments of the key: golden ratio and √3 − 1 (Salmon et al. 2011).
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: usize = 10;
/// 2⁻⁵³, the spacing of [`Stream::uniform`].
const ULP_53: f64 = 1.0 / 9_007_199_254_740_992.0;

/// The Philox 4×32-10 bijection: 128 bits of counter to 128 random bits under a key of 64 bits.
///
/// # References
/// Salmon et al. 2011, section 4.3; known answers in the tests below.
#[inline]
#[must_use]
pub fn philox4x32(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let [mut c0, mut c1, mut c2, mut c3] = counter;
    let [mut k0, mut k1] = key;
    for _ in 0..ROUNDS {
        let left = u64::from(MULTIPLIER[0]) * u64::from(c0);
        let right = u64::from(MULTIPLIER[1]) * u64::from(c2);
        (c0, c1, c2, c3) = ((right >> 32) as u32 ^ c1 ^ k0, right as u32, (left >> 32) as u32 ^ c3 ^ k1, left as u32);
        k0 = k0.wrapping_add(WEYL[0]);
        k1 = k1.wrapping_add(WEYL[1]);
    }
    [c0, c1, c2, c3]
}

/// Key of a family of streams: what the user chose (seed) and what is drawn (purpose).
///
/// key = mix(mix(seed) xor FNV-1a-64(purpose)), mix the finaliser of SplitMix64 (Steele, Lea and
/// Flood 2014). For a given purpose different seeds always have different keys; two purposes share
/// a key under some pair of seeds with probability 2⁻⁶⁴.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u32; 2]);

impl Key {
    /// Key of `seed` for one purpose, by convention `command/what`, such as
    /// `"ellison-glaeser/dartboard"`. Renaming a purpose changes the numbers that users get.
    #[must_use]
    pub fn new(seed: u64, purpose: &str) -> Self {
        let mixed = mix(mix(seed) ^ fnv1a(purpose.as_bytes()));
        Self([mixed as u32, (mixed >> 32) as u32])
    }
}

/// FNV-1a, 64 bits (Fowler, Noll and Vo; offset basis and prime of the reference description).
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3))
}

/// Finaliser of SplitMix64, a bijection on 64 bits.
fn mix(value: u64) -> u64 {
    let z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// One stream of random words, fixed by (key, item, replicate).
///
/// Counter layout, low word first: (block of four words, replicate bits 0–31, item bits 0–31, item
/// bits 32–63); replicate bits 32–63 are xored into the second key word. A stream has 2³⁴ words of
/// 32 bits and then repeats.
///
/// ```
/// use distretto_numerics::{Key, Stream};
/// let key = Key::new(1, "example/draw");
/// let mut first = Stream::new(key, 7, 42);
/// let mut again = Stream::new(key, 7, 42);
/// assert_eq!(first.next_u64(), again.next_u64());
/// assert!(first.below(6) < 6);
/// ```
#[derive(Debug, Clone)]
pub struct Stream {
    key: [u32; 2],
    counter: [u32; 4],
    buffer: [u32; 4],
    used: usize,
}

impl Stream {
    /// Stream of `item` (a region, an industry, a plant; all 64 bits count, so a pair fits as
    /// `a << 32 | b`) in simulation `replicate`.
    #[inline]
    #[must_use]
    pub fn new(key: Key, item: u64, replicate: u64) -> Self {
        let Key([k0, k1]) = key;
        Self {
            key: [k0, k1 ^ (replicate >> 32) as u32],
            counter: [0, replicate as u32, item as u32, (item >> 32) as u32],
            buffer: [0; 4],
            used: 4,
        }
    }

    /// Next 32 random bits.
    #[inline]
    pub fn next_u32(&mut self) -> u32 {
        if self.used == 4 {
            self.buffer = philox4x32(self.counter, self.key);
            self.counter[0] = self.counter[0].wrapping_add(1);
            self.used = 0;
        }
        let word = self.buffer[self.used & 3];
        self.used += 1;
        word
    }

    /// Next 64 random bits: the next two words, low word first.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        let low = u64::from(self.next_u32());
        low | u64::from(self.next_u32()) << 32
    }

    /// Uniform on {0, 1, …, 2⁵³ − 1}/2⁵³, that is [0, 1).
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * ULP_53
    }

    /// Uniform on (0, 1], for logarithms: one minus [`Self::uniform`], exact in 53 bits.
    #[inline]
    pub fn uniform_positive(&mut self) -> f64 {
        1.0 - self.uniform()
    }

    /// Uniform integer in 0..n without modulo bias (Lemire 2019, algorithm 5). `n` must be
    /// positive; 0 gives 0.
    #[inline]
    pub fn below(&mut self, n: u32) -> u32 {
        debug_assert!(n > 0, "below(0): an empty range has no element");
        let mut product = u64::from(self.next_u32()) * u64::from(n);
        if (product as u32) < n {
            let threshold = n.wrapping_neg().checked_rem(n).unwrap_or(0);
            while (product as u32) < threshold {
                product = u64::from(self.next_u32()) * u64::from(n);
            }
        }
        (product >> 32) as u32
    }

    /// As [`Self::below`] for 64 bits.
    #[inline]
    pub fn below_u64(&mut self, n: u64) -> u64 {
        debug_assert!(n > 0, "below_u64(0): an empty range has no element");
        let mut product = u128::from(self.next_u64()) * u128::from(n);
        if (product as u64) < n {
            let threshold = n.wrapping_neg().checked_rem(n).unwrap_or(0);
            while (product as u64) < threshold {
                product = u128::from(self.next_u64()) * u128::from(n);
            }
        }
        (product >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Random123, file tests/kat_vectors, lines "philox4x32 10".
    #[test]
    fn known_answers() {
        assert_eq!(philox4x32([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox4x32([u32::MAX; 4], [u32::MAX; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        assert_eq!(
            philox4x32([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    /// FNV-1a 64 test vectors of the reference description: "" and "foobar".
    #[test]
    fn purpose_hash_is_fnv1a() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    /// SplitMix64 from state 0 starts with this word (Vigna's reference implementation).
    #[test]
    fn seed_mix_is_splitmix64() {
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
    }

    #[test]
    fn streams_differ_in_every_part_of_their_address() {
        let first = |seed, purpose, item, replicate| Stream::new(Key::new(seed, purpose), item, replicate).next_u64();
        let base = first(1, "a/b", 0, 0);
        for other in [
            first(2, "a/b", 0, 0),
            first(1, "a/c", 0, 0),
            first(1, "a/b", 1, 0),
            first(1, "a/b", 1 << 32, 0),
            first(1, "a/b", 0, 1),
            first(1, "a/b", 0, 1 << 32),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn words_come_in_counter_order() {
        let key = Key::new(9, "order");
        let mut stream = Stream::new(key, 5, 6);
        for block in 0..3 {
            for word in philox4x32([block, 6, 5, 0], key.0) {
                assert_eq!(stream.next_u32(), word);
            }
        }
    }

    #[test]
    fn uniform_has_mean_one_half_and_variance_one_twelfth() {
        let mut stream = Stream::new(Key::new(3, "uniform"), 0, 0);
        let n = 200_000;
        let (mut total, mut squares) = (0.0, 0.0);
        for _ in 0..n {
            let u = stream.uniform();
            total += u;
            squares += (u - 0.5).powi(2);
        }
        // Five standard errors: sd 0.2887/√n and 0.0745/√n.
        assert!((total / f64::from(n) - 0.5).abs() < 5.0 * 0.2887 / f64::from(n).sqrt());
        assert!((squares / f64::from(n) - 1.0 / 12.0).abs() < 5.0 * 0.0745 / f64::from(n).sqrt());
    }

    /// With n = 3·2³⁰ a plain multiply-shift gives two results twice as often as the third.
    #[test]
    fn below_has_no_bias_where_multiply_shift_has() {
        let mut stream = Stream::new(Key::new(4, "below"), 0, 0);
        let n = 3 << 30;
        let draws = 60_000;
        let mut counts = [0u32; 3];
        for _ in 0..draws {
            counts[(stream.below(n) % 3) as usize] += 1;
        }
        // Five standard deviations of Bin(60,000, 1/3) are 577.
        assert!(counts.iter().all(|&c| c.abs_diff(draws / 3) < 577), "{counts:?}");
    }

    proptest! {
        #[test]
        fn below_stays_in_range(seed: u64, n in 1u32.., m in 1u64..) {
            let mut stream = Stream::new(Key::new(seed, "range"), 0, 0);
            for _ in 0..16 {
                prop_assert!(stream.below(n) < n);
                prop_assert!(stream.below_u64(m) < m);
                let u = stream.uniform_positive();
                prop_assert!(u > 0.0 && u <= 1.0);
            }
        }
    }
}
