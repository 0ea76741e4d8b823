//! Contestants that take turns, so that the mood of the machine is the same for all of them.

use std::time::{Duration, Instant};

const ROUNDS: usize = 15;
/// How long a turn takes at least.
const TURN: Duration = Duration::from_millis(2);

/// One way to do the job.
pub(crate) struct Contestant<'a> {
    pub(crate) name: &'static str,
    /// Does it for every record once.
    pub(crate) pass: Box<dyn FnMut() + 'a>,
}

/// What a contest showed.
pub(crate) struct Outcome {
    /// For each contestant its name and its nanoseconds a record, round by round.
    times: Vec<(&'static str, Vec<f64>)>,
}

/// Lets the contestants work over `records` records in turn.
pub(crate) fn run(records: usize, mut contestants: Vec<Contestant<'_>>) -> Outcome {
    let passes: Vec<u32> = contestants.iter_mut().map(passes).collect();
    let mut times: Vec<_> = contestants.iter().map(|one| (one.name, Vec::with_capacity(ROUNDS))).collect();
    for _ in 0..ROUNDS {
        for ((contestant, &passes), (_, times)) in contestants.iter_mut().zip(&passes).zip(&mut times) {
            let start = Instant::now();
            (0..passes).for_each(|_| (contestant.pass)());
            times.push(start.elapsed().as_secs_f64() * 1e9 / f64::from(passes) / records as f64);
        }
    }
    Outcome { times }
}

/// How many passes make a turn; warms up on the way.
fn passes(contestant: &mut Contestant<'_>) -> u32 {
    let start = Instant::now();
    let mut passes = 0;
    while passes == 0 || start.elapsed() < TURN {
        (contestant.pass)();
        passes += 1;
    }
    passes
}

impl Outcome {
    fn of(&self, name: &str) -> Option<&[f64]> {
        self.times.iter().find(|(other, _)| *other == name).map(|(_, times)| &times[..])
    }

    /// The median time of a record.
    pub(crate) fn nanos(&self, name: &str) -> Option<f64> {
        self.of(name).map(|times| median(times.to_vec()))
    }

    /// The median over the rounds of one's time divided by another's in the same round.
    pub(crate) fn ratio(&self, name: &str, to: &str) -> Option<f64> {
        Some(median(self.of(name)?.iter().zip(self.of(to)?).map(|(one, other)| one / other).collect()))
    }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
