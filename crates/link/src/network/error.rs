//! Why a network, or an estimand on it, does not exist.

use distretto_core::Fault;

/// Why a network, or an estimand on it, does not exist.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// There is neither a link nor a table of nodes.
    #[error("the network is empty: there is neither a link nor a table of nodes")]
    Empty,
    /// A node that the table of nodes does not have.
    #[error("unknown node `{id}`: the table of nodes has none of this name")]
    UnknownNode {
        /// Its name.
        id: String,
    },
    /// A node that stands twice in the table of nodes.
    #[error("duplicate node `{id}`")]
    DuplicateNode {
        /// Its name.
        id: String,
    },
    /// Groups are needed, but there is no such column.
    #[error("groups are needed: the table of nodes has no column `{column}`")]
    NoGroups {
        /// The column of groups.
        column: String,
    },
    /// A node without group where groups are needed.
    #[error("empty group: node `{id}` has no `{column}`")]
    EmptyGroup {
        /// The node.
        id: String,
        /// The column of groups.
        column: String,
    },
    /// A filter that leaves nothing.
    #[error("option `{option}`: no link has the {option} `{value}`")]
    NothingLeft {
        /// `layer` or `year`.
        option: &'static str,
        /// What was asked for.
        value: String,
    },
    /// A filter without the column that it needs.
    #[error("option `{option}`: the table of links has no column `{option}`")]
    NoColumn {
        /// `layer` or `year`.
        option: &'static str,
    },
    /// An option has a value that is not allowed.
    #[error("option `{option}`: {message}")]
    Option {
        /// The option.
        option: &'static str,
        /// What is wrong with it.
        message: String,
    },
    /// Another fault of the data, in words.
    #[error("{message}")]
    Data {
        /// What is wrong.
        message: String,
        /// What to do.
        hint: String,
    },
    /// The user stopped the run.
    #[error("stopped")]
    Stopped,
}

impl From<NetworkError> for Fault {
    fn from(error: NetworkError) -> Self {
        let message = error.to_string();
        match error {
            NetworkError::Empty => Self::input(message).with_hint("give the nodes with `--nodes NODES.csv`"),
            NetworkError::UnknownNode { id } => {
                Self::input(message).with_value(id).with_hint("add it to the table given with `--nodes`")
            }
            NetworkError::DuplicateNode { id } => Self::input(message).with_value(id),
            NetworkError::NoGroups { .. } => Self::input(message)
                .with_hint("give a table with `--nodes NODES.csv` and name its column with `--group`"),
            NetworkError::EmptyGroup { .. } => Self::input(message).with_hint("give every node a group"),
            NetworkError::NothingLeft { value, .. } => Self::option(message).with_value(value),
            NetworkError::NoColumn { .. } | NetworkError::Option { .. } => Self::option(message),
            NetworkError::Data { hint, .. } if !hint.is_empty() => Self::input(message).with_hint(hint),
            NetworkError::Data { .. } => Self::input(message),
            NetworkError::Stopped => Self::new(distretto_core::FaultKind::Interrupted, message),
        }
    }
}
