//! The row of the registration table, the memberships read, the result as tables, findings and figures.

use super::{Operator, effectiveness, evaluate};
use crate::idle::refuse_idle;
use crate::indicators::{INDICATOR_INPUTS, Tree, check_weights, named_values, weights_for};
use crate::outcomes::{word, word_or_none, words_of};
use crate::ranks::tied;
use distretto_core::{
    Arg, ColumnKind, Context, Document, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message,
    OptionValues, Outcome, Place, Table, TableSpec, Values, option_specs, options_record, parse_options,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Tolerance on the sum of a row.
const ROW_SUM: f64 = 1e-6;

/// Options of `fuzzy`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct FuzzyOptions {
    /// How weights and memberships are put together.
    pub operator: Operator,
    /// Weight of every indicator, a=0.5,b=0.5, summing to 1; default equal.
    pub weights: Vec<String>,
    /// The cells are counts of a questionnaire: each row is divided by its sum.
    pub counts: bool,
    /// Whether rows must sum to 1.
    pub row_sums: RowSums,
    /// A value for each grade, best first, for a score: 95,80,65,50.
    pub grade_values: Vec<f64>,
}

/// What rows must sum to (`--row-sums`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RowSums {
    /// To 1.
    #[default]
    One,
    /// To anything.
    Keep,
}

/// `appraise fuzzy`.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "appraise",
    name: "fuzzy",
    about: "Fuzzy comprehensive evaluation: membership of grades",
    chapter: "appraise/fuzzy",
    revision: 1,
    inputs: &[
        Input::table("memberships", Place::Positional, true, "indicator, then one column per grade, best first"),
        INDICATOR_INPUTS[2],
    ],
    options: option_specs::<FuzzyOptions>,
    plan,
    run,
    findings,
    figures,
};

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: FuzzyOptions = parse_options(values)?;
    if given.iter().any(|name| name == "tree") && !options.weights.is_empty() {
        let fault = Fault::usage("--tree cannot be used together with --weights");
        return Err(fault.with_hint("say the weights in the tree"));
    }
    refuse_idle(values, &[("row_sums", !options.counts, "memberships; --counts divides each row by its sum")])?;
    let table = TableSpec::new("memberships").need("indicator", ColumnKind::Label).and_others(ColumnKind::Number);
    Ok(vec![table.unique(&["indicator"])])
}

/// Memberships by indicator.
struct Memberships {
    indicators: Vec<String>,
    grades: Vec<String>,
    rows: Vec<Vec<f64>>,
}

/// Memberships of every node: its name and its row.
type Levels = Vec<(String, Vec<f64>)>;

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: FuzzyOptions = parse_options(values)?;
    let table = inputs.need("memberships")?;
    let memberships = read(table, &options)?;
    if !options.grade_values.is_empty() && options.grade_values.len() != memberships.grades.len() {
        let (values, grades) = (options.grade_values.len(), memberships.grades.len());
        let fault = Fault::option(format!("--grade-values: {values} values for {grades} columns of grades"));
        return Err(fault.with_hint("one value for each grade, best first"));
    }
    let levels = match inputs.document("tree") {
        Some(document) => by_tree(document, table, &memberships, options.operator)?,
        None => {
            let weights = weights(table, &memberships, &options)?;
            vec![("goal".to_owned(), evaluate(&memberships.rows, &weights, options.operator))]
        }
    };
    let mut outcome = outcome(&memberships, &levels, &options);
    outcome.warn(Message::new("appraise.fuzzy.finding-firm"));
    outcome.provenance.options = options_record(&options);
    Ok(outcome)
}

