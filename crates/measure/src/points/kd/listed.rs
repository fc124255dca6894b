//! What a table of distances does not list, and what that leaves unknown.

use super::gauss::REACH;
use super::options::{BandwidthRule, KdOptions};
use super::simulate::Simulator;
use distretto_core::Message;

/// Relative shortfall of the largest listed distance that is not told: tables are cut at a round number, and the
/// largest distance lies a little below it.
const SLACK: f64 = 0.01;

/// Warnings about pairs of A (or of A and B) that are not listed; true when none is listed within reach of the
/// kernel, so that nothing is known of Kd.
pub(super) fn notes(
    simulator: &Simulator<'_>,
    (a, b): (&[u32], Option<&[u32]>),
    bandwidth: f64,
    options: &KdOptions,
    notes: &mut Vec<Message>,
) -> bool {
    let Some(distances) = simulator.plants.distances() else { return false };
    let plan = &simulator.plan;
    let needed = plan.r_max() + REACH * bandwidth;
    let (listed, near) = count(simulator, a, b, needed);
    let n = a.len() as u64;
    let pairs = b.map_or(n * (n - 1) / 2, |b| n * b.len() as u64);
    // Simulations look at pairs of other plants too.
    let complete = if options.curve.nsim == 0 { listed == pairs } else { distances.is_complete() };
    if complete {
        return false;
    }
    if near == 0 && listed < pairs {
        notes.push(Message::new("measure.kd.nothing-listed").number("needed", needed));
        return true;
    }
    let end = distances.largest() * (1.0 + SLACK);
    if end < needed {
        let safe = (distances.largest() - REACH * bandwidth).max(0.0);
        let note = Message::new("measure.kd.listed-short").number("largest", distances.largest());
        notes.push(note.number("needed", needed).number("safe", safe));
    }
    if plan.limit.is_finite() && end < plan.limit && !matches!(plan.rule, BandwidthRule::Fixed(_)) {
        let note = Message::new("measure.kd.listed-bandwidth").number("largest", distances.largest());
        notes.push(note.number("limit", plan.limit));
    } else if plan.limit.is_infinite() && !matches!(plan.rule, BandwidthRule::Fixed(_)) {
        notes.push(Message::new("measure.kd.listed-all"));
    }
    false
}

/// Listed pairs, and those of at most `reach`.
fn count(simulator: &Simulator<'_>, a: &[u32], b: Option<&[u32]>, reach: f64) -> (u64, u64) {
    let limit = simulator.layout.scale().squared_within(reach);
    let (mut listed, mut near) = (0, 0);
    let mut add = |_: usize, _: usize, squared: &[f64]| {
        listed += squared.len() as u64;
        near += squared.iter().filter(|&&square| square <= limit).count() as u64;
    };
    let mut own = simulator.layout.empty_like();
    simulator.layout.subset_into(a, &mut own);
    match b {
        None => own.visit(0..a.len(), add),
        Some(b) => {
            let mut others = simulator.layout.empty_like();
            simulator.layout.subset_into(b, &mut others);
            others.visit_from(&own, 0..a.len(), &mut add);
        }
    }
    (listed, near)
}
