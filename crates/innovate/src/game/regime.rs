//! The regime of a game file: who decides, for whom, when.

use super::policy::firms_of;
use super::spillover::{index, nested};
use super::values::{Range, Reader};
use super::{MODES, Membership, Mode, Plants, Timing};
use distretto_core::Fault;
use distretto_numerics::Matrix;

/// The section as it is given.
pub(super) struct Regime {
    pub mode: Mode,
    pub timing: Timing,
    pub coalitions: Vec<Vec<u32>>,
    pub sharing_rate: f64,
    pub cross_ownership: Option<Matrix>,
    pub membership: Option<Membership>,
    pub plants: Option<Plants>,
}

/// Reads the section.
pub(super) fn regime(reader: &Reader<'_>, names: &[String]) -> Result<Regime, Fault> {
    let document = reader.document;
    let n = names.len();
    let modes = MODES.map(|mode| (mode.word(), mode));
    let timings = [("two-stage", Timing::TwoStage), ("simultaneous", Timing::Simultaneous)];
    let rules =
        [("open", Membership::Open), ("exclusive", Membership::Exclusive), ("unanimity", Membership::Unanimity)];
    let plants = [("symmetric", Plants::Symmetric), ("efficient", Plants::Efficient)];
    let cross = "regime.cross_ownership";
    let cross_ownership = match document.get(cross) {
        None => None,
        Some(value) => {
            let weights = nested(reader, cross, value, n)?;
            if let Some(i) = (0..n).find(|&i| weights[(i, i)] != 1.0) {
                let fault = document
                    .fault(cross, format!("the diagonal of `{cross}` must be 1; it is not for firm {}", names[i]));
                return Err(fault.with_value(weights[(i, i)].to_string()));
            }
            Some(weights)
        }
    };
    Ok(Regime {
        mode: reader.choice("regime.mode", &modes)?.unwrap_or(Mode::Competition),
        timing: reader.choice("regime.timing", &timings)?.unwrap_or(Timing::TwoStage),
        coalitions: coalitions(reader, names)?,
        sharing_rate: reader.number("regime.sharing_rate", Range::Unit)?.unwrap_or(1.0),
        cross_ownership,
        membership: reader.choice("regime.membership", &rules)?,
        plants: reader.choice("regime.plants", &plants)?,
    })
}

/// Coalitions of two or more; without the key, all firms are one.
fn coalitions(reader: &Reader<'_>, names: &[String]) -> Result<Vec<Vec<u32>>, Fault> {
    let key = "regime.coalitions";
    let document = reader.document;
    let all = || (names.len() > 1).then(|| (0..names.len() as u32).collect()).into_iter().collect();
    let Some(value) = document.get(key) else { return Ok(all()) };
    let Some(items) = value.as_array() else {
        return Err(document.fault(key, format!("`{key}` must be a list of lists of firms")));
    };
    let known = index(names);
    let mut taken = vec![false; names.len()];
    let mut coalitions = Vec::new();
    for (c, item) in items.iter().enumerate() {
        let mut members = firms_of(reader, &format!("{key}.{c}"), item, names, &known)?;
        for &i in &members {
            if std::mem::replace(&mut taken[i as usize], true) {
                let message = format!("`{key}` names firm {} in two coalitions", names[i as usize]);
                return Err(document.fault(key, message).with_hint("a firm belongs to one coalition at most"));
            }
        }
        if members.is_empty() {
            return Err(document.fault(key, format!("`{key}` holds a coalition without a firm")));
        }
        members.sort_unstable();
        if members.len() > 1 {
            coalitions.push(members);
        }
    }
    coalitions.sort_by_key(|members: &Vec<u32>| members[0]);
    Ok(coalitions)
}
