//! Triple helix: mutual information of university, industry and government, or of any three distributions.

use super::draws::against;
use distretto_core::{
    Arg, ColumnKind, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message,
    OptionValues, Outcome, Place, Table, TableSpec, Text, option_specs, parse_options,
};
use distretto_numerics::{Key, Stream, shuffle};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "triple-helix",
    about: "Mutual information of three distributions: the synergy of university, industry and government",
    chapter: "link/relations",
    revision: 2,
    inputs: &[Input::table("counts", Place::Positional, true, "Counts: u, i, g, perhaps count and a region")],
    options: option_specs::<TripleHelixOptions>,
    plan,
    run,
    findings,
    figures,
};

/// Options of [`triple_helix`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TripleHelixOptions {
    /// The three columns that are the dimensions u, i and g, in this order.
    pub dims: Vec<String>,
    /// Column by which the whole is taken apart, such as `region`.
    pub by: Option<String>,
    /// Random permutations that make the dimensions independent, for p-values of `t_uig`; default none.
    pub permutations: u32,
}

impl Default for TripleHelixOptions {
    fn default() -> Self {
        Self { dims: ["u", "i", "g"].map(str::to_owned).to_vec(), by: None, permutations: 0 }
    }
}

/// What the counts of a cell of the three dimensions are called.
const COUNT: &str = "count";

impl TripleHelixOptions {
    /// The three dimensions.
    ///
    /// # Errors
    /// When they are not three, or two are one column.
    pub fn validate(&self) -> Result<[&str; 3], Fault> {
        let [u, i, g] = &self.dims[..] else {
            let message = format!("option `dims`: {} columns are named, three are needed", self.dims.len());
            return Err(Fault::option(message).with_value(self.dims.join(",")));
        };
        let named = [u, i, g];
        let twice = (0..3).find(|&k| named[..k].contains(&named[k]) || named[k] == COUNT);
        if let Some(k) = twice {
            let why = if named[k] == COUNT { "holds the counts and is no dimension" } else { "is named twice" };
            return Err(Fault::option(format!("option `dims`: `{}` {why}", named[k])).with_value(named[k].as_str()));
        }
        if self.by.as_deref() == Some(COUNT) {
            return Err(Fault::option("option `by`: `count` holds the counts").with_value(COUNT));
        }
        Ok(named.map(String::as_str))
    }
}

/// Entropies and transmissions in bits; all NaN where there is nothing to count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Helix {
    /// h_u, h_i, h_g.
    pub single: [f64; 3],
    /// h_ui, h_ug, h_ig.
    pub double: [f64; 3],
    /// h_uig.
    pub triple: f64,
    /// t_ui, t_ug, t_ig: what two dimensions share, 0 or more.
    pub shared: [f64; 3],
    /// t_uig: below 0 where the three reduce uncertainty together that no two of them reduce (synergy).
    pub synergy: f64,
    /// Sum of the counts.
    pub n: f64,
}

/// Pairs of dimensions in the order u-i, u-g, i-g.
const PAIRS: [(usize, usize); 3] = [(0, 1), (0, 2), (1, 2)];

/// −Σ p log₂ p of counts, 0 log 0 = 0; the counts are added from the smallest to the largest, so that neither the
/// order of the rows nor the names of the categories change a bit.
fn entropy(counts: impl Iterator<Item = f64>, n: f64) -> f64 {
    let mut counts: Vec<f64> = counts.filter(|&count| count > 0.0).collect();
    counts.sort_unstable_by(f64::total_cmp);
    // `+ 0.0` turns the −0 of a single category into 0.
    -counts.iter().map(|count| count / n * (count / n).log2()).sum::<f64>() + 0.0
}

