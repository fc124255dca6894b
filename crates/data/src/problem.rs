//! What is wrong with a cell, what is allowed there, and what to do.

use crate::number::{Decimal, parse_number};
use distretto_core::{Column, ColumnKind, Fault};

/// Longest value that an error repeats, in characters.
const SHOWN: usize = 60;

/// Words that stand for a missing value in other people's files.
const MISSING_WORDS: [&str; 22] = [
    "na", "n/a", "n.a.", "nan", "null", "none", "-", "--", "–", "—", ".", "..", "...", "…", "*", "x", "s", "c", ":",
    "(d)", "d", "missing",
];

/// What is wrong with a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl Problem {
    fn new(message: String) -> Self {
        Self { message, hint: None }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The fault of this cell in this file.
    pub(crate) fn fault(self, shown: &str, column: &str, value: Option<&str>) -> Fault {
        let mut fault = Fault::input(self.message).in_file(shown).in_column(column);
        if let Some(value) = value {
            fault = fault.with_value(shorten(value));
        }
        match self.hint {
            Some(hint) => fault.with_hint(hint),
            None => fault,
        }
    }

    pub(crate) fn empty(column: &Column) -> Self {
        let name = &column.name;
        Self::new(format!("empty {name}; every row needs one")).hint(format!("fill in the {name}, or delete the row"))
    }

    pub(crate) fn mixed_decimals(column: &Column) -> Self {
        let name = &column.name;
        Self::new(format!("{name} has a decimal comma in some rows and a point in others; it must keep to one"))
            .hint("write numbers without thousands separators")
    }

    pub(crate) fn both_decimals(column: &Column) -> Self {
        let name = &column.name;
        Self::new(format!(
            "{name} has both a point and a comma in one number; only one of them can be the decimal sign"
        ))
        .hint("write numbers without thousands separators")
    }

    pub(crate) fn no_interval(column: &Column) -> Self {
        let (name, rule) = (&column.name, rule(column.kind));
        Self::new(format!("{name} cannot be an interval; it must be {rule}"))
    }

    pub(crate) fn not_a_number(column: &Column, text: &str, decimal: Decimal) -> Self {
        let rule = rule(column.kind);
        let problem = Self::new(format!("{} is not a number; it must be {rule}", called(column)));
        let usual = || match column.kind {
            ColumnKind::Integer => "write a whole number such as 12".to_owned(),
            _ => "write a number such as 12 or 12.5; leave the cell empty when the value is missing".to_owned(),
        };
        problem.hint(number_hint(text, column.kind, decimal).unwrap_or_else(usual))
    }

    pub(crate) fn not_numeric(column: &Column, what: &str) -> Self {
        let (name, rule) = (called(column), rule(column.kind));
        Self::new(format!("{name} is {what}, not a number; it must be {rule}")).hint(match what {
            "a date" if column.kind == ColumnKind::Integer => "give the year as a number, such as 2019",
            "a date" => "format the cell as a number: a spreadsheet may have taken the number for a date",
            _ => "leave the cell empty when the value is missing",
        })
    }

    pub(crate) fn not_a_label(column: &Column, what: &str) -> Self {
        Self::new(format!("{} is {what}; it must be text", column.name)).hint(match what {
            "a date" => "format the cell as text: a spreadsheet may have taken the code for a date",
            _ => "format the cell as text",
        })
    }

    /// Whether a number, or both ends of an interval, may stand in a column.
    #[inline]
    pub(crate) fn check(column: &Column, low: f64, high: f64) -> Result<(), Self> {
        let fine = low <= high
            && match column.kind {
                ColumnKind::Amount | ColumnKind::NonNegative => low >= 0.0 && high < f64::INFINITY,
                ColumnKind::Positive => low > 0.0 && high < f64::INFINITY,
                ColumnKind::Integer => low.fract() == 0.0 && low.is_finite(),
                ColumnKind::Longitude => (-360.0..=360.0).contains(&low),
                ColumnKind::Latitude => (-90.0..=90.0).contains(&low),
                _ => low.is_finite() && high.is_finite(),
            };
        if fine { Ok(()) } else { Err(Self::out_of_range(column, low, high)) }
    }

    #[cold]
    fn out_of_range(column: &Column, low: f64, high: f64) -> Self {
        let (name, rule) = (&column.name, rule(column.kind));
        let size = matches!(column.kind, ColumnKind::Amount | ColumnKind::NonNegative | ColumnKind::Positive);
        if low.is_nan() || high.is_nan() {
            return Self::new(format!("{} is not a number; it must be {rule}", called(column)));
        }
        if low.is_infinite() || high.is_infinite() {
            return Self::new(format!("{name} is too large; it must be {rule}"));
        }
        if size && low < 0.0 {
            return Self::new(format!("negative {name}; it must be {}", bound(column.kind))).hint(match column.kind {
                ColumnKind::Amount => {
                    "leave the cell empty when the value is missing; give a suppressed cell as low..high"
                }
                _ => "leave the cell empty when the value is missing",
            });
        }
        if low > high {
            return Self::new(format!("the lower end of the interval of {name} is above its upper end"))
                .hint(format!("write {high}..{low}"));
        }
        let problem = Self::new(match column.kind {
            ColumnKind::Positive => format!("zero {name}; it must be above 0"),
            ColumnKind::Integer => format!("{name} must be {rule}"),
            _ => format!("{name} is out of range; it must be {rule}"),
        });
        match column.kind {
            ColumnKind::Latitude | ColumnKind::Longitude => {
                problem.hint("are the columns lon and lat swapped, or the coordinates planar? name planar ones x and y")
            }
            _ => problem,
        }
    }
}

