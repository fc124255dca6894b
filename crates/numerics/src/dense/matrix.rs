//! The dense matrix.

use faer::{MatMut, MatRef, Par};
use std::fmt;
use std::ops::{Index, IndexMut};

/// A dense matrix of doubles, stored column by column.
#[derive(Clone, PartialEq)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    values: Vec<f64>,
}

impl Matrix {
    /// All zero.
    #[must_use]
    pub fn zeros(rows: usize, columns: usize) -> Self {
        Self { rows, columns, values: vec![0.0; rows * columns] }
    }

    /// Ones on the diagonal, zero elsewhere.
    #[must_use]
    pub fn identity(n: usize) -> Self {
        Self::from_fn(n, n, |i, j| if i == j { 1.0 } else { 0.0 })
    }

    /// Each cell from its row and column.
    #[must_use]
    pub fn from_fn(rows: usize, columns: usize, mut cell: impl FnMut(usize, usize) -> f64) -> Self {
        let mut values = Vec::with_capacity(rows * columns);
        for j in 0..columns {
            values.extend((0..rows).map(|i| cell(i, j)));
        }
        Self { rows, columns, values }
    }

    /// From cells column by column.
    ///
    /// # Panics
    /// When there are not `rows * columns` of them.
    #[must_use]
    pub fn from_columns(rows: usize, columns: usize, values: Vec<f64>) -> Self {
        assert_eq!(values.len(), rows * columns, "a matrix of {rows} by {columns}");
        Self { rows, columns, values }
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Cells of a column.
    #[must_use]
    pub fn column(&self, j: usize) -> &[f64] {
        &self.values[j * self.rows..(j + 1) * self.rows]
    }

    /// Cells of a column, to be changed.
    pub fn column_mut(&mut self, j: usize) -> &mut [f64] {
        &mut self.values[j * self.rows..(j + 1) * self.rows]
    }

    /// Cells of a row, copied.
    #[must_use]
    pub fn row(&self, i: usize) -> Vec<f64> {
        (0..self.columns).map(|j| self[(i, j)]).collect()
    }

    /// Rows and columns swapped.
    #[must_use]
    pub fn transpose(&self) -> Self {
        Self::from_fn(self.columns, self.rows, |i, j| self[(j, i)])
    }

    /// The product with another matrix.
    ///
    /// # Panics
    /// When the other has not as many rows as this one has columns.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        assert_eq!(self.columns, other.rows, "a product of {self:?} and {other:?}");
        let mut product = Self::zeros(self.rows, other.columns);
        faer::linalg::matmul::matmul(
            product.view_mut(),
            faer::Accum::Replace,
            self.view(),
            other.view(),
            1.0,
            Par::Seq,
        );
        product
    }

    /// The product of the transpose with another matrix.
    ///
    /// # Panics
    /// When the other has not as many rows as this one.
    #[must_use]
    pub fn transpose_times(&self, other: &Self) -> Self {
        assert_eq!(self.rows, other.rows, "a product of the transpose of {self:?} and {other:?}");
        let mut product = Self::zeros(self.columns, other.columns);
        let left = self.view().transpose();
        faer::linalg::matmul::matmul(product.view_mut(), faer::Accum::Replace, left, other.view(), 1.0, Par::Seq);
        product
    }

    /// The product with a column vector.
    ///
    /// # Panics
    /// When the vector is not as long as there are columns.
    #[must_use]
    pub fn times_vector(&self, vector: &[f64]) -> Vec<f64> {
        assert_eq!(self.columns, vector.len(), "a product of {self:?} and a vector");
        let mut product = vec![0.0; self.rows];
        for (j, &factor) in vector.iter().enumerate() {
            for (sum, cell) in product.iter_mut().zip(self.column(j)) {
                *sum += cell * factor;
            }
        }
        product
    }

    /// The product of the transpose with a column vector.
    ///
    /// # Panics
    /// When the vector is not as long as there are rows.
    #[must_use]
    pub fn transpose_times_vector(&self, vector: &[f64]) -> Vec<f64> {
        assert_eq!(self.rows, vector.len(), "a product of the transpose of {self:?} and a vector");
        (0..self.columns).map(|j| self.column(j).iter().zip(vector).map(|(a, b)| a * b).sum()).collect()
    }

    /// Whether every cell is a finite number.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.values.iter().all(|cell| cell.is_finite())
    }

    pub(super) fn view(&self) -> MatRef<'_, f64> {
        MatRef::from_column_major_slice(&self.values, self.rows, self.columns)
    }

    pub(super) fn view_mut(&mut self) -> MatMut<'_, f64> {
        MatMut::from_column_major_slice_mut(&mut self.values, self.rows, self.columns)
    }
}

impl Index<(usize, usize)> for Matrix {
    type Output = f64;

    fn index(&self, (i, j): (usize, usize)) -> &f64 {
        debug_assert!(i < self.rows, "row {i} of {}", self.rows);
        &self.values[j * self.rows + i]
    }
}

impl IndexMut<(usize, usize)> for Matrix {
    fn index_mut(&mut self, (i, j): (usize, usize)) -> &mut f64 {
        debug_assert!(i < self.rows, "row {i} of {}", self.rows);
        &mut self.values[j * self.rows + i]
    }
}

impl fmt::Debug for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Matrix {} by {}", self.rows, self.columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_by_hand() {
        let a = Matrix::from_columns(2, 3, vec![1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
        assert_eq!(a.row(1), [4.0, 5.0, 6.0]);
        assert_eq!(a.times_vector(&[1.0, 0.0, -1.0]), [-2.0, -2.0]);
        assert_eq!(a.transpose_times_vector(&[1.0, 1.0]), [5.0, 7.0, 9.0]);
        let square = a.times(&a.transpose());
        assert_eq!(square, Matrix::from_columns(2, 2, vec![14.0, 32.0, 32.0, 77.0]));
        assert_eq!(a.transpose_times(&a), a.transpose().times(&a));
    }
}
