#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| serdecar::targets::json_schema::run(data));