/// What a cell of this kind must be.
pub(crate) fn rule(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Label => "text",
        ColumnKind::Word => "text or empty",
        ColumnKind::Any => "a number, text or empty",
        ColumnKind::Amount => "a number of 0 or more, an interval low..high, or empty",
        ColumnKind::NonNegative => "a number of 0 or more, or empty",
        ColumnKind::Positive => "a number above 0, or empty",
        ColumnKind::Ratio => "a finite number, a fraction such as 1/3, or empty",
        ColumnKind::Integer => "a whole number",
        ColumnKind::Longitude => "a longitude from -360 to 360",
        ColumnKind::Latitude => "a latitude from -90 to 90",
        _ => "a finite number, or empty",
    }
}

/// A column as a sentence says it: where its name is itself a number (a firm of a matrix), "3 is not a number" would be
/// untrue.
fn called(column: &Column) -> &str {
    if column.name.parse::<f64>().is_ok() { "the cell" } else { &column.name }
}

fn bound(kind: ColumnKind) -> &'static str {
    if kind == ColumnKind::Positive { "above 0" } else { "0 or more" }
}

fn number_hint(text: &str, kind: ColumnKind, decimal: Decimal) -> Option<String> {
    let word = text.to_lowercase();
    if MISSING_WORDS.contains(&word.as_str()) {
        let suppressed = if kind == ColumnKind::Amount { "; give a suppressed cell as low..high" } else { "" };
        return Some(format!("leave the cell empty when the value is missing{suppressed}"));
    }
    if word.trim_start_matches(['+', '-']).starts_with("inf") {
        return Some("an infinite number cannot be used; leave the cell empty when the value is missing".to_owned());
    }
    if text.contains('%') {
        return Some("write the number without the per cent sign".to_owned());
    }
    if let Some(point) = decimal_comma(text).filter(|_| decimal == Decimal::Point) {
        return Some(format!("write {point}; a decimal comma is read only where `;` separates the columns"));
    }
    let bare: String = text.chars().filter(|c| !matches!(c, ',' | '\'' | '’' | ' ' | '\u{a0}' | '\u{202f}')).collect();
    if bare.len() < text.len() && parse_number(&bare, Decimal::Point).is_some() {
        let comma = text.contains(',') && decimal == Decimal::Point;
        let other = if comma { "; a decimal comma is read only where `;` separates the columns" } else { "" };
        return Some(format!("write {bare} without thousands separators{other}"));
    }
    let ascii: String = text.chars().map(ascii_of_full_width).collect();
    if ascii != text && parse_number(&ascii, Decimal::Point).is_some() {
        return Some(format!("write {ascii} in plain digits"));
    }
    None
}

/// A number with a point for its comma, where that separates no thousands: "42,5".
fn decimal_comma(text: &str) -> Option<String> {
    let (before, behind) = text.split_once(',')?;
    let point = text.replace(',', ".");
    let thousands = behind.len() == 3 && before != "0";
    (!thousands && parse_number(&point, Decimal::Point).is_some()).then_some(point)
}

/// Full-width digits, signs and points as Chinese and Japanese input methods write them.
fn ascii_of_full_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// A value as an error repeats it.
pub(crate) fn shorten(value: &str) -> String {
    let value = value.trim();
    if value.chars().count() <= SHOWN {
        return value.to_owned();
    }
    let head: String = value.chars().take(SHOWN).collect();
    format!("{head}…")
}
