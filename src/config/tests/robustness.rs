//! No input makes the loader panic, and what it refuses it explains.

use proptest::prelude::*;

use super::*;

/// Loads `text` under `env`, and checks that a refusal names at least one fault.
fn survives(text: &[u8], env: Vec<(String, String)>) -> Result<(), TestCaseError> {
    if let Err(faults) = read(text, env.into_iter(), Mirror::validate) {
        prop_assert!(!faults.is_empty());
        prop_assert!(faults.iter().all(|fault| !fault.message.is_empty()));
    }
    Ok(())
}

/// A text in which a few pieces of the full example are replaced, moved or cut.
fn mutated() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just(String::new()),
        "[ \\t\\n:{}\\[\\],&*!|>'\"%@`#?-]{1,3}",
        "(null|true|\\.nan|-1|1e400|0x7fffffffffffffff|99999999999999999999)",
        "(&a |\\*a|<<: |!!int |!!str |!x |--- |\\.\\.\\.\\n)",
        "(kafka|pipelines|name|source|context|value): ",
    ];
    let edits = prop::collection::vec((0..FULL.len(), 0..12_usize, piece), 1..6);
    edits.prop_map(|edits| {
        let mut text = FULL.as_bytes().to_vec();
        for (at, cut, piece) in edits {
            let at = at.min(text.len());
            let end = (at + cut).min(text.len());
            text.splice(at..end, piece.into_bytes());
        }
        String::from_utf8_lossy(&text).into_owned()
    })
}

fn variables() -> impl Strategy<Value = Vec<(String, String)>> {
    let part = "(KAFKA|PROPERTIES|PIPELINES|0|1|2|SOURCE|TOPICS|CONTEXT|HEADER|REGISTRY|URL|AUTH|BASIC|LOG|LEVEL|_|)";
    let name = prop::collection::vec(part, 1..5).prop_map(|parts| format!("SERDECAR__{}", parts.join("__")));
    let value = "([a-z0-9.]{0,4}|\\[a, b\\]|\\{a: b\\}|\\{header: x\\}|\\[\\[|null|~)";
    prop::collection::vec((name, value), 0..6)
}

proptest! {
    // Each case compiles the schema anew, which takes milliseconds in a debug build.
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_bytes_are_survived(text in prop::collection::vec(any::<u8>(), 0..200), env in variables()) {
        survives(&text, env)?;
    }

    #[test]
    fn any_change_of_a_good_config_is_survived(text in mutated(), env in variables()) {
        survives(text.as_bytes(), env)?;
    }
}
