//! Which column of a file is which column of the specification.

use crate::problem::shorten;
use crate::synonym::meant;
use crate::table::ReadOptions;
use distretto_core::{Column, ColumnKind, Fault, MatrixForm, TableSpec};
use rustc_hash::{FxHashMap, FxHashSet};

/// Most headers that an error lists.
const LISTED: usize = 12;

/// A column that is read: what it must be, and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub(crate) column: Column,
    pub(crate) place: usize,
}

/// The columns of a wide table that become rows.
#[derive(Debug, Clone)]
pub(crate) struct Wide {
    pub(crate) key: Column,
    pub(crate) value: Column,
    pub(crate) places: Vec<usize>,
}

/// How the rows of a file become the rows of a table.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// Headers of the file, trimmed.
    pub(crate) headers: Vec<String>,
    /// Columns that are read as they are, in the order of the specification.
    pub(crate) taken: Vec<Taken>,
    /// Columns that become rows.
    pub(crate) wide: Option<Wide>,
    /// Pairs of standard name and name in the file, where they differ.
    pub(crate) renamed: Vec<(String, String)>,
}

impl Layout {
    /// Finds the columns of `spec` among the headers of a file, which stand in line `line`.
    pub(crate) fn new(
        headers: Vec<String>,
        line: Option<u64>,
        shown: &str,
        spec: &TableSpec,
        options: &ReadOptions,
    ) -> Result<Self, Fault> {
        let place = |fault: Fault| match line {
            Some(line) => fault.in_file(shown).at_line(line),
            None => fault.in_file(shown),
        };
        let finder = Finder { headers: &headers, options };
        finder.refuse_duplicates(spec.matrix.is_some()).map_err(place)?;
        finder.refuse_stray_names(spec).map_err(place)?;
        if let Some(form) = &spec.matrix {
            let taken = finder.matrix(spec, form).map_err(place)?;
            let given = options.rename.iter().filter(|(standard, _)| form.standard.contains(standard));
            let renamed = given.cloned().collect();
            return Ok(Self { headers, taken, wide: None, renamed });
        }
        let (taken, wide) = match (&spec.long, options.wide) {
            (Some(long), true) => {
                let kept = |column: &&Column| {
                    let whole = matches!(column.kind, ColumnKind::Label | ColumnKind::Word | ColumnKind::Integer);
                    column.name != long.key && column.name != long.value && (whole || column.required)
                };
                let taken = finder.take(spec.columns.iter().filter(kept)).map_err(place)?;
                let wide = finder.wide(spec, &taken).map_err(place)?;
                (taken, Some(wide))
            }
            // A command gives `--wide` to all its inputs; it is meant for the one that can be wide.
            (long, _) => {
                let taken = finder.take(spec.columns.iter()).map_err(|fault| match long {
                    Some(long) if finder.looks_wide(spec) => {
                        fault.with_hint(format!("is there one column for each {}? then add --wide", long.key))
                    }
                    _ => fault,
                });
                let mut taken = taken.map_err(place)?;
                taken.extend(finder.others(spec, &taken).map_err(place)?);
                if spec.some && taken.is_empty() {
                    return Err(place(finder.none_of(spec)));
                }
                (taken, None)
            }
        };
        let renamed = taken.iter().filter(|taken| headers[taken.place] != taken.column.name);
        let renamed = renamed.map(|taken| (taken.column.name.clone(), headers[taken.place].clone())).collect();
        Ok(Self { headers, taken, wide, renamed })
    }

    /// What an error calls a column of the file.
    pub(crate) fn header(&self, place: usize) -> String {
        match self.headers.get(place).map(String::as_str) {
            Some("") | None => format!("{}", place + 1),
            Some(header) => shorten(header),
        }
    }
}

struct Finder<'a> {
    headers: &'a [String],
    options: &'a ReadOptions,
}

