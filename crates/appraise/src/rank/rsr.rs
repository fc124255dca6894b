//! The rank-sum ratio (Tian Fengdiao 1988; as the secondary literature tells it).

use super::evaluate::Evaluation;
use crate::indicators::Sheet;
use crate::ranks::average_ranks_of_scores;
use distretto_core::Message;
use distretto_numerics::normal_quantile;

/// Average rank among the units of `of` over their number, 1/n the worst.
pub(super) fn rank_shares(of: &Sheet, sheet: &Sheet) -> Vec<Vec<f64>> {
    let column = |j: usize| crate::normalise::rank_shares(of.directions[j], &of.columns[j], &sheet.columns[j]);
    (0..sheet.columns.len()).map(column).collect()
}

/// Adds the probit of the cumulated frequency, the fitted ratio and the grade.
pub(super) fn complete(found: &mut Evaluation) {
    let rsr = &found.scores;
    let n = rsr.len() as f64;
    let frequency = average_ranks_of_scores(rsr).into_iter().map(|rank| rank / n);
    let probit: Vec<f64> =
        frequency.map(|f| 5.0 + normal_quantile(if f >= 1.0 { 1.0 - 1.0 / (4.0 * n) } else { f })).collect();
    let mean = |x: &[f64]| x.iter().sum::<f64>() / n;
    let (mean_x, mean_y) = (mean(&probit), mean(rsr));
    let moment: f64 = probit.iter().zip(rsr).map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let square: f64 = probit.iter().map(|x| (x - mean_x).powi(2)).sum();
    // All units tied: no line goes through one point.
    let slope = if square > 1e-20 { moment / square } else { f64::NAN };
    if slope.is_nan() {
        found.notes.push(Message::new("appraise.rank.no-fit"));
    }
    let fit = probit.iter().map(|x| mean_y + slope * (x - mean_x)).collect();
    let grade = |probit: &f64| match *probit {
        x if x < 4.0 => "low",
        x if x > 6.0 => "high",
        _ => "middle",
    };
    found.grade = Some(probit.iter().map(grade).collect());
    found.columns = vec![("rsr", rsr.clone()), ("probit", probit), ("rsr_fit", fit)];
}
