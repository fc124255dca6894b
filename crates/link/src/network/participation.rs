//! Two-mode data: who takes part in what, and the ties that follow.

use super::read::Link;

/// How common events make the weight of a tie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TieWeight {
    /// Number of common events (Breiger 1974).
    #[default]
    Count,
    /// Σ 1/(size − 1) over common events (Newman 2001).
    Newman,
    /// Common events over events of either.
    Jaccard,
    /// 1.
    Binary,
}

/// Who takes part in what: every pair once.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Participation {
    /// Events of every actor, ascending.
    events: Vec<Vec<u32>>,
    /// Actors of every event, ascending.
    actors: Vec<Vec<u32>>,
}

impl Participation {
    /// From pairs (actor, event); pairs that are repeated count once.
    #[must_use]
    pub fn new(actors: usize, events: usize, pairs: &[(u32, u32)]) -> Self {
        let mut of_actor = vec![Vec::new(); actors];
        pairs.iter().for_each(|&(actor, event)| of_actor[actor as usize].push(event));
        let mut of_event = vec![Vec::new(); events];
        for (actor, list) in of_actor.iter_mut().enumerate() {
            list.sort_unstable();
            list.dedup();
            list.iter().for_each(|&event| of_event[event as usize].push(actor as u32));
        }
        Self { events: of_actor, actors: of_event }
    }

    /// Events of an actor.
    #[must_use]
    pub fn events(&self, actor: usize) -> &[u32] {
        &self.events[actor]
    }

    /// Actors of every event.
    #[must_use]
    pub fn sizes(&self) -> impl Iterator<Item = usize> + '_ {
        self.actors.iter().map(Vec::len)
    }

    /// Empties the events with more than so many actors; the number of those.
    pub fn drop_larger(&mut self, most: usize) -> Vec<u32> {
        let large: Vec<u32> = (0..self.actors.len() as u32).filter(|&e| self.actors[e as usize].len() > most).collect();
        for &event in &large {
            self.actors[event as usize].clear();
        }
        let actors = &self.actors;
        self.events.iter_mut().for_each(|list| list.retain(|&event| !actors[event as usize].is_empty()));
        large
    }

    /// Ties between actors with a common event, by source, then target, source before target.
    ///
    /// # Complexity
    /// O(Σ size²) time, O(actors + ties) memory.
    #[must_use]
    pub fn project(&self, weight: TieWeight) -> Vec<Link> {
        let mut links = Vec::new();
        let mut sum = vec![0.0; self.events.len()];
        let mut seen: Vec<u32> = Vec::new();
        for source in 0..self.events.len() as u32 {
            for &event in &self.events[source as usize] {
                let members = &self.actors[event as usize];
                let one = if weight == TieWeight::Newman { 1.0 / (members.len() as f64 - 1.0) } else { 1.0 };
                let later = members.partition_point(|&actor| actor <= source);
                for &target in &members[later..] {
                    if sum[target as usize] == 0.0 {
                        seen.push(target);
                    }
                    sum[target as usize] += one;
                }
            }
            seen.sort_unstable();
            for target in seen.drain(..) {
                let common = std::mem::take(&mut sum[target as usize]);
                let either = (self.events[source as usize].len() + self.events[target as usize].len()) as f64;
                let weight = match weight {
                    TieWeight::Count | TieWeight::Newman => common,
                    TieWeight::Jaccard => common / (either - common),
                    TieWeight::Binary => 1.0,
                };
                links.push(Link { source, target, weight });
            }
        }
        links
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Actors a b c in event 0, a b in 1, c alone in 2 (a pair repeated): ab = 1/2 + 1, ac = bc = 1/2 by Newman.
    #[test]
    fn three_actors() {
        let who = Participation::new(3, 3, &[(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 2), (0, 1)]);
        let ties = |weight| who.project(weight).iter().map(|l| (l.source, l.target, l.weight)).collect::<Vec<_>>();
        assert_eq!(ties(TieWeight::Count), [(0, 1, 2.0), (0, 2, 1.0), (1, 2, 1.0)]);
        assert_eq!(ties(TieWeight::Newman), [(0, 1, 1.5), (0, 2, 0.5), (1, 2, 0.5)]);
        assert_eq!(ties(TieWeight::Jaccard), [(0, 1, 1.0), (0, 2, 1.0 / 3.0), (1, 2, 1.0 / 3.0)]);
    }

    #[test]
    fn large_events_can_be_left_out() {
        let mut who = Participation::new(3, 2, &[(0, 0), (1, 0), (2, 0), (0, 1), (1, 1)]);
        assert_eq!(who.drop_larger(2), [0]);
        assert_eq!(who.project(TieWeight::Count), [Link { source: 0, target: 1, weight: 1.0 }]);
        assert_eq!(who.events(2), [0_u32; 0]);
    }
}