/// Entropies of three dimensions and what they share.
///
/// # Formula
/// h = −Σ p log₂ p; t_ui = h_u + h_i − h_ui; t_uig = h_u + h_i + h_g − h_ui − h_ug − h_ig + h_uig.
///
/// # Complexity
/// O(rows log rows).
///
/// # References
/// McGill 1954; Leydesdorff 2003, Scientometrics 58, 445–467, doi:10.1023/A:1026253130577.
#[must_use]
pub fn triple_helix(cells: &[([u32; 3], f64)]) -> Helix {
    let mut sorted: Vec<f64> = cells.iter().map(|(_, count)| *count).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let n: f64 = sorted.iter().sum();
    if n <= 0.0 {
        let none = [f64::NAN; 3];
        return Helix { single: none, double: none, triple: f64::NAN, shared: none, synergy: f64::NAN, n: 0.0 };
    }
    let over = |of: &dyn Fn([u32; 3]) -> [u32; 3]| {
        // Counts of one category are added in the order of their size, whatever the order of the rows.
        let mut groups: BTreeMap<[u32; 3], Vec<f64>> = BTreeMap::new();
        cells.iter().for_each(|(cell, count)| groups.entry(of(*cell)).or_default().push(*count));
        let sum = |mut counts: Vec<f64>| {
            counts.sort_unstable_by(f64::total_cmp);
            counts.iter().sum::<f64>()
        };
        entropy(groups.into_values().map(sum), n)
    };
    let single = [0, 1, 2].map(|k| over(&|cell| [cell[k], 0, 0]));
    let double = PAIRS.map(|(a, b)| over(&|cell| [cell[a], cell[b], 0]));
    let triple = over(&|cell| cell);
    let shared = [0, 1, 2].map(|k| single[PAIRS[k].0] + single[PAIRS[k].1] - double[k]);
    let sum = |three: [f64; 3]| {
        let mut three = three;
        three.sort_unstable_by(f64::total_cmp);
        three.iter().sum::<f64>()
    };
    Helix { single, double, triple, shared, synergy: sum(single) - sum(double) + triple, n }
}

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: TripleHelixOptions = parse_options(values)?;
    let dims = options.validate()?;
    let mut spec = TableSpec::new("counts");
    for name in dims {
        spec = spec.need(name, ColumnKind::Label);
    }
    if let Some(by) = options.by.as_deref().filter(|by| !dims.contains(by)) {
        spec = spec.need(by, ColumnKind::Label);
    }
    Ok(vec![spec.take(COUNT, ColumnKind::NonNegative)])
}

/// The cells of the rows: codes of the three categories and the count.
fn cells(table: &Table, dims: [&str; 3]) -> Result<Vec<([u32; 3], f64)>, Fault> {
    let columns: Option<Vec<&Text>> = dims.iter().map(|name| table.text(name)).collect();
    let columns = columns.ok_or_else(|| Fault::input("the three dimensions are needed").in_table(table))?;
    let counts = table.numbers(COUNT);
    (0..table.rows())
        .map(|row| {
            let count = counts.map_or(1.0, |counts| counts[row]);
            if count.is_nan() {
                let fault = Fault::input("the count is missing; it must be a number of 0 or more");
                return Err(fault.at(table, row, COUNT));
            }
            Ok(([0, 1, 2].map(|k| columns[k].code(row).unwrap_or(u32::MAX)), count))
        })
        .collect()
}

/// Most units that are permuted.
const MOST: f64 = 1e7;

