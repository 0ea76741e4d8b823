//! Tests against a real Apache Kafka and other people's clients.
//!
//! They are one binary so that they share one broker, which takes seconds to start: [`support::Kafka::shared`]. Topics
//! are named per test. A test that stops its broker starts one of its own.
//!
//! Each module says `cfg(test)`, which is always so here: it tells clippy that `unwrap` is fine.

#[cfg(test)]
mod authorization;
#[cfg(test)]
mod broker_outages;
#[cfg(test)]
mod chaos;
#[cfg(test)]
mod contexts;
#[cfg(test)]
mod dead_letters;
#[cfg(test)]
mod delivery;
#[cfg(test)]
mod exactly_once;
#[cfg(test)]
mod gateway_batches;
#[cfg(test)]
mod gateway_clients;
#[cfg(test)]
mod gateway_consume;
#[cfg(test)]
mod gateway_docs;
#[cfg(test)]
mod gateway_letters;
#[cfg(test)]
mod gateway_load;
#[cfg(test)]
mod gateway_openapi;
#[cfg(test)]
mod gateway_produce;
#[cfg(test)]
mod gateway_routes;
#[cfg(test)]
mod gateway_tls;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod javascript;
#[cfg(test)]
mod json_schema;
#[cfg(test)]
mod membership;
#[cfg(test)]
mod names;
#[cfg(test)]
mod observability;
#[cfg(test)]
mod odd_records;
#[cfg(test)]
mod peers;
#[cfg(test)]
mod pipelines;
#[cfg(test)]
mod protobuf;
#[cfg(test)]
mod real_records;
#[cfg(test)]
mod registry_answers;
#[cfg(test)]
mod registry_outages;
#[cfg(test)]
mod security;
#[cfg(test)]
mod sizes;
#[cfg(test)]
mod support;
#[cfg(test)]
mod topic_changes;
#[cfg(test)]
mod verification;
#[cfg(test)]
mod wrong_peers;
