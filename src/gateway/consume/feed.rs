//! What stands between a session's thread and its client: records one way, acknowledgements the other.
//!
//! Invariant: what was put in and not yet taken out is bounded in bytes. The thread waits for room; whoever takes a record
//! makes it. No other session's feed has anything to do with it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};

use super::acknowledgements::Acknowledgements;
use super::failure::Failure;

/// What a record costs beyond its text.
const OVERHEAD: usize = 256;

/// A record as the client sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) partition: i32,
    pub(super) offset: i64,
    /// One JSON object on one line.
    pub(super) json: Vec<u8>,
}

/// What happens in a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// It is known where to begin, or the group was asked.
    Ready,
    /// The next record.
    Record(Shown),
    /// Every partition is read to its end.
    CaughtUp,
    /// Nothing comes any more.
    Failed(Failure),
}

/// Whoever waits for a commit.
pub(super) type Waiter = oneshot::Sender<Result<(), Failure>>;

/// What both sides look at.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) acks: Acknowledgements,
    waiters: Mutex<Vec<Waiter>>,
    idle: Mutex<Idle>,
}

/// The thread's side.
#[derive(Debug)]
pub(super) struct Outlet {
    events: mpsc::UnboundedSender<(Event, Option<Taken>)>,
    room: Arc<Room>,
    trouble: watch::Sender<Option<Arc<str>>>,
    pub(super) shared: Arc<Shared>,
}

/// The client's side.
#[derive(Debug)]
pub(super) struct Feed {
    events: mpsc::UnboundedReceiver<(Event, Option<Taken>)>,
    /// What the thread waits for, if it waits for a peer.
    pub(super) trouble: watch::Receiver<Option<Arc<str>>>,
    pub(super) shared: Arc<Shared>,
    /// The session's place, which a connection keeps until it has said goodbye.
    pub(super) place: Option<Arc<OwnedSemaphorePermit>>,
}

/// Both sides of a feed that holds so many bytes.
pub(super) fn feed(bytes: usize) -> (Outlet, Feed) {
    let (to_client, events) = mpsc::unbounded_channel();
    let (to_watchers, trouble) = watch::channel(None);
    let shared = Arc::new(Shared {
        acks: Acknowledgements::default(),
        waiters: Mutex::default(),
        idle: Mutex::new(Idle { users: 0, since: Instant::now() }),
    });
    let room = Arc::new(Room { size: bytes, free: Mutex::new(bytes), freed: Condvar::new() });
    let outlet = Outlet { events: to_client, room, trouble: to_watchers, shared: Arc::clone(&shared) };
    (outlet, Feed { events, trouble, shared, place: None })
}

impl Outlet {
    /// Gives the client a record, once there is room; else, after `patience`, gives it back.
    pub(super) fn put(&self, record: Shown, patience: Duration) -> Result<(), Shown> {
        let Some(taken) = self.room.take(record.json.len() + OVERHEAD, patience) else { return Err(record) };
        // A client that has gone is noticed by `is_closed`.
        self.events.send((Event::Record(record), Some(taken))).ok();
        Ok(())
    }

    /// Tells the client something.
    pub(super) fn tell(&self, event: Event) {
        self.events.send((event, None)).ok();
    }

    /// Says what is waited for, or that nothing is any more.
    pub(super) fn trouble(&self, what: Option<&str>) {
        self.trouble.send_if_modified(|known| {
            let is_news = known.as_deref() != what;
            if is_news {
                *known = what.map(Arc::from);
            }
            is_news
        });
    }

    /// Whether the client has gone.
    pub(super) fn is_closed(&self) -> bool {
        self.events.is_closed()
    }

    /// Those who wait for a commit since the last time.
    pub(super) fn take_waiters(&self) -> Vec<Waiter> {
        std::mem::take(&mut *lock(&self.shared.waiters))
    }

    /// For how long no client has asked for anything.
    pub(super) fn idle_for(&self) -> Duration {
        let idle = lock(&self.shared.idle);
        if idle.users > 0 { Duration::ZERO } else { idle.since.elapsed() }
    }
}

