//! The row of the registration table, and the result as tables.

use super::choices::{Choice, code, count, ticked};
use super::group_tests::{Tested, anova, chi_square, kruskal, mann_whitney, welch};
use super::items::{ItemSummary, Stratum, summarise, weighted_mean};
use super::read::{Groups, answers, groups, item_names, labels, strata};
use super::{GroupTest, LikertScale, SurveyOptions, words};
use crate::idle::refuse_idle;
use crate::outcomes::{warn, words_of};
use distretto_core::{
    Arg, ColumnKind, Context, Estimand, Fault, Given, Input, Inputs, Message, OptionValues, Outcome, Place, Table,
    TableSpec, option_specs, options_record, parse_options,
};
use distretto_numerics::{Adjust, adjust};

/// `appraise survey`.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "appraise",
    name: "survey",
    about: "Survey of firms: Likert items, group tests, choices, open answers, non-response",
    chapter: "appraise/survey",
    revision: 1,
    inputs: &[
        Input::table("data", Place::Positional, true, "Answers: one row per respondent, one column per question"),
        Input::table("frame", Place::Flag, false, "Frame: stratum, population, invited"),
        Input::table("codes", Place::Flag, false, "Codes of open answers: pattern, code"),
    ],
    options: option_specs::<SurveyOptions>,
    plan,
    run,
    findings: words::findings,
    figures: words::figures,
};

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: SurveyOptions = parse_options(values)?;
    let is_given = |name: &str| given.iter().any(|one| one == name);
    if options.open.is_some() != is_given("codes") {
        return Err(Fault::usage("--open and --codes go together").with_hint("--open COLUMN --codes CODES.csv"));
    }
    refuse_idle(
        values,
        &[("test", options.group.is_some(), "--group"), ("separator", !options.multiple.is_empty(), "--multiple")],
    )?;
    match &options.scale {
        Some(scale) => {
            scale.parse::<LikertScale>()?;
        }
        None if !options.items.is_empty() => return Err(no_scale()),
        None => {}
    }
    let data = TableSpec::new("data")
        .take("unit", ColumnKind::Word)
        .take("stratum", ColumnKind::Word)
        .take("wave", ColumnKind::Word)
        .and_others(ColumnKind::Any);
    let frame = TableSpec::new("frame")
        .need("stratum", ColumnKind::Label)
        .need("population", ColumnKind::NonNegative)
        .need("invited", ColumnKind::NonNegative)
        .unique(&["stratum"]);
    let codes = TableSpec::new("codes").need("pattern", ColumnKind::Label).need("code", ColumnKind::Label);
    Ok(vec![data, frame, codes])
}

fn no_scale() -> Fault {
    Fault::option("the ends of the scale are not said").with_hint("items need them: --scale 1..5")
}

/// What was asked, in columns.
struct Sheet {
    names: Vec<String>,
    items: Vec<Vec<f64>>,
    scale: Option<LikertScale>,
    groups: Option<Groups>,
    strata: Option<(Vec<Stratum>, Vec<Option<usize>>)>,
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: SurveyOptions = parse_options(values)?;
    let table = inputs.need("data")?;
    let names = item_names(table, &options);
    let scale = options.scale.as_deref().map(str::parse::<LikertScale>).transpose()?;
    let asked = names.len() + options.choice.len() + options.multiple.len() + usize::from(options.open.is_some());
    if asked == 0 {
        let fault = Fault::input("there are no numeric items and no question is named").in_table(table);
        return Err(fault.with_hint("name columns: --items, --choice, --multiple or --open"));
    }
    let items = match (names.is_empty(), scale) {
        (true, _) => Vec::new(),
        (false, None) => return Err(no_scale()),
        (false, Some(scale)) => answers(table, &names, scale)?,
    };
    let groups = options.group.as_deref().map(|column| groups(table, column)).transpose()?;
    if let Some(groups) =
        groups.as_ref().filter(|groups| options.test == GroupTest::MannWhitney && groups.names.len() > 2)
    {
        let fault = Fault::option(format!("Mann-Whitney compares two groups, not one group of {}", groups.names.len()));
        return Err(fault.with_hint("--test kruskal compares more"));
    }
    let strata = inputs.table("frame").map(|frame| strata(table, frame)).transpose()?;
    let sheet = Sheet { names, items, scale, groups, strata };
    let mut outcome = Outcome::new("appraise survey", "survey of firms: items, groups, choices, non-response");
    let mut notes = Vec::new();
    summary(&mut outcome, table, &sheet);
    likert(&mut outcome, &sheet, &mut notes);
    compare(&mut outcome, table, &sheet, &options, &mut notes)?;
    choices(&mut outcome, table, inputs.table("codes"), &options)?;
    nonresponse(&mut outcome, &sheet, &mut notes);
    waves(&mut outcome, table, &sheet, &mut notes)?;
    outcome.convention("p_adjust", "holm");
    outcome.provenance.options = options_record(&options);
    warn(&mut outcome, &notes);
    Ok(outcome)
}

