//! Merger and first best with a homogeneous good, where it matters which laboratory produces; and both with spillovers
//! in money, where firms are identical and there are closed forms.
//!
//! A merged firm has the unit cost of its plants: the mean of identical ones, or that of the one that produces. Its
//! output q_e is that of a Cournot firm among the outsiders; a planner sells at unit cost.

use super::certificate::Certificate;
use super::{Equilibrium, Note, Parts};
use crate::account::Account;
use crate::error::GameError;
use crate::game::{Form, Game, Mode, Plants, symmetric_plants};
use crate::ray::{Line, Part, Ray};
use crate::stage::Rules;
use distretto_numerics::{Lu, Matrix, symmetric_eigen};

/// Most changes of the active set and of the producing laboratories.
const ROUNDS: usize = 200;
/// Most changes of producers after exact replies.
const PRODUCERS: usize = 10;
/// Most rounds of exact replies.
const REPLIES: usize = 2_000;

/// Solves the game.
pub(super) fn solve(game: &Game) -> Result<Equilibrium, GameError> {
    let plants = match game.plants {
        Some(plants) => plants,
        None if symmetric_plants(game) => Plants::Symmetric,
        None => Plants::Efficient,
    };
    match game.form {
        Form::Input => in_money(game, plants),
        Form::Output => Firms::new(game, plants).solve(),
    }
}

/// A firm of the output stage: its laboratories, and which of them produces (all alike when none).
#[derive(Debug, Clone)]
struct Owner {
    labs: Vec<usize>,
    producer: Option<usize>,
}

struct Firms<'g> {
    game: &'g Game,
    s: Matrix,
    owners: Vec<Owner>,
    plants: Plants,
    /// Whether exact replies have been taken.
    replied: bool,
}

/// A piece: which owners sell, which have reached unit cost 0, which laboratories do nothing.
#[derive(Debug, Clone, PartialEq)]
struct Piece {
    sells: Vec<bool>,
    floored: Vec<bool>,
    idle: Vec<bool>,
}

impl<'g> Firms<'g> {
    fn new(game: &'g Game, plants: Plants) -> Self {
        let coalitions: Vec<Vec<usize>> = match game.mode {
            Mode::PlannerFirstBest => vec![(0..game.len()).collect()],
            _ => game.coalitions.iter().map(|members| members.iter().map(|&i| i as usize).collect()).collect(),
        };
        let mut alone = vec![true; game.len()];
        coalitions.iter().flatten().for_each(|&i| alone[i] = false);
        let cheapest = |labs: &[usize]| labs.iter().copied().min_by(|&i, &j| game.cost[i].total_cmp(&game.cost[j]));
        let owner = |labs: Vec<usize>| {
            let producer = if plants == Plants::Symmetric { None } else { cheapest(&labs) };
            Owner { labs, producer }
        };
        let alone = (0..game.len()).filter(|&i| alone[i]).map(|i| Owner { labs: vec![i], producer: Some(i) });
        let owners = coalitions.into_iter().map(owner).chain(alone).collect();
        Self { game, s: game.spillovers(), owners, plants, replied: false }
    }

    /// The weights of laboratories in what an owner's unit cost is.
    fn weigh(&self, owner: &Owner, of: impl Fn(usize) -> f64) -> f64 {
        match owner.producer {
            Some(j) => of(j),
            None => owner.labs.iter().map(|&i| of(i)).sum::<f64>() / owner.labs.len() as f64,
        }
    }

    fn alpha(&self, owner: &Owner) -> f64 {
        let game = self.game;
        self.weigh(owner, |i| game.intercept[i] - game.cost[i] + game.output_subsidy(i) + game.received(i))
    }

    fn cap(&self, owner: &Owner) -> f64 {
        self.weigh(owner, |i| self.game.intercept[i] + self.game.output_subsidy(i))
    }

    /// Output per unit of y, and of the sum of y: q_e = own (y_e − kappa Σ y).
    fn market(&self, sellers: usize) -> (f64, f64) {
        let b = self.game.slope;
        match self.game.mode {
            Mode::PlannerFirstBest => (1.0 / b, 0.0),
            _ => (1.0 / b, 1.0 / (sellers as f64 + 1.0)),
        }
    }

    /// The owner's objective is this times q²: b, or half of it for a planner, who adds consumer surplus.
    fn value_of_output(&self) -> f64 {
        if self.game.mode == Mode::PlannerFirstBest { self.game.slope / 2.0 } else { self.game.slope }
    }

