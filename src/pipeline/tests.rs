//! Whole pipelines against the embedded broker, with schemas that the test hands out.

mod bed;
mod faults;
mod flow;
mod group;
mod measures;
mod readers;

use bed::{Bed, Written, order, raw_topic};
