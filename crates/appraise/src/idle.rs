//! Options that would change nothing are refused: who gives one expects it to count.

use distretto_core::{Fault, OptionValues};
use serde_json::Value;

/// Refuses the options that were given and do not count.
///
/// - `rules`: name of the option, whether it counts here, and with what it does.
pub(crate) fn refuse_idle(values: &OptionValues, rules: &[(&str, bool, &str)]) -> Result<(), Fault> {
    let given = |name: &str| values.get(name).is_some_and(|value| !matches!(value, Value::Null | Value::Bool(false)));
    match rules.iter().find(|(name, counts, _)| !counts && given(name)) {
        Some((name, _, with)) => {
            let fault = Fault::usage(format!("--{} changes nothing here: it goes with {with}", name.replace('_', "-")));
            Err(fault.with_hint("leave it out"))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_given_and_idle_is_refused() {
        let mut values = OptionValues::new();
        let rules = [("oblimin_gamma", false, "--rotate oblimin"), ("alpha", true, "--with")];
        assert!(refuse_idle(&values, &rules).is_ok());
        values.insert("alpha".to_owned(), 0.3.into());
        assert!(refuse_idle(&values, &rules).is_ok());
        values.insert("oblimin_gamma".to_owned(), 0.2.into());
        let fault = refuse_idle(&values, &rules).unwrap_err();
        assert_eq!(fault.message(), "--oblimin-gamma changes nothing here: it goes with --rotate oblimin");
    }
}
