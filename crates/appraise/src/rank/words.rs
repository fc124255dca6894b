//! Findings and figures of a ranking: from the outcome alone, never an order without how firm it is.

use crate::outcomes::{between, by_unit, in_draws, unit, word};
use distretto_core::{Arg, FigureKind, FigureSpec, Focus, Message, Outcome, Scalar, Table};

/// Units that a finding names.
const NAMED: usize = 3;
/// Units that a figure shows.
const SHOWN: usize = 40;

pub(super) fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(all) = outcome.table("ranking") else { return Vec::new() };
    let alone = outcome.provenance.options.get("pool").and_then(|pool| pool.as_str()) == Some("year");
    let of_last = |table: &Table| table.numbers("year").filter(|_| alone).map(|years| last_year(table, years));
    let last = of_last(all);
    let ranking = last.as_ref().unwrap_or(all);
    let drawn = outcome.table("rank_summary");
    let drawn_last = drawn.and_then(of_last);
    let drawn = drawn_last.as_ref().or(drawn);
    let (Some(scores), Some(ranks)) = (ranking.numbers("score"), ranking.numbers("rank")) else { return Vec::new() };
    let mut order: Vec<usize> = (0..ranking.rows()).filter(|&row| ranks[row].is_finite()).collect();
    order.sort_by(|&a, &b| ranks[a].total_cmp(&ranks[b]).then(a.cmp(&b)));
    if order.is_empty() {
        return vec![Message::new("appraise.rank.no-score").count("count", ranking.rows()).count("n", ranking.rows())];
    }
    let mut said = Vec::new();
    let entry = |row: usize| {
        let said = Message::new("appraise.rank.unit").with("unit", unit(ranking, row)).number("score", scores[row]);
        Arg::Message(Box::new(said))
    };
    let top: Vec<Arg> = order.iter().take(NAMED).map(|&row| entry(row)).collect();
    let lead = Message::new("appraise.rank.finding-top").with("units", Arg::List(top));
    let lead = lead.count("n", ranking.rows()).text("method", word(outcome, "convention"));
    said.push(lead);
    said.extend(margin(ranking, scores, ranks, &order));
    said.extend(compromise(outcome));
    let resampled = outcome.table("bootstrap_summary");
    if drawn.is_some() || resampled.is_none() {
        // The leaders and how firm they lead are one sentence's breath: neither is told alone.
        let firm = Arg::Message(Box::new(firmness(outcome, drawn, order[0])));
        let lead = Arg::Message(Box::new(said.remove(0)));
        said.insert(0, Message::new("appraise.rank.finding-lead").with("lead", lead).with("firm", firm));
    }
    let resampled_last = resampled.and_then(of_last);
    said.extend(resampled_last.as_ref().or(resampled).map(|table| resampled_leader(outcome, table, order[0])));
    let of_focus = |code: &String| of_focus(drawn, ranking, ranks, code);
    said.extend(focus.regions.iter().take(NAMED).filter_map(of_focus));
    if last.is_some() {
        let drawn = outcome.table("rank_summary");
        said.extend(focus.regions.iter().take(NAMED).filter_map(|code| over_years(all, drawn, code)));
    }
    said.extend(reversals(outcome));
    said.extend(hinge(outcome));
    said.extend(obstacle(outcome, focus, order[0]));
    said
}

/// The rows of the last year: years ranked alone have no common order.
fn last_year(ranking: &Table, years: &[f64]) -> Table {
    let last = years.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let rows: Vec<usize> = (0..ranking.rows()).filter(|&row| years[row] == last).collect();
    ranking.take(&rows)
}

/// From which rank to which a unit moved.
fn over_years(ranking: &Table, drawn: Option<&Table>, code: &str) -> Option<Message> {
    let (units, years, ranks) = (ranking.text("unit")?, ranking.numbers("year")?, ranking.numbers("rank")?);
    let own = (0..ranking.rows()).filter(|&row| units.get(row) == Some(code) && ranks[row].is_finite());
    let mut path: Vec<(f64, f64)> = own.clone().map(|row| (years[row], ranks[row])).collect();
    // The summary has the rows of the ranking in their order.
    let between = |year: f64, name: &str| {
        let row = own.clone().find(|&row| years[row] == year)?;
        drawn?.numbers(name).map(|values| values[row])
    };
    path.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (first, last) = (path.first()?, path.last().filter(|_| path.len() > 1)?);
    let best = path.iter().min_by(|a, b| a.1.total_cmp(&b.1))?;
    let worst = path.iter().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.total_cmp(&a.0)))?;
    let year = |value: f64| format!("{value}");
    let said = Message::new("appraise.rank.finding-years").with("unit", Arg::Region(code.to_owned()));
    let said = said.number("first", first.1).text("from", year(first.0)).number("last", last.1);
    let said = said.text("to", year(last.0)).number("best", best.1).text("best_year", year(best.0));
    let said = said.number("worst", worst.1).text("worst_year", year(worst.0));
    let ends = [(first.0, "p05"), (first.0, "p95"), (last.0, "p05"), (last.0, "p95")];
    let ends: Option<Vec<f64>> = ends.iter().map(|(year, name)| between(*year, name)).collect();
    let Some(ends) = ends else { return Some(said) };
    let firm = Message::new("appraise.rank.finding-years-firm").with("moved", Arg::Message(Box::new(said)));
    let firm = firm.text("from", year(first.0)).number("a", ends[0]).number("b", ends[1]);
    Some(firm.text("to", year(last.0)).number("c", ends[2]).number("d", ends[3]))
}

