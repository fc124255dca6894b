//! A square matrix of which only the cells that are not zero are kept, by column and by row.

use distretto_numerics::Matrix;

/// One of the two orders in which the cells are kept.
#[derive(Debug, Clone, PartialEq, Default)]
struct Compressed {
    starts: Vec<usize>,
    places: Vec<u32>,
    values: Vec<f64>,
}

impl Compressed {
    /// From cells sorted by line.
    fn new(n: usize, cells: impl Iterator<Item = (u32, u32, f64)>, count: usize) -> Self {
        let mut lines = Self {
            starts: Vec::with_capacity(n + 1),
            places: Vec::with_capacity(count),
            values: Vec::with_capacity(count),
        };
        for (line, place, value) in cells {
            while lines.starts.len() <= line as usize {
                lines.starts.push(lines.values.len());
            }
            lines.places.push(place);
            lines.values.push(value);
        }
        lines.starts.resize(n + 1, lines.values.len());
        lines
    }

    fn line(&self, i: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let range = self.starts[i]..self.starts[i + 1];
        self.places[range.clone()].iter().zip(&self.values[range]).map(|(&place, &value)| (place as usize, value))
    }

    fn times(&self, x: &[f64]) -> Vec<f64> {
        (0..x.len()).map(|i| self.line(i).map(|(place, value)| value * x[place]).sum()).collect()
    }
}

/// A square sparse matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct SparseMatrix {
    n: usize,
    columns: Compressed,
    rows: Compressed,
}

impl SparseMatrix {
    /// From cells (row, column, value) sorted by column, then row.
    #[must_use]
    pub fn from_columns(n: usize, cells: &[(u32, u32, f64)]) -> Self {
        let columns = Compressed::new(n, cells.iter().map(|&(i, j, value)| (j, i, value)), cells.len());
        // Counting sort by row keeps the order of the columns within a row.
        let mut starts = vec![0_usize; n + 1];
        cells.iter().for_each(|cell| starts[cell.0 as usize + 1] += 1);
        (0..n).for_each(|i| starts[i + 1] += starts[i]);
        let mut next = starts.clone();
        let (mut places, mut values) = (vec![0_u32; cells.len()], vec![0.0; cells.len()]);
        for &(i, j, value) in cells {
            let at = next[i as usize];
            (places[at], values[at]) = (j, value);
            next[i as usize] += 1;
        }
        Self { n, columns, rows: Compressed { starts, places, values } }
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.n
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// Number of cells that are not zero.
    #[must_use]
    pub fn filled(&self) -> usize {
        self.columns.values.len()
    }

    /// The cells that are not zero.
    pub fn values(&self) -> impl Iterator<Item = f64> + '_ {
        self.columns.values.iter().copied()
    }

    /// Row and value of the cells of a column.
    pub fn column(&self, j: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.columns.line(j)
    }

    /// The product with a vector.
    #[must_use]
    pub fn times(&self, x: &[f64]) -> Vec<f64> {
        self.rows.times(x)
    }

    /// The product of the transpose with a vector.
    #[must_use]
    pub fn transpose_times(&self, x: &[f64]) -> Vec<f64> {
        self.columns.times(x)
    }

    /// Every column times its factor.
    #[must_use]
    pub fn scaled_columns(&self, factor: impl Fn(usize) -> f64) -> Self {
        let mut scaled = self.clone();
        for j in 0..self.n {
            let range = self.columns.starts[j]..self.columns.starts[j + 1];
            scaled.columns.values[range].iter_mut().for_each(|value| *value *= factor(j));
        }
        let places = scaled.rows.places.iter();
        scaled.rows.values.iter_mut().zip(places).for_each(|(value, &j)| *value *= factor(j as usize));
        scaled
    }

    /// With its zeros.
    #[must_use]
    pub fn to_dense(&self) -> Matrix {
        let mut dense = Matrix::zeros(self.n, self.n);
        for j in 0..self.n {
            self.column(j).for_each(|(i, value)| dense[(i, j)] = value);
        }
        dense
    }
}
