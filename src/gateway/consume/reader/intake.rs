//! From the consumer to the client, and what happens when the client takes nothing more.

use std::thread;
use std::time::{Duration, Instant};

use super::Reader;
use super::letters::Standing;
use crate::gateway::consume::failure::Failure;
use crate::gateway::consume::feed::{Event, Shown};
use crate::gateway::consume::on_invalid::OnInvalid;
use crate::gateway::consume::renderer::Rendered;
use crate::kafka::Message;
use crate::transform::Schemas;
use crate::transform::rejection::Rejection;

/// Records read at a time.
const BATCH: usize = 100;

/// How long a read waits for the first record. An acknowledgement, or the word to stop, waits as long.
const IDLE_WAIT: Duration = Duration::from_millis(50);

/// How long room in the feed, or a schema, is waited for before the session looks at anything else.
const STALL_WAIT: Duration = Duration::from_millis(100);

/// How long a schema is waited for before the client hears of it.
const NEWS: Duration = Duration::from_millis(300);

/// How long the consumer goes without being polled before its partitions are paused and it is polled all the same.
const PATIENCE: Duration = Duration::from_secs(1);

impl<S: Schemas> Reader<S> {
    /// Shows the client what was read, until something has to be waited for.
    pub(super) fn show(&mut self) -> Result<(), Failure> {
        self.show_waiting()?;
        while self.bury()? {
            self.show_waiting()?;
        }
        if self.waiting.is_empty() && self.shown.is_none() && !self.has_letters() {
            self.stalled = None;
            self.trouble.lacks(None);
        }
        self.schemas.flush_metrics();
        Ok(())
    }

    /// Shows what was read, up to something that has to be waited for.
    fn show_waiting(&mut self) -> Result<(), Failure> {
        let mut count = 0;
        while self.put_shown() {
            let Some(message) = self.waiting.front() else { break };
            if !self.slots.contains_key(&message.partition()) {
                // Whoever owns its partition now reads it.
                self.waiting.pop_front();
                continue;
            }
            match self.renderer.render(message, &mut self.schemas) {
                Rendered::Waits(what) => {
                    self.stall();
                    // The first record of each schema waits for a moment.
                    if self.stalled.is_some_and(|since| since.elapsed() >= NEWS) {
                        self.trouble.lacks(Some(what.to_string()));
                    }
                    self.ask_schemas();
                    self.schemas.wait(STALL_WAIT);
                    break;
                }
                Rendered::Shown(json) => {
                    count += 1;
                    self.prepare(json);
                }
                Rendered::Invalid(json, rejection) => self.handle_invalid(json, rejection)?,
            }
        }
        self.measures.shown(count);
        Ok(())
    }

    /// The first record can't be read; `json` says so to the client.
    fn handle_invalid(&mut self, json: Vec<u8>, rejection: Box<Rejection>) -> Result<(), Failure> {
        if let Some(letters) = &mut self.letters {
            return self.waiting.pop_front().map_or(Ok(()), |message| letters.add(message, rejection));
        }
        self.measures.invalid();
        match (&self.on_invalid, self.waiting.front()) {
            (OnInvalid::Stop, Some(message)) => {
                let (partition, offset) = (message.partition(), message.offset());
                let (topic, why) = (self.topic.clone(), rejection.to_string());
                Err(Failure::Stopped { topic, partition, offset, why })
            }
            (OnInvalid::Error | OnInvalid::Stop | OnInvalid::DeadLetter(_), _) => {
                self.prepare(json);
                Ok(())
            }
        }
    }

    fn has_letters(&self) -> bool {
        self.letters.as_ref().is_some_and(|letters| !letters.is_empty())
    }

    /// Waits for a moment until brokers have the dead letters; `true` if there were some and they have all of them.
    fn bury(&mut self) -> Result<bool, Failure> {
        let deadline = Instant::now() + STALL_WAIT;
        let mut is_any = false;
        loop {
            let Some(letters) = &mut self.letters else { return Ok(false) };
            match letters.settle(deadline)? {
                Standing::Nothing => return Ok(is_any),
                Standing::Written(partition, offset) => {
                    is_any = true;
                    self.stalled = None;
                    self.measures.dead_letter();
                    if let Some(slot) = self.slots.get_mut(&partition) {
                        slot.buried = Some(offset);
                    }
                }
                Standing::OnItsWay => break,
                Standing::Again(code) => {
                    let what = format!("dead letters can't be written to topic {}: {code}", letters.topic());
                    self.trouble.lacks(Some(what));
                    // Nothing to wait for: the producer refused it.
                    thread::sleep(deadline.saturating_duration_since(Instant::now()));
                    break;
                }
            }
        }
        self.stall();
        Ok(false)
    }

