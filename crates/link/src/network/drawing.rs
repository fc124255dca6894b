//! Where the nodes of a network stand when it is drawn.

use super::read::Network;
use distretto_core::{Table, Text};
use distretto_numerics::{Key, Stream};

/// Nodes that are drawn, those with most links.
const NODES: usize = 500;
/// Links that are drawn at least of every node that has so many, its heaviest.
const EACH: usize = 3;
/// Links that are drawn in all, unless those of each are more: the heaviest join until then.
const LINKS: usize = 2_000;
/// Steps of the layout.
const STEPS: usize = 400;
/// Pull towards the middle that keeps parts together.
const GRAVITY: f64 = 0.5;

/// The tables `drawn_nodes` (`id`, `kind`, `degree`, `x`, `y`) and `drawn_links` (`source`, `target`, `weight`) of the
/// nodes with most links; nodes without links are left out, and of many links those that a node leans on most are drawn.
pub(crate) fn tables(network: &Network, seed: u64) -> (Table, Table) {
    let mut degree = vec![0_usize; network.len()];
    for link in &network.links {
        degree[link.source as usize] += 1;
        degree[link.target as usize] += 1;
    }
    let mut nodes: Vec<usize> = (0..network.len()).filter(|&v| degree[v] > 0).collect();
    nodes.sort_by_key(|&v| (std::cmp::Reverse(degree[v]), v));
    nodes.truncate(NODES);
    nodes.sort_unstable();
    let mut place = vec![usize::MAX; network.len()];
    nodes.iter().enumerate().for_each(|(i, &v)| place[v] = i);
    let at = |node: u32| place[node as usize];
    let mut links: Vec<usize> = (0..network.links.len())
        .filter(|&k| at(network.links[k].source) != usize::MAX && at(network.links[k].target) != usize::MAX)
        .collect();
    links.sort_by(|&a, &b| network.links[b].weight.total_cmp(&network.links[a].weight).then(a.cmp(&b)));
    let links = backbone(nodes.len(), &links, |k| (at(network.links[k].source), at(network.links[k].target)));
    let pairs: Vec<(usize, usize)> =
        links.iter().map(|&k| (at(network.links[k].source), at(network.links[k].target))).collect();
    let places = layout(nodes.len(), &pairs, seed);
    let id = |codes: Vec<Option<u32>>| Text::from_codes(codes, network.ids.clone());
    let kinds: Text = nodes.iter().map(|&v| network.groups.as_ref().and_then(|groups| groups.get(v))).collect();
    let drawn = Table::empty()
        .with_text("id", id(nodes.iter().map(|&v| Some(v as u32)).collect()))
        .with_text("kind", kinds)
        .with_numbers("degree", nodes.iter().map(|&v| degree[v] as f64).collect())
        .with_numbers("x", places.iter().map(|place| place.0).collect())
        .with_numbers("y", places.iter().map(|place| place.1).collect());
    let ties = Table::empty()
        .with_text("source", id(links.iter().map(|&k| Some(network.links[k].source)).collect()))
        .with_text("target", id(links.iter().map(|&k| Some(network.links[k].target)).collect()))
        .with_numbers("weight", links.iter().map(|&k| network.links[k].weight).collect());
    (drawn, ties)
}

/// Of links in falling weight the first few of every node, and the first ones besides until there are enough.
fn backbone(nodes: usize, links: &[usize], ends: impl Fn(usize) -> (usize, usize)) -> Vec<usize> {
    let mut drawn = vec![0; nodes];
    let mut kept = vec![false; links.len()];
    for (kept, &k) in kept.iter_mut().zip(links) {
        let (a, b) = ends(k);
        if drawn[a] < EACH || drawn[b] < EACH {
            *kept = true;
            drawn[a] += 1;
            drawn[b] += 1;
        }
    }
    let mut room = LINKS.saturating_sub(kept.iter().filter(|kept| **kept).count());
    for kept in kept.iter_mut().filter(|kept| !**kept) {
        if room == 0 {
            break;
        }
        *kept = true;
        room -= 1;
    }
    links.iter().zip(kept).filter(|(_, kept)| *kept).map(|(&k, _)| k).collect()
}

/// Places by forces: nodes repel one another with 1/d, links pull with the distance over the root of the smaller
/// degree of their ends, all are drawn towards the middle; steps shorten until nothing moves
/// (after Fruchterman and Reingold 1991). Rounded to four decimals.
///
/// # Complexity
/// O(n² + m) for each of 400 steps.
fn layout(n: usize, links: &[(usize, usize)], seed: u64) -> Vec<(f64, f64)> {
    let mut stream = Stream::new(Key::new(seed, "link drawing"), 0, 0);
    let mut at: Vec<(f64, f64)> = (0..n).map(|_| (stream.uniform() - 0.5, stream.uniform() - 0.5)).collect();
    let ideal = (1.0 / n.max(1) as f64).sqrt();
    let mut degree = vec![0.0_f64; n];
    links.iter().for_each(|&(a, b)| {
        degree[a] += 1.0;
        degree[b] += 1.0;
    });
    for step in 0..STEPS {
        let mut push: Vec<(f64, f64)> = at.iter().map(|p| (-GRAVITY * p.0, -GRAVITY * p.1)).collect();
        for i in 0..n {
            for j in i + 1..n {
                let (dx, dy) = (at[i].0 - at[j].0, at[i].1 - at[j].1);
                let by = ideal * ideal / (dx * dx + dy * dy).max(1e-6);
                push[i] = (push[i].0 + dx * by, push[i].1 + dy * by);
                push[j] = (push[j].0 - dx * by, push[j].1 - dy * by);
            }
        }
        for &(i, j) in links {
            let (dx, dy) = (at[i].0 - at[j].0, at[i].1 - at[j].1);
            let by = (dx.hypot(dy) / ideal).min(20.0) / degree[i].min(degree[j]).sqrt();
            push[i] = (push[i].0 - dx * by, push[i].1 - dy * by);
            push[j] = (push[j].0 + dx * by, push[j].1 + dy * by);
        }
        let longest = 0.1 * (1.0 - step as f64 / STEPS as f64).powi(2) + 1e-4;
        for (place, force) in at.iter_mut().zip(&push) {
            let size = force.0.hypot(force.1).max(1e-12);
            let by = size.min(longest) / size;
            *place = (place.0 + force.0 * by, place.1 + force.1 * by);
        }
    }
    let round = |value: f64| (value * 1e4).round() / 1e4 + 0.0;
    at.into_iter().map(|(x, y)| (round(x), round(y))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linked_nodes_stand_together() {
        // Two cliques of six.
        let pairs = |from: usize| (from..from + 6).flat_map(move |a| (a + 1..from + 6).map(move |b| (a, b)));
        let links: Vec<(usize, usize)> = pairs(0).chain(pairs(6)).collect();
        let at = layout(12, &links, 1);
        let distance = |a: usize, b: usize| (at[a].0 - at[b].0).hypot(at[a].1 - at[b].1);
        let inside = links.iter().map(|&(a, b)| distance(a, b)).fold(0.0, f64::max);
        let between =
            (0..6).flat_map(|a| (6..12).map(move |b| (a, b))).map(|(a, b)| distance(a, b)).fold(9.0, f64::min);
        assert!(inside < between, "{inside} {between}");
        assert_eq!(layout(12, &links, 1), at);
    }
}
