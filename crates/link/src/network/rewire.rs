//! Random networks to compare with: rewired so that degrees stay, made like a lattice, or with the same number of links.

use super::pair_set::PairSet;
use super::read::Link;
use distretto_numerics::Stream;
use rustc_hash::FxHashSet;

/// Which swaps of two links are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swap {
    /// All that leave no loop and no double link.
    Any,
    /// Of those, the ones that do not lengthen the distances around a ring of all nodes (Sporns and Zwi 2004).
    Shorter {
        /// Nodes on the ring.
        nodes: u32,
    },
}

/// A round that shortens links by less than one part in so many is the last.
const SHORTER: u64 = 200;

fn key(a: u32, b: u32, directed: bool) -> u64 {
    let (a, b) = if directed || a < b { (a, b) } else { (b, a) };
    u64::from(a) << 32 | u64::from(b)
}

/// Attempts that are drawn ahead of being made.
const AHEAD: usize = 64;

/// An attempt to exchange the ends of two links.
#[derive(Debug, Clone, Copy)]
struct Attempt {
    one: u32,
    other: u32,
    /// Without direction either end of the other link may be the first.
    turned: bool,
}

impl Attempt {
    /// Draws an attempt; nothing when both links are the same.
    fn draw(links: u32, directed: bool, stream: &mut Stream) -> Option<Self> {
        let (one, other) = (stream.below(links), stream.below(links));
        (one != other).then(|| Self { one, other, turned: !directed && stream.below(2) == 1 })
    }

    /// The ends of both links, when exchanging them leaves no loop and keeps what the swap asks for.
    fn ends(self, ends: &[(u32, u32)], swap: Swap) -> Option<[u32; 4]> {
        let ((a, b), (c, d)) = (ends[self.one as usize], ends[self.other as usize]);
        let (c, d) = if self.turned { (d, c) } else { (c, d) };
        let longer = match swap {
            Swap::Any => false,
            Swap::Shorter { nodes } => ring(a, d, nodes) + ring(c, b, nodes) > ring(a, b, nodes) + ring(c, d, nodes),
        };
        (a != d && c != b && !longer).then_some([a, b, c, d])
    }
}

/// Attempts to exchange the targets of two random links, so many per link; every node keeps its degree, in and out.
/// Weights stay with the place in the list.
///
/// # References
/// Maslov and Sneppen 2002.
#[must_use]
pub fn rewired(links: &[Link], directed: bool, attempts: usize, swap: Swap, stream: &mut Stream) -> Vec<Link> {
    let m = links.len();
    if m < 2 {
        return links.to_vec();
    }
    let mut ends: Vec<(u32, u32)> = links.iter().map(|link| (link.source, link.target)).collect();
    let mut known = PairSet::of(ends.iter().map(|&(a, b)| key(a, b, directed)));
    let mut ahead: Vec<Attempt> = Vec::with_capacity(AHEAD);
    let mut left = attempts * m;
    while left > 0 {
        let now = left.min(AHEAD);
        left -= now;
        ahead.clear();
        ahead.extend((0..now).filter_map(|_| Attempt::draw(m as u32, directed, stream)));
        look_ahead(&ahead, &ends, &known, swap, directed);
        for attempt in &ahead {
            let Some([a, b, c, d]) = attempt.ends(&ends, swap) else { continue };
            if known.contains(key(a, d, directed)) || known.contains(key(c, b, directed)) {
                continue;
            }
            known.remove(key(a, b, directed));
            known.remove(key(c, d, directed));
            known.insert(key(a, d, directed));
            known.insert(key(c, b, directed));
            (ends[attempt.one as usize], ends[attempt.other as usize]) = ((a, d), (c, b));
        }
    }
    let places = links.iter().zip(ends);
    places.map(|(link, (source, target))| Link { source, target, weight: link.weight }).collect()
}

/// Reads what attempts will need, none waiting for another: rewiring spends its time waiting for memory.
fn look_ahead(ahead: &[Attempt], ends: &[(u32, u32)], known: &PairSet, swap: Swap, directed: bool) {
    let needed =
        |[a, b, c, d]: [u32; 4]| [key(a, d, directed), key(c, b, directed), key(a, b, directed), key(c, d, directed)];
    let read = ahead
        .iter()
        .filter_map(|attempt| attempt.ends(ends, swap))
        .map(|ends| needed(ends).into_iter().fold(0, |mark, pair| mark ^ known.at_home(pair)));
    std::hint::black_box(read.fold(0, |mark, one| mark ^ one));
}

