//! The location quotients of an industry over its regions: mean, spread, shape, and where a region stands out.

use super::lilliefors::Lilliefors;
use super::options::{Cutoff, Standardise};
use distretto_numerics::{Key, Stream, pairwise, pairwise_by, quantile};

/// Standardised value from which a region stands out (Tian 2013: the one-sided 5 % point of the normal, rounded as
/// there).
const OUTSTANDING: f64 = 1.645;
/// Quantile of the bootstrap cut-off.
const UPPER: f64 = 0.95;
/// Spread, relative to the mean, below which all values are equal but for rounding.
const NO_SPREAD: f64 = 1e-12;

/// What the regions of one industry look like together. Everything is NaN where it does not exist.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standard {
    /// Regions that enter.
    pub regions: usize,
    /// Mean of LQ, or of ln LQ with `--standardise log`.
    pub mean: f64,
    /// Standard deviation of the same, divisor R − 1.
    pub sd: f64,
    /// p of the Kolmogorov–Smirnov test against the normal with this mean and sd, both estimated (Lilliefors 1967); NaN
    /// without `--cutoff`.
    pub ks_p: f64,
    /// Location quotient from which a region stands out; NaN without `--cutoff`.
    pub cutoff: f64,
}

/// The scale on which an industry is standardised; NaN for a value that has none.
pub(super) fn scaled(lq: f64, scale: Standardise) -> f64 {
    match scale {
        Standardise::Lq => lq,
        Standardise::Log if lq > 0.0 => lq.ln(),
        Standardise::Log => f64::NAN,
    }
}

/// Mean and spread of the quotients of one industry; `None` among them is a quotient that an unknown number hides, so
/// that mean and spread do not exist.
pub(super) fn standard(lqs: &[Option<f64>], scale: Standardise, cutoff: Option<Cutoff>, draws: Draws) -> Standard {
    let known: Option<Vec<f64>> = lqs.iter().copied().collect();
    let lqs: Vec<f64> = known.iter().flatten().copied().filter(|&lq| !scaled(lq, scale).is_nan()).collect();
    let mut found = Standard { regions: lqs.len(), mean: f64::NAN, sd: f64::NAN, ks_p: f64::NAN, cutoff: f64::NAN };
    if known.is_none() || lqs.is_empty() {
        return found;
    }
    let values: Vec<f64> = lqs.iter().map(|&lq| scaled(lq, scale)).collect();
    let n = values.len() as f64;
    found.mean = pairwise(&values) / n;
    if values.len() > 1 {
        let squares = pairwise_by(values.len(), |k| (values[k] - found.mean).powi(2));
        let sd = (squares / (n - 1.0)).sqrt();
        found.sd = if sd > NO_SPREAD * found.mean.abs() { sd } else { 0.0 };
    }
    let Some(cutoff) = cutoff else { return found };
    found.cutoff = match cutoff {
        Cutoff::Normal => {
            let value = found.mean + OUTSTANDING * found.sd;
            if scale == Standardise::Log { value.exp() } else { value }
        }
        Cutoff::Bootstrap => resampled(&lqs, draws),
    };
    found
}

/// Tests the quotients of each industry for normality.
pub(super) fn test_normality(industries: &mut [(Standard, Vec<Option<f64>>)], scale: Standardise, seed: u64) {
    let tested = |standard: &Standard| standard.sd > 0.0;
    let sizes = industries.iter().filter(|one| tested(&one.0)).map(|one| one.0.regions);
    let normal = Lilliefors::new(sizes, seed);
    for (standard, lqs) in industries.iter_mut().filter(|one| tested(&one.0)) {
        let values = lqs.iter().flatten().map(|&lq| scaled(lq, scale)).filter(|value| !value.is_nan());
        standard.ks_p = normal.p(&values.collect::<Vec<f64>>(), standard.mean, standard.sd);
    }
}

/// Streams of the resampling of one industry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draws {
    pub(super) key: Key,
    pub(super) industry: u64,
    pub(super) nsim: u64,
}

/// Mean over resamples of the regions of the upper quantile.
fn resampled(lqs: &[f64], draws: Draws) -> f64 {
    let mut sample = vec![0.0; lqs.len()];
    let mut one = |replicate: usize| {
        let mut stream = Stream::new(draws.key, draws.industry, replicate as u64);
        for value in &mut sample {
            *value = lqs[stream.below(lqs.len() as u32) as usize];
        }
        quantile(&sample, UPPER)
    };
    let quantiles: Vec<f64> = (0..draws.nsim as usize).map(&mut one).collect();
    pairwise(&quantiles) / draws.nsim as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws() -> Draws {
        Draws { key: Key::new(1, "test"), industry: 0, nsim: 400 }
    }

    /// By hand: 0, 1, 2, 5 have mean 2 and squares 4 + 1 + 0 + 9 = 14, sd = √(14/3).
    #[test]
    fn mean_sd_and_cutoff() {
        let lqs = [0.0, 1.0, 2.0, 5.0].map(Some);
        let s = standard(&lqs, Standardise::Lq, Some(Cutoff::Normal), draws());
        assert_eq!((s.regions, s.mean), (4, 2.0));
        assert!((s.sd - (14.0f64 / 3.0).sqrt()).abs() < 1e-15);
        assert!((s.cutoff - (2.0 + 1.645 * s.sd)).abs() < 1e-12);
        let log = standard(&lqs, Standardise::Log, Some(Cutoff::Normal), draws());
        assert_eq!(log.regions, 3);
        assert!((log.mean - 10f64.ln() / 3.0).abs() < 1e-12);
        let boot = standard(&lqs, Standardise::Lq, Some(Cutoff::Bootstrap), draws());
        assert!(boot.cutoff > 2.0 && boot.cutoff < 5.0);
    }

    #[test]
    fn no_spread_and_unknown() {
        let s = standard(&[Some(1.0), Some(1.0)], Standardise::Lq, Some(Cutoff::Normal), draws());
        assert!(s.sd == 0.0 && s.ks_p.is_nan());
        assert!(standard(&[Some(1.0), None], Standardise::Lq, None, draws()).mean.is_nan());
        assert!(standard(&[], Standardise::Lq, None, draws()).mean.is_nan());
    }
}
