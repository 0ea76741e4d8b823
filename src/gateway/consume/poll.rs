//! One answer's worth of records.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, timeout_at};

use super::failure::Failure;
use super::feed::{Event, Feed, Shared, Shown};

/// What one poll may get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Portion {
    /// Records at most.
    pub(super) records: usize,
    /// Bytes after which no further record is added.
    pub(super) bytes: usize,
    /// How long to wait for them.
    pub(super) wait: Duration,
}

/// A session that lives between polls, of which one at a time is answered.
#[derive(Debug)]
pub(super) struct Polled {
    pub(super) shared: Arc<Shared>,
    intake: Mutex<Intake>,
}

impl Polled {
    pub(super) fn new(feed: Feed) -> Self {
        Self { shared: Arc::clone(&feed.shared), intake: Mutex::new(Intake::new(feed)) }
    }

    /// The session, unless another poll is under way.
    pub(super) fn intake(&self) -> Option<MutexGuard<'_, Intake>> {
        self.intake.try_lock().ok()
    }

    /// Whether its thread runs. What it had read and not given comes again in another session.
    pub(super) fn is_alive(&self) -> bool {
        self.intake().is_none_or(|intake| !intake.feed.is_closed())
    }
}

/// What has come out of a session and was not answered with yet: a poll whose client leaves loses nothing.
#[derive(Debug)]
pub(super) struct Intake {
    feed: Feed,
    taken: Vec<Shown>,
    ready: bool,
    failed: Option<Failure>,
}

impl Intake {
    pub(super) fn new(feed: Feed) -> Self {
        Self { feed, taken: Vec::new(), ready: false, failed: None }
    }

    /// The next records: as many as there may be, or all there are, or those that came in time. Fails where there are none
    /// because of something.
    pub(super) async fn poll(&mut self, portion: Portion) -> Result<Vec<Shown>, Failure> {
        self.fill(portion).await;
        let count = portion.records.min(self.taken.len());
        let answer: Vec<_> = self.taken.drain(..count).collect();
        for record in &answer {
            self.feed.shared.acks.give(record.partition, record.offset);
        }
        if answer.is_empty() {
            let waiting = self.feed.trouble.borrow().as_deref().map(|what| Failure::Unavailable(what.to_owned()));
            if let Some(failure) = self.failed.clone().or(waiting) {
                return Err(failure);
            }
        }
        Ok(answer)
    }

    async fn fill(&mut self, portion: Portion) {
        let mut bytes: usize = self.taken.iter().map(|record| record.json.len()).sum();
        let mut deadline = Instant::now() + portion.wait;
        while self.failed.is_none() && self.taken.len() < portion.records && bytes < portion.bytes {
            let next = match self.feed.try_next() {
                Some(event) => Some(event),
                // The thread says soon whether there is anything to wait for at all.
                None if !self.ready => self.feed.next().await,
                None => match timeout_at(deadline, self.feed.next()).await {
                    Ok(next) => next,
                    Err(_) => return,
                },
            };
            match next {
                Some(Event::Ready) => {
                    self.ready = true;
                    deadline = Instant::now() + portion.wait;
                }
                Some(Event::Record(record)) => {
                    bytes += record.json.len();
                    self.taken.push(record);
                }
                Some(Event::CaughtUp) if self.taken.is_empty() => {}
                Some(Event::CaughtUp) => return,
                Some(Event::Failed(failure)) => self.failed = Some(failure),
                None => self.failed = Some(Failure::Unavailable("the session has ended: ask again".to_owned())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::feed::feed;
    use super::*;

    fn record(offset: i64) -> Shown {
        Shown { partition: 0, offset, json: b"{}".to_vec() }
    }

    fn offsets(records: &[Shown]) -> Vec<i64> {
        records.iter().map(|record| record.offset).collect()
    }

    const WAIT: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn a_poll_ends_with_enough_records_or_bytes_or_at_the_end_or_in_time() {
        let (outlet, feed) = feed(1 << 20);
        let mut intake = Intake::new(feed);
        outlet.tell(Event::Ready);
        outlet.tell(Event::CaughtUp);
        for offset in 0..5 {
            assert_eq!(outlet.put(record(offset), Duration::ZERO), Ok(()));
        }
        let portion = Portion { records: 2, bytes: 100, wait: WAIT };
        assert_eq!(offsets(&intake.poll(portion).await.unwrap()), [0, 1]);
        assert_eq!(offsets(&intake.poll(Portion { records: 9, bytes: 3, wait: WAIT }).await.unwrap()), [2, 3]);
        outlet.tell(Event::CaughtUp);
        let started = Instant::now();
        assert_eq!(offsets(&intake.poll(portion).await.unwrap()), [4]);
        assert_eq!(started.elapsed(), Duration::ZERO);
        assert_eq!(intake.poll(portion).await, Ok(vec![]));
        assert_eq!(started.elapsed().as_secs(), WAIT.as_secs());
        assert!(outlet.shared.acks.handle(0, 4), "it was given");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_leaves_in_the_midst_of_a_poll_loses_nothing() {
        let (outlet, feed) = feed(1 << 20);
        let polled = Polled::new(feed);
        outlet.tell(Event::Ready);
        outlet.put(record(7), Duration::ZERO).unwrap();
        let portion = Portion { records: 2, bytes: 100, wait: WAIT };
        {
            let mut intake = polled.intake().unwrap();
            let left = tokio::time::timeout(Duration::from_secs(1), intake.poll(portion)).await;
            assert!(left.is_err());
            assert!(polled.intake().is_none(), "one poll at a time");
        }
        assert!(!outlet.shared.acks.handle(0, 7), "it was not given");
        assert!(polled.is_alive());
        drop(outlet);
        assert!(!polled.is_alive());
        assert_eq!(offsets(&polled.intake().unwrap().poll(portion).await.unwrap()), [7]);
        assert!(polled.intake().unwrap().poll(portion).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_waited_for_is_said_where_there_are_no_records() {
        let (outlet, feed) = feed(1 << 20);
        let mut intake = Intake::new(feed);
        outlet.tell(Event::Ready);
        outlet.trouble(Some("no broker"));
        let portion = Portion { records: 1, bytes: 100, wait: WAIT };
        assert_eq!(intake.poll(portion).await, Err(Failure::Unavailable("no broker".to_owned())));
        outlet.trouble(None);
        outlet.tell(Event::Failed(Failure::NoTopic("t".to_owned())));
        assert_eq!(intake.poll(portion).await, Err(Failure::NoTopic("t".to_owned())));
    }
}
