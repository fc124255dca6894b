//! Likert items: what was answered, and how much.

use super::LikertScale;
use distretto_numerics::median;

/// Answers to an item; NaN where a number does not exist.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemSummary {
    /// Answers.
    pub n: usize,
    /// Respondents without one.
    pub missing: usize,
    /// Mean.
    pub mean: f64,
    /// Standard deviation, divisor n − 1.
    pub sd: f64,
    /// Median.
    pub median: f64,
    /// Most frequent answer, the smallest on ties.
    pub mode: f64,
    /// Share of answers at the two highest points.
    pub top2: f64,
    /// Share of answers at the two lowest points.
    pub bottom2: f64,
    /// Relative importance index: mean over the highest point.
    pub rii: f64,
    /// Answers at each point, from the lowest.
    pub counts: Vec<usize>,
}

/// Summary of the answers to an item; NaN is no answer. Answers must be points of the scale.
#[must_use]
pub fn summarise(answers: &[f64], scale: LikertScale) -> ItemSummary {
    let known: Vec<f64> = answers.iter().copied().filter(|x| !x.is_nan()).collect();
    let n = known.len() as f64;
    let points = scale.points();
    let counts: Vec<usize> = points.iter().map(|point| known.iter().filter(|x| *x == point).count()).collect();
    let (mean, sd) = crate::factor::moments(&known);
    let most = counts.iter().copied().max().unwrap_or(0);
    let mode = counts.iter().position(|&count| count == most && most > 0).map_or(f64::NAN, |k| points[k]);
    let share = |counts: &[usize]| counts.iter().sum::<usize>() as f64 / n;
    let two = points.len().min(2);
    ItemSummary {
        n: known.len(),
        missing: answers.len() - known.len(),
        mean,
        sd,
        median: median(&known),
        mode,
        top2: share(&counts[points.len() - two..]),
        bottom2: share(&counts[..two]),
        rii: mean / scale.high,
        counts,
    }
}

/// A stratum of the frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Stratum {
    /// Its name.
    pub name: String,
    /// Firms there are.
    pub population: f64,
    /// Firms that were asked.
    pub invited: f64,
    /// Firms that answered.
    pub answered: usize,
}

impl Stratum {
    /// `answered/invited`; NaN when nobody was invited.
    #[must_use]
    pub fn rate(&self) -> f64 {
        if self.invited > 0.0 { self.answered as f64 / self.invited } else { f64::NAN }
    }

    /// `population/answered`; NaN when nobody answered.
    #[must_use]
    pub fn weight(&self) -> f64 {
        if self.answered > 0 { self.population / self.answered as f64 } else { f64::NAN }
    }
}

/// `Σ N_h ȳ_h/Σ N_h` over the strata with an answer to the item.
#[must_use]
pub fn weighted_mean(answers: &[f64], stratum_of: &[Option<usize>], strata: &[Stratum]) -> f64 {
    let (mut sum, mut total) = (0.0, 0.0);
    for (h, stratum) in strata.iter().enumerate() {
        let within = answers.iter().zip(stratum_of).filter(|(x, of)| **of == Some(h) && !x.is_nan());
        let (n, y) = within.fold((0.0, 0.0), |(n, y), (x, _)| (n + 1.0, y + x));
        if n > 0.0 {
            sum += stratum.population * y / n;
            total += stratum.population;
        }
    }
    if total > 0.0 { sum / total } else { f64::NAN }
}
