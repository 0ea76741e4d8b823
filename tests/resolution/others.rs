//! Implementations in other languages, which read a file of cases.
//!
//! Each line of `CASES` is an object: `writer` and `reader`, two schemas, and `data`, data of the first in hexadecimal. The
//! other side writes a line for each to `READ`, an array with one item for each datum: an array that holds the value in the
//! neutral form of `tests/interop/neutral.rs`, or a string that says why it can't be read.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value as Json, json};
use serdecar::codec::avro::JsonMode;

use crate::pairs::{Dialect, Type};
use crate::{Case, decode, values};

/// Pairs of schemas, and data of each.
const PAIRS: u64 = 2_500;
const DATA: usize = 3;

pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Runs a command to its end and gives what it printed.
pub(crate) fn run(program: impl AsRef<OsStr>, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> String {
    let program = program.as_ref();
    let output = Command::new(program).args(args).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    assert!(output.status.success(), "{}: {}", program.display(), output.status);
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// Lets the other side read random cases, and compares. `explains` says of our refusal why the other side has none.
pub(crate) fn compare(name: &str, dialect: Dialect, read: impl FnOnce(&Path, &Path), explains: impl Fn(&str) -> bool) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("resolution").join(name);
    fs::create_dir_all(&folder).unwrap();
    let mut cases: Vec<(Case, Vec<Vec<u8>>)> = (0..PAIRS)
        .map(|seed| {
            let mut case = Case::new(seed.wrapping_mul(0x9e37_79b9), dialect);
            let data = case.data(DATA);
            (case, data)
        })
        .collect();
    cases.retain(|(case, _)| case.compatible);
    let line = |(case, data): &(Case, Vec<Vec<u8>>)| {
        let data: Vec<String> = data.iter().map(|datum| hex(datum)).collect();
        json!({"writer": case.writer.schema(), "reader": case.reader.schema(), "data": data}).to_string() + "\n"
    };
    let paths = [folder.join("cases"), folder.join("read")];
    fs::write(&paths[0], cases.iter().map(line).collect::<String>()).unwrap();
    read(&paths[0], &paths[1]);
    let theirs = fs::read_to_string(&paths[1]).unwrap();
    assert_eq!(theirs.lines().count(), cases.len());
    let (mut read, mut refused, mut explained) = (0, 0, 0);
    for (line, (case, data)) in theirs.lines().zip(&cases) {
        let theirs: Vec<Json> = serde_json::from_str(line).unwrap();
        assert_eq!(theirs.len(), DATA);
        let schemas = format!("{} as {}", case.writer.schema(), case.reader.schema());
        let projection = case.compile().unwrap_or_else(|error| panic!("{schemas}: {error}"));
        for (datum, theirs) in data.iter().zip(&theirs) {
            match (decode(&projection, JsonMode::Avro, datum), theirs) {
                (Ok(ours), Json::Array(theirs)) => {
                    let ours: Json = serde_json::from_slice(&ours).unwrap();
                    let same = same(&case.reader, &ours, &theirs[0], &mut Vec::new());
                    assert!(same, "{schemas}: {datum:?}\n{ours}\n{}", theirs[0]);
                    read += 1;
                }
                (Err(_), Json::String(_)) => refused += 1,
                (Err(ours), _) if case.broken || explains(&ours) => explained += 1,
                (ours, theirs) => {
                    let ours = ours.map(|json| String::from_utf8(json).unwrap());
                    panic!("{schemas}: {datum:?}\n{ours:?}\n{theirs}");
                }
            }
        }
    }
    println!("{read} read by both, {refused} by neither, {explained} only by {name}");
    assert!(read > PAIRS as usize * DATA / 2 && refused > 0 && explained < PAIRS as usize / 20);
}

/// Whether our tagged JSON means what the other side read.
fn same<'a>(ty: &'a Type, ours: &Json, theirs: &Json, open: &mut Vec<&'a Type>) -> bool {
    agrees(ty, ours, theirs, open).unwrap_or(false)
}

/// The same; `None` where the two do not even look alike.
fn agrees<'a>(ty: &'a Type, ours: &Json, theirs: &Json, open: &mut Vec<&'a Type>) -> Option<bool> {
    Some(match ty {
        Type::Plain("null" | "boolean" | "string") | Type::Enum { .. } => ours == theirs,
        Type::Plain("int" | "long") => theirs.as_str()?.parse::<i64>().ok()? == ours.as_i64()?,
        Type::Plain("float") => {
            let bits = u32::from_str_radix(theirs.as_str()?, 16).ok()?;
            // Python has no floats: a long that is rounded to a double and then to a float may be one too far.
            (ours.as_f64()? as f32).to_bits().abs_diff(bits) <= 1
        }
        Type::Plain("double") => theirs.as_str()? == format!("{:016x}", ours.as_f64()?.to_bits()),
        Type::Plain(_) | Type::Fixed { .. } => {
            let bytes: Vec<u8> = ours.as_str()?.chars().map(u8::try_from).collect::<Result<_, _>>().ok()?;
            theirs.as_str()? == hex(&bytes)
        }
        Type::Array(items) => {
            let (ours, theirs) = (ours.as_array()?, theirs.as_array()?);
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(items, ours, theirs, open))
        }
        Type::Map(values) => {
            let (ours, theirs) = (ours.as_object()?, theirs.as_object()?);
            let mut pairs = ours.iter().map(|(key, ours)| (ours, theirs.get(key)));
            ours.len() == theirs.len()
                && pairs.all(|(ours, theirs)| theirs.is_some_and(|theirs| same(values, ours, theirs, open)))
        }
        Type::Record { fields, .. } => {
            let (ours, theirs) = (ours.as_object()?, theirs.as_array()?);
            if !ours.keys().eq(fields.iter().map(|field| &field.name)) || theirs.len() != fields.len() {
                return None;
            }
            open.push(ty);
            let mut members = fields.iter().zip(ours.values().zip(theirs));
            let equal = members.all(|(field, (ours, theirs))| same(&field.ty, ours, theirs, open));
            open.pop();
            equal
        }
        Type::Union(branches) => {
            let (tag, ours) = match ours {
                Json::Null => ("null", ours),
                tagged => tagged.as_object()?.iter().next().map(|(tag, ours)| (tag.as_str(), ours))?,
            };
            let index = branches.iter().position(|branch| branch.tag() == tag)?;
            let branch = &branches[index];
            match theirs.as_array()?.as_slice() {
                // One that Python can't tell, with all that the value may be.
                [Json::String(_), Json::Array(any)] => any.iter().any(|theirs| same(branch, ours, theirs, open)),
                [number, theirs] => number.as_u64()? == index as u64 && same(branch, ours, theirs, open),
                _ => return None,
            }
        }
        Type::Again(name) => same(values::again(open, name), ours, theirs, open),
    })
}
