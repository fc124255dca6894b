//! The certificate of firms that decide together: of every maker the second-order margin, and a bound on all joint
//! deviations where `block` finds one; elsewhere exact scans of each member's own, and a search of joint ones.

use super::accord::Accord;
use super::block::{Block, Crowd, Kind};
use super::small::Small;
use super::together::{Together, View};
use super::{Large, ROUNDING, State, by_firm};
use crate::account::Account;
use crate::error::GameError;
use crate::ray::{Piece, Ray};
use crate::solver::certificate::{Certificate, Certify};
use crate::solver::proof::Proof;
use crate::solver::search::ascend;
use crate::solver::{Equilibrium, Note, Parts, SolveOptions, relative};
use distretto_numerics::pairwise_by;
use rayon::prelude::*;

/// Largest block whose joint deviations are searched.
const JOINT: usize = 12;
/// Makers that a thread takes at once.
const GRAIN: usize = 64;
/// Lines of market rivals that scans may look at, all together.
const LINES: usize = 400_000_000;
/// Most makers whose joint deviations are searched; those of the others stay unsearched.
const SEARCHED: usize = 4_000;
/// Searches of better joint programmes.
const SEARCHES: usize = 8;
/// So many makers that can still do better are searched for on even where the others do not rest.
const FEW: usize = 50;
/// A gain of one member above this share of price² / slope is told, and no joint programme is searched.
const FAR: f64 = 1e-8;
/// A relative gain below this needs no better resting point. At 1e-10 a search stopped 1e-6 before a kink, and did not
/// see that it was one.
const ENOUGH: f64 = 1e-13;

/// What is known of a maker.
#[derive(Default)]
struct Vouched {
    margin: f64,
    deviation: f64,
    residual: f64,
    /// By member.
    gains: Vec<f64>,
    /// Members who sit at a kink.
    held: Vec<u32>,
    unsearched: bool,
    /// Whether its joint programmes are small enough to be searched, and not proven.
    joint: bool,
    /// What no joint deviation gains more than, where that is known at a kink.
    proven: Option<f64>,
    /// R&D of a better programme that was found.
    better: Vec<(u32, f64)>,
}

/// What all makers are vouched for from.
struct At<'a> {
    state: &'a State,
    view: &'a View,
    brings: &'a [f64],
    crowd: &'a Crowd,
    options: &'a SolveOptions,
}

/// Solves a game of coalitions.
pub(super) fn solve(large: &Large<'_>, options: &SolveOptions) -> Result<Equilibrium, GameError> {
    let together = Together::new(large);
    let mut accord = Accord::new(large);
    let mut margin = None;
    for search in 1..=SEARCHES {
        accord.settle(large, &together)?;
        let mut found = Found::of(large, &together, &accord, options)?;
        let least = *margin.get_or_insert(found.certificate.second_order_margin);
        let better = found.better(large, options);
        if better.is_empty() || search == SEARCHES || (search > 1 && !accord.settled && better.len() > FEW) {
            let mut equilibrium = found.package(large, &accord);
            if least <= 0.0 {
                equilibrium.notes.push(Note::SecondOrder { margin: least });
            }
            return Ok(equilibrium);
        }
        for Better { maker, programme, .. } in better {
            accord.watch_closely(&together, maker, !programme.is_empty());
            programme.iter().for_each(|&(i, x)| accord.x[i as usize] = x);
        }
    }
    unreachable!("the last search returns")
}

/// A resting point and what is known of it.
struct Found {
    state: State,
    view: View,
    certificate: Certificate,
    kinked: usize,
    several: bool,
    better: Vec<Better>,
}

/// A maker that can do better: alone by one member, or by a programme that was found.
struct Better {
    maker: u32,
    gain: f64,
    programme: Vec<(u32, f64)>,
}

