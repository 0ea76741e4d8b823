//! The gateway, running.

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::AppError;
use crate::gateway::{Config, Gateway};
use crate::kafka;
use crate::readiness::Readiness;
use crate::registry::SchemaCache;

/// A gateway that serves beside the pipelines.
pub(super) struct RunningGateway {
    /// `None` once it was told to stop.
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
}

impl RunningGateway {
    pub(super) async fn start(
        config: Config,
        kafka: &kafka::Config,
        cache: &SchemaCache,
        readiness: &Readiness,
    ) -> Result<Self, AppError> {
        let gateway = Gateway::start(config, kafka.clone(), cache.clone(), readiness).await?;
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(gateway.run(async {
            // The sender is dropped or used; either way it is over.
            drop(stopped.await);
        }));
        Ok(Self { stop: Some(stop), server })
    }

    /// Tells it to stop, and waits for nothing.
    pub(super) fn tell(&mut self) {
        self.stop = None;
    }

    /// Stops it, and waits until what is under way is answered.
    pub(super) async fn stop(mut self) {
        self.tell();
        if let Err(error) = self.server.await {
            tracing::error!("the gateway: {error}");
        }
    }
}