    fn solve(mut self) -> Result<Equilibrium, GameError> {
        let n = self.game.len();
        let mut piece = Piece {
            sells: vec![true; self.owners.len()],
            floored: vec![false; self.owners.len()],
            idle: vec![false; n],
        };
        let mut x = vec![0.0; n];
        let (mut settled, mut iterations) = (false, 0);
        while !settled && iterations < ROUNDS {
            iterations += 1;
            let (next_x, next) = match self.step(&piece) {
                Ok(found) => found,
                // A system without a solution may stand for a piece that is none.
                Err(_) if !self.replied => {
                    x = self.replies(vec![0.0; n]);
                    (piece, self.replied) = (self.piece_of(&x), true);
                    continue;
                }
                Err(error) => return Err(error),
            };
            x = next_x;
            settled = next == piece;
            piece = next;
            if settled && !self.replied {
                // The piece that a linear system stays on need not be that of an equilibrium.
                let (_, gain) = self.best_of_all(&x);
                if gain > 1e-9 * self.worth_of(&x) {
                    x = self.replies(x);
                    piece = self.piece_of(&x);
                    (settled, self.replied) = (false, true);
                    continue;
                }
            }
            if settled && self.plants == Plants::Efficient && self.change_producer(&x, &piece) {
                settled = false;
                piece = Piece {
                    sells: vec![true; self.owners.len()],
                    floored: vec![false; self.owners.len()],
                    idle: vec![false; n],
                };
            }
        }
        for _ in 0..PRODUCERS {
            if settled && self.best_of_all(&x).1 <= 1e-9 * self.worth_of(&x) {
                break;
            }
            // Exact replies where linear systems lead astray, and then whether another laboratory had better produce.
            x = self.replies(x);
            piece = self.piece_of(&x);
            settled = !(self.plants == Plants::Efficient && self.change_producer(&x, &piece));
        }
        self.package(x, &piece, settled, iterations)
    }

    /// ∂q_e/∂x_k on a piece.
    fn response(&self, piece: &Piece) -> Matrix {
        let n = self.game.len();
        let sellers = piece.sells.iter().filter(|&&sells| sells).count();
        let (own, kappa) = self.market(sellers);
        let mut d = Matrix::zeros(self.owners.len(), n);
        for k in 0..n {
            let live = |e: usize| piece.sells[e] && !piece.floored[e];
            let gain = |e: usize| if live(e) { self.weigh(&self.owners[e], |i| self.s[(i, k)]) } else { 0.0 };
            let gains: Vec<f64> = (0..self.owners.len()).map(gain).collect();
            let sum: f64 = gains.iter().sum();
            for e in (0..self.owners.len()).filter(|&e| piece.sells[e]) {
                d[(e, k)] = own * (gains[e] - kappa * sum);
            }
        }
        d
    }

    /// Solves a piece and says which piece the solution lies on.
    fn step(&self, piece: &Piece) -> Result<(Vec<f64>, Piece), GameError> {
        let (n, owners) = (self.game.len(), self.owners.len());
        let d = self.response(piece);
        let level = |e: usize| if piece.floored[e] { self.cap(&self.owners[e]) } else { self.alpha(&self.owners[e]) };
        let q0 = self.outputs_of(piece, &(0..owners).map(level).collect::<Vec<_>>());
        let worth = 2.0 * self.value_of_output();
        let mut m = Matrix::zeros(n, n);
        let mut right = vec![0.0; n];
        for (e, owner) in self.owners.iter().enumerate() {
            for &k in &owner.labs {
                if piece.idle[k] {
                    m[(k, k)] = 1.0;
                    continue;
                }
                for j in 0..n {
                    m[(k, j)] = -worth * d[(e, k)] * d[(e, j)];
                }
                m[(k, k)] += self.game.own_rd_cost(k);
                right[k] = worth * q0[e] * d[(e, k)] + self.game.rd_unit(k);
            }
        }
        let failed = || GameError::SecondOrderOf { whom: self.whom(), margin: self.margin(piece) };
        let margin = self.margin(piece);
        let mut x = match self.owners.as_slice() {
            // Convex in what it reduces: one owner of all goes to the floor, beyond which nothing is saved.
            [_] if margin <= 0.0 => vec![f64::MAX.sqrt(); n],
            _ if margin <= 0.0 => return Err(failed()),
            _ => Lu::new(&m).map_err(|_| failed())?.solve(&right),
        };
        let idle = (0..n).map(|k| piece.idle[k] || x[k] < 0.0).collect();
        x.iter_mut().for_each(|x| *x = x.max(0.0));
        self.to_the_floor(&mut x, piece);
        let y: Vec<f64> = self.owners.iter().map(|owner| self.reach(owner, &x)).collect();
        let floored = (0..owners).map(|e| y[e] > self.cap(&self.owners[e]) * (1.0 + 1e-14)).collect();
        let threshold = self.threshold(&y);
        Ok((x, Piece { sells: y.iter().map(|&y| y > threshold).collect(), floored, idle }))
    }

