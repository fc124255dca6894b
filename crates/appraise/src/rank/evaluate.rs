//! One method on the rows that are ranked together.

use super::flows::{Thresholds, flows};
use super::kernel::{Kernel, distances, regrets};
use super::options::RankMethod;
use super::rsr;
use crate::indicators::{Direction, IndicatorError, Sheet};
use crate::normalise::{Normalisation, ends, is_cost, refuse_constant};
use crate::ranks::ranks;
use distretto_core::Message;

/// The method and its parameters, the same for all groups.
#[derive(Debug, Clone)]
pub(super) struct Procedure {
    pub method: RankMethod,
    pub normalisation: Normalisation,
    pub v: f64,
    pub rho: f64,
    pub thresholds: Thresholds,
}

/// The method prepared for a sheet, before the weights.
pub(super) struct Prepared {
    pub kernel: Kernel,
    /// Normalised columns that the table of that name shows.
    pub normalised: Option<Vec<Vec<f64>>>,
    /// Best and worst value of each column.
    pub ideals: Option<Vec<(f64, f64)>>,
    /// φ⁺ and φ⁻ by indicator.
    flows: Option<[Vec<Vec<f64>>; 2]>,
}

/// Scores and ranks of a sheet, with what the method tells besides.
pub(super) struct Evaluation {
    pub scores: Vec<f64>,
    pub ranks: Vec<f64>,
    /// Further columns of the ranking.
    pub columns: Vec<(&'static str, Vec<f64>)>,
    pub grade: Option<Vec<&'static str>>,
    pub ideals: Option<Vec<(f64, f64)>>,
    pub coefficients: Option<Vec<Vec<f64>>>,
    pub notes: Vec<Message>,
}

impl Procedure {
    /// Everything that does not depend on the weights.
    pub(super) fn prepare(&self, sheet: &Sheet) -> Result<Prepared, IndicatorError> {
        self.prepare_by(sheet, sheet)
    }

    /// The same, the units of `sheet` measured by other units: `of` gives extremes, sums, ranks, ideals and those against
    /// whom a unit is compared. A value that lies beyond the scale of `of` counts as its end where a method needs one.
    pub(super) fn prepare_by(&self, of: &Sheet, sheet: &Sheet) -> Result<Prepared, IndicatorError> {
        let plain = |kernel, normalised| Prepared { kernel, normalised: Some(normalised), ideals: None, flows: None };
        match self.method {
            RankMethod::Saw => {
                let z = self.normalisation.apply_by(of, sheet)?;
                let turned = self.turned(sheet, z.clone(), |z| -z);
                Ok(plain(Kernel::Sum(turned), z))
            }
            RankMethod::Wpm => {
                self.check_product(of, &self.normalisation.apply(of)?)?;
                let mut z = self.normalisation.apply_by(of, sheet)?;
                z.iter_mut().flatten().for_each(|z| *z = z.max(0.0));
                let turned = self.turned(sheet, z.clone(), |z| 1.0 / z);
                let logs = turned.into_iter().map(|z| z.into_iter().map(f64::ln).collect()).collect();
                Ok(plain(Kernel::Product(logs), z))
            }
            RankMethod::Topsis => self.topsis(of, sheet),
            RankMethod::Vikor => vikor(of, sheet, self.v),
            RankMethod::Gra => {
                let own = self.normalisation.apply(of)?;
                check_unit(of, &own)?;
                let mut z = self.normalisation.apply_by(of, sheet)?;
                if !std::ptr::eq(of, sheet) {
                    z.iter_mut().flatten().for_each(|z| *z = z.clamp(0.0, 1.0));
                }
                let [own, turned] = [own, z.clone()].map(|z| self.turned(sheet, z, |z| 1.0 - z));
                Ok(plain(Kernel::Sum(grey(&own, &turned, self.rho)), z))
            }
            RankMethod::Promethee => {
                let flows = flows(of, sheet, &self.thresholds);
                let net = |plus: &Vec<f64>, minus: &Vec<f64>| plus.iter().zip(minus).map(|(a, b)| a - b).collect();
                let kernel = Kernel::Sum(flows.plus.iter().zip(&flows.minus).map(|(a, b)| net(a, b)).collect());
                Ok(Prepared { kernel, normalised: None, ideals: None, flows: Some([flows.plus, flows.minus]) })
            }
            RankMethod::Rsr => {
                let z = rsr::rank_shares(of, sheet);
                Ok(plain(Kernel::Sum(z.clone()), z))
            }
        }
    }

    /// Cost columns that the normalisation left as they are, turned by `f`.
    fn turned(&self, sheet: &Sheet, mut z: Vec<Vec<f64>>, f: impl Fn(f64) -> f64) -> Vec<Vec<f64>> {
        if self.normalisation.keeps_direction() {
            for (column, _) in z.iter_mut().zip(&sheet.directions).filter(|(_, direction)| is_cost(**direction)) {
                column.iter_mut().for_each(|z| *z = f(*z));
            }
        }
        z
    }

    /// A product needs values of 0 or more, and more than 0 where the reciprocal is taken.
    fn check_product(&self, sheet: &Sheet, z: &[Vec<f64>]) -> Result<(), IndicatorError> {
        let what = "the weighted product".to_owned();
        for (j, column) in z.iter().enumerate() {
            let (indicator, what) = (sheet.names[j].clone(), what.clone());
            if let Some(row) = column.iter().position(|&z| z < 0.0) {
                return Err(IndicatorError::Negative { indicator, row, value: column[row], what });
            }
            let inverse = self.normalisation.keeps_direction() && is_cost(sheet.directions[j]);
            if let Some(row) = column.iter().position(|&z| inverse && z <= 0.0) {
                return Err(IndicatorError::Positive { indicator, row, value: column[row], what });
            }
        }
        Ok(())
    }

