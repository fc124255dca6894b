//! What a table of distances does not list, and what that leaves unknown.

use super::gauss::REACH;
use super::options::{BandwidthRule, KdOptions};
use super::simulate::Simulator;
use crate::points::Distances;
use distretto_core::Message;

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
    notes.extend(shortfalls(distances, plan.r_max(), bandwidth, (plan.rule, plan.limit)));
    false
}

/// Whether no pair of A is listed within reach of the kernel though some are not listed: nothing is known of its Kd.
pub(super) fn unknown(simulator: &Simulator<'_>, a: &[u32], bandwidth: f64) -> bool {
    let n = a.len() as u64;
    let pairs = n * n.saturating_sub(1) / 2;
    simulator.plants.distances().is_some() && {
        let (listed, near) = count(simulator, a, None, simulator.plan.r_max() + REACH * bandwidth);
        near == 0 && listed < pairs
    }
}

/// Bandwidths beyond a distance up to which pairs show in its value: the kernel holds 3·10⁻⁵ of its mass farther away.
const SHOWING: f64 = 4.0;

/// Warnings about a table that does not list every pair and ends where the curve would show it, four bandwidths beyond
/// its largest distance, or before the limit of the rule of the bandwidth.
pub(crate) fn shortfalls(
    distances: &Distances,
    r_max: f64,
    bandwidth: f64,
    (rule, limit): (BandwidthRule, f64),
) -> Vec<Message> {
    let mut notes = Vec::new();
    let needed = r_max + SHOWING * bandwidth;
    if distances.ends_before(needed) {
        let safe = (distances.largest() - SHOWING * bandwidth).max(0.0);
        let note = Message::new("measure.kd.listed-short").number("largest", distances.largest());
        notes.push(note.number("needed", needed).number("safe", safe));
    }
    let by_rule = !matches!(rule, BandwidthRule::Fixed(_));
    if by_rule && limit.is_finite() && distances.ends_before(limit) {
        let note = Message::new("measure.kd.listed-bandwidth").number("largest", distances.largest());
        notes.push(note.number("limit", limit));
    } else if by_rule && limit.is_infinite() && !distances.is_complete() {
        notes.push(Message::new("measure.kd.listed-all"));
    }
    notes
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
