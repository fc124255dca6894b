//! Labels and lines that are likely not what they are read as: totals among their parts, names spelled in two ways.

use super::{FlowError, RESERVED};
use crate::words::named;
use distretto_core::{Message, nearest};

/// How much a line may differ from the sum of others, relative to its largest cell, when it is called a total.
const ROUNDED: f64 = 1e-3;
/// The same for a line of any other name.
const SAME: f64 = 1e-6;
/// Cells from which a line of any name that is the sum of others calls for a word.
const CELLS: usize = 3;
/// Characters from which two labels that differ in few of them are told.
const LETTERS: usize = 3;

/// A row or column as it is looked at.
pub(crate) struct Line<'a> {
    /// Its label.
    pub(crate) label: &'a str,
    /// What it is.
    pub(crate) part: Part,
    /// Its cells in the lines across that are no totals, empty ones 0.
    pub(crate) cells: Vec<f64>,
}

/// What a line can be in a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// A part, or a total that nobody declared.
    Unknown,
    /// A part, for it has a name of its own.
    Known,
    /// Neither: output, persons, value added beside its parts.
    Apart,
}

/// Lines that are the sum of lines before them.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Totals {
    labels: Vec<String>,
    /// Whether one of them is called a total.
    called: bool,
}

impl Totals {
    /// Looks for the sums of all lines before, and of those since the last total.
    pub(crate) fn among(lines: &[Line<'_>]) -> Self {
        let mut found = Self::default();
        let width = lines.first().map_or(0, |line| line.cells.len());
        let (mut all, mut block) = (vec![0.0; width], vec![0.0; width]);
        let (mut parts, mut since) = (0, 0);
        for line in lines.iter().filter(|line| line.part != Part::Apart) {
            let called = is_total(line.label);
            let equal =
                (parts > 1 && same(&line.cells, &all, called)) || (since > 1 && same(&line.cells, &block, called));
            if line.part == Part::Unknown && equal {
                found.labels.push(line.label.to_owned());
                found.called |= called;
                block.fill(0.0);
                since = 0;
                continue;
            }
            all.iter_mut().zip(&line.cells).for_each(|(sum, cell)| *sum += cell);
            block.iter_mut().zip(&line.cells).for_each(|(sum, cell)| *sum += cell);
            parts += 1;
            since += 1;
        }
        found
    }

    /// The totals of rows and of columns together, each label once.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.called |= other.called;
        other.labels.into_iter().for_each(|label| {
            if !self.labels.contains(&label) {
                self.labels.push(label);
            }
        });
        self
    }

    /// An error where one of them is called a total; else a word about them.
    pub(crate) fn judged(self) -> Result<Option<Message>, FlowError> {
        if self.called {
            return Err(FlowError::Totals { labels: self.labels });
        }
        let labels: Vec<&str> = self.labels.iter().map(String::as_str).collect();
        Ok((!labels.is_empty()).then(|| named("link.table.sums", &labels)))
    }

    /// A word about all of them, whatever they are called.
    pub(crate) fn told(self) -> Option<Message> {
        Self { called: false, ..self }.judged().ok().flatten()
    }
}

fn same(cells: &[f64], sum: &[f64], called: bool) -> bool {
    let scale = cells.iter().fold(0.0, |most: f64, cell| most.max(cell.abs()));
    let filled = cells.iter().filter(|cell| **cell != 0.0).count();
    let (slack, least) = if called { (ROUNDED, 2) } else { (SAME, CELLS) };
    filled >= least && cells.iter().zip(sum).all(|(cell, sum)| (cell - sum).abs() <= slack * scale)
}

/// Whether a label speaks of a total or of output: so do the codes T001, T007 of the tables of the United States.
pub(crate) fn is_total(label: &str) -> bool {
    let lower = label.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric());
    let code = |word: &str| word.len() == 4 && word.starts_with('t') && word[1..].bytes().all(|b| b.is_ascii_digit());
    let word = |word: &str| ["total", "totals", "subtotal", "sum", "output"].contains(&word) || code(word);
    words.any(word) || ["合计", "总计", "总产出", "总投入", "小计"].iter().any(|part| lower.contains(part))
}

/// A label without what spelling adds: case, spaces and dashes, zeros before a number.
fn plain(label: &str) -> String {
    let part = |part: &str| {
        let word: String = part.trim().to_lowercase().split([' ', '-', '_']).filter(|word| !word.is_empty()).collect();
        match word.trim_start_matches('0') {
            number if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => number.to_owned(),
            _ => word,
        }
    };
    label.split('|').map(part).collect::<Vec<_>>().join("|")
}

