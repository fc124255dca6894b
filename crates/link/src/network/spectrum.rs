//! Centralities that are eigenvectors: of the adjacency matrix, and of the walk of PageRank.

use super::adjacency::Adjacency;
use super::cohesion::components;
use distretto_numerics::{Matrix, symmetric_eigen};

/// Relative difference of two radii up to which parts of a network tie.
const TIE: f64 = 1e-10;
/// Steps of the power method before it is given up.
const STEPS: usize = 100_000;
/// Directions of a Krylov basis.
const BASIS: usize = 40;
/// Restarts of the Lanczos method before it is given up.
const RESTARTS: usize = 1_000;

/// Why a network has no eigenvector centrality.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoVector {
    /// No link, or no cycle of links with a direction: the largest eigenvalue is 0.
    Nilpotent,
    /// Two parts have the same largest eigenvalue.
    Tie,
    /// The iteration did not settle.
    NotConverged,
}

/// Eigenvector of the largest eigenvalue of a symmetric network, of length 1, not negative; 0 outside the component
/// that has that eigenvalue.
///
/// # Errors
/// See [`NoVector`].
pub fn symmetric_vector(graph: &Adjacency) -> Result<Vec<f64>, NoVector> {
    let parts = components(graph);
    let mut bounds = vec![0.0_f64; parts.size.len()];
    for v in 0..graph.len() {
        let part = parts.of[v] as usize;
        bounds[part] = bounds[part].max(graph.strength(v));
    }
    let mut best: Option<(f64, Vec<u32>, Vec<f64>)> = None;
    let mut tie = false;
    for part in by_bound(&bounds) {
        // The largest eigenvalue is at most the largest row sum.
        if best.as_ref().is_some_and(|(radius, _, _)| bounds[part] < radius * (1.0 - TIE)) {
            break;
        }
        let nodes = parts.nodes(part as u32);
        let (radius, vector) = lanczos(&induced(graph, &nodes)).ok_or(NoVector::NotConverged)?;
        let known = best.as_ref().map_or(0.0, |(radius, _, _)| *radius);
        if best.is_some() && (radius - known).abs() <= TIE * known {
            tie = true;
        } else if radius > known {
            tie = false;
            best = Some((radius, nodes, vector));
        }
    }
    let (_, nodes, vector) = best.ok_or(NoVector::Nilpotent)?;
    if tie {
        return Err(NoVector::Tie);
    }
    let mut whole = vec![0.0; graph.len()];
    nodes.iter().zip(vector).for_each(|(&node, value)| whole[node as usize] = value.abs());
    Ok(whole)
}

/// Parts with links, the largest bound first.
fn by_bound(bounds: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..bounds.len()).filter(|&part| bounds[part] > 0.0).collect();
    order.sort_by(|&a, &b| bounds[b].total_cmp(&bounds[a]).then(a.cmp(&b)));
    order
}

/// The links among some nodes (ascending), which are numbered anew.
fn induced(graph: &Adjacency, nodes: &[u32]) -> Adjacency {
    let mut place = vec![u32::MAX; graph.len()];
    nodes.iter().enumerate().for_each(|(i, &node)| place[node as usize] = i as u32);
    let place = &place;
    let pairs = nodes.iter().enumerate().flat_map(|(i, &node)| {
        let inside = graph.pairs(node as usize).filter(|(other, _)| place[*other as usize] != u32::MAX);
        inside.map(move |(other, weight)| (i as u32, place[other as usize], weight))
    });
    Adjacency::new(nodes.len(), pairs)
}