    fn topsis(&self, of: &Sheet, sheet: &Sheet) -> Result<Prepared, IndicatorError> {
        let (own, z) = (self.normalisation.apply(of)?, self.normalisation.apply_by(of, sheet)?);
        let ideal = |(column, direction): (&Vec<f64>, &Direction)| {
            let (low, high) = ends(column);
            let swapped = self.normalisation.keeps_direction() && is_cost(*direction);
            if swapped { (low, high) } else { (high, low) }
        };
        let ideals: Vec<(f64, f64)> = own.iter().zip(&of.directions).map(ideal).collect();
        let squares = |place: fn(&(f64, f64)) -> f64| -> Vec<Vec<f64>> {
            let column = |(z, ideal): (&Vec<f64>, &(f64, f64))| z.iter().map(|z| (z - place(ideal)).powi(2)).collect();
            z.iter().zip(&ideals).map(column).collect()
        };
        let kernel = Kernel::Distance { best: squares(|ideal| ideal.0), worst: squares(|ideal| ideal.1) };
        Ok(Prepared { kernel, normalised: Some(z), ideals: Some(ideals), flows: None })
    }

    /// Scores, ranks and what the method tells besides, under these weights.
    pub(super) fn evaluate(&self, prepared: &Prepared, weights: &[f64]) -> Evaluation {
        let scores = prepared.kernel.scores(weights);
        let mut found = Evaluation {
            ranks: ranks(&scores),
            scores,
            columns: Vec::new(),
            grade: None,
            ideals: None,
            coefficients: None,
            notes: Vec::new(),
        };
        match (&prepared.kernel, self.method) {
            (Kernel::Distance { best, worst }, _) => {
                let (plus, minus) = distances(best, worst, weights);
                found.columns = vec![("d_plus", plus), ("d_minus", minus)];
                let ideals = prepared.ideals.iter().flatten().zip(weights);
                found.ideals = Some(ideals.map(|((best, worst), w)| (w * best, w * worst)).collect());
                if found.scores.iter().any(|score| score.is_nan()) {
                    found.notes.push(Message::new("appraise.rank.no-distance"));
                }
            }
            (Kernel::Compromise { regret, v }, _) => {
                let regrets = regrets(regret, weights, *v);
                for (_, word) in regrets.flat.iter().zip(["S", "R"]).filter(|(flat, _)| **flat) {
                    found.notes.push(Message::new("appraise.rank.flat").text("what", word));
                }
                found.columns = vec![("s", regrets.s), ("r", regrets.r), ("q", regrets.q)];
                found.ideals.clone_from(&prepared.ideals);
            }
            (Kernel::Sum(z), RankMethod::Gra) => found.coefficients = Some(z.clone()),
            (_, RankMethod::Promethee) => {
                let flow = |columns: &Vec<Vec<f64>>| Kernel::Sum(columns.clone()).scores(weights);
                let [plus, minus] =
                    prepared.flows.as_ref().map_or([Vec::new(), Vec::new()], |[a, b]| [flow(a), flow(b)]);
                found.columns = vec![("phi_plus", plus), ("phi_minus", minus), ("phi", found.scores.clone())];
            }
            (_, RankMethod::Rsr) => rsr::complete(&mut found),
            _ => {}
        }
        found
    }
}

/// Regrets `(f* − f)/(f* − f⁻)`.
fn vikor(of: &Sheet, sheet: &Sheet, v: f64) -> Result<Prepared, IndicatorError> {
    refuse_constant(of, "VIKOR", |_| false)?;
    let ideal = |(column, direction): (&Vec<f64>, &Direction)| {
        let (low, high) = ends(column);
        if is_cost(*direction) { (low, high) } else { (high, low) }
    };
    let ideals: Vec<(f64, f64)> = of.columns.iter().zip(&of.directions).map(ideal).collect();
    let regret = |(x, (best, worst)): (&Vec<f64>, &(f64, f64))| -> Vec<f64> {
        x.iter().map(|x| (best - x) / (best - worst)).collect()
    };
    let regret: Vec<Vec<f64>> = sheet.columns.iter().zip(&ideals).map(regret).collect();
    let normalised = regret.iter().map(|d| d.iter().map(|d| 1.0 - d).collect()).collect();
    let kernel = Kernel::Compromise { regret, v };
    Ok(Prepared { kernel, normalised: Some(normalised), ideals: Some(ideals), flows: None })
}

/// Grey coefficients `(Δmin + ρΔmax)/(Δ + ρΔmax)` with the extremes of the whole table `of`.
fn grey(of: &[Vec<f64>], z: &[Vec<f64>], rho: f64) -> Vec<Vec<f64>> {
    let gaps = || of.iter().flatten().map(|z| 1.0 - z);
    let (low, high) = (gaps().fold(f64::INFINITY, f64::min), gaps().fold(0.0, f64::max));
    let coefficient = |z: &f64| if high > 0.0 { (low + rho * high) / (1.0 - z + rho * high) } else { 1.0 };
    z.iter().map(|column| column.iter().map(coefficient).collect()).collect()
}

/// Rounding may leave a value outside by this much.
const ROUNDING: f64 = 1e-12;

fn check_unit(sheet: &Sheet, z: &[Vec<f64>]) -> Result<(), IndicatorError> {
    for (j, column) in z.iter().enumerate() {
        if let Some(row) = column.iter().position(|z| !(-ROUNDING..=1.0 + ROUNDING).contains(z)) {
            let what = "grey relational analysis".to_owned();
            return Err(IndicatorError::Range { indicator: sheet.names[j].clone(), row, value: column[row], what });
        }
    }
    Ok(())
}
