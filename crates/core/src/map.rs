//! Outlines of regions.

/// A closed ring of points (x or longitude, y or latitude); the last point is joined to the first.
pub type Ring = Vec<(f64, f64)>;

/// One region of a map.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// Its code, as text.
    pub id: String,
    /// Its name, when the map gives one.
    pub name: Option<String>,
    /// Its polygons: each an outer ring followed by its holes. Empty for a region without outline.
    pub polygons: Vec<Vec<Ring>>,
}

/// Outlines of regions, as read from GeoJSON or TopoJSON.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RegionMap {
    /// Path as given, for messages.
    pub path: String,
    /// The regions in the order of the file.
    pub regions: Vec<Region>,
}

impl RegionMap {
    /// The place of a region's code in [`regions`](Self::regions).
    #[must_use]
    pub fn position(&self, id: &str) -> Option<usize> {
        self.regions.iter().position(|region| region.id == id)
    }

    /// Smallest and largest coordinates `(x0, y0, x1, y1)`; `None` for a map without points.
    #[must_use]
    pub fn extent(&self) -> Option<(f64, f64, f64, f64)> {
        let points = self.regions.iter().flat_map(|r| r.polygons.iter().flatten().flatten());
        points.fold(None, |box_, &(x, y)| {
            let (x0, y0, x1, y1) = box_.unwrap_or((x, y, x, y));
            Some((f64::min(x0, x), f64::min(y0, y), f64::max(x1, x), f64::max(y1, y)))
        })
    }
}
