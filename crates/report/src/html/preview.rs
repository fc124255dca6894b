//! A table of a chapter, cut to what a page holds.

use crate::catalogue::{Catalogue, Names};
use crate::cell::{CellWriter, is_p};
use crate::number;
use crate::order::largest_first;
use distretto_core::{Field, Focus, Message, Table, Text, Values};
use serde::Serialize;

/// The first rows of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Preview {
    /// Name of the table.
    pub name: String,
    /// Words above it: the heading of its name in the catalogue, else the name.
    pub title: String,
    /// How much of the table is shown; empty when all of it.
    pub remark: String,
    /// Headings of the columns, and whether they hold numbers.
    pub headings: Vec<(String, bool)>,
    /// Cells row by row.
    pub rows: Vec<Vec<String>>,
    /// Rows that are highlighted, one entry for each row.
    pub marked: Vec<bool>,
    /// Where the whole table lies, relative to the page.
    pub href: Option<String>,
}

/// What a preview shows.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewOptions {
    /// Most rows.
    pub rows: usize,
    /// Most columns; an interval `x_low`, `x_high` beside `x` takes one.
    pub columns: usize,
    /// Column by which rows are sorted, largest first; the order of the table when absent.
    pub sort: Option<String>,
    /// Column of numbers along which the rows are the points of curves: they stand in its order and are never sorted
    /// by value, and a long curve is shown at even steps.
    pub along: Option<String>,
    /// Columns that stay before others where there are too many: those that figures draw.
    pub drawn: Vec<String>,
    /// Only rows whose column reaches a value, as in a figure.
    pub at_least: Option<(String, f64)>,
    /// Only rows in which this column says yes.
    pub only: Option<String>,
    /// Columns in their order; chosen by what there is room for when absent.
    pub chosen: Option<Vec<String>>,
}

impl Default for PreviewOptions {
    fn default() -> Self {
        let drawn = Vec::new();
        Self { rows: 10, columns: 7, sort: None, along: None, drawn, at_least: None, only: None, chosen: None }
    }
}

/// Columns that stay before others where there are too many: what is compared with 1, from where to where, and what
/// firms and all together have in the end.
const PREFERRED: [&str; 15] = [
    "ratio",
    "from",
    "to",
    "r_from",
    "r_to",
    "low",
    "high",
    "rank",
    "p05",
    "p95",
    "weighted_mean",
    "unit_cost",
    "profit",
    "profit_total",
    "welfare",
];

/// Most columns where more than the usual number is drawn or in words.
const WIDEST: usize = 9;

/// A column of a preview.
enum Shown<'a> {
    Cells(CellWriter<'a>, &'a Field),
    /// Lower and upper end of the column of that name.
    Interval(CellWriter<'a>, CellWriter<'a>, &'a str),
}

impl Preview {
    /// The first rows of a table: those of the industries in focus where it has such, sorted, names beside codes.
    ///
    /// Where there are too many columns, labels, flags, the sorted column with its interval and p-values stay, then
    /// ranges and ratios, then the others in their order. A label that is the same in all rows is said above them.
    #[must_use]
    pub fn new(
        name: &str,
        table: &Table,
        options: &PreviewOptions,
        focus: &Focus,
        catalogue: &Catalogue,
        names: &Names,
    ) -> Self {
        let rows = chosen_rows(table, options, focus);
        let (columns, hidden) = chosen_columns(table, &rows, options, catalogue, names);
        let region = table.text("region").or(table.text("unit"));
        let sector = table.text("sector");
        let marked = |row: &usize| {
            region.and_then(|region| region.get(*row)).is_some_and(|code| focus.regions.iter().any(|r| r == code))
                || sector
                    .and_then(|sector| sector.get(*row))
                    .is_some_and(|code| focus.industries.iter().any(|i| i == code))
        };
        let message = match hidden {
            0 => Message::new("report.preview"),
            _ => Message::new("report.preview-columns")
                .count("columns", columns.len())
                .count("all", columns.len() + hidden),
        };
        let message = message.count("shown", rows.len()).count("total", table.rows());
        let complete = hidden == 0 && rows.len() == table.rows();
        let mut remarks: Vec<String> = constants(table, &rows, options, catalogue, names);
        if !complete {
            remarks.insert(0, catalogue.say(&message, names));
        }
        Self {
            name: name.to_owned(),
            title: catalogue
                .find(&format!("table.{name}"))
                .map_or_else(|| catalogue.heading(name).into_owned(), str::to_owned),
            remark: remarks.join(catalogue.word("report.join")),
            headings: columns.iter().map(|column| heading((name, table), column, catalogue, names)).collect(),
            rows: rows.iter().map(|&row| columns.iter().map(|column| cell(column, row)).collect()).collect(),
            marked: if rows.iter().all(marked) { vec![false; rows.len()] } else { rows.iter().map(marked).collect() },
            href: None,
        }
    }
}