    /// An owner alone that would go below unit cost 0 stops there: the cheapest programme that reaches it.
    fn to_the_floor(&self, x: &mut [f64], piece: &Piece) {
        let [owner] = self.owners.as_slice() else { return };
        let game = self.game;
        let wanted = self.weigh(owner, |i| game.cost[i] - game.received(i));
        let gain = |k: usize| self.weigh(owner, |i| self.s[(i, k)]);
        let learned: f64 = owner.labs.iter().map(|&k| gain(k) * x[k]).sum();
        if learned <= wanted || !piece.sells[0] {
            return;
        }
        // x_k = (gain_k μ + t_k)/γ'_k with the μ that just reaches it.
        let steep: f64 = owner.labs.iter().map(|&k| gain(k) * gain(k) / game.own_rd_cost(k)).sum();
        let paid: f64 = owner.labs.iter().map(|&k| gain(k) * game.rd_unit(k) / game.own_rd_cost(k)).sum();
        // Below 0 the subsidy alone leads past it.
        let price = ((wanted.max(0.0) - paid) / steep).max(0.0);
        let best = |k: usize| ((gain(k) * price + game.rd_unit(k)) / game.own_rd_cost(k)).max(0.0);
        owner.labs.iter().for_each(|&k| x[k] = best(k));
    }

    /// y of an owner, the floor left out.
    fn reach(&self, owner: &Owner, x: &[f64]) -> f64 {
        self.alpha(owner) + self.weigh(owner, |i| (0..x.len()).map(|k| self.s[(i, k)] * x[k]).sum())
    }

    fn threshold(&self, y: &[f64]) -> f64 {
        if self.game.mode == Mode::PlannerFirstBest {
            return 0.0;
        }
        let mut falling: Vec<f64> = y.iter().zip(&self.owners).map(|(&y, owner)| y.min(self.cap(owner))).collect();
        falling.sort_by(|a, b| b.total_cmp(a));
        let (mut sum, mut threshold) = (0.0, 0.0);
        for (k, &y) in falling.iter().enumerate() {
            if y <= threshold {
                break;
            }
            sum += y;
            threshold = sum / (k as f64 + 2.0);
        }
        threshold
    }

    fn outputs_of(&self, piece: &Piece, y: &[f64]) -> Vec<f64> {
        let sellers = piece.sells.iter().filter(|&&sells| sells).count();
        let (own, kappa) = self.market(sellers);
        let sum: f64 = (0..y.len()).filter(|&e| piece.sells[e]).map(|e| y[e]).sum();
        (0..y.len()).map(|e| if piece.sells[e] { (own * (y[e] - kappa * sum)).max(0.0) } else { 0.0 }).collect()
    }

    /// Lets every owner of several laboratories produce where that pays best, given the R&D of the others; whether any
    /// changes.
    fn change_producer(&mut self, x: &[f64], piece: &Piece) -> bool {
        let mut changed = false;
        for e in 0..self.owners.len() {
            if self.owners[e].labs.len() < 2 {
                continue;
            }
            let value = |producer: usize| self.programme(e, producer, x, piece);
            let mut best = (self.owners[e].producer, value(self.owners[e].producer.unwrap_or(self.owners[e].labs[0])));
            for &j in &self.owners[e].labs {
                let reached = value(j);
                if reached > best.1 + 1e-10 * best.1.abs() {
                    best = (Some(j), reached);
                }
            }
            if best.0 != self.owners[e].producer {
                self.owners[e].producer = best.0;
                changed = true;
            }
        }
        changed
    }