impl Found {
    fn of(large: &Large<'_>, together: &Together, accord: &Accord, options: &SolveOptions) -> Result<Self, GameError> {
        let game = large.game;
        let state = large.learn(accord.x.clone());
        let view = large.view(&state);
        let sells = |i: usize| large.rules_of(i).exit || view.out.q[i] > 0.0;
        if let Some(i) = (0..game.len()).find(|&i| !sells(i)) {
            return Err(GameError::Interior { firm: game.names[i].clone(), output: view.out.q[i] });
        }
        let brings = large.brings(together, &view);
        let crowd = large.crowd(&state, &view);
        let at = At { state: &state, view: &view, brings: &brings, crowd: &crowd, options };
        let vouch = |maker: usize| large.vouch(together, maker, &at);
        let mut vouched: Vec<Vouched> =
            (0..together.makers()).into_par_iter().with_min_len(GRAIN).map(vouch).collect::<Result<_, GameError>>()?;
        let joint: Vec<usize> = (0..vouched.len()).filter(|&maker| vouched[maker].joint).take(SEARCHED).collect();
        let search = |&maker: &usize| {
            let mut found = Vouched::default();
            large.search_joint(together, maker, &at, &mut found);
            found
        };
        for (maker, found) in joint.iter().zip(joint.par_iter().map(search).collect::<Vec<Vouched>>()) {
            let known = &mut vouched[*maker];
            known.deviation = known.deviation.max(found.deviation);
            (known.unsearched, known.better) = (found.unsearched, found.better);
        }
        let most = |of: fn(&Vouched) -> f64| vouched.iter().map(of).fold(0.0, f64::max);
        let mut gains = vec![0.0; game.len()];
        for (maker, vouched) in vouched.iter().enumerate() {
            together.block(maker).iter().zip(&vouched.gains).for_each(|(&i, &gain)| gains[i as usize] = gain);
        }
        let (kinked, several) = large.holders(together, &at, &vouched);
        let certificate = Certificate {
            deviation_gain: most(|vouched| vouched.deviation),
            local_gain: gains.iter().copied().fold(0.0, f64::max),
            local_gains: gains,
            residual: most(|vouched| vouched.residual),
            second_order_margin: vouched.iter().map(|vouched| vouched.margin).fold(f64::INFINITY, f64::min),
            stability_margin: f64::NAN,
            stability_bound: f64::NAN,
            held: Vec::new(),
            scan: match options.certify {
                Certify::Off => "off",
                _ if vouched.iter().any(|vouched| vouched.unsearched) => "sample",
                _ => "full",
            },
            unsearched: vouched.iter().any(|vouched| vouched.unsearched),
        };
        let better = vouched.into_iter().enumerate().filter(|(_, vouched)| vouched.deviation > 0.0);
        let better = better.map(|(maker, vouched)| Better {
            maker: maker as u32,
            gain: vouched.deviation,
            programme: vouched.better,
        });
        let better = better.collect();
        Ok(Self { state, view, certificate, kinked, several, better })
    }

    /// Programmes that gain so much that the search goes on from them.
    fn better(&mut self, large: &Large<'_>, options: &SolveOptions) -> Vec<Better> {
        if options.certify == Certify::Off || self.better.is_empty() {
            return Vec::new();
        }
        let account = self.account(large);
        let mut better = std::mem::take(&mut self.better);
        let unit = relative(large.game, &account, 1.0);
        better.retain(|better| unit * better.gain > ENOUGH);
        better
    }

    fn account(&self, large: &Large<'_>) -> Account {
        let game = large.game;
        // A firm held at zero output sells nothing, whatever rounding leaves it.
        let slack = ROUNDING * large.scale;
        let sold = |i: usize| {
            let (q, rules) = (self.view.out.q[i], large.rules_of(i));
            if rules.exit && q * rules.own <= slack { 0.0 } else { q }
        };
        let reduction = by_firm(game.len(), |i| self.state.learned[i] + game.received(i));
        Account::settle(game, self.state.x.clone(), reduction, by_firm(game.len(), sold))
    }

    fn package(self, large: &Large<'_>, accord: &Accord) -> Equilibrium {
        let account = self.account(large);
        let mut notes = vec![Note::NoStability];
        if self.certificate.scan != "off" && large.rules.iter().any(|rules| !rules.exit) {
            notes.push(Note::ScanEnds);
        }
        if self.several {
            notes.push(Note::NotUnique);
        }
        let Self { certificate, kinked, .. } = self;
        let (iterations, settled) = (accord.rounds, accord.settled);
        Parts { account, certificate, kinked, iterations, settled, notes, sellers: Vec::new() }.package(large.game)
    }
}