fn read(table: &Table, options: &FuzzyOptions) -> Result<Memberships, Fault> {
    let grades: Vec<(String, Vec<f64>)> = table
        .fields()
        .iter()
        .filter_map(|field| match &field.values {
            Values::Number(cells) => Some((field.name.clone(), cells.clone())),
            _ => None,
        })
        .collect();
    if grades.len() < 2 {
        let fault = Fault::input(format!("{} columns of grades; at least 2 are needed", grades.len()));
        return Err(fault.in_table(table));
    }
    if table.rows() == 0 {
        return Err(Fault::input("no indicator is evaluated: the table has no row").in_table(table));
    }
    let labels = table.text("indicator").into_iter().flat_map(|text| text.iter().flatten());
    let mut found = Memberships {
        indicators: labels.map(str::to_owned).collect(),
        rows: (0..table.rows()).map(|row| grades.iter().map(|(_, cells)| cells[row]).collect()).collect(),
        grades: grades.into_iter().map(|(name, _)| name).collect(),
    };
    for (row, cells) in found.rows.iter_mut().enumerate() {
        for (cell, grade) in cells.iter().zip(&found.grades) {
            if cell.is_nan() {
                return Err(Fault::input("missing membership").at(table, row, grade));
            }
            if *cell < 0.0 {
                let fault = Fault::input("negative membership; it must be 0 or more").at(table, row, grade);
                return Err(fault.with_value(cell.to_string()));
            }
        }
        let sum: f64 = cells.iter().sum();
        if options.counts && sum > 0.0 {
            cells.iter_mut().for_each(|cell| *cell /= sum);
        } else if options.counts {
            let fault = Fault::input("nobody answered: all counts of the row are 0").at(table, row, "indicator");
            let fault = fault.with_value(found.indicators[row].as_str());
            return Err(fault.with_hint("leave the indicator out"));
        } else if options.row_sums == RowSums::One && (sum - 1.0).abs() > ROW_SUM {
            let fault = Fault::input(format!("the row sums to {}, not to 1", (sum * 1e9).round() / 1e9)).at(
                table,
                row,
                "indicator",
            );
            let fault = fault.with_value(found.indicators[row].as_str());
            return Err(fault.with_hint("--counts divides counts by their sum; --row-sums keep allows other sums"));
        }
    }
    Ok(found)
}

fn weights(table: &Table, memberships: &Memberships, options: &FuzzyOptions) -> Result<Vec<f64>, Fault> {
    if options.weights.is_empty() {
        return Ok(vec![1.0 / memberships.rows.len() as f64; memberships.rows.len()]);
    }
    let named = named_values("weights", "weight", &options.weights)?;
    let weights = weights_for(&named, &memberships.indicators, "--weights")?;
    check_weights(&weights).map_err(|error| Fault::from(error).in_table(table))?;
    Ok(weights)
}

/// Dimensions from the leaves upwards; the goal last.
fn by_tree(document: &Document, table: &Table, memberships: &Memberships, operator: Operator) -> Result<Levels, Fault> {
    let (tree, definitions) = Tree::read(document)?;
    let mut leaves = Vec::new();
    for (i, definition) in definitions.iter().enumerate() {
        let row = memberships.indicators.iter().position(|name| *name == definition.column);
        let row = row.ok_or_else(|| {
            let message = format!("the column indicator of the table has no `{}`", definition.column);
            document.fault(&format!("indicator.{i}.id"), message)
        })?;
        leaves.push(row);
    }
    if let Some(row) = (0..memberships.indicators.len()).find(|row| !leaves.contains(row)) {
        let fault = Fault::input("the tree does not name the indicator of this row").at(table, row, "indicator");
        return Err(fault.with_value(memberships.indicators[row].as_str()));
    }
    let node = Node { tree: &tree, leaves: &leaves, rows: &memberships.rows, operator };
    let mut levels: Levels =
        (0..tree.dimensions.len()).map(|d| (tree.dimensions[d].id.clone(), node.membership(Some(d)))).collect();
    levels.push((tree.goal.clone(), node.membership(None)));
    Ok(levels)
}

struct Node<'a> {
    tree: &'a Tree,
    /// Row of each leaf.
    leaves: &'a [usize],
    rows: &'a [Vec<f64>],
    operator: Operator,
}