    /// The first record has its object.
    fn prepare(&mut self, json: Vec<u8>) {
        if let Some(message) = self.waiting.pop_front() {
            self.shown = Some(Shown { partition: message.partition(), offset: message.offset(), json });
        }
    }

    /// Gives the client the record that is ready, if there is one; `false` if there is no room for it, or a record before it
    /// is not among the dead letters yet.
    fn put_shown(&mut self) -> bool {
        if self.shown.is_some() && self.has_letters() {
            return false;
        }
        let Some(shown) = self.shown.take() else { return true };
        let (partition, offset) = (shown.partition, shown.offset);
        match self.outlet.put(shown, STALL_WAIT) {
            Ok(()) => {
                if let Some(slot) = self.slots.get_mut(&partition) {
                    slot.first.get_or_insert(offset);
                    slot.last = Some(offset);
                }
                self.stalled = None;
                true
            }
            Err(shown) => {
                self.shown = Some(shown);
                self.stall();
                false
            }
        }
    }

    fn stall(&mut self) {
        self.stalled.get_or_insert_with(Instant::now);
    }

    /// Asks for the schemas of the records behind one whose schema is not there: unknown ids wait together.
    fn ask_schemas(&mut self) {
        let Self { waiting, renderer, schemas, .. } = self;
        for message in waiting.iter().skip(1) {
            renderer.ask(message, schemas);
        }
    }

    /// Reads on. While nothing can be shown it reads nothing; but the group has to go on knowing us.
    pub(super) fn read(&mut self) {
        match self.stalled {
            None => self.pause(false),
            Some(since) if since.elapsed() < PATIENCE => return,
            Some(_) => self.pause(true),
        }
        let mut messages = std::mem::take(&mut self.messages);
        let wait = if self.paused { Duration::from_millis(1) } else { IDLE_WAIT };
        // A larger batch would not end its wait with the first record.
        if self.consumer.poll(1, wait, &mut messages) > 0 {
            self.consumer.poll(BATCH - 1, Duration::ZERO, &mut messages);
            self.renderer.next_batch();
        }
        for message in messages.drain(..) {
            self.take(message);
        }
        for (partition, end) in self.consumer.take_ends() {
            self.trouble.reached();
            if let Some(slot) = self.slots.get_mut(&partition) {
                slot.end = Some(end);
            }
        }
        self.messages = messages;
    }

    /// Reads nothing, and lets the group know that we are there.
    pub(super) fn attend(&mut self) {
        self.pause(true);
        self.consumer.poll(1, IDLE_WAIT, &mut self.messages);
        self.messages.clear();
    }

    fn take(&mut self, message: Message) {
        self.trouble.reached();
        if let Some(slot) = self.slots.get_mut(&message.partition()) {
            slot.read = Some(message.offset());
            self.told_end = false;
            self.waiting.push_back(message);
        }
    }

    /// Stops fetching, or goes on. To pause drops what was fetched and not read, so it is for clients that really are slow.
    pub(super) fn pause(&mut self, wanted: bool) {
        if self.paused == wanted || self.slots.is_empty() {
            return;
        }
        let partitions = self.slots.keys().map(|partition| (self.topic.as_str(), *partition));
        let partitions: Vec<_> = partitions.collect();
        let done = if wanted {
            self.consumer.pause(partitions.into_iter())
        } else {
            self.consumer.resume(partitions.into_iter())
        };
        match done {
            Ok(()) => self.paused = wanted,
            // Tried again with the next turn.
            Err(error) => tracing::debug!(topic = self.topic, "{error}"),
        }
    }

    /// Tells the client once that it has everything there is.
    pub(super) fn tell_end(&mut self) {
        let everything = !self.halted
            && !self.has_letters()
            && self.waiting.is_empty()
            && self.shown.is_none()
            && !self.slots.is_empty();
        if !self.told_end && everything && self.slots.values().all(super::Slot::is_at_end) {
            self.told_end = true;
            self.outlet.tell(Event::CaughtUp);
        }
    }
}