fn times(graph: &Adjacency, x: &[f64]) -> Vec<f64> {
    (0..graph.len()).map(|v| graph.pairs(v).map(|(w, weight)| weight * x[w as usize]).sum()).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn scaled(mut x: Vec<f64>, by: f64) -> Vec<f64> {
    x.iter_mut().for_each(|value| *value *= by);
    x
}

fn less(x: &mut [f64], by: f64, y: &[f64]) {
    x.iter_mut().zip(y).for_each(|(x, y)| *x -= by * y);
}

/// Largest eigenvalue of a connected symmetric network and its vector, by restarted Lanczos with full
/// orthogonalisation; it ends when the residual is at rounding or no longer falls.
fn lanczos(graph: &Adjacency) -> Option<(f64, Vec<f64>)> {
    let n = graph.len();
    let mut start = vec![1.0 / (n as f64).sqrt(); n];
    let (mut least, mut stuck) = (f64::INFINITY, 0);
    for _ in 0..RESTARTS {
        let (basis, projected) = krylov(graph, start);
        let eigen = symmetric_eigen(&projected).ok()?;
        let mut x = vec![0.0; n];
        for (k, direction) in basis.iter().enumerate() {
            less(&mut x, -eigen.vectors[(k, 0)], direction);
        }
        let x = scaled(x.clone(), 1.0 / dot(&x, &x).sqrt());
        let mut image = times(graph, &x);
        let radius = dot(&x, &image);
        less(&mut image, radius, &x);
        let residual = dot(&image, &image).sqrt() / radius;
        stuck = if residual < 0.5 * least { 0 } else { stuck + 1 };
        least = least.min(residual);
        if residual < 1e-14 || (stuck > 5 && residual < 1e-11) {
            return Some((radius, x));
        }
        start = x;
    }
    None
}

/// An orthonormal basis of the Krylov space of a vector, and the matrix in it.
fn krylov(graph: &Adjacency, start: Vec<f64>) -> (Vec<Vec<f64>>, Matrix) {
    let mut basis = vec![start];
    let (mut diagonal, mut beside) = (Vec::new(), Vec::new());
    while let Some(last) = basis.last() {
        let mut image = times(graph, last);
        diagonal.push(dot(last, &image));
        let size = dot(&image, &image).sqrt();
        for _ in 0..2 {
            for direction in &basis {
                let along = dot(&image, direction);
                less(&mut image, along, direction);
            }
        }
        let rest = dot(&image, &image).sqrt();
        if basis.len() == BASIS.min(graph.len()) || rest <= 1e-14 * size {
            break;
        }
        beside.push(rest);
        basis.push(scaled(image, 1.0 / rest));
    }
    let k = basis.len();
    let projected = Matrix::from_fn(k, k, |i, j| match i.abs_diff(j) {
        0 => diagonal[i],
        1 => beside[i.min(j)],
        _ => 0.0,
    });
    (basis, projected)
}

/// Eigenvector of the largest eigenvalue of a network with directions: a node counts as much as those who point at it;
/// of length 1, not negative.
///
/// # Errors
/// See [`NoVector`].
pub fn directed_vector(outgoing: &Adjacency, incoming: &Adjacency) -> Result<Vec<f64>, NoVector> {
    let n = outgoing.len();
    let part = strong_components(outgoing);
    let mut bounds = vec![0.0_f64; n];
    for v in 0..n {
        let inside = incoming.pairs(v).filter(|(u, _)| part[*u as usize] == part[v]).map(|(_, w)| w).sum::<f64>();
        bounds[part[v] as usize] = bounds[part[v] as usize].max(inside);
    }
    let (mut best, mut tied) = (0.0, Vec::new());
    for at in by_bound(&bounds) {
        if bounds[at] < best * (1.0 - TIE) {
            break;
        }
        let nodes: Vec<u32> = (0..n as u32).filter(|&v| part[v as usize] as usize == at).collect();
        let radius = perron(&induced(incoming, &nodes)).ok_or(NoVector::NotConverged)?;
        if !tied.is_empty() && (radius - best).abs() <= TIE * best {
            tied.push(at as u32);
        } else if radius > best {
            (best, tied) = (radius, vec![at as u32]);
        }
    }
    // A part that feeds another of the same radius has no vector that is nowhere negative (Rothblum 1975).
    let last: Vec<u32> = tied.iter().copied().filter(|&at| !feeds(outgoing, &part, at, &tied)).collect();
    let at = match last[..] {
        [] => return Err(NoVector::Nilpotent),
        [at] => at,
        _ => return Err(NoVector::Tie),
    };
    let start: Vec<f64> = part.iter().map(|&one| if one == at { 1.0 } else { 0.0 }).collect();
    settle(incoming, start).ok_or(NoVector::NotConverged)
}

/// Whether links lead from a part to another one of those.
fn feeds(outgoing: &Adjacency, part: &[u32], from: u32, others: &[u32]) -> bool {
    let mut seen: Vec<bool> = part.iter().map(|&one| one == from).collect();
    let mut open: Vec<usize> = (0..part.len()).filter(|&v| seen[v]).collect();
    while let Some(v) = open.pop() {
        if part[v] != from && others.contains(&part[v]) {
            return true;
        }
        for &w in outgoing.neighbours(v) {
            if !std::mem::replace(&mut seen[w as usize], true) {
                open.push(w as usize);
            }
        }
    }
    false
}

/// Radius of a strongly connected network, from the bounds of Collatz and Wielandt around that of B + I.
fn perron(graph: &Adjacency) -> Option<f64> {
    let mut x = vec![1.0; graph.len()];
    for _ in 0..STEPS {
        let mut image = times(graph, &x);
        less(&mut image, -1.0, &x);
        let ratios = image.iter().zip(&x).map(|(image, x)| image / x);
        let (low, high) = ratios.fold((f64::INFINITY, 0.0_f64), |(low, high), r| (low.min(r), high.max(r)));
        if high - low <= 1e-12 * high {
            return Some(f64::midpoint(low, high) - 1.0);
        }
        let most = image.iter().copied().fold(0.0, f64::max);
        x = scaled(image, 1.0 / most);
    }
    None
}

/// Power method on B + I until nothing moves.
fn settle(graph: &Adjacency, start: Vec<f64>) -> Option<Vec<f64>> {
    let by = 1.0 / dot(&start, &start).sqrt();
    let mut x = scaled(start, by);
    for _ in 0..STEPS {
        let mut image = times(graph, &x);
        less(&mut image, -1.0, &x);
        let by = 1.0 / dot(&image, &image).sqrt();
        let next = scaled(image, by);
        let moved = next.iter().zip(&x).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        x = next;
        if moved <= 2e-15 {
            return Some(x);
        }
    }
    None
}

/// Strongly connected components (Tarjan 1972, without recursion), as numbers below n.
fn strong_components(outgoing: &Adjacency) -> Vec<u32> {
    let n = outgoing.len();
    let (mut index, mut low, mut part) = (vec![u32::MAX; n], vec![0_u32; n], vec![u32::MAX; n]);
    let (mut stack, mut calls, mut next, mut parts) = (Vec::new(), Vec::new(), 0, 0);
    for root in 0..n {
        if index[root] != u32::MAX {
            continue;
        }
        calls.push((root, 0));
        while let Some(&mut (v, ref mut at)) = calls.last_mut() {
            if *at == 0 {
                (index[v], low[v]) = (next, next);
                next += 1;
                stack.push(v);
            }
            if let Some(&w) = outgoing.neighbours(v).get(*at) {
                *at += 1;
                let w = w as usize;
                if index[w] == u32::MAX {
                    calls.push((w, 0));
                } else if part[w] == u32::MAX {
                    low[v] = low[v].min(index[w]);
                }
                continue;
            }
            calls.pop();
            if let Some(&(above, _)) = calls.last() {
                low[above] = low[above].min(low[v]);
            }
            if low[v] == index[v] {
                while let Some(w) = stack.pop() {
                    part[w] = parts;
                    if w == v {
                        break;
                    }
                }
                parts += 1;
            }
        }
    }
    part
}

/// PageRank with damping 0.85: shares that sum to one, along links; who points at nobody passes on to all alike.
///
/// # References
/// Brin and Page 1998.
#[must_use]
pub fn pagerank(outgoing: &Adjacency, incoming: &Adjacency) -> Option<Vec<f64>> {
    const DAMPING: f64 = 0.85;
    let n = outgoing.len();
    let total: Vec<f64> = (0..n).map(|v| outgoing.strength(v)).collect();
    let mut rank = vec![1.0 / n as f64; n];
    for _ in 0..STEPS {
        let loose: f64 = (0..n).filter(|&v| total[v] == 0.0).map(|v| rank[v]).sum();
        let passed: Vec<f64> = (0..n).map(|v| if total[v] == 0.0 { 0.0 } else { rank[v] / total[v] }).collect();
        let base = (1.0 - DAMPING + DAMPING * loose) / n as f64;
        let received = times(incoming, &passed);
        let next: Vec<f64> = received.into_iter().map(|received| base + DAMPING * received).collect();
        let moved: f64 = next.iter().zip(&rank).map(|(a, b)| (a - b).abs()).sum();
        rank = next;
        if moved <= 1e-14 * n as f64 {
            return Some(rank);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn undirected(n: usize, links: &[(u32, u32)]) -> Adjacency {
        let links = links.to_vec();
        let ways: Vec<_> = links.iter().flat_map(|&(a, b)| [(a, b, 1.0), (b, a, 1.0)]).collect();
        Adjacency::new(n, ways.into_iter())
    }

    #[test]
    fn a_star_with_a_pair_beside_it() {
        // The star of three leaves has √3 and the vector (√3, 1, 1, 1)/√6; a pair has 1.
        let graph = undirected(6, &[(0, 1), (0, 2), (0, 3), (4, 5)]);
        let x = symmetric_vector(&graph).unwrap();
        let wanted = [0.5_f64.sqrt(), 1.0 / 6.0_f64.sqrt(), 1.0 / 6.0_f64.sqrt(), 1.0 / 6.0_f64.sqrt(), 0.0, 0.0];
        assert!(x.iter().zip(wanted).all(|(x, w)| (x - w).abs() < 1e-13), "{x:?}");
        assert_eq!(symmetric_vector(&undirected(4, &[(0, 1), (2, 3)])), Err(NoVector::Tie));
        assert_eq!(symmetric_vector(&undirected(2, &[])), Err(NoVector::Nilpotent));
    }

    #[test]
    fn a_cycle_feeds_those_below_it() {
        // 3 → 0 ⇄ 1 → 2: the radius is 1; 2 counts as much as 1, 3 nothing.
        let links = [(3, 0), (0, 1), (1, 0), (1, 2)];
        let out = Adjacency::new(4, links.into_iter().map(|(a, b)| (a, b, 1.0)));
        let back = Adjacency::new(4, links.into_iter().map(|(a, b)| (b, a, 1.0)));
        let x = directed_vector(&out, &back).unwrap();
        let third = 1.0 / 3.0_f64.sqrt();
        assert!(x.iter().zip([third, third, third, 0.0]).all(|(x, w)| (x - w).abs() < 1e-12), "{x:?}");
        let chain = Adjacency::new(2, [(0, 1, 1.0)].into_iter());
        let against = Adjacency::new(2, [(1, 0, 1.0)].into_iter());
        assert_eq!(directed_vector(&chain, &against), Err(NoVector::Nilpotent));
        // 0 → 1 without way back: r0 = (0.15 + 0.85 r1)/2, r1 = r0 + 0.85 r0, so r0 = 20/57.
        let rank = pagerank(&chain, &against).unwrap();
        assert!((rank[0] - 20.0 / 57.0).abs() < 1e-12 && (rank[0] + rank[1] - 1.0).abs() < 1e-12);
    }
}
