//! Options of tests that several estimands share: the side of a test and the adjustment of many tests.

use distretto_numerics::{Adjust, Tail};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which deviations count as extreme (`--tail`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TestTail {
    /// Both directions.
    #[default]
    Two,
    /// Large values only.
    Greater,
    /// Small values only.
    Less,
}

impl TestTail {
    /// The word of the option.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Two => "two",
            Self::Greater => "greater",
            Self::Less => "less",
        }
    }
}

impl From<TestTail> for Tail {
    fn from(tail: TestTail) -> Self {
        match tail {
            TestTail::Two => Self::Two,
            TestTail::Greater => Self::Greater,
            TestTail::Less => Self::Less,
        }
    }
}

/// How the p-values of one table are adjusted (`--p-adjust`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PAdjust {
    /// False discovery rate (Benjamini and Hochberg 1995).
    #[default]
    Bh,
    /// False discovery rate under any dependence (Benjamini and Yekutieli 2001).
    By,
    /// Family-wise error, step-down (Holm 1979).
    Holm,
    /// Family-wise error, each p times their number.
    Bonferroni,
    /// The p-values as they are.
    None,
}

impl PAdjust {
    /// The word of the option.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Bh => "bh",
            Self::By => "by",
            Self::Holm => "holm",
            Self::Bonferroni => "bonferroni",
            Self::None => "none",
        }
    }
}

impl From<PAdjust> for Adjust {
    fn from(adjust: PAdjust) -> Self {
        match adjust {
            PAdjust::Bh => Self::Bh,
            PAdjust::By => Self::By,
            PAdjust::Holm => Self::Holm,
            PAdjust::Bonferroni => Self::Bonferroni,
            PAdjust::None => Self::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words_are_those_of_the_options() {
        for tail in [TestTail::Two, TestTail::Greater, TestTail::Less] {
            assert_eq!(serde_json::to_value(tail).unwrap(), json!(tail.word()));
        }
        for adjust in [PAdjust::Bh, PAdjust::By, PAdjust::Holm, PAdjust::Bonferroni, PAdjust::None] {
            assert_eq!(serde_json::to_value(adjust).unwrap(), json!(adjust.word()));
        }
    }
}