impl Large<'_> {
    fn vouch(&self, together: &Together, maker: usize, at: &At<'_>) -> Result<Vouched, GameError> {
        let members = together.block(maker);
        let mut block = Block::new(self, together, maker, at.state, (at.view, at.crowd));
        let (margin, curved) = block.margin();
        if let ([i], true) = (members, margin.found <= 0.0) {
            let (firm, rd_cost) = (self.game.names[*i as usize].clone(), self.own[*i as usize]);
            return Err(GameError::SecondOrder { firm, rd_cost, bound: rd_cost - margin.found });
        }
        let slopes: Vec<f64> = members.iter().map(|&i| self.slope(i as usize, at)).collect();
        let mut vouched = Vouched { margin: margin.found, ..Vouched::default() };
        vouched.residual = slopes.iter().fold(0.0, |most, slope| f64::max(most, slope.abs()));
        let gain = |(slope, half): (&f64, &f64)| if *half > 0.0 { slope * slope / (2.0 * half) } else { 0.0 };
        vouched.gains = slopes.iter().zip(&curved).map(gain).collect();
        if margin.least <= 0.0 && margin.found > 0.0 {
            vouched.unsearched = true;
        }
        if at.options.certify == Certify::Off {
            return Ok(vouched);
        }
        if let Some(gain) = self.proven(together, maker, &block, (&slopes, 0.0)) {
            vouched.deviation = gain;
            return Ok(vouched);
        }
        let mixed = block.mix(self, together, maker, at.state, at.view);
        vouched.proven = mixed.and_then(|(slopes, over)| {
            let counts = |(&i, slope): (&u32, f64)| if at.state.x[i as usize] > 0.0 { slope } else { slope.max(0.0) };
            let slopes: Vec<f64> = members.iter().zip(slopes).map(counts).collect();
            self.proven(together, maker, &block, (&slopes, over))
        });
        self.search(together, maker, at, &mut vouched);
        Ok(vouched)
    }

    /// What no joint deviation gains more than; none where that is not sure.
    fn proven(&self, together: &Together, maker: usize, block: &Block, (slopes, over): (&[f64], f64)) -> Option<f64> {
        let worst = 1e-9 * self.scale;
        if slopes.iter().any(|slope| slope.abs() > worst) {
            return None;
        }
        let least = block.least(Kind::Bound).least;
        let steep = pairwise_by(slopes.len(), |k| slopes[k] * slopes[k]);
        let first = together.block(maker)[0] as usize;
        (least > 1e-9 * self.own[first]).then(|| over + steep / (2.0 * least))
    }

    /// One-sided marginal objective that counts: 0 where R&D is 0 and does not pay.
    fn slope(&self, i: usize, at: &At<'_>) -> f64 {
        let g = 2.0 * at.brings[i] + self.unit[i] - self.own[i] * at.state.x[i];
        if at.state.x[i] > 0.0 || g > 0.0 { g } else { 0.0 }
    }

    /// Scans each member's own deviations, and searches for joint ones.
    fn search(&self, together: &Together, maker: usize, at: &At<'_>, vouched: &mut Vouched) {
        let members = together.block(maker);
        let mut ray = Ray::default();
        let mut lines = 0;
        vouched.residual = 0.0;
        for (k, &i) in members.iter().enumerate() {
            let scanned = if lines <= LINES { Some(self.turn(together, i as usize, at, &mut ray)) } else { None };
            lines += ray.lines.len() * members.len().min(1_000);
            let Some(turn) = scanned else {
                (vouched.unsearched, vouched.deviation) = (true, f64::INFINITY);
                return;
            };
            vouched.deviation = vouched.deviation.max(turn.deviation);
            vouched.residual = vouched.residual.max(turn.residual);
            vouched.gains[k] = turn.gain;
            if turn.held {
                vouched.held.push(i);
            }
        }
        if let Some(gain) = vouched.proven {
            vouched.deviation = vouched.deviation.max(gain);
            return;
        }
        if members.len() < 2 {
            return;
        }
        // A member's own step that gains so much leaves nothing to certify.
        let far = vouched.deviation > FAR * self.scale * self.scale / self.game.slope;
        vouched.unsearched = true;
        vouched.joint = !far && members.len() <= JOINT;
    }

    /// Searches for a better joint programme of a maker.
    fn search_joint(&self, together: &Together, maker: usize, at: &At<'_>, vouched: &mut Vouched) {
        let Some(small) = Small::of(self, together, maker, at.state) else {
            vouched.unsearched = true;
            return;
        };
        let (gain, better) = small.with(|dense, point, block| {
            let tight = 1e-12 * self.scale * self.scale / self.game.slope;
            let proven = Proof::new(dense, point).and_then(|proof| proof.block(block)).filter(|&gain| gain <= tight);
            match proven {
                Some(gain) => (gain, None),
                None => match ascend(dense, point, block, at.options.seed) {
                    Ok((found, gain)) => (gain, (gain > 0.0).then_some(found.x)),
                    Err(_) => (f64::INFINITY, None),
                },
            }
        });
        vouched.deviation = vouched.deviation.max(gain);
        if let Some(x) = better {
            vouched.better = small.firms.iter().map(|&i| i as u32).zip(x).collect();
            vouched.better.retain(|&(i, _)| together.of[i as usize] as usize == maker);
        }
    }

    /// One-sided marginal objectives of firm i in its own R&D, and what the best step of any length gains.
    fn turn(&self, together: &Together, i: usize, at: &At<'_>, ray: &mut Ray) -> Turn {
        let x = at.state.x[i];
        self.joint_ray(together, i, x, &|k| self.level(at.state, k), ray);
        let right = self.step(ray, f64::INFINITY);
        if x <= 0.0 {
            return right;
        }
        turn_round(ray);
        let left = self.step(ray, x);
        let tie = 1e-9 * self.scale;
        Turn {
            gain: right.gain.max(left.gain),
            residual: right.residual.max(left.residual),
            held: right.slope < -tie && left.slope < -tie,
            slope: right.slope,
            deviation: right.deviation.max(left.deviation),
        }
    }

    /// The same in the direction of a ray.
    fn step(&self, ray: &mut Ray, to: f64) -> Turn {
        let local = |piece: Piece| match piece.slope > 0.0 && piece.half < 0.0 {
            true => piece.slope * piece.slope / (-4.0 * piece.half),
            false => 0.0,
        };
        let mut piece = ray.piece(0.0);
        let mut deviation = ray.rise(to).unwrap_or(f64::INFINITY);
        if deviation > 1e-12 * self.scale * self.scale / self.game.slope {
            // Several breakpoints within rounding of one another: what counts is the piece behind them.
            let (by, here) = (1e-12 * self.scale, piece.value);
            ray.lines.iter_mut().for_each(|line| line.y += line.slope * by);
            ray.gain -= ray.curvature * by;
            let behind = ray.piece(0.0);
            let rise = ray.rise(to).unwrap_or(f64::INFINITY);
            ray.lines.iter_mut().for_each(|line| line.y -= line.slope * by);
            ray.gain += ray.curvature * by;
            let there = ray.piece(by).value - here;
            if rise + there.max(0.0) < deviation {
                (piece, deviation) = (behind, rise + there.max(0.0));
            }
        }
        let gain = local(piece).min(deviation);
        Turn { gain, residual: piece.slope.max(0.0), held: false, slope: piece.slope, deviation }
    }

    /// How many firms are held at zero output, and whether several makers stand at the kink of one of them.
    fn holders(&self, together: &Together, at: &At<'_>, vouched: &[Vouched]) -> (usize, bool) {
        let reached = |i: u32| self.reached(together, i as usize).into_iter().map(|cell| together.market[cell]);
        let mut held: Vec<u32> = vouched.iter().flat_map(|vouched| &vouched.held).flat_map(|&i| reached(i)).collect();
        held.sort_unstable();
        held.dedup();
        let slack = 1e-9 * self.scale;
        let tied = |m: usize| {
            let gap = |i: usize| self.level(at.state, i).min(self.cap[i]) - at.view.out.threshold[m];
            self.game.members(m).iter().filter(|&&i| gap(i as usize).abs() <= slack).count()
        };
        let (mut kinked, mut several) = (0, false);
        for m in held.into_iter().filter(|&m| self.rules[m as usize].exit) {
            let here = tied(m as usize);
            kinked += here;
            several |= here > 0 && self.held_by_several(together, m as usize, at);
        }
        (kinked, several)
    }

    /// Whether R&D of several makers has a kink in a market at whose threshold a firm is held.
    fn held_by_several(&self, together: &Together, m: usize, at: &At<'_>) -> bool {
        let mut makers: Vec<u32> = self.game.members(m).iter().map(|&i| together.of[i as usize]).collect();
        makers.sort_unstable();
        makers.dedup();
        let mut ray = Ray::default();
        let mut bent = |i: usize| {
            let x = at.state.x[i];
            let here = |cell: &usize| together.market[*cell] as usize == m;
            if x <= 0.0 || !self.reached(together, i).iter().any(here) {
                return false;
            }
            self.joint_ray(together, i, x, &|k| self.level(at.state, k), &mut ray);
            let right = ray.piece(0.0).slope;
            turn_round(&mut ray);
            right + ray.piece(0.0).slope < -1e-9 * self.scale
        };
        let mut holds = |maker: &u32| together.block(*maker as usize).iter().any(|&i| bent(i as usize));
        makers.iter().filter(|maker| holds(maker)).count() > 1
    }
}

/// The way back: lines and own costs with the sign of t turned.
fn turn_round(ray: &mut Ray) {
    ray.lines.iter_mut().for_each(|line| line.slope = -line.slope);
    ray.gain = -ray.gain;
}

/// What moving one firm's R&D brings.
struct Turn {
    gain: f64,
    residual: f64,
    held: bool,
    slope: f64,
    deviation: f64,
}