/// The rows of regions in the industries in focus; all rows of other tables.
fn of_focus_industries(table: &Table, focus: &Focus) -> Vec<usize> {
    let all = 0..table.rows();
    let regional = table.text("region").is_some();
    let Some(industry) = table.text("industry").filter(|_| regional && !focus.industries.is_empty()) else {
        return all.collect();
    };
    let wanted = |row: &usize| industry.get(*row).is_some_and(|code| focus.industries.iter().any(|i| i == code));
    let focused: Vec<usize> = all.clone().filter(wanted).collect();
    if focused.is_empty() { all.collect() } else { focused }
}

fn chosen_rows(table: &Table, options: &PreviewOptions, focus: &Focus) -> Vec<usize> {
    let mut rows = of_focus_industries(table, focus);
    // Units are in focus as regions are, sectors as industries; of a matrix of sectors the column is.
    let named = |name: &'static str, focus: &'_ [String]| Some((table.text(name)?, focus.to_vec()));
    let unit = named("unit", &focus.regions)
        .or_else(|| named("sector", &focus.industries))
        .or_else(|| named("column", &focus.industries))
        .filter(|_| rows.len() > options.rows);
    let (unit, wanted) = unit.map_or((None, Vec::new()), |(unit, wanted)| (Some(unit), wanted));
    let of_focus = |row: &usize, text: &Text| text.get(*row).is_some_and(|code| wanted.iter().any(|one| one == code));
    let repeated = unit.is_some_and(|unit| unit.labels().len() < rows.len());
    let focused = rows.iter().copied().filter(|row| unit.is_some_and(|unit| of_focus(row, unit)));
    let focused: Vec<usize> = if repeated { focused.collect() } else { Vec::new() };
    let only_focus = !focused.is_empty();
    if only_focus {
        rows = focused;
    }
    if let Some((values, limit)) =
        options.at_least.as_ref().and_then(|(name, limit)| Some((table.numbers(name)?, limit)))
    {
        rows.retain(|&row| values[row] >= *limit);
    }
    if let Some(flags) = options.only.as_ref().and_then(|name| table.flags(name)) {
        rows.retain(|&row| flags[row] == Some(true));
    }
    if let Some(xs) = options.along.as_deref().and_then(|column| table.numbers(column)) {
        return along(xs, rows, options.rows);
    }
    if only_focus
        && options.sort.is_none()
        && table.numbers("year").is_none()
        && let (Some(unit), Some(ranks)) = (unit, table.numbers("rank"))
    {
        return unit_by_unit(table, unit, ranks, rows, options.rows, focus);
    }
    let sort = options.sort.as_deref();
    if let Some(values) = sort.and_then(|column| table.numbers(column)) {
        // Ranks rise: 1 is the best.
        let sign = if sort.is_some_and(|sort| sort.ends_with("rank")) { -1.0 } else { 1.0 };
        largest_first(&mut rows, |row| sign * values[row]);
    }
    // Units in focus that do not lead stand after those that do.
    let after = rows.split_off(rows.len().min(options.rows));
    let beyond = after.into_iter().filter(|row| !only_focus && unit.is_some_and(|unit| of_focus(row, unit)));
    rows.extend(beyond.take(options.rows));
    rows
}

/// Rows of the units in focus, those of one unit together: what moves it most where there is a change, else by rank.
fn unit_by_unit(
    table: &Table,
    unit: &Text,
    ranks: &[f64],
    mut rows: Vec<usize>,
    most: usize,
    focus: &Focus,
) -> Vec<usize> {
    let place = |row: usize| focus.regions.iter().position(|code| unit.get(row) == Some(code.as_str()));
    let key = |row: usize| match table.numbers("change") {
        Some(changes) => -changes[row].abs(),
        None => ranks[row],
    };
    rows.sort_by(|&a, &b| place(a).cmp(&place(b)).then(key(a).total_cmp(&key(b))));
    let units = rows.chunk_by(|&a, &b| place(a) == place(b));
    let each = (most / units.clone().count().max(1)).max(3);
    units.flat_map(|rows| rows.iter().take(each).copied()).collect()
}