/// Words about labels that stand in rows alone and in columns alone, `rows` and `columns`.
///
/// # Errors
/// Two of them that differ in spelling alone.
pub(crate) fn alike(rows: &[&str], columns: &[&str]) -> Result<Vec<Message>, FlowError> {
    let mut said = Vec::new();
    for &row in rows {
        let twin = columns.iter().find(|column| plain(column) == plain(row));
        if let Some(&column) = twin {
            return Err(FlowError::Spelling { row: row.to_owned(), column: column.to_owned() });
        }
        let (region, sector) = row.rsplit_once('|').unwrap_or(("", row));
        let begin = |label: &str| plain(label).chars().next();
        let others = columns.iter().filter_map(|column| {
            let (at, other) = column.rsplit_once('|').unwrap_or(("", column));
            (at == region && other.chars().count() >= LETTERS && begin(other) == begin(sector)).then_some(other)
        });
        let others: Vec<&str> = others.filter(|other| !is_total(other)).collect();
        if sector.chars().count() < LETTERS || is_total(sector) {
            continue;
        }
        if let Some(other) = nearest(sector, &others) {
            let column = if region.is_empty() { other.to_owned() } else { format!("{region}|{other}") };
            let message = Message::new("link.table.nearly");
            said.push(message.text("row", row).text("column", &column));
        }
    }
    Ok(said)
}

/// Words about names that are reserved but for their spelling, and about totals in name, among lines that are no sectors.
pub(crate) fn spelled(rows: &[&str], columns: &[&str]) -> Vec<Message> {
    let mut said = Vec::new();
    let reserved = |label: &str| RESERVED.iter().copied().find(|one| plain(one) == plain(label));
    let all: Vec<&str> = rows.iter().chain(columns).copied().collect();
    for (at, label) in all.iter().enumerate() {
        if let Some(standard) = reserved(label).filter(|_| !all[..at].contains(label)) {
            said.push(Message::new("link.table.reserved").text("label", *label).text("standard", standard));
        }
    }
    let totals: Vec<&str> = all.iter().copied().filter(|label| is_total(label) && reserved(label).is_none()).collect();
    if !totals.is_empty() {
        said.push(named("link.table.called-totals", &totals));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines<'a>(cells: &'a [(&'a str, &'a [f64])]) -> Vec<Line<'a>> {
        cells.iter().map(|(label, cells)| Line { label, part: Part::Unknown, cells: cells.to_vec() }).collect()
    }

    #[test]
    fn totals_of_all_and_of_a_block() {
        let found = Totals::among(&lines(&[
            ("a", &[1.0, 2.0, 4.0]),
            ("b", &[3.0, 1.0, 1.0]),
            ("TOTAL", &[4.0, 3.0, 5.0]),
            ("households", &[1.0, 1.0, 1.0]),
            ("exports", &[2.0, 0.0, 1.0]),
            ("final", &[3.0, 1.0, 2.0]),
            ("total use", &[7.001, 4.0, 7.0]),
        ]));
        assert_eq!(
            (&found.labels[..], found.called),
            (&["TOTAL".into(), "final".into(), "total use".into()][..], true)
        );
        assert!(matches!(found.judged(), Err(FlowError::Totals { .. })));
        // Two cells of another name may be an accident.
        assert_eq!(
            Totals::among(&lines(&[("a", &[1.0, 2.0]), ("b", &[2.0, 1.0]), ("f", &[3.0, 3.0])])),
            Totals::default()
        );
    }

    #[test]
    fn labels_that_differ_in_spelling() {
        for (row, column) in [("manu", "Manu"), ("1", "01"), ("R|steel works", "R|Steel-works")] {
            assert!(matches!(alike(&[row], &["x", column]), Err(FlowError::Spelling { .. })), "{row}");
        }
        assert_eq!(alike(&["Manuf"], &["Manu", "final"]).unwrap().len(), 1);
        assert!(alike(&["V001", "taxes", "R|va"], &["F010", "exports", "R|final"]).unwrap().is_empty());
    }

    #[test]
    fn names_that_are_nearly_reserved() {
        let said = spelled(&["Value Added", "wages"], &["Total use", "households "]);
        assert_eq!(said.len(), 3);
        assert!(!is_total("Totes Meer") && is_total("T007") && is_total("gross output") && is_total("合计"));
    }
}