/// Transmissions t_uig of units whose three categories are dealt out anew, independently of one another: the margins
/// stay. Each unit of the counts is one, so counts must be whole.
fn independent(cells: &[([u32; 3], f64)], permutations: u32, context: &Context) -> Result<Vec<f64>, Fault> {
    let n: f64 = cells.iter().map(|(_, count)| count).sum();
    if let Some((_, count)) = cells.iter().find(|(_, count)| count.fract() != 0.0) {
        let fault = Fault::option("option `permutations`: a count is no whole number, so there is nothing to permute");
        return Err(fault.with_value(count.to_string()).with_hint("leave `--permutations` out"));
    }
    if n > MOST {
        return Err(Fault::option(format!("option `permutations`: {n} units are more than {MOST}")));
    }
    let each = |k: usize| {
        let units = cells.iter().flat_map(move |(cell, count)| std::iter::repeat_n(cell[k], *count as usize));
        units.collect::<Vec<u32>>()
    };
    let (first, second, third) = (each(0), each(1), each(2));
    let key = Key::new(context.seed, "link triple-helix");
    context.progress.begin("permutations", u64::from(permutations));
    let one = |draw: u32| {
        if context.progress.cancelled() {
            return Err(Fault::from(super::error::RelationError::Stopped));
        }
        let mut stream = Stream::new(key, 0, u64::from(draw));
        let (mut second, mut third) = (second.clone(), third.clone());
        shuffle(&mut stream, &mut second);
        shuffle(&mut stream, &mut third);
        let mut counts: BTreeMap<[u32; 3], f64> = BTreeMap::new();
        for ((&u, &i), &g) in first.iter().zip(&second).zip(&third) {
            *counts.entry([u, i, g]).or_default() += 1.0;
        }
        context.progress.advance(1);
        Ok(triple_helix(&counts.into_iter().collect::<Vec<_>>()).synergy)
    };
    (0..permutations).into_par_iter().map(one).collect()
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: TripleHelixOptions = parse_options(values)?;
    let table = inputs.need("counts")?;
    let dims = options.validate()?;
    let cells = cells(table, dims)?;
    let helix = triple_helix(&cells);
    let mut outcome = Outcome::new(
        "link triple-helix",
        "mutual information in three dimensions, bits; negative means synergy (Leydesdorff 2003)",
    );
    outcome.convention("dimensions", dims.join(", "));
    outcome.convention("logarithm", "base 2");
    if helix.n <= 0.0 {
        outcome.warn(Message::new("link.triple-helix.nothing"));
    }
    scalars(&mut outcome, &helix);
    if options.permutations > 0 && helix.n > 0.0 {
        let draws = independent(&cells, options.permutations, context)?;
        let found = against(helix.synergy, &draws, 1.0);
        outcome
            .scalar("mean", 1000.0 * found.mean)
            .scalar("sd", 1000.0 * found.sd)
            .scalar("p_less", found.p_less)
            .scalar("p_greater", found.p_greater)
            .scalar("p_two_sided", found.p_two_sided);
        outcome.convention("permutations", options.permutations);
    }
    if let Some(by) = &options.by {
        by_region(&mut outcome, table, by, &cells, &helix)?;
    }
    Ok(outcome)
}

fn scalars(outcome: &mut Outcome, helix: &Helix) {
    let [h_u, h_i, h_g] = helix.single;
    let [h_ui, h_ug, h_ig] = helix.double;
    let [t_ui, t_ug, t_ig] = helix.shared;
    outcome
        .scalar("h_u", h_u)
        .scalar("h_i", h_i)
        .scalar("h_g", h_g)
        .scalar("h_ui", h_ui)
        .scalar("h_ug", h_ug)
        .scalar("h_ig", h_ig)
        .scalar("h_uig", helix.triple)
        .scalar("t_ui", t_ui)
        .scalar("t_ug", t_ug)
        .scalar("t_ig", t_ig)
        .scalar("t_uig", helix.synergy)
        .scalar("t_uig_mbits", 1000.0 * helix.synergy);
}

