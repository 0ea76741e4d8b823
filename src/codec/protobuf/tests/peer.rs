//! The descriptors' library reads and writes JSON by the same mapping: what either writes, the other reads the same.

use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor};
use serde::de::DeserializeSeed as _;
use serde_json::{Map, Value, json};

use super::*;

const SEED: u64 = 20_260_101;
const MESSAGES: usize = 500;

fn descriptor() -> MessageDescriptor {
    let schema = ProtobufSchema::parse::<&str, &str>(ALL, &[]).unwrap();
    let bytes =
        base64::Engine::decode(&base64::engine::general_purpose::STANDARD, schema.serialized().unwrap()).unwrap();
    let mut pool = DescriptorPool::global();
    pool.decode_file_descriptor_proto(bytes.as_slice()).unwrap();
    pool.get_message_by_name("p.All").unwrap()
}

/// The JSON of a message, with up to `depth` levels of messages.
fn message(random: &mut fastrand::Rng, depth: usize) -> Value {
    let mut members = Map::new();
    for (name, kind) in [
        ("b", 0),
        ("i32", 1),
        ("i64", 2),
        ("u32", 3),
        ("u64", 4),
        ("s32", 1),
        ("s64", 2),
        ("f32", 3),
        ("f64", 4),
        ("sf32", 1),
        ("sf64", 2),
        ("fl", 5),
        ("db", 6),
        ("text_value", 7),
        ("by", 8),
        ("color", 9),
        ("maybe", 1),
        ("@other", 7),
        ("at", 10),
        ("took", 11),
        ("anyValue", 12),
        ("wrapped", 2),
        ("empty", 13),
        ("nothing", 14),
    ] {
        if random.u8(..) < 60 {
            members.insert(name.to_owned(), value(random, kind));
        }
    }
    for (name, kind) in [("ints", 1), ("texts", 7), ("colors", 9), ("doubles", 6), ("loose", 2)] {
        if random.u8(..) < 60 {
            members.insert(name.to_owned(), (0..random.usize(..5)).map(|_| value(random, kind)).collect());
        }
    }
    if random.bool() {
        let entries: Map<String, Value> = (0..random.u8(..4)).map(|n| (n.to_string(), value(random, 1))).collect();
        members.insert("byText".to_owned(), entries.into());
        members.insert("byFlag".to_owned(), json!({"true": value(random, 9), "false": value(random, 9)}));
    }
    match random.u8(..3) {
        0 => members.insert("left".to_owned(), value(random, 7)),
        1 => members.insert("right".to_owned(), value(random, 1)),
        _ => None,
    };
    if depth > 0 {
        members.insert("inner".to_owned(), message(random, depth - 1));
        members.insert("inners".to_owned(), (0..random.usize(..3)).map(|_| message(random, depth - 1)).collect());
        members.insert("byNumber".to_owned(), json!({random.i64(..).to_string(): message(random, depth - 1)}));
    }
    members.into()
}

fn value(random: &mut fastrand::Rng, kind: u8) -> Value {
    let shift = random.u32(..64);
    match kind {
        0 => random.bool().into(),
        1 => (random.i32(..) >> (shift / 2)).into(),
        2 => (random.i64(..) >> shift).to_string().into(),
        3 => (random.u32(..) >> (shift / 2)).into(),
        4 => (random.u64(..) >> shift).to_string().into(),
        5 => json!(f32::from_bits(random.u32(..) & 0xbf7f_ffff)),
        6 => json!(f64::from_bits(random.u64(..) & 0xbfef_ffff_ffff_ffff)),
        7 => (0..random.usize(..4))
            .map(|_| random.choice(["a", "é", "\"", "\n", "😀", "\\"]).unwrap())
            .collect::<String>()
            .into(),
        8 => base64::Engine::encode(&base64::engine::general_purpose::STANDARD, random.u64(..).to_le_bytes()).into(),
        9 => random.choice([json!("RED"), json!("GREEN"), json!("BLUE"), json!(99), json!(-5)]).unwrap(),
        10 => format!("20{:02}-03-04T05:06:07.{:03}Z", random.u8(..99), random.u16(..1000)).into(),
        11 => format!("{}s", random.i16(..)).into(),
        12 => random.choice([json!(null), json!([1.5, {"a": "b"}]), json!(true), json!("x")]).unwrap(),
        13 => json!({}),
        _ => Value::Null,
    }
}

/// What they print. A float becomes a double only when its text is read.
fn value_of(message: &DynamicMessage) -> Option<Value> {
    serde_json::from_str(&serde_json::to_string(message).ok()?).ok()
}

fn random() -> fastrand::Rng {
    let seed = std::env::var("SERDECAR_TEST_SEED").map_or(SEED, |seed| seed.parse().unwrap());
    println!("SERDECAR_TEST_SEED={seed}");
    fastrand::Rng::with_seed(seed)
}

#[test]
fn both_read_and_write_the_same() {
    let mut random = random();
    let (plan, descriptor) = (plan(ALL), descriptor());
    for _ in 0..MESSAGES {
        let text = message(&mut random, 2).to_string();
        let mut reader = serde_json::Deserializer::from_str(&text);
        let theirs = descriptor.clone().deserialize(&mut reader).unwrap().encode_to_vec();
        let theirs = DynamicMessage::decode(descriptor.clone(), theirs.as_slice()).unwrap();
        let ours = encode(&plan, &text).unwrap();
        let read = DynamicMessage::decode(descriptor.clone(), ours.as_slice()).unwrap();
        // Their debug form of a message that holds itself has no end.
        assert!(read == theirs, "{text}");

        let printed = decode(&plan, &theirs.encode_to_vec()).unwrap();
        assert_eq!(decode(&plan, &ours).unwrap().len(), printed.len(), "{text}");
        let (a, b): (Value, Value) = (serde_json::from_str(&printed).unwrap(), value_of(&theirs).unwrap());
        assert_eq!(a, b, "{text}");
        assert_eq!(decode(&plan, &encode(&plan, &printed).unwrap()).unwrap(), printed);
    }
}

#[test]
fn damaged_bytes_are_refused_by_both_or_read_alike() {
    let mut random = random();
    let (plan, descriptor) = (plan(ALL), descriptor());
    let (mut refused, mut read) = (0, 0);
    for _ in 0..MESSAGES {
        let mut bytes = encode(&plan, &message(&mut random, 1).to_string()).unwrap();
        for _ in 0..random.usize(1..4) {
            let at = random.usize(..bytes.len().max(1));
            match bytes.get_mut(at) {
                Some(byte) if random.bool() => *byte = random.u8(..),
                _ => bytes.truncate(at),
            }
        }
        let theirs = DynamicMessage::decode(descriptor.clone(), bytes.as_slice());
        let theirs = theirs.ok().and_then(|message| value_of(&message));
        match (decode(&plan, &bytes), theirs) {
            (Ok(ours), Some(theirs)) => {
                assert_eq!(serde_json::from_str::<Value>(&ours).unwrap(), theirs, "{bytes:02x?}");
                read += 1;
            }
            (Err(_), None) => refused += 1,
            // They pass over a known field of another type.
            (Err(error), Some(_)) if error.contains("found wire type") => refused += 1,
            (Ok(ours), None) => panic!("they refuse {ours}: {bytes:02x?}"),
            (Err(error), Some(theirs)) => panic!("{error}, they read {theirs}: {bytes:02x?}"),
        }
    }
    println!("{refused} refused, {read} read");
    assert!(refused > MESSAGES / 10 && read > MESSAGES / 10);
}
