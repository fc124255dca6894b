//! A queue of nodes by distance, in which a distance can fall.

/// Children of a place in the heap.
const ARITY: usize = 4;
/// Not in the queue.
const OUT: u32 = u32::MAX;

/// Nodes by distance, the nearest first; distances stand in an array outside.
#[derive(Debug, Clone)]
pub(crate) struct Queue {
    heap: Vec<u32>,
    place: Vec<u32>,
}

impl Queue {
    /// An empty queue for nodes 0..n.
    pub(crate) fn new(n: usize) -> Self {
        Self { heap: Vec::new(), place: vec![OUT; n] }
    }

    /// Puts a node in, or moves it forward after its distance fell.
    pub(crate) fn lower(&mut self, node: u32, distance: &[f64]) {
        let mut at = self.place[node as usize] as usize;
        if at == OUT as usize {
            at = self.heap.len();
            self.heap.push(node);
        }
        let own = distance[node as usize];
        while at > 0 {
            let above = self.heap[(at - 1) / ARITY];
            if distance[above as usize] <= own {
                break;
            }
            self.put(at, above);
            at = (at - 1) / ARITY;
        }
        self.put(at, node);
    }

    /// Takes the nearest node out.
    pub(crate) fn pop(&mut self, distance: &[f64]) -> Option<u32> {
        let nearest = *self.heap.first()?;
        self.place[nearest as usize] = OUT;
        let node = self.heap.pop()?;
        if self.heap.is_empty() {
            return Some(nearest);
        }
        let (own, mut at) = (distance[node as usize], 0);
        loop {
            let first = at * ARITY + 1;
            let end = (first + ARITY).min(self.heap.len());
            let (mut best, mut least) = (OUT as usize, own);
            for child in first..end {
                let there = distance[self.heap[child] as usize];
                if there < least {
                    (best, least) = (child, there);
                }
            }
            if best == OUT as usize {
                break;
            }
            self.put(at, self.heap[best]);
            at = best;
        }
        self.put(at, node);
        Some(nearest)
    }

    fn put(&mut self, at: usize, node: u32) {
        self.heap[at] = node;
        self.place[node as usize] = at as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_leave_by_distance() {
        let mut distance: Vec<f64> = (0..50).map(|i| f64::from((i * 37) % 50)).collect();
        let mut queue = Queue::new(50);
        (0..50).for_each(|node| queue.lower(node, &distance));
        distance[7] = -1.0;
        queue.lower(7, &distance);
        let order: Vec<f64> = std::iter::from_fn(|| queue.pop(&distance)).map(|node| distance[node as usize]).collect();
        assert_eq!((order.len(), order[0]), (50, -1.0));
        assert!(order.windows(2).all(|pair| pair[0] <= pair[1]));
    }
}