/// Takes the whole apart: the synergy of each region weighted by its share of the counts, and what is between them.
fn by_region(
    outcome: &mut Outcome,
    table: &Table,
    by: &str,
    cells: &[([u32; 3], f64)],
    whole: &Helix,
) -> Result<(), Fault> {
    let absent = || Fault::input(format!("the column `{by}` is needed")).in_table(table);
    let regions = table.text(by).ok_or_else(absent)?;
    let mut parts: Vec<Vec<([u32; 3], f64)>> = vec![Vec::new(); regions.labels().len()];
    for (row, cell) in cells.iter().enumerate() {
        if let Some(region) = regions.code(row) {
            parts[region as usize].push(*cell);
        }
    }
    let parts: Vec<Helix> = parts.iter().map(|part| triple_helix(part)).collect();
    let contribution: Vec<f64> = parts.iter().map(|part| part.n / whole.n * part.synergy).collect();
    let empty: Vec<&str> = crate::words::where_true(regions.labels(), |region| parts[region].n <= 0.0);
    if !empty.is_empty() && whole.n > 0.0 {
        outcome.warn(crate::words::named("link.triple-helix.empty-regions", &empty));
    }
    let within: f64 = contribution.iter().filter(|part| !part.is_nan()).sum();
    let within = if whole.n > 0.0 { within } else { f64::NAN };
    outcome.scalar("t_within", within).scalar("t_between", whole.synergy - within);
    let table = Table::empty()
        .with_text("region", crate::words::text(regions.labels()))
        .with_numbers("n", parts.iter().map(|part| part.n).collect())
        .with_numbers("t_uig", parts.iter().map(|part| part.synergy).collect())
        .with_numbers("contribution", contribution);
    outcome.add_table("regions", table);
    Ok(())
}

/// Regions that a finding names.
const NAMED: usize = 3;

fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(t) = outcome.number("t_uig_mbits") else { return Vec::new() };
    let number = |name: &str| outcome.number(name).unwrap_or(f64::NAN);
    let key = match t {
        // Below a millionth of a millibit a sum of seven entropies says nothing.
        t if t.abs() < 1e-6 => "link.triple-helix.none",
        t if t < 0.0 => "link.triple-helix.synergy",
        _ => "link.triple-helix.redundancy",
    };
    let mut said = vec![Message::new(key).number("value", t)];
    let permutations = outcome.provenance.conventions.get("permutations").and_then(serde_json::Value::as_u64);
    match (permutations, outcome.number("mean"), outcome.number("p_less")) {
        (Some(count), Some(mean), Some(p)) => {
            let message = Message::new("link.triple-helix.tested").count("permutations", count as usize);
            said.push(message.number("mean", mean).with("p", Arg::P(p)));
        }
        _ => said.push(Message::new("link.triple-helix.untested")),
    }
    let shared = Message::new("link.triple-helix.shared").number("ui", 1000.0 * number("t_ui"));
    said.push(shared.number("ug", 1000.0 * number("t_ug")).number("ig", 1000.0 * number("t_ig")));
    let (Some(table), Some(within)) = (outcome.table("regions"), outcome.number("t_within")) else { return said };
    let message = Message::new("link.triple-helix.within").number("within", 1000.0 * within);
    said.push(message.number("between", 1000.0 * number("t_between")));
    let (Some(regions), Some(parts)) = (table.text("region"), table.numbers("contribution")) else { return said };
    let wanted = |row: &usize| {
        let named = |region| focus.regions.iter().any(|one| one == region);
        if focus.regions.is_empty() { parts[*row] < 0.0 } else { regions.get(*row).is_some_and(named) }
    };
    let mut rows: Vec<usize> = (0..table.rows()).filter(|row| !parts[*row].is_nan() && wanted(row)).collect();
    rows.sort_by(|&a, &b| parts[a].total_cmp(&parts[b]).then(a.cmp(&b)));
    let part = |&row: &usize| {
        let region = Arg::Region(regions.get(row).unwrap_or_default().to_owned());
        let message = Message::new("link.triple-helix.region").with("region", region);
        Arg::Message(Box::new(message.number("value", 1000.0 * parts[row])))
    };
    let list: Vec<Arg> = rows.iter().take(NAMED).map(part).collect();
    if !list.is_empty() {
        let key = if focus.regions.is_empty() { "link.triple-helix.regions" } else { "link.triple-helix.of-focus" };
        said.push(Message::new(key).with("list", Arg::List(list)));
    }
    said
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let bars = FigureSpec::new(FigureKind::Bars).of_table("regions").of_value("contribution").by("region");
    outcome.table("regions").map(|_| bars.first(20).against(0.0)).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Of two dimensions that are one coin and a third apart, shuffles keep the margins and lose what was shared; counts
    /// that are not whole cannot be dealt out.
    #[test]
    fn independence_is_dealt_out() {
        let cells = [([0, 0, 0], 20.0), ([0, 0, 1], 20.0), ([1, 1, 0], 20.0), ([1, 1, 1], 20.0)];
        let draws = independent(&cells, 99, &Context::with_seed(1)).unwrap();
        assert!(draws.iter().all(|t| t.abs() < 0.1), "{draws:?}");
        assert!(triple_helix(&cells).shared[0] > 0.99);
        assert!(independent(&[([0, 0, 0], 0.5)], 9, &Context::with_seed(1)).is_err());
    }

    /// Exclusive or: two of the three say nothing of one another, together they fix the third (closed form, −1 bit).
    /// Three copies of one coin: +1 bit. Three independent coins: 0.
    #[test]
    fn closed_forms() {
        let all = |of: &dyn Fn(u32, u32) -> Vec<u32>| -> f64 {
            let coins = [(0, 0), (0, 1), (1, 0), (1, 1)];
            let cells = coins.iter().flat_map(|&(a, b)| of(a, b).into_iter().map(move |c| ([a, b, c], 1.0)));
            triple_helix(&cells.collect::<Vec<_>>()).synergy
        };
        assert!((all(&|a, b| vec![a ^ b]) + 1.0).abs() < 1e-15);
        assert!(all(&|_, _| vec![0, 1]).abs() < 1e-15);
        let copies = triple_helix(&[([0, 0, 0], 5.0), ([1, 1, 1], 5.0)]);
        assert_eq!((copies.synergy, copies.shared), (1.0, [1.0; 3]));
        let one = triple_helix(&[([0, 0, 0], 5.0), ([1, 0, 0], 0.0)]);
        assert_eq!((one.triple.to_bits(), one.synergy), (0, 0.0));
    }

    #[test]
    fn nothing_counted_has_no_entropy() {
        assert!(triple_helix(&[([0, 0, 0], 0.0)]).synergy.is_nan());
        assert!(triple_helix(&[]).triple.is_nan());
    }

    #[test]
    fn three_different_columns_are_needed() {
        let dims = |names: &[&str], by: Option<&str>| TripleHelixOptions {
            dims: names.iter().map(|&name| name.to_owned()).collect(),
            by: by.map(str::to_owned),
            permutations: 0,
        };
        assert!(dims(&["a", "b"], None).validate().is_err());
        assert!(dims(&["a", "b", "a"], None).validate().is_err());
        assert!(dims(&["a", "b", "count"], None).validate().is_err());
        assert!(dims(&["a", "b", "c"], Some("count")).validate().is_err());
        assert_eq!(dims(&["a", "b", "c"], Some("a")).validate().unwrap(), ["a", "b", "c"]);
    }

    proptest! {
        #[test]
        fn dimensions_and_rows_may_change_places(
            counts in proptest::collection::vec(0.0..20.0f64, 27),
            turn in 1usize..27,
        ) {
            let cell = |at: usize| [at as u32 / 9, at as u32 / 3 % 3, at as u32 % 3];
            let cells: Vec<_> = counts.iter().enumerate().map(|(at, count)| (cell(at), *count)).collect();
            let helix = triple_helix(&cells);
            for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
                let mut other: Vec<_> = cells.iter().map(|(cell, n)| (order.map(|k| cell[k]), *n)).collect();
                other.rotate_left(turn);
                prop_assert_eq!(triple_helix(&other).synergy.to_bits(), helix.synergy.to_bits());
            }
            prop_assert!(helix.shared.iter().all(|t| *t > -1e-12));
            prop_assert!(helix.synergy <= helix.shared.iter().copied().fold(f64::INFINITY, f64::min) + 1e-12);
            prop_assert!(helix.synergy >= -helix.single.iter().copied().fold(f64::INFINITY, f64::min) - 1e-12);
        }
    }
}
