//! What the fuzz targets check, one module each. A target panics where an invariant of the core does not hold.

// The generators that the tests share name the crate as the tests do.
extern crate self as serdecar;

pub mod block;
pub mod codec;
#[path = "../../tests/generated/dice.rs"]
mod dice;
#[path = "../../tests/generated/schema.rs"]
mod generated_schema;
mod input;
pub mod schema;
pub mod targets;
#[path = "../../tests/generated/value.rs"]
mod value;
pub mod wire;