    /// What owner e gains with a producer when it chooses its own R&D best and the others keep theirs; on the piece
    /// where the same owners sell.
    fn programme(&self, e: usize, producer: usize, x: &[f64], piece: &Piece) -> f64 {
        let owner = Owner { labs: self.owners[e].labs.clone(), producer: Some(producer) };
        let sellers = piece.sells.iter().filter(|&&sells| sells).count().max(1);
        let (own, kappa) = self.market(sellers);
        let game = self.game;
        let others: Vec<f64> = (0..x.len()).map(|k| if owner.labs.contains(&k) { 0.0 } else { x[k] }).collect();
        let mut sum = 0.0;
        for (_, other) in self.owners.iter().enumerate().filter(|(f, _)| *f != e && piece.sells[*f]) {
            sum += self.reach(other, &others).min(self.cap(other));
        }
        let mine = self.reach(&owner, &others);
        let q0 = own * (mine - kappa * (mine + sum));
        let slope = |k: usize| {
            let of_others: f64 = (0..self.owners.len())
                .filter(|&f| f != e && piece.sells[f])
                .map(|f| self.weigh(&self.owners[f], |i| self.s[(i, k)]))
                .sum();
            let gain = self.s[(producer, k)];
            own * (gain - kappa * (gain + of_others))
        };
        let worth = 2.0 * self.value_of_output();
        // x_k = (worth q d_k + t_k)/γ'_k, q = q0 + Σ d_k x_k.
        let steep: f64 = owner.labs.iter().map(|&k| slope(k) * slope(k) / game.own_rd_cost(k)).sum();
        let paid: f64 = owner.labs.iter().map(|&k| slope(k) * game.rd_unit(k) / game.own_rd_cost(k)).sum();
        let q = (q0 + paid) / (1.0 - worth * steep);
        // Not below unit cost 0.
        let top = own * (1.0 - kappa) * self.cap(&owner) - own * kappa * sum;
        let q = if worth * steep >= 1.0 { top } else { q.min(top) };
        if q <= 0.0 {
            return 0.0;
        }
        let pull = if q == top && steep > 0.0 { (q - q0 - paid) / steep } else { worth * q };
        let spent = |k: usize| {
            let x = ((pull * slope(k) + game.rd_unit(k)) / game.own_rd_cost(k)).max(0.0);
            game.own_rd_cost(k) * x * x / 2.0 - game.rd_unit(k) * x
        };
        self.value_of_output() * q * q - owner.labs.iter().map(|&k| spent(k)).sum::<f64>()
    }

    /// The objective of owner e as laboratory k moves from x, exact over all pieces.
    fn ray(&self, x: &[f64], e: usize, k: usize) -> Ray {
        let game = self.game;
        let b = game.slope;
        let cross = if game.mode == Mode::PlannerFirstBest { 0.0 } else { b };
        let mut ray = Ray::default();
        ray.clear(game.scale());
        ray.lines.extend(self.owners.iter().enumerate().map(|(f, owner)| Line {
            y: self.reach(owner, x),
            slope: self.weigh(owner, |i| self.s[(i, k)]),
            cap: self.cap(owner),
            square: if f == e { self.value_of_output() } else { 0.0 },
            linear: 0.0,
        }));
        let rules = Rules { own: b, cross, margin: self.value_of_output(), exit: true };
        ray.parts.push(Part { rules, begin: 0, end: ray.lines.len(), square: 0.0 });
        (ray.gain, ray.curvature) = (game.rd_unit(k) - game.own_rd_cost(k) * x[k], game.own_rd_cost(k));
        ray
    }

    /// The most gainful change of one laboratory's R&D: how far each would move, and what the best gains.
    fn best_of_all(&self, x: &[f64]) -> (Vec<f64>, f64) {
        let mut steps = vec![0.0; x.len()];
        let mut most = 0.0f64;
        for (e, owner) in self.owners.iter().enumerate() {
            for &k in &owner.labs {
                let mut ray = self.ray(x, e, k);
                let present = ray.piece(0.0).value;
                let top = 2.0 * x[k] + self.game.cost.iter().fold(0.0, |top: f64, &c| top.max(c));
                if let Some(best) = ray.best(-x[k], top) {
                    steps[k] = best.t;
                    most = most.max(best.value - present);
                }
            }
        }
        (steps, most)
    }