/// The narrowest step among the leading units: that is where the order is least firm. Years ranked alone have no
/// common order.
fn margin(ranking: &Table, scores: &[f64], ranks: &[f64], order: &[usize]) -> Option<Message> {
    if order.len() < 2 || ranks[order[1]] <= ranks[order[0]] {
        let tied = order.len() > 1;
        return tied.then(|| {
            Message::new("appraise.rank.finding-tie")
                .with("a", unit(ranking, order[0]))
                .with("b", unit(ranking, order[1]))
        });
    }
    let steps = order.windows(2).take(10).filter(|pair| ranks[pair[1]] > ranks[pair[0]]);
    let step = |pair: &[usize]| (scores[pair[0]] - scores[pair[1]]).abs();
    let least = steps.min_by(|a, b| step(a).total_cmp(&step(b)))?;
    let said =
        Message::new("appraise.rank.finding-margin").number("first", step(&order[..2])).number("least", step(least));
    Some(said.with("a", unit(ranking, least[0])).with("b", unit(ranking, least[1])))
}

/// How often the leader leads, or that nobody asked.
fn firmness(outcome: &Outcome, summary: Option<&Table>, leader: usize) -> Message {
    let Some(summary) = summary else {
        return Message::new("appraise.rank.finding-unasked");
    };
    let value = |name: &str, row: usize| summary.numbers(name).map_or(f64::NAN, |values| values[row]);
    let most = (0..summary.rows()).max_by(|&a, &b| value("p_first", a).total_cmp(&value("p_first", b)).then(b.cmp(&a)));
    let most = most.unwrap_or(leader);
    let said =
        Message::new("appraise.rank.finding-first").count("draws", outcome.number("draws").unwrap_or(0.0) as usize);
    let said = said.with("unit", unit(summary, leader)).with("share", in_draws(value("p_first", leader)));
    let said = said.with("drawn", Arg::Message(Box::new(weights_drawn(outcome))));
    let said = said.with("between", between(value("p05", leader), value("p95", leader)));
    if most == leader {
        return said;
    }
    let other = Message::new("appraise.rank.finding-first-other").with("first", Arg::Message(Box::new(said)));
    other.with("unit", unit(summary, most)).with("share", Arg::Share(value("p_first", most)))
}

/// What VIKOR itself says of how firm its first place is.
fn compromise(outcome: &Outcome) -> Option<Message> {
    let flag = |name: &str| outcome.summary.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone());
    let advantage = flag("acceptable_advantage")? == Scalar::Flag(true);
    let stability = flag("acceptable_stability")? == Scalar::Flag(true);
    let units: Vec<Arg> = word(outcome, "compromise").split(';').map(|unit| Arg::Region(unit.to_owned())).collect();
    if advantage && stability {
        return Some(Message::new("appraise.rank.finding-clear"));
    }
    let key = if advantage { "appraise.rank.finding-unstable" } else { "appraise.rank.finding-close" };
    Some(Message::new(key).count("count", units.len()).with("units", Arg::List(units)))
}

/// Which weights the draws took.
fn weights_drawn(outcome: &Outcome) -> Message {
    let word = outcome.provenance.options.get("uncertainty").and_then(|word| word.as_str()).unwrap_or("simplex");
    match word.split_once(':') {
        Some(("relative", share)) => {
            let share = share.trim().parse().unwrap_or(f64::NAN);
            Message::new("appraise.rank.drawn-relative").with("share", Arg::Share(share))
        }
        Some(_) => Message::new("appraise.rank.drawn-dirichlet").text("uncertainty", word),
        None => Message::new("appraise.rank.drawn-simplex"),
    }
}

/// How often the leader leads when other units set the scale.
fn resampled_leader(outcome: &Outcome, summary: &Table, leader: usize) -> Message {
    let value = |name: &str| summary.numbers(name).map_or(f64::NAN, |values| values[leader]);
    let said = Message::new("appraise.rank.finding-resampled").with("unit", unit(summary, leader));
    let said = said.count("draws", outcome.number("resamples").unwrap_or(0.0) as usize);
    said.with("between", between(value("p05"), value("p95"))).with("share", in_draws(value("p_first")))
}