impl Finder<'_> {
    /// Two columns of one name: nobody can say which is meant.
    fn refuse_duplicates(&self, matrix: bool) -> Result<(), Fault> {
        let mut seen: FxHashMap<&str, usize> = FxHashMap::default();
        // The header above the labels of a matrix names no column.
        let first = usize::from(matrix);
        for (place, header) in self.headers.iter().enumerate().skip(first).filter(|(_, header)| !header.is_empty()) {
            if let Some(first) = seen.insert(header, place) {
                let message = format!("duplicate header: columns {} and {} have the same name", first + 1, place + 1);
                let fault = Fault::input(message).in_column(shorten(header));
                return Err(fault.with_hint("rename one of the two in the file"));
            }
        }
        Ok(())
    }

    /// A name given for a standard column that this input does not have is left to other inputs; one that the file
    /// does not have is an error.
    fn refuse_stray_names(&self, spec: &TableSpec) -> Result<(), Fault> {
        for (standard, name) in &self.options.rename {
            let wanted = spec.columns.iter().any(|column| column.name == *standard);
            let consumed = self.options.wide
                && spec.long.as_ref().is_some_and(|long| long.key == *standard || long.value == *standard);
            if wanted && !consumed && self.place(name).is_none() {
                let message = format!("there is no column `{name}` to be read as {standard}; {}", self.list());
                let fault = Fault::input(message).in_column(name.as_str());
                return Err(match meant(name, self.headers) {
                    Some(near) if near == standard => {
                        fault.with_hint(format!("the file has `{standard}`: leave out `--col {standard}={name}`"))
                    }
                    Some(near) => fault.with_hint(format!("did you mean {}", flag(standard, near))),
                    None => fault,
                });
            }
        }
        Ok(())
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.headers.iter().position(|header| header == name)
    }

    /// Where a standard column stands.
    fn find(&self, standard: &str) -> Option<usize> {
        let renamed = self.options.rename.iter().rev().find(|(name, _)| name == standard);
        self.place(renamed.map_or(standard, |(_, name)| name))
    }

    fn take<'c>(&self, columns: impl Iterator<Item = &'c Column>) -> Result<Vec<Taken>, Fault> {
        let (mut taken, mut missing) = (Vec::new(), Vec::new());
        for column in columns {
            match self.find(&column.name) {
                Some(place) => taken.push(Taken { column: column.clone(), place }),
                None if column.required => missing.push(column.name.as_str()),
                None => {}
            }
        }
        match missing[..] {
            [] => Ok(taken),
            [one] => Err(self.missing(one)),
            _ => Err(self.several_missing(&missing)),
        }
    }

    /// The labels of the rows, and every other column under the name it has.
    fn matrix(&self, spec: &TableSpec, form: &MatrixForm) -> Result<Vec<Taken>, Fault> {
        let labels = Column { name: form.rows.clone(), kind: ColumnKind::Label, required: true };
        let mut taken = vec![Taken { column: labels, place: 0 }];
        if let Some(place) = self.headers.iter().skip(1).position(|header| *header == form.rows) {
            let fault = Fault::input("a column of the matrix has the name that its column of labels takes");
            return Err(fault
                .in_column(format!("{}", place + 2))
                .with_value(form.rows.as_str())
                .with_hint("rename it"));
        }
        taken.extend(self.others(spec, &taken)?);
        Ok(taken)
    }

    /// The columns that are not among those taken, where the specification wants them too.
    fn others(&self, spec: &TableSpec, taken: &[Taken]) -> Result<Vec<Taken>, Fault> {
        let Some(kind) = spec.others else { return Ok(Vec::new()) };
        let left = |place: &usize| !taken.iter().any(|taken| taken.place == *place);
        let column = |place: usize| {
            let name = self.headers[place].clone();
            if name.is_empty() {
                let fault = Fault::input("the header is empty, and every column of this table is used");
                return Err(fault.in_column(format!("{}", place + 1)).with_hint("name the column or remove it"));
            }
            Ok(Taken { column: Column { name, kind, required: false }, place })
        };
        (0..self.headers.len()).filter(left).map(column).collect()
    }

    /// All columns that are missing, with a hint for each that may be there under another name.
    fn several_missing(&self, missing: &[&str]) -> Fault {
        let names: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
        let meant = |name: &&str| meant(name, self.headers).map(|near| flag(name, near));
        let near: Vec<String> = missing.iter().filter_map(meant).collect();
        let first = self.missing(missing[0]);
        let hint = if near.is_empty() || first.hint().is_some_and(|hint| hint.contains("separate")) {
            first.hint().unwrap_or_default().to_owned()
        } else {
            format!("did you mean {}", near.join(", "))
        };
        let too = if names.len() == 2 { "is missing too" } else { "are missing too" };
        Fault::input(format!("{}; {} {too}", first.message(), names[1..].join(", "))).with_hint(hint)
    }

    fn missing(&self, standard: &str) -> Fault {
        let fault = Fault::input(format!("there is no column `{standard}`; {}", self.list()));
        let unused: Vec<String> = self.headers.iter().filter(|header| !header.is_empty()).cloned().collect();
        let hint = match meant(standard, &unused) {
            Some(near) => format!("did you mean {}", flag(standard, near)),
            None => format!("if it has another name, say which: --col {standard}=NAME"),
        };
        let separators = self.headers.len() == 1 && self.headers[0].contains('|');
        fault.with_hint(if separators {
            "separate columns by a comma, `;` or a tab, not by `|`".to_owned()
        } else {
            hint
        })
    }

    /// None of the columns is there, and one has to be.
    fn none_of(&self, spec: &TableSpec) -> Fault {
        let names: Vec<&str> = spec.columns.iter().map(|column| column.name.as_str()).collect();
        let fault = Fault::input(format!("the table has none of the columns {}; {}", names.join(", "), self.list()));
        let first = names.first().unwrap_or(&"STANDARD");
        fault.with_hint(format!("rename the columns in the file, or say which is which: --col {first}=NAME"))
    }

    /// `the columns are region, industry, jobs`
    fn list(&self) -> String {
        let named: Vec<String> = self.headers.iter().filter(|h| !h.is_empty()).map(|h| shorten(h)).collect();
        match named.len() {
            0 => "no column has a name".to_owned(),
            1 => format!("the only column is {}", named[0]),
            n if n <= LISTED => format!("the columns are {}", named.join(", ")),
            n => format!("the columns are {} and {} more", named[..LISTED].join(", "), n - LISTED),
        }
    }

    /// Whether the file misses key and value but has other columns: one for each industry, perhaps.
    fn looks_wide(&self, spec: &TableSpec) -> bool {
        let Some(long) = &spec.long else { return false };
        let absent = |name: &str| self.find(name).is_none() && meant(name, self.headers).is_none();
        let others = spec.columns.iter().filter(|c| c.name != long.key && c.name != long.value && c.required);
        absent(&long.key)
            && absent(&long.value)
            && others.clone().all(|c| self.find(&c.name).is_some())
            && self.headers.len() > 2
    }

    fn wide(&self, spec: &TableSpec, taken: &[Taken]) -> Result<Wide, Fault> {
        let column = |name: &str| {
            let known = spec.columns.iter().find(|column| column.name == name).cloned();
            known.ok_or_else(|| Fault::option(format!("the input `{}` has no column `{name}`", spec.input)))
        };
        let long = spec.long.as_ref().map(|long| (column(&long.key), column(&long.value)));
        let Some((Ok(key), Ok(value))) = long else {
            return Err(Fault::option(format!("the input `{}` cannot be a wide table", spec.input)));
        };
        let kept: FxHashSet<usize> = taken.iter().map(|taken| taken.place).collect();
        let places: Vec<usize> = (0..self.headers.len()).filter(|place| !kept.contains(place)).collect();
        if let Some(&place) = places.iter().find(|&&place| self.headers[place].is_empty()) {
            let fault = Fault::input(format!("the header is empty; in a wide table it is the {}", key.name));
            return Err(fault.in_column(format!("{}", place + 1)));
        }
        if places.is_empty() {
            let message = format!("a wide table needs a column for each {}; {}", key.name, self.list());
            return Err(Fault::input(message).with_hint("leave out --wide if the table is long"));
        }
        Ok(Wide { key, value, places })
    }
}

