//! Protobuf as JSON and back, by the [JSON mapping](https://protobuf.dev/programming-guides/json/).
//!
//! - Members are read by their JSON names and by those of the file, and printed by the JSON names, in the order of their
//!   numbers. What has its default and can't be told from what is missing is not printed.
//! - Numbers of 64 bits are printed in quotes; every number is read with or without. `NaN` and the infinities are strings.
//!   A whole number that a float or double can't hold is refused, as everywhere.
//! - Bytes are base64, also of the alphabet for URLs and without padding when read. Enums are names; numbers are read too.
//! - `null` is a member that is missing. A member that stands twice, or two members of one choice, are refused.
//! - Google's special types (`Timestamp`, `Duration`, `Struct`, `Any`, wrappers, …) have their own forms. An `Any` may hold
//!   any message of the file and of what it imports; another one is refused both ways.
//! - Extensions are unknown members. Unknown fields of the bytes are passed over: JSON has no place for them.

mod decode;
pub mod delimited;
mod encode;

pub use decode::Decoder;
pub use encode::Encoder;

use decode::varint;

#[cfg(test)]
mod tests;
