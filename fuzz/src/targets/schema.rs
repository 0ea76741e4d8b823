//! Any text is a schema or refused; a schema prints as one that means the same, and its canonical form is its own.

use crate::dice::Dice;
use crate::generated_schema::schema;
use crate::input::{damage, part};
use crate::schema::avro::{Plan, Schema};

/// Bytes: the text of a schema, or one that is generated and damaged.
pub fn run(mut data: &[u8]) {
    let mut dice = Dice::new(part(&mut data));
    let text = if dice.one_in(4) {
        data.to_vec()
    } else {
        let mut text = schema(&mut Dice::new(data)).to_string().into_bytes();
        damage(&mut text, &mut dice);
        text
    };
    let Ok(text) = std::str::from_utf8(&text) else { return };
    let Ok(schema) = Schema::parse::<&str>(text, &[]) else { return };
    // What stands in one text nests less than the printer goes.
    let Some(printed) = schema.to_text() else { panic!("too deep to be printed: {text}") };
    let again = reparsed(&printed, text);
    assert_eq!(again.to_text().as_ref(), Some(&printed), "{text}");
    let canonical = schema.canonical_form();
    assert_eq!(again.canonical_form(), canonical, "{text}");
    // The form has full names and no namespaces, so a name without one moves into the namespace around it.
    let mut names = schema.types().filter_map(|ty| ty.kind.name()).map(|name| name.namespace().is_some());
    let first = names.next();
    if names.all(|qualified| Some(qualified) == first) {
        assert_eq!(reparsed(&canonical, text).canonical_form(), canonical, "{text}");
    }
    // A default may not fit; whether it does is not for the form of the text to say.
    assert_eq!(Plan::compile(&schema).is_ok(), Plan::compile(&again).is_ok(), "{text}");
}

fn reparsed(printed: &str, text: &str) -> Schema {
    Schema::parse::<&str>(printed, &[]).unwrap_or_else(|error| panic!("{error}: {printed} from {text}"))
}
