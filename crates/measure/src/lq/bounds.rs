//! Bounds of location quotients when cells are only known as intervals.

use crate::areas::{Areas, Span, Tightened};

/// The ranges of a cell and of the rest of its row, of its column, and of the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rest {
    /// The cell, c.
    pub(super) cell: Span,
    /// Rest of the region's row, a; the region's total is c + a.
    pub(super) row: Span,
    /// Rest of the industry's column, b; the industry's total is c + b.
    pub(super) column: Span,
    /// Everything else, d.
    pub(super) other: Span,
    /// Totals of region, industry and all where they are known whatever the cell is.
    pub(super) region: Option<f64>,
    pub(super) industry: Option<f64>,
    pub(super) total: Option<f64>,
}

impl Rest {
    /// Ends of `LQ = c E / (e_r E_i)` over every table within the ranges; NaN where there is none.
    ///
    /// The quotient falls in a and in b and rises in d. In c it rises where the region's or the industry's total is
    /// known; else it rises up to one stationary point, so that the least value lies at an end of c.
    pub(super) fn bounds(&self) -> (f64, f64) {
        let Span { low: l, high: u } = self.cell;
        if u <= 0.0 {
            // Nothing of the industry: 0 in every table in which the quotient exists, whether or not the region or the
            // industry may be empty.
            return (0.0, 0.0);
        }
        let (a, b, d) = (self.row, self.column, self.other);
        let ends = match (self.region, self.industry, self.total) {
            (Some(row), Some(column), Some(all)) => (l * all / (row * column), u * all / (row * column)),
            (Some(row), Some(column), None) => {
                let at = |c: f64, d: f64| c * (row + column - c + d) / (row * column);
                (at(l, d.low), at(u, d.high))
            }
            (Some(total), None, Some(all)) => (share(l, b.high) * all / total, share(u, b.low) * all / total),
            (None, Some(total), Some(all)) => (share(l, a.high) * all / total, share(u, a.low) * all / total),
            (Some(total), None, None) => one_total(total, self.cell, b, d),
            (None, Some(total), None) => one_total(total, self.cell, a, d),
            (None, None, Some(all)) => {
                let at = |c: f64, a: f64, b: f64| share(c, a) * all / (c + b);
                let peak = (a.low * b.low).sqrt().clamp(l, u);
                (at(l, a.high, b.high).min(at(u, a.high, b.high)), at(peak, a.low, b.low))
            }
            (None, None, None) => {
                let least = |c: f64| quotient(c, a.high, b.high, d.low);
                let peak = stationary(a.low, b.low, d.high).clamp(l, u);
                (least(l).min(least(u)), quotient(peak, a.low, b.low, d.high))
            }
        };
        if ends.0.is_nan() || !ends.1.is_finite() { (f64::NAN, f64::NAN) } else { ends }
    }
}

/// c/(c + rest), 1 where there is no rest.
fn share(c: f64, rest: f64) -> f64 {
    if rest == 0.0 { 1.0 } else { c / (c + rest) }
}

/// One of the two totals is known: `share(c, rest) (total + rest + d)/total`, rising in c and d, falling in rest.
fn one_total(total: f64, cell: Span, rest: Span, other: Span) -> (f64, f64) {
    let at = |c: f64, rest: f64, d: f64| share(c, rest) * (total + rest + d) / total;
    (at(cell.low, rest.high, other.low), at(cell.high, rest.low, other.high))
}

/// `c (c + a + b + d)/((c + a)(c + b))`.
fn quotient(c: f64, a: f64, b: f64, d: f64) -> f64 {
    let all = c + a + b + d;
    if a == 0.0 { all / (c + b) } else { share(c, b) * all / (c + a) }
}

/// Where the quotient is stationary in c: the positive root of `d c² − 2ab c − ab(a + b + d) = 0`.
fn stationary(a: f64, b: f64, d: f64) -> f64 {
    let ab = a * b;
    if d == 0.0 { f64::INFINITY } else { (ab + (ab * (ab + d * (a + b + d))).sqrt()) / d }
}

/// Bounds of one cell of a table; NaN for a missing cell and for a region or industry that does not count.
pub(super) fn cell_bounds(areas: &Areas, tight: &Tightened, region: usize, industry: usize) -> (f64, f64) {
    let cell = region * areas.industries().len() + industry;
    if areas.lows()[cell].is_nan() || !areas.region_counts(region) || !areas.industry_counts(industry) {
        return (f64::NAN, f64::NAN);
    }
    let c = Span { low: tight.low[cell], high: tight.high[cell] };
    let (row, column, all) = (tight.row_sums[region], tight.column_sums[industry], tight.sum);
    let less = |total: f64, parts: f64| (total - parts).max(0.0);
    let minus = |total: Span| Span { low: less(total.low, c.low), high: less(total.high, c.high) };
    let other = Span {
        low: less(all.low + c.low, row.low + column.low),
        high: less(all.high + c.high, row.high + column.high),
    };
    let known = |total: Span| total.is_known().then_some(total.low);
    Rest {
        cell: c,
        row: minus(row),
        column: minus(column),
        other,
        region: known(tight.regions[region]),
        industry: known(tight.industries[industry]),
        total: known(tight.total),
    }
    .bounds()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(low: f64, high: f64) -> Span {
        Span { low, high }
    }

    /// By hand: c = 10..20, a = 5, b = 5, d = 80: the quotient c (c + 90)/(c + 5)² is 1000/225 at 10, and stationary
    /// where 80c² − 50c − 25·90 = 0, at c = 5.62: it falls over the whole range, to 2200/625 at 20.
    #[test]
    fn without_totals_the_stationary_point_counts() {
        let known = Span::known;
        let rest = |cell| Rest {
            cell,
            row: known(5.0),
            column: known(5.0),
            other: known(80.0),
            region: None,
            industry: None,
            total: None,
        };
        let (low, high) = rest(span(10.0, 20.0)).bounds();
        assert!((low - 2200.0 / 625.0).abs() < 1e-12 && (high - 1000.0 / 225.0).abs() < 1e-12, "{low} {high}");
        let c = stationary(5.0, 5.0, 80.0);
        assert!((80.0 * c * c - 50.0 * c - 2250.0).abs() < 1e-9);
        let (low, high) = rest(span(0.0, 20.0)).bounds();
        assert!(low == 0.0 && (high - quotient(c, 5.0, 5.0, 80.0)).abs() < 1e-12);
    }

    /// Nothing of the industry, in a region that may be empty: where the quotient exists it is 0.
    #[test]
    fn an_empty_cell_is_zero() {
        let rest = |total| Rest {
            cell: span(0.0, 0.0),
            row: span(0.0, 5.0),
            column: span(0.0, 10.0),
            other: Span::known(30.0),
            region: None,
            industry: None,
            total,
        };
        assert_eq!(rest(None).bounds(), (0.0, 0.0));
        assert_eq!(rest(Some(40.0)).bounds(), (0.0, 0.0));
    }

    /// A region that may hold nothing else: c cancels and the quotient is E/E_i.
    #[test]
    fn a_row_of_one_cell() {
        let (a, b, d) = (Span::known(0.0), Span::known(10.0), Span::known(30.0));
        let rest =
            Rest { cell: span(0.0, 10.0), row: a, column: b, other: d, region: None, industry: None, total: None };
        assert_eq!(rest.bounds(), (50.0 / 20.0, 40.0 / 10.0));
    }
}