fn summary(outcome: &mut Outcome, table: &Table, sheet: &Sheet) {
    let whole = |row: &usize| sheet.items.iter().all(|item| !item[*row].is_nan());
    let rate = sheet.strata.as_ref().map_or(f64::NAN, |(strata, of)| {
        let invited: f64 = strata.iter().map(|stratum| stratum.invited).sum();
        if invited > 0.0 { of.iter().flatten().count() as f64 / invited } else { f64::NAN }
    });
    outcome.scalar("respondents", table.rows() as f64);
    outcome.scalar("complete", (0..table.rows()).filter(whole).count() as f64);
    outcome.scalar("response_rate", rate).scalar("items", sheet.names.len() as f64);
}

fn likert(outcome: &mut Outcome, sheet: &Sheet, notes: &mut Vec<Message>) {
    let Some(scale) = sheet.scale.filter(|_| !sheet.items.is_empty()) else { return };
    let found: Vec<ItemSummary> = sheet.items.iter().map(|item| summarise(item, scale)).collect();
    for (answers, key) in [(0, "appraise.survey.unanswered"), (1, "appraise.survey.one-answer")] {
        let of = sheet.names.iter().zip(&found).filter(|(_, item)| item.n == answers);
        let names: Vec<Arg> = of.map(|(name, _)| Arg::Indicator(name.clone())).collect();
        if !names.is_empty() {
            notes.push(Message::new(key).count("count", names.len()).with("items", Arg::List(names)));
        }
    }
    let each = |f: &dyn Fn(&ItemSummary) -> f64| found.iter().map(f).collect::<Vec<f64>>();
    let weighted = |item: &Vec<f64>| match &sheet.strata {
        Some((strata, of)) => weighted_mean(item, of, strata),
        None => f64::NAN,
    };
    let table = Table::empty()
        .with_text("item", words_of(&sheet.names))
        .with_numbers("n", each(&|item| item.n as f64))
        .with_numbers("missing", each(&|item| item.missing as f64))
        .with_numbers("missing_rate", each(&|item| item.missing as f64 / (item.n + item.missing) as f64))
        .with_numbers("mean", each(&|item| item.mean))
        .with_numbers("sd", each(&|item| item.sd))
        .with_numbers("median", each(&|item| item.median))
        .with_numbers("mode", each(&|item| item.mode))
        .with_numbers("top2", each(&|item| item.top2))
        .with_numbers("bottom2", each(&|item| item.bottom2))
        .with_numbers("rii", each(&|item| item.rii))
        .with_numbers("weighted_mean", sheet.items.iter().map(weighted).collect());
    outcome.add_table("items", table);
    let points = scale.points();
    let pairs =
        || found.iter().enumerate().flat_map(|(k, item)| item.counts.iter().map(move |count| (k, item, *count)));
    let table = Table::empty()
        .with_text("item", words_of(pairs().map(|(k, ..)| &sheet.names[k])))
        .with_numbers("value", found.iter().flat_map(|_| points.clone()).collect())
        .with_numbers("count", pairs().map(|(.., count)| count as f64).collect())
        .with_numbers("share", pairs().map(|(_, item, count)| count as f64 / item.n as f64).collect());
    outcome.add_table("distribution", table);
}

