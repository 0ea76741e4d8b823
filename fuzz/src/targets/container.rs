//! Any bytes are a container or refused, as far as they go; what is read costs no more than the limits allow.

use crate::codec::avro::container::{Compression, ContainerReader, ContainerWriter};
use crate::codec::avro::{Decoder, JsonOptions};
use crate::dice::Dice;
use crate::input::{LIMITS, damage, part};
use crate::schema::avro::{Plan, Schema};

/// Bytes: a container, or what one is made of before it is damaged.
pub fn run(mut data: &[u8]) {
    let mut dice = Dice::new(part(&mut data));
    let container = if dice.one_in(3) { data.to_vec() } else { damaged(data, &mut dice) };
    let Ok(mut reader) = ContainerReader::new(&container[..]) else { return };
    let plan = Schema::parse::<&str>(reader.schema(), &[]).and_then(|schema| Plan::compile(&schema));
    let mut block = Vec::new();
    while let Ok(Some(count)) = reader.next_block(&mut block) {
        let Ok(plan) = &plan else { continue };
        let mut decoder = Decoder::new(JsonOptions::default(), LIMITS);
        let mut rest = &block[..];
        for _ in 0..count.min(1_000) {
            match decoder.decode_first(plan, rest, &mut Vec::new()) {
                Ok(read) => rest = &rest[read..],
                Err(_) => break,
            }
        }
    }
}

/// A container of the data, whole or damaged; whole ones must be read as they were written.
fn damaged(data: &[u8], dice: &mut Dice<'_>) -> Vec<u8> {
    let compression = dice.pick(&Compression::ALL);
    let mut writer = ContainerWriter::new(Vec::new(), r#"{"type":"array","items":"bytes"}"#, compression).unwrap();
    for chunk in data.chunks(16) {
        let written = writer.append(|out| {
            out.extend_from_slice(chunk);
            Ok::<_, ()>(())
        });
        written.unwrap().unwrap();
    }
    let mut container = writer.finish().unwrap();
    let mut reader = ContainerReader::new(&container[..]).unwrap();
    let (mut block, mut all) = (Vec::new(), Vec::new());
    while reader.next_block(&mut block).unwrap().is_some() {
        all.extend_from_slice(&block);
    }
    assert_eq!(all, data, "{compression:?}");
    damage(&mut container, dice);
    container
}
