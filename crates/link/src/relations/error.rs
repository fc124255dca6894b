//! Why relations cannot be compared.

use distretto_core::{Fault, FaultKind};

/// Why an estimand on matrices of relations does not exist.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RelationError {
    /// The matrix has no row or no column.
    #[error("the matrix is empty")]
    Empty,
    /// A label names two rows.
    #[error("duplicate row `{label}`")]
    DuplicateRow {
        /// The label.
        label: String,
        /// Its second row, counted from 0.
        row: usize,
    },
    /// The labels of the rows and those of the columns differ.
    #[error("the matrix is not square: `{label}` names {stands}, but no {lacks}")]
    NotSquare {
        /// The first label that is missing.
        label: String,
        /// What it names.
        stands: &'static str,
        /// What it does not name.
        lacks: &'static str,
    },
    /// The labels of two matrices differ.
    #[error("the labels of the matrices differ: `{label}` stands in `{one}` and not in `{other}`")]
    OtherLabels {
        /// The first label that is missing.
        label: String,
        /// The matrix that has it.
        one: String,
        /// The matrix that lacks it.
        other: String,
    },
    /// A matrix that should be symmetric is not.
    #[error("the matrix is not symmetric: {there} from `{row}` to `{column}`, {back} from `{column}` to `{row}`")]
    NotSymmetric {
        /// Label of the row.
        row: String,
        /// Label of the column.
        column: String,
        /// The cell.
        there: f64,
        /// Its mirror image.
        back: f64,
    },
    /// A term that the terms before it determine.
    #[error("the term `{term}` is collinear: it is constant, or a combination of the terms before it")]
    Collinear {
        /// The term.
        term: String,
    },
    /// Two terms of one name.
    #[error("two terms are called `{term}`")]
    SameTerm {
        /// The name.
        term: String,
    },
    /// Not enough pairs for the terms.
    #[error(
        "{pairs} pairs without a missing cell cannot carry {terms} terms (the intercept among them); more pairs than terms are needed"
    )]
    TooFewPairs {
        /// Pairs of actors.
        pairs: usize,
        /// Terms, with the intercept.
        terms: usize,
    },
    /// An option has a value that is not allowed.
    #[error("option `{option}`: {message}")]
    Option {
        /// The option.
        option: &'static str,
        /// What is wrong with it.
        message: String,
    },
    /// The user stopped the run.
    #[error("stopped")]
    Stopped,
}

impl From<RelationError> for Fault {
    fn from(error: RelationError) -> Self {
        let message = error.to_string();
        match error {
            RelationError::DuplicateRow { label, .. } => Self::input(message).with_value(label),
            RelationError::NotSquare { label, .. } => Self::input(message)
                .with_value(label)
                .with_hint("the first column and the header must hold the same labels, in any order"),
            RelationError::OtherLabels { label, .. } => {
                Self::input(message).with_value(label).with_hint("every matrix must have the same actors, in any order")
            }
            RelationError::NotSymmetric { .. } => {
                Self::input(message).with_hint("add `--directed` when ties have a direction")
            }
            RelationError::Collinear { .. } => Self::input(message).with_hint("leave this matrix out"),
            RelationError::SameTerm { .. } => {
                Self::input(message).with_hint("a term is called like its file: rename one of the files")
            }
            RelationError::Option { .. } => Self::option(message),
            RelationError::Stopped => Self::new(FaultKind::Interrupted, message),
            RelationError::Empty | RelationError::TooFewPairs { .. } => Self::input(message),
        }
    }
}
