//! Identities that hold on any network.

use super::adjacency::Adjacency;
use super::betweenness::{Paths, Sources, betweenness};
use super::brokerage::roles;
use super::communities::modularity;
use super::e_i::e_i;
use super::holes::holes;
use super::reach::reach;
use super::read::{Link, Network};
use distretto_core::Silent;
use proptest::prelude::*;
use rustc_hash::FxHashSet;

fn networks() -> impl Strategy<Value = Network> {
    (3_usize..24, any::<bool>(), proptest::collection::vec((0_u32..24, 0_u32..24, 1_u32..9), 0..70)).prop_map(
        |(n, directed, pairs)| {
            let mut seen = FxHashSet::default();
            let mut links = Vec::new();
            for (a, b, weight) in pairs {
                let (a, b) = (a % n as u32, b % n as u32);
                let key = if directed { (a, b) } else { (a.min(b), a.max(b)) };
                if a != b && seen.insert(key) {
                    links.push(Link { source: a, target: b, weight: f64::from(weight) });
                }
            }
            Network { ids: (0..n).map(|i| i.to_string()).collect(), directed, links, ..Network::default() }
        },
    )
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

proptest! {
    /// Betweenness in total is Σ (distance − 1) over pairs; the walk over many sources at once agrees.
    #[test]
    fn betweenness_adds_to_inner_nodes(network in networks()) {
        let graph = network.outgoing();
        let paths = Paths { graph: &graph, lengths: false, symmetric: !network.directed };
        let found = betweenness(paths, Sources::All, &Silent).unwrap();
        let reached = reach(&network.incoming(), &Silent).unwrap();
        let inner: f64 = reached.distance.iter().zip(&reached.nodes).map(|(distance, nodes)| distance - nodes).sum();
        prop_assert!(near(found.betweenness.iter().sum(), inner));
        prop_assert_eq!(&found.reach.distance, &reached.distance);
        prop_assert_eq!(&found.reach.nodes, &reached.nodes);
        // Lengths of 1 are links.
        let ones = graph.clone().map_weights(|_| 1.0);
        let same = betweenness(Paths { graph: &ones, lengths: true, ..paths }, Sources::All, &Silent).unwrap();
        prop_assert!(found.betweenness.iter().zip(&same.betweenness).all(|(a, b)| near(*a, *b)));
    }

    /// Roles add to the total, and one group has coordinators alone.
    #[test]
    fn roles_add_to_the_total(network in networks()) {
        let groups: Vec<usize> = (0..network.len()).map(|i| i % 3).collect();
        for counts in roles(&network.outgoing(), &network.incoming(), &groups) {
            prop_assert_eq!(counts[..5].iter().sum::<f64>(), counts[5]);
        }
        for counts in roles(&network.outgoing(), &network.incoming(), &vec![0; network.len()]) {
            prop_assert_eq!(counts[0], counts[5]);
        }
    }

    /// One community has modularity 0, one group an E-I index of −1.
    #[test]
    fn one_group_is_no_group(network in networks()) {
        let whole = vec![0; network.len()];
        if network.links.is_empty() {
            prop_assert!(modularity(&network, &whole, true, 1.0).is_nan());
        } else {
            prop_assert!(modularity(&network, &whole, true, 1.0).abs() < 1e-12);
            prop_assert_eq!(e_i(&network, &whole, false).e_i, -1.0);
        }
    }

    /// Another order of the nodes changes the order of the rows and nothing else.
    #[test]
    fn the_order_of_nodes_does_not_matter(network in networks()) {
        let n = network.len() as u32;
        let turned = |node: u32| (node * 5 + 3) % n;
        prop_assume!(!n.is_multiple_of(5));
        let links: Vec<Link> = network.links.iter()
            .map(|link| Link { source: turned(link.source), target: turned(link.target), weight: link.weight }).collect();
        let (here, there) = (network.underlying(), Adjacency::both(n as usize, &links));
        let (one, other) = (holes(&here), holes(&there));
        for (node, found) in one.iter().enumerate() {
            let same = &other[turned(node as u32) as usize];
            prop_assert!(found.constraint.is_nan() == same.constraint.is_nan());
            prop_assert!(found.constraint.is_nan() || near(found.constraint, same.constraint));
        }
        let all = |graph: &Adjacency| betweenness(Paths { graph, lengths: true, symmetric: true }, Sources::All, &Silent).unwrap();
        let (one, other) = (all(&here).betweenness, all(&there).betweenness);
        prop_assert!((0..n).all(|node| near(one[node as usize], other[turned(node) as usize])));
    }
}