/// Rows in the order of a column; where they are too many, those at every second, fifth, tenth … of its values. A table
/// of more curves than there is room for keeps its order.
fn along(xs: &[f64], mut rows: Vec<usize>, most: usize) -> Vec<usize> {
    let mut values: Vec<f64> = rows.iter().map(|&row| xs[row]).filter(|x| !x.is_nan()).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    let curves = rows.len().div_ceil(values.len().max(1));
    // A curve may be half as long again, for the sake of round steps.
    let room = (most + most / 2) / curves;
    if room < 2 {
        rows.truncate(most);
        return rows;
    }
    let steps = (0..).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_usize.pow(power)));
    let step = steps.take(24).find(|step| values.len().div_ceil(*step) <= room).unwrap_or(values.len());
    let shown: Vec<f64> = values.into_iter().step_by(step).collect();
    rows.retain(|&row| shown.contains(&xs[row]));
    rows.sort_by(|a, b| xs[*a].total_cmp(&xs[*b]));
    rows
}

/// The columns that are shown, and how many are not.
fn chosen_columns<'a>(
    table: &'a Table,
    rows: &[usize],
    options: &PreviewOptions,
    catalogue: &'a Catalogue,
    names: &'a Names,
) -> (Vec<Shown<'a>>, usize) {
    let writer = |field: &'a Field| CellWriter::new(field, catalogue, names).in_table(table).of_rows(rows);
    let end = |field: &'a Field, stem: &str| match table.field(stem) {
        Some(stem) => writer(field).like(&writer(stem)),
        None => writer(field),
    };
    let mut all = Vec::new();
    for field in table.fields() {
        let stem = |end: &str| field.name.strip_suffix(end).filter(|stem| table.numbers(stem).is_some());
        if let Some((stem, high)) = stem("_low").and_then(|stem| Some((stem, table.field(&format!("{stem}_high"))?))) {
            // Beside the number it belongs to.
            let at =
                all.iter().position(|(other, _): &(&Field, Shown)| other.name == stem).map_or(all.len(), |at| at + 1);
            all.insert(at, (field, Shown::Interval(end(field, stem), end(high, stem), stem)));
        } else if stem("_high").is_none_or(|stem| table.field(&format!("{stem}_low")).is_none()) {
            all.push((field, Shown::Cells(writer(field), field)));
        }
    }
    let total = all.len();
    if let Some(names) = &options.chosen {
        let mut kept = Vec::new();
        for name in names {
            if let Some(at) = all.iter().position(|(field, _)| field.name == *name) {
                kept.push(all.swap_remove(at).1);
            }
        }
        let hidden = total - kept.len();
        return (kept, hidden);
    }
    let sorted = options.sort.as_deref().unwrap_or_default();
    // What says the same in every row, or nothing at all; it stays in the file.
    let idle = |field: &Field| match &field.values {
        Values::Text(text) => rows.len() > 1 && rows.iter().all(|&row| text.code(row) == text.code(rows[0])),
        Values::Number(numbers) => {
            // Zeros say nothing only where the whole column is zero.
            let zero = rows.len() > 1 && numbers.iter().all(|value| value.is_nan() || *value == 0.0);
            field.name != sorted && (zero || rows.iter().all(|row| numbers[*row].is_nan()))
        }
        Values::Flag(flags) => rows.len() > 1 && rows.iter().all(|&row| flags[row] == flags[rows[0]]),
        _ => false,
    };
    if !all.iter().all(|(field, _)| idle(field)) {
        all.retain(|(field, _)| !idle(field));
    }
    // Nor is a label said twice under the same heading.
    let said = |(field, shown): &(&Field, Shown<'a>)| match &field.values {
        Values::Text(_) => Some((
            catalogue.heading(&field.name).into_owned(),
            rows.iter().map(|&row| cell(shown, row)).collect::<Vec<_>>(),
        )),
        _ => None,
    };
    let mut seen = Vec::new();
    all.retain(|column| {
        said(column).is_none_or(|said| {
            let new = !seen.contains(&said);
            seen.push(said);
            new
        })
    });
    let along = options.along.as_deref().unwrap_or_default();
    let rank = |field: &Field| {
        let name = field.name.as_str();
        let interval = name.strip_suffix("_low").is_some_and(|stem| stem == sorted);
        let word = matches!(field.values, Values::Text(_) | Values::Flag(_));
        let own = [sorted, along, "id"].contains(&name) || (is_p(name) && name != "p_family");
        match () {
            () if word || own || interval => 0,
            () if options.drawn.iter().any(|drawn| drawn == name) => 1,
            () => 2 + usize::from(!PREFERRED.contains(&name)),
        }
    };
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|&at| rank(all[at].0));
    let needed = order.iter().filter(|&&at| rank(all[at].0) == 0).count();
    if order.len() > options.columns {
        // One coordinate without the other says nothing.
        order.retain(|&at| !["lon", "lat", "x", "y"].contains(&all[at].0.name.as_str()) || rank(all[at].0) == 0);
    }
    let drawn = order.iter().filter(|&&at| rank(all[at].0) <= 1).count();
    order.truncate(options.columns.max(needed).max(drawn.min(WIDEST)));
    let kept = all.into_iter().enumerate().filter(|(at, _)| order.contains(at)).map(|(_, column)| column);
    let kept: Vec<Shown> = kept.map(|(_, shown)| shown).collect();
    let hidden = total - kept.len();
    (kept, hidden)
}