/// A lattice with the same degrees: swaps that do not lengthen the links around a ring of all nodes, in rounds of so many
/// attempts per link until a round shortens them by less than 1/200, at most so many rounds.
///
/// # References
/// Sporns and Zwi 2004.
#[must_use]
pub fn latticed(links: &[Link], nodes: u32, attempts: usize, rounds: usize, stream: &mut Stream) -> Vec<Link> {
    let length = |links: &[Link]| {
        let around = |link: &Link| u64::from(ring(link.source, link.target, nodes));
        links.iter().map(around).sum::<u64>()
    };
    let (mut links, mut before) = (links.to_vec(), length(links));
    for _ in 0..rounds {
        links = rewired(&links, false, attempts, Swap::Shorter { nodes }, stream);
        let now = length(&links);
        if (before - now) * SHORTER < before {
            break;
        }
        before = now;
    }
    links
}

/// The distance of two nodes around a ring.
fn ring(a: u32, b: u32, nodes: u32) -> u32 {
    a.abs_diff(b).min(nodes - a.abs_diff(b))
}

/// So many different undirected links between random nodes, every set of that size equally likely.
#[must_use]
pub fn random_links(nodes: u32, links: usize, stream: &mut Stream) -> Vec<Link> {
    let mut known: FxHashSet<u64> = FxHashSet::default();
    let possible = (u64::from(nodes) * (u64::from(nodes).saturating_sub(1)) / 2) as usize;
    let wanted = links.min(possible);
    // Of a dense network the absent links are drawn.
    let drawn = wanted.min(possible - wanted);
    while known.len() < drawn {
        let (a, b) = (stream.below(nodes), stream.below(nodes));
        if a != b {
            known.insert(key(a, b, false));
        }
    }
    let link = |pair: u64| Link { source: (pair >> 32) as u32, target: pair as u32, weight: 1.0 };
    if drawn == wanted {
        let mut pairs: Vec<u64> = known.into_iter().collect();
        pairs.sort_unstable();
        return pairs.into_iter().map(link).collect();
    }
    let all = (0..nodes).flat_map(|a| (a + 1..nodes).map(move |b| key(a, b, false)));
    all.filter(|pair| !known.contains(pair)).map(link).collect()
}

/// A mark of a set of links, so that draws can be told apart: sums of mixed pairs.
#[must_use]
pub fn mark(links: &[Link], directed: bool) -> u128 {
    let mixed = |seed: u64, pair: u64| {
        let mut z = pair.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(seed);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    };
    let sum = |seed: u64| {
        links.iter().fold(0_u64, |sum, link| sum.wrapping_add(mixed(seed, key(link.source, link.target, directed))))
    };
    u128::from(sum(1)) << 64 | u128::from(sum(0x5851_F42D_4C95_7F2D))
}

#[cfg(test)]
mod tests {
    use super::*;
    use distretto_numerics::Key;

    fn ring(n: u32) -> Vec<Link> {
        (0..n).flat_map(|a| [1, 2].map(|step| Link { source: a, target: (a + step) % n, weight: 1.0 })).collect()
    }

    #[test]
    fn degrees_stay() {
        let links = ring(30);
        for directed in [false, true] {
            let mut stream = Stream::new(Key::new(1, "test"), 0, 0);
            let found = rewired(&links, directed, 10, Swap::Any, &mut stream);
            assert_ne!(mark(&found, directed), mark(&links, directed));
            let count = |links: &[Link], end: fn(&Link) -> u32| {
                let mut count = vec![0; 30];
                links.iter().for_each(|link| count[end(link) as usize] += 1);
                count
            };
            if directed {
                assert_eq!(count(&found, |l| l.source), count(&links, |l| l.source));
                assert_eq!(count(&found, |l| l.target), count(&links, |l| l.target));
            } else {
                let both: Vec<i32> =
                    count(&found, |l| l.source).iter().zip(count(&found, |l| l.target)).map(|(a, b)| a + b).collect();
                assert_eq!(both, [4; 30]);
            }
            let pairs: FxHashSet<u64> = found.iter().map(|l| key(l.source, l.target, directed)).collect();
            assert_eq!(pairs.len(), links.len(), "no double links");
            assert!(found.iter().all(|l| l.source != l.target));
        }
    }

    #[test]
    fn a_lattice_shortens_the_ring() {
        let mut stream = Stream::new(Key::new(1, "test"), 0, 0);
        let random = rewired(&ring(40), false, 10, Swap::Any, &mut stream);
        let lattice = rewired(&random, false, 100, Swap::Shorter { nodes: 40 }, &mut stream);
        let sum = |links: &[Link]| {
            links
                .iter()
                .map(|l| {
                    let d = l.source.abs_diff(l.target);
                    d.min(40 - d)
                })
                .sum::<u32>()
        };
        assert!(sum(&lattice) < sum(&random) / 2);
    }

    #[test]
    fn random_links_have_the_number() {
        for links in [0, 3, 40, 45] {
            let mut stream = Stream::new(Key::new(1, "test"), 0, links as u64);
            assert_eq!(random_links(10, links, &mut stream).len(), links);
        }
    }
}
