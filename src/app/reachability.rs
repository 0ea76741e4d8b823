//! Watching the registry: whether it answers, and why schemas that somebody waits for are not there.

use std::time::Duration;

use tokio::time::sleep;

use crate::readiness::Condition;
use crate::registry::SchemaCache;

/// How often it is looked at. Readiness follows within this time.
const EVERY: Duration = Duration::from_millis(200);

/// Between attempts to reach a registry that has not answered yet, beside the client's own retries.
const RETRY: Duration = Duration::from_secs(1);

/// Keeps `condition` up to date for as long as it is polled.
pub(super) async fn watch(cache: SchemaCache, condition: Condition) {
    // A pipeline that reads learns its first id from a record; a registry that is away should show before.
    while let Err(error) = cache.reach().await {
        condition.not_ready(error.to_string());
        sleep(RETRY).await;
    }
    loop {
        match cache.problems() {
            none if none.is_empty() => condition.ready(),
            problems => condition.not_ready(problems.join("; ")),
        }
        sleep(EVERY).await;
    }
}