impl Node<'_> {
    /// Membership of a dimension, or of the goal.
    fn membership(&self, place: Option<usize>) -> Vec<f64> {
        let (mut rows, mut weights) = (Vec::new(), Vec::new());
        for (d, dimension) in self.tree.dimensions.iter().enumerate().filter(|(_, one)| one.parent == place) {
            rows.push(self.membership(Some(d)));
            weights.push(dimension.share);
        }
        for (leaf, row) in self.tree.leaves.iter().zip(self.leaves).filter(|(leaf, _)| leaf.parent == place) {
            rows.push(self.rows[*row].clone());
            weights.push(leaf.share);
        }
        evaluate(&rows, &weights, self.operator)
    }
}

fn outcome(memberships: &Memberships, levels: &Levels, options: &FuzzyOptions) -> Outcome {
    let operator = options.operator.word();
    let mut outcome = Outcome::new("appraise fuzzy", "fuzzy comprehensive evaluation");
    let grades = &memberships.grades;
    let nothing = Vec::new();
    let b = levels.last().map_or(&nothing, |(_, b)| b);
    let most = b.iter().copied().fold(0.0, f64::max);
    let grade = b.iter().position(|b| tied(*b, most)).filter(|_| most > 0.0);
    word_or_none(&mut outcome, "grade", grade.map(|k| grades[k].as_str()));
    let score = b.iter().zip(&options.grade_values).map(|(b, v)| b * v).sum::<f64>();
    outcome.scalar("score", if options.grade_values.is_empty() { f64::NAN } else { score });
    outcome.scalar("effectiveness", effectiveness(b));
    outcome.word("operator", operator).word("convention", &format!("fuzzy/{operator}"));
    let table = Table::empty().with_text("grade", words_of(grades)).with_numbers("membership", b.clone());
    outcome.add_table("membership", table);
    let nodes = levels.iter().flat_map(|(name, _)| std::iter::repeat_n(name, grades.len()));
    let table = Table::empty()
        .with_text("node", words_of(nodes))
        .with_text("grade", words_of(levels.iter().flat_map(|_| grades)))
        .with_numbers("membership", levels.iter().flat_map(|(_, b)| b.iter().copied()).collect());
    outcome.add_table("levels", table);
    for (name, _) in levels.iter().filter(|(_, b)| b.iter().any(|b| b.is_nan())) {
        outcome.warn(Message::new("appraise.fuzzy.nothing").text("node", name.as_str()));
    }
    if b.iter().filter(|b| tied(**b, most)).count() > 1 {
        outcome.warn(Message::new("appraise.fuzzy.tie"));
    }
    if options.grade_values.is_empty() {
        outcome.warn(Message::new("appraise.fuzzy.no-values"));
    }
    outcome.convention("operator", operator);
    outcome
}

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("membership") else { return Vec::new() };
    let (Some(grades), Some(b)) = (table.text("grade"), table.numbers("membership")) else { return Vec::new() };
    let order = crate::outcomes::falling_rows(b);
    let [first, second, ..] = order[..] else { return Vec::new() };
    let said = Message::new("appraise.fuzzy.finding-grade").text("grade", word(outcome, "grade"));
    let said = said.with("share", Arg::Share(b[first])).text("second", grades.get(second).unwrap_or_default());
    let said = said.with("next", Arg::Share(b[second])).text("operator", word(outcome, "operator"));
    let mut said = vec![said];
    if let Some(effectiveness) = outcome.number("effectiveness") {
        said.push(Message::new("appraise.fuzzy.finding-effectiveness").number("effectiveness", effectiveness));
    }
    if let Some(score) = outcome.number("score") {
        said.push(Message::new("appraise.fuzzy.finding-score").number("score", score));
    }
    said.push(Message::new("appraise.fuzzy.finding-firm"));
    said
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    vec![FigureSpec::new(FigureKind::Bars).of_table("membership").by("grade").of_value("membership")]
}
