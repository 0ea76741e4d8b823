//! Watching the pipelines: what they lack goes to readiness, and the last one to end ends the process.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::AppError;
use crate::pipeline::{Ended, Pipeline, Status};
use crate::readiness::Condition;

/// How often the pipelines are looked at. Readiness follows within this time.
const EVERY: Duration = Duration::from_millis(200);

/// A pipeline, and the condition that stands for it at `/readyz`.
pub(super) struct Watched {
    name: String,
    status: Status,
    condition: Condition,
    /// `None` once it has come to its end.
    pipeline: Option<Pipeline>,
    ended: Option<Result<Ended, AppError>>,
}

impl Watched {
    pub(super) fn new(name: String, pipeline: Pipeline, condition: Condition) -> Self {
        Self { name, status: pipeline.status(), condition, pipeline: Some(pipeline), ended: None }
    }

    /// Tells readiness how it is, and takes note if it is over.
    async fn look(&mut self) {
        if self.pipeline.as_ref().is_some_and(Pipeline::is_finished) {
            self.join().await;
        }
        if let Some(Err(error)) = &self.ended {
            return self.condition.not_ready(error.to_string());
        }
        let problems = self.status.problems();
        if problems.is_empty() {
            return self.condition.ready();
        }
        let reasons: Vec<_> = problems.into_iter().map(|problem| problem.reason).collect();
        self.condition.not_ready(reasons.join("; "));
    }

    /// Waits for its end.
    async fn join(&mut self) {
        let Some(pipeline) = self.pipeline.take() else { return };
        let ended = tokio::task::spawn_blocking(|| pipeline.join()).await;
        let name = &self.name;
        self.ended = Some(match ended {
            Ok(Ok(ended)) => Ok(ended),
            Ok(Err(source)) => {
                tracing::error!(pipeline = name, "{source}");
                Err(AppError::Pipeline { name: name.clone(), source })
            }
            Err(error) => {
                tracing::error!(pipeline = name, "{error}");
                Err(AppError::Pipeline { name: name.clone(), source: crate::pipeline::WorkerError::Panicked })
            }
        });
    }

    fn is_over(&self) -> bool {
        self.pipeline.is_none()
    }

    /// Whether it ended in a way that no restart of it alone can mend.
    fn has_failed(&self) -> bool {
        matches!(self.ended, Some(Err(_)))
    }
}

/// Watches until `shutdown` completes, the last pipeline has ended or one of them can't go on; then drains the rest.
/// Halted pipelines leave the others running, and count as an end only when none is left and nothing else `goes_on`.
pub(super) async fn until_the_end(
    mut watched: Vec<Watched>,
    goes_on: bool,
    shutdown: impl Future<Output = ()>,
) -> Result<Ended, AppError> {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tokio::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => {
                tracing::info!("told to stop: draining");
                return drain(watched).await.map(|_| Ended::Stopped);
            }
            _ = ticks.tick() => {
                for pipeline in &mut watched {
                    pipeline.look().await;
                }
                if (!goes_on && watched.iter().all(Watched::is_over)) || watched.iter().any(Watched::has_failed) {
                    break;
                }
            }
        }
    }
    drain(watched).await
}

/// Stops all pipelines and waits for them. Gives the first failure, else the first halt.
pub(super) async fn drain(mut watched: Vec<Watched>) -> Result<Ended, AppError> {
    for pipeline in watched.iter().filter_map(|watched| watched.pipeline.as_ref()) {
        pipeline.stop();
    }
    for pipeline in &mut watched {
        pipeline.join().await;
        if !pipeline.has_failed() {
            pipeline.condition.not_ready("stopped");
        }
    }
    let mut end = Ended::Stopped;
    for ended in watched.into_iter().filter_map(|watched| watched.ended) {
        if let halted @ Ended::Halted(_) = ended? {
            end = halted;
        }
    }
    Ok(end)
}