    /// Exact replies, one laboratory after another.
    fn replies(&self, mut x: Vec<f64>) -> Vec<f64> {
        for _ in 0..REPLIES {
            let mut moved = 0.0f64;
            for (e, owner) in self.owners.iter().enumerate() {
                for &k in &owner.labs {
                    let top = 2.0 * x[k] + self.game.cost.iter().fold(0.0, |top: f64, &c| top.max(c));
                    if let Some(best) = self.ray(&x, e, k).best(-x[k], top) {
                        x[k] = (x[k] + best.t).max(0.0);
                        moved = moved.max(best.t.abs());
                    }
                }
            }
            if moved <= 1e-13 * self.game.scale() {
                break;
            }
        }
        x
    }

    fn piece_of(&self, x: &[f64]) -> Piece {
        let y: Vec<f64> = self.owners.iter().map(|owner| self.reach(owner, x)).collect();
        let threshold = self.threshold(&y);
        Piece {
            sells: y.iter().map(|&y| y > threshold).collect(),
            floored: y.iter().zip(&self.owners).map(|(&y, owner)| y > self.cap(owner) * (1.0 + 1e-14)).collect(),
            idle: x.iter().map(|&x| x <= 0.0).collect(),
        }
    }

    /// What gains are compared with.
    fn worth_of(&self, x: &[f64]) -> f64 {
        let y: Vec<f64> = self.owners.iter().map(|owner| self.reach(owner, x).min(self.cap(owner))).collect();
        let sold = self.outputs_of(&self.piece_of(x), &y);
        sold.iter().map(|q| self.value_of_output() * q * q).sum::<f64>().max(f64::MIN_POSITIVE)
    }

    /// Whether several laboratories bring an owner to unit cost 0 and its programme there is not the exact one: that of a
    /// merger of all whose laboratories are neither paid nor taxed by the unit.
    fn unsearched(&self, e: usize, y: f64) -> bool {
        let owner = &self.owners[e];
        let helps = |k: &&usize| self.weigh(owner, |i| self.s[(i, **k)]) > 0.0;
        let exact = self.owners.len() == 1 && owner.labs.iter().all(|&k| self.game.rd_unit(k) == 0.0);
        y >= self.cap(owner) - 1e-9 * self.game.scale() && !exact && owner.labs.iter().filter(helps).count() > 1
    }

    fn whom(&self) -> &'static str {
        if self.game.mode == Mode::Merger { "merger" } else { "planner" }
    }

    /// The smallest eigenvalue of the negative Hessians of the owners.
    fn margin(&self, piece: &Piece) -> f64 {
        let smooth = Piece { floored: vec![false; self.owners.len()], ..piece.clone() };
        let d = self.response(&smooth);
        let worth = 2.0 * self.value_of_output();
        let of = |(e, owner): (usize, &Owner)| {
            let labs: Vec<usize> = owner.labs.iter().copied().filter(|&k| !piece.idle[k]).collect();
            if labs.is_empty() {
                return f64::INFINITY;
            }
            let hessian = Matrix::from_fn(labs.len(), labs.len(), |i, j| {
                let own = if i == j { self.game.own_rd_cost(labs[i]) } else { 0.0 };
                own - worth * d[(e, labs[i])] * d[(e, labs[j])]
            });
            match symmetric_eigen(&hessian) {
                Ok(eigen) => eigen.values.last().copied().unwrap_or(f64::INFINITY),
                Err(_) => f64::NAN,
            }
        };
        self.owners.iter().enumerate().map(of).fold(f64::INFINITY, f64::min)
    }

    fn package(self, x: Vec<f64>, piece: &Piece, settled: bool, iterations: usize) -> Result<Equilibrium, GameError> {
        let game = self.game;
        let n = game.len();
        let y: Vec<f64> = self.owners.iter().map(|owner| self.reach(owner, &x).min(self.cap(owner))).collect();
        let sold = self.outputs_of(piece, &y);
        let mut output = vec![0.0; n];
        for (owner, &q) in self.owners.iter().zip(&sold) {
            match owner.producer {
                Some(j) => output[j] = q,
                None => owner.labs.iter().for_each(|&i| output[i] = q / owner.labs.len() as f64),
            }
        }
        // First-order residual, and what the best programme of an owner would add.
        let d = self.response(piece);
        let worth = 2.0 * self.value_of_output();
        let (mut residual, mut gains) = (0.0f64, vec![0.0; n]);
        for (e, owner) in self.owners.iter().enumerate().filter(|(e, _)| !piece.floored[*e]) {
            for &k in &owner.labs {
                let slope = worth * sold[e] * d[(e, k)] + game.rd_unit(k) - game.own_rd_cost(k) * x[k];
                let at_floor = (y[e] - self.cap(owner)).abs() <= 1e-9 * game.scale();
                if (x[k] > 0.0 || slope > 0.0) && !at_floor {
                    residual = residual.max(slope.abs());
                    let curvature = game.own_rd_cost(k) - worth * d[(e, k)] * d[(e, k)];
                    gains[k] = slope * slope / (2.0 * curvature);
                }
            }
        }
        let local_gain = gains.iter().fold(0.0f64, |largest, &gain| largest.max(gain));
        let margin = self.margin(piece);
        let mut notes = vec![Note::NoStability];
        if margin <= 0.0 {
            notes.push(Note::SecondOrder { margin });
        }
        let certificate = Certificate {
            deviation_gain: self.best_of_all(&x).1.max(local_gain),
            local_gain,
            local_gains: gains,
            residual,
            second_order_margin: margin,
            stability_margin: f64::NAN,
            held: vec![false; n],
            scan: "full",
            unsearched: (0..self.owners.len()).any(|e| self.unsearched(e, y[e])),
        };
        let learned = self.s.times_vector(&x);
        let reduction = (0..n).map(|i| learned[i] + game.received(i)).collect();
        let sellers = match self.plants {
            Plants::Symmetric => Vec::new(),
            Plants::Efficient => self.owners.iter().filter_map(|owner| owner.producer).collect(),
        };
        let parts = Parts {
            account: Account::settle(game, x, reduction, output),
            certificate,
            kinked: 0,
            iterations,
            settled,
            notes,
            sellers,
        };
        Ok(parts.package(game))
    }
}

