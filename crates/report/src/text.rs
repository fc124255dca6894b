//! An outcome as an economist would paste it.

use crate::catalogue::{Catalogue, Language, Names};
use crate::cell::CellWriter;
use crate::number;
use crate::width;
use distretto_core::{Field, Outcome, Scalar, Table, Values};
use std::fmt::Write;

/// Space between two columns.
const GAP: usize = 2;

/// How much of an outcome is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextOptions {
    /// Only this table; all of them when absent.
    pub table: Option<String>,
    /// Most rows of a table that are shown.
    pub rows: usize,
    /// Most columns of the terminal that are filled.
    pub width: usize,
    /// Widest label, in columns of the terminal.
    pub label: usize,
}

impl Default for TextOptions {
    fn default() -> Self {
        Self { table: None, rows: 20, width: 100, label: 36 }
    }
}

/// The outcome as text for a terminal: title, scalars, tables cut to what fits a screen, method and seed, and then
/// the bad news. No colour, no time.
#[must_use]
pub fn text(outcome: &Outcome, catalogue: &Catalogue, names: &Names, options: &TextOptions) -> String {
    let mut blocks = vec![title(outcome, catalogue)];
    blocks.extend(summary(outcome, catalogue));
    let wanted = |name: &str| options.table.as_deref().is_none_or(|table| table == name);
    for (name, table) in outcome.tables.iter().filter(|(name, _)| wanted(name)) {
        blocks.push(grid(outcome, (name, table), catalogue, names, options));
    }
    blocks.push(foot(outcome, catalogue, options));
    blocks.extend(warnings(outcome, catalogue, names, options));
    let mut out = blocks.join("\n");
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn title(outcome: &Outcome, catalogue: &Catalogue) -> String {
    match catalogue.of_command(&outcome.command, "title") {
        Some(title) => format!("{title}\n{}\n", outcome.command),
        None => format!("{}\n", outcome.command),
    }
}

fn summary(outcome: &Outcome, catalogue: &Catalogue) -> Option<String> {
    let value = |scalar: &Scalar, name: &str| match scalar {
        Scalar::Number(value) => {
            let field = Field { name: name.to_owned(), values: Values::Number(vec![*value]) };
            CellWriter::new(&field, catalogue, &Names::default()).shares_of(&outcome.command).cell(0)
        }
        Scalar::Text(text) => word_of(outcome, name, text, catalogue),
        Scalar::Flag(flag) => catalogue.word(if *flag { "word.yes" } else { "word.no" }).to_owned(),
    };
    let pairs: Vec<(String, String)> =
        outcome.summary.iter().map(|(name, s)| (catalogue.heading(name).into_owned(), value(s, name))).collect();
    (!pairs.is_empty()).then(|| aligned(&pairs))
}

/// A word of the summary: the heading where it names a column of the result, else as labels of a column are called.
fn word_of(outcome: &Outcome, name: &str, text: &str, catalogue: &Catalogue) -> String {
    match outcome.tables.iter().any(|(_, table)| table.field(text).is_some()) {
        true => catalogue.heading(text).into_owned(),
        false => crate::cell::label(name, text, catalogue, &Names::default()),
    }
}

fn aligned(pairs: &[(String, String)]) -> String {
    let widest = |of: fn(&(String, String)) -> &String| pairs.iter().map(|p| width::of(of(p))).max().unwrap_or(0);
    let (left, right) = (widest(|pair| &pair.0), widest(|pair| &pair.1).min(24));
    let mut out = String::new();
    for (name, value) in pairs {
        let line = format!("{}  {}", width::padded(name, left, false), width::padded(value, right, true));
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn grid(
    outcome: &Outcome,
    (name, table): (&str, &Table),
    catalogue: &Catalogue,
    names: &Names,
    options: &TextOptions,
) -> String {
    let shown = table.rows().min(options.rows);
    let column = |field: &Field| -> Vec<String> {
        let writer = CellWriter::new(field, catalogue, names).in_table(table).shares_of(&outcome.command);
        let cells = (0..shown).map(|row| width::truncated(&writer.cell(row), options.label));
        let heading = catalogue.heading_in((name, table), &field.name, names).into_owned();
        std::iter::once(heading).chain(cells).collect()
    };
    // What stands there already, under the same heading, is not said again.
    let mut columns: Vec<(&Field, Vec<String>)> = Vec::new();
    for field in table.fields() {
        let cells = column(field);
        if columns.iter().all(|(_, known)| *known != cells) {
            columns.push((field, cells));
        }
    }
    let widths: Vec<usize> =
        columns.iter().map(|(_, column)| column.iter().map(|cell| width::of(cell)).max().unwrap_or(0)).collect();
    let fields: Vec<&Field> = columns.iter().map(|(field, _)| *field).collect();
    let kept = fitting(outcome, &fields, &widths, options.width);
    let mut lines = vec![String::new(); shown + 1];
    let (mut used, mut left_out) = (0, Vec::new());
    for (at, (field, column)) in columns.iter().enumerate() {
        if !kept[at] {
            left_out.push(field.name.as_str());
            continue;
        }
        let gap = if used == 0 { 0 } else { GAP };
        let right = matches!(field.values, Values::Number(_) | Values::Interval(_));
        for (line, cell) in lines.iter_mut().zip(column) {
            line.push_str(&" ".repeat(gap));
            line.push_str(&width::padded(cell, widths[at], right));
        }
        used += gap + widths[at];
    }
    let counted = number::count(table.rows() as u64);
    // The name of a table is what --table takes; a reader of another language needs its title too.
    let title = catalogue.find(&format!("table.{name}")).filter(|_| catalogue.language() == Language::Zh);
    let mut out = match title {
        Some(title) => format!("{title} {name} ({counted} {})\n", catalogue.word("text.rows")),
        None => format!("{name} ({counted} {})\n", catalogue.word("text.rows")),
    };
    for (i, line) in lines.iter().enumerate() {
        let _ = writeln!(out, "{}", line.trim_end());
        if i == 0 {
            let _ = writeln!(out, "{}", "─".repeat(used));
        }
    }
    if table.rows() > shown {
        let more = number::count((table.rows() - shown) as u64);
        let _ = writeln!(out, "… {more} {}", catalogue.word("text.more_rows"));
    }
    if !left_out.is_empty() {
        let _ = writeln!(out, "… {}: {}", catalogue.word("text.more_columns"), left_out.join(", "));
    }
    out
}

/// Columns for which room is left where not all fit: what firms and all together have in the end.
const LAST: [&str; 4] = ["unit_cost", "profit", "profit_total", "welfare"];

/// Which columns a line holds: those that the summary names and [`LAST`], and before them as many as there is room for.
fn fitting(outcome: &Outcome, fields: &[&Field], widths: &[usize], most: usize) -> Vec<bool> {
    let named =
        |name: &str| outcome.summary.iter().any(|(_, value)| matches!(value, Scalar::Text(word) if word == name));
    let wide = |at: usize| widths[at] + if at == 0 { 0 } else { GAP };
    let all: usize = (0..widths.len()).map(wide).sum();
    let wanted = |at: &usize| {
        let name = fields[*at].name.as_str();
        all > most && *at > 0 && (LAST.contains(&name) || named(name))
    };
    let mut kept = vec![false; widths.len()];
    // The first column names the rows: it stands even where nothing fits.
    let mut used = widths.first().copied().unwrap_or(0);
    kept.iter_mut().take(1).for_each(|kept| *kept = true);
    for at in (0..widths.len()).filter(wanted) {
        kept[at] = used + wide(at) <= most;
        used += if kept[at] { wide(at) } else { 0 };
    }
    for (at, kept) in kept.iter_mut().enumerate().skip(1).filter(|(_, kept)| !**kept) {
        used += wide(at);
        if used > most {
            break;
        }
        *kept = true;
    }
    kept
}

fn foot(outcome: &Outcome, catalogue: &Catalogue, options: &TextOptions) -> String {
    let provenance = &outcome.provenance;
    let mut pairs = Vec::new();
    if !provenance.method.is_empty() {
        pairs.push(("text.method", catalogue.phrase(&provenance.method).into_owned()));
    }
    for input in &provenance.inputs {
        let rows = number::count(input.rows as u64);
        pairs.push(("text.input", format!("{} ({rows} {})", input.path, catalogue.word("text.rows"))));
    }
    let convention = |value: &serde_json::Value| match value.as_str() {
        Some(text) => catalogue.phrase(text).into_owned(),
        None => value.to_string(),
    };
    let conventions: Vec<String> =
        provenance.conventions.iter().map(|(name, value)| format!("{name} = {}", convention(value))).collect();
    if !conventions.is_empty() {
        pairs.push(("text.conventions", conventions.join(", ")));
    }
    pairs.push(("text.seed", provenance.seed.to_string()));
    let widest = pairs.iter().map(|(key, _)| width::of(catalogue.word(key))).max().unwrap_or(0);
    let mut out = String::new();
    for (key, value) in pairs {
        let label = width::padded(catalogue.word(key), widest, false);
        out.push_str(&wrapped(&format!("{label}  "), &value, widest + 2, options.width));
    }
    out
}

fn warnings(outcome: &Outcome, catalogue: &Catalogue, names: &Names, options: &TextOptions) -> Option<String> {
    let mut out = format!("{}\n", catalogue.word("text.warnings"));
    for warning in &outcome.warnings {
        out.push_str(&wrapped("! ", &catalogue.say(warning, names), 2, options.width));
    }
    (!outcome.warnings.is_empty()).then_some(out)
}

/// Breaks at spaces, and between Chinese characters, to the width; lines after the first are indented.
fn wrapped(head: &str, text: &str, indent: usize, most: usize) -> String {
    let (mut out, mut used) = (head.to_owned(), width::of(head));
    for (i, word) in text.split(' ').filter(|word| !word.is_empty()).enumerate() {
        let space = usize::from(i > 0);
        if i > 0 && used + space + width::of(word) > most {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            used = indent;
        } else if i > 0 {
            out.push(' ');
            used += 1;
        }
        for c in word.chars() {
            let wide = width::of(c.encode_utf8(&mut [0; 4]));
            if wide == 2 && used + wide > most && !"，。；：、）".contains(c) {
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                used = indent;
            }
            out.push(c);
            used += wide;
        }
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use distretto_core::{Engine, InputRecord, Message};

    fn outcome() -> Outcome {
        let mut outcome = Outcome::new("measure lq", "location quotient; Fieller interval (Fieller 1954)");
        outcome.scalar("cells", 30.0).scalar("moran_p_sim", 0.0004).word("kind", "employment").flag("exact", false);
        let regions: Vec<String> = (0..30).map(|i| format!("{i:05}")).collect();
        let table = Table::empty()
            .with_text("region", regions.iter().map(Some).collect())
            .with_numbers("employment", (0..30).map(|i| f64::from(i) * 1234.0).collect())
            .with_numbers("lq", (0..30).map(|i| if i == 3 { f64::NAN } else { 0.1234 * f64::from(i) }).collect());
        outcome.add_table("cells", table).convention("specialised", "lq >= 1");
        outcome.warn(Message::new("a sentence that stands for a warning, long enough to be broken into two lines"));
        outcome.provenance.seed = 1;
        outcome.provenance.inputs = vec![InputRecord { path: "in.csv".into(), sha256: String::new(), rows: 30 }];
        outcome
    }

    #[test]
    fn what_comes_out_in_the_end_stays_where_not_all_fits() {
        let mut outcome = Outcome::new("innovate sweep", "m");
        outcome.word("outcome", "hhi");
        let mut table = Table::empty().with_text("regime", [Some("a"), Some("b")].into_iter().collect());
        table = table.with_text("regime_mode", [Some("a"), Some("b")].into_iter().collect());
        for name in ["rd_mean", "rd_total", "output_total", "welfare", "hhi"] {
            table = table.with_numbers(name, vec![1.0, 2.0]);
        }
        outcome.add_table("sweep", table);
        const EN: &str = "[column]\nregime = \"Regime\"\nregime_mode = \"Regime\"";
        let engine = Engine { name: "test", about: "", estimands: &[], messages: &[("en", EN)] };
        let options = TextOptions { width: 40, ..TextOptions::default() };
        let told = text(&outcome, &Catalogue::new(Language::En, &[engine]), &Names::default(), &options);
        // The regime is not said twice, the outcome that was asked for and welfare stay.
        assert!(told.contains("Regime  rd mean  rd total  welfare  hhi\n"), "{told}");
        assert!(told.contains("more columns: output_total\n"), "{told}");
    }

    fn names() -> Names {
        let mut names = Names::default();
        names.regions.insert("00001".into(), "Kokomo, IN".into());
        names.regions.insert("00002".into(), "上饶市".into());
        names
    }

    #[test]
    fn an_outcome_is_ready_to_paste() {
        let options = TextOptions { rows: 6, width: 60, ..TextOptions::default() };
        insta::assert_snapshot!(text(&outcome(), &Catalogue::new(Language::En, &[]), &names(), &options));
    }

    #[test]
    fn columns_line_up_in_chinese_and_narrow() {
        let options = TextOptions { rows: 4, width: 34, ..TextOptions::default() };
        insta::assert_snapshot!(text(&outcome(), &Catalogue::new(Language::Zh, &[]), &names(), &options));
    }

    #[test]
    fn method_and_conventions_are_said_in_the_language_of_the_reader() {
        const ZH: &str = r#"
            [phrase]
            "location quotient; Fieller interval (Fieller 1954)" = "区位商；Fieller 区间（Fieller 1954）"
            "lq >= {}" = "不小于 {0}"
        "#;
        let engine = Engine { name: "test", about: "", estimands: &[], messages: &[("zh", ZH)] };
        let said = |language| text(&outcome(), &Catalogue::new(language, &[engine]), &names(), &TextOptions::default());
        let (english, chinese) = (said(Language::En), said(Language::Zh));
        assert!(chinese.contains("区位商；Fieller 区间（Fieller 1954）"), "{chinese}");
        assert!(chinese.contains("specialised = 不小于 1"), "{chinese}");
        assert!(english.contains("location quotient; Fieller interval (Fieller 1954)"), "{english}");
        assert!(english.contains("specialised = lq >= 1"), "{english}");
    }
}
