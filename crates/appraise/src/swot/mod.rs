//! `swot`: strengths, weaknesses, opportunities and threats weighed: how does the cluster stand inside and outside, and
//! which strategy answers best?

mod read;
mod run;

#[cfg(test)]
mod tests;

pub(crate) use run::ESTIMAND;

/// Values closer to 0 count as 0.
const ZERO: f64 = 1e-12;

/// A kind of factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Strength.
    Strength,
    /// Weakness.
    Weakness,
    /// Opportunity.
    Opportunity,
    /// Threat.
    Threat,
}

impl Kind {
    /// `S`, `W`, `O` or `T`.
    #[must_use]
    pub fn letter(self) -> &'static str {
        match self {
            Self::Strength => "S",
            Self::Weakness => "W",
            Self::Opportunity => "O",
            Self::Threat => "T",
        }
    }

    /// Whether the factor lies inside the cluster.
    #[must_use]
    pub fn is_internal(self) -> bool {
        matches!(self, Self::Strength | Self::Weakness)
    }
}

/// A factor, weighed.
#[derive(Debug, Clone, PartialEq)]
pub struct Factor {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Weight; those inside sum to 1, and so do those outside.
    pub weight: f64,
    /// Rating, 1 to 4.
    pub rating: f64,
    /// Intensity, 0 to 5; NaN where it was not given.
    pub intensity: f64,
}

/// The strategic quadrangle; NaN where an intensity lacks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tetragon {
    /// Strength, weakness, opportunity, threat: weighted mean intensity of each kind.
    pub sides: [f64; 4],
    /// Centroid, `((S − W)/4, (O − T)/4)`.
    pub centroid: (f64, f64),
    /// Direction of the centroid in degrees, 0 to 360; NaN at the origin.
    pub theta: f64,
    /// `OS/(OS + TW)`.
    pub rho: f64,
    /// `SO`, `WO`, `WT` or `ST`; none on an axis.
    pub quadrant: Option<&'static str>,
}

/// `Σ w · rating` of the factors inside (IFE) or outside (EFE).
#[must_use]
pub fn evaluation(factors: &[Factor], internal: bool) -> f64 {
    factors.iter().filter(|one| one.kind.is_internal() == internal).map(|one| one.weight * one.rating).sum()
}

/// Cell of the internal–external matrix, I to IX: columns IFE high to low, rows EFE high to low, cut at 2 and 3.
#[must_use]
pub fn ie_cell(ife: f64, efe: f64) -> &'static str {
    const CELLS: [[&str; 3]; 3] = [["I", "II", "III"], ["IV", "V", "VI"], ["VII", "VIII", "IX"]];
    let third = |x: f64| match x {
        x if x >= 3.0 - ZERO => 0,
        x if x >= 2.0 - ZERO => 1,
        _ => 2,
    };
    CELLS[third(efe)][third(ife)]
}

/// The strategic quadrangle of some factors.
#[must_use]
pub fn tetragon(factors: &[Factor]) -> Tetragon {
    let side = |kind: Kind| {
        let of_kind = || factors.iter().filter(move |one| one.kind == kind);
        let total: f64 = of_kind().map(|one| one.weight).sum();
        let sum: f64 = of_kind().map(|one| one.weight * one.intensity).sum();
        if of_kind().next().is_none() { 0.0 } else { sum / total }
    };
    let sides = [Kind::Strength, Kind::Weakness, Kind::Opportunity, Kind::Threat].map(side);
    if factors.iter().any(|one| one.intensity.is_nan()) {
        let none = f64::NAN;
        return Tetragon { sides: [none; 4], centroid: (none, none), theta: none, rho: none, quadrant: None };
    }
    let [s, w, o, t] = sides;
    let round = |x: f64| if x.abs() <= ZERO { 0.0 } else { x };
    let (x, y) = (round((s - w) / 4.0), round((o - t) / 4.0));
    let theta = if x == 0.0 && y == 0.0 { f64::NAN } else { y.atan2(x).to_degrees().rem_euclid(360.0) };
    let scale = o * s + t * w;
    let quadrant = match (x, y) {
        (x, y) if x == 0.0 || y == 0.0 => None,
        (x, y) if x > 0.0 => Some(if y > 0.0 { "SO" } else { "ST" }),
        (_, y) => Some(if y > 0.0 { "WO" } else { "WT" }),
    };
    Tetragon { sides, centroid: (x, y), theta, rho: if scale > 0.0 { o * s / scale } else { f64::NAN }, quadrant }
}
