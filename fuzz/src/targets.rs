//! The targets.

pub mod apache;
pub mod container;
pub mod decode;
pub mod encode;
pub mod frame;
pub mod json;
pub mod json_schema;
pub mod paths;
pub mod project;
pub mod protobuf;
pub mod schema;