/// `--col employment=Jobs`, quoted for a shell where it has to be.
fn flag(standard: &str, name: &str) -> String {
    let plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    let pair = if plain { format!("{standard}={name}") } else { format!("'{standard}={name}'") };
    format!("`{name}`? --col {pair}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> TableSpec {
        TableSpec::new("areas")
            .need("region", ColumnKind::Label)
            .need("industry", ColumnKind::Label)
            .need("employment", ColumnKind::Amount)
            .take("establishments", ColumnKind::Amount)
            .take("year", ColumnKind::Integer)
            .or_wide("industry", "employment")
    }

    fn layout(headers: &[&str], options: &ReadOptions) -> Result<Layout, Fault> {
        let headers = headers.iter().map(|&header| header.to_owned()).collect();
        Layout::new(headers, Some(1), "a.csv", &spec(), options)
    }

    #[test]
    fn columns_are_found_in_any_order_and_under_other_names() {
        let options = ReadOptions { rename: vec![("employment".into(), "Jobs".into())], ..ReadOptions::default() };
        let found = layout(&["Jobs", "industry", "region"], &options).expect("complete");
        assert_eq!(found.taken.iter().map(|taken| taken.place).collect::<Vec<_>>(), [2, 1, 0]);
        assert_eq!(found.renamed, [("employment".to_owned(), "Jobs".to_owned())]);
    }

    #[test]
    fn a_missing_column_suggests_the_nearest() {
        let hint = |headers: &[&str]| {
            layout(headers, &ReadOptions::default()).expect_err("missing").hint().map(str::to_owned).unwrap_or_default()
        };
        assert_eq!(
            hint(&["region", "industry", "Employment"]),
            "did you mean `Employment`? --col employment=Employment"
        );
        assert_eq!(hint(&["地区", "industry", "employment"]), "did you mean `地区`? --col region=地区");
        assert!(hint(&["region", "naics 4", "employment"]).contains("--col 'industry=naics 4'"));
        assert!(hint(&["region", "11", "21", "31"]).contains("--wide"));
        assert!(hint(&["region|industry|employment"]).contains("`|`"));
    }

    #[test]
    fn wide_tables_keep_labels_and_year() {
        let options = ReadOptions { wide: true, ..ReadOptions::default() };
        let found = layout(&["year", "11", "region", "21"], &options).expect("wide");
        assert_eq!(found.taken.len(), 2);
        assert_eq!(found.wide.expect("wide").places, [1, 3]);
        assert!(layout(&["region"], &options).is_err());
        assert!(layout(&["region", "11", ""], &options).is_err());
    }

    #[test]
    fn duplicate_and_unknown_names_are_refused() {
        let fault =
            layout(&["region", "industry", "employment", "region"], &ReadOptions::default()).expect_err("twice");
        assert!(fault.to_string().contains("duplicate header"), "{fault}");
        let options = ReadOptions { rename: vec![("employment".into(), "jobs".into())], ..ReadOptions::default() };
        let fault = layout(&["region", "industry", "job"], &options).expect_err("unknown");
        assert!(fault.to_string().contains("no column `jobs`"), "{fault}");
        assert_eq!(fault.hint(), Some("did you mean `job`? --col employment=job"));
    }

    #[test]
    fn a_matrix_names_its_rows_by_the_first_column() {
        let spec = TableSpec::new("table").matrix("row", &["output"]).and_others(ColumnKind::Number);
        let layout = |headers: &[&str], name: &str| {
            let headers = headers.iter().map(|&header| header.to_owned()).collect();
            let options = ReadOptions { rename: vec![("output".into(), name.into())], ..ReadOptions::default() };
            Layout::new(headers, Some(1), "m.csv", &spec, &options)
        };
        let found = layout(&["", "b", "total", "a"], "total").expect("a matrix");
        let names: Vec<&str> = found.taken.iter().map(|taken| taken.column.name.as_str()).collect();
        assert_eq!(names, ["row", "b", "total", "a"]);
        assert_eq!(found.renamed, [("output".to_owned(), "total".to_owned())]);
        assert!(layout(&["a", "b", "a"], "b").is_ok(), "a header above the labels is no column");
        let fault = layout(&["", "b", "b"], "b").expect_err("twice");
        assert!(fault.to_string().contains("column b: duplicate header"), "{fault}");
        assert!(layout(&["", "b", "row"], "b").is_err());
        assert!(layout(&["", "b"], "a row, perhaps").is_ok());
    }

    #[test]
    fn all_other_columns_follow_where_they_are_wanted() {
        let spec = TableSpec::new("curves").need("r", ColumnKind::Number).and_others(ColumnKind::Number);
        let layout = |headers: &[&str]| {
            let headers = headers.iter().map(|&header| header.to_owned()).collect();
            Layout::new(headers, Some(1), "c.csv", &spec, &ReadOptions::default())
        };
        let found = layout(&["b", "r", "a"]).expect("complete");
        let names: Vec<&str> = found.taken.iter().map(|taken| taken.column.name.as_str()).collect();
        assert_eq!(names, ["r", "b", "a"]);
        assert!(layout(&["", "r"]).expect_err("no name").message().contains("empty"));
    }
}
