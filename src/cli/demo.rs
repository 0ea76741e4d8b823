//! `serdecar demo`: the main job on embedded parts, without network and files.
//!
//! Two shops, each in a context of its own; in both the schema of orders has the id 1, and it is not the same schema.
//! Orders go through `serialize` and back through `deserialize`; some are spoilt and become dead letters. That is Avro; of the
//! other formats one record each is shown.

mod formats;
mod orders;
mod report;
mod traffic;

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::{Context as _, anyhow};

use super::signal::stop_signal;
use super::{Exit, Failure, Outcome, files};
use crate::app::App;
use crate::config::Config;
use crate::schema::{QualifiedSubject, Subject};
use crate::server::{Registered, Submission};
use crate::{config, telemetry};
use orders::Shop;
use traffic::Traffic;

/// The subject of both shops' orders; the context tells them apart.
const SUBJECT: &str = "orders-value";

/// Each topic has as many partitions.
const PARTITIONS: i32 = 2;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  serdecar demo --records 50000")]
pub(super) struct Args {
    /// How many orders each of the two shops sends.
    #[arg(long, value_name = "COUNT", default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    records: u64,
}

pub(super) fn run(args: &Args) -> Outcome {
    let shops = orders::shops();
    let config = demo_config(&shops)?;
    telemetry::install(config.log).map_err(|error| Failure::new(Exit::Software, error))?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| Failure::new(Exit::Software, error))?;
    let report = runtime.block_on(stream(config, shops, args.records))?;
    files::print(report.as_bytes())
}

/// The config that a user would write, with both broker and registry `embedded`.
fn demo_config(shops: &[Shop]) -> Result<Config, Failure> {
    let parts = "kafka: {bootstrap_servers: embedded}\nregistry: {url: embedded}\nserver: {listen: '127.0.0.1:0'}\n\
                 admin: {listen: '127.0.0.1:0'}\nlog: {level: error}\npipelines:\n";
    let pipelines = shops.iter().flat_map(|shop| {
        [
            pipeline(shop, "serialize", "to-avro", &shop.raw(), &shop.typed()),
            pipeline(shop, "deserialize", "to-json", &shop.typed(), &shop.json()),
        ]
    });
    let text: String =
        std::iter::once(parts.to_owned()).chain(pipelines).chain([formats::PIPELINES.to_owned()]).collect();
    config::parse(&text).map_err(|error| Failure::new(Exit::Software, error))
}

fn pipeline(shop: &Shop, direction: &str, way: &str, source: &str, sink: &str) -> String {
    let Shop { name, context, .. } = shop;
    format!(
        "- name: {name}-{way}\n  direction: {direction}\n  source: {{topics: [{source}]}}\n  sink: {{topic: {sink}}}\n  \
         context: {context}\n  value: {{format: avro, subject: {SUBJECT}}}\n  on_invalid: {{dead_letter: {}}}\n",
        shop.dead_letters()
    )
}

/// Starts the parts, sends the orders through them, and tells what came of it.
async fn stream(config: Config, shops: [Shop; 2], records: u64) -> Result<String, Failure> {
    let software = |error: anyhow::Error| Failure::new(Exit::Software, error);
    let app = App::prepare(config).await.map_err(|error| software(error.into()))?;
    let schemas = register(&app, &shops).map_err(software)?;
    let bootstrap = match (&app.config().kafka.bootstrap, app.broker()) {
        (crate::kafka::Bootstrap::Servers(servers), Some(broker)) => {
            let topics = shops.iter().flat_map(|shop| [shop.raw(), shop.typed(), shop.json(), shop.dead_letters()]);
            for topic in topics.chain(formats::TOPICS.map(str::to_owned)) {
                broker.create_topic(&topic, PARTITIONS).map_err(|error| software(error.into()))?;
            }
            servers.clone()
        }
        _ => return Err(Failure::message(Exit::Software, "the demo's broker is not embedded")),
    };
    let signal = stop_signal().map_err(|error| software(error.into()))?;
    let stop = Arc::new(AtomicBool::new(false));
    let traffic = Traffic { bootstrap: bootstrap.clone(), shops: shops.clone(), records, stop: Arc::clone(&stop) };
    let stopped = Arc::clone(&stop);
    let started = Instant::now();
    let shows_progress = std::io::stderr().is_terminal();
    let (done, is_done) = tokio::sync::oneshot::channel();
    let traffic = tokio::task::spawn_blocking(move || {
        let (orders, others) = std::thread::scope(|scope| {
            let others = scope.spawn(|| formats::run(&bootstrap, &stopped));
            (traffic.run(shows_progress), others.join())
        });
        // Nobody listens any more if the demo was interrupted.
        done.send(()).ok();
        Ok((orders?, others.map_err(|_| anyhow!("the demo's other formats panicked"))??))
    });
    let shutdown = async {
        tokio::select! {
            () = signal => stop.store(true, Ordering::Relaxed),
            _ = is_done => {}
        }
    };
    app.run(shutdown).await.map_err(|error| software(error.into()))?;
    let (orders, others) = traffic.await.context("the demo's traffic").map_err(software)?.map_err(software)?;
    Ok(report::render(&shops, &schemas, &orders, &others, started))
}

/// Registers the schema of each shop; both get the id 1, in contexts of their own. Then those of the other formats.
fn register(app: &App, shops: &[Shop]) -> anyhow::Result<Vec<Registered>> {
    let registry = app.registry().context("the demo's registry is not embedded")?;
    let register = |shop: &Shop| {
        let subject = QualifiedSubject::new(shop.context.clone(), Subject::new(SUBJECT));
        Ok(registry.register(&subject.to_string(), Submission::avro(shop.schema))?)
    };
    let registered = shops.iter().map(register).collect();
    formats::register(registry)?;
    registered
}
