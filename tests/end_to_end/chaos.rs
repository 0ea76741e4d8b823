//! Faults at random, one after the other under load, and then the account: nothing lost, with exactly once nothing repeated,
//! every value what the codec gives, the order of each partition kept, nothing committed that is not there.
//!
//! `CHAOS_ROUNDS` says how many faults there are for each way of delivery, `CHAOS_SEED` which; it is printed, so that a run
//! can be repeated as far as the faults go. `CHAOS_NODES` is how many brokers there are, and `CHAOS_FAULTS` names the only
//! faults that may happen, separated by commas. Unless rounds are asked for, faults that take long are left out, and what is
//! slow is slow for seconds instead of minutes.

mod fault;
mod rolling;
mod scene;
mod slow_sink;

use std::env;
use std::time::Instant;

use fastrand::Rng;

use super::support::eventually;
use fault::Fault;
use scene::{GROUP, PARTITIONS, SOURCE, Scene};

/// Faults for each way of delivery if nothing is said.
const ROUNDS: usize = 4;

/// What a run consists of.
struct Plan {
    seed: u64,
    nodes: usize,
    faults: Vec<Fault>,
}

impl Plan {
    /// What the environment asks for. Every fault happens once before any happens again.
    fn from_env() -> Self {
        let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
        let count = |name: &str| number(name).map(|count| usize::try_from(count).expect("a number"));
        let seed = number("CHAOS_SEED").unwrap_or_else(|| fastrand::u64(..));
        let (rounds, nodes) = (count("CHAOS_ROUNDS"), count("CHAOS_NODES").unwrap_or(1));
        let wanted = env::var("CHAOS_FAULTS").unwrap_or_default().to_lowercase();
        let mut deck: Vec<Fault> = Fault::ALL
            .into_iter()
            .filter(|fault| {
                wanted.is_empty() || wanted.split(',').any(|name| name == format!("{fault:?}").to_lowercase())
            })
            .filter(|fault| rounds.is_some() || !fault.is_long())
            .collect();
        assert!(!deck.is_empty(), "no such faults: {wanted}");
        let mut rng = Rng::with_seed(seed);
        let decks = std::iter::repeat_with(|| {
            rng.shuffle(&mut deck);
            deck.clone()
        });
        let faults = decks.flatten().take(rounds.unwrap_or(ROUNDS)).collect();
        Self { seed, nodes, faults }
    }
}

/// Strikes again and again, half of the time static members; returns how many records are there more than once.
fn run(delivery: &str) -> usize {
    let plan = Plan::from_env();
    let rounds = plan.faults.len();
    println!("{delivery}, {} nodes, CHAOS_SEED={}, CHAOS_ROUNDS={rounds}", plan.nodes, plan.seed);
    let mut rng = Rng::with_seed(plan.seed);
    let mut scene = Scene::new(plan.nodes, delivery);
    let feeder = scene.feed();
    scene.start(0);
    scene.audit.await_more(500);
    for (round, fault) in plan.faults.into_iter().enumerate() {
        if round == rounds / 2 {
            scene.change_members();
        }
        let (started, processes) = (Instant::now(), scene.running.len());
        fault.strike(&mut scene, &mut rng);
        println!("{delivery} {round}: {fault:?}, {processes} processes, {:.1} s", started.elapsed().as_secs_f64());
    }
    let count = feeder.finish();
    let repeated = scene.audit.finish(count);
    let total = count * usize::try_from(PARTITIONS).expect("a number of partitions");
    let dead = scene.audit.dead_letters();
    println!("{delivery}: {total} records, {dead} of them dead letters, 0 lost, {repeated} repeated");
    while !scene.running.is_empty() {
        scene.leave(0);
    }
    eventually("everything is committed", || (scene.kafka.uncommitted(GROUP, SOURCE) == 0).then_some(()));
    repeated
}

#[test]
fn at_least_once_nothing_is_lost_whatever_happens() {
    run("at_least_once");
}

#[test]
fn exactly_once_nothing_is_lost_or_repeated_whatever_happens() {
    assert_eq!(run("exactly_once"), 0, "repeated records");
}