/// The labels that stand in every row, and what is true or false of all: they are said once, above the table.
fn constants(
    table: &Table,
    rows: &[usize],
    options: &PreviewOptions,
    catalogue: &Catalogue,
    names: &Names,
) -> Vec<String> {
    let said = |field: &Field| {
        let first = *rows.first()?;
        let (constant, label) = match &field.values {
            Values::Text(text) => {
                let code = text.get(first)?;
                let label = crate::cell::label(&field.name, code, catalogue, names);
                (rows.iter().all(|&row| text.get(row) == Some(code)), label)
            }
            // Who names columns, or chooses rows by a flag, knows what it says.
            Values::Flag(flags) if options.chosen.is_none() && options.only.as_ref() != Some(&field.name) => {
                let word = if flags[first]? { "word.yes" } else { "word.no" };
                (rows.iter().all(|&row| flags[row] == flags[first]), catalogue.word(word).to_owned())
            }
            _ => return None,
        };
        (rows.len() > 1 && constant)
            .then(|| [catalogue.heading(&field.name).as_ref(), &label].join(catalogue.word("report.colon")))
    };
    table.fields().iter().filter_map(said).collect()
}

fn heading(table: (&str, &Table), column: &Shown, catalogue: &Catalogue, names: &Names) -> (String, bool) {
    match column {
        Shown::Cells(writer, field) => {
            (catalogue.heading_in(table, &field.name, names).into_owned(), writer.is_numeric())
        }
        Shown::Interval(_, _, stem) => {
            let words = [catalogue.heading(stem).as_ref(), catalogue.word("report.interval")]
                .join(catalogue.word("report.space"));
            (words, true)
        }
    }
}

