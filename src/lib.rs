//! serdecar: a Kafka `SerDe` sidecar that knows registry contexts from end to end.
//!
//! Applications write plain JSON; consumers want typed, versioned, validated data. serdecar stands between:
//! it validates JSON against the schema that a registry holds, writes it in the registry's wire format, and does
//! the reverse.
//!
//! # Module map
//!
//! Imports run downward only, which `tests/layers.rs` checks:
//!
//! | layer | modules |
//! |---|---|
//! | command line | [`cli`] |
//! | assembly | [`app`], [`config`] |
//! | services | [`pipeline`], [`gateway`], [`server`], [`admin`] |
//! | transformation | [`transform`] |
//! | adapters | [`kafka`], [`registry`] |
//! | pure core | [`codec`], [`schema`], [`wire`] |
//! | leaves | [`disposition`], [`listener`], [`metrics`], [`readiness`], [`settings`], [`telemetry`] |
//!
//! The core takes `&[u8]` and returns bytes or errors: it knows no runtime, no Kafka, no clock, no log and no metric.

pub mod admin;
pub mod app;
pub mod block;
pub mod cli;
pub mod codec;
pub mod config;
pub mod disposition;
pub mod gateway;
pub mod kafka;
pub mod listener;
pub mod metrics;
pub mod pipeline;
pub mod readiness;
pub mod registry;
pub mod schema;
pub mod server;
pub mod settings;
pub mod telemetry;
pub mod transform;
pub mod wire;
