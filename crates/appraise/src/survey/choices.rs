//! Questions with choices: one, several, or free text that a table of codes turns into choices.

/// How often a choice was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The choice.
    pub name: String,
    /// Respondents who made it.
    pub count: usize,
    /// Share of the respondents who made any.
    pub share_cases: f64,
    /// Share of all choices made.
    pub share_responses: f64,
}

/// Choices of each respondent, none where the cell is empty; each counted once.
#[must_use]
pub fn ticked(cell: Option<&str>, separator: Option<&str>) -> Vec<String> {
    let Some(cell) = cell else { return Vec::new() };
    let parts: Vec<&str> = match separator.filter(|separator| !separator.is_empty()) {
        Some(separator) => cell.split(separator).collect(),
        None => vec![cell],
    };
    let mut found: Vec<String> = Vec::new();
    for part in parts.into_iter().map(str::trim).filter(|part| !part.is_empty()) {
        if !found.iter().any(|other| other == part) {
            found.push(part.to_owned());
        }
    }
    found
}

/// Counts of the choices, the most frequent first, then by name.
#[must_use]
pub fn count(answers: &[Vec<String>]) -> Vec<Choice> {
    let mut names: Vec<&String> = answers.iter().flatten().collect();
    names.sort();
    let total = names.len() as f64;
    let cases = answers.iter().filter(|answer| !answer.is_empty()).count() as f64;
    let one = |same: &[&String]| Choice {
        name: same[0].clone(),
        count: same.len(),
        share_cases: same.len() as f64 / cases,
        share_responses: same.len() as f64 / total,
    };
    let mut found: Vec<Choice> = names.chunk_by(|a, b| a == b).map(one).collect();
    found.sort_by(|a, b| b.count.cmp(&a.count).then(a.name.cmp(&b.name)));
    found
}

/// The code of the first pattern that the text holds, whatever its case; nothing where none does.
#[must_use]
pub fn code<'a>(text: &str, codes: &'a [(String, String)]) -> Option<&'a str> {
    let text = text.to_lowercase();
    codes.iter().find(|(pattern, _)| text.contains(&pattern.to_lowercase())).map(|(_, code)| code.as_str())
}