/// Answers to an item in each group.
fn split(item: &[f64], groups: &Groups) -> Vec<Vec<f64>> {
    let within = |g: usize| {
        let pairs = item.iter().zip(&groups.of).filter(|(x, of)| **of == Some(g) && !x.is_nan());
        pairs.map(|(x, _)| *x).collect()
    };
    (0..groups.names.len()).map(within).collect()
}

/// Group by group, and a test for each item and choice.
fn compare(
    outcome: &mut Outcome,
    table: &Table,
    sheet: &Sheet,
    options: &SurveyOptions,
    notes: &mut Vec<Message>,
) -> Result<(), Fault> {
    let Some(groups) = &sheet.groups else { return Ok(()) };
    if !groups.dropped.is_empty() {
        let names = groups.dropped.iter().map(|name| Arg::Text(name.clone())).collect();
        let note = Message::new("appraise.survey.groups-dropped").count("count", groups.dropped.len());
        notes.push(note.with("groups", Arg::List(names)));
    }
    let mut rows: Vec<(String, &'static str, Tested)> = Vec::new();
    let (mut few, mut none) = (Vec::new(), Vec::new());
    for (name, item) in sheet.names.iter().zip(&sheet.items) {
        let (test, tested, small) = test_item(item, groups, options.test, sheet.scale);
        few.extend(small.then(|| name.clone()));
        rows.push((name.clone(), test, tested));
    }
    for name in &options.choice {
        let (tested, small) = test_choice(&labels(table, name)?, groups);
        few.extend(small.then(|| name.clone()));
        rows.push((name.clone(), "chi2", tested));
    }
    none.extend(rows.iter().filter(|row| row.2.statistic.is_nan()).map(|row| row.0.clone()));
    by_group(outcome, sheet, groups);
    let adjusted = adjust(&rows.iter().map(|row| row.2.p_value).collect::<Vec<f64>>(), Adjust::Holm);
    let each = |f: fn(&Tested) -> f64| rows.iter().map(|row| f(&row.2)).collect::<Vec<f64>>();
    let tests = Table::empty()
        .with_text("item", words_of(rows.iter().map(|row| &row.0)))
        .with_text("test", words_of(rows.iter().map(|row| row.1)))
        .with_numbers("statistic", each(|test| test.statistic))
        .with_numbers("df", each(|test| test.df))
        .with_numbers("p_value", each(|test| test.p_value))
        .with_numbers("p_adjusted", adjusted)
        .with_numbers("effect", each(|test| test.effect));
    outcome.add_table("tests", tests);
    for (key, names) in [("appraise.survey.few", few), ("appraise.survey.no-statistic", none)] {
        if !names.is_empty() {
            let list = names.into_iter().map(Arg::Text).collect();
            notes.push(Message::new(key).with("items", Arg::List(list)));
        }
    }
    Ok(())
}

/// Which test, what it says, and whether expected counts are small. Groups with fewer than two answers to this item are
/// left out.
fn test_item(
    item: &[f64],
    groups: &Groups,
    test: GroupTest,
    scale: Option<LikertScale>,
) -> (&'static str, Tested, bool) {
    let parts: Vec<Vec<f64>> = split(item, groups).into_iter().filter(|part| part.len() >= 2).collect();
    let test = match test {
        GroupTest::Auto if groups.names.len() == 2 => GroupTest::MannWhitney,
        GroupTest::Auto => GroupTest::Kruskal,
        other => other,
    };
    let nothing = Tested { statistic: f64::NAN, df: f64::NAN, p_value: f64::NAN, effect: f64::NAN };
    if parts.len() < 2 {
        return (test.word(), nothing, false);
    }
    let (tested, few) = match test {
        GroupTest::MannWhitney => (mann_whitney(&parts[0], &parts[1]), false),
        GroupTest::Welch => (welch(&parts), false),
        GroupTest::Anova => (anova(&parts), false),
        GroupTest::Chi2 => {
            let points = scale.map(LikertScale::points).unwrap_or_default();
            let counts =
                |part: &Vec<f64>| points.iter().map(|point| part.iter().filter(|x| *x == point).count()).collect();
            chi_square(&parts.iter().map(counts).collect::<Vec<Vec<usize>>>())
        }
        GroupTest::Auto | GroupTest::Kruskal => (kruskal(&parts), false),
    };
    (test.word(), tested, few)
}

fn test_choice(cells: &[Option<String>], groups: &Groups) -> (Tested, bool) {
    let mut names: Vec<&String> = cells.iter().flatten().collect();
    names.sort();
    names.dedup();
    let mut counts = vec![vec![0; names.len()]; groups.names.len()];
    for (cell, of) in cells.iter().zip(&groups.of) {
        if let (Some(cell), Some(g)) = (cell, of) {
            let place = names.binary_search(&cell);
            place.into_iter().for_each(|place| counts[*g][place] += 1);
        }
    }
    chi_square(&counts)
}

fn by_group(outcome: &mut Outcome, sheet: &Sheet, groups: &Groups) {
    let Some(scale) = sheet.scale.filter(|_| !sheet.items.is_empty()) else { return };
    let (mut items, mut names, mut columns) =
        (Vec::new(), Vec::new(), [Vec::new(), Vec::new(), Vec::new(), Vec::new()]);
    for (name, item) in sheet.names.iter().zip(&sheet.items) {
        for (group, part) in groups.names.iter().zip(split(item, groups)) {
            let found = summarise(&part, scale);
            items.push(name.clone());
            names.push(group.clone());
            let values = [found.n as f64, found.mean, found.median, found.top2];
            columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
        }
    }
    let [n, mean, median, top2] = columns;
    let table = Table::empty()
        .with_text("item", words_of(items))
        .with_text("group", words_of(names))
        .with_numbers("n", n)
        .with_numbers("mean", mean)
        .with_numbers("median", median)
        .with_numbers("top2", top2);
    outcome.add_table("groups", table);
}

fn choices(outcome: &mut Outcome, table: &Table, codes: Option<&Table>, options: &SurveyOptions) -> Result<(), Fault> {
    let mut found: Vec<(String, Choice)> = Vec::new();
    let mut tell = |question: &String, answers: &[Vec<String>]| {
        found.extend(count(answers).into_iter().map(|choice| (question.clone(), choice)));
    };
    for question in &options.choice {
        let cells = labels(table, question)?;
        tell(question, &cells.iter().map(|cell| ticked(cell.as_deref(), None)).collect::<Vec<_>>());
    }
    for question in &options.multiple {
        let cells = labels(table, question)?;
        tell(question, &cells.iter().map(|cell| ticked(cell.as_deref(), Some(&options.separator))).collect::<Vec<_>>());
    }
    let mut uncoded: Vec<(usize, String)> = Vec::new();
    if let (Some(question), Some(codes)) = (&options.open, codes) {
        let text =
            |column: &str| labels(codes, column).map(|cells| cells.into_iter().flatten().collect::<Vec<String>>());
        let pairs: Vec<(String, String)> = text("pattern")?.into_iter().zip(text("code")?).collect();
        let mut answers = Vec::new();
        for (row, cell) in labels(table, question)?.into_iter().enumerate() {
            answers.push(match cell {
                None => Vec::new(),
                Some(words) => match code(&words, &pairs) {
                    Some(code) => vec![code.to_owned()],
                    None => {
                        uncoded.push((row + 1, words));
                        vec!["other".to_owned()]
                    }
                },
            });
        }
        tell(question, &answers);
    }
    if !found.is_empty() {
        let each = |f: fn(&Choice) -> f64| found.iter().map(|(_, choice)| f(choice)).collect::<Vec<f64>>();
        let table = Table::empty()
            .with_text("question", words_of(found.iter().map(|(question, _)| question)))
            .with_text("choice", words_of(found.iter().map(|(_, choice)| &choice.name)))
            .with_numbers("count", each(|choice| choice.count as f64))
            .with_numbers("share_cases", each(|choice| choice.share_cases))
            .with_numbers("share_responses", each(|choice| choice.share_responses));
        outcome.add_table("choices", table);
    }
    if options.open.is_some() {
        let table = Table::empty().with_numbers("row", uncoded.iter().map(|(row, _)| *row as f64).collect());
        outcome.add_table("uncoded", table.with_text("text", words_of(uncoded.iter().map(|(_, words)| words))));
    }
    Ok(())
}

fn nonresponse(outcome: &mut Outcome, sheet: &Sheet, notes: &mut Vec<Message>) {
    let Some((strata, of)) = &sheet.strata else { return };
    let each = |f: fn(&Stratum) -> f64| strata.iter().map(f).collect::<Vec<f64>>();
    let table = Table::empty()
        .with_text("stratum", words_of(strata.iter().map(|stratum| &stratum.name)))
        .with_numbers("population", each(|stratum| stratum.population))
        .with_numbers("invited", each(|stratum| stratum.invited))
        .with_numbers("answered", each(|stratum| stratum.answered as f64))
        .with_numbers("rate", each(Stratum::rate))
        .with_numbers("weight", each(Stratum::weight));
    outcome.add_table("nonresponse", table);
    let named = |key: &'static str, wrong: &dyn Fn(&&Stratum) -> bool| {
        let names: Vec<Arg> = strata.iter().filter(wrong).map(|stratum| Arg::Text(stratum.name.clone())).collect();
        let note = Message::new(key).count("count", names.len());
        (!names.is_empty()).then(|| note.with("strata", Arg::List(names)))
    };
    notes.extend(named("appraise.survey.silent", &|stratum| stratum.answered == 0));
    notes.extend(named("appraise.survey.more-answers", &|stratum| stratum.answered as f64 > stratum.invited));
    let without = of.iter().filter(|of| of.is_none()).count();
    if without > 0 {
        notes.push(Message::new("appraise.survey.no-stratum").count("count", without));
    }
}