/// Spillovers in money: closed forms of identical firms. The marginal saving of a unit of money is q th/(γ z), and z
/// solves z γ(1−σ−t) = th q with q = (A + z)/(2P) or (A + z)/P.
fn in_money(game: &Game, plants: Plants) -> Result<Equilibrium, GameError> {
    let n = game.len();
    let times = if game.mode == Mode::Merger { 2.0 } else { 1.0 };
    let beta = game.knowledge.uniform(n).unwrap_or(0.0);
    let alpha = game.intercept[0] - game.cost[0] + game.output_subsidy(0);
    let own = game.rd_cost[0] * (1.0 - game.rd_rate(0) - game.rd_unit(0));
    let given = game.received(0);
    let (th, slope) = if plants == Plants::Efficient && game.substitution >= 1.0 {
        (1.0, times * game.slope)
    } else {
        (1.0 + (n as f64 - 1.0) * beta, times * (game.slope + (n as f64 - 1.0) * game.cross_slope()))
    };
    let margin = own * slope - th;
    if margin <= 0.0 {
        let whom = if game.mode == Mode::Merger { "merger" } else { "planner" };
        return Err(GameError::SecondOrderOf { whom, margin });
    }
    let free = (th * alpha / margin).min(game.cost[0]);
    // What the institute gives alone may be more than is wanted.
    let money = ((game.rd_cost[0] * free * free / 2.0 - given) / th).max(0.0);
    let alike = slope != times * game.slope || n == 1 || game.substitution < 1.0;
    let spent: Vec<f64> = (0..n).map(|i| if alike || i == 0 { money } else { 0.0 }).collect();
    let reached = |i: usize| {
        let all: f64 = (0..n).map(|j| if i == j { spent[j] } else { beta * spent[j] }).sum();
        (2.0 * (all + given) / game.rd_cost[0]).sqrt()
    };
    let reduction: Vec<f64> = (0..n).map(reached).collect();
    let q = (alpha + reduction[0].min(game.cost[0])) / slope;
    let output = (0..n).map(|i| if alike || i == 0 { q } else { 0.0 }).collect();
    let account = Account::settle(game, spent, reduction, output);
    let certificate = Certificate {
        deviation_gain: 0.0,
        local_gain: 0.0,
        local_gains: vec![0.0; n],
        residual: 0.0,
        second_order_margin: margin / slope,
        stability_margin: f64::NAN,
        held: vec![false; n],
        scan: "full",
        unsearched: false,
    };
    let sellers = if alike { Vec::new() } else { vec![0] };
    let notes = vec![Note::NoStability];
    Ok(Parts { account, certificate, kinked: 0, iterations: 1, settled: true, notes, sellers }.package(game))
}