fn cell(column: &Shown, row: usize) -> String {
    match column {
        Shown::Cells(writer, field) if matches!(field.values, Values::Interval(_)) => match writer.cell(row) {
            both if both.contains("..") => number::typographic(&format!("[{}]", both.replace("..", ", "))),
            one => number::typographic(&one),
        },
        Shown::Cells(writer, _) if writer.is_numeric() => number::typographic(&writer.cell(row)),
        Shown::Cells(writer, _) => writer.cell(row),
        Shown::Interval(low, high, _) => match (low.cell(row), high.cell(row)) {
            (low, high) if low == high => number::typographic(&low),
            (low, high) => number::typographic(&format!("[{low}, {high}]")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Language;

    #[test]
    fn a_wide_table_keeps_what_matters() {
        let mut table = Table::empty()
            .with_text("region", [Some("a"), Some("b"), Some("c")].into_iter().collect())
            .with_text("industry", [Some("3363"); 3].into_iter().collect());
        for name in ["employment", "lq", "other", "lq_low", "lq_high", "more", "q_value"] {
            table = table.with_numbers(name, vec![1.0, -2.5, 3.0]);
        }
        let options = PreviewOptions { rows: 2, columns: 5, sort: Some("lq".into()), ..PreviewOptions::default() };
        let focus = Focus { regions: vec!["a".into()], ..Focus::default() };
        let preview =
            Preview::new("cells", &table, &options, &focus, &Catalogue::new(Language::En, &[]), &Names::default());
        let headings: Vec<&str> = preview.headings.iter().map(|(heading, _)| heading.as_str()).collect();
        assert_eq!(headings, ["Region", "Employment", "lq", "lq interval", "q"]);
        assert_eq!(preview.rows[1][..3], ["a", "1", "1"]);
        assert_eq!(preview.marked, [false, true]);
        assert_eq!(preview.remark, "2 of 3 rows, 5 of 8 columns; Industry: 3363");
    }

    #[test]
    fn a_curve_is_read_along_its_distance() {
        let r: Vec<f64> = (0..=100).map(|k| f64::from(k) * 10.0).collect();
        let kd = r.iter().map(|r| (r - 300.0).abs()).collect();
        let pattern = |word: &'static str| std::iter::repeat_n(Some(word), 101);
        let one = Table::empty().with_numbers("r", r.clone()).with_numbers("kd", kd);
        let two = Table::empty()
            .with_numbers("r", r.iter().chain(&r).copied().collect())
            .with_text("pattern", pattern("localised").chain(pattern("dispersed")).collect());
        let options =
            PreviewOptions { sort: Some("kd".to_owned()), along: Some("r".to_owned()), ..PreviewOptions::default() };
        let firsts = |table: &Table| {
            let catalogue = Catalogue::new(Language::En, &[]);
            let preview = Preview::new("curve", table, &options, &Focus::default(), &catalogue, &Names::default());
            preview.rows.iter().map(|row| row[0].clone()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(firsts(&one), "0 100 200 300 400 500 600 700 800 900 1,000");
        assert_eq!(firsts(&two), "0 0 200 200 400 400 600 600 800 800 1,000 1,000");
    }

    #[test]
    fn what_figures_draw_stays_and_a_flag_alike_is_said() {
        let mut table = Table::empty().with_text("regime", [Some("a"), Some("b")].into_iter().collect());
        for name in ["rd_mean", "rd_total", "output_total", "price", "welfare"] {
            table = table.with_numbers(name, vec![1.0, 2.5]);
        }
        let table = table.with_flags("certified", vec![Some(true); 2]).with_flags("interior", vec![Some(true), None]);
        let options = PreviewOptions { columns: 4, drawn: vec!["price".into()], ..PreviewOptions::default() };
        let catalogue = Catalogue::new(Language::En, &[]);
        let preview = Preview::new("x", &table, &options, &Focus::default(), &catalogue, &Names::default());
        let headings: Vec<&str> = preview.headings.iter().map(|(heading, _)| heading.as_str()).collect();
        assert_eq!(headings, ["regime", "price", "welfare", "interior"]);
        assert_eq!(preview.remark, "2 of 2 rows, 4 of 8 columns; certified: yes");
    }

    #[test]
    fn labels_flags_and_ranges_stay_and_a_constant_is_said() {
        let mut table = Table::empty()
            .with_text("industry", [Some("a"), Some("b")].into_iter().collect())
            .with_text("pattern", [Some("localised"); 2].into_iter().collect());
        for name in ["plants", "share", "r_from", "r_to", "index", "q_value"] {
            table = table.with_numbers(name, vec![1.0, 2.5]);
        }
        let table = table.with_flags("significant", vec![Some(true), Some(false)]);
        let options = PreviewOptions { columns: 6, sort: Some("index".into()), ..PreviewOptions::default() };
        let catalogue = Catalogue::new(Language::En, &[]);
        let preview = Preview::new("x", &table, &options, &Focus::default(), &catalogue, &Names::default());
        let headings: Vec<&str> = preview.headings.iter().map(|(heading, _)| heading.as_str()).collect();
        assert_eq!(headings, ["Industry", "r from", "r to", "index", "q", "Significant"]);
        assert_eq!(preview.remark, "2 of 2 rows, 6 of 9 columns; pattern: localised");
    }
}
