//! What may happen.

use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;

use super::scene::{GROUP, Scene, WORKERS};
use crate::support::{Answer, BadRegistry, Flow, eventually};

/// What may happen to the processes, the group, the brokers, the network, the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// A process ends as by a crash, and is started again.
    Kill,
    /// A process is told to stop, and started again.
    Terminate,
    /// A process stands still for longer than its session, and goes on.
    Freeze,
    /// Another process joins, or one of two leaves.
    Rescale,
    /// Another process joins and leaves, every two seconds.
    Churn,
    /// A broker ends as by a crash; where there are others everything goes on without it; it is started again.
    Broker,
    /// A broker hands over what it leads and stops; it is started again and leads again.
    Leaders,
    /// Every connection to the brokers is closed again and again, for five seconds.
    Cut,
    /// For 15 seconds connections to the brokers live for moments only: much of what is answered never arrives.
    Flicker,
    /// Nothing goes through to the brokers for 20 seconds.
    Stall,
    /// The same for 70 seconds.
    LongStall,
    /// Everything to and from the brokers takes half a second longer, for 15 seconds.
    Slow,
    /// The registry goes away and comes back.
    Registry,
    /// The same, when a process starts that knows no schema.
    RegistryAtStart,
    /// The same, for a minute.
    RegistryAway,
    /// The registry answers 500 to a process that starts.
    RegistryFails,
    /// The registry answers 429 to a process that starts.
    RegistryBusy,
    /// The registry answers a process that starts after 30 seconds.
    RegistryLate,
    /// The registry answers a process that starts with something that is no JSON.
    RegistryGarbage,
}

impl Fault {
    pub(super) const ALL: [Self; 19] = [
        Self::Kill,
        Self::Terminate,
        Self::Freeze,
        Self::Rescale,
        Self::Churn,
        Self::Broker,
        Self::Leaders,
        Self::Cut,
        Self::Flicker,
        Self::Stall,
        Self::LongStall,
        Self::Slow,
        Self::Registry,
        Self::RegistryAtStart,
        Self::RegistryAway,
        Self::RegistryFails,
        Self::RegistryBusy,
        Self::RegistryLate,
        Self::RegistryGarbage,
    ];

    /// Whether it takes more than a few seconds.
    pub(super) fn is_long(self) -> bool {
        matches!(
            self,
            Self::Churn
                | Self::Flicker
                | Self::Stall
                | Self::LongStall
                | Self::Slow
                | Self::RegistryAway
                | Self::RegistryLate
        )
    }

    /// Makes it happen and pass, and waits until everything flows again.
    pub(super) fn strike(self, scene: &mut Scene, rng: &mut Rng) {
        let victim = rng.usize(..scene.running.len());
        match self {
            Self::Kill => at_random(scene, victim, rng, Scene::kill),
            Self::Terminate => at_random(scene, victim, rng, Scene::terminate),
            Self::Freeze => freeze(scene, victim, rng),
            Self::Rescale if scene.running.len() == 1 => scene.start_other(),
            Self::Rescale => scene.leave(victim),
            Self::Churn => churn(scene),
            Self::Broker => broker(scene, rng.usize(..scene.kafka.size())),
            Self::Leaders => leaders(scene, rng.usize(..scene.kafka.size())),
            Self::Cut => flow(scene, Flow::Cut, Duration::from_secs(5)),
            Self::Flicker => flicker(scene, rng),
            Self::Stall => flow(scene, Flow::Stalled, Duration::from_secs(20)),
            Self::LongStall => flow(scene, Flow::Stalled, Duration::from_secs(70)),
            Self::Slow => flow(scene, Flow::Slowed(Duration::from_millis(500)), Duration::from_secs(15)),
            Self::Registry => {
                scene.registry.stop();
                scene.audit.await_more(100);
                scene.registry.restart();
            }
            Self::RegistryAtStart => away(scene, victim, Duration::ZERO),
            Self::RegistryAway => away(scene, victim, Duration::from_secs(60)),
            Self::RegistryFails => registry(scene, victim, Answer::Failure),
            Self::RegistryBusy => registry(scene, victim, Answer::Busy),
            Self::RegistryLate => registry(scene, victim, Answer::Late),
            Self::RegistryGarbage => registry(scene, victim, Answer::Garbage),
        }
        scene.audit.await_more(500);
    }
}

/// Ends a process while it copies, and half of the time the next one too, at some moment of its start.
fn at_random(scene: &mut Scene, victim: usize, rng: &mut Rng, end: impl Fn(&mut Scene, usize)) {
    end(scene, victim);
    if rng.bool() {
        thread::sleep(Duration::from_millis(rng.u64(..2_500)));
        end(scene, scene.running.len() - 1);
    }
}

/// Half of the time another process, which joins before if there is none, writes on meanwhile.
fn freeze(scene: &mut Scene, victim: usize, rng: &mut Rng) {
    let has_heir = scene.running.len() > 1 || rng.bool();
    let comes = has_heir && scene.running.len() == 1;
    if comes {
        scene.start_other();
        let all = scene.running.len() * WORKERS;
        eventually("the other one has joined", || (scene.kafka.members(GROUP).len() == all).then_some(()));
    }
    let others = (scene.running.len() - 1) * WORKERS;
    scene.running[victim].1.freeze();
    eventually("its session is over", || (scene.kafka.members(GROUP).len() <= others).then_some(()));
    if has_heir {
        scene.audit.await_more(500);
    }
    scene.running[victim].1.thaw();
    if comes {
        scene.leave(scene.running.len() - 1);
    }
}

fn churn(scene: &mut Scene) {
    let pause = Duration::from_secs(2);
    for _ in 0..3 {
        if scene.running.len() > 1 {
            scene.leave(1);
            thread::sleep(pause);
        }
        scene.start_other();
        thread::sleep(pause);
    }
}

fn broker(scene: &mut Scene, victim: usize) {
    scene.kafka.kill_one(victim);
    if scene.kafka.size() > 1 {
        scene.audit.await_more(500);
    }
    scene.kafka.restart();
}

fn leaders(scene: &mut Scene, victim: usize) {
    scene.kafka.stop_one(victim);
    if scene.kafka.size() > 1 {
        scene.audit.await_more(500);
    }
    scene.kafka.restart();
    scene.kafka.await_preferred_leaders();
}

fn flow(scene: &Scene, flow: Flow, time: Duration) {
    let set = |flow| scene.kafka.proxies().iter().for_each(|proxy| proxy.set(flow));
    set(flow);
    thread::sleep(time);
    set(Flow::Open);
}

fn flicker(scene: &Scene, rng: &mut Rng) {
    let until = Instant::now() + Duration::from_secs(15);
    while Instant::now() < until {
        flow(scene, Flow::Cut, Duration::from_millis(rng.u64(5..400)));
        thread::sleep(Duration::from_millis(rng.u64(5..300)));
    }
}

fn away(scene: &mut Scene, victim: usize, time: Duration) {
    scene.registry.stop();
    scene.start_in_vain(victim);
    thread::sleep(time);
    scene.registry.restart();
}

fn registry(scene: &mut Scene, victim: usize, answer: Answer) {
    let bad = BadRegistry::start(answer);
    scene.gate.redirect(bad.address());
    scene.start_in_vain(victim);
    scene.gate.redirect(scene.registry.address());
}
