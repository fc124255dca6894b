//! Pairs whose distances a table lists: what stands in for coordinates.

use super::index::BLOCK;

/// Mark of a site that a subset does not hold.
pub(super) const ABSENT: u32 = u32::MAX;

/// The listed pairs of sites, each from both ends: the partners of a site are one run, ascending.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Links {
    starts: Vec<usize>,
    partners: Vec<u32>,
    squared: Vec<f64>,
}

impl Links {
    /// Links of `sites` sites from pairs (a, b, distance) with a < b, ascending, each once.
    ///
    /// Distances are 0 or more and below 1e150, so that their squares are numbers.
    #[must_use]
    pub fn new(sites: usize, pairs: &[(u32, u32, f64)]) -> Self {
        let mut starts = vec![0_usize; sites + 1];
        for &(a, b, _) in pairs {
            starts[a as usize + 1] += 1;
            starts[b as usize + 1] += 1;
        }
        for site in 0..sites {
            starts[site + 1] += starts[site];
        }
        let mut next = starts.clone();
        let (mut partners, mut squared) = (vec![0; 2 * pairs.len()], vec![0.0; 2 * pairs.len()]);
        // In this order a site gets its lower partners before its higher ones, each kind ascending.
        for &(a, b, distance) in pairs {
            for (site, partner) in [(a, b), (b, a)] {
                let at = next[site as usize];
                (partners[at], squared[at]) = (partner, distance * distance);
                next[site as usize] += 1;
            }
        }
        Self { starts, partners, squared }
    }

    /// Number of sites.
    pub(super) fn sites(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Number of listed pairs.
    #[must_use]
    pub fn len(&self) -> usize {
        self.partners.len() / 2
    }

    /// Whether no pair is listed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.partners.is_empty()
    }

    /// Squared distances of all listed pairs, each once.
    pub fn squares(&self) -> impl Iterator<Item = f64> + '_ {
        (0..self.sites()).flat_map(|site| self.row(site as u32, true).1.iter().copied())
    }

    /// The listed partners of a site, ascending, with their squared distances.
    #[must_use]
    pub fn partners(&self, site: u32) -> (&[u32], &[f64]) {
        self.row(site, false)
    }

    /// Squared distance of two sites; infinite when it is not listed.
    #[must_use]
    pub fn squared(&self, a: u32, b: u32) -> f64 {
        let (partners, squared) = self.partners(a);
        partners.binary_search(&b).map_or(f64::INFINITY, |at| squared[at])
    }

    /// Partners of a site with their squared distances; only those above it when each pair is wanted once.
    fn row(&self, site: u32, above: bool) -> (&[u32], &[f64]) {
        let (start, end) = (self.starts[site as usize], self.starts[site as usize + 1]);
        let skip = if above { self.partners[start..end].partition_point(|&partner| partner <= site) } else { 0 };
        (&self.partners[start + skip..end], &self.squared[start + skip..end])
    }

    /// Visits the listed partners of a site that stand at a place (`places[site]`, [`ABSENT`] for none), in blocks of
    /// contiguous places.
    pub(super) fn visit(
        &self,
        site: u32,
        above: bool,
        places: &[u32],
        buffer: &mut [f64; BLOCK],
        mut visit: impl FnMut(usize, &[f64]),
    ) {
        let (partners, squared) = self.row(site, above);
        let (mut first, mut held) = (0, 0);
        for (&partner, &square) in partners.iter().zip(squared) {
            let place = places[partner as usize];
            if place == ABSENT {
                continue;
            }
            let place = place as usize;
            if held == BLOCK || (held > 0 && place != first + held) {
                visit(first, &buffer[..held]);
                held = 0;
            }
            if held == 0 {
                first = place;
            }
            buffer[held] = square;
            held += 1;
        }
        if held > 0 {
            visit(first, &buffer[..held]);
        }
    }
}
