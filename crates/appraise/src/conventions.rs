//! The ledger of conventions: under which id each method is computed, and which tool computes it so.

use distretto_core::Fault;

/// One way to compute a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Convention {
    /// The method.
    pub method: &'static str,
    /// Its id, which results print after the method: `entropy/minmax`.
    pub id: &'static str,
    /// Tools that compute it so, in small letters.
    pub tools: &'static [&'static str],
}

const fn row(method: &'static str, id: &'static str, tools: &'static [&'static str]) -> Convention {
    Convention { method, id, tools }
}

/// All conventions; the first of a method is its default.
///
/// Versions: pymcdm 1.4.0, scikit-criteria 0.8.7, pyDecision 5.1.8.
#[rustfmt::skip]
pub const LEDGER: &[Convention] = &[
    row("factor", "spss", &[]),
    row("factor", "psych", &["psych"]),
    row("factor", "factor_analyzer", &["factor_analyzer"]),
    row("entropy", "minmax", &[]),
    row("entropy", "minmax+0.0001", &[]),
    row("entropy", "minmax+0.01", &[]),
    row("entropy", "sum", &["pymcdm", "skcriteria"]),
    row("entropy", "inverse", &["pydecision"]),
    row("entropy", "minmax[0.002,0.998]", &["mathmodels"]),
    row("critic", "minmax", &[]),
    row("critic", "minmax-undirected", &["pymcdm"]),
    row("critic", "none", &["pydecision", "skcriteria"]),
    row("topsis", "vector", &["pydecision"]),
    row("topsis", "minmax", &["pymcdm"]),
    row("topsis", "max", &[]),
    row("topsis", "sum", &[]),
    row("topsis", "vector-inverse", &["skcriteria"]),
    row("coupling", "standard", &[]),
    row("coupling", "wang2021", &[]),
    row("coupling", "old2", &[]),
    row("ahp", "eigen/saaty", &[]),
    row("ahp", "eigen/alonso-lamata", &[]),
    row("ahp", "geometric/saaty", &["pydecision"]),
    row("gem", "padmore-gibson", &[]),
];

/// The conventions of a method.
pub fn of_method(method: &str) -> impl Iterator<Item = &'static Convention> {
    LEDGER.iter().filter(move |row| row.method == method)
}

/// The convention that an id, `METHOD/ID` or the name of a tool asks for.
///
/// # Errors
/// When the method has none of that name.
pub fn find(method: &str, asked: &str) -> Result<&'static Convention, Fault> {
    let word = asked.trim();
    let bare = word.strip_prefix(method).and_then(|rest| rest.strip_prefix('/')).unwrap_or(word);
    let tool = word.to_lowercase().replace(['-', ' '], "_").replace("scikit_criteria", "skcriteria");
    let found = of_method(method).find(|row| row.id == bare || row.tools.contains(&tool.as_str()));
    found.ok_or_else(|| {
        let mut known: Vec<&str> =
            of_method(method).flat_map(|row| std::iter::once(row.id).chain(row.tools.iter().copied())).collect();
        // A convention may have the name of its tool.
        known.dedup();
        let fault = Fault::option(format!("unknown convention of {method}")).with_value(asked);
        fault.with_hint(match known.is_empty() {
            true => format!("{method} has one convention only: leave --convention out"),
            false => format!("one of {}", known.join(", ")),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_tools_are_found() {
        assert_eq!(find("entropy", "entropy/sum").unwrap().id, "sum");
        assert_eq!(find("topsis", "pymcdm").unwrap().id, "minmax");
        assert_eq!(find("topsis", "scikit-criteria").unwrap().id, "vector-inverse");
        assert!(find("entropy", "moon").unwrap_err().message().contains("convention"));
        assert!(find("saw", "pymcdm").is_err());
    }
}