fn of_focus(summary: Option<&Table>, ranking: &Table, ranks: &[f64], code: &str) -> Option<Message> {
    let rows = |table: &Table| -> Option<usize> {
        let text = table.text("unit")?;
        (0..table.rows()).rev().find(|&row| text.get(row) == Some(code))
    };
    let row = rows(ranking)?;
    let said =
        |key| Message::new(key).with("unit", unit(ranking, row)).number("rank", ranks[row]).count("n", ranking.rows());
    let Some(summary) = summary else { return Some(said("appraise.rank.finding-focus")) };
    let value = |name: &str| summary.numbers(name).map_or(f64::NAN, |values| values[row]);
    let said = said("appraise.rank.finding-focus-interval").with("between", between(value("p05"), value("p95")));
    Some(said.with("share", in_draws(value("p_first"))))
}

fn reversals(outcome: &Outcome) -> Option<Message> {
    let count = outcome.number("reversals")?;
    let said = Message::new("appraise.rank.finding-reversals").count("count", count as usize);
    // Each unit that leaves lets the others form (n − 1)(n − 2)/2 pairs; of years that stand alone, within each.
    let table = outcome.table("ranking")?;
    let alone = outcome.provenance.options.get("pool").and_then(|pool| pool.as_str()) == Some("year");
    let sizes: Vec<usize> = match table.numbers("year").filter(|_| alone) {
        Some(years) => {
            let mut sorted = years.to_vec();
            sorted.sort_by(f64::total_cmp);
            sorted.chunk_by(|a, b| a == b).map(<[f64]>::len).collect()
        }
        None => vec![table.rows()],
    };
    let pairs = sizes.iter().map(|&n| n * n.saturating_sub(1) * n.saturating_sub(2) / 2).sum();
    Some(said.count("pairs", pairs))
}

/// The indicator without which ranks move most.
fn hinge(outcome: &Outcome) -> Option<Message> {
    let table = outcome.table("sensitivity")?;
    let (names, changes) = (table.text("indicator")?, table.numbers("change")?);
    let moved = |name: &str| {
        let rows = (0..table.rows()).filter(|&row| names.get(row) == Some(name) && changes[row].is_finite());
        rows.map(|row| changes[row].abs()).fold(0.0, f64::max)
    };
    let most = names.labels().iter().max_by(|a, b| moved(a).total_cmp(&moved(b)).then(b.cmp(a)))?;
    Some(
        Message::new("appraise.rank.finding-hinge")
            .with("indicator", Arg::Indicator(most.clone()))
            .number("places", moved(most)),
    )
}

/// The largest obstacles of the focus, else of the leader.
fn obstacle(outcome: &Outcome, focus: &Focus, leader: usize) -> Option<Message> {
    let (table, ranking) = (outcome.table("obstacles")?, outcome.table("ranking")?);
    let (units, names) = (table.text("unit")?, table.text("indicator")?);
    let degrees = table.numbers("degree")?;
    let leader = ranking.text("unit")?.get(leader)?.to_owned();
    let named = focus.regions.iter().find(|code| units.labels().contains(code)).cloned().unwrap_or(leader);
    let mut rows: Vec<usize> =
        (0..table.rows()).filter(|&row| units.get(row) == Some(named.as_str()) && degrees[row] > 0.0).collect();
    rows.sort_by(|&a, &b| degrees[b].total_cmp(&degrees[a]).then(a.cmp(&b)));
    let entry = |&row: &usize| {
        let said = Message::new("appraise.rank.obstacle").with("indicator", Arg::Indicator(names.get(row)?.to_owned()));
        Some(Arg::Message(Box::new(said.with("share", Arg::Share(degrees[row])))))
    };
    let list: Vec<Arg> = rows.iter().take(NAMED).filter_map(entry).collect();
    let together: f64 = rows.iter().take(NAMED).map(|&row| degrees[row]).sum();
    let said = Message::new("appraise.rank.finding-obstacles").with("unit", Arg::Region(named));
    let said = said.with("together", Arg::Share(together));
    (!list.is_empty()).then(|| said.with("obstacles", Arg::List(list)))
}

pub(super) fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let Some(ranking) = outcome.table("ranking") else { return Vec::new() };
    // Scores of years that are ranked alone have no common scale, ranks do.
    let over_years = ranking.numbers("year").is_some();
    let mut drawn = vec![by_unit(outcome, "ranking", if over_years { "rank" } else { "score" }, SHOWN)];
    if outcome.table("dimensions").is_some() {
        let mut profile = FigureSpec::new(FigureKind::Profile).of_table("dimensions").by("unit").of_value("score");
        profile.group = Some("dimension".into());
        drawn.push(profile);
    }
    let drawn_ranks = ["rank_summary", "bootstrap_summary"].into_iter().find(|name| outcome.table(name).is_some());
    if let Some(name) = drawn_ranks.filter(|_| !over_years) {
        let mut ranks = FigureSpec::new(FigureKind::Intervals).of_table(name).by("unit");
        (ranks.low, ranks.high) = (Some("p05".into()), Some("p95".into()));
        drawn.push(ranks.of_value("mean_rank").first(SHOWN));
    }
    drawn
}
