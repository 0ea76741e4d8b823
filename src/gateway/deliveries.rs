//! A producer that all requests and sessions share, and the thread that tells what becomes of their records.
//!
//! How much may be on its way is the producer's own bound: it takes no more then.

mod tickets;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::StartError;
use crate::kafka::{Code, Dispatcher, DispatcherEvent, Error, Headers, ProduceError, ProducerSettings, Record};
use crate::readiness::Condition;
use tickets::Tickets;
pub(super) use tickets::{Settled, Ticket, Waiter};

/// How long a delivery is waited for before anything else is looked at.
const STEP: Duration = Duration::from_millis(100);

/// How long a broker that was away may take to say that it is back.
const PROBE: Duration = Duration::from_millis(500);

/// Between two of these questions: while brokers are away errors come one after the other, and reports behind them.
const PROBE_PAUSE: Duration = Duration::from_secs(1);

/// How long a producer that is beyond repair may take to give up its records.
const GIVE_UP: Duration = Duration::from_secs(2);

/// A producer, and the thread that serves it.
#[derive(Debug)]
pub(super) struct Deliveries {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Shared {
    settings: ProducerSettings,
    /// Replaced when it is beyond repair.
    line: RwLock<Arc<Line>>,
    /// Says whether a broker can be reached, where nobody else does.
    condition: Option<Condition>,
    stopping: AtomicBool,
}

/// A producer, and who waits for its records. Dropping it tells them that nobody knows.
struct Line {
    dispatcher: Dispatcher,
    tickets: Mutex<Tickets>,
}

/// What was reported at a time; kept for its capacity.
#[derive(Default)]
struct Reports {
    settled: Vec<(usize, Settled)>,
    redeemed: Vec<(Ticket, Settled)>,
}

impl Deliveries {
    /// Makes the producer. `condition` says from then on whether a broker can be reached.
    pub(super) fn start(settings: ProducerSettings, condition: Option<Condition>) -> Result<Self, StartError> {
        let line = RwLock::new(Arc::new(Line::new(&settings)?));
        let shared = Arc::new(Shared { settings, line, condition, stopping: AtomicBool::new(false) });
        let server = Arc::clone(&shared);
        let thread = thread::Builder::new().name("gateway-deliveries".into()).spawn(move || server.serve());
        let thread = Mutex::new(Some(thread.map_err(StartError::Thread)?));
        Ok(Self { shared, thread })
    }

    /// Hands a record to the producer. `headers` are taken on success.
    pub(super) fn produce(
        &self,
        topic: &str,
        record: Record<'_>,
        headers: &mut Option<Headers>,
        ticket: Ticket,
    ) -> Result<(), ProduceError> {
        let line = self.shared.line();
        let number = line.tickets().issue(ticket);
        line.dispatcher.produce(topic, record, headers, number).inspect_err(|_| {
            drop(line.tickets().redeem(number));
        })
    }

    /// Delivers what was taken until a deadline; what is left then is given up.
    pub(super) fn drain(&self, deadline: Instant) {
        while self.shared.line().dispatcher.outstanding() > 0 && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(5));
        }
        self.shared.stopping.store(true, Ordering::Relaxed);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that serves deliveries panicked");
        }
    }
}

impl Line {
    fn new(settings: &ProducerSettings) -> Result<Self, Error> {
        Ok(Self { dispatcher: Dispatcher::new(settings)?, tickets: Mutex::default() })
    }

    fn tickets(&self) -> MutexGuard<'_, Tickets> {
        // Tickets are whole after each of their steps.
        self.tickets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits up to `timeout` for something to be said, and tells whoever waits for it; returns an error that means that no broker can be used.
    fn serve(&self, timeout: Duration, reports: &mut Reports) -> Option<Error> {
        let mut away = None;
        self.dispatcher.serve(timeout, |event| match event {
            DispatcherEvent::Settled(number, settled) => reports.settled.push((number, settled)),
            DispatcherEvent::Error(error) => {
                if matches!(error.code(), Some(Code::ALL_BROKERS_DOWN | Code::AUTHENTICATION)) {
                    away = Some(error);
                }
            }
        });
        // Those who produce want the tickets, too: they are asked for once, and everybody is told without them.
        {
            let mut tickets = self.tickets();
            let redeemed = reports.settled.drain(..).map(|(number, settled)| Some((tickets.redeem(number)?, settled)));
            reports.redeemed.extend(redeemed.flatten());
        }
        for (ticket, settled) in reports.redeemed.drain(..) {
            ticket.settle(settled);
        }
        away
    }

    /// Gives up whatever is not delivered.
    fn give_up(&self, reports: &mut Reports) {
        if let Err(error) = self.dispatcher.purge() {
            tracing::debug!("{error}");
        }
        let deadline = Instant::now() + GIVE_UP;
        while self.dispatcher.outstanding() > 0 && Instant::now() < deadline {
            self.serve(Duration::from_millis(10), reports);
        }
    }
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line").field("dispatcher", &self.dispatcher).finish_non_exhaustive()
    }
}

impl Shared {
    fn line(&self) -> Arc<Line> {
        Arc::clone(&self.line.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Serves the producer until the gateway stops.
    fn serve(&self) {
        let (mut is_up, mut probe_at, mut reports) = (false, Instant::now(), Reports::default());
        loop {
            let line = self.line();
            if let Some(error) = line.serve(STEP, &mut reports) {
                if is_up {
                    tracing::warn!("the gateway can't reach Kafka: {error}");
                }
                is_up = false;
                self.lacks(error.to_string());
            }
            if let Some(code) = line.dispatcher.fatal_code() {
                self.replace(&line, code, &mut reports);
            }
            if self.stopping.load(Ordering::Relaxed) {
                line.give_up(&mut reports);
                self.lacks("stopped".to_owned());
                return;
            }
            if is_up || Instant::now() < probe_at {
                continue;
            }
            is_up = line.dispatcher.warm_up(PROBE);
            probe_at = Instant::now() + PROBE_PAUSE;
            if is_up {
                tracing::info!("the gateway has reached Kafka");
                if let Some(condition) = &self.condition {
                    condition.ready();
                }
            }
        }
    }

    fn lacks(&self, what: String) {
        if let Some(condition) = &self.condition {
            condition.not_ready(what);
        }
    }

    /// Puts a new producer in the place of one that is beyond repair.
    fn replace(&self, line: &Line, code: Code, reports: &mut Reports) {
        tracing::warn!("the gateway's producer is beyond repair and is replaced: {code}");
        line.give_up(reports);
        match Line::new(&self.settings) {
            Ok(new) => *self.line.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new),
            Err(error) => {
                self.lacks(error.to_string());
                thread::sleep(PROBE);
            }
        }
    }
}
