//! Hints within a study: they are written for the command line, and a study has keys where that has flags.

/// A hint with its flags as keys of a study: `--col region=cbsa` becomes `columns = { region = "cbsa" }`.
pub(crate) fn in_study(hint: &str) -> String {
    let mut words = hint.split(' ').peekable();
    let mut out: Vec<String> = Vec::new();
    while let Some(word) = words.next() {
        let (before, body, after) = parted(word);
        let Some(flag) = body.strip_prefix("--") else {
            out.push(word.to_owned());
            continue;
        };
        // A value follows within the same quotes, or as a pair, a placeholder or a quoted name.
        let is_value = |next: &&str| {
            let bare = parted(next).1;
            let placeholder =
                bare.chars().all(|c| c.is_ascii_uppercase()) && bare.len() > 1 || bare == "K" || bare == "D";
            after.is_empty() && !bare.starts_with("--") && (flag == "col" || placeholder || next.starts_with('\''))
        };
        let (mut value, mut end) = (None, after.to_owned());
        if let Some(next) = words.next_if(is_value) {
            let mut text = next.to_owned();
            // A name in quotes may have blanks.
            while text.starts_with('\'') && text.matches('\'').count() < 2 {
                let Some(more) = words.next() else { break };
                text = format!("{text} {more}");
            }
            let cut = text.trim_end_matches(['`', ',', ';', '?', ':']).len();
            end = text[cut..].to_owned();
            value = Some(text[..cut].trim_matches('\'').to_owned());
        }
        let key = key(flag, value.as_deref());
        // Where the flag stood bare among words, the key is set off from them.
        let quote = if before.is_empty() && !end.contains('`') { "`" } else { "" };
        out.push(format!("{before}{quote}{key}{quote}{end}"));
    }
    out.join(" ")
}

/// What stands before a word, the word, and what stands after it.
fn parted(word: &str) -> (&str, &str, &str) {
    let marks: &[char] = &['`', ',', ';', '?', '(', ')', ':'];
    let start = word.len() - word.trim_start_matches(marks).len();
    let end = word.trim_end_matches(marks).len().max(start);
    (&word[..start], &word[start..end], &word[end..])
}

fn key(flag: &str, value: Option<&str>) -> String {
    match (flag, value) {
        ("col", Some(pair)) => {
            let (standard, name) = pair.split_once('=').unwrap_or((pair, "NAME"));
            format!("columns = {{ {standard} = \"{name}\" }}")
        }
        ("col", None) => "columns".to_owned(),
        ("wide", _) => "wide = true".to_owned(),
        ("sheet", Some(name)) => format!("sheet = \"{name}\""),
        ("sheet", None) => "sheet".to_owned(),
        ("regions" | "weights" | "map", Some(_)) => format!("options = {{ {flag} = \"DATA\" }}"),
        (_, Some(value @ ("K" | "D"))) => format!("options = {{ {} = {value} }}", flag.replace('-', "_")),
        (_, Some(value)) => format!("options = {{ {} = \"{value}\" }}", flag.replace('-', "_")),
        (_, None) => flag.replace('-', "_"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_become_keys() {
        let pairs = [
            (
                "did you mean `Jobs`? --col employment=Jobs",
                "did you mean `Jobs`? `columns = { employment = \"Jobs\" }`",
            ),
            ("did you mean `a b`? --col 'x=a b'", "did you mean `a b`? `columns = { x = \"a b\" }`"),
            ("name them with `--col x=NAME` and so on", "name them with `columns = { x = \"NAME\" }` and so on"),
            ("give them with `--regions FILE`", "give them with `options = { regions = \"DATA\" }`"),
            ("then add --wide", "then add `wide = true`"),
            ("did you mean --sheet 'My sheet'?", "did you mean `sheet = \"My sheet\"`?"),
            ("raise `--nsim` or lower `--level`", "raise `nsim` or lower `level`"),
            ("name the column with --value", "name the column with `value`"),
            ("--map goes with --contiguity, and so on", "`map` goes with `contiguity`, and so on"),
            ("save the sheet as .csv", "save the sheet as .csv"),
        ];
        for (hint, wanted) in pairs {
            assert_eq!(in_study(hint), wanted);
        }
    }
}
