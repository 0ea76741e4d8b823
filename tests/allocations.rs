//! Records cost no allocation once everything has found its size, in both directions, nor where they are verified.

#![expect(unsafe_code, reason = "an allocator that counts can't be written without")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use serdecar::codec::Limits;
use serdecar::codec::avro::{Decoder, Encoder, JsonOptions, Verifier};
use serdecar::schema::avro::{Plan, Schema};

/// The system's allocator, which counts for each thread how often it is asked.
struct Counting;

thread_local! {
    static ASKED: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call goes to the system's allocator as it came; counting touches no memory that is allocated.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ASKED.set(ASKED.get() + 1);
        // SAFETY: the caller keeps the contract of this very method.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ASKED.set(ASKED.get() + 1);
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const SCHEMA: &str = r#"{"type":"record","name":"Order","fields":[
    {"name":"id","type":"string"},{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},
    {"name":"status","type":{"type":"enum","name":"Status","symbols":["NEW","PAID"]}},{"name":"total","type":"double"},
    {"name":"note","type":["null","string"],"default":null},{"name":"raw","type":"bytes","default":""},
    {"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2},"default":""},
    {"name":"items","type":{"type":"array","items":{"type":"record","name":"Item","fields":[
        {"name":"sku","type":"string"},{"name":"qty","type":"int","default":1}]}},"default":[]},
    {"name":"tags","type":{"type":"map","values":"string"},"default":{}}]}"#;

/// In order, in another order, with escapes, unknown members, white space, and what only the general path takes.
const RECORDS: [&str; 6] = [
    r#"{"id":"o-1","at":1700000000000,"status":"NEW","total":12.5,"note":"grün","items":[{"sku":"a","qty":2}],"tags":{"k":"v"}}"#,
    r#"{"tags":{"a":"1","b":"2"},"items":[{"qty":3,"sku":"b"}],"total":0.30000000000000004,"status":"PAID","at":1,"id":"o-2"}"#,
    r#"{"id":"line\nbreak \u00e9 and more text than fits one block","at":2,"other":{"x":[1,2,{}]},"status":"NEW","total":1e3}"#,
    "{\n  \"id\": \"o-4\",\n  \"at\": 3,\n  \"status\": \"PAID\",\n  \"total\": 7\n}",
    r#"{"id":"o-5","at":4,"status":"NEW","total":2,"price":12.34}"#,
    r#"{"id":"o-6","at":5,"status":"NEW","total":2,"raw":"/wA="}"#,
];

/// How often memory was asked for while `work` ran.
fn asked(work: impl FnOnce()) -> u64 {
    let before = ASKED.get();
    work();
    ASKED.get() - before
}

#[test]
fn a_record_costs_no_allocation() {
    assert_eq!(asked(|| drop(vec![1u8])), 1, "allocations are counted");
    let schema = SCHEMA.replace(r#""scale":2},"default":"""#, r#""scale":2},"default":"\u0000""#);
    let plan = Plan::compile(&Schema::parse::<&str>(&schema, &[]).unwrap()).unwrap();
    let (options, limits) = (JsonOptions::default(), Limits::default());
    let (mut encoder, mut decoder) = (Encoder::new(options, limits), Decoder::new(options, limits));
    let mut verifier = Verifier::new(limits);
    let (mut datum, mut text) = (Vec::new(), Vec::new());
    let mut round = || {
        for record in RECORDS {
            datum.clear();
            encoder.encode(&plan, record.as_bytes(), &mut datum).unwrap();
            verifier.verify(&plan, &datum).unwrap();
            text.clear();
            decoder.decode(&plan, &datum, &mut text).unwrap();
        }
    };
    round();
    round();
    assert_eq!(asked(|| (0..100).for_each(|_| round())), 0);
}