impl Feed {
    /// Waits until the session reads, or says why it can't.
    pub(super) async fn ready(&mut self) -> Result<(), Failure> {
        match self.next().await {
            Some(Event::Failed(failure)) => Err(failure),
            Some(Event::Ready | Event::Record(_) | Event::CaughtUp) => Ok(()),
            None => Err(Failure::Broken("the session ended before it began".to_owned())),
        }
    }

    /// What happens next; `None` once the thread has ended. Can be dropped without loss.
    pub(super) async fn next(&mut self) -> Option<Event> {
        self.events.recv().await.map(|(event, _)| event)
    }

    /// What has happened already.
    pub(super) fn try_next(&mut self) -> Option<Event> {
        self.events.try_recv().ok().map(|(event, _)| event)
    }

    /// Whether the thread has ended.
    pub(super) fn is_closed(&self) -> bool {
        self.events.is_closed()
    }
}

impl Shared {
    /// Waits until what the client has handled is committed.
    pub(super) async fn commit(&self) -> Result<(), Failure> {
        let (waiter, done) = oneshot::channel();
        lock(&self.waiters).push(waiter);
        done.await.unwrap_or_else(|_| Err(Failure::Unavailable("the session has ended".to_owned())))
    }

    /// The client asks for something: the session does not expire until the guard is dropped.
    pub(super) fn busy(self: &Arc<Self>) -> Busy {
        lock(&self.idle).users += 1;
        Busy(Arc::clone(self))
    }
}

/// Whether anybody asks for something.
#[derive(Debug)]
struct Idle {
    /// Clients that do.
    users: usize,
    /// Since when nobody has, if there are none.
    since: Instant,
}

/// While it lives the session is in use.
#[derive(Debug)]
pub(super) struct Busy(Arc<Shared>);

impl Drop for Busy {
    fn drop(&mut self) {
        let mut idle = lock(&self.0.idle);
        idle.users -= 1;
        idle.since = Instant::now();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Bytes that may wait for the client.
#[derive(Debug)]
struct Room {
    size: usize,
    free: Mutex<usize>,
    freed: Condvar,
}

/// A part of a room, until it is dropped.
#[derive(Debug)]
struct Taken {
    room: Arc<Room>,
    bytes: usize,
}

impl Room {
    /// Takes so many bytes, or all there are if it is more.
    fn take(self: &Arc<Self>, bytes: usize, patience: Duration) -> Option<Taken> {
        let bytes = bytes.min(self.size);
        let free = lock(&self.free);
        let waited = self.freed.wait_timeout_while(free, patience, |free| *free < bytes);
        let (mut free, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *free = free.checked_sub(bytes)?;
        Some(Taken { room: Arc::clone(self), bytes })
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        *lock(&self.room.free) += self.bytes;
        self.room.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(offset: i64, bytes: usize) -> Shown {
        Shown { partition: 0, offset, json: vec![b' '; bytes] }
    }

    #[tokio::test]
    async fn a_full_feed_takes_nothing_until_a_record_is_taken_out() {
        let (outlet, mut feed) = feed(1000);
        assert_eq!(outlet.put(record(0, 300), Duration::ZERO), Ok(()));
        let second = outlet.put(record(1, 300), Duration::from_millis(1)).unwrap_err();
        assert_eq!(feed.next().await, Some(Event::Record(record(0, 300))));
        assert_eq!(outlet.put(second, Duration::ZERO), Ok(()));
        assert_eq!(feed.try_next(), Some(Event::Record(record(1, 300))));
        // One that is larger than the room has all of it.
        assert_eq!(outlet.put(record(2, 5000), Duration::ZERO), Ok(()));
        assert!(outlet.put(record(3, 0), Duration::ZERO).is_err());
        assert!(!outlet.is_closed());
        drop(feed);
        assert!(outlet.is_closed());
    }

    #[tokio::test]
    async fn a_session_in_use_is_not_idle() {
        let (outlet, feed) = feed(1);
        let busy = feed.shared.busy();
        drop(feed.shared.busy());
        assert_eq!(outlet.idle_for(), Duration::ZERO, "the first one is still there");
        drop(busy);
        assert!(outlet.idle_for() > Duration::ZERO);
        drop(outlet);
        assert!(feed.is_closed());
    }
}
