//! Pipelines: records of one topic, validated and transformed, written to another.

pub mod config;
pub mod context;
pub mod dead_letter;
pub mod offsets;
pub mod partition;
pub mod rejection;
pub mod schemas;
pub mod transform;
