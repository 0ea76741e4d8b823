//! Streams of records: NDJSON of any length in, a line for each record out, in order, while the rest still comes.
//!
//! One task reads lines and hands records to the producer, another one waits for what becomes of them and writes the
//! answer. What stands between them is bounded, so a client that reads no answers is soon not read from either. Entries go
//! from one to the other several at a time, and before the first one waits for anything.

use std::convert::Infallible;
use std::future::{Future as _, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use hyper::body::Frame;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TryRecvError;

use super::answer::Answer;
use super::body;
use super::job::{Job, Patience, Taken, WhenFull};
use super::lines::Lines;
use super::serializer::Serializer;
use crate::gateway::problem::Problem;
use crate::gateway::state::State;
use crate::kafka::Written;

/// The media type of streams.
pub(super) const MEDIA_TYPE: &str = "application/x-ndjson";

/// Entries that are handed on at a time.
const BATCH: usize = 64;

/// Batches of a stream that may be on their way: more records than a producer and brokers have of one at full speed.
const MAX_UNDER_WAY: usize = 256;

/// Bytes of the answer that are sent at a time.
const CHUNK: usize = 16 << 10;

/// Chunks of the answer that may wait to be sent.
const MAX_CHUNKS: usize = 4;

/// What became of a line so far.
enum Entry {
    Taken(u64, Taken),
    Refused(Problem),
}

/// Writes each line of the body as the value of a record.
pub(super) fn produce(state: &State, job: Job, request: Request) -> Response {
    let job = Arc::new(job);
    let (batches, unanswered) = mpsc::channel(MAX_UNDER_WAY);
    let (chunks, answer) = mpsc::channel(MAX_CHUNKS);
    let reader = Reader {
        state: state.clone(),
        job: Arc::clone(&job),
        patience: job.patience(),
        handover: Handover::new(batches),
    };
    tokio::spawn(reader.read(request.into_body()));
    let writer = Writer { job, batch: Vec::new().into_iter(), chunks, out: Vec::with_capacity(CHUNK) };
    tokio::spawn(writer.write(unanswered));
    ([(CONTENT_TYPE, MEDIA_TYPE)], Body::new(Chunks(answer))).into_response()
}

/// Whoever was to read the answer has gone.
struct Gone;

/// Reads lines, and hands them to the producer.
struct Reader {
    state: State,
    job: Arc<Job>,
    patience: Patience,
    handover: Handover,
}

/// From the task that reads to the one that answers.
struct Handover {
    batches: mpsc::Sender<Vec<Entry>>,
    /// The next of them.
    batch: Vec<Entry>,
}

impl Handover {
    fn new(batches: mpsc::Sender<Vec<Entry>>) -> Self {
        Self { batches, batch: Vec::with_capacity(BATCH) }
    }

    async fn push(&mut self, entry: Entry) -> Result<(), Gone> {
        self.batch.push(entry);
        if self.batch.len() >= BATCH { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> Result<(), Gone> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH));
        self.batches.send(batch).await.map_err(|_| Gone)
    }
}

impl Reader {
    async fn read(mut self, mut body: Body) {
        let mut lines = Lines::new(self.job.route.config.value.limits.record_bytes, self.state.room().share());
        loop {
            match body::next(&mut body).await {
                Ok(Some(data)) => lines.push(data),
                Ok(None) => lines.end(),
                Err(problem) => {
                    let problem = problem.at(lines.number() + 1);
                    // The last thing that is said, if anybody listens.
                    if self.handover.push(Entry::Refused(problem)).await.is_ok() {
                        drop(self.handover.flush().await);
                    }
                    return;
                }
            }
            let state = self.state.clone();
            let mut serializer = state.producing().pool.take();
            let taken = self.take(&mut lines, &mut serializer).await;
            state.producing().pool.put_back(serializer);
            if taken.is_err() || lines.is_over() {
                return;
            }
        }
    }

    /// Hands over all lines that are there.
    async fn take(&mut self, lines: &mut Lines, serializer: &mut Serializer) -> Result<(), Gone> {
        let Self { job, patience, handover, .. } = self;
        while let Some((number, line)) = lines.next_line() {
            let taken = match line {
                Ok(value) => {
                    let mut taking = pin!(job.take_body(serializer, &value, patience, WhenFull::Wait));
                    let at_once = poll_fn(|context| Poll::Ready(taking.as_mut().poll(context)));
                    if let Poll::Ready(taken) = at_once.await {
                        taken
                    } else {
                        handover.flush().await?;
                        taking.await
                    }
                }
                Err(problem) => Err(problem),
            };
            let entry =
                taken.map_or_else(|problem| Entry::Refused(problem.at(number)), |taken| Entry::Taken(number, taken));
            handover.push(entry).await?;
        }
        handover.flush().await
    }
}

/// Waits for what becomes of records, and writes the answer.
struct Writer {
    job: Arc<Job>,
    /// What is left of the last batch.
    batch: std::vec::IntoIter<Entry>,
    chunks: mpsc::Sender<Bytes>,
    out: Vec<u8>,
}

impl Writer {
    async fn write(mut self, mut unanswered: mpsc::Receiver<Vec<Entry>>) {
        while let Some(entry) = self.next(&mut unanswered).await {
            if self.answer(entry).await.is_err() {
                return;
            }
        }
        // The last chunk, if anybody listens.
        drop(self.flush().await);
    }

    /// The next entry; what was written before goes out while it is waited for.
    async fn next(&mut self, unanswered: &mut mpsc::Receiver<Vec<Entry>>) -> Option<Entry> {
        loop {
            if let Some(entry) = self.batch.next() {
                return Some(entry);
            }
            self.batch = match unanswered.try_recv() {
                Ok(batch) => batch,
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => {
                    self.flush().await.ok()?;
                    unanswered.recv().await?
                }
            }
            .into_iter();
        }
    }

    async fn answer(&mut self, entry: Entry) -> Result<(), Gone> {
        match entry {
            Entry::Refused(problem) => self.refused(&problem),
            Entry::Taken(line, taken) if !self.job.route.config.wait => self.taken(line, &taken, None),
            Entry::Taken(line, mut taken) => {
                if !taken.is_settled() {
                    self.flush().await?;
                }
                match self.job.settled(&mut taken).await {
                    Ok(written) => self.taken(line, &taken, Some(written)),
                    Err(problem) => self.refused(&problem.at(line)),
                }
            }
        }
        if self.out.len() >= CHUNK { self.flush().await } else { Ok(()) }
    }

    fn taken(&mut self, line: u64, taken: &Taken, written: Option<Written>) {
        let schema = taken.schema.as_ref().map(|schema| &schema.label);
        Answer { line: Some(line), topic: &self.job.topic, written, schema }.write(&mut self.out);
        self.out.push(b'\n');
    }

    fn refused(&mut self, problem: &Problem) {
        self.out.extend_from_slice(&problem.to_json());
        self.out.push(b'\n');
    }

    async fn flush(&mut self) -> Result<(), Gone> {
        if self.out.is_empty() {
            return Ok(());
        }
        let chunk = std::mem::replace(&mut self.out, Vec::with_capacity(CHUNK));
        self.chunks.send(Bytes::from(chunk)).await.map_err(|_| Gone)
    }
}

/// An answer that comes in chunks.
struct Chunks(mpsc::Receiver<Bytes>);

impl HttpBody for Chunks {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|chunk| chunk.map(|chunk| Ok(Frame::data(chunk))))
    }
}