/// Early against late answers: who answers late is more like those who do not.
fn waves(outcome: &mut Outcome, table: &Table, sheet: &Sheet, notes: &mut Vec<Message>) -> Result<(), Fault> {
    if table.field("wave").is_none() || sheet.items.is_empty() {
        return Ok(());
    }
    let cells = labels(table, "wave")?;
    let word = |row: usize| cells[row].as_deref().map(str::to_lowercase);
    if let Some(row) = (0..cells.len()).find(|&row| word(row).is_some_and(|word| word != "early" && word != "late")) {
        let fault = Fault::input("this label is no wave; it must be early or late").at(table, row, "wave");
        return Err(fault.with_value(cells[row].clone().unwrap_or_default()));
    }
    let part = |item: &[f64], wave: &str| -> Vec<f64> {
        let rows = (0..item.len()).filter(|&row| word(row).as_deref() == Some(wave) && !item[row].is_nan());
        rows.map(|row| item[row]).collect()
    };
    let pairs: Vec<(Vec<f64>, Vec<f64>)> =
        sheet.items.iter().map(|item| (part(item, "early"), part(item, "late"))).collect();
    let mean = |x: &[f64]| if x.is_empty() { f64::NAN } else { x.iter().sum::<f64>() / x.len() as f64 };
    let tests: Vec<Tested> = pairs.iter().map(|(early, late)| mann_whitney(early, late)).collect();
    if tests.iter().any(|test| test.statistic.is_nan()) {
        notes.push(Message::new("appraise.survey.no-wave"));
    }
    let found = Table::empty()
        .with_text("item", words_of(&sheet.names))
        .with_numbers("mean_early", pairs.iter().map(|(early, _)| mean(early)).collect())
        .with_numbers("mean_late", pairs.iter().map(|(_, late)| mean(late)).collect())
        .with_numbers("statistic", tests.iter().map(|test| test.statistic).collect())
        .with_numbers("p_value", tests.iter().map(|test| test.p_value).collect());
    outcome.add_table("wave_tests", found);
    Ok(())
}
